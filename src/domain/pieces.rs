//! Things that are counted come in whole pieces (DOMAIN 1.2): half a display is neither packed nor signed for.

use super::requirement::COUNTABLE;
use rust_decimal::Decimal;

/// Whether so much of this unit can be: of counted things no fraction.
pub fn is_possible(unit: &str, quantity: Decimal) -> bool {
    !COUNTABLE.contains(&unit) || quantity.fract().is_zero()
}
