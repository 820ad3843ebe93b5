//! One set of deals in several views: table, columns, calendar; with side panel, moves, saved views,
//! export, and the clocks of a deal.

mod asked;
mod calendar;
mod clock;
mod columns;
mod deadline_export;
mod deadlines;
mod export;
mod line;
mod panel;
mod show;
pub(in crate::web) mod token;
mod views;

use super::Web;
use axum::Router;

pub use asked::{address, search_text};
pub use line::DealLine;

pub fn routes() -> Router<Web> {
    Router::new()
        .merge(show::routes())
        .merge(panel::routes())
        .merge(views::routes())
        .merge(export::routes())
        .merge(deadlines::routes())
        .merge(clock::routes())
}
