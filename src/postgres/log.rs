//! The server's own log: a file that never grows beyond twice its limit.

use std::{
    fs::{self, File, OpenOptions},
    io::{PipeReader, Read, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

/// At this size the file becomes `….log.1`, in place of the former one.
const LIMIT: u64 = 4 * 1024 * 1024;
/// How much of the end is kept for error messages.
const TAIL: usize = 2_000;

/// The last words of a server. Clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct Tail(Arc<Mutex<Vec<u8>>>);

impl Tail {
    /// The last lines as text, without the first, cut one.
    pub(super) fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last_lines(&bytes)
    }

    fn push(&self, bytes: &[u8]) {
        let mut tail = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tail.extend_from_slice(bytes);
        let surplus = tail.len().saturating_sub(TAIL);
        tail.drain(..surplus);
    }
}

/// The end of what a program said, in whole lines.
pub(super) fn last_lines(bytes: &[u8]) -> String {
    let cut = bytes.len().saturating_sub(TAIL - 1);
    let text = String::from_utf8_lossy(&bytes[cut..]);
    let text = match text.split_once('\n') {
        Some((_, whole)) if cut > 0 => whole,
        _ => &text,
    };
    text.trim().to_owned()
}

/// Writes everything from `source` to the file until the last writer has closed it.
pub(super) fn keep(mut source: PipeReader, path: PathBuf) -> Tail {
    let tail = Tail::default();
    let kept = tail.clone();
    thread::spawn(move || {
        let mut file = LogFile::open(&path);
        let mut buffer = [0; 8192];
        while let Ok(length) = source.read(&mut buffer) {
            if length == 0 {
                break;
            }
            kept.push(&buffer[..length]);
            file.write(&buffer[..length]);
        }
    });
    tail
}

struct LogFile<'a> {
    path: &'a Path,
    file: Option<File>,
    size: u64,
}

impl<'a> LogFile<'a> {
    fn open(path: &'a Path) -> Self {
        let open = || OpenOptions::new().append(true).create(true).open(path);
        // Another user's file (root's, from an earlier start) is replaced.
        let file = open().or_else(|_| fs::remove_file(path).and_then(|()| open()));
        let file = file.inspect_err(|error| tracing::warn!(%error, ?path, "the database's log is not kept")).ok();
        let size = file.as_ref().and_then(|file| file.metadata().ok());
        let size = size.map_or(0, |found| found.len());
        Self { path, file, size }
    }

    /// Losing a log line is no reason to stop serving, so nothing here fails.
    fn write(&mut self, bytes: &[u8]) {
        if self.size > LIMIT {
            self.file = None;
            let _ = fs::rename(self.path, self.path.with_extension("log.1"));
            *self = Self::open(self.path);
        }
        if let Some(file) = &mut self.file {
            let _ = file.write_all(bytes);
            self.size += bytes.len() as u64;
        }
    }
}
