//! Turns the wording files into Rust: one method on `Lang` for each key.
//!
//! Used by the build script, which reads the files, and by a test, which feeds it made-up ones.
//! The one rule it keeps: a text exists in every language with the same placeholders, or nothing is
//! generated and every fault is told at once. It knows neither files nor TOML, only keys and texts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// The languages every key must have: file suffix and the `Lang` variant it becomes.
pub const LANGUAGES: [(&str, &str); 2] = [("zh", "Zh"), ("en", "En")];

/// Methods that `Lang` writes by hand, so that no key may take their names.
const HANDWRITTEN: [&str; 3] = ["code", "html_lang", "parse"];

/// One wording file: its name (`deals.zh.toml`) and its entries; `None` is a value that is no string.
#[derive(Debug, Clone)]
pub struct Source {
    pub file: String,
    pub entries: Vec<(String, Option<String>)>,
}

/// One piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Words(String),
    Placeholder(String),
}

/// The texts of one key, by language code, each with the file it stands in.
type Texts<'a> = BTreeMap<&'a str, (&'a str, &'a str)>;

/// Generates the `impl Lang` block.
///
/// # Errors
/// Every fault found, one sentence each, naming file and key.
pub fn generate(sources: &[Source]) -> Result<String, Vec<String>> {
    let mut faults = Vec::new();
    let keys = collect(sources, &mut faults);
    let mut methods = String::new();
    for (key, texts) in &keys {
        check_languages(key, texts, &mut faults);
        method(key, texts, &mut methods, &mut faults);
    }
    if faults.is_empty() {
        Ok(format!("#[allow(clippy::pedantic, clippy::too_many_arguments)]\nimpl Lang {{\n{methods}}}\n"))
    } else {
        Err(faults)
    }
}

fn collect<'a>(sources: &'a [Source], faults: &mut Vec<String>) -> BTreeMap<&'a str, Texts<'a>> {
    let mut keys: BTreeMap<&str, Texts> = BTreeMap::new();
    for source in sources {
        let file = source.file.as_str();
        let Some(language) = language_of(file) else {
            faults.push(format!("wording/{file}: the name must be <topic>.zh.toml or <topic>.en.toml"));
            continue;
        };
        for (key, value) in &source.entries {
            if !is_name(key) || is_keyword(key) || HANDWRITTEN.contains(&key.as_str()) {
                faults.push(format!("wording/{file}: `{key}` is no lower-case method name"));
                continue;
            }
            let Some(text) = value else {
                faults.push(format!("wording/{file}: `{key}` must be one string"));
                continue;
            };
            if text.trim().is_empty() {
                faults.push(format!("wording/{file}: `{key}` has no text"));
            }
            if let Some((former, _)) = keys.entry(key).or_default().insert(language, (file, text)) {
                faults.push(format!("wording/{file}: `{key}` already stands in wording/{former}"));
            }
        }
    }
    keys
}

fn language_of(file: &str) -> Option<&'static str> {
    let stem = file.strip_suffix(".toml")?;
    let (topic, language) = stem.rsplit_once('.')?;
    if topic.is_empty() {
        return None;
    }
    LANGUAGES.iter().map(|(code, _)| *code).find(|code| *code == language)
}

fn check_languages(key: &str, texts: &Texts, faults: &mut Vec<String>) {
    for (code, _) in LANGUAGES {
        if texts.contains_key(code) {
            continue;
        }
        let stands_in: Vec<&str> = texts.values().map(|(file, _)| *file).collect();
        faults.push(format!("wording: `{key}` stands in {} but has no text in `{code}`", stands_in.join(", ")));
    }
}

fn method(key: &str, texts: &Texts, methods: &mut String, faults: &mut Vec<String>) {
    let mut wanted: Option<BTreeSet<String>> = None;
    let mut arms = Vec::new();
    for (code, variant) in LANGUAGES {
        let Some((file, text)) = texts.get(code) else { continue };
        let pieces = match split(text) {
            Ok(pieces) => pieces,
            Err(fault) => {
                faults.push(format!("wording/{file}: `{key}` {fault}"));
                continue;
            }
        };
        let names = placeholders(&pieces);
        match &wanted {
            Some(other) if *other != names => faults.push(format!(
                "wording/{file}: `{key}` has the placeholders {} but {} in the other language",
                list(&names),
                list(other)
            )),
            Some(_) => {}
            None => wanted = Some(names),
        }
        arms.push((variant, *text));
    }
    let names = wanted.unwrap_or_default();
    // What stands in brackets is no link.
    let doc = texts.values().next().map_or("", |(_, text)| text).replace('[', "\\[").replace(']', "\\]");
    let result = if names.is_empty() { "&'static str" } else { "String" };
    let mut arguments = String::new();
    for name in &names {
        let _ = write!(arguments, ", {name}: impl ::std::fmt::Display");
    }
    let _ = writeln!(methods, "    #[doc = {doc:?}]");
    let _ = writeln!(methods, "    pub fn {key}(self{arguments}) -> {result} {{\n        match self {{");
    for (variant, text) in arms {
        let body = if names.is_empty() { format!("{text:?}") } else { format!("format!({text:?})") };
        let _ = writeln!(methods, "            Self::{variant} => {body},");
    }
    methods.push_str("        }\n    }\n");
}

/// Splits a text at its `{placeholders}`.
///
/// # Errors
/// What is wrong with a brace, as the end of a sentence.
pub fn split(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (words, tail) = rest.split_at(at);
        let Some(inside) = tail.strip_prefix('{') else {
            return Err("has a `}` without its `{`".to_owned());
        };
        let Some((name, after)) = inside.split_once('}') else {
            return Err("has a `{` without its `}`".to_owned());
        };
        if !is_name(name) || is_keyword(name) {
            return Err(format!("has the placeholder `{name}`, which is no lower-case name"));
        }
        if !words.is_empty() {
            pieces.push(Piece::Words(words.to_owned()));
        }
        pieces.push(Piece::Placeholder(name.to_owned()));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Words(rest.to_owned()));
    }
    Ok(pieces)
}

fn placeholders(pieces: &[Piece]) -> BTreeSet<String> {
    pieces
        .iter()
        .filter_map(|piece| match piece {
            Piece::Placeholder(name) => Some(name.clone()),
            Piece::Words(_) => None,
        })
        .collect()
}

fn list(names: &BTreeSet<String>) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names.iter().map(|name| format!("{{{name}}}")).collect::<Vec<_>>().join(" ")
}

fn is_name(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(|first| first.is_ascii_lowercase())
        && letters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn is_keyword(word: &str) -> bool {
    const WORDS: [&str; 46] = [
        "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
        "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
        "match", "mod", "move", "mut", "override", "pub", "ref", "return", "self", "static", "struct", "super",
        "trait", "true", "try", "type", "unsafe", "use", "where", "while",
    ];
    WORDS.contains(&word)
}
