//! The printed forms, read back with pdftotext: the story's numbers, marks, hashes, who may print what.

#[path = "documents/contract.rs"]
mod contract;
#[path = "documents/details.rs"]
mod details;
#[path = "documents/paper.rs"]
mod paper;
#[path = "documents/rounding.rs"]
mod rounding;
#[path = "documents/rounds.rs"]
mod rounds;
#[path = "documents/stories.rs"]
mod stories;

use crate::harness::browser::Browser;
use axum::http::StatusCode;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// What a tool of poppler says about a PDF.
fn asked(tool: &str, options: &[&str], pdf: &[u8]) -> String {
    let run = Command::new(tool).args(options).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut run = run.unwrap_or_else(|e| {
        panic!("{tool} cannot be run ({e}): install the Debian package poppler-utils (tools/install.sh documents)")
    });
    let mut input = run.stdin.take().expect("a pipe");
    let sent = pdf.to_vec();
    let writer = std::thread::spawn(move || input.write_all(&sent));
    let out = run.wait_with_output().expect("the tool ends");
    writer.join().expect("the writer ends").expect("the tool reads everything");
    assert!(out.status.success(), "{tool}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).expect("UTF-8")
}

/// The text of a PDF without any white space, as somebody searching in it would find it.
pub fn text_of(pdf: &[u8]) -> String {
    // In the order of writing, so that slanted words stay together.
    squeezed(&asked("pdftotext", &["-raw", "-enc", "UTF-8", "-", "-"], pdf))
}

/// The fonts of a PDF, one line each.
pub fn fonts_of(pdf: &[u8]) -> Vec<String> {
    asked("pdffonts", &["-"], pdf).lines().skip(2).map(str::to_owned).collect()
}

pub fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Opens a PDF and gives its text.
async fn printed(b: &mut Browser, path: &str) -> String {
    assert_eq!(b.open(path).await, StatusCode::OK, "{path}: {}", b.text());
    assert!(b.body.starts_with(b"%PDF-"), "{path} is no PDF");
    text_of(&b.body)
}
