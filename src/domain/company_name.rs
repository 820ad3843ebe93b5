//! Names of companies: the part that tells one from another, and a form that tells little.
//!
//! One company has one archive (DOMAIN 1.1): two names with the same core are shown to whoever
//! registers, whichever page the registration starts from.

use super::input::normalise;
use super::regions::without_place;

const FORMS: [&str; 8] = ["股份有限公司", "有限责任公司", "有限公司", "集团公司", "(集团)", "集团", "公司", "股份"];
/// A name that starts with a bare place keeps at least this much without it.
const LEAST_WITHOUT_PLACE: usize = 4;

/// The name without place, brackets and legal form.
pub fn core(name: &str) -> String {
    let name: String = normalise(name).chars().filter(|c| !c.is_whitespace()).collect();
    let mut bare = String::new();
    let mut depth = 0_usize;
    for c in name.chars() {
        match c {
            '(' | '[' | '【' | '〔' => depth += 1,
            ')' | ']' | '】' | '〕' => depth = depth.saturating_sub(1),
            other if depth == 0 => bare.push(other),
            _ => {}
        }
    }
    if bare.chars().count() < 2 {
        bare = name.chars().filter(|c| !"()[]【】〔〕".contains(*c)).collect();
    }
    let mut rest = bare.as_str();
    while let Some(shorter) = FORMS
        .iter()
        .filter_map(|form| rest.strip_suffix(form))
        .filter(|shorter| shorter.chars().count() >= 2)
        .min_by_key(|shorter| shorter.len())
    {
        rest = shorter;
    }
    without_place(rest, LEAST_WITHOUT_PLACE).to_owned()
}

/// The name for somebody who may only know that the company is taken: 苏州****有限公司.
pub fn masked(name: &str) -> String {
    let head: String = name.chars().take(2).collect();
    let tail = FORMS.iter().find(|form| name.ends_with(*form) && name.len() > form.len() + head.len());
    format!("{head}****{}", tail.copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_has_no_place_no_brackets_and_no_legal_form() {
        for name in [
            "苏州星辰云启科技有限公司",
            "苏州星辰云启科技（集团）股份有限公司",
            "星辰云启科技（苏州）有限责任公司",
            "江苏省苏州市星辰云启科技集团有限公司",
        ] {
            assert_eq!(core(name), "星辰云启科技", "{name}");
        }
        assert_eq!(core("江苏省苏州市恒信包装有限公司"), "恒信包装");
        assert_eq!(core("恒信包装（苏州）股份有限公司"), "恒信包装");
        assert_eq!(core("华东精密机械集团有限公司"), "华东精密机械");
    }

    #[test]
    fn a_short_name_is_left_whole() {
        assert_eq!(core("上海电气"), "上海电气");
        assert_eq!(core("Acme Ltd"), "AcmeLtd");
        assert_eq!(core("公司"), "公司");
        assert_eq!(core(""), "");
    }

    #[test]
    fn a_masked_name_tells_the_place_and_the_form() {
        assert_eq!(masked("苏州星辰云启科技有限公司"), "苏州****有限公司");
        assert_eq!(masked("华东机械厂"), "华东****");
        assert_eq!(masked("公司"), "公司****");
    }
}
