//! The worker that takes messages out of the program.
//!
//! Each step may be cut off anywhere and run by any number of processes: what was claimed and
//! not settled is claimed again, with the same message id.

use super::Did;
use crate::app::messages::Delivery;
use crate::app::{App, Failure};
use crate::notify;
use std::pin::pin;
use std::time::Duration;

/// How often the worker looks when there is nothing to do.
pub const EVERY: Duration = Duration::from_secs(10);

/// Packs new notices.
pub async fn bundle(app: &App) -> Result<Did, Failure> {
    Ok(Did::when(app.bundle_notices().await? > 0))
}

/// Sends what is due, one after the other.
pub async fn deliver(app: &App, public_url: Option<&str>) -> Result<Did, Failure> {
    let claimed = app.claim_messages(public_url).await?;
    for delivery in &claimed {
        let outcome = match &delivery.route {
            Some(route) => {
                let letter = notify::compose(&delivery.bundle, delivery.kind);
                notify::send(route, &letter, app.clock.now()).await
            }
            None => Err(Delivery::no_key()),
        };
        app.settle_message(delivery, outcome).await?;
    }
    Ok(Did::when(!claimed.is_empty()))
}

/// Packs and sends until `shutdown` is ready; without a pause as long as there is work.
pub async fn run(app: App, public_url: Option<String>, shutdown: impl Future<Output = ()>) {
    let mut shutdown = pin!(shutdown);
    loop {
        let bundled = bundle(&app).await;
        let delivered = deliver(&app, public_url.as_deref()).await;
        let is_busy = matches!((&bundled, &delivered), (Ok(Did::Worked), _) | (_, Ok(Did::Worked)));
        super::log(&app, "bundle_notices", bundled).await;
        super::log(&app, "deliver_messages", delivered).await;
        let pause = if is_busy { Duration::from_millis(200) } else { EVERY };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = &mut shutdown => return,
        }
    }
}
