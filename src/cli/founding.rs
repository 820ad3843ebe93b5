//! Founds the demonstration company: people, products, prices, stock and archived customers, all
//! through the application's own commands. Whatever exists already is left as it is, so that a
//! founding which was interrupted goes on where it stopped.

use super::company::{CUSTOMERS, CustomerPlan, GRADE_A_PRICES, LETTERHEAD, Newness, PEOPLE, PRODUCTS, ProductPlan};
use super::paper::paper;
use super::{demo_feedback, told};
use crate::app::LogoChange;
use crate::app::{App, By, Failure, Upload};
use crate::domain::account::Account;
use crate::domain::calendar::local_date;
use crate::domain::company;
use crate::domain::credit::CreditChange;
use crate::domain::credit_code::CreditCode;
use crate::domain::customer::{
    Contact, ContactRank, ContactRole, CustomerConfirmMethod, CustomerProfile, CustomerStatus, Grade, InvoiceKind,
    PreferredChannel, RegistryStatus, TaxpayerKind, VerifyChannel,
};
use crate::domain::ids::{ContactId, PersonId, ProductId};
use crate::domain::policy::VisibleTo;
use crate::domain::pricing::Tier;
use crate::domain::special_need::SpecialNeed;
use crate::domain::staff::Actor;
use crate::domain::workflow::{Case, Command};
use crate::store::catalog::{self, Product};
use crate::store::people::Person;
use crate::store::{StoreError, credit, lists};
use anyhow::{Context as _, anyhow};
use chrono::{NaiveDate, TimeDelta};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// The company as far as it exists.
pub struct Company {
    people: BTreeMap<String, Person>,
    pub products: Vec<Product>,
    /// Customer numbers by credit code.
    pub customers: BTreeMap<&'static str, String>,
}

impl Company {
    pub fn actor(&self, login: &str) -> anyhow::Result<Actor> {
        self.people
            .get(login)
            .map(Person::actor)
            .ok_or_else(|| anyhow!("{login} is missing from the demonstration company"))
    }

    pub fn product(&self, code: &str) -> anyhow::Result<&Product> {
        self.products.iter().find(|p| p.code == code).ok_or_else(|| anyhow!("product {code} is missing"))
    }

    fn id(&self, login: &str) -> anyhow::Result<PersonId> {
        Ok(self.actor(login)?.id)
    }
}

/// Makes what is missing.
pub async fn found(app: &App, password: &str) -> anyhow::Result<Company> {
    let mut company = Company { people: BTreeMap::new(), products: Vec::new(), customers: BTreeMap::new() };
    add_people(app, &mut company, password).await?;
    keep_letterhead(app, &company).await?;
    add_products(app, &mut company).await?;
    publish_prices(app, &company).await?;
    for plan in CUSTOMERS {
        let no = archive(app, &company, plan).await.with_context(|| format!("customer {}", plan.legal_name))?;
        company.customers.insert(plan.uscc, no);
    }
    agree(app, &company).await?;
    demo_feedback::old_complaint(app, &company).await?;
    Ok(company)
}

async fn add_people(app: &App, company: &mut Company, password: &str) -> anyhow::Result<()> {
    for plan in PEOPLE {
        let person = if let Some(person) = app.person(plan.login).await.map_err(told)? {
            person
        } else {
            let manager = plan.manager.map(|login| company.id(login)).transpose()?;
            let account = Account {
                name: plan.name.to_owned(),
                name_en: plan.name_en.to_owned(),
                department: plan.department,
                roles: vec![plan.role],
                manager,
                phone: None,
                is_active: true,
            };
            app.add_person(plan.login, &account, password).await.map_err(told)?
        };
        company.people.insert(plan.login.to_owned(), person);
    }
    Ok(())
}

/// What documents print of the seller, as the administrator keeps it; names stay as they are.
async fn keep_letterhead(app: &App, company: &Company) -> anyhow::Result<()> {
    let (known, revision) = app.company().await.map_err(told)?;
    if known.tax_no.is_some() {
        return Ok(());
    }
    let [address, phone, tax_no, bank, account] = LETTERHEAD.map(|text| Some(text.to_owned()));
    let new = company::Company { phone, address, tax_no, bank, account, ..known };
    let actor = company.actor("admin")?;
    let by = By { actor: &actor, request: app.ids.next(), form: None, uploads: Vec::new() };
    app.save_company(&by, revision, &new, LogoChange::Keep).await.map(|_| ()).map_err(told)
}

fn product(plan: &ProductPlan, id: ProductId, first_sold_on: NaiveDate) -> Product {
    Product {
        id,
        code: plan.code.to_owned(),
        name: plan.name.to_owned(),
        name_en: plan.name_en.to_owned(),
        kind: plan.kind,
        spec: plan.spec.to_owned(),
        unit: plan.unit.to_owned(),
        tax_rate: Decimal::new(plan.rate_percent, 2),
        lead_days: plan.lead_days,
        is_stocked: plan.stock.is_some(),
        is_on_sale: true,
        first_sold_on: (plan.is_new == Newness::SoldBefore).then_some(first_sold_on),
        on_hand: Decimal::from(plan.stock.unwrap_or(0)),
        reserved: Decimal::ZERO,
    }
}

async fn add_products(app: &App, company: &mut Company) -> anyhow::Result<()> {
    let known = catalog::products(&mut *app.db.read().await?).await?;
    let first_sold_on = (app.clock.now() - TimeDelta::days(400)).date_naive();
    for plan in PRODUCTS.iter().filter(|plan| !known.iter().any(|p| p.code == plan.code)) {
        let product = product(plan, ProductId(app.ids.next()), first_sold_on);
        app.add_product(company.id("sunli")?, &product).await.map_err(told)?;
    }
    company.products = catalog::products(&mut *app.db.read().await?).await?;
    Ok(())
}

fn tier(from: i64, unit: i64, floor: i64) -> Tier {
    Tier { from_quantity: Decimal::from(from), unit_price: Decimal::new(unit, 2), floor_price: Decimal::new(floor, 2) }
}

async fn publish_prices(app: &App, company: &Company) -> anyhow::Result<()> {
    let mut standard = Vec::new();
    for plan in PRODUCTS {
        let id = company.product(plan.code)?.id;
        standard.extend(plan.tiers.iter().map(|(from, unit, floor)| (id, tier(*from, *unit, *floor))));
    }
    let mut for_grade_a = Vec::new();
    for (code, from, unit, floor) in GRADE_A_PRICES {
        for_grade_a.push((company.product(code)?.id, tier(*from, *unit, *floor)));
    }
    publish(app, company, "BZ", "标准价目表", None, &standard).await?;
    publish(app, company, "KA", "A 级客户价目表", Some(Grade::A), &for_grade_a).await
}

/// Publishes a list unless one of this kind is in force. A draft that somebody left behind keeps
/// its code, so the next free one is taken.
async fn publish(
    app: &App,
    company: &Company,
    prefix: &str,
    name: &str,
    grade: Option<Grade>,
    prices: &[(ProductId, Tier)],
) -> anyhow::Result<()> {
    let ids: Vec<uuid::Uuid> = company.products.iter().map(|p| p.id.0).collect();
    let nobody = crate::domain::ids::CustomerId(uuid::Uuid::nil());
    let in_force = catalog::candidates(&mut *app.db.read().await?, nobody, grade.unwrap_or(Grade::D), &ids).await?;
    if in_force.iter().any(|(_, candidate)| candidate.list_code.starts_with(prefix)) {
        return Ok(());
    }
    let from = (app.clock.now() - TimeDelta::days(60)).date_naive();
    let (drafted_by, published_by) = (company.id("wufang")?, company.id("chenjing")?);
    for number in 1..100 {
        let code = format!("{prefix}-{number:02}");
        match app.add_price_list(&code, name, grade, prices, from, drafted_by, published_by).await {
            Ok(()) => return Ok(()),
            Err(Failure::Store(StoreError::Refused { constraint: Some(name), .. }))
                if name == "price_list_code_key" => {}
            Err(failure) => return Err(told(failure)),
        }
    }
    Err(anyhow!("no code is left for the price list {name}"))
}

/// The agreement price of story 2.
async fn agree(app: &App, company: &Company) -> anyhow::Result<()> {
    let manager = company.actor("liqiang")?;
    let no =
        company.customers.get(CUSTOMERS[0].uscc).ok_or_else(|| anyhow!("the customer of the agreement is missing"))?;
    let customer = app.customer(&manager, no).await.map_err(told)?.customer;
    let product = company.product("RM-PA66")?.id;
    let agreed = catalog::candidates(&mut *app.db.read().await?, customer.id, Grade::D, &[product.0]).await?;
    let agreement = "XY-HT-01";
    if agreed.iter().any(|(_, candidate)| candidate.list_code == agreement) {
        return Ok(());
    }
    let from = (app.clock.now() - TimeDelta::days(60)).date_naive();
    let by = (company.id("wufang")?, company.id("chenjing")?);
    app.add_agreement(by, customer.id, product, agreement, &tier(1, 465_000, 420_000), from).await.map_err(told)
}

/// Registers a customer and walks the archive to its end, from wherever it stands.
async fn archive(app: &App, company: &Company, plan: &CustomerPlan) -> anyhow::Result<String> {
    let owner = company.actor(plan.owner)?;
    let no = if let Some(no) = known_customer(app, plan).await? {
        no
    } else {
        let by = By { actor: &owner, request: app.ids.next(), form: None, uploads: Vec::new() };
        let done = app.register_customer(&by, plan.legal_name.to_owned(), plan.source).await.map_err(told)?;
        done.then().rsplit('/').next().unwrap_or_default().to_owned()
    };
    loop {
        let case = app.customer(&owner, &no).await.map_err(told)?;
        if case.customer.status == CustomerStatus::Archived {
            break;
        }
        advance(app, company, plan, &case, &owner).await?;
        app.clock.advance(TimeDelta::minutes(4));
    }
    let (limit, days) = plan.credit;
    let (orders, total) = plan.opening;
    let finance = company.id("wufang")?;
    app.set_opening_terms(finance, &no, plan.grade, Decimal::new(limit, 2), days, orders, Decimal::new(total, 2))
        .await
        .map_err(told)?;
    if let Some(cents) = plan.owed {
        owe(app, company, &no, Decimal::new(cents, 2)).await?;
    }
    Ok(no)
}

/// What the customer owed when the system began, due in three weeks.
async fn owe(app: &App, company: &Company, no: &str, amount: Decimal) -> anyhow::Result<()> {
    let finance = company.actor("wufang")?;
    let case = app.customer(&finance, no).await.map_err(told)?;
    let mut conn = app.db.read().await?;
    let known = credit::receivables(&mut conn, case.customer.id).await?;
    drop(conn);
    if known.is_empty() {
        let change = CreditChange::Receivable {
            id: app.ids.next(),
            no: "YS-QC-001".to_owned(),
            amount,
            due_on: local_date(app.clock.now()) + TimeDelta::days(21),
            note: Some("系统上线前的货款".to_owned()),
        };
        let by = By { actor: &finance, request: app.ids.next(), form: None, uploads: Vec::new() };
        let command = Command::ChangeCredit(Box::new(change));
        app.act_on_customer(&by, no, case.customer.version, command).await.map_err(told)?;
    }
    Ok(())
}

/// The archive's number, when it was begun before; a draft has its name but not yet its code.
async fn known_customer(app: &App, plan: &CustomerPlan) -> anyhow::Result<Option<String>> {
    let mut conn = app.db.read().await?;
    let rows = lists::customers(&mut conn, VisibleTo::Everything, Some(plan.legal_name), None, None, 1).await?;
    Ok(rows.into_iter().next().map(|row| row.customer_no))
}

/// One step of an archive: the owner fills it and asks, sales support verifies, the owner confirms.
pub async fn advance(
    app: &App,
    company: &Company,
    plan: &CustomerPlan,
    case: &Case,
    owner: &Actor,
) -> anyhow::Result<()> {
    let customer = &case.customer;
    let act = async |actor: &Actor, version: i64, command: Command, uploads: Vec<Upload>| {
        let by = By { actor, request: app.ids.next(), form: None, uploads };
        app.act_on_customer(&by, &customer.no, version, command).await.map(|_| version + 1).map_err(told)
    };
    match customer.status {
        CustomerStatus::Draft => {
            let version =
                act(owner, customer.version, Command::SaveCustomer(Box::new(profile(app, plan)?)), Vec::new()).await?;
            let licence = paper(app, "yingye-zhizhao.pdf", &format!("Business licence of {}", plan.uscc)).await?;
            let version = act(owner, version, Command::AttachLicense { file: licence.id }, vec![licence]).await?;
            act(owner, version, Command::RequestVerification, Vec::new()).await?;
        }
        CustomerStatus::PendingVerification => {
            act(
                &company.actor("zhaoxue")?,
                customer.version,
                Command::VerifyLicense { channel: VerifyChannel::Gsxt },
                Vec::new(),
            )
            .await?;
        }
        CustomerStatus::PendingConfirmation => {
            let confirm = Command::ConfirmWithCustomer {
                method: CustomerConfirmMethod::Phone,
                contact: plan.contacts[0].0.to_owned(),
                note: Some("已电话核对名称、税号与收货地址".to_owned()),
                file: None,
            };
            act(owner, customer.version, confirm, Vec::new()).await?;
        }
        CustomerStatus::Archived => {}
    }
    Ok(())
}

fn profile(app: &App, plan: &CustomerPlan) -> anyhow::Result<CustomerProfile> {
    let uscc = CreditCode::parse(plan.uscc).map_err(|flaw| anyhow!("credit code {}: {flaw:?}", plan.uscc))?;
    let (year, month, day) = plan.founded;
    let [province, city, district, street] = plan.address.map(|part| Some(part.to_owned()));
    Ok(CustomerProfile {
        short_name: Some(plan.short_name.to_owned()),
        uscc: Some(uscc),
        customer_type: Some(plan.customer_type),
        industry: Some(plan.industry),
        employee_count: Some(plan.employees),
        size_band: Some(plan.size),
        founded_on: NaiveDate::from_ymd_opt(year, month, day),
        main_business: Some(plan.business.to_owned()),
        legal_rep: Some(plan.legal_rep.to_owned()),
        registry_status: Some(RegistryStatus::Active),
        province,
        city,
        district,
        address_detail: street,
        source: Some(plan.source),
        taxpayer_kind: Some(TaxpayerKind::General),
        invoice_kind: Some(InvoiceKind::Special),
        invoice_title: Some(plan.legal_name.to_owned()),
        invoice_tax_no: Some(plan.uscc.to_owned()),
        invoice_delivery: Some(format!("{}@{}", plan.contacts[0].3, plan.domain)),
        special: plan
            .needs
            .iter()
            .map(|(category, text)| SpecialNeed { category: *category, text: (*text).to_owned() })
            .collect(),
        contacts: contacts(app, plan),
        ..CustomerProfile::named(plan.legal_name.to_owned())
    })
}

fn contacts(app: &App, plan: &CustomerPlan) -> Vec<Contact> {
    let ranks = [(ContactRank::Primary, ContactRole::DecisionMaker), (ContactRank::Backup, ContactRole::EndUser)];
    let contact =
        |((name, title, mobile, mailbox), (rank, role)): (&(&str, &str, &str, &str), (ContactRank, ContactRole))| {
            Contact {
                id: ContactId(app.ids.next()),
                name: (*name).to_owned(),
                title: (*title).to_owned(),
                rank,
                roles: vec![role],
                mobile: Some((*mobile).to_owned()),
                landline: None,
                email: Some(format!("{mailbox}@{}", plan.domain)),
                wechat: None,
                preferred_channel: Some(PreferredChannel::Wechat),
                is_active: true,
            }
        };
    plan.contacts.iter().zip(ranks).map(contact).collect()
}
