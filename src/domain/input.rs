//! Reads what people type: one value at a time, into a value or one [`Flaw`].
//!
//! A flaw is data without words; the sentence that a person reads is made elsewhere. Reading never
//! panics, whatever is sent, and never guesses: what could mean two numbers is refused. Rules that
//! need the clock, the database or a second field do not belong here.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, de};
use unicode_normalization::UnicodeNormalization;

use crate::domain::credit_code::CodeFlaw;
use crate::domain::money::format_quantity;
use crate::domain::requirement::ProductFlaw;

/// Why one typed value was refused. Limits that are numbers come written for people, with
/// thousands separators; lengths count characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    Required,
    /// The page was open too long, or elsewhere: what was typed is sent once more.
    SendAgain,
    TooShort {
        min: usize,
    },
    TooLong {
        max: usize,
    },
    ControlCharacter,
    NotANumber,
    NotWhole,
    TooManyDecimals {
        max: u32,
    },
    TooSmall {
        min: String,
    },
    TooLarge {
        max: String,
    },
    NotADate,
    NotATime,
    UnknownChoice,
    InThePast,
    InTheFuture,
    NeedsChinese,
    NotAName,
    Code(CodeFlaw),
    Mobile,
    Landline,
    Phone,
    Email,
    PostalCode,
    Waybill,
    SamePerson,
    FileMissing,
    FileKind,
    FileTooLarge {
        max_mib: u32,
    },
    FileEmpty,
    NotUnique,
    TooManyRows {
        max: usize,
    },
    SumNotHundred,
    /// A tax rate that was in force up to this day.
    RateOver {
        until: String,
    },
    TooManyFields,
    Product(ProductFlaw),
    /// A specification without a number and its unit.
    NeedsMeasure,
    /// A browser does not keep chosen files when a form comes back.
    ChooseFilesAgain,
    InvoiceNumber,
}

/// Digits of the largest number that is read before its limits are looked at.
const MAX_DIGITS: usize = 28;
/// Years that a typed date may have.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2200;

/// Compatibility form (NFKC) without white space at both ends: for codes, numbers and comparing.
pub fn normalise(raw: &str) -> String {
    raw.nfkc().collect::<String>().trim().to_owned()
}

/// One line of text of `min` to `max` characters. Keeps full-width brackets and punctuation as
/// they were typed, because they are part of registered Chinese names; only composes letters (NFC)
/// and trims. An empty text is [`Flaw::Required`] unless `min` is zero.
pub fn text(raw: &str, min: usize, max: usize) -> Result<String, Flaw> {
    checked_text(&raw.nfc().collect::<String>(), min, max, |_| false)
}

/// Like [`text`], but with line breaks (stored as `\n`) and tabs.
pub fn long_text(raw: &str, min: usize, max: usize) -> Result<String, Flaw> {
    let lines = raw.nfc().collect::<String>().replace("\r\n", "\n");
    checked_text(&lines.replace('\r', "\n"), min, max, |c| matches!(c, '\n' | '\t'))
}

/// A decimal number. Reads full-width digits, `，`, `。` as a point, a sign, and commas or spaces
/// that set off thousands properly; refuses exponents and a comma that could be a decimal point.
/// Decimals count as written, so `1.50` has two. The limits are inclusive.
pub fn decimal(raw: &str, max_decimals: u32, min: Decimal, max: Decimal) -> Result<Decimal, Flaw> {
    let number = Number::read(raw)?;
    if number.fraction.len() > usize::try_from(max_decimals).unwrap_or(usize::MAX) {
        return Err(Flaw::TooManyDecimals { max: max_decimals });
    }
    number.within(min, max)
}

/// A whole number between `min` and `max` inclusive; separators as in [`decimal`]. A decimal point
/// is [`Flaw::NotWhole`], even before zeros.
pub fn whole(raw: &str, min: i64, max: i64) -> Result<i64, Flaw> {
    let number = Number::read(raw)?;
    if !number.fraction.is_empty() {
        return Err(Flaw::NotWhole);
    }
    let value = number.within(Decimal::from(min), Decimal::from(max))?;
    i64::try_from(value).map_err(|_| Flaw::NotWhole)
}

/// A date `YYYY-MM-DD` of the years 1900 to 2200.
pub fn date(raw: &str) -> Result<NaiveDate, Flaw> {
    let text = normalise(raw);
    if text.is_empty() {
        return Err(Flaw::Required);
    }
    iso_date(&text).ok_or(Flaw::NotADate)
}

/// A local date and time `YYYY-MM-DDTHH:MM`, or with a space between. [`Flaw::NotADate`] or
/// [`Flaw::NotATime`] say which half is wrong.
pub fn date_time(raw: &str) -> Result<NaiveDateTime, Flaw> {
    let text = normalise(raw);
    if text.is_empty() {
        return Err(Flaw::Required);
    }
    let (day, time) = text.split_once(['T', ' ']).unwrap_or((&text, ""));
    let day = iso_date(day).ok_or(Flaw::NotADate)?;
    let time = clock_time(time).ok_or(Flaw::NotATime)?;
    Ok(day.and_time(time))
}

/// A person's name: 2 to 30 Chinese or Latin letters, single spaces and `·` between them
/// (DOMAIN.md 1.1 C). Look-alikes of the dot are stored as `·`.
pub fn person_name(raw: &str) -> Result<String, Flaw> {
    let dotted = normalise(raw).replace(['•', '‧', '・', '∙', '⋅'], "·");
    let name = text(&dotted.split_whitespace().collect::<Vec<_>>().join(" "), 2, 30)?;
    let parts_are_letters =
        name.split([' ', '·']).all(|part| !part.is_empty() && part.chars().all(|c| is_chinese(c) || is_latin(c)));
    parts_are_letters.then_some(name).ok_or(Flaw::NotAName)
}

/// A postal code: six digits (DOMAIN.md 6.3).
pub fn postal_code(raw: &str) -> Result<String, Flaw> {
    let code = normalise(raw);
    match code.as_str() {
        "" => Err(Flaw::Required),
        digits if digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit()) => Ok(code),
        _ => Err(Flaw::PostalCode),
    }
}

/// A waybill number (运单号): 6 to 40 Latin letters, digits and hyphens (DOMAIN.md 6.3). Kept in capitals without
/// blanks and hyphens, so that the same number is the same text.
pub fn waybill(raw: &str) -> Result<String, Flaw> {
    let number: String = normalise(raw).chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let number = number.to_ascii_uppercase();
    let fits = (6..=40).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_alphanumeric());
    match number.as_str() {
        "" => Err(Flaw::Required),
        _ if fits => Ok(number),
        _ => Err(Flaw::Waybill),
    }
}

/// Whether a letter is a Chinese character (a unified or compatibility ideograph, or 〇).
pub fn is_chinese(letter: char) -> bool {
    matches!(
        u32::from(letter),
        0x3007 | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x323AF
    )
}

/// Reads a stored value back through the parser that made it, for `Deserialize`.
pub(in crate::domain) fn deserialize_through<'de, D, T>(
    deserializer: D,
    parse: impl FnOnce(&str) -> Result<T, Flaw>,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
{
    let stored = String::deserialize(deserializer)?;
    parse(&stored).map_err(|flaw| de::Error::custom(format_args!("{flaw:?}")))
}

fn checked_text(composed: &str, min: usize, max: usize, allowed: fn(char) -> bool) -> Result<String, Flaw> {
    let text = composed.trim();
    let length = if is_blank(text) { 0 } else { text.chars().filter(|c| !is_invisible(*c)).count() };
    if text.chars().any(|c| is_unprintable(c) && !allowed(c)) {
        Err(Flaw::ControlCharacter)
    } else if length == 0 {
        // Characters without a shape are nothing that was said.
        if min > 0 { Err(Flaw::Required) } else { Ok(String::new()) }
    } else if length < min {
        Err(Flaw::TooShort { min })
    } else if text.chars().count() > max {
        Err(Flaw::TooLong { max })
    } else {
        Ok(text.to_owned())
    }
}

/// Characters that show nothing by themselves and are no white space either: joiners, fillers, blanks in disguise.
fn is_invisible(letter: char) -> bool {
    matches!(
        u32::from(letter),
        0xAD | 0x34F | 0x61C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F | 0x200B..=0x200F
            | 0x2060..=0x206F | 0x2800 | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0x1BCA0..=0x1BCA3
            | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF
    )
}

/// Whether nothing was typed that anybody could see.
pub fn is_blank(raw: &str) -> bool {
    raw.chars().all(|c| c.is_whitespace() || is_invisible(c) && !is_unprintable(c))
}

/// Controls, line separators, characters that turn the direction of writing around, and code
/// points that are no characters: none can be printed, and some make a name look like another.
fn is_unprintable(letter: char) -> bool {
    let code = u32::from(letter);
    letter.is_control()
        || matches!(code, 0x2028..=0x202E | 0x2066..=0x2069 | 0xFDD0..=0xFDEF)
        || code & 0xFFFE == 0xFFFE
}

fn is_latin(letter: char) -> bool {
    letter.is_alphabetic() && matches!(u32::from(letter), 0x41..=0x7A | 0xC0..=0x24F | 0x1E00..=0x1EFF)
}

fn iso_date(text: &str) -> Option<NaiveDate> {
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(index, b)| match index {
            4 | 7 => b == b'-',
            _ => b.is_ascii_digit(),
        });
    let (year, month, day) = (text.get(..4)?, text.get(5..7)?, text.get(8..)?);
    let year = year.parse().ok().filter(|year| shape && YEARS.contains(year))?;
    NaiveDate::from_ymd_opt(year, month.parse().ok()?, day.parse().ok()?)
}

fn clock_time(text: &str) -> Option<NaiveTime> {
    let (hour, minute) = text.split_once(':')?;
    let two_digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    if !two_digits(hour) || !two_digits(minute) {
        return None;
    }
    NaiveTime::from_hms_opt(hour.parse().ok()?, minute.parse().ok()?, 0)
}

/// A well-formed number, not yet known to be small enough to compute with.
struct Number {
    negative: bool,
    /// Digits before the point, without leading zeros.
    whole: String,
    /// Digits after the point, as written.
    fraction: String,
}

impl Number {
    fn read(raw: &str) -> Result<Self, Flaw> {
        let ascii: String = raw.chars().map(narrow).collect();
        let text = ascii.trim();
        if text.is_empty() {
            return Err(Flaw::Required);
        }
        let negative = text.starts_with('-');
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (whole, fraction) = match digits.split_once('.') {
            Some((whole, "")) => (whole, None),
            Some((whole, fraction)) => (whole, Some(fraction)),
            None if digits.is_empty() => (digits, None),
            None => (digits, Some("")),
        };
        let fraction = fraction.filter(|f| f.bytes().all(|b| b.is_ascii_digit()));
        match (ungrouped(whole), fraction) {
            (Some(whole), Some(fraction)) => {
                Ok(Self { negative, whole: whole.trim_start_matches('0').to_owned(), fraction: fraction.to_owned() })
            }
            _ => Err(Flaw::NotANumber),
        }
    }

    fn within(&self, min: Decimal, max: Decimal) -> Result<Decimal, Flaw> {
        let too_small = || Flaw::TooSmall { min: format_quantity(min) };
        let too_large = || Flaw::TooLarge { max: format_quantity(max) };
        if self.whole.len() + self.fraction.len() > MAX_DIGITS {
            return Err(if self.negative { too_small() } else { too_large() });
        }
        // At most 28 digits, so both the whole number and the decimal have room for it.
        let size = format!("0{}{}", self.whole, self.fraction)
            .parse()
            .ok()
            .zip(u32::try_from(self.fraction.len()).ok())
            .and_then(|(digits, scale)| Decimal::try_from_i128_with_scale(digits, scale).ok())
            .ok_or(Flaw::NotANumber)?;
        let value = if self.negative && !size.is_zero() { -size } else { size };
        if value < min {
            Err(too_small())
        } else if value > max {
            Err(too_large())
        } else {
            Ok(value)
        }
    }
}

/// The ASCII form of a full-width sign. Not NFKC, which would read `10²` as 102.
fn narrow(letter: char) -> char {
    match letter {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(letter) - 0xFEE0).unwrap_or(letter),
        '\u{3002}' => '.',
        '\u{2212}' => '-',
        _ if letter.is_whitespace() => ' ',
        _ => letter,
    }
}

/// Digits without their separators; none when these do not set off groups of three.
fn ungrouped(whole: &str) -> Option<String> {
    let separator = if whole.contains(',') { ',' } else { ' ' };
    let groups: Vec<&str> = whole.split(separator).collect();
    let digits_only = groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_digit()));
    let grouped = groups.len() == 1 || ((1..=3).contains(&groups[0].len()) && groups[1..].iter().all(|g| g.len() == 3));
    (digits_only && grouped).then(|| groups.concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rust_decimal::dec;

    fn amount(raw: &str) -> Result<Decimal, Flaw> {
        decimal(raw, 2, dec!(-1000), dec!(1000000))
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (raw, value) in [
            ("12", dec!(12)),
            ("12.50", dec!(12.5)),
            (" 1,234.5 ", dec!(1234.5)),
            ("1 234.50", dec!(1234.5)),
            ("１，２３４．５", dec!(1234.5)),
            ("12。5", dec!(12.5)),
            (".5", dec!(0.5)),
            ("+7", dec!(7)),
            ("-7", dec!(-7)),
            ("－７", dec!(-7)),
            ("−7", dec!(-7)),
            ("-0.00", dec!(0)),
            ("000000000000000000000000000000000012", dec!(12)),
            ("1,000,000", dec!(1000000)),
        ] {
            assert_eq!(amount(raw), Ok(value), "{raw}");
        }
        assert!(amount("-0").is_ok_and(|zero| zero.is_sign_positive()));
    }

    #[test]
    fn what_is_no_plain_number_is_refused() {
        for raw in [
            "1e3", "1E3", "NaN", "inf", "-", "+", ".", "5.", "1.2.3", "--1", "- 1", "1-", "0x10", "12,5", "1,23",
            "1,2345", ",123", "1,,234", "1, 234", "1.234,5", "1 23", "10²", "½", "①", "十二", "٣", "12元", "¥12",
            "1_000", "1\u{0}2",
        ] {
            assert_eq!(amount(raw), Err(Flaw::NotANumber), "{raw}");
        }
        for raw in ["", "  ", "\u{3000}"] {
            assert_eq!(amount(raw), Err(Flaw::Required));
        }
    }

    #[test]
    fn limits_of_numbers_are_inclusive_and_named() {
        let large = Err(Flaw::TooLarge { max: "1,000,000".into() });
        let small = Err(Flaw::TooSmall { min: "-1,000".into() });
        assert_eq!(amount("1000000.01"), large);
        assert_eq!(amount("-1000.01"), small);
        assert_eq!(amount(&format!("1{}", "0".repeat(30))), large);
        assert_eq!(amount(&format!("-1{}", "0".repeat(30))), small);
        assert_eq!(amount(&"9".repeat(100_000)), large);
        assert_eq!(amount("1.234"), Err(Flaw::TooManyDecimals { max: 2 }));
        assert_eq!(amount(&format!("0.{}", "1".repeat(99))), Err(Flaw::TooManyDecimals { max: 2 }));
        let widest = decimal(&"9".repeat(28), 0, Decimal::ZERO, Decimal::MAX);
        assert_eq!(widest, Ok(dec!(9999999999999999999999999999)));
    }

    #[test]
    fn whole_numbers_have_no_point() {
        assert_eq!(whole("9,999,999", 1, 9_999_999), Ok(9_999_999));
        assert_eq!(whole("-3", -3, 3), Ok(-3));
        assert_eq!(whole("12.0", 1, 20), Err(Flaw::NotWhole));
        assert_eq!(whole("0", 1, 20), Err(Flaw::TooSmall { min: "1".into() }));
        assert_eq!(whole("21", 1, 20), Err(Flaw::TooLarge { max: "20".into() }));
        assert_eq!(whole("x", 1, 20), Err(Flaw::NotANumber));
        assert_eq!(whole(&i64::MIN.to_string(), i64::MIN, i64::MAX), Ok(i64::MIN));
        let max = Flaw::TooLarge { max: "9,223,372,036,854,775,807".into() };
        assert_eq!(whole("9223372036854775808", i64::MIN, i64::MAX), Err(max));
    }

    #[test]
    fn text_is_counted_in_characters() {
        assert_eq!(text(" 采购总监 ", 2, 4).as_deref(), Ok("采购总监"));
        assert_eq!(text("苏州（中国）", 2, 6).as_deref(), Ok("苏州（中国）"));
        assert_eq!(text("e\u{301}", 1, 1).as_deref(), Ok("é"));
        assert_eq!(text("采", 2, 4), Err(Flaw::TooShort { min: 2 }));
        assert_eq!(text("采购总监一", 2, 4), Err(Flaw::TooLong { max: 4 }));
        assert_eq!(text("\u{3000}", 1, 4), Err(Flaw::Required));
        assert_eq!(text(" ", 0, 4).as_deref(), Ok(""));
    }

    #[test]
    fn what_cannot_be_printed_is_refused() {
        for bad in ["\0", "\u{1b}", "\u{7f}", "\u{85}", "\u{202e}", "\u{2066}", "\u{2028}", "\u{ffff}"] {
            let raw = format!("a{bad}b");
            assert_eq!(text(&raw, 0, 9), Err(Flaw::ControlCharacter), "{bad:?}");
            assert_eq!(long_text(&raw, 0, 9), Err(Flaw::ControlCharacter), "{bad:?}");
        }
        for raw in ["a\nb", "a\tb", "a\r\nb"] {
            assert_eq!(text(raw, 0, 9), Err(Flaw::ControlCharacter));
        }
        assert_eq!(long_text("a\r\nb\tc\rd\n", 0, 9).as_deref(), Ok("a\nb\tc\nd"));
    }

    #[test]
    fn dates_are_iso() {
        let leap = NaiveDate::from_ymd_opt(2028, 2, 29);
        assert_eq!(date(" 2028-02-29 ").ok(), leap);
        assert_eq!(date("２０２８－０２－２９").ok(), leap);
        assert!(date("1900-01-01").is_ok() && date("2200-12-31").is_ok());
        for raw in [
            "2026-02-29",
            "1899-12-31",
            "2201-01-01",
            "2026-2-01",
            "26-02-01",
            "2026/02/01",
            "20260201",
            "2026-02-01x",
            "+026-01-01",
            "2026-13-01",
            "2026-00-10",
            "二〇二六-01-01",
        ] {
            assert_eq!(date(raw), Err(Flaw::NotADate), "{raw}");
        }
        assert_eq!(date(""), Err(Flaw::Required));
    }

    #[test]
    fn date_and_time_are_told_apart() {
        let expected = NaiveDate::from_ymd_opt(2026, 9, 17).and_then(|d| d.and_hms_opt(11, 5, 0));
        for raw in ["2026-09-17T11:05", "2026-09-17 11:05", "２０２６-09-17 11：05"] {
            assert_eq!(date_time(raw).ok(), expected, "{raw}");
        }
        for raw in [
            "2026-09-17",
            "2026-09-17T",
            "2026-09-17T24:00",
            "2026-09-17T1:05",
            "2026-09-17T11:60",
            "2026-09-17T11:05Z",
            "2026-09-17T+1:05",
            "2026-09-17T11:05:00",
        ] {
            assert_eq!(date_time(raw), Err(Flaw::NotATime), "{raw}");
        }
        assert_eq!(date_time("2026-09-31T11:05"), Err(Flaw::NotADate));
        assert_eq!(date_time(""), Err(Flaw::Required));
    }

    #[test]
    fn what_nobody_can_see_is_nothing() {
        for raw in ["", " ", "\r\n\t", "\u{200b}\u{200b}", "\u{3164}\u{2800} \u{feff}", "\u{e0020}\u{ad}"] {
            assert!(is_blank(raw), "{raw:?}");
        }
        for raw in ["\u{200b}\u{200b}\u{200b}", "\u{200b} \u{200b}", "\u{3164}"] {
            assert_eq!(text(raw, 2, 30), Err(Flaw::Required), "{raw:?}");
            assert_eq!(text(raw, 0, 30).as_deref(), Ok(""), "{raw:?}");
            assert_eq!(long_text(raw, 1, 500), Err(Flaw::Required), "{raw:?}");
        }
        // What is beside a letter makes no second one; blanks between words count, as before.
        assert_eq!(text("李\u{200b}", 2, 30), Err(Flaw::TooShort { min: 2 }));
        assert_eq!(text("A B", 3, 30).as_deref(), Ok("A B"));
        assert!(!is_blank("\u{202e}") && !is_blank("李"));
    }

    #[test]
    fn names_are_letters_of_two_scripts() {
        for (raw, name) in [
            ("李娜", "李娜"),
            ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
            ("José  Müller", "José Müller"),
            ("𠮷野", "𠮷野"),
        ] {
            assert_eq!(person_name(raw).as_deref(), Ok(name), "{raw}");
        }
        for raw in ["李娜1", "李<b>", "··", "李·", "李··娜", "Иван", "张三😀", "a@b", "×÷"] {
            assert_eq!(person_name(raw), Err(Flaw::NotAName), "{raw}");
        }
        assert_eq!(person_name("李"), Err(Flaw::TooShort { min: 2 }));
        assert_eq!(person_name(&"李".repeat(31)), Err(Flaw::TooLong { max: 30 }));
        assert_eq!(person_name(""), Err(Flaw::Required));
    }

    #[test]
    fn postal_codes_and_waybills() {
        assert_eq!(postal_code("２15011").as_deref(), Ok("215011"));
        for raw in ["21501", "2150111", "21501a", "二15011"] {
            assert_eq!(postal_code(raw), Err(Flaw::PostalCode), "{raw}");
        }
        for raw in [" SF-1234567890 ", "sf1234567890", "SF 1234 5678 90", "ＳＦ－１２３４５６７８９０"] {
            assert_eq!(waybill(raw).as_deref(), Ok("SF1234567890"), "{raw}");
        }
        for raw in ["SF123", "SF-1-2-3", "单号123456", "SF_123456", &"9".repeat(41)] {
            assert_eq!(waybill(raw), Err(Flaw::Waybill), "{raw}");
        }
        assert_eq!((postal_code(""), waybill("")), (Err(Flaw::Required), Err(Flaw::Required)));
    }

    proptest! {
        #[test]
        fn shown_numbers_read_back(digits in -1_000_000_000_000_i64..1_000_000_000_000, scale in 0_u32..7) {
            let value = Decimal::new(digits, scale);
            let read = decimal(&format_quantity(value), 6, Decimal::MIN, Decimal::MAX);
            prop_assert_eq!(read, Ok(value));
        }

        #[test]
        fn no_text_makes_a_reader_panic(raw in "\\PC{0,40}") {
            if let Ok(value) = decimal(&raw, 28, Decimal::MIN, Decimal::MAX) {
                prop_assert_eq!(decimal(&value.to_string(), 28, value, value), Ok(value));
            }
            if let Ok(day) = date(&raw) {
                prop_assert_eq!(date(&day.to_string()), Ok(day));
            }
            if let Ok(line) = text(&raw, 0, 40) {
                prop_assert_eq!(long_text(&line, 0, 40), Ok(line));
            }
        }
    }
}
