//! Prints off the async threads, a few at a time, so that a heap of documents never starves pages.

use super::forms::{Content, Mark};
use crate::domain::company::Logo;
use crate::wording::Lang;
use chrono::{Datelike, Timelike};
use kuaidan_documents::{Dated, Fault};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Documents set at the same time.
const AT_ONCE: u32 = 2;

/// Why nothing came out of the press; never the reader's fault.
#[derive(Debug, thiserror::Error)]
pub enum PressFailure {
    #[error(transparent)]
    Layout(#[from] Fault),
    #[error("the form could not be written as JSON: {0}")]
    Data(#[from] serde_json::Error),
    #[error("the press stopped: {0}")]
    Stopped(String),
}

/// Turns forms into PDF; cheap to clone.
#[derive(Debug, Clone)]
pub struct Press {
    places: Arc<Semaphore>,
}

impl Default for Press {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(AT_ONCE as usize)) }
    }
}

impl Press {
    /// Whether a picture can be set; tried before it is believed.
    pub async fn takes(&self, logo: Logo) -> Result<bool, PressFailure> {
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|e| PressFailure::Stopped(e.to_string()))?;
        tokio::task::spawn_blocking(move || {
            let _place = place;
            kuaidan_documents::takes_logo(logo.kind.code(), &logo.content)
        })
        .await
        .map_err(|e| PressFailure::Stopped(e.to_string()))
    }

    pub async fn print(
        &self,
        t: Lang,
        content: Content,
        mark: Mark,
        logo: Option<Logo>,
    ) -> Result<Vec<u8>, PressFailure> {
        // A long one takes the whole press, so that two never need their memory at once.
        let places = if kuaidan_documents::is_long(&content.json) { AT_ONCE } else { 1 };
        let place = Arc::clone(&self.places)
            .acquire_many_owned(places)
            .await
            .map_err(|e| PressFailure::Stopped(e.to_string()))?;
        tokio::task::spawn_blocking(move || {
            let _place = place;
            set_with(t, &content, mark, logo.as_ref())
        })
        .await
        .map_err(|e| PressFailure::Stopped(e.to_string()))?
    }
}

/// Sets one document on this thread.
pub fn set(t: Lang, content: &Content, mark: Mark) -> Result<Vec<u8>, PressFailure> {
    set_with(t, content, mark, None)
}

/// The same with a logo in the place of the product's mark.
pub fn set_with(t: Lang, content: &Content, mark: Mark, logo: Option<&Logo>) -> Result<Vec<u8>, PressFailure> {
    let around = (mark.words(t), hex::encode(content.hash()), t.document_hash());
    let (mark, hash, hash_label) =
        (serde_json::to_string(&around.0)?, serde_json::to_string(&around.1)?, serde_json::to_string(around.2)?);
    // The content goes in letter by letter as it was hashed.
    let kind = logo.map_or_else(String::new, |logo| format!(",\"logo\":\"{}\"", logo.kind.code()));
    let data =
        format!("{{\"paper\":{},\"mark\":{mark},\"hash\":{hash},\"hash_label\":{hash_label}{kind}}}", content.json);
    let small = |n: u32| u8::try_from(n).unwrap_or_default();
    let at = content.dated;
    let dated = Dated {
        year: at.year(),
        month: small(at.month()),
        day: small(at.day()),
        hour: small(at.hour()),
        minute: small(at.minute()),
        second: small(at.second()),
    };
    Ok(kuaidan_documents::pdf_with(content.layout, &data, dated, logo.map(|logo| logo.content.as_slice()))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use futures_util::FutureExt as _;
    use kuaidan_documents::Layout;
    use std::pin::pin;

    /// No form: setting it fails, once it has its turn.
    fn paper(bytes: usize) -> Content {
        Content::of(Layout::Quote, &"长".repeat(bytes / 3), DateTime::UNIX_EPOCH).expect("JSON")
    }

    #[tokio::test]
    async fn a_long_document_has_the_press_for_itself() {
        let press = Press::default();
        let beside = Arc::clone(&press.places).acquire_owned().await.expect("a place");
        let short = press.print(Lang::Zh, paper(300), Mark::None, None).await;
        assert!(matches!(short, Err(PressFailure::Layout(_))), "the other place is free");
        let mut long = pin!(press.print(Lang::Zh, paper(300_000), Mark::None, None));
        assert!(long.as_mut().now_or_never().is_none());
        assert_eq!(press.places.available_permits(), 0, "it has one place and waits for the other");
        drop(beside);
        assert!(matches!(long.await, Err(PressFailure::Layout(_))));
        assert_eq!(press.places.available_permits(), AT_ONCE as usize);
    }
}
