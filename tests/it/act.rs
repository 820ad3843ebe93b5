//! The write path: the first acceptance story to the cent and the minute, and what happens when
//! people are late, send twice, or want the same thing at the same time.

#[path = "act/crowd.rs"]
mod crowd;
#[path = "act/faults.rs"]
mod faults;
#[path = "act/history.rs"]
mod history;
#[path = "act/sign_in.rs"]
mod sign_in;
#[path = "act/story.rs"]
mod story;
#[path = "act/twice.rs"]
mod twice;
