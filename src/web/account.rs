//! The reader's own account: who I am, language, appearance, password.

use super::check::Checker;
use super::form::{ErrorItem, FormView};
use super::page::{self, Chrome, Section};
use super::{Post, Problem, SignedIn, Web};
use crate::app::people::SignIn;
use crate::domain::input::{self, Flaw};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{RETRY_AFTER, SET_COOKIE};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;

/// Fewest characters of a password (NFKC).
const SHORTEST: usize = 12;
/// Most characters of a password (NFKC).
const LONGEST: usize = 200;

pub fn routes() -> Router<Web> {
    Router::new().route("/account", get(show)).route("/account/password", get(to_account).post(change_password))
}

async fn to_account() -> Redirect {
    Redirect::to("/account")
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    chrome: Chrome,
    t: Lang,
    form: FormView,
    errors: Vec<ErrorItem>,
    login: String,
    name: String,
    department: String,
    roles: String,
    phone: Option<String>,
}

/// Passwords are never sent back, so the form is always empty.
async fn account(web: &Web, who: &SignedIn, errors: Vec<(String, String)>) -> Result<AccountPage, Problem> {
    let t = who.t();
    let person = who.person();
    let form = FormView::typed(&super::form::Submitted::default(), errors);
    Ok(AccountPage {
        chrome: page::chrome(web, who, Section::None).await?,
        t,
        errors: form.errors(),
        form,
        login: person.login.clone(),
        name: page::name_in(t, &person.name, &person.name_en),
        department: t.department(person.department).to_owned(),
        roles: person.roles.iter().map(|r| t.role(*r)).collect::<Vec<_>>().join(" · "),
        phone: person.phone.clone(),
    })
}

async fn show(State(web): State<Web>, who: SignedIn) -> Result<Response, Problem> {
    page::page(&account(&web, &who, Vec::new()).await?)
}

/// Why a password cannot be chosen.
#[derive(Debug, PartialEq, Eq)]
enum PasswordFlaw {
    Typed(Flaw),
    HoldsLogin,
    SameAsBefore,
}

/// Length counts in characters of the compatibility form; the login in any case must not be in it.
fn judge(new: &str, login: &str, current: &str) -> Result<(), PasswordFlaw> {
    let comparable = input::normalise(new);
    let length = comparable.chars().count();
    if length < SHORTEST {
        Err(PasswordFlaw::Typed(if length == 0 { Flaw::Required } else { Flaw::TooShort { min: SHORTEST } }))
    } else if length > LONGEST {
        Err(PasswordFlaw::Typed(Flaw::TooLong { max: LONGEST }))
    } else if comparable.to_lowercase().contains(&login.to_lowercase()) {
        Err(PasswordFlaw::HoldsLogin)
    } else if comparable == input::normalise(current) {
        Err(PasswordFlaw::SameAsBefore)
    } else {
        Ok(())
    }
}

async fn change_password(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    let (t, who) = (post.t(), &post.who);
    let (current, new) = (post.form.value("current_password"), post.form.value("new_password"));
    let mut check = Checker::new(&post.form);
    if current.is_empty() {
        check.fail("current_password", Flaw::Required);
    }
    let mut errors: Vec<(String, String)> =
        check.finish().err().unwrap_or_default().into_iter().map(|(field, flaw)| (field, t.flaw(&flaw))).collect();
    if let Err(flaw) = judge(new, &who.person().login, current) {
        let text = match flaw {
            PasswordFlaw::Typed(flaw) => t.flaw(&flaw),
            PasswordFlaw::HoldsLogin => t.account_password_holds_login().to_owned(),
            PasswordFlaw::SameAsBefore => t.account_password_same().to_owned(),
        };
        errors.push(("new_password".to_owned(), text));
    }
    if !errors.is_empty() {
        return page::invalid(&account(&web, who, errors).await?);
    }
    match web.app().change_password(who.person(), current, new, &who.here.address, web.sessions().absolute).await? {
        SignIn::Open { token, .. } => {
            let mut response = page::see_other(&web, "/account", "saved");
            response.headers_mut().append(SET_COOKIE, web.open_cookie(&token));
            Ok(response)
        }
        SignIn::Wrong => {
            let errors = vec![("current_password".to_owned(), t.account_password_wrong().to_owned())];
            page::invalid(&account(&web, who, errors).await?)
        }
        SignIn::Wait { until } => {
            let seconds = (until - web.app().clock.now()).num_seconds().max(0) + 1;
            let errors = vec![("current_password".to_owned(), t.login_locked((seconds + 59) / 60))];
            let html = account(&web, who, errors).await?.render()?;
            Ok((StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, seconds.to_string())], Html(html)).into_response())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weak_password_is_refused() {
        assert_eq!(judge("", "lina", "x"), Err(PasswordFlaw::Typed(Flaw::Required)));
        assert_eq!(judge("short", "lina", "x"), Err(PasswordFlaw::Typed(Flaw::TooShort { min: SHORTEST })));
        assert_eq!(judge(&"长".repeat(201), "lina", "x"), Err(PasswordFlaw::Typed(Flaw::TooLong { max: LONGEST })));
        assert_eq!(judge("my-LiNa-my-pass", "lina", "x"), Err(PasswordFlaw::HoldsLogin));
        // Full-width letters are the same letters.
        assert_eq!(judge("ｌｉｎａ-and-more-words", "lina", "x"), Err(PasswordFlaw::HoldsLogin));
        assert_eq!(judge("twelve chars", "lina", "twelve chars"), Err(PasswordFlaw::SameAsBefore));
        assert_eq!(judge("十二个汉字也是一个好密码", "lina", "x"), Ok(()));
    }
}
