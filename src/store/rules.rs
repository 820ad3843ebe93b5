//! Versions of the company's numbers, and what each round was routed by.

use super::error::known;
use super::{StoreError, Tx};
use crate::domain::approval::NodeKind;
use crate::domain::ids::{DealId, PersonId, RoundId};
use crate::domain::routing::RouteFacts;
use crate::domain::rules::{InForce, Rule, RuleBook};
use crate::domain::watched::{Former, Watched};
use crate::domain::workflow::RoundBasis;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use std::collections::BTreeMap;

/// The numbers of one version by rule code; codes that this program does not know are left out.
fn values(content: serde_json::Value) -> Result<BTreeMap<Rule, Decimal>, StoreError> {
    let stored: BTreeMap<String, Decimal> = serde_json::from_value(content)?;
    Ok(stored.into_iter().filter_map(|(code, value)| Some((Rule::parse(&code)?, value))).collect())
}

/// What is in force since `as_of` and what is to come, with the version that `round` keeps to and what
/// that round was opened with (nothing for rounds from before it was kept); without `as_of` every
/// version there ever was.
pub async fn book(
    conn: &mut PgConnection,
    as_of: Option<DateTime<Utc>>,
    round: Option<RoundId>,
) -> Result<(RuleBook, Former), StoreError> {
    let since = as_of.map(crate::domain::calendar::local_date);
    let rows = sqlx::query!(
        r#"SELECT s.version_no, s.valid_from AS "valid_from!", s.content, b.round_id IS NOT NULL AS "is_of_round!", b.watched AS "watched?", b.kept AS "kept?"
           FROM rule_set s LEFT JOIN round_basis b ON b.round_id = $2 AND b.rules_version = s.version_no
           WHERE s.valid_from IS NOT NULL AND (b.round_id IS NOT NULL OR $1::date IS NULL
              OR s.valid_from >= (SELECT max(p.valid_from) FROM rule_set p WHERE p.valid_from <= $1))
           ORDER BY s.valid_from, s.version_no"#,
        since,
        round.map(|r| r.0)
    )
    .fetch_all(conn)
    .await?;
    let (mut of_round, mut former) = (None, Former::default());
    let mut versions = Vec::with_capacity(rows.len());
    for r in rows {
        if r.is_of_round {
            of_round = Some(r.version_no);
            former.watched = r.watched.map(serde_json::from_value).transpose()?;
            former.kept = r.kept.map(serde_json::from_value).transpose()?.unwrap_or_default();
        }
        versions.push(InForce { version: r.version_no, from: r.valid_from, values: values(r.content)? });
    }
    let book = RuleBook::of(&versions).map_err(|flaws| StoreError::Inconsistent {
        table: "rule_set",
        column: "content",
        value: format!("{flaws:?}"),
    })?;
    Ok((book.with_round(of_round), former))
}

pub async fn keep_basis(tx: &mut Tx, round: RoundId, basis: &RoundBasis) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO round_basis (round_id, rules_version, facts, watched, kept) VALUES ($1, $2, $3, $4, $5)",
        round.0,
        basis.rules,
        serde_json::to_value(&basis.facts)?,
        basis.watched.as_ref().map(serde_json::to_value).transpose()?,
        serde_json::to_value(&basis.kept)?
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A version with who made it.
#[derive(Debug, Clone)]
pub struct RuleVersion {
    pub version_no: i32,
    /// Moves with every change of the draft.
    pub revision: i64,
    pub values: BTreeMap<Rule, Decimal>,
    pub reason: Option<String>,
    pub drafted_by: Option<PersonId>,
    pub drafter: Option<(String, String)>,
    pub drafted_at: DateTime<Utc>,
    pub valid_from: Option<NaiveDate>,
    pub publisher: Option<(String, String)>,
    pub published_at: Option<DateTime<Utc>>,
}

impl RuleVersion {
    pub fn is_draft(&self) -> bool {
        self.published_at.is_none()
    }
}

/// Every version, newest first.
pub async fn versions(conn: &mut PgConnection) -> Result<Vec<RuleVersion>, StoreError> {
    sqlx::query!(
        r#"SELECT s.*, d.name AS "drafter?", d.name_en AS "drafter_en?", p.name AS "publisher?", p.name_en AS "publisher_en?"
           FROM rule_set s LEFT JOIN person d ON d.id = s.drafted_by LEFT JOIN person p ON p.id = s.published_by
           ORDER BY s.version_no DESC"#
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| {
        Ok(RuleVersion {
            version_no: r.version_no,
            revision: r.revision,
            values: values(r.content)?,
            reason: r.reason,
            drafted_by: r.drafted_by.map(PersonId),
            drafter: r.drafter.zip(r.drafter_en),
            drafted_at: r.drafted_at,
            valid_from: r.valid_from,
            publisher: r.publisher.zip(r.publisher_en),
            published_at: r.published_at,
        })
    })
    .collect()
}

/// Makes the draft or writes it anew; whoever wrote last is its author.
pub async fn save_draft(
    tx: &mut Tx,
    version_no: i32,
    values: &BTreeMap<Rule, Decimal>,
    reason: &str,
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO rule_set (version_no, revision, content, reason, drafted_by, drafted_at) VALUES ($1, 1, $2, $3, $4, $5)
         ON CONFLICT (version_no) DO UPDATE SET revision = rule_set.revision + 1, content = $2, reason = $3, drafted_by = $4, drafted_at = $5",
        version_no,
        serde_json::to_value(values)?,
        reason,
        by.0,
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn publish(
    tx: &mut Tx,
    version_no: i32,
    from: NaiveDate,
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE rule_set SET valid_from = $2, published_by = $3, published_at = $4, revision = revision + 1 WHERE version_no = $1",
        version_no,
        from,
        by.0,
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A round that was opened, for asking where it would have gone.
#[derive(Debug, Clone)]
pub struct PastRound {
    pub deal: DealId,
    pub deal_no: String,
    pub customer: String,
    pub quote_version: i32,
    pub submitted_at: DateTime<Utc>,
    pub rules_version: i32,
    pub facts: RouteFacts,
    /// The nodes it had, in their order.
    pub nodes: Vec<NodeKind>,
    /// What the departments watched, as it stood then.
    pub watched: Option<Watched>,
    /// The round before it, of the same alternative, and what that one was opened with.
    pub former: Option<(RoundId, Former)>,
}

/// The newest rounds whose facts were kept.
pub async fn past_rounds(conn: &mut PgConnection, limit: i64) -> Result<Vec<PastRound>, StoreError> {
    sqlx::query!(
        r#"SELECT r.deal_id, d.no, c.legal_name, q.version_no, r.submitted_at, b.rules_version, b.facts, b.watched,
                  f.round_id AS "former?", f.watched AS former_watched, f.kept AS "former_kept?",
                  ARRAY(SELECT n.kind FROM approval_node n WHERE n.round_id = r.id ORDER BY n.stage, n.kind) AS "nodes!"
           FROM approval_round r JOIN round_basis b ON b.round_id = r.id JOIN deal d ON d.id = r.deal_id
           JOIN customer c ON c.id = d.customer_id JOIN quote q ON q.id = r.quote_id
           LEFT JOIN round_basis f ON f.round_id = (
               SELECT x.id FROM approval_round x JOIN quote y ON y.id = x.quote_id
               WHERE x.deal_id = r.deal_id AND x.round_no < r.round_no AND y.alternative = q.alternative ORDER BY x.round_no DESC LIMIT 1)
           ORDER BY r.submitted_at DESC, r.id DESC LIMIT $1"#,
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| {
        let nodes = r.nodes.iter().map(|kind| known("approval_node", "kind", kind, NodeKind::parse));
        let opened_with = Former {
            watched: r.former_watched.map(serde_json::from_value).transpose()?,
            kept: r.former_kept.map(serde_json::from_value).transpose()?.unwrap_or_default(),
        };
        Ok(PastRound {
            deal: DealId(r.deal_id),
            deal_no: r.no,
            customer: r.legal_name,
            quote_version: r.version_no,
            submitted_at: r.submitted_at,
            rules_version: r.rules_version,
            facts: serde_json::from_value(r.facts)?,
            nodes: nodes.collect::<Result<_, StoreError>>()?,
            watched: r.watched.map(serde_json::from_value).transpose()?,
            former: r.former.map(|id| (RoundId(id), opened_with)),
        })
    })
    .collect()
}
