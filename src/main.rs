//! The program: everything else is in the library.

use std::process::ExitCode;

/// The system's own keeps the working memory of every password check: a gigabyte with two hundred people.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Huge pages give two megabytes to what needs a few kilobytes: they double the memory of an idle server.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
    kuaidan::cli::main()
}
