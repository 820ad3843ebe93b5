//! Messages that leave the program, against real servers on this machine: what arrives byte by
//! byte, what is refused, what is tried again, and what is never told.

#[path = "messages/channels.rs"]
mod channels;
#[path = "messages/mail.rs"]
mod mail;
#[path = "messages/mime.rs"]
mod mime;
#[path = "messages/robots.rs"]
mod robots;
#[path = "messages/servers.rs"]
mod servers;
#[path = "messages/worker.rs"]
mod worker;

use crate::harness::world::World;
use kuaidan::app::ChannelInput;
use kuaidan::domain::email::Email;
use kuaidan::domain::ids::DealId;
use kuaidan::domain::message::{ChannelKind, ChannelSecret, ChannelSettings, MailSecurity, Reach};
use kuaidan::jobs::outbox;
use kuaidan::store::notices::{self, NewNotice};
use kuaidan::store::{Tx, messages as stored};
use uuid::Uuid;

/// What people type into their browsers here.
const PUBLIC: Option<&str> = Some("https://kd.example");

async fn channel(w: &World, input: ChannelInput) -> Uuid {
    let admin = w.actor("admin");
    let done = w.app.save_channel(&w.by(&admin, &[], None), None, 0, input).await.expect("saved");
    done.then().rsplit('/').next().and_then(|id| id.parse().ok()).expect("an id")
}

fn mail_input(port: u16, authority: Option<&str>) -> ChannelInput {
    ChannelInput {
        kind: ChannelKind::Mail,
        name: "公司邮箱".to_owned(),
        settings: ChannelSettings {
            host: "localhost".to_owned(),
            port: Some(port),
            security: Some(MailSecurity::Starttls),
            user: Some("robot@qmd.example".to_owned()),
            from: Email::parse("robot@qmd.example").ok(),
            authority: authority.map(str::to_owned),
        },
        secret: ChannelSecret { url: None, word: Some("post geheim".to_owned()) },
        per_minute: 120,
        is_active: true,
    }
}

fn robot_input(kind: ChannelKind, url: String, word: Option<&str>) -> ChannelInput {
    ChannelInput {
        kind,
        name: format!("群 {kind}"),
        settings: ChannelSettings { host: "127.0.0.1".to_owned(), ..ChannelSettings::default() },
        secret: ChannelSecret { url: Some(url), word: word.map(str::to_owned) },
        per_minute: 20,
        is_active: true,
    }
}

fn by_mail(login: &str) -> Reach {
    Reach { email: Email::parse(&format!("{login}@qmd.example")).ok(), by_mail: true, ..Reach::default() }
}

async fn choose(w: &World, login: &str, reach: &Reach) {
    let actor = w.actor(login);
    w.app.choose_reach(&w.by(&actor, &[], None), reach).await.expect("chosen");
}

async fn tell(w: &World, login: &str, kind: &str, deal: Option<DealId>) -> Uuid {
    let mut tx = Tx::begin(&w.app.db, None).await.expect("a transaction");
    let id = w.app.ids.next();
    let notice = NewNotice { id, dedupe_key: id.to_string(), recipient: w.id(login), deal, customer: None, kind };
    notices::add(&mut tx, &notice, w.now()).await.expect("added");
    tx.commit().await.expect("kept");
    id
}

/// Packs and sends until nothing is left to do now.
async fn work(w: &World) {
    use kuaidan::jobs::Did;
    for _ in 0..2_000 {
        let bundled = outbox::bundle(&w.app).await.expect("packed");
        let delivered = outbox::deliver(&w.app, PUBLIC).await.expect("delivered");
        if (bundled, delivered) == (Did::Idle, Did::Idle) {
            return;
        }
    }
    panic!("the work has no end");
}

async fn record(w: &World) -> Vec<stored::MessageRow> {
    let mut conn = w.app.db.read().await.expect("a connection");
    stored::newest(&mut conn, None, None, 20_000).await.expect("readable")
}
