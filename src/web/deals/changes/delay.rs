//! Why we put the promise of an order off ourselves, and what the customer was told of it: asked in the
//! form of a change, where the date is later and the wish is not the customer's.

use super::form::About;
use crate::domain::change::{Change, ChangeReason, Delay};
use crate::domain::delivery::DelayCause;
use crate::domain::input::Flaw;
use crate::web::check::Checker;
use crate::web::deals::grid;
use crate::web::form::{Choice, FormView};
use crate::wording::Lang;
use chrono::{DateTime, Utc};

pub fn causes(t: Lang) -> Vec<Choice> {
    grid::choices(DelayCause::ALL, DelayCause::code, |v| t.delay_cause(v))
}

pub fn stored(form: &mut FormView, draft: &Change) {
    if let Some(delay) = &draft.request.delay {
        form.push("delay_cause", delay.cause.code());
        form.push("delay_told", delay.told.as_str());
    }
}

pub fn read(
    check: &mut Checker,
    about: &About,
    wanted_at: Option<DateTime<Utc>>,
    reason: Option<ChangeReason>,
) -> Option<Delay> {
    let cause = check.optional_choice("delay_cause", DelayCause::parse);
    let told = check.optional_long_text("delay_told", 2, 1000);
    let is_later = about.case.order.is_some() && wanted_at.is_some_and(|at| at > about.now.wanted_at);
    if !is_later || reason.is_none_or(|r| r == ChangeReason::Customer) {
        return None;
    }
    for (field, is_missing) in [("delay_cause", cause.is_none()), ("delay_told", told.is_none())] {
        if is_missing {
            check.fail(field, Flaw::Required);
        }
    }
    Some(Delay { cause: cause?, told: told? })
}
