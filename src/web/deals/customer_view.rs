//! What the pages of a customer archive show: facts, the form where the reader may fill it, the
//! state of every group, and the acts that are open now. The same in a deal and on its own.

use super::customer_facts::{ContactFacts, Fact, company, contact_facts, invoicing, needs, role_words};
use super::customer_form::{self, CONTACT_FIELDS, MAX_CONTACTS, MAX_NEEDS, NEED_FIELDS, Wrongs, roles_code};
use super::customer_manage::{self, Manage};
use super::frame::{self, Condition};
use crate::domain::customer::{
    ContactRank, ContactRole, CustomerConfirmMethod, CustomerProfile, CustomerStatus, CustomerType, Industry,
    InvoiceKind, PreferredChannel, RegistryStatus, SizeBand, Source, TaxpayerKind, VerifyChannel,
};
use crate::domain::ids::PersonId;
use crate::domain::policy::{self, Act};
use crate::domain::size_band::suggest_size_band;
use crate::domain::special_need::NeedCategory;
use crate::domain::workflow::{self, Action, Case};
use crate::domain::{privacy, regions};
use crate::store::people;
use crate::web::form::{Choice, ErrorItem, FormView};
use crate::web::page::{Prices, name_in};
use crate::web::{Problem, SignedIn, Web};
use crate::wording::Lang;

/// The state of one group of the form: a badge.
pub struct Group {
    pub kind: &'static str,
    pub text: String,
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
    pub places: Places,
}

/// Suggestions for the parts of the two addresses, as far as they are known.
pub struct Places {
    pub provinces: Vec<&'static str>,
    pub cities: Vec<&'static str>,
    pub districts: Vec<&'static str>,
    pub business_cities: Vec<&'static str>,
    pub business_districts: Vec<&'static str>,
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
    /// When the form asks for the reason of a change.
    pub reason_hint: Option<&'static str>,
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
    pub need_rows: Vec<ContactRow>,
    pub need_labels: Vec<&'static str>,
    pub size_suggested: Option<String>,
    /// The customer's own writing, for those who may open it.
    pub confirm_href: Option<String>,
    /// Every version of the archive, for those who may open it.
    pub history_href: Option<String>,
    pub credit_href: Option<String>,
    pub manage: Manage,
    /// What keeps the archive from being archived and is not asked for before that already.
    pub gate: Vec<Condition>,
    /// How much of what the gate asks for stands in the list above it.
    pub gate_listed: usize,
    /// The page begins with the list of what the next act waits for.
    pub is_listed_above: bool,
}

/// What the forms show: what is stored, or what was typed with what is wrong with it.
pub struct Typed {
    pub form: FormView,
    pub errors: Vec<ErrorItem>,
    /// Rows for contacts to show at least.
    pub rows: usize,
    /// Rows for special needs to show at least.
    pub need_rows: usize,
    pub is_profile: Option<()>,
}

impl Typed {
    pub fn stored(profile: &CustomerProfile) -> Self {
        let mut form = FormView::default();
        customer_form::fill(&mut form, profile);
        Self { form, errors: Vec::new(), rows: 2, need_rows: profile.needs().len() + 1, is_profile: None }
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

fn places(form: &FormView) -> Places {
    let (province, city) = (form.value("province").trim(), form.value("city").trim());
    let (at_province, at_city) = (form.value("business_province").trim(), form.value("business_city").trim());
    Places {
        provinces: regions::provinces(),
        cities: regions::cities(province),
        districts: regions::districts(province, city),
        business_cities: regions::cities(at_province),
        business_districts: regions::districts(at_province, at_city),
    }
}

/// The size band that follows from what stands in the form now.
fn suggested(t: Lang, form: &FormView) -> Option<String> {
    let industry = Industry::parse(form.value("industry"))?;
    let number = |field: &str| form.value(field).replace([',', '，', ' '], "");
    let band =
        suggest_size_band(industry, number("employee_count").parse().ok(), number("annual_revenue_wan").parse().ok())?;
    Some(t.archive_size_suggested(t.size_band(band)))
}

fn options(t: Lang, form: &FormView) -> Options {
    Options {
        places: places(form),
        customer_type: choices!(t, CustomerType, customer_type),
        industry: choices!(t, Industry, industry),
        size_band: choices!(t, SizeBand, size_band),
        registry_status: choices!(t, RegistryStatus, registry_status),
        source: choices!(t, Source, source),
        taxpayer_kind: choices!(t, TaxpayerKind, taxpayer_kind),
        invoice_kind: choices!(t, InvoiceKind, invoice_kind),
    }
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
        "need_category" => choices!(t, NeedCategory, need_category),
        "is_active" => return vec![Choice::new("yes", t.archive_yes()), Choice::new("no", t.archive_contact_left())],
        _ => return Vec::new(),
    };
    list.insert(0, Choice::new("", t.ui_choose()));
    list
}

fn rows(t: Lang, form: &FormView, fields: &[&'static str], least: usize, most: usize) -> Vec<ContactRow> {
    let filled = fields.iter().map(|f| form.values(f).len()).max().unwrap_or(0);
    (0..filled.max(least).min(most))
        .map(|i| {
            let no = i + 1;
            let cells = fields
                .iter()
                .copied()
                .map(|name| {
                    let key = format!("{name}-{no}");
                    Cell {
                        name,
                        id: format!("line-{no}-{name}"),
                        label: t.field(&key),
                        value: form.row(name, i).to_owned(),
                        error: form.error(&key),
                        options: cell_options(t, name),
                    }
                })
                .collect();
            ContactRow { no, id: form.row("contact_id", i).to_owned(), cells }
        })
        .collect()
}

fn group(t: Lang, missing: usize) -> Group {
    if missing == 0 {
        Group { kind: "ok", text: t.customer_group_complete().to_owned() }
    } else {
        Group { kind: "warn", text: t.customer_group_missing(missing) }
    }
}

const INVOICING: [&str; 5] = ["taxpayer_kind", "invoice_kind", "invoice_delivery", "invoice_title", "invoice_tax_no"];

fn warnings(t: Lang, case: &Case, today: chrono::NaiveDate) -> Vec<String> {
    let c = &case.customer;
    let registry = c
        .profile
        .registry_status
        .filter(|s| matches!(s, RegistryStatus::MovedOut | RegistryStatus::Abnormal))
        .map(|s| t.customer_registry_warning(t.registry_status(s)));
    let review = crate::web::reviews::sentence(t, c.next_review_on, today, case.rules.on(today).review_grace_days());
    let p = &c.profile;
    let wants_invoice = p.invoice_kind.is_some_and(|kind| kind != InvoiceKind::None);
    let other_title = p.invoice_title.as_ref().is_some_and(|title| *title != p.legal_name);
    let other_tax_no = p.uscc.as_ref().zip(p.invoice_tax_no.as_ref()).is_some_and(|(code, no)| code.as_str() != no);
    let reasons = c.mark_reasons.iter().map(|(mark, reason)| t.archive_mark_reason(t.mark(*mark), reason));
    [
        registry,
        review,
        c.is_credit_hold.then(|| t.customer_credit_hold().to_owned()),
        c.is_blacklisted.then(|| t.customer_blacklisted().to_owned()),
        c.is_inactive.then(|| t.customer_inactive().to_owned()),
        c.is_contact_short().then(|| t.archive_contact_short().to_owned()),
        p.is_confidential.then(|| t.archive_confidential_note().to_owned()),
        (wants_invoice && other_title).then(|| t.archive_invoice_title_differs().to_owned()),
        (wants_invoice && other_tax_no).then(|| t.archive_tax_no_differs().to_owned()),
    ]
    .into_iter()
    .flatten()
    .chain(reasons)
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
        p.has_backup(),
        p.active_contacts().any(|c| c.roles.contains(&ContactRole::DecisionMaker)),
    ]
    .iter()
    .filter(|met| !**met)
    .count();
    let is_archived = c.status == CustomerStatus::Archived;
    let gate = if is_archived { Vec::new() } else { workflow::blockers(case, Action::Archive, None, now) };
    let asked = offered(Action::RequestVerification).map(|o| o.blockers.clone());
    let (listed, gate): (Vec<_>, Vec<_>) =
        gate.into_iter().partition(|b| asked.as_ref().is_some_and(|asked| asked.contains(b)));
    let sees_archive = policy::sees_customer(&who.actor, case);
    let manage = customer_manage::of(web, who, case, &offers).await?;
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
        contacts: p.contacts.iter().map(|c| contact_facts(t, c, Err(()))).collect(),
        can_show_contacts: can_show.then_some(()),
        needs: needs(t, p),
        company_state: group(t, missing.len() - missing_invoicing),
        invoicing_state: group(t, missing_invoicing),
        contacts_state: group(t, contacts_missing),
        license_href: c.license.filter(|_| sees_archive).map(|id| format!("/files/{id}")),
        verified: c
            .verification
            .as_ref()
            .map(|v| t.customer_verified_by(t.verify_channel(v.channel), t.moment_full(v.at), &names[1])),
        confirmed: c.confirmation.as_ref().map(|v| {
            t.customer_confirmed_by(&v.contact, t.customer_confirm_method(v.method), t.moment_full(v.at), &names[2])
        }),
        edit: ready(Action::SaveCustomer).map(|()| options(t, &typed.form)),
        is_form_open: !is_archived || typed.is_profile.is_some(),
        is_archived,
        reason_hint: match c.status {
            CustomerStatus::Draft | CustomerStatus::PendingVerification => None,
            CustomerStatus::PendingConfirmation if c.next_review_on.is_none() => {
                Some(t.archive_change_reason_verified_hint())
            }
            CustomerStatus::PendingConfirmation | CustomerStatus::Archived => Some(t.archive_change_reason_hint()),
        },
        rows: rows(t, &typed.form, &CONTACT_FIELDS, typed.rows, MAX_CONTACTS),
        need_rows: rows(t, &typed.form, &NEED_FIELDS, typed.need_rows, MAX_NEEDS),
        need_labels: NEED_FIELDS.iter().map(|f| t.field(f)).collect(),
        size_suggested: suggested(t, &typed.form),
        confirm_href: c
            .confirmation
            .as_ref()
            .and_then(|v| v.file)
            .filter(|_| sees_archive)
            .map(|id| format!("/files/{id}")),
        history_href: sees_archive.then(|| format!("/customers/{}/history", c.no)),
        credit_href: (sees_archive && policy::may_on(&who.actor, Act::SeePrices, case).is_ok())
            .then(|| format!("/customers/{}/credit", c.no)),
        manage,
        column_labels: CONTACT_FIELDS.iter().map(|f| t.field(&format!("{f}-1"))).collect(),
        form: typed.form,
        errors: typed.errors,
        can_attach: ready(Action::AttachLicense),
        request: asked.map(|blockers| frame::conditions(t, Prices::of(&who.actor, Some(case)), case, &blockers)),
        verify: ready(Action::VerifyLicense).map(|()| choices!(t, VerifyChannel, verify_channel)),
        can_return: ready(Action::AskCorrection),
        confirm: ready(Action::ConfirmWithCustomer).map(|()| ConfirmChoices {
            methods: CustomerConfirmMethod::ALL
                .iter()
                .filter(|m| **m != CustomerConfirmMethod::Online)
                .map(|m| Choice::new(m.code(), t.customer_confirm_method(*m)))
                .collect(),
            contacts: p
                .active_contacts()
                .map(|c| Choice::new(c.name.as_str(), format!("{} · {}", c.name, c.title)))
                .collect(),
        }),
        can_archive: ready(Action::Archive),
        gate: frame::conditions(t, Prices::of(&who.actor, Some(case)), case, &gate),
        gate_listed: listed.len(),
        is_listed_above: base.starts_with("/deals/"),
    })
}
