//! Links for customers without an account: made and taken back by people, answered by customers.
//!
//! A token is an HMAC of the link's id under a key that lives beside the files and never in the
//! database, so a copy of the database opens nothing, and the rep can copy a link again.

use super::act::{FormState, Said, finish, take_key};
use super::{App, By, Done, Failure, Upload};
use crate::domain::deal::LostReason;
use crate::domain::ids::{DealId, LinkAnswerId, LinkId};
use crate::domain::link::{self, AnswerKind, Correction, Link, LinkPurpose, LinkState, NoLink, Offered};
use crate::domain::order::AcceptanceKind;
use crate::domain::policy::{self, Act};
use crate::domain::quote::Quote;
use crate::domain::staff::Actor;
use crate::domain::workflow::{Case, Command, Event};
use crate::store::events::{self, Stream};
use crate::store::links::{self, NewAnswer};
use crate::store::notices::{self, NewNotice};
use crate::store::{PgConnection, StoreError, Tx, cases, people};
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Keeps these signatures apart from whatever else is signed.
const TOKEN: &[u8] = b"customer link 1";
/// Wrong or dead links that one address may ask for.
const MISSES: i64 = 20;
const MISSES_WITHIN: TimeDelta = TimeDelta::minutes(10);
/// Wishes, or corrections, of one link that may wait for the rep.
const MOST_OPEN: i64 = 10;
/// A customer's answer meets somebody else's change at most so often.
const TRIES: usize = 4;

/// Why a link opens nothing.
#[derive(Debug)]
pub enum Shut {
    /// No such link, or it was taken back.
    Unknown,
    /// It ended; the customer may ask for another.
    Expired(Box<Case>),
    /// Too many wrong ones from this address.
    Throttled,
    Failed(Failure),
}

impl<E: Into<Failure>> From<E> for Shut {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// A live link with everything it is about.
#[derive(Debug, Clone)]
pub struct Opened {
    pub link: Link,
    pub case: Case,
    /// The quote that the link is bound to, while it is the newest version of its alternative.
    pub quote: Option<Quote>,
}

impl Opened {
    async fn of(conn: &mut PgConnection, link: Link, case: Case) -> Result<Self, StoreError> {
        let Some(id) = link.quote else { return Ok(Self { link, case, quote: None }) };
        let current = case.quote.as_ref().filter(|q| q.id == id).cloned();
        let other = case.alternatives.others.iter().find(|o| o.id == id).map(|o| o.version_no);
        let quote = match (current, other, &case.deal) {
            (None, Some(version_no), Some(deal)) => cases::quote_version(conn, deal.id, version_no).await?,
            (current, ..) => current,
        };
        Ok(Self { link, case, quote })
    }

    /// How the quote of this link stands, whatever came after it.
    pub fn offered(&self, now: DateTime<Utc>) -> Option<Offered> {
        self.link.quote?;
        let Some(quote) = &self.quote else { return Some(Offered::Replaced) };
        Some(link::offered(quote, &self.case, now))
    }
}

/// Who answers on a customer's page.
#[derive(Debug, Clone)]
pub struct Answerer {
    pub name: String,
    pub title: Option<String>,
    pub note: Option<String>,
}

/// What a customer's answer came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Taken,
    /// Somebody answered before, or the quote moved on: the page tells how it stands.
    TooLate,
    /// So much waits for the rep already that this was not kept.
    Enough,
    /// It can be answered as far as the page knows, and yet was not taken.
    NotKept,
}

impl App {
    /// The token of a link: 64 hexadecimal digits, 256 bits.
    pub async fn link_token(&self, id: LinkId) -> Result<String, Failure> {
        let key = self.secret_key.bytes(self.ids.secret()).await?;
        let mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|e| StoreError::Busy(e.to_string()))?;
        Ok(hex::encode(mac.chain_update(TOKEN).chain_update(id.0.as_bytes()).finalize().into_bytes()))
    }

    /// The links of a deal, for those who may hand them out.
    pub async fn links(&self, actor: &Actor, no: &str) -> Result<(Case, Vec<Link>), Failure> {
        let case = self.deal(actor, no).await?;
        policy::may_on(actor, Act::ShareLinks, &case).map_err(Failure::Denied)?;
        let Some(deal) = &case.deal else { return Err(Failure::NotFound) };
        let mut conn = self.db.read().await?;
        let links = links::of_deal(&mut conn, deal.id, case.customer.id).await?;
        Ok((case, links))
    }

    /// Makes a link for the customer of a deal; `Err` inside names what is in the way.
    pub async fn make_link(
        &self,
        by: &By<'_>,
        no: &str,
        purpose: LinkPurpose,
    ) -> Result<Result<Done, Vec<NoLink>>, Failure> {
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Ok(Done::Before { then }));
        }
        let id = cases::lock_deal_no(&mut tx, no, by.actor.id).await?.ok_or(Failure::NotFound)?.id;
        let case = cases::of_deal(tx.conn(), id, now).await?.ok_or(Failure::NotFound)?;
        if !policy::sees_deal(by.actor, &case) {
            return Err(Failure::NotFound);
        }
        policy::may_on(by.actor, Act::ShareLinks, &case).map_err(Failure::Denied)?;
        let stops = link::no_link(purpose, &case, now);
        if !stops.is_empty() {
            return Ok(Err(stops));
        }
        let quote = case.quote.as_ref();
        let made = Link {
            id: LinkId(self.ids.next()),
            purpose,
            customer: case.customer.id,
            deal: Some(id),
            quote: quote.filter(|_| purpose == LinkPurpose::Quote).map(|q| q.id),
            created_by: by.actor.id,
            created_by_name: by.actor.name.clone(),
            created_at: now,
            expires_at: link::expires_at(purpose, quote, now),
            revoked_at: None,
            first_opened_at: None,
            last_opened_at: None,
            opened: 0,
            answers: Vec::new(),
        };
        let token = self.link_token(made.id).await?;
        links::add(&mut tx, &made, &Sha256::digest(token.as_bytes())).await?;
        let event = Event::LinkMade { link: made.id, purpose, expires_at: made.expires_at };
        events::append(&mut tx, Stream::Deal(id), &event, Some(by.actor.id), now, by.request).await?;
        finish(tx, by, format!("/deals/{no}/links")).await.map(Ok)
    }

    /// Takes a link back; it opens nothing from now on.
    pub async fn revoke_link(&self, by: &By<'_>, no: &str, id: LinkId) -> Result<Done, Failure> {
        let now = self.clock.now();
        let (case, known) = self.links(by.actor, no).await?;
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        let found = known.into_iter().find(|l| l.id == id).ok_or(Failure::NotFound)?;
        let deal = case.deal.as_ref().map(|d| d.id).ok_or(Failure::NotFound)?;
        cases::lock_deal(&mut tx, deal).await?;
        if links::revoke(&mut tx, id, by.actor.id, now).await? {
            let event = Event::LinkRevoked { link: id, purpose: found.purpose };
            events::append(&mut tx, Stream::Deal(deal), &event, Some(by.actor.id), now, by.request).await?;
        }
        finish(tx, by, format!("/deals/{no}/links")).await
    }

    /// The page behind a token, counted as opened. Misses are counted per address.
    pub async fn open_link(&self, token: &str, address: &str) -> Result<Opened, Shut> {
        let now = self.clock.now();
        let opened = self.find_link(token, address).await?;
        let mut tx = Tx::begin(&self.db, None).await?;
        links::opened(&mut tx, opened.link.id, now).await?;
        tx.commit().await?;
        Ok(opened)
    }

    /// The same without counting, for what follows from a page that was opened.
    pub async fn find_link(&self, token: &str, address: &str) -> Result<Opened, Shut> {
        let now = self.clock.now();
        let mut conn = self.db.read().await?;
        if links::misses(&mut conn, address, now - MISSES_WITHIN).await? >= MISSES {
            return Err(Shut::Throttled);
        }
        let looks_right = token.len() == 64 && token.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let found =
            if looks_right { links::by_hash(&mut conn, &Sha256::digest(token.as_bytes())).await? } else { None };
        let Some(link) = found.filter(|l| l.revoked_at.is_none()) else {
            drop(conn);
            let mut tx = Tx::begin(&self.db, None).await?;
            links::missed(&mut tx, address, now).await?;
            tx.commit().await?;
            return Err(Shut::Unknown);
        };
        let case = match link.deal {
            Some(deal) => cases::of_deal(&mut conn, deal, now).await?,
            None => cases::of_customer(&mut conn, link.customer).await?,
        };
        let case = case.ok_or(Shut::Unknown)?;
        if link.state(now) == LinkState::Expired {
            return Err(Shut::Expired(Box::new(case)));
        }
        Ok(Opened::of(&mut conn, link, case).await?)
    }

    /// The customer accepts the quote of the link; `evidence` is the document that was shown.
    pub async fn accept_by_link(
        &self,
        opened: &Opened,
        who: &Answerer,
        evidence: &Upload,
        request: Uuid,
    ) -> Result<Outcome, Failure> {
        let command = Command::RecordAcceptance {
            kind: AcceptanceKind::Online,
            accepted_at: self.clock.now(),
            file: evidence.id,
            po_no: None,
            po_check: None,
        };
        self.answer_quote(opened, AnswerKind::Accepted, who, std::slice::from_ref(evidence), (command, request)).await
    }

    pub async fn decline_by_link(
        &self,
        opened: &Opened,
        who: &Answerer,
        reason: LostReason,
        request: Uuid,
    ) -> Result<Outcome, Failure> {
        let command = Command::DeclineQuote { reason };
        self.answer_quote(opened, AnswerKind::Declined, who, &[], (command, request)).await
    }

    /// Acts for the customer in the name of the deal's owner, with what the customer said in the same transaction.
    async fn answer_quote(
        &self,
        opened: &Opened,
        kind: AnswerKind,
        who: &Answerer,
        uploads: &[Upload],
        (command, request): (Command, Uuid),
    ) -> Result<Outcome, Failure> {
        let Some(deal) = &opened.case.deal else { return Err(Failure::NotFound) };
        for _ in 0..TRIES {
            let mut conn = self.db.read().await?;
            let case = cases::of_deal(&mut conn, deal.id, self.clock.now()).await?.ok_or(Failure::NotFound)?;
            let owner = case.deal.as_ref().map_or(deal.owner, |d| d.owner);
            let actor = people::by_id(&mut conn, owner).await?.ok_or(Failure::NotFound)?.actor();
            let now_open = Opened::of(&mut conn, opened.link.clone(), case).await?;
            drop(conn);
            if now_open.offered(self.clock.now()) != Some(Offered::Open) {
                return Ok(Outcome::TooLate);
            }
            let version = now_open.case.deal.as_ref().map_or(0, |d| d.version);
            let said = self.said(&opened.link, kind, who, Vec::new());
            let by = By { actor: &actor, request, form: None, uploads: uploads.to_vec() };
            let said = Said { answer: &said, of: now_open.quote.as_ref().map(|q| q.alternative) };
            match self.act_on_deal_saying(&by, &deal.no, version, command.clone().into(), Some(said)).await {
                Ok(_) => return Ok(Outcome::Taken),
                // How it stands now is looked at again before anybody is told that it is too late.
                Err(Failure::Stale { .. } | Failure::Blocked { .. }) => {}
                Err(failure) => return Err(failure),
            }
        }
        Ok(Outcome::NotKept)
    }

    /// The customer asks for a change of the quote; nothing moves until the rep acts.
    pub async fn ask_change_by_link(&self, opened: &Opened, who: &Answerer, request: Uuid) -> Result<Outcome, Failure> {
        self.keep_saying(opened, AnswerKind::ChangeAsked, who, Vec::new(), request).await
    }

    /// The customer says which fields of the archive are right. All right: that is the confirmation.
    pub async fn check_data_by_link(
        &self,
        opened: &Opened,
        who: &Answerer,
        contact: Option<&str>,
        corrections: Vec<Correction>,
        request: Uuid,
    ) -> Result<Outcome, Failure> {
        // What the customer adds is news; only what is wrong keeps the rest from being right.
        let is_wrong = corrections.iter().any(|c| !c.shown.is_empty());
        if !is_wrong && !corrections.is_empty() {
            let kept = self.keep_saying(opened, AnswerKind::Corrected, who, corrections, request).await?;
            if kept == Outcome::Enough {
                return Ok(kept);
            }
        } else if is_wrong {
            return self.keep_saying(opened, AnswerKind::Corrected, who, corrections, request).await;
        }
        let needs = opened.case.customer.status == crate::domain::customer::CustomerStatus::PendingConfirmation;
        let (Some(contact), true) = (contact, needs) else {
            return self.keep_saying(opened, AnswerKind::Confirmed, who, Vec::new(), request).await;
        };
        for _ in 0..TRIES {
            let mut conn = self.db.read().await?;
            let case = cases::of_customer(&mut conn, opened.link.customer).await?.ok_or(Failure::NotFound)?;
            let actor = people::by_id(&mut conn, case.customer.owner).await?.ok_or(Failure::NotFound)?.actor();
            drop(conn);
            let command = Command::ConfirmWithCustomer {
                method: crate::domain::customer::CustomerConfirmMethod::Online,
                contact: contact.to_owned(),
                note: who.note.clone(),
                file: None,
            };
            let said = self.said(&opened.link, AnswerKind::Confirmed, who, Vec::new());
            let by = By { actor: &actor, request, form: None, uploads: Vec::new() };
            let version = case.customer.version;
            match self.act_on_customer_saying(&by, &case.customer.no, version, command, Some(&said)).await {
                Ok(_) => return Ok(Outcome::Taken),
                Err(Failure::Stale { .. }) => {}
                Err(Failure::Blocked { .. }) => return Ok(Outcome::TooLate),
                Err(failure) => return Err(failure),
            }
        }
        Ok(Outcome::TooLate)
    }

    pub(super) fn said(
        &self,
        link: &Link,
        kind: AnswerKind,
        who: &Answerer,
        corrections: Vec<Correction>,
    ) -> NewAnswer {
        NewAnswer {
            id: LinkAnswerId(self.ids.next()),
            link: link.id,
            kind,
            by_name: who.name.clone(),
            by_title: who.title.clone(),
            note: who.note.clone(),
            corrections,
        }
    }

    /// Keeps an answer that moves nothing by itself; the same one twice is one.
    pub(super) async fn keep_saying(
        &self,
        opened: &Opened,
        kind: AnswerKind,
        who: &Answerer,
        corrections: Vec<Correction>,
        request: Uuid,
    ) -> Result<Outcome, Failure> {
        let now = self.clock.now();
        let said = self.said(&opened.link, kind, who, corrections);
        let mut tx = Tx::begin(&self.db, None).await?;
        match opened.link.deal {
            Some(deal) => cases::lock_deal(&mut tx, deal).await?,
            None => {
                cases::lock_customer(&mut tx, opened.link.customer).await?;
            }
        }
        let open = links::open_answers(tx.conn(), &said).await?;
        if open.same {
            return Ok(Outcome::Taken);
        }
        if open.count >= MOST_OPEN {
            return Ok(Outcome::Enough);
        }
        self.keep_answer(&mut tx, &opened.case, &said, (None, request), now).await?;
        tx.commit().await?;
        Ok(Outcome::Taken)
    }

    /// The row, the event and the owner's notice of what a customer said; the caller holds the lock.
    pub(super) async fn keep_answer(
        &self,
        tx: &mut Tx,
        case: &Case,
        said: &NewAnswer,
        (actor, request): (Option<crate::domain::ids::PersonId>, Uuid),
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        links::answer(tx, said, now).await?;
        let event = Event::CustomerAnswered {
            link: said.link,
            answer: said.kind,
            by_name: said.by_name.clone(),
            by_title: said.by_title.clone(),
            note: said.note.clone(),
            corrections: said.corrections.clone(),
        };
        let deal = case.deal.as_ref();
        let stream = deal.map_or(Stream::Customer(case.customer.id), |d| Stream::Deal(d.id));
        events::append(tx, stream, &event, actor, now, request).await?;
        let recipient = deal.map_or(case.customer.owner, |d| d.owner);
        let notice = NewNotice {
            id: self.ids.next(),
            dedupe_key: format!("link:{}", said.id),
            recipient,
            deal: deal.map(|d| d.id),
            customer: deal.is_none().then_some(case.customer.id),
            kind: notice_of(said),
        };
        notices::tell(tx, &notice, now);
        Ok(())
    }

    /// The newest live tracking link of a deal, for the code on its delivery form.
    pub async fn tracking_token(&self, deal: DealId) -> Result<Option<String>, Failure> {
        let mut conn = self.db.read().await?;
        let found = links::live_tracking(&mut conn, deal, self.clock.now()).await?;
        drop(conn);
        match found {
            Some(id) => self.link_token(id).await.map(Some),
            None => Ok(None),
        }
    }

    /// Forgets old misses.
    pub async fn forget_misses(&self) -> Result<u64, Failure> {
        let mut tx = Tx::begin(&self.db, None).await?;
        let gone = links::forget_misses(&mut tx, self.clock.now() - TimeDelta::days(1)).await?;
        tx.commit().await?;
        Ok(gone)
    }
}

pub(super) fn notice_of(said: &NewAnswer) -> &'static str {
    match said.kind {
        AnswerKind::Confirmed => "customer_confirmed_online",
        AnswerKind::Corrected => "customer_corrected",
        AnswerKind::Accepted => "customer_accepted",
        AnswerKind::ChangeAsked => "customer_asked_change",
        AnswerKind::Declined => "customer_declined",
        // The scores stand in the survey, or here where that is somebody else's.
        AnswerKind::Surveyed if !said.corrections.is_empty() => "customer_surveyed_besides",
        AnswerKind::Surveyed => "customer_surveyed",
    }
}
