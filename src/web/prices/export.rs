//! A price list as xlsx: the prices in force and to come, under the headings that the import reads.
//!
//! The one rule: the column of floor prices is there only for those who may see floors.

use super::import::COLUMNS;
use super::known_list;
use crate::documents::sheets::{Column, Kind, Table, Value, xlsx};
use crate::domain::calendar::local_date;
use crate::domain::policy::{self, Act};
use crate::store::price_library;
use crate::web::import::{XLSX, download};
use crate::web::page::name_in;
use crate::web::{Problem, SignedIn, Web, sheet};
use axum::extract::{Path, State};
use axum::response::Response;

/// Most rows of one workbook.
const ROWS: i64 = 20_000;

pub async fn xlsx_of_list(
    State(web): State<Web>,
    Path(code): Path<String>,
    who: SignedIn,
) -> Result<Response, Problem> {
    let list = known_list(&web, &who, &code).await?;
    let t = who.t();
    let today = local_date(web.app().clock.now());
    let mut conn = web.app().db.search().await?;
    let prices = price_library::prices(&mut conn, Some(list.id), None, Some(today), ROWS + 1).await?;
    drop(conn);
    let prices = sheet::whole(prices, ROWS, format!("/prices/lists/{code}"))?;
    let sees_floor = policy::may_ever(&who.actor, Act::SeeFloor);
    let shown = |field: &str| sees_floor || field != "floor_price";
    let column = |label: &str, kind, width| Column { label: label.to_owned(), kind, width };
    let mut columns: Vec<Column> = COLUMNS
        .iter()
        .filter(|c| shown(c.field))
        .map(|c| match c.field {
            "product_code" => column((c.heading)(t), Kind::Text, 18),
            "price_from" | "price_to" => column((c.heading)(t), Kind::Date, 14),
            _ => column((c.heading)(t), Kind::Number, 14),
        })
        .collect();
    columns.push(column(t.field("product"), Kind::Text, 32));
    let rows = prices
        .iter()
        .map(|p| {
            let mut row =
                vec![Value::Text(p.product_code.clone()), Value::Number(p.from_quantity), Value::Number(p.unit_price)];
            if sees_floor {
                row.push(Value::Number(p.floor_price));
            }
            row.push(Value::Date(p.valid_from));
            row.push(p.valid_to.map_or(Value::Blank, Value::Date));
            row.push(Value::Text(name_in(t, &p.product_name, &p.product_name_en)));
            row
        })
        .collect();
    // What a sheet may be called is shorter than what a list may be.
    let table = Table { name: list.code.chars().take(31).collect(), columns, rows };
    let content = xlsx(&[table]).map_err(|trouble| Problem::Failed { detail: trouble.0 })?;
    Ok(download(&format!("{} {}.xlsx", list.code, list.name), XLSX, content))
}
