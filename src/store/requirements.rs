//! Requirement versions: rows to `Requirement` and back.

use super::error::{known, known_opt};
use super::{StoreError, Tx};
use crate::domain::customer::InvoiceKind;
use crate::domain::ids::{AttachmentId, CustomerId, DealId, PersonId, RequirementId};
use crate::domain::requirement::{
    Channel, DeliveryMode, LineKind, MatchKind, PaymentWish, Requirement, RequirementConfirmMethod,
    RequirementConfirmation, RequirementContent, RequirementFile, RequirementFileKind, RequirementLine,
    RequirementStatus, Special,
};
use crate::domain::staff::Department;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use uuid::Uuid;

const TABLE: &str = "requirement";

/// A row of `requirement_line`, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
struct LineRow {
    id: Uuid,
    kind: String,
    product_id: Option<Uuid>,
    product_code: Option<String>,
    product_name: Option<String>,
    spec: String,
    quantity: Decimal,
    unit: String,
    standard: Option<String>,
    packaging: Option<String>,
    match_kind: String,
    note: Option<String>,
    custom_name: Option<String>,
    wanted_on: Option<NaiveDate>,
    first_line_id: Option<Uuid>,
}

/// A row of `requirement_special`, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
struct SpecialRow {
    text: String,
    department: String,
    applies: Option<bool>,
}

/// A row of `requirement_file`, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
struct FileRow {
    id: Uuid,
    kind: String,
    name: String,
}

fn line(l: LineRow) -> Result<RequirementLine, StoreError> {
    Ok(RequirementLine {
        id: l.id.into(),
        kind: known("requirement_line", "kind", &l.kind, LineKind::parse)?,
        product: l.product_id.map(Into::into),
        product_code: l.product_code.unwrap_or_default(),
        product_name: l.custom_name.clone().or(l.product_name).unwrap_or_default(),
        spec: l.spec,
        quantity: l.quantity,
        unit: l.unit,
        standard: l.standard,
        packaging: l.packaging,
        match_kind: known("requirement_line", "match_kind", &l.match_kind, MatchKind::parse)?,
        note: l.note,
        custom_name: l.custom_name,
        wanted_on: l.wanted_on,
        first: l.first_line_id.map(Into::into),
    })
}

/// The newest version, or the one asked for.
pub async fn load(
    conn: &mut PgConnection,
    deal: DealId,
    version_no: Option<i32>,
) -> Result<Option<Requirement>, StoreError> {
    let Some(r) = sqlx::query!(
        r#"SELECT r.*,
            ARRAY(SELECT ROW (l.id, l.kind, l.product_id, p.code, p.name, l.spec, l.quantity, l.unit, l.standard, l.packaging, l.match_kind, l.note, l.custom_name,
                    l.wanted_on, l.first_line_id)
                FROM requirement_line l LEFT JOIN product p ON p.id = l.product_id WHERE l.requirement_id = r.id ORDER BY l.line_no) AS "lines!: Vec<LineRow>",
            ARRAY(SELECT ROW (s.text, s.department, s.applies) FROM requirement_special s WHERE s.requirement_id = r.id ORDER BY s.position) AS "specials!: Vec<SpecialRow>",
            ARRAY(SELECT ROW (f.attachment_id, f.kind, a.file_name) FROM requirement_file f JOIN attachment a ON a.id = f.attachment_id
                WHERE f.requirement_id = r.id ORDER BY f.position) AS "files!: Vec<FileRow>"
           FROM requirement r WHERE r.deal_id = $1 AND ($2::int IS NULL OR r.version_no = $2) ORDER BY r.version_no DESC LIMIT 1"#,
        deal.0, version_no
    )
    .fetch_optional(&mut *conn)
    .await?
    else {
        return Ok(None);
    };
    let lines = r.lines.into_iter().map(line).collect::<Result<Vec<_>, StoreError>>()?;
    let specials = r
        .specials
        .into_iter()
        .map(|s| {
            Ok(Special {
                text: s.text,
                department: known("requirement_special", "department", &s.department, Department::parse)?,
                applies: s.applies,
            })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    let files = r
        .files
        .into_iter()
        .map(|f| {
            Ok(RequirementFile {
                id: f.id.into(),
                kind: known("requirement_file", "kind", &f.kind, RequirementFileKind::parse)?,
                name: f.name,
            })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
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
    Ok(Some(Requirement {
        id: r.id.into(),
        no: r.no,
        version_no: r.version_no,
        status: known(TABLE, "status", &r.status, RequirementStatus::parse)?,
        sent_at: r.sent_at,
        confirmation,
        content: RequirementContent {
            contact: r.contact_id.map(Into::into),
            channel: known(TABLE, "channel", &r.channel, Channel::parse)?,
            purpose: r.purpose,
            budget_from: r.budget_from,
            budget_to: r.budget_to,
            wanted_at: r.wanted_at,
            ship_address: r.ship_address,
            ship_receiver: r.ship_receiver,
            ship_phone: r.ship_phone,
            delivery_mode: known(TABLE, "delivery_mode", &r.delivery_mode, DeliveryMode::parse)?,
            partial_allowed: r.partial_allowed,
            payment_wish: known(TABLE, "payment_wish", &r.payment_wish, PaymentWish::parse)?,
            invoice_need: known(TABLE, "invoice_need", &r.invoice_need, InvoiceKind::parse)?,
            warranty: r.warranty,
            acceptance: r.acceptance,
            lines,
            specials,
            is_confidential: r.is_confidential,
            files,
        },
    }))
}

/// The deal and the number of a version.
pub async fn place(conn: &mut PgConnection, id: RequirementId) -> Result<Option<(DealId, i32)>, StoreError> {
    let found =
        sqlx::query!("SELECT deal_id, version_no FROM requirement WHERE id = $1", id.0).fetch_optional(conn).await?;
    Ok(found.map(|r| (DealId(r.deal_id), r.version_no)))
}

/// Inserts the draft or rewrites it.
pub async fn save(
    tx: &mut Tx,
    deal: DealId,
    id: RequirementId,
    no: &str,
    version_no: i32,
    c: &RequirementContent,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO requirement (id, deal_id, no, version_no, status, contact_id, channel, purpose, budget_from, budget_to, wanted_at, ship_address,
            ship_receiver, ship_phone, delivery_mode, partial_allowed, payment_wish, invoice_need, warranty, acceptance, created_at, is_confidential)
         VALUES ($1, $2, $3, $4, 'draft', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
         ON CONFLICT (id) DO UPDATE SET contact_id = $5, channel = $6, purpose = $7, budget_from = $8, budget_to = $9, wanted_at = $10,
            ship_address = $11, ship_receiver = $12, ship_phone = $13, delivery_mode = $14, partial_allowed = $15, payment_wish = $16,
            invoice_need = $17, warranty = $18, acceptance = $19, is_confidential = $21",
        id.0, deal.0, no, version_no, c.contact.map(|x| x.0), c.channel.code(), c.purpose, c.budget_from, c.budget_to, c.wanted_at, c.ship_address,
        c.ship_receiver, c.ship_phone, c.delivery_mode.code(), c.partial_allowed, c.payment_wish.code(), c.invoice_need.code(),
        c.warranty.as_deref(), c.acceptance, now, c.is_confidential
    )
    .execute(tx.conn())
    .await?;
    save_lines(tx, id, &c.lines).await?;
    save_specials(tx, id, &c.specials).await?;
    save_files(tx, id, &c.files).await
}

/// All lines in one statement: 200 of them must not take 200 round trips.
async fn save_lines(tx: &mut Tx, id: RequirementId, lines: &[RequirementLine]) -> Result<(), StoreError> {
    sqlx::query!("DELETE FROM requirement_line WHERE requirement_id = $1", id.0).execute(tx.conn()).await?;
    let column = |of: fn(&RequirementLine) -> Option<String>| lines.iter().map(of).collect::<Vec<Option<String>>>();
    let text = |of: fn(&RequirementLine) -> String| lines.iter().map(of).collect::<Vec<String>>();
    let ids: Vec<Uuid> = lines.iter().map(|l| l.id.0).collect();
    let products: Vec<Option<Uuid>> = lines.iter().map(|l| l.product.map(|p| p.0)).collect();
    let firsts: Vec<Option<Uuid>> = lines.iter().map(|l| l.first.map(|f| f.0)).collect();
    let dates: Vec<Option<NaiveDate>> = lines.iter().map(|l| l.wanted_on).collect();
    let quantities: Vec<Decimal> = lines.iter().map(|l| l.quantity).collect();
    sqlx::query!(
        "INSERT INTO requirement_line (requirement_id, id, line_no, kind, product_id, spec, quantity, unit, standard, packaging, match_kind, note,
            custom_name, wanted_on, first_line_id)
         SELECT $1, l.id, l.line_no, l.kind, l.product_id, l.spec, l.quantity, l.unit, l.standard, l.packaging, l.match_kind, l.note,
            l.custom_name, l.wanted_on, l.first_line_id
         FROM UNNEST($2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::numeric[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
            $12::text[], $13::date[], $14::uuid[]) WITH ORDINALITY
            AS l (id, kind, product_id, spec, quantity, unit, standard, packaging, match_kind, note, custom_name, wanted_on, first_line_id, line_no)",
        id.0,
        &ids,
        &text(|l| l.kind.code().to_owned()),
        &products as &[Option<Uuid>],
        &text(|l| l.spec.clone()),
        &quantities,
        &text(|l| l.unit.clone()),
        &column(|l| l.standard.clone()) as &[Option<String>],
        &column(|l| l.packaging.clone()) as &[Option<String>],
        &text(|l| l.match_kind.code().to_owned()),
        &column(|l| l.note.clone()) as &[Option<String>],
        &column(|l| l.custom_name.clone()) as &[Option<String>],
        &dates as &[Option<NaiveDate>],
        &firsts as &[Option<Uuid>],
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn save_specials(tx: &mut Tx, id: RequirementId, specials: &[Special]) -> Result<(), StoreError> {
    sqlx::query!("DELETE FROM requirement_special WHERE requirement_id = $1", id.0).execute(tx.conn()).await?;
    for (i, s) in specials.iter().enumerate() {
        sqlx::query!(
            "INSERT INTO requirement_special (requirement_id, position, text, department, applies) VALUES ($1, $2, $3, $4, $5)",
            id.0, i32::try_from(i).unwrap_or(0) + 1, s.text, s.department.code(), s.applies
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// The answers to the special requirements of a version that was sent; more of them come in behind.
pub async fn tick_specials(tx: &mut Tx, id: RequirementId, specials: &[Special]) -> Result<(), StoreError> {
    let positions: Vec<i32> = (1..).take(specials.len()).collect();
    let texts: Vec<String> = specials.iter().map(|s| s.text.clone()).collect();
    let departments: Vec<String> = specials.iter().map(|s| s.department.code().to_owned()).collect();
    let applies: Vec<Option<bool>> = specials.iter().map(|s| s.applies).collect();
    sqlx::query!(
        "INSERT INTO requirement_special (requirement_id, position, text, department, applies)
         SELECT $1, s.position, s.text, s.department, s.applies FROM UNNEST($2::int[], $3::text[], $4::text[], $5::boolean[]) AS s (position, text, department, applies)
         ON CONFLICT (requirement_id, position) DO UPDATE SET applies = excluded.applies",
        id.0,
        &positions,
        &texts,
        &departments,
        &applies as &[Option<bool>]
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn save_files(tx: &mut Tx, id: RequirementId, files: &[RequirementFile]) -> Result<(), StoreError> {
    sqlx::query!("DELETE FROM requirement_file WHERE requirement_id = $1", id.0).execute(tx.conn()).await?;
    for (i, f) in files.iter().enumerate() {
        sqlx::query!(
            "INSERT INTO requirement_file (requirement_id, position, attachment_id, kind) VALUES ($1, $2, $3, $4)",
            id.0,
            i32::try_from(i).unwrap_or(0) + 1,
            f.id.0,
            f.kind.code()
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

pub async fn set_status(
    tx: &mut Tx,
    id: RequirementId,
    status: RequirementStatus,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE requirement SET status = $2, sent_at = CASE WHEN $2 = 'sent' THEN $3 ELSE sent_at END WHERE id = $1",
        id.0,
        status.code(),
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn set_confirmed(tx: &mut Tx, id: RequirementId, c: &RequirementConfirmation) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE requirement SET status = 'confirmed', confirm_method = $2, confirm_contact = $3, confirm_file_id = $4, confirmed_at = $5,
            confirmed_by = $6, file_owed_by = $7 WHERE id = $1",
        id.0, c.method.code(), c.contact, c.file.map(|f| f.0), c.at, c.by.0, c.file_owed_by
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The file that a confirmation by phone still owed.
pub async fn add_confirmation_file(tx: &mut Tx, id: RequirementId, file: AttachmentId) -> Result<(), StoreError> {
    sqlx::query!("UPDATE requirement SET confirm_file_id = $2 WHERE id = $1", id.0, file.0).execute(tx.conn()).await?;
    Ok(())
}

/// A confirmation by phone whose file has not come yet.
#[derive(Debug, Clone)]
pub struct OwedFile {
    pub deal_no: String,
    pub customer_name: String,
    pub title: String,
    pub is_urgent: bool,
    pub due_at: DateTime<Utc>,
}

/// Confirmation files that the owner of a deal still owes, the most urgent first.
pub async fn files_owed(conn: &mut PgConnection, owner: PersonId, limit: i64) -> Result<Vec<OwedFile>, StoreError> {
    Ok(sqlx::query_as!(
        OwedFile,
        r#"SELECT d.no AS deal_no, c.legal_name AS customer_name, d.title, d.is_urgent, r.file_owed_by AS "due_at!"
           FROM requirement r JOIN deal d ON d.id = r.deal_id JOIN customer c ON c.id = d.customer_id
           WHERE d.owner_id = $1 AND d.status = 'open' AND r.status = 'confirmed' AND r.file_owed_by IS NOT NULL AND r.confirm_file_id IS NULL
           ORDER BY r.file_owed_by LIMIT $2"#,
        owner.0,
        limit
    )
    .fetch_all(conn)
    .await?)
}

/// The deal of the customer, other than this one, whose requirement was confirmed last.
pub async fn last_confirmed(
    conn: &mut PgConnection,
    customer: CustomerId,
    except: DealId,
) -> Result<Option<(DealId, i32)>, StoreError> {
    let row = sqlx::query!(
        "SELECT r.deal_id, r.version_no FROM requirement r JOIN deal d ON d.id = r.deal_id
         WHERE d.customer_id = $1 AND d.id <> $2 AND r.status = 'confirmed' ORDER BY r.confirmed_at DESC, r.id LIMIT 1",
        customer.0,
        except.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|r| (DealId(r.deal_id), r.version_no)))
}

/// Whether the file belongs to a confidential requirement, of whatever version.
pub async fn is_confidential_file(conn: &mut PgConnection, file: AttachmentId) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (
            SELECT FROM requirement r WHERE r.is_confidential
            AND (r.confirm_file_id = $1 OR r.id IN (SELECT f.requirement_id FROM requirement_file f WHERE f.attachment_id = $1))) AS "is!""#,
        file.0
    )
    .fetch_one(conn)
    .await?)
}
