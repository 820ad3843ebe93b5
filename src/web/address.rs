//! The address of a visitor, by which wrong passwords are slowed down.
//!
//! The one rule: what a request says of its own origin counts for nothing, except from the one proxy that was
//! named; and of what that proxy passes on only the entry that it wrote itself.

use axum::http::HeaderMap;
use std::net::IpAddr;

/// The peer, or whom the trusted proxy names as its own peer.
pub(super) fn of(trusted: Option<IpAddr>, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    if trusted != Some(peer) {
        return peer;
    }
    let last = headers.get_all("x-forwarded-for").iter().next_back().and_then(|line| line.to_str().ok());
    last.and_then(|line| line.rsplit(',').next()).and_then(|entry| entry.trim().parse().ok()).unwrap_or(peer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn forwarded(lines: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", HeaderValue::from_static(line));
        }
        headers
    }

    #[test]
    fn only_the_named_proxy_is_believed_and_only_what_it_wrote() {
        let (proxy, stranger) = (ip("127.0.0.1"), ip("192.0.2.7"));
        let lies = forwarded(&["10.0.0.1"]);
        assert_eq!(of(None, proxy, &lies), proxy, "no proxy was named");
        assert_eq!(of(Some(proxy), stranger, &lies), stranger, "another peer");
        assert_eq!(of(Some(proxy), proxy, &forwarded(&["10.0.0.1, 192.0.2.9"])), ip("192.0.2.9"));
        assert_eq!(of(Some(proxy), proxy, &forwarded(&["10.0.0.1", "2001:db8::7"])), ip("2001:db8::7"));
        for broken in ["", "192.0.2.9, unknown", "192.0.2.9,"] {
            assert_eq!(of(Some(proxy), proxy, &forwarded(&[broken])), proxy, "{broken}");
        }
        assert_eq!(of(Some(proxy), proxy, &HeaderMap::new()), proxy);
    }
}
