//! Many archives at once: what is known of the codes and names of a file, and the rows of its import.
//!
//! Rows travel as JSON whose keys are the columns' names, so that a field of the profile is never
//! left behind; each statement serves a thousand archives.

use super::customers::word;
use super::error::{known, known_opt};
use super::{StoreError, Tx};
use crate::domain::customer::{
    Customer, CustomerConfirmMethod, CustomerConfirmation, CustomerProfile, CustomerStatus, Grade, Mark, Verification,
    VerifyChannel,
};
use crate::domain::ids::{AttachmentId, CustomerId, DealId, PersonId};
use crate::domain::special_need::SpecialNeed;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

const TABLE: &str = "customer";
const AT_ONCE: usize = 1_000;

/// The archives that hold these credit codes, whoever owns them.
pub async fn with_codes(conn: &mut PgConnection, codes: &[String]) -> Result<Vec<Customer>, StoreError> {
    let rows = sqlx::query!(
        r#"SELECT c.id, c.customer_no, c.version, c.status, c.owner_id, p.manager_id AS "owner_manager?", c.grade, c.license_file_id,
            c.verified_by, c.verified_at, c.verify_channel, c.confirmed_by, c.confirmed_at, c.confirm_method, c.confirm_contact, c.confirm_note, c.confirm_file_id,
            c.registry_note, c.registry_noted_by, c.registry_noted_at, c.code_override, c.code_override_by, c.code_override_at, c.hold_reason,
            c.blacklist_reason, c.inactive_reason,
            c.next_review_on, c.is_credit_hold, c.is_blacklisted, c.is_inactive, c.credit_limit, c.credit_days, c.opening_order_count, c.opening_total,
            to_jsonb(c) || jsonb_build_object(
                'annual_revenue_wan', c.annual_revenue_wan::text, 'registered_capital_wan', c.registered_capital_wan::text,
                'contacts', COALESCE((SELECT jsonb_agg(to_jsonb(k) ORDER BY k.position) FROM contact k WHERE k.customer_id = c.id), '[]'),
                'special', COALESCE((SELECT jsonb_agg(jsonb_build_object('category', n.category, 'text', n.text) ORDER BY n.position)
                    FROM customer_need n WHERE n.customer_id = c.id), '[]')) AS "profile!"
           FROM customer c JOIN person p ON p.id = c.owner_id WHERE c.uscc = ANY ($1)"#,
        codes
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            let profile: CustomerProfile = serde_json::from_value(r.profile)?;
            let channel = known_opt(TABLE, "verify_channel", r.verify_channel.as_deref(), VerifyChannel::parse)?;
            let method = known_opt(TABLE, "confirm_method", r.confirm_method.as_deref(), CustomerConfirmMethod::parse)?;
            Ok(Customer {
                id: CustomerId(r.id),
                no: r.customer_no,
                version: r.version,
                status: known(TABLE, "status", &r.status, CustomerStatus::parse)?,
                owner: PersonId(r.owner_id),
                owner_manager: r.owner_manager.map(PersonId),
                grade: known(TABLE, "grade", &r.grade, Grade::parse)?,
                license: r.license_file_id.map(AttachmentId),
                verification: r.verified_by.zip(r.verified_at).zip(channel).map(|((by, at), channel)| Verification {
                    by: PersonId(by),
                    at,
                    channel,
                }),
                confirmation: r.confirmed_by.zip(r.confirmed_at).zip(method.zip(r.confirm_contact)).map(
                    |((by, at), (method, contact))| CustomerConfirmation {
                        method,
                        contact,
                        note: r.confirm_note,
                        by: PersonId(by),
                        at,
                        file: r.confirm_file_id.map(AttachmentId),
                    },
                ),
                next_review_on: r.next_review_on,
                is_credit_hold: r.is_credit_hold,
                is_blacklisted: r.is_blacklisted,
                is_inactive: r.is_inactive,
                credit_limit: r.credit_limit,
                credit_days: r.credit_days,
                opening_order_count: r.opening_order_count,
                opening_total: r.opening_total,
                registry_note: word(r.registry_noted_by, r.registry_noted_at, r.registry_note),
                code_override: word(r.code_override_by, r.code_override_at, r.code_override),
                mark_reasons: [
                    (Mark::CreditHold, r.hold_reason),
                    (Mark::Blacklisted, r.blacklist_reason),
                    (Mark::Inactive, r.inactive_reason),
                ]
                .into_iter()
                .filter_map(|(mark, reason)| reason.map(|reason| (mark, reason)))
                .collect(),
                profile,
            })
        })
        .collect()
}

/// An archive whose name tells the same company as one of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alike {
    /// The name in the file.
    pub name: String,
    pub core: String,
    pub no: Option<String>,
    pub legal_name: Option<String>,
    pub uscc: Option<String>,
}

/// The core of each name and the archives with the same one.
pub async fn alike(conn: &mut PgConnection, names: &[String]) -> Result<Vec<Alike>, StoreError> {
    Ok(sqlx::query_as!(
        Alike,
        r#"SELECT n.name AS "name!", name_core(n.name) AS "core!", c.customer_no AS "no?", c.legal_name AS "legal_name?", c.uscc AS "uscc?"
           FROM (SELECT DISTINCT u AS name FROM UNNEST($1::text[]) u) n
           LEFT JOIN customer c ON name_core(c.legal_name) = name_core(n.name) AND char_length(name_core(n.name)) >= 2"#,
        names
    )
    .fetch_all(conn)
    .await?)
}

/// Locks the open deals of these archives and then the archives: the order everybody keeps.
/// Gives the deals with their customers, and the versions of the archives.
pub async fn lock(
    tx: &mut Tx,
    ids: &[CustomerId],
) -> Result<(Vec<(DealId, CustomerId)>, Vec<(CustomerId, i64)>), StoreError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let deals = sqlx::query!(
        "SELECT id, customer_id FROM deal WHERE customer_id = ANY ($1) AND status = 'open' ORDER BY id FOR UPDATE",
        &ids
    )
    .fetch_all(tx.conn())
    .await?;
    let versions = sqlx::query!("SELECT id, version FROM customer WHERE id = ANY ($1) ORDER BY id FOR UPDATE", &ids)
        .fetch_all(tx.conn())
        .await?;
    Ok((
        deals.into_iter().map(|r| (DealId(r.id), CustomerId(r.customer_id))).collect(),
        versions.into_iter().map(|r| (CustomerId(r.id), r.version)).collect(),
    ))
}

/// One archive on its way into the table.
#[derive(Debug, Clone, Copy)]
pub struct Imported<'a> {
    pub id: CustomerId,
    pub no: &'a str,
    pub owner: PersonId,
    pub grade: Grade,
    pub opening_order_count: i32,
    pub opening_total: Decimal,
    pub profile: &'a CustomerProfile,
}

/// Adds new archives as drafts; of known ones replaces content, grade and opening figures, and
/// moves the version on. The caller holds the rows.
pub async fn store(tx: &mut Tx, imported: &[Imported<'_>], now: DateTime<Utc>) -> Result<(), StoreError> {
    for chunk in imported.chunks(AT_ONCE) {
        let mut archives: Vec<Map<String, Value>> = Vec::new();
        let mut contacts: Vec<Map<String, Value>> = Vec::new();
        let mut needs: Vec<(Uuid, i32, SpecialNeed)> = Vec::new();
        for one in chunk {
            let mut content = object(serde_json::to_value(one.profile)?);
            let people = content.remove("contacts");
            content.remove("special");
            content.remove("special_needs");
            needs.extend(
                one.profile.needs().into_iter().zip(1_i32..).map(|(need, position)| (one.id.0, position, need)),
            );
            contacts.extend(people.iter().filter_map(|p| p.as_array()).flatten().zip(1..).map(
                |(contact, position)| {
                    let mut contact = object(contact.clone());
                    contact.insert("customer_id".to_owned(), json!(one.id));
                    contact.insert("position".to_owned(), json!(position));
                    contact
                },
            ));
            content.insert("grade".to_owned(), json!(one.grade));
            content.insert("opening_order_count".to_owned(), json!(one.opening_order_count));
            content.insert("opening_total".to_owned(), json!(one.opening_total));
            content.insert("updated_at".to_owned(), json!(now));
            archives.push(content);
        }
        let replaced: Vec<String> = archives.first().map(|a| a.keys().cloned().collect()).unwrap_or_default();
        for (archive, one) in archives.iter_mut().zip(chunk) {
            archive.extend(object(json!({
                "id": one.id, "customer_no": one.no, "version": 1, "status": CustomerStatus::Draft, "owner_id": one.owner,
                "is_credit_hold": false, "is_blacklisted": false, "is_inactive": false, "credit_limit": 0, "credit_days": 0,
                "created_at": now,
            })));
        }
        let more = ", version = customer.version + 1";
        upsert(tx, "customer", &archives, &replaced, more).await?;
        let ids: Vec<Uuid> = chunk.iter().map(|one| one.id.0).collect();
        // Out of the way first, so that contacts may change places.
        sqlx::query!(
            "UPDATE contact SET position = position + 25, rank = 'backup' WHERE customer_id = ANY ($1) AND position <= 25",
            &ids
        )
        .execute(tx.conn())
        .await?;
        let replaced: Vec<String> =
            contacts.first().map(|c| c.keys().filter(|k| *k != "id").cloned().collect()).unwrap_or_default();
        upsert(tx, "contact", &contacts, &replaced, "").await?;
        replace_needs(tx, &ids, &needs).await?;
    }
    Ok(())
}

async fn replace_needs(tx: &mut Tx, of: &[Uuid], needs: &[(Uuid, i32, SpecialNeed)]) -> Result<(), StoreError> {
    sqlx::query!("DELETE FROM customer_need WHERE customer_id = ANY ($1)", of).execute(tx.conn()).await?;
    let customers: Vec<Uuid> = needs.iter().map(|(id, ..)| *id).collect();
    let positions: Vec<i32> = needs.iter().map(|(_, position, _)| *position).collect();
    let categories: Vec<String> = needs.iter().map(|(.., need)| need.category.code().to_owned()).collect();
    let texts: Vec<String> = needs.iter().map(|(.., need)| need.text.clone()).collect();
    sqlx::query!(
        "INSERT INTO customer_need (customer_id, position, category, text) SELECT * FROM UNNEST($1::uuid[], $2::int[], $3::text[], $4::text[])",
        &customers,
        &positions,
        &categories,
        &texts
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// Column names are the keys of our own types, never something that was typed.
async fn upsert(
    tx: &mut Tx,
    table: &'static str,
    rows: &[Map<String, Value>],
    replaced: &[String],
    more: &'static str,
) -> Result<(), StoreError> {
    let Some(first) = rows.first() else { return Ok(()) };
    let columns = first.keys().cloned().collect::<Vec<_>>().join(", ");
    let set = replaced.iter().map(|c| format!("{c} = excluded.{c}")).collect::<Vec<_>>().join(", ");
    let mut q: QueryBuilder<Postgres> = QueryBuilder::new("INSERT INTO ");
    q.push(table).push(" (").push(&columns).push(") SELECT ").push(&columns);
    q.push(" FROM jsonb_populate_recordset(NULL::").push(table).push(", ").push_bind(serde_json::to_value(rows)?);
    q.push(") ON CONFLICT (id) DO UPDATE SET ").push(set).push(more);
    q.build().execute(tx.conn()).await?;
    Ok(())
}
