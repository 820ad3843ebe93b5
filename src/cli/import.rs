//! `import …`: the spreadsheet import from the terminal, with the rights of a person who works here.

use super::database::Database;
use super::told;
use crate::app::{App, By};
use crate::config::Config;
use crate::domain::ids::ImportRunId;
use crate::web::import::dry_run::{self, DryRun};
use crate::wording::Lang;
use anyhow::{Context as _, anyhow};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use uuid::Uuid;

#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Check a customer sheet (xlsx or csv) row by row; exit code 1 when a row fails.
    Customers(ImportFile),
}

#[derive(Debug, Args)]
pub struct ImportFile {
    /// The spreadsheet.
    file: PathBuf,
    /// Import after the check, every row or none.
    #[arg(long)]
    apply: bool,
    /// Sign-in name of the person in whose name and with whose rights it is done.
    #[arg(long = "as", value_name = "LOGIN")]
    login: String,
}

/// Prints the dry run and, when asked to and nothing fails, the result.
pub async fn run(config: &Config, command: ImportCommand) -> anyhow::Result<ExitCode> {
    let ImportCommand::Customers(wanted) = command;
    let content = std::fs::read(&wanted.file).with_context(|| format!("{} cannot be read", wanted.file.display()))?;
    Database::used_for(config, async |_, app| customers(app, &wanted, content).await).await
}

async fn customers(app: &App, wanted: &ImportFile, content: Vec<u8>) -> anyhow::Result<ExitCode> {
    let person = app.person(&wanted.login).await.map_err(told)?.filter(|p| p.is_active);
    let person = person.ok_or_else(|| anyhow!("nobody at work has the sign-in name {:?}", wanted.login))?;
    let t = Lang::parse(&person.language).unwrap_or_default();
    let actor = person.actor();
    let dry = match dry_run::check(app, &actor, t, content.clone()).await.map_err(told)? {
        Ok(dry) => dry,
        Err(unreadable) => {
            for text in dry_run::words(t, &unreadable) {
                println!("{text}");
            }
            return Ok(ExitCode::FAILURE);
        }
    };
    print!("{}", report(t, &dry));
    let Some(rows) = dry.ready() else { return Ok(ExitCode::FAILURE) };
    if !wanted.apply {
        return Ok(ExitCode::SUCCESS);
    }
    let name = wanted.file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let by = By { actor: &actor, request: app.ids.next(), form: None, uploads: Vec::new() };
    let kept = app.keep_import(&by, &name, &content, dry.counts).await.map_err(told)?;
    let run =
        kept.then().rsplit('/').next().and_then(|id| Uuid::parse_str(id).ok()).context("the run has no number")?;
    let done = app.import_customers(&by, ImportRunId(run), &rows).await.map_err(told)?;
    println!("{} {}", t.import_result(), done.then());
    Ok(ExitCode::SUCCESS)
}

/// The same words as on the page, one line for each error and warning.
fn report(t: Lang, dry: &DryRun) -> String {
    let mut lines = Vec::new();
    for row in &dry.rows {
        let place = format!("{} {}", t.import_row(), row.number);
        for error in &row.errors {
            lines.push(format!("{place}\t{}\t{}\t{}", error.heading, error.value, error.text));
        }
        lines.extend(row.warnings.iter().map(|text| format!("{place}\t{}\t{text}", t.import_warnings())));
    }
    let c = dry.counts;
    lines.push(format!(
        "{} {} · {} {} · {} {} · {} {}",
        t.import_added(),
        c.added,
        t.import_updated(),
        c.updated,
        t.import_unchanged(),
        c.unchanged,
        t.import_failing(),
        c.failing
    ));
    lines.join("\n") + "\n"
}
