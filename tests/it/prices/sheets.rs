//! Price lists as spreadsheets: out, changed, in again as a dry run, and into the draft as a whole.

use crate::harness::browser::Browser;
use crate::harness::world::World;
use axum::http::StatusCode;
use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use encoding_rs::GB18030;
use rust_xlsxwriter::Workbook;
use std::io::Cursor;

const LIST: &str = "/prices/lists/STD-2026";
const HEADS: [&str; 6] = ["产品编码", "起订量", "单价", "底价", "生效日", "截止日"];

async fn at(w: &World, login: &str) -> Browser {
    let mut b = Browser::at(w).await;
    b.sign_in(login).await;
    b
}

async fn upload(b: &mut Browser, name: &str, content: &[u8]) -> StatusCode {
    b.open(&format!("{LIST}/import")).await;
    b.attach("file", name, content);
    b.submit("/import").await
}

fn sheet(rows: &[(u32, [&str; 6])]) -> Vec<u8> {
    let mut book = Workbook::new();
    let page = book.add_worksheet();
    page.write_string(0, 0, "2026 年四季度调价").expect("a title");
    for (column, head) in (0_u16..).zip(HEADS) {
        page.write_string(1, column, head).expect("a heading");
    }
    for (row, cells) in rows {
        for (column, cell) in (0_u16..).zip(cells).filter(|(_, c)| !c.is_empty()) {
            page.write_string(*row, column, *cell).expect("a cell");
        }
    }
    book.save_to_buffer().expect("a file")
}

async fn drafts(w: &World) -> i64 {
    let mut owner = w.database.owner_connection().await;
    sqlx::query_scalar(
        "SELECT count(*) FROM price_draft d JOIN price_version v ON v.id = d.version_id WHERE v.status = 'draft'",
    )
    .fetch_one(&mut owner)
    .await
    .expect("a count")
}

#[tokio::test]
async fn a_sheet_is_looked_at_put_into_the_draft_and_published_by_somebody_else() {
    let w = World::new().await;
    w.at("09-17 11:00");
    let mut b = at(&w, "wufang").await;
    let rows = [
        (2, ["QM-65", "10", "8,199.00", "7000", "2026-10-01", ""]),
        (3, ["ｑｍ-86", "", "15999", "13000", "", ""]),
        (7, ["QM-98", "5", "28999.5", "26000", "2026/10/1", "2026年12月31日"]),
        (8, ["QM-65", "5", "", "", "2026-10-01", ""]),
    ];
    assert_eq!(upload(&mut b, "调价.xlsx", &sheet(&rows)).await, StatusCode::OK, "{}", b.text());
    let text = b.text();
    // The second row says what is in force already.
    assert!(text.contains("新增 1，改价或停用 2，不变 1"), "{text}");
    for said in ["8,299.00", "8,199.00", "28,999.50", "结束旧价"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert_eq!(drafts(&w).await, 0, "looking changes nothing");
    assert_eq!(b.submit(&b.path.clone()).await, StatusCode::OK, "{}", b.text());
    assert_eq!((b.path.as_str(), drafts(&w).await), (LIST, 3));
    assert!(b.text().contains("导入 调价.xlsx") && !b.html.contains("/publish\""), "{}", b.text());
    let mut director = at(&w, "chenjing").await;
    director.open(LIST).await;
    assert_eq!(director.submit("/publish").await, StatusCode::OK, "{}", director.text());
    assert!(director.sees("由 V2 结束：陈静"), "{}", director.text());
}

#[tokio::test]
async fn every_error_is_told_at_its_row_and_nothing_goes_in() {
    let w = World::new().await;
    w.at("09-17 11:00");
    let mut b = at(&w, "wufang").await;
    let csv = "产品编码,起订量,单价,底价,生效日,截止日\n\
        QM-65,10,6999.999999,7000,2026-10-01,\n\
        XX-9,1,10,9,,\n\
        QM-86,0,15999,13000,,\n\
        QM-86,1,10^30,13000,,\n\
        QM-98,1,29999,,2026-10-01,\n\
        QM-98,1,28999,26000,昨天,\n\
        QM-98,1,28999,26000,2026-12-31,2026-12-01\n\
        RM-PA66,1,23,20,2026-09-16,\n\
        RM-PA66,7,24,20,2026-10-01,\n\
        RM-PA66,7,25,20,2026-10-01,\n";
    let (encoded, ..) = GB18030.encode(csv);
    for (name, content) in [("价目.csv", csv.as_bytes().to_vec()), ("价目.csv", encoded.into_owned())] {
        assert_eq!(upload(&mut b, name, &content).await, StatusCode::OK, "{}", b.text());
        let text = b.text();
        for said in ["单价不能低于底价 7,000", "没有这个产品编码", "不能早于今天", "昨天", "10^30"]
        {
            assert!(text.contains(said), "{said}: {text}");
        }
        assert!(text.contains("第 10 行"), "the other row by the sheet's own number: {text}");
        assert!(!b.html.contains("fingerprint"), "nothing to put in");
    }
    assert_eq!(drafts(&w).await, 0);
    // Headings that lack a column, and people who do not draft.
    assert_eq!(upload(&mut b, "x.csv", "产品编码,单价\nQM-65,1\n".as_bytes()).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(b.text().contains("底价"), "{}", b.text());
    let mut rep = at(&w, "wangmin").await;
    assert_eq!(rep.open(&format!("{LIST}/import")).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_goes_out_comes_in_again_unchanged_and_a_changed_draft_is_shown_anew() {
    let w = World::new().await;
    w.at("09-17 11:00");
    let mut b = at(&w, "wufang").await;
    assert_eq!(b.open(&format!("{LIST}/prices.xlsx")).await, StatusCode::OK);
    let file = b.body.clone();
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(file.clone())).expect("a workbook");
    let range = book.worksheet_range_at(0).expect("a sheet").expect("readable");
    assert_eq!(range.rows().count(), 10, "nine prices and their heading");
    assert_eq!(
        range.get_value((1, 2)).and_then(|c| match c {
            Data::Float(f) => Some(f.to_string()),
            _ => None,
        }),
        Some("1200".to_owned())
    );
    assert_eq!(upload(&mut b, "导出.xlsx", &file).await, StatusCode::OK, "{}", b.text());
    assert!(b.text().contains("新增 0，改价或停用 0，不变 9") && b.text().contains("没有差异"), "{}", b.text());
    // Somebody saves a draft between the check and the click.
    let rows = [(2, ["QM-65", "10", "8100", "7000", "2026-10-01", ""])];
    assert_eq!(upload(&mut b, "调价.xlsx", &sheet(&rows)).await, StatusCode::OK);
    let page = b.path.clone();
    super::library::draft(&w, rust_decimal::dec!(8150), "2026-10-01").await;
    assert_eq!(b.submit(&page).await, StatusCode::CONFLICT, "{}", b.text());
    assert!(b.text().contains("请再确认") && b.text().contains("现有草稿会被整表替换"), "{}", b.text());
    assert_eq!(b.submit(&page).await, StatusCode::OK);
    assert!(b.text().contains("8,100.00") && !b.text().contains("8,150.00"), "{}", b.text());
    // A rep sees no floor in the sheet either.
    let mut rep = at(&w, "wangmin").await;
    assert_eq!(rep.open(&format!("{LIST}/prices.xlsx")).await, StatusCode::OK);
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(rep.body.clone())).expect("a workbook");
    let range = book.worksheet_range_at(0).expect("a sheet").expect("readable");
    let heads: Vec<String> = range.rows().next().expect("a heading").iter().map(ToString::to_string).collect();
    assert!(!heads.iter().any(|h| h == "底价"), "{heads:?}");
}

#[tokio::test]
async fn a_retired_list_prices_nothing_any_more_and_stays_readable() {
    let w = World::new().await;
    w.at("09-17 11:00");
    let mut finance = at(&w, "wufang").await;
    finance.open(LIST).await;
    assert!(!finance.html.contains("/retire\""), "{}", finance.text());
    let mut b = at(&w, "chenjing").await;
    b.open(LIST).await;
    b.set("retire_reason", "换");
    assert_eq!(b.submit("/retire").await, StatusCode::UNPROCESSABLE_ENTITY);
    b.open(LIST).await;
    b.set("retire_reason", "改用 2027 年价目表");
    assert_eq!(b.submit("/retire").await, StatusCode::OK, "{}", b.text());
    assert!(b.sees("已停用") && b.sees("陈静") && b.sees("8,299.00"), "{}", b.text());
    assert!(!b.html.contains("/retire\""));
    // No price any more: a line of it is a special price request.
    let plan = crate::harness::stages::Plan {
        lines: vec![("QM-65", rust_decimal::dec!(1), Some(rust_decimal::dec!(8000)))],
        ..Default::default()
    };
    let deal = w.deal_at(crate::harness::stages::Stage::QuoteDrafted, &plan).await;
    let quote = w.case(&deal).await.quote.expect("a quote");
    assert!(quote.priced.lines.iter().all(|l| l.policy.is_none()));
    let mut app = w.database.app_connection().await;
    let again = sqlx::query("UPDATE price_list SET status = 'published', retired_by = NULL, retired_at = NULL, retire_reason = NULL WHERE code = 'STD-2026'")
        .execute(&mut app)
        .await;
    assert!(again.is_err(), "it is not taken back");
}

#[tokio::test]
async fn columns_by_other_names_are_read_and_those_that_are_not_are_named() {
    let w = World::new().await;
    w.at("09-17 11:00");
    let mut b = at(&w, "wufang").await;
    let csv = "物料编码,起订量,单价,最低价,生效日期,截止日期,备注,审批人\nQM-86,1,14999,13000,2027-01-01,2027-01-31,促销,陈静\n";
    assert_eq!(upload(&mut b, "元旦.csv", csv.as_bytes()).await, StatusCode::OK, "{}", b.text());
    assert!(b.sees("2027年1月1日") && b.sees("2027年1月31日"), "{}", b.text());
    assert!(b.sees("这些列没有读取：备注、审批人"), "{}", b.text());
    // What we hand out ourselves is read as a whole.
    b.open(&format!("{LIST}/prices.xlsx")).await;
    let own = b.body.clone();
    upload(&mut b, "STD-2026.xlsx", &own).await;
    assert!(!b.sees("没有读取"), "{}", b.text());
    // Products, too.
    b.open("/prices/import-products").await;
    let csv = "货号,中文名称,英文名称,规格,单位,税率,交货周期（天）,颜色\nQM-70,七十寸屏,70-inch,4K 屏 70 英寸,台,13%,15,红\n";
    b.attach("file", "产品.csv", csv.as_bytes());
    b.submit("/import-products").await;
    assert!(b.sees("这些列没有读取：颜色"), "{}", b.text());
}

#[tokio::test]
async fn a_price_for_a_month_says_what_is_missing_after_it() {
    let w = World::new().await;
    w.at("09-17 11:00");
    let mut b = at(&w, "wufang").await;
    let gap = "2027年2月1日 起本价目表没有价格";
    let rows = [(2, ["QM-86", "1", "14999", "13000", "2027-01-01", "2027-01-31"])];
    assert_eq!(upload(&mut b, "元旦.xlsx", &sheet(&rows)).await, StatusCode::OK, "{}", b.text());
    assert!(b.sees(gap) && b.sees("QM-86"), "{}", b.text());
    assert_eq!(b.submit(&b.path.clone()).await, StatusCode::OK, "{}", b.text());
    // Who publishes reads it, too, with the price that ends.
    let mut director = at(&w, "chenjing").await;
    for b in [&mut b, &mut director] {
        b.open(LIST).await;
        assert!(b.sees(gap), "{}", b.text());
        let line = b.words_of("section[aria-labelledby=draft] tbody tr").remove(0);
        assert!(line.contains("15,999.00") && line.contains("14,999.00"), "{line}");
    }
    // With a row that goes on nothing is missing.
    let rows = [
        (2, ["QM-86", "1", "14999", "13000", "2027-01-01", "2027-01-31"]),
        (3, ["QM-86", "1", "15999", "13000", "2027-02-01", ""]),
    ];
    assert_eq!(upload(&mut b, "元旦.xlsx", &sheet(&rows)).await, StatusCode::OK, "{}", b.text());
    assert!(!b.sees("没有价格"), "{}", b.text());
    assert_eq!(b.submit(&b.path.clone()).await, StatusCode::OK, "{}", b.text());
    assert!(!b.sees("没有价格"), "{}", b.text());
}
