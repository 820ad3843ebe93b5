//! The plan of a delivery: each batch with its stages, the responsible person and forecast of each,
//! lines divided into batches, and promises that move with a reason.

use super::super::frame::{self, DealFrame};
use super::record::{line_id, quantity};
use super::{typed_moment, view};
use crate::domain::calendar::{WorkingDays, WorkingMinutes};
use crate::domain::deal::Step;
use crate::domain::delivery::{self, DelayCause, ToldBy};
use crate::domain::ids::PersonId;
use crate::domain::input::Flaw;
use crate::domain::order::{DeliveryStage, Order};
use crate::domain::policy;
use crate::domain::workflow::{self, Action, Blocker, Case, Command};
use crate::store::people;
use crate::web::check::{Checker, FieldErrors};
use crate::web::form::{Choice, ErrorItem, FormView};
use crate::web::page::{self, Chrome, name_in};
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use rust_decimal::Decimal;

/// Parts of a line that the form offers.
const PARTS: usize = 4;

#[derive(Template)]
#[template(path = "deals/delivery_plan.html")]
struct PlanPage {
    chrome: Chrome,
    t: Lang,
    frame: DealFrame,
    errors: Vec<ErrorItem>,
    batches: Vec<view::BatchView>,
    stage: Option<StageForm>,
    slip: Option<SlipForm>,
    divide: Option<DivideForm>,
}

struct StageForm {
    stages: Vec<Choice>,
    people: Vec<Choice>,
    causes: Vec<Choice>,
    form: FormView,
}

struct SlipForm {
    batches: Vec<Choice>,
    causes: Vec<Choice>,
    channels: Vec<Choice>,
    form: FormView,
}

struct DivideForm {
    lines: Vec<Choice>,
    form: FormView,
    parts: Vec<PartRow>,
}

struct PartRow {
    number: usize,
    quantity: String,
    quantity_error: Option<String>,
    at: String,
    at_error: Option<String>,
}

fn causes(t: Lang) -> Vec<Choice> {
    DelayCause::ALL.iter().map(|c| Choice::new(c.code(), t.delay_cause(*c))).collect()
}

/// How much later than the promise the form suggests.
const A_DAY: WorkingMinutes = WorkingDays(1).in_minutes();

/// A batch in an address or form: line and number.
fn batch_of(raw: &str) -> Option<(crate::domain::ids::OrderLineId, i32)> {
    let (line, no) = raw.split_once('.')?;
    Some((line_id(line).ok()?, no.parse().ok()?))
}

fn typed(refused: Option<&(&'static str, FormView)>, form: &str) -> FormView {
    refused.filter(|(name, _)| *name == form).map(|(_, view)| view.clone()).unwrap_or_default()
}

async fn of(
    web: &Web,
    who: &SignedIn,
    no: &str,
    refused: Option<(&'static str, FormView)>,
) -> Result<PlanPage, Problem> {
    let t = who.t();
    let case = frame::case_at(web, who, no, Step::Delivery).await?;
    let Some(order) = &case.order else { return Err(Problem::Missing) };
    let now = web.app().clock.now();
    let track = delivery::track(order, &web.app().calendar, now);
    let offers = workflow::offers(&case, &who.actor, now);
    let offer = |action| frame::offer(&offers, action);
    let refused = refused.as_ref();
    let title = |line, batch| {
        order
            .lines
            .iter()
            .find(|l| l.id == line)
            .map(|l| view::batch_title(t, (&case, order), l, batch))
            .unwrap_or_default()
    };
    let open: Vec<Choice> = track
        .batches()
        .filter(|(_, b)| b.signed_at.is_none())
        .map(|(line, b)| Choice::new(format!("{line}.{}", b.no), title(line, b)))
        .collect();
    let mine: Vec<Choice> = track
        .batches()
        .flat_map(|(line, b)| b.stages.iter().map(move |s| (line, b, s)))
        .filter(|(_, _, s)| !s.is_done() && policy::keeps_stage(&who.actor, s.stage))
        .map(|(line, b, s)| {
            let label = format!("{} · {}", t.delivery_stage(s.stage), title(line, b));
            Choice::new(format!("{line}.{}.{}", b.no, s.stage.code()), label)
        })
        .collect();
    let mut conn = web.app().db.read().await?;
    let people = people::all(&mut conn).await?;
    drop(conn);
    let people: Vec<Choice> = people
        .iter()
        .filter(|p| {
            mine.iter()
                .filter_map(|c| DeliveryStage::parse(c.value.rsplit('.').next()?))
                .any(|s| policy::keeps_stage(&p.actor(), s))
        })
        .map(|p| Choice::new(p.id.to_string(), name_in(t, &p.name, &p.name_en)))
        .collect();
    let slip_form = || {
        let mut form = typed(refused, "slip");
        if form.all().is_empty() {
            // As things stand, a working day later at least.
            let day = |b: &delivery::BatchTrack| web.app().calendar.add_working_minutes(b.promised_at, A_DAY);
            let open = track.batches().filter(|(_, b)| b.signed_at.is_none());
            let to = open.map(|(_, b)| b.forecast_at.max(day(b))).max().unwrap_or(now).max(now);
            form.push("slip_to", typed_moment(to));
        }
        form
    };
    Ok(PlanPage {
        chrome: frame::chrome(web, who).await?,
        t,
        frame: frame::of(web, who, &case, Step::Delivery).await?,
        errors: refused.map(|(_, view)| view.errors()).unwrap_or_default(),
        batches: view::batches(t, (&case, order), &track, now),
        stage: offer(Action::KeepStage).filter(|_| !mine.is_empty()).map(|_| StageForm {
            stages: mine,
            people,
            causes: causes(t),
            form: typed(refused, "stage"),
        }),
        slip: offer(Action::SlipPromise).filter(|_| !open.is_empty()).map(|_| SlipForm {
            batches: open,
            causes: causes(t),
            channels: ToldBy::ALL.iter().map(|c| Choice::new(c.code(), t.told_by(*c))).collect(),
            form: slip_form(),
        }),
        divide: offer(Action::PlanBatches).map(|_| divisible(t, &case, order)).filter(|lines| !lines.is_empty()).map(
            |lines| {
                let form = typed(refused, "batches");
                DivideForm { lines, parts: (0..PARTS).map(|i| part(&form, i)).collect(), form }
            },
        ),
    })
}

fn part(form: &FormView, index: usize) -> PartRow {
    let number = index + 1;
    PartRow {
        number,
        quantity: form.row("part", index).to_owned(),
        quantity_error: form.error(&format!("part-{number}")),
        at: form.row("part_at", index).to_owned(),
        at_error: form.error(&format!("part_at-{number}")),
    }
}

fn divisible(t: Lang, case: &Case, order: &Order) -> Vec<Choice> {
    order
        .goods()
        .filter(|l| l.shipped.is_zero() && order.tracking.batches.iter().filter(|b| b.line == l.id).count() == 1)
        .map(|l| {
            let name = t.item(case, l.product, &l.name);
            Choice::new(l.id.to_string(), format!("{name} · {}", t.quantity(l.quantity, &l.unit)))
        })
        .collect()
}

pub(super) async fn show(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    page::page(&of(&web, &who, &no, None).await?)
}

async fn again(web: &Web, no: &str, post: &Post, form: &'static str, errors: FieldErrors) -> Result<Response, Problem> {
    let told = errors.into_iter().map(|(field, flaw)| (field, post.t().flaw(&flaw))).collect();
    page::invalid(&of(web, &post.who, no, Some((form, FormView::typed(&post.form, told)))).await?)
}

async fn done(web: &Web, no: &str, post: &Post, command: Command) -> Result<Response, Problem> {
    let action = command.action();
    let by = post.by(format!("/deals/{no}/delivery/plan"));
    let done = web.app().act_on_deal(&by, no, post.form.version(), command).await.map_err(|f| post.keeping(f))?;
    Ok(page::see_other(web, done.then(), action.code()))
}

pub(super) async fn batches(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let line = check.required("divided_line", line_id);
    let mut parts = Vec::new();
    for row in check.rows(&["part", "part_at"]) {
        let part: Option<Decimal> = check.optional_cell(&row, "part", quantity).filter(|q| !q.is_zero());
        let at = check.optional_cell(&row, "part_at", crate::web::check::moment);
        match (part, at) {
            (Some(part), Some(at)) => parts.push((part, at)),
            (None, None) => {}
            _ => check.fail(&row.field(if part.is_none() { "part" } else { "part_at" }), Flaw::Required),
        }
    }
    if parts.len() < 2 && check.is_clean() {
        check.fail("part-2", Flaw::Required);
    }
    match (check.finish(), line) {
        (Ok(()), Some(line)) => done(&web, &no, &post, Command::PlanBatches { line, batches: parts }).await,
        (checked, _) => again(&web, &no, &post, "batches", checked.err().unwrap_or_default()).await,
    }
}

pub(super) async fn slip(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let batch = check.choice("batch", batch_of);
    let to = check.date_time("slip_to");
    let cause = check.choice("slip_cause", DelayCause::parse);
    let reason = check.text("slip_reason", 5, 200);
    let told = check.long_text("told", 5, 2000);
    let channel = check.choice("told_by", ToldBy::parse);
    match (check.finish(), batch, to, cause, reason, told, channel) {
        (Ok(()), Some((line, batch_no)), Some(to), Some(cause), Some(reason), Some(told), Some(channel)) => {
            done(&web, &no, &post, Command::SlipPromise { line, batch_no, to, cause, reason, told, channel }).await
        }
        (checked, ..) => again(&web, &no, &post, "slip", checked.err().unwrap_or_default()).await,
    }
}

pub(super) async fn stage(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let chosen = check.choice("stage", |raw| {
        let (batch, stage) = raw.rsplit_once('.')?;
        Some((batch_of(batch)?, DeliveryStage::parse(stage)?))
    });
    let person = check.optional_choice("stage_owner", |raw| uuid::Uuid::parse_str(raw).ok().map(PersonId));
    let forecast_at = check.optional_date_time("forecast_at");
    let cause = check.optional_choice("delay_cause", DelayCause::parse);
    let mut owner = None;
    if let (Some(id), Some((_, stage))) = (person, chosen) {
        let mut conn = web.app().db.read().await?;
        let found = people::by_id(&mut conn, id).await?;
        owner = found.filter(|p| policy::keeps_stage(&p.actor(), stage)).map(|p| (p.id, p.name));
        if owner.is_none() {
            check.fail("stage_owner", Flaw::UnknownChoice);
        }
    }
    match (check.finish(), chosen) {
        (Ok(()), Some(((line, batch_no), stage))) => {
            let done =
                done(&web, &no, &post, Command::KeepStage { line, batch_no, stage, owner, forecast_at, cause }).await;
            let Err(Problem::NotNow { blockers, .. }) = &done else { return done };
            // A forecast beyond the promise asks for its cause where it is chosen.
            let [missing @ Blocker::DelayCauseMissing { .. }] = &blockers[..] else { return done };
            let told = vec![("delay_cause".to_owned(), post.t().blocker(missing))];
            page::invalid(&of(&web, &post.who, &no, Some(("stage", FormView::typed(&post.form, told)))).await?)
        }
        (checked, _) => again(&web, &no, &post, "stage", checked.err().unwrap_or_default()).await,
    }
}
