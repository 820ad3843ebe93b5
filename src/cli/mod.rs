//! The command line: reads flags and settings, puts the parts together, says in one sentence what
//! went wrong. It composes everything and owns no rule; what it changes it changes through `app`.

mod audit;
mod bench_data;
mod company;
mod database;
mod demo;
mod demo_deals;
mod demo_feedback;
mod founding;
mod import;
mod pace;
mod paper;
mod play;
mod play_orders;
mod play_sheet;
mod reports;
mod serve;
mod user;

use crate::app::Failure;
use crate::config::{self, Config, LogFormat, names};
use anyhow::{Context as _, anyhow};
use clap::{Args, Parser, Subcommand};
use std::io::IsTerminal as _;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// From the first contact to the signed delivery: six gated steps for a sales department.
#[derive(Debug, Parser)]
#[command(
    name = "kuaidan",
    version,
    about,
    after_help = "Every setting has a flag or an environment variable; see README.md."
)]
struct CommandLine {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

/// Flags that go before the environment.
#[derive(Debug, Args)]
struct Settings {
    /// Address and port to listen on [`KUAIDAN_LISTEN`, 127.0.0.1:8080].
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Folder of the private database and of files [`KUAIDAN_DATA_DIR`, ./var].
    #[arg(long, global = true, value_name = "FOLDER")]
    data_dir: Option<String>,
    /// An existing `PostgreSQL` instead of the private one [`DATABASE_URL`].
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// What people type into their browsers [`KUAIDAN_PUBLIC_URL`].
    #[arg(long, global = true, value_name = "URL")]
    public_url: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve; the schema must be this program's.
    Serve,
    /// Make the demonstration company once, then serve.
    Demo {
        /// People, products, prices, stock and customers, but no deals.
        #[arg(long)]
        company_only: bool,
    },
    /// Bring the database up to this program's schema.
    Migrate,
    /// Look after accounts.
    #[command(subcommand)]
    User(user::UserCommand),
    /// Check the history.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Look after the facts that reports are made of.
    #[command(subcommand)]
    Reports(reports::ReportsCommand),
    /// Fill an empty database with a company of any size, to measure with.
    BenchData(bench_data::Wanted),
    /// Bring in spreadsheets.
    #[command(subcommand)]
    Import(import::ImportCommand),
}

impl Settings {
    fn read(&self) -> Result<Config, Vec<String>> {
        Config::read(|name| {
            let flag = match name {
                names::LISTEN => &self.listen,
                names::DATA_DIR => &self.data_dir,
                names::DATABASE_URL => &self.database_url,
                names::PUBLIC_URL => &self.public_url,
                _ => &None,
            };
            flag.clone().or_else(|| config::environment(name))
        })
    }
}

/// Runs the command of this process. 0: done; 1: it went wrong or the check failed; 2: wrong use.
pub fn main() -> ExitCode {
    let line = CommandLine::parse();
    let config = match line.settings.read() {
        Ok(config) => config,
        Err(mistakes) => {
            for mistake in mistakes {
                eprintln!("kuaidan: {mistake}");
            }
            return ExitCode::from(2);
        }
    };
    if let Err(trouble) = start_log(config.log) {
        eprintln!("kuaidan: {trouble:#}");
        return ExitCode::from(2);
    }
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // A command is one deep future.
        .thread_stack_size(8 * 1024 * 1024)
        .build()
        .context("the program's threads could not be started")
        .and_then(|runtime| runtime.block_on(run(line.command, &config)));
    outcome.unwrap_or_else(|trouble| {
        eprintln!("kuaidan: {trouble:#}");
        ExitCode::FAILURE
    })
}

async fn run(command: Command, config: &Config) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve => serve::run(config).await.map(|()| ExitCode::SUCCESS),
        Command::Demo { company_only } => {
            let extent = if company_only { demo::Extent::Company } else { demo::Extent::Deals };
            Box::pin(demo::run(config, extent)).await.map(|()| ExitCode::SUCCESS)
        }
        Command::Migrate => serve::migrate(config).await.map(|()| ExitCode::SUCCESS),
        Command::User(command) => user::run(config, command).await.map(|()| ExitCode::SUCCESS),
        Command::Audit(audit::AuditCommand::Verify) => audit::verify(config).await,
        Command::BenchData(wanted) => Box::pin(bench_data::run(config, &wanted)).await.map(|()| ExitCode::SUCCESS),
        Command::Reports(command) => reports::run(config, command).await,
        Command::Import(command) => import::run(config, command).await,
    }
}

/// Log lines go to standard error; `RUST_LOG` chooses which, from `info` up when it is not set.
fn start_log(format: LogFormat) -> anyhow::Result<()> {
    let wanted = config::environment("RUST_LOG").filter(|value| !value.trim().is_empty());
    let filter = EnvFilter::try_new(wanted.as_deref().unwrap_or("info,sqlx=warn"))
        .map_err(|error| anyhow!("RUST_LOG cannot be read: {error}"))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match format {
        LogFormat::Text => lines.with_target(false).init(),
        LogFormat::Json => lines.json().init(),
    }
    Ok(())
}

/// A refusal of the application as the command line tells it.
fn told(failure: Failure) -> anyhow::Error {
    match failure {
        Failure::Store(error) => anyhow!(error),
        Failure::NotFound => anyhow!("there is no such thing"),
        Failure::Blocked { blockers, .. } => anyhow!("not possible now: {blockers:?}"),
        Failure::Denied(denied) => anyhow!("not allowed: {denied:?}"),
        Failure::DuplicateCode(taken) => anyhow!("the archive of {} holds this credit code already", taken.name),
        Failure::TooMany { most } => anyhow!("more than {most} rows"),
        Failure::KeyReused | Failure::Unreadable | Failure::Stale { .. } => {
            anyhow!("somebody else changed it at the same moment")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn a_flag_goes_before_the_environment_and_may_stand_anywhere() {
        let line = CommandLine::try_parse_from([
            "kuaidan",
            "demo",
            "--company-only",
            "--listen",
            "127.0.0.1:9",
            "--data-dir",
            "x",
        ])
        .expect("a good line");
        let config = line.settings.read().expect("good settings");
        assert_eq!(config.listen.port(), 9);
        assert_eq!(config.data_dir, std::path::PathBuf::from("x"));
        assert!(matches!(line.command, Command::Demo { company_only: true }));
    }

    #[test]
    fn a_wrong_flag_is_told_like_a_wrong_setting() {
        let line = CommandLine::try_parse_from(["kuaidan", "--listen", "nowhere", "serve"]).expect("a good line");
        assert_eq!(line.settings.read().expect_err("no address").len(), 1);
    }
}
