//! People and roles: the administrator adds people who choose their own password, gives roles and closes accounts,
//! and changes nothing of what they may do themselves (DOMAIN 2.2, 2.3 rule 10).

use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{PASSWORD, World};
use axum::http::StatusCode;
use chrono::TimeDelta;
use kuaidan::app::accounts::AccountChanged;
use kuaidan::app::people::SignIn;
use kuaidan::domain::account::Account;
use kuaidan::domain::staff::{Department, Role};
use kuaidan::store::people;

const CHOSEN: &str = "骑车去公司要二十分钟整哦";

async fn administrator(w: &World) -> Browser {
    let mut admin = Browser::at(w).await;
    admin.sign_in("admin").await;
    admin
}

/// What a new person's form holds, with a role.
fn fill<'a>(b: &'a mut Browser, w: &World, login: &str, role: &str) -> &'a mut Browser {
    b.set("name", "钱程").set("name_en", "Qian Cheng").set("login", login).set("department", "sales");
    b.set("manager", &w.id("liqiang").to_string()).set("roles", role)
}

async fn person(w: &World, login: &str) -> people::Person {
    let mut conn = w.app.db.read().await.expect("a connection");
    people::by_login(&mut conn, login).await.expect("readable").unwrap_or_else(|| panic!("no {login}"))
}

async fn kinds(w: &World) -> Vec<String> {
    sqlx::query_scalar("SELECT kind FROM event WHERE stream_kind = 'company' ORDER BY position")
        .fetch_all(&mut w.database.owner_connection().await)
        .await
        .expect("readable")
}

#[tokio::test]
async fn a_new_colleague_chooses_a_password_by_the_link_and_works() {
    let w = World::new().await;
    let mut admin = administrator(&w).await;
    admin.open("/settings/people/new").await;
    assert_eq!(admin.faults(), Vec::<String>::new());
    fill(&mut admin, &w, "Qiancheng", "sales_rep");
    assert_eq!(admin.submit("/settings/people/new").await, StatusCode::OK, "{}", admin.text());
    assert_eq!(admin.faults(), Vec::<String>::new());
    let at = admin.html.find("/reset/").expect("a link");
    let link: String = admin.html[at..].chars().take("/reset/".len() + 64).collect();
    let added = person(&w, "qiancheng").await;
    assert_eq!((added.department, added.roles.as_slice()), (Department::Sales, [Role::SalesRep].as_slice()));
    assert_eq!(added.manager, Some(w.id("liqiang")));

    let mut b = admin.another();
    b.open(&link).await;
    b.set("new_password", CHOSEN);
    b.submit(&link).await;
    let day = TimeDelta::hours(12);
    let signed_in = w.app.sign_in("qiancheng", CHOSEN, "192.0.2.9", day).await.expect("an answer");
    assert!(matches!(signed_in, SignIn::Open { .. }));
    assert!(kinds(&w).await.contains(&"person_added".to_owned()));
    admin.open("/settings/people").await;
    assert!(admin.sees("添加 钱程（业务员）"), "{}", admin.text());
    assert_eq!(admin.faults(), Vec::<String>::new());
}

#[tokio::test]
async fn a_form_sent_twice_adds_one_person_and_shows_the_link_once() {
    let w = World::new().await;
    let mut admin = administrator(&w).await;
    admin.open("/settings/people/new").await;
    let form = admin.html.clone();
    fill(&mut admin, &w, "qiancheng", "sales_rep");
    assert_eq!(admin.submit("/settings/people/new").await, StatusCode::OK);
    assert!(admin.html.contains("/reset/"));
    admin.html = form;
    fill(&mut admin, &w, "qiancheng", "sales_rep");
    assert_eq!(admin.submit("/settings/people/new").await, StatusCode::OK);
    assert!(admin.path == "/settings/people" && !admin.html.contains("/reset/"), "{}", admin.path);
    assert_eq!(w.app.everybody().await.expect("readable").len(), w.logins().count() + 1);
}

#[tokio::test]
async fn a_page_from_before_another_change_changes_nothing() {
    let w = World::new().await;
    let mut admin = administrator(&w).await;
    let page = format!("/settings/people/{}", w.id("zhaoxue").0);
    admin.open(&page).await;
    let account = person(&w, "zhaoxue").await.account();
    let left = Account { is_active: false, ..account.clone() };
    let keeper = w.actor("admin");
    let done = w.app.change_account(&w.by(&keeper, &[], None), w.id("zhaoxue"), &account, &left).await;
    assert_eq!(done.expect("done"), AccountChanged::Yes);
    admin.set("person_phone", "0512-62345678");
    assert_eq!(admin.submit(&page).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(admin.sees("有人刚改过这个账号"), "{}", admin.text());
    // The page shows the account as it is now; saving it keeps the account closed.
    admin.set("person_phone", "0512-62345678");
    assert_eq!(admin.submit(&page).await, StatusCode::OK, "{}", admin.text());
    let now = person(&w, "zhaoxue").await;
    assert!(!now.is_active && now.phone.as_deref() == Some("0512-62345678"));
}

#[tokio::test]
async fn nobody_is_left_without_an_owner_or_a_manager() {
    let w = World::new().await;
    let mut admin = administrator(&w).await;
    w.deal_at(Stage::QuoteDrafted, &Plan::default()).await;
    for (login, fields, says) in [
        ("wangmin", vec![("roles", "finance")], "请先移交"),
        ("liqiang", vec![("roles", "sales_director")], "请先改为其他主管"),
        ("zhaoliu", vec![("manager", "")], "业务员的上级须是在职的销售主管"),
    ] {
        let page = format!("/settings/people/{}", w.id(login).0);
        admin.open(&page).await;
        for (name, value) in fields {
            admin.set(name, value);
        }
        assert_eq!(admin.submit(&page).await, StatusCode::UNPROCESSABLE_ENTITY, "{login}");
        assert!(admin.sees(says), "{login}: {}", admin.text());
    }
}

#[tokio::test]
async fn what_is_wrong_with_an_account_is_said_at_its_field() {
    let w = World::new().await;
    let mut admin = administrator(&w).await;
    for (login, role, says) in [
        ("wangmin", "sales_rep", "这个账号已有人使用"),
        ("1st", "sales_rep", "账号："),
        ("钱程", "sales_rep", "账号："),
        ("qiancheng", "director_of_everything", "请至少选择一个角色"),
    ] {
        admin.open("/settings/people/new").await;
        fill(&mut admin, &w, login, role);
        assert_eq!(admin.submit("/settings/people/new").await, StatusCode::UNPROCESSABLE_ENTITY, "{login} {role}");
        assert!(admin.sees(says), "{login} {role}: {}", admin.text());
        assert_eq!(admin.faults(), Vec::<String>::new());
    }
    admin.open("/settings/people/new").await;
    fill(&mut admin, &w, "qiancheng", "sales_rep").set("roles#2", "admin");
    assert_eq!(admin.submit("/settings/people/new").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(admin.sees("系统管理员不能兼任其他角色"), "{}", admin.text());
    admin.open("/settings/people/new").await;
    admin.set("name", "").set("department", "kitchen").set("manager", "nobody");
    assert_eq!(admin.submit("/settings/people/new").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(w.app.everybody().await.expect("readable").len(), w.logins().count(), "nobody was added");
}

#[tokio::test]
async fn other_roles_take_effect_at_once_and_a_closed_account_opens_nothing() {
    let w = World::new().await;
    let mut admin = administrator(&w).await;
    let mut rep = admin.another();
    rep.sign_in("wangmin").await;
    let page = format!("/settings/people/{}", w.id("wangmin").0);
    admin.open(&page).await;
    assert_eq!(admin.faults(), Vec::<String>::new());
    // The same form once more, with another name only: the session stays.
    admin.set("name_en", "Wang Min Min");
    assert_eq!(admin.submit(&page).await, StatusCode::OK, "{}", admin.text());
    assert_eq!(admin.path, "/settings/people");
    assert_eq!(person(&w, "wangmin").await.name_en, "Wang Min Min");
    assert_eq!(rep.open("/deals").await, StatusCode::OK);
    assert_eq!(rep.path, "/deals");

    admin.open(&page).await;
    admin.set("roles#2", "sales_manager");
    admin.submit(&page).await;
    assert_eq!(person(&w, "wangmin").await.roles, [Role::SalesRep, Role::SalesManager]);
    rep.open("/deals").await;
    assert!(rep.path.starts_with("/login"), "other roles, another session");

    let keeper = w.actor("admin");
    let account = person(&w, "wangmin").await.account();
    let left = Account { is_active: false, ..account.clone() };
    let by = w.by(&keeper, &[], None);
    let done = w.app.change_account(&by, w.id("wangmin"), &account, &left).await.expect("done");
    assert_eq!(done, AccountChanged::Yes);
    let answer = w.app.sign_in("wangmin", PASSWORD, "192.0.2.9", TimeDelta::hours(12)).await.expect("an answer");
    assert!(matches!(answer, SignIn::Wrong));
    // Whoever saw the account before that change does not overwrite it.
    let again = w.app.change_account(&by, w.id("wangmin"), &account, &account).await.expect("an answer");
    assert_eq!(again, AccountChanged::Meanwhile);
}

#[tokio::test]
async fn an_administrator_who_wants_a_business_role_is_refused_and_it_is_kept() {
    let w = World::new().await;
    let mut admin = administrator(&w).await;
    let page = format!("/settings/people/{}", w.id("admin").0);
    admin.open(&page).await;
    assert!(admin.sees("自己的角色和停用由另一位管理员办理"), "{}", admin.text());
    let seen =
        admin.html.split("name=\"seen\" value=\"").nth(1).and_then(|s| s.split('"').next()).expect("a sign").to_owned();
    let sent = [
        ("seen", seen.as_str()),
        ("name", "管理员"),
        ("name_en", "Administrator"),
        ("department", "management"),
        ("roles", "sales_director"),
        ("is_active", "yes"),
    ];
    assert_eq!(admin.post_raw(&page, &sent).await, StatusCode::UNPROCESSABLE_ENTITY, "{}", admin.text());
    assert_eq!(person(&w, "admin").await.roles, [Role::Admin]);
    assert!(kinds(&w).await.contains(&"own_rights_refused".to_owned()));
    // Somebody else becomes administrator instead.
    admin.open("/settings/people/new").await;
    fill(&mut admin, &w, "second", "admin").set("department", "it").set("manager", "");
    assert_eq!(admin.submit("/settings/people/new").await, StatusCode::OK, "{}", admin.text());
    assert_eq!(person(&w, "second").await.roles, [Role::Admin]);
}

#[tokio::test]
async fn nobody_but_the_administrator_keeps_people() {
    let w = World::new().await;
    for login in w.logins().filter(|login| *login != "admin") {
        let mut b = Browser::at(&w).await;
        b.sign_in(login).await;
        assert_eq!(b.open("/settings/people/new").await, StatusCode::FORBIDDEN, "{login}");
        let page = format!("/settings/people/{}", w.id("wangmin").0);
        assert_eq!(b.open(&page).await, StatusCode::FORBIDDEN, "{login}");
        b.open("/work").await;
        let sent = [("name", "王敏"), ("name_en", "Wang Min"), ("department", "sales"), ("roles", "general_manager")];
        assert_eq!(b.post_raw(&page, &sent).await, StatusCode::FORBIDDEN, "{login}");
    }
    assert_eq!(person(&w, "wangmin").await.roles, [Role::SalesRep]);
    let mut admin = administrator(&w).await;
    for path in ["/settings/people/x", "/settings/people/00000000-0000-0000-0000-00000000ffff"] {
        assert_eq!(admin.open(path).await, StatusCode::NOT_FOUND, "{path}");
    }
}
