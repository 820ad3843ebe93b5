//! My work: what waits for me, what I wait for, which customers are silent.
//!
//! A row names one next act; the list is ordered by what costs the next promise: the limit of the turn or
//! the promise to the customer, whichever comes first.

use super::approvals::amount_of;
use super::boards::DealLine;
use super::deals::{Chip, change_link};
use super::page::{self, Chrome, Section};
use super::{Problem, SignedIn, Web, problem, reviews};
use crate::domain::calendar::{ZONE, local_date};
use crate::domain::customer::{CustomerStatus, Kept};
use crate::domain::deal::DealStatus;
use crate::domain::policy::{self, Act};
use crate::domain::staff::Role;
use crate::domain::workflow::Action;
use crate::store::PgConnection;
use crate::store::changes::{self, DutyRow};
use crate::store::inbox::{self, NodeRow};
use crate::store::lists::{self, CustomerRow, DealFilter, DealRow};
use crate::store::pledges::{self, PledgeRow};
use crate::store::requirements::{self, OwedFile};
use crate::store::reviews::DueRow;
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use chrono::{DateTime, Utc};

/// Rows of each kind that one group shows.
const GROUP: i64 = 100;

pub fn routes() -> Router<Web> {
    Router::new().route("/work", get(show))
}

/// Refuses a page to those who may never see such a thing, and names who may.
pub(in crate::web) fn only(who: &SignedIn, act: Act) -> Result<(), Problem> {
    if policy::may_ever(&who.actor, act) {
        return Ok(());
    }
    let roles: Vec<Role> = policy::grants(act).iter().map(|(role, _)| *role).collect();
    Err(problem::denied_to(&roles))
}

/// One thing that somebody has to do.
pub struct Task {
    pub href: String,
    pub no: String,
    pub customer: String,
    pub note: String,
    pub act: String,
    /// Whose turn it is, where it is not the reader's.
    pub who: String,
    pub is_urgent: bool,
    pub amount: Option<String>,
    pub due: Option<Chip>,
    /// What the customer waits for, where another moment is due first.
    pub promise: Option<Chip>,
    pub mark: &'static str,
    pub(in crate::web) due_at: Option<DateTime<Utc>>,
}

pub struct Group {
    pub id: &'static str,
    pub title: &'static str,
    pub tasks: Vec<Task>,
    /// The deals among them as a list; none where the reader has no list of deals.
    pub href: Option<&'static str>,
    pub empty_title: &'static str,
    pub empty_text: &'static str,
}

/// A place where the reader can do something.
pub struct Way {
    pub label: &'static str,
    pub text: &'static str,
    pub href: &'static str,
}

#[derive(Template)]
#[template(path = "work.html")]
struct WorkPage {
    chrome: Chrome,
    t: Lang,
    name: String,
    may_open: bool,
    groups: Vec<Group>,
    ways: Vec<Way>,
}

fn of_deal(web: &Web, who: &SignedIn, row: &DealRow) -> Task {
    let line = DealLine::of(web, who, row);
    Task {
        href: format!("/deals/{}", line.no),
        no: line.no,
        customer: line.customer,
        note: line.title,
        act: line.next.unwrap_or_default(),
        who: line.turn,
        is_urgent: line.is_urgent,
        amount: line.amount,
        promise: line.promise.filter(|p| line.due.as_ref().is_none_or(|due| due.moment != p.moment)),
        due: line.due,
        mark: line.mark,
        due_at: Some(row.late_at),
    }
}

fn of_node(web: &Web, who: &SignedIn, row: &NodeRow) -> Task {
    let t = who.t();
    let due = Chip::node(web, t, row);
    let is_asked = row.asked_of == Some(who.actor.id.0);
    Task {
        href: format!("/deals/{}/approval", row.deal_no),
        no: row.deal_no.clone(),
        customer: row.customer_name.clone(),
        note: row.title.clone(),
        act: t.next_act(if is_asked { Action::AnswerCall } else { Action::DecideNode }).to_owned(),
        who: String::new(),
        is_urgent: row.is_urgent,
        amount: amount_of(&who.actor, row).map(crate::domain::money::format_money),
        mark: match due.as_ref().map(|c| c.kind) {
            Some("overdue") => "is-late",
            Some("due") => "is-due",
            _ => "",
        },
        due,
        promise: None,
        due_at: row.due_at,
    }
}

/// A change that waits for the reader's department.
fn of_duty(web: &Web, t: Lang, row: &DutyRow) -> Task {
    let due = Chip::working(web, t, row.due_at);
    Task {
        href: change_link(&row.deal_no, &row.change_no),
        no: row.change_no.clone(),
        customer: row.customer_name.clone(),
        note: row.title.clone(),
        act: t.next_act(Action::AcknowledgeChange).to_owned(),
        who: String::new(),
        is_urgent: row.is_urgent,
        amount: None,
        mark: due.mark(),
        due: Some(due),
        promise: None,
        due_at: Some(row.due_at),
    }
}

/// An order about which the reader's department was asked.
fn of_pledge(web: &Web, t: Lang, row: &PledgeRow) -> Task {
    let due = Chip::working(web, t, row.due_at);
    Task {
        href: format!("/deals/{}/delivery#pledges", row.deal_no),
        no: row.order_no.clone(),
        customer: row.customer_name.clone(),
        note: row.title.clone(),
        act: t.next_act(Action::GivePledge).to_owned(),
        who: String::new(),
        is_urgent: row.is_urgent,
        amount: None,
        mark: due.mark(),
        due: Some(due),
        promise: None,
        due_at: Some(row.due_at),
    }
}

fn of_archive(t: Lang, row: &CustomerRow) -> Task {
    Task {
        href: format!("/customers/{}", row.customer_no),
        no: row.customer_no.clone(),
        customer: row.legal_name.clone(),
        note: page::name_in(t, &row.owner_name, &row.owner_name_en),
        act: t.next_act(Action::VerifyLicense).to_owned(),
        who: String::new(),
        is_urgent: false,
        amount: None,
        due: None,
        promise: None,
        mark: "",
        due_at: None,
    }
}

/// A confirmation by phone of which the file has not come yet.
fn of_owed(web: &Web, t: Lang, row: &OwedFile) -> Task {
    let due = Chip::working(web, t, row.due_at);
    Task {
        href: format!("/deals/{}/requirement#requirement-owed", row.deal_no),
        no: row.deal_no.clone(),
        customer: row.customer_name.clone(),
        note: row.title.clone(),
        act: t.next_act(Action::AddConfirmationFile).to_owned(),
        who: String::new(),
        is_urgent: row.is_urgent,
        amount: None,
        mark: due.mark(),
        due: Some(due),
        promise: None,
        due_at: Some(row.due_at),
    }
}
fn of_review(t: Lang, row: &DueRow, today: chrono::NaiveDate) -> Task {
    let midnight = row.next_review_on.and_time(chrono::NaiveTime::MIN).and_local_timezone(ZONE).single();
    Task {
        href: format!("/customers/{}/review", row.customer_no),
        no: row.customer_no.clone(),
        customer: row.legal_name.clone(),
        note: page::name_in(t, &row.owner_name, &row.owner_name_en),
        act: t.next_act(Action::ReviewCustomer).to_owned(),
        who: t.role(Role::SalesAssistant).to_owned(),
        is_urgent: false,
        amount: None,
        due: Some(reviews::chip(t, row.next_review_on, today)),
        promise: None,
        mark: reviews::mark(row.next_review_on, today),
        due_at: midnight.map(|at| at.to_utc()),
    }
}

/// Where a deal of the reader's own stands.
#[derive(Debug, PartialEq, Eq)]
enum Standing {
    Mine,
    Others,
    Silent,
}

fn standing(next_action: Option<&str>, turn_role: Option<&str>, roles: &[String]) -> Standing {
    match next_action.and_then(Action::parse) {
        Some(Action::ConfirmRequirement | Action::RecordAcceptance) => Standing::Silent,
        _ if turn_role.is_none_or(|role| role == Role::SalesRep.code() || roles.iter().any(|r| r == role)) => {
            Standing::Mine
        }
        _ => Standing::Others,
    }
}

/// Open deals by this filter, and completed ones whose goods came back.
async fn waiting(
    conn: &mut PgConnection,
    who: &SignedIn,
    filter: DealFilter,
    limit: i64,
) -> Result<Vec<DealRow>, Problem> {
    let visible = policy::visible_deals(&who.actor);
    let open = DealFilter { status: Some(DealStatus::Open.code().to_owned()), ..filter.clone() };
    let mut rows = lists::deals(conn, visible, &open, limit).await?;
    let after_sales = DealFilter { after_sales: Some(()), ..filter };
    rows.extend(lists::deals(conn, visible, &after_sales, limit).await?);
    Ok(rows)
}

/// Deals whose turn belongs to a role of the reader's; what other lists tell better is left to them.
async fn by_role(conn: &mut PgConnection, who: &SignedIn, roles: &[String]) -> Result<Vec<DealRow>, Problem> {
    if roles.is_empty() {
        return Ok(Vec::new());
    }
    let filter = DealFilter {
        turn_roles: roles.to_vec(),
        but_decisions: Some(()),
        due_first: Some(()),
        ..DealFilter::default()
    };
    let rows = waiting(conn, who, filter, GROUP).await?;
    Ok(rows.into_iter().filter(|r| r.next_action.as_deref() != Some(Action::VerifyLicense.code())).collect())
}

/// Archives to verify that the reader may open.
async fn archives(conn: &mut PgConnection, who: &SignedIn) -> Result<Vec<CustomerRow>, Problem> {
    if !policy::may_ever(&who.actor, Act::Do(Action::VerifyLicense)) {
        return Ok(Vec::new());
    }
    let waiting = lists::to_verify(conn, who.actor.id, GROUP).await?;
    let visible = policy::visible_customers(&who.actor);
    if visible == policy::VisibleTo::Everything {
        return Ok(waiting);
    }
    let mut seen = Vec::new();
    for status in [CustomerStatus::PendingVerification, CustomerStatus::PendingConfirmation] {
        seen.extend(lists::customers(conn, visible, None, Some(Kept::In(status)), None, GROUP).await?);
    }
    Ok(waiting.into_iter().filter(|w| seen.iter().any(|s| s.id == w.id)).collect())
}

/// Most urgent first: by when it is due, what has no limit last.
fn sort(tasks: &mut [Task]) {
    tasks.sort_by_key(|task| (task.due_at.is_none(), task.due_at, !task.is_urgent));
}

fn ways(t: Lang, who: &SignedIn) -> Vec<Way> {
    let all = [
        (Act::OpenDeal, t.list_new_deal(), t.work_way_deal(), "/deals/new"),
        (Act::Do(Action::DecideNode), t.frame_approvals(), t.work_way_approvals(), "/approvals"),
        (Act::SeeOrders, t.frame_orders(), t.work_way_orders(), "/orders"),
        (Act::SeePrices, t.money_receivables(), t.money_way(), "/receivables"),
        (Act::SeeStock, t.frame_stock(), t.work_way_stock(), "/stock"),
        (Act::SeeAudit, t.frame_settings(), t.work_way_settings(), "/settings"),
    ];
    all.into_iter()
        .filter(|(act, ..)| policy::may_ever(&who.actor, *act))
        .map(|(_, label, text, href)| Way { label, text, href })
        .collect()
}

async fn show(State(web): State<Web>, who: SignedIn) -> Result<Response, Problem> {
    let t = who.t();
    let roles = page::role_codes(&who.actor);
    let may_open = policy::may_ever(&who.actor, Act::OpenDeal);
    let mut conn = web.app().db.search().await?;
    let own = if may_open {
        let filter = DealFilter { owner: Some(who.actor.id), due_first: Some(()), ..DealFilter::default() };
        waiting(&mut conn, &who, filter, 2 * GROUP).await?
    } else {
        Vec::new()
    };
    let of_roles = by_role(&mut conn, &who, &roles).await?;
    let nodes = inbox::page(&mut conn, &page::reader(&web, &who), inbox::Tab::ToDecide, None, GROUP).await?;
    let reviews = inbox::page(&mut conn, &page::reader(&web, &who), inbox::Tab::Reviews, None, GROUP).await?;
    let to_verify = archives(&mut conn, &who).await?;
    let owed = requirements::files_owed(&mut conn, who.actor.id, GROUP).await?;
    let departments: Vec<String> =
        policy::departments_of(&who.actor).into_iter().map(|d| d.code().to_owned()).collect();
    let duties = changes::duties_of(&mut conn, &departments, policy::assesses_for(&who.actor), GROUP).await?;
    let asked = pledges::waiting(&mut conn, &departments, GROUP).await?;
    let today = local_date(web.app().clock.now());
    let to_review = reviews::due_now(&mut conn, &who.actor, today, GROUP).await?;
    let of_feedback = crate::web::feedback::tasks(&web, &mut conn, &who).await?;
    drop(conn);

    let mut mine: Vec<Task> = nodes.iter().map(|n| of_node(&web, &who, n)).collect();
    mine.extend(reviews.iter().map(|n| Task { act: t.fast_next_review().to_owned(), ..of_node(&web, &who, n) }));
    mine.extend(owed.iter().map(|o| of_owed(&web, t, o)));
    mine.extend(duties.iter().map(|d| of_duty(&web, t, d)));
    mine.extend(asked.iter().map(|p| of_pledge(&web, t, p)));
    mine.extend(to_verify.iter().map(|c| of_archive(t, c)));
    mine.extend(of_feedback);
    mine.extend(of_roles.iter().filter(|r| !own.iter().any(|o| o.id == r.id)).map(|r| of_deal(&web, &who, r)));
    let can_review = |r: &&DueRow| reviews::may_review(&who.actor, r);
    mine.extend(to_review.iter().filter(can_review).map(|r| of_review(t, r, today)));
    let (mut others, mut silent) = (Vec::new(), Vec::new());
    others.extend(to_review.iter().filter(|r| r.owner_id == who.actor.id.0).map(|r| of_review(t, r, today)));
    for row in &own {
        let task = of_deal(&web, &who, row);
        match standing(row.next_action.as_deref(), row.turn_role.as_deref(), &roles) {
            Standing::Mine => mine.push(task),
            Standing::Others => others.push(task),
            Standing::Silent => silent.push(task),
        }
    }
    sort(&mut mine);
    sort(&mut others);
    sort(&mut silent);
    let is_worker = policy::may_ever(&who.actor, Act::SeeDeal);
    let mine_empty = match (may_open, is_worker) {
        (true, _) => t.work_mine_empty_seller(),
        (false, true) => t.work_mine_empty_others(),
        (false, false) => t.work_mine_empty_admin(),
    };
    let mut groups = vec![Group {
        id: "mine",
        title: t.work_mine(),
        tasks: mine,
        href: is_worker.then_some("/deals?turn=mine&sort=due"),
        empty_title: t.work_mine_none(),
        empty_text: mine_empty,
    }];
    if may_open {
        groups.push(Group {
            id: "others",
            title: t.work_others(),
            tasks: others,
            href: Some("/deals?turn=others&sort=due"),
            empty_title: t.work_others_none(),
            empty_text: t.work_others_empty(),
        });
        groups.push(Group {
            id: "silent",
            title: t.work_silent(),
            tasks: silent,
            href: Some("/deals?turn=customer&sort=due"),
            empty_title: t.work_silent_none(),
            empty_text: t.work_silent_empty(),
        });
    }
    let person = who.person();
    page::page(&WorkPage {
        chrome: page::chrome(&web, &who, Section::Work).await?,
        t,
        may_open,
        groups,
        name: page::name_in(t, &person.name, &person.name_en),
        ways: ways(t, &who),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deal_of_mine_stands_in_exactly_one_group() {
        let roles = ["sales_manager".to_owned()];
        assert_eq!(standing(Some("save_quote"), Some("sales_rep"), &[]), Standing::Mine);
        assert_eq!(standing(Some("reopen_quoting"), Some("sales_manager"), &roles), Standing::Mine);
        assert_eq!(standing(Some("reopen_quoting"), Some("sales_manager"), &[]), Standing::Others);
        assert_eq!(standing(Some("confirm_requirement"), Some("sales_rep"), &[]), Standing::Silent);
        assert_eq!(standing(Some("record_acceptance"), Some("sales_rep"), &roles), Standing::Silent);
    }
}
