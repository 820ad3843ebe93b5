//! The frame around every page, and small things pages share: answers, links, choices.

use super::drafts::{self, DraftNote};
use super::{Here, Problem, SignedIn, Web, assets, presence, settings};
use crate::domain::deal::Step;
use crate::domain::policy::{self, Act};
use crate::domain::search;
use crate::domain::staff::{Actor, Role};
use crate::domain::workflow::{Action, Blocker, Case, Event};
use crate::store::events::Told;
use crate::store::inbox;
use crate::wording::Lang;
use askama::Template;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, SET_COOKIE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use serde::Serialize;

/// The place in the navigation a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    None,
    Work,
    Deals,
    Customers,
    Approvals,
    Orders,
    Deadlines,
    Deliveries,
    Prices,
    Stock,
    Reports,
    Settings,
}

pub struct Person {
    pub name: String,
    pub department: String,
    pub roles: String,
    pub acting_for: Option<String>,
}

pub struct NavItem {
    pub label: String,
    pub href: String,
    pub icon: &'static str,
    pub count: Option<i64>,
    pub is_current: bool,
    /// Pinyin initials by which it is found; empty where the label is spelled with letters.
    pub sound: String,
}

/// One message after a change, shown once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flash {
    pub kind: &'static str,
    pub text: String,
}

impl Flash {
    /// Cookies hold a code, never text.
    pub fn of(code: &str, t: Lang) -> Option<Self> {
        let text = match Action::parse(code) {
            Some(action) => t.done(action).to_owned(),
            None if code == "saved" => t.page_saved().to_owned(),
            None if code == "founded" => t.setup_done().to_owned(),
            None => return None,
        };
        Some(Self { kind: "ok", text })
    }
}

/// Everything the frame shows.
pub struct Chrome {
    pub t: Lang,
    pub theme: &'static str,
    pub css_url: String,
    pub js_url: String,
    pub icons_url: String,
    pub favicon_url: String,
    pub signed_in: Option<Person>,
    pub nav: Vec<NavItem>,
    pub form_token: String,
    pub path: String,
    pub query: String,
    pub flash: Option<Flash>,
    pub is_demo: bool,
    pub notices: i64,
    pub late: i64,
    /// Where a long form on this page keeps its unsaved input.
    pub draft_address: Option<String>,
    pub draft: Option<DraftNote>,
    /// How this page follows what others do.
    pub live: Option<LiveMark>,
    /// Without the frame, for a screen on the wall.
    pub is_wall: bool,
    pub search_url: &'static str,
    pub palette_url: &'static str,
}

/// Where a page hears of changes, and the number it already knows.
pub struct LiveMark {
    pub address: String,
    pub since: String,
    pub script: &'static str,
}

/// Pages that were read, and that show deals: one deal, or lists of them.
fn live_mark(who: &SignedIn, section: Section) -> Option<LiveMark> {
    let path = who.here.path.split('?').next().unwrap_or_default();
    let deal = path.strip_prefix("/deals/").and_then(|rest| rest.split('/').next()).filter(|no| no.starts_with("CD-"));
    let address = match (deal, section) {
        (Some(no), _) => format!("/live?deal={no}"),
        (
            None,
            Section::Work
            | Section::Deals
            | Section::Orders
            | Section::Approvals
            | Section::Deadlines
            | Section::Deliveries,
        ) if path != "/deals/new" => {
            if presence::is_wall(&who.here.path) {
                "/live?wall=yes".to_owned()
            } else {
                "/live".to_owned()
            }
        }
        _ => return None,
    };
    who.here.is_get?;
    Some(LiveMark { address, since: who.here.news.clone().unwrap_or_default(), script: assets::asset_url("live.js") })
}

/// Name in the reader's language.
pub fn name_in(t: Lang, name: &str, name_en: &str) -> String {
    if t == Lang::En { name_en.to_owned() } else { name.to_owned() }
}

/// Who did what is told, in the reader's language: the customer's person for an answer on a link, the program
/// itself where nobody did.
pub fn who_acted(t: Lang, told: &Told) -> String {
    match (&told.event, &told.actor, &told.actor_en) {
        (Event::CustomerAnswered { by_name, .. }, ..) => t.link_event_who(by_name),
        (_, Some(name), Some(name_en)) => name_in(t, name, name_en),
        _ => t.problem_system().to_owned(),
    }
}

/// The frame without figures, for pages that must not touch the database.
pub fn bare(web: &Web, here: &Here, section: Section) -> Chrome {
    let t = here.t;
    let signed_in = here.session.as_ref().map(|s| {
        let p = &s.person;
        let roles: Vec<&str> = p.roles.iter().map(|r| t.role(*r)).collect();
        Person {
            name: name_in(t, &p.name, &p.name_en),
            department: t.department(p.department).to_owned(),
            roles: roles.join(" · "),
            acting_for: (!s.mandates.is_empty()).then(|| {
                let names: Vec<&str> = s.mandates.iter().map(|m| m.of.name.as_str()).collect();
                names.join(t.sentence_joint())
            }),
        }
    });
    let nav = here.session.as_ref().map(|s| navigation(t, &s.actor(), section)).unwrap_or_default();
    // Only the page of the search itself says again what was searched for; lists have a box of their own.
    let query = here.path.split_once('?').filter(|(path, _)| *path == "/search").map(|(_, q)| q).unwrap_or_default();
    let query = form_urlencoded::parse(query.as_bytes())
        .find(|(n, _)| n == "q")
        .map(|(_, v)| v.into_owned())
        .unwrap_or_default();
    Chrome {
        t,
        theme: here.theme,
        css_url: assets::asset_url("app.css").to_owned(),
        js_url: assets::asset_url("app.js").to_owned(),
        icons_url: assets::asset_url("icons.svg").to_owned(),
        favicon_url: assets::asset_url("favicon.svg").to_owned(),
        signed_in,
        nav,
        form_token: here.form_key(web),
        path: here.path.clone(),
        query,
        flash: here.flash.clone(),
        is_demo: web.is_demo(),
        notices: 0,
        late: 0,
        draft_address: here
            .session
            .as_ref()
            .and_then(|_| here.path.split('?').next())
            .filter(|path| drafts::is_long_form(path))
            .map(str::to_owned),
        draft: None,
        live: None,
        is_wall: false,
        search_url: assets::asset_url("search.js"),
        palette_url: assets::asset_url("palette.js"),
    }
}

fn navigation(t: Lang, actor: &Actor, section: Section) -> Vec<NavItem> {
    let item = |own: Section, label: &str, href: &str, icon: &'static str| NavItem {
        label: label.to_owned(),
        href: href.to_owned(),
        icon,
        count: None,
        is_current: own == section,
        sound: if t == Lang::Zh { search::initials(label) } else { String::new() },
    };
    let mut nav = vec![item(Section::Work, t.frame_my_work(), "/work", "home")];
    if policy::may_ever(actor, Act::SeeDeal) {
        nav.push(item(Section::Deals, t.frame_deals(), "/deals", "deal"));
    }
    if policy::may_ever(actor, Act::Do(Action::DecideNode)) || policy::may_ever(actor, Act::OpenDeal) {
        nav.push(item(Section::Approvals, t.frame_approvals(), "/approvals", "approval"));
    }
    if policy::may_ever(actor, Act::SeeOrders) {
        nav.push(item(Section::Orders, t.frame_orders(), "/orders", "order"));
        nav.push(item(Section::Deliveries, t.deliveries_list_title(), "/deliveries", "delivery"));
    }
    if policy::visible_customers(actor) != policy::VisibleTo::Nothing {
        nav.push(item(Section::Customers, t.frame_customers(), "/customers", "customer"));
    }
    if policy::may_ever(actor, Act::SeeLibrary) {
        nav.push(item(Section::Prices, t.frame_prices(), "/prices", "price"));
    }
    if policy::may_ever(actor, Act::SeeDeadlines) {
        nav.push(item(Section::Deadlines, t.deadline_title(), "/deadlines", "clock"));
    }
    if policy::may_ever(actor, Act::SeeStock) {
        nav.push(item(Section::Stock, t.frame_stock(), "/stock", "stock"));
    }
    if policy::may_ever(actor, Act::SeeReports) {
        nav.push(item(Section::Reports, t.frame_reports(), "/reports", "report"));
    }
    if settings::is_led_here(actor) {
        nav.push(item(Section::Settings, t.frame_settings(), "/settings", "settings"));
    }
    nav
}

/// The stored codes of the roles a person holds; a sales rep's turn is matched by ownership.
pub fn role_codes(actor: &Actor) -> Vec<String> {
    actor.roles.iter().filter(|r| **r != Role::SalesRep).map(|r| r.code().to_owned()).collect()
}

/// Whose inbox this is.
pub fn reader(web: &Web, who: &SignedIn) -> inbox::Reader {
    inbox::Reader {
        person: who.actor.id,
        manager: who.actor.manager,
        roles: role_codes(&who.actor),
        now: web.app().clock.now(),
        has_mandates: !who.actor.mandates.is_empty(),
    }
}

/// The frame with its counts.
pub async fn chrome(web: &Web, who: &SignedIn, section: Section) -> Result<Chrome, Problem> {
    let mut chrome = bare(web, &who.here, section);
    chrome.draft = drafts::note(web, who).await?;
    chrome.live = live_mark(who, section);
    let counts = web.app().frame_counts(&reader(web, who)).await?;
    chrome.notices = counts.notices;
    chrome.late = counts.late;
    for item in chrome.nav.iter_mut().filter(|i| i.href == "/approvals") {
        item.count = Some(counts.to_decide).filter(|n| *n > 0);
    }
    Ok(chrome)
}

/// An answer for a script, for nobody to keep.
pub fn json(value: &impl Serialize) -> Result<Response, Problem> {
    let text = serde_json::to_string(value).map_err(|e| Problem::Failed { detail: e.to_string() })?;
    Ok(([(CONTENT_TYPE, "application/json; charset=utf-8"), (CACHE_CONTROL, "no-store")], text).into_response())
}

/// A rendered page.
pub fn page(template: &impl Template) -> Result<Response, Problem> {
    Ok(Html(template.render()?).into_response())
}

/// The same form again, with every error.
pub fn invalid(template: &impl Template) -> Result<Response, Problem> {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(template.render()?)).into_response())
}

/// The page as it is now, because what was asked is not possible any more.
pub fn conflict(template: &impl Template) -> Result<Response, Problem> {
    Ok((StatusCode::CONFLICT, Html(template.render()?)).into_response())
}

/// Go there now, with one message by code: an action's code or `saved`.
pub fn see_other(web: &Web, to: &str, flash: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let location = HeaderValue::from_str(to).unwrap_or_else(|_| HeaderValue::from_static("/work"));
    response.headers_mut().insert(LOCATION, location);
    if !flash.is_empty() {
        response.headers_mut().append(SET_COOKIE, web.flash_cookie(flash));
    }
    response
}

/// Only an address of this site may be gone back to.
pub fn own_path(path: &str) -> &str {
    let own =
        path.starts_with('/') && !path.starts_with("//") && !path.contains('\\') && !path.chars().any(char::is_control);
    if own { path } else { "/work" }
}

/// The page of a step.
pub fn step_path(step: Step) -> &'static str {
    match step {
        Step::Registration => "customer",
        Step::Requirement => "requirement",
        Step::Quote => "quote",
        Step::Approval => "approval",
        Step::Order => "order",
        Step::Delivery => "delivery",
    }
}

/// Whether the reader may see amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prices {
    Shown,
    Hidden,
}

impl Prices {
    pub fn of(actor: &Actor, case: Option<&Case>) -> Self {
        let allowed = case.map_or_else(
            || policy::may_ever(actor, Act::SeePrices),
            |case| policy::may_on(actor, Act::SeePrices, case).is_ok(),
        );
        if allowed { Self::Shown } else { Self::Hidden }
    }
}

/// The sentence of a blocker; amounts stay hidden from people who see no prices.
pub fn blocker_text(t: Lang, prices: Prices, blocker: &Blocker) -> String {
    match blocker {
        Blocker::PaymentOpen { position, .. } if prices == Prices::Hidden => t.delivery_payment_open(*position),
        other => t.blocker(other),
    }
}

/// The receiver's phone, whole for those who sell to them or bring the goods, masked for others.
pub fn ship_phone(actor: &Actor, case: &Case, phone: &str) -> String {
    let needs = policy::may_on(actor, Act::SeeContacts, case).is_ok() || policy::may_ever(actor, Act::SeeShipTo);
    if needs { phone.to_owned() } else { crate::domain::privacy::phone(phone) }
}

/// A unit price: two decimals, more only where it has more.
pub fn unit_price(value: rust_decimal::Decimal) -> String {
    use crate::domain::money::{format_money, format_quantity, round_money};
    if value == round_money(value) { format_money(value) } else { format_quantity(value) }
}

/// Where the reader can clear a blocker.
pub fn blocker_link(blocker: &Blocker, case: Option<&Case>) -> Option<String> {
    let case = case?;
    let customer = match &case.deal {
        Some(deal) => format!("/deals/{}/customer", deal.no),
        None => format!("/customers/{}", case.customer.no),
    };
    let deal = |step: Step| case.deal.as_ref().map(|d| format!("/deals/{}/{}", d.no, step_path(step)));
    // The control in a grid's row.
    let field = |step, line: usize, name: &str| deal(step).map(|page| format!("{page}#f-line-{line}-{name}"));
    match blocker {
        Blocker::MergedInto { no, .. } => Some(format!("/customers/{no}")),
        Blocker::FieldMissing { field } => Some(format!("{customer}#f-{field}")),
        Blocker::CustomerNotArchived { .. }
        | Blocker::PrimaryContactMissing
        | Blocker::BackupContactMissing
        | Blocker::DecisionMakerMissing
        | Blocker::LicenseMissing
        | Blocker::LicenseNotVerified
        | Blocker::RegistryBlocks { .. }
        | Blocker::CustomerNotConfirmed
        | Blocker::CreditHold
        | Blocker::Blacklisted
        | Blocker::Inactive
        | Blocker::ReviewOverdue { .. }
        | Blocker::RegistryNoteMissing
        | Blocker::ReopeningUnexplained => Some(customer),
        Blocker::RequirementMissing
        | Blocker::RequirementNotConfirmed
        | Blocker::ContactMissing
        | Blocker::LineCannotBeMet { .. }
        | Blocker::PackagingMissing { .. }
        | Blocker::PhoneNotAllowed { .. }
        | Blocker::EvidenceMissing
        | Blocker::DrawingMissing { .. }
        | Blocker::ConfirmContactUnknown
        | Blocker::NoFileOwed => deal(Step::Requirement),
        Blocker::SpecialUnticked { .. } => deal(Step::Requirement).map(|page| format!("{page}#specials")),
        Blocker::QuoteMissing | Blocker::QuoteNotSubmitted | Blocker::QuoteOutdated => deal(Step::Quote),
        Blocker::LineNotQuoted { line } | Blocker::PolicyPriceMoved { line } => field(Step::Quote, *line, "unit_price"),
        Blocker::PolicyPriceMissing { line }
        | Blocker::DiscountReasonMissing { line, .. }
        | Blocker::TaxReasonMissing { line, .. } => field(Step::Quote, *line, "discount_reason"),
        Blocker::TermsNotHundred { .. } => field(Step::Quote, 1, "percent"),
        Blocker::NotApproved | Blocker::ConditionOpen | Blocker::AlreadyDecided { .. } | Blocker::SomebodyDecided => {
            deal(Step::Approval)
        }
        Blocker::NotAccepted
        | Blocker::QuoteNotSent
        | Blocker::OrderNotConfirmed
        | Blocker::OrderOnHold { .. }
        | Blocker::StopAsked { .. } => deal(Step::Order),
        Blocker::PaymentOpen { .. } | Blocker::SpecialNotAcknowledged { .. } | Blocker::SpecialNotTicked { .. } => {
            deal(Step::Delivery)
        }
        Blocker::ChangeOpen { no } | Blocker::LineChanging { no, .. } => {
            case.deal.as_ref().map(|d| super::deals::change_link(&d.no, no))
        }
        Blocker::ChangeOutdated | Blocker::NothingChanged => {
            case.deal.as_ref().map(|d| format!("/deals/{}/changes/new", d.no))
        }
        Blocker::ExceptionOpen { .. } | Blocker::DifferenceOpen { .. } | Blocker::CreditNoteMissing => {
            case.deal.as_ref().map(|d| format!("/deals/{}/exceptions", d.no))
        }
        Blocker::PickingUnchecked => deal(Step::Delivery),
        Blocker::ConfirmOnRequirement => deal(Step::Requirement),
        _ => None,
    }
}
