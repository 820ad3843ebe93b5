//! Lists, boards and search stay quick at any size: no query reads a big table from end to end.

use crate::harness::plans::{by_values, kept};
use crate::harness::world::World;
use chrono::TimeDelta;
use kuaidan::domain::ids::PersonId;
use kuaidan::domain::policy::VisibleTo;
use kuaidan::store::boards::{self, By};
use kuaidan::store::delivery_list::{self, BatchFilter};
use kuaidan::store::finding::{self, DealSearch};
use kuaidan::store::lists::{DealFilter, Turn};
use kuaidan::store::turns;
use sqlx::{AssertSqlSafe, PgConnection, Postgres, QueryBuilder, raw_sql};

/// 20,000 finished deals and 400 open ones of 200 customers, without their papers.
async fn fill(world: &World) -> PgConnection {
    let mut owner = world.database.owner_connection().await;
    let (one, two) = (world.id("wangmin"), world.id("zhaoliu"));
    let batch = format!(
        "ALTER TABLE deal DISABLE TRIGGER USER; ALTER TABLE customer DISABLE TRIGGER USER;
         INSERT INTO customer (id, customer_no, version, status, is_credit_hold, is_blacklisted, is_inactive, owner_id, legal_name, grade, credit_limit, credit_days,
            opening_order_count, opening_total, created_at, updated_at, pinyin)
         SELECT gen_random_uuid(), 'KH2026' || lpad((90000 + n)::text, 5, '0'), 1, 'draft', false, false, false, CASE n % 2 WHEN 0 THEN '{one}'::uuid ELSE '{two}'::uuid END,
            '公司' || n, 'C', 0, 0, 0, 0, now(), now(), 'gs' || n || '||gongsi' || n || '|' FROM generate_series(1, 200) n;
         INSERT INTO deal (id, no, version, customer_id, owner_id, kind, source, title, status, step, opened_at, promise_due_at, is_urgent, step_entered_at, calendar_version,
            turn_role, turn_due_at, amount, progress, updated_at, order_no, order_status, order_promised_at)
         SELECT gen_random_uuid(), 'CD-20260101-' || lpad(n::text, 6, '0'), 1, c.id, c.owner_id, 'new', 'other', '旧单' || n, CASE WHEN n > 20000 THEN 'open' ELSE 'completed' END,
            CASE WHEN n > 20000 AND n % 2 = 0 THEN 'quote' ELSE 'delivery' END, '2026-01-01'::timestamptz + n * interval '10 min', NULL, false, '2026-01-01', 'x',
            CASE WHEN n > 20000 THEN 'sales_rep' END, CASE WHEN n > 20000 THEN '2026-09-01'::timestamptz + n * interval '1 min' END, 100, 0, '2026-01-01',
            CASE WHEN n % 2 = 1 THEN 'DD-20260101-' || lpad(n::text, 6, '0') END, CASE WHEN n % 2 = 1 THEN CASE WHEN n > 20000 THEN 'confirmed' ELSE 'completed' END END,
            CASE WHEN n % 2 = 1 THEN '2026-01-01'::timestamptz + n * interval '15 min' END
         FROM generate_series(1, 20400) n JOIN (SELECT id, owner_id, row_number() OVER (ORDER BY customer_no) AS at FROM customer WHERE legal_name LIKE '公司%') c ON c.at = n % 200 + 1;
         INSERT INTO deal_title (deal_id, form, grams) SELECT id, search_form(title), search_grams(title) FROM deal ON CONFLICT DO NOTHING;
         ALTER TABLE deal ENABLE TRIGGER USER; ALTER TABLE customer ENABLE TRIGGER USER;
         ANALYZE deal; ANALYZE customer; ANALYZE deal_title; ANALYZE person;"
    );
    raw_sql(AssertSqlSafe(batch)).execute(&mut owner).await.expect("filled");
    owner
}

fn readers(world: &World) -> [(&'static str, VisibleTo); 4] {
    [
        ("everybody", VisibleTo::Everything),
        ("own", VisibleTo::Own { person: world.id("wangmin") }),
        ("team", VisibleTo::Team { person: world.id("liqiang"), manager: world.id("liqiang") }),
        ("departments", VisibleTo::Reached { node: None }),
    ]
}

#[tokio::test]
async fn no_list_reads_all_deals() {
    let world = World::new().await;
    let mut conn = fill(&world).await;
    let now = world.now();
    let days: Vec<_> = (0..=42).map(|n| now - chrono::TimeDelta::days(n)).rev().collect();
    let open = || DealFilter { status: Some("open".to_owned()), ..DealFilter::default() };
    let steps = ["registration", "requirement", "quote", "approval", "order", "delivery"];
    let states = ["draft", "confirmed", "in_fulfilment", "partially_shipped", "shipped", "signed", "completed"];
    let mut asked: Vec<(String, QueryBuilder<Postgres>)> = Vec::new();
    for (name, to) in readers(&world) {
        let orders = DealFilter { with_order: Some(()), ..DealFilter::default() };
        let owner = DealFilter { owner: Some(PersonId(world.id("wangmin").0)), ..open() };
        asked.push((
            format!("{name}: most urgent"),
            boards::page_query(to, &DealFilter { due_first: Some(()), ..open() }, 51),
        ));
        asked.push((format!("{name}: all"), boards::page_query(to, &DealFilter::default(), 51)));
        asked.push((format!("{name}: orders"), boards::page_query(to, &orders, 51)));
        asked.push((format!("{name}: of one owner"), boards::page_query(to, &owner, 51)));
        asked.push((format!("{name}: heads"), boards::heads_query(to, &open(), By::Step, &steps, now)));
        asked.push((format!("{name}: cards"), boards::cards_query(to, &open(), By::Step, &steps, 12)));
        let live = DealFilter { with_order: Some(()), ..open() };
        asked.push((format!("{name}: live orders"), boards::page_query(to, &live, 51)));
        asked.push((
            format!("{name}: heads of live orders"),
            boards::heads_query(to, &live, By::OrderStatus, &states, now),
        ));
        asked.push((
            format!("{name}: cards of live orders"),
            boards::cards_query(to, &live, By::OrderStatus, &states, 12),
        ));
        asked.push((format!("{name}: order heads"), boards::heads_query(to, &orders, By::OrderStatus, &states, now)));
        asked.push((format!("{name}: order cards"), boards::cards_query(to, &orders, By::OrderStatus, &states, 12)));
        for status in ["open", "completed", "lost"] {
            let of_status = DealFilter { status: Some(status.to_owned()), ..DealFilter::default() };
            asked.push((format!("{name}: newest {status}"), boards::page_query(to, &of_status, 51)));
            asked.push((format!("{name}: days {status}"), boards::day_heads_query(to, &of_status, &days)));
            asked.push((format!("{name}: promises {status}"), boards::day_cards_query(to, &of_status, &days, 8)));
        }
        asked.push((format!("{name}: days of orders"), boards::day_heads_query(to, &orders, &days)));
        asked.push((format!("{name}: promised orders"), boards::day_cards_query(to, &orders, &days, 8)));
    }
    for (name, query) in &asked {
        let told = kept(query.sql().as_str(), &mut conn).await;
        assert!(!told.contains("Seq Scan on deal "), "{name}:\n{told}");
    }
}

#[tokio::test]
async fn no_search_reads_all_deals() {
    let world = World::new().await;
    let mut conn = fill(&world).await;
    let mut asked: Vec<(String, QueryBuilder<Postgres>)> = Vec::new();
    for (name, to) in readers(&world) {
        let late = DealFilter { status: Some("open".to_owned()), late_at: Some(world.now()), ..DealFilter::default() };
        asked.push((format!("{name}: late"), boards::page_query(to, &late, 51)));
        for typed in ["BJ-2026", "20260101"] {
            asked.extend(finding::quotes_query(to, typed, 8).map(|q| (format!("{name}: quotes {typed}"), q)));
        }
        for typed in ["FH-2026", "DPK2026"] {
            asked.extend(finding::shipments_query(to, typed, 8).map(|q| (format!("{name}: shipments {typed}"), q)));
        }
    }
    for (name, to) in readers(&world) {
        for typed in ["CD-20260101-0001", "20260101", "DD-2026", "公司17", "gs17", "旧单77", "13800138000"] {
            for filter in [DealFilter::default(), DealFilter { with_order: Some(()), ..DealFilter::default() }] {
                let search = DealSearch { text: typed, visible: to, contacts: to, filter: &filter, limit: 501 };
                asked.push((format!("{name}: search {typed}"), finding::deal_ids_query(&search)));
            }
        }
        let roles = || vec!["technical".to_owned(), "finance".to_owned()];
        let open = || DealFilter { status: Some("open".to_owned()), due_first: Some(()), ..DealFilter::default() };
        let mine = Turn::Mine { person: world.id("zhoukai"), roles: roles() };
        let lists = [
            ("roles", DealFilter { turn_roles: roles(), ..open() }),
            ("no decisions", DealFilter { turn_roles: roles(), but_decisions: Some(()), ..open() }),
            ("mine", DealFilter { turn: Some(mine), status: None, waiting: Some(()), ..open() }),
        ];
        asked.extend(lists.map(|(what, filter)| (format!("{name}: {what}"), boards::page_query(to, &filter, 51))));
    }
    for (name, query) in &mut asked {
        let told = by_values(query, &mut conn).await;
        assert!(!told.contains("Seq Scan on deal ") && !told.contains("Seq Scan on deal_title"), "{name}:\n{told}");
    }
}

#[tokio::test]
async fn the_deadline_board_reads_only_what_it_measures() {
    let world = World::new().await;
    let mut conn = fill(&world).await;
    raw_sql(
        "ALTER TABLE deal_turn DISABLE TRIGGER USER;
         INSERT INTO deal_turn (deal_id, position, step, role, since, until)
         SELECT id, 900, 'quote', 'sales_rep', opened_at, opened_at + interval '1 hour' FROM deal ON CONFLICT DO NOTHING;
         ALTER TABLE deal_turn ENABLE TRIGGER USER",
    )
    .execute(&mut conn)
    .await
    .expect("filled");
    for tidy in ["VACUUM ANALYZE deal_turn", "VACUUM ANALYZE deal"] {
        raw_sql(tidy).execute(&mut conn).await.expect("tidy");
    }
    for (name, to) in readers(&world) {
        let mut query = turns::measured_query(to, &["sales_rep", "finance"], world.now() - TimeDelta::days(30), 1001);
        let told = by_values(&mut query, &mut conn).await;
        assert!(!told.contains("Seq Scan on deal_turn"), "{name}:\n{told}");
        if to == VisibleTo::Everything {
            assert!(!told.contains(" on deal ") && !told.contains(" on customer "), "{name}:\n{told}");
        }
    }
}

#[tokio::test]
async fn open_deliveries_are_taken_in_the_order_of_their_promises() {
    let world = World::new().await;
    let mut conn = world.database.owner_connection().await;
    raw_sql("SET enable_seqscan = off; SET enable_bitmapscan = off").execute(&mut conn).await.expect("set");
    let later = BatchFilter { after: Some((world.now(), uuid::Uuid::nil(), 1)), ..BatchFilter::default() };
    for filter in [BatchFilter::default(), later] {
        for to in [VisibleTo::Everything, VisibleTo::Reached { node: None }] {
            let mut query = delivery_list::open_batches_query(to, &filter, 51);
            let plan = by_values(&mut query, &mut conn).await;
            let is_sorted = plan.lines().any(|line| line.contains("Sort Key") && line.contains("promised_at"));
            assert!(plan.contains("promise_batch_open") && !is_sorted, "{plan}");
        }
    }
}
