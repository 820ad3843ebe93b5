//! Plays the demonstration's deals: asks the workflow for the next act of a deal, lets the right
//! person do it, and moves the clock on through working hours until the deal stands where its plan
//! says. All deals run side by side in the order of time, as in a real sales department.
//!
//! What comes next is read from the deal itself, so that an interrupted making simply goes on.

use super::company::{NEWCOMERS, PEOPLE, STRANGERS};
use super::demo_deals::{DEALS, DealPlan, Turn, Until, With};
use super::founding::{self, Company};
use super::pace::{ago, course, usual};
use super::play_orders::{self as words, Doing};
use super::{demo_feedback, told};
use crate::app::{App, By, ForCustomer, NewDeal};
use crate::domain::approval::NodeStatus;
use crate::domain::calendar::{NaturalHours, WorkingMinutes};
use crate::domain::customer::Source;
use crate::domain::deal::{DealKind, DealStatus, Urgency, UrgentReason};
use crate::domain::order::Order;
use crate::domain::policy::VisibleTo;
use crate::domain::quote::QuoteStatus;
use crate::domain::staff::{Actor, Department};
use crate::domain::workflow::{self, Action, Case, Command};
use crate::store::{events, finding, lists};
use anyhow::{Context as _, anyhow};
use chrono::{DateTime, Utc};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Unread notices older than this, in working hours, were read.
const READ_AFTER: i64 = 10;

/// A deal on its way.
struct Running {
    plan: &'static DealPlan,
    no: Option<String>,
    last: DateTime<Utc>,
}

/// Brings every deal of the plan to where it belongs; how many deals there are.
pub async fn play(app: &App, company: &Company, now: DateTime<Utc>) -> anyhow::Result<usize> {
    let mut running = Vec::new();
    let mut queue = BinaryHeap::new();
    for (index, plan) in DEALS.iter().enumerate() {
        let deal = found_or_new(app, plan, now).await?;
        queue.push(Reverse((deal.last, index)));
        running.push(deal);
    }
    let read_at = ago(&app.calendar, now, WorkingMinutes::hours(READ_AFTER));
    let mut unread = Some(read_at);
    while let Some(Reverse((at, index))) = queue.pop() {
        if unread.is_some_and(|read_at| read_at < at) {
            app.clock.set(read_at);
            everybody_reads(app, company).await?;
            unread = None;
        }
        app.clock.set(at);
        let deal = &mut running[index];
        deal.last = at;
        if let Some(coming) =
            Box::pin(step(app, company, deal)).await.with_context(|| format!("deal {}", deal.plan.title))?
        {
            queue.push(Reverse((soon(app, index, coming, at, now), index)));
        }
    }
    app.clock.set(now);
    demo_feedback::after_delivery(app, company).await?;
    Ok(running.len())
}

async fn everybody_reads(app: &App, company: &Company) -> anyhow::Result<()> {
    for person in PEOPLE {
        app.read_notices(company.actor(person.login)?.id).await.map_err(told)?;
    }
    Ok(())
}

async fn found_or_new(app: &App, plan: &'static DealPlan, now: DateTime<Utc>) -> anyhow::Result<Running> {
    let mut conn = app.db.read().await?;
    let everything = VisibleTo::Everything;
    let search = finding::DealSearch {
        text: plan.title,
        visible: everything,
        contacts: everything,
        filter: &lists::DealFilter::default(),
        limit: finding::DEALS,
    };
    let found = finding::deal_ids(&mut conn, &search).await?;
    let rows = lists::deals(&mut conn, everything, &finding::among(found), finding::DEALS).await?;
    let Some(row) = rows.into_iter().find(|row| row.title == plan.title) else {
        let opened = ago(&app.calendar, now, WorkingMinutes::new(course(plan) + plan.age * 60));
        return Ok(Running { plan, no: None, last: opened });
    };
    let latest = events::latest(&mut conn, events::Stream::Deal(row.id.into()), 1).await?;
    let last = latest.first().map_or(row.opened_at, |event| event.at);
    Ok(Running { plan, no: Some(row.no), last })
}

/// When the next act happens: after the usual time, a little sooner or later, and never after now.
fn soon(app: &App, index: usize, coming: Action, at: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    let salt = (index * 37 + coming as usize * 11) % 29;
    let minutes = usual(coming) + i64::try_from(salt).unwrap_or(0) - 14;
    let then = app.calendar.add_working_minutes(at, WorkingMinutes::new(minutes.max(3)));
    if then < now { then } else { at + (now - at) / 2 }
}

/// Does the next act of a deal. Answers with what comes after it, or nothing when the deal stands
/// where its plan says.
async fn step(app: &App, company: &Company, deal: &mut Running) -> anyhow::Result<Option<Action>> {
    let plan = deal.plan;
    let owner = company.actor(plan.owner)?;
    let Some(no) = &deal.no else {
        let no = open(app, company, plan, &owner).await?;
        let case = app.deal(&owner, &no).await.map_err(told)?;
        deal.no = Some(no);
        return Ok(next(plan, &case));
    };
    let case = app.deal(&owner, no).await.map_err(told)?;
    if case.deal.as_ref().is_none_or(|d| d.status != DealStatus::Open) {
        return Ok(None);
    }
    let Some(action) = next(plan, &case) else {
        if let Until::Lost(_, reason) = plan.until {
            let doing = Doing { app, company, plan, case: &case };
            doing.act(&owner, Command::CloseDeal { reason }, Vec::new()).await?;
        }
        return Ok(None);
    };
    let doing = Doing { app, company, plan, case: &case };
    if let Action::RequestVerification | Action::VerifyLicense | Action::ConfirmWithCustomer = action {
        let With::Newcomer(position) = plan.with else { return Err(anyhow!("an archive without a plan")) };
        founding::advance(app, company, &NEWCOMERS[position], &case, &owner).await?;
    } else {
        doing.next_act(action).await?;
    }
    let after = app.deal(&owner, no).await.map_err(told)?;
    // A deal that is to be lost comes round once more to be closed.
    Ok(next(plan, &after).or(matches!(plan.until, Until::Lost(..)).then_some(Action::CloseDeal)))
}

async fn open(app: &App, company: &Company, plan: &DealPlan, owner: &Actor) -> anyhow::Result<String> {
    let customer = match plan.with {
        With::Known(code) => {
            let no = company.customers.get(code).ok_or_else(|| anyhow!("customer {code} is missing"))?;
            ForCustomer::Known { no: no.clone() }
        }
        With::Newcomer(position) => ForCustomer::New { legal_name: NEWCOMERS[position].legal_name.to_owned() },
        With::Stranger(position) => ForCustomer::New { legal_name: STRANGERS[position].to_owned() },
    };
    let source = match plan.kind {
        DealKind::New | DealKind::Sample => Source::Exhibition,
        DealKind::Project => Source::Tender,
        DealKind::Repeat | DealKind::Urgent => Source::Existing,
    };
    let urgency = (plan.kind == DealKind::Urgent).then(|| Urgency {
        reason: UrgentReason::Promotion,
        text: "客户周末促销活动现场缺少投屏设备,必须在活动前一天送到并完成调试".to_owned(),
        needed_at: words::delivery(plan, app.clock.now()),
    });
    let new = NewDeal {
        customer,
        kind: plan.kind,
        source,
        title: plan.title.to_owned(),
        promise: (plan.turn == Turn::Promise).then_some(NaturalHours(24)),
        urgency,
        repeats: None,
    };
    let by = By { actor: owner, request: app.ids.next(), form: None, uploads: Vec::new() };
    let done = app.open_deal(&by, new).await.map_err(told)?;
    Ok(done.then().rsplit('/').next().unwrap_or_default().to_owned())
}

/// The next act by the workflow, changed where the plan turns aside; none at the plan's end.
fn next(plan: &DealPlan, case: &Case) -> Option<Action> {
    let (action, _) = workflow::standing(case).next?;
    let is_asked = case.order.as_ref().is_some_and(|o| o.pledges.iter().any(|p| p.given.is_none()));
    // Only of the newest orders warehouse and logistics have not said yet whether they can do it.
    if is_asked && action != Action::ConfirmOrder && (plan.age > 2 || !is_there(plan.until, case, action)) {
        return Some(Action::GivePledge);
    }
    if has_turned(plan, case) && is_there(plan.until, case, action) {
        return None;
    }
    let quote = case.quote.as_ref().map(|q| q.status);
    let order = case.order.as_ref();
    if plan.turn == Turn::Revised && !has_turned(plan, case) && quote == Some(QuoteStatus::Sent) {
        return Some(Action::ReviseRequirement);
    }
    if plan.turn == Turn::Alternative {
        match (has_turned(plan, case), quote) {
            (false, Some(QuoteStatus::Sent)) => return Some(Action::AddAlternative),
            // The second offer begins as a copy of the first.
            (true, Some(QuoteStatus::Draft)) if costs_the_same(case) => return Some(Action::SaveQuote),
            _ => {}
        }
    }
    if action == Action::ConfirmOrder
        && case.round.as_ref().is_some_and(crate::domain::approval::Round::has_unacknowledged_condition)
    {
        return Some(Action::AcknowledgeCondition);
    }
    if action == Action::RecordPacking
        && let Some(order) = order
    {
        if order.specials.iter().any(|s| s.department == Department::Warehouse && s.acknowledged_at.is_none()) {
            return Some(Action::AcknowledgeSpecial);
        }
        // A part leaves before the rest is packed.
        if order.goods().any(|l| l.shipped < l.packed) {
            let unpaid = order.milestones.iter().any(crate::domain::order::Milestone::blocks_shipment);
            let waits = order.goods().any(|l| !order.to_ship(l).is_zero());
            return Some(match (unpaid, waits) {
                (true, _) => Action::RecordReceipt,
                (false, true) => Action::ArrangeShipment,
                (false, false) => Action::Ship,
            });
        }
        if order.goods().any(|l| l.signed < l.shipped) {
            return Some(Action::SignOff);
        }
    }
    Some(action)
}

fn costs_the_same(case: &Case) -> bool {
    let gross = case.quote.as_ref().map(|q| q.priced.totals.gross);
    case.alternatives.others.iter().any(|other| Some(other.gross) == gross)
}

/// Whether what did not go straight has happened.
fn has_turned(plan: &DealPlan, case: &Case) -> bool {
    match plan.turn {
        Turn::Returned => case.round.is_some() && case.quote.as_ref().is_some_and(|q| q.version_no > 1),
        Turn::Revised => case.requirement.as_ref().is_some_and(|r| r.version_no > 1),
        Turn::Alternative => !case.alternatives.others.is_empty(),
        Turn::None | Turn::Condition | Turn::Special | Turn::Promise => true,
    }
}

fn is_there(until: Until, case: &Case, action: Action) -> bool {
    let goods = || case.order.iter().flat_map(Order::goods);
    match until {
        Until::Archive(status) => case.customer.status == status,
        Until::Next(wanted) | Until::Lost(wanted, _) => action == wanted,
        Until::Node(kind) => {
            case.round.as_ref().is_some_and(|r| r.node(kind).is_some_and(|n| n.status == NodeStatus::Open))
        }
        Until::PartlySigned => goods().any(|l| !l.signed.is_zero()),
        Until::HalfProduced => goods().any(|l| !l.produced.is_zero()),
        Until::Completed => false,
    }
}
