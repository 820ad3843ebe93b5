//! The difference of two requirement contents, field by field and line by line, and the kinds of
//! change it means. Lines are matched by their identifier.

use super::ChangeKind;
use crate::domain::codes::codes;
use crate::domain::invoice_block::InvoiceBlock;
use crate::domain::requirement::{RequirementContent, RequirementLine};
use crate::domain::workflow::Case;
use chrono::{DateTime, SecondsFormat, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

codes!(/// A field that a change may touch.
ChangeField {
    Line = "line", Product = "product", Spec = "spec", Quantity = "quantity", Packaging = "packaging",
    WantedAt = "wanted_at", ShipAddress = "ship_address", ShipReceiver = "ship_receiver", ShipPhone = "ship_phone",
    PaymentWish = "payment_wish", InvoiceNeed = "invoice_need", UnitPrice = "unit_price",
    PaymentTerms = "payment_terms", InvoiceTitle = "invoice_title", InvoiceTaxNo = "invoice_tax_no",
    BankName = "bank_name", BankAccount = "bank_account", InvoiceDelivery = "invoice_delivery",
});

impl ChangeField {
    /// The kind of a field that belongs to no line and has only one.
    pub fn kind_of_header(self) -> Option<ChangeKind> {
        match self {
            Self::ShipAddress | Self::ShipReceiver | Self::ShipPhone => Some(ChangeKind::Address),
            Self::PaymentWish => Some(ChangeKind::Price),
            Self::InvoiceNeed => Some(ChangeKind::Invoice),
            other => other.is_invoice().then_some(ChangeKind::Invoice),
        }
    }

    /// Whom the order's invoice is made out to.
    pub fn is_invoice(self) -> bool {
        matches!(
            self,
            Self::InvoiceTitle | Self::InvoiceTaxNo | Self::BankName | Self::BankAccount | Self::InvoiceDelivery
        )
    }

    /// For those who see prices, as on the order.
    pub fn is_for_prices(self) -> bool {
        self.is_invoice() || matches!(self, Self::UnitPrice | Self::PaymentTerms)
    }
}

/// One changed field. Values are stored codes, plain numbers and RFC 3339 moments; empty is nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub field: ChangeField,
    /// The line, counted from 1 in the former content; added lines count on after it.
    pub line: Option<i32>,
    pub before: String,
    pub after: String,
}

fn number(value: Decimal) -> String {
    value.normalize().to_string()
}

fn moment(value: DateTime<Utc>) -> String {
    value.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn whole_line(line: &RequirementLine) -> String {
    format!("{} × {} {}", line.product_name, number(line.quantity), line.unit)
}

/// Every field in which `after` differs from `before`.
pub fn items_of(before: &RequirementContent, after: &RequirementContent) -> Vec<Item> {
    let mut out = Vec::new();
    let mut add = |field, line: Option<usize>, before: String, after: String| {
        if before != after {
            out.push(Item { field, line: line.and_then(|n| i32::try_from(n + 1).ok()), before, after });
        }
    };
    for (i, was) in before.lines.iter().enumerate() {
        match after.lines.iter().find(|l| l.id == was.id) {
            None => add(ChangeField::Line, Some(i), whole_line(was), String::new()),
            Some(is) => {
                add(ChangeField::Product, Some(i), was.product_name.clone(), is.product_name.clone());
                add(ChangeField::Spec, Some(i), was.spec.clone(), is.spec.clone());
                add(ChangeField::Quantity, Some(i), number(was.quantity), number(is.quantity));
                let packaging = |l: &RequirementLine| l.packaging.clone().unwrap_or_default();
                add(ChangeField::Packaging, Some(i), packaging(was), packaging(is));
            }
        }
    }
    let added = after.lines.iter().filter(|l| before.lines.iter().all(|b| b.id != l.id));
    for (i, line) in added.enumerate() {
        add(ChangeField::Line, Some(before.lines.len() + i), String::new(), whole_line(line));
    }
    add(ChangeField::WantedAt, None, moment(before.wanted_at), moment(after.wanted_at));
    add(ChangeField::ShipAddress, None, before.ship_address.clone(), after.ship_address.clone());
    add(ChangeField::ShipReceiver, None, before.ship_receiver.clone(), after.ship_receiver.clone());
    add(ChangeField::ShipPhone, None, before.ship_phone.clone(), after.ship_phone.clone());
    add(ChangeField::PaymentWish, None, before.payment_wish.code().into(), after.payment_wish.code().into());
    add(ChangeField::InvoiceNeed, None, before.invoice_need.code().into(), after.invoice_need.code().into());
    out
}

/// Whom the invoice is made out to, field by field; its kind stands in the requirement.
pub fn invoice_items(before: &InvoiceBlock, after: &InvoiceBlock) -> Vec<Item> {
    let fields = |block: &InvoiceBlock| {
        [
            (ChangeField::InvoiceTitle, block.title.clone()),
            (ChangeField::InvoiceTaxNo, block.tax_no.clone()),
            (ChangeField::BankName, block.bank.clone()),
            (ChangeField::BankAccount, block.account.clone()),
            (ChangeField::InvoiceDelivery, block.delivery.clone()),
        ]
    };
    let item = |((field, was), (_, is)): ((ChangeField, Option<String>), (ChangeField, Option<String>))| Item {
        field,
        line: None,
        before: was.unwrap_or_default(),
        after: is.unwrap_or_default(),
    };
    fields(before).into_iter().zip(fields(after)).map(item).filter(|i| i.before != i.after).collect()
}

fn kind_of(item: &Item) -> ChangeKind {
    match item.field {
        // A line more is more goods, a line less is fewer.
        ChangeField::Line if item.before.is_empty() => ChangeKind::QuantityUp,
        ChangeField::Line => ChangeKind::QuantityDown,
        ChangeField::Product | ChangeField::Spec => ChangeKind::Product,
        ChangeField::Quantity => {
            let read = |text: &str| text.parse::<Decimal>().unwrap_or_default();
            if read(&item.after) > read(&item.before) { ChangeKind::QuantityUp } else { ChangeKind::QuantityDown }
        }
        ChangeField::Packaging => ChangeKind::Packaging,
        // Moments in one fixed form order like their text.
        ChangeField::WantedAt if item.after < item.before => ChangeKind::Earlier,
        ChangeField::WantedAt => ChangeKind::Later,
        ChangeField::ShipAddress | ChangeField::ShipReceiver | ChangeField::ShipPhone => ChangeKind::Address,
        ChangeField::PaymentWish | ChangeField::UnitPrice | ChangeField::PaymentTerms => ChangeKind::Price,
        ChangeField::InvoiceNeed
        | ChangeField::InvoiceTitle
        | ChangeField::InvoiceTaxNo
        | ChangeField::BankName
        | ChangeField::BankAccount
        | ChangeField::InvoiceDelivery => ChangeKind::Invoice,
    }
}

/// The kinds of change, each once, in the order of the table.
pub fn kinds_of(items: &[Item]) -> Vec<ChangeKind> {
    // A price that follows from another quantity or product is part of that change.
    let follows = |i: &&Item| {
        let moved = |other: &Item| {
            other.line == i.line
                && matches!(other.field, ChangeField::Quantity | ChangeField::Product | ChangeField::Spec)
        };
        i.field == ChangeField::UnitPrice && items.iter().any(moved)
    };
    let found: Vec<ChangeKind> = items.iter().filter(|i| !follows(i)).map(kind_of).collect();
    ChangeKind::ALL.iter().copied().filter(|k| found.contains(k)).collect()
}

/// The lines that are touched, counted from 1.
pub fn affected_lines(items: &[Item]) -> Vec<i32> {
    let mut lines: Vec<i32> = items.iter().filter_map(|i| i.line).collect();
    lines.sort_unstable();
    lines.dedup();
    lines
}

/// What holds now: the requirement, and over it what the order says since it exists.
pub fn current_content(case: &Case) -> Option<RequirementContent> {
    let mut content = case.requirement.as_ref()?.content.clone();
    if let Some(order) = &case.order {
        content.ship_address.clone_from(&order.ship_address);
        content.ship_receiver.clone_from(&order.ship_receiver);
        content.ship_phone.clone_from(&order.ship_phone);
        content.wanted_at = order.promised_at;
        for line in &mut content.lines {
            if let Some(ordered) = case.order_line_of(line.id) {
                line.packaging.clone_from(&ordered.packaging);
                line.quantity = ordered.quantity;
                line.product_name.clone_from(&ordered.name);
                line.spec.clone_from(&ordered.spec);
                line.product = ordered.product;
            }
        }
    }
    Some(content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::customer::InvoiceKind;
    use crate::domain::ids::{ProductId, RequirementLineId};
    use crate::domain::requirement::{Channel, DeliveryMode, LineKind, MatchKind, PaymentWish};
    use chrono::TimeDelta;
    use rust_decimal::dec;
    use uuid::Uuid;

    fn line(id: u128, quantity: Decimal) -> RequirementLine {
        RequirementLine {
            id: RequirementLineId(Uuid::from_u128(id)),
            kind: LineKind::Standard,
            product: Some(ProductId(Uuid::nil())),
            product_code: "RM".into(),
            product_name: "粒料".into(),
            spec: "标准".into(),
            quantity,
            unit: "套".into(),
            standard: None,
            packaging: Some("标准".into()),
            match_kind: MatchKind::Exact,
            note: None,
            custom_name: None,
            wanted_on: None,
            first: None,
        }
    }

    fn content() -> RequirementContent {
        RequirementContent {
            contact: None,
            channel: Channel::Phone,
            purpose: "补货".into(),
            budget_from: None,
            budget_to: None,
            wanted_at: DateTime::UNIX_EPOCH + TimeDelta::days(20000),
            ship_address: "无锡".into(),
            ship_receiver: "周先生".into(),
            ship_phone: "13800138000".into(),
            delivery_mode: DeliveryMode::ToDoor,
            partial_allowed: true,
            payment_wish: PaymentWish::Monthly,
            invoice_need: InvoiceKind::Special,
            warranty: None,
            acceptance: "开箱".into(),
            lines: vec![line(1, dec!(16)), line(2, dec!(3))],
            specials: Vec::new(),
            is_confidential: false,
            files: Vec::new(),
        }
    }

    fn kinds(change: impl FnOnce(&mut RequirementContent)) -> Vec<ChangeKind> {
        let (before, mut after) = (content(), content());
        change(&mut after);
        kinds_of(&items_of(&before, &after))
    }

    #[test]
    fn each_field_means_its_kind() {
        use ChangeKind as K;
        assert_eq!(kinds(|_| {}), []);
        assert_eq!(kinds(|c| c.lines[0].quantity = dec!(20)), [K::QuantityUp]);
        assert_eq!(kinds(|c| c.lines[0].quantity = dec!(15.5)), [K::QuantityDown]);
        assert_eq!(kinds(|c| c.lines.push(line(3, dec!(1)))), [K::QuantityUp]);
        assert_eq!(kinds(|c| drop(c.lines.remove(1))), [K::QuantityDown]);
        assert_eq!(kinds(|c| c.lines[1].spec = "加长".into()), [K::Product]);
        assert_eq!(kinds(|c| c.lines[1].product_name = "别的".into()), [K::Product]);
        assert_eq!(kinds(|c| c.lines[0].packaging = None), [K::Packaging]);
        assert_eq!(kinds(|c| c.wanted_at -= TimeDelta::days(1)), [K::Earlier]);
        assert_eq!(kinds(|c| c.wanted_at += TimeDelta::days(1)), [K::Later]);
        assert_eq!(kinds(|c| c.ship_address = "苏州".into()), [K::Address]);
        assert_eq!(kinds(|c| c.ship_receiver = "李女士".into()), [K::Address]);
        assert_eq!(kinds(|c| c.ship_phone = "13800138001".into()), [K::Address]);
        assert_eq!(kinds(|c| c.payment_wish = PaymentWish::Prepaid), [K::Price]);
        assert_eq!(kinds(|c| c.invoice_need = InvoiceKind::Ordinary), [K::Invoice]);
    }

    #[test]
    fn the_story_is_two_items_on_one_line() {
        let (before, mut after) = (content(), content());
        after.lines[0].quantity = dec!(20.000);
        after.lines[0].packaging = Some("防潮托盘+护角+缠绕膜".into());
        let items = items_of(&before, &after);
        let told: Vec<(ChangeField, Option<i32>, &str, &str)> =
            items.iter().map(|i| (i.field, i.line, i.before.as_str(), i.after.as_str())).collect();
        assert_eq!(
            told,
            [
                (ChangeField::Quantity, Some(1), "16", "20"),
                (ChangeField::Packaging, Some(1), "标准", "防潮托盘+护角+缠绕膜")
            ]
        );
        assert_eq!(kinds_of(&items), [ChangeKind::QuantityUp, ChangeKind::Packaging]);
        assert_eq!(affected_lines(&items), [1]);
    }

    #[test]
    fn equal_numbers_written_differently_are_no_change() {
        assert_eq!(kinds(|c| c.lines[0].quantity = dec!(16.000)), []);
    }
}
