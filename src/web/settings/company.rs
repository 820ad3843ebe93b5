//! The selling company on documents and mails: names, address, tax number, bank, logo.

use super::places::{COMPANY, Tab};
use crate::app::LogoChange;
use crate::domain::company::{self, Company, Logo};
use crate::domain::input::{self, Flaw};
use crate::domain::policy::{self, Act};
use crate::web::check::Checker;
use crate::web::form::{ErrorItem, FormView};
use crate::web::page::{self, Chrome, Section};
use crate::web::work::only;
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

pub fn routes() -> Router<Web> {
    Router::new().route("/settings/company", get(show).post(save)).route("/settings/company/logo", get(logo))
}

#[derive(Template)]
#[template(path = "settings/company.html")]
struct CompanyPage {
    chrome: Chrome,
    t: Lang,
    tabs: Vec<Tab>,
    form: FormView,
    errors: Vec<ErrorItem>,
    revision: i64,
    can_keep: bool,
    has_logo: bool,
}

async fn build(web: &Web, who: &SignedIn, typed: Option<(FormView, i64)>) -> Result<CompanyPage, Problem> {
    let (stored, revision) = web.app().company().await?;
    let has_logo = web.app().logo().await?.is_some();
    let (form, revision) = typed.unwrap_or_else(|| {
        let mut form = FormView::default();
        form.push("company_name", stored.name);
        form.push("company_name_en", stored.name_en);
        form.put("company_phone", stored.phone);
        form.put("company_address", stored.address);
        form.put("company_tax_no", stored.tax_no);
        form.put("company_bank", stored.bank);
        form.put("company_account", stored.account);
        (form, revision)
    });
    Ok(CompanyPage {
        chrome: page::chrome(web, who, Section::Settings).await?,
        t: who.t(),
        tabs: COMPANY.tabs(who),
        errors: form.errors(),
        form,
        revision,
        can_keep: policy::may_ever(&who.actor, Act::KeepService),
        has_logo,
    })
}

async fn show(State(web): State<Web>, who: SignedIn) -> Result<Response, Problem> {
    COMPANY.open(&who)?;
    page::page(&build(&web, &who, None).await?)
}

/// Shown as a picture only; a drawing can do nothing here.
async fn logo(State(web): State<Web>, who: SignedIn) -> Result<Response, Problem> {
    COMPANY.open(&who)?;
    let logo = web.app().logo().await?.ok_or(Problem::Missing)?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(logo.kind.media_type())),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'")),
    ];
    Ok((headers, logo.content).into_response())
}

fn account(raw: &str) -> Result<String, Flaw> {
    let text = input::text(raw, 6, 40)?;
    let is_number = text.chars().all(|c| c.is_ascii_digit() || c == ' ' || c == '-');
    if is_number { Ok(text) } else { Err(Flaw::NotANumber) }
}

fn read(post: &Post) -> Result<(Company, LogoChange), Vec<(String, Flaw)>> {
    let mut check = Checker::new(&post.form);
    let (name, name_en) = (check.text("company_name", 2, 100), check.text("company_name_en", 2, 100));
    let phone = check.optional_text("company_phone", 3, 40);
    let address = check.optional_text("company_address", 3, 120);
    let tax_no = check.optional_text("company_tax_no", 8, 30);
    let bank = check.optional_text("company_bank", 2, 80);
    let account = check.optional("company_account", account);
    let logo = match post.form.file("company_logo") {
        Some(file) if file.content.len() > company::MAX_LOGO => {
            check.fail("company_logo", Flaw::FileTooLarge { max_mib: 1 });
            LogoChange::Keep
        }
        Some(file) => {
            if let Some(kind) = company::sniff(&file.content) {
                LogoChange::Take(Logo { kind, content: file.content.clone() })
            } else {
                check.fail("company_logo", Flaw::FileKind);
                LogoChange::Keep
            }
        }
        None if post.form.value("remove_logo") == "yes" => LogoChange::Remove,
        None => LogoChange::Keep,
    };
    check.finish()?;
    let company = Company {
        name: name.unwrap_or_default(),
        name_en: name_en.unwrap_or_default(),
        phone,
        address,
        tax_no,
        bank,
        account,
    };
    Ok((company, logo))
}

async fn save(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::KeepService)?;
    let t = post.t();
    let mut typed = read(&post);
    if let Ok((_, LogoChange::Take(logo))) = &typed
        && !web.press().takes(logo.clone()).await?
    {
        typed = Err(vec![("company_logo".to_owned(), Flaw::FileKind)]);
    }
    match typed {
        Ok((company, logo)) => {
            let by = post.by("/settings/company");
            let saved = web.app().save_company(&by, post.form.version(), &company, logo).await;
            let done = saved.map_err(|f| post.keeping(f))?;
            Ok(page::see_other(&web, done.then(), "saved"))
        }
        Err(flaws) => {
            let errors = flaws
                .into_iter()
                .map(|(field, flaw)| {
                    let is_logo = field == "company_logo";
                    let text = if is_logo { t.company_flaw_logo().to_owned() } else { t.flaw(&flaw) };
                    (field, text)
                })
                .collect();
            let form = FormView::typed(&post.form, errors);
            page::invalid(&build(&web, &post.who, Some((form, post.form.version()))).await?)
        }
    }
}
