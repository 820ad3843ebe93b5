//! The progress message for the customer (DOMAIN 7.10), made of the same facts in both languages, to
//! copy or to hand on, and the record that it was told. It holds nothing internal and no price.

use super::record::{again, done};
use super::{Refused, typed_moment};
use crate::domain::customer::ContactRank;
use crate::domain::delivery::{ToldAbout, ToldBy, Track};
use crate::domain::money::format_quantity;
use crate::domain::order::Order;
use crate::domain::order_stop::EndedEarly;
use crate::domain::workflow::{Case, Command, Offer};
use crate::store::people::Person;
use crate::web::check::Checker;
use crate::web::form::{Choice, FormView};
use crate::web::page::name_in;
use crate::web::{Post, Problem, Web};
use crate::wording::Lang;
use axum::extract::{Path, State};
use axum::response::Response;
use chrono::{DateTime, Utc};

pub(super) struct MessageView {
    /// The same message in each language: code for the copy button, name of the language, text.
    pub texts: Vec<(&'static str, &'static str, String)>,
    /// Where a mail to the customer goes, and what stands above it.
    pub email: Option<String>,
    pub subject: String,
    /// What the customer was told before.
    pub told: Vec<String>,
    pub form: Option<FormView>,
    pub abouts: Vec<Choice>,
    pub channels: Vec<Choice>,
}

pub(super) fn view(
    t: Lang,
    (case, order): (&Case, &Order),
    owner: &Person,
    track: &Track,
    offer: Option<&Offer>,
    refused: Option<&Refused>,
    now: DateTime<Utc>,
) -> MessageView {
    let text = |lang| text(lang, case, order, owner, track);
    let typed = refused.filter(|r| r.form == "told").map(|r| r.view.clone());
    let form = offer.map(|_| {
        typed.unwrap_or_else(|| {
            let mut form = FormView::default();
            form.push("text", text(t));
            form.push("told_at", typed_moment(now));
            let about = if track.batches().any(|(_, b)| b.notice_due_at.is_some()) {
                ToldAbout::Delay
            } else {
                ToldAbout::Progress
            };
            form.push("about", about.code());
            form.push("told_by", ToldBy::Copied.code());
            form
        })
    });
    MessageView {
        texts: vec![("zh", "中文", text(Lang::Zh)), ("en", "English", text(Lang::En))],
        email: case
            .customer
            .profile
            .active_contacts()
            .find(|c| c.rank == ContactRank::Primary)
            .and_then(|c| c.email.clone()),
        subject: t.delivery_order(&order.no),
        told: order
            .tracking
            .told
            .iter()
            .rev()
            .map(|m| {
                let head = t.delivery_told_line(
                    t.told_about(m.about),
                    t.moment(m.told_at),
                    t.person(&m.by_name),
                    t.told_by(m.channel),
                );
                format!("{head}\n{}", m.text)
            })
            .collect(),
        form,
        abouts: ToldAbout::ALL.iter().map(|a| Choice::new(a.code(), t.told_about(*a))).collect(),
        channels: ToldBy::ALL.iter().map(|c| Choice::new(c.code(), t.told_by(*c))).collect(),
    }
}

/// The message in one language.
fn text(t: Lang, case: &Case, order: &Order, owner: &Person, track: &Track) -> String {
    let contact = case.customer.profile.active_contacts().find(|c| c.rank == ContactRank::Primary);
    let contact = contact.map(|c| c.name.clone()).unwrap_or_default();
    let stage = track.stage.map_or(t.order_status(order.status), |stage| t.delivery_stage(stage));
    let state = match track.ended {
        Some(EndedEarly::Cancelled) => t.delivery_message_cancelled(&order.no),
        Some(EndedEarly::ShortClosed) if order.is_all_signed() => t.delivery_message_short_closed(&order.no),
        Some(EndedEarly::ShortClosed) => t.delivery_message_rest_given_up(&order.no),
        None => t.delivery_message_progress(&order.no, track.progress, stage),
    };
    let mut parts = vec![t.delivery_message_greeting(contact, case.customer.display_name()), state];
    if order.goods().any(|l| !l.shipped.is_zero()) {
        let sent = order.goods().filter(|l| !order.due_of(l).is_zero()).map(|l| {
            let (name, whole) = (t.item(case, l.product, &l.name), t.quantity(order.due_of(l), &l.unit));
            if track.ended.is_some() {
                return t.delivery_message_delivered(name, whole);
            }
            t.delivery_message_line(name, format_quantity(l.shipped), whole)
        });
        parts.push(t.delivery_message_sent(sent.collect::<Vec<_>>().join(t.delivery_message_comma())));
    }
    for s in order.shipments.iter().filter(|s| s.is_on_its_way()) {
        if let Some((carrier, waybill)) = s.way.carrier.as_ref().zip(s.way.waybill_no.as_ref()) {
            parts.push(t.delivery_message_way(carrier, waybill));
        }
        match (s.arrived_at, s.eta) {
            (Some(at), _) => parts.push(t.delivery_message_arrived(t.moment(at))),
            (None, Some(eta)) => parts.push(t.delivery_message_eta(t.date(eta))),
            (None, None) => {}
        }
    }
    // A delay is said as a date, with the cause as the customer may hear it.
    for (_, batch) in track.batches().filter(|(_, b)| track.ended.is_none() && b.signed_at.is_none()) {
        if let Some(slip) = batch.slips.last() {
            parts.push(t.delivery_message_slip(t.moment(batch.promised_at), t.delay_cause(slip.cause)));
        }
    }
    let name = name_in(t, &owner.name, &owner.name_en);
    let reached = [Some(name), owner.phone.clone()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    parts.push(t.delivery_message_ask(reached));
    parts.join("\n")
}

pub(super) async fn told(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let about = check.choice("about", ToldAbout::parse);
    let channel = check.choice("told_by", ToldBy::parse);
    let text = check.long_text("text", 5, 2000);
    let told_at = check.date_time("told_at");
    match (check.finish(), about, channel, text, told_at) {
        (Ok(()), Some(about), Some(channel), Some(text), Some(told_at)) => {
            done(&web, &no, &post, Command::TellCustomer { about, channel, text, told_at }).await
        }
        (checked, ..) => again(&web, &no, &post, "told", checked.err().unwrap_or_default()).await,
    }
}
