//! The configuration files of the eight.

use digiana_core::id::NodeId;
use serde::Serialize;

use super::super::cast::{Post, Screen, Service};
use super::super::ports::Addresses;
use super::TOWN_FILE;

/// A gateway's file. Its paths start at its folder.
#[derive(Debug, Serialize)]
pub(crate) struct GatewayFile {
    data: &'static str,
    town: &'static str,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    serves: Option<&'static str>,
    mesh: MeshTable,
    reader: ReaderTable,
    control: ControlTable,
    web: WebTable,
}

#[derive(Debug, Serialize)]
struct MeshTable {
    bind: Vec<String>,
    peers: Vec<PeerTable>,
}

#[derive(Debug, Serialize)]
struct PeerTable {
    node: String,
    addresses: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ReaderTable {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    listen: Option<String>,
}

#[derive(Debug, Serialize)]
struct ControlTable {
    path: &'static str,
}

#[derive(Debug, Serialize)]
struct WebTable {
    listen: String,
    role: &'static str,
}

impl GatewayFile {
    /// The file of a post with these peers.
    pub(crate) fn of(
        post: Post,
        name: String,
        at: Addresses,
        peers: impl IntoIterator<Item = (NodeId, Addresses)>,
    ) -> Self {
        let peers = peers.into_iter().map(|(node, addresses)| PeerTable {
            node: node.to_string(),
            addresses: vec![addresses.mesh.to_string()],
        });
        let reader = if post.has_reader() {
            ReaderTable { kind: "virtual", listen: Some(at.reader.to_string()) }
        } else {
            ReaderTable { kind: "none", listen: None }
        };
        let web = WebTable {
            listen: at.web.to_string(),
            role: match post.screen() {
                Screen::Headquarters => "headquarters",
                // Its link opens the staff's page, which leads to the screen beside the reader.
                Screen::Shelter | Screen::Kiosk => "shelter",
            },
        };
        Self {
            data: "data",
            town: TOWN_FILE,
            name,
            site: post.site().map(|site| site.to_string()),
            serves: post.serves().map(Service::word),
            mesh: MeshTable { bind: vec![at.mesh.to_string()], peers: peers.collect() },
            reader,
            control: ControlTable { path: "control.sock" },
            web,
        }
    }

    /// The file's text, for the program that runs it.
    pub(crate) fn text(&self) -> String {
        toml::to_string(self).expect("texts and tables are TOML")
    }
}
