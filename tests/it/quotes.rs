//! Quotes beyond the straight way: alternatives, stock held while quoting, and stock itself.

#[path = "quotes/alternatives.rs"]
mod alternatives;
#[path = "quotes/basis.rs"]
mod basis;
#[path = "quotes/check.rs"]
mod check;
#[path = "quotes/edges.rs"]
mod edges;
#[path = "quotes/holds.rs"]
mod holds;
#[path = "quotes/remarks.rs"]
mod remarks;
#[path = "quotes/rewritten.rs"]
mod rewritten;
#[path = "quotes/stock.rs"]
mod stock;
#[path = "quotes/swapped.rs"]
mod swapped;
