//! Separation of duties (DOMAIN 2.3): each rule at the policy, at the address, and in the database.
//! `docs/duties.md` names these tests.

use super::acts::why;
use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage, decide};
use crate::harness::world::World;
use crate::walls::Attacker;
use axum::http::StatusCode;
use kuaidan::app::Failure;
use kuaidan::domain::approval::{Decision, NodeKind};
use kuaidan::domain::customer::{Mark, VerifyChannel};
use kuaidan::domain::policy::{self, Act, DeniedWhy};
use kuaidan::domain::staff::{Actor, Role};
use kuaidan::domain::workflow::{Action, Command};
use rust_decimal::dec;

/// Sends a form of another reader's page: the fields are right, the sender is not.
async fn forged(w: &World, login: &str, seen_at: &str, action: &str, fields: &[(&str, &str)]) -> StatusCode {
    let mut b = Browser::at(w).await;
    b.sign_in(login).await;
    b.open(seen_at).await;
    b.post_raw(action, fields).await
}

/// Roles are given by somebody else.
async fn given(w: &World, add_role: &str) {
    let mut owner = w.database.owner_connection().await;
    let sql = format!("SET kuaidan.actor = 'system'; {add_role}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut owner).await.expect("the roles are given");
}

const MANAGER: NodeKind = NodeKind::SalesManager;

#[tokio::test]
async fn rule_1_nobody_decides_on_a_deal_they_own_or_requested() {
    let w = World::new().await;
    let deal = w.submitted_quote().await;
    assert_eq!(
        policy::may_decide(&w.actor("wangmin"), MANAGER, &w.case(&deal).await).map_err(|d| d.why),
        Err(DeniedWhy::OwnDeal)
    );
    assert_eq!(why(w.act("wangmin", &deal, &[], decide(MANAGER, Decision::Approve, None)).await), DeniedWhy::OwnDeal);
    let sent = [("node", "sales_manager"), ("decision", "reject"), ("comment", "自己驳回自己的"), ("seen", "00")];
    let status =
        forged(&w, "wangmin", &format!("/deals/{deal}/approval"), &format!("/deals/{deal}/approval"), &sent).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let round = w.case(&deal).await.round.expect("a round").id;
    let sql = format!(
        "UPDATE approval_node SET status = 'approved', decided_by = '{}', decided_at = '2026-09-17 08:00+00' WHERE round_id = '{round}'",
        w.id("wangmin")
    );
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        attacker = attacker.acting(w.id("wangmin"));
        attacker.refused(&sql, "42501", "a deal they own").await;
    }
}

#[tokio::test]
async fn rule_1_a_manager_who_sells_is_decided_one_level_up() {
    let w = World::new().await;
    let plan = Plan { owner: "liqiang", ..Plan::default() };
    let deal = w.deal_at(Stage::QuoteSubmitted, &plan).await;
    let kinds: Vec<NodeKind> = w.case(&deal).await.round.expect("a round").nodes.iter().map(|n| n.kind).collect();
    assert!(!kinds.contains(&MANAGER) && kinds.contains(&NodeKind::SalesDirector), "{kinds:?}");
}

#[tokio::test]
async fn rule_2_one_person_decides_one_node_of_a_round() {
    let w = World::new().await;
    let plan = Plan { lines: vec![("QM-98", dec!(1), None)], ..Plan::default() };
    let deal = w.deal_at(Stage::QuoteSubmitted, &plan).await;
    w.must("liqiang", &deal, &[], decide(MANAGER, Decision::Approve, None)).await;
    let mut both = w.actor("liqiang");
    both.roles.push(Role::Technical);
    let case = w.case(&deal).await;
    assert_eq!(policy::may_decide(&both, NodeKind::Technical, &case).map_err(|d| d.why), Err(DeniedWhy::DecidedBefore));
    let refused = w
        .app
        .act_on_deal(
            &w.by(&both, &[], None),
            &deal,
            w.version(&deal).await,
            decide(NodeKind::Technical, Decision::Approve, None),
        )
        .await;
    assert_eq!(why(refused), DeniedWhy::DecidedBefore);
    let round = case.round.expect("a round").id;
    let add_role =
        format!("UPDATE person SET roles = ARRAY['sales_manager','technical'] WHERE id = '{}'", w.id("liqiang"));
    let sql = format!(
        "UPDATE approval_node SET status = 'approved', decided_by = '{}', decided_at = '2026-09-17 08:00+00' WHERE round_id = '{round}' AND kind = 'technical'",
        w.id("liqiang")
    );
    // With both roles for real.
    given(&w, &add_role).await;
    for owner in [false, true] {
        let attacker = if owner { Attacker::owner(&w).await } else { Attacker::app(&w).await };
        attacker.acting(w.id("liqiang")).refused(&sql, "23505", "decided_by").await;
    }
    let sent = [("node", "technical"), ("decision", "return"), ("comment", "再看一遍规格"), ("seen", "00")];
    let address = format!("/deals/{deal}/approval");
    assert_eq!(forged(&w, "liqiang", &address, &address, &sent).await, StatusCode::FORBIDDEN);
}

// Rule 3, the delegate, is tried in `rounds::delegation`.

#[tokio::test]
async fn rule_4_the_licence_is_verified_by_another_than_the_owner() {
    let w = World::new().await;
    let plan = Plan { owner: "liqiang", ..Plan::default() };
    let deal = w.deal_at(Stage::VerificationAsked, &plan).await;
    let case = w.case(&deal).await;
    let no = case.customer.no.clone();
    let verify = Command::VerifyLicense { channel: VerifyChannel::Gsxt };
    assert_eq!(
        policy::may_command(&w.actor("liqiang"), &verify, &case).map_err(|d| d.why),
        Err(DeniedWhy::OwnCustomer)
    );
    let refused = w.act_on_customer("liqiang", &no, &[], verify).await;
    assert!(matches!(refused, Err(Failure::Denied(d)) if d.why == DeniedWhy::OwnCustomer));
    let address = format!("/deals/{deal}/customer");
    let status = forged(&w, "liqiang", &address, &format!("{address}/verify"), &[("verify_channel", "gsxt")]).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let sql = format!(
        "UPDATE customer SET verified_by = owner_id, verified_at = '2026-09-17 08:00+00', verify_channel = 'gsxt', last_verified_on = '2026-09-17', status = 'pending_confirmation' WHERE id = '{}'",
        case.customer.id
    );
    let (code, _) = Attacker::owner(&w).await.acting(w.id("liqiang")).tries("SELECT 1", &sql).await.expect("refused");
    assert_eq!(code, "23514");
}

#[tokio::test]
async fn rule_5_sales_never_touch_the_customers_credit() {
    let w = World::new().await;
    let no = w.archived_customer().await;
    for login in ["wangmin", "liqiang", "chenjing", "zhaoxue"] {
        let hold = Command::Mark { mark: Mark::CreditHold, reason: "逾期未付".to_owned() };
        assert!(policy::may_ever(&w.actor(login), Act::Do(Action::HoldCredit)) == (login == "wufang"), "{login}");
        assert!(
            matches!(w.act_on_customer(login, &no, &[], hold).await, Err(Failure::Denied(_) | Failure::NotFound)),
            "{login}"
        );
    }
    let hold = Command::Mark { mark: Mark::CreditHold, reason: "逾期未付".to_owned() };
    w.must_on_customer("wufang", &no, &[], hold).await;
}

#[tokio::test]
async fn rules_5_and_7_hold_for_whoever_sells_and_keeps_the_books() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let case = w.case(&deal).await;
    let with_books = |login: &str| {
        let mut person = w.actor(login);
        person.roles.push(Role::Finance);
        person
    };
    for action in [
        Action::ChangeCredit,
        Action::HoldCredit,
        Action::ReleaseCredit,
        Action::RecordReceipt,
        Action::CorrectReceipt,
        Action::RecordInvoice,
        Action::RecordCreditNote,
    ] {
        let why = |login| policy::may_separately(&with_books(login), Act::Do(action), &case).map_err(|d| d.why);
        assert_eq!(why("wangmin"), Err(DeniedWhy::OwnSale), "{action}");
        assert_eq!(why("zhaoliu"), Ok(()), "{action}");
    }
    given(&w, "UPDATE person SET roles = roles || '{finance}' WHERE login = 'wangmin'").await;
    let address = format!("/deals/{deal}/delivery");
    let fields = [("position", "1"), ("amount", "1"), ("received_at", "2026-09-17T10:00"), ("reference", "X-1")];
    let status = forged(&w, "wangmin", &address, &format!("{address}/receipt"), &fields).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let order = w.case(&deal).await.order.expect("an order");
    assert!(order.receipts.is_empty());
}

#[tokio::test]
async fn a_list_of_approvals_names_no_amount_that_the_deal_hides() {
    let w = World::new().await;
    let mut both = w.actor("zhaoliu");
    both.roles.push(Role::Technical);
    let sees = |who: &Actor, owner: &str| {
        policy::sees_amount(who, (w.id(owner), w.actor(owner).manager), Some(NodeKind::Technical), dec!(1))
    };
    assert!(sees(&both, "zhaoliu") && !sees(&both, "wangmin"));
    assert!(sees(&w.actor("wufang"), "wangmin") && sees(&w.actor("liqiang"), "wangmin"));
}

#[tokio::test]
async fn rule_7_receipts_are_finances_and_rule_8_goods_are_the_stores() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Packed, &Plan::default()).await;
    let case = w.case(&deal).await;
    let may = |login: &str, action| policy::may_on(&w.actor(login), Act::Do(action), &case).is_ok();
    for login in w.logins() {
        assert_eq!(may(login, Action::RecordReceipt), login == "wufang", "{login}");
        assert_eq!(may(login, Action::RecordPicking), login == "sunli", "{login}");
        assert_eq!(may(login, Action::Ship), login == "sunli", "{login}");
        assert_eq!(may(login, Action::ArrangeShipment), login == "hejun", "{login}");
        assert_eq!(may(login, Action::HandOver), login == "hejun", "{login}");
    }
    let address = format!("/deals/{deal}/delivery");
    for (action, fields) in [
        (
            "receipt",
            vec![("position", "1"), ("amount", "1"), ("received_at", "2026-09-17T10:00"), ("reference", "X-1")],
        ),
        ("ship", vec![("shipment", "00000000-0000-0000-0000-000000000091")]),
        ("hand-over", vec![("shipment", "00000000-0000-0000-0000-000000000091")]),
    ] {
        let status = forged(&w, "wangmin", &address, &format!("{address}/{action}"), &fields).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{action}");
    }
}

#[tokio::test]
async fn rule_10_the_administrator_decides_nothing() {
    let w = World::new().await;
    let deal = w.submitted_quote().await;
    let case = w.case(&deal).await;
    let admin = w.actor("admin");
    for action in Action::ALL {
        assert!(policy::may_on(&admin, Act::Do(*action), &case).is_err(), "{action}");
    }
    let address = format!("/deals/{deal}/approval");
    let sent = [("node", "sales_manager"), ("decision", "return"), ("comment", "再看一遍"), ("seen", "00")];
    assert_eq!(forged(&w, "admin", "/work", &address, &sent).await, StatusCode::NOT_FOUND);
    let own = format!("UPDATE person SET roles = ARRAY['sales_manager'] WHERE id = '{}'", w.id("admin"));
    Attacker::app(&w).await.acting(w.id("admin")).refused(&own, "23514", "roles_by_another").await;
    let both = format!("UPDATE person SET roles = ARRAY['admin','sales_manager'] WHERE id = '{}'", w.id("admin"));
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        attacker.refused(&both, "23514", "person").await;
    }
}

#[tokio::test]
async fn rule_11_who_granted_the_fast_path_does_not_review_it() {
    let w = World::new().await;
    let plan = Plan {
        urgency: Some(kuaidan::domain::deal::Urgency {
            reason: kuaidan::domain::deal::UrgentReason::Promotion,
            text: "门店周末促销活动的样机，活动前一天必须到店上架".to_owned(),
            needed_at: crate::harness::world::moment("09-19 10:00"),
        }),
        ..Plan::default()
    };
    let deal = w.deal_at(Stage::QuoteSubmitted, &plan).await;
    w.must("chenjing", &deal, &[], decide(NodeKind::UrgentDirector, Decision::Approve, None)).await;
    let mut both = w.actor("chenjing");
    both.roles.push(Role::SalesManager);
    let (case, owed) = (w.case(&deal).await, w.review_of(&deal, MANAGER).await);
    assert_eq!(policy::review_capacity(&both, &owed, &case).map_err(|d| d.why), Err(DeniedWhy::DecidedBefore));
    let add_role =
        format!("UPDATE person SET roles = ARRAY['sales_director','sales_manager'] WHERE id = '{}'", w.id("chenjing"));
    let sql = format!(
        "UPDATE post_review SET status = 'confirmed', reviewed_by = '{}', reviewed_at = '2026-09-17 08:00+00' WHERE kind = 'sales_manager'",
        w.id("chenjing")
    );
    Attacker::app(&w).await.acting(w.id("chenjing")).refused(&add_role, "23514", "roles_by_another").await;
    given(&w, &add_role).await;
    Attacker::app(&w).await.acting(w.id("chenjing")).refused(&sql, "42501", "does not review it").await;
    let address = format!("/deals/{deal}/approval");
    let id = owed.id.to_string();
    let sent = [("review", id.as_str()), ("result", "confirmed")];
    assert_eq!(forged(&w, "chenjing", &address, &format!("{address}/review"), &sent).await, StatusCode::FORBIDDEN);
}
