//! What every page of a deal shows around its form: head, six-step strip, the next act with
//! everything still in the way, the co-operation card and the timeline.

use crate::domain::approval::NodeKind;
use crate::domain::calendar::{Calendar, Profile, WorkingMinutes, local_date};
use crate::domain::deal::{DealStatus, LostReason, Step};
use crate::domain::policy::{self, Act};
use crate::domain::promise::{self, Light, Promise};
use crate::domain::round::CallKind;
use crate::domain::staff::Role;
use crate::domain::workflow::{self, Action, Blocker, Case, EndsWithMark, Offer, TurnClock};
use crate::store::events::{self, Told};
use crate::store::inbox::NodeRow;
use crate::web::card::{self, Card};
use crate::web::form::{Choice, FormView};
use crate::web::page::{self, Chrome, Prices, Section, step_path};
use crate::web::{Problem, SignedIn, Web};
use crate::wording::Lang;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::LazyLock;

/// Lines of history beside a step.
const NEWEST: i64 = 6;
/// Built once: a list asks it for every urgent row.
static ON_CALL: LazyLock<Calendar> = LazyLock::new(Calendar::on_call);

pub fn routes() -> Router<Web> {
    Router::new().route("/deals/{no}", get(open))
}

/// The deal's own address leads to the step it is in.
async fn open(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let case = web.app().deal(&who.actor, &no).await?;
    let step = case.deal.as_ref().map_or(Step::Registration, |d| d.step);
    Ok(Redirect::to(&format!("/deals/{no}/{}", step_path(step))).into_response())
}

pub struct StepView {
    pub number: usize,
    pub label: String,
    pub state: &'static str,
    pub person: String,
    pub time: String,
    pub href: Option<String>,
}

/// One line of a readiness list.
pub struct Condition {
    pub text: String,
    pub is_met: bool,
    pub href: Option<String>,
    pub action: String,
    pub who: String,
}

pub struct TimelineItem {
    pub iso: String,
    pub when: String,
    pub who: String,
    pub text: String,
    pub detail: Option<String>,
    pub kind: &'static str,
}

impl TimelineItem {
    pub fn of(t: Lang, told: &Told) -> Self {
        Self {
            iso: told.at.format("%Y-%m-%dT%H:%MZ").to_string(),
            when: t.moment(told.at),
            who: page::who_acted(t, told),
            text: t.event(&told.event),
            detail: None,
            kind: "plain",
        }
    }
}

/// A chip that says how much time is left, or how late it is.
pub struct Chip {
    pub kind: &'static str,
    pub text: String,
    pub moment: String,
}

impl Chip {
    /// How a row with this time limit is marked in a list.
    pub fn mark(&self) -> &'static str {
        match self.kind {
            "overdue" => "is-late",
            "due" => "is-due",
            _ => "",
        }
    }

    /// For a deadline in working time.
    pub fn working(web: &Web, t: Lang, due_at: DateTime<Utc>) -> Self {
        Self::on(&web.app().calendar, t, web.app().clock.now(), due_at)
    }

    /// For what a deal waits for: a decision on the clock of its department or of those on call.
    pub fn turn(web: &Web, t: Lang, due_at: DateTime<Utc>, clock: Option<TurnClock>) -> Self {
        let (company, now) = (&web.app().calendar, web.app().clock.now());
        match clock {
            Some(TurnClock { profile: Profile::OnCall, .. }) => Self::on(&ON_CALL, t, now, due_at),
            Some(TurnClock { department, .. }) => Self::on(company.of_department(department), t, now, due_at),
            None => Self::on(company, t, now, due_at),
        }
    }

    /// The same on a calendar of its own.
    pub fn on(calendar: &Calendar, t: Lang, now: DateTime<Utc>, due_at: DateTime<Utc>) -> Self {
        let moment = t.due_moment(calendar, due_at);
        if due_at < now {
            let over = calendar.working_minutes_between(due_at, now);
            Self { kind: "overdue", text: t.on_clock(calendar.profile(), over), moment }
        } else {
            let left = calendar.working_minutes_between(now, due_at);
            let kind = if left < WorkingMinutes::hours(1) { "due" } else { "left" };
            Self { kind, text: t.on_clock(calendar.profile(), left), moment }
        }
    }

    /// For a decision that waits for somebody else's answer.
    pub fn paused(t: Lang, of: CallKind) -> Self {
        Self { kind: "paused", text: t.hold_kind(of.hold()).to_owned(), moment: String::new() }
    }

    /// For a row of the approver's list: on the clock of its own department, or of those on call; none while
    /// that clock stands still.
    pub fn node(web: &Web, t: Lang, row: &NodeRow) -> Option<Self> {
        let due_at = row.due_at?;
        if let Some(of) = row.stands.as_deref().and_then(CallKind::parse)
            && row.asked_at.is_some_and(|asked| asked <= due_at)
        {
            let moment = row.answer_due_at.map(|at| t.moment(at)).unwrap_or_default();
            return Some(Self { kind: "paused", text: t.hold_kind(of.hold()).to_owned(), moment });
        }
        let department = NodeKind::parse(&row.node).map(|kind| kind.department().code());
        Some(Self::turn(web, t, due_at, TurnClock::parse(Some(&row.profile), department)))
    }

    /// For what a customer was promised, the same wherever it is shown.
    pub fn promise(web: &Web, t: Lang, promised: Promise) -> Self {
        let now = web.app().clock.now();
        let kind = match promised.light(now) {
            Light::Red => "overdue",
            Light::Yellow => "due",
            Light::Green => "left",
        };
        Self { kind, text: t.natural(promised.left(now)), moment: t.moment(promised.due_at) }
    }

    /// For a limit on the wall clock.
    pub fn natural(web: &Web, t: Lang, due_at: DateTime<Utc>) -> Self {
        let left = due_at - web.app().clock.now();
        if left < TimeDelta::zero() {
            Self { kind: "overdue", text: t.natural(-left), moment: t.moment(due_at) }
        } else {
            let kind = if left < TimeDelta::hours(2) { "due" } else { "left" };
            Self { kind, text: t.natural(left), moment: t.moment(due_at) }
        }
    }
}

/// The frame of a deal page; templates reach it as `frame`.
pub struct DealFrame {
    pub no: String,
    pub title: String,
    pub customer_name: String,
    pub customer_href: Option<String>,
    pub kind: String,
    pub status: String,
    pub status_kind: &'static str,
    pub owner: String,
    pub amount: Option<String>,
    pub urgent: Option<String>,
    pub promise: Option<Chip>,
    pub version: i64,
    pub steps: Vec<StepView>,
    pub step_label: String,
    /// The one next act of the deal and whose turn it is.
    pub next: Option<NextAct>,
    /// For those who may see the archive.
    pub card: Option<Card>,
    pub special_needs: Option<String>,
    /// The open change: its number and its page.
    pub change_pending: Option<(String, String)>,
    pub changes: Vec<super::changes::RowView>,
    /// Where a change can be written, for those who may now.
    pub new_change: Option<String>,
    /// What happened last.
    pub timeline: Vec<TimelineItem>,
    /// Where all of it is told, when there is more.
    pub whole_history: Option<String>,
    pub close: Option<Vec<Choice>>,
    /// The mark of an urgent deal may come off.
    pub can_drop_urgency: bool,
    /// What that means for the quote.
    pub drop_note: &'static str,
    pub form: FormView,
    /// How the customer's quarterly re-check stands, when it asks for attention.
    pub review: Option<String>,
    /// Complaints that everybody on the deal has to know, with their lessons.
    pub lessons: Vec<crate::web::feedback::LessonLine>,
    /// Where feedback about this deal is recorded, for those who may.
    pub new_feedback: Option<String>,
    /// The form of this step to print or download: label and address.
    pub documents: Vec<(String, String)>,
    /// The customer's links, for those who may hand them out.
    pub links: Option<String>,
}

pub struct NextAct {
    pub text: String,
    pub who: String,
    pub is_mine: bool,
    pub due: Option<Chip>,
    pub href: String,
    pub conditions: Vec<Condition>,
}

/// Loads the case for a step page; refuses the page of a step that is not open yet.
pub async fn case_at(web: &Web, who: &SignedIn, no: &str, step: Step) -> Result<Case, Problem> {
    let case = web.app().deal(&who.actor, no).await?;
    let blockers = workflow::closed_before(step, &case);
    if blockers.is_empty() { Ok(case) } else { Err(not_yet(step, case)) }
}

/// The deal with what was quoted: it stays readable when a gate before it has closed again.
pub async fn quoted(web: &Web, who: &SignedIn, no: &str) -> Result<Case, Problem> {
    let case = web.app().deal(&who.actor, no).await?;
    let is_there = case.quote.is_some() || workflow::closed_before(Step::Quote, &case).is_empty();
    if is_there { Ok(case) } else { Err(not_yet(Step::Quote, case)) }
}

/// Why a step is not open: the whole readiness list of the gate that is closed.
fn not_yet(step: Step, case: Case) -> Problem {
    let mut blockers = workflow::closed_before(step, &case);
    if blockers.iter().any(|b| matches!(b, Blocker::CustomerNotArchived { .. })) {
        blockers.extend(workflow::blockers(&case, Action::Archive, None, DateTime::<Utc>::MIN_UTC));
    }
    Problem::NotNow { blockers, case: Some(Box::new(case)), kept: crate::web::form::Submitted::default() }
}

/// Feedback is about the order once there is one, and about the customer before.
fn new_feedback(who: &SignedIn, case: &Case) -> Option<String> {
    policy::may_on(&who.actor, Act::Do(Action::RecordFeedback), case).ok()?;
    match case.order.as_ref().filter(|o| o.confirmed_at.is_some()) {
        Some(order) => Some(format!("/feedback/new?order={}", order.no)),
        None => policy::sees_customer(&who.actor, case).then(|| format!("/feedback/new?customer={}", case.customer.no)),
    }
}

/// What the customer always asks for, as one sentence for the rail.
fn needs_words(t: Lang, case: &Case) -> String {
    let needs = case.customer.profile.needs();
    let words: Vec<String> =
        needs.iter().map(|need| format!("{}{}{}", t.need_category(need.category), t.ui_colon(), need.text)).collect();
    words.join(t.sentence_joint())
}

/// The readiness list of one action.
pub fn conditions(t: Lang, prices: Prices, case: &Case, blockers: &[Blocker]) -> Vec<Condition> {
    blockers
        .iter()
        .map(|b| Condition {
            text: page::blocker_text(t, prices, b),
            is_met: false,
            href: page::blocker_link(b, Some(case)),
            action: t.frame_deal_go_there().to_owned(),
            who: String::new(),
        })
        .collect()
}

/// The offer of one action, when this person has it.
pub fn offer(offers: &[Offer], action: Action) -> Option<&Offer> {
    offers.iter().find(|o| o.action == action)
}

pub async fn chrome(web: &Web, who: &SignedIn) -> Result<Chrome, Problem> {
    page::chrome(web, who, Section::Deals).await
}

/// The printed form of a step in both languages, the reader's first, for those who may print it.
fn documents(who: &SignedIn, case: &Case, shown: Step) -> Vec<(String, String)> {
    let t = who.t();
    let Some(deal) = &case.deal else { return Vec::new() };
    let may = |act| policy::may_on(&who.actor, act, case).is_ok();
    let is_there = match shown {
        Step::Registration => policy::may_see_archive(&who.actor, case).is_ok(),
        Step::Requirement => case.requirement.is_some(),
        Step::Quote => case.quote.is_some() && may(Act::SeePrices),
        Step::Approval => case.round.is_some() && may(Act::SeeApprovals),
        Step::Order | Step::Delivery => case.order.is_some(),
    };
    if !is_there {
        return Vec::new();
    }
    let base = format!("/deals/{}/{}", deal.no, step_path(shown));
    let version = who.here.path.split_once('?').map(|(_, q)| q).unwrap_or_default();
    let version = form_urlencoded::parse(version.as_bytes()).find(|(n, _)| n == "version").map(|(_, v)| v.into_owned());
    let version = version.and_then(|v| v.parse::<i32>().ok()).map(|v| format!("&version={v}")).unwrap_or_default();
    let (other, word) = if t == Lang::Zh { (Lang::En, t.document_english()) } else { (Lang::Zh, t.document_chinese()) };
    let mut links = vec![
        (t.document_pdf().to_owned(), format!("{base}.pdf?lang={}{version}", t.code())),
        (t.document_pdf_in(word), format!("{base}.pdf?lang={}{version}", other.code())),
    ];
    if shown == Step::Quote {
        links.push((t.document_xlsx().to_owned(), format!("{base}.xlsx?lang={}{version}", t.code())));
        links.push((t.alternative_json().to_owned(), format!("{base}.json?lang={}{version}", t.code())));
    }
    links
}

pub async fn of(web: &Web, who: &SignedIn, case: &Case, shown: Step) -> Result<DealFrame, Problem> {
    let t = who.t();
    let Some(deal) = &case.deal else { return Err(Problem::Missing) };
    let mut conn = web.app().db.read().await?;
    let owner = page::name_in(t, &deal.owner_name, &deal.owner_name_en);
    let told = events::timeline(&mut conn, Some(deal.id), case.customer.id, NEWEST + 1).await?;
    let sees_archive = policy::may_see_archive(&who.actor, case).is_ok();
    let card = if sees_archive { Some(card::of(web, &mut conn, who, t, case).await?) } else { None };
    let changes = match &case.change {
        Some(_) => crate::store::changes::of_deal(&mut conn, deal.id).await?,
        None => Vec::new(),
    };
    drop(conn);

    let sees_prices = policy::may_on(&who.actor, Act::SeePrices, case).is_ok();
    let sees_customer = policy::sees_customer(&who.actor, case);
    let standing = workflow::standing(case);
    let now = web.app().clock.now();
    let turn =
        standing.next.map(|(_, role)| if role == Role::SalesRep { owner.clone() } else { t.role(role).to_owned() });
    let amount = case.order.as_ref().map(|o| o.gross).or_else(|| case.quote.as_ref().map(|q| q.priced.totals.gross));
    let steps = Step::ALL
        .iter()
        .map(|step| {
            let state = if deal.status == DealStatus::Completed || *step < standing.step {
                "done"
            } else if *step == standing.step {
                "current"
            } else {
                "next"
            };
            let is_current = state == "current" && deal.status == DealStatus::Open;
            let time =
                if is_current { standing.due_at.map(|d| t.moment(d)).unwrap_or_default() } else { String::new() };
            let open = (workflow::closed_before(*step, case).is_empty()
                || (*step == Step::Quote && case.quote.is_some()))
                && match step {
                    Step::Registration => sees_archive,
                    Step::Approval => policy::may_on(&who.actor, Act::SeeApprovals, case).is_ok(),
                    _ => true,
                };
            StepView {
                number: step.number(),
                label: t.step(*step).to_owned(),
                state,
                person: if is_current { turn.clone().unwrap_or_default() } else { String::new() },
                time,
                href: (open && *step != shown).then(|| format!("/deals/{}/{}", deal.no, step_path(*step))),
            }
        })
        .collect();
    let next = standing.next.map(|(action, role)| {
        let is_mine = if role == Role::SalesRep { deal.owner == who.actor.id } else { who.actor.has(role) };
        let blockers = workflow::blockers(case, action, None, now);
        let natural = standing.step == Step::Delivery;
        NextAct {
            text: t.next_act(action).to_owned(),
            who: turn.clone().unwrap_or_default(),
            is_mine,
            due: match (standing.due_at, standing.stands(case)) {
                (Some(due), _) if natural => Some(Chip::natural(web, t, due)),
                (Some(due), _) => Some(Chip::turn(web, t, due, standing.clock)),
                (None, stands) => stands.map(|of| Chip::paused(t, of)),
            },
            href: format!("/deals/{}/{}", deal.no, step_path(standing.step)),
            conditions: conditions(t, Prices::of(&who.actor, Some(case)), case, &blockers),
        }
    });
    let newest = usize::try_from(NEWEST).unwrap_or(usize::MAX);
    let whole_history = (told.len() > newest).then(|| format!("/deals/{}/history", deal.no));
    let timeline = told.iter().take(newest).map(|told| TimelineItem::of(t, told)).collect();
    let offers = workflow::offers(case, &who.actor, now);
    let close = offer(&offers, Action::CloseDeal)
        .filter(|o| o.is_ready())
        .map(|_| LostReason::ALL.iter().map(|r| Choice::new(r.code(), t.lost_reason(*r))).collect());
    let (status_kind, status) = match deal.status {
        DealStatus::Open => ("info", t.deal_status(deal.status)),
        DealStatus::Completed => ("ok", t.deal_status(deal.status)),
        DealStatus::Lost => ("plain", t.deal_status(deal.status)),
    };
    Ok(DealFrame {
        no: deal.no.clone(),
        title: deal.title.clone(),
        customer_name: case.customer.profile.legal_name.clone(),
        customer_href: sees_customer.then(|| format!("/customers/{}", case.customer.no)),
        kind: t.deal_kind(deal.kind).to_owned(),
        status: status.to_owned(),
        status_kind,
        owner,
        amount: amount.filter(|_| sees_prices).map(crate::domain::money::format_money),
        urgent: deal.urgency.as_ref().map(|u| format!("{} · {}", t.urgent_reason(u.reason), t.moment(u.needed_at))),
        promise: promise::of_case(case).map(|p| Chip::promise(web, t, p)),
        version: deal.version,
        steps,
        step_label: t.step(shown).to_owned(),
        next,
        card,
        special_needs: Some(needs_words(t, case)).filter(|words| !words.is_empty()),
        change_pending: case.open_change().map(|c| (c.no.clone(), super::changes::link(&deal.no, &c.no))),
        changes: changes.iter().map(|row| super::changes::row(t, &deal.no, row)).collect(),
        new_change: offer(&offers, Action::DraftChange)
            .filter(|o| o.is_ready())
            .map(|_| format!("/deals/{}/changes/new", deal.no)),
        timeline,
        whole_history,
        close,
        can_drop_urgency: offer(&offers, Action::DropUrgency).is_some_and(Offer::is_ready),
        drop_note: match workflow::ends_with_mark(case) {
            EndsWithMark::Nothing => t.routing_drop_note(),
            EndsWithMark::Round => t.routing_drop_note_round(),
            EndsWithMark::Approval => t.routing_drop_note_approval(),
            EndsWithMark::StandardGoesOn => t.routing_drop_note_standard(),
        },
        form: FormView::default(),
        // The archive's own page says it among its warnings.
        review: crate::web::reviews::sentence(
            t,
            case.customer.next_review_on,
            local_date(now),
            case.rules.at(now).review_grace_days(),
        )
        .filter(|_| shown != Step::Registration && sees_customer),
        documents: documents(who, case, shown),
        links: policy::may_on(&who.actor, Act::ShareLinks, case)
            .ok()
            .and(case.deal.as_ref())
            .map(|d| format!("/deals/{}/links", d.no)),
        lessons: crate::web::feedback::lesson_lines(t, who, case),
        new_feedback: new_feedback(who, case),
    })
}
