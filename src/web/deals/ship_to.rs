//! Step 1 for warehouse and logistics: whom the goods go to, and nothing else of the archive (DOMAIN 2.2).

use super::frame::{self, DealFrame};
use crate::domain::deal::Step;
use crate::domain::workflow::Case;
use crate::web::page::{self, Chrome, ship_phone};
use crate::web::{Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::response::Response;

#[derive(Template)]
#[template(path = "deals/ship_to.html")]
struct ShipToPage {
    chrome: Chrome,
    t: Lang,
    frame: DealFrame,
    facts: Vec<(&'static str, String)>,
}

/// Where the goods go: as ordered, before that as asked for.
fn ship_to(case: &Case) -> Option<(&str, &str, &str)> {
    let asked = case.requirement.as_ref().map(|r| &r.content);
    let ordered = case.order.as_ref().map(|o| (&*o.ship_address, &*o.ship_receiver, &*o.ship_phone));
    ordered.or_else(|| asked.map(|c| (&*c.ship_address, &*c.ship_receiver, &*c.ship_phone)))
}

pub async fn page(web: &Web, who: &SignedIn, case: &Case) -> Result<Response, Problem> {
    let t = who.t();
    let mut facts = vec![(t.field("legal_name"), case.customer.profile.legal_name.clone())];
    if let Some((address, receiver, phone)) = ship_to(case) {
        facts.extend([
            (t.field("ship_address"), address.to_owned()),
            (t.field("ship_receiver"), receiver.to_owned()),
            (t.field("ship_phone"), ship_phone(&who.actor, case, phone)),
        ]);
    }
    let frame = frame::of(web, who, case, Step::Registration).await?;
    page::page(&ShipToPage { chrome: frame::chrome(web, who).await?, t, frame, facts })
}
