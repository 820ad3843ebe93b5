//! The forms of the delivery page, each for the person whose stage it is: what may be recorded now,
//! filled with what is ready, or with what was typed into a refused one.

use super::{Refused, conditions, typed_moment};
use crate::domain::delivery::Appearance;
use crate::domain::order::{Order, OrderLine, Shipment, ShipmentStatus};
use crate::domain::staff::Department;
use crate::domain::workflow::{Action, Case, Offer};
use crate::web::SignedIn;
use crate::web::deals::frame::{self, Condition};
use crate::web::form::{Choice, FormView};
use crate::wording::Lang;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

/// A stage whose quantities somebody records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Production,
    Qc,
    Picking,
    Check,
    Packing,
}

impl Stage {
    const ALL: [Self; 5] = [Self::Production, Self::Qc, Self::Picking, Self::Check, Self::Packing];

    /// The last part of its address.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Qc => "qc",
            Self::Picking => "picking",
            Self::Check => "check",
            Self::Packing => "packing",
        }
    }

    fn action(self) -> Action {
        match self {
            Self::Production => Action::RecordProduction,
            Self::Qc => Action::RecordQc,
            Self::Picking => Action::RecordPicking,
            Self::Check => Action::CheckPicking,
            Self::Packing => Action::RecordPacking,
        }
    }

    /// What of a line is ready for this stage.
    fn ready(self, line: &OrderLine) -> Decimal {
        match self {
            Self::Production => line.shortage(),
            Self::Qc => line.to_check(),
            Self::Picking => line.to_pick(),
            Self::Check => line.picked - line.checked,
            Self::Packing => line.checked - line.packed,
        }
    }

    fn then(self, t: Lang) -> &'static str {
        match self {
            Self::Production => t.delivery_then_production(),
            Self::Qc => t.delivery_then_qc(),
            Self::Picking => t.delivery_then_picking(),
            Self::Check => t.delivery_then_check(),
            Self::Packing => t.delivery_then_packing(),
        }
    }
}

pub(super) struct StageForm {
    pub code: &'static str,
    pub label: &'static str,
    pub then: &'static str,
    pub conditions: Vec<Condition>,
    pub rows: Vec<QuantityRow>,
    pub ticks: Vec<Choice>,
    /// Lines that may have failed, for quality control.
    pub lines: Vec<Choice>,
    /// Pickings that wait for a second person.
    pub pickings: Vec<Choice>,
    pub form: FormView,
}

pub(super) struct QuantityRow {
    pub id: String,
    pub line: String,
    pub name: String,
    pub ready: String,
    pub value: String,
    pub error: Option<String>,
    /// The second quantity of the row, scrap in production.
    pub other: String,
}

pub(super) struct ArrangeForm {
    pub conditions: Vec<Condition>,
    pub rows: Vec<QuantityRow>,
    pub form: FormView,
    pub wish: Option<String>,
    pub needs_consent: bool,
}

/// A shipment that waits for the warehouse or for logistics.
pub(super) struct ShipmentAct {
    pub id: String,
    pub no: String,
    pub contents: String,
    pub way: String,
    pub conditions: Vec<Condition>,
    /// The address of its one big button, and its words.
    pub act: Option<(&'static str, &'static str, &'static str)>,
    pub may_drop: bool,
}

pub(super) struct TransitForm {
    pub shipments: Vec<Choice>,
    pub form: FormView,
}

pub(super) struct ReceiptForm {
    pub milestones: Vec<Choice>,
    pub form: FormView,
}

pub(super) struct SignForm {
    pub shipment: String,
    pub no: String,
    pub rows: Vec<QuantityRow>,
    pub appearances: Vec<Choice>,
    pub form: FormView,
}

pub(super) fn typed<'a>(refused: Option<&'a Refused>, form: &str) -> Option<&'a FormView> {
    refused.filter(|r| r.form == form).map(|r| &r.view)
}

/// One row of quantities: what was typed in a refused form, what is ready otherwise.
fn quantity_row(
    code: &str,
    index: usize,
    (case, line): (&Case, &OrderLine),
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
    let other = typed.zip(place).map(|(form, place)| form.row("scrap", place).to_owned()).unwrap_or_default();
    QuantityRow {
        id: format!("{code}-{number}-quantity"),
        line: id,
        name: [t.item(case, line.product, &line.name), line.spec.as_str()].join(" · "),
        ready: t.quantity(ready, &line.unit),
        value,
        error,
        other,
    }
}

fn rows(
    code: &str,
    (case, order): (&Case, &Order),
    t: Lang,
    typed: Option<&FormView>,
    ready: impl Fn(&OrderLine) -> Decimal,
) -> Vec<QuantityRow> {
    order
        .goods()
        .filter(|line| ready(line) > Decimal::ZERO)
        .enumerate()
        .map(|(i, line)| quantity_row(code, i, (case, line), ready(line), t, typed))
        .collect()
}

pub(super) fn stages(
    t: Lang,
    who: &SignedIn,
    about: (&Case, &Order),
    offers: &[Offer],
    refused: Option<&Refused>,
) -> Vec<StageForm> {
    let form = |stage: Stage| stage_form(t, who, about, stage, frame::offer(offers, stage.action())?, refused);
    Stage::ALL.into_iter().filter_map(form).collect()
}

fn stage_form(
    t: Lang,
    who: &SignedIn,
    (case, order): (&Case, &Order),
    stage: Stage,
    offer: &Offer,
    refused: Option<&Refused>,
) -> Option<StageForm> {
    let typed = typed(refused, stage.code());
    let rows = rows(stage.code(), (case, order), t, typed, |line| stage.ready(line));
    let ticks = order
        .specials
        .iter()
        .filter(|s| stage == Stage::Packing && s.department == Department::Warehouse)
        .map(|s| Choice::new(s.position.to_string(), &*s.text))
        .collect();
    // Nobody checks what they picked themselves; the others see it.
    let own = |by| stage == Stage::Check && by == who.actor.id;
    let pickings: Vec<Choice> = order
        .tracking
        .pickings
        .iter()
        .filter(|p| stage == Stage::Check && p.waits() && !own(p.picked_by))
        .filter_map(|p| {
            let line = order.lines.iter().find(|l| l.id == p.line)?;
            let what = [
                Some(format!("{} {}", t.item(case, line.product, &line.name), t.quantity(p.quantity, &line.unit))),
                p.location.clone(),
                Some(t.delivery_picked_by(t.moment(p.picked_at), t.person(&p.picked_by_name))),
            ];
            Some(Choice::new(p.id.to_string(), what.into_iter().flatten().collect::<Vec<_>>().join(" · ")))
        })
        .collect();
    let is_needed = if stage == Stage::Check { !pickings.is_empty() } else { !rows.is_empty() };
    is_needed.then(|| StageForm {
        code: stage.code(),
        label: t.action(stage.action()),
        then: stage.then(t),
        conditions: conditions(t, who, case, offer),
        lines: if stage == Stage::Qc {
            rows.iter().map(|r| Choice::new(&*r.line, &*r.name)).collect()
        } else {
            Vec::new()
        },
        rows: if stage == Stage::Check { Vec::new() } else { rows },
        ticks,
        pickings,
        form: typed.cloned().unwrap_or_default(),
    })
}

pub(super) fn arrange(
    t: Lang,
    who: &SignedIn,
    (case, order): (&Case, &Order),
    offer: &Offer,
    refused: Option<&Refused>,
) -> Option<ArrangeForm> {
    let typed = typed(refused, "arrange");
    let rows = rows("arrange", (case, order), t, typed, |line| order.to_ship(line));
    let wish = case.customer.profile.carrier_wish.clone();
    let form = typed.cloned().unwrap_or_else(|| {
        let mut form = FormView::default();
        form.put("carrier", wish.clone());
        form
    });
    (!rows.is_empty()).then(|| ArrangeForm {
        conditions: conditions(t, who, case, offer),
        rows,
        form,
        wish,
        needs_consent: !order.partial_allowed,
    })
}

fn contents(t: Lang, case: &Case, order: &Order, shipment: &Shipment) -> String {
    let parts = shipment.lines.iter().filter_map(|l| {
        let line = order.lines.iter().find(|line| line.id == l.order_line)?;
        let name = t.item(case, line.product, &line.name);
        Some(format!("{name} {}", t.quantity(l.quantity, &line.unit)))
    });
    parts.collect::<Vec<_>>().join(" · ")
}

pub(super) fn waiting(t: Lang, who: &SignedIn, (case, order): (&Case, &Order), offers: &[Offer]) -> Vec<ShipmentAct> {
    let offer = |action| frame::offer(offers, action);
    let drop_offer = offer(Action::DropShipment).is_some();
    order
        .shipments
        .iter()
        .filter_map(|s| {
            let (offer, act) = match s.status {
                ShipmentStatus::Pending => {
                    (offer(Action::Ship), ("ship", t.action(Action::Ship), t.delivery_then_ship()))
                }
                ShipmentStatus::Shipped if s.way.carrier.is_some() => {
                    (offer(Action::HandOver), ("hand-over", t.action(Action::HandOver), t.delivery_then_hand_over()))
                }
                _ => return None,
            };
            let may_drop = drop_offer && s.status == ShipmentStatus::Pending;
            let in_the_way = offer.map(|o| conditions(t, who, case, o)).unwrap_or_default();
            (offer.is_some() || may_drop).then(|| ShipmentAct {
                id: s.id.to_string(),
                no: s.no.clone(),
                contents: contents(t, case, order, s),
                way: t.shipped_with(&s.way),
                act: offer.filter(|_| in_the_way.is_empty()).map(|_| act),
                conditions: in_the_way,
                may_drop,
            })
        })
        .collect()
}

pub(super) fn transit(order: &Order, refused: Option<&Refused>) -> Option<TransitForm> {
    let shipments: Vec<Choice> =
        order.shipments.iter().filter(|s| s.is_on_its_way()).map(|s| Choice::new(s.id.to_string(), &*s.no)).collect();
    let form = typed(refused, "transit").cloned().unwrap_or_default();
    (!shipments.is_empty()).then_some(TransitForm { shipments, form })
}

pub(super) fn receipt(t: Lang, order: &Order, refused: Option<&Refused>, now: DateTime<Utc>) -> Option<ReceiptForm> {
    let open: Vec<_> = order.milestones.iter().filter(|m| m.open() > Decimal::ZERO).collect();
    let first = open.first()?;
    let form = typed(refused, "receipt").cloned().unwrap_or_else(|| {
        let mut form = FormView::default();
        form.push("position", first.position.to_string());
        form.push("amount", first.open().to_string());
        form.push("received_at", typed_moment(now));
        form
    });
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
pub(super) fn sign(
    t: Lang,
    who: &SignedIn,
    (case, order): (&Case, &Order),
    refused: Option<&Refused>,
    now: DateTime<Utc>,
) -> Option<SignForm> {
    let typed = typed(refused, "sign-off");
    let query = who.here.path.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let asked =
        form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "sign").map(|(_, no)| no.into_owned());
    let is_asked = |s: &Shipment| {
        typed.map_or_else(|| asked.as_ref() == Some(&s.no), |form| form.value("shipment") == s.id.to_string())
    };
    let open: Vec<&Shipment> = order.shipments.iter().filter(|s| s.is_on_its_way()).collect();
    let shipment = open.iter().find(|s| is_asked(s)).or_else(|| open.first())?;
    let rows = shipment
        .lines
        .iter()
        .enumerate()
        .filter_map(|(i, l)| {
            let line = order.lines.iter().find(|line| line.id == l.order_line)?;
            Some(quantity_row("sign-off", i, (case, line), l.quantity, t, typed))
        })
        .collect();
    let form = typed.cloned().unwrap_or_else(|| {
        let mut form = FormView::default();
        form.push("signed_at", typed_moment(now));
        form.push("signed_by", shipment.ship_receiver.clone());
        form.push("signed_as", t.delivery_receiver());
        form.push("appearance", Appearance::Fine.code());
        form
    });
    let appearances = Appearance::ALL.iter().map(|a| Choice::new(a.code(), t.appearance(*a))).collect();
    Some(SignForm { shipment: shipment.id.to_string(), no: shipment.no.clone(), rows, appearances, form })
}
