//! The registration form between text and `CustomerProfile` (DOMAIN 1.1): filling it from the
//! archive, and reading it back with every flaw that one field or one row can have.
//!
//! A draft may have gaps; only what is wrong is refused here, what is missing is the gate's to name.

use crate::domain::credit_code::CreditCode;
use crate::domain::customer::{
    Contact, ContactRank, ContactRole, Customer, CustomerProfile, CustomerStatus, CustomerType, Industry, InvoiceKind,
    PreferredChannel, RegistryStatus, SizeBand, Source, TaxpayerKind,
};
use crate::domain::email::Email;
use crate::domain::ids::ContactId;
use crate::domain::input::{self, Flaw};
use crate::domain::phone::{Landline, Mobile, Phone};
use crate::domain::size_band::suggest_size_band;
use crate::web::check::{Checker, Row};
use crate::web::form::{FormView, Submitted};
use crate::wording::Lang;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

/// The most contacts one archive keeps.
pub const MAX_CONTACTS: usize = 25;
/// The fields of a contact's row, in the order of the form.
pub const CONTACT_FIELDS: [&str; 9] =
    ["name", "title", "rank", "roles", "mobile", "landline", "email", "wechat", "preferred_channel"];
const MAX_STAFF: i64 = 9_999_999;
const MAX_REVENUE: Decimal = Decimal::from_parts(3_567_587_327, 232, 0, false, 2);
const MAX_CAPITAL: Decimal = Decimal::from_parts(276_447_231, 23_283, 0, false, 2);

/// Why one field was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    Flaw(Flaw),
    /// A natural person gets no special invoice.
    SpecialForPerson,
    /// The detailed address only repeats the district.
    AddressIsDistrict,
}

impl Wrong {
    pub fn words(&self, t: Lang) -> String {
        match self {
            Self::Flaw(flaw) => t.flaw(flaw),
            Self::SpecialForPerson => t.customer_special_refused().to_owned(),
            Self::AddressIsDistrict => t.customer_address_is_district().to_owned(),
        }
    }
}

pub type Wrongs = Vec<(String, Wrong)>;

/// What reading the form needs besides the form.
pub struct Reading<'a> {
    pub customer: &'a Customer,
    pub today: NaiveDate,
    pub new_id: &'a dyn Fn() -> Uuid,
}

/// Puts the stored profile into the form.
pub fn fill(view: &mut FormView, p: &CustomerProfile) {
    view.push("legal_name", p.legal_name.as_str());
    view.put("short_name", p.short_name.as_deref());
    view.put("uscc", p.uscc.as_ref().map(CreditCode::as_str));
    view.put("customer_type", p.customer_type.map(CustomerType::code));
    view.put("industry", p.industry.map(Industry::code));
    view.put("employee_count", p.employee_count.map(|n| n.to_string()));
    view.put("annual_revenue_wan", p.annual_revenue_wan.map(|n| n.to_string()));
    view.put("size_band", p.size_band.map(SizeBand::code));
    view.put("founded_on", p.founded_on.map(|d| d.to_string()));
    view.put("main_business", p.main_business.as_deref());
    view.put("legal_rep", p.legal_rep.as_deref());
    view.put("registered_capital_wan", p.registered_capital_wan.map(|n| n.to_string()));
    view.put("registry_status", p.registry_status.map(RegistryStatus::code));
    view.put("province", p.province.as_deref());
    view.put("city", p.city.as_deref());
    view.put("district", p.district.as_deref());
    view.put("address_detail", p.address_detail.as_deref());
    view.put("phone", p.phone.as_deref());
    view.put("source", p.source.map(Source::code));
    view.put("taxpayer_kind", p.taxpayer_kind.map(TaxpayerKind::code));
    view.put("invoice_kind", p.invoice_kind.map(InvoiceKind::code));
    view.put("invoice_title", p.invoice_title.as_deref());
    view.put("invoice_tax_no", p.invoice_tax_no.as_deref());
    view.put("bank_name", p.bank_name.as_deref());
    view.put("bank_account", p.bank_account.as_deref());
    view.put("invoice_delivery", p.invoice_delivery.as_deref());
    view.put("carrier_wish", p.carrier_wish.as_deref());
    view.put("special_needs", p.special_needs.as_deref());
    for c in p.active_contacts() {
        let or_blank = |value: &Option<String>| value.clone().unwrap_or_default();
        view.push("contact_id", c.id.to_string());
        view.push("name", c.name.as_str());
        view.push("title", c.title.as_str());
        view.push("rank", c.rank.code());
        view.push("roles", roles_code(&c.roles));
        view.push("mobile", or_blank(&c.mobile));
        view.push("landline", or_blank(&c.landline));
        view.push("email", or_blank(&c.email));
        view.push("wechat", or_blank(&c.wechat));
        view.push("preferred_channel", c.preferred_channel.map_or("", PreferredChannel::code));
    }
}

/// A set of roles as one choice: codes in fixed order, joined by commas.
pub fn roles_code(roles: &[ContactRole]) -> String {
    ContactRole::ALL.iter().filter(|r| roles.contains(r)).map(|r| r.code()).collect::<Vec<_>>().join(",")
}

fn roles(raw: &str) -> Result<Vec<ContactRole>, Flaw> {
    let wanted: Vec<ContactRole> = raw
        .split(',')
        .map(|code| ContactRole::parse(code.trim()).ok_or(Flaw::UnknownChoice))
        .collect::<Result<_, _>>()?;
    Ok(ContactRole::ALL.iter().copied().filter(|role| wanted.contains(role)).collect())
}

/// The name of a company: at least two Chinese characters (DOMAIN 1.1 A).
pub fn legal_name(raw: &str) -> Result<String, Flaw> {
    let name = input::text(raw, 4, 100)?;
    if name.chars().filter(|c| input::is_chinese(*c)).count() < 2 { Err(Flaw::NeedsChinese) } else { Ok(name) }
}

fn bank_account(raw: &str) -> Result<String, Flaw> {
    let digits: String = input::normalise(raw).chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if digits.bytes().all(|b| b.is_ascii_digit()) { input::text(&digits, 8, 30) } else { Err(Flaw::NotANumber) }
}

fn invoice_delivery(raw: &str) -> Result<String, Flaw> {
    if input::normalise(raw).contains('@') { Email::parse(raw).map(|e| e.as_str().to_owned()) } else { mobile(raw) }
}

fn mobile(raw: &str) -> Result<String, Flaw> {
    Mobile::parse(raw).map(|m| m.as_str().to_owned())
}

fn founded_on(raw: &str, today: NaiveDate) -> Result<NaiveDate, Flaw> {
    let on = input::date(raw)?;
    if on > today { Err(Flaw::InTheFuture) } else { Ok(on) }
}

/// Reads the whole form; every field is looked at before anything is refused.
pub fn parse(form: &Submitted, reading: &Reading) -> Result<CustomerProfile, Wrongs> {
    let mut c = Checker::new(form);
    let mut wrongs: Wrongs = Vec::new();
    let legal_name = c.required("legal_name", legal_name);
    let mut profile = CustomerProfile {
        short_name: c.optional_text("short_name", 1, 30),
        uscc: c.optional("uscc", |raw| CreditCode::parse(raw).map_err(Flaw::Code)),
        customer_type: c.optional_choice("customer_type", CustomerType::parse),
        industry: c.optional_choice("industry", Industry::parse),
        employee_count: c.optional_whole("employee_count", 1, MAX_STAFF),
        annual_revenue_wan: c.optional_decimal("annual_revenue_wan", 2, Decimal::ZERO, MAX_REVENUE),
        size_band: c.optional_choice("size_band", SizeBand::parse),
        founded_on: c.optional("founded_on", |raw| founded_on(raw, reading.today)),
        main_business: c.optional_long_text("main_business", 4, 300),
        legal_rep: c.optional_text("legal_rep", 2, 30),
        registered_capital_wan: c.optional_decimal("registered_capital_wan", 2, Decimal::ZERO, MAX_CAPITAL),
        registry_status: c.optional_choice("registry_status", RegistryStatus::parse),
        province: c.optional_text("province", 2, 30),
        city: c.optional_text("city", 2, 30),
        district: c.optional_text("district", 2, 30),
        address_detail: c.optional_text("address_detail", 4, 200),
        phone: c.optional("phone", |raw| Phone::parse(raw).map(|p| p.as_str().to_owned())),
        source: c.optional_choice("source", Source::parse),
        taxpayer_kind: c.optional_choice("taxpayer_kind", TaxpayerKind::parse),
        invoice_kind: c.optional_choice("invoice_kind", InvoiceKind::parse),
        invoice_title: c.optional_text("invoice_title", 2, 100),
        invoice_tax_no: c.optional("invoice_tax_no", |raw| input::text(&input::normalise(raw).to_uppercase(), 15, 20)),
        bank_name: c.optional_text("bank_name", 2, 100),
        bank_account: c.optional("bank_account", bank_account),
        invoice_delivery: c.optional("invoice_delivery", invoice_delivery),
        carrier_wish: c.optional_text("carrier_wish", 1, 60),
        special_needs: c.optional_long_text("special_needs", 1, 500),
        ..CustomerProfile::named(legal_name.unwrap_or_default())
    };
    profile.contacts = contacts(&mut c, form, reading);
    if profile.invoice_kind == Some(InvoiceKind::Special) && profile.taxpayer_kind == Some(TaxpayerKind::NaturalPerson)
    {
        wrongs.push(("invoice_kind".to_owned(), Wrong::SpecialForPerson));
    }
    if profile.address_detail.is_some() && profile.address_detail == profile.district {
        wrongs.push(("address_detail".to_owned(), Wrong::AddressIsDistrict));
    }
    let is_clean = c.is_clean();
    if let Err(flaws) = c.finish() {
        wrongs.extend(flaws.into_iter().map(|(field, flaw)| (field, Wrong::Flaw(flaw))));
    }
    complete(&mut profile);
    if is_clean && reading.customer.status == CustomerStatus::Archived {
        wrongs.extend(emptied(&profile).into_iter().map(|field| (field.to_owned(), Wrong::Flaw(Flaw::Required))));
    }
    if wrongs.is_empty() { Ok(profile) } else { Err(wrongs) }
}

/// What may be left empty because it follows from the rest.
fn complete(p: &mut CustomerProfile) {
    if let (None, Some(industry)) = (p.size_band, p.industry) {
        p.size_band = suggest_size_band(industry, p.employee_count, p.annual_revenue_wan);
    }
    if p.invoice_kind.is_some_and(|kind| kind != InvoiceKind::None) {
        p.invoice_title = p.invoice_title.take().or_else(|| Some(p.legal_name.clone()));
        p.invoice_tax_no = p.invoice_tax_no.take().or_else(|| p.uscc.as_ref().map(|code| code.as_str().to_owned()));
    }
}

/// An archive that has passed the gate must not lose what the gate asked for.
fn emptied(p: &CustomerProfile) -> Vec<&'static str> {
    let mut missing = p.missing();
    let has = |wanted: &dyn Fn(&Contact) -> bool| p.active_contacts().any(wanted);
    let complete = has(&|c| c.rank == ContactRank::Primary)
        && has(&|c| c.rank == ContactRank::Backup)
        && has(&|c| c.roles.contains(&ContactRole::DecisionMaker));
    if !complete {
        missing.push("contacts");
    }
    missing
}

/// People who were active and are no longer in the form leave the archive; inactive ones stay.
fn contacts(c: &mut Checker, form: &Submitted, reading: &Reading) -> Vec<Contact> {
    let stored = &reading.customer.profile.contacts;
    let ids = form.values("contact_id");
    let rows = c.rows(&CONTACT_FIELDS);
    let mut read: Vec<(Row, Contact)> = Vec::new();
    for row in rows {
        let known = ids
            .get(row.index)
            .and_then(|raw| Uuid::parse_str(raw).ok())
            .map(ContactId)
            .filter(|id| stored.iter().any(|s| s.id == *id) && !read.iter().any(|(_, other)| other.id == *id));
        let id = known.unwrap_or_else(|| ContactId((reading.new_id)()));
        if let Some(contact) = contact(c, &row, id) {
            read.push((row, contact));
        }
    }
    let inactive: Vec<Contact> =
        stored.iter().filter(|s| !s.is_active && !read.iter().any(|(_, r)| r.id == s.id)).cloned().collect();
    if read.len() + inactive.len() > MAX_CONTACTS {
        c.fail("contacts", Flaw::TooManyRows { max: MAX_CONTACTS });
    }
    for (i, (row, one)) in read.iter().enumerate() {
        if one.rank == ContactRank::Primary && read[..i].iter().any(|(_, other)| other.rank == ContactRank::Primary) {
            c.fail(&row.field("rank"), Flaw::NotUnique);
        }
        for (_, other) in read[..i].iter().filter(|(_, other)| other.rank != one.rank) {
            if one.name == other.name {
                c.fail(&row.field("name"), Flaw::SamePerson);
            } else if same_phone(one, other) {
                c.fail(&row.field(if one.mobile.is_some() { "mobile" } else { "landline" }), Flaw::SamePerson);
            }
        }
    }
    read.into_iter().map(|(_, contact)| contact).chain(inactive).collect()
}

/// Two people may share a switchboard only when each has a mobile of their own.
fn same_phone(one: &Contact, other: &Contact) -> bool {
    match (&one.mobile, &other.mobile) {
        (Some(a), Some(b)) => a == b,
        _ => one.landline.is_some() && one.landline == other.landline,
    }
}

fn contact(c: &mut Checker, row: &Row, id: ContactId) -> Option<Contact> {
    let name = c.cell(row, "name", input::person_name);
    let title = c.cell(row, "title", |raw| input::text(raw, 2, 30));
    let rank = c.cell(row, "rank", |raw| ContactRank::parse(raw).ok_or(Flaw::UnknownChoice));
    let roles = c.cell(row, "roles", roles);
    let landline = c.optional_cell(row, "landline", |raw| Landline::parse(raw).map(|l| l.as_str().to_owned()));
    let mobile = if row.value("landline").trim().is_empty() {
        c.cell(row, "mobile", mobile)
    } else {
        c.optional_cell(row, "mobile", mobile)
    };
    let address = |raw: &str| Email::parse(raw).map(|e| e.as_str().to_owned());
    let email = if rank == Some(ContactRank::Primary) {
        c.cell(row, "email", address)
    } else {
        c.optional_cell(row, "email", address)
    };
    let wechat = c.optional_cell(row, "wechat", |raw| input::text(raw, 1, 40));
    let preferred_channel =
        c.optional_cell(row, "preferred_channel", |raw| PreferredChannel::parse(raw).ok_or(Flaw::UnknownChoice));
    Some(Contact {
        id,
        name: name?,
        title: title?,
        rank: rank?,
        roles: roles?,
        mobile,
        landline,
        email,
        wechat,
        preferred_channel,
        is_active: true,
    })
}

#[cfg(test)]
#[path = "customer_form_tests.rs"]
mod tests;
