//! Customer archives: rows to `Customer` and back.

use super::credit::{self, OwedRow};
use super::error::{known, known_opt};
use super::feedback::{self, LessonRow};
use super::{StoreError, Tx};
use crate::domain::credit::CreditFacts;
use crate::domain::credit_code::CreditCode;
use crate::domain::customer::{
    Contact, ContactRank, ContactRole, Customer, CustomerConfirmMethod, CustomerConfirmation, CustomerProfile,
    CustomerStatus, CustomerType, Grade, Industry, InvoiceKind, ManagersWord, Mark, PreferredChannel, RegistryStatus,
    SizeBand, Source, TaxpayerKind, Verification, VerifyChannel,
};
use crate::domain::feedback::Lesson;
use crate::domain::ids::{AttachmentId, CustomerId, PersonId};
use crate::domain::search::sound;
use crate::domain::special_need::{NeedCategory, SpecialNeed};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

const TABLE: &str = "customer";

/// A row of `contact`, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
struct ContactRow {
    id: Uuid,
    name: String,
    title: String,
    rank: String,
    roles: Vec<String>,
    mobile: Option<String>,
    landline: Option<String>,
    email: Option<String>,
    wechat: Option<String>,
    preferred_channel: Option<String>,
    is_active: bool,
}

/// A row of `customer_need`, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
struct NeedRow {
    category: String,
    text: String,
}

/// An archive with what is known of the customer beside it.
pub struct Known {
    pub customer: Customer,
    /// What the customer complained about and we have not made our standard yet, newest first.
    pub lessons: Vec<Lesson>,
    pub credit: CreditFacts,
}

pub async fn load(conn: &mut PgConnection, id: CustomerId) -> Result<Option<Known>, StoreError> {
    let Some(r) = sqlx::query!(
        r#"SELECT c.*, p.manager_id AS "owner_manager?",
            ARRAY(SELECT ROW (k.id, k.name, k.title, k.rank, k.roles, k.mobile, k.landline, k.email, k.wechat, k.preferred_channel, k.is_active)
                FROM contact k WHERE k.customer_id = c.id ORDER BY k.position) AS "contacts!: Vec<ContactRow>",
            ARRAY(SELECT ROW (n.category, n.text) FROM customer_need n WHERE n.customer_id = c.id ORDER BY n.position) AS "needs!: Vec<NeedRow>",
            ARRAY(SELECT ROW (f.no, f.category, f.status, f.received_at, f.content, f.lesson, f.lesson_closed_at, fd.owner_id, fw.manager_id)
                FROM feedback f LEFT JOIN sales_order fo ON fo.id = f.order_id LEFT JOIN deal fd ON fd.id = fo.deal_id
                    LEFT JOIN person fw ON fw.id = fd.owner_id WHERE f.customer_id = c.id AND f.kind = 'complaint' AND f.status NOT IN ('draft','dismissed')
                    AND (f.status <> 'closed' OR (f.lesson IS NOT NULL AND f.lesson_closed_at IS NULL))
                ORDER BY f.received_at DESC, f.no DESC LIMIT 20) AS "lessons!: Vec<LessonRow>",
            (SELECT ROW (COALESCE(sum(w.open) FILTER (WHERE w.is_receivable), 0), COALESCE(sum(w.open) FILTER (WHERE NOT w.is_receivable), 0),
                    min(w.due_on) FILTER (WHERE w.is_receivable), (SELECT t.tolerated_until FROM credit_terms t WHERE t.customer_id = c.id ORDER BY t.no DESC LIMIT 1))
                FROM (SELECT m.amount - m.received AS open, o.status IN ('shipped','signed','completed','short_closed') AS is_receivable,
                        m.due_on
                    FROM deal d JOIN sales_order o ON o.deal_id = d.id JOIN milestone m ON m.order_id = o.id
                    WHERE d.customer_id = c.id AND o.status NOT IN ('draft','cancelled') AND m.received < m.amount
                        AND (m.trigger = 'after_warranty' OR m.trigger IN ('after_sign_off','on_acceptance')
                            AND (m.days > 0 OR o.status IN ('shipped','signed','completed','short_closed')))
                    UNION ALL
                    SELECT r.amount, true, r.due_on FROM opening_receivable r WHERE r.customer_id = c.id AND r.settled_on IS NULL) w) AS "owed!: OwedRow"
           FROM customer c JOIN person p ON p.id = c.owner_id WHERE c.id = $1"#,
        id.0
    )
    .fetch_optional(&mut *conn)
    .await?
    else {
        return Ok(None);
    };
    let contacts = r.contacts.into_iter().map(contact).collect::<Result<_, _>>()?;
    let special = r
        .needs
        .into_iter()
        .map(|n| {
            let category = known("customer_need", "category", &n.category, NeedCategory::parse)?;
            Ok(SpecialNeed { category, text: n.text })
        })
        .collect::<Result<_, StoreError>>()?;
    let uscc = r
        .uscc
        .as_deref()
        .map(|code| {
            // A manager may have taken over a code whose check character is wrong.
            CreditCode::parse_despite_check(code).map_err(|_| StoreError::Inconsistent {
                table: TABLE,
                column: "uscc",
                value: code.to_owned(),
            })
        })
        .transpose()?;
    let verification = match (r.verified_by, r.verified_at, r.verify_channel.as_deref()) {
        (Some(by), Some(at), Some(channel)) => Some(Verification {
            by: PersonId(by),
            at,
            channel: known(TABLE, "verify_channel", channel, VerifyChannel::parse)?,
        }),
        _ => None,
    };
    let confirmation = match (r.confirmed_by, r.confirmed_at, r.confirm_method.as_deref(), r.confirm_contact) {
        (Some(by), Some(at), Some(method), Some(contact)) => Some(CustomerConfirmation {
            method: known(TABLE, "confirm_method", method, CustomerConfirmMethod::parse)?,
            contact,
            note: r.confirm_note,
            file: r.confirm_file_id.map(AttachmentId),
            by: PersonId(by),
            at,
        }),
        _ => None,
    };
    let credit = credit::facts(r.credit_limit, &r.owed);
    let lessons = r.lessons.into_iter().map(feedback::lesson).collect::<Result<_, _>>()?;
    let customer = Customer {
        id,
        no: r.customer_no,
        version: r.version,
        status: known(TABLE, "status", &r.status, CustomerStatus::parse)?,
        owner: PersonId(r.owner_id),
        owner_manager: r.owner_manager.map(PersonId),
        grade: known(TABLE, "grade", &r.grade, Grade::parse)?,
        license: r.license_file_id.map(AttachmentId),
        verification,
        confirmation,
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
        profile: CustomerProfile {
            legal_name: r.legal_name,
            short_name: r.short_name,
            uscc,
            customer_type: known_opt(TABLE, "customer_type", r.customer_type.as_deref(), CustomerType::parse)?,
            industry: known_opt(TABLE, "industry", r.industry.as_deref(), Industry::parse)?,
            employee_count: r.employee_count,
            annual_revenue_wan: r.annual_revenue_wan,
            size_band: known_opt(TABLE, "size_band", r.size_band.as_deref(), SizeBand::parse)?,
            founded_on: r.founded_on,
            main_business: r.main_business,
            legal_rep: r.legal_rep,
            registered_capital_wan: r.registered_capital_wan,
            registry_status: known_opt(TABLE, "registry_status", r.registry_status.as_deref(), RegistryStatus::parse)?,
            province: r.province,
            city: r.city,
            district: r.district,
            address_detail: r.address_detail,
            phone: r.phone,
            source: known_opt(TABLE, "source", r.source.as_deref(), Source::parse)?,
            taxpayer_kind: known_opt(TABLE, "taxpayer_kind", r.taxpayer_kind.as_deref(), TaxpayerKind::parse)?,
            invoice_kind: known_opt(TABLE, "invoice_kind", r.invoice_kind.as_deref(), InvoiceKind::parse)?,
            invoice_title: r.invoice_title,
            invoice_tax_no: r.invoice_tax_no,
            bank_name: r.bank_name,
            bank_account: r.bank_account,
            invoice_delivery: r.invoice_delivery,
            carrier_wish: r.carrier_wish,
            contacts,
            business_province: r.business_province,
            business_city: r.business_city,
            business_district: r.business_district,
            business_detail: r.business_detail,
            special,
            is_confidential: r.is_confidential,
            confidentiality: r.confidentiality,
            invoice_need: known_opt(TABLE, "invoice_need", r.invoice_need.as_deref(), InvoiceKind::parse)?,
            invoice_need_note: r.invoice_need_note,
            special_needs: None,
        },
    };
    Ok(Some(Known { customer, lessons, credit }))
}

pub(super) fn word(by: Option<Uuid>, at: Option<DateTime<Utc>>, text: Option<String>) -> Option<ManagersWord> {
    Some(ManagersWord { by: PersonId(by?), at: at?, text: text? })
}

fn contact(r: ContactRow) -> Result<Contact, StoreError> {
    Ok(Contact {
        id: r.id.into(),
        name: r.name,
        title: r.title,
        rank: known("contact", "rank", &r.rank, ContactRank::parse)?,
        roles: r
            .roles
            .iter()
            .map(|role| known("contact", "roles", role, ContactRole::parse))
            .collect::<Result<_, _>>()?,
        mobile: r.mobile,
        landline: r.landline,
        email: r.email,
        wechat: r.wechat,
        preferred_channel: known_opt(
            "contact",
            "preferred_channel",
            r.preferred_channel.as_deref(),
            PreferredChannel::parse,
        )?,
        is_active: r.is_active,
    })
}

pub async fn draft(
    tx: &mut Tx,
    id: CustomerId,
    no: &str,
    owner: PersonId,
    grade: Grade,
    profile: &CustomerProfile,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO customer (id, customer_no, version, status, is_credit_hold, is_blacklisted, is_inactive, owner_id, legal_name, grade,
            credit_limit, credit_days, opening_order_count, opening_total, created_at, updated_at)
         VALUES ($1, $2, 1, 'draft', false, false, false, $3, $4, $5, 0, 0, 0, 0, $6, $6)",
        id.0, no, owner.0, profile.legal_name, grade.code(), now
    )
    .execute(tx.conn())
    .await?;
    save(tx, id, profile).await
}

pub async fn save(tx: &mut Tx, id: CustomerId, p: &CustomerProfile) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE customer SET legal_name = $2, short_name = $3, uscc = $4, customer_type = $5, industry = $6, employee_count = $7,
            annual_revenue_wan = $8, size_band = $9, founded_on = $10, main_business = $11, legal_rep = $12, registered_capital_wan = $13,
            registry_status = $14, province = $15, city = $16, district = $17, address_detail = $18, phone = $19, source = $20,
            taxpayer_kind = $21, invoice_kind = $22, invoice_title = $23, invoice_tax_no = $24, bank_name = $25, bank_account = $26,
            invoice_delivery = $27, carrier_wish = $28, business_province = $29, business_city = $30, business_district = $31,
            business_detail = $32, is_confidential = $33, confidentiality = $34, invoice_need = $35, invoice_need_note = $36,
            registry_note = CASE WHEN registry_status IS DISTINCT FROM $14 THEN NULL ELSE registry_note END,
            registry_noted_by = CASE WHEN registry_status IS DISTINCT FROM $14 THEN NULL ELSE registry_noted_by END,
            registry_noted_at = CASE WHEN registry_status IS DISTINCT FROM $14 THEN NULL ELSE registry_noted_at END,
            code_override = CASE WHEN uscc IS DISTINCT FROM $4 THEN NULL ELSE code_override END,
            code_override_by = CASE WHEN uscc IS DISTINCT FROM $4 THEN NULL ELSE code_override_by END,
            code_override_at = CASE WHEN uscc IS DISTINCT FROM $4 THEN NULL ELSE code_override_at END,
            pinyin = $37
            WHERE id = $1",
        id.0, p.legal_name, p.short_name.as_deref(), p.uscc.as_ref().map(CreditCode::as_str), p.customer_type.map(CustomerType::code),
        p.industry.map(Industry::code), p.employee_count, p.annual_revenue_wan, p.size_band.map(SizeBand::code), p.founded_on,
        p.main_business.as_deref(), p.legal_rep.as_deref(), p.registered_capital_wan, p.registry_status.map(RegistryStatus::code),
        p.province.as_deref(), p.city.as_deref(), p.district.as_deref(), p.address_detail.as_deref(), p.phone.as_deref(),
        p.source.map(Source::code), p.taxpayer_kind.map(TaxpayerKind::code), p.invoice_kind.map(InvoiceKind::code),
        p.invoice_title.as_deref(), p.invoice_tax_no.as_deref(), p.bank_name.as_deref(), p.bank_account.as_deref(),
        p.invoice_delivery.as_deref(), p.carrier_wish.as_deref(), p.business_province.as_deref(), p.business_city.as_deref(),
        p.business_district.as_deref(), p.business_detail.as_deref(), p.is_confidential, p.confidentiality.as_deref(),
        p.invoice_need.map(InvoiceKind::code), p.invoice_need_note.as_deref(), sound(&p.legal_name, p.short_name.as_deref())
    )
    .execute(tx.conn())
    .await?;
    super::archive::save_needs(tx, id, &p.needs()).await?;
    let kept: Vec<uuid::Uuid> = p.contacts.iter().map(|c| c.id.0).collect();
    sqlx::query!("DELETE FROM contact WHERE customer_id = $1 AND NOT (id = ANY ($2))", id.0, &kept)
        .execute(tx.conn())
        .await?;
    // Out of the way first, so that contacts may change places.
    sqlx::query!(
        "UPDATE contact SET position = position + 25, rank = 'backup' WHERE customer_id = $1 AND position <= 25",
        id.0
    )
    .execute(tx.conn())
    .await?;
    for (i, c) in p.contacts.iter().enumerate() {
        let roles: Vec<String> = c.roles.iter().map(|r| r.code().to_owned()).collect();
        sqlx::query!(
            "INSERT INTO contact (id, customer_id, position, name, title, rank, roles, mobile, landline, email, wechat, preferred_channel, is_active)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
             ON CONFLICT (id) DO UPDATE SET position = excluded.position, name = excluded.name, title = excluded.title, rank = excluded.rank,
                roles = excluded.roles, mobile = excluded.mobile, landline = excluded.landline, email = excluded.email, wechat = excluded.wechat,
                preferred_channel = excluded.preferred_channel, is_active = excluded.is_active",
            c.id.0, id.0, i32::try_from(i).unwrap_or(0) + 1, c.name, c.title, c.rank.code(), &roles, c.mobile.as_deref(), c.landline.as_deref(),
            c.email.as_deref(), c.wechat.as_deref(), c.preferred_channel.map(PreferredChannel::code), c.is_active
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

pub async fn set_status(tx: &mut Tx, id: CustomerId, status: CustomerStatus) -> Result<(), StoreError> {
    sqlx::query!("UPDATE customer SET status = $2 WHERE id = $1", id.0, status.code()).execute(tx.conn()).await?;
    Ok(())
}

pub async fn set_license(tx: &mut Tx, id: CustomerId, file: AttachmentId) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE customer SET license_file_id = $2, verified_by = NULL, verified_at = NULL WHERE id = $1",
        id.0,
        file.0
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn set_verified(tx: &mut Tx, id: CustomerId, v: &Verification, on: NaiveDate) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE customer SET verified_by = $2, verified_at = $3, verify_channel = $4, last_verified_on = $5 WHERE id = $1",
        id.0, v.by.0, v.at, v.channel.code(), on
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn set_confirmed(tx: &mut Tx, id: CustomerId, c: &CustomerConfirmation) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE customer SET confirmed_by = $2, confirmed_at = $3, confirm_method = $4, confirm_contact = $5, confirm_note = $6,
            confirm_file_id = $7 WHERE id = $1",
        id.0, c.by.0, c.at, c.method.code(), c.contact, c.note.as_deref(), c.file.map(|f| f.0)
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn set_archived(tx: &mut Tx, id: CustomerId, next_review_on: NaiveDate) -> Result<(), StoreError> {
    sqlx::query!("UPDATE customer SET status = 'archived', next_review_on = $2 WHERE id = $1", id.0, next_review_on)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// An archive that was reopened waits for the customer's word again.
pub async fn reopen(tx: &mut Tx, id: CustomerId) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE customer SET status = 'pending_confirmation', confirmed_by = NULL, confirmed_at = NULL WHERE id = $1",
        id.0
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What was verified is no longer what stands here; an archive stands open until it is verified again.
pub async fn lapse(tx: &mut Tx, id: CustomerId) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE customer SET status = CASE WHEN status = 'archived' THEN 'pending_confirmation' ELSE status END,
            verified_by = NULL, verified_at = NULL WHERE id = $1",
        id.0
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The customer's version moves with every change; the caller holds the row.
pub async fn touch(tx: &mut Tx, id: CustomerId, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!("UPDATE customer SET version = version + 1, updated_at = $2 WHERE id = $1", id.0, now)
        .execute(tx.conn())
        .await?;
    Ok(())
}
