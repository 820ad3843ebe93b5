//! Who may do what in a delivery, where it hangs on the case: stages belong to departments, whoever
//! picked does not check, a severe exception is closed by management.

use super::{Denied, DeniedWhy, belongs_to, denied};
use crate::domain::delivery::{Severity, department_of};
use crate::domain::ids::ExceptionId;
use crate::domain::order::DeliveryStage;
use crate::domain::policy::Act;
use crate::domain::staff::Actor;
use crate::domain::staff::Role::{SalesDirector, SalesManager};
use crate::domain::workflow::{Case, Command};

/// Whether the person's department keeps this stage of a delivery (DOMAIN 2.2).
pub fn keeps_stage(actor: &Actor, stage: DeliveryStage) -> bool {
    belongs_to(actor, department_of(stage))
}

pub(super) fn may_deliver(actor: &Actor, command: &Command, case: &Case) -> Result<(), Denied> {
    let refuse = |why| Err(denied(Act::Do(command.action()), why));
    match command {
        Command::KeepStage { stage, .. } if !keeps_stage(actor, *stage) => refuse(DeniedWhy::OtherDepartment),
        Command::CheckPicking { pickings } => {
            let mut picked = case.order.iter().flat_map(|o| &o.tracking.pickings);
            let own = picked.any(|p| pickings.contains(&p.id) && p.picked_by == actor.id);
            if own { refuse(DeniedWhy::OwnPicking) } else { Ok(()) }
        }
        Command::CloseException { exception, .. } => may_close_exception(actor, *exception, case),
        _ => Ok(()),
    }
}

/// A severe exception is closed by a manager or the director, never by its opener (DOMAIN 7.7).
pub fn may_close_exception(actor: &Actor, exception: ExceptionId, case: &Case) -> Result<(), Denied> {
    let found = case.order.iter().flat_map(|o| &o.tracking.exceptions).find(|e| e.id == exception);
    let severe = found.filter(|e| e.facts.severity == Severity::Severe);
    if severe.is_some_and(|e| e.opened_by == actor.id || !(actor.has(SalesManager) || actor.has(SalesDirector))) {
        return Err(Denied { who_may: vec![SalesManager, SalesDirector], why: DeniedWhy::SevereException });
    }
    Ok(())
}
