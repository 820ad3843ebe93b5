//! The six steps as a machine: a table of actions, guards that name what is in the way, gates
//! between the steps, and `decide`, which turns a command into events.
//!
//! The one rule: the same functions draw the button, fill the readiness list and refuse.
//! Nothing here reads a clock, a database or a language.

mod action;
mod alternatives;
mod archive_guards;
mod blocker;
mod case;
mod change_effects;
pub mod change_guards;
pub mod chart;
mod deal_effects;
mod decide;
mod delivery_effects;
pub mod delivery_guards;
mod effects;
mod event;
mod event_parts;
mod exception_effects;
mod feedback_effects;
mod feedback_guards;
mod gates;
mod guards;
mod key_fields;
mod money_effects;
mod money_guards;
pub mod new_total_guards;
mod node_effects;
mod piece_guards;
mod planned;
mod pledge_rules;
mod promise_guards;
mod quote_effects;
mod quote_guards;
pub mod replay;
mod requirement_guards;
mod review_effects;
pub mod review_guards;
mod round_effects;
mod round_guards;
mod standing;
pub mod stock_guards;
mod stop_effects;
pub mod stop_guards;
pub mod table;

pub use action::{Action, Command, LineQuantity, Signature, Waiver, mark_action, unmark_action};
pub use blocker::Blocker;
pub use case::{Case, Document, Named, State};
pub use deal_effects::{EndsWithMark, ends_with_mark};
pub use decide::{Offer, Supply, acts_after_the_end, blockers, decide, is_about_customer, is_about_feedback, offers};
pub use delivery_effects::exceptions_opened;
pub use event::Event;
pub use event_parts::{DraftedLine, PlannedBatch, Repacked, RoundBasis, RoundNode, ShippedLine};
pub use feedback_effects::draft_of as complaint_draft;
pub use gates::{closed_before, gate, step_of};
pub use guards::{Ask, Guard, INSPECTION_DAYS};
pub use key_fields::{fields_to_explain, saved as saved_profile};
pub use planned::{facts_of, planned_route, watched_now};
pub use requirement_guards::{KnownSpecial, PHONE_LIMIT, known_specials, packaging_complaint, specials_to_tick};
pub use round_effects::has_more_to_open;
pub use standing::{Standing, TurnClock, standing, step_due, step_limit};
