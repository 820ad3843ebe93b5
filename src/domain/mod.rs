//! Every rule of the business, pure: no input or output, no async, no clock, no text for people.

pub mod approval;
pub mod calendar;
mod calendar_data;
pub mod capital;
pub mod codes;
pub mod contract;
pub mod credit_code;
pub mod customer;
pub mod deadline;
pub mod deal;
pub mod email;
pub mod ids;
pub mod input;
pub mod money;
pub mod order;
pub mod phone;
pub mod policy;
pub mod pricing;
pub mod quote;
pub mod requirement;
pub mod size_band;
pub mod staff;
pub mod tax;
pub mod workflow;
