//! The registration form between text and `CustomerProfile` (DOMAIN 1.1): filling it from the
//! archive, and reading it back with every flaw that one field or one row can have.
//!
//! A draft may have gaps; only what is wrong is refused here, what is missing is the gate's to name.

use crate::app::Taken;
use crate::domain::credit_code::{CodeFlaw, CreditCode};
use crate::domain::customer::{
    Contact, ContactRank, ContactRole, Customer, CustomerProfile, CustomerStatus, CustomerType, Industry, InvoiceKind,
    RegistryStatus, SizeBand, Source, TaxpayerKind,
};
use crate::domain::email::Email;
use crate::domain::input::{self, Flaw};
use crate::domain::phone::{Mobile, Phone};
use crate::domain::regions::RegionFlaw;
use crate::domain::size_band::suggest_size_band;
use crate::web::check::Checker;
use crate::web::customer_code::taken_words;
use crate::web::form::{FormView, Submitted};
use crate::wording::Lang;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

mod address;
mod contacts;
mod needs;

pub use contacts::{CONTACT_FIELDS, MAX_CONTACTS, roles_code};
pub use needs::{MAX_NEEDS, NEED_FIELDS};

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
    /// A part of the address that does not exist in the part above it.
    Region(RegionFlaw),
    /// Another archive holds the credit code.
    Taken(Box<Taken>),
}

impl Wrong {
    pub fn words(&self, t: Lang) -> String {
        match self {
            Self::Flaw(flaw @ Flaw::Code(CodeFlaw::Check { .. })) => {
                format!("{} {}", t.flaw(flaw), t.archive_code_pilot())
            }
            Self::Flaw(flaw) => t.flaw(flaw),
            Self::Region(RegionFlaw::Province) => t.archive_region_province().to_owned(),
            Self::Region(RegionFlaw::City) => t.archive_region_city().to_owned(),
            Self::Region(RegionFlaw::District) => t.archive_region_district().to_owned(),
            Self::Taken(taken) => taken_words(t, taken),
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
    view.put("is_confidential", p.is_confidential.then_some("yes"));
    view.put("confidentiality", p.confidentiality.as_deref());
    view.put("invoice_need", p.invoice_need.map(InvoiceKind::code));
    view.put("invoice_need_note", p.invoice_need_note.as_deref());
    contacts::fill(view, p);
    needs::fill(view, p);
    address::fill(view, p);
}

const SHORTEST_COMPANY: usize = 4;

/// The name of a company or a person: at least two Chinese characters (DOMAIN 1.1 A). That a company's has
/// four is asked once the archive says that it is no person.
pub fn legal_name(raw: &str) -> Result<String, Flaw> {
    let name = input::text(raw, 2, 100)?;
    if name.chars().filter(|c| input::is_chinese(*c)).count() < 2 { Err(Flaw::NeedsChinese) } else { Ok(name) }
}

pub(super) fn bank_account(raw: &str) -> Result<String, Flaw> {
    let digits: String = input::normalise(raw).chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if digits.bytes().all(|b| b.is_ascii_digit()) { input::text(&digits, 8, 30) } else { Err(Flaw::NotANumber) }
}

pub(super) fn invoice_delivery(raw: &str) -> Result<String, Flaw> {
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
        uscc: c.optional("uscc", |raw| reading.customer.read_code(raw).map_err(Flaw::Code)),
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
        invoice_need: c.optional_choice("invoice_need", InvoiceKind::parse),
        invoice_need_note: c.optional_text("invoice_need_note", 1, 200),
        confidentiality: c.optional_long_text("confidentiality", 2, 500),
        ..CustomerProfile::named(legal_name.unwrap_or_default())
    };
    if profile.taxpayer_kind != Some(TaxpayerKind::NaturalPerson)
        && (1..SHORTEST_COMPANY).contains(&profile.legal_name.chars().count())
    {
        c.fail("legal_name", Flaw::TooShort { min: SHORTEST_COMPANY });
    }
    profile.is_confidential = c.ticked("is_confidential") || profile.confidentiality.is_some();
    wrongs.extend(address::read(&mut c, &mut profile, &reading.customer.profile));
    profile.contacts = contacts::read(&mut c, form, reading);
    profile.special = needs::read(&mut c);
    if profile.invoice_kind == Some(InvoiceKind::Special) && profile.taxpayer_kind == Some(TaxpayerKind::NaturalPerson)
    {
        wrongs.push(("invoice_kind".to_owned(), Wrong::SpecialForPerson));
    }
    let is_clean = c.is_clean();
    if let Err(flaws) = c.finish() {
        wrongs.extend(flaws.into_iter().map(|(field, flaw)| (field, Wrong::Flaw(flaw))));
    }
    follow(&mut profile, &reading.customer.profile);
    complete(&mut profile);
    if is_clean && reading.customer.status == CustomerStatus::Archived {
        wrongs.extend(emptied(&profile).into_iter().map(|field| (field.to_owned(), Wrong::Flaw(Flaw::Required))));
    }
    if wrongs.is_empty() { Ok(profile) } else { Err(wrongs) }
}

/// Title and tax number that were name and code go on being that; what was typed otherwise stays.
fn follow(p: &mut CustomerProfile, before: &CustomerProfile) {
    let code = |of: &CustomerProfile| of.uscc.as_ref().map(|code| code.as_str().to_owned());
    if p.invoice_title == before.invoice_title && before.invoice_title.as_ref() == Some(&before.legal_name) {
        p.invoice_title = Some(p.legal_name.clone());
    }
    if p.invoice_tax_no == before.invoice_tax_no && p.invoice_tax_no.is_some() && before.invoice_tax_no == code(before)
    {
        p.invoice_tax_no = code(p);
    }
}

/// What may be left empty because it follows from the rest.
fn complete(p: &mut CustomerProfile) {
    if let (None, Some(industry)) = (p.size_band, p.industry) {
        p.size_band = suggest_size_band(industry, p.employee_count, p.annual_revenue_wan);
    }
    if p.is_natural_person() {
        p.legal_rep = p.legal_rep.take().or_else(|| Some(p.legal_name.clone()));
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
    // The backup may have left: that is shown as too few contacts, and not refused (DOMAIN 1.1 C).
    let left = p.contacts.iter().any(|c| !c.is_active && c.rank == ContactRank::Backup);
    let complete = has(&|c| c.rank == ContactRank::Primary)
        && (left || p.has_backup())
        && has(&|c| c.roles.contains(&ContactRole::DecisionMaker));
    if !complete {
        missing.push("contacts");
    }
    missing
}

#[cfg(test)]
#[path = "customer_form_tests.rs"]
mod tests;
