//! Shipments as forms: arranged by logistics, posted by the warehouse, handed over and followed by
//! logistics, signed for by the customer.

use super::super::order::file_flaw;
use super::record::{again, at_cells, done, quantities};
use crate::domain::delivery::{Appearance, Arrangement, PickUp};
use crate::domain::ids::ShipmentId;
use crate::domain::input::{self, Flaw};
use crate::domain::phone;
use crate::domain::workflow::{Command, Signature};
use crate::store::shipments;
use crate::web::check::Checker;
use crate::web::{Post, Problem, Web, page};
use axum::extract::{Path, State};
use axum::response::Response;
use rust_decimal::Decimal;
use uuid::Uuid;

/// Kilograms and yuan of one shipment.
const MOST: Decimal = Decimal::from_parts(999_999, 0, 0, false, 0);

fn shipment(check: &mut Checker) -> Option<ShipmentId> {
    check.choice("shipment", |raw| Uuid::parse_str(raw).ok().map(ShipmentId))
}

/// Carrier with waybill, or somebody who comes for the goods.
fn way(check: &mut Checker) -> Option<Arrangement> {
    let name = check.optional("pick_up_by", input::person_name);
    let is_pick_up = !check.raw("pick_up_by").trim().is_empty();
    let (mut carrier, mut waybill_no, mut pick_up) = (None, None, None);
    if is_pick_up {
        let id_note = check.text("pick_up_id", 4, 100);
        pick_up = name.zip(id_note).map(|(name, id_note)| PickUp { name, id_note });
    } else {
        carrier = check.text("carrier", 2, 60);
        waybill_no = check.required("waybill_no", input::waybill);
    }
    let packages = check.whole("packages", 1, 9999).and_then(|n| i32::try_from(n).ok());
    let weight = check.optional_decimal("weight", 3, Decimal::ZERO, MOST);
    let freight = check.optional_decimal("freight", 2, Decimal::ZERO, MOST);
    let driver_phone = check.optional("driver_phone", |raw| phone::Phone::parse(raw).map(|p| p.as_str().to_owned()));
    let eta = check.optional_date("eta");
    let consent = check.optional_text("consent", 4, 200);
    let deviation = check.optional_text("deviation", 4, 200);
    Some(Arrangement {
        carrier,
        waybill_no,
        pick_up,
        packages: packages?,
        weight,
        freight,
        driver_phone,
        eta,
        consent,
        deviation,
    })
}

pub(super) async fn arrange(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let quantities = quantities(&mut check);
    let way = way(&mut check);
    let today = crate::domain::calendar::local_date(web.app().clock.now());
    if way.as_ref().and_then(|w| w.eta).is_some_and(|on| on < today) {
        check.fail("eta", Flaw::InThePast);
    }
    if let Some((carrier, waybill)) = way.as_ref().and_then(|w| w.carrier.as_ref().zip(w.waybill_no.as_ref())) {
        let mut conn = web.app().db.read().await?;
        if shipments::waybill_is_taken(&mut conn, carrier, waybill).await? {
            check.fail("waybill_no", Flaw::NotUnique);
        }
    }
    match (check.finish(), way) {
        (Ok(()), Some(way)) => {
            let done = done(&web, &no, &post, Command::ArrangeShipment { quantities, way: Box::new(way) }).await;
            at_cells(&web, &no, &post, "arrange", done).await
        }
        (checked, _) => again(&web, &no, &post, "arrange", checked.err().unwrap_or_default()).await,
    }
}

pub(super) async fn ship(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    match shipment(&mut check) {
        Some(shipment) => done(&web, &no, &post, Command::Ship { shipment }).await,
        None => again(&web, &no, &post, "ship", check.finish().err().unwrap_or_default()).await,
    }
}

pub(super) async fn hand_over(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    match shipment(&mut check) {
        Some(shipment) => done(&web, &no, &post, Command::HandOver { shipment }).await,
        None => again(&web, &no, &post, "hand-over", check.finish().err().unwrap_or_default()).await,
    }
}

pub(super) async fn drop_shipment(
    State(web): State<Web>,
    Path(no): Path<String>,
    post: Post,
) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let (shipment, reason) = (shipment(&mut check), check.text("drop_reason", 2, 200));
    match (shipment, reason) {
        (Some(shipment), Some(reason)) => done(&web, &no, &post, Command::DropShipment { shipment, reason }).await,
        _ => again(&web, &no, &post, "drop", check.finish().err().unwrap_or_default()).await,
    }
}

pub(super) async fn transit(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let shipment = shipment(&mut check);
    let text = check.text("heard", 2, 200);
    let eta = check.optional_date("new_eta");
    let arrived_at = check.optional_date_time("arrived_at");
    if arrived_at.is_some_and(|at| at > web.app().clock.now()) {
        check.fail("arrived_at", Flaw::InTheFuture);
    }
    match (check.finish(), shipment, text) {
        (Ok(()), Some(shipment), Some(text)) => {
            done(&web, &no, &post, Command::NoteTransit { shipment, text, eta, arrived_at }).await
        }
        (checked, ..) => again(&web, &no, &post, "transit", checked.err().unwrap_or_default()).await,
    }
}

pub(super) async fn sign_off(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let shipment = shipment(&mut check);
    let signed_by = check.required("signed_by", input::person_name);
    let capacity = check.text("signed_as", 2, 40);
    let signed_at = check.date_time("signed_at");
    if signed_at.is_some_and(|at| at > web.app().clock.now()) {
        check.fail("signed_at", Flaw::InTheFuture);
    }
    let appearance = check.choice("appearance", Appearance::parse);
    let note = check.optional_text("sign_note", 2, 200);
    let file = post.form.file("file");
    if file.is_none() {
        check.fail("file", Flaw::FileMissing);
    }
    // Nothing received at all is a refusal, and told as such by zeros.
    let mut received = Vec::new();
    for row in check.rows(&["line", "quantity"]) {
        let line = check.cell(&row, "line", super::record::line_id);
        let quantity = check.cell(&row, "quantity", super::record::quantity);
        received.extend(
            line.zip(quantity).map(|(line, quantity)| crate::domain::workflow::LineQuantity { line, quantity }),
        );
    }
    let (true, Some(shipment), Some(signed_by), Some(capacity), Some(signed_at), Some(appearance), Some(file)) =
        (check.is_clean(), shipment, signed_by, capacity, signed_at, appearance, file)
    else {
        let mut errors = check.finish().err().unwrap_or_default();
        errors.extend(file.map(|_| ("file".to_owned(), Flaw::ChooseFilesAgain)));
        return again(&web, &no, &post, "sign-off", errors).await;
    };
    let upload = match web.app().keep_file(&file.file_name, file.content.clone()).await? {
        Ok(upload) => upload,
        Err(flaw) => return again(&web, &no, &post, "sign-off", vec![("file".to_owned(), file_flaw(flaw))]).await,
    };
    let command = Command::SignOff(Box::new(Signature {
        shipment,
        signed_by,
        capacity,
        signed_at,
        file: upload.id,
        received,
        appearance,
        note,
    }));
    let action = command.action();
    let by = post.by_with(format!("/deals/{no}/delivery"), vec![upload]);
    let done = web.app().act_on_deal(&by, &no, post.form.version(), command).await;
    let done = done.map(|done| page::see_other(&web, done.then(), action.code())).map_err(|f| post.keeping(f));
    at_cells(&web, &no, &post, "sign-off", done).await
}
