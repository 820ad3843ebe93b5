//! What follows when a delivery goes wrong: the exception that opens, its answer and plan, goods that
//! come back. Every effect is an event.

use super::action::{Command, Signature};
use super::decide::Supply;
use super::delivery_effects::status_moves;
use super::event::Event;
use super::event_parts::ShippedLine;
use super::guards::together;
use crate::domain::delivery::{
    Appearance, Disposition, ExceptionFacts, ExceptionKind, ExceptionPlan, PLAN_WITHIN, RESPONSE_WITHIN, Severity,
};
use crate::domain::ids::{ExceptionId, OrderLineId, ReturnId};
use crate::domain::money::format_quantity;
use crate::domain::order::{Order, OrderLine, Shipment};
use crate::domain::staff::Department;
use rust_decimal::Decimal;

pub(super) fn of_exception(order: &Order, command: &Command, supply: &Supply) -> Vec<Event> {
    let no_of = |id: ExceptionId| {
        order.tracking.exceptions.iter().find(|e| e.id == id).map(|e| e.no.clone()).unwrap_or_default()
    };
    match command {
        Command::OpenException(facts) => vec![opened(order, supply, facts.as_ref().clone(), false)],
        Command::AnswerException { exception, text } => vec![Event::ExceptionAnswered {
            order: order.id,
            id: *exception,
            no: no_of(*exception),
            text: text.clone(),
        }],
        Command::PlanException { exception, plan } => planned(order, *exception, no_of(*exception), plan),
        Command::SettleReturn { exception, shipment, quantities, inspection, outcome, freight } => {
            let mut after = order.clone();
            let mut events = Vec::new();
            for q in together(quantities).iter().filter(|q| !q.quantity.is_zero()) {
                events.push(Event::GoodsReturned {
                    order: order.id,
                    id: ReturnId((supply.ids)()),
                    exception: *exception,
                    shipment: *shipment,
                    line: q.line,
                    quantity: q.quantity,
                    inspection: *inspection,
                    outcome: *outcome,
                    freight: *freight,
                });
                after.come_back(*shipment, q.line, q.quantity, *outcome);
            }
            events.extend(status_moves(order, &after));
            events
        }
        Command::RecordCreditNote { goods_return, no } => {
            vec![Event::CreditNoteRecorded { order: order.id, goods_return: *goods_return, no: no.clone() }]
        }
        Command::CloseException { exception, outcome, cost } => vec![Event::ExceptionClosed {
            order: order.id,
            id: *exception,
            no: no_of(*exception),
            outcome: outcome.clone(),
            cost: *cost,
        }],
        _ => Vec::new(),
    }
}

/// The exceptions that a sign-off opens by itself (DOMAIN 7.6, 7.7): goods that are missing and goods that are damaged
/// are settled each in its own way.
pub(super) fn differences(
    order: &Order,
    shipment: &Shipment,
    received: &[ShippedLine],
    signature: &Signature,
) -> Vec<ExceptionFacts> {
    let got = |line: OrderLineId| received.iter().find(|r| r.line == line).map_or(Decimal::ZERO, |r| r.quantity);
    let short: Vec<(&OrderLine, Decimal)> = shipment
        .lines
        .iter()
        .filter_map(|l| Some((order.lines.iter().find(|o| o.id == l.order_line)?, l.quantity - got(l.order_line))))
        .filter(|(_, missing)| !missing.is_zero())
        .collect();
    let nothing_received = shipment.lines.iter().all(|l| got(l.order_line).is_zero());
    let is_damaged = signature.appearance == Appearance::Damaged;
    let kinds: &[ExceptionKind] = match (short.is_empty(), is_damaged) {
        _ if nothing_received => &[ExceptionKind::Refused],
        (false, false) => &[ExceptionKind::ShortOrWrong],
        (false, true) => &[ExceptionKind::ShortOrWrong, ExceptionKind::Damage],
        (true, true) => &[ExceptionKind::Damage],
        (true, false) => &[],
    };
    let told: Vec<String> = short
        .iter()
        .map(|(line, missing)| format!("{} −{} {}", line.name, format_quantity(*missing), line.unit))
        .collect();
    let missing = told.join("; ");
    let of_kind = |kind: &ExceptionKind| {
        // What arrived damaged is not what is missing.
        let is_missing = *kind != ExceptionKind::Damage;
        let text = [missing.clone(), signature.note.clone().unwrap_or_default()];
        let text = text.into_iter().skip(usize::from(!is_missing)).filter(|t| !t.is_empty());
        let text = text.collect::<Vec<_>>().join(" · ");
        ExceptionFacts {
            kind: *kind,
            severity: if nothing_received { Severity::Severe } else { Severity::Normal },
            department: Department::Logistics,
            line: match short.as_slice() {
                [(only, _)] if is_missing => Some(only.id),
                _ => None,
            },
            shipment: Some(shipment.id),
            quantity: (is_missing && !short.is_empty()).then(|| short.iter().map(|(_, missing)| *missing).sum()),
            text: if text.is_empty() { shipment.no.clone() } else { text },
            cause: None,
            new_date: None,
            attempts: None,
            freight_payer: None,
            claim_no: None,
            file: Some(signature.file),
            found_at: signature.signed_at,
        }
    };
    kinds.iter().map(of_kind).collect()
}

pub(super) fn automatic(supply: &Supply, kind: ExceptionKind, department: Department, text: String) -> ExceptionFacts {
    ExceptionFacts {
        kind,
        severity: Severity::Normal,
        department,
        line: None,
        shipment: None,
        quantity: None,
        text,
        cause: None,
        new_date: None,
        attempts: None,
        freight_payer: None,
        claim_no: None,
        file: None,
        found_at: supply.now,
    }
}

pub(super) fn opened(order: &Order, supply: &Supply, facts: ExceptionFacts, is_automatic: bool) -> Event {
    numbered(order, supply, supply.number.as_ref(), facts, is_automatic)
}

pub(super) fn numbered(
    order: &Order,
    supply: &Supply,
    no: Option<&String>,
    facts: ExceptionFacts,
    is_automatic: bool,
) -> Event {
    Event::ExceptionOpened {
        order: order.id,
        id: ExceptionId((supply.ids)()),
        no: no.cloned().unwrap_or_default(),
        facts: Box::new(facts),
        is_automatic,
        response_due_at: supply.calendar.add_working_minutes(supply.now, RESPONSE_WITHIN),
        plan_due_at: supply.calendar.add_working_minutes(supply.now, PLAN_WITHIN),
    }
}

fn planned(order: &Order, id: ExceptionId, no: String, plan: &ExceptionPlan) -> Vec<Event> {
    let mut events = vec![Event::ExceptionPlanned { order: order.id, id, no, plan: Box::new(plan.clone()) }];
    let exception = order.tracking.exceptions.iter().find(|e| e.id == id);
    let failed = exception.filter(|_| matches!(plan.disposition, Disposition::Rework | Disposition::Scrap));
    if let Some((line, quantity)) = failed.and_then(|e| Some((e.facts.line?, e.facts.quantity?))) {
        let held = order.lines.iter().find(|l| l.id == line).map_or(Decimal::ZERO, |l| l.failed);
        let quantity = quantity.min(held);
        if !quantity.is_zero() {
            events.push(Event::FailureSettled { order: order.id, line, quantity, disposition: plan.disposition });
        }
    }
    events
}
