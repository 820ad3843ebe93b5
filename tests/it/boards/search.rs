//! The search of the frame: what leads to what, and for whom.

use super::busy;
use crate::delivery::{goods, order_of, some};
use crate::harness::browser::Browser;
use crate::harness::sample;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use axum::http::StatusCode;
use kuaidan::domain::delivery::{Arrangement, PickUp};
use kuaidan::domain::workflow::Command;
use kuaidan::jobs::{Did, fill_pinyin};
use rust_decimal::dec;
use sqlx::{AssertSqlSafe, raw_sql};

#[tokio::test]
async fn numbers_names_and_sounds_lead_to_what_they_name() {
    let (world, deals) = busy().await;
    let mut b = Browser::at(&world).await;
    b.sign_in("chenjing").await;
    let order = world.case(&deals[7]).await.order.expect("an order");
    let quote = world.case(&deals[5]).await.quote.expect("a quote");
    let shipment = order.shipments.first().expect("a shipment");
    let waybill = shipment.way.waybill_no.clone().expect("a waybill");
    for (typed, group, hit) in [
        ("星辰", "#found-customers", "苏州星辰云启科技有限公司"),
        ("szxc", "#found-customers", "苏州星辰云启科技有限公司"),
        ("sz", "#found-customers", "苏州星辰云启科技有限公司"),
        ("XINGCHEN", "#found-deals", deals[8].as_str()),
        ("13800138000", "#found-customers", "苏州星辰云启科技有限公司"),
        ("8000", "#found-customers", "苏州星辰云启科技有限公司"),
        ("QM-6", "#found-products", "QM-65"),
        ("hypb", "#found-products", "QM-65"),
        ("会议平板", "#found-products", "QM-86"),
        ("会议室", "#found-deals", deals[10].as_str()),
        (quote.no.as_str(), "#found-quotes", quote.no.as_str()),
        ("BJ-20260917", "#found-quotes", quote.no.as_str()),
        ("FH-2026", "#found-shipments", shipment.no.as_str()),
        (waybill.as_str(), "#found-shipments", waybill.as_str()),
        ("20260917", "#found-orders", order.no.as_str()),
    ] {
        b.open(&format!(
            "/search?{}",
            form_urlencoded::Serializer::new(String::new()).append_pair("q", typed).finish()
        ))
        .await;
        assert_eq!(b.status, StatusCode::OK, "{typed}");
        let found = b.words_of(&format!("section[aria-labelledby={}] .hit", &group[1..]));
        assert!(
            found.iter().any(|words| words.contains(hit)) || found.len() == 8,
            "{typed}: {found:?} of {}",
            b.text()
        );
    }
    b.open(&format!("/search?q={}", deals[0])).await;
    assert_eq!(b.path, format!("/deals/{}/customer", deals[0]), "a whole number opens what it names");
    for odd in ["", "%25", "_", "%25%25%25", "%00", "%27%3B--", "%F0%9F%98%80", &"x".repeat(3000)] {
        assert_eq!(b.open(&format!("/search?q={odd}")).await, StatusCode::OK, "{odd}");
    }
    b.open("/search?q=%25").await;
    assert!(b.words_of(".hit").is_empty(), "a sign means itself: {}", b.text());
}

#[tokio::test]
async fn goods_that_wait_to_leave_are_found_like_those_that_left() {
    let world = World::new().await;
    let carried = world.deal_at(Stage::Packed, &Plan::default()).await;
    let fetched = world.deal_at(Stage::Packed, &Plan::default()).await;
    let way = sample::carried("德邦", "DPK2026091788");
    let pick_up = Arrangement {
        carrier: None,
        waybill_no: None,
        pick_up: Some(PickUp { name: "方晓".to_owned(), id_note: "身份证已核对".to_owned() }),
        deviation: Some("客户自己来取".to_owned()),
        ..*way.clone()
    };
    let mut numbers = Vec::new();
    for (deal, way) in [(&carried, way), (&fetched, Box::new(pick_up))] {
        let quantities = some(goods(&order_of(&world, deal).await), dec!(10));
        world.must("hejun", deal, &[], Command::ArrangeShipment { quantities, way }).await;
        let order = order_of(&world, deal).await;
        let shipment = order.shipments.first().expect("a shipment");
        assert!(shipment.shipped_at.is_none());
        numbers.push(shipment.no.clone());
    }
    let mut b = Browser::at(&world).await;
    b.sign_in("sunli").await;
    for (typed, hits) in [
        (numbers[0].as_str(), vec![0]),
        (numbers[1].as_str(), vec![1]),
        ("DPK2026091788", vec![0]),
        ("20260917", vec![0, 1]),
        ("2026", vec![0, 1]),
    ] {
        b.open(&format!("/search?q={typed}")).await;
        assert_eq!(b.status, StatusCode::OK, "{typed}");
        if b.path.ends_with("/delivery") {
            let deal = if hits == [0] { &carried } else { &fetched };
            assert_eq!(b.path, format!("/deals/{deal}/delivery"), "{typed}");
            continue;
        }
        let found = b.words_of("section[aria-labelledby=found-shipments] .hit");
        assert_eq!(found.len(), hits.len(), "{typed}: {}", b.text());
        for hit in hits {
            let way = ["德邦 DPK2026091788 · 待发货", "自提 · 待发货"][hit];
            assert!(found.iter().any(|f| f.contains(&numbers[hit]) && f.contains(way)), "{typed}: {found:?}");
        }
    }
}

#[tokio::test]
async fn a_telephone_leads_only_those_who_may_see_contacts() {
    let (world, _) = busy().await;
    let browser = Browser::at(&world).await;
    for (login, finds) in [
        ("wangmin", true),
        ("liqiang", true),
        ("chenjing", true),
        ("zhengwei", false),
        ("sunli", false),
        ("hejun", false),
        ("admin", false),
    ] {
        let mut b = browser.another();
        b.sign_in(login).await;
        for typed in ["13800138000", "8000", "138001"] {
            b.open(&format!("/search?q={typed}")).await;
            assert_eq!(!b.words_of(".hit").is_empty(), finds, "{login} {typed}: {}", b.text());
            if login != "admin" {
                b.open(&format!("/deals?status=all&q={typed}")).await;
                assert_eq!(!b.deals().is_empty(), finds, "{login} {typed} in the list");
            }
        }
    }
}

#[tokio::test]
async fn places_and_short_names_are_found_as_people_say_them() {
    let world = World::new().await;
    let owner = world.id("wangmin");
    let names = [
        ("重庆渝峰精密机械有限公司", "渝峰机械"),
        ("厦门鹭江设计院有限公司", "鹭江设计"),
        ("武汉长江光电有限公司", "长江光电"),
        ("苏州宏泰精工有限公司", "宏泰精工"),
        ("中国建设银行苏州分行", "建行苏州"),
    ];
    let rows: Vec<String> =
        (1..).zip(names).map(|(n, (legal, short))| format!("({n}, '{legal}', '{short}')")).collect();
    // Heard as they were before words were known.
    let batch = format!(
        "ALTER TABLE customer DISABLE TRIGGER USER;
         INSERT INTO customer (id, customer_no, version, status, is_credit_hold, is_blacklisted, is_inactive, owner_id, legal_name, short_name, grade, credit_limit, credit_days,
            opening_order_count, opening_total, created_at, updated_at)
         SELECT gen_random_uuid(), 'KH2026' || lpad((91000 + n)::text, 5, '0'), 1, 'draft', false, false, false, '{owner}', legal, short, 'C', 0, 0, 0, 0, now(), now()
         FROM (VALUES {}) AS named (n, legal, short);
         ALTER TABLE customer ENABLE TRIGGER USER",
        rows.join(", ")
    );
    let mut conn = world.database.owner_connection().await;
    raw_sql(AssertSqlSafe(batch)).execute(&mut conn).await.expect("filled");
    assert_eq!(fill_pinyin(&world.app).await.expect("done"), Did::Worked);
    let mut b = Browser::at(&world).await;
    b.sign_in("wangmin").await;
    for (typed, at) in [
        ("chongqing", 0),
        ("cqyf", 0),
        ("cq", 0),
        ("xiamen", 1),
        ("lj", 1),
        ("changjiangguangdian", 2),
        ("cjgd", 2),
        ("cj", 2),
        ("ht", 3),
        ("yinhang", 4),
    ] {
        for path in ["/search", "/customers"] {
            b.open(&format!("{path}?q={typed}")).await;
            assert!(b.sees(names[at].0), "{path} {typed}: {}", b.text());
        }
    }
}

#[tokio::test]
async fn names_without_sound_get_it_from_the_job() {
    let (world, _) = busy().await;
    let mut owner = world.database.owner_connection().await;
    raw_sql("UPDATE customer SET pinyin = NULL").execute(&mut owner).await.expect("done");
    let mut b = Browser::at(&world).await;
    b.sign_in("chenjing").await;
    b.open("/search?q=szxcyq").await;
    assert!(b.words_of(".hit").is_empty());
    assert_eq!(fill_pinyin(&world.app).await.expect("done"), Did::Worked);
    assert_eq!(fill_pinyin(&world.app).await.expect("done"), Did::Idle);
    b.open("/search?q=szxcyq").await;
    assert!(!b.words_of(".hit").is_empty());
}

/// The address that looks for the word that all these archives share.
fn found(path: &str, more: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("q", "星辰").finish();
    format!("{path}?{query}{more}")
}

#[tokio::test]
async fn nobodys_own_deals_are_lost_among_those_of_the_company() {
    let (world, deals) = busy().await;
    // 600 archives with the same word, each with a newer deal without an order, of somebody else.
    let other = world.id("zhaoliu");
    let batch = format!(
        "ALTER TABLE deal DISABLE TRIGGER USER; ALTER TABLE customer DISABLE TRIGGER USER;
         INSERT INTO customer (id, customer_no, version, status, is_credit_hold, is_blacklisted, is_inactive, owner_id, legal_name, grade, credit_limit, credit_days,
            opening_order_count, opening_total, created_at, updated_at, pinyin)
         SELECT gen_random_uuid(), 'KH2026' || lpad((90000 + n)::text, 5, '0'), 1, 'draft', false, false, false, '{other}', '星辰' || n, 'C', 0, 0, 0, 0, '2027-01-01', '2027-01-01', ''
         FROM generate_series(1, 600) n;
         INSERT INTO deal (id, no, version, customer_id, owner_id, kind, source, title, status, step, opened_at, is_urgent, step_entered_at, calendar_version, turn_role,
            progress, updated_at)
         SELECT gen_random_uuid(), 'CD-20270101-' || right(c.customer_no, 3), 1, c.id, '{other}', 'new', 'other', '询价', 'open', 'quote', '2027-01-01', false, '2027-01-01', 'x',
            'sales_rep', 0, '2027-01-01' FROM customer c WHERE c.legal_name LIKE '星辰%';
         ALTER TABLE deal ENABLE TRIGGER USER; ALTER TABLE customer ENABLE TRIGGER USER"
    );
    let mut owner = world.database.owner_connection().await;
    raw_sql(AssertSqlSafe(batch)).execute(&mut owner).await.expect("filled");
    let browser = Browser::at(&world).await;
    let mut b = browser.another();
    b.sign_in("wangmin").await;
    b.open(&found("/search", "")).await;
    for group in ["customers", "deals", "orders"] {
        let hits = b.words_of(&format!("section[aria-labelledby=found-{group}] .hit"));
        assert!(!hits.is_empty(), "{group}: {}", b.text());
    }
    b.open(&found("/deals", "")).await;
    let own: Vec<String> = deals[..9].to_vec();
    assert_eq!(b.deals(), own, "{}", b.text());
    b.open(&found("/deals", "")).await;
    b.choose("/lists/export", "format", "csv").await;
    let file = String::from_utf8_lossy(&b.body).into_owned();
    assert!(own.iter().all(|no| file.contains(no.as_str())), "{file}");
    // Who sees all of them is told that there are more, and finds the orders beside the newer deals.
    let mut director = browser.another();
    director.sign_in("chenjing").await;
    director.open(&found("/deals", "")).await;
    assert!(director.sees("500+"), "{}", director.text());
    director.open(&found("/deals", "&step=delivery")).await;
    assert!(director.deals().contains(&deals[6]), "the other filters come before the cut: {}", director.text());
    director.open(&found("/search", "")).await;
    assert!(!director.words_of("section[aria-labelledby=found-orders] .hit").is_empty(), "{}", director.text());
}
