//! The new total of a change as a page shows it: both totals, the milestones after it, who approves,
//! and where a change that is not carried out here goes on.

use crate::domain::calendar::local_date;
use crate::domain::change::{Bearer, Change, Way, resplit};
use crate::domain::money::{format_money, format_quantity};
use crate::domain::policy;
use crate::domain::workflow::new_total_guards::states_loss;
use crate::domain::workflow::{Action, Case, Offer};
use crate::web::deals::frame;
use crate::web::form::Choice;
use crate::web::page::Prices;
use crate::web::{SignedIn, Web};
use rust_decimal::Decimal;

pub struct TotalView {
    pub before: String,
    pub after: String,
    pub difference: String,
    /// Trigger, amount and what has come in.
    pub milestones: Vec<(String, String, String)>,
}

pub struct ApprovalView {
    pub by: String,
    pub state: String,
    pub is_given: bool,
    pub comment: String,
    pub loss: Option<String>,
}

pub struct ApproveForm {
    /// Who may bear the loss, when one has to be stated.
    pub bearers: Option<Vec<Choice>>,
}

/// For those who may see prices, while the order has not taken the total yet.
pub fn total(web: &Web, who: &SignedIn, case: &Case, change: &Change, prices: Prices) -> Option<TotalView> {
    let (total, order) = change.offer.as_deref().zip(case.order.as_ref()).filter(|_| prices == Prices::Shown)?;
    if change.effective_at.is_some() {
        return None;
    }
    let t = who.t();
    let rows = resplit(order, total, local_date(web.app().clock.now())).unwrap_or_default();
    let difference = total.priced.totals.gross - order.gross;
    let sign = if difference > Decimal::ZERO { "+" } else { "" };
    Some(TotalView {
        before: format_money(order.gross),
        after: format_money(total.priced.totals.gross),
        difference: format!("{sign}{}", format_money(difference)),
        milestones: rows
            .iter()
            .filter(|r| !r.amount.is_zero())
            .map(|r| {
                let received =
                    order.milestones.iter().find(|m| m.position == r.position).map_or(Decimal::ZERO, |m| m.received);
                let term = format!("{}% {}", format_quantity(r.percent), t.payment_trigger(r.trigger));
                (term, format_money(r.amount), format_money(received))
            })
            .collect(),
    })
}

pub fn approval(who: &SignedIn, change: &Change, prices: Prices) -> Option<ApprovalView> {
    let t = who.t();
    let approval = change.approval.as_ref()?;
    let said = approval.said.as_ref();
    Some(ApprovalView {
        by: t.total_approval_by(t.role(approval.role)),
        state: said.map_or_else(
            || t.total_approval_due(t.moment(approval.due_at)),
            |s| t.total_approved_by(t.moment(s.at), t.person(&s.by_name)),
        ),
        is_given: said.is_some(),
        comment: said.and_then(|s| s.comment.clone()).unwrap_or_default(),
        loss: said
            .and_then(|s| s.loss.as_ref())
            .filter(|_| prices == Prices::Shown)
            .map(|l| t.change_duty_loss(format_money(l.amount), t.change_bearer(l.borne_by))),
    })
}

pub fn approve_form(who: &SignedIn, case: &Case, offers: &[Offer]) -> Option<ApproveForm> {
    let t = who.t();
    frame::offer(offers, Action::ApproveChange).filter(|o| o.is_ready())?;
    policy::may_approve_change(&who.actor, case).ok()?;
    let bearers = || Bearer::ALL.iter().map(|b| Choice::new(b.code(), t.change_bearer(*b))).collect();
    Some(ApproveForm { bearers: states_loss(case).then(bearers) })
}

/// The words and the address where a change of this way goes on.
pub fn goes_on(who: &SignedIn, deal_no: &str, way: Way) -> Option<(&'static str, String)> {
    let t = who.t();
    Some(match way {
        Way::Supplementary => (t.total_go_deal(), "/deals/new".to_owned()),
        Way::Return | Way::Replacement | Way::CarrierOnly => {
            (t.total_go_delivery(), format!("/deals/{deal_no}/delivery"))
        }
        Way::CreditNote | Way::RedLetter => (t.total_go_invoice(), format!("/deals/{deal_no}/order#invoices")),
        Way::CancelOrder => (t.total_go_stop(), format!("/deals/{deal_no}/order")),
        _ => return None,
    })
}
