//! Every page as every person: no dead link, one heading, every control labelled, no failure;
//! and hostile forms, which get a clear no and never a failure.

use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use kuaidan::domain::delivery::{ExceptionFacts, ExceptionKind, ReturnFreight, Severity};
use kuaidan::domain::link::LinkPurpose;
use kuaidan::domain::staff::Department;
use kuaidan::domain::workflow::Command;
use std::collections::{BTreeSet, VecDeque};

/// A company with a deal in each step.
async fn busy_world() -> (World, Vec<String>) {
    let world = World::new().await;
    let plan = Plan::default();
    let mut deals = Vec::new();
    for stage in [
        Stage::Registered,
        Stage::Archived,
        Stage::RequirementConfirmed,
        Stage::QuoteSubmitted,
        Stage::QuoteApproved,
        Stage::OrderConfirmed,
    ] {
        deals.push(world.deal_at(stage, &plan).await);
    }
    (world, deals)
}

#[tokio::test]
async fn every_page_opens_for_everybody_who_is_led_there() {
    let (world, deals) = busy_world().await;
    let browser = Browser::at(&world).await;
    for login in world.logins() {
        let mut b = browser.another();
        b.sign_in(login).await;
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut queue: VecDeque<String> = VecDeque::from(["/work".to_owned(), "/account".to_owned()]);
        while let Some(path) = queue.pop_front() {
            let path = path.split('#').next().unwrap_or_default().to_owned();
            if path.is_empty()
                || path.starts_with("/static/")
                || path.starts_with("/files/")
                || path.contains(".pdf")
                || path.contains(".xlsx")
                || path.contains(".json")
                || path.contains("/export?")
                || !seen.insert(path.clone())
                || seen.len() > 150
            {
                continue;
            }
            let status = b.open(&path).await;
            assert!(status == StatusCode::OK, "{login} follows {path}: {status} {}", b.text());
            assert_eq!(b.faults(), Vec::<String>::new(), "{login} at {path}");
            assert!(!b.html.contains(" style=") && !b.html.contains("onclick="), "{path} has inline style or script");
            queue.extend(b.links());
        }
        assert!(seen.len() >= 4, "{login} saw only {seen:?}");
    }
    assert_eq!(deals.len(), 6);
}

#[tokio::test]
async fn every_step_address_answers_clearly_for_every_deal_and_person() {
    let (world, deals) = busy_world().await;
    let browser = Browser::at(&world).await;
    for login in world.logins() {
        let mut b = browser.another();
        b.sign_in(login).await;
        for deal in &deals {
            for step in ["", "/customer", "/requirement", "/quote", "/approval", "/order", "/delivery"] {
                let status = b.open(&format!("/deals/{deal}{step}")).await;
                assert!(
                    matches!(
                        status,
                        StatusCode::OK | StatusCode::CONFLICT | StatusCode::NOT_FOUND | StatusCode::FORBIDDEN
                    ),
                    "{login} {deal}{step}: {status}"
                );
                assert_eq!(b.faults(), Vec::<String>::new(), "{login} {deal}{step}");
            }
        }
    }
}

#[tokio::test]
async fn a_stranger_is_led_to_sign_in_and_back() {
    let (world, deals) = busy_world().await;
    let mut b = Browser::at(&world).await;
    b.open(&format!("/deals/{}", deals[0])).await;
    assert!(b.path.starts_with("/login?next="), "{}", b.path);
    b.fill("账号", "wangmin").fill("密码", crate::harness::world::PASSWORD);
    b.press("登录").await;
    assert!(b.path.starts_with(&format!("/deals/{}", deals[0])), "{}", b.path);
}

#[tokio::test]
async fn what_a_person_may_not_see_is_not_found() {
    let (world, deals) = busy_world().await;
    let mut b = Browser::at(&world).await;
    b.sign_in("zhaoliu").await;
    for deal in &deals {
        assert_eq!(
            b.open(&format!("/deals/{deal}/customer")).await,
            StatusCode::NOT_FOUND,
            "another rep's deal {deal}"
        );
    }
    for path in [
        "/deals/CD-20260917-999",
        "/deals/x'%20OR%201=1",
        "/customers/KH999999999",
        "/files/00000000-0000-0000-0000-000000000000",
        "/files/x",
        "/nowhere",
    ] {
        assert_eq!(b.open(path).await, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_forged_form_changes_nothing() {
    let (world, deals) = busy_world().await;
    let mut b = Browser::at(&world).await;
    b.sign_in("wangmin").await;
    let before = world.version(&deals[3]).await;
    let address = format!("/deals/{}/approval/withdraw", deals[3]);
    for (site, key) in [("same-origin", "x"), ("cross-site", "x"), ("same-site", "")] {
        let request = Request::post(&address)
            .header("sec-fetch-site", site)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(format!("form_key={key}&version={before}")))
            .unwrap();
        b.send(request).await;
        assert_eq!(b.status, StatusCode::FORBIDDEN, "{site}: {}", b.text());
    }
    assert_eq!(world.version(&deals[3]).await, before);
}

#[tokio::test]
async fn hostile_values_are_refused_with_everything_kept() {
    let (world, deals) = busy_world().await;
    let mut b = Browser::at(&world).await;
    b.sign_in("wangmin").await;
    let quote = format!("/deals/{}/quote", deals[2]);
    let long = "长".repeat(300_000);
    for bad in ["1e30", "NaN", "-1", "1000000000000000000000000000000", "8.1234567", "a\0b", "１e5", "∞", "0x10"] {
        b.open(&quote).await;
        b.set("unit_price#1", bad).set("warranty", "十二个月，上门服务");
        assert_eq!(b.submit("/quote").await, StatusCode::UNPROCESSABLE_ENTITY, "{bad}: {}", b.text());
        assert!(b.html.contains("十二个月，上门服务"), "input is kept after {bad:?}");
    }
    b.open(&quote).await;
    b.set("warranty", &long);
    assert_eq!(b.submit("/quote").await, StatusCode::PAYLOAD_TOO_LARGE, "1 MB of text");
    let case = world.case(&deals[2]).await;
    assert!(case.quote.is_none(), "nothing was half saved");
}

#[tokio::test]
async fn a_second_click_and_a_stale_page_are_told_apart() {
    let (world, deals) = busy_world().await;
    let mut b = Browser::at(&world).await;
    b.sign_in("wangmin").await;
    let quote = format!("/deals/{}/quote", deals[2]);
    b.open(&quote).await;
    let first_page = b.html.clone();
    assert_eq!(b.submit("/quote").await, StatusCode::OK, "{}", b.text());
    let after = world.version(&deals[2]).await;
    b.html.clone_from(&first_page);
    assert_eq!(b.submit("/quote").await, StatusCode::OK, "the same form again leads to the same page: {}", b.text());
    assert_eq!(world.version(&deals[2]).await, after, "its effect happened once");
    b.html = first_page;
    b.set("warranty", "别的内容");
    assert_eq!(b.submit("/quote").await, StatusCode::CONFLICT, "{}", b.text());
    assert!(b.sees("别的内容"), "what was typed is shown");
}

#[tokio::test]
async fn nobody_approves_his_own_deal_by_address() {
    let (world, deals) = busy_world().await;
    let mut b = Browser::at(&world).await;
    b.sign_in("wangmin").await;
    // A genuine key of the person's own page, sent to the decision's address.
    b.open(&format!("/deals/{}/approval", deals[3])).await;
    let key = scraper::Html::parse_document(&b.html)
        .select(&scraper::Selector::parse("input[name=form_key]").unwrap())
        .next()
        .unwrap()
        .attr("value")
        .unwrap()
        .to_owned();
    let version = world.version(&deals[3]).await;
    let request = Request::post(format!("/deals/{}/approval", deals[3]))
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(format!("form_key={key}&version={version}&node=sales_manager&decision=approve")))
        .unwrap();
    b.send(request).await;
    assert_eq!(b.status, StatusCode::FORBIDDEN, "{}", b.text());
    assert_eq!(world.version(&deals[3]).await, version);
}

#[tokio::test]
async fn english_pages_hold_no_chinese_words_of_the_product() {
    let (world, deals) = busy_world().await;
    let mut b = Browser::at(&world).await;
    b.sign_in("liqiang").await;
    b.choose("/preferences/language", "language", "en").await;
    for path in
        ["/work".to_owned(), "/deals".to_owned(), "/approvals".to_owned(), format!("/deals/{}/approval", deals[3])]
    {
        b.open(&path).await;
        for word in ["业务单", "审批", "下一步", "客户", "提交", "报价"] {
            let main = b.text();
            let shown = main.replace("快单", "");
            assert!(!shown.contains(word), "{path} shows {word}");
        }
    }
}

/// What colleagues did is told on these pages: decisions, deliveries, a difference, a link.
async fn told_world() -> (World, Vec<String>) {
    let (world, mut deals) = busy_world().await;
    let done = world.deal_at(Stage::Completed, &Plan::default()).await;
    let order = world.case(&done).await.order.expect("an order");
    let facts = ExceptionFacts {
        kind: ExceptionKind::Replace,
        severity: Severity::Normal,
        department: Department::Warehouse,
        line: Some(order.lines[0].id),
        shipment: Some(order.shipments[0].id),
        quantity: Some(rust_decimal::dec!(1)),
        text: "屏幕不亮".to_owned(),
        cause: None,
        new_date: None,
        attempts: None,
        freight_payer: Some(ReturnFreight::Seller),
        claim_no: None,
        file: None,
        found_at: world.now(),
    };
    world.must("wangmin", &done, &[], Command::OpenException(Box::new(facts))).await;
    crate::public::link(&world, &done, LinkPurpose::Track).await;
    let case = world.case(&deals[1]).await;
    let change = Command::ChangeOwner {
        to: world.id("zhaoliu"),
        name: "赵六".to_owned(),
        deals: Vec::new(),
        reason: "区域调整".to_owned(),
    };
    world.must_on_customer("liqiang", &case.customer.no, &[], change).await;
    deals.push(done);
    (world, deals)
}

#[tokio::test]
async fn english_pages_call_colleagues_by_their_english_names() {
    let (world, deals) = told_world().await;
    let names: Vec<String> = sqlx::query_scalar("SELECT name FROM person WHERE name <> name_en ORDER BY name")
        .fetch_all(&mut world.database.owner_connection().await)
        .await
        .expect("readable");
    assert!(names.len() > 5, "{names:?}");
    let browser = Browser::at(&world).await;
    let mut told_in_chinese: BTreeSet<String> = BTreeSet::new();
    let mut walked = 0;
    for login in ["wangmin", "liqiang", "liujianguo", "wufang", "sunli", "admin"] {
        let mut b = browser.another();
        b.sign_in(login).await;
        b.choose("/preferences/language", "language", "en").await;
        let of_deals = deals.iter().flat_map(|deal| {
            ["customer", "requirement", "quote", "approval", "order", "delivery", "exceptions", "links", "changes"]
                .map(|page| format!("/deals/{deal}/{page}"))
        });
        let mut queue: VecDeque<String> =
            ["/work", "/account"].map(str::to_owned).into_iter().chain(of_deals).collect();
        let mut seen: BTreeSet<String> = BTreeSet::new();
        while let Some(path) = queue.pop_front() {
            let path = path.split('#').next().unwrap_or_default().to_owned();
            if path.is_empty()
                || ["/static/", "/files/", "/p/"].iter().any(|start| path.starts_with(start))
                || [".pdf", ".xlsx", ".json", "/export?"].iter().any(|part| path.contains(part))
                || !seen.insert(path.clone())
                || seen.len() > 150
            {
                continue;
            }
            if b.open(&path).await != StatusCode::OK {
                continue;
            }
            // What goes out to the customer is offered in both languages.
            let goes_out = b.words_of("[lang=zh]");
            let shown = goes_out.iter().fold(b.text(), |shown, text| shown.replace(text.as_str(), ""));
            // The page on which names are given shows both.
            if !path.starts_with("/settings/people") {
                let found = names.iter().filter(|name| shown.contains(name.as_str()));
                told_in_chinese.extend(found.map(|name| format!("{path} as {login}: {name}")));
            }
            queue.extend(b.links());
        }
        walked += seen.len();
    }
    assert!(told_in_chinese.is_empty(), "{told_in_chinese:#?}");
    assert!(walked > 200, "{walked} pages");
}

#[tokio::test]
async fn the_round_names_who_decided_in_the_language_of_the_page() {
    let (world, deals) = busy_world().await;
    let mut b = Browser::at(&world).await;
    b.sign_in("liqiang").await;
    b.choose("/preferences/language", "language", "en").await;
    // The approval page tells who decided, and who asked.
    b.open(&format!("/deals/{}/approval", deals[4])).await;
    assert!(b.sees("Li Qiang") && !b.sees("李强"), "{}", b.text());
    b.choose("/preferences/language", "language", "zh").await;
    b.open(&format!("/deals/{}/approval", deals[4])).await;
    assert!(b.sees("李强") && !b.sees("Li Qiang"), "{}", b.text());
}

#[tokio::test]
async fn what_is_wrong_with_a_form_stands_before_everything_else_of_the_page() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::RequirementDrafted, &Plan::default()).await;
    let quoted = w.deal_at(Stage::QuoteDrafted, &Plan::default()).await;
    let no = w.case(&deal).await.customer.no;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    for (page, name, value) in [
        (format!("/deals/{deal}/requirement"), "purpose", "短"),
        (format!("/deals/{quoted}/quote"), "valid_until", "2020-01-01"),
        (format!("/customers/{no}"), "employee_count", "abc"),
        ("/deals/new".to_owned(), "title", ""),
    ] {
        b.open(&page).await;
        b.set(name, value);
        assert_eq!(b.submit(&page).await, StatusCode::UNPROCESSABLE_ENTITY, "{page}: {}", b.text());
        let (at, head) = (b.html.find("error-summary"), b.html.find("page-head"));
        assert!(at.is_some() && at < head, "{page}: the summary is at {at:?}, the head at {head:?}");
    }
}

#[tokio::test]
async fn whoever_is_not_known_makes_the_server_hold_little() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::RequirementDrafted, &Plan::default()).await;
    let with_file = |path: &str, bytes: usize| {
        let mut body =
            b"--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.pdf\"\r\n\r\n%PDF-1.7 ".to_vec();
        body.resize(body.len() + bytes, b'x');
        body.extend_from_slice(b"\r\n--x--\r\n");
        Request::post(path)
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "multipart/form-data; boundary=x")
            .body(Body::from(body))
            .expect("request")
    };
    let plain = |path: &str, body: String| {
        Request::post(path)
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .expect("request")
    };
    let requirement = format!("/deals/{deal}/requirement");
    let mut stranger = Browser::at(&w).await;
    for path in ["/login", "/setup", "/reset/0011", "/p/0011/accept", "/p/0011/data", &requirement] {
        for request in [
            with_file(path, 8 << 20),
            plain(path, format!("a={}", "x".repeat(300 * 1024))),
            plain(path, "a=1&".repeat(300)),
        ] {
            stranger.send(request).await;
            // Where there is nothing to send to, that may be said first.
            let is_there = path == "/login" || path == requirement;
            let expected = [StatusCode::PAYLOAD_TOO_LARGE, StatusCode::NOT_FOUND];
            let expected = if is_there { &expected[..1] } else { &expected[..] };
            assert!(expected.contains(&stranger.status), "{path}: {}", stranger.status);
        }
    }
    // Whoever is signed in may send tables and files.
    let mut b = stranger.another();
    b.sign_in("wangmin").await;
    for request in [with_file(&requirement, 8 << 20), plain(&requirement, "a=1&".repeat(6500))] {
        b.send(request).await;
        assert_eq!(b.status, StatusCode::FORBIDDEN, "read, and without a key: {}", b.text());
    }
}
