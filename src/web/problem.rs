//! The six kinds of no as pages: what is wrong, why, what to do, what was typed, and the
//! number of the request. Problems are data; the outermost layer renders them once.

use super::form::{BadForm, Submitted};
use super::page::{self, Section};
use super::security::Refusal;
use super::{Here, Web, login};
use crate::app::{Failure, Taken};
use crate::domain::policy::{Denied, DeniedWhy};
use crate::domain::workflow::{Blocker, Case};
use crate::store::StoreError;
use crate::store::events::Told;
use crate::wording::Lang;
use askama::Template;
use axum::http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use std::sync::Arc;
use uuid::Uuid;

/// Who tries again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// The program, at once: others only stood in the way.
    Now,
    /// The person, in a moment.
    Later,
}

#[derive(Debug)]
pub enum Problem {
    /// Not signed in on a page: go and sign in, then come back.
    SignIn {
        next: String,
    },
    /// The session ended under a form.
    SessionOver {
        kept: Submitted,
        /// A draft of it waits for its writer.
        is_kept: Option<()>,
    },
    /// The one-time key is missing, forged or of another login.
    ForeignForm {
        kept: Submitted,
    },
    BadForm(BadForm),
    Denied {
        denied: Denied,
        kept: Submitted,
    },
    NotNow {
        blockers: Vec<Blocker>,
        case: Option<Box<Case>>,
        kept: Submitted,
    },
    Stale {
        changes: Vec<Told>,
        kept: Submitted,
    },
    KeyReused {
        kept: Submitted,
    },
    DuplicateCode {
        taken: Box<Taken>,
        kept: Submitted,
    },
    /// The database refused what the program let through.
    Refused {
        kept: Submitted,
    },
    /// A list too long for one file.
    TooMany {
        most: i64,
        /// Where it is narrowed.
        list: Option<String>,
    },
    Missing,
    /// Nothing was saved and once more helps.
    Busy(Again),
    Failed {
        detail: String,
    },
}

impl From<BadForm> for Problem {
    fn from(bad: BadForm) -> Self {
        if bad == BadForm::NoRoom { Self::Busy(Again::Later) } else { Self::BadForm(bad) }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let kept = Submitted::default();
        match failure {
            Failure::NotFound => Self::Missing,
            Failure::Denied(denied) => Self::Denied { denied, kept },
            Failure::Blocked { blockers, case } => Self::NotNow { blockers, case: Some(case), kept },
            Failure::Stale { changes, .. } => Self::Stale { changes, kept },
            Failure::KeyReused => Self::KeyReused { kept },
            // The form could be read a moment later: what it was made from has changed meanwhile.
            Failure::Unreadable => Self::Stale { changes: Vec::new(), kept },
            Failure::DuplicateCode(taken) => Self::DuplicateCode { taken, kept },
            Failure::TooMany { most } => Self::TooMany { most, list: None },
            Failure::Store(StoreError::Busy(detail)) => {
                tracing::warn!(detail, "database busy");
                Self::Busy(Again::Later)
            }
            Failure::Store(StoreError::Contended(detail)) => {
                tracing::warn!(detail, "others stood in the way");
                Self::Busy(Again::Now)
            }
            Failure::Store(StoreError::Refused { code, constraint, message }) => {
                tracing::warn!(code, constraint, message, "the database refused");
                Self::Refused { kept }
            }
            Failure::Store(error) => Self::Failed { detail: error.to_string() },
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::from(Failure::Store(error))
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        Self::Denied { denied, kept: Submitted::default() }
    }
}

impl From<askama::Error> for Problem {
    fn from(error: askama::Error) -> Self {
        Self::Failed { detail: error.to_string() }
    }
}

impl Problem {
    /// The same problem with what was typed.
    #[must_use]
    pub fn keeping(self, form: &Submitted) -> Self {
        let kept = form.clone();
        match self {
            Self::Denied { denied, .. } => Self::Denied { denied, kept },
            Self::NotNow { blockers, case, .. } => Self::NotNow { blockers, case, kept },
            Self::Stale { changes, .. } => Self::Stale { changes, kept },
            Self::KeyReused { .. } => Self::KeyReused { kept },
            Self::DuplicateCode { taken, .. } => Self::DuplicateCode { taken, kept },
            Self::Refused { .. } => Self::Refused { kept },
            other => other,
        }
    }

    /// The same problem with the way to the list that is too long.
    #[must_use]
    pub fn of_list(self, href: String) -> Self {
        match self {
            Self::TooMany { most, .. } => Self::TooMany { most, list: Some(href) },
            other => other,
        }
    }

    /// One reason, told before anything was tried.
    pub fn not_now(blocker: Blocker) -> Self {
        Self::NotNow { blockers: vec![blocker], case: None, kept: Submitted::default() }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::SignIn { .. } => StatusCode::SEE_OTHER,
            Self::SessionOver { .. } | Self::ForeignForm { .. } | Self::Denied { .. } => StatusCode::FORBIDDEN,
            Self::BadForm(BadForm::Malformed) => StatusCode::BAD_REQUEST,
            Self::BadForm(BadForm::TooLarge | BadForm::TooManyFields) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BadForm(BadForm::NoRoom) => StatusCode::SERVICE_UNAVAILABLE,
            Self::NotNow { .. }
            | Self::Stale { .. }
            | Self::KeyReused { .. }
            | Self::DuplicateCode { .. }
            | Self::TooMany { .. }
            | Self::Refused { .. } => StatusCode::CONFLICT,
            Self::Missing => StatusCode::NOT_FOUND,
            Self::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn kept(&self) -> Option<&Submitted> {
        match self {
            Self::SessionOver { kept, .. }
            | Self::ForeignForm { kept }
            | Self::Denied { kept, .. }
            | Self::NotNow { kept, .. }
            | Self::Stale { kept, .. }
            | Self::KeyReused { kept }
            | Self::DuplicateCode { kept, .. }
            | Self::Refused { kept } => Some(kept),
            _ => None,
        }
    }
}

/// Carries the problem from a handler to the layer that renders it.
#[derive(Clone)]
struct Carried(Arc<Problem>);

pub(super) fn response_of(problem: Problem) -> Response {
    let mut response = problem.status().into_response();
    if let Problem::SignIn { next } = &problem {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
        if let Ok(location) = HeaderValue::from_str(&format!("/login?{query}")) {
            response.headers_mut().insert(LOCATION, location);
        }
    }
    response.extensions_mut().insert(Carried(Arc::new(problem)));
    response
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        response_of(self)
    }
}

pub(super) async fn missing() -> Problem {
    Problem::Missing
}

pub struct Advice {
    pub text: String,
    pub href: Option<String>,
}

pub struct Kept {
    pub label: String,
    pub value: String,
}

pub struct Link {
    pub label: String,
    pub href: String,
}

/// The form as it was sent, to be sent once more.
pub struct Resend {
    pub action: String,
    pub fields: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    chrome: page::Chrome,
    t: Lang,
    tone: &'static str,
    sign: &'static str,
    status: u16,
    title: String,
    explanation: String,
    advice: Vec<Advice>,
    kept: Vec<Kept>,
    resend: Option<Resend>,
    links: Vec<Link>,
    request_id: String,
}

/// Whether the answer is that others stood in the way of what was sent.
pub(super) fn is_once_more(response: &Response) -> bool {
    let carried = response.extensions().get::<Carried>();
    carried.is_some_and(|c| matches!(*c.0, Problem::Busy(Again::Now)))
}

/// The page for a refused or failed answer to what was sent; `None` when the handler wrote its own.
pub(super) fn render(web: &Web, here: &Here, response: &Response, sent: Option<&Submitted>) -> Option<Response> {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error())
        || response.headers().get(CONTENT_TYPE).is_some_and(|c| c.as_bytes().starts_with(b"text/html"))
    {
        return None;
    }
    let carried = response.extensions().get::<Carried>().map(|c| c.0.clone());
    let problem = match (&carried, response.extensions().get::<Refusal>()) {
        (Some(problem), _) => problem.clone(),
        (None, Some(Refusal::ForeignOrigin)) => Arc::new(Problem::ForeignForm { kept: Submitted::default() }),
        (None, Some(Refusal::UrlTooLong)) => Arc::new(Problem::BadForm(BadForm::TooLarge)),
        (None, Some(Refusal::Stopped)) => Arc::new(Problem::Busy(Again::Later)),
        (None, Some(Refusal::Panicked)) => Arc::new(Problem::Failed { detail: "panic".to_owned() }),
        (None, None) if status.is_server_error() => Arc::new(Problem::Failed { detail: status.to_string() }),
        (None, None) if status == StatusCode::NOT_FOUND => Arc::new(Problem::Missing),
        (None, None) => Arc::new(Problem::BadForm(BadForm::Malformed)),
    };
    if let Problem::Failed { detail } = problem.as_ref() {
        tracing::error!(detail, request = %here.request, "failed");
    }
    if let Problem::SessionOver { kept, is_kept } = problem.as_ref() {
        let html = login::session_over(web, here, kept, *is_kept).unwrap_or_else(|_| here.request.to_string());
        return Some((status, Html(html)).into_response());
    }
    let html =
        written(web, here, &problem, status, sent).render().unwrap_or_else(|_| format!("{status} {}", here.request));
    let mut out = (status, Html(html)).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        out.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("3"));
    }
    if let Some(refusal) = response.extensions().get::<Refusal>() {
        out.extensions_mut().insert(*refusal);
    }
    Some(out)
}

fn written(web: &Web, here: &Here, problem: &Problem, status: StatusCode, sent: Option<&Submitted>) -> ErrorPage {
    let t = here.t;
    let plain = |text: String| Advice { text, href: None };
    let (tone, sign, title, explanation, advice): (&str, &str, &str, String, Vec<Advice>) = match problem {
        Problem::SignIn { .. } | Problem::SessionOver { .. } => {
            let advice = vec![Advice { text: t.problem_sign_in_again().to_owned(), href: Some("/login".to_owned()) }];
            ("warn", t.error_sign_denied(), t.problem_session_over_title(), t.problem_session_over().to_owned(), advice)
        }
        Problem::ForeignForm { .. } => {
            ("warn", t.error_sign_denied(), t.problem_foreign_title(), t.problem_foreign().to_owned(), vec![])
        }
        Problem::BadForm(BadForm::Malformed) => {
            ("warn", t.error_sign_input(), t.error_title_input(), t.problem_malformed().to_owned(), vec![])
        }
        Problem::BadForm(_) => {
            ("warn", t.error_sign_input(), t.error_title_input(), t.problem_too_large().to_owned(), vec![])
        }
        Problem::Denied { denied, .. } => {
            ("bad", t.error_sign_denied(), t.error_title_denied(), t.denied(denied), vec![])
        }
        Problem::NotNow { blockers, case, .. } => {
            let prices =
                here.session.as_ref().map_or(page::Prices::Hidden, |s| page::Prices::of(&s.actor(), case.as_deref()));
            let advice = blockers
                .iter()
                .map(|b| Advice {
                    text: page::blocker_text(t, prices, b),
                    href: super::page::blocker_link(b, case.as_deref()),
                })
                .collect();
            ("warn", t.error_sign_not_now(), t.error_title_not_now(), t.problem_not_now().to_owned(), advice)
        }
        Problem::Stale { changes, .. } => {
            let advice = changes
                .iter()
                .map(|c| {
                    let who = page::who_acted(t, c);
                    plain(format!("{} · {who} · {}", t.moment(c.at), t.event(&c.event)))
                })
                .collect();
            ("warn", t.error_sign_stale(), t.error_title_stale(), t.problem_stale().to_owned(), advice)
        }
        Problem::KeyReused { .. } => {
            ("warn", t.error_sign_stale(), t.problem_key_reused_title(), t.problem_key_reused().to_owned(), vec![])
        }
        Problem::DuplicateCode { taken, .. } => {
            let advice = taken
                .no
                .iter()
                .map(|no| Advice { text: t.problem_duplicate_open(no), href: Some(format!("/customers/{no}")) })
                .collect();
            let words = super::customer_code::taken_words(t, taken);
            ("warn", t.error_sign_stale(), t.problem_duplicate_title(), words, advice)
        }
        Problem::Refused { .. } => {
            ("warn", t.error_sign_stale(), t.error_title_not_now(), t.problem_refused().to_owned(), vec![])
        }
        Problem::TooMany { most, .. } => {
            ("warn", t.error_sign_not_now(), t.problem_too_many_title(), t.problem_too_many(*most), vec![])
        }
        Problem::Missing => {
            ("info", t.error_sign_missing(), t.error_title_missing(), t.problem_missing().to_owned(), vec![])
        }
        Problem::Busy(_) => {
            ("warn", t.error_sign_failed(), t.problem_busy_title(), t.problem_busy().to_owned(), vec![])
        }
        Problem::Failed { .. } => {
            ("bad", t.error_sign_failed(), t.error_title_failed(), t.problem_failed().to_owned(), vec![])
        }
    };
    // What did not get through is told whole, wherever it was stopped.
    let sent = sent.filter(|_| matches!(problem, Problem::Busy(_)));
    let kept = problem.kept().or(sent).map(|form| kept_of(t, form)).unwrap_or_default();
    let resend = sent.and_then(|form| resend_of(here, form));
    let mut links = Vec::new();
    if problem.kept().is_some() || matches!(problem, Problem::Busy(_)) {
        links.push(Link { label: t.problem_back().to_owned(), href: here.path.clone() });
    }
    if let Problem::TooMany { list, .. } = problem {
        let href = list.clone().unwrap_or_else(|| here.path.clone());
        links.push(Link { label: t.problem_too_many_back().to_owned(), href });
    }
    links.push(Link { label: t.frame_my_work().to_owned(), href: "/work".to_owned() });
    ErrorPage {
        chrome: page::bare(web, here, Section::None),
        t,
        tone,
        sign,
        status: status.as_u16(),
        title: title.to_owned(),
        explanation,
        advice,
        kept,
        resend,
        links,
        request_id: here.request.to_string(),
    }
}

fn is_secret(name: &str) -> bool {
    ["secret", "token", "word", "setup_code"].contains(&name) || name.contains("password")
}

/// The same form once more; not with secrets, which no page repeats, nor with files, which no page can.
fn resend_of(here: &Here, form: &Submitted) -> Option<Resend> {
    let is_whole = form.files.is_empty() && !form.values.iter().any(|(name, _)| is_secret(name));
    (is_whole && !form.values.is_empty()).then(|| Resend { action: here.path.clone(), fields: form.values.clone() })
}

fn kept_of(t: Lang, form: &Submitted) -> Vec<Kept> {
    const HIDDEN: [&str; 5] = ["form_key", "version", "return_to", "next", "seen"];
    form.values
        .iter()
        .filter(|(name, value)| !HIDDEN.contains(&name.as_str()) && !is_secret(name) && !value.trim().is_empty())
        // Which row is meant is nothing that anybody typed.
        .filter(|(_, value)| Uuid::parse_str(value).is_err())
        .map(|(name, value)| Kept { label: t.field(name).to_owned(), value: value.chars().take(2000).collect() })
        .take(400)
        .collect()
}

/// A refusal made by a page itself, before any command.
pub(super) fn denied_to(roles: &[crate::domain::staff::Role]) -> Problem {
    Problem::from(Denied { who_may: roles.to_vec(), why: DeniedWhy::Role })
}
