//! Notices: counts that agree with the rows, read one by one or all that were seen, and links
//! that lead only where their reader may go.

use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use axum::http::StatusCode;
use kuaidan::domain::ids::{DealId, PersonId};
use kuaidan::domain::notice::{Topic, Urgency};
use kuaidan::store::Tx;
use kuaidan::store::notices::{self, More, NewNotice};

async fn tell(w: &World, who: &str, kind: &str, deal: Option<DealId>, more: More) -> bool {
    let recipient: PersonId = w.id(who);
    let mut tx = Tx::begin(&w.app.db, None).await.expect("a transaction");
    let id = w.app.ids.next();
    let notice = NewNotice { id, dedupe_key: format!("{kind}:{id}"), recipient, deal, customer: None, kind };
    let added = notices::add_with(&mut tx, &notice, &more, w.now()).await.expect("added");
    tx.commit().await.expect("kept");
    added == 1
}

async fn unread(w: &World, who: &str) -> (i64, Vec<(String, i64)>) {
    let mut conn = w.app.db.read().await.expect("a connection");
    let all = notices::unread(&mut conn, w.id(who)).await.expect("readable");
    let mut topics = notices::unread_by_topic(&mut conn, w.id(who)).await.expect("readable");
    topics.sort();
    (all, topics)
}

#[tokio::test]
async fn counts_agree_and_a_notice_is_read_when_its_reader_says_so() {
    let w = World::new().await;
    tell(&w, "sunli", "record_picking", None, More::default()).await;
    tell(&w, "sunli", "node_overdue", None, More::default()).await;
    tell(&w, "sunli", "change_filed", None, More { urgency: Some(Urgency::Urgent), facts: None }).await;
    let (all, topics) = unread(&w, "sunli").await;
    assert_eq!((all, topics.iter().map(|(_, n)| n).sum::<i64>()), (3, 3));
    assert_eq!(topics.iter().map(|(t, _)| t.as_str()).collect::<Vec<_>>(), ["deadline", "told", "turn"]);

    let mut b = Browser::at(&w).await;
    b.sign_in("sunli").await;
    b.open("/notices").await;
    assert!(b.sees("3 条未读") && b.sees("通知，3 条未读") && b.sees("加急"), "{}", b.text());
    assert_eq!(b.faults(), Vec::<String>::new());
    b.open("/notices?topic=deadline").await;
    assert!(b.sees("1 条未读") && b.sees("时限 1"), "{}", b.text());
    assert_eq!(unread(&w, "sunli").await.0, 3, "looking reads nothing");
    // One is read; the others are not.
    b.press("标为已读").await;
    assert_eq!(unread(&w, "sunli").await.0, 2);
    b.open("/notices?unread=yes").await;
    assert!(b.sees("2 条未读"), "{}", b.text());
    // What comes while the page is open stays unread when all that was seen is read.
    w.clock.advance(chrono::TimeDelta::seconds(1));
    tell(&w, "sunli", "change_effective", None, More::default()).await;
    b.submit("/notices/read").await;
    assert_eq!(unread(&w, "sunli").await, (1, vec![("told".to_owned(), 1)]));
}

#[tokio::test]
async fn pages_follow_each_other_without_a_gap() {
    let w = World::new().await;
    for _ in 0..120 {
        tell(&w, "hejun", "ship", None, More::default()).await;
    }
    let mut b = Browser::at(&w).await;
    b.sign_in("hejun").await;
    b.open("/notices").await;
    let mut rows = Vec::new();
    loop {
        let page = b.html.clone();
        rows.extend(
            page.split("action=\"/notices/")
                .skip(1)
                .filter_map(|p| p.split_once("/read\"").map(|(id, _)| id.to_owned())),
        );
        let Some(next) = b.links().into_iter().find(|l| l.contains("before=")) else { break };
        assert!(rows.len() <= 120, "the pages go round");
        b.open(&next).await;
    }
    let unique: std::collections::BTreeSet<&String> = rows.iter().collect();
    assert_eq!((rows.len(), unique.len()), (120, 120));
}

#[tokio::test]
async fn a_notice_leads_only_where_its_reader_may_go_and_belongs_to_one_person() {
    let w = World::new().await;
    let no = w.deal_at(Stage::RequirementConfirmed, &Plan::default()).await;
    let deal = w.case(&no).await.deal.map(|d| d.id);
    // A colleague was told of a deal that is not hers to see any more.
    tell(&w, "zhaoliu", "change_filed", deal, More::default()).await;
    tell(&w, "wangmin", "save_quote", deal, More::default()).await;
    let mut other = Browser::at(&w).await;
    other.sign_in("zhaoliu").await;
    other.open("/notices").await;
    assert!(other.sees(&no), "the number is told");
    assert!(!other.links().iter().any(|l| l.starts_with("/deals/CD")), "but it leads nowhere");

    let mut mine = other.another();
    mine.sign_in("wangmin").await;
    mine.open("/notices").await;
    assert!(mine.links().contains(&format!("/deals/{no}")));
    let mut conn = w.app.db.read().await.expect("a connection");
    let id = notices::newest(&mut conn, w.id("wangmin"), 1).await.expect("readable")[0].id;
    drop(conn);
    let before = unread(&w, "wangmin").await.0;
    // The page that messages lead to: nothing happens until the button is pressed.
    assert_eq!(mine.open(&format!("/notices/{id}")).await, StatusCode::OK);
    assert_eq!(mine.faults(), Vec::<String>::new());
    assert_eq!(unread(&w, "wangmin").await.0, before);
    mine.press("标为已读并打开").await;
    assert!(mine.path.starts_with(&format!("/deals/{no}")), "{}", mine.path);
    assert_eq!(unread(&w, "wangmin").await.0, before - 1);
    // Somebody else's notice does not exist.
    assert_eq!(other.open(&format!("/notices/{id}")).await, StatusCode::NOT_FOUND);
    for path in ["/notices/x", "/notices/00000000-0000-0000-0000-000000000000"] {
        assert_eq!(other.open(path).await, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["/notices?before=x", "/notices?topic=x&before=9.9", "/notices?unread=%00"] {
        assert_eq!(other.open(path).await, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn what_asks_for_an_act_on_an_urgent_deal_is_urgent() {
    let w = World::new().await;
    let urgency = kuaidan::domain::deal::Urgency {
        reason: kuaidan::domain::deal::UrgentReason::LineDown,
        text: "客户产线停机，会议平板须在两天内更换，否则停产".to_owned(),
        needed_at: w.now() + chrono::TimeDelta::hours(56),
    };
    let no = w.deal_at(Stage::RequirementConfirmed, &Plan { urgency: Some(urgency), ..Plan::default() }).await;
    let case = w.case(&no).await;
    let deal = case.deal.as_ref().map(|d| d.id);
    tell(&w, "wangmin", "save_quote", deal, More::default()).await;
    tell(&w, "wangmin", "change_filed", deal, More::default()).await;
    let mut conn = w.app.db.read().await.expect("a connection");
    let two = notices::newest(&mut conn, w.id("wangmin"), 2).await.expect("readable");
    let urgent: Vec<(&str, bool)> = two.iter().map(|n| (n.topic.as_str(), n.is_urgent)).collect();
    assert!(
        urgent.contains(&(Topic::Turn.code(), true)) && urgent.contains(&(Topic::Told.code(), false)),
        "{urgent:?}"
    );
}
