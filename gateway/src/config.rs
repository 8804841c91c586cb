//! `gateway.toml`: the tables of a node, and `[web]` for the pages.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use digiana_node::config::{ConfigFault, ConfigFile, NodeConfig};
use digiana_node::typed::typed;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// Where the pages listen unless the file says otherwise: this machine only.
const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// How long an unattended kiosk shows an outcome unless the file says otherwise.
const DEFAULT_KIOSK_SECONDS: u8 = 8;

/// How long a kiosk may show an outcome, and with it a name: seconds.
pub const KIOSK_SECONDS: RangeInclusive<u8> = 5..=20;

/// A configuration file, read.
#[derive(Debug, Clone)]
pub struct GatewayConfig {
    /// What is for the pages.
    pub web: WebConfig,
    /// Every other table: the node's.
    pub node: NodeConfig,
}

/// The table `[web]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebConfig {
    /// Address and port of the pages.
    #[serde(deserialize_with = "listen")]
    pub listen: SocketAddr,
    /// What stands at this screen.
    pub role: Screen,
    /// Serve the residents' pages and nothing else.
    pub public_only: bool,
    /// Opens `/metrics` to readers that are not on this machine.
    pub metrics_token: Option<String>,
    /// Lets staff log in over the shelter's own network without TLS. The session cookie is then
    /// readable to whoever can listen on that network.
    pub plain_http: bool,
    /// How long an unattended kiosk shows an outcome: 5 to 20 seconds.
    #[serde(deserialize_with = "kiosk_seconds")]
    pub kiosk_seconds: u8,
}

impl Default for WebConfig {
    fn default() -> Self {
        Self {
            listen: DEFAULT_LISTEN,
            role: Screen::Shelter,
            public_only: false,
            metrics_token: None,
            plain_http: false,
            kiosk_seconds: DEFAULT_KIOSK_SECONDS,
        }
    }
}

/// What stands at the screen a gateway serves. It decides what `/` shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Screen {
    /// 災害対策本部: the board.
    Headquarters,
    /// The desk of a shelter.
    Shelter,
    /// A reader's screen with nobody in front of it but residents.
    Kiosk,
    /// A gateway for residents' phones: no staff page is served at all.
    Public,
}

impl GatewayConfig {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// [`ConfigFault`], with the line and what would be right there.
    pub fn load(path: &Path) -> Result<Self, ConfigFault> {
        Self::of(ConfigFile::read(path)?)
    }

    /// Reads a configuration file whose table `[web]` says that pages are served: what opens pages
    /// is of no use to a node without them.
    ///
    /// # Errors
    /// [`ConfigFault::NoTable`] where there is none; else as [`GatewayConfig::load`].
    pub fn load_with_pages(path: &Path) -> Result<Self, ConfigFault> {
        let file = ConfigFile::read(path)?;
        let is_written = file.clone().take::<toml::Table>("web")?.is_some();
        let config = Self::of(file)?;
        if is_written {
            return Ok(config);
        }
        let next_step = format!(
            "nothing opens pages that nobody serves. If this node is to have pages, add a line \
             [web] at the file's end, start `digiana-gateway run --config {path}`, and ask again; \
             else name the configuration of a gateway with --config",
            path = typed(path)
        );
        Err(ConfigFault::NoTable { path: path.to_owned(), table: "web", next_step })
    }

    /// Takes a configuration out of its file.
    ///
    /// # Errors
    /// [`ConfigFault`] with the line of what does not fit.
    pub fn of(mut file: ConfigFile) -> Result<Self, ConfigFault> {
        let web = file.take("web")?.unwrap_or_default();
        Ok(Self { web, node: file.node()? })
    }

    /// The folder of the staff's passphrase and login links.
    pub fn web_data(&self) -> PathBuf {
        self.node.data.join("web")
    }
}

fn listen<'de, D: Deserializer<'de>>(from: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(from)?;
    let what = "an address with its port, such as \"127.0.0.1:8080\"";
    text.parse().map_err(|_| D::Error::custom(format!("{text:?} is not {what}")))
}

fn kiosk_seconds<'de, D: Deserializer<'de>>(from: D) -> Result<u8, D::Error> {
    let seconds = u8::try_from(i64::deserialize(from)?).ok();
    seconds.filter(|seconds| KIOSK_SECONDS.contains(seconds)).ok_or_else(|| {
        let (least, most) = (KIOSK_SECONDS.start(), KIOSK_SECONDS.end());
        D::Error::custom(format!("a kiosk clears after {least} to {most} seconds"))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that fails says so by panicking")]

    use super::*;

    const NODE: &str = "data = \"data\"\ntown = \"town.toml\"\nname = \"desk\"\n";

    fn parse(web: &str) -> Result<GatewayConfig, ConfigFault> {
        let text = format!("{NODE}{web}");
        GatewayConfig::of(ConfigFile::parse(Path::new("/town/gateway.toml"), text)?)
    }

    #[test]
    fn without_a_word_of_it_only_this_machine_is_served() {
        let config = parse("").unwrap();
        assert!(config.web.listen.ip().is_loopback());
        assert_eq!(config.web_data(), Path::new("/town/data/web"));
    }

    #[test]
    fn what_opens_pages_is_refused_where_no_table_speaks_of_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("node.toml");
        std::fs::write(&path, NODE).unwrap();
        assert!(GatewayConfig::load(&path).is_ok());
        let said = GatewayConfig::load_with_pages(&path).unwrap_err().to_string();
        assert!(
            said.starts_with(&format!("{}: there is no table [web]", path.display())),
            "{said}"
        );
        assert!(said.contains("add a line [web]") && said.contains("run --config"), "{said}");
        // The step that was named is enough.
        std::fs::write(&path, format!("{NODE}[web]\n")).unwrap();
        assert!(GatewayConfig::load_with_pages(&path).is_ok());
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let said = parse("[web]\nlisten = \"127.0.0.1:1\"\nlisen = 2\n").unwrap_err().to_string();
        assert!(said.contains(":6:") && said.contains("lisen"), "{said}");
        let said = parse("[wbe]\n").unwrap_err().to_string();
        assert!(said.contains("wbe"), "{said}");
    }

    #[test]
    fn a_kiosk_cannot_keep_a_name_for_minutes() {
        let said = parse("[web]\n\nkiosk_seconds = 120\n").unwrap_err().to_string();
        assert!(said.contains(":6:") && said.contains("5 to 20"), "{said}");
    }

    #[test]
    fn a_value_of_another_kind_is_named_with_what_belongs_there() {
        for (web, line, says) in [
            ("web = 5\n", 4, "web: expected a table, which a line [web] begins"),
            ("[web]\nlisten = 5\n", 5, "listen: expected a text in quotes, found integer `5`"),
            ("[web]\nlisten = \"localhost\"\n", 5, "such as \"127.0.0.1:8080\""),
            ("[web]\nplain_http = 1\n", 5, "plain_http: expected true or false"),
            ("[web]\nkiosk_seconds = 300\n", 5, "5 to 20 seconds"),
            ("[web]\nrole = 1\n", 5, "role: expected a text in quotes"),
        ] {
            let said = parse(web).unwrap_err().to_string();
            assert!(said.contains(&format!(":{line}: web")) && said.contains(says), "{said}");
        }
    }

    #[test]
    fn the_screen_is_one_of_four() {
        let config = parse("[web]\nrole = \"headquarters\"\npublic_only = true\n").unwrap();
        assert_eq!(config.web.role, Screen::Headquarters);
        assert!(config.web.public_only);
        assert!(parse("[web]\nrole = \"bus\"\n").is_err());
    }
}
