//! The search of the frame: what leads to what, and for whom.

use super::busy;
use crate::harness::browser::Browser;
use axum::http::StatusCode;
use kuaidan::jobs::{Did, fill_pinyin};
use sqlx::raw_sql;

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
async fn names_without_sound_get_it_from_the_job() {
    let (world, _) = busy().await;
    let mut owner = world.schema.owner_connection().await;
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
