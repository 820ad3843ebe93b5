//! The clauses of the purchase-and-sale contract (DOMAIN 1.5): texts with gaps that the order fills.
//!
//! A published set never changes; an order keeps the version it was confirmed with.

use serde::{Deserialize, Serialize};

/// Clauses of one set in one language, and the longest title and text.
pub const MAX_CLAUSES: usize = 30;
pub const MAX_TITLE: usize = 60;
pub const MAX_TEXT: usize = 2000;

/// One clause as drafted, with its gaps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clause {
    pub title: String,
    pub text: String,
}

/// What a gap stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    Seller,
    Buyer,
    OrderNo,
    QuoteNo,
    DeliveryDate,
    Place,
    DeliveryMode,
    FreightPayer,
    Warranty,
    InspectionDays,
    Total,
    Capital,
}

impl Gap {
    pub const ALL: [Self; 12] = [
        Self::Seller,
        Self::Buyer,
        Self::OrderNo,
        Self::QuoteNo,
        Self::DeliveryDate,
        Self::Place,
        Self::DeliveryMode,
        Self::FreightPayer,
        Self::Warranty,
        Self::InspectionDays,
        Self::Total,
        Self::Capital,
    ];

    /// As it is written between braces.
    pub fn name(self) -> &'static str {
        match self {
            Self::Seller => "seller",
            Self::Buyer => "buyer",
            Self::OrderNo => "order_no",
            Self::QuoteNo => "quote_no",
            Self::DeliveryDate => "delivery_date",
            Self::Place => "place",
            Self::DeliveryMode => "delivery_mode",
            Self::FreightPayer => "freight_payer",
            Self::Warranty => "warranty",
            Self::InspectionDays => "inspection_days",
            Self::Total => "total",
            Self::Capital => "capital",
        }
    }

    fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|gap| gap.name() == name)
    }
}

enum Piece<'a> {
    Text(&'a str),
    Braced(&'a str),
}

/// A text cut at its braces; a brace without its partner is text.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, behind)) = after.split_once('}') else { break };
        out.push(Piece::Text(before));
        out.push(Piece::Braced(name));
        rest = behind;
    }
    out.push(Piece::Text(rest));
    out
}

/// The first gap that nothing can fill.
pub fn unknown_gap(text: &str) -> Option<&str> {
    pieces(text).into_iter().find_map(|piece| match piece {
        Piece::Braced(name) if Gap::of(name).is_none() => Some(name),
        _ => None,
    })
}

/// The text with every gap filled; what is filled in is not searched for gaps again.
pub fn fill(text: &str, value: impl Fn(Gap) -> String) -> String {
    pieces(text)
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.to_owned(),
            Piece::Braced(name) => Gap::of(name).map_or_else(|| format!("{{{name}}}"), &value),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(gap: Gap) -> String {
        match gap {
            Gap::Seller => "{buyer}".to_owned(),
            Gap::InspectionDays => "7".to_owned(),
            other => other.name().to_uppercase(),
        }
    }

    #[test]
    fn gaps_are_filled_once() {
        assert_eq!(
            fill("{seller} 应在 {inspection_days} 日内，{odd} {place", value),
            "{buyer} 应在 7 日内，{odd} {place"
        );
        assert_eq!(fill("", value), "");
    }

    #[test]
    fn every_gap_has_its_name_and_others_are_told() {
        for gap in Gap::ALL {
            assert_eq!(unknown_gap(&format!("a {{{}}} b", gap.name())), None);
        }
        assert_eq!(unknown_gap("{seller} {sellers}"), Some("sellers"));
        assert_eq!(unknown_gap("{} empty"), Some(""));
        assert_eq!(unknown_gap("open { brace"), None);
    }
}
