//! What a customer always asks for (DOMAIN 1.1 E): one text each, with the category that says
//! which department has to act when it is copied to a requirement.

use super::codes::codes;
use super::staff::Department;
use serde::{Deserialize, Serialize};

codes!(NeedCategory {
    Packaging = "packaging", Quality = "quality", DeliveryTime = "delivery_time", Documents = "documents", Other = "other",
});

impl NeedCategory {
    pub fn department(self) -> Department {
        match self {
            Self::Packaging => Department::Warehouse,
            Self::Quality => Department::Production,
            Self::DeliveryTime => Department::Logistics,
            Self::Documents => Department::Finance,
            Self::Other => Department::Sales,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpecialNeed {
    pub category: NeedCategory,
    /// 2 to 200 characters.
    pub text: String,
}

/// The needs in a free text, as archives kept them before they had categories.
pub fn from_text(text: &str) -> Vec<SpecialNeed> {
    text.split(['\n', ';', '；'])
        .map(str::trim)
        .filter(|need| need.chars().count() >= 2)
        .map(|need| SpecialNeed { category: NeedCategory::Other, text: need.chars().take(200).collect() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_text_becomes_one_need_a_part() {
        let texts: Vec<String> =
            from_text("木箱；到货前一天预约\n;x; 单独贴标 ").into_iter().map(|need| need.text).collect();
        assert_eq!(texts, ["木箱", "到货前一天预约", "单独贴标"]);
    }
}
