//! How every running due moment of a deal was computed, stretch by stretch, with the version of the calendar
//! it was computed with.

use super::frame::{self, DealFrame};
use crate::app::calendars::calendar_of;
use crate::domain::approval::{Node, NodeStatus};
use crate::domain::calendar::{Calendar, Profile, Whose, WorkingMinutes};
use crate::domain::deal::DealStatus;
use crate::domain::fast_path::PostReviewStatus;
use crate::domain::ids::{ChangeId, NodeId};
use crate::domain::staff::Department;
use crate::domain::workflow::{Case, step_limit, step_of};
use crate::store::calendars::{self, CallClock, Labels};
use crate::store::people;
use crate::web::explained::{Explained, explain, explain_node};
use crate::web::page::{self, Chrome};
use crate::web::{Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use chrono::{DateTime, Utc};

pub fn routes() -> Router<Web> {
    Router::new().route("/deals/{no}/due", get(show))
}

struct DueView {
    title: String,
    words: String,
    /// The limit that was given, where it is known.
    limit: Option<String>,
    version: String,
    explained: Explained,
}

#[derive(Template)]
#[template(path = "deals/due.html")]
struct DuePage {
    chrome: Chrome,
    t: Lang,
    frame: DealFrame,
    dues: Vec<DueView>,
}

/// One limit that runs, or stands still.
struct Limit<'a> {
    title: String,
    from: DateTime<Utc>,
    due: DateTime<Utc>,
    minutes: Option<i64>,
    profile: Profile,
    whose: Whose,
    department: Option<Department>,
    /// The version it was computed with, where that is stored.
    label: Option<String>,
    /// Whose clock may stand still.
    node: Option<&'a Node>,
}

/// What is stored of how the due moments of a deal were computed.
struct Stored {
    nodes: Vec<(NodeId, String)>,
    calls: Vec<CallClock>,
    beside: Labels,
}

impl<'a> Limit<'a> {
    fn of_department(title: String, from: DateTime<Utc>, due: DateTime<Utc>, department: Department) -> Self {
        Self {
            title,
            from,
            due,
            minutes: None,
            profile: Profile::Standard,
            whose: Whose::Department(department),
            department: None,
            label: None,
            node: None,
        }
    }

    fn of_node(t: Lang, node: &'a Node, stored: &Stored) -> Option<Self> {
        let (from, due) = node.arrived_at.zip(node.due_at)?;
        let title = t.calendar_how_node(t.node_kind(node.kind));
        Some(Self {
            minutes: Some(node.limit.get()),
            profile: node.profile,
            label: stored.nodes.iter().find(|(id, _)| *id == node.id).map(|(_, label)| label.clone()),
            node: Some(node),
            ..Self::of_department(title, from, due, node.kind.department())
        })
    }

    /// A signature that a node waits for: the same limit, in the signer's own working time.
    fn of_signer(t: Lang, node: &Node, stored: &Stored) -> Option<Self> {
        let call = node.open_call()?;
        let title = t.calendar_how_signer(t.node_kind(node.kind), &call.of.name);
        let whole = Self {
            minutes: Some(node.limit.get()),
            profile: node.profile,
            label: stored.nodes.iter().find(|(id, _)| *id == node.id).map(|(_, label)| label.clone()),
            ..Self::of_department(title, call.asked_at, call.due_at?, node.kind.department())
        };
        // What was asked before the signer's own time counted ran on that of the department.
        Some(match stored.calls.iter().find(|c| c.call == call.id) {
            Some(clock) => Self {
                whose: Whose::Person(call.of.id),
                department: Some(clock.department),
                label: Some(clock.label.clone()),
                ..whole
            },
            None => whole,
        })
    }
}

fn limits<'a>(t: Lang, case: &'a Case, stored: &Stored) -> Vec<Limit<'a>> {
    let mut out = Vec::new();
    if let Some(deal) = case.deal.as_ref().filter(|d| d.status == DealStatus::Open && d.step == step_of(case)) {
        // The promise of the delivery step is a date of its own.
        let is_promise = deal.step == crate::domain::deal::Step::Delivery;
        if let Some(due) = deal.step_due_at.filter(|_| !is_promise) {
            let title = t.calendar_how_step(deal.step.number(), t.step(deal.step));
            out.push(Limit {
                whose: Whose::Person(deal.owner),
                department: Some(Department::Sales),
                minutes: step_limit(deal.step, case).map(WorkingMinutes::get),
                label: stored.beside.step.clone(),
                ..Limit::of_department(title, deal.step_entered_at, due, Department::Sales)
            });
        }
    }
    for node in case.round.iter().flat_map(|r| &r.nodes).filter(|n| n.status == NodeStatus::Open) {
        out.extend(Limit::of_node(t, node, stored));
        out.extend(Limit::of_signer(t, node, stored));
    }
    for review in case.post_reviews.iter().filter(|p| p.status == PostReviewStatus::Open) {
        let title = t.calendar_how_review(t.node_kind(review.kind));
        let label = stored.beside.reviews.iter().find(|(id, _)| *id == review.id).map(|(_, label)| label.clone());
        out.push(Limit {
            minutes: Some(case.rules.of_round().post_review_limit().get()),
            label,
            ..Limit::of_department(title, review.opened_at, review.due_at, review.kind.department())
        });
    }
    if let Some(change) = case.open_change() {
        for duty in change.duties.iter().filter(|d| d.said.is_none()) {
            let title = t.calendar_how_duty(t.department(duty.department), &change.no);
            let is_it = |of: &&(ChangeId, Department, String)| (of.0, of.1) == (change.id, duty.department);
            out.push(Limit {
                label: stored.beside.duties.iter().find(is_it).map(|(.., label)| label.clone()),
                ..Limit::of_department(title, duty.asked_at, duty.due_at, duty.department)
            });
        }
    }
    out
}

/// The one whose hours and days count: the person, else the department, else everybody.
fn counted_by(company: &Calendar, of: &Limit<'_>) -> Whose {
    let has_own = |whose: &Whose| company.owners().any(|o| o == *whose);
    let department = of.department.map(Whose::Department);
    [Some(of.whose), department].into_iter().flatten().find(has_own).unwrap_or(Whose::Everybody)
}

async fn show(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let t = who.t();
    let case = web.app().deal(&who.actor, &no).await?;
    let now = web.app().clock.now();
    let mut conn = web.app().db.read().await?;
    let stored = match &case.deal {
        Some(deal) => Stored {
            nodes: calendars::labels_of(&mut conn, deal.id).await?,
            calls: calendars::call_clocks(&mut conn, deal.id).await?,
            beside: calendars::labels_beside(&mut conn, deal.id).await?,
        },
        None => Stored { nodes: Vec::new(), calls: Vec::new(), beside: Labels::default() },
    };
    let mut dues = Vec::new();
    for of in limits(t, &case, &stored) {
        let label = of.label.clone().unwrap_or_else(|| web.app().calendar.version().to_owned());
        let company = calendar_of(&mut conn, &label).await?;
        let on_call = Calendar::on_call();
        let calendar: &Calendar = match (of.profile, of.whose) {
            (Profile::OnCall, _) => &on_call,
            (Profile::Standard, Whose::Person(person)) => company.of_person(person, of.department),
            (Profile::Standard, Whose::Department(department)) => company.of_department(department),
            (Profile::Standard, Whose::Everybody) => &company,
        };
        let name = match counted_by(&company, &of) {
            Whose::Person(person) => people::by_id(&mut conn, person).await?,
            _ => None,
        };
        let version = match (of.profile, counted_by(&company, &of), name) {
            (Profile::OnCall, ..) => t.calendar_how_version_of(t.calendar_label(&label), t.calendar_on_call()),
            (_, Whose::Person(_), Some(p)) => {
                t.calendar_how_version_of(t.calendar_label(&label), page::name_in(t, &p.name, &p.name_en))
            }
            (_, Whose::Department(d), _) => t.calendar_how_version_of(t.calendar_label(&label), t.department(d)),
            _ => t.calendar_how_version(t.calendar_label(&label)),
        };
        // A clock that stands still is due nowhere: what ran until then counts, and the rest when it goes on.
        let stands = of.node.filter(|n| n.runs_to().is_none()).and_then(Node::open_call);
        let explained = match (of.node, stands) {
            (Some(node), Some(_)) => explain_node(t, calendar, node, now),
            (Some(node), None) => explain_node(t, calendar, node, of.due),
            (None, _) => explain(t, calendar, of.from, of.due),
        };
        let from = t.moment_full(of.from);
        let words = match stands {
            Some(call) => {
                let left = calendar.working_minutes_between(call.asked_at, of.due);
                t.calendar_how_stands(from, left.get(), explained.total, t.hold_kind(call.kind.hold()))
            }
            None => t.calendar_how_sum(t.moment_full(of.due), from, explained.total),
        };
        dues.push(DueView {
            title: of.title,
            words,
            limit: of.minutes.map(|limit| t.calendar_how_limit(limit)),
            version,
            explained,
        });
    }
    drop(conn);
    let frame = frame::of(&web, &who, &case, step_of(&case)).await?;
    page::page(&DuePage { chrome: frame::chrome(&web, &who).await?, t, frame, dues })
}
