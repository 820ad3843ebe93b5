//! What happened. Events are stored for ever as JSON; a variant may gain optional fields and
//! new variants may come, but nothing here is renamed or removed.

use crate::domain::alternative::Alternative;
use crate::domain::approval::{ApprovalPath, Decision, NodeKind};
use crate::domain::change::{
    Answer, CallBack, ChangeKind, Impact, Item, Loss, NewTotal, Phase, Relined, Request, Resplit, Totals3,
};
use crate::domain::contract::Clause;
use crate::domain::credit::CreditChange;
use crate::domain::credit_code::CreditCode;
use crate::domain::customer::{
    CustomerConfirmMethod, CustomerProfile, Grade, InvoiceKind, Mark, RegistryStatus, Source, VerifyChannel,
};
use crate::domain::deal::{DealKind, LostReason, Step, Urgency};
use crate::domain::delivery::{
    Appearance, Arrangement, DelayCause, Disposition, ExceptionFacts, ExceptionPlan, Inspection, ReturnFreight,
    ReturnOutcome, ToldAbout, ToldBy,
};
use crate::domain::fast_path::{FastRefusal, ObjectionOutcome, ReviewResult};
use crate::domain::feedback::FeedbackEvent;
use crate::domain::ids::{
    AttachmentId, CallId, ChangeId, ContactId, CustomerId, ExceptionId, FeedbackId, HoldId, ImportRunId, LinkId,
    NodeId, OrderId, OrderLineId, PersonId, PickingId, PostReviewId, ProductId, QuoteId, QuoteLineId, ReceiptId,
    RequirementId, ReturnId, RoundId, ShipmentId, StopId,
};
use crate::domain::invoice_block::InvoiceBlock;
use crate::domain::link::{AnswerKind, Correction, LinkPurpose};
use crate::domain::order::{Acceptance, DeliveryStage, OrderStatus};
use crate::domain::order_stop::{Released, StopAnswer, StopKind, StopReason};
use crate::domain::order_worth::{Part, Reduced};
use crate::domain::pledge::PledgeAnswer;
use crate::domain::quote::{Priced, QuoteTerms};
use crate::domain::receivable::Invoice;
use crate::domain::requirement::{
    PaymentWish, RequirementConfirmMethod, RequirementConfirmation, RequirementContent, Special,
};
use crate::domain::round::ladder::Alarm;
use crate::domain::round::{CallKind, ConditionKind, Named, ReturnTo, Sheet, SignResult};
use crate::domain::routing::PlannedNode;
use crate::domain::staff::{Department, Role};
use crate::domain::tax::TaxBasis;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::event_parts::{DraftedLine, PlannedBatch, Repacked, RoundBasis, RoundNode, ShippedLine};

/// What every resolution meant before there was a choice.
fn went_on() -> ObjectionOutcome {
    ObjectionOutcome::Continue
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    CustomerDrafted {
        no: String,
        owner: PersonId,
        grade: Grade,
        profile: Box<CustomerProfile>,
    },
    CustomerSaved {
        profile: Box<CustomerProfile>,
    },
    LicenseAttached {
        file: AttachmentId,
    },
    VerificationRequested,
    LicenseVerified {
        channel: VerifyChannel,
    },
    CorrectionAsked {
        comment: String,
    },
    CustomerConfirmed {
        method: CustomerConfirmMethod,
        contact: String,
        note: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<AttachmentId>,
    },
    CustomerArchived {
        next_review_on: NaiveDate,
    },
    ArchiveReopened {
        fields: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Who the company is changed, or its licence: it has to be verified again.
    VerificationLapsed {
        fields: Vec<String>,
    },

    DealOpened {
        no: String,
        customer: CustomerId,
        owner: PersonId,
        deal_kind: DealKind,
        source: Source,
        title: String,
        promise_due_at: Option<DateTime<Utc>>,
        urgency: Option<Urgency>,
        /// The earlier order that the customer wants again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        repeats: Option<OrderId>,
    },
    StepEntered {
        step: Step,
        due_at: Option<DateTime<Utc>>,
    },
    RequirementSaved {
        id: RequirementId,
        no: String,
        version_no: i32,
        content: Box<RequirementContent>,
    },
    RequirementSent {
        id: RequirementId,
    },
    /// What applies was said after the requirement was sent.
    SpecialsTicked {
        id: RequirementId,
        specials: Vec<Special>,
    },
    RequirementRecalled {
        id: RequirementId,
    },
    RequirementConfirmed {
        id: RequirementId,
        confirmation: RequirementConfirmation,
    },
    RequirementSuperseded {
        id: RequirementId,
    },
    QuoteSaved {
        id: QuoteId,
        requirement: RequirementId,
        no: String,
        version_no: i32,
        #[serde(default, skip_serializing_if = "Alternative::is_first")]
        alternative: Alternative,
        quote_date: NaiveDate,
        terms: Box<QuoteTerms>,
        priced: Box<Priced>,
    },
    QuoteSubmitted {
        id: QuoteId,
        content_hash: String,
    },
    QuoteSuperseded {
        id: QuoteId,
    },
    /// Stock is asked to be kept for the deal until a moment.
    StockHeld {
        id: HoldId,
        product: ProductId,
        name: String,
        quantity: Decimal,
        until: DateTime<Utc>,
    },
    HoldReleased {
        id: HoldId,
        product: ProductId,
        name: String,
    },
    /// Reserved stock of another order went to this one.
    StockTakenOver {
        line: OrderLineId,
        product: ProductId,
        name: String,
        quantity: Decimal,
        /// The other deal.
        from: String,
        reason: String,
    },
    /// Reserved stock of this order went to an urgent one.
    StockGivenUp {
        line: OrderLineId,
        product: ProductId,
        name: String,
        quantity: Decimal,
        /// The other deal.
        to: String,
        reason: String,
    },
    /// The deal goes on with this alternative.
    AlternativeChosen {
        alternative: Alternative,
    },
    /// The customer took another alternative; this one ends.
    AlternativeEnded {
        id: QuoteId,
        alternative: Alternative,
        version_no: i32,
    },
    RoundOpened {
        id: RoundId,
        quote: QuoteId,
        no: String,
        round_no: i32,
        level: i32,
        path: ApprovalPath,
        content_hash: String,
        nodes: Vec<RoundNode>,
        #[serde(default)]
        skipped: Vec<PlannedNode>,
        #[serde(default)]
        fast_refused: Vec<FastRefusal>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<Box<RoundBasis>>,
    },
    NodeOpened {
        id: NodeId,
        node: NodeKind,
        due_at: DateTime<Utc>,
    },
    /// The due moment computed anew with another version of the calendar.
    NodeDueMoved {
        id: NodeId,
        node: NodeKind,
        due_at: DateTime<Utc>,
        calendar: String,
    },
    NodeDecided {
        id: NodeId,
        node: NodeKind,
        decision: Decision,
        comment: Option<String>,
        /// Whose decision it is when a delegate made it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_behalf: Option<Named>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        return_to: Option<ReturnTo>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        condition: Option<ConditionKind>,
        #[serde(default, skip_serializing_if = "Sheet::is_empty")]
        sheet: Box<Sheet>,
    },
    NodeVoided {
        id: NodeId,
        node: NodeKind,
    },
    NodeClaimed {
        id: NodeId,
        node: NodeKind,
    },
    /// Back to the pool, by the person or because the time limit has passed.
    NodeGivenBack {
        id: NodeId,
        node: NodeKind,
    },
    NodeHandedOver {
        id: NodeId,
        node: NodeKind,
        to: Named,
        comment: String,
    },
    /// The clock of the node stands still from now on.
    NodePaused {
        id: NodeId,
        node: NodeKind,
        call: CallId,
        reason: CallKind,
        /// Who is asked; a question goes to the deal's owner.
        of: PersonId,
        name: Option<String>,
        text: String,
        due_at: Option<DateTime<Utc>>,
    },
    /// The clock runs again; the due moment has moved by the pause.
    NodeResumed {
        id: NodeId,
        node: NodeKind,
        call: CallId,
        reason: CallKind,
        result: Option<SignResult>,
        answer: Option<String>,
        due_at: DateTime<Utc>,
    },
    NodeEscalated {
        id: NodeId,
        node: NodeKind,
        to: Named,
    },
    /// Nobody but people whose one vote is given could decide it: their decision is this node's too.
    NodeTakenOver {
        id: NodeId,
        node: NodeKind,
        with: NodeKind,
        by: Named,
    },
    /// A reminder or an overdue notice went out.
    NodeAlarmed {
        id: NodeId,
        node: NodeKind,
        alarm: Alarm,
    },
    EvidenceAttached {
        id: NodeId,
        node: NodeKind,
        file: AttachmentId,
    },
    RoundApproved {
        id: RoundId,
        quote: QuoteId,
    },
    RoundReturned {
        id: RoundId,
        quote: QuoteId,
    },
    RoundRejected {
        id: RoundId,
        quote: QuoteId,
    },
    RoundWithdrawn {
        id: RoundId,
        quote: QuoteId,
    },
    QuotingReopened {
        quote: QuoteId,
    },
    ConditionAcknowledged {
        id: NodeId,
        node: NodeKind,
    },
    QuoteSent {
        id: QuoteId,
        follow_up_at: DateTime<Utc>,
    },
    QuoteDeclined {
        id: QuoteId,
        reason: LostReason,
    },
    QuoteAccepted {
        id: QuoteId,
        content_hash: String,
        acceptance: Acceptance,
    },
    OrderDrafted {
        id: OrderId,
        quote: QuoteId,
        no: String,
        lines: Vec<DraftedLine>,
        promised_at: DateTime<Utc>,
    },
    OrderConfirmed {
        id: OrderId,
    },
    PledgeAsked {
        order: OrderId,
        department: Department,
        due_at: DateTime<Utc>,
    },
    PledgeGiven {
        order: OrderId,
        department: Department,
        answer: PledgeAnswer,
        note: Option<String>,
    },
    SpecialAcknowledged {
        order: OrderId,
        position: i32,
        text: String,
    },
    ReceiptRecorded {
        order: OrderId,
        position: i32,
        amount: Decimal,
        received_at: DateTime<Utc>,
        reference: String,
    },
    Produced {
        order: OrderId,
        line: OrderLineId,
        /// Good pieces.
        quantity: Decimal,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        work_order: Option<String>,
        #[serde(default, skip_serializing_if = "Decimal::is_zero")]
        scrap: Decimal,
    },
    /// Quality control passed some pieces, or failed them.
    QcRecorded {
        order: OrderId,
        line: OrderLineId,
        passed: Decimal,
        failed: Decimal,
        cause: Option<String>,
    },
    Picked {
        order: OrderId,
        line: OrderLineId,
        quantity: Decimal,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        picking: Option<PickingId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        location: Option<String>,
    },
    /// A second person counted what was picked.
    PickingChecked {
        order: OrderId,
        line: OrderLineId,
        picking: PickingId,
        quantity: Decimal,
    },
    Packed {
        order: OrderId,
        line: OrderLineId,
        quantity: Decimal,
        /// Positions of the special requirements that were ticked.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        ticked: Vec<i32>,
    },
    /// Logistics found a carrier, or somebody comes for the goods.
    ShipmentArranged {
        order: OrderId,
        shipment: ShipmentId,
        no: String,
        batch_no: i32,
        way: Box<Arrangement>,
        lines: Vec<ShippedLine>,
    },
    ShipmentDropped {
        order: OrderId,
        shipment: ShipmentId,
        no: String,
        reason: String,
    },
    Shipped {
        order: OrderId,
        shipment: ShipmentId,
        no: String,
        batch_no: i32,
        carrier: String,
        waybill_no: String,
        packages: i32,
        eta: Option<NaiveDate>,
        lines: Vec<ShippedLine>,
    },
    HandedOver {
        order: OrderId,
        shipment: ShipmentId,
        no: String,
    },
    TransitNoted {
        order: OrderId,
        shipment: ShipmentId,
        no: String,
        text: String,
        eta: Option<NaiveDate>,
        arrived_at: Option<DateTime<Utc>>,
    },
    SignedOff {
        order: OrderId,
        shipment: ShipmentId,
        signed_by: String,
        signed_at: DateTime<Utc>,
        file: AttachmentId,
        /// As received.
        lines: Vec<ShippedLine>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        capacity: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        appearance: Option<Appearance>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    ExceptionOpened {
        order: OrderId,
        id: ExceptionId,
        no: String,
        facts: Box<ExceptionFacts>,
        is_automatic: bool,
        response_due_at: DateTime<Utc>,
        plan_due_at: DateTime<Utc>,
    },
    ExceptionAnswered {
        order: OrderId,
        id: ExceptionId,
        no: String,
        text: String,
    },
    ExceptionPlanned {
        order: OrderId,
        id: ExceptionId,
        no: String,
        plan: Box<ExceptionPlan>,
    },
    /// Pieces that failed in quality control are worked on again, or scrapped.
    FailureSettled {
        order: OrderId,
        line: OrderLineId,
        quantity: Decimal,
        disposition: Disposition,
    },
    GoodsReturned {
        order: OrderId,
        id: ReturnId,
        exception: ExceptionId,
        shipment: ShipmentId,
        line: OrderLineId,
        quantity: Decimal,
        inspection: Inspection,
        outcome: ReturnOutcome,
        freight: ReturnFreight,
    },
    CreditNoteRecorded {
        order: OrderId,
        goods_return: ReturnId,
        no: String,
    },
    ExceptionClosed {
        order: OrderId,
        id: ExceptionId,
        no: String,
        outcome: String,
        cost: Option<Decimal>,
    },
    BatchesPlanned {
        order: OrderId,
        line: OrderLineId,
        batches: Vec<PlannedBatch>,
    },
    PromiseSlipped {
        order: OrderId,
        line: OrderLineId,
        batch_no: i32,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        cause: DelayCause,
        reason: String,
        told: String,
        channel: ToldBy,
    },
    StageKept {
        order: OrderId,
        line: OrderLineId,
        batch_no: i32,
        stage: DeliveryStage,
        owner: Option<PersonId>,
        owner_name: Option<String>,
        forecast_at: Option<DateTime<Utc>>,
    },
    CustomerTold {
        order: OrderId,
        about: ToldAbout,
        channel: ToldBy,
        text: String,
        told_at: DateTime<Utc>,
    },
    /// The customer agreed to a later delivery before the order was confirmed.
    PromiseAgreed {
        order: OrderId,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        contact: String,
        method: RequirementConfirmMethod,
        note: Option<String>,
    },
    OrderMoved {
        order: OrderId,
        from: OrderStatus,
        to: OrderStatus,
    },
    PostReviewOpened {
        id: PostReviewId,
        round: RoundId,
        node: NodeKind,
        due_at: DateTime<Utc>,
    },
    PostReviewGiven {
        id: PostReviewId,
        node: NodeKind,
        result: ReviewResult,
        comment: Option<String>,
        /// Whose review it is when a delegate gave it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_behalf: Option<Named>,
    },
    PostReviewEscalated {
        id: PostReviewId,
        node: NodeKind,
        to: Named,
    },
    ObjectionResolved {
        id: PostReviewId,
        node: NodeKind,
        resolution: String,
        #[serde(default = "went_on")]
        outcome: ObjectionOutcome,
    },
    UrgencyDropped {
        reason: String,
    },
    DealCompleted,
    DealLost {
        reason: LostReason,
    },
    CodeOverridden {
        code: CreditCode,
        reason: String,
    },
    RegistryNoted {
        note: String,
    },
    CustomerMarked {
        mark: Mark,
        reason: String,
    },
    CustomerUnmarked {
        mark: Mark,
        reason: String,
    },
    OwnerChanged {
        from: PersonId,
        to: PersonId,
        /// The new owner.
        name: String,
        reason: String,
    },
    GradeSet {
        from: Grade,
        to: Grade,
        reason: String,
    },
    CreditChanged {
        change: Box<CreditChange>,
    },
    /// The deal went to the customer's new owner.
    DealHandedOver {
        from: PersonId,
        to: PersonId,
        /// The new owner.
        name: String,
        reason: String,
    },
    ConfirmationFileAdded {
        id: RequirementId,
        file: AttachmentId,
    },
    /// A customer got a page without an account.
    LinkMade {
        link: LinkId,
        purpose: LinkPurpose,
        expires_at: DateTime<Utc>,
    },
    LinkRevoked {
        link: LinkId,
        purpose: LinkPurpose,
    },
    /// What the customer said there.
    CustomerAnswered {
        link: LinkId,
        answer: AnswerKind,
        by_name: String,
        by_title: Option<String>,
        note: Option<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        corrections: Vec<Correction>,
    },
    AnswerSettled {
        link: LinkId,
        answer: AnswerKind,
        settlement: String,
    },
    /// A change is written down, or written anew while it is a draft.
    ChangeDrafted {
        id: ChangeId,
        no: String,
        base: RequirementId,
        phase: Phase,
        items: Vec<Item>,
        wish: Option<ChangeKind>,
        content: Box<RequirementContent>,
        request: Box<Request>,
        impact: Impact,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        offer: Option<Box<NewTotal>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        urgency: Option<Urgency>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        invoice: Option<Box<InvoiceBlock>>,
    },
    ChangeFiled {
        id: ChangeId,
        no: String,
        phase: Phase,
        kinds: Vec<ChangeKind>,
        call_back: Option<CallBack>,
    },
    ChangeDutyOpened {
        id: ChangeId,
        department: Department,
        due_at: DateTime<Utc>,
    },
    ChangeAcknowledged {
        id: ChangeId,
        department: Department,
        answer: Answer,
        comment: Option<String>,
        loss: Option<Loss>,
    },
    ChangeAwaitsCustomer {
        id: ChangeId,
    },
    ChangeEffective {
        id: ChangeId,
        no: String,
        confirmation: Option<RequirementConfirmation>,
        requirement_version: Option<i32>,
    },
    ChangeRefused {
        id: ChangeId,
        no: String,
        comment: String,
    },
    ChangeWithdrawn {
        id: ChangeId,
        no: String,
        comment: String,
    },
    /// A requirement version that came of a change and was not confirmed.
    RequirementCancelled {
        id: RequirementId,
    },
    /// A change in place, logged; the version stays.
    RequirementAmended {
        id: RequirementId,
        change: ChangeId,
        ship_address: String,
        ship_receiver: String,
        ship_phone: String,
        wanted_at: DateTime<Utc>,
        payment_wish: PaymentWish,
        invoice_need: InvoiceKind,
    },
    /// The order is changed without a new total.
    OrderAmended {
        order: OrderId,
        change: ChangeId,
        ship_address: String,
        ship_receiver: String,
        ship_phone: String,
        /// The former promise and the new one, where it moves.
        promised: Option<(DateTime<Utc>, DateTime<Utc>)>,
        packaging: Vec<Repacked>,
        /// The kind of invoice, where it is another now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        invoice_kind: Option<InvoiceKind>,
        /// Whom the invoice is made out to, where it is another now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        invoice: Option<Box<InvoiceBlock>>,
    },
    /// An archive as a spreadsheet gave it: a new draft, or new content of a known one.
    CustomerImported {
        run: ImportRunId,
        no: String,
        owner: PersonId,
        grade: Grade,
        opening_order_count: i32,
        opening_total: Decimal,
        profile: Box<CustomerProfile>,
    },
    /// Told once for the whole file, in the company's own history.
    CustomersImported {
        run: ImportRunId,
        file_name: String,
        added: u32,
        updated: u32,
        unchanged: u32,
    },
    CustomerReviewed {
        channel: VerifyChannel,
        registry_status: RegistryStatus,
        findings: String,
        next_review_on: NaiveDate,
    },
    /// Somebody looked at a contact's phone, e-mail and `WeChat`.
    ContactShown {
        contact: ContactId,
        name: String,
    },
    /// Somebody took a list of customers out of the system.
    CustomersExported {
        rows: i64,
        contacts_shown: i64,
        filter: String,
    },
    /// Somebody took a list of deals or orders out of the system.
    ListExported {
        list: String,
        rows: i64,
        filter: String,
    },
    /// Another archive of the same company was merged into this one.
    CustomersMerged {
        from: CustomerId,
        no: String,
        deals: i64,
        contacts: i64,
        files: i64,
        prices: i64,
    },
    /// This archive was merged into another; it ends here.
    MergedInto {
        into: CustomerId,
        no: String,
    },
    /// An approved round granted a special price for this deal (DOMAIN 5.2).
    SpecialPriceGranted {
        id: uuid::Uuid,
        round: RoundId,
        line: QuoteLineId,
        product: ProductId,
        name: String,
        from_quantity: Decimal,
        unit_price: Decimal,
        floor_price: Decimal,
        tax_basis: TaxBasis,
        valid_from: NaiveDate,
    },

    ClausesDrafted {
        version_no: i32,
        zh: Vec<Clause>,
        en: Vec<Clause>,
    },
    ClausesPublished {
        version_no: i32,
    },
    /// Somebody asked to hold, cancel or short-close the order.
    StopRequested {
        id: StopId,
        order: OrderId,
        stop: StopKind,
        reason: StopReason,
        text: String,
    },
    StopDecided {
        id: StopId,
        order: OrderId,
        stop: StopKind,
        answer: StopAnswer,
        comment: Option<String>,
        /// What was made for nothing, and who bears it.
        cost: Option<Loss>,
    },
    StopWithdrawn {
        id: StopId,
        order: OrderId,
        stop: StopKind,
    },
    /// Held at once by whoever may decide it.
    OrderHeld {
        id: StopId,
        order: OrderId,
        reason: StopReason,
        text: String,
    },
    OrderResumed {
        id: StopId,
        order: OrderId,
        comment: String,
    },
    /// Goods that were for this order are for anybody again.
    StockReleased {
        order: OrderId,
        lines: Vec<Released>,
    },
    /// Every department has said yes; now this level.
    ChangeApprovalOpened {
        id: ChangeId,
        role: Role,
        due_at: DateTime<Utc>,
    },
    ChangeApproved {
        id: ChangeId,
        comment: Option<String>,
        loss: Option<Loss>,
    },
    /// The order has a new total; the former one is kept as a revision.
    OrderRetotalled {
        order: OrderId,
        change: ChangeId,
        before: Totals3,
        totals: Totals3,
        lines: Vec<Relined>,
        milestones: Vec<Resplit>,
    },
    /// What the order comes to moved with what was delivered: the rest was given up, or goods came back for a
    /// credit.
    OrderReduced {
        order: OrderId,
        came_to: Decimal,
        comes_to: Decimal,
        /// More has come in than that.
        refund: Decimal,
        lines: Vec<Reduced>,
        milestones: Vec<Part>,
    },
    DealMadeUrgent {
        urgency: Urgency,
    },
    /// A counter entry: the amount is negative.
    ReceiptCorrected {
        order: OrderId,
        receipt: ReceiptId,
        position: i32,
        amount: Decimal,
        reference: String,
        received_at: DateTime<Utc>,
        reason: String,
    },
    InvoiceRecorded {
        order: OrderId,
        invoice: Box<Invoice>,
    },
    /// The trigger of a milestone fired: it is due on that day.
    MilestoneDue {
        order: OrderId,
        position: i32,
        due_on: NaiveDate,
    },
    /// Something a customer said, and what was done about it (DOMAIN 7.8).
    Feedback {
        id: FeedbackId,
        no: String,
        #[serde(flatten)]
        told: Box<FeedbackEvent>,
    },
}
