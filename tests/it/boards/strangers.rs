//! A stranger's name appears nowhere: not in a list, a board, a calendar, a search, a file or an event.

use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::stream::Stream;
use crate::harness::world::World;
use kuaidan::app::ForCustomer;
use std::future::pending;
use std::time::Duration;

const CANARY: &str = "金丝雀特供有限公司";

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
    owner.open(&encoded("/deals?status=all&q=金丝雀")).await;
    assert!(owner.html.contains(CANARY), "its owner finds it: {}", owner.text());
    owner.open("/search?q=jsqtg").await;
    assert!(owner.html.contains(CANARY), "and by its sound");
    for (login, b, stream) in &mut readers {
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
                assert!(!String::from_utf8_lossy(&b.body).contains(CANARY), "{login} in a file");
            }
        }
        let told = stream.deals().await;
        assert!(!told.contains(&deal) && !stream.raw.contains(CANARY), "{login} hears {told:?}");
    }
}
