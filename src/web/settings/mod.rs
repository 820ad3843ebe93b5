//! What the company sets for itself. Every page of settings stands once in `places`: from there come
//! the overview, the tabs on each page, and who is led where.
//!
//! The one rule: a new page is a file here, its row in `places::PLACES` and its words.

mod access_log;
mod calendar;
mod channels;
mod company;
mod contract;
mod history;
mod home;
mod limits;
mod links;
mod people;
mod person;
mod places;
mod service;
mod sessions;

pub(super) use places::is_led_here;

use super::Web;
use axum::Router;

pub fn routes() -> Router<Web> {
    Router::new()
        .merge(access_log::routes())
        .merge(calendar::routes())
        .merge(channels::routes())
        .merge(company::routes())
        .merge(contract::routes())
        .merge(history::routes())
        .merge(home::routes())
        .merge(limits::routes())
        .merge(links::routes())
        .merge(people::routes())
        .merge(service::routes())
        .merge(sessions::routes())
}
