//! What the form of a requirement draft shows: its choices, the line grid, files and the answers of
//! the last order.
//!
//! The one rule: whatever was typed or pasted comes back as it was, also a word that no list knows.

use super::last::Last;
use super::lines::{LINE, NEW_LINE, UNITS};
use super::{form, paste, sheet};
use crate::domain::customer::InvoiceKind;
use crate::domain::requirement::{
    Channel, DeliveryMode, LineKind, MatchKind, PaymentWish, RequirementContent, RequirementFileKind,
};
use crate::domain::staff::Actor;
use crate::domain::workflow::{Case, known_specials};
use crate::store::catalog::Product;
use crate::web::check::FieldErrors;
use crate::web::deals::catalogue::{self, Catalogue, MAX_LINES};
use crate::web::deals::grid::{self, Cell};
use crate::web::form::{Choice, ErrorItem, FormView, Submitted};
use crate::wording::Lang;

/// A cell with a list; `odd` is a value that the list does not have.
pub struct Choosing {
    pub cell: Cell,
    pub odd: Option<String>,
}

pub struct LineRow {
    pub number: usize,
    pub product: Cell,
    /// The product that the typed words name, while they are not its name.
    pub named: Option<String>,
    pub spec: Cell,
    pub quantity: Cell,
    pub unit: Choosing,
    pub packaging: Cell,
    pub note: Cell,
    pub match_kind: Choosing,
    pub kind: Choosing,
    pub custom_name: Cell,
    pub standard: Cell,
    pub line_date: Cell,
    pub line_id: String,
    pub pasted: String,
}

pub struct SpecialRow {
    pub number: usize,
    pub text: Cell,
    pub department: Cell,
    pub applies: Cell,
    /// Where it comes from, when nobody typed it here.
    pub source: Option<String>,
}

/// A column of the line grid, with the words by which a pasted header names it.
pub struct Column {
    pub name: &'static str,
    pub label: &'static str,
    pub words: String,
    pub is_number: bool,
}

pub struct FileRow {
    pub id: String,
    pub file: sheet::SheetFile,
    pub is_removed: bool,
}

pub struct Edit {
    pub contacts: Vec<Choice>,
    pub channels: Vec<Choice>,
    pub delivery_modes: Vec<Choice>,
    pub yes_no: Vec<Choice>,
    pub payment_wishes: Vec<Choice>,
    pub invoice_needs: Vec<Choice>,
    pub products: Vec<Choice>,
    pub match_kinds: Vec<Choice>,
    pub kinds: Vec<Choice>,
    pub units: Vec<Choice>,
    pub departments: Vec<Choice>,
    pub applies: Vec<Choice>,
    pub file_kinds: Vec<Choice>,
    pub columns: Vec<Column>,
    pub lines: Vec<LineRow>,
    pub max_lines: usize,
    pub specials: Vec<SpecialRow>,
    pub files: Vec<FileRow>,
    pub last_from: Option<String>,
    answers: Vec<(&'static str, String)>,
}

impl Edit {
    /// What the customer's last order said for a field.
    pub fn last(&self, field: &str) -> Option<&str> {
        self.answers.iter().find(|(name, _)| *name == field).map(|(_, words)| words.as_str())
    }
}

fn columns(t: Lang) -> Vec<Column> {
    LINE.iter()
        .filter_map(|name| {
            let (_, words) = paste::WORDS.iter().find(|(column, _)| column == name)?;
            Some(Column { name, label: t.field(name), words: words.join("|"), is_number: *name == "quantity" })
        })
        .collect()
}

fn choosing(form: &FormView, name: &str, index: usize, choices: &[Choice]) -> Choosing {
    let cell = grid::cell(form, name, index);
    let odd = (!choices.iter().any(|c| c.value == cell.value)).then(|| cell.value.clone());
    Choosing { cell, odd }
}

/// The answers to a special requirement.
pub fn applies(t: Lang) -> Vec<Choice> {
    vec![
        Choice::new("", t.requirement_applies_open()),
        Choice::new("yes", t.requirement_applies()),
        Choice::new("no", t.requirement_applies_not()),
    ]
}

pub struct About<'a> {
    pub actor: &'a Actor,
    pub case: &'a Case,
    /// What the words in the product cells can mean.
    pub meant: &'a [Product],
    /// What is offered before anybody types.
    pub offered: &'a [Product],
    /// The saved draft, when there is one.
    pub draft: Option<&'a RequirementContent>,
    pub last: Option<&'a Last>,
}

pub fn of(t: Lang, about: &About, form: &FormView) -> Edit {
    let case = about.case;
    let known = Catalogue::of(about.meant);
    let blank = |words: &'static str| std::iter::once(Choice::new("", words));
    let kinds: Vec<Choice> = blank(t.requirement_as_product())
        .chain(grid::choices(LineKind::ALL, LineKind::code, |v| t.line_kind(v)))
        .collect();
    let match_kinds = grid::choices(MatchKind::ALL, MatchKind::code, |v| t.match_kind(v));
    let units: Vec<Choice> =
        blank(t.requirement_as_product()).chain(UNITS.iter().map(|u| Choice::new(*u, t.unit(u)))).collect();
    let lines = (0..grid::row_count(form, &LINE, 1))
        .map(|i| {
            let mut product = grid::cell(form, "product", i);
            let found = if product.value.trim().is_empty() { None } else { known.find(&product.value).ok() };
            if let Some(found) = found.filter(|p| p.id.to_string() == product.value) {
                product.value.clone_from(&found.code);
            }
            LineRow {
                number: i + 1,
                named: found.map(|p| catalogue::words(t, p)),
                product,
                spec: grid::cell(form, "spec", i),
                quantity: grid::cell(form, "quantity", i),
                unit: choosing(form, "unit", i, &units),
                packaging: grid::cell(form, "packaging", i),
                note: grid::cell(form, "note", i),
                match_kind: choosing(form, "match_kind", i, &match_kinds),
                kind: choosing(form, "kind", i, &kinds),
                custom_name: grid::cell(form, "custom_name", i),
                standard: grid::cell(form, "standard", i),
                line_date: grid::cell(form, "line_date", i),
                line_id: form.row("line_id", i).to_owned(),
                pasted: form.row("pasted", i).to_owned(),
            }
        })
        .collect();
    let specials_known = known_specials(case);
    let source = |text: &str| {
        let found = specials_known.iter().find(|k| k.text == text)?;
        Some(match &found.complaint {
            Some(no) => t.feedback_special_from_complaint(no),
            None => t.feedback_special_from_archive().to_owned(),
        })
    };
    let specials = (0..grid::row_count(form, &form::SPECIAL, 0))
        .map(|i| {
            let text = grid::cell(form, "special_text", i);
            SpecialRow {
                number: i + 1,
                source: source(&text.value),
                text,
                department: grid::cell(form, "special_department", i),
                applies: grid::cell(form, "special_applies", i),
            }
        })
        .collect();
    let files = about.draft.map_or(&[][..], |c| c.files.as_slice());
    Edit {
        contacts: case
            .customer
            .profile
            .active_contacts()
            .map(|c| Choice::new(c.id.to_string(), format!("{} · {}", c.name, c.title)))
            .collect(),
        channels: grid::choices(Channel::ALL, Channel::code, |v| t.channel(v)),
        delivery_modes: grid::choices(DeliveryMode::ALL, DeliveryMode::code, |v| t.delivery_mode(v)),
        yes_no: grid::yes_no(t),
        payment_wishes: grid::choices(PaymentWish::ALL, PaymentWish::code, |v| t.payment_wish(v)),
        invoice_needs: grid::choices(InvoiceKind::ALL, InvoiceKind::code, |v| t.invoice_kind(v)),
        products: catalogue::choices(t, about.offered),
        departments: sheet::departments(t),
        applies: applies(t),
        file_kinds: grid::choices(RequirementFileKind::ALL, RequirementFileKind::code, |v| t.requirement_file_kind(v)),
        columns: columns(t),
        lines,
        max_lines: MAX_LINES,
        specials,
        files: files
            .iter()
            .zip(sheet::files(t, files))
            .map(|(f, file)| FileRow {
                id: f.id.to_string(),
                file,
                is_removed: form.is("remove_file", &f.id.to_string()),
            })
            .collect(),
        last_from: about.last.map(|last| last.deal_no.clone()),
        answers: about.last.map(|last| last.answers(t, about.actor, case)).unwrap_or_default(),
        kinds,
        match_kinds,
        units,
    }
}

/// The form with one blank row more, as long as there is room.
pub fn with_line(form: &Submitted) -> Submitted {
    let count = grid::row_count(&FormView::typed(form, Vec::new()), &LINE, 0);
    grid::with_row(form, if count < MAX_LINES { NEW_LINE.as_slice() } else { &[] })
}

/// The errors as the summary lists them; a pasted row is named by its number in the sheet.
pub fn summary(t: Lang, form: &FormView, found: &FieldErrors) -> Vec<ErrorItem> {
    let mut items = grid::summary(t, found);
    for (item, (field, flaw)) in items.iter_mut().zip(found) {
        let Some((name, row)) = field.split_once('-').and_then(|(n, row)| Some((n, row.parse::<usize>().ok()?))) else {
            continue;
        };
        let pasted = form.row("pasted", row.saturating_sub(1));
        if LINE.contains(&name) && !pasted.is_empty() {
            item.text = t.requirement_pasted_error(t.field(name), t.flaw(flaw), pasted);
        }
    }
    items
}
