//! Exceptions of one delivery (DOMAIN 7.7): opened with what their kind must contain, answered,
//! planned, goods taken back, credit notes, closed.

use super::frame::{self, Chip, DealFrame};
use super::order::file_flaw;
use crate::domain::calendar::ZONE;
use crate::domain::deal::Step;
use crate::domain::delivery::{
    DelayCause, Disposition, Exception, ExceptionFacts, ExceptionKind, ExceptionPlan, ExceptionStatus, Inspection,
    ReturnFreight, ReturnOutcome, Severity, Written,
};
use crate::domain::ids::{ExceptionId, OrderLineId, ReturnId, ShipmentId};
use crate::domain::input::{self, Flaw};
use crate::domain::money::{format_money, format_quantity};
use crate::domain::order::{Order, Shipment};
use crate::domain::policy::{self, Act};
use crate::domain::staff::Department;
use crate::domain::workflow::{self, Action, Command, LineQuantity};
use crate::web::check::{Checker, FieldErrors};
use crate::web::form::{Choice, ErrorItem, FormView};
use crate::web::page::{self, Chrome};
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

/// The largest quantity and the largest cost of one entry.
const MOST: Decimal = Decimal::from_parts(9_999_999, 0, 0, false, 0);
/// Departments that deal with exceptions.
const DEPARTMENTS: [Department; 6] = [
    Department::Sales,
    Department::Technical,
    Department::Finance,
    Department::Production,
    Department::Warehouse,
    Department::Logistics,
];

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/deals/{no}/exceptions", get(show).post(open))
        .route("/deals/{no}/exceptions/answer", post(answer))
        .route("/deals/{no}/exceptions/plan", post(plan))
        .route("/deals/{no}/exceptions/return", post(take_back))
        .route("/deals/{no}/exceptions/credit-note", post(credit_note))
        .route("/deals/{no}/exceptions/close", post(close))
}

#[derive(Template)]
#[template(path = "deals/exceptions.html")]
struct ExceptionsPage {
    chrome: Chrome,
    t: Lang,
    frame: DealFrame,
    errors: Vec<ErrorItem>,
    cases: Vec<CaseView>,
    open: Option<OpenForm>,
}

/// One exception and what this reader may do with it now.
struct CaseView {
    id: String,
    no: String,
    kind: &'static str,
    state: &'static str,
    state_kind: &'static str,
    is_severe: bool,
    due: Option<Chip>,
    facts: Vec<(String, String)>,
    file_href: Option<String>,
    said: Vec<(&'static str, String)>,
    answer: Option<FormView>,
    plan: Option<PlanForm>,
    take_back: Option<ReturnForm>,
    notes_owed: Vec<(String, String)>,
    close: Option<FormView>,
}

struct PlanForm {
    dispositions: Vec<Choice>,
    departments: Vec<Choice>,
    form: FormView,
}

struct ReturnForm {
    shipments: Vec<Choice>,
    lines: Vec<Choice>,
    inspections: Vec<Choice>,
    outcomes: Vec<Choice>,
    freights: Vec<Choice>,
    form: FormView,
}

struct OpenForm {
    kinds: Vec<Choice>,
    severities: Vec<Choice>,
    departments: Vec<Choice>,
    lines: Vec<Choice>,
    shipments: Vec<Choice>,
    causes: Vec<Choice>,
    freights: Vec<Choice>,
    form: FormView,
}

/// The form that was refused: its name with the exception it belongs to, and what was typed.
struct Refused {
    form: &'static str,
    about: String,
    view: FormView,
}

fn lines(order: &Order) -> Vec<Choice> {
    order.goods().map(|l| Choice::new(l.id.to_string(), format!("{} · {}", l.name, l.spec))).collect()
}

fn shipments(t: Lang, order: &Order, is: impl Fn(&Shipment) -> bool) -> Vec<Choice> {
    let named = |s: &Shipment| Choice::new(s.id.to_string(), format!("{} · {}", s.no, t.shipped_with(&s.way)));
    order.shipments.iter().filter(|s| is(s)).map(named).collect()
}

fn departments(t: Lang) -> Vec<Choice> {
    DEPARTMENTS.iter().map(|d| Choice::new(d.code(), t.department(*d))).collect()
}

fn freights(t: Lang) -> Vec<Choice> {
    ReturnFreight::ALL.iter().map(|f| Choice::new(f.code(), t.return_freight(*f))).collect()
}

fn typed_moment(at: DateTime<Utc>) -> String {
    at.with_timezone(&ZONE).format("%Y-%m-%dT%H:%M").to_string()
}

/// The facts of an exception that are there, each with its label.
fn facts(t: Lang, order: &Order, e: &Exception, has_prices: bool) -> Vec<(String, String)> {
    let f = &e.facts;
    let line = f.line.and_then(|id| order.lines.iter().find(|l| l.id == id)).map(|l| l.name.clone());
    let shipment = f.shipment.and_then(|id| order.shipments.iter().find(|s| s.id == id)).map(|s| s.no.clone());
    let opened = [e.opened_by_name.clone(), t.moment(e.opened_at)].join(" ");
    [
        (t.deliveries_field_text(), Some(f.text.clone())),
        (t.deliveries_field_department(), Some(t.department(f.department).to_owned())),
        (t.deliveries_field_line(), line),
        (t.deliveries_field_shipment(), shipment),
        (t.field("quantity"), f.quantity.map(format_quantity)),
        (t.deliveries_field_cause(), f.cause.map(|c| t.delay_cause(c).to_owned())),
        (t.deliveries_field_new_date(), f.new_date.map(|at| t.moment(at))),
        (t.deliveries_field_attempts(), f.attempts.map(|n| n.to_string())),
        (t.deliveries_field_freight(), f.freight_payer.map(|p| t.return_freight(p).to_owned())),
        (t.deliveries_field_claim(), f.claim_no.clone()),
        (t.deliveries_field_found_at(), Some(t.moment(f.found_at))),
        (t.exceptions_opened(), Some(if e.is_automatic { t.exceptions_by_itself(opened) } else { opened })),
        (t.deliveries_field_disposition(), e.disposition.map(|d| t.disposition(d).to_owned())),
        (t.deliveries_field_plan_due(), e.plan_until.map(|at| t.moment(at))),
        (t.deliveries_field_cost(), e.cost.filter(|_| has_prices).map(format_money)),
    ]
    .into_iter()
    .filter_map(|(label, value)| Some((label.to_owned(), value?)))
    .collect()
}

fn said(t: Lang, order: &Order, e: &Exception) -> Vec<(&'static str, String)> {
    let written = |w: &Written| format!("{} · {} {}", w.text, w.by_name, t.moment(w.at));
    let mut out: Vec<(&'static str, String)> = [
        (t.deliveries_field_answer(), e.response.as_ref().map(written)),
        (t.deliveries_field_plan(), e.plan.as_ref().map(written)),
    ]
    .into_iter()
    .filter_map(|(label, text)| Some((label, text?)))
    .collect();
    for back in order.tracking.returns.iter().filter(|r| r.exception == e.id) {
        let name = order.lines.iter().find(|l| l.id == back.line).map(|l| l.name.clone()).unwrap_or_default();
        let what = [
            Some(format!("{name} {}", format_quantity(back.quantity))),
            Some(t.inspection(back.inspection).to_owned()),
            Some(t.return_outcome(back.outcome).to_owned()),
            back.credit_note.clone(),
            Some(t.moment(back.at)),
        ];
        out.push((t.exceptions_return(), what.into_iter().flatten().collect::<Vec<_>>().join(" · ")));
    }
    out.extend(e.outcome.as_ref().map(|w| (t.deliveries_field_outcome(), written(w))));
    out
}

async fn of(web: &Web, who: &SignedIn, no: &str, refused: Option<Refused>) -> Result<ExceptionsPage, Problem> {
    let t = who.t();
    let case = frame::case_at(web, who, no, Step::Delivery).await?;
    let Some(order) = &case.order else { return Err(Problem::Missing) };
    let now = web.app().clock.now();
    let offers = workflow::offers(&case, &who.actor, now);
    let may = |action| frame::offer(&offers, action).is_some();
    let has_prices = policy::may_on(&who.actor, Act::SeePrices, &case).is_ok();
    let typed = |form: &str, about: &str| {
        refused.as_ref().filter(|r| r.form == form && r.about == about).map(|r| r.view.clone()).unwrap_or_default()
    };
    let cases = order
        .tracking
        .exceptions
        .iter()
        .rev()
        .map(|e| {
            let id = e.id.to_string();
            let is_open = e.status == ExceptionStatus::Open;
            let is_planned = e.status == ExceptionStatus::Planned;
            let signed = |s: &Shipment| s.signed_at.is_some() && e.facts.shipment.is_none_or(|of| of == s.id);
            CaseView {
                no: e.no.clone(),
                kind: t.exception_kind(e.facts.kind),
                state: t.exception_status(e.status),
                state_kind: match e.status {
                    ExceptionStatus::Open => "bad",
                    ExceptionStatus::Planned => "warn",
                    ExceptionStatus::Closed => "ok",
                },
                is_severe: e.facts.severity == Severity::Severe,
                due: e.due_at().map(|at| Chip::working(web, t, at)),
                facts: facts(t, order, e, has_prices),
                file_href: e.facts.file.map(|file| format!("/files/{file}")),
                said: said(t, order, e),
                answer: (is_open && e.response.is_none() && may(Action::AnswerException)).then(|| typed("answer", &id)),
                plan: (is_open && may(Action::PlanException)).then(|| {
                    let mut form = typed("plan", &id);
                    if form.all().is_empty() {
                        form.push("department", e.facts.department.code());
                        form.push("plan_due", typed_moment(e.plan_due_at.max(now)));
                    }
                    let fits = |d: &&Disposition| {
                        matches!(d, Disposition::Rework | Disposition::Scrap) == (e.facts.kind == ExceptionKind::QcFail)
                    };
                    let dispositions = Disposition::ALL.iter().filter(fits);
                    PlanForm {
                        dispositions: dispositions.map(|d| Choice::new(d.code(), t.disposition(*d))).collect(),
                        departments: departments(t),
                        form,
                    }
                }),
                take_back: (is_planned && may(Action::SettleReturn))
                    .then(|| ReturnForm {
                        shipments: shipments(t, order, signed),
                        lines: lines(order),
                        inspections: Inspection::ALL.iter().map(|i| Choice::new(i.code(), t.inspection(*i))).collect(),
                        outcomes: ReturnOutcome::ALL
                            .iter()
                            .map(|o| Choice::new(o.code(), t.return_outcome(*o)))
                            .collect(),
                        freights: freights(t),
                        form: typed("return", &id),
                    })
                    .filter(|form| !form.shipments.is_empty()),
                notes_owed: order
                    .tracking
                    .returns
                    .iter()
                    .filter(|r| r.exception == e.id && r.owes_credit_note() && may(Action::RecordCreditNote))
                    .map(|r| (r.id.to_string(), format_quantity(r.quantity)))
                    .collect(),
                close: (is_planned
                    && policy::may_close_exception(&who.actor, e.id, &case).is_ok()
                    && may(Action::CloseException))
                .then(|| typed("close", &id)),
                id,
            }
        })
        .collect();
    let open = may(Action::OpenException).then(|| {
        let mut form = typed("open", "");
        if form.all().is_empty() {
            form.push("found_at", typed_moment(now));
            form.push("severity", Severity::Normal.code());
        }
        OpenForm {
            kinds: ExceptionKind::ALL.iter().map(|k| Choice::new(k.code(), t.exception_kind(*k))).collect(),
            severities: Severity::ALL.iter().map(|s| Choice::new(s.code(), t.exception_severity(*s))).collect(),
            departments: departments(t),
            lines: lines(order),
            shipments: shipments(t, order, Shipment::is_posted),
            causes: DelayCause::ALL.iter().map(|c| Choice::new(c.code(), t.delay_cause(*c))).collect(),
            freights: freights(t),
            form,
        }
    });
    Ok(ExceptionsPage {
        chrome: frame::chrome(web, who).await?,
        t,
        frame: frame::of(web, who, &case, Step::Delivery).await?,
        errors: refused.as_ref().map(|r| r.view.errors()).unwrap_or_default(),
        cases,
        open,
    })
}

async fn show(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    page::page(&of(&web, &who, &no, None).await?)
}

async fn again(web: &Web, no: &str, post: &Post, form: &'static str, errors: FieldErrors) -> Result<Response, Problem> {
    let told = errors.into_iter().map(|(field, flaw)| (field, post.t().flaw(&flaw))).collect();
    let about = post.form.value("exception").to_owned();
    page::invalid(
        &of(web, &post.who, no, Some(Refused { form, about, view: FormView::typed(&post.form, told) })).await?,
    )
}

async fn done(web: &Web, no: &str, post: &Post, command: Command) -> Result<Response, Problem> {
    let action = command.action();
    let by = post.by(format!("/deals/{no}/exceptions"));
    let done = web.app().act_on_deal(&by, no, post.form.version(), command).await.map_err(|f| post.keeping(f))?;
    Ok(page::see_other(web, done.then(), action.code()))
}

fn id<T: From<Uuid>>(raw: &str) -> Option<T> {
    Uuid::parse_str(raw).ok().map(T::from)
}

fn exception(check: &mut Checker) -> Option<ExceptionId> {
    check.choice("exception", id)
}

async fn open(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let kind = check.choice("kind", ExceptionKind::parse);
    let severity = check.choice("severity", Severity::parse);
    let department = check.choice("department", Department::parse).filter(|d| DEPARTMENTS.contains(d));
    let text = check.long_text("what", 4, 2000);
    let found_at = check.date_time("found_at");
    let line = check.optional_choice("exception_line", id::<OrderLineId>);
    let shipment = check.optional_choice("exception_shipment", id::<ShipmentId>);
    let quantity = check.optional_decimal("quantity", 3, Decimal::new(1, 3), MOST);
    let cause = check.optional_choice("delay_cause", DelayCause::parse);
    let new_date = check.optional_date_time("new_date");
    let attempts = check.optional_whole("attempts", 1, 99).and_then(|n| i32::try_from(n).ok());
    let freight_payer = check.optional_choice("freight_payer", ReturnFreight::parse);
    let claim_no = check.optional_text("claim_no", 2, 60);
    let mut uploads = Vec::new();
    let mut file = None;
    if let Some(photo) = post.form.file("photo") {
        match web.app().keep_file(&photo.file_name, photo.content.clone()).await? {
            Ok(upload) => {
                file = Some(upload.id);
                uploads.push(upload);
            }
            Err(flaw) => check.fail("photo", file_flaw(flaw)),
        }
    }
    let (Some(kind), Some(severity), Some(department), Some(text), Some(found_at)) =
        (kind, severity, department, text, found_at)
    else {
        return again(&web, &no, &post, "open", check.finish().err().unwrap_or_default()).await;
    };
    let facts = ExceptionFacts {
        kind,
        severity,
        department,
        line,
        shipment,
        quantity,
        text,
        cause,
        new_date,
        attempts,
        freight_payer,
        claim_no,
        file,
        found_at,
    };
    for field in facts.missing() {
        check.fail(field, Flaw::Required);
    }
    if found_at > web.app().clock.now() {
        check.fail("found_at", Flaw::InTheFuture);
    }
    if let Err(errors) = check.finish() {
        return again(&web, &no, &post, "open", errors).await;
    }
    let by = post.by_with(format!("/deals/{no}/exceptions"), uploads);
    let command = Command::OpenException(Box::new(facts));
    let done = web.app().act_on_deal(&by, &no, post.form.version(), command).await.map_err(|f| post.keeping(f))?;
    Ok(page::see_other(&web, done.then(), Action::OpenException.code()))
}

async fn answer(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let (exception, text) = (exception(&mut check), check.long_text("answer", 2, 2000));
    match (check.finish(), exception, text) {
        (Ok(()), Some(exception), Some(text)) => {
            done(&web, &no, &post, Command::AnswerException { exception, text }).await
        }
        (checked, ..) => again(&web, &no, &post, "answer", checked.err().unwrap_or_default()).await,
    }
}

async fn plan(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let exception = exception(&mut check);
    let disposition = check.choice("disposition", Disposition::parse);
    let text = check.long_text("plan", 4, 2000);
    let due_at = check.date_time("plan_due");
    if due_at.is_some_and(|at| at < web.app().clock.now()) {
        check.fail("plan_due", Flaw::InThePast);
    }
    let department = check.choice("department", Department::parse).filter(|d| DEPARTMENTS.contains(d));
    let cost = check.optional_decimal("cost", 2, Decimal::ZERO, MOST);
    match (check.finish(), exception, disposition, text, due_at, department) {
        (Ok(()), Some(exception), Some(disposition), Some(text), Some(due_at), Some(department)) => {
            let plan = Box::new(ExceptionPlan { disposition, text, due_at, department, cost });
            done(&web, &no, &post, Command::PlanException { exception, plan }).await
        }
        (checked, ..) => again(&web, &no, &post, "plan", checked.err().unwrap_or_default()).await,
    }
}

async fn take_back(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let exception = exception(&mut check);
    let shipment = check.choice("shipment", id::<ShipmentId>);
    let line = check.choice("line", id::<OrderLineId>);
    let quantity = check.required("quantity", |raw| input::decimal(raw, 3, Decimal::new(1, 3), MOST));
    let inspection = check.choice("inspection", Inspection::parse);
    let outcome = check.choice("outcome", ReturnOutcome::parse);
    let freight = check.choice("freight_payer", ReturnFreight::parse);
    match (check.finish(), exception, shipment, line.zip(quantity), inspection, outcome, freight) {
        (
            Ok(()),
            Some(exception),
            Some(shipment),
            Some((line, quantity)),
            Some(inspection),
            Some(outcome),
            Some(freight),
        ) => {
            let quantities = vec![LineQuantity { line, quantity }];
            let command = Command::SettleReturn { exception, shipment, quantities, inspection, outcome, freight };
            done(&web, &no, &post, command).await
        }
        (checked, ..) => again(&web, &no, &post, "return", checked.err().unwrap_or_default()).await,
    }
}

async fn credit_note(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let goods_return = check.choice("return", id::<ReturnId>);
    let note = check.text("credit_note", 4, 40);
    match (check.finish(), goods_return, note) {
        (Ok(()), Some(goods_return), Some(note)) => {
            done(&web, &no, &post, Command::RecordCreditNote { goods_return, no: note }).await
        }
        (checked, ..) => again(&web, &no, &post, "credit-note", checked.err().unwrap_or_default()).await,
    }
}

async fn close(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let exception = exception(&mut check);
    let outcome = check.long_text("outcome", 4, 2000);
    let cost = check.optional_decimal("cost", 2, Decimal::ZERO, MOST);
    match (check.finish(), exception, outcome) {
        (Ok(()), Some(exception), Some(outcome)) => {
            done(&web, &no, &post, Command::CloseException { exception, outcome, cost }).await
        }
        (checked, ..) => again(&web, &no, &post, "close", checked.err().unwrap_or_default()).await,
    }
}
