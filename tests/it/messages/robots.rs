//! Chat robots and webhooks: their signatures, their forms, their limits, and that nothing else
//! is spoken to.

use super::servers::{AUTHORITY, WebServer};
use super::{channel, choose, record, robot_input, tell, work};
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use base64::Engine as _;
use chrono::TimeDelta;
use hmac::{Hmac, KeyInit, Mac};
use kuaidan::domain::message::{ChannelKind, Reach};
use sha2::Sha256;
use uuid::Uuid;

fn hmac(key: &[u8], message: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("a key").chain_update(message);
    base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes())
}

/// A group robot that 孙丽 listens to.
async fn group(kind: ChannelKind, path: &str, word: Option<&str>) -> (World, WebServer, Uuid) {
    let w = World::new().await;
    let server = WebServer::start().await;
    let id = channel(&w, robot_input(kind, format!("http://127.0.0.1:{}{path}", server.port), word)).await;
    choose(&w, "sunli", &Reach { robot: Some(id), window_minutes: 0, ..Reach::default() }).await;
    (w, server, id)
}

#[tokio::test]
async fn dingtalk_is_signed_with_the_time_and_tells_a_group_no_customer() {
    let (w, server, _) = group(ChannelKind::Dingtalk, "/robot/send?access_token=tok", Some("SECgeheim")).await;
    let no = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let case = w.case(&no).await;
    w.app.read_notices(w.id("sunli")).await.expect("read");
    tell(&w, "sunli", "record_picking", case.deal.as_ref().map(|d| d.id)).await;
    work(&w).await;
    let requests = server.requests();
    assert_eq!(requests.len(), 1, "{:?}", record(&w).await);
    let request = &requests[0];
    assert_eq!(request.query("access_token").as_deref(), Some("tok"));
    let at = request.query("timestamp").expect("a time");
    assert_eq!(at, w.now().timestamp_millis().to_string());
    assert_eq!(request.query("sign"), Some(hmac(b"SECgeheim", format!("{at}\nSECgeheim").as_bytes())));
    let body = request.json();
    assert_eq!(body["msgtype"], "markdown");
    let text = body["markdown"]["text"].as_str().expect("text");
    assert!(text.contains(&no) && text.contains("(https://kd.example/notices/"), "{text}");
    assert!(!request.body.contains(&case.customer.profile.legal_name) && !request.body.contains("SECgeheim"));
    assert_eq!(body["at"]["isAtAll"], false);
}

#[tokio::test]
async fn feishu_is_signed_in_its_body_and_wecom_by_its_address() {
    let (w, server, _) = group(ChannelKind::Feishu, "/open-apis/bot/v2/hook/x", Some("geheim")).await;
    tell(&w, "sunli", "record_picking", None).await;
    work(&w).await;
    let body = server.requests()[0].json();
    let at = body["timestamp"].as_str().expect("a time").to_owned();
    assert_eq!(at, w.now().timestamp().to_string());
    assert_eq!(body["sign"], hmac(format!("{at}\ngeheim").as_bytes(), b""));
    assert_eq!(body["msg_type"], "post");
    assert!(body["content"]["post"]["zh_cn"]["content"].as_array().is_some_and(|lines| lines.len() >= 3));

    let (w, server, _) = group(ChannelKind::Wecom, "/cgi-bin/webhook/send?key=k", None).await;
    tell(&w, "sunli", "record_picking", None).await;
    work(&w).await;
    let request = server.requests()[0].clone();
    assert_eq!(request.query("key").as_deref(), Some("k"));
    let body = request.json();
    assert_eq!(body["msgtype"], "text");
    assert!(body["text"]["content"].as_str().is_some_and(|text| text.len() <= 2_048 && text.contains("孙丽")));
}

#[tokio::test]
async fn a_webhook_can_be_verified_and_a_second_arrival_recognised() {
    let w = World::new().await;
    let server = WebServer::start_protected().await;
    let mut input =
        robot_input(ChannelKind::Webhook, format!("https://localhost:{}/in", server.port), Some("whsec_Z2VoZWlt"));
    input.settings.authority = Some(AUTHORITY.to_owned());
    let id = channel(&w, input).await;
    choose(&w, "sunli", &Reach { robot: Some(id), window_minutes: 0, ..Reach::default() }).await;
    tell(&w, "sunli", "record_picking", None).await;
    server.answer_next("503 Busy", "");
    work(&w).await;
    w.clock.advance(TimeDelta::minutes(5));
    work(&w).await;
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].header("webhook-id"), requests[1].header("webhook-id"));
    let request = &requests[1];
    let (id, at) = (request.header("webhook-id").expect("id"), request.header("webhook-timestamp").expect("time"));
    let signed = format!("{id}.{at}.{}", request.body);
    assert_eq!(request.header("webhook-signature"), Some(format!("v1,{}", hmac(b"geheim", signed.as_bytes()))));
    assert_eq!(request.json()["items"][0]["kind"], "record_picking");
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_hears_nothing() {
    let w = World::new().await;
    let server = WebServer::start_protected().await;
    let url = format!("https://localhost:{}/robot?access_token=tok", server.port);
    let id = channel(&w, robot_input(ChannelKind::Dingtalk, url, None)).await;
    choose(&w, "sunli", &Reach { robot: Some(id), window_minutes: 0, ..Reach::default() }).await;
    tell(&w, "sunli", "record_picking", None).await;
    work(&w).await;
    assert!(server.requests().is_empty());
    let row = record(&w).await.remove(0);
    assert_eq!(row.trouble.as_deref(), Some("certificate"));
    assert!(!row.detail.unwrap_or_default().contains("tok"), "the record holds no key");
}

#[tokio::test]
async fn too_many_waits_as_long_as_asked_and_a_redirect_leads_nowhere() {
    let (w, server, _) = group(ChannelKind::Dingtalk, "/x?access_token=tok", None).await;
    tell(&w, "sunli", "record_picking", None).await;
    server.answer_next("429 Too Many\r\nRetry-After: 600", "");
    work(&w).await;
    let row = record(&w).await.remove(0);
    assert_eq!((row.trouble.as_deref(), row.due_at), (Some("limited"), w.now() + TimeDelta::seconds(600)));
    w.clock.advance(TimeDelta::seconds(599));
    work(&w).await;
    assert_eq!(server.requests().len(), 1);
    w.clock.advance(TimeDelta::seconds(1));
    server.answer_next("200 OK", r#"{"errcode":130101,"errmsg":"send too fast"}"#);
    work(&w).await;
    assert_eq!(record(&w).await[0].trouble.as_deref(), Some("limited"), "the robot's own word for it");
    w.clock.advance(TimeDelta::hours(1));
    let elsewhere = WebServer::start().await;
    let location: &'static str =
        Box::leak(format!("302 Found\r\nLocation: http://127.0.0.1:{}/steal", elsewhere.port).into_boxed_str());
    server.answer_next(location, "");
    work(&w).await;
    assert!(elsewhere.requests().is_empty());
    assert_eq!(record(&w).await[0].trouble.as_deref(), Some("redirect"));
    w.clock.advance(TimeDelta::hours(1));
    work(&w).await;
    assert_eq!(record(&w).await[0].outcome.as_deref(), Some("sent"));
}

#[tokio::test]
async fn a_robot_gets_twenty_a_minute_and_no_more() {
    let w = World::new().await;
    let server = WebServer::start().await;
    let url = format!("http://127.0.0.1:{}/x", server.port);
    let id = channel(&w, robot_input(ChannelKind::Wecom, url, None)).await;
    choose(&w, "sunli", &Reach { robot: Some(id), window_minutes: 0, ..Reach::default() }).await;
    for _ in 0..50 {
        tell(&w, "sunli", "record_picking", None).await;
        // Each is packed alone.
        kuaidan::jobs::outbox::bundle(&w.app).await.expect("packed");
        sqlx::query("UPDATE message SET claimed_until = due_at WHERE claimed_until IS NULL")
            .execute(&mut w.database.owner_connection().await)
            .await
            .expect("kept apart");
    }
    for sent in [20, 40, 50] {
        work(&w).await;
        assert_eq!(server.requests().len(), sent);
        w.clock.advance(TimeDelta::seconds(61));
    }
}
