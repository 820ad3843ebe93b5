//! What customers owe: milestones that are due and open and what was owed before the system, the longest
//! overdue first. Finance and the heads see all, a manager the team's, a rep the own ones; nobody else has the page.

use super::deals::Chip;
use super::page::{self, Chrome, Section};
use super::work::only;
use super::{Problem, SignedIn, Web};
use crate::domain::calendar::local_date;
use crate::domain::money::format_money;
use crate::domain::policy::{self, Act};
use crate::store::receivables::{self, OpenRow, OwedFor};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use chrono::NaiveDate;
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
    pub no: String,
    pub href: String,
    pub customer: String,
    pub owner: String,
    pub owed_for: String,
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

/// What a row is owed for, in words.
pub fn owed_for(t: Lang, row: &OpenRow) -> String {
    match &row.owed_for {
        OwedFor::Milestone { position, trigger, .. } => t.money_milestone(position, t.payment_trigger(*trigger)),
        OwedFor::Before => t.money_before().to_owned(),
    }
}

fn line(t: Lang, today: NaiveDate, row: &OpenRow) -> Line {
    let days = (today - row.due_on).num_days();
    let (kind, text) = match days {
        1.. => ("overdue", t.money_days(days)),
        0 => ("due", t.money_due_today().to_owned()),
        _ => ("left", t.money_days(-days)),
    };
    Line {
        no: row.no.clone(),
        href: match &row.owed_for {
            OwedFor::Milestone { deal_no, .. } => format!("/deals/{deal_no}/order#milestones"),
            OwedFor::Before => format!("/customers/{}/credit", row.customer_no),
        },
        customer: row.customer_name.clone(),
        owner: page::name_in(t, &row.owner_name, &row.owner_name_en),
        owed_for: owed_for(t, row),
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
    let found = {
        let mut conn = web.app().db.search().await?;
        receivables::open(&mut conn, policy::visible_deals(&who.actor), today, only_late, ROWS).await?
    };
    page::page(&ReceivablesPage {
        chrome: page::chrome(&web, &who, Section::Orders).await?,
        t,
        overdue: asked.overdue,
        total: format_money(found.total),
        late: format_money(found.late),
        lines: found.rows.iter().map(|r| line(t, today, r)).collect(),
    })
}
