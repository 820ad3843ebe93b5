//! Events are kept for ever: every variant with its JSON, so that a change of the stored form is seen.

use crate::harness::snapshot;
use crate::harness::world::{day, moment};
use chrono::{DateTime, Utc};
use kuaidan::domain::alternative::Alternative;
use kuaidan::domain::approval::{ApprovalPath, Decision, NodeKind};
use kuaidan::domain::calendar::Profile;
use kuaidan::domain::change::{
    Answer, Bearer, CallBack, ChangeField, ChangeKind, ChangeReason, Impact, Item, Loss, Phase, Relined, Request,
    Resplit, Totals3,
};
use kuaidan::domain::contract::Clause;
use kuaidan::domain::credit::CreditChange;
use kuaidan::domain::credit_code::CreditCode;
use kuaidan::domain::customer::{
    Contact, ContactRank, ContactRole, CustomerConfirmMethod, CustomerProfile, Grade, InvoiceKind, Mark,
    PreferredChannel, RegistryStatus, Source, VerifyChannel,
};
use kuaidan::domain::deal::{DealKind, LostReason, Step, Urgency, UrgentReason};
use kuaidan::domain::delivery::{
    Arrangement, DelayCause, Disposition, ExceptionFacts, ExceptionKind, ExceptionPlan, Inspection, ReturnFreight,
    ReturnOutcome, ToldAbout, ToldBy,
};
use kuaidan::domain::fast_path::{FastRefusal, ReviewResult};
use kuaidan::domain::feedback::{
    FeedbackCategory, FeedbackChannel, FeedbackEvent, FeedbackKind, FeedbackStatus, Limits, Scores, Severity, Solution,
    Statement, SurveyAnswer,
};
use kuaidan::domain::link::{AnswerKind, Correction, LinkPurpose};
use kuaidan::domain::order::{Acceptance, AcceptanceKind, DeliveryStage, OrderStatus};
use kuaidan::domain::order_stop::{Released, StopAnswer, StopKind, StopReason};
use kuaidan::domain::order_worth::{Off, Part, Reduced};
use kuaidan::domain::pricing::{PolicyPrice, PriceSource};
use kuaidan::domain::quote::{
    FreightPayer, LineRemarks, LineToPrice, PaymentTerm, PaymentTrigger, QuoteLineKind, QuoteTerms, price,
};
use kuaidan::domain::receivable::Invoice;
use kuaidan::domain::requirement::{
    Channel, DeliveryMode, LineKind, MatchKind, PaymentWish, RequirementConfirmMethod, RequirementConfirmation,
    RequirementContent, RequirementFile, RequirementFileKind, RequirementLine, Special,
};
use kuaidan::domain::round::ladder::Alarm;
use kuaidan::domain::round::{CallKind, Named, SignResult};
use kuaidan::domain::routing::{PlannedNode, RouteFacts, RouteReason};
use kuaidan::domain::staff::{Department, Role};
use kuaidan::domain::tax::{LineAmounts, TaxBasis};
use kuaidan::domain::watched::{Kept, Watched};
use kuaidan::domain::workflow::{DraftedLine, Event, PlannedBatch, Repacked, RoundBasis, RoundNode, ShippedLine};
use rust_decimal::dec;
use std::collections::BTreeSet;
use uuid::Uuid;

fn id<T: From<Uuid>>(number: u128) -> T {
    T::from(Uuid::from_u128(number))
}

fn liqiang() -> Named {
    Named { id: id(9), name: text("李强") }
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
        product: Some(id(2)),
        product_code: text("QM-65"),
        product_name: text("65 英寸会议平板"),
        spec: text("标准配置"),
        quantity: dec!(10),
        unit: text("台"),
        standard: None,
        packaging: Some(text("木箱")),
        match_kind: MatchKind::Exact,
        note: None,
        custom_name: None,
        wanted_on: None,
        first: None,
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
        is_confidential: true,
        files: vec![RequirementFile { id: id(8), kind: RequirementFileKind::Drawing, name: text("图纸.pdf") }],
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
        remarks: LineRemarks::default(),
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
        kept: None,
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
        RouteReason::Amount { gross: dec!(100000.01), limit: None },
        RouteReason::Amount { gross: dec!(100000.01), limit: Some(dec!(100000)) },
        RouteReason::Proposal,
        RouteReason::TaxRate { product: text("x") },
        RouteReason::NoSurcharge,
        RouteReason::NoCreditLimit,
        RouteReason::OverLimit { over: dec!(0.061) },
        RouteReason::Overdue { days: 3 },
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
        po_check: Some(kuaidan::domain::purchase_order::PoCheck { difference: Some(text("单价少两角")) }),
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
        Event::CustomerConfirmed {
            method: CustomerConfirmMethod::Phone,
            contact: text("李娜"),
            note: None,
            file: None,
        },
        Event::CustomerArchived { next_review_on: day("2026-12-17") },
        Event::ArchiveReopened { fields: vec![text("legal_rep")], reason: None },
        Event::DealOpened {
            no: text("CD-20260917-001"),
            customer: id(4),
            owner: id(8),
            deal_kind: DealKind::Urgent,
            source: Source::Exhibition,
            title: text("平板"),
            promise_due_at: Some(at),
            urgency: Some(urgency),
            repeats: None,
        },
        Event::StepEntered { step: Step::Requirement, due_at: Some(at) },
        Event::RequirementSaved { id: id(5), no: text("XQ-20260917-001"), version_no: 1, content: requirement() },
        Event::RequirementSent { id: id(5) },
        Event::RequirementRecalled { id: id(5) },
        Event::RequirementConfirmed { id: id(5), confirmation: confirmation.clone() },
        Event::RequirementSuperseded { id: id(5) },
        Event::QuoteSaved {
            id: id(6),
            requirement: id(5),
            no: text("BJ-20260917-001"),
            version_no: 1,
            alternative: Alternative::A,
            quote_date: day("2026-09-17"),
            terms: terms(),
            priced: Box::new(price(vec![line_to_price()], TaxBasis::Inclusive, dec!(0))),
        },
        Event::QuoteSubmitted { id: id(6), content_hash: text("ab") },
        Event::QuoteSuperseded { id: id(6) },
        Event::SpecialPriceGranted {
            id: uuid::Uuid::from_u128(31),
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
        Event::RoundOpened {
            id: id(7),
            quote: id(6),
            no: text("SP-20260917-001"),
            round_no: 1,
            level: 2,
            path: ApprovalPath::Standard,
            content_hash: text("ab"),
            nodes: vec![RoundNode {
                id: id(10),
                kind: node,
                reasons: reasons(),
                limit_minutes: 480,
                profile: Profile::OnCall,
            }],
            skipped: vec![PlannedNode { kind: NodeKind::Finance, reasons: reasons() }],
            fast_refused: vec![FastRefusal::NotSoon],
            basis: Some(Box::new(RoundBasis {
                rules: 3,
                facts: RouteFacts::default(),
                watched: Some(Watched { technical: text("a1"), finance: text("b2"), production: text("c3") }),
                kept: vec![Kept {
                    kind: NodeKind::Finance,
                    by_name: text("吴芳"),
                    at,
                    round_no: 1,
                    reasons: vec![RouteReason::CreditTerm],
                    committed_on: None,
                }],
            })),
        },
        Event::NodeOpened { id: id(10), node, due_at: at },
        Event::NodeDecided {
            id: id(10),
            node,
            decision: Decision::ApproveCond,
            comment: Some(text("先打样")),
            on_behalf: None,
            return_to: None,
            condition: None,
            sheet: Box::default(),
        },
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
        Event::Produced { order: id(11), line: id(12), quantity: dec!(2.5), work_order: None, scrap: dec!(0) },
        Event::Picked { order: id(11), line: id(12), quantity: dec!(10), picking: None, location: None },
        Event::Packed { order: id(11), line: id(12), quantity: dec!(10), ticked: Vec::new() },
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
            capacity: None,
            appearance: None,
            note: None,
        },
        Event::OrderMoved { order: id(11), from: OrderStatus::Confirmed, to: OrderStatus::InFulfilment },
        Event::PostReviewOpened { id: id(20), round: id(7), node, due_at: at },
        Event::PostReviewGiven {
            id: id(20),
            node,
            result: ReviewResult::Objection,
            comment: Some(text("运费未计")),
            on_behalf: None,
        },
        Event::ObjectionResolved {
            id: id(20),
            node,
            resolution: text("按原方案继续"),
            outcome: kuaidan::domain::fast_path::ObjectionOutcome::Continue,
        },
        Event::DealCompleted,
        Event::DealLost { reason: LostReason::Price },
        Event::CodeOverridden {
            code: CreditCode::parse_despite_check("91350211M00013FA1N").expect("only its check is wrong"),
            reason: text("早期试点代码"),
        },
        Event::RegistryNoted { note: text("地址变更所致，已提交移出申请") },
        Event::CustomerMarked { mark: Mark::CreditHold, reason: text("逾期未付") },
        Event::CustomerUnmarked { mark: Mark::Blacklisted, reason: text("已和解") },
        Event::OwnerChanged { from: id(8), to: id(14), name: text("赵六"), reason: text("区域调整") },
        Event::GradeSet { from: Grade::C, to: Grade::A, reason: text("年度采购过百万") },
        Event::DealHandedOver { from: id(8), to: id(14), name: text("赵六"), reason: text("区域调整") },
        Event::ConfirmationFileAdded { id: id(5), file: id(6) },
        Event::ChangeDrafted {
            id: id(14),
            no: text("BG-20261012-001"),
            base: id(5),
            phase: Phase::BeforeSubmit,
            items: vec![Item { field: ChangeField::Quantity, line: Some(1), before: text("16"), after: text("20") }],
            wish: Some(ChangeKind::Urgent),
            content: requirement(),
            request: Box::new(Request {
                contact: Some(text("李娜")),
                received_at: at,
                channel: Channel::Phone,
                reason: ChangeReason::Customer,
                note: Some(text("增量")),
                correction: None,
                delay: None,
            }),
            impact: Impact { price: Some(text("增加")), ..Impact::default() },
            offer: None,
            urgency: None,
            invoice: None,
        },
        Event::ChangeFiled {
            id: id(14),
            no: text("BG-20261012-001"),
            phase: Phase::BeforeSubmit,
            kinds: vec![ChangeKind::QuantityUp],
            call_back: Some(CallBack { contact: text("李娜"), phone: text("13800138000"), at }),
        },
        Event::ChangeDutyOpened { id: id(14), department: Department::Production, due_at: at },
        Event::ChangeAcknowledged {
            id: id(14),
            department: Department::Sales,
            answer: Answer::Possible,
            comment: Some(text("可以")),
            loss: Some(Loss { amount: dec!(120.00), borne_by: Bearer::Customer }),
        },
        Event::ChangeAwaitsCustomer { id: id(14) },
        Event::ChangeEffective {
            id: id(14),
            no: text("BG-20261012-001"),
            confirmation: Some(confirmation),
            requirement_version: Some(2),
        },
        Event::ChangeRefused { id: id(14), no: text("BG-20261012-001"), comment: text("来不及") },
        Event::ChangeWithdrawn { id: id(14), no: text("BG-20261012-001"), comment: text("不改了") },
        Event::RequirementCancelled { id: id(5) },
        Event::RequirementAmended {
            id: id(5),
            change: id(14),
            ship_address: text("星湖街 328 号"),
            ship_receiver: text("方晓"),
            ship_phone: text("13800138001"),
            wanted_at: at,
            payment_wish: PaymentWish::Deposit,
            invoice_need: InvoiceKind::Special,
        },
        Event::OrderAmended {
            order: id(11),
            change: id(14),
            ship_address: text("星湖街 328 号"),
            ship_receiver: text("方晓"),
            ship_phone: text("13800138001"),
            promised: Some((at, at)),
            packaging: vec![Repacked { line: id(12), packaging: Some(text("木箱")) }],
            invoice_kind: Some(InvoiceKind::Ordinary),
            invoice: None,
        },
        Event::CustomerImported {
            run: id(14),
            no: text("KH202600001"),
            owner: id(8),
            grade: Grade::B,
            opening_order_count: 6,
            opening_total: dec!(486000.00),
            profile: profile(),
        },
        Event::CustomersImported { run: id(14), file_name: text("客户.xlsx"), added: 120, updated: 3, unchanged: 7 },
        Event::CustomerReviewed {
            channel: VerifyChannel::Gsxt,
            registry_status: RegistryStatus::Active,
            findings: text("执照有效，联系人在职"),
            next_review_on: day("2027-01-12"),
        },
        Event::ContactShown { contact: id(1), name: text("李娜") },
        Event::CustomersExported { rows: 12, contacts_shown: 3, filter: text("星辰") },
        Event::CustomersMerged { from: id(5), no: text("KH202600002"), deals: 2, contacts: 1, files: 1, prices: 0 },
        Event::MergedInto { into: id(6), no: text("KH202600001") },
        Event::ClausesDrafted {
            version_no: 2,
            zh: vec![Clause { title: text("验收"), text: text("{inspection_days} 日内验收。") }],
            en: Vec::new(),
        },
        Event::ClausesPublished { version_no: 2 },
        Event::StopRequested {
            id: id(15),
            order: id(7),
            stop: StopKind::Cancel,
            reason: StopReason::Customer,
            text: text("客户项目取消"),
        },
        Event::StopDecided {
            id: id(15),
            order: id(7),
            stop: StopKind::Cancel,
            answer: StopAnswer::Granted,
            comment: Some(text("同意，定金不退")),
            cost: Some(Loss { amount: dec!(1200.00), borne_by: Bearer::Customer }),
        },
        Event::StopWithdrawn { id: id(15), order: id(7), stop: StopKind::Hold },
        Event::OrderHeld { id: id(16), order: id(7), reason: StopReason::Credit, text: text("逾期未付") },
        Event::OrderResumed { id: id(16), order: id(7), comment: text("已回款") },
        Event::StockReleased { order: id(7), lines: vec![Released { line: id(8), quantity: dec!(10) }] },
        Event::ChangeApprovalOpened { id: id(14), role: Role::SalesDirector, due_at: at },
        Event::ChangeApproved {
            id: id(14),
            comment: Some(text("同意")),
            loss: Some(Loss { amount: dec!(0.00), borne_by: Bearer::NoLoss }),
        },
        Event::OrderRetotalled {
            order: id(7),
            change: id(14),
            before: Totals3 { net: dec!(100.00), tax: dec!(13.00), gross: dec!(113.00) },
            totals: Totals3 { net: dec!(200.00), tax: dec!(26.00), gross: dec!(226.00) },
            lines: vec![Relined {
                line: id(8),
                product: Some(id(9)),
                name: text("会议平板"),
                spec: text("65 寸"),
                quantity: dec!(2),
                unit_price: dec!(113.00),
                tax_rate: dec!(0.13),
                amounts: LineAmounts { net: dec!(200.00), tax: dec!(26.00), gross: dec!(226.00) },
            }],
            milestones: vec![Resplit {
                position: 1,
                percent: dec!(100),
                trigger: PaymentTrigger::OnSigning,
                days: 0,
                amount: dec!(226.00),
                due_on: Some(day("2026-10-12")),
            }],
        },
        Event::DealMadeUrgent {
            urgency: Urgency {
                reason: UrgentReason::Promotion,
                text: text("国庆促销，货架等货，请尽快安排生产"),
                needed_at: at,
            },
        },
        Event::ReceiptCorrected {
            order: id(7),
            receipt: id(17),
            position: 1,
            amount: dec!(-24510.09),
            reference: text("HD-1"),
            received_at: at,
            reason: text("记错订单"),
        },
        Event::InvoiceRecorded {
            order: id(7),
            invoice: Box::new(Invoice {
                id: id(18),
                kind: InvoiceKind::Special,
                number: text("24312000000012345678"),
                on: day("2026-09-18"),
                net: dec!(100.00),
                tax: dec!(13.00),
                covers: text("第 1 行"),
                red_of: None,
            }),
        },
        Event::MilestoneDue { order: id(7), position: 2, due_on: day("2026-09-22") },
        Event::Feedback {
            id: id(15),
            no: text("TS-20261012-001"),
            told: Box::new(FeedbackEvent::Answered { text: text("明天上午前给您答复") }),
        },
        Event::UrgencyDropped { reason: text("客户改了日期") },
        Event::NodeDueMoved { id: id(10), node, due_at: at, calendar: text("calendar-2") },
        Event::CreditChanged {
            change: Box::new(CreditChange::Settled {
                id: uuid::Uuid::from_u128(15),
                no: text("YS-2026-01"),
                settled_on: day("2026-09-17"),
                reference: text("银行回单"),
            }),
        },
        Event::AlternativeChosen { alternative: Alternative::B },
        Event::AlternativeEnded { id: id(6), alternative: Alternative::A, version_no: 1 },
        Event::StockHeld {
            id: id(21),
            product: id(22),
            name: text("65 英寸会议平板"),
            quantity: dec!(10),
            until: moment("09-21 09:10"),
        },
        Event::HoldReleased { id: id(21), product: id(22), name: text("65 英寸会议平板") },
        Event::StockTakenOver {
            line: id(23),
            product: id(22),
            name: text("65 英寸会议平板"),
            quantity: dec!(3),
            from: text("CD-20260917-001"),
            reason: text("促销活动"),
        },
        Event::StockGivenUp {
            line: id(24),
            product: id(22),
            name: text("65 英寸会议平板"),
            quantity: dec!(3),
            to: text("CD-20260917-002"),
            reason: text("促销活动"),
        },
        Event::ListExported { list: text("deals"), rows: 5, filter: text("late=yes") },
        Event::NodeClaimed { id: id(10), node },
        Event::NodeGivenBack { id: id(10), node },
        Event::NodeHandedOver { id: id(10), node, to: liqiang(), comment: text("我出差，请代看") },
        Event::NodePaused {
            id: id(10),
            node,
            call: id(11),
            reason: CallKind::ExtraSign,
            of: id(12),
            name: Some(text("周凯")),
            text: text("请先看规格"),
            due_at: Some(moment("09-18 10:00")),
        },
        Event::NodeResumed {
            id: id(10),
            node,
            call: id(11),
            reason: CallKind::ExtraSign,
            result: Some(SignResult::Agree),
            answer: Some(text("可行")),
            due_at: moment("09-18 11:00"),
        },
        Event::NodeEscalated { id: id(10), node, to: liqiang() },
        Event::NodeAlarmed { id: id(10), node, alarm: Alarm::Reminder },
        Event::EvidenceAttached { id: id(10), node, file: id(13) },
    ]
    .into_iter()
    .chain(deliveries(at))
    .chain([
        Event::NodeTakenOver {
            id: id(10),
            node: NodeKind::GeneralManager,
            with: NodeKind::SalesDirector,
            by: liqiang(),
        },
        Event::PostReviewEscalated { id: id(20), node, to: liqiang() },
        Event::OrderReduced {
            order: id(7),
            came_to: dec!(226.00),
            comes_to: dec!(113.00),
            refund: dec!(0),
            lines: vec![Reduced {
                line: id(8),
                off: Off {
                    quantity: dec!(1),
                    amounts: LineAmounts { net: dec!(100.00), tax: dec!(13.00), gross: dec!(113.00) },
                },
            }],
            milestones: vec![Part { position: 1, amount: dec!(113.00) }],
        },
        Event::VerificationLapsed { fields: vec![text("legal_name"), text("uscc")] },
        Event::SpecialsTicked {
            id: id(5),
            specials: vec![Special {
                text: text("木箱包装"), department: Department::Warehouse, applies: Some(false)
            }],
        },
    ])
    .collect()
}

/// What happens in a delivery (DOMAIN 7.3–7.10).
fn deliveries(at: DateTime<Utc>) -> Vec<Event> {
    let (order, line, shipment, exception) = (id(11), id(12), id(13), id(30));
    let way = Box::new(Arrangement {
        carrier: Some(text("德邦")),
        waybill_no: Some(text("DPK2026092201")),
        pick_up: None,
        packages: 10,
        weight: Some(dec!(120.5)),
        freight: Some(dec!(350.00)),
        driver_phone: Some(text("13900139000")),
        eta: Some(day("2026-09-23")),
        consent: None,
        deviation: Some(text("指定物流停运")),
    });
    let facts = Box::new(ExceptionFacts {
        kind: ExceptionKind::Damage,
        severity: kuaidan::domain::delivery::Severity::Severe,
        department: Department::Logistics,
        line: Some(line),
        shipment: Some(shipment),
        quantity: Some(dec!(2)),
        text: text("外箱破损"),
        cause: Some(DelayCause::Logistics),
        new_date: Some(at),
        attempts: Some(2),
        freight_payer: Some(ReturnFreight::Carrier),
        claim_no: Some(text("LP-1")),
        file: Some(id(9)),
        found_at: at,
    });
    let plan = Box::new(ExceptionPlan {
        disposition: Disposition::Replace,
        text: text("补发两台"),
        due_at: at,
        department: Department::Warehouse,
        cost: Some(dec!(200.00)),
    });
    let no = || text("FH-20260922-001");
    let yc = || text("YC-20260923-001");
    let lines = || vec![ShippedLine { line, quantity: dec!(10) }];
    vec![
        Event::QcRecorded { order, line, passed: dec!(8), failed: dec!(2), cause: Some(text("划伤")) },
        Event::FailureSettled { order, line, quantity: dec!(2), disposition: Disposition::Rework },
        Event::PickingChecked { order, line, picking: id(31), quantity: dec!(10) },
        Event::ShipmentArranged { order, shipment, no: no(), batch_no: 1, way, lines: lines() },
        Event::ShipmentDropped { order, shipment, no: no(), reason: text("运单号写错") },
        Event::HandedOver { order, shipment, no: no() },
        Event::TransitNoted { order, shipment, no: no(), text: text("到苏州"), eta: None, arrived_at: Some(at) },
        Event::ExceptionOpened {
            order,
            id: exception,
            no: yc(),
            facts,
            is_automatic: false,
            response_due_at: at,
            plan_due_at: at,
        },
        Event::ExceptionAnswered { order, id: exception, no: yc(), text: text("已联系承运商") },
        Event::ExceptionPlanned { order, id: exception, no: yc(), plan },
        Event::GoodsReturned {
            order,
            id: id(32),
            exception,
            shipment,
            line,
            quantity: dec!(2),
            inspection: Inspection::Damaged,
            outcome: ReturnOutcome::Replace,
            freight: ReturnFreight::Carrier,
        },
        Event::CreditNoteRecorded { order, goods_return: id(32), no: text("24442000000012345678") },
        Event::ExceptionClosed { order, id: exception, no: yc(), outcome: text("已补发"), cost: None },
        Event::BatchesPlanned {
            order,
            line,
            batches: vec![PlannedBatch { no: 1, quantity: dec!(4), promised_at: at }],
        },
        Event::PromiseSlipped {
            order,
            line,
            batch_no: 1,
            from: at,
            to: at,
            cause: DelayCause::Material,
            reason: text("面板到货推迟"),
            told: text("推迟一天"),
            channel: ToldBy::Phone,
        },
        Event::StageKept {
            order,
            line,
            batch_no: 1,
            stage: DeliveryStage::Packing,
            owner: Some(id(8)),
            owner_name: Some(text("孙丽")),
            forecast_at: Some(at),
        },
        Event::CustomerTold {
            order,
            about: ToldAbout::ShipOut,
            channel: ToldBy::Mail,
            text: text("已发货"),
            told_at: at,
        },
        Event::LinkMade { link: id(15), purpose: LinkPurpose::Quote, expires_at: moment("09-24 18:00") },
        Event::LinkRevoked { link: id(15), purpose: LinkPurpose::Quote },
        Event::CustomerAnswered {
            link: id(15),
            answer: AnswerKind::Corrected,
            by_name: text("李娜"),
            by_title: Some(text("采购总监")),
            note: None,
            corrections: vec![Correction {
                field: text("legal_rep"), shown: text("沈若安"), said: text("沈若平")
            }],
        },
        Event::AnswerSettled { link: id(15), answer: AnswerKind::Corrected, settlement: text("已更正") },
        Event::PledgeAsked { order: id(11), department: Department::Warehouse, due_at: at },
        Event::PledgeGiven {
            order: id(11),
            department: Department::Logistics,
            answer: kuaidan::domain::pledge::PledgeAnswer::Short,
            note: Some(text("周三以前没有车")),
        },
        Event::PromiseAgreed {
            order: id(11),
            from: at,
            to: at,
            contact: text("李娜"),
            method: RequirementConfirmMethod::Email,
            note: Some(text("合同盖章晚了")),
        },
    ]
}

/// The place of a variant; a new one does not compile until it has a place here and above.
#[rustfmt::skip]
fn place(event: &Event) -> usize {
    use Event as E;
    match event {
        E::CustomerDrafted { .. } => 0, E::CustomerSaved { .. } => 1, E::LicenseAttached { .. } => 2, E::VerificationRequested => 3,
        E::LicenseVerified { .. } => 4, E::CorrectionAsked { .. } => 5, E::CustomerConfirmed { .. } => 6, E::CustomerArchived { .. } => 7,
        E::ArchiveReopened { .. } => 8, E::DealOpened { .. } => 9, E::StepEntered { .. } => 10, E::RequirementSaved { .. } => 11,
        E::RequirementSent { .. } => 12, E::RequirementRecalled { .. } => 13, E::RequirementConfirmed { .. } => 14, E::RequirementSuperseded { .. } => 15,
        E::QuoteSaved { .. } => 16, E::QuoteSubmitted { .. } => 17, E::QuoteSuperseded { .. } => 18, E::SpecialPriceGranted { .. } => 19,
        E::RoundOpened { .. } => 20, E::NodeOpened { .. } => 21, E::NodeDecided { .. } => 22, E::NodeVoided { .. } => 23, E::RoundApproved { .. } => 24,
        E::RoundReturned { .. } => 25, E::RoundRejected { .. } => 26, E::RoundWithdrawn { .. } => 27, E::QuotingReopened { .. } => 28,
        E::ConditionAcknowledged { .. } => 29, E::QuoteSent { .. } => 30, E::QuoteDeclined { .. } => 31, E::QuoteAccepted { .. } => 32,
        E::OrderDrafted { .. } => 33, E::OrderConfirmed { .. } => 34, E::SpecialAcknowledged { .. } => 35, E::ReceiptRecorded { .. } => 36,
        E::Produced { .. } => 37, E::Picked { .. } => 38, E::Packed { .. } => 39, E::Shipped { .. } => 40, E::SignedOff { .. } => 41,
        E::OrderMoved { .. } => 42, E::PostReviewOpened { .. } => 43, E::PostReviewGiven { .. } => 44, E::ObjectionResolved { .. } => 45,
        E::DealCompleted => 46, E::DealLost { .. } => 47, E::CodeOverridden { .. } => 48, E::RegistryNoted { .. } => 49, E::CustomerMarked { .. } => 50,
        E::CustomerUnmarked { .. } => 51, E::OwnerChanged { .. } => 52, E::GradeSet { .. } => 53, E::DealHandedOver { .. } => 54,
        E::ConfirmationFileAdded { .. } => 55, E::ChangeDrafted { .. } => 56, E::ChangeFiled { .. } => 57, E::ChangeDutyOpened { .. } => 58,
        E::ChangeAcknowledged { .. } => 59, E::ChangeAwaitsCustomer { .. } => 60, E::ChangeEffective { .. } => 61, E::ChangeRefused { .. } => 62,
        E::ChangeWithdrawn { .. } => 63, E::RequirementCancelled { .. } => 64, E::RequirementAmended { .. } => 65, E::OrderAmended { .. } => 66,
        E::CustomerImported { .. } => 67, E::CustomersImported { .. } => 68, E::CustomerReviewed { .. } => 69, E::ContactShown { .. } => 70,
        E::CustomersExported { .. } => 71, E::CustomersMerged { .. } => 72, E::MergedInto { .. } => 73, E::ClausesDrafted { .. } => 74,
        E::ClausesPublished { .. } => 75, E::StopRequested { .. } => 76, E::StopDecided { .. } => 77, E::StopWithdrawn { .. } => 78,
        E::OrderHeld { .. } => 79, E::OrderResumed { .. } => 80, E::StockReleased { .. } => 81, E::ChangeApprovalOpened { .. } => 82,
        E::ChangeApproved { .. } => 83, E::OrderRetotalled { .. } => 84, E::DealMadeUrgent { .. } => 85, E::ReceiptCorrected { .. } => 86,
        E::InvoiceRecorded { .. } => 87, E::MilestoneDue { .. } => 88, E::Feedback { .. } => 89, E::UrgencyDropped { .. } => 90, E::NodeDueMoved { .. } => 91,
        E::CreditChanged { .. } => 92, E::AlternativeChosen { .. } => 93, E::AlternativeEnded { .. } => 94, E::StockHeld { .. } => 95,
        E::HoldReleased { .. } => 96, E::StockTakenOver { .. } => 97, E::StockGivenUp { .. } => 98, E::ListExported { .. } => 99,
        E::NodeClaimed { .. } => 100, E::NodeGivenBack { .. } => 101, E::NodeHandedOver { .. } => 102, E::NodePaused { .. } => 103,
        E::NodeResumed { .. } => 104, E::NodeEscalated { .. } => 105, E::NodeAlarmed { .. } => 106, E::EvidenceAttached { .. } => 107,
        E::QcRecorded { .. } => 108, E::FailureSettled { .. } => 109, E::PickingChecked { .. } => 110, E::ShipmentArranged { .. } => 111,
        E::ShipmentDropped { .. } => 112, E::HandedOver { .. } => 113, E::TransitNoted { .. } => 114, E::ExceptionOpened { .. } => 115,
        E::ExceptionAnswered { .. } => 116, E::ExceptionPlanned { .. } => 117, E::GoodsReturned { .. } => 118, E::CreditNoteRecorded { .. } => 119,
        E::ExceptionClosed { .. } => 120, E::BatchesPlanned { .. } => 121, E::PromiseSlipped { .. } => 122, E::StageKept { .. } => 123,
        E::CustomerTold { .. } => 124, E::LinkMade { .. } => 125, E::LinkRevoked { .. } => 126, E::CustomerAnswered { .. } => 127,
        E::AnswerSettled { .. } => 128, E::PledgeAsked { .. } => 129, E::PledgeGiven { .. } => 130, E::PromiseAgreed { .. } => 131,
        E::NodeTakenOver { .. } => 132, E::PostReviewEscalated { .. } => 133, E::OrderReduced { .. } => 134,
        E::VerificationLapsed { .. } => 135, E::SpecialsTicked { .. } => 136,
    }
}

#[test]
fn every_event_keeps_its_stored_form() {
    let events = all();
    assert_eq!(events.iter().map(place).collect::<Vec<_>>(), (0..137).collect::<Vec<_>>());
    assert_eq!(events.iter().map(Event::kind).collect::<BTreeSet<_>>().len(), events.len());
    let json = serde_json::to_string_pretty(&events).expect("events are JSON");
    snapshot::compare("events.json", &(json.clone() + "\n"));
    // What was stored once can always be read.
    let read: Vec<Event> = serde_json::from_str(&json).expect("readable");
    assert_eq!(read, events);
}

/// Everything that is told of feedback, one of each.
fn told_of_feedback() -> Vec<FeedbackEvent> {
    let at = moment("10-12 10:00");
    let said = Statement {
        kind: FeedbackKind::Complaint,
        category: FeedbackCategory::Packaging,
        severity: Some(Severity::Major),
        contact: Some(text("李娜")),
        channel: FeedbackChannel::Phone,
        content: Some(text("外箱压扁，两袋破损")),
        received_at: at,
        handler: id(8),
        about: Some(id(9)),
    };
    let limits = Limits { answer_by: at, report_by: Some(at), solve_by: at };
    let answer = SurveyAnswer {
        scores: Scores::of([5, 4, 2, 5, 4]),
        contact: Some(text("李娜")),
        channel: FeedbackChannel::CustomerPage,
        comment: None,
    };
    let solution = Solution {
        cause: text("只缠了膜"), remedy: text("补发两袋"), lesson: Some(text("防潮托盘+护角"))
    };
    vec![
        FeedbackEvent::Recorded {
            order: Some(id(7)),
            status: FeedbackStatus::Open,
            said: said.clone(),
            limits: Some(limits),
            survey: None,
        },
        FeedbackEvent::Answered { text: text("明天上午前给您答复") },
        FeedbackEvent::Reported { text: text("补发的货今天发出") },
        FeedbackEvent::Assigned { to: id(8), name: text("赵雪") },
        FeedbackEvent::Solved { solution },
        FeedbackEvent::Returned { reason: text("原因没有查清") },
        FeedbackEvent::Closed { satisfied: true, note: None },
        FeedbackEvent::Dismissed { reason: text("客户打错分") },
        FeedbackEvent::LessonClosed { note: text("已写入包装作业指导书") },
        FeedbackEvent::Surveyed { order: id(7), answer, handler: id(8) },
    ]
}

#[test]
fn everything_told_of_feedback_keeps_its_stored_form() {
    let all: Vec<Event> = told_of_feedback()
        .into_iter()
        .map(|told| Event::Feedback { id: id(15), no: text("TS-20261012-001"), told: Box::new(told) })
        .collect();
    let json = serde_json::to_string_pretty(&all).expect("events are JSON");
    snapshot::compare("feedback_events.json", &(json.clone() + "\n"));
    let read: Vec<Event> = serde_json::from_str(&json).expect("readable");
    assert_eq!(read, all);
}
