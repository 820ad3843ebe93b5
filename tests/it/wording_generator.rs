//! The wording generator: what it makes of good files, and that it refuses every kind of bad one.
//!
//! It runs the same source that the build script runs, on made-up files.

#[path = "../../build/wording_gen.rs"]
mod wording_gen;

use wording_gen::{LANGUAGES, Piece, Source, generate, split};

fn source(file: &str, entries: &[(&str, &str)]) -> Source {
    let entries = entries.iter().map(|(key, text)| ((*key).to_owned(), Some((*text).to_owned())));
    Source { file: file.to_owned(), entries: entries.collect() }
}

fn pair(zh: &[(&str, &str)], en: &[(&str, &str)]) -> Vec<Source> {
    vec![source("deals.zh.toml", zh), source("deals.en.toml", en)]
}

fn faults(sources: &[Source]) -> Vec<String> {
    generate(sources).expect_err("the files are faulty")
}

#[test]
fn a_plain_text_becomes_a_method_without_arguments() {
    let code = generate(&pair(&[("deal", "业务单")], &[("deal", "Deal")])).expect("good files");
    assert!(code.contains("pub fn deal(self) -> &'static str"), "{code}");
    assert!(code.contains("Self::Zh => \"业务单\","), "{code}");
    assert!(code.contains("Self::En => \"Deal\","), "{code}");
}

#[test]
fn placeholders_become_arguments_in_alphabetical_order_whatever_the_sentence() {
    let sources = pair(&[("turn", "{who} 在 {left} 内处理")], &[("turn", "{left} left for {who}")]);
    let code = generate(&sources).expect("good files");
    let head = "pub fn turn(self, left: impl ::std::fmt::Display, who: impl ::std::fmt::Display) -> String";
    assert!(code.contains(head), "{code}");
    assert!(code.contains("format!(\"{left} left for {who}\")"), "{code}");
}

#[test]
fn quotes_and_backslashes_stay_inside_the_literal() {
    let text = "说\"好\"\\";
    let code = generate(&pair(&[("said", text)], &[("said", "x")])).expect("good files");
    assert!(code.contains(&format!("Self::Zh => {text:?},")), "{code}");
}

#[test]
fn a_missing_language_is_told_with_its_key() {
    let told = faults(&pair(&[("deal", "业务单"), ("order", "订单")], &[("deal", "Deal")]));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("`order`") && told[0].contains("`en`"), "{told:?}");
}

#[test]
fn differing_placeholders_are_told() {
    let told = faults(&pair(&[("late", "{count} 件逾期")], &[("late", "{number} late")]));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("`late`") && told[0].contains("{number}"), "{told:?}");
}

#[test]
fn a_key_in_two_files_of_one_language_is_told() {
    let mut sources = pair(&[("deal", "业务单")], &[("deal", "Deal")]);
    sources.push(source("orders.zh.toml", &[("deal", "单子")]));
    let told = faults(&sources);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("orders.zh.toml") && told[0].contains("deals.zh.toml"), "{told:?}");
}

#[test]
fn all_faults_are_told_at_once() {
    let sources = vec![
        source("deals.zh.toml", &[("Deal", "业务单"), ("for", "为"), ("code", "码"), ("late", "{n 件"), ("gone", " ")]),
        source("deals.en.toml", &[("late", "n} late"), ("gone", "Gone")]),
        source("deals.toml", &[("deal", "Deal")]),
        Source { file: "more.zh.toml".to_owned(), entries: vec![("table".to_owned(), None)] },
    ];
    let told = faults(&sources).join("\n");
    for word in [
        "`Deal`",
        "`for`",
        "`code`",
        "without its `}`",
        "without its `{`",
        "`gone` has no text",
        "deals.toml",
        "`table`",
    ] {
        assert!(told.contains(word), "{word} is missing from:\n{told}");
    }
}

#[test]
fn texts_are_split_at_placeholders_only() {
    let pieces = split("共 {count} 件").expect("a good text");
    let expected = [Piece::Words("共 ".into()), Piece::Placeholder("count".into()), Piece::Words(" 件".into())];
    assert_eq!(pieces, expected);
    assert_eq!(split("").expect("nothing to split"), []);
    for bad in ["{}", "{Count}", "{a b}", "{type}", "{{x}}", "}", "{"] {
        assert!(split(bad).is_err(), "{bad} was taken");
    }
}

#[test]
fn both_languages_are_asked_for() {
    assert_eq!(LANGUAGES.map(|(code, _)| code), ["zh", "en"]);
}
