//! How a figure is read: its value with the unit, and what it was made of.

use super::filter::Within;
use crate::domain::calendar::local_date;
use crate::domain::money::{format_money, format_quantity};
use crate::domain::report::figure::{Sums, shown};
use crate::domain::report::{Figure, Kpi, Shape, Unit};
use crate::store::PgConnection;
use crate::store::reports;
use crate::web::Problem;
use crate::wording::Lang;
use rust_decimal::Decimal;

/// Shown where there is nothing to divide by.
pub const NOTHING: &str = "—";

pub fn value(t: Lang, figure: &Figure) -> String {
    figure.value.map_or_else(|| NOTHING.to_owned(), |v| in_unit(t, figure.kpi.unit(), v))
}

/// A value that is in its unit already.
pub fn in_unit(t: Lang, unit: Unit, value: Decimal) -> String {
    match unit {
        Unit::Percent => format!("{value:.1} %"),
        Unit::NaturalHours | Unit::WorkingHours => t.reports_hours(format!("{value:.1}")),
        Unit::Days => t.reports_days(format!("{value:.1}")),
        Unit::Money => format!("¥{}", format_money(value)),
        Unit::Score => format!("{value:.1}"),
        Unit::Count => format_quantity(value),
    }
}

/// A numerator as it stands in a row, in the figure's unit.
pub fn raw(t: Lang, kpi: Kpi, numerator: Decimal) -> String {
    match kpi.unit() {
        Unit::Percent => format_quantity(numerator.normalize()),
        unit => in_unit(t, unit, shown(unit, numerator)),
    }
}

/// "3 of 4", or how many cases a mean has.
pub fn made_of(t: Lang, figure: &Figure) -> String {
    let sums = &figure.sums;
    match figure.kpi.shape() {
        _ if figure.value.is_none() => t.reports_no_rows().to_owned(),
        Shape::Ratio if matches!(figure.kpi, Kpi::ConversionAmount | Kpi::Discount) => {
            t.reports_of(format_money(sums.denominator), format_money(sums.numerator))
        }
        Shape::Ratio => {
            t.reports_of(format_quantity(sums.denominator.normalize()), format_quantity(sums.numerator.normalize()))
        }
        Shape::Mean => {
            let cases = t.reports_cases(sums.count);
            match figure.second {
                Some(working) => format!("{cases} · {}", t.reports_working_hours(format!("{working:.1}"))),
                None => cases,
            }
        }
        Shape::Sum => t.reports_cases(sums.count),
    }
}

/// The sums of a figure that has no month; `None` for the others.
pub async fn of_now(conn: &mut PgConnection, within: &Within, kpi: Kpi) -> Result<Option<Sums>, Problem> {
    let scope = within.scope_of(kpi);
    Ok(match kpi {
        Kpi::CompleteArchives => {
            let today = local_date(within.now);
            Some(reports::complete_archives(conn, &scope, today).await?)
        }
        Kpi::RepeatCustomers => {
            let until = within.month.ends();
            Some(reports::repeat_customers(conn, &scope, within.month.back(11).begins(), until).await?)
        }
        _ => None,
    })
}
