//! Files that people send are read off the async threads, a few at a time.

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// Files that are read at once: while it is read, one may take a hundred megabytes.
static READERS: Semaphore = Semaphore::const_new(2);

/// What `read` makes of a file; none when the file makes it panic.
pub async fn off_the_threads<T: Send + 'static>(read: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let place = READERS.acquire().await;
    let reading = spawn_blocking(move || {
        // Kept until the end, also when nobody waits any more.
        let _place = place;
        read()
    });
    reading.await.ok()
}
