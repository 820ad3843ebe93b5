//! What stands on paper: amounts, marks, languages, hashes, names; and who may print it.

use super::{printed, squeezed, text_of};
use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use axum::http::{StatusCode, header};
use kuaidan::documents::{Letterhead, Mark, Shown, quote, set, shipment};
use kuaidan::domain::workflow::Case;
use kuaidan::wording::Lang;

fn letterhead() -> Letterhead {
    Letterhead {
        tax_no: None,
        bank: None,
        account: None,
        name: "启明达智能设备有限公司".to_owned(),
        name_en: "Qimingda".to_owned(),
        ..Letterhead::default()
    }
}

fn quote_pdf(case: &Case, mark: Mark) -> Vec<u8> {
    let q = case.quote.as_ref().expect("a quote");
    let content = quote::content(Lang::Zh, &letterhead(), case, q, Shown::Whole).expect("JSON");
    set(Lang::Zh, &content, mark).expect("a document")
}

#[tokio::test]
async fn the_storys_quote_stands_on_paper() {
    let world = World::new().await;
    let deal = world.deal_at(Stage::QuoteDrafted, &Plan::default()).await;
    let mut b = Browser::at(&world).await;
    b.sign_in("wangmin").await;
    let draft = printed(&mut b, &format!("/deals/{deal}/quote.pdf")).await;
    assert!(draft.contains("草稿·未生效"), "{draft}");
    world.bring_to(Stage::QuoteSubmitted, &deal, &Plan::default()).await;
    world.bring_to(Stage::QuoteApproved, &deal, &Plan::default()).await;
    let paper = printed(&mut b, &format!("/deals/{deal}/quote.pdf")).await;
    for word in [
        "报价单",
        "启明达智能设备有限公司",
        "苏州星辰云启科技有限公司",
        "8,050.03",
        "80,500.30",
        "71,239.20",
        "9,261.10",
        "1,132.08",
        "67.92",
        "72,371.28",
        "9,329.02",
        "81,700.30",
        "人民币捌万壹仟柒佰元零叁角",
        "24,510.09",
        "57,190.21",
        "第1页，共1页",
        "盖章处",
    ] {
        assert!(paper.contains(word), "{word} is missing: {paper}");
    }
    assert!(!paper.contains("草稿") && !paper.contains("底价"), "{paper}");
    let disposition = b.headers.get(header::CONTENT_DISPOSITION).expect("a name").to_str().expect("ASCII");
    assert!(disposition.starts_with("inline;") && disposition.contains("filename*=UTF-8''%E6%8A%A5"), "{disposition}");
    assert_eq!(
        b.headers.get(header::CONTENT_TYPE).map(axum::http::HeaderValue::as_bytes),
        Some(&b"application/pdf"[..])
    );
    let english = printed(&mut b, &format!("/deals/{deal}/quote.pdf?lang=en")).await;
    for word in ["Page1of1", "81,700.30", "Qimingda", "Seller", "Buyer"] {
        assert!(english.contains(word), "{word} is missing: {english}");
    }
}

#[tokio::test]
async fn every_form_prints_in_both_languages() {
    let world = World::new().await;
    let deal = world.deal_at(Stage::Shipped, &Plan::default()).await;
    let no = world.case(&deal).await.customer.no;
    let mut b = Browser::at(&world).await;
    b.sign_in("liqiang").await;
    for (form, zh, en) in [
        ("customer", "客户基础信息登记表", "91320505PDY00001XN"),
        ("requirement", "需求确认单", "Buyer"),
        ("quote", "报价单", "Buyer"),
        ("approval", "内部审批流程表", "Internalapprovalform"),
        ("order", "购销合同", "Salescontract"),
        ("delivery", "订单交付进度跟踪表", "Progressbystage"),
    ] {
        let chinese = printed(&mut b, &format!("/deals/{deal}/{form}.pdf?lang=zh")).await;
        assert!(chinese.contains(zh) && chinese.contains("内容校验码"), "{form}: {chinese}");
        assert!(!chinese.contains("草稿"), "{form} is in force: {chinese}");
        let english = printed(&mut b, &format!("/deals/{deal}/{form}.pdf?lang=en")).await;
        assert!(english.contains(en) && english.contains("Contenthash"), "{form}: {english}");
    }
    assert!(printed(&mut b, &format!("/customers/{no}/form.pdf")).await.contains("客户基础信息登记表"));
    for path in [format!("/deals/{deal}/quote.pdf?version=9"), format!("/deals/{deal}/quote.pdf?lang=fr")] {
        assert_eq!(b.open(&path).await, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_registration_form_names_people_whole_only_when_asked_which_is_recorded() {
    let world = World::new().await;
    let deal = world.deal_at(Stage::Archived, &Plan::default()).await;
    let no = world.case(&deal).await.customer.no;
    let mut b = Browser::at(&world).await;
    b.sign_in("wangmin").await;
    for path in [format!("/customers/{no}/form.pdf"), format!("/deals/{deal}/customer.pdf")] {
        let paper = printed(&mut b, &path).await;
        assert!(paper.contains("138****8000") && !paper.contains("13800138000"), "{path}: {paper}");
        assert!(paper.contains("注册地址") && paper.contains("填表人") && paper.contains("第1页，共1页"), "{paper}");
    }
    let version = world.customer(&no).await.customer.version;
    b.open(&format!("/customers/{no}")).await;
    assert_eq!(b.submit("/form.pdf").await, StatusCode::OK);
    let paper = text_of(&b.body);
    assert!(paper.contains("13800138000") && paper.contains("13800138001"), "{paper}");
    assert_eq!(world.customer(&no).await.customer.version, version, "printing changes nothing");
    b.open(&format!("/customers/{no}")).await;
    assert!(b.sees("查看联系人李娜的联系方式") && b.sees("查看联系人方晓的联系方式"), "{}", b.text());
    let mut other = b.another();
    other.sign_in("zhaoliu").await;
    other.open("/customers").await;
    let asked = other.post_raw(&format!("/customers/{no}/form.pdf"), &[]).await;
    assert_eq!(asked, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn prices_are_printed_only_for_those_who_may_see_them() {
    let world = World::new().await;
    let deal = world.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let browser = Browser::at(&world).await;
    for login in ["sunli", "hejun", "zhengwei"] {
        let mut b = browser.another();
        b.sign_in(login).await;
        for path in ["quote.pdf", "quote.xlsx"] {
            assert_eq!(b.open(&format!("/deals/{deal}/{path}")).await, StatusCode::FORBIDDEN, "{login} {path}");
        }
        let sheet = printed(&mut b, &format!("/deals/{deal}/order.pdf")).await;
        assert!(sheet.contains("订单（履约联）") && sheet.contains("10台"), "{login}: {sheet}");
        assert!(!sheet.contains("8,050.03") && !sheet.contains("81,700.30"), "{login}: {sheet}");
    }
    let mut other = browser.another();
    other.sign_in("zhaoliu").await;
    for form in ["customer", "requirement", "quote", "approval", "order", "delivery"] {
        let status = other.open(&format!("/deals/{deal}/{form}.pdf")).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "another rep's {form}");
    }
    let mut stranger = browser.another();
    stranger.open(&format!("/deals/{deal}/quote.pdf")).await;
    assert!(stranger.path.starts_with("/login"), "{}", stranger.path);
}

#[tokio::test]
async fn what_was_sent_keeps_its_hash_for_ever() {
    let world = World::new().await;
    let deal = world.deal_at(Stage::QuoteSent, &Plan::default()).await;
    let mut b = Browser::at(&world).await;
    b.sign_in("wangmin").await;
    let path = format!("/deals/{deal}/quote.pdf");
    let first = printed(&mut b, &path).await;
    let bytes = b.body.clone();
    b.open(&format!("/deals/{deal}/quote?version=1")).await;
    let shown = b.text();
    let hash = shown
        .split(|c: char| !c.is_ascii_hexdigit())
        .find(|w| w.len() == 64)
        .unwrap_or_else(|| panic!("no hash on the page: {shown}"))
        .to_owned();
    assert!(first.contains(&hash[..16]), "{hash} {first}");
    // The contact changes the title that stands on the paper; what was sent does not.
    let no = world.case(&deal).await.customer.no;
    let mut profile = world.customer(&no).await.customer.profile;
    for contact in &mut profile.contacts {
        contact.title = "总经理".to_owned();
    }
    let save = kuaidan::domain::workflow::Command::SaveCustomer(Box::new(profile));
    world.must_on_customer("wangmin", &no, &[], save).await;
    world.at("09-17 11:00");
    let again = printed(&mut b, &path).await;
    assert_eq!(again, first);
    assert!(!again.contains("总经理"));
    assert_eq!(b.body, bytes, "the same version is the same file");
}

#[tokio::test]
async fn names_are_text_and_never_markup() {
    let world = World::new().await;
    let deal = world.deal_at(Stage::QuoteApproved, &Plan::default()).await;
    let mut case = world.case(&deal).await;
    let hostile = [
        "#image(\"/etc/passwd\")",
        "$x^2$ *粗* _斜_ `代码` <标签> @引用 \\ \" ' {seller}",
        "#panic(\"停\") // 注释 /* */ = 标题",
        "]#set page(width: 1pt)[",
    ];
    for name in hostile {
        case.customer.profile.legal_name = name.to_owned();
        let text = text_of(&quote_pdf(&case, Mark::None));
        // Straight quotes may be set as curly ones; nothing else changes.
        let plain = |s: &str| squeezed(s).replace(['"', '“', '”', '\'', '‘', '’'], "");
        assert!(plain(&text).contains(&plain(name)), "{name}: {text}");
        assert!(!text.contains("root:"), "{text}");
    }
}

#[tokio::test]
async fn rare_characters_of_names_are_there_and_found() {
    for c in "镕喆堃龑䶮𬭼㛃𫖯".chars() {
        assert!(kuaidan_documents::has_character(c), "{c}");
    }
    let beyond = include_str!("../../../assets/fonts/beyond-gbk.txt").trim();
    assert_eq!(beyond.chars().count(), 273, "of the 8,105 characters these are not in GBK");
    assert!(beyond.chars().all(kuaidan_documents::has_character));
    for high in 0x81..=0xFE_u8 {
        for low in 0x40..=0xFE_u8 {
            let pair = [high, low];
            let (text, _, wrong) = encoding_rs::GBK.decode(&pair);
            let is_hanzi = |c: char| ('\u{4e00}'..='\u{9fa5}').contains(&c);
            if !wrong {
                assert!(text.chars().filter(|c| is_hanzi(*c)).all(kuaidan_documents::has_character), "{text}");
            }
        }
    }
    let world = World::new().await;
    let deal = world.deal_at(Stage::QuoteApproved, &Plan::default()).await;
    let mut case = world.case(&deal).await;
    case.customer.profile.legal_name = "朱镕喆堃𬭼科技有限公司".to_owned();
    assert!(text_of(&quote_pdf(&case, Mark::None)).contains("朱镕喆堃𬭼科技有限公司"));
    // A character that no font of the program has: the system's font or a box, never a failure.
    assert!(!kuaidan_documents::has_character('\u{2f00a}'));
    case.customer.profile.legal_name = "\u{2f00a}𠮷野\u{30000}有限公司".to_owned();
    let text = text_of(&quote_pdf(&case, Mark::None));
    assert!(text.contains("有限公司") && text.contains("81,700.30"), "{text}");
}

#[tokio::test]
async fn two_hundred_lines_break_over_pages_with_their_head() {
    let world = World::new().await;
    let deal = world.deal_at(Stage::QuoteApproved, &Plan::default()).await;
    let mut case = world.case(&deal).await;
    if let Some(q) = &mut case.quote {
        let line = q.priced.lines[0].clone();
        q.priced.lines = vec![line; 200];
    }
    let text = text_of(&quote_pdf(&case, Mark::Draft));
    let pages = text.matches("内容校验码").count();
    assert!(pages > 4, "{pages}");
    assert!(text.contains(&format!("第{pages}页，共{pages}页")), "the last page knows how many there are");
    assert_eq!(text.matches("80,500.30").count(), 200 + 1, "every line, and the subtotal of its rate");
    assert!(text.matches("#产品").count() + 2 >= pages, "the head is repeated on every page of the table");
}

#[tokio::test]
async fn the_delivery_note_goes_with_one_shipment_and_leads_to_its_tracking_page() {
    let world = World::new().await;
    let deal = world.deal_at(Stage::Shipped, &Plan::default()).await;
    let case = world.case(&deal).await;
    let order = case.order.as_ref().expect("an order");
    let sent = &order.shipments[0];
    let path = format!("/deals/{deal}/shipments/{}/note.pdf", sent.no);
    let browser = Browser::at(&world).await;
    for login in ["sunli", "hejun", "wangmin"] {
        let mut b = browser.another();
        b.sign_in(login).await;
        b.open(&format!("/deals/{deal}/delivery")).await;
        assert!(b.html.contains(&path), "{login} finds it beside the shipment");
        let note = printed(&mut b, &path).await;
        for word in ["送货单", sent.no.as_str(), "10台", "13800138001", "实收数量", "收货方", "盖章处"] {
            assert!(note.contains(word), "{login}: {word} is missing: {note}");
        }
        assert!(!note.contains("8,050.03") && !note.contains("81,700.30"), "no amounts: {note}");
    }
    let mut b = browser.another();
    b.sign_in("hejun").await;
    let english = printed(&mut b, &format!("{path}?lang=en")).await;
    assert!(english.contains("Deliverynote") && english.contains("Received"), "{english}");
    assert_eq!(b.open(&format!("/deals/{deal}/shipments/FH-20260917-999/note.pdf")).await, StatusCode::NOT_FOUND);
    let mut stranger = browser.another();
    stranger.sign_in("zhaoliu").await;
    assert_eq!(stranger.open(&path).await, StatusCode::NOT_FOUND, "another rep's");
    // With a link for the customer there is a code to scan.
    let with = |link| shipment::form(Lang::Zh, &letterhead(), (&case, order), sent, ("13800138001", link));
    assert_eq!(with(None).code, None);
    let address = "https://sales.example/p/0011";
    assert_eq!(with(Some(address)).code.map(|c| c.text).as_deref(), Some(address));
    let content =
        shipment::content(Lang::Zh, &letterhead(), (&case, order), sent, ("13800138001", Some(address))).expect("JSON");
    let paper = squeezed(&text_of(&set(Lang::Zh, &content, shipment::mark(sent)).expect("a document")));
    assert!(paper.contains("sales.example/p/0011"), "{paper}");
}
