//! The answers of the customer's last requirement, offered beside each field of a new one.
//!
//! The one rule: nothing is filled in by itself; a person takes over one answer at a time, and only
//! from a deal that they may see.

use super::{form, sheet};
use crate::domain::customer::Customer;
use crate::domain::policy;
use crate::domain::requirement::RequirementContent;
use crate::domain::staff::Actor;
use crate::domain::workflow::Case;
use crate::store::{cases, requirements};
use crate::web::form::{FormView, Submitted};
use crate::web::{Problem, Web};
use crate::wording::Lang;

/// Fields that can be taken over, by the name of their control, with the code of what they say.
const TAKEN: [(&str, &str); 14] = [
    ("contact_id", "contact"),
    ("channel", "channel"),
    ("purpose", "purpose"),
    ("budget_from", "budget_from"),
    ("budget_to", "budget_to"),
    ("ship_address", "ship_address"),
    ("ship_receiver", "ship_receiver"),
    ("ship_phone", "ship_phone"),
    ("delivery_mode", "delivery_mode"),
    ("partial_allowed", "partial_allowed"),
    ("payment_wish", "payment_wish"),
    ("invoice_need", "invoice_need"),
    ("warranty", "warranty"),
    ("acceptance", "acceptance"),
];

/// The last confirmed requirement of another deal of this customer.
pub struct Last {
    pub deal_no: String,
    content: RequirementContent,
}

/// What the order said that this deal repeats, else the customer's last confirmed requirement.
pub async fn of(web: &Web, actor: &Actor, case: &Case) -> Result<Option<Last>, Problem> {
    let Some(deal) = &case.deal else { return Ok(None) };
    if let Some(repeated) = repeated(web, actor, case).await? {
        return Ok(Some(repeated));
    }
    let mut conn = web.app().db.read().await?;
    let Some((id, version_no)) = requirements::last_confirmed(&mut conn, case.customer.id, deal.id).await? else {
        return Ok(None);
    };
    let Some(other) =
        cases::of_deal(&mut conn, id, web.app().clock.now()).await?.filter(|other| policy::sees_deal(actor, other))
    else {
        return Ok(None);
    };
    let requirement = cases::requirement_version(&mut conn, id, version_no).await?;
    Ok(requirement.zip(other.deal).map(|(r, d)| Last { deal_no: d.no, content: r.content }))
}

/// The requirement of the order that this deal repeats.
pub async fn repeated(web: &Web, actor: &Actor, case: &Case) -> Result<Option<Last>, Problem> {
    let Some(deal) = &case.deal else { return Ok(None) };
    let Some(other) = web.app().repeated_by(actor, deal.id).await? else { return Ok(None) };
    Ok(other.requirement.zip(other.deal).map(|(r, d)| Last { deal_no: d.no, content: r.content }))
}

impl Last {
    /// The form of a deal that repeats this one.
    pub fn carried(&self, case: &Case) -> FormView {
        form::carried(case, &self.content)
    }

    fn can_be_taken(&self, customer: &Customer, field: &str) -> bool {
        field != "contact_id" || customer.profile.active_contacts().any(|c| Some(c.id) == self.content.contact)
    }

    /// What was said for each field, where something was said: the control's name and the words.
    pub fn answers(&self, t: Lang, actor: &Actor, case: &Case) -> Vec<(&'static str, String)> {
        TAKEN
            .iter()
            .filter(|(name, _)| self.can_be_taken(&case.customer, name))
            .filter_map(|(name, field)| Some((*name, sheet::shown(t, actor, case, &self.content, field)?)))
            .filter(|(_, words)| !words.is_empty())
            .collect()
    }

    /// The form with one answer taken over; an unknown field changes nothing.
    pub fn taken(&self, typed: &Submitted, customer: &Customer, field: &str) -> Submitted {
        let mut out = typed.clone();
        if TAKEN.iter().any(|(name, _)| *name == field) && self.can_be_taken(customer, field) {
            let stored = form::stored(&self.content);
            out.values.retain(|(name, _)| name != field);
            out.values.push((field.to_owned(), stored.value(field).to_owned()));
        }
        out
    }
}
