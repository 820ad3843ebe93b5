//! The program as people run it: its own process, its own `PostgreSQL` on the disk with `fsync` on.

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgConnection};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Processor time of a moment, in clock ticks of ten milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Cpu {
    pub server: u64,
    pub database: u64,
}

pub struct Server {
    child: Child,
    pub port: u16,
    pub folder: PathBuf,
    postmaster: u32,
}

/// Where companies are kept between runs: `--companies=…`, else a temporary folder.
fn companies() -> PathBuf {
    argument("companies").map_or_else(|| std::env::temp_dir().join("kuaidan-bench"), PathBuf::from)
}

/// The value of `--name=…` of this run.
pub fn argument(name: &str) -> Option<String> {
    std::env::args().find_map(|a| a.strip_prefix(&format!("--{name}=")).map(str::to_owned))
}

/// The program that is measured: `--program=…`, else the one built with the benchmark.
fn program() -> Command {
    Command::new(argument("program").unwrap_or_else(|| env!("CARGO_BIN_EXE_kuaidan").to_owned()))
}

/// The folder of a company of these sizes, made now unless a former run left it.
pub fn company(name: &str, sizes: &[&str]) -> PathBuf {
    let folder = companies().join(name);
    let made = folder.join("made");
    let wanted = sizes.join(" ");
    if fs::read_to_string(&made).is_ok_and(|found| found == wanted) {
        return folder;
    }
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("an old company goes");
    }
    fs::create_dir_all(&folder).expect("a folder");
    let start = Instant::now();
    let status = program()
        .arg("bench-data")
        .arg("--data-dir")
        .arg(&folder)
        .args(sizes)
        .env("RUST_LOG", "warn")
        .status()
        .expect("the program runs");
    assert!(status.success(), "bench-data failed");
    fs::write(made, wanted).expect("a note");
    println!("company {name} ({}) made in {:.0?}", sizes.join(" "), start.elapsed());
    folder
}

/// A copy of a company that a benchmark may change and throw away.
pub fn copy_of(folder: &Path, name: &str) -> PathBuf {
    let copy = companies().join(name);
    if copy.exists() {
        fs::remove_dir_all(&copy).expect("an old copy goes");
    }
    let status = Command::new("cp").arg("-a").arg(folder).arg(&copy).status().expect("cp runs");
    assert!(status.success(), "the company could not be copied");
    copy
}

impl Server {
    pub fn start(folder: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
        let child = program()
            .arg("serve")
            .arg("--data-dir")
            .arg(folder)
            .arg("--listen")
            .arg(format!("127.0.0.1:{port}"))
            .env("RUST_LOG", "error")
            .stdout(Stdio::null())
            .spawn()
            .expect("the program starts");
        let mut server = Self { child, port, folder: folder.to_path_buf(), postmaster: 0 };
        let begin = Instant::now();
        while !is_ready(port) {
            assert!(begin.elapsed() < Duration::from_mins(1), "the program does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        let pid_file = folder.join("postgres/data/postmaster.pid");
        let postmaster = fs::read_to_string(pid_file).expect("the database runs");
        server.postmaster = postmaster.lines().next().and_then(|l| l.trim().parse().ok()).expect("a process");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(server.settled(begin));
        server
    }

    /// Waits until the jobs of the program were through once: the next time is minutes away.
    async fn settled(&self, begin: Instant) {
        let mut conn = self.database().await;
        loop {
            let seconds = i32::try_from(begin.elapsed().as_secs() + 1).expect("soon");
            let through: bool = sqlx::query_scalar(
                "SELECT EXISTS (SELECT FROM job_run WHERE step = 'make_facts' AND ran_at > now() - make_interval(secs => $1))",
            )
            .bind(f64::from(seconds))
            .fetch_one(&mut conn)
            .await
            .expect("the jobs");
            if through {
                let took = begin.elapsed();
                if took > Duration::from_secs(10) {
                    println!("the first round of jobs took {took:.0?}");
                }
                return;
            }
            assert!(begin.elapsed() < Duration::from_mins(30), "the jobs do not end");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    fn options(&self, user: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(self.folder.join("postgres/sock"))
            .username(user)
            .database("kuaidan")
            .options([("statement_timeout", "0")])
    }

    /// A connection beside the program's, for bare statements and for looking things up.
    pub async fn database(&self) -> PgConnection {
        self.options("kuaidan_owner").connect().await.expect("the database answers")
    }

    pub fn cpu(&self) -> Cpu {
        let database = fs::read_dir("/proc")
            .expect("processes")
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter_map(stat)
            .filter(|s| s.pid == self.postmaster || s.parent == self.postmaster)
            .map(|s| if s.pid == self.postmaster { s.own + s.children } else { s.own })
            .sum();
        Cpu { server: stat(self.child.id()).map_or(0, |s| s.own), database }
    }

    /// Resident memory of the program, in KiB: now and at most.
    pub fn memory(&self) -> (u64, u64) {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("a process");
        let of = |key: &str| {
            let line = status.lines().find(|l| l.starts_with(key)).unwrap_or_default();
            line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or(0)
        };
        (of("VmRSS:"), of("VmHWM:"))
    }
}

/// The address is taken long before the program serves.
fn is_ready(port: u16) -> bool {
    let asked = TcpStream::connect(("127.0.0.1", port)).and_then(|mut stream| {
        stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    });
    asked.is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

impl Drop for Server {
    fn drop(&mut self) {
        // Asked to end as an operator asks, so that the database stops with it.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

struct Stat {
    pid: u32,
    parent: u32,
    own: u64,
    children: u64,
}

fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in brackets may hold anything.
    let rest: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |at: usize| rest.get(at).and_then(|n| n.parse::<u64>().ok());
    Some(Stat {
        pid,
        parent: rest.get(1)?.parse().ok()?,
        own: number(11)? + number(12)?,
        children: number(13)? + number(14)?,
    })
}
