//! The clauses of the purchase-and-sale contract (DOMAIN 1.5): texts with gaps that the order fills.
//!
//! A published set never changes; an order keeps the version it was confirmed with.

use super::codes::codes;
use super::input;
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

/// What is wrong with a text of clauses; numbers count the clauses from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClauseFlaw {
    Empty,
    TooMany,
    Title { number: usize },
    Text { number: usize },
    UnknownGap { number: usize, name: String },
}

/// Reads clauses set apart by empty lines, the first line of each being its title; tells the first flaw.
pub fn parse(raw: &str) -> Result<Vec<Clause>, ClauseFlaw> {
    let mut blocks: Vec<Vec<&str>> = vec![Vec::new()];
    for line in raw.lines().map(str::trim) {
        match (line.is_empty(), blocks.last_mut()) {
            (false, Some(block)) => block.push(line),
            (true, Some(block)) if !block.is_empty() => blocks.push(Vec::new()),
            _ => {}
        }
    }
    blocks.retain(|block| !block.is_empty());
    if blocks.is_empty() {
        return Err(ClauseFlaw::Empty);
    }
    if blocks.len() > MAX_CLAUSES {
        return Err(ClauseFlaw::TooMany);
    }
    blocks.iter().enumerate().map(|(i, block)| clause(i + 1, block)).collect()
}

fn clause(number: usize, block: &[&str]) -> Result<Clause, ClauseFlaw> {
    let (title, lines) = block.split_first().ok_or(ClauseFlaw::Empty)?;
    let title = input::text(title, 1, MAX_TITLE).map_err(|_| ClauseFlaw::Title { number })?;
    let text = input::long_text(&lines.join("\n"), 1, MAX_TEXT).map_err(|_| ClauseFlaw::Text { number })?;
    match unknown_gap(&title).or_else(|| unknown_gap(&text)) {
        Some(name) => Err(ClauseFlaw::UnknownGap { number, name: name.to_owned() }),
        None => Ok(Clause { title, text }),
    }
}

/// The text that `parse` reads back.
pub fn write(clauses: &[Clause]) -> String {
    clauses.iter().map(|c| format!("{}\n{}", c.title, c.text)).collect::<Vec<_>>().join("\n\n")
}

codes! {
    /// What a gap stands for; the code stands between braces.
    Gap {
        Seller = "seller", Buyer = "buyer", OrderNo = "order_no", QuoteNo = "quote_no",
        DeliveryDate = "delivery_date", Place = "place", DeliveryMode = "delivery_mode",
        FreightPayer = "freight_payer", Warranty = "warranty", InspectionDays = "inspection_days",
        Total = "total", Capital = "capital",
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
        Piece::Braced(name) if Gap::parse(name).is_none() => Some(name),
        _ => None,
    })
}

/// The text with every gap filled; what is filled in is not searched for gaps again.
pub fn fill(text: &str, value: impl Fn(Gap) -> String) -> String {
    pieces(text)
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.to_owned(),
            Piece::Braced(name) => Gap::parse(name).map_or_else(|| format!("{{{name}}}"), &value),
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
            other => other.code().to_uppercase(),
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
    fn a_text_is_read_clause_by_clause_and_written_back() {
        let raw = "\r\n验收\r\n七日内验收。\r\n逾期视为合格。\r\n\r\n\r\n争议\r\n由法院管辖 {seller}。\r\n";
        let clauses = parse(raw).unwrap();
        assert_eq!(clauses.len(), 2);
        assert_eq!((clauses[0].title.as_str(), clauses[0].text.as_str()), ("验收", "七日内验收。\n逾期视为合格。"));
        assert_eq!(parse(&write(&clauses)), Ok(clauses));
    }

    #[test]
    fn flaws_name_the_clause() {
        assert_eq!(parse(" \n \n"), Err(ClauseFlaw::Empty));
        assert_eq!(parse("标题\n内容\n\n只有标题"), Err(ClauseFlaw::Text { number: 2 }));
        assert_eq!(parse(&format!("{}\n内容", "长".repeat(61))), Err(ClauseFlaw::Title { number: 1 }));
        assert_eq!(parse("标题\n{sellr} 交货"), Err(ClauseFlaw::UnknownGap { number: 1, name: "sellr".to_owned() }));
        assert_eq!(parse(&"标题\n内容\n\n".repeat(31)), Err(ClauseFlaw::TooMany));
    }

    #[test]
    fn every_gap_has_its_name_and_others_are_told() {
        for gap in Gap::ALL {
            assert_eq!(unknown_gap(&format!("a {{{}}} b", gap.code())), None);
        }
        assert_eq!(unknown_gap("{seller} {sellers}"), Some("sellers"));
        assert_eq!(unknown_gap("{} empty"), Some(""));
        assert_eq!(unknown_gap("open { brace"), None);
    }
}
