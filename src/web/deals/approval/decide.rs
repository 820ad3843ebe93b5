//! The decision as typed: the checklist, the department's fields, where a return goes, what a
//! condition asks for, and the fingerprint of what was read.

use crate::domain::approval::{Decision, NodeKind};
use crate::domain::input::{self, Flaw};
use crate::domain::round::{
    Batch, Capacity, Check, CheckAnswer, CheckItem, ConditionKind, Feasibility, FinanceView, ProductionView, ReturnTo,
    Sheet, TechnicalView, TermsView, Verdict,
};
use crate::web::check::{Checker, FieldErrors};
use crate::web::form::Submitted;
use rust_decimal::Decimal;

/// The name of the field that answers an item, and of its comment.
pub fn fields_of(item: CheckItem) -> (String, String) {
    (format!("check_{item}"), format!("note_{item}"))
}

/// Rows for production's quantities per date.
pub const BATCHES: usize = 3;
/// The longest lead time that can be typed, in days.
const LONGEST_LEAD: i64 = 3650;

fn checks(check: &mut Checker<'_>, node: NodeKind, approves: Option<()>) -> Vec<Check> {
    let mut out = Vec::new();
    for item in node.checklist() {
        let (field, note) = fields_of(*item);
        let answer = match approves {
            Some(()) => check.choice(&field, CheckAnswer::parse),
            None => check.optional_choice(&field, CheckAnswer::parse),
        };
        let comment = check.optional_long_text(&note, 2, 500);
        let Some(answer) = answer else { continue };
        if answer == CheckAnswer::NotMet && comment.is_none() {
            check.fail(&note, Flaw::Required);
        }
        out.push(Check { item: *item, answer, comment });
    }
    out
}

fn technical(check: &mut Checker<'_>) -> Option<TechnicalView> {
    let feasibility = check.choice("feasibility", Feasibility::parse);
    let risks = check.optional_long_text("risks", 1, 500);
    let lead_days = check.whole("lead_days", 0, LONGEST_LEAD).and_then(|d| u32::try_from(d).ok());
    Some(TechnicalView { feasibility: feasibility?, risks, lead_days: lead_days? })
}

fn finance(check: &mut Checker<'_>) -> Option<FinanceView> {
    let terms = check.choice("finance_terms", TermsView::parse);
    let exposure = check.optional_decimal("exposure", 2, Decimal::ZERO, Decimal::from(999_999_999_999_i64));
    let condition = check.optional_long_text("finance_condition", 1, 500);
    Some(FinanceView { terms: terms?, exposure, condition })
}

fn production(check: &mut Checker<'_>) -> Option<ProductionView> {
    let capacity = check.choice("capacity", Capacity::parse);
    let committed_on = check.date("committed_on");
    let mut batches = Vec::new();
    for row in check.rows(&["batch_on", "batch_quantity"]) {
        let on = check.cell(&row, "batch_on", input::date);
        let quantity = check
            .cell(&row, "batch_quantity", |raw| input::decimal(raw, 3, Decimal::new(1, 3), Decimal::from(999_999_999)));
        batches.extend(on.zip(quantity).map(|(on, quantity)| Batch { on, quantity }));
    }
    Some(ProductionView { capacity: capacity?, committed_on: committed_on?, batches })
}

/// The department's fields are asked for on an approval; a return or a refusal goes without.
fn sheet(check: &mut Checker<'_>, node: NodeKind, decision: Decision) -> Sheet {
    let approves = matches!(decision, Decision::Approve | Decision::ApproveCond).then_some(());
    let mut sheet = Sheet { checks: checks(check, node, approves), ..Sheet::default() };
    if approves.is_some() {
        match node {
            NodeKind::Technical => sheet.technical = technical(check),
            NodeKind::Finance => sheet.finance = finance(check),
            NodeKind::Production => sheet.production = production(check),
            NodeKind::SalesManager | NodeKind::SalesDirector | NodeKind::GeneralManager | NodeKind::UrgentDirector => {}
        }
    }
    sheet
}

/// The whole decision, or everything that is wrong with it.
pub fn typed(form: &Submitted) -> Result<Verdict, FieldErrors> {
    let mut check = Checker::new(form);
    let node = check.choice("node", NodeKind::parse);
    let decision = check.choice("decision", Decision::parse);
    let comment = match decision {
        None | Some(Decision::Approve) => check.optional_long_text("comment", 1, 500),
        Some(_) => check.long_text("comment", 5, 500),
    };
    let return_to = match decision {
        Some(Decision::Return) => check.choice("return_to", ReturnTo::parse),
        _ => check.optional_choice("return_to", ReturnTo::parse),
    };
    let condition = check.optional_choice("condition_kind", ConditionKind::parse);
    let seen = check.required("seen", |raw| hex::decode(raw.trim()).map_err(|_| Flaw::UnknownChoice));
    let sheet = node.zip(decision).map(|(node, decision)| sheet(&mut check, node, decision));
    check.finish()?;
    match (node, decision, sheet) {
        (Some(node), Some(decision), Some(sheet)) => {
            Ok(Verdict { node, decision, comment, return_to, condition, sheet, seen })
        }
        _ => Err(FieldErrors::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> Submitted {
        Submitted::of(&[&[("seen", "00ff")], pairs].concat())
    }

    #[test]
    fn every_flaw_of_an_approval_is_told_at_once() {
        let errors = typed(&form(&[
            ("node", "production"),
            ("decision", "approve"),
            ("check_capacity", "not_met"),
            ("check_material", "perhaps"),
            ("committed_on", "soon"),
            ("batch_on", "2026-11-20"),
            ("batch_quantity", "-4"),
        ]))
        .unwrap_err();
        let fields: Vec<&str> = errors.iter().map(|(f, _)| f.as_str()).collect();
        assert_eq!(
            fields,
            ["note_capacity", "check_material", "check_committed_date", "capacity", "committed_on", "batch_quantity-1"]
        );
    }

    #[test]
    fn a_return_asks_for_a_comment_and_a_step_only() {
        let errors = typed(&form(&[("node", "technical"), ("decision", "return"), ("comment", "不行")])).unwrap_err();
        assert_eq!(errors.iter().map(|(f, _)| f.as_str()).collect::<Vec<_>>(), ["comment", "return_to"]);
        let told =
            [("node", "technical"), ("decision", "return"), ("comment", "伺服规格不符"), ("return_to", "requirement")];
        let verdict = typed(&form(&told)).unwrap();
        assert_eq!((verdict.return_to, verdict.sheet.technical), (Some(ReturnTo::Requirement), None));
        assert_eq!(verdict.seen, Some(vec![0, 255]));
    }

    #[test]
    fn a_decision_without_what_was_read_is_none() {
        let bare = Submitted::of(&[("node", "sales_manager"), ("decision", "reject"), ("comment", "价格不对，不做")]);
        assert_eq!(typed(&bare).unwrap_err()[0].0, "seen");
    }
}
