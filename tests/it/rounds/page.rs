//! The decision page and the inbox: what stands first, what is counted, who was faster, what moved.

use super::acts::{at_technical, hire, node};
use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage, decide};
use crate::harness::world::World;
use axum::http::StatusCode;
use kuaidan::domain::approval::{Decision, NodeKind, NodeStatus};
use kuaidan::domain::deal::Step;
use kuaidan::domain::staff::{Department, Role};
use kuaidan::domain::workflow::Command;
use rust_decimal::dec;
use std::sync::Arc;
use tokio::task::JoinSet;

/// The checklist of the manager, all met.
const MET: [&str; 5] =
    ["check_completeness", "check_price", "check_terms", "check_wanted_date", "check_customer_state"];

async fn at_the_page(w: &World, login: &str, deal: &str) -> Browser {
    let mut b = Browser::at(w).await;
    b.sign_in(login).await;
    assert_eq!(b.open(&format!("/deals/{deal}/approval")).await, StatusCode::OK, "{}", b.text());
    b
}

#[tokio::test]
async fn an_approval_answers_the_checklist_and_the_departments_fields() {
    let w = World::new().await;
    let deal = at_technical(&w).await;
    let address = format!("/deals/{deal}/approval");
    let mut b = at_the_page(&w, "zhoukai", &deal).await;
    assert!(b.sees("审批要点") && b.sees("方案可行性") && b.sees("制作周期"), "{}", b.text());
    assert_eq!(b.choose(&address, "decision", "approve").await, StatusCode::UNPROCESSABLE_ENTITY);
    for words in ["方案可行性", "制作周期（天）"] {
        assert!(b.sees(words), "{words}: {}", b.text());
    }
    for item in ["check_feasibility", "check_risk", "check_specification"] {
        b.set(item, "met");
    }
    b.set("check_lead_time", "not_met").set("feasibility", "with_changes").set("lead_days", "１５");
    assert_eq!(b.choose(&address, "decision", "approve").await, StatusCode::UNPROCESSABLE_ENTITY, "{}", b.text());
    b.set("note_lead_time", "需加急采购支架").set("risks", "支架承重待复核");
    assert_eq!(b.choose(&address, "decision", "approve").await, StatusCode::OK, "{}", b.text());
    let sheet = node(&w, &deal, NodeKind::Technical).await.sheet;
    assert_eq!(sheet.technical.as_ref().map(|t| t.lead_days), Some(15));
    // The next reader finds it beside the decision.
    let mut other = at_the_page(&w, "wangmin", &deal).await;
    assert!(other.sees("需加急采购支架") && other.sees("修改后可行"), "{}", other.text());
    other.open("/approvals?tab=mine").await;
    assert!(other.sees(&deal));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_20_people_at_one_node_one_decides_and_nineteen_are_told_who() {
    let w = Arc::new(World::new().await);
    for number in 0..19 {
        let login = format!("gm{number:02}");
        super::acts::hire(
            &w,
            &login,
            &format!("副总{number:02}"),
            kuaidan::domain::staff::Department::Technical,
            kuaidan::domain::staff::Role::Technical,
        )
        .await;
    }
    let deal = at_technical(&w).await;
    let first = Browser::at(&w).await;
    let mut people = JoinSet::new();
    let logins: Vec<String> = (0..19).map(|n| format!("gm{n:02}")).chain(["zhoukai".to_owned()]).collect();
    let barrier = Arc::new(tokio::sync::Barrier::new(logins.len()));
    for login in logins {
        let (mut b, deal, barrier) = (first.another(), deal.clone(), Arc::clone(&barrier));
        people.spawn(async move {
            b.sign_in(&login).await;
            let address = format!("/deals/{deal}/approval");
            b.open(&address).await;
            for item in ["check_feasibility", "check_risk", "check_specification", "check_lead_time"] {
                b.set(item, "met");
            }
            b.set("feasibility", "feasible").set("lead_days", "3");
            barrier.wait().await;
            let status = b.choose(&address, "decision", "approve").await;
            (status, b.sees("已由"))
        });
    }
    let answers = people.join_all().await;
    let count = |wanted: (StatusCode, bool)| answers.iter().filter(|a| **a == wanted).count();
    assert_eq!(count((StatusCode::OK, false)), 1, "{answers:?}");
    assert_eq!(count((StatusCode::CONFLICT, true)), 19, "{answers:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_departments_at_once_open_the_next_stage_exactly_once() {
    let w = Arc::new(World::new().await);
    // A first sale that stock does not cover: technical and production side by side, then the director.
    let plan = Plan { lines: vec![("QM-98", dec!(8), None)], ..Plan::default() };
    for _ in 0..10 {
        let deal = w.deal_at(Stage::QuoteSubmitted, &plan).await;
        w.must("liqiang", &deal, &[], decide(NodeKind::SalesManager, Decision::Approve, None)).await;
        let version = w.version(&deal).await;
        let hash = w.case(&deal).await.round.expect("a round").content_hash;
        let mut both = JoinSet::new();
        for (who, kind) in [("zhoukai", NodeKind::Technical), ("zhengwei", NodeKind::Production)] {
            let (w, deal, hash) = (Arc::clone(&w), deal.clone(), hash.clone());
            both.spawn(async move {
                let Command::DecideNode(verdict) = decide(kind, Decision::Approve, None) else { panic!("a decision") };
                let seen = kuaidan::domain::round::Verdict { seen: Some(hash), ..*verdict };
                w.act_at(version, who, &deal, &[], Command::DecideNode(Box::new(seen))).await.is_ok()
            });
        }
        assert_eq!(both.join_all().await, [true, true], "neither stands in the other's way");
        let director = node(&w, &deal, NodeKind::SalesDirector).await;
        assert_eq!((director.status, director.holds.len()), (NodeStatus::Open, 1));
    }
}

#[tokio::test]
async fn a_decision_on_a_version_that_moved_shows_the_difference_and_asks_again() {
    let w = World::new().await;
    let deal = w.submitted_quote().await;
    let address = format!("/deals/{deal}/approval");
    let mut b = at_the_page(&w, "liqiang", &deal).await;
    // Meanwhile: withdrawn, cheaper, submitted again, and once more as it was at first.
    w.must("wangmin", &deal, &[], Command::WithdrawQuote).await;
    let dearer =
        Plan { lines: vec![("QM-65", dec!(10), Some(dec!(8100))), ("AZ-01", dec!(1), None)], ..Plan::default() };
    w.bring_to(Stage::QuoteDrafted, &deal, &dearer).await;
    w.bring_to(Stage::QuoteSubmitted, &deal, &dearer).await;
    for item in MET {
        b.set(item, "met");
    }
    b.set("comment", "价格可以");
    assert_eq!(b.choose(&address, "decision", "approve").await, StatusCode::CONFLICT);
    for words in ["您看到的版本已更新", "与您刚才看到的版本相比", "8,050.03", "8,100.00", "价格可以"]
    {
        assert!(b.sees(words) || b.html.contains(words), "{words}: {}", b.text());
    }
    assert!(node(&w, &deal, NodeKind::SalesManager).await.decided.is_none());
    // A, B, A: the same content again is another version.
    let seen_b = w.case(&deal).await.round.expect("a round").content_hash;
    w.must("wangmin", &deal, &[], Command::WithdrawQuote).await;
    w.bring_to(Stage::QuoteDrafted, &deal, &Plan::default()).await;
    w.bring_to(Stage::QuoteSubmitted, &deal, &Plan::default()).await;
    assert_ne!(w.case(&deal).await.round.expect("a round").content_hash, seen_b);
    assert_eq!(b.choose(&address, "decision", "approve").await, StatusCode::CONFLICT, "B is not A");
    assert_eq!(b.choose(&address, "decision", "approve").await, StatusCode::OK, "{}", b.text());
    assert_eq!(node(&w, &deal, NodeKind::SalesManager).await.status, NodeStatus::Approved);
}

#[tokio::test]
async fn the_difference_since_my_last_decision_stands_first() {
    let w = World::new().await;
    let deal = w.submitted_quote().await;
    let back = decide(NodeKind::SalesManager, Decision::Return, Some("单价请再核对一次"));
    w.must("liqiang", &deal, &[], back).await;
    let dearer =
        Plan { lines: vec![("QM-65", dec!(10), Some(dec!(8100))), ("AZ-01", dec!(1), None)], ..Plan::default() };
    w.bring_to(Stage::QuoteDrafted, &deal, &dearer).await;
    w.bring_to(Stage::QuoteSubmitted, &deal, &dearer).await;
    let b = at_the_page(&w, "liqiang", &deal).await;
    let text = b.text();
    let difference = text.find("与您上次审批（第 1 轮）相比").unwrap_or_else(|| panic!("{text}"));
    let whole = text.find("报价 BJ-").unwrap_or_else(|| panic!("{text}"));
    assert!(difference < whole, "{text}");
    assert!(b.sees("8,100.00") && b.sees("第 1 轮") && b.sees("单价请再核对一次"), "{text}");
}

#[tokio::test]
async fn questions_and_signatures_go_through_their_forms() {
    let w = World::new().await;
    let deal = at_technical(&w).await;
    let address = format!("/deals/{deal}/approval");
    let mut b = at_the_page(&w, "zhoukai", &deal).await;
    b.set("question", "高度");
    assert_eq!(b.submit("/approval/ask").await, StatusCode::UNPROCESSABLE_ENTITY);
    b.set("question", "安装高度是多少？");
    assert_eq!(b.submit("/approval/ask").await, StatusCode::OK, "{}", b.text());
    assert!(b.sees("时限暂停"), "{}", b.text());
    let mut rep = b.another();
    rep.sign_in("wangmin").await;
    rep.open(&address).await;
    assert!(rep.sees("安装高度是多少？"), "{}", rep.text());
    rep.set("answer", "2.1 米");
    assert_eq!(rep.submit("/approval/answer").await, StatusCode::OK, "{}", rep.text());
    b.open(&address).await;
    assert!(b.sees("2.1 米"), "{}", b.text());
    b.set("signer", "nobody").set("sign_comment", "请先确认物料");
    assert_eq!(b.submit("/approval/sign-first").await, StatusCode::UNPROCESSABLE_ENTITY);
    b.set("signer", "sunli");
    assert_eq!(b.submit("/approval/sign-first").await, StatusCode::OK, "{}", b.text());
    let mut store = b.another();
    store.sign_in("sunli").await;
    assert_eq!(store.open(&address).await, StatusCode::OK, "who is asked sees it: {}", store.text());
    assert!(!store.sees("29,999"), "but no prices");
    store.set("sign_result", "agree").set("answer", "齐套");
    assert_eq!(store.submit("/approval/answer").await, StatusCode::OK, "{}", store.text());
    b.open(&address).await;
    assert!(b.sees("谁处理了多久") && b.sees("齐套"), "{}", b.text());
}

#[tokio::test]
async fn the_inbox_counts_what_is_there_and_pins_the_urgent() {
    let w = World::new().await;
    let plan = Plan { customer: Some(w.archived_customer().await), ..Plan::default() };
    let mut deals = Vec::new();
    for _ in 0..3 {
        deals.push(w.deal_at(Stage::QuoteSubmitted, &plan).await);
    }
    let mut b = Browser::at(&w).await;
    b.sign_in("liqiang").await;
    b.open("/approvals").await;
    assert!(b.sees("待我审批 3"), "{}", b.text());
    w.must("liqiang", &deals[0], &[], decide(NodeKind::SalesManager, Decision::Approve, None)).await;
    b.open("/approvals").await;
    assert!(b.sees("待我审批 2") && b.sees("我已审批 1"), "{}", b.text());
    assert!(!b.sees(&deals[0]));
    b.open("/approvals?tab=decided").await;
    assert!(b.sees(&deals[0]), "{}", b.text());
}

#[tokio::test]
async fn a_department_of_an_earlier_round_still_opens_the_deal() {
    let w = World::new().await;
    let deal = at_technical(&w).await;
    let back = decide(NodeKind::Technical, Decision::Return, Some("接口不符，请重新选型"));
    w.must("zhoukai", &deal, &[], back).await;
    let plan = Plan { lines: vec![("QM-98", dec!(1), None)], ..Plan::default() };
    w.bring_to(Stage::QuoteDrafted, &deal, &plan).await;
    w.bring_to(Stage::QuoteSubmitted, &deal, &plan).await;
    let case = w.case(&deal).await;
    assert_eq!(case.round.as_ref().map(|r| r.round_no), Some(2));
    assert_eq!(node(&w, &deal, NodeKind::Technical).await.status, NodeStatus::Waiting, "not there yet");
    let mut b = Browser::at(&w).await;
    b.sign_in("zhoukai").await;
    b.open("/deals?status=all").await;
    assert!(b.sees(&deal), "the list holds it: {}", b.text());
    assert_eq!(b.open(&format!("/deals/{deal}/requirement")).await, StatusCode::OK, "and so it opens");
    let mut b = b.another();
    b.sign_in("zhengwei").await;
    assert_eq!(b.open(&format!("/deals/{deal}/requirement")).await, StatusCode::NOT_FOUND, "never sent there");
}

#[tokio::test]
async fn a_return_goes_where_the_page_says_and_everything_is_in_reach_of_the_bar() {
    let w = World::new().await;
    hire(&w, "sunhao", "孙浩", Department::Technical, Role::Technical).await;
    let deal = at_technical(&w).await;
    let address = format!("/deals/{deal}/approval");
    let mut b = at_the_page(&w, "zhoukai", &deal).await;
    for link in ["href=\"#f-receiver\"", "href=\"#f-signer\""] {
        let bar = b.html.split("actions--bar").nth(1).and_then(|bar| bar.split("</form>").next()).expect("the bar");
        assert!(bar.contains(link), "{link}: {bar}");
    }
    // A specification that does not fit goes back to the requirement, unless somebody says otherwise.
    b.set("comment", "墙体承重不够");
    assert_eq!(b.choose(&address, "decision", "return").await, StatusCode::OK, "{}", b.text());
    let case = w.case(&deal).await;
    assert_eq!(case.deal.expect("a deal").step, Step::Requirement);
}

#[tokio::test]
async fn a_seller_is_not_asked_to_sign_first_by_another_seller() {
    let w = World::new().await;
    let deal = w.submitted_quote().await;
    let b = at_the_page(&w, "liqiang", &deal).await;
    let signers = b.html.split("name=\"signer\"").nth(1).and_then(|s| s.split("</select>").next()).expect("signers");
    assert!(signers.contains("value=\"zhoukai\"") && signers.contains("value=\"sunli\""), "{signers}");
    for own in ["chenjing", "zhaoliu", "zhaoxue"] {
        assert!(!signers.contains(&format!("value=\"{own}\"")), "{own}: {signers}");
    }
}

#[tokio::test]
async fn a_due_moment_in_a_year_without_a_list_of_days_off_is_marked() {
    let w = World::new().await;
    w.clock.set("2027-03-01T02:00:00Z".parse().expect("a moment"));
    let deal = w.submitted_quote().await;
    let b = at_the_page(&w, "liqiang", &deal).await;
    assert!(b.sees("(暂定)"), "{}", b.text());
}
