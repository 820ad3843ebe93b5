//! Guards: each looks at one thing and names what is in the way, or nothing.
//!
//! A guard that judges what was typed passes while nothing has been typed yet, so that the
//! same list serves the button, the readiness list and the refusal.

use super::action::{Command, LineQuantity, Waiver};
use super::archive_guards::registry_noted;
use super::blocker::Blocker;
use super::case::Case;
use super::planned::planned_route;
use super::quote_guards as quotes;
use crate::domain::approval::Decision;
use crate::domain::calendar::local_date;
use crate::domain::customer::{ContactRank, ContactRole, Customer};
use crate::domain::order::{AcceptanceKind, Order, OrderLine};
use crate::domain::quote::QuoteStatus;
use crate::domain::requirement::RequirementStatus;
use crate::domain::review::{ReviewState, review_state};
use chrono::{DateTime, Days, Utc};
use rust_decimal::Decimal;

/// What a guard may look at.
pub struct Ask<'a> {
    pub case: &'a Case,
    pub now: DateTime<Utc>,
    pub command: Option<&'a Command>,
}

pub type Guard = fn(&Ask) -> Vec<Blocker>;

/// Calendar days the customer may inspect signed goods (DOMAIN 7.6).
pub const INSPECTION_DAYS: u64 = 7;

pub const ARCHIVE_GATE: &[Guard] = &[
    fields_complete,
    registry_acceptable,
    primary_contact,
    backup_contact,
    decision_maker,
    license_attached,
    license_verified,
    customer_confirmed,
    registry_noted,
];
pub const SUBMIT_GATE: &[Guard] = &[
    customer_not_on_hold,
    quote_for_live_requirement,
    quotes::every_line_quoted,
    quotes::prices_known,
    quotes::discounts_explained,
    quotes::tax_rates_explained,
    quotes::prices_of_today,
    quotes::quote_still_valid,
    quotes::terms_sum,
    approver_exists,
    super::change_guards::no_open_change,
];
pub const ORDER_GATE: &[Guard] = &[
    customer_not_on_hold,
    review_not_long_overdue,
    conditions_acknowledged,
    super::round_guards::evidence_attached,
    super::promise_guards::promise_ahead,
    super::promise_guards::promise_as_committed,
    super::change_guards::no_open_change,
];

pub(super) fn when(blocked: bool, blocker: Blocker) -> Vec<Blocker> {
    if blocked { vec![blocker] } else { Vec::new() }
}

pub(super) fn customer<'a>(ask: &'a Ask) -> &'a Customer {
    &ask.case.customer
}

pub fn fields_complete(ask: &Ask) -> Vec<Blocker> {
    customer(ask).profile.missing().into_iter().map(|field| Blocker::FieldMissing { field }).collect()
}

pub fn registry_acceptable(ask: &Ask) -> Vec<Blocker> {
    customer(ask)
        .profile
        .registry_status
        .filter(|s| s.blocks_archiving())
        .map(|status| Blocker::RegistryBlocks { status })
        .into_iter()
        .collect()
}

pub fn primary_contact(ask: &Ask) -> Vec<Blocker> {
    when(
        !customer(ask).profile.active_contacts().any(|c| c.rank == ContactRank::Primary && c.email.is_some()),
        Blocker::PrimaryContactMissing,
    )
}

pub fn backup_contact(ask: &Ask) -> Vec<Blocker> {
    when(!customer(ask).profile.has_backup(), Blocker::BackupContactMissing)
}

pub fn decision_maker(ask: &Ask) -> Vec<Blocker> {
    when(
        !customer(ask).profile.active_contacts().any(|c| c.roles.contains(&ContactRole::DecisionMaker)),
        Blocker::DecisionMakerMissing,
    )
}

pub fn license_attached(ask: &Ask) -> Vec<Blocker> {
    when(customer(ask).license.is_none(), Blocker::LicenseMissing)
}

pub fn license_verified(ask: &Ask) -> Vec<Blocker> {
    when(customer(ask).verification.is_none(), Blocker::LicenseNotVerified)
}

pub fn customer_confirmed(ask: &Ask) -> Vec<Blocker> {
    when(customer(ask).confirmation.is_none(), Blocker::CustomerNotConfirmed)
}

pub fn customer_not_on_hold(ask: &Ask) -> Vec<Blocker> {
    let c = customer(ask);
    let facts = super::planned::facts_of(ask.case);
    [
        (facts.is_on_hold(ask.case.rules.at(ask.now), ask.now), Blocker::CreditHold),
        (c.is_blacklisted, Blocker::Blacklisted),
        (c.is_inactive, Blocker::Inactive),
    ]
    .into_iter()
    .filter_map(|(is, blocker)| is.then_some(blocker))
    .collect()
}

/// A hold keeps nobody from returning or rejecting (DOMAIN 3.6).
pub fn not_on_hold_to_approve(ask: &Ask) -> Vec<Blocker> {
    match ask.command {
        Some(Command::DecideNode(v)) if matches!(v.decision, Decision::Return | Decision::Reject) => Vec::new(),
        _ => customer_not_on_hold(ask),
    }
}

pub fn review_not_long_overdue(ask: &Ask) -> Vec<Blocker> {
    let today = local_date(ask.now);
    let grace = ask.case.rules.at(ask.now).review_grace_days();
    customer(ask)
        .next_review_on
        .filter(|due| matches!(review_state(*due, today, grace), ReviewState::Blocking { .. }))
        .map(|since| Blocker::ReviewOverdue { since })
        .into_iter()
        .collect()
}

/// A re-check that finds the company gone is no re-check: the archive has to be dealt with first.
pub fn registry_still_acceptable(ask: &Ask) -> Vec<Blocker> {
    match ask.command {
        Some(Command::ReviewCustomer { registry_status, .. }) if registry_status.blocks_archiving() => {
            vec![Blocker::RegistryBlocks { status: *registry_status }]
        }
        _ => Vec::new(),
    }
}

pub fn requirement_still_confirmed(ask: &Ask) -> Vec<Blocker> {
    quote_for_live_requirement(ask)
}

pub fn quote_not_in_approval(ask: &Ask) -> Vec<Blocker> {
    when(ask.case.quote.as_ref().is_some_and(|q| q.status == QuoteStatus::Submitted), Blocker::QuoteInApproval)
}

/// There is a mark to take off.
pub fn deal_urgent(ask: &Ask) -> Vec<Blocker> {
    when(ask.case.deal.as_ref().is_none_or(|d| d.urgency.is_none()), Blocker::WrongState)
}

pub fn no_order(ask: &Ask) -> Vec<Blocker> {
    when(ask.case.order.is_some(), Blocker::OrderExists)
}

pub fn quote_for_live_requirement(ask: &Ask) -> Vec<Blocker> {
    let fits = match (&ask.case.quote, &ask.case.requirement) {
        (Some(q), Some(r)) => r.status == RequirementStatus::Confirmed && q.requirement == r.id,
        _ => false,
    };
    when(!fits, Blocker::QuoteOutdated)
}

pub fn approver_exists(ask: &Ask) -> Vec<Blocker> {
    let empty = planned_route(ask.case, ask.now).is_some_and(|route| route.nodes.is_empty());
    when(empty, Blocker::NoApproverLeft)
}

pub fn nobody_decided(ask: &Ask) -> Vec<Blocker> {
    when(
        ask.case.round.as_ref().is_some_and(crate::domain::approval::Round::is_decided_by_anyone),
        Blocker::SomebodyDecided,
    )
}

pub fn acceptance_evidence(ask: &Ask) -> Vec<Blocker> {
    let Some(Command::RecordAcceptance { kind, accepted_at, po_no, po_check, .. }) = ask.command else {
        return quotes::quote_still_valid(ask);
    };
    let mut out = when(*accepted_at > ask.now, Blocker::InTheFuture);
    if let Some(quote) = &ask.case.quote {
        out.extend(when(quote.is_expired(*accepted_at), Blocker::QuoteExpired { until: quote.terms.valid_until }));
        out.extend(when(
            quote.sent_at.is_some_and(|sent| crate::domain::calendar::truncated(sent) > *accepted_at),
            Blocker::AcceptedBeforeSent,
        ));
    }
    out.extend(when(*kind == AcceptanceKind::CustomerPo && po_no.is_none(), Blocker::PoNumberMissing));
    out.extend(when(po_no.is_some() && po_check.is_none(), Blocker::PoNotCompared));
    out
}

pub fn conditions_acknowledged(ask: &Ask) -> Vec<Blocker> {
    when(
        ask.case.round.as_ref().is_some_and(crate::domain::approval::Round::has_unacknowledged_condition),
        Blocker::ConditionOpen,
    )
}

fn order<'a>(ask: &'a Ask) -> Option<&'a Order> {
    ask.case.order.as_ref()
}

pub fn receipt_fits(ask: &Ask) -> Vec<Blocker> {
    let (Some(Command::RecordReceipt { position, amount, received_at, .. }), Some(order)) = (ask.command, order(ask))
    else {
        return Vec::new();
    };
    let mut out = when(*received_at > ask.now, Blocker::InTheFuture);
    match order.milestones.iter().find(|m| m.position == *position) {
        Some(milestone) if *amount <= milestone.open() => {}
        Some(milestone) => out.push(Blocker::ReceiptTooLarge { open: milestone.open() }),
        None => out.push(Blocker::ReceiptTooLarge { open: Decimal::ZERO }),
    }
    out
}

pub fn deposit_received(ask: &Ask) -> Vec<Blocker> {
    use crate::domain::quote::PaymentTrigger::OnSigning;
    order(ask)
        .into_iter()
        .flat_map(|o| &o.milestones)
        .filter(|m| m.trigger == OnSigning && !m.open().is_zero())
        .map(|m| Blocker::PaymentOpen { position: m.position, amount: m.open() })
        .collect()
}

pub fn payments_before_shipment(ask: &Ask) -> Vec<Blocker> {
    order(ask)
        .into_iter()
        .flat_map(|o| &o.milestones)
        .filter(|m| m.blocks_shipment())
        .map(|m| Blocker::PaymentOpen { position: m.position, amount: m.open() })
        .collect()
}

/// How much of a line the next act may still take.
fn ready(command: &Command, order: &Order, line: &OrderLine) -> Decimal {
    match command {
        Command::RecordProduction { .. } => line.shortage(),
        Command::RecordPicking { .. } => line.to_pick(),
        Command::RecordPacking { .. } => line.checked - line.packed,
        Command::ArrangeShipment { .. } => order.to_ship(line),
        _ => Decimal::ZERO,
    }
}

pub(super) fn quantities(command: &Command) -> &[LineQuantity] {
    match command {
        Command::RecordProduction { quantities, .. }
        | Command::RecordPicking { quantities, .. }
        | Command::RecordPacking { quantities, .. }
        | Command::ArrangeShipment { quantities, .. } => quantities,
        _ => &[],
    }
}

pub fn quantities_fit(ask: &Ask) -> Vec<Blocker> {
    let (Some(command), Some(order)) = (ask.command, order(ask)) else { return Vec::new() };
    let asked = quantities(command);
    let scrap: &[LineQuantity] = match command {
        Command::RecordProduction { scrap, .. } => scrap,
        _ => &[],
    };
    if asked.iter().chain(scrap).all(|q| q.quantity.is_zero()) {
        return vec![Blocker::NothingEntered];
    }
    let place = |id| order.lines.iter().enumerate().find(|(_, l)| l.id == id && l.is_goods);
    let mut out: Vec<Blocker> = together(asked)
        .iter()
        .filter_map(|q| {
            let found = place(q.line);
            let (line_no, ready) = found.map_or((0, Decimal::ZERO), |(i, l)| (i + 1, ready(command, order, l)));
            (q.quantity > ready).then_some(Blocker::MoreThanReady { line: line_no, ready })
        })
        .collect();
    out.extend(
        scrap
            .iter()
            .filter(|q| place(q.line).is_none())
            .map(|_| Blocker::MoreThanReady { line: 0, ready: Decimal::ZERO }),
    );
    if matches!(command, Command::RecordPacking { .. })
        && !out.is_empty()
        && order.goods().any(|l| l.picked > l.checked)
    {
        out.push(Blocker::PickingUnchecked);
    }
    out
}

/// A line that is named twice counts together.
pub(super) fn together(asked: &[LineQuantity]) -> Vec<LineQuantity> {
    let mut out: Vec<LineQuantity> = Vec::new();
    for q in asked {
        match out.iter_mut().find(|o| o.line == q.line) {
            Some(known) => known.quantity += q.quantity,
            None => out.push(q.clone()),
        }
    }
    out
}

/// Special requirements of the warehouse are acknowledged and ticked before anything counts as packed.
pub fn specials_at_packing(ask: &Ask) -> Vec<Blocker> {
    use crate::domain::staff::Department::Warehouse;
    let Some(order) = order(ask) else { return Vec::new() };
    let ticked = match ask.command {
        Some(Command::RecordPacking { ticked, .. }) => Some(ticked),
        _ => None,
    };
    order
        .specials
        .iter()
        .filter(|s| s.department == Warehouse)
        .flat_map(|s| {
            let mut out = when(s.acknowledged_at.is_none(), Blocker::SpecialNotAcknowledged { text: s.text.clone() });
            out.extend(when(
                ticked.is_some_and(|t| !t.contains(&s.position)),
                Blocker::SpecialNotTicked { text: s.text.clone() },
            ));
            out
        })
        .collect()
}

/// A part leaves only where the order allows it or the customer agreed (DOMAIN 7.5).
pub fn partial_allowed(ask: &Ask) -> Vec<Blocker> {
    let (Some(Command::ArrangeShipment { quantities, way }), Some(order)) = (ask.command, order(ask)) else {
        return Vec::new();
    };
    let whole = order.goods().all(|l| {
        let now: Decimal = quantities.iter().filter(|q| q.line == l.id).map(|q| q.quantity).sum();
        l.packed - order.to_ship(l) + now >= l.due()
    });
    when(!order.partial_allowed && !whole && way.consent.is_none(), Blocker::PartialNotAllowed)
}

pub fn sign_off_fits(ask: &Ask) -> Vec<Blocker> {
    let (Some(Command::SignOff(signature)), Some(order)) = (ask.command, order(ask)) else {
        return Vec::new();
    };
    let Some(shipment) = order.shipments.iter().find(|s| s.id == signature.shipment && s.is_on_its_way()) else {
        return vec![Blocker::ShipmentUnknown];
    };
    let mut out = when(signature.signed_at > ask.now, Blocker::InTheFuture);
    // People type whole minutes.
    out.extend(when(
        shipment.shipped_at.is_none_or(|at| signature.signed_at < crate::domain::calendar::truncated(at)),
        Blocker::SignedBeforeShipped,
    ));
    for received in together(&signature.received) {
        let shipped =
            shipment.lines.iter().find(|l| l.order_line == received.line).map_or(Decimal::ZERO, |l| l.quantity);
        let line = order.lines.iter().position(|l| l.id == received.line).map_or(0, |i| i + 1);
        out.extend(when(received.quantity > shipped, Blocker::ReceivedMoreThanShipped { line, shipped }));
    }
    out
}

pub fn all_signed(ask: &Ask) -> Vec<Blocker> {
    when(order(ask).is_some_and(|o| !o.is_all_signed()), Blocker::NotAllSigned)
}

pub fn inspection_over(ask: &Ask) -> Vec<Blocker> {
    if matches!(ask.command, Some(Command::CompleteOrder { waive_inspection: Waiver::Waived })) {
        return Vec::new();
    }
    let until = order(ask)
        .and_then(Order::delivered_at)
        .and_then(|at| local_date(at).checked_add_days(Days::new(INSPECTION_DAYS)));
    until
        .filter(|until| local_date(ask.now) <= *until)
        .map(|until| Blocker::InspectionRunning { until })
        .into_iter()
        .collect()
}
