//! One law of rounding: screen, paper, spreadsheet and JSON agree to the cent, whatever the lines,
//! discounts, bases and rates.

use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use kuaidan::documents::{Letterhead, Shown, quote, sheet};
use kuaidan::domain::ids::QuoteLineId;
use kuaidan::domain::money::{format_money, round_money};
use kuaidan::domain::quote::{LineToPrice, Priced, QuoteLineKind, price};
use kuaidan::domain::tax::{RATES, TaxBasis};
use kuaidan::domain::workflow::Case;
use kuaidan::wording::Lang;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rust_decimal::Decimal;
use std::io::Cursor;
use uuid::Uuid;

fn line(quantity: i64, unit_price: i64, rate: Decimal) -> LineToPrice {
    LineToPrice {
        id: QuoteLineId(Uuid::nil()),
        requirement_line: None,
        kind: QuoteLineKind::Standard,
        product: None,
        name: "=1+1".to_owned(),
        spec: "规格".to_owned(),
        packaging: None,
        quantity: Decimal::new(quantity, 3),
        unit: "台".to_owned(),
        policy: None,
        unit_price: Decimal::new(unit_price, 6),
        discount_reason: None,
        tax_rate: rate,
        request: kuaidan::domain::quote::PriceRequest::default(),
    }
}

/// The amounts of the line rows and of the total row: net, tax, gross as a spreadsheet shows them.
fn cells(file: Vec<u8>, lines: usize) -> Vec<[String; 3]> {
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(file)).expect("a workbook");
    let range = book.worksheet_range_at(0).expect("a sheet").expect("readable");
    let rows: Vec<&[Data]> = range.rows().collect();
    let first = rows.iter().position(|r| r[0] == Data::String("#".to_owned())).expect("the head") + 1;
    rows[first..=first + lines]
        .iter()
        .map(|row| {
            [7, 8, 9].map(|column| match &row[column] {
                Data::Float(number) => format_money(round_money(number.to_string().parse().expect("a number"))),
                other => panic!("a number was expected, not {other:?}"),
            })
        })
        .collect()
}

fn agree(case: &Case, priced: &Priced, discount: Decimal) {
    let mut q = case.quote.clone().expect("a quote");
    q.priced = priced.clone();
    q.terms.whole_discount = discount;
    let company = Letterhead::default();
    let form = quote::form(Lang::Zh, &company, case, &q, Shown::Whole);
    let json: serde_json::Value =
        serde_json::from_str(&quote::content(Lang::Zh, &company, case, &q, Shown::Whole).expect("JSON").json)
            .expect("JSON");
    let xlsx =
        cells(sheet::quote(Lang::Zh, &company, case, &q, Shown::Whole).expect("a spreadsheet"), priced.lines.len());
    let mut sum = Decimal::ZERO;
    for (i, l) in priced.lines.iter().enumerate() {
        let screen = [l.amounts.net, l.amounts.tax, l.amounts.gross].map(format_money);
        let paper = &form.lines[i];
        assert_eq!([&paper.net, &paper.tax, &paper.gross], screen.each_ref());
        assert_eq!(xlsx[i], screen);
        for (field, shown) in ["net", "tax", "gross"].into_iter().zip(&screen) {
            assert_eq!(json["lines"][i][field].as_str(), Some(shown.as_str()));
        }
        sum += l.amounts.gross;
    }
    let t = &priced.totals;
    assert_eq!(sum, t.gross);
    let screen = [t.net, t.tax, t.gross].map(format_money);
    assert_eq!([&form.totals.net, &form.totals.tax, &form.totals.gross], screen.each_ref());
    assert_eq!(xlsx.last(), Some(&screen));
    assert_eq!(json["totals"]["gross"].as_str(), Some(screen[2].as_str()));
    let by_rate: Vec<String> = t.by_rate.iter().map(|r| format_money(r.gross)).collect();
    assert_eq!(form.totals.by_rate.iter().map(|r| r.gross.clone()).collect::<Vec<_>>(), by_rate);
    let paid: Decimal = form.terms.iter().map(|t| t.amount.replace(',', "").parse::<Decimal>().expect("money")).sum();
    assert_eq!(paid, t.gross, "the payments make the total");
}

#[tokio::test]
async fn screen_paper_spreadsheet_and_json_agree_to_the_cent() {
    let world = World::new().await;
    let deal = world.deal_at(Stage::QuoteApproved, &Plan::default()).await;
    let case = world.case(&deal).await;
    let a_line = (1_i64..5_000_000, 1_i64..50_000_000_000, prop::sample::select(RATES.to_vec()));
    let quotes = (prop::collection::vec(a_line, 1..12), prop::sample::select(TaxBasis::ALL.to_vec()), 0_i64..9999);
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(60) });
    runner
        .run(&quotes, |(lines, basis, share)| {
            let lines: Vec<LineToPrice> = lines.into_iter().map(|(q, p, r)| line(q, p, r)).collect();
            let whole = price(lines.clone(), basis, Decimal::ZERO).totals.gross;
            let discount = round_money(whole * Decimal::new(share, 5));
            agree(&case, &price(lines, basis, discount), discount);
            Ok(())
        })
        .expect("they agree");
}

#[tokio::test]
async fn the_spreadsheet_holds_numbers_and_no_formula() {
    let world = World::new().await;
    let deal = world.deal_at(Stage::QuoteApproved, &Plan::default()).await;
    let mut b = crate::harness::browser::Browser::at(&world).await;
    b.sign_in("wangmin").await;
    assert_eq!(b.open(&format!("/deals/{deal}/quote.xlsx")).await, axum::http::StatusCode::OK);
    let rows = cells(b.body.clone(), 2);
    assert_eq!(rows[0], ["71,239.20", "9,261.10", "80,500.30"].map(str::to_owned));
    assert_eq!(rows[2], ["72,371.28", "9,329.02", "81,700.30"].map(str::to_owned));
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(b.body.clone())).expect("a workbook");
    let name = book.sheet_names()[0].clone();
    let formulas = book.worksheet_formula(&name).expect("readable");
    assert!(formulas.rows().flatten().all(String::is_empty), "what people typed is text");
}
