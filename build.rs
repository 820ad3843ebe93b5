//! Build script: reads `wording/*.toml` and writes one `Lang` method per key to `$OUT_DIR/wording.rs`; says how
//! the program is linked.
//!
//! A text missing in one language, differing placeholders or a doubled key stop the build; all faults
//! of all files are shown at once. The logic is in `build/wording_gen.rs`, where it can be tested.

#[path = "build/wording_gen.rs"]
mod wording_gen;

use std::fs;
use std::path::{Path, PathBuf};

use wording_gen::Source;

fn main() {
    println!("cargo::rerun-if-changed=wording");
    // Where the program lies in memory is noted in 40 KB instead of 4 MB, all of which are read at the start.
    // The C library of Debian 12 and newer reads the short form.
    if is_for_gnu_linux() {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
    let mut faults = Vec::new();
    let sources = read(Path::new("wording"), &mut faults);
    match wording_gen::generate(&sources) {
        Ok(code) if faults.is_empty() => write(&code, &mut faults),
        Ok(_) => {}
        Err(found) => faults.extend(found),
    }
    for fault in faults {
        println!("cargo::error={fault}");
    }
}

#[expect(clippy::disallowed_methods, reason = "what Cargo tells a build script is no setting")]
fn is_for_gnu_linux() -> bool {
    let told = |name: &str| std::env::var(name).unwrap_or_default();
    told("CARGO_CFG_TARGET_OS") == "linux" && told("CARGO_CFG_TARGET_ENV") == "gnu"
}

fn read(folder: &Path, faults: &mut Vec<String>) -> Vec<Source> {
    let mut files: Vec<PathBuf> = match fs::read_dir(folder) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(error) => {
            faults.push(format!("wording: the folder cannot be read: {error}"));
            Vec::new()
        }
    };
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    files.iter().filter_map(|path| source(path, faults)).collect()
}

fn source(path: &Path, faults: &mut Vec<String>) -> Option<Source> {
    let file = path.file_name()?.to_string_lossy().into_owned();
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            faults.push(format!("wording/{file}: {error}"));
            return None;
        }
    };
    match text.parse::<toml::Table>() {
        Ok(table) => {
            let entries = table.into_iter().map(|(key, value)| (key, value.as_str().map(str::to_owned)));
            Some(Source { file, entries: entries.collect() })
        }
        Err(error) => {
            let told = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
            faults.push(format!("wording/{file}: {told}"));
            None
        }
    }
}

fn write(code: &str, faults: &mut Vec<String>) {
    let Some(folder) = std::env::var_os("OUT_DIR") else {
        faults.push("wording: cargo gave no OUT_DIR".to_owned());
        return;
    };
    if let Err(error) = fs::write(Path::new(&folder).join("wording.rs"), code) {
        faults.push(format!("wording: the generated file cannot be written: {error}"));
    }
}
