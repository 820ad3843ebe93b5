//! An open page's stream of events, read piece by piece.

use super::browser::Browser;
use axum::body::Body;
use axum::http::StatusCode;
use http_body_util::BodyExt as _;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::timeout;

/// One event: its kind, its number, what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    pub kind: String,
    pub id: String,
    pub data: String,
}

pub struct Stream {
    body: Body,
    text: String,
    events: VecDeque<Heard>,
    pub last: String,
    /// Everything that came, byte by byte.
    pub raw: String,
}

fn event(block: &str) -> Option<Heard> {
    let field =
        |name: &str| block.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(':')).map(|v| v.trim().to_owned());
    // As browsers do: an event without data is none.
    let data = field("data").filter(|data| !data.is_empty())?;
    Some(Heard { kind: field("event")?, id: field("id").unwrap_or_default(), data })
}

impl Stream {
    /// Opens a stream that has to be given, and waits for its greeting.
    pub async fn open(browser: &Browser, path: &str, last: Option<&str>) -> Self {
        let headers: Vec<(&'static str, &str)> = last.iter().map(|id| ("last-event-id", *id)).collect();
        let response = browser.request(path, &headers).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-cache");
        let mut stream = Self {
            body: response.into_body(),
            text: String::new(),
            events: VecDeque::new(),
            last: last.unwrap_or_default().to_owned(),
            raw: String::new(),
        };
        let hello = stream.next().await.expect("a greeting");
        assert_eq!(hello.kind, "hello");
        stream
    }

    /// The next event within two seconds; none at the end of the stream.
    pub async fn next(&mut self) -> Option<Heard> {
        timeout(Duration::from_secs(2), self.wait()).await.expect("an event or the end within two seconds")
    }

    /// What comes within this time, or nothing.
    pub async fn within(&mut self, time: Duration) -> Option<Heard> {
        timeout(time, self.wait()).await.ok().flatten()
    }

    async fn wait(&mut self) -> Option<Heard> {
        loop {
            if let Some(heard) = self.events.pop_front() {
                if !heard.id.is_empty() {
                    self.last.clone_from(&heard.id);
                }
                return Some(heard);
            }
            let frame = self.body.frame().await?.expect("a readable stream");
            if let Ok(data) = frame.into_data() {
                let piece = String::from_utf8_lossy(&data).into_owned();
                self.raw.push_str(&piece);
                self.text.push_str(&piece);
            }
            while let Some(end) = self.text.find("\n\n") {
                let block: String = self.text.drain(..end + 2).collect();
                self.events.extend(event(&block));
            }
        }
    }

    /// The numbers of the deals that are told until it is silent for a moment.
    pub async fn deals(&mut self) -> Vec<String> {
        self.deals_until(Duration::from_millis(400)).await
    }

    /// The same with another moment of silence.
    pub async fn deals_until(&mut self, silence: Duration) -> Vec<String> {
        let mut told = Vec::new();
        while let Some(heard) = self.within(silence).await {
            if heard.kind == "deal" {
                let no = heard.data.split('"').nth(3).unwrap_or_default().to_owned();
                if !told.contains(&no) {
                    told.push(no);
                }
            } else {
                told.push(heard.kind);
            }
        }
        told
    }
}
