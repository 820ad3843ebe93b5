//! Everything that decides about one deal or one customer, loaded at one moment.

use crate::domain::alternative::{Alternative, Alternatives};
use crate::domain::approval::Round;
use crate::domain::calendar::local_date;
use crate::domain::change::{Change, ChangeStatus};
use crate::domain::customer::{Customer, CustomerStatus};
use crate::domain::deal::{Deal, DealKind};
use crate::domain::fast_path::PostReview;
use crate::domain::feedback::{Feedback, FeedbackStatus, Lesson};
use crate::domain::ids::{PostReviewId, ProductId, RequirementLineId};
use crate::domain::order::{Order, OrderLine, OrderStatus};
use crate::domain::quote::{Quote, QuoteStatus};
use crate::domain::requirement::lead::OnHand;
use crate::domain::requirement::{Requirement, RequirementStatus};
use crate::domain::routing::RouteFacts;
use crate::domain::rules::{Rule, RuleBook};
use crate::domain::stock::Shelf;
use chrono::{DateTime, Days, NaiveDate, Utc};
use rust_decimal::Decimal;

/// A product's number, names and lead time in the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub product: ProductId,
    pub code: String,
    pub name: String,
    pub name_en: String,
    /// Calendar days that making it takes.
    pub lead_days: i32,
}

/// The customer, and of a deal the latest version of each form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    pub customer: Customer,
    pub deal: Option<Deal>,
    pub requirement: Option<Requirement>,
    /// Of the alternative that is being worked on.
    pub quote: Option<Quote>,
    /// The other alternatives, and how far versions and rounds are counted.
    pub alternatives: Alternatives,
    /// Of the alternative that is being worked on.
    pub round: Option<Round>,
    /// What the departments that a fast path left out owe or said, of every round.
    pub post_reviews: Vec<PostReview>,
    pub order: Option<Order>,
    pub route_facts: RouteFacts,
    /// The company's numbers as they are and will be, and those the round was opened with.
    pub rules: RuleBook,
    /// What the catalogue calls the products of the requirement.
    pub named: Vec<Named>,
    /// Stock that an order of this deal could reserve now, per product: what others hold is left out. What
    /// is not kept in stock is not among it.
    pub available: Vec<(ProductId, Decimal)>,
    /// The kept products of the deal with everybody's holds.
    pub shelves: Vec<Shelf>,
    /// The newest change record of the deal, open or not.
    pub change: Option<Box<Change>>,
    /// The piece of feedback that is dealt with.
    pub feedback: Option<Box<Feedback>>,
    /// What the customer complained about and we have not made our standard yet.
    pub lessons: Vec<Lesson>,
}

/// The form a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Document {
    Customer,
    Requirement,
    Quote,
    Order,
    Deal,
    Change,
    Feedback,
}

/// Where a form stands; `None` where it does not exist yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    Customer(CustomerStatus),
    Requirement(Option<RequirementStatus>),
    Quote(Option<QuoteStatus>),
    Order(Option<OrderStatus>),
    /// Any open deal.
    OpenDeal,
    Change(Option<ChangeStatus>),
    Feedback(Option<FeedbackStatus>),
}

impl State {
    pub fn document(self) -> Document {
        match self {
            Self::Customer(_) => Document::Customer,
            Self::Requirement(_) => Document::Requirement,
            Self::Quote(_) => Document::Quote,
            Self::Order(_) => Document::Order,
            Self::OpenDeal => Document::Deal,
            Self::Change(_) => Document::Change,
            Self::Feedback(_) => Document::Feedback,
        }
    }

    /// The stored code, `none` where the form does not exist.
    pub fn code(self) -> &'static str {
        match self {
            Self::Customer(s) => s.code(),
            Self::Requirement(s) => s.map_or("none", RequirementStatus::code),
            Self::Quote(s) => s.map_or("none", QuoteStatus::code),
            Self::Order(s) => s.map_or("none", OrderStatus::code),
            Self::OpenDeal => "open",
            Self::Change(s) => s.map_or("none", ChangeStatus::code),
            Self::Feedback(s) => s.map_or("none", FeedbackStatus::code),
        }
    }
}

impl Case {
    /// The last day that a quote made now is usually valid; urgent deals and projects have days of their own
    /// (DOMAIN 1.3).
    pub fn usual_validity(&self, now: DateTime<Utc>) -> NaiveDate {
        let today = local_date(now);
        let rule = match &self.deal {
            Some(deal) if deal.urgency.is_some() || deal.kind == DealKind::Urgent => Rule::UrgentQuoteDays,
            Some(deal) if deal.kind == DealKind::Project => Rule::ProjectQuoteDays,
            _ => Rule::QuoteValidDays,
        };
        today.checked_add_days(Days::new(self.rules.at(now).days(rule))).unwrap_or(today)
    }

    pub fn post_review(&self, id: PostReviewId) -> Option<&PostReview> {
        self.post_reviews.iter().find(|p| p.id == id)
    }

    /// Stored codes of the departments that the deal was sent to: for approval, for a review afterwards, for a
    /// change; those of earlier rounds and changes as the deal keeps them.
    pub fn reached(&self) -> Vec<String> {
        let nodes = self.round.iter().flat_map(|r| &r.nodes).filter(|n| n.arrived_at.is_some()).map(|n| n.kind.code());
        let reviews = self.post_reviews.iter().map(|p| p.kind.code());
        let duties = self.change.iter().flat_map(|c| &c.duties).map(|d| d.department.code());
        let before = self.deal.iter().flat_map(|d| &d.reached).cloned();
        let mut codes: Vec<String> = nodes.chain(reviews).chain(duties).map(str::to_owned).chain(before).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    pub fn state(&self, document: Document) -> State {
        match document {
            Document::Customer => State::Customer(self.customer.status),
            Document::Requirement => State::Requirement(self.requirement.as_ref().map(|r| r.status)),
            Document::Quote => State::Quote(self.quote.as_ref().map(|q| q.status)),
            Document::Order => State::Order(self.order.as_ref().map(|o| o.status)),
            Document::Deal => State::OpenDeal,
            Document::Change => State::Change(self.change.as_ref().map(|c| c.status)),
            Document::Feedback => State::Feedback(self.feedback.as_ref().map(|f| f.status)),
        }
    }

    /// What an order of this deal could reserve now; none of what is made to order.
    pub fn available_of(&self, product: ProductId) -> Option<Decimal> {
        self.available.iter().find(|(id, _)| *id == product).map(|(_, quantity)| *quantity)
    }

    /// The products of the requirement against stock and lead time.
    pub fn on_hand(&self) -> Vec<OnHand> {
        let each = |n: &Named| OnHand {
            product: n.product,
            lead_days: n.lead_days,
            available: self.available_of(n.product).unwrap_or_default(),
        };
        self.named.iter().map(each).collect()
    }

    /// The alternative that is being worked on.
    pub fn alternative(&self) -> Alternative {
        self.quote.as_ref().map(|q| q.alternative).unwrap_or_default()
    }

    /// The change that is filed and not finished: the flag `change_pending` (DOMAIN 8).
    pub fn open_change(&self) -> Option<&Change> {
        self.change.as_deref().filter(|c| c.status.is_open())
    }

    /// The order line that was made from a line of the requirement.
    pub fn order_line_of(&self, line: RequirementLineId) -> Option<&OrderLine> {
        let quoted = self.quote.as_ref()?.priced.lines.iter().find(|q| q.requirement_line == Some(line))?;
        self.order.as_ref()?.lines.iter().find(|l| l.quote_line == quoted.id)
    }
}
