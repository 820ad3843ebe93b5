//! Taking a list of deals out is told by an event: who, which list, how many rows, with which filter.

use super::{App, By, Failure};
use crate::domain::policy::{self, VisibleTo};
use crate::domain::workflow::Event;
use crate::store::events::{self, Stream};
use crate::store::lists::{self, DealFilter, DealRow};
use crate::store::{Tx, access};

/// All rows of a list, or a refusal: whoever takes a list out would take its first rows for the whole.
pub fn whole<T>(rows: Vec<T>, most: i64) -> Result<Vec<T>, Failure> {
    if i64::try_from(rows.len()).is_ok_and(|count| count <= most) { Ok(rows) } else { Err(Failure::TooMany { most }) }
}

impl App {
    /// Tells that a list other than that of the deals was taken out.
    pub async fn tell_export(&self, by: &By<'_>, list: &str, rows: usize, filter: String) -> Result<(), Failure> {
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        access::lock_company(&mut tx).await?;
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        let exported = Event::ListExported { list: list.to_owned(), rows, filter };
        let company = Stream::Company(uuid::Uuid::nil());
        events::append(&mut tx, company, &exported, Some(by.actor.id), self.clock.now(), by.request).await?;
        Ok(tx.commit().await?)
    }

    /// The rows of a list as this person sees it, unless they are more than `most`.
    pub async fn export_deals(
        &self,
        by: &By<'_>,
        list: &str,
        filter: &DealFilter,
        told: String,
        most: i64,
    ) -> Result<Vec<DealRow>, Failure> {
        let visible = policy::visible_deals(by.actor);
        if visible == VisibleTo::Nothing {
            return Err(Failure::NotFound);
        }
        // Read before the company's history is held: a long list keeps nobody waiting.
        let rows = lists::deals(&mut *self.db.search().await?, visible, filter, most + 1).await?;
        let rows = whole(rows, most)?;
        self.tell_export(by, list, rows.len(), told).await?;
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_taken_out_whole_or_not_at_all() {
        assert_eq!(whole(vec![1, 2], 2).ok(), Some(vec![1, 2]));
        assert!(matches!(whole(vec![1, 2, 3], 2), Err(Failure::TooMany { most: 2 })));
    }
}
