//! Exceptions of one delivery (DOMAIN 7.7): opened with what their kind must contain, answered,
//! planned, goods taken back, credit notes, closed.

mod view;

use super::order::file_flaw;
use crate::domain::delivery::{
    DelayCause, Disposition, ExceptionFacts, ExceptionKind, ExceptionPlan, Inspection, ReturnFreight, ReturnOutcome,
    Severity,
};
use crate::domain::ids::{ExceptionId, OrderLineId, ReturnId, ShipmentId};
use crate::domain::input::{self, Flaw};
use crate::domain::staff::Department;
use crate::domain::workflow::{Action, Command, LineQuantity};
use crate::web::check::{Checker, FieldErrors};
use crate::web::form::FormView;
use crate::web::page;
use crate::web::{Post, Problem, SignedIn, Web};
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use rust_decimal::Decimal;
use uuid::Uuid;
use view::{Refused, of};

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
