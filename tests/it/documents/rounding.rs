//! One law of rounding: screen, paper, spreadsheet and JSON agree to the cent, whatever the lines,
//! discounts, bases and rates.

use super::printed;
use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage, quote_terms};
use crate::harness::world::World;
use axum::http::StatusCode;
use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use kuaidan::app::{Asked, PolicyChoice, QuoteInput, QuoteLineInput, SurchargeInput};
use kuaidan::documents::{Letterhead, Shown, quote, sheet};
use kuaidan::domain::ids::QuoteLineId;
use kuaidan::domain::money::{format_money, round_money};
use kuaidan::domain::quote::{LineRemarks, LineToPrice, PriceRequest, Priced, QuoteLineKind, QuoteTerms, price};
use kuaidan::domain::tax::{RATES, TaxBasis, format_rate};
use kuaidan::domain::workflow::Case;
use kuaidan::wording::Lang;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};
use rust_decimal::Decimal;
use std::io::Cursor;
use uuid::Uuid;

fn line(quantity: i64, unit_price: i64, rate: Decimal) -> LineToPrice {
    LineToPrice {
        remarks: LineRemarks::default(),
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
        kept: None,
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

/// A quote of five lines and a fee, as somebody may type it: unit prices, rates, basis, and a share of the
/// total as whole-quote discount.
fn typed(w: &World, prices: &[(i64, Decimal)], fee: i64, basis: TaxBasis, discount: Decimal) -> Asked<'static> {
    let plan = Plan { lines: LINES.to_vec(), ..Plan::default() };
    let lines = prices.iter().enumerate().map(|(i, (unit_price, rate))| QuoteLineInput {
        remarks: LineRemarks::default(),
        line_no: i + 1,
        unit_price: Some(Decimal::new(*unit_price, 6)),
        tax_rate: Some(*rate),
        discount_reason: Some("按年度框架让利".to_owned()),
        request: PriceRequest::Policy,
        policy: PolicyChoice::Keep,
    });
    let terms = quote_terms(w, &plan);
    Asked::Quote(Box::new(QuoteInput {
        terms: QuoteTerms { tax_basis: basis, whole_discount: discount, ..terms },
        lines: lines.collect(),
        surcharges: vec![SurchargeInput {
            name: "运费".to_owned(),
            amount: Decimal::new(fee, 2),
            tax_rate: Decimal::new(9, 2),
        }],
    }))
}

const LINES: [(&str, Decimal, Option<Decimal>); 5] = [
    ("QM-65", Decimal::from_parts(7, 0, 0, false, 0), None),
    ("RM-PA66", Decimal::from_parts(12_345, 0, 0, false, 3), None),
    ("QM-86", Decimal::from_parts(3, 0, 0, false, 0), None),
    ("RM-PA66", Decimal::from_parts(999, 0, 0, false, 3), None),
    ("AZ-01", Decimal::from_parts(1, 0, 0, false, 0), None),
];

/// The same through the whole program: what was typed is saved, and page, PDF, spreadsheet and content
/// are opened by the person who typed it.
#[tokio::test]
async fn what_is_typed_stands_alike_on_page_paper_sheet_and_content() {
    let w = World::new().await;
    let plan = Plan { lines: LINES.to_vec(), ..Plan::default() };
    let deal = w.deal_at(Stage::RequirementConfirmed, &plan).await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    let price = (1_i64..20_000_000_000, prop::sample::select(RATES.to_vec()));
    let quotes = (
        prop::collection::vec(price, LINES.len()),
        1_i64..500_000,
        prop::sample::select(TaxBasis::ALL.to_vec()),
        0_i64..9000,
    );
    let mut runner = TestRunner::deterministic();
    for _ in 0..8 {
        let (prices, fee, basis, share) = quotes.new_tree(&mut runner).expect("values").current();
        w.must("wangmin", &deal, &[], typed(&w, &prices, fee, basis, Decimal::ZERO)).await;
        let whole = w.case(&deal).await.quote.expect("a quote").priced.totals.gross;
        let discount = round_money(whole * Decimal::new(share, 5));
        w.must("wangmin", &deal, &[], typed(&w, &prices, fee, basis, discount)).await;
        let priced = w.case(&deal).await.quote.expect("a quote").priced;
        let t = &priced.totals;
        assert_eq!(priced.lines.iter().map(|l| l.amounts.gross).sum::<Decimal>(), t.gross);
        assert_eq!(whole - discount, t.gross, "no cent of the discount is lost");

        assert_eq!(b.open(&format!("/deals/{deal}/quote")).await, StatusCode::OK);
        let page = b.html.clone();
        let paper = printed(&mut b, &format!("/deals/{deal}/quote.pdf")).await;
        assert_eq!(b.open(&format!("/deals/{deal}/quote.xlsx")).await, StatusCode::OK);
        let sheet = cells(b.body.clone(), priced.lines.len());
        assert_eq!(b.open(&format!("/deals/{deal}/quote.json")).await, StatusCode::OK);
        let content: serde_json::Value = serde_json::from_slice(&b.body).expect("JSON");

        for (i, line) in priced.lines.iter().enumerate() {
            let amounts = [line.amounts.net, line.amounts.tax, line.amounts.gross].map(format_money);
            let row = format!("{}{}", format_rate(line.tax_rate), amounts.concat());
            assert!(paper.contains(&row), "line {}: {row} is not on the paper: {paper}", i + 1);
            assert_eq!(sheet[i], amounts, "line {}", i + 1);
            let json = ["net", "tax", "gross"].map(|f| content["lines"][i][f].as_str().unwrap_or_default().to_owned());
            assert_eq!(json, amounts, "line {}", i + 1);
            if line.requirement_line.is_some() {
                let shown = format!("id=\"live-{}-gross\">{}<", i + 1, amounts[2]);
                assert!(page.contains(&shown), "{shown} is not on the page");
            }
        }
        for rate in &t.by_rate {
            let [net, tax, gross] = [rate.net, rate.tax, rate.gross].map(format_money);
            let rate = format_rate(rate.rate);
            assert!(paper.contains(&format!("{rate}{net}{tax}{gross}")), "{rate}: {paper}");
            let cell = |text: &str| format!("<td class=\"num\">{text}</td>");
            let row = format!("<th scope=\"row\">{rate}</th>{}{}{}", cell(&net), cell(&tax), cell(&gross));
            assert!(page.contains(&row), "{row} is not on the page");
        }
        let totals = [t.net, t.tax, t.gross].map(format_money);
        assert!(paper.contains(&format!("合计{}{}¥{}", totals[0], totals[1], totals[2])), "{totals:?}: {paper}");
        assert_eq!(sheet.last(), Some(&totals));
        for (field, total) in ["net", "tax", "gross"].into_iter().zip(&totals) {
            assert_eq!(content["totals"][field].as_str(), Some(total.as_str()));
            assert!(page.contains(&format!("<i>¥</i>{total}</span>")), "{field} {total}");
        }
    }
}
