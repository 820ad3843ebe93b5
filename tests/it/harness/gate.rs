//! A gate between the program and its database: it lets so many questions pass and holds the next one, so that
//! whoever asks can be stopped exactly there, however fast the database and however busy the machine.
//!
//! A question is what the database answers with "ready": a statement, or a part of its preparation.

use sqlx::postgres::PgConnectOptions;
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Of one connection: the questions without an answer, and whether it is outside of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Line {
    unanswered: usize,
    is_idle: bool,
}

struct Passage {
    /// How many questions still pass; all of them when there is no number.
    left: watch::Sender<Option<usize>>,
    /// A question waits at the gate.
    holds: watch::Sender<bool>,
    lines: watch::Sender<BTreeMap<u32, Line>>,
}

impl Passage {
    /// Waits until one more question may pass.
    async fn pass(&self) {
        loop {
            let passes = {
                let mut passes = true;
                self.left.send_if_modified(|left| match left {
                    None => false,
                    Some(0) => {
                        passes = false;
                        false
                    }
                    Some(more) => {
                        *more -= 1;
                        true
                    }
                });
                passes
            };
            if passes {
                return;
            }
            self.holds.send_replace(true);
            let mut left = self.left.subscribe();
            left.wait_for(|left| *left != Some(0)).await.expect("the gate stands");
        }
    }

    fn line(&self, id: u32, change: impl FnOnce(&mut Line)) {
        self.lines.send_modify(|lines| change(lines.entry(id).or_insert(Line { unanswered: 0, is_idle: true })));
    }
}

pub struct Gate {
    folder: PathBuf,
    passage: Arc<Passage>,
    keeper: JoinHandle<()>,
}

impl Gate {
    /// In front of the database of these options.
    pub fn before(to: &PgConnectOptions) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("kuaidan-gate-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder).expect("a folder for the socket");
        let socket = format!(".s.PGSQL.{}", to.get_port());
        let behind = to.get_socket().expect("a database on a socket").join(&socket);
        let listener = UnixListener::bind(folder.join(&socket)).expect("a socket");
        let passage = Arc::new(Passage {
            left: watch::Sender::new(None),
            holds: watch::Sender::new(false),
            lines: watch::Sender::new(BTreeMap::new()),
        });
        let keeper = tokio::spawn(keep(listener, behind, passage.clone()));
        Self { folder, passage, keeper }
    }

    /// The same options, through the gate.
    pub fn through(&self, to: PgConnectOptions) -> PgConnectOptions {
        to.socket(&self.folder).ssl_mode(sqlx::postgres::PgSslMode::Disable)
    }

    /// Lets `work` ask so many questions and drops it at the next; its outcome when it needed no more. When this
    /// returns, whatever the work has left behind is committed or rolled back.
    pub async fn stop_after<T>(&self, questions: usize, work: impl Future<Output = T>) -> Option<T> {
        self.passage.holds.send_replace(false);
        self.passage.left.send_replace(Some(questions));
        let mut holds = self.passage.holds.subscribe();
        let outcome = {
            let work = pin!(work);
            tokio::select! {
                outcome = work => Some(outcome),
                _ = holds.wait_for(|holds| *holds) => None,
            }
        };
        // What was asked last has left the program: it is asked all the same, like of one that was killed.
        self.passage.left.send_replace(None);
        let mut lines = self.passage.lines.subscribe();
        let quiet = lines.wait_for(|lines| lines.values().all(|line| line.unanswered == 0 && line.is_idle));
        let rest = tokio::time::timeout(Duration::from_secs(30), quiet).await;
        assert!(
            rest.is_ok(),
            "after {questions} questions the database does not come to rest: {:?}",
            *self.passage.lines.borrow()
        );
        outcome
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.keeper.abort();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

async fn keep(listener: UnixListener, behind: PathBuf, passage: Arc<Passage>) {
    for id in 0.. {
        let (program, _) = listener.accept().await.expect("a connection");
        let database = UnixStream::connect(&behind).await.expect("the database");
        let (asks, hears) = program.into_split();
        let (answers, asked) = database.into_split();
        let (one, other) = (passage.clone(), passage.clone());
        tokio::spawn(async move {
            let _ = questions(id, asks, asked, &one).await;
        });
        tokio::spawn(async move {
            let _ = replies(id, answers, hears, &other).await;
            other.lines.send_modify(|lines| {
                lines.remove(&id);
            });
        });
    }
}

/// A message with its kind and its length, as it stands on the wire.
async fn message(from: &mut OwnedReadHalf) -> io::Result<Vec<u8>> {
    let mut message = vec![0; 5];
    from.read_exact(&mut message).await?;
    let length = u32::from_be_bytes([message[1], message[2], message[3], message[4]]);
    message.resize(1 + length as usize, 0);
    from.read_exact(&mut message[5..]).await?;
    Ok(message)
}

async fn questions(id: u32, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, passage: &Passage) -> io::Result<()> {
    // The first message of a connection has no kind.
    let length = from.read_u32().await?;
    let mut hello = length.to_be_bytes().to_vec();
    hello.resize(length as usize, 0);
    from.read_exact(&mut hello[4..]).await?;
    to.write_all(&hello).await?;
    let mut asked = Vec::new();
    loop {
        let message = message(&mut from).await?;
        let is_question = matches!(message[0], b'S' | b'Q');
        asked.extend(message);
        if is_question {
            passage.line(id, |line| line.unanswered += 1);
            passage.pass().await;
        }
        to.write_all(&asked).await?;
        asked.clear();
    }
}

async fn replies(id: u32, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, passage: &Passage) -> io::Result<()> {
    // The greeting of the database ends with "ready" too, and answers no question.
    let mut is_greeting = true;
    loop {
        let message = message(&mut from).await?;
        if message[0] == b'Z' {
            let is_idle = message[5] == b'I';
            passage.line(id, |line| {
                line.unanswered -= usize::from(!is_greeting);
                line.is_idle = is_idle;
            });
            is_greeting = false;
        }
        to.write_all(&message).await?;
    }
}
