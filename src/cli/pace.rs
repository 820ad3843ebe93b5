//! How long things take in the demonstration: the usual working time before each act, the whole
//! course of a deal, and the instant that lies so much working time before now.

use super::company::PRODUCTS;
use super::demo_deals::{DealPlan, Line, Pay, Turn, Until, With};
use crate::domain::approval::NodeKind;
use crate::domain::calendar::{Calendar, WorkingMinutes};
use crate::domain::customer::CustomerStatus;
use crate::domain::workflow::Action;
use chrono::{DateTime, TimeDelta, Utc};

/// The instant from which `span` of working time leads to `now`.
pub fn ago(calendar: &Calendar, now: DateTime<Utc>, span: WorkingMinutes) -> DateTime<Utc> {
    let mut from = now;
    while calendar.working_minutes_between(from, now) < span {
        from -= TimeDelta::days(1);
    }
    // One minute further and back again: the beginning of a working minute, never a night before it.
    let surplus = calendar.working_minutes_between(from, now).less(span) + WorkingMinutes::new(1);
    (calendar.add_working_minutes(from, surplus) - TimeDelta::minutes(1)).min(now)
}

/// Working minutes that people usually take before they do this.
pub const fn usual(action: Action) -> i64 {
    match action {
        Action::RecordProduction => 600,
        Action::SignOff => 420,
        Action::RecordAcceptance => 260,
        Action::RecordReceipt | Action::Ship => 150,
        Action::ConfirmRequirement | Action::RecordPicking => 100,
        Action::SendRequirement | Action::SubmitQuote | Action::ConfirmOrder | Action::SendQuote => 20,
        Action::GivePledge => 30,
        _ => 60,
    }
}

/// Total in fen, near enough to guess who approves.
fn size(plan: &DealPlan) -> i64 {
    let of_line = |line: &Line| {
        let tiers = PRODUCTS.iter().filter(|p| p.code == line.product).flat_map(|p| p.tiers);
        let listed = tiers.filter(|(from, ..)| *from <= line.quantity).map(|(_, unit, _)| *unit).next_back();
        line.price.or(listed).unwrap_or(0) * line.quantity
    };
    plan.lines.iter().map(of_line).sum()
}

/// About how much working time lies between the opening and the last act of the plan.
pub fn course(plan: &DealPlan) -> i64 {
    use Action as A;
    let has = |code: &str| plan.lines.iter().any(|l| l.product == code);
    let needed = [plan.pay == Pay::Credit, size(plan) > 10_000_000, has("XT-900"), has("KB-32")];
    let nodes = if has("WS-800") { 6 } else { 1 + needed.iter().filter(|is| **is).count() };
    let mut path = Vec::new();
    if !matches!(plan.with, With::Known(_)) {
        path.extend([A::RequestVerification, A::VerifyLicense, A::ConfirmWithCustomer]);
    }
    path.extend([A::SaveRequirement, A::SendRequirement, A::ConfirmRequirement, A::SaveQuote, A::SubmitQuote]);
    path.extend(std::iter::repeat_n(A::DecideNode, nodes));
    path.extend([A::SendQuote, A::RecordAcceptance, A::ConfirmOrder, A::GivePledge, A::GivePledge]);
    if matches!(plan.pay, Pay::Deposit | Pay::Project) {
        path.push(A::RecordReceipt);
    }
    if has("KB-32") {
        path.push(A::RecordProduction);
    }
    path.extend([A::RecordPicking, A::RecordPacking, A::RecordReceipt, A::Ship, A::SignOff, A::CompleteOrder]);
    let last = match plan.until {
        Until::Archive(CustomerStatus::Draft) => 0,
        Until::Archive(CustomerStatus::PendingVerification) => 1,
        Until::Archive(_) => 2,
        Until::Next(action) | Until::Lost(action, _) => path.iter().position(|a| *a == action).unwrap_or(path.len()),
        Until::Node(node) => {
            let first = path.iter().position(|a| *a == A::DecideNode).unwrap_or(0);
            first
                + match node {
                    NodeKind::SalesManager | NodeKind::UrgentDirector => 0,
                    NodeKind::GeneralManager => nodes - 1,
                    NodeKind::Technical | NodeKind::Finance | NodeKind::Production | NodeKind::SalesDirector => 1,
                }
        }
        Until::HalfProduced => path.iter().position(|a| *a == A::RecordPicking).unwrap_or(path.len()),
        Until::PartlySigned => path.len() - 1,
        Until::Completed => path.len(),
    };
    let detour = match plan.turn {
        Turn::Returned | Turn::Revised | Turn::Alternative => 380,
        Turn::None | Turn::Condition | Turn::Special | Turn::Promise => 0,
    };
    detour + path[..last].iter().map(|a| usual(*a)).sum::<i64>()
}

#[cfg(test)]
mod tests {
    use super::super::demo_deals::DEALS;
    use super::*;

    #[test]
    fn going_back_is_the_inverse_of_going_on() {
        let calendar = Calendar::standard();
        // 2026-10-09 09:30 in company time, with seven days off and a weekend before it.
        let morning = "2026-10-09T01:30:00Z".parse().unwrap();
        // In the evening, after hours.
        let evening = "2026-11-23T11:58:00Z".parse().unwrap();
        for (now, minutes) in
            [(morning, 1), (morning, 90), (morning, 480), (morning, 5_000), (evening, 480), (evening, 3_840)]
        {
            let from = ago(&calendar, now, WorkingMinutes::new(minutes));
            assert_eq!(calendar.working_minutes_between(from, now).get(), minutes);
            let in_a_minute = from + TimeDelta::minutes(1);
            assert_eq!(calendar.working_minutes_between(from, in_a_minute).get(), 1, "{from} is outside working hours");
        }
    }

    #[test]
    fn a_longer_way_takes_longer() {
        let of = |title: &str| course(DEALS.iter().find(|d| d.title == title).unwrap());
        assert_eq!(of("游客中心导览屏"), 0);
        assert!(of("智慧教室二期") < of("总部会议室升级"));
        assert!(of("主会场大屏") < of("集控室摄像机"));
    }
}
