//! Approval rounds while they run: who holds a node, whose clock stands still, what time does, who
//! stands in for whom, and that nothing else decides.

#[path = "rounds/acts.rs"]
pub mod acts;
#[path = "rounds/cut.rs"]
mod cut;
#[path = "rounds/delegation.rs"]
mod delegation;
#[path = "rounds/digest.rs"]
mod digest;
#[path = "rounds/duties.rs"]
mod duties;
#[path = "rounds/inbox.rs"]
mod inbox;
#[path = "rounds/ladder.rs"]
mod ladder;
#[path = "rounds/model.rs"]
mod model;
#[path = "rounds/one_vote.rs"]
mod one_vote;
#[path = "rounds/page.rs"]
mod page;
#[path = "rounds/reviews.rs"]
mod reviews;
#[path = "rounds/teams.rs"]
mod teams;
#[path = "rounds/told.rs"]
mod told;
