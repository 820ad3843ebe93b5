//! The program: everything else is in the library.

use std::process::ExitCode;

/// The system's own keeps the working memory of every password check: a gigabyte with two hundred people.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    kuaidan::cli::main()
}
