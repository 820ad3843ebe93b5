//! Stock: corrections, stock-takes, the take-over for an urgent order, and a ledger that sums up.

use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, moment};
use axum::http::StatusCode;
use encoding_rs::GB18030;
use kuaidan::domain::deal::{Urgency, UrgentReason};
use kuaidan::store::events::{self, Stream};
use rust_decimal::{Decimal, dec};
use rust_xlsxwriter::Workbook;
use sqlx::Row as _;

async fn balance(w: &World, code: &str) -> (Decimal, Decimal) {
    let mut owner = w.database.owner_connection().await;
    let row = sqlx::query(
        "SELECT s.on_hand, s.reserved FROM stock s JOIN product p ON p.id = s.product_id WHERE p.code = $1",
    )
    .bind(code)
    .fetch_one(&mut owner)
    .await
    .expect("a balance");
    (row.get(0), row.get(1))
}

/// Every product's ledger adds up to its balance.
async fn ledger_sums(w: &World) {
    let mut owner = w.database.owner_connection().await;
    let wrong: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM stock s LEFT JOIN LATERAL (SELECT sum(m.on_hand_change) AS on_hand, sum(m.reserved_change) AS reserved
            FROM stock_movement m WHERE m.product_id = s.product_id) l ON true
         WHERE s.on_hand <> COALESCE(l.on_hand, 0) OR s.reserved <> COALESCE(l.reserved, 0)",
    )
    .fetch_one(&mut owner)
    .await
    .expect("a count");
    assert_eq!(wrong, 0);
}

async fn at(w: &World, login: &str) -> Browser {
    let mut b = Browser::at(w).await;
    b.sign_in(login).await;
    b
}

#[tokio::test]
async fn the_warehouse_corrects_what_it_saw_with_a_reason_and_nobody_else_does() {
    let w = World::new().await;
    let _ = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let mut b = at(&w, "sunli").await;
    b.open("/stock/QM-65").await;
    b.set("stock_change", "-2").set("stock_reason", "破损两台，已报废");
    assert_eq!(b.submit("/stock/QM-65/adjust").await, StatusCode::OK);
    assert_eq!(balance(&w, "QM-65").await, (dec!(38), dec!(10)));
    assert!(b.text().contains("破损两台，已报废"), "{}", b.text());
    // Below what is reserved, without a reason, nothing at all: refused with all errors, input kept.
    for (change, reason, said) in [
        ("-29", "多记了二十九台", "已有 10 预留"),
        ("0", "没有变化也要写", "请填写"),
        ("1e30", "天文数字的库存", "数字"),
        ("5", "无", "至少 5"),
        ("0.5", "多出半台样机", "整数"),
    ] {
        b.open("/stock/QM-65").await;
        b.set("stock_change", change).set("stock_reason", reason);
        assert_eq!(b.submit("/stock/QM-65/adjust").await, StatusCode::UNPROCESSABLE_ENTITY, "{change}");
        assert!(b.text().contains(said), "{change}: {}", b.text());
    }
    // Somebody else was faster.
    let mut other = at(&w, "sunli").await;
    b.open("/stock/QM-65").await;
    other.open("/stock/QM-65").await;
    other.set("stock_change", "1").set("stock_reason", "找到一台样机");
    assert_eq!(other.submit("/stock/QM-65/adjust").await, StatusCode::OK);
    b.set("stock_change", "1").set("stock_reason", "找到一台样机");
    assert_eq!(b.submit("/stock/QM-65/adjust").await, StatusCode::CONFLICT);
    assert_eq!(balance(&w, "QM-65").await, (dec!(39), dec!(10)));
    let mut rep = at(&w, "wangmin").await;
    rep.open("/stock/QM-65").await;
    assert!(!rep.text().contains("登记调整"), "{}", rep.text());
    ledger_sums(&w).await;
}

fn sheet(rows: &[(u32, &str, &str)]) -> Vec<u8> {
    let mut book = Workbook::new();
    let page = book.add_worksheet();
    page.write_string(0, 0, "二〇二六年九月盘点").expect("a title");
    page.write_string(2, 0, "备注").expect("a heading");
    page.write_string(2, 1, "产品编码").expect("a heading");
    page.write_string(2, 2, "实盘数量").expect("a heading");
    for (row, code, counted) in rows {
        page.write_string(*row, 1, *code).expect("a cell");
        page.write_string(*row, 2, *counted).expect("a cell");
    }
    book.save_to_buffer().expect("a file")
}

async fn upload(b: &mut Browser, name: &str, content: &[u8]) -> StatusCode {
    b.open("/stock/count").await;
    b.attach("file", name, content);
    b.submit("/stock/count").await
}

#[tokio::test]
async fn a_stock_take_shows_the_differences_and_books_all_of_them() {
    let w = World::new().await;
    let mut b = at(&w, "sunli").await;
    let status =
        upload(&mut b, "盘点.xlsx", &sheet(&[(3, "QM-65", "38"), (4, "qm-86", "１０"), (9, "RM-PA66", "5,000.5")]))
            .await;
    assert_eq!(status, StatusCode::OK, "{}", b.text());
    assert_eq!(balance(&w, "QM-65").await, (dec!(40), dec!(0)), "nothing is booked by looking");
    let text = b.text();
    assert!(text.contains("共 3 行，差异 2 行") && text.contains("-2") && text.contains("+0.5"), "{text}");
    let path = b.path.clone();
    let (_, id) = path.rsplit_once('/').expect("an id");
    // Stock moves before the booking: shown anew, and booked only when confirmed again.
    let _ = w.deal_at(Stage::OrderConfirmed, &Plan { lines: vec![("QM-65", dec!(2), None)], ..Plan::default() }).await;
    let mut keeper = at(&w, "sunli").await;
    keeper.open("/stock/QM-65").await;
    keeper.set("stock_change", "-1").set("stock_reason", "借给展会一台");
    keeper.submit("/stock/QM-65/adjust").await;
    assert_eq!(b.submit(&format!("/stock/count/{id}")).await, StatusCode::CONFLICT);
    assert!(b.text().contains("请再确认"), "{}", b.text());
    assert_eq!(b.submit(&format!("/stock/count/{id}")).await, StatusCode::OK);
    assert_eq!((balance(&w, "QM-65").await, balance(&w, "RM-PA66").await.0), ((dec!(38), dec!(2)), dec!(5000.5)));
    assert!(b.text().contains("已于"), "{}", b.text());
    b.open("/stock/QM-65").await;
    assert!(b.text().contains("盘点 盘点.xlsx 第 4 行"), "{}", b.text());
    ledger_sums(&w).await;
}

#[tokio::test]
async fn one_bad_row_and_nothing_is_booked() {
    let w = World::new().await;
    let _ = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let mut b = at(&w, "sunli").await;
    let csv = "产品编码,实盘数量\nQM-65,9\nXX-1,3\nDZ-01,1\nQM-86,-1\nQM-98,\nRM-PA66,10^30\nQM-86,7\n";
    let (encoded, ..) = GB18030.encode(csv);
    assert_eq!(upload(&mut b, "盘点.csv", &encoded).await, StatusCode::OK, "{}", b.text());
    let text = b.text();
    for said in ["已预留的 10", "没有这个产品编码", "不做库存管理", "请填写", "与第 5 行重复", "处不能入账"]
    {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(!text.contains("按实盘调整"), "{text}");
    assert_eq!(balance(&w, "QM-65").await, (dec!(40), dec!(10)));
    let half = "产品编码,实盘数量\nQM-86,9.5\nRM-PA66,9.5\n";
    assert_eq!(upload(&mut b, "盘点.csv", half.as_bytes()).await, StatusCode::OK, "{}", b.text());
    assert!(b.sees("整数") && b.sees("1 处不能入账"), "{}", b.text());
    // A file without the columns is refused at once, and others may not come here at all.
    assert_eq!(upload(&mut b, "错.csv", "编码,数\n1,2\n".as_bytes()).await, StatusCode::UNPROCESSABLE_ENTITY);
    let mut rep = at(&w, "wangmin").await;
    assert_eq!(rep.open("/stock/count").await, StatusCode::FORBIDDEN);
}

fn urgent() -> Urgency {
    Urgency {
        reason: UrgentReason::Promotion,
        text: "国庆促销活动提前，门店必须在节前全部到货上架".to_owned(),
        needed_at: moment("09-22 10:00"),
    }
}

#[tokio::test]
async fn the_director_gives_a_reservation_to_an_urgent_order_and_the_other_rep_hears_of_it() {
    let w = World::new().await;
    let plan =
        |owner, quantity, urgency| Plan { owner, lines: vec![("QM-86", quantity, None)], urgency, ..Plan::default() };
    let first = w.deal_at(Stage::OrderConfirmed, &plan("zhaoliu", dec!(8), None)).await;
    let hot = w.deal_at(Stage::OrderConfirmed, &plan("wangmin", dec!(6), Some(urgent()))).await;
    let reserved = |case: &kuaidan::domain::workflow::Case| {
        case.order.iter().flat_map(|o| &o.lines).map(|l| l.reserved).sum::<Decimal>()
    };
    assert_eq!((reserved(&w.case(&first).await), reserved(&w.case(&hot).await)), (dec!(8), dec!(2)));
    let mut manager = at(&w, "liqiang").await;
    manager.open("/stock/QM-86").await;
    assert!(!manager.text().contains("挪用预留"), "{}", manager.text());
    let mut b = at(&w, "chenjing").await;
    b.open("/stock/QM-86").await;
    b.set("take_over_quantity", "5").set("take_over_reason", "促销门店已定档期");
    assert_eq!(b.submit("/take-over").await, StatusCode::CONFLICT, "one more than it lacks");
    assert!(b.text().contains("最多可挪用 4"), "{}", b.text());
    b.open("/stock/QM-86").await;
    b.set("take_over_quantity", "4").set("take_over_reason", "促销门店已定档期");
    assert_eq!(b.submit("/take-over").await, StatusCode::OK, "{}", b.text());
    let (giver, taker) = (w.case(&first).await, w.case(&hot).await);
    assert_eq!((reserved(&giver), reserved(&taker)), (dec!(4), dec!(6)));
    assert_eq!(balance(&w, "QM-86").await, (dec!(10), dec!(10)));
    ledger_sums(&w).await;
    let mut conn = w.app.db.read().await.expect("a connection");
    for (case, kind) in [(&giver, "stock_given_up"), (&taker, "stock_taken_over")] {
        let deal = case.deal.as_ref().expect("a deal");
        let told = events::latest(&mut conn, Stream::Deal(deal.id), 3).await.expect("readable");
        assert!(told.iter().any(|e| e.event.kind() == kind), "{kind}: {told:?}");
    }
    let owner = w.id("zhaoliu");
    let mut db = w.database.owner_connection().await;
    let heard: i64 =
        sqlx::query_scalar("SELECT count(*) FROM outbox WHERE recipient_id = $1 AND kind = 'stock_given_up'")
            .bind(owner.0)
            .fetch_one(&mut db)
            .await
            .expect("a count");
    assert_eq!(heard, 1);
}

#[tokio::test]
async fn the_database_moves_stock_with_its_ledger_only() {
    let w = World::new().await;
    let mut app = w.database.app_connection().await;
    let id = w.product("QM-86").id.0;
    let silent =
        sqlx::query("UPDATE stock SET on_hand = on_hand + 1 WHERE product_id = $1").bind(id).execute(&mut app).await;
    assert!(
        silent.expect_err("a row of the ledger is missing").to_string().contains("stock moves with its ledger only")
    );
    let row = "INSERT INTO stock_movement (id, product_id, kind, quantity, on_hand_after, reserved_after, at, reason) VALUES (gen_random_uuid(), $1, 'adjust', $2, $3, 0, now(), '多出一台')";
    let invented = sqlx::query(row).bind(id).bind(dec!(1)).bind(dec!(11)).execute(&mut app).await;
    assert!(invented.expect_err("the balance says ten").to_string().contains("differ"));
    let skewed = sqlx::query(row).bind(id).bind(dec!(1)).bind(dec!(10)).execute(&mut app).await;
    assert!(skewed.expect_err("ten and one is not ten").to_string().contains("does not follow"));
    let quiet = sqlx::query("INSERT INTO stock_movement (id, product_id, kind, quantity, on_hand_after, reserved_after, at) VALUES (gen_random_uuid(), $1, 'adjust', 1, 11, 0, now())")
        .bind(id)
        .execute(&mut app)
        .await;
    assert!(quiet.expect_err("without a reason").to_string().contains("adjusted_with_reason"));
}
