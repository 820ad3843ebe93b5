//! Reads a year's list of days off and make-up workdays from a spreadsheet: date, kind, name, number of the
//! notice. Headings in either language, in any order.

use crate::documents::sheets::{self, Cell, SheetFlaw};
use crate::domain::calendar::{DayKind, DayOverride};
use crate::wording::Lang;

/// What is wrong with a file; a row is named by its number in the sheet.
#[derive(Debug)]
pub enum Unreadable {
    File(SheetFlaw),
    Heading(&'static str),
    Date { row: u32, shown: String },
    Kind { row: u32, shown: String },
    Name { row: u32 },
    Source { row: u32 },
}

const HEADINGS: [(&str, &[&str]); 4] = [
    ("date", &["日期", "date"]),
    ("kind", &["类别", "kind"]),
    ("name", &["名称", "name"]),
    ("source", &["文号", "source"]),
];

fn kind(raw: &str) -> Option<DayKind> {
    match raw.trim().to_lowercase().as_str() {
        "休" | "放假" | "off" => Some(DayKind::Off),
        "班" | "上班" | "调休上班" | "work" => Some(DayKind::Work),
        _ => None,
    }
}

/// The rows, or everything that is wrong.
pub fn read(content: &[u8]) -> Result<Vec<DayOverride>, Vec<Unreadable>> {
    let sheet = sheets::read(content).map_err(|flaw| vec![Unreadable::File(flaw)])?;
    let mut rows = sheet.rows.iter();
    let Some(head) = rows.next() else { return Err(vec![Unreadable::File(SheetFlaw::NoRows)]) };
    let mut columns = [0_usize; 4];
    let mut missing = Vec::new();
    for (at, (code, words)) in HEADINGS.iter().enumerate() {
        let found = head.cells.iter().position(|cell| words.contains(&cell.text().trim().to_lowercase().as_str()));
        match found {
            Some(column) => columns[at] = column,
            None => missing.push(Unreadable::Heading(code)),
        }
    }
    if !missing.is_empty() {
        return Err(missing);
    }
    let (mut out, mut flaws) = (Vec::new(), Vec::new());
    for row in rows {
        let [date, what, name, source] = columns.map(|column| row.cell(column));
        let day = match date {
            Cell::Date(day) => Some(*day),
            other => sheets::date(&other.text()),
        };
        let kind = kind(&what.text());
        let (name, source) = (name.text().trim().to_owned(), source.text().trim().to_owned());
        if day.is_none() {
            flaws.push(Unreadable::Date { row: row.number, shown: date.text() });
        }
        if kind.is_none() {
            flaws.push(Unreadable::Kind { row: row.number, shown: what.text() });
        }
        if name.is_empty() || name.chars().count() > 60 {
            flaws.push(Unreadable::Name { row: row.number });
        }
        // What no notice names is not law.
        if source.is_empty() || source.chars().count() > 60 {
            flaws.push(Unreadable::Source { row: row.number });
        }
        if let (Some(date), Some(kind)) = (day, kind) {
            out.push(DayOverride { date, kind, name, source: Some(source) });
        }
    }
    if out.len() > 400 {
        return Err(vec![Unreadable::File(SheetFlaw::TooManyRows)]);
    }
    if flaws.is_empty() { Ok(out) } else { Err(flaws) }
}

pub fn words(t: Lang, flaw: &Unreadable) -> String {
    match flaw {
        Unreadable::File(flaw) => crate::web::import::dry_run::file_words(t, flaw),
        Unreadable::Heading(code) => {
            let (_, words) = HEADINGS.iter().find(|(known, _)| known == code).copied().unwrap_or((*code, &[]));
            t.calendar_list_heading(words.join(" / "))
        }
        Unreadable::Date { row, shown } => t.calendar_list_date(row, shown),
        Unreadable::Kind { row, shown } => t.calendar_list_kind(row, shown),
        Unreadable::Name { row } => t.calendar_list_name(row),
        Unreadable::Source { row } => t.calendar_list_source(row),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_by_its_headings_and_every_bad_row_is_named() {
        let good =
            "文号,日期,名称,类别\n国办发明电〔2026〕9号,2027-02-05,春节,休\n国办发明电〔2026〕9号,2027/2/20,春节,班\n";
        let rows = read(good.as_bytes()).unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[1].date.to_string(), rows[1].kind), ("2027-02-20".to_owned(), DayKind::Work));
        let bad = "日期,类别,名称,文号\n2027-02-30,休,春节,x号\n2027-02-05,假,,\n";
        let flaws = read(bad.as_bytes()).unwrap_err();
        assert_eq!(flaws.len(), 4, "{flaws:?}");
        let told: Vec<String> = flaws.iter().map(|f| words(Lang::Zh, f)).collect();
        assert!(told[0].contains('2') && told[0].contains("2027-02-30"), "{told:?}");
        assert_eq!(read(b"a,b\n1,2\n").unwrap_err().len(), 4);
        assert!(matches!(read(b"").unwrap_err()[0], Unreadable::File(_)));
    }
}
