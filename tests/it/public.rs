//! Customers without an account: what a link opens, what it never opens, and what an answer does.

use crate::documents::text_of;
use crate::harness::browser::Browser;
use crate::harness::sample;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, moment};
use axum::http::StatusCode;
use kuaidan::app::Upshot;
use kuaidan::app::setup::Purpose;
use kuaidan::config::Config;
use kuaidan::domain::change::ChangeStatus;
use kuaidan::domain::customer::CustomerStatus;
use kuaidan::domain::deal::LostReason;
use kuaidan::domain::link::LinkPurpose;
use kuaidan::domain::order::AcceptanceKind;
use kuaidan::domain::quote::QuoteStatus;
use kuaidan::domain::workflow::Command;
use kuaidan::web::{Web, router};

/// A link made by the rep; its address as the customer gets it.
pub async fn link(w: &World, deal: &str, purpose: LinkPurpose) -> String {
    let actor = w.actor("wangmin");
    let by = w.by(&actor, &[], None);
    w.app.make_link(&by, deal, purpose).await.expect("allowed").expect("nothing is in the way");
    let (_, links) = w.app.links(&actor, deal).await.expect("listed");
    let made = links.iter().find(|l| l.purpose == purpose).expect("the link is there");
    format!("/p/{}", w.app.link_token(made.id).await.expect("a token"))
}

async fn stops(w: &World, deal: &str, purpose: LinkPurpose) -> usize {
    let actor = w.actor("wangmin");
    let by = w.by(&actor, &[], None);
    w.app.make_link(&by, deal, purpose).await.expect("allowed").expect_err("something is in the way").len()
}

async fn accept(b: &mut Browser, page: &str, name: &str) -> StatusCode {
    b.open(&format!("{page}/accept")).await;
    b.fill("您的姓名", name).fill("职务", "采购总监").set("agreed", "yes");
    b.submit("/accept?lang=zh").await
}

#[tokio::test]
async fn a_customer_reads_the_sent_quote_and_accepts_it_once() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteApproved, &Plan::default()).await;
    assert_eq!(stops(&w, &deal, LinkPurpose::Quote).await, 1, "an unsent quote has no link");
    w.must("wangmin", &deal, &[], kuaidan::domain::workflow::Command::SendQuote).await;
    let page = link(&w, &deal, LinkPurpose::Quote).await;
    let mut b = Browser::at(&w).await;
    assert_eq!(b.open(&page).await, StatusCode::OK);
    assert!(b.sees("81,700.30") && b.sees("苏州星辰云启科技有限公司"), "{}", b.text());
    for secret in ["7,000.00", "底价", "内部", "王敏的"] {
        assert!(!b.text().contains(secret), "{secret} is not the customer's to read");
    }
    assert_eq!(b.headers.get("x-robots-tag").and_then(|v| v.to_str().ok()), Some("noindex, nofollow"));
    assert_eq!(b.headers.get("cache-control").and_then(|v| v.to_str().ok()), Some("no-store"));
    // Reading changes nothing, however often a mail scanner does it.
    b.open(&format!("{page}/accept")).await;
    assert_eq!(w.case(&deal).await.quote.expect("a quote").status, QuoteStatus::Sent);

    // Name and tick are asked for.
    b.fill("您的姓名", "");
    assert_eq!(b.submit("/accept?lang=zh").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(accept(&mut b, &page, "李娜").await, StatusCode::OK);
    assert!(b.sees("您已接受这份报价") && b.sees("李娜"), "{}", b.text());
    let order = w.case(&deal).await.order.expect("an order");
    assert_eq!(order.acceptance.kind, AcceptanceKind::Online);

    // The rep hears of it and sees what was said.
    let mut rep = b.another();
    rep.sign_in("wangmin").await;
    rep.open(&format!("/deals/{deal}/links")).await;
    assert!(rep.sees("李娜 · 采购总监") && rep.sees("已接受") && rep.sees("打开"), "{}", rep.text());
    // Nobody has set an address: the link to copy is where this page was asked, and opens elsewhere, too.
    assert!(rep.words_of(".copy-box").contains(&format!("http://kuaidan.test{page}")), "{}", rep.text());
    assert!(!rep.sees("还没有设置对外网址"), "{}", rep.text());
    rep.open("/notices").await;
    assert!(rep.sees("客户已在线接受报价"));
}

/// The goods are wanted earlier, and production is asked about it.
async fn a_change_is_filed(w: &World, deal: &str) {
    let earlier = sample::change(w, deal, |content| content.wanted_at = moment("09-22 18:00")).await;
    w.must("wangmin", deal, &[], earlier).await;
    w.must("wangmin", deal, &[], Command::FileChange { call_back: None }).await;
    assert!(w.case(deal).await.change.is_some_and(|c| ChangeStatus::is_open(c.status)));
}

/// The forms of a quote, filled in while it could still be answered.
async fn filled_in(w: &World, page: &str) -> [Browser; 3] {
    let mut all = [Browser::at(w).await, Browser::at(w).await, Browser::at(w).await];
    for (b, form) in all.iter_mut().zip(["accept", "change", "decline"]) {
        b.open(&format!("{page}/{form}")).await;
        b.fill("您的姓名", "李娜").set("agreed", "yes").set("note", "能否提前两天交货").set("reason", "price");
    }
    all
}

#[tokio::test]
async fn what_cannot_be_accepted_inside_is_not_offered_to_the_customer() {
    let w = World::new().await;
    let changing = w.deal_at(Stage::QuoteSent, &Plan::default()).await;
    let lost = w.deal_at(Stage::QuoteSent, &Plan::default()).await;
    let (of_changing, of_lost) =
        (link(&w, &changing, LinkPurpose::Quote).await, link(&w, &lost, LinkPurpose::Quote).await);
    let mut forms = Vec::new();
    for page in [&of_changing, &of_lost] {
        forms.push(filled_in(&w, page).await);
    }
    a_change_is_filed(&w, &changing).await;
    w.must("wangmin", &lost, &[], Command::CloseDeal { reason: LostReason::Price }).await;

    let told = [("暂时不能在线答复", "正在修改"), ("这份报价已结束", "不能再在线答复")];
    for (((page, deal), (title, text)), answers) in
        [(&of_changing, &changing), (&of_lost, &lost)].into_iter().zip(told).zip(forms)
    {
        let mut b = Browser::at(&w).await;
        assert_eq!(b.open(page).await, StatusCode::OK);
        assert!(b.sees(title) && b.sees(text) && b.sees("81,700.30"), "{}", b.text());
        for way in ["/accept", "/change", "/decline"] {
            assert!(!b.html.contains(way), "{deal} offers {way}");
        }
        // A form that was open before is answered with how it stands.
        for (mut b, form) in answers.into_iter().zip(["accept", "change", "decline"]) {
            b.submit(&format!("/{form}?lang=zh")).await;
            assert!(b.sees(title), "{form}: {}", b.text());
        }
        let (_, links) = w.app.links(&w.actor("wangmin"), deal).await.expect("listed");
        assert!(links[0].answers.is_empty(), "nothing is kept of what was not taken");
        let case = w.case(deal).await;
        assert_eq!((case.quote.expect("a quote").status, case.order.is_none()), (QuoteStatus::Sent, true));
    }
    assert_eq!(stops(&w, &lost, LinkPurpose::Quote).await, 1, "no new link for what has ended");
    // In the customer's other language, too.
    let mut b = Browser::at(&w).await;
    b.open(&format!("{of_lost}?lang=en")).await;
    assert!(b.sees("This quote has ended"), "{}", b.text());
}

#[tokio::test]
async fn the_paper_of_a_link_bears_the_mark_of_what_became_of_the_quote() {
    let w = World::new().await;
    let mut b = Browser::at(&w).await;
    let paper = async |b: &mut Browser, page: &str| {
        assert_eq!(b.open(&format!("{page}/quote.pdf")).await, StatusCode::OK);
        text_of(&b.body)
    };
    for (ends, mark) in [
        (Command::ReviseRequirement, "已被新版本取代"),
        (Command::DeclineQuote { reason: LostReason::Price }, "已作废"),
        (Command::CloseDeal { reason: LostReason::Price }, "已作废"),
    ] {
        let deal = w.deal_at(Stage::QuoteSent, &Plan::default()).await;
        let page = link(&w, &deal, LinkPurpose::Quote).await;
        let clean = paper(&mut b, &page).await;
        assert!(clean.contains("81,700.30") && !clean.contains(mark), "{clean}");
        w.must("wangmin", &deal, &[], ends).await;
        let marked = paper(&mut b, &page).await;
        assert!(marked.contains("81,700.30") && marked.contains(mark), "{marked}");
    }
}

#[tokio::test]
async fn a_name_that_nobody_can_see_is_no_name() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteSent, &Plan::default()).await;
    let page = link(&w, &deal, LinkPurpose::Quote).await;
    let mut b = Browser::at(&w).await;
    for name in ["\u{200b}\u{200b}\u{200b}", "\u{3164}\u{3164}", "\u{2060}李\u{feff}"] {
        assert_eq!(accept(&mut b, &page, name).await, StatusCode::UNPROCESSABLE_ENTITY, "{name:?}");
        b.open(&format!("{page}/change")).await;
        b.fill("您的姓名", name).set("note", "能否提前两天交货");
        assert_eq!(b.submit("/change?lang=zh").await, StatusCode::UNPROCESSABLE_ENTITY, "{name:?}");
    }
    let (_, links) = w.app.links(&w.actor("wangmin"), &deal).await.expect("listed");
    assert!(links[0].answers.is_empty() && w.case(&deal).await.order.is_none());
}

#[tokio::test]
async fn fifty_acceptances_of_one_link_at_once_are_one() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteSent, &Plan::default()).await;
    let page = link(&w, &deal, LinkPurpose::Quote).await;
    // Everybody has filled in the form before the first one presses the button.
    let mut ready = Vec::new();
    for n in 0..50 {
        let mut b = Browser::at(&w).await;
        b.open(&format!("{page}/accept")).await;
        b.fill("您的姓名", &format!("客户{n}")).fill("职务", "采购总监").set("agreed", "yes");
        ready.push(b);
    }
    let running: Vec<_> =
        ready.into_iter().map(|mut b| tokio::spawn(async move { b.submit("/accept?lang=zh").await })).collect();
    for one in running {
        let status = one.await.expect("it ends");
        assert!(status == StatusCode::OK || status == StatusCode::SERVICE_UNAVAILABLE, "{status}");
    }
    let (_, links) = w.app.links(&w.actor("wangmin"), &deal).await.expect("listed");
    assert_eq!(links[0].answers.len(), 1);
    assert!(w.case(&deal).await.order.is_some());
}

#[tokio::test]
async fn a_replaced_expired_revoked_or_guessed_link_says_so_politely() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteSent, &Plan::default()).await;
    let page = link(&w, &deal, LinkPurpose::Quote).await;
    let mut b = Browser::at(&w).await;

    // Guessed, malformed, of another purpose.
    for guess in ["/p/0", "/p/%00", &format!("/p/{}", "a".repeat(64)), &format!("/p/{}", "A".repeat(64))] {
        assert_eq!(b.open(guess).await, StatusCode::NOT_FOUND, "{guess}");
    }
    assert_eq!(b.open(&format!("{page}/quote.pdf")).await, StatusCode::OK);
    assert!(b.body.starts_with(b"%PDF"));

    // A new version replaces what the customer was sent.
    w.must("wangmin", &deal, &[], w.quote(&Plan::default())).await;
    b.open(&page).await;
    assert!(b.sees("已有新版本"), "{}", b.text());
    b.open(&format!("{page}/accept")).await;
    assert!(!b.sees("确认接受"), "{}", b.text());

    // Taken back.
    let (_, links) = w.app.links(&w.actor("wangmin"), &deal).await.expect("listed");
    let actor = w.actor("wangmin");
    w.app.revoke_link(&w.by(&actor, &[], None), &deal, links[0].id).await.expect("taken back");
    assert_eq!(b.open(&page).await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_link_ends_with_the_quote_and_one_second_too_late_is_too_late() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteSent, &Plan::default()).await;
    let page = link(&w, &deal, LinkPurpose::Quote).await;
    let mut b = Browser::at(&w).await;
    w.at("10-02 23:59");
    b.open(&format!("{page}/accept")).await;
    assert!(b.sees("确认接受报价"), "{}", b.text());
    w.at("10-03 00:00");
    b.fill("您的姓名", "李娜").set("agreed", "yes");
    assert_eq!(b.submit("/accept?lang=zh").await, StatusCode::GONE);
    assert_eq!(w.case(&deal).await.quote.expect("a quote").status, QuoteStatus::Sent);
}

#[tokio::test]
async fn an_address_that_guesses_is_slowed_down() {
    let w = World::new().await;
    let mut b = Browser::at(&w).await;
    for n in 0..20 {
        assert_eq!(b.open(&format!("/p/{n:064x}")).await, StatusCode::NOT_FOUND);
    }
    assert_eq!(b.open(&format!("/p/{:064x}", 99)).await, StatusCode::TOO_MANY_REQUESTS);
    assert!(b.headers.contains_key("retry-after"));
    w.at("09-17 10:31");
    assert_eq!(b.open(&format!("/p/{:064x}", 99)).await, StatusCode::NOT_FOUND, "ten minutes later");
}

#[tokio::test]
async fn a_wish_and_a_no_reach_the_rep() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteSent, &Plan::default()).await;
    let page = link(&w, &deal, LinkPurpose::Quote).await;
    let mut b = Browser::at(&w).await;
    b.open(&format!("{page}/change")).await;
    b.fill("您的姓名", "李娜").set("note", "<script>交货提前两天</script>");
    assert_eq!(b.submit("/change?lang=zh").await, StatusCode::OK);
    assert!(b.sees("交货提前两天") && !b.html.contains("<script>交货"));
    assert_eq!(w.case(&deal).await.quote.expect("a quote").status, QuoteStatus::Sent, "a wish moves nothing");
    b.open(&format!("{page}/decline?lang=en")).await;
    b.fill("Your name", "Li Na").set("reason", "nonsense");
    assert_eq!(b.submit("/decline?lang=en").await, StatusCode::UNPROCESSABLE_ENTITY);
    b.fill("Your name", "Li Na").set("reason", "price");
    assert_eq!(b.submit("/decline?lang=en").await, StatusCode::OK);
    assert!(b.sees("You have declined this quote"), "{}", b.text());
    assert_eq!(w.case(&deal).await.quote.expect("a quote").status, QuoteStatus::Declined);

    let mut rep = b.another();
    rep.sign_in("wangmin").await;
    rep.open(&format!("/deals/{deal}/links")).await;
    rep.set("settlement", "已电话答复，下周给新报价");
    assert_eq!(rep.submit("/links/settle").await, StatusCode::OK);
    assert!(rep.sees("已电话答复"), "{}", rep.text());
}

#[tokio::test]
async fn the_customer_checks_the_archive_field_by_field() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Verified, &Plan::default()).await;
    let page = link(&w, &deal, LinkPurpose::Data).await;
    let mut b = Browser::at(&w).await;
    b.open(&page).await;
    let fields: Vec<String> = scraper::Html::parse_document(&b.html)
        .select(&scraper::Selector::parse("input[type=radio][value=yes]").expect("a selector"))
        .filter_map(|i| i.attr("name").map(str::to_owned))
        .collect();
    assert!(fields.len() >= 10, "{fields:?}");
    // One wrong field is a correction and no confirmation.
    for name in &fields {
        b.set(name, if name == "is_right_legal_rep" { "no" } else { "yes" });
    }
    b.set("name", "李娜");
    assert_eq!(b.submit("/data?lang=zh").await, StatusCode::UNPROCESSABLE_ENTITY, "what is right is asked for");
    for name in &fields {
        b.set(name, if name == "is_right_legal_rep" { "no" } else { "yes" });
    }
    b.set("name", "李娜").set("said_legal_rep", "沈若平");
    assert_eq!(b.submit("/data?lang=zh").await, StatusCode::OK);
    assert_eq!(w.case(&deal).await.customer.status, CustomerStatus::PendingConfirmation);
    // A double click on the same correction is one; a customer may not drown the rep in them.
    let kept = async || w.app.links(&w.actor("wangmin"), &deal).await.expect("listed").1[0].answers.len();
    assert_eq!(kept().await, 1);
    for (round, name) in
        ["沈若平", "沈若平", "沈一", "沈二", "沈三", "沈四", "沈五", "沈六", "沈七", "沈八", "沈九", "沈十"]
            .into_iter()
            .enumerate()
    {
        b.open(&page).await;
        for name in &fields {
            b.set(name, if name == "is_right_legal_rep" { "no" } else { "yes" });
        }
        b.set("name", "李娜").set("said_legal_rep", name);
        assert_eq!(b.submit("/data?lang=zh").await, StatusCode::OK, "{round}");
    }
    assert_eq!(kept().await, 10, "ten wait for the rep, no more");
    assert!(b.sees("已收到您的意见"), "{}", b.text());
    // All right confirms, by the contact who said it; what we did not know may be filled in with it.
    w.app
        .settle_answer(
            &w.by(&w.actor("wangmin"), &[], None),
            &deal,
            first_open(&w, &deal).await,
            ("已电话核对", Upshot::TakenOver),
        )
        .await
        .expect("settled")
        .expect("no running deal holds the legal representative");
    b.open(&page).await;
    for name in &fields {
        b.set(name, "yes");
    }
    b.set("name", "李娜").set("said_contact_1_landline", "0512-62345678");
    assert_eq!(b.submit("/data?lang=zh").await, StatusCode::OK, "{}", b.text());
    let added = w.app.links(&w.actor("wangmin"), &deal).await.expect("listed").1[0]
        .answers
        .iter()
        .any(|a| a.corrections.iter().any(|c| c.shown.is_empty() && c.said == "0512-62345678"));
    assert!(added, "what was filled in waits for the rep");
    let customer = w.case(&deal).await.customer;
    assert_eq!(customer.status, CustomerStatus::Archived);
    assert_eq!(customer.confirmation.expect("a confirmation").contact, "李娜");
}

#[tokio::test]
async fn one_button_says_that_everything_is_right_and_nothing_else() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Verified, &Plan::default()).await;
    let page = link(&w, &deal, LinkPurpose::Data).await;
    let waits = async || w.case(&deal).await.customer.status == CustomerStatus::PendingConfirmation;
    let mut b = Browser::at(&w).await;
    for (what, fields, says) in [
        ("nobody", vec![], "您是"),
        ("a key of nobody", vec![("name", "李娜"), ("form_key", "0.0")], "请再提交一次"),
        ("what was not on the page", vec![("name", "李娜"), ("seen", "0011223344556677")], "资料刚有变动"),
        (
            "something is wrong",
            vec![("name", "李娜"), ("is_right_legal_rep", "no"), ("said_legal_rep", "沈若平")],
            "您标出了有误的内容",
        ),
        ("something was typed", vec![("name", "李娜"), ("said_legal_rep", "沈若平")], "您标出了有误的内容"),
    ] {
        b.open(&page).await;
        for (name, value) in fields {
            b.set(name, value);
        }
        assert_eq!(b.press("全部正确").await, StatusCode::UNPROCESSABLE_ENTITY, "{what}");
        assert!(b.sees(says), "{what}: {}", b.text());
        assert!(waits().await, "{what}");
    }
    b.open(&page).await;
    b.set("name", "李娜");
    assert_eq!(b.press("全部正确").await, StatusCode::OK, "{}", b.text());
    let customer = w.case(&deal).await.customer;
    assert_eq!(customer.confirmation.expect("a confirmation").contact, "李娜");
}

#[tokio::test]
async fn links_are_the_owners_to_hand_out_and_the_token_is_nowhere_kept() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteSent, &Plan::default()).await;
    let page = link(&w, &deal, LinkPurpose::Quote).await;
    for stranger in ["zhaoliu", "sunli", "admin"] {
        let mut b = Browser::at(&w).await;
        b.sign_in(stranger).await;
        let status = b.open(&format!("/deals/{deal}/links")).await;
        assert!(status == StatusCode::NOT_FOUND || status == StatusCode::FORBIDDEN, "{stranger}: {status}");
    }
    let token = page.trim_start_matches("/p/");
    let dump: Vec<(String,)> =
        sqlx::query_as("SELECT to_jsonb(l)::text FROM public_link l UNION ALL SELECT payload::text FROM event")
            .fetch_all(&mut w.database.owner_connection().await)
            .await
            .expect("readable");
    assert!(dump.iter().all(|(row,)| !row.contains(token)));
}

async fn first_open(w: &World, deal: &str) -> kuaidan::domain::ids::LinkAnswerId {
    let (_, links) = w.app.links(&w.actor("wangmin"), deal).await.expect("listed");
    links[0].answers.iter().find(|a| a.is_open()).expect("one waits").id
}

#[tokio::test]
async fn a_wish_sent_twice_is_one_and_the_page_shows_the_code_of_the_paper() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteSent, &Plan::default()).await;
    let page = link(&w, &deal, LinkPurpose::Quote).await;
    let mut b = Browser::at(&w).await;
    for _ in 0..2 {
        b.open(&format!("{page}/change")).await;
        b.fill("您的姓名", "李娜").set("note", "能否提前两天交货");
        assert_eq!(b.submit("/change?lang=zh").await, StatusCode::OK);
    }
    let (_, links) = w.app.links(&w.actor("wangmin"), &deal).await.expect("listed");
    assert_eq!(links[0].answers.len(), 1);
    for (lang, language) in [("zh", "zh"), ("en", "en")] {
        let code: String =
            sqlx::query_scalar("SELECT left(encode(content_hash, 'hex'), 16) FROM sent_document WHERE language = $1")
                .bind(language)
                .fetch_one(&mut w.database.owner_connection().await)
                .await
                .expect("kept when it was sent");
        b.open(&format!("{page}?lang={lang}")).await;
        assert!(b.sees(&code), "{lang}: {}", b.text());
    }
}

#[tokio::test]
async fn a_form_with_a_key_of_nobody_is_shown_again_with_what_was_typed() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteSent, &Plan::default()).await;
    let page = link(&w, &deal, LinkPurpose::Quote).await;
    let mut b = Browser::at(&w).await;
    b.open(&format!("{page}/accept")).await;
    b.fill("您的姓名", "李娜").set("agreed", "yes").set("form_key", "0.0");
    assert_eq!(b.submit("/accept?lang=zh").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(b.sees("请再提交一次") && b.html.contains("李娜"), "{}", b.text());
    assert!(w.case(&deal).await.order.is_none());
    b.set("agreed", "yes");
    assert_eq!(b.submit("/accept?lang=zh").await, StatusCode::OK);
    assert!(w.case(&deal).await.order.is_some());
}

#[tokio::test]
async fn over_https_the_address_of_a_link_is_passed_on_to_nobody() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteSent, &Plan::default()).await;
    let page = link(&w, &deal, LinkPurpose::Quote).await;
    let installation = w.app.installation(Purpose::Work).await.expect("installation");
    let address = |name: &str| (name == "KUAIDAN_PUBLIC_URL").then(|| "https://sales.example".to_owned());
    let config = Config::read(address).expect("one setting");
    let mut b = Browser::new(router(Web::new(w.app.clone(), installation, &config)));
    for path in [page.clone(), format!("{page}/accept"), format!("{page}/quote.pdf"), format!("/p/{}", "a".repeat(64))]
    {
        b.open(&path).await;
        for (header, value) in
            [("referrer-policy", "no-referrer"), ("cache-control", "no-store"), ("x-robots-tag", "noindex, nofollow")]
        {
            assert_eq!(b.headers[header], value, "{path}");
        }
    }
}

#[tokio::test]
async fn a_survey_is_answered_from_the_third_working_day_on() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Completed, &Plan::default()).await;
    // Completed on Thursday 09-17; Sunday 09-20 is worked.
    assert_eq!(stops(&w, &deal, LinkPurpose::Survey).await, 1, "not before it can be answered");
    let mut rep = Browser::at(&w).await;
    rep.sign_in("wangmin").await;
    rep.open(&format!("/deals/{deal}/links")).await;
    assert!(rep.sees("起可以请客户评价"), "{}", rep.text());
    w.at("09-21 09:00");
    let page = link(&w, &deal, LinkPurpose::Survey).await;
    let mut b = Browser::at(&w).await;
    assert_eq!(b.open(&page).await, StatusCode::OK);
    // A link of former times, handed out on the day of the completion: its page says from when on.
    let mut owner = w.database.owner_connection().await;
    sqlx::query("UPDATE sales_order SET completed_at = '2026-09-21 10:00+08'")
        .execute(&mut owner)
        .await
        .expect("moved");
    let scored = |b: &mut Browser| {
        for item in ["quality", "on_time", "packaging", "service", "overall"] {
            b.set(item, "5");
        }
    };
    scored(&mut b);
    assert_eq!(b.submit("/survey?lang=zh").await, StatusCode::OK);
    assert!(b.sees("还没到评价的时候") && b.sees("9月24日") && !b.sees("谢谢"), "{}", b.text());
    assert_eq!(b.open(&page).await, StatusCode::OK);
    assert!(b.sees("还没到评价的时候") && !b.html.contains("/survey\""), "{}", b.text());
    w.at("09-24 09:00");
    b.open(&page).await;
    scored(&mut b);
    assert_eq!(b.submit("/survey?lang=zh").await, StatusCode::OK, "{}", b.text());
    assert!(b.sees("谢谢"), "{}", b.text());
    // Once.
    b.open(&page).await;
    assert!(b.sees("谢谢"), "{}", b.text());
}
