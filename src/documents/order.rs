//! The order 订单 as purchase-and-sale contract 购销合同 (DOMAIN 1.5). Those who see no prices get the
//! same sheet as a work order: quantities, special requirements and the way to the customer.

use super::approval::{Prices, without_prices};
use super::clauses::{self, Deal};
use super::forms::{
    Content, Fact, Head, Letterhead, Mark, Shown, Sign, Special, Words, address, both_sign, called, fact, head,
    or_blank, own_sign, phone, reach, wide,
};
use super::quote::{Line, Sums, Term, price_words, remarks, sums, unit_price};
use crate::domain::contract::Clause;
use crate::domain::deal::DealKind;
use crate::domain::money::{format_money, format_quantity};
use crate::domain::order::{Order, OrderLine, OrderStatus};
use crate::domain::quote::{Quote, QuoteLineKind};
use crate::domain::tax::{LineAmounts, format_rate, line_amounts, totals};
use crate::domain::workflow::Case;
use crate::wording::Lang;
use kuaidan_documents::Layout;
use rust_decimal::Decimal;
use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderForm {
    pub head: Head,
    pub words: Words,
    pub facts: Vec<Fact>,
    pub opening: Option<String>,
    pub lines: Vec<Line>,
    pub totals: Option<Sums>,
    pub terms: Vec<Term>,
    pub delivery: Vec<Fact>,
    pub specials: Vec<Special>,
    pub clauses: Vec<Clause>,
    pub clause_version: Option<String>,
    /// Facts of seller and buyer, for the contract only.
    pub parties: Vec<Vec<Fact>>,
    pub signs: Vec<Sign>,
}

/// The clauses that belong to an order, in one language.
#[derive(Debug, Clone, Default)]
pub struct ClauseSet {
    pub version_no: i32,
    pub clauses: Vec<Clause>,
}

/// Everything the form is about; prices and numbers as the reader may see them.
pub struct About<'a> {
    pub case: &'a Case,
    pub order: &'a Order,
    pub quote: &'a Quote,
    pub clauses: &'a ClauseSet,
    pub prices: Prices,
    pub shown: Shown,
    /// The number of a contract text that is kept; none for a draft, a work order or masked numbers.
    pub version_no: Option<i32>,
    /// The receiver's phone as this reader sees it.
    pub ship_phone: String,
}

fn words(t: Lang) -> Words {
    let mut words = price_words(t);
    words.extend([
        ("lines", t.order_page_lines()),
        ("delivery", t.document_delivery()),
        ("specials", t.order_page_specials()),
        ("special", t.requirement_special_text()),
        ("department", t.requirement_special_department()),
        ("clauses", t.document_clauses()),
        ("parties", t.document_parties()),
    ]);
    words
}

fn lines(t: Lang, case: &Case, order: &Order, quote: &Quote) -> Vec<Line> {
    let quoted = |l: &OrderLine| quote.priced.lines.iter().find(|q| q.id == l.quote_line);
    order
        .lines
        .iter()
        .enumerate()
        .map(|(i, l)| {
            let whole = line_amounts(l.quantity, l.unit_price, l.tax_rate, quote.terms.tax_basis).gross;
            let share = whole - l.amounts.gross;
            Line {
                number: i + 1,
                name: called(t, case, l.product, &l.name),
                spec: Some(l.spec.clone()).filter(|_| l.kind != QuoteLineKind::Surcharge),
                packaging: l.packaging.clone(),
                discount: (!share.is_zero()).then(|| t.quote_share(format_money(share))),
                remarks: quoted(l).and_then(|q| remarks(t, &q.remarks)),
                quantity: t.quantity(l.quantity, &l.unit),
                unit_price: unit_price(l.unit_price),
                rate: format_rate(l.tax_rate),
                net: format_money(l.amounts.net),
                tax: format_money(l.amounts.tax),
                gross: format_money(l.amounts.gross),
            }
        })
        .collect()
}

fn terms(t: Lang, order: &Order) -> Vec<Term> {
    order
        .milestones
        .iter()
        .enumerate()
        .map(|(i, m)| Term {
            number: i + 1,
            trigger: t.payment_trigger(m.trigger),
            percent: format!("{}%", format_quantity(m.percent)),
            days: if m.days == 0 { String::new() } else { t.quote_days(m.days) },
            amount: format_money(m.amount),
        })
        .collect()
}

fn parties(t: Lang, company: &Letterhead, head: &Head, about: &About<'_>) -> Vec<Vec<Fact>> {
    let p = &about.case.customer.profile;
    let reach = p.phone.as_deref().map(|n| phone(about.shown, n));
    let seller = vec![
        fact(t.document_seller(), &head.company),
        fact(t.field("uscc"), or_blank(company.tax_no.as_deref())),
        fact(t.document_address(), or_blank(company.address.as_deref())),
        fact(t.field("phone"), or_blank(company.phone.as_deref())),
        fact(t.field("bank_name"), or_blank(company.bank.as_deref())),
        fact(t.field("bank_account"), or_blank(company.account.as_deref())),
    ];
    let buyer = vec![
        fact(t.document_buyer(), &p.legal_name),
        fact(t.field("uscc"), or_blank(p.uscc.as_ref().map(super::super::domain::credit_code::CreditCode::as_str))),
        fact(t.document_address(), address(about.case)),
        fact(t.field("phone"), or_blank(reach)),
        fact(t.field("bank_name"), or_blank(p.bank_name.as_deref())),
        fact(t.field("bank_account"), or_blank(p.bank_account.as_deref())),
    ];
    vec![seller, buyer]
}

/// Kind of invoice, and who it is made out to.
fn invoice(t: Lang, order: &Order, shown: Shown) -> Vec<Fact> {
    let block = &order.invoice_block;
    let mut out: Vec<Fact> =
        block.kind.map(|kind| fact(t.field("invoice_kind"), t.invoice_kind(kind))).into_iter().collect();
    out.extend(block.delivery.as_ref().map(|to| fact(t.field("invoice_delivery"), reach(shown, to))));
    out.extend(block.title.as_ref().map(|title| wide(t.field("invoice_title"), title)));
    out.extend(block.tax_no.as_ref().map(|no| wide(t.field("invoice_tax_no"), no)));
    out
}

pub fn form(t: Lang, company: &Letterhead, about: &About<'_>) -> OrderForm {
    let (case, order, quote) = (about.case, about.order, about.quote);
    let is_contract = about.prices == Prices::Shown;
    let title = if is_contract { t.document_contract_title() } else { t.document_work_order_title() };
    let shown = if is_contract { about.shown } else { Shown::Whole };
    let head = head(t, company, title, &order.no, about.version_no, shown);
    let acceptance = &order.acceptance;
    let all = lines(t, case, order, quote);
    let rated: Vec<(Decimal, LineAmounts)> = order.lines.iter().map(|l| (l.tax_rate, l.amounts)).collect();
    // The printed form keeps its own word for the urgent kind (DOMAIN.md 1.5).
    let kind = if order.kind == DealKind::Urgent { t.document_urgent() } else { t.deal_kind(order.kind) };
    let mut facts = vec![
        wide(t.field("customer"), &case.customer.profile.legal_name),
        fact(t.order_page_quote(), t.order_page_quote_version(&quote.no, quote.version_no)),
        fact(t.order_page_kind(), kind),
        fact(t.order_page_promised(), t.moment_full(order.promised_at)),
        fact(t.order_page_confirmed_at(), order.confirmed_at.map(|at| t.moment_full(at)).unwrap_or_default()),
        fact(t.field("acceptance_kind"), t.acceptance_kind(acceptance.kind)),
        fact(t.field("accepted_at"), t.moment_full(acceptance.accepted_at)),
    ];
    if let Some(po_no) = &acceptance.po_no {
        facts.push(fact(t.field("po_no"), po_no));
    }
    if is_contract {
        facts.push(fact(t.field("tax_basis"), t.tax_basis(quote.terms.tax_basis)));
        facts.extend(invoice(t, order, about.shown));
    }
    let partial = if order.partial_allowed { t.order_page_partial_yes() } else { t.order_page_partial_no() };
    let deal = Deal { seller: &head.company, buyer: &case.customer.profile.legal_name, order, quote };
    OrderForm {
        words: words(t),
        facts,
        opening: is_contract.then(|| t.document_contract_opening(deal.buyer, deal.seller)),
        lines: if is_contract { all } else { all.into_iter().map(without_prices).collect() },
        totals: is_contract.then(|| sums(&totals(&rated), quote.terms.whole_discount)),
        terms: if is_contract { terms(t, order) } else { Vec::new() },
        delivery: vec![
            wide(t.field("ship_address"), &order.ship_address),
            fact(t.field("ship_receiver"), &order.ship_receiver),
            fact(t.field("ship_phone"), &about.ship_phone),
            fact(t.field("delivery_mode"), t.delivery_mode(quote.terms.delivery_mode)),
            fact(t.field("freight_payer"), t.freight_payer(quote.terms.freight_payer)),
            fact(t.field("partial_allowed"), partial),
            fact(t.field("warranty"), &quote.terms.warranty),
        ],
        specials: order
            .specials
            .iter()
            .map(|s| Special { text: s.text.clone(), department: t.department(s.department), applies: String::new() })
            .collect(),
        clauses: if is_contract { clauses::filled(t, &about.clauses.clauses, &deal) } else { Vec::new() },
        clause_version: is_contract.then(|| t.document_clause_version(about.clauses.version_no)),
        parties: if is_contract { parties(t, company, &head, about) } else { Vec::new() },
        signs: if is_contract { both_sign(t, &head, case) } else { vec![own_sign(t, t.document_filled_by())] },
        head,
    }
}

/// Dated by its confirmation, before that by the acceptance.
pub fn content(t: Lang, company: &Letterhead, about: &About<'_>) -> Result<Content, serde_json::Error> {
    let dated = about.order.confirmed_at.unwrap_or(about.order.acceptance.accepted_at);
    Content::of(Layout::Order, &form(t, company, about), dated)
}

pub fn mark(order: &Order) -> Mark {
    match order.status {
        OrderStatus::Draft => Mark::Draft,
        OrderStatus::Cancelled => Mark::Void,
        OrderStatus::Confirmed
        | OrderStatus::InFulfilment
        | OrderStatus::PartiallyShipped
        | OrderStatus::Shipped
        | OrderStatus::Signed
        | OrderStatus::Completed
        | OrderStatus::OnHold
        | OrderStatus::ShortClosed => Mark::None,
    }
}
