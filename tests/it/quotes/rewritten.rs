//! A draft that is saved again: only what changed is written, and what is kept is the same quote.

use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use kuaidan::app::{Asked, QuoteInput};
use rust_decimal::{Decimal, dec};

/// Number, id, price and the transaction that wrote it, of every line; with the last writer of the terms.
async fn lines(w: &World, deal: &str) -> Vec<(i32, uuid::Uuid, Decimal, String)> {
    let sql = "SELECT l.line_no, l.id, l.unit_price, l.xmin::text FROM quote_line l JOIN quote q ON q.id = l.quote_id JOIN deal d ON d.id = q.deal_id
        WHERE d.no = $1 AND q.version_no = (SELECT max(x.version_no) FROM quote x WHERE x.deal_id = d.id) ORDER BY l.line_no";
    sqlx::query_as(sql).bind(deal).fetch_all(&mut w.database.owner_connection().await).await.expect("lines")
}

async fn terms(w: &World, deal: &str) -> Vec<String> {
    let sql = "SELECT t.xmin::text FROM payment_term t JOIN quote q ON q.id = t.quote_id JOIN deal d ON d.id = q.deal_id WHERE d.no = $1 ORDER BY position";
    sqlx::query_scalar(sql).bind(deal).fetch_all(&mut w.database.owner_connection().await).await.expect("terms")
}

fn plan(prices: [Option<Decimal>; 3]) -> Plan {
    let [panel, stand, service] = prices;
    Plan {
        lines: vec![("QM-65", dec!(10), panel), ("QM-98", dec!(2), stand), ("AZ-01", dec!(1), service)],
        discount_reason: Some("老客户年度框架采购"),
        ..Plan::default()
    }
}

fn typed(w: &World, plan: &Plan, change: impl FnOnce(&mut QuoteInput)) -> Asked<'static> {
    let Asked::Quote(mut input) = w.quote(plan) else { panic!("a quote") };
    change(&mut input);
    Asked::Quote(input)
}

#[tokio::test]
async fn a_save_writes_the_lines_that_changed_and_leaves_the_others() {
    let w = World::new().await;
    let first = plan([None, None, None]);
    let deal = w.deal_at(Stage::RequirementConfirmed, &first).await;
    w.must("wangmin", &deal, &[], w.quote(&first)).await;
    let (before, paid) = (lines(&w, &deal).await, terms(&w, &deal).await);
    assert_eq!(before.len(), 3);

    // The same once more writes no line; the save is told all the same.
    w.must("wangmin", &deal, &[], w.quote(&first)).await;
    assert_eq!(lines(&w, &deal).await, before);

    let cheaper = before[1].2 - dec!(1);
    w.must("wangmin", &deal, &[], w.quote(&plan([None, Some(cheaper), None]))).await;
    let after = lines(&w, &deal).await;
    assert_eq!((&after[0], &after[2]), (&before[0], &before[2]));
    assert_eq!((after[1].1, after[1].2), (before[1].1, cheaper), "it is the same line with another price");
    assert_ne!(after[1].3, before[1].3);
    assert_eq!(terms(&w, &deal).await, paid);

    // A discount on the whole falls on every line; what is read back is what was priced.
    let discounted = typed(&w, &plan([None, Some(cheaper), None]), |input| input.terms.whole_discount = dec!(100));
    w.must("wangmin", &deal, &[], discounted).await;
    let all = lines(&w, &deal).await;
    assert!(all.iter().zip(&after).all(|(now, then)| now.1 == then.1 && now.3 != then.3));
    let quote = w.case(&deal).await.quote.expect("a quote");
    assert_eq!(quote.priced.lines.iter().map(|l| l.discount_share).sum::<Decimal>(), dec!(100));
    assert_eq!((quote.version_no, quote.priced.lines.len()), (1, 3));
}

#[tokio::test]
async fn lines_that_come_and_go_leave_the_numbers_whole() {
    let w = World::new().await;
    let asked = plan([None, None, None]);
    let deal = w.deal_at(Stage::RequirementConfirmed, &asked).await;
    let surcharges = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
        typed(&w, &asked, move |input| {
            input.surcharges = names
                .into_iter()
                .map(|name| kuaidan::app::SurchargeInput { name, amount: dec!(50), tax_rate: dec!(0.06) })
                .collect();
        })
    };
    for names in
        [&["加急费", "包装费"][..], &["包装费"], &[], &["吊装费", "加急费", "包装费"], &["加急费", "吊装费", "包装费"]]
    {
        w.must("wangmin", &deal, &[], surcharges(names)).await;
        let quote = w.case(&deal).await.quote.expect("a quote");
        let told: Vec<&str> = quote.priced.lines.iter().skip(3).map(|l| l.name.as_str()).collect();
        assert_eq!(told, names);
        let numbers: Vec<i32> = lines(&w, &deal).await.iter().map(|l| l.0).collect();
        assert_eq!(numbers, (1..=3 + i32::try_from(names.len()).expect("few")).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn the_next_version_has_lines_of_its_own() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteSent, &Plan::default()).await;
    let sent = lines(&w, &deal).await;
    w.must("wangmin", &deal, &[], w.quote(&Plan::default())).await;
    let draft = lines(&w, &deal).await;
    assert_eq!(w.case(&deal).await.quote.expect("a quote").version_no, 2);
    assert_eq!(draft.len(), sent.len());
    assert!(draft.iter().all(|line| sent.iter().all(|s| s.1 != line.1)));
}
