//! One company with two archives: what moves, what stays findable, and what is refused.

use crate::harness::browser::Browser;
use crate::harness::sample;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, told};
use axum::http::StatusCode;
use kuaidan::app::{Done, Failure, ForCustomer, MergeSide, NewDeal};
use kuaidan::domain::calendar::local_date;
use kuaidan::domain::credit_code::CreditCode;
use kuaidan::domain::customer::{ContactRank, ContactRole, Source};
use kuaidan::domain::deal::DealKind;
use kuaidan::domain::ids::CustomerId;
use kuaidan::domain::workflow::{Blocker, Command, Event};
use kuaidan::store::{events, history};
use rust_decimal::Decimal;

/// Two archives of one rep: the first with a completed order, the second with an open deal.
async fn two_archives() -> (World, [String; 2], [String; 2]) {
    let w = World::new().await;
    let done = w.deal_at(Stage::Completed, &Plan::default()).await;
    let open = w.deal_at(Stage::QuoteDrafted, &Plan::default()).await;
    let numbers = [w.case(&done).await.customer.no, w.case(&open).await.customer.no];
    assert_ne!(numbers[0], numbers[1]);
    (w, numbers, [done, open])
}

async fn merge(w: &World, who: &str, stays: &str, goes: &str) -> Result<Done, Failure> {
    let actor = w.actor(who);
    let versions = (w.customer(stays).await.customer.version, w.customer(goes).await.customer.version);
    let (stays, goes) = (MergeSide { no: stays, version: versions.0 }, MergeSide { no: goes, version: versions.1 });
    Box::pin(w.app.merge_customers(&w.by(&actor, &[], None), stays, goes)).await
}

fn blockers(done: Result<Done, Failure>) -> Vec<Blocker> {
    match done {
        Err(Failure::Blocked { blockers, .. }) => blockers,
        other => panic!("{:?}", other.map_err(|f| told(&f))),
    }
}

/// Completed orders and their sum.
async fn completed(w: &World, customer: CustomerId) -> (i64, Decimal) {
    let mut conn = w.app.db.read().await.expect("a connection");
    let figures = history::figures(&mut conn, customer, local_date(w.now())).await.expect("readable");
    (figures.orders, figures.total)
}

#[tokio::test]
async fn everything_moves_and_the_history_adds_up() {
    let (w, [old, new], [done, open]) = two_archives().await;
    let mut profile = w.customer(&old).await.customer.profile;
    let (rank, role) = (ContactRank::Backup, ContactRole::Influencer);
    profile.contacts.push(sample::contact(&w, "周波", "财务经理", rank, role, "13800138002"));
    w.must_on_customer("wangmin", &old, &[], Command::SaveCustomer(Box::new(profile))).await;
    let before = w.customer(&old).await.customer;
    let target = w.customer(&new).await.customer;
    let mut conn = w.app.db.read().await.expect("a connection");
    let history = completed(&w, before.id).await;
    assert_eq!(history.0, 1);
    merge(&w, "liqiang", &new, &old).await.unwrap_or_else(|f| panic!("{}", told(&f)));

    let (stays, gone) = (w.customer(&new).await.customer, w.customer(&old).await.customer);
    assert_eq!(completed(&w, stays.id).await, history);
    assert_eq!(completed(&w, gone.id).await, (0, Decimal::ZERO));
    assert_eq!(stays.opening_total, before.opening_total + target.opening_total);
    for deal in [&done, &open] {
        assert_eq!(w.case(deal).await.customer.no, new, "{deal}");
    }
    let ids = |c: &kuaidan::domain::customer::Customer| c.profile.contacts.iter().map(|p| p.id).collect::<Vec<_>>();
    assert_eq!(
        ids(&stays),
        [ids(&target), vec![ids(&before)[2]]].concat(),
        "contacts keep their identity, and whom both have stays once"
    );
    // What was agreed with one of them names the one who stays.
    let contact = w.case(&done).await.requirement.and_then(|r| r.content.contact);
    assert!(contact.is_some_and(|id| ids(&target).contains(&id)), "{contact:?}");
    assert!(gone.profile.contacts.is_empty() && gone.is_inactive && gone.profile.uscc.is_none());
    let last = events::timeline(&mut conn, None, gone.id, 1).await.expect("readable");
    assert!(matches!(&last[0].event, Event::MergedInto { no, .. } if *no == new));
    let told_to_stays = events::timeline(&mut conn, None, stays.id, 2).await.expect("readable");
    assert!(matches!(&told_to_stays[0].event, Event::CustomersMerged { no, deals: 1, .. } if *no == old));
    assert!(matches!(events::verify(&mut conn).await.expect("readable"), events::Audit::Whole { .. }));
    // The open deal goes on.
    w.must("wangmin", &open, &[], Command::SubmitQuote).await;
    // The archive can be saved as before.
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    let page = format!("/customers/{new}");
    b.open(&page).await;
    assert!(b.sees("周波"), "{}", b.text());
    b.set("main_business", "会议室设备与服务");
    assert_eq!(b.submit(&page).await, StatusCode::OK, "{}", b.text());
}

#[tokio::test]
async fn the_code_of_the_archive_that_ends_is_not_free_again() {
    let w = World::new().await;
    let draft = async |name: &str, code: &str| {
        let by = w.actor("wangmin");
        let done = w.app.register_customer(&w.by(&by, &[], None), name.to_owned(), Source::Online).await;
        let no = done.expect("a draft").then().trim_start_matches("/customers/").to_owned();
        let profile = sample::profile(&w, name, code);
        w.must_on_customer("wangmin", &no, &[], Command::SaveCustomer(Box::new(profile))).await;
        no
    };
    let code = CreditCode::parse(sample::CODE).expect("a code");
    let (stays, goes) = (draft("星辰云启", "").await, draft("苏州星辰云启科技有限公司", sample::CODE).await);
    merge(&w, "liqiang", &stays, &goes).await.unwrap_or_else(|f| panic!("{}", told(&f)));
    let kept = w.customer(&stays).await.customer;
    assert_eq!(kept.profile.uscc, Some(code.clone()), "what only one of them has is not lost");

    // Each has a code: that of the one that ended belongs to the one that stays as well.
    let other = sample::fresh_code("KH202600077");
    let second = draft("苏州星辰云启科技", &other).await;
    merge(&w, "liqiang", &stays, &second).await.unwrap_or_else(|f| panic!("{}", told(&f)));
    let other = CreditCode::parse(&other).expect("a code");
    let by = w.actor("zhaoliu");
    for code in [&code, &other] {
        let taken = w.app.code_taken(&by, code, None).await.expect("readable").expect("taken");
        assert_eq!((taken.no, taken.owner.as_str()), (None, "王敏"), "{code}");
        assert!(w.app.code_taken(&by, code, Some(kept.id)).await.expect("readable").is_none(), "its own");
        let done = w.app.register_customer(&w.by(&by, &[], None), "另一家公司".to_owned(), Source::Online).await;
        let no = done.expect("a draft").then().trim_start_matches("/customers/").to_owned();
        let profile = sample::profile(&w, "另一家公司", code.as_str());
        let refused = w.act_on_customer("zhaoliu", &no, &[], Command::SaveCustomer(Box::new(profile))).await;
        assert!(matches!(refused, Err(Failure::DuplicateCode(_))), "{code}");
    }
}

#[tokio::test]
async fn a_namesake_of_the_primary_contact_is_settled_before_the_merge() {
    let (w, [old, new], _) = two_archives().await;
    let mut profile = w.customer(&old).await.customer.profile;
    profile.contacts[0].mobile = Some("13900139000".to_owned());
    w.must_on_customer("wangmin", &old, &[], Command::SaveCustomer(Box::new(profile))).await;
    let refused = blockers(merge(&w, "liqiang", &new, &old).await);
    assert_eq!(refused, [Blocker::ContactsAlike { name: "李娜".to_owned() }]);
}

#[tokio::test]
async fn a_merged_archive_takes_nothing_new() {
    let (w, [old, new], _) = two_archives().await;
    let profile = w.customer(&old).await.customer.profile;
    merge(&w, "chenjing", &new, &old).await.unwrap_or_else(|f| panic!("{}", told(&f)));
    let owner = w.person("wangmin").name.clone();
    let ended = [Blocker::MergedInto { no: new.clone(), owner }];
    let save = Command::SaveCustomer(Box::new(profile));
    assert_eq!(blockers(w.act_on_customer("wangmin", &old, &[], save).await), ended);
    let actor = w.actor("wangmin");
    let deal = NewDeal {
        customer: ForCustomer::Known { no: old.clone() },
        kind: DealKind::Repeat,
        source: Source::Existing,
        title: "再来一单".to_owned(),
        promise: None,
        urgency: None,
        repeats: None,
    };
    assert_eq!(blockers(w.app.open_deal(&w.by(&actor, &[], None), deal).await), ended);
    assert_eq!(blockers(merge(&w, "liqiang", &old, &new).await), ended, "nor another archive");
    assert_eq!(blockers(merge(&w, "liqiang", &new, &old).await), ended, "nor a second merge");
    assert_eq!(blockers(merge(&w, "liqiang", &new, &new).await), [Blocker::SameArchive]);
}

#[tokio::test]
async fn only_the_manager_of_both_merges() {
    let (w, [old, new], _) = two_archives().await;
    for who in ["wangmin", "zhaoxue", "wufang", "liujianguo"] {
        let refused = merge(&w, who, &new, &old).await;
        assert!(matches!(refused, Err(Failure::Denied(_))), "{who}: {:?}", refused.map_err(|f| told(&f)));
    }
    for who in ["zhaoliu", "zhoukai", "sunli", "admin"] {
        let refused = merge(&w, who, &new, &old).await;
        assert!(matches!(refused, Err(Failure::NotFound)), "{who}: {:?}", refused.map_err(|f| told(&f)));
    }
    let unfinished = w.deal_at(Stage::Registered, &Plan::default()).await;
    let draft = w.case(&unfinished).await.customer;
    let refused = blockers(merge(&w, "liqiang", &draft.no, &old).await);
    assert_eq!(refused, [Blocker::CustomerNotArchived { status: draft.status }]);
    let (stale, actor) = (w.customer(&old).await.customer.version - 1, w.actor("liqiang"));
    let keep = MergeSide { no: &new, version: w.customer(&new).await.customer.version };
    let late = w.app.merge_customers(&w.by(&actor, &[], None), keep, MergeSide { no: &old, version: stale }).await;
    assert!(matches!(late, Err(Failure::Stale { .. })), "{:?}", late.map_err(|f| told(&f)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_merges_at_once_one_happens() {
    let (w, [old, new], _) = two_archives().await;
    let (one, other) = tokio::join!(merge(&w, "liqiang", &new, &old), merge(&w, "chenjing", &old, &new));
    assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1, "{:?} {:?}", one.is_ok(), other.is_ok());
    let gone = [w.customer(&old).await.customer, w.customer(&new).await.customer];
    assert_eq!(gone.iter().filter(|c| c.is_inactive).count(), 1);
}

#[tokio::test]
async fn the_page_compares_asks_for_the_number_and_the_old_number_leads_on() {
    let (w, [old, new], _) = two_archives().await;
    let first = Browser::at(&w).await;
    let mut b = first.another();
    b.sign_in("liqiang").await;
    b.open(&format!("/customers/{new}")).await;
    assert!(b.links().iter().any(|l| l.ends_with("/merge")), "{:?}", b.links());
    b.open(&format!("/customers/{new}/merge")).await;
    let proposed = format!("/customers/{new}/merge?other={old}");
    assert!(b.links().contains(&proposed), "an archive of the same name is proposed: {:?}", b.links());
    b.open(&format!("/customers/{new}/merge?other={new}")).await;
    assert!(b.sees("不是这一份"), "{}", b.text());
    b.open(&format!("/customers/{new}/merge?other=KH202699999")).await;
    assert!(b.sees("没有找到客户编号"), "{}", b.text());
    b.open(&format!("/customers/{new}/merge?other={old}")).await;
    assert!(b.sees("名下内容") && b.sees(&old), "{}", b.text());
    assert_eq!(b.faults(), Vec::<String>::new());
    b.set("stays", &new).set("confirmation", &new);
    assert_eq!(b.submit("/merge").await, StatusCode::UNPROCESSABLE_ENTITY, "{}", b.text());
    b.set("confirmation", &old);
    assert_eq!(b.submit("/merge").await, StatusCode::UNPROCESSABLE_ENTITY, "{}", b.text());
    assert!(b.sees("请核实是同一家公司后勾选"), "two codes are two companies until somebody says so: {}", b.text());
    b.set("confirmation", &old).set("same_company", "yes");
    assert_eq!(b.submit("/merge").await, StatusCode::OK, "{}", b.text());
    assert!(b.path.starts_with(&format!("/customers/{new}")), "{}", b.path);

    b.open(&format!("/customers/{old}")).await;
    assert!(b.path.starts_with(&format!("/customers/{new}?from=")), "{}", b.path);
    assert!(b.sees(&format!("{old} 已并入本档案")) && b.sees("已并入的旧编号"), "{}", b.text());
    b.open(&format!("/customers?q={old}")).await;
    assert!(b.links().contains(&format!("/customers/{old}")), "search finds the old number");
    let mut stranger = first.another();
    stranger.sign_in("zhaoliu").await;
    assert_eq!(stranger.open(&format!("/customers/{old}")).await, StatusCode::NOT_FOUND);
    assert_eq!(stranger.open(&format!("/customers/{new}/merge")).await, StatusCode::NOT_FOUND);
    let mut owner = first.another();
    owner.sign_in("wangmin").await;
    assert_eq!(owner.open(&format!("/customers/{new}/merge")).await, StatusCode::FORBIDDEN);
}
