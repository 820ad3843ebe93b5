//! `serve`: the listener, the database, the web and the jobs of one process, and their orderly end.

use super::database::{self, Database, Schema};
use super::told;
use crate::app::App;
use crate::app::setup::Purpose;
use crate::config::Config;
use crate::jobs;
use crate::store::schema::Installation;
use crate::web::{self, Web};
use anyhow::{Context as _, anyhow};
use std::io::{ErrorKind, Write as _};
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Tells every part of the program that it is to end.
#[derive(Clone)]
pub struct Ending(watch::Receiver<Stage>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Running,
    Asked,
}

impl Ending {
    /// Ready from the first SIGTERM or SIGINT (Ctrl-C) on.
    pub fn on_signals() -> anyhow::Result<Self> {
        let mut terminate = signal(SignalKind::terminate()).context("signals cannot be received")?;
        let mut interrupt = signal(SignalKind::interrupt()).context("signals cannot be received")?;
        let (tell, told) = watch::channel(Stage::Running);
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            // Nobody listens any more when the program is already leaving.
            let _ = tell.send(Stage::Asked);
        });
        Ok(Self(told))
    }

    /// Returns when the program is to end.
    pub async fn asked(mut self) {
        // An error means that the sender is gone, which is as good a reason to end.
        let _ = self.0.wait_for(|stage| *stage == Stage::Asked).await;
    }
}

/// Takes the address before anything that lasts, so that a taken one is told at once.
pub async fn listen(at: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(at).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => {
            anyhow!("{at} is in use by another program: end that one, or choose another address with --listen")
        }
        ErrorKind::PermissionDenied => {
            anyhow!("this user may not listen on {at}: choose a port above 1023 with --listen")
        }
        _ => anyhow!("cannot listen on {at}: {error}"),
    })
}

/// What to type into a browser.
pub fn address(config: &Config, listener: &TcpListener) -> String {
    let own = listener.local_addr().map_or_else(|_| config.listen.to_string(), |at| at.to_string());
    config.public_url.clone().unwrap_or_else(|| format!("http://{own}"))
}

/// What whoever reads the console does next. The code stands nowhere else, and a console that is gone stops nothing.
pub fn first_start(address: &str, code: &str) {
    let _ = writeln!(
        std::io::stdout(),
        "首次使用：15 分钟内打开 {address}/setup，输入安装码 {code}\nFirst start: within 15 minutes open {address}/setup and enter the setup code {code}"
    );
}

/// `kuaidan serve`.
pub async fn run(config: &Config) -> anyhow::Result<()> {
    let listener = listen(config.listen).await?;
    let ending = Ending::on_signals()?;
    let database = Database::open(config, Schema::Expect).await?;
    let outcome = async {
        let app = database.app(config).await?;
        let installation = database::installation(&app, Purpose::Work).await?;
        println!("快单已启动 / Kuaidan is running: {}", address(config, &listener));
        if let Some(code) = app.setup_code().await.map_err(told)? {
            first_start(&address(config, &listener), &code);
        }
        serve(app, installation, config, listener, ending).await;
        Ok(())
    }
    .await;
    database.stop().await;
    outcome
}

/// Serves and does the jobs until the program is asked to end; what runs is answered first.
pub async fn serve(app: App, installation: Installation, config: &Config, listener: TcpListener, ending: Ending) {
    let jobs = tokio::spawn(jobs::run(app.clone(), jobs::EVERY, ending.clone().asked()));
    let messages = tokio::spawn(jobs::outbox::run(app.clone(), config.public_url.clone(), ending.clone().asked()));
    let listening = tokio::spawn(app.clone().listen(ending.clone().asked()));
    let db = app.db.clone();
    let router = web::router(Web::new(app, installation, config));
    web::serve::serve(listener, router, ending.asked()).await;
    if jobs.await.is_err() || messages.await.is_err() {
        tracing::error!("the jobs ended early");
    }
    if listening.await.is_err() {
        tracing::error!("the listening to the database ended early");
    }
    db.close().await;
}

/// `kuaidan migrate`.
pub async fn migrate(config: &Config) -> anyhow::Result<()> {
    database::migrate(config).await?;
    println!("数据库已是最新结构 / The database has the schema of this program.");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_taken_port_gives_one_sentence() {
        let first = listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let taken = first.local_addr().unwrap();
        let refused = listen(taken).await.unwrap_err().to_string();
        assert!(refused.contains("in use") && refused.contains(&taken.to_string()), "{refused}");
    }
}
