//! Reads what the departments typed on the delivery page and hands it on as commands.
//! A refused form is shown again with its own values; the others keep what is ready.

use super::super::order::file_flaw;
use super::{DeliveryPage, Refused, Stage, of};
use crate::domain::ids::{OrderLineId, ShipmentId};
use crate::domain::input::{self, Flaw};
use crate::domain::workflow::{Command, LineQuantity, Waiver};
use crate::web::check::{Checker, FieldErrors};
use crate::web::form::FormView;
use crate::web::page;
use crate::web::{Post, Problem, SignedIn, Web};
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

async fn again(web: &Web, no: &str, post: &Post, form: &'static str, errors: FieldErrors) -> Result<Response, Problem> {
    // Several forms of the page have quantities; the error belongs to the cell of this one.
    let told = errors
        .into_iter()
        .map(|(field, flaw)| {
            let field =
                field.strip_prefix("quantity-").map_or(field.clone(), |number| format!("{form}-{number}-quantity"));
            (field, post.t().flaw(&flaw))
        })
        .collect();
    let page: DeliveryPage =
        of(web, &post.who, no, Some(Refused { form, view: FormView::typed(&post.form, told) })).await?;
    page::invalid(&page)
}

async fn done(web: &Web, no: &str, post: &Post, command: Command) -> Result<Response, Problem> {
    let action = command.action();
    let by = post.by(format!("/deals/{no}/delivery"));
    let done = web.app().act_on_deal(&by, no, post.form.version(), command).await.map_err(|f| post.keeping(f))?;
    Ok(page::see_other(web, done.then(), action.code()))
}

fn line_id(raw: &str) -> Result<OrderLineId, Flaw> {
    Uuid::parse_str(raw).map(OrderLineId).map_err(|_| Flaw::UnknownChoice)
}

/// The quantities of all rows; a blank one counts as none.
fn quantities(check: &mut Checker) -> Vec<LineQuantity> {
    let mut out = Vec::new();
    for row in check.rows(&["line", "quantity"]) {
        let line = check.cell(&row, "line", line_id);
        let quantity = check.optional_cell(&row, "quantity", |raw| input::decimal(raw, 3, Decimal::ZERO, MOST));
        if let (Some(line), Some(quantity)) = (line, quantity) {
            out.push(LineQuantity { line, quantity });
        }
    }
    if check.is_clean() && out.iter().all(|q| q.quantity.is_zero()) {
        check.fail("quantity-1", Flaw::Required);
    }
    out
}

async fn moved(web: &Web, no: &str, post: &Post, stage: Stage) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let quantities = quantities(&mut check);
    let command = match stage {
        Stage::Production => Some(Command::RecordProduction { quantities }),
        Stage::Picking => Some(Command::RecordPicking { quantities }),
        Stage::Packing => {
            let ticked = post.form.values("ticked").iter().filter_map(|raw| raw.parse().ok()).collect();
            Some(Command::RecordPacking { quantities, ticked })
        }
        Stage::Ship => {
            let carrier = check.text("carrier", 2, 60);
            let waybill_no = check.required("waybill_no", input::waybill);
            let packages = check.whole("packages", 1, 9999).and_then(|n| i32::try_from(n).ok());
            let eta = check.optional_date("eta");
            if eta.is_some_and(|on| on < crate::domain::calendar::local_date(web.app().clock.now())) {
                check.fail("eta", Flaw::InThePast);
            }
            match (carrier, waybill_no, packages) {
                (Some(carrier), Some(waybill_no), Some(packages)) => {
                    Some(Command::Ship { quantities, carrier, waybill_no, packages, eta })
                }
                _ => None,
            }
        }
    };
    match (check.finish(), command) {
        (Ok(()), Some(command)) => done(web, no, post, command).await,
        (checked, _) => again(web, no, post, stage.code(), checked.err().unwrap_or_default()).await,
    }
}

pub(super) async fn production(
    State(web): State<Web>,
    Path(no): Path<String>,
    post: Post,
) -> Result<Response, Problem> {
    moved(&web, &no, &post, Stage::Production).await
}

pub(super) async fn picking(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    moved(&web, &no, &post, Stage::Picking).await
}

pub(super) async fn packing(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    moved(&web, &no, &post, Stage::Packing).await
}

pub(super) async fn ship(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    moved(&web, &no, &post, Stage::Ship).await
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

pub(super) async fn sign_off(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let shipment = check.choice("shipment", |raw| Uuid::parse_str(raw).ok().map(ShipmentId));
    let signed_by = check.required("signed_by", input::person_name);
    let signed_at = check.date_time("signed_at");
    if signed_at.is_some_and(|at| at > web.app().clock.now()) {
        check.fail("signed_at", Flaw::InTheFuture);
    }
    let file = post.form.file("file");
    if file.is_none() {
        check.fail("file", Flaw::FileMissing);
    }
    let received = quantities(&mut check);
    let (true, Some(shipment), Some(signed_by), Some(signed_at), Some(file)) =
        (check.is_clean(), shipment, signed_by, signed_at, file)
    else {
        return again(&web, &no, &post, "sign-off", check.finish().err().unwrap_or_default()).await;
    };
    let upload = match web.app().keep_file(&file.file_name, file.content.clone()).await? {
        Ok(upload) => upload,
        Err(flaw) => return again(&web, &no, &post, "sign-off", vec![("file".to_owned(), file_flaw(flaw))]).await,
    };
    let command = Command::SignOff { shipment, signed_by, signed_at, file: upload.id, received };
    let action = command.action();
    let by = post.by_with(format!("/deals/{no}/delivery"), vec![upload]);
    let done = web.app().act_on_deal(&by, &no, post.form.version(), command).await.map_err(|f| post.keeping(f))?;
    Ok(page::see_other(&web, done.then(), action.code()))
}

pub(super) async fn complete(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let waive_inspection = if post.form.value("waived") == "yes" { Waiver::Waived } else { Waiver::Kept };
    done(&web, &no, &post, Command::CompleteOrder { waive_inspection }).await
}
