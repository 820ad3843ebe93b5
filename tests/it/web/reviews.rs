//! The quarterly re-check, contact details on request, exports, and two people on one archive.

use crate::documents::text_of;
use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, day, moment, told};
use axum::http::StatusCode;
use chrono::{Days, TimeDelta};
use kuaidan::app::Failure;
use kuaidan::domain::customer::{RegistryStatus, VerifyChannel};
use kuaidan::domain::policy::DeniedWhy;
use kuaidan::domain::workflow::{Action, Blocker, Command, Event, blockers};
use kuaidan::jobs::{self, Did};
use kuaidan::store::{events, notices, reviews};

fn re_check(registry_status: RegistryStatus) -> Command {
    Command::ReviewCustomer {
        channel: VerifyChannel::Gsxt,
        registry_status,
        findings: "执照有效，联系人在职".to_owned(),
    }
}

/// A company with one archive, verified on 2026-09-17: due on 2026-12-17.
async fn with_archive() -> (World, String, String) {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Archived, &Plan::default()).await;
    let no = w.case(&deal).await.customer.no;
    (w, deal, no)
}

async fn notes(w: &World, login: &str) -> Vec<String> {
    let mut conn = w.app.db.read().await.expect("a connection");
    let all = notices::newest(&mut conn, w.id(login), 100).await.expect("readable");
    all.into_iter().map(|n| n.kind).filter(|k| k.starts_with("review")).collect()
}

#[tokio::test]
async fn a_re_check_starts_the_next_quarter_and_is_kept() {
    let (w, _, no) = with_archive().await;
    assert_eq!(w.customer(&no).await.customer.next_review_on, Some(day("2026-12-17")));
    w.at("10-12 09:00");
    w.must_on_customer("zhaoxue", &no, &[], re_check(RegistryStatus::MovedOut)).await;
    let customer = w.customer(&no).await.customer;
    assert_eq!(customer.next_review_on, Some(day("2027-01-12")));
    assert_eq!(customer.profile.registry_status, Some(RegistryStatus::MovedOut), "the archive is corrected with it");
    assert_eq!(customer.verification.map(|v| v.by), Some(w.id("zhaoxue")));
    let mut conn = w.app.db.read().await.expect("a connection");
    let past = reviews::past(&mut conn, customer.id).await.expect("readable");
    assert_eq!(past.len(), 1);
    assert_eq!((past[0].by.as_str(), past[0].channel.as_str()), ("赵雪", "gsxt"));
    assert_eq!(reviews::last_verified_on(&mut conn, customer.id).await.expect("readable"), Some(day("2026-10-12")));
    let told = events::timeline(&mut conn, None, customer.id, 5).await.expect("readable");
    assert!(matches!(told[0].event, Event::CustomerReviewed { .. }), "{:?}", told[0].event);
}

#[tokio::test]
async fn the_owner_re_checks_nothing_and_a_closed_company_passes_no_re_check() {
    let (w, _, no) = with_archive().await;
    match w.act_on_customer("wangmin", &no, &[], re_check(RegistryStatus::Active)).await {
        Err(Failure::Denied(denied)) => assert_eq!(denied.why, DeniedWhy::OwnCustomer),
        other => panic!("{:?}", other.map_err(|f| told(&f))),
    }
    match w.act_on_customer("zhaoxue", &no, &[], re_check(RegistryStatus::Revoked)).await {
        Err(Failure::Blocked { blockers, .. }) => {
            assert_eq!(blockers, [Blocker::RegistryBlocks { status: RegistryStatus::Revoked }]);
        }
        other => panic!("{:?}", other.map_err(|f| told(&f))),
    }
    assert_eq!(w.customer(&no).await.customer.next_review_on, Some(day("2026-12-17")));
}

#[tokio::test]
async fn thirty_days_over_orders_are_confirmed_and_on_the_next_no_more() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Accepted, &Plan::default()).await;
    let case = w.case(&deal).await;
    let due = case.customer.next_review_on.expect("archived");
    let at = |days: u64| {
        let on = due.checked_add_days(Days::new(days)).expect("a day");
        let found = blockers(&case, Action::ConfirmOrder, None, moment("09-17 10:20") + (on - day("2026-09-17")));
        found.contains(&Blocker::ReviewOverdue { since: due })
    };
    assert!(!at(0) && !at(30));
    assert!(at(31) && at(200));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn owner_and_assistant_are_reminded_once_before_and_once_when_due() {
    let (w, _, no) = with_archive().await;
    w.at("12-02 23:00");
    assert_eq!(jobs::remind_reviews(&w.app).await.expect("runs"), Did::Idle, "15 days ahead");
    w.at("12-03 00:01");
    let sweepers = [(); 4].map(|()| jobs::remind_reviews(&w.app));
    for done in Box::pin(futures_of(sweepers)).await {
        done.expect("runs");
    }
    assert_eq!(jobs::remind_reviews(&w.app).await.expect("runs"), Did::Idle);
    for login in ["wangmin", "zhaoxue"] {
        assert_eq!(notes(&w, login).await, ["review_customer"], "{login}");
    }
    assert!(notes(&w, "zhaoliu").await.is_empty());
    w.at("12-17 08:00");
    assert_eq!(jobs::remind_reviews(&w.app).await.expect("runs"), Did::Worked);
    w.at("12-28 08:00");
    assert_eq!(jobs::remind_reviews(&w.app).await.expect("runs"), Did::Idle);
    assert_eq!(notes(&w, "wangmin").await, ["review_overdue", "review_customer"]);
    w.must_on_customer("zhaoxue", &no, &[], re_check(RegistryStatus::Active)).await;
    assert_eq!(jobs::remind_reviews(&w.app).await.expect("runs"), Did::Idle, "the next quarter is far");
}

/// All at once.
async fn futures_of<F: Future<Output = Result<Did, Failure>>>(all: [F; 4]) -> Vec<Result<Did, Failure>> {
    let [a, b, c, d] = all;
    let (a, b, c, d) = tokio::join!(a, b, c, d);
    vec![a, b, c, d]
}

#[tokio::test]
async fn the_due_list_leads_the_verifier_through_a_re_check() {
    let (w, deal, no) = with_archive().await;
    w.at("12-29 09:00");
    let first = Browser::at(&w).await;
    let mut b = first.another();
    b.sign_in("zhaoxue").await;
    assert!(b.sees("待季度复核") && b.sees("逾期 12 天"), "{}", b.text());
    b.open("/customers/reviews").await;
    assert!(b.sees(&no) && b.sees("王敏（1）"), "{}", b.text());
    b.open("/customers/reviews?state=soon").await;
    assert!(!b.sees(&no));
    b.open(&format!("/customers/{no}")).await;
    assert!(b.sees("季度复核已逾期 12 天"), "{}", b.text());
    b.open(&format!("/customers/{no}/review")).await;
    b.set("findings", "照");
    assert_eq!(b.submit("/review").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(b.html.contains("照</textarea>"), "what was typed is kept");
    b.set("verify_channel", "gsxt").set("contacts_checked", "yes").set("findings", "执照有效，没有变化");
    assert_eq!(b.submit("/review").await, StatusCode::OK, "{}", b.text());
    assert!(b.sees("季度复核完成") && !b.sees("季度复核已逾期"), "{}", b.text());
    b.open("/customers/reviews").await;
    assert!(!b.sees(&no), "{}", b.text());

    // The owner sees that it waits for others, and the banner on the deal, but no form.
    w.clock.set(moment("12-29 09:00") + TimeDelta::days(121));
    let mut owner = first.another();
    owner.sign_in("wangmin").await;
    assert!(owner.sees("待季度复核"), "{}", owner.text());
    owner.open(&format!("/deals/{deal}/requirement")).await;
    assert!(owner.sees("不能确认新订单"), "{}", owner.text());
    owner.open(&format!("/customers/{no}/review")).await;
    assert!(!owner.html.contains("name=\"findings\""), "{}", owner.text());
}

#[tokio::test]
async fn numbers_are_masked_until_asked_for_and_every_look_is_recorded() {
    let (w, _, no) = with_archive().await;
    let first = Browser::at(&w).await;
    let mut b = first.another();
    b.sign_in("wufang").await;
    b.open(&format!("/customers/{no}")).await;
    assert!(b.sees("138****8000") && b.sees("c***@example.com"), "{}", b.text());
    assert!(!b.html.contains("13800138000"), "not even in hidden fields");
    let before = w.customer(&no).await.customer.version;
    assert_eq!(b.submit("/contacts/show").await, StatusCode::OK);
    assert!(b.sees("13800138000") && b.sees("contact@example.com"), "{}", b.text());
    assert_eq!(w.customer(&no).await.customer.version, before, "looking changes nothing");
    b.open(&format!("/customers/{no}")).await;
    assert!(b.sees("查看联系人李娜的联系方式") && !b.sees("13800138000"), "{}", b.text());

    let mut admin = first.another();
    admin.sign_in("admin").await;
    admin.open("/settings/access-log").await;
    assert!(admin.sees("吴芳") && admin.sees("查看联系人李娜的联系方式") && admin.sees(&no), "{}", admin.text());
    let mut rep = first.another();
    rep.sign_in("wangmin").await;
    assert_eq!(rep.open("/settings/access-log").await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn departments_see_whom_to_deliver_to_and_no_more() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Shipped, &Plan::default()).await;
    let sent = w.case(&deal).await.order.expect("an order").shipments[0].no.clone();
    let base = format!("/deals/{deal}");
    let first = Browser::at(&w).await;
    for (login, brings) in [("zhoukai", false), ("zhengwei", false), ("sunli", true), ("hejun", true)] {
        let mut b = first.another();
        b.sign_in(login).await;
        for step in ["customer", "requirement", "order", "delivery"] {
            assert_eq!(b.open(&format!("{base}/{step}")).await, StatusCode::OK, "{login} {step}");
            assert!(!b.html.contains("13800138000") && !b.html.contains("contact@example.com"), "{login} {step}");
            assert!(!b.html.contains("fapiao@example.com"), "{login} {step}");
            assert!(brings || !b.html.contains("13800138001"), "{login} {step}: {}", b.text());
            assert!(!b.html.contains("/contacts/show"), "{login} {step}");
            if step != "customer" {
                assert_eq!(b.links().contains(&format!("{base}/customer")), !brings, "{login} {step}");
            }
        }
        assert_eq!(b.sees("13800138001"), brings, "{login}: {}", b.text());
        // The archive is for those who decide; whoever brings the goods sees whom and where to.
        b.open(&format!("{base}/customer")).await;
        assert!(b.sees("苏州星辰云启科技有限公司"), "{login}: {}", b.text());
        assert_eq!(b.sees("13800138001"), brings, "{login}: {}", b.text());
        for secret in ["1102021109000000001", "91320505PDY00001XN"] {
            assert_eq!(b.sees(secret), !brings, "{login} {secret}: {}", b.text());
        }
        assert_eq!(b.links().iter().any(|l| l.contains("customer.pdf")), !brings, "{login}");
        assert_eq!(b.faults(), Vec::<String>::new());
        let printed = b.open(&format!("{base}/customer.pdf")).await;
        assert_eq!(printed, if brings { StatusCode::FORBIDDEN } else { StatusCode::OK }, "{login}");
        // Paper shows the receiver's phone to the same people as the page.
        for paper in ["order.pdf", "delivery.pdf", &format!("shipments/{sent}/note.pdf")] {
            let text = printed_text(&mut b, &format!("{base}/{paper}")).await;
            assert_eq!(text.contains("13800138001"), brings, "{login} {paper}: {text}");
            assert_eq!(text.contains("138****8001"), !brings, "{login} {paper}: {text}");
        }
    }
}

async fn printed_text(b: &mut Browser, path: &str) -> String {
    assert_eq!(b.open(path).await, StatusCode::OK, "{path}");
    text_of(&b.body)
}

#[tokio::test]
async fn a_page_that_nobody_handed_out_is_the_beginning_and_said_so() {
    let (w, _, _) = with_archive().await;
    let mut b = Browser::at(&w).await;
    b.sign_in("chenjing").await;
    let nobody = "00000000-0000-0000-0000-000000000000";
    for list in [
        format!("/approvals?after=1.-8000000000000000000.{nobody}"),
        format!("/approvals?tab=decided&after=0.1790000000000000.{nobody}"),
        format!("/deliveries?after=-8000000000000000000_{nobody}_1"),
        format!("/exceptions?before=-8000000000000000000_{nobody}_1"),
        format!("/customers/reviews?after=-100000-01-01_{nobody}"),
    ] {
        assert_eq!(b.open(&list).await, StatusCode::OK, "{list}");
        assert!(b.sees("分页位置无效"), "{list}: {}", b.text());
    }
}

#[tokio::test]
async fn an_export_holds_what_the_reader_may_see_and_is_recorded() {
    let (w, _, no) = with_archive().await;
    let first = Browser::at(&w).await;
    let mut b = first.another();
    b.sign_in("wangmin").await;
    b.open("/customers").await;
    assert_eq!(b.press("导出 CSV").await, StatusCode::OK);
    assert!(b.html.starts_with('\u{feff}') && b.html.contains(&no) && b.html.contains("13800138000"), "{}", b.html);
    let mut other = first.another();
    other.sign_in("zhaoliu").await;
    other.open("/customers").await;
    other.press("导出 CSV").await;
    assert!(!other.html.contains(&no), "{}", other.html);
    b.open("/customers?status=draft").await;
    b.press("导出 CSV").await;
    assert!(!b.html.contains(&no), "the filter holds: {}", b.html);
    // Whatever finds the archive in the list has it in the file.
    jobs::fill_pinyin(&w.app).await.expect("names with their sound");
    for typed in ["xcyq", "8000", "(苏州)", &no, "星辰"] {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("q", typed).finish();
        b.open(&format!("/customers?{query}")).await;
        let is_listed = b.sees(&no);
        assert!(is_listed || typed.starts_with('('), "{typed}: {}", b.text());
        b.press("导出 CSV").await;
        assert_eq!(b.html.contains(&no), is_listed, "{typed}: {}", b.html);
    }
    let mut manager = first.another();
    manager.sign_in("liujianguo").await;
    manager.open("/settings/access-log").await;
    assert!(manager.sees("导出客户名单 1 条，其中 1 条含完整联系方式"), "{}", manager.text());
    assert!(manager.sees("导出客户名单 0 条（筛选：草稿）"), "{}", manager.text());
    // Other lists that left the house stand beside it, each under its name.
    let mut finance = first.another();
    finance.sign_in("wufang").await;
    for (page, list) in
        [("/receivables", "应收款"), ("/exceptions", "交付异常"), ("/feedback", "客户反馈"), ("/deals", "业务单")]
    {
        finance.open(page).await;
        assert_eq!(finance.press("导出").await, StatusCode::OK, "{page}");
        manager.open("/settings/access-log").await;
        let newest = manager.words_of("tbody tr:first-child").swap_remove(0);
        assert!(newest.contains("吴芳") && newest.contains(&format!("导出{list}")), "{page}: {newest}");
    }
    let mut conn = w.app.db.read().await.expect("a connection");
    assert!(matches!(events::verify(&mut conn).await.expect("readable"), events::Audit::Whole { .. }));
}

#[tokio::test]
async fn two_people_on_one_archive_lose_nothing() {
    let (w, _, no) = with_archive().await;
    let first = Browser::at(&w).await;
    let (mut owner, mut helper) = (first.another(), first.another());
    owner.sign_in("wangmin").await;
    helper.sign_in("zhaoxue").await;
    let page = format!("/customers/{no}");
    owner.open(&page).await;
    helper.open(&page).await;
    helper.set("carrier_wish", "德邦").set("short_name", "云启").set("mobile#2", "13900139001");
    assert_eq!(helper.submit(&page).await, StatusCode::OK, "{}", helper.text());
    // A flaw does not carry the form over to the newer version.
    owner.set("main_business", "软").set("short_name", "星辰").set("title#1", "采购经理");
    assert_eq!(owner.submit(&page).await, StatusCode::UNPROCESSABLE_ENTITY, "{}", owner.text());
    owner.set("main_business", "企业云服务与软件");
    assert_eq!(owner.submit(&page).await, StatusCode::CONFLICT, "{}", owner.text());
    assert!(owner.sees("两人都改过") && owner.sees("星辰") && owner.sees("云启"), "{}", owner.text());
    assert_eq!(owner.faults(), Vec::<String>::new());
    owner.set("pick:short_name", "mine");
    assert_eq!(owner.submit(&page).await, StatusCode::OK, "{}", owner.text());
    let p = w.customer(&no).await.customer.profile;
    assert_eq!(p.short_name.as_deref(), Some("星辰"));
    assert_eq!(p.carrier_wish.as_deref(), Some("德邦"), "the other's field stays");
    assert_eq!(p.main_business.as_deref(), Some("企业云服务与软件"));
    assert_eq!(p.contacts[0].title, "采购经理");
    assert_eq!(p.contacts[1].mobile.as_deref(), Some("13900139001"), "the other's contact stays");
}

#[tokio::test]
async fn a_contact_both_changed_is_chosen_as_a_block() {
    let (w, _, no) = with_archive().await;
    let first = Browser::at(&w).await;
    let (mut owner, mut helper) = (first.another(), first.another());
    owner.sign_in("wangmin").await;
    helper.sign_in("zhaoxue").await;
    let page = format!("/customers/{no}");
    owner.open(&page).await;
    helper.open(&page).await;
    helper.set("mobile#1", "13900139001");
    assert_eq!(helper.submit(&page).await, StatusCode::OK, "{}", helper.text());
    owner.set("mobile#1", "13900139002");
    assert_eq!(owner.submit(&page).await, StatusCode::CONFLICT, "{}", owner.text());
    assert!(owner.sees("13900139001") && owner.sees("13900139002"), "{}", owner.text());
    owner.set("pick-row:1", "mine");
    assert_eq!(owner.submit(&page).await, StatusCode::OK, "{}", owner.text());
    let contacts = w.customer(&no).await.customer.profile.contacts;
    assert_eq!(contacts.len(), 2);
    assert!(contacts.iter().any(|c| c.mobile.as_deref() == Some("13900139002")), "{contacts:?}");
}
