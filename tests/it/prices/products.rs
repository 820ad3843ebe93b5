//! Products as a spreadsheet: out, changed, in again as a dry run, and written as a whole.

use crate::harness::browser::Browser;
use crate::harness::world::World;
use axum::http::StatusCode;
use calamine::{Reader, Xlsx, open_workbook_from_rs};
use kuaidan::store::events::{self, Audit};
use kuaidan::store::products;
use rust_decimal::dec;
use std::io::Cursor;

const PAGE: &str = "/prices/import-products";
const HEADS: &str = "产品编码,中文名称,英文名称,类别,规格,单位,税率,交货周期（天）,备库存,在售\n";

async fn finance(w: &World) -> Browser {
    let mut b = Browser::at(w).await;
    b.sign_in("wufang").await;
    b
}

async fn upload(b: &mut Browser, name: &str, content: &[u8]) -> StatusCode {
    b.open(PAGE).await;
    b.attach("file", name, content);
    b.submit("/import-products").await
}

async fn version(w: &World, code: &str) -> Option<(String, i32)> {
    let mut conn = w.app.db.read().await.expect("a connection");
    products::by_code(&mut conn, code).await.expect("readable").map(|(p, version)| (p.name, version))
}

#[tokio::test]
async fn a_sheet_of_products_is_looked_at_and_written_as_a_whole() {
    let w = World::new().await;
    let mut b = finance(&w).await;
    let sheet = format!(
        "{HEADS}ｚｎ-100,智能白板,Smart board,标准品,100 寸 4K,台,13%,7,是,是\n\
         QM-65,65 英寸会议平板,65-inch meeting panel,,65 英寸 4K 触控,台,0.13,10,,\n\
         AZ-01,安装服务,Installation,服务,安装服务，标准配置,项,6,0,否,是\n"
    );
    assert_eq!(upload(&mut b, "产品.csv", sheet.as_bytes()).await, StatusCode::OK, "{}", b.text());
    assert!(b.sees("新增 1，修改 1，不变 1"), "{}", b.text());
    for said in ["ZN-100 智能白板", "100 寸 4K", "65 英寸会议平板，标准配置", "65 英寸 4K 触控", "15 10"]
    {
        assert!(b.sees(said), "{said}: {}", b.text());
    }
    assert_eq!(version(&w, "ZN-100").await, None, "looking writes nothing");
    assert_eq!(b.faults(), Vec::<String>::new());
    let page = b.path.clone();
    assert_eq!(b.submit(&page).await, StatusCode::OK, "{}", b.text());
    assert!(b.sees("写入产品库") && !b.html.contains("fingerprint"), "{}", b.text());
    let mut conn = w.app.db.read().await.expect("a connection");
    let (board, _) = products::by_code(&mut conn, "ZN-100").await.expect("readable").expect("it is there");
    assert_eq!((board.tax_rate, board.lead_days, board.is_stocked, board.on_hand), (dec!(0.13), 7, true, dec!(0)));
    let (panel, number) = products::by_code(&mut conn, "QM-65").await.expect("readable").expect("it is there");
    assert_eq!((panel.spec.as_str(), panel.lead_days, number), ("65 英寸 4K 触控", 10, 2));
    assert_eq!(version(&w, "AZ-01").await, Some(("安装服务".to_owned(), 1)), "what is the same stays untouched");
    assert!(matches!(events::verify(&mut conn).await.expect("readable"), Audit::Whole { .. }));
    drop(conn);
    // The search finds the new one, and the same sheet once more says so.
    b.open("/prices/products?q=znbb").await;
    assert!(b.sees("ZN-100"), "{}", b.text());
    assert_eq!(upload(&mut b, "产品.csv", sheet.as_bytes()).await, StatusCode::OK);
    assert!(b.sees("新增 0，修改 0，不变 3") && b.sees("没有差异"), "{}", b.text());
}

#[tokio::test]
async fn every_flaw_is_told_at_its_row_and_nothing_is_written() {
    let w = World::new().await;
    let mut b = finance(&w).await;
    let sheet = format!(
        "{HEADS}ZN-1,一,Board,标准品,x,台,13,7,是,是\n\
         ZN-2,白板二,Board,成品,x,打,17,7,是,是\n\
         ZN-3,白板三,Board,服务,x,项,6,-1,是,是\n\
         QM-65,65 英寸会议平板,65-inch meeting panel,服务,x,件,13,1.5,否,是\n\
         ZN-4,白板四,Board,标准品,x,台,13,7,是,是\n\
         zn-4,白板四,Board,标准品,x,台,13,7,是,是\n\
         -坏,白板五,Board,标准品,x,台,13,10^30,是,大概\n"
    );
    assert_eq!(upload(&mut b, "产品.csv", sheet.as_bytes()).await, StatusCode::OK, "{}", b.text());
    let text = b.text();
    for said in ["成品", "打", "17", "-1", "件", "1.5", "与第 6 行重复", "-坏"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(!b.html.contains("fingerprint"), "nothing to write");
    for code in ["ZN-1", "ZN-2", "ZN-3", "ZN-4"] {
        assert_eq!(version(&w, code).await, None, "{code}");
    }
    assert_eq!(version(&w, "QM-65").await.map(|(_, v)| v), Some(1));
    // Missing headings, a file that is none, and people who do not keep products.
    assert_eq!(upload(&mut b, "x.csv", "产品编码,规格\nA-1,x\n".as_bytes()).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(b.sees("英文名称"), "{}", b.text());
    b.open(PAGE).await;
    assert_eq!(b.submit("/import-products").await, StatusCode::UNPROCESSABLE_ENTITY, "no file");
    for login in ["wangmin", "chenjing", "admin"] {
        let mut other = b.another();
        other.sign_in(login).await;
        assert_eq!(other.open(PAGE).await, StatusCode::FORBIDDEN, "{login}");
    }
}

#[tokio::test]
async fn what_goes_out_comes_in_unchanged_and_a_changed_product_is_shown_anew() {
    let w = World::new().await;
    let mut b = finance(&w).await;
    for (heads, language) in [("产品编码", "zh"), ("Product code", "en")] {
        w.app.choose_language(w.id("wufang"), language).await.expect("a language");
        assert_eq!(b.open("/files/products.xlsx").await, StatusCode::OK);
        let file = b.body.clone();
        let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(file.clone())).expect("a workbook");
        let range = book.worksheet_range_at(0).expect("a sheet").expect("readable");
        assert_eq!(range.rows().next().and_then(|r| r.first()).map(ToString::to_string).as_deref(), Some(heads));
        assert_eq!(range.rows().count(), 7, "six products and their headings");
        assert_eq!(upload(&mut b, "products.xlsx", &file).await, StatusCode::OK, "{}", b.text());
        assert!(!b.html.contains("fingerprint"), "nothing differs: {}", b.text());
    }
    w.app.choose_language(w.id("wufang"), "zh").await.expect("a language");
    let sheet = format!("{HEADS}QM-65,65 英寸会议平板,65-inch meeting panel,,旗舰款,台,13,15,,\n");
    assert_eq!(upload(&mut b, "产品.csv", sheet.as_bytes()).await, StatusCode::OK);
    let page = b.path.clone();
    let mut other = b.another();
    other.sign_in("wufang").await;
    other.open("/prices/products/QM-65").await;
    other.set("lead_days", "9");
    assert_eq!(other.submit("/QM-65").await, StatusCode::OK, "{}", other.text());
    assert_eq!(b.submit(&page).await, StatusCode::CONFLICT, "{}", b.text());
    assert!(b.sees("请再确认") && b.sees("9 15"), "{}", b.text());
    assert_eq!(b.submit(&page).await, StatusCode::OK, "{}", b.text());
    assert_eq!(version(&w, "QM-65").await.map(|(_, v)| v), Some(3));
}
