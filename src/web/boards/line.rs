//! One deal, with its order where there is one, as tables, boards, calendars and My work show it.

use crate::domain::deal::{DealKind, DealStatus, Step};
use crate::domain::money::format_money;
use crate::domain::order::OrderStatus;
use crate::domain::policy::{self, Act};
use crate::domain::promise::{self, Light};
use crate::domain::staff::Role;
use crate::domain::workflow::{Action, TurnClock};
use crate::store::lists::DealRow;
use crate::web::deals::Chip;
use crate::web::{SignedIn, Web, page};

/// One row for this reader.
pub struct DealLine {
    pub no: String,
    pub title: String,
    pub customer: String,
    pub owner: String,
    pub kind: String,
    pub step: String,
    pub status: String,
    pub status_kind: &'static str,
    pub is_urgent: bool,
    pub is_changing: bool,
    pub next: Option<String>,
    /// Whose turn it is.
    pub turn: String,
    pub due: Option<Chip>,
    /// What the customer still waits for, and when it was promised.
    pub promise: Option<Chip>,
    pub amount: Option<String>,
    /// Class of the row: late, soon, over.
    pub mark: &'static str,
    pub order_no: Option<String>,
    pub order_status: String,
    pub order_kind: &'static str,
    pub progress: i32,
    pub promised: String,
    /// The light of an order that somebody waits for, in a word.
    pub light: Option<&'static str>,
}

fn order_kind(status: OrderStatus) -> &'static str {
    match status {
        OrderStatus::Draft | OrderStatus::Cancelled | OrderStatus::ShortClosed => "plain",
        OrderStatus::Confirmed | OrderStatus::InFulfilment | OrderStatus::PartiallyShipped | OrderStatus::Shipped => {
            "info"
        }
        OrderStatus::Signed | OrderStatus::Completed => "ok",
        OrderStatus::OnHold => "warn",
    }
}

impl DealLine {
    /// The promise where another moment than it is due first.
    pub fn promise_apart(&self) -> Option<&Chip> {
        self.promise.as_ref().filter(|promise| self.due.as_ref().is_none_or(|due| due.moment != promise.moment))
    }

    /// Of an order: the limit of the turn, where no promise runs or where it is due sooner than the promise.
    pub fn due_of_order(&self) -> Option<&Chip> {
        let presses = |due: &Chip| !due.mark().is_empty();
        self.due.as_ref().filter(|due| self.promise.as_ref().is_none_or(|p| p.moment != due.moment && presses(due)))
    }

    pub fn of(web: &Web, who: &SignedIn, row: &DealRow) -> Self {
        let t = who.t();
        let now = web.app().clock.now();
        let status = DealStatus::parse(&row.status);
        let is_open = status == Some(DealStatus::Open);
        // A completed deal waits for somebody again when its goods came back.
        let waits = is_open || row.next_action.is_some();
        let owner = page::name_in(t, &row.owner_name, &row.owner_name_en);
        let role = row.turn_role.as_deref().and_then(Role::parse);
        let order = row.order_status.as_deref().and_then(OrderStatus::parse);
        let promised = status.and_then(|s| promise::of(s, row.promise_due_at, order.zip(row.order_promised_at)));
        // Delivery runs on the wall clock, every other step in working time.
        let due = match row.turn_due_at.filter(|_| waits) {
            Some(at) if row.step == Step::Delivery.code() => Some(Chip::natural(web, t, at)),
            Some(at) => Some(Chip::turn(
                web,
                t,
                at,
                TurnClock::parse(row.turn_profile.as_deref(), row.turn_department.as_deref()),
            )),
            // A decision always has its limit; that it is due nowhere means that its clock stands still.
            None if is_open && row.step == Step::Approval.code() => {
                Some(Chip { kind: "paused", text: String::new(), moment: String::new() })
            }
            None => None,
        };
        let is_kind = |kind: &str| due.iter().any(|c| c.kind == kind);
        let light = promised.map(|p| p.light(now));
        let is_at = |wanted: Light| is_open && light == Some(wanted);
        let mark = match waits {
            true if is_kind("overdue") || is_at(Light::Red) => "is-late",
            true if is_kind("due") || is_at(Light::Yellow) => "is-due",
            true => "",
            false => "is-done",
        };
        // The light says what the colour of the row says: the promise, or the limit of whoever moves the order on.
        let shines = waits && (light.is_some() || due.is_some());
        Self {
            no: row.no.clone(),
            title: row.title.clone(),
            customer: row.customer_name.clone(),
            kind: DealKind::parse(&row.kind).map(|k| t.deal_kind(k)).unwrap_or_default().to_owned(),
            step: Step::parse(&row.step).map(|s| t.step(s)).unwrap_or_default().to_owned(),
            status: status.map(|s| t.deal_status(s)).unwrap_or_default().to_owned(),
            status_kind: match status {
                Some(DealStatus::Open) => "info",
                Some(DealStatus::Completed) => "ok",
                _ => "plain",
            },
            is_urgent: row.is_urgent,
            is_changing: row.change_no.is_some(),
            next: row.next_action.as_deref().and_then(Action::parse).map(|a| t.next_act(a).to_owned()),
            turn: role
                .map(|r| if r == Role::SalesRep { owner.clone() } else { t.role(r).to_owned() })
                .unwrap_or_default(),
            owner,
            due,
            promise: promised.map(|p| Chip::promise(web, t, p)),
            amount: row.amount.filter(|_| policy::may_ever(&who.actor, Act::SeePrices)).map(format_money),
            mark,
            order_no: row.order_no.clone(),
            order_status: order.map(|s| t.order_status(s)).unwrap_or_default().to_owned(),
            order_kind: order.map_or("plain", order_kind),
            progress: row.progress,
            promised: row.order_promised_at.map(|at| t.moment(at)).unwrap_or_default(),
            light: shines.then(|| match mark {
                "is-late" => t.board_light_red(),
                "is-due" => t.board_light_yellow(),
                _ => t.board_light_green(),
            }),
        }
    }
}
