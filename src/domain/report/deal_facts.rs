//! The facts of one deal (DOMAIN 10). Working time is measured on the clock that the deadline ran
//! on: the standard calendar, or on call for the fast path.

use super::fact::{Fact, Facts};
use super::kpi::Kpi;
use super::life::{DealLife, LineLife, NodeLife, OrderLife, Promised, RoundLife};
use crate::domain::approval::{ApprovalPath, NodeStatus, RoundStatus};
use crate::domain::calendar::{Calendar, Profile, local_date};
use crate::domain::deal::{DealKind, Step};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

/// The clocks that figures are measured on.
pub struct Clocks<'a> {
    pub standard: &'a Calendar,
    pub on_call: &'a Calendar,
}

impl Clocks<'_> {
    fn of(&self, profile: Profile) -> &Calendar {
        match profile {
            Profile::Standard => self.standard,
            Profile::OnCall => self.on_call,
        }
    }

    fn working(&self, profile: Profile, from: DateTime<Utc>, to: DateTime<Utc>) -> Decimal {
        Decimal::from(self.of(profile).working_minutes_between(from, to).get())
    }
}

fn natural(from: DateTime<Utc>, to: DateTime<Utc>) -> Decimal {
    Decimal::from((to - from).num_minutes().max(0))
}

/// Everything one deal adds to the key figures, as things stand at `now`.
pub fn deal_facts(life: &DealLife, clocks: &Clocks<'_>, now: DateTime<Utc>) -> Facts {
    let mut facts = Facts::default();
    promise(&mut facts, life, now);
    steps(&mut facts, life, clocks);
    for round in &life.rounds {
        self::round(&mut facts, round, clocks, now);
    }
    approval(&mut facts, life, clocks);
    selling(&mut facts, life);
    reviews(&mut facts, life, now);
    if let Some(order) = &life.order {
        self::order(&mut facts, life, order, clocks);
        delivery(&mut facts, life, order, now);
    }
    for e in &life.exceptions {
        facts.part(Kpi::ExceptionRate, e.opened_at, Some(e.kind), Decimal::ONE, Decimal::ZERO);
        if let Some(closed) = e.closed_at {
            let spent = clocks.working(Profile::Standard, e.opened_at, closed);
            facts.mean(Kpi::ExceptionTime, closed, Some(e.kind), spent);
        }
    }
    for complaint in &life.complaints {
        facts.share(Kpi::ComplaintRate, complaint.at, Decimal::ONE, Decimal::ZERO);
    }
    for (at, score) in &life.surveys {
        facts.mean(Kpi::Satisfaction, *at, None, *score);
    }
    money(&mut facts, life, now);
    facts
}

/// A promise counts when it falls due; kept when the order was confirmed by then.
fn promise(facts: &mut Facts, life: &DealLife, now: DateTime<Utc>) {
    let Some(due) = life.promise_due_at else { return };
    let confirmed = life.order.as_ref().and_then(|o| o.confirmed_at);
    if confirmed.is_some() || due < now {
        facts.rate(Kpi::PromiseRate, due, None, confirmed.is_some_and(|at| at <= due).into());
    } else {
        facts.until(due);
    }
}

/// Working time in each step, entries summed, counted when the step was left for the last time.
fn steps(facts: &mut Facts, life: &DealLife, clocks: &Clocks<'_>) {
    for step in Step::ALL.iter().copied() {
        let mut spent = Decimal::ZERO;
        let mut left = None;
        for (at, (entered_step, entered)) in life.steps.iter().enumerate() {
            if *entered_step != step {
                continue;
            }
            let next = life.steps.get(at + 1).map(|(_, at)| *at).or(life.ended_at);
            if let Some(next) = next {
                spent += clocks.working(Profile::Standard, *entered, next);
            }
            left = next;
        }
        if let Some(left) = left {
            facts.mean(Kpi::StepTime, left, Some(step.code()), spent);
        }
    }
}

fn round(facts: &mut Facts, round: &RoundLife, clocks: &Clocks<'_>, now: DateTime<Utc>) {
    if let Some(ended) = round.ended_at {
        for (kpi, status, by) in [
            (Kpi::ReturnRate, RoundStatus::Returned, NodeStatus::Returned),
            (Kpi::RejectRate, RoundStatus::Rejected, NodeStatus::Rejected),
        ] {
            let hit = round.status == status;
            let node = round.nodes.iter().find(|n| hit && n.status == by);
            facts.rate(kpi, ended, node.map(|n| n.kind.code()), hit.into());
        }
        if round.status == RoundStatus::Approved {
            facts.rate(Kpi::FirstPass, ended, None, (round.round_no == 1).into());
        }
    }
    for node in &round.nodes {
        self::node(facts, node, clocks, now);
    }
}

/// Void nodes count nowhere; an open one counts as late from the moment it is, unless its clock stands still.
fn node(facts: &mut Facts, node: &NodeLife, clocks: &Clocks<'_>, now: DateTime<Utc>) {
    let (Some(arrived), Some(due)) = (node.arrived_at, node.due_at) else { return };
    let code = Some(node.kind.code());
    match (node.status, node.decided_at) {
        (NodeStatus::Voided, _) => {}
        (_, Some(decided)) => {
            facts.mean(Kpi::NodeTime, decided, code, clocks.working(node.profile, arrived, decided));
            facts.rate(Kpi::OverdueRate, decided, code, (decided > due).into());
            if decided > due {
                facts.mean(Kpi::OverdueTime, decided, code, clocks.working(node.profile, due, decided));
            }
            facts.rate(Kpi::EscalationRate, decided, code, node.is_escalated.into());
        }
        (_, None) => match node.runs_to() {
            Some(due) if due < now => facts.rate(Kpi::OverdueRate, due, code, true.into()),
            Some(due) => facts.until(due),
            None => {}
        },
    }
}

/// From the first submission to the final yes, and the last round alone.
fn approval(facts: &mut Facts, life: &DealLife, clocks: &Clocks<'_>) {
    let approved = life.rounds.iter().rfind(|r| r.status == RoundStatus::Approved);
    let (Some(first), Some(last)) = (life.rounds.first(), approved) else { return };
    let Some(ended) = last.ended_at else { return };
    let profile = match last.path {
        ApprovalPath::Fast => Profile::OnCall,
        ApprovalPath::Standard => Profile::Standard,
    };
    facts.mean(Kpi::ApprovalTime, ended, None, clocks.working(profile, first.submitted_at, ended));
    facts.mean(Kpi::FinalRoundTime, ended, None, clocks.working(profile, last.submitted_at, ended));
}

fn selling(facts: &mut Facts, life: &DealLife) {
    let Some(quote) = &life.sent else { return };
    facts.rate(Kpi::Conversion, quote.sent_at, None, quote.is_accepted.into());
    let won = if quote.is_accepted { quote.gross } else { Decimal::ZERO };
    facts.share(Kpi::ConversionAmount, quote.sent_at, won, quote.gross);
    if let Some((at, reason)) = quote.declined {
        facts.mean(Kpi::LostReasons, at, Some(reason.code()), Decimal::ONE);
    }
}

fn reviews(facts: &mut Facts, life: &DealLife, now: DateTime<Utc>) {
    for review in &life.reviews {
        let code = Some(review.kind.code());
        match review.reviewed_at {
            Some(at) => {
                facts.rate(Kpi::ReviewsInTime, review.due_at, code, (at <= review.due_at).into());
                facts.rate(Kpi::Objections, at, code, review.is_objection.into());
            }
            None if review.due_at < now => facts.rate(Kpi::ReviewsInTime, review.due_at, code, false.into()),
            None => facts.until(review.due_at),
        }
    }
}

fn order(facts: &mut Facts, life: &DealLife, order: &OrderLife, clocks: &Clocks<'_>) {
    let Some(confirmed) = order.confirmed_at else { return };
    facts.facts.push(Fact {
        kpi: Kpi::OrderCycle,
        at: confirmed,
        detail: Some(if life.is_urgent { DealKind::Urgent.code() } else { life.kind }),
        numerator: natural(life.opened_at, confirmed),
        denominator: Decimal::ONE,
        second: Some(clocks.working(Profile::Standard, life.opened_at, confirmed)),
    });
    facts.rate(Kpi::UrgentShare, confirmed, None, life.is_urgent.into());
    let changed = life.changes.iter().find(|(at, _)| *at >= confirmed);
    facts.rate(Kpi::ChangeRate, confirmed, changed.map(|(_, reason)| *reason), changed.is_some().into());
    let (mut given, mut policy) = (Decimal::ZERO, Decimal::ZERO);
    for line in &order.lines {
        if let Some(price) = line.policy_price {
            given += (price - line.price) * line.quantity;
            policy += price * line.quantity;
        }
        let below = line.floor_price.is_some_and(|floor| line.price < floor);
        facts.rate(Kpi::BelowFloor, confirmed, None, below.into());
    }
    if !policy.is_zero() {
        facts.share(Kpi::Discount, confirmed, given, policy);
    }
    for at in &order.shipped_at {
        facts.share(Kpi::ExceptionRate, *at, Decimal::ZERO, Decimal::ONE);
    }
}

/// A part of a line that is due together and was signed for together; `None` not yet.
struct Batch<'a> {
    promised: &'a Promised,
    signed: Option<DateTime<Utc>>,
}

/// Promises and sign-offs laid beside each other, earliest promise first.
fn batches(line: &LineLife) -> Vec<Batch<'_>> {
    let mut signed = line.signed.iter().copied();
    let mut received = signed.next();
    let mut out = Vec::new();
    for promised in &line.promised {
        let mut rest = promised.quantity;
        while let Some((available, at)) = received.filter(|_| rest > Decimal::ZERO) {
            let part = rest.min(available);
            out.push(Batch { promised, signed: Some(at) });
            rest -= part;
            received = if available > part { Some((available - part, at)) } else { signed.next() };
        }
        if rest > Decimal::ZERO {
            out.push(Batch { promised, signed: None });
        }
    }
    out
}

fn delivery(facts: &mut Facts, life: &DealLife, order: &OrderLife, now: DateTime<Utc>) {
    if order.is_cancelled || order.confirmed_at.is_none() {
        return;
    }
    let mut all_in_time = true;
    for line in order.lines.iter().filter(|l| l.is_goods) {
        let mut line_in_time = true;
        let mut last_promise = None;
        for Batch { promised, signed } in batches(line) {
            last_promise = Some(last_promise.map_or(promised.at, |p: DateTime<Utc>| p.max(promised.at)));
            for (kpi, due) in [(Kpi::OnTime, promised.at), (Kpi::OnTimeOurs, promised.put_off_to)] {
                match signed {
                    Some(at) => facts.rate(kpi, due, None, (at <= due).into()),
                    None if due < now => facts.rate(kpi, due, None, false.into()),
                    None => facts.until(due),
                }
            }
            line_in_time &= signed.map_or(promised.at >= now, |at| at <= promised.at);
            if let Some(at) = signed.filter(|at| *at > promised.at) {
                let late = (local_date(at) - local_date(promised.at)).num_days();
                facts.mean(Kpi::DelayDays, at, None, Decimal::from(late.max(0)));
            }
        }
        all_in_time &= line_in_time;
        let Some(due) = last_promise.filter(|due| *due < now || is_complete(line)) else { continue };
        facts.rate(Kpi::InFull, due, None, is_complete(line).into());
        facts.rate(Kpi::OnTimeInFull, due, None, (is_complete(line) && line_in_time).into());
    }
    if let Some(completed) = order.completed_at {
        let spoilt = life.exceptions.iter().any(|e| e.spoils_order) || life.complaints.iter().any(|c| c.spoils_order);
        let complete = !order.is_short_closed && order.lines.iter().filter(|l| l.is_goods).all(is_complete);
        facts.rate(Kpi::PerfectOrders, completed, None, (all_in_time && complete && !spoilt).into());
        facts.share(Kpi::ComplaintRate, completed, Decimal::ZERO, Decimal::ONE);
    }
}

fn is_complete(line: &LineLife) -> bool {
    line.signed.iter().map(|(quantity, _)| *quantity).sum::<Decimal>() >= line.quantity
}

fn money(facts: &mut Facts, life: &DealLife, now: DateTime<Utc>) {
    if life.order.as_ref().is_none_or(|order| order.is_cancelled) {
        return;
    }
    for m in &life.milestones {
        // Due on that day means until its end in company time.
        let due = super::period::end_of(m.due_on);
        if m.paid_on.is_some() || due < now {
            facts.rate(Kpi::PaidInTime, due, None, m.paid_on.is_some_and(|paid| paid <= m.due_on).into());
            facts.owed(due, m.open, now);
        } else {
            facts.until(due);
        }
    }
}

#[cfg(test)]
mod tests;
