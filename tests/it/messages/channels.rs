//! The pages: a secret goes in and never comes out, a test message goes the way of all, what was
//! given up is sent again; and each chooses for himself.

use super::servers::{AUTHORITY, MailServer};
use super::{by_mail, channel, choose, mail_input, record, tell, work};
use crate::harness::browser::Browser;
use crate::harness::world::World;
use axum::http::StatusCode;
use chrono::TimeDelta;
use kuaidan::store::channels;

#[tokio::test]
async fn the_administrator_sets_up_mail_and_tries_it() {
    let w = World::new().await;
    let server = MailServer::start().await;
    let mut b = Browser::at(&w).await;
    b.sign_in("admin").await;
    b.open("/settings/channels").await;
    assert!(b.sees("KUAIDAN_PUBLIC_URL"), "what is missing is said");
    b.open("/settings/channels/new?kind=mail").await;
    assert_eq!(b.faults(), Vec::<String>::new());
    b.set("name", "公司邮箱").set("host", "mail.example.com").set("security", "plain").set("from", "x");
    b.submit("/settings/channels").await;
    assert_eq!(b.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(b.sees("不加密只能用于本机"), "{}", b.text());
    b.set("name", "公司邮箱").set("host", "localhost").set("port", &server.port.to_string());
    b.set("security", "starttls").set("from", "robot@qmd.example").set("user", "robot@qmd.example");
    b.set("word", "post geheim").set("authority", AUTHORITY);
    b.submit("/settings/channels").await;
    assert!(b.status == StatusCode::OK && b.path.starts_with("/settings/channels/"), "{} {}", b.path, b.text());
    assert!(!b.html.contains("geheim"), "a secret is never shown again");
    let page = b.path.clone();

    // Saved again without the secret, it keeps working.
    b.submit(&page).await;
    assert_eq!(b.status, StatusCode::OK, "{}", b.text());
    b.open("/account/messages").await;
    b.set("email", "admin@qmd.example").set("by_mail", "yes");
    b.submit("/account/messages").await;
    assert_eq!(b.status, StatusCode::OK, "{}", b.text());
    b.open(&page).await;
    b.press("发送测试消息").await;
    work(&w).await;
    let mails = server.mails();
    assert_eq!(mails.len(), 1, "{:?}", record(&w).await);
    assert_eq!(mails[0].login.as_deref(), Some(":robot@qmd.example:post geheim"));
    b.open("/settings/service").await;
    assert!(b.sees("测试消息") && b.sees("已发出"), "{}", b.text());
    assert_eq!(b.faults(), Vec::<String>::new());
    // Another server does not get the password of this one.
    b.open(&page).await;
    b.set("port", "2525");
    b.submit(&page).await;
    assert_eq!(b.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(b.sees("请重新填写登录密码"), "{}", b.text());
    b.set("port", "2525").set("word", "other geheim");
    b.submit(&page).await;
    assert_eq!(b.status, StatusCode::OK, "{}", b.text());
    // The row holds nothing that can be read.
    let mut conn = w.app.db.read().await.expect("a connection");
    let all = channels::all(&mut conn).await.expect("readable");
    assert!(!all[0].secret.windows(6).any(|bytes| bytes == b"geheim"));
    assert!(!format!("{all:?}").contains("geheim"));
}

#[tokio::test]
async fn what_was_given_up_is_sent_again_when_somebody_asks() {
    let w = World::new().await;
    let server = MailServer::start().await;
    channel(&w, mail_input(server.port, Some(AUTHORITY))).await;
    choose(&w, "sunli", &by_mail("sunli")).await;
    tell(&w, "sunli", "record_picking", None).await;
    w.clock.advance(TimeDelta::minutes(6));
    server.answers.lock().expect("unharmed").push_back("550 no such person");
    work(&w).await;
    let mut b = Browser::at(&w).await;
    b.sign_in("admin").await;
    b.open("/settings/service?trouble=yes").await;
    assert!(b.sees("发送失败") && b.sees("收件地址被拒绝") && b.sees("no such person"), "{}", b.text());
    b.press("重新发送").await;
    work(&w).await;
    assert_eq!(server.mails().len(), 1);
    assert_eq!(record(&w).await[0].outcome.as_deref(), Some("sent"));
}

#[tokio::test]
async fn channels_are_the_administrators_and_the_choice_is_each_persons_own() {
    let w = World::new().await;
    let id = channel(&w, mail_input(25, None)).await;
    let mut b = Browser::at(&w).await;
    for login in ["wangmin", "liqiang", "wufang"] {
        let mut b = b.another();
        b.sign_in(login).await;
        for path in ["/settings/channels", "/settings/service", "/settings/channels/new?kind=mail"] {
            assert_eq!(b.open(path).await, StatusCode::FORBIDDEN, "{login} {path}");
        }
        assert_eq!(b.open(&format!("/settings/channels/{id}")).await, StatusCode::FORBIDDEN, "{login}");
    }
    // The general manager may look and not change.
    b.sign_in("liujianguo").await;
    assert_eq!(b.open("/settings/channels").await, StatusCode::OK);
    assert_eq!(b.open(&format!("/settings/channels/{id}")).await, StatusCode::FORBIDDEN);

    let mut own = b.another();
    own.sign_in("sunli").await;
    own.open("/account/messages").await;
    assert_eq!(own.faults(), Vec::<String>::new());
    own.set("by_mail", "yes").set("quiet_from", "21:00");
    own.submit("/account/messages").await;
    assert_eq!(own.status, StatusCode::UNPROCESSABLE_ENTITY, "no address, and a night without an end");
    own.set("email", "sunli@qmd.example").set("by_mail", "yes").set("quiet_from", "21:00").set("quiet_to", "07:30");
    own.submit("/account/messages").await;
    assert_eq!(own.status, StatusCode::OK, "{}", own.text());
    let mut conn = w.app.db.read().await.expect("a connection");
    let reach = channels::reach(&mut conn, w.id("sunli")).await.expect("readable");
    assert!(reach.by_mail && reach.quiet.is_some() && reach.revision == 1, "{reach:?}");
}

#[tokio::test]
async fn sessions_are_seen_and_ended_by_their_owner_and_by_the_administrator() {
    let w = World::new().await;
    let mut first = Browser::at(&w).await;
    first.sign_in("wangmin").await;
    let mut second = first.another();
    second.sign_in("wangmin").await;
    second.open("/account").await;
    assert!(second.sees("当前"), "{}", second.text());
    second.press("结束其他登录").await;
    assert_eq!(second.path, "/account");
    first.open("/work").await;
    assert!(first.path.starts_with("/login"), "{}", first.path);

    let mut admin = first.another();
    admin.sign_in("admin").await;
    admin.open("/settings/sessions").await;
    assert!(admin.sees("王敏"), "{}", admin.text());
    assert_eq!(admin.faults(), Vec::<String>::new());
    let path = format!("/settings/sessions/{}/end", w.id("wangmin").0);
    admin.submit(&path).await;
    second.open("/work").await;
    assert!(second.path.starts_with("/login"), "ended at once");
    let mut other = first.another();
    other.sign_in("zhaoliu").await;
    assert_eq!(other.open("/settings/sessions").await, StatusCode::FORBIDDEN);
}
