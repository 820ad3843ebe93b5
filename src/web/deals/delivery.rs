//! Step 6: the delivery progress table. Each department records quantities of its own stage;
//! progress, states and the message to the customer follow from them.
//!
//! The one rule: whoever may not see prices gets no amount on this page, not even in a refusal.

mod forms;
mod message;
mod plan;
mod pledges;
mod record;
mod shipping;
mod view;

use super::frame::{self, Condition, DealFrame};
use crate::domain::calendar::{ZONE, local_date};
use crate::domain::deal::Step;
use crate::domain::delivery;
use crate::domain::policy::{self, Act};
use crate::domain::workflow::{self, Action, Blocker, Case, Offer};
use crate::store::people;
use crate::web::form::{ErrorItem, FormView};
use crate::web::page::Chrome;
use crate::web::{Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::routing::{get, post};
use chrono::{DateTime, Utc};

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/deals/{no}/delivery", get(record::show))
        .route("/deals/{no}/delivery/receipt", post(record::receipt))
        .route("/deals/{no}/delivery/acknowledge", post(record::acknowledge))
        .route("/deals/{no}/delivery/pledge", post(pledges::give))
        .route("/deals/{no}/delivery/production", post(record::production))
        .route("/deals/{no}/delivery/qc", post(record::qc))
        .route("/deals/{no}/delivery/picking", post(record::picking))
        .route("/deals/{no}/delivery/check", post(record::check))
        .route("/deals/{no}/delivery/packing", post(record::packing))
        .route("/deals/{no}/delivery/complete", post(record::complete))
        .route("/deals/{no}/delivery/arrange", post(shipping::arrange))
        .route("/deals/{no}/delivery/ship", post(shipping::ship))
        .route("/deals/{no}/delivery/drop", post(shipping::drop_shipment))
        .route("/deals/{no}/delivery/hand-over", post(shipping::hand_over))
        .route("/deals/{no}/delivery/transit", post(shipping::transit))
        .route("/deals/{no}/delivery/sign-off", post(shipping::sign_off))
        .route("/deals/{no}/delivery/told", post(message::told))
        .route("/deals/{no}/delivery/plan", get(plan::show))
        .route("/deals/{no}/delivery/batches", post(plan::batches))
        .route("/deals/{no}/delivery/slip", post(plan::slip))
        .route("/deals/{no}/delivery/stage", post(plan::stage))
}

/// The form that was refused, with what was typed into it.
struct Refused {
    form: &'static str,
    view: FormView,
}

#[derive(Template)]
#[template(path = "deals/delivery.html")]
struct DeliveryPage {
    chrome: Chrome,
    t: Lang,
    frame: DealFrame,
    errors: Vec<ErrorItem>,
    order: view::OrderView,
    lines: Vec<view::LineView>,
    batches: Vec<view::BatchView>,
    specials: Vec<view::SpecialView>,
    pledges: Vec<pledges::PledgeView>,
    milestones: Vec<view::MilestoneView>,
    shipments: Vec<view::ShipmentView>,
    exceptions: Vec<view::ExceptionView>,
    may_open_exception: bool,
    stage_forms: Vec<forms::StageForm>,
    arrange: Option<forms::ArrangeForm>,
    waiting: Vec<forms::ShipmentAct>,
    transit: Option<forms::TransitForm>,
    receipt: Option<forms::ReceiptForm>,
    sign: Option<forms::SignForm>,
    complete: Option<CompleteForm>,
    message: Option<message::MessageView>,
}

struct CompleteForm {
    conditions: Vec<Condition>,
    /// Only the inspection period is in the way, which the customer may waive.
    may_waive: bool,
    is_open: bool,
}

/// A moment as its form control wants it.
fn typed_moment(at: DateTime<Utc>) -> String {
    at.with_timezone(&ZONE).format("%Y-%m-%dT%H:%M").to_string()
}

/// The readiness list, without amounts for who may not see prices.
fn conditions(t: Lang, who: &SignedIn, case: &Case, offer: &Offer) -> Vec<Condition> {
    frame::conditions(t, crate::web::page::Prices::of(&who.actor, Some(case)), case, &offer.blockers)
}

async fn of(web: &Web, who: &SignedIn, no: &str, refused: Option<Refused>) -> Result<DeliveryPage, Problem> {
    let t = who.t();
    let case = frame::case_at(web, who, no, Step::Delivery).await?;
    let (Some(order), Some(deal)) = (&case.order, &case.deal) else { return Err(Problem::Missing) };
    let now = web.app().clock.now();
    let offers = workflow::offers(&case, &who.actor, now);
    let offer = |action| frame::offer(&offers, action);
    let refused = refused.as_ref();
    let track = delivery::track(order, &web.app().calendar, now);
    let is_sales = policy::may_on(&who.actor, Act::SeeContacts, &case).is_ok();
    let owner = if is_sales { people::by_id(&mut *web.app().db.read().await?, deal.owner).await? } else { None };
    let has_prices = policy::may_on(&who.actor, Act::SeePrices, &case).is_ok();
    let message =
        owner.map(|owner| message::view(t, (&case, order), &owner, &track, offer(Action::TellCustomer), refused, now));
    Ok(DeliveryPage {
        chrome: frame::chrome(web, who).await?,
        t,
        frame: frame::of(web, who, &case, Step::Delivery).await?,
        errors: refused.map(|r| r.view.errors()).unwrap_or_default(),
        order: view::order(web, who, &case, order, &track),
        lines: view::lines(t, &case, order),
        batches: view::batches(t, (&case, order), &track, now),
        specials: view::specials(t, who, &case, order, offer(Action::AcknowledgeSpecial)),
        pledges: pledges::of(web, who, (&case, order), offer(Action::GivePledge), refused),
        milestones: if has_prices { view::milestones(t, order, local_date(now)) } else { Vec::new() },
        shipments: view::shipments(who, &case, (&deal.no, order), has_prices, offer(Action::SignOff)),
        exceptions: view::exceptions(web, t, order),
        may_open_exception: offer(Action::OpenException).is_some(),
        stage_forms: forms::stages(t, who, (&case, order), &offers, refused),
        arrange: offer(Action::ArrangeShipment).and_then(|o| forms::arrange(t, who, (&case, order), o, refused)),
        waiting: forms::waiting(t, who, (&case, order), &offers),
        transit: offer(Action::NoteTransit).and_then(|_| forms::transit(order, refused)),
        receipt: offer(Action::RecordReceipt).and_then(|_| forms::receipt(t, order, refused, now)),
        sign: offer(Action::SignOff).and_then(|_| forms::sign(t, who, (&case, order), refused, now)),
        complete: offer(Action::CompleteOrder).map(|o| CompleteForm {
            conditions: conditions(t, who, &case, o),
            may_waive: !o.is_ready() && o.blockers.iter().all(|b| matches!(b, Blocker::InspectionRunning { .. })),
            is_open: o.blockers.iter().all(|b| matches!(b, Blocker::InspectionRunning { .. })),
        }),
        message,
    })
}
