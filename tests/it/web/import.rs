//! Importing customers as people do it: upload, look at the dry run, correct, import; and the
//! files that are refused.

use crate::harness::browser::Browser;
use crate::harness::sample;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use axum::http::StatusCode;
use encoding_rs::GB18030;
use kuaidan::app::MergeSide;
use kuaidan::domain::customer::{Customer, CustomerStatus, Grade, Industry};
use kuaidan::domain::workflow::{Command, Event};
use kuaidan::store::events;
use kuaidan::web::import::dry_run;
use kuaidan::wording::Lang;
use rust_decimal::dec;
use rust_xlsxwriter::{Format, Workbook};
use std::time::Instant;

const HEAD: [&str; 16] = [
    "客户全称",
    "统一社会信用代码",
    "客户简称",
    "所属行业",
    "成立时间",
    "员工人数",
    "归属业务员",
    "客户等级",
    "期初合作次数",
    "期初累计采购金额（元）",
    "联系人1 姓名",
    "联系人1 职务",
    "联系人1 主/备",
    "联系人1 角色",
    "联系人1 手机",
    "联系人1 邮箱",
];

fn code(number: u32) -> String {
    sample::fresh_code(&format!("KH2026{:05}", number + 1))
}

/// A row without flaws; its number makes name and code its own.
fn good(number: u32) -> Vec<String> {
    let letter = |offset: u32| char::from_u32(0x4E00 + (number * 7 + offset) % 9000).expect("a character");
    [
        format!("{}{}{}精密机械有限公司", letter(1), letter(2000), letter(4001)),
        code(number),
        String::new(),
        "制造业".to_owned(),
        "2018年4月16日".to_owned(),
        "１８０".to_owned(),
        "王敏".to_owned(),
        "B".to_owned(),
        "6".to_owned(),
        "486,000.00".to_owned(),
        "李娜".to_owned(),
        "采购总监".to_owned(),
        "主联系人".to_owned(),
        "决策人、使用者".to_owned(),
        "138 0013 8000".to_owned(),
        "li.na@example.com".to_owned(),
    ]
    .to_vec()
}

fn book(rows: &[(u32, Vec<String>)]) -> Workbook {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, head) in (0_u16..).zip(head()) {
        sheet.write_string(0, column, &head).expect("a cell");
    }
    for (row, cells) in rows {
        for (column, cell) in (0_u16..).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            sheet.write_string(*row, column, cell).expect("a cell");
        }
    }
    book
}

/// The label of rank comes from the wording.
fn head() -> Vec<String> {
    let rank = format!("联系人1 {}", Lang::Zh.field("rank"));
    let roles = format!("联系人1 {}", Lang::Zh.field("roles"));
    HEAD.iter()
        .map(|h| match *h {
            "联系人1 主/备" => rank.clone(),
            "联系人1 角色" => roles.clone(),
            other => other.to_owned(),
        })
        .collect()
}

fn file(rows: &[(u32, Vec<String>)]) -> Vec<u8> {
    book(rows).save_to_buffer().expect("a file")
}

async fn upload(b: &mut Browser, name: &str, content: &[u8]) -> StatusCode {
    b.open("/customers/import").await;
    b.attach("file", name, content);
    b.submit("/customers/import").await
}

async fn at_import(world: &World, login: &str) -> Browser {
    let mut b = Browser::at(world).await;
    b.sign_in(login).await;
    b
}

async fn customers(world: &World) -> i64 {
    let mut owner = world.database.owner_connection().await;
    sqlx::query_scalar("SELECT count(*) FROM customer").fetch_one(&mut owner).await.expect("a count")
}

#[tokio::test]
async fn a_manager_imports_a_file_and_the_archives_are_drafts() {
    let world = World::new().await;
    let mut b = at_import(&world, "liqiang").await;
    let status = upload(&mut b, "客户.xlsx", &file(&[(1, good(1)), (2, good(2)), (8, good(3))])).await;
    assert_eq!((status, b.faults()), (StatusCode::OK, vec![]), "{}", b.text());
    assert!(b.path.starts_with("/customers/import/") && customers(&world).await == 0, "{}", b.text());
    let page = b.path.clone();
    b.submit(&page).await;
    assert!(b.sees("已导入") && b.sees("KH202600001") && b.sees("KH202600003"), "{}", b.text());
    let customer = world.customer("KH202600001").await.customer;
    assert_eq!((customer.status, customer.grade, customer.version), (CustomerStatus::Draft, Grade::B, 1));
    assert_eq!((customer.opening_order_count, customer.opening_total), (6, dec!(486000.00)));
    assert_eq!(customer.owner, world.id("wangmin"));
    let p = &customer.profile;
    assert_eq!(
        (p.industry, p.employee_count, p.founded_on.map(|d| d.to_string())),
        (Some(Industry::C), Some(180), Some("2018-04-16".to_owned()))
    );
    assert_eq!(p.contacts[0].mobile.as_deref(), Some("13800138000"));
    assert_eq!(p.contacts[0].roles.len(), 2);
    // The history is whole and says it once for the company.
    let mut conn = world.app.db.read().await.expect("a connection");
    assert!(matches!(events::verify(&mut conn).await.expect("verified"), events::Audit::Whole { .. }));
    let told = events::latest(&mut conn, events::Stream::Company(uuid::Uuid::nil()), 5).await.expect("read");
    assert!(matches!(&told[0].event, Event::CustomersImported { added: 3, updated: 0, unchanged: 0, .. }), "{told:?}");
    drop(conn);
    // The next number goes on after them, and a second look imports nothing more.
    b.open(&page).await;
    assert!(b.sees("导入结果") && !b.sees("立即导入"));
    assert_eq!(customers(&world).await, 3);
    b.open("/customers/import").await;
    assert!(b.sees("客户.xlsx") && b.sees("李强"));
}

#[tokio::test]
async fn every_error_is_told_with_row_column_value_and_what_to_do() {
    let world = World::new().await;
    let mut rows: Vec<(u32, Vec<String>)> = (1..=70).map(|n| (n, good(n))).collect();
    rows.remove(30); // row 32 of the sheet is blank
    rows[0].1[1] = "91320505PDY00002XN".to_owned();
    rows[0].1[14] = "12800138000".to_owned();
    rows.iter_mut().find(|(row, _)| *row == 56).expect("row 57").1[4] = "2018-13-01".to_owned();
    rows.iter_mut().find(|(row, _)| *row == 57).expect("row 58").1[6] = "孙丽".to_owned();
    rows.iter_mut().find(|(row, _)| *row == 58).expect("row 59").1[6] = "无此人".to_owned();
    let last = rows.len() - 1;
    rows[last].1[3] = "火星业".to_owned();
    rows[last - 1].1[1] = rows[last - 2].1[1].clone();
    let mut b = at_import(&world, "liqiang").await;
    upload(&mut b, "客户.xlsx", &file(&rows)).await;
    let text = b.text();
    for wanted in [
        "校验位应为 P",
        "91320505PDY00002XN",
        "12800138000",
        "2018-13-01",
        "不是业务人员",
        "无此人",
        "火星业",
        "与第 69 行的统一社会信用代码相同",
        "下载错误行",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    for row in [2, 57, 58, 59, 71] {
        assert!(b.html.contains(&format!("<td class=\"num\">{row}</td>")), "row {row}: {text}");
    }
    assert!(!b.sees("立即导入"), "nothing is imported while a row fails");
    let failing = format!("{}/failing", b.path.replace("/customers/import", "/files/import"));
    let status = b.open(&failing).await;
    assert!(status == StatusCode::OK && b.html.starts_with("PK"), "{status}");
    assert_eq!(customers(&world).await, 0);
}

#[tokio::test]
async fn cells_that_lost_their_value_are_told() {
    let world = World::new().await;
    let mut book = book(&[(1, good(1)), (2, good(2)), (3, good(3)), (4, good(4))]);
    let sheet = book.worksheet_from_index(0).expect("the sheet");
    sheet.write_number(1, 1, 913_205_050_000_000_000_f64).expect("a cell");
    sheet.merge_range(2, 6, 3, 6, "王敏", &Format::new()).expect("merged");
    let content = book.save_to_buffer().expect("a file");
    let mut b = at_import(&world, "chenjing").await;
    upload(&mut b, "客户.xlsx", &content).await;
    for wanted in ["科学计数", "合并单元格，值在 G3"] {
        assert!(b.sees(wanted), "{wanted}: {}", b.text());
    }
}

#[tokio::test]
async fn a_known_code_updates_and_what_changed_meanwhile_is_shown_again() {
    let world = World::new().await;
    let deal = world.deal_at(Stage::Archived, &Plan::default()).await;
    let no = world.case(&deal).await.customer.no;
    let before = world.customer(&no).await.customer;
    let mut row = vec![String::new(); HEAD.len()];
    row[0] = format!("{}新名", before.profile.legal_name);
    row[1] = sample::CODE.to_owned();
    row[8] = "12".to_owned();
    let same = vec![before.profile.legal_name.clone(), sample::CODE.to_owned()];
    let mut b = at_import(&world, "liqiang").await;
    upload(&mut b, "无变化.xlsx", &file(&[(1, same)])).await;
    assert!(b.sees("没有需要导入的内容"), "{}", b.text());
    upload(&mut b, "更新.xlsx", &file(&[(1, row), (2, good(40))])).await;
    assert!(b.sees("新名") && b.sees("期初合作次数"), "{}", b.text());
    let page = b.path.clone();
    // Somebody edits the archive between the look and the button.
    let mut profile = before.profile.clone();
    profile.carrier_wish = Some("顺丰".to_owned());
    world.must_on_customer("wangmin", &no, &[], Command::SaveCustomer(Box::new(profile))).await;
    assert_eq!(b.submit(&page).await, StatusCode::CONFLICT, "{}", b.text());
    assert!(b.sees("尚未导入") && customers(&world).await == 1);
    b.submit(&page).await;
    assert!(b.sees("已导入"), "{}", b.text());
    let after = world.customer(&no).await.customer;
    assert_eq!(after.status, CustomerStatus::PendingConfirmation, "a key field changed");
    assert_eq!((after.opening_order_count, after.profile.carrier_wish.as_deref()), (12, Some("顺丰")));
    assert_eq!(after.profile.contacts, before.profile.contacts, "blank cells leave people alone");
    assert_eq!(after.version, before.version + 2);
    assert_eq!(customers(&world).await, 2);
    let mut conn = world.app.db.read().await.expect("a connection");
    assert!(matches!(events::verify(&mut conn).await.expect("verified"), events::Audit::Whole { .. }));
}

#[tokio::test]
async fn a_row_with_the_code_of_a_merged_archive_is_shown_the_one_that_stays() {
    let world = World::new().await;
    let mut numbers = Vec::new();
    for _ in 0..2 {
        let deal = world.deal_at(Stage::Archived, &Plan::default()).await;
        numbers.push(world.case(&deal).await.customer);
    }
    let [goes, stays] = numbers.as_slice() else { panic!("two archives") };
    let side = |c: &Customer| (c.no.clone(), c.version);
    let ((goes_no, goes_version), (stays_no, stays_version)) = (side(goes), side(stays));
    let keep = MergeSide { no: &stays_no, version: stays_version };
    let end = MergeSide { no: &goes_no, version: goes_version };
    let actor = world.actor("liqiang");
    Box::pin(world.app.merge_customers(&world.by(&actor, &[], None), keep, end)).await.expect("merged");
    let mut row = good(1);
    row[1] = goes.profile.uscc.as_ref().expect("a code").as_str().to_owned();
    let mut b = at_import(&world, "liqiang").await;
    upload(&mut b, "旧代码.xlsx", &file(&[(1, row)])).await;
    assert!(b.sees(&stays_no) && !b.sees("立即导入"), "{}", b.text());
}

#[tokio::test]
async fn text_files_in_gb18030_and_utf_8_are_taken() {
    let world = World::new().await;
    let mut b = at_import(&world, "zhaoxue").await;
    let mut row = good(1);
    row[7] = String::new(); // grades are the manager's
    let quoted = |cells: &[String]| cells.iter().map(|c| format!("\"{c}\"")).collect::<Vec<_>>().join(",");
    let text = format!("{}\r\n{}\r\n", quoted(&head()), quoted(&row));
    for content in
        [GB18030.encode(&text).0.into_owned(), text.clone().into_bytes(), format!("\u{feff}{text}").into_bytes()]
    {
        upload(&mut b, "客户.csv", &content).await;
        assert!(b.sees("精密机械有限公司") && b.sees("立即导入"), "{}", b.text());
    }
    row[7] = "A".to_owned();
    upload(&mut b, "客户.csv", format!("{}\n{}\n", quoted(&head()), quoted(&row)).as_bytes()).await;
    assert!(b.sees("客户等级只能由销售主管或总监设定"), "{}", b.text());
}

#[tokio::test]
async fn files_that_are_no_spreadsheets_get_a_clear_sentence() {
    let world = World::new().await;
    let mut b = at_import(&world, "liqiang").await;
    let old: Vec<u8> = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1].into_iter().chain([0; 600]).collect();
    for (content, wanted) in [
        (old, "另存为 .xlsx"),
        (b"<html><body><table></table></body></html>".to_vec(), "网页文件"),
        (b"%PDF-1.7".to_vec(), "不是 xlsx 或 csv"),
        (b"a,b\n1,2\n".to_vec(), "找不到标题行"),
        ("客户全称,信用代码,客户简称\n甲,1,\n".as_bytes().to_vec(), "不认识的列：信用代码"),
        ("统一社会信用代码,客户简称\n1,2\n".as_bytes().to_vec(), "缺少必需的列：客户全称"),
        ("客户全称,客户简称\n".as_bytes().to_vec(), "没有可导入的数据行"),
    ] {
        let status = upload(&mut b, "客户.xlsx", &content).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wanted}");
        assert!(b.sees(wanted), "{wanted}: {}", b.text());
        assert_eq!(b.faults(), Vec::<String>::new());
    }
    b.open("/customers/import").await;
    b.submit("/customers/import").await;
    assert!(b.status == StatusCode::UNPROCESSABLE_ENTITY && b.sees("请选择要上传的表格文件"));
}

#[tokio::test]
async fn the_template_can_be_sent_back_and_only_sales_leads_import() {
    let world = World::new().await;
    let mut b = at_import(&world, "liqiang").await;
    b.open("/files/import/template").await;
    assert!(b.html.starts_with("PK"));
    for login in ["wangmin", "sunli", "admin", "wufang"] {
        let mut other = b.another();
        other.sign_in(login).await;
        for path in ["/customers/import", "/files/import/template"] {
            assert_eq!(other.open(path).await, StatusCode::FORBIDDEN, "{login} {path}");
        }
    }
    // Another team's run is not there for a manager who has no part in it.
    upload(&mut b, "客户.xlsx", &file(&[(1, good(1))])).await;
    let page = b.path.clone();
    let mut rep = b.another();
    rep.sign_in("wangmin").await;
    assert_eq!(rep.open(&page).await, StatusCode::NOT_FOUND);
    let mut director = b.another();
    director.sign_in("chenjing").await;
    assert_eq!(director.open(&page).await, StatusCode::OK);
}

#[tokio::test]
async fn ten_thousand_rows_are_checked_and_imported_in_one_go() {
    let world = World::new().await;
    let rows: Vec<(u32, Vec<String>)> = (1..=10_000).map(|n| (n, good(n))).collect();
    let content = file(&rows);
    let actor = world.actor("liqiang");
    let start = Instant::now();
    let dry = dry_run::check(&world.app, &actor, Lang::Zh, content.clone()).await.expect("checked").expect("read");
    let checked = start.elapsed();
    assert_eq!((dry.rows.len(), dry.counts.failing), (10_000, 0), "{:?}", dry.rows.iter().find(|r| r.ready.is_none()));
    let by = world.by(&actor, &[], None);
    let kept = world.app.keep_import(&by, "客户.xlsx", &content, dry.counts).await.expect("kept");
    let id = kept.then().rsplit('/').next().and_then(|id| uuid::Uuid::parse_str(id).ok()).expect("a run");
    let start = Instant::now();
    let rows = dry.ready().expect("no row fails");
    world.app.import_customers(&by, id.into(), &rows).await.expect("imported");
    println!("10,000 rows: dry run {checked:?}, import {:?}", start.elapsed());
    assert_eq!(customers(&world).await, 10_000);
}
