//! The list of feedback with its filters in the address, and the surveys that are due above it.

use super::status_kind;
use crate::domain::feedback::{FeedbackCategory, FeedbackKind, FeedbackStatus, Owed, Severity};
use crate::domain::ids::CustomerId;
use crate::domain::input::normalise;
use crate::domain::policy::{self, Act, VisibleTo};
use crate::domain::workflow::Action;
use crate::store::feedback_list::{self, FeedbackFilter, FeedbackRow, Situation, SurveyRow};
use crate::store::{PgConnection, cases};
use crate::web::deals::Chip;
use crate::web::form::{Choice, FormView};
use crate::web::page::{self, Chrome, Section, name_in};
use crate::web::{Problem, SignedIn, Web, problem};
use crate::wording::Lang;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use chrono::{DateTime, SecondsFormat, Utc};
use uuid::Uuid;

/// Rows of one page.
const PAGE: usize = 50;
/// Surveys that are shown.
const SURVEYS: i64 = 20;

pub struct Line {
    pub no: String,
    pub kind: &'static str,
    pub category: &'static str,
    pub severity: Option<&'static str>,
    pub is_urgent: bool,
    pub status: &'static str,
    pub status_kind: &'static str,
    pub customer: String,
    pub order_no: String,
    pub content: String,
    pub when: String,
    pub handler: String,
    pub owed: &'static str,
    pub due: Option<Chip>,
    pub mark: &'static str,
    pub has_open_lesson: bool,
}

fn line(web: &Web, t: Lang, row: &FeedbackRow) -> Line {
    let status = FeedbackStatus::parse(&row.status);
    let severity = row.severity.as_deref().and_then(Severity::parse);
    let due = row.due_at.map(|at| Chip::natural(web, t, at));
    let score = row.overall.map(|s| t.feedback_score_of(s));
    let owed = match row.owed.as_deref() {
        Some("answer") => t.owed(Owed::Answer),
        Some("report") => t.owed(Owed::Report),
        Some(_) => t.owed(Owed::Solution),
        None => "",
    };
    Line {
        no: row.no.clone(),
        kind: FeedbackKind::parse(&row.kind).map(|k| t.feedback_kind_of(k)).unwrap_or_default(),
        category: FeedbackCategory::parse(&row.category).map(|c| t.feedback_category_of(c)).unwrap_or_default(),
        severity: severity.map(|s| t.severity(s)),
        is_urgent: severity == Some(Severity::Urgent),
        status: status.map(|s| t.feedback_status_of(s)).unwrap_or_default(),
        status_kind: status.map_or("plain", status_kind),
        customer: row.customer_name.clone(),
        order_no: row.order_no.clone().unwrap_or_default(),
        content: score.into_iter().chain(row.content.clone()).collect::<Vec<_>>().join(" · "),
        when: t.moment(row.received_at),
        handler: name_in(t, &row.handler_name, &row.handler_name_en),
        owed: if due.is_some() { owed } else { "" },
        mark: match due.as_ref().map(|c| c.kind) {
            Some("overdue") => "is-late",
            Some("due") => "is-due",
            _ => "",
        },
        due,
        has_open_lesson: row.has_open_lesson,
    }
}

/// The newest feedback of a customer, for its page.
pub async fn lines_of(
    web: &Web,
    conn: &mut PgConnection,
    t: Lang,
    customer: CustomerId,
    limit: i64,
) -> Result<Vec<Line>, Problem> {
    let filter = FeedbackFilter { customer: Some(customer), ..FeedbackFilter::default() };
    let rows = feedback_list::rows(conn, VisibleTo::Everything, &filter, web.app().clock.now(), limit).await?;
    Ok(rows.iter().map(|row| line(web, t, row)).collect())
}

struct SurveyLine {
    pub order_no: String,
    pub customer: String,
    pub owner: String,
    pub completed: String,
    pub due: Chip,
    pub href: String,
}

fn survey_line(web: &Web, t: Lang, row: &SurveyRow) -> SurveyLine {
    SurveyLine {
        href: format!("/surveys/{}", row.order_no),
        order_no: row.order_no.clone(),
        customer: row.customer_name.clone(),
        owner: name_in(t, &row.owner_name, &row.owner_name_en),
        completed: t.moment(row.completed_at),
        due: Chip::working(web, t, row.due_at),
    }
}

#[derive(Template)]
#[template(path = "feedback/index.html")]
struct IndexPage {
    chrome: Chrome,
    t: Lang,
    form: FormView,
    /// The filter as a file is asked for with.
    query: String,
    situations: Vec<Choice>,
    kinds: Vec<Choice>,
    categories: Vec<Choice>,
    rows: Vec<Line>,
    surveys: Vec<SurveyLine>,
    newer: Option<String>,
    older: Option<String>,
    is_filtered: bool,
    may_record: bool,
    /// The customer that the list is narrowed to.
    customer: Option<String>,
}

/// The filter as it stands in the address; what cannot be read is left out.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Asked {
    text: Option<String>,
    situation: Option<&'static str>,
    kind: Option<FeedbackKind>,
    category: Option<FeedbackCategory>,
    customer: Option<String>,
    before: Option<(DateTime<Utc>, Uuid)>,
}

const SITUATIONS: [(&str, Situation); 4] = [
    ("open", Situation::Open),
    ("overdue", Situation::Overdue),
    ("lesson", Situation::Lesson),
    ("closed", Situation::Closed),
];

fn place_in_list(raw: &str) -> Option<(DateTime<Utc>, Uuid)> {
    let (at, id) = raw.rsplit_once('_')?;
    Some((DateTime::parse_from_rfc3339(at).ok()?.with_timezone(&Utc), Uuid::parse_str(id).ok()?))
}

impl Asked {
    fn of(query: &str) -> Self {
        let mut asked = Self::default();
        let clean = |value: &str| -> Option<String> {
            Some(normalise(value).chars().filter(|c| !c.is_control()).take(100).collect())
                .filter(|q: &String| !q.is_empty())
        };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "q" => asked.text = clean(&value),
                "state" => asked.situation = SITUATIONS.into_iter().map(|(code, _)| code).find(|s| *s == value),
                "kind" => asked.kind = FeedbackKind::parse(&value),
                "category" => asked.category = FeedbackCategory::parse(&value),
                "customer" => asked.customer = clean(&value),
                "before" => asked.before = place_in_list(&value),
                _ => {}
            }
        }
        asked
    }

    fn href(&self, before: Option<(DateTime<Utc>, Uuid)>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let parts = [
            ("q", self.text.as_deref()),
            ("state", self.situation),
            ("kind", self.kind.map(FeedbackKind::code)),
            ("category", self.category.map(FeedbackCategory::code)),
            ("customer", self.customer.as_deref()),
        ];
        for (name, value) in parts {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        if let Some((at, id)) = before {
            query.append_pair("before", &format!("{}_{id}", at.to_rfc3339_opts(SecondsFormat::Micros, true)));
        }
        let query = query.finish();
        if query.is_empty() { "/feedback".to_owned() } else { format!("/feedback?{query}") }
    }

    async fn filter(&self, conn: &mut PgConnection) -> Result<FeedbackFilter, Problem> {
        let mut filter = FeedbackFilter {
            text: self.text.clone(),
            kind: self.kind,
            category: self.category,
            situation: SITUATIONS.into_iter().find(|(code, _)| Some(*code) == self.situation).map(|(_, s)| s),
            before: self.before,
            ..FeedbackFilter::default()
        };
        if let Some(no) = &self.customer {
            // A number that nobody has narrows the list to nothing.
            filter.customer = Some(cases::customer_id(conn, no).await?.unwrap_or(CustomerId(Uuid::nil())));
        }
        Ok(filter)
    }

    fn is_filtered(&self) -> bool {
        *self != Self { before: self.before, ..Self::default() }
    }
}

pub async fn index(State(web): State<Web>, RawQuery(query): RawQuery, who: SignedIn) -> Result<Response, Problem> {
    let t = who.t();
    let visible = policy::visible_feedback(&who.actor);
    if visible == VisibleTo::Nothing {
        let roles: Vec<_> = policy::grants(Act::SeeFeedback).iter().map(|(role, _)| *role).collect();
        return Err(problem::denied_to(&roles));
    }
    let asked = Asked::of(query.as_deref().unwrap_or_default());
    let now = web.app().clock.now();
    let chrome = page::chrome(&web, &who, Section::Customers).await?;
    let mut conn = web.app().db.search().await?;
    let filter = asked.filter(&mut conn).await?;
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut found = feedback_list::rows(&mut conn, visible, &filter, now, limit).await?;
    let may_survey = policy::may_ever(&who.actor, Act::Do(Action::AnswerSurvey));
    let surveys = if may_survey && asked.before.is_none() && !asked.is_filtered() {
        feedback_list::surveys_due(&mut conn, visible, None, &web.app().calendar, now, SURVEYS).await?
    } else {
        Vec::new()
    };
    drop(conn);
    let has_more = found.len() > PAGE;
    found.truncate(PAGE);
    let older = found.last().filter(|_| has_more).map(|last| asked.href(Some((last.received_at, last.id))));
    let mut form = FormView::default();
    form.put("q", asked.text.clone());
    form.put("state", asked.situation);
    form.put("kind", asked.kind.map(FeedbackKind::code));
    form.put("category", asked.category.map(FeedbackCategory::code));
    page::page(&IndexPage {
        chrome,
        t,
        form,
        query: asked.href(None).split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default(),
        situations: vec![
            Choice::new("open", t.feedback_filter_open()),
            Choice::new("overdue", t.feedback_filter_overdue()),
            Choice::new("lesson", t.feedback_filter_lesson()),
            Choice::new("closed", t.feedback_filter_closed()),
        ],
        kinds: FeedbackKind::ALL.iter().map(|k| Choice::new(k.code(), t.feedback_kind_of(*k))).collect(),
        categories: FeedbackCategory::ALL.iter().map(|c| Choice::new(c.code(), t.feedback_category_of(*c))).collect(),
        rows: found.iter().map(|row| line(&web, t, row)).collect(),
        surveys: surveys.iter().map(|row| survey_line(&web, t, row)).collect(),
        newer: asked.before.map(|_| asked.href(None)),
        older,
        is_filtered: asked.is_filtered(),
        may_record: policy::may_ever(&who.actor, Act::Do(Action::RecordFeedback)),
        customer: asked.customer,
    })
}

/// The rows behind an address, for a file: as the page shows them, from the first on.
pub async fn rows_of(web: &Web, who: &SignedIn, query: &str, most: i64) -> Result<Vec<FeedbackRow>, Problem> {
    let asked = Asked { before: None, ..Asked::of(query) };
    let mut conn = web.app().db.search().await?;
    let filter = asked.filter(&mut conn).await?;
    let visible = policy::visible_feedback(&who.actor);
    Ok(feedback_list::rows(&mut conn, visible, &filter, web.app().clock.now(), most).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_page_is_read_back_and_odd_ones_filter_nothing() {
        let asked = Asked {
            text: Some("宏泰 & 精工".to_owned()),
            situation: Some("overdue"),
            kind: Some(FeedbackKind::Complaint),
            category: Some(FeedbackCategory::Packaging),
            customer: Some("KH202600012".to_owned()),
            before: None,
        };
        let at = DateTime::parse_from_rfc3339("2026-10-12T01:10:00.5Z").unwrap().with_timezone(&Utc);
        let href = asked.href(Some((at, Uuid::from_u128(7))));
        let read = Asked::of(href.strip_prefix("/feedback?").unwrap());
        assert_eq!(read, Asked { before: Some((at, Uuid::from_u128(7))), ..asked });
        assert!(read.is_filtered());
        let odd = Asked::of("state=odd&kind=x&category=y&before=1_2&q=%20&customer=");
        assert_eq!(odd, Asked::default());
        assert!(!odd.is_filtered());
    }
}
