//! A promise that a change record moves (DOMAIN 7.7, 8): why, what the customer was told, and which
//! batches follow.
//!
//! The one rule: an earlier date pulls forward what was promised later, a later one puts off only
//! what carried the old promise; what was promised before either keeps its date.

use super::{ChangeReason, Request};
use crate::domain::delivery::DelayCause;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Why we put a promise off, and what the customer was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delay {
    pub cause: DelayCause,
    pub told: String,
}

impl Request {
    /// The customer knows their own wish; of any other reason they were told.
    pub fn owes_delay(&self) -> bool {
        self.reason != ChangeReason::Customer && self.delay.is_none()
    }

    /// What a moved promise is put down to.
    pub fn cause(&self) -> DelayCause {
        self.delay.as_ref().map_or_else(|| cause_of(self.reason), |d| d.cause)
    }
}

fn cause_of(reason: ChangeReason) -> DelayCause {
    match reason {
        ChangeReason::Customer => DelayCause::Customer,
        ChangeReason::Regulation => DelayCause::ForceMajeure,
        ChangeReason::Ours | ChangeReason::Technical | ChangeReason::Other => DelayCause::Production,
    }
}

/// Whether a batch follows when its line, promised for `last`, is now promised for `to`.
pub fn follows(batch: DateTime<Utc>, last: DateTime<Utc>, to: DateTime<Utc>) -> bool {
    batch != to && (batch == last || batch > to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: u32) -> DateTime<Utc> {
        chrono::NaiveDate::from_ymd_opt(2026, 10, day)
            .and_then(|d| d.and_hms_opt(10, 0, 0))
            .expect("a moment")
            .and_utc()
    }

    #[test]
    fn an_earlier_date_pulls_forward_only_what_was_promised_after_it() {
        let (first, last) = (day(16), day(21));
        assert!(follows(last, last, day(19)) && !follows(first, last, day(19)));
        assert!(follows(first, last, day(15)), "earlier than both");
        assert!(follows(last, last, day(25)) && !follows(first, last, day(25)), "a later date moves the last alone");
    }
}
