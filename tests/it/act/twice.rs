//! The same form twice, an old page, another's deal.

use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, told};
use kuaidan::app::{Done, Failure, ForCustomer, FormUse, NewDeal};
use kuaidan::domain::customer::Source;
use kuaidan::domain::deal::DealKind;
use kuaidan::domain::workflow::{Command, Event};
use std::sync::Arc;
use tokio::task::JoinSet;
use uuid::Uuid;

fn form(key: Uuid, content: u8) -> FormUse {
    FormUse { key, route: "/deals/quote/submit".to_owned(), sha256: [content; 32], then: "/next".to_owned() }
}

#[tokio::test]
async fn an_old_page_is_told_what_changed() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::RequirementDrafted, &Plan::default()).await;
    let seen = w.version(&deal).await;
    w.must("wangmin", &deal, &[], Command::SendRequirement).await;
    match w.act_at(seen, "wangmin", &deal, &[], Command::RecallRequirement).await {
        Err(Failure::Stale { changes, version }) => {
            assert_eq!(version, seen + 1);
            assert!(matches!(changes[0].event, Event::RequirementSent { .. }), "{:?}", changes[0]);
            assert_eq!(changes[0].actor.as_deref(), Some("王敏"));
        }
        other => panic!("{:?}", other.map_err(|f| told(&f))),
    }
    assert_eq!(w.version(&deal).await, seen + 1);
    w.must("wangmin", &deal, &[], Command::RecallRequirement).await;
}

#[tokio::test]
async fn a_form_sent_twice_acts_once() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::RequirementDrafted, &Plan::default()).await;
    let version = w.version(&deal).await;
    let actor = w.actor("wangmin");
    let key = w.app.ids.next();
    let send = async |content| {
        w.app.act_on_deal(&w.by(&actor, &[], Some(form(key, content))), &deal, version, Command::SendRequirement).await
    };
    assert_eq!(send(1).await.expect("done"), Done::Now { then: "/next".to_owned() });
    assert_eq!(send(1).await.expect("done before"), Done::Before { then: "/next".to_owned() });
    assert_eq!(w.version(&deal).await, version + 1);
    assert!(matches!(send(2).await, Err(Failure::KeyReused)));

    // Nor may another person use it, or the same one for something else.
    let other = w.actor("zhaoxue");
    let by = w.by(&other, &[], Some(form(key, 1)));
    assert!(matches!(
        w.app.act_on_deal(&by, &deal, version + 1, Command::RecallRequirement).await,
        Err(Failure::KeyReused)
    ));
    let elsewhere = FormUse { route: "/deals/close".to_owned(), ..form(key, 1) };
    let by = w.by(&actor, &[], Some(elsewhere));
    assert!(matches!(
        w.app.act_on_deal(&by, &deal, version + 1, Command::RecallRequirement).await,
        Err(Failure::KeyReused)
    ));
}

#[tokio::test]
async fn a_refused_form_may_be_sent_again() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Archived, &Plan::default()).await;
    let version = w.version(&deal).await;
    let actor = w.actor("wangmin");
    let key = w.app.ids.next();
    for _ in 0..2 {
        let by = w.by(&actor, &[], Some(form(key, 1)));
        let refused = w.app.act_on_deal(&by, &deal, version, Command::SendRequirement).await;
        assert!(matches!(refused, Err(Failure::Blocked { .. })));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_form_sent_16_times_at_once_opens_one_deal() {
    let w = Arc::new(World::new().await);
    let actor = w.actor("wangmin");
    let key = w.app.ids.next();
    let mut senders = JoinSet::new();
    for _ in 0..16 {
        let (w, actor) = (Arc::clone(&w), actor.clone());
        senders.spawn(async move {
            let new = NewDeal {
                customer: ForCustomer::New { legal_name: "苏州星辰云启科技有限公司".to_owned() },
                kind: DealKind::New,
                source: Source::Exhibition,
                title: "会议室平板".to_owned(),
                promise: None,
                urgency: None,
                repeats: None,
            };
            w.app.open_deal(&w.by(&actor, &[], Some(form(key, 1))), new).await.map_err(|f| told(&f))
        });
    }
    let done = senders.join_all().await;
    let now = done.iter().filter(|d| matches!(d, Ok(Done::Now { .. }))).count();
    let before = done.iter().filter(|d| matches!(d, Ok(Done::Before { .. }))).count();
    assert_eq!((now, before), (1, 15), "{done:?}");
    assert!(done.iter().all(|d| d.as_ref().is_ok_and(|d| d.then() == "/deals/CD-20260917-001")), "{done:?}");
    let next = w.open("wangmin", ForCustomer::New { legal_name: "另一家".to_owned() }, None, None).await;
    assert_eq!(next, "CD-20260917-002");
}

#[tokio::test]
async fn what_is_not_yours_is_not_there() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::RequirementDrafted, &Plan::default()).await;
    for stranger in ["zhaoliu", "zhoukai", "zhengwei", "sunli", "hejun", "admin"] {
        let refused = w.act(stranger, &deal, &[], Command::SendRequirement).await;
        assert!(matches!(refused, Err(Failure::NotFound)), "{stranger}: {:?}", refused.map_err(|f| told(&f)));
        assert!(matches!(w.app.deal(&w.actor(stranger), &deal).await, Err(Failure::NotFound)), "{stranger}");
    }
    for onlooker in ["wufang", "chenjing", "liujianguo", "liqiang"] {
        let refused = w.act(onlooker, &deal, &[], Command::SendRequirement).await;
        assert!(matches!(refused, Err(Failure::Denied(_))), "{onlooker}: {:?}", refused.map_err(|f| told(&f)));
        assert!(w.app.deal(&w.actor(onlooker), &deal).await.is_ok(), "{onlooker}");
    }
}
