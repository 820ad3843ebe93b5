//! The word of warehouse and logistics for a confirmed order: on the order page and on the delivery
//! page, with the limit and a button for who may give it.

use super::frame::{self, Chip};
use crate::domain::order::Order;
use crate::domain::policy;
use crate::domain::staff::Department;
use crate::domain::workflow::{Action, Case, Command, Offer};
use crate::web::check::Checker;
use crate::web::form::FormView;
use crate::web::page;
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::post;

pub fn routes() -> Router<Web> {
    Router::new().route("/deals/{no}/delivery/commit", post(commit))
}

pub(super) struct CommitmentView {
    pub department: &'static str,
    pub state: &'static str,
    pub state_kind: &'static str,
    /// By whom and when.
    pub given: Option<String>,
    pub note: Option<String>,
    /// What is left, while nobody has answered.
    pub due: Option<Chip>,
}

/// The departments that this person may speak for now.
pub(super) struct CommitmentForm {
    pub options: Vec<(&'static str, &'static str)>,
    pub form: FormView,
}

pub(super) fn view(web: &Web, t: Lang, order: &Order) -> Vec<CommitmentView> {
    let now = web.app().clock.now();
    order
        .commitments
        .iter()
        .map(|c| {
            let (state, state_kind) = match (&c.given, c.is_late(now)) {
                (Some(_), false) => (t.commit_done(), "ok"),
                (Some(_), true) => (t.commit_given_late(), "warn"),
                (None, true) => (t.commit_late(), "bad"),
                (None, false) => (t.commit_waiting(), "plain"),
            };
            CommitmentView {
                department: t.department(c.department),
                state,
                state_kind,
                given: c.given.as_ref().map(|g| t.commit_given(t.moment(g.at), &g.by_name)),
                note: c.given.as_ref().and_then(|g| g.note.clone()),
                due: c.given.is_none().then(|| Chip::working(web, t, c.due_at)),
            }
        })
        .collect()
}

fn button(t: Lang, department: Department) -> &'static str {
    if department == Department::Logistics { t.commit_transport() } else { t.commit_stock() }
}

pub(super) fn form(who: &SignedIn, case: &Case, offers: &[Offer], typed: Option<&FormView>) -> Option<CommitmentForm> {
    frame::offer(offers, Action::CommitToOrder).filter(|o| o.is_ready())?;
    let may = |department| {
        let command = Command::CommitToOrder { department, note: None };
        policy::may_command(&who.actor, &command, case).is_ok()
    };
    let options: Vec<_> = case
        .order
        .iter()
        .flat_map(|o| &o.commitments)
        .filter(|c| c.given.is_none() && may(c.department))
        .map(|c| (c.department.code(), button(who.t(), c.department)))
        .collect();
    (!options.is_empty()).then(|| CommitmentForm { options, form: typed.cloned().unwrap_or_default() })
}

async fn commit(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let department = check.choice("department", Department::parse);
    let note = check.optional_text("commit_note", 1, 200);
    let (true, Some(department)) = (check.is_clean(), department) else {
        let errors = check.finish().err().unwrap_or_default();
        return super::delivery::again(&web, &no, &post, "commit", errors).await;
    };
    let by = post.by(format!("/deals/{no}/delivery"));
    let command = Command::CommitToOrder { department, note };
    let done = web.app().act_on_deal(&by, &no, post.form.version(), command).await.map_err(|f| post.keeping(f))?;
    Ok(page::see_other(&web, done.then(), Action::CommitToOrder.code()))
}
