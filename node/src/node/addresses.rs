//! Where peers were last reached, kept over restarts.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::net::SocketAddr;
use std::path::PathBuf;

use digiana_core::id::NodeId;
use digiana_core::limits::NODES_MAX;

/// The most bytes of the file that are read: far more than [`NODES_MAX`] nodes need.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// The last addresses of each peer, in a small file beside the store.
///
/// It is a convenience: a file that cannot be read or written costs a search on the LAN, no more.
#[derive(Debug)]
pub struct AddressBook {
    path: PathBuf,
    known: BTreeMap<String, Vec<SocketAddr>>,
}

impl AddressBook {
    /// Reads the file at `path`, as far as [`FILE_BYTES_MAX`].
    pub(super) fn load(path: PathBuf) -> Self {
        let mut bytes = Vec::new();
        let file = File::open(&path).map(|file| file.take(FILE_BYTES_MAX));
        let read = file.and_then(|mut file| file.read_to_end(&mut bytes));
        Self::parse(path, read.map_or(&[], |_| &bytes))
    }

    /// Takes the bytes of the file at `path`: nothing, where they are no addresses.
    pub fn parse(path: PathBuf, bytes: &[u8]) -> Self {
        Self { path, known: serde_json::from_slice(bytes).unwrap_or_default() }
    }

    /// The peers whose key can be read, [`NODES_MAX`] at most.
    pub fn peers(&self) -> Vec<(NodeId, Vec<SocketAddr>)> {
        let read = self.known.iter().filter_map(|(node, addresses)| {
            node.parse().ok().map(|node| (node, addresses.clone()))
        });
        read.take(NODES_MAX).collect()
    }

    pub(super) async fn learn(&mut self, peer: NodeId, addresses: Vec<SocketAddr>) {
        let peer = peer.to_string();
        let is_new = self.known.get(&peer).is_none_or(|known| *known != addresses);
        if !is_new || (self.known.len() >= NODES_MAX && !self.known.contains_key(&peer)) {
            return;
        }
        self.known.insert(peer, addresses);
        let bytes = serde_json::to_vec_pretty(&self.known).expect("texts are JSON");
        let unfinished = self.path.with_extension("new");
        let written = match tokio::fs::write(&unfinished, bytes).await {
            Ok(()) => tokio::fs::rename(&unfinished, &self.path).await,
            failed => failed,
        };
        if let Err(error) = written {
            tracing::warn!(%error, "the last addresses of peers could not be kept");
        }
    }
}
