//! Accounts as the administrator and the command line look after them: who there is, in which roles, and who
//! may no longer sign in.

use super::act::{FormState, take_key};
use super::people::digest;
use super::reset::LINK_HOLDS;
use super::{App, By, Failure};
use crate::domain::account::{Account, AccountFlaw, flaws};
use crate::domain::ids::PersonId;
use crate::domain::message::ServiceEvent;
use crate::domain::policy::{self, Act};
use crate::domain::round::Colleague;
use crate::store::people::{self, Person};
use crate::store::{Tx, events, reset_links, sessions};

/// How adding a person ended.
#[derive(Debug, PartialEq, Eq)]
pub enum AccountAdded {
    /// The token of the link by which the person chooses a password; told once.
    Yes {
        token: String,
    },
    /// The same form was sent before.
    Before,
    LoginTaken,
    Refused(Vec<AccountFlaw>),
}

/// How changing an account ended.
#[derive(Debug, PartialEq, Eq)]
pub enum AccountChanged {
    Yes,
    /// The same form was sent before.
    Before,
    /// Somebody else changed the account since the page was opened.
    Meanwhile,
    Refused(Vec<AccountFlaw>),
}

/// Everybody, locked until the transaction ends, and what speaks against the account among them.
async fn judged(
    tx: &mut Tx,
    new: &Account,
    of: Option<PersonId>,
    by: &By<'_>,
) -> Result<(Vec<Person>, Vec<AccountFlaw>), Failure> {
    people::lock_all(tx).await?;
    let everybody = people::all(tx.conn()).await?;
    may_keep(by, &everybody)?;
    let owners = people::owners(tx.conn()).await?;
    let colleagues: Vec<Colleague> = everybody.iter().map(Person::colleague).collect();
    let flaws = flaws(new, of, by.actor.id, &colleagues, &owners);
    Ok((everybody, flaws))
}

/// Whoever keeps people may do so still, whatever happened while others were waited for.
fn may_keep(by: &By<'_>, everybody: &[Person]) -> Result<(), Failure> {
    let keeper = everybody.iter().find(|p| p.id == by.actor.id && p.is_active).ok_or(Failure::NotFound)?.actor();
    policy::may(&keeper, Act::KeepPeople, keeper.id, keeper.manager).map_err(Failure::Denied)
}

/// The names of the fields that differ.
fn changed(old: &Account, new: &Account) -> Vec<String> {
    [
        ("name", old.name != new.name),
        ("name_en", old.name_en != new.name_en),
        ("department", old.department != new.department),
        ("roles", old.roles != new.roles),
        ("manager", old.manager != new.manager),
        ("phone", old.phone != new.phone),
        ("is_active", old.is_active != new.is_active),
    ]
    .into_iter()
    .filter(|(_, differs)| *differs)
    .map(|(field, _)| field.to_owned())
    .collect()
}

impl App {
    /// Everybody, in the order in which they were added.
    pub async fn everybody(&self) -> Result<Vec<Person>, Failure> {
        let mut conn = self.db.read().await?;
        Ok(people::all(&mut conn).await?)
    }

    /// Ends every session of the person and refuses further sign-ins; what they did stays.
    pub async fn deactivate(&self, login: &str) -> Result<(), Failure> {
        let id = self.person(login).await?.ok_or(Failure::NotFound)?.id;
        let mut tx = Tx::begin(&self.db, None).await?;
        people::set_active(&mut tx, id, false).await?;
        Ok(tx.commit().await?)
    }

    /// Adds a person with a link to choose the password; whoever adds them never knows it.
    pub async fn add_account(&self, by: &By<'_>, login: &str, new: &Account) -> Result<AccountAdded, Failure> {
        policy::may(by.actor, Act::KeepPeople, by.actor.id, by.actor.manager).map_err(Failure::Denied)?;
        let now = self.clock.now();
        let password_hash = self.hash_password(&hex::encode(self.ids.secret())).await?;
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(_) = take_key(&mut tx, by, now).await? {
            return Ok(AccountAdded::Before);
        }
        let (everybody, flaws) = judged(&mut tx, new, None, by).await?;
        if everybody.iter().any(|p| p.login == login) {
            return Ok(AccountAdded::LoginTaken);
        }
        if !flaws.is_empty() {
            return Ok(AccountAdded::Refused(flaws));
        }
        let person = Person::of(PersonId(self.ids.next()), login, new, password_hash);
        people::add(&mut tx, &person, now).await?;
        let token = hex::encode(self.ids.secret());
        reset_links::add(&mut tx, &digest(&token), (person.id, by.actor.id), now, now + LINK_HOLDS).await?;
        let event =
            ServiceEvent::PersonAdded { person: person.id.0, login: login.to_owned(), roles: new.roles.clone() };
        events::append_service(&mut tx, person.id.0, &event, by.actor.id, now, by.request).await?;
        tx.commit().await?;
        Ok(AccountAdded::Yes { token })
    }

    /// Changes an account that is still as `seen`. Whoever may do other things now, or nothing any more, signs in
    /// anew; an attempt to change one's own rights is refused and kept in the history.
    pub async fn change_account(
        &self,
        by: &By<'_>,
        person: PersonId,
        seen: &Account,
        new: &Account,
    ) -> Result<AccountChanged, Failure> {
        policy::may(by.actor, Act::KeepPeople, by.actor.id, by.actor.manager).map_err(Failure::Denied)?;
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(_) = take_key(&mut tx, by, now).await? {
            return Ok(AccountChanged::Before);
        }
        let (everybody, flaws) = judged(&mut tx, new, Some(person), by).await?;
        let old = everybody.iter().find(|p| p.id == person).ok_or(Failure::NotFound)?.account();
        if old != *seen {
            return Ok(AccountChanged::Meanwhile);
        }
        if !flaws.is_empty() {
            if flaws.contains(&AccountFlaw::OwnRights) {
                let event = ServiceEvent::OwnRightsRefused { person: person.0, roles: new.roles.clone() };
                events::append_service(&mut tx, person.0, &event, by.actor.id, now, by.request).await?;
                tx.commit().await?;
            }
            return Ok(AccountChanged::Refused(flaws));
        }
        let fields = changed(&old, new);
        if fields.is_empty() {
            return Ok(AccountChanged::Yes);
        }
        people::set_account(&mut tx, person, new).await?;
        if old.roles != new.roles || !new.is_active {
            sessions::end_all(&mut tx, person, None).await?;
            reset_links::forget(&mut tx, person, now).await?;
        }
        let id = |manager: Option<PersonId>| manager.map(|m| m.0);
        let event = ServiceEvent::PersonChanged {
            person: person.0,
            fields,
            roles: (old.roles != new.roles).then(|| (old.roles.clone(), new.roles.clone())),
            manager: (old.manager != new.manager).then(|| (id(old.manager), id(new.manager))),
            is_active: (old.is_active != new.is_active).then_some(new.is_active),
        };
        events::append_service(&mut tx, person.0, &event, by.actor.id, now, by.request).await?;
        tx.commit().await?;
        Ok(AccountChanged::Yes)
    }
}
