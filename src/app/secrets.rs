//! Seals what must not lie open in the database: passwords and addresses of channels. The tokens of
//! customers' links are signed with the same key.
//!
//! The key is given by the environment or lies in the data folder beside the files, so that a
//! copy of the database alone opens nothing. A sealed value is bound to the row it belongs to.

use super::Failure;
use crate::store::StoreError;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use std::fmt;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// Where the key comes from.
#[derive(Clone)]
pub(super) enum Key {
    Given([u8; 32]),
    /// Read from this file, which is made when it is not there.
    File(PathBuf),
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

fn trouble(what: &str) -> Failure {
    StoreError::Busy(format!("the key of sealed settings: {what}")).into()
}

fn read(path: &Path, fresh: &[u8; 32]) -> std::io::Result<[u8; 32]> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(mut file) => {
            file.write_all(hex::encode(fresh).as_bytes())?;
            file.sync_all()?;
            Ok(*fresh)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let mut key = [0; 32];
            let text = std::fs::read_to_string(path)?;
            hex::decode_to_slice(text.trim(), &mut key).map_err(|e| std::io::Error::new(ErrorKind::InvalidData, e))?;
            Ok(key)
        }
        Err(error) => Err(error),
    }
}

impl Key {
    /// The key itself; `fresh` becomes it where it has to be made.
    pub(super) async fn bytes(&self, fresh: [u8; 32]) -> Result<[u8; 32], Failure> {
        match self {
            Self::Given(key) => Ok(*key),
            Self::File(path) => {
                let path = path.clone();
                tokio::task::spawn_blocking(move || read(&path, &fresh))
                    .await
                    .map_err(|e| trouble(&e.to_string()))?
                    .map_err(|e| trouble(&e.to_string()))
            }
        }
    }

    async fn open(&self, fresh: [u8; 32]) -> Result<LessSafeKey, Failure> {
        let key = self.bytes(fresh).await?;
        UnboundKey::new(&CHACHA20_POLY1305, &key).map(LessSafeKey::new).map_err(|_| trouble("it cannot be used"))
    }

    /// `secret` is 256 fresh random bits: the nonce, and the key of a file that has to be made.
    pub(super) async fn seal(&self, row: Uuid, plain: &[u8], secrets: [[u8; 32]; 2]) -> Result<Vec<u8>, Failure> {
        let key = self.open(secrets[0]).await?;
        let mut nonce = [0; NONCE_LEN];
        nonce.copy_from_slice(&secrets[1][..NONCE_LEN]);
        let mut text = plain.to_vec();
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(row.as_bytes()), &mut text)
            .map_err(|_| trouble("it cannot seal"))?;
        let mut sealed = vec![1];
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&text);
        Ok(sealed)
    }

    /// None when another key sealed it, for another row, or it was changed.
    pub(super) async fn unseal(&self, row: Uuid, sealed: &[u8], fresh: [u8; 32]) -> Result<Option<Vec<u8>>, Failure> {
        let key = self.open(fresh).await?;
        let Some((nonce, text)) = sealed.strip_prefix(&[1]).and_then(|rest| rest.split_at_checked(NONCE_LEN)) else {
            return Ok(None);
        };
        let Ok(nonce) = Nonce::try_assume_unique_for_key(nonce) else { return Ok(None) };
        let mut text = text.to_vec();
        Ok(key.open_in_place(nonce, Aad::from(row.as_bytes()), &mut text).ok().map(|plain| plain.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_value_opens_with_its_key_for_its_row_only() {
        let key = Key::Given([7; 32]);
        let row = Uuid::from_u128(1);
        let sealed = key.seal(row, b"geheim", [[0; 32], [9; 32]]).await.expect("sealed");
        assert!(!sealed.windows(6).any(|w| w == b"geheim"));
        assert_eq!(key.unseal(row, &sealed, [0; 32]).await.expect("read").as_deref(), Some(&b"geheim"[..]));
        assert_eq!(key.unseal(Uuid::from_u128(2), &sealed, [0; 32]).await.expect("read"), None);
        assert_eq!(Key::Given([8; 32]).unseal(row, &sealed, [0; 32]).await.expect("read"), None);
        let mut changed = sealed.clone();
        if let Some(byte) = changed.last_mut() {
            *byte ^= 1;
        }
        assert_eq!(key.unseal(row, &changed, [0; 32]).await.expect("read"), None);
        assert_eq!(key.unseal(row, b"", [0; 32]).await.expect("read"), None);
    }

    #[tokio::test]
    async fn a_key_file_is_made_once_and_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = std::env::temp_dir().join(format!("kuaidan-key-{}", std::process::id()));
        let key = Key::File(folder.join("channel.key"));
        let row = Uuid::from_u128(1);
        let sealed = key.seal(row, b"x", [[5; 32], [9; 32]]).await.expect("sealed");
        assert_eq!(key.unseal(row, &sealed, [6; 32]).await.expect("read").as_deref(), Some(&b"x"[..]));
        let mode = std::fs::metadata(folder.join("channel.key")).expect("made").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
