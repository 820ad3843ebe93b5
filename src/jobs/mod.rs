//! Work that nobody asks for: ended sessions go, the event chains are sealed.
//!
//! Every step is a function that does a little and says whether there was anything to do, so that
//! a test can call it. Two processes that run the same step at once do no harm. No rule of the
//! business lives here; a step calls `app`.

pub mod outbox;

use crate::app::{App, Failure};
use crate::store::job_runs::Ended;
use std::pin::pin;
use std::time::Duration;

/// How often the runner looks at what runs out.
pub const EVERY: Duration = Duration::from_mins(1);
/// Every so many looks it does the rest as well.
const SELDOM: u32 = 5;

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

/// Removes files that were stored for forms that were then refused.
pub async fn remove_loose_files(app: &App) -> Result<Did, Failure> {
    Ok(Did::when(app.remove_loose_files().await? > 0))
}

/// Seals the event chains, once a day at most.
pub async fn seal(app: &App) -> Result<Did, Failure> {
    Ok(Did::when(app.seal_events().await?))
}

/// Takes up a calendar that came in force through another process.
pub async fn take_up_calendar(app: &App) -> Result<Did, Failure> {
    Ok(Did::when(app.take_up_calendar().await?))
}

/// Reminds owners and sales assistants of quarterly re-checks.
pub async fn remind_reviews(app: &App) -> Result<Did, Failure> {
    Ok(Did::when(app.remind_reviews().await? > 0))
}

/// Fills in how names sound where it is missing.
pub async fn fill_pinyin(app: &App) -> Result<Did, Failure> {
    Ok(Did::when(app.fill_pinyin().await? > 0))
}

/// Reminds of late exceptions, untouched stages and delays that a customer has not heard of.
pub async fn remind_deliveries(app: &App) -> Result<Did, Failure> {
    Ok(Did::when(app.remind_deliveries().await? > 0))
}

/// Reminds of complaints that wait for their answer or solution, and of surveys to ask.
pub async fn remind_feedback(app: &App) -> Result<Did, Failure> {
    Ok(Did::when(app.remind_feedback().await? > 0))
}

/// Tells of limits that run out: reminders, overdue notices, superiors, the digest.
pub async fn sweep(app: &App) -> Result<Did, Failure> {
    let told = app.sweep_limits().await? + app.send_digest().await?;
    Ok(Did::when(told > 0))
}

/// Makes the facts of reports from what changed.
pub async fn make_facts(app: &App) -> Result<Did, Failure> {
    Ok(Did::when(app.make_all_facts().await? > 0))
}

/// Takes every step now and then again after each pause, what can wait less often, until `shutdown` is
/// ready. A step that fails is logged and tried again the next time.
pub async fn run(app: App, pause: Duration, shutdown: impl Future<Output = ()>) {
    let mut shutdown = pin!(shutdown);
    for look in (0..SELDOM).cycle() {
        log(&app, "take_up_calendar", take_up_calendar(&app).await).await;
        log(&app, "sweep", sweep(&app).await).await;
        if look == 0 {
            log(&app, "tidy", tidy(&app).await).await;
            log(&app, "remove_loose_files", remove_loose_files(&app).await).await;
            log(&app, "seal", seal(&app).await).await;
            log(&app, "remind_reviews", remind_reviews(&app).await).await;
            log(&app, "fill_pinyin", fill_pinyin(&app).await).await;
            log(&app, "remind_deliveries", remind_deliveries(&app).await).await;
            log(&app, "remind_feedback", remind_feedback(&app).await).await;
            log(&app, "make_facts", make_facts(&app).await).await;
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = &mut shutdown => return,
        }
    }
}

/// Keeps how a step ended, for those who look after the program.
async fn log(app: &App, step: &str, outcome: Result<Did, Failure>) {
    let ended = match &outcome {
        Ok(Did::Worked) => Ended::Worked,
        Ok(Did::Idle) => Ended::Idle,
        Err(Failure::Store(error)) => Ended::Failed(&error.to_string().chars().take(300).collect::<String>()),
        Err(_) => Ended::Failed("refused"),
    };
    if let Err(failure) = app.note_job(step, ended).await {
        tracing::warn!(step, ?failure, "the run could not be noted");
    }
    match outcome {
        Ok(Did::Worked) => tracing::info!(step, "job did its work"),
        Ok(Did::Idle) => {}
        Err(failure) => tracing::warn!(step, ?failure, "job failed"),
    }
}
