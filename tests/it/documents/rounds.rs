//! The approval form on paper says what its page says: who decided for whom, what was checked, on which
//! clock, round by round.

use super::{printed, squeezed};
use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage, decide};
use crate::harness::world::{World, moment, told};
use axum::http::StatusCode;
use kuaidan::app::NewDelegation;
use kuaidan::domain::approval::{ApprovalPath, Decision, NodeKind};
use kuaidan::domain::calendar::{Profile, WorkingMinutes};
use kuaidan::domain::deal::{Urgency, UrgentReason};
use kuaidan::domain::workflow::Command;
use kuaidan::wording::Lang;
use rust_decimal::dec;

/// 李强 lends his node to the director for a week.
async fn lent(w: &World) {
    let new = NewDelegation {
        delegator: w.id("liqiang"),
        delegate: w.id("chenjing"),
        kinds: vec![NodeKind::SalesManager],
        cap: None,
        starts_at: moment("09-17 09:00"),
        ends_at: moment("09-25 18:00"),
        reason: "出差".to_owned(),
    };
    let actor = w.actor("liqiang");
    let set = w.app.delegate(&w.by(&actor, &[], None), new).await.unwrap_or_else(|f| panic!("{}", told(&f)));
    assert!(set.is_ok(), "the delegation is in order");
}

#[tokio::test]
async fn each_round_has_its_paper_with_delegates_checklists_and_answers() {
    let w = World::new().await;
    lent(&w).await;
    let plan = Plan { lines: vec![("QM-98", dec!(1), None)], ..Plan::default() };
    let deal = w.deal_at(Stage::QuoteSubmitted, &plan).await;
    w.must("chenjing", &deal, &[], decide(NodeKind::SalesManager, Decision::Approve, None)).await;
    let ask = Command::AskRep { node: NodeKind::Technical, comment: "支架承重多少千克".to_owned() };
    w.must("zhoukai", &deal, &[], ask).await;
    let comment = "最大承重一百二十千克".to_owned();
    let answer = Command::AnswerCall { node: NodeKind::Technical, result: None, comment };
    w.must("wangmin", &deal, &[], answer).await;
    w.must("zhoukai", &deal, &[], decide(NodeKind::Technical, Decision::Return, Some("墙体承重不够，改落地支架")))
        .await;
    w.must("wangmin", &deal, &[], w.quote(&plan)).await;
    w.must("wangmin", &deal, &[], Command::SubmitQuote).await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/approval")).await;
    for round in [1, 2] {
        let link = format!("/deals/{deal}/approval.pdf?lang=zh&#38;round={round}");
        let plain = link.replace("&#38;", "&amp;");
        assert!(b.html.contains(&link) || b.html.contains(&plain), "{round}: {}", b.html);
    }
    let first = printed(&mut b, &format!("/deals/{deal}/approval.pdf?lang=zh&round=1")).await;
    for what in [
        "陈静代李强",
        "全部符合",
        "支架承重多少千克",
        "最大承重一百二十千克",
        "墙体承重不够，改落地支架",
        "R1",
        "计价方式含税",
    ] {
        assert!(first.contains(what), "{what}: {first}");
    }
    let newest = printed(&mut b, &format!("/deals/{deal}/approval.pdf?lang=zh")).await;
    assert!(newest.contains("R2") && !newest.contains("陈静代李强") && !newest.contains("墙体承重"), "{newest}");
    assert_eq!(b.open(&format!("/deals/{deal}/approval.pdf?round=9")).await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_fast_node_on_a_saturday_is_counted_on_the_clock_of_those_on_call() {
    let w = World::new().await;
    w.at("09-19 10:00");
    let plan = Plan {
        urgency: Some(Urgency {
            reason: UrgentReason::Promotion,
            text: "门店周末促销活动的展示屏，活动前一天必须到店上架".to_owned(),
            needed_at: moment("09-21 10:00"),
        }),
        ..Plan::default()
    };
    let deal = w.deal_at(Stage::QuoteSubmitted, &plan).await;
    let round = w.case(&deal).await.round.expect("a round");
    assert_eq!(round.path, ApprovalPath::Fast);
    w.at("09-19 11:00");
    w.must("chenjing", &deal, &[], decide(NodeKind::UrgentDirector, Decision::Approve, None)).await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    let hour = Lang::Zh.on_clock(Profile::OnCall, WorkingMinutes::hours(1));
    let paper = printed(&mut b, &format!("/deals/{deal}/approval.pdf?lang=zh")).await;
    // The node's and the round's.
    assert_eq!(paper.matches(&squeezed(&hour)).count(), 2, "{hour}: {paper}");
    b.open(&format!("/deals/{deal}/approval")).await;
    assert!(b.sees(&hour), "{}", b.text());
}
