//! Who may do what: the only file that mentions roles in a condition (DOMAIN 2.2, 2.3).
//!
//! `grants` is the whole permission matrix; `may` adds the separation of duties that depends on
//! the case. Lists are filtered by the `VisibleTo` that this file hands out.

mod deciding;
mod delivery;
mod feedback;
mod grants;
mod matrix;
mod reporting;
mod reviewing;
mod stops;
mod visible;

pub use deciding::{
    Capacity, answers_for_all, capacity, decides_by_role, heads, is_called_in, is_of_pool, kinds_of, lends_as_superior,
    may_answer, may_decide, may_delegate, may_give_back, may_sign_before, may_stand_in, pool, ranks_with, superior,
    vote_given, who_answer_for_all,
};
pub use delivery::{keeps_stage, may_close_exception};
pub use feedback::{may_close_feedback, opens_lesson, sees_feedback, visible_feedback};
pub use grants::grants;
pub use matrix::{acts, matrix};
pub use reporting::{ReportScope, is_by_node, report_scope, sees_figure};
pub use reviewing::{review_capacity, review_superior, reviewers};
pub use stops::{
    decides_stop, ends_hold, may_approve_change, may_decide as may_decide_stop, may_hold as may_hold_order,
    may_resume as may_resume_order, may_withdraw as may_withdraw_stop,
};
pub use visible::{
    DealFacts, VisibleTo, hears_of, is_on_deal, may_see_archive, opens_deal_file, reaches_all, sees_amount,
    sees_customer, sees_deal, visible_contacts, visible_customers, visible_deals, visible_links, works_on,
};

use super::ids::PersonId;
use super::staff::{Actor, Department, Role};
use super::workflow::{Action, Case, Command, is_about_customer, is_about_feedback};

/// How far a role's permission reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    Own,
    Team,
    All,
}

/// Something a permission can be given for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Act {
    Do(Action),
    OpenDeal,
    RegisterCustomer,
    SeeCustomer,
    SeeContacts,
    SeeDeal,
    SeePrices,
    SeeFloor,
    SeeStock,
    SeeOrders,
    SeeApprovals,
    /// How long every department takes.
    SeeDeadlines,
    SeeAudit,
    ImportCustomers,
    ExportCustomers,
    MergeCustomers,
    /// Whom the goods go to, with the phone.
    SeeShipTo,
    SeeFeedback,
    SeeLibrary,
    KeepProducts,
    DraftPrices,
    PublishPrices,
    /// Corrections of stock and stock-takes (DOMAIN 7.2).
    AdjustStock,
    /// Another order's reservation for an urgent one.
    TakeOverStock,
    /// Contract clauses: one person drafts, another publishes (DOMAIN 1.5).
    DraftClauses,
    PublishClauses,
    /// The company's numbers and calendars: the administrator drafts, director or general manager puts in force.
    SeeRules,
    DraftRules,
    PublishRules,
    /// Channels, company data, jobs, sessions: what the program itself needs.
    KeepService,
    /// Who works here, in which department and role.
    KeepPeople,
    SeeReports,
    /// Pages for the customer without an account.
    ShareLinks,
    /// All pages for customers that are open now, to see what leaves the house.
    SeeLinks,
}

/// The refusal: who could do it instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    pub who_may: Vec<Role>,
    pub why: DeniedWhy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeniedWhy {
    Role,
    /// The licence is verified by somebody other than the owner (2.3, rule 4).
    OwnCustomer,
    /// Nobody decides on a deal which they own or requested (2.3, rule 1).
    OwnDeal,
    /// Credit, receipts and invoices are apart from selling (2.3, rules 5 and 7).
    OwnSale,
    /// One person decides at most one node of a round (2.3, rule 2).
    DecidedBefore,
    /// The requirement is another department's to acknowledge.
    OtherDepartment,
    /// What one person drafted another puts in force.
    OwnDraft,
    /// A complaint is closed neither by the person it is about nor by the deal's owner (2.3, rule 9).
    OwnComplaint,
    /// Whoever picked does not check.
    OwnPicking,
    /// A severe exception is closed by management, not by its opener.
    SevereException,
    /// Somebody else of the pool has taken the node (3.3).
    ClaimedByAnother,
    /// The question or the signature was asked of another person (3.3).
    NotAsked,
}

use Reach::{All, Own, Team};
use Role::{
    Admin, Finance, GeneralManager, Logistics, Production, SalesAssistant, SalesDirector, SalesManager, SalesRep,
    Technical, Warehouse,
};

/// How the actor stands to the person who owns the customer or deal.
pub fn reaches(actor: &Actor, reach: Reach, owner: PersonId, owner_manager: Option<PersonId>) -> bool {
    match reach {
        Own => actor.id == owner,
        Team => {
            actor.id == owner
                || owner_manager == Some(actor.id)
                || (actor.manager.is_some() && actor.manager == owner_manager)
        }
        All => true,
    }
}

fn denied(act: Act, why: DeniedWhy) -> Denied {
    Denied { who_may: grants(act).iter().map(|(role, _)| *role).collect(), why }
}

/// May this person do or see this at all, whoever owns it? For menus and lists.
pub fn may_ever(actor: &Actor, act: Act) -> bool {
    grants(act).iter().any(|(role, _)| actor.has(*role))
}

/// May this person do or see this on something owned by `owner`?
pub fn may(actor: &Actor, act: Act, owner: PersonId, owner_manager: Option<PersonId>) -> Result<(), Denied> {
    if grants(act).iter().any(|(role, reach)| actor.has(*role) && reaches(actor, *reach, owner, owner_manager)) {
        Ok(())
    } else {
        Err(denied(act, DeniedWhy::Role))
    }
}

/// The deal's owner where there is a deal, the customer's owner otherwise.
pub fn may_on(actor: &Actor, act: Act, case: &Case) -> Result<(), Denied> {
    by_role(actor, act, case).or_else(|denied| if may_as_called_in(actor, act, case) { Ok(()) } else { Err(denied) })
}

/// Whoever a round called in sees the deal; a delegate sees of it what the delegator sees.
fn may_as_called_in(actor: &Actor, act: Act, case: &Case) -> bool {
    match act {
        Act::SeeDeal | Act::SeeApprovals | Act::SeeStock => is_called_in(actor, case),
        Act::SeePrices | Act::SeeFloor => deciding::mandate_here(actor, case).any(|of| by_role(of, act, case).is_ok()),
        _ => false,
    }
}

fn by_role(actor: &Actor, act: Act, case: &Case) -> Result<(), Denied> {
    let customer_side = match act {
        Act::SeeCustomer | Act::SeeContacts | Act::MergeCustomers => true,
        // What is said about a deal concerns its owner as well, whoever keeps the customer now.
        Act::Do(action) if is_about_feedback(action) => {
            let of_customer = may(actor, act, case.customer.owner, case.customer.owner_manager);
            let of_deal = case.deal.as_ref().map(|d| may(actor, act, d.owner, d.owner_manager));
            return if of_deal.is_some_and(|d| d.is_ok()) { Ok(()) } else { of_customer };
        }
        Act::Do(action) => is_about_customer(action),
        _ => false,
    };
    match &case.deal {
        Some(deal) if !customer_side => may(actor, act, deal.owner, deal.owner_manager),
        _ => may(actor, act, case.customer.owner, case.customer.owner_manager),
    }
}

/// Permission and separation of duties for one command (DOMAIN 2.3).
pub fn may_command(actor: &Actor, command: &Command, case: &Case) -> Result<(), Denied> {
    let act = Act::Do(command.action());
    may_separately(actor, act, case)?;
    match command {
        Command::DecideNode(verdict) => return may_decide(actor, verdict.node, case),
        Command::ClaimNode { node }
        | Command::HandOverNode { node, .. }
        | Command::AddSigner { node, .. }
        | Command::AskRep { node, .. }
        | Command::RecallCall { node } => return may_decide(actor, *node, case),
        Command::GiveBackNode { node } => return may_give_back(actor, *node, case),
        Command::ReviewAfterwards { review, .. } => {
            let Some(review) = case.post_review(*review) else { return may_on(actor, act, case) };
            return review_capacity(actor, review, case).map(|_| ());
        }
        Command::AnswerCall { node, .. } => return may_answer(actor, *node, case),
        _ => may_on(actor, act, case)?,
    }
    match command {
        Command::AcknowledgeSpecial { position } => {
            let department = case
                .order
                .as_ref()
                .and_then(|o| o.specials.iter().find(|s| s.position == *position))
                .map(|s| s.department);
            match department {
                Some(department) if !belongs_to(actor, department) => Err(denied(act, DeniedWhy::OtherDepartment)),
                _ => Ok(()),
            }
        }
        Command::GivePledge { department, .. } if !belongs_to(actor, *department) => {
            Err(denied(act, DeniedWhy::OtherDepartment))
        }
        Command::AcknowledgeChange { department, .. } => may_acknowledge_change(actor, *department, case),
        Command::KeepStage { .. } | Command::CheckPicking { .. } | Command::CloseException { .. } => {
            delivery::may_deliver(actor, command, case)
        }
        Command::ApproveChange { .. } => stops::may_approve_change(actor, case),
        Command::DecideStop { .. } => stops::may_decide(actor, case),
        Command::HoldOrder { reason, .. } => stops::may_hold(actor, *reason, case),
        Command::ResumeOrder { .. } => stops::may_resume(actor, case),
        Command::WithdrawStop => stops::may_withdraw(actor, case),
        _ => Ok(()),
    }
}

/// Each department speaks for itself; the loss is assessed by a manager who does not own the deal.
pub fn may_acknowledge_change(actor: &Actor, department: Department, case: &Case) -> Result<(), Denied> {
    let act = Act::Do(Action::AcknowledgeChange);
    may_on(actor, act, case)?;
    if department == Department::Sales && case.deal.as_ref().is_some_and(|d| d.owner == actor.id) {
        return Err(denied(act, DeniedWhy::OwnDeal));
    }
    if belongs_to(actor, department) { Ok(()) } else { Err(denied(act, DeniedWhy::OtherDepartment)) }
}

/// The departments that this person speaks for when a change asks them.
pub fn departments_of(actor: &Actor) -> Vec<Department> {
    Department::ALL
        .iter()
        .copied()
        .filter(|d| {
            belongs_to(actor, *d) && (*d != Department::Sales || actor.has(SalesManager) || actor.has(SalesDirector))
        })
        .collect()
}

/// Whose team's losses this person assesses; the director's are everybody's.
pub fn assesses_for(actor: &Actor) -> Option<PersonId> {
    (!actor.has(SalesDirector)).then_some(actor.id)
}

/// The part of the separation of duties that hangs on ownership alone.
pub fn may_separately(actor: &Actor, act: Act, case: &Case) -> Result<(), Denied> {
    match act {
        Act::Do(Action::VerifyLicense | Action::ReviewCustomer) if case.customer.owner == actor.id => {
            Err(denied(act, DeniedWhy::OwnCustomer))
        }
        Act::Do(
            Action::ChangeCredit
            | Action::HoldCredit
            | Action::ReleaseCredit
            | Action::RecordReceipt
            | Action::CorrectReceipt
            | Action::RecordInvoice
            | Action::RecordCreditNote,
        ) if may_ever(actor, act)
            && (case.customer.owner == actor.id || case.deal.as_ref().is_some_and(|d| d.owner == actor.id)) =>
        {
            Err(denied(act, DeniedWhy::OwnSale))
        }
        // Who sells does not lift the manager's no (DOMAIN 3.4).
        Act::Do(Action::ReopenQuoting) if case.deal.as_ref().is_some_and(|d| d.owner == actor.id) => {
            Err(denied(act, DeniedWhy::OwnDeal))
        }
        // Whoever sells does not ship (2.3, rule 8).
        Act::Do(Action::ArrangeShipment | Action::Ship | Action::HandOver)
            if case.deal.as_ref().is_some_and(|d| d.owner == actor.id) =>
        {
            Err(denied(act, DeniedWhy::OwnDeal))
        }
        Act::Do(Action::DecideNode | Action::ResolveObjection)
            if case.deal.as_ref().is_some_and(|d| d.owner == actor.id) =>
        {
            Err(denied(act, DeniedWhy::OwnDeal))
        }
        Act::Do(Action::ReturnFeedback | Action::CloseFeedback | Action::DismissFeedback | Action::CloseLesson) => {
            may_close_feedback(actor, act, case)
        }
        _ => Ok(()),
    }
}

/// May this person do this to the price library, which nobody owns?
pub fn may_in_library(actor: &Actor, act: Act) -> Result<(), Denied> {
    if may_ever(actor, act) { Ok(()) } else { Err(denied(act, DeniedWhy::Role)) }
}

/// May this person publish prices that `drafted_by` drafted (DOMAIN 2.3, rule 6)?
pub fn may_publish(actor: &Actor, drafted_by: PersonId) -> Result<(), Denied> {
    may_put_in_force(actor, Act::PublishPrices, Some(drafted_by))
}

/// What one person drafted another puts in force.
pub fn may_put_in_force(actor: &Actor, act: Act, drafted_by: Option<PersonId>) -> Result<(), Denied> {
    may_in_library(actor, act)?;
    if drafted_by == Some(actor.id) { Err(denied(act, DeniedWhy::OwnDraft)) } else { Ok(()) }
}

/// Lists of one customer are seen by those who may see the customer; the others by everybody in the library.
pub fn sees_agreement(actor: &Actor, owner: Option<(PersonId, Option<PersonId>)>) -> bool {
    owner.is_none_or(|(owner, manager)| may(actor, Act::SeeLibrary, owner, manager).is_ok())
}

fn belongs_to(actor: &Actor, department: Department) -> bool {
    match department {
        Department::Sales => [SalesRep, SalesAssistant, SalesManager, SalesDirector].iter().any(|r| actor.has(*r)),
        Department::Technical => actor.has(Technical),
        Department::Finance => actor.has(Finance),
        Department::Production => actor.has(Production),
        Department::Warehouse => actor.has(Warehouse),
        Department::Logistics => actor.has(Logistics),
        Department::Management => actor.has(GeneralManager),
        Department::It => actor.has(Admin),
    }
}

/// Whether a deal can wait for somebody with this role.
pub fn can_hold(role: Role) -> bool {
    role != Admin
}

/// Grants access to others, decides nothing and leads nobody (2.3, rule 10).
pub fn administers(roles: &[Role]) -> bool {
    roles.contains(&Role::Admin)
}

/// Decides first on the quotes of the own team's reps (DOMAIN 3.1).
pub fn leads_reps(roles: &[Role]) -> bool {
    roles.contains(&SalesManager)
}

/// Owns deals whose first approval is the own manager's.
pub fn sells(roles: &[Role]) -> bool {
    roles.contains(&SalesRep)
}

/// Whether somebody with these roles may own customers and deals.
pub fn may_own_customers(roles: &[Role]) -> bool {
    grants(Act::RegisterCustomer).iter().any(|(role, _)| roles.contains(role))
}

/// The grade of a customer is the manager's to set; others leave it at C (DOMAIN 1.1 A).
pub fn may_grade(actor: &Actor) -> bool {
    [SalesManager, SalesDirector].iter().any(|r| actor.has(*r))
}
