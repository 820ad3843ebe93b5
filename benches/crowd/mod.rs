//! A company with a million customers, made by SQL in batches through the schema's own constraints:
//! forty people, names of city, brand and trade, credit codes, two contacts for each customer.
//! The same seed makes the same company.

use kuaidan::store::PgConnection;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

const BATCH: i64 = 50_000;
const PEOPLE: &str = "
    INSERT INTO person (id, login, name, name_en, department, roles, manager_id, language, theme, password_hash, is_active, created_at)
    SELECT gen_random_uuid(), 'm' || n || 'x', '主管' || n, 'Manager ' || n, 'sales', '{sales_manager}', NULL, 'zh', 'auto', '-', true, timestamptz '2020-01-01 00:00:00+00'
    FROM generate_series(1, 5) n;
    INSERT INTO person (id, login, name, name_en, department, roles, manager_id, language, theme, password_hash, is_active, created_at)
    SELECT gen_random_uuid(), 'r' || n || 'x', '业务' || n, 'Rep ' || n, 'sales', '{sales_rep}', (SELECT id FROM person WHERE login = 'm' || (n % 5 + 1) || 'x'),
        'zh', 'auto', '-', true, timestamptz '2020-01-01 00:00:00+00'
    FROM generate_series(1, 35) n;
    CREATE TABLE bench_owner AS SELECT (row_number() OVER (ORDER BY login) - 1)::int AS place, id FROM person WHERE login LIKE 'r%';";

/// Written out for each batch: `{from}`, `{to}`.
const CUSTOMERS: &str = "
    INSERT INTO customer (id, customer_no, version, status, is_credit_hold, is_blacklisted, is_inactive, owner_id, legal_name, short_name, uscc, customer_type,
        industry, employee_count, main_business, legal_rep, registry_status, province, city, address_detail, source, grade, credit_limit, credit_days,
        opening_order_count, opening_total, created_at, updated_at)
    SELECT gen_random_uuid(), 'KH' || (2010 + n * 16 / {rows}) || lpad((n % 100000)::text, 5, '0'), 1,
        'draft', false, false, false, o.id,
        v.city || v.brand || v.trade || '有限公司', v.brand, '91' || lpad((100000 + n * 7919 % 899999)::text, 6, '0') || lpad(n::text, 10, '0'),
        'private', 'C', 20 + n % 900, v.trade || '的生产和销售', '沈若安', 'active', '江苏省', '苏州市', '科技路' || n || '号', 'online', 'C', 0, 0, 0, 0,
        timestamptz '2010-01-01 00:00:00+00' + n * interval '8 minutes', timestamptz '2010-01-01 00:00:00+00' + n * interval '8 minutes'
    FROM (SELECT n,
            (ARRAY['苏州','上海','北京','深圳','广州','杭州','宁波','南京','无锡','常州','青岛','济南','武汉','长沙','成都','重庆','西安','郑州','合肥','福州','厦门','天津','大连','沈阳','东莞','佛山','温州','台州','嘉兴','昆山'])[1 + (random() * 29)::int] AS city,
            chr(20000 + (random() * random() * 4000)::int) || chr(20000 + (random() * random() * 4000)::int) || CASE WHEN n % 3 = 0 THEN chr(20000 + (random() * 4000)::int) ELSE '' END AS brand,
            (ARRAY['科技','精密机械','电子','贸易','新材料','自动化设备','塑胶','模具','化工','纺织','食品','医疗器械','建材','物流','能源','软件','环保','包装','汽车零部件','五金'])[1 + (random() * 19)::int] AS trade
          FROM generate_series({from}::bigint, {to}::bigint) n) v
    JOIN bench_owner o ON o.place = v.n % 35;
    INSERT INTO contact (id, customer_id, position, name, title, rank, roles, mobile, landline, is_active)
    SELECT gen_random_uuid(), c.id, k, '李娜', '采购总监', CASE WHEN k = 1 THEN 'primary' ELSE 'backup' END, '{decision_maker}',
        '1' || (3 + (random() * 6)::int) || lpad((random() * 999999999)::bigint::text, 9, '0'), '0512-6' || lpad((random() * 9999999)::int::text, 7, '0'), true
    FROM customer c, generate_series(1, 2) k
    WHERE c.created_at BETWEEN timestamptz '2010-01-01 00:00:00+00' + {from} * interval '8 minutes' AND timestamptz '2010-01-01 00:00:00+00' + {to} * interval '8 minutes';";

/// What the questions need to know of the company.
pub struct Crowd {
    pub rep: Uuid,
    pub manager: Uuid,
}

impl Crowd {
    /// Fills the database; run as the owner.
    pub async fn fill(owner: &mut PgConnection, rows: i64) -> Self {
        let run = async |owner: &mut PgConnection, sql: String| {
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(owner).await.expect("the company grows");
        };
        run(owner, format!("SET statement_timeout = 0; SELECT setseed(0.42); {PEOPLE}")).await;
        let mut from = 1;
        while from <= rows {
            let to = (from + BATCH - 1).min(rows);
            let sql = CUSTOMERS
                .replace("{from}", &from.to_string())
                .replace("{to}", &to.to_string())
                .replace("{rows}", &(rows + 1).to_string());
            run(owner, sql).await;
            from = to + 1;
        }
        run(
            owner,
            "UPDATE customer SET status = 'pending_verification' WHERE right(customer_no, 2) IN ('00', '50')"
                .to_owned(),
        )
        .await;
        for table in ["customer", "contact", "person"] {
            run(owner, format!("VACUUM ANALYZE {table}")).await;
        }
        let one = async |owner: &mut PgConnection, login: &'static str| {
            let id: Uuid = sqlx::query_scalar("SELECT id FROM person WHERE login = $1")
                .bind(login)
                .fetch_one(owner)
                .await
                .expect("a person");
            id
        };
        Self { rep: one(owner, "r7x").await, manager: one(owner, "m3x").await }
    }

    /// Two hundred values of customers spread over the table.
    pub async fn sample(&self, owner: &mut PgConnection, expression: &str) -> Vec<String> {
        let sql = format!("SELECT {expression} FROM customer ORDER BY id LIMIT 200");
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(owner).await.expect("values")
    }

    /// The last digits of two hundred mobiles.
    pub async fn phones(&self, owner: &mut PgConnection, digits: i32) -> Vec<String> {
        sqlx::query_scalar("SELECT right(mobile, $1) FROM contact ORDER BY id LIMIT 200")
            .bind(digits)
            .fetch_all(owner)
            .await
            .expect("values")
    }
}
