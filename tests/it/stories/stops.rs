//! Orders that stand still or end early: held and taken up again, cancelled before and after
//! something was made, and the rest of a partly shipped order given up.

use crate::harness::browser::Browser;
use crate::harness::sample;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, told};
use axum::http::StatusCode;
use kuaidan::app::{Done, Failure};
use kuaidan::domain::change::{Bearer, Loss};
use kuaidan::domain::deal::DealStatus;
use kuaidan::domain::delivery::{StageState, track};
use kuaidan::domain::link::LinkPurpose;
use kuaidan::domain::order::OrderStatus;
use kuaidan::domain::order_stop::{StopAnswer, StopKind, StopReason};
use kuaidan::domain::policy::DeniedWhy;
use kuaidan::domain::workflow::{Blocker, Command, LineQuantity, Waiver};
use rust_decimal::{Decimal, dec};

fn request(kind: StopKind) -> Command {
    Command::RequestStop { kind, reason: StopReason::Customer, text: "客户项目暂停".to_owned() }
}

fn answer(answer: StopAnswer) -> Command {
    Command::DecideStop { answer, comment: Some("按合同办理，已告知客户".to_owned()), cost: None }
}

fn why(result: Result<Done, Failure>) -> DeniedWhy {
    match result {
        Err(Failure::Denied(denied)) => denied.why,
        Err(other) => panic!("not denied but {}", told(&other)),
        Ok(_) => panic!("not refused"),
    }
}

fn blockers(result: Result<Done, Failure>) -> Vec<Blocker> {
    match result {
        Err(Failure::Blocked { blockers, .. }) => blockers,
        Err(other) => panic!("not blocked but {}", told(&other)),
        Ok(_) => panic!("not refused"),
    }
}

async fn status(w: &World, deal: &str) -> OrderStatus {
    w.case(deal).await.order.expect("an order").status
}

/// On hand and reserved.
async fn stock(w: &World, product: &str) -> (Decimal, Decimal) {
    let mut conn = w.database.app_connection().await;
    let row: (Decimal, Decimal) = sqlx::query_as("SELECT on_hand, reserved FROM stock WHERE product_id = $1")
        .bind(w.product(product).id.0)
        .fetch_one(&mut conn)
        .await
        .expect("a stock row");
    row
}

#[tokio::test]
async fn a_held_order_stands_still_and_goes_on_where_it_was() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Packed, &Plan::default()).await;
    w.must("wangmin", &deal, &[], request(StopKind::Hold)).await;
    assert_eq!(status(&w, &deal).await, OrderStatus::InFulfilment, "asking changes nothing");
    assert_eq!(why(w.act("wangmin", &deal, &[], answer(StopAnswer::Granted)).await), DeniedWhy::Role);
    w.must("liqiang", &deal, &[], answer(StopAnswer::Granted)).await;
    assert_eq!(status(&w, &deal).await, OrderStatus::OnHold);

    let order = w.case(&deal).await.order.expect("an order");
    let quantities = order.goods().map(|l| LineQuantity { line: l.id, quantity: l.packed }).collect();
    let ship = Command::ArrangeShipment { quantities, way: sample::carried("德邦", "DPK2026092201") };
    let found = blockers(w.act("hejun", &deal, &[], ship).await);
    assert!(matches!(found[..], [Blocker::OrderOnHold { reason: StopReason::Customer, .. }]), "{found:?}");

    assert_eq!(
        why(w.act("wufang", &deal, &[], Command::ResumeOrder { comment: "财务恢复".to_owned() }).await),
        DeniedWhy::Role
    );
    w.must("liqiang", &deal, &[], Command::ResumeOrder { comment: "客户重新开工".to_owned() }).await;
    assert_eq!(status(&w, &deal).await, OrderStatus::InFulfilment);
    w.bring_to(Stage::Shipped, &deal, &Plan::default()).await;
}

#[tokio::test]
async fn finance_holds_for_credit_and_only_finance_lets_go() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let hold = |reason| Command::HoldOrder { reason, text: "逾期 40 天未付".to_owned() };
    assert_eq!(why(w.act("wufang", &deal, &[], hold(StopReason::Quality)).await), DeniedWhy::Role);
    assert_eq!(why(w.act("wangmin", &deal, &[], hold(StopReason::Credit)).await), DeniedWhy::Role);
    w.must("wufang", &deal, &[], hold(StopReason::Credit)).await;
    assert_eq!(status(&w, &deal).await, OrderStatus::OnHold);
    let resume = || Command::ResumeOrder { comment: "款已到账".to_owned() };
    for login in ["liqiang", "chenjing", "liujianguo"] {
        assert_eq!(why(w.act(login, &deal, &[], resume()).await), DeniedWhy::Role, "{login}");
    }
    w.must("wufang", &deal, &[], resume()).await;
    assert_eq!(status(&w, &deal).await, OrderStatus::Confirmed);
}

#[tokio::test]
async fn a_cancelled_order_gives_its_stock_back_and_closes_the_deal() {
    let w = World::new().await;
    let before = stock(&w, "QM-65").await;
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    assert_eq!(stock(&w, "QM-65").await, (before.0, before.1 + dec!(10)));
    w.must("wangmin", &deal, &[], request(StopKind::Cancel)).await;
    assert_eq!(blockers(w.act("wangmin", &deal, &[], request(StopKind::Hold)).await).len(), 1, "one request at a time");
    w.must("liqiang", &deal, &[], answer(StopAnswer::Refused)).await;
    assert_eq!(status(&w, &deal).await, OrderStatus::Confirmed);
    w.must("wangmin", &deal, &[], request(StopKind::Cancel)).await;
    w.must("liqiang", &deal, &[], answer(StopAnswer::Granted)).await;
    let case = w.case(&deal).await;
    assert_eq!(case.order.as_ref().map(|o| o.status), Some(OrderStatus::Cancelled));
    assert_eq!(case.deal.map(|d| d.status), Some(DealStatus::Lost));
    assert_eq!(stock(&w, "QM-65").await, before);
}

#[tokio::test]
async fn once_something_was_made_the_director_cancels_with_a_cost_statement() {
    let w = World::new().await;
    let before = stock(&w, "QM-65").await;
    let deal = w.deal_at(Stage::Packed, &Plan::default()).await;
    // On hold first: the order goes back and then ends.
    w.must("chenjing", &deal, &[], Command::HoldOrder { reason: StopReason::Supply, text: "面板停产".to_owned() })
        .await;
    w.must("wangmin", &deal, &[], request(StopKind::Cancel)).await;
    let grant = |cost| Command::DecideStop { answer: StopAnswer::Granted, comment: None, cost };
    assert_eq!(why(w.act("liqiang", &deal, &[], grant(None)).await), DeniedWhy::Role);
    assert_eq!(blockers(w.act("chenjing", &deal, &[], grant(None)).await), [Blocker::CostStatementMissing]);
    let cost = Loss { amount: dec!(1860.00), borne_by: Bearer::Customer };
    w.must("chenjing", &deal, &[], grant(Some(cost.clone()))).await;
    let order = w.case(&deal).await.order.expect("an order");
    assert_eq!(order.status, OrderStatus::Cancelled);
    assert_eq!(order.stops.iter().find_map(|s| s.cost.clone()), Some(cost));
    assert!(order.goods().all(|l| l.picked.is_zero() && l.packed.is_zero() && l.reserved.is_zero()));
    assert_eq!(stock(&w, "QM-65").await, before);
}

#[tokio::test]
async fn the_rest_of_a_partly_shipped_order_is_given_up() {
    let w = World::new().await;
    let plan = Plan { partial_allowed: true, ..Plan::default() };
    let before = stock(&w, "QM-65").await;
    let deal = w.deal_at(Stage::Packed, &plan).await;
    let line = w.case(&deal).await.order.expect("an order").goods().next().expect("goods").id;
    w.ship(&deal, vec![LineQuantity { line, quantity: dec!(4) }], "DPK2026092201").await;
    let found = blockers(w.act("wangmin", &deal, &[], request(StopKind::Cancel)).await);
    assert_eq!(found, [Blocker::StopUnfit { kind: StopKind::Cancel }]);
    w.must("wangmin", &deal, &[], request(StopKind::ShortClose)).await;
    w.must("liqiang", &deal, &[], answer(StopAnswer::Granted)).await;
    assert_eq!(status(&w, &deal).await, OrderStatus::ShortClosed);
    assert_eq!(stock(&w, "QM-65").await, (before.0 - dec!(4), before.1), "six are for anybody again");

    let complete = || Command::CompleteOrder { waive_inspection: Waiver::Waived };
    assert_eq!(blockers(w.act("wangmin", &deal, &[], complete()).await), [Blocker::NotAllSigned]);
    let order = w.case(&deal).await.order.expect("an order");
    let file = w.pdf("签收单").await;
    let sign = Command::SignOff(Box::new(sample::signature(&order.shipments[0], file.id, w.now())));
    w.must("wangmin", &deal, &[file], sign).await;
    assert_eq!(w.case(&deal).await.order.expect("an order").progress(), 100);
    w.must("wangmin", &deal, &[], complete()).await;
    let case = w.case(&deal).await;
    let order = case.order.expect("an order");
    assert_eq!((order.status, order.progress()), (OrderStatus::Completed, 100), "what was delivered is the whole");
    assert_eq!(case.deal.map(|d| d.status), Some(DealStatus::Completed));
    let seen = track(&order, &w.app.calendar, w.now());
    let signing = seen.lines[0].batches[0].stages.last().expect("stages");
    assert_eq!((signing.done, signing.of), (dec!(4), dec!(4)), "four of four");
}

#[tokio::test]
async fn the_request_and_the_decision_are_made_on_the_order_page() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Picked, &Plan::default()).await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/order")).await;
    assert_eq!(b.submit("/order/stop").await, StatusCode::UNPROCESSABLE_ENTITY, "{}", b.text());
    b.set("stop_kind", "cancel").set("stop_reason", "customer").set("stop_text", "客户项目取消，<b>不再采购</b>");
    assert_eq!(b.submit("/order/stop").await, StatusCode::OK, "{}", b.text());
    assert!(b.sees("客户项目取消，<b>不再采购</b>") && b.sees("待审批"));
    let mut b = b.another();
    b.sign_in("chenjing").await;
    b.open(&format!("/deals/{deal}/order")).await;
    b.set("stop_answer", "granted");
    assert_eq!(b.submit("/order/stop/decide").await, StatusCode::UNPROCESSABLE_ENTITY, "{}", b.text());
    b.set("stop_answer", "granted").set("cost_amount", "1,860.00").set("borne_by", "customer");
    assert_eq!(b.submit("/order/stop/decide").await, StatusCode::OK, "{}", b.text());
    assert!(b.sees("已取消"), "{}", b.text());
    // Production reads the order without the money.
    let mut b = b.another();
    b.sign_in("zhengwei").await;
    assert_eq!(b.open(&format!("/deals/{deal}/order")).await, StatusCode::OK);
    assert!(!b.sees("1,860.00") && !b.sees("80,500.30"), "{}", b.text());
}

/// The messages that the delivery page offers, Chinese and English.
fn messages(b: &Browser) -> [String; 2] {
    ["zh", "en"].map(|lang| b.words_of(&format!(".copy-box[lang={lang}]")).join("\n"))
}

#[tokio::test]
async fn the_customer_of_a_cancelled_order_reads_that_it_was_cancelled() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let page = crate::public::link(&w, &deal, LinkPurpose::Track).await;
    w.must("wangmin", &deal, &[], request(StopKind::Cancel)).await;
    w.must("liqiang", &deal, &[], answer(StopAnswer::Granted)).await;
    w.at("10-12 09:00");
    let mut b = Browser::at(&w).await;
    b.open(&page).await;
    assert!(b.sees("已取消") && b.sees("本订单已取消，不再交付。"), "{}", b.text());
    assert!(!b.sees("当前阶段") && !b.sees("承诺交付") && !b.sees("未开始") && !b.sees("%"), "{}", b.text());
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/delivery")).await;
    let [zh, en] = messages(&b);
    assert!(zh.contains("已取消，不再交付。") && !zh.contains('%'), "{zh}");
    assert!(en.contains("was cancelled") && !en.contains('%'), "{en}");
    assert!(!b.sees("逾期") && !b.sees("延误") && !b.sees("缺 ") && b.sees("不再收取"), "{}", b.text());
    b.open(&format!("/deals/{deal}/order")).await;
    assert!(!b.sees("逾期") && b.sees("不再收取"), "{}", b.text());
}

#[tokio::test]
async fn the_customer_of_a_short_closed_order_reads_what_was_delivered() {
    let w = World::new().await;
    let plan = Plan { partial_allowed: true, ..Plan::default() };
    let deal = w.deal_at(Stage::Packed, &plan).await;
    let page = crate::public::link(&w, &deal, LinkPurpose::Track).await;
    w.bring_to(Stage::Paid, &deal, &plan).await;
    let line = w.case(&deal).await.order.expect("an order").goods().next().expect("goods").id;
    w.ship(&deal, vec![LineQuantity { line, quantity: dec!(4) }], "DPK2026092201").await;
    w.must("wangmin", &deal, &[], request(StopKind::ShortClose)).await;
    w.must("liqiang", &deal, &[], answer(StopAnswer::Granted)).await;
    // Long after the promise; nobody waits for six.
    w.at("10-12 09:00");
    let order = w.case(&deal).await.order.expect("an order");
    let seen = track(&order, &w.app.calendar, w.now());
    let batch = &seen.lines[0].batches[0];
    assert_eq!((seen.progress, seen.stage, batch.quantity, batch.is_late), (90, None, dec!(4), false));
    assert!(!seen.has_stale() && batch.stages.iter().all(|s| s.state != StageState::Late));
    let mut rep = Browser::at(&w).await;
    rep.sign_in("wangmin").await;
    rep.open(&format!("/deals/{deal}/delivery")).await;
    let [zh, en] = messages(&rep);
    assert!(zh.contains("余下的货物不再交付，已发出的货物照常送达。") && zh.contains("DPK2026092201"), "{zh}");
    assert!(en.contains("is not delivered any more; what has left still arrives"), "{en}");

    let file = w.pdf("签收单").await;
    let sign = Command::SignOff(Box::new(sample::signature(&order.shipments[0], file.id, w.now())));
    w.must("wangmin", &deal, &[file], sign).await;
    for status in ["已终止", "已完成"] {
        let mut b = rep.another();
        b.open(&page).await;
        assert!(b.sees(status) && b.sees("余下的货物不再交付") && b.sees("100 %"), "{}", b.text());
        assert!(b.sees("4 台") && !b.sees("10 台") && !b.sees("延误") && !b.sees("当前阶段"), "{}", b.text());
        rep.open(&format!("/deals/{deal}/delivery")).await;
        let [zh, en] = messages(&rep);
        assert!(zh.contains("已按实际交付的数量结束") && zh.contains("4 台") && !zh.contains('/'), "{zh}");
        assert!(en.contains("has ended with what was delivered"), "{en}");
        if status == "已终止" {
            let done = Command::CompleteOrder { waive_inspection: Waiver::Waived };
            w.must("wangmin", &deal, &[], done).await;
        }
    }
}
