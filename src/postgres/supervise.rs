//! Starts the server, watches over it, stops it.
//!
//! One thread does all three, for two reasons: the kernel's parent-death signal follows the
//! *thread* that started a process, and only the one who reaps a process can signal its number
//! without hitting a stranger. A server that ends by itself is started again.

use std::{
    ffi::OsString,
    fs,
    path::PathBuf,
    process::{Child, ExitStatus},
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use super::{
    PostgresError,
    log::{self, Tail},
    orphans,
    place::Place,
};

/// Recovery after a crash may take its time.
const START_PATIENCE: Duration = Duration::from_mins(5);
/// How often the watcher looks whether the server still runs.
const LOOK: Duration = Duration::from_millis(500);
/// Roll back and end; end at once. Then SIGKILL.
const STOP_STEPS: [(Signal, Duration); 2] =
    [(Signal::SIGINT, Duration::from_mins(1)), (Signal::SIGQUIT, Duration::from_secs(10))];

/// Everything that one start of the server needs.
#[derive(Debug)]
pub(super) struct Launch {
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<OsString>,
    /// The signal's name that ends the server when this program dies.
    pub(super) death_signal: &'static str,
    pub(super) socket_dir: PathBuf,
    pub(super) place: Place,
}

/// A running server and the thread that holds it.
#[derive(Debug)]
pub(super) struct Supervisor {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Supervisor {
    /// Starts the server and returns when it accepts connections.
    pub(super) fn start(launch: Launch) -> Result<Self, PostgresError> {
        let (stop, stopped) = mpsc::channel();
        let (report, outcome) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("postgres".to_owned())
            .spawn(move || match launch.start(&stopped) {
                Ok(child) => {
                    let _ = report.send(Ok(()));
                    launch.watch(child, &stopped);
                }
                Err(error) => {
                    let _ = report.send(Err(error));
                }
            })
            .map_err(PostgresError::file("postgres"))?;
        let supervisor = Self { stop: Some(stop), thread: Some(thread) };
        match outcome.recv() {
            Ok(outcome) => outcome.map(|()| supervisor),
            Err(_) => {
                Err(PostgresError::Program { program: "postgres".to_owned(), output: "its thread ended".to_owned() })
            }
        }
    }

    /// Stops the server and waits for its end.
    pub(super) fn stop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of the database server panicked");
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Launch {
    /// Spawns the server and waits until it is ready.
    fn start(&self, stopped: &Receiver<()>) -> Result<Child, PostgresError> {
        let (mut child, tail) = self.spawn()?;
        let begun = Instant::now();
        loop {
            if self.is_ready(&child) {
                return Ok(child);
            }
            if let Ok(Some(status)) = child.try_wait() {
                return Err(self.ended(status, &tail));
            }
            let told = stopped.recv_timeout(Duration::from_millis(5));
            if begun.elapsed() > START_PATIENCE || told == Err(RecvTimeoutError::Disconnected) {
                end(&mut child);
                return Err(PostgresError::Slow { seconds: begun.elapsed().as_secs(), log: self.place.log() });
            }
        }
    }

    fn spawn(&self) -> Result<(Child, Tail), PostgresError> {
        let (reader, writer) = std::io::pipe().map_err(PostgresError::file("pipe"))?;
        let again = writer.try_clone().map_err(PostgresError::file("pipe"))?;
        let child = self
            .place
            .user()
            .command_tied_to_thread(self.death_signal, &self.program)
            .args(&self.arguments)
            .stdout(again)
            .stderr(writer)
            .spawn()
            .map_err(PostgresError::file(&self.program))?;
        Ok((child, log::keep(reader, self.place.log())))
    }

    /// The server writes its number into line 1 and its state into line 8.
    fn is_ready(&self, child: &Child) -> bool {
        let Ok(text) = fs::read_to_string(self.place.data().join("postmaster.pid")) else {
            return false;
        };
        let mut lines = text.lines();
        lines.next() == Some(&child.id().to_string()) && lines.nth(6).is_some_and(|state| state.trim() == "ready")
    }

    fn ended(&self, status: ExitStatus, tail: &Tail) -> PostgresError {
        // The last words may still be on their way through the pipe.
        thread::sleep(Duration::from_millis(50));
        PostgresError::Ended { status: status.to_string(), log: self.place.log(), output: tail.text() }
    }

    /// Keeps the server running until told to stop.
    fn watch(&self, mut child: Child, stopped: &Receiver<()>) {
        loop {
            if stopped.recv_timeout(LOOK) == Err(RecvTimeoutError::Disconnected) {
                end(&mut child);
                return;
            }
            if let Ok(Some(status)) = child.try_wait() {
                tracing::error!(%status, "the database server ended by itself, starting it again");
                match self.start_again(stopped) {
                    Some(next) => child = next,
                    None => return,
                }
            }
        }
    }

    /// Tries until it works or the program stops; `None` means the latter.
    fn start_again(&self, stopped: &Receiver<()>) -> Option<Child> {
        let mut pause = Duration::from_millis(100);
        loop {
            let attempt = orphans::stop(&self.place)
                .and_then(|()| self.place.make_private(&self.socket_dir))
                .and_then(|()| self.start(stopped));
            match attempt {
                Ok(child) => return Some(child),
                Err(error) => tracing::error!(%error, "the database server does not start"),
            }
            if stopped.recv_timeout(pause) == Err(RecvTimeoutError::Disconnected) {
                return None;
            }
            pause = (pause * 2).min(Duration::from_secs(30));
        }
    }
}

/// Ends a server and reaps it.
fn end(child: &mut Child) {
    let number = i32::try_from(child.id()).expect("the kernel's process numbers are positive");
    for (signal, patience) in STOP_STEPS {
        // Not reaped yet, so the number is still its own.
        let _ = kill(Pid::from_raw(number), signal);
        let begun = Instant::now();
        while begun.elapsed() < patience {
            match child.try_wait() {
                Ok(None) => thread::sleep(Duration::from_millis(2)),
                _ => return,
            }
        }
        tracing::warn!(%signal, "the database server does not end");
    }
    let _ = child.kill();
    let _ = child.wait();
}
