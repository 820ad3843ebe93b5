//! Finding customers among a million, and the dry run of a spreadsheet of ten thousand.
//!
//! `cargo bench --bench archive`; `-- --company=middle` asks the company with 100,000 customers.

mod load;

use kuaidan::domain::credit_code::{CodeFlaw, CreditCode};
use load::browser::Form;
use load::measure::bare;
use load::server::{argument, company, copy_of};
use load::{Browser, Server, Table, timed};
use rust_xlsxwriter::Workbook;
use sqlx::{AssertSqlSafe, PgConnection};

const ROUNDS: usize = 200;
const ROWS: u32 = 10_000;
const COLUMNS: &str = "SELECT c.customer_no, c.legal_name, c.short_name, c.status, c.grade, w.name, w.name_en, c.next_review_on, c.is_credit_hold, c.is_blacklisted, c.updated_at, c.id
    FROM customer c JOIN person w ON w.id = c.owner_id WHERE ";
const NEWEST: &str = " ORDER BY c.updated_at DESC, c.id DESC LIMIT 51";

/// The bare condition for what is typed.
type Bare<'a> = Box<dyn Fn(&str) -> String + 'a>;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (name, sizes) = match argument("company").as_deref() {
        Some("middle") => ("middle", load::MIDDLE),
        _ => ("customers", load::CUSTOMERS),
    };
    let folder = company(name, sizes);
    find(&runtime, &folder, name);
    import(&copy_of(&company("small", load::SMALL), "small-import"));
}

async fn values(conn: &mut PgConnection, expression: &str, table: &str) -> Vec<String> {
    // Spread over the table, and the same in every run.
    let sql = format!(
        "SELECT DISTINCT ON (m) {expression} FROM (SELECT *, hashtext(id::text) % 100000 AS m FROM {table} TABLESAMPLE SYSTEM (1) REPEATABLE (7)) x ORDER BY m LIMIT 200"
    );
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(conn).await.expect("values")
}

fn grams(typed: &str) -> String {
    let letters: Vec<char> = typed.chars().collect();
    let grams: Vec<String> = letters.windows(2).map(|w| w.iter().collect()).collect();
    format!("c.search_grams @> '{{{}}}'", grams.join(","))
}

fn find(runtime: &tokio::runtime::Runtime, folder: &std::path::Path, name: &str) {
    let server = Server::start(folder);
    let mut conn = runtime.block_on(server.database());
    let mut of = |expression: &str, table: &str| runtime.block_on(values(&mut conn, expression, table));
    let brands = of("short_name", "customer");
    let pairs = of("substr(short_name, 1, 2)", "customer");
    let wholes = of("substr(legal_name, 1, 6)", "customer");
    let numbers = of("customer_no", "customer");
    let starts = of("substr(customer_no, 1, 8)", "customer");
    let codes = of("substr(uscc, 1, 8)", "customer");
    let mobiles = of("mobile", "contact");
    let ends = of("right(mobile, 4)", "contact");
    let initials = of("substr(pinyin, 1, 4)", "customer");
    let frequent: Vec<String> = ["科技", "有限公司", "苏州"].map(str::to_owned).to_vec();
    let none: Vec<String> = ["鑫焱熙", "乾隆御"].map(str::to_owned).to_vec();
    let phone = |typed: &str| {
        if typed.len() == 4 {
            format!(
                "c.id IN (SELECT customer_id FROM contact WHERE right(mobile, 4) = '{typed}' OR right(landline, 4) = '{typed}')"
            )
        } else {
            format!("c.id IN (SELECT customer_id FROM contact WHERE mobile = '{typed}')")
        }
    };
    let like = |column: &'static str| move |typed: &str| format!("{column} LIKE '{typed}%'");
    let questions: Vec<(&str, &str, Vec<String>, Bare<'_>)> = vec![
        ("newest page", "chenjing", vec![String::new()], Box::new(|_| "true".to_owned())),
        (
            "newest page, a team",
            "m3x",
            vec![String::new()],
            Box::new(|_| "w.manager_id = (SELECT id FROM person WHERE login = 'm3x')".to_owned()),
        ),
        (
            "newest page, own",
            "r7x",
            vec![String::new()],
            Box::new(|_| "c.owner_id = (SELECT id FROM person WHERE login = 'r7x')".to_owned()),
        ),
        ("two characters of a name", "chenjing", pairs.clone(), Box::new(grams)),
        (
            "two characters, a team",
            "m3x",
            pairs.clone(),
            Box::new(|t| format!("{} AND w.manager_id = (SELECT id FROM person WHERE login = 'm3x')", grams(t))),
        ),
        (
            "two characters, own",
            "r7x",
            pairs,
            Box::new(|t| format!("{} AND c.owner_id = (SELECT id FROM person WHERE login = 'r7x')", grams(t))),
        ),
        ("a brand", "chenjing", brands, Box::new(grams)),
        ("six characters of a name", "chenjing", wholes, Box::new(grams)),
        ("a word of very many names", "chenjing", frequent, Box::new(grams)),
        ("a word that no name has", "chenjing", none, Box::new(grams)),
        ("whole number", "chenjing", numbers, Box::new(|t| format!("c.customer_no = '{t}'"))),
        ("first digits of a number", "chenjing", starts, Box::new(like("c.customer_no"))),
        ("eight letters of a code", "chenjing", codes, Box::new(like("c.uscc"))),
        ("pinyin initials", "chenjing", initials, Box::new(like("c.pinyin"))),
        ("a telephone", "chenjing", mobiles, Box::new(phone)),
        ("end of a telephone", "chenjing", ends.clone(), Box::new(phone)),
        ("end of a telephone, a team", "m3x", ends, Box::new(phone)),
    ];
    let table = Table::begin(&format!("Customers, company {name} (to hold: p95 50 ms)"));
    for (what, login, typed, condition) in questions {
        let mut browser = Browser::of(server.port, login);
        let path = |n: usize| {
            let word: String = form_urlencoded::byte_serialize(typed[n % typed.len()].as_bytes()).collect();
            if word.is_empty() { "/customers".to_owned() } else { format!("/customers?q={word}") }
        };
        for n in 0..10 {
            browser.page(&path(n));
        }
        let cost = timed(&server, ROUNDS, |n| {
            browser.page(&path(n));
        });
        let floor = runtime.block_on(async {
            let conn = &mut server.database().await;
            bare(&server, ROUNDS, async |n| {
                let sql = format!("{COLUMNS}{}{NEWEST}", condition(&typed[n % typed.len()]));
                sqlx::query(AssertSqlSafe(sql)).persistent(false).fetch_all(&mut *conn).await.expect("bare SQL");
            })
            .await
        });
        table.row(what, &cost, Some(floor), "p95 50 ms");
    }
}

/// A credit code of its own for each row.
fn code(number: u32) -> String {
    let body = format!("91320505{number:09}");
    match CreditCode::parse(&format!("{body}0")) {
        Ok(code) => code.as_str().to_owned(),
        Err(CodeFlaw::Check { expected }) => format!("{body}{expected}"),
        Err(flaw) => panic!("{body}: {flaw:?}"),
    }
}

fn sheet(has_errors: bool) -> Vec<u8> {
    let heads = [
        "客户全称",
        "统一社会信用代码",
        "客户简称",
        "所属行业",
        "成立时间",
        "员工人数",
        "归属业务员",
        "客户等级",
        "期初合作次数",
    ];
    let mut book = Workbook::new();
    let page = book.add_worksheet();
    for (column, head) in (0_u16..).zip(heads) {
        page.write_string(0, column, head).expect("a cell");
    }
    for row in 1..=ROWS {
        let letter = |offset: u32| char::from_u32(0x4E00 + (row * 7 + offset) % 9000).expect("a character");
        let name = format!("{}{}{}{row}测试有限公司", letter(1), letter(2000), letter(4001));
        let mut code = code(900_000_000 + row);
        if has_errors && row % 100 == 57 {
            code.replace_range(9..10, "X");
        }
        let cells = [name.as_str(), &code, "", "制造业", "2018年4月16日", "１８０", "王敏", "B", "6"];
        for (column, cell) in (0_u16..).zip(cells).filter(|(_, c)| !c.is_empty()) {
            page.write_string(row, column, cell).expect("a cell");
        }
    }
    book.save_to_buffer().expect("a file")
}

fn import(folder: &std::path::Path) {
    let server = Server::start(folder);
    let mut manager = Browser::of(server.port, "liqiang");
    let table = Table::begin("Spreadsheet of 10,000 customers (to hold: dry run 5 s)");
    for (what, has_errors) in [("dry run, all rows good", false), ("dry run, 100 rows with errors", true)] {
        let content = sheet(has_errors);
        let cost = timed(&server, 3, |_| {
            let form = Form::of(&manager.page("/customers/import"), "/customers/import");
            let answer = manager.post_with(&form, &[("file", "kehu.xlsx", &content)]);
            assert!(answer.status == 303 || answer.status == 422, "{}", answer.status);
            if let Some(to) = answer.location {
                manager.page(&to);
            }
        });
        table.row(what, &cost, None, "5 s");
    }
}
