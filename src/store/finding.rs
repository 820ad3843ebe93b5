//! What the search box finds: numbers of every document, names, pinyin, telephones.
//!
//! Each way has its own index and is cut before the ways are joined. The rights of whoever asks and the
//! rest of the list's filter are part of each way, so that the cut never leaves out what they may see.

use super::customer_list::{owned, ways};
use super::lists::{DealFilter, filtered, visible};
use super::{StoreError, Tx};
use crate::domain::input::normalise;
use crate::domain::policy::VisibleTo;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

/// Deals of one search that a list shows; the newest. Where there are more, the list says so.
pub const DEALS: i64 = 500;
/// Fewest digits that are taken for the beginning of a number without its letters.
const DIGITS: usize = 4;

/// As numbers and names are compared: full-width folded, no white space.
fn folded(text: &str) -> String {
    normalise(text).chars().filter(|c| !c.is_whitespace()).collect()
}

/// The beginning of a number of this series, when the text can be one: `cd20260917`, `20260917-001`.
fn number(text: &str, series: &str) -> Option<String> {
    let text = folded(text).to_uppercase();
    let (rest, is_named) = match text.strip_prefix(series) {
        Some(rest) => (rest.trim_start_matches('-'), true),
        None => (text.as_str(), false),
    };
    let digits: String = rest.chars().filter(|c| *c != '-').collect();
    let fits = !digits.is_empty() && digits.len() <= 16 && digits.bytes().all(|b| b.is_ascii_digit());
    if !fits || (!is_named && digits.len() < DIGITS) {
        return None;
    }
    let (day, rest) = digits.split_at(digits.len().min(8));
    Some(if day.len() < 8 { format!("{series}-{day}") } else { format!("{series}-{day}-{rest}") })
}

/// `%` and `_` typed by a person mean themselves.
fn starts_with(prefix: &str) -> String {
    format!("{}%", prefix.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}

/// Which deals are looked for, and by whom.
#[derive(Debug, Clone, Copy)]
pub struct DealSearch<'a> {
    pub text: &'a str,
    pub visible: VisibleTo,
    /// Whose contacts' telephone numbers may lead to a deal.
    pub contacts: VisibleTo,
    /// What else the list leaves out.
    pub filter: &'a DealFilter,
    pub limit: i64,
}

/// The statement of [`deal_ids`], for the test that looks at its plan.
pub fn deal_ids_query(search: &DealSearch<'_>) -> QueryBuilder<Postgres> {
    let mut q = QueryBuilder::new("SELECT f.id FROM (");
    let begin = |q: &mut QueryBuilder<Postgres>, from: &str| {
        q.push("(SELECT d.id, d.opened_at FROM ").push(from).push(" WHERE true");
        filtered(q, search.visible, search.filter);
    };
    let end = |q: &mut QueryBuilder<Postgres>, order: &str| {
        q.push(" ORDER BY ").push(order).push(" LIMIT ").push_bind(search.limit).push(")");
    };
    for (series, column) in [("CD", "d.no"), ("DD", "d.order_no")] {
        if let Some(prefix) = number(search.text, series) {
            begin(&mut q, "deal d");
            q.push(" AND ").push(column).push(" LIKE ").push_bind(starts_with(&prefix));
            end(&mut q, &format!("{column} USING ~>~"));
            q.push(" UNION ");
        }
    }
    for way in ways(search.text) {
        let scope = way.scope(VisibleTo::Everything, search.contacts);
        if matches!(scope, VisibleTo::Reached { .. } | VisibleTo::Nothing) {
            continue;
        }
        begin(&mut q, "deal d JOIN customer c ON c.id = d.customer_id");
        way.matches(&mut q);
        owned(&mut q, scope);
        end(&mut q, "d.opened_at DESC");
        q.push(" UNION ");
    }
    let form = folded(search.text).to_lowercase();
    begin(&mut q, "deal_title s JOIN deal d ON d.id = s.deal_id");
    q.push(" AND s.grams @> query_grams(").push_bind(form.clone()).push(") AND position(").push_bind(form);
    q.push(" IN s.form) > 0");
    end(&mut q, "d.opened_at DESC");
    q.push(") f ORDER BY f.opened_at DESC LIMIT ").push_bind(search.limit);
    q
}

/// Deals whose number, order, title or customer the text can mean, the newest first.
pub async fn deal_ids(conn: &mut PgConnection, search: &DealSearch<'_>) -> Result<Vec<Uuid>, StoreError> {
    // A plan for these very words: how frequent they are decides which index is the right one.
    Ok(deal_ids_query(search).build_query_scalar().persistent(false).fetch_all(conn).await?)
}

/// A numbered document of a deal.
#[derive(Debug, Clone, FromRow)]
pub struct Document {
    pub deal_no: String,
    pub customer_name: String,
    pub no: String,
    /// The version of a quote; 0 for what has none.
    pub version_no: i32,
    /// Carrier and waybill of a shipment; none for what the customer picks up and for a quote.
    pub note: Option<String>,
    pub status: String,
}

/// The statement of [`quotes`], for the test that looks at its plan.
pub fn quotes_query(to: VisibleTo, text: &str, limit: i64) -> Option<QueryBuilder<Postgres>> {
    let prefix = number(text, "BJ")?;
    let mut q = QueryBuilder::new(
        "SELECT d.no AS deal_no, COALESCE(c.short_name, c.legal_name) AS customer_name, x.no, x.version_no, NULL::text AS note, x.status
         FROM quote x JOIN deal d ON d.id = x.deal_id JOIN customer c ON c.id = d.customer_id WHERE x.no LIKE ",
    );
    q.push_bind(starts_with(&prefix));
    visible(&mut q, to);
    q.push(" ORDER BY x.no USING ~>~, x.version_no DESC LIMIT ").push_bind(limit);
    Some(q)
}

pub async fn quotes(
    conn: &mut PgConnection,
    to: VisibleTo,
    text: &str,
    limit: i64,
) -> Result<Vec<Document>, StoreError> {
    match quotes_query(to, text, limit) {
        Some(mut q) => Ok(q.build_query_as().fetch_all(conn).await?),
        None => Ok(Vec::new()),
    }
}

/// The statement of [`shipments`], for the test that looks at its plan.
pub fn shipments_query(to: VisibleTo, text: &str, limit: i64) -> Option<QueryBuilder<Postgres>> {
    let waybill = folded(text).to_uppercase().replace('-', "");
    let is_waybill = (6..=40).contains(&waybill.len())
        && waybill.bytes().all(|b| b.is_ascii_alphanumeric())
        && waybill.bytes().any(|b| b.is_ascii_digit());
    let prefix = number(text, "FH");
    if prefix.is_none() && !is_waybill {
        return None;
    }
    let mut q = QueryBuilder::new(
        "SELECT d.no AS deal_no, COALESCE(c.short_name, c.legal_name) AS customer_name, x.no, 0 AS version_no, x.carrier || ' ' || x.waybill_no AS note,
            x.status FROM (",
    );
    if let Some(prefix) = &prefix {
        q.push("(SELECT * FROM shipment s WHERE s.no LIKE ").push_bind(starts_with(prefix));
        q.push(" ORDER BY s.no USING ~>~ LIMIT ").push_bind(DEALS).push(")");
    }
    if is_waybill {
        q.push(if prefix.is_some() { " UNION " } else { "" });
        q.push("(SELECT * FROM shipment s WHERE upper(replace(s.waybill_no, '-', '')) LIKE ")
            .push_bind(starts_with(&waybill));
        q.push(" LIMIT ").push_bind(DEALS).push(")");
    }
    q.push(") x JOIN sales_order so ON so.id = x.order_id JOIN deal d ON d.id = so.deal_id JOIN customer c ON c.id = d.customer_id WHERE true");
    visible(&mut q, to);
    // What is arranged and has not left yet has no moment of shipping.
    q.push(" ORDER BY COALESCE(x.shipped_at, x.arranged_at) DESC, x.id LIMIT ").push_bind(limit);
    Some(q)
}

pub async fn shipments(
    conn: &mut PgConnection,
    to: VisibleTo,
    text: &str,
    limit: i64,
) -> Result<Vec<Document>, StoreError> {
    match shipments_query(to, text, limit) {
        Some(mut q) => Ok(q.build_query_as().fetch_all(conn).await?),
        None => Ok(Vec::new()),
    }
}

/// An archive whose sound is not known yet.
#[derive(Debug)]
pub struct Unheard {
    pub id: Uuid,
    pub legal_name: String,
    pub short_name: Option<String>,
}

pub async fn without_pinyin(tx: &mut Tx, limit: i64) -> Result<Vec<Unheard>, StoreError> {
    Ok(sqlx::query_as!(
        Unheard,
        "SELECT id, legal_name, short_name FROM customer WHERE pinyin IS NULL ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED",
        limit
    )
    .fetch_all(tx.conn())
    .await?)
}

pub async fn set_pinyin(tx: &mut Tx, ids: &[Uuid], sounds: &[String]) -> Result<u64, StoreError> {
    let done = sqlx::query!(
        "UPDATE customer c SET pinyin = u.pinyin FROM UNNEST($1::uuid[], $2::text[]) AS u (id, pinyin) WHERE c.id = u.id",
        ids,
        sounds
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

/// The filter of the deals that a search found.
pub fn among(ids: Vec<Uuid>) -> DealFilter {
    DealFilter { ids: Some(ids), ..DealFilter::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_known_by_its_beginning() {
        let deal = |text: &str| number(text, "CD");
        assert_eq!(deal("CD-20260917-001").as_deref(), Some("CD-20260917-001"));
        assert_eq!(deal("cd20260917").as_deref(), Some("CD-20260917-"));
        assert_eq!(deal("ｃｄ－２０２６").as_deref(), Some("CD-2026"));
        assert_eq!(deal("20260917001").as_deref(), Some("CD-20260917-001"));
        for none in ["DD-20260917-001", "917", "CD-", "CD-2026x", "星辰", "", "%%%%", "12345678901234567890"] {
            assert_eq!(deal(none), None, "{none}");
        }
    }
}
