//! Finding customers: by any part of a name, by number, code and telephone; what each reader may
//! find; and the plans, which never read a big table whole.

use crate::harness::sample;
use crate::harness::world::World;
use kuaidan::domain::customer::{CustomerStatus, Kept, Mark};
use kuaidan::domain::ids::PersonId;
use kuaidan::domain::policy::{self, VisibleTo};
use kuaidan::domain::workflow::Command;
use kuaidan::store::customer_list::{self, CustomerSearch};
use sqlx::AssertSqlSafe;

fn search(visible: VisibleTo, text: Option<&str>) -> CustomerSearch<'_> {
    CustomerSearch { visible, contacts: visible, text, status: None, before: None, limit: 51 }
}

async fn register(world: &World, who: &str, name: &str) -> String {
    let actor = world.actor(who);
    let by = world.by(&actor, &[], None);
    let source = kuaidan::domain::customer::Source::Online;
    let done = world.app.register_customer(&by, name.to_owned(), source).await.expect("registered");
    done.then().rsplit('/').next().expect("a number").to_owned()
}

async fn found(world: &World, search: &CustomerSearch<'_>) -> Vec<String> {
    let mut conn = world.app.db.read().await.expect("a connection");
    let rows = customer_list::page(&mut conn, search).await.expect("a page");
    rows.into_iter().map(|row| row.legal_name).collect()
}

#[tokio::test]
async fn an_archive_is_found_by_every_way_a_person_knows_it() {
    let world = World::new().await;
    let no = register(&world, "wangmin", "苏州星辰云启科技有限公司").await;
    let profile = sample::profile(&world, "苏州星辰云启科技有限公司", sample::CODE);
    world.must_on_customer("wangmin", &no, &[], Command::SaveCustomer(Box::new(profile))).await;
    world.at("09-17 10:30");
    register(&world, "zhaoliu", "华东 Precision 精密机械有限公司").await;
    let all = VisibleTo::Everything;
    for text in [
        "星辰",
        "云",
        "辰云启",
        "星辰云启",
        no.as_str(),
        &no[2..],
        "91320505",
        "91320505pdy00001xn",
        "8000",
        "138 0013 8001",
    ] {
        assert_eq!(found(&world, &search(all, Some(text))).await, ["苏州星辰云启科技有限公司"], "{text}");
    }
    assert_eq!(found(&world, &search(all, Some("PRECISION精密"))).await, ["华东 Precision 精密机械有限公司"]);
    assert_eq!(found(&world, &search(all, Some("有限公司"))).await.len(), 2);
    for text in ["星云", "%", "_", "99999999", "有限_司", "' OR true"] {
        assert_eq!(found(&world, &search(all, Some(text))).await, Vec::<String>::new(), "{text}");
    }
}

#[tokio::test]
async fn nobody_finds_more_than_they_may_see() {
    let world = World::new().await;
    let no = register(&world, "wangmin", "苏州星辰云启科技有限公司").await;
    let profile = sample::profile(&world, "苏州星辰云启科技有限公司", sample::CODE);
    world.must_on_customer("wangmin", &no, &[], Command::SaveCustomer(Box::new(profile))).await;
    for (login, by_name, by_phone) in [
        ("wangmin", 1, 1),
        ("zhaoliu", 0, 0),
        ("liqiang", 1, 1),
        ("chenjing", 1, 1),
        ("zhaoxue", 1, 1),
        ("sunli", 0, 0),
    ] {
        let actor = world.actor(login);
        let mut wanted = search(policy::visible_customers(&actor), Some("星辰"));
        wanted.contacts = policy::visible_contacts(&actor);
        assert_eq!(found(&world, &wanted).await.len(), by_name, "{login} by name");
        wanted.text = Some("13800138000");
        assert_eq!(found(&world, &wanted).await.len(), by_phone, "{login} by phone");
    }
    // Contacts that are not the reader's lead nowhere, also when the archive itself is visible.
    let mut wanted = search(VisibleTo::Everything, Some("13800138000"));
    wanted.contacts = VisibleTo::Nothing;
    assert_eq!(found(&world, &wanted).await.len(), 0);
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repetition() {
    let world = World::new().await;
    for minute in 10..22 {
        world.at(&format!("09-17 11:{minute}"));
        register(&world, "wangmin", &format!("第{minute}精密机械有限公司")).await;
    }
    let mut seen = Vec::new();
    let mut wanted =
        search(VisibleTo::Team { person: world.id("liqiang"), manager: world.id("liqiang") }, Some("机械"));
    wanted.limit = 5;
    let mut conn = world.app.db.read().await.expect("a connection");
    loop {
        let rows = customer_list::page(&mut conn, &wanted).await.expect("a page");
        let Some(last) = rows.last() else { break };
        wanted.before = Some((last.updated_at, last.id));
        seen.extend(rows.iter().map(|row| row.customer_no.clone()));
    }
    let mut expected = seen.clone();
    expected.sort();
    expected.reverse();
    assert_eq!((seen.len(), &seen), (12, &expected));
}

/// Twenty thousand archives of two owners, by direct SQL.
async fn crowd(world: &World) {
    let mut owner = world.database.owner_connection().await;
    let sql = format!(
        "SET statement_timeout = 0;
         INSERT INTO customer (id, customer_no, version, status, is_credit_hold, is_blacklisted, is_inactive, owner_id, legal_name, grade, credit_limit,
            credit_days, opening_order_count, opening_total, created_at, updated_at, uscc)
         SELECT gen_random_uuid(), 'KH' || lpad(n::text, 9, '0'), 1, 'draft', false, false, false,
            CASE WHEN n % 2 = 0 THEN '{0}'::uuid ELSE '{1}'::uuid END,
            '苏州' || chr(19968 + n % 5000) || chr(19968 + n * 7 % 5000) || '科技有限公司', 'C', 0, 0, 0, 0,
            timestamptz '2026-01-01 00:00:00+00' + n * interval '1 second', timestamptz '2026-01-01 00:00:00+00' + n * interval '1 second',
            '91' || lpad((n * 37 % 999983)::text, 6, '0') || lpad(n::text, 10, '0')
         FROM generate_series(1, 20000) n;
         UPDATE customer SET status = 'pending_verification' WHERE right(customer_no, 2) = '00';
         INSERT INTO contact (id, customer_id, position, name, title, rank, roles, mobile, is_active)
         SELECT gen_random_uuid(), id, 1, '李娜', '采购', 'primary', '{{}}', '138' || right(customer_no, 8), true FROM customer;
         ANALYZE customer; ANALYZE contact; ANALYZE person;",
        world.id("wangmin"),
        world.id("zhaoliu"),
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut owner).await.expect("the crowd is there");
}

#[tokio::test]
async fn no_search_reads_a_big_table_whole() {
    let world = World::new().await;
    crowd(&world).await;
    let rep = |login: &str| VisibleTo::Own { person: world.id(login) };
    let team = VisibleTo::Team { person: world.id("liqiang"), manager: world.id("liqiang") };
    let nobody = VisibleTo::Own { person: PersonId(uuid::Uuid::from_u128(9)) };
    let mut conn = world.app.db.read().await.expect("a connection");
    for visible in [VisibleTo::Everything, rep("wangmin"), team, nobody] {
        for text in [
            None,
            Some("科技"),
            Some("一丁"),
            Some("苏州一"),
            Some("有限公司"),
            Some("KH0000123"),
            Some("9100"),
            Some("13800012345"),
            Some("2345"),
        ] {
            for status in [
                None,
                Some(Kept::In(CustomerStatus::PendingVerification)),
                Some(Kept::ContactShort),
                Some(Kept::Marked(Mark::CreditHold)),
            ] {
                for before in [None, Some((crate::harness::world::moment("01-02 08:00"), uuid::Uuid::nil()))] {
                    let wanted = CustomerSearch { status, before, ..search(visible, text) };
                    let plan = customer_list::plan(&mut conn, &wanted).await.expect("a plan").join("\n");
                    let whole = ["Seq Scan on customer", "Seq Scan on contact"].iter().any(|w| plan.contains(w));
                    assert!(!whole && !plan.is_empty(), "{visible:?} {text:?} {status:?} {before:?}\n{plan}");
                }
            }
        }
    }
}
