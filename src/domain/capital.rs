//! Amounts in capital numerals (人民币大写), as contracts and vouchers carry them.
//!
//! Writes one canonical form, the first of the central bank's own examples, and reads back that
//! form and the optional ones of the same regulation, and nothing else (DOMAIN.md 5.6). The words
//! 人民币 in front are the document's, not this module's.

use rust_decimal::Decimal;

use crate::domain::input::normalise;

const DIGITS: [char; 10] = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'];
/// Units of the places inside a group of four, highest first.
const PLACES: [(u64, &str); 4] = [(1000, "仟"), (100, "佰"), (10, "拾"), (1, "")];
/// Units of the groups of four, highest first.
const GROUPS: [(u64, &str); 3] = [(100_000_000, "亿"), (10_000, "万"), (1, "")];
/// Amounts are written below 10^12 yuan, so in cents below this.
const LIMIT_CENTS: u64 = 100_000_000_000_000;

/// A choice the regulation leaves open, where the canonical form is the plain reading.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Liberty {
    /// 零 after 亿 or 万 when the group before it ends in zero: 壹拾万零柒仟元.
    ZeroAfterYi,
    ZeroAfterWan,
    /// No 零 between a 元 digit of zero and the 角: 壹拾元壹角.
    NoZeroBeforeJiao,
    /// 整 after 角: 壹角整.
    WholeAfterJiao,
}

const LIBERTIES: [Liberty; 4] =
    [Liberty::ZeroAfterYi, Liberty::ZeroAfterWan, Liberty::NoZeroBeforeJiao, Liberty::WholeAfterJiao];

/// The canonical capital form of `amount` yuan, 负 in front below zero (DOMAIN.md 5.6).
/// None from 10^12 on either side of zero, and for an amount that is not whole cents.
pub fn to_capital(amount: Decimal) -> Option<String> {
    let cents = whole_cents(amount)?;
    let sign = if amount < Decimal::ZERO { "负" } else { "" };
    Some(format!("{sign}{}", written(cents, &[])))
}

/// Reads a capital form; canonical or with the liberties of the regulation, 圆 for 元, 正 for 整,
/// 人民币 in front. None for any other spelling, so that what is accepted is also well written.
pub fn parse_capital(raw: &str) -> Option<Decimal> {
    let text = normalise(raw).replace(['圆', '圓'], "元").replace('正', "整");
    let text = text.strip_prefix("人民币").unwrap_or(&text).trim_start();
    let (negative, text) = match text.strip_prefix('负') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let cents = value_in_cents(text)?;
    if cents >= LIMIT_CENTS || (negative && cents == 0) || !is_spelling_of(text, cents) {
        return None;
    }
    let amount = Decimal::from_i128_with_scale(i128::from(cents), 2);
    Some(if negative { -amount } else { amount })
}

fn whole_cents(amount: Decimal) -> Option<u64> {
    let exact = amount.normalize();
    if exact.scale() > 2 {
        return None;
    }
    let unit = 10_i128.pow(2 - exact.scale());
    let cents = u64::try_from(exact.mantissa().checked_mul(unit)?.unsigned_abs()).ok()?;
    (cents < LIMIT_CENTS).then_some(cents)
}

fn written(cents: u64, liberties: &[Liberty]) -> String {
    let (yuan, jiao, fen) = (cents / 100, cents / 10 % 10, cents % 10);
    let mut out = String::new();
    if yuan > 0 {
        push_whole(&mut out, yuan, liberties);
        out.push('元');
    } else if cents == 0 {
        out.push_str("零元");
    }
    if jiao > 0 {
        let zero_ends_yuan = yuan > 0 && yuan.is_multiple_of(10);
        if zero_ends_yuan && !liberties.contains(&Liberty::NoZeroBeforeJiao) {
            out.push('零');
        }
        push_digit(&mut out, jiao);
        out.push('角');
    } else if fen > 0 && yuan > 0 {
        out.push('零');
    }
    if fen > 0 {
        push_digit(&mut out, fen);
        out.push('分');
    } else if jiao == 0 || liberties.contains(&Liberty::WholeAfterJiao) {
        out.push('整');
    }
    out
}

fn push_whole(out: &mut String, yuan: u64, liberties: &[Liberty]) {
    let mut skipped_group = false;
    for (size, unit) in GROUPS {
        let group = yuan / size % 10_000;
        if group == 0 {
            skipped_group = !out.is_empty();
            continue;
        }
        let liberty = match unit {
            "" => Liberty::ZeroAfterWan,
            _ => Liberty::ZeroAfterYi,
        };
        let zero_before = (yuan / size / 10_000).is_multiple_of(10) && liberties.contains(&liberty);
        if !out.is_empty() && (group < 1000 || skipped_group || zero_before) {
            out.push('零');
        }
        push_group(out, group);
        out.push_str(unit);
        skipped_group = false;
    }
}

fn push_group(out: &mut String, group: u64) {
    let mut begun = false;
    let mut gap = false;
    for (size, unit) in PLACES {
        let digit = group / size % 10;
        if digit == 0 {
            gap = begun;
            continue;
        }
        if gap {
            out.push('零');
        }
        push_digit(out, digit);
        out.push_str(unit);
        begun = true;
        gap = false;
    }
}

fn push_digit(out: &mut String, digit: u64) {
    out.extend(DIGITS.get(usize::try_from(digit).unwrap_or(0)));
}

/// The amount a text means if it is well written; whether it is, [`is_spelling_of`] tells.
fn value_in_cents(text: &str) -> Option<u64> {
    let (mut cents, mut yuan, mut group, mut digit) = (0_u64, 0_u64, 0_u64, 0_u64);
    // The longest good form stays far below this; the bound keeps hostile input from adding up.
    if text.chars().count() > 64 {
        return None;
    }
    for letter in text.chars() {
        match letter {
            '仟' | '佰' | '拾' => {
                let (size, _) = PLACES.iter().find(|(_, unit)| unit.starts_with(letter))?;
                group += std::mem::take(&mut digit) * size;
            }
            '亿' | '万' => {
                let (size, _) = GROUPS.iter().find(|(_, unit)| unit.starts_with(letter))?;
                yuan += (std::mem::take(&mut group) + std::mem::take(&mut digit)) * size;
            }
            '元' => {
                cents += (std::mem::take(&mut yuan) + std::mem::take(&mut group) + std::mem::take(&mut digit)) * 100;
            }
            '角' => cents += std::mem::take(&mut digit) * 10,
            '分' => cents += std::mem::take(&mut digit),
            '整' => {}
            _ => digit = u64::try_from(DIGITS.iter().position(|d| *d == letter)?).ok()?,
        }
    }
    Some(cents)
}

fn is_spelling_of(text: &str, cents: u64) -> bool {
    (0..1_u32 << LIBERTIES.len()).any(|taken| {
        let liberties: Vec<Liberty> =
            (0_u32..).zip(LIBERTIES).filter(|(bit, _)| taken & (1 << bit) != 0).map(|(_, liberty)| liberty).collect();
        written(cents, &liberties) == text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rust_decimal::dec;

    /// The table of DOMAIN.md 5.6, left column then right column.
    const TABLE: [(Decimal, &str); 46] = [
        (dec!(0.00), "零元整"),
        (dec!(0.01), "壹分"),
        (dec!(0.10), "壹角"),
        (dec!(0.53), "伍角叁分"),
        (dec!(1.00), "壹元整"),
        (dec!(1.01), "壹元零壹分"),
        (dec!(1.10), "壹元壹角"),
        (dec!(10.00), "壹拾元整"),
        (dec!(10.05), "壹拾元零伍分"),
        (dec!(10.10), "壹拾元零壹角"),
        (dec!(20.20), "贰拾元零贰角"),
        (dec!(100.50), "壹佰元零伍角"),
        (dec!(105.05), "壹佰零伍元零伍分"),
        (dec!(325.04), "叁佰贰拾伍元零肆分"),
        (dec!(1001.00), "壹仟零壹元整"),
        (dec!(1010.00), "壹仟零壹拾元整"),
        (dec!(1409.50), "壹仟肆佰零玖元伍角"),
        (dec!(1680.32), "壹仟陆佰捌拾元零叁角贰分"),
        (dec!(6007.14), "陆仟零柒元壹角肆分"),
        (dec!(10001.00), "壹万零壹元整"),
        (dec!(16409.02), "壹万陆仟肆佰零玖元零贰分"),
        (dec!(11000.00), "壹万壹仟元整"),
        (dec!(100000.00), "壹拾万元整"),
        (dec!(100700.00), "壹拾万零柒佰元整"),
        (dec!(101000.00), "壹拾万壹仟元整"),
        (dec!(107000.53), "壹拾万柒仟元零伍角叁分"),
        (dec!(110000.00), "壹拾壹万元整"),
        (dec!(1000001.00), "壹佰万零壹元整"),
        (dec!(1001000.10), "壹佰万壹仟元零壹角"),
        (dec!(1010000.00), "壹佰零壹万元整"),
        (dec!(10001000.00), "壹仟万壹仟元整"),
        (dec!(10100000.00), "壹仟零壹拾万元整"),
        (dec!(100000000.00), "壹亿元整"),
        (dec!(100000001.00), "壹亿零壹元整"),
        (dec!(100010000.00), "壹亿零壹万元整"),
        (dec!(101000000.00), "壹亿零壹佰万元整"),
        (dec!(110000000.00), "壹亿壹仟万元整"),
        (dec!(200000000.20), "贰亿元零贰角"),
        (dec!(1000007000.00), "壹拾亿零柒仟元整"),
        (dec!(1234567890.12), "壹拾贰亿叁仟肆佰伍拾陆万柒仟捌佰玖拾元零壹角贰分"),
        (dec!(9009000900.90), "玖拾亿零玖佰万零玖佰元零玖角"),
        (dec!(999999999999.99), "玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
        (dec!(81700.30), "捌万壹仟柒佰元零叁角"),
        (dec!(93700.00), "玖万叁仟柒佰元整"),
        (dec!(1464000.00), "壹佰肆拾陆万肆仟元整"),
        (dec!(-500.00), "负伍佰元整"),
    ];

    #[test]
    fn the_table_reads_both_ways() {
        for (amount, capital) in TABLE {
            assert_eq!(to_capital(amount).as_deref(), Some(capital), "{amount}");
            assert_eq!(parse_capital(capital), Some(amount), "{capital}");
        }
    }

    #[test]
    fn optional_forms_are_read() {
        for (capital, amount) in [
            ("壹仟陆佰捌拾元叁角贰分", dec!(1680.32)),
            ("壹拾万零柒仟元伍角叁分", dec!(107000.53)),
            ("壹仟肆佰零玖元伍角整", dec!(1409.50)),
            ("壹拾亿零壹仟万元整", dec!(1010000000)),
            ("伍佰圆正", dec!(500)),
            ("人民币伍佰圆整", dec!(500)),
            ("人民币负伍佰元整", dec!(-500)),
            (" 壹元整 ", dec!(1)),
        ] {
            assert_eq!(parse_capital(capital), Some(amount), "{capital}");
        }
    }

    #[test]
    fn misspellings_are_refused() {
        for capital in [
            "",
            "元",
            "整",
            "负",
            "人民币",
            "零",
            "壹",
            "壹元",
            "壹拾零元整",
            "壹元壹分",
            "拾元整",
            "壹万零零壹元整",
            "壹佰壹元整",
            "壹元整整",
            "壹分整",
            "壹角壹元",
            "负零元整",
            "一元整",
            "壹元X",
            "壹亿零壹仟万元整",
            "壹万壹亿元整",
            "壹万亿元整",
            "壹仟肆佰零玖元零伍角",
            "100",
        ] {
            assert_eq!(parse_capital(capital), None, "{capital}");
        }
        assert_eq!(parse_capital(&"玖仟亿".repeat(10_000)), None);
    }

    #[test]
    fn amounts_out_of_range_have_no_form() {
        for amount in [dec!(1000000000000), dec!(-1000000000000), dec!(0.001), dec!(1.005), Decimal::MAX, Decimal::MIN]
        {
            assert_eq!(to_capital(amount), None, "{amount}");
        }
        assert_eq!(to_capital(dec!(1.500000)).as_deref(), Some("壹元伍角"));
        assert_eq!(to_capital(dec!(-0.00)).as_deref(), Some("零元整"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]
        #[test]
        fn random_amounts_come_back(cents in 0_i64..100_000_000_000_000, digits in 0_u32..15) {
            // Cutting to few digits makes small amounts and long runs of zeros common.
            let few = Decimal::new(cents % 10_i64.pow(digits), 2);
            let round = Decimal::new(cents - cents % 10_i64.pow(digits), 2);
            for amount in [few, round, -few, -round] {
                let capital = to_capital(amount).expect("the amount is in range");
                prop_assert_eq!(parse_capital(&capital), Some(amount), "{}", capital);
            }
        }

        #[test]
        fn every_liberty_of_an_amount_is_read(cents in 0_u64..LIMIT_CENTS, zeros in 0_u32..13) {
            let cents = cents - cents / 10 % 10_u64.pow(zeros) * 10;
            for liberty in LIBERTIES {
                let amount = Decimal::from_i128_with_scale(i128::from(cents), 2);
                prop_assert_eq!(parse_capital(&written(cents, &[liberty])), Some(amount));
            }
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "[零壹玖拾佰仟万亿元角分整负]{0,80}") {
            if let Some(amount) = parse_capital(&text) {
                prop_assert!(to_capital(amount).is_some());
            }
        }
    }
}
