//! Routing: the preview is the round, the facts of credit come from what is owed, and nobody decides
//! alone about himself.

#[path = "routing/credit.rs"]
mod credit;
#[path = "routing/goods.rs"]
mod goods;
#[path = "routing/property.rs"]
mod property;
#[path = "routing/rules.rs"]
mod rules;
#[path = "routing/watched.rs"]
mod watched;
