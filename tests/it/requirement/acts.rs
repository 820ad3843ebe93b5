//! Send, recall, confirm, revise, and the file that a confirmation by phone owes: good, bad, too
//! early, and by the wrong person.

use super::PDF;
use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, moment, told};
use axum::http::StatusCode;
use kuaidan::app::Failure;
use kuaidan::domain::deal::{Urgency, UrgentReason};
use kuaidan::domain::requirement::{RequirementConfirmMethod, RequirementStatus};
use kuaidan::domain::workflow::{Blocker, Command, PHONE_LIMIT};
use rust_decimal::{Decimal, dec};

fn by_phone(world: &World) -> Command {
    let (method, contact) = (RequirementConfirmMethod::Phone, "李娜".to_owned());
    Command::ConfirmRequirement { method, contact, file: None, at: world.now() }
}

/// A requirement with the customer, of this budget and these lines.
async fn sent(world: &World, plan: &Plan, budget: Option<Decimal>) -> String {
    let deal = world.deal_at(Stage::RequirementDrafted, plan).await;
    let mut content = world.case(&deal).await.requirement.expect("a requirement").content;
    (content.budget_from, content.budget_to) = (None, budget);
    world.must("wangmin", &deal, &[], Command::SaveRequirement(Box::new(content))).await;
    world.must("wangmin", &deal, &[], Command::SendRequirement).await;
    deal
}

fn blockers(result: Result<kuaidan::app::Done, Failure>) -> Vec<Blocker> {
    match result {
        Err(Failure::Blocked { blockers, .. }) => blockers,
        Err(other) => panic!("{}", told(&other)),
        Ok(done) => panic!("it went through: {done:?}"),
    }
}

#[tokio::test]
async fn the_phone_is_enough_up_to_the_limit_or_when_urgent() {
    let world = World::new().await;
    let refused = [Blocker::PhoneNotAllowed { budget_limit: PHONE_LIMIT }];
    let plan = Plan::default();
    let deal = sent(&world, &plan, Some(dec!(50000.01))).await;
    assert_eq!(blockers(world.act("wangmin", &deal, &[], by_phone(&world)).await), refused);
    let deal = sent(&world, &plan, Some(dec!(50000))).await;
    world.must("wangmin", &deal, &[], by_phone(&world)).await;
    // Without a budget the price library says how much it is: 10 × 8,299 + 1,200.
    let deal = sent(&world, &plan, None).await;
    assert_eq!(world.case(&deal).await.route_facts.policy_total, Some(dec!(84190)));
    assert_eq!(blockers(world.act("wangmin", &deal, &[], by_phone(&world)).await), refused);
    let small = Plan { lines: vec![("QM-65", dec!(5), None)], ..Plan::default() };
    let deal = sent(&world, &small, None).await;
    world.must("wangmin", &deal, &[], by_phone(&world)).await;
    let urgency = Urgency {
        reason: UrgentReason::LineDown,
        text: "客户产线停机，会议平板须在两天内更换，否则停产".to_owned(),
        needed_at: moment("09-19 18:00"),
    };
    let deal = sent(&world, &Plan { urgency: Some(urgency), ..Plan::default() }, Some(dec!(90000))).await;
    world.must("wangmin", &deal, &[], by_phone(&world)).await;
}

#[tokio::test]
async fn a_confirmation_by_phone_owes_its_file_and_my_work_says_so() {
    let world = World::new().await;
    let deal = sent(&world, &Plan::default(), Some(dec!(40000))).await;
    world.at("09-17 15:00");
    world.must("wangmin", &deal, &[], by_phone(&world)).await;
    let due = world.case(&deal).await.requirement.unwrap().confirmation.unwrap().file_owed_by;
    assert_eq!(due, Some(moment("09-20 15:00")), "two working days; this Sunday makes up for a holiday");
    let mut b = Browser::at(&world).await;
    b.sign_in("wangmin").await;
    b.open("/work").await;
    let said = ["补交确认文件", "会议室平板", "9月20日 周日 15:00"];
    assert!(b.words_of("tr").iter().any(|row| said.iter().all(|words| row.contains(words))), "{}", b.text());
    assert!(!b.html.contains("is-late"));
    let mut other = b.another();
    other.sign_in("zhaoliu").await;
    assert!(!other.sees("补交确认文件"), "it is the owner's task");

    world.at("09-20 15:30");
    b.sign_in("wangmin").await;
    b.open("/work").await;
    assert!(b.html.contains("is-late") && b.sees("补交确认文件"), "{}", b.text());

    b.open(&format!("/deals/{deal}/requirement")).await;
    assert_eq!(b.submit("/confirmation-file").await, StatusCode::UNPROCESSABLE_ENTITY, "no file chosen");
    b.attach("file", "mail.txt", b"only text");
    assert_eq!(b.submit("/confirmation-file").await, StatusCode::UNPROCESSABLE_ENTITY, "not a document");
    b.attach("file", "mail.pdf", PDF);
    assert_eq!(b.submit("/confirmation-file").await, StatusCode::OK, "{}", b.text());
    assert!(b.sees("补交客户确认文件"), "the timeline tells it: {}", b.text());
    let confirmation = world.case(&deal).await.requirement.unwrap().confirmation.unwrap();
    assert!(confirmation.file.is_some() && confirmation.method == RequirementConfirmMethod::Phone);
    assert!(!b.html.contains("/confirmation-file\""));
    b.open("/work").await;
    assert!(!b.sees("补交确认文件"), "the task is done");

    let again = world.pdf("again").await;
    let add = Command::AddConfirmationFile { file: again.id };
    assert_eq!(blockers(world.act("wangmin", &deal, &[again], add).await), [Blocker::NoFileOwed]);
    let file = world.pdf("other").await;
    let add = Command::AddConfirmationFile { file: file.id };
    let refused = world.act("wufang", &deal, &[file], add).await;
    assert!(matches!(refused, Err(Failure::Denied(_))), "{:?}", refused.map_err(|f| told(&f)));
}

#[tokio::test]
async fn the_database_keeps_a_confirmation_as_it_is() {
    let world = World::new().await;
    let deal = sent(&world, &Plan::default(), Some(dec!(40000))).await;
    world.must("wangmin", &deal, &[], by_phone(&world)).await;
    let file = world.pdf("mail").await;
    let id = file.id.0;
    world.must("wangmin", &deal, std::slice::from_ref(&file), Command::AddConfirmationFile { file: file.id }).await;
    let mut conn = world.database.app_connection().await;
    for change in [
        "confirm_file_id = NULL",
        "confirm_contact = '别人'",
        "confirmed_at = confirmed_at + interval '1 day'",
        "file_owed_by = NULL",
    ] {
        let sql = format!("UPDATE requirement SET {change} WHERE confirm_file_id = $1");
        let refused = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).execute(&mut conn).await;
        assert!(refused.is_err_and(|e| e.to_string().contains("a confirmation is not changed")), "{change}");
    }
}

#[tokio::test]
async fn a_confirmation_is_complete_and_names_a_contact_of_the_customer() {
    let world = World::new().await;
    let deal = world.deal_at(Stage::RequirementSent, &Plan::default()).await;
    let mut b = Browser::at(&world).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/requirement")).await;
    b.set("confirm_method", "wechat").set("confirm_contact", "某某").set("confirmed_at", "2026-09-18T10:00");
    assert_eq!(b.submit("/confirm").await, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["确认人：", "确认时间：", "附件："] {
        assert!(b.sees(field), "{field}: {}", b.text());
    }
    let file = world.pdf("mail").await;
    let confirm = Command::ConfirmRequirement {
        method: RequirementConfirmMethod::Email,
        contact: "某某".to_owned(),
        file: Some(file.id),
        at: world.now(),
    };
    assert_eq!(blockers(world.act("wangmin", &deal, &[file], confirm).await), [Blocker::ConfirmContactUnknown]);
    b.set("confirm_method", "wechat").set("confirm_contact", "方晓").set("confirmed_at", "1990-01-01T09:00");
    b.attach("file", "shot.png", b"\x89PNG\r\n\x1a\n....");
    assert_eq!(b.submit("/confirm").await, StatusCode::CONFLICT, "{}", b.text());
    assert!(b.sees("客户确认时间早于需求确认单发送时间"), "{}", b.text());
    b.open(&format!("/deals/{deal}/requirement")).await;
    b.set("confirm_method", "wechat").set("confirm_contact", "方晓").set("confirmed_at", "2026-09-17T10:20").attach(
        "file",
        "shot.png",
        b"\x89PNG\r\n\x1a\n....",
    );
    assert_eq!(b.submit("/confirm").await, StatusCode::OK, "{}", b.text());
    assert_eq!(world.case(&deal).await.requirement.unwrap().status, RequirementStatus::Confirmed);
}

#[tokio::test]
async fn each_act_is_refused_in_the_wrong_state_and_to_the_wrong_person() {
    let world = World::new().await;
    let plan = Plan::default();
    let acts = |stage| match stage {
        Stage::RequirementDrafted => vec![Command::SendRequirement],
        Stage::RequirementSent => vec![Command::RecallRequirement, by_phone(&world)],
        _ => vec![Command::ReviseRequirement],
    };
    let stages = [Stage::RequirementDrafted, Stage::RequirementSent, Stage::RequirementConfirmed];
    for stage in stages {
        let deal = world.deal_at(stage, &plan).await;
        for (other, act) in stages.iter().flat_map(|s| acts(*s).into_iter().map(move |a| (*s, a))) {
            if other != stage {
                let found = blockers(world.act("wangmin", &deal, &[], act).await);
                assert_eq!(found, [Blocker::WrongState], "at {stage:?}");
            }
        }
        for act in acts(stage) {
            for login in ["wufang", "liqiang", "sunli", "liujianguo"] {
                let refused = world.act(login, &deal, &[], act.clone()).await;
                assert!(
                    matches!(refused, Err(Failure::Denied(_) | Failure::NotFound)),
                    "{login}: {:?}",
                    refused.map_err(|f| told(&f))
                );
            }
            let stranger = world.act("zhaoliu", &deal, &[], act).await;
            assert!(matches!(stranger, Err(Failure::NotFound)), "{:?}", stranger.map_err(|f| told(&f)));
        }
    }
}
