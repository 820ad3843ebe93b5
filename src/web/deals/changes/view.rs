//! A change record as a page shows it: what changes, what follows in plain words, who has answered,
//! and the forms of whoever may act.

use super::{choice, link, status_kind, totals};
use crate::domain::calendar::WorkingMinutes;
use crate::domain::change::{
    Answer, Bearer, Change, ChangeField, ChangeStatus, Consequence, CustomerWord, Item, Plan, RoundFate, phase_of,
};
use crate::domain::customer::{Contact, ContactRank};
use crate::domain::money::format_money;
use crate::domain::phone::Phone;
use crate::domain::policy::{self, Act};
use crate::domain::requirement::RequirementConfirmMethod;
use crate::domain::staff::Department;
use crate::domain::workflow::{Action, Case, Offer};
use crate::store::changes::ChangeRow;
use crate::web::deals::frame::{self, Chip, Condition};
use crate::web::deals::grid;
use crate::web::form::{Choice, FormView};
use crate::web::page::{self, Prices};
use crate::web::{Problem, SignedIn, Web};
use crate::wording::Lang;

pub struct ItemView {
    pub label: String,
    pub before: String,
    pub after: String,
}

/// What follows from one kind of change.
pub struct Card {
    pub kind: &'static str,
    pub way: &'static str,
    pub is_filed: bool,
    pub lines: Vec<String>,
    /// Where it goes on when the record does not carry it out.
    pub goes_on: Option<(&'static str, String)>,
}

pub struct DutyView {
    pub department: &'static str,
    pub due: String,
    /// While nobody has answered.
    pub chip: Option<Chip>,
    pub answer: String,
    pub comment: String,
    pub loss: Option<String>,
    pub was_late: bool,
}

pub struct AnswerForm {
    pub department: &'static str,
    pub title: String,
    pub answers: Vec<Choice>,
    /// Only the sales manager assesses the loss.
    pub bearers: Option<Vec<Choice>>,
}

pub struct FileForm {
    pub conditions: Vec<Condition>,
    /// Known contacts, when the change has to be checked by calling back.
    pub call_back: Option<Vec<Choice>>,
}

pub struct ChangeView {
    pub no: String,
    pub status: &'static str,
    pub status_kind: &'static str,
    pub facts: Vec<(String, String)>,
    pub items: Vec<ItemView>,
    pub phase: &'static str,
    pub cards: Vec<Card>,
    pub word: &'static str,
    pub duties: Vec<DutyView>,
    pub total: Option<totals::TotalView>,
    pub approval: Option<totals::ApprovalView>,
    pub approve: Option<totals::ApproveForm>,
    pub may_edit: bool,
    pub file: Option<FileForm>,
    pub answer: Option<AnswerForm>,
    pub confirm: Option<Vec<Choice>>,
    pub waits_for_requirement: bool,
    pub may_refuse: bool,
    pub may_withdraw: bool,
    pub evidence: Option<String>,
}

pub struct RowView {
    pub no: String,
    pub href: String,
    pub status: &'static str,
    pub status_kind: &'static str,
    pub when: String,
    pub items: Vec<ItemView>,
}

fn item(t: Lang, item: &Item) -> ItemView {
    ItemView {
        label: t.change_item(item),
        before: t.change_value(item.field, &item.before),
        after: t.change_value(item.field, &item.after),
    }
}

pub fn row(t: Lang, deal_no: &str, row: &ChangeRow) -> RowView {
    let status = ChangeStatus::parse(&row.status).unwrap_or(ChangeStatus::Draft);
    RowView {
        no: row.no.clone(),
        href: link(deal_no, &row.no),
        status: t.change_status(status),
        status_kind: status_kind(status),
        when: t.moment(row.created_at),
        // A telephone number is for the page of the record.
        items: row.items.iter().filter(|i| !is_private(i)).map(|i| item(t, i)).collect(),
    }
}

/// Telephone numbers, prices, terms and invoice data are for the page of the record.
fn is_private(item: &Item) -> bool {
    item.field == ChangeField::ShipPhone || item.field.is_for_prices()
}

/// Who may be called back: active contacts with a number that was known before.
fn numbers(case: &Case) -> impl Iterator<Item = (&Contact, &String)> {
    case.customer
        .profile
        .active_contacts()
        .flat_map(|c| [&c.mobile, &c.landline].into_iter().flatten().map(move |number| (c, number)))
}

pub fn known_number(case: &Case, raw: &str) -> Option<(String, String)> {
    numbers(case)
        .find(|(c, number)| format!("{} {number}", c.name) == raw.trim())
        .map(|(c, number)| (c.name.clone(), number.clone()))
}

/// The forms of the page before anything was typed.
pub fn fresh(web: &Web, case: &Case) -> FormView {
    let now = grid::local_minute(web.app().clock.now());
    let mut form = FormView::default();
    form.push("call_back_at", now.clone());
    form.push("confirmed_at", now);
    let primary = case.customer.profile.active_contacts().find(|c| c.rank == ContactRank::Primary);
    form.put("confirm_contact", primary.map(|c| c.name.as_str()));
    form
}

pub async fn of(
    web: &Web,
    who: &SignedIn,
    case: &Case,
    change: &Change,
    offers: &[Offer],
) -> Result<ChangeView, Problem> {
    let t = who.t();
    let evidence = evidence(web, who, change).await?;
    let phase = if change.filed_at.is_some() { change.phase } else { phase_of(case) };
    let plan = Plan::of(&change.kinds(), phase, &case.route_facts);
    let prices = Prices::of(&who.actor, Some(case));
    let shown = |i: &&Item| prices == Prices::Shown || !i.field.is_for_prices();
    let items = change.items.iter().filter(shown).map(|i| {
        let mut shown = item(t, i);
        if i.field == ChangeField::ShipPhone {
            let phone = |raw: &str| page::ship_phone(&who.actor, case, raw);
            (shown.before, shown.after) = (phone(&i.before), phone(&i.after));
        }
        shown
    });
    let can = |action| frame::offer(offers, action).is_some_and(Offer::is_ready);
    let file = frame::offer(offers, Action::FileChange).map(|offer| FileForm {
        conditions: frame::conditions(t, prices, case, &offer.blockers),
        call_back: plan.needs_call_back().then(|| {
            numbers(case)
                .map(|(c, number)| Choice::new(format!("{} {number}", c.name), format!("{} {number}", c.name)))
                .collect()
        }),
    });
    let word = match plan.customer_word() {
        CustomerWord::OnRequirement => t.change_word_requirement(),
        CustomerWord::OnChange => t.change_word_change(),
        CustomerWord::NotNeeded => t.change_word_none(),
    };
    Ok(ChangeView {
        no: change.no.clone(),
        status: t.change_status(change.status),
        status_kind: status_kind(change.status),
        facts: facts(who, case, change, prices),
        items: items.collect(),
        phase: t.change_phase_of(phase),
        cards: plan.cells.iter().map(|(kind, c)| card(who, case, t.change_kind(*kind), c)).collect(),
        word,
        duties: duties(web, t, change, prices),
        total: totals::total(web, who, case, change, prices),
        approval: totals::approval(who, change, prices),
        approve: totals::approve_form(who, case, offers),
        may_edit: change.status == ChangeStatus::Draft && can(Action::DraftChange),
        file,
        answer: frame::offer(offers, Action::AcknowledgeChange).and_then(|_| answer(who, case, change)),
        confirm: can(Action::ConfirmChange).then(|| {
            grid::choices(RequirementConfirmMethod::ALL, RequirementConfirmMethod::code, |m| {
                t.requirement_confirm_method(m)
            })
        }),
        waits_for_requirement: change.status == ChangeStatus::AwaitingCustomer
            && plan.customer_word() == CustomerWord::OnRequirement,
        may_refuse: can(Action::RefuseChange),
        may_withdraw: can(Action::WithdrawChange),
        evidence,
    })
}

/// The customer's writing about the change, for those who may open it.
async fn evidence(web: &Web, who: &SignedIn, change: &Change) -> Result<Option<String>, Problem> {
    let Some(file) = change.confirmation.as_ref().and_then(|c| c.file) else { return Ok(None) };
    let Some(attachment) = web.app().attachment(file).await? else { return Ok(None) };
    let opens = web.app().may_read_file(&who.actor, &attachment).await?;
    Ok(opens.then(|| format!("/files/{file}")))
}

fn facts(who: &SignedIn, case: &Case, change: &Change, prices: Prices) -> Vec<(String, String)> {
    let t = who.t();
    let r = &change.request;
    let by = r.contact.clone().unwrap_or_else(|| t.change_internal().to_owned());
    let mut out = vec![
        (t.change_requested_by(), by),
        (t.change_received_at(), t.moment(r.received_at)),
        (t.change_channel(), t.channel(r.channel).to_owned()),
        (t.change_reason(), t.change_reason_of(r.reason).to_owned()),
    ];
    if let Some(delay) = &r.delay {
        out.push((t.deliveries_field_cause(), t.delay_cause(delay.cause).to_owned()));
        out.push((t.change_delay_told(), delay.told.clone()));
    }
    if change.filed_at.is_some() {
        out.push((t.change_phase(), t.change_phase_of(change.phase).to_owned()));
    }
    if let Some(call) = &change.call_back {
        let whole = policy::may_on(&who.actor, Act::SeeContacts, case).is_ok();
        let phone = if whole {
            call.phone.clone()
        } else {
            Phone::parse(&call.phone).map_or_else(|_| "***".to_owned(), |p| p.masked())
        };
        out.push((t.change_call_back_contact(), t.change_called_back(t.moment(call.at), &call.contact, phone)));
    }
    let shown = |text: &Option<String>| text.clone().unwrap_or_default();
    out.push((t.change_comment(), shown(&r.note)));
    if prices == Prices::Shown {
        out.push((t.change_impact_price(), shown(&change.impact.price)));
        out.push((t.change_impact_cost(), shown(&change.impact.cost)));
    }
    out.push((t.change_impact_lead_time(), shown(&change.impact.lead_time)));
    out.push((t.change_impact_stock(), shown(&change.impact.stock)));
    out.push((t.change_impact_production(), shown(&change.impact.production)));
    if let Some(c) = &change.confirmation {
        let said = t.change_confirmed(t.moment(c.at), &c.contact, t.requirement_confirm_method(c.method));
        out.push((t.change_confirm_title(), said));
    }
    out.push((t.change_decision(), shown(&change.decision)));
    out.push((t.change_effective_at(), change.effective_at.map(|at| t.moment(at)).unwrap_or_default()));
    out.push((t.change_result(), change.result.map(|n| t.change_result_requirement(n)).unwrap_or_default()));
    out.into_iter()
        .filter(|(_, value)| !value.trim().is_empty())
        .map(|(label, value)| (label.to_owned(), value))
        .collect()
}

fn department(t: Lang, department: Department) -> &'static str {
    if department == Department::Sales { t.change_department_sales() } else { t.department(department) }
}

/// One cell of the table in sentences.
fn card(who: &SignedIn, case: &Case, kind: &'static str, c: &Consequence) -> Card {
    let t = who.t();
    let deal_no = case.deal.as_ref().map(|d| d.no.clone()).unwrap_or_default();
    let mut lines = Vec::new();
    if !c.versions.is_empty() {
        lines.push(t.change_versions(t.list(c.versions.iter().map(|form| t.change_form(*form)))));
    }
    match c.round {
        RoundFate::Untouched => {}
        RoundFate::Withdrawn => lines.push(t.change_round_withdrawn().to_owned()),
        RoundFate::WithdrawnIfProduction => lines.push(t.change_round_if_production().to_owned()),
    }
    lines.extend(t.change_approval(c.approval).map(str::to_owned));
    lines.extend(
        c.again
            .iter()
            .map(|a| t.change_again_hours(department(t, a.department), WorkingMinutes::new(a.limit).get() / 60)),
    );
    if !c.told.is_empty() {
        lines.push(t.change_told(t.list(c.told.iter().map(|role| t.role(*role)))));
    }
    if c.call_back == crate::domain::change::CallBackNeed::KnownContact {
        lines.push(t.change_call_back().to_owned());
    }
    lines.extend(c.notes.iter().map(|note| t.change_note(*note).to_owned()));
    let goes_on = totals::goes_on(who, &deal_no, c.way);
    Card { kind, way: t.change_way(c.way), is_filed: c.way.is_filed(), lines, goes_on }
}

fn duties(web: &Web, t: Lang, change: &Change, prices: Prices) -> Vec<DutyView> {
    change
        .duties
        .iter()
        .map(|d| {
            let said = d.said.as_ref();
            DutyView {
                department: department(t, d.department),
                due: t.moment(d.due_at),
                chip: (said.is_none() && change.status == ChangeStatus::Assessing)
                    .then(|| Chip::working(web, t, d.due_at)),
                answer: said.map_or_else(
                    || t.change_duty_open().to_owned(),
                    |s| t.change_duty_said(t.change_answer_of(s.answer), t.moment(s.at), t.person(&s.by_name)),
                ),
                comment: said.and_then(|s| s.comment.clone()).unwrap_or_default(),
                loss: said
                    .and_then(|s| s.loss.as_ref())
                    .filter(|_| prices == Prices::Shown)
                    .map(|l| t.change_duty_loss(format_money(l.amount), t.change_bearer(l.borne_by))),
                was_late: said.is_some_and(|s| s.at > d.due_at),
            }
        })
        .collect()
}

/// The form of the first department that this person speaks for and that has not answered.
fn answer(who: &SignedIn, case: &Case, change: &Change) -> Option<AnswerForm> {
    let t = who.t();
    let own = policy::departments_of(&who.actor);
    let duty = change.duties.iter().find(|d| {
        d.said.is_none()
            && own.contains(&d.department)
            && policy::may_acknowledge_change(&who.actor, d.department, case).is_ok()
    })?;
    let bearers = || Bearer::ALL.iter().map(|b| choice(b.code(), t.change_bearer(*b))).collect();
    Some(AnswerForm {
        department: duty.department.code(),
        title: t.change_answer_title(department(t, duty.department)),
        answers: Answer::ALL.iter().map(|a| choice(a.code(), t.change_answer_of(*a))).collect(),
        bearers: (duty.department == Department::Sales).then(bearers),
    })
}
