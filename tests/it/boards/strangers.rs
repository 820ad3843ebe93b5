//! A stranger's name appears nowhere: not in a list, a board, a calendar, a search, a file, an event or
//! a report.

use crate::harness::browser::Browser;
use crate::harness::sample;
use crate::harness::stages::{Plan, Stage};
use crate::harness::stream::Stream;
use crate::harness::world::World;
use kuaidan::app::ForCustomer;
use kuaidan::domain::customer::CustomerProfile;
use kuaidan::domain::workflow::Command;
use std::future::pending;
use std::time::Duration;

const CANARY: &str = "金丝雀特供有限公司";

/// What a file says: a workbook's cells, or the text itself.
fn written(body: &[u8]) -> String {
    match kuaidan::documents::sheets::read(body) {
        Ok(sheet) => format!("{:?}", sheet.rows),
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    }
}

#[tokio::test]
async fn a_strangers_name_appears_nowhere() {
    let world = World::new().await;
    tokio::spawn(world.app.clone().listen(pending()));
    world.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let browser = Browser::at(&world).await;
    // Sees its own; whoever else does not: other sellers, the departments it never reached, the administrator.
    let mut owner = browser.another();
    owner.sign_in("zhaoliu").await;
    let mut readers = Vec::new();
    for login in ["wangmin", "zhoukai", "zhengwei", "sunli", "hejun", "admin"] {
        let mut b = browser.another();
        b.sign_in(login).await;
        while world.app.live.mark().is_none() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let stream = Stream::open(&b, "/live", None).await;
        readers.push((login, b, stream));
    }
    let customer = ForCustomer::New { legal_name: CANARY.to_owned() };
    let deal = world.open("zhaoliu", customer, Some(kuaidan::domain::calendar::NaturalHours(24)), None).await;
    let no = world.case(&deal).await.customer.no;
    // Far enough for figures: archived, confirmed, quoted, and with the manager to decide.
    let plan = Plan { owner: "zhaoliu", ..Plan::default() };
    let profile = CustomerProfile { short_name: None, ..sample::profile(&world, CANARY, &sample::fresh_code(&no)) };
    world.must_on_customer("zhaoliu", &no, &[], Command::SaveCustomer(Box::new(profile))).await;
    let licence = world.pdf("营业执照").await;
    let attach = Command::AttachLicense { file: licence.id };
    world.must_on_customer("zhaoliu", &no, &[licence], attach).await;
    for stage in Stage::ALL.into_iter().filter(|s| (Stage::VerificationAsked..=Stage::QuoteSubmitted).contains(s)) {
        world.bring_to(stage, &deal, &plan).await;
    }
    world.at("09-18 16:00");
    world.app.make_all_facts().await.expect("facts are made");
    let paths = [
        "/deals?status=all".to_owned(),
        "/deals?view=board".to_owned(),
        "/deals?view=calendar&month=2026-09".to_owned(),
        "/deals?status=all&q=金丝雀".to_owned(),
        "/deals?status=all&q=jsq".to_owned(),
        "/deals?owner=zhaoliu&status=all".to_owned(),
        "/deals?team=liqiang&status=all".to_owned(),
        format!("/deals?panel={deal}"),
        format!("/deals/{deal}/card"),
        format!("/deals/{deal}/clock"),
        "/orders".to_owned(),
        "/orders?view=board".to_owned(),
        "/orders?q=金丝雀".to_owned(),
        "/search?q=金丝雀".to_owned(),
        "/search?q=jinsique".to_owned(),
        "/search?q=jsqtg".to_owned(),
        format!("/search?q={deal}"),
        format!("/search?q={no}"),
        "/work".to_owned(),
        "/approvals".to_owned(),
        "/notices".to_owned(),
        "/deadlines".to_owned(),
        "/deadlines/sales_rep".to_owned(),
        format!("/live/since?deal={deal}"),
        "/reports".to_owned(),
        "/reports/step_time".to_owned(),
        "/reports/promise_rate".to_owned(),
        "/reports/overdue_rate".to_owned(),
        format!("/reports/archived_in_time?owner={}", world.id("zhaoliu").0),
        "/reports/complete_archives".to_owned(),
    ];
    let encoded = |path: &str| -> String {
        path.chars()
            .map(|c| {
                if c.is_ascii() {
                    c.to_string()
                } else {
                    form_urlencoded::byte_serialize(c.to_string().as_bytes()).collect()
                }
            })
            .collect()
    };
    owner.sign_in("zhaoliu").await;
    for path in ["/reports/step_time", "/reports/complete_archives"] {
        owner.open(path).await;
        assert!(String::from_utf8_lossy(&owner.body).contains(&CANARY[..9]), "its owner reads it at {path}");
        owner.choose(&format!("{path}/export"), "format", "csv").await;
        assert!(String::from_utf8_lossy(&owner.body).contains(&CANARY[..9]), "and in the file of {path}");
    }
    owner.open(&encoded("/deals?status=all&q=金丝雀")).await;
    assert!(owner.html.contains(CANARY), "its owner finds it: {}", owner.text());
    owner.open("/search?q=jsqtg").await;
    assert!(owner.html.contains(CANARY), "and by its sound");
    owner.open("/deals?status=all").await;
    owner.choose("/lists/export", "format", "xlsx").await;
    assert!(written(&owner.body).contains(CANARY), "its owner reads it in the workbook");
    for (login, b, stream) in &mut readers {
        b.sign_in(login).await;
        for path in &paths {
            b.open(&encoded(path)).await;
            assert!(!b.html.contains(CANARY), "{login} reads it at {path}");
            if !path.contains(&deal) {
                assert!(!b.html.contains(&deal), "{login} reads its number at {path}");
            }
        }
        if *login != "admin" {
            for format in ["csv", "xlsx"] {
                b.open("/deals?status=all").await;
                b.choose("/lists/export", "format", format).await;
                assert!(!written(&b.body).contains(CANARY), "{login} in a file");
            }
            for path in [
                "/reports/export",
                "/reports/step_time/export",
                "/reports/archived_in_time/export",
                "/deadlines/sales_rep/export",
            ] {
                for format in ["csv", "xlsx"] {
                    b.open("/deals").await;
                    b.post_raw(path, &[("format", format)]).await;
                    assert!(!written(&b.body).contains(CANARY), "{login} in the file of {path}");
                    assert!(!String::from_utf8_lossy(&b.body).contains(CANARY), "{login} in the file of {path}");
                }
            }
        }
        let told = stream.deals().await;
        assert!(!told.contains(&deal) && !stream.raw.contains(CANARY), "{login} hears {told:?}");
    }
}
