//! Who is looking hears that something changed: notices of the database, turned into news that every
//! open page of this process can follow.
//!
//! The one rule: news names a deal and says nothing about it, and nobody is told of a deal that they may
//! not see. News is numbered within this process, so that a page that lost its connection
//! asks for what it missed; what cannot be told exactly is told as "look again".

use super::{App, Failure};
use crate::domain::ids::{PersonId, SessionId};
use crate::domain::policy::{self, VisibleTo};
use crate::store::live::{self, Marked, Notice, Notices};
use std::collections::{HashMap, VecDeque};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::{Instant, timeout_at};

/// News that a page may have missed and still gets one by one.
const KEPT: usize = 1024;
/// Notices that come within this time are told together.
const GATHER: Duration = Duration::from_millis(20);
/// The listening connection is tried this often; two tries without an answer and it is made anew.
const BEAT: Duration = Duration::from_mins(1);
/// After a failure, before the next try.
const REST: Duration = Duration::from_secs(1);
/// Open streams of one person (SAFETY S6).
pub const SEATS: usize = 5;

/// What happened, without what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    Deal { deal: Marked, seq: i32 },
    All,
    Session(SessionId),
    Person(PersonId),
}

/// News with its number.
#[derive(Debug, Clone)]
pub struct Numbered {
    pub no: u64,
    pub news: News,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hearing {
    /// The database is not heard (yet); pages look by themselves.
    Deaf,
    Listening,
    /// The process ends.
    Ended,
}

/// The news of one process; cheap to clone.
#[derive(Clone)]
pub struct Live {
    inner: Arc<Inner>,
}

struct Inner {
    past: Mutex<Past>,
    sender: broadcast::Sender<Arc<Numbered>>,
    hearing: watch::Sender<Hearing>,
    seats: Mutex<HashMap<PersonId, usize>>,
    /// Notices that the database gave since the process began.
    heard: AtomicU64,
}

#[derive(Default)]
struct Past {
    /// Tells numbers of this process from those of another; empty while nobody listens.
    epoch: String,
    last: u64,
    kept: VecDeque<Arc<Numbered>>,
}

/// A place among the open streams of a person; given back when it is dropped.
pub struct Seat {
    live: Live,
    person: PersonId,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = held(&self.live.inner.seats);
        if let Some(taken) = seats.get_mut(&self.person) {
            *taken = taken.saturating_sub(1);
            if *taken == 0 {
                seats.remove(&self.person);
            }
        }
    }
}

/// What a page that comes back has to know.
pub enum Missed {
    /// These, in order.
    News(Vec<Arc<Numbered>>),
    /// Nobody knows: look again.
    Unknown,
}

/// News from a moment on.
pub struct Following {
    pub missed: Missed,
    /// The number after which `news` begins.
    pub at: String,
    pub news: broadcast::Receiver<Arc<Numbered>>,
    pub hearing: watch::Receiver<Hearing>,
}

/// A panic of one reader is no reason for all others to hear nothing.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Default for Live {
    fn default() -> Self {
        let (sender, _) = broadcast::channel(KEPT);
        let (hearing, _) = watch::channel(Hearing::Deaf);
        Self {
            inner: Arc::new(Inner {
                past: Mutex::default(),
                sender,
                hearing,
                seats: Mutex::default(),
                heard: AtomicU64::new(0),
            }),
        }
    }
}

impl Live {
    /// The number of the newest news: what a page that is read now already knows. None while nobody listens.
    pub fn mark(&self) -> Option<String> {
        (*self.inner.hearing.borrow() == Hearing::Listening).then(|| held(&self.inner.past).mark())
    }

    /// How much was heard so far; none while nobody listens.
    pub(super) fn heard(&self) -> Option<u64> {
        (self.hearing() == Hearing::Listening).then(|| self.inner.heard.load(Ordering::Acquire))
    }

    pub fn hearing(&self) -> Hearing {
        *self.inner.hearing.borrow()
    }

    /// A place for one more stream, unless the person has all of them already.
    pub fn seat(&self, person: PersonId) -> Option<Seat> {
        let mut seats = held(&self.inner.seats);
        let taken = seats.entry(person).or_default();
        if *taken >= SEATS {
            return None;
        }
        *taken += 1;
        drop(seats);
        Some(Seat { live: self.clone(), person })
    }

    /// Everything after `since`, and everything from now on; nothing is lost between the two.
    pub fn follow(&self, since: Option<&str>) -> Following {
        let past = held(&self.inner.past);
        Following {
            missed: past.after(since),
            at: past.mark(),
            news: self.inner.sender.subscribe(),
            hearing: self.inner.hearing.subscribe(),
        }
    }

    /// Whether this reader has to look again, and the number to ask with the next time.
    pub fn changed_since(&self, since: Option<&str>, to: VisibleTo, deal: Option<&str>) -> (bool, String) {
        let past = held(&self.inner.past);
        let changed = match past.after(since) {
            Missed::Unknown => true,
            Missed::News(news) => news.iter().any(|n| concerns(&n.news, to, deal)),
        };
        (changed || self.hearing() != Hearing::Listening, past.mark())
    }

    fn begin(&self, epoch: String) {
        // Whatever was missed counts as heard now.
        self.inner.heard.fetch_add(1, Ordering::AcqRel);
        *held(&self.inner.past) = Past { epoch, ..Past::default() };
        self.inner.hearing.send_replace(Hearing::Listening);
    }

    /// Open streams end; their pages look by themselves until the database is heard again.
    fn deafen(&self, to: Hearing) {
        self.inner.hearing.send_replace(to);
    }

    fn tell(&self, news: News) {
        let mut past = held(&self.inner.past);
        past.last += 1;
        let numbered = Arc::new(Numbered { no: past.last, news });
        if past.kept.len() == KEPT {
            past.kept.pop_front();
        }
        past.kept.push_back(numbered.clone());
        // Nobody looks: fine. Sent while the numbers are held, so that a follower misses none.
        let _ = self.inner.sender.send(numbered);
    }
}

impl Past {
    fn mark(&self) -> String {
        format!("{}-{}", self.epoch, self.last)
    }

    fn after(&self, since: Option<&str>) -> Missed {
        let Some(no) = since
            .and_then(|s| s.rsplit_once('-'))
            .filter(|(epoch, _)| !epoch.is_empty() && *epoch == self.epoch)
            .and_then(|(_, no)| no.parse::<u64>().ok())
            .filter(|no| *no <= self.last)
        else {
            return Missed::Unknown;
        };
        let oldest = self.kept.front().map_or(self.last + 1, |n| n.no);
        if no + 1 < oldest {
            return Missed::Unknown;
        }
        Missed::News(self.kept.iter().filter(|n| n.no > no).cloned().collect())
    }
}

/// Whether this is news of the deal of this number.
pub fn is_of_deal(news: &News, no: &str) -> bool {
    matches!(news, News::Deal { deal, .. } if deal.no == no)
}

/// Whether a page of this reader, of one deal or of all, shows something that this news is about.
pub fn concerns(news: &News, to: VisibleTo, only: Option<&str>) -> bool {
    match news {
        News::All => true,
        News::Deal { deal, .. } => only.is_none_or(|no| no == deal.no) && policy::hears_of(to, &deal.facts),
        News::Session(_) | News::Person(_) => false,
    }
}

impl App {
    /// Listens to the database until `shutdown` is ready; then every open stream ends.
    pub async fn listen(self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = pin!(shutdown);
        let mut epoch = self.ids.next().simple().to_string().split_off(16);
        loop {
            tokio::select! {
                () = &mut shutdown => break,
                ended = self.listen_once(&epoch) => {
                    self.live.deafen(Hearing::Deaf);
                    if let Err(failure) = ended {
                        tracing::warn!(?failure, "the database is not heard");
                    }
                    // What was missed has no number: whoever comes back looks again.
                    epoch = self.ids.next().simple().to_string().split_off(16);
                }
            }
            tokio::select! {
                () = &mut shutdown => break,
                () = tokio::time::sleep(REST) => {}
            }
        }
        self.live.deafen(Hearing::Ended);
    }

    /// Until the connection is lost.
    async fn listen_once(&self, epoch: &str) -> Result<(), Failure> {
        let mut notices = Notices::open(&self.db).await?;
        let (sender, mut heard) = mpsc::channel(KEPT);
        // Reading a connection must not be broken off in the middle, so it has a task of its own.
        let live = self.live.clone();
        let reader = tokio::spawn(async move {
            while let Ok(Some(notice)) = notices.next().await {
                live.inner.heard.fetch_add(1, Ordering::AcqRel);
                if sender.send(notice).await.is_err() {
                    return;
                }
            }
        });
        let _guard = EndWith(reader.abort_handle());
        self.live.begin(epoch.to_owned());
        let mut last_heard = Instant::now();
        loop {
            let first = match timeout_at(Instant::now() + BEAT, heard.recv()).await {
                Ok(Some(first)) => first,
                Ok(None) => return Ok(()),
                Err(_) if last_heard.elapsed() > BEAT * 2 + BEAT / 2 => return Ok(()),
                Err(_) => {
                    live::beat(&mut *self.db.read().await?).await?;
                    continue;
                }
            };
            last_heard = Instant::now();
            let mut gathered = vec![first];
            let until = Instant::now() + GATHER;
            while gathered.len() < KEPT / 2 {
                match timeout_at(until, heard.recv()).await {
                    Ok(Some(next)) => gathered.push(next),
                    Ok(None) | Err(_) => break,
                }
            }
            self.spread(&gathered).await?;
        }
    }

    /// One reading for all notices that came together.
    async fn spread(&self, notices: &[Notice]) -> Result<(), Failure> {
        let (mut deals, mut customers, mut all) = (HashMap::new(), Vec::new(), false);
        for notice in notices {
            match notice {
                // Whoever had the deal until now is not told by who has it from now on.
                Notice::Deal { kind, .. } if kind == HANDED_OVER => all = true,
                Notice::Deal { id, seq, .. } => {
                    let newest = deals.entry(*id).or_insert(*seq);
                    *newest = (*newest).max(*seq);
                }
                Notice::Customer(id) => customers.push(*id),
                Notice::Session(id) => self.live.tell(News::Session(*id)),
                Notice::Person(id) => {
                    self.live.tell(News::Person(*id));
                    all = true;
                }
                Notice::All => all = true,
                Notice::Notices | Notice::Beat => {}
            }
        }
        if all {
            self.live.tell(News::All);
            return Ok(());
        }
        if deals.is_empty() && customers.is_empty() {
            return Ok(());
        }
        customers.sort_unstable();
        customers.dedup();
        let ids: Vec<uuid::Uuid> = deals.keys().copied().collect();
        for deal in live::marked(&mut *self.db.read().await?, &ids, &customers).await? {
            let seq = deals.get(&deal.id.0).copied().unwrap_or_default();
            self.live.tell(News::Deal { deal, seq });
        }
        Ok(())
    }
}

/// Stored kind of the event after which a deal has another owner.
const HANDED_OVER: &str = "deal_handed_over";

/// Ends a task together with whoever started it.
struct EndWith(tokio::task::AbortHandle);

impl Drop for EndWith {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(missed: &Missed) -> Option<Vec<u64>> {
        match missed {
            Missed::Unknown => None,
            Missed::News(news) => Some(news.iter().map(|n| n.no).collect()),
        }
    }

    #[test]
    fn a_page_gets_what_it_missed_or_is_told_to_look_again() {
        let live = Live::default();
        assert_eq!(live.mark(), None, "nobody listens yet");
        live.begin("aa".to_owned());
        let start = live.mark();
        for _ in 0..3 {
            live.tell(News::All);
        }
        assert_eq!(numbers(&live.follow(start.as_deref()).missed), Some(vec![1, 2, 3]));
        assert_eq!(numbers(&live.follow(Some("aa-2")).missed), Some(vec![3]));
        assert_eq!(numbers(&live.follow(Some("aa-3")).missed), Some(vec![]));
        for odd in [None, Some(""), Some("aa-4"), Some("bb-1"), Some("aa--1"), Some("aa-x"), Some("-1")] {
            assert_eq!(numbers(&live.follow(odd).missed), None, "{odd:?}");
        }
        for _ in 0..KEPT {
            live.tell(News::All);
        }
        assert_eq!(numbers(&live.follow(Some("aa-2")).missed), None, "too long ago");
        assert_eq!(numbers(&live.follow(Some("aa-3")).missed).map(|n| n.len()), Some(KEPT));
        live.begin("cc".to_owned());
        assert_eq!(numbers(&live.follow(Some("aa-3")).missed), None, "numbers of another connection");
    }

    #[test]
    fn a_person_has_so_many_seats_and_gets_them_back() {
        let live = Live::default();
        let (one, other) = (PersonId(uuid::Uuid::from_u128(1)), PersonId(uuid::Uuid::from_u128(2)));
        let mut taken: Vec<Seat> = (0..SEATS).filter_map(|_| live.seat(one)).collect();
        assert_eq!(taken.len(), SEATS);
        assert!(live.seat(one).is_none() && live.seat(other).is_some());
        taken.pop();
        assert!(live.seat(one).is_some());
    }
}
