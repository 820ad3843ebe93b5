//! What stands in the address of a list: every filter, the view, the page, the open panel.
//!
//! The one rule: the same words mean the same rows in every view. What an address says and this
//! program does not know is left out, and the page tells the reader that it was.

use crate::domain::calendar::ZONE;
use crate::domain::deal::{DealStatus, Step};
use crate::domain::order::OrderStatus;
use crate::domain::staff::Role;
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, Utc};

/// Which rows: all deals, or those with an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Set {
    Deals,
    Orders,
}

impl Set {
    pub fn path(self) -> &'static str {
        match self {
            Self::Deals => "/deals",
            Self::Orders => "/orders",
        }
    }

    pub fn code(self) -> &'static str {
        match self {
            Self::Deals => "deals",
            Self::Orders => "orders",
        }
    }

    pub fn parse(code: &str) -> Option<Self> {
        [Self::Deals, Self::Orders].into_iter().find(|s| s.code() == code)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    Table,
    Board,
    Calendar,
}

/// Every name that an address may hold, in the order in which addresses are written.
const NAMES: [&str; 19] = [
    "view", "q", "step", "status", "owner", "team", "mine", "turn", "role", "due", "urgent", "late", "from", "to",
    "on", "month", "sort", "wall", "panel",
];

/// Whose turn it is, as seen by the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnOf {
    Mine,
    Others,
    Customer,
}

/// An address that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub set: Set,
    values: Vec<(&'static str, String)>,
    /// The page token, unopened.
    pub before: String,
    /// What was left out, as it was written.
    pub ignored: Vec<String>,
}

/// An address with those of the pairs that have a value.
pub fn address(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs.iter().filter(|(_, value)| !value.is_empty()));
    let query = query.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// A search as it may be sent to the database: one line, at most 100 characters.
pub fn search_text(raw: &str) -> Option<String> {
    let text: String = raw.trim().chars().filter(|c| !c.is_control()).take(100).collect();
    Some(text).filter(|t| !t.is_empty())
}

fn day(text: &str) -> Option<NaiveDate> {
    // Years of four digits only: the database cannot compare with others.
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|d| text.len() == 10 && (2000..2100).contains(&d.year()))
}

fn month(text: &str) -> Option<NaiveDate> {
    day(&format!("{text}-01")).filter(|_| text.len() == 7)
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_local_timezone(ZONE).single().map(|at| at.to_utc()).unwrap_or_default()
}

fn is_login(text: &str) -> bool {
    (2..=40).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b))
}

fn is_known(set: Set, name: &str, value: &str) -> bool {
    match name {
        "view" => ["table", "board", "calendar"].contains(&value),
        "q" => search_text(value).is_some(),
        "step" => set == Set::Deals && Step::parse(value).is_some(),
        "status" if value == "all" => true,
        "status" => match set {
            Set::Deals => DealStatus::parse(value).is_some(),
            Set::Orders => value == DealStatus::Open.code() || OrderStatus::parse(value).is_some(),
        },
        "owner" | "team" => is_login(value),
        "mine" | "urgent" | "late" | "wall" => value == "yes",
        "turn" => ["mine", "others", "customer"].contains(&value),
        "role" => Role::parse(value).is_some(),
        "due" => ["running", "paused", "today", "over"].contains(&value),
        "from" | "to" | "on" => day(value).is_some(),
        "month" => month(value).is_some(),
        "sort" => value == "due",
        "panel" => value.len() <= 30 && value.starts_with("CD-"),
        _ => false,
    }
}

impl Asked {
    /// Reads the part of an address behind the question mark.
    pub fn read(set: Set, query: &str) -> Self {
        let mut asked = Self { set, values: Vec::new(), before: String::new(), ignored: Vec::new() };
        for (name, value) in form_urlencoded::parse(query.as_bytes()).take(100) {
            let value = value.trim();
            if value.is_empty() {
                continue;
            }
            match NAMES.iter().find(|n| **n == name) {
                Some(known) if asked.get(known).is_empty() && is_known(set, known, value) => {
                    asked.values.push((*known, value.to_owned()));
                }
                None if name == "before" && asked.before.is_empty() => value.clone_into(&mut asked.before),
                _ => asked.ignored.push(format!("{name}={value}").chars().take(60).collect()),
            }
        }
        asked.ignored.truncate(5);
        asked
    }

    pub fn get(&self, name: &str) -> &str {
        self.values.iter().find(|(n, _)| *n == name).map_or("", |(_, v)| v.as_str())
    }

    pub fn is(&self, name: &str) -> bool {
        self.get(name) == "yes"
    }

    /// The same address with other values for these names; an empty one leaves the name out.
    pub fn address(&self, path: &str, changes: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for name in NAMES {
            let changed = changes.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
            let value = changed.unwrap_or_else(|| self.get(name));
            let is_default = name == "view" && value == "table";
            if !is_default && !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        if let Some((_, token)) = changes.iter().find(|(n, v)| *n == "before" && !v.is_empty()) {
            query.append_pair("before", token);
        }
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    pub fn at(&self, changes: &[(&str, &str)]) -> String {
        self.address(self.set.path(), changes)
    }

    /// The same list with the panel of this deal.
    pub fn panel_of(&self, no: &str) -> String {
        self.at(&[("panel", no)]) + "#panel"
    }

    /// What page tokens are signed for: the filters and the order, nothing else.
    pub fn list(&self) -> String {
        self.at(&[("view", ""), ("panel", ""), ("wall", ""), ("month", "")])
    }

    /// As it is kept by name: without page, panel and wall.
    pub fn kept(&self) -> String {
        let whole = self.at(&[("panel", ""), ("wall", "")]);
        whole.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default()
    }

    pub fn view(&self) -> View {
        match self.get("view") {
            "board" => View::Board,
            "calendar" => View::Calendar,
            _ => View::Table,
        }
    }

    pub fn text(&self) -> Option<String> {
        search_text(self.get("q"))
    }

    /// The status that the rows have: the open ones, unless something else was chosen or searched for.
    pub fn status(&self) -> Option<&str> {
        match (self.set, self.get("status")) {
            (_, "all") => None,
            (_, "") if self.get("q").is_empty() => Some(DealStatus::Open.code()),
            (_, "") => None,
            (_, status) => Some(status),
        }
    }

    pub fn turn(&self) -> Option<TurnOf> {
        match self.get("turn") {
            "mine" => Some(TurnOf::Mine),
            "others" => Some(TurnOf::Others),
            "customer" => Some(TurnOf::Customer),
            _ => None,
        }
    }

    /// When the deals were opened: from the first moment on, before the second.
    pub fn opened(&self) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        let after = |d: NaiveDate| d.checked_add_days(Days::new(1)).unwrap_or(d);
        (day(self.get("from")).map(midnight), day(self.get("to")).map(after).map(midnight))
    }

    /// The day on which a promise is due, as two moments.
    pub fn promised(&self) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let on = day(self.get("on"))?;
        Some((midnight(on), midnight(on.checked_add_days(Days::new(1))?)))
    }

    /// First day of the month that a calendar shows.
    pub fn month(&self, today: NaiveDate) -> NaiveDate {
        month(self.get("month")).or_else(|| today.with_day(1)).unwrap_or(today)
    }

    /// Whether the best way to the rows depends on what was asked for: a word, a day, a limit.
    pub fn is_searched(&self) -> bool {
        ["q", "from", "to", "on", "late", "turn", "role", "due"].iter().any(|name| !self.get(name).is_empty())
    }

    /// Whether fewer rows are shown than without any choice.
    pub fn is_filtered(&self) -> bool {
        self.values.iter().any(|(n, _)| !["view", "month", "sort", "wall", "panel"].contains(n))
    }
}

/// The months before and after, as addresses write them.
pub fn neighbours(month: NaiveDate) -> (String, String) {
    let text = |d: Option<NaiveDate>| d.map(|d| d.format("%Y-%m").to_string()).unwrap_or_default();
    (text(month.checked_sub_months(Months::new(1))), text(month.checked_add_months(Months::new(1))))
}

/// The midnights of company time at which these days begin, and the one after the last.
pub fn midnights(first: NaiveDate, count: u64) -> Vec<DateTime<Utc>> {
    (0..=count).filter_map(|n| first.checked_add_days(Days::new(n))).map(midnight).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_written_the_same() {
        for address in [
            "/deals",
            "/deals?view=board&q=%E5%8D%8E%E4%B8%9C+1%262&step=quote&urgent=yes",
            "/deals?view=calendar&month=2026-09",
            "/deals?owner=wangmin&from=2026-09-01&to=2026-09-30&sort=due&panel=CD-20260917-001",
        ] {
            let query = address.split_once('?').map_or("", |(_, q)| q);
            let asked = Asked::read(Set::Deals, query);
            assert_eq!((asked.at(&[]), asked.ignored.len()), (address.to_owned(), 0));
        }
        assert_eq!(Asked::read(Set::Orders, "status=shipped").status(), Some("shipped"));
        assert_eq!(Asked::read(Set::Deals, "view=table&q=").at(&[]), "/deals");
    }

    #[test]
    fn what_nobody_knows_is_left_out_and_told() {
        let odd =
            "step=seven&late=maybe&colour=red&from=2026-13-01&step=quote&step=order&owner=%27OR+1&month=9&panel=x";
        let asked = Asked::read(Set::Deals, odd);
        assert_eq!(asked.get("step"), "quote");
        assert_eq!(asked.ignored[..3], ["step=seven", "late=maybe", "colour=red"]);
        assert_eq!(asked.at(&[]), "/deals?step=quote");
        assert!(asked.promised().is_none() && asked.opened() == (None, None));
        assert!(Asked::read(Set::Orders, "step=quote").ignored == ["step=quote"]);
    }

    #[test]
    fn open_deals_are_shown_unless_something_else_is_asked_for() {
        let status = |query: &str| Asked::read(Set::Deals, query).status().map(str::to_owned);
        assert_eq!(status("").as_deref(), Some("open"));
        assert_eq!(status("late=yes").as_deref(), Some("open"));
        assert_eq!(status("q=x"), None);
        assert_eq!(status("status=all"), None);
        assert_eq!(status("q=x&status=lost").as_deref(), Some("lost"));
        let of_orders = |query: &str| Asked::read(Set::Orders, query).status().map(str::to_owned);
        assert_eq!(of_orders("").as_deref(), Some("open"));
        assert_eq!((of_orders("status=all"), of_orders("q=x")), (None, None));
        assert_eq!(of_orders("status=open").as_deref(), Some("open"));
    }

    #[test]
    fn days_begin_at_midnight_of_company_time() {
        let asked = Asked::read(Set::Deals, "on=2026-09-18&from=2026-09-01&to=2026-09-01");
        let (from, to) = asked.promised().unwrap();
        assert_eq!((from.to_rfc3339(), (to - from).num_hours()), ("2026-09-17T16:00:00+00:00".to_owned(), 24));
        let (from, to) = asked.opened();
        assert_eq!((to.unwrap() - from.unwrap()).num_hours(), 24);
    }

    #[test]
    fn a_search_is_one_short_line() {
        assert_eq!(search_text(" a\0b\n"), Some("ab".to_owned()));
        assert_eq!(search_text(" \t"), None);
        assert_eq!(search_text(&"x".repeat(500)).map(|t| t.len()), Some(100));
    }
}
