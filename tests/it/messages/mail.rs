//! Mail: both parts in the reader's language, over a protected connection or not at all.

use super::servers::{AUTHORITY, MailServer};
use super::{by_mail, channel, choose, mail_input, mime, record, tell, work};
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use chrono::{NaiveTime, TimeDelta};
use kuaidan::domain::message::Reach;
use kuaidan::domain::notice::{DigestOf, DigestRow, QuietHours};
use kuaidan::domain::staff::Role;

async fn company(authority: Option<&str>) -> (World, MailServer) {
    let w = World::new().await;
    let server = MailServer::start().await;
    channel(&w, mail_input(server.port, authority)).await;
    (w, server)
}

#[tokio::test]
async fn a_mail_says_what_to_do_in_both_parts_and_nothing_it_should_not() {
    let (w, server) = company(Some(AUTHORITY)).await;
    let no = w.deal_at(Stage::QuoteSubmitted, &Plan::default()).await;
    let case = w.case(&no).await;
    choose(&w, "liqiang", &by_mail("liqiang")).await;
    w.app.read_notices(w.id("liqiang")).await.expect("read");
    let before = server.mails().len();
    let notice = tell(&w, "liqiang", "decide_node", case.deal.as_ref().map(|d| d.id)).await;
    work(&w).await;
    assert_eq!(server.mails().len(), before, "notices wait for their window");
    w.clock.advance(TimeDelta::minutes(5));
    work(&w).await;
    let mails = server.mails();
    assert_eq!(mails.len(), before + 1, "{:?}", record(&w).await);
    let mail = &mails[before];
    assert!(mail.is_protected);
    assert_eq!(mail.login.as_deref(), Some(":robot@qmd.example:post geheim"));
    assert_eq!((mail.from.as_str(), mail.to.as_str()), ("robot@qmd.example", "liqiang@qmd.example"));
    assert!(mail.source.is_ascii(), "what is not ASCII is encoded");
    let subject = mime::header(&mail.source, "Subject");
    assert!(subject.contains(&no) && subject.chars().count() <= 70 && !subject.contains('\n'), "{subject}");
    assert!(mime::header(&mail.source, "From").contains("启明达"));
    assert!(mime::header(&mail.source, "To").contains("李强"));
    assert_eq!(mime::header(&mail.source, "Auto-Submitted"), "auto-generated");
    assert!(mime::header(&mail.source, "Date").contains("17 Sep 2026"), "the clock of the program");
    let parts = mime::parts(&mail.source);
    let kinds: Vec<&str> = parts.iter().map(|(kind, _)| kind.split(';').next().unwrap_or_default()).collect();
    assert_eq!(kinds, ["text/plain", "text/html"]);
    let link = format!("https://kd.example/notices/{notice}");
    for (_, text) in &parts {
        assert!(text.contains(&no) && text.contains(&link) && text.contains("李强"), "{text}");
        assert!(text.contains(&case.customer.profile.legal_name), "one person reads it, who may see the customer");
        assert!(text.contains("对客户承诺 9月18日 周五 10:20"), "the same minute as on every page: {text}");
        for secret in ["8050", "7000", "81,700", "geheim", "13800138000"] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
        assert!(!text.contains("<script") && !text.contains("/decide") && !text.contains("token"), "{text}");
    }
}

#[tokio::test]
async fn each_reads_the_own_language_and_no_customer_that_is_not_theirs() {
    let (w, server) = company(Some(AUTHORITY)).await;
    let no = w.deal_at(Stage::RequirementConfirmed, &Plan::default()).await;
    let case = w.case(&no).await;
    w.app.choose_language(w.id("zhaoliu"), "en").await.expect("chosen");
    choose(&w, "zhaoliu", &by_mail("zhaoliu")).await;
    tell(&w, "zhaoliu", "change_filed", case.deal.as_ref().map(|d| d.id)).await;
    w.clock.advance(TimeDelta::minutes(6));
    work(&w).await;
    let mails = server.mails();
    assert_eq!(mails.len(), 1);
    let parts = mime::parts(&mails[0].source);
    assert!(parts[0].1.contains("Zhao Liu, there is a new notice for you:"), "{}", parts[0].1);
    assert!(parts[1].1.contains("<html lang=\"en\">"));
    for (_, text) in &parts {
        assert!(text.contains(&no) && !text.contains(&case.customer.profile.legal_name), "{text}");
        assert!(!text.contains("promised to the customer"), "{text}");
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_gets_no_mail() {
    let (w, server) = company(None).await;
    choose(&w, "sunli", &by_mail("sunli")).await;
    tell(&w, "sunli", "record_picking", None).await;
    w.clock.advance(TimeDelta::minutes(6));
    work(&w).await;
    assert!(server.mails().is_empty());
    let rows = record(&w).await;
    assert_eq!(rows[0].trouble.as_deref(), Some("certificate"), "{:?}", rows[0]);
    assert!(rows[0].outcome.is_none(), "it is tried again when somebody has set it right");
}

#[tokio::test]
async fn notices_go_together_and_not_into_the_night_unless_they_are_urgent() {
    let (w, server) = company(Some(AUTHORITY)).await;
    let time = |text| NaiveTime::parse_from_str(text, "%H:%M").expect("a time");
    let quiet = Some(QuietHours { from: time("21:00"), to: time("07:30") });
    choose(&w, "sunli", &Reach { quiet, ..by_mail("sunli") }).await;
    w.at("09-17 20:58");
    for _ in 0..3 {
        tell(&w, "sunli", "record_picking", None).await;
    }
    work(&w).await;
    w.at("09-17 23:00");
    work(&w).await;
    assert!(server.mails().is_empty(), "the night is quiet");
    w.at("09-18 07:30");
    work(&w).await;
    let mails = server.mails();
    assert_eq!(mails.len(), 1, "three notices, one mail");
    assert!(mime::header(&mails[0].source, "Subject").starts_with("3 条通知"));
    w.at("09-18 23:00");
    tell(&w, "sunli", "resolve_objection", None).await;
    work(&w).await;
    let mails = server.mails();
    assert_eq!(mails.len(), 2, "what is urgent leaves at once");
    assert!(mime::header(&mails[1].source, "Subject").starts_with("【加急】"));
}

#[tokio::test]
async fn what_was_read_before_is_not_sent_and_a_digest_is_one_list() {
    let (w, server) = company(Some(AUTHORITY)).await;
    choose(&w, "liujianguo", &by_mail("liujianguo")).await;
    tell(&w, "liujianguo", "change_filed", None).await;
    work(&w).await;
    w.clock.advance(TimeDelta::minutes(6));
    w.app.read_notices(w.id("liujianguo")).await.expect("read");
    work(&w).await;
    assert!(server.mails().is_empty());
    assert_eq!(record(&w).await[0].outcome.as_deref(), Some("read"));

    let row = |n: i32| DigestRow {
        no: format!("CD-20260917-{n:03}"),
        what: DigestOf::Approval,
        role: Role::Finance,
        people: "吴芳".to_owned(),
        due_at: w.now(),
    };
    let (day, rows) = (w.now().date_naive(), [row(1), row(2)]);
    let gm = w.id("liujianguo");
    assert!(w.app.tell_digest(gm, day, &rows, 3).await.expect("told"));
    assert!(!w.app.tell_digest(gm, day, &rows, 3).await.expect("told"), "once a day");
    assert!(!w.app.tell_digest(w.id("hemin"), day, &[], 0).await.expect("nothing"), "an empty list is no news");
    w.clock.advance(TimeDelta::minutes(6));
    work(&w).await;
    let mails = server.mails();
    assert_eq!(mails.len(), 1);
    for (_, text) in mime::parts(&mails[0].source) {
        assert!(
            text.contains("CD-20260917-001")
                && text.contains("CD-20260917-002")
                && text.contains("吴芳")
                && text.contains("另有 3 项"),
            "{text}"
        );
    }
}
