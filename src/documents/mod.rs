//! Files that people exchange: what comes in as a spreadsheet and what goes out.
//!
//! Hangs on app, jobs and web, and knows the domain only; nothing here reads the database or
//! decides what a row means.

pub mod sheets;
