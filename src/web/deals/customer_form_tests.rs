use super::*;
use crate::domain::credit_code::CodeFlaw;
use crate::domain::customer::Grade;
use crate::domain::ids::{ContactId, CustomerId, PersonId};

fn customer(profile: CustomerProfile, status: CustomerStatus) -> Customer {
    Customer {
        id: CustomerId(Uuid::from_u128(1)),
        no: "KH202600012".to_owned(),
        version: 1,
        status,
        owner: PersonId(Uuid::from_u128(2)),
        owner_manager: None,
        grade: Grade::C,
        profile,
        license: None,
        verification: None,
        confirmation: None,
        next_review_on: None,
        is_credit_hold: false,
        is_blacklisted: false,
        is_inactive: false,
        credit_limit: Decimal::ZERO,
        credit_days: 0,
        opening_order_count: 0,
        opening_total: Decimal::ZERO,
        registry_note: None,
        code_override: None,
        mark_reasons: Vec::new(),
    }
}

fn draft() -> Customer {
    customer(CustomerProfile::named("苏州星辰云启科技有限公司".to_owned()), CustomerStatus::Draft)
}

fn read(customer: &Customer, form: &Submitted) -> Result<CustomerProfile, Wrongs> {
    let new_id = || Uuid::from_u128(99);
    let today = NaiveDate::from_ymd_opt(2026, 9, 17).unwrap();
    parse(form, &Reading { customer, today, new_id: &new_id })
}

const FULL: &[(&str, &str)] = &[
    ("legal_name", "苏州星辰云启科技有限公司"),
    ("uscc", "91320505pdy00001xn"),
    ("customer_type", "private"),
    ("industry", "I"),
    ("employee_count", "180"),
    ("annual_revenue_wan", "6,500.00"),
    ("founded_on", "2018-04-16"),
    ("main_business", "视频会议软件研发"),
    ("legal_rep", "沈若安"),
    ("registry_status", "active"),
    ("province", "江苏省"),
    ("city", "苏州市"),
    ("district", "虎丘区"),
    ("address_detail", "科技路1号"),
    ("phone", "0512-62345678"),
    ("source", "exhibition"),
    ("taxpayer_kind", "general"),
    ("invoice_kind", "special"),
    ("bank_account", "1102 0200-0000 0042"),
    ("invoice_delivery", "ap@example.com"),
    ("name", "李娜"),
    ("title", "采购总监"),
    ("rank", "primary"),
    ("roles", "decision_maker"),
    ("mobile", "13800138000"),
    ("landline", ""),
    ("email", "li.na@example.com"),
    ("wechat", ""),
    ("name", "王强"),
    ("title", "采购员"),
    ("rank", "backup"),
    ("roles", "end_user,influencer"),
    ("mobile", "13900139000"),
    ("landline", ""),
    ("email", ""),
    ("wechat", ""),
    ("name", ""),
    ("title", ""),
    ("rank", ""),
    ("roles", ""),
];

/// The full form with the `nth` value of a field replaced.
fn but(field: &str, nth: usize, value: &str) -> Submitted {
    let mut form = Submitted::of(FULL);
    match form.values.iter_mut().filter(|(n, _)| n == field).nth(nth) {
        Some((_, old)) => value.clone_into(old),
        None => form.values.push((field.to_owned(), value.to_owned())),
    }
    form
}

fn wrong(field: &str, nth: usize, value: &str) -> Wrongs {
    read(&draft(), &but(field, nth, value)).unwrap_err()
}

fn flaw(field: &str, flaw: Flaw) -> Wrongs {
    vec![(field.to_owned(), Wrong::Flaw(flaw))]
}

#[test]
fn a_full_form_is_read_and_what_follows_is_filled_in() {
    let p = read(&draft(), &Submitted::of(FULL)).unwrap();
    assert!(p.missing().is_empty());
    assert_eq!(p.uscc.as_ref().map(CreditCode::as_str), Some("91320505PDY00001XN"));
    assert_eq!(p.size_band, Some(SizeBand::Medium));
    assert_eq!(p.invoice_title.as_deref(), Some("苏州星辰云启科技有限公司"));
    assert_eq!(p.invoice_tax_no.as_deref(), Some("91320505PDY00001XN"));
    assert_eq!(p.bank_account.as_deref(), Some("1102020000000042"));
    assert_eq!(p.contacts.len(), 2);
    assert_eq!(p.contacts[1].roles, [ContactRole::Influencer, ContactRole::EndUser]);
}

#[test]
fn what_is_stored_fills_the_form_that_gives_it_back() {
    let mut p = read(&draft(), &Submitted::of(FULL)).unwrap();
    for (i, contact) in p.contacts.iter_mut().enumerate() {
        contact.id = ContactId(Uuid::from_u128(10 + i as u128));
    }
    let mut view = FormView::default();
    fill(&mut view, &p);
    let names = FULL.iter().map(|(n, _)| *n).chain([
        "contact_id",
        "size_band",
        "invoice_title",
        "invoice_tax_no",
        "preferred_channel",
    ]);
    let mut form = Submitted::default();
    for name in names.collect::<std::collections::BTreeSet<_>>() {
        form.values.extend(view.values(name).iter().map(|v| (name.to_owned(), v.clone())));
    }
    let stored = customer(p.clone(), CustomerStatus::Draft);
    assert_eq!(read(&stored, &form).unwrap(), p);
}

#[test]
fn title_and_tax_number_follow_name_and_code_unless_typed_otherwise() {
    let before = read(&draft(), &Submitted::of(FULL)).unwrap();
    let stored = customer(before.clone(), CustomerStatus::Draft);
    // The form comes with the title and the number as they are stored.
    let renamed = |title: &str, tax_no: &str| {
        let mut form = but("legal_name", 0, "苏州北辰云启科技有限公司");
        for (field, value) in [("invoice_title", title), ("invoice_tax_no", tax_no)] {
            form.values.push((field.to_owned(), value.to_owned()));
        }
        form.values.iter_mut().filter(|(f, _)| f == "uscc").for_each(|(_, v)| "91320281PDY0000289".clone_into(v));
        let read = read(&stored, &form).unwrap();
        (read.invoice_title.unwrap(), read.invoice_tax_no.unwrap())
    };
    let (title, tax_no) = (before.invoice_title.unwrap(), before.invoice_tax_no.unwrap());
    assert_eq!((title.as_str(), tax_no.as_str()), ("苏州星辰云启科技有限公司", "91320505PDY00001XN"));
    let new = ("苏州北辰云启科技有限公司".to_owned(), "91320281PDY0000289".to_owned());
    assert_eq!(renamed(&title, &tax_no), new);
    let typed = ("星辰集团总部".to_owned(), "91310115PDY000052X".to_owned());
    assert_eq!(renamed(&typed.0, &typed.1), typed);
}

#[test]
fn a_wrong_check_character_names_the_right_one() {
    assert_eq!(wrong("uscc", 0, "91320505PDY00001XM"), flaw("uscc", Flaw::Code(CodeFlaw::Check { expected: 'N' })));
}

#[test]
fn single_fields_are_refused() {
    assert_eq!(wrong("legal_name", 0, "Acme Holding Ltd"), flaw("legal_name", Flaw::NeedsChinese));
    assert_eq!(wrong("founded_on", 0, "2026-09-18"), flaw("founded_on", Flaw::InTheFuture));
    assert_eq!(wrong("bank_account", 0, "1102a"), flaw("bank_account", Flaw::NotANumber));
    assert_eq!(wrong("invoice_delivery", 0, "ap@"), flaw("invoice_delivery", Flaw::Email));
    assert_eq!(wrong("invoice_delivery", 0, "12345"), flaw("invoice_delivery", Flaw::Mobile));
    assert_eq!(wrong("roles", 0, "boss"), flaw("roles-1", Flaw::UnknownChoice));
    assert_eq!(wrong("email", 0, ""), flaw("email-1", Flaw::Required));
    assert_eq!(wrong("mobile", 1, ""), flaw("mobile-2", Flaw::Required));
}

#[test]
fn a_person_gets_no_special_invoice_and_an_address_is_more_than_its_district() {
    assert_eq!(wrong("taxpayer_kind", 0, "natural_person"), vec![("invoice_kind".to_owned(), Wrong::SpecialForPerson)]);
    let mut form = but("district", 0, "苏州工业园区");
    form.values.iter_mut().filter(|(n, _)| n == "address_detail").for_each(|(_, v)| "苏州工业园区".clone_into(v));
    assert_eq!(read(&draft(), &form).unwrap_err(), vec![("address_detail".to_owned(), Wrong::AddressIsDistrict)]);
}

/// The full form as a private person fills it in.
fn of_person(name: &str) -> Submitted {
    let mut form = Submitted::of(FULL);
    for (field, value) in &mut form.values {
        match field.as_str() {
            "legal_name" => name.clone_into(value),
            "uscc" | "legal_rep" => value.clear(),
            "customer_type" => "other".clone_into(value),
            "taxpayer_kind" => "natural_person".clone_into(value),
            "invoice_kind" => "ordinary".clone_into(value),
            _ => {}
        }
    }
    form
}

#[test]
fn a_natural_person_has_a_short_name_and_no_credit_code() {
    let p = read(&draft(), &of_person("李明")).unwrap();
    assert!(p.is_natural_person() && p.missing().is_empty(), "{:?}", p.missing());
    assert_eq!((p.legal_rep.as_deref(), p.invoice_title.as_deref()), (Some("李明"), Some("李明")));
    assert_eq!((p.uscc, p.invoice_tax_no), (None, None));
}

#[test]
fn a_company_does_not_get_around_its_code_by_calling_itself_a_person() {
    let p = read(&draft(), &of_person("苏州星辰云启科技有限公司")).unwrap();
    assert_eq!(p.missing(), ["uscc", "legal_rep", "invoice_tax_no"]);
    let mut trader = of_person("李明");
    trader.values.iter_mut().filter(|(n, _)| n == "customer_type").for_each(|(_, v)| "sole_trader".clone_into(v));
    assert_eq!(read(&draft(), &trader).unwrap().missing(), ["uscc", "legal_rep", "invoice_tax_no"]);
    let short = Wrong::Flaw(Flaw::TooShort { min: 4 });
    assert_eq!(wrong("legal_name", 0, "星辰"), vec![("legal_name".to_owned(), short.clone())]);
    assert_eq!(wrong("legal_name", 0, ""), flaw("legal_name", Flaw::Required));
    // An archived person who becomes a company owes its code.
    let person = customer(read(&draft(), &of_person("李明")).unwrap(), CustomerStatus::Archived);
    let mut company = of_person("李明五金公司");
    company.values.iter_mut().filter(|(n, _)| n == "legal_rep").for_each(|(_, v)| "李明".clone_into(v));
    let fields: Vec<String> = read(&person, &company).unwrap_err().into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["uscc", "invoice_tax_no"]);
}

#[test]
fn primary_and_backup_are_two_people() {
    assert_eq!(wrong("name", 1, "李娜"), flaw("name-2", Flaw::SamePerson));
    assert_eq!(wrong("mobile", 1, "138 0013 8000"), flaw("mobile-2", Flaw::SamePerson));
    assert_eq!(
        wrong("rank", 1, "primary"),
        vec![("email-2".to_owned(), Wrong::Flaw(Flaw::Required)), ("rank-2".to_owned(), Wrong::Flaw(Flaw::NotUnique)),]
    );
}

#[test]
fn a_contact_of_another_archive_is_not_taken_over() {
    let foreign = Uuid::from_u128(55).to_string();
    let p = read(&draft(), &but("contact_id", 0, &foreign)).unwrap();
    assert_eq!(p.contacts[0].id, ContactId(Uuid::from_u128(99)));
}

#[test]
fn an_archive_keeps_what_its_gate_asked_for_but_a_draft_may_have_gaps() {
    let p = read(&draft(), &Submitted::of(FULL)).unwrap();
    let archived = customer(p, CustomerStatus::Archived);
    assert_eq!(read(&archived, &but("legal_rep", 0, "")).unwrap_err(), flaw("legal_rep", Flaw::Required));
    assert_eq!(read(&archived, &but("rank", 0, "backup")).unwrap_err(), flaw("contacts", Flaw::Required));
    assert!(read(&draft(), &but("legal_rep", 0, "")).is_ok());
    assert!(read(&draft(), &Submitted::of(&[("legal_name", "苏州星辰云启科技有限公司")])).is_ok());
}
