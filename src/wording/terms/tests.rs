//! Every code has its own words in both languages.

use super::*;
use crate::domain::input::is_chinese;

#[test]
fn every_code_has_words_in_both_languages_and_english_is_english() {
    let (zh, en) = (Lang::Zh.every_term(), Lang::En.every_term());
    assert_eq!(zh.len(), en.len());
    for ((code, chinese), (_, english)) in zh.iter().zip(&en) {
        assert!(!chinese.is_empty(), "{code}");
        assert!(chinese.chars().any(is_chinese), "{code}: {chinese}");
        assert!(!english.chars().any(is_chinese), "{code}: {english}");
        assert!(english.starts_with(|c: char| c.is_ascii_uppercase()), "{code}: {english}");
    }
}

#[test]
fn two_states_of_one_form_never_share_their_words() {
    for lang in Lang::ALL {
        let mut words: Vec<_> = QuoteStatus::ALL.iter().map(|s| lang.quote_status(*s)).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), QuoteStatus::ALL.len());
    }
}

#[test]
fn buttons_and_next_acts_are_the_business_s_words() {
    assert_eq!(Lang::Zh.action(Action::RequestVerification), "提交核验");
    assert_eq!(Lang::En.action(Action::RequestVerification), "Send for verification");
    assert_eq!(Lang::Zh.next_act(Action::VerifyLicense), "待核验执照");
    assert_eq!(Lang::Zh.done(Action::DecideNode), "已提交审批意见");
    assert_eq!(Lang::En.done(Action::DecideNode), "Decision submitted");
}
