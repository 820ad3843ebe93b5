//! Stops what a killed predecessor left running on the same cluster.
//!
//! Found by the mark on the command line, which everybody may read, and only while the lock of
//! the folder is held: then no living program can be the parent. Afterwards the pid file is stale
//! by definition and goes too, for the server would take a reused number in it for a living one.

use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    thread::sleep,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use super::{PostgresError, place::Place};

/// What is tried one after the other, and for how long: roll back and end; end at once; be gone.
const STEPS: [(Signal, Duration); 3] = [
    (Signal::SIGINT, Duration::from_secs(10)),
    (Signal::SIGQUIT, Duration::from_secs(5)),
    (Signal::SIGKILL, Duration::from_secs(5)),
];

/// Ends every process of the cluster in `place` and removes its pid file.
pub(super) fn stop(place: &Place) -> Result<(), PostgresError> {
    for (signal, patience) in STEPS {
        let found = processes(place);
        if found.is_empty() {
            break;
        }
        tracing::warn!(?found, %signal, "stopping what an earlier start left running");
        for pid in found {
            // It may have ended meanwhile.
            let _ = kill(pid, signal);
        }
        let start = Instant::now();
        while start.elapsed() < patience && !processes(place).is_empty() {
            sleep(Duration::from_millis(10));
        }
    }
    if let Some(pid) = processes(place).first() {
        return Err(PostgresError::StillRunning { pid: pid.as_raw() });
    }
    let pid_file = place.data().join("postmaster.pid");
    match fs::remove_file(&pid_file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(PostgresError::file(pid_file)(error)),
        _ => Ok(()),
    }
}

fn processes(place: &Place) -> Vec<Pid> {
    let mark = place.mark();
    let ours = |number: i32| {
        let folder = format!("/proc/{number}");
        let name = fs::read_to_string(format!("{folder}/comm")).ok()?;
        // The wrapper carries the same arguments until it becomes the server.
        if !matches!(name.trim(), "postgres" | "setpriv") {
            return None;
        }
        if fs::metadata(&folder).ok()?.uid() != place.user().uid() {
            return None;
        }
        let line = fs::read(format!("{folder}/cmdline")).ok()?;
        line.windows(mark.len()).any(|part| part == mark.as_bytes()).then(|| Pid::from_raw(number))
    };
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    all.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter_map(ours).collect()
}
