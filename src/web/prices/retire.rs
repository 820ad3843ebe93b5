//! A price list taken out of use, with a reason; its prices stay readable.

use super::{ListPage, known_list, list_page, problem};
use crate::app::prices::Unchanged;
use crate::domain::policy::Act;
use crate::web::check::Checker;
use crate::web::work::only;
use crate::web::{Post, Problem, Web, page};
use axum::extract::{Path, State};
use axum::response::Response;

pub async fn retire(State(web): State<Web>, Path(code): Path<String>, post: Post) -> Result<Response, Problem> {
    known_list(&web, &post.who, &code).await.map_err(|p| post.keeping(p))?;
    only(&post.who, Act::PublishPrices).map_err(|p| p.keeping(&post.form))?;
    let t = post.t();
    let mut check = Checker::new(&post.form);
    let Some(reason) = check.long_text("retire_reason", 5, 300) else {
        let found = check.finish().err().unwrap_or_default();
        let said = found.iter().map(|(_, flaw)| t.prices_retire_flaw(t.flaw(flaw))).collect();
        let again = list_page(&web, &post.who, &code, false, said, None).await?;
        return page::invalid(&ListPage { retire_reason: post.form.value("retire_reason").to_owned(), ..again });
    };
    match web.app().retire_price_list(&post.by(format!("/prices/lists/{code}")), &code, &reason).await {
        Ok(done) => Ok(page::see_other(&web, done.then(), "saved")),
        Err(Unchanged::Retired | Unchanged::DraftOpen) => {
            let notice = Some(t.prices_retire_not_now().to_owned());
            page::conflict(&list_page(&web, &post.who, &code, false, Vec::new(), notice).await?)
        }
        Err(other) => Err(problem(&post, other)),
    }
}
