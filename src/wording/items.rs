//! What the items of a deal are called: records keep the Chinese name, an English reader knows the catalogue's
//! English one.

use super::Lang;
use crate::domain::ids::ProductId;
use crate::domain::workflow::Case;

impl Lang {
    /// An item in this language, unless somebody named it otherwise than the catalogue.
    pub fn item<'a>(self, case: &'a Case, product: Option<ProductId>, name: &'a str) -> &'a str {
        // The surcharge that the form offers has no product: it is known by its text.
        if product.is_none() && Self::ALL.iter().any(|t| t.quote_urgent_surcharge() == name) {
            return self.quote_urgent_surcharge();
        }
        match case.named.iter().find(|n| n.name == name && product.is_none_or(|p| p == n.product)) {
            Some(known) if self == Self::En => &known.name_en,
            _ => name,
        }
    }
}
