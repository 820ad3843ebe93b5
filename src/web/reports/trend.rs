//! A trend as a picture: an SVG with presentation attributes only. The same values always stand
//! beside it as text.

use super::reading;
use crate::domain::money::round_places;
use crate::domain::report::{Figure, Month};
use crate::wording::Lang;
use rust_decimal::Decimal;

/// One month of a drawn trend, in the units of the picture.
pub struct Bar {
    pub x: String,
    pub y: String,
    pub width: String,
    pub height: String,
    pub label: String,
    pub value: String,
    pub label_x: String,
    pub is_last: bool,
}

/// A drawn trend.
pub struct Trend {
    pub width: u32,
    pub height: u32,
    /// Where the bars stand.
    pub ground: u32,
    /// With the months written below.
    pub is_labelled: bool,
    pub bars: Vec<Bar>,
    /// What a reader hears instead of the picture.
    pub spoken: String,
}

impl Trend {
    /// A word-sized picture for a table cell; `None` without a single value.
    pub fn small(t: Lang, figures: &[(Month, Figure)]) -> Option<Self> {
        Self::draw(t, figures, (120, 28), 0)
    }

    /// The picture of one figure's page, with room for labels.
    pub fn large(t: Lang, figures: &[(Month, Figure)]) -> Option<Self> {
        Self::draw(t, figures, (720, 200), 24)
    }

    fn draw(t: Lang, figures: &[(Month, Figure)], (width, height): (u32, u32), foot: u32) -> Option<Self> {
        let highest = figures.iter().filter_map(|(_, f)| f.value).max()?;
        let top = if highest > Decimal::ZERO { highest } else { Decimal::ONE };
        let count = u32::try_from(figures.len()).unwrap_or(1).max(1);
        let slot = Decimal::from(width) / Decimal::from(count);
        let room = Decimal::from(height - foot - 2);
        let text = |value: Decimal| round_places(value, 1).normalize().to_string();
        let bars = figures
            .iter()
            .zip(0_u32..)
            .map(|((month, figure), at)| {
                let tall =
                    figure.value.map_or(Decimal::ZERO, |v| (v.max(Decimal::ZERO) / top * room).max(Decimal::ONE));
                let left = slot * Decimal::from(at);
                Bar {
                    x: text(left + slot / Decimal::from(8)),
                    y: text(Decimal::from(height - foot) - tall),
                    width: text(slot * Decimal::from(3) / Decimal::from(4)),
                    height: text(tall),
                    label: month.to_string(),
                    value: reading::value(t, figure),
                    label_x: text(left + slot / Decimal::from(2)),
                    is_last: at + 1 == count,
                }
            })
            .collect();
        let spoken = figures
            .iter()
            .filter(|(_, f)| f.value.is_some())
            .map(|(month, f)| format!("{month}: {}", reading::value(t, f)))
            .collect::<Vec<_>>()
            .join("; ");
        Some(Self { width, height, ground: height - foot - 1, is_labelled: foot > 0, bars, spoken })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::report::Kpi;
    use crate::domain::report::figure::Sums;
    use rust_decimal::dec;

    fn figure(numerator: Decimal, denominator: Decimal) -> Figure {
        Figure::of(Kpi::OnTime, Sums { numerator, denominator, second: dec!(0), count: 1 })
    }

    #[test]
    fn bars_stand_on_the_ground_and_a_month_without_figure_is_empty() {
        let months = Month::parse("2026-09").unwrap().run_up(3);
        let values = [figure(dec!(1), dec!(2)), figure(dec!(0), dec!(0)), figure(dec!(1), dec!(1))];
        let run: Vec<(Month, Figure)> = months.into_iter().zip(values).collect();
        let trend = Trend::small(Lang::En, &run).expect("a picture");
        let bar = |at: usize| (trend.bars[at].y.clone(), trend.bars[at].height.clone());
        assert_eq!(bar(0), ("15".to_owned(), "13".to_owned()));
        assert_eq!(bar(1).1, "0");
        assert_eq!(bar(2), ("2".to_owned(), "26".to_owned()));
        assert_eq!(trend.spoken, "2026-07: 50.0 %; 2026-09: 100.0 %");
        assert!(Trend::small(Lang::En, &[(run[1].0, run[1].1)]).is_none(), "nothing to draw");
    }
}
