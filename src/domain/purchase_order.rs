//! The customer's own purchase order (DOMAIN 1.5): before it counts as an acceptance, somebody lays it
//! beside the quote and says what differs. The order follows the quote, whatever the other paper says.

use serde::{Deserialize, Serialize};

/// It was compared with the quote.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoCheck {
    /// In words; nothing where the two agree.
    pub difference: Option<String>,
}
