//! Personal data of customers as people without need see it (DOMAIN 1.1, 2.2): phones, e-mails
//! and `WeChat` names, masked.
//!
//! The one rule: what cannot be read as a number or address is hidden whole, never shown as it is.

use super::customer::{Contact, CustomerProfile};
use super::email::Email;
use super::phone::{Landline, Mobile, Phone};

const HIDDEN: &str = "***";

/// `138****8000`
pub fn mobile(value: &str) -> String {
    Mobile::parse(value).map_or_else(|_| HIDDEN.to_owned(), |m| m.masked())
}

/// `0512-****5678`
pub fn landline(value: &str) -> String {
    Landline::parse(value).map_or_else(|_| HIDDEN.to_owned(), |l| l.masked())
}

/// Any telephone number; a service number is public and stays.
pub fn phone(value: &str) -> String {
    Phone::parse(value).map_or_else(|_| HIDDEN.to_owned(), |p| p.masked())
}

/// `l***@example.com`
pub fn email(value: &str) -> String {
    Email::parse(value).map_or_else(|_| HIDDEN.to_owned(), |e| e.masked())
}

/// The first character of a `WeChat` name.
pub fn wechat(value: &str) -> String {
    value.chars().take(1).collect::<String>() + HIDDEN
}

/// Where invoices go: an address or a number.
pub fn delivery(value: &str) -> String {
    if value.contains('@') { email(value) } else { phone(value) }
}

/// A contact whose numbers and addresses are masked.
pub fn contact(c: &Contact) -> Contact {
    Contact {
        mobile: c.mobile.as_deref().map(mobile),
        landline: c.landline.as_deref().map(landline),
        email: c.email.as_deref().map(email),
        wechat: c.wechat.as_deref().map(wechat),
        ..c.clone()
    }
}

/// An archive with the ways to its people masked.
pub fn contacts_masked(p: &CustomerProfile) -> CustomerProfile {
    CustomerProfile { contacts: p.contacts.iter().map(contact).collect(), ..p.clone() }
}

/// An archive with every telephone number and address masked, for those who have no need of any.
pub fn all_masked(p: &CustomerProfile) -> CustomerProfile {
    CustomerProfile {
        phone: p.phone.as_deref().map(phone),
        invoice_delivery: p.invoice_delivery.as_deref().map(delivery),
        ..contacts_masked(p)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_readable_is_left() {
        assert_eq!(mobile("13800138000"), "138****8000");
        assert_eq!(landline("0512-62345678"), "0512-****5678");
        assert_eq!(email("li.na@example.com"), "l***@example.com");
        assert_eq!(wechat("lina_2018"), "l***");
        assert_eq!(wechat(""), "***");
        assert_eq!(delivery("fapiao@example.com"), "f***@example.com");
        assert_eq!(delivery("13800138000"), "138****8000");
    }

    #[test]
    fn what_has_no_known_shape_is_hidden_whole() {
        for odd in ["13800138000 (li na)", "lina at example", "", "快单"] {
            assert_eq!(mobile(odd), "***");
            assert_eq!(email(odd), "***");
            assert_eq!(phone(odd), "***");
        }
    }
}
