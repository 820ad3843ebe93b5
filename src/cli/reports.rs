//! `reports rebuild` and `reports check`: the facts of reports, made anew or compared with their sums.

use super::database::Database;
use super::told;
use crate::config::Config;
use crate::store::reports::Check;
use clap::Subcommand;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub enum ReportsCommand {
    /// Throw all facts away and make them anew from deals and customers.
    Rebuild,
    /// Compare every sum with its facts; exit code 1 when one differs.
    Check,
}

pub async fn run(config: &Config, command: ReportsCommand) -> anyhow::Result<ExitCode> {
    match command {
        ReportsCommand::Rebuild => {
            let made = Database::used_for(config, async |database, app| {
                let owner = database.owner().await?;
                let made = app.rebuild_facts(&owner).await.map_err(told);
                owner.close().await;
                made
            })
            .await?;
            println!("统计已重建 / Facts made anew: {made} deals and customers.");
            Ok(ExitCode::SUCCESS)
        }
        ReportsCommand::Check => {
            let check = Database::used_for(config, async |_, app| app.check_facts().await.map_err(told)).await?;
            println!("{}", sentence(&check));
            Ok(if matches!(check, Check::Whole { .. }) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
    }
}

fn sentence(check: &Check) -> String {
    match check {
        Check::Whole { facts } => format!("统计一致 / The sums agree with their {facts} facts."),
        Check::Differs { kpi, month } => format!(
            "统计不一致 / A sum differs from its facts: {kpi} of {}. Run `kuaidan reports rebuild`.",
            month.format("%Y-%m")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_that_differs_is_named_with_its_cure() {
        let month = chrono::NaiveDate::from_ymd_opt(2026, 9, 1).expect("a day");
        let told = sentence(&Check::Differs { kpi: "on_time".to_owned(), month });
        assert!(told.contains("on_time of 2026-09") && told.contains("reports rebuild"), "{told}");
    }
}
