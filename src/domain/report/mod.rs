//! Figures for managers (DOMAIN 10): every key figure is a sum of facts, and every fact is a row
//! that a person can open.
//!
//! `life` is what happened to one deal or one customer, `facts` turns it into facts, `figure`
//! turns facts into what is shown. Pure: rows are loaded and kept by the store. No figure is
//! ever counted up in passing; facts can be made anew from the rows at any time.

pub mod customer_facts;
pub mod deal_facts;
mod fact;
pub mod figure;
mod kpi;
pub mod life;
pub mod period;

pub use fact::{Fact, Facts};
pub use figure::Figure;
pub use kpi::{Kpi, KpiGroup, Shape, Split, Unit};
pub use period::Month;
