//! The line grid without any script: typed products, pastes with their errors, 500 and 501 lines.

use super::{at_the_form, fill_head};
use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use axum::http::StatusCode;
use rust_decimal::dec;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// A sheet of `count` rows behind its header; some rows are spoiled.
fn sheet(count: usize, spoil: &[(usize, &str)]) -> String {
    let mut text = String::from("产品编码\t规格型号\t数量(台)\t单位\t包装要求\t备注\n");
    for number in 2..=count + 1 {
        match spoil.iter().find(|(row, _)| *row == number) {
            Some((_, row)) => text.push_str(row),
            None => {
                let _ = write!(text, "QM-65\t\t１,{number:03}\t台\t原厂包装\t第 {number} 行");
            }
        }
        text.push('\n');
    }
    text
}

/// The product cell of a row that says this.
fn product_cell(code: &str) -> String {
    format!("list=\"products\" value=\"{code}\"")
}

async fn paste(b: &mut Browser, text: &str) -> StatusCode {
    b.set("paste", text);
    b.choose("/requirement", "paste_rows", "1").await
}

#[tokio::test]
async fn a_typed_code_or_name_is_resolved_and_an_unknown_one_is_told() {
    let world = World::new().await;
    let (mut b, deal) = at_the_form(&world).await;
    fill_head(&mut b);
    b.set("product#1", "qm-65").set("quantity#1", "２").set("product#2", "会议平板").set("quantity#2", "1");
    b.set("product#3", "ZZ-99").set("quantity#3", "1");
    assert_eq!(b.submit("/requirement").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(b.sees("第 2 行 产品") && b.sees("QM-65, QM-86, QM-98"), "{}", b.text());
    assert!(b.sees("第 3 行 产品") && b.sees("没有这个编码或名称"), "{}", b.text());
    assert!(b.html.contains("value=\"会议平板\"") && b.html.contains("value=\"ZZ-99\""), "what was typed is kept");
    b.set("product#2", "安装服务").set("product#3", "98 英寸会议平板");
    assert_eq!(b.submit("/requirement").await, StatusCode::OK, "{}", b.text());
    let lines = world.case(&deal).await.requirement.unwrap().content.lines;
    assert_eq!(lines.iter().map(|l| l.product_code.as_str()).collect::<Vec<_>>(), ["QM-65", "AZ-01", "QM-98"]);
    assert_eq!((lines[0].quantity, lines[0].unit.as_str()), (dec!(2), "台"));
    assert!(b.html.contains(&product_cell("QM-98")), "the saved draft shows the code");
}

#[tokio::test]
async fn units_dates_and_quantities_of_a_line_are_checked() {
    let world = World::new().await;
    let (mut b, _) = at_the_form(&world).await;
    fill_head(&mut b);
    b.set("product#1", "QM-65").set("quantity#1", "1.5").set("unit#1", "箱").set("line_date#1", "2026/9/1");
    b.set("product#2", "RM-PA66").set("quantity#2", "0").set("match_kind#2", "substitute");
    b.set("product#3", "DZ-01").set("quantity#3", "1").set("kind#3", "standard");
    assert_eq!(b.submit("/requirement").await, StatusCode::UNPROCESSABLE_ENTITY);
    for told in [
        "第 1 行 单位：该产品按“台”销售",
        "第 1 行 行要求日期",
        "第 2 行 数量",
        "第 2 行 备注",
        "第 3 行 产品：本行类别与产品不符",
    ] {
        assert!(b.sees(told), "{told}: {}", b.text());
    }
    b.set("quantity#1", "1.5")
        .set("unit#1", "")
        .set("line_date#1", "2026/10/30")
        .set("quantity#2", "0.5")
        .set("note#2", "客户李娜邮件同意");
    b.set("kind#3", "").set("spec#3", "600×800×2000 mm 钢板");
    assert_eq!(b.submit("/requirement").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(b.sees("第 1 行 数量"), "pieces are counted: {}", b.text());
    b.set("quantity#1", "3");
    assert_eq!(b.submit("/requirement").await, StatusCode::OK, "{}", b.text());
}

#[tokio::test]
async fn a_paste_with_errors_names_the_rows_of_the_sheet_and_loses_nothing() {
    let world = World::new().await;
    let (mut b, deal) = at_the_form(&world).await;
    fill_head(&mut b);
    let spoiled =
        [(2, "QM-65\t\t很多\t台\t\t"), (57, "QM-65\t65寸触控\t1.5\t台\t\t急件"), (121, "没有的产品\t\t3\t\t\t")];
    assert_eq!(paste(&mut b, &sheet(120, &spoiled)).await, StatusCode::UNPROCESSABLE_ENTITY);
    for told in ["粘贴内容第 2 行 数量", "粘贴内容第 57 行 数量", "粘贴内容第 121 行 产品"] {
        assert!(b.sees(told), "{told}: {}", b.text());
    }
    assert_eq!(b.text().matches("粘贴内容第").count(), 3, "all errors at once and no others");
    for kept in ["value=\"很多\"", "value=\"急件\"", "value=\"没有的产品\"", "新办公区 10 间会议室使用"]
    {
        assert!(b.html.contains(kept), "{kept} is kept");
    }
    assert!(world.case(&deal).await.requirement.is_none(), "nothing is saved by pasting");
    // Corrected, the rows are saved; an error found only then still names the sheet's row.
    b.set("quantity#1", "2").set("quantity#56", "-1").set("product#120", "QM-86");
    assert_eq!(b.submit("/requirement").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(b.sees("粘贴内容第 57 行 数量"), "{}", b.text());
    b.set("quantity#56", "4");
    assert_eq!(b.submit("/requirement").await, StatusCode::OK, "{}", b.text());
    let lines = world.case(&deal).await.requirement.unwrap().content.lines;
    assert_eq!((lines.len(), lines[1].quantity, lines[119].product_code.as_str()), (120, dec!(1003), "QM-86"));
    assert_eq!(lines[55].note.as_deref(), Some("急件"));
}

#[tokio::test]
async fn five_hundred_lines_are_taken_and_saved_quickly_and_one_more_is_not() {
    let world = World::new().await;
    let (mut b, deal) = at_the_form(&world).await;
    fill_head(&mut b);
    assert_eq!(paste(&mut b, &sheet(501, &[])).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(b.sees("500") && b.html.contains("第 150 行"), "the paste is still there: {}", b.text());
    fill_head(&mut b);
    assert_eq!(paste(&mut b, &sheet(500, &[])).await, StatusCode::OK, "{}", b.text());
    let started = Instant::now();
    let status = b.submit("/requirement").await;
    let taken = started.elapsed();
    assert_eq!(status, StatusCode::OK, "{}", b.text());
    assert_eq!(world.case(&deal).await.requirement.unwrap().content.lines.len(), 500);
    // The test parses and shows the page as well, in a debug build.
    assert!(taken < Duration::from_secs(20), "{taken:?}");
    eprintln!("500 lines: {taken:?} with the page that follows");
    // Row 501 typed below them.
    b.set("product#501", "QM-65").set("quantity#501", "1");
    for column in
        ["spec", "unit", "packaging", "note", "kind", "custom_name", "standard", "line_date", "line_id", "pasted"]
    {
        b.set(&format!("{column}#501"), "");
    }
    b.set("match_kind#501", "exact");
    assert_eq!(b.submit("/requirement").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(b.sees("500"), "{}", b.text());
    assert_eq!(world.case(&deal).await.requirement.unwrap().content.lines.len(), 500);
}

#[tokio::test]
async fn rows_come_and_go_without_losing_what_was_typed() {
    let world = World::new().await;
    let (mut b, deal) = at_the_form(&world).await;
    fill_head(&mut b);
    b.set("product#1", "QM-65").set("quantity#1", "1").set("product#2", "QM-86").set("quantity#2", "2");
    b.set("product#3", "AZ-01").set("quantity#3", "3");
    b.submit("/requirement").await;
    let before = world.case(&deal).await.requirement.unwrap().content.lines;
    b.set("note#3", "周末施工");
    assert_eq!(b.choose("/requirement", "remove_row", "2").await, StatusCode::OK);
    assert!(b.html.contains("value=\"周末施工\"") && !b.html.contains(&product_cell("QM-86")), "{}", b.text());
    assert_eq!(b.choose("/requirement", "add_row", "1").await, StatusCode::OK);
    b.set("product#3", "QM-98").set("quantity#3", "1");
    assert_eq!(b.submit("/requirement").await, StatusCode::OK, "{}", b.text());
    let after = world.case(&deal).await.requirement.unwrap().content.lines;
    assert_eq!([after[0].id, after[1].id], [before[0].id, before[2].id], "a line keeps its identity wherever it moves");
    assert!(!before.iter().any(|l| l.id == after[2].id));
}

#[tokio::test]
async fn the_answers_of_the_last_order_are_offered_and_taken_over_one_by_one() {
    let world = World::new().await;
    let first = world.deal_at(Stage::RequirementConfirmed, &Plan::default()).await;
    let no = world.case(&first).await.customer.no;
    let again = Plan { customer: Some(no), ..Plan::default() };
    let deal = world.deal_at(Stage::Archived, &again).await;
    let mut b = Browser::at(&world).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/requirement")).await;
    assert!(b.sees(&first) && b.sees("上一单：新办公室的会议室"), "{}", b.text());
    b.set("warranty", "两年上门").set("product#1", "QM-65");
    assert_eq!(b.choose("/requirement", "take", "purpose").await, StatusCode::OK);
    assert!(b.html.contains("新办公室的会议室和洽谈室</textarea>"), "{}", b.text());
    assert!(b.html.contains("value=\"两年上门\"") && b.html.contains(&product_cell("QM-65")), "the rest is kept");
    assert_eq!(b.choose("/requirement", "take", "ship_address").await, StatusCode::OK);
    assert!(b.html.contains("value=\"苏州工业园区星湖街 328 号\""));
}
