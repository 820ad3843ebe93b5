//! Story 4 (DOMAIN 9.4) up to the submitted quote.

use crate::harness::sample;
use crate::harness::stages::{Plan, Stage, quote_terms};
use crate::harness::world::{World, day, moment};
use kuaidan::app::{Asked, PolicyChoice, QuoteInput, QuoteLineInput, SurchargeInput};
use kuaidan::domain::approval::NodeKind;
use kuaidan::domain::capital::to_capital;
use kuaidan::domain::ids::ProductId;
use kuaidan::domain::pricing::Tier;
use kuaidan::domain::quote::{LineRemarks, PaymentTrigger, PriceRequest};
use kuaidan::domain::requirement::{LineKind, RequirementFile, RequirementFileKind};
use kuaidan::domain::workflow::Command;
use kuaidan::store::catalog::Product;
use rust_decimal::{Decimal, dec};

/// One more product, with stock and prices: its number, its name and its name in English.
pub async fn sold(
    w: &mut World,
    (code, name, name_en): (&str, &str, &str),
    kind: LineKind,
    rate: Decimal,
    tiers: &[(Decimal, Decimal, Decimal)],
) {
    let product = Product {
        id: ProductId(w.app.ids.next()),
        code: code.to_owned(),
        name: name.to_owned(),
        name_en: name_en.to_owned(),
        kind,
        spec: format!("{name}，按约定"),
        unit: if kind == LineKind::Service { "项" } else { "台" }.to_owned(),
        tax_rate: rate,
        lead_days: 40,
        is_stocked: kind == LineKind::Standard,
        is_on_sale: true,
        first_sold_on: Some(day("2025-03-01")),
        on_hand: dec!(500),
        reserved: Decimal::ZERO,
    };
    let tiers: Vec<Tier> = tiers
        .iter()
        .map(|(from_quantity, unit_price, floor_price)| Tier {
            from_quantity: *from_quantity,
            unit_price: *unit_price,
            floor_price: *floor_price,
        })
        .collect();
    w.sell(product, &tiers).await;
}

/// The quote of a plan as typed, with further fees.
pub fn quoted(w: &World, plan: &Plan, surcharges: &[(&str, Decimal, Decimal)]) -> Asked<'static> {
    let lines = plan.lines.iter().enumerate().map(|(i, (_, _, unit_price))| QuoteLineInput {
        remarks: LineRemarks::default(),
        line_no: i + 1,
        unit_price: *unit_price,
        tax_rate: None,
        discount_reason: plan.discount_reason.map(str::to_owned),
        request: PriceRequest::Policy,
        policy: PolicyChoice::Keep,
    });
    let extra = surcharges.iter().map(|(name, amount, tax_rate)| SurchargeInput {
        name: (*name).to_owned(),
        amount: *amount,
        tax_rate: *tax_rate,
    });
    Asked::Quote(Box::new(QuoteInput {
        terms: quote_terms(w, plan),
        lines: lines.collect(),
        surcharges: extra.collect(),
    }))
}

/// The requirement with its drawing where a line is made to order.
pub async fn confirmed(w: &World, plan: &Plan) -> String {
    let deal = w.deal_at(Stage::Archived, plan).await;
    let mut content = sample::requirement(w, &w.case(&deal).await.customer, plan);
    "按图加工八台工作站，双臂节拍与安全光栅逐项验收，图纸见附件，试运行七十二小时".clone_into(&mut content.acceptance);
    let drawing = w.pdf("工作站图纸").await;
    content.files =
        vec![RequirementFile {
            id: drawing.id, kind: RequirementFileKind::Drawing, name: "工作站图纸.pdf".to_owned()
        }];
    w.must(plan.owner, &deal, &[drawing], Command::SaveRequirement(Box::new(content))).await;
    w.bring_to(Stage::RequirementSent, &deal, plan).await;
    w.bring_to(Stage::RequirementConfirmed, &deal, plan).await;
    deal
}

#[tokio::test]
async fn story_4_cross_department_project_up_to_the_submitted_quote() {
    let mut w = World::new().await;
    let station = ("WS-800", "定制工作站", "Custom workstation");
    sold(&mut w, station, LineKind::Custom, dec!(0.13), &[(dec!(1), dec!(185000), dec!(148000))]).await;
    let service = ("JS-01", "技术服务", "Technical service");
    sold(&mut w, service, LineKind::Service, dec!(0.06), &[(dec!(1), dec!(120000), dec!(90000))]).await;
    w.at("09-28 09:30");
    let plan = Plan {
        owner: "zhaoliu",
        lines: vec![("WS-800", dec!(8), Some(dec!(168000))), ("JS-01", dec!(1), Some(dec!(120000)))],
        discount_reason: Some("项目整体采购，按年度框架让利"),
        terms: vec![
            (dec!(30), PaymentTrigger::OnSigning, 0),
            (dec!(60), PaymentTrigger::BeforeShipment, 0),
            (dec!(10), PaymentTrigger::AfterSignOff, 365),
        ],
        ..Plan::default()
    };
    let deal = confirmed(&w, &plan).await;
    w.at("09-30 15:00");
    w.must("zhaoliu", &deal, &[], quoted(&w, &plan, &[])).await;
    w.must("zhaoliu", &deal, &[], Command::SubmitQuote).await;
    let case = w.case(&deal).await;
    let quote = case.quote.as_ref().expect("a quote");
    let totals = &quote.priced.totals;
    assert_eq!((totals.gross, totals.net, totals.tax), (dec!(1464000.00), dec!(1302588.08), dec!(161411.92)));
    assert_eq!(to_capital(totals.gross).as_deref(), Some("壹佰肆拾陆万肆仟元整"));
    assert_eq!(quote.priced.max_discount, dec!(0.0919));
    let round = case.round.as_ref().expect("a round");
    assert_eq!(round.level, 3);
    let stages: Vec<(i32, NodeKind)> = round.nodes.iter().map(|n| (n.kind.stage(), n.kind)).collect();
    for node in [
        NodeKind::SalesManager,
        NodeKind::Technical,
        NodeKind::Finance,
        NodeKind::Production,
        NodeKind::SalesDirector,
        NodeKind::GeneralManager,
    ] {
        assert!(stages.iter().any(|(_, kind)| *kind == node), "{node:?} is missing: {stages:?}");
    }
    // National holidays lie between.
    assert_eq!(round.node(NodeKind::SalesManager).and_then(|n| n.due_at), Some(moment("10-08 10:00")));
}
