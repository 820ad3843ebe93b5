//! Two people edited one archive: the page on which the second one puts both together.
//!
//! Works over field names only, so a new field of the form takes part by itself. The choices come
//! back as one form, which `assemble` turns into the ordinary one on the new version.

use super::customer::Place;
use super::customer_form::{self, CONTACT_FIELDS};
use crate::domain::customer::{
    ContactRank, ContactRole, CustomerProfile, CustomerType, Industry, InvoiceKind, PreferredChannel, RegistryStatus,
    SizeBand, Source, TaxpayerKind,
};
use crate::domain::special_need::NeedCategory;
use crate::domain::three_way::{ChangedBy, Merged, MergedRow, Row, Values, merge_fields, merge_rows};
use crate::domain::workflow::Case;
use crate::store::access;
use crate::store::events::Told;
use crate::web::form::{FormView, Submitted};
use crate::web::page::{self, Chrome, Section};
use crate::web::{Post, Problem, Web};
use crate::wording::Lang;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

const ID: &str = "contact_id";
/// What a form carries besides its fields.
const CARRIED: [&str; 5] = ["form_key", "version", "add_row", "ask", "ask-row"];

fn is_row_field(name: &str) -> bool {
    name == ID || CONTACT_FIELDS.contains(&name)
}

/// The fields of a form and its rows of contacts.
fn parted(view: &FormView) -> (Values, Vec<Row>) {
    let fields = view
        .all()
        .iter()
        .filter(|(name, _)| !is_row_field(name) && !CARRIED.contains(&name.as_str()))
        .map(|(name, values)| (name.clone(), values.clone()))
        .collect();
    let count = CONTACT_FIELDS.iter().map(|f| view.values(f).len()).max().unwrap_or(0);
    let rows = (0..count)
        .filter(|i| CONTACT_FIELDS.iter().any(|f| !view.row(f, *i).trim().is_empty()))
        .map(|i| Row {
            id: view.row(ID, i).to_owned(),
            fields: CONTACT_FIELDS.iter().map(|f| ((*f).to_owned(), vec![view.row(f, i).to_owned()])).collect(),
        })
        .collect();
    (fields, rows)
}

fn stored(profile: &CustomerProfile) -> (Values, Vec<Row>) {
    let mut view = FormView::default();
    customer_form::fill(&mut view, profile);
    parted(&view)
}

/// The fields of an archive by name, without its contacts.
pub fn archive_fields(profile: &CustomerProfile) -> Values {
    stored(profile).0
}

/// The choices of the page as the ordinary form; what was not chosen stays as stored.
pub fn assemble(form: &Submitted) -> Submitted {
    let is_choice = |name: &str| name == "ask" || name == "ask-row" || name.contains(':');
    let mut values: Vec<(String, String)> = form.values.iter().filter(|(n, _)| !is_choice(n)).cloned().collect();
    for name in form.values("ask") {
        let side = if form.value(&format!("pick:{name}")) == "mine" { "mine" } else { "theirs" };
        for value in form.values(&format!("{side}:{name}")) {
            values.push((name.to_owned(), value.to_owned()));
        }
    }
    for row in form.values("ask-row") {
        let sides: &[&str] = match form.value(&format!("pick-row:{row}")) {
            "mine" => &["mine"],
            "both" => &["theirs", "mine"],
            "none" => &[],
            _ => &["theirs"],
        };
        for side in sides.iter().filter(|side| form.has(&format!("{side}-row:{row}:{ID}"))) {
            for field in std::iter::once(ID).chain(CONTACT_FIELDS) {
                values.push((field.to_owned(), form.value(&format!("{side}-row:{row}:{field}")).to_owned()));
            }
        }
    }
    Submitted { values, files: form.files.clone() }
}

/// A value as the page shows it.
fn shown(t: Lang, field: &str, value: &str) -> String {
    let word = match field {
        "customer_type" => CustomerType::parse(value).map(|v| t.customer_type(v)),
        "industry" => Industry::parse(value).map(|v| t.industry(v)),
        "size_band" => SizeBand::parse(value).map(|v| t.size_band(v)),
        "registry_status" => RegistryStatus::parse(value).map(|v| t.registry_status(v)),
        "source" => Source::parse(value).map(|v| t.source(v)),
        "taxpayer_kind" => TaxpayerKind::parse(value).map(|v| t.taxpayer_kind(v)),
        "need_category" => NeedCategory::parse(value).map(|v| t.need_category(v)),
        "is_confidential" => (value == "yes").then(|| t.archive_yes()),
        "invoice_kind" | "invoice_need" => InvoiceKind::parse(value).map(|v| t.invoice_kind(v)),
        "rank" => ContactRank::parse(value).map(|v| t.contact_rank(v)),
        "preferred_channel" => PreferredChannel::parse(value).map(|v| t.preferred_channel(v)),
        "roles" => {
            let words: Vec<_> = value.split(',').filter_map(ContactRole::parse).map(|r| t.contact_role(r)).collect();
            return words.join(" + ");
        }
        _ => None,
    };
    word.map_or_else(|| value.to_owned(), str::to_owned)
}

/// A field's values as words.
pub fn field_shown(t: Lang, field: &str, values: &[String]) -> String {
    let words: Vec<_> = values.iter().map(|v| shown(t, field, v)).collect();
    if words.is_empty() { t.merge_empty().to_owned() } else { words.join(" · ") }
}

struct Asked {
    name: String,
    label: &'static str,
    mine: Vec<String>,
    mine_shown: String,
    theirs: Vec<String>,
    theirs_shown: String,
}

struct Side {
    values: Vec<(&'static str, String)>,
    facts: Vec<(&'static str, String)>,
}

struct AskedRow {
    no: usize,
    mine: Option<Side>,
    theirs: Option<Side>,
    /// A new row of mine beside a new row of the other: they may be two people.
    can_keep_both: Option<()>,
}

struct Change {
    when: String,
    who: String,
    what: String,
}

#[derive(Template)]
#[template(path = "customers/same_archive.html")]
struct SameArchivePage {
    chrome: Chrome,
    t: Lang,
    no: String,
    name: String,
    action: String,
    version: i64,
    changes: Vec<Change>,
    asked: Vec<Asked>,
    asked_rows: Vec<AskedRow>,
    mine: Vec<(&'static str, String)>,
    theirs: Vec<(&'static str, String)>,
    hidden: Vec<(String, String)>,
}

fn side(t: Lang, row: &Row) -> Side {
    let value = |field: &str| row.fields.get(field).and_then(|v| v.first()).cloned().unwrap_or_default();
    let fields = CONTACT_FIELDS.iter().map(|f| (*f, value(f)));
    Side {
        values: std::iter::once((ID, row.id.clone())).chain(fields.clone()).collect(),
        facts: fields
            .filter(|(_, v)| !v.is_empty())
            .map(|(f, v)| (t.field(&format!("{f}-1")), shown(t, f, &v)))
            .collect(),
    }
}

/// The answer to a form that came too late: both versions, put together as far as they agree.
pub async fn page(web: &Web, post: &Post, place: &Place, case: &Case, changes: &[Told]) -> Result<Response, Problem> {
    let t = post.t();
    let c = &case.customer;
    let mut conn = web.app().db.search().await?;
    let base = access::profile_at(&mut conn, c.id, post.form.version()).await?;
    drop(conn);
    let base = base.as_ref().map(stored);
    let (mine, my_rows) = parted(&FormView::typed(&post.form, Vec::new()));
    let (theirs, their_rows) = stored(&c.profile);
    let mut tpl = SameArchivePage {
        chrome: page::chrome(web, &post.who, Section::Customers).await?,
        t,
        no: c.no.clone(),
        name: c.profile.legal_name.clone(),
        action: place.base(),
        version: c.version,
        changes: changes
            .iter()
            .map(|told| Change { when: t.moment(told.at), who: page::who_acted(t, told), what: t.event(&told.event) })
            .collect(),
        asked: Vec::new(),
        asked_rows: Vec::new(),
        mine: Vec::new(),
        theirs: Vec::new(),
        hidden: Vec::new(),
    };
    for (name, merged) in merge_fields(base.as_ref().map(|(fields, _)| fields), &mine, &theirs) {
        let label = t.field(&name);
        match merged {
            Merged::Settled { value, by } => {
                match by {
                    ChangedBy::Nobody => {}
                    ChangedBy::Me => tpl.mine.push((label, field_shown(t, &name, &value))),
                    ChangedBy::Other => tpl.theirs.push((label, field_shown(t, &name, &value))),
                }
                tpl.hidden.extend(value.into_iter().map(|v| (name.clone(), v)));
            }
            Merged::Both { mine, theirs } => tpl.asked.push(Asked {
                label,
                mine_shown: field_shown(t, &name, &mine),
                theirs_shown: field_shown(t, &name, &theirs),
                name,
                mine,
                theirs,
            }),
        }
    }
    for merged in merge_rows(base.as_ref().map(|(_, rows)| rows.as_slice()), &my_rows, &their_rows, "name") {
        match merged {
            MergedRow::Settled(row) => {
                let row = side(t, &row);
                tpl.hidden.extend(row.values.into_iter().map(|(field, v)| (field.to_owned(), v)));
            }
            MergedRow::Both { mine, theirs } => tpl.asked_rows.push(AskedRow {
                no: tpl.asked_rows.len() + 1,
                can_keep_both: (mine.as_ref().is_some_and(|m| m.id.is_empty()) && theirs.is_some()).then_some(()),
                mine: mine.as_ref().map(|row| side(t, row)),
                theirs: theirs.as_ref().map(|row| side(t, row)),
            }),
        }
    }
    Ok((StatusCode::CONFLICT, Html(tpl.render()?)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_both_archives_say_is_shown_in_words() {
        let words = |field: &str, value: &str| field_shown(Lang::Zh, field, &[value.to_owned()]);
        assert_eq!(words("need_category", "packaging"), Lang::Zh.need_category(NeedCategory::Packaging));
        assert_eq!(words("invoice_need", "special"), Lang::Zh.invoice_kind(InvoiceKind::Special));
        assert_eq!(words("is_confidential", "yes"), Lang::Zh.archive_yes());
        assert_eq!(words("need_text", "防潮托盘"), "防潮托盘");
    }

    #[test]
    fn the_choices_become_the_ordinary_form() {
        let form = Submitted::of(&[
            ("form_key", "k"),
            ("version", "4"),
            ("legal_rep", "陈星"),
            (ID, "1"),
            ("name", "李娜"),
            ("ask", "city"),
            ("pick:city", "mine"),
            ("mine:city", "苏州市"),
            ("theirs:city", "无锡市"),
            ("ask", "phone"),
            ("mine:phone", "1"),
            ("theirs:phone", "2"),
            ("ask-row", "1"),
            ("pick-row:1", "both"),
            ("mine-row:1:contact_id", ""),
            ("mine-row:1:name", "方晓"),
            ("theirs-row:1:contact_id", "9"),
            ("theirs-row:1:name", "方小"),
            ("ask-row", "2"),
            ("pick-row:2", "none"),
            ("theirs-row:2:contact_id", "7"),
            ("theirs-row:2:name", "周波"),
        ]);
        let plain = assemble(&form);
        assert_eq!(plain.value("version"), "4");
        assert_eq!(plain.value("city"), "苏州市");
        assert_eq!(plain.value("phone"), "2", "what was not chosen stays as stored");
        assert_eq!(plain.values(ID), ["1", "9", ""]);
        assert_eq!(plain.values("name"), ["李娜", "方小", "方晓"]);
        assert!(plain.values.iter().all(|(n, _)| !n.contains(':') && !n.starts_with("ask")));
        assert_eq!(assemble(&plain), plain, "an ordinary form stays as it is");
    }
}
