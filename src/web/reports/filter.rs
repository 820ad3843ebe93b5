//! The filters of reports as they stand in the address, and what the reader's rights make of them.

use crate::domain::approval::{ApprovalPath, NodeKind};
use crate::domain::customer::Grade;
use crate::domain::deal::DealKind;
use crate::domain::ids::PersonId;
use crate::domain::policy::{self, ReportScope, is_by_node, report_scope, sees_figure};
use crate::domain::report::{Kpi, Month};
use crate::domain::staff::Department;
use crate::store::reports::{Filter, Scope};
use crate::store::{PgConnection, people};
use crate::web::form::Choice;
use crate::web::page::name_in;
use crate::web::{Problem, SignedIn, Web, boards};
use crate::wording::Lang;
use serde::Deserialize;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    pub month: String,
    pub department: String,
    pub owner: String,
    pub grade: String,
    pub urgent: String,
    pub path: String,
    pub kind: String,
    pub detail: String,
    pub after: String,
}

impl Asked {
    /// From the words behind the question mark, as a form carries them.
    pub fn read(query: &str) -> Self {
        let mut asked = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let place = match name.as_ref() {
                "month" => &mut asked.month,
                "department" => &mut asked.department,
                "owner" => &mut asked.owner,
                "grade" => &mut asked.grade,
                "urgent" => &mut asked.urgent,
                "path" => &mut asked.path,
                "kind" => &mut asked.kind,
                "detail" => &mut asked.detail,
                _ => continue,
            };
            *place = value.into_owned();
        }
        asked
    }
}

/// What the reader asked for, within what the reader may see.
pub struct Within {
    pub month: Month,
    pub this_month: Month,
    pub scope: ReportScope,
    pub filter: Filter,
    /// Only what this department decides.
    pub department: Option<Department>,
    /// What the address says and nobody understands.
    pub ignored: Vec<String>,
    asked: Asked,
}

pub struct Choices {
    pub month: String,
    pub departments: Vec<Choice>,
    pub owners: Vec<Choice>,
    pub grades: Vec<Choice>,
    pub paths: Vec<Choice>,
    pub kinds: Vec<Choice>,
    pub urgent: Vec<Choice>,
}

impl Within {
    /// Words that mean nothing are left out, and told; a month beyond this one becomes this one.
    pub fn of(web: &Web, who: &SignedIn, asked: &Asked) -> Result<Self, Problem> {
        let scope = report_scope(&who.actor).ok_or(Problem::Missing)?;
        let this_month = Month::of(web.app().clock.now());
        let mut ignored = Vec::new();
        let month = understood("month", &asked.month, Month::parse, &mut ignored);
        let department = understood("department", &asked.department, department_of, &mut ignored)
            .filter(|_| !matches!(scope, ReportScope::Department { .. }));
        let owner = understood("owner", &asked.owner, |raw| uuid::Uuid::parse_str(raw).ok(), &mut ignored);
        let grade = understood("grade", &asked.grade, Grade::parse, &mut ignored);
        let urgent = understood("urgent", &asked.urgent, yes_or_no, &mut ignored);
        let path = understood("path", &asked.path, ApprovalPath::parse, &mut ignored);
        let kind = understood("kind", &asked.kind, DealKind::parse, &mut ignored);
        let filter = Filter {
            owner: owner.map(PersonId),
            grade: grade.map(|g| g.code().to_owned()),
            urgent,
            path: path.map(|p| p.code().to_owned()),
            deal_kind: kind.map(|k| k.code().to_owned()),
            details: department.map(|d| nodes_of(d).map(|n| n.code().to_owned()).collect()),
        };
        let month = month.unwrap_or(this_month).min(this_month);
        Ok(Self { month, this_month, scope, filter, department, ignored, asked: asked.clone() })
    }

    /// The months that a figure is made of: the one asked for, or all there were for what is true now.
    pub fn months_of(&self, kpi: Kpi) -> (Month, Month) {
        if kpi.is_of_now() { (Month::earliest(), self.this_month) } else { (self.month, self.month) }
    }

    /// The figures of this reader, in the order of the domain.
    pub fn figures(&self) -> Vec<Kpi> {
        Kpi::ALL.iter().copied().filter(|k| self.has_figure(*k)).collect()
    }

    /// Whether the figure is among those of this reader and this department.
    pub fn has_figure(&self, kpi: Kpi) -> bool {
        sees_figure(self.scope, kpi) && (self.department.is_none() || is_by_node(kpi))
    }

    /// Under which scope each figure is read.
    pub fn scopes(&self, kpis: &[Kpi]) -> Vec<(Scope, Vec<Kpi>)> {
        let (by_node, others): (Vec<Kpi>, Vec<Kpi>) = kpis.iter().copied().partition(|k| is_by_node(*k));
        if matches!(self.scope, ReportScope::Department { .. }) {
            by_scope(self.scope_of(Kpi::NodeTime), by_node, others)
        } else {
            vec![(self.scope_of(Kpi::OrderCycle), [by_node, others].concat())]
        }
    }

    pub fn scope_of(&self, kpi: Kpi) -> Scope {
        match self.scope {
            ReportScope::Everything => Scope::Everything,
            ReportScope::Own { person } => Scope::Own { person },
            ReportScope::Team { manager } => Scope::Team { manager },
            ReportScope::Department { node: Some(node) } if is_by_node(kpi) => Scope::Details(vec![node.code()]),
            ReportScope::Department { .. } => Scope::Everything,
        }
    }

    pub fn scope_note(&self, t: Lang, who: &SignedIn) -> String {
        let person = who.person();
        match self.scope {
            ReportScope::Everything => t.reports_scope_all().to_owned(),
            ReportScope::Team { .. } => t.reports_scope_team(name_in(t, &person.name, &person.name_en)),
            ReportScope::Own { .. } => t.reports_scope_own().to_owned(),
            ReportScope::Department { .. } => t.reports_scope_department(t.department(person.department)),
        }
    }

    pub fn later(&self) -> Option<Month> {
        (self.month < self.this_month).then(|| self.month.next())
    }

    /// The same filters at another place.
    pub fn address(&self, path: &str, month: Month, more: &[(&str, &str)]) -> String {
        address(path, &self.asked, month, self.this_month, more)
    }

    /// The same for one person who sells.
    pub fn address_of_owner(&self, path: &str, owner: PersonId) -> String {
        let asked = Asked { owner: owner.0.to_string(), ..self.asked.clone() };
        address(path, &asked, self.month, self.this_month, &[])
    }

    pub async fn choices(&self, conn: &mut PgConnection, who: &SignedIn) -> Result<Choices, Problem> {
        let t = who.t();
        let sellers = people::all(conn).await?.into_iter().filter(|p| policy::may_own_customers(&p.roles));
        let owners = sellers.filter(|p| match self.scope {
            ReportScope::Everything => true,
            ReportScope::Team { manager } => p.id == manager || p.manager == Some(manager),
            ReportScope::Own { .. } | ReportScope::Department { .. } => false,
        });
        let departments = Department::ALL.iter().copied().filter(|d| nodes_of(*d).next().is_some());
        Ok(Choices {
            month: self.month.to_string(),
            departments: match self.scope {
                ReportScope::Department { .. } => Vec::new(),
                _ => departments.map(|d| Choice::new(d.code(), t.department(d))).collect(),
            },
            owners: owners.map(|p| Choice::new(p.id.to_string(), name_in(t, &p.name, &p.name_en))).collect(),
            grades: super::choices_of(Grade::ALL, Grade::code, |g| t.grade(g).to_owned()),
            paths: super::choices_of(ApprovalPath::ALL, ApprovalPath::code, |p| t.approval_path(p).to_owned()),
            kinds: super::choices_of(DealKind::ALL, DealKind::code, |k| t.deal_kind(k).to_owned()),
            urgent: vec![Choice::new("yes", t.ui_urgent()), Choice::new("no", t.reports_not_urgent())],
        })
    }
}

fn address(path: &str, a: &Asked, month: Month, this_month: Month, more: &[(&str, &str)]) -> String {
    let month = if month == this_month { String::new() } else { month.to_string() };
    let mut pairs = vec![
        ("month", month.as_str()),
        ("department", a.department.as_str()),
        ("owner", a.owner.as_str()),
        ("grade", a.grade.as_str()),
        ("urgent", a.urgent.as_str()),
        ("path", a.path.as_str()),
        ("kind", a.kind.as_str()),
    ];
    pairs.extend_from_slice(more);
    boards::address(path, &pairs)
}

/// The nodes at which a department decides.
fn nodes_of(department: Department) -> impl Iterator<Item = NodeKind> {
    NodeKind::ALL.iter().copied().filter(move |n| n.department() == department)
}

fn department_of(raw: &str) -> Option<Department> {
    Department::parse(raw).filter(|d| nodes_of(*d).next().is_some())
}

fn yes_or_no(raw: &str) -> Option<bool> {
    match raw {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

fn understood<T>(name: &str, raw: &str, parse: impl Fn(&str) -> Option<T>, ignored: &mut Vec<String>) -> Option<T> {
    let raw = raw.trim();
    let found = parse(raw);
    if found.is_none() && !raw.is_empty() {
        ignored.push(format!("{name}={raw}").chars().take(60).collect());
    }
    found
}

fn by_scope(own_nodes: Scope, by_node: Vec<Kpi>, others: Vec<Kpi>) -> Vec<(Scope, Vec<Kpi>)> {
    vec![(own_nodes, by_node), (Scope::Everything, others)]
}
