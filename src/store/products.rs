//! Products: found by any part of code, name or pinyin initials, named by the words of a line, kept with their version.

use super::catalog::Product;
use super::error::known;
use super::lists::visible;
use super::{StoreError, Tx};
use crate::domain::ids::CustomerId;
use crate::domain::ids::ProductId;
use crate::domain::policy::VisibleTo;
use crate::domain::requirement::LineKind;
use crate::domain::search::{folded, initials};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use std::collections::BTreeSet;
use uuid::Uuid;

#[derive(FromRow)]
struct Row {
    id: Uuid,
    code: String,
    name: String,
    name_en: String,
    kind: String,
    spec: String,
    unit: String,
    tax_rate: Decimal,
    lead_days: i32,
    is_stocked: bool,
    is_on_sale: bool,
    first_sold_on: Option<NaiveDate>,
    version: i32,
    on_hand: Decimal,
    reserved: Decimal,
}

impl Row {
    fn product(self) -> Result<(Product, i32), StoreError> {
        let product = Product {
            id: ProductId(self.id),
            code: self.code,
            name: self.name,
            name_en: self.name_en,
            kind: known("product", "kind", &self.kind, LineKind::parse)?,
            spec: self.spec,
            unit: self.unit,
            tax_rate: self.tax_rate,
            lead_days: self.lead_days,
            is_stocked: self.is_stocked,
            is_on_sale: self.is_on_sale,
            first_sold_on: self.first_sold_on,
            on_hand: self.on_hand,
            reserved: self.reserved,
        };
        Ok((product, self.version))
    }
}

const SELECT: &str = "SELECT p.id, p.code, p.name, p.name_en, p.kind, p.spec, p.unit, p.tax_rate, p.lead_days, p.is_stocked, p.is_on_sale, p.first_sold_on,
    p.version, COALESCE(s.on_hand, 0) AS on_hand, COALESCE(s.reserved, 0) AS reserved FROM product p LEFT JOIN stock s ON s.product_id = p.id WHERE ";

/// The statement of [`search`], for the test that looks at its plan.
pub fn search_query(wanted: &str, after: Option<&str>, limit: i64) -> QueryBuilder<Postgres> {
    let wanted = folded(wanted);
    let mut q = QueryBuilder::new(SELECT);
    q.push("true");
    if !wanted.is_empty() {
        // What is alike in name is alike in code: read by code, half the catalogue may come before the
        // first hit. An expression is no order of the index.
        let escaped = wanted.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        q.push(" AND p.id IN (SELECT f.id FROM product f WHERE text_grams(f.search_text) @> query_grams(");
        q.push_bind(wanted).push(") AND f.search_text LIKE ").push_bind(format!("%{escaped}%"));
        if let Some(after) = after {
            q.push(" AND f.code > ").push_bind(after.to_owned());
        }
        q.push(" ORDER BY f.code || '' LIMIT ").push_bind(limit).push(")");
    } else if let Some(after) = after {
        q.push(" AND p.code > ").push_bind(after.to_owned());
    }
    q.push(" ORDER BY p.code LIMIT ").push_bind(limit);
    q
}

/// Products whose code, name or pinyin initials contain what is wanted (as `search::wanted` has it), whatever the
/// blanks, by code, those after the code `after`. A code with its name behind it, as lists show them, is found by
/// its code.
pub async fn search(
    conn: &mut PgConnection,
    wanted: &str,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Product>, StoreError> {
    let found = containing(conn, wanted, after, limit).await?;
    match wanted.split_once(' ') {
        Some((code, _)) if found.is_empty() && after.is_none() => {
            Ok(by_codes(conn, &[code.to_uppercase()]).await?.into_iter().map(|(product, _)| product).collect())
        }
        _ => Ok(found),
    }
}

async fn containing(
    conn: &mut PgConnection,
    wanted: &str,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Product>, StoreError> {
    let mut rows: Vec<Row> = Vec::new();
    if (1..=2).contains(&folded(wanted).chars().count()) {
        rows = next_query(wanted, after, limit).build_query_as().fetch_all(&mut *conn).await?;
    }
    if i64::try_from(rows.len()).unwrap_or(i64::MAX) < limit {
        rows = search_query(wanted, after, limit).build_query_as().fetch_all(conn).await?;
    }
    rows.into_iter().map(|r| r.product().map(|(p, _)| p)).collect()
}

/// So many of the next products are looked through for a word that is in very many.
const LOOKED_THROUGH: i64 = 4000;

/// The hits among the next products by code: of a word of one or two characters, tens of thousands of
/// products may have it, and a page of them is mostly found here.
fn next_query(wanted: &str, after: Option<&str>, limit: i64) -> QueryBuilder<Postgres> {
    let mut q = QueryBuilder::new(SELECT);
    q.push("p.id IN (SELECT n.id FROM (SELECT f.id, f.code, f.search_text FROM product f WHERE f.code > ");
    q.push_bind(after.unwrap_or_default().to_owned()).push(" ORDER BY f.code LIMIT ").push(LOOKED_THROUGH);
    q.push(") n WHERE position(")
        .push_bind(folded(wanted))
        .push(" IN n.search_text) > 0 ORDER BY n.code LIMIT ")
        .push(limit);
    q.push(") ORDER BY p.code LIMIT ").push(limit);
    q
}

/// As many products as one word may mean, and one more.
const FEW: i64 = 6;
/// Bytes of the longest words that can name a product, its code and both names together.
const LONGEST: usize = 1800;
/// Words that are looked up in one statement: one that very many products have takes 20 ms.
const AT_A_TIME: usize = 50;

/// What the words in the product cells of a form can mean, by code: the product of this id, code or whole name, else
/// up to `FEW` on sale that have the words in their code or name. Which of them a word means is for the form to say.
pub async fn meant(conn: &mut PgConnection, typed: &[&str]) -> Result<Vec<Product>, StoreError> {
    let can_be = |words: &&str| !words.is_empty() && words.len() <= LONGEST && !words.contains(char::is_control);
    let typed: BTreeSet<&str> = typed.iter().map(|words| words.trim()).filter(can_be).collect();
    if typed.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = typed.iter().filter_map(|words| words.parse().ok()).collect();
    let forms: BTreeSet<String> = typed.iter().map(|words| folded(words)).collect();
    // Lists show a code with its name behind it.
    let heads = typed.iter().filter_map(|words| words.split_whitespace().next()).map(folded);
    let codes: BTreeSet<String> = forms.iter().cloned().chain(heads).map(|code| code.to_uppercase()).collect();
    let mut q = QueryBuilder::new(SELECT);
    q.push("p.id IN (SELECT f.id FROM product f WHERE f.id = ANY (").push_bind(ids);
    q.push(") UNION SELECT f.id FROM product f WHERE f.code = ANY (")
        .push_bind(codes.iter().cloned().collect::<Vec<_>>());
    q.push(") UNION SELECT n.id FROM unnest(").push_bind(forms.iter().cloned().collect::<Vec<_>>());
    q.push("::text[]) w (form) CROSS JOIN LATERAL (");
    q.push("(SELECT f.id FROM product f WHERE search_form(f.name) = w.form ORDER BY f.code LIMIT ").push(FEW);
    q.push(") UNION ALL (SELECT f.id FROM product f WHERE search_form(f.name_en) = w.form ORDER BY f.code LIMIT ");
    q.push(FEW).push(")) n) ORDER BY p.code");
    let rows: Vec<Row> = q.build_query_as().fetch_all(&mut *conn).await?;
    let mut found = rows.into_iter().map(|r| r.product().map(|(p, _)| p)).collect::<Result<Vec<Product>, _>>()?;
    let is_named = |form: &String| {
        found.iter().any(|p| {
            let names = [folded(&p.name), folded(&p.name_en)];
            let behind_code = form.strip_prefix(&folded(&p.code)).is_some_and(|rest| names.iter().any(|n| n == rest));
            [&p.id.to_string(), &folded(&p.code)].contains(&form) || names.contains(form) || behind_code
        })
    };
    let parts: Vec<String> = forms.iter().filter(|f| f.chars().count() >= 2 && !is_named(f)).cloned().collect();
    for some in parts.chunks(AT_A_TIME) {
        let mut q = QueryBuilder::new(SELECT);
        q.push("p.id IN (SELECT n.id FROM unnest(").push_bind(some.to_vec());
        q.push("::text[]) w (form) CROSS JOIN LATERAL (SELECT f.id FROM product f WHERE f.is_on_sale");
        q.push(" AND text_grams(f.search_text) @> query_grams(w.form)");
        // Without the initials, which are no word of the product.
        q.push(" AND position(w.form IN left(f.search_text, -1 - char_length(f.initials))) > 0 LIMIT ").push(FEW);
        q.push(") n)");
        let rows: Vec<Row> = q.build_query_as().fetch_all(&mut *conn).await?;
        let products = rows.into_iter().map(|r| r.product().map(|(p, _)| p)).collect::<Result<Vec<Product>, _>>()?;
        let known: BTreeSet<Uuid> = found.iter().map(|p| p.id.0).collect();
        found.extend(products.into_iter().filter(|p| !known.contains(&p.id.0)));
    }
    found.sort_by(|a, b| a.code.cmp(&b.code));
    Ok(found)
}

/// How many products of the catalogue, and of the customer's own, a form offers before somebody types.
const OFFERED: i64 = 100;

/// What a form offers for a line before anybody types: what this customer had last, in deals that the reader may
/// see, and the beginning of the catalogue; of both what is on sale, by code.
pub async fn offered(conn: &mut PgConnection, customer: CustomerId, to: VisibleTo) -> Result<Vec<Product>, StoreError> {
    let mut q = QueryBuilder::new(SELECT);
    q.push("p.id IN ((SELECT l.product_id FROM deal d JOIN sales_order o ON o.deal_id = d.id");
    q.push(" JOIN order_line l ON l.order_id = o.id JOIN product f ON f.id = l.product_id AND f.is_on_sale");
    q.push(" WHERE d.customer_id = ").push_bind(customer.0);
    visible(&mut q, to);
    q.push(" GROUP BY l.product_id ORDER BY max(d.opened_at) DESC LIMIT ").push(OFFERED);
    q.push(") UNION (SELECT f.id FROM product f WHERE f.is_on_sale ORDER BY f.code LIMIT ").push(OFFERED);
    q.push(")) ORDER BY p.code");
    let rows: Vec<Row> = q.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(|r| r.product().map(|(p, _)| p)).collect()
}

/// One product with its version.
pub async fn by_code(conn: &mut PgConnection, code: &str) -> Result<Option<(Product, i32)>, StoreError> {
    let mut q = QueryBuilder::new(SELECT);
    q.push("p.code = ").push_bind(code.to_owned());
    let row: Option<Row> = q.build_query_as().fetch_optional(conn).await?;
    row.map(Row::product).transpose()
}

/// The products of these codes with their versions; a code nobody knows is left out.
pub async fn by_codes(conn: &mut PgConnection, codes: &[String]) -> Result<Vec<(Product, i32)>, StoreError> {
    let mut q = QueryBuilder::new(SELECT);
    q.push("p.code = ANY (").push_bind(codes.to_vec()).push(")");
    let rows: Vec<Row> = q.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Row::product).collect()
}

/// The ids of these codes; a code nobody knows is left out.
pub async fn ids(conn: &mut PgConnection, codes: &[String]) -> Result<Vec<(String, ProductId)>, StoreError> {
    Ok(sqlx::query!("SELECT code, id FROM product WHERE code = ANY ($1)", codes)
        .fetch_all(conn)
        .await?
        .into_iter()
        .map(|r| (r.code, ProductId(r.id)))
        .collect())
}

/// The ids and names of these codes; a code nobody knows is left out.
pub async fn named(
    conn: &mut PgConnection,
    codes: &[String],
) -> Result<Vec<(String, ProductId, String, String)>, StoreError> {
    Ok(sqlx::query!("SELECT code, id, name, name_en FROM product WHERE code = ANY ($1)", codes)
        .fetch_all(conn)
        .await?
        .into_iter()
        .map(|r| (r.code, ProductId(r.id), r.name, r.name_en))
        .collect())
}

/// Locks one product and gives it with its version.
pub async fn lock(tx: &mut Tx, code: &str) -> Result<Option<(Product, i32)>, StoreError> {
    sqlx::query!("SELECT id FROM product WHERE code = $1 FOR UPDATE", code).fetch_optional(tx.conn()).await?;
    by_code(tx.conn(), code).await
}

/// Rewrites what may change of a product; its code, kind and unit stay.
pub async fn change(tx: &mut Tx, p: &Product) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE product SET name = $2, name_en = $3, spec = $4, tax_rate = $5, lead_days = $6, is_on_sale = $7, initials = $8, version = version + 1 WHERE id = $1",
        p.id.0, p.name, p.name_en, p.spec, p.tax_rate, p.lead_days, p.is_on_sale, initials(&p.name)
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
