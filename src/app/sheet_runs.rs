//! Spreadsheets kept between their check and their booking: price lists, products and stock-takes.

use super::act::{FormState, finish, take_key};
use super::{App, By, Done, Failure};
use crate::domain::ids::ImportRunId;
use crate::domain::policy::{self, Act};
use crate::domain::staff::Actor;
use crate::store::Tx;
use crate::store::import_runs::{self, ImportCounts, ImportRun, SheetKind};

/// Who works with such sheets.
fn act(kind: SheetKind) -> Act {
    match kind {
        SheetKind::Customers => Act::ImportCustomers,
        SheetKind::Prices => Act::DraftPrices,
        SheetKind::StockCount => Act::AdjustStock,
        SheetKind::Products => Act::KeepProducts,
    }
}

/// A sheet to keep.
pub struct NewSheet<'a> {
    pub kind: SheetKind,
    /// The price list it is for.
    pub subject: Option<&'a str>,
    pub file_name: &'a str,
    pub content: &'a [u8],
    pub counts: ImportCounts,
}

impl App {
    /// Keeps the file and what its check said; nothing else changes. `folder` is the address of its page.
    pub async fn keep_sheet(&self, by: &By<'_>, new: &NewSheet<'_>, folder: &str) -> Result<Done, Failure> {
        policy::may_in_library(by.actor, act(new.kind)).map_err(Failure::Denied)?;
        let now = self.clock.now();
        let file_sha256 = self.write_content(new.content).await?;
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        let run = ImportRun {
            id: ImportRunId(self.ids.next()),
            kind: new.kind,
            subject: new.subject.map(str::to_owned),
            file_name: super::files::tame(new.file_name),
            file_sha256,
            byte_count: i64::try_from(new.content.len()).unwrap_or(i64::MAX),
            uploaded_by: by.actor.id,
            uploader: String::new(),
            uploader_en: String::new(),
            uploader_manager: None,
            uploaded_at: now,
            counts: new.counts,
            applied_at: None,
            result: None,
        };
        import_runs::add(&mut tx, &run).await?;
        finish(tx, by, format!("{folder}/{}", run.id)).await
    }

    /// A kept sheet of this kind, and of this list where it is a list's.
    pub async fn sheet_run(
        &self,
        actor: &Actor,
        kind: SheetKind,
        subject: Option<&str>,
        id: ImportRunId,
    ) -> Result<ImportRun, Failure> {
        policy::may_in_library(actor, act(kind)).map_err(Failure::Denied)?;
        let mut conn = self.db.read().await?;
        let run = import_runs::find(&mut conn, id).await?.ok_or(Failure::NotFound)?;
        if run.kind == kind && run.subject.as_deref() == subject { Ok(run) } else { Err(Failure::NotFound) }
    }
}
