//! The delivery note 送货单 of one shipment (DOMAIN 7.5, 7.6): goes with the goods, is counted, signed and
//! stamped where they arrive, and comes back as the proof. No amounts, for everybody.

use super::code::Code;
use super::forms::{
    Content, Fact, Head, Letterhead, Mark, Shown, Sign, Special, Words, called, fact, head, own_sign, wide,
};
use crate::domain::money::format_quantity;
use crate::domain::order::{Order, Shipment, ShipmentStatus};
use crate::domain::workflow::Case;
use crate::wording::Lang;
use chrono::{DateTime, Utc};
use kuaidan_documents::Layout;
use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    pub number: usize,
    pub name: String,
    pub spec: String,
    pub packaging: Option<String>,
    pub quantity: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeliveryNote {
    pub head: Head,
    pub words: Words,
    pub facts: Vec<Fact>,
    pub lines: Vec<Line>,
    pub specials: Vec<Special>,
    /// What the receiver is asked to do.
    pub note: &'static str,
    pub signs: Vec<Sign>,
    /// Leads to the customer's tracking page, where there is one.
    pub code: Option<Code>,
}

fn words(t: Lang) -> Words {
    Words::from([
        ("number", "#"),
        ("lines", t.document_note_lines()),
        ("product", t.field("product")),
        ("quantity", t.document_note_sent()),
        ("received", t.document_note_received()),
        ("remark", t.document_note_remark()),
        ("specials", t.delivery_specials()),
        ("special", t.requirement_special_text()),
        ("department", t.requirement_special_department()),
        ("scan", t.document_scan()),
    ])
}

pub fn form(
    t: Lang,
    company: &Letterhead,
    (case, order): (&Case, &Order),
    shipment: &Shipment,
    (ship_phone, link): (&str, Option<&str>),
) -> DeliveryNote {
    let way = &shipment.way;
    let mut facts = vec![
        wide(t.field("customer"), &case.customer.profile.legal_name),
        fact(t.document_note_order(), &order.no),
        fact(t.document_note_batch(), t.delivery_batch(shipment.batch_no)),
        wide(t.field("ship_address"), &shipment.ship_address),
        fact(t.field("ship_receiver"), &shipment.ship_receiver),
        fact(t.field("ship_phone"), ship_phone),
        fact(t.field("carrier"), way.carrier.clone().unwrap_or_else(|| t.shipped_with(way))),
        fact(t.field("waybill_no"), way.waybill_no.clone().unwrap_or_default()),
        fact(t.field("packages"), way.packages.to_string()),
    ];
    facts.extend(way.weight.map(|w| fact(t.deliveries_field_weight(), format_quantity(w))));
    facts.extend(shipment.shipped_at.map(|at| fact(t.delivery_shipped_at(), t.moment_full(at))));
    facts.extend(shipment.eta.map(|on| fact(t.field("eta"), t.date(on))));
    facts.extend(order.acceptance.po_no.as_ref().map(|no| fact(t.field("po_no"), no)));
    let lines =
        shipment.lines.iter().filter_map(|sent| order.lines.iter().find(|l| l.id == sent.order_line).zip(Some(sent)));
    DeliveryNote {
        head: head(t, company, t.document_note_title(), &shipment.no, None, Shown::Whole),
        words: words(t),
        facts,
        lines: lines
            .zip(1..)
            .map(|((line, sent), number)| Line {
                number,
                name: called(t, case, line.product, &line.name),
                spec: line.spec.clone(),
                packaging: line.packaging.clone(),
                quantity: t.quantity(sent.quantity, &line.unit),
            })
            .collect(),
        specials: order
            .specials
            .iter()
            .map(|s| Special { text: s.text.clone(), department: t.department(s.department), applies: String::new() })
            .collect(),
        note: t.document_note_ask(),
        signs: vec![
            own_sign(t, t.document_note_sender()),
            own_sign(t, t.document_note_carrier()),
            Sign { seal: Some(t.document_seal()), ..own_sign(t, t.document_received_by()) },
        ],
        code: link.and_then(Code::of),
    }
}

pub fn content(
    t: Lang,
    company: &Letterhead,
    about: (&Case, &Order),
    shipment: &Shipment,
    (ship_phone, link): (&str, Option<&str>),
) -> Result<Content, serde_json::Error> {
    Content::of(Layout::Shipment, &form(t, company, about, shipment, (ship_phone, link)), dated(shipment))
}

/// By its departure, before that by its arrangement.
fn dated(shipment: &Shipment) -> DateTime<Utc> {
    shipment.shipped_at.unwrap_or(shipment.arranged_at)
}

pub fn mark(shipment: &Shipment) -> Mark {
    if shipment.status == ShipmentStatus::Void { Mark::Void } else { Mark::None }
}
