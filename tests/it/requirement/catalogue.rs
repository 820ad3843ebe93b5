//! A catalogue of thousands: the forms of requirement and change offer a part of it and read what is typed.

use super::{at_the_form, fill_head};
use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use axum::http::StatusCode;
use kuaidan::domain::ids::ProductId;
use kuaidan::domain::policy::VisibleTo;
use kuaidan::domain::search;
use kuaidan::store::products;
use sqlx::{AssertSqlSafe, raw_sql};

/// 3,000 more products, of which every tenth is no longer on sale.
async fn grow(world: &World) {
    raw_sql(
        "INSERT INTO product (id, code, name, name_en, kind, spec, unit, tax_rate, lead_days, is_stocked, is_on_sale, initials)
         SELECT gen_random_uuid(), 'PX-' || lpad(n::text, 5, '0'), '精密 轴承 ' || n || ' 型', 'Bearing ' || n, 'standard', '标准规格', '件', 0.13, 7, false,
            n % 10 <> 0, 'jmzc' || n || 'x' FROM generate_series(1, 3000) n",
    )
    .execute(&mut world.database.owner_connection().await)
    .await
    .expect("products");
}

async fn meant(world: &World, words: &[&str]) -> Vec<String> {
    let mut conn = world.app.db.read().await.expect("a connection");
    products::meant(&mut conn, words).await.expect("readable").into_iter().map(|p| p.code).collect()
}

fn options(b: &Browser) -> usize {
    let list = b.html.split("<datalist id=\"products\"").nth(1).expect("a list").split("</datalist>").next();
    list.expect("its end").matches("<option").count()
}

#[tokio::test]
async fn a_long_catalogue_is_offered_in_part_and_read_by_code_name_or_part() {
    let world = World::new().await;
    grow(&world).await;
    let (mut b, deal) = at_the_form(&world).await;
    assert!((50..=110).contains(&options(&b)), "{} of 3,000 are offered", options(&b));
    fill_head(&mut b);
    b.set("product#1", "ｐｘ－01234").set("quantity#1", "1");
    b.set("product#2", "精密轴承2345型").set("quantity#2", "2");
    b.set("product#3", "PX-00777 精密 轴承 777 型").set("quantity#3", "3");
    b.set("product#4", "承1999").set("quantity#4", "4");
    b.set("product#5", "bearing 2998").set("quantity#5", "5");
    b.set("match_kind#4", "exact").set("match_kind#5", "exact");
    assert_eq!(b.submit("/requirement").await, StatusCode::OK, "{}", b.text());
    let lines = world.case(&deal).await.requirement.expect("a requirement").content.lines;
    let codes: Vec<&str> = lines.iter().map(|l| l.product_code.as_str()).collect();
    assert_eq!(codes, ["PX-01234", "PX-02345", "PX-00777", "PX-01999", "PX-02998"]);
    assert!(b.sees("精密 轴承 2345 型"), "the name stands below the code: {}", b.text());

    b.set("product#1", "PX-01230").set("product#2", "轴承").set("product#3", "jmzc777x").set("product#4", "PX-9");
    assert_eq!(b.submit("/requirement").await, StatusCode::UNPROCESSABLE_ENTITY);
    for said in ["第 1 行 产品", "第 2 行 产品", "第 3 行 产品", "第 4 行 产品", "PX-0", "没有这个编码或名称"]
    {
        assert!(b.sees(said), "{said}: {}", b.text());
    }
    assert!(!b.sees("第 5 行 产品"), "{}", b.text());
    assert_eq!(b.faults(), Vec::<String>::new());
}

#[tokio::test]
async fn what_words_can_mean_is_few_and_holds_every_exact_one() {
    let world = World::new().await;
    grow(&world).await;
    assert_eq!(meant(&world, &["px-00042", " ", "65 英寸会议平板", "PX-00042"]).await, ["PX-00042", "QM-65"]);
    assert_eq!(meant(&world, &["精密轴承30型"]).await, ["PX-00030"], "off sale, but named whole");
    assert_eq!(meant(&world, &["轴承30 型"]).await, Vec::<String>::new(), "off sale and named in part");
    let few = meant(&world, &["轴承"]).await;
    assert_eq!(few.len(), 6, "as many as are told, and one more: {few:?}");
    // A whole code goes before all that begin with it.
    assert_eq!(meant(&world, &["PX-00001"]).await, ["PX-00001"]);
    assert_eq!(meant(&world, &["", "x", "%%", "__", "'", "轴\u{0}承", "轴\u{7}承"]).await, Vec::<String>::new());
    assert_eq!(meant(&world, &["轴承".repeat(100_000).as_str()]).await, Vec::<String>::new(), "no name is so long");
    assert_eq!(meant(&world, &["QM-65 65-inch meeting panel"]).await, ["QM-65"], "a code with its other name");
}

#[tokio::test]
async fn words_are_found_within_a_code_or_a_name_never_across_two() {
    let world = World::new().await;
    raw_sql(
        "INSERT INTO product (id, code, name, name_en, kind, spec, unit, tax_rate, lead_days, is_stocked, is_on_sale, initials)
         SELECT gen_random_uuid(), 'ZC-' || n || '1', '6204 支座 ' || n, 'Seat ' || n, 'standard', '标准规格', '件', 0.13, 7, false, true, '6204zz' || n
         FROM generate_series(1, 9) n
         UNION ALL SELECT gen_random_uuid(), 'ZZ-99', '深沟球轴承 16204', 'Ball bearing', 'standard', '标准规格', '件', 0.13, 7, false, true, 'sgqzc16204'",
    )
    .execute(&mut world.database.owner_connection().await)
    .await
    .expect("products");
    assert_eq!(meant(&world, &["16204"]).await, ["ZZ-99"]);
    let found = async |words: &str| -> Vec<String> {
        let mut conn = world.app.db.search().await.expect("a connection");
        let found = products::search(&mut conn, &search::wanted(words), None, 50).await.expect("readable");
        found.into_iter().map(|p| p.code).collect()
    };
    assert_eq!(found("16204").await, ["ZZ-99"]);
    assert_eq!(found("zz-99 深沟球轴承 16204").await, ["ZZ-99"], "as a list shows it");
    assert_eq!(found("深沟球 轴承16204").await, ["ZZ-99"]);
    assert_eq!(found("SGQZC").await, ["ZZ-99"]);
    assert_eq!(found("nothing 65").await, Vec::<String>::new());
    assert_eq!(found("ZC nothing").await, Vec::<String>::new(), "the beginning of codes is no code");
}

#[tokio::test]
async fn what_a_customer_had_is_offered_to_those_who_may_see_the_deal() {
    let world = World::new().await;
    grow(&world).await;
    let deal = world.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let customer = world.case(&deal).await.customer.id;
    let offered = async |to: VisibleTo| -> Vec<ProductId> {
        let mut conn = world.app.db.read().await.expect("a connection");
        products::offered(&mut conn, customer, to).await.expect("readable").into_iter().map(|p| p.id).collect()
    };
    let own = offered(VisibleTo::Own { person: world.id("wangmin") }).await;
    let of_others = offered(VisibleTo::Own { person: world.id("zhaoliu") }).await;
    let of_nobody = offered(VisibleTo::Nothing).await;
    let ordered = world.case(&deal).await.order.expect("an order").lines;
    let beyond: Vec<ProductId> = ordered.iter().filter_map(|l| l.product).filter(|p| !of_nobody.contains(p)).collect();
    assert!(!beyond.is_empty(), "what was ordered lies behind the beginning of the catalogue");
    assert!(beyond.iter().all(|p| own.contains(p) && !of_others.contains(p)));
}

#[tokio::test]
async fn a_cell_is_offered_what_is_typed() {
    let world = World::new().await;
    grow(&world).await;
    let mut b = Browser::at(&world).await;
    b.sign_in("wangmin").await;
    assert_eq!(b.open("/products?q=%E8%BD%B4%E6%89%BF%2029").await, StatusCode::OK);
    assert!(b.html.contains("PX-00029") && b.html.contains("精密 轴承 29 型 · 件"), "{}", b.html);
    assert!(!b.html.contains("PX-00290"), "no longer on sale: {}", b.html);
    assert!(b.html.matches("\"code\"").count() <= 20);
    // Twenty that are no longer sold stand before one that is.
    raw_sql("UPDATE product SET is_on_sale = false WHERE code < 'PX-00777' AND code LIKE 'PX-00%'")
        .execute(&mut world.database.owner_connection().await)
        .await
        .expect("taken off sale");
    b.open("/products?q=77").await;
    assert!(b.html.contains("PX-00777"), "{}", b.html);
    for nothing in ["/products", "/products?q=", "/products?q=%20%00"] {
        b.open(nothing).await;
        assert_eq!(b.html, "[]", "{nothing}");
    }
    for stranger in ["sunli", "hejun"] {
        let mut b = Browser::at(&world).await;
        b.sign_in(stranger).await;
        assert_eq!(b.open("/products?q=QM").await, StatusCode::FORBIDDEN, "{stranger}");
    }
}

#[tokio::test]
async fn a_change_names_another_product_and_keeps_what_is_no_longer_sold() {
    let world = World::new().await;
    grow(&world).await;
    let deal = world.deal_at(Stage::RequirementConfirmed, &Plan::default()).await;
    let first = world.case(&deal).await.requirement.expect("a requirement").content.lines;
    let former = first[0].product_code.clone();
    raw_sql(AssertSqlSafe(format!("UPDATE product SET is_on_sale = false WHERE code = '{former}'")))
        .execute(&mut world.database.owner_connection().await)
        .await
        .expect("taken off sale");
    let mut b = Browser::at(&world).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/changes/new")).await;
    assert!(options(&b) <= 110, "{} of 3,000 are offered", options(&b));
    assert!(b.html.contains(&format!("value=\"{former}\"")), "the code stands in the cell");
    b.set("requested_by", "李娜").set("channel", "phone").set("change_reason", "customer");
    b.set("product#1", "轴承");
    assert_eq!(b.submit("/changes/new").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(b.html.contains("value=\"轴承\"") && b.sees("PX-0"), "{}", b.text());
    b.set("product#1", "精密轴承11型").set("spec#1", "");
    assert_eq!(b.submit("/changes/new").await, StatusCode::OK, "{}", b.text());
    let drafted = world.case(&deal).await.change.expect("a change").content.lines;
    assert_eq!((drafted[0].product_code.as_str(), drafted[0].unit.as_str()), ("PX-00011", "件"));
    // What was ordered may stay, also when it is no longer on sale; a new line cannot take it up.
    b.open(&format!("/deals/{deal}/changes/new")).await;
    b.choose("/changes/new", "add_row", "1").await;
    let new = first.len() + 1;
    b.set("product#1", &former).set("spec#1", "").set("packaging#1", "木箱");
    b.set(&format!("product#{new}"), &former).set(&format!("quantity#{new}"), "1");
    assert_eq!(b.submit("/changes/new").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(b.sees("已停售") && b.faults().is_empty(), "{}", b.text());
    b.set(&format!("product#{new}"), "").set(&format!("quantity#{new}"), "");
    assert_eq!(b.submit("/changes/new").await, StatusCode::OK, "{}", b.text());
    let drafted = world.case(&deal).await.change.expect("a change").content.lines;
    assert_eq!(
        drafted.iter().map(|l| &l.product_code).collect::<Vec<_>>(),
        first.iter().map(|l| &l.product_code).collect::<Vec<_>>()
    );
}
