//! Milestones, receipts and invoices of an order (DOMAIN 7.9): everybody who may see prices reads
//! them, finance records them. Nothing is edited; what was wrong is taken back.

use super::{again, done};
use crate::domain::calendar::local_date;
use crate::domain::customer::InvoiceKind;
use crate::domain::ids::{InvoiceId, ReceiptId};
use crate::domain::input::Flaw;
use crate::domain::money::{format_money, format_quantity};
use crate::domain::order::Order;
use crate::domain::policy::{self, Act};
use crate::domain::receivable::{Invoice, MilestoneStanding, invoice_number};
use crate::domain::workflow::{Action, Case, Command};
use crate::web::check::Checker;
use crate::web::deals::grid::MAX_MONEY;
use crate::web::form::Choice;
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::post;
use rust_decimal::Decimal;
use uuid::Uuid;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/deals/{no}/order/receipt", post(receive))
        .route("/deals/{no}/order/receipt/correct", post(correct))
        .route("/deals/{no}/order/invoice", post(invoice))
        .route("/deals/{no}/order/invoice/red", post(red_letter))
}

pub struct MoneyView {
    pub milestones: Vec<MilestoneRow>,
    /// What the order comes to where that is less than was ordered, and what follows from it.
    pub worth: Vec<(&'static str, String)>,
    pub receipts: Vec<ReceiptRow>,
    pub invoices: Vec<InvoiceRow>,
    pub invoiced: String,
    pub to_invoice: String,
    /// Milestones that may still receive something, for finance.
    pub receive: Vec<Choice>,
    pub kinds: Vec<Choice>,
    pub may_correct: bool,
    pub may_invoice: bool,
    /// Invoices that a red-letter one may still take back.
    pub red: Vec<Choice>,
}

pub struct MilestoneRow {
    pub position: i32,
    pub trigger: String,
    pub percent: String,
    pub amount: String,
    pub received: String,
    pub due: String,
    pub late: Option<String>,
    pub state: &'static str,
    pub state_kind: &'static str,
}

pub struct ReceiptRow {
    pub id: String,
    pub position: i32,
    pub amount: String,
    pub at: String,
    pub reference: String,
    pub by: String,
    /// Why it was taken back, on a counter entry.
    pub reason: Option<String>,
    pub stands: bool,
}

pub struct InvoiceRow {
    pub number: String,
    pub kind: &'static str,
    pub on: String,
    pub net: String,
    pub tax: String,
    pub gross: String,
    pub covers: String,
    /// The number of the invoice that a red-letter one takes back.
    pub red_of: Option<String>,
}

pub fn standing_kind(standing: MilestoneStanding) -> &'static str {
    match standing {
        MilestoneStanding::NotDue | MilestoneStanding::GivenUp => "plain",
        MilestoneStanding::Due | MilestoneStanding::Partial => "warn",
        MilestoneStanding::Received => "ok",
        MilestoneStanding::Overdue => "bad",
    }
}

fn milestones(web: &Web, t: Lang, order: &Order) -> Vec<MilestoneRow> {
    let today = local_date(web.app().clock.now());
    order
        .milestones
        .iter()
        .map(|m| {
            let standing = order.standing_of(m, today);
            let late = if standing == MilestoneStanding::Overdue { m.overdue_days(today) } else { 0 };
            MilestoneRow {
                position: m.position,
                trigger: match m.days {
                    0 => t.payment_trigger(m.trigger).to_owned(),
                    days => t.order_page_term(days, t.payment_trigger(m.trigger)),
                },
                percent: format!("{}%", format_quantity(m.percent)),
                amount: format_money(m.amount),
                received: format_money(m.received),
                due: m.due_on.map(|on| t.date(on)).unwrap_or_default(),
                late: (late > 0).then(|| t.money_days_late(late)),
                state: t.milestone_standing(standing),
                state_kind: standing_kind(standing),
            }
        })
        .collect()
}

fn worth(t: Lang, order: &Order) -> Vec<(&'static str, String)> {
    if order.taken_off().is_zero() {
        return Vec::new();
    }
    [
        (t.money_comes_to(), order.comes_to(), true),
        (t.money_taken_off(), order.taken_off(), true),
        (t.money_to_refund(), order.to_refund(), false),
        (t.money_to_red_letter(), order.to_red_letter(), false),
    ]
    .into_iter()
    .filter(|(_, amount, always)| *always || !amount.is_zero())
    .map(|(name, amount, _)| (name, format!("¥{}", format_money(amount))))
    .collect()
}

/// The money of an order, for those who may see prices.
pub fn view(web: &Web, who: &SignedIn, case: &Case, order: &Order) -> Option<MoneyView> {
    policy::may_on(&who.actor, Act::SeePrices, case).ok()?;
    let t = who.t();
    let may = |action| {
        policy::may_on(&who.actor, Act::Do(action), case).is_ok()
            && policy::may_separately(&who.actor, Act::Do(action), case).is_ok()
            && crate::domain::workflow::blockers(case, action, None, web.app().clock.now()).is_empty()
    };
    let number_of = |id| order.invoices.iter().find(|i| i.id == id).map(|i| i.number.clone());
    let receive = order.milestones.iter().filter(|m| !m.open().is_zero());
    let red = order.invoices.iter().filter(|i| !order.open_to_red_letter(i.id).is_zero());
    let may_invoice = may(Action::RecordInvoice);
    Some(MoneyView {
        milestones: milestones(web, t, order),
        worth: worth(t, order),
        receipts: order
            .receipts
            .iter()
            .map(|r| ReceiptRow {
                id: r.id.to_string(),
                position: r.position,
                amount: format_money(r.amount),
                at: t.moment(r.received_at),
                reference: r.reference.clone(),
                by: t.person(&r.by_name),
                reason: r.reason.clone(),
                stands: order.standing_receipt(r.id).is_some(),
            })
            .collect(),
        invoices: order
            .invoices
            .iter()
            .map(|i| InvoiceRow {
                number: i.number.clone(),
                kind: t.invoice_kind(i.kind),
                on: t.date(i.on),
                net: format_money(i.net),
                tax: format_money(i.tax),
                gross: format_money(i.gross()),
                covers: i.covers.clone(),
                red_of: i.red_of.and_then(number_of),
            })
            .collect(),
        invoiced: format_money(order.invoiced()),
        to_invoice: format_money(order.open_to_invoice()),
        receive: if may(Action::RecordReceipt) {
            receive
                .map(|m| {
                    Choice::new(m.position.to_string(), t.money_milestone_open(format_money(m.open()), m.position))
                })
                .collect()
        } else {
            Vec::new()
        },
        kinds: [InvoiceKind::Special, InvoiceKind::Ordinary]
            .into_iter()
            .map(|k| Choice::new(k.code(), t.invoice_kind(k)))
            .collect(),
        may_correct: may(Action::CorrectReceipt),
        may_invoice: may_invoice && !order.open_to_invoice().is_zero(),
        red: if may_invoice { red.map(|i| Choice::new(i.id.to_string(), &i.number)).collect() } else { Vec::new() },
    })
}

const CENT: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

async fn receive(State(web): State<Web>, Path(no): Path<String>, form: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&form.form);
    let position = check.choice("position", |raw| raw.parse::<i32>().ok());
    let amount = check.decimal("receipt_amount", 2, CENT, MAX_MONEY);
    let received_at = check.date_time("received_at");
    if received_at.is_some_and(|at| at > web.app().clock.now()) {
        check.fail("received_at", Flaw::InTheFuture);
    }
    let reference = check.text("reference", 1, 100);
    match (check.finish(), position, amount, received_at, reference) {
        (Ok(()), Some(position), Some(amount), Some(received_at), Some(reference)) => {
            done(&web, &no, &form, Command::RecordReceipt { position, amount, received_at, reference }).await
        }
        (found, ..) => again(&web, &no, &form, found.err().unwrap_or_default()).await,
    }
}

async fn correct(State(web): State<Web>, Path(no): Path<String>, form: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&form.form);
    let receipt = check.choice("receipt", |raw| Uuid::parse_str(raw).ok().map(ReceiptId));
    let reason = check.long_text("correct_reason", 5, 300);
    match (check.finish(), receipt, reason) {
        (Ok(()), Some(receipt), Some(reason)) => {
            done(&web, &no, &form, Command::CorrectReceipt { receipt, reason }).await
        }
        (found, ..) => again(&web, &no, &form, found.err().unwrap_or_default()).await,
    }
}

/// The fields that an invoice and a red-letter one have in common, `prefix` in front of their names.
fn read(check: &mut Checker<'_>, prefix: &str) -> Option<Invoice> {
    let name = |field: &str| format!("{prefix}{field}");
    let number = check.required(&name("invoice_no"), |raw| invoice_number(raw).ok_or(Flaw::InvoiceNumber));
    let on = check.date(&name("invoiced_on"));
    let net = check.decimal(&name("invoice_net"), 2, CENT, MAX_MONEY);
    let tax = check.decimal(&name("invoice_tax"), 2, Decimal::ZERO, MAX_MONEY);
    let covers = check.text(&name("covers"), 2, 100);
    Some(Invoice {
        id: InvoiceId(Uuid::nil()),
        kind: InvoiceKind::Special,
        number: number?,
        on: on?,
        net: net?,
        tax: tax?,
        covers: covers?,
        red_of: None,
    })
}

async fn invoice(State(web): State<Web>, Path(no): Path<String>, form: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&form.form);
    let kind = check.choice("invoice_kind", |raw| InvoiceKind::parse(raw).filter(|k| *k != InvoiceKind::None));
    let read = read(&mut check, "");
    match (check.finish(), kind, read) {
        (Ok(()), Some(kind), Some(read)) => {
            done(&web, &no, &form, Command::RecordInvoice(Box::new(Invoice { kind, ..read }))).await
        }
        (found, ..) => again(&web, &no, &form, found.err().unwrap_or_default()).await,
    }
}

async fn red_letter(State(web): State<Web>, Path(no): Path<String>, form: Post) -> Result<Response, Problem> {
    let case = web.app().deal(&form.who.actor, &no).await.map_err(|f| form.keeping(f))?;
    let mut check = Checker::new(&form.form);
    let known = |raw: &str| {
        let id = InvoiceId(Uuid::parse_str(raw).ok()?);
        case.order.as_ref()?.invoices.iter().find(|i| i.id == id && i.red_of.is_none()).map(|i| (i.id, i.kind))
    };
    let of = check.choice("red_of", known);
    let read = read(&mut check, "red_");
    match (check.finish(), of, read) {
        (Ok(()), Some((id, kind)), Some(read)) => {
            let red = Invoice { kind, net: -read.net, tax: -read.tax, red_of: Some(id), ..read };
            done(&web, &no, &form, Command::RecordInvoice(Box::new(red))).await
        }
        (found, ..) => again(&web, &no, &form, found.err().unwrap_or_default()).await,
    }
}
