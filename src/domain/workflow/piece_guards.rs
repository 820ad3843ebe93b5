//! The guard of every quantity that is recorded of an order: counted things come in whole pieces (DOMAIN 1.2).

use super::action::{Command, LineQuantity};
use super::blocker::Blocker;
use super::guards::Ask;
use crate::domain::ids::OrderLineId;
use crate::domain::pieces::is_possible;
use rust_decimal::Decimal;

/// Whatever is made, packed, shipped, signed for, taken back or found wrong.
pub fn whole_pieces(ask: &Ask) -> Vec<Blocker> {
    let (Some(command), Some(order)) = (ask.command, &ask.case.order) else { return Vec::new() };
    let typed = quantities(command);
    order
        .lines
        .iter()
        .enumerate()
        .filter(|(_, l)| typed.iter().any(|(line, quantity)| *line == l.id && !is_possible(&l.unit, *quantity)))
        .map(|(i, _)| Blocker::NotWhole { line: i + 1 })
        .collect()
}

fn quantities(command: &Command) -> Vec<(OrderLineId, Decimal)> {
    let of = |all: &[LineQuantity]| all.iter().map(|q| (q.line, q.quantity)).collect::<Vec<_>>();
    match command {
        Command::RecordProduction { quantities, scrap, .. } => [of(quantities), of(scrap)].concat(),
        Command::RecordQc { passed, failed, .. } => [of(passed), of(failed.as_slice())].concat(),
        Command::RecordPicking { quantities, .. }
        | Command::RecordPacking { quantities, .. }
        | Command::ArrangeShipment { quantities, .. }
        | Command::SettleReturn { quantities, .. } => of(quantities),
        Command::SignOff(signature) => of(&signature.received),
        Command::OpenException(facts) => facts.line.zip(facts.quantity).into_iter().collect(),
        Command::PlanBatches { line, batches } => batches.iter().map(|(quantity, _)| (*line, *quantity)).collect(),
        _ => Vec::new(),
    }
}
