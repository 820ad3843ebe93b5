//! The permission matrix: which roles may do or see what, and how far each reaches (DOMAIN 2.2).

use super::Act;
use super::Reach::{self, All, Own, Team};
use crate::domain::staff::Role::{
    self, Admin, Finance, GeneralManager, Logistics, Production, SalesAssistant, SalesDirector, SalesManager, SalesRep,
    Technical, Warehouse,
};
use crate::domain::workflow::Action;

type Grant = &'static [(Role, Reach)];

const SELLER: Grant = &[(SalesRep, Own), (SalesManager, Own), (SalesDirector, Own)];
const SELLER_OR_HELP: Grant = &[(SalesRep, Own), (SalesManager, Own), (SalesDirector, Own), (SalesAssistant, Team)];
const ARCHIVIST: Grant = &[(SalesRep, Own), (SalesManager, Team), (SalesDirector, Own), (SalesAssistant, Team)];
const VERIFIER: Grant = &[(SalesAssistant, All), (SalesManager, Team), (SalesDirector, All), (Finance, All)];
const DECIDER: Grant = &[
    (SalesManager, Team),
    (Technical, All),
    (Finance, All),
    (Production, All),
    (SalesDirector, All),
    (GeneralManager, All),
];
const STORE: Grant = &[(Warehouse, All)];
/// Who notices that a delivery goes wrong, and deals with it.
const DELIVERERS: Grant = &[
    (SalesRep, Own),
    (SalesManager, Team),
    (SalesDirector, All),
    (Technical, All),
    (Finance, All),
    (Production, All),
    (Warehouse, All),
    (Logistics, All),
];
const SALES_VIEW: Grant = &[
    (SalesRep, Own),
    (SalesAssistant, Team),
    (SalesManager, Team),
    (SalesDirector, All),
    (GeneralManager, All),
    (Finance, All),
];
const EVERYBODY_AT_WORK: Grant = &[
    (SalesRep, Own),
    (SalesAssistant, Team),
    (SalesManager, Team),
    (SalesDirector, All),
    (GeneralManager, All),
    (Technical, All),
    (Finance, All),
    (Production, All),
    (Warehouse, All),
    (Logistics, All),
];

/// The permission matrix.
pub const fn grants(act: Act) -> Grant {
    match act {
        Act::Do(action) => match action {
            Action::SaveCustomer
            | Action::AttachLicense
            | Action::RequestVerification
            | Action::ConfirmWithCustomer
            | Action::Archive => ARCHIVIST,
            Action::VerifyLicense | Action::AskCorrection | Action::ReviewCustomer => VERIFIER,
            Action::SaveRequirement
            | Action::SendRequirement
            | Action::TickSpecials
            | Action::RecallRequirement
            | Action::ConfirmRequirement
            | Action::ReviseRequirement
            | Action::AddConfirmationFile => SELLER_OR_HELP,
            Action::SaveQuote
            | Action::SubmitQuote
            | Action::AddAlternative
            | Action::ChooseAlternative
            | Action::HoldStock
            | Action::ReleaseHold
            | Action::WithdrawQuote
            | Action::AcknowledgeCondition
            | Action::SendQuote
            | Action::DeclineQuote
            | Action::RecordAcceptance
            | Action::AgreePromise
            | Action::ConfirmOrder => SELLER,
            // Where the director owns the deal the general manager re-opens it.
            Action::ReopenQuoting => &[(SalesManager, Team), (SalesDirector, All), (GeneralManager, All)],
            Action::DecideNode => DECIDER,
            Action::ClaimNode
            | Action::GiveBackNode
            | Action::HandOverNode
            | Action::AddSigner
            | Action::AskRep
            | Action::RecallCall => DECIDER,
            Action::AnswerCall | Action::AcknowledgeSpecial => EVERYBODY_AT_WORK,
            Action::AttachEvidence => SELLER_OR_HELP,
            Action::ReviewAfterwards => &[(SalesManager, Team), (Technical, All), (Finance, All), (Production, All)],
            Action::RecordReceipt
            | Action::CorrectReceipt
            | Action::RecordInvoice
            | Action::HoldCredit
            | Action::ReleaseCredit
            | Action::ChangeCredit => &[(Finance, All)],
            Action::RecordProduction | Action::RecordQc => &[(Production, All)],
            Action::RecordPicking | Action::RecordPacking | Action::Ship | Action::SettleReturn => STORE,
            // A second person counts; in a small house it is logistics.
            Action::CheckPicking | Action::GivePledge => &[(Warehouse, All), (Logistics, All)],
            Action::ArrangeShipment | Action::DropShipment | Action::HandOver | Action::NoteTransit => {
                &[(Logistics, All)]
            }
            Action::OpenException | Action::AnswerException | Action::PlanException => DELIVERERS,
            Action::CloseException => &[
                (SalesRep, Own),
                (SalesManager, Team),
                (SalesDirector, All),
                (Technical, All),
                (Production, All),
                (Warehouse, All),
                (Logistics, All),
            ],
            Action::RecordCreditNote => &[(Finance, All)],
            Action::PlanBatches | Action::SlipPromise => SELLER,
            Action::TellCustomer => SELLER_OR_HELP,
            Action::KeepStage => {
                &[(SalesRep, Own), (SalesAssistant, Team), (Production, All), (Warehouse, All), (Logistics, All)]
            }
            Action::SignOff => &[(SalesRep, Own), (SalesAssistant, Team), (Logistics, All)],
            Action::OverrideCode
            | Action::NoteRegistry
            | Action::Blacklist
            | Action::DeactivateCustomer
            | Action::ReactivateCustomer
            | Action::ChangeOwner
            | Action::SetGrade => &[(SalesManager, Team)],
            Action::LiftBlacklist => &[(SalesDirector, All)],
            // Where the director owns the deal the general manager resolves it.
            Action::ResolveObjection => &[(SalesDirector, All), (GeneralManager, All)],
            Action::DraftChange | Action::FileChange | Action::ConfirmChange | Action::WithdrawChange => SELLER_OR_HELP,
            Action::AcknowledgeChange => &[
                (Technical, All),
                (Finance, All),
                (Production, All),
                (Warehouse, All),
                (Logistics, All),
                (SalesManager, Team),
                (SalesDirector, All),
            ],
            Action::ApproveChange => &[(SalesManager, Team), (SalesDirector, All), (GeneralManager, All)],
            Action::RefuseChange => &[(SalesManager, Team), (SalesDirector, All), (GeneralManager, All)],
            Action::RecordFeedback
            | Action::AnswerFeedback
            | Action::ReportFeedback
            | Action::SolveFeedback
            | Action::AnswerSurvey => ARCHIVIST,
            Action::AssignFeedback
            | Action::ReturnFeedback
            | Action::CloseFeedback
            | Action::DismissFeedback
            | Action::CloseLesson => &[(SalesManager, Team), (SalesDirector, All)],
            Action::RequestStop | Action::WithdrawStop => {
                &[(SalesRep, Own), (SalesManager, Team), (SalesDirector, All)]
            }
            Action::DecideStop => &[(SalesManager, Team), (SalesDirector, All), (GeneralManager, All)],
            Action::HoldOrder | Action::ResumeOrder => {
                &[(Finance, All), (SalesManager, Team), (SalesDirector, All), (GeneralManager, All)]
            }
            Action::CompleteOrder | Action::CloseDeal | Action::DropUrgency => {
                &[(SalesRep, Own), (SalesManager, Team), (SalesDirector, All)]
            }
        },
        Act::OpenDeal | Act::RegisterCustomer => SELLER,
        // Warehouse and logistics see of a customer whom to bring the goods to, and no archive.
        Act::SeeCustomer => &[
            (SalesRep, Own),
            (SalesAssistant, Team),
            (SalesManager, Team),
            (SalesDirector, All),
            (GeneralManager, All),
            (Technical, All),
            (Finance, All),
            (Production, All),
        ],
        Act::SeeDeal | Act::SeeStock | Act::SeeOrders | Act::SeeFeedback => EVERYBODY_AT_WORK,
        Act::SeeContacts | Act::SeePrices | Act::ExportCustomers | Act::SeeLibrary => SALES_VIEW,
        Act::SeeFloor => &[(SalesManager, Team), (SalesDirector, All), (GeneralManager, All), (Finance, All)],
        Act::SeeApprovals => &[
            (SalesRep, Own),
            (SalesAssistant, Team),
            (SalesManager, Team),
            (SalesDirector, All),
            (GeneralManager, All),
            (Technical, All),
            (Finance, All),
            (Production, All),
        ],
        Act::SeeDeadlines => &[(SalesManager, Team), (SalesDirector, All), (GeneralManager, All)],
        Act::SeeAudit => &[(Admin, All), (GeneralManager, All)],
        Act::SeeReports => &[
            (SalesRep, Own),
            (SalesManager, Team),
            (SalesDirector, All),
            (GeneralManager, All),
            (Finance, All),
            (Technical, All),
            (Production, All),
            (Warehouse, All),
            (Logistics, All),
        ],
        Act::ImportCustomers => &[(SalesManager, Team), (SalesDirector, All), (SalesAssistant, Team)],
        Act::SeeShipTo => &[(Warehouse, All), (Logistics, All)],
        Act::MergeCustomers => &[(SalesManager, Team), (SalesDirector, All)],
        Act::AdjustStock => STORE,
        Act::TakeOverStock => &[(SalesDirector, All)],
        Act::ShareLinks => &[(SalesRep, Own), (SalesAssistant, Team), (SalesManager, Team), (SalesDirector, All)],
        Act::SeeLinks => &[(SalesManager, Team), (SalesDirector, All), (GeneralManager, All), (Admin, All)],
        Act::KeepProducts | Act::DraftPrices => &[(Finance, All)],
        Act::KeepService | Act::KeepPeople => &[(Admin, All)],
        Act::DraftClauses => &[(Admin, All), (SalesManager, All)],
        Act::SeeRules => {
            &[(Admin, All), (SalesManager, All), (SalesDirector, All), (GeneralManager, All), (Finance, All)]
        }
        Act::DraftRules => &[(Admin, All)],
        Act::PublishPrices | Act::PublishClauses | Act::PublishRules => &[(SalesDirector, All), (GeneralManager, All)],
    }
}
