//! Hold, cancel and short-close on the order page: what was asked and decided, and the forms of
//! whoever may ask, decide, hold at once or take up again.

use super::{again, done};
use crate::domain::change::{Bearer, Loss};
use crate::domain::input::Flaw;
use crate::domain::money::format_money;
use crate::domain::order::Order;
use crate::domain::order_stop::{OrderStop, StopAnswer, StopKind, StopReason, StopStatus};
use crate::domain::policy::{self, Act};
use crate::domain::workflow::stop_guards::kinds_possible;
use crate::domain::workflow::{Action, Case, Command, Offer};
use crate::web::check::Checker;
use crate::web::deals::frame;
use crate::web::deals::grid::MAX_MONEY;
use crate::web::form::Choice;
use crate::web::{Post, Problem, SignedIn, Web};
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::post;
use rust_decimal::Decimal;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/deals/{no}/order/stop", post(request))
        .route("/deals/{no}/order/stop/decide", post(decide))
        .route("/deals/{no}/order/stop/withdraw", post(withdraw))
        .route("/deals/{no}/order/hold", post(hold))
        .route("/deals/{no}/order/resume", post(resume))
}

pub struct StopsView {
    /// Why the order stands still, when it does.
    pub on_hold: Option<String>,
    /// The kinds that this person could ask for now.
    pub request: Vec<Choice>,
    pub reasons: Vec<Choice>,
    pub decide: Option<DecideForm>,
    pub can_withdraw: bool,
    /// Reasons with which this person may hold the order at once.
    pub hold: Vec<Choice>,
    pub can_resume: bool,
    pub history: Vec<StopRow>,
}

pub struct DecideForm {
    pub kind: &'static str,
    pub asked: String,
    pub reason: &'static str,
    pub text: String,
    pub then: &'static str,
    pub answers: Vec<Choice>,
    /// Who may bear the loss, when a cost statement is needed.
    pub bearers: Option<Vec<Choice>>,
}

pub struct StopRow {
    pub kind: &'static str,
    pub reason: &'static str,
    pub text: String,
    pub asked: String,
    pub state: &'static str,
    pub state_kind: &'static str,
    pub decided: String,
    pub cost: Option<String>,
}

fn state_kind(status: StopStatus) -> &'static str {
    match status {
        StopStatus::Requested => "warn",
        StopStatus::InForce => "info",
        StopStatus::Refused => "bad",
        StopStatus::Withdrawn | StopStatus::Ended => "plain",
    }
}

fn row(who: &SignedIn, case: &Case, stop: &OrderStop) -> StopRow {
    let t = who.t();
    let sees_money = policy::may_on(&who.actor, Act::SeePrices, case).is_ok();
    let comment = |d: &crate::domain::order_stop::StopDecided| d.comment.clone().unwrap_or_default();
    StopRow {
        kind: t.stop_kind(stop.kind),
        reason: t.stop_reason(stop.reason),
        text: stop.text.clone(),
        asked: t.stop_asked_by(t.moment(stop.requested_at), t.person(&stop.requested_by_name)),
        state: t.stop_status(stop.status),
        state_kind: state_kind(stop.status),
        decided: stop
            .decided
            .as_ref()
            .map(|d| {
                t.stop_decided_by(
                    t.moment(d.at),
                    t.person(&d.by_name),
                    stop.end_note.clone().unwrap_or_else(|| comment(d)),
                )
            })
            .unwrap_or_default(),
        cost: stop
            .cost
            .as_ref()
            .filter(|_| sees_money)
            .map(|c| t.stop_cost_said(format_money(c.amount), t.change_bearer(c.borne_by))),
    }
}

fn decide_form(who: &SignedIn, case: &Case, order: &Order) -> Option<DecideForm> {
    let t = who.t();
    let stop = order.asked_stop()?;
    policy::may_decide_stop(&who.actor, case).ok()?;
    let bearers = || Bearer::ALL.iter().map(|b| Choice::new(b.code(), t.change_bearer(*b))).collect();
    Some(DecideForm {
        kind: t.stop_kind(stop.kind),
        asked: t.stop_asked_by(t.moment(stop.requested_at), t.person(&stop.requested_by_name)),
        reason: t.stop_reason(stop.reason),
        text: stop.text.clone(),
        then: match stop.kind {
            StopKind::Hold => t.stop_decide_then_hold(),
            StopKind::Cancel => t.stop_decide_then_cancel(),
            StopKind::ShortClose => t.stop_decide_then_short_close(),
        },
        answers: StopAnswer::ALL.iter().map(|a| Choice::new(a.code(), t.stop_answer(*a))).collect(),
        bearers: (stop.kind == StopKind::Cancel && order.has_started()).then(bearers),
    })
}

pub fn view(who: &SignedIn, case: &Case, order: &Order, offers: &[Offer]) -> StopsView {
    let t = who.t();
    let ready = |action| frame::offer(offers, action).is_some_and(Offer::is_ready);
    let reasons = |may: &dyn Fn(StopReason) -> bool| {
        StopReason::ALL
            .iter()
            .filter(|r| may(**r))
            .map(|r| Choice::new(r.code(), t.stop_reason(*r)))
            .collect::<Vec<_>>()
    };
    StopsView {
        on_hold: order.hold().map(|h| t.stop_note_on_hold(t.stop_reason(h.reason), &h.text)),
        request: if ready(Action::RequestStop) {
            kinds_possible(order).into_iter().map(|k| Choice::new(k.code(), t.stop_kind(k))).collect()
        } else {
            Vec::new()
        },
        reasons: reasons(&|_| true),
        decide: decide_form(who, case, order),
        can_withdraw: ready(Action::WithdrawStop) && policy::may_withdraw_stop(&who.actor, case).is_ok(),
        hold: if ready(Action::HoldOrder) {
            reasons(&|r| policy::may_hold_order(&who.actor, r, case).is_ok())
        } else {
            Vec::new()
        },
        can_resume: ready(Action::ResumeOrder) && policy::may_resume_order(&who.actor, case).is_ok(),
        history: order.stops.iter().rev().map(|s| row(who, case, s)).collect(),
    }
}

async fn request(State(web): State<Web>, Path(no): Path<String>, form: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&form.form);
    let kind = check.choice("stop_kind", StopKind::parse);
    let reason = check.choice("stop_reason", StopReason::parse);
    let text = check.long_text("stop_text", 5, 500);
    match (check.finish(), kind, reason, text) {
        (Ok(()), Some(kind), Some(reason), Some(text)) => {
            done(&web, &no, &form, Command::RequestStop { kind, reason, text }).await
        }
        (found, ..) => again(&web, &no, &form, found.err().unwrap_or_default()).await,
    }
}

async fn decide(State(web): State<Web>, Path(no): Path<String>, form: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&form.form);
    let answer = check.choice("stop_answer", StopAnswer::parse);
    let comment = check.optional_long_text("stop_comment", 2, 500);
    let refuses = answer == Some(StopAnswer::Refused);
    if refuses && comment.as_ref().is_none_or(|c| c.chars().count() < 5) && check.is_clean() {
        check.fail("stop_comment", Flaw::TooShort { min: 5 });
    }
    let mut cost = None;
    if form.form.has("cost_amount") && !refuses {
        let amount = check.decimal("cost_amount", 2, Decimal::ZERO, MAX_MONEY);
        let borne_by = check.choice("borne_by", Bearer::parse);
        cost = amount.zip(borne_by).map(|(amount, borne_by)| Loss { amount, borne_by });
    }
    match (check.finish(), answer) {
        (Ok(()), Some(answer)) => {
            let command = Command::DecideStop { answer, comment, cost };
            done(&web, &no, &form, command).await
        }
        (found, _) => again(&web, &no, &form, found.err().unwrap_or_default()).await,
    }
}

async fn withdraw(State(web): State<Web>, Path(no): Path<String>, form: Post) -> Result<Response, Problem> {
    done(&web, &no, &form, Command::WithdrawStop).await
}

async fn hold(State(web): State<Web>, Path(no): Path<String>, form: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&form.form);
    let reason = check.choice("hold_reason", StopReason::parse);
    let text = check.long_text("hold_text", 5, 500);
    match (check.finish(), reason, text) {
        (Ok(()), Some(reason), Some(text)) => done(&web, &no, &form, Command::HoldOrder { reason, text }).await,
        (found, ..) => again(&web, &no, &form, found.err().unwrap_or_default()).await,
    }
}

async fn resume(State(web): State<Web>, Path(no): Path<String>, form: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&form.form);
    let comment = check.long_text("resume_comment", 2, 500);
    match (check.finish(), comment) {
        (Ok(()), Some(comment)) => done(&web, &no, &form, Command::ResumeOrder { comment }).await,
        (found, _) => again(&web, &no, &form, found.err().unwrap_or_default()).await,
    }
}
