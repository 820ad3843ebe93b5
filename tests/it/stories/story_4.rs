//! Story 4 (DOMAIN 9.4) up to the submitted quote, and the quotes of all four stories read back from
//! their papers.

use crate::documents::{squeezed, text_of};
use crate::harness::browser::Browser;
use crate::harness::sample;
use crate::harness::stages::{Plan, Stage, quote_terms};
use crate::harness::world::{World, day, moment};
use axum::http::StatusCode;
use kuaidan::app::{Asked, PolicyChoice, QuoteInput, QuoteLineInput, SurchargeInput};
use kuaidan::domain::approval::NodeKind;
use kuaidan::domain::capital::to_capital;
use kuaidan::domain::ids::ProductId;
use kuaidan::domain::pricing::Tier;
use kuaidan::domain::quote::{PaymentTrigger, PriceRequest};
use kuaidan::domain::requirement::{LineKind, RequirementFile, RequirementFileKind};
use kuaidan::domain::workflow::Command;
use kuaidan::store::catalog::Product;
use rust_decimal::{Decimal, dec};

async fn sold(
    w: &mut World,
    code: &str,
    name: &str,
    kind: LineKind,
    rate: Decimal,
    tiers: &[(Decimal, Decimal, Decimal)],
) {
    let product = Product {
        id: ProductId(w.app.ids.next()),
        code: code.to_owned(),
        name: name.to_owned(),
        name_en: name.to_owned(),
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

fn quoted(w: &World, plan: &Plan, surcharges: &[(&str, Decimal, Decimal)]) -> Asked {
    let lines = plan.lines.iter().enumerate().map(|(i, (_, _, unit_price))| QuoteLineInput {
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
async fn confirmed(w: &World, plan: &Plan) -> String {
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
    sold(&mut w, "WS-800", "定制工作站", LineKind::Custom, dec!(0.13), &[(dec!(1), dec!(185000), dec!(148000))]).await;
    sold(&mut w, "JS-01", "技术服务", LineKind::Service, dec!(0.06), &[(dec!(1), dec!(120000), dec!(90000))]).await;
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

/// Each story's quote as it is printed, and what must stand on it.
#[tokio::test]
async fn the_quotes_of_the_four_stories_are_read_back_from_paper_sheet_and_json() {
    let mut w = World::new().await;
    sold(
        &mut w,
        "GP-500",
        "礼盒套装",
        LineKind::Standard,
        dec!(0.13),
        &[(dec!(1), dec!(39.90), dec!(30)), (dec!(500), dec!(35.90), dec!(30))],
    )
    .await;
    sold(&mut w, "PA-20", "PA66 料斗套件", LineKind::Standard, dec!(0.13), &[(dec!(1), dec!(4650), dec!(4000))]).await;
    sold(&mut w, "WS-800", "定制工作站", LineKind::Custom, dec!(0.13), &[(dec!(1), dec!(185000), dec!(148000))]).await;
    sold(&mut w, "JS-01", "技术服务", LineKind::Service, dec!(0.06), &[(dec!(1), dec!(120000), dec!(90000))]).await;
    let plan = |lines| Plan { lines, discount_reason: Some("按年度框架让利"), ..Plan::default() };
    let thirteen = dec!(0.13);
    let stories = [
        (
            plan(vec![("QM-65", dec!(10), Some(dec!(8050.03))), ("AZ-01", dec!(1), None)]),
            vec![],
            ["81,700.30", "72,371.28", "9,329.02", "捌万壹仟柒佰元零叁角", "57,190.21"],
        ),
        (
            plan(vec![("PA-20", dec!(20), None)]),
            vec![("加固包装", dec!(700.00), thirteen)],
            ["93,700.00", "82,920.35", "10,779.65", "玖万叁仟柒佰元整", "65,590.00"],
        ),
        (
            plan(vec![("GP-500", dec!(500), None)]),
            vec![("加急费", dec!(1436.00), thirteen)],
            ["19,386.00", "17,155.76", "2,230.24", "壹万玖仟叁佰捌拾陆元整", "13,570.20"],
        ),
        (
            plan(vec![("WS-800", dec!(8), Some(dec!(168000))), ("JS-01", dec!(1), None)]),
            vec![],
            ["1,464,000.00", "1,302,588.08", "161,411.92", "壹佰肆拾陆万肆仟元整", "1,024,800.00"],
        ),
    ];
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    for (story, (plan, surcharges, figures)) in stories.into_iter().enumerate() {
        let deal = confirmed(&w, &plan).await;
        w.must("wangmin", &deal, &[], quoted(&w, &plan, &surcharges)).await;
        assert_eq!(b.open(&format!("/deals/{deal}/quote.pdf?lang=zh")).await, StatusCode::OK);
        let paper = text_of(&b.body);
        assert!(paper.contains("草稿·未生效"), "story {}: {paper}", story + 1);
        b.open(&format!("/deals/{deal}/quote.json?lang=zh")).await;
        let json = b.html.clone();
        let hash = {
            use sha2::Digest as _;
            hex::encode(sha2::Sha256::digest(&b.body))
        };
        assert!(paper.contains(&hash[..16]), "story {}: the foot names the content", story + 1);
        for figure in figures {
            assert!(paper.contains(figure), "story {}: {figure} is not on the paper: {paper}", story + 1);
            assert!(squeezed(&json).contains(figure), "story {}: {figure} is not in the content: {json}", story + 1);
        }
        b.open(&format!("/deals/{deal}/quote.pdf?lang=en")).await;
        let english = text_of(&b.body);
        assert!(english.contains(figures[0]) && english.contains(figures[1]), "story {}: {english}", story + 1);
        assert_eq!(b.open(&format!("/deals/{deal}/quote.xlsx")).await, StatusCode::OK);
    }
    // The content is for those who see prices only.
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let mut store = b.another();
    store.sign_in("sunli").await;
    assert_eq!(store.open(&format!("/deals/{deal}/quote.json")).await, StatusCode::FORBIDDEN);
}
