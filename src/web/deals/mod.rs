//! The deal: lists, the new-deal form, and a page for each of the six steps.

mod approval;
mod catalogue;
mod changes;
mod customer;
mod customer_facts;
mod customer_form;
mod customer_manage;
mod customer_view;
mod delivery;
mod due;
mod exceptions;
mod frame;
pub(in crate::web) mod grid;
mod history;
mod links;
mod new;
mod order;
mod quote;
mod rail;
mod requirement;
mod same_archive;
mod ship_to;

use super::Web;
use axum::Router;

pub use approval::{case_of as approval_case, quote_of as quote_of_round};
pub use changes::link as change_link;
pub use customer::{Place, customer_command, customer_page};
pub use customer_facts::whole as customer_facts;
pub use customer_form::{
    CONTACT_FIELDS, Reading as FormReading, fill as fill_customer_form, legal_name, parse as parse_customer_form,
};
pub use customer_view::status_kind as customer_status_kind;
pub use frame::{Chip, case_at, quoted};
pub use grid::local_minute;
pub(in crate::web) use quote::hold_line;
pub(in crate::web) use same_archive::{archive_fields, field_shown};

pub fn routes() -> Router<Web> {
    Router::new()
        .merge(new::routes())
        .merge(frame::routes())
        .merge(rail::routes())
        .merge(customer::routes())
        .merge(catalogue::routes())
        .merge(requirement::routes())
        .merge(quote::routes())
        .merge(approval::routes())
        .merge(order::routes())
        .merge(delivery::routes())
        .merge(due::routes())
        .merge(history::routes())
        .merge(exceptions::routes())
        .merge(changes::routes())
        .merge(links::routes())
}
