//! Change records with their items, duties and acknowledgments: rows to `Change` and back.

use super::change_parts::{ItemRow, SaidRow, duty, item};
use super::error::{known, known_opt};
use super::{StoreError, Tx, requirements};
use crate::domain::change::{
    Answer, Bearer, CallBack, Change, ChangeApproval, ChangeKind, ChangeReason, ChangeStatus, Delay, Impact, Item,
    Loss, Phase, Request, Said,
};
use crate::domain::customer::InvoiceKind;
use crate::domain::delivery::DelayCause;
use crate::domain::ids::{AttachmentId, ChangeId, DealId, PersonId};
use crate::domain::requirement::{Channel, RequirementConfirmMethod, RequirementConfirmation};
use crate::domain::staff::{Department, Role};
use crate::domain::workflow::Event;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

const TABLE: &str = "change_request";

/// The newest change of the deal, or the one of this number.
pub async fn load(conn: &mut PgConnection, deal: DealId, no: Option<&str>) -> Result<Option<Change>, StoreError> {
    let Some(r) = sqlx::query!(
        r#"SELECT c.*, r.version_no AS base_version, p.name AS "approved_by_name?",
            ARRAY(SELECT ROW (i.field, i.line_no, i.before_value, i.after_value) FROM change_item i WHERE i.change_id = c.id ORDER BY i.position) AS "items!: Vec<ItemRow>",
            ARRAY(SELECT ROW (d.department, d.asked_at, d.due_at, a.answer, a.comment, a.loss_amount, a.borne_by, a.person_id, q.name, a.at)
                FROM change_duty d LEFT JOIN change_acknowledgment a USING (change_id, department) LEFT JOIN person q ON q.id = a.person_id
                WHERE d.change_id = c.id ORDER BY d.department) AS "duties!: Vec<SaidRow>"
         FROM change_request c JOIN requirement r ON r.id = c.base_id LEFT JOIN person p ON p.id = c.approved_by
         WHERE c.deal_id = $1 AND ($2::text IS NULL OR c.no = $2) ORDER BY c.created_at DESC, c.no DESC LIMIT 1"#,
        deal.0,
        no
    )
    .fetch_optional(&mut *conn)
    .await?
    else {
        return Ok(None);
    };
    let id = ChangeId(r.id);
    let Some(base) = requirements::load(conn, deal, Some(r.base_version)).await? else { return Ok(None) };
    let method = known_opt(TABLE, "confirm_method", r.confirm_method.as_deref(), RequirementConfirmMethod::parse)?;
    let confirmation = match (method, r.confirm_contact, r.confirmed_at, r.confirmed_by) {
        (Some(method), Some(contact), Some(at), Some(by)) => Some(RequirementConfirmation {
            method,
            contact,
            file: r.confirm_file_id.map(Into::into),
            at,
            by: by.into(),
            file_owed_by: r.file_owed_by,
        }),
        _ => None,
    };
    let call_back = match (r.call_back_contact, r.call_back_phone, r.call_back_at) {
        (Some(contact), Some(phone), Some(at)) => Some(CallBack { contact, phone, at }),
        _ => None,
    };
    let approval_bearer = known_opt(TABLE, "approval_borne_by", r.approval_borne_by.as_deref(), Bearer::parse)?;
    let said = r.approved_by.zip(r.approved_at).map(|(by, at)| Said {
        answer: Answer::Possible,
        comment: r.approval_comment,
        loss: r.approval_loss.zip(approval_bearer).map(|(amount, borne_by)| Loss { amount, borne_by }),
        by: by.into(),
        by_name: r.approved_by_name.unwrap_or_default(),
        at,
    });
    let cause = known_opt(TABLE, "delay_cause", r.delay_cause.as_deref(), DelayCause::parse)?;
    let approver = known_opt(TABLE, "approval_role", r.approval_role.as_deref(), Role::parse)?;
    Ok(Some(Change {
        id,
        no: r.no,
        status: known(TABLE, "status", &r.status, ChangeStatus::parse)?,
        phase: known(TABLE, "phase", &r.phase, Phase::parse)?,
        base,
        content: serde_json::from_value(r.content)?,
        wish: known_opt(TABLE, "wish", r.wish.as_deref(), ChangeKind::parse)?,
        items: r.items.into_iter().map(item).collect::<Result<_, _>>()?,
        request: Request {
            contact: r.contact,
            received_at: r.received_at,
            channel: known(TABLE, "channel", &r.channel, Channel::parse)?,
            reason: known(TABLE, "reason", &r.reason, ChangeReason::parse)?,
            note: r.note,
            correction: r.link_answer_id.map(Into::into),
            delay: cause.zip(r.delay_told).map(|(cause, told)| Delay { cause, told }),
        },
        impact: Impact {
            price: r.impact_price,
            cost: r.impact_cost,
            lead_time: r.impact_lead_time,
            stock: r.impact_stock,
            production: r.impact_production,
        },
        offer: r.offer.map(serde_json::from_value).transpose()?,
        urgency: r.urgency.map(serde_json::from_value).transpose()?,
        invoice: r.invoice.map(serde_json::from_value).transpose()?,
        call_back,
        duties: r.duties.into_iter().map(duty).collect::<Result<_, _>>()?,
        approval: approver.zip(r.approval_due_at).map(|(role, due_at)| ChangeApproval { role, due_at, said }),
        created_at: r.created_at,
        filed_at: r.filed_at,
        confirmation,
        decision: r.decision,
        effective_at: r.effective_at,
        result: r.result_version,
    }))
}

/// The changes of the deal that the customer agreed to on this file.
pub async fn agreed_on(conn: &mut PgConnection, deal: DealId, file: AttachmentId) -> Result<Vec<Change>, StoreError> {
    let numbers = sqlx::query_scalar!(
        "SELECT no FROM change_request WHERE deal_id = $1 AND confirm_file_id = $2",
        deal.0,
        file.0
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut agreed = Vec::new();
    for no in numbers {
        agreed.extend(load(conn, deal, Some(&no)).await?);
    }
    Ok(agreed)
}

/// Writes the draft, or writes it anew.
pub async fn draft(
    tx: &mut Tx,
    deal: DealId,
    event: &Event,
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let Event::ChangeDrafted { id, no, base, phase, items, wish, content, request, impact, offer, urgency, invoice } =
        event
    else {
        return Ok(());
    };
    sqlx::query!(
        "INSERT INTO change_request (id, deal_id, no, status, phase, base_id, content, wish, contact, received_at, channel, reason, note,
            impact_price, impact_cost, impact_lead_time, impact_stock, impact_production, created_by, created_at, offer, urgency, invoice, link_answer_id,
            delay_cause, delay_told)
         VALUES ($1, $2, $3, 'draft', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)
         ON CONFLICT (id) DO UPDATE SET phase = $4, base_id = $5, content = $6, wish = $7, contact = $8, received_at = $9, channel = $10,
            reason = $11, note = $12, impact_price = $13, impact_cost = $14, impact_lead_time = $15, impact_stock = $16, impact_production = $17,
            offer = $20, urgency = $21, invoice = $22, link_answer_id = $23, delay_cause = $24, delay_told = $25",
        id.0, deal.0, no, phase.code(), base.0, serde_json::to_value(content)?, wish.map(ChangeKind::code), request.contact.as_deref(),
        request.received_at, request.channel.code(), request.reason.code(), request.note.as_deref(), impact.price.as_deref(),
        impact.cost.as_deref(), impact.lead_time.as_deref(), impact.stock.as_deref(), impact.production.as_deref(), by.0, now,
        offer.as_ref().map(serde_json::to_value).transpose()?, urgency.as_ref().map(serde_json::to_value).transpose()?,
        invoice.as_ref().map(serde_json::to_value).transpose()?, request.correction.map(|c| c.0),
        request.delay.as_ref().map(|d| d.cause.code()), request.delay.as_ref().map(|d| d.told.as_str())
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!("DELETE FROM change_item WHERE change_id = $1", id.0).execute(tx.conn()).await?;
    for (position, item) in (1_i32..).zip(items) {
        sqlx::query!(
            "INSERT INTO change_item (change_id, position, field, line_no, before_value, after_value) VALUES ($1, $2, $3, $4, $5, $6)",
            id.0, position, item.field.code(), item.line, item.before, item.after
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

pub async fn file(
    tx: &mut Tx,
    deal: DealId,
    event: &Event,
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let Event::ChangeFiled { id, no, phase, call_back, .. } = event else { return Ok(()) };
    let c = call_back.as_ref();
    sqlx::query!(
        "UPDATE change_request SET status = 'assessing', phase = $2, call_back_contact = $3, call_back_phone = $4, call_back_at = $5,
            filed_by = $6, filed_at = $7 WHERE id = $1",
        id.0, phase.code(), c.map(|c| c.contact.as_str()), c.map(|c| c.phone.as_str()), c.map(|c| c.at), by.0, now
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!("UPDATE deal SET change_no = $2 WHERE id = $1", deal.0, no).execute(tx.conn()).await?;
    Ok(())
}

pub async fn open_duty(
    tx: &mut Tx,
    id: ChangeId,
    department: Department,
    now: DateTime<Utc>,
    due_at: DateTime<Utc>,
    calendar_version: &str,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO change_duty (change_id, department, asked_at, due_at, calendar_version) VALUES ($1, $2, $3, $4, $5)",
        id.0, department.code(), now, due_at, calendar_version
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn acknowledge(tx: &mut Tx, event: &Event, by: PersonId, now: DateTime<Utc>) -> Result<(), StoreError> {
    let Event::ChangeAcknowledged { id, department, answer, comment, loss } = event else { return Ok(()) };
    sqlx::query!(
        "INSERT INTO change_acknowledgment (change_id, department, answer, comment, loss_amount, borne_by, person_id, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        id.0,
        department.code(),
        answer.code(),
        comment.as_deref(),
        loss.as_ref().map(|l| l.amount),
        loss.as_ref().map(|l| l.borne_by.code()),
        by.0,
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The approval that is asked, and the yes to it.
pub async fn approval(tx: &mut Tx, event: &Event, by: PersonId, now: DateTime<Utc>) -> Result<(), StoreError> {
    match event {
        Event::ChangeApprovalOpened { id, role, due_at } => {
            sqlx::query!(
                "UPDATE change_request SET approval_role = $2, approval_due_at = $3 WHERE id = $1",
                id.0,
                role.code(),
                due_at
            )
            .execute(tx.conn())
            .await?;
        }
        Event::ChangeApproved { id, comment, loss } => {
            sqlx::query!(
                "UPDATE change_request SET approved_by = $2, approved_at = $3, approval_comment = $4, approval_loss = $5, approval_borne_by = $6
                 WHERE id = $1",
                id.0,
                by.0,
                now,
                comment.as_deref(),
                loss.as_ref().map(|l| l.amount),
                loss.as_ref().map(|l| l.borne_by.code())
            )
            .execute(tx.conn())
            .await?;
        }
        _ => {}
    }
    Ok(())
}

pub async fn await_customer(tx: &mut Tx, id: ChangeId) -> Result<(), StoreError> {
    sqlx::query!("UPDATE change_request SET status = 'awaiting_customer' WHERE id = $1", id.0)
        .execute(tx.conn())
        .await?;
    Ok(())
}

pub async fn make_effective(tx: &mut Tx, deal: DealId, event: &Event, now: DateTime<Utc>) -> Result<(), StoreError> {
    let Event::ChangeEffective { id, confirmation, requirement_version, .. } = event else { return Ok(()) };
    let c = confirmation.as_ref();
    sqlx::query!(
        "UPDATE change_request SET status = 'effective', effective_at = $2, confirm_method = $3, confirm_contact = $4, confirm_file_id = $5,
            confirmed_at = $6, confirmed_by = $7, file_owed_by = $8, result_version = $9 WHERE id = $1",
        id.0, now, c.map(|c| c.method.code()), c.map(|c| c.contact.as_str()), c.and_then(|c| c.file).map(|f| f.0), c.map(|c| c.at),
        c.map(|c| c.by.0), c.and_then(|c| c.file_owed_by), *requirement_version
    )
    .execute(tx.conn())
    .await?;
    no_longer_pending(tx, deal).await
}

pub async fn end(
    tx: &mut Tx,
    deal: DealId,
    id: ChangeId,
    status: ChangeStatus,
    comment: &str,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE change_request SET status = $2, decision = NULLIF($3, '') WHERE id = $1",
        id.0,
        status.code(),
        comment
    )
    .execute(tx.conn())
    .await?;
    no_longer_pending(tx, deal).await
}

async fn no_longer_pending(tx: &mut Tx, deal: DealId) -> Result<(), StoreError> {
    sqlx::query!("UPDATE deal SET change_no = NULL WHERE id = $1", deal.0).execute(tx.conn()).await?;
    Ok(())
}

/// An edit in place before there is an order; the change record keeps what stood there before.
pub async fn amend_requirement(tx: &mut Tx, event: &Event) -> Result<(), StoreError> {
    let Event::RequirementAmended {
        id,
        ship_address,
        ship_receiver,
        ship_phone,
        wanted_at,
        payment_wish,
        invoice_need,
        ..
    } = event
    else {
        return Ok(());
    };
    sqlx::query!(
        "UPDATE requirement SET ship_address = $2, ship_receiver = $3, ship_phone = $4, wanted_at = $5, payment_wish = $6, invoice_need = $7
         WHERE id = $1",
        id.0, ship_address, ship_receiver, ship_phone, wanted_at, payment_wish.code(), invoice_need.code()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Address, promise and packaging of an order; what has left the house keeps its promise and its place.
pub async fn amend_order(tx: &mut Tx, event: &Event) -> Result<(), StoreError> {
    let Event::OrderAmended {
        order,
        ship_address,
        ship_receiver,
        ship_phone,
        promised,
        packaging,
        invoice_kind,
        invoice,
        ..
    } = event
    else {
        return Ok(());
    };
    sqlx::query!(
        "UPDATE sales_order SET ship_address = $2, ship_receiver = $3, ship_phone = $4, promised_at = COALESCE($5, promised_at),
             invoice_kind = COALESCE($6, invoice_kind) WHERE id = $1",
        order.0, ship_address, ship_receiver, ship_phone, promised.map(|(_, to)| to), invoice_kind.map(InvoiceKind::code)
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "UPDATE shipment SET ship_address = $2, ship_receiver = $3, ship_phone = $4 WHERE order_id = $1 AND status = 'pending'",
        order.0,
        ship_address,
        ship_receiver,
        ship_phone
    )
    .execute(tx.conn())
    .await?;
    super::corrections::amend_invoice(tx, *order, invoice.as_deref()).await?;
    for line in packaging {
        sqlx::query!("UPDATE order_line SET packaging = $2 WHERE id = $1", line.line.0, line.packaging.as_deref())
            .execute(tx.conn())
            .await?;
    }
    if let Some((_, to)) = promised {
        // An earlier date pulls forward what was promised later; a later one puts off only what was promised last.
        sqlx::query!(
            "UPDATE order_line l SET promised_at = $2
             FROM (SELECT max(promised_at) AS promised_at FROM order_line WHERE order_id = $1 AND shipped < quantity - credited) last
             WHERE l.order_id = $1 AND l.shipped < l.quantity - l.credited AND (l.promised_at = last.promised_at OR l.promised_at > $2)",
            order.0, to
        )
        .execute(tx.conn())
        .await?;
        sqlx::query!(
            "UPDATE deal SET step_due_at = $2 FROM sales_order o WHERE o.id = $1 AND deal.id = o.deal_id AND deal.step = 'delivery'",
            order.0, to
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// One change in the list of a deal.
#[derive(Debug, Clone)]
pub struct ChangeRow {
    pub no: String,
    pub status: String,
    pub created_at: DateTime<Utc>,
    pub items: Vec<Item>,
}

/// Every change of the deal, newest first.
pub async fn of_deal(conn: &mut PgConnection, deal: DealId) -> Result<Vec<ChangeRow>, StoreError> {
    sqlx::query!(
        r#"SELECT c.no, c.status, c.created_at,
            ARRAY(SELECT ROW (i.field, i.line_no, i.before_value, i.after_value) FROM change_item i WHERE i.change_id = c.id ORDER BY i.position) AS "items!: Vec<ItemRow>"
           FROM change_request c WHERE c.deal_id = $1 ORDER BY c.created_at DESC, c.no DESC LIMIT 50"#,
        deal.0
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| {
        let items = r.items.into_iter().map(item).collect::<Result<_, _>>()?;
        Ok(ChangeRow { no: r.no, status: r.status, created_at: r.created_at, items })
    })
    .collect()
}

/// A department's open duty, with the deal it belongs to.
#[derive(Debug, Clone)]
pub struct DutyRow {
    pub deal_no: String,
    pub customer_name: String,
    pub change_no: String,
    pub department: String,
    pub is_urgent: bool,
    pub due_at: DateTime<Utc>,
    pub title: String,
}

/// Open duties of these departments; those of sales only for teams that `manager` leads, all of them without one.
pub async fn duties_of(
    conn: &mut PgConnection,
    departments: &[String],
    manager: Option<PersonId>,
    limit: i64,
) -> Result<Vec<DutyRow>, StoreError> {
    Ok(sqlx::query_as!(
        DutyRow,
        r#"SELECT d.no AS deal_no, COALESCE(k.short_name, k.legal_name) AS "customer_name!", c.no AS change_no, y.department, d.is_urgent, y.due_at, d.title
           FROM change_duty y JOIN change_request c ON c.id = y.change_id JOIN deal d ON d.id = c.deal_id
           JOIN customer k ON k.id = d.customer_id JOIN person w ON w.id = d.owner_id
           WHERE c.status = 'assessing' AND d.status = 'open' AND y.department = ANY ($1)
             AND (y.department <> 'sales' OR $2::uuid IS NULL OR w.manager_id = $2)
             AND NOT EXISTS (SELECT FROM change_acknowledgment a WHERE a.change_id = y.change_id AND a.department = y.department)
           ORDER BY y.due_at LIMIT $3"#,
        departments,
        manager.map(|p| p.0),
        limit
    )
    .fetch_all(conn)
    .await?)
}
