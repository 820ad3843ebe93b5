//! The columns of a customer sheet: what they are called, what they may hold, which cell is which field.
//!
//! Headings are read in either language and in any order; the words of a choice become its code.

use crate::documents::sheets::{Sheet, SheetRow};
use crate::domain::customer::{
    ContactRank, ContactRole, CustomerType, Grade, Industry, InvoiceKind, PreferredChannel, RegistryStatus, SizeBand,
    Source, TaxpayerKind,
};
use crate::domain::input::normalise;
use crate::web::deals::CONTACT_FIELDS;
use crate::wording::Lang;
use std::collections::HashMap;

/// People that one row has columns for.
pub const CONTACTS: usize = 3;
/// The fields of the form that are columns, in the order of the sheet.
pub const FIELDS: [&str; 28] = [
    "legal_name",
    "uscc",
    "short_name",
    "customer_type",
    "industry",
    "employee_count",
    "annual_revenue_wan",
    "size_band",
    "founded_on",
    "main_business",
    "legal_rep",
    "registered_capital_wan",
    "registry_status",
    "province",
    "city",
    "district",
    "address_detail",
    "phone",
    "source",
    "taxpayer_kind",
    "invoice_kind",
    "invoice_title",
    "invoice_tax_no",
    "bank_name",
    "bank_account",
    "invoice_delivery",
    "carrier_wish",
    "special_needs",
];
/// What only an import sets.
pub const OWN: [&str; 4] = ["owner", "grade", "opening_order_count", "opening_total"];
/// Rows above the headings that are looked at.
const HEADING_ROWS: usize = 10;

/// Which field a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    Field(&'static str),
    /// Counted from 1.
    Contact(usize, &'static str),
}

impl Place {
    pub fn all() -> impl Iterator<Item = Self> {
        let people = (1..=CONTACTS).flat_map(|nth| CONTACT_FIELDS.into_iter().map(move |f| Self::Contact(nth, f)));
        FIELDS.into_iter().chain(OWN).map(Self::Field).chain(people)
    }

    pub fn field(self) -> &'static str {
        match self {
            Self::Field(field) | Self::Contact(_, field) => field,
        }
    }

    pub fn heading(self, t: Lang) -> String {
        match self {
            Self::Field("opening_order_count") => t.import_opening_orders().to_owned(),
            Self::Field("opening_total") => t.import_opening_total().to_owned(),
            Self::Field(field) => t.field(field).to_owned(),
            Self::Contact(nth, field) => t.import_contact_heading(t.field(&format!("{field}-{nth}")), nth),
        }
    }

    pub fn is_number(self) -> bool {
        let numbers =
            ["employee_count", "annual_revenue_wan", "registered_capital_wan", "opening_order_count", "opening_total"];
        numbers.contains(&self.field())
    }
}

/// Codes and words that a field may hold; empty where it is free.
pub fn choices(t: Lang, field: &str) -> Vec<(&'static str, &'static str)> {
    macro_rules! of {
        ($kind:ident, $word:ident) => {
            $kind::ALL.iter().map(|v| (v.code(), t.$word(*v))).collect()
        };
    }
    match field {
        "customer_type" => of!(CustomerType, customer_type),
        "industry" => of!(Industry, industry),
        "size_band" => of!(SizeBand, size_band),
        "registry_status" => of!(RegistryStatus, registry_status),
        "source" => of!(Source, source),
        "taxpayer_kind" => of!(TaxpayerKind, taxpayer_kind),
        "invoice_kind" => of!(InvoiceKind, invoice_kind),
        "grade" => of!(Grade, grade),
        "rank" => of!(ContactRank, contact_rank),
        "roles" => of!(ContactRole, contact_role),
        "preferred_channel" => of!(PreferredChannel, preferred_channel),
        _ => Vec::new(),
    }
}

/// A stored code, or several joined by commas, in words; other values as they are.
pub fn in_words(t: Lang, field: &str, value: &str) -> String {
    let choices = choices(t, field);
    if choices.is_empty() || value.is_empty() {
        return value.to_owned();
    }
    let words = value.split(',').map(|code| choices.iter().find(|(c, _)| *c == code).map_or(code, |(_, word)| word));
    words.collect::<Vec<_>>().join(t.import_and())
}

/// Words in either language, or codes, to codes.
pub struct Dictionary {
    words: HashMap<&'static str, HashMap<String, &'static str>>,
}

impl Dictionary {
    pub fn new() -> Self {
        let mut words: HashMap<&'static str, HashMap<String, &'static str>> = HashMap::new();
        for place in Place::all() {
            let known = words.entry(place.field()).or_default();
            for t in Lang::ALL {
                for (code, word) in choices(t, place.field()) {
                    known.insert(plain(code), code);
                    known.insert(plain(word), code);
                    // `C 制造业` is also written without its letter.
                    if let Some((_, rest)) = word.split_once(' ').filter(|_| place.field() == "industry") {
                        known.insert(plain(rest), code);
                    }
                }
            }
        }
        Self { words }
    }

    /// The code of a word; a word that nobody knows stays, to be refused by the form's own rule.
    pub fn code(&self, field: &str, value: &str) -> String {
        let Some(known) = self.words.get(field).filter(|known| !known.is_empty()) else { return value.to_owned() };
        let code = |word: &str| known.get(&plain(word)).map_or_else(|| word.trim().to_owned(), |c| (*c).to_owned());
        if field == "roles" {
            return value.split([',', '，', '、', ';', '；', '/']).map(code).collect::<Vec<_>>().join(",");
        }
        code(value)
    }
}

/// For comparing headings and words.
pub fn plain(text: &str) -> String {
    normalise(text).to_lowercase().chars().filter(|c| !c.is_whitespace()).collect()
}

/// Where which field stands.
#[derive(Debug, Clone)]
pub struct Layout {
    /// Index of the row of headings among the sheet's rows.
    pub heading_row: usize,
    pub columns: Vec<(usize, Place)>,
}

/// Why the headings cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LayoutFlaw {
    NoHeadings,
    Unknown(Vec<String>),
    Twice(Vec<String>),
    NoName,
}

impl Layout {
    pub fn of(sheet: &Sheet) -> Result<Self, Vec<LayoutFlaw>> {
        let mut known: HashMap<String, Option<Place>> = HashMap::new();
        for t in Lang::ALL {
            known.extend(Place::all().map(|place| (plain(&place.heading(t)), Some(place))));
            known.extend([(plain(t.import_error_heading()), None), (plain(t.import_row_heading()), None)]);
        }
        let recognised = |row: &SheetRow| row.cells.iter().filter(|c| known.contains_key(&plain(&c.text()))).count();
        let found = sheet
            .rows
            .iter()
            .take(HEADING_ROWS)
            .enumerate()
            .max_by_key(|(at, row)| (recognised(row), HEADING_ROWS - at));
        let Some((heading_row, row)) = found.filter(|(_, row)| recognised(row) >= 2) else {
            return Err(vec![LayoutFlaw::NoHeadings]);
        };
        let (mut columns, mut unknown, mut twice) = (Vec::new(), Vec::new(), Vec::new());
        for (at, cell) in row.cells.iter().enumerate().filter(|(_, cell)| !cell.is_blank()) {
            match known.get(&plain(&cell.text())) {
                Some(Some(place)) if columns.iter().any(|(_, other)| other == place) => twice.push(cell.text()),
                Some(Some(place)) => columns.push((at, *place)),
                Some(None) => {}
                None => unknown.push(cell.text()),
            }
        }
        let mut flaws = Vec::new();
        if !unknown.is_empty() {
            flaws.push(LayoutFlaw::Unknown(unknown));
        }
        if !twice.is_empty() {
            flaws.push(LayoutFlaw::Twice(twice));
        }
        if !columns.iter().any(|(_, place)| *place == Place::Field("legal_name")) {
            flaws.push(LayoutFlaw::NoName);
        }
        if flaws.is_empty() { Ok(Self { heading_row, columns }) } else { Err(flaws) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::sheets;

    #[test]
    fn headings_are_found_in_either_language_below_a_title() {
        let sheet =
            sheets::read("客户名单 2026\n\n统一社会信用代码, Legal name ,联系人1 姓名\nx,y,z\n".as_bytes()).unwrap();
        let layout = Layout::of(&sheet).unwrap();
        assert_eq!(layout.heading_row, 1);
        assert_eq!(
            layout.columns,
            [(0, Place::Field("uscc")), (1, Place::Field("legal_name")), (2, Place::Contact(1, "name"))]
        );
    }

    #[test]
    fn every_flaw_of_the_headings_is_named() {
        let sheet = sheets::read("统一社会信用代码,Credit,统一社会信用代码,客户简称\n".as_bytes()).unwrap();
        assert_eq!(
            Layout::of(&sheet).unwrap_err(),
            [
                LayoutFlaw::Unknown(vec!["Credit".to_owned()]),
                LayoutFlaw::Twice(vec!["统一社会信用代码".to_owned()]),
                LayoutFlaw::NoName
            ]
        );
        assert_eq!(Layout::of(&sheets::read(b"a,b\n1,2\n").unwrap()).unwrap_err(), [LayoutFlaw::NoHeadings]);
    }

    #[test]
    fn headings_of_a_language_are_all_different_and_fit() {
        for t in Lang::ALL {
            let headings: std::collections::BTreeSet<String> = Place::all().map(|p| plain(&p.heading(t))).collect();
            assert_eq!(headings.len(), Place::all().count());
        }
        assert!(Place::all().count() < sheets::MAX_COLUMNS, "the error column needs its place too");
    }

    #[test]
    fn words_become_codes() {
        let d = Dictionary::new();
        for (field, word, code) in [
            ("customer_type", "民企", "private"),
            ("industry", "C 制造业", "C"),
            ("industry", "制造业", "C"),
            ("industry", "ｃ", "C"),
            ("grade", "A 级", "A"),
            ("grade", "a", "A"),
            ("roles", "决策人、使用者", "decision_maker,end_user"),
            ("rank", "主联系人", "primary"),
            ("legal_name", "民企", "民企"),
            ("customer_type", "火星企业", "火星企业"),
        ] {
            assert_eq!(d.code(field, word), code, "{field} {word}");
        }
        assert_eq!(in_words(Lang::Zh, "roles", "decision_maker,end_user"), "决策人、使用者");
    }
}
