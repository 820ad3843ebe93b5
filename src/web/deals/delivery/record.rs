//! Reads what production, quality control and the warehouse typed and hands it on as commands.
//! A refused form is shown again with its own values; the others keep what is ready.

use super::forms::Stage;
use super::{DeliveryPage, Refused, of};
use crate::domain::ids::{OrderLineId, PickingId};
use crate::domain::input::{self, Flaw};
use crate::domain::workflow::{Blocker, Case, Command, LineQuantity, Waiver};
use crate::web::check::{Checker, FieldErrors};
use crate::web::form::{FormView, Submitted};
use crate::web::{Post, Problem, SignedIn, Web, page};
use axum::extract::{Path, State};
use axum::response::Response;
use rust_decimal::Decimal;
use uuid::Uuid;

/// The largest quantity of one entry.
const MOST: Decimal = Decimal::from_parts(9_999_999, 0, 0, false, 0);
/// The smallest and the largest receipt, in yuan.
const ONE_CENT: Decimal = Decimal::from_parts(1, 0, 0, false, 2);
const MOST_MONEY: Decimal = Decimal::from_parts(999_999_999, 0, 0, false, 0);

pub(super) async fn show(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    page::page(&of(&web, &who, &no, None).await?)
}

pub(in crate::web::deals) async fn again(
    web: &Web,
    no: &str,
    post: &Post,
    form: &'static str,
    errors: FieldErrors,
) -> Result<Response, Problem> {
    // Several forms of the page have quantities; the error belongs to the cell of this one.
    let told = errors
        .into_iter()
        .map(|(field, flaw)| {
            let field =
                field.strip_prefix("quantity-").map_or(field.clone(), |number| format!("{form}-{number}-quantity"));
            (field, post.t().flaw(&flaw))
        })
        .collect();
    told_again(web, no, post, form, told).await
}

/// The same with what is wrong in words.
async fn told_again(
    web: &Web,
    no: &str,
    post: &Post,
    form: &'static str,
    told: Vec<(String, String)>,
) -> Result<Response, Problem> {
    let page: DeliveryPage =
        of(web, &post.who, no, Some(Refused { form, view: FormView::typed(&post.form, told) })).await?;
    page::invalid(&page)
}

/// The cell of a form to which a refusal belongs.
fn cell(form: &str, typed: &Submitted, case: &Case, blocker: &Blocker) -> Option<String> {
    match blocker {
        Blocker::MoreThanReady { line, .. }
        | Blocker::ReceivedMoreThanShipped { line, .. }
        | Blocker::NotWhole { line } => {
            let id = case.order.as_ref()?.lines.get(line.checked_sub(1)?)?.id.to_string();
            let place = typed.values("line").iter().position(|l| *l == id)?;
            Some(format!("{form}-{}-quantity", place + 1))
        }
        Blocker::PickingUnchecked => Some(format!("{form}-1-quantity")),
        Blocker::SignedBeforeShipped => Some("signed_at".to_owned()),
        Blocker::SpecialNotTicked { .. } => Some("ticked".to_owned()),
        Blocker::PartialNotAllowed => Some("consent".to_owned()),
        Blocker::DeviationMissing { .. } => Some("deviation".to_owned()),
        _ => None,
    }
}

/// A refusal of what was typed is told at its cell with everything kept, unless something else is in the way too.
pub(super) async fn at_cells(
    web: &Web,
    no: &str,
    post: &Post,
    form: &'static str,
    done: Result<Response, Problem>,
) -> Result<Response, Problem> {
    let Err(Problem::NotNow { blockers, case: Some(case), .. }) = &done else { return done };
    let mut told: Vec<(String, String)> = Vec::new();
    for blocker in blockers {
        let Some(field) = cell(form, &post.form, case, blocker) else { return done };
        let text = post.t().blocker(blocker);
        match told.iter_mut().find(|(known, _)| *known == field) {
            Some((_, words)) => *words = format!("{words} {text}"),
            None => told.push((field, text)),
        }
    }
    if told.is_empty() {
        return done;
    }
    if post.form.file("file").is_some() {
        told.push(("file".to_owned(), post.t().flaw(&Flaw::ChooseFilesAgain)));
    }
    told_again(web, no, post, form, told).await
}

pub(super) async fn done(web: &Web, no: &str, post: &Post, command: Command) -> Result<Response, Problem> {
    let action = command.action();
    let by = post.by(format!("/deals/{no}/delivery"));
    let done = web.app().act_on_deal(&by, no, post.form.version(), command).await.map_err(|f| post.keeping(f))?;
    Ok(page::see_other(web, done.then(), action.code()))
}

pub(super) fn line_id(raw: &str) -> Result<OrderLineId, Flaw> {
    Uuid::parse_str(raw).map(OrderLineId).map_err(|_| Flaw::UnknownChoice)
}

pub(super) fn quantity(raw: &str) -> Result<Decimal, Flaw> {
    input::decimal(raw, 3, Decimal::ZERO, MOST)
}

/// The quantities of all rows in this column; a blank one counts as none.
fn column(check: &mut Checker, name: &str) -> Vec<LineQuantity> {
    let mut out = Vec::new();
    for row in check.rows(&["line", name]) {
        let line = check.cell(&row, "line", line_id);
        let quantity = check.optional_cell(&row, name, quantity);
        if let (Some(line), Some(quantity)) = (line, quantity) {
            out.push(LineQuantity { line, quantity });
        }
    }
    out
}

/// The quantities of all rows, at least one of them more than nothing.
pub(super) fn quantities(check: &mut Checker) -> Vec<LineQuantity> {
    let out = column(check, "quantity");
    if check.is_clean() && out.iter().all(|q| q.quantity.is_zero()) {
        check.fail("quantity-1", Flaw::Required);
    }
    out
}

/// The command of a form that was filled without a flaw, or the form again.
async fn submitted(
    web: &Web,
    no: &str,
    post: &Post,
    stage: Stage,
    check: Checker<'_>,
    command: Option<Command>,
) -> Result<Response, Problem> {
    match (check.finish(), command) {
        (Ok(()), Some(command)) => at_cells(web, no, post, stage.code(), done(web, no, post, command).await).await,
        (checked, _) => again(web, no, post, stage.code(), checked.err().unwrap_or_default()).await,
    }
}

pub(super) async fn production(
    State(web): State<Web>,
    Path(no): Path<String>,
    post: Post,
) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let work_order = check.optional_text("work_order", 1, 60);
    let quantities = column(&mut check, "quantity");
    let scrap = column(&mut check, "scrap");
    if check.is_clean() && quantities.iter().chain(&scrap).all(|q| q.quantity.is_zero()) {
        check.fail("quantity-1", Flaw::Required);
    }
    submitted(
        &web,
        &no,
        &post,
        Stage::Production,
        check,
        Some(Command::RecordProduction { work_order, quantities, scrap }),
    )
    .await
}

pub(super) async fn qc(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let passed = column(&mut check, "quantity");
    let failed = check.optional("failed", quantity).filter(|q| !q.is_zero());
    let line = check.optional("failed_line", line_id);
    let cause = check.optional_text("qc_cause", 2, 200);
    if failed.is_some() && line.is_none() {
        check.fail("failed_line", Flaw::Required);
    }
    if failed.is_some() && cause.is_none() && check.raw("qc_cause").trim().is_empty() {
        check.fail("qc_cause", Flaw::Required);
    }
    if check.is_clean() && failed.is_none() && passed.iter().all(|q| q.quantity.is_zero()) {
        check.fail("quantity-1", Flaw::Required);
    }
    let failed = failed.zip(line).map(|(quantity, line)| LineQuantity { line, quantity });
    submitted(&web, &no, &post, Stage::Qc, check, Some(Command::RecordQc { passed, failed, cause })).await
}

pub(super) async fn picking(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let quantities = quantities(&mut check);
    let location = check.optional_text("location", 1, 60);
    submitted(&web, &no, &post, Stage::Picking, check, Some(Command::RecordPicking { quantities, location })).await
}

pub(super) async fn check(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let check = Checker::new(&post.form);
    let pickings: Vec<PickingId> =
        post.form.values("picking").iter().filter_map(|raw| Uuid::parse_str(raw).ok()).map(PickingId).collect();
    if pickings.is_empty() {
        let told = vec![("picking".to_owned(), post.t().delivery_check_none().to_owned())];
        return told_again(&web, &no, &post, Stage::Check.code(), told).await;
    }
    submitted(&web, &no, &post, Stage::Check, check, Some(Command::CheckPicking { pickings })).await
}

pub(super) async fn packing(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let quantities = quantities(&mut check);
    let ticked = post.form.values("ticked").iter().filter_map(|raw| raw.parse().ok()).collect();
    submitted(&web, &no, &post, Stage::Packing, check, Some(Command::RecordPacking { quantities, ticked })).await
}

pub(super) async fn receipt(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let position = check.choice("position", |raw| raw.parse::<i32>().ok());
    let amount = check.decimal("amount", 2, ONE_CENT, MOST_MONEY);
    let received_at = check.date_time("received_at");
    if received_at.is_some_and(|at| at > web.app().clock.now()) {
        check.fail("received_at", Flaw::InTheFuture);
    }
    let reference = check.text("reference", 2, 60);
    match (check.finish(), position, amount, received_at, reference) {
        (Ok(()), Some(position), Some(amount), Some(received_at), Some(reference)) => {
            done(&web, &no, &post, Command::RecordReceipt { position, amount, received_at, reference }).await
        }
        (checked, ..) => again(&web, &no, &post, "receipt", checked.err().unwrap_or_default()).await,
    }
}

pub(super) async fn acknowledge(
    State(web): State<Web>,
    Path(no): Path<String>,
    post: Post,
) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    match check.choice("position", |raw| raw.parse().ok()) {
        Some(position) => done(&web, &no, &post, Command::AcknowledgeSpecial { position }).await,
        None => again(&web, &no, &post, "acknowledge", check.finish().err().unwrap_or_default()).await,
    }
}

pub(super) async fn complete(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let waive_inspection = if post.form.value("waived") == "yes" { Waiver::Waived } else { Waiver::Kept };
    done(&web, &no, &post, Command::CompleteOrder { waive_inspection }).await
}
