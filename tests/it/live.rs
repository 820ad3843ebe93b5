//! What open pages hear: who hears of what, what a page that was away gets, when a stream ends, and
//! that many of them cost little.

use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::stream::{Heard, Stream};
use crate::harness::world::World;
use axum::http::StatusCode;
use kuaidan::app::App;
use kuaidan::app::live::{Hearing, SEATS};
use kuaidan::app::people::Strength;
use kuaidan::clock::Ids;
use kuaidan::domain::account::Account;
use kuaidan::domain::staff::{Department, Role};
use kuaidan::domain::workflow::Command;
use kuaidan::web::serve::{Limits, serve_within};
use sqlx::{AssertSqlSafe, raw_sql};
use std::future::pending;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// The company's own listener, until the test ends.
async fn listening(app: &App) {
    let live = app.live.clone();
    tokio::spawn(app.clone().listen(pending()));
    heard_again(&live).await;
}

async fn heard_again(live: &kuaidan::app::live::Live) {
    for _ in 0..400 {
        if live.hearing() == Hearing::Listening {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the database is not heard");
}

async fn signed_in(browser: &Browser, login: &str) -> Browser {
    let mut b = browser.another();
    b.sign_in(login).await;
    b
}

#[tokio::test]
async fn exactly_those_hear_of_a_deal_whose_lists_hold_it() {
    let world = World::new().await;
    listening(&world.app).await;
    let browser = Browser::at(&world).await;
    let plan = Plan::default();
    let mut streams = Vec::new();
    let mut readers = Vec::new();
    for login in world.logins() {
        let b = signed_in(&browser, login).await;
        streams.push((login, Stream::open(&b, "/live", None).await));
        readers.push((login, b));
    }
    for (_, stream) in &mut streams {
        assert_eq!(stream.next().await.map(|e| e.kind).as_deref(), Some("all"), "a page without a number looks again");
    }
    let deal = world.deal_at(Stage::Registered, &plan).await;
    for stage in Stage::ALL.into_iter().filter(|s| *s > Stage::Registered) {
        world.bring_to(stage, &deal, &plan).await;
        // What one stream has heard all others have been sent.
        tokio::time::sleep(Duration::from_millis(250)).await;
        for ((login, stream), (_, b)) in streams.iter_mut().zip(&mut readers) {
            let told = stream.deals_until(Duration::from_millis(5)).await;
            b.open("/deals?status=all").await;
            let is_listed = b.status == StatusCode::OK && b.html.contains(&deal);
            assert_eq!(told.contains(&deal), is_listed, "{login} at {stage:?}: {told:?}");
            assert!(told.iter().all(|no| *no == deal), "{login}: {told:?}");
        }
    }
    for (login, stream) in &streams {
        for secret in ["星辰", "王敏", "81700", "81,700", "QM-65"] {
            assert!(!stream.raw.contains(secret), "{login} heard {secret}");
        }
    }
}

#[tokio::test]
async fn a_page_of_one_deal_hears_of_that_one_only() {
    let world = World::new().await;
    listening(&world.app).await;
    let b = signed_in(&Browser::at(&world).await, "wangmin").await;
    let one = world.deal_at(Stage::RequirementDrafted, &Plan::default()).await;
    let other = world.deal_at(Stage::RequirementDrafted, &Plan::default()).await;
    let mut stream = Stream::open(&b, &format!("/live?deal={one}"), None).await;
    stream.deals().await;
    world.must("wangmin", &other, &[], Command::SendRequirement).await;
    world.must("wangmin", &one, &[], Command::SendRequirement).await;
    assert_eq!(stream.deals().await, [one]);
}

#[tokio::test]
async fn a_page_that_was_away_gets_what_it_missed() {
    let world = World::new().await;
    listening(&world.app).await;
    let b = signed_in(&Browser::at(&world).await, "wangmin").await;
    let deal = world.deal_at(Stage::RequirementDrafted, &Plan::default()).await;
    let mut stream = Stream::open(&b, "/live", None).await;
    stream.deals().await;
    let last = stream.last.clone();
    drop(stream);
    world.must("wangmin", &deal, &[], Command::SendRequirement).await;
    let other = world.deal_at(Stage::Registered, &Plan { owner: "zhaoliu", ..Plan::default() }).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut stream = Stream::open(&b, "/live?since=nonsense-1", Some(&last)).await;
    assert_eq!(stream.deals().await, [deal], "and nothing of {other}");
    // The same question by asking, for pages that hear nothing.
    let mut asking = b;
    asking.open(&format!("/live/since?since={last}")).await;
    assert!(asking.html.contains("\"changed\":true"), "{}", asking.html);
    let newest = asking.html.split('"').nth(5).expect("a number").to_owned();
    asking.open(&format!("/live/since?since={newest}")).await;
    assert!(asking.html.contains("\"changed\":false"), "{}", asking.html);
    for odd in ["", "x", "0-0", "%00", "99999999999999999999-1"] {
        asking.open(&format!("/live/since?since={odd}")).await;
        assert!(asking.html.contains("\"changed\":true"), "{odd}: {}", asking.html);
    }
}

#[tokio::test]
async fn a_stream_ends_with_the_session_and_with_the_rights() {
    let world = World::new().await;
    listening(&world.app).await;
    let browser = Browser::at(&world).await;
    let mut owner = world.database.owner_connection().await;
    let ends = |mut stream: Stream| async move {
        let begun = Instant::now();
        let mut last = None;
        while let Some(heard) = stream.next().await {
            last = Some(heard);
        }
        assert!(begun.elapsed() < Duration::from_secs(2));
        last.map(|e| (e.kind, e.data))
    };
    let end = |why: &str| Some(("end".to_owned(), why.to_owned()));

    let mut wufang = signed_in(&browser, "wufang").await;
    let stream = Stream::open(&wufang, "/live", None).await;
    let elsewhere = signed_in(&browser, "wufang").await;
    let mut stays = Stream::open(&elsewhere, "/live", None).await;
    wufang.open("/work").await;
    wufang.submit("/logout").await;
    assert_eq!(ends(stream).await, end("signed-out"));
    stays.deals().await;
    assert_eq!(stays.within(Duration::from_millis(300)).await, None, "another browser of hers stays open");

    let zhoukai = signed_in(&browser, "zhoukai").await;
    let stream = Stream::open(&zhoukai, "/live", None).await;
    raw_sql("SET kuaidan.actor = 'system'; UPDATE person SET roles = '{warehouse}' WHERE login = 'zhoukai'")
        .execute(&mut owner)
        .await
        .expect("done");
    assert_eq!(ends(stream).await, end("rights"));

    let hejun = signed_in(&browser, "hejun").await;
    let stream = Stream::open(&hejun, "/live", None).await;
    world.app.deactivate("hejun").await.expect("done");
    let told = ends(stream).await;
    assert!(told == end("signed-out") || told == end("rights"), "{told:?}");
    assert_eq!(hejun.request("/live", &[]).await.status(), StatusCode::SEE_OTHER, "and he is not let in again");
}

#[tokio::test]
async fn an_open_page_keeps_nobody_signed_in_and_the_wall_stays_on() {
    let world = World::new().await;
    listening(&world.app).await;
    let browser = Browser::at(&world).await;
    let (page, wall) = (signed_in(&browser, "wangmin").await, signed_in(&browser, "liqiang").await);
    let by_itself = [("x-kuaidan-live", "1")];
    for minute in (5..=65).step_by(5) {
        world.at(&format!("09-17 {:02}:{:02}", 10 + (20 + minute) / 60, (20 + minute) % 60));
        let is_over = minute >= 60;
        for (path, headers) in [("/live/since", &by_itself[..0]), ("/deals", &by_itself[..])] {
            let status = page.request(path, headers).await.status();
            assert_eq!(status == StatusCode::OK, !is_over, "{path} after {minute} minutes: {status}");
        }
        let status = wall.request("/deals?view=board&wall=yes", &by_itself).await.status();
        assert_eq!(status, StatusCode::OK, "the wall after {minute} minutes");
    }
    // Somebody who comes back and reads goes on.
    let page = signed_in(&browser, "wangmin").await;
    world.at("09-17 12:20");
    assert_eq!(page.request("/deals", &[]).await.status(), StatusCode::OK);
    world.at("09-17 13:15");
    assert_eq!(page.request("/live/since", &[]).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn whoever_stands_in_hears_of_the_deal_and_no_longer_than_that() {
    let world = World::new().await;
    listening(&world.app).await;
    let browser = Browser::at(&world).await;
    // A manager of another team, whose lists hold nothing of this one.
    let account = Account {
        name: "钱江".to_owned(),
        name_en: "Qian Jiang".to_owned(),
        department: Department::Sales,
        roles: vec![Role::SalesManager],
        manager: None,
        phone: None,
        is_active: true,
    };
    world.app.add_person("qianjiang", &account, crate::harness::world::PASSWORD).await.expect("added");
    let deal = world.submitted_quote().await;
    let b = signed_in(&browser, "qianjiang").await;
    assert_eq!(b.request(&format!("/live?deal={deal}"), &[]).await.status(), StatusCode::NOT_FOUND);
    let delegate = world.app.person("qianjiang").await.expect("readable").expect("hired").id;
    let liqiang = world.actor("liqiang");
    let new = kuaidan::app::NewDelegation {
        delegator: liqiang.id,
        delegate,
        kinds: vec![kuaidan::domain::approval::NodeKind::SalesManager],
        cap: None,
        starts_at: crate::harness::world::moment("09-17 09:00"),
        ends_at: crate::harness::world::moment("09-17 11:00"),
        reason: "出差".to_owned(),
    };
    let set = world.app.delegate(&world.by(&liqiang, &[], None), new).await;
    assert!(matches!(set, Ok(Ok(_))), "the delegation stands");

    let mut of_deal = Stream::open(&b, &format!("/live?deal={deal}"), None).await;
    let mut of_lists = Stream::open(&b, "/live", None).await;
    of_deal.deals().await;
    assert_eq!(of_lists.next().await.map(|e| e.kind).as_deref(), Some("all"));
    let since = of_deal.last.clone();
    let claim = || Command::ClaimNode { node: kuaidan::domain::approval::NodeKind::SalesManager };
    let give_back = || Command::GiveBackNode { node: kuaidan::domain::approval::NodeKind::SalesManager };
    world.must("liqiang", &deal, &[], claim()).await;
    assert_eq!(of_deal.deals().await, std::slice::from_ref(&deal));
    assert_eq!(of_lists.next().await.map(|e| e.kind).as_deref(), Some("all"), "a list looks again");
    let mut asking = signed_in(&browser, "qianjiang").await;
    asking.open(&format!("/live/since?deal={deal}&since={since}")).await;
    assert!(asking.html.contains("\"changed\":true"), "{}", asking.html);
    // Another deal of that team is none of theirs.
    let other = world.deal_at(Stage::Registered, &Plan::default()).await;
    assert_eq!(b.request(&format!("/live?deal={other}"), &[]).await.status(), StatusCode::NOT_FOUND);
    // The period is over: the page is told so when the deal moves, and of the move no more.
    world.at("09-17 11:00");
    let mut colleague = signed_in(&browser, "qianjiang").await;
    world.must("liqiang", &deal, &[], give_back()).await;
    assert_eq!(of_deal.next().await.map(|e| (e.kind, e.data)), Some(("end".to_owned(), "rights".to_owned())));
    colleague.open(&format!("/live/since?deal={deal}&since={since}")).await;
    assert!(colleague.html.contains("\"changed\":false"), "{}", colleague.html);
}

#[tokio::test]
async fn a_person_has_five_streams_and_the_sixth_has_to_ask() {
    let world = World::new().await;
    listening(&world.app).await;
    let b = signed_in(&Browser::at(&world).await, "wangmin").await;
    let mut open = Vec::new();
    for _ in 0..SEATS {
        open.push(Stream::open(&b, "/live", None).await);
    }
    assert_eq!(b.request("/live", &[]).await.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(b.request("/live/since", &[]).await.status(), StatusCode::OK);
    open.pop();
    Stream::open(&b, "/live", None).await;
}

#[tokio::test]
async fn a_lost_connection_to_the_database_is_made_anew_and_pages_look_again() {
    let world = World::new().await;
    let b = signed_in(&Browser::at(&world).await, "wangmin").await;
    assert_eq!(b.request("/live", &[]).await.status(), StatusCode::NO_CONTENT, "nobody listens yet");
    listening(&world.app).await;
    let mut stream = Stream::open(&b, "/live", None).await;
    stream.deals().await;
    let last = stream.last.clone();
    let mut own = world.database.app_connection().await;
    let cut = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN \"kuaidan_live_public\"' AND datname = '{}'",
        world.database.name()
    );
    raw_sql(AssertSqlSafe(cut)).execute(&mut own).await.expect("cut");
    assert_eq!(stream.next().await.map(|e| e.data).as_deref(), Some("later"));
    assert_eq!(stream.next().await, None);
    heard_again(&world.app.live).await;
    let mut stream = Stream::open(&b, "/live", Some(&last)).await;
    assert_eq!(stream.next().await.map(|e| e.kind).as_deref(), Some("all"));
    let deal = world.deal_at(Stage::Registered, &Plan::default()).await;
    assert_eq!(stream.deals().await, [deal]);
}

#[tokio::test]
async fn every_process_on_a_database_hears_what_another_did() {
    let world = World::new().await;
    let other =
        App::new(world.database.app().await, world.clock.clone(), Ids::counted(77), world.files(), Strength::Least);
    listening(&other).await;
    let mut b = Browser::of(&other).await;
    b.sign_in("wangmin").await;
    let mut stream = Stream::open(&b, "/live", None).await;
    stream.deals().await;
    let deal = world.deal_at(Stage::Registered, &Plan::default()).await;
    assert_eq!(stream.deals().await, [deal]);
}

#[tokio::test]
async fn silent_streams_ask_the_database_nothing() {
    let world = World::new().await;
    listening(&world.app).await;
    let b = signed_in(&Browser::at(&world).await, "wangmin").await;
    let mut streams = Vec::new();
    for _ in 0..SEATS {
        let mut stream = Stream::open(&b, "/live", None).await;
        stream.deals().await;
        streams.push(stream);
    }
    // Without a pool whoever asks the database fails, and the stream with it.
    world.app.db.close().await;
    for stream in &mut streams {
        assert_eq!(stream.within(Duration::from_millis(500)).await, None);
    }
    assert!(b.request("/live", &[]).await.status().is_server_error(), "the pool is closed indeed");
    for stream in &mut streams {
        assert_eq!(stream.within(Duration::from_millis(100)).await, None);
    }
}

/// People who look at boards all day.
async fn lookers(world: &World, browser: &Browser, count: usize) -> Vec<Browser> {
    let mut out = Vec::new();
    for at in 0..count {
        let login = format!("looker{at}");
        let account = Account {
            name: format!("看板{at}"),
            name_en: format!("Looker {at}"),
            department: Department::Management,
            roles: vec![Role::GeneralManager],
            manager: None,
            phone: None,
            is_active: true,
        };
        world.app.add_person(&login, &account, crate::harness::world::PASSWORD).await.expect("added");
        out.push(signed_in(browser, &login).await);
    }
    out
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_boards_hear_a_change_within_half_a_second() {
    let world = World::new().await;
    listening(&world.app).await;
    let browser = Browser::at(&world).await;
    let deal = world.deal_at(Stage::RequirementDrafted, &Plan::default()).await;
    let mut open = Vec::new();
    for b in lookers(&world, &browser, 40).await {
        for _ in 0..SEATS {
            let mut stream = Stream::open(&b, "/live", None).await;
            stream.next().await;
            open.push(tokio::spawn(async move {
                let mut heard = Vec::new();
                while heard.len() < 20 {
                    let event = stream.next().await.expect("the stream stays open");
                    heard.push((event.data, Instant::now()));
                }
                heard
            }));
        }
    }
    let mut sent = Vec::new();
    for turn in 0..20 {
        let command = if turn % 2 == 0 { Command::SendRequirement } else { Command::RecallRequirement };
        world.must("wangmin", &deal, &[], command).await;
        sent.push(Instant::now());
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    let mut waits = Vec::new();
    for stream in open {
        let heard = stream.await.expect("it reads to its end");
        waits.extend(heard.iter().zip(&sent).map(|((_, at), sent)| at.saturating_duration_since(*sent)));
    }
    waits.sort_unstable();
    assert_eq!(waits.len(), 200 * 20);
    let p99 = waits[waits.len() * 99 / 100];
    assert!(p99 < Duration::from_millis(500), "99 of 100 within {p99:?}");
}

/// Each change of a deal with the number of its last event and the moment it was saved.
type Saved = Vec<(String, i32, Instant)>;

/// Which deal and number an event names; nothing where it says "look at everything".
fn named(event: &Heard) -> Option<(String, i32)> {
    let told: serde_json::Value = serde_json::from_str(&event.data).ok()?;
    Some((told["no"].as_str()?.to_owned(), i32::try_from(told["seq"].as_i64()?).ok()?))
}

/// Changes one deal to and fro, five times a second.
async fn keep_changing(world: Arc<World>, deal: String, turns: usize) -> Saved {
    let mut saved = Vec::new();
    let mut beat = tokio::time::interval(Duration::from_millis(200));
    let mut own = world.database.app_connection().await;
    for turn in 0..turns {
        beat.tick().await;
        let command = if turn % 2 == 0 { Command::SendRequirement } else { Command::RecallRequirement };
        world.must("wangmin", &deal, &[], command).await;
        let at = Instant::now();
        let seq: i32 = sqlx::query_scalar(
            "SELECT max(e.seq) FROM event e JOIN deal d ON d.id = e.stream_id WHERE e.stream_kind = 'deal' AND d.no = $1",
        )
        .bind(&deal)
        .fetch_one(&mut own)
        .await
        .expect("countable");
        saved.push((deal.clone(), seq, at));
    }
    saved
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "half a minute under load, for an optimised build: cargo test --release --test it five_hundred -- --ignored"]
async fn five_hundred_boards_follow_fifty_changes_a_second() {
    const DEALS: usize = 10;
    const TURNS: usize = 50;
    let world = Arc::new(World::new().await);
    listening(&world.app).await;
    let browser = Browser::at(&world).await;
    let mut deals = Vec::new();
    for _ in 0..DEALS {
        deals.push(world.deal_at(Stage::RequirementDrafted, &Plan::default()).await);
    }
    let (over, ended) = tokio::sync::watch::channel(false);
    let mut open = Vec::new();
    for b in lookers(&world, &browser, 100).await {
        for _ in 0..SEATS {
            let mut stream = Stream::open(&b, "/live", None).await;
            stream.next().await;
            let mut ended = ended.clone();
            open.push(tokio::spawn(async move {
                let mut heard = Vec::new();
                loop {
                    tokio::select! {
                        event = stream.within(Duration::from_mins(5)) => {
                            heard.push((named(&event.expect("the stream stays open")), Instant::now()));
                        }
                        _ = ended.changed() => return heard,
                    }
                }
            }));
        }
    }
    assert_eq!(open.len(), 500);
    let begun = Instant::now();
    let changing: Vec<_> =
        deals.into_iter().map(|deal| tokio::spawn(keep_changing(world.clone(), deal, TURNS))).collect();
    let mut saved = Vec::new();
    for changes in changing {
        saved.extend(changes.await.expect("every change is saved"));
    }
    let took = begun.elapsed();
    tokio::time::sleep(Duration::from_secs(1)).await;
    over.send(true).expect("they listen");
    let mut waits = Vec::new();
    for stream in open {
        let heard = stream.await.expect("it reads to its end");
        for (no, seq, at) in &saved {
            // Changes told together are heard with the last of them.
            let first = heard.iter().find(|(event, when)| match event {
                Some((told, number)) => told == no && number >= seq,
                None => when >= at,
            });
            let (_, when) = first.unwrap_or_else(|| panic!("a board never heard of {no} at {seq}"));
            waits.push(when.saturating_duration_since(*at));
        }
    }
    waits.sort_unstable();
    assert_eq!(waits.len(), 500 * DEALS * TURNS);
    let p99 = waits[waits.len() * 99 / 100];
    println!("500 boards, {} changes in {took:?}: median {:?}, p99 {p99:?}", DEALS * TURNS, waits[waits.len() / 2]);
    assert!(took < Duration::from_secs(15), "fifty changes a second: {took:?}");
    assert!(p99 < Duration::from_millis(500), "99 of 100 within {p99:?}");
}

/// Reads what a raw connection got until it has these words, or the other side ends.
async fn read_until(connection: &mut TcpStream, words: &str) -> String {
    let (mut got, mut piece) = (String::new(), [0; 4096]);
    loop {
        let count = tokio::time::timeout(Duration::from_secs(5), connection.read(&mut piece))
            .await
            .expect("something within five seconds")
            .expect("readable");
        got.push_str(&String::from_utf8_lossy(&piece[..count]));
        if count == 0 || got.contains(words) {
            return got;
        }
    }
}

#[tokio::test]
async fn the_server_lets_streams_live_and_ends_them_when_it_ends() {
    let world = World::new().await;
    let b = signed_in(&Browser::at(&world).await, "wangmin").await;
    let (router, cookies) = b.behind();
    let (stop_listening, stopped) = oneshot::channel::<()>();
    let ended = tokio::spawn(world.app.clone().listen(async move {
        let _ = stopped.await;
    }));
    heard_again(&world.app.live).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    // The limits that end idle and slow clients, far shorter than the stream lives.
    let short = Duration::from_millis(300);
    let limits = Limits {
        header: short,
        body_silence: short,
        body: short,
        write_silence: short,
        drain: Duration::from_secs(8),
        ..Limits::default()
    };
    let (stop, asked) = oneshot::channel::<()>();
    let serving = tokio::spawn(serve_within(limits, listener, router, async move {
        let _ = asked.await;
    }));
    let mut connections = Vec::new();
    for _ in 0..3 {
        let mut connection = TcpStream::connect(address).await.expect("connected");
        let ask = format!("GET /live HTTP/1.1\r\nHost: kuaidan.test\r\nCookie: {cookies}\r\n\r\n");
        connection.write_all(ask.as_bytes()).await.expect("sent");
        let head = read_until(&mut connection, "event: all").await;
        assert!(head.starts_with("HTTP/1.1 200") && head.contains("x-accel-buffering: no"), "{head}");
        connections.push(connection);
    }
    tokio::time::sleep(short * 5).await;
    let deal = world.deal_at(Stage::Registered, &Plan::default()).await;
    for connection in &mut connections {
        assert!(read_until(connection, &deal).await.contains("event: deal"));
    }
    let begun = Instant::now();
    stop_listening.send(()).expect("listening");
    stop.send(()).expect("serving");
    for connection in &mut connections {
        let rest = read_until(connection, "0\r\n\r\n").await;
        assert!(rest.contains("data: later") && rest.ends_with("0\r\n\r\n"), "a whole answer: {rest}");
    }
    serving.await.expect("it ends well");
    ended.await.expect("it ends well");
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}
