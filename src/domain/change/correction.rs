//! What a customer's correction of their own data means for a running deal (DOMAIN 1.1, 8): the address,
//! the consignee or the invoice data that the deal copied, as the customer says they should be.
//!
//! The one rule: only what the deal really holds is touched; all else is a matter of the archive.

use super::current_content;
use crate::domain::customer::InvoiceKind;
use crate::domain::input::normalise;
use crate::domain::invoice_block::InvoiceBlock;
use crate::domain::link::Correction;
use crate::domain::requirement::RequirementContent;
use crate::domain::workflow::Case;

/// A deal as it would be if the customer's words were taken over as they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Corrected {
    pub content: RequirementContent,
    /// Only an order has copied invoice data; before it the archive's are read.
    pub invoice: Option<Box<InvoiceBlock>>,
}

/// Nothing when the deal holds none of what was corrected, or holds it already as the customer says.
pub fn corrected(case: &Case, corrections: &[Correction]) -> Option<Corrected> {
    let now = current_content(case)?;
    let block = case.order.as_ref().map(|o| &o.invoice_block);
    let mut then = Corrected { content: now.clone(), invoice: block.cloned().map(Box::new) };
    for c in corrections {
        let said = c.said.trim();
        let of_contact = c.field.strip_prefix("contact_").and_then(|rest| rest.split_once('_'));
        let field = of_contact.map_or(c.field.as_str(), |(_, field)| field);
        let content = &mut then.content;
        let place = match field {
            "registered_address" => Some(&mut content.ship_address),
            "name" => Some(&mut content.ship_receiver),
            "mobile" | "landline" | "phone" => Some(&mut content.ship_phone),
            _ => None,
        };
        // What stands there is what the customer was shown, so it is this that is wrong.
        if let Some(place) = place.filter(|p| !c.shown.is_empty() && normalise(p) == normalise(&c.shown)) {
            said.clone_into(place);
        }
        if let Some(block) = then.invoice.as_deref_mut() {
            correct_invoice(block, &mut content.invoice_need, field, &c.shown, said);
        }
    }
    (then.content != now || then.invoice.as_deref() != block).then_some(then)
}

fn correct_invoice(block: &mut InvoiceBlock, need: &mut InvoiceKind, field: &str, shown: &str, said: &str) {
    let follows = |place: &Option<String>| place.as_deref().is_some_and(|was| was == shown);
    let place = match field {
        "invoice_kind" => {
            if let Some(kind) = kind_said(said).filter(|kind| block.kind != Some(*kind)) {
                *need = kind;
            }
            return;
        }
        "legal_name" if !follows(&block.title) => return,
        "uscc" if !follows(&block.tax_no) => return,
        "invoice_title" | "legal_name" => &mut block.title,
        "invoice_tax_no" | "uscc" => &mut block.tax_no,
        "bank_name" => &mut block.bank,
        "bank_account" => &mut block.account,
        "invoice_delivery" => &mut block.delivery,
        _ => return,
    };
    *place = Some(said.to_owned());
}

/// The kind of invoice in the customer's words.
fn kind_said(said: &str) -> Option<InvoiceKind> {
    let said = normalise(said).to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if has(&["不", "无", "none", "no invoice"]) {
        Some(InvoiceKind::None)
    } else if has(&["专", "special"]) {
        Some(InvoiceKind::Special)
    } else if has(&["普", "ordinary"]) {
        Some(InvoiceKind::Ordinary)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_invoice_is_understood_as_people_write_it() {
        for (said, kind) in [
            ("专票", Some(InvoiceKind::Special)),
            ("增值税普通发票", Some(InvoiceKind::Ordinary)),
            ("不开票", Some(InvoiceKind::None)),
            ("Special VAT invoice", Some(InvoiceKind::Special)),
            ("No invoice", Some(InvoiceKind::None)),
            ("13%", None),
        ] {
            assert_eq!(kind_said(said), kind, "{said}");
        }
    }

    #[test]
    fn a_title_that_follows_the_name_follows_its_correction_and_another_does_not() {
        let mut need = InvoiceKind::Special;
        let mut block = InvoiceBlock { title: Some("甲公司".to_owned()), ..InvoiceBlock::default() };
        correct_invoice(&mut block, &mut need, "legal_name", "乙公司", "丙公司");
        assert_eq!(block.title.as_deref(), Some("甲公司"));
        correct_invoice(&mut block, &mut need, "legal_name", "甲公司", "丙公司");
        correct_invoice(&mut block, &mut need, "bank_account", "", "6222");
        correct_invoice(&mut block, &mut need, "legal_rep", "李", "王");
        assert_eq!((block.title.as_deref(), block.account.as_deref()), (Some("丙公司"), Some("6222")));
        correct_invoice(&mut block, &mut need, "invoice_kind", "专票", "普票");
        assert_eq!(need, InvoiceKind::Ordinary);
    }
}
