//! The exceptions of a delivery as their page shows them, with the forms of whoever may act.

use super::DEPARTMENTS;
use crate::domain::calendar::ZONE;
use crate::domain::deal::Step;
use crate::domain::delivery::{
    DelayCause, Disposition, Exception, ExceptionKind, ExceptionStatus, Inspection, ReturnFreight, ReturnOutcome,
    Severity, Written,
};
use crate::domain::money::{format_money, format_quantity};
use crate::domain::order::{Order, Shipment};
use crate::domain::policy::{self, Act};
use crate::domain::workflow::{self, Action};
use crate::web::deals::frame::{self, Chip, DealFrame};
use crate::web::form::{Choice, ErrorItem, FormView};
use crate::web::page::Chrome;
use crate::web::{Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use chrono::{DateTime, Utc};

#[derive(Template)]
#[template(path = "deals/exceptions.html")]
pub(super) struct ExceptionsPage {
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
pub(super) struct Refused {
    pub(super) form: &'static str,
    pub(super) about: String,
    pub(super) view: FormView,
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
    let opened = [t.person(&e.opened_by_name), t.moment(e.opened_at)].join(" ");
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
    let written = |w: &Written| format!("{} · {} {}", w.text, t.person(&w.by_name), t.moment(w.at));
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

pub(super) async fn of(
    web: &Web,
    who: &SignedIn,
    no: &str,
    refused: Option<Refused>,
) -> Result<ExceptionsPage, Problem> {
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
