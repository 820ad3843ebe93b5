//! Step 6: the delivery progress table. Each department records quantities of its own stage;
//! progress, states and the message to the customer follow from them.
//!
//! The one rule: whoever may not see prices gets no amount on this page, not even in a refusal.

mod record;
mod view;

use super::frame::{self, Condition, DealFrame};
use crate::domain::calendar::ZONE;
use crate::domain::deal::Step;
use crate::domain::order::{Order, OrderLine, Shipment};
use crate::domain::policy::{self, Act};
use crate::domain::workflow::{self, Action, Blocker, Case, Offer};
use crate::store::{lists, people};
use crate::web::Web;
use crate::web::form::{Choice, ErrorItem, FormView};
use crate::web::page::Chrome;
use crate::web::{Problem, SignedIn};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::routing::{get, post};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/deals/{no}/delivery", get(record::show))
        .route("/deals/{no}/delivery/receipt", post(record::receipt))
        .route("/deals/{no}/delivery/acknowledge", post(record::acknowledge))
        .route("/deals/{no}/delivery/production", post(record::production))
        .route("/deals/{no}/delivery/picking", post(record::picking))
        .route("/deals/{no}/delivery/packing", post(record::packing))
        .route("/deals/{no}/delivery/ship", post(record::ship))
        .route("/deals/{no}/delivery/sign-off", post(record::sign_off))
        .route("/deals/{no}/delivery/complete", post(record::complete))
}

/// A stage whose quantities somebody records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Production,
    Picking,
    Packing,
    Ship,
}

impl Stage {
    const ALL: [Self; 4] = [Self::Production, Self::Picking, Self::Packing, Self::Ship];

    /// The last part of its address.
    fn code(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Picking => "picking",
            Self::Packing => "packing",
            Self::Ship => "ship",
        }
    }

    fn action(self) -> Action {
        match self {
            Self::Production => Action::RecordProduction,
            Self::Picking => Action::RecordPicking,
            Self::Packing => Action::RecordPacking,
            Self::Ship => Action::Ship,
        }
    }

    /// What of a line is ready for this stage.
    fn ready(self, line: &OrderLine) -> Decimal {
        match self {
            Self::Production => line.shortage(),
            Self::Picking => line.reserved + line.produced - line.picked,
            Self::Packing => line.picked - line.packed,
            Self::Ship => line.packed - line.shipped,
        }
    }

    fn then(self, t: Lang) -> &'static str {
        match self {
            Self::Production => t.delivery_then_production(),
            Self::Picking => t.delivery_then_picking(),
            Self::Packing => t.delivery_then_packing(),
            Self::Ship => t.delivery_then_ship(),
        }
    }
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
    stages: Vec<view::StageView>,
    specials: Vec<view::SpecialView>,
    milestones: Vec<view::MilestoneView>,
    shipments: Vec<view::ShipmentView>,
    stage_forms: Vec<StageForm>,
    receipt: Option<ReceiptForm>,
    sign: Option<SignForm>,
    complete: Option<CompleteForm>,
    message: Option<String>,
}

struct StageForm {
    code: &'static str,
    label: &'static str,
    then: &'static str,
    conditions: Vec<Condition>,
    rows: Vec<QuantityRow>,
    ticks: Vec<(i32, String, bool)>,
    /// Carrier, waybill and packages are asked for.
    is_ship: bool,
    form: FormView,
}

struct QuantityRow {
    id: String,
    line: String,
    name: String,
    ready: String,
    value: String,
    error: Option<String>,
}

struct ReceiptForm {
    milestones: Vec<Choice>,
    form: FormView,
}

struct SignForm {
    shipment: String,
    no: String,
    rows: Vec<QuantityRow>,
    form: FormView,
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

/// One row of quantities: what was typed in a refused form, what is ready otherwise.
fn quantity_row(
    code: &str,
    index: usize,
    line: &OrderLine,
    ready: Decimal,
    t: Lang,
    typed: Option<&FormView>,
) -> QuantityRow {
    let number = index + 1;
    let id = line.id.to_string();
    let place = typed.and_then(|form| form.values("line").iter().position(|l| *l == id));
    let (value, error) = match (typed, place) {
        (Some(form), Some(place)) => {
            (form.row("quantity", place).to_owned(), form.error(&format!("{code}-{}-quantity", place + 1)))
        }
        _ => (ready.normalize().to_string(), None),
    };
    QuantityRow {
        id: format!("{code}-{number}-quantity"),
        line: id,
        name: [line.name.as_str(), line.spec.as_str()].join(" · "),
        ready: view::with_unit(t, ready, &line.unit),
        value,
        error,
    }
}

fn stage_form(
    t: Lang,
    who: &SignedIn,
    case: &Case,
    order: &Order,
    stage: Stage,
    offer: &Offer,
    refused: Option<&Refused>,
) -> Option<StageForm> {
    let typed = refused.filter(|r| r.form == stage.code()).map(|r| &r.view);
    let rows: Vec<QuantityRow> = order
        .goods()
        .filter(|line| stage.ready(line) > Decimal::ZERO)
        .enumerate()
        .map(|(i, line)| quantity_row(stage.code(), i, line, stage.ready(line), t, typed))
        .collect();
    let ticks = order
        .specials
        .iter()
        .filter(|s| stage == Stage::Packing && s.department == crate::domain::staff::Department::Warehouse)
        .map(|s| (s.position, s.text.clone(), typed.is_some_and(|f| f.is("ticked", &s.position.to_string()))))
        .collect();
    (!rows.is_empty()).then(|| StageForm {
        code: stage.code(),
        label: t.action(stage.action()),
        then: stage.then(t),
        conditions: conditions(t, who, case, offer),
        rows,
        ticks,
        is_ship: stage == Stage::Ship,
        form: typed.cloned().unwrap_or_default(),
    })
}

fn receipt_form(t: Lang, order: &Order, refused: Option<&Refused>, now: DateTime<Utc>) -> Option<ReceiptForm> {
    let open: Vec<_> = order.milestones.iter().filter(|m| m.open() > Decimal::ZERO).collect();
    let first = open.first()?;
    let form = refused.filter(|r| r.form == "receipt").map_or_else(
        || {
            let mut form = FormView::default();
            form.push("position", first.position.to_string());
            form.push("amount", first.open().to_string());
            form.push("received_at", typed_moment(now));
            form
        },
        |r| r.view.clone(),
    );
    let milestones = open
        .iter()
        .map(|m| {
            let open = crate::domain::money::format_money(m.open());
            Choice::new(
                m.position.to_string(),
                t.delivery_open_milestone(open, m.position, t.payment_trigger(m.trigger)),
            )
        })
        .collect();
    Some(ReceiptForm { milestones, form })
}

/// The sign-off of one shipment: the one asked for in the address, else the oldest on its way.
fn sign_form(
    t: Lang,
    who: &SignedIn,
    order: &Order,
    refused: Option<&Refused>,
    now: DateTime<Utc>,
) -> Option<SignForm> {
    let typed = refused.filter(|r| r.form == "sign-off").map(|r| &r.view);
    let query = who.here.path.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let asked =
        form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "sign").map(|(_, no)| no.into_owned());
    let is_asked = |s: &Shipment| {
        typed.map_or_else(|| asked.as_ref() == Some(&s.no), |form| form.value("shipment") == s.id.to_string())
    };
    let open: Vec<&Shipment> = order.shipments.iter().filter(|s| s.signed_at.is_none()).collect();
    let shipment = open.iter().find(|s| is_asked(s)).or_else(|| open.first())?;
    let rows = shipment
        .lines
        .iter()
        .enumerate()
        .filter_map(|(i, l)| {
            let line = order.lines.iter().find(|line| line.id == l.order_line)?;
            Some(quantity_row("sign-off", i, line, l.quantity, t, typed))
        })
        .collect();
    let form = typed.cloned().unwrap_or_else(|| {
        let mut form = FormView::default();
        form.push("signed_at", typed_moment(now));
        form
    });
    Some(SignForm { shipment: shipment.id.to_string(), no: shipment.no.clone(), rows, form })
}

async fn of(web: &Web, who: &SignedIn, no: &str, refused: Option<Refused>) -> Result<DeliveryPage, Problem> {
    let t = who.t();
    let case = frame::case_at(web, who, no, Step::Delivery).await?;
    let (Some(order), Some(deal)) = (&case.order, &case.deal) else { return Err(Problem::Missing) };
    let now = web.app().clock.now();
    let offers = workflow::offers(&case, &who.actor, now);
    let offer = |action| frame::offer(&offers, action);
    let refused = refused.as_ref();
    let mut conn = web.app().db.read().await?;
    let rows = lists::delivery_stages(&mut conn, deal.id).await?;
    let owner = people::by_id(&mut conn, deal.owner).await?;
    drop(conn);
    let is_sales = policy::may_on(&who.actor, Act::SeeContacts, &case).is_ok();
    let has_prices = policy::may_on(&who.actor, Act::SeePrices, &case).is_ok();
    Ok(DeliveryPage {
        chrome: frame::chrome(web, who).await?,
        t,
        frame: frame::of(web, who, &case, Step::Delivery).await?,
        errors: refused.map(|r| r.view.errors()).unwrap_or_default(),
        order: view::order(web, who, &case, order),
        lines: view::lines(t, order),
        stages: view::stages(t, order, &rows, now),
        specials: view::specials(t, who, &case, order, offer(Action::AcknowledgeSpecial)),
        milestones: if has_prices { view::milestones(t, order) } else { Vec::new() },
        shipments: view::shipments(t, order, offer(Action::SignOff)),
        stage_forms: Stage::ALL
            .into_iter()
            .filter_map(|stage| stage_form(t, who, &case, order, stage, offer(stage.action())?, refused))
            .collect(),
        receipt: offer(Action::RecordReceipt).and_then(|_| receipt_form(t, order, refused, now)),
        sign: offer(Action::SignOff).and_then(|_| sign_form(t, who, order, refused, now)),
        complete: offer(Action::CompleteOrder).map(|o| CompleteForm {
            conditions: conditions(t, who, &case, o),
            may_waive: !o.is_ready() && o.blockers.iter().all(|b| matches!(b, Blocker::InspectionRunning { .. })),
            is_open: o.blockers.iter().all(|b| matches!(b, Blocker::InspectionRunning { .. })),
        }),
        message: owner.filter(|_| is_sales).map(|owner| view::message(t, &case, order, &owner)),
    })
}
