//! Why something is not possible yet: data without text. `wording` makes the sentence,
//! the readiness list shows all of them with the way to clear each.

use crate::domain::alternative::Alternative;
use crate::domain::approval::NodeKind;
use crate::domain::change::{ChangeKind, Way};
use crate::domain::customer::{CustomerStatus, Mark, RegistryStatus};
use crate::domain::deal::Step;
use crate::domain::order_stop::{StopKind, StopReason};
use crate::domain::round::{CallKind, SheetFlaw};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blocker {
    /// The form is in a state from which this action does not start.
    WrongState,
    /// The quote has to come back before what it offers can change.
    QuoteInApproval,
    DealClosed,
    StepNotReached {
        step: Step,
    },
    CustomerNotArchived {
        status: CustomerStatus,
    },
    FieldMissing {
        field: &'static str,
    },
    PrimaryContactMissing,
    BackupContactMissing,
    DecisionMakerMissing,
    LicenseMissing,
    LicenseNotVerified,
    RegistryBlocks {
        status: RegistryStatus,
    },
    CustomerNotConfirmed,
    CreditHold,
    Blacklisted,
    Inactive,
    ReviewOverdue {
        since: NaiveDate,
    },
    RequirementMissing,
    RequirementNotConfirmed,
    ContactMissing,
    LineCannotBeMet {
        line: usize,
    },
    SpecialUnticked {
        text: String,
    },
    PhoneNotAllowed {
        budget_limit: Decimal,
    },
    EvidenceMissing,
    InTheFuture,
    QuoteMissing,
    QuoteNotSubmitted,
    LineNotQuoted {
        line: usize,
    },
    PolicyPriceMissing {
        line: usize,
    },
    DiscountReasonMissing {
        line: usize,
        /// The share that needs no reason.
        free: Decimal,
    },
    /// The policy price is no longer the one that the quote was saved with.
    PolicyPriceMoved {
        line: usize,
    },
    /// Another tax rate than the product's own, without a reason.
    TaxReasonMissing {
        line: usize,
        /// The product's own rate.
        usual: Decimal,
    },
    TermsNotHundred {
        sum: Decimal,
    },
    QuoteOutdated,
    /// Every letter is taken.
    AlternativesFull,
    AlternativeUnknown,
    /// A rejected quote that nobody has re-opened keeps the others from going on.
    AlternativeRejected {
        alternative: Alternative,
    },
    /// None of the lines is kept in stock.
    NothingStocked,
    HoldTooMuch {
        max: Decimal,
    },
    NothingHeld,
    /// Stock is taken over for urgent orders only.
    NotUrgent,
    /// More than the one order lacks or the other can give.
    TakeOverTooMuch {
        max: Decimal,
    },
    NoApproverLeft,
    NotApproved,
    QuoteExpired {
        until: NaiveDate,
    },
    QuoteNotSent,
    NodeNotOnRoute,
    NodeNotOpen,
    AlreadyDecided {
        by: String,
        at: DateTime<Utc>,
    },
    CommentMissing,
    /// The page showed another version than the round is about.
    VersionMoved,
    /// The node waits for an answer or a signature.
    ClockStands {
        reason: CallKind,
        of: String,
    },
    SheetIncomplete {
        flaw: SheetFlaw,
    },
    ClaimedBy {
        by: String,
    },
    NotClaimed,
    /// The person cannot take this node over.
    ReceiverUnfit {
        name: String,
    },
    /// The person cannot be asked to sign here.
    SignerUnfit {
        name: String,
    },
    SomebodySigned {
        name: String,
    },
    NothingAsked,
    ResultMissing,
    NoEvidenceOwed,
    EvidenceOwed {
        node: NodeKind,
    },
    /// The promise is earlier than production committed itself to.
    PromiseTooEarly {
        committed_on: NaiveDate,
    },
    /// The promised day is over before the order is confirmed.
    PromisePassed {
        promised_on: NaiveDate,
    },
    /// Before the confirmation a promise only moves to a later moment.
    PromiseNotLater {
        promised_at: DateTime<Utc>,
    },
    SomebodyDecided,
    NotAccepted,
    AcceptedBeforeSent,
    ConfirmedBeforeSent,
    PoNumberMissing,
    /// The customer's purchase order lies unread beside the quote.
    PoNotCompared,
    /// Everything that came back was replaced or credited.
    NothingToReplace,
    /// The rest of the order was given up: what comes back is credited.
    NotReplacedAnyMore,
    ConditionOpen,
    OrderNotConfirmed,
    PaymentOpen {
        position: i32,
        amount: Decimal,
    },
    ReceiptTooLarge {
        open: Decimal,
    },
    SpecialNotAcknowledged {
        text: String,
    },
    SpecialNotTicked {
        text: String,
    },
    NothingEntered,
    MoreThanReady {
        line: usize,
        ready: Decimal,
    },
    /// Counted things come in whole pieces.
    NotWhole {
        line: usize,
    },
    PartialNotAllowed,
    ShipmentUnknown,
    ReceivedMoreThanShipped {
        line: usize,
        shipped: Decimal,
    },
    /// Picked, and not yet counted by a second person.
    PickingUnchecked,
    PickingUnknown,
    QcCauseMissing,
    /// The customer wishes another carrier, and nobody says why not.
    DeviationMissing {
        wish: String,
    },
    ExceptionOpen {
        no: String,
    },
    ExceptionUnknown,
    /// This kind of exception must say so.
    FactMissing {
        field: &'static str,
    },
    ExceptionAnswered,
    ExceptionNotPlanned,
    /// Failed pieces are worked on again or scrapped.
    FailureUndecided,
    CreditNoteMissing,
    NoCreditNoteOwed,
    /// Received and shipped still differ.
    DifferenceOpen {
        no: String,
    },
    BatchesDiffer {
        quantity: Decimal,
    },
    BatchesPlanned,
    BatchTooLate {
        promised_at: DateTime<Utc>,
    },
    BatchUnknown,
    PromisePast,
    DelayCauseMissing {
        promised_at: DateTime<Utc>,
    },
    StageFinished,
    SignedBeforeShipped,
    NotAllSigned,
    InspectionRunning {
        until: NaiveDate,
    },
    OrderExists,
    /// Nothing moves for the order until it is taken up again.
    OrderOnHold {
        reason: StopReason,
        since: DateTime<Utc>,
    },
    /// A request to stop the order waits for its decision.
    StopAsked {
        kind: StopKind,
        by: String,
        at: DateTime<Utc>,
    },
    NoStopAsked,
    StopUnfit {
        kind: StopKind,
    },
    CostStatementMissing,
    /// A line more or less after the order is a supplementary order or a short-close.
    SupplementaryOrder,
    BelowShipped {
        line: usize,
        shipped: Decimal,
    },
    RefundFirst {
        amount: Decimal,
    },
    RedLetterFirst {
        amount: Decimal,
    },
    /// The change was written before there was an order; its new total is not worked out.
    NewTotalMissing,
    UrgencyMissing,
    /// Why we put the promise off, and what the customer was told.
    DelayUnexplained,
    AlreadyUrgent,
    NoApprovalAsked,
    /// Goods were made for nothing, and the customer does not bear it.
    WasteNotBorne,
    /// The receipt does not exist or was taken back.
    ReceiptNotStanding,
    InvoiceTooLarge {
        open: Decimal,
    },
    RedLetterTooLarge {
        open: Decimal,
    },
    InvoiceNumberTaken {
        number: String,
    },
    NoReviewOwed,
    NoObjection,
    NoPledgeOwed,
    ReviewOpen {
        node: NodeKind,
    },
    ObjectionOpen {
        node: NodeKind,
    },
    /// A key field of an archived customer changes without a reason.
    ReopeningUnexplained,
    /// The company is listed as abnormal and no manager has said why it is dealt with.
    RegistryNoteMissing,
    RegistryNotAbnormal,
    /// The check character fits: nothing is to be overridden.
    CodeFits,
    AlreadyMarked {
        mark: Mark,
    },
    NotMarked {
        mark: Mark,
    },
    OwnerUnchanged,
    /// The person is away, or sells nothing.
    OwnerUnfit,
    /// Who verified the licence cannot become the owner.
    OwnerVerified,
    GradeUnchanged,
    /// A deal whose quote is being approved keeps its owner.
    DealInApproval {
        no: String,
    },
    /// A custom line, and neither drawing nor specification.
    DrawingMissing {
        line: usize,
    },
    ConfirmContactUnknown,
    NoFileOwed,
    /// A change is open (DOMAIN 8).
    ChangeOpen {
        no: String,
    },
    LineChanging {
        line: usize,
        no: String,
    },
    NothingChanged,
    /// The requirement has a newer version than the change was written for.
    ChangeOutdated,
    /// This kind of change goes another way here.
    ChangeElsewhere {
        kind: ChangeKind,
        way: Way,
    },
    CallBackMissing,
    CallBackUnknown,
    DutyClosed,
    LossMissing,
    /// The customer says yes to the new requirement version.
    ConfirmOnRequirement,
    /// An archive is not merged into itself.
    SameArchive,
    /// Name or phone of the primary contact, and yet somebody else.
    ContactsAlike {
        name: String,
    },
    TooManyContacts {
        max: usize,
    },
    /// The archive ended in another one.
    MergedInto {
        no: String,
        owner: String,
    },
    /// There is no lesson, or it is standard already.
    NoOpenLesson,
    OrderNotCompleted,
    /// The survey of the order was asked.
    SurveyAsked {
        no: String,
    },
    SurveyTooEarly {
        on: NaiveDate,
    },
    SeverityMissing,
    StatementMissing,
    HandlerUnchanged,
    /// The customer has an open packaging complaint; the number of it.
    PackagingMissing {
        line: usize,
        no: String,
    },
}
