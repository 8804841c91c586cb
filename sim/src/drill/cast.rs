//! Who plays: headquarters, three shelters, a school and a bus, at real places of Misato.

use std::collections::BTreeMap;

use digiana_core::id::SiteId;
use serde::Deserialize;

use super::DrillFault;

/// GSI's files as the gateway carries them; the drill imports the same bytes.
const GSI_FILES: [(&str, &[u8]); 2] = [
    (
        "gsi-emergency-324485.json",
        include_bytes!("../../../gateway/data/misato/gsi-emergency-324485.json"),
    ),
    (
        "gsi-evacuation-324485.json",
        include_bytes!("../../../gateway/data/misato/gsi-evacuation-324485.json"),
    ),
];

/// What the hash of a site's key is bound to, as for every import of the same files.
const SITE_KEY_CONTEXT: &str = "digiana/site-key/1";

/// How many characters of a 共通ID are the key of its site.
const SITE_KEY_CHARS: usize = 11;

/// One of the six.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Post {
    /// 災害対策本部: a gateway with the board.
    Headquarters,
    /// A gateway with a desk and a reader.
    FirstShelter,
    /// As the first.
    SecondShelter,
    /// As the first.
    ThirdShelter,
    /// A gateway with a kiosk and a reader; it is linked to the bus only.
    School,
    /// A node without reader or screen that carries what it hears.
    Bus,
}

/// Which binary a post runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Program {
    /// `digiana-node`
    Node,
    /// `digiana-gateway`
    Gateway,
}

impl Program {
    /// The binary's name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Node => "digiana-node",
            Self::Gateway => "digiana-gateway",
        }
    }
}

/// What stands on a gateway's screen, in the configuration's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Screen {
    Headquarters,
    Shelter,
    Kiosk,
}

/// Two posts that know each other's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Link(pub(super) Post, pub(super) Post);

impl Link {
    /// Whether one of its ends is this post.
    pub(super) fn touches(self, post: Post) -> bool {
        self.0 == post || self.1 == post
    }
}

/// The links of any of these posts, each once.
pub(super) fn links_of(posts: &[Post]) -> Vec<Link> {
    LINKS.into_iter().filter(|link| posts.iter().any(|post| link.touches(*post))).collect()
}

/// Every link there is. The school reaches the others through the bus alone, so that what it
/// writes comes to headquarters by relay.
pub(super) const LINKS: [Link; 11] = {
    use Post::{
        Bus, FirstShelter as One, Headquarters as Hq, School, SecondShelter as Two,
        ThirdShelter as Three,
    };
    [
        Link(Hq, One),
        Link(Hq, Two),
        Link(Hq, Three),
        Link(Hq, Bus),
        Link(One, Two),
        Link(One, Three),
        Link(Two, Three),
        Link(One, Bus),
        Link(Two, Bus),
        Link(Three, Bus),
        Link(School, Bus),
    ]
};

impl Post {
    /// All of them, in the order in which they start.
    pub(super) const ALL: [Self; 6] = [
        Self::Headquarters,
        Self::FirstShelter,
        Self::SecondShelter,
        Self::ThirdShelter,
        Self::School,
        Self::Bus,
    ];

    /// Those that may be cut off.
    pub(super) const SHELTERS: [Self; 3] =
        [Self::FirstShelter, Self::SecondShelter, Self::ThirdShelter];

    /// Those where cards are held to a reader.
    pub(super) const READERS: [Self; 4] =
        [Self::FirstShelter, Self::SecondShelter, Self::ThirdShelter, Self::School];

    /// The name of its folder, and of it in messages.
    pub(super) fn folder(self) -> &'static str {
        match self {
            Self::Headquarters => "hq",
            Self::FirstShelter => "shelter-1",
            Self::SecondShelter => "shelter-2",
            Self::ThirdShelter => "shelter-3",
            Self::School => "school",
            Self::Bus => "bus",
        }
    }

    /// The one whose folder has this name.
    pub(super) fn from_folder(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|post| post.folder() == name)
    }

    /// Where it stands, by the key of the place; none for headquarters and the bus.
    pub(super) fn site_key(self) -> Option<&'static str> {
        match self {
            Self::FirstShelter => Some("E3244800001"),
            Self::SecondShelter => Some("E3244800013"),
            Self::ThirdShelter => Some("E3244800003"),
            Self::School => Some("E3244800015"),
            Self::Headquarters | Self::Bus => None,
        }
    }

    /// The same as journals name it.
    pub(super) fn site(self) -> Option<SiteId> {
        self.site_key().map(|key| {
            let hash = blake3::derive_key(SITE_KEY_CONTEXT, key.as_bytes());
            let (name, _) = hash.split_first_chunk().expect("a hash is longer than a site's name");
            SiteId(*name)
        })
    }

    /// What it runs.
    pub(super) fn program(self) -> Program {
        if self.screen().is_some() { Program::Gateway } else { Program::Node }
    }

    /// What its screen shows, if it has one.
    pub(super) fn screen(self) -> Option<Screen> {
        match self {
            Self::Headquarters => Some(Screen::Headquarters),
            Self::FirstShelter | Self::SecondShelter | Self::ThirdShelter => Some(Screen::Shelter),
            Self::School => Some(Screen::Kiosk),
            Self::Bus => None,
        }
    }

    /// Whether cards are held to it.
    pub(super) fn has_reader(self) -> bool {
        Self::READERS.contains(&self)
    }

    /// Those whose addresses it is given.
    pub(super) fn peers(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |other| {
            LINKS.iter().any(|link| *other != self && link.touches(self) && link.touches(*other))
        })
    }

    /// What people call its device. Each says that it is a drill.
    pub(super) fn device(self, places: &Places) -> String {
        let place = self.site_key().map(|key| places.name(key)).unwrap_or_default();
        match self {
            Self::Headquarters => "災害対策本部（訓練）".to_owned(),
            Self::FirstShelter | Self::SecondShelter | Self::ThirdShelter => {
                format!("避難所 {place}（訓練）")
            }
            Self::School => format!("学校 {place}（訓練）"),
            Self::Bus => "町営バス（訓練）".to_owned(),
        }
    }
}

/// The places of the carried files.
#[derive(Debug)]
pub(super) struct Places {
    // By site key.
    names: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Row {
    properties: Properties,
}

#[derive(Deserialize)]
struct Properties {
    #[serde(rename = "共通ID")]
    common_id: String,
    #[serde(rename = "施設・場所名")]
    name: String,
    #[serde(rename = "洪水", default)]
    #[cfg_attr(not(test), expect(dead_code, reason = "the cast is held to it by a test"))]
    flood: Option<String>,
}

fn rows(bytes: &[u8]) -> Vec<Row> {
    serde_json::from_slice(bytes).expect("the carried files are read by a test")
}

impl Places {
    /// Those of the carried files.
    pub(super) fn carried() -> Self {
        let mut names = BTreeMap::new();
        for row in GSI_FILES.iter().flat_map(|(_, bytes)| rows(bytes)) {
            let key = row.properties.common_id.chars().take(SITE_KEY_CHARS).collect();
            names.entry(key).or_insert(row.properties.name);
        }
        Self { names }
    }

    /// A place's name.
    pub(super) fn name(&self, site_key: &str) -> &str {
        self.names.get(site_key).map_or("", String::as_str)
    }

    /// Writes the files into a folder, as a town would have them, and names them.
    ///
    /// # Errors
    /// [`DrillFault::Machine`]
    pub(super) fn write(folder: &std::path::Path) -> Result<Vec<std::path::PathBuf>, DrillFault> {
        let mut written = Vec::new();
        for (name, bytes) in GSI_FILES {
            let path = folder.join(name);
            std::fs::write(&path, bytes).map_err(|error| DrillFault::machine(&path, &error))?;
            written.push(path);
        }
        Ok(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_the_cast_is_real_and_valid_in_a_flood() {
        let places = Places::carried();
        for post in Post::READERS {
            let key = post.site_key().expect("a reader stands somewhere");
            let of_key = |row: &Row| row.properties.common_id.starts_with(key);
            let flood: Vec<_> = rows(GSI_FILES[0].1)
                .into_iter()
                .filter(of_key)
                .map(|row| row.properties.flood)
                .collect();
            assert_eq!(flood, [Some("1".to_owned())], "{key}");
            assert!(!places.name(key).is_empty());
            assert!(post.device(&places).ends_with("（訓練）"));
        }
    }

    #[test]
    fn a_site_has_the_name_that_every_import_gives_it() {
        let site = Post::FirstShelter.site().map(|site| site.to_string());
        assert_eq!(site.as_deref(), Some("ce8e42d945cd1495"));
    }

    #[test]
    fn the_school_reaches_headquarters_by_the_bus_alone() {
        assert_eq!(Post::School.peers().collect::<Vec<_>>(), [Post::Bus]);
        assert_eq!(Post::Bus.peers().count(), 5);
        assert_eq!(Post::Headquarters.peers().count(), 4);
    }
}
