//! The customer's own data, field by field: right, or what it should be (DOMAIN 1.1, 信息确认).

use super::{Cover, Guest, GuestPost, back, cover, enough, opened, summary, unprocessable};
use crate::app::{Answerer, Opened, Outcome};
use crate::domain::customer::{Contact, CustomerProfile};
use crate::domain::input;
use crate::domain::link::{AnswerKind, Correction, LinkPurpose};
use crate::web::form::{ErrorItem, FormView};
use crate::web::page;
use crate::web::{Problem, Web};
use crate::wording::Lang;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use sha2::{Digest as _, Sha256};

/// One field that the customer looks at.
pub struct Field {
    pub name: String,
    pub label: String,
    /// Empty where we do not know it: then the customer may fill it in.
    pub shown: String,
}

pub struct FieldGroup {
    pub title: String,
    pub fields: Vec<Field>,
}

#[derive(Template)]
#[template(path = "public/data.html")]
struct DataPage {
    cover: Cover,
    t: Lang,
    groups: Vec<FieldGroup>,
    form: FormView,
    errors: Vec<ErrorItem>,
    contacts: Vec<crate::web::form::Choice>,
    answered: Option<String>,
    action: String,
    seen: String,
}

fn field(t: Lang, code: &str, shown: Option<impl Into<String>>) -> Field {
    Field { name: code.to_owned(), label: t.field(code).to_owned(), shown: shown.map(Into::into).unwrap_or_default() }
}

fn company(t: Lang, p: &CustomerProfile) -> Vec<Field> {
    vec![
        field(t, "legal_name", Some(p.legal_name.clone())),
        field(t, "uscc", p.uscc.as_ref().map(ToString::to_string)),
        field(t, "legal_rep", p.legal_rep.clone()),
        Field { label: t.document_address().to_owned(), ..field(t, "registered_address", p.address()) },
        field(t, "phone", p.phone.clone()),
    ]
}

fn invoicing(t: Lang, p: &CustomerProfile) -> Vec<Field> {
    vec![
        field(t, "invoice_kind", p.invoice_kind.map(|k| t.invoice_kind(k))),
        field(t, "invoice_title", p.invoice_title.clone()),
        field(t, "invoice_tax_no", p.invoice_tax_no.clone()),
        field(t, "bank_name", p.bank_name.clone()),
        field(t, "bank_account", p.bank_account.clone()),
        field(t, "invoice_delivery", p.invoice_delivery.clone()),
    ]
}

fn person(t: Lang, at: usize, c: &Contact) -> FieldGroup {
    let named =
        |code: &str, shown: Option<String>| Field { name: format!("contact_{at}_{code}"), ..field(t, code, shown) };
    FieldGroup {
        title: format!("{} {}", t.field("contact"), at + 1),
        fields: vec![
            named("name", Some(c.name.clone())),
            Field { label: t.field("contact_title").to_owned(), ..named("title", Some(c.title.clone())) },
            named("mobile", c.mobile.clone()),
            named("landline", c.landline.clone()),
            named("email", c.email.clone()),
        ],
    }
}

fn groups(t: Lang, p: &CustomerProfile) -> Vec<FieldGroup> {
    let mut out = vec![
        FieldGroup { title: t.public_data_company().to_owned(), fields: company(t, p) },
        FieldGroup { title: t.public_data_invoicing().to_owned(), fields: invoicing(t, p) },
    ];
    out.extend(p.active_contacts().enumerate().map(|(at, c)| person(t, at, c)));
    out
}

/// A short sign of what the page shows, so that nobody confirms what was changed meanwhile.
fn sign(groups: &[FieldGroup]) -> String {
    let mut hash = Sha256::new();
    for field in groups.iter().flat_map(|g| &g.fields) {
        for part in [&field.name, &field.shown] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
    }
    hex::encode(&hash.finalize()[..8])
}

/// What is wrong, each with the words that stand beside it.
fn in_words(t: Lang, groups: &[FieldGroup], form: &FormView) -> Vec<ErrorItem> {
    let label = |name: &str| {
        let asked = name.strip_prefix("is_right_").or_else(|| name.strip_prefix("said_"))?;
        let (group, field) = groups.iter().find_map(|g| Some((g, g.fields.iter().find(|f| f.name == asked)?)))?;
        Some(if asked.starts_with("contact_") {
            format!("{} {}", group.title, field.label)
        } else {
            field.label.clone()
        })
    };
    let told = |item: ErrorItem| match label(&item.field) {
        Some(label) => ErrorItem { text: format!("{label}{}{}", t.ui_colon(), item.text), ..item },
        None => item,
    };
    summary(form).into_iter().map(told).collect()
}

async fn data_page(web: &Web, guest: &Guest, opened: &Opened, form: FormView) -> Result<DataPage, Problem> {
    let t = guest.t;
    let profile = &opened.case.customer.profile;
    let last = opened.link.answers.iter().rfind(|a| matches!(a.kind, AnswerKind::Confirmed | AnswerKind::Corrected));
    let groups = groups(t, profile);
    Ok(DataPage {
        cover: cover(web, guest, Some(opened)).await?,
        t,
        errors: in_words(t, &groups, &form),
        seen: sign(&groups),
        groups,
        form,
        contacts: profile
            .active_contacts()
            .map(|c| crate::web::form::Choice::new(&c.name, format!("{} {}", c.name, c.title)))
            .collect(),
        answered: last.map(|a| t.public_data_answered(t.moment_full(a.at), a.by_name.clone())),
        action: guest.path("/data"),
    })
}

pub async fn page(web: &Web, guest: &Guest, opened: &Opened, form: FormView) -> Result<Response, Problem> {
    page::page(&data_page(web, guest, opened, form).await?)
}

pub async fn answer(State(web): State<Web>, post: GuestPost) -> Result<Response, Problem> {
    let guest = &post.guest;
    let opened = match opened(&web, guest, LinkPurpose::Data).await? {
        Ok(opened) => opened,
        Err(response) => return Ok(response),
    };
    let profile = &opened.case.customer.profile;
    let is_all_right = post.form.value("all") == "yes";
    let groups = groups(guest.t, profile);
    let seen = sign(&groups);
    let mut check = post.checker();
    let name = check.choice("name", |raw| profile.active_contacts().find(|c| c.name == raw).cloned());
    let note = check.optional_long_text("note", 1, 500);
    let mut corrections = Vec::new();
    let mut is_marked = false;
    for f in groups.into_iter().flat_map(|g| g.fields) {
        if f.shown.is_empty() {
            let said = check.optional_text(&format!("said_{}", f.name), 1, 200);
            corrections.extend(said.map(|said| Correction { field: f.name, shown: f.shown, said }));
            continue;
        }
        match check.raw(&format!("is_right_{}", f.name)) {
            "no" => {
                is_marked = true;
                let said = check.required(&format!("said_{}", f.name), |raw| input::text(raw, 1, 200));
                corrections.extend(said.map(|said| Correction { field: f.name, shown: f.shown, said }));
            }
            "yes" => {}
            _ if is_all_right => is_marked |= !check.raw(&format!("said_{}", f.name)).trim().is_empty(),
            _ => check.fail(&format!("is_right_{}", f.name), input::Flaw::Required),
        }
    }
    // One button for everything takes no corrections along, and nothing that was not on the page.
    let other = if post.form.value("seen") != seen {
        Some(("seen", guest.t.public_data_moved()))
    } else if is_all_right && is_marked {
        Some(("all", guest.t.public_data_all_but()))
    } else {
        None
    };
    let (Some(contact), true, None) = (name, check.is_clean(), other) else {
        let mut errors: Vec<(String, String)> = check
            .finish()
            .err()
            .unwrap_or_default()
            .into_iter()
            .map(|(field, flaw)| (field, guest.t.flaw(&flaw)))
            .collect();
        errors.extend(other.map(|(field, text)| (field.to_owned(), text.to_owned())));
        let form = FormView::typed(&post.form, errors);
        return unprocessable(&data_page(&web, guest, &opened, form).await?);
    };
    let who = Answerer { name: contact.name.clone(), title: Some(contact.title), note };
    let outcome =
        web.app().check_data_by_link(&opened, &who, Some(&contact.name), corrections, guest.here.request).await?;
    if outcome == Outcome::Enough { enough(&web, guest, &opened).await } else { Ok(back(guest)) }
}
