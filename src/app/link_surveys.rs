//! What customers say of a completed order with a link of their own: the survey itself, or a word of theirs
//! beside a survey that was answered before.
//!
//! The one rule: a survey is asked once, and yet nobody of us can answer in the customer's place so that the
//! customer is not heard.

use super::links::notice_of;
use super::{Answerer, App, Failure, Opened, Outcome, tell};
use crate::domain::feedback::{Scores, SurveyAnswer};
use crate::domain::link::{AnswerKind, Correction};
use crate::store::notices::{self, NewNotice};
use crate::store::{Tx, cases, feedback, links};
use uuid::Uuid;

/// The customer's scores as they are kept with the link: no field was shown, so nothing is corrected.
fn as_said(scores: Scores) -> Vec<Correction> {
    let score = |(item, score): (crate::domain::feedback::SurveyItem, i16)| Correction {
        field: item.code().to_owned(),
        shown: String::new(),
        said: score.to_string(),
    };
    scores.each().map(score).collect()
}

impl App {
    /// Who answers with this link, the company where no name was given.
    fn surveyed_by(opened: &Opened, answer: &SurveyAnswer, note: Option<String>) -> Answerer {
        let name = answer.contact.clone().unwrap_or_else(|| opened.case.customer.profile.legal_name.clone());
        Answerer { name, title: None, note }
    }

    /// Keeps that the survey was answered with this link.
    pub async fn surveyed_by_link(&self, opened: &Opened, answer: &SurveyAnswer, request: Uuid) -> Result<(), Failure> {
        let who = Self::surveyed_by(opened, answer, None);
        self.keep_saying(opened, AnswerKind::Surveyed, &who, Vec::new(), request).await.map(|_| ())
    }

    /// The customer's own answer where the survey was answered before: it is kept with the link, once, and told to
    /// the owner and their manager; a low score opens the draft of a complaint, which says `told`.
    pub async fn survey_besides(
        &self,
        opened: &Opened,
        answer: &SurveyAnswer,
        told: String,
        request: Uuid,
    ) -> Result<Outcome, Failure> {
        let now = self.clock.now();
        let (Some(order), Some(deal)) = (&opened.case.order, &opened.case.deal) else { return Err(Failure::NotFound) };
        let Some(scores) = answer.scores else { return Err(Failure::NotFound) };
        let mut tx = Tx::begin(&self.db, None).await?;
        cases::lock_deal(&mut tx, deal.id).await?;
        feedback::lock(&mut tx, opened.case.customer.id).await?;
        let asked = feedback::survey_of(tx.conn(), order.id).await?.ok_or(Failure::NotFound)?;
        // A double click: the survey is this very answer.
        if asked.answer == *answer {
            return Ok(Outcome::Taken);
        }
        let who = Self::surveyed_by(opened, answer, answer.comment.clone());
        let said = self.said(&opened.link, AnswerKind::Surveyed, &who, as_said(scores));
        let before = links::open_answers(tx.conn(), &said).await?;
        if before.same {
            return Ok(Outcome::Taken);
        }
        if before.count > 0 {
            return Ok(Outcome::TooLate);
        }
        let case = cases::of_deal(tx.conn(), deal.id, now).await?.ok_or(Failure::NotFound)?;
        self.keep_answer(&mut tx, &case, &said, (None, request), now).await?;
        let manager = case.deal.as_ref().and_then(|d| d.owner_manager);
        if let Some(recipient) = manager {
            let notice = NewNotice {
                id: self.ids.next(),
                dedupe_key: format!("link:{}:{recipient}", said.id),
                recipient,
                deal: Some(deal.id),
                customer: None,
                kind: notice_of(&said),
            };
            notices::tell(&mut tx, &notice, now);
        }
        let heard = SurveyAnswer { comment: Some(told), ..answer.clone() };
        if let Some(draft) = self.complaint(&mut tx, &case, asked.id, &heard, now).await? {
            let events = [draft];
            self.keep_feedback(&mut tx, &case, &events, (None, request), now).await?;
            tell::about_feedback(self, &mut tx, &case, &events, None, now);
        }
        tx.commit().await?;
        Ok(Outcome::Taken)
    }
}
