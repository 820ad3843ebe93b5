//! One set, several views.

use super::busy;
use crate::delivery::{goods, order_of};
use crate::harness::browser::Browser;
use crate::harness::world::{World, moment};
use crate::story_4_rounds as story_4;
use axum::http::StatusCode;
use kuaidan::app::ForCustomer;
use kuaidan::domain::approval::{Decision, NodeKind};
use kuaidan::domain::delivery::{DelayCause, ExceptionFacts, ExceptionKind, Severity};
use kuaidan::domain::staff::Department;
use kuaidan::domain::workflow::Command;
use sqlx::{AssertSqlSafe, raw_sql};
use std::collections::BTreeSet;

/// The deals of an exported list; its first column holds their numbers.
fn exported(body: &[u8]) -> Vec<String> {
    let text = String::from_utf8(body.to_vec()).expect("UTF-8");
    let text = text.strip_prefix('\u{feff}').expect("the mark that spreadsheets look for");
    let mut found: Vec<String> = text.lines().skip(1).filter_map(|l| l.split(',').next()).map(str::to_owned).collect();
    found.sort();
    found
}

#[tokio::test]
async fn every_view_and_file_holds_the_same_rows_for_every_reader() {
    let (world, deals) = busy().await;
    let browser = Browser::at(&world).await;
    let of_deals =
        ["", "step=delivery", "status=all", "urgent=yes", "mine=yes", "turn=mine", "turn=customer", "q=CD-2026"];
    let of_orders =
        ["", "status=all", "status=completed", "status=open", "mine=yes", "turn=mine", "q=DD-2026", "q=CD-2026"];
    let filters: Vec<(&str, &str)> =
        of_deals.map(|f| ("/deals", f)).into_iter().chain(of_orders.map(|f| ("/orders", f))).collect();
    let (mut seen, mut ordered): (BTreeSet<String>, BTreeSet<String>) = Default::default();
    for login in ["wangmin", "zhaoliu", "liqiang", "chenjing", "zhoukai", "wufang", "sunli"] {
        let mut b = browser.another();
        b.sign_in(login).await;
        for (path, filter) in &filters {
            b.open(&format!("{path}?{filter}")).await;
            assert_eq!(b.status, StatusCode::OK, "{login} {path} {filter}");
            let table = b.deals();
            let total: usize = b.words_of("h1 small")[0]
                .chars()
                .filter(char::is_ascii_digit)
                .collect::<String>()
                .parse()
                .expect("a count");
            assert_eq!(total, table.len(), "{login} {path} {filter}");
            let of_set = if *path == "/deals" { &mut seen } else { &mut ordered };
            of_set.extend(table.iter().cloned());
            b.choose("/lists/export", "format", "csv").await;
            assert_eq!(exported(&b.body), table, "{login} {path} {filter}");
            b.open(&format!("{path}?{filter}&view=board")).await;
            assert_eq!(b.deals(), table, "{login} {path} {filter} as columns");
            b.choose("/lists/export", "format", "csv").await;
            assert_eq!(exported(&b.body), table, "{login} {path} {filter} as columns");
            b.open(&format!("{path}?{filter}&view=board&wall=yes")).await;
            assert_eq!(b.deals(), table, "{login} {path} {filter} on the wall");
            b.open(&format!("{path}?{filter}&view=board")).await;
            let heads: usize =
                b.words_of(".board-column__head .count").iter().map(|c| c.parse::<usize>().expect("a count")).sum();
            assert_eq!(heads, table.len(), "{login} {path} {filter}: the heads count the cards");
            b.open(&format!("{path}?{filter}&view=calendar&month=2026-09")).await;
            assert!(b.deals().iter().all(|no| table.contains(no)), "{login} {path} {filter} as calendar");
        }
    }
    assert_eq!(seen.len(), deals.len());
    assert_eq!(ordered.len(), 4, "one of them has come to its end");
}

#[tokio::test]
async fn the_orders_of_a_list_are_those_that_its_status_says() {
    let (world, deals) = busy().await;
    let mut b = Browser::at(&world).await;
    b.sign_in("chenjing").await;
    let (live, ended) = (&deals[6], &deals[8]);
    for view in ["", "&view=board", "&view=board&wall=yes"] {
        for (asked, chosen, has_ended) in [("", "进行中", false), ("status=all", "全部", true)] {
            b.open(&format!("/orders?{asked}{view}")).await;
            assert_eq!((b.deals().contains(live), b.deals().contains(ended)), (true, has_ended), "{asked}{view}");
            if !view.contains("wall") {
                let select = "select[name=status] option[selected]";
                let said = b.words_of(select).first().cloned().unwrap_or_else(|| "全部".to_owned());
                assert_eq!(said, chosen, "{asked}{view}");
            }
        }
    }
}

#[tokio::test]
async fn amounts_stand_only_where_the_reader_may_see_prices() {
    let (world, _) = busy().await;
    let browser = Browser::at(&world).await;
    for (login, sees) in
        [("wangmin", true), ("chenjing", true), ("sunli", false), ("hejun", false), ("zhengwei", false)]
    {
        let mut b = browser.another();
        b.sign_in(login).await;
        for path in ["/deals", "/deals?view=board", "/orders", "/orders?view=board", "/orders?view=board&wall=yes"] {
            b.open(path).await;
            assert_eq!(b.sees("81,700.30"), sees, "{login} {path}");
        }
        b.open("/orders?status=all").await;
        b.choose("/lists/export", "format", "csv").await;
        assert_eq!(String::from_utf8_lossy(&b.body).contains("81700.30"), sees, "{login}");
    }
}

#[tokio::test]
async fn conditions_that_nobody_knows_are_left_out_and_told() {
    let (world, _) = busy().await;
    let mut b = Browser::at(&world).await;
    b.sign_in("chenjing").await;
    b.open("/deals").await;
    let all = b.deals();
    for odd in [
        "step=seventh",
        "status=gone",
        "colour=red",
        "from=2026-02-30",
        "month=0",
        "view=globe",
        "sort=random",
        "late=%00",
        "turn=%27%20OR%201%3D1",
        "before=1763870000000000.00000000-0000-0000-0000-000000000007",
        "before=%F0%9F%98%80",
    ] {
        assert_eq!(b.open(&format!("/deals?{odd}")).await, StatusCode::OK, "{odd}");
        assert_eq!(b.deals(), all, "{odd}");
        assert!(b.sees("已忽略") || odd.ends_with("%00"), "{odd}: {}", b.text());
        assert_eq!(b.open(&format!("/orders?{odd}&view=board")).await, StatusCode::OK, "{odd}");
    }
    b.open("/deals?owner=nobody").await;
    assert!(b.deals().is_empty() && b.sees("owner=nobody"));
    b.open("/deals?step=quote&step=order&step=order").await;
    assert!(b.sees("step=order"), "said twice, taken once");
    assert_eq!(b.open(&format!("/deals?{}", "a=b&".repeat(500))).await, StatusCode::OK);
    assert_eq!(b.open("/deals?panel=CD-20990101-001").await, StatusCode::OK);
}

#[tokio::test]
async fn pages_follow_one_another_and_only_with_their_own_token() {
    let world = World::new().await;
    let no = world.archived_customer().await;
    let mut opened = BTreeSet::new();
    for _ in 0..120 {
        opened.insert(world.open("wangmin", ForCustomer::Known { no: no.clone() }, None, None).await);
    }
    let mut b = Browser::at(&world).await;
    b.sign_in("wangmin").await;
    for sort in ["", "&sort=due"] {
        let mut seen = BTreeSet::new();
        let mut next = Some(format!("/deals?status=all{sort}"));
        let mut pages = 0;
        while let Some(path) = next {
            b.open(&path).await;
            for no in b.deals() {
                assert!(seen.insert(no.clone()), "{no} stands on two pages");
            }
            pages += 1;
            next = b.hrefs("a[rel=next]").into_iter().find(|h| h.starts_with("/deals"));
        }
        assert_eq!(pages, 3);
        assert!(opened.is_subset(&seen));
    }
    b.open("/deals?status=all").await;
    let first = b.deals();
    let older = b.hrefs("a[rel=next]").into_iter().find(|h| h.starts_with("/deals")).expect("a next page");
    let token = older.split("before=").nth(1).expect("a token").to_owned();
    // The same token under another filter, a changed one, one of another installation.
    for path in [
        format!("/deals?status=open&before={token}"),
        format!("/deals?status=all&before={}", token.replacen('1', "2", 1)),
        format!("/deals?status=all&before={token}0"),
        format!("/deals?status=all&before={}", token.rsplit_once('.').map_or("", |(place, _)| place)),
    ] {
        assert_eq!(b.open(&path).await, StatusCode::OK);
        assert_eq!(b.deals(), first, "{path}");
        assert!(b.sees("已回到第一页"), "{path}");
    }
}

#[tokio::test]
async fn a_list_is_kept_by_name_for_its_owner_alone() {
    let (world, _) = busy().await;
    let browser = Browser::at(&world).await;
    let mut b = browser.another();
    b.sign_in("wangmin").await;
    b.open("/deals?view=board&late=yes&colour=red").await;
    b.fill("把当前条件存为视图", "我的逾期");
    b.submit("/views").await;
    assert_eq!((b.status, b.path.as_str()), (StatusCode::OK, "/deals?view=board&late=yes"));
    assert!(b.hrefs(".chip a").contains(&"/deals?view=board&late=yes".to_owned()));
    // The same name again takes the place of the former.
    b.open("/deals?urgent=yes").await;
    b.fill("把当前条件存为视图", "我的逾期");
    b.submit("/views").await;
    assert_eq!(b.hrefs(".chip a"), ["/deals?urgent=yes"]);
    let mut other = browser.another();
    other.sign_in("liqiang").await;
    other.open("/deals").await;
    assert!(!other.sees("我的逾期"));
    b.press("删除视图").await;
    assert!(b.hrefs(".chip a").is_empty());
    for n in 0..15 {
        b.open("/deals?mine=yes").await;
        b.fill("把当前条件存为视图", &format!("视图{n}"));
        b.submit("/views").await;
    }
    assert_eq!(b.hrefs(".chip a").len(), 12, "the oldest make room");
    b.open("/deals").await;
    b.fill("把当前条件存为视图", "  ");
    assert_eq!(b.submit("/views").await, StatusCode::OK, "a name of nothing keeps nothing");
}

#[tokio::test]
async fn the_wall_shows_the_board_and_nothing_else() {
    let (world, _) = busy().await;
    let mut b = Browser::at(&world).await;
    b.sign_in("liqiang").await;
    b.open("/orders?view=board&wall=yes").await;
    assert_eq!(b.status, StatusCode::OK);
    assert!(b.html.contains("http-equiv=\"refresh\""), "it renews itself without scripts");
    assert!(b.words_of(".side-nav, .top-bar, form").is_empty());
    assert!(b.words_of(".board-card").len() >= 2 && b.words_of("progress").len() >= 2);
}

#[tokio::test]
async fn a_file_runs_nothing_and_leaves_a_trace() {
    let world = World::new().await;
    let no = world.archived_customer().await;
    let actor = world.actor("wangmin");
    let new = kuaidan::app::NewDeal {
        customer: ForCustomer::Known { no },
        kind: kuaidan::domain::deal::DealKind::New,
        source: kuaidan::domain::customer::Source::Exhibition,
        title: "=HYPERLINK(\"http://evil\")".to_owned(),
        promise: None,
        urgency: None,
        repeats: None,
    };
    world.app.open_deal(&world.by(&actor, &[], None), new).await.expect("opened");
    let mut b = Browser::at(&world).await;
    b.sign_in("wangmin").await;
    b.open("/deals").await;
    b.choose("/lists/export", "format", "csv").await;
    assert_eq!(b.headers["content-type"], "text/csv; charset=utf-8");
    assert!(String::from_utf8_lossy(&b.body).contains("\"'=HYPERLINK("), "{}", b.html);
    b.open("/deals").await;
    b.choose("/lists/export", "format", "xlsx").await;
    let mut book: calamine::Xlsx<_> =
        calamine::open_workbook_from_rs(std::io::Cursor::new(b.body.clone())).expect("a workbook");
    let sheet = calamine::Reader::worksheet_range_at(&mut book, 0).expect("a sheet").expect("readable");
    let cells: Vec<String> = sheet.rows().flatten().map(ToString::to_string).collect();
    assert!(cells.iter().any(|c| c.starts_with("=HYPERLINK")), "as text: {cells:?}");
    let formulas = calamine::Reader::worksheet_formula(&mut book, "业务单").expect("readable");
    assert_eq!(formulas.rows().flatten().filter(|f| !f.is_empty()).count(), 0);
    let mut owner = world.database.owner_connection().await;
    let told: i64 = sqlx::query_scalar("SELECT count(*) FROM event WHERE kind = 'list_exported'")
        .fetch_one(&mut owner)
        .await
        .expect("countable");
    assert_eq!(told, 2);
}

/// The numbers of orders in a text.
fn orders(text: &str) -> BTreeSet<String> {
    let length = "DD-20260917-001".len();
    text.match_indices("DD-").filter_map(|(at, _)| text.get(at..at + length)).map(str::to_owned).collect()
}

#[tokio::test]
async fn every_other_list_is_taken_along_as_its_reader_sees_it() {
    let (world, deals) = busy().await;
    // Overdue from the day after: the deposits of both owners.
    world.at("09-25 10:00");
    let facts = ExceptionFacts {
        kind: ExceptionKind::Delay,
        severity: Severity::Normal,
        department: Department::Logistics,
        line: Some(goods(&order_of(&world, &deals[6]).await)),
        shipment: None,
        quantity: None,
        text: "=cmd|面板迟到两天".to_owned(),
        cause: Some(DelayCause::Material),
        new_date: Some(moment("09-28 18:00")),
        attempts: None,
        freight_payer: None,
        claim_no: None,
        file: None,
        found_at: world.now(),
    };
    world.must("wangmin", &deals[6], &[], Command::OpenException(Box::new(facts))).await;
    let browser = Browser::at(&world).await;
    let mut all = BTreeSet::new();
    for login in ["chenjing", "wangmin", "zhaoliu"] {
        let mut b = browser.another();
        b.sign_in(login).await;
        for (page, has_rows) in [
            ("/deliveries", true),
            ("/deliveries?today=yes", true),
            ("/receivables", true),
            ("/receivables?overdue=yes", true),
            ("/exceptions", login != "zhaoliu"),
            ("/feedback", false),
        ] {
            b.open(page).await;
            // The surveys that are due stand above the list and are none of it.
            let rows = if page == "/feedback" { "tr:has(a[href^='/feedback/'])" } else { "tbody tr" };
            let shown = orders(&b.words_of(rows).join("\n"));
            let path = page.split('?').next().unwrap_or_default();
            b.choose(&format!("{path}/export"), "format", "csv").await;
            assert_eq!(b.headers["content-type"], "text/csv; charset=utf-8", "{login} {page}");
            let text = String::from_utf8(b.body.clone()).expect("UTF-8");
            let lines: Vec<String> = text.lines().skip(1).map(str::to_owned).collect();
            assert_eq!(orders(&text), shown, "{login} {page}");
            assert_eq!(!shown.is_empty(), has_rows, "{login} {page}");
            assert!(lines.iter().all(|l| !l.split(',').any(|c| c.starts_with('='))), "{login} {page}: {lines:?}");
            b.open(page).await;
            b.choose(&format!("{path}/export"), "format", "xlsx").await;
            let sheet = kuaidan::documents::sheets::read(&b.body).expect("a workbook");
            assert_eq!(sheet.rows.len(), lines.len() + 1, "{login} {page}");
            if login == "chenjing" {
                all.extend(shown);
            } else {
                assert!(shown.is_subset(&all) && shown.len() < all.len(), "{login} {page}");
            }
        }
    }
    let mut stranger = browser.another();
    stranger.sign_in("admin").await;
    for path in ["/deliveries", "/exceptions", "/receivables", "/feedback"] {
        assert_eq!(
            stranger.post_raw(&format!("{path}/export"), &[("format", "csv")]).await,
            StatusCode::FORBIDDEN,
            "{path}"
        );
    }
}

#[tokio::test]
async fn every_department_that_decides_finds_the_deal_in_its_own_list() {
    let mut world = World::new().await;
    story_4::stock(&mut world).await;
    let deal = story_4::first_round(&world).await;
    world.at("09-30 16:00");
    let approved = story_4::plain(NodeKind::SalesManager, Decision::Approve, None);
    story_4::verdict(&world, &deal, "liqiang", approved).await;
    // Technical, finance and production are asked at the same minute.
    let browser = Browser::at(&world).await;
    let sees = async |login: &str| {
        let mut b = browser.another();
        b.sign_in(login).await;
        b.open("/work").await;
        let told = b.words_of("[aria-labelledby=group-mine] tbody tr").iter().any(|row| row.contains(&deal));
        let mut found = vec![told];
        for list in ["/deals?turn=mine&sort=due", "/deals?mine=yes"] {
            b.open(list).await;
            found.push(b.deals().contains(&deal));
        }
        found
    };
    for login in ["zhoukai", "wufang", "zhengwei"] {
        assert_eq!(sees(login).await, [true; 3], "{login}");
    }
    for login in ["liqiang", "sunli", "chenjing"] {
        assert_eq!(sees(login).await[..2], [false; 2], "{login} has nothing to decide");
    }
    world.at("09-30 16:30");
    let approved = story_4::plain(NodeKind::Finance, Decision::Approve, None);
    story_4::verdict(&world, &deal, "wufang", approved).await;
    assert_eq!(sees("wufang").await, [false; 3], "who has decided is done");
    assert_eq!(sees("zhengwei").await, [true; 3]);
}

#[tokio::test]
async fn a_list_that_is_too_long_for_a_file_is_refused_with_words() {
    let (world, _) = busy().await;
    let batch = format!(
        "ALTER TABLE deal DISABLE TRIGGER USER;
         INSERT INTO deal (id, no, version, customer_id, owner_id, kind, source, title, status, step, opened_at, is_urgent, step_entered_at, calendar_version, progress, updated_at)
         SELECT gen_random_uuid(), 'CD-20250101-' || lpad(n::text, 6, '0'), 1, c.id, c.owner_id, 'new', 'other', '旧单', 'completed', 'delivery', '2025-01-01', false, '2025-01-01', 'x',
            0, '2025-01-01' FROM generate_series(1, 10000) n CROSS JOIN (SELECT id, owner_id FROM customer WHERE owner_id = '{}' LIMIT 1) c;
         ALTER TABLE deal ENABLE TRIGGER USER",
        world.id("wangmin")
    );
    let mut owner = world.database.owner_connection().await;
    raw_sql(AssertSqlSafe(batch)).execute(&mut owner).await.expect("filled");
    let mut b = Browser::at(&world).await;
    b.sign_in("wangmin").await;
    b.open("/deals?status=all&sort=due").await;
    assert_eq!(b.choose("/lists/export", "format", "csv").await, StatusCode::CONFLICT);
    assert!(b.sees("最多 10000 行"), "{}", b.text());
    assert!(b.hrefs("a").contains(&"/deals?status=all&sort=due".to_owned()), "the way back: {:?}", b.hrefs("a"));
    b.open("/deals").await;
    assert_eq!(b.choose("/lists/export", "format", "csv").await, StatusCode::OK);
    let told: i64 = sqlx::query_scalar("SELECT count(*) FROM event WHERE kind = 'list_exported'")
        .fetch_one(&mut owner)
        .await
        .expect("countable");
    assert_eq!(told, 1, "what was refused did not leave the house");
}
