//! Mail by SMTP: plain text and HTML in one message, in the reader's language.
//!
//! The connection is protected (STARTTLS or TLS from the start) and the certificate checked;
//! without protection only to this machine. The message id is the letter's, so that a second
//! delivery of the same letter can be recognised.

use super::{Letter, Route, post};
use crate::domain::message::{MailSecurity, Trouble, TroubleKind};
use chrono::{DateTime, Utc};
use mail_builder::MessageBuilder;
use mail_builder::headers::raw::Raw;
use mail_send::smtp::AssertReply;
use mail_send::smtp::message::Parameters;
use mail_send::{Credentials, Error, SmtpClient};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

fn settings(what: &str) -> Trouble {
    Trouble::new(TroubleKind::Settings, what)
}

/// The message byte by byte, but for the boundary between its parts.
fn message(letter: &Letter, from: &str, to: &str, now: DateTime<Utc>) -> Result<Vec<u8>, Trouble> {
    let domain = from.split_once('@').map_or("localhost", |(_, domain)| domain);
    MessageBuilder::new()
        .from((letter.sender.clone(), from.to_owned()))
        .to((letter.name.clone(), to.to_owned()))
        .subject(letter.subject.clone())
        .date(now.timestamp())
        .message_id(format!("{}@{domain}", letter.id))
        .header("Auto-Submitted", Raw::new("auto-generated"))
        .text_body(letter.plain(usize::MAX))
        .html_body(letter.html())
        .write_to_vec()
        .map_err(|e| settings(&e.to_string()))
}

/// Protects the connection as the settings say, and speaks.
async fn deliver(route: &Route, from: &str, to: &str, message: &[u8]) -> Result<(), Trouble> {
    let host = route.settings.host.as_str();
    let security = route.settings.security.unwrap_or(MailSecurity::Starttls);
    let is_here = ["127.0.0.1", "localhost", "::1"].contains(&host);
    if security == MailSecurity::Plain && !is_here {
        return Err(settings("without protection only to this machine"));
    }
    let port = route.settings.port.unwrap_or(if security == MailSecurity::Tls { 465 } else { 587 });
    let connector = TlsConnector::from(post::tls(route.settings.authority.as_deref())?);
    let stream = TcpStream::connect((host, port))
        .await
        .map_err(|e| Trouble::new(TroubleKind::Unreachable, e.kind().to_string()))?;
    let mut plain = SmtpClient { stream, timeout: post::PATIENCE };
    match security {
        MailSecurity::Tls => {
            let mut client = plain.into_tls(&connector, host).await.map_err(|e| trouble(&e))?;
            greeting(&mut client).await?;
            speak(client, route, from, to, message).await
        }
        MailSecurity::Starttls => {
            greeting(&mut plain).await?;
            plain.ehlo(own_name(from)).await.map_err(|e| trouble(&e))?;
            let client = plain.start_tls(&connector, host).await.map_err(|e| trouble(&e))?;
            speak(client, route, from, to, message).await
        }
        MailSecurity::Plain => {
            greeting(&mut plain).await?;
            speak(plain, route, from, to, message).await
        }
    }
}

fn own_name(from: &str) -> &str {
    from.split_once('@').map_or("localhost", |(_, domain)| domain)
}

async fn greeting<T: AsyncRead + AsyncWrite + Unpin>(client: &mut SmtpClient<T>) -> Result<(), Trouble> {
    client.read().await.and_then(AssertReply::assert_positive_completion).map_err(|e| trouble(&e))
}

async fn speak<T: AsyncRead + AsyncWrite + Unpin>(
    mut client: SmtpClient<T>,
    route: &Route,
    from: &str,
    to: &str,
    message: &[u8],
) -> Result<(), Trouble> {
    let spoken = async {
        let capabilities = client.ehlo(own_name(from)).await?;
        if let (Some(user), Some(word)) = (&route.settings.user, route.word()) {
            client.authenticate(&Credentials::new(user.as_str(), word), &capabilities).await?;
        }
        client.mail_from(from, &Parameters::default()).await?;
        client.rcpt_to(to, &Parameters::default()).await?;
        client.data(message).await
    };
    spoken.await.map_err(|e| trouble(&e))?;
    // What was taken stays taken, whatever becomes of the farewell.
    let _ = client.quit().await;
    Ok(())
}

/// What went wrong, without the whole dialogue.
fn trouble(error: &Error) -> Trouble {
    let kind = match error {
        Error::Io(_) | Error::UnparseableReply => TroubleKind::Unreachable,
        Error::Tls(_) | Error::InvalidTLSName | Error::MissingStartTls => TroubleKind::Certificate,
        Error::Timeout => TroubleKind::Timeout,
        Error::Auth(_)
        | Error::AuthenticationFailed(_)
        | Error::MissingCredentials
        | Error::UnsupportedAuthMechanism
        | Error::Base64(_) => TroubleKind::SignIn,
        Error::MissingMailFrom | Error::MissingRcptTo => TroubleKind::Address,
        Error::UnexpectedReply(reply) => match reply.code {
            400..=499 => TroubleKind::Limited,
            530 | 534 | 535 | 538 => TroubleKind::SignIn,
            500..=599 => TroubleKind::Address,
            _ => TroubleKind::Status,
        },
    };
    let said = match error {
        Error::UnexpectedReply(reply) | Error::AuthenticationFailed(reply) => {
            format!("{} {}", reply.code, reply.message)
        }
        other => other.to_string(),
    };
    Trouble::new(kind, said)
}

pub async fn send(route: &Route, letter: &Letter, now: DateTime<Utc>) -> Result<(), Trouble> {
    let from = route.settings.from.as_ref().ok_or_else(|| settings("no sender"))?.as_str();
    let to = letter.email.as_ref().ok_or_else(|| Trouble::new(TroubleKind::NoAddress, ""))?.as_str();
    let message = message(letter, from, to, now)?;
    // The library counts each step anew; one limit for all of them.
    match tokio::time::timeout(2 * post::PATIENCE, deliver(route, from, to, &message)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Trouble::new(TroubleKind::Timeout, "")),
    }
}
