//! A command for every action, and a case for every stage, so that each row can be tried.

use crate::harness::sample;
use crate::harness::stages::{Plan, Stage, decide, quote_terms};
use crate::harness::world::World;
use chrono::{DateTime, Utc};
use kuaidan::domain::alternative::Alternative;
use kuaidan::domain::approval::{Decision, NodeKind};
use kuaidan::domain::calendar::local_date;
use kuaidan::domain::change::{
    Answer, Change, ChangeDraft, ChangeReason, ChangeStatus, Duty, Impact, Phase, Request, current_content, items_of,
};
use kuaidan::domain::credit::CreditChange;
use kuaidan::domain::credit_code::CreditCode;
use kuaidan::domain::customer::{CustomerConfirmMethod, Grade, InvoiceKind, Mark, RegistryStatus, VerifyChannel};
use kuaidan::domain::deal::LostReason;
use kuaidan::domain::delivery::{
    Appearance, DelayCause, Disposition, Exception, ExceptionFacts, ExceptionKind, ExceptionPlan, ExceptionStatus,
    Inspection, ReturnFreight, ReturnOutcome, ToldAbout, ToldBy,
};
use kuaidan::domain::fast_path::ReviewResult;
use kuaidan::domain::feedback::{
    Closing, Feedback, FeedbackCategory, FeedbackChannel, FeedbackCommand, FeedbackKind, FeedbackStatus, Scores,
    Severity, Solution, Statement, SurveyAnswer,
};
use kuaidan::domain::ids::{
    AttachmentId, ChangeId, ExceptionId, FeedbackId, InvoiceId, OrderLineId, PersonId, PostReviewId, ReceiptId,
    ReturnId, ShipmentId, StopId,
};
use kuaidan::domain::order::{AcceptanceKind, DeliveryStage, OrderStatus, ShipmentStatus};
use kuaidan::domain::order_stop::{OrderStop, StopAnswer, StopDecided, StopKind, StopReason, StopStatus};
use kuaidan::domain::quote::price;
use kuaidan::domain::receivable::{Invoice, Receipt};
use kuaidan::domain::requirement::{Channel, RequirementConfirmMethod, Special};
use kuaidan::domain::staff::Department;
use kuaidan::domain::tax::TaxBasis;
use kuaidan::domain::workflow::{Action, Case, Command, LineQuantity, Signature, Waiver};
use rust_decimal::{Decimal, dec};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The cases of one deal, taken after each stage.
pub struct Film {
    pub world: World,
    pub plan: Plan,
    cases: BTreeMap<Stage, Case>,
}

impl Film {
    pub async fn shoot() -> Self {
        let world = World::new().await;
        let special =
            Special { text: "木箱包装".to_owned(), department: Department::Warehouse, applies: Some(true) };
        let plan = Plan { specials: vec![special], ..Plan::default() };
        let deal = world.deal_at(Stage::Registered, &plan).await;
        let mut cases = BTreeMap::from([(Stage::Registered, world.case(&deal).await)]);
        for stage in Stage::ALL.into_iter().skip(1) {
            world.bring_to(stage, &deal, &plan).await;
            cases.insert(stage, world.case(&deal).await);
        }
        Self { world, plan, cases }
    }

    pub fn at(&self, stage: Stage) -> Case {
        self.cases.get(&stage).cloned().unwrap_or_else(|| panic!("{stage:?} was not filmed"))
    }

    /// A command that fits the case as far as the action can fit it.
    pub fn command(&self, action: Action, case: &Case) -> Command {
        let now = self.world.now();
        let reason = || "按主管意见办理".to_owned();
        let file = AttachmentId(Uuid::from_u128(7));
        let order = case.order.as_ref();
        let quantities = |left: fn(&kuaidan::domain::order::OrderLine) -> Decimal| -> Vec<LineQuantity> {
            order
                .into_iter()
                .flat_map(kuaidan::domain::order::Order::goods)
                .map(|l| LineQuantity { line: l.id, quantity: left(l) })
                .collect()
        };
        match action {
            Action::SaveCustomer => Command::SaveCustomer(Box::new(case.customer.profile.clone())),
            Action::AttachLicense => Command::AttachLicense { file },
            Action::RequestVerification => Command::RequestVerification,
            Action::VerifyLicense => Command::VerifyLicense { channel: VerifyChannel::Gsxt },
            Action::AskCorrection => Command::AskCorrection { comment: "执照照片看不清".to_owned() },
            Action::ConfirmWithCustomer => Command::ConfirmWithCustomer {
                method: CustomerConfirmMethod::Phone,
                contact: "李娜".to_owned(),
                note: None,
                file: None,
            },
            Action::Archive => Command::Archive,
            Action::SaveRequirement => {
                Command::SaveRequirement(Box::new(sample::requirement(&self.world, &case.customer, &self.plan)))
            }
            Action::SendRequirement => Command::SendRequirement,
            Action::TickSpecials => Command::TickSpecials { answers: vec![("木箱包装".to_owned(), true)] },
            Action::RecallRequirement => Command::RecallRequirement,
            Action::ConfirmRequirement => Command::ConfirmRequirement {
                method: RequirementConfirmMethod::Email,
                contact: "李娜".to_owned(),
                file: Some(file),
                at: now,
            },
            Action::ReviseRequirement => Command::ReviseRequirement,
            Action::AddConfirmationFile => Command::AddConfirmationFile { file },
            Action::SaveQuote => {
                let priced = case
                    .quote
                    .as_ref()
                    .map_or_else(|| price(Vec::new(), TaxBasis::Inclusive, Decimal::ZERO), |q| q.priced.clone());
                Command::SaveQuote { terms: Box::new(quote_terms(&self.world, &self.plan)), priced: Box::new(priced) }
            }
            Action::SubmitQuote => Command::SubmitQuote,
            Action::WithdrawQuote => Command::WithdrawQuote,
            Action::ReopenQuoting => Command::ReopenQuoting,
            Action::AddAlternative => Command::AddAlternative,
            Action::ChooseAlternative => Command::ChooseAlternative { alternative: Alternative::B },
            Action::HoldStock => Command::HoldStock { product: self.world.product("QM-65").id, quantity: dec!(10) },
            Action::ReleaseHold => Command::ReleaseHold { product: self.world.product("QM-65").id },
            Action::DecideNode => decide(NodeKind::SalesManager, Decision::Approve, None),
            Action::ClaimNode => Command::ClaimNode { node: NodeKind::SalesManager },
            Action::GiveBackNode => Command::GiveBackNode { node: NodeKind::SalesManager },
            Action::HandOverNode => Command::HandOverNode {
                node: NodeKind::SalesManager,
                to: Box::new(self.world.colleague("liqiang")),
                comment: reason(),
            },
            Action::AddSigner => Command::AddSigner {
                node: NodeKind::SalesManager,
                signer: Box::new(self.world.colleague("zhoukai")),
                comment: reason(),
            },
            Action::AskRep => Command::AskRep { node: NodeKind::SalesManager, comment: reason() },
            Action::AnswerCall => Command::AnswerCall { node: NodeKind::SalesManager, result: None, comment: reason() },
            Action::RecallCall => Command::RecallCall { node: NodeKind::SalesManager },
            Action::AttachEvidence => Command::AttachEvidence { node: NodeKind::SalesManager, file },
            Action::AcknowledgeCondition => Command::AcknowledgeCondition { node: NodeKind::SalesManager },
            Action::SendQuote => Command::SendQuote,
            Action::DeclineQuote => Command::DeclineQuote { reason: LostReason::Price },
            Action::RecordAcceptance => Command::RecordAcceptance {
                kind: AcceptanceKind::StampedContract,
                accepted_at: now,
                file,
                po_no: None,
                po_check: None,
            },
            Action::AgreePromise => Command::AgreePromise {
                to: case.order.as_ref().map_or(now, |o| o.promised_at.max(now)) + chrono::TimeDelta::days(1),
                contact: "李娜".to_owned(),
                method: RequirementConfirmMethod::Email,
                note: None,
            },
            Action::ConfirmOrder => Command::ConfirmOrder,
            Action::AcknowledgeSpecial => Command::AcknowledgeSpecial { position: 1 },
            Action::GivePledge => Command::GivePledge {
                department: kuaidan::domain::staff::Department::Warehouse,
                answer: kuaidan::domain::pledge::PledgeAnswer::Ready,
                note: None,
            },
            Action::RecordReceipt => {
                Command::RecordReceipt { position: 1, amount: dec!(0), received_at: now, reference: "HD-1".to_owned() }
            }
            Action::RecordProduction => Command::RecordProduction {
                work_order: None,
                quantities: quantities(kuaidan::domain::order::OrderLine::shortage),
                scrap: Vec::new(),
            },
            Action::RecordQc => Command::RecordQc {
                passed: quantities(kuaidan::domain::order::OrderLine::to_check),
                failed: None,
                cause: None,
            },
            Action::RecordPicking => Command::RecordPicking {
                quantities: quantities(kuaidan::domain::order::OrderLine::to_pick),
                location: None,
            },
            Action::CheckPicking => Command::CheckPicking {
                pickings: order
                    .into_iter()
                    .flat_map(|o| &o.tracking.pickings)
                    .filter(|p| p.checked_at.is_none())
                    .map(|p| p.id)
                    .collect(),
            },
            Action::RecordPacking => {
                Command::RecordPacking { quantities: quantities(|l| l.checked - l.packed), ticked: vec![1] }
            }
            _ => self.delivery_command(action, case),
        }
    }

    /// The rest of a delivery, and what comes after it.
    fn delivery_command(&self, action: Action, case: &Case) -> Command {
        let now = self.world.now();
        let reason = || "按主管意见办理".to_owned();
        let file = AttachmentId(Uuid::from_u128(7));
        let order = case.order.as_ref();
        let line = order.and_then(|o| o.goods().next()).map_or(OrderLineId(Uuid::nil()), |l| l.id);
        let shipment = |status: &[ShipmentStatus]| {
            let found = order.and_then(|o| o.shipments.iter().find(|s| status.contains(&s.status)));
            found.map_or(ShipmentId(Uuid::nil()), |s| s.id)
        };
        let on_its_way = &[ShipmentStatus::Shipped, ShipmentStatus::InTransit];
        let exception =
            order.and_then(|o| o.tracking.open_exceptions().next()).map_or(ExceptionId(Uuid::nil()), |e| e.id);
        match action {
            Action::ArrangeShipment => Command::ArrangeShipment {
                quantities: order
                    .into_iter()
                    .flat_map(|o| o.goods().map(|l| LineQuantity { line: l.id, quantity: o.to_ship(l) }))
                    .collect(),
                way: sample::carried("德邦", "DPK2026092201"),
            },
            Action::DropShipment => {
                Command::DropShipment { shipment: shipment(&[ShipmentStatus::Pending]), reason: reason() }
            }
            Action::Ship => Command::Ship { shipment: shipment(&[ShipmentStatus::Pending]) },
            Action::HandOver => Command::HandOver { shipment: shipment(&[ShipmentStatus::Shipped]) },
            Action::NoteTransit => Command::NoteTransit {
                shipment: shipment(on_its_way),
                text: "已到苏州分拨中心".to_owned(),
                eta: None,
                arrived_at: None,
            },
            Action::SignOff => {
                let sent = order.and_then(|o| o.shipments.iter().find(|s| on_its_way.contains(&s.status)));
                Command::SignOff(Box::new(sent.map_or_else(
                    || Signature {
                        shipment: ShipmentId(Uuid::nil()),
                        signed_by: "李娜".to_owned(),
                        capacity: "收货人".to_owned(),
                        signed_at: now,
                        file,
                        received: Vec::new(),
                        appearance: Appearance::Fine,
                        note: None,
                    },
                    |s| sample::signature(s, file, now),
                )))
            }
            Action::OpenException => Command::OpenException(Box::new(shortage(line, now))),
            Action::AnswerException => Command::AnswerException { exception, text: "正在核实".to_owned() },
            Action::PlanException => Command::PlanException { exception, plan: Box::new(expedite(now)) },
            Action::SettleReturn => {
                let signed = order.and_then(|o| o.shipments.iter().find(|s| s.signed_at.is_some()));
                Command::SettleReturn {
                    exception,
                    shipment: signed.map_or(ShipmentId(Uuid::nil()), |s| s.id),
                    quantities: first_line(case, Decimal::ONE),
                    inspection: Inspection::Good,
                    outcome: ReturnOutcome::Replace,
                    freight: ReturnFreight::Seller,
                }
            }
            Action::RecordCreditNote => {
                let owed = order.into_iter().flat_map(|o| &o.tracking.returns).find(|r| r.owes_credit_note());
                Command::RecordCreditNote {
                    goods_return: owed.map_or(ReturnId(Uuid::nil()), |r| r.id),
                    no: "24442000000012345678".to_owned(),
                }
            }
            Action::CloseException => {
                Command::CloseException { exception, outcome: "已按方案处理".to_owned(), cost: None }
            }
            Action::PlanBatches => {
                let promised = order.map_or(now, |o| o.promised_at);
                Command::PlanBatches { line, batches: vec![(dec!(4), promised), (dec!(6), promised)] }
            }
            Action::SlipPromise => Command::SlipPromise {
                line,
                batch_no: 1,
                to: order.map_or(now, |o| o.promised_at) + chrono::TimeDelta::days(1),
                cause: DelayCause::Material,
                reason: "面板到货推迟".to_owned(),
                told: "交期推迟一天".to_owned(),
                channel: ToldBy::Phone,
            },
            Action::KeepStage => Command::KeepStage {
                line,
                batch_no: 1,
                stage: DeliveryStage::SignOff,
                owner: None,
                forecast_at: None,
                cause: None,
            },
            Action::TellCustomer => Command::TellCustomer {
                about: ToldAbout::Progress,
                channel: ToldBy::Copied,
                text: "订单正在备货".to_owned(),
                told_at: now,
            },
            _ => self.later_command(action, case),
        }
    }

    fn later_command(&self, action: Action, case: &Case) -> Command {
        let now = self.world.now();
        let order = case.order.as_ref();
        let reason = || "按主管意见办理".to_owned();
        let file = AttachmentId(Uuid::from_u128(7));
        match action {
            Action::CompleteOrder => Command::CompleteOrder { waive_inspection: Waiver::Waived },
            Action::CloseDeal => Command::CloseDeal { reason: LostReason::Budget },
            Action::DropUrgency => Command::DropUrgency { reason: reason() },
            Action::ReviewAfterwards => Command::ReviewAfterwards {
                review: PostReviewId(Uuid::from_u128(9)),
                result: ReviewResult::Confirmed,
                comment: None,
            },
            Action::ResolveObjection => Command::ResolveObjection {
                review: PostReviewId(Uuid::from_u128(9)),
                outcome: kuaidan::domain::fast_path::ObjectionOutcome::Continue,
                resolution: "按原方案继续".to_owned(),
            },
            Action::OverrideCode => {
                let code = CreditCode::parse_despite_check("91350211M00013FA1N").expect("only its check is wrong");
                Command::OverrideCode { code, reason: reason() }
            }
            Action::NoteRegistry => Command::NoteRegistry { note: reason() },
            Action::HoldCredit => Command::Mark { mark: Mark::CreditHold, reason: reason() },
            Action::Blacklist => Command::Mark { mark: Mark::Blacklisted, reason: reason() },
            Action::DeactivateCustomer => Command::Mark { mark: Mark::Inactive, reason: reason() },
            Action::ReleaseCredit => Command::Unmark { mark: Mark::CreditHold, reason: reason() },
            Action::LiftBlacklist => Command::Unmark { mark: Mark::Blacklisted, reason: reason() },
            Action::ReactivateCustomer => Command::Unmark { mark: Mark::Inactive, reason: reason() },
            Action::ChangeOwner => Command::ChangeOwner {
                to: self.world.id("zhaoliu"),
                name: "赵六".to_owned(),
                deals: Vec::new(),
                reason: reason(),
            },
            Action::SetGrade => {
                let grade = if case.customer.grade == Grade::A { Grade::B } else { Grade::A };
                Command::SetGrade { grade, reason: reason() }
            }
            Action::ChangeCredit => Command::ChangeCredit(Box::new(CreditChange::Terms {
                limit: dec!(200000),
                days: 30,
                tolerated_until: None,
                reason: reason(),
            })),
            Action::DraftChange => {
                let mut draft = draft_of(case, now);
                "无锡市新吴区长江路 9 号".clone_into(&mut draft.content.ship_address);
                Command::DraftChange(Box::new(draft))
            }
            Action::FileChange => Command::FileChange { call_back: None },
            Action::AcknowledgeChange => Command::AcknowledgeChange {
                department: Department::Production,
                answer: Answer::Possible,
                comment: None,
                loss: None,
            },
            Action::ConfirmChange => Command::ConfirmChange {
                method: RequirementConfirmMethod::Email,
                contact: "李娜".to_owned(),
                file: Some(file),
                at: now,
            },
            Action::RefuseChange => Command::RefuseChange { comment: "来不及重做".to_owned() },
            Action::WithdrawChange => Command::WithdrawChange { comment: "客户不改了".to_owned() },
            Action::RequestStop => {
                let part = order.is_some_and(|o| o.status == OrderStatus::PartiallyShipped);
                let kind = if part { StopKind::ShortClose } else { StopKind::Cancel };
                Command::RequestStop { kind, reason: StopReason::Customer, text: reason() }
            }
            Action::DecideStop => Command::DecideStop { answer: StopAnswer::Granted, comment: None, cost: None },
            Action::WithdrawStop => Command::WithdrawStop,
            Action::HoldOrder => Command::HoldOrder { reason: StopReason::Quality, text: reason() },
            Action::ResumeOrder => Command::ResumeOrder { comment: reason() },
            Action::ApproveChange => Command::ApproveChange { comment: Some(reason()), loss: None },
            Action::CorrectReceipt => {
                Command::CorrectReceipt { receipt: ReceiptId(Uuid::from_u128(8)), reason: reason() }
            }
            Action::RecordInvoice => {
                let is_over = order.is_some_and(|o| o.status == OrderStatus::Cancelled);
                Command::RecordInvoice(Box::new(if is_over {
                    Invoice {
                        net: dec!(-100),
                        tax: dec!(-13),
                        red_of: Some(InvoiceId(Uuid::from_u128(9))),
                        ..invoice(now)
                    }
                } else {
                    invoice(now)
                }))
            }
            Action::ReviewCustomer => Command::ReviewCustomer {
                channel: VerifyChannel::Gsxt,
                registry_status: RegistryStatus::Active,
                findings: "执照有效，联系人在职".to_owned(),
            },
            other => Command::Feedback(self.about_feedback(other)),
        }
    }

    fn about_feedback(&self, action: Action) -> FeedbackCommand {
        let text = || "已与客户说明处理办法".to_owned();
        match action {
            Action::RecordFeedback => FeedbackCommand::Record(Box::new(self.complaint())),
            Action::AnswerFeedback => FeedbackCommand::Answer { text: text() },
            Action::ReportFeedback => FeedbackCommand::Report { text: text() },
            Action::AssignFeedback => {
                FeedbackCommand::Assign { to: self.world.id("zhaoxue"), name: "赵雪".to_owned() }
            }
            Action::SolveFeedback => FeedbackCommand::Solve(Box::new(Solution {
                cause: "外箱没有护角".to_owned(),
                remedy: text(),
                lesson: Some("防潮托盘+护角".to_owned()),
            })),
            Action::ReturnFeedback => FeedbackCommand::Return { reason: text() },
            Action::CloseFeedback => FeedbackCommand::Close { satisfied: true, note: None },
            Action::DismissFeedback => FeedbackCommand::Dismiss { reason: text() },
            Action::CloseLesson => FeedbackCommand::CloseLesson { note: text() },
            Action::AnswerSurvey => FeedbackCommand::Survey(Box::new(SurveyAnswer {
                scores: Scores::of([5, 5, 4, 5, 5]),
                contact: Some("李娜".to_owned()),
                channel: FeedbackChannel::Phone,
                comment: None,
            })),
            other => panic!("{other} has no command"),
        }
    }

    /// What the customer complains about.
    pub fn complaint(&self) -> Statement {
        Statement {
            kind: FeedbackKind::Complaint,
            category: FeedbackCategory::Packaging,
            severity: Some(Severity::General),
            contact: Some("李娜".to_owned()),
            channel: FeedbackChannel::Phone,
            content: Some("外箱压扁，两袋破损".to_owned()),
            received_at: self.world.now(),
            handler: self.world.id("wangmin"),
            about: None,
        }
    }

    /// The complaint as it stands in a state, with everything done that belongs to it.
    pub fn feedback(&self, status: FeedbackStatus, case: &Case) -> Feedback {
        let now = self.world.now();
        let by = self.world.id("wangmin");
        let is_solved = matches!(status, FeedbackStatus::Answered | FeedbackStatus::Solved | FeedbackStatus::Closed);
        Feedback {
            id: FeedbackId(Uuid::from_u128(15)),
            no: "TS-20260917-001".to_owned(),
            version: 1,
            customer: case.customer.id,
            order: case.order.as_ref().map(|o| o.id),
            status,
            said: self.complaint(),
            handler_name: "王敏".to_owned(),
            about_name: None,
            recorded_by: Some("王敏".to_owned()),
            recorded_at: now,
            limits: None,
            answer: None,
            report: None,
            solution: is_solved.then(|| Solution {
                cause: "外箱没有护角".to_owned(),
                remedy: "补发两袋".to_owned(),
                lesson: Some("防潮托盘+护角".to_owned()),
            }),
            solved: is_solved.then(|| ("王敏".to_owned(), now)),
            closing: (status == FeedbackStatus::Closed).then(|| Closing {
                by,
                by_name: "李强".to_owned(),
                at: now,
                satisfied: Some(true),
                note: None,
            }),
            lesson_closed: None,
            scores: None,
            survey: None,
        }
    }
}

/// Pieces are missing until a new date.
pub fn shortage(line: OrderLineId, now: DateTime<Utc>) -> ExceptionFacts {
    ExceptionFacts {
        kind: ExceptionKind::Shortage,
        severity: kuaidan::domain::delivery::Severity::Normal,
        department: Department::Production,
        line: Some(line),
        shipment: None,
        quantity: Some(Decimal::ONE),
        text: "备料不足".to_owned(),
        cause: None,
        new_date: Some(now),
        attempts: None,
        freight_payer: None,
        claim_no: None,
        file: None,
        found_at: now,
    }
}

pub fn expedite(now: DateTime<Utc>) -> ExceptionPlan {
    ExceptionPlan {
        disposition: Disposition::Expedite,
        text: "安排加班补足".to_owned(),
        due_at: now + chrono::TimeDelta::days(1),
        department: Department::Production,
        cost: None,
    }
}

/// The case with an exception on its order.
pub fn troubled(case: &mut Case, facts: ExceptionFacts, status: ExceptionStatus, now: DateTime<Utc>) {
    let Some(order) = &mut case.order else { return };
    order.tracking.exceptions.push(Exception {
        id: ExceptionId(Uuid::from_u128(11)),
        no: "YC-20260917-001".to_owned(),
        facts,
        is_automatic: false,
        status,
        opened_by: kuaidan::domain::ids::PersonId(Uuid::from_u128(12)),
        opened_by_name: "孙丽".to_owned(),
        opened_at: now,
        response_due_at: now,
        plan_due_at: now,
        response: None,
        disposition: None,
        plan: None,
        plan_until: None,
        cost: None,
        outcome: None,
    });
}

/// A quantity for the first goods line, or for a line that is not there.
pub fn first_line(case: &Case, quantity: Decimal) -> Vec<LineQuantity> {
    let line = case.order.as_ref().and_then(|o| o.goods().next()).map_or(OrderLineId(Uuid::nil()), |l| l.id);
    vec![LineQuantity { line, quantity }]
}

/// A receipt for the deposit.
pub fn receipt_of(now: DateTime<Utc>) -> Receipt {
    Receipt {
        id: ReceiptId(Uuid::from_u128(8)),
        position: 1,
        amount: dec!(24510.09),
        received_at: now,
        reference: "HD-1".to_owned(),
        corrects: None,
        reason: None,
        by_name: "吴芳".to_owned(),
    }
}

/// An invoice of 113.00 yuan.
pub fn invoice(now: DateTime<Utc>) -> Invoice {
    Invoice {
        id: InvoiceId(Uuid::from_u128(10)),
        kind: InvoiceKind::Special,
        number: "24312000000012345678".to_owned(),
        on: local_date(now),
        net: dec!(100),
        tax: dec!(13),
        covers: "第 1 行".to_owned(),
        red_of: None,
    }
}

/// A stop of the order: asked for by its rep, or decided by the director.
pub fn stop_of(case: &Case, kind: StopKind, status: StopStatus, now: DateTime<Utc>) -> OrderStop {
    let person = |n| PersonId(Uuid::from_u128(n));
    OrderStop {
        id: StopId(Uuid::from_u128(6)),
        kind,
        reason: StopReason::Customer,
        text: "客户资金紧张".to_owned(),
        status,
        requested_by: person(61),
        requested_by_name: "王敏".to_owned(),
        requested_at: now,
        from: (status == StopStatus::InForce).then(|| case.order.as_ref().map_or(OrderStatus::Confirmed, |o| o.status)),
        decided: (status == StopStatus::InForce).then(|| StopDecided {
            by: person(62),
            by_name: "陈静".to_owned(),
            at: now,
            comment: None,
        }),
        cost: None,
        end_note: None,
    }
}

/// What holds now, as a change would start from it.
pub fn draft_of(case: &Case, now: DateTime<Utc>) -> ChangeDraft {
    ChangeDraft {
        content: current_content(case).unwrap_or_else(|| panic!("no requirement to change")),
        wish: None,
        request: Request {
            contact: Some("李娜".to_owned()),
            received_at: now,
            channel: Channel::Phone,
            reason: ChangeReason::Customer,
            note: None,
            correction: None,
            delay: None,
        },
        impact: Impact::default(),
        offer: None,
        urgency: None,
        invoice: None,
    }
}

/// A change of an order that is not started: delivered earlier, production asked, nobody has answered.
pub fn change_of(case: &Case, status: ChangeStatus, now: DateTime<Utc>) -> Change {
    let mut draft = draft_of(case, now);
    let before = draft.content.clone();
    draft.content.wanted_at -= chrono::TimeDelta::days(1);
    let due_at = now + chrono::TimeDelta::hours(8);
    Change {
        id: ChangeId(Uuid::from_u128(5)),
        no: "BG-20260917-001".to_owned(),
        status,
        phase: Phase::NotStarted,
        base: case.requirement.clone().unwrap_or_else(|| panic!("no requirement to change")),
        items: items_of(&before, &draft.content),
        content: draft.content,
        wish: None,
        request: draft.request,
        impact: draft.impact,
        offer: None,
        urgency: None,
        invoice: None,
        approval: None,
        call_back: None,
        duties: vec![Duty { department: Department::Production, asked_at: now, due_at, said: None }],
        created_at: now,
        filed_at: (status != ChangeStatus::Draft).then_some(now),
        confirmation: None,
        decision: None,
        effective_at: None,
        result: None,
    }
}
