//! Evidence files: looked at before they are believed, stored under their own hash outside
//! the web root, never under a name that somebody typed.

use super::{App, Failure};
use crate::domain::change::Change;
use crate::domain::ids::{AttachmentId, CustomerId, DealId, PersonId};
use crate::domain::policy;
use crate::domain::staff::Actor;
use crate::store::attachments::{self, Attachment};
use crate::store::{StoreError, Tx, cases, changes, requirements};
use sha2::{Digest, Sha256};

/// The largest file taken, in bytes (DOMAIN 1.1: 10 MB).
pub const MAX_BYTES: usize = 10 * 1024 * 1024;

/// A file whose content is already in the data folder.
#[derive(Debug, Clone)]
pub struct Upload {
    pub id: AttachmentId,
    pub sha256: Vec<u8>,
    pub media_type: &'static str,
    pub byte_count: i64,
    pub file_name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFlaw {
    Empty,
    TooLarge,
    Kind,
}

impl Upload {
    pub(super) fn row(&self, by: PersonId, customer: Option<CustomerId>, deal: Option<DealId>) -> Attachment {
        Attachment {
            id: self.id,
            sha256: self.sha256.clone(),
            media_type: self.media_type.to_owned(),
            byte_count: self.byte_count,
            file_name: self.file_name.clone(),
            uploaded_by: by,
            customer,
            deal,
        }
    }
}

/// The type that the first bytes say, whatever the name says.
pub fn sniff(content: &[u8]) -> Option<&'static str> {
    if content.starts_with(b"%PDF-") {
        Some("application/pdf")
    } else if content.starts_with(&[0xFF, 0xD8, 0xFF]) {
        Some("image/jpeg")
    } else if content.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some("image/png")
    } else {
        None
    }
}

/// A name fit to be shown: the last part only, no control characters, at most 120 characters.
pub(super) fn tame(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last
        .chars()
        .filter(|c| !c.is_control() && !('\u{202a}'..='\u{202e}').contains(c) && !('\u{2066}'..='\u{2069}').contains(c))
        .take(120)
        .collect();
    let clean = clean.trim();
    if clean.is_empty() { "file".to_owned() } else { clean.to_owned() }
}

impl App {
    /// Checks and keeps a file; the row that names it comes with the command that uses it.
    pub async fn keep_file(&self, name: &str, content: Vec<u8>) -> Result<Result<Upload, FileFlaw>, Failure> {
        if content.is_empty() {
            return Ok(Err(FileFlaw::Empty));
        }
        if content.len() > MAX_BYTES {
            return Ok(Err(FileFlaw::TooLarge));
        }
        let Some(media_type) = sniff(&content) else { return Ok(Err(FileFlaw::Kind)) };
        let sha256 = self.write_content(&content).await?;
        let id = AttachmentId(self.ids.next());
        let byte_count = i64::try_from(content.len()).unwrap_or(i64::MAX);
        Ok(Ok(Upload { id, sha256, media_type, byte_count, file_name: tame(name) }))
    }

    /// Writes content under its own hash, which it gives back.
    pub(super) async fn write_content(&self, content: &[u8]) -> Result<Vec<u8>, Failure> {
        let sha256 = Sha256::digest(content).to_vec();
        let mut tx = Tx::begin(&self.db, None).await?;
        attachments::note_stored(&mut tx, &sha256, self.clock.now()).await?;
        tx.commit().await?;
        let path = self.file_path(&sha256);
        let temporary = path.with_extension(self.ids.next().to_string());
        let written = async {
            if let Some(folder) = path.parent() {
                tokio::fs::create_dir_all(folder).await?;
            }
            tokio::fs::write(&temporary, content).await?;
            tokio::fs::rename(&temporary, &path).await
        };
        written.await.map_err(|e| StoreError::Busy(format!("the file could not be stored: {e}")))?;
        Ok(sha256)
    }

    pub async fn attachment(&self, id: AttachmentId) -> Result<Option<Attachment>, Failure> {
        let mut conn = self.db.read().await?;
        Ok(attachments::find(&mut conn, id).await?)
    }

    /// Whether this person may read the file: whoever sees its deal or customer, and before it
    /// belongs to one, whoever sent it. What a customer accepted, an order or a change of its prices, shows
    /// prices, so it asks for those too.
    pub async fn may_read_file(&self, actor: &Actor, attachment: &Attachment) -> Result<bool, Failure> {
        let mut conn = self.db.read().await?;
        if let Some(id) = attachment.deal {
            let Some(case) = cases::of_deal(&mut conn, id, self.clock.now()).await? else { return Ok(false) };
            // What is confidential stays with the people on the deal, and with whoever brought it.
            let is_secret = requirements::is_confidential_file(&mut conn, attachment.id).await?;
            if is_secret && !policy::is_on_deal(actor, &case) && attachment.uploaded_by != actor.id {
                return Ok(false);
            }
            let has_prices = case.order.as_ref().is_some_and(|o| o.acceptance.file == attachment.id)
                || changes::agreed_on(&mut conn, id, attachment.id).await?.iter().any(Change::shows_prices);
            return Ok(policy::opens_deal_file(actor, &case, has_prices));
        }
        if let Some(id) = attachment.customer {
            let Some(case) = cases::of_customer(&mut conn, id).await? else { return Ok(false) };
            drop(conn);
            if case.customer.profile.is_confidential && !policy::works_on(actor, &case) {
                return Ok(false);
            }
            return match self.customer(actor, &case.customer.no).await {
                Ok(_) => Ok(true),
                Err(Failure::NotFound) => Ok(false),
                Err(failure) => Err(failure),
            };
        }
        Ok(attachment.uploaded_by == actor.id)
    }

    pub async fn file_content(&self, attachment: &Attachment) -> Result<Vec<u8>, Failure> {
        tokio::fs::read(self.file_path(&attachment.sha256))
            .await
            .map_err(|e| StoreError::Busy(format!("the file could not be read: {e}")).into())
    }

    pub(super) fn file_path(&self, sha256: &[u8]) -> std::path::PathBuf {
        let name = hex::encode(sha256);
        self.files_dir.join(&name[..2]).join(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_decides_and_not_the_name() {
        assert_eq!(sniff(b"%PDF-1.7 ..."), Some("application/pdf"));
        assert_eq!(sniff(b"<html>licence.pdf</html>"), None);
        assert_eq!(sniff(b"GIF89a"), None);
    }

    #[test]
    fn names_are_tamed() {
        assert_eq!(tame("..\\..\\etc/passwd"), "passwd");
        assert_eq!(tame("a\u{202e}fdp.exe\0"), "afdp.exe");
        assert_eq!(tame(""), "file");
    }
}
