//! How a figure is read: its value with the unit, what it was made of, and how it is spread.

use crate::domain::money::{format_money, format_quantity};
use crate::domain::report::figure::shown;
use crate::domain::report::{Figure, Kpi, Shape, Unit};
use crate::store::reports::Distribution;
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

/// Working minutes of a row, in hours like the natural time they stand under.
pub fn working(t: Lang, minutes: Decimal) -> String {
    t.reports_working_hours(format!("{:.1}", shown(Unit::WorkingHours, minutes)))
}

/// "3 of 4", or how many cases a mean has.
pub fn made_of(t: Lang, figure: &Figure) -> String {
    let sums = &figure.sums;
    match figure.kpi.shape() {
        _ if figure.value.is_none() => t.reports_no_rows().to_owned(),
        Shape::Ratio if matches!(figure.kpi, Kpi::ConversionAmount | Kpi::Discount) => {
            t.reports_of(format_money(sums.numerator), format_money(sums.denominator))
        }
        Shape::Ratio => {
            t.reports_of(format_quantity(sums.numerator.normalize()), format_quantity(sums.denominator.normalize()))
        }
        Shape::Mean => {
            let cases = cases(t, sums.count);
            match figure.second {
                Some(working) => format!("{cases} · {}", t.reports_working_hours(format!("{working:.1}"))),
                None => cases,
            }
        }
        Shape::Sum => cases(t, sums.count),
    }
}

fn cases(t: Lang, count: i64) -> String {
    if count == 1 { t.reports_case_one().to_owned() } else { t.reports_cases(count) }
}

/// The median and the value that nine of ten keep within, with working time beside natural time.
pub struct Spread {
    pub median: String,
    pub p90: String,
    pub working: Option<(String, String)>,
}

impl Spread {
    pub fn of(t: Lang, kpi: Kpi, spread: &Distribution) -> Option<Self> {
        let read = |value| in_unit(t, kpi.unit(), shown(kpi.unit(), value));
        let working = |value| in_unit(t, Unit::WorkingHours, shown(Unit::WorkingHours, value));
        Some(Self {
            median: read(spread.median?),
            p90: read(spread.p90?),
            working: match (kpi.unit(), spread.second_median, spread.second_p90) {
                (Unit::NaturalHours, Some(median), Some(p90)) => Some((working(median), working(p90))),
                _ => None,
            },
        })
    }
}
