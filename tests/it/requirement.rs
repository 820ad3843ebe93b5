//! Step 2 through the pages and through `App`: the line grid, pastes, custom lines, files,
//! confirmations by phone and versions.

#[path = "requirement/acts.rs"]
mod acts;
#[path = "requirement/catalogue.rs"]
mod catalogue;
#[path = "requirement/custom.rs"]
mod custom;
#[path = "requirement/files.rs"]
mod files;
#[path = "requirement/grid.rs"]
mod grid;
#[path = "requirement/versions.rs"]
mod versions;

use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;

pub const PDF: &[u8] = b"%PDF-1.4 drawing";

/// A deal of 王敏 with an archived customer, and her browser on the requirement page.
pub async fn at_the_form(world: &World) -> (Browser, String) {
    let deal = world.deal_at(Stage::Archived, &Plan::default()).await;
    let mut b = Browser::at(world).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/requirement")).await;
    (b, deal)
}

/// Everything of the head that has no answer yet.
pub fn fill_head(b: &mut Browser) {
    b.set("channel", "meeting")
        .set("purpose", "新办公区 10 间会议室使用")
        .set("wanted_at", "2026-10-24T18:00")
        .set("delivery_mode", "freight")
        .set("partial_allowed", "yes")
        .set("payment_wish", "deposit")
        .set("invoice_need", "special")
        .set("acceptance", "开机画面正常、无坏点、清单一致，逐台核对序列号，外观无划伤，随机附件齐全");
}
