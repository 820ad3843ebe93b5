//! What the company sets for itself: numbers in versions with a first day, drafted by one person and put
//! in force by another.

#[path = "settings/limits.rs"]
mod limits;
