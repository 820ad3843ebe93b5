//! Changes after the order (DOMAIN 8): a new total from the tier of the new quantity, approved by its
//! level and confirmed by the customer; becoming urgent; cancelling; both totals stay readable.

use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, moment, told};
use axum::http::StatusCode;
use kuaidan::app::{Asked, ChangeInput, Done, Failure};
use kuaidan::domain::change::{
    Answer, Bearer, ChangeDraft, ChangeKind, ChangeReason, ChangeStatus, Impact, Loss, Request, current_content,
};
use kuaidan::domain::deal::{DealStatus, Urgency, UrgentReason};
use kuaidan::domain::order::{Order, OrderStatus};
use kuaidan::domain::order_stop::StopAnswer;
use kuaidan::domain::quote::{PaymentTerm, PaymentTrigger};
use kuaidan::domain::requirement::{Channel, RequirementConfirmMethod};
use kuaidan::domain::staff::{Department, Role};
use kuaidan::domain::workflow::{Action, Blocker, Command, LineQuantity, blockers as in_the_way};
use kuaidan::store::retotals;
use rust_decimal::{Decimal, dec};

async fn order(w: &World, deal: &str) -> Order {
    w.case(deal).await.order.expect("an order")
}

fn blockers(result: Result<Done, Failure>) -> Vec<Blocker> {
    match result {
        Err(Failure::Blocked { blockers, .. }) => blockers,
        Err(other) => panic!("not blocked but {}", told(&other)),
        Ok(_) => panic!("not refused"),
    }
}

async fn written(w: &World, deal: &str, with: impl FnOnce(&mut ChangeInput)) -> Asked<'static> {
    let request = Request {
        contact: Some("李娜".to_owned()),
        received_at: w.now(),
        channel: Channel::Phone,
        reason: ChangeReason::Customer,
        note: Some("客户来电".to_owned()),
        correction: None,
        delay: None,
    };
    let content = current_content(&w.case(deal).await).expect("a requirement");
    let draft = ChangeDraft {
        content,
        wish: None,
        request,
        impact: Impact::default(),
        offer: None,
        urgency: None,
        invoice: None,
    };
    let mut input = ChangeInput { draft, prices: Vec::new(), terms: None };
    with(&mut input);
    Asked::Change(Box::new(input))
}

async fn quantity(w: &World, deal: &str, quantity: Decimal) {
    let asked = written(w, deal, |i| i.draft.content.lines[0].quantity = quantity).await;
    w.must("wangmin", deal, &[], asked).await;
}

const FILE: Command = Command::FileChange { call_back: None };

fn says(department: Department) -> Command {
    Command::AcknowledgeChange { department, answer: Answer::Possible, comment: None, loss: None }
}

fn approve(loss: Option<Loss>) -> Command {
    Command::ApproveChange { comment: Some("同意".to_owned()), loss }
}

async fn confirmed(w: &World, deal: &str) {
    let file = w.pdf("变更确认").await;
    let command = Command::ConfirmChange {
        method: RequirementConfirmMethod::Email,
        contact: "李娜".to_owned(),
        file: Some(file.id),
        at: w.now(),
    };
    w.must("wangmin", deal, &[file], command).await;
}

async fn reserved(w: &World) -> Decimal {
    let mut conn = w.database.app_connection().await;
    sqlx::query_scalar("SELECT reserved FROM stock WHERE product_id = $1")
        .bind(w.product("QM-65").id.0)
        .fetch_one(&mut conn)
        .await
        .expect("a stock row")
}

#[tokio::test]
async fn four_more_take_the_order_to_the_directors_level() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let pay = Command::RecordReceipt {
        position: 1,
        amount: dec!(24510.09),
        received_at: w.now(),
        reference: "HD-1".to_owned(),
    };
    w.must("wufang", &deal, &[], pay).await;
    let before = reserved(&w).await;
    quantity(&w, &deal, dec!(14)).await;
    let offer = w.case(&deal).await.change.expect("a change").offer.expect("a new total");
    assert_eq!(offer.priced.lines[0].unit_price, dec!(8050.03), "the same tier, and the discount is kept");
    assert_eq!(offer.priced.totals.gross, dec!(113900.42));
    w.must("wangmin", &deal, &[], FILE).await;
    assert_eq!(blockers(w.act("liqiang", &deal, &[], approve(None)).await), [Blocker::NoApprovalAsked]);
    w.must("zhengwei", &deal, &[], says(Department::Production)).await;
    w.must("wufang", &deal, &[], says(Department::Finance)).await;
    let change = w.case(&deal).await.change.expect("a change");
    assert_eq!(change.open_approval().map(|a| a.role), Some(Role::SalesDirector), "113,900.42 is above 100,000");
    for login in ["liqiang", "wangmin", "wufang"] {
        assert!(matches!(w.act(login, &deal, &[], approve(None)).await, Err(Failure::Denied(_))), "{login}");
    }
    w.must("chenjing", &deal, &[], approve(None)).await;
    assert_eq!(order(&w, &deal).await.gross, dec!(81700.30), "nothing moves before the customer says yes");
    confirmed(&w, &deal).await;

    let o = order(&w, &deal).await;
    assert_eq!((o.gross, o.net + o.tax), (dec!(113900.42), dec!(113900.42)));
    assert_eq!((o.lines[0].quantity, o.lines[0].reserved), (dec!(14), dec!(14)));
    assert_eq!(reserved(&w).await, before + dec!(4));
    let amounts: Vec<Decimal> = o.milestones.iter().map(|m| m.amount).collect();
    assert_eq!(amounts, [dec!(34170.13), dec!(79730.29)]);
    assert_eq!(o.milestones[0].open(), dec!(9660.04), "the deposit is short again");
    let found = in_the_way(&w.case(&deal).await, Action::RecordProduction, None, w.now());
    assert!(found.contains(&Blocker::PaymentOpen { position: 1, amount: dec!(9660.04) }), "{found:?}");
    // Both totals stay readable.
    let mut conn = w.app.db.read().await.expect("a connection");
    let revisions = retotals::revisions(&mut conn, o.id).await.expect("readable");
    assert_eq!(
        revisions.iter().map(|r| (r.before.gross, r.after)).collect::<Vec<_>>(),
        [(dec!(81700.30), dec!(113900.42))]
    );
    assert_eq!(revisions[0].lines[0].quantity, dec!(10));
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/order")).await;
    assert!(b.sees("81,700.30 → 113,900.42"), "{}", b.text());
    let mut b = b.another();
    b.sign_in("sunli").await;
    b.open(&format!("/deals/{deal}/order")).await;
    assert!(!b.sees("113,900.42") && b.sees("修订记录"), "{}", b.text());
}

#[tokio::test]
async fn six_fewer_give_the_stock_back_at_the_price_of_the_smaller_tier() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let before = reserved(&w).await;
    quantity(&w, &deal, dec!(4)).await;
    w.must("wangmin", &deal, &[], FILE).await;
    let change = w.case(&deal).await.change.expect("a change");
    assert_eq!(change.open_approval().map(|a| a.role), Some(Role::SalesManager));
    w.must("liqiang", &deal, &[], approve(None)).await;
    confirmed(&w, &deal).await;
    let o = order(&w, &deal).await;
    // 8,999.00 from one piece on, 3 % off.
    assert_eq!((o.lines[0].unit_price, o.gross), (dec!(8729.03), dec!(36116.12)));
    assert_eq!((o.lines[0].reserved, reserved(&w).await), (dec!(4), before - dec!(6)));
    assert_eq!(o.milestones.iter().map(|m| m.amount).sum::<Decimal>(), o.gross);
    // Delivered to the end as it is now.
    for stage in [Stage::Paid, Stage::Picked, Stage::Packed, Stage::Shipped, Stage::Signed, Stage::Completed] {
        w.bring_to(stage, &deal, &Plan::default()).await;
    }
    assert_eq!(order(&w, &deal).await.status, OrderStatus::Completed);
}

#[tokio::test]
async fn what_was_made_or_has_left_is_the_lower_bound() {
    let w = World::new().await;
    let plan = Plan { partial_allowed: true, lines: vec![("QM-65", dec!(45), None)], ..Plan::default() };
    let deal = w.deal_at(Stage::Picked, &plan).await;
    let made = order(&w, &deal).await.lines[0].produced;
    assert_eq!(made, dec!(5));
    w.bring_to(Stage::Packed, &deal, &plan).await;
    let line = order(&w, &deal).await.lines[0].id;
    w.ship(&deal, vec![LineQuantity { line, quantity: dec!(3) }], "DPK2026092201").await;
    // Below what has left.
    quantity(&w, &deal, dec!(2)).await;
    let found = blockers(w.act("wangmin", &deal, &[], FILE).await);
    assert!(found.contains(&Blocker::BelowShipped { line: 1, shipped: dec!(3) }), "{found:?}");
    // More has come in than it would be worth.
    quantity(&w, &deal, dec!(4)).await;
    let found = blockers(w.act("wangmin", &deal, &[], FILE).await);
    assert!(matches!(found[..], [Blocker::RefundFirst { .. }]), "{found:?}");
    for receipt in order(&w, &deal).await.receipts {
        let back = Command::CorrectReceipt { receipt: receipt.id, reason: "按变更退款".to_owned() };
        w.must("wufang", &deal, &[], back).await;
    }
    // Below what was made: the director, and the customer bears it.
    quantity(&w, &deal, dec!(4)).await;
    w.must("wangmin", &deal, &[], FILE).await;
    let loss = |borne_by| Some(Loss { amount: dec!(3000), borne_by });
    assert_eq!(blockers(w.act("chenjing", &deal, &[], approve(None)).await), [Blocker::LossMissing]);
    assert_eq!(blockers(w.act("chenjing", &deal, &[], approve(loss(Bearer::Us))).await), [Blocker::WasteNotBorne]);
    w.must("chenjing", &deal, &[], approve(loss(Bearer::Customer))).await;
    confirmed(&w, &deal).await;
    let o = order(&w, &deal).await;
    assert_eq!((o.lines[0].quantity, o.lines[0].packed, o.lines[0].shipped), (dec!(4), dec!(4), dec!(3)));
    assert_eq!(o.lines[0].reserved + o.lines[0].produced, dec!(4));
}

#[tokio::test]
async fn terms_and_prices_change_with_the_level_of_the_total_and_lines_stay() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let terms = vec![
        PaymentTerm { percent: dec!(30), trigger: PaymentTrigger::OnSigning, days: 0 },
        PaymentTerm { percent: dec!(60), trigger: PaymentTrigger::BeforeShipment, days: 0 },
        PaymentTerm { percent: dec!(10), trigger: PaymentTrigger::AfterWarranty, days: 365 },
    ];
    let asked = written(&w, &deal, |i| {
        i.prices = vec![(1, dec!(7900.00))];
        i.terms = Some(terms);
    })
    .await;
    w.must("wangmin", &deal, &[], asked).await;
    w.must("wangmin", &deal, &[], FILE).await;
    w.must("wufang", &deal, &[], says(Department::Finance)).await;
    w.must("liqiang", &deal, &[], approve(None)).await;
    confirmed(&w, &deal).await;
    let o = order(&w, &deal).await;
    assert_eq!(o.gross, dec!(80200.00));
    assert_eq!(
        o.milestones.iter().map(|m| m.amount).collect::<Vec<_>>(),
        [dec!(24060.00), dec!(48120.00), dec!(8020.00)]
    );
    // A line more is an order of its own.
    let asked = written(&w, &deal, |i| {
        let mut more = i.draft.content.lines[0].clone();
        more.id = kuaidan::domain::ids::RequirementLineId(w.app.ids.next());
        i.draft.content.lines.push(more);
    })
    .await;
    w.must("wangmin", &deal, &[], asked).await;
    let found = blockers(w.act("wangmin", &deal, &[], FILE).await);
    assert!(found.contains(&Blocker::SupplementaryOrder), "{found:?}");
}

#[tokio::test]
async fn becoming_urgent_moves_the_promise_once_everybody_agrees() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let needed_at = moment("09-20 10:00");
    let asked = written(&w, &deal, |i| {
        i.draft.wish = Some(ChangeKind::Urgent);
        i.draft.urgency = Some(Urgency {
            reason: UrgentReason::LineDown,
            text: "产线停工，备件缺货，请尽快安排生产和发货".to_owned(),
            needed_at,
        });
    })
    .await;
    w.must("wangmin", &deal, &[], asked).await;
    w.must("wangmin", &deal, &[], FILE).await;
    for (login, department) in
        [("zhengwei", Department::Production), ("sunli", Department::Warehouse), ("hejun", Department::Logistics)]
    {
        w.must(login, &deal, &[], says(department)).await;
    }
    assert!(matches!(w.act("liqiang", &deal, &[], approve(None)).await, Err(Failure::Denied(_))));
    let first = order(&w, &deal).await.promised_at;
    w.must("chenjing", &deal, &[], approve(None)).await;
    let case = w.case(&deal).await;
    assert_eq!(case.change.as_ref().map(|c| c.status), Some(ChangeStatus::Effective));
    assert!(case.deal.expect("a deal").urgency.is_some());
    assert_eq!(case.order.expect("an order").promised_at, needed_at);
    let mut conn = w.database.app_connection().await;
    let kept: chrono::DateTime<chrono::Utc> =
        sqlx::query_scalar("SELECT first_promised_at FROM sales_order").fetch_one(&mut conn).await.expect("a promise");
    assert_eq!(kept, first, "the old promise stays readable");
}

#[tokio::test]
async fn a_cancellation_by_change_record_waits_for_the_decision() {
    let w = World::new().await;
    for (answer, status, deal_status) in [
        (StopAnswer::Refused, ChangeStatus::Refused, DealStatus::Open),
        (StopAnswer::Granted, ChangeStatus::Effective, DealStatus::Lost),
    ] {
        let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
        let asked = written(&w, &deal, |i| i.draft.wish = Some(ChangeKind::Cancel)).await;
        w.must("wangmin", &deal, &[], asked).await;
        w.must("wangmin", &deal, &[], FILE).await;
        let decide = Command::DecideStop { answer, comment: Some("按合同处理定金".to_owned()), cost: None };
        w.must("liqiang", &deal, &[], decide).await;
        let case = w.case(&deal).await;
        assert_eq!(case.change.expect("a change").status, status);
        assert_eq!(case.deal.expect("a deal").status, deal_status);
    }
    // Withdrawn, and the request with it.
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let asked = written(&w, &deal, |i| i.draft.wish = Some(ChangeKind::Cancel)).await;
    w.must("wangmin", &deal, &[], asked).await;
    w.must("wangmin", &deal, &[], FILE).await;
    w.must("wangmin", &deal, &[], Command::WithdrawChange { comment: "客户不取消了".to_owned() }).await;
    assert!(order(&w, &deal).await.asked_stop().is_none());
}

#[tokio::test]
async fn a_new_total_is_written_approved_and_confirmed_on_the_page() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/changes/new")).await;
    b.set("quantity", "4").set("requested_by", "李娜").set("channel", "phone").set("change_reason", "customer");
    assert_eq!(b.submit("/changes/new").await, StatusCode::OK, "{}", b.text());
    assert!(b.sees("81,700.30") && b.sees("36,116.12") && b.sees("-45,584.18"), "{}", b.text());
    assert_eq!(b.submit("/changes/file").await, StatusCode::OK, "{}", b.text());
    let mut b = b.another();
    b.sign_in("liqiang").await;
    b.open(&format!("/deals/{deal}/changes")).await;
    assert_eq!(b.submit("/changes/approve").await, StatusCode::OK, "{}", b.text());
    assert!(b.sees("待客户确认"), "{}", b.text());
    // Departments without prices see the change, not the money.
    let mut b = b.another();
    b.sign_in("zhengwei").await;
    b.open(&format!("/deals/{deal}/changes")).await;
    assert!(!b.sees("36,116.12") && !b.sees("8,729.03"), "{}", b.text());
}

#[tokio::test]
async fn an_agreed_price_stays_to_the_cent_within_its_tier_and_may_be_typed_again() {
    let w = World::new().await;
    let plan = Plan {
        lines: vec![("QM-65", dec!(10), Some(dec!(8000))), ("AZ-01", dec!(1), None)],
        discount_reason: Some("老客户"),
        ..Plan::default()
    };
    let deal = w.deal_at(Stage::OrderConfirmed, &plan).await;
    let offered = async || w.case(&deal).await.change.expect("a change").offer.expect("a new total").priced;
    quantity(&w, &deal, dec!(12)).await;
    // 3.6 % off is a rounded share: taking it from the list would give 8,000.24.
    assert_eq!(offered().await.lines[0].unit_price, dec!(8000));
    quantity(&w, &deal, dec!(4)).await;
    assert_eq!(offered().await.lines[0].unit_price, dec!(8674.78), "8,999.00 from one piece on, as far below it");
    // The rep may promise the old price all the same, and it stays until the line is another one.
    for _ in 0..2 {
        let asked = written(&w, &deal, |i| {
            i.draft.content.lines[0].quantity = dec!(4);
            i.prices = vec![(1, dec!(8000))];
        })
        .await;
        w.must("wangmin", &deal, &[], asked).await;
        assert_eq!(offered().await.lines[0].unit_price, dec!(8000));
    }
}

#[tokio::test]
async fn the_paper_of_a_new_total_opens_for_those_who_see_prices() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    quantity(&w, &deal, dec!(4)).await;
    w.must("wangmin", &deal, &[], FILE).await;
    w.must("liqiang", &deal, &[], approve(None)).await;
    confirmed(&w, &deal).await;
    let file = w.case(&deal).await.change.and_then(|c| c.confirmation).and_then(|c| c.file).expect("a paper");
    let paper = format!("/files/{file}");
    // A later change does not open it.
    let moved = written(&w, &deal, |i| i.draft.content.ship_receiver = "周先生".to_owned()).await;
    w.must("wangmin", &deal, &[], moved).await;
    let first = w.case(&deal).await;
    assert_ne!(first.change.as_ref().and_then(|c| c.confirmation.as_ref()).and_then(|c| c.file), Some(file));
    let mut conn = w.database.app_connection().await;
    let no: String = sqlx::query_scalar("SELECT no FROM change_request WHERE confirm_file_id = $1")
        .bind(file.0)
        .fetch_one(&mut conn)
        .await
        .expect("the change");
    let browser = Browser::at(&w).await;
    for (login, sees_prices) in [("wangmin", true), ("wufang", true), ("zhengwei", false), ("sunli", false)] {
        let mut b = browser.another();
        b.sign_in(login).await;
        assert_eq!(b.open(&format!("/deals/{deal}/changes/{no}")).await, StatusCode::OK, "{login}");
        assert_eq!(b.links().contains(&paper), sees_prices, "{login}: {}", b.text());
        let opened = b.open(&paper).await;
        assert_eq!(opened, if sees_prices { StatusCode::OK } else { StatusCode::NOT_FOUND }, "{login}");
    }
}
