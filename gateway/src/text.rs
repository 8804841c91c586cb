//! The words on pages, one message file per language, with the same keys in each; plain Japanese
//! has those that residents' pages say.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A language the pages speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lang {
    /// 日本語
    Ja,
    /// やさしい日本語: short sentences and words that a child reads. Only residents' pages speak it.
    Plain,
    /// English
    En,
}

impl Lang {
    /// All of them, in the order they are offered.
    pub const ALL: [Self; 3] = [Self::Ja, Self::Plain, Self::En];

    /// The tag of BCP 47.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::Plain => "ja-x-plain",
            Self::En => "en",
        }
    }

    /// What the language calls itself.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::Ja => "日本語",
            Self::Plain => "やさしい日本語",
            Self::En => "English",
        }
    }

    /// The language of a tag, whatever its region.
    pub fn from_tag(tag: &str) -> Option<Self> {
        if tag.trim().eq_ignore_ascii_case(Self::Plain.tag()) {
            return Some(Self::Plain);
        }
        let primary = tag.trim().split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|lang| lang.tag().eq_ignore_ascii_case(primary))
    }

    /// The best of an `Accept-Language` header: its highest weight first, Japanese if none fits.
    pub fn accepted(header: &str) -> Self {
        let mut wanted: Vec<(f32, Self)> = header
            .split(',')
            .take(ACCEPTED_MAX)
            .filter_map(|item| {
                let (tag, rest) = item.split_once(';').unwrap_or((item, "q=1"));
                let weight = rest.trim().strip_prefix("q=")?.parse().ok()?;
                Some((weight, Self::from_tag(tag)?))
            })
            .collect();
        wanted.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        wanted.first().map_or(Self::Ja, |(_, lang)| *lang)
    }

    /// The language in which staff's pages speak to somebody who reads this one.
    #[must_use]
    pub fn of_staff(self) -> Self {
        match self {
            Self::Ja | Self::Plain => Self::Ja,
            Self::En => Self::En,
        }
    }

    /// The words of this language.
    pub fn text(self) -> &'static Text {
        match self {
            Self::Ja => &JA,
            Self::Plain => &PLAIN,
            Self::En => &EN,
        }
    }
}

/// The most entries of an `Accept-Language` header that are looked at.
const ACCEPTED_MAX: usize = 16;

static JA: LazyLock<Text> = LazyLock::new(|| Text::read(include_str!("../text/ja.toml")));
static EN: LazyLock<Text> = LazyLock::new(|| Text::read(include_str!("../text/en.toml")));
// Where plain Japanese has nothing simpler to say, it says what Japanese says.
static PLAIN: LazyLock<Text> = LazyLock::new(|| {
    let plain = Text::read(include_str!("../text/ja-plain.toml"));
    let mut messages = JA.messages.clone();
    messages.extend(plain.messages);
    Text { messages }
});

/// The words of one language, by key.
#[derive(Debug)]
pub struct Text {
    messages: BTreeMap<String, String>,
}

impl Text {
    fn read(file: &str) -> Self {
        let tables: BTreeMap<String, BTreeMap<String, String>> =
            toml::from_str(file).expect("the message files are read by a test");
        let messages = tables.into_iter().flat_map(|(table, lines)| {
            lines.into_iter().map(move |(key, line)| (format!("{table}.{key}"), line))
        });
        Self { messages: messages.collect() }
    }

    /// The message of a key. A key that no file has is shown itself: a test keeps that from
    /// happening.
    pub fn say<'a>(&'a self, key: &'a str) -> &'a str {
        self.messages.get(key).map_or(key, String::as_str)
    }

    /// The message of a key with its places filled: `{name}` by the value of `name`.
    pub fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        let mut said = String::new();
        let mut rest = self.say(key);
        while let Some((before, after)) = rest.split_once('{') {
            said.push_str(before);
            let Some((name, tail)) = after.split_once('}') else {
                break;
            };
            let value = values.iter().find(|(known, _)| *known == name);
            said.push_str(value.map_or("", |(_, value)| value));
            rest = tail;
        }
        said.push_str(rest);
        said
    }
}

#[cfg(test)]
mod tests;
