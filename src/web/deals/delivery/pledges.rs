//! What warehouse and logistics say to the order (DOMAIN 3.1): what was said, and the form to say it.

use super::Refused;
use super::record::{again, done};
use crate::domain::order::Order;
use crate::domain::pledge::{PledgeAnswer, Silence};
use crate::domain::policy;
use crate::domain::staff::Department;
use crate::domain::workflow::{Case, Command, Offer};
use crate::web::check::Checker;
use crate::web::deals::frame::Chip;
use crate::web::form::FormView;
use crate::web::{Post, Problem, SignedIn, Web};
use axum::extract::{Path, State};
use axum::response::Response;

pub(super) struct PledgeView {
    pub code: &'static str,
    pub department: &'static str,
    /// The kind of badge and what it says: what was said, that it is waited for, or that it was never said.
    pub state: (&'static str, String),
    /// By whom and when, and the remark.
    pub said: Option<(String, Option<String>)>,
    /// Until when it is waited for; on hold the clock stands still.
    pub due: Option<Chip>,
    pub form: Option<PledgeForm>,
}

pub(super) struct PledgeForm {
    pub question: &'static str,
    pub ready: &'static str,
    pub short: &'static str,
    pub form: FormView,
}

pub(super) fn of(
    web: &Web,
    who: &SignedIn,
    (case, order): (&Case, &Order),
    offer: Option<&Offer>,
    refused: Option<&Refused>,
) -> Vec<PledgeView> {
    let t = who.t();
    let mine = |department| {
        let command = Command::GivePledge { department, answer: PledgeAnswer::Ready, note: None };
        offer.is_some_and(Offer::is_ready) && policy::may_command(&who.actor, &command, case).is_ok()
    };
    let form = |department: Department| PledgeForm {
        question: match department {
            Department::Logistics => t.pledge_ask_logistics(),
            _ => t.pledge_ask_warehouse(),
        },
        ready: t.pledge_said(department, PledgeAnswer::Ready),
        short: t.pledge_said(department, PledgeAnswer::Short),
        form: refused
            .filter(|r| r.form == "pledge" && r.view.value("department") == department.code())
            .map(|r| r.view.clone())
            .unwrap_or_default(),
    };
    order
        .pledges
        .iter()
        .map(|p| PledgeView {
            code: p.department.code(),
            department: t.department(p.department),
            state: match (&p.given, Silence::of(order.status)) {
                (Some(g), _) => (
                    if g.answer == PledgeAnswer::Ready { "ok" } else { "bad" },
                    t.pledge_said(p.department, g.answer).to_owned(),
                ),
                (None, Silence::Running | Silence::Standing) => ("warn", t.pledge_waiting(t.department(p.department))),
                (None, Silence::Over) => ("plain", t.pledge_unsaid().to_owned()),
            },
            said: p.given.as_ref().map(|g| (t.pledge_by(t.moment(g.at), t.person(&g.by_name)), g.note.clone())),
            due: (p.given.is_none() && Silence::of(order.status) == Silence::Running)
                .then(|| Chip::working(web, t, p.due_at)),
            form: (p.given.is_none() && mine(p.department)).then(|| form(p.department)),
        })
        .collect()
}

/// The departments that are asked about an order.
fn asked(code: &str) -> Option<Department> {
    Department::parse(code).filter(|d| matches!(d, Department::Warehouse | Department::Logistics))
}

pub(super) async fn give(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let department = check.choice("department", asked);
    let answer = check.choice("answer", PledgeAnswer::parse);
    let note = match answer {
        Some(PledgeAnswer::Short) => check.long_text("pledge_note", 5, 500),
        _ => check.optional_long_text("pledge_note", 1, 500),
    };
    match (check.finish(), department, answer) {
        (Ok(()), Some(department), Some(answer)) => {
            done(&web, &no, &post, Command::GivePledge { department, answer, note }).await
        }
        (checked, ..) => again(&web, &no, &post, "pledge", checked.err().unwrap_or_default()).await,
    }
}
