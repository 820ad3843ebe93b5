//! The acts on an archive beside its form: the manager's words, marks, owner and grade. Each is a
//! small form with its reason, shown only to those who may and only while it is possible.

use super::customer_form::Wrong;
use crate::domain::credit_code::CreditCode;
use crate::domain::customer::{Grade, Mark};
use crate::domain::ids::{DealId, PersonId};
use crate::domain::input::Flaw;
use crate::domain::policy;
use crate::domain::workflow::{Action, Case, Command, Offer};
use crate::store::lists::{self, DealFilter};
use crate::store::people;
use crate::web::check::Checker;
use crate::web::form::{Choice, Submitted};
use crate::web::page::name_in;
use crate::web::{Problem, SignedIn, Web};

/// Characters of a reason: at least and at most.
const REASON: (usize, usize) = (5, 500);

/// An act that asks for nothing but a text.
pub struct ReasonForm {
    /// The last part of its address.
    pub verb: String,
    pub label: &'static str,
    pub field: String,
    pub kind: &'static str,
}

pub struct OwnerForm {
    pub people: Vec<Choice>,
    pub deals: Vec<Choice>,
}

/// What this person could do with the archive now; templates reach it as `view.manage`.
pub struct Manage {
    pub reasons: Vec<ReasonForm>,
    pub override_code: Option<()>,
    pub grades: Option<Vec<Choice>>,
    pub owner: Option<OwnerForm>,
    /// The manager's words that stand.
    pub words: Vec<String>,
}

impl Manage {
    pub fn is_empty(&self) -> bool {
        self.reasons.is_empty() && self.override_code.is_none() && self.grades.is_none() && self.owner.is_none()
    }
}

/// The acts that ask for a reason only, with the tone of their button.
const WITH_REASON: [(Action, &str); 7] = [
    (Action::NoteRegistry, ""),
    (Action::HoldCredit, "danger"),
    (Action::ReleaseCredit, ""),
    (Action::Blacklist, "danger"),
    (Action::LiftBlacklist, ""),
    (Action::DeactivateCustomer, "danger"),
    (Action::ReactivateCustomer, ""),
];

fn verb(action: Action) -> String {
    action.code().replace('_', "-")
}

/// The act at an address.
pub fn action_at(wanted: &str) -> Option<Action> {
    WITH_REASON
        .iter()
        .map(|(action, _)| *action)
        .chain([Action::OverrideCode, Action::ChangeOwner, Action::SetGrade])
        .find(|action| verb(*action) == wanted)
}

fn reason_field(action: Action) -> String {
    if action == Action::NoteRegistry { "registry_note".to_owned() } else { format!("{}_reason", action.code()) }
}

pub async fn of(web: &Web, who: &SignedIn, case: &Case, offers: &[Offer]) -> Result<Manage, Problem> {
    let t = who.t();
    let ready = |action: Action| offers.iter().any(|o| o.action == action && o.is_ready());
    let reasons = WITH_REASON
        .iter()
        .filter(|(action, _)| ready(*action))
        .map(|(action, kind)| ReasonForm {
            verb: verb(*action),
            label: t.action(*action),
            field: reason_field(*action),
            kind,
        })
        .collect();
    let mut words = Vec::new();
    let c = &case.customer;
    if policy::sees_customer(&who.actor, case) {
        let mut conn = web.app().db.read().await?;
        for (word, is_code) in [(&c.code_override, true), (&c.registry_note, false)] {
            let Some(word) = word else { continue };
            let by = people::by_id(&mut conn, word.by).await?;
            let by = by.map(|p| name_in(t, &p.name, &p.name_en)).unwrap_or_default();
            let when = t.moment_full(word.at);
            words.push(if is_code {
                t.archive_word_code(&word.text, when, by)
            } else {
                t.archive_word_registry(&word.text, when, by)
            });
        }
    }
    let owner = if ready(Action::ChangeOwner) {
        let candidates = web.app().possible_owners().await?;
        let filter = DealFilter { customer: Some(c.id), status: Some("open".to_owned()), ..DealFilter::default() };
        let mut conn = web.app().db.read().await?;
        let deals = lists::deals(&mut conn, policy::visible_deals(&who.actor), &filter, 50).await?;
        Some(OwnerForm {
            people: candidates
                .iter()
                .filter(|p| p.id != c.owner)
                .map(|p| Choice::new(p.login.as_str(), name_in(t, &p.name, &p.name_en)))
                .collect(),
            deals: deals
                .into_iter()
                .map(|d| {
                    let label = format!("{} {} · {}", d.no, d.title, name_in(t, &d.owner_name, &d.owner_name_en));
                    Choice::new(d.no, label)
                })
                .collect(),
        })
    } else {
        None
    };
    let grades = || {
        Grade::ALL
            .iter()
            .filter(|grade| **grade != c.grade)
            .map(|grade| Choice::new(grade.code(), t.grade(*grade)))
            .collect()
    };
    Ok(Manage {
        reasons,
        override_code: ready(Action::OverrideCode).then_some(()),
        grades: ready(Action::SetGrade).then(grades),
        owner,
        words,
    })
}

/// Reads the form of one of these acts; `None` when the checker has noted what is wrong.
pub async fn command(
    web: &Web,
    who: &SignedIn,
    case: &Case,
    action: Action,
    form: &Submitted,
    check: &mut Checker<'_>,
) -> Result<Option<Command>, Problem> {
    let reason = check.long_text(&reason_field(action), REASON.0, REASON.1);
    let mark = |mark: Mark| reason.clone().map(|reason| Command::Mark { mark, reason });
    let unmark = |mark: Mark| reason.clone().map(|reason| Command::Unmark { mark, reason });
    Ok(match action {
        Action::NoteRegistry => reason.map(|note| Command::NoteRegistry { note }),
        Action::HoldCredit => mark(Mark::CreditHold),
        Action::Blacklist => mark(Mark::Blacklisted),
        Action::DeactivateCustomer => mark(Mark::Inactive),
        Action::ReleaseCredit => unmark(Mark::CreditHold),
        Action::LiftBlacklist => unmark(Mark::Blacklisted),
        Action::ReactivateCustomer => unmark(Mark::Inactive),
        Action::OverrideCode => {
            let code = check.required("override_code", |raw| CreditCode::parse_despite_check(raw).map_err(Flaw::Code));
            code.zip(reason).map(|(code, reason)| Command::OverrideCode { code, reason })
        }
        Action::SetGrade => {
            let grade = check.choice("new_grade", Grade::parse);
            grade.zip(reason).map(|(grade, reason)| Command::SetGrade { grade, reason })
        }
        Action::ChangeOwner => {
            let people = web.app().possible_owners().await?;
            let to: Option<(PersonId, String)> = check
                .choice("new_owner", |login| people.iter().find(|p| p.login == login).map(|p| (p.id, p.name.clone())));
            let deals = chosen_deals(web, who, case, form).await?;
            if deals.is_none() {
                check.fail("move_deals", Flaw::UnknownChoice);
            }
            match (to, reason, deals) {
                (Some((to, name)), Some(reason), Some(deals)) => Some(Command::ChangeOwner { to, name, deals, reason }),
                _ => None,
            }
        }
        _ => None,
    })
}

/// The open deals that were ticked; `None` when one of them is not an open deal of this customer.
async fn chosen_deals(
    web: &Web,
    who: &SignedIn,
    case: &Case,
    form: &Submitted,
) -> Result<Option<Vec<DealId>>, Problem> {
    let wanted = form.values("move_deals");
    if wanted.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let filter =
        DealFilter { customer: Some(case.customer.id), status: Some("open".to_owned()), ..DealFilter::default() };
    let mut conn = web.app().db.read().await?;
    let open = lists::deals(&mut conn, policy::visible_deals(&who.actor), &filter, 50).await?;
    Ok(wanted.into_iter().map(|no| open.iter().find(|d| d.no == no).map(|d| DealId(d.id))).collect())
}

/// A reason for changing key fields of an archived customer, when one is needed.
pub fn change_reason(form: &Submitted) -> Result<String, Wrong> {
    let raw = form.value("change_reason");
    if raw.trim().is_empty() {
        return Err(Wrong::Flaw(Flaw::Required));
    }
    crate::domain::input::long_text(raw, REASON.0, REASON.1).map_err(Wrong::Flaw)
}
