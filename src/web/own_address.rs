//! The address under which people reach the pages, for links that are handed on: the one that is set, otherwise
//! the one that this very request asked.
//!
//! The one rule: of a host that a request names nothing is repeated but letters, digits, dots, hyphens and a port.

use super::Web;
use super::here::Here;
use axum::http::HeaderMap;
use axum::http::header::{HOST, HeaderName, ORIGIN, REFERER};
use std::net::IpAddr;

fn value(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(first)
}

/// Name and port of a host that is written like one.
fn parts(host: &str) -> Option<(&str, Option<&str>)> {
    let (name, port) = host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
    let is_name = !name.is_empty()
        && name.len() <= 253
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    let is_port = port.is_none_or(|p| (1..=5).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_digit()));
    (is_name && is_port).then_some((name, port))
}

/// Scheme and host of a request. A page of its own that leads to it says whether it was encrypted; so does what
/// browsers send over an encrypted line, and to this very computer, only.
pub(super) fn asked(headers: &HeaderMap) -> Option<String> {
    let host = value(headers, HOST).filter(|host| parts(host).is_some())?;
    let secure = host.strip_suffix(":443").unwrap_or(host);
    let leads_here = |name| {
        let from = value(headers, name).and_then(|url| url.strip_prefix("https://")).unwrap_or_default();
        from.split('/').next().is_some_and(|authority| authority.eq_ignore_ascii_case(secure))
    };
    let is_marked = headers.contains_key(HeaderName::from_static("sec-fetch-site")) && !is_loopback(host);
    if is_marked || leads_here(ORIGIN) || leads_here(REFERER) {
        return Some(format!("https://{secure}"));
    }
    Some(format!("http://{}", host.strip_suffix(":80").unwrap_or(host)))
}

/// Whether only the very computer that serves has this address.
fn is_loopback(address: &str) -> bool {
    let host = address.split_once("://").map_or(address, |(_, host)| host);
    let name = parts(host).map_or(host, |(name, _)| name).to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

impl Web {
    /// What stands before the path of a link that is handed on.
    pub(super) fn own_address<'a>(&'a self, here: &'a Here) -> &'a str {
        self.public_url().or(here.asked.as_deref()).unwrap_or_default()
    }

    /// Whether a link with this address would open on another computer.
    pub(super) fn is_reachable(&self, here: &Here) -> bool {
        self.public_url().is_some() || here.asked.as_deref().is_some_and(|address| !is_loopback(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn of(lines: &[(HeaderName, &'static str)]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name.clone(), HeaderValue::from_static(value));
        }
        asked(&headers)
    }

    #[test]
    fn only_a_host_that_is_written_like_one_is_repeated() {
        assert_eq!(of(&[(HOST, "crm.example.cn:8080")]).as_deref(), Some("http://crm.example.cn:8080"));
        assert_eq!(of(&[(HOST, "192.0.2.7")]).as_deref(), Some("http://192.0.2.7"));
        for odd in ["", ":80", "a b", "a/b", "user@host", "a\"b", "[::1]:80", "host:", "host:80:80", "host:x"] {
            assert_eq!(of(&[(HOST, odd)]), None, "{odd}");
        }
        assert_eq!(of(&[(HOST, "a.cn"), (HOST, "b.cn")]), None, "two hosts");
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn a_page_of_its_own_that_was_encrypted_tells_the_scheme() {
        let at = |name, url| of(&[(HOST, "crm.example.cn"), (name, url)]);
        assert_eq!(at(ORIGIN, "https://crm.example.cn").as_deref(), Some("https://crm.example.cn"));
        assert_eq!(at(REFERER, "https://crm.example.cn/deals").as_deref(), Some("https://crm.example.cn"));
        assert_eq!(at(REFERER, "https://evil.example/crm.example.cn").as_deref(), Some("http://crm.example.cn"));
        assert_eq!(at(ORIGIN, "null").as_deref(), Some("http://crm.example.cn"));
        let marked = HeaderName::from_static("sec-fetch-site");
        assert_eq!(at(marked.clone(), "none").as_deref(), Some("https://crm.example.cn"));
        assert_eq!(of(&[(HOST, "localhost:8080"), (marked, "none")]).as_deref(), Some("http://localhost:8080"));
        // A proxy that names its port.
        let behind = [(HOST, "crm.example.cn:443"), (ORIGIN, "https://crm.example.cn")];
        assert_eq!(of(&behind).as_deref(), Some("https://crm.example.cn"));
    }

    #[test]
    fn a_loopback_address_is_known() {
        for own in ["http://localhost:8080", "http://127.0.0.1:8080", "http://127.1.2.3", "http://kd.localhost"] {
            assert!(is_loopback(own), "{own}");
        }
        for other in ["http://192.168.1.7:8080", "http://crm.example.cn", "http://localhost.example.cn"] {
            assert!(!is_loopback(other), "{other}");
        }
    }
}
