//! Work that nobody asks for: ended sessions go, the event chains are sealed.
//!
//! Every step is a function that does a little and says whether there was anything to do, so that
//! a test can call it. Two processes that run the same step at once do no harm. No rule of the
//! business lives here; a step calls `app`.

use crate::app::{App, Failure};
use std::pin::pin;
use std::time::Duration;

/// How often the runner looks.
pub const EVERY: Duration = Duration::from_mins(5);

/// Whether a step found something to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Did {
    Worked,
    Idle,
}

impl Did {
    fn when(worked: bool) -> Self {
        if worked { Self::Worked } else { Self::Idle }
    }
}

/// Removes ended sessions, old sign-in failures and old form keys.
pub async fn tidy(app: &App) -> Result<Did, Failure> {
    Ok(Did::when(app.tidy().await? > 0))
}

/// Seals the event chains, once a day at most.
pub async fn seal(app: &App) -> Result<Did, Failure> {
    Ok(Did::when(app.seal_events().await?))
}

/// Reminds owners and sales assistants of quarterly re-checks.
pub async fn remind_reviews(app: &App) -> Result<Did, Failure> {
    Ok(Did::when(app.remind_reviews().await? > 0))
}

/// Reminds of late exceptions, untouched stages and delays that a customer has not heard of.
pub async fn remind_deliveries(app: &App) -> Result<Did, Failure> {
    Ok(Did::when(app.remind_deliveries().await? > 0))
}

/// Takes every step now and then again after each pause, until `shutdown` is ready. A step that
/// fails is logged and tried again the next time.
pub async fn run(app: App, pause: Duration, shutdown: impl Future<Output = ()>) {
    let mut shutdown = pin!(shutdown);
    loop {
        log("tidy", tidy(&app).await);
        log("seal", seal(&app).await);
        log("remind_reviews", remind_reviews(&app).await);
        log("remind_deliveries", remind_deliveries(&app).await);
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = &mut shutdown => return,
        }
    }
}

fn log(step: &str, outcome: Result<Did, Failure>) {
    match outcome {
        Ok(Did::Worked) => tracing::info!(step, "job did its work"),
        Ok(Did::Idle) => {}
        Err(failure) => tracing::warn!(step, ?failure, "job failed"),
    }
}
