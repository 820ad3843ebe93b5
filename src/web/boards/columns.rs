//! The same rows in columns: deals by step, orders by state; each head with count, money and number late.

use super::asked::{Asked, Set};
use super::line::DealLine;
use crate::domain::deal::{DealStatus, Step};
use crate::domain::money::format_money;
use crate::domain::order::OrderStatus;
use crate::domain::policy::{self, Act};
use crate::store::PgConnection;
use crate::store::boards::{self, By, MOST};
use crate::store::lists::DealFilter;
use crate::web::{Problem, SignedIn, Web};

/// Cards that a column shows, and on the wall, where every one must be read from afar.
const CARDS: i64 = 12;
const WALL_CARDS: i64 = 6;

/// One column of a board.
pub struct Column {
    pub code: &'static str,
    pub label: &'static str,
    /// `200+` where counting stops.
    pub count: String,
    pub late: String,
    /// Left out for readers without prices and for columns too long to be added up.
    pub sum: Option<String>,
    pub cards: Vec<DealLine>,
    /// The same as a table, when not every card is shown.
    pub more: Option<String>,
}

/// A capped count as people read it; nothing for none.
pub fn capped(count: i64, most: i64) -> String {
    match count {
        0 => String::new(),
        count if count > most => format!("{most}+"),
        count => count.to_string(),
    }
}

/// States of an order in the order of the business.
const STATES: [OrderStatus; 10] = [
    OrderStatus::Draft,
    OrderStatus::Confirmed,
    OrderStatus::InFulfilment,
    OrderStatus::PartiallyShipped,
    OrderStatus::Shipped,
    OrderStatus::Signed,
    OrderStatus::OnHold,
    OrderStatus::ShortClosed,
    OrderStatus::Completed,
    OrderStatus::Cancelled,
];

/// No order of an open deal has come to its end.
fn is_ended(status: OrderStatus) -> bool {
    matches!(status, OrderStatus::Completed | OrderStatus::Cancelled)
}

/// What a board shows only when there is any.
fn is_unusual(code: &str) -> bool {
    OrderStatus::parse(code).is_some_and(|s| is_ended(s) || matches!(s, OrderStatus::OnHold | OrderStatus::ShortClosed))
}

fn codes(asked: &Asked, filter: &DealFilter) -> (By, Vec<&'static str>) {
    match asked.set {
        Set::Deals => {
            let chosen = |s: &&Step| filter.step.as_deref().is_none_or(|only| only == s.code());
            (By::Step, Step::ALL.iter().filter(chosen).map(|s| s.code()).collect())
        }
        Set::Orders => {
            let only = filter.order_status.as_deref().and_then(OrderStatus::parse);
            let is_open = filter.status.as_deref() == Some(DealStatus::Open.code());
            let all = STATES.iter().filter(|s| !is_open || !is_ended(**s)).map(|s| s.code());
            (By::OrderStatus, only.map_or_else(|| all.collect(), |s| vec![s.code()]))
        }
    }
}

/// The columns, and how many rows they hold together.
pub async fn of(
    conn: &mut PgConnection,
    web: &Web,
    who: &SignedIn,
    asked: &Asked,
    filter: &DealFilter,
) -> Result<(Vec<Column>, String), Problem> {
    let t = who.t();
    let visible = policy::visible_deals(&who.actor);
    let sees_prices = policy::may_ever(&who.actor, Act::SeePrices);
    let (by, codes) = codes(asked, filter);
    let per = if asked.is("wall") { WALL_CARDS } else { CARDS };
    let heads = boards::heads(conn, visible, filter, by, &codes, web.app().clock.now()).await?;
    let cards = boards::cards(conn, visible, filter, by, &codes, per).await?;
    let total: i64 = heads.iter().map(|h| h.count.min(MOST)).sum();
    let is_capped = heads.iter().any(|h| h.count > MOST);
    let mut columns = Vec::new();
    for (place, (code, head)) in (1_i64..).zip(codes.iter().copied().zip(&heads)) {
        if head.count == 0 && (asked.is("wall") || is_unusual(code)) {
            continue;
        }
        columns.push(Column {
            code,
            label: match asked.set {
                Set::Deals => Step::parse(code).map(|s| t.step(s)).unwrap_or_default(),
                Set::Orders => OrderStatus::parse(code).map(|s| t.order_status(s)).unwrap_or_default(),
            },
            count: if head.count == 0 { "0".to_owned() } else { capped(head.count, MOST) },
            late: capped(head.late, MOST),
            sum: head.amount.filter(|_| sees_prices && head.count <= MOST).map(format_money),
            cards: cards.iter().filter(|c| c.place == place).map(|c| DealLine::of(web, who, &c.row)).collect(),
            more: (head.count > per).then(|| {
                let name = if asked.set == Set::Deals { "step" } else { "status" };
                asked.at(&[("view", ""), (name, code), ("wall", ""), ("panel", ""), ("sort", "due")])
            }),
        });
    }
    Ok((columns, if is_capped { format!("{total}+") } else { total.to_string() }))
}
