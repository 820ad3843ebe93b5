//! What is different from what the reader knows: their own last decision on this deal, else the
//! former round (SCREENS, decision page).

use crate::domain::approval::Round;
use crate::domain::quote::Quote;
use crate::domain::quote_diff::{Change, differences};
use crate::domain::workflow::Case;
use crate::store::{PgConnection, cases};
use crate::web::deals::quote::compare::{self, ChangeLine};
use crate::web::page::Prices;
use crate::web::{Problem, SignedIn};

pub struct DifferenceView {
    pub title: String,
    pub changes: Vec<ChangeLine>,
}

/// Changes without a price in them.
fn is_plain(change: &Change) -> bool {
    matches!(
        change,
        Change::Quantity { .. }
            | Change::Spec { .. }
            | Change::LeadDays { .. }
            | Change::Note { .. }
            | Change::DeliverAt { .. }
            | Change::ValidUntil { .. }
    )
}

/// The difference between two versions as this person may read it.
pub fn between(who: &SignedIn, case: &Case, old: &Quote, new: &Quote) -> Vec<ChangeLine> {
    let all = differences(old, new);
    let prices = Prices::of(&who.actor, Some(case));
    all.iter().filter(|c| prices == Prices::Shown || is_plain(c)).map(|c| compare::line(who.t(), c)).collect()
}

/// The version of the deal's quote with this fingerprint.
pub async fn version_seen(conn: &mut PgConnection, case: &Case, seen: &[u8]) -> Result<Option<Quote>, Problem> {
    let (Some(deal), Some(latest)) = (&case.deal, &case.quote) else { return Ok(None) };
    for version_no in (1..=latest.version_no).rev() {
        let quote = cases::quote_version(conn, deal.id, version_no).await?;
        if let Some(quote) = quote.filter(|q| q.content_hash.as_deref() == Some(seen)) {
            return Ok(Some(quote));
        }
    }
    Ok(None)
}

/// Since the reader's last decision, or since the former round.
pub async fn of(
    who: &SignedIn,
    conn: &mut PgConnection,
    case: &Case,
    rounds: &[Round],
    quote: Option<&Quote>,
) -> Result<Option<DifferenceView>, Problem> {
    let (Some(round), Some(quote)) = (&case.round, quote) else { return Ok(None) };
    let t = who.t();
    let earlier = || rounds.iter().rev().filter(|r| r.id != round.id);
    let decided_by_me = |r: &&Round| r.nodes.iter().any(|n| n.decided.as_ref().is_some_and(|d| d.by == who.actor.id));
    let (former, title) = match (earlier().find(decided_by_me), earlier().next()) {
        (Some(mine), _) => (mine, t.round_diff_mine(mine.round_no)),
        (None, Some(last)) => (last, t.round_diff_former(last.round_no)),
        (None, None) => return Ok(None),
    };
    let Some(old) = version_seen(conn, case, &former.content_hash).await? else { return Ok(None) };
    Ok(Some(DifferenceView { title, changes: between(who, case, &old, quote) }))
}
