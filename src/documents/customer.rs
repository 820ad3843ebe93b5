//! The registration form 客户基础信息登记表, form 1 (DOMAIN 1.1): every field is there, also empty;
//! wishes of which there are none are one row.

use super::forms::{
    Content, Fact, Head, Letterhead, Mark, Shown, Sign, Words, address, fact, head, or_blank, own_sign, phone, reach,
    wide,
};
use crate::domain::customer::{ContactRole, CustomerProfile, CustomerStatus};
use crate::domain::money::format_quantity;
use crate::domain::privacy;
use crate::domain::workflow::Case;
use crate::wording::Lang;
use chrono::{DateTime, Utc};
use kuaidan_documents::Layout;
use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContactRow {
    pub name: String,
    pub title: String,
    pub rank: &'static str,
    pub roles: String,
    pub phone: String,
    pub email: String,
    /// How this person likes to be reached, and the `WeChat` name.
    pub more: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CustomerForm {
    pub head: Head,
    pub words: Words,
    pub company: Vec<Fact>,
    pub invoicing: Vec<Fact>,
    pub contacts: Vec<ContactRow>,
    pub history: Vec<Fact>,
    pub needs: Vec<Fact>,
    pub checks: Vec<Fact>,
    pub signs: Vec<Sign>,
}

/// Names of the people the form mentions, in its language, and the figures of what was bought before.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Label and value; empty for whoever may not see it.
    pub history: Vec<(String, String)>,
    pub owner: String,
    pub verified_by: String,
    pub confirmed_by: String,
}

fn words(t: Lang) -> Words {
    Words::from([
        ("company", t.customer_company()),
        ("invoicing", t.customer_invoicing()),
        ("contacts", t.field("contacts")),
        ("no_contacts", t.customer_contacts_none()),
        ("history", t.document_history()),
        ("needs", t.customer_needs()),
        ("checks", t.document_checks()),
        ("name", t.field("name")),
        ("rank", t.field("rank")),
        ("roles", t.field("contact_roles")),
        ("phone", t.customer_phone()),
        ("email", t.field("email")),
    ])
}

fn company(t: Lang, shown: Shown, case: &Case, names: &Names) -> Vec<Fact> {
    let c = &case.customer;
    let p = &c.profile;
    vec![
        wide(t.field("legal_name"), &p.legal_name),
        fact(t.field("short_name"), or_blank(p.short_name.as_deref())),
        fact(t.field("uscc"), or_blank(p.uscc.as_ref().map(super::super::domain::credit_code::CreditCode::as_str))),
        fact(t.field("customer_type"), or_blank(p.customer_type.map(|v| t.customer_type(v)))),
        fact(t.field("industry"), or_blank(p.industry.map(|v| t.industry(v)))),
        fact(t.field("employee_count"), or_blank(p.employee_count.map(|n| format_quantity(n.into())))),
        fact(t.field("annual_revenue_wan"), or_blank(p.annual_revenue_wan.map(format_quantity))),
        fact(t.field("size_band"), or_blank(p.size_band.map(|v| t.size_band(v)))),
        fact(t.field("founded_on"), or_blank(p.founded_on.map(|d| t.date(d)))),
        fact(t.field("legal_rep"), or_blank(p.legal_rep.as_deref())),
        fact(t.field("registered_capital_wan"), or_blank(p.registered_capital_wan.map(format_quantity))),
        fact(t.field("registry_status"), or_blank(p.registry_status.map(|v| t.registry_status(v)))),
        fact(t.field("phone"), or_blank(p.phone.as_deref().map(|n| phone(shown, n)))),
        wide(t.field("main_business"), or_blank(p.main_business.as_deref())),
        wide(t.archive_registered_address(), address(case)),
        wide(t.document_business_address(), or_blank(p.business_address())),
        fact(t.field("source"), or_blank(p.source.map(|v| t.source(v)))),
        fact(t.field("grade"), t.grade(c.grade)),
        fact(t.field("owner"), &names.owner),
    ]
}

fn invoicing(t: Lang, shown: Shown, p: &CustomerProfile) -> Vec<Fact> {
    vec![
        fact(t.field("taxpayer_kind"), or_blank(p.taxpayer_kind.map(|v| t.taxpayer_kind(v)))),
        fact(t.field("invoice_kind"), or_blank(p.invoice_kind.map(|v| t.invoice_kind(v)))),
        wide(t.field("invoice_title"), or_blank(p.invoice_title.as_deref())),
        fact(t.field("invoice_tax_no"), or_blank(p.invoice_tax_no.as_deref())),
        fact(t.field("bank_account"), or_blank(p.bank_account.as_deref())),
        fact(t.field("bank_name"), or_blank(p.bank_name.as_deref())),
        fact(t.field("invoice_delivery"), or_blank(p.invoice_delivery.as_deref().map(|r| reach(shown, r)))),
    ]
}

fn wechat(shown: Shown, name: &str) -> String {
    match shown {
        Shown::Whole => name.to_owned(),
        Shown::Masked => privacy::wechat(name),
    }
}

fn contacts(t: Lang, shown: Shown, p: &CustomerProfile) -> Vec<ContactRow> {
    let roles = |roles: &[ContactRole]| roles.iter().map(|r| t.contact_role(*r)).collect::<Vec<_>>().join(" · ");
    p.active_contacts()
        .map(|c| ContactRow {
            name: c.name.clone(),
            title: c.title.clone(),
            rank: t.contact_rank(c.rank),
            roles: roles(&c.roles),
            phone: [&c.mobile, &c.landline]
                .into_iter()
                .flatten()
                .map(|n| phone(shown, n))
                .collect::<Vec<_>>()
                .join(" / "),
            email: c.email.as_deref().map(|e| reach(shown, e)).unwrap_or_default(),
            more: [
                c.wechat.as_deref().map(|name| format!("{} {}", t.field("wechat"), wechat(shown, name))),
                c.preferred_channel.map(|v| format!("{} {}", t.field("preferred_channel"), t.preferred_channel(v))),
            ]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" · "),
        })
        .collect()
}

/// What the customer always asks for, one row each, after the wishes on carrier, invoice and silence; a customer
/// who asks for nothing has one row that says so.
fn needs(t: Lang, p: &CustomerProfile) -> Vec<Fact> {
    let silence = p.is_confidential.then(|| p.confidentiality.clone().unwrap_or_else(|| t.archive_yes().to_owned()));
    let invoice = [p.invoice_need.map(|v| t.invoice_kind(v).to_owned()), p.invoice_need_note.clone()];
    let invoice = invoice.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let mut rows = vec![
        wide(t.field("carrier_wish"), or_blank(p.carrier_wish.as_deref())),
        wide(t.field("invoice_need"), invoice),
        wide(t.field("confidentiality"), or_blank(silence)),
    ];
    rows.extend(p.needs().into_iter().map(|need| wide(t.need_category(need.category), need.text)));
    if rows.iter().all(|row| row.value.is_empty()) {
        return vec![wide(t.customer_needs(), t.document_none())];
    }
    rows
}

/// Figures stand two in a row, lists take the whole width.
fn past(label: &str, value: &str) -> Fact {
    const SHORT: usize = 20;
    if value.chars().count() <= SHORT { fact(label, value) } else { wide(label, value) }
}

pub fn form(t: Lang, seller: &Letterhead, case: &Case, shown: Shown, names: &Names) -> CustomerForm {
    let c = &case.customer;
    let p = &c.profile;
    let verified = c
        .verification
        .as_ref()
        .map(|v| t.customer_verified_by(t.verify_channel(v.channel), t.moment_full(v.at), &names.verified_by));
    let confirmed = c.confirmation.as_ref().map(|k| {
        t.customer_confirmed_by(
            &k.contact,
            t.customer_confirm_method(k.method),
            t.moment_full(k.at),
            &names.confirmed_by,
        )
    });
    CustomerForm {
        head: head(t, seller, t.customer_form(), &c.no, None, shown),
        words: words(t),
        company: company(t, shown, case, names),
        invoicing: invoicing(t, shown, p),
        contacts: contacts(t, shown, p),
        history: names.history.iter().map(|(label, value)| past(label, value)).collect(),
        needs: needs(t, p),
        checks: vec![
            fact(t.customer_status_label(), t.customer_status(c.status)),
            fact(t.document_next_review(), or_blank(c.next_review_on.map(|d| t.date(d)))),
            wide(t.customer_verification(), or_blank(verified)),
            wide(t.customer_confirmation(), or_blank(confirmed)),
        ],
        signs: vec![
            own_sign(t, t.document_filled_by()),
            own_sign(t, t.document_checked_by()),
            Sign { seal: Some(t.document_seal()), ..own_sign(t, t.document_customer_confirms()) },
        ],
    }
}

/// Dated by its confirmation or verification; a form that has neither bears no day of its own.
pub fn content(
    t: Lang,
    seller: &Letterhead,
    case: &Case,
    shown: Shown,
    names: &Names,
) -> Result<Content, serde_json::Error> {
    let c = &case.customer;
    let opened = case.deal.as_ref().map(|d| d.opened_at);
    let dated = c.confirmation.as_ref().map(|k| k.at).or(c.verification.as_ref().map(|v| v.at)).or(opened);
    let dated = dated.unwrap_or(DateTime::<Utc>::UNIX_EPOCH);
    Content::of(Layout::Customer, &form(t, seller, case, shown, names), dated)
}

pub fn mark(case: &Case) -> Mark {
    match case.customer.status {
        CustomerStatus::Archived => Mark::None,
        CustomerStatus::Draft | CustomerStatus::PendingVerification | CustomerStatus::PendingConfirmation => {
            Mark::Draft
        }
    }
}
