//! The customer archive through its pages: the code, the address, contacts who leave, reasons, marks,
//! the owner, versions, and who may see what.

use crate::harness::browser::Browser;
use crate::harness::sample;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, told};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use kuaidan::app::{Failure, ForCustomer};
use kuaidan::domain::customer::{CustomerConfirmMethod, CustomerStatus, Mark, Source, VerifyChannel};
use kuaidan::domain::staff::Department;
use kuaidan::domain::workflow::{Blocker, Command};
use std::sync::Arc;

const PILOT: &str = "91350211M00013FA1N";

async fn browser(world: &World, login: &str) -> Browser {
    let mut b = Browser::at(world).await;
    b.sign_in(login).await;
    b
}

/// A genuine form key of the person, sent with these fields straight to an address.
async fn post(b: &mut Browser, path: &str, fields: &[(&str, &str)]) -> StatusCode {
    b.open("/account").await;
    let key = scraper::Html::parse_document(&b.html)
        .select(&scraper::Selector::parse("input[name=form_key]").expect("a selector"))
        .next()
        .and_then(|input| input.attr("value").map(str::to_owned))
        .expect("a form key");
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.append_pair("form_key", &key).extend_pairs(fields);
    let request = Request::post(path)
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(body.finish()))
        .expect("a request");
    b.send(request).await;
    b.status
}

async fn version(world: &World, no: &str) -> String {
    world.customer(no).await.customer.version.to_string()
}

#[tokio::test]
async fn a_code_is_judged_while_it_is_typed_and_its_holder_is_masked_for_strangers() {
    let world = World::new().await;
    let no = world.archived_customer().await;
    let mut owner = browser(&world, "wangmin").await;
    owner.open("/customers/code?uscc=91320505PDY00001XM").await;
    assert!(owner.html.contains("应为 N"), "{}", owner.html);
    owner.open("/customers/code?uscc=91320281PDY0000289").await;
    assert!(owner.html.contains("\"kind\":\"ok\""), "{}", owner.html);
    owner.open(&format!("/customers/code?no={no}&uscc={}", sample::CODE)).await;
    assert!(owner.html.contains("\"kind\":\"ok\""), "its own code: {}", owner.html);
    owner.open(&format!("/customers/code?uscc={}", sample::CODE)).await;
    assert!(owner.html.contains(&format!("/customers/{no}")), "{}", owner.html);

    let mut stranger = browser(&world, "zhaoliu").await;
    stranger.open(&format!("/customers/code?uscc={}", sample::CODE)).await;
    assert!(stranger.html.contains("苏州****有限公司") && stranger.html.contains("王敏"), "{}", stranger.html);
    assert!(!stranger.html.contains(&no) && !stranger.html.contains("星辰云启"), "{}", stranger.html);
    // The form says the same, and keeps what was typed.
    let rep = world.actor("zhaoliu");
    let done = world
        .app
        .register_customer(&world.by(&rep, &[], None), "苏州另一家科技有限公司".to_owned(), Source::Online)
        .await;
    let mine = done.expect("registered").then().to_owned();
    stranger.open(&mine).await;
    stranger.set("uscc", sample::CODE).set("main_business", "会议系统集成");
    assert_eq!(stranger.submit(&mine).await, StatusCode::UNPROCESSABLE_ENTITY, "{}", stranger.text());
    assert!(stranger.sees("苏州****有限公司") && stranger.html.contains("会议系统集成"));
    assert!(!stranger.html.contains(&no), "no link to what is not theirs");

    let mut technical = browser(&world, "zhoukai").await;
    assert_eq!(technical.open("/customers/code?uscc=91320281PDY0000289").await, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_registrations_of_one_code_give_one_archive() {
    let world = Arc::new(World::new().await);
    let mut drafts = Vec::new();
    for login in ["wangmin", "zhaoliu"] {
        let done = world
            .app
            .register_customer(
                &world.by(&world.actor(login), &[], None),
                "苏州星辰云启科技有限公司".to_owned(),
                Source::Online,
            )
            .await
            .expect("a draft");
        drafts.push((login, done.then().trim_start_matches("/customers/").to_owned()));
    }
    let mut both = tokio::task::JoinSet::new();
    for (login, no) in drafts {
        let world = Arc::clone(&world);
        both.spawn(async move {
            let profile = sample::profile(&world, "苏州星辰云启科技有限公司", sample::CODE);
            world.act_on_customer(login, &no, &[], Command::SaveCustomer(Box::new(profile))).await
        });
    }
    let results = both.join_all().await;
    assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 1);
    let refused = results.into_iter().find_map(Result::err).expect("one is refused");
    let Failure::DuplicateCode(taken) = refused else { panic!("{}", told(&refused)) };
    assert_eq!((taken.no.clone(), taken.name.as_str()), (None, "苏州****有限公司"));
}

#[tokio::test]
async fn an_address_is_made_of_what_exists() {
    let world = World::new().await;
    let deal = world.deal_at(Stage::Registered, &Plan::default()).await;
    let no = world.case(&deal).await.customer.no;
    let mut b = browser(&world, "wangmin").await;
    let page = format!("/customers/{no}");
    b.open(&page).await;
    assert!(b.html.contains("<option value=\"虎丘区\">"), "districts of the city are suggested");
    b.set("city", "杭州市");
    assert_eq!(b.submit(&page).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(b.sees("该省份下没有这个城市"), "{}", b.text());
    b.open(&page).await;
    b.set("business_province", "浙江").set("business_city", "杭州").set("business_district", "虎丘区");
    assert_eq!(b.submit(&page).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(b.sees("该城市下没有这个区/县"));
    b.open(&page).await;
    b.set("business_province", "浙江")
        .set("business_city", "杭州")
        .set("business_district", "西湖区")
        .set("business_detail", "文三路 259 号");
    assert_eq!(b.submit(&page).await, StatusCode::OK, "{}", b.text());
    let p = world.customer(&no).await.customer.profile;
    assert_eq!((p.business_province.as_deref(), p.business_city.as_deref()), (Some("浙江省"), Some("杭州市")));
    b.open("/customers/regions?province=%E6%B1%9F%E8%8B%8F&city=%E8%8B%8F%E5%B7%9E%E5%B8%82").await;
    assert!(b.html.contains("昆山市") && !b.html.contains("杭州市"), "{}", b.html);
}

#[tokio::test]
async fn key_fields_change_with_a_reason_and_every_version_stays() {
    let world = World::new().await;
    let deal = world.deal_at(Stage::Archived, &Plan::default()).await;
    let no = world.case(&deal).await.customer.no;
    let page = format!("/customers/{no}");
    let mut helper = browser(&world, "zhaoxue").await;
    helper.open(&page).await;
    helper.set("legal_rep", "沈若安").set("main_business", "会议室设备与服务");
    assert_eq!(helper.submit(&page).await, StatusCode::UNPROCESSABLE_ENTITY, "{}", helper.text());
    assert!(helper.sees("变更原因") && helper.html.contains("会议室设备与服务"), "everything is kept");
    helper.set("change_reason", "股东会决议更换法定代表人");
    assert_eq!(helper.submit(&page).await, StatusCode::OK, "{}", helper.text());
    let case = world.case(&deal).await;
    assert_eq!(case.customer.status, CustomerStatus::PendingConfirmation);
    // The next gate is closed until the customer confirms again, and the owner hears of it.
    let content = sample::requirement(&world, &case.customer, &Plan::default());
    let refused = world.act("wangmin", &deal, &[], Command::SaveRequirement(Box::new(content))).await;
    let Err(Failure::Blocked { blockers, .. }) = refused else { panic!("the gate is open") };
    assert_eq!(blockers, [Blocker::CustomerNotArchived { status: CustomerStatus::PendingConfirmation }]);
    let mut owner = browser(&world, "wangmin").await;
    owner.open("/notices").await;
    assert!(owner.sees("须重新确认"), "{}", owner.text());

    assert_eq!(owner.open(&format!("{page}/history")).await, StatusCode::OK);
    for word in ["股东会决议更换法定代表人", "陈星", "沈若安", "赵雪", "法定代表人"] {
        assert!(owner.sees(word), "{word}: {}", owner.text());
    }
    assert_eq!(owner.faults(), Vec::<String>::new());
    assert!(!owner.html.contains("13800138000"), "old versions tell no number either");
    assert!(owner.sees("138****8000"), "{}", owner.text());
    assert_eq!(owner.open(&format!("{page}/history/2")).await, StatusCode::OK);
    assert!(owner.sees("陈星") && !owner.sees("沈若安"), "an old version as it was: {}", owner.text());
    assert_eq!(owner.open(&format!("{page}/history/99")).await, StatusCode::NOT_FOUND);
    let mut stranger = browser(&world, "zhaoliu").await;
    assert_eq!(stranger.open(&format!("{page}/history")).await, StatusCode::NOT_FOUND);
    // Other fields are a logged edit.
    let open = world.deal_at(Stage::Archived, &Plan { owner: "zhaoliu", ..Plan::default() }).await;
    let theirs = world.case(&open).await.customer.no;
    stranger.open(&format!("/customers/{theirs}")).await;
    stranger.set("main_business", "办公家具批发");
    assert_eq!(stranger.submit(&format!("/customers/{theirs}")).await, StatusCode::OK, "{}", stranger.text());
    assert_eq!(world.customer(&theirs).await.customer.status, CustomerStatus::Archived);
}

#[tokio::test]
async fn old_invoicing_data_do_not_stay_behind_unseen() {
    let world = World::new().await;
    let deal = world.deal_at(Stage::Registered, &Plan::default()).await;
    let no = world.case(&deal).await.customer.no;
    let page = format!("/customers/{no}");
    let mut rep = browser(&world, "wangmin").await;
    rep.open(&page).await;
    rep.set("legal_name", "苏州北辰云启科技有限公司").set("uscc", "91320281PDY0000289");
    assert_eq!(rep.submit(&page).await, StatusCode::OK, "{}", rep.text());
    let p = world.customer(&no).await.customer.profile;
    assert_eq!(p.invoice_title.as_deref(), Some("苏州北辰云启科技有限公司"));
    assert_eq!(p.invoice_tax_no.as_deref(), Some("91320281PDY0000289"));
    assert!(!rep.sees("不一致"), "{}", rep.text());
    // What was typed by somebody stays, and is pointed out.
    rep.set("invoice_title", "星辰集团总部").set("invoice_tax_no", "91310115PDY000052X");
    assert_eq!(rep.submit(&page).await, StatusCode::OK, "{}", rep.text());
    assert!(rep.sees("发票抬头与客户全称不一致") && rep.sees("税号与统一社会信用代码不一致"), "{}", rep.text());
}

#[tokio::test]
async fn who_the_company_is_changes_with_a_reason_and_is_verified_again() {
    let world = World::new().await;
    let deal = world.deal_at(Stage::Verified, &Plan::default()).await;
    let no = world.case(&deal).await.customer.no;
    let page = format!("/customers/{no}");
    let stands = async || world.customer(&no).await.customer;
    let mut rep = browser(&world, "wangmin").await;
    // What nobody verified is corrected as before.
    rep.open(&page).await;
    rep.set("main_business", "会议室设备与服务").set("bank_name", "农业银行苏州分行");
    assert_eq!(rep.submit(&page).await, StatusCode::OK, "{}", rep.text());
    assert!(stands().await.verification.is_some());
    // Another company is another finding.
    rep.open(&page).await;
    rep.set("legal_name", "苏州北辰云启科技有限公司").set("legal_rep", "陈北");
    assert_eq!(rep.submit(&page).await, StatusCode::UNPROCESSABLE_ENTITY, "{}", rep.text());
    assert!(rep.sees("变更原因") && stands().await.profile.legal_rep.as_deref() == Some("陈星"), "{}", rep.text());
    rep.set("change_reason", "执照已换发");
    assert_eq!(rep.submit(&page).await, StatusCode::OK, "{}", rep.text());
    assert_eq!((stands().await.status, stands().await.verification), (CustomerStatus::PendingConfirmation, None));
    assert!(rep.sees("须重新核验营业执照") && rep.sees("执照已换发"), "{}", rep.text());
    // The customer's word alone archives nothing.
    let confirm = Command::ConfirmWithCustomer {
        method: CustomerConfirmMethod::Phone,
        contact: "李娜".to_owned(),
        note: None,
        file: None,
    };
    world.must_on_customer("wangmin", &no, &[], confirm.clone()).await;
    assert_eq!(stands().await.status, CustomerStatus::PendingConfirmation);
    let refused = world.act_on_customer("wangmin", &no, &[], Command::Archive).await;
    let Err(Failure::Blocked { blockers, .. }) = refused else { panic!("archived without a look at the licence") };
    assert_eq!(blockers, [Blocker::LicenseNotVerified]);
    // The new scan goes where the old one was; the assistant hears of it and has it on the list of work.
    rep.open(&page).await;
    let scan = world.pdf("新营业执照").await;
    rep.attach("license_file", "licence.pdf", b"%PDF-1.4 new");
    assert_eq!(rep.submit("/license").await, StatusCode::OK, "{}", rep.text());
    let mut assistant = browser(&world, "zhaoxue").await;
    assistant.open("/notices").await;
    assert!(assistant.sees("有营业执照等您核验"), "{}", assistant.text());
    assistant.open("/work").await;
    assert!(assistant.links().contains(&page), "{:?}", assistant.links());
    let verify = Command::VerifyLicense { channel: VerifyChannel::Gsxt };
    assert!(matches!(world.act_on_customer("wangmin", &no, &[], verify.clone()).await, Err(Failure::Denied(_))));
    world.must_on_customer("zhaoxue", &no, &[], verify.clone()).await;
    assert_eq!(stands().await.status, CustomerStatus::Archived, "confirmed before, verified now");

    // Archived, a new scan opens the archive until somebody has looked at it; the customer need not confirm again.
    let attach = Command::AttachLicense { file: scan.id };
    world.must_on_customer("wangmin", &no, std::slice::from_ref(&scan), attach).await;
    let opened = stands().await;
    assert_eq!((opened.status, opened.verification.is_none()), (CustomerStatus::PendingConfirmation, true));
    assert!(opened.confirmation.is_some() && opened.license == Some(scan.id));
    world.must_on_customer("zhaoxue", &no, &[], verify.clone()).await;
    assert_eq!(stands().await.status, CustomerStatus::Archived);

    // Archived, a new name asks for both, and so does every key field until it is archived again.
    let mut profile = stands().await.profile;
    profile.legal_name = "苏州南辰云启科技有限公司".to_owned();
    let reason = || "工商变更".to_owned();
    let renamed = Command::SaveCustomerBecause { profile: Box::new(profile.clone()), reason: reason() };
    world.must_on_customer("wangmin", &no, &[], renamed).await;
    profile.bank_account = Some("1102030405061234".to_owned());
    let refused = world.act_on_customer("wangmin", &no, &[], Command::SaveCustomer(Box::new(profile))).await;
    let Err(Failure::Blocked { blockers, .. }) = refused else { panic!("changed without a reason") };
    assert_eq!(blockers, [Blocker::ReopeningUnexplained]);
    world.must_on_customer("wangmin", &no, &[], confirm).await;
    assert_eq!(stands().await.status, CustomerStatus::PendingConfirmation, "nobody has verified the new name");
    world.must_on_customer("zhaoxue", &no, &[], verify).await;
    assert_eq!(stands().await.status, CustomerStatus::Archived);
}

#[tokio::test]
async fn a_struck_off_company_can_be_recorded_as_such() {
    let world = World::new().await;
    let no = world.archived_customer().await;
    let page = format!("/customers/{no}");
    let mut b = browser(&world, "wangmin").await;
    b.open(&page).await;
    b.set("registry_status", "revoked").set("change_reason", "公示系统显示已吊销");
    assert_eq!(b.submit(&page).await, StatusCode::OK, "{}", b.text());
    assert_eq!(world.customer(&no).await.customer.status, CustomerStatus::PendingConfirmation);
}

#[tokio::test]
async fn each_mark_is_set_and_lifted_by_its_own_people_only() {
    let world = World::new().await;
    let no = world.archived_customer().await;
    let acts = [
        ("hold-credit", "hold_credit_reason", "wufang", ["wangmin", "liqiang", "chenjing"], Mark::CreditHold, true),
        (
            "release-credit",
            "release_credit_reason",
            "wufang",
            ["wangmin", "liqiang", "chenjing"],
            Mark::CreditHold,
            false,
        ),
        ("blacklist", "blacklist_reason", "liqiang", ["wangmin", "zhaoxue", "wufang"], Mark::Blacklisted, true),
        (
            "lift-blacklist",
            "lift_blacklist_reason",
            "chenjing",
            ["wangmin", "liqiang", "wufang"],
            Mark::Blacklisted,
            false,
        ),
        (
            "deactivate-customer",
            "deactivate_customer_reason",
            "liqiang",
            ["wangmin", "zhaoxue", "wufang"],
            Mark::Inactive,
            true,
        ),
        (
            "reactivate-customer",
            "reactivate_customer_reason",
            "liqiang",
            ["wangmin", "zhaoxue", "wufang"],
            Mark::Inactive,
            false,
        ),
    ];
    for (verb, field, right, wrong, mark, is_set) in acts {
        let address = format!("/customers/{no}/{verb}");
        for login in wrong {
            let mut b = browser(&world, login).await;
            let at = version(&world, &no).await;
            let status = post(&mut b, &address, &[("version", &at), (field, "逾期三个月未付款")]).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{verb} by {login}: {}", b.text());
        }
        // Who does not see the archive does not learn that it exists.
        for login in ["zhaoliu", "zhoukai", "sunli"] {
            let mut b = browser(&world, login).await;
            let status = post(&mut b, &address, &[("version", "1"), (field, "逾期三个月未付款")]).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{verb} by {login}");
        }
        let mut b = browser(&world, right).await;
        b.open(&format!("/customers/{no}")).await;
        b.set(field, "短");
        assert_eq!(b.submit(&format!("/{verb}")).await, StatusCode::UNPROCESSABLE_ENTITY, "{verb}: {}", b.text());
        b.set(field, "逾期三个月未付款");
        assert_eq!(b.submit(&format!("/{verb}")).await, StatusCode::OK, "{verb}: {}", b.text());
        let customer = world.customer(&no).await.customer;
        assert_eq!(customer.has_mark(mark), is_set, "{verb}");
        assert_eq!(customer.mark_reasons.iter().any(|(m, r)| *m == mark && r == "逾期三个月未付款"), is_set, "{verb}");
        assert!(b.sees("逾期三个月未付款"), "the history tells the reason of {verb}");
    }
    let mut owner = browser(&world, "wangmin").await;
    owner.open("/notices").await;
    for word in ["信用冻结", "黑名单", "停用"] {
        assert!(owner.sees(word), "{word}: {}", owner.text());
    }
}

#[tokio::test]
async fn a_foreign_archive_does_not_exist_for_a_command() {
    let world = World::new().await;
    let no = world.archived_customer().await;
    let profile = world.customer(&no).await.customer.profile;
    for login in ["zhaoliu", "zhoukai", "sunli", "admin"] {
        let refused = world.act_on_customer(login, &no, &[], Command::SaveCustomer(Box::new(profile.clone()))).await;
        assert!(matches!(refused, Err(Failure::NotFound)), "{login}: {:?}", refused.map_err(|f| told(&f)));
    }
}

#[tokio::test]
async fn a_new_owner_gets_the_customer_and_the_deals_that_were_ticked() {
    let world = World::new().await;
    let first = world.deal_at(Stage::Archived, &Plan::default()).await;
    let no = world.case(&first).await.customer.no;
    let second = world.open("wangmin", ForCustomer::Known { no: no.clone() }, None, None).await;
    let page = format!("/customers/{no}");
    let mut manager = browser(&world, "liqiang").await;
    manager.open(&page).await;
    assert!(!manager.html.contains("value=\"wufang\""), "only people in sales are offered");
    let at = version(&world, &no).await;
    for bad in ["wufang", "wangmin", "nobody"] {
        let fields = [("version", at.as_str()), ("new_owner", bad), ("change_owner_reason", "区域调整，统一归口")];
        let status = post(&mut manager, &format!("{page}/change-owner"), &fields).await;
        let expected = if bad == "wangmin" { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
        assert_eq!(status, expected, "{bad}: {}", manager.text());
    }
    let fields = [
        ("version", at.as_str()),
        ("new_owner", "zhaoliu"),
        ("move_deals", first.as_str()),
        ("change_owner_reason", "区域调整，统一归口"),
    ];
    assert_eq!(
        post(&mut manager, &format!("{page}/change-owner"), &fields).await,
        StatusCode::OK,
        "{}",
        manager.text()
    );
    assert_eq!(world.customer(&no).await.customer.owner, world.id("zhaoliu"));
    assert_eq!(world.case(&first).await.deal.expect("a deal").owner, world.id("zhaoliu"));
    assert_eq!(world.case(&second).await.deal.expect("a deal").owner, world.id("wangmin"));

    let mut new = browser(&world, "zhaoliu").await;
    assert_eq!(new.open(&format!("/deals/{first}/customer")).await, StatusCode::OK);
    assert!(new.sees("转交赵六") && new.sees("区域调整，统一归口"), "{}", new.text());
    // The former owner keeps the other deal, and is not led to an archive that is closed to them.
    let mut former = browser(&world, "wangmin").await;
    assert_eq!(former.open(&page).await, StatusCode::NOT_FOUND);
    assert_eq!(former.open(&format!("/deals/{second}/customer")).await, StatusCode::OK);
    assert!(!former.links().iter().any(|l| l.starts_with("/customers/KH") || l.starts_with("/files/")), "no dead link");
    former.open("/notices").await;
    for link in former.links().into_iter().filter(|l| l.starts_with("/customers/KH") || l.starts_with("/deals/")) {
        assert_eq!(former.open(&link).await, StatusCode::OK, "{link}");
    }
}

#[tokio::test]
async fn a_pilot_code_is_accepted_by_the_manager_with_licence_and_reason() {
    let world = World::new().await;
    let deal = world.deal_at(Stage::Registered, &Plan::default()).await;
    let no = world.case(&deal).await.customer.no;
    let page = format!("/customers/{no}");
    let mut rep = browser(&world, "wangmin").await;
    rep.open(&page).await;
    rep.set("uscc", PILOT);
    assert_eq!(rep.submit(&page).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(rep.sees("应为 3") && rep.sees("销售主管"), "{}", rep.text());
    let address = format!("{page}/override-code");
    let fields = |at: &str| {
        [
            ("version", at.to_owned()),
            ("override_code", PILOT.to_owned()),
            ("override_code_reason", "早期试点代码，执照如此".to_owned()),
        ]
    };
    for (login, expected) in
        [("wangmin", StatusCode::FORBIDDEN), ("zhaoxue", StatusCode::FORBIDDEN), ("chenjing", StatusCode::FORBIDDEN)]
    {
        let mut b = browser(&world, login).await;
        let typed = fields(&version(&world, &no).await);
        let typed: Vec<(&str, &str)> = typed.iter().map(|(n, v)| (*n, v.as_str())).collect();
        assert_eq!(post(&mut b, &address, &typed).await, expected, "{login}");
    }
    let mut manager = browser(&world, "liqiang").await;
    manager.open(&page).await;
    manager.set("override_code", PILOT).set("override_code_reason", "早期试点代码，执照如此");
    assert_eq!(manager.submit("/override-code").await, StatusCode::OK, "{}", manager.text());
    assert!(manager.sees("早期试点代码，执照如此"), "{}", manager.text());
    let customer = world.customer(&no).await.customer;
    assert_eq!(customer.profile.uscc.as_ref().map(kuaidan::domain::credit_code::CreditCode::as_str), Some(PILOT));
    assert_eq!(customer.code_override.as_ref().map(|w| w.by), Some(world.id("liqiang")));
    let mut director = browser(&world, "chenjing").await;
    director.open("/notices").await;
    assert!(director.sees("校验位不符"), "{}", director.text());
    // The rep goes on with that code; another wrong one is refused as before.
    rep.open(&page).await;
    rep.set("main_business", "早期登记的企业");
    assert_eq!(rep.submit(&page).await, StatusCode::OK, "{}", rep.text());
    rep.open(&page).await;
    rep.set("uscc", "91320505PDY00001XM");
    assert_eq!(rep.submit(&page).await, StatusCode::UNPROCESSABLE_ENTITY);
    rep.open(&page).await;
    rep.set("uscc", "91320281PDY0000289");
    assert_eq!(rep.submit(&page).await, StatusCode::OK, "{}", rep.text());
    assert_eq!(world.customer(&no).await.customer.code_override, None, "the word was about that code only");
}

#[tokio::test]
async fn an_abnormal_company_waits_for_the_managers_note() {
    let world = World::new().await;
    let deal = world.deal_at(Stage::Registered, &Plan::default()).await;
    let no = world.case(&deal).await.customer.no;
    let page = format!("/customers/{no}");
    let mut rep = browser(&world, "wangmin").await;
    rep.open(&page).await;
    rep.set("registry_status", "abnormal");
    assert_eq!(rep.submit(&page).await, StatusCode::OK, "{}", rep.text());
    world.bring_to(Stage::VerificationAsked, &deal, &Plan::default()).await;
    world.bring_to(Stage::Verified, &deal, &Plan::default()).await;
    world.bring_to(Stage::Archived, &deal, &Plan::default()).await;
    assert_eq!(
        world.customer(&no).await.customer.status,
        CustomerStatus::PendingConfirmation,
        "confirmed, not archived"
    );
    let refused = world.act_on_customer("wangmin", &no, &[], Command::Archive).await;
    let Err(Failure::Blocked { blockers, .. }) = refused else { panic!("archived without a word") };
    assert_eq!(blockers, [Blocker::RegistryNoteMissing]);
    let mut manager = browser(&world, "liqiang").await;
    manager.open(&page).await;
    manager.set("registry_note", "地址变更所致，已提交移出申请");
    assert_eq!(manager.submit("/note-registry").await, StatusCode::OK, "{}", manager.text());
    world.must_on_customer("wangmin", &no, &[], Command::Archive).await;
}

#[tokio::test]
async fn contacts_leave_and_the_shortage_is_shown() {
    let world = World::new().await;
    let no = world.archived_customer().await;
    let page = format!("/customers/{no}");
    let mut b = browser(&world, "wangmin").await;
    b.open(&page).await;
    b.set("is_active#1", "no");
    assert_eq!(b.submit(&page).await, StatusCode::UNPROCESSABLE_ENTITY, "nobody is left as the primary contact");
    b.open(&page).await;
    b.set("is_active#2", "no");
    assert_eq!(b.submit(&page).await, StatusCode::OK, "{}", b.text());
    let customer = world.customer(&no).await.customer;
    assert!(customer.is_contact_short() && customer.profile.contacts.len() == 2, "who left is remembered");
    assert_eq!(customer.status, CustomerStatus::Archived);
    assert!(b.sees("在职联系人不足两人"));
    b.open("/customers").await;
    assert_eq!(b.words_of("td .badge"), ["已建档", "联系人不足"].map(str::to_owned), "{}", b.text());
    b.open("/customers?status=contact_short").await;
    assert!(b.links().contains(&page), "{}", b.text());
    b.open(&page).await;
    b.set("is_active#2", "yes");
    assert_eq!(b.submit(&page).await, StatusCode::OK, "{}", b.text());
    assert!(!world.customer(&no).await.customer.is_contact_short());
    b.open("/customers?status=contact_short").await;
    assert!(!b.links().contains(&page), "{}", b.text());
}

#[tokio::test]
async fn needs_go_to_the_requirement_with_their_departments() {
    let world = World::new().await;
    let deal = world.deal_at(Stage::Archived, &Plan::default()).await;
    let no = world.case(&deal).await.customer.no;
    let page = format!("/customers/{no}");
    let mut b = browser(&world, "wangmin").await;
    b.open(&page).await;
    b.set("need_text#1", "木箱加护角");
    assert_eq!(b.submit(&page).await, StatusCode::UNPROCESSABLE_ENTITY, "a need has a category");
    b.choose(&page, "add_need", "1").await;
    b.set("need_category#1", "packaging").set("need_text#1", "木箱加护角");
    b.set("need_category#2", "delivery_time").set("need_text#2", "到货前一天预约");
    b.set("is_confidential", "yes").set("confidentiality", "图纸不得外传").set("invoice_need", "ordinary");
    assert_eq!(b.submit(&page).await, StatusCode::OK, "{}", b.text());
    let p = world.customer(&no).await.customer.profile;
    let departments: Vec<Department> = p.needs().iter().map(|n| n.category.department()).collect();
    assert_eq!(departments, [Department::Warehouse, Department::Logistics]);
    assert!(p.is_confidential);
    b.open(&format!("/deals/{deal}/requirement")).await;
    assert!(b.html.contains("木箱加护角") && b.html.contains("到货前一天预约"));
    assert!(b.sees("包装：木箱加护角、送货时间：到货前一天预约"), "the rail: {}", b.text());
}

#[tokio::test]
async fn a_written_confirmation_needs_its_file() {
    let world = World::new().await;
    let deal = world.deal_at(Stage::Verified, &Plan::default()).await;
    let no = world.case(&deal).await.customer.no;
    let mut b = browser(&world, "wangmin").await;
    b.open(&format!("/customers/{no}")).await;
    b.set("confirm_method", "file").set("confirm_contact", "李娜");
    assert_eq!(b.submit("/confirm").await, StatusCode::UNPROCESSABLE_ENTITY, "{}", b.text());
    b.set("confirm_method", "file").set("confirm_contact", "李娜");
    b.attach("confirm_file", "回函.pdf", b"<html>not a pdf</html>");
    assert_eq!(b.submit("/confirm").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(b.sees("只接受 PDF、JPG 或 PNG 文件"), "{}", b.text());
    b.set("confirm_method", "file").set("confirm_contact", "李娜");
    b.attach("confirm_file", "回函.pdf", b"%PDF-1.4 all correct");
    assert_eq!(b.submit("/confirm").await, StatusCode::OK, "{}", b.text());
    let customer = world.customer(&no).await.customer;
    assert_eq!(customer.status, CustomerStatus::Archived);
    let file = customer.confirmation.and_then(|c| c.file).expect("the file is kept");
    assert_eq!(b.open(&format!("/files/{file}")).await, StatusCode::OK);
}

#[tokio::test]
async fn the_licence_is_for_sales_and_verifiers_and_is_what_it_says() {
    let world = World::new().await;
    let deal = world.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let customer = world.case(&deal).await.customer;
    let file = format!("/files/{}", customer.license.expect("a licence"));
    for (login, expected) in [
        ("wangmin", StatusCode::OK),
        ("zhaoxue", StatusCode::OK),
        ("liqiang", StatusCode::OK),
        ("wufang", StatusCode::OK),
        ("zhaoliu", StatusCode::NOT_FOUND),
        ("zhoukai", StatusCode::NOT_FOUND),
        ("sunli", StatusCode::NOT_FOUND),
        ("hejun", StatusCode::NOT_FOUND),
    ] {
        let mut b = browser(&world, login).await;
        assert_eq!(b.open(&file).await, expected, "{login}");
        if b.open(&format!("/deals/{deal}/customer")).await == StatusCode::OK {
            assert_eq!(b.html.contains(&file), expected == StatusCode::OK, "{login} is shown the link");
        }
    }
    let draft = world.deal_at(Stage::Registered, &Plan::default()).await;
    let no = world.case(&draft).await.customer.no;
    let mut b = browser(&world, "wangmin").await;
    b.open(&format!("/customers/{no}")).await;
    b.attach("license_file", "执照.pdf", b"<html><script>alert(1)</script></html>");
    assert_eq!(b.submit("/license").await, StatusCode::UNPROCESSABLE_ENTITY, "{}", b.text());
    assert!(b.sees("只接受 PDF、JPG 或 PNG 文件"), "{}", b.text());
}

#[tokio::test]
async fn files_of_a_confidential_customer_are_for_those_who_work_on_the_deal() {
    let world = World::new().await;
    let deal = world.deal_at(Stage::RequirementConfirmed, &Plan::default()).await;
    let no = world.case(&deal).await.customer.no;
    let evidence = world.case(&deal).await.requirement.and_then(|r| r.confirmation).and_then(|c| c.file);
    let file = format!("/files/{}", evidence.expect("the customer's mail"));
    let mut general = browser(&world, "liujianguo").await;
    assert_eq!(general.open(&file).await, StatusCode::OK);
    let mut profile = world.customer(&no).await.customer.profile;
    profile.is_confidential = true;
    world.must_on_customer("wangmin", &no, &[], Command::SaveCustomer(Box::new(profile))).await;
    assert_eq!(general.open(&file).await, StatusCode::NOT_FOUND);
    let mut manager = browser(&world, "liqiang").await;
    assert_eq!(manager.open(&file).await, StatusCode::OK);
}

#[tokio::test]
async fn only_the_manager_changes_the_grade() {
    let world = World::new().await;
    let no = world.archived_customer().await;
    let address = format!("/customers/{no}/set-grade");
    for (login, expected) in [
        ("wangmin", StatusCode::FORBIDDEN),
        ("zhaoxue", StatusCode::FORBIDDEN),
        ("wufang", StatusCode::FORBIDDEN),
        ("liqiang", StatusCode::OK),
    ] {
        let mut b = browser(&world, login).await;
        let at = version(&world, &no).await;
        let fields = [("version", at.as_str()), ("new_grade", "A"), ("set_grade_reason", "年度采购过百万")];
        assert_eq!(post(&mut b, &address, &fields).await, expected, "{login}: {}", b.text());
    }
    assert_eq!(world.customer(&no).await.customer.grade.code(), "A");
}

#[tokio::test]
async fn a_similar_name_is_shown_whole_to_its_owner_and_masked_to_others() {
    let world = World::new().await;
    let deal = world.deal_at(Stage::Archived, &Plan::default()).await;
    let no = world.case(&deal).await.customer.no;
    let typed = "星辰云启科技（苏州）有限责任公司";
    for (login, is_own) in [("wangmin", true), ("zhaoliu", false)] {
        let mut b = browser(&world, login).await;
        b.open("/customers/new").await;
        b.set("legal_name", typed).set("source", "online");
        assert_eq!(b.submit("/customers/new").await, StatusCode::UNPROCESSABLE_ENTITY, "{login}");
        assert!(b.sees("王敏"), "{login}: {}", b.text());
        assert_eq!(b.sees("苏州星辰云启科技有限公司"), is_own, "{login}: {}", b.text());
        assert_eq!(b.html.contains(&no), is_own, "{login}: {}", b.text());
        assert_eq!(b.sees("苏州****有限公司"), !is_own, "{login}: {}", b.text());
        b.open("/deals/new").await;
        b.set("legal_name", typed).set("source", "online").set("title", "会议室平板").set("kind", "new");
        assert_eq!(b.submit("/deals/new").await, StatusCode::UNPROCESSABLE_ENTITY, "{login}");
        assert_eq!(b.sees("苏州星辰云启科技有限公司"), is_own, "{login}: {}", b.text());
        assert_eq!(b.html.contains(&no), is_own, "{login}: {}", b.text());
        assert!(b.sees("王敏") && b.sees("苏州****有限公司") != is_own, "{login}: {}", b.text());
    }
}

#[tokio::test]
async fn a_natural_person_is_archived_without_a_credit_code_and_a_company_is_not() {
    let world = World::new().await;
    let mut b = browser(&world, "wangmin").await;
    let mut numbers = Vec::new();
    for name in ["李明", "李明五金经营公司"] {
        let done = world
            .app
            .register_customer(&world.by(&world.actor("wangmin"), &[], None), name.to_owned(), Source::Online)
            .await
            .expect("a draft");
        let no = done.then().trim_start_matches("/customers/").to_owned();
        let profile = sample::profile(&world, name, "");
        world.must_on_customer("wangmin", &no, &[], Command::SaveCustomer(Box::new(profile))).await;
        let page = format!("/customers/{no}");
        b.open(&page).await;
        b.set("customer_type", "other").set("taxpayer_kind", "natural_person").set("invoice_kind", "ordinary");
        b.set("legal_rep", "").set("invoice_tax_no", "").set("invoice_title", "");
        assert_eq!(b.submit(&page).await, StatusCode::OK, "{name}: {}", b.text());
        let file = world.pdf("身份证").await;
        world
            .must_on_customer("wangmin", &no, std::slice::from_ref(&file), Command::AttachLicense { file: file.id })
            .await;
        numbers.push(no);
    }
    let [person, company] = numbers.as_slice() else { panic!("two archives") };
    // What calls itself a company owes the code, at the form and at the gate.
    let refused = world.act_on_customer("wangmin", company, &[], Command::RequestVerification).await;
    let Err(Failure::Blocked { blockers, .. }) = refused else { panic!("the company got past the gate") };
    assert!(blockers.contains(&Blocker::FieldMissing { field: "uscc" }), "{blockers:?}");

    world.must_on_customer("wangmin", person, &[], Command::RequestVerification).await;
    world.must_on_customer("zhaoxue", person, &[], Command::VerifyLicense { channel: VerifyChannel::OnSite }).await;
    let confirm = Command::ConfirmWithCustomer {
        method: CustomerConfirmMethod::Phone,
        contact: "李娜".to_owned(),
        note: None,
        file: None,
    };
    world.must_on_customer("wangmin", person, &[], confirm).await;
    let stored = world.customer(person).await.customer;
    assert_eq!((stored.status, stored.profile.uscc), (CustomerStatus::Archived, None));
    assert_eq!(stored.profile.legal_rep.as_deref(), Some("李明"));

    // Archived, the person cannot turn into a company without a code.
    let page = format!("/customers/{person}");
    b.open(&page).await;
    b.set("customer_type", "private");
    assert_eq!(b.submit(&page).await, StatusCode::UNPROCESSABLE_ENTITY, "{}", b.text());
    // The same name once more is shown before a second archive is made.
    b.open("/customers/new").await;
    b.set("legal_name", "李明").set("source", "online");
    assert_eq!(b.submit("/customers/new").await, StatusCode::UNPROCESSABLE_ENTITY, "{}", b.text());
    assert!(b.html.contains(person.as_str()), "{}", b.text());
}
