//! What customers owe: one function tells routing and gates the facts of credit, whatever they come from.

use super::StoreError;
use crate::domain::credit::CreditFacts;
use crate::domain::ids::CustomerId;
use sqlx::PgConnection;

/// Receivables of shipped orders and of before the system, credit parts of orders that are confirmed and
/// not shipped, and when the oldest receivable was due (DOMAIN 3.6). Prepaid milestones never count.
pub async fn facts(conn: &mut PgConnection, customer: CustomerId) -> Result<CreditFacts, StoreError> {
    let row = sqlx::query!(
        r#"WITH owed AS (
             SELECT m.amount - m.received AS open, o.status IN ('shipped','signed','completed') AS is_receivable,
                    (o.signed_at AT TIME ZONE 'Asia/Shanghai')::date + m.days AS due_on
             FROM deal d JOIN sales_order o ON o.deal_id = d.id JOIN milestone m ON m.order_id = o.id
             WHERE d.customer_id = $1 AND o.status NOT IN ('draft','cancelled') AND m.received < m.amount
               AND (m.trigger = 'after_warranty' OR m.trigger IN ('after_sign_off','on_acceptance')
                    AND (m.days > 0 OR o.status IN ('shipped','signed','completed')))
             UNION ALL
             SELECT amount, true, due_on FROM opening_receivable WHERE customer_id = $1 AND settled_on IS NULL)
           SELECT c.credit_limit,
                  (SELECT COALESCE(sum(open) FILTER (WHERE is_receivable), 0) FROM owed) AS "receivable!",
                  (SELECT COALESCE(sum(open) FILTER (WHERE NOT is_receivable), 0) FROM owed) AS "unshipped!",
                  (SELECT min(due_on) FILTER (WHERE is_receivable) FROM owed) AS oldest_due,
                  (SELECT t.tolerated_until FROM credit_terms t WHERE t.customer_id = c.id ORDER BY t.no DESC LIMIT 1) AS tolerated_until
           FROM customer c WHERE c.id = $1"#,
        customer.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map_or_else(CreditFacts::default, |r| CreditFacts {
        limit: Some(r.credit_limit).filter(|limit| !limit.is_zero()),
        receivable: r.receivable,
        unshipped: r.unshipped,
        oldest_due: r.oldest_due,
        tolerated_until: r.tolerated_until,
    }))
}
