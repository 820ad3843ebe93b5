//! A stock-take from a spreadsheet: upload, the differences against the books, booking of all or none.
//!
//! The one rule: the check is made anew each time it is looked at, against the books of this moment.

use crate::app::stock::Counted;
use crate::app::{Done, Failure};
use crate::documents::sheets::{self, Column, Kind, SheetRow, Table, Value, xlsx};
use crate::domain::input;
use crate::domain::money::format_quantity;
use crate::domain::pieces::is_possible;
use crate::domain::policy::Act;
use crate::store::import_runs::{ImportCounts, ImportRun, SheetKind};
use crate::store::{PgConnection, products, stock};
use crate::web::page::{self, Chrome, Section, name_in};
use crate::web::sheet::run::{self, Dry, Incoming, Run, Upload};
use crate::web::sheet_columns::{self, NO_OTHER, RowError, Wanted};
use crate::web::work::only;
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

const COLUMNS: &[Wanted] = &[
    Wanted { field: "code", heading: |t| t.count_code(), also: |t| t.prices_product_code_also(), required: true },
    Wanted { field: "counted", heading: |t| t.count_counted(), also: NO_OTHER, required: true },
    Wanted { field: "remark", heading: |t| t.count_remark(), also: NO_OTHER, required: false },
];
const FOLDER: &str = "/stock/count";
const MOST: Decimal = Decimal::from_parts(999_999_999, 0, 0, false, 0);

/// What would be booked, or everything that is wrong.
struct DryRun {
    rows: Vec<(Counted, String)>,
    errors: Vec<RowError>,
    fingerprint: String,
    /// That some columns are not read.
    unread: Option<String>,
}

impl DryRun {
    fn differing(&self) -> usize {
        self.rows.iter().filter(|(r, _)| r.book != r.counted).count()
    }
}

impl Dry for DryRun {
    fn counts(&self) -> ImportCounts {
        let number = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
        let differing = self.differing();
        ImportCounts {
            added: 0,
            updated: number(differing),
            unchanged: number(self.rows.len() - differing),
            failing: number(self.errors.len()),
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
        self.differing() > 0
    }
}

/// The sheet of a stock-take.
struct Count;

impl Incoming for Count {
    type Dry = DryRun;
    const KIND: SheetKind = SheetKind::StockCount;
    const SECTION: Section = Section::Stock;

    fn folder(&self) -> String {
        FOLDER.to_owned()
    }

    fn upload(&self, t: Lang) -> Upload {
        Upload {
            title: t.count_title().to_owned(),
            heading: t.count_title(),
            about: String::new(),
            above: vec![("/stock".to_owned(), t.frame_stock().to_owned())],
            note: t.count_note(),
            columns: None,
            file: t.count_file(),
            check: t.count_check(),
            start: ("/files/stock-count/template".to_owned(), t.count_template()),
        }
    }

    async fn check(&self, web: &Web, t: Lang, content: Vec<u8>) -> Result<Result<DryRun, Vec<String>>, Problem> {
        let mut conn = web.app().db.read().await?;
        check(&mut conn, t, content).await
    }
}

async fn check(conn: &mut PgConnection, t: Lang, content: Vec<u8>) -> Result<Result<DryRun, Vec<String>>, Problem> {
    let mut hasher = Sha256::new();
    hasher.update(&content);
    let columns = match sheet_columns::read(t, content, COLUMNS).await {
        Ok(columns) => columns,
        Err(flaws) => return Ok(Err(flaws)),
    };
    let code_of = |row: &SheetRow| input::normalise(&columns.cell(row, "code").text()).to_uppercase();
    let codes: Vec<String> = columns.rows().map(code_of).collect();
    let books: BTreeMap<String, (String, stock::Balance)> =
        stock::balances(conn, &codes).await?.into_iter().map(|(code, name, b)| (code, (name, b))).collect();
    let units: BTreeMap<String, String> =
        products::by_codes(conn, &codes).await?.into_iter().map(|(p, _)| (p.code, p.unit)).collect();
    let known: Vec<String> = products::ids(conn, &codes).await?.into_iter().map(|(code, _)| code).collect();
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let (mut rows, mut errors) = (Vec::new(), Vec::new());
    for row in columns.rows() {
        let code = code_of(row);
        let mut wrong = |heading: &str, value: &str, text: String| {
            errors.push(RowError { row: row.number, heading: heading.to_owned(), value: value.to_owned(), text });
        };
        let cell = columns.cell(row, "counted");
        let counted = match cell.flaw() {
            Some(_) => Err(input::Flaw::NotANumber),
            None if cell.is_blank() => Err(input::Flaw::Required),
            None => input::decimal(&cell.text(), 3, Decimal::ZERO, MOST),
        };
        if let Err(flaw) = &counted {
            wrong(t.count_counted(), &cell.text(), t.flaw(flaw));
        }
        if let Some(first) = seen.get(&code) {
            wrong(t.count_code(), &code, t.count_twice(first));
            continue;
        }
        seen.insert(code.clone(), row.number);
        let Some((name, balance)) = books.get(&code) else {
            let text = if known.contains(&code) { t.count_not_stocked() } else { t.count_unknown() };
            wrong(t.count_code(), &code, text.to_owned());
            continue;
        };
        let Ok(counted) = counted else { continue };
        if units.get(&code).is_some_and(|unit| !is_possible(unit, counted)) {
            wrong(t.count_counted(), &cell.text(), t.flaw(&input::Flaw::NotWhole));
            continue;
        }
        if counted < balance.reserved {
            wrong(t.count_counted(), &cell.text(), t.count_below_reserved(format_quantity(balance.reserved)));
            continue;
        }
        hasher.update(format!("{code}|{}|{counted}\n", balance.on_hand));
        rows.push((Counted { row: row.number, code, book: balance.on_hand, counted }, name.clone()));
    }
    let unread = columns.unread(t, &[|t| t.stock_name(), |t| t.count_book()]);
    Ok(Ok(DryRun { rows, errors, fingerprint: hex::encode(hasher.finalize()), unread }))
}

pub async fn index(State(web): State<Web>, who: SignedIn) -> Result<Response, Problem> {
    only(&who, Act::AdjustStock)?;
    run::index(&web, &who, &Count).await
}

pub async fn upload(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::AdjustStock).map_err(|p| p.keeping(&post.form))?;
    run::upload(&web, &post, &Count).await
}

struct Line {
    row: u32,
    code: String,
    name: String,
    book: String,
    counted: String,
    difference: String,
}

#[derive(Template)]
#[template(path = "stock/count_run.html")]
struct RunPage {
    chrome: Chrome,
    t: Lang,
    run: Run,
    lines: Vec<Line>,
}

fn line(row: u32, code: String, name: String, book: Decimal, counted: Decimal) -> Line {
    let difference = counted - book;
    let sign = if difference > Decimal::ZERO { "+" } else { "" };
    Line {
        row,
        code,
        name,
        book: format_quantity(book),
        counted: format_quantity(counted),
        difference: format!("{sign}{}", format_quantity(difference)),
    }
}

/// The rows of a booked count, as they were booked.
fn booked(run: &ImportRun) -> Vec<Line> {
    let rows = run.result.as_ref().and_then(|r| r.as_array()).into_iter().flatten();
    rows.filter_map(|r| {
        let number = |key: &str| r.get(key)?.as_str()?.parse::<Decimal>().ok();
        let row = u32::try_from(r.get("row")?.as_u64()?).ok()?;
        let code = r.get("code")?.as_str()?.to_owned();
        Some(line(row, code, String::new(), number("book")?, number("counted")?))
    })
    .collect()
}

async fn run_page(web: &Web, who: &SignedIn, run: &ImportRun) -> Result<RunPage, Problem> {
    let t = who.t();
    let mut page = RunPage {
        chrome: page::chrome(web, who, Section::Stock).await?,
        t,
        run: Run::of(t, &Count, run),
        lines: Vec::new(),
    };
    let said = &mut page.run;
    if let Some(at) = run.applied_at {
        page.lines = booked(run);
        said.summary = t.count_rows(usize::try_from(run.counts.updated).unwrap_or(0), page.lines.len());
        said.done = Some((t.count_done(t.moment(at)), None));
        return Ok(page);
    }
    let dry = run::dry(web, who, &Count, run).await?;
    said.judge(&dry);
    said.summary = t.count_rows(dry.differing(), dry.rows.len());
    (said.apply, said.apply_then) = (t.count_apply(), t.count_apply_then(dry.differing()));
    said.failing_text = t.count_failing(dry.errors.len());
    said.nothing = t.count_no_difference();
    let differing = dry.rows.into_iter().filter(|(r, _)| r.book != r.counted);
    page.lines = differing.map(|(r, name)| line(r.row, r.code, name, r.book, r.counted)).collect();
    Ok(page)
}

pub async fn show(State(web): State<Web>, Path(id): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let run = run::run_of(&web, &who, &Count, &id).await?;
    page::page(&run_page(&web, &who, &run).await?)
}

/// Books what the page showed; when something is different by now, shows it anew.
pub async fn apply(State(web): State<Web>, Path(id): Path<String>, post: Post) -> Result<Response, Problem> {
    let run = run::run_of(&web, &post.who, &Count, &id).await.map_err(|p| p.keeping(&post.form))?;
    let t = post.t();
    if run.applied_at.is_some() {
        return Ok(page::see_other(&web, &format!("/stock/count/{}", run.id), ""));
    }
    let dry = run::dry(&web, &post.who, &Count, &run).await?;
    let outcome = if dry.is_as_shown(&post) {
        let rows: Vec<Counted> = dry.rows.into_iter().map(|(row, _)| row).collect();
        let reason = |row: &Counted| t.count_reason(&run.file_name, row.row);
        web.app().book_count(&post.by(FOLDER), run.id, &rows, &reason).await
    } else {
        Err(Failure::Stale { changes: Vec::new(), version: 0 })
    };
    match outcome {
        Ok(Done::Now { then }) => Ok(page::see_other(&web, &then, "saved")),
        Ok(Done::Before { then }) => Ok(page::see_other(&web, &then, "")),
        Err(Failure::Stale { .. }) => {
            let mut page = run_page(&web, &post.who, &run).await?;
            page.run.stale(t.count_stale());
            page::conflict(&page)
        }
        Err(failure) => Err(post.keeping(failure)),
    }
}

/// Every kept product with what the books say, to be counted against.
pub async fn template(State(web): State<Web>, who: SignedIn) -> Result<Response, Problem> {
    only(&who, Act::AdjustStock)?;
    let t = who.t();
    let mut conn = web.app().db.search().await?;
    let all = products::search(&mut conn, "", None, i64::try_from(sheets::MAX_ROWS).unwrap_or(20_000)).await?;
    drop(conn);
    let column = |label: &str, kind, width| Column { label: label.to_owned(), kind, width };
    let table = Table {
        name: t.count_title().to_owned(),
        columns: vec![
            column(t.count_code(), Kind::Text, 18),
            column(t.count_counted(), Kind::Number, 14),
            column(t.count_remark(), Kind::Text, 24),
            column(t.stock_name(), Kind::Text, 36),
            column(t.count_book(), Kind::Number, 14),
        ],
        rows: all
            .iter()
            .filter(|p| p.is_stocked)
            .map(|p| {
                vec![
                    Value::Text(p.code.clone()),
                    Value::Blank,
                    Value::Blank,
                    Value::Text(name_in(t, &p.name, &p.name_en)),
                    Value::Number(p.on_hand),
                ]
            })
            .collect(),
    };
    let content = xlsx(&[table]).map_err(|trouble| Problem::Failed { detail: trouble.0 })?;
    Ok(crate::web::import::download(&format!("{}.xlsx", t.count_title()), crate::web::import::XLSX, content))
}
