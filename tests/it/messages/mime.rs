//! Reads a mail as a mail program does: folded headers, encoded words, both parts.

use base64::Engine as _;

fn base64_of(text: &str) -> Vec<u8> {
    let clean: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    base64::engine::general_purpose::STANDARD.decode(clean).expect("base64")
}

fn quoted(text: &str, underscore: &str) -> Vec<u8> {
    let text = text.replace("=\r\n", "").replace('_', underscore);
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::new(), 0);
    while at < bytes.len() {
        if bytes[at] == b'=' && at + 2 < bytes.len() {
            out.push(u8::from_str_radix(&text[at + 1..at + 3], 16).expect("two hex digits"));
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    out
}

/// A header's value, unfolded and decoded.
pub fn header(source: &str, name: &str) -> String {
    let head = source.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ").replace("\r\n\t", " ");
    let line = head.lines().find(|l| l.to_lowercase().starts_with(&format!("{}:", name.to_lowercase())));
    let value = line.and_then(|l| l.split_once(':')).map(|(_, v)| v.trim().to_owned()).unwrap_or_default();
    let (mut out, mut rest) = (Vec::new(), value.replace("?= =?", "?==?"));
    while let Some(start) = rest.find("=?") {
        let parts: Vec<&str> = rest[start + 2..].splitn(3, '?').collect();
        let (text, after) = parts[2].split_once("?=").expect("an end");
        assert!(parts[0].eq_ignore_ascii_case("utf-8"), "{}", parts[0]);
        out.extend_from_slice(&rest.as_bytes()[..start]);
        out.extend(if parts[1].eq_ignore_ascii_case("b") { base64_of(text) } else { quoted(text, " ") });
        rest = after.to_owned();
    }
    out.extend_from_slice(rest.as_bytes());
    String::from_utf8(out).expect("UTF-8")
}

/// Each part: its type and its decoded text.
pub fn parts(source: &str) -> Vec<(String, String)> {
    let kind = header(source, "Content-Type");
    let boundary = kind.split("boundary=").nth(1).expect("parts").trim_matches('"').to_owned();
    source
        .split(&format!("--{boundary}"))
        .skip(1)
        .filter(|part| !part.starts_with("--"))
        .map(|part| {
            let part = part.trim_start_matches("\r\n");
            let body = part.split_once("\r\n\r\n").map_or("", |(_, body)| body);
            let bytes = match header(part, "Content-Transfer-Encoding").to_lowercase().as_str() {
                "base64" => base64_of(body),
                "quoted-printable" => quoted(body, "_"),
                _ => body.as_bytes().to_vec(),
            };
            (header(part, "Content-Type"), String::from_utf8(bytes).expect("UTF-8"))
        })
        .collect()
}
