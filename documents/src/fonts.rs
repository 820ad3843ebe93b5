//! The fonts inside the program, and those of the system for characters they do not have.

use std::sync::{LazyLock, OnceLock};
use typst::foundations::Bytes;
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;

static REGULAR: &[u8] = include_bytes!("../../assets/fonts/NotoSansCJKsc-Regular.otf");
static BOLD: &[u8] = include_bytes!("../../assets/fonts/NotoSansCJKsc-Bold.otf");

/// Where the usual distributions keep Noto.
const SYSTEM: &[&str] = &[
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Bold.ttc",
    "/usr/local/share/fonts/NotoSansCJK-Regular.ttc",
    "/usr/local/share/fonts/NotoSansCJK-Bold.ttc",
];

/// Fonts in the order in which they are tried.
pub struct Shelf {
    pub book: LazyHash<FontBook>,
    pub fonts: Vec<Font>,
}

impl Shelf {
    fn of(fonts: Vec<Font>) -> Self {
        Self { book: LazyHash::new(FontBook::from_fonts(&fonts)), fonts }
    }

    /// The built-in fonts; with the system's behind them when the text needs more. Reading those
    /// takes a while, so it happens once and only when a character asks for it.
    pub fn for_text(text: &str) -> &'static Self {
        static WITH_SYSTEM: OnceLock<Shelf> = OnceLock::new();
        if text.chars().all(|c| c.is_control() || covers(c)) {
            return &BUILT_IN;
        }
        WITH_SYSTEM.get_or_init(|| {
            let system = SYSTEM.iter().filter_map(|path| std::fs::read(path).ok()).flat_map(|file| {
                // A collection holds one face for each region; the mainland's forms are wanted.
                Font::iter(Bytes::new(file)).filter(|font| font.info().family == "Noto Sans CJK SC").take(1)
            });
            Self::of(BUILT_IN.fonts.iter().cloned().chain(system.collect::<Vec<_>>()).collect())
        })
    }
}

static BUILT_IN: LazyLock<Shelf> = LazyLock::new(|| {
    let faces = [REGULAR, BOLD].into_iter().filter_map(|data| Font::new(Bytes::new(data), 0));
    Shelf::of(faces.collect())
});

pub fn covers(c: char) -> bool {
    BUILT_IN.fonts.first().is_some_and(|font| font.info().coverage.contains(u32::from(c)))
}
