//! Two versions of the requirement beside each other: field by field, line by line.
//!
//! The one rule: what differs is told in words and by `del` and `ins`, never by colour alone.

use super::sheet;
use crate::domain::deal::Step;
use crate::domain::money::format_quantity;
use crate::domain::requirement::difference::{Change, difference};
use crate::domain::requirement::{RequirementContent, RequirementLine};
use crate::domain::staff::Actor;
use crate::domain::workflow::Case;
use crate::store::{cases, lists};
use crate::web::deals::{frame, grid};
use crate::web::form::{Choice, FormView};
use crate::web::page::{self, Chrome};
use crate::web::{Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

/// One value that differs.
pub struct Cell {
    pub label: &'static str,
    pub before: String,
    pub after: String,
}

/// One line, special requirement or file that differs.
pub struct Item {
    pub title: String,
    pub word: &'static str,
    pub kind: &'static str,
    pub cells: Vec<Cell>,
    /// What an added or a removed one says.
    pub added: String,
    pub removed: String,
}

/// Everything that differs, ready to be shown.
pub struct Differences {
    pub from: i32,
    pub to: i32,
    pub fields: Vec<Cell>,
    pub lines: Vec<Item>,
    pub specials: Vec<Item>,
    pub files: Vec<Item>,
    /// How much of it, in one sentence.
    pub summary: String,
    pub is_empty: bool,
}

/// A version as it is compared: its number and its content.
pub type Version<'a> = (i32, &'a RequirementContent);

pub fn differences(t: Lang, actor: &Actor, case: &Case, before: Version, after: Version) -> Differences {
    let (b, a) = (before.1, after.1);
    let found = difference(b, a);
    let seen = |content, field| sheet::shown(t, actor, case, content, field);
    let fields: Vec<Cell> = found
        .fields
        .iter()
        .filter_map(|field| Some(Cell { label: t.field(field), before: seen(b, field)?, after: seen(a, field)? }))
        .collect();
    let lines = items(
        t,
        &found.lines,
        |at| t.requirement_line_number(at + 1),
        |side, at| whole(t, if side == Side::Before { &b.lines[at] } else { &a.lines[at] }),
        |side, at, cell| line_cell(t, if side == Side::Before { &b.lines[at] } else { &a.lines[at] }, cell),
    );
    let special = |side, at: usize| if side == Side::Before { &b.specials[at] } else { &a.specials[at] };
    let specials = items(
        t,
        &found.specials,
        |at| format!("{} {}", t.field("specials"), at + 1),
        |side, at| format!("{} · {}", special(side, at).text, t.department(special(side, at).department)),
        |side, at, cell| match cell {
            "special_department" => t.department(special(side, at).department).to_owned(),
            _ => sheet::applies(t, special(side, at).applies).to_owned(),
        },
    );
    let file = |side, at: usize| if side == Side::Before { &b.files[at] } else { &a.files[at] };
    let files = items(
        t,
        &found.files,
        |at| format!("{} {}", t.field("files"), at + 1),
        |side, at| format!("{} · {}", file(side, at).name, t.requirement_file_kind(file(side, at).kind)),
        |side, at, _| t.requirement_file_kind(file(side, at).kind).to_owned(),
    );
    let of = |is: fn(&Change) -> bool| found.lines.iter().filter(|c| is(c)).count();
    let summary = t.requirement_difference_summary(
        of(|c| matches!(c, Change::Added { .. })),
        of(|c| matches!(c, Change::Changed { .. })),
        fields.len(),
        specials.len() + files.len(),
        of(|c| matches!(c, Change::Removed { .. })),
    );
    let is_empty = fields.is_empty() && lines.is_empty() && specials.is_empty() && files.is_empty();
    Differences { from: before.0, to: after.0, fields, lines, specials, files, summary, is_empty }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

fn items(
    t: Lang,
    changes: &[Change],
    title: impl Fn(usize) -> String,
    whole: impl Fn(Side, usize) -> String,
    cell: impl Fn(Side, usize, &'static str) -> String,
) -> Vec<Item> {
    let nothing = String::new;
    changes
        .iter()
        .map(|change| match change {
            Change::Added { at } => Item {
                title: title(*at),
                word: t.requirement_added(),
                kind: "ok",
                cells: Vec::new(),
                added: whole(Side::After, *at),
                removed: nothing(),
            },
            Change::Removed { at } => Item {
                title: title(*at),
                word: t.requirement_removed(),
                kind: "bad",
                cells: Vec::new(),
                added: nothing(),
                removed: whole(Side::Before, *at),
            },
            Change::Changed { before, after, cells } => Item {
                title: if before == after {
                    title(*after)
                } else {
                    t.requirement_line_moved(title(*after), title(*before))
                },
                word: t.requirement_changed(),
                kind: "info",
                cells: cells
                    .iter()
                    .map(|name| Cell {
                        label: label(t, name),
                        before: cell(Side::Before, *before, name),
                        after: cell(Side::After, *after, name),
                    })
                    .collect(),
                added: nothing(),
                removed: nothing(),
            },
        })
        .collect()
}

fn label(t: Lang, cell: &str) -> &'static str {
    match cell {
        "special_department" => t.requirement_special_department(),
        "special_applies" => t.requirement_special_applies(),
        other => t.field(other),
    }
}

fn line_cell(t: Lang, l: &RequirementLine, cell: &str) -> String {
    match cell {
        "kind" => t.line_kind(l.kind).to_owned(),
        "product" => format!("{} {}", l.product_code, l.product_name).trim().to_owned(),
        "spec" => l.spec.clone(),
        "quantity" => format_quantity(l.quantity),
        "unit" => t.unit(&l.unit).to_owned(),
        "standard" => l.standard.clone().unwrap_or_default(),
        "packaging" => l.packaging.clone().unwrap_or_default(),
        "line_date" => l.wanted_on.map(|on| t.date(on)).unwrap_or_default(),
        "match_kind" => t.match_kind(l.match_kind).to_owned(),
        _ => l.note.clone().unwrap_or_default(),
    }
}

fn whole(t: Lang, l: &RequirementLine) -> String {
    let quantity = format!("{} {}", line_cell(t, l, "quantity"), line_cell(t, l, "unit"));
    let rest = ["packaging", "line_date", "note"].map(|cell| line_cell(t, l, cell));
    [line_cell(t, l, "product"), l.spec.clone(), quantity]
        .into_iter()
        .chain(rest)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" · ")
}

#[derive(Template)]
#[template(path = "deals/requirement_compare.html")]
struct ComparePage {
    chrome: Chrome,
    t: Lang,
    frame: frame::DealFrame,
    form: FormView,
    versions: Vec<Choice>,
    difference: Differences,
}

pub async fn show(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let t = who.t();
    let case = frame::case_at(&web, &who, &no, Step::Requirement).await?;
    let (deal, newest) =
        case.deal.as_ref().zip(case.requirement.as_ref().map(|r| r.version_no)).ok_or(Problem::Missing)?;
    let asked = |name: &str, usual: i32| match grid::query(&who.here.path, name) {
        Some(raw) => raw.parse::<i32>().map_err(|_| Problem::Missing),
        None => Ok(usual),
    };
    let (from, to) = (asked("from", (newest - 1).max(1))?, asked("to", newest)?);
    let (rows, before, after) = {
        let mut conn = web.app().db.read().await?;
        let rows = lists::requirement_versions(&mut conn, deal.id).await?;
        let before = cases::requirement_version(&mut conn, deal.id, from).await?.ok_or(Problem::Missing)?;
        let after = cases::requirement_version(&mut conn, deal.id, to).await?.ok_or(Problem::Missing)?;
        (rows, before, after)
    };
    let mut form = FormView::default();
    form.push("from", from.to_string());
    form.push("to", to.to_string());
    page::page(&ComparePage {
        chrome: frame::chrome(&web, &who).await?,
        t,
        frame: frame::of(&web, &who, &case, Step::Requirement).await?,
        form,
        versions: rows
            .iter()
            .rev()
            .map(|row| Choice::new(row.version_no.to_string(), t.requirement_version(row.version_no)))
            .collect(),
        difference: differences(t, &who.actor, &case, (from, &before.content), (to, &after.content)),
    })
}
