//! Reports: what happened to deals and customers as `life` values, the facts made of them, and
//! the figures read back. Facts are derived; they can be thrown away and made anew.

mod facts;
mod figures;
mod lives;
mod now;

pub use facts::{Check, Subject, SubjectKind, Taken, check, forget_all, keep, lock_due, owe_everything};
pub use figures::{
    After, Distribution, FactRow, Filter, Scope, by_detail, distribution, distribution_by_detail, rows, sums_by_month,
};
pub use lives::{customer_lives, deal_lives};
pub use now::{complete_archives, repeat_customers};
