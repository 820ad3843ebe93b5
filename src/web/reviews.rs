//! The quarterly re-check (DOMAIN 1.1): the list of what is due, the page on which a verifier
//! records it, and the words for how it stands wherever a customer is shown.

use super::boards::token;
use super::check::Checker;
use super::deals::Chip;
use super::form::{Choice, ErrorItem, FormView};
use super::page::{self, Chrome, Section, name_in};
use super::{Post, Problem, SignedIn, Web, problem};
use crate::domain::calendar::local_date;
use crate::domain::customer::{CustomerStatus, RegistryStatus, VerifyChannel};
use crate::domain::ids::PersonId;
use crate::domain::input::{Flaw, normalise};
use crate::domain::policy::{self, Act, VisibleTo};
use crate::domain::privacy;
use crate::domain::review::{HOWEVER_LATE, REMIND_DAYS, ReviewState, review_state};
use crate::domain::staff::Actor;
use crate::domain::workflow::{Action, Case, Command};
use crate::store::PgConnection;
use crate::store::reviews::{self, DueFilter, DueRow};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use chrono::{Days, NaiveDate, NaiveTime};
use uuid::Uuid;

/// Rows of one page.
const PAGE: usize = 50;

pub fn routes() -> Router<Web> {
    Router::new().route("/customers/reviews", get(index)).route("/customers/{no}/review", get(show).post(record))
}

/// How far or how late, as a chip.
pub(in crate::web) fn chip(t: Lang, on: NaiveDate, today: NaiveDate) -> Chip {
    let (kind, text) = match review_state(on, today, HOWEVER_LATE) {
        ReviewState::NotDue { left } => ("left", t.review_days_left(left)),
        ReviewState::DueSoon { left } => ("due", t.review_days_left(left)),
        ReviewState::Overdue { days: 0 } => ("due", t.review_today().to_owned()),
        ReviewState::Overdue { days } | ReviewState::Blocking { days } => ("overdue", t.review_days_over(days)),
    };
    Chip { kind, text, moment: t.date(on) }
}

/// The sentence for a customer's pages; nothing while there is time.
pub(in crate::web) fn sentence(t: Lang, on: Option<NaiveDate>, today: NaiveDate, grace: i64) -> Option<String> {
    let on = on?;
    match review_state(on, today, grace) {
        ReviewState::NotDue { .. } => None,
        ReviewState::DueSoon { left } => Some(t.review_notice_soon(t.date(on), left)),
        ReviewState::Overdue { days: 0 } => Some(t.review_notice_today().to_owned()),
        ReviewState::Overdue { days } => Some(t.review_notice_over(t.date(on), days)),
        ReviewState::Blocking { days } => Some(t.review_notice_blocking(t.date(on), days)),
    }
}

/// May this reader record the re-check of this row?
pub(in crate::web) fn may_review(actor: &Actor, row: &DueRow) -> bool {
    row.owner_id != actor.id.0
        && policy::may(actor, Act::Do(Action::ReviewCustomer), PersonId(row.owner_id), row.owner_manager.map(PersonId))
            .is_ok()
}

/// What is due or due soon among the archives the reader may open, first due first.
pub(in crate::web) async fn due_now(
    conn: &mut PgConnection,
    actor: &Actor,
    today: NaiveDate,
    limit: i64,
) -> Result<Vec<DueRow>, Problem> {
    let filter = DueFilter { until: Some(soon(today)), ..DueFilter::default() };
    Ok(reviews::due(conn, policy::visible_customers(actor), &filter, limit).await?)
}

fn soon(today: NaiveDate) -> NaiveDate {
    today.checked_add_days(Days::new(REMIND_DAYS.unsigned_abs())).unwrap_or(today)
}

struct Line {
    no: String,
    name: String,
    grade: String,
    owner: String,
    due: Chip,
    last: String,
    mark: &'static str,
    href: String,
    can_review: Option<()>,
}

#[derive(Template)]
#[template(path = "customers/reviews.html")]
struct ReviewsPage {
    chrome: Chrome,
    t: Lang,
    form: FormView,
    states: Vec<Choice>,
    owners: Vec<Choice>,
    rows: Vec<Line>,
    first: Option<String>,
    next: Option<String>,
    /// The address asked for a page that is none.
    is_astray: bool,
    is_filtered: bool,
}

/// The filter as it stands in the address; what cannot be read is left out.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    text: Option<String>,
    state: Option<&'static str>,
    owner: Option<Uuid>,
    /// The place of the last row, as it was sent.
    after: String,
}

const STATES: [&str; 3] = ["overdue", "soon", "later"];

impl Asked {
    fn of(query: &str) -> Self {
        let mut asked = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "q" => {
                    asked.text = Some(normalise(&value).chars().filter(|c| !c.is_control()).take(100).collect())
                        .filter(|q: &String| !q.is_empty());
                }
                "state" => asked.state = STATES.into_iter().find(|s| *s == value),
                "owner" => asked.owner = Uuid::parse_str(&value).ok(),
                "after" => asked.after = value.into_owned(),
                _ => {}
            }
        }
        asked
    }

    fn href(&self, after: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if let Some(text) = &self.text {
            query.append_pair("q", text);
        }
        if let Some(state) = self.state {
            query.append_pair("state", state);
        }
        if let Some(owner) = self.owner {
            query.append_pair("owner", &owner.to_string());
        }
        if !after.is_empty() {
            query.append_pair("after", after);
        }
        let query = query.finish();
        if query.is_empty() { "/customers/reviews".to_owned() } else { format!("/customers/reviews?{query}") }
    }

    /// The filter from the first page on.
    fn filter(&self, today: NaiveDate) -> DueFilter {
        let tomorrow = today.checked_add_days(Days::new(1)).unwrap_or(today);
        let after_soon = soon(today).checked_add_days(Days::new(1)).unwrap_or(today);
        let (from, until) = match self.state {
            Some("overdue") => (None, Some(today)),
            Some("soon") => (Some(tomorrow), Some(soon(today))),
            Some("later") => (Some(after_soon), None),
            _ => (None, Some(soon(today))),
        };
        DueFilter { text: self.text.clone(), owner: self.owner.map(PersonId), from, until, after: None }
    }
}

async fn index(State(web): State<Web>, RawQuery(query): RawQuery, who: SignedIn) -> Result<Response, Problem> {
    let t = who.t();
    let visible = policy::visible_customers(&who.actor);
    if visible == VisibleTo::Nothing {
        let roles: Vec<_> = policy::grants(Act::SeeContacts).iter().map(|(role, _)| *role).collect();
        return Err(problem::denied_to(&roles));
    }
    let asked = Asked::of(query.as_deref().unwrap_or_default());
    let today = local_date(web.app().clock.now());
    let chrome = page::chrome(&web, &who, Section::Customers).await?;
    let mut conn = web.app().db.search().await?;
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let (key, list) = (&web.installation().server_key, asked.href(""));
    let after = token::open(key, &list, &asked.after).map(|(at, id)| (at.date_naive(), id));
    let filter = DueFilter { after, ..asked.filter(today) };
    let mut found = reviews::due(&mut conn, visible, &filter, limit).await?;
    let owners = reviews::owners_due(&mut conn, visible, soon(today)).await?;
    drop(conn);
    let has_more = found.len() > PAGE;
    found.truncate(PAGE);
    let next = found.last().filter(|_| has_more).map(|last| {
        let at = last.next_review_on.and_time(NaiveTime::MIN).and_utc();
        asked.href(&token::mint(key, &list, at, last.id))
    });
    let mut form = FormView::default();
    form.put("q", asked.text.clone());
    form.put("state", asked.state);
    form.put("owner", asked.owner.map(|id| id.to_string()));
    page::page(&ReviewsPage {
        chrome,
        t,
        form,
        states: vec![
            Choice::new("overdue", t.review_state_overdue()),
            Choice::new("soon", t.review_state_soon()),
            Choice::new("later", t.review_state_later()),
        ],
        owners: owners
            .iter()
            .map(|o| {
                let name = name_in(t, &o.name, &o.name_en);
                Choice::new(o.owner_id.to_string(), t.review_owner_count(o.archives, name))
            })
            .collect(),
        rows: found.iter().map(|row| line(t, &who.actor, row, today)).collect(),
        is_astray: !asked.after.is_empty() && after.is_none(),
        first: after.map(|_| asked.href("")),
        next,
        is_filtered: asked.text.is_some() || asked.state.is_some() || asked.owner.is_some(),
    })
}

/// The class of a table row.
pub(in crate::web) fn mark(on: NaiveDate, today: NaiveDate) -> &'static str {
    match review_state(on, today, HOWEVER_LATE) {
        ReviewState::Overdue { .. } | ReviewState::Blocking { .. } => "is-late",
        ReviewState::DueSoon { .. } => "is-due",
        ReviewState::NotDue { .. } => "",
    }
}

fn line(t: Lang, actor: &Actor, row: &DueRow, today: NaiveDate) -> Line {
    Line {
        no: row.customer_no.clone(),
        name: row.legal_name.clone(),
        grade: row.grade.clone(),
        owner: name_in(t, &row.owner_name, &row.owner_name_en),
        due: chip(t, row.next_review_on, today),
        last: row.last_verified_on.map(|on| t.date(on)).unwrap_or_default(),
        mark: mark(row.next_review_on, today),
        href: format!("/customers/{}/review", row.customer_no),
        can_review: may_review(actor, row).then_some(()),
    }
}

struct Past {
    when: String,
    who: String,
    channel: &'static str,
    registry: &'static str,
    findings: String,
}

struct OnFile {
    facts: Vec<(String, String)>,
    contacts: Vec<(String, String, String)>,
    license: Option<String>,
}

#[derive(Template)]
#[template(path = "customers/review.html")]
struct ReviewPage {
    chrome: Chrome,
    t: Lang,
    no: String,
    name: String,
    version: i64,
    due: Option<Chip>,
    on_file: OnFile,
    channels: Vec<Choice>,
    registry: Vec<Choice>,
    form: FormView,
    errors: Vec<ErrorItem>,
    can_review: Option<()>,
    is_archived: bool,
    past: Vec<Past>,
}

fn on_file(t: Lang, actor: &Actor, case: &Case) -> OnFile {
    let c = &case.customer;
    let p = privacy::contacts_masked(&c.profile);
    let facts = [
        ("uscc", p.uscc.as_ref().map(|code| code.as_str().to_owned())),
        ("legal_rep", p.legal_rep.clone()),
        ("address_detail", p.address()),
        ("registry_status", p.registry_status.map(|s| t.registry_status(s).to_owned())),
    ];
    OnFile {
        facts: facts.into_iter().filter_map(|(code, v)| v.map(|v| (t.field(code).to_owned(), v))).collect(),
        contacts: p
            .active_contacts()
            .map(|c| {
                let ways = [&c.mobile, &c.landline, &c.email].into_iter().flatten().cloned().collect::<Vec<_>>();
                (c.name.clone(), c.title.clone(), ways.join(" · "))
            })
            .collect(),
        license: c
            .license
            .filter(|_| policy::may_on(actor, Act::SeeCustomer, case).is_ok())
            .map(|id| format!("/files/{id}")),
    }
}

async fn review_page(
    web: &Web,
    who: &SignedIn,
    case: &Case,
    mut form: FormView,
    errors: Vec<ErrorItem>,
) -> Result<ReviewPage, Problem> {
    let t = who.t();
    let c = &case.customer;
    let act = Act::Do(Action::ReviewCustomer);
    let is_archived = c.status == CustomerStatus::Archived;
    let may = policy::may_separately(&who.actor, act, case).and_then(|()| policy::may_on(&who.actor, act, case));
    if form.values("registry_status").is_empty() {
        form.put("registry_status", c.profile.registry_status.map(RegistryStatus::code));
    }
    let mut conn = web.app().db.read().await?;
    let past = reviews::past(&mut conn, c.id).await?;
    drop(conn);
    Ok(ReviewPage {
        chrome: page::chrome(web, who, Section::Customers).await?,
        t,
        no: c.no.clone(),
        name: c.profile.legal_name.clone(),
        version: c.version,
        due: c.next_review_on.map(|on| chip(t, on, local_date(web.app().clock.now()))),
        on_file: on_file(t, &who.actor, case),
        channels: VerifyChannel::ALL.iter().map(|v| Choice::new(v.code(), t.verify_channel(*v))).collect(),
        registry: RegistryStatus::ALL.iter().map(|v| Choice::new(v.code(), t.registry_status(*v))).collect(),
        form,
        errors,
        can_review: (is_archived && may.is_ok()).then_some(()),
        is_archived,
        past: past
            .into_iter()
            .map(|r| Past {
                when: t.moment_full(r.at),
                who: name_in(t, &r.by, &r.by_en),
                channel: VerifyChannel::parse(&r.channel).map(|v| t.verify_channel(v)).unwrap_or_default(),
                registry: RegistryStatus::parse(&r.registry_status).map(|v| t.registry_status(v)).unwrap_or_default(),
                findings: r.findings,
            })
            .collect(),
    })
}

async fn show(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let case = web.app().customer(&who.actor, &no).await?;
    page::page(&review_page(&web, &who, &case, FormView::default(), Vec::new()).await?)
}

fn label(t: Lang, field: &str) -> &'static str {
    match field {
        "verify_channel" => t.review_channel(),
        "registry_status" => t.review_registry(),
        "contacts_checked" => t.field("contacts"),
        _ => t.review_findings(),
    }
}

async fn record(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let t = post.t();
    let case = web.app().customer(&post.who.actor, &no).await?;
    let act = Act::Do(Action::ReviewCustomer);
    policy::may_separately(&post.who.actor, act, &case)
        .and_then(|()| policy::may_on(&post.who.actor, act, &case))
        .map_err(|d| post.keeping(d))?;
    let mut check = Checker::new(&post.form);
    let channel = check.choice("verify_channel", VerifyChannel::parse);
    let registry_status = check.choice("registry_status", RegistryStatus::parse);
    let findings = check.long_text("findings", 2, 500);
    if post.form.value("contacts_checked") != "yes" {
        check.fail("contacts_checked", Flaw::Required);
    }
    let (Some(channel), Some(registry_status), Some(findings), true) =
        (channel, registry_status, findings, check.is_clean())
    else {
        let flaws = check.finish().err().unwrap_or_default();
        let by_field: Vec<(String, String)> = flaws.iter().map(|(f, flaw)| (f.clone(), t.flaw(flaw))).collect();
        let errors = by_field
            .iter()
            .map(|(f, text)| ErrorItem { field: f.clone(), text: t.customer_error(label(t, f), text) })
            .collect();
        let form = FormView::typed(&post.form, by_field);
        return page::invalid(&review_page(&web, &post.who, &case, form, errors).await?);
    };
    let command = Command::ReviewCustomer { channel, registry_status, findings };
    let then = format!("/customers/{no}");
    let done = web
        .app()
        .act_on_customer(&post.by(&then), &no, post.form.version(), command)
        .await
        .map_err(|f| post.keeping(f))?;
    Ok(page::see_other(&web, done.then(), Action::ReviewCustomer.code()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_banner_counts_days_and_keeps_quiet_before_its_time() {
        let on = Some(day("2026-12-17"));
        let said = |today: &str| sentence(Lang::En, on, day(today), 30);
        assert_eq!(said("2026-12-02"), None);
        assert!(said("2026-12-03").unwrap().contains("in 14 days"));
        assert!(said("2026-12-17").unwrap().contains("today"));
        assert!(said("2026-12-29").unwrap().contains("12 days overdue"));
        assert!(said("2027-01-16").unwrap().contains("30 days overdue"));
        assert!(said("2027-01-17").unwrap().contains("no new order"));
        assert_eq!(sentence(Lang::En, None, day("2026-12-17"), 30), None);
    }

    #[test]
    fn the_address_of_a_page_is_read_back_and_odd_ones_filter_nothing() {
        let owner = Uuid::from_u128(3);
        let asked =
            Asked {
                text: Some("星辰 & 云".to_owned()), state: Some("soon"), owner: Some(owner), after: String::new()
            };
        let href = asked.href("1.2.3");
        let query = href.strip_prefix("/customers/reviews?").unwrap();
        assert_eq!(Asked::of(query), Asked { after: "1.2.3".to_owned(), ..asked });
        assert_eq!(Asked::of("state=odd&owner=x&q=%20"), Asked::default());
    }

    #[test]
    fn the_three_states_share_out_every_day_once() {
        let today = day("2026-12-17");
        for days in 0..60_u64 {
            let due = day("2026-12-01") + Days::new(days);
            let holds = STATES.iter().filter(|state| {
                let f = Asked { state: Some(state), ..Asked::default() }.filter(today);
                f.from.is_none_or(|from| due >= from) && f.until.is_none_or(|until| due <= until)
            });
            assert_eq!(holds.count(), 1, "{due}");
        }
    }
}
