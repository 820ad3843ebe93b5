//! Guards of step 2, the requirement confirmation (DOMAIN 1.2).
//!
//! As in `guards`: each looks at one thing, and what was typed is judged only once it was typed.

use super::action::Command;
use super::blocker::Blocker;
use super::case::Case;
use super::guards::{Ask, customer, when};
use crate::domain::calendar::truncated;
use crate::domain::feedback::FeedbackCategory;
use crate::domain::requirement::{LineKind, MatchKind, RequirementConfirmMethod, Special};
use crate::domain::staff::Department;
use rust_decimal::Decimal;

/// The phone alone is enough up to this amount, in yuan (DOMAIN 1.2).
pub const PHONE_LIMIT: Decimal = Decimal::from_parts(50_000, 0, 0, false, 0);

pub fn contact_named(ask: &Ask) -> Vec<Blocker> {
    let named = ask
        .case
        .requirement
        .as_ref()
        .and_then(|r| r.content.contact)
        .is_some_and(|id| customer(ask).profile.active_contacts().any(|c| c.id == id));
    when(!named, Blocker::ContactMissing)
}

pub fn lines_can_be_met(ask: &Ask) -> Vec<Blocker> {
    let Some(requirement) = &ask.case.requirement else { return vec![Blocker::RequirementMissing] };
    requirement
        .content
        .lines
        .iter()
        .enumerate()
        .filter(|(_, l)| l.match_kind == MatchKind::Cannot)
        .map(|(i, _)| Blocker::LineCannotBeMet { line: i + 1 })
        .collect()
}

/// A special requirement that is known before anybody asks the customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownSpecial {
    pub text: String,
    pub department: Department,
    /// The complaint it was learnt from; none for what the customer always asks for.
    pub complaint: Option<String>,
}

/// What the customer always asks for, and what earlier complaints taught (DOMAIN 1.2): the specials that
/// every requirement of this customer answers one by one.
pub fn known_specials(case: &Case) -> Vec<KnownSpecial> {
    let lessons = case.lessons.iter().filter(|l| l.is_lesson).map(|l| KnownSpecial {
        text: l.text.clone(),
        department: l.category.department(),
        complaint: Some(l.no.clone()),
    });
    let needs = case.customer.profile.needs().into_iter().map(|need| KnownSpecial {
        department: need.category.department(),
        text: need.text,
        complaint: None,
    });
    let mut known: Vec<KnownSpecial> = Vec::new();
    for one in lessons.chain(needs) {
        if !known.iter().any(|k| k.text == one.text) {
            known.push(one);
        }
    }
    known
}

/// The special requirements of the version, with those behind them that are known and were left out.
pub fn specials_to_tick(case: &Case) -> Vec<Special> {
    let Some(requirement) = &case.requirement else { return Vec::new() };
    let mut specials = requirement.content.specials.clone();
    for known in known_specials(case) {
        if !specials.iter().any(|s| s.text == known.text) {
            specials.push(Special { text: known.text, department: known.department, applies: None });
        }
    }
    specials
}

/// Each special requirement is ticked "applies" or "does not apply", and none that is known is left out.
pub fn specials_ticked(ask: &Ask) -> Vec<Blocker> {
    let open = specials_to_tick(ask.case).into_iter().filter(|s| s.applies.is_none());
    open.map(|s| Blocker::SpecialUnticked { text: s.text }).collect()
}

pub fn something_ticked(ask: &Ask) -> Vec<Blocker> {
    let Some(Command::TickSpecials { answers }) = ask.command else { return Vec::new() };
    let specials = specials_to_tick(ask.case);
    when(!answers.iter().any(|(text, _)| specials.iter().any(|s| s.text == *text)), Blocker::NothingEntered)
}

/// Every line of goods says its packaging while the customer has an unsettled packaging complaint.
pub fn packaging_named(ask: &Ask) -> Vec<Blocker> {
    let Some(complaint) = packaging_complaint(ask.case) else { return Vec::new() };
    ask.case
        .requirement
        .iter()
        .flat_map(|r| r.content.lines.iter().enumerate())
        .filter(|(_, line)| line.kind != LineKind::Service && line.packaging.is_none())
        .map(|(i, _)| Blocker::PackagingMissing { line: i + 1, no: complaint.to_owned() })
        .collect()
}

/// The packaging complaint that is open, or whose lesson is not standard yet.
pub fn packaging_complaint(case: &Case) -> Option<&str> {
    case.lessons.iter().find(|l| l.category == FeedbackCategory::Packaging).map(|l| l.no.as_str())
}

/// A custom line is made from a drawing or specification, not from words alone.
pub fn drawing_attached(ask: &Ask) -> Vec<Blocker> {
    let missing = ask.case.requirement.as_ref().and_then(|r| r.content.custom_line_without_drawing());
    missing.map(|line| Blocker::DrawingMissing { line }).into_iter().collect()
}

/// Who confirms is somebody who works for the customer.
pub fn confirmed_by_contact(ask: &Ask) -> Vec<Blocker> {
    let Some(Command::ConfirmRequirement { contact, .. }) = ask.command else { return Vec::new() };
    when(!customer(ask).profile.active_contacts().any(|c| c.name == *contact), Blocker::ConfirmContactUnknown)
}

/// What the customer would pay at most, as far as is known: the budget, else the priced total.
fn amount_at_stake(case: &Case) -> Option<Decimal> {
    let content = &case.requirement.as_ref()?.content;
    // A lower bound above the limit says enough.
    content.budget_to.or(content.budget_from.filter(|from| *from > PHONE_LIMIT)).or(case.route_facts.policy_total)
}

pub fn requirement_evidence(ask: &Ask) -> Vec<Blocker> {
    let Some(Command::ConfirmRequirement { method, file, at, .. }) = ask.command else { return Vec::new() };
    let mut out = when(*at > ask.now, Blocker::InTheFuture);
    // People type whole minutes.
    let sent_at = ask.case.requirement.as_ref().and_then(|r| r.sent_at).map(truncated);
    out.extend(when(sent_at.is_some_and(|sent| *at < sent), Blocker::ConfirmedBeforeSent));
    if *method == RequirementConfirmMethod::Phone {
        let small = amount_at_stake(ask.case).is_some_and(|amount| amount <= PHONE_LIMIT);
        let urgent = ask.case.deal.as_ref().is_some_and(|d| d.urgency.is_some());
        out.extend(when(!small && !urgent && file.is_none(), Blocker::PhoneNotAllowed { budget_limit: PHONE_LIMIT }));
    } else {
        out.extend(when(file.is_none(), Blocker::EvidenceMissing));
    }
    out
}

pub fn file_owed(ask: &Ask) -> Vec<Blocker> {
    let owed = ask
        .case
        .requirement
        .as_ref()
        .and_then(|r| r.confirmation.as_ref())
        .is_some_and(|c| c.file_owed_by.is_some() && c.file.is_none());
    when(!owed, Blocker::NoFileOwed)
}
