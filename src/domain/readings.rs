//! Readings of characters that sound otherwise in the names of places and companies than a dictionary has them first.

use pinyin::ToPinyin;

/// Characters that names use in another reading than their first.
static USUAL: [(char, &str); 8] = [
    ('长', "chang"),
    ('都', "du"),
    ('曾', "zeng"),
    ('晟', "sheng"),
    ('什', "shi"),
    ('翟', "zhai"),
    ('调', "tiao"),
    ('裳', "chang"),
];

/// Words in which a character has another reading than by itself, each sound after a blank.
static WORDS: [(&str, &str); 86] = [
    ("重庆", "chong qing"),
    ("重阳", "chong yang"),
    ("重组", "chong zu"),
    ("重启", "chong qi"),
    ("重生", "chong sheng"),
    ("双重", "shuang chong"),
    ("多重", "duo chong"),
    ("厦门", "xia men"),
    ("成长", "cheng zhang"),
    ("增长", "zeng zhang"),
    ("生长", "sheng zhang"),
    ("家长", "jia zhang"),
    ("校长", "xiao zhang"),
    ("院长", "yuan zhang"),
    ("会长", "hui zhang"),
    ("队长", "dui zhang"),
    ("店长", "dian zhang"),
    ("船长", "chuan zhang"),
    ("市长", "shi zhang"),
    ("首长", "shou zhang"),
    ("厂长", "chang zhang"),
    ("长老", "zhang lao"),
    ("长辈", "zhang bei"),
    ("音乐", "yin yue"),
    ("乐器", "yue qi"),
    ("乐清", "yue qing"),
    ("乐团", "yue tuan"),
    ("民乐", "min yue"),
    ("声乐", "sheng yue"),
    ("国乐", "guo yue"),
    ("礼乐", "li yue"),
    ("银行", "yin hang"),
    ("行业", "hang ye"),
    ("行情", "hang qing"),
    ("行长", "hang zhang"),
    ("商行", "shang hang"),
    ("车行", "che hang"),
    ("洋行", "yang hang"),
    ("分行", "fen hang"),
    ("支行", "zhi hang"),
    ("总行", "zong hang"),
    ("同行", "tong hang"),
    ("药行", "yao hang"),
    ("茶行", "cha hang"),
    ("琴行", "qin hang"),
    ("典当行", "dian dang hang"),
    ("拍卖行", "pai mai hang"),
    ("贸易行", "mao yi hang"),
    ("五金行", "wu jin hang"),
    ("建材行", "jian cai hang"),
    ("六安", "lu an"),
    ("六合", "lu he"),
    ("蚌埠", "beng bu"),
    ("番禺", "pan yu"),
    ("会计", "kuai ji"),
    ("会稽", "kuai ji"),
    ("单县", "shan xian"),
    ("大埔", "da bu"),
    ("西藏", "xi zang"),
    ("藏药", "zang yao"),
    ("涡阳", "guo yang"),
    ("莘庄", "xin zhuang"),
    ("蔚县", "yu xian"),
    ("尉犁", "yu li"),
    ("浚县", "xun xian"),
    ("泌阳", "bi yang"),
    ("铅山", "yan shan"),
    ("荥经", "ying jing"),
    ("黄陂", "huang pi"),
    ("人参", "ren shen"),
    ("海参", "hai shen"),
    ("东阿", "dong e"),
    ("阿胶", "e jiao"),
    ("洪洞", "hong tong"),
    ("柏林", "bo lin"),
    ("朝晖", "zhao hui"),
    ("今朝", "jin zhao"),
    ("给水", "ji shui"),
    ("给排水", "ji pai shui"),
    ("弹簧", "tan huang"),
    ("弹性", "tan xing"),
    ("畜牧", "xu mu"),
    ("模具", "mu ju"),
    ("调查", "diao cha"),
    ("调度", "diao du"),
    ("还原", "huan yuan"),
];

/// What is heard of a name, character by character; letters, digits and signs are themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    Sound(String),
    Sign(char),
}

fn alone(c: char) -> Heard {
    if let Some((_, sound)) = USUAL.iter().find(|(usual, _)| *usual == c) {
        return Heard::Sound((*sound).to_owned());
    }
    // As people type it: a keyboard has no ü.
    c.to_pinyin().map_or(Heard::Sign(c), |pinyin| Heard::Sound(pinyin.plain().replace('ü', "v")))
}

/// The longest word takes its characters together; the others sound by themselves.
pub fn heard(name: &str) -> Vec<Heard> {
    let mut out = Vec::new();
    let mut rest = name;
    while let Some(c) = rest.chars().next() {
        let words = WORDS.iter().filter(|(word, _)| rest.starts_with(word));
        if let Some((word, sounds)) = words.max_by_key(|(word, _)| word.len()) {
            out.extend(sounds.split(' ').map(|sound| Heard::Sound(sound.to_owned())));
            rest = rest.strip_prefix(word).unwrap_or_default();
        } else {
            out.push(alone(c));
            rest = rest.strip_prefix(c).unwrap_or_default();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_a_sound_for_each_character() {
        for (word, sounds) in WORDS {
            assert_eq!(word.chars().count(), sounds.split(' ').count(), "{word}");
            assert!(sounds.bytes().all(|b| b == b' ' || b.is_ascii_lowercase()), "{word}");
            assert_ne!(word.chars().map(alone).collect::<Vec<_>>(), heard(word), "{word} sounds so by itself");
        }
    }

    #[test]
    fn a_sound_is_what_a_keyboard_has() {
        for (c, sound) in [('铝', "lv"), ('女', "nv"), ('长', "chang"), ('行', "xing")] {
            assert_eq!(alone(c), Heard::Sound(sound.to_owned()), "{c}");
        }
        assert_eq!(alone('，'), Heard::Sign('，'));
    }
}
