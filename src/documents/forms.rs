//! What all forms have in common: head, facts, boxes to sign in, and the content that is hashed.

use crate::domain::email::Email;
use crate::domain::ids::ProductId;
use crate::domain::phone::Phone;
use crate::domain::workflow::Case;
use crate::wording::Lang;
use chrono::{DateTime, Utc};
use kuaidan_documents::Layout;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The selling company as documents name it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Letterhead {
    pub name: String,
    pub name_en: String,
    pub phone: Option<String>,
    pub address: Option<String>,
    pub tax_no: Option<String>,
    pub bank: Option<String>,
    pub account: Option<String>,
}

/// Whether telephone numbers and addresses of people stand there whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    Whole,
    Masked,
}

/// What is printed across every page of a form that is not (or no longer) in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    None,
    Draft,
    Void,
    /// A newer version took its place.
    Superseded,
    /// The customer took another alternative.
    NotChosen,
}

impl Mark {
    pub fn words(self, t: Lang) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Draft => Some(t.document_mark_draft()),
            Self::Void => Some(t.document_mark_void()),
            Self::Superseded => Some(t.alternative_mark_superseded()),
            Self::NotChosen => Some(t.alternative_mark_not_chosen()),
        }
    }
}

/// Labels of a form by their name in the template.
pub type Words = BTreeMap<&'static str, &'static str>;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Head {
    pub lang: &'static str,
    pub title: &'static str,
    pub no: String,
    pub version: Option<String>,
    pub company: String,
    pub company_other: String,
    pub company_lines: Vec<String>,
    /// The words before, between and after the two page numbers.
    pub page: [String; 3],
    pub note: Option<&'static str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fact {
    pub label: String,
    pub value: String,
    /// Takes the whole width of the page.
    pub wide: bool,
}

/// A box to sign and stamp in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sign {
    pub party: &'static str,
    pub name: Option<String>,
    pub lines: Vec<&'static str>,
    pub seal: Option<&'static str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Special {
    pub text: String,
    pub department: &'static str,
    pub applies: String,
}

/// One form ready to be printed: its canonical JSON and the moment it bears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    pub layout: Layout,
    pub json: String,
    pub dated: DateTime<Utc>,
}

impl Content {
    /// Structs are written in the order of their fields and words sorted, so equal forms are equal texts.
    pub fn of(layout: Layout, form: &impl Serialize, dated: DateTime<Utc>) -> Result<Self, serde_json::Error> {
        Ok(Self { layout, json: serde_json::to_string(form)?, dated })
    }

    /// SHA-256 of what is printed.
    pub fn hash(&self) -> Vec<u8> {
        Sha256::digest(&self.json).to_vec()
    }
}

pub fn head(
    t: Lang,
    company: &Letterhead,
    title: &'static str,
    no: &str,
    version_no: Option<i32>,
    shown: Shown,
) -> Head {
    let (own, other) = match t {
        Lang::Zh => (&company.name, &company.name_en),
        Lang::En => (&company.name_en, &company.name),
    };
    let bank = company.bank.as_ref().or(company.account.as_ref()).map(|_| {
        let words = |value: &Option<String>| value.clone().unwrap_or_default();
        t.company_line_bank(words(&company.account), words(&company.bank)).trim().to_owned()
    });
    let reached = [
        company.address.clone(),
        company.phone.as_ref().map(|p| t.document_phone(p)),
        company.tax_no.as_ref().map(|no| t.company_line_tax(no)),
        bank,
    ];
    let page = t.document_page("\u{0}", "\u{0}");
    let mut parts = page.splitn(3, '\u{0}').map(str::to_owned);
    let mut part = || parts.next().unwrap_or_default();
    Head {
        lang: t.code(),
        title,
        no: no.to_owned(),
        version: version_no.map(|n| format!("V{n}")),
        company: own.clone(),
        company_other: if own == other { String::new() } else { other.clone() },
        company_lines: reached.into_iter().flatten().collect(),
        page: [part(), part(), part()],
        note: (shown == Shown::Masked).then(|| t.document_masked()),
    }
}

pub fn fact(label: &str, value: impl Into<String>) -> Fact {
    Fact { label: label.to_owned(), value: value.into(), wide: false }
}

pub fn wide(label: &str, value: impl Into<String>) -> Fact {
    Fact { label: label.to_owned(), value: value.into(), wide: true }
}

/// An optional value: the field stays, empty, so that it can be filled in by hand.
pub fn or_blank(value: Option<impl ToString>) -> String {
    value.map(|v| v.to_string()).unwrap_or_default()
}

/// A telephone number as this reader may see it.
pub fn phone(shown: Shown, number: &str) -> String {
    match shown {
        Shown::Whole => number.to_owned(),
        Shown::Masked => Phone::parse(number).map_or_else(|_| "***".to_owned(), |p| p.masked()),
    }
}

/// An e-mail address, or a telephone number in its place, as this reader may see it.
pub fn reach(shown: Shown, address: &str) -> String {
    match (shown, Email::parse(address)) {
        (Shown::Whole, _) => address.to_owned(),
        (Shown::Masked, Ok(email)) => email.masked(),
        (Shown::Masked, Err(_)) => phone(shown, address),
    }
}

/// The two boxes for seller and buyer.
pub fn both_sign(t: Lang, company: &Head, case: &Case) -> Vec<Sign> {
    let lines = || vec![t.document_sign_person(), t.document_sign_date()];
    vec![
        Sign {
            party: t.document_seller(),
            name: Some(company.company.clone()),
            lines: lines(),
            seal: Some(t.document_seal()),
        },
        Sign {
            party: t.document_buyer(),
            name: Some(case.customer.profile.legal_name.clone()),
            lines: lines(),
            seal: Some(t.document_seal()),
        },
    ]
}

/// What a line is called on paper: the catalogue's number, and its name in the language of the form
/// unless somebody named the item otherwise.
pub fn called(t: Lang, case: &Case, product: Option<ProductId>, name: &str) -> String {
    let name = t.item(case, product, name);
    match case.named.iter().find(|n| Some(n.product) == product) {
        Some(known) => format!("{} {name}", known.code),
        None => name.to_owned(),
    }
}

pub fn own_sign(t: Lang, party: &'static str) -> Sign {
    Sign { party, name: None, lines: vec![t.document_sign_person(), t.document_sign_date()], seal: None }
}

/// Province to street in one line.
pub fn address(case: &Case) -> String {
    case.customer.profile.address().unwrap_or_default()
}
