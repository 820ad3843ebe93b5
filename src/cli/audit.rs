//! `audit verify`: is the history whole, and if not, which link broke first?

use super::database::Database;
use crate::config::Config;
use crate::store::events::{self, Audit};
use clap::Subcommand;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Walk every chain of events and every seal; exit code 1 when a link is broken.
    Verify,
}

/// Prints the outcome; the exit code says it too.
pub async fn verify(config: &Config) -> anyhow::Result<ExitCode> {
    let audit = Database::used_for(config, async |_, app| {
        let mut conn = app.db.search().await?;
        Ok(events::verify(&mut conn).await?)
    })
    .await?;
    println!("{}", sentence(&audit));
    Ok(if matches!(audit, Audit::Whole { .. }) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn sentence(audit: &Audit) -> String {
    match audit {
        Audit::Whole { events, streams, seals } => {
            format!("历史完整 / The history is whole: {events} events in {streams} chains, {seals} seals.")
        }
        Audit::Broken { stream, seq } => {
            format!("历史已被改动 / The history is broken: first at event {seq} of {stream}.")
        }
        Audit::SealBroken { sealed_at } => {
            format!(
                "历史已被改动 / The history is broken: the seal of {} does not fit the events before it.",
                sealed_at.to_rfc3339()
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_link_is_named() {
        let told = sentence(&Audit::Broken { stream: "deal 7".to_owned(), seq: 3 });
        assert!(told.contains("event 3 of deal 7"), "{told}");
        assert!(
            sentence(&Audit::Whole { events: 12, streams: 2, seals: 1 }).contains("12 events in 2 chains, 1 seals")
        );
    }
}
