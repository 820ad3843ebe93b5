//! Events are kept for ever: every variant with its JSON, so that a change of the stored form is seen.

use crate::harness::snapshot;
use crate::harness::world::{day, moment};
use kuaidan::domain::approval::{ApprovalPath, Decision, NodeKind, RouteReason};
use kuaidan::domain::credit_code::CreditCode;
use kuaidan::domain::customer::{
    Contact, ContactRank, ContactRole, CustomerConfirmMethod, CustomerProfile, Grade, InvoiceKind, PreferredChannel,
    Source, VerifyChannel,
};
use kuaidan::domain::deal::{DealKind, LostReason, Step, Urgency, UrgentReason};
use kuaidan::domain::order::{Acceptance, AcceptanceKind, OrderStatus};
use kuaidan::domain::pricing::{PolicyPrice, PriceSource};
use kuaidan::domain::quote::{
    FreightPayer, LineToPrice, PaymentTerm, PaymentTrigger, QuoteLineKind, QuoteTerms, price,
};
use kuaidan::domain::requirement::{
    Channel, DeliveryMode, LineKind, MatchKind, PaymentWish, RequirementConfirmMethod, RequirementConfirmation,
    RequirementContent, RequirementLine, Special,
};
use kuaidan::domain::staff::Department;
use kuaidan::domain::tax::TaxBasis;
use kuaidan::domain::workflow::{DraftedLine, Event, RoundNode, ShippedLine};
use rust_decimal::dec;
use std::collections::BTreeSet;
use uuid::Uuid;

fn id<T: From<Uuid>>(number: u128) -> T {
    T::from(Uuid::from_u128(number))
}

fn text(words: &str) -> String {
    words.to_owned()
}

fn profile() -> Box<CustomerProfile> {
    let contact = Contact {
        id: id(1),
        name: text("李娜"),
        title: text("采购总监"),
        rank: ContactRank::Primary,
        roles: vec![ContactRole::DecisionMaker],
        mobile: Some(text("13800138000")),
        landline: None,
        email: Some(text("a@example.com")),
        wechat: None,
        preferred_channel: Some(PreferredChannel::Phone),
        is_active: true,
    };
    Box::new(CustomerProfile {
        uscc: CreditCode::parse("91320505PDY00001XN").ok(),
        annual_revenue_wan: Some(dec!(1200.50)),
        founded_on: Some(day("2018-05-08")),
        contacts: vec![contact],
        ..CustomerProfile::named(text("苏州星辰云启科技有限公司"))
    })
}

fn requirement() -> Box<RequirementContent> {
    let line = RequirementLine {
        id: id(1),
        kind: LineKind::Standard,
        product: id(2),
        product_code: text("QM-65"),
        product_name: text("65 英寸会议平板"),
        spec: text("标准配置"),
        quantity: dec!(10),
        unit: text("台"),
        standard: None,
        packaging: Some(text("木箱")),
        match_kind: MatchKind::Exact,
        note: None,
    };
    Box::new(RequirementContent {
        contact: Some(id(1)),
        channel: Channel::Meeting,
        purpose: text("新办公室"),
        budget_from: None,
        budget_to: Some(dec!(90000)),
        wanted_at: moment("09-24 18:00"),
        ship_address: text("星湖街 328 号"),
        ship_receiver: text("方晓"),
        ship_phone: text("13800138001"),
        delivery_mode: DeliveryMode::ToDoor,
        partial_allowed: false,
        payment_wish: PaymentWish::Deposit,
        invoice_need: InvoiceKind::Special,
        warranty: None,
        acceptance: text("开箱验收"),
        lines: vec![line],
        specials: vec![Special { text: text("木箱包装"), department: Department::Warehouse, applies: Some(true) }],
    })
}

fn terms() -> Box<QuoteTerms> {
    Box::new(QuoteTerms {
        valid_until: day("2026-10-02"),
        tax_basis: TaxBasis::Inclusive,
        deliver_at: moment("09-24 18:00"),
        place: text("苏州"),
        delivery_mode: DeliveryMode::ToDoor,
        freight_payer: FreightPayer::Seller,
        warranty: text("三年"),
        internal_note: None,
        whole_discount: dec!(0),
        payment_terms: vec![PaymentTerm { percent: dec!(100), trigger: PaymentTrigger::BeforeShipment, days: 0 }],
    })
}

fn line_to_price() -> LineToPrice {
    let policy = PolicyPrice {
        unit_price: dec!(8299),
        floor_price: dec!(7000),
        source: PriceSource::StandardList,
        list_code: text("STD-2026"),
        from_quantity: dec!(10),
        basis: None,
    };
    LineToPrice {
        id: id(3),
        requirement_line: Some(id(1)),
        kind: QuoteLineKind::Standard,
        product: Some(id(2)),
        name: text("65 英寸会议平板"),
        spec: text("标准配置"),
        packaging: None,
        quantity: dec!(10),
        unit: text("台"),
        policy: Some(policy),
        unit_price: dec!(8050.03),
        discount_reason: None,
        tax_rate: dec!(0.13),
        request: kuaidan::domain::quote::PriceRequest::Policy,
    }
}

fn reasons() -> Vec<RouteReason> {
    vec![
        RouteReason::Always,
        RouteReason::CustomLine,
        RouteReason::Substitute,
        RouteReason::FirstSale { product: text("x") },
        RouteReason::CreditTerm,
        RouteReason::Retention,
        RouteReason::BelowFloor,
        RouteReason::NoPolicyPrice,
        RouteReason::SpecialPrice,
        RouteReason::Shortage { product: text("x"), missing: dec!(2.5) },
        RouteReason::ShortLeadTime,
        RouteReason::Amount { gross: dec!(100000.01) },
        RouteReason::Discount { rate: dec!(0.1001) },
        RouteReason::RequesterIsApprover,
    ]
}

/// One of every variant.
fn all() -> Vec<Event> {
    let at = moment("09-17 10:20");
    let urgency = Urgency {
        reason: UrgentReason::LineDown,
        text: text("生产线停工，每小时损失很大，必须尽快到货"),
        needed_at: at,
    };
    let acceptance = Acceptance {
        kind: AcceptanceKind::CustomerPo,
        accepted_at: at,
        file: id(9),
        po_no: Some(text("PO-1")),
        recorded_by: id(8),
    };
    let confirmation = RequirementConfirmation {
        method: RequirementConfirmMethod::Phone,
        contact: text("李娜"),
        file: None,
        at,
        by: id(8),
        file_owed_by: Some(at),
    };
    let node = NodeKind::Technical;
    vec![
        Event::CustomerDrafted { no: text("KH202600001"), owner: id(8), grade: Grade::C, profile: profile() },
        Event::CustomerSaved { profile: profile() },
        Event::LicenseAttached { file: id(9) },
        Event::VerificationRequested,
        Event::LicenseVerified { channel: VerifyChannel::Gsxt },
        Event::CorrectionAsked { comment: text("看不清") },
        Event::CustomerConfirmed { method: CustomerConfirmMethod::Phone, contact: text("李娜"), note: None },
        Event::CustomerArchived { next_review_on: day("2026-12-17") },
        Event::ArchiveReopened { fields: vec![text("legal_rep")] },
        Event::DealOpened {
            no: text("CD-20260917-001"),
            customer: id(4),
            owner: id(8),
            deal_kind: DealKind::Urgent,
            source: Source::Exhibition,
            title: text("平板"),
            promise_due_at: Some(at),
            urgency: Some(urgency),
        },
        Event::StepEntered { step: Step::Requirement, due_at: Some(at) },
        Event::RequirementSaved { id: id(5), no: text("XQ-20260917-001"), version_no: 1, content: requirement() },
        Event::RequirementSent { id: id(5) },
        Event::RequirementRecalled { id: id(5) },
        Event::RequirementConfirmed { id: id(5), confirmation },
        Event::RequirementSuperseded { id: id(5) },
        Event::QuoteSaved {
            id: id(6),
            requirement: id(5),
            no: text("BJ-20260917-001"),
            version_no: 1,
            quote_date: day("2026-09-17"),
            terms: terms(),
            priced: Box::new(price(vec![line_to_price()], TaxBasis::Inclusive, dec!(0))),
        },
        Event::QuoteSubmitted { id: id(6), content_hash: text("ab") },
        Event::QuoteSuperseded { id: id(6) },
        Event::RoundOpened {
            id: id(7),
            quote: id(6),
            no: text("SP-20260917-001"),
            round_no: 1,
            level: 2,
            path: ApprovalPath::Standard,
            content_hash: text("ab"),
            nodes: vec![RoundNode { id: id(10), kind: node, reasons: reasons(), limit_minutes: 480 }],
        },
        Event::NodeOpened { id: id(10), node, due_at: at },
        Event::NodeDecided { id: id(10), node, decision: Decision::ApproveCond, comment: Some(text("先打样")) },
        Event::NodeVoided { id: id(10), node },
        Event::RoundApproved { id: id(7), quote: id(6) },
        Event::RoundReturned { id: id(7), quote: id(6) },
        Event::RoundRejected { id: id(7), quote: id(6) },
        Event::RoundWithdrawn { id: id(7), quote: id(6) },
        Event::QuotingReopened { quote: id(6) },
        Event::ConditionAcknowledged { id: id(10), node },
        Event::QuoteSent { id: id(6), follow_up_at: at },
        Event::QuoteDeclined { id: id(6), reason: LostReason::LeadTime },
        Event::QuoteAccepted { id: id(6), content_hash: text("ab"), acceptance },
        Event::OrderDrafted {
            id: id(11),
            quote: id(6),
            no: text("DD-20260918-001"),
            lines: vec![DraftedLine { id: id(12), quote_line: id(3) }],
            promised_at: at,
        },
        Event::OrderConfirmed { id: id(11) },
        Event::SpecialAcknowledged { order: id(11), position: 1, text: text("木箱包装") },
        Event::ReceiptRecorded {
            order: id(11),
            position: 1,
            amount: dec!(24510.09),
            received_at: at,
            reference: text("HD-1"),
        },
        Event::Produced { order: id(11), line: id(12), quantity: dec!(2.5) },
        Event::Picked { order: id(11), line: id(12), quantity: dec!(10) },
        Event::Packed { order: id(11), line: id(12), quantity: dec!(10) },
        Event::Shipped {
            order: id(11),
            shipment: id(13),
            no: text("FH-20260922-001"),
            batch_no: 1,
            carrier: text("德邦"),
            waybill_no: text("DPK2026092201"),
            packages: 10,
            eta: Some(day("2026-09-23")),
            lines: vec![ShippedLine { line: id(12), quantity: dec!(10) }],
        },
        Event::SignedOff {
            order: id(11),
            shipment: id(13),
            signed_by: text("李娜"),
            signed_at: at,
            file: id(9),
            lines: vec![ShippedLine { line: id(12), quantity: dec!(10) }],
        },
        Event::OrderMoved { order: id(11), from: OrderStatus::Confirmed, to: OrderStatus::InFulfilment },
        Event::DealCompleted,
        Event::DealLost { reason: LostReason::Price },
        Event::SpecialPriceGranted {
            id: Uuid::from_u128(31),
            round: id(7),
            line: id(3),
            product: id(2),
            name: text("65 英寸会议平板"),
            from_quantity: dec!(10),
            unit_price: dec!(7900),
            floor_price: dec!(7000),
            tax_basis: TaxBasis::Inclusive,
            valid_from: day("2026-09-17"),
        },
    ]
}

/// The place of a variant; a new one does not compile until it has a place here and above.
#[rustfmt::skip]
fn place(event: &Event) -> usize {
    use Event as E;
    match event {
        E::CustomerDrafted { .. } => 0, E::CustomerSaved { .. } => 1, E::LicenseAttached { .. } => 2, E::VerificationRequested => 3, E::LicenseVerified { .. } => 4,
        E::CorrectionAsked { .. } => 5, E::CustomerConfirmed { .. } => 6, E::CustomerArchived { .. } => 7, E::ArchiveReopened { .. } => 8, E::DealOpened { .. } => 9,
        E::StepEntered { .. } => 10, E::RequirementSaved { .. } => 11, E::RequirementSent { .. } => 12, E::RequirementRecalled { .. } => 13, E::RequirementConfirmed { .. } => 14,
        E::RequirementSuperseded { .. } => 15, E::QuoteSaved { .. } => 16, E::QuoteSubmitted { .. } => 17, E::QuoteSuperseded { .. } => 18, E::RoundOpened { .. } => 19,
        E::NodeOpened { .. } => 20, E::NodeDecided { .. } => 21, E::NodeVoided { .. } => 22, E::RoundApproved { .. } => 23, E::RoundReturned { .. } => 24,
        E::RoundRejected { .. } => 25, E::RoundWithdrawn { .. } => 26, E::QuotingReopened { .. } => 27, E::ConditionAcknowledged { .. } => 28, E::QuoteSent { .. } => 29,
        E::QuoteDeclined { .. } => 30, E::QuoteAccepted { .. } => 31, E::OrderDrafted { .. } => 32, E::OrderConfirmed { .. } => 33, E::SpecialAcknowledged { .. } => 34,
        E::ReceiptRecorded { .. } => 35, E::Produced { .. } => 36, E::Picked { .. } => 37, E::Packed { .. } => 38, E::Shipped { .. } => 39,
        E::SignedOff { .. } => 40, E::OrderMoved { .. } => 41, E::DealCompleted => 42, E::DealLost { .. } => 43, E::SpecialPriceGranted { .. } => 44,
    }
}

#[test]
fn every_event_keeps_its_stored_form() {
    let events = all();
    assert_eq!(events.iter().map(place).collect::<Vec<_>>(), (0..45).collect::<Vec<_>>());
    assert_eq!(events.iter().map(Event::kind).collect::<BTreeSet<_>>().len(), events.len());
    let json = serde_json::to_string_pretty(&events).expect("events are JSON");
    snapshot::compare("events.json", &(json.clone() + "\n"));
    // What was stored once can always be read.
    let read: Vec<Event> = serde_json::from_str(&json).expect("readable");
    assert_eq!(read, events);
}
