//! What every benchmark needs: a company made by `kuaidan bench-data`, the program serving it, people
//! who use it over the wire, and a meter of processor time.
//!
//! Milliseconds of processor time are what counts: they hardly depend on how busy the machine is.

#![allow(dead_code, unused_imports, reason = "each benchmark uses a part")]

pub mod browser;
pub mod desk;
pub mod measure;
pub mod server;

pub use browser::Browser;
pub use measure::{Table, bare, timed};
pub use server::Server;

/// The sizes of the companies that are measured.
pub const SMALL: &[&str] = &[
    "--customers",
    "10000",
    "--products",
    "10000",
    "--orders",
    "10000",
    "--open-orders",
    "100",
    "--waiting",
    "100",
    "--deals",
    "100",
    "--ready",
    "100",
    "--history",
    "10000",
];
pub const MIDDLE: &[&str] = &[
    "--customers",
    "100000",
    "--products",
    "600000",
    "--orders",
    "100000",
    "--open-orders",
    "5000",
    "--waiting",
    "2000",
    "--deals",
    "3000",
    "--ready",
    "14000",
    "--history",
    "20000",
];
/// A million customers, and little else.
pub const CUSTOMERS: &[&str] = &[
    "--customers",
    "1000000",
    "--products",
    "1000",
    "--orders",
    "10000",
    "--open-orders",
    "100",
    "--waiting",
    "100",
    "--deals",
    "100",
    "--ready",
    "100",
    "--history",
    "1000",
];
/// A hundred thousand deals that wait for an approval.
pub const WAITING: &[&str] = &[
    "--customers",
    "10000",
    "--products",
    "1000",
    "--orders",
    "1000",
    "--open-orders",
    "100",
    "--waiting",
    "100000",
    "--deals",
    "100",
    "--ready",
    "100",
    "--history",
    "1000",
];
/// A million orders, of which a hundred are open: about 30 GB of disk while it is made.
pub const LARGE: &[&str] = &[
    "--customers",
    "100000",
    "--products",
    "10000",
    "--orders",
    "1000000",
    "--open-orders",
    "100",
    "--waiting",
    "2000",
    "--deals",
    "3000",
    "--ready",
    "1000",
    "--history",
    "20000",
];
