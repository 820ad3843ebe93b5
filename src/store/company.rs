//! The selling company's own row: what documents say of it, and its logo.

use super::{StoreError, Tx};
use crate::domain::company::{Company, Logo, LogoKind};
use sqlx::PgConnection;

pub async fn company(conn: &mut PgConnection) -> Result<(Company, i64), StoreError> {
    let row = sqlx::query!(
        "SELECT company_name, company_name_en, company_phone, company_address, company_tax_no, company_bank, company_account, company_revision FROM installation"
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map_or_else(Default::default, |r| {
        let company = Company {
            name: r.company_name,
            name_en: r.company_name_en,
            phone: r.company_phone,
            address: r.company_address,
            tax_no: r.company_tax_no,
            bank: r.company_bank,
            account: r.company_account,
        };
        (company, r.company_revision)
    }))
}

/// Saves when nobody changed it since `expected`; whether it did.
pub async fn save(tx: &mut Tx, c: &Company, expected: i64) -> Result<bool, StoreError> {
    let saved = sqlx::query!(
        "UPDATE installation SET company_name = $1, company_name_en = $2, company_phone = $3, company_address = $4, company_tax_no = $5,
             company_bank = $6, company_account = $7, company_revision = company_revision + 1 WHERE company_revision = $8",
        c.name, c.name_en, c.phone, c.address, c.tax_no, c.bank, c.account, expected
    )
    .execute(tx.conn())
    .await?;
    Ok(saved.rows_affected() == 1)
}

pub async fn logo(conn: &mut PgConnection) -> Result<Option<Logo>, StoreError> {
    let row = sqlx::query!("SELECT company_logo, company_logo_kind FROM installation").fetch_optional(conn).await?;
    Ok(row.and_then(|r| {
        let kind = r.company_logo_kind.as_deref().and_then(LogoKind::parse)?;
        Some(Logo { kind, content: r.company_logo? })
    }))
}

pub async fn save_logo(tx: &mut Tx, logo: Option<&Logo>) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE installation SET company_logo = $1, company_logo_kind = $2",
        logo.map(|l| l.content.as_slice()),
        logo.map(|l| l.kind.code())
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
