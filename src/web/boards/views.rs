//! Lists that a person keeps by name.

use super::asked::{Asked, Set};
use crate::store::{PgConnection, saved_views};
use crate::web::check::Checker;
use crate::web::form::Submitted;
use crate::web::{Post, Problem, SignedIn, Web, page};
use axum::Router;
use axum::extract::State;
use axum::response::{Redirect, Response};
use axum::routing::get;
use uuid::Uuid;

pub fn routes() -> Router<Web> {
    Router::new().route("/views", get(back).post(keep)).route("/views/forget", get(back).post(forget))
}

/// A refused form leaves its address in the browser; opening it again leads to the list.
async fn back() -> Redirect {
    Redirect::to("/deals")
}

/// A kept list as a link.
pub struct SavedView {
    pub id: Uuid,
    pub name: String,
    pub href: String,
}

pub async fn of(conn: &mut PgConnection, who: &SignedIn, set: Set) -> Result<Vec<SavedView>, Problem> {
    let rows = saved_views::of(conn, who.actor.id, set.code()).await?;
    Ok(rows
        .into_iter()
        .map(|row| SavedView { id: row.id, name: row.name, href: Asked::read(set, &row.query).at(&[]) })
        .collect())
}

/// The list that a form speaks of; an unknown one is that of the deals.
fn list(form: &Submitted) -> (Set, String) {
    let set = Set::parse(form.value("list")).unwrap_or(Set::Deals);
    (set, Asked::read(set, form.value("query")).kept())
}

async fn keep(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    let (set, query) = list(&post.form);
    let back = Asked::read(set, &query).at(&[]);
    let mut check = Checker::new(&post.form);
    let name = check.text("name", 1, 40);
    match (check.finish(), name) {
        (Ok(()), Some(name)) => {
            let by = post.by(&back);
            let done = web.app().keep_view(&by, set.code(), &name, &query).await.map_err(|f| post.keeping(f))?;
            Ok(page::see_other(&web, done.then(), "saved"))
        }
        // A name is all that can be wrong: the list says so by having no new name.
        _ => Ok(page::see_other(&web, &back, "")),
    }
}

async fn forget(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    let (set, query) = list(&post.form);
    let back = Asked::read(set, &query).at(&[]);
    if let Ok(id) = Uuid::parse_str(post.form.value("view")) {
        web.app().forget_view(&post.by(&back), id).await.map_err(|f| post.keeping(f))?;
    }
    Ok(page::see_other(&web, &back, "saved"))
}
