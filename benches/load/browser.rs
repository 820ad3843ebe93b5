//! A person at a browser: one connection that is kept, cookies, forms filled from the page.

use scraper::{ElementRef, Html, Selector};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

pub struct Browser {
    port: u16,
    line: BufReader<TcpStream>,
    cookies: BTreeMap<String, String>,
}

pub struct Answer {
    pub status: u16,
    pub location: Option<String>,
    pub body: String,
}

/// A form as the page offers it, ready to be sent.
#[derive(Clone)]
pub struct Form {
    pub action: String,
    pub fields: Vec<(String, String)>,
    is_multipart: bool,
}

fn all(css: &str) -> Selector {
    Selector::parse(css).unwrap_or_else(|e| panic!("{css}: {e}"))
}

fn connect(port: u16) -> BufReader<TcpStream> {
    let line = TcpStream::connect(("127.0.0.1", port)).expect("the program answers");
    line.set_nodelay(true).expect("a socket");
    line.set_read_timeout(Some(Duration::from_mins(2))).expect("a socket");
    BufReader::new(line)
}

impl Browser {
    pub fn new(port: u16) -> Self {
        Self { port, line: connect(port), cookies: BTreeMap::new() }
    }

    /// Signed in with the password of the demonstration. When a crowd signs in, some are asked to come again.
    pub fn of(port: u16, login: &str) -> Self {
        let mut browser = Self::new(port);
        let sign_in = |browser: &mut Self| {
            let page = browser.get("/login");
            let mut form = Form::of(&page.body, "/login");
            form.set("login", login);
            form.set("password", "kuaidan-demo");
            browser.post(&form)
        };
        let mut answer = sign_in(&mut browser);
        for _ in 0..60 {
            if answer.status != 429 {
                break;
            }
            std::thread::sleep(Duration::from_secs(1));
            answer = sign_in(&mut browser);
        }
        assert_eq!((answer.status, answer.location.as_deref()), (303, Some("/work")), "sign-in of {login}");
        browser
    }

    /// The same session over a connection of its own.
    pub fn again(&self) -> Self {
        Self { port: self.port, line: connect(self.port), cookies: self.cookies.clone() }
    }

    pub fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, "", &[])
    }

    /// The page, which must be one.
    pub fn page(&mut self, path: &str) -> String {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.location.unwrap_or_default());
        answer.body
    }

    pub fn post(&mut self, form: &Form) -> Answer {
        if form.is_multipart {
            return self.post_with(form, &[]);
        }
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(&form.fields);
        self.send("POST", &form.action, "application/x-www-form-urlencoded", body.finish().as_bytes())
    }

    pub fn post_with(&mut self, form: &Form, files: &[(&str, &str, &[u8])]) -> Answer {
        let mut body = Vec::new();
        for (name, value) in &form.fields {
            let part = format!("--b0undary\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        for (name, file, content) in files {
            let head = format!(
                "--b0undary\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--b0undary--\r\n");
        self.send("POST", &form.action, "multipart/form-data; boundary=b0undary", &body)
    }

    fn send(&mut self, method: &str, path: &str, kind: &str, body: &[u8]) -> Answer {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n", self.port);
        if !self.cookies.is_empty() {
            let cookies: Vec<String> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
            let _ = write!(head, "Cookie: {}\r\n", cookies.join("; "));
        }
        if method == "POST" {
            let _ = write!(
                head,
                "Sec-Fetch-Site: same-origin\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n",
                body.len()
            );
        }
        head.push_str("\r\n");
        let mut message = head.into_bytes();
        message.extend_from_slice(body);
        // A connection that was idle for long may have been closed.
        if self.line.get_mut().write_all(&message).is_err() || self.line.fill_buf().map_or(true, <[u8]>::is_empty) {
            self.line = connect(self.port);
            self.line.get_mut().write_all(&message).expect("the program reads");
        }
        self.answer()
    }

    fn head_line(&mut self) -> String {
        let mut line = String::new();
        self.line.read_line(&mut line).expect("the program answers");
        line.trim_end().to_owned()
    }

    fn answer(&mut self) -> Answer {
        let first = self.head_line();
        let status =
            first.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or_else(|| panic!("no status in {first:?}"));
        let (mut length, mut is_chunked, mut location, mut is_closing) = (None, false, None, false);
        loop {
            let line = self.head_line();
            let Some((name, value)) = line.split_once(": ") else { break };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse::<usize>().ok(),
                "transfer-encoding" => is_chunked = value.contains("chunked"),
                "connection" => is_closing = value.eq_ignore_ascii_case("close"),
                "location" => location = Some(value.to_owned()),
                "set-cookie" => {
                    let (name, value) = value.split(';').next().and_then(|p| p.split_once('=')).expect("name=value");
                    self.cookies.insert(name.to_owned(), value.to_owned());
                }
                _ => {}
            }
        }
        let mut body = Vec::new();
        if is_chunked {
            loop {
                let size = usize::from_str_radix(&self.head_line(), 16).expect("a length");
                let mut part = vec![0; size + 2];
                self.line.read_exact(&mut part).expect("a part");
                if size == 0 {
                    break;
                }
                body.extend_from_slice(&part[..size]);
            }
        } else if let Some(length) = length {
            body.resize(length, 0);
            self.line.read_exact(&mut body).expect("a body");
        }
        if is_closing {
            self.line = connect(self.port);
        }
        Answer { status, location, body: String::from_utf8_lossy(&body).into_owned() }
    }

    /// Opens a stream and hands its lines to `each` until that says it had enough.
    pub fn listen(&mut self, path: &str, mut each: impl FnMut(&str) -> bool) {
        let cookies: Vec<String> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nCookie: {}\r\nAccept: text/event-stream\r\n\r\n",
            self.port,
            cookies.join("; ")
        );
        self.line.get_mut().write_all(head.as_bytes()).expect("the program reads");
        let first = self.head_line();
        assert!(first.contains(" 200"), "{path}: {first}");
        loop {
            let mut line = String::new();
            if self.line.read_line(&mut line).unwrap_or(0) == 0 || !each(line.trim_end()) {
                return;
            }
        }
    }
}

impl Form {
    /// The form of the page that posts to an address ending so, with the first button that sends it.
    pub fn of(html: &str, action_ends: &str) -> Self {
        Self::find(html, action_ends).unwrap_or_else(|| {
            let start: String = Html::parse_document(html)
                .root_element()
                .text()
                .collect::<String>()
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            panic!("no form to {action_ends}: {}", start.chars().take(600).collect::<String>())
        })
    }

    pub fn find(html: &str, action_ends: &str) -> Option<Self> {
        let page = Html::parse_document(html);
        let forms = all("form[method=post]");
        let form = page.select(&forms).find(|f| f.attr("action").is_some_and(|a| a.ends_with(action_ends)))?;
        let mut fields = Vec::new();
        for control in form.select(&all("input[name], select[name], textarea[name]")) {
            let name = control.attr("name").unwrap_or_default().to_owned();
            if let Some(value) = value_of(control) {
                fields.push((name, value));
            }
        }
        Some(Self {
            action: form.attr("action").unwrap_or_default().to_owned(),
            fields,
            is_multipart: form.attr("enctype") == Some("multipart/form-data"),
        })
    }

    /// Types into a field; a field that the page has not is added.
    pub fn set(&mut self, name: &str, value: &str) {
        match self.fields.iter_mut().find(|(n, _)| n == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.fields.push((name.to_owned(), value.to_owned())),
        }
    }

    /// Marks the first choice of every question that has none.
    pub fn answer_all(&mut self, html: &str, action_ends: &str) {
        let page = Html::parse_document(html);
        let forms = all("form[method=post]");
        let form = page.select(&forms).find(|f| f.attr("action").is_some_and(|a| a.ends_with(action_ends)));
        let Some(form) = form else { return };
        for radio in form.select(&all("input[type=radio]")) {
            let name = radio.attr("name").unwrap_or_default();
            if self.value(name).is_none() {
                self.fields.push((name.to_owned(), radio.attr("value").unwrap_or_default().to_owned()));
            }
        }
    }

    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

fn value_of(control: ElementRef<'_>) -> Option<String> {
    match control.value().name() {
        "select" => {
            let options: Vec<ElementRef<'_>> = control.select(&all("option")).collect();
            let chosen = options.iter().find(|o| o.attr("selected").is_some()).or(options.first())?;
            Some(chosen.attr("value").map_or_else(|| chosen.text().collect(), str::to_owned))
        }
        "textarea" => Some(control.text().collect()),
        _ => match control.attr("type").unwrap_or("text") {
            "checkbox" | "radio" if control.attr("checked").is_none() => None,
            "file" => None,
            _ => Some(control.attr("value").unwrap_or_default().to_owned()),
        },
    }
}
