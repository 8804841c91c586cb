//! Who plays: headquarters, three shelters and a school at real places of Misato, and a bus, a
//! facility and a shop that are generated.

mod places;

pub(super) use self::places::Places;
use digiana_core::id::SiteId;

/// What the hash of a site's key is bound to, as for every import of GSI's files.
const SITE_KEY_CONTEXT: &str = "digiana/site-key/1";

/// The same for the key of a site in the town's lists, and what stands before it.
const LIST_KEY_CONTEXT: &str = "digiana/list-key/1";
const SITE_LIST: &str = "site/";

/// One of the eight.
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
    /// A gateway with a kiosk and a reader at the gate.
    School,
    /// As the school, on the road; it carries what it hears.
    Bus,
    /// As the school, at the door of a place that people visit; it is linked to the bus only.
    Facility,
    /// As the school, beside a till; it is linked to the bus only.
    Shop,
}

/// What a card that is held to a reader means there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Service {
    /// Somebody comes to the shelter.
    Shelter,
    /// A pupil comes to school.
    School,
    /// Somebody gets on.
    Bus,
    /// Somebody visits.
    Facility,
    /// Somebody pays.
    Shop,
}

impl Service {
    /// The configuration's word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Shelter => "shelter",
            Self::School => "school",
            Self::Bus => "bus",
            Self::Facility => "facility",
            Self::Shop => "shop",
        }
    }
}

/// Which binary a command runs.
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

/// Every link there is. The facility and the shop reach the others through the bus alone, so that
/// what they write comes to headquarters by relay. What a school writes nobody relays who may not
/// read it, so it has a line to headquarters.
pub(super) const LINKS: [Link; 14] = {
    use Post::{
        Bus, Facility, FirstShelter as One, Headquarters as Hq, School, SecondShelter as Two, Shop,
        ThirdShelter as Three,
    };
    [
        Link(Hq, One),
        Link(Hq, Two),
        Link(Hq, Three),
        Link(Hq, School),
        Link(Hq, Bus),
        Link(One, Two),
        Link(One, Three),
        Link(Two, Three),
        Link(One, Bus),
        Link(Two, Bus),
        Link(Three, Bus),
        Link(School, Bus),
        Link(Bus, Facility),
        Link(Bus, Shop),
    ]
};

impl Post {
    /// All of them, in the order in which they start.
    pub(super) const ALL: [Self; 8] = [
        Self::Headquarters,
        Self::FirstShelter,
        Self::SecondShelter,
        Self::ThirdShelter,
        Self::School,
        Self::Bus,
        Self::Facility,
        Self::Shop,
    ];

    /// Those of which two are cut off.
    pub(super) const SHELTERS: [Self; 3] =
        [Self::FirstShelter, Self::SecondShelter, Self::ThirdShelter];

    /// Those where points are paid, which are cut off too.
    pub(super) const TILLS: [Self; 2] = [Self::Facility, Self::Shop];

    /// Those where cards are held to a reader.
    pub(super) const READERS: [Self; 7] = [
        Self::FirstShelter,
        Self::SecondShelter,
        Self::ThirdShelter,
        Self::School,
        Self::Bus,
        Self::Facility,
        Self::Shop,
    ];

    /// The name of its folder, and of it in messages.
    pub(super) fn folder(self) -> &'static str {
        match self {
            Self::Headquarters => "hq",
            Self::FirstShelter => "shelter-1",
            Self::SecondShelter => "shelter-2",
            Self::ThirdShelter => "shelter-3",
            Self::School => "school",
            Self::Bus => "bus",
            Self::Facility => "facility",
            Self::Shop => "shop",
        }
    }

    /// The one whose folder has this name.
    pub(super) fn from_folder(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|post| post.folder() == name)
    }

    /// Where it stands, by the key of the place; none for headquarters.
    pub(super) fn site_key(self) -> Option<&'static str> {
        match self {
            Self::Headquarters => None,
            Self::FirstShelter => Some("E3244800001"),
            Self::SecondShelter => Some("E3244800013"),
            Self::ThirdShelter => Some("E3244800003"),
            Self::School => Some("E3244800015"),
            Self::Bus => Some("drill-bus"),
            Self::Facility => Some("drill-facility"),
            Self::Shop => Some("drill-shop"),
        }
    }

    /// The same as journals name it.
    pub(super) fn site(self) -> Option<SiteId> {
        self.site_key().map(|key| {
            let hash = match self {
                Self::Bus | Self::Facility | Self::Shop => {
                    blake3::derive_key(LIST_KEY_CONTEXT, format!("{SITE_LIST}{key}").as_bytes())
                }
                Self::Headquarters
                | Self::FirstShelter
                | Self::SecondShelter
                | Self::ThirdShelter
                | Self::School => blake3::derive_key(SITE_KEY_CONTEXT, key.as_bytes()),
            };
            let (name, _) = hash.split_first_chunk().expect("a hash is longer than a site's name");
            SiteId(*name)
        })
    }

    /// What its screen shows.
    pub(super) fn screen(self) -> Screen {
        match self {
            Self::Headquarters => Screen::Headquarters,
            Self::FirstShelter | Self::SecondShelter | Self::ThirdShelter => Screen::Shelter,
            Self::School | Self::Bus | Self::Facility | Self::Shop => Screen::Kiosk,
        }
    }

    /// What a card that is held to it means, if it has a reader.
    pub(super) fn serves(self) -> Option<Service> {
        match self {
            Self::Headquarters => None,
            Self::FirstShelter | Self::SecondShelter | Self::ThirdShelter => Some(Service::Shelter),
            Self::School => Some(Service::School),
            Self::Bus => Some(Service::Bus),
            Self::Facility => Some(Service::Facility),
            Self::Shop => Some(Service::Shop),
        }
    }

    /// Whether cards are held to it.
    pub(super) fn has_reader(self) -> bool {
        self.serves().is_some()
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
            Self::Bus => format!("{place}（訓練）"),
            Self::Facility => format!("公共施設 {place}（訓練）"),
            Self::Shop => format!("商店 {place}（訓練）"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_has_the_name_that_every_import_gives_it() {
        let site = |post: Post| post.site().map(|site| site.to_string());
        assert_eq!(site(Post::FirstShelter).as_deref(), Some("ce8e42d945cd1495"));
        assert_eq!(site(Post::Headquarters), None);
        let named = Post::ALL.into_iter().filter_map(site);
        assert_eq!(named.collect::<std::collections::BTreeSet<_>>().len(), 7);
    }

    #[test]
    fn the_facility_and_the_shop_reach_headquarters_by_the_bus_alone() {
        for till in Post::TILLS {
            assert_eq!(till.peers().collect::<Vec<_>>(), [Post::Bus]);
        }
        assert_eq!(Post::Bus.peers().count(), 7);
        assert_eq!(Post::Headquarters.peers().count(), 5);
        assert_eq!(Post::School.peers().collect::<Vec<_>>(), [Post::Headquarters, Post::Bus]);
    }
}
