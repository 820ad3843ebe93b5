//! The contacts of the registration form, one row each (DOMAIN 1.1 C): exactly one active primary,
//! and primary and backup are two different people.

use super::Reading;
use crate::domain::customer::{Contact, ContactRank, ContactRole, CustomerProfile, PreferredChannel};
use crate::domain::email::Email;
use crate::domain::ids::ContactId;
use crate::domain::input::{self, Flaw};
use crate::domain::phone::Landline;
use crate::web::check::{Checker, Row};
use crate::web::form::{FormView, Submitted};
use uuid::Uuid;

/// The most contacts one archive keeps.
pub const MAX_CONTACTS: usize = 25;
/// The fields of a contact's row, in the order of the form; the last one is never blank.
pub const CONTACT_FIELDS: [&str; 10] =
    ["name", "title", "rank", "roles", "mobile", "landline", "email", "wechat", "preferred_channel", "is_active"];

pub(super) fn fill(view: &mut FormView, p: &CustomerProfile) {
    for c in &p.contacts {
        let or_blank = |value: &Option<String>| value.clone().unwrap_or_default();
        view.push("contact_id", c.id.to_string());
        view.push("name", c.name.as_str());
        view.push("title", c.title.as_str());
        view.push("rank", c.rank.code());
        view.push("roles", roles_code(&c.roles));
        view.push("mobile", or_blank(&c.mobile));
        view.push("landline", or_blank(&c.landline));
        view.push("email", or_blank(&c.email));
        view.push("wechat", or_blank(&c.wechat));
        view.push("preferred_channel", c.preferred_channel.map_or("", PreferredChannel::code));
        view.push("is_active", if c.is_active { "yes" } else { "no" });
    }
}

/// A set of roles as one choice: codes in fixed order, joined by commas.
pub fn roles_code(roles: &[ContactRole]) -> String {
    ContactRole::ALL.iter().filter(|r| roles.contains(r)).map(|r| r.code()).collect::<Vec<_>>().join(",")
}

fn roles(raw: &str) -> Result<Vec<ContactRole>, Flaw> {
    let wanted: Vec<ContactRole> = raw
        .split(',')
        .map(|code| ContactRole::parse(code.trim()).ok_or(Flaw::UnknownChoice))
        .collect::<Result<_, _>>()?;
    Ok(ContactRole::ALL.iter().copied().filter(|role| wanted.contains(role)).collect())
}

/// A row that was emptied leaves the archive; somebody who left the company stays, marked as such.
pub(super) fn read(c: &mut Checker, form: &Submitted, reading: &Reading) -> Vec<Contact> {
    let stored = &reading.customer.profile.contacts;
    let ids = form.values("contact_id");
    let active = form.values("is_active");
    // Whether somebody is active is always answered, so it does not make a row.
    let rows = c.rows(&CONTACT_FIELDS[..CONTACT_FIELDS.len() - 1]);
    let mut read: Vec<(Row, Contact)> = Vec::new();
    for row in rows {
        let known = ids
            .get(row.index)
            .and_then(|raw| Uuid::parse_str(raw).ok())
            .map(ContactId)
            .filter(|id| stored.iter().any(|s| s.id == *id) && !read.iter().any(|(_, other)| other.id == *id));
        let id = known.unwrap_or_else(|| ContactId((reading.new_id)()));
        let is_active = match active.get(row.index).map(|raw| raw.trim()) {
            None | Some("" | "yes") => true,
            Some("no") => false,
            Some(_) => {
                c.fail(&row.field("is_active"), Flaw::UnknownChoice);
                true
            }
        };
        if let Some(contact) = contact(c, &row, id) {
            read.push((row, Contact { is_active, ..contact }));
        }
    }
    if read.len() > MAX_CONTACTS {
        c.fail("contacts", Flaw::TooManyRows { max: MAX_CONTACTS });
    }
    for (i, (row, one)) in read.iter().enumerate().filter(|(_, (_, one))| one.is_active) {
        let before = || read[..i].iter().filter(|(_, other)| other.is_active);
        if one.rank == ContactRank::Primary && before().any(|(_, other)| other.rank == ContactRank::Primary) {
            c.fail(&row.field("rank"), Flaw::NotUnique);
        }
        for (_, other) in before().filter(|(_, other)| other.rank != one.rank) {
            if one.name == other.name {
                c.fail(&row.field("name"), Flaw::SamePerson);
            } else if one.shares_phone(other) {
                c.fail(&row.field(if one.mobile.is_some() { "mobile" } else { "landline" }), Flaw::SamePerson);
            }
        }
    }
    read.into_iter().map(|(_, contact)| contact).collect()
}

fn contact(c: &mut Checker, row: &Row, id: ContactId) -> Option<Contact> {
    let name = c.cell(row, "name", input::person_name);
    let title = c.cell(row, "title", |raw| input::text(raw, 2, 30));
    let rank = c.cell(row, "rank", |raw| ContactRank::parse(raw).ok_or(Flaw::UnknownChoice));
    let roles = c.cell(row, "roles", roles);
    let landline = c.optional_cell(row, "landline", |raw| Landline::parse(raw).map(|l| l.as_str().to_owned()));
    let mobile = if row.value("landline").trim().is_empty() {
        c.cell(row, "mobile", super::mobile)
    } else {
        c.optional_cell(row, "mobile", super::mobile)
    };
    let address = |raw: &str| Email::parse(raw).map(|e| e.as_str().to_owned());
    let email = if rank == Some(ContactRank::Primary) {
        c.cell(row, "email", address)
    } else {
        c.optional_cell(row, "email", address)
    };
    let wechat = c.optional_cell(row, "wechat", |raw| input::text(raw, 1, 40));
    let preferred_channel =
        c.optional_cell(row, "preferred_channel", |raw| PreferredChannel::parse(raw).ok_or(Flaw::UnknownChoice));
    Some(Contact {
        id,
        name: name?,
        title: title?,
        rank: rank?,
        roles: roles?,
        mobile,
        landline,
        email,
        wechat,
        preferred_channel,
        is_active: true,
    })
}
