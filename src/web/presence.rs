//! Which requests show that somebody is there, so that a session nobody uses ends (SAFETY P2).
//!
//! A page that follows what others do asks and reads itself again; that is the page's doing and nobody's.
//! The one exception is the screen on the wall, which nobody touches and which is meant to stay on: it keeps
//! its session until the longest time is over.

use axum::http::HeaderMap;

/// What the script of open pages puts on the readings that it makes by itself.
const BY_ITSELF: &str = "x-kuaidan-live";

/// The board as a screen on the wall.
pub(super) fn is_wall(path_and_query: &str) -> bool {
    let query = path_and_query.split_once('?').map(|(_, query)| query).unwrap_or_default();
    form_urlencoded::parse(query.as_bytes()).any(|(name, value)| name == "wall" && value == "yes")
}

pub(super) fn shows_somebody(path_and_query: &str, headers: &HeaderMap) -> bool {
    let path = path_and_query.split('?').next().unwrap_or_default();
    let is_by_itself = path == "/live" || path.starts_with("/live/") || headers.contains_key(BY_ITSELF);
    !is_by_itself || is_wall(path_and_query)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_page_that_reads_itself_again_is_nobody_and_the_wall_stays_on() {
        let plain = HeaderMap::new();
        let mut by_itself = HeaderMap::new();
        by_itself.insert(BY_ITSELF, HeaderValue::from_static("1"));
        for (path, headers, is_somebody) in [
            ("/deals/CD-20260917-001/quote", &plain, true),
            ("/deals/CD-20260917-001/quote", &by_itself, false),
            ("/live?deal=CD-20260917-001", &plain, false),
            ("/live/since?since=a-1", &plain, false),
            ("/liveliness", &plain, true),
            ("/orders?view=board&wall=yes", &by_itself, true),
            ("/live?wall=yes", &plain, true),
            ("/live/since?wall=no", &plain, false),
        ] {
            assert_eq!(shows_somebody(path, headers), is_somebody, "{path}");
        }
    }
}
