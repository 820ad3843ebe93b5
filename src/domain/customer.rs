//! The customer archive, form 1 (DOMAIN 1.1): what is known, what is missing, and the gate
//! to `archived`. A draft may have gaps; the gate names every one of them.

use super::codes::codes;
use super::company_name;
use super::credit_code::{CodeFlaw, CreditCode};
use super::ids::{AttachmentId, ContactId, CustomerId, PersonId};
use super::special_need::{self, SpecialNeed};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

codes!(CustomerStatus {
    Draft = "draft", PendingVerification = "pending_verification",
    PendingConfirmation = "pending_confirmation", Archived = "archived",
});
codes!(CustomerType {
    StateOwned = "state_owned", Private = "private", Foreign = "foreign", JointVenture = "joint_venture",
    PublicInstitution = "public_institution", SoleTrader = "sole_trader", Other = "other",
});
codes!(SizeBand { Micro = "micro", Small = "small", Medium = "medium", Large = "large" });
codes!(/// Sections A–T of GB/T 4754-2017.
Industry {
    A = "A", B = "B", C = "C", D = "D", E = "E", F = "F", G = "G", H = "H", I = "I", J = "J",
    K = "K", L = "L", M = "M", N = "N", O = "O", P = "P", Q = "Q", R = "R", S = "S", T = "T",
});
codes!(RegistryStatus {
    Active = "active", InOperation = "in_operation", Open = "open", MovedOut = "moved_out", Abnormal = "abnormal",
    Revoked = "revoked", Deregistered = "deregistered", Closed = "closed", Liquidation = "liquidation",
});
codes!(Source {
    Exhibition = "exhibition", Referral = "referral", Online = "online", ColdCall = "cold_call",
    Existing = "existing", Tender = "tender", Other = "other",
});
codes!(Grade { A = "A", B = "B", C = "C", D = "D" });
codes!(TaxpayerKind { General = "general", SmallScale = "small_scale", NaturalPerson = "natural_person", Other = "other" });
codes!(InvoiceKind { Special = "special", Ordinary = "ordinary", None = "none" });
codes!(VerifyChannel {
    Gsxt = "gsxt", Tianyancha = "tianyancha", Qichacha = "qichacha", CreditChina = "credit_china",
    OnSite = "on_site", Other = "other",
});
codes!(CustomerConfirmMethod { Phone = "phone", Email = "email", File = "file", Online = "online" });
impl CustomerConfirmMethod {
    /// A method that a person may record; the customer's own page records the other.
    pub fn parse_recorded(code: &str) -> Option<Self> {
        Self::parse(code).filter(|method| *method != Self::Online)
    }
}
codes!(ContactRank { Primary = "primary", Backup = "backup" });
codes!(ContactRole { DecisionMaker = "decision_maker", Influencer = "influencer", EndUser = "end_user" });
codes!(/// Why an archive must not be dealt with as usual (DOMAIN 1.1, side states).
Mark { CreditHold = "credit_hold", Blacklisted = "blacklisted", Inactive = "inactive" });
codes!(PreferredChannel { Phone = "phone", Email = "email", Wechat = "wechat", Meeting = "meeting" });

/// What a list of archives is narrowed to: a state, or something that wants attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    In(CustomerStatus),
    Marked(Mark),
    /// Archived, with fewer than two people left to talk to.
    ContactShort,
}

impl Kept {
    const CONTACT_SHORT: &'static str = "contact_short";

    pub fn all() -> impl Iterator<Item = Self> {
        let states = CustomerStatus::ALL.iter().copied().map(Self::In);
        states.chain([Self::ContactShort]).chain(Mark::ALL.iter().copied().map(Self::Marked))
    }

    pub fn code(self) -> &'static str {
        match self {
            Self::In(status) => status.code(),
            Self::Marked(mark) => mark.code(),
            Self::ContactShort => Self::CONTACT_SHORT,
        }
    }

    pub fn parse(code: &str) -> Option<Self> {
        Self::all().find(|kept| kept.code() == code)
    }
}

impl RegistryStatus {
    /// A company that no longer trades cannot be archived (DOMAIN 1.1 A).
    pub fn blocks_archiving(self) -> bool {
        match self {
            Self::Active | Self::InOperation | Self::Open | Self::MovedOut | Self::Abnormal => false,
            Self::Revoked | Self::Deregistered | Self::Closed | Self::Liquidation => true,
        }
    }
}

/// What the form holds; everything but the name may still be missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerProfile {
    pub legal_name: String,
    pub short_name: Option<String>,
    pub uscc: Option<CreditCode>,
    pub customer_type: Option<CustomerType>,
    pub industry: Option<Industry>,
    pub employee_count: Option<i64>,
    pub annual_revenue_wan: Option<Decimal>,
    pub size_band: Option<SizeBand>,
    pub founded_on: Option<NaiveDate>,
    pub main_business: Option<String>,
    pub legal_rep: Option<String>,
    pub registered_capital_wan: Option<Decimal>,
    pub registry_status: Option<RegistryStatus>,
    pub province: Option<String>,
    pub city: Option<String>,
    pub district: Option<String>,
    pub address_detail: Option<String>,
    pub phone: Option<String>,
    pub source: Option<Source>,
    pub taxpayer_kind: Option<TaxpayerKind>,
    pub invoice_kind: Option<InvoiceKind>,
    pub invoice_title: Option<String>,
    pub invoice_tax_no: Option<String>,
    pub bank_name: Option<String>,
    pub bank_account: Option<String>,
    pub invoice_delivery: Option<String>,
    pub carrier_wish: Option<String>,
    /// Free text of events from before needs had categories; read through [`Self::needs`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub special_needs: Option<String>,
    pub contacts: Vec<Contact>,
    #[serde(default)]
    pub business_province: Option<String>,
    #[serde(default)]
    pub business_city: Option<String>,
    #[serde(default)]
    pub business_district: Option<String>,
    #[serde(default)]
    pub business_detail: Option<String>,
    #[serde(default)]
    pub special: Vec<SpecialNeed>,
    #[serde(default)]
    pub is_confidential: bool,
    #[serde(default)]
    pub confidentiality: Option<String>,
    /// What the customer asks for on invoices; the quote starts from it.
    #[serde(default)]
    pub invoice_need: Option<InvoiceKind>,
    #[serde(default)]
    pub invoice_need_note: Option<String>,
}

/// The parts as one text; a city that is a province of its own (北京市, 重庆市) is said once.
fn joined(parts: [&Option<String>; 4]) -> Option<String> {
    let mut text = String::new();
    let mut before: Option<&String> = None;
    for part in parts.into_iter().flatten() {
        if before != Some(part) {
            text.push_str(part);
        }
        before = Some(part);
    }
    Some(text).filter(|text| !text.is_empty())
}

impl CustomerProfile {
    /// The registered address in one line.
    pub fn address(&self) -> Option<String> {
        joined([&self.province, &self.city, &self.district, &self.address_detail])
    }

    /// The business address in one line, where it differs.
    pub fn business_address(&self) -> Option<String> {
        joined([&self.business_province, &self.business_city, &self.business_district, &self.business_detail])
    }

    /// A draft that knows only the name.
    pub fn named(legal_name: String) -> Self {
        Self {
            legal_name,
            short_name: None,
            uscc: None,
            customer_type: None,
            industry: None,
            employee_count: None,
            annual_revenue_wan: None,
            size_band: None,
            founded_on: None,
            main_business: None,
            legal_rep: None,
            registered_capital_wan: None,
            registry_status: None,
            province: None,
            city: None,
            district: None,
            address_detail: None,
            phone: None,
            source: None,
            taxpayer_kind: None,
            invoice_kind: None,
            invoice_title: None,
            invoice_tax_no: None,
            bank_name: None,
            bank_account: None,
            invoice_delivery: None,
            carrier_wish: None,
            special_needs: None,
            contacts: Vec::new(),
            business_province: None,
            business_city: None,
            business_district: None,
            business_detail: None,
            special: Vec::new(),
            is_confidential: false,
            confidentiality: None,
            invoice_need: None,
            invoice_need_note: None,
        }
    }

    /// What the customer always asks for, also of versions that kept it as one text.
    pub fn needs(&self) -> Vec<SpecialNeed> {
        let old = self.special_needs.as_deref().map(special_need::from_text).unwrap_or_default();
        self.special.iter().cloned().chain(old).collect()
    }

    /// A private person, who has neither a credit code nor a tax number that an invoice asks for
    /// (DOMAIN 1.1 A: the code is required of companies). Whoever is of a kind of company, or has the
    /// name of one, is a company, whatever the taxpayer kind says.
    pub fn is_natural_person(&self) -> bool {
        self.taxpayer_kind == Some(TaxpayerKind::NaturalPerson)
            && self.customer_type == Some(CustomerType::Other)
            && !company_name::is_of_company(&self.legal_name)
    }

    /// The codes of required fields that are still empty, in the order of the form.
    pub fn missing(&self) -> Vec<&'static str> {
        let wants_invoice = self.invoice_kind.is_some_and(|k| k != InvoiceKind::None);
        let is_company = !self.is_natural_person();
        let required: [(&'static str, bool); 18] = [
            ("uscc", is_company && self.uscc.is_none()),
            ("customer_type", self.customer_type.is_none()),
            ("industry", self.industry.is_none()),
            ("employee_count", self.employee_count.is_none() && self.annual_revenue_wan.is_none()),
            ("size_band", self.size_band.is_none()),
            ("founded_on", self.founded_on.is_none()),
            ("main_business", self.main_business.is_none()),
            ("legal_rep", self.legal_rep.is_none()),
            ("registry_status", self.registry_status.is_none()),
            ("province", self.province.is_none()),
            ("city", self.city.is_none()),
            ("address_detail", self.address_detail.is_none()),
            ("source", self.source.is_none()),
            ("taxpayer_kind", self.taxpayer_kind.is_none()),
            ("invoice_kind", self.invoice_kind.is_none()),
            ("invoice_delivery", wants_invoice && self.invoice_delivery.is_none()),
            ("invoice_title", wants_invoice && self.invoice_title.is_none()),
            ("invoice_tax_no", is_company && wants_invoice && self.invoice_tax_no.is_none()),
        ];
        required.into_iter().filter_map(|(code, missing)| missing.then_some(code)).collect()
    }

    pub fn active_contacts(&self) -> impl Iterator<Item = &Contact> {
        self.contacts.iter().filter(|c| c.is_active)
    }

    pub fn primary(&self) -> Option<&Contact> {
        self.active_contacts().find(|c| c.rank == ContactRank::Primary)
    }

    /// There is somebody else than the primary to turn to (DOMAIN 1.1 C).
    pub fn has_backup(&self) -> bool {
        let mut backups = self.active_contacts().filter(|c| c.rank == ContactRank::Backup);
        backups.any(|backup| self.primary().is_none_or(|primary| backup.is_somebody_else(primary)))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    pub id: ContactId,
    pub name: String,
    pub title: String,
    pub rank: ContactRank,
    pub roles: Vec<ContactRole>,
    /// Eleven digits.
    pub mobile: Option<String>,
    pub landline: Option<String>,
    pub email: Option<String>,
    pub wechat: Option<String>,
    pub preferred_channel: Option<PreferredChannel>,
    pub is_active: bool,
}

impl Contact {
    /// Two people may share a switchboard only when each has a mobile of their own.
    pub fn shares_phone(&self, other: &Self) -> bool {
        match (&self.mobile, &other.mobile) {
            (Some(one), Some(another)) => one == another,
            _ => self.landline.is_some() && self.landline == other.landline,
        }
    }

    /// Two different people differ in name and phone (DOMAIN 1.1 C).
    pub fn is_somebody_else(&self, other: &Self) -> bool {
        self.name != other.name && !self.shares_phone(other)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    pub by: PersonId,
    pub at: DateTime<Utc>,
    pub channel: VerifyChannel,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerConfirmation {
    pub method: CustomerConfirmMethod,
    pub contact: String,
    pub note: Option<String>,
    /// The customer's own writing, when the method asks for it.
    pub file: Option<AttachmentId>,
    pub by: PersonId,
    pub at: DateTime<Utc>,
}

/// A manager's word on something that the rules do not settle: who, when and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagersWord {
    pub by: PersonId,
    pub at: DateTime<Utc>,
    pub text: String,
}

/// The archive as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    pub id: CustomerId,
    pub no: String,
    pub version: i64,
    pub status: CustomerStatus,
    pub owner: PersonId,
    pub owner_manager: Option<PersonId>,
    pub grade: Grade,
    pub profile: CustomerProfile,
    pub license: Option<AttachmentId>,
    pub verification: Option<Verification>,
    pub confirmation: Option<CustomerConfirmation>,
    pub next_review_on: Option<NaiveDate>,
    pub is_credit_hold: bool,
    pub is_blacklisted: bool,
    pub is_inactive: bool,
    /// Yuan including tax.
    pub credit_limit: Decimal,
    pub credit_days: i32,
    pub opening_order_count: i32,
    pub opening_total: Decimal,
    /// Why a company listed as abnormal is dealt with all the same.
    pub registry_note: Option<ManagersWord>,
    /// Why a credit code with a wrong check character was taken over (DOMAIN 6.1).
    pub code_override: Option<ManagersWord>,
    /// The reasons of the marks that stand now.
    pub mark_reasons: Vec<(Mark, String)>,
}

impl Customer {
    /// Reads a credit code for this archive: the check character must fit, unless a manager took over
    /// exactly this code (DOMAIN 6.1).
    pub fn read_code(&self, raw: &str) -> Result<CreditCode, CodeFlaw> {
        CreditCode::parse(raw).or_else(|flaw| match CreditCode::parse_despite_check(raw) {
            Ok(code) if self.code_override.is_some() && self.profile.uscc.as_ref() == Some(&code) => Ok(code),
            _ => Err(flaw),
        })
    }

    pub fn has_mark(&self, mark: Mark) -> bool {
        match mark {
            Mark::CreditHold => self.is_credit_hold,
            Mark::Blacklisted => self.is_blacklisted,
            Mark::Inactive => self.is_inactive,
        }
    }

    /// Fewer than two people left to talk to (DOMAIN 1.1 C).
    pub fn is_contact_short(&self) -> bool {
        self.status == CustomerStatus::Archived && self.profile.active_contacts().count() < 2
    }

    /// The name used in lists and messages.
    pub fn display_name(&self) -> &str {
        self.profile.short_name.as_deref().unwrap_or(&self.profile.legal_name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_city_that_is_a_province_of_its_own_is_said_once() {
        let at = |province: &str, city: &str| CustomerProfile {
            province: Some(province.to_owned()),
            city: Some(city.to_owned()),
            district: Some("浦东新区".to_owned()),
            address_detail: Some("张江路 505 号".to_owned()),
            ..CustomerProfile::named("上海浦云信息技术有限公司".to_owned())
        };
        assert_eq!(at("上海市", "上海市").address().as_deref(), Some("上海市浦东新区张江路 505 号"));
        assert_eq!(at("江苏省", "苏州市").address().as_deref(), Some("江苏省苏州市浦东新区张江路 505 号"));
        assert_eq!(CustomerProfile::named("甲乙公司".to_owned()).address(), None);
    }
}
