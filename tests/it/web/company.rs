//! The selling company's data: on the page, on paper, in the history; a logo that is a picture
//! and nothing else.

use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use axum::http::StatusCode;

/// One red dot.
const PNG: &str = "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082";
const SVG: &[u8] = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'><path fill='#c00' d='M0 0h8v8z'/></svg>";

async fn admin(w: &World) -> Browser {
    let mut b = Browser::at(w).await;
    b.sign_in("admin").await;
    b.open("/settings/company").await;
    b
}

#[tokio::test]
async fn company_data_stand_on_paper_and_in_the_history() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteApproved, &Plan::default()).await;
    let mut b = admin(&w).await;
    assert_eq!(b.faults(), Vec::<String>::new());
    b.set("company_name", "").set("company_account", "six hundred");
    b.submit("/settings/company").await;
    assert_eq!(b.status, StatusCode::UNPROCESSABLE_ENTITY);
    b.set("company_name", "启明达装备有限公司").set("company_tax_no", "91320505MA1QMD0001");
    b.set("company_bank", "工商银行苏州分行")
        .set("company_account", "1102 0304 0506")
        .set("company_address", "苏州市工业园区 1 号");
    b.attach("company_logo", "logo.svg", SVG);
    b.submit("/settings/company").await;
    assert_eq!(b.status, StatusCode::OK, "{}", b.text());
    let letterhead = w.app.letterhead().await.expect("readable");
    assert_eq!(letterhead.name, "启明达装备有限公司");
    assert_eq!(letterhead.account.as_deref(), Some("1102 0304 0506"));
    assert_eq!(b.open("/settings/company/logo").await, StatusCode::OK);
    assert_eq!(b.headers["content-type"], "image/svg+xml");
    assert!(b.headers["content-security-policy"].to_str().is_ok_and(|policy| policy.contains("sandbox")));

    let mut rep = b.another();
    rep.sign_in("wangmin").await;
    assert_eq!(rep.open(&format!("/deals/{deal}/quote.pdf")).await, StatusCode::OK);
    assert!(rep.body.starts_with(b"%PDF-"), "the logo can be set");
    assert_eq!(rep.open("/settings/company").await, StatusCode::FORBIDDEN);

    let kinds: Vec<(String,)> = sqlx::query_as("SELECT payload->>'fields' FROM event WHERE kind = 'company_saved'")
        .fetch_all(&mut w.database.owner_connection().await)
        .await
        .expect("readable");
    assert_eq!(kinds.len(), 1);
    for field in ["company_name", "company_account", "company_logo"] {
        assert!(kinds[0].0.contains(field), "{field}: {}", kinds[0].0);
    }
    // The history says which of them changed.
    b.open("/settings/history").await;
    assert!(b.sees("开户行、账号、标志") && b.sees("税号"), "{}", b.text());
    assert!(!b.sees("字段"), "{}", b.text());
    let mut conn = w.app.db.read().await.expect("a connection");
    let audit = kuaidan::store::events::verify(&mut conn).await.expect("readable");
    assert!(matches!(audit, kuaidan::store::events::Audit::Whole { .. }), "{audit:?}");
}

#[tokio::test]
async fn a_logo_is_a_whole_picture_and_runs_nothing() {
    let w = World::new().await;
    let mut b = admin(&w).await;
    let cut = hex::decode(&PNG[..60]).expect("hex");
    for (name, content) in [
        ("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec()),
        ("logo.svg", b"<svg><script>alert(1)</script></svg>".to_vec()),
        ("logo.png", b"<html>logo.png</html>".to_vec()),
        ("logo.png", cut),
        ("logo.svg", b"<svg".to_vec()),
        ("logo.png", vec![0x89; 300_000]),
    ] {
        b.open("/settings/company").await;
        b.attach("company_logo", name, &content);
        b.submit("/settings/company").await;
        assert_eq!(b.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}: {}", b.text());
    }
    assert_eq!(b.open("/settings/company/logo").await, StatusCode::NOT_FOUND);
    b.open("/settings/company").await;
    b.attach("company_logo", "logo.png", &hex::decode(PNG).expect("hex"));
    b.submit("/settings/company").await;
    assert_eq!(b.open("/settings/company/logo").await, StatusCode::OK, "a real one is taken");
    b.open("/settings/company").await;
    b.set("remove_logo", "yes");
    b.submit("/settings/company").await;
    assert_eq!(b.open("/settings/company/logo").await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_was_slower_is_told() {
    let w = World::new().await;
    let mut first = admin(&w).await;
    let mut second = first.another();
    second.sign_in("admin").await;
    second.open("/settings/company").await;
    first.set("company_phone", "0512-6000 0000");
    first.submit("/settings/company").await;
    second.set("company_phone", "0512-6000 0001");
    second.submit("/settings/company").await;
    assert_eq!(second.status, StatusCode::CONFLICT);
    assert_eq!(w.app.letterhead().await.expect("readable").phone.as_deref(), Some("0512-6000 0000"));
}
