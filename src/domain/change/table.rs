//! The table of DOMAIN 8, cell by cell: eleven kinds of change by six phases.

use super::{ChangeKind, Phase};
use crate::domain::staff::{Department, Role};

/// A form that gets a new version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Requirement,
    Quote,
    OrderTotal,
}

/// What becomes of a running approval round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoundFate {
    Untouched,
    Withdrawn,
    /// Only when stock does not cover the goods, so that something has to be made.
    WithdrawnIfProduction,
}

/// Who has to approve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approval {
    None,
    NewRound,
    NewRoundIfProduction,
    /// The level of the new total.
    NewTotal,
    ManagerIfPriceSame,
    Production,
    Manager,
    Director,
    FastPath,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallBackNeed {
    NotNeeded,
    KnownContact,
}

/// How the change is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    NewVersion,
    /// Changed in place and logged.
    Edit,
    /// The order is changed, its total stays.
    Amend,
    ChangeOrder,
    Supplementary,
    Return,
    Replacement,
    CarrierOnly,
    CreditNote,
    RedLetter,
    UrgentFlag,
    Reprioritise,
    CloseDeal,
    CancelOrder,
    NotPossible,
    Pointless,
}

impl Way {
    /// Whether a record of it can be filed; what is not possible or pointless is refused.
    pub fn is_filed(self) -> bool {
        !matches!(self, Self::NotPossible | Self::Pointless)
    }

    /// Whether the record only says where the change goes on; nothing of the order moves.
    pub fn is_directed(self) -> bool {
        matches!(
            self,
            Self::Supplementary
                | Self::Return
                | Self::Replacement
                | Self::CarrierOnly
                | Self::CreditNote
                | Self::RedLetter
        )
    }
}

/// What else has to be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    TierReread,
    CreditChecked,
    AddedPartOnly,
    OrSupplementary,
    StockReleased,
    LowerBound,
    CustomerBearsLoss,
    ScrapRecorded,
    NoRequoteIfPriceSame,
    RepackingCost,
    Recommit,
    StorageCost,
    Logged,
    Intercept,
    Recheck,
    NewDates,
    DepositPerContract,
    CostStatement,
}

/// A department that must look again, and its limit in working minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Again {
    pub department: Department,
    pub limit: i64,
}

/// One cell of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consequence {
    pub way: Way,
    pub versions: &'static [Form],
    pub round: RoundFate,
    pub approval: Approval,
    pub again: &'static [Again],
    pub told: &'static [Role],
    pub call_back: CallBackNeed,
    pub notes: &'static [Note],
}

/// Eight working hours (DOMAIN 8).
const LIMIT: i64 = 480;

const fn again(department: Department) -> Again {
    Again { department, limit: LIMIT }
}

const NOBODY: &[Again] = &[];
const TECHNICAL: &[Again] = &[again(Department::Technical)];
const FINANCE: &[Again] = &[again(Department::Finance)];
const PRODUCTION: &[Again] = &[again(Department::Production)];
const LOGISTICS: &[Again] = &[again(Department::Logistics)];
const PRODUCTION_FINANCE: &[Again] = &[again(Department::Production), again(Department::Finance)];
const PRODUCTION_LOGISTICS: &[Again] = &[again(Department::Production), again(Department::Logistics)];
const TECHNICAL_PRODUCTION: &[Again] = &[again(Department::Technical), again(Department::Production)];
const TECHNICAL_PRODUCTION_FINANCE: &[Again] =
    &[again(Department::Technical), again(Department::Production), again(Department::Finance)];
const WAREHOUSE_PRODUCTION: &[Again] = &[again(Department::Warehouse), again(Department::Production)];
/// The loss is the sales manager's to assess.
const WAREHOUSE_SALES: &[Again] = &[again(Department::Warehouse), again(Department::Sales)];
const ALL_MAKERS: &[Again] =
    &[again(Department::Production), again(Department::Warehouse), again(Department::Logistics)];

const BOTH: &[Form] = &[Form::Requirement, Form::Quote];
const QUOTE: &[Form] = &[Form::Quote];
const TOTAL: &[Form] = &[Form::OrderTotal];

const fn plain(way: Way) -> Consequence {
    Consequence {
        way,
        versions: &[],
        round: RoundFate::Untouched,
        approval: Approval::None,
        again: NOBODY,
        told: &[],
        call_back: CallBackNeed::NotNeeded,
        notes: &[],
    }
}

/// Before the order: new versions, with the fate of a running round and the approval that follows.
const fn version(versions: &'static [Form], round: RoundFate, approval: Approval) -> Consequence {
    Consequence { versions, round, approval, ..plain(Way::NewVersion) }
}

const fn asking(again: &'static [Again], cell: Consequence) -> Consequence {
    Consequence { again, ..cell }
}

const fn telling(told: &'static [Role], cell: Consequence) -> Consequence {
    Consequence { told, ..cell }
}

const fn noting(notes: &'static [Note], cell: Consequence) -> Consequence {
    Consequence { notes, ..cell }
}

const fn approved_by(approval: Approval, cell: Consequence) -> Consequence {
    Consequence { approval, ..cell }
}

const fn called_back(cell: Consequence) -> Consequence {
    Consequence { call_back: CallBackNeed::KnownContact, ..cell }
}

const fn new_total(approval: Approval, again: &'static [Again], notes: &'static [Note]) -> Consequence {
    Consequence { versions: TOTAL, approval, again, notes, ..plain(Way::ChangeOrder) }
}

use RoundFate::{Untouched, Withdrawn, WithdrawnIfProduction};

const FRESH: Consequence = version(BOTH, Untouched, Approval::None);
const AGAIN: Consequence = version(BOTH, Withdrawn, Approval::NewRound);
const REDONE: Consequence = version(BOTH, Untouched, Approval::NewRound);
const EDIT: Consequence = plain(Way::Edit);
const LOGGED: Consequence = noting(&[Note::Logged], EDIT);
const AMEND: Consequence = plain(Way::Amend);
const MORE: &[Note] = &[Note::TierReread, Note::CreditChecked];

type Cells = [Consequence; 6];

/// Before submit · in approval · approved, not accepted · order not started · in production or packed · shipped.
#[rustfmt::skip]
const fn cells(kind: ChangeKind) -> Cells {
    match kind {
        ChangeKind::QuantityUp => [FRESH, AGAIN, REDONE,
            new_total(Approval::NewTotal, PRODUCTION_FINANCE, MORE),
            new_total(Approval::NewTotal, PRODUCTION_FINANCE, &[Note::TierReread, Note::CreditChecked, Note::AddedPartOnly, Note::OrSupplementary]),
            plain(Way::Supplementary)],
        ChangeKind::QuantityDown => [FRESH, AGAIN, REDONE,
            telling(&[Role::Warehouse], new_total(Approval::NewTotal, NOBODY, &[Note::StockReleased, Note::TierReread])),
            new_total(Approval::Director, NOBODY, &[Note::LowerBound, Note::CustomerBearsLoss]),
            plain(Way::Return)],
        ChangeKind::Product => [FRESH, AGAIN, asking(TECHNICAL, REDONE),
            new_total(Approval::NewTotal, TECHNICAL_PRODUCTION_FINANCE, &[]),
            new_total(Approval::Director, TECHNICAL_PRODUCTION, &[Note::ScrapRecorded]),
            plain(Way::Replacement)],
        ChangeKind::Packaging => [FRESH, AGAIN, version(BOTH, Untouched, Approval::ManagerIfPriceSame),
            noting(&[Note::NoRequoteIfPriceSame], asking(WAREHOUSE_PRODUCTION, AMEND)),
            noting(&[Note::RepackingCost], asking(WAREHOUSE_SALES, AMEND)),
            plain(Way::NotPossible)],
        ChangeKind::Earlier => [FRESH, version(BOTH, WithdrawnIfProduction, Approval::NewRoundIfProduction),
            asking(PRODUCTION, version(BOTH, Untouched, Approval::Production)),
            noting(&[Note::Recommit], asking(PRODUCTION, AMEND)),
            noting(&[Note::Recommit], asking(PRODUCTION_LOGISTICS, AMEND)),
            telling(&[Role::Logistics], plain(Way::CarrierOnly))],
        ChangeKind::Later => [FRESH, EDIT, EDIT,
            noting(&[Note::StorageCost], telling(&[Role::Production, Role::Warehouse], AMEND)),
            noting(&[Note::StorageCost], telling(&[Role::Production, Role::Warehouse], AMEND)),
            plain(Way::Pointless)],
        ChangeKind::Address => [EDIT, LOGGED, EDIT,
            called_back(telling(&[Role::Logistics], AMEND)),
            called_back(telling(&[Role::Logistics], AMEND)),
            called_back(noting(&[Note::Intercept], asking(LOGISTICS, AMEND)))],
        ChangeKind::Price => [version(QUOTE, Untouched, Approval::None), version(QUOTE, Withdrawn, Approval::NewRound), version(QUOTE, Untouched, Approval::NewRound),
            new_total(Approval::NewTotal, FINANCE, &[]),
            new_total(Approval::NewTotal, FINANCE, &[]),
            plain(Way::CreditNote)],
        ChangeKind::Invoice => [EDIT, EDIT, EDIT,
            telling(&[Role::Finance], AMEND),
            telling(&[Role::Finance], AMEND),
            telling(&[Role::Finance], plain(Way::RedLetter))],
        ChangeKind::Urgent => [noting(&[Note::Recheck], plain(Way::UrgentFlag)),
            Consequence { round: Withdrawn, approval: Approval::FastPath, ..noting(&[Note::Recheck], plain(Way::UrgentFlag)) },
            plain(Way::Pointless),
            noting(&[Note::NewDates], approved_by(Approval::Director, asking(ALL_MAKERS, plain(Way::Reprioritise)))),
            noting(&[Note::NewDates], approved_by(Approval::Director, asking(ALL_MAKERS, plain(Way::Reprioritise)))),
            telling(&[Role::Logistics], plain(Way::CarrierOnly))],
        ChangeKind::Cancel => [plain(Way::CloseDeal),
            Consequence { round: Withdrawn, ..plain(Way::CloseDeal) },
            plain(Way::CloseDeal),
            noting(&[Note::DepositPerContract], approved_by(Approval::Manager, plain(Way::CancelOrder))),
            noting(&[Note::CostStatement], approved_by(Approval::Director, plain(Way::CancelOrder))),
            plain(Way::Return)],
    }
}

/// What follows when this changes while the deal is there.
pub const fn consequence(kind: ChangeKind, phase: Phase) -> Consequence {
    let [before_submit, in_approval, approved, not_started, in_production, shipped] = cells(kind);
    match phase {
        Phase::BeforeSubmit => before_submit,
        Phase::InApproval => in_approval,
        Phase::Approved => approved,
        Phase::NotStarted => not_started,
        Phase::InProduction => in_production,
        Phase::Shipped => shipped,
    }
}
