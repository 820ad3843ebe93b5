//! What the reader can do with the round now: decide a node, pass it on, ask, sign, answer, bring
//! evidence. Who may is the policy's word; a form that is not theirs is not shown.

use super::decide::{BATCHES, fields_of};
use crate::documents::rounds::Measured;
use crate::domain::approval::{Node, NodeKind, NodeStatus, Round, RoundStatus};
use crate::domain::deal::DealStatus;
use crate::domain::policy::{self, Act, Capacity};
use crate::domain::round::{
    CallKind, Capacity as Load, CheckAnswer, ConditionKind, Feasibility, ReturnTo, SignResult, TermsView,
};
use crate::domain::workflow::{Action, Case};
use crate::store::people::Person;
use crate::web::form::{Choice, FormView};
use crate::web::{SignedIn, Web, page};
use crate::wording::Lang;

/// A node that waits for this reader.
pub struct DecisionView {
    pub node: &'static str,
    pub name: String,
    /// In whose name, or as what, the reader decides.
    pub capacity: Option<String>,
    /// Fingerprint of the version on this page.
    pub seen: String,
    pub then_approve: String,
    pub items: Vec<ItemView>,
    pub answers: Vec<Choice>,
    pub department: &'static str,
    pub feasibilities: Vec<Choice>,
    pub finance_terms: Vec<Choice>,
    pub capacities: Vec<Choice>,
    pub returns: Vec<Choice>,
    pub conditions: Vec<Choice>,
    /// What the clock waits for; nothing is decided meanwhile.
    pub stands: Option<String>,
    pub may_claim: bool,
    pub may_give_back: bool,
    pub receivers: Vec<Choice>,
    pub signers: Vec<Choice>,
    /// Other nodes of this reader, to switch to.
    pub others: Vec<(String, String)>,
}

/// What a department most often returns for is chosen already: the technical one for the requirement, all
/// others for the quote.
pub fn with_usual_return(mut form: FormView, decision: Option<&DecisionView>) -> FormView {
    if let Some(decision) = decision.filter(|_| form.value("return_to").is_empty()) {
        let usual = if decision.department == "technical" { ReturnTo::Requirement } else { ReturnTo::Quote };
        form.push("return_to", usual.code());
    }
    form
}

pub struct ItemView {
    pub label: &'static str,
    pub field: String,
    pub note: String,
}

/// One row of production's quantities per date, as typed.
pub struct BatchRow {
    pub on: String,
    pub on_id: String,
    pub on_error: Option<String>,
    pub quantity: String,
    pub quantity_id: String,
    pub quantity_error: Option<String>,
}

pub fn batch_rows(form: &FormView) -> Vec<BatchRow> {
    let typed = |name: &str, row: usize| {
        let found = form.all().iter().find(|(n, _)| n == name);
        found.and_then(|(_, values)| values.get(row)).cloned().unwrap_or_default()
    };
    (0..BATCHES)
        .map(|row| {
            let (on_id, quantity_id) = (format!("batch_on-{}", row + 1), format!("batch_quantity-{}", row + 1));
            BatchRow {
                on: typed("batch_on", row),
                on_error: form.error(&on_id),
                on_id,
                quantity: typed("batch_quantity", row),
                quantity_error: form.error(&quantity_id),
                quantity_id,
            }
        })
        .collect()
}

/// Something asked of this reader.
pub struct AskedView {
    pub node: &'static str,
    pub title: String,
    pub text: String,
    pub due: Option<String>,
    pub results: Vec<Choice>,
}

/// A condition that still owes something to the order.
pub struct OpenCondition {
    pub node: &'static str,
    pub name: String,
    pub comment: String,
    pub to_acknowledge: bool,
    pub to_prove: bool,
}

fn choices<T: Copy>(all: &[T], code: fn(T) -> &'static str, label: impl Fn(T) -> &'static str) -> Vec<Choice> {
    all.iter().map(|each| Choice::new(code(*each), label(*each))).collect()
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
        let by = Measured { calendar: &web.app().calendar, now: web.app().clock.now() };
        let named = after.nodes.iter().filter(|n| opening.contains(&n.kind)).map(|n| {
            let calendar = by.of_node(n);
            let due = calendar.add_working_minutes(by.now, n.limit);
            t.approval_then_until(t.due_moment(&calendar, due), t.node_kind(n.kind))
        });
        t.approval_then(named.collect::<Vec<_>>().join(" · "))
    } else if still.is_empty() {
        t.approval_then(t.approval_then_send())
    } else {
        t.approval_then(t.approval_then_wait(still.join(" · ")))
    }
}

/// The open nodes that this reader may decide.
fn mine<'a>(who: &SignedIn, case: &'a Case, round: &'a Round) -> Vec<(&'a Node, Capacity)> {
    let is_running =
        case.deal.as_ref().is_some_and(|d| d.status == DealStatus::Open) && round.status == RoundStatus::Open;
    let open = round.nodes.iter().filter(|n| is_running && n.status == NodeStatus::Open);
    open.filter_map(|n| Some((n, policy::capacity(&who.actor, n.kind, case).ok()?))).collect()
}

pub fn decision_view(web: &Web, who: &SignedIn, case: &Case, round: &Round, people: &[Person]) -> Option<DecisionView> {
    let t = who.t();
    let all = mine(who, case, round);
    let asked = crate::web::deals::grid::query(&who.here.path, "node");
    let chosen = all.iter().find(|(n, _)| asked.as_deref() == Some(n.kind.code())).or_else(|| all.first())?;
    let (node, capacity) = (chosen.0, &chosen.1);
    let no = case.deal.as_ref().map(|d| d.no.as_str()).unwrap_or_default();
    let by_name = |p: &Person| Choice::new(p.login.clone(), page::name_in(t, &p.name, &p.name_en));
    let but_me = || people.iter().filter(|p| p.id != who.actor.id);
    let is_claimed = node.claimed_by.is_some();
    Some(DecisionView {
        node: node.kind.code(),
        name: t.node_kind(node.kind).to_owned(),
        capacity: match capacity {
            Capacity::Own => None,
            Capacity::For(of) => Some(t.round_as_delegate(t.person(&of.name))),
            Capacity::Superior => Some(t.round_as_superior().to_owned()),
        },
        seen: hex::encode(&round.content_hash),
        then_approve: then_approve(web, t, round, node.kind),
        items: node
            .kind
            .checklist()
            .iter()
            .map(|item| {
                let (field, note) = fields_of(*item);
                ItemView { label: t.check_item(*item), field, note }
            })
            .collect(),
        answers: choices(CheckAnswer::ALL, CheckAnswer::code, |a| t.check_answer(a)),
        department: match node.kind {
            NodeKind::Technical => "technical",
            NodeKind::Finance => "finance",
            NodeKind::Production => "production",
            NodeKind::SalesManager | NodeKind::SalesDirector | NodeKind::GeneralManager | NodeKind::UrgentDirector => {
                ""
            }
        },
        feasibilities: choices(Feasibility::ALL, Feasibility::code, |f| t.feasibility(f)),
        finance_terms: choices(TermsView::ALL, TermsView::code, |v| t.terms_view(v)),
        capacities: choices(Load::ALL, Load::code, |c| t.capacity(c)),
        returns: choices(ReturnTo::ALL, ReturnTo::code, |r| t.return_to(r)),
        conditions: choices(ConditionKind::ALL, ConditionKind::code, |c| t.condition_kind(c)),
        stands: node.open_call().map(|c| match c.kind {
            CallKind::Question => t.round_stands_question(&c.text),
            CallKind::ExtraSign => t.round_stands_sign(t.person(&c.of.name)),
        }),
        may_claim: !is_claimed,
        may_give_back: node.claimed_by.as_ref().is_some_and(|by| by.id == who.actor.id),
        receivers: but_me().filter(|p| policy::is_of_pool(&p.colleague(), node.kind, case)).map(by_name).collect(),
        signers: but_me()
            .filter(|p| policy::may_sign_before(&p.colleague(), node.kind, case))
            .map(|p| {
                let name = page::name_in(t, &p.name, &p.name_en);
                Choice::new(p.login.clone(), format!("{name} · {}", t.department(p.department)))
            })
            .collect(),
        others: all
            .iter()
            .filter(|(n, _)| n.kind != node.kind)
            .map(|(n, _)| (t.node_kind(n.kind).to_owned(), format!("/deals/{no}/approval?node={}", n.kind.code())))
            .collect(),
    })
}

/// What nodes wait for from this reader.
pub fn asked_of(web: &Web, who: &SignedIn, case: &Case, round: &Round) -> Vec<AskedView> {
    let t = who.t();
    let by = Measured { calendar: &web.app().calendar, now: web.app().clock.now() };
    let waiting = round.nodes.iter().filter_map(|n| Some((n, n.open_call()?)));
    waiting
        .filter(|(n, _)| policy::may_answer(&who.actor, n.kind, case).is_ok())
        .map(|(n, call)| AskedView {
            node: n.kind.code(),
            title: match call.kind {
                CallKind::Question => t.round_asks(t.person(&call.asked_by.name), t.node_kind(n.kind)),
                CallKind::ExtraSign => t.round_asks_sign(t.person(&call.asked_by.name), t.node_kind(n.kind)),
            },
            text: call.text.clone(),
            due: call.due_at.map(|due| t.due_moment(&by.of_node(n), due)),
            results: match call.kind {
                CallKind::Question => Vec::new(),
                CallKind::ExtraSign => choices(SignResult::ALL, SignResult::code, |r| t.sign_result(r)),
            },
        })
        .collect()
}

pub fn conditions(who: &SignedIn, case: &Case, round: &Round) -> Vec<OpenCondition> {
    let t = who.t();
    let may = |action| policy::may_on(&who.actor, Act::Do(action), case).is_ok();
    let (may_acknowledge, may_prove) = (may(Action::AcknowledgeCondition), may(Action::AttachEvidence));
    let is_over = case.order.as_ref().is_some_and(|o| o.confirmed_at.is_some());
    round
        .nodes
        .iter()
        .filter(|n| n.status == NodeStatus::ApprovedCond && !is_over && round.status == RoundStatus::Approved)
        .map(|n| OpenCondition {
            node: n.kind.code(),
            name: t.node_kind(n.kind).to_owned(),
            comment: n.decided.as_ref().and_then(|d| d.comment.clone()).unwrap_or_default(),
            to_acknowledge: may_acknowledge && n.condition_acknowledged_at.is_none(),
            to_prove: may_prove
                && n.condition.as_ref().is_some_and(|c| c.kind == ConditionKind::Blocking && c.file.is_none()),
        })
        .filter(|c| c.to_acknowledge || c.to_prove)
        .collect()
}

/// What the customer always asks for, and what speaks against the customer; complaints stand in the frame.
pub fn lessons(t: Lang, case: &Case) -> Vec<String> {
    let customer = &case.customer;
    let mut out = Vec::new();
    if customer.is_credit_hold {
        out.push(t.round_credit_hold().to_owned());
    }
    out.extend(customer.profile.needs().iter().map(|n| format!("{} · {}", t.need_category(n.category), n.text)));
    out
}
