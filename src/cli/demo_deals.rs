//! The demonstration's deals as data: who sells what to whom, how far each has come, and how long
//! ago its last act was. `play` makes them by following the product's own next act. Titles are
//! unique: by them a deal is found again when the making was interrupted.

use crate::domain::approval::NodeKind;
use crate::domain::customer::CustomerStatus;
use crate::domain::deal::{DealKind, LostReason};
use crate::domain::workflow::Action;

/// Who the deal is with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum With {
    /// An archived customer, by credit code.
    Known(&'static str),
    /// A customer whose archive is made along the way, by position in `NEWCOMERS`.
    Newcomer(usize),
    /// A name and hardly more, by position in `STRANGERS`.
    Stranger(usize),
}

/// Where the deal stands at the end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// The customer's archive is in this state.
    Archive(CustomerStatus),
    /// This act comes next.
    Next(Action),
    /// This approval node is open.
    Node(NodeKind),
    /// The first part of the goods was signed for, the rest is being packed.
    PartlySigned,
    /// Half of what was missing is produced.
    HalfProduced,
    /// Closed when this act would come next.
    Lost(Action, LostReason),
    Completed,
}

/// How the customer pays.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Pay {
    /// 30 % on signing, 70 % before shipment.
    Deposit,
    /// All before shipment.
    Prepaid,
    /// All 30 days after sign-off; finance looks at it.
    Credit,
    /// 30 % on signing, 60 % before shipment, 10 % a year after sign-off.
    Project,
}

/// What did not go straight.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    None,
    /// The manager returned the first round.
    Returned,
    /// The customer changed the requirement after the first quote was sent.
    Revised,
    /// Finance approved with a condition.
    Condition,
    /// Packing has a special requirement of the warehouse.
    Special,
    /// The customer was promised the offer within a day.
    Promise,
    /// The customer asked for a second, cheaper offer beside the first.
    Alternative,
}

pub struct Line {
    pub product: &'static str,
    pub quantity: i64,
    /// Unit price in fen; none takes the policy price.
    pub price: Option<i64>,
    pub reason: Option<&'static str>,
}

pub struct DealPlan {
    pub owner: &'static str,
    pub with: With,
    pub kind: DealKind,
    pub title: &'static str,
    pub lines: &'static [Line],
    pub pay: Pay,
    pub until: Until,
    /// Working hours since the last act.
    pub age: i64,
    pub turn: Turn,
    /// Days from the opening to the promised delivery.
    pub deliver_days: i64,
}

const fn at_list(product: &'static str, quantity: i64) -> Line {
    Line { product, quantity, price: None, reason: None }
}

const fn at(product: &'static str, quantity: i64, fen: i64) -> Line {
    Line { product, quantity, price: Some(fen), reason: None }
}

const fn because(product: &'static str, quantity: i64, fen: i64, reason: &'static str) -> Line {
    Line { product, quantity, price: Some(fen), reason: Some(reason) }
}

const HONGTAI: With = With::Known("91320281PDY0000289");
const HUIWANJIA: With = With::Known("91440305PDY0000366");
const ZHONGYUAN: With = With::Known("91110108PDY000044H");
const PUYUN: With = With::Known("91310115PDY000052X");
const QINGHE: With = With::Known("91330106PDY0000600");
const HAIYUE: With = With::Known("91370211PDY000079R");
const JINCHENG: With = With::Known("91510107PDY000087B");
const CHANGGUANG: With = With::Known("91420111PDY000095C");
const YUFENG: With = With::Known("91500112PDY000108Y");
const LUJIANG: With = With::Known("92350203PDY0001162");

const W: &str = "wangmin";
const Z: &str = "zhaoliu";

use Action::{
    CompleteOrder, ConfirmOrder, ConfirmRequirement, RecordAcceptance, RecordPacking, RecordPicking, RecordReceipt,
    SaveQuote, SaveRequirement, SendQuote, SendRequirement, Ship, SignOff, SubmitQuote,
};
use DealKind::{New, Project, Repeat, Sample, Urgent};
use Pay::{Credit, Deposit, Prepaid};
use Until::{Archive, Completed, HalfProduced, Lost, Next, Node, PartlySigned};

#[rustfmt::skip]
const fn deal(
    (owner, with, kind): (&'static str, With, DealKind), title: &'static str, lines: &'static [Line], pay: Pay,
    (until, age): (Until, i64), turn: Turn, deliver_days: i64,
) -> DealPlan {
    DealPlan { owner, with, kind, title, lines, pay, until, age, turn, deliver_days }
}

#[rustfmt::skip]
pub const DEALS: &[DealPlan] = &[
    // 1 registration
    deal((W, With::Stranger(0), New), "游客中心导览屏", &[at_list("QM-75", 4)], Deposit, (Archive(CustomerStatus::Draft), 3), Turn::None, 12),
    deal((Z, With::Stranger(1), New), "冷库产线看板", &[at_list("KB-32", 6)], Deposit, (Archive(CustomerStatus::Draft), 11), Turn::None, 12),
    deal((Z, With::Newcomer(0), New), "直播间会议屏", &[at_list("QM-75", 2)], Prepaid, (Archive(CustomerStatus::PendingVerification), 2), Turn::None, 10),
    deal((W, With::Newcomer(2), New), "实验楼会议室改造", &[at_list("QM-86", 3)], Deposit, (Archive(CustomerStatus::PendingVerification), 5), Turn::None, 15),
    deal((Z, With::Newcomer(1), New), "公益课堂设备", &[at_list("WP-10", 30)], Prepaid, (Archive(CustomerStatus::PendingConfirmation), 1), Turn::None, 9),
    // 2 requirement confirmation
    deal((W, PUYUN, Repeat), "新办公区会议终端", &[at_list("SX-4K", 12), at_list("YT-20", 12)], Credit, (Next(SaveRequirement), 1), Turn::None, 12),
    deal((Z, JINCHENG, New), "秋季展会租赁屏", &[at_list("QM-75", 8), at_list("ZJ-01", 8)], Prepaid, (Next(SendRequirement), 4), Turn::None, 9),
    deal((Z, CHANGGUANG, Repeat), "模组车间看板", &[at_list("KB-32", 10)], Credit, (Next(ConfirmRequirement), 3), Turn::None, 14),
    deal((W, YUFENG, New), "早会看板样机", &[at_list("KB-32", 1)], Prepaid, (Next(ConfirmRequirement), 12), Turn::None, 10),
    // 3 quote
    deal((W, QINGHE, Repeat), "智慧教室二期", &[at_list("QM-86", 10), at_list("SX-4K", 10), at_list("AZ-01", 10)], Deposit, (Next(SaveQuote), 2), Turn::None, 16),
    deal((Z, HAIYUE, Project), "码头调度中心", &[at_list("QM-86", 6), at_list("AZ-01", 6)], Credit, (Next(SubmitQuote), 2), Turn::None, 15),
    deal((W, LUJIANG, Sample), "展厅投屏器样品", &[at_list("WP-10", 2)], Prepaid, (Next(SaveQuote), 6), Turn::None, 8),
    deal((Z, JINCHENG, Repeat), "分会场麦克风", &[because("YT-20", 40, 109_000, "老客户年度框架采购")], Prepaid, (Next(SubmitQuote), 5), Turn::Returned, 10),
    // 4 internal approval
    deal((W, PUYUN, New), "总部会议室升级", &[at("QM-75", 6, 1_229_900), at_list("AZ-01", 6)], Deposit, (Node(NodeKind::SalesManager), 1), Turn::Promise, 10),
    deal((Z, CHANGGUANG, New), "信息中心摄像机", &[at_list("SX-4K", 8)], Prepaid, (Node(NodeKind::SalesManager), 6), Turn::None, 10),
    deal((W, YUFENG, New), "冲压线边缘网关", &[at_list("XT-900", 12)], Deposit, (Node(NodeKind::Technical), 3), Turn::None, 20),
    deal((Z, HAIYUE, Repeat), "岸桥监控摄像机", &[at_list("SX-4K", 20)], Credit, (Node(NodeKind::Finance), 4), Turn::None, 12),
    deal((Z, CHANGGUANG, Project), "洁净间看板扩容", &[at_list("KB-32", 30)], Deposit, (Node(NodeKind::Production), 10), Turn::None, 18),
    deal((W, QINGHE, New), "阶梯教室大屏", &[because("QM-86", 8, 1_620_000, "校方整体打包,年内二期")], Deposit, (Node(NodeKind::SalesDirector), 2), Turn::None, 16),
    deal((Z, ZHONGYUAN, Project), "装配线工作站一期", &[because("WS-800", 6, 16_900_000, "集团框架协议首批"), at_list("JS-01", 1)], Pay::Project, (Node(NodeKind::GeneralManager), 3), Turn::None, 50),
    // 5 order
    deal((W, HUIWANJIA, Repeat), "门店会议屏", &[at_list("QM-65", 4)], Prepaid, (Next(SendQuote), 2), Turn::None, 9),
    deal((Z, JINCHENG, New), "主会场大屏", &[at_list("QM-86", 3), at_list("AZ-01", 3)], Deposit, (Next(RecordAcceptance), 4), Turn::None, 14),
    deal((W, PUYUN, New), "多功能厅会议系统", &[at_list("QM-86", 4), at_list("YT-20", 8), at_list("AZ-01", 4)], Deposit, (Next(RecordAcceptance), 3), Turn::Alternative, 16),
    deal((W, PUYUN, Repeat), "投屏器补货", &[at_list("WP-10", 60)], Prepaid, (Next(RecordAcceptance), 9), Turn::Revised, 8),
    deal((W, YUFENG, New), "培训中心一体机", &[at_list("QM-65", 5), at_list("AZ-01", 5)], Deposit, (Next(RecordAcceptance), 20), Turn::None, 14),
    deal((Z, HAIYUE, Repeat), "堆场办公室一体机", &[at_list("QM-75", 5)], Credit, (Next(ConfirmOrder), 1), Turn::Condition, 12),
    // 6 delivery tracking
    deal((W, QINGHE, Repeat), "教研室麦克风", &[at_list("YT-20", 24)], Deposit, (Next(RecordReceipt), 3), Turn::None, 9),
    deal((Z, CHANGGUANG, Repeat), "老厂区看板更换", &[at_list("KB-32", 18)], Prepaid, (HalfProduced, 5), Turn::None, 16),
    deal((W, HONGTAI, Repeat), "检测室一体机", &[at_list("QM-75", 3)], Credit, (Next(RecordPicking), 2), Turn::None, 10),
    deal((W, HUIWANJIA, Urgent), "促销活动投屏器", &[at_list("WP-10", 80)], Prepaid, (Next(RecordPacking), 1), Turn::Special, 2),
    deal((Z, HAIYUE, New), "引航站会议室", &[at_list("QM-75", 4), at_list("SX-4K", 4)], Credit, (Next(RecordPacking), 6), Turn::Special, 9),
    deal((W, PUYUN, Repeat), "支架与摄像机", &[at_list("ZJ-01", 10), at_list("SX-4K", 5)], Credit, (Next(Ship), 2), Turn::None, 8),
    deal((Z, JINCHENG, New), "同传会议设备", &[at_list("YT-20", 30), at_list("SX-4K", 6)], Prepaid, (Next(SignOff), 6), Turn::None, 8),
    deal((W, HONGTAI, Repeat), "车间移动支架", &[at_list("ZJ-01", 12)], Prepaid, (Next(SignOff), 30), Turn::None, 6),
    deal((Z, CHANGGUANG, New), "研发楼会议屏", &[at_list("QM-75", 12), at_list("AZ-01", 12)], Deposit, (PartlySigned, 4), Turn::None, 14),
    deal((W, LUJIANG, New), "工作室一体机", &[at_list("QM-75", 1)], Prepaid, (Next(CompleteOrder), 8), Turn::None, 9),
    deal((Z, ZHONGYUAN, Repeat), "指挥室大屏", &[at_list("QM-86", 4), at_list("AZ-01", 4)], Credit, (Next(CompleteOrder), 16), Turn::None, 14),
    // completed and lost
    deal((W, HUIWANJIA, New), "总部培训教室", &[at_list("QM-75", 6), at_list("AZ-01", 6)], Deposit, (Completed, 24), Turn::Promise, 14),
    deal((Z, HAIYUE, New), "集控室摄像机", &[at_list("SX-4K", 16)], Credit, (Completed, 40), Turn::None, 12),
    deal((W, QINGHE, New), "智慧教室一期", &[at_list("QM-75", 10), at_list("YT-20", 10), at_list("AZ-01", 10)], Deposit, (Completed, 56), Turn::Revised, 16),
    deal((W, PUYUN, Repeat), "访客大厅投屏器", &[at_list("WP-10", 25)], Prepaid, (Completed, 70), Turn::None, 7),
    deal((Z, JINCHENG, Sample), "移动支架试用", &[at_list("ZJ-01", 2)], Prepaid, (Completed, 90), Turn::None, 9),
    deal((Z, CHANGGUANG, Repeat), "质检工位看板", &[at_list("KB-32", 6)], Credit, (Completed, 100), Turn::Special, 12),
    deal((W, YUFENG, New), "食堂信息发布屏", &[at_list("QM-86", 2)], Deposit, (Lost(RecordAcceptance, LostReason::Price), 30), Turn::None, 15),
    deal((Z, JINCHENG, New), "签到终端", &[at_list("QM-75", 15)], Prepaid, (Lost(SaveQuote, LostReason::LeadTime), 50), Turn::None, 3),
    deal((W, LUJIANG, New), "影棚麦克风", &[at_list("YT-20", 3)], Prepaid, (Lost(RecordAcceptance, LostReason::Competitor), 64), Turn::None, 9),
];

#[cfg(test)]
mod tests {
    use super::super::company::{CUSTOMERS, NEWCOMERS, PRODUCTS, STRANGERS};
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn titles_are_unique_and_everything_named_exists() {
        assert_eq!(DEALS.iter().map(|d| d.title).collect::<BTreeSet<_>>().len(), DEALS.len());
        for deal in DEALS {
            assert!(deal.lines.iter().all(|l| PRODUCTS.iter().any(|p| p.code == l.product)), "{}", deal.title);
            let found = match deal.with {
                With::Known(code) => CUSTOMERS.iter().any(|c| c.uscc == code && c.owner == deal.owner),
                With::Newcomer(i) => NEWCOMERS.get(i).is_some_and(|c| c.owner == deal.owner),
                With::Stranger(i) => i < STRANGERS.len(),
            };
            assert!(found, "{}", deal.title);
        }
    }

    /// The stories of DOMAIN 9 are walked by hand on this stock: 40, 14 and 320 must still be free.
    #[test]
    fn no_order_takes_the_stock_of_the_stories() {
        let before_order = |until| match until {
            Until::Archive(_) | Until::Node(_) | Until::Lost(..) => true,
            Until::Next(action) => action <= RecordAcceptance,
            Until::PartlySigned | Until::HalfProduced | Until::Completed => false,
        };
        for deal in DEALS.iter().filter(|d| !before_order(d.until)) {
            let taken = deal.lines.iter().any(|l| ["QM-65", "RM-PA66", "GP-500"].contains(&l.product));
            assert!(!taken, "{}", deal.title);
        }
    }

    #[test]
    fn every_step_has_deals() {
        let wanted: [fn(&Until) -> bool; 6] = [
            |u| matches!(u, Until::Archive(_)),
            |u| matches!(u, Until::Next(SaveRequirement | SendRequirement | ConfirmRequirement)),
            |u| matches!(u, Until::Next(SaveQuote | SubmitQuote)),
            |u| matches!(u, Until::Node(_)),
            |u| matches!(u, Until::Next(SendQuote | RecordAcceptance | ConfirmOrder)),
            |u| {
                matches!(
                    u,
                    Until::PartlySigned
                        | Until::HalfProduced
                        | Until::Next(RecordReceipt | RecordPicking | RecordPacking | Ship | SignOff | CompleteOrder)
                )
            },
        ];
        for (number, is_there) in (1..).zip(wanted) {
            assert!(DEALS.iter().filter(|d| is_there(&d.until)).count() >= 3, "step {number}");
        }
    }
}
