//! What people type: a complete customer archive and a requirement that can be met.

use super::stages::Plan;
use super::world::{World, day, moment};
use chrono::{DateTime, Utc};
use kuaidan::domain::change::{ChangeDraft, ChangeReason, Impact, Request, current_content};
use kuaidan::domain::credit_code::CreditCode;
use kuaidan::domain::customer::{
    Contact, ContactRank, ContactRole, Customer, CustomerProfile, CustomerType, Industry, InvoiceKind, RegistryStatus,
    SizeBand, Source, TaxpayerKind,
};
use kuaidan::domain::delivery::{Appearance, Arrangement};
use kuaidan::domain::ids::{AttachmentId, ContactId, RequirementLineId};
use kuaidan::domain::order::Shipment;
use kuaidan::domain::requirement::{Channel, DeliveryMode, PaymentWish, RequirementContent, RequirementLine};
use kuaidan::domain::workflow::{Command, LineQuantity, Signature};
use rust_decimal::dec;

/// The code of the customer in DOMAIN 9.1.
pub const CODE: &str = "91320505PDY00001XN";

/// The story's code for the first customer, another valid one for each further number.
pub fn fresh_code(customer_no: &str) -> String {
    // KH, the year, the count.
    let count = customer_no.get(6..).unwrap_or_default().trim_start_matches('0');
    if count == "1" {
        return CODE.to_owned();
    }
    "0123456789ABCDEFGHJKLMNPQRTUWXY"
        .chars()
        .map(|check| format!("91320505PDY{count:0>5}X{check}"))
        .find(|code| CreditCode::parse(code).is_ok())
        .unwrap_or_else(|| panic!("no check letter fits {customer_no}"))
}

pub fn contact(world: &World, name: &str, title: &str, rank: ContactRank, role: ContactRole, mobile: &str) -> Contact {
    Contact {
        id: ContactId(world.app.ids.next()),
        name: name.to_owned(),
        title: title.to_owned(),
        rank,
        roles: vec![role],
        mobile: Some(mobile.to_owned()),
        landline: None,
        email: Some("contact@example.com".to_owned()),
        wechat: None,
        preferred_channel: None,
        is_active: true,
    }
}

/// Everything the archive asks for.
pub fn profile(world: &World, legal_name: &str, code: &str) -> CustomerProfile {
    CustomerProfile {
        short_name: Some("星辰云启".to_owned()),
        uscc: CreditCode::parse(code).ok(),
        customer_type: Some(CustomerType::Private),
        industry: Some(Industry::I),
        employee_count: Some(120),
        size_band: Some(SizeBand::Small),
        founded_on: Some(day("2018-05-08")),
        main_business: Some("企业云服务".to_owned()),
        legal_rep: Some("陈星".to_owned()),
        registry_status: Some(RegistryStatus::Active),
        province: Some("江苏省".to_owned()),
        city: Some("苏州市".to_owned()),
        district: Some("虎丘区".to_owned()),
        address_detail: Some("科技城 18 号".to_owned()),
        source: Some(Source::Exhibition),
        taxpayer_kind: Some(TaxpayerKind::General),
        invoice_kind: Some(InvoiceKind::Special),
        invoice_title: Some(legal_name.to_owned()),
        invoice_tax_no: Some(code.to_owned()),
        bank_name: Some("工商银行苏州分行".to_owned()),
        bank_account: Some("1102021109000000001".to_owned()),
        invoice_delivery: Some("fapiao@example.com".to_owned()),
        contacts: vec![
            contact(world, "李娜", "采购总监", ContactRank::Primary, ContactRole::DecisionMaker, "13800138000"),
            contact(world, "方晓", "行政主管", ContactRank::Backup, ContactRole::EndUser, "13800138001"),
        ],
        ..CustomerProfile::named(legal_name.to_owned())
    }
}

pub fn requirement(world: &World, customer: &Customer, plan: &Plan) -> RequirementContent {
    let lines = plan.lines.iter().map(|(code, quantity, _)| {
        let product = world.product(code);
        RequirementLine {
            id: RequirementLineId(world.app.ids.next()),
            kind: product.kind,
            product: Some(product.id),
            product_code: product.code.clone(),
            product_name: product.name.clone(),
            spec: product.spec.clone(),
            quantity: *quantity,
            unit: product.unit.clone(),
            standard: None,
            packaging: None,
            match_kind: plan.match_kind,
            note: None,
            custom_name: None,
            wanted_on: None,
            first: None,
        }
    });
    RequirementContent {
        contact: customer.profile.contacts.first().map(|c| c.id),
        channel: Channel::Meeting,
        purpose: "新办公室的会议室和洽谈室".to_owned(),
        budget_from: Some(dec!(60000)),
        budget_to: Some(dec!(90000)),
        wanted_at: plan
            .urgency
            .as_ref()
            .map(|u| u.needed_at)
            .filter(|at| *at > world.now())
            .unwrap_or(moment("09-24 18:00")),
        ship_address: "苏州工业园区星湖街 328 号".to_owned(),
        ship_receiver: "方晓".to_owned(),
        ship_phone: "13800138001".to_owned(),
        delivery_mode: DeliveryMode::ToDoor,
        partial_allowed: plan.partial_allowed,
        payment_wish: PaymentWish::Deposit,
        invoice_need: InvoiceKind::Special,
        warranty: None,
        acceptance: "开箱验收，核对型号和数量".to_owned(),
        lines: lines.collect(),
        specials: plan.specials.clone(),
        is_confidential: false,
        files: Vec::new(),
    }
}

/// A shipment as logistics arranges it.
pub fn carried(carrier: &str, waybill_no: &str) -> Box<Arrangement> {
    Box::new(Arrangement {
        carrier: Some(carrier.to_owned()),
        waybill_no: Some(waybill_no.to_owned()),
        pick_up: None,
        packages: 1,
        weight: None,
        freight: None,
        driver_phone: None,
        eta: None,
        consent: None,
        deviation: None,
    })
}

/// Everything received as it was sent.
pub fn signature(shipment: &Shipment, file: AttachmentId, signed_at: DateTime<Utc>) -> Signature {
    Signature {
        shipment: shipment.id,
        signed_by: "李娜".to_owned(),
        capacity: "收货人".to_owned(),
        signed_at,
        file,
        received: shipment.lines.iter().map(|l| LineQuantity { line: l.order_line, quantity: l.quantity }).collect(),
        appearance: Appearance::Fine,
        note: None,
    }
}

/// A change of what holds now, which 李娜 asked for by telephone.
pub async fn change(world: &World, deal: &str, with: impl FnOnce(&mut RequirementContent)) -> Command {
    let mut content = current_content(&world.case(deal).await).expect("a requirement");
    with(&mut content);
    let request = Request {
        contact: Some("李娜".to_owned()),
        received_at: world.now(),
        channel: Channel::Phone,
        reason: ChangeReason::Customer,
        note: None,
        correction: None,
        delay: None,
    };
    Command::DraftChange(Box::new(ChangeDraft {
        content,
        wish: None,
        request,
        impact: Impact::default(),
        offer: None,
        urgency: None,
        invoice: None,
    }))
}
