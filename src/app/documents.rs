//! Contract clauses, drafted by one person and published by another, and the record of what a
//! customer was sent.

use super::act::{FormState, finish, take_key};
use super::{App, By, Done, Failure};
use crate::documents::approval::Prices;
use crate::documents::order::{self, ClauseSet};
use crate::documents::{Content, Layout, Letterhead, Shown, languages, quote};
use crate::domain::contract::Clause;
use crate::domain::ids::PersonId;
use crate::domain::policy::{self, Act, Denied, DeniedWhy};
use crate::domain::staff::Actor;
use crate::domain::workflow::{Case, Event};
use crate::store::events::{self, Stream};
use crate::store::{PgConnection, StoreError, Tx, documents};
use chrono::{DateTime, Utc};

impl From<documents::Seller> for Letterhead {
    fn from(seller: documents::Seller) -> Self {
        Self {
            name: seller.name,
            name_en: seller.name_en,
            phone: seller.phone,
            address: seller.address,
            tax_no: seller.tax_no,
            bank: seller.bank,
            account: seller.account,
        }
    }
}

/// The clauses of both languages as typed.
#[derive(Debug, Clone)]
pub struct ClauseTexts {
    pub zh: Vec<Clause>,
    pub en: Vec<Clause>,
}

impl App {
    pub async fn letterhead(&self) -> Result<Letterhead, Failure> {
        let mut conn = self.db.read().await?;
        Ok(documents::seller(&mut conn).await?.into())
    }

    /// Makes a draft of the next version or rewrites it; `expected` is the revision the form was made
    /// from, 0 where there was no draft.
    pub async fn draft_clauses(&self, by: &By<'_>, expected: i64, texts: &ClauseTexts) -> Result<Done, Failure> {
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        policy::may(by.actor, Act::DraftClauses, by.actor.id, by.actor.manager).map_err(Failure::Denied)?;
        documents::lock_company(&mut tx).await?;
        let version_no = expected_draft(tx.conn(), expected).await?;
        let both: [(&str, &[Clause]); 2] = [("zh", &texts.zh), ("en", &texts.en)];
        documents::save_clauses(&mut tx, version_no, &both, by.actor.id, now).await?;
        let event = Event::ClausesDrafted { version_no, zh: texts.zh.clone(), en: texts.en.clone() };
        events::append(&mut tx, Stream::Company(uuid::Uuid::nil()), &event, Some(by.actor.id), now, by.request).await?;
        finish(tx, by, "/settings/contract".to_owned()).await
    }

    /// Puts the draft in force for orders confirmed from now on.
    pub async fn publish_clauses(&self, by: &By<'_>, expected: i64) -> Result<Done, Failure> {
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        policy::may(by.actor, Act::PublishClauses, by.actor.id, by.actor.manager).map_err(Failure::Denied)?;
        documents::lock_company(&mut tx).await?;
        let version_no = expected_draft(tx.conn(), expected).await?;
        let heads = documents::clause_heads(tx.conn()).await?;
        let draft = heads.iter().find(|h| h.published_at.is_none()).ok_or(Failure::NotFound)?;
        if draft.drafted_by == Some(by.actor.id) {
            let who_may = policy::grants(Act::PublishClauses).iter().map(|(role, _)| *role).collect();
            return Err(Failure::Denied(Denied { who_may, why: DeniedWhy::OwnDraft }));
        }
        documents::publish_clauses(&mut tx, version_no, by.actor.id, now).await?;
        let event = Event::ClausesPublished { version_no };
        events::append(&mut tx, Stream::Company(uuid::Uuid::nil()), &event, Some(by.actor.id), now, by.request).await?;
        finish(tx, by, "/settings/contract".to_owned()).await
    }

    /// Keeps what the quote says now, in every language, for ever.
    pub(super) async fn keep_sent(
        &self,
        tx: &mut Tx,
        case: &Case,
        by: PersonId,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        let Some(sent) = &case.quote else { return Ok(()) };
        let company: Letterhead = documents::seller(tx.conn()).await?.into();
        for t in languages() {
            let content: Content = quote::content(t, &company, case, sent, Shown::Whole).map_err(StoreError::from)?;
            documents::keep_sent(tx, sent.id, t.code(), (&content.hash(), &content.json), by, now).await?;
        }
        Ok(())
    }

    /// The contract of a confirmed order. Its first print keeps the text, in both languages; an order that says
    /// something else by now gets the next number. An earlier one comes back as it was kept.
    pub async fn contract_paper(
        &self,
        actor: &Actor,
        case: &Case,
        language: &str,
        asked: Option<i32>,
    ) -> Result<Content, Failure> {
        let t = languages().into_iter().find(|t| t.code() == language).ok_or(Failure::NotFound)?;
        let (Some(of), Some(accepted)) = (&case.order, &case.quote) else { return Err(Failure::NotFound) };
        let dated = of.confirmed_at.ok_or(Failure::NotFound)?;
        let mut conn = self.db.read().await?;
        let kept = documents::contract(&mut conn, of.id, t.code(), asked).await?;
        if asked.is_some() {
            let kept = kept.ok_or(Failure::NotFound)?;
            return Ok(Content { layout: Layout::Order, json: kept.content, dated });
        }
        let company: Letterhead = documents::seller(&mut conn).await?.into();
        let clause_version = documents::clause_version(&mut conn, of.id).await?;
        let mut clauses = Vec::new();
        for language in languages() {
            clauses.push((language, documents::clauses(&mut conn, clause_version, language.code()).await?));
        }
        drop(conn);
        let text = |language, version_no| {
            let of_language = clauses.iter().find(|(l, _)| *l == language).map(|(_, texts)| texts.clone());
            let clauses = ClauseSet { version_no: clause_version, clauses: of_language.unwrap_or_default() };
            let about = order::About {
                case,
                order: of,
                quote: accepted,
                clauses: &clauses,
                prices: Prices::Shown,
                shown: Shown::Whole,
                version_no: Some(version_no),
                // Whoever reads a contract whole reads the phone as well.
                ship_phone: of.ship_phone.clone(),
            };
            order::content(language, &company, &about).map_err(StoreError::from)
        };
        let newest = kept.as_ref().map_or(0, |k| k.version_no);
        if let Some(kept) = kept
            && text(t, newest)?.hash()[..] == kept.content_hash[..]
        {
            return Ok(Content { layout: Layout::Order, json: kept.content, dated });
        }
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(actor.id)).await?;
        for language in languages() {
            let content = text(language, newest + 1)?;
            let said = (&content.hash()[..], content.json.as_str());
            documents::keep_contract(&mut tx, (of.id, newest + 1), language.code(), said, actor.id, now).await?;
        }
        // Whoever prints at the same moment may have kept this number first: what is kept is what is shown.
        let kept = documents::contract(tx.conn(), of.id, t.code(), Some(newest + 1)).await?.ok_or(Failure::NotFound)?;
        tx.commit().await?;
        Ok(Content { layout: Layout::Order, json: kept.content, dated })
    }
}

/// The number of the draft that the form was made from, or of the next version.
async fn expected_draft(conn: &mut PgConnection, expected: i64) -> Result<i32, Failure> {
    let heads = documents::clause_heads(conn).await?;
    let newest = heads.first().map_or(0, |h| h.version_no);
    let draft = heads.iter().find(|h| h.published_at.is_none());
    let revision = draft.map_or(0, |h| h.revision);
    if revision != expected {
        let changes = events::latest(conn, Stream::Company(uuid::Uuid::nil()), 1).await?;
        return Err(Failure::Stale { changes, version: revision });
    }
    Ok(draft.map_or(newest + 1, |h| h.version_no))
}
