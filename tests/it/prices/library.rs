//! Products and lists through the pages, by the people who keep and publish them.

use crate::harness::browser::Browser;
use crate::harness::world::{World, day, told};
use axum::http::StatusCode;
use kuaidan::app::Failure;
use kuaidan::app::prices::Unchanged;
use kuaidan::domain::ids::ProductId;
use kuaidan::domain::library::{DraftRow, Edition, InForce, TierPrice, endings, flaws, gaps};
use kuaidan::domain::policy::DeniedWhy;
use kuaidan::store::events::{self, Audit};
use kuaidan::store::{price_library, products};
use rust_decimal::{Decimal, dec};
use sqlx::Connection;
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

const LIST: &str = "/prices/lists/STD-2026";

fn rows(w: &World, unit_price: Decimal, from: &str) -> Vec<DraftRow> {
    vec![DraftRow {
        id: w.app.ids.next(),
        product: w.product("QM-65").id,
        from_quantity: dec!(10),
        price: Some(TierPrice { unit_price, floor_price: dec!(7000) }),
        valid_from: day(from),
        valid_to: None,
    }]
}

/// Finance drafts a new price of QM-65 from 10 pieces on the standard list.
pub async fn draft(w: &World, unit_price: Decimal, from: &str) {
    let actor = w.actor("wufang");
    let by = w.by(&actor, &[], None);
    if let Err(e) = w.app.save_price_draft(&by, "STD-2026", 0, rows(w, unit_price, from), None).await {
        panic!("no draft: {e:?}");
    }
}

/// The director publishes the draft as it stands after one save.
pub async fn publish(w: &World) {
    let actor = w.actor("chenjing");
    if let Err(e) = w.app.publish_prices(&w.by(&actor, &[], None), "STD-2026", 2).await {
        panic!("not published: {e:?}");
    }
}

#[tokio::test]
async fn prices_are_drafted_by_finance_and_published_by_somebody_else() {
    let w = World::new().await;
    w.at("09-17 11:00");
    let mut wufang = Browser::at(&w).await;
    let mut chenjing = wufang.another();
    let mut wangmin = wufang.another();
    wufang.sign_in("wufang").await;
    assert!(wufang.html.contains("href=\"/prices\""), "the library is in the navigation");
    assert_eq!(wufang.open(&format!("{LIST}/draft")).await, StatusCode::OK);
    let fill = |b: &mut Browser, price: &str, floor: &str, from: &str| {
        b.set("product_code", "ｑｍ-65")
            .set("from_quantity", "10")
            .set("list_price", price)
            .set("floor_price", floor)
            .set("price_from", from);
    };
    fill(&mut wufang, "7000", "7000.000001", "2026-10-01");
    assert_eq!(wufang.submit("/draft").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wufang.sees("单价不能低于底价 7,000.000001"), "{}", wufang.text());
    fill(&mut wufang, "8199", "7000", "2026-09-16");
    assert_eq!(wufang.submit("/draft").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wufang.sees("不能早于今天"), "{}", wufang.text());
    fill(&mut wufang, "8199", "7000", "2026-10-01");
    assert_eq!(wufang.submit("/draft").await, StatusCode::OK, "{}", wufang.text());
    assert_eq!(wufang.path, LIST);
    assert!(wufang.sees("8,199.00") && wufang.sees("草稿"), "{}", wufang.text());
    assert!(!wufang.html.contains("/publish\""), "who drafts is not offered to publish");

    chenjing.sign_in("chenjing").await;
    chenjing.open(LIST).await;
    assert_eq!(chenjing.submit("/publish").await, StatusCode::OK, "{}", chenjing.text());
    assert!(chenjing.sees("吴芳 起草，陈静 于"), "{}", chenjing.text());
    assert!(chenjing.sees("由 V2 结束：陈静"), "the former price says what ended it: {}", chenjing.text());
    assert!(chenjing.sees("2026年9月30日") || chenjing.sees("2026-09-30"), "{}", chenjing.text());

    wangmin.sign_in("wangmin").await;
    assert_eq!(wangmin.open("/prices/products/QM-65").await, StatusCode::OK);
    assert!(wangmin.sees("8,199.00") && wangmin.sees("8,299.00"), "{}", wangmin.text());
    assert!(!wangmin.sees("7,000.00") && !wangmin.sees("底价"), "a rep sees no floor: {}", wangmin.text());
    assert_eq!(wangmin.open(&format!("{LIST}/draft")).await, StatusCode::FORBIDDEN);
    for (login, sees) in
        [("zhengwei", StatusCode::FORBIDDEN), ("admin", StatusCode::FORBIDDEN), ("hemin", StatusCode::OK)]
    {
        let mut b = wangmin.another();
        b.sign_in(login).await;
        assert_eq!(b.open("/prices").await, sees, "{login}");
    }

    // The history of the library is part of the chain.
    let mut conn = w.app.db.read().await.expect("a connection");
    assert!(matches!(events::verify(&mut conn).await.expect("readable"), Audit::Whole { .. }));
}

#[tokio::test]
async fn an_overlap_names_the_other_price() {
    let w = World::new().await;
    w.at("09-17 11:00");
    draft(&w, dec!(8199), "2026-11-01").await;
    publish(&w).await;
    let mut wufang = Browser::at(&w).await;
    wufang.sign_in("wufang").await;
    wufang.open(&format!("{LIST}/draft")).await;
    wufang.set("product_code", "QM-65").set("from_quantity", "10").set("list_price", "8250").set("floor_price", "7000");
    wufang.set("price_from", "2026-10-01");
    assert_eq!(wufang.submit("/draft").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wufang.sees("与已发布的价格重叠：QM-65，满 10") && wufang.sees("（V2）"), "{}", wufang.text());
    wufang.set("price_to", "2026-10-31");
    assert_eq!(wufang.submit("/draft").await, StatusCode::OK, "{}", wufang.text());
}

#[tokio::test]
async fn who_drafted_does_not_publish_and_nobody_publishes_what_changed_meanwhile() {
    let w = World::new().await;
    w.at("09-17 11:00");
    draft(&w, dec!(8199), "2026-10-01").await;
    let drafter = w.actor("wufang");
    let refused = w.app.publish_prices(&w.by(&drafter, &[], None), "STD-2026", 2).await;
    assert!(matches!(refused, Err(Unchanged::Failure(Failure::Denied(d))) if d.why == DeniedWhy::Role));
    let director = w.actor("chenjing");
    let stale = w.app.publish_prices(&w.by(&director, &[], None), "STD-2026", 1).await;
    assert!(matches!(stale, Err(Unchanged::Failure(Failure::Stale { .. }))), "{stale:?}");
    let rep = w.actor("wangmin");
    let no = w.app.save_price_draft(&w.by(&rep, &[], None), "STD-2026", 2, Vec::new(), None).await;
    assert!(matches!(no, Err(Unchanged::Failure(Failure::Denied(_)))));
    // A draft whose day has passed is not published.
    w.at("10-02 09:30");
    let late = w.app.publish_prices(&w.by(&director, &[], None), "STD-2026", 2).await;
    assert!(matches!(late, Err(Unchanged::Rows(_))), "{late:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_list_published_twice_at_once_is_published_once() {
    let w = Arc::new(World::new().await);
    w.at("09-17 11:00");
    draft(&w, dec!(8199), "2026-10-01").await;
    let mut both = tokio::task::JoinSet::new();
    for login in ["chenjing", "liujianguo"] {
        let w = Arc::clone(&w);
        both.spawn(async move {
            let actor = w.actor(login);
            w.app.publish_prices(&w.by(&actor, &[], None), "STD-2026", 2).await.is_ok()
        });
    }
    let done = both.join_all().await;
    assert_eq!(done.iter().filter(|ok| **ok).count(), 1, "{done:?}");
    let mut conn = w.app.db.read().await.expect("a connection");
    let list = price_library::list(&mut conn, "STD-2026").await.expect("readable").expect("known");
    assert_eq!(list.version_no, Some(2));
    let product = w.product("QM-65").id;
    let all = price_library::prices(&mut conn, Some(list.id), Some(product), None, 100).await.expect("readable");
    assert_eq!(all.iter().filter(|p| p.from_quantity == dec!(10)).count(), 2);
}

#[tokio::test]
async fn finance_keeps_the_products_and_everybody_in_sales_finds_them() {
    let w = World::new().await;
    let mut wufang = Browser::at(&w).await;
    wufang.sign_in("wufang").await;
    wufang.open("/prices/new-product").await;
    wufang
        .set("code", "zn-100")
        .set("line_kind", "standard")
        .set("product_unit", "台")
        .set("is_stocked", "yes")
        .set("product_name", "智能会议一体机")
        .set("product_name_en", "Smart meeting display")
        .set("tax_rate", "13")
        .set("lead_days", "7")
        .set("product_spec", "100 寸");
    assert_eq!(wufang.submit("/prices/products").await, StatusCode::OK, "{}", wufang.text());
    assert_eq!(wufang.path, "/prices/products/ZN-100");
    for wanted in ["znhy", "%E4%BC%9A%E8%AE%AE", "zn-1", "ZN-100", "display"] {
        let status = wufang.open(&format!("/prices/products?q={wanted}")).await;
        assert_eq!(status, StatusCode::OK);
        assert!(wufang.sees("ZN-100"), "{wanted}: {}", wufang.text());
    }
    wufang.open("/prices/products?q=%25").await;
    assert!(!wufang.sees("ZN-100"), "a percent sign means itself");
    wufang.open("/prices/products/ZN-100").await;
    let mut late = wufang.another();
    late.sign_in("wufang").await;
    late.open("/prices/products/ZN-100").await;
    wufang.set("lead_days", "9");
    assert_eq!(wufang.submit("/ZN-100").await, StatusCode::OK, "{}", wufang.text());
    late.set("lead_days", "11");
    assert_eq!(late.submit("/ZN-100").await, StatusCode::CONFLICT, "somebody was faster");
    // A code is given once.
    wufang.open("/prices/new-product").await;
    wufang.set("code", "ZN-100").set("line_kind", "service").set("product_unit", "项").set("is_stocked", "no");
    wufang.set("product_name", "另一个").set("product_name_en", "Other").set("lead_days", "0").set("product_spec", "x");
    assert_eq!(wufang.submit("/prices/products").await, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn an_agreement_is_seen_by_those_who_see_its_customer() {
    let w = World::new().await;
    let no = w.archived_customer().await;
    let customer = w.customer(&no).await.customer.id;
    let tier =
        kuaidan::domain::pricing::Tier { from_quantity: dec!(1), unit_price: dec!(8000), floor_price: dec!(7000) };
    let by = (w.id("wufang"), w.id("chenjing"));
    w.app
        .add_agreement(by, customer, w.product("QM-65").id, "XY-01", &tier, day("2026-09-18"))
        .await
        .unwrap_or_else(|e| panic!("{}", told(&e)));
    let mut b = Browser::at(&w).await;
    for (login, sees) in [("wangmin", true), ("liqiang", true), ("wufang", true), ("zhaoliu", false)] {
        b = b.another();
        b.sign_in(login).await;
        b.open("/prices").await;
        assert_eq!(b.sees("XY-01"), sees, "{login}");
        let expected = if sees { StatusCode::OK } else { StatusCode::NOT_FOUND };
        assert_eq!(b.open("/prices/lists/XY-01").await, expected, "{login}");
        b.open("/prices/products/QM-65").await;
        assert_eq!(b.sees("XY-01"), sees, "{login}");
    }
}

/// Four thousand products more: the search reads its index, whatever was typed.
#[tokio::test]
async fn a_search_among_many_products_reads_its_index() {
    let w = World::new().await;
    let mut owner = w.database.owner_connection().await;
    sqlx::raw_sql(
        "INSERT INTO product (id, code, name, name_en, kind, spec, unit, tax_rate, lead_days, is_stocked, is_on_sale, initials)
         SELECT gen_random_uuid(), 'P-' || n, '零件' || md5(n::text), 'Part', 'standard', 'x', '件', 0.13, 1, false, true, 'lj' FROM generate_series(1, 4000) AS n",
    )
    .execute(&mut owner)
    .await
    .expect("many products");
    sqlx::raw_sql("VACUUM ANALYZE product").execute(&mut owner).await.expect("statistics");
    for wanted in ["会议平板", "hypb", "qm-6", "3999"] {
        let q = products::search_query(wanted, None, 50);
        let sql = format!("EXPLAIN {}", q.sql().as_str());
        let mut tx = owner.begin().await.expect("a transaction");
        let plan: Vec<(String,)> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(wanted)
            .bind(format!("%{wanted}%"))
            .bind(50_i64)
            .bind(50_i64)
            .fetch_all(&mut *tx)
            .await
            .expect("a plan");
        let plan: String = plan.into_iter().map(|(line,)| line + "\n").collect();
        assert!(!plan.contains("Seq Scan on product"), "{wanted}:\n{plan}");
    }
    let mut conn = w.app.db.read().await.expect("a connection");
    let found = products::search(&mut conn, "hypb", None, 50).await.expect("found");
    assert_eq!(found.len(), 3, "the three panels by their initials");
}

#[test]
fn a_list_of_twenty_thousand_rows_is_judged_in_a_moment() {
    let product = |n: u128| ProductId(Uuid::from_u128(n));
    let row = |n: u128| DraftRow {
        id: Uuid::from_u128(n),
        product: product(n),
        from_quantity: Decimal::ONE,
        price: Some(TierPrice { unit_price: dec!(10), floor_price: dec!(9) }),
        valid_from: day("2026-10-01"),
        valid_to: Some(day("2026-12-31")),
    };
    let published = |n: u128| InForce {
        id: Uuid::from_u128(n << 32),
        product: product(n),
        product_code: format!("P-{n}"),
        from_quantity: Decimal::ONE,
        valid_from: day("2026-01-01"),
        valid_to: None,
        version_no: 1,
    };
    let rows: Vec<DraftRow> = (1..=20_000).map(row).collect();
    let in_force: Vec<InForce> = (1..=20_000).rev().map(published).collect();
    let began = Instant::now();
    assert!(flaws(&rows, &in_force, Edition::Later, day("2026-09-17")).is_empty());
    assert_eq!(endings(&rows, &in_force).len(), 20_000);
    assert_eq!(gaps(&rows, &in_force).len(), 20_000);
    // Row by row through everything that is published it was 400 million looks for each of the three.
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}
