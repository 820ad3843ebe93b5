//! Customer archives from a spreadsheet (DOMAIN 1.1 D: opening figures come in at import only).
//!
//! A row is an archive as the form would make it, with the few things a form never asks for:
//! owner, grade and opening figures. What a row may do to whose archive is decided here once, for
//! the dry run and for the import itself.

use super::codes::codes;
use super::customer::{Customer, CustomerProfile, CustomerStatus, Grade};
use super::ids::{CustomerId, PersonId};
use super::policy::{self, Act};
use super::staff::Actor;
use rust_decimal::Decimal;

codes!(/// What becomes of a row.
ImportOutcome { Added = "added", Updated = "updated", Unchanged = "unchanged" });

/// The archive that a row describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedArchive {
    pub owner: PersonId,
    pub grade: Grade,
    /// Orders completed before this system was used.
    pub opening_order_count: i32,
    /// Yuan including tax.
    pub opening_total: Decimal,
    pub profile: CustomerProfile,
}

impl ImportedArchive {
    /// What is stored now.
    pub fn of(customer: &Customer) -> Self {
        Self {
            owner: customer.owner,
            grade: customer.grade,
            opening_order_count: customer.opening_order_count,
            opening_total: customer.opening_total,
            profile: customer.profile.clone(),
        }
    }
}

/// A row without flaws, with the archive and version it was compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRow {
    pub number: u32,
    pub known: Option<(CustomerId, i64)>,
    pub outcome: ImportOutcome,
    pub archive: ImportedArchive,
}

/// Why a person may not import a row that is well formed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportRefusal {
    /// The archive or its future owner is not of the person's team.
    OtherTeam,
    /// The owner cannot own customers.
    NoSeller,
    /// Only managers set a grade other than C.
    Grade,
    /// The owner of a known archive changes in the archive itself.
    OwnerChange,
    /// The archive waits for verification and is not edited meanwhile.
    InVerification,
}

/// Whether the row may be imported by this person, with `owner` as the archive's owner.
pub fn refusal(
    actor: &Actor,
    archive: &ImportedArchive,
    owner: &Actor,
    known: Option<&Customer>,
) -> Option<ImportRefusal> {
    let reaches = |of: PersonId, manager| policy::may(actor, Act::ImportCustomers, of, manager).is_ok();
    if known.is_none() && !policy::may_ever(owner, Act::RegisterCustomer) {
        return Some(ImportRefusal::NoSeller);
    }
    if !reaches(owner.id, owner.manager) || known.is_some_and(|c| !reaches(c.owner, c.owner_manager)) {
        return Some(ImportRefusal::OtherTeam);
    }
    if known.is_some_and(|c| c.owner != archive.owner) {
        return Some(ImportRefusal::OwnerChange);
    }
    if archive.grade != known.map_or(Grade::C, |c| c.grade) && !policy::may_grade(actor) {
        return Some(ImportRefusal::Grade);
    }
    let waits = known.is_some_and(|c| c.status == CustomerStatus::PendingVerification);
    (waits && known.is_some_and(|c| ImportedArchive::of(c) != *archive)).then_some(ImportRefusal::InVerification)
}

/// An archive that nobody has filled yet, to read a new row against.
pub fn blank(id: CustomerId, owner: PersonId, owner_manager: Option<PersonId>) -> Customer {
    Customer {
        id,
        no: String::new(),
        version: 0,
        status: CustomerStatus::Draft,
        owner,
        owner_manager,
        grade: Grade::C,
        profile: CustomerProfile::named(String::new()),
        license: None,
        verification: None,
        confirmation: None,
        next_review_on: None,
        is_credit_hold: false,
        is_blacklisted: false,
        is_inactive: false,
        credit_limit: Decimal::ZERO,
        credit_days: 0,
        opening_order_count: 0,
        opening_total: Decimal::ZERO,
        registry_note: None,
        code_override: None,
        mark_reasons: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::staff::Role;
    use super::*;

    fn actor(id: u128, role: Role, manager: Option<u128>) -> Actor {
        Actor {
            id: PersonId(uuid::Uuid::from_u128(id)),
            name: String::new(),
            roles: vec![role],
            manager: manager.map(|m| PersonId(uuid::Uuid::from_u128(m))),
            mandates: Vec::new(),
        }
    }

    fn archive(owner: &Actor, grade: Grade) -> ImportedArchive {
        ImportedArchive {
            owner: owner.id,
            grade,
            opening_order_count: 0,
            opening_total: Decimal::ZERO,
            profile: CustomerProfile::named("甲".to_owned()),
        }
    }

    #[test]
    fn a_row_stays_inside_the_team_and_only_managers_grade() {
        let manager = actor(1, Role::SalesManager, Some(9));
        let assistant = actor(2, Role::SalesAssistant, Some(1));
        let rep = actor(3, Role::SalesRep, Some(1));
        let other = actor(4, Role::SalesRep, Some(8));
        let clerk = actor(5, Role::Warehouse, Some(1));
        let new = |by: &Actor, owner: &Actor, grade| refusal(by, &archive(owner, grade), owner, None);
        assert_eq!(new(&manager, &rep, Grade::A), None);
        assert_eq!(new(&assistant, &rep, Grade::C), None);
        assert_eq!(new(&assistant, &rep, Grade::A), Some(ImportRefusal::Grade));
        assert_eq!(new(&manager, &other, Grade::C), Some(ImportRefusal::OtherTeam));
        assert_eq!(new(&manager, &clerk, Grade::C), Some(ImportRefusal::NoSeller));
        assert_eq!(new(&rep, &rep, Grade::C), Some(ImportRefusal::OtherTeam));
    }

    #[test]
    fn a_known_archive_keeps_its_owner_and_is_left_alone_in_verification() {
        let manager = actor(1, Role::SalesManager, Some(9));
        let (rep, colleague) = (actor(3, Role::SalesRep, Some(1)), actor(6, Role::SalesRep, Some(1)));
        let mut known = blank(CustomerId(uuid::Uuid::from_u128(7)), rep.id, rep.manager);
        assert_eq!(
            refusal(&manager, &archive(&colleague, Grade::C), &colleague, Some(&known)),
            Some(ImportRefusal::OwnerChange)
        );
        assert_eq!(refusal(&manager, &archive(&rep, Grade::B), &rep, Some(&known)), None);
        known.status = CustomerStatus::PendingVerification;
        assert_eq!(
            refusal(&manager, &archive(&rep, Grade::C), &rep, Some(&known)),
            Some(ImportRefusal::InVerification)
        );
        assert_eq!(refusal(&manager, &ImportedArchive::of(&known), &rep, Some(&known)), None);
    }
}
