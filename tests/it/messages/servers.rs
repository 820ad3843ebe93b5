//! A mail server and a web server on this machine that write down what they are sent.

use base64::Engine as _;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto};

/// Who vouches for both servers; nobody else does.
pub const AUTHORITY: &str = include_str!("cert/authority.pem");

fn acceptor() -> TlsAcceptor {
    let chain = CertificateDer::pem_slice_iter(include_bytes!("cert/server.pem")).collect::<Result<Vec<_>, _>>();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("cert/server.key")).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(chain.expect("a chain"), key)
        .expect("a certificate");
    TlsAcceptor::from(Arc::new(config))
}

/// A mail as it came.
#[derive(Debug, Clone)]
pub struct Mail {
    pub from: String,
    pub to: String,
    pub login: Option<String>,
    pub is_protected: bool,
    pub source: String,
}

/// A mail server with STARTTLS; answers to RCPT may be put in line, 250 otherwise.
pub struct MailServer {
    pub port: u16,
    pub mails: Arc<Mutex<Vec<Mail>>>,
    pub answers: Arc<Mutex<VecDeque<&'static str>>>,
}

impl MailServer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (mails, answers) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(VecDeque::new())));
        let (kept, lined) = (Arc::clone(&mails), Arc::clone(&answers));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (kept, lined) = (Arc::clone(&kept), Arc::clone(&lined));
                tokio::spawn(async move {
                    // A client that leaves in the middle is what some tests are about.
                    let _ = serve_mail(stream, &kept, &lined).await;
                });
            }
        });
        Self { port, mails, answers }
    }

    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().expect("unharmed").clone()
    }
}

async fn serve_mail(
    stream: TcpStream,
    kept: &Mutex<Vec<Mail>>,
    lined: &Mutex<VecDeque<&'static str>>,
) -> std::io::Result<()> {
    let mut plain = BufReader::new(stream);
    plain.get_mut().write_all(b"220 mail.test ESMTP\r\n").await?;
    if dialogue(&mut plain, kept, lined, false).await? {
        let mut protected = BufReader::new(acceptor().accept(plain.into_inner()).await?);
        dialogue(&mut protected, kept, lined, true).await?;
    }
    Ok(())
}

/// True when the client wants protection from here on.
async fn dialogue<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut BufReader<S>,
    kept: &Mutex<Vec<Mail>>,
    lined: &Mutex<VecDeque<&'static str>>,
    is_protected: bool,
) -> std::io::Result<bool> {
    let (mut from, mut to, mut login) = (String::new(), String::new(), None);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(false);
        }
        let line = line.trim_end();
        let address = || line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        let answer = match line.split(' ').next().unwrap_or_default().to_uppercase().as_str() {
            "EHLO" if is_protected => "250-mail.test\r\n250 AUTH PLAIN\r\n".to_owned(),
            "EHLO" => "250-mail.test\r\n250 STARTTLS\r\n".to_owned(),
            "STARTTLS" => {
                stream.get_mut().write_all(b"220 go on\r\n").await?;
                return Ok(true);
            }
            "AUTH" => {
                let word = line.rsplit(' ').next().unwrap_or_default();
                let word = base64::engine::general_purpose::STANDARD.decode(word).unwrap_or_default();
                login = Some(String::from_utf8_lossy(&word).replace('\0', ":"));
                "235 welcome\r\n".to_owned()
            }
            "MAIL" => {
                from = address();
                "250 ok\r\n".to_owned()
            }
            "RCPT" => {
                to = address();
                format!("{}\r\n", lined.lock().expect("unharmed").pop_front().unwrap_or("250 ok"))
            }
            "DATA" => {
                stream.get_mut().write_all(b"354 go on\r\n").await?;
                let mut source = String::new();
                loop {
                    let mut line = String::new();
                    if stream.read_line(&mut line).await? == 0 {
                        return Ok(false);
                    }
                    if line == ".\r\n" {
                        break;
                    }
                    source.push_str(line.strip_prefix('.').unwrap_or(&line));
                }
                let mail = Mail { from: from.clone(), to: to.clone(), login: login.clone(), is_protected, source };
                kept.lock().expect("unharmed").push(mail);
                "250 taken\r\n".to_owned()
            }
            "QUIT" => {
                stream.get_mut().write_all(b"221 bye\r\n").await?;
                return Ok(false);
            }
            _ => "502 what?\r\n".to_owned(),
        };
        stream.get_mut().write_all(answer.as_bytes()).await?;
    }
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    pub target: String,
    pub head: String,
    pub body: String,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<String> {
        self.head.lines().find_map(|line| {
            let (n, value) = line.split_once(':')?;
            n.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }

    pub fn query(&self, name: &str) -> Option<String> {
        let query = self.target.split_once('?')?.1;
        form_urlencoded::parse(query.as_bytes()).find(|(n, _)| n == name).map(|(_, v)| v.into_owned())
    }
}

/// A web server; answers may be put in line: status line with headers, then the body.
pub struct WebServer {
    pub port: u16,
    pub requests: Arc<Mutex<Vec<Request>>>,
    pub answers: Arc<Mutex<VecDeque<(&'static str, &'static str)>>>,
}

impl WebServer {
    pub async fn start() -> Self {
        Self::serve(None).await
    }

    pub async fn start_protected() -> Self {
        Self::serve(Some(acceptor())).await
    }

    async fn serve(tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (requests, answers) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(VecDeque::new())));
        let (kept, lined) = (Arc::clone(&requests), Arc::clone(&answers));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (kept, lined, tls) = (Arc::clone(&kept), Arc::clone(&lined), tls.clone());
                tokio::spawn(async move {
                    let _ = match tls {
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => answer(stream, &kept, &lined).await,
                            Err(error) => Err(error),
                        },
                        None => answer(stream, &kept, &lined).await,
                    };
                });
            }
        });
        Self { port, requests, answers }
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("unharmed").clone()
    }

    pub fn answer_next(&self, head: &'static str, body: &'static str) {
        self.answers.lock().expect("unharmed").push_back((head, body));
    }
}

async fn answer<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    kept: &Mutex<Vec<Request>>,
    lined: &Mutex<VecDeque<(&'static str, &'static str)>>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let mut request =
        Request { target: head.split(' ').nth(1).unwrap_or_default().to_owned(), head, body: String::new() };
    let length = request.header("content-length").and_then(|n| n.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    request.body = String::from_utf8(body).expect("UTF-8");
    kept.lock().expect("unharmed").push(request);
    let (status, body) = lined
        .lock()
        .expect("unharmed")
        .pop_front()
        .unwrap_or(("200 OK", r#"{"errcode":0,"errmsg":"ok","code":0,"msg":"success"}"#));
    let text = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    stream.get_mut().write_all(text.as_bytes()).await?;
    stream.get_mut().shutdown().await
}
