//! The quotes of all four stories (DOMAIN 9), read back from paper, spreadsheet and content: who sells
//! what to whom, every row with its own numbers, the sums, the payments. `KUAIDAN_PAPERS` names a folder
//! in which the papers are kept, for whoever wants to look at them.

use super::{fonts_of, printed, squeezed, text_of};
use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, day, told};
use crate::story_4::{confirmed, quoted, sold};
use axum::http::StatusCode;
use kuaidan::app::ForCustomer;
use kuaidan::domain::pricing::Tier;
use kuaidan::domain::quote::PaymentTrigger::{self, AfterSignOff, BeforeShipment, OnSigning};
use kuaidan::domain::requirement::LineKind;
use rust_decimal::{Decimal, dec};

/// A story's quote as it was typed, and the rows in which its numbers must stand.
struct Story {
    number: usize,
    customer: &'static str,
    on: &'static str,
    lines: Vec<(&'static str, Decimal, Option<Decimal>)>,
    surcharges: Vec<(&'static str, Decimal, Decimal)>,
    terms: Vec<(Decimal, PaymentTrigger, i32)>,
    /// Number and name; quantity to total; both without white space.
    rows: Vec<(&'static str, &'static str)>,
    rates: Vec<&'static str>,
    total: &'static str,
    capital: &'static str,
    payments: Vec<&'static str>,
    dates: [&'static str; 2],
    english: &'static str,
}

/// In the order of their days.
fn stories() -> [Story; 4] {
    let thirteen = dec!(0.13);
    [
        Story {
            number: 1,
            customer: "苏州星辰云启科技有限公司",
            on: "09-17 14:30",
            lines: vec![("QM-65", dec!(10), Some(dec!(8050.03))), ("AZ-01", dec!(1), None)],
            surcharges: Vec::new(),
            terms: vec![(dec!(30), OnSigning, 0), (dec!(70), BeforeShipment, 0)],
            rows: vec![
                ("1QM-6565英寸会议平板", "10台8,050.0313%71,239.209,261.1080,500.30"),
                ("2AZ-01安装服务", "1项1,200.006%1,132.0867.921,200.00"),
            ],
            rates: vec!["13%71,239.209,261.1080,500.30", "6%1,132.0867.921,200.00"],
            total: "72,371.289,329.02¥81,700.30",
            capital: "人民币捌万壹仟柒佰元零叁角",
            payments: vec!["1合同签订后30%24,510.09", "2发货前70%57,190.21"],
            dates: ["2026年9月17日", "2026年10月2日"],
            english: "QM-6565-inchmeetingpanel",
        },
        Story {
            number: 3,
            customer: "惠万家零售连锁有限公司",
            on: "09-20 10:35",
            lines: vec![("GP-500", dec!(500), None)],
            surcharges: vec![("加急费", dec!(1436.00), thirteen)],
            terms: vec![(dec!(100), AfterSignOff, 7)],
            rows: vec![
                ("1GP-500礼品盒", "500台35.9013%15,884.962,065.0417,950.00"),
                ("2加急费", "1项1,436.0013%1,270.80165.201,436.00"),
            ],
            rates: vec!["13%17,155.762,230.2419,386.00"],
            total: "17,155.762,230.24¥19,386.00",
            capital: "人民币壹万玖仟叁佰捌拾陆元整",
            payments: vec!["1签收后100%7日内19,386.00"],
            dates: ["2026年9月20日", "2026年10月5日"],
            english: "GP-500Giftbox",
        },
        Story {
            number: 4,
            customer: "中远智造装备集团有限公司",
            on: "09-30 15:00",
            lines: vec![("WS-800", dec!(8), Some(dec!(168000))), ("JS-01", dec!(1), None)],
            surcharges: Vec::new(),
            terms: vec![(dec!(30), OnSigning, 0), (dec!(60), BeforeShipment, 0), (dec!(10), AfterSignOff, 365)],
            rows: vec![
                ("1WS-800定制工作站", "8台168,000.0013%1,189,380.53154,619.471,344,000.00"),
                ("2JS-01技术服务", "1项120,000.006%113,207.556,792.45120,000.00"),
            ],
            rates: vec!["13%1,189,380.53154,619.471,344,000.00", "6%113,207.556,792.45120,000.00"],
            total: "1,302,588.08161,411.92¥1,464,000.00",
            capital: "人民币壹佰肆拾陆万肆仟元整",
            payments: vec!["1合同签订后30%439,200.00", "2发货前60%878,400.00", "3签收后10%365日内146,400.00"],
            dates: ["2026年9月30日", "2026年10月15日"],
            english: "WS-800Customworkstation",
        },
        Story {
            number: 2,
            customer: "无锡宏泰精工制造有限公司",
            on: "10-12 11:15",
            lines: vec![("HT-66", dec!(20), None)],
            surcharges: vec![("特殊包装 20 套", dec!(700.00), thirteen)],
            terms: vec![(dec!(100), AfterSignOff, 30)],
            rows: vec![
                ("1HT-66PA66精密组件", "20台4,650.0013%82,300.8810,699.1293,000.00"),
                ("2特殊包装20套", "1项700.0013%619.4780.53700.00"),
            ],
            rates: vec!["13%82,920.3510,779.6593,700.00"],
            total: "82,920.3510,779.65¥93,700.00",
            capital: "人民币玖万叁仟柒佰元整",
            payments: vec!["1签收后100%30日内93,700.00"],
            dates: ["2026年10月12日", "2026年10月27日"],
            english: "HT-66PA66precisionassembly",
        },
    ]
}

/// An archived customer of this name.
async fn archived(w: &World, name: &str) -> String {
    let deal = w.open("wangmin", ForCustomer::New { legal_name: name.to_owned() }, None, None).await;
    for stage in [Stage::Registered, Stage::VerificationAsked, Stage::Verified, Stage::Archived] {
        w.bring_to(stage, &deal, &Plan::default()).await;
    }
    w.case(&deal).await.customer.no
}

/// Keeps a paper where somebody asked for it.
fn keep(name: &str, pdf: &[u8]) {
    if let Some(folder) = std::env::var_os("KUAIDAN_PAPERS") {
        std::fs::write(std::path::Path::new(&folder).join(format!("{name}.pdf")), pdf).expect("the paper is kept");
    }
}

fn stands(paper: &str, story: usize, what: &str) {
    assert!(paper.contains(what), "story {story}: {what} is not on the paper: {paper}");
}

/// The company with what the stories sell.
async fn company() -> World {
    let mut w = World::new().await;
    let standard = LineKind::Standard;
    let rate = dec!(0.13);
    let gifts = [(dec!(1), dec!(39.90), dec!(29)), (dec!(500), dec!(35.90), dec!(29))];
    sold(&mut w, ("GP-500", "礼品盒", "Gift box"), standard, rate, &gifts).await;
    let sets = [(dec!(1), dec!(5000), dec!(4200))];
    sold(&mut w, ("HT-66", "PA66 精密组件", "PA66 precision assembly"), standard, rate, &sets).await;
    let stations = [(dec!(1), dec!(185000), dec!(148000))];
    sold(&mut w, ("WS-800", "定制工作站", "Custom workstation"), LineKind::Custom, rate, &stations).await;
    let service = [(dec!(1), dec!(120000), dec!(90000))];
    sold(&mut w, ("JS-01", "技术服务", "Technical service"), LineKind::Service, dec!(0.06), &service).await;
    w
}

#[tokio::test]
async fn the_quotes_of_the_four_stories_are_read_back_from_paper_sheet_and_json() {
    let w = company().await;
    for story in stories() {
        let number = story.number;
        w.at(story.on);
        let mut b = Browser::at(&w).await;
        b.sign_in("wangmin").await;
        let customer = archived(&w, story.customer).await;
        if story.lines[0].0 == "HT-66" {
            let id = w.customer(&customer).await.customer.id;
            let tier = Tier { from_quantity: dec!(1), unit_price: dec!(4650), floor_price: dec!(4200) };
            let by = (w.id("wufang"), w.id("chenjing"));
            let agreed = w.app.add_agreement(by, id, w.product("HT-66").id, "XY-HT-01", &tier, day("2026-01-01")).await;
            agreed.unwrap_or_else(|f| panic!("{}", told(&f)));
        }
        let plan = Plan {
            customer: Some(customer),
            lines: story.lines,
            terms: story.terms,
            discount_reason: Some("按年度框架让利"),
            ..Plan::default()
        };
        let deal = confirmed(&w, &plan).await;
        w.must("wangmin", &deal, &[], quoted(&w, &plan, &story.surcharges)).await;
        w.bring_to(Stage::QuoteSubmitted, &deal, &plan).await;
        let quote = w.case(&deal).await.quote.expect("a quote");

        let paper = printed(&mut b, &format!("/deals/{deal}/quote.pdf?lang=zh")).await;
        keep(&format!("story-{number}-zh"), &b.body);
        let no = format!("{}V1", quote.no);
        for what in ["报价单", "草稿·未生效", story.customer, "李娜采购总监", "13800138000", no.as_str()]
        {
            stands(&paper, number, what);
        }
        stands(&paper, number, &format!("报价日期{}", story.dates[0]));
        stands(&paper, number, &format!("有效期至{}", story.dates[1]));
        stands(&paper, number, &format!("{}23:59:59", story.dates[1]));
        for (name, numbers) in &story.rows {
            let row = &paper[paper.find(name).unwrap_or_else(|| panic!("story {number}: {name}: {paper}"))..];
            let row: String = row.chars().take(name.chars().count() + 60 + numbers.len()).collect();
            assert!(row.contains(numbers), "story {number}: {numbers} is not in the row {row}");
        }
        for rate in &story.rates {
            stands(&paper, number, rate);
        }
        for payment in &story.payments {
            stands(&paper, number, payment);
        }
        stands(&paper, number, &format!("合计{}", story.total));
        stands(&paper, number, story.capital);
        stands(&paper, number, "第1页，共1页");

        // The content that the foot names says the same.
        assert_eq!(b.open(&format!("/deals/{deal}/quote.json?lang=zh")).await, StatusCode::OK);
        let hash = {
            use sha2::Digest as _;
            hex::encode(sha2::Sha256::digest(&b.body))
        };
        stands(&paper, number, &format!("{no}内容校验码{}", &hash[..16]));
        let content: serde_json::Value = serde_json::from_slice(&b.body).expect("JSON");
        let at = |path: &str| content.pointer(path).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
        let sums = format!("{}{}¥{}", at("/totals/net"), at("/totals/tax"), at("/totals/gross"));
        assert_eq!((sums.as_str(), at("/totals/capital").as_str()), (story.total, story.capital), "story {number}");

        let english = printed(&mut b, &format!("/deals/{deal}/quote.pdf?lang=en")).await;
        keep(&format!("story-{number}-en"), &b.body);
        for what in ["Quotation", story.english, "Page1of1", "Seller", "Buyer", story.capital] {
            stands(&english, number, what);
        }
        stands(&english, number, &format!("Total{}", story.total));
        assert_eq!(b.open(&format!("/deals/{deal}/quote.xlsx")).await, StatusCode::OK);
    }
    // The content is for those who see prices only.
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let mut store = Browser::at(&w).await;
    store.sign_in("sunli").await;
    assert_eq!(store.open(&format!("/deals/{deal}/quote.json")).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_six_forms_of_one_deal_carry_the_same_numbers_in_both_languages() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Signed, &Plan::default()).await;
    let case = w.case(&deal).await;
    let (order, quote) = (case.order.expect("an order"), case.quote.expect("a quote"));
    let mut b = Browser::at(&w).await;
    b.sign_in("liqiang").await;
    let sums = "72,371.289,329.02¥81,700.30";
    let row = "10台8,050.0313%71,239.209,261.1080,500.30";
    let english_row = "10units8,050.0313%71,239.209,261.1080,500.30";
    let capital = "人民币捌万壹仟柒佰元零叁角";
    let (quote_no, order_no) = (format!("{}V1", quote.no), order.no);
    let forms: [(&str, &[&str], &[&str]); 6] = [
        ("customer", &["91320505PDY00001XN", "苏州星辰云启科技有限公司", "李娜", "方晓"], &["91320505PDY00001XN"]),
        ("requirement", &["QM-6565英寸会议平板", "10台", "开箱验收"], &["QM-6565-inchmeetingpanel", "10units"]),
        ("quote", &[row, sums, capital, "24,510.09", "57,190.21"], &[english_row, sums, capital, "57,190.21"]),
        (
            "approval",
            &[row, sums, "销售主管已同意", "李强", quote_no.as_str()],
            &[english_row, sums, "SalesmanagerApproved"],
        ),
        (
            "order",
            &[row, sums, capital, "24,510.09", "57,190.21", order_no.as_str(), "争议解决"],
            &[english_row, sums, "24,510.09", "57,190.21", "Disputes"],
        ),
        ("delivery", &["10台1010101010", "德邦", "已签收", "100%"], &["10units1010101010", "Signed", "100%"]),
    ];
    for (form, zh, en) in forms {
        for (lang, words) in [("zh", zh), ("en", en)] {
            let paper = printed(&mut b, &format!("/deals/{deal}/{form}.pdf?lang={lang}")).await;
            keep(&format!("{form}-{lang}"), &b.body);
            // Embedded, only the characters that are used, and with their meaning for whoever searches.
            for font in fonts_of(&b.body) {
                assert!(font.contains("Noto") && font.contains("yes yes yes"), "{form} {lang}: {font}");
                assert!(font.split('+').next().is_some_and(|tag| tag.len() == 6), "{font} is a subset");
            }
            assert!(b.body.len() < 400_000, "{form} {lang}: {} bytes", b.body.len());
            for what in words {
                assert!(paper.contains(&squeezed(what)), "{form} {lang}: {what} is not on the paper: {paper}");
            }
            let pages = if lang == "zh" { "共" } else { "of" };
            assert!(paper.contains(pages), "{form} {lang} counts its pages: {paper}");
        }
    }
    assert!(text_of(&b.body).contains(&order_no));
}
