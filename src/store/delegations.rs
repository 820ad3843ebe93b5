//! Delegations: rows to mandates and back (DOMAIN 3.8).

use super::error::known;
use super::{StoreError, Tx};
use crate::domain::approval::NodeKind;
use crate::domain::delegation::{Delegation, Mandate, Wanted};
use crate::domain::ids::{DelegationId, PersonId};
use crate::domain::staff::{Actor, Role};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;

fn kinds(codes: &[String]) -> Result<Vec<NodeKind>, StoreError> {
    codes.iter().map(|code| known("delegation_scope", "kind", code, NodeKind::parse)).collect()
}

/// What others entrust to this person at `now`.
pub async fn mandates(
    conn: &mut PgConnection,
    delegate: PersonId,
    now: DateTime<Utc>,
) -> Result<Vec<Mandate>, StoreError> {
    sqlx::query!(
        r#"SELECT g.id, g.amount_cap, g.ends_at, p.id AS person, p.name, p.roles, p.manager_id,
              (SELECT array_agg(s.kind ORDER BY s.kind) FROM delegation_scope s WHERE s.delegation_id = g.id) AS "kinds!"
           FROM delegation g JOIN person p ON p.id = g.delegator_id
           WHERE g.delegate_id = $1 AND g.starts_at <= $2 AND g.ends_at > $2 AND (g.ended_at IS NULL OR g.ended_at > $2) AND (p.is_active OR g.set_by <> g.delegator_id)
           ORDER BY g.starts_at, g.id"#,
        delegate.0,
        now
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| {
        let roles = r.roles.iter().map(|role| known("person", "roles", role, Role::parse)).collect::<Result<_, _>>()?;
        Ok(Mandate {
            delegation: r.id.into(),
            of: Actor {
                id: r.person.into(),
                name: r.name,
                roles,
                manager: r.manager_id.map(PersonId),
                mandates: Vec::new(),
            },
            kinds: kinds(&r.kinds)?,
            cap: r.amount_cap,
            until: r.ends_at,
        })
    })
    .collect()
}

/// Every delegation that is not over at `now` and touches one of these people.
pub async fn around(
    conn: &mut PgConnection,
    people: &[PersonId],
    now: DateTime<Utc>,
) -> Result<Vec<Delegation>, StoreError> {
    let ids: Vec<uuid::Uuid> = people.iter().map(|p| p.0).collect();
    sqlx::query!(
        r#"SELECT g.id, g.delegator_id, g.delegate_id, g.amount_cap, g.starts_at, COALESCE(g.ended_at, g.ends_at) AS "ends_at!",
              (SELECT array_agg(s.kind ORDER BY s.kind) FROM delegation_scope s WHERE s.delegation_id = g.id) AS "kinds!"
           FROM delegation g
           WHERE (g.delegator_id = ANY ($1) OR g.delegate_id = ANY ($1)) AND COALESCE(g.ended_at, g.ends_at) > $2 ORDER BY g.starts_at, g.id"#,
        &ids,
        now
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| {
        Ok(Delegation {
            id: r.id.into(),
            delegator: r.delegator_id.into(),
            delegate: r.delegate_id.into(),
            kinds: kinds(&r.kinds)?,
            cap: r.amount_cap,
            starts_at: r.starts_at,
            ends_at: r.ends_at,
        })
    })
    .collect()
}

pub async fn add(
    tx: &mut Tx,
    id: DelegationId,
    wanted: &Wanted,
    set_by: PersonId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (from, to) = (wanted.delegator.actor.id, wanted.delegate.actor.id);
    sqlx::query!(
        "INSERT INTO delegation (id, delegator_id, delegate_id, amount_cap, starts_at, ends_at, reason, set_by, set_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        id.0, from.0, to.0, wanted.cap, wanted.starts_at, wanted.ends_at, wanted.reason, set_by.0, now
    )
    .execute(tx.conn())
    .await?;
    for kind in &wanted.kinds {
        sqlx::query!(
            "INSERT INTO delegation_scope (delegation_id, delegator_id, delegate_id, kind, during) VALUES ($1, $2, $3, $4, tstzrange($5, $6))",
            id.0, from.0, to.0, kind.code(), wanted.starts_at, wanted.ends_at
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// One delegation as pages show it.
#[derive(Debug, Clone)]
pub struct DelegationRow {
    pub id: DelegationId,
    pub delegator: PersonId,
    pub delegator_name: String,
    pub delegate: PersonId,
    pub delegate_name: String,
    pub set_by_name: String,
    pub kinds: Vec<NodeKind>,
    pub cap: Option<Decimal>,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    pub reason: String,
}

/// The newest delegations from or to these people.
pub async fn list(conn: &mut PgConnection, people: &[PersonId], limit: i64) -> Result<Vec<DelegationRow>, StoreError> {
    let ids: Vec<uuid::Uuid> = people.iter().map(|p| p.0).collect();
    sqlx::query!(
        r#"SELECT g.id, g.delegator_id, g.delegate_id, a.name AS delegator, b.name AS delegate, c.name AS setter, g.amount_cap, g.starts_at, g.ends_at, g.ended_at, g.reason,
              (SELECT array_agg(s.kind ORDER BY s.kind) FROM delegation_scope s WHERE s.delegation_id = g.id) AS "kinds!"
           FROM delegation g JOIN person a ON a.id = g.delegator_id JOIN person b ON b.id = g.delegate_id JOIN person c ON c.id = g.set_by
           WHERE g.delegator_id = ANY ($1) OR g.delegate_id = ANY ($1) ORDER BY g.starts_at DESC, g.id DESC LIMIT $2"#,
        &ids,
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| {
        Ok(DelegationRow {
            id: r.id.into(),
            delegator: r.delegator_id.into(),
            delegator_name: r.delegator,
            delegate: r.delegate_id.into(),
            delegate_name: r.delegate,
            set_by_name: r.setter,
            kinds: kinds(&r.kinds)?,
            cap: r.amount_cap,
            starts_at: r.starts_at,
            ends_at: r.ends_at,
            ended_at: r.ended_at,
            reason: r.reason,
        })
    })
    .collect()
}

/// Delegator and delegate, with the row locked.
pub async fn people_of(tx: &mut Tx, id: DelegationId) -> Result<Option<(PersonId, PersonId)>, StoreError> {
    let row = sqlx::query!("SELECT delegator_id, delegate_id FROM delegation WHERE id = $1 FOR UPDATE", id.0)
        .fetch_optional(tx.conn())
        .await?;
    Ok(row.map(|r| (r.delegator_id.into(), r.delegate_id.into())))
}

/// Ends a delegation before its time; nothing happens when it is over already.
pub async fn end(tx: &mut Tx, id: DelegationId, by: PersonId, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let ended = sqlx::query!(
        "UPDATE delegation SET ended_by = $2, ended_at = $3 WHERE id = $1 AND ended_at IS NULL AND ends_at > $3",
        id.0,
        by.0,
        now
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "UPDATE delegation_scope s SET during = tstzrange(g.starts_at, GREATEST(g.starts_at, COALESCE(g.ended_at, g.ends_at))) FROM delegation g
         WHERE g.id = s.delegation_id AND g.id = $1",
        id.0
    )
    .execute(tx.conn())
    .await?;
    Ok(ended.rows_affected() == 1)
}

/// People with overdue nodes and nobody to stand in, with how many they have.
pub async fn late_people(
    conn: &mut PgConnection,
    people: &[PersonId],
    now: DateTime<Utc>,
) -> Result<Vec<(PersonId, i64)>, StoreError> {
    let ids: Vec<uuid::Uuid> = people.iter().map(|p| p.0).collect();
    Ok(sqlx::query!(
        r#"SELECT p.id, count(*) AS "late!" FROM person p JOIN approval_node n ON n.status = 'open' AND n.due_at < $2 AND n.role = ANY (p.roles)
           WHERE p.id = ANY ($1) AND NOT EXISTS (SELECT FROM delegation_scope s WHERE s.delegator_id = p.id AND s.kind = n.kind AND s.during @> $2::timestamptz)
             AND (n.claimed_by IS NULL OR n.claimed_by = p.id OR NOT claim_stands(n.id, $2))
             AND (n.role <> 'sales_manager' OR EXISTS (SELECT FROM person w WHERE w.id = n.requested_by AND w.manager_id IN (p.id, p.manager_id)))
           GROUP BY p.id ORDER BY count(*) DESC, p.id"#,
        &ids,
        now
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| (r.id.into(), r.late))
    .collect())
}
