//! What the integration tests stand on: a database of their own and a company at work in it.

pub mod browser;
pub mod gate;
pub mod plans;
pub mod postgres;
pub mod sample;
pub mod snapshot;
pub mod stages;
pub mod stream;
pub mod world;
