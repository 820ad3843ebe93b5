//! What the administrator can look up: what happened to the company, and which links are open to customers.

use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use crate::public::link;
use axum::http::StatusCode;
use kuaidan::domain::link::LinkPurpose;
use kuaidan::store::company_log::{self, Happened};

#[tokio::test]
async fn the_companys_history_tells_the_newest_first_and_page_by_page() {
    let w = World::new().await;
    w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let first = Browser::at(&w).await;
    let mut rep = first.another();
    rep.sign_in("wangmin").await;
    for _ in 0..51 {
        rep.open("/deals").await;
        assert_eq!(rep.choose("/lists/export", "format", "csv").await, StatusCode::OK);
    }
    assert_eq!(rep.open("/settings/history").await, StatusCode::FORBIDDEN);
    let mut admin = first.another();
    admin.sign_in("admin").await;
    admin.open("/settings/history").await;
    assert_eq!((admin.status, admin.faults()), (StatusCode::OK, Vec::new()));
    let lines = admin.words_of("section[aria-labelledby=log] tbody tr");
    assert_eq!(lines.len(), 50);
    assert!(lines[0].contains("王敏") && lines[0].contains("导出业务单列表"), "{}", lines[0]);
    let older = admin.hrefs("a[rel=next]").swap_remove(0);
    admin.open(&older).await;
    assert!(!admin.words_of("section[aria-labelledby=log] tbody tr").is_empty(), "{}", admin.text());
    assert_eq!(admin.hrefs("a[rel=prev]"), ["/settings/history"]);
    // The check stays where it was, with its answer above the same lines.
    admin.open("/settings/history").await;
    admin.submit("/settings/verify").await;
    assert!(admin.sees("记录完整"), "{}", admin.text());
    assert_eq!(admin.words_of("section[aria-labelledby=log] tbody tr").len(), 50);
}

#[tokio::test]
async fn every_event_of_the_company_has_its_sentence() {
    let w = World::new().await;
    let mut owner = w.database.owner_connection().await;
    // One of each kind that other tests make step by step, as they are stored.
    let kept: [(&str, serde_json::Value); 10] = [
        ("新增产品 KD-1", serde_json::json!({"kind": "product_added", "product": uuid::Uuid::nil(), "code": "KD-1"})),
        (
            "放弃价目表",
            serde_json::json!({"kind": "price_draft_discarded", "list": uuid::Uuid::nil(), "version_no": 2}),
        ),
        (
            "停用价目表",
            serde_json::json!({"kind": "price_list_retired", "list": uuid::Uuid::nil(), "reason": "不再使用"}),
        ),
        (
            "调整 KD-1 库存 -2，调整后 8：盘亏",
            serde_json::json!({"kind": "stock_adjusted", "product": uuid::Uuid::nil(), "code": "KD-1", "quantity": "-2", "on_hand": "8", "reason": "盘亏"}),
        ),
        (
            "李强 委托给 王敏 的审批提前结束",
            serde_json::json!({"kind": "delegation_ended", "delegator": {"id": uuid::Uuid::nil(), "name": "李强"}, "delegate": {"id": uuid::Uuid::nil(), "name": "王敏"}}),
        ),
        ("发布审批规则第 3 版", serde_json::json!({"kind": "rules_published", "version_no": 3, "from": "2026-10-01"})),
        ("放弃工作日历第 2 版草稿", serde_json::json!({"kind": "calendar_discarded", "version_no": 2})),
        ("修改公司资料", serde_json::json!({"kind": "company_saved", "fields": ["company_name", "company_logo"]})),
        ("重发了一条", serde_json::json!({"kind": "message_asked_again", "message": uuid::Uuid::nil()})),
        ("的登录", serde_json::json!({"kind": "sessions_ended", "person": w.id("wangmin"), "count": 1})),
    ];
    sqlx::raw_sql("ALTER TABLE event DISABLE TRIGGER USER").execute(&mut owner).await.expect("unguarded");
    for (at, (_, payload)) in kept.iter().enumerate() {
        sqlx::query(
            "INSERT INTO event (stream_kind, stream_id, seq, kind, payload, actor_id, at, request_id, prev_hash, hash)
             VALUES ('company', $1, 1, $2, $3, $4, now(), $1, decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex'))",
        )
        .bind(uuid::Uuid::from_u128(1000 + at as u128))
        .bind(payload["kind"].as_str())
        .bind(payload)
        .bind(w.id("admin").0)
        .execute(&mut owner)
        .await
        .expect("kept");
    }
    let mut conn = w.app.db.read().await.expect("a connection");
    let found = company_log::newest(&mut conn, None, 10).await.expect("every kind is read");
    assert!(found.iter().all(|line| !matches!(line.happened, Happened::Other(_))), "{found:?}");
    drop(conn);
    let mut admin = Browser::at(&w).await;
    admin.sign_in("admin").await;
    admin.open("/settings/history").await;
    for (words, _) in kept {
        assert!(admin.sees(words), "{words}: {}", admin.text());
    }
}

#[tokio::test]
async fn links_in_use_are_listed_and_taken_back_by_those_who_may() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteSent, &Plan::default()).await;
    let page = link(&w, &deal, LinkPurpose::Quote).await;
    let token = page.rsplit('/').next().expect("a token").to_owned();
    let first = Browser::at(&w).await;
    let mut customer = first.another();
    assert_eq!(customer.open(&page).await, StatusCode::OK);
    for (login, revokes) in [("admin", false), ("liujianguo", false), ("liqiang", true), ("chenjing", true)] {
        let mut b = first.another();
        b.sign_in(login).await;
        b.open("/settings/links").await;
        assert_eq!((b.status, b.faults()), (StatusCode::OK, Vec::new()), "{login}");
        let lines = b.words_of("tbody tr");
        assert_eq!(lines.len(), 1, "{login}: {}", b.text());
        assert!(lines[0].contains(&deal) && lines[0].contains("王敏") && lines[0].contains("1 次"), "{}", lines[0]);
        assert!(!b.html.contains(&token), "{login} reads no token");
        assert_eq!(b.html.contains("/links/revoke"), revokes, "{login}");
        assert!(!b.sees("苏州星辰"), "{login}: nothing of the customer");
    }
    for login in ["wangmin", "zhaoxue", "zhoukai"] {
        let mut b = first.another();
        b.sign_in(login).await;
        assert_eq!(b.open("/settings/links").await, StatusCode::FORBIDDEN, "{login}");
    }
    let mut manager = first.another();
    manager.sign_in("liqiang").await;
    manager.open("/settings/links").await;
    manager.submit("/links/revoke").await;
    assert_eq!((manager.status, manager.path.as_str()), (StatusCode::OK, "/settings/links"));
    assert!(manager.words_of("tbody tr").is_empty(), "{}", manager.text());
    assert_ne!(customer.open(&page).await, StatusCode::OK, "it opens nothing from now on");
}
