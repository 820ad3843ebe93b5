//! Guards of delivery: quality control, the second count, shipments, exceptions, promises.
//!
//! As everywhere: a guard that judges what was typed passes while nothing has been typed yet.

use super::action::Command;
use super::blocker::Blocker;
use super::guards::{Ask, together, when};
use crate::domain::delivery::{
    Disposition, Exception, ExceptionKind, ExceptionStatus, GoodsReturn, Inspection, ReturnOutcome, stage_quantities,
};
use crate::domain::ids::{ExceptionId, ShipmentId};
use crate::domain::order::{Order, Shipment, ShipmentStatus};
use rust_decimal::Decimal;

fn order<'a>(ask: &'a Ask) -> Option<&'a Order> {
    ask.case.order.as_ref()
}

/// What quality control may still look at; a failure has its cause.
pub fn qc_fits(ask: &Ask) -> Vec<Blocker> {
    let Some(order) = order(ask) else { return Vec::new() };
    let Some(Command::RecordQc { passed, failed, cause }) = ask.command else {
        return when(order.goods().all(|l| l.to_check().is_zero()), Blocker::NothingEntered);
    };
    let all: Vec<_> = passed.iter().chain(failed).cloned().collect();
    if all.iter().all(|q| q.quantity.is_zero()) {
        return vec![Blocker::NothingEntered];
    }
    let mut out: Vec<Blocker> = together(&all)
        .iter()
        .filter_map(|q| {
            let found = order.lines.iter().enumerate().find(|(_, l)| l.id == q.line && l.is_goods);
            let (line, ready) = found.map_or((0, Decimal::ZERO), |(i, l)| (i + 1, l.to_check()));
            (q.quantity > ready).then_some(Blocker::MoreThanReady { line, ready })
        })
        .collect();
    let fails = failed.as_ref().is_some_and(|f| !f.quantity.is_zero());
    out.extend(when(fails && cause.is_none(), Blocker::QcCauseMissing));
    out
}

pub fn pickings_open(ask: &Ask) -> Vec<Blocker> {
    let Some(order) = order(ask) else { return Vec::new() };
    let mut open = order.tracking.pickings.iter().filter(|p| p.waits());
    match ask.command {
        Some(Command::CheckPicking { pickings }) => {
            let open: Vec<_> = open.map(|p| p.id).collect();
            when(pickings.is_empty() || pickings.iter().any(|id| !open.contains(id)), Blocker::PickingUnknown)
        }
        _ => when(open.next().is_none(), Blocker::PickingUnknown),
    }
}

/// Another carrier than the customer's wish is explained (DOMAIN 1.1 E).
pub fn carrier_as_wished(ask: &Ask) -> Vec<Blocker> {
    let Some(Command::ArrangeShipment { way, .. }) = ask.command else { return Vec::new() };
    let (Some(carrier), Some(wish)) = (&way.carrier, &ask.case.customer.profile.carrier_wish) else {
        return Vec::new();
    };
    let agrees = carrier.contains(wish.as_str()) || wish.contains(carrier.as_str());
    when(!agrees && way.deviation.is_none(), Blocker::DeviationMissing { wish: wish.clone() })
}

/// The shipment that a command names; the first that could be meant while nothing is typed.
fn shipment<'a>(ask: &'a Ask, is: impl Fn(&Shipment) -> bool) -> Option<&'a Shipment> {
    let named: Option<ShipmentId> = match ask.command {
        Some(
            Command::Ship { shipment }
            | Command::HandOver { shipment }
            | Command::DropShipment { shipment, .. }
            | Command::NoteTransit { shipment, .. },
        ) => Some(*shipment),
        _ => None,
    };
    order(ask)?.shipments.iter().find(|s| is(s) && named.is_none_or(|id| s.id == id))
}

pub fn shipment_waits(ask: &Ask) -> Vec<Blocker> {
    when(shipment(ask, |s| s.status == ShipmentStatus::Pending).is_none(), Blocker::ShipmentUnknown)
}

pub fn shipment_posted(ask: &Ask) -> Vec<Blocker> {
    when(shipment(ask, |s| s.status == ShipmentStatus::Shipped).is_none(), Blocker::ShipmentUnknown)
}

pub fn shipment_on_its_way(ask: &Ask) -> Vec<Blocker> {
    let Some(found) = shipment(ask, Shipment::is_on_its_way) else { return vec![Blocker::ShipmentUnknown] };
    match ask.command {
        Some(Command::NoteTransit { arrived_at: Some(at), .. }) => {
            let mut out = when(*at > ask.now, Blocker::InTheFuture);
            let left = found.shipped_at.map(crate::domain::calendar::truncated);
            out.extend(when(left.is_none_or(|left| *at < left), Blocker::SignedBeforeShipped));
            out
        }
        _ => Vec::new(),
    }
}

/// Each kind contains what it must (DOMAIN 7.7), and what it names belongs to this order.
pub fn exception_complete(ask: &Ask) -> Vec<Blocker> {
    let (Some(Command::OpenException(facts)), Some(order)) = (ask.command, order(ask)) else { return Vec::new() };
    let mut out: Vec<Blocker> = facts.missing().into_iter().map(|field| Blocker::FactMissing { field }).collect();
    out.extend(when(facts.found_at > ask.now, Blocker::InTheFuture));
    let line = facts.line.map(|id| order.lines.iter().find(|l| l.id == id && l.is_goods));
    out.extend(when(line == Some(None), Blocker::FactMissing { field: "exception_line" }));
    let shipment = facts.shipment.map(|id| order.shipments.iter().find(|s| s.id == id && s.is_posted()));
    out.extend(when(shipment == Some(None), Blocker::ShipmentUnknown));
    // Who fetched the goods has nobody to claim from.
    let has_carrier = shipment.flatten().is_some_and(|s| s.way.carrier.is_some());
    let unclaimed = facts.kind == ExceptionKind::Damage && has_carrier && facts.claim_no.is_none();
    out.extend(when(unclaimed, Blocker::FactMissing { field: "claim_no" }));
    let most = match (shipment.flatten(), line.flatten()) {
        (Some(s), Some(l)) => s.lines.iter().find(|sl| sl.order_line == l.id).map(|sl| sl.quantity),
        (Some(s), None) => Some(s.lines.iter().map(|sl| sl.quantity).sum()),
        (None, Some(l)) => Some(l.quantity),
        (None, None) => None,
    };
    out.extend(most.filter(|most| facts.quantity.is_some_and(|q| q > *most)).map(|ready| Blocker::MoreThanReady {
        line: facts.line.and_then(|id| order.lines.iter().position(|l| l.id == id)).map_or(0, |i| i + 1),
        ready,
    }));
    out
}

/// The exception that a command names.
pub(super) fn named<'a>(ask: &'a Ask) -> Option<&'a Exception> {
    let id: ExceptionId = match ask.command {
        Some(
            Command::AnswerException { exception, .. }
            | Command::PlanException { exception, .. }
            | Command::SettleReturn { exception, .. }
            | Command::CloseException { exception, .. },
        ) => *exception,
        _ => return None,
    };
    order(ask)?.tracking.exceptions.iter().find(|e| e.id == id)
}

fn exceptions_in(ask: &Ask, status: ExceptionStatus) -> bool {
    order(ask).is_some_and(|o| o.tracking.exceptions.iter().any(|e| e.status == status))
}

pub fn exception_unanswered(ask: &Ask) -> Vec<Blocker> {
    if ask.command.is_none() {
        return when(!exceptions_in(ask, ExceptionStatus::Open), Blocker::ExceptionUnknown);
    }
    match named(ask) {
        None => vec![Blocker::ExceptionUnknown],
        Some(e) => when(e.response.is_some() || e.status != ExceptionStatus::Open, Blocker::ExceptionAnswered),
    }
}

pub fn exception_open(ask: &Ask) -> Vec<Blocker> {
    if ask.command.is_none() {
        return when(!exceptions_in(ask, ExceptionStatus::Open), Blocker::ExceptionUnknown);
    }
    when(named(ask).is_none_or(|e| e.status != ExceptionStatus::Open), Blocker::ExceptionUnknown)
}

pub fn exception_planned(ask: &Ask) -> Vec<Blocker> {
    if ask.command.is_none() {
        return when(!exceptions_in(ask, ExceptionStatus::Planned), Blocker::ExceptionNotPlanned);
    }
    match named(ask) {
        None => vec![Blocker::ExceptionUnknown],
        Some(e) if e.status == ExceptionStatus::Closed => vec![Blocker::ExceptionUnknown],
        Some(e) => when(e.status == ExceptionStatus::Open, Blocker::ExceptionNotPlanned),
    }
}

/// Pieces that failed are worked on again or scrapped; nothing else becomes of them.
pub fn failure_decided(ask: &Ask) -> Vec<Blocker> {
    let (Some(Command::PlanException { plan, .. }), Some(exception)) = (ask.command, named(ask)) else {
        return Vec::new();
    };
    let of_pieces = matches!(plan.disposition, Disposition::Rework | Disposition::Scrap);
    let mut out = when(of_pieces != (exception.facts.kind == ExceptionKind::QcFail), Blocker::FailureUndecided);
    out.extend(when(plan.due_at < ask.now, Blocker::FactMissing { field: "plan_due" }));
    out
}

/// What comes back is not more than what left with that shipment and has not come back yet; lost is only what the
/// customer never received.
pub fn return_fits(ask: &Ask) -> Vec<Blocker> {
    let (Some(Command::SettleReturn { shipment, quantities, inspection, .. }), Some(order)) = (ask.command, order(ask))
    else {
        return Vec::new();
    };
    let Some(shipment) = order.shipments.iter().find(|s| s.id == *shipment && s.signed_at.is_some()) else {
        return vec![Blocker::ShipmentUnknown];
    };
    if quantities.iter().all(|q| q.quantity.is_zero()) {
        return vec![Blocker::NothingEntered];
    }
    together(quantities)
        .iter()
        .filter_map(|q| {
            let line = order.lines.iter().position(|l| l.id == q.line).map_or(0, |i| i + 1);
            let ready =
                shipment.lines.iter().find(|l| l.order_line == q.line).map_or(Decimal::ZERO, |l| match inspection {
                    Inspection::Lost => l.open_difference(),
                    Inspection::Good | Inspection::Damaged => l.quantity - l.returned,
                });
            (q.quantity > ready).then_some(Blocker::MoreThanReady { line, ready })
        })
        .collect()
}

/// Where the rest of an order was given up, nothing is sent again.
pub fn still_replaced(ask: &Ask) -> Vec<Blocker> {
    let is_over = order(ask).is_some_and(Order::was_short_closed);
    let again = matches!(ask.command, Some(Command::SettleReturn { outcome: ReturnOutcome::Replace, .. }));
    when(is_over && again, Blocker::NotReplacedAnyMore)
}

/// A completed order moves again for what came back and is replaced.
pub fn replacement_owed(ask: &Ask) -> Vec<Blocker> {
    when(order(ask).is_none_or(|o| !o.owes_replacement()), Blocker::NothingToReplace)
}

pub fn credit_note_owed(ask: &Ask) -> Vec<Blocker> {
    let mut owed = order(ask).into_iter().flat_map(|o| &o.tracking.returns).filter(|r| r.owes_credit_note());
    let found = match ask.command {
        Some(Command::RecordCreditNote { goods_return, .. }) => owed.any(|r| r.id == *goods_return),
        _ => owed.next().is_some(),
    };
    when(!found, Blocker::NoCreditNoteOwed)
}

/// An exception ends only when its goods are accounted for: no failed piece undecided, no difference
/// of its shipment unsettled, every credit with its note.
pub fn nothing_left_open(ask: &Ask) -> Vec<Blocker> {
    let (Some(order), Some(exception)) = (order(ask), named(ask)) else { return Vec::new() };
    let mut out = when(
        order.tracking.returns.iter().filter(|r| r.exception == exception.id).any(GoodsReturn::owes_credit_note),
        Blocker::CreditNoteMissing,
    );
    let moves_goods = matches!(
        exception.facts.kind,
        ExceptionKind::ShortOrWrong | ExceptionKind::Refused | ExceptionKind::Return | ExceptionKind::Replace
    );
    out.extend(
        exception
            .facts
            .shipment
            .and_then(|id| order.shipments.iter().find(|s| s.id == id))
            .filter(|s| moves_goods && !s.open_difference().is_zero())
            .map(|s| Blocker::DifferenceOpen { no: s.no.clone() }),
    );
    out
}

/// Goods are signed for before an order ends.
pub fn services_only(ask: &Ask) -> Vec<Blocker> {
    when(order(ask).is_some_and(|o| !o.is_services_only()), Blocker::NotAllSigned)
}

pub fn no_open_exception(ask: &Ask) -> Vec<Blocker> {
    order(ask)
        .into_iter()
        .flat_map(|o| o.tracking.open_exceptions())
        .map(|e| Blocker::ExceptionOpen { no: e.no.clone() })
        .collect()
}

/// A line is divided once, before anything leaves, and no part later than the line was promised.
pub fn batches_fit(ask: &Ask) -> Vec<Blocker> {
    let (Some(Command::PlanBatches { line, batches }), Some(order)) = (ask.command, order(ask)) else {
        return Vec::new();
    };
    let Some(line) = order.goods().find(|l| l.id == *line) else { return vec![Blocker::BatchUnknown] };
    let known = order.tracking.batches.iter().filter(|b| b.line == line.id);
    let mut out = when(
        known.clone().count() != 1 || known.clone().any(|b| !b.slips.is_empty()) || !line.shipped.is_zero(),
        Blocker::BatchesPlanned,
    );
    let sum: Decimal = batches.iter().map(|(quantity, _)| *quantity).sum();
    let whole = batches.len() >= 2 && batches.iter().all(|(q, _)| *q > Decimal::ZERO) && sum == line.quantity;
    out.extend(when(!whole, Blocker::BatchesDiffer { quantity: line.quantity }));
    out.extend(when(
        batches.iter().any(|(_, at)| *at > line.promised_at || *at < ask.now),
        Blocker::BatchTooLate { promised_at: line.promised_at },
    ));
    out
}

/// Later only: earlier is a change, which production and logistics have to look at (DOMAIN 8).
pub fn slip_fits(ask: &Ask) -> Vec<Blocker> {
    let (Some(Command::SlipPromise { line, batch_no, to, .. }), Some(order)) = (ask.command, order(ask)) else {
        return Vec::new();
    };
    let Some(batch) = order.tracking.batches.iter().find(|b| b.line == *line && b.no == *batch_no) else {
        return vec![Blocker::BatchUnknown];
    };
    let mut out = when(*to <= batch.promised_at, Blocker::PromiseNotLater { promised_at: batch.promised_at });
    out.extend(when(*to < ask.now, Blocker::PromisePast));
    let is_signed = order.lines.iter().find(|l| l.id == *line).is_some_and(|l| {
        stage_quantities(order, l).iter().any(|(no, stage, done, of)| {
            no == batch_no && *stage == crate::domain::order::DeliveryStage::SignOff && done >= of
        })
    });
    out.extend(when(is_signed, Blocker::StageFinished));
    out
}

/// A forecast that passes the promise has a cause, and the stage is one that still runs.
pub fn stage_fits(ask: &Ask) -> Vec<Blocker> {
    let (Some(Command::KeepStage { line, batch_no, stage, forecast_at, cause, .. }), Some(order)) =
        (ask.command, order(ask))
    else {
        return Vec::new();
    };
    let batch = order.tracking.batches.iter().find(|b| b.line == *line && b.no == *batch_no);
    let (Some(batch), Some(line)) = (batch, order.lines.iter().find(|l| l.id == *line)) else {
        return vec![Blocker::BatchUnknown];
    };
    let quantities = stage_quantities(order, line);
    let runs = quantities.iter().any(|(no, s, done, of)| no == batch_no && s == stage && done < of);
    let mut out = when(!runs, Blocker::StageFinished);
    out.extend(when(
        forecast_at.is_some_and(|at| at > batch.promised_at) && cause.is_none(),
        Blocker::DelayCauseMissing { promised_at: batch.promised_at },
    ));
    out
}

pub fn told_in_the_past(ask: &Ask) -> Vec<Blocker> {
    match ask.command {
        Some(Command::TellCustomer { told_at, .. }) => when(*told_at > ask.now, Blocker::InTheFuture),
        _ => Vec::new(),
    }
}
