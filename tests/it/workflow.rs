//! The machine is a table, and the table is tried out: every row from every state, by every
//! role, past every guard; and what is generated from it equals what is kept in files.

#[path = "workflow/commands.rs"]
mod commands;
#[path = "workflow/events.rs"]
mod events;
#[path = "workflow/generated.rs"]
mod generated;
#[path = "workflow/guards.rs"]
mod guards;
#[path = "workflow/people.rs"]
mod people;
#[path = "workflow/states.rs"]
mod states;
