//! Finding people as they write and say their names.
//!
//! Names stay as they came, variants and all; only the key they are found by is folded: width,
//! case, kana, spaces, and characters that one family writes in several ways (渡邊 and 渡辺).

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;

use crate::id::PersonId;
use crate::record::{field, of_person};

use super::people;
use super::records::RecordsFold;

/// Characters that names are written with in several ways, and the one they are found by.
const VARIANTS: &[(char, char)] = &[
    ('邊', '辺'),
    ('邉', '辺'),
    ('齋', '斎'),
    ('齊', '斎'),
    ('斉', '斎'),
    ('髙', '高'),
    ('﨑', '崎'),
    ('嵜', '崎'),
    ('澤', '沢'),
    ('濱', '浜'),
    ('濵', '浜'),
    ('廣', '広'),
    ('德', '徳'),
    ('櫻', '桜'),
    ('國', '国'),
    ('嶋', '島'),
    ('嶌', '島'),
    ('𠮷', '吉'),
    ('眞', '真'),
    ('惠', '恵'),
    ('龍', '竜'),
    ('瀧', '滝'),
    ('條', '条'),
    ('藪', '薮'),
    ('檜', '桧'),
    ('槇', '槙'),
    ('冨', '富'),
    ('舘', '館'),
    ('榮', '栄'),
    ('壽', '寿'),
    ('邨', '村'),
    ('淵', '渕'),
    ('彌', '弥'),
    ('曽', '曾'),
    ('黑', '黒'),
    ('圓', '円'),
    ('禮', '礼'),
    ('靜', '静'),
];

/// The key a text is found by: NFKC, lower case, hiragana, no spaces, no variation selectors, one
/// form of each character that names write in several ways.
pub fn folded(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).filter(|c| !is_ignored(*c)).map(one_form).collect()
}

fn is_ignored(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' | '・' | '･')
}

fn one_form(c: char) -> char {
    const HIRAGANA_FROM_KATAKANA: u32 = 0x60;
    match c {
        'ァ'..='ヶ' => char::from_u32(u32::from(c) - HIRAGANA_FROM_KATAKANA).unwrap_or(c),
        _ => VARIANTS.iter().find(|(variant, _)| *variant == c).map_or(c, |(_, found)| *found),
    }
}

/// A name's keys: all of it, and what follows each space, so that a given name is found too.
fn keys(name: &str) -> impl Iterator<Item = String> {
    let later = name.char_indices().filter(|(_, c)| c.is_whitespace());
    let starts = std::iter::once(0).chain(later.map(|(at, _)| at));
    let keys = starts.map(|at| folded(name.get(at..).unwrap_or_default()));
    keys.filter(|key| !key.is_empty())
}

/// Everyone of the register under the keys they are found by. It is built from the register and
/// can be thrown away.
#[derive(Clone, Default)]
pub struct PeopleIndex {
    // Invariant: ascending; one row for each key of each person, walk-ins too, none empty.
    rows: Vec<(String, PersonId)>,
}

impl fmt::Debug for PeopleIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PeopleIndex({} keys)", self.rows.len())
    }
}

impl PeopleIndex {
    /// The keys of everyone: each name and kana that a current write gives.
    pub fn build(register: &RecordsFold) -> Self {
        let mut rows = Vec::new();
        for person in people::ids(register) {
            for field in [field::PERSON_NAME, field::PERSON_KANA] {
                for (_, value) in register.values(of_person(person), field) {
                    if let crate::fact::edit::Value::Text(text) = value {
                        rows.extend(keys(text).map(|key| (key, person)));
                    }
                }
            }
        }
        rows.sort();
        rows.dedup();
        Self { rows }
    }

    /// Everyone with a key that begins with the query, in the order of their keys; whoever has
    /// two such keys comes twice. An empty query finds nobody.
    pub fn search(&self, query: &str) -> impl Iterator<Item = PersonId> {
        let query = folded(query);
        let first = self.rows.partition_point(|(key, _)| *key < query);
        let from_first = self.rows.iter().skip(first);
        from_first
            .take_while(move |(key, _)| !query.is_empty() && key.starts_with(&query))
            .map(|(_, person)| *person)
    }
}

#[cfg(test)]
mod tests;
