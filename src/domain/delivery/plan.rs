//! The plan of a delivery, counted back from the promise in working time (DOMAIN 7.3): time on the
//! road, half a day for packing, half a day for quality control, and what is left for making ready.
//!
//! The one rule: a promise that is nearer than the whole plan squeezes every part by the same share.

use crate::domain::calendar::{Calendar, WorkingDays, WorkingMinutes};
use crate::domain::order::DeliveryStage;
use crate::domain::requirement::DeliveryMode;
use crate::domain::staff::Department;
use chrono::{DateTime, Utc};

/// The stages in their order.
pub const STAGES: [DeliveryStage; 8] = [
    DeliveryStage::Confirmed,
    DeliveryStage::Prepare,
    DeliveryStage::Production,
    DeliveryStage::Qc,
    DeliveryStage::Packing,
    DeliveryStage::Shipping,
    DeliveryStage::Transit,
    DeliveryStage::SignOff,
];

/// Packing and quality control take half a working day each.
const HALF_A_DAY: WorkingMinutes = WorkingMinutes::hours(4);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planned {
    pub stage: DeliveryStage,
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
}

/// Which department keeps a stage.
pub fn department_of(stage: DeliveryStage) -> Department {
    match stage {
        DeliveryStage::Confirmed | DeliveryStage::SignOff => Department::Sales,
        DeliveryStage::Prepare | DeliveryStage::Packing | DeliveryStage::Shipping => Department::Warehouse,
        DeliveryStage::Production | DeliveryStage::Qc => Department::Production,
        DeliveryStage::Transit => Department::Logistics,
    }
}

/// Working time on the road.
pub fn transit_time(mode: DeliveryMode) -> WorkingMinutes {
    match mode {
        DeliveryMode::PickUp => WorkingMinutes::ZERO,
        DeliveryMode::ToDoor | DeliveryMode::Express => WorkingDays(1).in_minutes(),
        DeliveryMode::Freight => WorkingDays(2).in_minutes(),
    }
}

/// The plan of one batch from `from`, usually the confirmation, to its promise.
pub fn plan(
    calendar: &Calendar,
    from: DateTime<Utc>,
    promised_at: DateTime<Utc>,
    transit: WorkingMinutes,
) -> [Planned; 8] {
    let from = from.min(promised_at);
    let wanted = transit.get() + 2 * HALF_A_DAY.get();
    let there = calendar.working_minutes_between(from, promised_at).get();
    let squeezed = |part: WorkingMinutes| {
        if there >= wanted { part } else { WorkingMinutes::new(part.get() * there / wanted) }
    };
    let back = |until: DateTime<Utc>, part| calendar.sub_working_minutes(until, squeezed(part)).clamp(from, until);
    let leaves = back(promised_at, transit);
    let packs = back(leaves, HALF_A_DAY);
    let checks = back(packs, HALF_A_DAY);
    let row = |stage, start, end| Planned { stage, start, end };
    [
        row(DeliveryStage::Confirmed, from, from),
        row(DeliveryStage::Prepare, from, packs),
        row(DeliveryStage::Production, from, checks),
        row(DeliveryStage::Qc, checks, packs),
        row(DeliveryStage::Packing, packs, leaves),
        row(DeliveryStage::Shipping, leaves, leaves),
        row(DeliveryStage::Transit, leaves, promised_at),
        row(DeliveryStage::SignOff, promised_at, promised_at),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::ZONE;
    use proptest::prelude::*;

    fn at(text: &str) -> DateTime<Utc> {
        let local = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
        local.and_local_timezone(ZONE).unwrap().to_utc()
    }

    fn told(planned: &[Planned; 8]) -> Vec<String> {
        planned.iter().map(|p| p.end.with_timezone(&ZONE).format("%m-%d %H:%M").to_string()).collect()
    }

    #[test]
    fn the_plan_counts_back_from_the_promise() {
        let calendar = Calendar::standard();
        let planned =
            plan(&calendar, at("2026-09-18 09:15"), at("2026-09-24 18:00"), transit_time(DeliveryMode::Freight));
        assert_eq!(
            told(&planned),
            [
                "09-18 09:15",
                "09-22 14:00",
                "09-22 09:00",
                "09-22 14:00",
                "09-23 09:00",
                "09-23 09:00",
                "09-24 18:00",
                "09-24 18:00",
            ]
        );
    }

    #[test]
    fn a_near_promise_squeezes_every_part() {
        let calendar = Calendar::standard();
        let planned =
            plan(&calendar, at("2026-09-20 11:15"), at("2026-09-22 10:00"), transit_time(DeliveryMode::Express));
        assert!(
            planned.windows(2).all(|w| w[0].stage == DeliveryStage::Prepare || w[0].end <= w[1].end),
            "{planned:?}"
        );
        assert_eq!(planned[7].end, at("2026-09-22 10:00"));
        let planned =
            plan(&calendar, at("2026-09-21 09:00"), at("2026-09-21 18:00"), transit_time(DeliveryMode::Freight));
        assert_eq!(
            told(&planned),
            [
                "09-21 09:00",
                "09-21 10:20",
                "09-21 09:00",
                "09-21 10:20",
                "09-21 11:40",
                "09-21 11:40",
                "09-21 18:00",
                "09-21 18:00"
            ]
        );
    }

    #[test]
    fn a_promise_that_has_passed_leaves_nothing_to_plan() {
        let planned =
            plan(&Calendar::standard(), at("2026-09-22 10:00"), at("2026-09-21 18:00"), WorkingMinutes::hours(8));
        assert!(planned.iter().all(|p| p.start == p.end && p.end == at("2026-09-21 18:00")));
    }

    proptest! {
        #[test]
        fn every_stage_lies_between_now_and_the_promise(
            from in 1_767_196_800_i64..1_798_732_800, ahead in 0_i64..40 * 24 * 60, mode in 0_usize..4,
        ) {
            let calendar = Calendar::standard();
            let from = DateTime::from_timestamp(from / 60 * 60, 0).unwrap();
            let promised = from + chrono::TimeDelta::minutes(ahead);
            let planned = plan(&calendar, from, promised, transit_time(DeliveryMode::ALL[mode]));
            for p in &planned {
                prop_assert!(from <= p.start && p.start <= p.end && p.end <= promised);
            }
            let end = |stage: DeliveryStage| planned.iter().find(|p| p.stage == stage).unwrap().end;
            prop_assert!(end(DeliveryStage::Production) <= end(DeliveryStage::Qc));
            prop_assert!(end(DeliveryStage::Qc) <= end(DeliveryStage::Packing));
            prop_assert!(end(DeliveryStage::Packing) <= end(DeliveryStage::Transit));
        }
    }
}
