//! Keeping the price library: products, lists, drafts and their publication (DOMAIN 5.1).
//!
//! The one rule: whoever drafts does not publish, and each change is an event of the company in the
//! transaction that makes it.

use super::act::{By, Done, FormState, finish, take_key};
use super::{App, Failure};
use crate::domain::calendar::local_date;
use crate::domain::ids::{ImportRunId, ProductId};
use crate::domain::library::{DraftRow, Edition, LibraryEvent, ListFor, RowFlaw, VersionStatus, endings, flaws};
use crate::domain::policy::{self, Act};
use crate::domain::tax::TaxBasis;
use crate::store::catalog::{self, Product};
use crate::store::import_runs::{self, ImportCounts};
use crate::store::price_library::{self, ListRow, NewList, Version};
use crate::store::{StoreError, Tx, events, products};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

/// Why the library was not changed.
#[derive(Debug)]
pub enum Unchanged {
    Failure(Failure),
    /// Rows of the draft that cannot be published, by number from 1.
    Rows(Vec<(usize, RowFlaw)>),
    /// Another product or list has this code.
    CodeTaken,
    /// There is no draft, or it has no rows.
    NothingDrafted,
    /// The list is retired.
    Retired,
    /// A draft waits, or nothing was ever published.
    DraftOpen,
}

impl From<Failure> for Unchanged {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<StoreError> for Unchanged {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Refused { constraint: Some(name), .. }
                if name == "product_code_key" || name == "price_list_code_key" =>
            {
                Self::CodeTaken
            }
            _ => Self::Failure(Failure::Store(error)),
        }
    }
}

pub(super) fn stale(version: i32) -> Unchanged {
    Unchanged::Failure(Failure::Stale { changes: Vec::new(), version: i64::from(version) })
}

/// A list to open.
#[derive(Debug, Clone)]
pub struct ListToOpen {
    pub code: String,
    pub name: String,
    pub list_for: ListFor,
    pub tax_basis: TaxBasis,
}

impl App {
    /// Adds a product, or changes what may change of it when `known` names its version.
    pub async fn save_product(&self, by: &By<'_>, product: &Product, known: Option<i32>) -> Result<Done, Unchanged> {
        policy::may_in_library(by.actor, Act::KeepProducts).map_err(Failure::Denied)?;
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        self.put_product(&mut tx, by, product, known, now).await?;
        Ok(finish(tx, by, then(by, || format!("/prices/products/{}", product.code))).await?)
    }

    /// Writes one product with its event; `known` is the version that it was read with.
    pub(super) async fn put_product(
        &self,
        tx: &mut Tx,
        by: &By<'_>,
        product: &Product,
        known: Option<i32>,
        now: DateTime<Utc>,
    ) -> Result<(), Unchanged> {
        let event = match known {
            None => {
                catalog::add_product(tx, product).await?;
                if product.is_stocked {
                    let movement = self.ids.next();
                    catalog::open_stock(tx, product.id, Decimal::ZERO, movement, by.actor.id, now).await?;
                }
                LibraryEvent::ProductAdded { product: product.id, code: product.code.clone() }
            }
            Some(expected) => {
                let Some((before, version)) = products::lock(tx, &product.code).await? else {
                    return Err(Failure::NotFound.into());
                };
                if version != expected {
                    return Err(stale(version));
                }
                let changed = Product { id: before.id, ..product.clone() };
                products::change(tx, &changed).await?;
                let fields = differing(&before, &changed);
                LibraryEvent::ProductChanged { product: before.id, code: before.code, fields }
            }
        };
        let (LibraryEvent::ProductAdded { product: about, .. } | LibraryEvent::ProductChanged { product: about, .. }) =
            &event
        else {
            return Err(Failure::NotFound.into());
        };
        Ok(events::append_library(tx, about.0, &event, by.actor.id, now, by.request).await?)
    }

    /// Opens a list with an empty first draft.
    pub async fn open_price_list(&self, by: &By<'_>, new: &ListToOpen) -> Result<Done, Unchanged> {
        policy::may_in_library(by.actor, Act::DraftPrices).map_err(Failure::Denied)?;
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        let id = self.ids.next();
        let list = NewList {
            id,
            code: &new.code,
            name: &new.name,
            list_for: new.list_for,
            tax_basis: new.tax_basis,
            drafted_by: by.actor.id,
        };
        price_library::open_list(&mut tx, &list).await?;
        price_library::open_version(&mut tx, self.ids.next(), id, 1, by.actor.id, now).await?;
        let event = LibraryEvent::PriceListOpened { list: id, code: new.code.clone(), list_for: new.list_for };
        events::append_library(&mut tx, id, &event, by.actor.id, now, by.request).await?;
        Ok(finish(tx, by, then(by, || format!("/prices/lists/{}", new.code))).await?)
    }

    /// Saves the draft of a list, begun where there was none. `revision` is that of the draft the
    /// page was made from, 0 where there was none.
    pub async fn save_price_draft(
        &self,
        by: &By<'_>,
        code: &str,
        revision: i32,
        rows: Vec<DraftRow>,
        reason: Option<&str>,
    ) -> Result<Done, Unchanged> {
        self.save_drafted(by, code, revision, rows, reason, None).await
    }

    /// The same from a sheet that was checked; its run is booked with it.
    pub async fn save_price_sheet(
        &self,
        by: &By<'_>,
        code: &str,
        revision: i32,
        rows: Vec<DraftRow>,
        reason: &str,
        sheet: (ImportRunId, ImportCounts),
    ) -> Result<Done, Unchanged> {
        self.save_drafted(by, code, revision, rows, Some(reason), Some(sheet)).await
    }

    async fn save_drafted(
        &self,
        by: &By<'_>,
        code: &str,
        revision: i32,
        rows: Vec<DraftRow>,
        reason: Option<&str>,
        sheet: Option<(ImportRunId, ImportCounts)>,
    ) -> Result<Done, Unchanged> {
        policy::may_in_library(by.actor, Act::DraftPrices).map_err(Failure::Denied)?;
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        let (list, versions) = locked(&mut tx, code).await?;
        in_use(&list)?;
        let draft = versions.iter().find(|v| v.status == VersionStatus::Draft);
        if draft.map_or(0, |d| d.revision) != revision {
            return Err(stale(draft.map_or(0, |d| d.revision)));
        }
        let found = check(&mut tx, &list, &rows, now).await?;
        if !found.is_empty() {
            return Err(Unchanged::Rows(found));
        }
        let (id, version_no) = if let Some(draft) = draft {
            (draft.id, draft.version_no)
        } else {
            let id = self.ids.next();
            let version_no = versions.first().map_or(1, |v| v.version_no + 1);
            price_library::open_version(&mut tx, id, list.id, version_no, by.actor.id, now).await?;
            (id, version_no)
        };
        price_library::save_rows(&mut tx, id, &rows, reason, by.actor.id, now).await?;
        if let Some((run, counts)) = sheet {
            if import_runs::lock(&mut tx, run).await? != Some(None) {
                return Err(stale(revision));
            }
            let result = serde_json::json!({ "list": code, "version": version_no, "rows": rows.len() });
            import_runs::set_applied(&mut tx, run, by.actor.id, counts, &result, now).await?;
        }
        let event = LibraryEvent::PriceDraftSaved {
            list: list.id,
            version_no,
            revision: draft.map_or(1, |d| d.revision) + 1,
            rows: rows.len(),
        };
        events::append_library(&mut tx, list.id, &event, by.actor.id, now, by.request).await?;
        Ok(finish(tx, by, then(by, || format!("/prices/lists/{code}"))).await?)
    }

    /// Publishes the draft as it was read: the prices before it end, its own begin.
    pub async fn publish_prices(&self, by: &By<'_>, code: &str, revision: i32) -> Result<Done, Unchanged> {
        policy::may_in_library(by.actor, Act::PublishPrices).map_err(Failure::Denied)?;
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        let (list, versions) = locked(&mut tx, code).await?;
        let Some(draft) = versions.iter().find(|v| v.status == VersionStatus::Draft) else {
            return Err(Unchanged::NothingDrafted);
        };
        policy::may_publish(by.actor, draft.drafted_by).map_err(Failure::Denied)?;
        if draft.revision != revision {
            return Err(stale(draft.revision));
        }
        let rows: Vec<DraftRow> =
            price_library::rows(tx.conn(), draft.id).await?.into_iter().map(|(row, ..)| row).collect();
        if rows.is_empty() {
            return Err(Unchanged::NothingDrafted);
        }
        let found = check(&mut tx, &list, &rows, now).await?;
        if !found.is_empty() {
            return Err(Unchanged::Rows(found));
        }
        let ids: Vec<Uuid> = rows.iter().map(|r| r.product.0).collect();
        let in_force = price_library::in_force(tx.conn(), list.id, &ids, local_date(now)).await?;
        let ended = endings(&rows, &in_force);
        price_library::publish(&mut tx, list.id, draft.id, &ended, by.actor.id, now).await?;
        let event = LibraryEvent::PricesPublished {
            list: list.id,
            version_no: draft.version_no,
            begun: rows.iter().filter(|r| r.price.is_some()).map(|r| r.id).collect(),
            ended: ended.iter().map(|(id, _)| *id).collect(),
        };
        events::append_library(&mut tx, list.id, &event, by.actor.id, now, by.request).await?;
        Ok(finish(tx, by, then(by, || format!("/prices/lists/{code}"))).await?)
    }

    /// Takes a list out of use: its prices apply to no quote any more, and stay readable.
    pub async fn retire_price_list(&self, by: &By<'_>, code: &str, reason: &str) -> Result<Done, Unchanged> {
        policy::may_in_library(by.actor, Act::PublishPrices).map_err(Failure::Denied)?;
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        let (list, versions) = locked(&mut tx, code).await?;
        in_use(&list)?;
        if list.version_no.is_none() || versions.iter().any(|v| v.status == VersionStatus::Draft) {
            return Err(Unchanged::DraftOpen);
        }
        price_library::retire(&mut tx, list.id, reason, by.actor.id, now).await?;
        let event = LibraryEvent::PriceListRetired { list: list.id, reason: reason.to_owned() };
        events::append_library(&mut tx, list.id, &event, by.actor.id, now, by.request).await?;
        Ok(finish(tx, by, then(by, || format!("/prices/lists/{code}"))).await?)
    }

    /// Throws the draft away; it stays readable as discarded.
    pub async fn discard_price_draft(&self, by: &By<'_>, code: &str, revision: i32) -> Result<Done, Unchanged> {
        policy::may_in_library(by.actor, Act::DraftPrices).map_err(Failure::Denied)?;
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        let (list, versions) = locked(&mut tx, code).await?;
        let Some(draft) = versions.iter().find(|v| v.status == VersionStatus::Draft) else {
            return Err(Unchanged::NothingDrafted);
        };
        if draft.revision != revision {
            return Err(stale(draft.revision));
        }
        price_library::discard(&mut tx, draft.id).await?;
        let event = LibraryEvent::PriceDraftDiscarded { list: list.id, version_no: draft.version_no };
        events::append_library(&mut tx, list.id, &event, by.actor.id, now, by.request).await?;
        Ok(finish(tx, by, then(by, || format!("/prices/lists/{code}"))).await?)
    }
}

pub(super) fn then(by: &By<'_>, otherwise: impl Fn() -> String) -> String {
    by.form.as_ref().map_or_else(otherwise, |f| f.then.clone())
}

/// A retired list takes nothing new.
fn in_use(list: &ListRow) -> Result<(), Unchanged> {
    if list.status == "retired" { Err(Unchanged::Retired) } else { Ok(()) }
}

async fn locked(tx: &mut Tx, code: &str) -> Result<(ListRow, Vec<Version>), Unchanged> {
    let list = price_library::lock(tx, code).await?.ok_or(Failure::NotFound)?;
    let versions = price_library::versions(tx.conn(), list.id).await?;
    Ok((list, versions))
}

async fn check(
    tx: &mut Tx,
    list: &ListRow,
    rows: &[DraftRow],
    now: DateTime<Utc>,
) -> Result<Vec<(usize, RowFlaw)>, Unchanged> {
    let ids: Vec<Uuid> = rows.iter().map(|r| r.product.0).collect();
    let in_force = price_library::in_force(tx.conn(), list.id, &ids, local_date(now)).await?;
    let edition = if list.version_no.is_none() { Edition::First } else { Edition::Later };
    Ok(flaws(rows, &in_force, edition, local_date(now)))
}

/// The fields of a product that a change touched.
fn differing(before: &Product, after: &Product) -> Vec<String> {
    [
        ("name", before.name != after.name),
        ("name_en", before.name_en != after.name_en),
        ("spec", before.spec != after.spec),
        ("tax_rate", before.tax_rate != after.tax_rate),
        ("lead_days", before.lead_days != after.lead_days),
        ("is_on_sale", before.is_on_sale != after.is_on_sale),
    ]
    .into_iter()
    .filter(|(_, differs)| *differs)
    .map(|(field, _)| field.to_owned())
    .collect()
}

/// A fresh id for a row of a draft.
pub fn new_row_id(app: &App) -> Uuid {
    app.ids.next()
}

/// A fresh id for a product.
pub fn new_product_id(app: &App) -> ProductId {
    ProductId(app.ids.next())
}
