//! The part of the approval page that belongs to the fast path (DOMAIN 3.7): who was left out and
//! why, what those departments said afterwards, and the forms to say it.

use crate::domain::approval::{ApprovalPath, Round, RoundStatus};
use crate::domain::fast_path::{ObjectionOutcome, PostReview, PostReviewStatus, ReviewResult, use_of_month};
use crate::domain::ids::PostReviewId;
use crate::domain::policy;
use crate::domain::workflow::{Action, Case, Command, Offer, review_guards};
use crate::web::check::{Checker, FieldErrors};
use crate::web::deals::frame::{self, Chip};
use crate::web::deals::quote::paper::kept_words;
use crate::web::{SignedIn, Web};
use crate::wording::Lang;
use uuid::Uuid;

pub struct FastView {
    /// Why an urgent deal went the standard way.
    pub refused: Option<String>,
    /// Department and reasons.
    pub skipped: Vec<(String, Vec<String>)>,
    pub uses: Option<String>,
    /// Departments whose approval of an earlier round stands, and whose it is.
    pub kept: Vec<(&'static str, String)>,
    pub reviews: Vec<ReviewView>,
    /// What this reader may say for which department.
    pub owed: Vec<(PostReviewId, String)>,
    /// The same for objections this reader may resolve, with what was objected.
    pub objections: Vec<(PostReviewId, String, String)>,
    /// What an objection can lead to now.
    pub outcomes: Vec<OutcomeView>,
}

/// A button of the form that resolves an objection.
pub struct OutcomeView {
    pub code: &'static str,
    pub act: &'static str,
    pub then: &'static str,
    pub kind: &'static str,
}

pub struct ReviewView {
    pub department: String,
    pub status: String,
    pub status_kind: &'static str,
    pub due: String,
    pub chip: Option<Chip>,
    pub by: String,
    pub at: String,
    pub escalated_to: Option<String>,
    pub comment: Option<String>,
    pub resolution: Option<String>,
}

pub fn of(web: &Web, who: &SignedIn, case: &Case, round: &Round, offers: &[Offer]) -> FastView {
    let t = who.t();
    let may_resolve = frame::offer(offers, Action::ResolveObjection).is_some();
    let review = |status| case.post_reviews.iter().filter(move |p| p.status == status);
    FastView {
        refused: t.why_not_fast(&round.fast_refused),
        skipped: round.skipped.iter().map(|n| (t.node_kind(n.kind).to_owned(), t.why_left_out(&n.reasons))).collect(),
        // What was withdrawn was no use.
        uses: (round.path == ApprovalPath::Fast && round.status != RoundStatus::Withdrawn).then(|| {
            let used = t.fast_uses(use_of_month(&case.route_facts.fast_rounds, round.submitted_at));
            format!("{used}{}{}", t.sentence_joint(), t.routing_outcome(case.route_facts.fast_objections))
        }),
        kept: case.route_facts.former.kept.iter().map(|k| kept_words(t, k)).collect(),
        reviews: case
            .post_reviews
            .iter()
            .map(|p| ReviewView {
                department: named(t, case, p),
                status: t.post_review_status(p.status).to_owned(),
                status_kind: match p.status {
                    PostReviewStatus::Open => "info",
                    PostReviewStatus::Confirmed => "ok",
                    PostReviewStatus::Objection => "bad",
                    PostReviewStatus::Resolved => "warn",
                },
                due: t.due_moment(&web.app().calendar, p.due_at),
                chip: (p.status == PostReviewStatus::Open).then(|| {
                    let company = &web.app().calendar;
                    Chip::on(company.of_department(p.kind.department()), t, web.app().clock.now(), p.due_at)
                }),
                by: p.reviewed.as_ref().map_or_else(String::new, |r| {
                    t.on_behalf(&t.person(&r.by_name), r.on_behalf.as_ref().map(|of| t.person(&of.name)).as_deref())
                }),
                escalated_to: p.escalated_to.as_ref().map(|to| t.round_escalated_to(t.person(&to.name))),
                at: p.reviewed.as_ref().map(|r| t.moment(r.at)).unwrap_or_default(),
                comment: p.reviewed.as_ref().and_then(|r| r.comment.clone()),
                resolution: match (p.outcome, &p.resolution) {
                    (Some(outcome), Some(said)) => Some(t.fast_resolved_as(t.objection_outcome(outcome), said)),
                    (_, said) => said.clone(),
                },
            })
            .collect(),
        outcomes: review_guards::outcomes_possible(case).into_iter().map(|o| outcome_view(t, case, o)).collect(),
        owed: review(PostReviewStatus::Open)
            .filter(|p| policy::review_capacity(&who.actor, p, case).is_ok())
            .map(|p| (p.id, named(t, case, p)))
            .collect(),
        objections: review(PostReviewStatus::Objection)
            .filter(|_| may_resolve)
            .map(|p| {
                let said = p.reviewed.as_ref().and_then(|r| r.comment.clone()).unwrap_or_default();
                (p.id, named(t, case, p), said)
            })
            .collect(),
    }
}

/// The department, and the round that its review is about where it looks at several.
fn named(t: Lang, case: &Case, review: &PostReview) -> String {
    let department = t.node_kind(review.kind);
    let is_one_of_several = case.post_reviews.iter().any(|p| p.kind == review.kind && p.id != review.id);
    if is_one_of_several { format!("{department} R{}", review.round_no) } else { department.to_owned() }
}

fn review_id(raw: &str) -> Option<PostReviewId> {
    Uuid::parse_str(raw).ok().map(PostReviewId)
}

/// The department's review as typed.
pub fn typed_review(mut check: Checker<'_>) -> Result<Command, FieldErrors> {
    let review = check.choice("review", review_id);
    let result = check.choice("result", ReviewResult::parse);
    let comment = match result {
        Some(ReviewResult::Objection) => check.long_text("comment", 5, 500),
        _ => check.optional_long_text("comment", 1, 500),
    };
    check.finish()?;
    match (review, result) {
        (Some(review), Some(result)) => Ok(Command::ReviewAfterwards { review, result, comment }),
        _ => Err(FieldErrors::new()),
    }
}

/// The director's answer to an objection as typed.
pub fn typed_resolution(mut check: Checker<'_>) -> Result<Command, FieldErrors> {
    let review = check.choice("review", review_id);
    let outcome = check.choice("outcome", ObjectionOutcome::parse);
    let resolution = check.long_text("resolution", 5, 500);
    check.finish()?;
    match (review, outcome, resolution) {
        (Some(review), Some(outcome), Some(resolution)) => {
            Ok(Command::ResolveObjection { review, outcome, resolution })
        }
        _ => Err(FieldErrors::new()),
    }
}

fn outcome_view(t: Lang, case: &Case, outcome: ObjectionOutcome) -> OutcomeView {
    let (act, then, kind) = match outcome {
        ObjectionOutcome::Continue => (t.fast_resolve(), t.fast_resolve_then(), "primary"),
        ObjectionOutcome::Hold => (t.fast_resolve_hold(), t.fast_resolve_hold_then(), ""),
        ObjectionOutcome::Cancel if case.order.is_none() => {
            (t.fast_resolve_close(), t.fast_resolve_close_then(), "danger")
        }
        ObjectionOutcome::Cancel => (t.fast_resolve_cancel(), t.fast_resolve_cancel_then(), "danger"),
    };
    OutcomeView { code: outcome.code(), act, then, kind }
}

impl Lang {
    fn post_review_status(self, status: PostReviewStatus) -> &'static str {
        match status {
            PostReviewStatus::Open => self.fast_review_status_open(),
            PostReviewStatus::Confirmed => self.fast_review_status_confirmed(),
            PostReviewStatus::Objection => self.fast_review_status_objection(),
            PostReviewStatus::Resolved => self.fast_review_status_resolved(),
        }
    }
}
