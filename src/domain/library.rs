//! The price library as documents (DOMAIN 5.1): rows of a drafted version, what would be wrong with
//! publishing them, and what publishing does to the prices in force.
//!
//! The one rule: a published price is never edited. A new row ends the one before it on the day
//! before it begins; a row without a price only ends.

use super::codes::codes;
use super::customer::Grade;
use super::ids::{CustomerId, ProductId};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Most rows of one drafted version that a page takes.
pub const MAX_ROWS: usize = 500;

codes!(VersionStatus { Draft = "draft", Published = "published", Discarded = "discarded" });

/// Whom a list is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListFor {
    Everybody,
    Grade(Grade),
    /// The agreement with one customer (客户协议价).
    Customer(CustomerId),
}

/// Unit and floor price in yuan, six decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierPrice {
    pub unit_price: Decimal,
    pub floor_price: Decimal,
}

/// One row as drafted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftRow {
    pub id: Uuid,
    pub product: ProductId,
    pub from_quantity: Decimal,
    /// None: the tier ends the day before `valid_from`.
    pub price: Option<TierPrice>,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
}

/// A price in force, to come, or past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    pub id: Uuid,
    pub product: ProductId,
    pub product_code: String,
    pub from_quantity: Decimal,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    pub version_no: i32,
}

/// Why a row cannot be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowFlaw {
    BelowFloor {
        floor_price: Decimal,
    },
    /// It would begin before today.
    StartsInThePast {
        today: NaiveDate,
    },
    /// Its validity overlaps a published price that begins on the same day or later.
    Overlaps {
        product_code: String,
        from_quantity: Decimal,
        valid_from: NaiveDate,
        valid_to: Option<NaiveDate>,
        version_no: i32,
    },
    /// Its validity overlaps another row of the same draft, counted from 1.
    OverlapsRow {
        row: usize,
    },
    /// There is no price that it could end.
    NothingToEnd,
}

/// Whether the list has prices in force already; the first version may reach back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edition {
    First,
    Later,
}

fn reaches(valid_to: Option<NaiveDate>, day: NaiveDate) -> bool {
    valid_to.is_none_or(|last| day <= last)
}

/// Product and quantity from which on a price applies.
type Tier = (ProductId, Decimal);

/// What is published of each tier: a long list is never read through for each of its rows.
fn by_tier(in_force: &[InForce]) -> BTreeMap<Tier, Vec<&InForce>> {
    let mut out: BTreeMap<Tier, Vec<&InForce>> = BTreeMap::new();
    for price in in_force {
        out.entry((price.product, price.from_quantity)).or_default().push(price);
    }
    out
}

fn of_tier<'a, T>(known: &'a BTreeMap<Tier, Vec<T>>, row: &DraftRow) -> &'a [T] {
    known.get(&(row.product, row.from_quantity)).map_or(&[], Vec::as_slice)
}

/// The published price that a row takes the place of.
fn former<'a>(row: &DraftRow, published: &[&'a InForce]) -> Option<&'a InForce> {
    published.iter().copied().find(|p| p.valid_from < row.valid_from && reaches(p.valid_to, row.valid_from))
}

/// Everything wrong with the rows of a draft, by row counted from 1.
pub fn flaws(rows: &[DraftRow], in_force: &[InForce], edition: Edition, today: NaiveDate) -> Vec<(usize, RowFlaw)> {
    let published = by_tier(in_force);
    let mut before: BTreeMap<Tier, Vec<usize>> = BTreeMap::new();
    let mut out = Vec::new();
    for (i, row) in rows.iter().enumerate() {
        let number = i + 1;
        let published = of_tier(&published, row);
        if let Some(price) = row.price.filter(|p| p.unit_price < p.floor_price) {
            out.push((number, RowFlaw::BelowFloor { floor_price: price.floor_price }));
        }
        if edition == Edition::Later && row.valid_from < today {
            out.push((number, RowFlaw::StartsInThePast { today }));
        }
        let earlier = before.entry((row.product, row.from_quantity)).or_default();
        let other = earlier.iter().copied().find(|at| {
            let o = &rows[*at];
            let both_priced = row.price.is_some() && o.price.is_some();
            o.valid_from == row.valid_from
                || both_priced && reaches(o.valid_to, row.valid_from) && reaches(row.valid_to, o.valid_from)
        });
        earlier.push(i);
        if let Some(other) = other {
            out.push((number, RowFlaw::OverlapsRow { row: other + 1 }));
        }
        if row.price.is_none() {
            if former(row, published).is_none() {
                out.push((number, RowFlaw::NothingToEnd));
            }
            continue;
        }
        let later = published.iter().find(|p| {
            p.valid_from >= row.valid_from && reaches(row.valid_to, p.valid_from) && reaches(p.valid_to, row.valid_from)
        });
        if let Some(p) = later {
            out.push((
                number,
                RowFlaw::Overlaps {
                    product_code: p.product_code.clone(),
                    from_quantity: p.from_quantity,
                    valid_from: p.valid_from,
                    valid_to: p.valid_to,
                    version_no: p.version_no,
                },
            ));
        }
    }
    out
}

/// The prices that publishing ends, each with its new last day.
pub fn endings(rows: &[DraftRow], in_force: &[InForce]) -> Vec<(Uuid, NaiveDate)> {
    let published = by_tier(in_force);
    let mut out: Vec<(Uuid, NaiveDate)> = Vec::new();
    let mut places: BTreeMap<Uuid, usize> = BTreeMap::new();
    for row in rows {
        let former = former(row, of_tier(&published, row));
        let Some((price, last)) = former.zip(row.valid_from.pred_opt()) else { continue };
        if let Some((_, day)) = places.get(&price.id).and_then(|at| out.get_mut(*at)) {
            *day = last.min(*day);
        } else {
            places.insert(price.id, out.len());
            out.push((price.id, last));
        }
    }
    out
}

/// Where publishing leaves a tier without a price that it has now: the row whose last day ends it, counted from 1,
/// and the first day without one. A row without a price ends its tier on purpose.
pub fn gaps(rows: &[DraftRow], in_force: &[InForce]) -> Vec<(usize, NaiveDate)> {
    let published = by_tier(in_force);
    let mut drafted: BTreeMap<Tier, Vec<&DraftRow>> = BTreeMap::new();
    for row in rows {
        drafted.entry((row.product, row.from_quantity)).or_default().push(row);
    }
    let mut out = Vec::new();
    for (i, row) in rows.iter().enumerate().filter(|(_, row)| row.price.is_some()) {
        let published = of_tier(&published, row);
        let next = row.valid_to.and_then(|last| last.succ_opt());
        let (Some(next), Some(ended)) = (next, former(row, published)) else { continue };
        let follows = of_tier(&drafted, row).iter().any(|o| match o.price {
            Some(_) => o.valid_from <= next && reaches(o.valid_to, next),
            None => o.valid_from == next,
        });
        let stays = published.iter().any(|p| p.id != ended.id && p.valid_from <= next && reaches(p.valid_to, next));
        if reaches(ended.valid_to, next) && !follows && !stays {
            out.push((i + 1, next));
        }
    }
    out
}

/// What happened in the library; stored for ever in the company's event streams.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LibraryEvent {
    ProductAdded { product: ProductId, code: String },
    ProductChanged { product: ProductId, code: String, fields: Vec<String> },
    PriceListOpened { list: Uuid, code: String, list_for: ListFor },
    PriceDraftSaved { list: Uuid, version_no: i32, revision: i32, rows: usize },
    PriceDraftDiscarded { list: Uuid, version_no: i32 },
    PricesPublished { list: Uuid, version_no: i32, begun: Vec<Uuid>, ended: Vec<Uuid> },
    PriceListRetired { list: Uuid, reason: String },
    StockAdjusted { product: ProductId, code: String, quantity: Decimal, on_hand: Decimal, reason: String },
}

impl LibraryEvent {
    /// The stored name of the variant.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ProductAdded { .. } => "product_added",
            Self::ProductChanged { .. } => "product_changed",
            Self::PriceListOpened { .. } => "price_list_opened",
            Self::PriceDraftSaved { .. } => "price_draft_saved",
            Self::PriceDraftDiscarded { .. } => "price_draft_discarded",
            Self::PricesPublished { .. } => "prices_published",
            Self::PriceListRetired { .. } => "price_list_retired",
            Self::StockAdjusted { .. } => "stock_adjusted",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal::dec;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("the date exists")
    }

    fn row(from: &str, to: Option<&str>, price: Option<(Decimal, Decimal)>) -> DraftRow {
        DraftRow {
            id: Uuid::nil(),
            product: ProductId(Uuid::nil()),
            from_quantity: Decimal::ONE,
            price: price.map(|(unit_price, floor_price)| TierPrice { unit_price, floor_price }),
            valid_from: day(from),
            valid_to: to.map(day),
        }
    }

    fn in_force(from: &str, to: Option<&str>) -> InForce {
        InForce {
            id: Uuid::from_u128(7),
            product: ProductId(Uuid::nil()),
            product_code: "QM-65".into(),
            from_quantity: Decimal::ONE,
            valid_from: day(from),
            valid_to: to.map(day),
            version_no: 3,
        }
    }

    const PRICE: Option<(Decimal, Decimal)> = Some((dec!(100), dec!(90)));

    fn found(rows: &[DraftRow], in_force: &[InForce]) -> Vec<(usize, RowFlaw)> {
        flaws(rows, in_force, Edition::Later, day("2026-09-17"))
    }

    #[test]
    fn a_price_a_millionth_below_its_floor_is_refused() {
        assert_eq!(found(&[row("2026-10-01", None, Some((dec!(90), dec!(90))))], &[]), []);
        assert_eq!(
            found(&[row("2026-10-01", None, Some((dec!(89.999999), dec!(90))))], &[]),
            [(1, RowFlaw::BelowFloor { floor_price: dec!(90) })]
        );
    }

    #[test]
    fn a_new_price_ends_the_one_before_it_the_day_before() {
        let now = [in_force("2026-01-01", None)];
        let rows = [row("2026-10-01", None, PRICE)];
        assert_eq!(found(&rows, &now), []);
        assert_eq!(endings(&rows, &now), [(Uuid::from_u128(7), day("2026-09-30"))]);
        // One that has ended before is left alone.
        assert_eq!(endings(&rows, &[in_force("2026-01-01", Some("2026-09-30"))]), []);
        assert_eq!(endings(&rows, &[in_force("2026-01-01", Some("2026-12-31"))]).len(), 1);
    }

    #[test]
    fn a_price_that_ends_where_nothing_follows_leaves_a_gap() {
        let now = [in_force("2026-01-01", None)];
        let january = row("2027-01-01", Some("2027-01-31"), PRICE);
        let of = |rows: &[DraftRow]| gaps(rows, &now);
        assert_eq!(of(std::slice::from_ref(&january)), [(1, day("2027-02-01"))]);
        assert_eq!(of(&[january.clone(), row("2027-02-01", None, PRICE)]), []);
        assert_eq!(of(&[row("2027-02-01", Some("2027-02-28"), PRICE), january.clone()]), [(1, day("2027-03-01"))]);
        assert_eq!(of(&[january.clone(), row("2027-02-02", None, PRICE)]), [(1, day("2027-02-01"))], "one day");
        assert_eq!(of(&[january.clone(), row("2027-02-01", None, None)]), [], "ended on purpose");
        assert_eq!(of(&[row("2027-01-01", None, PRICE)]), []);
        // Nothing was in force beyond that day, or something is to come.
        let ends = [in_force("2026-01-01", Some("2027-01-31"))];
        assert_eq!(gaps(std::slice::from_ref(&january), &ends), []);
        let to_come = InForce { id: Uuid::from_u128(8), ..in_force("2027-02-01", None) };
        let both = [in_force("2026-01-01", Some("2027-02-28")), to_come];
        assert_eq!(gaps(std::slice::from_ref(&january), &both), []);
    }

    #[test]
    fn a_price_to_come_is_not_overlapped_and_is_named() {
        let later = [in_force("2026-11-01", None)];
        let overlap = RowFlaw::Overlaps {
            product_code: "QM-65".into(),
            from_quantity: Decimal::ONE,
            valid_from: day("2026-11-01"),
            valid_to: None,
            version_no: 3,
        };
        assert_eq!(found(&[row("2026-10-01", None, PRICE)], &later), [(1, overlap.clone())]);
        assert_eq!(found(&[row("2026-10-01", Some("2026-10-31"), PRICE)], &later), []);
        assert_eq!(found(&[row("2026-10-01", Some("2026-11-01"), PRICE)], &later), [(1, overlap.clone())]);
        assert_eq!(found(&[row("2026-11-01", None, PRICE)], &later), [(1, overlap)], "the same first day");
    }

    #[test]
    fn rows_of_one_draft_do_not_overlap_each_other() {
        let first = row("2026-10-01", Some("2026-10-31"), PRICE);
        assert_eq!(found(&[first.clone(), row("2026-11-01", None, PRICE)], &[]), []);
        assert_eq!(
            found(&[first.clone(), row("2026-10-31", None, PRICE)], &[]),
            [(2, RowFlaw::OverlapsRow { row: 1 })]
        );
        let other_tier = DraftRow { from_quantity: Decimal::TEN, ..first.clone() };
        assert_eq!(found(&[first, other_tier], &[]), []);
    }

    #[test]
    fn only_what_is_in_force_can_be_ended_and_nothing_begins_in_the_past() {
        assert_eq!(found(&[row("2026-10-01", None, None)], &[]), [(1, RowFlaw::NothingToEnd)]);
        let now = [in_force("2026-01-01", None)];
        assert_eq!(found(&[row("2026-10-01", None, None)], &now), []);
        let yesterday = [row("2026-09-16", None, PRICE)];
        assert_eq!(found(&yesterday, &now), [(1, RowFlaw::StartsInThePast { today: day("2026-09-17") })]);
        assert_eq!(flaws(&yesterday, &[], Edition::First, day("2026-09-17")), []);
        assert_eq!(found(&[row("2026-09-17", None, PRICE)], &now), []);
    }

    #[test]
    fn events_carry_their_kind_as_stored() {
        let event = LibraryEvent::PriceDraftDiscarded { list: Uuid::nil(), version_no: 2 };
        let stored = serde_json::to_value(&event).expect("an object");
        assert_eq!(stored.get("kind").and_then(|k| k.as_str()), Some(event.kind()));
        assert_eq!(serde_json::from_value::<LibraryEvent>(stored).expect("read back"), event);
    }
}
