//! The list of customers: newest first, by any part of a name, by number, by credit code, by a
//! contact's telephone number.
//!
//! Every way of finding is a query of its own with its own index, cut to one page before they are
//! joined, so that a frequent word costs no more than a rare one. What a person may see is part
//! of each of them.

use super::StoreError;
use super::lists::CustomerRow;
use crate::domain::customer::{Kept, Mark};
use crate::domain::ids::PersonId;
use crate::domain::input::normalise;
use crate::domain::policy::VisibleTo;
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

/// Fewest digits of a telephone number that are searched for: its end, as people say it.
const PHONE_DIGITS: usize = 4;
/// Fewest letters of a credit code that are searched for.
const CODE_LETTERS: usize = 4;
/// Archives with a number that begins as typed: the highest numbers, of which the page is made.
const BY_NUMBER: i64 = 1_000;
/// Fewest letters that are looked for inside a name's pinyin.
const SOUND_LETTERS: usize = 3;
const COLUMNS: &str =
    "SELECT c.customer_no, c.legal_name, c.short_name, c.status, c.grade, w.name AS owner_name, w.name_en AS owner_name_en,
    c.next_review_on, c.is_credit_hold, c.is_blacklisted, c.is_inactive,
    c.status = 'archived' AND (SELECT count(*) FROM contact k WHERE k.customer_id = c.id AND k.is_active) < 2 AS is_contact_short,
    c.updated_at, c.id FROM ";

/// What is looked for, and by whom.
#[derive(Debug, Clone, Copy)]
pub struct CustomerSearch<'a> {
    pub visible: VisibleTo,
    /// Whose contacts' numbers may lead to an archive.
    pub contacts: VisibleTo,
    pub text: Option<&'a str>,
    pub status: Option<Kept>,
    /// Keyset: rows before this one.
    pub before: Option<(DateTime<Utc>, Uuid)>,
    pub limit: i64,
}

/// Those of the archives that are in reach.
pub async fn among(conn: &mut PgConnection, to: VisibleTo, ids: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
    if ids.is_empty() || matches!(to, VisibleTo::Nothing | VisibleTo::Reached { .. }) {
        return Ok(Vec::new());
    }
    let mut q = QueryBuilder::new("SELECT c.id FROM customer c JOIN person o ON o.id = c.owner_id WHERE c.id = ANY (");
    q.push_bind(ids.to_vec()).push(")");
    if let Some((person, manager)) = owners(to) {
        q.push(" AND (o.id = ").push_bind(person.0);
        if let Some(manager) = manager {
            q.push(" OR o.id = ").push_bind(manager.0).push(" OR o.manager_id = ").push_bind(manager.0);
        }
        q.push(")");
    }
    Ok(q.build_query_scalar().fetch_all(conn).await?)
}

/// One way of finding, with what is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    Name {
        text: String,
        grams: Vec<String>,
    },
    Number {
        prefix: String,
    },
    Code {
        prefix: String,
    },
    Phone {
        digits: String,
    },
    /// Letters as the name sounds: pinyin or its initials.
    Sound {
        letters: String,
    },
    /// Two letters: the beginning of the short name's initials.
    ShortSound {
        letters: String,
    },
}

impl Way {
    /// Whose archives it may lead to: a telephone number to those whose contacts the reader sees.
    pub(super) fn scope(&self, visible: VisibleTo, contacts: VisibleTo) -> VisibleTo {
        if matches!(self, Self::Phone { .. }) { contacts } else { visible }
    }

    /// The condition on the archive `c`.
    pub(super) fn matches(&self, q: &mut QueryBuilder<Postgres>) {
        match self {
            Self::Name { text, grams } => {
                q.push(" AND c.search_grams @> ").push_bind(grams.clone());
                // One gram says all. For several, the order is looked at, in words that the planner does not take for
                // a second rare condition: it would read a frequent word's thousands of rows instead of the newest.
                if grams.len() > 1 {
                    q.push(" AND position(").push_bind(text.clone()).push(" IN c.search_text) > 0");
                }
            }
            Self::Number { prefix } => {
                q.push(" AND c.customer_no LIKE ").push_bind(starts_with(prefix));
            }
            Self::Code { prefix } => {
                q.push(" AND c.uscc LIKE ").push_bind(starts_with(prefix));
            }
            Self::Phone { digits } => {
                q.push(" AND c.id IN (SELECT k.customer_id FROM contact k WHERE ");
                if digits.len() == PHONE_DIGITS {
                    q.push("right(k.mobile, 4) = ").push_bind(digits.clone());
                    q.push(" OR right(k.landline, 4) = ").push_bind(digits.clone());
                } else {
                    q.push("k.phone_digits LIKE ").push_bind(contains(digits));
                }
                q.push(")");
            }
            // Two letters are the beginning of the initials: three are the fewest that an index finds inside.
            Self::Sound { letters } if letters.len() < SOUND_LETTERS => {
                q.push(" AND c.pinyin LIKE ").push_bind(starts_with(letters));
            }
            Self::Sound { letters } => {
                q.push(" AND c.pinyin LIKE ").push_bind(contains(letters));
            }
            Self::ShortSound { letters } => {
                q.push(" AND split_part(c.pinyin, '|', 2) LIKE ").push_bind(starts_with(letters));
            }
        }
    }
}

/// Leaves only the archives `c` of owners who are in reach.
pub(super) fn owned(q: &mut QueryBuilder<Postgres>, scope: VisibleTo) {
    match scope {
        VisibleTo::Everything => {}
        VisibleTo::Own { person } => {
            q.push(" AND c.owner_id = ").push_bind(person.0);
        }
        VisibleTo::Team { person, manager } => {
            q.push(" AND c.owner_id IN (SELECT o.id FROM person o WHERE o.id = ").push_bind(person.0);
            q.push(" OR o.id = ").push_bind(manager.0).push(" OR o.manager_id = ").push_bind(manager.0).push(")");
        }
        VisibleTo::Reached { .. } | VisibleTo::Nothing => {
            q.push(" AND false");
        }
    }
}

/// One page of the list.
pub async fn page(conn: &mut PgConnection, search: &CustomerSearch<'_>) -> Result<Vec<CustomerRow>, StoreError> {
    match query(search, "") {
        // A plan for these very words: how frequent they are decides which index is the right one.
        Some(mut q) => Ok(q.build_query_as().persistent(false).fetch_all(conn).await?),
        None => Ok(Vec::new()),
    }
}

/// The plan of a page, line by line; for measuring, never for people.
pub async fn plan(conn: &mut PgConnection, search: &CustomerSearch<'_>) -> Result<Vec<String>, StoreError> {
    match query(search, "EXPLAIN ") {
        Some(mut q) => Ok(q.build_query_scalar().persistent(false).fetch_all(conn).await?),
        None => Ok(Vec::new()),
    }
}

/// The archives that the list would show, without its columns.
pub async fn ids(conn: &mut PgConnection, search: &CustomerSearch<'_>) -> Result<Vec<Uuid>, StoreError> {
    let mut q = QueryBuilder::new("SELECT id FROM ");
    if !hits(&mut q, search) {
        return Ok(Vec::new());
    }
    Ok(q.build_query_scalar().persistent(false).fetch_all(conn).await?)
}

fn query(search: &CustomerSearch<'_>, before: &str) -> Option<QueryBuilder<Postgres>> {
    let mut q = QueryBuilder::new(before);
    q.push(COLUMNS);
    if !hits(&mut q, search) {
        return None;
    }
    q.push(" JOIN customer c ON c.id = hit.id JOIN person w ON w.id = c.owner_id ORDER BY hit.updated_at DESC, hit.id DESC");
    Some(q)
}

/// Id and place in the list of what is found; false when nothing can be.
fn hits(q: &mut QueryBuilder<Postgres>, search: &CustomerSearch<'_>) -> bool {
    let ways = search.text.map(ways);
    let mut parts: Vec<(VisibleTo, Option<Way>)> = match ways {
        None => vec![(search.visible, None)],
        Some(ways) => ways.into_iter().map(|way| (way.scope(search.visible, search.contacts), Some(way))).collect(),
    };
    parts.retain(|(scope, _)| !matches!(scope, VisibleTo::Nothing | VisibleTo::Reached { .. }));
    if parts.is_empty() {
        return false;
    }
    q.push("(SELECT id, updated_at FROM (");
    for (at, (scope, way)) in parts.iter().enumerate() {
        q.push(if at == 0 { "(" } else { " UNION (" });
        part(q, *scope, way.as_ref(), search);
        q.push(")");
    }
    q.push(") found ORDER BY updated_at DESC, id DESC LIMIT ").push_bind(search.limit);
    q.push(") hit");
    true
}

/// The newest of one way: from all archives, or the newest of each owner who is in reach.
fn part(q: &mut QueryBuilder<Postgres>, scope: VisibleTo, way: Option<&Way>, search: &CustomerSearch<'_>) {
    match owners(scope) {
        None => {
            q.push("SELECT c.id, c.updated_at FROM ");
            found(q, way, None, search);
        }
        Some((person, manager)) => {
            q.push("SELECT c.id, c.updated_at FROM person o CROSS JOIN LATERAL (SELECT c.id, c.updated_at FROM ");
            found(q, way, Some("c.owner_id = o.id"), search);
            q.push(") c WHERE o.id = ").push_bind(person.0);
            if let Some(manager) = manager {
                q.push(" OR o.id = ").push_bind(manager.0).push(" OR o.manager_id = ").push_bind(manager.0);
            }
            q.push(" ORDER BY c.updated_at DESC, c.id DESC LIMIT ").push_bind(search.limit);
        }
    }
}

fn owners(scope: VisibleTo) -> Option<(PersonId, Option<PersonId>)> {
    match scope {
        VisibleTo::Own { person } => Some((person, None)),
        VisibleTo::Team { person, manager } => Some((person, Some(manager))),
        VisibleTo::Everything | VisibleTo::Reached { .. } | VisibleTo::Nothing => None,
    }
}

fn found(q: &mut QueryBuilder<Postgres>, way: Option<&Way>, owner: Option<&'static str>, search: &CustomerSearch<'_>) {
    match way {
        // Numbers grow with time: walking the newest for an old number would read everything.
        Some(Way::Number { prefix }) => {
            q.push("(SELECT c.* FROM customer c WHERE c.customer_no LIKE ").push_bind(starts_with(prefix));
            if let Some(owner) = owner {
                q.push(" AND ").push(owner);
            }
            q.push(" ORDER BY c.customer_no USING ~>~ LIMIT ").push_bind(search.limit.max(BY_NUMBER));
            q.push(") c WHERE true");
        }
        _ => {
            q.push("customer c WHERE true");
        }
    }
    match way {
        Some(Way::Number { .. }) | None => {}
        Some(way) => way.matches(q),
    }
    if let Some(owner) = owner {
        q.push(" AND ").push(owner);
    }
    if let Some(kept) = search.status {
        only(q, kept);
    }
    if let Some((at, id)) = search.before {
        q.push(" AND (c.updated_at, c.id) < (").push_bind(at).push(", ").push_bind(id).push(")");
    }
    q.push(" ORDER BY c.updated_at DESC, c.id DESC LIMIT ").push_bind(search.limit);
}

/// Leaves only the archives of one kind. Who left is rare, so that those with too few are found from there.
pub(super) fn only(q: &mut QueryBuilder<Postgres>, kept: Kept) {
    match kept {
        Kept::In(status) => {
            q.push(" AND c.status = ").push_bind(status.code());
        }
        Kept::Marked(Mark::CreditHold) => {
            q.push(" AND c.is_credit_hold");
        }
        Kept::Marked(Mark::Blacklisted) => {
            q.push(" AND c.is_blacklisted");
        }
        Kept::Marked(Mark::Inactive) => {
            q.push(" AND c.is_inactive");
        }
        Kept::ContactShort => {
            q.push(
                " AND c.status = 'archived' AND c.id IN (SELECT k.customer_id FROM contact k WHERE NOT k.is_active)",
            );
            q.push(" AND (SELECT count(*) FROM contact k WHERE k.customer_id = c.id AND k.is_active) < 2");
        }
    }
}

/// `%` and `_` typed by a person mean themselves.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

fn contains(text: &str) -> String {
    format!("%{}%", escaped(text))
}

fn starts_with(text: &str) -> String {
    format!("{}%", escaped(text))
}

/// Which ways a typed text can lead to an archive.
pub(super) fn ways(typed: &str) -> Vec<Way> {
    let text: String = normalise(typed).to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    let mut ways = Vec::new();
    let grams = grams(&text);
    if grams.is_empty() {
        return ways;
    }
    let bare: String = text.chars().filter(|c| !matches!(c, '-' | '(' | ')' | '+')).collect();
    let digits = bare.bytes().all(|b| b.is_ascii_digit());
    let is_alphanumeric = text.bytes().all(|b| b.is_ascii_alphanumeric());
    match text.strip_prefix("kh") {
        Some(rest) if rest.bytes().all(|b| b.is_ascii_digit()) => {
            ways.push(Way::Number { prefix: format!("KH{rest}") });
        }
        _ if digits && is_alphanumeric && text.len() >= CODE_LETTERS => {
            ways.push(Way::Number { prefix: format!("KH{text}") });
        }
        _ => {}
    }
    if is_alphanumeric && text.len() >= CODE_LETTERS && text.len() <= 18 {
        ways.push(Way::Code { prefix: text.to_uppercase() });
    }
    if digits && bare.len() >= PHONE_DIGITS {
        ways.push(Way::Phone { digits: bare });
    }
    if text.len() >= 2 && text.len() <= 60 && text.bytes().all(|b| b.is_ascii_alphabetic()) {
        ways.push(Way::Sound { letters: text.clone() });
        if text.len() < SOUND_LETTERS {
            ways.push(Way::ShortSound { letters: text.clone() });
        }
    }
    ways.push(Way::Name { text, grams });
    ways
}

/// All pairs of neighbours, or the one character there is; as `search_grams` in the database.
fn grams(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let size = letters.len().min(2);
    let mut grams: Vec<String> =
        if size == 0 { Vec::new() } else { letters.windows(size).map(|w| w.iter().collect()).collect() };
    grams.sort_unstable();
    grams.dedup();
    grams
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(typed: &str) -> Vec<&'static str> {
        ways(typed)
            .iter()
            .map(|way| match way {
                Way::Name { .. } => "name",
                Way::Number { .. } => "number",
                Way::Code { .. } => "code",
                Way::Phone { .. } => "phone",
                Way::Sound { .. } => "sound",
                Way::ShortSound { .. } => "short",
            })
            .collect()
    }

    #[test]
    fn what_is_typed_says_where_to_look() {
        assert_eq!(kinds("星辰"), ["name"]);
        assert_eq!(kinds("KH2026"), ["number", "code", "name"]);
        assert_eq!(kinds("９１３２０５０５"), ["number", "code", "phone", "name"]);
        assert_eq!(kinds("91320505PDY"), ["code", "name"]);
        assert_eq!(kinds("0512-6234"), ["phone", "name"]);
        assert_eq!(kinds("3M"), ["name"]);
        assert_eq!(kinds("xcyq"), ["code", "sound", "name"]);
        assert_eq!(kinds("xc"), ["sound", "short", "name"]);
        assert_eq!(kinds("x"), ["name"]);
        assert_eq!(kinds(" \u{3000}"), Vec::<&str>::new());
    }

    #[test]
    fn a_text_is_cut_into_pairs() {
        assert_eq!(grams("星辰云"), ["星辰", "辰云"]);
        assert_eq!(grams("云"), ["云"]);
        assert_eq!(grams("aaa"), ["aa"]);
    }
}
