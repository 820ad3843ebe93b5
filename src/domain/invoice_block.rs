//! The invoice data of an order (DOMAIN 1.5), copied from the archive and the requirement when the
//! customer accepts: who the invoice is made out to and how it gets there.

use super::customer::{CustomerProfile, InvoiceKind};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceBlock {
    /// Unknown for orders from before there was a copy.
    pub kind: Option<InvoiceKind>,
    pub title: Option<String>,
    pub tax_no: Option<String>,
    pub bank: Option<String>,
    pub account: Option<String>,
    /// Mail address or mobile number.
    pub delivery: Option<String>,
}

impl InvoiceBlock {
    /// Where no invoice is wanted there is nothing to make it out to.
    pub fn copied(profile: &CustomerProfile, kind: InvoiceKind) -> Self {
        if kind == InvoiceKind::None {
            return Self { kind: Some(kind), ..Self::default() };
        }
        let code = || profile.uscc.as_ref().map(|c| c.as_str().to_owned());
        Self {
            kind: Some(kind),
            title: Some(profile.invoice_title.clone().unwrap_or_else(|| profile.legal_name.clone())),
            tax_no: profile.invoice_tax_no.clone().or_else(code),
            bank: profile.bank_name.clone(),
            account: profile.bank_account.clone(),
            delivery: profile.invoice_delivery.clone(),
        }
    }
}
