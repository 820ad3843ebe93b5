//! The pages of settings in the order of the tabs, with who is led to each.

use crate::domain::policy::{self, Act};
use crate::domain::staff::Actor;
use crate::web::{Problem, SignedIn, problem};
use crate::wording::Lang;

/// A page of settings.
pub(super) struct Place {
    pub href: &'static str,
    /// Any of these opens it.
    pub acts: &'static [Act],
    pub label: fn(Lang) -> &'static str,
    /// What is found there, for the overview.
    pub text: fn(Lang) -> &'static str,
}

pub(super) const PEOPLE: Place = Place {
    href: "/settings/people",
    acts: &[Act::SeeAudit],
    label: Lang::settings_people,
    text: Lang::settings_people_text,
};
pub(super) const CONTRACT: Place = Place {
    href: "/settings/contract",
    acts: &[Act::DraftClauses, Act::PublishClauses],
    label: Lang::contract_title,
    text: Lang::contract_note,
};
pub(super) const HISTORY: Place = Place {
    href: "/settings/history",
    acts: &[Act::SeeAudit],
    label: Lang::settings_audit,
    text: Lang::settings_audit_text,
};
pub(super) const ACCESS: Place =
    Place { href: "/settings/access-log", acts: &[Act::SeeAudit], label: Lang::access_title, text: Lang::access_text };

pub(super) const LIMITS: Place =
    Place { href: "/settings/limits", acts: &[Act::SeeRules], label: Lang::rules_title, text: Lang::rules_note };

pub(super) const CALENDAR: Place = Place {
    href: "/settings/calendar",
    acts: &[Act::SeeRules],
    label: Lang::calendar_title,
    text: Lang::calendar_note,
};

pub(super) const CHANNELS: Place = Place {
    href: "/settings/channels",
    acts: &[Act::KeepService, Act::SeeAudit],
    label: Lang::channels_title,
    text: Lang::channels_text,
};
pub(super) const COMPANY: Place = Place {
    href: "/settings/company",
    acts: &[Act::KeepService, Act::SeeAudit],
    label: Lang::company_title,
    text: Lang::company_text,
};
pub(super) const SESSIONS: Place = Place {
    href: "/settings/sessions",
    acts: &[Act::KeepService, Act::SeeAudit],
    label: Lang::sessions_title,
    text: Lang::sessions_text,
};
pub(super) const SERVICE: Place = Place {
    href: "/settings/service",
    acts: &[Act::KeepService, Act::SeeAudit],
    label: Lang::service_title,
    text: Lang::service_text,
};

pub(super) const LINKS: Place = Place {
    href: "/settings/links",
    acts: &[Act::SeeLinks],
    label: Lang::live_links_title,
    text: Lang::live_links_text,
};

const PLACES: &[&Place] =
    &[&PEOPLE, &LIMITS, &CALENDAR, &SESSIONS, &COMPANY, &CONTRACT, &CHANNELS, &LINKS, &SERVICE, &HISTORY, &ACCESS];

/// One way from page to page.
pub struct Tab {
    pub label: &'static str,
    pub text: &'static str,
    pub href: &'static str,
    pub is_current: bool,
}

impl Place {
    fn leads(&self, actor: &Actor) -> bool {
        self.acts.iter().any(|act| policy::may_ever(actor, *act))
    }

    /// Refuses whoever is not led here, and says who is.
    pub fn open(&self, who: &SignedIn) -> Result<(), Problem> {
        if self.leads(&who.actor) {
            return Ok(());
        }
        let roles: Vec<_> =
            self.acts.iter().flat_map(|act| policy::grants(*act).iter().map(|(role, _)| *role)).collect();
        Err(problem::denied_to(&roles))
    }

    /// The tabs of this page.
    pub fn tabs(&self, who: &SignedIn) -> Vec<Tab> {
        tabs(who, self.href)
    }
}

/// The pages this reader is led to; `current` is the one that is open.
pub(super) fn tabs(who: &SignedIn, current: &str) -> Vec<Tab> {
    let t = who.t();
    PLACES
        .iter()
        .filter(|place| place.leads(&who.actor))
        .map(|place| Tab {
            label: (place.label)(t),
            text: (place.text)(t),
            href: place.href,
            is_current: place.href == current,
        })
        .collect()
}

/// Whether any page of settings is this person's to open.
pub fn is_led_here(actor: &Actor) -> bool {
    PLACES.iter().any(|place| place.leads(actor))
}
