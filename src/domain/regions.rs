//! Provinces, cities and districts of China: what an address may be made of (DOMAIN 1.1 A).
//!
//! `regions/divisions.txt` holds the names of the statistical divisions of mid 2023 down to county
//! level, as published by the National Bureau of Statistics and collected by the project
//! Administrative-divisions-of-China (free to use, WTFPL); Hong Kong, Macao and Taiwan from the same
//! place. Counties without a city above them stand beside the cities, and have no districts. Four
//! cities without counties list their towns. The one rule: a combination that does not exist is refused.

use std::sync::LazyLock;

struct City {
    name: &'static str,
    districts: Vec<&'static str>,
}

struct Province {
    name: &'static str,
    cities: Vec<City>,
}

static CHINA: LazyLock<Vec<Province>> = LazyLock::new(|| {
    let mut all: Vec<Province> = Vec::new();
    for line in include_str!("regions/divisions.txt").lines() {
        if let Some(name) = line.strip_prefix("# ") {
            all.push(Province { name, cities: Vec::new() });
        } else if let Some(province) = all.last_mut() {
            let (name, districts) = line.split_once(':').unwrap_or((line, ""));
            province.cities.push(City { name, districts: districts.split_whitespace().collect() });
        }
    }
    all
});

/// Which part of an address is not in the list, or not in the part above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegionFlaw {
    Province,
    City,
    District,
}

/// An address's place in the official names; a part that was not given stays empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    pub province: Option<&'static str>,
    pub city: Option<&'static str>,
    pub district: Option<&'static str>,
}

pub fn provinces() -> Vec<&'static str> {
    CHINA.iter().map(|p| p.name).collect()
}

/// The cities of a province; of all of China while no province is known.
pub fn cities(province: &str) -> Vec<&'static str> {
    match one(&CHINA, |p| p.name, province) {
        Some(p) => p.cities.iter().map(|c| c.name).collect(),
        None => CHINA.iter().flat_map(|p| &p.cities).map(|c| c.name).collect(),
    }
}

/// The districts and counties of a city; none while the city is not known.
pub fn districts(province: &str, city: &str) -> Vec<&'static str> {
    one(&CHINA, |p| p.name, province)
        .and_then(|p| one(&p.cities, |c| c.name, city))
        .map(|c| c.districts.clone())
        .unwrap_or_default()
}

/// The one entry with this name, or the only one whose name starts so (江苏 for 江苏省).
fn one<'a, T>(all: &'a [T], name: impl Fn(&T) -> &'static str, typed: &str) -> Option<&'a T> {
    all.iter().find(|entry| name(entry) == typed).or_else(|| {
        let mut found = all.iter().filter(|entry| typed.chars().count() >= 2 && name(entry).starts_with(typed));
        found.next().filter(|_| found.next().is_none())
    })
}

/// The official names of what was typed; short forms are completed when only one name starts so.
/// A part without the part above it is refused under the part that is missing.
pub fn resolve(province: Option<&str>, city: Option<&str>, district: Option<&str>) -> Result<Place, RegionFlaw> {
    let Some(typed) = province else {
        return if city.is_some() || district.is_some() { Err(RegionFlaw::Province) } else { Ok(Place::default()) };
    };
    let found = one(&CHINA, |p| p.name, typed).ok_or(RegionFlaw::Province)?;
    let province = Some(found.name);
    let Some(typed) = city else {
        return if district.is_some() { Err(RegionFlaw::City) } else { Ok(Place { province, ..Place::default() }) };
    };
    let found = one(&found.cities, |c| c.name, typed).ok_or(RegionFlaw::City)?;
    let city = Some(found.name);
    let district = match district {
        None => None,
        Some(typed) => Some(*one(&found.districts, |d| d, typed).ok_or(RegionFlaw::District)?),
    };
    Ok(Place { province, city, district })
}

/// The name without the province and city that many companies begin with (江苏省苏州市恒信 → 恒信);
/// a place without its 省, 市 or 县 goes only when at least `least` characters stay.
pub(super) fn without_place(name: &str, least: usize) -> &str {
    let mut rest = name;
    for _ in 0..3 {
        let places = CHINA.iter().flat_map(|p| {
            std::iter::once(p.name)
                .chain(p.cities.iter().flat_map(|c| std::iter::once(c.name).chain(c.districts.iter().copied())))
        });
        let found = places
            .filter_map(|place| {
                let short = place.strip_suffix(['省', '市', '县', '区']).filter(|s| s.chars().count() >= 2);
                let whole = rest.strip_prefix(place).filter(|r| r.chars().count() >= 2);
                let bare = short.and_then(|s| rest.strip_prefix(s)).filter(|r| r.chars().count() >= least);
                whole.or(bare)
            })
            .min_by_key(|r| r.len());
        match found {
            Some(shorter) => rest = shorter,
            None => break,
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_whole_and_has_no_name_twice() {
        assert_eq!(provinces().len(), 34);
        assert!(cities("").len() >= 390);
        for province in CHINA.iter() {
            assert!(!province.cities.is_empty(), "{}", province.name);
            for city in &province.cities {
                let mut names = city.districts.clone();
                names.sort_unstable();
                names.dedup();
                assert_eq!(names.len(), city.districts.len(), "{} {}", province.name, city.name);
                assert!(city.name.chars().count() <= 30 && names.iter().all(|n| n.chars().count() <= 30));
            }
        }
    }

    #[test]
    fn a_place_is_read_in_its_official_or_its_short_form() {
        let whole = Place { province: Some("江苏省"), city: Some("苏州市"), district: Some("虎丘区") };
        assert_eq!(resolve(Some("江苏省"), Some("苏州市"), Some("虎丘区")), Ok(whole));
        assert_eq!(resolve(Some("江苏"), Some("苏州"), Some("虎丘")), Ok(whole));
        let capital = resolve(Some("北京"), Some("北京市"), Some("海淀区")).unwrap();
        assert_eq!(capital.city, Some("北京市"));
        assert_eq!(resolve(Some("湖北省"), Some("仙桃市"), None).unwrap().district, None);
        assert_eq!(resolve(None, None, None), Ok(Place::default()));
    }

    #[test]
    fn what_does_not_exist_is_refused_at_its_part() {
        assert_eq!(resolve(Some("江苏国"), None, None), Err(RegionFlaw::Province));
        assert_eq!(resolve(Some("浙江省"), Some("苏州市"), None), Err(RegionFlaw::City));
        assert_eq!(resolve(Some("江苏省"), Some("苏州市"), Some("海淀区")), Err(RegionFlaw::District));
        assert_eq!(resolve(Some("江苏省"), None, Some("虎丘区")), Err(RegionFlaw::City));
        assert_eq!(resolve(None, Some("苏州市"), None), Err(RegionFlaw::Province));
        assert_eq!(resolve(Some("江"), None, None), Err(RegionFlaw::Province));
    }

    #[test]
    fn lists_narrow_with_what_is_known() {
        assert_eq!(cities("上海"), ["上海市"]);
        assert!(districts("江苏", "苏州市").contains(&"昆山市"));
        assert!(districts("江苏", "杭州市").is_empty());
    }
}
