//! A draft as those see it who publish it: each price beside the one it takes the place of, and what would be left
//! without a price.

use super::validity;
use crate::domain::library::{DraftRow, InForce, MAX_ROWS, gaps};
use crate::domain::money::format_quantity;
use crate::domain::policy;
use crate::store::PgConnection;
use crate::store::price_library::{self, ListRow, LivePrice, Version};
use crate::web::page::{self, name_in};
use crate::web::{Problem, SignedIn};
use crate::wording::Lang;
use chrono::NaiveDate;
use uuid::Uuid;

/// Tiers without a price that are named.
const NAMED: usize = 50;

pub(super) struct Line {
    pub number: usize,
    pub product: String,
    pub product_href: String,
    pub from: String,
    /// The unit price that it takes the place of.
    pub old: Option<String>,
    pub price: Option<(String, String)>,
    pub validity: String,
}

pub(super) struct View {
    pub title: String,
    /// That only the first rows are shown.
    pub cut: Option<String>,
    pub revision: i32,
    pub lines: Vec<Line>,
    pub flaws: Vec<String>,
    /// Tiers that would be left without a price.
    pub gaps: Vec<String>,
    /// Why this person does not publish it, in place of the button.
    pub why_not: Option<String>,
}

/// The tiers that a draft leaves without a price, in words; `product` names the product of a row.
pub(super) fn gap_words(
    t: Lang,
    rows: &[DraftRow],
    published: &[InForce],
    product: impl Fn(usize) -> String,
) -> Vec<String> {
    let found = gaps(rows, published);
    let mut words: Vec<String> = found
        .iter()
        .take(NAMED)
        .filter_map(|(row, day)| {
            let at = row.checked_sub(1)?;
            let from = format_quantity(rows.get(at)?.from_quantity);
            Some(t.prices_gap(t.date(*day), from, product(at)))
        })
        .collect();
    if found.len() > NAMED {
        words.push(t.prices_gap_more(found.len() - NAMED));
    }
    words
}

/// The price of the same tier that is in force when a row begins.
fn replaced<'a>(row: &DraftRow, live: &'a [LivePrice]) -> Option<&'a LivePrice> {
    live.iter().find(|l| {
        (l.product, l.from_quantity) == (row.product, row.from_quantity)
            && l.valid_from <= row.valid_from
            && l.valid_to.is_none_or(|last| row.valid_from <= last)
    })
}

pub(super) async fn view(
    conn: &mut PgConnection,
    who: &SignedIn,
    list: &ListRow,
    version: &Version,
    (today, flaws): (NaiveDate, Vec<String>),
) -> Result<View, Problem> {
    let t = who.t();
    let drafted = price_library::rows(conn, version.id).await?;
    let ids: Vec<Uuid> = drafted.iter().map(|(row, ..)| row.product.0).collect();
    let published = price_library::in_force(conn, list.id, &ids, today).await?;
    let shown: Vec<Uuid> = ids.iter().take(MAX_ROWS).copied().collect();
    let live = price_library::live(conn, list.id, today, Some(&shown)).await?;
    let named = |at: usize| {
        let (_, code, name, name_en) = &drafted[at];
        format!("{code} {}", name_in(t, name, name_en))
    };
    let rows: Vec<DraftRow> = drafted.iter().map(|(row, ..)| row.clone()).collect();
    let lines: Vec<Line> = drafted
        .iter()
        .take(MAX_ROWS)
        .enumerate()
        .map(|(i, (row, code, ..))| Line {
            number: i + 1,
            product: named(i),
            product_href: format!("/prices/products/{code}"),
            from: format_quantity(row.from_quantity),
            old: replaced(row, &live).map(|l| page::unit_price(l.price.unit_price)),
            price: row.price.map(|p| (page::unit_price(p.unit_price), page::unit_price(p.floor_price))),
            validity: validity(t, row.valid_from, row.valid_to),
        })
        .collect();
    let why_not = if lines.is_empty() {
        Some(t.prices_draft_empty().to_owned())
    } else {
        policy::may_publish(&who.actor, version.drafted_by).err().map(|denied| t.denied(&denied))
    };
    Ok(View {
        cut: (drafted.len() > lines.len()).then(|| t.prices_draft_cut(drafted.len(), lines.len())),
        title: t.prices_draft_title(t.moment(version.drafted_at), version.version_no, t.person(&version.drafter)),
        revision: version.revision,
        gaps: gap_words(t, &rows, &published, named),
        lines,
        flaws,
        why_not,
    })
}
