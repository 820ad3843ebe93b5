//! What else stands on paper: the seller's own data, which of several offers it is, what is not in force
//! in the spreadsheet too, who signs, and the catalogue's names in the language of the form.

use super::printed;
use crate::delivery::quote_for;
use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, moment, told};
use axum::http::StatusCode;
use calamine::{Reader, Xlsx, open_workbook_from_rs};
use kuaidan::app::{Asked, LogoChange, SurchargeInput};
use kuaidan::domain::company::Company;
use kuaidan::domain::link::LinkPurpose;
use kuaidan::domain::workflow::Command;
use rust_decimal::dec;
use std::io::Cursor;

/// Everything a spreadsheet shows, without white space.
fn words_of(file: &[u8]) -> String {
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(file.to_vec())).expect("a workbook");
    let range = book.worksheet_range_at(0).expect("a sheet").expect("readable");
    range.rows().flatten().map(ToString::to_string).collect::<String>().split_whitespace().collect()
}

#[tokio::test]
async fn the_contract_names_the_seller_s_code_bank_and_account() {
    let w = World::new().await;
    let (known, revision) = w.app.company().await.unwrap_or_else(|f| panic!("{}", told(&f)));
    let new = Company {
        tax_no: Some("91320594PDY000992B".to_owned()),
        bank: Some("某某银行苏州分行".to_owned()),
        account: Some("1102 0204 0900 0123 456".to_owned()),
        ..known
    };
    let admin = w.actor("admin");
    let saved = w.app.save_company(&w.by(&admin, &[], None), revision, &new, LogoChange::Keep).await;
    saved.unwrap_or_else(|f| panic!("{}", told(&f)));
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    let paper = printed(&mut b, &format!("/deals/{deal}/order.pdf?lang=zh")).await;
    let parties = paper.split("双方信息").nth(1).expect("the parties");
    for what in ["91320594PDY000992B", "某某银行苏州分行", "1102020409000123456", "91320505PDY00001XN"] {
        assert!(parties.contains(what), "{what}: {parties}");
    }
}

#[tokio::test]
async fn a_spreadsheet_says_too_that_a_quote_is_not_in_force() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteDrafted, &Plan::default()).await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    let sheet = format!("/deals/{deal}/quote.xlsx");
    assert_eq!(b.open(&sheet).await, StatusCode::OK);
    assert!(words_of(&b.body).contains("草稿·未生效"), "{}", words_of(&b.body));
    assert_eq!(b.open(&format!("{sheet}?lang=en")).await, StatusCode::OK);
    assert!(words_of(&b.body).contains("QM-6565-inchmeetingpanel"), "{}", words_of(&b.body));
    w.bring_to(Stage::QuoteSubmitted, &deal, &Plan::default()).await;
    b.open(&sheet).await;
    assert!(words_of(&b.body).contains("草稿·未生效"), "not before everybody has approved");
    w.bring_to(Stage::QuoteApproved, &deal, &Plan::default()).await;
    b.open(&sheet).await;
    assert!(!words_of(&b.body).contains("草稿"), "{}", words_of(&b.body));
    w.must("wangmin", &deal, &[], w.quote(&Plan::default())).await;
    b.open(&format!("{sheet}?version=1")).await;
    assert!(words_of(&b.body).contains("已被新版本取代"), "{}", words_of(&b.body));
}

#[tokio::test]
async fn of_several_offers_each_says_which_it_is() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteApproved, &Plan::default()).await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    let quote = format!("/deals/{deal}/quote.pdf");
    assert!(!printed(&mut b, &quote).await.contains("方案"), "one offer needs no letter");
    w.must("wangmin", &deal, &[], Command::AddAlternative).await;
    let second = printed(&mut b, &quote).await;
    assert!(second.contains("备选方案方案B") && second.contains("V2"), "{second}");
    let first = printed(&mut b, &format!("{quote}?version=1")).await;
    assert!(first.contains("备选方案方案A") && first.contains("V1"), "{first}");
    let english = printed(&mut b, &format!("{quote}?lang=en")).await;
    assert!(english.contains("AlternativesAlternativeB"), "{english}");
}

#[tokio::test]
async fn everybody_who_has_to_decide_has_a_place_to_sign_on_the_approval_form() {
    let w = World::new().await;
    let plan = Plan {
        lines: vec![("QM-98", dec!(6), Some(dec!(25000)))],
        discount_reason: Some("大客户首单"),
        ..Plan::default()
    };
    let deal = w.deal_at(Stage::QuoteSubmitted, &plan).await;
    let round = w.case(&deal).await.round.expect("a round");
    assert!(round.nodes.len() >= 5, "{:?}", round.nodes);
    let mut b = Browser::at(&w).await;
    b.sign_in("liqiang").await;
    let paper = printed(&mut b, &format!("/deals/{deal}/approval.pdf")).await;
    assert_eq!(paper.matches("签字").count(), round.nodes.len() + 1, "{paper}");
    assert!(paper.contains("申请人王敏签字"), "{paper}");
    w.bring_to(Stage::QuoteApproved, &deal, &plan).await;
    let paper = printed(&mut b, &format!("/deals/{deal}/approval.pdf")).await;
    // Who decided here stands in the table, and signs nothing.
    assert_eq!(paper.matches("签字").count(), 1, "{paper}");
    assert!(paper.contains("申请人王敏签字") && paper.contains("刘建国") && paper.contains("周凯"), "{paper}");
}

#[tokio::test]
async fn english_pages_and_papers_name_goods_and_colleagues_in_english() {
    let (zh, en) = ("65 英寸会议平板", "65-inch meeting panel");
    // Specifications have one language.
    let is_named_in_chinese = |cell: &String| cell.replace("65 英寸会议平板，标准配置", "").contains(zh);
    let w = World::new().await;
    let deal = w.deal_at(Stage::Shipped, &Plan::default()).await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    // The reader's own language is Chinese, the paper is not.
    let paper = printed(&mut b, &format!("/deals/{deal}/approval.pdf?lang=en")).await;
    assert!(paper.contains("LiQiang") && !paper.contains("李强"), "{paper}");
    b.open("/work").await;
    b.choose("/preferences/language", "language", "en").await;
    for page in ["order", "delivery", "delivery/plan"] {
        assert_eq!(b.open(&format!("/deals/{deal}/{page}")).await, StatusCode::OK, "{}", b.text());
        assert!(b.sees(en), "{page}: {}", b.text());
        assert!(!b.words_of("td").iter().any(is_named_in_chinese), "{page}: {}", b.text());
    }
    // Whoever decides reads the lines on the page of the approval.
    let waits = w.deal_at(Stage::QuoteSubmitted, &Plan::default()).await;
    let mut manager = b.another();
    manager.sign_in("liqiang").await;
    manager.choose("/preferences/language", "language", "en").await;
    assert_eq!(manager.open(&format!("/deals/{waits}/approval")).await, StatusCode::OK, "{}", manager.text());
    assert!(manager.sees(en) && !manager.words_of("td").iter().any(is_named_in_chinese), "{}", manager.text());
    b.open("/deliveries").await;
    assert!(b.sees(en) && !b.sees(zh), "{}", b.text());
    // The message to the customer is the same in both languages but for the names.
    b.open(&format!("/deals/{deal}/delivery")).await;
    let message = |lang: &str| b.words_of(&format!(".copy-box[lang={lang}]")).join("\n");
    assert!(message("en").contains(en) && !message("en").contains(zh), "{}", message("en"));
    assert!(message("zh").contains(zh), "{}", message("zh"));
    let page = crate::public::link(&w, &deal, LinkPurpose::Track).await;
    let mut customer = b.another();
    customer.open(&format!("{page}?lang=en")).await;
    assert!(customer.sees(en) && !customer.sees(zh), "{}", customer.text());
}

#[tokio::test]
async fn the_surcharge_that_the_form_offers_is_called_in_the_language_of_the_paper() {
    let w = World::new().await;
    let plan = Plan::default();
    let deal = w.deal_at(Stage::RequirementConfirmed, &plan).await;
    let fee = SurchargeInput { name: "加急费".to_owned(), amount: dec!(300), tax_rate: dec!(0.13) };
    w.must("wangmin", &deal, &[], quote_for(&w, &plan, moment("09-24 18:00"), vec![fee])).await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    let english = printed(&mut b, &format!("/deals/{deal}/quote.pdf?lang=en")).await;
    assert!(english.contains("Urgentsurcharge") && !english.contains("加急费"), "{english}");
    let chinese = printed(&mut b, &format!("/deals/{deal}/quote.pdf?lang=zh")).await;
    assert!(chinese.contains("加急费"), "{chinese}");
}

#[tokio::test]
async fn a_customer_who_asks_for_nothing_has_one_row_that_says_so() {
    let w = World::new().await;
    let no = w.archived_customer().await;
    let profile = w.customer(&no).await.customer.profile;
    assert!(profile.needs().is_empty() && profile.carrier_wish.is_none() && profile.invoice_need.is_none());
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    let paper = printed(&mut b, &format!("/customers/{no}/form.pdf?lang=zh")).await;
    assert!(paper.contains("特殊需求无") && !paper.contains("指定物流公司"), "{paper}");
}

#[tokio::test]
async fn sums_are_told_after_the_discount_and_every_paper_says_its_price_basis() {
    let w = World::new().await;
    let plan = Plan { lines: vec![("QM-65", dec!(10), None), ("AZ-01", dec!(1), None)], ..Plan::default() };
    let deal = w.deal_at(Stage::RequirementConfirmed, &plan).await;
    let Asked::Quote(mut quote) = quote_for(&w, &plan, moment("09-24 18:00"), Vec::new()) else { panic!("a quote") };
    quote.terms.whole_discount = dec!(700.30);
    w.must("wangmin", &deal, &[], Asked::Quote(quote)).await;
    for stage in [Stage::QuoteSubmitted, Stage::QuoteApproved, Stage::QuoteSent] {
        w.bring_to(stage, &deal, &plan).await;
    }
    let page = crate::public::link(&w, &deal, LinkPurpose::Quote).await;
    for stage in [Stage::Accepted, Stage::OrderConfirmed] {
        w.bring_to(stage, &deal, &plan).await;
    }
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    for paper in ["quote", "approval", "order"] {
        let zh = printed(&mut b, &format!("/deals/{deal}/{paper}.pdf?lang=zh")).await;
        assert!(zh.contains("已含整单优惠700.30") && !zh.contains("−700.30"), "{paper}: {zh}");
        let (total, told) = (zh.find("¥83,489.70"), zh.find("已含整单优惠"));
        assert!(total.is_some() && total < told, "{paper}: the total first: {zh}");
        assert!(zh.contains("计价方式含税"), "{paper}: {zh}");
        let en = printed(&mut b, &format!("/deals/{deal}/{paper}.pdf?lang=en")).await;
        assert!(en.contains("PricebasisTax-inclusive"), "{paper}: {en}");
    }
    let mut customer = b.another();
    customer.open(&format!("{page}?lang=zh")).await;
    assert!(customer.html.contains("<dt>计价方式</dt><dd>含税</dd>"), "{}", customer.text());
}
