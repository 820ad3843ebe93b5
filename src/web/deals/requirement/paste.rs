//! Rows pasted from a spreadsheet, taken in without any script.
//!
//! The one rule: a pasted row keeps the number it has in the paste, its header counted, so that an
//! error leads back to the sheet. Nothing is judged here.

use super::lines::{GIVEN, LINE, NEW_LINE};
use crate::domain::input::{Flaw, normalise};
use crate::domain::requirement::{LineKind, MatchKind};
use crate::web::deals::catalogue::MAX_LINES;
use crate::web::form::Submitted;
use crate::wording::Lang;

/// The columns of a paste without a header, from the left.
const WITHOUT_HEADER: [&str; 6] = ["product", "spec", "quantity", "unit", "packaging", "note"];

/// Words by which a header names a column; the first fitting row wins, so longer words come first.
pub const WORDS: [(&str, &[&str]); 11] = [
    ("custom_name", &["定制品名称", "定制名称", "customname", "customitem", "nameofthecustomitem"]),
    (
        "product",
        &[
            "产品编码/名称",
            "产品编码",
            "产品名称",
            "产品",
            "物料编码",
            "物料",
            "编码",
            "品名",
            "名称",
            "货号",
            "product",
            "productcode",
            "code",
            "item",
            "sku",
            "name",
        ],
    ),
    ("spec", &["规格型号/技术参数", "规格型号", "规格", "型号", "技术参数", "参数", "spec", "specification", "model"]),
    ("quantity", &["数量", "需求数量", "qty", "quantity", "amount"]),
    ("unit", &["单位", "计量单位", "unit", "uom"]),
    ("packaging", &["包装要求", "包装", "packaging", "packing", "package"]),
    ("note", &["备注", "说明", "note", "notes", "remark", "remarks", "comment"]),
    ("match_kind", &["方案匹配", "匹配", "match"]),
    ("kind", &["类别", "类型", "kind", "type"]),
    ("standard", &["质量/执行标准", "质量标准", "执行标准", "standard", "norm"]),
    (
        "line_date",
        &[
            "行要求日期",
            "要求日期",
            "交货日期",
            "交期",
            "日期",
            "date",
            "wanteddate",
            "duedate",
            "deliverydate",
            "dateoftherow",
        ],
    ),
];

/// One row of the paste.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pasted {
    /// Counted from 1 over all rows of the paste, the header among them.
    pub number: usize,
    pub cells: Vec<(&'static str, String)>,
}

/// Splits a paste into its cells; a quoted cell may hold tabs and line breaks, as spreadsheets write it.
fn cells(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut letters = text.chars().peekable();
    let mut is_quoted = false;
    while let Some(letter) = letters.next() {
        match letter {
            '"' if is_quoted && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            '"' if is_quoted => is_quoted = false,
            '"' if cell.is_empty() && closes(letters.clone()) => is_quoted = true,
            '\t' if !is_quoted => row.push(std::mem::take(&mut cell)),
            '\r' => {}
            '\n' if !is_quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            '\n' | '\t' => cell.push(' '),
            letter => cell.push(letter),
        }
    }
    if !cell.is_empty() || !row.is_empty() {
        row.push(cell);
        rows.push(row);
    }
    rows
}

/// Whether a quotation mark at the start of a cell has its partner at the end of one: `65" panel` has not.
fn closes(rest: impl Iterator<Item = char>) -> bool {
    let mut rest = rest.peekable();
    while let Some(letter) = rest.next() {
        if letter == '"' {
            match rest.peek() {
                Some('"') => {
                    rest.next();
                }
                next => return matches!(next, None | Some('\t' | '\r' | '\n')),
            }
        }
    }
    false
}

/// A header cell without its blanks, stars and what stands in brackets.
fn header_word(cell: &str) -> String {
    let plain = normalise(cell).to_lowercase();
    let plain = plain.split(['(', '（', ':', '：', '*']).find(|part| !part.trim().is_empty()).unwrap_or_default();
    plain.split_whitespace().collect()
}

fn column_of(cell: &str) -> Option<&'static str> {
    let word = header_word(cell);
    WORDS.iter().find(|(_, words)| words.contains(&word.as_str())).map(|(column, _)| *column)
}

/// The columns that a row of words names; none when it is no header.
fn header(row: &[String]) -> Option<Vec<Option<&'static str>>> {
    let columns: Vec<Option<&'static str>> = row.iter().map(|cell| column_of(cell)).collect();
    let named = columns.iter().flatten().count();
    (named >= 2 || (named == 1 && row.len() == 1)).then_some(columns)
}

/// A word of a closed set becomes its code; any other word stays and is refused when it is read.
fn code_of(column: &str, cell: &str) -> String {
    let typed = normalise(cell).to_lowercase();
    let means = |code: &str, words: [&str; 2]| code == typed || words.iter().any(|w| w.to_lowercase() == typed);
    let code = match column {
        "kind" => LineKind::ALL.iter().find(|k| means(k.code(), Lang::ALL.map(|t| t.line_kind(**k)))).map(|k| k.code()),
        "match_kind" => {
            MatchKind::ALL.iter().find(|m| means(m.code(), Lang::ALL.map(|t| t.match_kind(**m)))).map(|m| m.code())
        }
        "unit" => super::lines::unit_of(cell),
        _ => None,
    };
    code.map_or_else(|| cell.trim().to_owned(), str::to_owned)
}

/// The rows of a paste; blank ones are left out.
pub fn parse(text: &str) -> Vec<Pasted> {
    let rows = cells(text);
    let is_blank = |row: &Vec<String>| row.iter().all(|cell| cell.trim().is_empty());
    let first = rows.iter().position(|row| !is_blank(row));
    let head = first.and_then(|at| header(&rows[at]).map(|columns| (at, columns)));
    let usual = WITHOUT_HEADER.iter().map(|column| Some(*column)).collect::<Vec<_>>();
    let columns = head.as_ref().map_or(&usual, |(_, columns)| columns);
    rows.iter()
        .enumerate()
        .filter(|(at, row)| !is_blank(row) && head.as_ref().is_none_or(|(head, _)| head != at))
        .map(|(at, row)| Pasted {
            number: at + 1,
            cells: row
                .iter()
                .zip(columns)
                .filter_map(|(cell, column)| column.map(|column| (column, code_of(column, cell))))
                .collect(),
        })
        .collect()
}

/// The form with the pasted rows behind the rows that are filled in, and the row from which they start.
pub fn into_form(form: &Submitted) -> Result<(Submitted, usize), Flaw> {
    let pasted = parse(form.value("paste"));
    if pasted.is_empty() {
        return Err(Flaw::Required);
    }
    let columns: Vec<(&str, Vec<&str>)> = LINE.iter().map(|name| (*name, form.values(name))).collect();
    let count = columns.iter().map(|(_, values)| values.len()).max().unwrap_or(0);
    let value = |values: &Vec<&str>, at: usize| values.get(at).copied().unwrap_or_default().to_owned();
    let mut rows: Vec<Vec<(&str, String)>> = (0..count)
        .map(|at| columns.iter().map(|(name, values)| (*name, value(values, at))).collect::<Vec<_>>())
        .filter(|row| row.iter().any(|(name, value)| !GIVEN.contains(name) && !value.trim().is_empty()))
        .collect();
    let start = rows.len();
    if start + pasted.len() > MAX_LINES {
        return Err(Flaw::TooManyRows { max: MAX_LINES });
    }
    rows.extend(pasted.iter().map(|row| {
        let cell = |name: &str| row.cells.iter().find(|(column, value)| *column == name && !value.is_empty());
        let fill = |(name, usual): &(&'static str, &str)| {
            let value = match *name {
                "pasted" => row.number.to_string(),
                name => cell(name).map_or_else(|| (*usual).to_owned(), |(_, value)| value.clone()),
            };
            (*name, value)
        };
        NEW_LINE.iter().map(fill).collect()
    }));
    let mut out = form.clone();
    out.values.retain(|(name, _)| !LINE.contains(&name.as_str()) && name != "paste");
    out.values.extend(rows.into_iter().flatten().map(|(name, value)| (name.to_owned(), value)));
    Ok((out, start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(number: usize, cells: &[(&'static str, &str)]) -> Pasted {
        Pasted { number, cells: cells.iter().map(|(c, v)| (*c, (*v).to_owned())).collect() }
    }

    #[test]
    fn a_header_is_known_by_its_words_in_both_languages() {
        let zh = "产品编码\t规格型号\t数量(台)\t单位\t颜色\t备注*\nQM-65\t65寸\t１０\t台\t黑\t急\n";
        let cells = [("product", "QM-65"), ("spec", "65寸"), ("quantity", "１０"), ("unit", "台"), ("note", "急")];
        assert_eq!(parse(zh), [row(2, &cells)]);
        let en = "Note\tItem\tQty\r\nurgent\tQM-65\t10\r\n";
        assert_eq!(parse(en), [row(2, &[("note", "urgent"), ("product", "QM-65"), ("quantity", "10")])]);
    }

    #[test]
    fn without_a_header_the_columns_come_in_their_usual_order() {
        let plain = "QM-65\t\t10\tpcs\n\nAZ-01\t上门\t1";
        let found = parse(plain);
        assert_eq!(found[0].cells[0], ("product", "QM-65".to_owned()));
        assert_eq!(found[0].cells[2], ("quantity", "10".to_owned()));
        assert_eq!(found.iter().map(|r| r.number).collect::<Vec<_>>(), [1, 3], "blank rows are counted");
    }

    #[test]
    fn quoted_cells_keep_their_tabs_and_breaks_as_blanks() {
        assert_eq!(cells("\"a\nb\"\tc\n"), [["a b", "c"]]);
        assert_eq!(cells("say \"hi\"\t\"x\"\"y\"\n"), [["say \"hi\"", "x\"y"]]);
        assert_eq!(cells("65\" panel\t1\nx"), [vec!["65\" panel", "1"], vec!["x"]]);
        assert_eq!(cells("\"open\t1\nb\t2"), [["\"open", "1"], ["b", "2"]]);
    }

    #[test]
    fn words_of_closed_sets_become_codes_and_others_stay() {
        let found = parse("产品\t类别\t匹配\t单位\nA\t定制品\t替代\t台\nB\tnonsense\t\t吨");
        assert_eq!(found[0].cells[1].1, "custom");
        assert_eq!(found[0].cells[2].1, "substitute");
        assert_eq!((found[1].cells[1].1.as_str(), found[1].cells[3].1.as_str()), ("nonsense", "吨"));
    }

    #[test]
    fn pasted_rows_come_behind_the_filled_ones_and_blank_rows_go() {
        let form = Submitted::of(&[
            ("purpose", "x"),
            ("product", "QM-65"),
            ("match_kind", "substitute"),
            ("product", ""),
            ("match_kind", "exact"),
            ("paste", "AZ-01\t\t2"),
        ]);
        let (form, start) = into_form(&form).unwrap();
        assert_eq!((start, form.values("product")), (1, vec!["QM-65", "AZ-01"]));
        assert_eq!(form.values("match_kind"), ["substitute", "exact"]);
        assert_eq!((form.values("pasted"), form.values("quantity")), (vec!["", "1"], vec!["", "2"]));
        assert_eq!((form.value("purpose"), form.has("paste")), ("x", false));
    }

    #[test]
    fn more_than_the_most_is_refused_whole() {
        let rows = |count: usize| "QM-65\t\t1\n".repeat(count);
        let form = |count| Submitted::of(&[("paste", rows(count).as_str())]);
        assert!(into_form(&form(MAX_LINES)).is_ok());
        assert_eq!(into_form(&form(MAX_LINES + 1)).err(), Some(Flaw::TooManyRows { max: MAX_LINES }));
        assert_eq!(into_form(&form(0)).err(), Some(Flaw::Required));
    }
}
