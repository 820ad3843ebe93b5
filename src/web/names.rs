//! The English names of colleagues around an English page: asked of the database at most once a minute.

use crate::app::App;
use crate::store::people;
use crate::wording::{EnglishNames, naming};
use chrono::{DateTime, TimeDelta, Utc};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll};

/// How old the names may be: somebody new is told by the record's own name as long.
const FRESH: TimeDelta = TimeDelta::minutes(1);

/// The names as they were last read.
#[derive(Default)]
pub struct Directory(RwLock<Option<(DateTime<Utc>, Arc<EnglishNames>)>>);

impl Directory {
    /// A page does without when they cannot be read.
    pub async fn names(&self, app: &App) -> Arc<EnglishNames> {
        let now = app.clock.now();
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((at, names)) = &held
            && (*at..*at + FRESH).contains(&now)
        {
            return Arc::clone(names);
        }
        let read = async {
            let mut conn = app.db.read().await?;
            people::english_names(&mut conn).await
        };
        let Ok(found) = read.await else { return held.map(|(_, names)| names).unwrap_or_default() };
        let names: Arc<EnglishNames> = Arc::new(found.into_iter().collect());
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&names)));
        names
    }
}

/// Work during whose every stretch the names are known.
pub struct Named<T> {
    names: Arc<EnglishNames>,
    work: Pin<Box<dyn Future<Output = T> + Send>>,
}

impl<T> Named<T> {
    pub fn new(names: Arc<EnglishNames>, work: impl Future<Output = T> + Send + 'static) -> Self {
        Self { names, work: Box::pin(work) }
    }
}

impl<T> Future for Named<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let names = Arc::clone(&self.names);
        let work = self.work.as_mut();
        naming(&names, || work.poll(context))
    }
}
