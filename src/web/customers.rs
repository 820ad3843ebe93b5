//! The list of customer archives, registering one without a deal, and the address of each archive.
//!
//! The forms of an archive are those of step 1; here is only the way to them.

use super::check::Checker;
use super::deals::{Place, customer_command, customer_page, legal_name};
use super::form::{Choice, ErrorItem, FormView};
use super::page::{self, Chrome, Section, name_in};
use super::{Post, Problem, SignedIn, Web, problem};
use crate::domain::calendar::local_date;
use crate::domain::company_name;
use crate::domain::customer::{CustomerStatus, Grade, Kept, Mark, Source};
use crate::domain::input::normalise;
use crate::domain::policy::{self, Act, VisibleTo};
use crate::domain::workflow::Blocker;
use crate::store::customer_list::{self, CustomerSearch};
use crate::store::lists::{self, CustomerRow};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use chrono::{DateTime, SecondsFormat, Utc};
use uuid::Uuid;

/// Rows of one page.
const PAGE: i64 = 50;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/customers", get(index))
        .route("/customers/new", get(new).post(register))
        .route("/customers/{no}", get(show).post(save))
        .route("/customers/{no}/{verb}", get(back).post(command))
}

async fn show(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    // A number that was merged leads on; those who may not follow are told where it went.
    if let Some(Blocker::MergedInto { no: into, owner }) = web.app().merged_into(&who.actor, &no).await? {
        if web.app().customer(&who.actor, &into).await.is_ok() {
            return Ok(Redirect::to(&format!("/customers/{into}?from={no}")).into_response());
        }
        return Err(Problem::not_now(Blocker::MergedInto { no: into, owner }));
    }
    customer_page(&web, &who, &Place::Customer { no }).await
}

async fn save(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    customer_command(&web, &Place::Customer { no }, "", post).await
}

async fn command(
    State(web): State<Web>,
    Path((no, verb)): Path<(String, String)>,
    post: Post,
) -> Result<Response, Problem> {
    customer_command(&web, &Place::Customer { no }, &verb, post).await
}

async fn back(Path((no, _)): Path<(String, String)>) -> Redirect {
    Redirect::to(&Place::Customer { no }.base())
}

struct Line {
    no: String,
    name: String,
    status: String,
    status_kind: &'static str,
    marks: Vec<&'static str>,
    grade: String,
    owner: String,
    review: String,
    updated: String,
    is_late: bool,
}

#[derive(Template)]
#[template(path = "customers/index.html")]
struct IndexPage {
    chrome: Chrome,
    t: Lang,
    form: FormView,
    statuses: Vec<Choice>,
    rows: Vec<Line>,
    newer: Option<String>,
    older: Option<String>,
    is_filtered: bool,
    can_register: Option<()>,
    can_import: Option<()>,
    can_export: Option<()>,
}

/// The filter as it stands in the address; what cannot be read is left out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::web) struct Filter {
    pub text: Option<String>,
    pub kept: Option<Kept>,
    before: Option<(DateTime<Utc>, Uuid)>,
}

impl Filter {
    fn of(query: &str) -> Self {
        let mut filter = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "q" => {
                    filter.text = Some(normalise(&value).chars().filter(|c| !c.is_control()).take(100).collect())
                        .filter(|q: &String| !q.is_empty());
                }
                "status" => filter.kept = Kept::parse(&value),
                "before" => filter.before = place_in_list(&value),
                _ => {}
            }
        }
        filter
    }

    /// The same filter as a form sends it.
    pub fn typed(text: &str, status: &str) -> Self {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("q", text).append_pair("status", status);
        Self::of(&query.finish())
    }

    /// The address of the list with this filter, from a place in it.
    fn href(&self, before: Option<(DateTime<Utc>, Uuid)>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if let Some(text) = &self.text {
            query.append_pair("q", text);
        }
        if let Some(kept) = self.kept {
            query.append_pair("status", kept.code());
        }
        if let Some((at, id)) = before {
            query.append_pair("before", &format!("{}_{id}", at.to_rfc3339_opts(SecondsFormat::Micros, true)));
        }
        let query = query.finish();
        if query.is_empty() { "/customers".to_owned() } else { format!("/customers?{query}") }
    }
}

fn place_in_list(raw: &str) -> Option<(DateTime<Utc>, Uuid)> {
    let (at, id) = raw.rsplit_once('_')?;
    Some((DateTime::parse_from_rfc3339(at).ok()?.with_timezone(&Utc), Uuid::parse_str(id).ok()?))
}

async fn index(State(web): State<Web>, RawQuery(query): RawQuery, who: SignedIn) -> Result<Response, Problem> {
    let t = who.t();
    let visible = policy::visible_customers(&who.actor);
    if visible == VisibleTo::Nothing {
        let roles: Vec<_> = policy::grants(Act::SeeContacts).iter().map(|(role, _)| *role).collect();
        return Err(problem::denied_to(&roles));
    }
    let filter = Filter::of(query.as_deref().unwrap_or_default());
    let chrome = page::chrome(&web, &who, Section::Customers).await?;
    let today = local_date(web.app().clock.now());
    let mut conn = web.app().db.search().await?;
    let search = CustomerSearch {
        visible,
        contacts: policy::visible_contacts(&who.actor),
        text: filter.text.as_deref(),
        status: filter.kept,
        before: filter.before,
        limit: PAGE + 1,
    };
    let mut found = customer_list::page(&mut conn, &search).await?;
    drop(conn);
    let page_size = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let has_more = found.len() > page_size;
    found.truncate(page_size);
    let older = found.last().filter(|_| has_more).map(|last| filter.href(Some((last.updated_at, last.id))));
    let mut form = FormView::default();
    form.put("q", filter.text.clone());
    form.put("status", filter.kept.map(Kept::code));
    page::page(&IndexPage {
        chrome,
        t,
        form,
        statuses: Kept::all().map(|k| Choice::new(k.code(), kept_words(t, k))).collect(),
        rows: found.into_iter().map(|row| line(t, row, today)).collect(),
        newer: filter.before.map(|_| filter.href(None)),
        older,
        is_filtered: filter.text.is_some() || filter.kept.is_some(),
        can_register: policy::may_ever(&who.actor, Act::RegisterCustomer).then_some(()),
        can_import: policy::may_ever(&who.actor, Act::ImportCustomers).then_some(()),
        can_export: policy::may_ever(&who.actor, Act::ExportCustomers).then_some(()),
    })
}

/// A state or mark as the filter names it.
pub(in crate::web) fn kept_words(t: Lang, kept: Kept) -> &'static str {
    match kept {
        Kept::In(status) => t.customer_status(status),
        Kept::Marked(Mark::CreditHold) => t.customer_mark_hold(),
        Kept::Marked(Mark::Blacklisted) => t.customer_mark_blacklisted(),
        Kept::Marked(Mark::Inactive) => t.archive_mark_inactive(),
        Kept::ContactShort => t.archive_contact_short_mark(),
    }
}

fn line(t: Lang, row: CustomerRow, today: chrono::NaiveDate) -> Line {
    let status = CustomerStatus::parse(&row.status);
    let marks = [
        (row.is_credit_hold, t.customer_mark_hold()),
        (row.is_blacklisted, t.customer_mark_blacklisted()),
        (row.is_inactive, t.archive_mark_inactive()),
        (row.is_contact_short, t.archive_contact_short_mark()),
    ];
    Line {
        status: status.map(|s| t.customer_status(s).to_owned()).unwrap_or_default(),
        status_kind: status.map_or("plain", super::deals::customer_status_kind),
        marks: marks.into_iter().filter_map(|(is, word)| is.then_some(word)).collect(),
        grade: Grade::parse(&row.grade).map(|g| t.grade(g).to_owned()).unwrap_or_default(),
        owner: name_in(t, &row.owner_name, &row.owner_name_en),
        review: row.next_review_on.map(|on| t.date(on)).unwrap_or_default(),
        updated: t.moment(row.updated_at),
        is_late: row.next_review_on.is_some_and(|on| on < today),
        no: row.customer_no,
        name: row.legal_name,
    }
}

struct Similar {
    no: String,
    name: String,
    owner: String,
    href: Option<String>,
}

#[derive(Template)]
#[template(path = "customers/new.html")]
struct NewPage {
    chrome: Chrome,
    t: Lang,
    form: FormView,
    errors: Vec<ErrorItem>,
    sources: Vec<Choice>,
    similar: Vec<Similar>,
}

async fn blank(web: &Web, who: &SignedIn) -> Result<NewPage, Problem> {
    policy::may(&who.actor, Act::RegisterCustomer, who.actor.id, who.actor.manager)?;
    let t = who.t();
    let chrome = page::chrome(web, who, Section::Customers).await?;
    let sources = Source::ALL.iter().map(|s| Choice::new(s.code(), t.source(*s))).collect();
    Ok(NewPage { chrome, t, form: FormView::default(), errors: Vec::new(), sources, similar: Vec::new() })
}

async fn new(State(web): State<Web>, who: SignedIn) -> Result<Response, Problem> {
    page::page(&blank(&web, &who).await?)
}

async fn register(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    let t = post.t();
    let mut tpl = blank(&web, &post.who).await.map_err(|p| p.keeping(&post.form))?;
    let mut check = Checker::new(&post.form);
    let name = check.required("legal_name", legal_name);
    let source = check.choice("source", Source::parse);
    let (Some(name), Some(source)) = (name, source) else {
        let flaws = check.finish().err().unwrap_or_default();
        let errors: Vec<(String, String)> = flaws.iter().map(|(field, flaw)| (field.clone(), t.flaw(flaw))).collect();
        tpl.errors = errors
            .iter()
            .map(|(field, text)| ErrorItem { field: field.clone(), text: t.customer_error(t.field(field), text) })
            .collect();
        tpl.form = FormView::typed(&post.form, errors);
        return page::invalid(&tpl);
    };
    if post.form.value("anyway") != "yes" {
        tpl.similar = similar(&web, &post.who, &name).await?;
        if !tpl.similar.is_empty() {
            tpl.form = FormView::typed(&post.form, Vec::new());
            return page::invalid(&tpl);
        }
    }
    let done = web.app().register_customer(&post.by("/customers"), name, source).await.map_err(|f| post.keeping(f))?;
    Ok(page::see_other(&web, done.then(), "saved"))
}

/// Archives whose name has the same core, whoever owns them (DOMAIN 1.1: two people must not
/// register one company); only those of the reader's own are linked.
async fn similar(web: &Web, who: &SignedIn, name: &str) -> Result<Vec<Similar>, Problem> {
    let core = company_name::core(name);
    if core.chars().count() < 2 {
        return Ok(Vec::new());
    }
    let t = who.t();
    let mut conn = web.app().db.search().await?;
    let all = lists::customers(&mut conn, VisibleTo::Everything, Some(&core), None, None, 10).await?;
    let own = lists::customers(&mut conn, policy::visible_customers(&who.actor), Some(&core), None, None, 50).await?;
    Ok(all
        .into_iter()
        .map(|row| {
            // Whoever may not open the archive learns that the company is taken, and by whom.
            let is_own = own.iter().any(|o| o.id == row.id);
            Similar {
                href: is_own.then(|| format!("/customers/{}", row.customer_no)),
                owner: name_in(t, &row.owner_name, &row.owner_name_en),
                name: if is_own { row.legal_name } else { company_name::masked(&row.legal_name) },
                no: if is_own { row.customer_no } else { String::new() },
            }
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_page_is_read_back() {
        let at = DateTime::parse_from_rfc3339("2026-09-17T02:20:00.123456Z").unwrap().with_timezone(&Utc);
        let id = Uuid::from_u128(7);
        let filter =
            Filter { text: Some("星辰 & 云".to_owned()), kept: Some(Kept::In(CustomerStatus::Draft)), before: None };
        let href = filter.href(Some((at, id)));
        assert_eq!(Filter::of("status=contact_short").kept, Some(Kept::ContactShort));
        let query = href.strip_prefix("/customers?").unwrap();
        assert_eq!(Filter::of(query), Filter { before: Some((at, id)), ..filter });
    }

    #[test]
    fn an_address_that_cannot_be_read_filters_nothing() {
        assert_eq!(Filter::of("q=%20&status=odd&before=x_y&other=1"), Filter::default());
    }
}
