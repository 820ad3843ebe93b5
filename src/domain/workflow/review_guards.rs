//! Guards of the reviews that follow a fast approval (DOMAIN 3.7).

use super::action::Command;
use super::blocker::Blocker;
use super::guards::Ask;
use crate::domain::fast_path::{PostReviewStatus, ReviewResult};

/// Fewest characters of an objection.
const SHORTEST_OBJECTION: usize = 5;

pub fn review_owed(ask: &Ask) -> Vec<Blocker> {
    let is_owed = match ask.command {
        Some(Command::ReviewAfterwards { node, .. }) => {
            ask.case.post_review(*node).is_some_and(|p| p.status == PostReviewStatus::Open)
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
        Some(Command::ResolveObjection { node, .. }) => {
            ask.case.post_review(*node).is_some_and(|p| p.status == PostReviewStatus::Objection)
        }
        _ => ask.case.post_reviews.iter().any(|p| p.status == PostReviewStatus::Objection),
    };
    if stands { Vec::new() } else { vec![Blocker::NoObjection] }
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
