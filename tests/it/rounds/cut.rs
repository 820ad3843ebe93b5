//! Acts that are cut off: whoever stops a submission, a decision or a question at any question to the
//! database finds the deal as it was before or as it is after, never in between.

use super::acts::at_technical;
use crate::harness::gate::Gate;
use crate::harness::stages::{Plan, Stage, decide};
use crate::harness::world::World;
use kuaidan::app::App;
use kuaidan::domain::approval::{Decision, NodeKind};
use kuaidan::domain::workflow::Command;
use std::pin::Pin;

/// Events, notices and ledger lines of the deal.
async fn traces(w: &World, deal: &str) -> (i64, i64, i64) {
    sqlx::query_as(
        "SELECT (SELECT count(*) FROM event e WHERE e.stream_id = d.id), (SELECT count(*) FROM outbox o WHERE o.deal_id = d.id),
                (SELECT count(*) FROM node_hold h JOIN approval_node n ON n.id = h.node_id JOIN approval_round r ON r.id = n.round_id WHERE r.deal_id = d.id)
         FROM deal d WHERE d.no = $1",
    )
    .bind(deal)
    .fetch_one(&mut w.database.app_connection().await)
    .await
    .expect("readable")
}

/// Cuts the act off after none, one, two … questions until it gets through; how often it was cut off.
fn cut_everywhere<'a>(
    w: &'a World,
    (gate, app): &'a (Gate, App),
    who: &'a str,
    deal: &'a str,
    command: &'a Command,
) -> Pin<Box<dyn Future<Output = usize> + 'a>> {
    Box::pin(async move {
        let before = w.case(deal).await;
        let untouched = traces(w, deal).await;
        let (actor, version) = (w.actor(who), before.deal.as_ref().map_or(0, |d| d.version));
        for questions in 0..2_000 {
            let by = w.by(&actor, &[], None);
            let act = Box::pin(app.act_on_deal(&by, deal, version, command.clone()));
            let through = gate.stop_after(questions, act).await;
            let after = w.case(deal).await;
            if after.deal.as_ref().map(|d| d.version) != before.deal.as_ref().map(|d| d.version) {
                return questions;
            }
            assert!(through.is_none(), "it said that it was done");
            assert_eq!((&after.round, &after.quote), (&before.round, &before.quote), "cut off after {questions}");
            assert_eq!(traces(w, deal).await, untouched, "cut off after {questions}");
        }
        panic!("it never gets through");
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_act_that_is_cut_off_anywhere_is_whole_or_was_never_made() {
    let w = World::new().await;
    let at = w.gated().await;
    let plan = Plan { lines: vec![("QM-98", rust_decimal::dec!(8), None)], ..Plan::default() };
    let deal = w.deal_at(Stage::QuoteDrafted, &plan).await;
    assert!(cut_everywhere(&w, &at, "wangmin", &deal, &Command::SubmitQuote).await > 10);
    let manager = decide(NodeKind::SalesManager, Decision::Approve, None);
    assert!(cut_everywhere(&w, &at, "liqiang", &deal, &manager).await > 10);
    let open = w.case(&deal).await.round.map(|r| r.nodes.iter().filter(|n| n.decided.is_none()).count());
    assert!(open > Some(1), "the next nodes are there, once");
    let other = at_technical(&w).await;
    let ask = Command::AskRep { node: NodeKind::Technical, comment: "安装高度是多少？".to_owned() };
    assert!(cut_everywhere(&w, &at, "zhoukai", &other, &ask).await > 10);
    let answer = Command::AnswerCall { node: NodeKind::Technical, result: None, comment: "2.1 米".to_owned() };
    assert!(cut_everywhere(&w, &at, "wangmin", &other, &answer).await > 10);
    let back = decide(NodeKind::Technical, Decision::Return, Some("方案不可行，请改规格"));
    assert!(cut_everywhere(&w, &at, "zhoukai", &other, &back).await > 10);
}
