//! THE TABLE: every action, the form and states it starts from, where it leads, the step it
//! belongs to, and the guards it must pass. Buttons, readiness lists, refusals, the chart and
//! the tests all read these rows.

use super::action::Action;
use super::archive_guards as archive;
use super::case::State;
use super::change_guards as changes;
use super::guards::{self, Guard};
use super::money_guards as money;
use super::new_total_guards as totals;
use super::piece_guards::whole_pieces;
use super::pledge_rules as pledges;
use super::promise_guards as promises;
use super::quote_guards as quotes;
use super::requirement_guards as needs;
use super::round_guards as rounds;
use super::stop_guards as stops;
use super::{alternatives, delivery_guards as delivery, feedback_guards as feedback, review_guards, stock_guards};
use crate::domain::change::ChangeStatus as G;
use crate::domain::customer::CustomerStatus as C;
use crate::domain::deal::Step;
use crate::domain::feedback::FeedbackStatus as F;
use crate::domain::order::OrderStatus as O;
use crate::domain::quote::QuoteStatus as Q;
use crate::domain::requirement::RequirementStatus as R;

/// Where an action leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    Same,
    Next(State),
    /// One of these, by the decision or by the quantities.
    OneOf(&'static [State]),
}

pub struct Row {
    pub from: &'static [State],
    pub action: Action,
    pub to: To,
    /// The gates of all earlier steps must be open.
    pub step: Step,
    pub guards: &'static [Guard],
}

const fn row(step: Step, action: Action, from: &'static [State], to: To, guards: &'static [Guard]) -> Row {
    Row { from, action, to, step, guards }
}

const fn c(s: C) -> State {
    State::Customer(s)
}
const fn r(s: R) -> State {
    State::Requirement(Some(s))
}
const fn q(s: Q) -> State {
    State::Quote(Some(s))
}
const fn o(s: O) -> State {
    State::Order(Some(s))
}
const fn g(s: G) -> State {
    State::Change(Some(s))
}
const fn f(s: F) -> State {
    State::Feedback(Some(s))
}
const NO_FEEDBACK: State = State::Feedback(None);
const NO_REQUIREMENT: State = State::Requirement(None);
const NO_QUOTE: State = State::Quote(None);
const ANY_CUSTOMER: &[State] = &[c(C::Draft), c(C::PendingVerification), c(C::PendingConfirmation), c(C::Archived)];
const NO_CHANGE: State = State::Change(None);
const LIVE_ORDER: &[State] = &[o(O::Confirmed), o(O::InFulfilment), o(O::PartiallyShipped)];
const SERVICES_RUN: &[State] = &[o(O::Confirmed)];
/// What has left goes on its way, also where the order is held or its rest was given up.
const ON_THE_ROAD: &[State] = &[o(O::PartiallyShipped), o(O::Shipped), o(O::OnHold), o(O::ShortClosed)];
const ON_THE_WAY: &[State] = &[o(O::Confirmed), o(O::InFulfilment), o(O::PartiallyShipped), o(O::Shipped)];
const ORDER_ENDED: &[State] = &[o(O::Completed)];
/// What comes back is credited or replaced also where the rest was given up or all is done.
const AFTER_SALES: &[State] = &[o(O::ShortClosed), o(O::Completed)];
/// From the confirmation until the order is completed.
const DELIVERING: &[State] =
    &[o(O::Confirmed), o(O::InFulfilment), o(O::PartiallyShipped), o(O::Shipped), o(O::Signed), o(O::OnHold)];
/// A shipment that waits is taken back where nothing leaves any more.
const DROPPABLE: &[State] = &[
    o(O::Confirmed),
    o(O::InFulfilment),
    o(O::PartiallyShipped),
    o(O::Shipped),
    o(O::Signed),
    o(O::OnHold),
    o(O::ShortClosed),
];
const MOVING_ORDER: To =
    To::OneOf(&[o(O::Confirmed), o(O::InFulfilment), o(O::PartiallyShipped), o(O::Shipped), o(O::Signed)]);

const PAYABLE: &[State] = &[
    o(O::Confirmed),
    o(O::InFulfilment),
    o(O::PartiallyShipped),
    o(O::Shipped),
    o(O::Signed),
    o(O::OnHold),
    o(O::ShortClosed),
    o(O::Completed),
];
const PAID: &[State] = &[
    o(O::Confirmed),
    o(O::InFulfilment),
    o(O::PartiallyShipped),
    o(O::Shipped),
    o(O::Signed),
    o(O::OnHold),
    o(O::ShortClosed),
    o(O::Completed),
    o(O::Cancelled),
];
/// On hold nothing is invoiced; a cancelled order only takes red-letter ones.
const INVOICED: &[State] = &[
    o(O::Confirmed),
    o(O::InFulfilment),
    o(O::PartiallyShipped),
    o(O::Shipped),
    o(O::Signed),
    o(O::ShortClosed),
    o(O::Completed),
    o(O::Cancelled),
];
const STOPPABLE: &[State] = &[o(O::Draft), o(O::Confirmed), o(O::InFulfilment), o(O::PartiallyShipped), o(O::OnHold)];
const STOPPED: To = To::OneOf(&[
    o(O::Draft),
    o(O::Confirmed),
    o(O::InFulfilment),
    o(O::PartiallyShipped),
    o(O::OnHold),
    o(O::Cancelled),
    o(O::ShortClosed),
]);

use Step::{Approval, Delivery, Order, Quote, Registration, Requirement};

#[rustfmt::skip]
pub const TABLE: &[Row] = &[
    // 1 client registration
    row(Registration, Action::SaveCustomer,        &[c(C::Draft), c(C::PendingConfirmation), c(C::Archived)], To::OneOf(&[c(C::Draft), c(C::PendingConfirmation), c(C::Archived)]), &[archive::reopening_explained]),
    row(Registration, Action::AttachLicense,       &[c(C::Draft), c(C::PendingConfirmation)], To::Same, &[]),
    row(Registration, Action::AttachLicense,       &[c(C::Archived)], To::Next(c(C::PendingConfirmation)), &[]),
    row(Registration, Action::RequestVerification, &[c(C::Draft)], To::Next(c(C::PendingVerification)), &[guards::fields_complete, guards::license_attached, guards::registry_acceptable, guards::primary_contact, guards::backup_contact, guards::decision_maker]),
    row(Registration, Action::AskCorrection,       &[c(C::PendingVerification)], To::Next(c(C::Draft)), &[]),
    row(Registration, Action::VerifyLicense,       &[c(C::PendingVerification)], To::Next(c(C::PendingConfirmation)), &[guards::license_attached]),
    // what was verified has changed since: it is verified again where it stands
    row(Registration, Action::VerifyLicense,       &[c(C::PendingConfirmation)], To::OneOf(&[c(C::PendingConfirmation), c(C::Archived)]), &[guards::license_attached, archive::verification_owed]),
    row(Registration, Action::ConfirmWithCustomer, &[c(C::PendingConfirmation)], To::OneOf(&[c(C::PendingConfirmation), c(C::Archived)]), &[archive::confirmation_evidence]),
    row(Registration, Action::Archive,             &[c(C::Draft), c(C::PendingVerification), c(C::PendingConfirmation)], To::Next(c(C::Archived)), guards::ARCHIVE_GATE),
    row(Registration, Action::ReviewCustomer,      &[c(C::Archived)], To::Same, &[guards::registry_still_acceptable]),
    // 2 requirement confirmation
    row(Requirement,  Action::SaveRequirement,     &[NO_REQUIREMENT, r(R::Draft)], To::Next(r(R::Draft)), &[]),
    row(Requirement,  Action::SendRequirement,     &[r(R::Draft)], To::Next(r(R::Sent)), &[needs::contact_named, needs::lines_can_be_met, needs::drawing_attached, needs::packaging_named]),
    row(Requirement,  Action::TickSpecials,        &[r(R::Sent)], To::Same, &[needs::something_ticked]),
    row(Requirement,  Action::ConfirmRequirement,  &[r(R::Sent)], To::Next(r(R::Confirmed)), &[needs::lines_can_be_met, needs::packaging_named, needs::specials_ticked, needs::confirmed_by_contact, needs::requirement_evidence]),
    row(Requirement,  Action::AddConfirmationFile, &[r(R::Confirmed)], To::Same, &[needs::file_owed]),
    row(Requirement,  Action::RecallRequirement,   &[r(R::Sent)], To::Next(r(R::Draft)), &[changes::no_open_change]),
    row(Requirement,  Action::ReviseRequirement,   &[r(R::Confirmed)], To::Next(r(R::Draft)), &[guards::quote_not_in_approval, guards::no_order, changes::no_open_change]),
    // 3 quote
    row(Quote,        Action::SaveQuote,           &[NO_QUOTE, q(Q::Draft), q(Q::Approved), q(Q::Sent), q(Q::Declined), q(Q::Expired), q(Q::Returned), q(Q::Withdrawn), q(Q::Superseded)], To::Next(q(Q::Draft)), &[]),
    row(Quote,        Action::SubmitQuote,         &[q(Q::Draft)], To::Next(q(Q::Submitted)), guards::SUBMIT_GATE),
    row(Quote,        Action::ReopenQuoting,       &[q(Q::Rejected)], To::Next(q(Q::Returned)), &[]),
    row(Quote,        Action::AddAlternative,      &[q(Q::Draft), q(Q::Approved), q(Q::Sent), q(Q::Declined), q(Q::Expired), q(Q::Returned), q(Q::Withdrawn)], To::Next(q(Q::Draft)), &[alternatives::room_left, guards::quote_for_live_requirement, changes::no_open_change]),
    row(Quote,        Action::ChooseAlternative,   &[q(Q::Draft), q(Q::Approved), q(Q::Sent), q(Q::Declined), q(Q::Expired), q(Q::Returned), q(Q::Withdrawn), q(Q::Superseded)], To::Same, &[alternatives::known, alternatives::nothing_rejected]),
    row(Quote,        Action::HoldStock,           &[q(Q::Draft), q(Q::Submitted), q(Q::Approved), q(Q::Sent), q(Q::Accepted)], To::Same, &[stock_guards::hold_fits, stock_guards::order_not_confirmed]),
    // 4 internal approval
    row(Approval,     Action::DecideNode,          &[q(Q::Submitted)], To::OneOf(&[q(Q::Submitted), q(Q::Approved), q(Q::Returned), q(Q::Rejected)]), &[rounds::node_open, rounds::seen_is_current, rounds::clock_runs, rounds::comment_given, rounds::sheet_filled, guards::not_on_hold_to_approve, changes::no_open_change_to_approve]),
    row(Approval,     Action::ClaimNode,           &[q(Q::Submitted)], To::Same, &[rounds::node_open, rounds::unclaimed]),
    row(Approval,     Action::GiveBackNode,        &[q(Q::Submitted)], To::Same, &[rounds::node_open, rounds::claimed]),
    row(Approval,     Action::HandOverNode,        &[q(Q::Submitted)], To::Same, &[rounds::node_open, rounds::comment_given, rounds::receiver_fits]),
    row(Approval,     Action::AddSigner,           &[q(Q::Submitted)], To::Same, &[rounds::node_open, rounds::clock_runs, rounds::comment_given, rounds::signer_fits, rounds::nobody_signed]),
    row(Approval,     Action::AskRep,              &[q(Q::Submitted)], To::Same, &[rounds::node_open, rounds::clock_runs, rounds::comment_given]),
    row(Approval,     Action::AnswerCall,          &[q(Q::Submitted)], To::Same, &[rounds::something_asked, rounds::comment_given, rounds::result_given]),
    row(Approval,     Action::RecallCall,          &[q(Q::Submitted)], To::Same, &[rounds::something_asked]),
    row(Approval,     Action::WithdrawQuote,       &[q(Q::Submitted)], To::Next(q(Q::Withdrawn)), &[guards::nobody_decided]),
    // 5 order
    row(Order,        Action::SendQuote,           &[q(Q::Approved)], To::Next(q(Q::Sent)), &[quotes::quote_still_valid, promises::promise_as_committed, changes::no_open_change]),
    row(Order,        Action::DeclineQuote,        &[q(Q::Sent)], To::Next(q(Q::Declined)), &[]),
    row(Order,        Action::RecordAcceptance,    &[q(Q::Sent)], To::Next(q(Q::Accepted)), &[guards::acceptance_evidence, guards::requirement_still_confirmed, changes::no_open_change]),
    row(Order,        Action::AcknowledgeCondition,&[q(Q::Approved), q(Q::Sent), q(Q::Accepted)], To::Same, &[]),
    row(Order,        Action::AttachEvidence,      &[q(Q::Approved), q(Q::Sent), q(Q::Accepted)], To::Same, &[rounds::evidence_owed]),
    row(Order,        Action::AgreePromise,        &[o(O::Draft)], To::Same, &[promises::agreed_promise_fits, changes::no_open_change]),
    row(Order,        Action::ConfirmOrder,        &[o(O::Draft)], To::Next(o(O::Confirmed)), guards::ORDER_GATE),
    // 6 delivery tracking
    row(Delivery,     Action::AcknowledgeSpecial,  LIVE_ORDER, To::Same, &[]),
    row(Delivery,     Action::GivePledge,          LIVE_ORDER, To::Same, &[pledges::pledge_owed, pledges::shortness_explained]),
    row(Delivery,     Action::RecordReceipt,       PAYABLE, To::Same, &[guards::receipt_fits]),
    row(Delivery,     Action::CorrectReceipt,      PAID, To::Same, &[money::correction_fits]),
    row(Delivery,     Action::RecordInvoice,       INVOICED, To::Same, &[money::invoicing_not_on_hold, money::invoice_fits]),
    row(Delivery,     Action::RecordProduction,    LIVE_ORDER, MOVING_ORDER, &[guards::deposit_received, guards::quantities_fit, changes::made_as_ordered, whole_pieces]),
    row(Delivery,     Action::RecordQc,            LIVE_ORDER, To::Same, &[delivery::qc_fits, whole_pieces]),
    row(Delivery,     Action::RecordPicking,       LIVE_ORDER, MOVING_ORDER, &[guards::quantities_fit, changes::lines_not_changing, whole_pieces]),
    row(Delivery,     Action::CheckPicking,        LIVE_ORDER, To::Same, &[delivery::pickings_open]),
    row(Delivery,     Action::RecordPacking,       LIVE_ORDER, MOVING_ORDER, &[guards::quantities_fit, guards::specials_at_packing, changes::lines_not_changing, whole_pieces]),
    row(Delivery,     Action::ArrangeShipment,     LIVE_ORDER, To::Same, &[guards::quantities_fit, guards::partial_allowed, delivery::carrier_as_wished, changes::lines_not_changing, whole_pieces]),
    row(Delivery,     Action::DropShipment,        DROPPABLE, To::Same, &[delivery::shipment_waits]),
    row(Delivery,     Action::Ship,                &[o(O::InFulfilment), o(O::PartiallyShipped)], MOVING_ORDER, &[guards::customer_not_on_hold, guards::payments_before_shipment, delivery::shipment_waits, changes::lines_not_changing]),
    row(Delivery,     Action::HandOver,            ON_THE_ROAD, To::Same, &[delivery::shipment_posted]),
    row(Delivery,     Action::NoteTransit,         ON_THE_ROAD, To::Same, &[delivery::shipment_on_its_way]),
    row(Delivery,     Action::SignOff,             ON_THE_ROAD, MOVING_ORDER, &[guards::sign_off_fits, whole_pieces]),
    row(Delivery,     Action::OpenException,       DELIVERING, To::Same, &[delivery::exception_complete, whole_pieces]),
    row(Delivery,     Action::AnswerException,     DELIVERING, To::Same, &[delivery::exception_unanswered]),
    row(Delivery,     Action::PlanException,       DELIVERING, To::Same, &[delivery::exception_open, delivery::failure_decided]),
    row(Delivery,     Action::SettleReturn,        DELIVERING, MOVING_ORDER, &[delivery::exception_planned, delivery::return_fits, whole_pieces]),
    row(Delivery,     Action::RecordCreditNote,    DELIVERING, To::Same, &[delivery::credit_note_owed]),
    row(Delivery,     Action::CloseException,      DELIVERING, To::Same, &[delivery::exception_planned, delivery::nothing_left_open]),
    row(Delivery,     Action::PlanBatches,         LIVE_ORDER, To::Same, &[delivery::batches_fit, whole_pieces]),
    row(Delivery,     Action::SlipPromise,         ON_THE_WAY, To::Same, &[delivery::slip_fits]),
    row(Delivery,     Action::KeepStage,           ON_THE_WAY, To::Same, &[delivery::stage_fits]),
    row(Delivery,     Action::TellCustomer,        DELIVERING, To::Same, &[delivery::told_in_the_past]),
    row(Delivery,     Action::CompleteOrder,       &[o(O::Signed), o(O::ShortClosed)], To::Next(o(O::Completed)), &[guards::all_signed, guards::inspection_over, review_guards::reviews_done, delivery::no_open_exception]),
    // services alone are never signed for: done is what the rep says is done
    row(Delivery,     Action::CompleteOrder,       SERVICES_RUN, To::Next(o(O::Completed)), &[delivery::services_only, review_guards::reviews_done, delivery::no_open_exception]),
    // after-sales: goods that come back once the order is completed or its rest given up, and their replacement
    row(Delivery,     Action::OpenException,       AFTER_SALES, To::Same, &[delivery::exception_complete, whole_pieces]),
    row(Delivery,     Action::AnswerException,     AFTER_SALES, To::Same, &[delivery::exception_unanswered]),
    row(Delivery,     Action::PlanException,       AFTER_SALES, To::Same, &[delivery::exception_open, delivery::failure_decided]),
    row(Delivery,     Action::SettleReturn,        AFTER_SALES, To::Same, &[delivery::exception_planned, delivery::return_fits, delivery::still_replaced, whole_pieces]),
    row(Delivery,     Action::RecordCreditNote,    AFTER_SALES, To::Same, &[delivery::credit_note_owed]),
    row(Delivery,     Action::CloseException,      AFTER_SALES, To::Same, &[delivery::exception_planned, delivery::nothing_left_open]),
    row(Delivery,     Action::TellCustomer,        AFTER_SALES, To::Same, &[delivery::told_in_the_past]),
    row(Delivery,     Action::RecordProduction,    ORDER_ENDED, To::Same, &[delivery::replacement_owed, guards::quantities_fit, whole_pieces]),
    row(Delivery,     Action::RecordQc,            ORDER_ENDED, To::Same, &[delivery::replacement_owed, delivery::qc_fits, whole_pieces]),
    row(Delivery,     Action::RecordPicking,       ORDER_ENDED, To::Same, &[delivery::replacement_owed, guards::quantities_fit, whole_pieces]),
    row(Delivery,     Action::CheckPicking,        ORDER_ENDED, To::Same, &[delivery::replacement_owed, delivery::pickings_open]),
    row(Delivery,     Action::RecordPacking,       ORDER_ENDED, To::Same, &[delivery::replacement_owed, guards::quantities_fit, guards::specials_at_packing, whole_pieces]),
    row(Delivery,     Action::ArrangeShipment,     ORDER_ENDED, To::Same, &[delivery::replacement_owed, guards::quantities_fit, guards::partial_allowed, delivery::carrier_as_wished, whole_pieces]),
    row(Delivery,     Action::DropShipment,        ORDER_ENDED, To::Same, &[delivery::replacement_owed, delivery::shipment_waits]),
    row(Delivery,     Action::Ship,                ORDER_ENDED, To::Same, &[delivery::replacement_owed, guards::customer_not_on_hold, delivery::shipment_waits]),
    row(Delivery,     Action::HandOver,            ORDER_ENDED, To::Same, &[delivery::replacement_owed, delivery::shipment_posted]),
    row(Delivery,     Action::NoteTransit,         ORDER_ENDED, To::Same, &[delivery::replacement_owed, delivery::shipment_on_its_way]),
    row(Delivery,     Action::SignOff,             ORDER_ENDED, To::Same, &[delivery::replacement_owed, guards::sign_off_fits, whole_pieces]),
    // hold, cancel, short-close
    row(Order,        Action::RequestStop,         STOPPABLE, To::Same, &[stops::no_stop_asked, stops::stop_fits]),
    row(Order,        Action::DecideStop,          STOPPABLE, STOPPED, &[stops::stop_asked, stops::stop_fits, stops::decision_explained]),
    row(Order,        Action::WithdrawStop,        STOPPABLE, To::Same, &[stops::stop_asked]),
    row(Delivery,     Action::HoldOrder,           LIVE_ORDER, To::Next(o(O::OnHold)), &[]),
    row(Delivery,     Action::ResumeOrder,         &[o(O::OnHold)], MOVING_ORDER, &[stops::no_stop_asked]),
    // any step
    row(Registration, Action::CloseDeal,           &[State::OpenDeal], To::Same, &[guards::no_order]),
    row(Registration, Action::DropUrgency,         &[State::OpenDeal], To::Same, &[guards::deal_urgent, guards::no_order]),
    row(Registration, Action::ReleaseHold,         &[State::OpenDeal], To::Same, &[stock_guards::something_held]),
    row(Registration, Action::ReviewAfterwards,    &[State::OpenDeal], To::Same, &[review_guards::review_owed, review_guards::objection_explained]),
    row(Registration, Action::ResolveObjection,    &[State::OpenDeal], To::Same, &[review_guards::objection_stands, review_guards::outcome_fits]),
    // the archive's side states and the manager's words
    row(Registration, Action::OverrideCode,        &[c(C::Draft)], To::Same, &[guards::license_attached, archive::code_deviates]),
    row(Registration, Action::NoteRegistry,        ANY_CUSTOMER, To::Same, &[archive::registry_abnormal]),
    row(Registration, Action::Blacklist,           ANY_CUSTOMER, To::Same, &[archive::not_blacklisted]),
    row(Registration, Action::LiftBlacklist,       ANY_CUSTOMER, To::Same, &[archive::blacklisted]),
    row(Registration, Action::HoldCredit,          ANY_CUSTOMER, To::Same, &[archive::not_on_hold]),
    row(Registration, Action::ReleaseCredit,       ANY_CUSTOMER, To::Same, &[archive::on_hold]),
    row(Registration, Action::DeactivateCustomer,  ANY_CUSTOMER, To::Same, &[archive::still_active]),
    row(Registration, Action::ReactivateCustomer,  ANY_CUSTOMER, To::Same, &[archive::inactive]),
    row(Registration, Action::ChangeOwner,         ANY_CUSTOMER, To::Same, &[archive::owner_may_change]),
    row(Registration, Action::SetGrade,            ANY_CUSTOMER, To::Same, &[archive::grade_changes]),
    row(Registration, Action::ChangeCredit,        ANY_CUSTOMER, To::Same, &[]),
    // what the customer says afterwards; it needs no deal and outlives the one it is about
    row(Registration, Action::RecordFeedback,      &[NO_FEEDBACK, f(F::Draft)], To::OneOf(&[f(F::Open), f(F::Closed)]), &[feedback::said_before_now, feedback::complaint_whole]),
    row(Registration, Action::AnswerFeedback,      &[f(F::Open)], To::Next(f(F::Answered)), &[]),
    row(Registration, Action::ReportFeedback,      &[f(F::Answered)], To::Same, &[]),
    row(Registration, Action::AssignFeedback,      &[f(F::Draft), f(F::Open), f(F::Answered)], To::Same, &[feedback::handler_changes]),
    row(Registration, Action::SolveFeedback,       &[f(F::Open), f(F::Answered)], To::Next(f(F::Solved)), &[]),
    row(Registration, Action::ReturnFeedback,      &[f(F::Solved)], To::Next(f(F::Answered)), &[]),
    row(Registration, Action::CloseFeedback,       &[f(F::Solved)], To::Next(f(F::Closed)), &[]),
    row(Registration, Action::DismissFeedback,     &[f(F::Draft)], To::Next(f(F::Dismissed)), &[]),
    row(Registration, Action::CloseLesson,         &[f(F::Answered), f(F::Solved), f(F::Closed)], To::Same, &[feedback::lesson_open]),
    row(Registration, Action::AnswerSurvey,        &[NO_FEEDBACK], To::Next(f(F::Closed)), &[feedback::order_completed, feedback::survey_due]),
    // requirement changes, from the confirmed requirement on
    row(Requirement,  Action::DraftChange,         &[NO_CHANGE, g(G::Draft), g(G::Effective), g(G::Refused), g(G::Withdrawn)], To::Next(g(G::Draft)), &[changes::requirement_confirmed, changes::something_changed]),
    row(Requirement,  Action::FileChange,          &[g(G::Draft)], To::OneOf(&[g(G::Assessing), g(G::AwaitingCustomer), g(G::Effective)]), &[changes::written_for_this_version, changes::goes_this_way, changes::called_back, changes::delay_explained, totals::new_total_fits, totals::urgency_named, totals::cancel_fits]),
    row(Requirement,  Action::ApproveChange,       &[g(G::Assessing)], To::OneOf(&[g(G::Assessing), g(G::AwaitingCustomer), g(G::Effective)]), &[totals::approval_open, totals::waste_borne]),
    row(Requirement,  Action::AcknowledgeChange,   &[g(G::Assessing)], To::OneOf(&[g(G::Assessing), g(G::AwaitingCustomer), g(G::Effective), g(G::Refused)]), &[changes::duty_open, changes::no_with_reason, changes::loss_named]),
    row(Requirement,  Action::ConfirmChange,       &[g(G::AwaitingCustomer)], To::Next(g(G::Effective)), &[changes::confirmed_here, changes::evidence]),
    row(Requirement,  Action::RefuseChange,        &[g(G::Assessing), g(G::AwaitingCustomer)], To::Next(g(G::Refused)), &[]),
    row(Requirement,  Action::WithdrawChange,      &[g(G::Draft), g(G::Assessing), g(G::AwaitingCustomer)], To::Next(g(G::Withdrawn)), &[]),
];

pub fn rows_of(action: Action) -> impl Iterator<Item = &'static Row> {
    TABLE.iter().filter(move |row| row.action == action)
}
