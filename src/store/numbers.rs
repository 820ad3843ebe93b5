//! Document numbers: `CD-20260917-001` and its like, counted per day (customers per year).

use super::{StoreError, Tx};
use chrono::{Datelike, NaiveDate};

/// The prefixes of DOMAIN 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Series {
    Customer,
    Deal,
    Requirement,
    Quote,
    Approval,
    Order,
    Shipment,
    Change,
    Feedback,
    Exception,
}

/// Takes the next number; the row stays locked until the transaction ends, so none is given twice.
pub async fn next(tx: &mut Tx, series: Series, day: NaiveDate) -> Result<String, StoreError> {
    let (prefix, period) = match series {
        Series::Customer => ("KH", day.year().to_string()),
        Series::Deal => ("CD", day.format("%Y%m%d").to_string()),
        Series::Requirement => ("XQ", day.format("%Y%m%d").to_string()),
        Series::Quote => ("BJ", day.format("%Y%m%d").to_string()),
        Series::Approval => ("SP", day.format("%Y%m%d").to_string()),
        Series::Order => ("DD", day.format("%Y%m%d").to_string()),
        Series::Shipment => ("FH", day.format("%Y%m%d").to_string()),
        Series::Change => ("BG", day.format("%Y%m%d").to_string()),
        Series::Feedback => ("TS", day.format("%Y%m%d").to_string()),
        Series::Exception => ("YC", day.format("%Y%m%d").to_string()),
    };
    let last = sqlx::query_scalar!(
        "INSERT INTO number_counter (prefix, period, last) VALUES ($1, $2, 1)
         ON CONFLICT (prefix, period) DO UPDATE SET last = number_counter.last + 1 RETURNING last",
        prefix,
        period
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(match series {
        Series::Customer => format!("{prefix}{period}{last:05}"),
        _ => format!("{prefix}-{period}-{last:03}"),
    })
}

/// Takes as many numbers of customers as are asked for, in order; locked like [`next`].
pub async fn next_customers(tx: &mut Tx, count: usize, day: NaiveDate) -> Result<Vec<String>, StoreError> {
    let Some(wanted) = i32::try_from(count).ok().filter(|n| *n > 0) else { return Ok(Vec::new()) };
    let period = day.year().to_string();
    let last = sqlx::query_scalar!(
        "INSERT INTO number_counter (prefix, period, last) VALUES ('KH', $1, $2)
         ON CONFLICT (prefix, period) DO UPDATE SET last = number_counter.last + $2 RETURNING last",
        period,
        wanted
    )
    .fetch_one(tx.conn())
    .await?;
    Ok((last - wanted + 1..=last).map(|number| format!("KH{period}{number:05}")).collect())
}
