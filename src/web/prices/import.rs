//! A price list from a spreadsheet: upload, the differences to the prices in force, all rows or none
//! into the draft. Publishing stays the act of somebody else.
//!
//! The one rule: what goes into the draft is what was shown; the check is made anew each time.

use super::draft::{LEAST, MAX_PRICE, flaw_text};
use super::{known_list, problem};
use crate::app::prices::{Unchanged, new_row_id};
use crate::documents::sheets::{self, SheetRow};
use crate::domain::calendar::local_date;
use crate::domain::ids::ProductId;
use crate::domain::input::{self, Flaw};
use crate::domain::library::{DraftRow, Edition, TierPrice, VersionStatus, flaws};
use crate::domain::money::format_quantity;
use crate::domain::policy::Act;
use crate::store::import_runs::{ImportCounts, ImportRun, SheetKind};
use crate::store::price_library::{self, ListRow, LivePrice};
use crate::store::products;
use crate::web::page::{self, Chrome, Section, name_in};
use crate::web::sheet::run::{self, Dry, Incoming, Run, Upload};
use crate::web::sheet_columns::{self, Columns, NO_OTHER, RowError, Wanted};
use crate::web::work::only;
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use uuid::Uuid;

pub const COLUMNS: &[Wanted] = &[
    Wanted {
        field: "product_code",
        heading: |t| t.prices_product_code(),
        also: |t| t.prices_product_code_also(),
        required: true,
    },
    Wanted { field: "from_quantity", heading: |t| t.prices_from_quantity(), also: NO_OTHER, required: false },
    Wanted { field: "list_price", heading: |t| t.prices_unit_price(), also: NO_OTHER, required: true },
    Wanted { field: "floor_price", heading: |t| t.quote_floor(), also: |t| t.prices_floor_also(), required: true },
    Wanted {
        field: "price_from",
        heading: |t| t.prices_valid_from(),
        also: |t| t.prices_valid_from_also(),
        required: false,
    },
    Wanted { field: "price_to", heading: |t| t.prices_valid_to(), also: |t| t.prices_valid_to_also(), required: false },
];
/// Differences that the page shows; all of them go into the draft.
const SHOWN: usize = 500;

struct Ready {
    number: u32,
    code: String,
    name: String,
    row: DraftRow,
}

struct DryRun {
    rows: Vec<Ready>,
    errors: Vec<RowError>,
    fingerprint: String,
    /// That some columns are not read.
    unread: Option<String>,
    /// Of the draft that it would replace, 0 where there is none.
    revision: i32,
    /// Prices in force today per product and tier: unit and floor price.
    in_force: BTreeMap<(ProductId, Decimal), TierPrice>,
    /// Tiers that would be left without a price.
    gaps: Vec<String>,
    /// Rows that say what is in force already; nothing happens to them.
    same: usize,
}

fn cell<T>(
    t: Lang,
    columns: &Columns,
    row: &SheetRow,
    field: &'static str,
    errors: &mut Vec<RowError>,
    parse: impl Fn(&str) -> Result<T, Flaw>,
) -> Option<T> {
    sheet_columns::parsed(t, (COLUMNS, columns, row), field, errors, parse)
}

/// A date as a cell holds it or as somebody typed it.
fn day(text: &str) -> Result<NaiveDate, Flaw> {
    sheets::date(text).ok_or(Flaw::NotADate)
}

async fn check(web: &Web, t: Lang, list: &ListRow, content: Vec<u8>) -> Result<Result<DryRun, Vec<String>>, Problem> {
    let mut hasher = Sha256::new();
    hasher.update(&content);
    let columns = match sheet_columns::read(t, content, COLUMNS).await {
        Ok(columns) => columns,
        Err(texts) => return Ok(Err(texts)),
    };
    let today = local_date(web.app().clock.now());
    let code_of = |row: &SheetRow| input::normalise(&columns.cell(row, "product_code").text()).to_uppercase();
    let codes: Vec<String> = columns.rows().map(code_of).collect();
    let mut conn = web.app().db.read().await?;
    let known: BTreeMap<String, (ProductId, String)> = products::named(&mut conn, &codes)
        .await?
        .into_iter()
        .map(|(code, id, name, name_en)| (code, (id, name_in(t, &name, &name_en))))
        .collect();
    let versions = price_library::versions(&mut conn, list.id).await?;
    let revision = versions.iter().find(|v| v.status == VersionStatus::Draft).map_or(0, |d| d.revision);
    let ids: Vec<Uuid> = known.values().map(|(id, _)| id.0).collect();
    let published = price_library::in_force(&mut conn, list.id, &ids, today).await?;
    let live = price_library::live(&mut conn, list.id, today, None).await?;
    drop(conn);
    let price = |raw: &str| input::decimal(raw, 6, Decimal::ZERO, MAX_PRICE);
    let optional = |parse: &dyn Fn(&str) -> Result<Decimal, Flaw>, raw: &str| {
        if raw.trim().is_empty() { Ok(None) } else { parse(raw).map(Some) }
    };
    let mut of_tier: BTreeMap<(ProductId, Decimal), Vec<&LivePrice>> = BTreeMap::new();
    for price in &live {
        of_tier.entry((price.product, price.from_quantity)).or_default().push(price);
    }
    let is_same = |row: &DraftRow| {
        of_tier.get(&(row.product, row.from_quantity)).into_iter().flatten().any(|l| {
            let begins = l.valid_from == row.valid_from || l.valid_from <= today && row.valid_from == today;
            l.valid_to == row.valid_to && row.price == Some(l.price) && begins
        })
    };
    let (mut rows, mut errors, mut same) = (Vec::new(), Vec::new(), 0);
    for row in columns.rows() {
        let code = code_of(row);
        let product = known.get(&code);
        if product.is_none() {
            let text = t.count_unknown().to_owned();
            let heading = t.prices_product_code().to_owned();
            errors.push(RowError { row: row.number, heading, value: code.clone(), text });
        }
        let from = cell(t, &columns, row, "from_quantity", &mut errors, |raw| {
            if raw.trim().is_empty() { Ok(Decimal::ONE) } else { input::decimal(raw, 3, LEAST, MAX_PRICE) }
        });
        let unit = cell(t, &columns, row, "list_price", &mut errors, |raw| optional(&price, raw));
        let is_end = matches!(unit, Some(None));
        let floor = cell(t, &columns, row, "floor_price", &mut errors, |raw| match (is_end, raw.trim().is_empty()) {
            (true, true) => Ok(None),
            (true, false) | (false, true) => Err(Flaw::Required),
            (false, false) => price(raw).map(Some),
        });
        let valid_from =
            cell(
                t,
                &columns,
                row,
                "price_from",
                &mut errors,
                |raw| {
                    if raw.trim().is_empty() { Ok(today) } else { day(raw) }
                },
            );
        let valid_to = cell(t, &columns, row, "price_to", &mut errors, |raw| {
            if raw.trim().is_empty() { Ok(None) } else { day(raw).map(Some) }
        });
        if let (Some(from), Some(Some(to))) = (valid_from, valid_to)
            && to < from
        {
            let text = t.flaw(&Flaw::TooSmall { min: from.to_string() });
            let heading = t.prices_valid_to().to_owned();
            errors.push(RowError { row: row.number, heading, value: to.to_string(), text });
        }
        let (Some((product, name)), Some(from_quantity), Some(unit), Some(floor), Some(valid_from), Some(valid_to)) =
            (product, from, unit, floor, valid_from, valid_to)
        else {
            continue;
        };
        let price = unit.zip(floor).map(|(unit_price, floor_price)| TierPrice { unit_price, floor_price });
        let drafted = DraftRow {
            id: new_row_id(web.app()),
            product: *product,
            from_quantity,
            price,
            valid_from,
            valid_to: if price.is_none() { None } else { valid_to },
        };
        if is_same(&drafted) {
            same += 1;
        } else {
            rows.push(Ready { number: row.number, code, name: name.clone(), row: drafted });
        }
    }
    let drafted: Vec<DraftRow> = rows.iter().map(|r| r.row.clone()).collect();
    let edition = if list.version_no.is_none() { Edition::First } else { Edition::Later };
    for (at, flaw) in flaws(&drafted, &published, edition, today) {
        let Some(ready) = rows.get(at - 1) else { continue };
        // Rows are told by the sheet's own numbers.
        let text = match flaw {
            crate::domain::library::RowFlaw::OverlapsRow { row } => {
                let other = rows.get(row - 1).map_or(0, |r| r.number);
                flaw_text(t, &crate::domain::library::RowFlaw::OverlapsRow { row: usize::try_from(other).unwrap_or(0) })
            }
            flaw => flaw_text(t, &flaw),
        };
        let value = format!("{} {}", ready.code, format_quantity(ready.row.from_quantity));
        errors.push(RowError { row: ready.number, heading: t.prices_product_code().to_owned(), value, text });
    }
    errors.sort_by_key(|e| e.row);
    let named = |at: usize| rows.get(at).map(|r: &Ready| format!("{} {}", r.code, r.name)).unwrap_or_default();
    let gaps = super::drafted::gap_words(t, &drafted, &published, named);
    let unread = columns.unread(t, &[|t| t.field("product")]);
    hasher.update(format!("{revision}|{today}|{}", published.len()));
    let fingerprint = hex::encode(hasher.finalize());
    let in_force =
        live.into_iter().filter(|l| l.valid_from <= today).map(|l| ((l.product, l.from_quantity), l.price)).collect();
    Ok(Ok(DryRun { rows, errors, fingerprint, unread, revision, in_force, gaps, same }))
}

/// What a row would change.
struct Line {
    row: u32,
    product: String,
    from: String,
    old: String,
    new: String,
    floor: String,
    validity: String,
    kind: &'static str,
    what: &'static str,
}

/// How a row stands to what is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Added,
    Changed,
    Ends,
}

fn kind(dry: &DryRun, ready: &Ready) -> Kind {
    let former = dry.in_force.get(&(ready.row.product, ready.row.from_quantity));
    match (former, ready.row.price) {
        (_, None) => Kind::Ends,
        (None, Some(_)) => Kind::Added,
        (Some(_), Some(_)) => Kind::Changed,
    }
}

fn line(t: Lang, dry: &DryRun, ready: &Ready) -> Line {
    let former = dry.in_force.get(&(ready.row.product, ready.row.from_quantity));
    let (badge, what) = match kind(dry, ready) {
        Kind::Added => ("ok", t.prices_import_new()),
        Kind::Changed => ("info", t.prices_import_changed()),
        Kind::Ends => ("warn", t.prices_ends()),
    };
    Line {
        row: ready.number,
        product: format!("{} {}", ready.code, ready.name),
        from: format_quantity(ready.row.from_quantity),
        old: former.map(|p| page::unit_price(p.unit_price)).unwrap_or_default(),
        new: ready.row.price.map(|p| page::unit_price(p.unit_price)).unwrap_or_default(),
        floor: ready.row.price.map(|p| page::unit_price(p.floor_price)).unwrap_or_default(),
        validity: super::validity(t, ready.row.valid_from, ready.row.valid_to),
        kind: badge,
        what,
    }
}

async fn drafting(web: &Web, who: &SignedIn, code: &str) -> Result<ListRow, Problem> {
    only(who, Act::DraftPrices)?;
    known_list(web, who, code).await
}

impl Dry for DryRun {
    fn counts(&self) -> ImportCounts {
        let of = |wanted: &[Kind]| {
            let n = self.rows.iter().filter(|r| wanted.contains(&kind(self, r))).count();
            i32::try_from(n).unwrap_or(i32::MAX)
        };
        ImportCounts {
            added: of(&[Kind::Added]),
            updated: of(&[Kind::Changed, Kind::Ends]),
            unchanged: i32::try_from(self.same).unwrap_or(i32::MAX),
            failing: i32::try_from(self.errors.len()).unwrap_or(i32::MAX),
        }
    }

    fn errors(&self) -> &[RowError] {
        &self.errors
    }

    fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    fn unread(&self) -> Option<&str> {
        self.unread.as_deref()
    }

    fn has_work(&self) -> bool {
        !self.rows.is_empty()
    }
}

/// The sheet of one price list.
struct Prices<'a>(&'a ListRow);

impl Incoming for Prices<'_> {
    type Dry = DryRun;
    const KIND: SheetKind = SheetKind::Prices;
    const SECTION: Section = Section::Prices;

    fn subject(&self) -> Option<&str> {
        Some(&self.0.code)
    }

    fn folder(&self) -> String {
        format!("/prices/lists/{}/import", self.0.code)
    }

    fn upload(&self, t: Lang) -> Upload {
        let list = format!("/prices/lists/{}", self.0.code);
        Upload {
            title: self.0.code.clone(),
            heading: t.prices_import_title(),
            about: self.0.name.clone(),
            start: (format!("{list}/prices.xlsx"), t.prices_export()),
            above: vec![("/prices".to_owned(), t.prices_title().to_owned()), (list, self.0.code.clone())],
            note: t.prices_import_note(),
            columns: Some(t.prices_import_columns()),
            file: t.prices_import_file(),
            check: t.prices_import_check(),
        }
    }

    async fn check(&self, web: &Web, t: Lang, content: Vec<u8>) -> Result<Result<DryRun, Vec<String>>, Problem> {
        check(web, t, self.0, content).await
    }
}

pub async fn index(State(web): State<Web>, Path(code): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let list = drafting(&web, &who, &code).await?;
    run::index(&web, &who, &Prices(&list)).await
}

pub async fn upload(State(web): State<Web>, Path(code): Path<String>, post: Post) -> Result<Response, Problem> {
    let list = drafting(&web, &post.who, &code).await.map_err(|p| p.keeping(&post.form))?;
    run::upload(&web, &post, &Prices(&list)).await
}

#[derive(Template)]
#[template(path = "prices/import_run.html")]
struct RunPage {
    chrome: Chrome,
    t: Lang,
    run: Run,
    gaps: Vec<String>,
    lines: Vec<Line>,
}

async fn run_page(web: &Web, who: &SignedIn, list: &ListRow, run: &ImportRun) -> Result<RunPage, Problem> {
    let t = who.t();
    let mut page = RunPage {
        chrome: page::chrome(web, who, Section::Prices).await?,
        t,
        run: Run::of(t, &Prices(list), run),
        gaps: Vec::new(),
        lines: Vec::new(),
    };
    let said = &mut page.run;
    let summary = |c: ImportCounts| t.prices_import_summary(c.added, c.unchanged, c.updated);
    if let Some(at) = run.applied_at {
        said.summary = summary(run.counts);
        let link = (format!("/prices/lists/{}", list.code), list.code.clone());
        said.done = Some((t.prices_import_done(t.moment(at)), Some(link)));
        return Ok(page);
    }
    let dry = run::dry(web, who, &Prices(list), run).await?;
    said.judge(&dry);
    said.summary = summary(dry.counts());
    (said.apply, said.apply_then) = (t.prices_import_apply(), t.prices_import_apply_then().to_owned());
    said.failing_text = t.prices_import_failing(dry.errors.len());
    said.nothing = t.prices_import_nothing();
    said.replaces = (dry.revision > 0).then(|| t.prices_import_replaces());
    said.cut = (dry.rows.len() > SHOWN).then(|| t.prices_import_shown());
    page.gaps.clone_from(&dry.gaps);
    page.lines = dry.rows.iter().take(SHOWN).map(|r| line(t, &dry, r)).collect();
    Ok(page)
}

pub async fn show(
    State(web): State<Web>,
    Path((code, id)): Path<(String, String)>,
    who: SignedIn,
) -> Result<Response, Problem> {
    let list = drafting(&web, &who, &code).await?;
    let run = run::run_of(&web, &who, &Prices(&list), &id).await?;
    page::page(&run_page(&web, &who, &list, &run).await?)
}

/// Puts the rows that the page showed into the draft; when something is different by now, shows it anew.
pub async fn apply(
    State(web): State<Web>,
    Path((code, id)): Path<(String, String)>,
    post: Post,
) -> Result<Response, Problem> {
    let list = drafting(&web, &post.who, &code).await.map_err(|p| p.keeping(&post.form))?;
    let run = run::run_of(&web, &post.who, &Prices(&list), &id).await.map_err(|p| p.keeping(&post.form))?;
    let t = post.t();
    if run.applied_at.is_some() {
        return Ok(page::see_other(&web, &format!("/prices/lists/{code}"), ""));
    }
    let dry = run::dry(&web, &post.who, &Prices(&list), &run).await?;
    if dry.is_as_shown(&post) {
        let counts = dry.counts();
        let rows: Vec<DraftRow> = dry.rows.into_iter().map(|r| r.row).collect();
        let by = post.by(format!("/prices/lists/{code}"));
        let reason = t.prices_import_reason(&run.file_name);
        let saved = web.app().save_price_sheet(&by, &code, dry.revision, rows, &reason, (run.id, counts)).await;
        match saved {
            Ok(done) => return Ok(page::see_other(&web, done.then(), "saved")),
            Err(Unchanged::Failure(crate::app::Failure::Stale { .. }) | Unchanged::Rows(_)) => {}
            Err(other) => return Err(problem(&post, other)),
        }
    }
    let mut page = run_page(&web, &post.who, &list, &run).await?;
    page.run.stale(t.prices_import_stale());
    page::conflict(&page)
}
