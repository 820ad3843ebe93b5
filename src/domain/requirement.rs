//! The requirement confirmation (DOMAIN 1.2): what the customer wants, version by version.
//!
//! Content is stored for ever inside events: new fields are optional for reading, and nothing is renamed.

pub mod difference;
pub mod lead;

use super::calendar::local_date;
use super::codes::codes;
use super::customer::InvoiceKind;
use super::ids::{AttachmentId, ContactId, PersonId, ProductId, RequirementId, RequirementLineId};
use super::staff::Department;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

codes!(RequirementStatus {
    Draft = "draft", Sent = "sent", Confirmed = "confirmed", Superseded = "superseded", Cancelled = "cancelled",
});
codes!(Channel { Meeting = "meeting", Phone = "phone", Email = "email", Wechat = "wechat", Tender = "tender", Po = "po" });
codes!(DeliveryMode { ToDoor = "to_door", Express = "express", Freight = "freight", PickUp = "pick_up" });
codes!(PaymentWish {
    Prepaid = "prepaid", Deposit = "deposit", OnDelivery = "on_delivery", Monthly = "monthly", Milestones = "milestones",
});
codes!(LineKind { Standard = "standard", Custom = "custom", Service = "service" });
codes!(MatchKind { Exact = "exact", Substitute = "substitute", NeedsCustom = "needs_custom", Cannot = "cannot" });
codes!(RequirementConfirmMethod { Signed = "signed", Email = "email", Wechat = "wechat", Phone = "phone" });
codes!(RequirementFileKind { Drawing = "drawing", Specification = "specification", Other = "other" });

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequirementContent {
    pub contact: Option<ContactId>,
    pub channel: Channel,
    pub purpose: String,
    pub budget_from: Option<Decimal>,
    pub budget_to: Option<Decimal>,
    pub wanted_at: DateTime<Utc>,
    pub ship_address: String,
    pub ship_receiver: String,
    pub ship_phone: String,
    pub delivery_mode: DeliveryMode,
    pub partial_allowed: bool,
    pub payment_wish: PaymentWish,
    pub invoice_need: InvoiceKind,
    pub warranty: Option<String>,
    pub acceptance: String,
    pub lines: Vec<RequirementLine>,
    pub specials: Vec<Special>,
    /// Its files are only for the people on the deal.
    #[serde(default)]
    pub is_confidential: bool,
    #[serde(default)]
    pub files: Vec<RequirementFile>,
}

impl RequirementContent {
    /// The first custom line, counted from 1, while neither drawing nor specification is attached.
    pub fn custom_line_without_drawing(&self) -> Option<usize> {
        let is_described = self.files.iter().any(|f| f.kind != RequirementFileKind::Other);
        let custom = self.lines.iter().position(|l| l.kind == LineKind::Custom);
        custom.filter(|_| !is_described).map(|i| i + 1)
    }
}

/// A drawing or specification; the content is an attachment of the deal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequirementFile {
    pub id: AttachmentId,
    pub kind: RequirementFileKind,
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequirementLine {
    pub id: RequirementLineId,
    pub kind: LineKind,
    /// Of a custom line the base product; none where it is free text.
    pub product: Option<ProductId>,
    /// Empty without a product.
    pub product_code: String,
    /// The product's name, or that of the custom line.
    pub product_name: String,
    pub spec: String,
    pub quantity: Decimal,
    pub unit: String,
    pub standard: Option<String>,
    pub packaging: Option<String>,
    pub match_kind: MatchKind,
    pub note: Option<String>,
    /// The free name of a custom line.
    #[serde(default)]
    pub custom_name: Option<String>,
    /// Where it differs from the date of the whole requirement.
    #[serde(default)]
    pub wanted_on: Option<NaiveDate>,
    /// The line of the first version that this one continues; none for a line that is new.
    #[serde(default)]
    pub first: Option<RequirementLineId>,
}

impl RequirementLine {
    /// What stays the same while a line goes from version to version.
    pub fn identity(&self) -> RequirementLineId {
        self.first.unwrap_or(self.id)
    }

    /// Wanted later than the requirement as a whole, which the document points out.
    pub fn is_after(&self, wanted_at: DateTime<Utc>) -> bool {
        self.wanted_on.is_some_and(|on| on > local_date(wanted_at))
    }
}

/// Why what was typed in a line names no product that can be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProductFlaw {
    Unknown,
    /// The typed words fit more than one; some of their codes.
    Several {
        codes: String,
    },
    NotOnSale,
    /// Kind of the line and of its product do not go together.
    OtherKind,
    /// The product is sold in another unit.
    OtherUnit {
        unit: String,
    },
}

/// Units that are counted: no fractions (DOMAIN 1.2).
pub const COUNTABLE: [&str; 5] = ["台", "件", "套", "个", "箱"];

/// The VAT rate of a line without a product: goods 13 %, services 6 % (DOMAIN 5.3).
pub fn usual_tax_rate(kind: LineKind) -> Decimal {
    match kind {
        LineKind::Standard | LineKind::Custom => Decimal::from_parts(13, 0, 0, false, 2),
        LineKind::Service => Decimal::from_parts(6, 0, 0, false, 2),
    }
}

/// Whether a specification says a number with its unit: `600×800 mm`, `65寸`, `≥ 95 %`.
pub fn has_measure(spec: &str) -> bool {
    let mut after_number = false;
    spec.chars().any(|letter| {
        let is_unit = letter.is_alphabetic() && !matches!(letter, 'x' | 'X') || "%‰°℃℉′″Ω％".contains(letter);
        let found = after_number && is_unit;
        after_number = letter.is_numeric() || (after_number && letter.is_whitespace());
        found
    })
}

/// A special requirement; `applies` is unknown until somebody ticks it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Special {
    pub text: String,
    pub department: Department,
    pub applies: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequirementConfirmation {
    pub method: RequirementConfirmMethod,
    pub contact: String,
    /// Required except for the phone.
    pub file: Option<AttachmentId>,
    pub at: DateTime<Utc>,
    pub by: PersonId,
    /// By when the file must follow a confirmation by phone.
    pub file_owed_by: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    pub id: RequirementId,
    pub no: String,
    pub version_no: i32,
    pub status: RequirementStatus,
    pub content: RequirementContent,
    pub sent_at: Option<DateTime<Utc>>,
    pub confirmation: Option<RequirementConfirmation>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measure_is_a_number_with_its_unit() {
        for good in ["65寸 4K 触控", "600×800×2000 mm 钢板", "耐温 ≥ 120℃", "效率95%以上", "６００ ｍｍ", "每箱12件"]
        {
            assert!(has_measure(good), "{good}");
        }
        for bad in ["", "按客户样品制作，颜色与原来一致", "尺寸 600×800", "600x800", "第一版图纸为准"]
        {
            assert!(!has_measure(bad), "{bad}");
        }
    }

    #[test]
    fn what_an_older_event_does_not_say_is_left_out() {
        let stored = r#"{"id":"00000000-0000-0000-0000-000000000001","kind":"standard","product":"00000000-0000-0000-0000-000000000002",
            "product_code":"QM-65","product_name":"A","spec":"B","quantity":"1","unit":"台","standard":null,"packaging":null,"match_kind":"exact","note":null}"#;
        let line: RequirementLine = serde_json::from_str(stored).unwrap();
        assert_eq!(line.product, Some(ProductId(uuid::Uuid::from_u128(2))));
        assert_eq!((line.custom_name.clone(), line.wanted_on, line.first), (None, None, None));
        assert_eq!(line.identity(), line.id);
    }
}
