//! Step 1, client registration, and the page of the archive itself: one set of forms and
//! commands, reached through a deal or through the list of customers.
//!
//! Every write goes through `act_on_customer` with the archive's own version.

use super::customer_form::{self, Reading, Wrong, Wrongs};
use super::customer_view::{self, CustomerView, Typed, in_words};
use super::frame::{self, DealFrame, TimelineItem};
use super::{customer_manage, same_archive, ship_to};
use crate::app::{Failure, FileFlaw};
use crate::domain::calendar::local_date;
use crate::domain::customer::{CustomerConfirmMethod, VerifyChannel};
use crate::domain::deal::{DealStatus, Step};
use crate::domain::ids::AttachmentId;
use crate::domain::input::Flaw;
use crate::domain::policy::{self, Act};
use crate::domain::workflow::{self, Action, Case, Command};
use crate::store::lists::{self, DealFilter};
use crate::store::{events, merges};
use crate::web::card::{self, Card};
use crate::web::check::Checker;
use crate::web::form::FormView;
use crate::web::page::{self, Chrome, Section, name_in};
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{Redirect, Response};
use axum::routing::get;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/deals/{no}/customer", get(show).post(save))
        .route("/deals/{no}/customer/{verb}", get(back).post(command))
}

async fn show(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    customer_page(&web, &who, &Place::Deal { no }).await
}

async fn save(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    customer_command(&web, &Place::Deal { no }, "", post).await
}

async fn command(
    State(web): State<Web>,
    Path((no, verb)): Path<(String, String)>,
    post: Post,
) -> Result<Response, Problem> {
    customer_command(&web, &Place::Deal { no }, &verb, post).await
}

/// A refused command leaves its address in the browser; opening it again leads back to the form.
async fn back(Path((no, _)): Path<(String, String)>) -> Redirect {
    Redirect::to(&Place::Deal { no }.base())
}

/// Where the archive is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Deal { no: String },
    Customer { no: String },
}

impl Place {
    /// The address of the page and the stem of its forms.
    pub fn base(&self) -> String {
        match self {
            Self::Deal { no } => format!("/deals/{no}/customer"),
            Self::Customer { no } => format!("/customers/{no}"),
        }
    }

    async fn case(&self, web: &Web, who: &SignedIn) -> Result<Case, Problem> {
        match self {
            Self::Deal { no } => frame::case_at(web, who, no, Step::Registration).await,
            Self::Customer { no } => Ok(web.app().customer(&who.actor, no).await?),
        }
    }
}

#[derive(Template)]
#[template(path = "deals/customer.html")]
struct StepPage {
    chrome: Chrome,
    t: Lang,
    frame: DealFrame,
    view: CustomerView,
}

struct DealLine {
    no: String,
    title: String,
    kind: String,
    status: String,
    status_kind: &'static str,
    step: String,
    owner: String,
    opened: String,
}

#[derive(Template)]
#[template(path = "customers/show.html")]
struct ArchivePage {
    chrome: Chrome,
    t: Lang,
    view: CustomerView,
    card: Card,
    rows: Vec<crate::web::feedback::Line>,
    /// Where feedback is recorded, for those who may.
    new_feedback: Option<String>,
    deals: Vec<DealLine>,
    timeline: Vec<TimelineItem>,
    /// Numbers that were merged into this archive.
    former: Vec<String>,
    redirected: Option<String>,
    can_merge: Option<()>,
}

/// The page as stored.
pub async fn customer_page(web: &Web, who: &SignedIn, place: &Place) -> Result<Response, Problem> {
    let case = place.case(web, who).await?;
    if matches!(place, Place::Deal { .. }) && policy::may_see_archive(&who.actor, &case).is_err() {
        return ship_to::page(web, who, &case).await;
    }
    let typed = Typed::stored(&case.customer.profile);
    render(web, who, place, &case, typed).await
}

async fn render(web: &Web, who: &SignedIn, place: &Place, case: &Case, typed: Typed) -> Result<Response, Problem> {
    let is_refused = !typed.errors.is_empty();
    let t = who.t();
    let view = customer_view::of(web, who, case, &place.base(), typed).await?;
    match place {
        Place::Deal { .. } => {
            let frame = frame::of(web, who, case, Step::Registration).await?;
            let tpl = StepPage { chrome: frame::chrome(web, who).await?, t, frame, view };
            if is_refused { page::invalid(&tpl) } else { page::page(&tpl) }
        }
        Place::Customer { .. } => {
            let tpl = archive_page(web, who, case, view).await?;
            if is_refused { page::invalid(&tpl) } else { page::page(&tpl) }
        }
    }
}

async fn archive_page(web: &Web, who: &SignedIn, case: &Case, view: CustomerView) -> Result<ArchivePage, Problem> {
    let t = who.t();
    let c = &case.customer;
    let chrome = page::chrome(web, who, Section::Customers).await?;
    let mut conn = web.app().db.read().await?;
    let filter = DealFilter { customer: Some(c.id), ..DealFilter::default() };
    let deals = lists::deals(&mut conn, policy::visible_deals(&who.actor), &filter, 50).await?;
    let told = events::timeline(&mut conn, None, c.id, 60).await?;
    let card = card::of(web, &mut conn, who, t, case).await?;
    let feedback = crate::web::feedback::lines_of(web, &mut conn, t, c.id, 10).await?;
    let former = merges::former_numbers(&mut conn, c.id).await?;
    drop(conn);
    let deals = deals
        .into_iter()
        .map(|d| {
            let status = DealStatus::parse(&d.status);
            DealLine {
                kind: crate::domain::deal::DealKind::parse(&d.kind)
                    .map(|k| t.deal_kind(k).to_owned())
                    .unwrap_or_default(),
                status: status.map(|s| t.deal_status(s).to_owned()).unwrap_or_default(),
                status_kind: match status {
                    Some(DealStatus::Open) => "info",
                    Some(DealStatus::Completed) => "ok",
                    Some(DealStatus::Lost) | None => "plain",
                },
                step: Step::parse(&d.step).map(|s| t.step(s).to_owned()).unwrap_or_default(),
                owner: name_in(t, &d.owner_name, &d.owner_name_en),
                opened: t.moment(d.opened_at),
                no: d.no,
                title: d.title,
            }
        })
        .collect();
    let timeline = told.iter().map(|told| TimelineItem::of(t, told)).collect();
    let from = who.here.path.split_once("?from=").map(|(_, from)| from).unwrap_or_default();
    let redirected = former.iter().find(|no| *no == from).map(|no| t.merge_redirected(no));
    let can_merge = policy::may_on(&who.actor, Act::MergeCustomers, case).is_ok().then_some(());
    let may_record = policy::may_on(&who.actor, Act::Do(Action::RecordFeedback), case).is_ok();
    Ok(ArchivePage {
        chrome,
        t,
        view,
        card,
        rows: feedback,
        new_feedback: may_record.then(|| format!("/feedback/new?customer={}", c.no)),
        deals,
        timeline,
        former,
        redirected,
        can_merge,
    })
}

/// Answers a form of the archive; `verb` is the last part of its address, empty for the form itself.
pub async fn customer_command(web: &Web, place: &Place, verb: &str, mut post: Post) -> Result<Response, Problem> {
    let action = match verb {
        "" => Action::SaveCustomer,
        "license" => Action::AttachLicense,
        "request-verification" => Action::RequestVerification,
        "verify" => Action::VerifyLicense,
        "correction" => Action::AskCorrection,
        "confirm" => Action::ConfirmWithCustomer,
        "archive" => Action::Archive,
        other => customer_manage::action_at(other).ok_or(Problem::Missing)?,
    };
    if action == Action::SaveCustomer {
        post.form = same_archive::assemble(&post.form);
    }
    let case = place.case(web, &post.who).await?;
    let act = Act::Do(action);
    policy::may_separately(&post.who.actor, act, &case)
        .and_then(|()| policy::may_on(&post.who.actor, act, &case))
        .map_err(|d| post.keeping(d))?;
    let mut uploads = Vec::new();
    let mut check = Checker::new(&post.form);
    let command = match action {
        Action::SaveCustomer => match profile(web, &case, &post).await? {
            Read::Again(typed) => return render(web, &post.who, place, &case, *typed).await,
            Read::Command(command) => Some(*command),
        },
        Action::AttachLicense => match post.form.file("license_file") {
            None => {
                check.fail("license_file", Flaw::FileMissing);
                None
            }
            Some(file) => match web.app().keep_file(&file.file_name, file.content.clone()).await? {
                Ok(upload) => {
                    let file = upload.id;
                    uploads.push(upload);
                    Some(Command::AttachLicense { file })
                }
                Err(flaw) => {
                    check.fail("license_file", file_flaw(flaw));
                    None
                }
            },
        },
        Action::VerifyLicense => {
            check.choice("verify_channel", VerifyChannel::parse).map(|channel| Command::VerifyLicense { channel })
        }
        Action::AskCorrection => check.long_text("comment", 5, 500).map(|comment| Command::AskCorrection { comment }),
        Action::ConfirmWithCustomer => {
            let file = match post.form.file("confirm_file") {
                None => None,
                Some(file) => match web.app().keep_file(&file.file_name, file.content.clone()).await? {
                    Ok(upload) => {
                        let id = upload.id;
                        uploads.push(upload);
                        Some(id)
                    }
                    Err(flaw) => {
                        check.fail("confirm_file", file_flaw(flaw));
                        None
                    }
                },
            };
            confirmation(&mut check, &case, file)
        }
        Action::RequestVerification => Some(Command::RequestVerification),
        Action::Archive => Some(Command::Archive),
        other => customer_manage::command(web, &post.who, &case, other, &post.form, &mut check).await?,
    };
    let Some(command) = command else {
        let wrongs = check
            .finish()
            .err()
            .unwrap_or_default()
            .into_iter()
            .map(|(field, flaw)| (field, Wrong::Flaw(flaw)))
            .collect();
        return render(web, &post.who, place, &case, beside_profile(&post, &case, &wrongs)).await;
    };
    let base = place.base();
    let done =
        web.app().act_on_customer(&post.by_with(&base, uploads), &case.customer.no, post.form.version(), command).await;
    let done = match done {
        Err(Failure::Stale { changes, .. }) if action == Action::SaveCustomer => {
            let newest = place.case(web, &post.who).await?;
            return same_archive::page(web, &post, place, &newest, &changes).await;
        }
        other => other.map_err(|f| post.keeping(f))?,
    };
    Ok(page::see_other(web, done.then(), action.code()))
}

fn file_flaw(flaw: FileFlaw) -> Flaw {
    match flaw {
        FileFlaw::Empty => Flaw::FileEmpty,
        FileFlaw::TooLarge => Flaw::FileTooLarge { max_mib: 10 },
        FileFlaw::Kind => Flaw::FileKind,
    }
}

fn confirmation(check: &mut Checker, case: &Case, file: Option<AttachmentId>) -> Option<Command> {
    let method = check.choice("confirm_method", CustomerConfirmMethod::parse_recorded);
    let contact = check.choice("confirm_contact", |name| {
        case.customer.profile.active_contacts().find(|c| c.name == name).map(|c| c.name.clone())
    });
    let note = check.optional_long_text("confirm_note", 1, 500);
    if method == Some(CustomerConfirmMethod::File) && file.is_none() && check.is_clean() {
        check.fail("confirm_file", Flaw::FileMissing);
    }
    if check.is_clean() {
        Some(Command::ConfirmWithCustomer { method: method?, contact: contact?, note, file })
    } else {
        None
    }
}

/// A small form was refused: its own fields as typed, the profile as stored.
fn beside_profile(post: &Post, case: &Case, wrongs: &Wrongs) -> Typed {
    let (by_field, errors) = in_words(post.t(), wrongs);
    let mut form = FormView::typed(&post.form, by_field);
    customer_form::fill(&mut form, &case.customer.profile);
    Typed { form, errors, rows: 3, need_rows: case.customer.profile.needs().len() + 1, is_profile: None }
}

enum Read {
    Command(Box<Command>),
    /// The same form once more: with one more row, or with what is wrong.
    Again(Box<Typed>),
}

async fn profile(web: &Web, case: &Case, post: &Post) -> Result<Read, Problem> {
    let now = web.app().clock.now();
    let (rows, needs) = (post.form.values("name").len(), post.form.values("need_text").len());
    if post.form.has("add_row") || post.form.has("add_need") {
        let more = |button: &str| usize::from(post.form.has(button));
        let form = FormView::typed(&post.form, Vec::new());
        return Ok(Read::Again(Box::new(Typed {
            form,
            errors: Vec::new(),
            rows: (rows + more("add_row")).max(3),
            need_rows: needs + more("add_need"),
            is_profile: Some(()),
        })));
    }
    let blockers = workflow::blockers(case, Action::SaveCustomer, None, now);
    if !blockers.is_empty() {
        return Err(Problem::NotNow { blockers, case: Some(Box::new(case.clone())), kept: post.form.clone() });
    }
    let mut read = {
        let new_id = || web.app().ids.next();
        let reading = Reading { customer: &case.customer, today: local_date(now), new_id: &new_id };
        customer_form::parse(&post.form, &reading)
    };
    if let Ok(profile) = &read
        && let Some(code) = &profile.uscc
        && let Some(taken) = web.app().code_taken(&post.who.actor, code, Some(case.customer.id)).await?
    {
        read = Err(vec![("uscc".to_owned(), Wrong::Taken(Box::new(taken)))]);
    }
    let command = read.and_then(|profile| {
        if workflow::fields_to_explain(&case.customer, &profile).is_empty() {
            return Ok(Command::SaveCustomer(Box::new(profile)));
        }
        customer_manage::change_reason(&post.form)
            .map(|reason| Command::SaveCustomerBecause { profile: Box::new(profile), reason })
            .map_err(|wrong| vec![("change_reason".to_owned(), wrong)])
    });
    Ok(match command {
        Ok(command) => Read::Command(Box::new(command)),
        Err(wrongs) => {
            let (by_field, errors) = in_words(post.t(), &wrongs);
            let form = FormView::typed(&post.form, by_field);
            Read::Again(Box::new(Typed { form, errors, rows: rows.max(3), need_rows: needs, is_profile: Some(()) }))
        }
    })
}
