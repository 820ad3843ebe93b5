//! `user …`: accounts from the terminal. A password is never an argument: it is read from
//! standard input, or made here and shown once.

use super::database::Database;
use super::told;
use crate::app::App;
use crate::config::Config;
use crate::domain::account::Account;
use crate::domain::password;
use crate::domain::staff::{Department, Role};
use anyhow::{Context as _, anyhow, bail};
use clap::{Args, Subcommand};

/// Fewest characters of a password that somebody chose.
const SHORTEST_PASSWORD: usize = 10;

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add a person.
    Add(NewUser),
    /// Set a new password and end every session of the person.
    Password {
        /// Sign-in name.
        login: String,
        #[command(flatten)]
        password: PasswordFrom,
    },
    /// Refuse further sign-ins; everything the person did stays.
    Deactivate {
        /// Sign-in name.
        login: String,
    },
    /// Show everybody.
    List,
    /// Make another code for the first administrator, as long as nobody has an account.
    SetupCode,
}

#[derive(Debug, Args)]
pub struct NewUser {
    /// Sign-in name: small letters, digits, dot, hyphen, underscore.
    login: String,
    /// Name in Chinese.
    #[arg(long)]
    name: String,
    /// Name in Latin letters.
    #[arg(long)]
    name_en: String,
    /// Department, such as `sales`.
    #[arg(long, value_parser = department)]
    department: Department,
    /// Role, such as `sales_rep`; may be given several times.
    #[arg(long = "role", required = true, value_parser = role)]
    roles: Vec<Role>,
    /// Sign-in name of the manager whose team the person belongs to.
    #[arg(long)]
    manager: Option<String>,
    /// Telephone number.
    #[arg(long)]
    phone: Option<String>,
    #[command(flatten)]
    password: PasswordFrom,
}

#[derive(Debug, Args)]
pub struct PasswordFrom {
    /// Take the first line of standard input as the password instead of making one.
    #[arg(long)]
    password_stdin: bool,
}

fn department(code: &str) -> Result<Department, String> {
    Department::parse(code).ok_or_else(|| choices("department", Department::ALL.iter().map(|d| d.code())))
}

fn role(code: &str) -> Result<Role, String> {
    Role::parse(code).ok_or_else(|| choices("role", Role::ALL.iter().map(|r| r.code())))
}

fn choices(what: &str, codes: impl Iterator<Item = &'static str>) -> String {
    format!("a {what} is one of: {}", codes.collect::<Vec<_>>().join(", "))
}

/// A password and whether the person at the terminal knows it already.
enum Password {
    Given(String),
    Made(String),
}

impl Password {
    fn word(&self) -> &str {
        match self {
            Self::Given(word) | Self::Made(word) => word,
        }
    }

    fn show(&self) {
        if let Self::Made(word) = self {
            println!("密码(只显示一次)/ Password, shown only now: {word}");
        }
    }
}

impl PasswordFrom {
    fn get(&self, app: &App) -> anyhow::Result<Password> {
        if !self.password_stdin {
            // 120 bits, in letters that are easy to copy.
            return Ok(Password::Made(hex::encode(&app.ids.secret()[..15])));
        }
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).context("standard input cannot be read")?;
        chosen(line.trim_end_matches(['\n', '\r']))
    }
}

fn chosen(word: &str) -> anyhow::Result<Password> {
    if word.chars().count() < SHORTEST_PASSWORD {
        bail!("a password has at least {SHORTEST_PASSWORD} characters");
    }
    if password::is_common(word) {
        bail!("this password is among the first that somebody tries: choose another, such as a short sentence");
    }
    Ok(Password::Given(word.to_owned()))
}

/// Runs one of the commands.
pub async fn run(config: &Config, command: UserCommand) -> anyhow::Result<()> {
    Database::used_for(config, async |_, app| match command {
        UserCommand::Add(new) => add(app, new).await,
        UserCommand::Password { login, password } => {
            let password = password.get(app)?;
            app.set_password(&login, password.word()).await.map_err(|failure| unknown(failure, &login))?;
            password.show();
            Ok(())
        }
        UserCommand::Deactivate { login } => app.deactivate(&login).await.map_err(|failure| unknown(failure, &login)),
        UserCommand::List => list(app).await,
        UserCommand::SetupCode => match app.setup_code().await.map_err(told)? {
            Some(code) => {
                let own = || format!("http://{}", config.listen);
                super::serve::first_start(&config.public_url.clone().unwrap_or_else(own), &code);
                Ok(())
            }
            None => bail!("somebody has an account already: accounts are made with `kuaidan user add`"),
        },
    })
    .await
}

fn unknown(failure: crate::app::Failure, login: &str) -> anyhow::Error {
    match failure {
        crate::app::Failure::NotFound => anyhow!("nobody has the sign-in name {login:?}"),
        other => told(other),
    }
}

async fn add(app: &App, new: NewUser) -> anyhow::Result<()> {
    if app.person(&new.login).await.map_err(told)?.is_some() {
        bail!("the sign-in name {:?} is taken", new.login);
    }
    let manager = match &new.manager {
        Some(login) => Some(
            app.person(login).await.map_err(told)?.ok_or_else(|| anyhow!("nobody has the sign-in name {login:?}"))?.id,
        ),
        None => None,
    };
    let password = new.password.get(app)?;
    let account = Account {
        name: new.name,
        name_en: new.name_en,
        department: new.department,
        roles: new.roles,
        manager,
        phone: new.phone,
        is_active: true,
    };
    app.add_person(&new.login, &account, password.word()).await.map_err(told)?;
    password.show();
    Ok(())
}

async fn list(app: &App) -> anyhow::Result<()> {
    for person in app.everybody().await.map_err(told)? {
        let roles: Vec<&str> = person.roles.iter().map(|role| role.code()).collect();
        let state = if person.is_active { "active" } else { "inactive" };
        println!("{}\t{}\t{}\t{}\t{}", person.login, person.name, person.department, roles.join(","), state);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_password_is_refused() {
        assert!(chosen("123456789").is_err());
        assert!(chosen("password1234").is_err(), "everybody tries that");
        assert_eq!(
            chosen("一二三四五六七八九十").map(|p| p.word().to_owned()).ok().as_deref(),
            Some("一二三四五六七八九十")
        );
    }

    #[test]
    fn a_wrong_code_lists_the_right_ones() {
        assert!(role("boss").unwrap_err().contains("sales_rep"));
        assert_eq!(department("it"), Ok(Department::It));
    }
}
