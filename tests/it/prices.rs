//! The price library and the quote that reads it: drafted by one, published by another, never
//! edited; each quoted price with its reason, and never repriced silently.

#[path = "prices/library.rs"]
mod library;
#[path = "prices/products.rs"]
mod products;
#[path = "prices/quote.rs"]
mod quote;
#[path = "prices/sheets.rs"]
mod sheets;
