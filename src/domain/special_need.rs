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

    #[test]
    fn a_profile_from_before_needs_had_categories_can_still_be_read() {
        use crate::domain::customer::CustomerProfile;
        let now = CustomerProfile::named("苏州星辰云启科技有限公司".to_owned());
        let mut old = serde_json::to_value(&now).unwrap();
        let fields = old.as_object_mut().unwrap();
        for added in [
            "business_province",
            "business_city",
            "business_district",
            "business_detail",
            "special",
            "is_confidential",
            "confidentiality",
            "invoice_need",
            "invoice_need_note",
        ] {
            fields.remove(added).unwrap();
        }
        fields.insert("special_needs".to_owned(), "木箱".into());
        let read: CustomerProfile = serde_json::from_value(old).unwrap();
        assert_eq!(read.needs(), from_text("木箱"));
        assert_eq!(CustomerProfile { special_needs: None, ..read }, now);
    }
}
