//! Whom an open node waits for (DOMAIN 3.3, 3.8): the pool of its kind and who stands in for one of it.
//!
//! The one rule: the same people hear of a node whose inbox shows it.

use super::StoreError;
use crate::domain::ids::{NodeId, PersonId};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// Everybody who may take the node at `now`.
pub async fn of_node(conn: &mut PgConnection, node: NodeId, now: DateTime<Utc>) -> Result<Vec<PersonId>, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT p.id AS "id!" FROM approval_node n JOIN approval_round r ON r.id = n.round_id JOIN deal d ON d.id = r.deal_id
           JOIN person w ON w.id = d.owner_id JOIN quote q ON q.id = r.quote_id CROSS JOIN LATERAL (
               SELECT m.id FROM person m WHERE m.is_active AND n.role = ANY (m.roles) AND (n.kind <> 'sales_manager' OR w.manager_id IN (m.id, m.manager_id))
               UNION
               SELECT t.id FROM delegation_scope s JOIN delegation g ON g.id = s.delegation_id JOIN person o ON o.id = s.delegator_id
               JOIN person t ON t.id = s.delegate_id AND t.is_active
               WHERE s.kind = n.kind AND s.during @> $2::timestamptz AND (g.amount_cap IS NULL OR q.gross <= g.amount_cap)
                 AND o.id <> d.owner_id AND o.id <> r.requested_by AND n.role = ANY (o.roles)
                 AND (n.kind <> 'sales_manager' OR w.manager_id IN (o.id, o.manager_id))) p
           WHERE n.id = $1 AND p.id <> d.owner_id AND p.id <> r.requested_by AND NOT EXISTS (
               SELECT FROM approval_node x WHERE x.round_id = n.round_id AND x.id <> n.id AND (x.decided_by = p.id OR x.on_behalf_of = p.id))
           ORDER BY p.id"#,
        node.0,
        now
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(PersonId)
    .collect())
}
