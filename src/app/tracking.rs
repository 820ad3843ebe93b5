//! Keeps the delivery plan and the stages in step with what happened: planned back from the promise
//! when the order is confirmed, planned anew when a promise moves, begun and ended by quantities.

use super::{App, Failure};
use crate::domain::calendar::truncated;
use crate::domain::change::{Change, follows};
use crate::domain::delivery::{Batch, DelayCause, plan, stage_quantities, transit_time};
use crate::domain::ids::PersonId;
use crate::domain::order::{DeliveryStage, Order, OrderLine, Shipment};
use crate::domain::requirement::DeliveryMode;
use crate::domain::workflow::Case;
use crate::store::tracking::{self, KeptStage};
use crate::store::{Tx, cases};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

pub(super) async fn keep(
    app: &App,
    tx: &mut Tx,
    case: &mut Case,
    actor: PersonId,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let mode = case.requirement.as_ref().map_or(DeliveryMode::Freight, |r| r.content.delivery_mode);
    let Some(order) = case.order.as_mut().filter(|o| o.confirmed_at.is_some() && o.completed_at.is_none()) else {
        return Ok(());
    };
    let change = case.change.as_deref();
    let is_planned = |line: &OrderLine, batches: &[Batch]| batches.iter().any(|b| b.line == line.id);
    if order.goods().any(|l| !is_planned(l, &order.tracking.batches)) {
        tracking::begin_batches(tx, order.id).await?;
        let begun: Vec<Batch> =
            order.goods().filter(|l| !is_planned(l, &order.tracking.batches)).map(first_batch).collect();
        order.tracking.batches.extend(begun);
    }
    follow_change(app, tx, order, change, (actor, now)).await?;
    let rows = changed_stages(app, order, mode, now);
    if !rows.is_empty() {
        tracking::keep_stages(tx, &rows, actor, now).await?;
    }
    if let Some(deal) = case.deal.as_mut().filter(|d| d.step == crate::domain::deal::Step::Delivery) {
        let promised = case.order.as_ref().map(|o| o.promised_at);
        if deal.step_due_at != promised {
            deal.step_due_at = promised;
            cases::move_step_due(tx, deal.id, promised).await?;
        }
    }
    Ok(())
}

fn first_batch(line: &OrderLine) -> Batch {
    Batch {
        line: line.id,
        no: 1,
        quantity: line.quantity,
        original_at: line.promised_at,
        promised_at: line.promised_at,
        slips: Vec::new(),
    }
}

/// A change record moved the promise of a line: what is not signed for follows, as far as it has to.
async fn follow_change(
    app: &App,
    tx: &mut Tx,
    order: &mut Order,
    change: Option<&Change>,
    (actor, now): (PersonId, DateTime<Utc>),
) -> Result<(), Failure> {
    let mut moved = Vec::new();
    for line in order.goods() {
        let quantities = stage_quantities(order, line);
        let of_line = || order.tracking.batches.iter().filter(|b| b.line == line.id);
        let Some(last) = of_line().map(|b| b.promised_at).max().filter(|last| *last != line.promised_at) else {
            continue;
        };
        let is_open =
            |no| quantities.iter().any(|(b, s, done, of)| *b == no && *s == DeliveryStage::SignOff && done < of);
        moved.extend(
            of_line()
                .filter(|b| is_open(b.no) && follows(b.promised_at, last, line.promised_at))
                .map(|b| (b.clone(), line.promised_at)),
        );
    }
    let reason = change.map_or_else(|| order.no.clone(), |c| c.no.clone());
    let cause = change.map_or(DelayCause::Customer, |c| c.request.cause());
    let told = change.and_then(|c| c.request.delay.as_ref()).map_or_else(|| reason.clone(), |d| d.told.clone());
    for (batch, to) in moved {
        tracking::follow_change(tx, &batch, to, (cause, &reason, &told), (actor, now, app.ids.next())).await?;
        for kept in order.tracking.batches.iter_mut().filter(|b| b.line == batch.line && b.no == batch.no) {
            kept.promised_at = to;
        }
    }
    Ok(())
}

/// The stages whose plan or state is not what it has to be.
fn changed_stages(app: &App, order: &Order, mode: DeliveryMode, now: DateTime<Utc>) -> Vec<KeptStage> {
    let confirmed_at = truncated(order.confirmed_at.unwrap_or(now));
    let mut rows = Vec::new();
    for line in order.goods() {
        for batch in order.tracking.batches.iter().filter(|b| b.line == line.id) {
            let of_batch: Vec<_> =
                stage_quantities(order, line).into_iter().filter(|(no, ..)| *no == batch.no).collect();
            let known = |stage| {
                order.tracking.stages.iter().find(|r| r.line == line.id && r.batch_no == batch.no && r.stage == stage)
            };
            let holds = known(DeliveryStage::SignOff).is_some_and(|r| r.planned_end == batch.promised_at);
            let mut planned = None;
            for (_, stage, done, of) in of_batch {
                let row = known(stage);
                let kept = row.filter(|r| holds || r.ended_at.is_some());
                let (planned_start, planned_end) = kept.map_or_else(
                    || {
                        let plan = planned.get_or_insert_with(|| {
                            plan(&app.calendar, confirmed_at, batch.promised_at, transit_time(mode))
                        });
                        plan.iter()
                            .find(|p| p.stage == stage)
                            .map_or((batch.promised_at, batch.promised_at), |p| (p.start, p.end))
                    },
                    |r| (r.planned_start, r.planned_end),
                );
                let (started_at, ended_at) = moments(order, line, stage, (done, of), row, (confirmed_at, now));
                let next = KeptStage {
                    line: line.id,
                    batch_no: batch.no,
                    stage,
                    planned_start,
                    planned_end,
                    started_at,
                    ended_at,
                    done,
                };
                let same = row.is_some_and(|r| {
                    (r.planned_start, r.planned_end, r.started_at, r.ended_at, r.done)
                        == (next.planned_start, next.planned_end, next.started_at, next.ended_at, next.done)
                });
                if !same {
                    rows.push(next);
                }
            }
            // What is not needed any more, for all came off the shelf, is over.
            let needed = |stage| stage_quantities(order, line).iter().any(|(no, s, ..)| *no == batch.no && *s == stage);
            let of_batch = order.tracking.stages.iter().filter(|r| r.line == line.id && r.batch_no == batch.no);
            rows.extend(of_batch.filter(|r| r.ended_at.is_none() && !needed(r.stage)).map(|r| KeptStage {
                line: r.line,
                batch_no: r.batch_no,
                stage: r.stage,
                planned_start: r.planned_start,
                planned_end: r.planned_end,
                started_at: r.started_at,
                ended_at: Some(now),
                done: r.done,
            }));
        }
    }
    rows
}

/// When a stage began and ended: the moment its quantity first moved, and the moment it was whole.
/// Goods arrive and are signed for when that happened, not when somebody typed it.
fn moments(
    order: &Order,
    line: &OrderLine,
    stage: DeliveryStage,
    (done, of): (Decimal, Decimal),
    row: Option<&crate::domain::delivery::StageRow>,
    (confirmed_at, now): (DateTime<Utc>, DateTime<Utc>),
) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
    let happened = match stage {
        DeliveryStage::Confirmed => confirmed_at,
        DeliveryStage::Transit => sent(order, line).filter_map(|s| s.arrived_at.or(s.signed_at)).max().unwrap_or(now),
        DeliveryStage::SignOff => sent(order, line).filter_map(|s| s.signed_at).max().unwrap_or(now),
        _ => now,
    };
    let started_at = row.and_then(|r| r.started_at).or((done > Decimal::ZERO).then_some(happened));
    let ended_at = (done >= of).then(|| row.and_then(|r| r.ended_at).unwrap_or(happened));
    (started_at.map(|at| ended_at.map_or(at, |end| end.min(at))), ended_at)
}

/// The shipments that a line is part of.
fn sent<'a>(order: &'a Order, line: &OrderLine) -> impl Iterator<Item = &'a Shipment> {
    let line = line.id;
    order.shipments.iter().filter(move |s| s.lines.iter().any(|l| l.order_line == line))
}
