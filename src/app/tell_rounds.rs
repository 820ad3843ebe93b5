//! Who hears of a round while it runs (DOMAIN 3.3, 3.5): the pool of every node that arrives, whoever is
//! asked or handed something, and the stores once it is approved.

use super::{App, Failure};
use crate::domain::ids::{CallId, NodeId, PersonId};
use crate::domain::requirement::LineKind;
use crate::domain::round::{Call, CallKind};
use crate::domain::staff::Role;
use crate::domain::workflow::{Action, Case, Event};
use crate::store::notices::{self, NewNotice};
use crate::store::{Tx, pools};
use chrono::{DateTime, Utc};

/// Who gets a notice.
enum To {
    Pool(NodeId),
    One(PersonId),
    Everybody(Role),
}

fn find(case: &Case, id: CallId) -> Option<&Call> {
    case.round.iter().flat_map(|r| &r.nodes).flat_map(|n| &n.calls).find(|c| c.id == id)
}

/// The kind of each notice, what makes it the only one, and who gets it.
fn told(case: &Case, events: &[Event]) -> Vec<(&'static str, String, To)> {
    let version = case.deal.as_ref().map_or(0, |d| d.version);
    let mut out = Vec::new();
    for event in events {
        match event {
            Event::NodeOpened { id, .. } => {
                out.push((Action::DecideNode.code(), format!("node:{id}:arrived"), To::Pool(*id)));
            }
            Event::NodeHandedOver { id, to, .. } => {
                out.push(("node_handed_over", format!("node:{id}:handed:{version}"), To::One(to.id)));
            }
            Event::NodePaused { call, reason, of, .. } => {
                let kind = match reason {
                    CallKind::Question => Action::AskRep.code(),
                    CallKind::ExtraSign => Action::AddSigner.code(),
                };
                out.push((kind, format!("call:{call}:asked"), To::One(*of)));
            }
            Event::NodeResumed { call, answer: Some(_), .. } => {
                let by = find(case, *call).map(|c| To::One(c.asked_by.id));
                out.extend(by.map(|to| ("node_answered", format!("call:{call}:answered"), to)));
            }
            Event::NodeResumed { call, answer: None, .. } => {
                let of = find(case, *call).map(|c| To::One(c.of.id));
                out.extend(of.map(|to| ("node_recalled", format!("call:{call}:recalled"), to)));
            }
            Event::RoundApproved { id, .. } if has_goods(case) => {
                for role in [Role::Warehouse, Role::Logistics] {
                    out.push(("goods_ahead", format!("round:{id}:approved:{role}"), To::Everybody(role)));
                }
            }
            _ => {}
        }
    }
    out
}

/// Something that the stores will have to find and send.
fn has_goods(case: &Case) -> bool {
    case.requirement.iter().flat_map(|r| &r.content.lines).any(|l| l.kind != LineKind::Service)
}

pub(super) async fn about_round(
    app: &App,
    tx: &mut Tx,
    case: &Case,
    events: &[Event],
    actor: PersonId,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let Some(deal) = &case.deal else { return Ok(()) };
    for (kind, key, to) in told(case, events) {
        let recipients = match to {
            To::Pool(node) => pools::of_node(tx.conn(), node, now).await?,
            To::One(person) => vec![person],
            To::Everybody(role) => notices::holders(tx, role, None).await?,
        };
        for recipient in recipients.into_iter().filter(|r| *r != actor) {
            let notice = NewNotice {
                id: app.ids.next(),
                dedupe_key: format!("{key}:{recipient}"),
                recipient,
                deal: Some(deal.id),
                customer: None,
                kind,
            };
            notices::tell(tx, &notice, now);
        }
    }
    Ok(())
}
