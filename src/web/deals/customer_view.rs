//! What the pages of a customer archive show: facts, the form where the reader may fill it, the
//! state of every group, and the acts that are open now. The same in a deal and on its own.

use super::customer_form::{self, CONTACT_FIELDS, MAX_CONTACTS, Wrongs, roles_code};
use super::frame::{self, Condition};
use crate::domain::customer::{
    Contact, ContactRank, ContactRole, CustomerConfirmMethod, CustomerProfile, CustomerStatus, CustomerType, Industry,
    InvoiceKind, PreferredChannel, RegistryStatus, SizeBand, Source, TaxpayerKind, VerifyChannel,
};
use crate::domain::ids::PersonId;
use crate::domain::money::format_quantity;
use crate::domain::policy::{self, Act};
use crate::domain::privacy;
use crate::domain::workflow::{self, Action, Case};
use crate::store::people;
use crate::web::form::{Choice, ErrorItem, FormView};
use crate::web::page::name_in;
use crate::web::{Problem, SignedIn, Web};
use crate::wording::Lang;

pub type Fact = (String, String);

/// The state of one group of the form: a badge.
pub struct Group {
    pub kind: &'static str,
    pub text: String,
}

pub struct ContactFacts {
    pub id: String,
    pub name: String,
    pub title: String,
    pub rank: &'static str,
    pub roles: String,
    pub phone: String,
    pub email: String,
}

pub struct ContactRow {
    pub no: usize,
    pub id: String,
    pub cells: Vec<Cell>,
}

/// One control of a contact's row; with options it is a select.
pub struct Cell {
    pub name: &'static str,
    pub id: String,
    pub label: &'static str,
    pub value: String,
    pub error: Option<String>,
    pub options: Vec<Choice>,
}

/// The choices of the form.
pub struct Options {
    pub customer_type: Vec<Choice>,
    pub industry: Vec<Choice>,
    pub size_band: Vec<Choice>,
    pub registry_status: Vec<Choice>,
    pub source: Vec<Choice>,
    pub taxpayer_kind: Vec<Choice>,
    pub invoice_kind: Vec<Choice>,
}

pub struct ConfirmChoices {
    pub methods: Vec<Choice>,
    pub contacts: Vec<Choice>,
}

/// An archive as a page shows it; templates reach it as `view`.
pub struct CustomerView {
    /// Where its forms go.
    pub base: String,
    pub no: String,
    pub name: String,
    pub version: i64,
    /// The version the form of the archive was made from; typed input keeps its own.
    pub form_version: i64,
    pub status: &'static str,
    pub status_kind: &'static str,
    pub owner: String,
    pub grade: &'static str,
    pub next_review: Option<String>,
    pub warnings: Vec<String>,
    pub company: Vec<Fact>,
    pub invoicing: Vec<Fact>,
    pub contacts: Vec<ContactFacts>,
    /// The reader may ask for a contact's numbers; each look is recorded.
    pub can_show_contacts: Option<()>,
    pub needs: Vec<Fact>,
    pub company_state: Group,
    pub invoicing_state: Group,
    pub contacts_state: Group,
    pub license_href: Option<String>,
    pub verified: Option<String>,
    pub confirmed: Option<String>,
    /// The form, when it is the reader's to fill now.
    pub edit: Option<Options>,
    pub is_form_open: bool,
    pub is_archived: bool,
    pub rows: Vec<ContactRow>,
    pub column_labels: Vec<&'static str>,
    pub form: FormView,
    pub errors: Vec<ErrorItem>,
    pub can_attach: Option<()>,
    /// What is missing before the licence can be sent for verification; empty when it can.
    pub request: Option<Vec<Condition>>,
    pub verify: Option<Vec<Choice>>,
    pub can_return: Option<()>,
    pub confirm: Option<ConfirmChoices>,
    pub can_archive: Option<()>,
    /// Everything that keeps the archive from being archived.
    pub gate: Vec<Condition>,
}

/// What the forms show: what is stored, or what was typed with what is wrong with it.
pub struct Typed {
    pub form: FormView,
    pub errors: Vec<ErrorItem>,
    /// Rows for contacts to show at least.
    pub rows: usize,
    pub is_profile: Option<()>,
}

impl Typed {
    pub fn stored(profile: &CustomerProfile) -> Self {
        let mut form = FormView::default();
        customer_form::fill(&mut form, profile);
        Self { form, errors: Vec::new(), rows: 3, is_profile: None }
    }
}

/// The errors of a form by field, and the summary with labels and links.
pub fn in_words(t: Lang, wrongs: &Wrongs) -> (Vec<(String, String)>, Vec<ErrorItem>) {
    let by_field: Vec<(String, String)> = wrongs.iter().map(|(field, wrong)| (field.clone(), wrong.words(t))).collect();
    let summary = by_field
        .iter()
        .map(|(field, text)| {
            let target = match field.split_once('-') {
                Some((column, row)) => format!("line-{row}-{column}"),
                None => field.clone(),
            };
            let label = match field.split_once('-') {
                Some((_, row)) => t.customer_row_field(t.field(field), row),
                None => t.field(field).to_owned(),
            };
            ErrorItem { field: target, text: t.customer_error(label, text) }
        })
        .collect();
    (by_field, summary)
}

macro_rules! choices {
    ($t:expr, $kind:ty, $words:ident) => {
        <$kind>::ALL.iter().map(|v| Choice::new(v.code(), $t.$words(*v))).collect::<Vec<Choice>>()
    };
}

fn options(t: Lang) -> Options {
    Options {
        customer_type: choices!(t, CustomerType, customer_type),
        industry: choices!(t, Industry, industry),
        size_band: choices!(t, SizeBand, size_band),
        registry_status: choices!(t, RegistryStatus, registry_status),
        source: choices!(t, Source, source),
        taxpayer_kind: choices!(t, TaxpayerKind, taxpayer_kind),
        invoice_kind: choices!(t, InvoiceKind, invoice_kind),
    }
}

fn role_words(t: Lang, roles: &[ContactRole]) -> String {
    roles.iter().map(|r| t.contact_role(*r)).collect::<Vec<_>>().join(" + ")
}

fn cell_options(t: Lang, field: &str) -> Vec<Choice> {
    use ContactRole::{DecisionMaker, EndUser, Influencer};
    const ROLE_SETS: [&[ContactRole]; 7] = [
        &[DecisionMaker],
        &[Influencer],
        &[EndUser],
        &[DecisionMaker, Influencer],
        &[DecisionMaker, EndUser],
        &[Influencer, EndUser],
        &[DecisionMaker, Influencer, EndUser],
    ];
    let mut list = match field {
        "rank" => choices!(t, ContactRank, contact_rank),
        "roles" => ROLE_SETS.iter().map(|set| Choice::new(roles_code(set), role_words(t, set))).collect(),
        "preferred_channel" => choices!(t, PreferredChannel, preferred_channel),
        _ => return Vec::new(),
    };
    list.insert(0, Choice::new("", t.ui_choose()));
    list
}

fn rows(t: Lang, typed: &Typed) -> Vec<ContactRow> {
    let filled = CONTACT_FIELDS.iter().map(|f| typed.form.values(f).len()).max().unwrap_or(0);
    (0..filled.max(typed.rows).min(MAX_CONTACTS))
        .map(|i| {
            let no = i + 1;
            let cells = CONTACT_FIELDS
                .iter()
                .copied()
                .map(|name| {
                    let key = format!("{name}-{no}");
                    Cell {
                        name,
                        id: format!("line-{no}-{name}"),
                        label: t.field(&key),
                        value: typed.form.row(name, i).to_owned(),
                        error: typed.form.error(&key),
                        options: cell_options(t, name),
                    }
                })
                .collect();
            ContactRow { no, id: typed.form.row("contact_id", i).to_owned(), cells }
        })
        .collect()
}

fn facts(t: Lang, list: Vec<(&'static str, Option<String>)>) -> Vec<Fact> {
    list.into_iter().filter_map(|(field, value)| value.map(|v| (t.field(field).to_owned(), v))).collect()
}

fn company(t: Lang, p: &CustomerProfile) -> Vec<Fact> {
    let address: String =
        [&p.province, &p.city, &p.district, &p.address_detail].into_iter().flatten().map(String::as_str).collect();
    facts(
        t,
        vec![
            ("legal_name", Some(p.legal_name.clone())),
            ("short_name", p.short_name.clone()),
            ("uscc", p.uscc.as_ref().map(|c| c.as_str().to_owned())),
            ("customer_type", p.customer_type.map(|v| t.customer_type(v).to_owned())),
            ("industry", p.industry.map(|v| t.industry(v).to_owned())),
            ("employee_count", p.employee_count.map(|n| format_quantity(n.into()))),
            ("annual_revenue_wan", p.annual_revenue_wan.map(format_quantity)),
            ("size_band", p.size_band.map(|v| t.size_band(v).to_owned())),
            ("founded_on", p.founded_on.map(|d| d.to_string())),
            ("main_business", p.main_business.clone()),
            ("legal_rep", p.legal_rep.clone()),
            ("registered_capital_wan", p.registered_capital_wan.map(format_quantity)),
            ("registry_status", p.registry_status.map(|v| t.registry_status(v).to_owned())),
            ("address_detail", Some(address).filter(|a| !a.is_empty())),
            ("phone", p.phone.clone()),
            ("source", p.source.map(|v| t.source(v).to_owned())),
        ],
    )
}

fn invoicing(t: Lang, p: &CustomerProfile) -> Vec<Fact> {
    facts(
        t,
        vec![
            ("taxpayer_kind", p.taxpayer_kind.map(|v| t.taxpayer_kind(v).to_owned())),
            ("invoice_kind", p.invoice_kind.map(|v| t.invoice_kind(v).to_owned())),
            ("invoice_title", p.invoice_title.clone()),
            ("invoice_tax_no", p.invoice_tax_no.clone()),
            ("bank_name", p.bank_name.clone()),
            ("bank_account", p.bank_account.clone()),
            ("invoice_delivery", p.invoice_delivery.clone()),
        ],
    )
}

/// The profile is masked already; who may see more asks for one contact at a time.
fn contact_facts(t: Lang, c: &Contact) -> ContactFacts {
    let joined = |parts: [&Option<String>; 2]| parts.into_iter().flatten().cloned().collect::<Vec<_>>().join(" / ");
    ContactFacts {
        id: c.id.to_string(),
        name: c.name.clone(),
        title: c.title.clone(),
        rank: t.contact_rank(c.rank),
        roles: role_words(t, &c.roles),
        phone: joined([&c.mobile, &c.landline]),
        email: joined([&c.email, &c.wechat]),
    }
}

fn group(t: Lang, missing: usize) -> Group {
    if missing == 0 {
        Group { kind: "ok", text: t.customer_group_complete().to_owned() }
    } else {
        Group { kind: "warn", text: t.customer_group_missing(missing) }
    }
}

const INVOICING: [&str; 3] = ["taxpayer_kind", "invoice_kind", "invoice_delivery"];

fn warnings(t: Lang, case: &Case, today: chrono::NaiveDate) -> Vec<String> {
    let c = &case.customer;
    let registry = c
        .profile
        .registry_status
        .filter(|s| matches!(s, RegistryStatus::MovedOut | RegistryStatus::Abnormal))
        .map(|s| t.customer_registry_warning(t.registry_status(s)));
    let review = crate::web::reviews::sentence(t, c.next_review_on, today);
    [
        registry,
        review,
        c.is_credit_hold.then(|| t.customer_credit_hold().to_owned()),
        c.is_blacklisted.then(|| t.customer_blacklisted().to_owned()),
        c.is_inactive.then(|| t.customer_inactive().to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

pub fn status_kind(status: CustomerStatus) -> &'static str {
    match status {
        CustomerStatus::Draft => "plain",
        CustomerStatus::PendingVerification | CustomerStatus::PendingConfirmation => "warn",
        CustomerStatus::Archived => "ok",
    }
}

/// Everything the page of an archive shows to this reader.
pub async fn of(web: &Web, who: &SignedIn, case: &Case, base: &str, typed: Typed) -> Result<CustomerView, Problem> {
    let t = who.t();
    let now = web.app().clock.now();
    let c = &case.customer;
    let p = &c.profile;
    let mut conn = web.app().db.read().await?;
    let mut names = Vec::new();
    for id in [Some(c.owner), c.verification.as_ref().map(|v| v.by), c.confirmation.as_ref().map(|v| v.by)] {
        names.push(match id {
            Some(PersonId(id)) => people::by_id(&mut conn, PersonId(id))
                .await?
                .map(|p| name_in(t, &p.name, &p.name_en))
                .unwrap_or_default(),
            None => String::new(),
        });
    }
    drop(conn);
    let offers = workflow::offers(case, &who.actor, now);
    let offered = |action| frame::offer(&offers, action);
    let ready = |action| offered(action).filter(|o| o.is_ready()).map(|_| ());
    let missing = p.missing();
    let missing_invoicing = missing.iter().filter(|f| INVOICING.contains(f)).count();
    let contacts_missing = [
        p.active_contacts().any(|c| c.rank == ContactRank::Primary && c.email.is_some()),
        p.active_contacts().any(|c| c.rank == ContactRank::Backup),
        p.active_contacts().any(|c| c.roles.contains(&ContactRole::DecisionMaker)),
    ]
    .iter()
    .filter(|met| !**met)
    .count();
    let is_archived = c.status == CustomerStatus::Archived;
    let gate = if is_archived { Vec::new() } else { workflow::blockers(case, Action::Archive, None, now) };
    let can_show = policy::may_on(&who.actor, Act::SeeContacts, case).is_ok()
        && policy::visible_customers(&who.actor) != policy::VisibleTo::Nothing;
    let masked = if can_show { privacy::contacts_masked(p) } else { privacy::all_masked(p) };
    Ok(CustomerView {
        base: base.to_owned(),
        no: c.no.clone(),
        name: p.legal_name.clone(),
        version: c.version,
        form_version: typed.is_profile.and_then(|()| typed.form.value("version").parse().ok()).unwrap_or(c.version),
        status: t.customer_status(c.status),
        status_kind: status_kind(c.status),
        owner: names[0].clone(),
        grade: t.grade(c.grade),
        next_review: c.next_review_on.map(|on| t.date(on)),
        warnings: warnings(t, case, crate::domain::calendar::local_date(now)),
        company: company(t, &masked),
        invoicing: invoicing(t, &masked),
        contacts: masked.active_contacts().map(|c| contact_facts(t, c)).collect(),
        can_show_contacts: can_show.then_some(()),
        needs: facts(t, vec![("carrier_wish", p.carrier_wish.clone()), ("special_needs", p.special_needs.clone())]),
        company_state: group(t, missing.len() - missing_invoicing),
        invoicing_state: group(t, missing_invoicing),
        contacts_state: group(t, contacts_missing),
        license_href: c.license.map(|id| format!("/files/{id}")),
        verified: c
            .verification
            .as_ref()
            .map(|v| t.customer_verified_by(t.verify_channel(v.channel), t.moment_full(v.at), &names[1])),
        confirmed: c.confirmation.as_ref().map(|v| {
            t.customer_confirmed_by(&v.contact, t.customer_confirm_method(v.method), t.moment_full(v.at), &names[2])
        }),
        edit: ready(Action::SaveCustomer).map(|()| options(t)),
        is_form_open: !is_archived || typed.is_profile.is_some(),
        is_archived,
        rows: rows(t, &typed),
        column_labels: CONTACT_FIELDS.iter().map(|f| t.field(&format!("{f}-1"))).collect(),
        form: typed.form,
        errors: typed.errors,
        can_attach: ready(Action::AttachLicense),
        request: offered(Action::RequestVerification)
            .map(|o| frame::conditions(t, crate::web::page::Prices::of(&who.actor, Some(case)), case, &o.blockers)),
        verify: ready(Action::VerifyLicense).map(|()| choices!(t, VerifyChannel, verify_channel)),
        can_return: ready(Action::AskCorrection),
        confirm: ready(Action::ConfirmWithCustomer).map(|()| ConfirmChoices {
            methods: choices!(t, CustomerConfirmMethod, customer_confirm_method),
            contacts: p
                .active_contacts()
                .map(|c| Choice::new(c.name.as_str(), format!("{} · {}", c.name, c.title)))
                .collect(),
        }),
        can_archive: ready(Action::Archive),
        gate: frame::conditions(t, crate::web::page::Prices::of(&who.actor, Some(case)), case, &gate),
    })
}
