//! What people say and type in the demonstration: the content of every act of a deal, and who
//! does it. Decides nothing about what comes next.

use super::company::{CUSTOMERS, NEWCOMERS};
use super::demo_deals::{DealPlan, Pay, Turn, Until, With};
use super::founding::Company;
use super::paper::paper;
use super::play_sheet;
use super::told;
use crate::app::{App, Asked, By, PolicyChoice, QuoteInput, QuoteLineInput, SurchargeInput, Upload};
use crate::domain::approval::{Decision, NodeKind, NodeStatus};
use crate::domain::calendar::{ZONE, local_date};
use crate::domain::customer::InvoiceKind;
use crate::domain::deal::DealKind;
use crate::domain::delivery::{Appearance, Arrangement};
use crate::domain::ids::{RequirementLineId, ShipmentId};
use crate::domain::order::{AcceptanceKind, Order, OrderLine, ShipmentStatus};
use crate::domain::pledge::PledgeAnswer;
use crate::domain::quote::{
    FreightPayer, LineRemarks, PaymentTerm, PaymentTrigger, PriceRequest, QuoteLineKind, QuoteTerms,
};
use crate::domain::requirement::{
    Channel, DeliveryMode, LineKind, MatchKind, PaymentWish, RequirementConfirmMethod, RequirementContent,
    RequirementFile, RequirementFileKind, RequirementLine, Special,
};
use crate::domain::round::Verdict;
use crate::domain::staff::{Actor, Department};
use crate::domain::tax::TaxBasis;
use crate::domain::workflow::{Action, Case, Command, LineQuantity, Signature, Waiver, known_specials};
use anyhow::anyhow;
use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};
use rust_decimal::Decimal;

/// Days for which a quote holds.
const VALID_DAYS: u64 = 15;

/// One act on one deal, at the moment where the clock stands.
pub struct Doing<'a> {
    pub app: &'a App,
    pub company: &'a Company,
    pub plan: &'a DealPlan,
    pub case: &'a Case,
}

/// Six in the evening, company time, of the promised day.
pub fn delivery(plan: &DealPlan, opened_at: DateTime<Utc>) -> DateTime<Utc> {
    let day = local_date(opened_at + TimeDelta::days(plan.deliver_days));
    let evening = NaiveTime::from_hms_opt(18, 0, 0).unwrap_or_default();
    day.and_time(evening).and_local_timezone(ZONE).single().map_or(opened_at, |at| at.with_timezone(&Utc))
}

impl Doing<'_> {
    /// Sends one command as this person.
    pub async fn act(&self, actor: &Actor, asked: impl Into<Asked<'_>>, uploads: Vec<Upload>) -> anyhow::Result<()> {
        let deal = self.case.deal.as_ref().ok_or_else(|| anyhow!("an act without a deal"))?;
        let by = By { actor, request: self.app.ids.next(), form: None, uploads };
        self.app.act_on_deal(&by, &deal.no, deal.version, asked).await.map(|_| ()).map_err(told)
    }

    /// Does `action` as the person whose turn it is.
    pub async fn next_act(&self, action: Action) -> anyhow::Result<()> {
        let owner = self.company.actor(self.plan.owner)?;
        let now = self.app.clock.now();
        match action {
            Action::SaveRequirement => self.describe(&owner).await,
            Action::SendRequirement => self.act(&owner, Command::SendRequirement, Vec::new()).await,
            Action::ConfirmRequirement => {
                let file = self.paper("xuqiu-queren.pdf", "Requirement confirmation").await?;
                let confirm = Command::ConfirmRequirement {
                    method: RequirementConfirmMethod::Email,
                    contact: self.contact(),
                    file: Some(file.id),
                    at: now,
                };
                self.act(&owner, confirm, vec![file]).await
            }
            Action::ReviseRequirement => self.revise(&owner).await,
            Action::SaveQuote => self.act(&owner, Asked::Quote(Box::new(self.quote())), Vec::new()).await,
            Action::AddAlternative => self.act(&owner, Command::AddAlternative, Vec::new()).await,
            Action::SubmitQuote => self.act(&owner, Command::SubmitQuote, Vec::new()).await,
            Action::DecideNode => self.decide().await,
            Action::SendQuote => self.act(&owner, Command::SendQuote, Vec::new()).await,
            Action::RecordAcceptance => {
                let file = self.paper("qianzhang-hetong.pdf", "Stamped contract").await?;
                let accept = Command::RecordAcceptance {
                    kind: AcceptanceKind::StampedContract,
                    accepted_at: now,
                    file: file.id,
                    po_no: None,
                    po_check: None,
                };
                self.act(&owner, accept, vec![file]).await
            }
            Action::AcknowledgeCondition => {
                self.act(&owner, Command::AcknowledgeCondition { node: NodeKind::Finance }, Vec::new()).await
            }
            Action::ConfirmOrder => self.act(&owner, Command::ConfirmOrder, Vec::new()).await,
            Action::CompleteOrder => {
                self.act(&owner, Command::CompleteOrder { waive_inspection: Waiver::Waived }, Vec::new()).await
            }
            other => self.deliver(other).await,
        }
    }

    /// The requirement; a custom item comes with its drawing.
    async fn describe(&self, owner: &Actor) -> anyhow::Result<()> {
        let mut content = self.requirement()?;
        let mut uploads = Vec::new();
        if content.lines.iter().any(|l| l.kind == LineKind::Custom) {
            let drawing = self.paper("tuzhi.pdf", "Drawing").await?;
            let kind = RequirementFileKind::Drawing;
            content.files.push(RequirementFile { id: drawing.id, kind, name: drawing.file_name.clone() });
            uploads.push(drawing);
        }
        self.act(owner, Command::SaveRequirement(Box::new(content)), uploads).await
    }

    async fn deliver(&self, action: Action) -> anyhow::Result<()> {
        let order = self.case.order.as_ref().ok_or_else(|| anyhow!("a delivery without an order"))?;
        let now = self.app.clock.now();
        let (login, command, uploads) = match action {
            Action::RecordReceipt => ("wufang", receipt(order, now)?, Vec::new()),
            Action::RecordProduction => {
                let half = self.plan.until == Until::HalfProduced;
                let made = |l: &OrderLine| if half { part(l.shortage()) } else { l.shortage() };
                let work_order = Some(format!("SC{}", now.format("%m%d")));
                let quantities = amounts(order, made);
                ("zhengwei", Command::RecordProduction { work_order, quantities, scrap: Vec::new() }, Vec::new())
            }
            Action::RecordQc => {
                let passed = amounts(order, OrderLine::to_check);
                ("zhengwei", Command::RecordQc { passed, failed: None, cause: None }, Vec::new())
            }
            Action::RecordPicking => {
                let quantities = amounts(order, OrderLine::to_pick);
                ("sunli", Command::RecordPicking { quantities, location: Some("A-03-2".to_owned()) }, Vec::new())
            }
            Action::CheckPicking => {
                let open = order.tracking.pickings.iter().filter(|p| p.waits());
                ("hejun", Command::CheckPicking { pickings: open.map(|p| p.id).collect() }, Vec::new())
            }
            Action::GivePledge => {
                let open = order.pledges.iter().find(|p| p.given.is_none());
                let department = open.ok_or_else(|| anyhow!("nobody is asked about the order"))?.department;
                let login = if department == Department::Logistics { "hejun" } else { "sunli" };
                (login, Command::GivePledge { department, answer: PledgeAnswer::Ready, note: None }, Vec::new())
            }
            Action::AcknowledgeSpecial => {
                let open = order
                    .specials
                    .iter()
                    .find(|s| s.department == Department::Warehouse && s.acknowledged_at.is_none());
                let position = open.ok_or_else(|| anyhow!("no special requirement is open"))?.position;
                ("sunli", Command::AcknowledgeSpecial { position }, Vec::new())
            }
            Action::RecordPacking => {
                let in_parts = self.plan.until == Until::PartlySigned && order.shipments.is_empty();
                let quantities =
                    amounts(order, |l| if in_parts { part(l.checked - l.packed) } else { l.checked - l.packed });
                let ticked = order.specials.iter().map(|s| s.position).collect();
                ("sunli", Command::RecordPacking { quantities, ticked }, Vec::new())
            }
            Action::ArrangeShipment => ("hejun", self.shipment(order, now), Vec::new()),
            Action::Ship => {
                ("sunli", Command::Ship { shipment: shipment_in(order, ShipmentStatus::Pending)? }, Vec::new())
            }
            Action::HandOver => {
                ("hejun", Command::HandOver { shipment: shipment_in(order, ShipmentStatus::Shipped)? }, Vec::new())
            }
            Action::SignOff => {
                let file = self.paper("qianshou-dan.pdf", "Delivery note, signed").await?;
                ("hejun", sign_off(order, now, &file)?, vec![file])
            }
            other => return Err(anyhow!("the demonstration does not know how to {other}")),
        };
        self.act(&self.company.actor(login)?, command, uploads).await
    }

    async fn paper(&self, name: &str, what: &str) -> anyhow::Result<Upload> {
        let no = self.case.deal.as_ref().map_or("", |d| d.no.as_str());
        paper(self.app, name, &format!("{what}, deal {no}")).await
    }

    fn contact(&self) -> String {
        self.case.customer.profile.contacts.first().map(|c| c.name.clone()).unwrap_or_default()
    }

    fn requirement(&self) -> anyhow::Result<RequirementContent> {
        let customer = match self.plan.with {
            With::Known(code) => CUSTOMERS.iter().find(|c| c.uscc == code),
            With::Newcomer(position) => NEWCOMERS.get(position),
            With::Stranger(_) => None,
        };
        let customer = customer.ok_or_else(|| anyhow!("a requirement of an unknown customer"))?;
        let opened_at = self.case.deal.as_ref().map_or_else(|| self.app.clock.now(), |d| d.opened_at);
        let mut lines = Vec::new();
        for line in self.plan.lines {
            let product = self.company.product(line.product)?;
            let is_goods = product.kind != LineKind::Service;
            lines.push(RequirementLine {
                id: RequirementLineId(self.app.ids.next()),
                kind: product.kind,
                product: Some(product.id),
                product_code: product.code.clone(),
                product_name: product.name.clone(),
                spec: product.spec.clone(),
                quantity: Decimal::from(line.quantity),
                unit: product.unit.clone(),
                standard: None,
                packaging: is_goods.then(|| "标准包装".to_owned()),
                match_kind: if product.kind == LineKind::Custom { MatchKind::NeedsCustom } else { MatchKind::Exact },
                note: None,
                custom_name: None,
                wanted_on: None,
                first: None,
            });
        }
        let special = Special {
            text: "外箱加防潮护角并贴易碎标".to_owned(),
            department: Department::Warehouse,
            applies: Some(true),
        };
        let known = known_specials(self.case).into_iter().map(|known| Special {
            text: known.text,
            department: known.department,
            applies: Some(self.plan.turn == Turn::Special),
        });
        Ok(RequirementContent {
            contact: self.case.customer.profile.contacts.first().map(|c| c.id),
            channel: Channel::Meeting,
            purpose: format!("{}:{}", customer.short_name, self.plan.title),
            budget_from: None,
            budget_to: None,
            wanted_at: delivery(self.plan, opened_at),
            ship_address: in_one_line(customer.address),
            ship_receiver: customer.contacts[1].0.to_owned(),
            ship_phone: customer.contacts[1].2.to_owned(),
            delivery_mode: DeliveryMode::ToDoor,
            partial_allowed: self.plan.until == Until::PartlySigned,
            payment_wish: match self.plan.pay {
                Pay::Deposit => PaymentWish::Deposit,
                Pay::Prepaid => PaymentWish::Prepaid,
                Pay::Credit => PaymentWish::Monthly,
                Pay::Project => PaymentWish::Milestones,
            },
            invoice_need: InvoiceKind::Special,
            warranty: Some("整机一年".to_owned()),
            acceptance: "数量相符,外观完好,通电运行正常".to_owned(),
            lines,
            specials: known.chain((self.plan.turn == Turn::Special).then_some(special)).collect(),
            is_confidential: false,
            files: Vec::new(),
        })
    }

    /// The customer wants two more of the first product.
    async fn revise(&self, owner: &Actor) -> anyhow::Result<()> {
        self.act(owner, Command::ReviseRequirement, Vec::new()).await?;
        let no = self.case.deal.as_ref().map(|d| d.no.clone()).unwrap_or_default();
        let case = self.app.deal(owner, &no).await.map_err(told)?;
        let mut content =
            case.requirement.as_ref().map(|r| r.content.clone()).ok_or_else(|| anyhow!("nothing to revise"))?;
        if let Some(first) = content.lines.first_mut() {
            first.quantity += Decimal::TWO;
            first.note = Some("客户来电增加 2 件".to_owned());
        }
        Doing { case: &case, ..*self }.act(owner, Command::SaveRequirement(Box::new(content)), Vec::new()).await
    }

    fn quote(&self) -> QuoteInput {
        let requirement = self.case.requirement.as_ref().map(|r| &r.content);
        let term = |percent: i64, trigger, days| PaymentTerm { percent: Decimal::from(percent), trigger, days };
        let payment_terms = match self.plan.pay {
            Pay::Deposit => vec![term(30, PaymentTrigger::OnSigning, 0), term(70, PaymentTrigger::BeforeShipment, 0)],
            Pay::Prepaid => vec![term(100, PaymentTrigger::BeforeShipment, 0)],
            Pay::Credit => vec![term(100, PaymentTrigger::AfterSignOff, 30)],
            Pay::Project => vec![
                term(30, PaymentTrigger::OnSigning, 0),
                term(60, PaymentTrigger::BeforeShipment, 0),
                term(10, PaymentTrigger::AfterWarranty, 365),
            ],
        };
        let now = self.app.clock.now();
        let urgent_fee =
            SurchargeInput { name: "加急费".to_owned(), amount: Decimal::from(300), tax_rate: Decimal::new(13, 2) };
        QuoteInput {
            terms: QuoteTerms {
                valid_until: local_date(now).checked_add_days(Days::new(VALID_DAYS)).unwrap_or_else(|| local_date(now)),
                tax_basis: TaxBasis::Inclusive,
                deliver_at: requirement.map_or(now, |r| r.wanted_at),
                place: requirement.map(|r| r.ship_address.clone()).unwrap_or_default(),
                delivery_mode: DeliveryMode::ToDoor,
                freight_payer: FreightPayer::Seller,
                warranty: "整机质保一年,屏体质保三年".to_owned(),
                internal_note: None,
                whole_discount: Decimal::ZERO,
                payment_terms,
            },
            lines: (1..)
                .zip(self.plan.lines)
                .map(|(line_no, line)| QuoteLineInput {
                    remarks: LineRemarks::default(),
                    line_no,
                    unit_price: self.second_price(line_no).or_else(|| line.price.map(|fen| Decimal::new(fen, 2))),
                    tax_rate: None,
                    discount_reason: line.reason.map(str::to_owned),
                    request: PriceRequest::Policy,
                    policy: PolicyChoice::Keep,
                })
                .collect(),
            surcharges: if self.plan.kind == DealKind::Urgent { vec![urgent_fee] } else { Vec::new() },
        }
    }

    /// Goods of a second offer cost four per cent less than in the first, in whole yuan.
    fn second_price(&self, line_no: usize) -> Option<Decimal> {
        if self.plan.turn != Turn::Alternative || self.case.alternatives.others.is_empty() {
            return None;
        }
        let line = self.case.quote.as_ref()?.priced.lines.get(line_no.checked_sub(1)?)?;
        (line.kind != QuoteLineKind::Service).then(|| (line.unit_price * Decimal::new(96, 2)).trunc())
    }

    async fn decide(&self) -> anyhow::Result<()> {
        let round = self.case.round.as_ref().ok_or_else(|| anyhow!("no round to decide"))?;
        let open = round.nodes.iter().filter(|n| n.status == NodeStatus::Open).min_by_key(|n| n.due_at);
        let node = open.ok_or_else(|| anyhow!("no node is open"))?.kind;
        let login = match node {
            NodeKind::SalesManager => "liqiang",
            NodeKind::Technical => "zhoukai",
            NodeKind::Finance => "wufang",
            NodeKind::Production => "zhengwei",
            NodeKind::SalesDirector | NodeKind::UrgentDirector => "chenjing",
            NodeKind::GeneralManager => "liujianguo",
        };
        let (decision, comment) = match (self.plan.turn, node) {
            (Turn::Returned, NodeKind::SalesManager) if round.round_no == 1 => {
                (Decision::Return, Some("折扣理由不够,请补充框架协议编号".to_owned()))
            }
            (Turn::Condition, NodeKind::Finance) => {
                (Decision::ApproveCond, Some("签收后 30 天内必须回款,逾期停止发货".to_owned()))
            }
            _ => (Decision::Approve, None),
        };
        let sheet = play_sheet::of(node, self.case, self.app.clock.now());
        let verdict = Verdict { sheet, ..Verdict::new(node, decision, comment) };
        self.act(&self.company.actor(login)?, Command::DecideNode(Box::new(verdict)), Vec::new()).await
    }

    fn shipment(&self, order: &Order, now: DateTime<Utc>) -> Command {
        let digits: String = order.no.chars().filter(char::is_ascii_digit).collect();
        let batch = order.shipments.len() + 1;
        let (carrier, prefix) =
            if self.plan.owner == "wangmin" { ("德邦快递", "DPK") } else { ("顺丰速运", "SF") };
        let wish = self.case.customer.profile.carrier_wish.as_deref().filter(|wish| !carrier.contains(wish));
        Command::ArrangeShipment {
            quantities: amounts(order, |l| order.to_ship(l)),
            way: Box::new(Arrangement {
                carrier: Some(carrier.to_owned()),
                waybill_no: Some(format!("{prefix}{digits}{batch}")),
                pick_up: None,
                packages: i32::try_from(order.goods().count()).unwrap_or(1) * 2,
                weight: None,
                freight: None,
                driver_phone: None,
                eta: local_date(now).checked_add_days(Days::new(2)),
                consent: None,
                deviation: wish.map(|_| "指定物流当日无车".to_owned()),
            }),
        }
    }
}

fn shipment_in(order: &Order, status: ShipmentStatus) -> anyhow::Result<ShipmentId> {
    let found = order.shipments.iter().find(|s| s.status == status);
    found.map(|s| s.id).ok_or_else(|| anyhow!("no shipment is {status}"))
}

fn sign_off(order: &Order, now: DateTime<Utc>, file: &Upload) -> anyhow::Result<Command> {
    let shipment =
        order.shipments.iter().find(|s| s.is_on_its_way()).ok_or_else(|| anyhow!("nothing is on the way"))?;
    let received = shipment.lines.iter().map(|l| LineQuantity { line: l.order_line, quantity: l.quantity }).collect();
    Ok(Command::SignOff(Box::new(Signature {
        shipment: shipment.id,
        signed_by: shipment.ship_receiver.clone(),
        capacity: "收货人".to_owned(),
        signed_at: now,
        file: file.id,
        received,
        appearance: Appearance::Fine,
        note: None,
    })))
}

/// About half, at least one.
fn part(quantity: Decimal) -> Decimal {
    (quantity / Decimal::TWO).floor().max(Decimal::ONE).min(quantity)
}

fn amounts(order: &Order, of: impl Fn(&OrderLine) -> Decimal) -> Vec<LineQuantity> {
    order.goods().map(|l| LineQuantity { line: l.id, quantity: of(l) }).filter(|q| !q.quantity.is_zero()).collect()
}

/// The next payment that something waits for, received in full.
fn receipt(order: &Order, now: DateTime<Utc>) -> anyhow::Result<Command> {
    let due = order.milestones.iter().find(|m| m.blocks_shipment()).ok_or_else(|| anyhow!("no payment is awaited"))?;
    let reference = format!("YH{}{}", now.format("%Y%m%d%H%M"), due.position);
    Ok(Command::RecordReceipt { position: due.position, amount: due.open(), received_at: now, reference })
}

/// The parts of an address; a city that is a province of its own is said once.
fn in_one_line([province, city, district, detail]: [&str; 4]) -> String {
    let city = if city == province { "" } else { city };
    [province, city, district, detail].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_about_half_and_never_nothing() {
        let of = |quantity: i64| part(Decimal::from(quantity));
        assert_eq!([of(12), of(7), of(1)], [Decimal::from(6), Decimal::from(3), Decimal::ONE]);
    }
}
