//! The commands, each with what was typed.

use crate::domain::alternative::Alternative;
use crate::domain::approval::NodeKind;
use crate::domain::change::{Answer, CallBack, ChangeDraft, Loss};
use crate::domain::credit::CreditChange;
use crate::domain::credit_code::CreditCode;
use crate::domain::customer::{CustomerConfirmMethod, CustomerProfile, Grade, Mark, RegistryStatus, VerifyChannel};
use crate::domain::deal::LostReason;
use crate::domain::delivery::{
    Appearance, Arrangement, DelayCause, ExceptionFacts, ExceptionPlan, Inspection, ReturnFreight, ReturnOutcome,
    ToldAbout, ToldBy,
};
use crate::domain::fast_path::{ObjectionOutcome, ReviewResult};
use crate::domain::feedback::FeedbackCommand;
use crate::domain::ids::{
    AttachmentId, DealId, ExceptionId, OrderLineId, PersonId, PickingId, PostReviewId, ProductId, ReceiptId, ReturnId,
    ShipmentId,
};
use crate::domain::order::{AcceptanceKind, DeliveryStage};
use crate::domain::order_stop::{StopAnswer, StopKind, StopReason};
use crate::domain::pledge::PledgeAnswer;
use crate::domain::purchase_order::PoCheck;
use crate::domain::quote::{Priced, QuoteTerms};
use crate::domain::receivable::Invoice;
use crate::domain::requirement::{RequirementConfirmMethod, RequirementContent};
use crate::domain::round::{Colleague, SignResult, Verdict};
use crate::domain::staff::Department;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

/// What the customer signed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    pub shipment: ShipmentId,
    pub signed_by: String,
    /// What the person is to the customer: receiver, warehouse keeper.
    pub capacity: String,
    pub signed_at: DateTime<Utc>,
    pub file: AttachmentId,
    pub received: Vec<LineQuantity>,
    pub appearance: Appearance,
    pub note: Option<String>,
}

/// A quantity for one order line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineQuantity {
    pub line: OrderLineId,
    pub quantity: Decimal,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    SaveCustomer(Box<CustomerProfile>),
    /// The same with the reason that a change of key fields needs (DOMAIN 1.1, going back).
    SaveCustomerBecause {
        profile: Box<CustomerProfile>,
        reason: String,
    },
    AttachLicense {
        file: AttachmentId,
    },
    RequestVerification,
    VerifyLicense {
        channel: VerifyChannel,
    },
    AskCorrection {
        comment: String,
    },
    ConfirmWithCustomer {
        method: CustomerConfirmMethod,
        contact: String,
        note: Option<String>,
        file: Option<AttachmentId>,
    },
    Archive,
    /// A code whose check character does not fit, taken over by the manager (DOMAIN 6.1).
    OverrideCode {
        code: CreditCode,
        reason: String,
    },
    NoteRegistry {
        note: String,
    },
    Mark {
        mark: Mark,
        reason: String,
    },
    Unmark {
        mark: Mark,
        reason: String,
    },
    /// The open deals named here go with the customer.
    ChangeOwner {
        to: PersonId,
        /// The new owner by name, for the history.
        name: String,
        deals: Vec<DealId>,
        reason: String,
    },
    SetGrade {
        grade: Grade,
        reason: String,
    },
    /// Credit terms or a receivable of before the system, by finance (DOMAIN 2.3, rule 5).
    ChangeCredit(Box<CreditChange>),
    SaveRequirement(Box<RequirementContent>),
    SendRequirement,
    /// Which special requirements apply, said after the requirement was sent; each by its text.
    TickSpecials {
        answers: Vec<(String, bool)>,
    },
    RecallRequirement,
    ConfirmRequirement {
        method: RequirementConfirmMethod,
        contact: String,
        file: Option<AttachmentId>,
        at: DateTime<Utc>,
    },
    ReviseRequirement,
    /// The file that a confirmation by phone still owes.
    AddConfirmationFile {
        file: AttachmentId,
    },
    SaveQuote {
        terms: Box<QuoteTerms>,
        priced: Box<Priced>,
    },
    SubmitQuote,
    WithdrawQuote,
    ReopenQuoting,
    /// A further alternative that begins as a copy of the one worked on.
    AddAlternative,
    /// Turn to another alternative.
    ChooseAlternative {
        alternative: Alternative,
    },
    /// Ask for stock to be kept for the deal; again asks anew.
    HoldStock {
        product: ProductId,
        quantity: Decimal,
    },
    ReleaseHold {
        product: ProductId,
    },
    DecideNode(Box<Verdict>),
    /// Takes a node out of the pool.
    ClaimNode {
        node: NodeKind,
    },
    GiveBackNode {
        node: NodeKind,
    },
    /// Passes a node to a colleague of the same pool; the clock runs on (DOMAIN 3.3).
    HandOverNode {
        node: NodeKind,
        to: Box<Colleague>,
        comment: String,
    },
    /// Has one person of another department sign first; the clock stands still (DOMAIN 3.3).
    AddSigner {
        node: NodeKind,
        signer: Box<Colleague>,
        comment: String,
    },
    /// Asks the rep; the clock stands still until the answer.
    AskRep {
        node: NodeKind,
        comment: String,
    },
    /// What the signer or the rep says.
    AnswerCall {
        node: NodeKind,
        result: Option<SignResult>,
        comment: String,
    },
    /// Takes a question or a request to sign back.
    RecallCall {
        node: NodeKind,
    },
    /// The evidence that a blocking condition asks for.
    AttachEvidence {
        node: NodeKind,
        file: AttachmentId,
    },
    AcknowledgeCondition {
        node: NodeKind,
    },
    SendQuote,
    DeclineQuote {
        reason: LostReason,
    },
    RecordAcceptance {
        kind: AcceptanceKind,
        accepted_at: DateTime<Utc>,
        file: AttachmentId,
        po_no: Option<String>,
        po_check: Option<PoCheck>,
    },
    /// The customer agrees to a later delivery before the order is confirmed.
    AgreePromise {
        to: DateTime<Utc>,
        contact: String,
        method: RequirementConfirmMethod,
        note: Option<String>,
    },
    ConfirmOrder,
    /// Warehouse or logistics says whether it can do its part of the order.
    GivePledge {
        department: Department,
        answer: PledgeAnswer,
        note: Option<String>,
    },
    AcknowledgeSpecial {
        position: i32,
    },
    RecordReceipt {
        position: i32,
        amount: Decimal,
        received_at: DateTime<Utc>,
        reference: String,
    },
    RecordProduction {
        work_order: Option<String>,
        quantities: Vec<LineQuantity>,
        scrap: Vec<LineQuantity>,
    },
    RecordQc {
        passed: Vec<LineQuantity>,
        /// One kind of failure at a time: each opens an exception.
        failed: Option<LineQuantity>,
        cause: Option<String>,
    },
    RecordPicking {
        quantities: Vec<LineQuantity>,
        location: Option<String>,
    },
    /// A second person counted what was picked.
    CheckPicking {
        pickings: Vec<PickingId>,
    },
    RecordPacking {
        quantities: Vec<LineQuantity>,
        ticked: Vec<i32>,
    },
    ArrangeShipment {
        quantities: Vec<LineQuantity>,
        way: Box<Arrangement>,
    },
    DropShipment {
        shipment: ShipmentId,
        reason: String,
    },
    Ship {
        shipment: ShipmentId,
    },
    HandOver {
        shipment: ShipmentId,
    },
    NoteTransit {
        shipment: ShipmentId,
        text: String,
        eta: Option<NaiveDate>,
        arrived_at: Option<DateTime<Utc>>,
    },
    SignOff(Box<Signature>),
    OpenException(Box<ExceptionFacts>),
    AnswerException {
        exception: ExceptionId,
        text: String,
    },
    PlanException {
        exception: ExceptionId,
        plan: Box<ExceptionPlan>,
    },
    SettleReturn {
        exception: ExceptionId,
        shipment: ShipmentId,
        quantities: Vec<LineQuantity>,
        inspection: Inspection,
        outcome: ReturnOutcome,
        freight: ReturnFreight,
    },
    RecordCreditNote {
        goods_return: ReturnId,
        no: String,
    },
    CloseException {
        exception: ExceptionId,
        outcome: String,
        cost: Option<Decimal>,
    },
    /// A line is promised in parts; none later than the line was.
    PlanBatches {
        line: OrderLineId,
        batches: Vec<(Decimal, DateTime<Utc>)>,
    },
    SlipPromise {
        line: OrderLineId,
        batch_no: i32,
        to: DateTime<Utc>,
        cause: DelayCause,
        reason: String,
        told: String,
        channel: ToldBy,
    },
    KeepStage {
        line: OrderLineId,
        batch_no: i32,
        stage: DeliveryStage,
        owner: Option<(PersonId, String)>,
        forecast_at: Option<DateTime<Utc>>,
        /// Needed when the forecast passes the promise.
        cause: Option<DelayCause>,
    },
    TellCustomer {
        about: ToldAbout,
        channel: ToldBy,
        text: String,
        told_at: DateTime<Utc>,
    },
    CompleteOrder {
        waive_inspection: Waiver,
    },
    /// The mark of an urgent deal comes off; a running fast round is withdrawn and the standard way is open.
    DropUrgency {
        reason: String,
    },
    CloseDeal {
        reason: LostReason,
    },
    ReviewAfterwards {
        review: PostReviewId,
        result: ReviewResult,
        comment: Option<String>,
    },
    ResolveObjection {
        review: PostReviewId,
        outcome: ObjectionOutcome,
        resolution: String,
    },
    DraftChange(Box<ChangeDraft>),
    FileChange {
        call_back: Option<CallBack>,
    },
    AcknowledgeChange {
        department: Department,
        answer: Answer,
        comment: Option<String>,
        loss: Option<Loss>,
    },
    ConfirmChange {
        method: RequirementConfirmMethod,
        contact: String,
        file: Option<AttachmentId>,
        at: DateTime<Utc>,
    },
    RefuseChange {
        comment: String,
    },
    WithdrawChange {
        comment: String,
    },
    /// Somebody asks to hold, cancel or short-close the order.
    RequestStop {
        kind: StopKind,
        reason: StopReason,
        text: String,
    },
    DecideStop {
        answer: StopAnswer,
        comment: Option<String>,
        /// The cost statement that a cancellation needs once something was made.
        cost: Option<Loss>,
    },
    WithdrawStop,
    /// A hold by whoever may decide it, without a request.
    HoldOrder {
        reason: StopReason,
        text: String,
    },
    ResumeOrder {
        comment: String,
    },
    /// The yes of the level that the change needs, with the loss where something was made for nothing.
    ApproveChange {
        comment: Option<String>,
        loss: Option<Loss>,
    },
    /// Takes a receipt back by a counter entry.
    CorrectReceipt {
        receipt: ReceiptId,
        reason: String,
    },
    /// An invoice, or a red-letter one; the identifier is given when it is recorded.
    RecordInvoice(Box<Invoice>),
    /// The quarterly re-check: the licence was looked at again and the contacts are still right.
    ReviewCustomer {
        channel: VerifyChannel,
        registry_status: RegistryStatus,
        findings: String,
    },
    Feedback(FeedbackCommand),
}

/// Whether the customer waived the rest of the inspection period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiver {
    Kept,
    Waived,
}
