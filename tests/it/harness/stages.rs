//! Deals at every stage, driven there by the people whose turn it is, through `App` only.

use super::sample;
use super::world::{World, day, told};
use chrono::Days;
use kuaidan::app::{Asked, ForCustomer, NewDeal, PolicyChoice, QuoteInput, QuoteLineInput};
use kuaidan::domain::approval::{Decision, NodeKind, NodeStatus};
use kuaidan::domain::calendar::{NaturalHours, local_date};
use kuaidan::domain::customer::{CustomerConfirmMethod, Source, VerifyChannel};
use kuaidan::domain::deal::{DealKind, Urgency};
use kuaidan::domain::order::{AcceptanceKind, ShipmentStatus};
use kuaidan::domain::quote::{FreightPayer, LineRemarks, PaymentTerm, PaymentTrigger, PriceRequest, QuoteTerms};
use kuaidan::domain::requirement::{DeliveryMode, MatchKind, RequirementConfirmMethod, Special};
use kuaidan::domain::round::{
    Capacity, Check, CheckAnswer, Feasibility, FinanceView, ProductionView, Sheet, TechnicalView, TermsView, Verdict,
};
use kuaidan::domain::staff::Role;
use kuaidan::domain::tax::TaxBasis;
use kuaidan::domain::workflow::{Command, LineQuantity, Waiver};
use rust_decimal::{Decimal, dec};

/// How far a deal has come; each stage contains the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Opened for a new customer whose archive is filled in, with the licence.
    Registered,
    VerificationAsked,
    Verified,
    Archived,
    RequirementDrafted,
    RequirementSent,
    RequirementConfirmed,
    QuoteDrafted,
    QuoteSubmitted,
    QuoteApproved,
    QuoteSent,
    /// The customer accepted; the order is a draft.
    Accepted,
    OrderConfirmed,
    Paid,
    Picked,
    Packed,
    Shipped,
    Signed,
    Completed,
}

impl Stage {
    pub const ALL: [Self; 19] = [
        Self::Registered,
        Self::VerificationAsked,
        Self::Verified,
        Self::Archived,
        Self::RequirementDrafted,
        Self::RequirementSent,
        Self::RequirementConfirmed,
        Self::QuoteDrafted,
        Self::QuoteSubmitted,
        Self::QuoteApproved,
        Self::QuoteSent,
        Self::Accepted,
        Self::OrderConfirmed,
        Self::Paid,
        Self::Picked,
        Self::Packed,
        Self::Shipped,
        Self::Signed,
        Self::Completed,
    ];
}

/// What is sold to whom; the default is the story of DOMAIN 9.1.
#[derive(Debug, Clone)]
pub struct Plan {
    pub owner: &'static str,
    /// An archived customer; none makes a new one.
    pub customer: Option<String>,
    /// Product code, quantity, typed unit price (none takes the policy's).
    pub lines: Vec<(&'static str, Decimal, Option<Decimal>)>,
    pub discount_reason: Option<&'static str>,
    pub terms: Vec<(Decimal, PaymentTrigger, i32)>,
    pub specials: Vec<Special>,
    pub partial_allowed: bool,
    pub match_kind: MatchKind,
    pub urgency: Option<Urgency>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            owner: "wangmin",
            customer: None,
            lines: vec![("QM-65", dec!(10), Some(dec!(8050.03))), ("AZ-01", dec!(1), None)],
            discount_reason: None,
            terms: vec![(dec!(30), PaymentTrigger::OnSigning, 0), (dec!(70), PaymentTrigger::BeforeShipment, 0)],
            specials: Vec::new(),
            partial_allowed: false,
            match_kind: MatchKind::Exact,
            urgency: None,
        }
    }
}

/// Who decides for a role.
pub fn holder(role: Role) -> &'static str {
    match role {
        Role::SalesRep => "wangmin",
        Role::SalesAssistant => "zhaoxue",
        Role::SalesManager => "liqiang",
        Role::SalesDirector => "chenjing",
        Role::Technical => "zhoukai",
        Role::Finance => "wufang",
        Role::Production => "zhengwei",
        Role::Warehouse => "sunli",
        Role::Logistics => "hejun",
        Role::GeneralManager => "liujianguo",
        Role::Admin => "admin",
    }
}

pub fn quote_terms(world: &World, plan: &Plan) -> QuoteTerms {
    QuoteTerms {
        valid_until: local_date(world.now()).checked_add_days(Days::new(15)).unwrap_or_else(|| day("2026-10-02")),
        tax_basis: TaxBasis::Inclusive,
        deliver_at: plan
            .urgency
            .as_ref()
            .map(|u| u.needed_at)
            .filter(|at| *at > world.now())
            .unwrap_or_else(|| super::world::moment("09-24 18:00").max(world.now() + Days::new(7))),
        place: "苏州工业园区星湖街 328 号".to_owned(),
        delivery_mode: DeliveryMode::ToDoor,
        freight_payer: FreightPayer::Seller,
        warranty: "整机三年".to_owned(),
        internal_note: None,
        whole_discount: Decimal::ZERO,
        payment_terms: plan
            .terms
            .iter()
            .map(|(percent, trigger, days)| PaymentTerm { percent: *percent, trigger: *trigger, days: *days })
            .collect(),
    }
}

/// A decision with every point met and the department's fields filled in.
pub fn decide(node: NodeKind, decision: Decision, comment: Option<&str>) -> Command {
    let comment = comment.map(str::to_owned);
    Command::DecideNode(Box::new(Verdict { sheet: sheet(node), ..Verdict::new(node, decision, comment) }))
}

/// An approval; production commits itself to this day.
pub fn approve_on(node: NodeKind, committed_on: chrono::NaiveDate) -> Command {
    let mut sheet = sheet(node);
    sheet.production.iter_mut().for_each(|view| view.committed_on = committed_on);
    Command::DecideNode(Box::new(Verdict { sheet, ..Verdict::new(node, Decision::Approve, None) }))
}

/// A checklist without a flaw; production commits itself to 2026-09-24.
pub fn sheet(node: NodeKind) -> Sheet {
    let checks = node.checklist().iter().map(|item| Check { item: *item, answer: CheckAnswer::Met, comment: None });
    let technical = TechnicalView { feasibility: Feasibility::Feasible, risks: None, lead_days: 15 };
    let finance = FinanceView { terms: TermsView::Acceptable, exposure: None, condition: None };
    let production =
        ProductionView { capacity: Capacity::Enough, committed_on: day("2026-09-24"), batches: Vec::new() };
    Sheet {
        checks: checks.collect(),
        technical: (node == NodeKind::Technical).then_some(technical),
        finance: (node == NodeKind::Finance).then_some(finance),
        production: (node == NodeKind::Production).then_some(production),
    }
}

impl World {
    /// Opens a deal and leaves it alone.
    pub async fn open(
        &self,
        owner: &str,
        customer: ForCustomer,
        promise: Option<NaturalHours>,
        urgency: Option<Urgency>,
    ) -> String {
        let actor = self.actor(owner);
        let new = NewDeal {
            customer,
            kind: DealKind::New,
            source: Source::Exhibition,
            title: "会议室平板".to_owned(),
            promise,
            urgency,
            repeats: None,
        };
        match self.app.open_deal(&self.by(&actor, &[], None), new).await {
            Ok(done) => done.then().trim_start_matches("/deals/").to_owned(),
            Err(failure) => panic!("{owner} cannot open a deal: {}", told(&failure)),
        }
    }

    /// The number of an archived customer of 王敏.
    pub async fn archived_customer(&self) -> String {
        let deal = self.deal_at(Stage::Archived, &Plan::default()).await;
        self.case(&deal).await.customer.no
    }

    pub async fn deal_with_confirmed_requirement(&self) -> String {
        self.deal_at(Stage::RequirementConfirmed, &Plan::default()).await
    }

    pub async fn submitted_quote(&self) -> String {
        self.deal_at(Stage::QuoteSubmitted, &Plan::default()).await
    }

    /// A deal that has just come to `stage`; the clock does not move.
    pub async fn deal_at(&self, stage: Stage, plan: &Plan) -> String {
        let customer = match &plan.customer {
            Some(no) => ForCustomer::Known { no: no.clone() },
            None => ForCustomer::New { legal_name: "苏州星辰云启科技有限公司".to_owned() },
        };
        let deal = self.open(plan.owner, customer, Some(NaturalHours(24)), plan.urgency.clone()).await;
        for step in Stage::ALL.into_iter().filter(|s| *s <= stage) {
            if plan.customer.is_none() || step > Stage::Archived {
                self.bring_to(step, &deal, plan).await;
            }
        }
        deal
    }

    /// The one act, or the few, between the stage before and `stage`.
    pub async fn bring_to(&self, stage: Stage, deal: &str, plan: &Plan) {
        let owner = plan.owner;
        let no = self.case(deal).await.customer.no;
        match stage {
            Stage::Registered => {
                let before = self.customer(&no).await.customer.profile;
                let profile = sample::profile(self, &before.legal_name, &sample::fresh_code(&no));
                self.must_on_customer(owner, &no, &[], Command::SaveCustomer(Box::new(profile))).await;
                let file = self.pdf("营业执照").await;
                let attach = Command::AttachLicense { file: file.id };
                self.must_on_customer(owner, &no, &[file], attach).await;
            }
            Stage::VerificationAsked => self.must_on_customer(owner, &no, &[], Command::RequestVerification).await,
            Stage::Verified => {
                self.must_on_customer("zhaoxue", &no, &[], Command::VerifyLicense { channel: VerifyChannel::Gsxt })
                    .await;
            }
            Stage::Archived => {
                let confirm = Command::ConfirmWithCustomer {
                    method: CustomerConfirmMethod::Phone,
                    contact: "李娜".to_owned(),
                    note: None,
                    file: None,
                };
                self.must_on_customer(owner, &no, &[], confirm).await;
            }
            Stage::RequirementDrafted => {
                let content = sample::requirement(self, &self.case(deal).await.customer, plan);
                self.must(owner, deal, &[], Command::SaveRequirement(Box::new(content))).await;
            }
            Stage::RequirementSent => self.must(owner, deal, &[], Command::SendRequirement).await,
            Stage::RequirementConfirmed => {
                let file = self.pdf("需求确认邮件").await;
                let confirm = Command::ConfirmRequirement {
                    method: RequirementConfirmMethod::Email,
                    contact: "李娜".to_owned(),
                    file: Some(file.id),
                    at: self.now(),
                };
                self.must(owner, deal, &[file], confirm).await;
            }
            Stage::QuoteDrafted => self.must(owner, deal, &[], self.quote(plan)).await,
            Stage::QuoteSubmitted => self.must(owner, deal, &[], Command::SubmitQuote).await,
            Stage::QuoteApproved => self.approve_all(deal).await,
            Stage::QuoteSent => self.must(owner, deal, &[], Command::SendQuote).await,
            Stage::Accepted => {
                let file = self.pdf("盖章合同").await;
                let accept = Command::RecordAcceptance {
                    kind: AcceptanceKind::StampedContract,
                    accepted_at: self.now(),
                    file: file.id,
                    po_no: None,
                    po_check: None,
                };
                self.must(owner, deal, &[file], accept).await;
            }
            Stage::OrderConfirmed => self.must(owner, deal, &[], Command::ConfirmOrder).await,
            _ => self.deliver(stage, deal, owner).await,
        }
    }

    async fn deliver(&self, stage: Stage, deal: &str, owner: &str) {
        let Some(order) = self.case(deal).await.order else { panic!("{deal} has no order") };
        let all = |left: fn(&kuaidan::domain::order::OrderLine) -> Decimal| -> Vec<LineQuantity> {
            order.goods().map(|l| LineQuantity { line: l.id, quantity: left(l) }).collect()
        };
        match stage {
            Stage::Paid => {
                for milestone in order.milestones.iter().filter(|m| m.blocks_shipment()) {
                    let receipt = Command::RecordReceipt {
                        position: milestone.position,
                        amount: milestone.open(),
                        received_at: self.now(),
                        reference: "银行回单".to_owned(),
                    };
                    self.must("wufang", deal, &[], receipt).await;
                }
            }
            Stage::Picked => {
                if order.goods().any(|l| !l.shortage().is_zero()) {
                    let made = || all(kuaidan::domain::order::OrderLine::shortage);
                    let produce = Command::RecordProduction { work_order: None, quantities: made(), scrap: Vec::new() };
                    self.must("zhengwei", deal, &[], produce).await;
                    let pass = Command::RecordQc { passed: made(), failed: None, cause: None };
                    self.must("zhengwei", deal, &[], pass).await;
                }
                let pick = Command::RecordPicking { quantities: all(|l| l.quantity), location: None };
                self.must("sunli", deal, &[], pick).await;
                self.check_pickings(deal).await;
            }
            Stage::Packed => {
                for special in &order.specials {
                    if special.acknowledged_at.is_none() {
                        self.must("sunli", deal, &[], Command::AcknowledgeSpecial { position: special.position }).await;
                    }
                }
                let ticked = order.specials.iter().map(|s| s.position).collect();
                self.must("sunli", deal, &[], Command::RecordPacking { quantities: all(|l| l.quantity), ticked }).await;
            }
            Stage::Shipped => {
                let waybill_no = format!("DPK{}", order.no.replace('-', ""));
                self.ship(deal, all(|l| l.packed), &waybill_no).await;
            }
            Stage::Signed => {
                let file = self.pdf("签收单").await;
                let shipment = order.shipments.first().unwrap_or_else(|| panic!("{deal} has not shipped"));
                let sign = Command::SignOff(Box::new(sample::signature(shipment, file.id, self.now())));
                self.must(owner, deal, &[file], sign).await;
            }
            Stage::Completed => {
                self.must(owner, deal, &[], Command::CompleteOrder { waive_inspection: Waiver::Waived }).await;
            }
            other => panic!("{other:?} is no stage of delivery"),
        }
    }

    /// Logistics counts what the warehouse picked.
    pub async fn check_pickings(&self, deal: &str) {
        let Some(order) = self.case(deal).await.order else { panic!("{deal} has no order") };
        let open = order.tracking.pickings.iter().filter(|p| p.waits());
        let check = Command::CheckPicking { pickings: open.map(|p| p.id).collect() };
        self.must("hejun", deal, &[], check).await;
    }

    /// Logistics arranges, the warehouse posts.
    pub async fn ship(&self, deal: &str, quantities: Vec<LineQuantity>, waybill_no: &str) {
        let way = sample::carried("德邦", waybill_no);
        self.must("hejun", deal, &[], Command::ArrangeShipment { quantities, way }).await;
        self.post_shipment(deal).await;
    }

    /// The warehouse posts the shipment that waits.
    pub async fn post_shipment(&self, deal: &str) {
        let Some(order) = self.case(deal).await.order else { panic!("{deal} has no order") };
        let waits = order.shipments.iter().find(|s| s.shipped_at.is_none() && s.status == ShipmentStatus::Pending);
        let shipment = waits.unwrap_or_else(|| panic!("no shipment waits")).id;
        self.must("sunli", deal, &[], Command::Ship { shipment }).await;
    }

    /// The quote of a plan, as typed.
    pub fn quote(&self, plan: &Plan) -> Asked<'static> {
        let lines = plan.lines.iter().enumerate().map(|(i, (_, _, unit_price))| QuoteLineInput {
            remarks: LineRemarks::default(),
            line_no: i + 1,
            unit_price: *unit_price,
            tax_rate: None,
            discount_reason: plan.discount_reason.map(str::to_owned),
            request: PriceRequest::Policy,
            policy: PolicyChoice::Keep,
        });
        Asked::Quote(Box::new(QuoteInput {
            terms: quote_terms(self, plan),
            lines: lines.collect(),
            surcharges: Vec::new(),
        }))
    }

    /// Everybody on the route approves, in turn.
    pub async fn approve_all(&self, deal: &str) {
        while let Some(node) = self
            .case(deal)
            .await
            .round
            .and_then(|r| r.nodes.iter().find(|n| n.status == NodeStatus::Open).map(|n| n.kind))
        {
            self.must(holder(node.role()), deal, &[], approve_on(node, local_date(self.now()))).await;
        }
    }
}
