//! What customers owe: milestones that are due and open, the longest overdue first. Finance and the
//! heads see all, a manager the team's, a rep the own ones; nobody else has the page.

use super::deals::Chip;
use super::page::{self, Chrome, Section};
use super::work::only;
use super::{Problem, SignedIn, Web};
use crate::domain::calendar::local_date;
use crate::domain::money::format_money;
use crate::domain::policy::{self, Act};
use crate::store::receivables::{self, OpenRow};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;

/// Rows shown; whoever has more to collect filters.
const ROWS: i64 = 200;

pub fn routes() -> Router<Web> {
    Router::new().route("/receivables", get(show))
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    overdue: String,
}

pub struct Line {
    pub order_no: String,
    pub href: String,
    pub customer: String,
    pub owner: String,
    pub milestone: String,
    pub amount: String,
    pub open: String,
    pub due: Chip,
    pub mark: &'static str,
}

#[derive(Template)]
#[template(path = "receivables.html")]
struct ReceivablesPage {
    chrome: Chrome,
    t: Lang,
    overdue: String,
    lines: Vec<Line>,
    total: String,
    late: String,
}

fn line(t: Lang, today: NaiveDate, row: &OpenRow) -> Line {
    let days = (today - row.due_on).num_days();
    let (kind, text) = match days {
        1.. => ("overdue", t.money_days(days)),
        0 => ("due", t.money_due_today().to_owned()),
        _ => ("left", t.money_days(-days)),
    };
    Line {
        order_no: row.order_no.clone(),
        href: format!("/deals/{}/order#milestones", row.deal_no),
        customer: row.customer_name.clone(),
        owner: page::name_in(t, &row.owner_name, &row.owner_name_en),
        milestone: t.money_milestone(row.position, t.payment_trigger(row.trigger)),
        amount: format_money(row.amount),
        open: format_money(row.open),
        due: Chip { kind, text, moment: t.date(row.due_on) },
        mark: if days > 0 { "is-late" } else { "" },
    }
}

async fn show(State(web): State<Web>, who: SignedIn, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    only(&who, Act::SeePrices)?;
    let t = who.t();
    let today = local_date(web.app().clock.now());
    let only_late = asked.overdue == "yes";
    let rows = {
        let mut conn = web.app().db.search().await?;
        let to = policy::visible_deals(&who.actor);
        receivables::open(&mut conn, to, only_late.then_some(today), ROWS).await?
    };
    let sum = |of: &dyn Fn(&&OpenRow) -> bool| rows.iter().filter(of).map(|r| r.open).sum::<Decimal>();
    let (total, late) = (sum(&|_| true), sum(&|r| r.due_on < today));
    page::page(&ReceivablesPage {
        chrome: page::chrome(&web, &who, Section::Orders).await?,
        t,
        overdue: asked.overdue,
        total: format_money(total),
        late: format_money(late),
        lines: rows.iter().map(|r| line(t, today, r)).collect(),
    })
}
