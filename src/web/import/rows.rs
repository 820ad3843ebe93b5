//! One row of a sheet, read by the rules of the registration form: the row is a form that somebody
//! filled in, laid over what is stored when the credit code is known.
//!
//! A blank cell says nothing: it leaves a known archive as it is. No rule about a field is written here.

use super::columns::{CONTACTS, Dictionary, FIELDS, Layout, OWN, Place, in_words};
use crate::app::{KnownToImport, Taken};
use crate::documents::sheets::{self, Cell, CellFlaw, SheetRow};
use crate::domain::credit_code::CreditCode;
use crate::domain::customer::{Customer, Grade};
use crate::domain::customer_import::{self, ImportOutcome, ImportRefusal, ImportRow, ImportedArchive};
use crate::domain::ids::CustomerId;
use crate::domain::input::{self, Flaw};
use crate::domain::policy::{self, Act};
use crate::domain::staff::Actor;
use crate::store::people::Person;
use crate::web::customer_code::taken_words;
use crate::web::deals::{CONTACT_FIELDS, FormReading, fill_customer_form, parse_customer_form};
use crate::web::form::{FormView, Submitted};
use crate::wording::Lang;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use std::collections::HashMap;
use uuid::Uuid;

const MAX_ORDERS: i64 = 999_999;
/// 999,999,999,999.99
const MAX_TOTAL: Decimal = Decimal::from_parts(276_447_231, 23_283, 0, false, 2);

/// One thing that is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellError {
    pub heading: String,
    /// As the sheet shows it.
    pub value: String,
    pub text: String,
}

/// A field that the import changes, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub label: String,
    pub old: String,
    pub new: String,
}

/// What a row means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    pub number: u32,
    pub name: String,
    pub code: Option<String>,
    /// The archive that holds the code.
    pub known_no: Option<String>,
    pub errors: Vec<CellError>,
    pub warnings: Vec<String>,
    pub differences: Vec<Difference>,
    /// None while there are errors.
    pub ready: Option<ImportRow>,
}

/// What reading a row needs besides the row.
pub struct Reader<'a> {
    t: Lang,
    actor: &'a Actor,
    today: NaiveDate,
    new_id: &'a dyn Fn() -> Uuid,
    layout: &'a Layout,
    dictionary: Dictionary,
    people: HashMap<String, Vec<&'a Person>>,
    by_id: HashMap<Uuid, &'a Person>,
    customers: HashMap<&'a str, &'a Customer>,
    merged: HashMap<&'a str, &'a Taken>,
}

/// The values of a row by place, and what is wrong with its cells.
#[derive(Default)]
struct Typed {
    values: HashMap<Place, String>,
    shown: HashMap<Place, String>,
    flawed: Vec<Place>,
    errors: Vec<CellError>,
}

impl Typed {
    fn value(&self, place: Place) -> &str {
        self.values.get(&place).map_or("", String::as_str)
    }

    fn fail(&mut self, t: Lang, place: Place, text: String) {
        let value = self.shown.get(&place).cloned().unwrap_or_default();
        self.errors.push(CellError { heading: place.heading(t), value, text });
    }
}

impl<'a> Reader<'a> {
    pub fn new(
        t: Lang,
        actor: &'a Actor,
        today: NaiveDate,
        new_id: &'a dyn Fn() -> Uuid,
        layout: &'a Layout,
        known: &'a KnownToImport,
    ) -> Self {
        let mut people: HashMap<String, Vec<&Person>> = HashMap::new();
        for person in known.people.iter().filter(|p| p.is_active) {
            let mut keys = [&person.login, &person.name, &person.name_en].map(|k| super::columns::plain(k)).to_vec();
            keys.sort();
            keys.dedup();
            for key in keys {
                people.entry(key).or_default().push(person);
            }
        }
        Self {
            t,
            actor,
            today,
            new_id,
            layout,
            dictionary: Dictionary::new(),
            people,
            by_id: known.people.iter().map(|p| (p.id.0, p)).collect(),
            customers: known
                .customers
                .iter()
                .filter_map(|c| c.profile.uscc.as_ref().map(|code| (code.as_str(), c)))
                .collect(),
            merged: known.merged.iter().map(|(code, taken)| (code.as_str(), taken)).collect(),
        }
    }

    pub fn read(&self, row: &SheetRow) -> Checked {
        let mut typed = self.typed(row);
        let code = code_of(typed.value(Place::Field("uscc")));
        let known = code.as_deref().and_then(|code| self.customers.get(code)).copied();
        if let Some(taken) = code.as_deref().and_then(|code| self.merged.get(code)) {
            typed.fail(self.t, Place::Field("uscc"), taken_words(self.t, taken));
        }
        let (form, people) = form(&typed, known);
        let blank = customer_import::blank(CustomerId(Uuid::nil()), self.actor.id, self.actor.manager);
        let reading = FormReading { customer: known.unwrap_or(&blank), today: self.today, new_id: self.new_id };
        let profile = match parse_customer_form(&form, &reading) {
            Ok(profile) => Some(profile),
            Err(wrongs) => {
                for (field, wrong) in wrongs {
                    self.note(&mut typed, &people, &field, wrong.words(self.t));
                }
                None
            }
        };
        let owner = self.owner(&mut typed, known);
        let grade = self.grade(&mut typed, known);
        let orders = known.map_or(0, |c| i64::from(c.opening_order_count));
        let orders = self.number(&mut typed, "opening_order_count", orders, |raw| input::whole(raw, 0, MAX_ORDERS));
        let total = known.map_or(Decimal::ZERO, |c| c.opening_total);
        let total =
            self.number(&mut typed, "opening_total", total, |raw| input::decimal(raw, 2, Decimal::ZERO, MAX_TOTAL));
        let mut checked = Checked {
            number: row.number,
            name: typed.value(Place::Field("legal_name")).trim().to_owned(),
            code,
            known_no: known.map(|c| c.no.clone()),
            errors: Vec::new(),
            warnings: Vec::new(),
            differences: Vec::new(),
            ready: None,
        };
        if let (Some(profile), Some(owner), Some(grade), Some(orders), Some(total)) =
            (profile, owner, grade, orders, total)
        {
            let archive = ImportedArchive {
                owner: owner.id,
                grade,
                opening_order_count: i32::try_from(orders).unwrap_or(i32::MAX),
                opening_total: total,
                profile,
            };
            if let Some(refusal) = customer_import::refusal(self.actor, &archive, &owner.actor(), known) {
                let place = match refusal {
                    ImportRefusal::Grade => Place::Field("grade"),
                    ImportRefusal::InVerification => Place::Field("uscc"),
                    ImportRefusal::OtherTeam | ImportRefusal::NoSeller | ImportRefusal::OwnerChange => {
                        Place::Field("owner")
                    }
                };
                typed.fail(self.t, place, refusal_words(self.t, refusal));
            } else if typed.errors.is_empty() {
                let before = known.map(ImportedArchive::of);
                checked.differences = before.as_ref().map(|b| self.differences(b, &archive)).unwrap_or_default();
                let outcome = match &before {
                    None => ImportOutcome::Added,
                    Some(before) if *before == archive => ImportOutcome::Unchanged,
                    Some(_) => ImportOutcome::Updated,
                };
                let known = known.map(|c| (c.id, c.version));
                checked.ready = Some(ImportRow { number: row.number, known, outcome, archive });
            }
        }
        checked.errors = typed.errors;
        checked
    }

    fn typed(&self, row: &SheetRow) -> Typed {
        let mut typed = Typed::default();
        for (column, place) in &self.layout.columns {
            let cell = row.cell(*column);
            typed.shown.insert(*place, cell.text());
            if let Some(flaw) = cell.flaw() {
                typed.flawed.push(*place);
                typed.fail(self.t, *place, cell_words(self.t, flaw));
            } else if !cell.is_blank() {
                typed.values.insert(*place, self.meant(*place, cell));
            }
        }
        typed
    }

    /// The cell as the form wants it.
    fn meant(&self, place: Place, cell: &Cell) -> String {
        let text = cell.text();
        // The apostrophe with which a sheet, or our own csv, marks text.
        let text = text.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@'])).unwrap_or(&text);
        if place == Place::Field("founded_on") {
            return sheets::date(text).map_or_else(|| text.to_owned(), |day| day.to_string());
        }
        self.dictionary.code(place.field(), text)
    }

    /// An error of the form, told at the sheet's own column.
    fn note(&self, typed: &mut Typed, people: &[Option<usize>], field: &str, text: String) {
        let place = match field.split_once('-') {
            Some((column, row)) => {
                let nth = row.parse::<usize>().ok().and_then(|row| people.get(row.checked_sub(1)?).copied().flatten());
                CONTACT_FIELDS.iter().find(|f| **f == column).zip(nth).map(|(f, nth)| Place::Contact(nth, f))
            }
            None => FIELDS.iter().find(|f| **f == field).map(|f| Place::Field(f)),
        };
        match place {
            Some(place) if typed.flawed.contains(&place) => {}
            Some(place) => typed.fail(self.t, place, text),
            None => {
                let heading = self.t.field(field).to_owned();
                typed.errors.push(CellError { heading, value: String::new(), text });
            }
        }
    }

    fn owner(&self, typed: &mut Typed, known: Option<&Customer>) -> Option<&'a Person> {
        let place = Place::Field("owner");
        let wanted = super::columns::plain(typed.value(place));
        if typed.flawed.contains(&place) {
            return None;
        }
        if wanted.is_empty() {
            let default = known.map_or(self.actor.id, |c| c.owner);
            let person = self.by_id.get(&default.0).copied();
            let fits = person.filter(|p| known.is_some() || policy::may_ever(&p.actor(), Act::RegisterCustomer));
            if fits.is_none() {
                typed.fail(self.t, place, self.t.flaw(&Flaw::Required));
            }
            return fits;
        }
        match self.people.get(&wanted).map(Vec::as_slice) {
            Some([person]) => Some(person),
            Some([_, _, ..]) => {
                typed.fail(self.t, place, self.t.import_owner_twice().to_owned());
                None
            }
            _ => {
                typed.fail(self.t, place, self.t.import_owner_unknown().to_owned());
                None
            }
        }
    }

    fn grade(&self, typed: &mut Typed, known: Option<&Customer>) -> Option<Grade> {
        let place = Place::Field("grade");
        let value = typed.value(place).to_owned();
        if typed.flawed.contains(&place) {
            return None;
        }
        if value.is_empty() {
            return Some(known.map_or(Grade::C, |c| c.grade));
        }
        let grade = Grade::parse(&value);
        if grade.is_none() {
            typed.fail(self.t, place, self.t.flaw(&Flaw::UnknownChoice));
        }
        grade
    }

    /// `blank` stands for a blank cell.
    fn number<T>(
        &self,
        typed: &mut Typed,
        field: &'static str,
        blank: T,
        parse: impl Fn(&str) -> Result<T, Flaw>,
    ) -> Option<T> {
        let place = Place::Field(field);
        if typed.flawed.contains(&place) {
            return None;
        }
        if typed.value(place).is_empty() {
            return Some(blank);
        }
        match parse(typed.value(place)) {
            Ok(value) => Some(value),
            Err(flaw) => {
                typed.fail(self.t, place, self.t.flaw(&flaw));
                None
            }
        }
    }

    fn differences(&self, before: &ImportedArchive, after: &ImportedArchive) -> Vec<Difference> {
        let (old, new) = (self.all_fields(before), self.all_fields(after));
        let mut out = Vec::new();
        for field in FIELDS.into_iter().chain(OWN) {
            if old.value(field) != new.value(field) {
                let place = Place::Field(field);
                out.push(self.difference(place.heading(self.t), field, old.value(field), new.value(field)));
            }
        }
        let rows = old.values("contact_id").len().max(new.values("contact_id").len());
        for at in 0..rows {
            for field in CONTACT_FIELDS {
                if old.row(field, at) != new.row(field, at) {
                    let label = Place::Contact(at + 1, field).heading(self.t);
                    out.push(self.difference(label, field, old.row(field, at), new.row(field, at)));
                }
            }
        }
        out
    }

    fn difference(&self, label: String, field: &str, old: &str, new: &str) -> Difference {
        Difference { label, old: in_words(self.t, field, old), new: in_words(self.t, field, new) }
    }

    fn all_fields(&self, archive: &ImportedArchive) -> FormView {
        let mut view = FormView::default();
        fill_customer_form(&mut view, &archive.profile);
        view.put("owner", self.by_id.get(&archive.owner.0).map(|p| p.name.as_str()));
        view.push("grade", archive.grade.code());
        view.push("opening_order_count", archive.opening_order_count.to_string());
        view.push("opening_total", archive.opening_total.normalize().to_string());
        view
    }
}

/// The form of this row, and which of the sheet's people stands in which of its rows.
fn form(typed: &Typed, known: Option<&Customer>) -> (Submitted, Vec<Option<usize>>) {
    let mut stored = FormView::default();
    if let Some(customer) = known {
        fill_customer_form(&mut stored, &customer.profile);
    }
    let mut values: Vec<(String, String)> = Vec::with_capacity(64);
    for field in FIELDS {
        let new = typed.value(Place::Field(field));
        let value = if new.is_empty() { stored.value(field) } else { new };
        values.push((field.to_owned(), value.to_owned()));
    }
    let ids = stored.values("contact_id");
    let mut rows: Vec<Option<usize>> = ids.iter().map(|_| None).collect();
    for nth in 1..=CONTACTS {
        if CONTACT_FIELDS.iter().all(|f| typed.value(Place::Contact(nth, f)).is_empty()) {
            continue;
        }
        let same = |field: &'static str, at: usize| {
            let new = typed.value(Place::Contact(nth, field));
            !new.is_empty() && input::normalise(new) == stored.row(field, at)
        };
        let place = (0..ids.len()).find(|at| rows[*at].is_none() && (same("name", *at) || same("mobile", *at)));
        match place {
            Some(at) => rows[at] = Some(nth),
            None => rows.push(Some(nth)),
        }
    }
    for (at, nth) in rows.iter().enumerate() {
        values.push(("contact_id".to_owned(), ids.get(at).cloned().unwrap_or_default()));
        for field in CONTACT_FIELDS {
            let new = nth.map_or("", |nth| typed.value(Place::Contact(nth, field)));
            let value = if new.is_empty() { stored.row(field, at) } else { new };
            values.push((field.to_owned(), value.to_owned()));
        }
    }
    (Submitted { values, files: Vec::new() }, rows)
}

/// The credit code of a row, when it is one.
fn code_of(raw: &str) -> Option<String> {
    CreditCode::parse(raw).ok().map(|code| code.as_str().to_owned())
}

/// The codes and names that a file asks the database about.
pub fn asked(layout: &Layout, rows: &[SheetRow]) -> (Vec<String>, Vec<String>) {
    let values = |field: &'static str| {
        let column = layout.columns.iter().find(|(_, p)| *p == Place::Field(field)).map(|(c, _)| *c);
        rows.iter()
            .filter_map(move |row| column.map(|c| row.cell(c).text().trim().to_owned()))
            .filter(|v| !v.is_empty())
    };
    (values("uscc").filter_map(|raw| code_of(&raw)).collect(), values("legal_name").collect())
}

pub fn cell_words(t: Lang, flaw: &CellFlaw) -> String {
    match flaw {
        CellFlaw::DigitsLost => t.import_digits_lost().to_owned(),
        CellFlaw::FormulaWithoutValue => t.import_formula_empty().to_owned(),
        CellFlaw::ErrorValue => t.import_error_value().to_owned(),
        CellFlaw::Merged { into } => t.import_merged(into),
    }
}

fn refusal_words(t: Lang, refusal: ImportRefusal) -> String {
    match refusal {
        ImportRefusal::OtherTeam => t.import_other_team(),
        ImportRefusal::NoSeller => t.import_no_seller(),
        ImportRefusal::Grade => t.import_grade_refused(),
        ImportRefusal::OwnerChange => t.import_owner_change(),
        ImportRefusal::InVerification => t.import_in_verification(),
    }
    .to_owned()
}
