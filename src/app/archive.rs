//! What a command on an archive needs around it: the one archive of a credit code, the deals that
//! follow a new owner, and the people who must hear of a change.

use super::{App, Failure};
use crate::domain::credit_code::CreditCode;
use crate::domain::customer::CustomerStatus;
use crate::domain::ids::{CustomerId, DealId, PersonId};
use crate::domain::quote::QuoteStatus;
use crate::domain::staff::{Actor, Role};
use crate::domain::workflow::{Action, Blocker, Case, Command, Event};
use crate::domain::{company_name, policy};
use crate::store::archive::{self, Holder};
use crate::store::notices::{self, NewNotice};
use crate::store::{Tx, cases, people};
use chrono::{DateTime, Utc};

/// The notice that an archive waits for the customer's word again.
pub const REOPENED: &str = "archive_reopened";

/// The archive that holds a credit code, as far as the asker may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Only for those who may open it.
    pub no: Option<String>,
    /// Masked for the others.
    pub name: String,
    pub owner: String,
    pub owner_en: String,
}

impl Taken {
    fn of(actor: &Actor, holder: Holder, case: Option<&Case>) -> Self {
        let is_seen = case.is_some_and(|case| policy::sees_customer(actor, case));
        Self {
            name: if is_seen { holder.legal_name } else { company_name::masked(&holder.legal_name) },
            no: is_seen.then_some(holder.no),
            owner: holder.owner_name,
            owner_en: holder.owner_name_en,
        }
    }
}

impl App {
    /// Another archive with this credit code, whoever owns it.
    pub async fn code_taken(
        &self,
        actor: &Actor,
        code: &CreditCode,
        except: Option<CustomerId>,
    ) -> Result<Option<Taken>, Failure> {
        let mut conn = self.db.read().await?;
        let Some(holder) = archive::holder_of_code(&mut conn, code, except).await? else { return Ok(None) };
        let case = cases::of_customer(&mut conn, holder.customer).await?;
        Ok(Some(Taken::of(actor, holder, case.as_ref())))
    }

    /// The people who may own a customer of this team, for a new owner.
    pub async fn possible_owners(&self) -> Result<Vec<people::Person>, Failure> {
        let mut conn = self.db.read().await?;
        let all = people::all(&mut conn).await?;
        Ok(all.into_iter().filter(|p| p.is_active && policy::may_own_customers(&p.roles)).collect())
    }
}

/// The credit code that a command gives an archive.
pub(super) fn code_of(command: &Command) -> Option<&CreditCode> {
    match command {
        Command::SaveCustomer(profile) | Command::SaveCustomerBecause { profile, .. } => profile.uscc.as_ref(),
        Command::OverrideCode { code, .. } => Some(code),
        _ => None,
    }
}

/// One archive per legal entity, also when two people register it at the same moment.
pub(super) async fn must_be_free(tx: &mut Tx, actor: &Actor, code: &CreditCode, id: CustomerId) -> Result<(), Failure> {
    archive::lock_code(tx, code).await?;
    let Some(holder) = archive::holder_of_code(tx.conn(), code, Some(id)).await? else { return Ok(()) };
    let case = cases::of_customer(tx.conn(), holder.customer).await?;
    Err(Failure::DuplicateCode(Box::new(Taken::of(actor, holder, case.as_ref()))))
}

/// The deals that go to the new owner with what happens to each; refused when the person sells nothing.
pub(super) async fn deals_to_hand_over(
    tx: &mut Tx,
    case: &Case,
    command: &Command,
    open: &[DealId],
    now: DateTime<Utc>,
) -> Result<Vec<(Case, Event)>, Failure> {
    let Command::ChangeOwner { to, name, deals, reason } = command else { return Ok(Vec::new()) };
    let fit = people::by_id(tx.conn(), *to)
        .await?
        .is_some_and(|person| person.is_active && policy::may_own_customers(&person.roles));
    let mut blockers = if fit { Vec::new() } else { vec![Blocker::OwnerUnfit] };
    let mut out = Vec::new();
    for id in deals {
        if !open.contains(id) {
            return Err(Failure::NotFound);
        }
        let of_deal = cases::of_deal(tx.conn(), *id, now).await?.ok_or(Failure::NotFound)?;
        let Some(deal) = of_deal.deal.clone() else { continue };
        if of_deal.quote.as_ref().is_some_and(|q| q.status == QuoteStatus::Submitted) {
            blockers.push(Blocker::DealInApproval { no: deal.no });
        } else if deal.owner != *to {
            let (name, reason) = (name.clone(), reason.clone());
            out.push((of_deal, Event::DealHandedOver { from: deal.owner, to: *to, name, reason }));
        }
    }
    if blockers.is_empty() { Ok(out) } else { Err(Failure::Blocked { blockers, case: Box::new(case.clone()) }) }
}

/// Tells those whose work the change touches: owners of the customer and of its open deals, and of an
/// overridden code the directors.
pub(super) async fn tell(
    app: &App,
    tx: &mut Tx,
    before: &Case,
    command: &Command,
    actor: PersonId,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let c = &before.customer;
    let Some(after) = cases::of_customer(tx.conn(), c.id).await? else { return Ok(()) };
    let action = command.action();
    let is_reopened =
        c.status == CustomerStatus::Archived && after.customer.status == CustomerStatus::PendingConfirmation;
    let kind = if is_reopened { REOPENED } else { action.code() };
    let mut to: Vec<(PersonId, Option<DealId>)> = Vec::new();
    match action {
        Action::SaveCustomer | Action::AttachLicense if !is_reopened => return Ok(()),
        Action::OverrideCode => {
            let directors = notices::holders(tx, Role::SalesDirector, None).await?;
            to.extend(directors.into_iter().chain([c.owner]).map(|person| (person, None)));
        }
        Action::SaveCustomer
        | Action::AttachLicense
        | Action::Blacklist
        | Action::LiftBlacklist
        | Action::HoldCredit
        | Action::ReleaseCredit
        | Action::DeactivateCustomer
        | Action::ReactivateCustomer
        | Action::ChangeOwner => {
            let owners = archive::owners_of_open_deals(tx.conn(), c.id).await?;
            to.extend(owners.into_iter().map(|(person, deal)| (person, Some(deal))));
            to.extend([(c.owner, None), (after.customer.owner, None)]);
        }
        Action::SetGrade | Action::NoteRegistry | Action::ChangeCredit => to.push((c.owner, None)),
        _ => return Ok(()),
    }
    let mut told: Vec<PersonId> = vec![actor];
    for (recipient, deal) in to {
        if told.contains(&recipient) {
            continue;
        }
        // The former owner is told, and led nowhere: the archive is no longer theirs to open.
        let is_former = recipient == c.owner && recipient != after.customer.owner;
        told.push(recipient);
        let notice = NewNotice {
            id: app.ids.next(),
            dedupe_key: format!("customer:{}:{}:{kind}:{recipient}", c.id, after.customer.version),
            recipient,
            deal,
            customer: (deal.is_some() || !is_former).then_some(c.id),
            kind,
        };
        notices::tell(tx, &notice, now);
    }
    Ok(())
}
