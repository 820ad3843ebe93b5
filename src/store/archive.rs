//! The archive beside its form: special needs, the manager's words, marks, owner and grade, and
//! every version that was ever saved.

use super::{StoreError, Tx};
use crate::domain::credit_code::CreditCode;
use crate::domain::customer::{Grade, Mark};
use crate::domain::ids::{CustomerId, DealId, PersonId};
use crate::domain::special_need::SpecialNeed;
use crate::domain::workflow::Event;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

pub async fn save_needs(tx: &mut Tx, id: CustomerId, needs: &[SpecialNeed]) -> Result<(), StoreError> {
    sqlx::query!("DELETE FROM customer_need WHERE customer_id = $1", id.0).execute(tx.conn()).await?;
    for (position, need) in (1_i32..).zip(needs) {
        sqlx::query!(
            "INSERT INTO customer_need (customer_id, position, category, text) VALUES ($1, $2, $3, $4)",
            id.0,
            position,
            need.category.code(),
            need.text
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// Two registrations of one credit code wait for each other until the end of the transaction.
pub async fn lock_code(tx: &mut Tx, code: &CreditCode) -> Result<(), StoreError> {
    sqlx::query!(
        r#"SELECT 1 AS "locked!" FROM pg_advisory_xact_lock(hashtextextended($1, 0))"#,
        format!("credit code {code}")
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(())
}

/// An archive that holds a credit code.
#[derive(Debug, Clone)]
pub struct Holder {
    pub customer: CustomerId,
    pub no: String,
    pub legal_name: String,
    pub owner_name: String,
    pub owner_name_en: String,
}

/// Another archive with this credit code, whoever owns it. The code of one that was merged belongs to the one
/// that stays.
pub async fn holder_of_code(
    conn: &mut PgConnection,
    code: &CreditCode,
    except: Option<CustomerId>,
) -> Result<Option<Holder>, StoreError> {
    Ok(sqlx::query!(
        r#"WITH RECURSIVE chain (id, next, is_own, depth) AS (
               SELECT c.id, c.merged_into_id, c.uscc IS NOT NULL, 0 FROM customer c WHERE c.uscc = $1 OR c.merged_uscc = $1
               UNION ALL SELECT c.id, c.merged_into_id, chain.is_own, chain.depth + 1 FROM customer c JOIN chain ON c.id = chain.next WHERE chain.depth < 100)
           SELECT c.id AS "id!", c.customer_no AS "no!", c.legal_name AS "legal_name!", w.name AS "owner!", w.name_en AS "owner_en!"
           FROM chain JOIN customer c ON c.id = chain.id JOIN person w ON w.id = c.owner_id
           WHERE chain.next IS NULL AND ($2::uuid IS NULL OR c.id <> $2) ORDER BY chain.is_own DESC, c.id LIMIT 1"#,
        code.as_str(),
        except.map(|c| c.0)
    )
    .fetch_optional(conn)
    .await?
    .map(|r| Holder {
        customer: CustomerId(r.id),
        no: r.no,
        legal_name: r.legal_name,
        owner_name: r.owner,
        owner_name_en: r.owner_en,
    }))
}

/// Those of the codes that only an archive had which was merged.
pub async fn codes_of_merged(conn: &mut PgConnection, codes: &[String]) -> Result<Vec<CreditCode>, StoreError> {
    let found = sqlx::query_scalar!(
        r#"SELECT DISTINCT c.merged_uscc AS "code!" FROM customer c
           WHERE c.merged_uscc = ANY ($1) AND NOT EXISTS (SELECT FROM customer l WHERE l.uscc = c.merged_uscc)"#,
        codes
    )
    .fetch_all(conn)
    .await?;
    Ok(found.iter().filter_map(|code| CreditCode::parse_despite_check(code).ok()).collect())
}

/// Takes over a code with a wrong check character; the tax number follows while it is the code or empty.
pub async fn override_code(
    tx: &mut Tx,
    id: CustomerId,
    code: &CreditCode,
    reason: &str,
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE customer SET invoice_tax_no = CASE WHEN invoice_tax_no IS NOT DISTINCT FROM uscc THEN $2 ELSE invoice_tax_no END,
            uscc = $2, code_override = $3, code_override_by = $4, code_override_at = $5 WHERE id = $1",
        id.0,
        code.as_str(),
        reason,
        by.0,
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn note_registry(
    tx: &mut Tx,
    id: CustomerId,
    note: &str,
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE customer SET registry_note = $2, registry_noted_by = $3, registry_noted_at = $4 WHERE id = $1",
        id.0,
        note,
        by.0,
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Sets a mark with its reason, or takes it away when there is none.
pub async fn set_mark(tx: &mut Tx, id: CustomerId, mark: Mark, reason: Option<&str>) -> Result<(), StoreError> {
    match mark {
        Mark::CreditHold => {
            sqlx::query!(
                "UPDATE customer SET is_credit_hold = $2::text IS NOT NULL, hold_reason = $2 WHERE id = $1",
                id.0,
                reason
            )
            .execute(tx.conn())
            .await?
        }
        Mark::Blacklisted => {
            sqlx::query!(
                "UPDATE customer SET is_blacklisted = $2::text IS NOT NULL, blacklist_reason = $2 WHERE id = $1",
                id.0,
                reason
            )
            .execute(tx.conn())
            .await?
        }
        Mark::Inactive => {
            sqlx::query!(
                "UPDATE customer SET is_inactive = $2::text IS NOT NULL, inactive_reason = $2 WHERE id = $1",
                id.0,
                reason
            )
            .execute(tx.conn())
            .await?
        }
    };
    Ok(())
}

pub async fn set_owner(tx: &mut Tx, id: CustomerId, to: PersonId) -> Result<(), StoreError> {
    sqlx::query!("UPDATE customer SET owner_id = $2 WHERE id = $1", id.0, to.0).execute(tx.conn()).await?;
    Ok(())
}

pub async fn set_deal_owner(tx: &mut Tx, id: DealId, to: PersonId) -> Result<(), StoreError> {
    sqlx::query!("UPDATE deal SET owner_id = $2 WHERE id = $1", id.0, to.0).execute(tx.conn()).await?;
    Ok(())
}

pub async fn set_grade(tx: &mut Tx, id: CustomerId, grade: Grade) -> Result<(), StoreError> {
    sqlx::query!("UPDATE customer SET grade = $2 WHERE id = $1", id.0, grade.code()).execute(tx.conn()).await?;
    Ok(())
}

/// An event of an archive as its history shows it.
#[derive(Debug, Clone)]
pub struct Past {
    pub event: Event,
    pub actor: Option<String>,
    pub actor_en: Option<String>,
    pub at: DateTime<Utc>,
}

/// Everything that happened to an archive, oldest first.
pub async fn past(conn: &mut PgConnection, id: CustomerId) -> Result<Vec<Past>, StoreError> {
    sqlx::query!(
        r#"SELECT e.payload, e.at, p.name AS "actor?", p.name_en AS "actor_en?" FROM event e LEFT JOIN person p ON p.id = e.actor_id
           WHERE e.stream_kind = 'customer' AND e.stream_id = $1 ORDER BY e.seq"#,
        id.0
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| Ok(Past { event: serde_json::from_value(r.payload)?, actor: r.actor, actor_en: r.actor_en, at: r.at }))
    .collect()
}

/// The owners of a customer's open deals, each with the newest of them.
pub async fn owners_of_open_deals(
    conn: &mut PgConnection,
    id: CustomerId,
) -> Result<Vec<(PersonId, DealId)>, StoreError> {
    Ok(sqlx::query!(
        "SELECT DISTINCT ON (owner_id) owner_id, id FROM deal WHERE customer_id = $1 AND status = 'open' ORDER BY owner_id, opened_at DESC",
        id.0
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| (PersonId(r.owner_id), DealId(r.id)))
    .collect())
}
