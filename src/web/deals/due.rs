//! How every running due moment of a deal was computed, stretch by stretch, with the version of the calendar
//! it was computed with.

use super::frame::{self, DealFrame};
use crate::app::calendars::calendar_of;
use crate::domain::approval::NodeStatus;
use crate::domain::calendar::{Calendar, Profile};
use crate::domain::deal::DealStatus;
use crate::domain::fast_path::PostReviewStatus;
use crate::domain::staff::Department;
use crate::domain::workflow::{Case, step_of};
use crate::store::calendars;
use crate::web::explained::{Explained, explain};
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

/// One limit that runs.
struct Running {
    title: String,
    from: DateTime<Utc>,
    due: DateTime<Utc>,
    limit: Option<i64>,
    profile: Profile,
    department: Option<Department>,
    /// The version it was computed with, where that is stored.
    label: Option<String>,
}

fn running(t: Lang, case: &Case, labels: &[(crate::domain::ids::NodeId, String)]) -> Vec<Running> {
    let mut out = Vec::new();
    let standard = Profile::Standard;
    if let Some(deal) = case.deal.as_ref().filter(|d| d.status == DealStatus::Open && d.step == step_of(case)) {
        // The promise of the delivery step is a date of its own.
        let is_promise = deal.step == crate::domain::deal::Step::Delivery;
        if let Some(due) = deal.step_due_at.filter(|_| !is_promise) {
            let title = t.calendar_how_step(deal.step.number(), t.step(deal.step));
            out.push(Running {
                title,
                from: deal.step_entered_at,
                due,
                limit: None,
                profile: standard,
                department: None,
                label: None,
            });
        }
    }
    for node in case.round.iter().flat_map(|r| &r.nodes).filter(|n| n.status == NodeStatus::Open) {
        let Some((from, due)) = node.arrived_at.zip(node.due_at) else { continue };
        out.push(Running {
            title: t.calendar_how_node(t.node_kind(node.kind)),
            from,
            due,
            limit: Some(node.limit.get()),
            profile: node.profile,
            department: Some(node.kind.department()),
            label: labels.iter().find(|(id, _)| *id == node.id).map(|(_, label)| label.clone()),
        });
    }
    for review in case.post_reviews.iter().filter(|p| p.status == PostReviewStatus::Open) {
        out.push(Running {
            title: t.calendar_how_review(t.node_kind(review.kind)),
            from: review.opened_at,
            due: review.due_at,
            limit: None,
            profile: standard,
            department: Some(review.kind.department()),
            label: None,
        });
    }
    if let Some(change) = case.open_change() {
        for duty in change.duties.iter().filter(|d| d.said.is_none()) {
            out.push(Running {
                title: t.calendar_how_duty(t.department(duty.department), &change.no),
                from: duty.asked_at,
                due: duty.due_at,
                limit: None,
                profile: standard,
                department: Some(duty.department),
                label: None,
            });
        }
    }
    out
}

async fn show(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let t = who.t();
    let case = web.app().deal(&who.actor, &no).await?;
    let mut conn = web.app().db.read().await?;
    let labels = match &case.deal {
        Some(deal) => calendars::labels_of(&mut conn, deal.id).await?,
        None => Vec::new(),
    };
    let mut dues = Vec::new();
    for of in running(t, &case, &labels) {
        let label = of.label.unwrap_or_else(|| web.app().calendar.version().to_owned());
        let company = calendar_of(&mut conn, &label).await?;
        let on_call;
        let calendar: &Calendar = match of.profile {
            Profile::Standard => match (of.department, &case.deal) {
                (Some(department), _) => company.of_department(department),
                (None, Some(deal)) => company.of_person(deal.owner, Some(Department::Sales)),
                (None, None) => &company,
            },
            Profile::OnCall => {
                on_call = Calendar::on_call();
                &on_call
            }
        };
        let explained = explain(t, calendar, of.from, of.due);
        dues.push(DueView {
            title: of.title,
            words: t.calendar_how_sum(t.moment_full(of.due), t.moment_full(of.from), explained.total),
            limit: of.limit.map(|limit| t.calendar_how_limit(limit)),
            version: t.calendar_how_version(t.calendar_label(&label)),
            explained,
        });
    }
    drop(conn);
    let frame = frame::of(&web, &who, &case, step_of(&case)).await?;
    page::page(&DuePage { chrome: frame::chrome(&web, &who).await?, t, frame, dues })
}
