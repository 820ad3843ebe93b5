//! Lists, boards, calendars, search and clocks: the same rows for the same words, within the rights of
//! the reader, and quick whatever the size of the company.

#[path = "boards/clocks.rs"]
mod clocks;
#[path = "boards/counts.rs"]
mod counts;
#[path = "boards/moves.rs"]
mod moves;
#[path = "boards/plans.rs"]
mod plans;
#[path = "boards/search.rs"]
mod search;
#[path = "boards/strangers.rs"]
mod strangers;
#[path = "boards/views.rs"]
mod views;

use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;

/// A company with a deal at many stages, of two owners.
pub async fn busy() -> (World, Vec<String>) {
    let world = World::new().await;
    let mut deals = Vec::new();
    for stage in [
        Stage::Registered,
        Stage::RequirementDrafted,
        Stage::RequirementSent,
        Stage::QuoteDrafted,
        Stage::QuoteSubmitted,
        Stage::QuoteSent,
        Stage::OrderConfirmed,
        Stage::Shipped,
        Stage::Completed,
    ] {
        deals.push(world.deal_at(stage, &Plan::default()).await);
    }
    for stage in [Stage::RequirementDrafted, Stage::OrderConfirmed] {
        let plan = Plan { owner: "zhaoliu", ..Plan::default() };
        deals.push(world.deal_at(stage, &plan).await);
    }
    (world, deals)
}
