//! Names of companies: the part that tells one from another, and a form that tells little.
//!
//! One company has one archive (DOMAIN 1.1): two names with the same core are shown to whoever
//! registers, whichever page the registration starts from.

use super::input::normalise;
use super::regions::without_place;

const FORMS: [&str; 8] = ["股份有限公司", "有限责任公司", "有限公司", "集团公司", "(集团)", "集团", "公司", "股份"];
/// How organisations without a legal form in their name end.
const BODIES: [&str; 24] = [
    "厂", "店", "社", "院", "所", "行", "部", "会", "局", "处", "站", "场", "校", "馆", "室", "庄", "坊", "铺", "中心",
    "学校", "大学", "超市", "酒楼", "园",
];
/// A Chinese family name and given name, both of two characters.
const LONGEST_PERSON: usize = 4;
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

/// Whether a name can only be that of a company or another body: it says its legal form, or it is longer
/// than the Chinese name of a person and ends like a body. A name with `·` is a person's.
pub fn is_of_company(name: &str) -> bool {
    let name: String = normalise(name).chars().filter(|c| !c.is_whitespace()).collect();
    let says_form = name.contains("公司") || name.contains("集团");
    let is_body = name.chars().count() > LONGEST_PERSON && !name.contains('·');
    says_form || name.contains(['(', ')', '&']) || (is_body && BODIES.iter().any(|end| name.ends_with(end)))
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
    fn a_company_is_told_from_a_person() {
        for name in [
            "甲乙公司",
            "华东精密机械集团",
            "苏州市前进五金厂",
            "厦门鹭江设计工作室",
            "张三（苏州）",
            "西安秦岭农产品专业合作社",
        ] {
            assert!(is_of_company(name), "{name}");
        }
        for name in ["李明", "欧阳震华", "王社", "阿卜杜拉·买买提", "单于中心"] {
            assert!(!is_of_company(name), "{name}");
        }
    }

    #[test]
    fn a_masked_name_tells_the_place_and_the_form() {
        assert_eq!(masked("苏州星辰云启科技有限公司"), "苏州****有限公司");
        assert_eq!(masked("华东机械厂"), "华东****");
        assert_eq!(masked("公司"), "公司****");
    }
}
