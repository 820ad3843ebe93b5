//! The imperative shell: the only place that opens a write transaction and asks the clock.
//!
//! `act` is the one write path of deals and customers. Nothing slow happens inside a
//! transaction: no hashing of passwords, no rendering, no network.

mod access;
pub mod accounts;
mod act;
mod archive;
mod asked;
pub mod calendars;
mod channels;
mod company;
mod corrections;
mod customer_imports;
mod deals;
mod delegations;
mod devices;
mod digest;
mod documents;
mod drafts;
mod exports;
mod feedback;
mod files;
mod finding;
pub mod first_admin;
mod kept;
mod ladder;
mod link_surveys;
mod links;
pub mod live;
mod loose_files;
mod merges;
pub mod messages;
mod new_totals;
mod notices;
mod passwords;
pub mod people;
pub mod prices;
pub mod pricing;
mod product_sheets;
mod remind_deliveries;
mod remind_feedback;
mod reports;
mod reset;
mod reviews;
mod rules;
mod secrets;
mod sessions;
pub mod setup;
pub mod sheet_runs;
pub mod stock;
mod tell;
mod tell_delivery;
mod tell_orders;
mod tell_rounds;
mod tracking;
mod views;

pub use act::{By, Done, FormUse};
pub use archive::Taken;
pub use asked::{Asked, ChangeInput, PolicyChoice, QuoteInput, QuoteLineInput, ReadQuote, SurchargeInput};
pub use calendars::LiveCalendar;
pub use channels::ChannelInput;
pub use company::LogoChange;
pub use corrections::{Touched, Upshot};
pub use customer_imports::KnownToImport;
pub use deals::{ForCustomer, NewDeal};
pub use delegations::{NewDelegation, Set as DelegationSet};
pub use devices::REMEMBERED;
pub use documents::ClauseTexts;
pub use exports::whole;
pub use feedback::{FeedbackAbout, SurveyBy};
pub use files::{FileFlaw, Upload};
pub use links::{Answerer, Opened, Outcome, Shut};
pub use merges::Side as MergeSide;

use crate::clock::{Clock, Ids};
use crate::domain::policy::Denied;
use crate::domain::workflow::{Blocker, Case};
use crate::store::events::Told;
use crate::store::{Db, StoreError};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Everything the product needs to act; cheap to clone.
#[derive(Clone)]
pub struct App {
    pub db: Db,
    pub clock: Clock,
    pub ids: Ids,
    pub calendar: LiveCalendar,
    /// What open pages of this process hear.
    pub live: live::Live,
    kept: Arc<kept::Kept>,
    files_dir: Arc<PathBuf>,
    /// Somebody has an account, as far as this process knows.
    has_people: Arc<AtomicBool>,
    hashing: passwords::Hashing,
    secret_key: Arc<secrets::Key>,
    pub(crate) strength: people::Strength,
}

impl App {
    pub fn new(db: Db, clock: Clock, ids: Ids, files_dir: PathBuf, strength: people::Strength) -> Self {
        Self {
            db,
            clock,
            ids,
            calendar: LiveCalendar::shipped(),
            secret_key: Arc::new(secrets::Key::File(files_dir.join("channel.key"))),
            live: live::Live::default(),
            kept: Arc::default(),
            files_dir: Arc::new(files_dir),
            has_people: Arc::default(),
            hashing: passwords::Hashing::default(),
            strength,
        }
    }

    /// Seals settings with this key instead of the one in the data folder, so that several
    /// machines can serve one database.
    #[must_use]
    pub fn with_secret_key(mut self, key: Option<[u8; 32]>) -> Self {
        if let Some(key) = key {
            self.secret_key = Arc::new(secrets::Key::Given(key));
        }
        self
    }
}

/// Why nothing was done.
#[derive(Debug)]
pub enum Failure {
    /// No such thing, or not yours to know.
    NotFound,
    Denied(Denied),
    /// Not possible now; every reason, with the case it was decided on.
    Blocked {
        blockers: Vec<Blocker>,
        case: Box<Case>,
    },
    /// Somebody changed it since the page was opened.
    Stale {
        changes: Vec<Told>,
        version: i64,
    },
    /// The form was sent before with other content.
    KeyReused,
    /// What was typed is not a quote; the form knows why.
    Unreadable,
    /// A credit code that another archive holds.
    DuplicateCode(Box<Taken>),
    /// A list too long to be taken out at once.
    TooMany {
        most: i64,
    },
    Store(StoreError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
