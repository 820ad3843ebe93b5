//! Kuaidan (快单): six gated steps from the first contact to the signed delivery.
pub mod app;
pub mod clock;
pub mod config;
pub mod domain;
pub mod postgres;
pub mod store;
pub mod wording;
