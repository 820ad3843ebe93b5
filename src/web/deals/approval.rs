//! Step 4: the internal approval form. Every node with its time limit and its reason, the quote as
//! the round froze it, and the decision with its consequence on the button.
//!
//! The one rule: what is shown belongs to the round, never to a later draft of the quote.

mod paper;
mod reviews;

use super::frame::{self, Chip, Condition, DealFrame};
use crate::domain::approval::{Decision, Node, NodeKind, NodeStatus, Round, RoundStatus};
use crate::domain::calendar::{Calendar, Profile};
use crate::domain::deal::{DealStatus, Step};
use crate::domain::policy::{self, Act};
use crate::domain::quote::Quote;
use crate::domain::workflow::{self, Action, Case, Command};
use crate::store::{PgConnection, cases, people};
use crate::web::check::{Checker, FieldErrors};
use crate::web::form::{Choice, ErrorItem, FormView};
use crate::web::page::{self, Chrome};
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use paper::{QuoteView, StockView};

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/deals/{no}/approval", get(show).post(decide))
        .route("/deals/{no}/approval/withdraw", post(withdraw))
        .route("/deals/{no}/approval/acknowledge", post(acknowledge))
        .route("/deals/{no}/approval/review", post(review))
        .route("/deals/{no}/approval/resolve", post(resolve))
}

#[derive(Template)]
#[template(path = "deals/approval.html")]
struct ApprovalPage {
    chrome: Chrome,
    t: Lang,
    frame: DealFrame,
    form: FormView,
    errors: Vec<ErrorItem>,
    round: RoundView,
    earlier: Vec<RoundView>,
    quote: Option<QuoteView>,
    stock: Vec<StockView>,
    decision: Option<DecisionView>,
    /// What is in the way of withdrawing, for who may withdraw.
    withdraw: Option<Vec<Condition>>,
    conditions: Vec<OpenCondition>,
    fast: reviews::FastView,
}

struct RoundView {
    no: String,
    round_no: i32,
    path: String,
    level: String,
    status: String,
    status_kind: &'static str,
    requester: String,
    submitted: String,
    ended: Option<String>,
    nodes: Vec<NodeView>,
}

struct NodeView {
    name: String,
    status: String,
    status_kind: &'static str,
    row: &'static str,
    reasons: Vec<String>,
    limit: String,
    arrived: String,
    due: String,
    chip: Option<Chip>,
    decided_by: String,
    decided_at: String,
    used: String,
    overdue: Option<String>,
    comment: Option<String>,
    acknowledged: Option<String>,
}

struct DecisionView {
    nodes: Vec<Choice>,
    /// The one node, when there is only one.
    node: String,
    then_approve: String,
}

struct OpenCondition {
    node: String,
    name: String,
    comment: String,
}

fn status_kind(status: NodeStatus) -> &'static str {
    match status {
        NodeStatus::Waiting | NodeStatus::Voided => "plain",
        NodeStatus::Open => "info",
        NodeStatus::Approved => "ok",
        NodeStatus::ApprovedCond | NodeStatus::Returned => "warn",
        NodeStatus::Rejected => "bad",
    }
}

fn node_view(web: &Web, t: Lang, round: &Round, node: &Node) -> NodeView {
    let on_call;
    let calendar: &Calendar = match node.profile {
        Profile::Standard => web.app().calendar.of_department(node.kind.department()),
        Profile::OnCall => {
            on_call = Calendar::on_call();
            &on_call
        }
    };
    let now = web.app().clock.now();
    let is_open = node.status == NodeStatus::Open;
    let end = node.decided.as_ref().map(|d| d.at).or(round.ended_at).unwrap_or(now);
    // A void node keeps its elapsed time but is never late (DOMAIN 3.3).
    let late = node.due_at.filter(|due| *due < end && node.status != NodeStatus::Voided);
    NodeView {
        name: t.node_kind(node.kind).to_owned(),
        status: t.node_status(node.status).to_owned(),
        status_kind: status_kind(node.status),
        row: match (is_open, late.is_some()) {
            (true, true) => "is-late",
            (true, false) => "is-current",
            _ => "",
        },
        reasons: node.reasons.iter().map(|r| t.route_reason(r)).collect(),
        limit: t.working(node.limit),
        arrived: node.arrived_at.map(|at| t.moment(at)).unwrap_or_default(),
        due: node.due_at.map(|at| t.moment(at)).unwrap_or_default(),
        chip: node.due_at.filter(|_| is_open).map(|due| Chip::on(calendar, t, now, due)),
        decided_by: node.decided.as_ref().map(|d| d.by_name.clone()).unwrap_or_default(),
        decided_at: node.decided.as_ref().map(|d| t.moment(d.at)).unwrap_or_default(),
        used: node.arrived_at.map(|at| t.working(calendar.working_minutes_between(at, end))).unwrap_or_default(),
        overdue: late.map(|due| t.overdue_working(calendar.working_minutes_between(due, end))),
        comment: node.decided.as_ref().and_then(|d| d.comment.clone()),
        acknowledged: node.condition_acknowledged_at.map(|at| t.moment(at)),
    }
}

async fn round_view(web: &Web, t: Lang, conn: &mut PgConnection, round: &Round) -> Result<RoundView, Problem> {
    let requester = people::by_id(conn, round.requested_by).await?;
    Ok(RoundView {
        no: round.no.clone(),
        round_no: round.round_no,
        path: t.approval_path(round.path).to_owned(),
        level: t.approval_level(round.level),
        status: t.round_status(round.status).to_owned(),
        status_kind: match round.status {
            RoundStatus::Open => "info",
            RoundStatus::Approved => "ok",
            RoundStatus::Returned => "warn",
            RoundStatus::Rejected => "bad",
            RoundStatus::Withdrawn => "plain",
        },
        requester: requester.map(|p| page::name_in(t, &p.name, &p.name_en)).unwrap_or_default(),
        submitted: t.moment_full(round.submitted_at),
        ended: round.ended_at.map(|at| t.moment_full(at)),
        nodes: round.nodes.iter().map(|n| node_view(web, t, round, n)).collect(),
    })
}

/// What an approval of this node would lead to, as of now.
fn then_approve(web: &Web, t: Lang, round: &Round, kind: NodeKind) -> String {
    let mut after = round.clone();
    for node in after.nodes.iter_mut().filter(|n| n.kind == kind) {
        node.status = NodeStatus::Approved;
    }
    let opening = after.next_to_open();
    let still: Vec<&str> =
        after.nodes.iter().filter(|n| n.status == NodeStatus::Open).map(|n| t.node_kind(n.kind)).collect();
    if !opening.is_empty() {
        let now = web.app().clock.now();
        let named: Vec<String> = opening
            .iter()
            .filter_map(|k| after.node(*k))
            .map(|node| {
                let due = match node.profile {
                    Profile::Standard => {
                        let calendar = web.app().calendar.of_department(node.kind.department());
                        calendar.add_working_minutes(now, node.limit)
                    }
                    Profile::OnCall => Calendar::on_call().add_working_minutes(now, node.limit),
                };
                t.approval_then_until(t.moment(due), t.node_kind(node.kind))
            })
            .collect();
        t.approval_then(named.join(" · "))
    } else if still.is_empty() {
        t.approval_then(t.approval_then_send())
    } else {
        t.approval_then(t.approval_then_wait(still.join(" · ")))
    }
}

fn decision_view(web: &Web, who: &SignedIn, case: &Case, round: &Round) -> Option<DecisionView> {
    let t = who.t();
    let is_running =
        case.deal.as_ref().is_some_and(|d| d.status == DealStatus::Open) && round.status == RoundStatus::Open;
    let mine: Vec<NodeKind> = round
        .nodes
        .iter()
        .filter(|n| is_running && n.status == NodeStatus::Open && policy::may_decide(&who.actor, n.kind, case).is_ok())
        .map(|n| n.kind)
        .collect();
    let first = *mine.first()?;
    let is_single = mine.len() == 1;
    Some(DecisionView {
        nodes: mine.iter().map(|k| Choice::new(k.code(), t.node_kind(*k))).collect(),
        node: if is_single { first.code().to_owned() } else { String::new() },
        then_approve: if is_single { then_approve(web, t, round, first) } else { String::new() },
    })
}

/// The quote version that the round is about.
pub async fn quote_of(conn: &mut PgConnection, case: &Case, round: &Round) -> Result<Option<Quote>, Problem> {
    let Some(latest) = &case.quote else { return Ok(None) };
    if latest.id == round.quote {
        return Ok(Some(latest.clone()));
    }
    let Some(deal) = &case.deal else { return Ok(None) };
    for version_no in (1..latest.version_no).rev() {
        if let Some(quote) = cases::quote_version(conn, deal.id, version_no).await?.filter(|q| q.id == round.quote) {
            return Ok(Some(quote));
        }
    }
    Ok(None)
}

/// Readable as soon as there is a round, also after it went back to quoting.
pub async fn case_of(web: &Web, who: &SignedIn, no: &str) -> Result<Case, Problem> {
    let case = web.app().deal(&who.actor, no).await?;
    let case = if case.round.is_some() { case } else { frame::case_at(web, who, no, Step::Approval).await? };
    policy::may_on(&who.actor, Act::SeeApprovals, &case)?;
    Ok(case)
}

async fn of(web: &Web, who: &SignedIn, no: &str, form: FormView) -> Result<ApprovalPage, Problem> {
    let t = who.t();
    let case = case_of(web, who, no).await?;
    let (Some(round), Some(deal)) = (&case.round, &case.deal) else { return Err(Problem::Missing) };
    let offers = workflow::offers(&case, &who.actor, web.app().clock.now());
    let mut conn = web.app().db.read().await?;
    let mut earlier = Vec::new();
    for past in cases::rounds_of(&mut conn, deal.id).await?.iter().rev().filter(|r| r.id != round.id) {
        earlier.push(round_view(web, t, &mut conn, past).await?);
    }
    let shown = round_view(web, t, &mut conn, round).await?;
    let quote = quote_of(&mut conn, &case, round).await?;
    drop(conn);
    let may_acknowledge = frame::offer(&offers, Action::AcknowledgeCondition).is_some();
    let conditions = round
        .nodes
        .iter()
        .filter(|n| may_acknowledge && n.status == NodeStatus::ApprovedCond && n.condition_acknowledged_at.is_none())
        .map(|n| OpenCondition {
            node: n.kind.code().to_owned(),
            name: t.node_kind(n.kind).to_owned(),
            comment: n.decided.as_ref().and_then(|d| d.comment.clone()).unwrap_or_default(),
        })
        .collect();
    Ok(ApprovalPage {
        chrome: frame::chrome(web, who).await?,
        t,
        frame: frame::of(web, who, &case, Step::Approval).await?,
        errors: form.errors(),
        form,
        round: shown,
        earlier,
        stock: quote.as_ref().map(|q| paper::stock_views(t, &case, q)).unwrap_or_default(),
        quote: quote.as_ref().map(|q| paper::quote_view(t, who, &case, q)),
        fast: reviews::of(web, who, &case, round, &offers),
        decision: decision_view(web, who, &case, round),
        withdraw: frame::offer(&offers, Action::WithdrawQuote)
            .map(|o| frame::conditions(t, crate::web::page::Prices::of(&who.actor, Some(&case)), &case, &o.blockers)),
        conditions,
    })
}

async fn show(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    page::page(&of(&web, &who, &no, FormView::default()).await?)
}

async fn again(web: &Web, no: &str, post: &Post, errors: FieldErrors) -> Result<Response, Problem> {
    let told = errors.into_iter().map(|(field, flaw)| (field, post.t().flaw(&flaw))).collect();
    page::invalid(&of(web, &post.who, no, FormView::typed(&post.form, told)).await?)
}

async fn done(web: &Web, no: &str, post: &Post, command: Command) -> Result<Response, Problem> {
    let action = command.action();
    let by = post.by(format!("/deals/{no}/approval"));
    let done = web.app().act_on_deal(&by, no, post.form.version(), command).await.map_err(|f| post.keeping(f))?;
    Ok(page::see_other(web, done.then(), action.code()))
}

async fn decide(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let node = check.choice("node", NodeKind::parse);
    let decision = check.choice("decision", Decision::parse);
    let comment = match decision {
        None | Some(Decision::Approve) => check.optional_long_text("comment", 1, 500),
        Some(_) => check.long_text("comment", 5, 500),
    };
    match (check.finish(), node, decision) {
        (Ok(()), Some(node), Some(decision)) => {
            done(&web, &no, &post, Command::DecideNode { node, decision, comment }).await
        }
        (checked, ..) => again(&web, &no, &post, checked.err().unwrap_or_default()).await,
    }
}

async fn withdraw(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    done(&web, &no, &post, Command::WithdrawQuote).await
}

async fn acknowledge(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    match check.choice("node", NodeKind::parse) {
        Some(node) => done(&web, &no, &post, Command::AcknowledgeCondition { node }).await,
        None => again(&web, &no, &post, check.finish().err().unwrap_or_default()).await,
    }
}

async fn review(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    match reviews::typed_review(Checker::new(&post.form)) {
        Ok(command) => done(&web, &no, &post, command).await,
        Err(found) => again(&web, &no, &post, found).await,
    }
}

async fn resolve(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    match reviews::typed_resolution(Checker::new(&post.form)) {
        Ok(command) => done(&web, &no, &post, command).await,
        Err(found) => again(&web, &no, &post, found).await,
    }
}
