//! Texts that are kept in files and compared; `UPDATE_SNAPSHOTS=1` writes them anew.

use std::fs;
use std::path::PathBuf;

/// Compares with `tests/it/snapshots/<name>`.
pub fn compare(name: &str, actual: &str) {
    compare_file(&format!("tests/it/snapshots/{name}"), actual);
}

/// Compares with a file of the repository.
pub fn compare_file(path: &str, actual: &str) {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some_and(|v| v == "1") {
        fs::write(&file, actual).unwrap_or_else(|e| panic!("{path}: {e}"));
        return;
    }
    let expected =
        fs::read_to_string(&file).unwrap_or_else(|e| panic!("{path}: {e}; run with UPDATE_SNAPSHOTS=1 to make it"));
    if let Some((number, (was, is))) = differing_line(&expected, actual) {
        panic!(
            "{path} differs from line {number} on\n  file: {was}\n  now:  {is}\nWhen the change is meant, run the tests with UPDATE_SNAPSHOTS=1 and look at the diff."
        );
    }
}

fn differing_line<'a>(expected: &'a str, actual: &'a str) -> Option<(usize, (&'a str, &'a str))> {
    let (mut was, mut is) = (expected.split('\n'), actual.split('\n'));
    (1..)
        .map_while(|number| match (was.next(), is.next()) {
            (None, None) => None,
            (was, is) => Some((number, (was.unwrap_or("(end)"), is.unwrap_or("(end)")))),
        })
        .find(|(_, (was, is))| was != is)
}

#[test]
fn the_first_difference_is_found() {
    assert_eq!(differing_line("a\nb\n", "a\nb\n"), None);
    assert_eq!(differing_line("a\nb\n", "a\nc\n"), Some((2, ("b", "c"))));
    assert_eq!(differing_line("a", "a\n"), Some((2, ("(end)", ""))));
}
