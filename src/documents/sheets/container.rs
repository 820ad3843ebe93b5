//! Looks into a packed file before anything parses it: what it is, and how much it unpacks to.
//!
//! Sizes that the file claims are not believed; every part is unpacked once, into nothing, up to
//! the limit.

use super::{MAX_UNPACKED_MIB, SheetFlaw};
use std::borrow::Cow;
use std::io::{Cursor, Read};
use zip::ZipArchive;
use zip::result::ZipError;

/// Parts that a workbook may consist of.
const MAX_PARTS: usize = 500;
const OLE: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];

/// Binary Excel files and encrypted new ones share one container.
pub fn ole(content: &[u8]) -> Option<SheetFlaw> {
    if !content.starts_with(OLE) {
        return None;
    }
    let sign: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let encrypted = content.windows(sign.len()).any(|w| w == sign.as_slice());
    Some(if encrypted { SheetFlaw::Encrypted } else { SheetFlaw::OldExcel })
}

/// A workbook that is safe to parse, or what is wrong with it.
pub fn check(content: &[u8]) -> Result<(), SheetFlaw> {
    let mut archive = ZipArchive::new(Cursor::new(content)).map_err(|_| SheetFlaw::Broken)?;
    if archive.len() > MAX_PARTS {
        return Err(SheetFlaw::Unpacked);
    }
    if archive.index_for_name("xl/workbook.xml").is_none() {
        let names: Vec<String> = archive.file_names().filter_map(Result::ok).map(Cow::into_owned).collect();
        let is_document = names.iter().any(|n| n.starts_with("word/") || n.starts_with("ppt/") || n == "content.xml");
        return Err(if is_document { SheetFlaw::Document } else { SheetFlaw::OtherKind });
    }
    let mut left = MAX_UNPACKED_MIB << 20;
    let mut buffer = vec![0; 64 << 10];
    for index in 0..archive.len() {
        let mut part = match archive.by_index(index) {
            Ok(part) => part,
            Err(ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)) => return Err(SheetFlaw::Encrypted),
            Err(_) => return Err(SheetFlaw::Broken),
        };
        let mut is_start = true;
        loop {
            let read = part.read(&mut buffer).map_err(|_| SheetFlaw::Broken)?;
            if read == 0 {
                break;
            }
            left = left.checked_sub(u64::try_from(read).unwrap_or(u64::MAX)).ok_or(SheetFlaw::Unpacked)?;
            // No workbook defines entities of its own; who does wants them expanded.
            if is_start && holds(&buffer[..read], b"<!DOCTYPE") {
                return Err(SheetFlaw::Broken);
            }
            is_start = false;
        }
    }
    Ok(())
}

fn holds(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|w| w.eq_ignore_ascii_case(word))
}
