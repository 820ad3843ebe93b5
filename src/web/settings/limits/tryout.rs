//! "Would have gone to": the newest rounds routed again with another version of the numbers, each on the
//! facts of its own day. Nothing is changed.

use super::{LIMITS, Stored, Tab};
use crate::domain::approval::NodeKind;
use crate::domain::money::format_money;
use crate::domain::policy::{self, Act, VisibleTo};
use crate::domain::routing::{Route, route};
use crate::domain::rules::{Reapproval, Rules};
use crate::domain::watched;
use crate::store::{PgConnection, cases, quotes, rules};
use crate::web::form::{Choice, FormView};
use crate::web::page::{self, Chrome, Section};
use crate::web::{Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Deserialize;

/// Rounds that are looked at.
const ROUNDS: i64 = 200;

#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    version: String,
    #[serde(default)]
    rows: String,
}

struct Row {
    href: String,
    no: String,
    customer: String,
    when: String,
    amount: String,
    went: String,
    would_go: String,
    is_other: bool,
}

/// A round with where it would have gone.
struct Tried {
    round: rules::PastRound,
    gross: rust_decimal::Decimal,
    route: Route,
}

impl Tried {
    fn is_other(&self) -> bool {
        self.round.nodes != self.route.kinds()
    }
}

struct NodeCount {
    node: &'static str,
    went: usize,
    would_go: usize,
}

#[derive(Template)]
#[template(path = "settings/tryout.html")]
struct TryPage {
    chrome: Chrome,
    t: Lang,
    tabs: Vec<Tab>,
    form: FormView,
    versions: Vec<Choice>,
    shown: Vec<Choice>,
    version: String,
    tried: usize,
    other: usize,
    more: usize,
    fewer: usize,
    counts: Vec<NodeCount>,
    may_see_rows: bool,
    rows: Vec<Row>,
}

async fn try_out(conn: &mut PgConnection, with: &Rules, now: DateTime<Utc>) -> Result<Vec<Tried>, Problem> {
    let mut out = Vec::new();
    for mut round in rules::past_rounds(conn, ROUNDS).await? {
        round.nodes.sort_by_key(|kind| kind.place());
        let Some(quote) = quotes::load(conn, round.deal, Some(round.quote_version)).await? else { continue };
        let mut route = route(&quote, &round.facts, with, round.submitted_at);
        // As the round itself was planned: approvals that the one before it leaves standing are not asked again.
        if let (Reapproval::Watched, Some(watched), Some((id, former))) =
            (with.reapproval(), &round.watched, &round.former)
            && let Some(before) = cases::rounds_of(conn, round.deal, now).await?.iter().find(|r| r.id == *id)
        {
            watched::keep(&mut route, former, before, watched);
        }
        route.nodes.sort_by_key(|node| node.kind.place());
        out.push(Tried { gross: quote.priced.totals.gross, route, round });
    }
    Ok(out)
}

fn names(t: Lang, kinds: &[NodeKind]) -> String {
    kinds.iter().map(|kind| t.node_kind(*kind)).collect::<Vec<_>>().join(" → ")
}

pub async fn show(State(web): State<Web>, who: SignedIn, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    LIMITS.open(&who)?;
    let t = who.t();
    let stored = Stored::load(&web).await?;
    let chosen = asked.version.parse::<i32>().ok();
    let version = stored.versions.iter().find(|v| Some(v.version_no) == chosen).or(stored.versions.first());
    let with = version.and_then(|v| Rules::of(v.version_no, &v.values).ok()).unwrap_or_else(Rules::shipped);
    let mut conn = web.app().db.search().await?;
    let tried = try_out(&mut conn, &with, web.app().clock.now()).await?;
    drop(conn);
    let may_see_rows =
        policy::may_ever(&who.actor, Act::SeePrices) && policy::visible_deals(&who.actor) == VisibleTo::Everything;
    let only_other = asked.rows != "all";
    let mut form = FormView::default();
    form.push("version", with.version().to_string());
    form.push("rows", if only_other { "other" } else { "all" });
    let count = |is: fn(usize, usize) -> bool| {
        tried.iter().filter(|one| is(one.route.nodes.len(), one.round.nodes.len())).count()
    };
    page::page(&TryPage {
        chrome: page::chrome(&web, &who, Section::Settings).await?,
        t,
        tabs: LIMITS.tabs(&who),
        form,
        versions: stored
            .versions
            .iter()
            .map(|v| {
                let state = if v.is_draft() { t.contract_state_draft() } else { "" };
                Choice::new(v.version_no.to_string(), format!("{} {state}", t.rules_version(v.version_no)))
            })
            .collect(),
        shown: vec![Choice::new("other", t.rules_try_only_other()), Choice::new("all", t.rules_try_all())],
        version: t.rules_version(with.version()),
        tried: tried.len(),
        other: tried.iter().filter(|one| one.is_other()).count(),
        more: count(|new, old| new > old),
        fewer: count(|new, old| new < old),
        counts: NodeKind::ALL
            .iter()
            .map(|kind| NodeCount {
                node: t.node_kind(*kind),
                went: tried.iter().filter(|one| one.round.nodes.contains(kind)).count(),
                would_go: tried.iter().filter(|one| one.route.node(*kind).is_some()).count(),
            })
            .filter(|count| count.went + count.would_go > 0)
            .collect(),
        may_see_rows,
        rows: tried
            .iter()
            .filter(|one| may_see_rows && (one.is_other() || !only_other))
            .map(|one| Row {
                href: format!("/deals/{}/approval", one.round.deal_no),
                no: one.round.deal_no.clone(),
                customer: one.round.customer.clone(),
                when: t.moment_full(one.round.submitted_at),
                amount: format_money(one.gross),
                went: names(t, &one.round.nodes),
                would_go: names(t, &one.route.kinds()),
                is_other: one.is_other(),
            })
            .collect(),
    })
}
