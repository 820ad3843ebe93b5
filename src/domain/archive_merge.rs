//! Two archives that turn out to be one company (DOMAIN 1.1: one archive per legal entity): what
//! keeps them from being merged, and what the one that stays looks like afterwards.

use super::customer::{Contact, ContactRank, Customer, CustomerProfile, CustomerStatus};
use super::workflow::Blocker;

/// The most contacts one archive keeps.
pub const MAX_CONTACTS: usize = 25;

/// Everything that keeps `goes` from being merged into `stays`. That neither was merged before is
/// for the caller to know.
pub fn blockers(stays: &Customer, goes: &Customer) -> Vec<Blocker> {
    let mut out = Vec::new();
    if stays.id == goes.id {
        return vec![Blocker::SameArchive];
    }
    if goes.status == CustomerStatus::Archived && stays.status != CustomerStatus::Archived {
        out.push(Blocker::CustomerNotArchived { status: stays.status });
    }
    // A mark against the company is not lost by merging the archive that carries it.
    if goes.is_blacklisted && !stays.is_blacklisted {
        out.push(Blocker::Blacklisted);
    }
    if goes.is_credit_hold && !stays.is_credit_hold {
        out.push(Blocker::CreditHold);
    }
    if stays.profile.contacts.len() + goes.profile.contacts.len() > MAX_CONTACTS {
        out.push(Blocker::TooManyContacts { max: MAX_CONTACTS });
    }
    out
}

/// The profile that stays, with the other's people as backups behind its own.
pub fn merged_profile(stays: &CustomerProfile, goes: &CustomerProfile) -> CustomerProfile {
    let moved = goes.contacts.iter().map(|c| Contact { rank: ContactRank::Backup, ..c.clone() });
    CustomerProfile { contacts: stays.contacts.iter().cloned().chain(moved).collect(), ..stays.clone() }
}
