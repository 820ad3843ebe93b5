//! Opening a deal and a customer, and reading a case for a page.

use super::act::{FormState, finish, living, take_key};
use super::{App, By, Done, Failure};
use crate::domain::calendar::{NaturalHours, local_date};
use crate::domain::customer::{Customer, CustomerProfile, CustomerStatus, Grade, Source};
use crate::domain::deadline::natural_deadline;
use crate::domain::deal::{Deal, DealKind, DealStatus, Step, Urgency};
use crate::domain::ids::{CustomerId, DealId, OrderId};
use crate::domain::policy::{self, Act};
use crate::domain::routing::RouteFacts;
use crate::domain::rules::RuleBook;
use crate::domain::staff::Actor;
use crate::domain::workflow::{Case, Event, step_due};
use crate::store::numbers::{self, Series};
use crate::store::{PgConnection, Tx, cases, lists};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

/// For whom a deal is opened.
#[derive(Debug, Clone)]
pub enum ForCustomer {
    Known { no: String },
    New { legal_name: String },
}

#[derive(Debug, Clone)]
pub struct NewDeal {
    pub customer: ForCustomer,
    pub kind: DealKind,
    pub source: Source,
    pub title: String,
    /// What the customer was promised, in hours on the wall clock.
    pub promise: Option<NaturalHours>,
    pub urgency: Option<Urgency>,
    /// The number of an earlier order of the customer, which the deal starts from.
    pub repeats: Option<String>,
}

impl App {
    /// Opens a deal; a new customer is registered as a draft with it.
    pub async fn open_deal(&self, by: &By<'_>, new: NewDeal) -> Result<Done, Failure> {
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        policy::may(by.actor, Act::OpenDeal, by.actor.id, by.actor.manager).map_err(Failure::Denied)?;
        let customer = match new.customer {
            ForCustomer::Known { no } => {
                let id = cases::customer_id(tx.conn(), &no).await?.ok_or(Failure::NotFound)?;
                let case = cases::of_customer(tx.conn(), id).await?.ok_or(Failure::NotFound)?;
                policy::may_on(by.actor, Act::SeeCustomer, &case).map_err(|_| Failure::NotFound)?;
                living(&mut tx, &case).await?;
                id
            }
            ForCustomer::New { legal_name } => self.draft_customer(&mut tx, by, legal_name, new.source, now).await?,
        };
        let customer = cases::of_customer(tx.conn(), customer).await?.ok_or(Failure::NotFound)?.customer;
        let repeats = match &new.repeats {
            Some(order) => Some(repeatable(tx.conn(), by.actor, customer.id, order, now).await?),
            None => None,
        };
        let no = numbers::next(&mut tx, Series::Deal, local_date(now)).await?;
        let promise_due_at = new.promise.map(|hours| natural_deadline(now, hours));
        let deal = Deal {
            id: DealId(self.ids.next()),
            no: no.clone(),
            version: 1,
            customer: customer.id,
            owner: by.actor.id,
            owner_name: by.actor.name.clone(),
            owner_name_en: String::new(),
            owner_manager: by.actor.manager,
            kind: new.kind,
            source: new.source,
            title: new.title.clone(),
            status: DealStatus::Open,
            step: Step::Registration,
            opened_at: now,
            promise_due_at,
            urgency: new.urgency.clone(),
            step_entered_at: now,
            step_due_at: None,
            reached: Vec::new(),
        };
        let mut case = Case {
            customer,
            deal: Some(deal.clone()),
            requirement: None,
            quote: None,
            round: None,
            post_reviews: Vec::new(),
            order: None,
            route_facts: RouteFacts::default(),
            rules: RuleBook::default(),
            available: Vec::new(),
            shelves: Vec::new(),
            named: Vec::new(),
            change: None,
            feedback: None,
            lessons: Vec::new(),
            alternatives: crate::domain::alternative::Alternatives::default(),
        };
        let step_due_at = step_due(Step::Registration, &case, &self.calendar, now);
        if let Some(deal) = &mut case.deal {
            deal.step_due_at = step_due_at;
        }
        let opened = Event::DealOpened {
            no: no.clone(),
            customer: case.customer.id,
            owner: by.actor.id,
            deal_kind: new.kind,
            source: new.source,
            title: new.title,
            promise_due_at,
            urgency: new.urgency,
            repeats,
        };
        self.store_events(&mut tx, &case, &[opened], by.actor.id, by.request, now).await?;
        self.settle(&mut tx, deal.id, by.actor.id, by.request, now).await?;
        finish(tx, by, format!("/deals/{no}")).await
    }

    /// Registers a customer without a deal.
    pub async fn register_customer(&self, by: &By<'_>, legal_name: String, source: Source) -> Result<Done, Failure> {
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        policy::may(by.actor, Act::RegisterCustomer, by.actor.id, by.actor.manager).map_err(Failure::Denied)?;
        let id = self.draft_customer(&mut tx, by, legal_name, source, now).await?;
        let no = cases::of_customer(tx.conn(), id).await?.ok_or(Failure::NotFound)?.customer.no;
        finish(tx, by, format!("/customers/{no}")).await
    }

    async fn draft_customer(
        &self,
        tx: &mut Tx,
        by: &By<'_>,
        legal_name: String,
        source: Source,
        now: DateTime<Utc>,
    ) -> Result<CustomerId, Failure> {
        let id = CustomerId(self.ids.next());
        let no = numbers::next(tx, Series::Customer, local_date(now)).await?;
        let profile = CustomerProfile { source: Some(source), ..CustomerProfile::named(legal_name) };
        let customer = Customer {
            id,
            no: no.clone(),
            version: 1,
            status: CustomerStatus::Draft,
            owner: by.actor.id,
            owner_manager: by.actor.manager,
            grade: Grade::C,
            profile: profile.clone(),
            license: None,
            verification: None,
            confirmation: None,
            next_review_on: None,
            is_credit_hold: false,
            is_blacklisted: false,
            is_inactive: false,
            credit_limit: Decimal::ZERO,
            credit_days: 0,
            opening_order_count: 0,
            opening_total: Decimal::ZERO,
            registry_note: None,
            code_override: None,
            mark_reasons: Vec::new(),
        };
        let case = Case {
            customer,
            deal: None,
            requirement: None,
            quote: None,
            round: None,
            post_reviews: Vec::new(),
            order: None,
            route_facts: RouteFacts::default(),
            rules: RuleBook::default(),
            available: Vec::new(),
            shelves: Vec::new(),
            named: Vec::new(),
            change: None,
            feedback: None,
            lessons: Vec::new(),
            alternatives: crate::domain::alternative::Alternatives::default(),
        };
        let drafted = Event::CustomerDrafted { no, owner: by.actor.id, grade: Grade::C, profile: Box::new(profile) };
        self.store_events(tx, &case, &[drafted], by.actor.id, by.request, now).await?;
        Ok(id)
    }

    /// The deal of a confirmed order that this person may order again for its customer.
    pub async fn order_to_repeat(&self, actor: &Actor, order: &str) -> Result<Case, Failure> {
        let mut conn = self.db.read().await?;
        let deal = crate::store::feedback::deal_of_order(&mut conn, order).await?.ok_or(Failure::NotFound)?;
        let case = cases::of_deal(&mut conn, deal, self.clock.now()).await?.ok_or(Failure::NotFound)?;
        let may = policy::sees_deal(actor, &case) && policy::may_on(actor, Act::SeeCustomer, &case).is_ok();
        let is_binding = case.order.as_ref().is_some_and(|o| o.no == order && o.confirmed_at.is_some());
        if may && is_binding { Ok(case) } else { Err(Failure::NotFound) }
    }

    /// The deal whose order this deal repeats, if this person may see it.
    pub async fn repeated_by(&self, actor: &Actor, deal: DealId) -> Result<Option<Case>, Failure> {
        let mut conn = self.db.read().await?;
        let Some((id, _)) = crate::store::history::repeated(&mut conn, deal).await? else { return Ok(None) };
        Ok(cases::of_deal(&mut conn, id, self.clock.now()).await?.filter(|case| policy::sees_deal(actor, case)))
    }

    /// The deal with everything on it, if this person may see it.
    pub async fn deal(&self, actor: &Actor, no: &str) -> Result<Case, Failure> {
        let mut conn = self.db.read().await?;
        let case = cases::of_deal_no(&mut conn, no, self.clock.now()).await?.ok_or(Failure::NotFound)?;
        if policy::sees_deal(actor, &case) { Ok(case) } else { Err(Failure::NotFound) }
    }

    /// Those of the deals that this person may see: what their lists hold, and what called them in.
    pub async fn deals_open_to(
        &self,
        conn: &mut PgConnection,
        actor: &Actor,
        ids: &[Uuid],
    ) -> Result<Vec<Uuid>, Failure> {
        let mut open = lists::deals_among(conn, policy::visible_deals(actor), ids).await?;
        let mut others: Vec<Uuid> = ids.iter().copied().filter(|id| !open.contains(id)).collect();
        others.sort_unstable();
        others.dedup();
        for id in others {
            let case = cases::of_deal(conn, DealId(id), self.clock.now()).await?;
            open.extend(case.filter(|case| policy::sees_deal(actor, case)).map(|_| id));
        }
        Ok(open)
    }

    /// The customer archive, if this person may see it.
    pub async fn customer(&self, actor: &Actor, no: &str) -> Result<Case, Failure> {
        let mut conn = self.db.read().await?;
        let id = cases::customer_id(&mut conn, no).await?.ok_or(Failure::NotFound)?;
        let case = cases::of_customer(&mut conn, id).await?.ok_or(Failure::NotFound)?;
        if policy::sees_customer(actor, &case) { Ok(case) } else { Err(Failure::NotFound) }
    }
}

/// The order of this number, when it is one of this customer that the person may see.
async fn repeatable(
    conn: &mut PgConnection,
    actor: &Actor,
    customer: CustomerId,
    order: &str,
    now: DateTime<Utc>,
) -> Result<OrderId, Failure> {
    let deal = crate::store::feedback::deal_of_order(conn, order).await?.ok_or(Failure::NotFound)?;
    let case = cases::of_deal(conn, deal, now).await?.ok_or(Failure::NotFound)?;
    let found = case.order.as_ref().filter(|o| o.no == order && o.confirmed_at.is_some()).map(|o| o.id);
    found.filter(|_| case.customer.id == customer && policy::sees_deal(actor, &case)).ok_or(Failure::NotFound)
}
