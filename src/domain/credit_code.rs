//! The unified social credit code (统一社会信用代码, GB 32100-2015) of a legal entity.
//!
//! A [`CreditCode`] that exists has 18 letters of the code's alphabet and a region in digits; its
//! check letter is right too unless it was taken over deliberately. A wrong letter is named, never
//! replaced by a guess (DOMAIN.md 6.1).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::domain::input::{Flaw, deserialize_through, normalise};

/// The 31 letters of the code in the order of their values; I, O, S, V and Z do not occur.
const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
/// Letters of a code.
const LENGTH: usize = 18;
/// Weights of the first 17 letters: 3^(i−1) mod 31.
const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
/// Weights of the eight letters of the subject code by GB 11714-1997.
const SUBJECT_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
/// Known pairs of registering authority and entity class.
const CLASSES: [&str; 36] = [
    "11", "12", "13", "19", "21", "29", "31", "32", "33", "34", "35", "39", "41", "49", "51", "52", "53", "59", "61",
    "62", "69", "71", "72", "79", "81", "89", "91", "92", "93", "A1", "A9", "N1", "N2", "N3", "N9", "Y1",
];

/// A code in capital letters without separators.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct CreditCode(String);

/// Why a text is no credit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeFlaw {
    /// Not 18 letters; zero when nothing was given.
    Length { found: usize },
    /// A letter that no code contains, with its place counted from 1.
    Letter { found: char, position: usize },
    /// Letters 3 to 8 are not all digits.
    Region,
    /// The last letter is not the one that the others demand.
    Check { expected: char },
}

/// What is odd about a code but does not make it invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeWarning {
    /// No known registering authority has this class of entity.
    UnlikelyClass { authority: char, class: char },
    /// Letter 17 is not the check letter of letters 9 to 16 by GB 11714-1997.
    SubjectCheck { expected: char },
    /// The code was taken over although its last letter is wrong.
    Check { expected: char },
}

impl CreditCode {
    /// Reads a code in any case and width, with spaces and hyphens anywhere.
    pub fn parse(raw: &str) -> Result<Self, CodeFlaw> {
        let code = Self::parse_despite_check(raw)?;
        match code.expected_check() {
            expected if code.letter(LENGTH) == expected => Ok(code),
            expected => Err(CodeFlaw::Check { expected }),
        }
    }

    /// Reads a code without minding its check letter, for the few early codes that break the
    /// standard. Who may use this, and on what proof, is decided elsewhere (DOMAIN.md 6.1).
    pub fn parse_despite_check(raw: &str) -> Result<Self, CodeFlaw> {
        let code: String = normalise(raw)
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}'))
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let found = code.chars().count();
        if found != LENGTH {
            return Err(CodeFlaw::Length { found });
        }
        if let Some((index, found)) = code.chars().enumerate().find(|(_, c)| !ALPHABET.contains(*c)) {
            return Err(CodeFlaw::Letter { found, position: index + 1 });
        }
        if !code[2..8].bytes().all(|b| b.is_ascii_digit()) {
            return Err(CodeFlaw::Region);
        }
        Ok(Self(code))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Everything odd about the code; empty for an ordinary one.
    pub fn warnings(&self) -> Vec<CodeWarning> {
        let class = (!CLASSES.contains(&&self.0[..2]))
            .then(|| CodeWarning::UnlikelyClass { authority: self.letter(1), class: self.letter(2) });
        let expected = self.expected_subject_check();
        let subject = (self.letter(17) != expected).then_some(CodeWarning::SubjectCheck { expected });
        let expected = self.expected_check();
        let check = (self.letter(LENGTH) != expected).then_some(CodeWarning::Check { expected });
        [class, subject, check].into_iter().flatten().collect()
    }

    /// The letter at `position`, counted from 1 as the standard does.
    fn letter(&self, position: usize) -> char {
        char::from(self.0.as_bytes()[position - 1])
    }

    fn expected_check(&self) -> char {
        let sum: usize = self.0.chars().zip(WEIGHTS).map(|(c, w)| value(c) * w).sum();
        // Without the outer remainder a sum divisible by 31 would ask for a 32nd letter.
        char::from(ALPHABET.as_bytes()[(31 - sum % 31) % 31])
    }

    fn expected_subject_check(&self) -> char {
        let subject = self.0[8..16].chars().zip(SUBJECT_WEIGHTS);
        let sum: u32 = subject.map(|(c, w)| c.to_digit(36).unwrap_or(0) * w).sum();
        match 11 - sum % 11 {
            10 => 'X',
            digit => char::from_digit(digit % 11, 10).unwrap_or('0'),
        }
    }
}

impl fmt::Display for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<'de> Deserialize<'de> for CreditCode {
    /// Stored codes may have been taken over with a wrong check letter, so it is not tested again.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_through(deserializer, |raw| Self::parse_despite_check(raw).map_err(Flaw::Code))
    }
}

fn value(letter: char) -> usize {
    ALPHABET.find(letter).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The valid codes of DOMAIN.md 6.1.
    const VALID: [&str; 18] = [
        "91320505PDY00001XN",
        "91370211PDY000079R",
        "91320281PDY0000289",
        "91510107PDY000087B",
        "91440305PDY0000366",
        "91420111PDY000095C",
        "91110108PDY000044H",
        "91500112PDY000108Y",
        "91310115PDY000052X",
        "92350203PDY0001162",
        "91330106PDY0000600",
        "93610113PDY000124P",
        "51110000PDY000132B",
        "12320500PDY000159F",
        "91110000600037341L",
        "91350100M000100Y43",
        "91310110666007217T",
        "91310115591693856A",
    ];

    fn parsed(raw: &str) -> Result<String, CodeFlaw> {
        CreditCode::parse(raw).map(|code| code.to_string())
    }

    #[test]
    fn valid_codes_are_read_without_warning() {
        for code in VALID {
            assert_eq!(parsed(code).as_deref(), Ok(code));
            let warnings = CreditCode::parse(code).map(|code| code.warnings());
            assert_eq!(warnings, Ok(vec![]), "{code}");
        }
    }

    #[test]
    fn writing_is_made_uniform() {
        for raw in [
            "91320505pdy00001xn",
            "９１３２０５０５PDY00001XN",
            " 91320505 PDY00001XN ",
            "91320505-PDY00001-XN",
            "91320505\u{3000}PDY00001\u{2013}XN",
        ] {
            assert_eq!(parsed(raw).as_deref(), Ok(VALID[0]), "{raw}");
        }
    }

    #[test]
    fn flaws_follow_the_table() {
        let check = |expected| CodeFlaw::Check { expected };
        let letter = |found, position| CodeFlaw::Letter { found, position };
        for (raw, flaw) in [
            ("91320505PDY00002XN", check('P')),
            ("91320505PDY00010XN", check('B')),
            ("91320550PDY00001XN", check('U')),
            ("91320505PDY00001XM", check('N')),
            ("91320505PDY0001XN", CodeFlaw::Length { found: 17 }),
            ("91320505PDI00001XN", letter('I', 11)),
            ("9132O505PDY00001XN", letter('O', 5)),
            ("91350100M000100Y4Z", letter('Z', 18)),
            ("91350211M00013FA1N", check('3')),
            ("9132A505PDY00001XN", CodeFlaw::Region),
            ("91320505PDY00001XN9", CodeFlaw::Length { found: 19 }),
            ("", CodeFlaw::Length { found: 0 }),
            ("苏州星辰云启科技有限公司公司公司公司", letter('苏', 1)),
        ] {
            assert_eq!(parsed(raw), Err(flaw), "{raw}");
        }
    }

    #[test]
    fn odd_codes_are_taken_with_warnings() {
        let odd = CreditCode::parse_despite_check("91350211M00013FA1N").map(|c| c.warnings());
        assert_eq!(odd, Ok(vec![CodeWarning::Check { expected: '3' }]));
        let warnings = CreditCode::parse_despite_check("94320505PDY000020N").map(|c| c.warnings());
        assert_eq!(
            warnings,
            Ok(vec![
                CodeWarning::UnlikelyClass { authority: '9', class: '4' },
                CodeWarning::SubjectCheck { expected: '8' },
                CodeWarning::Check { expected: 'L' },
            ])
        );
        assert_eq!(
            CreditCode::parse_despite_check("91350211M00013FAIN"),
            Err(CodeFlaw::Letter { found: 'I', position: 17 })
        );
    }

    #[test]
    fn stored_codes_come_back_even_when_their_check_is_wrong() {
        for stored in ["\"91320505PDY00001XN\"", "\"91350211M00013FA1N\""] {
            let code: CreditCode = serde_json::from_str(stored).expect("the code is well formed");
            assert_eq!(serde_json::to_string(&code).expect("text serialises"), stored);
        }
        assert!(serde_json::from_str::<CreditCode>("\"9132\"").is_err());
    }

    /// 31 is prime and no weight is divisible by it, so no two letters in one place have the same
    /// weighted value: not one of the 18 × 18 × 30 substitutions is checksum-equal.
    #[test]
    fn every_single_substitution_is_caught() {
        let mut tried = 0;
        for code in VALID {
            for place in 0..LENGTH {
                for letter in ALPHABET.chars().filter(|c| !code[place..].starts_with(*c)) {
                    let wrong = format!("{}{letter}{}", &code[..place], &code[place + 1..]);
                    let in_region = (2..8).contains(&place) && !letter.is_ascii_digit();
                    match CreditCode::parse(&wrong) {
                        Err(CodeFlaw::Region) => assert!(in_region, "{wrong}"),
                        Err(CodeFlaw::Check { .. }) => assert!(!in_region, "{wrong}"),
                        other => panic!("{wrong} for {code} gave {other:?}"),
                    }
                    tried += 1;
                }
            }
        }
        assert_eq!(tried, 18 * 18 * 30);
    }

    /// Neighbouring weights differ by twice the smaller (mod 31), the last one and the check's own
    /// weight of 1 by 27, never by 0: every swap of two different neighbours is caught, and a swap
    /// of two equal ones changes nothing.
    #[test]
    fn every_swap_of_different_neighbours_is_caught() {
        for code in VALID {
            for place in 0..LENGTH - 1 {
                let mut letters: Vec<char> = code.chars().collect();
                letters.swap(place, place + 1);
                let swapped: String = letters.into_iter().collect();
                assert_eq!(CreditCode::parse(&swapped).is_ok(), swapped == code, "{swapped}");
            }
        }
    }

    proptest! {
        #[test]
        fn the_expected_letter_is_the_only_right_one(
            body in "[0-9A-HJ-NP-RTUWXY]{2}[0-9]{6}[0-9A-HJ-NP-RTUWXY]{9}"
        ) {
            let right: Vec<char> = ALPHABET
                .chars()
                .filter(|check| CreditCode::parse(&format!("{body}{check}")).is_ok())
                .collect();
            prop_assert_eq!(right.len(), 1);
            for wrong in ALPHABET.chars().filter(|c| *c != right[0]) {
                let flaw = CreditCode::parse(&format!("{body}{wrong}"));
                prop_assert_eq!(flaw, Err(CodeFlaw::Check { expected: right[0] }));
            }
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,24}") {
            if let Ok(code) = CreditCode::parse(&text) {
                prop_assert_eq!(code.as_str().len(), LENGTH);
            }
        }
    }
}
