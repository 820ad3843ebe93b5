//! The co-operation card (历史合作记录, DOMAIN 1.1 D): what a customer bought, agreed, owes and said.
//!
//! The one rule: every figure is computed from rows; nothing on it is ever typed in.

use super::feedback::{LessonLine, lesson_lines};
use super::page::{self, name_in};
use super::{Problem, SignedIn, Web};
use crate::domain::calendar::local_date;
use crate::domain::money::{format_money, format_quantity};
use crate::domain::policy::{self, Act};
use crate::domain::workflow::Case;
use crate::store::PgConnection;
use crate::store::history::{self, Agreed, Bought};
use crate::wording::Lang;
use rust_decimal::Decimal;

pub struct BoughtLine {
    pub name: String,
    pub quantity: String,
    pub price: Option<String>,
    pub when: String,
}

pub struct AgreedLine {
    pub name: String,
    pub price: String,
    pub valid: String,
}

pub struct Card {
    /// Orders, amount and credit, for those who may see prices; part of `facts`.
    figures: Vec<(String, String)>,
    pub facts: Vec<(String, String)>,
    pub bought: Vec<BoughtLine>,
    pub agreed: Vec<AgreedLine>,
    /// Complaints and praise in one sentence each.
    pub said: Vec<String>,
    pub feedback_href: Option<String>,
    pub lessons: Vec<LessonLine>,
    /// Where the last order can be ordered again.
    pub repeat: Option<(String, String)>,
}

fn bought(t: Lang, sees_prices: bool, b: &Bought) -> BoughtLine {
    let name = b.name_en.as_deref().map_or_else(|| b.name.clone(), |en| name_in(t, &b.name, en));
    BoughtLine {
        name: if b.code.is_empty() { name } else { format!("{} {name}", b.code) },
        quantity: t.quantity(b.quantity, &b.unit),
        price: sees_prices.then(|| page::unit_price(b.last_price)),
        when: t.date(local_date(b.last_at)),
    }
}

fn agreed(t: Lang, a: &Agreed) -> AgreedLine {
    let from = t.date(a.valid_from);
    let valid = match a.valid_to {
        Some(to) => t.card_valid_until(from, t.date(to)),
        None => t.card_valid_from(from),
    };
    let tier = if a.from_quantity > Decimal::ONE {
        format!(" · {}", t.card_from_quantity(format_quantity(a.from_quantity)))
    } else {
        String::new()
    };
    AgreedLine {
        name: format!("{} {}{tier}", a.code, name_in(t, &a.name, &a.name_en)),
        price: page::unit_price(a.unit_price),
        valid,
    }
}

/// The card of the case's customer, as far as this reader may see it.
pub async fn of(web: &Web, conn: &mut PgConnection, who: &SignedIn, t: Lang, case: &Case) -> Result<Card, Problem> {
    let c = &case.customer;
    let today = local_date(web.app().clock.now());
    let sees_prices = policy::may_on(&who.actor, Act::SeePrices, case).is_ok();
    let found = history::figures(conn, c.id, today).await?;
    let mut figures = Vec::new();
    if sees_prices {
        let count = found.orders + i64::from(c.opening_order_count);
        let used = case.route_facts.credit.exposure(Decimal::ZERO);
        let terms = t.frame_deal_credit_terms(c.credit_days, format_money(c.credit_limit));
        figures.push((t.frame_deal_orders().to_owned(), count.to_string()));
        figures.push((t.frame_deal_total().to_owned(), format_money(found.total + c.opening_total)));
        figures.push((t.frame_deal_credit().to_owned(), terms));
        figures.push((t.card_exposure().to_owned(), format_money(used)));
    }
    let mut facts = vec![(t.frame_deal_grade().to_owned(), t.grade(c.grade).to_owned())];
    facts.extend(figures.iter().cloned());
    if let Some(on) = c.next_review_on {
        facts.push((t.frame_deal_review().to_owned(), t.date(on)));
    }
    let mut words = Vec::new();
    if found.complaints > 0 {
        words.push(t.card_complaints(found.open_complaints, found.complaints));
    }
    if found.praise > 0 {
        words.push(t.card_praise(found.praise));
    }
    let may_open = policy::may_ever(&who.actor, Act::OpenDeal) && policy::sees_customer(&who.actor, case);
    let last = found.last_order.filter(|_| may_open);
    let agreements = if sees_prices { found.agreed } else { Vec::new() };
    let sees_all = policy::sees_customer(&who.actor, case);
    Ok(Card {
        figures,
        facts,
        bought: found.bought.iter().map(|b| bought(t, sees_prices, b)).collect(),
        agreed: agreements.iter().map(|a| agreed(t, a)).collect(),
        feedback_href: (sees_all && !words.is_empty()).then(|| format!("/feedback?customer={}", c.no)),
        said: words,
        lessons: lesson_lines(t, who, case),
        repeat: last.map(|no| (t.card_repeat(&no), format!("/deals/new?repeat={no}"))),
    })
}

impl Card {
    /// The same as label and value, for paper.
    pub fn on_paper(&self, t: Lang) -> Vec<(String, String)> {
        let line = |b: &BoughtLine| {
            let price = b.price.as_ref().map(|p| format!(" · ¥{p}")).unwrap_or_default();
            format!("{} {}{price} · {}", b.name, b.quantity, b.when)
        };
        let lists = [
            (t.card_bought(), self.bought.iter().map(line).collect::<Vec<_>>()),
            (t.card_agreed(), self.agreed.iter().map(|a| format!("{} ¥{} · {}", a.name, a.price, a.valid)).collect()),
            (t.feedback_title(), self.said.clone()),
            (t.feedback_lesson(), self.lessons.iter().map(|l| format!("{} {}", l.category, l.text)).collect()),
        ];
        let mut rows = self.figures.clone();
        let filled = lists.into_iter().filter(|(_, lines)| !lines.is_empty());
        rows.extend(filled.map(|(label, lines)| (label.to_owned(), lines.join(t.sentence_joint()))));
        rows
    }
}
