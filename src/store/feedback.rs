//! Feedback: rows to `Feedback` and back, and the lessons that every deal of the customer shows.

use super::error::{known, known_opt};
use super::{Recorded, StoreError, Tx};
use crate::domain::feedback::{
    Closing, Entry, Feedback, FeedbackCategory, FeedbackChannel, FeedbackEvent, FeedbackKind, FeedbackStatus, Lesson,
    Limits, Scores, Severity, Solution, Statement, SurveyAnswer, SurveyItem,
};
use crate::domain::ids::{CustomerId, DealId, FeedbackId, OrderId, PersonId};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

const TABLE: &str = "feedback";

/// Where a piece of feedback belongs: its identifier, its customer, and the deal of its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub id: FeedbackId,
    pub customer: CustomerId,
    pub deal: Option<DealId>,
}

pub async fn place(conn: &mut PgConnection, no: &str) -> Result<Option<Place>, StoreError> {
    Ok(sqlx::query!(
        r#"SELECT f.id, f.customer_id, o.deal_id AS "deal_id?" FROM feedback f LEFT JOIN sales_order o ON o.id = f.order_id WHERE f.no = $1"#,
        no
    )
    .fetch_optional(conn)
    .await?
    .map(|r| Place { id: FeedbackId(r.id), customer: CustomerId(r.customer_id), deal: r.deal_id.map(DealId) }))
}

/// The deal of an order, by the order's number.
pub async fn deal_of_order(conn: &mut PgConnection, no: &str) -> Result<Option<DealId>, StoreError> {
    Ok(sqlx::query_scalar!("SELECT deal_id FROM sales_order WHERE no = $1", no).fetch_optional(conn).await?.map(DealId))
}

/// Feedback is kept in the customer's history; whoever adds to it waits for the others here.
pub async fn lock(tx: &mut Tx, customer: CustomerId) -> Result<(), StoreError> {
    sqlx::query!("SELECT id FROM customer WHERE id = $1 FOR UPDATE", customer.0).fetch_optional(tx.conn()).await?;
    Ok(())
}

fn entry(
    text: Option<String>,
    by: Option<uuid::Uuid>,
    name: Option<String>,
    at: Option<DateTime<Utc>>,
) -> Option<Entry> {
    Some(Entry { text: text?, by: PersonId(by?), by_name: name.unwrap_or_default(), at: at? })
}

pub async fn load(conn: &mut PgConnection, id: FeedbackId) -> Result<Option<Feedback>, StoreError> {
    let Some(r) = sqlx::query!(
        r#"SELECT f.*, h.name AS handler_name, a.name AS "about_name?", r.name AS "recorded_name?", n.name AS "answered_name?", p.name AS "reported_name?",
              s.name AS "solved_name?", c.name AS "closed_name?", l.name AS "lesson_name?", v.no AS "survey_no?"
           FROM feedback f JOIN person h ON h.id = f.handler_id LEFT JOIN person a ON a.id = f.about_id LEFT JOIN person r ON r.id = f.recorded_by
           LEFT JOIN person n ON n.id = f.answered_by LEFT JOIN person p ON p.id = f.reported_by LEFT JOIN person s ON s.id = f.solved_by
           LEFT JOIN person c ON c.id = f.closed_by LEFT JOIN person l ON l.id = f.lesson_closed_by LEFT JOIN feedback v ON v.id = f.survey_id
           WHERE f.id = $1"#,
        id.0
    )
    .fetch_optional(conn)
    .await?
    else {
        return Ok(None);
    };
    let scores = match r.scores.as_deref().map(<[i16; 5]>::try_from) {
        Some(Ok(given)) => Scores::of(given),
        _ => None,
    };
    let closing = match (r.closed_by, r.closed_at) {
        (Some(by), Some(at)) => Some(Closing {
            by: PersonId(by),
            by_name: r.closed_name.unwrap_or_default(),
            at,
            satisfied: r.satisfied,
            note: r.close_note,
        }),
        _ => None,
    };
    Ok(Some(Feedback {
        id,
        no: r.no,
        version: r.version,
        customer: CustomerId(r.customer_id),
        order: r.order_id.map(OrderId),
        status: known(TABLE, "status", &r.status, FeedbackStatus::parse)?,
        said: Statement {
            kind: known(TABLE, "kind", &r.kind, FeedbackKind::parse)?,
            category: known(TABLE, "category", &r.category, FeedbackCategory::parse)?,
            severity: known_opt(TABLE, "severity", r.severity.as_deref(), Severity::parse)?,
            contact: r.contact,
            channel: known(TABLE, "channel", &r.channel, FeedbackChannel::parse)?,
            content: r.content,
            received_at: r.received_at,
            handler: PersonId(r.handler_id),
            about: r.about_id.map(PersonId),
        },
        handler_name: r.handler_name,
        about_name: r.about_name,
        recorded_by: r.recorded_name,
        recorded_at: r.recorded_at,
        limits: r.answer_by.zip(r.solve_by).map(|(answer_by, solve_by)| Limits {
            answer_by,
            report_by: r.report_by,
            solve_by,
        }),
        answer: entry(r.answer, r.answered_by, r.answered_name, r.answered_at),
        report: entry(r.report, r.reported_by, r.reported_name, r.reported_at),
        solution: r.cause.zip(r.remedy).map(|(cause, remedy)| Solution { cause, remedy, lesson: r.lesson }),
        solved: r.solved_name.zip(r.solved_at),
        closing,
        lesson_closed: entry(r.lesson_note, r.lesson_closed_by, r.lesson_name, r.lesson_closed_at),
        scores,
        survey: r.survey_no,
    }))
}

/// The survey of an order as it was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub id: FeedbackId,
    pub no: String,
    pub answer: SurveyAnswer,
    /// Of us, who wrote it down; nobody where the customer answered online.
    pub recorded_by: Option<String>,
    pub at: DateTime<Utc>,
}

/// The survey of an order, when it was asked.
pub async fn survey_of(conn: &mut PgConnection, order: OrderId) -> Result<Option<Asked>, StoreError> {
    let row = sqlx::query!(
        r#"SELECT f.id, f.no, f.scores, f.contact, f.channel, f.content, f.recorded_at, p.name AS "recorded_by?"
           FROM feedback f LEFT JOIN person p ON p.id = f.recorded_by WHERE f.order_id = $1 AND f.kind = 'survey'"#,
        order.0
    )
    .fetch_optional(conn)
    .await?;
    let Some(r) = row else { return Ok(None) };
    let scores = r.scores.and_then(|given| <[i16; 5]>::try_from(given).ok()).and_then(Scores::of);
    let channel = known(TABLE, "channel", &r.channel, FeedbackChannel::parse)?;
    Ok(Some(Asked {
        id: FeedbackId(r.id),
        no: r.no,
        answer: SurveyAnswer { scores, contact: r.contact, channel, comment: r.content },
        recorded_by: r.recorded_by,
        at: r.recorded_at,
    }))
}

/// A row of `feedback` that is a complaint, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
pub(super) struct LessonRow {
    no: String,
    category: String,
    status: String,
    received_at: DateTime<Utc>,
    content: Option<String>,
    lesson: Option<String>,
    lesson_closed_at: Option<DateTime<Utc>>,
    deal_owner: Option<uuid::Uuid>,
    owner_manager: Option<uuid::Uuid>,
}

/// What the customer complained about and we have not made our standard yet.
pub(super) fn lesson(r: LessonRow) -> Result<Lesson, StoreError> {
    let lesson = r.lesson.filter(|_| r.lesson_closed_at.is_none());
    Ok(Lesson {
        no: r.no,
        category: known(TABLE, "category", &r.category, FeedbackCategory::parse)?,
        is_lesson: lesson.is_some(),
        text: lesson.or(r.content).unwrap_or_default(),
        received_at: r.received_at,
        is_open: r.status != FeedbackStatus::Closed.code(),
        deal_owner: r.deal_owner.map(|owner| (PersonId(owner), r.owner_manager.map(PersonId))),
    })
}

/// Writes what an event of feedback means.
pub(super) async fn apply(
    tx: &mut Tx,
    customer: CustomerId,
    (id, no): (FeedbackId, &str),
    told: &FeedbackEvent,
    how: &Recorded<'_>,
) -> Result<(), StoreError> {
    let (by, now) = (how.actor.0, how.now);
    match told {
        FeedbackEvent::Recorded { order, status, said, limits, survey } => {
            let new = New { id, no, customer, order: *order, status: *status, survey: *survey };
            return record(tx, &new, said, limits.as_ref(), how).await;
        }
        FeedbackEvent::Surveyed { order, answer, handler } => {
            return survey(tx, customer, (id, no), (*order, *handler), answer, how).await;
        }
        FeedbackEvent::Answered { text } => {
            sqlx::query!(
                "UPDATE feedback SET status = 'answered', answer = $2, answered_by = $3, answered_at = $4, version = version + 1 WHERE id = $1",
                id.0, text, by, now
            )
            .execute(tx.conn())
            .await?
        }
        FeedbackEvent::Reported { text } => {
            sqlx::query!(
                "UPDATE feedback SET report = $2, reported_by = $3, reported_at = $4, version = version + 1 WHERE id = $1",
                id.0, text, by, now
            )
            .execute(tx.conn())
            .await?
        }
        FeedbackEvent::Assigned { to, .. } => {
            sqlx::query!("UPDATE feedback SET handler_id = $2, version = version + 1 WHERE id = $1", id.0, to.0)
                .execute(tx.conn())
                .await?
        }
        FeedbackEvent::Solved { solution } => {
            // Who solves at once has answered with it.
            sqlx::query!(
                "UPDATE feedback SET status = 'solved', cause = $2, remedy = $3, lesson = $4, solved_by = $5, solved_at = $6,
                    answer = COALESCE(answer, $3), answered_by = COALESCE(answered_by, $5), answered_at = COALESCE(answered_at, $6), version = version + 1
                 WHERE id = $1",
                id.0, solution.cause, solution.remedy, solution.lesson, by, now
            )
            .execute(tx.conn())
            .await?
        }
        FeedbackEvent::Returned { .. } => {
            sqlx::query!("UPDATE feedback SET status = 'answered', version = version + 1 WHERE id = $1", id.0)
                .execute(tx.conn())
                .await?
        }
        FeedbackEvent::Closed { satisfied, note } => {
            sqlx::query!(
                "UPDATE feedback SET status = 'closed', closed_by = $2, closed_at = $3, satisfied = $4, close_note = $5, version = version + 1 WHERE id = $1",
                id.0, by, now, *satisfied, note.as_deref()
            )
            .execute(tx.conn())
            .await?
        }
        FeedbackEvent::Dismissed { reason } => {
            sqlx::query!(
                "UPDATE feedback SET status = 'dismissed', closed_by = $2, closed_at = $3, close_note = $4, version = version + 1 WHERE id = $1",
                id.0, by, now, reason
            )
            .execute(tx.conn())
            .await?
        }
        FeedbackEvent::LessonClosed { note } => {
            sqlx::query!(
                "UPDATE feedback SET lesson_closed_by = $2, lesson_closed_at = $3, lesson_note = $4, version = version + 1 WHERE id = $1",
                id.0, by, now, note
            )
            .execute(tx.conn())
            .await?
        }
    };
    Ok(())
}

struct New<'a> {
    id: FeedbackId,
    no: &'a str,
    customer: CustomerId,
    order: Option<OrderId>,
    status: FeedbackStatus,
    survey: Option<FeedbackId>,
}

/// A new row, or the draft of a survey that somebody takes up.
async fn record(
    tx: &mut Tx,
    new: &New<'_>,
    said: &Statement,
    limits: Option<&Limits>,
    how: &Recorded<'_>,
) -> Result<(), StoreError> {
    let taken_up = sqlx::query!(
        "UPDATE feedback SET status = $2, kind = $3, category = $4, severity = $5, contact = $6, channel = $7, content = $8, received_at = $9, handler_id = $10,
            about_id = $11, answer_by = $12, report_by = $13, solve_by = $14, version = version + 1 WHERE id = $1",
        new.id.0, new.status.code(), said.kind.code(), said.category.code(), said.severity.map(Severity::code), said.contact.as_deref(),
        said.channel.code(), said.content.as_deref(), said.received_at, said.handler.0, said.about.map(|p| p.0),
        limits.map(|l| l.answer_by), limits.and_then(|l| l.report_by), limits.map(|l| l.solve_by)
    )
    .execute(tx.conn())
    .await?;
    if taken_up.rows_affected() > 0 {
        return Ok(());
    }
    sqlx::query!(
        "INSERT INTO feedback (id, no, version, customer_id, order_id, kind, status, category, severity, contact, channel, content, received_at, recorded_by,
            recorded_at, handler_id, about_id, calendar_version, answer_by, report_by, solve_by, survey_id)
         VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, acting_person(), $13, $14, $15, $16, $17, $18, $19, $20)",
        new.id.0, new.no, new.customer.0, new.order.map(|o| o.0), said.kind.code(), new.status.code(), said.category.code(),
        said.severity.map(Severity::code), said.contact.as_deref(), said.channel.code(), said.content.as_deref(), said.received_at,
        how.now, said.handler.0, said.about.map(|p| p.0), how.calendar_version, limits.map(|l| l.answer_by), limits.and_then(|l| l.report_by),
        limits.map(|l| l.solve_by), new.survey.map(|s| s.0)
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn survey(
    tx: &mut Tx,
    customer: CustomerId,
    (id, no): (FeedbackId, &str),
    (order, handler): (OrderId, PersonId),
    answer: &SurveyAnswer,
    how: &Recorded<'_>,
) -> Result<(), StoreError> {
    let scores = answer.scores.map(<[i16; 5]>::from);
    let category = answer.scores.and_then(Scores::complaint).map_or(FeedbackCategory::Other, SurveyItem::category);
    sqlx::query!(
        "INSERT INTO feedback (id, no, version, customer_id, order_id, kind, status, category, contact, channel, content, received_at, recorded_by, recorded_at,
            handler_id, calendar_version, scores)
         VALUES ($1, $2, 1, $3, $4, 'survey', 'closed', $5, $6, $7, $8, $9, acting_person(), $9, $10, $11, $12)",
        id.0, no, customer.0, order.0, category.code(), answer.contact.as_deref(), answer.channel.code(), answer.comment.as_deref(), how.now,
        handler.0, how.calendar_version, scores.as_ref().map(<[i16; 5]>::as_slice)
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
