//! The selling company as it stands on documents and mails, and the pictures that may be its logo.

use serde::{Deserialize, Serialize};

/// Most bytes of a logo.
pub const MAX_LOGO: usize = 256 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogoKind {
    Png,
    Svg,
}

impl LogoKind {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Svg => "svg",
        }
    }

    pub fn parse(code: &str) -> Option<Self> {
        [Self::Png, Self::Svg].into_iter().find(|kind| kind.code() == code)
    }

    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Svg => "image/svg+xml",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    pub kind: LogoKind,
    pub content: Vec<u8>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Company {
    pub name: String,
    pub name_en: String,
    pub phone: Option<String>,
    pub address: Option<String>,
    pub tax_no: Option<String>,
    pub bank: Option<String>,
    pub account: Option<String>,
}

impl Company {
    /// The codes of the fields that differ.
    pub fn changed(&self, other: &Self) -> Vec<String> {
        let pairs = [
            ("company_name", self.name == other.name),
            ("company_name_en", self.name_en == other.name_en),
            ("company_phone", self.phone == other.phone),
            ("company_address", self.address == other.address),
            ("company_tax_no", self.tax_no == other.tax_no),
            ("company_bank", self.bank == other.bank),
            ("company_account", self.account == other.account),
        ];
        pairs.into_iter().filter(|(_, same)| !same).map(|(code, _)| code.to_owned()).collect()
    }
}

/// What a picture is by its content. A drawing (SVG) must be plain: nothing that runs, and nothing
/// that is fetched from elsewhere.
pub fn sniff(content: &[u8]) -> Option<LogoKind> {
    if content.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some(LogoKind::Png);
    }
    let text = std::str::from_utf8(content).ok()?.trim_start_matches('\u{feff}').trim_start();
    let lower = text.to_lowercase();
    let is_drawing = lower.starts_with("<svg") || (lower.starts_with("<?xml") && lower.contains("<svg"));
    let squeezed: String = lower.chars().filter(|c| !c.is_whitespace()).collect();
    let foreign = [
        "<script",
        "<!doctype",
        "<!entity",
        "<foreignobject",
        "<iframe",
        "<image",
        "<use",
        "<style",
        "javascript:",
        "href=",
        "url(http",
        "url(\"http",
        "url('http",
        "url(//",
        "data:",
        "@import",
        "&#",
    ];
    // `onload=` and the like; a harmless word that looks so is refused as well.
    let runs = squeezed.match_indices("on").any(|(at, _)| {
        let rest = &squeezed[at + 2..];
        let letters = rest.chars().take_while(char::is_ascii_lowercase).count();
        letters > 0 && rest[letters..].starts_with('=')
    });
    (is_drawing && !runs && !foreign.iter().any(|word| squeezed.contains(word))).then_some(LogoKind::Svg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logo_is_a_picture_by_its_content_and_runs_nothing() {
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\nrest"), Some(LogoKind::Png));
        assert_eq!(sniff(b"<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0h1'/></svg>"), Some(LogoKind::Svg));
        assert_eq!(sniff(b"<?xml version='1.0'?>\n<svg viewBox='0 0 1 1'/>"), Some(LogoKind::Svg));
        for hostile in [
            "<svg><script>alert(1)</script></svg>",
            "<svg onload='alert(1)'/>",
            "<svg\nonload =alert(1)/>",
            "<svg><a xlink:href='javascript:x'/></svg>",
            "<svg><image href='http://x/y.png'/></svg>",
            "<svg><foreignObject/></svg>",
            "<!DOCTYPE svg [<!ENTITY x 'y'>]><svg/>",
            "<svg fill=\"url(http://x/y)\"/>",
            "<html><svg/></html>",
            "GIF89a",
            "",
        ] {
            assert_eq!(sniff(hostile.as_bytes()), None, "{hostile}");
        }
    }
}
