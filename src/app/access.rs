//! Looking at a contact and taking a list out: both are told by an event of who, what and when
//! (DOMAIN 1.1). Every answer is told, so a form key is not used up: asking again is looking again.

use super::{App, By, Failure, whole};
use crate::domain::customer::{Contact, Kept};
use crate::domain::ids::{ContactId, PersonId};
use crate::domain::policy::{self, Act, VisibleTo};
use crate::domain::privacy;
use crate::domain::workflow::{Case, Event};
use crate::store::access::{self, ExportRow};
use crate::store::customer_list::CustomerSearch;
use crate::store::events::{self, Stream};
use crate::store::{Tx, cases};

/// The most archives of one export; a longer list is narrowed first.
const MOST_EXPORTED: i64 = 50_000;

impl App {
    /// The contact with everything that is masked elsewhere.
    pub async fn show_contact(&self, by: &By<'_>, no: &str, id: ContactId) -> Result<Contact, Failure> {
        let now = self.clock.now();
        let seen = self.customer(by.actor, no).await?;
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        access::lock_customer(&mut tx, seen.customer.id).await?;
        let case = cases::of_customer(tx.conn(), seen.customer.id).await?.ok_or(Failure::NotFound)?;
        policy::may_on(by.actor, Act::SeeContacts, &case).map_err(Failure::Denied)?;
        let contact = case.customer.profile.contacts.into_iter().find(|c| c.id == id).ok_or(Failure::NotFound)?;
        let shown = Event::ContactShown { contact: id, name: contact.name.clone() };
        events::append(&mut tx, Stream::Customer(case.customer.id), &shown, Some(by.actor.id), now, by.request).await?;
        tx.commit().await?;
        Ok(contact)
    }

    /// The archive with the ways to all of its people, for a paper that names them; each look is told.
    pub async fn show_all_contacts(&self, by: &By<'_>, no: &str) -> Result<Case, Failure> {
        let now = self.clock.now();
        let seen = self.customer(by.actor, no).await?;
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        access::lock_customer(&mut tx, seen.customer.id).await?;
        let case = cases::of_customer(tx.conn(), seen.customer.id).await?.ok_or(Failure::NotFound)?;
        policy::may_on(by.actor, Act::SeeContacts, &case).map_err(Failure::Denied)?;
        for contact in case.customer.profile.active_contacts() {
            let shown = Event::ContactShown { contact: contact.id, name: contact.name.clone() };
            let stream = Stream::Customer(case.customer.id);
            events::append(&mut tx, stream, &shown, Some(by.actor.id), now, by.request).await?;
        }
        tx.commit().await?;
        Ok(case)
    }

    /// The rows of a list of customers, contacts masked for those who may not see them.
    pub async fn export_customers(
        &self,
        by: &By<'_>,
        text: Option<&str>,
        kept: Option<Kept>,
        filter: String,
    ) -> Result<Vec<ExportRow>, Failure> {
        let now = self.clock.now();
        policy::may(by.actor, Act::ExportCustomers, by.actor.id, by.actor.manager).map_err(Failure::Denied)?;
        let visible = policy::visible_customers(by.actor);
        if visible == VisibleTo::Nothing {
            return Err(Failure::NotFound);
        }
        let search = CustomerSearch {
            visible,
            contacts: policy::visible_contacts(by.actor),
            text,
            status: kept,
            before: None,
            limit: MOST_EXPORTED + 1,
        };
        // Read before the company's history is held: a long list keeps nobody waiting.
        let found = access::export(&mut *self.db.search().await?, &search).await?;
        let mut rows = whole(found, MOST_EXPORTED)?;
        let mut contacts_shown = 0;
        for row in &mut rows {
            let (owner, manager) = (PersonId(row.owner_id), row.owner_manager.map(PersonId));
            if policy::may(by.actor, Act::SeeContacts, owner, manager).is_ok() {
                contacts_shown += i64::from(row.contact.is_some());
            } else {
                row.mobile = row.mobile.as_deref().map(privacy::mobile);
                row.landline = row.landline.as_deref().map(privacy::landline);
                row.email = row.email.as_deref().map(privacy::email);
            }
        }
        let exported =
            Event::CustomersExported { rows: i64::try_from(rows.len()).unwrap_or(i64::MAX), contacts_shown, filter };
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        access::lock_company(&mut tx).await?;
        events::append(&mut tx, Stream::Company(uuid::Uuid::nil()), &exported, Some(by.actor.id), now, by.request)
            .await?;
        tx.commit().await?;
        Ok(rows)
    }
}
