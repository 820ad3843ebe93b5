//! A company at work: the people of DOMAIN section 9, products, prices and stock, on a clock
//! that stands where the test puts it. Whatever the business knows got in through `App`.

use super::gate::Gate;
use super::postgres::Database;
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use kuaidan::app::people::Strength;
use kuaidan::app::setup::Purpose;
use kuaidan::app::{App, Asked, By, Done, Failure, FormUse, Upload};
use kuaidan::clock::{Clock, Ids};
use kuaidan::domain::account::Account;
use kuaidan::domain::approval::NodeKind;
use kuaidan::domain::calendar::ZONE;
use kuaidan::domain::fast_path::PostReview;
use kuaidan::domain::ids::{PersonId, ProductId};
use kuaidan::domain::order::Order;
use kuaidan::domain::pricing::Tier;
use kuaidan::domain::requirement::LineKind;
use kuaidan::domain::round::Colleague;
use kuaidan::domain::staff::{Actor, Department, Role};
use kuaidan::domain::workflow::{self, Case, Command};
use kuaidan::store::cases;
use kuaidan::store::catalog::Product;
use kuaidan::store::people::Person;
use rust_decimal::{Decimal, dec};
use sqlx::Row as _;
use std::collections::BTreeMap;
use std::path::PathBuf;
use tokio::sync::OnceCell;

/// Everybody's password.
pub const PASSWORD: &str = "correct horse 9";
/// Stands in the folder beside the evidence.
const KEY_FILE: &str = "channel.key";

/// As listed in `stock_up`.
type Sold = (
    &'static str,
    &'static str,
    &'static str,
    LineKind,
    &'static str,
    Decimal,
    i32,
    Option<NaiveDate>,
    Option<Decimal>,
    Vec<(Decimal, Decimal, Decimal)>,
);

/// login, name, name in English, department, role, whose team
type Hired = (&'static str, &'static str, &'static str, Department, Role, Option<&'static str>);
const PEOPLE: &[Hired] = &[
    ("liujianguo", "刘建国", "Liu Jianguo", Department::Management, Role::GeneralManager, None),
    ("hemin", "何敏", "He Min", Department::Management, Role::GeneralManager, None),
    ("chenjing", "陈静", "Chen Jing", Department::Sales, Role::SalesDirector, Some("liujianguo")),
    ("liqiang", "李强", "Li Qiang", Department::Sales, Role::SalesManager, Some("chenjing")),
    ("wangmin", "王敏", "Wang Min", Department::Sales, Role::SalesRep, Some("liqiang")),
    ("zhaoliu", "赵六", "Zhao Liu", Department::Sales, Role::SalesRep, Some("liqiang")),
    ("zhaoxue", "赵雪", "Zhao Xue", Department::Sales, Role::SalesAssistant, Some("liqiang")),
    ("zhoukai", "周凯", "Zhou Kai", Department::Technical, Role::Technical, None),
    ("wufang", "吴芳", "Wu Fang", Department::Finance, Role::Finance, None),
    ("zhengwei", "郑伟", "Zheng Wei", Department::Production, Role::Production, None),
    ("sunli", "孙丽", "Sun Li", Department::Warehouse, Role::Warehouse, None),
    ("hejun", "何军", "He Jun", Department::Logistics, Role::Logistics, None),
    ("admin", "管理员", "Administrator", Department::It, Role::Admin, None),
];

pub struct World {
    pub app: App,
    pub clock: Clock,
    pub database: Database,
    people: BTreeMap<&'static str, Person>,
    products: BTreeMap<&'static str, Product>,
    files: FilesDir,
}

/// What a copy of the company's rows does not tell.
struct Company {
    database: String,
    people: BTreeMap<&'static str, Person>,
    products: BTreeMap<&'static str, Product>,
    /// Goes on after the ids that the rows have.
    ids: Ids,
    key: Vec<u8>,
}

impl Company {
    async fn found() -> Self {
        let mut world = World::of(Database::make().await, Ids::counted(1)).await;
        world.app.installation(Purpose::Work).await.expect("the installation row is made");
        world.hire().await;
        world.stock_up().await;
        let key = std::fs::read(world.files().join(KEY_FILE)).expect("passwords are hashed with a key");
        let World { app, database, people, products, .. } = world;
        app.db.close().await;
        Self { database: database.kept(), people, products, ids: app.ids, key }
    }
}

/// A folder for evidence files that goes with the world.
struct FilesDir(PathBuf);

impl FilesDir {
    fn make(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("kuaidan-it-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder is made");
        Self(folder)
    }
}

impl Drop for FilesDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// An instant of 2026 in company time: `09-17 10:20`.
pub fn moment(text: &str) -> DateTime<Utc> {
    NaiveDateTime::parse_from_str(&format!("2026-{text}"), "%Y-%m-%d %H:%M")
        .ok()
        .and_then(|at| at.and_local_timezone(ZONE).single())
        .unwrap_or_else(|| panic!("{text} is no moment"))
        .to_utc()
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap_or_else(|_| panic!("{text} is no day"))
}

impl World {
    /// Where evidence and keys lie.
    pub fn files(&self) -> std::path::PathBuf {
        self.files.0.clone()
    }

    /// The company on Thursday 2026-09-17 at 10:20: a copy of one that was founded once.
    pub async fn new() -> Self {
        static COMPANY: OnceCell<Company> = OnceCell::const_new();
        let company = COMPANY.get_or_init(Company::found).await;
        let database = Database::copy(&company.database).await;
        let mut world = Self::of(database, company.ids.fork()).await;
        std::fs::write(world.files().join(KEY_FILE), &company.key).expect("the folder is writable");
        world.people = company.people.clone();
        world.products = company.products.clone();
        world
    }

    async fn of(database: Database, ids: Ids) -> Self {
        let clock = Clock::fixed(moment("09-17 10:20"));
        let files = FilesDir::make(database.name());
        let app = App::new(database.app().await, clock.clone(), ids, files.0.clone(), Strength::Least);
        Self { app, clock, database, people: BTreeMap::new(), products: BTreeMap::new(), files }
    }

    /// The same program at another database connection, behind a gate that stops it where a test wants.
    pub async fn gated(&self) -> (Gate, App) {
        let (gate, db) = self.database.gated().await;
        let mut app = self.app.clone();
        app.db = db;
        (gate, app)
    }

    async fn hire(&mut self) {
        for (login, name, name_en, department, role, manager) in PEOPLE {
            let account = Account {
                name: (*name).to_owned(),
                name_en: (*name_en).to_owned(),
                department: *department,
                roles: vec![*role],
                manager: manager.map(|m| self.id(m)),
                phone: None,
                is_active: true,
            };
            let person = self.app.add_person(login, &account, PASSWORD).await.expect("a person is added");
            self.people.insert(login, person);
        }
    }

    async fn stock_up(&mut self) {
        use LineKind::{Custom, Service, Standard};
        let sold = Some(day("2025-03-01"));
        // code, name, English, kind, unit, rate, lead days, first sold, on hand, tiers with price and floor
        #[rustfmt::skip]
        let products: [Sold; 6] = [
            ("QM-65", "65 英寸会议平板", "65-inch meeting panel", Standard, "台", dec!(0.13), 15, sold, Some(dec!(40)), vec![(dec!(1), dec!(8999), dec!(7000)), (dec!(5), dec!(8599), dec!(7000)), (dec!(10), dec!(8299), dec!(7000))]),
            ("QM-86", "86 英寸会议平板", "86-inch meeting panel", Standard, "台", dec!(0.13), 20, sold, Some(dec!(10)), vec![(dec!(1), dec!(15999), dec!(13000))]),
            ("QM-98", "98 英寸会议平板", "98-inch meeting panel", Standard, "台", dec!(0.13), 30, None, Some(dec!(5)), vec![(dec!(1), dec!(29999), dec!(26000))]),
            ("RM-PA66", "PA66 改性粒料", "PA66 compound", Standard, "千克", dec!(0.13), 7, sold, Some(dec!(5000)), vec![(dec!(1), dec!(23.5), dec!(20)), (dec!(1000), dec!(21.8), dec!(20))]),
            ("DZ-01", "定制机柜", "Custom cabinet", Custom, "套", dec!(0.13), 25, sold, None, vec![(dec!(1), dec!(4800), dec!(4000))]),
            ("AZ-01", "安装服务", "Installation", Service, "项", dec!(0.06), 0, sold, None, vec![(dec!(1), dec!(1200), dec!(1000))]),
        ];
        let mut prices = Vec::new();
        for (code, name, name_en, kind, unit, tax_rate, lead_days, first_sold_on, on_hand, tiers) in products {
            let id = ProductId(self.app.ids.next());
            let product = Product {
                id,
                code: code.to_owned(),
                name: name.to_owned(),
                name_en: name_en.to_owned(),
                kind,
                spec: format!("{name}，标准配置"),
                unit: unit.to_owned(),
                tax_rate,
                lead_days,
                is_stocked: on_hand.is_some(),
                is_on_sale: true,
                first_sold_on,
                on_hand: on_hand.unwrap_or_default(),
                reserved: Decimal::ZERO,
            };
            self.app.add_product(self.id("sunli"), &product).await.expect("a product is added");
            prices.extend(
                tiers.into_iter().map(|(from_quantity, unit_price, floor_price)| {
                    (id, Tier { from_quantity, unit_price, floor_price })
                }),
            );
            self.products.insert(code, product);
        }
        let (drafter, publisher) = (self.id("wufang"), self.id("chenjing"));
        self.app
            .add_price_list("STD-2026", "2026 年标准价", None, &prices, day("2026-01-01"), drafter, publisher)
            .await
            .expect("the price list is published");
    }

    /// One more product, with stock and prices of its own.
    pub async fn sell(&mut self, product: Product, tiers: &[Tier]) {
        let prices: Vec<(ProductId, Tier)> = tiers.iter().map(|t| (product.id, *t)).collect();
        let (drafter, publisher) = (self.id("wufang"), self.id("chenjing"));
        self.app.add_product(self.id("sunli"), &product).await.expect("a product is added");
        let list = format!("{}-2026", product.code);
        self.app
            .add_price_list(&list, &product.name, None, &prices, day("2026-01-01"), drafter, publisher)
            .await
            .expect("its prices are published");
        self.products.insert(Box::leak(product.code.clone().into_boxed_str()), product);
    }

    /// Puts the clock to a moment of 2026, company time.
    pub fn at(&self, text: &str) {
        self.clock.set(moment(text));
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub fn person(&self, login: &str) -> &Person {
        self.people.get(login).unwrap_or_else(|| panic!("{login} does not work here"))
    }

    pub fn id(&self, login: &str) -> PersonId {
        self.person(login).id
    }

    /// Gives somebody another superior.
    pub async fn reports_to(&self, login: &str, superior: &str) {
        let mut owner = self.database.owner_connection().await;
        sqlx::query("UPDATE person SET manager_id = $2 WHERE id = $1")
            .bind(self.id(login).0)
            .bind(self.id(superior).0)
            .execute(&mut owner)
            .await
            .expect("another superior");
    }

    pub fn actor(&self, login: &str) -> Actor {
        self.person(login).actor()
    }

    pub fn colleague(&self, login: &str) -> Colleague {
        self.person(login).colleague()
    }

    pub fn logins(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.people.keys().copied()
    }

    pub fn product(&self, code: &str) -> &Product {
        self.products.get(code).unwrap_or_else(|| panic!("{code} is not sold here"))
    }

    /// A small PDF, kept and ready to be named in a command.
    pub async fn pdf(&self, name: &str) -> Upload {
        let content = format!("%PDF-1.7 {name}").into_bytes();
        self.app
            .keep_file(&format!("{name}.pdf"), content)
            .await
            .expect("the folder is writable")
            .expect("a PDF is taken")
    }

    /// The deal as it is now, whoever may see it.
    pub async fn case(&self, deal: &str) -> Case {
        let mut conn = self.app.db.read().await.expect("a connection");
        let id = cases::deal_id(&mut conn, deal).await.expect("readable").unwrap_or_else(|| panic!("no deal {deal}"));
        cases::of_deal(&mut conn, id, self.now()).await.expect("readable").expect("the deal is whole")
    }

    /// What a department owes or said of the newest fast approval.
    pub async fn review_of(&self, deal: &str, node: NodeKind) -> PostReview {
        let found = self.case(deal).await.post_reviews.into_iter().rfind(|p| p.kind == node);
        found.unwrap_or_else(|| panic!("{node} has nothing to review"))
    }

    /// The customer as it is now, whoever may see it.
    pub async fn customer(&self, no: &str) -> Case {
        let mut conn = self.app.db.read().await.expect("a connection");
        let id =
            cases::customer_id(&mut conn, no).await.expect("readable").unwrap_or_else(|| panic!("no customer {no}"));
        cases::of_customer(&mut conn, id).await.expect("readable").expect("the customer is whole")
    }

    pub async fn version(&self, deal: &str) -> i64 {
        self.case(deal).await.deal.map_or(0, |d| d.version)
    }

    pub fn by<'a>(&self, actor: &'a Actor, uploads: &[Upload], form: Option<FormUse>) -> By<'a> {
        By { actor, request: self.app.ids.next(), form, uploads: uploads.to_vec() }
    }

    /// One command on a deal at its present version.
    pub async fn act(
        &self,
        who: &str,
        deal: &str,
        uploads: &[Upload],
        asked: impl Into<Asked<'_>>,
    ) -> Result<Done, Failure> {
        let version = self.version(deal).await;
        self.act_at(version, who, deal, uploads, asked).await
    }

    /// One command on a deal as it was when the page was opened.
    pub async fn act_at(
        &self,
        version: i64,
        who: &str,
        deal: &str,
        uploads: &[Upload],
        asked: impl Into<Asked<'_>>,
    ) -> Result<Done, Failure> {
        let actor = self.actor(who);
        let done = self.app.act_on_deal(&self.by(&actor, uploads, None), deal, version, asked).await;
        if done.is_ok() {
            self.standing_is_kept(deal).await;
        }
        done
    }

    /// Lists read of a deal what the case, loaded whole, says of it.
    pub async fn standing_is_kept(&self, deal: &str) {
        let mut conn = self.database.app_connection().await;
        // Both at one moment: others may be at work on the same deal.
        sqlx::raw_sql("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").execute(&mut conn).await.expect("one moment");
        let case = cases::of_deal_no(&mut conn, deal, self.now()).await.expect("readable").expect("the deal is whole");
        let standing = workflow::standing(&case);
        let amount = case.order.as_ref().map(|o| o.gross).or(case.quote.as_ref().map(|q| q.priced.totals.gross));
        let next = standing.next.map(|(action, role)| (action.code().to_owned(), role.code().to_owned()));
        let kept = sqlx::query(
            "SELECT step, next_action, turn_role, turn_due_at, turn_profile, turn_department, amount, progress, reached, order_no, order_status, order_promised_at FROM deal WHERE no = $1",
        )
        .bind(deal)
        .fetch_one(&mut conn)
        .await
        .expect("the deal");
        let word = |column: &str| kept.get::<Option<String>, _>(column);
        assert_eq!(
            (word("step").as_deref(), word("next_action").zip(word("turn_role")), kept.get("turn_due_at")),
            (Some(standing.step.code()), next, standing.due_at),
            "{deal}"
        );
        assert_eq!(
            (word("turn_profile").as_deref(), word("turn_department").as_deref()),
            (standing.clock.map(|c| c.profile.code()), standing.clock.map(|c| c.department.code())),
            "{deal}"
        );
        let order = case.order.as_ref();
        assert_eq!(
            (
                kept.get("amount"),
                word("order_no").as_deref(),
                word("order_status").as_deref(),
                kept.get("order_promised_at")
            ),
            (amount, order.map(|o| o.no.as_str()), order.map(|o| o.status.code()), order.map(|o| o.promised_at)),
            "{deal}"
        );
        let done = order.filter(|o| o.confirmed_at.is_some()).map_or(0, Order::progress);
        assert_eq!(kept.get::<i32, _>("progress"), done, "{deal}");
        // Whoever was asked once keeps the deal: nobody of those who are asked now is missing.
        let reached: Vec<String> = kept.get("reached");
        let mut asked =
            case.round.iter().flat_map(|r| &r.nodes).filter(|n| n.arrived_at.is_some()).map(|n| n.kind.code());
        assert!(asked.all(|code| reached.iter().any(|r| r == code)), "{deal}: {reached:?}");
        // A step that begins at this moment has the limit that the whole case gives it.
        if let Some(head) = case.deal.as_ref().filter(|d| d.step_entered_at == self.now()) {
            let due_at = workflow::step_due(head.step, &case, &self.app.calendar, self.now());
            assert_eq!(head.step_due_at, due_at, "{deal}: {:?}", head.step);
        }
    }

    /// One command on a deal that has to work.
    pub async fn must(&self, who: &str, deal: &str, uploads: &[Upload], asked: impl Into<Asked<'_>>) {
        let asked = asked.into();
        let shown = format!("{asked:?}");
        if let Err(failure) = self.act(who, deal, uploads, asked).await {
            panic!("{who} on {deal}: {shown}\nfailed: {}", told(&failure));
        }
    }

    /// One command on a customer archive at its present version.
    pub async fn act_on_customer(
        &self,
        who: &str,
        no: &str,
        uploads: &[Upload],
        command: Command,
    ) -> Result<Done, Failure> {
        let version = self.customer(no).await.customer.version;
        let actor = self.actor(who);
        self.app.act_on_customer(&self.by(&actor, uploads, None), no, version, command).await
    }

    pub async fn must_on_customer(&self, who: &str, no: &str, uploads: &[Upload], command: Command) {
        let shown = format!("{command:?}");
        if let Err(failure) = self.act_on_customer(who, no, uploads, command).await {
            panic!("{who} on {no}: {shown}\nfailed: {}", told(&failure));
        }
    }
}

/// A failure without the whole case it was decided on.
pub fn told(failure: &Failure) -> String {
    match failure {
        Failure::Blocked { blockers, .. } => format!("blocked by {blockers:?}"),
        other => format!("{other:?}"),
    }
}
