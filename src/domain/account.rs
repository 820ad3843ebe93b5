//! A person's account as the administrator keeps it (DOMAIN 2.1).
//!
//! The one rule: the administrator grants access to others and decides nothing (DOMAIN 2.3, rule 10).

use super::ids::PersonId;
use super::input::{Flaw, text};
use super::policy::{administers, leads_reps, may_own_customers, sells};
use super::round::Colleague;
use super::staff::{Department, Role};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub name: String,
    /// In Latin letters, for English pages and papers.
    pub name_en: String,
    pub department: Department,
    /// In the order of `Role::ALL`, none twice (`ordered`).
    pub roles: Vec<Role>,
    /// Whose team the person belongs to; who hears of what is overdue.
    pub manager: Option<PersonId>,
    pub phone: Option<String>,
    pub is_active: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountFlaw {
    /// Nobody changes what they may do themselves (rule 10).
    OwnRights,
    /// The administrator's role stands alone (rule 10).
    AdminAlone,
    /// Somebody has to be able to add people.
    LastAdmin,
    NoRole,
    /// The manager left, never was, or leads nobody.
    ManagerUnknown,
    /// Following the managers upwards leads back to the person.
    ManagerCircle,
    /// The first approval of a rep's quotes is the own sales manager's.
    RepNeedsManager,
    /// Somebody has to act on what the person sells.
    StillOwns,
    /// People of the team would have nobody for the first approval.
    LeadsTeam,
}

/// Roles as an account holds them, however they came.
pub fn ordered(roles: &[Role]) -> Vec<Role> {
    Role::ALL.iter().copied().filter(|role| roles.contains(role)).collect()
}

/// A sign-in name: 2 to 40 small letters, digits and `. _ -`, a letter first.
pub fn login(raw: &str) -> Result<String, Flaw> {
    let login = text(raw, 2, 40)?.to_lowercase();
    let is_sound = login.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b));
    if is_sound && login.starts_with(|c: char| c.is_ascii_lowercase()) { Ok(login) } else { Err(Flaw::NotAName) }
}

/// What speaks against the account; `of` is nobody for a new person, `by` who wants it so, `owners` those who have
/// customers or open deals.
pub fn flaws(
    new: &Account,
    of: Option<PersonId>,
    by: PersonId,
    everybody: &[Colleague],
    owners: &[PersonId],
) -> Vec<AccountFlaw> {
    let find = |id: PersonId| everybody.iter().find(|c| c.actor.id == id);
    let old = of.and_then(find);
    let mut out = Vec::new();
    if let Some(old) = old.filter(|old| old.actor.id == by)
        && (ordered(&old.actor.roles) != new.roles || old.is_active != new.is_active)
    {
        out.push(AccountFlaw::OwnRights);
    }
    if new.roles.is_empty() {
        out.push(AccountFlaw::NoRole);
    }
    if administers(&new.roles) && new.roles.len() > 1 {
        out.push(AccountFlaw::AdminAlone);
    }
    let keeps = |c: &Colleague| c.is_active && administers(&c.actor.roles);
    let stays = new.is_active && administers(&new.roles);
    if old.is_some_and(keeps) && !stays && !everybody.iter().any(|c| Some(c.actor.id) != of && keeps(c)) {
        out.push(AccountFlaw::LastAdmin);
    }
    match new.manager.map(find) {
        Some(None) => out.push(AccountFlaw::ManagerUnknown),
        Some(Some(m)) if !m.is_active || administers(&m.actor.roles) => out.push(AccountFlaw::ManagerUnknown),
        manager => {
            // Quotes of a manager who sells too go one level up by themselves (2.3, rule 1).
            let is_led = leads_reps(&new.roles) || manager.flatten().is_some_and(|m| leads_reps(&m.actor.roles));
            if new.is_active && sells(&new.roles) && !is_led {
                out.push(AccountFlaw::RepNeedsManager);
            }
        }
    }
    if of.is_some_and(|of| owners.contains(&of)) && new.is_active && !may_own_customers(&new.roles) {
        out.push(AccountFlaw::StillOwns);
    }
    let is_led = |c: &Colleague| c.is_active && c.actor.manager == of && sells(&c.actor.roles);
    if of.is_some() && everybody.iter().any(is_led) && !(new.is_active && leads_reps(&new.roles)) {
        out.push(AccountFlaw::LeadsTeam);
    }
    let mut above = new.manager;
    for _ in 0..=everybody.len() {
        let Some(manager) = above else { return out };
        if Some(manager) == of {
            break;
        }
        above = find(manager).and_then(|m| m.actor.manager);
    }
    out.push(AccountFlaw::ManagerCircle);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::staff::Actor;
    use uuid::Uuid;

    fn id(n: u128) -> PersonId {
        PersonId(Uuid::from_u128(n))
    }

    fn account(roles: &[Role], manager: Option<u128>) -> Account {
        Account {
            name: "王敏".to_owned(),
            name_en: "Wang Min".to_owned(),
            department: Department::Sales,
            roles: roles.to_vec(),
            manager: manager.map(id),
            phone: None,
            is_active: true,
        }
    }

    /// An administrator (1), a director (2), a manager (3) below, a rep (4) below that one, and one who left (5).
    fn company() -> Vec<Colleague> {
        [
            (1, Role::Admin, None, true),
            (2, Role::SalesDirector, None, true),
            (3, Role::SalesManager, Some(2), true),
            (4, Role::SalesRep, Some(3), true),
            (5, Role::SalesManager, None, false),
        ]
        .into_iter()
        .map(|(n, role, manager, is_active)| Colleague {
            actor: Actor {
                id: id(n),
                name: n.to_string(),
                roles: vec![role],
                manager: manager.map(id),
                mandates: Vec::new(),
            },
            department: Department::Sales,
            is_active,
        })
        .collect()
    }

    #[test]
    fn a_sign_in_name_begins_with_a_letter() {
        for good in ["wangmin", "Wang.Min", "a1", "li-na_2"] {
            assert_eq!(login(good), Ok(good.to_lowercase()), "{good}");
        }
        for bad in ["a", "1abc", ".li", "王敏", "wang min", "wang@min", ""] {
            assert!(login(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_account_is_judged_by_rule_10_and_by_who_leads_whom() {
        let closed = |account: Account| Account { is_active: false, ..account };
        let rep = || account(&[Role::SalesRep], Some(3));
        for (what, new, of, expected) in [
            ("a new rep", rep(), None, vec![]),
            ("a rep becomes manager", account(&[Role::SalesManager], Some(2)), Some(4), vec![]),
            ("a rep leaves, with customers", closed(rep()), Some(4), vec![]),
            (
                "a rep with customers goes to finance",
                account(&[Role::Finance], None),
                Some(4),
                vec![AccountFlaw::StillOwns],
            ),
            ("a rep with nobody above", account(&[Role::SalesRep], None), None, vec![AccountFlaw::RepNeedsManager]),
            ("a rep below the director", account(&[Role::SalesRep], Some(2)), None, vec![AccountFlaw::RepNeedsManager]),
            (
                "the team's manager leaves",
                closed(account(&[Role::SalesManager], Some(2))),
                Some(3),
                vec![AccountFlaw::LeadsTeam],
            ),
            (
                "the team's manager rises",
                account(&[Role::SalesDirector], Some(2)),
                Some(3),
                vec![AccountFlaw::LeadsTeam],
            ),
            ("the team's manager stays", account(&[Role::SalesManager], None), Some(3), vec![]),
            ("the team's manager sells too", account(&[Role::SalesRep, Role::SalesManager], Some(2)), Some(3), vec![]),
            ("a second administrator", account(&[Role::Admin], None), None, vec![]),
            ("no role", account(&[], None), None, vec![AccountFlaw::NoRole]),
            (
                "administrator and rep",
                account(&[Role::SalesRep, Role::Admin], Some(3)),
                None,
                vec![AccountFlaw::AdminAlone],
            ),
            (
                "the administrator becomes director",
                account(&[Role::SalesDirector], None),
                Some(1),
                vec![AccountFlaw::OwnRights, AccountFlaw::LastAdmin],
            ),
            (
                "the administrator leaves",
                closed(account(&[Role::Admin], None)),
                Some(1),
                vec![AccountFlaw::OwnRights, AccountFlaw::LastAdmin],
            ),
            ("the administrator's new name", account(&[Role::Admin], None), Some(1), vec![]),
            (
                "led by oneself",
                account(&[Role::Finance, Role::SalesManager], Some(4)),
                Some(4),
                vec![AccountFlaw::ManagerCircle],
            ),
            ("led by the own rep", account(&[Role::SalesDirector], Some(4)), Some(2), vec![AccountFlaw::ManagerCircle]),
            ("led by one who left", account(&[Role::SalesRep], Some(5)), None, vec![AccountFlaw::ManagerUnknown]),
            ("led by the administrator", account(&[Role::Finance], Some(1)), None, vec![AccountFlaw::ManagerUnknown]),
            ("led by nobody known", account(&[Role::SalesRep], Some(9)), None, vec![AccountFlaw::ManagerUnknown]),
        ] {
            assert_eq!(flaws(&new, of.map(id), id(1), &company(), &[id(4)]), expected, "{what}");
        }
    }
}
