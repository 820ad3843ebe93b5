//! The clocks of a deal and of the departments: the same minute everywhere, and lives that add up.

use super::busy;
use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage, decide};
use crate::harness::world::{World, moment};
use crate::public::link;
use crate::reports::figure;
use crate::rounds::acts::at_technical;
use axum::http::StatusCode;
use kuaidan::app::ForCustomer;
use kuaidan::domain::approval::{Decision, NodeKind};
use kuaidan::domain::deal::{LostReason, Urgency, UrgentReason};
use kuaidan::domain::link::LinkPurpose;
use kuaidan::domain::report::Kpi;
use kuaidan::domain::workflow::Command;
use rust_decimal::{Decimal, dec};
use std::collections::BTreeSet;

#[tokio::test]
async fn a_promise_shows_the_same_minute_wherever_it_is_read() {
    let world = World::new().await;
    let offered = world.deal_at(Stage::QuoteSent, &Plan::default()).await;
    let accepted = world.deal_at(Stage::Accepted, &Plan::default()).await;
    let ordered = world.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let mut b = Browser::at(&world).await;
    for (at, offer) in [("09-17 13:07", "21 小时 13 分"), ("09-18 09:50", "30 分"), ("09-18 11:20", "1 小时")] {
        world.at(at);
        b.sign_in("wangmin").await;
        for deal in [&offered, &accepted] {
            for (path, place) in [
                (format!("/deals?q={deal}"), format!("tr[data-key={deal}]")),
                (format!("/deals?panel={deal}"), "#panel".to_owned()),
                (format!("/deals/{deal}/card"), "#panel".to_owned()),
                (format!("/deals/{deal}/quote"), ".page-head".to_owned()),
                (format!("/deals/{deal}/clock"), "section[aria-labelledby=clock-promise]".to_owned()),
                ("/deals?view=calendar&month=2026-09".to_owned(), format!("li[data-key={deal}]")),
                ("/deals?view=board".to_owned(), format!("li[data-key={deal}]")),
                ("/deals?view=board&wall=yes".to_owned(), format!("li[data-key={deal}]")),
                ("/work".to_owned(), format!("tr[data-key*={deal}]")),
            ] {
                b.open(&path).await;
                let told = b.words_of(&place).join(" ");
                assert!(told.contains(offer), "{at} {path}: {told}");
                // What is over and what is left is said, not only coloured.
                let words: &[&str] = if at == "09-18 11:20" { &["逾期"] } else { &["剩余", "即将到期"] };
                assert!(words.iter().any(|w| told.contains(w)), "{at} {path}: {told}");
            }
        }
    }
    world.at("09-23 18:00");
    b.sign_in("wangmin").await;
    for (path, place) in [
        ("/orders".to_owned(), format!("tr[data-key={ordered}]")),
        ("/orders?view=board".to_owned(), format!("li[data-key={ordered}]")),
        (format!("/deals/{ordered}/card"), "#panel".to_owned()),
        (format!("/deals/{ordered}/delivery"), ".page-head".to_owned()),
        // The customer's own page, without an account.
        (link(&world, &ordered, LinkPurpose::Track).await, "#promise".to_owned()),
    ] {
        b.open(&path).await;
        let told = b.words_of(&place).join(" ");
        assert!(told.contains("24 小时") && told.contains("9月24日 周四 18:00"), "{path}: {told}");
    }
}

#[tokio::test]
async fn a_row_that_is_red_says_what_is_late() {
    let world = World::new().await;
    // Accepted in time, and never confirmed: no promise runs for the draft, the limit of the turn does.
    let draft = world.deal_at(Stage::Accepted, &Plan::default()).await;
    world.at("09-30 16:00");
    let mut b = Browser::at(&world).await;
    b.sign_in("wangmin").await;
    for (path, place) in [
        ("/orders", format!("tr.is-late[data-key={draft}]")),
        ("/orders?view=board", format!("li.is-late[data-key={draft}]")),
        ("/orders?view=board&wall=yes", format!("li.is-late[data-key={draft}]")),
    ] {
        b.open(path).await;
        let told = b.words_of(&format!("{place} .deadline--overdue")).join(" ");
        assert!(told.contains("逾期"), "{path}: {told} in {}", b.text());
    }
    assert_eq!(b.words_of(&format!("li[data-key={draft}] .light")), ["已逾期"]);
}

#[tokio::test]
async fn who_held_a_deal_adds_up_to_its_whole_life() {
    let world = World::new().await;
    let plan = Plan::default();
    let deal = world.deal_at(Stage::RequirementDrafted, &plan).await;
    for (at, stage) in [
        ("09-17 11:40", Stage::RequirementSent),
        ("09-17 14:10", Stage::RequirementConfirmed),
        ("09-17 14:30", Stage::QuoteDrafted),
        ("09-17 14:40", Stage::QuoteSubmitted),
        ("09-18 09:10", Stage::QuoteApproved),
        ("09-18 09:12", Stage::QuoteSent),
        ("09-18 09:15", Stage::Accepted),
        ("09-18 09:15", Stage::OrderConfirmed),
        ("09-18 10:00", Stage::Paid),
        ("09-21 09:00", Stage::Picked),
        ("09-21 10:00", Stage::Packed),
        ("09-21 11:00", Stage::Shipped),
        ("09-22 11:00", Stage::Signed),
        ("09-23 09:00", Stage::Completed),
    ] {
        world.at(at);
        world.bring_to(stage, &deal, &plan).await;
    }
    let mut b = Browser::at(&world).await;
    // A closed life does not grow.
    for at in ["09-23 09:00", "10-23 09:00"] {
        world.at(at);
        b.sign_in("wangmin").await;
        assert_eq!(b.open(&format!("/deals/{deal}/clock")).await, StatusCode::OK);
        let shares = b.words_of("section[aria-labelledby=clock-held] td:last-child");
        let tenths: i64 = shares
            .iter()
            .map(|s| s.chars().filter(char::is_ascii_digit).collect::<String>().parse::<i64>().expect("a share"))
            .sum();
        assert_eq!(tenths, 1000, "{shares:?}");
        let names = b.words_of("section[aria-labelledby=clock-held] tbody th");
        for name in ["王敏", "客户", "销售主管", "财务", "仓储"] {
            assert!(names.iter().any(|n| n == name), "{name} is missing among {names:?}");
        }
        assert!(b.sees("5 天 22 小时"), "from 09-17 10:20 to 09-23 09:00: {}", b.text());
    }
    let mut owner = world.database.owner_connection().await;
    let gaps: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM (SELECT since, lag(until) OVER (PARTITION BY deal_id ORDER BY position) AS before FROM deal_turn) t WHERE before <> since",
    )
    .fetch_one(&mut owner)
    .await
    .expect("countable");
    assert_eq!(gaps, 0);
}

#[tokio::test]
async fn every_figure_of_the_deadline_board_opens_its_rows() {
    let (world, _) = busy().await;
    world.at("09-18 16:00");
    let browser = Browser::at(&world).await;
    let mut b = browser.another();
    b.sign_in("chenjing").await;
    b.open("/deadlines").await;
    assert_eq!((b.status, b.faults()), (StatusCode::OK, Vec::new()));
    let links = b.hrefs("tbody a[href^='/deals']");
    let figures = b.words_of("tbody a[href^='/deals']");
    assert!(links.len() >= 4, "{}", b.text());
    let mut waiting = 0;
    for (href, figure) in links.iter().zip(&figures) {
        let count: usize = figure.chars().filter(char::is_ascii_digit).collect::<String>().parse().expect("a figure");
        b.open(href).await;
        assert_eq!(b.deals().len(), count, "{href}");
        if href.contains("due=running") || href.contains("due=paused") {
            waiting += count;
        }
    }
    b.open("/deals").await;
    assert!(waiting >= b.deals().len(), "everything open is held by somebody");
    b.open("/deadlines/sales_manager").await;
    assert!(b.sees("李强"), "who decided: {}", b.text());
    b.open("/deadlines/sales_rep?before=1.2.3").await;
    assert!(b.sees("已回到第一页") && b.faults().is_empty(), "{}", b.text());
    assert_eq!(b.open("/deadlines/admin").await, StatusCode::NOT_FOUND);
    assert_eq!(b.open("/deadlines/x").await, StatusCode::NOT_FOUND);
    let mut rep = browser.another();
    rep.sign_in("wangmin").await;
    assert_eq!(rep.open("/deadlines").await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_stretches_behind_a_figure_are_all_there_page_by_page() {
    let world = World::new().await;
    let no = world.archived_customer().await;
    let mut closed = BTreeSet::new();
    for _ in 0..110 {
        let deal = world.open("wangmin", ForCustomer::Known { no: no.clone() }, None, None).await;
        world.must("wangmin", &deal, &[], Command::CloseDeal { reason: LostReason::Budget }).await;
        closed.insert(deal);
    }
    let mut b = Browser::at(&world).await;
    b.sign_in("chenjing").await;
    let (mut seen, mut rows, mut next) = (BTreeSet::new(), 0, Some("/deadlines/sales_rep".to_owned()));
    while let Some(path) = next {
        b.open(&path).await;
        let page = b.words_of("td:first-child a");
        assert!(page.len() <= 100);
        rows += page.len();
        seen.extend(page);
        next = b.hrefs("a[rel=next]").into_iter().find(|h| h.contains("before="));
    }
    assert!(closed.is_subset(&seen), "{} of {}", seen.len(), closed.len());
    b.open("/deadlines").await;
    let figure = b.words_of("a[href='/deadlines/sales_rep']").swap_remove(0);
    assert_eq!(figure, rows.to_string(), "as many as the figure says");
}

/// A role's line of the deadline board.
async fn line_of(world: &World, role: &str) -> Vec<String> {
    let mut b = Browser::at(world).await;
    b.sign_in("chenjing").await;
    assert_eq!(b.open("/deadlines").await, StatusCode::OK);
    let line = b.words_of(&format!("tr[data-key='{role}'] td"));
    // Each figure of open deals opens as many rows.
    for (href, figure) in b
        .hrefs(&format!("tr[data-key='{role}'] a[href^='/deals']"))
        .into_iter()
        .zip(b.words_of(&format!("tr[data-key='{role}'] a[href^='/deals']")))
    {
        let figure: usize = figure.chars().filter(char::is_ascii_digit).collect::<String>().parse().expect("a figure");
        b.open(&href).await;
        assert_eq!(b.deals().len(), figure, "{href}: {}", b.text());
    }
    line
}

/// Nodes that the report counts as overdue.
async fn overdue_nodes(world: &World) -> Decimal {
    world.app.make_all_facts().await.expect("facts are made");
    figure(world, Kpi::OverdueRate, "2026-09").await.sums.numerator
}

#[tokio::test]
async fn a_clock_that_stands_still_is_neither_due_nor_late_nor_time_that_was_taken() {
    let world = World::new().await;
    let node = NodeKind::Technical;
    // Thursday 10:20 and one working day.
    let deal = at_technical(&world).await;
    assert_eq!(line_of(&world, "技术").await[..4], ["1", "0", "0", "0"]);
    world.at("09-17 11:20");
    world.must("zhoukai", &deal, &[], Command::AskRep { node, comment: "安装高度是多少？".to_owned() }).await;
    for at in ["09-17 11:20", "09-18 10:20", "09-18 10:21", "09-18 16:00"] {
        world.at(at);
        assert_eq!(line_of(&world, "技术").await[..4], ["0", "1", "0", "0"], "{at}");
        assert_eq!(overdue_nodes(&world).await, dec!(0), "{at}");
    }
    let mut b = Browser::at(&world).await;
    b.sign_in("wangmin").await;
    for (path, place) in [
        // Below it stands the promise to the customer, which no question stops.
        (format!("/deals?q={deal}"), format!("tr[data-key={deal}] td:nth-child(5) > span:first-child")),
        (format!("/deals/{deal}/card"), "#panel .deadline--paused".to_owned()),
        (format!("/deals/{deal}/approval"), "section[aria-labelledby=next-act]".to_owned()),
    ] {
        b.open(&path).await;
        let told = b.words_of(&place).join(" ");
        assert!(told.contains("暂停计时") && !told.contains("逾期"), "{path}: {told} in {}", b.text());
    }
    b.open(&format!("/deals/{deal}/due")).await;
    assert!(b.sees("已计 60 工作分钟") && b.sees("恢复后再计 420 分钟到期"), "{}", b.text());
    b.open(&format!("/deals/{deal}/clock")).await;
    assert!(b.words_of("section[aria-labelledby=clock-limit]").is_empty(), "no limit runs");
    // Answered after 40 + 300 minutes on Thursday and 180 + 240 on Friday; seven hours are left.
    world.at("09-18 17:00");
    let answer = Command::AnswerCall { node, result: None, comment: "2.1 米".to_owned() };
    world.must("wangmin", &deal, &[], answer).await;
    assert_eq!(line_of(&world, "技术").await[..4], ["1", "0", "0", "0"], "due on Sunday, a workday");
    for (at, line) in [("09-20 15:59", "1010"), ("09-20 16:00", "1010"), ("09-20 16:01", "1001")] {
        world.at(at);
        let digits = |cells: &[String]| cells.concat().chars().filter(char::is_ascii_digit).collect::<String>();
        assert_eq!(digits(&line_of(&world, "技术").await[..4]), line, "{at}");
        assert_eq!(overdue_nodes(&world).await, if line == "1001" { dec!(1) } else { dec!(0) }, "{at}");
    }
    b.sign_in("wangmin").await;
    for path in [format!("/deals/{deal}/due"), format!("/deals/{deal}/clock")] {
        b.open(&path).await;
        assert!(b.sees("等业务员答复，时限暂停"), "{path}: {}", b.text());
    }
    b.open(&format!("/deals/{deal}/due")).await;
    assert!(b.words_of("tfoot td").contains(&"480".to_owned()), "the stretches make the limit: {}", b.text());
    assert!(b.sees("到 2026年9月20日"), "{}", b.text());
    world.must("zhoukai", &deal, &[], decide(node, Decision::Approve, None)).await;
    let line = line_of(&world, "技术").await;
    assert_eq!(line[..4], ["0", "0", "0", "0"]);
    assert_eq!(line[4..], ["1", "8 小时 1 分", "8 小时 1 分"], "the pause of 760 minutes is nobody's");
    let mut b = Browser::at(&world).await;
    b.sign_in("chenjing").await;
    b.open("/deadlines/technical").await;
    assert!(b.sees("8 小时 1 分"), "{}", b.text());
}

#[tokio::test]
async fn what_was_late_before_it_was_asked_stays_late() {
    let world = World::new().await;
    let deal = at_technical(&world).await;
    let ask = || Command::AskRep { node: NodeKind::Technical, comment: "安装高度是多少？".to_owned() };
    world.at("09-18 10:20");
    world.must("zhoukai", &deal, &[], ask()).await;
    world.at("09-21 10:00");
    assert_eq!(line_of(&world, "技术").await[..4], ["0", "1", "0", "0"], "asked on the due minute, in time");
    world.must("zhoukai", &deal, &[], Command::RecallCall { node: NodeKind::Technical }).await;
    world.at("09-21 10:01");
    world.must("zhoukai", &deal, &[], ask()).await;
    world.at("09-21 11:00");
    assert_eq!(line_of(&world, "技术").await[..4], ["0", "1", "0", "逾期 1"], "a question does not undo a minute late");
    assert_eq!(overdue_nodes(&world).await, dec!(1));
}

#[tokio::test]
async fn a_board_that_measures_the_newest_thousand_says_so() {
    let world = World::new().await;
    let deal = world.deal_at(Stage::QuoteDrafted, &Plan::default()).await;
    world.at("09-18 16:00");
    assert!(!line_of(&world, "仓储").await[4].contains('+'));
    let id = world.case(&deal).await.deal.expect("a deal").id;
    // 1,000 stretches of one hour, and one of eight before them.
    let batch = format!(
        "ALTER TABLE deal_turn DISABLE TRIGGER USER;
         INSERT INTO deal_turn (deal_id, position, step, role, since, until)
         SELECT '{id}'::uuid, 1000 + n, 'delivery', 'warehouse', '2026-09-18 01:00Z'::timestamptz, '2026-09-18 02:00Z'::timestamptz + n * interval '1 second' FROM generate_series(1, 1000) n
         UNION ALL SELECT '{id}'::uuid, 1000, 'delivery', 'warehouse', '2026-09-16 01:00Z'::timestamptz, '2026-09-17 01:00Z'::timestamptz;
         ALTER TABLE deal_turn ENABLE TRIGGER USER"
    );
    let mut owner = world.database.owner_connection().await;
    sqlx::raw_sql(sqlx::AssertSqlSafe(batch)).execute(&mut owner).await.expect("filled");
    let line = line_of(&world, "仓储").await;
    assert_eq!(line[4], "1000+", "{line:?}");
    let mut b = Browser::at(&world).await;
    b.sign_in("chenjing").await;
    b.open("/deadlines").await;
    assert!(b.sees("只按最近办完的 1000 件计算"), "{}", b.text());
    assert!(b.sees("等客户答复的业务单算在业务员的等待和逾期里，不算在办完件数和用时里"), "{}", b.text());
}

#[tokio::test]
async fn what_is_left_of_an_urgent_decision_is_the_same_minute_wherever_it_is_read() {
    let world = World::new().await;
    let plan = Plan {
        customer: Some(world.archived_customer().await),
        urgency: Some(Urgency {
            reason: UrgentReason::LineDown,
            text: "产线停工，备件缺货，请尽快安排生产和发货".to_owned(),
            needed_at: moment("09-21 10:00"),
        }),
        ..Plan::default()
    };
    // A Saturday evening: due two hours later, when no office is open.
    world.at("09-19 19:43");
    let deal = world.deal_at(Stage::QuoteSubmitted, &plan).await;
    let mut b = Browser::at(&world).await;
    for (at, left, kind) in [("09-19 19:48", "1 小时 55 分", "剩余"), ("09-20 08:48", "1 小时 5 分", "已逾期")]
    {
        world.at(at);
        b.sign_in("chenjing").await;
        for (path, place) in [
            ("/approvals".to_owned(), format!("tr[data-key={deal}]")),
            (format!("/deals?q={deal}"), format!("tr[data-key={deal}]")),
            (format!("/deals?panel={deal}"), "#panel".to_owned()),
            (format!("/deals/{deal}/card"), "#panel".to_owned()),
            (format!("/deals/{deal}/quote"), "main".to_owned()),
        ] {
            b.open(&path).await;
            let told = b.words_of(&place).join(" ");
            let told = if told.is_empty() { b.text() } else { told };
            assert!(told.contains(left) && told.contains(kind), "{at} {path}: {told}");
            assert!(!told.contains("（工作时间）"), "{at} {path}: {told}");
        }
    }
}
