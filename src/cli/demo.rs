//! `demo`: an installation that anybody can try. It makes the demonstration company once, through
//! the application's own commands, then serves like any other.

use super::company::{PEOPLE, PersonPlan};
use super::database::{self, Database, Schema};
use super::serve::{self, Ending};
use super::{founding, pace, play};
use crate::app::App;
use crate::app::setup::Purpose;
use crate::clock::{Clock, Ids};
use crate::config::Config;
use crate::domain::calendar::WorkingMinutes;
use crate::store::schema::Installation;
use anyhow::bail;

/// How much of the demonstration is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// People, products, prices, stock, customers.
    Company,
    /// Also deals in every step.
    Deals,
}

/// Working hours between the founding and now; longer than the oldest deal.
const FOUNDED_HOURS_AGO: i64 = 8 * 30;

/// `kuaidan demo`.
pub async fn run(config: &Config, extent: Extent) -> anyhow::Result<()> {
    let listener = serve::listen(config.listen).await?;
    let ending = Ending::on_signals()?;
    println!("正在准备演示公司…… / Preparing the demonstration company …");
    let database = Database::open(config, Schema::Migrate).await?;
    let outcome = async {
        let app = database.app(config).await?;
        let made = tokio::select! {
            made = Box::pin(ready(&database, &app, config, extent)) => made?,
            () = ending.clone().asked() => return Ok(()),
        };
        print!("{}", welcome(&serve::address(config, &listener), config.demo_password_or_default()));
        serve::serve(app, made, config, listener, ending).await;
        Ok(())
    }
    .await;
    database.stop().await;
    outcome
}

/// The installation with its demonstration company, made now unless it was made before.
async fn ready(database: &Database, app: &App, config: &Config, extent: Extent) -> anyhow::Result<Installation> {
    let installation = database::installation(app, Purpose::Demo).await?;
    if !installation.is_demo {
        bail!(
            "this database belongs to a company at work: choose another data folder or database for the demonstration"
        );
    }
    if installation.demo_ready_at.is_some() {
        return Ok(installation);
    }
    let deals = make(database, app, config, extent, Ids::random()).await?;
    tracing::info!(deals, "the demonstration company is ready");
    database::installation(app, Purpose::Demo).await
}

/// Makes company and deals and says so in the database; how many deals there are.
pub async fn make(database: &Database, app: &App, config: &Config, extent: Extent, ids: Ids) -> anyhow::Result<usize> {
    let now = app.clock.now();
    let founded_at = pace::ago(&app.calendar, now, WorkingMinutes::hours(FOUNDED_HOURS_AGO));
    let past = database.hurried_app(config, Clock::fixed(founded_at), ids).await?;
    let company = founding::found(&past, config.demo_password_or_default()).await?;
    let deals = match extent {
        Extent::Company => 0,
        Extent::Deals => Box::pin(play::play(&past, &company, now)).await?,
    };
    past.db.close().await;
    app.demo_is_ready().await.map_err(super::told)?;
    Ok(deals)
}

/// The address, the people and their password.
fn welcome(address: &str, password: &str) -> String {
    let row = |person: &PersonPlan| {
        let post = format!("{} {}", person.post, person.post_en);
        format!("  {}{}{post}\n", padded(person.login, 14), padded(&format!("{} {}", person.name, person.name_en), 28))
    };
    format!(
        "\n快单已就绪,请在浏览器打开 / Kuaidan is ready, open in a browser:  {address}\n\n  {}{}{}\n{}\n所有人的密码 / Everybody's password:  {password}\n按 Ctrl-C 结束 / Ctrl-C ends it.\n\n",
        padded("登录名 Login", 14),
        padded("姓名 Name", 28),
        "岗位 Role",
        PEOPLE.iter().map(row).collect::<String>(),
    )
}

/// Filled up with blanks to this many columns of a terminal, where a Chinese letter takes two.
fn padded(text: &str, columns: usize) -> String {
    let taken: usize = text.chars().map(|letter| if letter.is_ascii() { 1 } else { 2 }).sum();
    format!("{text}{}", " ".repeat(columns.saturating_sub(taken).max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_welcome_names_everybody_and_the_password_once() {
        let told = welcome("http://127.0.0.1:8080", "a-word");
        assert!(PEOPLE.iter().all(|p| told.contains(p.login) && told.contains(p.name)));
        assert_eq!(told.matches("a-word").count(), 1);
        assert!(told.contains("http://127.0.0.1:8080"));
    }

    #[test]
    fn chinese_letters_take_two_columns() {
        assert_eq!(padded("王敏", 6), "王敏  ");
        assert_eq!(padded("too long", 3), "too long ");
    }
}
