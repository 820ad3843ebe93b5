//! What a company brings before the first deal: the installation row, products, prices, stock,
//! agreements; and the periodic seal over the event chains.

use super::{App, Failure};
use crate::domain::credit::CreditChange;
use crate::domain::customer::Grade;
use crate::domain::ids::{CustomerId, PersonId, ProductId};
use crate::domain::library::{DraftRow, LibraryEvent, ListFor, TierPrice};
use crate::domain::pricing::Tier;
use crate::domain::tax::TaxBasis;
use crate::store::catalog::{self, Product};
use crate::store::price_library::{self, NewList};
use crate::store::schema::{self, Installation};
use crate::store::{Tx, cases, credit, drafts, events, people};
use chrono::{NaiveDate, TimeDelta};
use rust_decimal::Decimal;

/// Whether the installation shows its demo people on the sign-in page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Demo,
    Work,
}

impl App {
    /// The installation row, made on the first start.
    pub async fn installation(&self, purpose: Purpose) -> Result<Installation, Failure> {
        let mut tx = Tx::begin(&self.db, None).await?;
        if schema::installation(tx.conn()).await?.is_none() {
            let new = Installation {
                server_key: self.ids.secret(),
                company_name: "启明达智能设备有限公司".to_owned(),
                company_name_en: "Qimingda Smart Equipment Co., Ltd.".to_owned(),
                is_demo: purpose == Purpose::Demo,
                demo_ready_at: None,
            };
            schema::install(tx.conn(), &new, self.clock.now()).await?;
        }
        let row = schema::installation(tx.conn()).await?.ok_or(Failure::NotFound)?;
        tx.commit().await?;
        self.keep_shipped_calendar().await?;
        Ok(row)
    }

    pub async fn demo_is_ready(&self) -> Result<(), Failure> {
        let mut tx = Tx::begin(&self.db, None).await?;
        schema::mark_demo_ready(tx.conn(), self.clock.now()).await?;
        Ok(tx.commit().await?)
    }

    /// A product with its opening stock.
    pub async fn add_product(&self, by: PersonId, product: &Product) -> Result<(), Failure> {
        let mut tx = Tx::begin(&self.db, Some(by)).await?;
        catalog::add_product(&mut tx, product).await?;
        if product.is_stocked {
            catalog::open_stock(&mut tx, product.id, product.on_hand, self.ids.next(), by, self.clock.now()).await?;
        }
        Ok(tx.commit().await?)
    }

    /// A price list: drafted by one person, published by another.
    pub async fn add_price_list(
        &self,
        code: &str,
        name: &str,
        grade: Option<Grade>,
        prices: &[(ProductId, Tier)],
        from: NaiveDate,
        drafted_by: PersonId,
        published_by: PersonId,
    ) -> Result<(), Failure> {
        let new = (code, name, grade.map_or(ListFor::Everybody, ListFor::Grade));
        self.open_and_publish(new, prices, from, drafted_by, published_by).await
    }

    async fn open_and_publish(
        &self,
        (code, name, list_for): (&str, &str, ListFor),
        prices: &[(ProductId, Tier)],
        from: NaiveDate,
        drafted_by: PersonId,
        published_by: PersonId,
    ) -> Result<(), Failure> {
        let now = self.clock.now();
        let request = self.ids.next();
        let mut tx = Tx::begin(&self.db, Some(drafted_by)).await?;
        let (list, version) = (self.ids.next(), self.ids.next());
        let tax_basis = TaxBasis::Inclusive;
        price_library::open_list(&mut tx, &NewList { id: list, code, name, list_for, tax_basis, drafted_by }).await?;
        price_library::open_version(&mut tx, version, list, 1, drafted_by, now).await?;
        let rows: Vec<DraftRow> = prices
            .iter()
            .map(|(product, tier)| DraftRow {
                id: self.ids.next(),
                product: *product,
                from_quantity: tier.from_quantity,
                price: Some(TierPrice { unit_price: tier.unit_price, floor_price: tier.floor_price }),
                valid_from: from,
                valid_to: None,
            })
            .collect();
        price_library::save_rows(&mut tx, version, &rows, None, drafted_by, now).await?;
        let opened = LibraryEvent::PriceListOpened { list, code: code.to_owned(), list_for };
        events::append_library(&mut tx, list, &opened, drafted_by, now, request).await?;
        let saved = LibraryEvent::PriceDraftSaved { list, version_no: 1, revision: 2, rows: rows.len() };
        events::append_library(&mut tx, list, &saved, drafted_by, now, request).await?;
        tx.commit().await?;
        let mut tx = Tx::begin(&self.db, Some(published_by)).await?;
        price_library::publish(&mut tx, list, version, &[], published_by, now).await?;
        let begun = rows.iter().map(|r| r.id).collect();
        let published = LibraryEvent::PricesPublished { list, version_no: 1, begun, ended: Vec::new() };
        events::append_library(&mut tx, list, &published, published_by, now, request).await?;
        Ok(tx.commit().await?)
    }

    /// An agreement with one customer, drafted by one person and published by another.
    pub async fn add_agreement(
        &self,
        (drafted_by, published_by): (PersonId, PersonId),
        customer: CustomerId,
        product: ProductId,
        no: &str,
        tier: &Tier,
        from: NaiveDate,
    ) -> Result<(), Failure> {
        let new = (no, no, ListFor::Customer(customer));
        self.open_and_publish(new, &[(product, *tier)], from, drafted_by, published_by).await
    }

    /// Grade, credit and opening history of a customer taken over from before the system.
    pub async fn set_opening_terms(
        &self,
        by: PersonId,
        customer_no: &str,
        grade: Grade,
        credit_limit: Decimal,
        credit_days: i32,
        orders: i32,
        total: Decimal,
    ) -> Result<(), Failure> {
        let mut tx = Tx::begin(&self.db, Some(by)).await?;
        let id = cases::customer_id(tx.conn(), customer_no).await?.ok_or(Failure::NotFound)?;
        catalog::set_opening_terms(&mut tx, id, grade, orders, total).await?;
        let reason = "系统上线前已有的额度".to_owned();
        let terms = CreditChange::Terms { limit: credit_limit, days: credit_days, tolerated_until: None, reason };
        if credit::history(tx.conn(), id).await?.is_empty() {
            credit::change(&mut tx, id, &terms, by, self.clock.now()).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Seals the event chains once a day at most; true when a seal was made.
    pub async fn seal_events(&self) -> Result<bool, Failure> {
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, None).await?;
        if events::last_seal(tx.conn()).await?.is_some_and(|at| now - at < TimeDelta::hours(24)) {
            return Ok(false);
        }
        let sealed = events::seal(&mut tx, now).await?;
        tx.commit().await?;
        Ok(sealed)
    }

    /// Removes ended sessions, old sign-in failures, old form keys and drafts nobody came back for; how many rows went.
    pub async fn tidy(&self) -> Result<u64, Failure> {
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, None).await?;
        let removed = people::tidy(&mut tx, now, now - TimeDelta::hours(24), now - TimeDelta::hours(48)).await?
            + drafts::tidy(&mut tx, now - TimeDelta::days(30)).await?;
        tx.commit().await?;
        Ok(removed)
    }
}
