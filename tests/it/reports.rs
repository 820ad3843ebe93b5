//! Reports: figures follow from what happened, open their rows, keep to the reader's rights, and
//! can be thrown away and made anew.

#[path = "reports/four_stories.rs"]
mod four_stories;
#[path = "reports/rows.rs"]
mod rows;

use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use axum::http::StatusCode;
use kuaidan::domain::deal::Step;
use kuaidan::domain::report::figure::Sums;
use kuaidan::domain::report::{Figure, Kpi, Month, Split};
use kuaidan::jobs::{self, Did};
use kuaidan::store::reports::{self, Check, Filter, Scope};
use kuaidan::wording::Lang;
use rust_decimal::{Decimal, dec};

pub async fn figure(w: &World, kpi: Kpi, month: &str) -> Figure {
    figure_of(w, kpi, (month, month)).await
}

async fn figure_of(w: &World, kpi: Kpi, (from, to): (&str, &str)) -> Figure {
    let months = (Month::parse(from).expect("a month"), Month::parse(to).expect("a month"));
    let mut conn = w.app.db.read().await.expect("a connection");
    let sums = reports::sums_by_month(&mut conn, months, &[kpi], (&Scope::Everything, &Filter::default()))
        .await
        .expect("readable");
    Figure::of(kpi, sums.iter().fold(Sums::default(), |all, (_, _, one)| all.plus(*one)))
}

/// The story of a new customer, with one deal of the other rep beside it.
async fn company() -> (World, String, String) {
    let w = World::new().await;
    let mine = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let other = Plan { owner: "zhaoliu", ..Plan::default() };
    let theirs = w.deal_at(Stage::QuoteSent, &other).await;
    (w, mine, theirs)
}

#[tokio::test]
async fn figures_follow_from_what_happened_and_a_second_run_finds_nothing_to_do() {
    let (w, mine, _) = company().await;
    assert_eq!(jobs::make_facts(&w.app).await.expect("the job runs"), Did::Worked);
    assert_eq!(jobs::make_facts(&w.app).await.expect("the job runs"), Did::Idle);
    let conversion = figure(&w, Kpi::Conversion, "2026-09").await;
    assert_eq!((conversion.sums.numerator, conversion.sums.denominator), (dec!(1), dec!(2)));
    assert_eq!(figure(&w, Kpi::FirstPass, "2026-09").await.value, Some(dec!(100.0)));
    assert_eq!(figure(&w, Kpi::UrgentShare, "2026-09").await.value, Some(dec!(0.0)));
    // 249.97 of 8,299.00 on ten panels, nothing on the installation.
    let discount = figure(&w, Kpi::Discount, "2026-09").await;
    assert_eq!((discount.sums.numerator, discount.sums.denominator), (dec!(2489.70), dec!(84190)));
    let case = w.case(&mine).await;
    let confirmed = case.order.and_then(|o| o.confirmed_at).expect("a confirmed order");
    let opened = case.deal.expect("a deal").opened_at;
    let cycle = figure(&w, Kpi::OrderCycle, "2026-09").await;
    assert_eq!(cycle.sums.numerator, Decimal::from((confirmed - opened).num_minutes()));
    assert_eq!(figure(&w, Kpi::OnTime, "2026-09").await.value, None, "not due, not signed");
    let back = figure(&w, Kpi::RepeatCustomers, "2026-09").await;
    assert_eq!((back.sums.numerator, back.sums.denominator), (dec!(0), dec!(1)), "one customer, one order");
    let whole = figure_of(&w, Kpi::CompleteArchives, ("2000-01", "2026-09")).await;
    assert_eq!((whole.sums.numerator, whole.sums.denominator), (dec!(2), dec!(2)));
}

#[tokio::test]
async fn time_alone_changes_a_figure_when_a_promise_runs_out() {
    let (w, _, _) = company().await;
    w.at("09-24 17:59");
    w.app.make_all_facts().await.expect("facts are made");
    w.at("09-24 18:00");
    assert_eq!(w.app.make_all_facts().await.expect("facts are made"), 0, "the last minute of the promise");
    w.at("09-24 18:01");
    assert!(w.app.make_all_facts().await.expect("facts are made") > 0);
    assert_eq!(figure(&w, Kpi::OnTime, "2026-09").await.value, Some(dec!(0.0)));
}

#[tokio::test]
async fn facts_thrown_away_are_made_anew_the_same_and_a_sum_that_parts_is_found() {
    let (w, mine, _) = company().await;
    w.app.make_all_facts().await.expect("facts are made");
    let kpis = [Kpi::Conversion, Kpi::Discount, Kpi::NodeTime, Kpi::StepTime, Kpi::ArchivedInTime];
    let mut before = Vec::new();
    for kpi in kpis {
        before.push(figure(&w, kpi, "2026-09").await);
    }
    let Check::Whole { facts } = w.app.check_facts().await.expect("checked") else { panic!("the sums agree") };
    assert!(facts > 20, "{facts}");
    w.app.rebuild_facts(&w.database.owner().await).await.expect("made anew");
    for (kpi, old) in kpis.into_iter().zip(before) {
        assert_eq!(figure(&w, kpi, "2026-09").await, old, "{kpi}");
    }
    assert_eq!(w.app.check_facts().await.expect("checked"), Check::Whole { facts });
    // Facts made anew after another act replace the former ones.
    w.must("wufang", &mine, &[], receipt()).await;
    w.app.make_all_facts().await.expect("facts are made");
    assert!(matches!(w.app.check_facts().await.expect("checked"), Check::Whole { .. }));
    sqlx::raw_sql("UPDATE report_rollup SET numerator = numerator + 1 WHERE kpi = 'conversion'")
        .execute(&mut w.database.owner_connection().await)
        .await
        .expect("an owner can do harm");
    assert!(matches!(w.app.check_facts().await.expect("checked"), Check::Differs { kpi, .. } if kpi == "conversion"));
    w.app.rebuild_facts(&w.database.owner().await).await.expect("made anew");
    sqlx::raw_sql("UPDATE report_month SET facts = facts + 1 WHERE kpi = 'first_pass'")
        .execute(&mut w.database.owner_connection().await)
        .await
        .expect("an owner can do harm");
    assert!(matches!(w.app.check_facts().await.expect("checked"), Check::Differs { kpi, .. } if kpi == "first_pass"));
}

fn receipt() -> kuaidan::domain::workflow::Command {
    kuaidan::domain::workflow::Command::RecordReceipt {
        position: 1,
        amount: dec!(100),
        received_at: crate::harness::world::moment("09-17 10:20"),
        reference: "HK-1".to_owned(),
    }
}

#[tokio::test]
async fn two_makers_at_once_make_every_fact_once() {
    let (w, _, _) = company().await;
    let makers: Vec<_> = (0..6)
        .map(|_| {
            let app = w.app.clone();
            tokio::spawn(async move { app.make_all_facts().await })
        })
        .collect();
    for maker in makers {
        maker.await.expect("it ends").expect("no maker fails");
    }
    assert!(matches!(w.app.check_facts().await.expect("checked"), Check::Whole { .. }));
    assert_eq!(figure(&w, Kpi::Conversion, "2026-09").await.sums.denominator, dec!(2));
}

#[tokio::test]
async fn every_figure_opens_its_rows_and_a_stranger_never_shows() {
    let (w, mine, theirs) = company().await;
    w.app.make_all_facts().await.expect("facts are made");
    let mut manager = Browser::at(&w).await;
    manager.sign_in("liqiang").await;
    assert_eq!(manager.open("/reports?month=2026-09").await, StatusCode::OK);
    assert!(manager.sees("李强 的团队") && manager.sees("50.0 %"));
    let pages: Vec<String> = manager.links().into_iter().filter(|l| l.starts_with("/reports/")).collect();
    assert!(pages.len() > 30, "{pages:?}");
    for page in &pages {
        assert_eq!(manager.open(page).await, StatusCode::OK, "{page}");
    }
    manager.open("/reports/conversion?month=2026-09").await;
    assert!(manager.sees(&mine) && manager.sees(&theirs));

    let mut rep = manager.another();
    rep.sign_in("wangmin").await;
    for path in ["/reports", "/reports/conversion", "/reports/step_time"] {
        assert_eq!(rep.open(path).await, StatusCode::OK, "{path}");
        let told = String::from_utf8_lossy(&rep.body).into_owned();
        assert!(!told.contains(&theirs) && !told.contains("赵六"), "{path} tells of another's deal");
        assert_eq!(rep.choose(&format!("{path}/export"), "format", "csv").await, StatusCode::OK, "{path}");
        let told = String::from_utf8_lossy(&rep.body).into_owned();
        assert!(!told.contains(&theirs) && !told.contains("赵六"), "the file of {path} tells of another's deal");
    }
    rep.open("/reports/conversion").await;
    assert!(rep.sees(&mine) && rep.sees("100.0 %"));
    // Asking for another's figures by the address finds nothing.
    rep.open(&format!("/reports/conversion?owner={}", w.id("zhaoliu"))).await;
    assert!(!rep.sees(&theirs));

    let mut technical = manager.another();
    technical.sign_in("zhoukai").await;
    assert_eq!(technical.open("/reports").await, StatusCode::OK);
    assert_eq!(technical.open("/reports/conversion").await, StatusCode::NOT_FOUND);
    assert_eq!(technical.open("/reports/node_time").await, StatusCode::OK);
    assert!(!technical.sees(&mine), "the manager's node is not the technical department's");
    for login in ["zhaoxue", "admin"] {
        let mut other = manager.another();
        other.sign_in(login).await;
        assert_eq!(other.open("/reports").await, StatusCode::FORBIDDEN, "{login}");
    }
}

#[tokio::test]
async fn hostile_addresses_are_answered_calmly() {
    let (w, _, _) = company().await;
    w.app.make_all_facts().await.expect("facts are made");
    let mut director = Browser::at(&w).await;
    director.sign_in("chenjing").await;
    for query in [
        "month=9999-99",
        "month=%00",
        "month=2199-12&owner=x&grade=Z&urgent=maybe&path=no&kind=%27",
        "after=9.9",
        "after=-1.1",
        "after=99999999999999999999.1",
        "detail=%27%3B+DROP+TABLE",
        "detail=%00",
        "as=exe",
    ] {
        for path in ["/reports", "/reports/node_time", "/reports/export", "/reports/node_time/export"] {
            assert_eq!(director.open(&format!("{path}?{query}")).await, StatusCode::OK, "{path}?{query}");
        }
        for path in ["/reports/export", "/reports/node_time/export"] {
            director.open("/reports").await;
            let asked = [("query", query), ("format", "exe")];
            assert_eq!(director.post_raw(path, &asked).await, StatusCode::OK, "{path} {query}");
        }
    }
    assert_eq!(director.open("/reports/nonsense").await, StatusCode::NOT_FOUND);
    // What nobody understands is told, and the rest of the address holds.
    director.open("/reports/conversion?grade=Z&path=standard&month=2026-13&department=nobody&after=x.y.z").await;
    for odd in ["grade=Z", "month=2026-13", "department=nobody", "已回到第一页"] {
        assert!(director.sees(odd), "{odd}: {}", director.text());
    }
    assert!(!director.sees("path=standard") && director.faults().is_empty(), "{:?}", director.faults());
}

#[tokio::test]
async fn the_spreadsheet_says_what_the_page_says_and_holds_no_formula() {
    let (w, _, _) = company().await;
    w.app.make_all_facts().await.expect("facts are made");
    let mut director = Browser::at(&w).await;
    director.sign_in("chenjing").await;
    director.open("/reports?month=2026-09").await;
    director.choose("/reports/export", "format", "csv").await;
    let csv = String::from_utf8(director.body.clone()).expect("UTF-8");
    assert!(csv.starts_with('\u{feff}'), "Excel needs the mark");
    let line = csv.lines().find(|l| l.starts_with("报价转化率,2026-09")).expect("the figure's line");
    assert!(line.starts_with("报价转化率,2026-09,50,%,1,2,"), "{line}");
    assert!(csv.lines().skip(1).flat_map(|l| l.split(',')).all(|c| !c.starts_with(['=', '@'])));
    director.open("/reports/discount?month=2026-09").await;
    director.choose("/reports/discount/export", "format", "xlsx").await;
    let sheet = kuaidan::documents::sheets::read(&director.body).expect("a workbook");
    assert_eq!(sheet.rows.len(), 2, "the heading and one order");
}

#[tokio::test]
async fn parts_stand_under_their_own_head_in_the_order_of_the_business() {
    let (w, _, _) = company().await;
    w.app.make_all_facts().await.expect("facts are made");
    let mut director = Browser::at(&w).await;
    director.sign_in("chenjing").await;
    director.open("/reports/step_time?month=2026-09").await;
    assert_eq!(director.words_of("#parts"), ["按步骤"]);
    let rows = director.words_of("section[aria-labelledby=parts] tbody th");
    let steps = Step::ALL.iter().map(|s| Lang::Zh.step(*s));
    let left: Vec<&str> = steps.filter(|step| rows.iter().any(|row| row == step)).collect();
    assert!(left.len() >= 4, "{rows:?}");
    assert_eq!(rows, left, "the steps that were left, in their order");
    director.open("/reports/node_time?month=2026-09").await;
    assert_eq!(director.words_of("#parts"), ["按审批节点"]);
    for kpi in Kpi::ALL {
        let codes = kpi.split().codes();
        assert_eq!(codes.is_empty(), kpi.split() == Split::None, "{kpi}");
    }
}

#[tokio::test]
async fn whoever_takes_figures_or_stretches_along_is_told_by_name() {
    let (w, mine, _) = company().await;
    w.app.make_all_facts().await.expect("facts are made");
    let mut director = Browser::at(&w).await;
    director.sign_in("chenjing").await;
    for (page, held) in [
        ("/reports", "报价转化率"),
        ("/reports/order_cycle?urgent=no", mine.as_str()),
        ("/deadlines/sales_rep", mine.as_str()),
    ] {
        director.open(page).await;
        let path = page.split('?').next().unwrap_or_default();
        assert_eq!(director.choose(&format!("{path}/export"), "format", "csv").await, StatusCode::OK, "{page}");
        assert_eq!(director.headers["content-type"], "text/csv; charset=utf-8", "{page}");
        assert!(String::from_utf8_lossy(&director.body).contains(held), "{page}");
    }
    let mut owner = w.database.owner_connection().await;
    let told: Vec<(String, String)> = sqlx::query_as(
        "SELECT payload ->> 'list', payload ->> 'filter' FROM event WHERE kind = 'list_exported' ORDER BY position",
    )
    .fetch_all(&mut owner)
    .await
    .expect("readable");
    let told: Vec<(&str, &str)> = told.iter().map(|(list, filter)| (list.as_str(), filter.as_str())).collect();
    assert_eq!(told, [("reports", ""), ("order_cycle", "urgent=no"), ("deadlines", "业务员")]);
    let mut stranger = director.another();
    stranger.sign_in("admin").await;
    for path in ["/reports/export", "/reports/order_cycle/export", "/deadlines/sales_rep/export"] {
        assert_eq!(stranger.post_raw(path, &[("format", "csv")]).await, StatusCode::FORBIDDEN, "{path}");
    }
}
