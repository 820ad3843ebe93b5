//! Reports: what happened to deals and customers as `life` values, the facts made of them, and
//! the figures read back. Facts are derived; they can be thrown away and made anew.

mod customer_lives;
mod deal_lives;
mod facts;
mod figures;

pub use customer_lives::customer_lives;
pub use deal_lives::deal_lives;
pub use facts::{Check, Subject, SubjectKind, Taken, begin_anew, check, keep, lock_due};
pub use figures::{
    After, Distribution, FactRow, Filter, Scope, by_detail, by_owner, distribution, distribution_by_detail, rows,
    sums_by_month,
};
