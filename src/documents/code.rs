//! A QR code as bars: rows of dark runs that the template draws, sharp at any size.

use qrcode::{Color, EcLevel, QrCode};
use serde::Serialize;

/// A run of dark modules: column, row, length, in modules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Bar {
    pub x: usize,
    pub y: usize,
    pub length: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Code {
    /// Modules of one side, without the quiet zone.
    pub size: usize,
    pub bars: Vec<Bar>,
    /// The address itself, for whoever cannot scan.
    pub text: String,
}

impl Code {
    /// Nothing for a text that fits into no code.
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let size = code.width();
        let colors = code.to_colors();
        let mut bars: Vec<Bar> = Vec::new();
        for (y, row) in colors.chunks(size).enumerate() {
            for (x, color) in row.iter().enumerate() {
                match bars.last_mut() {
                    _ if *color == Color::Light => {}
                    Some(bar) if bar.y == y && bar.x + bar.length == x => bar.length += 1,
                    _ => bars.push(Bar { x, y, length: 1 }),
                }
            }
        }
        Some(Self { size, bars, text: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bars_are_the_dark_modules() {
        let text = "https://kuaidan.example/t/3fKq9";
        let code = Code::of(text).unwrap();
        let dark = QrCode::with_error_correction_level(text, EcLevel::M).unwrap().to_colors();
        let drawn: usize = code.bars.iter().map(|b| b.length).sum();
        assert_eq!(drawn, dark.iter().filter(|c| **c == Color::Dark).count());
        // The first finder pattern: seven dark modules, then light.
        assert_eq!(code.bars[0], Bar { x: 0, y: 0, length: 7 });
        assert!(code.bars.iter().all(|b| b.x + b.length <= code.size && b.y < code.size));
        assert_eq!(Code::of(&"x".repeat(5000)), None);
    }
}
