//! What happened to deals and customers, read in batches.

use super::facts::{Subject, SubjectKind};
use crate::domain::approval::{ApprovalPath, NodeKind, NodeStatus, RoundStatus};
use crate::domain::calendar::{Profile, local_date};
use crate::domain::change::ChangeReason;
use crate::domain::deal::{DealKind, LostReason, Step};
use crate::domain::delivery::ExceptionKind;
use crate::domain::order::OrderStatus;
use crate::domain::quote::QuoteStatus;
use crate::domain::report::life::{
    ComplaintLife, DealLife, ExceptionLife, LineLife, MilestoneLife, NodeLife, OrderLife, Promised, ReviewLife,
    RoundLife, SentQuote,
};
use crate::store::StoreError;
use crate::store::error::known;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

type Lives = HashMap<Uuid, (Subject, DealLife)>;

/// The lives of the given deals.
pub async fn deal_lives(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<(Subject, DealLife)>, StoreError> {
    let heads = sqlx::query!(
        r#"SELECT d.id, d.owner_id, c.grade, d.is_urgent, d.kind, d.opened_at, d.promise_due_at, d.status, d.updated_at,
               (SELECT r.path FROM approval_round r WHERE r.deal_id = d.id ORDER BY r.round_no DESC LIMIT 1) AS path,
               (SELECT max(e.at) FROM event e WHERE e.stream_kind = 'deal' AND e.stream_id = d.id AND e.kind IN ('deal_completed','deal_lost')) AS ended_at
           FROM deal d JOIN customer c ON c.id = d.customer_id WHERE d.id = ANY ($1)"#,
        ids
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut lives = Lives::new();
    for r in heads {
        let kind = known("deal", "kind", &r.kind, DealKind::parse)?;
        let subject = Subject {
            kind: SubjectKind::Deal,
            id: r.id,
            owner: r.owner_id,
            grade: r.grade,
            is_urgent: r.is_urgent,
            path: r.path.unwrap_or_else(|| "none".to_owned()),
            deal_kind: r.kind,
        };
        let life = DealLife {
            opened_at: r.opened_at,
            promise_due_at: r.promise_due_at,
            ended_at: r.ended_at,
            is_urgent: r.is_urgent,
            kind: kind.code(),
            ..DealLife::default()
        };
        lives.insert(r.id, (subject, life));
    }
    steps(conn, ids, &mut lives).await?;
    rounds(conn, ids, &mut lives).await?;
    quotes(conn, ids, &mut lives).await?;
    orders(conn, ids, &mut lives).await?;
    reviews_and_changes(conn, ids, &mut lives).await?;
    feedback(conn, ids, &mut lives).await?;
    exceptions(conn, ids, &mut lives).await?;
    payments(conn, ids, &mut lives).await?;
    Ok(ids.iter().filter_map(|id| lives.remove(id)).collect())
}

async fn steps(conn: &mut PgConnection, ids: &[Uuid], lives: &mut Lives) -> Result<(), StoreError> {
    let rows = sqlx::query!(
        r#"SELECT stream_id, payload->>'step' AS "step!", at FROM event
           WHERE stream_kind = 'deal' AND stream_id = ANY ($1) AND kind = 'step_entered' ORDER BY stream_id, seq"#,
        ids
    )
    .fetch_all(conn)
    .await?;
    for row in rows {
        let step = known("event", "payload", &row.step, Step::parse)?;
        if let Some((_, life)) = lives.get_mut(&row.stream_id) {
            life.steps.push((step, row.at));
        }
    }
    Ok(())
}

async fn rounds(conn: &mut PgConnection, ids: &[Uuid], lives: &mut Lives) -> Result<(), StoreError> {
    let nodes = sqlx::query!(
        r#"SELECT n.round_id, n.kind, n.status, n.profile, n.arrived_at, n.due_at, n.decided_at, c.asked_at AS "stands_since?",
               n.escalated_at IS NOT NULL AS "is_escalated!"
           FROM approval_node n JOIN approval_round r ON r.id = n.round_id
           LEFT JOIN node_call c ON c.node_id = n.id AND c.ended_at IS NULL WHERE r.deal_id = ANY ($1)
           ORDER BY n.stage, n.kind"#,
        ids
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut of_round: HashMap<Uuid, Vec<NodeLife>> = HashMap::new();
    for n in nodes {
        of_round.entry(n.round_id).or_default().push(NodeLife {
            kind: known("approval_node", "kind", &n.kind, NodeKind::parse)?,
            status: known("approval_node", "status", &n.status, NodeStatus::parse)?,
            profile: known("approval_node", "profile", &n.profile, Profile::parse)?,
            arrived_at: n.arrived_at,
            due_at: n.due_at,
            stands_since: n.stands_since,
            decided_at: n.decided_at,
            is_escalated: n.is_escalated,
        });
    }
    let rounds = sqlx::query!(
        "SELECT id, deal_id, round_no, path, status, submitted_at, ended_at FROM approval_round WHERE deal_id = ANY ($1) ORDER BY round_no",
        ids
    )
    .fetch_all(conn)
    .await?;
    for r in rounds {
        let round = RoundLife {
            round_no: r.round_no,
            path: known("approval_round", "path", &r.path, ApprovalPath::parse)?,
            status: known("approval_round", "status", &r.status, RoundStatus::parse)?,
            submitted_at: r.submitted_at,
            ended_at: r.ended_at,
            nodes: of_round.remove(&r.id).unwrap_or_default(),
        };
        if let Some((_, life)) = lives.get_mut(&r.deal_id) {
            life.rounds.push(round);
        }
    }
    Ok(())
}

/// The latest sent version of each deal, the accepted one where there are alternatives; when it was
/// declined stands in the events.
async fn quotes(conn: &mut PgConnection, ids: &[Uuid], lives: &mut Lives) -> Result<(), StoreError> {
    let rows = sqlx::query!(
        r#"SELECT DISTINCT ON (q.deal_id) q.deal_id, q.sent_at AS "sent_at!", q.gross, q.status, q.declined_reason,
               (SELECT max(e.at) FROM event e WHERE e.stream_kind = 'deal' AND e.stream_id = q.deal_id AND e.kind = 'quote_declined') AS declined_at
           FROM quote q WHERE q.deal_id = ANY ($1) AND q.sent_at IS NOT NULL
           ORDER BY q.deal_id, q.status = 'accepted' DESC, q.version_no DESC"#,
        ids
    )
    .fetch_all(conn)
    .await?;
    for r in rows {
        let status = known("quote", "status", &r.status, QuoteStatus::parse)?;
        let reason = r.declined_reason.as_deref().map(|c| known("quote", "declined_reason", c, LostReason::parse));
        let declined = match (r.declined_at, reason.transpose()?) {
            (Some(at), Some(reason)) => Some((at, reason)),
            _ => None,
        };
        let sent =
            SentQuote { sent_at: r.sent_at, gross: r.gross, is_accepted: status == QuoteStatus::Accepted, declined };
        if let Some((_, life)) = lives.get_mut(&r.deal_id) {
            life.sent = Some(sent);
        }
    }
    Ok(())
}

async fn orders(conn: &mut PgConnection, ids: &[Uuid], lives: &mut Lives) -> Result<(), StoreError> {
    let signed = sqlx::query!(
        r#"SELECT l.id, sl.received AS "received!", s.signed_at AS "signed_at!" FROM shipment s
           JOIN shipment_line sl ON sl.shipment_id = s.id JOIN order_line l ON l.id = sl.order_line_id
           JOIN sales_order o ON o.id = s.order_id
           WHERE o.deal_id = ANY ($1) AND s.signed_at IS NOT NULL AND sl.received > 0 ORDER BY s.signed_at, s.batch_no"#,
        ids
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut received: HashMap<Uuid, Vec<(Decimal, DateTime<Utc>)>> = HashMap::new();
    for row in signed {
        received.entry(row.id).or_default().push((row.received, row.signed_at));
    }
    let batches = sqlx::query!(
        r#"SELECT b.order_line_id, b.quantity, b.original_at, b.original_at + COALESCE((
                   SELECT sum(s.to_at - s.from_at) FROM promise_slip s
                   WHERE s.order_line_id = b.order_line_id AND s.batch_no = b.batch_no AND s.cause = 'customer'), '0') AS "put_off_to!"
           FROM promise_batch b JOIN order_line l ON l.id = b.order_line_id
           JOIN sales_order o ON o.id = l.order_id WHERE o.deal_id = ANY ($1) ORDER BY b.original_at, b.batch_no"#,
        ids
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut promised: HashMap<Uuid, Vec<Promised>> = HashMap::new();
    for row in batches {
        // A promise that the customer brought forward is kept or broken by the first one.
        let put_off_to = row.put_off_to.max(row.original_at);
        let part = Promised { quantity: row.quantity, at: row.original_at, put_off_to };
        promised.entry(row.order_line_id).or_default().push(part);
    }
    // Lines as they are now: what they stand against is in the quote, or in the last change that priced them anew.
    let lines = sqlx::query!(
        r#"SELECT l.order_id, l.id, l.is_goods, l.quantity, l.promised_at, l.unit_price,
               CASE WHEN anew.line IS NULL THEN q.policy_price ELSE (anew.line #>> '{policy,unit_price}')::numeric END AS policy_price,
               CASE WHEN anew.line IS NULL THEN q.floor_price ELSE (anew.line #>> '{policy,floor_price}')::numeric END AS floor_price,
               COALESCE((anew.line ->> 'discount_share')::numeric, q.discount_share) AS "discount_share!",
               CASE t.tax_basis WHEN 'inclusive' THEN l.gross ELSE l.net END AS "amount!"
           FROM order_line l JOIN sales_order o ON o.id = l.order_id JOIN quote_line q ON q.id = l.quote_line_id
           JOIN quote t ON t.id = q.quote_id
           LEFT JOIN LATERAL (SELECT priced.line FROM order_revision v JOIN change_request c ON c.id = v.change_id
               CROSS JOIN LATERAL jsonb_array_elements(c.offer -> 'priced' -> 'lines') AS priced (line)
               WHERE v.order_id = l.order_id AND priced.line ->> 'id' = l.quote_line_id::text
               ORDER BY v.revision_no DESC LIMIT 1) anew ON true
           WHERE o.deal_id = ANY ($1) ORDER BY l.line_no"#,
        ids
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut of_order: HashMap<Uuid, Vec<LineLife>> = HashMap::new();
    for l in lines {
        let price = if l.discount_share.is_zero() { l.unit_price } else { l.amount / l.quantity };
        of_order.entry(l.order_id).or_default().push(LineLife {
            is_goods: l.is_goods,
            quantity: l.quantity,
            policy_price: l.policy_price,
            floor_price: l.floor_price,
            price,
            promised: promised.remove(&l.id).unwrap_or_else(|| {
                vec![Promised { quantity: l.quantity, at: l.promised_at, put_off_to: l.promised_at }]
            }),
            signed: received.remove(&l.id).unwrap_or_default(),
        });
    }
    let heads = sqlx::query!(
        r#"SELECT o.id, o.deal_id, o.status, o.confirmed_at, o.completed_at,
               ARRAY(SELECT s.shipped_at FROM shipment s WHERE s.order_id = o.id AND s.shipped_at IS NOT NULL ORDER BY s.shipped_at) AS "shipped_at!"
           FROM sales_order o WHERE o.deal_id = ANY ($1) ORDER BY o.created_at"#,
        ids
    )
    .fetch_all(conn)
    .await?;
    for o in heads {
        let status = known("sales_order", "status", &o.status, OrderStatus::parse)?;
        let order = OrderLife {
            confirmed_at: o.confirmed_at,
            completed_at: o.completed_at,
            is_cancelled: status == OrderStatus::Cancelled,
            is_short_closed: status == OrderStatus::ShortClosed,
            lines: of_order.remove(&o.id).unwrap_or_default(),
            shipped_at: o.shipped_at,
        };
        if let Some((_, life)) = lives.get_mut(&o.deal_id) {
            life.order = Some(order);
        }
    }
    Ok(())
}

async fn reviews_and_changes(conn: &mut PgConnection, ids: &[Uuid], lives: &mut Lives) -> Result<(), StoreError> {
    let reviews = sqlx::query!(
        "SELECT deal_id, kind, due_at, reviewed_at, status FROM post_review WHERE deal_id = ANY ($1) ORDER BY opened_at, kind",
        ids
    )
    .fetch_all(&mut *conn)
    .await?;
    for r in reviews {
        let review = ReviewLife {
            kind: known("post_review", "kind", &r.kind, NodeKind::parse)?,
            due_at: r.due_at,
            reviewed_at: r.reviewed_at,
            is_objection: matches!(r.status.as_str(), "objection" | "resolved"),
        };
        if let Some((_, life)) = lives.get_mut(&r.deal_id) {
            life.reviews.push(review);
        }
    }
    let changes = sqlx::query!(
        r#"SELECT deal_id, filed_at AS "filed_at!", reason FROM change_request WHERE deal_id = ANY ($1) AND filed_at IS NOT NULL ORDER BY filed_at"#,
        ids
    )
    .fetch_all(conn)
    .await?;
    for c in changes {
        let reason = known("change_request", "reason", &c.reason, ChangeReason::parse)?;
        if let Some((_, life)) = lives.get_mut(&c.deal_id) {
            life.changes.push((c.filed_at, reason.code()));
        }
    }
    Ok(())
}

/// What went wrong on the way; harmed, missing or wrong goods spoil an order.
async fn exceptions(conn: &mut PgConnection, ids: &[Uuid], lives: &mut Lives) -> Result<(), StoreError> {
    let rows = sqlx::query!(
        "SELECT o.deal_id, e.kind, e.opened_at, e.closed_at FROM delivery_exception e JOIN sales_order o ON o.id = e.order_id
         WHERE o.deal_id = ANY ($1) ORDER BY e.opened_at",
        ids
    )
    .fetch_all(conn)
    .await?;
    for e in rows {
        let kind = known("delivery_exception", "kind", &e.kind, ExceptionKind::parse)?;
        if let Some((_, life)) = lives.get_mut(&e.deal_id) {
            life.exceptions.push(ExceptionLife {
                kind: kind.code(),
                opened_at: e.opened_at,
                closed_at: e.closed_at,
                spoils_order: matches!(
                    kind,
                    ExceptionKind::Damage
                        | ExceptionKind::ShortOrWrong
                        | ExceptionKind::Refused
                        | ExceptionKind::Return
                        | ExceptionKind::Replace
                ),
            });
        }
    }
    Ok(())
}

/// Complaints and surveys about the orders of the deals; a draft or a dismissed complaint is none.
async fn feedback(conn: &mut PgConnection, ids: &[Uuid], lives: &mut Lives) -> Result<(), StoreError> {
    let rows = sqlx::query!(
        r#"SELECT o.deal_id, f.kind, f.category, f.received_at, f.scores[5] AS overall FROM feedback f JOIN sales_order o ON o.id = f.order_id
           WHERE o.deal_id = ANY ($1) AND f.kind IN ('complaint','survey') AND f.status NOT IN ('draft','dismissed') ORDER BY f.received_at"#,
        ids
    )
    .fetch_all(conn)
    .await?;
    for f in rows {
        let Some((_, life)) = lives.get_mut(&f.deal_id) else { continue };
        if f.kind == "complaint" {
            let spoils_order = matches!(f.category.as_str(), "quality" | "packaging" | "documents");
            life.complaints.push(ComplaintLife { at: f.received_at, spoils_order });
        } else if let Some(overall) = f.overall {
            life.surveys.push((f.received_at, Decimal::from(overall)));
        }
    }
    Ok(())
}

/// Payments with a due date, and the money that came for each.
async fn payments(conn: &mut PgConnection, ids: &[Uuid], lives: &mut Lives) -> Result<(), StoreError> {
    let receipts = sqlx::query!(
        "SELECT r.order_id, r.position, r.amount, r.received_at FROM receipt r JOIN sales_order o ON o.id = r.order_id
         WHERE o.deal_id = ANY ($1) ORDER BY r.received_at, r.recorded_at, r.id",
        ids
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut came: HashMap<(Uuid, i32), Vec<(NaiveDate, Decimal)>> = HashMap::new();
    for r in receipts {
        came.entry((r.order_id, r.position)).or_default().push((local_date(r.received_at), r.amount));
    }
    let milestones = sqlx::query!(
        r#"SELECT o.deal_id, m.order_id, m.position, m.amount, m.due_on AS "due_on!" FROM milestone m JOIN sales_order o ON o.id = m.order_id
           WHERE o.deal_id = ANY ($1) AND m.due_on IS NOT NULL ORDER BY m.position"#,
        ids
    )
    .fetch_all(conn)
    .await?;
    for m in milestones {
        if let Some((_, life)) = lives.get_mut(&m.deal_id) {
            let receipts = came.remove(&(m.order_id, m.position)).unwrap_or_default();
            life.milestones.push(MilestoneLife::of(m.due_on, m.amount, &receipts));
        }
    }
    Ok(())
}
