//! A customer's credit (DOMAIN 3.6): limit and what of it is used, late receivables, what is owed from
//! before the system, and every term finance ever set. Finance changes it, sales reads it.

use super::check::Checker;
use super::form::{ErrorItem, FormView};
use super::page::{self, Chrome, Section, name_in};
use super::{Post, Problem, SignedIn, Web};
use crate::domain::calendar::local_date;
use crate::domain::credit::CreditChange;
use crate::domain::input::{self, Flaw};
use crate::domain::money::format_money;
use crate::domain::policy::{self, Act};
use crate::domain::workflow::{Action, Case, Command};
use crate::store::credit::{self, Receivable, Terms};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{Redirect, Response};
use axum::routing::get;
use rust_decimal::Decimal;

/// The largest amount in yuan.
const MOST: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);
const CENT: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/customers/{no}/credit", get(show).post(change))
        .route("/customers/{no}/credit/{what}", get(back).post(change))
}

struct Line {
    id: String,
    no: String,
    amount: String,
    due: String,
    note: String,
    /// Days late, in words; nothing while there is time or when paid.
    late: Option<String>,
    settled: Option<String>,
}

struct Past {
    when: String,
    who: String,
    limit: String,
    days: i32,
    tolerated: String,
    reason: String,
}

#[derive(Template)]
#[template(path = "customers/credit.html")]
struct CreditPage {
    chrome: Chrome,
    t: Lang,
    no: String,
    name: String,
    version: i64,
    form: FormView,
    errors: Vec<ErrorItem>,
    facts: Vec<(&'static str, String)>,
    hold: Option<String>,
    can_change: bool,
    lines: Vec<Line>,
    past: Vec<Past>,
}

fn line(t: Lang, today: chrono::NaiveDate, r: &Receivable) -> Line {
    let days = today.signed_duration_since(r.due_on).num_days();
    Line {
        id: r.id.to_string(),
        no: r.no.clone(),
        amount: format_money(r.amount),
        due: t.date(r.due_on),
        note: r.note.clone().unwrap_or_default(),
        late: (days > 0 && r.settled_on.is_none()).then(|| t.credit_days_late(days)),
        settled: r.settled_on.map(|on| t.credit_settled_on(t.date(on), r.reference.clone().unwrap_or_default())),
    }
}

fn past(t: Lang, terms: &Terms) -> Past {
    Past {
        when: t.moment_full(terms.set_at),
        who: name_in(t, &terms.set_by.0, &terms.set_by.1),
        limit: format_money(terms.limit),
        days: terms.days,
        tolerated: terms.tolerated_until.map(|on| t.date(on)).unwrap_or_default(),
        reason: terms.reason.clone(),
    }
}

/// The forms as they start: the terms in force, nothing else.
fn fresh(case: &Case) -> FormView {
    let mut form = FormView::default();
    form.push("credit_limit", case.customer.credit_limit.normalize().to_string());
    form.push("credit_days", case.customer.credit_days.to_string());
    let until = case.route_facts.credit.tolerated_until;
    form.push("tolerated_until", until.map(|on| on.to_string()).unwrap_or_default());
    form
}

async fn build(web: &Web, who: &SignedIn, case: &Case, typed: Option<FormView>) -> Result<CreditPage, Problem> {
    let t = who.t();
    policy::may_on(&who.actor, Act::SeePrices, case).map_err(Problem::from)?;
    let c = &case.customer;
    let mut conn = web.app().db.read().await?;
    let receivables = credit::receivables(&mut conn, c.id).await?;
    let history = credit::history(&mut conn, c.id).await?;
    drop(conn);
    let now = web.app().clock.now();
    let known = &case.route_facts.credit;
    let rules = case.rules.at(now);
    let used = known.exposure(Decimal::ZERO);
    let form = typed.unwrap_or_else(|| fresh(case));
    Ok(CreditPage {
        chrome: page::chrome(web, who, Section::Customers).await?,
        t,
        no: c.no.clone(),
        name: c.profile.legal_name.clone(),
        version: c.version,
        errors: form.errors(),
        form,
        facts: vec![
            (
                t.credit_limit(),
                known.limit.map_or_else(|| t.credit_no_limit().to_owned(), |l| format!("¥{}", format_money(l))),
            ),
            (t.credit_days(), t.credit_days_value(c.credit_days)),
            (t.credit_receivable(), format!("¥{}", format_money(known.receivable))),
            (t.credit_unshipped(), format!("¥{}", format_money(known.unshipped))),
            (t.credit_used(), format!("¥{}", format_money(used))),
            (t.credit_left(), known.limit.map_or_else(String::new, |l| format!("¥{}", format_money(l - used)))),
            (t.credit_oldest(), known.oldest_due.map(|on| t.date(on)).unwrap_or_default()),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect(),
        hold: known.is_on_hold(rules, now).then(|| t.credit_on_hold(known.overdue_days(now), rules.credit_hold_days())),
        can_change: policy::may_on(&who.actor, Act::Do(Action::ChangeCredit), case).is_ok()
            && policy::may_separately(&who.actor, Act::Do(Action::ChangeCredit), case).is_ok(),
        lines: receivables.iter().map(|r| line(t, local_date(now), r)).collect(),
        past: history.iter().map(|terms| past(t, terms)).collect(),
    })
}

async fn show(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let case = web.app().customer(&who.actor, &no).await?;
    page::page(&build(&web, &who, &case, None).await?)
}

async fn back(Path((no, _)): Path<(String, String)>) -> Redirect {
    Redirect::to(&format!("/customers/{no}/credit"))
}

/// What one of the three forms asks for; nothing when the checker has noted what is wrong.
async fn read(
    web: &Web,
    case: &Case,
    post: &Post,
    what: &str,
    check: &mut Checker<'_>,
) -> Result<Option<CreditChange>, Problem> {
    let today = local_date(web.app().clock.now());
    Ok(match what {
        "receivable" => {
            let no = check.text("receivable_no", 2, 60);
            let amount = check.decimal("receivable_amount", 2, CENT, MOST);
            let due_on = check.date("receivable_due");
            let note = check.optional_long_text("receivable_note", 2, 500);
            let mut conn = web.app().db.read().await?;
            let known = credit::receivables(&mut conn, case.customer.id).await?;
            if no.as_ref().is_some_and(|no| known.iter().any(|r| r.no == *no)) {
                check.fail("receivable_no", Flaw::NotUnique);
            }
            match (no, amount, due_on) {
                (Some(no), Some(amount), Some(due_on)) => {
                    Some(CreditChange::Receivable { id: web.app().ids.next(), no, amount, due_on, note })
                }
                _ => None,
            }
        }
        "settle" => {
            let mut conn = web.app().db.read().await?;
            let open = credit::receivables(&mut conn, case.customer.id).await?;
            let wanted = post.form.value("receivable");
            let of = open.into_iter().find(|r| r.settled_on.is_none() && r.id.to_string() == wanted);
            let settled_on = check.date("settled_on");
            if settled_on.is_some_and(|on| on > today) {
                check.fail("settled_on", Flaw::InTheFuture);
            }
            let reference = check.required("reference", |raw| input::text(raw, 2, 60));
            if of.is_none() {
                check.fail("receivable", Flaw::UnknownChoice);
            }
            match (of, settled_on, reference) {
                (Some(r), Some(settled_on), Some(reference)) => {
                    Some(CreditChange::Settled { id: r.id, no: r.no, settled_on, reference })
                }
                _ => None,
            }
        }
        _ => {
            let limit = check.decimal("credit_limit", 2, Decimal::ZERO, MOST);
            let days = check.whole("credit_days", 0, 365);
            let tolerated_until = check.optional_date("tolerated_until");
            if tolerated_until.is_some_and(|on| on < today) {
                check.fail("tolerated_until", Flaw::InThePast);
            }
            let reason = check.long_text("credit_reason", 5, 500);
            match (limit, days.and_then(|d| i32::try_from(d).ok()), reason) {
                (Some(limit), Some(days), Some(reason)) => {
                    Some(CreditChange::Terms { limit, days, tolerated_until, reason })
                }
                _ => None,
            }
        }
    })
}

fn label(t: Lang, field: &str) -> &'static str {
    match field {
        "credit_limit" => t.credit_limit(),
        "credit_days" => t.credit_days(),
        "tolerated_until" => t.credit_tolerated(),
        "credit_reason" => t.credit_reason(),
        "receivable_no" => t.credit_no(),
        "receivable_amount" => t.credit_amount(),
        "receivable_due" => t.credit_due(),
        "settled_on" => t.credit_paid_on(),
        "reference" => t.credit_reference(),
        _ => t.credit_note(),
    }
}

async fn change(State(web): State<Web>, path: Path<Vec<(String, String)>>, post: Post) -> Result<Response, Problem> {
    let named = |wanted: &str| path.0.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
    let (no, what) = (named("no").unwrap_or_default(), named("what").unwrap_or_default());
    let t = post.t();
    let case = web.app().customer(&post.who.actor, &no).await?;
    policy::may_on(&post.who.actor, Act::Do(Action::ChangeCredit), &case).map_err(|d| post.keeping(d))?;
    let mut check = Checker::new(&post.form);
    let asked = read(&web, &case, &post, &what, &mut check).await?;
    match (asked, check.finish()) {
        (Some(asked), Ok(())) => {
            let by = post.by(format!("/customers/{no}/credit"));
            let command = Command::ChangeCredit(Box::new(asked));
            let done =
                web.app().act_on_customer(&by, &no, post.form.version(), command).await.map_err(|f| post.keeping(f))?;
            Ok(page::see_other(&web, done.then(), Action::ChangeCredit.code()))
        }
        (_, found) => {
            let flaws = found.err().unwrap_or_default();
            let errors =
                flaws.iter().map(|(f, flaw)| (f.clone(), t.customer_error(label(t, f), t.flaw(flaw)))).collect();
            // The forms that were not sent keep what stands.
            let mut form = FormView::typed(&post.form, errors);
            for (name, value) in [
                ("credit_limit", case.customer.credit_limit.normalize().to_string()),
                ("credit_days", case.customer.credit_days.to_string()),
            ] {
                if !post.form.has(name) {
                    form.push(name, value);
                }
            }
            page::invalid(&build(&web, &post.who, &case, Some(form)).await?)
        }
    }
}
