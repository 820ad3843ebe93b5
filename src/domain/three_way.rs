//! One form changed by two people: what each changed against the version both started from.
//!
//! The one rule: nothing typed or stored is dropped unseen; where both changed the same thing, or
//! where the common version is unknown, a person chooses.

use std::collections::BTreeMap;

/// The values of a form by field name; a field that is left out equals an empty one.
pub type Values = BTreeMap<String, Vec<String>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangedBy {
    /// Nobody, or both in the same way.
    Nobody,
    Me,
    Other,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Merged {
    Settled { value: Vec<String>, by: ChangedBy },
    Both { mine: Vec<String>, theirs: Vec<String> },
}

/// Line ends and surrounding blanks are no change, nor is an empty value.
fn plain(values: Option<&Vec<String>>) -> Vec<String> {
    values.into_iter().flatten().map(|v| v.replace("\r\n", "\n").trim().to_owned()).filter(|v| !v.is_empty()).collect()
}

/// Every field of any of the three, settled or to choose.
pub fn merge_fields(base: Option<&Values>, mine: &Values, theirs: &Values) -> BTreeMap<String, Merged> {
    let names = base.into_iter().chain([mine, theirs]).flat_map(BTreeMap::keys);
    names
        .map(|name| {
            let (my, their) = (plain(mine.get(name)), plain(theirs.get(name)));
            let before = base.map(|b| plain(b.get(name)));
            let merged = if my == their {
                Merged::Settled { value: my, by: ChangedBy::Nobody }
            } else if before.as_ref() == Some(&my) {
                Merged::Settled { value: their, by: ChangedBy::Other }
            } else if before.as_ref() == Some(&their) {
                Merged::Settled { value: my, by: ChangedBy::Me }
            } else {
                Merged::Both { mine: my, theirs: their }
            };
            (name.clone(), merged)
        })
        .collect()
}

/// One of repeated rows; a new one has no id yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub id: String,
    pub fields: Values,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MergedRow {
    Settled(Row),
    /// `None` on the side that removed the row.
    Both {
        mine: Option<Row>,
        theirs: Option<Row>,
    },
}

fn with_id<'a>(rows: &'a [Row], id: &str) -> Option<&'a Row> {
    rows.iter().find(|r| !id.is_empty() && r.id == id)
}

/// Nothing differs that counts as a change.
fn same(one: &Row, other: &Row) -> bool {
    let all = merge_fields(None, &one.fields, &other.fields);
    all.values().all(|m| matches!(m, Merged::Settled { .. }))
}

/// Repeated rows, matched by id. New rows of both people with the same `key` field may be one and
/// the same, so a person chooses.
pub fn merge_rows(base: Option<&[Row]>, mine: &[Row], theirs: &[Row], key: &str) -> Vec<MergedRow> {
    let keyed = |row: &Row| plain(row.fields.get(key));
    let mut out = Vec::new();
    let mut taken: Vec<usize> = Vec::new();
    for their in theirs {
        let before = base.and_then(|rows| with_id(rows, &their.id));
        if let Some(my) = with_id(mine, &their.id) {
            out.push(one_row(before, my, their));
            continue;
        }
        match (base, before) {
            // I removed it and the other left it alone.
            (_, Some(before)) if same(before, their) => {}
            (Some(_), None) => {
                let twin = mine.iter().enumerate().find(|(i, m)| {
                    m.id.is_empty() && !taken.contains(i) && !keyed(m).is_empty() && keyed(m) == keyed(their)
                });
                match twin {
                    Some((i, my)) if !same(my, their) => {
                        taken.push(i);
                        out.push(MergedRow::Both { mine: Some(my.clone()), theirs: Some(their.clone()) });
                    }
                    Some((i, _)) => {
                        taken.push(i);
                        out.push(MergedRow::Settled(their.clone()));
                    }
                    None => out.push(MergedRow::Settled(their.clone())),
                }
            }
            _ => out.push(MergedRow::Both { mine: None, theirs: Some(their.clone()) }),
        }
    }
    for (i, my) in mine.iter().enumerate() {
        if taken.contains(&i) || with_id(theirs, &my.id).is_some() {
            continue;
        }
        let before = base.and_then(|rows| with_id(rows, &my.id));
        match before {
            // The other removed it and I left it alone.
            Some(before) if same(before, my) => {}
            None if my.id.is_empty() => out.push(MergedRow::Settled(my.clone())),
            _ => out.push(MergedRow::Both { mine: Some(my.clone()), theirs: None }),
        }
    }
    out
}

/// The same row on both sides: field by field, and as two blocks where one field collides.
fn one_row(before: Option<&Row>, my: &Row, their: &Row) -> MergedRow {
    let (mut mine, mut theirs) = (Values::new(), Values::new());
    let mut collides = false;
    for (name, merged) in merge_fields(before.map(|b| &b.fields), &my.fields, &their.fields) {
        match merged {
            Merged::Settled { value, .. } => {
                mine.insert(name.clone(), value.clone());
                theirs.insert(name, value);
            }
            Merged::Both { mine: my, theirs: their } => {
                collides = true;
                mine.insert(name.clone(), my);
                theirs.insert(name, their);
            }
        }
    }
    let row = |fields| Row { id: their.id.clone(), fields };
    if collides {
        MergedRow::Both { mine: Some(row(mine)), theirs: Some(row(theirs)) }
    } else {
        MergedRow::Settled(row(mine))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, &str)]) -> Values {
        let mut out = Values::new();
        for (name, value) in pairs {
            out.entry((*name).to_owned()).or_default().push((*value).to_owned());
        }
        out
    }

    fn row(id: &str, pairs: &[(&str, &str)]) -> Row {
        Row { id: id.to_owned(), fields: values(pairs) }
    }

    fn settled(value: &str, by: ChangedBy) -> Merged {
        let value = if value.is_empty() { Vec::new() } else { vec![value.to_owned()] };
        Merged::Settled { value, by }
    }

    #[test]
    fn what_one_changed_is_taken_and_what_both_changed_is_asked() {
        let base = values(&[("a", "1"), ("b", "1"), ("c", "1"), ("d", "1"), ("gone", "x")]);
        let mine = values(&[("a", "2"), ("b", "1"), ("c", "2"), ("d", "2"), ("gone", "")]);
        let theirs = values(&[("a", "1"), ("b", "3"), ("c", "3"), ("d", "2"), ("gone", "x"), ("new", "n")]);
        let merged = merge_fields(Some(&base), &mine, &theirs);
        assert_eq!(merged["a"], settled("2", ChangedBy::Me));
        assert_eq!(merged["b"], settled("3", ChangedBy::Other));
        assert_eq!(merged["c"], Merged::Both { mine: vec!["2".to_owned()], theirs: vec!["3".to_owned()] });
        assert_eq!(merged["d"], settled("2", ChangedBy::Nobody));
        assert_eq!(merged["gone"], settled("", ChangedBy::Me));
        assert_eq!(merged["new"], settled("n", ChangedBy::Other));
    }

    #[test]
    fn line_ends_and_blanks_are_no_change() {
        let base = values(&[("text", "one\ntwo")]);
        let mine = values(&[("text", " one\r\ntwo "), ("empty", "")]);
        let theirs = values(&[("text", "three")]);
        let merged = merge_fields(Some(&base), &mine, &theirs);
        assert_eq!(merged["text"], settled("three", ChangedBy::Other));
        assert_eq!(merged["empty"], settled("", ChangedBy::Nobody));
    }

    #[test]
    fn without_the_common_version_every_difference_is_asked() {
        let merged = merge_fields(None, &values(&[("a", "1"), ("b", "2")]), &values(&[("a", "1"), ("b", "3")]));
        assert_eq!(merged["a"], settled("1", ChangedBy::Nobody));
        assert!(matches!(merged["b"], Merged::Both { .. }));
    }

    #[test]
    fn rows_are_matched_by_id_and_their_fields_merged() {
        let base = [row("1", &[("name", "李娜"), ("mobile", "1"), ("title", "x")])];
        let mine = [row("1", &[("name", "李娜"), ("mobile", "2"), ("title", "x")])];
        let theirs = [row("1", &[("name", "李娜"), ("mobile", "1"), ("title", "y")])];
        let both = row("1", &[("name", "李娜"), ("mobile", "2"), ("title", "y")]);
        assert_eq!(merge_rows(Some(&base), &mine, &theirs, "name"), [MergedRow::Settled(both)]);
        let theirs = [row("1", &[("name", "李娜"), ("mobile", "3"), ("title", "x")])];
        let merged = merge_rows(Some(&base), &mine, &theirs, "name");
        assert_eq!(merged, [MergedRow::Both { mine: Some(mine[0].clone()), theirs: Some(theirs[0].clone()) }]);
    }

    #[test]
    fn removed_and_added_rows_are_followed_or_asked() {
        let one = row("1", &[("name", "李娜")]);
        let changed = row("1", &[("name", "李娜"), ("title", "总监")]);
        let base = [one.clone()];
        // Removed by one, untouched by the other.
        assert!(merge_rows(Some(&base), &[], std::slice::from_ref(&one), "name").is_empty());
        assert!(merge_rows(Some(&base), std::slice::from_ref(&one), &[], "name").is_empty());
        // Removed by one, changed by the other.
        let asked = MergedRow::Both { mine: None, theirs: Some(changed.clone()) };
        assert_eq!(merge_rows(Some(&base), &[], std::slice::from_ref(&changed), "name"), [asked]);
        let asked = MergedRow::Both { mine: Some(changed.clone()), theirs: None };
        assert_eq!(merge_rows(Some(&base), std::slice::from_ref(&changed), &[], "name"), [asked]);
        // Both added somebody: two people, or perhaps the same one.
        let (my, their) = (row("", &[("name", "方晓"), ("mobile", "2")]), row("9", &[("name", "周波")]));
        let merged = merge_rows(Some(&base), &[one.clone(), my.clone()], &[one.clone(), their.clone()], "name");
        let settled: Vec<MergedRow> = [one.clone(), their, my.clone()].map(MergedRow::Settled).into();
        assert_eq!(merged, settled);
        let twin = row("9", &[("name", "方晓"), ("mobile", "3")]);
        let merged = merge_rows(Some(&base), &[one.clone(), my.clone()], &[one.clone(), twin.clone()], "name");
        let asked = MergedRow::Both { mine: Some(my), theirs: Some(twin) };
        assert_eq!(merged, [MergedRow::Settled(one), asked]);
    }
}
