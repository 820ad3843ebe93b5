//! Two archives that turn out to be one company (DOMAIN 1.1: one archive per legal entity): what
//! keeps them from being merged, and what the one that stays looks like afterwards.

use super::credit_code::CreditCode;
use super::customer::{Contact, ContactRank, ContactRole, Customer, CustomerProfile, CustomerStatus};
use super::ids::ContactId;
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
    let Merged { profile, folded } = merged(&stays.profile, &goes.profile);
    if profile.contacts.len() > MAX_CONTACTS {
        out.push(Blocker::TooManyContacts { max: MAX_CONTACTS });
    }
    // Every later save of the archive would be refused for them.
    let came = goes.profile.active_contacts().filter(|c| folded.iter().all(|f| f.gone != c.id));
    out.extend(
        came.filter(|c| profile.primary().is_some_and(|primary| !c.is_somebody_else(primary)))
            .map(|c| Blocker::ContactsAlike { name: c.name.clone() }),
    );
    out
}

/// One person whom both archives had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Folded {
    pub gone: ContactId,
    pub kept: ContactId,
}

/// What the archive that stays looks like, and who is one person in it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    pub profile: CustomerProfile,
    pub folded: Vec<Folded>,
}

/// Each archive has a credit code, and another one: one company has one, so somebody has to say so.
pub fn codes_differ(one: &CustomerProfile, other: &CustomerProfile) -> Option<(CreditCode, CreditCode)> {
    one.uscc.clone().zip(other.uscc.clone()).filter(|(one, other)| one != other)
}

/// The profile that stays, with the other's people as backups behind its own; whom both have stays once, and a
/// code that only the other has is not lost.
pub fn merged(stays: &CustomerProfile, goes: &CustomerProfile) -> Merged {
    let mut contacts = stays.contacts.clone();
    let mut folded = Vec::new();
    let mut came = Vec::new();
    for contact in &goes.contacts {
        match contacts.iter_mut().find(|own| is_same_person(own, contact)) {
            Some(own) => {
                folded.push(Folded { gone: contact.id, kept: own.id });
                complete(own, contact);
            }
            None => came.push(Contact { rank: ContactRank::Backup, ..contact.clone() }),
        }
    }
    contacts.extend(came);
    let uscc = stays.uscc.clone().or_else(|| goes.uscc.clone());
    Merged { profile: CustomerProfile { uscc, contacts, ..stays.clone() }, folded }
}

/// The same mobile, or the same name and no number that says otherwise. Who has left one archive only is not
/// the one who is there in the other.
fn is_same_person(one: &Contact, other: &Contact) -> bool {
    let differ = |a: &Option<String>, b: &Option<String>| a.is_some() && b.is_some() && a != b;
    let same_mobile = one.mobile.is_some() && one.mobile == other.mobile;
    let same_name =
        one.name == other.name && !differ(&one.mobile, &other.mobile) && !differ(&one.landline, &other.landline);
    one.is_active == other.is_active && (same_mobile || same_name)
}

/// What only the other archive knows of the person.
fn complete(own: &mut Contact, other: &Contact) {
    let fill = |to: &mut Option<String>, from: &Option<String>| {
        if to.is_none() {
            to.clone_from(from);
        }
    };
    fill(&mut own.mobile, &other.mobile);
    fill(&mut own.landline, &other.landline);
    fill(&mut own.email, &other.email);
    fill(&mut own.wechat, &other.wechat);
    own.preferred_channel = own.preferred_channel.or(other.preferred_channel);
    let has = |role: &ContactRole| own.roles.contains(role) || other.roles.contains(role);
    own.roles = ContactRole::ALL.iter().copied().filter(has).collect();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(id: u128, name: &str, rank: ContactRank, mobile: Option<&str>) -> Contact {
        Contact {
            id: ContactId(uuid::Uuid::from_u128(id)),
            name: name.to_owned(),
            title: "采购".to_owned(),
            rank,
            roles: vec![ContactRole::EndUser],
            mobile: mobile.map(str::to_owned),
            landline: mobile.is_none().then(|| "0512-62345678".to_owned()),
            email: None,
            wechat: None,
            preferred_channel: None,
            is_active: true,
        }
    }

    fn with(contacts: Vec<Contact>) -> CustomerProfile {
        CustomerProfile { contacts, ..CustomerProfile::named("甲乙公司".to_owned()) }
    }

    #[test]
    fn whom_both_archives_have_stays_once_with_all_that_is_known() {
        use ContactRank::{Backup, Primary};
        let own = person(1, "李四", Primary, Some("13800138000"));
        let mut same = person(2, "李四", Primary, None);
        same.email = Some("li.si@example.com".to_owned());
        same.roles = vec![ContactRole::DecisionMaker];
        let Merged { profile, folded } = merged(&with(vec![own.clone()]), &with(vec![same.clone()]));
        assert_eq!(folded, [Folded { gone: same.id, kept: own.id }]);
        let [one] = profile.contacts.as_slice() else { panic!("{:?}", profile.contacts) };
        assert_eq!((one.id, one.rank, one.email.as_deref()), (own.id, Primary, Some("li.si@example.com")));
        assert_eq!(one.roles, [ContactRole::DecisionMaker, ContactRole::EndUser]);
        assert!(one.landline.is_some() && !profile.has_backup(), "one person is no backup of himself");

        let nicknamed = person(3, "李先生", Primary, Some("13800138000"));
        assert_eq!(merged(&with(vec![own.clone()]), &with(vec![nicknamed])).folded.len(), 1, "the same mobile");
        let namesake = person(4, "李四", Primary, Some("13900139000"));
        let Merged { profile, folded } = merged(&with(vec![own.clone()]), &with(vec![namesake.clone()]));
        assert!(folded.is_empty() && profile.contacts.len() == 2);
        assert!(!profile.has_backup(), "name and phone both differ");
        let left = Contact { is_active: false, ..namesake };
        assert!(merged(&with(vec![own.clone()]), &with(vec![left])).folded.is_empty());
        let other = merged(&with(vec![own]), &with(vec![person(5, "方晓", Primary, Some("13800138001"))]));
        assert!(other.profile.has_backup() && other.profile.contacts[1].rank == Backup);
    }
}
