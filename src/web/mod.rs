//! Pages and forms. Handlers read through `app` and `store`, write only through `app`, and hand
//! data to templates; every refusal is a `Problem` that the outermost layer renders.

mod account;
mod address;
mod again;
mod approval_export;
mod approvals;
mod assets;
mod boards;
mod card;
pub mod check;
mod contacts;
mod credit;
mod customer_code;
mod customer_history;
mod customers;
mod deals;
mod delegations;
mod deliveries;
mod delivery_export;
mod design;
mod documents;
mod drafts;
mod explained;
mod feedback;
mod field;
mod file_room;
mod files;
pub mod form;
pub mod form_key;
mod form_limits;
mod health;
mod here;
pub mod import;
mod live;
mod login;
mod merge_customers;
mod names;
mod notices;
mod own_address;
mod page;
mod presence;
mod prices;
mod problem;
mod public;
mod reach;
mod receivables;
mod reports;
mod reset;
mod reviews;
mod search;
pub mod security;
pub mod serve;
mod settings;
mod setup;
mod sheet;
mod sheet_columns;
mod stock;
mod work;

pub use here::{Here, Post, SignedIn};
pub use problem::Problem;

use crate::app::App;
use crate::config::{Config, SessionLengths};
use crate::documents::Press;
use crate::store::schema::Installation;
use axum::Router;
use axum::http::HeaderMap;
use axum::middleware::from_fn_with_state;
use std::net::IpAddr;
use std::sync::Arc;

/// What every handler may use.
#[derive(Clone)]
pub struct Web {
    inner: Arc<Inner>,
}

struct Inner {
    app: App,
    installation: Installation,
    public_url: Option<String>,
    trusted_proxy: Option<IpAddr>,
    sessions: SessionLengths,
    press: Press,
    names: names::Directory,
}

impl Web {
    pub fn new(app: App, installation: Installation, config: &Config) -> Self {
        let inner = Inner {
            app,
            installation,
            public_url: config.public_url.clone(),
            trusted_proxy: config.trusted_proxy,
            sessions: config.sessions,
            press: Press::default(),
            names: names::Directory::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    pub(in crate::web) fn names(&self) -> &names::Directory {
        &self.inner.names
    }

    pub fn app(&self) -> &App {
        &self.inner.app
    }

    pub fn installation(&self) -> &Installation {
        &self.inner.installation
    }

    fn press(&self) -> &Press {
        &self.inner.press
    }

    pub fn is_demo(&self) -> bool {
        self.inner.installation.is_demo
    }

    /// What people type into their browsers, where it is set.
    fn public_url(&self) -> Option<&str> {
        self.inner.public_url.as_deref()
    }

    /// Where a visitor comes from.
    fn visitor_address(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        address::of(self.inner.trusted_proxy, peer, headers)
    }

    fn is_https(&self) -> bool {
        self.inner.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }

    fn sessions(&self) -> SessionLengths {
        self.inner.sessions
    }
}

/// Every address, inside its layers.
pub fn router(web: Web) -> Router {
    let guard = security::Guard::new(web.inner.public_url.as_deref(), web.app().ids.clone());
    let pages = Router::new()
        .merge(account::routes())
        .merge(approval_export::routes())
        .merge(delivery_export::routes())
        .merge(approvals::routes())
        .merge(delegations::routes())
        .merge(boards::routes())
        .merge(customer_code::routes())
        .merge(customer_history::routes())
        .merge(contacts::routes())
        .merge(credit::routes())
        .merge(customers::routes())
        .merge(deals::routes())
        .merge(deliveries::routes())
        .merge(design::routes(web.is_demo()))
        .merge(drafts::routes())
        .merge(documents::routes())
        .merge(feedback::routes())
        .merge(files::routes())
        .merge(import::routes())
        .merge(live::routes())
        .merge(login::routes())
        .merge(merge_customers::routes())
        .merge(notices::routes())
        .merge(reach::routes())
        .merge(reset::routes())
        .merge(receivables::routes())
        .merge(reports::routes())
        .merge(reviews::routes())
        .merge(prices::routes())
        .merge(search::routes())
        .merge(public::routes(&web))
        .merge(settings::routes())
        .merge(setup::routes())
        .merge(stock::routes())
        .merge(work::routes())
        .fallback(problem::missing)
        .method_not_allowed_fallback(problem::missing)
        .with_state(web.clone());
    let pages = security::inner(pages, &guard).layer(from_fn_with_state(web.clone(), here::know_visitor));
    let plain = Router::new().merge(health::routes()).merge(assets::router()).with_state(web);
    security::outer(pages.merge(plain), &guard)
}
