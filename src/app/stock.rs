//! Keeping stock (DOMAIN 7.2): corrections by the warehouse, stock-takes, and the reservation of one
//! order taken over for an urgent one by the director.
//!
//! The one rule: the balance moves under the lock of its row and with its ledger row, and a person
//! corrects the figure they saw.

use super::act::{By, Done, FormState, finish, take_key};
use super::{App, Failure};
use crate::domain::ids::{DealId, ImportRunId, OrderLineId};
use crate::domain::library::LibraryEvent;
use crate::domain::order::OrderLine;
use crate::domain::pieces::is_possible;
use crate::domain::policy::{self, Act};
use crate::domain::stock::transferable;
use crate::domain::workflow::{Blocker, Case, Event};
use crate::store::import_runs::{self, ImportCounts};
use crate::store::notices::{self, NewNotice};
use crate::store::products;
use crate::store::stock::{self, Handover};
use crate::store::{StoreError, Tx, cases, events};
use rust_decimal::Decimal;

/// Why stock was not corrected.
#[derive(Debug)]
pub enum NotAdjusted {
    Failure(Failure),
    /// Somebody moved it since the page was opened; what is on hand now.
    Moved {
        on_hand: Decimal,
    },
    /// Orders have more reserved than would be left.
    BelowReserved {
        reserved: Decimal,
    },
    /// It is counted in whole pieces.
    NotWhole,
}

impl From<Failure> for NotAdjusted {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<StoreError> for NotAdjusted {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

/// One product as it was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// Row of the sheet.
    pub row: u32,
    pub code: String,
    /// As the books said when the sheet was checked.
    pub book: Decimal,
    pub counted: Decimal,
}

impl App {
    /// Corrects what is on hand of a product by `change`, seen as `seen`.
    pub async fn adjust_stock(
        &self,
        by: &By<'_>,
        code: &str,
        seen: Decimal,
        change: Decimal,
        reason: &str,
    ) -> Result<Done, NotAdjusted> {
        policy::may_in_library(by.actor, Act::AdjustStock).map_err(Failure::Denied)?;
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        let locked = stock::lock(&mut tx, &[code.to_owned()]).await?;
        let Some((_, balance)) = locked.first() else { return Err(Failure::NotFound.into()) };
        let product = products::by_code(tx.conn(), code).await?;
        if product.is_some_and(|(p, _)| !is_possible(&p.unit, balance.on_hand + change)) {
            return Err(NotAdjusted::NotWhole);
        }
        if balance.on_hand != seen {
            return Err(NotAdjusted::Moved { on_hand: balance.on_hand });
        }
        if balance.on_hand + change < balance.reserved {
            return Err(NotAdjusted::BelowReserved { reserved: balance.reserved });
        }
        stock::adjust(&mut tx, balance.product, change, reason, by.actor.id, now, self.ids.next()).await?;
        let event = LibraryEvent::StockAdjusted {
            product: balance.product,
            code: code.to_owned(),
            quantity: change,
            on_hand: balance.on_hand + change,
            reason: reason.to_owned(),
        };
        events::append_library(&mut tx, balance.product.0, &event, by.actor.id, now, by.request).await?;
        Ok(finish(tx, by, format!("/stock/{code}")).await?)
    }

    /// Books a stock-take as it was shown: every difference or none.
    pub async fn book_count(
        &self,
        by: &By<'_>,
        run: ImportRunId,
        rows: &[Counted],
        reason: &(dyn Fn(&Counted) -> String + Sync),
    ) -> Result<Done, Failure> {
        policy::may_in_library(by.actor, Act::AdjustStock).map_err(Failure::Denied)?;
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        let stale = || Failure::Stale { changes: Vec::new(), version: 0 };
        if import_runs::lock(&mut tx, run).await? != Some(None) {
            return Err(stale());
        }
        let codes: Vec<String> = rows.iter().map(|r| r.code.clone()).collect();
        let locked = stock::lock(&mut tx, &codes).await?;
        let units = products::by_codes(tx.conn(), &codes).await?;
        let fits = |r: &Counted| units.iter().any(|(p, _)| p.code == r.code && is_possible(&p.unit, r.counted));
        if !rows.iter().all(fits) {
            return Err(stale());
        }
        let mut updated = 0;
        for (code, balance) in &locked {
            let Some(row) = rows.iter().find(|r| r.code == *code) else { return Err(stale()) };
            if balance.on_hand != row.book || row.counted < balance.reserved {
                return Err(stale());
            }
            let change = row.counted - balance.on_hand;
            if change.is_zero() {
                continue;
            }
            updated += 1;
            let why = reason(row);
            stock::adjust(&mut tx, balance.product, change, &why, by.actor.id, now, self.ids.next()).await?;
            let event = LibraryEvent::StockAdjusted {
                product: balance.product,
                code: code.clone(),
                quantity: change,
                on_hand: row.counted,
                reason: why,
            };
            events::append_library(&mut tx, balance.product.0, &event, by.actor.id, now, by.request).await?;
        }
        if locked.len() != rows.len() {
            return Err(stale());
        }
        let unchanged = i32::try_from(rows.len()).unwrap_or(i32::MAX) - updated;
        let counts = ImportCounts { added: 0, updated, unchanged, failing: 0 };
        let result = serde_json::json!(
            rows.iter()
                .map(|r| serde_json::json!({ "row": r.row, "code": r.code, "book": r.book, "counted": r.counted }))
                .collect::<Vec<_>>()
        );
        import_runs::set_applied(&mut tx, run, by.actor.id, counts, &result, now).await?;
        finish(tx, by, format!("/stock/count/{run}")).await
    }

    /// Takes a reservation over for an urgent order; the other order's rep and production hear of it.
    pub async fn take_over_stock(
        &self,
        by: &By<'_>,
        lines: (OrderLineId, OrderLineId),
        expected_version: i64,
        quantity: Decimal,
        reason: &str,
    ) -> Result<Done, Failure> {
        policy::may_in_library(by.actor, Act::TakeOverStock).map_err(Failure::Denied)?;
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        let (from, to) = lines;
        let (giver, _) = stock::deal_of_line(tx.conn(), from).await?.ok_or(Failure::NotFound)?;
        let (taker, _) = stock::deal_of_line(tx.conn(), to).await?.ok_or(Failure::NotFound)?;
        let mut both = [giver, taker];
        both.sort();
        for deal in both {
            cases::lock_deal(&mut tx, deal).await?;
        }
        let giver = self.case_now(&mut tx, giver).await?;
        let taker = self.case_now(&mut tx, taker).await?;
        let (Some(given), Some(taken)) = (line_of(&giver, from), line_of(&taker, to)) else {
            return Err(Failure::NotFound);
        };
        let version = taker.deal.as_ref().map_or(0, |d| d.version);
        if version != expected_version {
            return Err(Failure::Stale { changes: Vec::new(), version });
        }
        let blockers = in_the_way(&giver, &taker, given, taken, quantity);
        if !blockers.is_empty() {
            return Err(Failure::Blocked { blockers, case: Box::new(taker) });
        }
        let Some(product) = taken.shelf() else { return Err(Failure::NotFound) };
        let ids = || self.ids.next();
        stock::hand_over(&mut tx, &Handover { product, from, to, quantity, reason }, by.actor.id, now, &ids).await?;
        let no = |case: &Case| case.deal.as_ref().map(|d| d.no.clone()).unwrap_or_default();
        let (name, reason) = (taken.name.clone(), reason.to_owned());
        let gone = Event::StockGivenUp {
            line: from,
            product,
            name: name.clone(),
            quantity,
            to: no(&taker),
            reason: reason.clone(),
        };
        let come = Event::StockTakenOver { line: to, product, name, quantity, from: no(&giver), reason };
        self.store_events(&mut tx, &giver, &[gone], by.actor.id, by.request, now).await?;
        self.store_events(&mut tx, &taker, &[come], by.actor.id, by.request, now).await?;
        for (case, kind) in [(&giver, "stock_given_up"), (&taker, "stock_taken_over")] {
            let Some(deal) = &case.deal else { continue };
            self.settle(&mut tx, deal.id, by.actor.id, by.request, now).await?;
            let notice = NewNotice {
                id: self.ids.next(),
                dedupe_key: format!("deal:{}:{}:{kind}", deal.id, deal.version),
                recipient: deal.owner,
                deal: Some(deal.id),
                customer: None,
                kind,
            };
            notices::tell(&mut tx, &notice, now);
        }
        let then = by.form.as_ref().map_or_else(String::new, |f| f.then.clone());
        finish(tx, by, then).await
    }

    async fn case_now(&self, tx: &mut Tx, deal: DealId) -> Result<Case, Failure> {
        cases::of_deal(tx.conn(), deal, self.clock.now()).await?.ok_or(Failure::NotFound)
    }
}

fn line_of(case: &Case, line: OrderLineId) -> Option<&OrderLine> {
    case.order.as_ref()?.lines.iter().find(|l| l.id == line)
}

/// What keeps a reservation where it is.
fn in_the_way(giver: &Case, taker: &Case, given: &OrderLine, taken: &OrderLine, quantity: Decimal) -> Vec<Blocker> {
    use crate::domain::order::OrderStatus::{Confirmed, InFulfilment, OnHold, PartiallyShipped};
    let mut out = Vec::new();
    let live = |case: &Case| {
        case.order.as_ref().is_some_and(|o| matches!(o.status, Confirmed | InFulfilment | PartiallyShipped | OnHold))
    };
    if !live(giver) || !live(taker) {
        out.push(Blocker::WrongState);
    }
    if taker.deal.as_ref().is_none_or(|d| d.urgency.is_none()) {
        out.push(Blocker::NotUrgent);
    }
    let max = taken.shortage().min(transferable(given.reserved, given.passed, given.picked));
    let same = given.shelf().is_some() && given.shelf() == taken.shelf() && given.id != taken.id;
    if !is_possible(&taken.unit, quantity) {
        let line = taker.order.iter().flat_map(|o| &o.lines).position(|l| l.id == taken.id).map_or(0, |i| i + 1);
        out.push(Blocker::NotWhole { line });
    }
    if !same || quantity <= Decimal::ZERO || quantity > max {
        out.push(Blocker::TakeOverTooMuch { max: if same { max } else { Decimal::ZERO } });
    }
    out
}
