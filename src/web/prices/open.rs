//! Opens a price list: for everybody, for a grade, or as the agreement with one customer.

use super::{code, problem, shown};
use crate::app::prices::{ListToOpen, Unchanged};
use crate::domain::customer::Grade;
use crate::domain::input::Flaw;
use crate::domain::library::ListFor;
use crate::domain::policy::Act;
use crate::domain::tax::TaxBasis;
use crate::store::price_library;
use crate::web::check::{Checker, FieldErrors};
use crate::web::form::{Choice, ErrorItem, FormView};
use crate::web::page::{self, Chrome, Section};
use crate::web::work::only;
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::extract::State;
use axum::response::Response;

#[derive(Template)]
#[template(path = "prices/new_list.html")]
struct NewListPage {
    chrome: Chrome,
    t: Lang,
    form: FormView,
    errors: Vec<ErrorItem>,
    grades: Vec<Choice>,
    bases: Vec<Choice>,
}

async fn new_list_page(
    web: &Web,
    who: &SignedIn,
    form: FormView,
    errors: Vec<ErrorItem>,
) -> Result<NewListPage, Problem> {
    let t = who.t();
    Ok(NewListPage {
        chrome: page::chrome(web, who, Section::Prices).await?,
        t,
        form,
        errors,
        grades: Grade::ALL.iter().map(|g| Choice::new(g.code(), t.grade(*g))).collect(),
        bases: TaxBasis::ALL.iter().map(|b| Choice::new(b.code(), t.tax_basis(*b))).collect(),
    })
}

pub async fn new_list(State(web): State<Web>, who: SignedIn) -> Result<Response, Problem> {
    only(&who, Act::DraftPrices)?;
    let mut form = FormView::default();
    form.push("tax_basis", TaxBasis::Inclusive.code());
    page::page(&new_list_page(&web, &who, form, Vec::new()).await?)
}

pub async fn open_list(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::DraftPrices).map_err(|p| post.keeping(p))?;
    let mut check = Checker::new(&post.form);
    let code = check.required("list_code", code);
    let name = check.text("list_name", 2, 100);
    let tax_basis = check.choice("tax_basis", TaxBasis::parse);
    let grade = check.optional_choice("grade", Grade::parse);
    let no = check.optional_text("customer_no", 3, 30);
    let customer = match &no {
        Some(no) => {
            let mut conn = web.app().db.read().await?;
            let known = price_library::customer(&mut conn, &no.to_uppercase()).await?;
            if known.is_none() || grade.is_some() {
                check.fail("customer_no", Flaw::UnknownChoice);
            }
            known
        }
        None => None,
    };
    let found = match (code, name, tax_basis, check.finish()) {
        (Some(code), Some(name), Some(tax_basis), Ok(())) => {
            let list_for = match (customer, grade) {
                (Some(customer), _) => ListFor::Customer(customer),
                (None, Some(grade)) => ListFor::Grade(grade),
                (None, None) => ListFor::Everybody,
            };
            let then = format!("/prices/lists/{code}/draft");
            let new = ListToOpen { code, name, list_for, tax_basis };
            match web.app().open_price_list(&post.by(then), &new).await {
                Ok(done) => return Ok(page::see_other(&web, done.then(), "saved")),
                Err(Unchanged::CodeTaken) => vec![("list_code".to_owned(), Flaw::NotUnique)],
                Err(other) => return Err(problem(&post, other)),
            }
        }
        (.., Err(found)) => found,
        _ => FieldErrors::new(),
    };
    let (form, errors) = shown(post.t(), &post.form, &found);
    page::invalid(&new_list_page(&web, &post.who, form, errors).await?)
}
