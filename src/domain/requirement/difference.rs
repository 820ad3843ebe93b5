//! What one version of a requirement says differently from another (DOMAIN 1.2, going back).
//!
//! The one rule: a line is compared with the line it continues, wherever it stands now; only its
//! identity decides, never its place or its words.

use super::{RequirementContent, RequirementFile, RequirementLine, Special};

/// The fields of the head that can differ, in the order of the document.
pub const FIELDS: [&str; 16] = [
    "contact",
    "channel",
    "purpose",
    "budget_from",
    "budget_to",
    "wanted_at",
    "ship_address",
    "ship_receiver",
    "ship_phone",
    "delivery_mode",
    "partial_allowed",
    "payment_wish",
    "invoice_need",
    "warranty",
    "acceptance",
    "is_confidential",
];

/// What happened to one line, special requirement or file; places count from 0 in their version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Added { at: usize },
    Removed { at: usize },
    Changed { before: usize, after: usize, cells: Vec<&'static str> },
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// Codes out of [`FIELDS`].
    pub fields: Vec<&'static str>,
    pub lines: Vec<Change>,
    pub specials: Vec<Change>,
    pub files: Vec<Change>,
}

impl Difference {
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.lines.is_empty() && self.specials.is_empty() && self.files.is_empty()
    }
}

/// Compares two versions, field by field and line by line.
pub fn difference(before: &RequirementContent, after: &RequirementContent) -> Difference {
    let (b, a) = (before, after);
    let fields = different([
        ("contact", b.contact != a.contact),
        ("channel", b.channel != a.channel),
        ("purpose", b.purpose != a.purpose),
        ("budget_from", b.budget_from != a.budget_from),
        ("budget_to", b.budget_to != a.budget_to),
        ("wanted_at", b.wanted_at != a.wanted_at),
        ("ship_address", b.ship_address != a.ship_address),
        ("ship_receiver", b.ship_receiver != a.ship_receiver),
        ("ship_phone", b.ship_phone != a.ship_phone),
        ("delivery_mode", b.delivery_mode != a.delivery_mode),
        ("partial_allowed", b.partial_allowed != a.partial_allowed),
        ("payment_wish", b.payment_wish != a.payment_wish),
        ("invoice_need", b.invoice_need != a.invoice_need),
        ("warranty", b.warranty != a.warranty),
        ("acceptance", b.acceptance != a.acceptance),
        ("is_confidential", b.is_confidential != a.is_confidential),
    ]);
    Difference {
        fields,
        lines: changes(&b.lines, &a.lines, |b, a| b.identity() == a.identity(), line_cells),
        specials: changes(&b.specials, &a.specials, |b, a| b.text == a.text, special_cells),
        files: changes(&b.files, &a.files, |b, a| b.id == a.id, file_cells),
    }
}

/// In the order of the newer version; what is gone comes last.
fn changes<T>(
    before: &[T],
    after: &[T],
    is_same: impl Fn(&T, &T) -> bool,
    cells: impl Fn(&T, &T) -> Vec<&'static str>,
) -> Vec<Change> {
    let mut left: Vec<(usize, &T)> = before.iter().enumerate().collect();
    let mut out = Vec::new();
    for (at, new) in after.iter().enumerate() {
        let Some(place) = left.iter().position(|(_, old)| is_same(old, new)) else {
            out.push(Change::Added { at });
            continue;
        };
        let (before, old) = left.remove(place);
        let cells = cells(old, new);
        if !cells.is_empty() {
            out.push(Change::Changed { before, after: at, cells });
        }
    }
    out.extend(left.into_iter().map(|(at, _)| Change::Removed { at }));
    out
}

fn different<const N: usize>(cells: [(&'static str, bool); N]) -> Vec<&'static str> {
    cells.into_iter().filter_map(|(cell, differs)| differs.then_some(cell)).collect()
}

fn line_cells(b: &RequirementLine, a: &RequirementLine) -> Vec<&'static str> {
    different([
        ("kind", b.kind != a.kind),
        ("product", (b.product, &b.product_name) != (a.product, &a.product_name)),
        ("spec", b.spec != a.spec),
        ("quantity", b.quantity != a.quantity),
        ("unit", b.unit != a.unit),
        ("standard", b.standard != a.standard),
        ("packaging", b.packaging != a.packaging),
        ("line_date", b.wanted_on != a.wanted_on),
        ("match_kind", b.match_kind != a.match_kind),
        ("note", b.note != a.note),
    ])
}

fn special_cells(b: &Special, a: &Special) -> Vec<&'static str> {
    different([("special_department", b.department != a.department), ("special_applies", b.applies != a.applies)])
}

fn file_cells(b: &RequirementFile, a: &RequirementFile) -> Vec<&'static str> {
    different([("file_kind", b.kind != a.kind)])
}

#[cfg(test)]
mod tests {
    use super::super::{Channel, DeliveryMode, LineKind, MatchKind, PaymentWish, RequirementFileKind};
    use super::*;
    use crate::domain::customer::InvoiceKind;
    use crate::domain::ids::{AttachmentId, ProductId, RequirementLineId};
    use crate::domain::staff::Department;
    use chrono::{DateTime, Utc};
    use proptest::prelude::*;
    use rust_decimal::Decimal;
    use uuid::Uuid;

    fn line(id: u128) -> RequirementLine {
        RequirementLine {
            id: RequirementLineId(Uuid::from_u128(id)),
            kind: LineKind::Standard,
            product: Some(ProductId(Uuid::from_u128(9))),
            product_code: "QM-65".to_owned(),
            product_name: "Panel".to_owned(),
            spec: "standard".to_owned(),
            quantity: Decimal::TEN,
            unit: "台".to_owned(),
            standard: None,
            packaging: None,
            match_kind: MatchKind::Exact,
            note: None,
            custom_name: None,
            wanted_on: None,
            first: None,
        }
    }

    fn content(lines: Vec<RequirementLine>) -> RequirementContent {
        RequirementContent {
            contact: None,
            channel: Channel::Meeting,
            purpose: "ten meeting rooms".to_owned(),
            budget_from: None,
            budget_to: None,
            wanted_at: DateTime::<Utc>::UNIX_EPOCH,
            ship_address: "Road 1".to_owned(),
            ship_receiver: "Fang".to_owned(),
            ship_phone: "13800138001".to_owned(),
            delivery_mode: DeliveryMode::ToDoor,
            partial_allowed: false,
            payment_wish: PaymentWish::Deposit,
            invoice_need: InvoiceKind::Special,
            warranty: None,
            acceptance: "starts up".to_owned(),
            lines,
            specials: Vec::new(),
            is_confidential: false,
            files: Vec::new(),
        }
    }

    /// The same line in the next version, under its new id.
    fn next(old: &RequirementLine, id: u128) -> RequirementLine {
        RequirementLine { id: RequirementLineId(Uuid::from_u128(id)), first: Some(old.identity()), ..old.clone() }
    }

    #[test]
    fn the_same_content_under_new_ids_differs_in_nothing() {
        let before = content(vec![line(1), line(2)]);
        let after = content(before.lines.iter().zip(11..).map(|(l, id)| next(l, id)).collect());
        assert!(difference(&before, &after).is_empty());
        let third = content(after.lines.iter().zip(21..).map(|(l, id)| next(l, id)).collect());
        assert!(difference(&before, &third).is_empty(), "also over three versions");
    }

    #[test]
    fn lines_are_matched_by_identity_and_not_by_place() {
        let before = content(vec![line(1), line(2), line(3)]);
        let mut moved = next(&before.lines[2], 13);
        moved.quantity = Decimal::TWO;
        moved.packaging = Some("crate".to_owned());
        let after = content(vec![moved, next(&before.lines[0], 11), line(50)]);
        assert_eq!(
            difference(&before, &after).lines,
            [
                Change::Changed { before: 2, after: 0, cells: vec!["quantity", "packaging"] },
                Change::Added { at: 2 },
                Change::Removed { at: 1 },
            ]
        );
    }

    #[test]
    fn a_quantity_written_with_more_zeros_is_the_same() {
        let before = content(vec![line(1)]);
        let mut same = next(&before.lines[0], 11);
        same.quantity = "10.000".parse().unwrap();
        assert!(difference(&before, &content(vec![same])).is_empty());
    }

    #[test]
    fn fields_specials_and_files_are_named() {
        let mut before = content(vec![line(1)]);
        let special =
            |text: &str, applies| Special { text: text.to_owned(), department: Department::Warehouse, applies };
        let file = |id, kind| RequirementFile { id: AttachmentId(Uuid::from_u128(id)), kind, name: "a.pdf".to_owned() };
        before.specials = vec![special("crate", Some(true)), special("label", None)];
        before.files = vec![file(1, RequirementFileKind::Drawing), file(2, RequirementFileKind::Other)];
        let mut after = before.clone();
        after.purpose = "twelve meeting rooms".to_owned();
        after.budget_to = Some(Decimal::ONE_HUNDRED);
        after.is_confidential = true;
        after.specials = vec![special("crate", Some(false)), special("pallet", Some(true))];
        after.files = vec![file(1, RequirementFileKind::Specification)];
        let found = difference(&before, &after);
        assert_eq!(found.fields, ["purpose", "budget_to", "is_confidential"]);
        assert_eq!(
            found.specials,
            [
                Change::Changed { before: 0, after: 0, cells: vec!["special_applies"] },
                Change::Added { at: 1 },
                Change::Removed { at: 1 },
            ]
        );
        assert_eq!(
            found.files,
            [Change::Changed { before: 0, after: 0, cells: vec!["file_kind"] }, Change::Removed { at: 1 }]
        );
        assert!(difference(&after, &after).is_empty());
    }

    #[test]
    fn every_field_of_the_head_is_compared() {
        let before = content(Vec::new());
        let after = RequirementContent {
            contact: Some(crate::domain::ids::ContactId(Uuid::from_u128(1))),
            channel: Channel::Po,
            purpose: "x".to_owned(),
            budget_from: Some(Decimal::ONE),
            budget_to: Some(Decimal::ONE),
            wanted_at: DateTime::<Utc>::MAX_UTC,
            ship_address: "x".to_owned(),
            ship_receiver: "x".to_owned(),
            ship_phone: "x".to_owned(),
            delivery_mode: DeliveryMode::PickUp,
            partial_allowed: true,
            payment_wish: PaymentWish::Prepaid,
            invoice_need: InvoiceKind::None,
            warranty: Some("x".to_owned()),
            acceptance: "x".to_owned(),
            lines: Vec::new(),
            specials: Vec::new(),
            is_confidential: true,
            files: Vec::new(),
        };
        assert_eq!(difference(&before, &after).fields, FIELDS);
    }

    proptest! {
        #[test]
        fn what_is_added_one_way_is_removed_the_other_way(
            olds in prop::collection::vec(0_u128..8, 0..8),
            news in prop::collection::vec(0_u128..8, 0..8),
        ) {
            let of = |ids: &[u128]| content(ids.iter().map(|id| line(*id)).collect());
            let count = |d: &Difference| {
                let added = d.lines.iter().filter(|c| matches!(c, Change::Added { .. })).count();
                (added, d.lines.len() - added)
            };
            let (added, removed) = count(&difference(&of(&olds), &of(&news)));
            prop_assert_eq!((removed, added), count(&difference(&of(&news), &of(&olds))));
            prop_assert_eq!(olds.len() + added, news.len() + removed);
        }
    }
}
