//! The configuration files of the six.

use digiana_core::id::NodeId;
use serde::Serialize;

use super::super::cast::{Post, Screen};
use super::super::ports::Addresses;
use super::TOWN_FILE;

/// A node's file. Its paths start at its folder.
#[derive(Debug, Serialize)]
pub(crate) struct NodeFile {
    data: &'static str,
    town: &'static str,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<String>,
    mesh: MeshTable,
    reader: ReaderTable,
    control: ControlTable,
    #[serde(skip_serializing_if = "Option::is_none")]
    web: Option<WebTable>,
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

impl NodeFile {
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
        let web = post.screen().map(|screen| WebTable {
            listen: at.web.to_string(),
            role: match screen {
                Screen::Headquarters => "headquarters",
                Screen::Shelter => "shelter",
                Screen::Kiosk => "kiosk",
            },
        });
        Self {
            data: "data",
            town: TOWN_FILE,
            name,
            site: post.site().map(|site| site.to_string()),
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
