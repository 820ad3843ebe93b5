//! Channels with their sealed secrets, and how each person wants to be reached.

use super::error::known;
use super::{StoreError, Tx};
use crate::domain::email::Email;
use crate::domain::ids::PersonId;
use crate::domain::message::{ChannelKind, ChannelSettings, Reach};
use crate::domain::notice::QuietHours;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

#[derive(Debug, Clone)]
pub struct Channel {
    pub id: Uuid,
    pub kind: ChannelKind,
    pub name: String,
    pub settings: ChannelSettings,
    /// Sealed; only `app` has the key.
    pub secret: Vec<u8>,
    pub per_minute: i32,
    pub is_active: bool,
    pub revision: i64,
    pub changed_at: DateTime<Utc>,
}

macro_rules! channel {
    ($r:expr) => {{
        let r = $r;
        Ok::<Channel, StoreError>(Channel {
            id: r.id,
            kind: known("channel", "kind", &r.kind, ChannelKind::parse)?,
            name: r.name,
            settings: serde_json::from_value(r.settings)?,
            secret: r.secret,
            per_minute: r.per_minute,
            is_active: r.is_active,
            revision: r.revision,
            changed_at: r.changed_at,
        })
    }};
}

pub async fn all(conn: &mut PgConnection) -> Result<Vec<Channel>, StoreError> {
    sqlx::query!("SELECT * FROM channel ORDER BY kind = 'mail' DESC, name")
        .fetch_all(conn)
        .await?
        .into_iter()
        .map(|r| channel!(r))
        .collect()
}

pub async fn find(conn: &mut PgConnection, id: Uuid) -> Result<Option<Channel>, StoreError> {
    sqlx::query!("SELECT * FROM channel WHERE id = $1", id).fetch_optional(conn).await?.map(|r| channel!(r)).transpose()
}

/// Those that are on and that no other worker looks at, locked so that limits are counted once.
pub async fn lock_active(tx: &mut Tx) -> Result<Vec<Channel>, StoreError> {
    sqlx::query!("SELECT * FROM channel WHERE is_active ORDER BY id FOR UPDATE SKIP LOCKED")
        .fetch_all(tx.conn())
        .await?
        .into_iter()
        .map(|r| channel!(r))
        .collect()
}

pub async fn lock(tx: &mut Tx, id: Uuid) -> Result<Option<Channel>, StoreError> {
    sqlx::query!("SELECT * FROM channel WHERE id = $1 FOR UPDATE", id)
        .fetch_optional(tx.conn())
        .await?
        .map(|r| channel!(r))
        .transpose()
}

/// Adds a channel or changes the one with this id.
pub async fn save(tx: &mut Tx, c: &Channel, by: PersonId) -> Result<(), StoreError> {
    let settings = serde_json::to_value(&c.settings)?;
    sqlx::query!(
        "INSERT INTO channel (id, kind, name, settings, secret, per_minute, is_active, revision, changed_by, changed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (id) DO UPDATE SET name = $3, settings = $4, secret = $5, per_minute = $6, is_active = $7, revision = $8, changed_by = $9, changed_at = $10",
        c.id, c.kind.code(), c.name, settings, c.secret, c.per_minute, c.is_active, c.revision, by.0, c.changed_at
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What a person chose; the usual where nothing was chosen.
pub async fn reach(conn: &mut PgConnection, person: PersonId) -> Result<Reach, StoreError> {
    let row = sqlx::query!("SELECT email, by_mail, robot_id, window_minutes, quiet_from, quiet_to, revision FROM reach WHERE person_id = $1", person.0).fetch_optional(conn).await?;
    row.map_or_else(
        || Ok(Reach::default()),
        |r| {
            Ok(Reach {
                email: r.email.map(|e| known("reach", "email", &e, |e| Email::parse(e).ok())).transpose()?,
                by_mail: r.by_mail,
                robot: r.robot_id,
                window_minutes: r.window_minutes,
                quiet: r.quiet_from.zip(r.quiet_to).map(|(from, to)| QuietHours { from, to }),
                revision: r.revision,
            })
        },
    )
}

/// Keeps the choice when nobody changed it since `r.revision`; whether it did.
pub async fn save_reach(tx: &mut Tx, person: PersonId, r: &Reach) -> Result<bool, StoreError> {
    let saved = sqlx::query!(
        "INSERT INTO reach AS x (person_id, email, by_mail, robot_id, window_minutes, quiet_from, quiet_to, revision)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8::bigint + 1)
         ON CONFLICT (person_id) DO UPDATE SET email = $2, by_mail = $3, robot_id = $4, window_minutes = $5, quiet_from = $6, quiet_to = $7,
             revision = $8::bigint + 1
         WHERE x.revision = $8::bigint",
        person.0, r.email.as_ref().map(Email::as_str), r.by_mail, r.robot, r.window_minutes, r.quiet.map(|q| q.from), r.quiet.map(|q| q.to),
        r.revision
    )
    .execute(tx.conn())
    .await?;
    Ok(saved.rows_affected() == 1)
}
