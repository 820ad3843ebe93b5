//! Input that outlives a session: kept while somebody types and when a form meets a session that
//! is over, offered when the form is opened again.
//!
//! Only the long forms have drafts. Files are never kept, and neither are keys and passwords.

use super::form::Submitted;
use super::{Post, Problem, SignedIn, Web, page};
use crate::domain::calendar::{ZONE, local_date};
use crate::store::drafts::{self, Fields};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;

/// The largest draft, in bytes of names and values.
const MAX_BYTES: usize = 128 * 1024;
const NOT_KEPT: [&str; 8] =
    ["form_key", "password", "draft_address", "return_to", "next", "add_row", "add_special", "add_surcharge"];

pub fn routes() -> Router<Web> {
    Router::new().route("/drafts", post(keep)).route("/drafts/discard", post(discard))
}

/// A draft that waits for its form, as the frame shows it.
pub struct DraftNote {
    pub address: String,
    pub saved: String,
    /// What opens the form with the input, sent like a request for one more row.
    pub fields: Fields,
    pub again: &'static str,
}

/// Which record an address of a long form belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Customer,
    Deal,
}

/// The number in the address of a long form, and the button that draws that form again.
fn long_form(path: &str) -> Option<(Kind, &str, &'static str)> {
    let is_no =
        |no: &str| !no.is_empty() && no.len() <= 40 && no.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let found = if let Some(no) = path.strip_prefix("/customers/") {
        (Kind::Customer, no.starts_with("KH").then_some(no)?, "add_row")
    } else {
        let (no, form) = path.strip_prefix("/deals/")?.split_once('/')?;
        match form {
            "customer" => (Kind::Customer, no, "add_row"),
            "requirement" => (Kind::Deal, no, "add_row"),
            "quote" => (Kind::Deal, no, "add_surcharge"),
            _ => return None,
        }
    };
    is_no(found.1).then_some(found)
}

pub(in crate::web) fn is_long_form(path: &str) -> bool {
    long_form(path).is_some()
}

/// What of a form is kept; nothing when it is too large or empty.
pub(in crate::web) fn fields_of(form: &Submitted) -> Option<Fields> {
    let fields: Fields = form.values.iter().filter(|(n, _)| !NOT_KEPT.contains(&n.as_str())).cloned().collect();
    let bytes: usize = fields.iter().map(|(n, v)| n.len() + v.len()).sum();
    let has_text = fields.iter().any(|(n, v)| n != "version" && !v.trim().is_empty());
    // The database keeps no NUL.
    (has_text && bytes <= MAX_BYTES && !fields.iter().any(|(_, v)| v.contains('\0'))).then_some(fields)
}

/// The script sends the form as it stands; the answer is empty.
async fn keep(State(web): State<Web>, who: SignedIn, form: Submitted) -> Result<Response, Problem> {
    let address = form.value("draft_address");
    if !is_long_form(address) {
        return Err(Problem::Missing);
    }
    if let Some(fields) = fields_of(&form) {
        web.app().keep_draft(who.actor.id, address, &fields).await?;
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn discard(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    let address = post.form.value("draft_address").to_owned();
    if !is_long_form(&address) {
        return Err(Problem::Missing);
    }
    web.app().discard_draft(post.who.actor.id, &address).await?;
    Ok(page::see_other(&web, &address, "saved"))
}

/// The draft of the form at this address, unless what is stored is newer.
pub(in crate::web) async fn note(web: &Web, who: &SignedIn) -> Result<Option<DraftNote>, Problem> {
    let path = who.here.path.split('?').next().unwrap_or_default();
    let Some((kind, no, again)) = long_form(path).filter(|_| who.here.is_get.is_some()) else { return Ok(None) };
    let mut conn = web.app().db.read().await?;
    let Some(draft) = drafts::load(&mut conn, who.actor.id, path).await? else { return Ok(None) };
    let changed = match kind {
        Kind::Customer => drafts::customer_changed_at(&mut conn, no).await?,
        Kind::Deal => drafts::deal_changed_at(&mut conn, no).await?,
    };
    if changed.is_none_or(|at| at >= draft.saved_at) {
        return Ok(None);
    }
    let t = who.t();
    let now = web.app().clock.now();
    let saved = if local_date(draft.saved_at) == local_date(now) {
        draft.saved_at.with_timezone(&ZONE).format("%H:%M").to_string()
    } else {
        t.moment(draft.saved_at)
    };
    Ok(Some(DraftNote { address: path.to_owned(), saved, fields: draft.fields, again }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_long_forms_have_drafts() {
        for path in [
            "/customers/KH202600001",
            "/deals/CD-20260917-001/customer",
            "/deals/CD-20260917-001/requirement",
            "/deals/CD-20260917-001/quote",
        ] {
            assert!(is_long_form(path), "{path}");
        }
        for path in [
            "/customers/new",
            "/customers/KH1/verify",
            "/deals/CD-1/approval",
            "/deals//quote",
            "/deals/a b/quote",
            "/login",
            "",
        ] {
            assert!(!is_long_form(path), "{path}");
        }
    }

    #[test]
    fn keys_and_passwords_are_never_kept() {
        let form = Submitted::of(&[("form_key", "k"), ("password", "p"), ("version", "3"), ("purpose", "新办公室")]);
        let kept = fields_of(&form).unwrap();
        assert_eq!(kept.iter().map(|(n, _)| n.as_str()).collect::<Vec<_>>(), ["version", "purpose"]);
        assert_eq!(fields_of(&Submitted::of(&[("form_key", "k"), ("version", "3"), ("a", " ")])), None);
        let long = "长".repeat(MAX_BYTES);
        assert_eq!(fields_of(&Submitted::of(&[("a", &long)])), None);
    }
}
