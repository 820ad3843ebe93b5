//! Guards of the archive's own acts: reasons that must be given, marks that stand or do not,
//! and who may become the owner.
//!
//! As everywhere, what judges the typed words passes while nothing has been typed.

use super::action::Command;
use super::blocker::Blocker;
use super::guards::Ask;
use super::key_fields::fields_to_explain;
use crate::domain::credit_code::CodeWarning;
use crate::domain::customer::{CustomerConfirmMethod, Mark, RegistryStatus};

fn when(blocked: bool, blocker: Blocker) -> Vec<Blocker> {
    if blocked { vec![blocker] } else { Vec::new() }
}

/// What was verified or archived changes only with a reason (DOMAIN 1.1, going back).
pub fn reopening_explained(ask: &Ask) -> Vec<Blocker> {
    let Some(Command::SaveCustomer(profile)) = ask.command else { return Vec::new() };
    when(!fields_to_explain(&ask.case.customer, profile).is_empty(), Blocker::ReopeningUnexplained)
}

/// There is something to verify: nobody has, or it changed since.
pub fn verification_owed(ask: &Ask) -> Vec<Blocker> {
    when(ask.case.customer.verification.is_some(), Blocker::WrongState)
}

/// A company listed as abnormal needs the manager's note (DOMAIN 1.1 A).
pub fn registry_noted(ask: &Ask) -> Vec<Blocker> {
    let c = &ask.case.customer;
    when(
        c.profile.registry_status == Some(RegistryStatus::Abnormal) && c.registry_note.is_none(),
        Blocker::RegistryNoteMissing,
    )
}

pub fn registry_abnormal(ask: &Ask) -> Vec<Blocker> {
    when(ask.case.customer.profile.registry_status != Some(RegistryStatus::Abnormal), Blocker::RegistryNotAbnormal)
}

/// The person who confirmed is one of the active contacts, and a file is there when the method says so.
pub fn confirmation_evidence(ask: &Ask) -> Vec<Blocker> {
    let Some(Command::ConfirmWithCustomer { method, contact, file, .. }) = ask.command else { return Vec::new() };
    let mut out =
        when(!ask.case.customer.profile.active_contacts().any(|c| c.name == *contact), Blocker::ContactMissing);
    out.extend(when(*method == CustomerConfirmMethod::File && file.is_none(), Blocker::EvidenceMissing));
    out
}

/// Only a code whose check character is wrong is overridden.
pub fn code_deviates(ask: &Ask) -> Vec<Blocker> {
    let Some(Command::OverrideCode { code, .. }) = ask.command else { return Vec::new() };
    when(!code.warnings().iter().any(|w| matches!(w, CodeWarning::Check { .. })), Blocker::CodeFits)
}

fn absent(ask: &Ask, mark: Mark) -> Vec<Blocker> {
    when(ask.case.customer.has_mark(mark), Blocker::AlreadyMarked { mark })
}

fn present(ask: &Ask, mark: Mark) -> Vec<Blocker> {
    when(!ask.case.customer.has_mark(mark), Blocker::NotMarked { mark })
}

pub fn not_on_hold(ask: &Ask) -> Vec<Blocker> {
    absent(ask, Mark::CreditHold)
}

pub fn on_hold(ask: &Ask) -> Vec<Blocker> {
    present(ask, Mark::CreditHold)
}

pub fn not_blacklisted(ask: &Ask) -> Vec<Blocker> {
    absent(ask, Mark::Blacklisted)
}

pub fn blacklisted(ask: &Ask) -> Vec<Blocker> {
    present(ask, Mark::Blacklisted)
}

pub fn still_active(ask: &Ask) -> Vec<Blocker> {
    absent(ask, Mark::Inactive)
}

pub fn inactive(ask: &Ask) -> Vec<Blocker> {
    present(ask, Mark::Inactive)
}

/// Another person than now, and not the one who verified the licence (DOMAIN 2.3, rule 4).
pub fn owner_may_change(ask: &Ask) -> Vec<Blocker> {
    let Some(Command::ChangeOwner { to, .. }) = ask.command else { return Vec::new() };
    let c = &ask.case.customer;
    let mut out = when(c.owner == *to, Blocker::OwnerUnchanged);
    out.extend(when(c.verification.as_ref().is_some_and(|v| v.by == *to), Blocker::OwnerVerified));
    out
}

pub fn grade_changes(ask: &Ask) -> Vec<Blocker> {
    let Some(Command::SetGrade { grade, .. }) = ask.command else { return Vec::new() };
    when(ask.case.customer.grade == *grade, Blocker::GradeUnchanged)
}
