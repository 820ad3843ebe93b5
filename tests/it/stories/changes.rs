//! Requirement changes from the first word to their effect (DOMAIN 8): the change of story 2, an
//! address that moves under way, departments that answer, refuse or are late, and what is frozen.

use crate::harness::browser::Browser;
use crate::harness::sample;
use crate::harness::stages::{Plan, Stage, decide};
use crate::harness::world::{World, moment, told};
use axum::http::StatusCode;
use kuaidan::app::{Done, Failure, FormUse};
use kuaidan::domain::approval::{Decision, NodeKind, RoundStatus};
use kuaidan::domain::change::{Answer, Bearer, CallBack, ChangeStatus, Loss, Phase};
use kuaidan::domain::order::OrderLine;
use kuaidan::domain::policy::DeniedWhy;
use kuaidan::domain::quote::QuoteStatus;
use kuaidan::domain::requirement::{RequirementConfirmMethod, RequirementContent, RequirementStatus};
use kuaidan::domain::staff::Department;
use kuaidan::domain::workflow::{Blocker, Command, Event, LineQuantity};
use rust_decimal::dec;

fn blockers(result: Result<Done, Failure>) -> Vec<Blocker> {
    match result {
        Err(Failure::Blocked { blockers, .. }) => blockers,
        Err(other) => panic!("not blocked but {}", told(&other)),
        Ok(_) => panic!("not refused"),
    }
}

fn why(result: Result<Done, Failure>) -> DeniedWhy {
    match result {
        Err(Failure::Denied(denied)) => denied.why,
        Err(other) => panic!("not denied but {}", told(&other)),
        Ok(_) => panic!("not refused"),
    }
}

async fn filed(w: &World, deal: &str, with: impl FnOnce(&mut RequirementContent)) {
    let command = sample::change(w, deal, with).await;
    w.must("wangmin", deal, &[], command).await;
    w.must("wangmin", deal, &[], Command::FileChange { call_back: None }).await;
}

fn repacked(content: &mut RequirementContent) {
    content.lines[0].packaging = Some("防潮托盘+护角".to_owned());
}

fn says(department: Department, answer: Answer) -> Command {
    Command::AcknowledgeChange { department, answer, comment: Some("已与班组确认".to_owned()), loss: None }
}

async fn status(w: &World, deal: &str) -> ChangeStatus {
    w.case(deal).await.change.expect("a change").status
}

async fn notices(w: &World, login: &str) -> Vec<String> {
    let mut conn = w.app.db.read().await.expect("a connection");
    let all = kuaidan::store::notices::newest(&mut conn, w.id(login), 50).await.expect("readable");
    all.into_iter().map(|n| n.kind).collect()
}

async fn events(w: &World, deal: &str) -> Vec<Event> {
    let mut conn = w.app.db.read().await.expect("a connection");
    let case = w.case(deal).await;
    let id = case.deal.expect("a deal").id;
    let told = kuaidan::store::events::timeline(&mut conn, Some(id), case.customer.id, 200).await.expect("readable");
    told.into_iter().map(|t| t.event).collect()
}

#[tokio::test]
async fn story_2_the_customer_adds_four_sets_and_special_packing() {
    let w = World::new().await;
    let customer = w.archived_customer().await;
    w.at("10-12 10:20");
    let plan = Plan { customer: Some(customer), lines: vec![("QM-65", dec!(16), None)], ..Plan::default() };
    let deal = w.deal_at(Stage::QuoteDrafted, &plan).await;
    w.at("10-12 10:40");
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/quote")).await;
    assert!(b.links().contains(&format!("/deals/{deal}/changes/new")), "{:?}", b.links());
    assert_eq!(b.open(&format!("/deals/{deal}/changes/new")).await, StatusCode::OK);
    b.set("quantity", "20").set("packaging", "防潮托盘+护角+缠绕膜");
    b.set("requested_by", "李娜").set("channel", "phone").set("change_reason", "customer");
    assert_eq!(b.submit("/changes/new").await, StatusCode::OK, "{}", b.text());

    // The consequences are shown, and nothing has moved yet.
    for words in [
        "BG-20261012-001",
        "数量增加",
        "包装",
        "需求确认单、报价单",
        "须客户确认新版需求确认单",
        "防潮托盘+护角+缠绕膜",
    ] {
        assert!(b.sees(words), "{words}: {}", b.text());
    }
    let before = w.case(&deal).await;
    assert_eq!(before.quote.as_ref().map(|q| (q.version_no, q.status)), Some((1, QuoteStatus::Draft)));
    assert_eq!(before.requirement.as_ref().map(|r| (r.version_no, r.status)), Some((1, RequirementStatus::Confirmed)));
    assert!(before.open_change().is_none());

    b.press("提交变更").await;
    let case = w.case(&deal).await;
    let change = case.change.as_ref().expect("a change");
    assert_eq!((change.no.as_str(), change.phase), ("BG-20261012-001", Phase::BeforeSubmit));
    let items: Vec<(&str, &str)> = change.items.iter().map(|i| (i.before.as_str(), i.after.as_str())).collect();
    assert_eq!(items, [("16", "20"), ("", "防潮托盘+护角+缠绕膜")]);
    assert_eq!(change.status, ChangeStatus::AwaitingCustomer);
    assert_eq!(case.quote.as_ref().map(|q| q.status), Some(QuoteStatus::Superseded));
    let requirement = case.requirement.as_ref().expect("a requirement");
    assert_eq!((requirement.version_no, requirement.status), (2, RequirementStatus::Sent));
    assert_eq!(requirement.content.lines[0].quantity, dec!(20));
    b.open("/deals").await;
    assert!(b.sees("变更中"), "{}", b.text());
    b.open(&format!("/deals/{deal}/requirement")).await;
    assert!(b.sees("变更 BG-20261012-001 未结束"), "{}", b.text());

    // 11:00: the customer confirms version 2, and the change with it.
    w.at("10-12 11:00");
    b.open(&format!("/deals/{deal}/requirement")).await;
    b.set("confirm_method", "email").set("confirm_contact", "李娜").set("confirmed_at", "2026-10-12T11:00");
    b.attach("file", "确认.pdf", b"%PDF-1.7 ok");
    assert_eq!(b.submit("/requirement/confirm").await, StatusCode::OK, "{}", b.text());
    let case = w.case(&deal).await;
    let change = case.change.as_ref().expect("a change");
    assert_eq!((change.status, change.result, change.effective_at), (ChangeStatus::Effective, Some(2), Some(w.now())));
    assert!(change.confirmation.as_ref().is_some_and(|c| c.file.is_some()));
    assert!(case.open_change().is_none());
    w.at("10-12 11:15");
    w.bring_to(Stage::QuoteDrafted, &deal, &plan).await;
    let quote = w.case(&deal).await.quote.expect("a quote");
    assert_eq!((quote.version_no, quote.priced.lines[0].quantity), (2, dec!(20)));
    w.must("wangmin", &deal, &[], Command::SubmitQuote).await;
    b.open(&format!("/deals/{deal}/approval")).await;
    assert!(b.sees("BG-20261012-001") && b.sees("已生效"), "the rail lists the record");
}

#[tokio::test]
async fn an_address_moves_under_way_after_a_call_back() {
    let w = World::new().await;
    let plan = Plan { partial_allowed: true, ..Plan::default() };
    let deal = w.deal_at(Stage::Packed, &plan).await;
    // Four of ten have left; the rest goes elsewhere.
    let line = w.case(&deal).await.order.expect("an order").goods().next().map(|l| l.id).expect("goods");
    let part = |quantity| vec![LineQuantity { line, quantity }];
    w.ship(&deal, part(dec!(4)), "DPK2026092201").await;
    let promised = w.case(&deal).await.order.expect("an order").promised_at;
    let gross = w.case(&deal).await.order.expect("an order").gross;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/changes/new")).await;
    b.set("ship_address", "无锡市新吴区长江路 9 号").set("ship_receiver", "周先生").set("ship_phone", "13700137000");
    b.set("requested_by", "李娜").set("channel", "wechat").set("change_reason", "customer");
    assert_eq!(b.submit("/changes/new").await, StatusCode::OK, "{}", b.text());
    assert!(b.sees("须回拨客户原有联系人核实") && b.sees("告知：物流"), "{}", b.text());
    // Without the call nothing is filed; the number that came with the change is not on offer.
    assert_eq!(b.submit("/changes/file").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!b.html.contains("value=\"周先生 13700137000\""));
    b.set("call_back_contact", "李娜 13800138000");
    assert_eq!(b.submit("/changes/file").await, StatusCode::OK, "{}", b.text());
    let case = w.case(&deal).await;
    let change = case.change.as_ref().expect("a change");
    assert_eq!((change.status, change.phase), (ChangeStatus::Effective, Phase::InProduction));
    let call = change.call_back.as_ref().expect("called back");
    assert_eq!((call.contact.as_str(), call.phone.as_str()), ("李娜", "13800138000"));
    let order = case.order.as_ref().expect("an order");
    assert_eq!((order.ship_address.as_str(), order.ship_receiver.as_str()), ("无锡市新吴区长江路 9 号", "周先生"));
    assert_eq!((order.promised_at, order.gross), (promised, gross));
    assert_eq!(case.round.as_ref().map(|r| r.status), Some(RoundStatus::Approved), "no re-approval");
    assert!(notices(&w, "hejun").await.contains(&"change_filed".to_owned()));
    w.ship(&deal, part(dec!(6)), "DPK2026092202").await;
    // Each shipment keeps the place where it went, on the page and on its paper.
    let case = w.case(&deal).await;
    let order = case.order.as_ref().expect("an order");
    let places: Vec<(&str, &str)> =
        order.shipments.iter().map(|s| (s.ship_address.as_str(), s.ship_receiver.as_str())).collect();
    assert_eq!(places, [("苏州工业园区星湖街 328 号", "方晓"), ("无锡市新吴区长江路 9 号", "周先生")]);
    let mut logistics = b.another();
    logistics.sign_in("hejun").await;
    logistics.open(&format!("/deals/{deal}/delivery")).await;
    for sent in ["送至 苏州工业园区星湖街 328 号，方晓 13800138001", "送至 无锡市新吴区长江路 9 号，周先生 13700137000"]
    {
        assert!(logistics.sees(sent), "{sent}: {}", logistics.text());
    }
    // Whoever need not call there sees no number.
    let mut production = b.another();
    production.sign_in("zhengwei").await;
    production.open(&format!("/deals/{deal}/delivery")).await;
    assert!(production.sees("周先生") && !production.sees("13700137000"), "{}", production.text());
}

#[tokio::test]
async fn a_shipment_that_still_waits_goes_where_the_order_goes() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Packed, &Plan::default()).await;
    let line = w.case(&deal).await.order.expect("an order").goods().next().map(|l| l.id).expect("goods");
    let way = sample::carried("德邦", "DPK2026092201");
    let arrange = Command::ArrangeShipment { quantities: vec![LineQuantity { line, quantity: dec!(10) }], way };
    w.must("hejun", &deal, &[], arrange).await;
    let moved = sample::change(&w, &deal, |c| c.ship_address = "无锡市新吴区长江路 9 号".to_owned()).await;
    w.must("wangmin", &deal, &[], moved).await;
    let call_back = Some(CallBack { contact: "李娜".to_owned(), phone: "13800138000".to_owned(), at: w.now() });
    w.must("wangmin", &deal, &[], Command::FileChange { call_back }).await;
    let order = w.case(&deal).await.order.expect("an order");
    assert_eq!(order.shipments[0].ship_address, order.ship_address);
    assert_eq!(order.ship_address, "无锡市新吴区长江路 9 号");
}

#[tokio::test]
async fn packaging_of_an_order_waits_for_warehouse_production_and_the_customer() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Paid, &Plan::default()).await;
    w.at("09-17 16:00");
    filed(&w, &deal, repacked).await;
    let change = w.case(&deal).await.change.expect("a change");
    assert_eq!((change.status, change.phase), (ChangeStatus::Assessing, Phase::NotStarted));
    let due: Vec<(Department, _)> = change.duties.iter().map(|d| (d.department, d.due_at)).collect();
    let eight_hours = moment("09-18 16:00");
    assert_eq!(due, [(Department::Production, eight_hours), (Department::Warehouse, eight_hours)]);
    assert!(notices(&w, "zhengwei").await.contains(&"acknowledge_change".to_owned()));

    // The line is frozen, and says why.
    let line = w.case(&deal).await.order.expect("an order").goods().next().map(|l| l.id).expect("goods");
    let pick =
        || Command::RecordPicking { quantities: vec![LineQuantity { line, quantity: dec!(10) }], location: None };
    let no = change.no.clone();
    assert_eq!(blockers(w.act("sunli", &deal, &[], pick()).await), [Blocker::LineChanging { line: 1, no }]);

    // My work shows it, with the limit.
    let browser = Browser::at(&w).await;
    let mut production = browser.another();
    production.sign_in("zhengwei").await;
    production.open("/work").await;
    assert!(production.sees("待回复变更") && production.sees(&change.no), "{}", production.text());

    // Wrong persons: another department, the rep, and nobody twice.
    let possible = Answer::Possible;
    assert_eq!(
        why(w.act("sunli", &deal, &[], says(Department::Production, possible)).await),
        DeniedWhy::OtherDepartment
    );
    assert_eq!(why(w.act("wangmin", &deal, &[], says(Department::Warehouse, possible)).await), DeniedWhy::Role);
    assert_eq!(
        why(w.act("sunli", &deal, &[], Command::RefuseChange { comment: "不同意变更".into() }).await),
        DeniedWhy::Role
    );
    assert_eq!(
        blockers(w.act("hejun", &deal, &[], says(Department::Logistics, possible)).await),
        [Blocker::DutyClosed]
    );

    // Production is late: overdue counts working time, the answer is still taken.
    w.at("09-18 17:00");
    production.sign_in("zhengwei").await;
    production.open(&format!("/deals/{deal}/changes")).await;
    assert!(production.sees("逾期"), "{}", production.text());
    production.set("answer", "possible");
    assert_eq!(production.submit("/changes/acknowledge").await, StatusCode::OK, "{}", production.text());
    assert!(matches!(
        blockers(w.act("zhengwei", &deal, &[], says(Department::Production, possible)).await)[..],
        [Blocker::AlreadyDecided { .. }]
    ));
    assert_eq!(status(&w, &deal).await, ChangeStatus::Assessing);
    w.must("sunli", &deal, &[], says(Department::Warehouse, possible)).await;
    assert_eq!(status(&w, &deal).await, ChangeStatus::AwaitingCustomer);

    // Now the customer, with evidence.
    let confirm = |file| Command::ConfirmChange {
        method: RequirementConfirmMethod::Email,
        contact: "李娜".to_owned(),
        file,
        at: w.now(),
    };
    assert_eq!(blockers(w.act("wangmin", &deal, &[], confirm(None)).await), [Blocker::EvidenceMissing]);
    let file = w.pdf("变更确认").await;
    let id = file.id;
    w.must("wangmin", &deal, &[file], confirm(Some(id))).await;
    let case = w.case(&deal).await;
    let order = case.order.as_ref().expect("an order");
    assert_eq!(order.lines[0].packaging.as_deref(), Some("防潮托盘+护角"));
    assert!(case.open_change().is_none());
    w.must("sunli", &deal, &[], pick()).await;
}

#[tokio::test]
async fn an_earlier_date_is_promised_anew_and_the_first_promise_stays_readable() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let first = w.case(&deal).await.order.expect("an order").promised_at;
    let earlier = moment("09-22 18:00");
    filed(&w, &deal, |c| c.wanted_at = earlier).await;
    assert_eq!(w.case(&deal).await.order.expect("an order").promised_at, first, "not before everybody said yes");
    w.must("zhengwei", &deal, &[], says(Department::Production, Answer::Possible)).await;
    let file = w.pdf("变更确认").await;
    let confirm = Command::ConfirmChange {
        method: RequirementConfirmMethod::Email,
        contact: "李娜".to_owned(),
        file: Some(file.id),
        at: w.now(),
    };
    w.must("wangmin", &deal, &[file], confirm).await;
    let case = w.case(&deal).await;
    let order = case.order.as_ref().expect("an order");
    assert_eq!(order.promised_at, earlier);
    assert!(order.lines.iter().all(|l: &OrderLine| l.promised_at == earlier));
    assert!(events(&w, &deal).await.iter().any(
        |e| matches!(e, Event::OrderAmended { promised: Some((from, to)), .. } if *from == first && *to == earlier)
    ));
    let mut conn = w.database.app_connection().await;
    let kept: chrono::DateTime<chrono::Utc> =
        sqlx::query_scalar("SELECT first_promised_at FROM sales_order").fetch_one(&mut conn).await.expect("kept");
    assert_eq!(kept, first);
    // A later date afterwards: told, not asked; the first promise is still the first.
    filed(&w, &deal, |c| c.wanted_at = moment("09-28 18:00")).await;
    assert_eq!(status(&w, &deal).await, ChangeStatus::Effective);
    assert!(notices(&w, "sunli").await.contains(&"change_filed".to_owned()));
    let kept: chrono::DateTime<chrono::Utc> = sqlx::query_scalar("SELECT first_promised_at FROM order_line LIMIT 1")
        .fetch_one(&mut conn)
        .await
        .expect("kept");
    assert_eq!(kept, first);
}

#[tokio::test]
async fn a_running_approval_is_withdrawn_and_withdrawing_the_change_brings_the_old_version_back() {
    let w = World::new().await;
    let deal = w.submitted_quote().await;
    filed(&w, &deal, |c| c.lines[0].quantity = dec!(12)).await;
    let case = w.case(&deal).await;
    assert_eq!(case.round.as_ref().map(|r| r.status), Some(RoundStatus::Withdrawn));
    assert_eq!(case.requirement.as_ref().map(|r| (r.version_no, r.status)), Some((2, RequirementStatus::Sent)));
    assert!(notices(&w, "liqiang").await.contains(&"change_filed".to_owned()));
    let approve = decide(NodeKind::SalesManager, Decision::Approve, None);
    assert!(w.act("liqiang", &deal, &[], approve).await.is_err());
    // The version that the customer looks at is not taken back under the change.
    let no = case.change.as_ref().map(|c| c.no.clone()).expect("a change");
    assert_eq!(blockers(w.act("wangmin", &deal, &[], Command::RecallRequirement).await), [Blocker::ChangeOpen { no }]);

    w.must("wangmin", &deal, &[], Command::WithdrawChange { comment: "客户不改了".to_owned() }).await;
    let case = w.case(&deal).await;
    let requirement = case.requirement.as_ref().expect("a requirement");
    assert_eq!((requirement.version_no, requirement.status), (3, RequirementStatus::Confirmed));
    assert_eq!(requirement.content.lines[0].quantity, dec!(10));
    assert!(requirement.confirmation.as_ref().is_some_and(|c| c.file.is_some()), "with the evidence of version 1");
    assert_eq!(status(&w, &deal).await, ChangeStatus::Withdrawn);
    assert!(case.open_change().is_none());
    let plan = Plan::default();
    w.bring_to(Stage::QuoteDrafted, &deal, &plan).await;
    w.must("wangmin", &deal, &[], Command::SubmitQuote).await;
}

#[tokio::test]
async fn a_department_that_says_no_refuses_the_change_and_everything_stays() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Picked, &Plan::default()).await;
    filed(&w, &deal, repacked).await;
    let change = w.case(&deal).await.change.expect("a change");
    assert_eq!(change.phase, Phase::InProduction);
    assert_eq!(
        change.duties.iter().map(|d| d.department).collect::<Vec<_>>(),
        [Department::Sales, Department::Warehouse]
    );
    // The loss is the sales manager's to assess, with figures.
    let without = says(Department::Sales, Answer::Possible);
    assert_eq!(blockers(w.act("liqiang", &deal, &[], without).await), [Blocker::LossMissing]);
    let with = Command::AcknowledgeChange {
        department: Department::Sales,
        answer: Answer::Possible,
        comment: None,
        loss: Some(Loss { amount: dec!(350.00), borne_by: Bearer::Customer }),
    };
    w.must("liqiang", &deal, &[], with).await;
    w.must("sunli", &deal, &[], says(Department::Warehouse, Answer::NotPossible)).await;
    let case = w.case(&deal).await;
    let change = case.change.as_ref().expect("a change");
    assert_eq!((change.status, change.decision.as_deref()), (ChangeStatus::Refused, Some("已与班组确认")));
    assert!(case.order.as_ref().expect("an order").lines[0].packaging.is_none());
    w.bring_to(Stage::Packed, &deal, &Plan::default()).await;
    assert!(notices(&w, "wangmin").await.contains(&"change_refused".to_owned()));
}

#[tokio::test]
async fn before_the_order_an_address_is_edited_and_logged_and_the_approval_runs_on() {
    let w = World::new().await;
    let deal = w.submitted_quote().await;
    filed(&w, &deal, |c| c.ship_address = "无锡市新吴区长江路 9 号".to_owned()).await;
    let case = w.case(&deal).await;
    assert_eq!(status(&w, &deal).await, ChangeStatus::Effective);
    let requirement = case.requirement.as_ref().expect("a requirement");
    assert_eq!((requirement.version_no, requirement.status), (1, RequirementStatus::Confirmed));
    assert_eq!(requirement.content.ship_address, "无锡市新吴区长江路 9 号");
    assert_eq!(case.round.as_ref().map(|r| r.status), Some(RoundStatus::Open));
    w.approve_all(&deal).await;
    w.must("wangmin", &deal, &[], Command::SendQuote).await;
    w.bring_to(Stage::Accepted, &deal, &Plan::default()).await;
    assert_eq!(w.case(&deal).await.order.expect("an order").ship_address, "无锡市新吴区长江路 9 号");
}

#[tokio::test]
async fn a_double_click_files_once_and_an_old_page_is_refused() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let command = sample::change(&w, &deal, repacked).await;
    w.must("wangmin", &deal, &[], command).await;
    let version = w.version(&deal).await;
    let actor = w.actor("wangmin");
    let key = w.app.ids.next();
    let form = || FormUse { key, route: "/changes/file".to_owned(), sha256: [1; 32], then: "/next".to_owned() };
    let send = async || {
        let by = w.by(&actor, &[], Some(form()));
        w.app.act_on_deal(&by, &deal, version, Command::FileChange { call_back: None }).await
    };
    assert!(matches!(send().await, Ok(Done::Now { .. })));
    assert!(matches!(send().await, Ok(Done::Before { .. })));
    assert_eq!(w.case(&deal).await.change.expect("a change").duties.len(), 2);
    let old = w.act_at(version, "sunli", &deal, &[], says(Department::Warehouse, Answer::Possible)).await;
    assert!(matches!(old, Err(Failure::Stale { .. })), "{:?}", old.map_err(|f| told(&f)));
    // A stranger of the same role sees nothing of it; the assistant of the team may write.
    assert!(matches!(
        w.act("zhaoliu", &deal, &[], Command::WithdrawChange { comment: "不是我的单".to_owned() }).await,
        Err(Failure::NotFound)
    ));
    w.must("zhaoxue", &deal, &[], Command::WithdrawChange { comment: "客户不改了".to_owned() }).await;
}

#[tokio::test]
async fn a_form_with_mistakes_keeps_what_was_typed() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/changes/new")).await;
    b.set("quantity", "1e30").set("ship_phone", "12").set("packaging", "木箱").set("wanted_at", "2026-09-01T10:00");
    assert_eq!(b.submit("/changes/new").await, StatusCode::UNPROCESSABLE_ENTITY);
    for kept in ["1e30", "value=\"12\"", "木箱"] {
        assert!(b.html.contains(kept), "{kept}");
    }
    for said in ["提出人", "渠道", "原因", "不能早于现在"] {
        assert!(b.sees(said), "{said}: {}", b.text());
    }
    assert!(w.case(&deal).await.change.is_none());
    // Nothing changed is no change.
    b.open(&format!("/deals/{deal}/changes/new")).await;
    b.set("requested_by", "internal").set("channel", "phone").set("change_reason", "ours");
    assert_eq!(b.submit("/changes/new").await, StatusCode::CONFLICT);
    assert!(b.sees("没有变更"), "{}", b.text());
    // Another line is added without a script.
    b.open(&format!("/deals/{deal}/changes/new")).await;
    b.choose("/changes/new", "add_row", "1").await;
    assert_eq!(b.html.matches("name=\"line_id\"").count(), 3, "{}", b.path);
}
