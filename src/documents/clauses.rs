//! Contract clauses with their gaps filled from an order (DOMAIN 1.5).

use crate::domain::calendar::local_date;
use crate::domain::capital::to_capital;
use crate::domain::contract::{Clause, Gap, fill};
use crate::domain::money::format_money;
use crate::domain::order::Order;
use crate::domain::quote::Quote;
use crate::domain::workflow::INSPECTION_DAYS;
use crate::wording::Lang;

/// What the gaps of a contract are filled from.
pub struct Deal<'a> {
    pub seller: &'a str,
    pub buyer: &'a str,
    pub order: &'a Order,
    pub quote: &'a Quote,
}

pub fn filled(t: Lang, clauses: &[Clause], deal: &Deal<'_>) -> Vec<Clause> {
    let value = |gap| match gap {
        Gap::Seller => deal.seller.to_owned(),
        Gap::Buyer => deal.buyer.to_owned(),
        Gap::OrderNo => deal.order.no.clone(),
        Gap::QuoteNo => t.order_page_quote_version(&deal.quote.no, deal.quote.version_no),
        Gap::DeliveryDate => t.date(local_date(deal.order.promised_at)),
        Gap::Place => deal.order.ship_address.clone(),
        Gap::DeliveryMode => t.delivery_mode(deal.quote.terms.delivery_mode).to_owned(),
        Gap::FreightPayer => t.freight_payer(deal.quote.terms.freight_payer).to_owned(),
        Gap::Warranty => deal.quote.terms.warranty.clone(),
        Gap::InspectionDays => INSPECTION_DAYS.to_string(),
        Gap::Total => format_money(deal.order.gross),
        Gap::Capital => to_capital(deal.order.gross).map(|c| format!("人民币{c}")).unwrap_or_default(),
    };
    clauses
        .iter()
        .enumerate()
        .map(|(i, clause)| Clause {
            title: t.document_clause(i + 1, fill(&clause.title, value)),
            text: fill(&clause.text, value),
        })
        .collect()
}
