//! Facts added up into what is shown. Division by nothing shows "—", never zero (DOMAIN 10).

use super::kpi::{Kpi, Shape, Unit};
use crate::domain::money::round_places;
use rust_decimal::Decimal;

/// The sums of the facts of one key figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    pub numerator: Decimal,
    pub denominator: Decimal,
    pub second: Decimal,
    /// How many facts.
    pub count: i64,
}

impl Sums {
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            numerator: self.numerator + other.numerator,
            denominator: self.denominator + other.denominator,
            second: self.second + other.second,
            count: self.count + other.count,
        }
    }
}

/// A key figure ready to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    pub kpi: Kpi,
    /// Per cent, hours, days, yuan or score with the decimals it is shown with; `None` shows "—".
    pub value: Option<Decimal>,
    /// Mean working hours beside natural ones.
    pub second: Option<Decimal>,
    pub sums: Sums,
}

impl Figure {
    pub fn of(kpi: Kpi, sums: Sums) -> Self {
        let over = |numerator: Decimal| (!sums.denominator.is_zero()).then(|| numerator / sums.denominator);
        let raw = match kpi.shape() {
            Shape::Ratio | Shape::Mean => over(sums.numerator),
            Shape::Sum => (sums.count > 0).then_some(sums.numerator),
        };
        let second = matches!(kpi.unit(), Unit::NaturalHours).then(|| over(sums.second)).flatten();
        Self { kpi, value: raw.map(|v| shown(kpi.unit(), v)), second: second.map(hours), sums }
    }
}

/// A numerator in the figure's unit, with the decimals it is shown with.
pub fn shown(unit: Unit, raw: Decimal) -> Decimal {
    match unit {
        Unit::Percent => round_places(raw * Decimal::ONE_HUNDRED, 1),
        Unit::NaturalHours | Unit::WorkingHours => hours(raw),
        Unit::Days | Unit::Score => round_places(raw, 1),
        Unit::Money => round_places(raw, 2),
        Unit::Count => round_places(raw, 0),
    }
}

fn hours(minutes: Decimal) -> Decimal {
    round_places(minutes / Decimal::from(60), 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal::dec;

    fn sums(numerator: Decimal, denominator: Decimal) -> Sums {
        Sums { numerator, denominator, second: Decimal::ZERO, count: 1 }
    }

    #[test]
    fn one_of_thirteen_is_seven_point_seven_per_cent() {
        let figure = Figure::of(Kpi::OverdueRate, sums(dec!(1), dec!(13)));
        assert_eq!(figure.value, Some(dec!(7.7)));
        assert_eq!(Figure::of(Kpi::FirstPass, sums(dec!(3), dec!(4))).value, Some(dec!(75.0)));
    }

    #[test]
    fn nothing_over_nothing_is_no_figure() {
        assert_eq!(Figure::of(Kpi::OnTime, Sums::default()).value, None);
        assert_eq!(Figure::of(Kpi::OverdueAmount, Sums::default()).value, None);
    }

    #[test]
    fn hours_round_half_up_to_one_decimal() {
        let minutes = |m: Decimal| Figure::of(Kpi::NodeTime, sums(m, dec!(1))).value;
        assert_eq!(minutes(dec!(1375)), Some(dec!(22.9)));
        assert_eq!(minutes(dec!(75)), Some(dec!(1.3)), "1.25 hours");
        let cycle = Figure::of(Kpi::OrderCycle, Sums { second: dec!(415), ..sums(dec!(1375), dec!(1)) });
        assert_eq!((cycle.value, cycle.second), (Some(dec!(22.9)), Some(dec!(6.9))));
    }
}
