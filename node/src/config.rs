//! The configuration of a node: one TOML file, every error with its place and the next step.
//!
//! A gateway's file holds the same tables and some of its own. It takes its own out by
//! [`ConfigFile::take`] first, and what is left must be a node's; so each side knows its keys, and
//! a key that nobody knows is still an error.

mod file;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use crate::reader::scanner::ScannerConfig;
use crate::reader::trust::CardsConfig;
use digiana_core::id::{NodeId, SiteId};
use digiana_core::limits::LINKS_MAX;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

pub use file::{ConfigFault, ConfigFile};

/// The most characters of a device's name.
pub const NAME_CHARS_MAX: usize = 60;

/// The most addresses of each kind a file may list.
pub const ADDRESSES_MAX: usize = 16;

/// The most peers a file may list.
pub const PEERS_MAX: usize = 128;

/// The most megabytes of memory the store's cache may be given.
pub const CACHE_MIB_MAX: usize = 1024;

/// What a node is told at its start. Paths are absolute or start at the working directory: those
/// of the file were taken from its folder.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeConfig {
    /// The folder for store and key.
    pub data: PathBuf,
    /// What the town gave this node: see [`TownFile`](crate::keys::TownFile).
    pub town: PathBuf,
    /// What people call this device. Never a person's name.
    #[serde(deserialize_with = "device_name")]
    pub name: String,
    /// The place where this reader stands; none for one that travels.
    #[serde(default, deserialize_with = "optional_site")]
    pub site: Option<SiteId>,
    /// How it finds and holds its peers.
    #[serde(default)]
    pub mesh: MeshConfig,
    /// What cards are held to.
    #[serde(default)]
    pub reader: ReaderConfig,
    /// What reads printed codes; none where nothing does.
    #[serde(default)]
    pub scanner: Option<ScannerConfig>,
    /// Which cards are believed.
    #[serde(default)]
    pub cards: CardsConfig,
    /// What a card held to it means.
    #[serde(default)]
    pub serves: Serves,
    /// Where its own commands reach it.
    #[serde(default)]
    pub control: ControlConfig,
    /// How its store is kept.
    #[serde(default)]
    pub store: StoreConfig,
}

/// `[mesh]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MeshConfig {
    /// UDP addresses to listen on; port 0 takes a free one.
    #[serde(deserialize_with = "bind_addresses")]
    pub bind: Vec<SocketAddr>,
    /// The addresses of the interfaces on which peers are looked for; none for no looking.
    #[serde(deserialize_with = "interfaces")]
    pub multicast: Vec<Ipv4Addr>,
    /// How many links are held at once.
    #[serde(deserialize_with = "links_max")]
    pub links_max: usize,
    /// Peers whose addresses are known.
    #[serde(deserialize_with = "peers")]
    pub peers: Vec<PeerConfig>,
}

impl Default for MeshConfig {
    fn default() -> Self {
        let anywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        Self { bind: vec![anywhere], multicast: Vec::new(), links_max: 8, peers: Vec::new() }
    }
}

/// `[[mesh.peers]]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerConfig {
    /// Which node.
    #[serde(deserialize_with = "node_id")]
    pub node: NodeId,
    /// Where it may be reached, tried at once.
    #[serde(deserialize_with = "some_addresses")]
    pub addresses: Vec<SocketAddr>,
}

/// `[reader]`
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ReaderConfig {
    /// No card is ever held to this node.
    #[default]
    None,
    /// A virtual reader: cards are programs that connect to this loopback address.
    Virtual {
        /// Where it listens.
        listen: SocketAddr,
    },
    /// The readers that this machine's smart-card service (pcscd) knows.
    Pcsc {
        /// How the names of those to use begin; none for all.
        readers: Vec<String>,
    },
}

/// `serves`: what a card that is held to this node's reader means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Serves {
    /// Somebody comes to the shelter.
    #[default]
    Shelter,
    /// Somebody visits the facility.
    Facility,
    /// Somebody gets on the bus.
    Bus,
    /// Somebody takes the taxi, whose driver types the fare.
    Taxi,
    /// Somebody pays with points, whose amount the shop types.
    Shop,
    /// A pupil comes to school, or leaves.
    School,
}

/// `[control]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ControlConfig {
    /// The socket's path.
    pub path: PathBuf,
}

impl Default for ControlConfig {
    fn default() -> Self {
        Self { path: PathBuf::from("control.sock") }
    }
}

/// `[store]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoreConfig {
    /// How much memory the store may keep pages in, in MiB.
    #[serde(deserialize_with = "cache_mib")]
    pub cache_mib: usize,
}

impl StoreConfig {
    /// The same in bytes.
    pub fn cache_bytes(&self) -> usize {
        self.cache_mib << 20
    }
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self { cache_mib: crate::store::READER_CACHE_BYTES >> 20 }
    }
}

impl NodeConfig {
    /// The store's file.
    pub fn store_path(&self) -> PathBuf {
        self.data.join("store.redb")
    }

    /// The key's file.
    pub fn key_path(&self) -> PathBuf {
        self.data.join("node.key")
    }
}

impl<'de> Deserialize<'de> for ReaderConfig {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "lowercase")]
        enum Kind {
            None,
            Virtual,
            Pcsc,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Table {
            kind: Kind,
            #[serde(default, deserialize_with = "loopback")]
            listen: Option<SocketAddr>,
            readers: Option<Vec<String>>,
        }
        let table = Table::deserialize(from)?;
        if table.readers.is_some() && !matches!(table.kind, Kind::Pcsc) {
            return Err(D::Error::custom("only kind \"pcsc\" has readers; take out `readers`"));
        }
        match (table.kind, table.listen) {
            (Kind::None, None) => Ok(Self::None),
            (Kind::Virtual, Some(listen)) => Ok(Self::Virtual { listen }),
            (Kind::Pcsc, None) => Ok(Self::Pcsc { readers: table.readers.unwrap_or_default() }),
            (Kind::Pcsc, Some(_)) => {
                Err(D::Error::custom("kind \"pcsc\" listens nowhere; take out `listen`"))
            }
            (Kind::None, Some(_)) => {
                Err(D::Error::custom("kind \"none\" listens nowhere; take out `listen`"))
            }
            (Kind::Virtual, None) => Err(D::Error::custom(
                "kind \"virtual\" needs an address for its cards; add listen = \"127.0.0.1:42001\"",
            )),
        }
    }
}

fn device_name<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let name = String::deserialize(from)?;
    let chars = name.chars().count();
    if name.trim().is_empty() || chars > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        let why = format!("a device's name has 1 to {NAME_CHARS_MAX} characters on one line");
        return Err(D::Error::custom(why));
    }
    Ok(name)
}

fn parsed<T: FromStr, E: serde::de::Error>(text: &str, what: &str) -> Result<T, E> {
    text.parse().map_err(|_| E::custom(format!("{text:?} is not {what}")))
}

const ADDRESS: &str = "an address with its port, such as \"192.168.10.4:41001\"";

fn optional_site<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SiteId>, D::Error> {
    parsed(&String::deserialize(from)?, "a site: 16 hexadecimal digits").map(Some)
}

fn node_id<'de, D: Deserializer<'de>>(from: D) -> Result<NodeId, D::Error> {
    let what = "a node: the 64 hexadecimal digits that its `digiana-node init` printed";
    parsed(&String::deserialize(from)?, what)
}

fn list<'de, T: FromStr, D: Deserializer<'de>>(from: D, what: &str) -> Result<Vec<T>, D::Error> {
    let texts = Vec::<String>::deserialize(from)?;
    if texts.len() > ADDRESSES_MAX {
        let why = format!("{} addresses are too many; at most {ADDRESSES_MAX}", texts.len());
        return Err(D::Error::custom(why));
    }
    texts.iter().map(|text| parsed(text, what)).collect()
}

fn bind_addresses<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<SocketAddr>, D::Error> {
    let addresses = list(from, ADDRESS)?;
    if addresses.is_empty() {
        let why = "a node listens somewhere; take the line out for any free port";
        return Err(D::Error::custom(why));
    }
    Ok(addresses)
}

fn some_addresses<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<SocketAddr>, D::Error> {
    let addresses = list(from, ADDRESS)?;
    if addresses.is_empty() {
        return Err(D::Error::custom("a listed peer has an address; add one"));
    }
    Ok(addresses)
}

fn interfaces<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Ipv4Addr>, D::Error> {
    list(from, "the IPv4 address of an interface of this machine, such as \"192.168.10.4\"")
}

fn loopback<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SocketAddr>, D::Error> {
    let address: SocketAddr = parsed(&String::deserialize(from)?, ADDRESS)?;
    let here = match address.ip() {
        IpAddr::V4(ip) => ip.is_loopback(),
        IpAddr::V6(ip) => ip.is_loopback(),
    };
    if here {
        Ok(Some(address))
    } else {
        let why = format!("a virtual reader is for this machine only; {address} is not loopback");
        Err(D::Error::custom(why))
    }
}

fn bounded<'de, D: Deserializer<'de>>(from: D, max: usize, of: &str) -> Result<usize, D::Error> {
    let number = i64::deserialize(from)?;
    let fits = usize::try_from(number).ok().filter(|number| (1..=max).contains(number));
    fits.ok_or_else(|| D::Error::custom(format!("{number} is not a number of {of}: 1 to {max}")))
}

fn links_max<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
    bounded(from, LINKS_MAX, "links")
}

fn cache_mib<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
    bounded(from, CACHE_MIB_MAX, "MiB")
}

fn peers<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<PeerConfig>, D::Error> {
    let peers = Vec::<PeerConfig>::deserialize(from)?;
    if peers.len() > PEERS_MAX {
        let why = format!("{} peers are too many; at most {PEERS_MAX}", peers.len());
        return Err(D::Error::custom(why));
    }
    for (at, peer) in peers.iter().enumerate() {
        if peers.iter().skip(at + 1).any(|other| other.node == peer.node) {
            let why = format!("node {} is listed twice; write all its addresses once", peer.node);
            return Err(D::Error::custom(why));
        }
    }
    Ok(peers)
}

#[cfg(test)]
mod tests;
