//! What follows from an act of delivery. Quantities move, the order's status follows them, a
//! difference or a failure opens an exception by itself. Every effect is an event.

use super::action::{Command, LineQuantity, Signature};
use super::case::Case;
use super::decide::Supply;
use super::event::Event;
use super::event_parts::{PlannedBatch, ShippedLine};
use super::exception_effects::{automatic, differences, numbered, of_exception, opened};
use super::guards::together;
use crate::domain::delivery::{ExceptionFacts, ExceptionKind};
use crate::domain::ids::{OrderLineId, PickingId, ShipmentId};
use crate::domain::order::{Order, OrderLine, OrderStatus, Shipment};
use crate::domain::staff::Department;
use rust_decimal::Decimal;

pub(super) fn of(case: &Case, command: &Command, supply: &Supply) -> Vec<Event> {
    let Some(order) = &case.order else { return Vec::new() };
    match command {
        Command::RecordProduction { work_order, quantities, scrap } => {
            produced(order, work_order.as_ref(), quantities, scrap)
        }
        Command::RecordQc { passed, failed, cause } => {
            checked_quality(order, supply, passed, failed.as_ref(), cause.as_ref())
        }
        Command::RecordPicking { quantities, location } => moved(
            order,
            quantities,
            |line, quantity| Event::Picked {
                order: order.id,
                line,
                quantity,
                picking: Some(PickingId((supply.ids)())),
                location: location.clone(),
            },
            |l, q| l.picked += q,
        ),
        Command::CheckPicking { pickings } => order
            .tracking
            .pickings
            .iter()
            .filter(|p| pickings.contains(&p.id) && p.waits())
            .map(|p| Event::PickingChecked { order: order.id, line: p.line, picking: p.id, quantity: p.quantity })
            .collect(),
        Command::RecordPacking { quantities, ticked } => moved(
            order,
            quantities,
            |line, quantity| Event::Packed { order: order.id, line, quantity, ticked: ticked.clone() },
            |l, q| l.packed += q,
        ),
        Command::ArrangeShipment { quantities, way } => vec![Event::ShipmentArranged {
            order: order.id,
            shipment: ShipmentId((supply.ids)()),
            no: supply.number.clone().unwrap_or_default(),
            batch_no: order.shipments.iter().map(|s| s.batch_no).max().unwrap_or(0).saturating_add(1),
            way: way.clone(),
            lines: lines_of(&together(quantities)),
        }],
        Command::DropShipment { shipment, reason } => {
            found(order, *shipment).map(|s| dropped(order, s, reason)).collect()
        }
        Command::Ship { shipment } => found(order, *shipment).flat_map(|s| posted(order, s)).collect(),
        Command::HandOver { shipment } => found(order, *shipment)
            .map(|s| Event::HandedOver { order: order.id, shipment: s.id, no: s.no.clone() })
            .collect(),
        Command::NoteTransit { shipment, text, eta, arrived_at } => found(order, *shipment)
            .map(|s| Event::TransitNoted {
                order: order.id,
                shipment: s.id,
                no: s.no.clone(),
                text: text.clone(),
                eta: *eta,
                arrived_at: arrived_at.map(|at| s.shipped_at.map_or(at, |left| left.max(at))),
            })
            .collect(),
        Command::SignOff(signature) => signed_off(order, supply, signature),
        Command::PlanBatches { line, batches } => vec![Event::BatchesPlanned {
            order: order.id,
            line: *line,
            batches: batches
                .iter()
                .zip(1..)
                .map(|((quantity, promised_at), no)| PlannedBatch {
                    no,
                    quantity: *quantity,
                    promised_at: *promised_at,
                })
                .collect(),
        }],
        Command::SlipPromise { line, batch_no, to, cause, reason, told, channel } => order
            .tracking
            .batches
            .iter()
            .filter(|b| b.line == *line && b.no == *batch_no)
            .map(|b| Event::PromiseSlipped {
                order: order.id,
                line: *line,
                batch_no: *batch_no,
                from: b.promised_at,
                to: *to,
                cause: *cause,
                reason: reason.clone(),
                told: told.clone(),
                channel: *channel,
            })
            .collect(),
        Command::KeepStage { .. } => kept(order, supply, command),
        Command::TellCustomer { about, channel, text, told_at } => vec![Event::CustomerTold {
            order: order.id,
            about: *about,
            channel: *channel,
            text: text.clone(),
            told_at: *told_at,
        }],
        other => of_exception(order, other, supply),
    }
}

/// How many exceptions the command opens; each takes a number.
pub fn exceptions_opened(case: &Case, command: &Command) -> usize {
    let Some(order) = &case.order else { return 0 };
    match command {
        Command::OpenException(_) => 1,
        Command::RecordQc { failed: Some(failed), .. } => usize::from(!failed.quantity.is_zero()),
        Command::KeepStage { cause, .. } => usize::from(cause.is_some()),
        Command::SignOff(signature) => found(order, signature.shipment)
            .map(|s| differences(order, s, &received_of(s, signature), signature).len())
            .sum(),
        _ => 0,
    }
}

fn found(order: &Order, id: ShipmentId) -> impl Iterator<Item = &Shipment> {
    order.shipments.iter().filter(move |s| s.id == id)
}

/// A shipment that was arranged does not leave.
pub(super) fn dropped(order: &Order, shipment: &Shipment, reason: &str) -> Event {
    Event::ShipmentDropped {
        order: order.id,
        shipment: shipment.id,
        no: shipment.no.clone(),
        reason: reason.to_owned(),
    }
}

fn lines_of(quantities: &[LineQuantity]) -> Vec<ShippedLine> {
    quantities
        .iter()
        .filter(|q| !q.quantity.is_zero())
        .map(|q| ShippedLine { line: q.line, quantity: q.quantity })
        .collect()
}

fn produced(
    order: &Order,
    work_order: Option<&String>,
    quantities: &[LineQuantity],
    scrap: &[LineQuantity],
) -> Vec<Event> {
    let (good, scrap) = (together(quantities), together(scrap));
    let amount = |of: &[LineQuantity], line| of.iter().find(|q| q.line == line).map_or(Decimal::ZERO, |q| q.quantity);
    let mut after = order.clone();
    let mut events = Vec::new();
    for line in order.goods() {
        let (quantity, scrap) = (amount(&good, line.id), amount(&scrap, line.id));
        if quantity.is_zero() && scrap.is_zero() {
            continue;
        }
        let work_order = work_order.cloned();
        events.push(Event::Produced { order: order.id, line: line.id, quantity, work_order, scrap });
        after.lines.iter_mut().filter(|l| l.id == line.id).for_each(|l| l.produced += quantity);
    }
    events.extend(status_moves(order, &after));
    events
}

fn checked_quality(
    order: &Order,
    supply: &Supply,
    passed: &[LineQuantity],
    failed: Option<&LineQuantity>,
    cause: Option<&String>,
) -> Vec<Event> {
    let failed = failed.filter(|f| !f.quantity.is_zero());
    let passed = together(passed);
    let mut events: Vec<Event> = order
        .goods()
        .filter_map(|line| {
            let passed = passed.iter().find(|q| q.line == line.id).map_or(Decimal::ZERO, |q| q.quantity);
            let fails = failed.filter(|f| f.line == line.id);
            let failed = fails.map_or(Decimal::ZERO, |f| f.quantity);
            (!passed.is_zero() || !failed.is_zero()).then(|| Event::QcRecorded {
                order: order.id,
                line: line.id,
                passed,
                failed,
                cause: fails.and(cause.cloned()),
            })
        })
        .collect();
    if let Some(failed) = failed {
        let facts = ExceptionFacts {
            line: Some(failed.line),
            quantity: Some(failed.quantity),
            ..automatic(supply, ExceptionKind::QcFail, Department::Production, cause.cloned().unwrap_or_default())
        };
        events.push(opened(order, supply, facts, true));
    }
    events
}

fn posted(order: &Order, shipment: &Shipment) -> Vec<Event> {
    let lines: Vec<ShippedLine> =
        shipment.lines.iter().map(|l| ShippedLine { line: l.order_line, quantity: l.quantity }).collect();
    let mut after = order.clone();
    for moved in &lines {
        after.lines.iter_mut().filter(|l| l.id == moved.line).for_each(|l| l.shipped += moved.quantity);
    }
    let mut events = vec![Event::Shipped {
        order: order.id,
        shipment: shipment.id,
        no: shipment.no.clone(),
        batch_no: shipment.batch_no,
        carrier: shipment.way.carrier.clone().unwrap_or_default(),
        waybill_no: shipment.way.waybill_no.clone().unwrap_or_default(),
        packages: shipment.way.packages,
        eta: shipment.eta,
        lines,
    }];
    events.extend(status_moves(order, &after));
    events
}

/// What was received of each line of a shipment; a line that the form leaves out was not received.
fn received_of(shipment: &Shipment, signature: &Signature) -> Vec<ShippedLine> {
    let received = together(&signature.received);
    shipment
        .lines
        .iter()
        .map(|l| ShippedLine {
            line: l.order_line,
            quantity: received.iter().find(|r| r.line == l.order_line).map_or(Decimal::ZERO, |r| r.quantity),
        })
        .collect()
}

fn signed_off(order: &Order, supply: &Supply, signature: &Signature) -> Vec<Event> {
    let Some(shipment) = found(order, signature.shipment).next() else { return Vec::new() };
    let lines = received_of(shipment, signature);
    let mut after = order.clone();
    for signed in &lines {
        after.lines.iter_mut().filter(|l| l.id == signed.line).for_each(|l| l.signed += signed.quantity);
    }
    let mut events = vec![Event::SignedOff {
        order: order.id,
        shipment: shipment.id,
        signed_by: signature.signed_by.clone(),
        signed_at: shipment.shipped_at.map_or(signature.signed_at, |left| left.max(signature.signed_at)),
        file: signature.file,
        lines: lines.clone(),
        capacity: Some(signature.capacity.clone()),
        appearance: Some(signature.appearance),
        note: signature.note.clone(),
    }];
    let numbers = [&supply.number, &supply.second_number];
    events.extend(differences(order, shipment, &lines, signature).into_iter().zip(numbers).map(|(facts, number)| {
        let facts = ExceptionFacts { found_at: supply.now, ..facts };
        numbered(order, supply, number.as_ref(), facts, true)
    }));
    events.extend(status_moves(order, &after));
    events
}

/// A stage's owner and forecast; a forecast beyond the promise opens the delay by itself.
fn kept(order: &Order, supply: &Supply, command: &Command) -> Vec<Event> {
    let Command::KeepStage { line, batch_no, stage, owner, forecast_at, cause } = command else { return Vec::new() };
    let mut events = vec![Event::StageKept {
        order: order.id,
        line: *line,
        batch_no: *batch_no,
        stage: *stage,
        owner: owner.as_ref().map(|(id, _)| *id),
        owner_name: owner.as_ref().map(|(_, name)| name.clone()),
        forecast_at: *forecast_at,
    }];
    let known =
        order.tracking.open_exceptions().any(|e| e.facts.kind == ExceptionKind::Delay && e.facts.line == Some(*line));
    let batch = order.tracking.batches.iter().find(|b| b.line == *line && b.no == *batch_no);
    let late = batch.is_some_and(|b| forecast_at.is_some_and(|at| at > b.promised_at));
    if let (true, false, Some(cause)) = (late, known, cause) {
        let name = order.lines.iter().find(|l| l.id == *line).map(|l| l.name.clone()).unwrap_or_default();
        let department = crate::domain::delivery::department_of(*stage);
        let facts = ExceptionFacts {
            line: Some(*line),
            cause: Some(*cause),
            new_date: *forecast_at,
            ..automatic(supply, ExceptionKind::Delay, department, name)
        };
        events.push(opened(order, supply, facts, true));
    }
    events
}

fn moved(
    order: &Order,
    quantities: &[LineQuantity],
    event: impl Fn(OrderLineId, Decimal) -> Event,
    apply: impl Fn(&mut OrderLine, Decimal),
) -> Vec<Event> {
    let mut after = order.clone();
    let mut events = Vec::new();
    for q in together(quantities).iter().filter(|q| !q.quantity.is_zero()) {
        events.push(event(q.line, q.quantity));
        for line in after.lines.iter_mut().filter(|l| l.id == q.line) {
            apply(line, q.quantity);
        }
    }
    events.extend(status_moves(order, &after));
    events
}

/// The status follows the quantities; every state on the way is walked, none is skipped. What was
/// begun stays begun, also when everything came back.
pub(super) fn status_moves(before: &Order, after: &Order) -> Vec<Event> {
    let from = before.status;
    let to = match after.derived_status() {
        OrderStatus::Confirmed => {
            if from == OrderStatus::Confirmed {
                from
            } else {
                OrderStatus::InFulfilment
            }
        }
        derived => derived,
    };
    if from == to {
        return Vec::new();
    }
    if from == OrderStatus::Confirmed && to != OrderStatus::InFulfilment {
        return vec![
            Event::OrderMoved { order: before.id, from, to: OrderStatus::InFulfilment },
            Event::OrderMoved { order: before.id, from: OrderStatus::InFulfilment, to },
        ];
    }
    vec![Event::OrderMoved { order: before.id, from, to }]
}
