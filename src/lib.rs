//! Kuaidan (快单): six gated steps from the first contact to the signed delivery.
pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod documents;
pub mod domain;
pub mod jobs;
pub mod notify;
pub mod postgres;
pub mod store;
pub mod web;
pub mod wording;
