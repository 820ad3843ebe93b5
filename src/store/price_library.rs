//! Price lists, their versions and rows: drafted, published, ended.

use super::error::{known, known_opt};
use super::{StoreError, Tx};
use crate::domain::customer::Grade;
use crate::domain::ids::{CustomerId, PersonId, ProductId};
use crate::domain::library::{DraftRow, InForce, ListFor, TierPrice, VersionStatus};
use crate::domain::policy::VisibleTo;
use crate::domain::tax::TaxBasis;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::{FromRow, PgConnection, QueryBuilder};
use uuid::Uuid;

/// A list as the overview shows it.
#[derive(Debug, Clone, FromRow)]
pub struct ListRow {
    pub id: Uuid,
    pub code: String,
    pub name: String,
    pub grade: Option<String>,
    pub customer_no: Option<String>,
    pub customer_name: Option<String>,
    pub customer_owner: Option<Uuid>,
    pub customer_owner_manager: Option<Uuid>,
    pub tax_basis: String,
    pub status: String,
    /// The newest published version.
    pub version_no: Option<i32>,
    pub published_at: Option<DateTime<Utc>>,
    pub draft_version_no: Option<i32>,
    pub draft_by: Option<String>,
    pub draft_by_id: Option<Uuid>,
    pub retired_by: Option<String>,
    pub retired_at: Option<DateTime<Utc>>,
    pub retire_reason: Option<String>,
}

const LISTS: &str = "SELECT l.id, l.code, l.name, l.grade, c.customer_no, COALESCE(c.short_name, c.legal_name) AS customer_name, c.owner_id AS customer_owner,
    w.manager_id AS customer_owner_manager, l.tax_basis, l.status, p.version_no, p.published_at, d.version_no AS draft_version_no, f.name AS draft_by, d.drafted_by AS draft_by_id, rt.name AS retired_by, l.retired_at, l.retire_reason
    FROM price_list l LEFT JOIN customer c ON c.id = l.customer_id LEFT JOIN person w ON w.id = c.owner_id
    LEFT JOIN LATERAL (SELECT v.version_no, v.published_at FROM price_version v WHERE v.list_id = l.id AND v.status = 'published' ORDER BY v.version_no DESC LIMIT 1) p ON true
    LEFT JOIN price_version d ON d.list_id = l.id AND d.status = 'draft' LEFT JOIN person f ON f.id = d.drafted_by LEFT JOIN person rt ON rt.id = l.retired_by WHERE true";

/// Lists by code; agreements only of customers that the person may see.
pub async fn lists(
    conn: &mut PgConnection,
    to: VisibleTo,
    text: Option<&str>,
    limit: i64,
) -> Result<Vec<ListRow>, StoreError> {
    let mut q = QueryBuilder::new(LISTS);
    match to {
        VisibleTo::Everything => {}
        VisibleTo::Own { person } => {
            q.push(" AND (l.customer_id IS NULL OR c.owner_id = ").push_bind(person.0).push(")");
        }
        VisibleTo::Team { person, manager } => {
            q.push(" AND (l.customer_id IS NULL OR c.owner_id = ").push_bind(person.0);
            q.push(" OR c.owner_id = ").push_bind(manager.0);
            q.push(" OR w.manager_id = ").push_bind(manager.0).push(")");
        }
        VisibleTo::Reached { .. } | VisibleTo::Nothing => {
            q.push(" AND false");
        }
    }
    if let Some(text) = text {
        let pattern = format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
        q.push(" AND (l.code ILIKE ").push_bind(pattern.clone());
        q.push(" OR l.name ILIKE ").push_bind(pattern.clone());
        q.push(" OR c.legal_name ILIKE ").push_bind(pattern).push(")");
    }
    q.push(" ORDER BY (d.id IS NULL), (l.customer_id IS NOT NULL), l.code LIMIT ").push_bind(limit);
    Ok(q.build_query_as().fetch_all(conn).await?)
}

pub async fn list(conn: &mut PgConnection, code: &str) -> Result<Option<ListRow>, StoreError> {
    let mut q = QueryBuilder::new(LISTS);
    q.push(" AND l.code = ").push_bind(code.to_owned());
    Ok(q.build_query_as().fetch_optional(conn).await?)
}

impl ListRow {
    pub fn tax_basis(&self) -> Result<TaxBasis, StoreError> {
        known("price_list", "tax_basis", &self.tax_basis, TaxBasis::parse)
    }

    pub fn grade(&self) -> Result<Option<Grade>, StoreError> {
        known_opt("price_list", "grade", self.grade.as_deref(), Grade::parse)
    }
}

/// Locks a list, so that one change of it goes on at a time.
pub async fn lock(tx: &mut Tx, code: &str) -> Result<Option<ListRow>, StoreError> {
    sqlx::query!("SELECT id FROM price_list WHERE code = $1 FOR UPDATE", code).fetch_optional(tx.conn()).await?;
    list(tx.conn(), code).await
}

/// A list to open.
pub struct NewList<'a> {
    pub id: Uuid,
    pub code: &'a str,
    pub name: &'a str,
    pub list_for: ListFor,
    pub tax_basis: TaxBasis,
    pub drafted_by: PersonId,
}

pub async fn open_list(tx: &mut Tx, new: &NewList<'_>) -> Result<(), StoreError> {
    let (grade, customer) = match new.list_for {
        ListFor::Everybody => (None, None),
        ListFor::Grade(grade) => (Some(grade.code()), None),
        ListFor::Customer(customer) => (None, Some(customer.0)),
    };
    sqlx::query!(
        "INSERT INTO price_list (id, code, name, grade, customer_id, tax_basis, status, drafted_by) VALUES ($1, $2, $3, $4, $5, $6, 'draft', $7)",
        new.id, new.code, new.name, grade, customer, new.tax_basis.code(), new.drafted_by.0
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A version of a list with who and when.
#[derive(Debug, Clone)]
pub struct Version {
    pub id: Uuid,
    pub version_no: i32,
    pub revision: i32,
    pub status: VersionStatus,
    pub reason: Option<String>,
    pub drafted_by: PersonId,
    pub drafter: String,
    pub drafted_at: DateTime<Utc>,
    pub publisher: Option<String>,
    pub published_at: Option<DateTime<Utc>>,
}

/// Every version of a list, newest first.
pub async fn versions(conn: &mut PgConnection, list: Uuid) -> Result<Vec<Version>, StoreError> {
    sqlx::query!(
        r#"SELECT v.*, d.name AS drafter, p.name AS "publisher?" FROM price_version v JOIN person d ON d.id = v.drafted_by
           LEFT JOIN person p ON p.id = v.published_by WHERE v.list_id = $1 ORDER BY v.version_no DESC"#,
        list
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|v| {
        Ok(Version {
            id: v.id,
            version_no: v.version_no,
            revision: v.revision,
            status: known("price_version", "status", &v.status, VersionStatus::parse)?,
            reason: v.reason,
            drafted_by: PersonId(v.drafted_by),
            drafter: v.drafter,
            drafted_at: v.drafted_at,
            publisher: v.publisher,
            published_at: v.published_at,
        })
    })
    .collect()
}

pub async fn open_version(
    tx: &mut Tx,
    id: Uuid,
    list: Uuid,
    version_no: i32,
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO price_version (id, list_id, version_no, status, drafted_by, drafted_at) VALUES ($1, $2, $3, 'draft', $4, $5)",
        id, list, version_no, by.0, now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Puts these rows in the place of a draft's rows, in one statement.
pub async fn save_rows(
    tx: &mut Tx,
    version: Uuid,
    rows: &[DraftRow],
    reason: Option<&str>,
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE price_version SET revision = revision + 1, reason = $2, drafted_by = $3, drafted_at = $4 WHERE id = $1",
        version,
        reason,
        by.0,
        now
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!("DELETE FROM price_draft WHERE version_id = $1", version).execute(tx.conn()).await?;
    let ids: Vec<Uuid> = rows.iter().map(|r| r.id).collect();
    let products: Vec<Uuid> = rows.iter().map(|r| r.product.0).collect();
    let quantities: Vec<Decimal> = rows.iter().map(|r| r.from_quantity).collect();
    let units: Vec<Option<Decimal>> = rows.iter().map(|r| r.price.map(|p| p.unit_price)).collect();
    let floors: Vec<Option<Decimal>> = rows.iter().map(|r| r.price.map(|p| p.floor_price)).collect();
    let starts: Vec<NaiveDate> = rows.iter().map(|r| r.valid_from).collect();
    let ends: Vec<Option<NaiveDate>> = rows.iter().map(|r| r.valid_to).collect();
    sqlx::query!(
        "INSERT INTO price_draft (id, version_id, position, product_id, from_quantity, unit_price, floor_price, valid_from, valid_to)
         SELECT r.id, $1, r.position, r.product_id, r.from_quantity, r.unit_price, r.floor_price, r.valid_from, r.valid_to
         FROM unnest($2::uuid[], $3::uuid[], $4::numeric[], $5::numeric[], $6::numeric[], $7::date[], $8::date[]) WITH ORDINALITY
              AS r (id, product_id, from_quantity, unit_price, floor_price, valid_from, valid_to, position)",
        version,
        &ids,
        &products,
        &quantities,
        &units as &[Option<Decimal>],
        &floors as &[Option<Decimal>],
        &starts,
        &ends as &[Option<NaiveDate>]
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn discard(tx: &mut Tx, version: Uuid) -> Result<(), StoreError> {
    sqlx::query!("UPDATE price_version SET status = 'discarded', revision = revision + 1 WHERE id = $1", version)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The rows of a version with their product codes and names, as drafted.
pub async fn rows(
    conn: &mut PgConnection,
    version: Uuid,
) -> Result<Vec<(DraftRow, String, String, String)>, StoreError> {
    Ok(sqlx::query!(
        "SELECT d.*, p.code, p.name, p.name_en FROM price_draft d JOIN product p ON p.id = d.product_id WHERE d.version_id = $1 ORDER BY d.position",
        version
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| {
        let price = r.unit_price.zip(r.floor_price).map(|(unit_price, floor_price)| TierPrice { unit_price, floor_price });
        let row = DraftRow {
            id: r.id,
            product: ProductId(r.product_id),
            from_quantity: r.from_quantity,
            price,
            valid_from: r.valid_from,
            valid_to: r.valid_to,
        };
        (row, r.code, r.name, r.name_en)
    })
    .collect())
}

/// The published prices of a list for these products.
pub async fn in_force(
    conn: &mut PgConnection,
    list: Uuid,
    products: &[Uuid],
    on: NaiveDate,
) -> Result<Vec<InForce>, StoreError> {
    Ok(sqlx::query!(
        "SELECT i.id, i.product_id, p.code, i.from_quantity, i.valid_from, i.valid_to, v.version_no
         FROM price_item i JOIN product p ON p.id = i.product_id JOIN price_version v ON v.id = i.version_id
         WHERE i.list_id = $1 AND i.product_id = ANY ($2) AND (i.valid_to IS NULL OR i.valid_to >= $3)",
        list,
        products,
        on
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| InForce {
        id: r.id,
        product: ProductId(r.product_id),
        product_code: r.code,
        from_quantity: r.from_quantity,
        valid_from: r.valid_from,
        valid_to: r.valid_to,
        version_no: r.version_no,
    })
    .collect())
}

/// Publishes a draft: its rows begin, the prices before them end.
pub async fn publish(
    tx: &mut Tx,
    list: Uuid,
    version: Uuid,
    endings: &[(Uuid, NaiveDate)],
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE price_version SET status = 'published', published_by = $2, published_at = $3 WHERE id = $1",
        version,
        by.0,
        now
    )
    .execute(tx.conn())
    .await?;
    let ids: Vec<Uuid> = endings.iter().map(|(id, _)| *id).collect();
    let days: Vec<NaiveDate> = endings.iter().map(|(_, day)| *day).collect();
    sqlx::query!(
        "UPDATE price_item i SET valid_to = e.last, ended_version_id = $1 FROM unnest($2::uuid[], $3::date[]) AS e (id, last) WHERE i.id = e.id",
        version,
        &ids,
        &days
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "INSERT INTO price_item (id, list_id, version_id, product_id, from_quantity, unit_price, floor_price, valid_from, valid_to)
         SELECT d.id, $1, d.version_id, d.product_id, d.from_quantity, d.unit_price, d.floor_price, d.valid_from, d.valid_to
         FROM price_draft d WHERE d.version_id = $2 AND d.unit_price IS NOT NULL",
        list,
        version
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "UPDATE price_list SET status = 'published', published_by = $2, published_at = $3 WHERE id = $1 AND status = 'draft'",
        list,
        by.0,
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Takes a list out of use.
pub async fn retire(tx: &mut Tx, list: Uuid, reason: &str, by: PersonId, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE price_list SET status = 'retired', retired_by = $2, retired_at = $3, retire_reason = $4 WHERE id = $1",
        list,
        by.0,
        now,
        reason
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A price that applies or will apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LivePrice {
    pub product: ProductId,
    pub from_quantity: Decimal,
    pub price: TierPrice,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
}

/// The prices of a list that are not past on a day.
pub async fn live(
    conn: &mut PgConnection,
    list: Uuid,
    on: NaiveDate,
    products: Option<&[Uuid]>,
) -> Result<Vec<LivePrice>, StoreError> {
    Ok(sqlx::query!(
        "SELECT product_id, from_quantity, unit_price, floor_price, valid_from, valid_to FROM price_item
         WHERE list_id = $1 AND (valid_to IS NULL OR valid_to >= $2) AND ($3::uuid[] IS NULL OR product_id = ANY ($3))",
        list,
        on,
        products
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| LivePrice {
        product: ProductId(r.product_id),
        from_quantity: r.from_quantity,
        price: TierPrice { unit_price: r.unit_price, floor_price: r.floor_price },
        valid_from: r.valid_from,
        valid_to: r.valid_to,
    })
    .collect())
}

/// A published price with its whole history.
#[derive(Debug, Clone)]
pub struct PriceRow {
    pub list_code: String,
    pub list_name: String,
    pub product_code: String,
    pub product_name: String,
    pub product_name_en: String,
    pub from_quantity: Decimal,
    pub unit_price: Decimal,
    pub floor_price: Decimal,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    pub version_no: i32,
    pub drafter: String,
    pub publisher: Option<String>,
    pub published_at: Option<DateTime<Utc>>,
    pub ended_version_no: Option<i32>,
    pub ended_by: Option<String>,
    pub ended_at: Option<DateTime<Utc>>,
    pub grade: Option<String>,
    pub customer_no: Option<String>,
    pub customer_owner: Option<Uuid>,
    pub customer_owner_manager: Option<Uuid>,
}

/// Prices of one list or of one product, those that begin last first; at most `limit`.
pub async fn prices(
    conn: &mut PgConnection,
    list: Option<Uuid>,
    product: Option<ProductId>,
    on: Option<NaiveDate>,
    limit: i64,
) -> Result<Vec<PriceRow>, StoreError> {
    Ok(sqlx::query_as!(
        PriceRow,
        r#"SELECT l.code AS list_code, l.name AS list_name, p.code AS product_code, p.name AS product_name, p.name_en AS product_name_en, i.from_quantity,
             i.unit_price, i.floor_price, i.valid_from, i.valid_to, v.version_no, d.name AS drafter, u.name AS "publisher?", v.published_at,
             e.version_no AS "ended_version_no?", x.name AS "ended_by?", e.published_at AS "ended_at?", l.grade, c.customer_no AS "customer_no?",
             c.owner_id AS "customer_owner?", w.manager_id AS "customer_owner_manager?"
           FROM price_item i JOIN price_list l ON l.id = i.list_id JOIN product p ON p.id = i.product_id JOIN price_version v ON v.id = i.version_id
             JOIN person d ON d.id = v.drafted_by LEFT JOIN person u ON u.id = v.published_by
             LEFT JOIN price_version e ON e.id = i.ended_version_id LEFT JOIN person x ON x.id = e.published_by
             LEFT JOIN customer c ON c.id = l.customer_id LEFT JOIN person w ON w.id = c.owner_id
           WHERE ($1::uuid IS NULL OR i.list_id = $1) AND ($2::uuid IS NULL OR i.product_id = $2)
             AND ($3::date IS NULL OR i.valid_to IS NULL OR i.valid_to >= $3)
           ORDER BY p.code, l.code, i.from_quantity, i.valid_from DESC LIMIT $4"#,
        list,
        product.map(|p| p.0),
        on,
        limit
    )
    .fetch_all(conn)
    .await?)
}

/// The customer of a number, for the agreement that is to be opened.
pub async fn customer(conn: &mut PgConnection, no: &str) -> Result<Option<CustomerId>, StoreError> {
    super::cases::customer_id(conn, no).await
}
