//! An archive as facts to read: the groups of the form, and the whole of a version for its history.
//!
//! Phone and e-mail are masked here, in one place, for those who need not know them.

use crate::domain::customer::{Contact, ContactRole, CustomerProfile};
use crate::domain::email::Email;
use crate::domain::money::format_quantity;
use crate::domain::phone::{Landline, Mobile};
use crate::wording::Lang;

pub type Fact = (String, String);

pub struct ContactFacts {
    pub id: String,
    pub name: String,
    pub title: String,
    pub rank: &'static str,
    pub roles: String,
    pub phone: String,
    pub email: String,
    /// Said of somebody who no longer works there.
    pub left: Option<&'static str>,
}

pub fn role_words(t: Lang, roles: &[ContactRole]) -> String {
    roles.iter().map(|r| t.contact_role(*r)).collect::<Vec<_>>().join(" + ")
}

/// Special needs, the wishes on carrier and invoices, and confidentiality.
pub fn needs(t: Lang, p: &CustomerProfile) -> Vec<Fact> {
    let confidential =
        p.is_confidential.then(|| p.confidentiality.clone().unwrap_or_else(|| t.archive_yes().to_owned()));
    let mut list = facts(
        t,
        vec![
            ("carrier_wish", p.carrier_wish.clone()),
            ("invoice_need", p.invoice_need.map(|v| t.invoice_kind(v).to_owned())),
            ("invoice_need_note", p.invoice_need_note.clone()),
            ("confidentiality", confidential),
        ],
    );
    list.extend(p.needs().into_iter().map(|need| (t.need_category(need.category).to_owned(), need.text)));
    list
}

/// Everything a version holds, in the order of the form; contacts and needs one fact each.
pub fn whole(t: Lang, p: &CustomerProfile, is_shown: Result<(), ()>) -> Vec<Fact> {
    let mut list = company(t, p);
    list.extend(invoicing(t, p));
    for (i, contact) in p.contacts.iter().enumerate() {
        let c = contact_facts(t, contact, is_shown);
        let words = [
            c.name.as_str(),
            c.title.as_str(),
            c.rank,
            c.roles.as_str(),
            c.phone.as_str(),
            c.email.as_str(),
            contact.wechat.as_deref().filter(|_| is_shown.is_ok()).unwrap_or_default(),
            contact.preferred_channel.map_or("", |v| t.preferred_channel(v)),
            c.left.unwrap_or_default(),
        ];
        let text = words.into_iter().filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" · ");
        list.push((format!("{} {}", t.field("contacts"), i + 1), text));
    }
    list.extend(needs(t, p));
    list
}

pub fn facts(t: Lang, list: Vec<(&'static str, Option<String>)>) -> Vec<Fact> {
    list.into_iter().filter_map(|(field, value)| value.map(|v| (t.field(field).to_owned(), v))).collect()
}

pub fn company(t: Lang, p: &CustomerProfile) -> Vec<Fact> {
    let address =
        [(t.archive_registered_address(), p.address()), (t.archive_fact_business_address(), p.business_address())];
    let mut list = facts(
        t,
        vec![
            ("legal_name", Some(p.legal_name.clone())),
            ("short_name", p.short_name.clone()),
            ("uscc", p.uscc.as_ref().map(|c| c.as_str().to_owned())),
            ("customer_type", p.customer_type.map(|v| t.customer_type(v).to_owned())),
            ("industry", p.industry.map(|v| t.industry(v).to_owned())),
            ("employee_count", p.employee_count.map(|n| format_quantity(n.into()))),
            ("annual_revenue_wan", p.annual_revenue_wan.map(format_quantity)),
            ("size_band", p.size_band.map(|v| t.size_band(v).to_owned())),
            ("founded_on", p.founded_on.map(|d| t.date(d))),
            ("main_business", p.main_business.clone()),
            ("legal_rep", p.legal_rep.clone()),
            ("registered_capital_wan", p.registered_capital_wan.map(format_quantity)),
            ("registry_status", p.registry_status.map(|v| t.registry_status(v).to_owned())),
        ],
    );
    list.extend(address.into_iter().filter_map(|(label, value)| value.map(|v| (label.to_owned(), v))));
    list.extend(facts(t, vec![("phone", p.phone.clone()), ("source", p.source.map(|v| t.source(v).to_owned()))]));
    list
}

pub fn invoicing(t: Lang, p: &CustomerProfile) -> Vec<Fact> {
    facts(
        t,
        vec![
            ("taxpayer_kind", p.taxpayer_kind.map(|v| t.taxpayer_kind(v).to_owned())),
            ("invoice_kind", p.invoice_kind.map(|v| t.invoice_kind(v).to_owned())),
            ("invoice_title", p.invoice_title.clone()),
            ("invoice_tax_no", p.invoice_tax_no.clone()),
            ("bank_name", p.bank_name.clone()),
            ("bank_account", p.bank_account.clone()),
            ("invoice_delivery", p.invoice_delivery.clone()),
        ],
    )
}

/// Phone and e-mail whole, or masked for those who need not know them.
pub fn contact_facts(t: Lang, c: &Contact, is_shown: Result<(), ()>) -> ContactFacts {
    const HIDDEN: &str = "***";
    let numbers = [
        c.mobile.as_ref().map(|m| {
            if is_shown.is_ok() {
                m.clone()
            } else {
                Mobile::parse(m).map_or_else(|_| HIDDEN.to_owned(), |m| m.masked())
            }
        }),
        c.landline.as_ref().map(|l| {
            if is_shown.is_ok() {
                l.clone()
            } else {
                Landline::parse(l).map_or_else(|_| HIDDEN.to_owned(), |l| l.masked())
            }
        }),
    ];
    let email = c.email.as_ref().map(|e| {
        if is_shown.is_ok() { e.clone() } else { Email::parse(e).map_or_else(|_| HIDDEN.to_owned(), |e| e.masked()) }
    });
    ContactFacts {
        id: c.id.to_string(),
        name: c.name.clone(),
        title: c.title.clone(),
        rank: t.contact_rank(c.rank),
        roles: role_words(t, &c.roles),
        phone: numbers.into_iter().flatten().collect::<Vec<_>>().join(" / "),
        email: email.unwrap_or_default(),
        left: (!c.is_active).then(|| t.archive_contact_left()),
    }
}
