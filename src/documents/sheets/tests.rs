//! Files as people send them, made here and never kept.

use super::*;
use encoding_rs::GB18030;
use rust_decimal::Decimal;
use rust_xlsxwriter::{Format, Formula, Workbook};
use std::io::{Cursor, Read as _, Write as _};
use std::time::Instant;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

fn texts(sheet: &Sheet) -> Vec<(u32, Vec<String>)> {
    sheet.rows.iter().map(|r| (r.number, r.cells.iter().map(Cell::text).collect())).collect()
}

fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).expect("a part");
        zip.write_all(content).expect("written");
    }
    zip.finish().expect("a file").into_inner()
}

#[test]
fn blank_rows_are_left_out_and_the_others_keep_their_number() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "客户全称").expect("cell");
    sheet.write(1, 0, "甲").expect("cell");
    sheet.write(56, 0, "乙").expect("cell");
    sheet.write_blank(30, 0, &Format::new().set_bold()).expect("cell");
    sheet.write(57, 1, "   ").expect("cell");
    let read = read(&book.save_to_buffer().expect("file")).expect("read");
    assert_eq!(read.rows.iter().map(|r| r.number).collect::<Vec<_>>(), [1, 2, 57]);
}

#[test]
fn numbers_dates_and_text_come_as_a_person_would_type_them() {
    let day = Format::new().set_num_format("yyyy年m月d日");
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, 13_800_138_000_f64).expect("cell");
    sheet.write(0, 1, 6500.1).expect("cell");
    sheet.write(0, 2, 0.300_000_000_000_000_04).expect("cell");
    sheet.write_with_format(0, 3, &NaiveDate::from_ymd_opt(2018, 4, 16).expect("day"), &day).expect("cell");
    sheet.write(0, 4, "０５１２－６２３４５６７８").expect("cell");
    sheet.write(0, 5, 180).expect("cell");
    let read = read(&book.save_to_buffer().expect("file")).expect("read");
    assert_eq!(texts(&read)[0].1, ["13800138000", "6500.1", "0.3", "2018-04-16", "０５１２－６２３４５６７８", "180"]);
}

#[test]
fn a_code_that_became_a_number_is_refused() {
    let mut book = Workbook::new();
    book.add_worksheet().write(0, 0, 913_205_050_000_000_000_f64).expect("cell");
    let sheet = read(&book.save_to_buffer().expect("file")).expect("read");
    assert_eq!(sheet.rows[0].cell(0).flaw(), Some(&CellFlaw::DigitsLost));
    let sheet = read("代码\n9.13E+17\n1E5公司\n".as_bytes()).expect("read");
    assert_eq!(sheet.rows[1].cell(0).flaw(), Some(&CellFlaw::DigitsLost));
    assert_eq!(sheet.rows[2].cell(0), &Cell::Text("1E5公司".to_owned()));
}

#[test]
fn merged_cells_name_the_cell_that_holds_the_value() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "客户全称").expect("cell");
    sheet.write(0, 1, "城市").expect("cell");
    sheet.merge_range(1, 1, 2, 1, "苏州市", &Format::new()).expect("merged");
    sheet.write(1, 0, "甲").expect("cell");
    sheet.write(2, 0, "乙").expect("cell");
    let sheet = read(&book.save_to_buffer().expect("file")).expect("read");
    assert_eq!(sheet.rows[1].cell(1), &Cell::Text("苏州市".to_owned()));
    assert_eq!(sheet.rows[2].cell(1).flaw(), Some(&CellFlaw::Merged { into: "B2".to_owned() }));
}

/// The same file with one text replaced in its first sheet.
fn rewritten(content: &[u8], old: &str, new: &str) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(content)).expect("a file");
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).expect("a part");
        let mut text = String::new();
        part.read_to_string(&mut text).expect("text");
        let name = part.name().expect("a name").into_owned();
        if name.ends_with("sheet1.xml") {
            assert!(text.contains(old), "{text}");
            text = text.replace(old, new);
        }
        zip.start_file(name, SimpleFileOptions::default()).expect("a part");
        zip.write_all(text.as_bytes()).expect("written");
    }
    zip.finish().expect("a file").into_inner()
}

#[test]
fn formulas_count_by_the_value_they_showed() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_formula(0, 0, Formula::new("=100+80").set_result("180")).expect("cell");
    sheet.write_formula(0, 1, Formula::new("=A1").set_result("77")).expect("cell");
    let content = rewritten(&book.save_to_buffer().expect("file"), "<v>77</v>", "");
    let sheet = read(&content).expect("read");
    assert_eq!(sheet.rows[0].cell(0).text(), "180");
    assert_eq!(sheet.rows[0].cell(1).flaw(), Some(&CellFlaw::FormulaWithoutValue));
}

#[test]
fn a_csv_cell_that_looks_like_a_formula_is_text() {
    let sheet = read(b"a,b,c\n=1+1,@SUM(A1),\"+86 138\n0013\"\n\nlast,-1,x\n").expect("read");
    assert_eq!(
        texts(&sheet),
        [
            (1, vec!["a".to_owned(), "b".to_owned(), "c".to_owned()]),
            (2, vec!["=1+1".to_owned(), "@SUM(A1)".to_owned(), "+86 138\n0013".to_owned()]),
            (4, vec!["last".to_owned(), "-1".to_owned(), "x".to_owned()]),
        ]
    );
}

#[test]
fn text_files_are_read_in_their_encoding() {
    let text = "客户全称;城市\r\n苏州星辰云启科技有限公司;苏州市\r\n";
    let gb = GB18030.encode(text).0.into_owned();
    let bom = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
    let wide: Vec<u8> = [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_ne!(gb, text.as_bytes());
    for content in [text.as_bytes(), &bom, &gb, &wide] {
        let sheet = read(content).expect("read");
        assert_eq!(texts(&sheet)[1], (2, vec!["苏州星辰云启科技有限公司".to_owned(), "苏州市".to_owned()]));
    }
    assert_eq!(read(b"\x81\x20\xff\xff,x\n"), Err(SheetFlaw::Encoding));
}

#[test]
fn other_files_under_a_wrong_name_are_told_apart() {
    let ole = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    let old: Vec<u8> = ole.into_iter().chain([0; 2000]).collect();
    let secret: Vec<u8> =
        old.iter().copied().chain("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    for (content, flaw) in [
        (old, SheetFlaw::OldExcel),
        (secret, SheetFlaw::Encrypted),
        (zipped(&[("word/document.xml", b"<w/>")]), SheetFlaw::Document),
        (zipped(&[("a.txt", b"a")]), SheetFlaw::OtherKind),
        (b"<html><table><tr><td>1</td></tr></table></html>".to_vec(), SheetFlaw::Html),
        (b"%PDF-1.7".to_vec(), SheetFlaw::OtherKind),
        (b"PK\x03\x04 broken".to_vec(), SheetFlaw::Broken),
        (Vec::new(), SheetFlaw::Empty),
        (vec![b'a'; (MAX_MIB << 20) + 1], SheetFlaw::TooLarge),
        (b"\n\n,,\n".to_vec(), SheetFlaw::NoRows),
        (zipped(&[("xl/workbook.xml", b"<!DOCTYPE x [<!ENTITY a \"b\">]><workbook/>".as_slice())]), SheetFlaw::Broken),
    ] {
        assert_eq!(read(&content), Err(flaw.clone()), "{flaw:?}");
    }
}

#[test]
fn a_zip_bomb_is_refused_before_it_is_parsed() {
    let zeros = vec![b' '; 70 << 20];
    let bomb = zipped(&[("xl/workbook.xml", b"<workbook/>"), ("xl/worksheets/sheet1.xml", &zeros)]);
    assert!(bomb.len() < 1 << 20, "{} bytes", bomb.len());
    let start = Instant::now();
    assert_eq!(read(&bomb), Err(SheetFlaw::Unpacked));
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

#[test]
fn a_text_that_stands_in_very_many_cells_is_too_much() {
    let long = "长".repeat(30_000);
    let file = |rows: u32| {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        for row in 0..rows {
            sheet.write(row, 0, &long).expect("cell");
        }
        book.save_to_buffer().expect("file")
    };
    assert_eq!(read(&file(700)).expect("63 MB").rows.len(), 700);
    let small = file(1_000);
    assert!(small.len() < 100 << 10, "the file holds the text once");
    assert_eq!(read(&small), Err(SheetFlaw::Unpacked));
}

#[test]
fn very_many_merged_cells_are_too_much() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for row in 0..2_600 {
        sheet.merge_range(row, 0, row, 79, "甲", &Format::new()).expect("area");
    }
    assert_eq!(read(&book.save_to_buffer().expect("file")), Err(SheetFlaw::Unpacked));
}

#[test]
fn the_limits_of_rows_and_columns_hold() {
    let tall = "x\n".repeat(MAX_ROWS + 2);
    assert_eq!(read(tall.as_bytes()), Err(SheetFlaw::TooManyRows));
    assert!(read("x\n".repeat(MAX_ROWS + 1).as_bytes()).is_ok());
    let wide = ",".repeat(MAX_COLUMNS) + "x\n";
    assert_eq!(read(wide.as_bytes()), Err(SheetFlaw::TooManyColumns));
    let mut book = Workbook::new();
    book.add_worksheet().write(0, 16_383, "x").expect("cell");
    assert_eq!(read(&book.save_to_buffer().expect("file")), Err(SheetFlaw::TooManyColumns));
}

#[test]
fn what_is_written_is_read_back_and_no_text_becomes_a_formula() {
    let table = Table {
        name: "客户".to_owned(),
        columns: [("代码", Kind::Text), ("金额", Kind::Number), ("日期", Kind::Date)]
            .into_iter()
            .map(|(label, kind)| Column { label: label.to_owned(), kind, width: 20 })
            .collect(),
        rows: vec![
            vec![
                Value::Text("=HYPERLINK(\"x\")".to_owned()),
                Value::Number(Decimal::new(48_600_050, 2)),
                Value::Date(NaiveDate::from_ymd_opt(2018, 4, 16).expect("day")),
            ],
            vec![Value::Text("013800138000".to_owned()), Value::Blank, Value::Blank],
        ],
    };
    let sheet = read(&xlsx(std::slice::from_ref(&table)).expect("file")).expect("read");
    assert_eq!(texts(&sheet)[1].1, ["=HYPERLINK(\"x\")", "486000.5", "2018-04-16"]);
    assert_eq!(texts(&sheet)[2].1, ["013800138000"]);
    let text = String::from_utf8(csv(&table)).expect("text");
    assert!(
        text.starts_with("\u{feff}代码,金额,日期\r\n\"'=HYPERLINK(\"\"x\"\")\",486000.50,2018-04-16\r\n"),
        "{text}"
    );
}

#[test]
fn columns_have_the_letters_of_the_program() {
    assert_eq!([0, 25, 26, 58].map(column_letters), ["A", "Z", "AA", "BG"]);
}
