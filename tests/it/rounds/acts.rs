//! Pools, hand-overs, extra signatures, questions, conditions.

use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage, decide, sheet};
use crate::harness::world::{World, moment, told};
use kuaidan::app::calendars::CalendarDraft;
use kuaidan::app::{Done, Failure};
use kuaidan::domain::account::Account;
use kuaidan::domain::approval::{Decision, Node, NodeKind, NodeStatus};
use kuaidan::domain::calendar::{CalendarData, Hours, OwnDay, UsualHours, Whose};
use kuaidan::domain::customer::Mark;
use kuaidan::domain::policy::DeniedWhy;
use kuaidan::domain::round::{CallKind, Colleague, ConditionKind, HoldKind, SignResult, Verdict, ledger};
use kuaidan::domain::staff::{Actor, Department, Role};
use kuaidan::domain::workflow::{Blocker, Command};
use kuaidan::jobs::sweep;
use rust_decimal::dec;

pub fn blockers(result: Result<Done, Failure>) -> Vec<Blocker> {
    match result {
        Err(Failure::Blocked { blockers, .. }) => blockers,
        Err(other) => panic!("not blocked but {}", told(&other)),
        Ok(_) => panic!("not refused"),
    }
}

pub fn why(result: Result<Done, Failure>) -> DeniedWhy {
    match result {
        Err(Failure::Denied(denied)) => denied.why,
        Err(other) => panic!("not denied but {}", told(&other)),
        Ok(_) => panic!("not refused"),
    }
}

pub async fn node(w: &World, deal: &str, kind: NodeKind) -> Node {
    w.case(deal).await.round.and_then(|r| r.node(kind).cloned()).unwrap_or_else(|| panic!("{kind} is on the route"))
}

/// Somebody new in a department.
pub async fn hire(w: &World, login: &str, name: &str, department: Department, role: Role) -> Actor {
    let account = Account {
        name: name.to_owned(),
        name_en: name.to_owned(),
        department,
        roles: vec![role],
        manager: None,
        phone: None,
        is_active: true,
    };
    w.app.add_person(login, &account, crate::harness::world::PASSWORD).await.expect("a person is added").actor()
}

/// One command of somebody the world does not know by login.
pub async fn act_as(w: &World, actor: &Actor, deal: &str, command: Command) -> Result<Done, Failure> {
    let version = w.version(deal).await;
    w.app.act_on_deal(&w.by(actor, &[], None), deal, version, command).await
}

/// A deal that waits for the technical department: a product never sold before.
pub async fn at_technical(w: &World) -> String {
    let plan = Plan { lines: vec![("QM-98", dec!(1), None)], ..Plan::default() };
    let deal = w.deal_at(Stage::QuoteSubmitted, &plan).await;
    w.must("liqiang", &deal, &[], decide(NodeKind::SalesManager, Decision::Approve, None)).await;
    assert_eq!(node(w, &deal, NodeKind::Technical).await.status, NodeStatus::Open);
    deal
}

const TECHNICAL: NodeKind = NodeKind::Technical;

#[tokio::test]
async fn who_claims_a_node_keeps_it_until_it_is_given_back() {
    let w = World::new().await;
    let colleague = hire(&w, "sunhao", "孙浩", Department::Technical, Role::Technical).await;
    let deal = at_technical(&w).await;
    let claim = || Command::ClaimNode { node: TECHNICAL };
    let give_back = || Command::GiveBackNode { node: TECHNICAL };
    assert_eq!(blockers(w.act("zhoukai", &deal, &[], give_back()).await), [Blocker::NotClaimed]);
    w.must("zhoukai", &deal, &[], claim()).await;
    assert_eq!(blockers(w.act("zhoukai", &deal, &[], claim()).await), [Blocker::ClaimedBy { by: "周凯".to_owned() }]);
    let approve = || decide(TECHNICAL, Decision::Approve, None);
    assert_eq!(why(act_as(&w, &colleague, &deal, approve()).await), DeniedWhy::ClaimedByAnother);
    assert_eq!(why(act_as(&w, &colleague, &deal, claim()).await), DeniedWhy::ClaimedByAnother);
    assert_eq!(why(act_as(&w, &colleague, &deal, give_back()).await), DeniedWhy::ClaimedByAnother);
    assert_eq!(why(w.act("wufang", &deal, &[], claim()).await), DeniedWhy::Role, "another department");
    assert_eq!(why(w.act("wangmin", &deal, &[], claim()).await), DeniedWhy::OwnDeal, "the owner");
    w.must("zhoukai", &deal, &[], give_back()).await;
    act_as(&w, &colleague, &deal, approve()).await.expect("the pool may decide again");
    let found = node(&w, &deal, TECHNICAL).await;
    assert_eq!(found.decided.as_ref().map(|d| d.by_name.as_str()), Some("孙浩"));
    let holders: Vec<Option<&str>> = found.holds.iter().map(|h| h.holder.as_ref().map(|p| p.name.as_str())).collect();
    assert_eq!(holders, [None, Some("周凯"), None]);
    // The other one of the pool is told who was faster.
    assert_eq!(
        blockers(w.act("zhoukai", &deal, &[], approve()).await),
        [Blocker::AlreadyDecided { by: "孙浩".to_owned(), at: w.now() }]
    );
}

#[tokio::test]
async fn a_hand_over_stays_in_the_pool_and_does_not_restart_the_clock() {
    let w = World::new().await;
    let colleague = hire(&w, "sunhao", "孙浩", Department::Technical, Role::Technical).await;
    let deal = at_technical(&w).await;
    let due = node(&w, &deal, TECHNICAL).await.due_at;
    let to = |c: Colleague| Command::HandOverNode {
        node: TECHNICAL,
        to: Box::new(c),
        comment: "我明天出差，请代看".to_owned(),
    };
    for stranger in ["wufang", "wangmin", "admin"] {
        let refused = w.act("zhoukai", &deal, &[], to(w.colleague(stranger))).await;
        assert!(matches!(blockers(refused).as_slice(), [Blocker::ReceiverUnfit { .. }]), "{stranger}");
    }
    let receiver = |is_active| Colleague { actor: colleague.clone(), department: Department::Technical, is_active };
    assert!(matches!(
        blockers(w.act("zhoukai", &deal, &[], to(receiver(false))).await).as_slice(),
        [Blocker::ReceiverUnfit { .. }]
    ));
    w.clock.advance(chrono::TimeDelta::minutes(45));
    w.must("zhoukai", &deal, &[], to(receiver(true))).await;
    assert_eq!(node(&w, &deal, TECHNICAL).await.due_at, due);
    assert_eq!(
        why(w.act("zhoukai", &deal, &[], decide(TECHNICAL, Decision::Approve, None)).await),
        DeniedWhy::ClaimedByAnother
    );
    act_as(&w, &colleague, &deal, decide(TECHNICAL, Decision::Approve, None)).await.expect("the receiver decides");
}

#[tokio::test]
async fn an_extra_signature_stops_the_clock_and_moves_the_due_moment() {
    let w = World::new().await;
    let deal = at_technical(&w).await;
    let before = node(&w, &deal, TECHNICAL).await;
    assert_eq!(before.due_at, Some(moment("09-18 10:20")));
    let sign = |c: Colleague| Command::AddSigner {
        node: TECHNICAL,
        signer: Box::new(c),
        comment: "请先确认物料是否齐套".to_owned(),
    };
    for unfit in ["wangmin", "admin"] {
        let refused = w.act("zhoukai", &deal, &[], sign(w.colleague(unfit))).await;
        assert!(matches!(blockers(refused).as_slice(), [Blocker::SignerUnfit { .. }]), "{unfit}");
    }
    w.at("09-17 11:20");
    w.must("zhoukai", &deal, &[], sign(w.colleague("sunli"))).await;
    let stands = Blocker::ClockStands { reason: CallKind::ExtraSign, of: "孙丽".to_owned() };
    assert_eq!(blockers(w.act("zhoukai", &deal, &[], decide(TECHNICAL, Decision::Approve, None)).await), [stands]);
    let call = node(&w, &deal, TECHNICAL).await.open_call().cloned().expect("a call");
    assert_eq!(call.due_at, Some(moment("09-18 11:20")), "the same limit");
    // Who is asked sees the deal; nobody else answers.
    let answer = |result| Command::AnswerCall { node: TECHNICAL, result, comment: "齐套".to_owned() };
    assert_eq!(why(w.act("zhoukai", &deal, &[], answer(Some(SignResult::Agree))).await), DeniedWhy::NotAsked);
    assert_eq!(why(w.act("wangmin", &deal, &[], answer(Some(SignResult::Agree))).await), DeniedWhy::NotAsked);
    assert_eq!(blockers(w.act("sunli", &deal, &[], answer(None)).await), [Blocker::ResultMissing]);
    w.at("09-17 14:30");
    w.must("sunli", &deal, &[], answer(Some(SignResult::Object))).await;
    let after = node(&w, &deal, TECHNICAL).await;
    let stood = w.app.calendar.working_minutes_between(moment("09-17 11:20"), moment("09-17 14:30"));
    assert_eq!(after.due_at, Some(w.app.calendar.add_working_minutes(moment("09-18 10:20"), stood)));
    let lines = ledger::of_node(&after, &w.app.calendar, w.now());
    assert_eq!(
        lines.iter().map(|l| l.kind).collect::<Vec<_>>(),
        [HoldKind::Running, HoldKind::ExtraSign, HoldKind::Running]
    );
    assert_eq!(ledger::paused(&lines), stood);
    assert_eq!(
        ledger::total(&lines),
        w.app.calendar.working_minutes_between(after.arrived_at.expect("arrived"), w.now())
    );
    let again = w.act("zhoukai", &deal, &[], sign(w.colleague("wufang"))).await;
    assert_eq!(blockers(again), [Blocker::SomebodySigned { name: "孙丽".to_owned() }]);
    w.must("zhoukai", &deal, &[], decide(TECHNICAL, Decision::Approve, None)).await;
}

/// Puts hours and days of somebody's own in force.
async fn keep_own_time(w: &World, hours: Vec<UsualHours>, days: Vec<OwnDay>) {
    let (admin, manager) = (w.actor("admin"), w.actor("hemin"));
    let data = CalendarData { hours, days, ..CalendarData::default() };
    let draft = CalendarDraft { data, note: "仓储早班".to_owned() };
    w.app.draft_calendar(&w.by(&admin, &[], None), 0, &draft).await.expect("drafted");
    w.app.publish_calendar(&w.by(&manager, &[], None), 1).await.expect("in force");
}

#[tokio::test]
async fn who_signs_first_has_the_limit_in_their_own_working_time() {
    let w = World::new().await;
    let signer = w.id("sunli");
    let early = Hours::new(vec![(480, 660), (720, 1020)]).expect("hours");
    let half = OwnDay {
        whose: Whose::Person(signer),
        date: "2026-09-18".parse().expect("a day"),
        hours: Hours::new(vec![(480, 600)]).expect("hours"),
        name: "半天".to_owned(),
    };
    keep_own_time(&w, vec![UsualHours { whose: Whose::Department(Department::Warehouse), hours: early }], vec![half])
        .await;
    let sign = |who: &str| Command::AddSigner {
        node: TECHNICAL,
        signer: Box::new(w.colleague(who)),
        comment: "请先确认物料是否齐套".to_owned(),
    };
    let (person, department, company) = (at_technical(&w).await, at_technical(&w).await, at_technical(&w).await);
    let packer = hire(&w, "qianbao", "钱宝", Department::Warehouse, Role::Warehouse).await;
    w.at("09-17 11:20");
    w.must("zhoukai", &person, &[], sign("sunli")).await;
    let of_department = Command::AddSigner {
        node: TECHNICAL,
        signer: Box::new(Colleague { actor: packer, department: Department::Warehouse, is_active: true }),
        comment: "请先确认物料是否齐套".to_owned(),
    };
    w.must("zhoukai", &department, &[], of_department).await;
    w.must("zhoukai", &company, &[], sign("wufang")).await;
    let due = async |deal: &str| node(&w, deal, TECHNICAL).await.open_call().and_then(|c| c.due_at);
    // A person with days but no hours of their own has the department's hours: Thursday 12:00 to 17:00 is 300,
    // Friday 8 to 10 is 120, and the last 60 minutes from 8 on the Sunday that is worked.
    assert_eq!(due(&person).await, Some(moment("09-20 09:00")));
    // The department: Thursday 12:00 to 17:00 is 300, and Friday 8:00 to 11:00.
    assert_eq!(due(&department).await, Some(moment("09-18 11:00")));
    assert_eq!(due(&company).await, Some(moment("09-18 11:20")));
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    for (deal, until, whose) in [
        (&person, "09月20日 09:00", "按孙丽的日历计算"),
        (&department, "09月18日 11:00", "按仓储部的日历计算"),
        (&company, "09月18日 11:20", "吴芳按日历计算"),
    ] {
        b.open(&format!("/deals/{deal}/due")).await;
        let sums = b.words_of("tfoot td");
        assert!(sums.contains(&"480".to_owned()), "{until} {whose}: {sums:?} {}", b.text());
        let heads = b.words_of(".card__head").join("|");
        assert!(heads.contains(whose), "{heads}");
    }
    // A later calendar changes nothing of what is shown for what was asked before.
    let (admin, manager) = (w.actor("admin"), w.actor("hemin"));
    let draft = CalendarDraft { data: CalendarData::default(), note: "恢复".to_owned() };
    w.app.draft_calendar(&w.by(&admin, &[], None), 0, &draft).await.expect("drafted");
    w.app.publish_calendar(&w.by(&manager, &[], None), 1).await.expect("in force");
    b.open(&format!("/deals/{person}/due")).await;
    assert!(b.words_of("tfoot td").contains(&"480".to_owned()), "{}", b.text());
    // They are told when their own time is over, and not in the night before.
    for (at, told) in
        [("09-18 11:00", 1), ("09-18 11:19", 1), ("09-18 11:20", 2), ("09-20 08:59", 2), ("09-20 09:00", 3)]
    {
        w.at(at);
        sweep(&w.app).await.expect("a look");
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM alarm WHERE subject LIKE 'call:%'")
            .fetch_one(&mut w.database.owner_connection().await)
            .await
            .expect("countable");
        assert_eq!(count, told, "{at}");
    }
}

#[tokio::test]
async fn a_question_to_the_rep_is_answered_on_the_record() {
    let w = World::new().await;
    let deal = at_technical(&w).await;
    let ask = || Command::AskRep { node: TECHNICAL, comment: "安装高度是多少？".to_owned() };
    w.must("zhoukai", &deal, &[], ask()).await;
    assert!(matches!(blockers(w.act("zhoukai", &deal, &[], ask()).await).as_slice(), [Blocker::ClockStands { .. }]));
    // A question may be taken back, and asked anew.
    w.must("zhoukai", &deal, &[], Command::RecallCall { node: TECHNICAL }).await;
    assert_eq!(
        blockers(w.act("zhoukai", &deal, &[], Command::RecallCall { node: TECHNICAL }).await),
        [Blocker::NothingAsked]
    );
    w.must("zhoukai", &deal, &[], ask()).await;
    let answer = || Command::AnswerCall { node: TECHNICAL, result: None, comment: "2.1 米".to_owned() };
    assert_eq!(why(w.act("wufang", &deal, &[], answer()).await), DeniedWhy::NotAsked);
    w.clock.advance(chrono::TimeDelta::minutes(30));
    w.must("wangmin", &deal, &[], answer()).await;
    let found = node(&w, &deal, TECHNICAL).await;
    let said: Vec<Option<String>> =
        found.calls.iter().map(|c| c.ended.as_ref().and_then(|e| e.answer.clone())).collect();
    assert_eq!(said, [None, Some("2.1 米".to_owned())]);
    assert_eq!(found.due_at, Some(moment("09-18 10:50")), "the half hour is not the department's");
}

#[tokio::test]
async fn a_round_that_ends_closes_its_questions() {
    let w = World::new().await;
    let deal = w.submitted_quote().await;
    w.must(
        "liqiang",
        &deal,
        &[],
        Command::AskRep { node: NodeKind::SalesManager, comment: "客户预算多少？".to_owned() },
    )
    .await;
    w.must("wangmin", &deal, &[], Command::WithdrawQuote).await;
    let found = node(&w, &deal, NodeKind::SalesManager).await;
    assert_eq!(found.status, NodeStatus::Voided);
    assert!(found.open_call().is_none() && found.holds.iter().all(|h| h.until.is_some()));
}

#[tokio::test]
async fn a_blocking_condition_needs_its_evidence_before_the_order() {
    let w = World::new().await;
    let deal = w.submitted_quote().await;
    let manager = NodeKind::SalesManager;
    let verdict = Verdict {
        condition: Some(ConditionKind::Blocking),
        sheet: sheet(manager),
        ..Verdict::new(manager, Decision::ApproveCond, Some("须先收到盖章的技术协议".to_owned()))
    };
    w.must("liqiang", &deal, &[], Command::DecideNode(Box::new(verdict))).await;
    w.bring_to(Stage::QuoteSent, &deal, &Plan::default()).await;
    w.bring_to(Stage::Accepted, &deal, &Plan::default()).await;
    // The way to the approval is offered to whoever may go there.
    for (login, may_go) in [("wangmin", true), ("sunli", false), ("hejun", false)] {
        let mut b = Browser::at(&w).await;
        b.sign_in(login).await;
        b.open(&format!("/deals/{deal}/order")).await;
        assert!(b.sees("有审批条件尚未确认"), "{login}: {}", b.text());
        assert_eq!(b.sees("去确认"), may_go, "{login}: {}", b.text());
    }
    let confirm = || Command::ConfirmOrder;
    assert_eq!(
        blockers(w.act("wangmin", &deal, &[], confirm()).await),
        [Blocker::ConditionOpen, Blocker::EvidenceOwed { node: manager }]
    );
    w.must("wangmin", &deal, &[], Command::AcknowledgeCondition { node: manager }).await;
    assert_eq!(blockers(w.act("wangmin", &deal, &[], confirm()).await), [Blocker::EvidenceOwed { node: manager }]);
    let file = w.pdf("技术协议").await;
    let evidence = |file: &kuaidan::app::Upload| Command::AttachEvidence { node: manager, file: file.id };
    w.must("wangmin", &deal, std::slice::from_ref(&file), evidence(&file)).await;
    let other = w.pdf("另一份").await;
    assert_eq!(
        blockers(w.act("wangmin", &deal, std::slice::from_ref(&other), evidence(&other)).await),
        [Blocker::NoEvidenceOwed]
    );
    w.must("wangmin", &deal, &[], confirm()).await;
}

#[tokio::test]
async fn a_hold_stops_the_yes_and_lets_the_deal_go_back() {
    let w = World::new().await;
    let deal = w.submitted_quote().await;
    let no = w.case(&deal).await.customer.no;
    let hold = Command::Mark { mark: Mark::CreditHold, reason: "逾期四十天".to_owned() };
    w.must_on_customer("wufang", &no, &[], hold).await;
    let node = NodeKind::SalesManager;
    for (decision, comment) in [(Decision::Approve, None), (Decision::ApproveCond, Some("先收回旧款"))] {
        let refused = blockers(w.act("liqiang", &deal, &[], decide(node, decision, comment)).await);
        assert_eq!(refused, [Blocker::CreditHold], "{decision}");
    }
    w.must("liqiang", &deal, &[], decide(node, Decision::Return, Some("客户冻结，待财务放行"))).await;
}
