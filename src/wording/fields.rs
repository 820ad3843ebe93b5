//! The labels of form fields and the units of quantity.
//!
//! Codes are those of DOMAIN.md 1. The one rule: a code without a label is never shown to a person.

use super::Lang;
use crate::domain::money::format_quantity;
use rust_decimal::Decimal;

/// Labels of form fields: the code is the end of the key.
macro_rules! fields {
    ($($code:ident => $key:ident,)+) => {
        /// Every field that has a label.
        #[cfg(test)]
        const FIELDS: &[&str] = &[$(stringify!($code),)+];

        fn label(lang: Lang, code: &str) -> Option<&'static str> {
            $(if code == stringify!($code) { return Some(lang.$key()); })+
            None
        }
    };
}

fields! {
    delegator => delegation_delegator, delegate => delegation_delegate, delegation_kinds => delegation_kinds,
    amount_cap => delegation_cap, delegation_starts_at => delegation_starts_at,
    delegation_ends_at => delegation_ends_at, delegation_reason => delegation_reason,
    feasibility => round_feasibility,
    lead_days => round_lead_days,
    risks => round_risks,
    finance_terms => round_finance_terms,
    exposure => round_exposure,
    finance_condition => round_finance_condition,
    capacity => round_capacity,
    committed_on => round_committed_on,
    batch_on => round_batch_on,
    question => round_question, resolution => fast_resolve_note, pledge_note => pledge_note,
    signer => round_signer,
    sign_comment => round_what_to_look_at,
    receiver => round_receiver,
    hand_over_comment => round_why,
    answer => round_answer,
    sign_result => round_sign_result,
    return_to => round_return_label,
    condition_kind => round_condition_label,
    legal_name => term_field_legal_name, short_name => term_field_short_name, uscc => term_field_uscc,
    customer_type => term_field_customer_type, industry => term_field_industry,
    employee_count => term_field_employee_count, annual_revenue_wan => term_field_annual_revenue_wan,
    size_band => term_field_size_band, founded_on => term_field_founded_on,
    main_business => term_field_main_business, legal_rep => term_field_legal_rep,
    registered_capital_wan => term_field_registered_capital_wan, registry_status => term_field_registry_status,
    province => term_field_province, city => term_field_city, district => term_field_district,
    address_detail => term_field_address_detail, phone => term_field_phone, source => term_field_source,
    taxpayer_kind => term_field_taxpayer_kind, invoice_kind => term_field_invoice_kind,
    invoice_title => term_field_invoice_title, invoice_tax_no => term_field_invoice_tax_no,
    bank_name => term_field_bank_name, bank_account => term_field_bank_account,
    invoice_delivery => term_field_invoice_delivery, carrier_wish => term_field_carrier_wish,
    special_needs => term_field_special_needs, contacts => term_field_contacts, grade => term_field_grade,
    owner => term_field_owner, customer => term_field_customer, customer_no => term_field_customer_no,
    name => term_field_name, contact_title => term_field_contact_title, rank => term_field_rank,
    roles => frame_roles, contact_roles => term_field_roles, mobile => term_field_mobile, landline => term_field_landline,
    email => term_field_email, wechat => term_field_wechat, preferred_channel => term_field_preferred_channel,
    purpose => term_field_purpose, wanted_at => term_field_wanted_at, ship_address => term_field_ship_address,
    ship_receiver => term_field_ship_receiver, ship_phone => term_field_ship_phone,
    delivery_mode => term_field_delivery_mode, partial_allowed => term_field_partial_allowed,
    payment_wish => term_field_payment_wish, invoice_need => term_field_invoice_need,
    warranty => term_field_warranty, acceptance => term_field_acceptance, product => term_field_product,
    spec => term_field_spec, quantity => term_field_quantity, unit => term_field_unit,
    packaging => term_field_packaging, match_kind => term_field_match_kind, note => term_field_note,
    standard => term_field_standard, budget_from => term_field_budget_from, budget_to => term_field_budget_to,
    channel => term_field_channel, contact => term_field_contact, specials => term_field_specials,
    valid_until => term_field_valid_until, tax_basis => term_field_tax_basis, deliver_at => term_field_deliver_at,
    place => term_field_place, freight_payer => term_field_freight_payer, internal_note => term_field_internal_note,
    whole_discount => term_field_whole_discount, unit_price => term_field_unit_price,
    discount_reason => term_field_discount_reason, tax_rate => term_field_tax_rate, percent => term_field_percent,
    line_lead => term_field_line_lead, line_note => term_field_line_note,
    trigger => term_field_trigger, days => term_field_days, surcharge_name => term_field_surcharge_name,
    surcharge_amount => term_field_surcharge_amount, acceptance_kind => term_field_acceptance_kind,
    accepted_at => term_field_accepted_at, file => term_field_file, po_no => term_field_po_no,
    exception_line => deliveries_field_line, exception_shipment => deliveries_field_shipment,
    new_date => deliveries_field_new_date, delay_cause => deliveries_field_cause, photo => deliveries_field_photo,
    attempts => deliveries_field_attempts, claim_no => deliveries_field_claim, plan_due => deliveries_field_plan_due,
    signed_as => deliveries_field_capacity, appearance => deliveries_field_appearance,
    carrier => term_field_carrier, waybill_no => term_field_waybill_no, packages => term_field_packages,
    eta => term_field_eta, signed_by => term_field_signed_by, signed_at => term_field_signed_at,
    amount => term_field_amount, received_at => term_field_received_at, reference => term_field_reference,
    comment => term_field_comment, decision => term_field_decision, node => term_field_node, kind => term_field_kind,
    title => term_field_title, promise_hours => term_field_promise_hours, urgent_reason => term_field_urgent_reason,
    urgent_text => term_field_urgent_text, urgent_needed_at => term_field_urgent_needed_at,
    license_file => term_field_license_file, verify_channel => term_field_verify_channel,
    confirm_method => term_field_confirm_method, confirm_contact => term_field_confirm_contact,
    confirm_note => term_field_confirm_note, confirmed_at => term_field_confirmed_at,
    lost_reason => term_field_lost_reason, login => term_field_login, password => term_field_password,
    business_province => term_field_business_province, business_city => term_field_business_city,
    business_district => term_field_business_district, business_detail => term_field_business_detail,
    need_category => term_field_need_category, need_text => term_field_need_text, special => term_field_special,
    is_active => term_field_is_active, is_confidential => term_field_is_confidential,
    confidentiality => term_field_confidentiality, invoice_need_note => term_field_invoice_need_note,
    change_reason => term_field_change_reason, registry_note => term_field_registry_note,
    new_owner => term_field_new_owner, move_deals => term_field_move_deals, confirm_file => term_field_confirm_file,
    override_code => term_field_uscc, new_grade => term_field_grade,
    override_code_reason => term_field_reason, blacklist_reason => term_field_reason,
    lift_blacklist_reason => term_field_reason, hold_credit_reason => term_field_reason,
    release_credit_reason => term_field_reason, deactivate_customer_reason => term_field_reason,
    reactivate_customer_reason => term_field_reason, change_owner_reason => term_field_reason,
    set_grade_reason => term_field_reason,
    line_date => term_field_line_date, custom_name => term_field_custom_name,
    file_kind => term_field_file_kind, paste => term_field_paste,
    files => term_field_files, setup_code => setup_code, company_name => company_name,
    company_name_en => company_name_en, company_phone => company_phone, company_address => company_address,
    company_tax_no => company_tax_no, company_bank => company_bank, company_account => company_account,
    company_logo => company_logo, name_en => setup_name_en, new_password => login_password,
    department => frame_department, manager => people_manager, person_phone => account_phone,
    agreed => public_agreed, reason => term_field_reason,
}

impl Lang {
    /// The label of a form field by its code (DOMAIN.md 1). A cell of a grid (`quantity-3`) has the label of its
    /// column; `title` is a deal's subject, and in a grid a contact's position, which is also `contact_title`;
    /// `roles` are those of a colleague, and in a grid a contact's, which are also `contact_roles`.
    /// A code without a label gives a general word, never the code.
    pub fn field(self, code: &str) -> &'static str {
        let (column, row) = code.split_once('-').map_or((code, None), |(column, row)| (column, Some(row)));
        let code = match (column, row) {
            ("title", Some(_)) => "contact_title",
            ("roles", Some(_)) => "contact_roles",
            _ => column,
        };
        label(self, code).unwrap_or_else(|| self.term_field_any())
    }

    /// A unit of quantity; stored in Chinese.
    pub fn unit(self, stored: &str) -> &'static str {
        match stored {
            "台" => self.term_unit_set_unit(),
            "件" => self.term_unit_piece(),
            "套" => self.term_unit_set(),
            "个" => self.term_unit_item(),
            "箱" => self.term_unit_box(),
            "项" => self.term_unit_job(),
            "千克" => self.term_unit_kg(),
            "米" => self.term_unit_metre(),
            "小时" => self.term_unit_hour(),
            _ => self.term_unit_any(),
        }
    }

    /// A quantity with its unit: `10 台`, `1 unit`.
    pub fn quantity(self, quantity: Decimal, unit: &str) -> String {
        let unit = if quantity == Decimal::ONE { self.unit_of_one(unit) } else { self.unit(unit) };
        format!("{} {unit}", format_quantity(quantity))
    }

    fn unit_of_one(self, stored: &str) -> &'static str {
        match stored {
            "台" => self.term_unit_one_set_unit(),
            "件" => self.term_unit_one_piece(),
            "套" => self.term_unit_one_set(),
            "个" => self.term_unit_one_item(),
            "箱" => self.term_unit_one_box(),
            "项" => self.term_unit_one_job(),
            _ => self.unit(stored),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::input::is_chinese;

    const UNITS: [&str; 9] = ["台", "件", "套", "个", "箱", "项", "千克", "米", "小时"];

    #[test]
    fn every_field_and_unit_has_a_label() {
        for code in FIELDS {
            assert_ne!(Lang::En.field(code), Lang::En.field("no_such_field"), "{code}");
            assert!(!Lang::En.field(code).chars().any(is_chinese), "{code}");
        }
        for unit in UNITS {
            assert_eq!(Lang::Zh.unit(unit), unit);
            assert!(!Lang::En.unit(unit).chars().any(is_chinese), "{unit}");
            assert_eq!(Lang::Zh.quantity(Decimal::ONE, unit), format!("1 {unit}"));
        }
        assert_eq!(Lang::En.quantity(Decimal::ONE, "项"), "1 job");
        assert_eq!(Lang::En.quantity(Decimal::TWO, "项"), "2 jobs");
    }

    #[test]
    fn an_unknown_code_is_not_shown_and_a_cell_has_its_columns_label() {
        assert_eq!((Lang::Zh.field("xyz"), Lang::En.field("xyz")), ("字段", "Field"));
        assert_eq!(Lang::Zh.field("quantity-3"), "数量");
        assert_eq!((Lang::Zh.field("title"), Lang::Zh.field("title-2")), ("标题", "职务"));
        assert_eq!((Lang::En.field("roles"), Lang::En.field("roles-2")), ("Roles", "Decision role"));
    }
}
