//! What people prepared before the measurement begins: deals with requirements and quotes of any
//! length, made by the application's own commands beside the running program.

use super::Server;
use chrono::{Days, TimeDelta};
use kuaidan::app::people::Strength;
use kuaidan::app::{App, Asked, By, ForCustomer, NewDeal, PolicyChoice, QuoteInput, QuoteLineInput};
use kuaidan::clock::{Clock, Ids};
use kuaidan::domain::calendar::local_date;
use kuaidan::domain::customer::{InvoiceKind, Source};
use kuaidan::domain::deal::DealKind;
use kuaidan::domain::ids::RequirementLineId;
use kuaidan::domain::quote::{FreightPayer, LineRemarks, PaymentTerm, PaymentTrigger, PriceRequest, QuoteTerms};
use kuaidan::domain::requirement::{
    Channel, DeliveryMode, LineKind, MatchKind, PaymentWish, RequirementConfirmMethod, RequirementContent,
    RequirementLine,
};
use kuaidan::domain::staff::Actor;
use kuaidan::domain::tax::TaxBasis;
use kuaidan::domain::workflow::Command;
use kuaidan::store::catalog::Product;
use kuaidan::store::connect::socket_options;
use kuaidan::store::{Acting, Db, options, people, products};
use rust_decimal::Decimal;

pub struct Desk {
    pub app: App,
}

impl Desk {
    pub async fn at(server: &Server) -> Self {
        let to = socket_options(&server.folder.join("postgres/sock"), "kuaidan_app", "kuaidan");
        let db = Db::connect(options(to, Acting::App), 2).await.expect("the database answers");
        Self { app: App::new(db, Clock::system(), Ids::random(), server.folder.join("files"), Strength::Full) }
    }

    pub async fn actor(&self, login: &str) -> Actor {
        let mut conn = self.app.db.read().await.expect("a connection");
        people::by_login(&mut conn, login).await.expect("people").unwrap_or_else(|| panic!("no {login}")).actor()
    }

    fn by<'a>(&self, actor: &'a Actor) -> By<'a> {
        By { actor, request: self.app.ids.next(), form: None, uploads: Vec::new() }
    }

    async fn act(&self, actor: &Actor, no: &str, asked: impl Into<Asked<'_>>) {
        let case = self.app.deal(actor, no).await.expect("the deal");
        let version = case.deal.expect("a deal").version;
        self.act_with(actor, no, version, self.by(actor), asked).await;
    }

    async fn act_with(&self, _: &Actor, no: &str, version: i64, by: By<'_>, asked: impl Into<Asked<'_>>) {
        self.app.act_on_deal(&by, no, version, asked).await.unwrap_or_else(|e| panic!("{no}: {e:?}"));
    }

    /// Products with a price, by their code.
    pub async fn products(&self, count: usize) -> Vec<Product> {
        let mut conn = self.app.db.read().await.expect("a connection");
        let codes: Vec<String> = sqlx::query_scalar(
            "SELECT p.code FROM product p JOIN price_item i ON i.product_id = p.id WHERE p.kind = 'standard' AND p.is_on_sale AND i.from_quantity = 1
             AND p.id::text LIKE 'b%' ORDER BY p.id LIMIT $1",
        )
        .bind(i64::try_from(count).expect("few"))
        .fetch_all(&mut *conn)
        .await
        .expect("codes");
        let mut found = Vec::new();
        for code in codes {
            found.push(products::by_code(&mut conn, &code).await.expect("a product").expect("it is sold").0);
        }
        assert_eq!(found.len(), count, "the company sells too little");
        found
    }

    /// A deal of this rep with a confirmed requirement of so many lines and a quote at list prices.
    pub async fn quoted(&self, login: &str, lines: usize) -> String {
        let actor = self.actor(login).await;
        let products = self.products(lines).await;
        let customer: String = {
            let mut conn = self.app.db.read().await.expect("a connection");
            sqlx::query_scalar(
                "SELECT customer_no FROM customer WHERE owner_id = $1 AND status = 'archived' AND NOT is_credit_hold AND NOT is_blacklisted AND NOT is_inactive
                 AND next_review_on > current_date ORDER BY id LIMIT 1",
            )
            .bind(actor.id.0)
            .fetch_one(&mut *conn)
            .await
            .expect("a customer")
        };
        let new = NewDeal {
            customer: ForCustomer::Known { no: customer },
            kind: DealKind::Repeat,
            source: Source::Existing,
            title: format!("{lines} 行报价"),
            promise: None,
            urgency: None,
            repeats: None,
        };
        let done = self.app.open_deal(&self.by(&actor), new).await.expect("a deal");
        let no = done.then().rsplit('/').next().expect("a number").to_owned();
        let case = self.app.deal(&actor, &no).await.expect("the deal");
        let contact = case.customer.profile.contacts.first().expect("a contact");
        let now = Clock::system().now();
        let content = RequirementContent {
            contact: Some(contact.id),
            channel: Channel::Meeting,
            purpose: "年度备件".to_owned(),
            budget_from: None,
            budget_to: None,
            wanted_at: now + TimeDelta::days(60),
            ship_address: "江苏省苏州市姑苏区人民路 1 号".to_owned(),
            ship_receiver: "李娜".to_owned(),
            ship_phone: "13800138000".to_owned(),
            delivery_mode: DeliveryMode::ToDoor,
            partial_allowed: true,
            payment_wish: PaymentWish::Prepaid,
            invoice_need: InvoiceKind::Special,
            warranty: None,
            acceptance: "数量相符,外观完好".to_owned(),
            lines: products.iter().map(|p| line(&self.app, p)).collect(),
            specials: Vec::new(),
            is_confidential: false,
            files: Vec::new(),
        };
        self.act(&actor, &no, Command::SaveRequirement(Box::new(content))).await;
        self.act(&actor, &no, Command::SendRequirement).await;
        let file = self.app.keep_file("queren.pdf", PAPER.to_vec()).await.expect("kept").expect("a PDF");
        let confirm = Command::ConfirmRequirement {
            method: RequirementConfirmMethod::Email,
            contact: contact.name.clone(),
            file: Some(file.id),
            at: Clock::system().now(),
        };
        let version = self.app.deal(&actor, &no).await.expect("the deal").deal.expect("a deal").version;
        let by = By { uploads: vec![file], ..self.by(&actor) };
        self.act_with(&actor, &no, version, by, confirm).await;
        self.act(&actor, &no, Asked::Quote(Box::new(quote(lines)))).await;
        no
    }

    pub async fn submit(&self, login: &str, no: &str) {
        let actor = self.actor(login).await;
        self.act(&actor, no, Command::SubmitQuote).await;
    }
}

const PAPER: &[u8] = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n";

fn line(app: &App, product: &Product) -> RequirementLine {
    RequirementLine {
        id: RequirementLineId(app.ids.next()),
        kind: LineKind::Standard,
        product: Some(product.id),
        product_code: product.code.clone(),
        product_name: product.name.clone(),
        spec: product.spec.clone(),
        quantity: Decimal::from(12),
        unit: product.unit.clone(),
        standard: None,
        packaging: Some("标准包装".to_owned()),
        match_kind: MatchKind::Exact,
        note: None,
        custom_name: None,
        wanted_on: None,
        first: None,
    }
}

fn quote(lines: usize) -> QuoteInput {
    let now = Clock::system().now();
    QuoteInput {
        terms: QuoteTerms {
            valid_until: local_date(now).checked_add_days(Days::new(30)).expect("a day"),
            tax_basis: TaxBasis::Inclusive,
            deliver_at: now + TimeDelta::days(60),
            place: "江苏省苏州市姑苏区人民路 1 号".to_owned(),
            delivery_mode: DeliveryMode::ToDoor,
            freight_payer: FreightPayer::Seller,
            warranty: "整机质保一年".to_owned(),
            internal_note: None,
            whole_discount: Decimal::ZERO,
            payment_terms: vec![PaymentTerm {
                percent: Decimal::ONE_HUNDRED,
                trigger: PaymentTrigger::BeforeShipment,
                days: 0,
            }],
        },
        lines: (1..=lines)
            .map(|line_no| QuoteLineInput {
                remarks: LineRemarks::default(),
                line_no,
                unit_price: None,
                tax_rate: None,
                discount_reason: None,
                request: PriceRequest::Policy,
                policy: PolicyChoice::Keep,
            })
            .collect(),
        surcharges: Vec::new(),
    }
}
