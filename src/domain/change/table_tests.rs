//! The 66 cells of DOMAIN 8 written out as data, and the rule of material fields.

use super::table::{Approval, CallBackNeed, RoundFate};
use super::{ChangeKind, Consequence, CustomerWord, Phase, Plan, consequence};
use crate::domain::routing::RouteFacts;
use rust_decimal::dec;

/// A cell in one line; what is not so is not said.
fn told(c: &Consequence) -> String {
    let mut out = vec![format!("{:?}", c.way)];
    out.extend(c.versions.iter().map(|v| format!("new {v:?}")));
    if c.round != RoundFate::Untouched {
        out.push(format!("round {:?}", c.round));
    }
    if c.approval != Approval::None {
        out.push(format!("approval {:?}", c.approval));
    }
    out.extend(c.again.iter().map(|a| format!("{} looks again in {}", a.department, a.limit)));
    out.extend(c.told.iter().map(|r| format!("tell {r}")));
    if c.call_back == CallBackNeed::KnownContact {
        out.push("call back".to_owned());
    }
    out.extend(c.notes.iter().map(|n| format!("{n:?}")));
    out.join("; ")
}

use ChangeKind as K;

const FRESH: &str = "NewVersion; new Requirement; new Quote";
const AGAIN: &str = "NewVersion; new Requirement; new Quote; round Withdrawn; approval NewRound";
const REDONE: &str = "NewVersion; new Requirement; new Quote; approval NewRound";

/// DOMAIN 8, row by row: before submit, in approval, approved, not started, in production, shipped.
#[rustfmt::skip]
const DOMAIN_8: &[(ChangeKind, [&str; 6])] = &[
    (K::QuantityUp, [FRESH, AGAIN, REDONE,
        "ChangeOrder; new OrderTotal; approval NewTotal; production looks again in 480; finance looks again in 480; TierReread; CreditChecked",
        "ChangeOrder; new OrderTotal; approval NewTotal; production looks again in 480; finance looks again in 480; TierReread; CreditChecked; AddedPartOnly; OrSupplementary",
        "Supplementary"]),
    (K::QuantityDown, [FRESH, AGAIN, REDONE,
        "ChangeOrder; new OrderTotal; approval NewTotal; tell warehouse; StockReleased; TierReread",
        "ChangeOrder; new OrderTotal; approval Director; LowerBound; CustomerBearsLoss",
        "Return"]),
    (K::Product, [FRESH, AGAIN,
        "NewVersion; new Requirement; new Quote; approval NewRound; technical looks again in 480",
        "ChangeOrder; new OrderTotal; approval NewTotal; technical looks again in 480; production looks again in 480; finance looks again in 480",
        "ChangeOrder; new OrderTotal; approval Director; technical looks again in 480; production looks again in 480; ScrapRecorded",
        "Replacement"]),
    (K::Packaging, [FRESH, AGAIN,
        "NewVersion; new Requirement; new Quote; approval ManagerIfPriceSame",
        "Amend; warehouse looks again in 480; production looks again in 480; NoRequoteIfPriceSame",
        "Amend; warehouse looks again in 480; sales looks again in 480; RepackingCost",
        "NotPossible"]),
    (K::Earlier, [FRESH,
        "NewVersion; new Requirement; new Quote; round WithdrawnIfProduction; approval NewRoundIfProduction",
        "NewVersion; new Requirement; new Quote; approval Production; production looks again in 480",
        "Amend; production looks again in 480; Recommit",
        "Amend; production looks again in 480; logistics looks again in 480; Recommit",
        "CarrierOnly; tell logistics"]),
    (K::Later, [FRESH, "Edit", "Edit",
        "Amend; tell production; tell warehouse; StorageCost",
        "Amend; tell production; tell warehouse; StorageCost",
        "Pointless"]),
    (K::Address, ["Edit", "Edit; Logged", "Edit",
        "Amend; tell logistics; call back",
        "Amend; tell logistics; call back",
        "Amend; logistics looks again in 480; call back; Intercept"]),
    (K::Price, ["NewVersion; new Quote",
        "NewVersion; new Quote; round Withdrawn; approval NewRound",
        "NewVersion; new Quote; approval NewRound",
        "ChangeOrder; new OrderTotal; approval NewTotal; finance looks again in 480",
        "ChangeOrder; new OrderTotal; approval NewTotal; finance looks again in 480",
        "CreditNote"]),
    (K::Invoice, ["Edit", "Edit", "Edit", "Amend; tell finance", "Amend; tell finance", "RedLetter; tell finance"]),
    (K::Urgent, ["UrgentFlag; Recheck",
        "UrgentFlag; round Withdrawn; approval FastPath; Recheck",
        "Pointless",
        "Reprioritise; approval Director; production looks again in 480; warehouse looks again in 480; logistics looks again in 480; NewDates",
        "Reprioritise; approval Director; production looks again in 480; warehouse looks again in 480; logistics looks again in 480; NewDates",
        "CarrierOnly; tell logistics"]),
    (K::Cancel, ["CloseDeal", "CloseDeal; round Withdrawn", "CloseDeal",
        "CancelOrder; approval Manager; DepositPerContract",
        "CancelOrder; approval Director; CostStatement",
        "Return"]),
];

#[test]
fn every_cell_is_the_one_of_domain_8() {
    let mut cells = 0;
    assert_eq!(DOMAIN_8.iter().map(|(k, _)| *k).collect::<Vec<_>>(), ChangeKind::ALL);
    for (kind, expected) in DOMAIN_8 {
        for (phase, expected) in Phase::ALL.iter().zip(expected) {
            assert_eq!(told(&consequence(*kind, *phase)), *expected, "{kind} {phase}");
            cells += 1;
        }
    }
    assert_eq!(cells, 66);
}

#[test]
fn material_fields_are_those_of_domain_8() {
    let material: Vec<ChangeKind> = ChangeKind::ALL.iter().copied().filter(|k| k.is_material()).collect();
    assert_eq!(material, [K::QuantityUp, K::QuantityDown, K::Product, K::Packaging, K::Earlier, K::Price]);
}

#[test]
fn a_material_change_never_becomes_effective_without_the_customer_or_a_new_quote() {
    for phase in Phase::ALL {
        let carried = |k: &ChangeKind| {
            let way = consequence(*k, *phase).way;
            way.is_filed() && !way.is_directed()
        };
        for kind in ChangeKind::ALL.iter().filter(|k| carried(k)) {
            let plan = Plan::of(&[*kind], *phase, &RouteFacts::default());
            let asked = plan.customer_word() != CustomerWord::NotNeeded || plan.new_quote();
            assert!(asked || !kind.is_material(), "{kind} {phase}");
        }
    }
}

#[test]
fn consequences_add_up_and_each_department_is_asked_once() {
    let facts = RouteFacts::default();
    let plan = Plan::of(&[K::Packaging, K::Earlier, K::Address], Phase::NotStarted, &facts);
    let asked: Vec<&str> = plan.again().iter().map(|a| a.department.code()).collect();
    assert_eq!(asked, ["warehouse", "production"]);
    assert!(plan.needs_call_back() && !plan.withdraws_round() && !plan.new_requirement());
    assert_eq!(plan.told().iter().map(|r| r.code()).collect::<Vec<_>>(), ["logistics"]);
    assert_eq!(plan.customer_word(), CustomerWord::OnChange);
    assert_eq!(plan.elsewhere(), []);
}

#[test]
fn an_earlier_date_stops_a_round_only_when_something_must_be_made() {
    let covered = RouteFacts::default();
    let short = RouteFacts { shortages: vec![("粒料".to_owned(), dec!(6))], ..RouteFacts::default() };
    let spared = Plan::of(&[K::Earlier], Phase::InApproval, &covered);
    assert!(!spared.withdraws_round() && !spared.new_requirement() && !spared.new_quote());
    assert_eq!(spared.customer_word(), CustomerWord::OnChange);
    let stopped = Plan::of(&[K::Earlier], Phase::InApproval, &short);
    assert!(stopped.withdraws_round() && stopped.new_requirement() && stopped.new_quote());
}
