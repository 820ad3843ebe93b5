//! Suggests the size band of a customer from its industry, staff and revenue (DOMAIN 1.1 A).
//!
//! Limits are those of the national statistical rule of 2017; both lower limits of a band must
//! hold. Only a suggestion: a person may choose another band.

use super::customer::{Industry, SizeBand};
use rust_decimal::Decimal;

/// The lower limits of one band: staff, and yearly revenue in units of 10,000 yuan. `None` where
/// the rule does not look at that figure.
type Limits = (Option<i64>, Option<i64>);

const fn both(staff: i64, revenue: i64) -> Limits {
    (Some(staff), Some(revenue))
}

const fn staff(staff: i64) -> Limits {
    (Some(staff), None)
}

const fn revenue(revenue: i64) -> Limits {
    (None, Some(revenue))
}

/// Large, medium, small. Sections that the rule divides further use the part that buys in bulk:
/// wholesale, transport, software. Assets are not known here and are left out.
const fn limits(industry: Industry) -> [Limits; 3] {
    match industry {
        Industry::A => [revenue(20_000), revenue(500), revenue(50)],
        Industry::B | Industry::C | Industry::D => [both(1_000, 40_000), both(300, 2_000), both(20, 300)],
        Industry::E => [revenue(80_000), revenue(6_000), revenue(300)],
        Industry::F => [both(200, 40_000), both(20, 5_000), both(5, 1_000)],
        Industry::G => [both(1_000, 30_000), both(300, 3_000), both(20, 200)],
        Industry::H => [both(300, 10_000), both(100, 2_000), both(10, 100)],
        Industry::I => [both(300, 10_000), both(100, 1_000), both(10, 50)],
        Industry::K => [revenue(200_000), revenue(1_000), revenue(100)],
        _ => [staff(300), staff(100), staff(10)],
    }
}

/// The band that the figures point to. A figure that is not known is not judged; `None` when
/// nothing that the rule looks at is known. Revenue is in units of 10,000 yuan a year.
pub fn suggest_size_band(industry: Industry, staff: Option<i64>, revenue_wan: Option<Decimal>) -> Option<SizeBand> {
    let bands = limits(industry);
    let judged = bands.iter().any(|(s, r)| (s.is_some() && staff.is_some()) || (r.is_some() && revenue_wan.is_some()));
    let reaches = |(least_staff, least_revenue): &Limits| {
        let enough_staff = least_staff.zip(staff).is_none_or(|(least, is)| is >= least);
        let enough_revenue = least_revenue.zip(revenue_wan).is_none_or(|(least, is)| is >= Decimal::from(least));
        enough_staff && enough_revenue
    };
    let found =
        bands.iter().zip([SizeBand::Large, SizeBand::Medium, SizeBand::Small]).find(|(limits, _)| reaches(limits));
    judged.then(|| found.map_or(SizeBand::Micro, |(_, band)| band))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn band(industry: Industry, staff: i64, revenue: i64) -> Option<SizeBand> {
        suggest_size_band(industry, Some(staff), Some(Decimal::from(revenue)))
    }

    #[test]
    fn the_limits_of_industry_and_software_are_inclusive() {
        assert_eq!(band(Industry::C, 1_000, 40_000), Some(SizeBand::Large));
        assert_eq!(band(Industry::C, 999, 40_000), Some(SizeBand::Medium));
        assert_eq!(band(Industry::C, 300, 2_000), Some(SizeBand::Medium));
        assert_eq!(band(Industry::C, 20, 300), Some(SizeBand::Small));
        assert_eq!(band(Industry::C, 19, 300), Some(SizeBand::Micro));
        assert_eq!(band(Industry::I, 180, 6_500), Some(SizeBand::Medium));
        assert_eq!(band(Industry::I, 10, 50), Some(SizeBand::Small));
    }

    #[test]
    fn both_limits_must_hold() {
        assert_eq!(band(Industry::C, 5_000, 39_999), Some(SizeBand::Medium));
        assert_eq!(band(Industry::C, 5_000, 299), Some(SizeBand::Micro));
    }

    #[test]
    fn a_figure_that_is_not_known_is_not_judged() {
        assert_eq!(suggest_size_band(Industry::C, Some(350), None), Some(SizeBand::Medium));
        assert_eq!(suggest_size_band(Industry::C, None, Some(Decimal::from(300))), Some(SizeBand::Small));
        assert_eq!(suggest_size_band(Industry::C, None, None), None);
        assert_eq!(suggest_size_band(Industry::L, None, Some(Decimal::from(300))), None);
        assert_eq!(suggest_size_band(Industry::A, Some(5), None), None);
    }
}
