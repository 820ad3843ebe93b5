//! The imperative shell: the only place that opens a write transaction and asks the clock.
//!
//! `act` is the one write path of deals and customers. Nothing slow happens inside a
//! transaction: no hashing of passwords, no rendering, no network.

mod access;
mod accounts;
mod act;
mod archive;
mod customer_imports;
mod deals;
mod documents;
mod drafts;
mod feedback;
mod files;
mod merges;
pub mod people;
pub mod prices;
pub mod pricing;
mod remind_deliveries;
mod reviews;
pub mod setup;
mod tell;
mod tell_delivery;
mod tracking;

pub use act::{Asked, By, Done, FormUse, PolicyChoice, QuoteInput, QuoteLineInput, SurchargeInput};
pub use archive::Taken;
pub use customer_imports::KnownToImport;
pub use deals::{ForCustomer, NewDeal};
pub use documents::ClauseTexts;
pub use feedback::{FeedbackAbout, SurveyBy};
pub use files::{FileFlaw, Upload};
pub use merges::Side as MergeSide;

use crate::clock::{Clock, Ids};
use crate::domain::calendar::Calendar;
use crate::domain::policy::Denied;
use crate::domain::workflow::{Blocker, Case};
use crate::store::events::Told;
use crate::store::{Db, StoreError};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Everything the product needs to act; cheap to clone.
#[derive(Clone)]
pub struct App {
    pub db: Db,
    pub clock: Clock,
    pub ids: Ids,
    pub calendar: Arc<Calendar>,
    files_dir: Arc<PathBuf>,
    hashing: Arc<Semaphore>,
    pub(crate) strength: people::Strength,
}

impl App {
    pub fn new(db: Db, clock: Clock, ids: Ids, files_dir: PathBuf, strength: people::Strength) -> Self {
        Self {
            db,
            clock,
            ids,
            calendar: Arc::new(Calendar::standard()),
            files_dir: Arc::new(files_dir),
            hashing: Arc::new(Semaphore::new(2)),
            strength,
        }
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
    /// A credit code that another archive holds.
    DuplicateCode(Box<Taken>),
    Store(StoreError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
