//! Step 2, the requirement confirmation (DOMAIN 1.2): the form while it is a draft, afterwards the
//! document with its versions, and the acts that send, recall, confirm and revise it.
//!
//! The one rule: only the newest version is edited, and only as a draft.

mod form;
mod sheet;

use super::frame::{self, Condition, DealFrame};
use super::grid::{self, Cell, VersionLink};
use crate::app::FileFlaw;
use crate::domain::customer::InvoiceKind;
use crate::domain::deal::Step;
use crate::domain::input::Flaw;
use crate::domain::policy::{self, Act};
use crate::domain::requirement::{
    Channel, DeliveryMode, MatchKind, PaymentWish, RequirementConfirmMethod, RequirementStatus,
};
use crate::domain::workflow::{self, Action, Case, Command, Offer};
use crate::store::{cases, catalog, lists};
use crate::web::check::{Checker, FieldErrors};
use crate::web::form::{Choice, ErrorItem, FormView};
use crate::web::page::{self, Chrome, name_in};
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use form::{LINE, NEW_LINE, NEW_SPECIAL, SPECIAL};

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/deals/{no}/requirement", get(show).post(save))
        .route("/deals/{no}/requirement/send", post(send))
        .route("/deals/{no}/requirement/recall", post(recall))
        .route("/deals/{no}/requirement/confirm", post(confirm))
        .route("/deals/{no}/requirement/revise", post(revise))
}

struct LineRow {
    number: usize,
    product: Cell,
    spec: Cell,
    quantity: Cell,
    packaging: Cell,
    match_kind: Cell,
    note: Cell,
}

struct SpecialRow {
    number: usize,
    text: Cell,
    department: Cell,
    applies: Cell,
}

struct Edit {
    contacts: Vec<Choice>,
    channels: Vec<Choice>,
    delivery_modes: Vec<Choice>,
    yes_no: Vec<Choice>,
    payment_wishes: Vec<Choice>,
    invoice_needs: Vec<Choice>,
    products: Vec<Choice>,
    match_kinds: Vec<Choice>,
    departments: Vec<Choice>,
    applies: Vec<Choice>,
    lines: Vec<LineRow>,
    specials: Vec<SpecialRow>,
}

#[derive(Template)]
#[template(path = "deals/requirement.html")]
struct RequirementPage {
    chrome: Chrome,
    t: Lang,
    frame: DealFrame,
    /// Of the deal, as the form was made from.
    version: i64,
    errors: Vec<ErrorItem>,
    form: FormView,
    edit: Option<Edit>,
    sheet: Option<sheet::Sheet>,
    changes: Vec<sheet::Change>,
    former: i32,
    is_former: bool,
    versions: Vec<VersionLink>,
    is_early: bool,
    unticked: usize,
    send: Option<Vec<Condition>>,
    can_recall: bool,
    confirm: Option<Vec<Condition>>,
    confirm_form: FormView,
    confirm_methods: Vec<Choice>,
    revise: Option<Vec<Condition>>,
}

/// What was typed and refused, or is only shown again with another row.
enum Typed {
    Nothing,
    Content(FormView, FieldErrors),
    Confirmation(FormView, FieldErrors),
}

async fn show(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let case = frame::case_at(&web, &who, &no, Step::Requirement).await?;
    let asked = grid::asked_version(&who.here.path)?;
    page::page(&build(&web, &who, &case, asked, None, Typed::Nothing).await?)
}

fn conditions_of(t: Lang, case: &Case, offers: &[Offer], action: Action) -> Option<Vec<Condition>> {
    frame::offer(offers, action).map(|o| frame::conditions(t, crate::web::page::Prices::Hidden, case, &o.blockers))
}

async fn build(
    web: &Web,
    who: &SignedIn,
    case: &Case,
    asked: Option<i32>,
    version: Option<i64>,
    typed: Typed,
) -> Result<RequirementPage, Problem> {
    let t = who.t();
    let now = web.app().clock.now();
    let deal = case.deal.as_ref().ok_or(Problem::Missing)?;
    let newest = case.requirement.as_ref();
    let (rows, shown, before, products) = {
        let mut conn = web.app().db.read().await?;
        let rows = lists::requirement_versions(&mut conn, deal.id).await?;
        let shown = match asked {
            Some(version_no) => {
                Some(cases::requirement_version(&mut conn, deal.id, version_no).await?.ok_or(Problem::Missing)?)
            }
            None => newest.cloned(),
        };
        let before = match shown.as_ref().map(|r| r.version_no - 1).filter(|n| *n >= 1) {
            Some(version_no) => cases::requirement_version(&mut conn, deal.id, version_no).await?,
            None => None,
        };
        (rows, shown, before, catalog::products(&mut conn).await?)
    };
    let is_former = shown.as_ref().zip(newest).is_some_and(|(s, n)| s.version_no != n.version_no);
    let offers = if is_former { Vec::new() } else { workflow::offers(case, &who.actor, now) };
    let may_edit = frame::offer(&offers, Action::SaveRequirement).is_some_and(Offer::is_ready);
    let (mut form, mut confirm_form, found) = match typed {
        Typed::Nothing => (None, None, FieldErrors::new()),
        Typed::Content(form, found) => (Some(form), None, found),
        Typed::Confirmation(form, found) => (None, Some(form), found),
    };
    let form = form.take().unwrap_or_else(|| newest.map_or_else(|| form::fresh(case), |r| form::stored(&r.content)));
    let confirm_form = confirm_form.take().unwrap_or_else(|| {
        let mut view = FormView::default();
        view.push("confirmed_at", grid::local_minute(now));
        let contact =
            newest.and_then(|r| case.customer.profile.contacts.iter().find(|c| Some(c.id) == r.content.contact));
        view.put("confirm_contact", contact.map(|c| c.name.as_str()));
        view
    });
    let edit = may_edit.then(|| edit(t, case, &products, &form));
    let sheet = shown.as_ref().filter(|_| edit.is_none()).map(|r| sheet::of(t, &who.actor, case, r));
    let changes = match (&shown, &before) {
        (Some(shown), Some(before)) => {
            sheet::changes(t, &sheet::of(t, &who.actor, case, before), &sheet::of(t, &who.actor, case, shown))
        }
        _ => Vec::new(),
    };
    let frame = frame::of(web, who, case, Step::Requirement).await?;
    Ok(RequirementPage {
        chrome: frame::chrome(web, who).await?,
        t,
        version: version.unwrap_or(frame.version),
        errors: grid::summary(t, &found),
        edit,
        sheet,
        changes,
        is_former,
        former: before.map_or(0, |r| r.version_no),
        versions: grid::versions(
            t,
            &rows,
            &format!("/deals/{}/requirement", deal.no),
            shown.as_ref().map(|r| r.version_no),
            |code| RequirementStatus::parse(code).map(|s| t.requirement_status(s)),
        ),
        is_early: !is_former && case.route_facts.wanted_before_lead_time,
        unticked: newest
            .filter(|r| r.status == RequirementStatus::Draft)
            .map_or(0, |r| r.content.specials.iter().filter(|s| s.applies.is_none()).count()),
        send: conditions_of(t, case, &offers, Action::SendRequirement),
        can_recall: frame::offer(&offers, Action::RecallRequirement).is_some_and(Offer::is_ready),
        confirm: conditions_of(t, case, &offers, Action::ConfirmRequirement),
        confirm_form,
        confirm_methods: grid::choices(RequirementConfirmMethod::ALL, RequirementConfirmMethod::code, |m| {
            t.requirement_confirm_method(m)
        }),
        revise: conditions_of(t, case, &offers, Action::ReviseRequirement),
        frame,
        form,
    })
}

fn edit(t: Lang, case: &Case, products: &[catalog::Product], form: &FormView) -> Edit {
    let blank = Choice::new("", t.ui_choose());
    let on_sale = products.iter().filter(|p| p.is_on_sale).map(|p| {
        Choice::new(
            p.id.to_string(),
            t.requirement_product_choice(&p.code, name_in(t, &p.name, &p.name_en), t.unit(&p.unit)),
        )
    });
    Edit {
        contacts: case
            .customer
            .profile
            .active_contacts()
            .map(|c| Choice::new(c.id.to_string(), format!("{} · {}", c.name, c.title)))
            .collect(),
        channels: grid::choices(Channel::ALL, Channel::code, |v| t.channel(v)),
        delivery_modes: grid::choices(DeliveryMode::ALL, DeliveryMode::code, |v| t.delivery_mode(v)),
        yes_no: grid::yes_no(t),
        payment_wishes: grid::choices(PaymentWish::ALL, PaymentWish::code, |v| t.payment_wish(v)),
        invoice_needs: grid::choices(InvoiceKind::ALL, InvoiceKind::code, |v| t.invoice_kind(v)),
        products: std::iter::once(blank).chain(on_sale).collect(),
        match_kinds: grid::choices(MatchKind::ALL, MatchKind::code, |v| t.match_kind(v)),
        departments: sheet::departments(t),
        applies: vec![
            Choice::new("", t.requirement_applies_open()),
            Choice::new("yes", t.requirement_applies()),
            Choice::new("no", t.requirement_applies_not()),
        ],
        lines: (0..grid::row_count(form, &LINE, 1))
            .map(|i| LineRow {
                number: i + 1,
                product: grid::cell(form, "product", i),
                spec: grid::cell(form, "spec", i),
                quantity: grid::cell(form, "quantity", i),
                packaging: grid::cell(form, "packaging", i),
                match_kind: grid::cell(form, "match_kind", i),
                note: grid::cell(form, "note", i),
            })
            .collect(),
        specials: (0..grid::row_count(form, &SPECIAL, 0))
            .map(|i| SpecialRow {
                number: i + 1,
                text: grid::cell(form, "special_text", i),
                department: grid::cell(form, "special_department", i),
                applies: grid::cell(form, "special_applies", i),
            })
            .collect(),
    }
}

/// Refuses with the reason when the act is not this person's, or not possible now.
fn must_be_possible(web: &Web, post: &Post, case: &Case, action: Action) -> Result<(), Problem> {
    let blockers = workflow::blockers(case, action, None, web.app().clock.now());
    if blockers.is_empty() {
        Ok(())
    } else {
        Err(Problem::NotNow { blockers, case: Some(Box::new(case.clone())), kept: post.form.clone() })
    }
}

async fn save(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let case = frame::case_at(&web, &post.who, &no, Step::Requirement).await.map_err(|p| post.keeping(p))?;
    policy::may_on(&post.who.actor, Act::Do(Action::SaveRequirement), &case).map_err(|d| post.keeping(d))?;
    let version = post.form.version();
    if let Some(changed) = changed_rows(&post) {
        must_be_possible(&web, &post, &case, Action::SaveRequirement)?;
        let typed = Typed::Content(FormView::typed(&changed, Vec::new()), FieldErrors::new());
        return page::page(&build(&web, &post.who, &case, None, Some(version), typed).await?);
    }
    let products = {
        let mut conn = web.app().db.read().await?;
        catalog::products(&mut conn).await?
    };
    let read = {
        let ids = || web.app().ids.next();
        let draft = case.requirement.as_ref().filter(|r| r.status == RequirementStatus::Draft);
        let lines = draft.map_or(&[][..], |r| r.content.lines.as_slice());
        form::read(
            &post.form,
            &form::About {
                customer: &case.customer,
                products: &products,
                lines,
                next_id: &ids,
                now: web.app().clock.now(),
            },
        )
    };
    match read {
        Ok(content) => run(&web, &post, &no, Command::SaveRequirement(Box::new(content))).await,
        Err(found) => {
            must_be_possible(&web, &post, &case, Action::SaveRequirement)?;
            let view = FormView::typed(&post.form, grid::at_controls(post.t(), &found));
            page::invalid(&build(&web, &post.who, &case, None, Some(version), Typed::Content(view, found)).await?)
        }
    }
}

/// The form with a row more or less, when one of the buttons of a grid was used.
fn changed_rows(post: &Post) -> Option<crate::web::form::Submitted> {
    let number = |name: &str| post.form.value(name).parse::<usize>().ok();
    if post.form.has("add_row") {
        let row = if grid::row_count(&FormView::typed(&post.form, Vec::new()), &LINE, 0) < form::MAX_LINES {
            NEW_LINE.as_slice()
        } else {
            &[]
        };
        Some(grid::with_row(&post.form, row))
    } else if post.form.has("add_special") {
        Some(grid::with_row(&post.form, &NEW_SPECIAL))
    } else if let Some(number) = number("remove_row") {
        Some(grid::without_row(&post.form, &LINE, number))
    } else {
        number("remove_special").map(|number| grid::without_row(&post.form, &SPECIAL, number))
    }
}

async fn run(web: &Web, post: &Post, no: &str, command: Command) -> Result<Response, Problem> {
    let action = command.action();
    let then = format!("/deals/{no}/requirement");
    let done =
        web.app().act_on_deal(&post.by(then), no, post.form.version(), command).await.map_err(|f| post.keeping(f))?;
    Ok(page::see_other(web, done.then(), action.code()))
}

async fn send(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    run(&web, &post, &no, Command::SendRequirement).await
}

async fn recall(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    run(&web, &post, &no, Command::RecallRequirement).await
}

async fn revise(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    run(&web, &post, &no, Command::ReviseRequirement).await
}

async fn confirm(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let case = frame::case_at(&web, &post.who, &no, Step::Requirement).await.map_err(|p| post.keeping(p))?;
    policy::may_on(&post.who.actor, Act::Do(Action::ConfirmRequirement), &case).map_err(|d| post.keeping(d))?;
    let mut check = Checker::new(&post.form);
    let method = check.choice("confirm_method", RequirementConfirmMethod::parse);
    let contact = check.text("confirm_contact", 2, 100);
    let at = check.date_time("confirmed_at");
    if at.is_some_and(|at| at > web.app().clock.now()) {
        check.fail("confirmed_at", Flaw::InTheFuture);
    }
    let file = post.form.file("file");
    if file.is_none() && method.is_some_and(|m| m != RequirementConfirmMethod::Phone) {
        check.fail("file", Flaw::FileMissing);
    }
    let mut upload = None;
    if let Some(file) = file.filter(|_| check.is_clean()) {
        match web.app().keep_file(&file.file_name, file.content.clone()).await? {
            Ok(kept) => upload = Some(kept),
            Err(FileFlaw::Empty) => check.fail("file", Flaw::FileEmpty),
            Err(FileFlaw::TooLarge) => check.fail("file", Flaw::FileTooLarge { max_mib: 10 }),
            Err(FileFlaw::Kind) => check.fail("file", Flaw::FileKind),
        }
    }
    let found = check.finish().err().unwrap_or_default();
    let (true, Some(method), Some(contact), Some(at)) = (found.is_empty(), method, contact, at) else {
        must_be_possible(&web, &post, &case, Action::ConfirmRequirement)?;
        let view = FormView::typed(&post.form, grid::at_controls(post.t(), &found));
        return page::invalid(
            &build(&web, &post.who, &case, None, Some(post.form.version()), Typed::Confirmation(view, found)).await?,
        );
    };
    let command = Command::ConfirmRequirement { method, contact, file: upload.as_ref().map(|u| u.id), at };
    let by = post.by_with(format!("/deals/{no}/requirement"), upload.into_iter().collect());
    let done = web.app().act_on_deal(&by, &no, post.form.version(), command).await.map_err(|f| post.keeping(f))?;
    Ok(page::see_other(&web, done.then(), Action::ConfirmRequirement.code()))
}
