//! Guards of the reviews that follow a fast approval (DOMAIN 3.7).

use super::action::Command;
use super::blocker::Blocker;
use super::case::Case;
use super::guards::Ask;
use super::stop_guards;
use crate::domain::fast_path::{ObjectionOutcome, PostReviewStatus, ReviewResult};
use crate::domain::order_stop::StopKind;

/// Fewest characters of an objection.
const SHORTEST_OBJECTION: usize = 5;

pub fn review_owed(ask: &Ask) -> Vec<Blocker> {
    let is_owed = match ask.command {
        Some(Command::ReviewAfterwards { review, .. }) => {
            ask.case.post_review(*review).is_some_and(|p| p.status == PostReviewStatus::Open)
        }
        _ => ask.case.post_reviews.iter().any(|p| p.status == PostReviewStatus::Open),
    };
    if is_owed { Vec::new() } else { vec![Blocker::NoReviewOwed] }
}

pub fn objection_explained(ask: &Ask) -> Vec<Blocker> {
    match ask.command {
        Some(Command::ReviewAfterwards { result: ReviewResult::Objection, comment, .. })
            if comment.as_ref().is_none_or(|c| c.chars().count() < SHORTEST_OBJECTION) =>
        {
            vec![Blocker::CommentMissing]
        }
        _ => Vec::new(),
    }
}

pub fn objection_stands(ask: &Ask) -> Vec<Blocker> {
    let stands = match ask.command {
        Some(Command::ResolveObjection { review, .. }) => {
            ask.case.post_review(*review).is_some_and(|p| p.status == PostReviewStatus::Objection)
        }
        _ => ask.case.post_reviews.iter().any(|p| p.status == PostReviewStatus::Objection),
    };
    if stands { Vec::new() } else { vec![Blocker::NoObjection] }
}

/// Only what runs can stand still, and only what has not left is cancelled.
pub fn outcome_fits(ask: &Ask) -> Vec<Blocker> {
    let Some(Command::ResolveObjection { outcome, .. }) = ask.command else { return Vec::new() };
    match (outcome, &ask.case.order) {
        (ObjectionOutcome::Continue, _) | (ObjectionOutcome::Cancel, None) => Vec::new(),
        (ObjectionOutcome::Hold, None) => vec![Blocker::StopUnfit { kind: StopKind::Hold }],
        (ObjectionOutcome::Hold, Some(order)) => stop_guards::unfit(order, StopKind::Hold),
        (ObjectionOutcome::Cancel, Some(order)) => {
            stop_guards::no_stop_asked(ask).into_iter().chain(stop_guards::unfit(order, StopKind::Cancel)).collect()
        }
    }
}

/// The outcomes that an objection can have now, for the buttons.
pub fn outcomes_possible(case: &Case) -> Vec<ObjectionOutcome> {
    let fits = |kind| case.order.as_ref().is_some_and(|o| stop_guards::kinds_possible(o).contains(&kind));
    let is_asked = case.order.as_ref().is_some_and(|o| o.asked_stop().is_some());
    ObjectionOutcome::ALL
        .iter()
        .copied()
        .filter(|outcome| match outcome {
            ObjectionOutcome::Continue => true,
            ObjectionOutcome::Hold => fits(StopKind::Hold),
            ObjectionOutcome::Cancel => case.order.is_none() || (fits(StopKind::Cancel) && !is_asked),
        })
        .collect()
}

/// An order may ship while reviews are owed, and is not completed before they are done.
pub fn reviews_done(ask: &Ask) -> Vec<Blocker> {
    ask.case
        .post_reviews
        .iter()
        .filter_map(|p| match p.status {
            PostReviewStatus::Open => Some(Blocker::ReviewOpen { node: p.kind }),
            PostReviewStatus::Objection => Some(Blocker::ObjectionOpen { node: p.kind }),
            PostReviewStatus::Confirmed | PostReviewStatus::Resolved => None,
        })
        .collect()
}
