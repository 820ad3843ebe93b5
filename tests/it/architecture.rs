//! The walls between the parts of the program, read from its own source; a test that fails here
//! names the rule.

use crate::harness::snapshot;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder of the repository with one of these endings: its path and its text.
fn files(folder: &str, endings: &[&str]) -> Vec<(String, String)> {
    fn walk(folder: &Path, out: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() { walk(&path, out) } else { out.push(path) }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), &mut found);
    found.sort();
    found
        .into_iter()
        .filter(|p| p.extension().and_then(|e| e.to_str()).is_some_and(|e| endings.contains(&e)))
        .map(|p| {
            let name = p.strip_prefix(root()).unwrap_or(&p).to_string_lossy().into_owned();
            let text = fs::read_to_string(&p).unwrap_or_else(|e| panic!("{name}: {e}"));
            (name, text)
        })
        .collect()
}

/// The source without its comments, and without what only tests use.
fn code(text: &str) -> String {
    let shipped = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text);
    shipped.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn none(found: &[String], rule: &str) {
    assert!(found.is_empty(), "{rule}:\n  {}", found.join("\n  "));
}

/// One wall: files below the folder must not mention any of the words.
struct Wall {
    folder: &'static str,
    words: &'static [&'static str],
    /// Where the words may stand all the same.
    except: &'static [&'static str],
    rule: &'static str,
}

const WALLS: &[Wall] = &[
    Wall {
        folder: "src/domain",
        words: &[
            "sqlx",
            "axum",
            "tokio",
            "askama",
            "tower",
            "hyper",
            "std::fs",
            "std::net",
            "std::env",
            "async fn",
            ".await",
            "Utc::now",
            "crate::store",
            "crate::app",
            "crate::web",
            "crate::jobs",
            "crate::cli",
            "crate::clock",
            "crate::config",
            "crate::wording",
            "crate::postgres",
        ],
        except: &[],
        rule: "domain is pure: no input or output, no async, no clock, nothing outside domain",
    },
    Wall {
        folder: "src/store",
        words: &[
            "axum",
            "askama",
            "crate::app",
            "crate::web",
            "crate::jobs",
            "crate::cli",
            "crate::wording",
            "Utc::now",
        ],
        except: &[],
        rule: "store is SQL and nothing else: no pages, no commands, no clock",
    },
    Wall {
        folder: "src/app",
        words: &["axum", "askama", "sqlx", "crate::web", "crate::jobs", "crate::cli", "crate::wording"],
        except: &[],
        rule: "app composes store and domain: no SQL text, no pages",
    },
    Wall {
        folder: "src/jobs",
        words: &["axum", "askama", "sqlx", "crate::web", "crate::cli", "Tx::begin"],
        except: &[],
        rule: "jobs act through app",
    },
    Wall {
        folder: "src/web",
        words: &["sqlx", "Tx::begin", "store::Tx", "Utc::now", "crate::jobs", "crate::cli"],
        except: &[],
        rule: "web knows no SQL and opens no write transaction",
    },
    Wall {
        folder: "src/documents",
        words: &["axum", "askama", "sqlx", "crate::store", "crate::app", "crate::web", "crate::jobs", "crate::cli"],
        except: &[],
        rule: "documents turn a case into paper: no pages, no SQL, no writing",
    },
    Wall {
        folder: "src/notify",
        words: &[
            "axum",
            "sqlx",
            "crate::store",
            "crate::app",
            "crate::web",
            "crate::jobs",
            "crate::cli",
            "crate::config",
            "crate::clock",
            "Utc::now",
            "SystemTime::now",
            "std::fs",
            "tracing",
        ],
        except: &[],
        rule: "notify sends what it is given: no SQL, no commands, no clock, no log line that could hold a secret",
    },
    Wall {
        folder: "src/wording",
        words: &["axum", "askama", "sqlx", "tokio", "crate::store", "crate::web", "crate::jobs", "crate::cli"],
        except: &[],
        rule: "wording turns the data of a refusal into sentences: no pages, no SQL, no input or output",
    },
    Wall {
        folder: "src/documents",
        words: &[
            "axum",
            "askama",
            "sqlx",
            "crate::store",
            "crate::app",
            "crate::web",
            "crate::jobs",
            "crate::cli",
            "Utc::now",
        ],
        except: &[],
        rule: "documents makes and reads files: no SQL, no pages, no commands, no clock",
    },
    Wall {
        folder: "src",
        words: &["Tx::begin"],
        except: &["src/app/", "src/store/mod.rs"],
        rule: "only app opens a write transaction",
    },
    Wall { folder: "src", words: &["sqlx::"], except: &["src/store/"], rule: "store is the only user of sqlx" },
];

#[test]
fn nobody_crosses_a_wall() {
    for wall in WALLS {
        let mut found = Vec::new();
        for (name, text) in files(wall.folder, &["rs"]) {
            if wall.except.iter().any(|e| name.starts_with(e))
                || name.ends_with("_tests.rs")
                || name.ends_with("/tests.rs")
            {
                continue;
            }
            for line in code(&text).lines() {
                found.extend(
                    wall.words
                        .iter()
                        .filter(|w| line.contains(*w))
                        .map(|w| format!("{name}: {w} in `{}`", line.trim())),
                );
            }
        }
        none(&found, wall.rule);
    }
}

#[test]
fn the_walls_stand_where_the_source_is() {
    for folder in ["src/domain", "src/store", "src/app", "src/web", "src/wording"] {
        assert!(!files(folder, &["rs"]).is_empty(), "{folder} has moved; the walls must move with it");
    }
    assert!(
        code("use sqlx::X; // fine\n// sqlx\nfn f() {}\n#[cfg(test)]\nmod tests {\nsqlx\n}").matches("sqlx").count()
            == 1
    );
}

#[test]
fn only_the_clock_asks_for_the_time_and_for_chance() {
    let mut found = Vec::new();
    for (name, text) in files("src", &["rs"]) {
        let words = ["Utc::now", "Local::now", "SystemTime::now", "Uuid::new_v4", "Uuid::now_v7", "rand::"];
        if name != "src/clock.rs" {
            found.extend(words.iter().filter(|w| code(&text).contains(*w)).map(|w| format!("{name}: {w}")));
        }
    }
    none(&found, "time and chance come from clock.rs");
}

#[test]
fn roles_are_conditions_in_the_policy_only() {
    let mut found = Vec::new();
    for (name, text) in files("src", &["rs"]) {
        let policy = name.starts_with("src/domain/policy") || name == "src/domain/staff.rs";
        if !policy {
            found.extend(
                code(&text)
                    .lines()
                    .filter(|l| l.contains(".has(Role::") || l.contains("roles.contains(&Role::"))
                    .map(|l| format!("{name}: {}", l.trim())),
            );
        }
    }
    none(&found, "only policy.rs draws conclusions from a role");
}

#[test]
fn the_database_never_asks_its_own_clock() {
    let mut found = Vec::new();
    let sources = files("migrations", &["sql"]).into_iter().chain(files("src", &["rs", "sql"]));
    for (name, text) in sources {
        for line in code(&text).lines().filter(|l| !l.trim_start().starts_with("--")) {
            let lower = line.to_lowercase();
            let asks = [
                "current_timestamp",
                "clock_timestamp()",
                "statement_timestamp()",
                "transaction_timestamp()",
                "current_date",
                "localtimestamp",
            ];
            let own = lower
                .match_indices("now()")
                .any(|(at, _)| !lower[..at].ends_with(['.', ':', '_']) && !lower[..at].ends_with("fn "));
            if own || asks.iter().any(|a| lower.contains(a)) {
                found.push(format!("{name}: {}", line.trim()));
            }
        }
    }
    none(&found, "time comes in from outside, also to the database");
}

#[test]
fn templates_escape_everything_and_hold_no_script_or_style() {
    let mut found = Vec::new();
    for (name, text) in files("templates", &["html", "svg", "txt"]) {
        for (number, line) in text.lines().enumerate() {
            let squeezed: String = line.chars().filter(|c| !c.is_whitespace()).collect();
            let lower = line.to_lowercase();
            let mut wrong = Vec::new();
            wrong.extend(squeezed.contains("|safe").then_some("|safe"));
            wrong.extend(squeezed.contains("{%autoescape").then_some("autoescape"));
            wrong.extend(
                [" style=", "<style", "hx-on", "javascript:", "srcdoc="]
                    .into_iter()
                    // A mail program reads no file of ours, and no policy of a page holds for a mail.
                    .filter(|w| *w != " style=" || !name.contains("mail/"))
                    .filter(|w| lower.contains(w)),
            );
            let handler = lower.split([' ', '\t', '<', '"']).any(|word| {
                word.strip_prefix("on")
                    .and_then(|w| w.split_once('='))
                    .is_some_and(|(event, _)| !event.is_empty() && event.chars().all(|c| c.is_ascii_lowercase()))
            });
            wrong.extend(handler.then_some("an event handler"));
            wrong.extend((lower.contains("<script") && !lower.contains("src=")).then_some("inline script"));
            found.extend(wrong.into_iter().map(|w| format!("{name}:{}: {w}", number + 1)));
        }
    }
    none(&found, "templates escape everything; script and style come from files");
}

/// Lines that a file of `src` may have.
const LONGEST: usize = 460;

/// Longer ones, each with its reason.
const LONGER: &[(&str, &str)] = &[
    ("src/domain/workflow/event.rs", "one enum of everything that can happen, a variant after the other"),
    ("src/domain/calendar.rs", "the arithmetic of working time with the examples that prove it"),
    ("src/domain/workflow/event.rs", "the one list of what can happen"),
    ("src/domain/input.rs", "one parser for each kind of typed value, with their tests"),
];

#[test]
fn no_file_grows_out_of_hand() {
    let mut found = Vec::new();
    let sources = files("src", &["rs"]);
    for (name, text) in &sources {
        let (lines, excused) = (text.lines().count(), LONGER.iter().any(|(file, _)| file == name));
        if lines > LONGEST && !excused {
            found.push(format!("{name} has {lines} lines"));
        }
        if lines <= LONGEST && excused {
            found.push(format!("{name} needs no exception any more"));
        }
    }
    found.extend(
        LONGER
            .iter()
            .filter(|(file, _)| !sources.iter().any(|(name, _)| name == file))
            .map(|(file, _)| format!("{file} is gone")),
    );
    none(&found, "look for the second noun in a file of more than 460 lines");
}

#[test]
fn landed_migrations_are_never_edited() {
    let mut text = String::new();
    for (name, content) in files("migrations", &["sql"]) {
        let _ = writeln!(
            text,
            "{} {}",
            hex::encode(Sha256::digest(content.as_bytes())),
            name.trim_start_matches("migrations/")
        );
    }
    assert!(!text.is_empty());
    snapshot::compare("migrations.txt", &text);
}
