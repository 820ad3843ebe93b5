//! The deal: lists, the new-deal form, and a page for each of the six steps.

mod approval;
mod customer;
mod delivery;
mod frame;
mod list;
mod new;
mod order;
mod quote;
mod requirement;

use super::Web;
use axum::Router;

pub use customer::{CustomerView, customer_command};

pub fn routes() -> Router<Web> {
    Router::new()
        .merge(list::routes())
        .merge(new::routes())
        .merge(frame::routes())
        .merge(customer::routes())
        .merge(requirement::routes())
        .merge(quote::routes())
        .merge(approval::routes())
        .merge(order::routes())
        .merge(delivery::routes())
}
