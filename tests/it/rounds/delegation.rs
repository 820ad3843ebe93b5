//! Who stands in for whom: at the address, in the round, and in the database.

use super::acts::{act_as, at_technical, hire, node, why};
use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage, decide};
use crate::harness::world::{World, moment};
use crate::walls::Attacker;
use axum::http::StatusCode;
use kuaidan::app::{Failure, NewDelegation};
use kuaidan::domain::approval::{Decision, NodeKind};
use kuaidan::domain::deal::{Urgency, UrgentReason};
use kuaidan::domain::delegation::DelegationFlaw;
use kuaidan::domain::policy::DeniedWhy;
use kuaidan::domain::staff::{Department, Role};
use kuaidan::jobs::sweep;
use rust_decimal::dec;

fn wanted(w: &World, from: &str, to: &str, kind: NodeKind) -> NewDelegation {
    NewDelegation {
        delegator: w.id(from),
        delegate: w.id(to),
        kinds: vec![kind],
        cap: None,
        starts_at: moment("09-17 09:00"),
        ends_at: moment("09-25 18:00"),
        reason: "出差".to_owned(),
    }
}

async fn set(w: &World, by: &str, new: NewDelegation) -> Result<Vec<DelegationFlaw>, DeniedWhy> {
    let actor = w.actor(by);
    match w.app.delegate(&w.by(&actor, &[], None), new).await {
        Ok(Ok(_)) => Ok(Vec::new()),
        Ok(Err(flaws)) => Ok(flaws),
        Err(Failure::Denied(denied)) => Err(denied.why),
        Err(other) => panic!("{}", crate::harness::world::told(&other)),
    }
}

const MANAGER: NodeKind = NodeKind::SalesManager;

#[tokio::test]
async fn the_delegate_decides_in_the_period_and_both_names_are_kept() {
    let w = World::new().await;
    let deal = w.submitted_quote().await;
    let approve = || decide(MANAGER, Decision::Approve, None);
    assert_eq!(why(w.act("chenjing", &deal, &[], approve()).await), DeniedWhy::Role, "not without a delegation");
    assert_eq!(set(&w, "liqiang", wanted(&w, "liqiang", "chenjing", MANAGER)).await, Ok(vec![]));
    // Both see it: in the list and on the page.
    for login in ["liqiang", "chenjing"] {
        let mut b = Browser::at(&w).await;
        b.sign_in(login).await;
        b.open("/approvals").await;
        assert!(b.sees(&deal), "{login}: {}", b.text());
        assert_eq!(b.open(&format!("/deals/{deal}/approval")).await, StatusCode::OK);
        assert!(b.sees("我的审批：销售主管"), "{login}: {}", b.text());
        assert_eq!(b.sees("代 李强 审批"), login == "chenjing", "{}", b.text());
    }
    w.at("09-25 18:00");
    assert_eq!(why(w.act("chenjing", &deal, &[], approve()).await), DeniedWhy::Role, "the period is over");
    w.at("09-25 17:59");
    w.must("chenjing", &deal, &[], approve()).await;
    let decided = node(&w, &deal, MANAGER).await.decided.expect("decided");
    assert_eq!((decided.by_name.as_str(), decided.on_behalf.map(|p| p.name)), ("陈静", Some("李强".to_owned())));
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/approval")).await;
    assert!(b.sees("陈静 代 李强"), "{}", b.text());
}

#[tokio::test]
async fn a_notice_leads_whoever_stands_in_to_the_deal() {
    let w = World::new().await;
    let other = hire(&w, "qianjiang", "钱江", Department::Sales, Role::SalesManager).await;
    let new = NewDelegation { delegate: other.id, ..wanted(&w, "liqiang", "chenjing", MANAGER) };
    assert_eq!(set(&w, "liqiang", new).await, Ok(vec![]));
    let deal = w.submitted_quote().await;
    let mut b = Browser::at(&w).await;
    b.sign_in("qianjiang").await;
    b.open("/notices").await;
    assert!(b.links().contains(&format!("/deals/{deal}")), "{}", b.text());
    let mut conn = w.app.db.read().await.expect("a connection");
    let told = kuaidan::store::notices::newest(&mut conn, other.id, 1).await.expect("readable")[0].id;
    drop(conn);
    b.open(&format!("/notices/{told}")).await;
    assert!(!b.sees("不在您的查看范围内"), "{}", b.text());
    b.press("标为已读并打开").await;
    assert!(b.path.starts_with(&format!("/deals/{deal}")), "{}", b.path);
    // The period is over: it is told, and leads nowhere.
    w.at("09-25 18:00");
    let mut b = b.another();
    b.sign_in("qianjiang").await;
    b.open(&format!("/notices/{told}")).await;
    assert!(b.sees("不在您的查看范围内"), "{}", b.text());
}

#[tokio::test]
async fn a_delegation_that_is_ended_gives_the_task_back() {
    let w = World::new().await;
    let deal = w.submitted_quote().await;
    assert_eq!(set(&w, "liqiang", wanted(&w, "liqiang", "chenjing", MANAGER)).await, Ok(vec![]));
    let mut b = Browser::at(&w).await;
    b.sign_in("liqiang").await;
    b.open("/delegations").await;
    assert!(b.sees("陈静"), "{}", b.text());
    assert_eq!(b.press("提前结束").await, StatusCode::OK, "{}", b.text());
    assert_eq!(why(w.act("chenjing", &deal, &[], decide(MANAGER, Decision::Approve, None)).await), DeniedWhy::Role);
    // The time that is left can be lent again.
    assert_eq!(set(&w, "liqiang", wanted(&w, "liqiang", "chenjing", MANAGER)).await, Ok(vec![]));
}

#[tokio::test]
async fn the_delegate_is_neither_owner_nor_requester_and_the_amount_is_capped() {
    let w = World::new().await;
    let deal = w.submitted_quote().await;
    // Set by the superior, the requester stands in for the manager: for every deal but the own.
    assert_eq!(
        set(&w, "liqiang", wanted(&w, "liqiang", "wangmin", MANAGER)).await,
        Ok(vec![DelegationFlaw::LowerRank])
    );
    assert_eq!(set(&w, "chenjing", wanted(&w, "liqiang", "wangmin", MANAGER)).await, Ok(vec![]));
    let approve = || decide(MANAGER, Decision::Approve, None);
    assert_eq!(why(w.act("wangmin", &deal, &[], approve()).await), DeniedWhy::OwnDeal);
    let plan = Plan { owner: "zhaoliu", customer: None, ..Plan::default() };
    let other = w.deal_at(Stage::QuoteSubmitted, &plan).await;
    w.must("wangmin", &other, &[], approve()).await;
    // And with a cap, up to it.
    let w = World::new().await;
    let deal = w.submitted_quote().await;
    let small = NewDelegation { cap: Some(dec!(81700)), ..wanted(&w, "liqiang", "chenjing", MANAGER) };
    assert_eq!(set(&w, "liqiang", small).await, Ok(vec![]));
    let gross = w.case(&deal).await.quote.expect("a quote").priced.totals.gross;
    assert!(gross > dec!(81700), "{gross}");
    assert_eq!(why(w.act("chenjing", &deal, &[], approve()).await), DeniedWhy::Role);
}

#[tokio::test]
async fn who_may_set_one_and_which_are_refused() {
    let w = World::new().await;
    let gm = NodeKind::GeneralManager;
    for (by, from, to, kind, expected) in [
        ("liujianguo", "liujianguo", "hemin", gm, Ok(vec![])),
        ("hemin", "hemin", "liujianguo", gm, Ok(vec![DelegationFlaw::PassedOn(gm)])),
        ("liujianguo", "liujianguo", "hemin", gm, Ok(vec![DelegationFlaw::Overlaps(gm)])),
        ("wangmin", "wangmin", "zhaoliu", MANAGER, Err(DeniedWhy::Role)),
        ("wangmin", "liqiang", "zhaoliu", MANAGER, Err(DeniedWhy::Role)),
        ("zhoukai", "wufang", "zhoukai", NodeKind::Finance, Err(DeniedWhy::Role)),
        ("zhoukai", "zhoukai", "wufang", NodeKind::Finance, Ok(vec![DelegationFlaw::NotTheirs(NodeKind::Finance)])),
        ("liqiang", "liqiang", "liqiang", MANAGER, Ok(vec![DelegationFlaw::SamePerson])),
        // Credit is judged apart from selling: finance does not lend its node to the head of sales by itself.
        ("wufang", "wufang", "chenjing", NodeKind::Finance, Ok(vec![DelegationFlaw::LowerRank])),
        ("admin", "wufang", "chenjing", NodeKind::Finance, Err(DeniedWhy::Role)),
    ] {
        let found = set(&w, by, wanted(&w, from, to, kind)).await;
        assert_eq!(found, expected, "{by}: {from} to {to}");
    }
    // For a leaver the administrator sets one.
    w.app.deactivate("wufang").await.unwrap_or_else(|f| panic!("{}", crate::harness::world::told(&f)));
    let mut accountant = wanted(&w, "wufang", "admin", NodeKind::Finance);
    assert_eq!(set(&w, "admin", accountant.clone()).await, Ok(vec![DelegationFlaw::Inactive]));
    accountant.delegate = hire(&w, "qianli", "钱莉", Department::Finance, Role::Finance).await.id;
    assert_eq!(set(&w, "admin", accountant).await, Ok(vec![]));
    let long = NewDelegation { ends_at: moment("10-17 09:01"), ..wanted(&w, "liqiang", "chenjing", MANAGER) };
    assert_eq!(set(&w, "liqiang", long).await, Ok(vec![DelegationFlaw::TooLong]));
}

#[tokio::test]
async fn a_delegate_of_two_decides_one_node_of_a_round() {
    let w = World::new().await;
    let deal = at_technical(&w).await;
    let colleague = hire(&w, "sunhao", "孙浩", Department::Technical, Role::Technical).await;
    // 李强 has decided the manager's node; his delegate does not decide another one for him or for others.
    let new = NewDelegation { delegate: colleague.id, ..wanted(&w, "zhoukai", "wufang", NodeKind::Technical) };
    assert_eq!(set(&w, "zhoukai", new).await, Ok(vec![]));
    act_as(&w, &colleague, &deal, decide(NodeKind::Technical, Decision::Approve, None)).await.expect("decides");
    let decided = node(&w, &deal, NodeKind::Technical).await.decided.expect("decided");
    assert_eq!(decided.on_behalf.map(|p| p.name), Some("周凯".to_owned()));
}

#[tokio::test]
async fn the_form_tells_every_flaw_and_keeps_what_was_typed() {
    let w = World::new().await;
    let mut b = Browser::at(&w).await;
    b.sign_in("liqiang").await;
    assert_eq!(b.open("/delegations").await, StatusCode::OK);
    b.set("delegator", "liqiang").set("delegate", "liqiang").set("delegation_starts_at", "2026-09-20T09:00");
    b.set("delegation_ends_at", "2026-09-19T09:00").set("delegation_reason", "出差");
    assert_eq!(b.submit("/delegations").await, StatusCode::UNPROCESSABLE_ENTITY);
    for words in ["授权人和代理人不能是同一人", "请至少选择一个节点", "结束时间须晚于开始时间"]
    {
        assert!(b.sees(words), "{words}: {}", b.text());
    }
    assert!(b.html.contains("2026-09-19T09:00"));
    b.set("delegate", "chenjing")
        .set("delegation_kinds", "sales_manager")
        .set("delegation_ends_at", "2026-09-22T09:00");
    assert_eq!(b.submit("/delegations").await, StatusCode::OK, "{}", b.text());
    assert!(b.sees("未开始"), "{}", b.text());
    let mut other = b.another();
    other.sign_in("wangmin").await;
    other.open("/delegations").await;
    assert!(!other.sees("出差"), "other people's are not hers to see");
}

#[tokio::test]
async fn the_database_lends_nothing_twice_and_nothing_on() {
    let w = World::new().await;
    let deal = w.submitted_quote().await;
    assert_eq!(set(&w, "chenjing", wanted(&w, "liqiang", "chenjing", MANAGER)).await, Ok(vec![]));
    let round = w.case(&deal).await.round.expect("a round");
    let decide = |who: &str, of: &str, at: &str| {
        format!(
            "UPDATE approval_node SET status = 'approved', decided_by = '{}', on_behalf_of = '{}', decided_at = '{at}' WHERE round_id = '{}'",
            w.id(who),
            w.id(of),
            round.id
        )
    };
    let now = "2026-09-17 08:00+00";
    for owner in [false, true] {
        let attacker = async |login: &str| {
            let attacker = if owner { Attacker::owner(&w).await } else { Attacker::app(&w).await };
            attacker.acting(w.id(login))
        };
        // For another, for oneself, out of the period, by somebody else.
        attacker("chenjing").await.refused(&decide("chenjing", "liujianguo", now), "42501", "no delegation").await;
        attacker("liujianguo").await.refused(&decide("liujianguo", "liqiang", now), "42501", "no delegation").await;
        attacker("chenjing")
            .await
            .refused(&decide("chenjing", "liqiang", "2026-09-25 10:00+00"), "42501", "no delegation")
            .await;
        attacker("liqiang").await.refused(&decide("chenjing", "liqiang", now), "42501", "in the name of another").await;
        let longer = "UPDATE delegation SET ends_at = ends_at + interval '1 day'";
        attacker("chenjing").await.refused(longer, "P0001", "ended, never changed").await;
        let wider = "UPDATE delegation SET amount_cap = 1";
        attacker("chenjing").await.refused(wider, "P0001", "ended, never changed").await;
        attacker("chenjing").await.succeeds("SELECT 1", &decide("chenjing", "liqiang", now)).await;
    }
    let delegation = |from: &str, to: &str, days: u32| {
        format!(
            "INSERT INTO delegation (id, delegator_id, delegate_id, starts_at, ends_at, reason, set_by, set_at)
             VALUES ('00000000-0000-0000-0000-00000000000{}', '{from}', '{to}', '2026-09-20', timestamptz '2026-09-20' + interval '{days} days', 'x', '{from}', '2026-09-17')",
            days % 10,
            from = w.id(from),
            to = w.id(to)
        )
    };
    let scope = |from: &str, to: &str, kind: &str, days: u32| {
        format!(
            "INSERT INTO delegation_scope VALUES ('00000000-0000-0000-0000-00000000000{}', '{}', '{}', '{kind}', tstzrange('2026-09-20', timestamptz '2026-09-20' + interval '{days} days'))",
            days % 10,
            w.id(from),
            w.id(to)
        )
    };
    let mut a = Attacker::app(&w).await.acting(w.id("liqiang"));
    a.refused(&delegation("liqiang", "chenjing", 31), "23514", "thirty_days_at_most").await;
    a.refused(&delegation("liqiang", "liqiang", 3), "23514", "nobody_stands_in_for_themselves").await;
    a.refused_after(
        &delegation("liqiang", "hemin", 3),
        &scope("liqiang", "hemin", "sales_manager", 3),
        "23P01",
        "one_delegate_at_a_time",
    )
    .await;
    a.refused_after(
        &delegation("chenjing", "hemin", 3),
        &scope("chenjing", "hemin", "sales_manager", 3),
        "P0001",
        "does not delegate on",
    )
    .await;
    a.refused_after(
        &delegation("liqiang", "hemin", 4),
        &scope("liqiang", "hemin", "finance", 4),
        "42501",
        "what they do not have",
    )
    .await;
    a.refused_after(
        &delegation("liqiang", "hemin", 4),
        &scope("liqiang", "hemin", "sales_manager", 14),
        "P0001",
        "as long as its delegation",
    )
    .await;
}

/// An urgent deal of two hours ago, which rose to 刘建国, who is away.
async fn risen(w: &World, cap: Option<rust_decimal::Decimal>) -> String {
    let new = NewDelegation { cap, ..wanted(w, "liujianguo", "hemin", NodeKind::GeneralManager) };
    assert_eq!(set(w, "liujianguo", new).await, Ok(vec![]));
    let plan = Plan {
        urgency: Some(Urgency {
            reason: UrgentReason::Promotion,
            text: "门店周末促销活动的样机，活动前一天必须到店上架".to_owned(),
            needed_at: moment("09-19 10:00"),
        }),
        ..Plan::default()
    };
    let deal = w.deal_at(Stage::QuoteSubmitted, &plan).await;
    w.at("09-17 12:20");
    sweep(&w.app).await.expect("a look");
    let to = node(w, &deal, NodeKind::UrgentDirector).await.escalated_to.map(|p| p.name);
    assert_eq!(to, Some("刘建国".to_owned()));
    deal
}

#[tokio::test]
async fn whoever_stands_in_for_the_superior_decides_what_rose_to_him() {
    let w = World::new().await;
    let deal = risen(&w, None).await;
    let mut b = Browser::at(&w).await;
    b.sign_in("hemin").await;
    b.open("/notices").await;
    assert!(b.links().contains(&format!("/deals/{deal}")), "told: {}", b.text());
    b.open("/approvals").await;
    assert!(b.sees(&deal) && b.sees("刘建国"), "listed: {}", b.text());
    assert_eq!(b.open(&format!("/deals/{deal}/approval")).await, StatusCode::OK);
    assert!(b.sees("代 刘建国 审批"), "{}", b.text());
    // In the database: for the superior alone, and only while somebody stands in.
    let id = node(&w, &deal, NodeKind::UrgentDirector).await.id;
    let decide_for = |who: &str, of: &str, at: &str| {
        format!(
            "UPDATE approval_node SET status = 'approved', decided_by = '{}', on_behalf_of = '{}', decided_at = '{at}' WHERE id = '{id}'",
            w.id(who),
            w.id(of)
        )
    };
    let now = "2026-09-17 05:00+00";
    let mut app = Attacker::app(&w).await.acting(w.id("hemin"));
    app.refused(&decide_for("hemin", "chenjing", now), "42501", "no delegation").await;
    app.refused(&decide_for("hemin", "liujianguo", "2026-09-26 05:00+00"), "42501", "no delegation").await;
    app.succeeds("SELECT 1", &decide_for("hemin", "liujianguo", now)).await;
    let mut finance = Attacker::app(&w).await.acting(w.id("wufang"));
    finance.refused(&decide_for("wufang", "liujianguo", now), "42501", "no delegation").await;

    w.must("hemin", &deal, &[], decide(NodeKind::UrgentDirector, Decision::Approve, None)).await;
    let decided = node(&w, &deal, NodeKind::UrgentDirector).await.decided.expect("decided");
    assert_eq!((decided.by_name.as_str(), decided.on_behalf.map(|p| p.name)), ("何敏", Some("刘建国".to_owned())));
}

#[tokio::test]
async fn what_is_dearer_than_the_superior_lent_stays_with_the_superior() {
    let w = World::new().await;
    let deal = risen(&w, Some(dec!(100))).await;
    let approve = || decide(NodeKind::UrgentDirector, Decision::Approve, None);
    assert_eq!(why(w.act("hemin", &deal, &[], approve()).await), DeniedWhy::Role);
    let mut b = Browser::at(&w).await;
    b.sign_in("hemin").await;
    b.open("/approvals").await;
    assert!(!b.sees(&deal), "{}", b.text());
    let mut attacker = Attacker::app(&w).await.acting(w.id("hemin"));
    let id = node(&w, &deal, NodeKind::UrgentDirector).await.id;
    let decide_for = format!(
        "UPDATE approval_node SET status = 'approved', decided_by = '{}', on_behalf_of = '{}', decided_at = '2026-09-17 05:00+00' WHERE id = '{id}'",
        w.id("hemin"),
        w.id("liujianguo")
    );
    attacker.refused(&decide_for, "42501", "no delegation").await;
    w.must("liujianguo", &deal, &[], approve()).await;
}
