//! Workbooks that people take away: the template to fill in, and the rows that failed.

use super::columns::{Place, choices};
use super::dry_run::DryRun;
use crate::documents::sheets::{Cell, Column, Kind, Table, Value, xlsx};
use crate::web::Problem;
use crate::wording::Lang;

/// The empty sheet with one example, and a second one with everything a choice may be.
pub fn template(t: Lang) -> Result<Vec<u8>, Problem> {
    let columns = Place::all().map(|place| {
        let label = place.heading(t);
        let width =
            if matches!(place.field(), "legal_name" | "uscc" | "address_detail" | "main_business") { 28 } else { 16 };
        Column { label, kind: if place.is_number() { Kind::Number } else { Kind::Text }, width }
    });
    let example = Place::all().map(|place| example(t, place)).collect();
    let rows = Table { name: t.import_sheet_rows().to_owned(), columns: columns.collect(), rows: vec![example] };
    made(&[rows, permitted(t)])
}

fn made(tables: &[Table]) -> Result<Vec<u8>, Problem> {
    xlsx(tables).map_err(|trouble| Problem::Failed { detail: trouble.0 })
}

fn example(t: Lang, place: Place) -> Value {
    let nth_word = |field: &str, nth: usize| choices(t, field).get(nth).map_or(String::new(), |(_, w)| (*w).to_owned());
    let text = match place {
        Place::Field("legal_name") => format!("{}苏州星辰云启科技有限公司", t.import_example_mark()),
        Place::Field("uscc") => "91320505PDY00001XN".to_owned(),
        Place::Field("short_name") => "星辰云启".to_owned(),
        Place::Field("customer_type") => nth_word("customer_type", 1),
        Place::Field("industry") => nth_word("industry", 8),
        Place::Field("employee_count") => return Value::Number(180.into()),
        Place::Field("annual_revenue_wan") => return Value::Number(6500.into()),
        Place::Field("founded_on") => "2018-04-16".to_owned(),
        Place::Field("main_business") => "视频会议软件研发".to_owned(),
        Place::Field("legal_rep") => "沈若安".to_owned(),
        Place::Field("registry_status") => nth_word("registry_status", 0),
        Place::Field("province") => "江苏省".to_owned(),
        Place::Field("city") => "苏州市".to_owned(),
        Place::Field("district") => "虎丘区".to_owned(),
        Place::Field("address_detail") => "科技路1号".to_owned(),
        Place::Field("source") => nth_word("source", 0),
        Place::Field("taxpayer_kind") => nth_word("taxpayer_kind", 0),
        Place::Field("invoice_kind") => nth_word("invoice_kind", 0),
        Place::Field("invoice_delivery") => "ap@example.com".to_owned(),
        Place::Field("owner") => t.import_example_owner().to_owned(),
        Place::Field("grade") => nth_word("grade", 2),
        Place::Field("opening_order_count") => return Value::Number(6.into()),
        Place::Field("opening_total") => return Value::Number(486_000.into()),
        Place::Contact(1, "name") => "李娜".to_owned(),
        Place::Contact(1, "title") => "采购总监".to_owned(),
        Place::Contact(1, "mobile") => "13800138000".to_owned(),
        Place::Contact(1, "email") => "li.na@example.com".to_owned(),
        Place::Contact(2, "name") => "方晓".to_owned(),
        Place::Contact(2, "title") => "行政主管".to_owned(),
        Place::Contact(2, "landline") => "0512-62345678".to_owned(),
        Place::Contact(1, "rank") => nth_word("rank", 0),
        Place::Contact(2, "rank") => nth_word("rank", 1),
        Place::Contact(1, "roles") => [nth_word("roles", 0), nth_word("roles", 2)].join(t.import_and()),
        Place::Contact(2, "roles") => nth_word("roles", 2),
        _ => return Value::Blank,
    };
    Value::Text(text)
}

/// One column for each choice, its words below.
fn permitted(t: Lang) -> Table {
    let mut fields: Vec<&'static str> = Place::all().map(Place::field).collect();
    fields.dedup();
    let mut lists: Vec<(String, Vec<&'static str>)> = Vec::new();
    for field in fields {
        let words: Vec<&'static str> = choices(t, field).into_iter().map(|(_, word)| word).collect();
        // As in the grid of contacts, where a field of theirs has its own label.
        let label = t.field(&format!("{field}-1")).to_owned();
        if !words.is_empty() && !lists.iter().any(|(other, _)| *other == label) {
            lists.push((label, words));
        }
    }
    let height = lists.iter().map(|(_, words)| words.len()).max().unwrap_or(0);
    let rows = (0..height)
        .map(|row| {
            lists.iter().map(|(_, w)| w.get(row).map_or(Value::Blank, |w| Value::Text((*w).to_owned()))).collect()
        })
        .collect();
    let columns = lists.into_iter().map(|(label, _)| Column { label, kind: Kind::Text, width: 24 }).collect();
    Table { name: t.import_sheet_permitted().to_owned(), columns, rows }
}

/// The failing rows as they were sent, each with all its errors: to correct and to send again.
pub fn failing(t: Lang, dry: &DryRun) -> Result<Vec<u8>, Problem> {
    let headings = dry.sheet.rows.get(dry.heading_row).map(|row| row.cells.as_slice()).unwrap_or_default();
    let ours = [t.import_error_heading(), t.import_row_heading()];
    let kept: Vec<usize> = (0..headings.len())
        .filter(|at| !headings[*at].is_blank() && !ours.contains(&headings[*at].text().trim()))
        .collect();
    let column = |label: String, width| Column { label, kind: Kind::Text, width };
    let mut columns: Vec<Column> = kept.iter().map(|at| column(headings[*at].text(), 18)).collect();
    columns.push(column(t.import_error_heading().to_owned(), 60));
    let mut rows = Vec::new();
    for checked in dry.rows.iter().filter(|row| row.ready.is_none()) {
        let Some(row) = dry.sheet_row(checked.number) else { continue };
        let mut cells: Vec<Value> = kept.iter().map(|at| kept_value(row.cell(*at))).collect();
        let errors: Vec<String> = checked.errors.iter().map(|e| t.customer_error(&e.heading, &e.text)).collect();
        cells.push(Value::Text(t.import_row_errors(errors.join("\n"), checked.number)));
        rows.push(cells);
    }
    made(&[Table { name: t.import_sheet_failing().to_owned(), columns, rows }])
}

fn kept_value(cell: &Cell) -> Value {
    if cell.is_blank() { Value::Blank } else { Value::Text(cell.text()) }
}
