//! The filters of reports as they stand in the address, and what the reader's rights make of them.

use crate::domain::approval::ApprovalPath;
use crate::domain::customer::Grade;
use crate::domain::deal::DealKind;
use crate::domain::ids::PersonId;
use crate::domain::policy::{self, ReportScope, is_by_node, report_scope, sees_figure};
use crate::domain::report::{Kpi, Month};
use crate::store::reports::{Filter, Scope};
use crate::store::{PgConnection, people};
use crate::web::form::Choice;
use crate::web::page::name_in;
use crate::web::{Problem, SignedIn, Web, boards};
use crate::wording::Lang;
use chrono::{DateTime, Utc};
use serde::Deserialize;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    pub month: String,
    pub owner: String,
    pub grade: String,
    pub urgent: String,
    pub path: String,
    pub kind: String,
    pub detail: String,
    pub after: String,
    #[serde(rename = "as")]
    pub format: String,
}

/// What the reader asked for, within what the reader may see.
pub struct Within {
    pub month: Month,
    pub this_month: Month,
    pub now: DateTime<Utc>,
    pub scope: ReportScope,
    pub filter: Filter,
    asked: Asked,
}

pub struct Choices {
    pub owners: Vec<Choice>,
    pub grades: Vec<Choice>,
    pub paths: Vec<Choice>,
    pub kinds: Vec<Choice>,
    pub urgent: Vec<Choice>,
}

impl Within {
    /// Words that mean nothing are taken as not said; a month beyond this one becomes this one.
    pub fn of(web: &Web, who: &SignedIn, asked: &Asked) -> Result<Self, Problem> {
        let scope = report_scope(&who.actor).ok_or(Problem::Missing)?;
        let now = web.app().clock.now();
        let this_month = Month::of(now);
        let month = Month::parse(&asked.month).unwrap_or(this_month).min(this_month);
        let filter = Filter {
            owner: uuid::Uuid::parse_str(&asked.owner).ok().map(PersonId),
            grade: Grade::parse(&asked.grade).map(|g| g.code().to_owned()),
            urgent: match asked.urgent.as_str() {
                "yes" => Some(true),
                "no" => Some(false),
                _ => None,
            },
            path: ApprovalPath::parse(&asked.path).map(|p| p.code().to_owned()),
            deal_kind: DealKind::parse(&asked.kind).map(|k| k.code().to_owned()),
            detail: None,
        };
        Ok(Self { month, this_month, now, scope, filter, asked: asked.clone() })
    }

    /// The figures of this reader, in the order of the domain.
    pub fn figures(&self) -> Vec<Kpi> {
        Kpi::ALL.iter().copied().filter(|k| sees_figure(self.scope, *k)).collect()
    }

    /// Under which scope each figure is read.
    pub fn scopes(&self, kpis: &[Kpi]) -> Vec<(Scope, Vec<Kpi>)> {
        let stored: Vec<Kpi> = kpis.iter().copied().filter(|k| !k.is_of_now()).collect();
        let (by_node, others): (Vec<Kpi>, Vec<Kpi>) = stored.into_iter().partition(|k| is_by_node(*k));
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
            ReportScope::Department { node: Some(node) } if is_by_node(kpi) => Scope::Detail(node.code()),
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
        let month = if month == self.this_month { String::new() } else { month.to_string() };
        let a = &self.asked;
        let mut pairs = vec![
            ("month", month.as_str()),
            ("owner", a.owner.as_str()),
            ("grade", a.grade.as_str()),
            ("urgent", a.urgent.as_str()),
            ("path", a.path.as_str()),
            ("kind", a.kind.as_str()),
        ];
        pairs.extend_from_slice(more);
        boards::address(path, &pairs)
    }

    pub async fn choices(&self, conn: &mut PgConnection, who: &SignedIn) -> Result<Choices, Problem> {
        let t = who.t();
        let sellers = people::all(conn).await?.into_iter().filter(|p| policy::may_own_customers(&p.roles));
        let owners = sellers.filter(|p| match self.scope {
            ReportScope::Everything => true,
            ReportScope::Team { manager } => p.id == manager || p.manager == Some(manager),
            ReportScope::Own { .. } | ReportScope::Department { .. } => false,
        });
        Ok(Choices {
            owners: owners.map(|p| Choice::new(p.id.to_string(), name_in(t, &p.name, &p.name_en))).collect(),
            grades: super::choices_of(Grade::ALL, Grade::code, |g| t.grade(g).to_owned()),
            paths: super::choices_of(ApprovalPath::ALL, ApprovalPath::code, |p| t.approval_path(p).to_owned()),
            kinds: super::choices_of(DealKind::ALL, DealKind::code, |k| t.deal_kind(k).to_owned()),
            urgent: vec![Choice::new("yes", t.ui_urgent()), Choice::new("no", t.reports_not_urgent())],
        })
    }
}

fn by_scope(own_nodes: Scope, by_node: Vec<Kpi>, others: Vec<Kpi>) -> Vec<(Scope, Vec<Kpi>)> {
    vec![(own_nodes, by_node), (Scope::Everything, others)]
}
