//! A browser without a window: keeps cookies, follows redirects, fills fields by their label and
//! presses buttons by their words, so that a page that loses a label breaks a test.

use super::world::{PASSWORD, World};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use kuaidan::app::App;
use kuaidan::app::setup::Purpose;
use kuaidan::config::Config;
use kuaidan::web::{Web, router};
use scraper::{ElementRef, Html, Selector};
use std::collections::BTreeMap;
use tower::ServiceExt;

pub struct Browser {
    router: Router,
    cookies: BTreeMap<String, String>,
    pub path: String,
    pub status: StatusCode,
    pub html: String,
    /// The answer byte by byte, for what is no page.
    pub body: Vec<u8>,
    pub headers: HeaderMap,
    typed: Vec<(String, String)>,
    files: Vec<(String, String, Vec<u8>)>,
}

fn all(css: &str) -> Selector {
    Selector::parse(css).unwrap_or_else(|e| panic!("{css}: {e}"))
}

fn words(element: ElementRef<'_>) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Browser {
    pub fn new(router: Router) -> Self {
        Self {
            router,
            cookies: BTreeMap::new(),
            path: String::new(),
            status: StatusCode::OK,
            html: String::new(),
            body: Vec::new(),
            headers: HeaderMap::new(),
            typed: Vec::new(),
            files: Vec::new(),
        }
    }

    /// A browser at a company's web application.
    pub async fn at(world: &World) -> Self {
        Self::of(&world.app).await
    }

    /// A browser at one process of a company's.
    pub async fn of(app: &App) -> Self {
        let installation = app.installation(Purpose::Work).await.expect("installation");
        let config = Config::read(|_| None).expect("the defaults are fine");
        Self::new(router(Web::new(app.clone(), installation, &config)))
    }

    /// The same application, another browser.
    pub fn another(&self) -> Self {
        Self::new(self.router.clone())
    }

    /// Signs in with name and password, as everybody does.
    pub async fn sign_in(&mut self, login: &str) {
        self.open("/login").await;
        self.set("login", login).set("password", PASSWORD);
        self.submit("/login").await;
        assert_eq!(self.path, "/work", "sign-in of {login}: {} {}", self.status, self.text());
    }

    pub async fn open(&mut self, path: &str) -> StatusCode {
        self.send(Request::get(path).body(Body::empty()).expect("request")).await;
        self.status
    }

    /// Asks with the cookies and leaves the answer unread.
    pub async fn request(&self, path: &str, headers: &[(&'static str, &str)]) -> axum::response::Response {
        let line = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("; ");
        let mut request = Request::get(path).header(header::COOKIE, line).header(header::HOST, "kuaidan.test");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.router.clone().oneshot(request.body(Body::empty()).expect("request")).await.expect("infallible")
    }

    /// The application behind the browser, and the cookies as a line.
    pub fn behind(&self) -> (Router, String) {
        let line = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("; ");
        (self.router.clone(), line)
    }

    /// Sends a request as it is, with the cookies, and follows redirects.
    pub async fn send(&mut self, request: Request<Body>) {
        let mut request = request;
        self.typed.clear();
        self.files.clear();
        for _ in 0..8 {
            let path = request.uri().path_and_query().map_or_else(String::new, ToString::to_string);
            if !self.cookies.is_empty() {
                let line = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("; ");
                request.headers_mut().insert(header::COOKIE, line.parse().expect("cookie"));
            }
            request.headers_mut().insert(header::HOST, "kuaidan.test".parse().expect("host"));
            let response = self.router.clone().oneshot(request).await.expect("infallible");
            for line in response.headers().get_all(header::SET_COOKIE) {
                let line = line.to_str().expect("text");
                let (pair, rest) = line.split_once(';').unwrap_or((line, ""));
                let (name, value) = pair.split_once('=').expect("name=value");
                if rest.contains("Max-Age=0") || value.is_empty() {
                    self.cookies.remove(name);
                } else {
                    self.cookies.insert(name.to_owned(), value.to_owned());
                }
            }
            self.path = path;
            self.status = response.status();
            let location = response.headers().get(header::LOCATION).map(|l| l.to_str().expect("text").to_owned());
            self.headers = response.headers().clone();
            let bytes = to_bytes(response.into_body(), 50 << 20).await.expect("body");
            self.html = String::from_utf8_lossy(&bytes).into_owned();
            self.body = bytes.to_vec();
            match location {
                Some(to) if self.status.is_redirection() => {
                    request = Request::get(to).body(Body::empty()).expect("request");
                }
                _ => return,
            }
        }
        panic!("too many redirects at {}", self.path);
    }

    pub fn text(&self) -> String {
        words(Html::parse_document(&self.html).root_element())
    }

    pub fn sees(&self, what: &str) -> bool {
        self.text().contains(what)
    }

    /// Types into the control with this label (the first such label, or its n-th with `label#n`).
    pub fn fill(&mut self, label: &str, value: &str) -> &mut Self {
        let name = self.name_of(label);
        self.typed.push((name, value.to_owned()));
        self
    }

    /// Types into a control by its field code; repeated rows by `code#n`.
    pub fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.typed.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn attach(&mut self, name: &str, file: &str, content: &[u8]) -> &mut Self {
        self.files.push((name.to_owned(), file.to_owned(), content.to_vec()));
        self
    }

    fn name_of(&self, label: &str) -> String {
        let page = Html::parse_document(&self.html);
        let found = page.select(&all("label[for]")).find(|l| words(*l).starts_with(label));
        let id = found.and_then(|l| l.attr("for")).unwrap_or_else(|| panic!("no label {label:?} on {}", self.path));
        let control = page
            .select(&all(&format!("[id=\"{id}\"]")))
            .next()
            .unwrap_or_else(|| panic!("label {label:?} points nowhere"));
        control.attr("name").unwrap_or_else(|| panic!("{label:?} has no name")).to_owned()
    }

    /// Presses the button whose words start so.
    pub async fn press(&mut self, words_of: &str) -> StatusCode {
        let wanted = words_of.to_owned();
        self.press_where(move |_, button| words(button).starts_with(&wanted)).await
    }

    /// Presses the main button of the form that posts to an address ending so.
    pub async fn submit(&mut self, action_ends: &str) -> StatusCode {
        let wanted = action_ends.to_owned();
        self.press_where(move |action, button| {
            action.ends_with(&wanted)
                && !matches!(button.attr("name"), Some(n) if n.starts_with("add_") || n == "remove")
        })
        .await
    }

    /// Presses the button of this name and value in the form that posts to an address ending so.
    pub async fn choose(&mut self, action_ends: &str, name: &str, value: &str) -> StatusCode {
        let (wanted, name, value) = (action_ends.to_owned(), name.to_owned(), value.to_owned());
        self.press_where(move |action, button| {
            action.ends_with(&wanted) && button.attr("name") == Some(&name) && button.attr("value") == Some(&value)
        })
        .await
    }

    /// Sends fields of its own to an address, with a genuine key of this page: what no form offers.
    pub async fn post_raw(&mut self, action: &str, fields: &[(&str, &str)]) -> StatusCode {
        let key = {
            let page = Html::parse_document(&self.html);
            let input = page.select(&all("input[name=form_key]")).next();
            input.and_then(|i| i.attr("value")).unwrap_or_else(|| panic!("no key on {}", self.path)).to_owned()
        };
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair("form_key", &key);
        if !fields.iter().any(|(name, _)| *name == "version") {
            body.append_pair("version", "1");
        }
        body.extend_pairs(fields);
        let request = Request::post(action)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body.finish()))
            .expect("request");
        self.send(request).await;
        self.status
    }

    async fn press_where(&mut self, is_it: impl Fn(&str, ElementRef<'_>) -> bool) -> StatusCode {
        let request = {
            let page = Html::parse_document(&self.html);
            let buttons = all("button");
            let forms: Vec<ElementRef<'_>> = page.select(&all("form[method=post]")).collect();
            let found = forms.iter().find_map(|form| {
                let action_of = |button: ElementRef<'_>| {
                    let action = button.attr("formaction").or(form.attr("action")).unwrap_or(&self.path);
                    action.split('#').next().unwrap_or_default().to_owned()
                };
                // A button may belong to a form that stands elsewhere.
                let elsewhere =
                    page.select(&buttons).filter(|b| b.attr("form").is_some() && b.attr("form") == form.attr("id"));
                form.select(&buttons)
                    .chain(elsewhere)
                    .filter(|b| b.attr("type") != Some("button"))
                    .find(|b| is_it(&action_of(*b), *b))
                    .map(|b| (*form, action_of(b), b))
            });
            let Some((form, action, button)) = found else {
                panic!("no such button on {} ({}): {}", self.path, self.status, self.text());
            };
            self.request_of(form, &action, button)
        };
        self.send(request).await;
        self.status
    }

    fn request_of(&self, form: ElementRef<'_>, action: &str, button: ElementRef<'_>) -> Request<Body> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for control in form.select(&all("input[name], select[name], textarea[name]")) {
            let name = control.attr("name").unwrap_or_default().to_owned();
            let value = match control.value().name() {
                "select" => {
                    let options: Vec<ElementRef<'_>> = control.select(&all("option")).collect();
                    let chosen = options.iter().find(|o| o.attr("selected").is_some()).or(options.first());
                    chosen.map(|o| o.attr("value").map_or_else(|| words(*o), str::to_owned)).unwrap_or_default()
                }
                "textarea" => control.text().collect(),
                _ => match control.attr("type").unwrap_or("text") {
                    "checkbox" | "radio" if control.attr("checked").is_none() => continue,
                    "file" => continue,
                    _ => control.attr("value").unwrap_or_default().to_owned(),
                },
            };
            pairs.push((name, value));
        }
        for (name, value) in &self.typed {
            let (name, nth) = name.rsplit_once('#').map_or((name.as_str(), 1), |(n, i)| (n, i.parse().expect("row")));
            match pairs.iter_mut().filter(|(n, _)| n == name).nth(nth - 1) {
                Some((_, old)) => value.clone_into(old),
                None => pairs.push((name.to_owned(), value.clone())),
            }
        }
        if let Some(name) = button.attr("name") {
            pairs.push((name.to_owned(), button.attr("value").unwrap_or_default().to_owned()));
        }
        let post = Request::post(action).header("sec-fetch-site", "same-origin");
        if form.attr("enctype") == Some("multipart/form-data") {
            let mut body = Vec::new();
            for (name, value) in &pairs {
                body.extend_from_slice(
                    format!("--b0undary\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                        .as_bytes(),
                );
            }
            for (name, file, content) in &self.files {
                let head = format!(
                    "--b0undary\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
                );
                body.extend_from_slice(head.as_bytes());
                body.extend_from_slice(content);
                body.extend_from_slice(b"\r\n");
            }
            body.extend_from_slice(b"--b0undary--\r\n");
            return post
                .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b0undary")
                .body(Body::from(body))
                .expect("request");
        }
        assert!(self.files.is_empty(), "the form to {action} takes no files");
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(&pairs);
        post.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body.finish()))
            .expect("request")
    }

    /// Every address on the page that belongs to this site.
    pub fn links(&self) -> Vec<String> {
        let page = Html::parse_document(&self.html);
        page.select(&all("a[href^='/']")).filter_map(|a| a.attr("href")).map(str::to_owned).collect()
    }

    /// The numbers of the deals that the page has as rows or cards, sorted.
    pub fn deals(&self) -> Vec<String> {
        let page = Html::parse_document(&self.html);
        let mut found: Vec<String> =
            page.select(&all("[data-key^='CD-']")).filter_map(|e| e.attr("data-key")).map(str::to_owned).collect();
        found.sort();
        found.dedup();
        found
    }

    /// The words of everything that this selector finds.
    pub fn words_of(&self, css: &str) -> Vec<String> {
        Html::parse_document(&self.html).select(&all(css)).map(words).collect()
    }

    /// The addresses of the links that this selector finds.
    pub fn hrefs(&self, css: &str) -> Vec<String> {
        let page = Html::parse_document(&self.html);
        page.select(&all(css)).filter_map(|e| e.attr("href")).map(str::to_owned).collect()
    }

    /// What is wrong with the page as a document.
    pub fn faults(&self) -> Vec<String> {
        let page = Html::parse_document(&self.html);
        let mut out = Vec::new();
        if page.select(&all("h1")).count() != 1 {
            out.push(format!("{} h1", page.select(&all("h1")).count()));
        }
        for control in page.select(&all("input:not([type=hidden]), select, textarea")) {
            let id = control.attr("id").unwrap_or_default();
            let labelled = control.attr("aria-label").is_some()
                || (!id.is_empty() && page.select(&all(&format!("label[for=\"{id}\"]"))).next().is_some())
                || control.ancestors().filter_map(ElementRef::wrap).any(|a| a.value().name() == "label");
            if !labelled {
                out.push(format!("no label for {}", control.attr("name").unwrap_or(id)));
            }
        }
        out
    }
}
