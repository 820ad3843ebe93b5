//! A figure by its parts (step, department, reason, type) and by the people who sell.

use super::filter::Within;
use super::reading::{self, Spread};
use crate::domain::policy::ReportScope;
use crate::domain::report::figure::Sums;
use crate::domain::report::{Figure, Kpi, Shape};
use crate::store::{PgConnection, people, post_reviews, reports, rules};
use crate::web::Problem;
use crate::web::page::name_in;
use crate::wording::Lang;

/// One part of a figure, leading to its rows.
pub struct Part {
    pub name: String,
    pub value: String,
    pub made_of: String,
    pub spread: Option<Spread>,
    /// The fast path used, beside what each may use.
    pub quota: Option<String>,
    pub href: String,
}

/// Where only the cases that count have a part, each part is a share of all cases.
fn figure_of_part(kpi: Kpi, part: Sums, whole: Sums) -> Figure {
    let denominator = if kpi.is_split_of_hits() { whole.denominator } else { part.denominator };
    Figure::of(kpi, Sums { denominator, ..part })
}

pub async fn by_detail(conn: &mut PgConnection, t: Lang, within: &Within, kpi: Kpi) -> Result<Vec<Part>, Problem> {
    let (scope, months) = (within.scope_of(kpi), within.months_of(kpi));
    let mut sums = reports::by_detail(conn, months, kpi, (&scope, &within.filter)).await?;
    let order = kpi.split().codes();
    sums.sort_by_key(|(detail, _)| order.iter().position(|code| code == detail).unwrap_or(usize::MAX));
    let whole = sums.iter().fold(Sums::default(), |all, (_, s)| all.plus(*s));
    let spreads = match kpi.shape() {
        Shape::Mean => reports::distribution_by_detail(conn, months, kpi, (&scope, &within.filter)).await?,
        Shape::Ratio | Shape::Sum => Vec::new(),
    };
    let path = format!("/reports/{}", kpi.code());
    Ok(sums
        .into_iter()
        .filter(|(detail, _)| !detail.is_empty())
        .map(|(detail, sums)| {
            let figure = figure_of_part(kpi, sums, whole);
            Part {
                name: t.report_detail(kpi, &detail),
                value: reading::value(t, &figure),
                made_of: reading::made_of(t, &figure),
                spread: spreads.iter().find(|s| s.detail == detail).and_then(|s| Spread::of(t, kpi, s)),
                quota: None,
                href: within.address(&path, within.month, &[("detail", &detail)]),
            }
        })
        .collect())
}

/// For those who see more people than themselves.
pub async fn by_owner(conn: &mut PgConnection, t: Lang, within: &Within, kpi: Kpi) -> Result<Vec<Part>, Problem> {
    let sees_others = matches!(within.scope, ReportScope::Everything | ReportScope::Team { .. });
    if !sees_others || within.filter.owner.is_some() {
        return Ok(Vec::new());
    }
    let (scope, months) = (within.scope_of(kpi), within.months_of(kpi));
    let sums = reports::by_owner(conn, months, kpi, (&scope, &within.filter)).await?;
    if sums.is_empty() {
        return Ok(Vec::new());
    }
    let people = people::all(conn).await?;
    let mut quotas = None;
    if kpi == Kpi::UrgentShare {
        let last = within.month.ends() - chrono::TimeDelta::seconds(1);
        let allowed = rules::book(conn, None, None).await?.0.at(last).fast_uses();
        quotas = Some((post_reviews::fast_uses(conn, within.month.begins(), within.month.ends()).await?, allowed));
    }
    let path = format!("/reports/{}", kpi.code());
    let mut parts: Vec<Part> = sums
        .into_iter()
        .filter_map(|(owner, sums)| {
            let person = people.iter().find(|p| p.id == owner)?;
            let figure = Figure::of(kpi, sums);
            Some(Part {
                name: name_in(t, &person.name, &person.name_en),
                value: reading::value(t, &figure),
                made_of: reading::made_of(t, &figure),
                spread: None,
                quota: quotas.as_ref().map(|(uses, allowed)| {
                    let used = uses.iter().find(|(by, _)| *by == owner).map_or(0, |(_, n)| *n);
                    t.reports_quota(allowed, used)
                }),
                href: within.address_of_owner(&path, owner),
            })
        })
        .collect();
    parts.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal::dec;

    #[test]
    fn the_part_of_a_reason_is_a_share_of_all_cases() {
        let sums = |numerator, denominator| Sums { numerator, denominator, second: dec!(0), count: 1 };
        let whole = sums(dec!(1), dec!(5));
        assert_eq!(figure_of_part(Kpi::ReturnRate, sums(dec!(1), dec!(1)), whole).value, Some(dec!(20.0)));
        let damage = figure_of_part(Kpi::ExceptionRate, sums(dec!(1), dec!(0)), whole);
        assert_eq!(damage.value, Some(dec!(20.0)), "exceptions of one type over all shipments");
        let node = figure_of_part(Kpi::OverdueRate, sums(dec!(1), dec!(2)), whole);
        assert_eq!(node.value, Some(dec!(50.0)), "a department by its own nodes");
    }
}
