//! Evidence for the demonstration: one-page PDF files that say what they stand for.

use super::told;
use crate::app::{App, Upload};
use anyhow::anyhow;
use std::fmt::Write as _;

/// Keeps a one-page PDF that says what it stands for.
pub async fn paper(app: &App, name: &str, says: &str) -> anyhow::Result<Upload> {
    let kept = app.keep_file(name, pdf(says)).await.map_err(told)?;
    kept.map_err(|flaw| anyhow!("the demonstration's own PDF was refused: {flaw:?}"))
}

/// A valid PDF of one page with one line of ASCII text.
fn pdf(says: &str) -> Vec<u8> {
    let safe: String = says.chars().filter(|c| c.is_ascii_alphanumeric() || " .,:-".contains(*c)).collect();
    let stream = format!("BT /F1 14 Tf 60 760 Td (Demo document. {safe}) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 5 0 R >> >> /Contents 4 0 R >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{stream}\nendstream", stream.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut out = "%PDF-1.4\n".to_owned();
    let mut offsets = Vec::new();
    for (number, object) in (1..).zip(&objects) {
        offsets.push(out.len());
        let _ = write!(out, "{number} 0 obj\n{object}\nendobj\n");
    }
    let start = out.len();
    let mut entries = String::new();
    for at in offsets {
        let _ = writeln!(entries, "{at:010} 00000 n ");
    }
    let size = objects.len() + 1;
    let _ = write!(
        out,
        "xref\n0 {size}\n0000000000 65535 f \n{entries}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    );
    out.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pdf_points_at_its_own_objects() {
        let text = String::from_utf8(pdf("Business licence (of) somebody")).unwrap();
        let table = text.rfind("xref\n0 ").and_then(|_| text.find("\nxref\n")).map(|at| at + 1).unwrap();
        assert!(text.trim_end().ends_with(&format!("startxref\n{table}\n%%EOF")));
        for (number, line) in (1..).zip(text[table..].lines().skip(3).take(5)) {
            let at: usize = line[..10].parse().unwrap();
            assert!(text[at..].starts_with(&format!("{number} 0 obj")), "{line}");
        }
        assert!(text.contains("(Demo document. Business licence of somebody)"));
    }
}
