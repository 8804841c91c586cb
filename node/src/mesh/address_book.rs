//! Where each peer may be found, and who said so.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use digiana_core::id::NodeId;

use super::limits::{ADDRESSES_PER_SOURCE_MAX, PEERS_MAX, RUMOURS_MAX};

/// Who said where a peer is. In the order in which a reader of the list would try them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    /// It announces itself on the LAN now.
    Discovered,
    /// It was met there.
    LastKnown,
    /// The configuration names it.
    Configured,
    /// Someone typed or scanned it, or the town's records hold it.
    Told,
}

/// What a word about a peer changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing new.
    None,
    /// Addresses came or went.
    Addresses,
    /// The book is full and did not take the peer.
    BookFull,
}

/// The addresses of every known peer, by source.
#[derive(Debug, Default)]
pub(super) struct AddressBook {
    peers: BTreeMap<NodeId, BTreeMap<Source, Vec<SocketAddr>>>,
}

impl AddressBook {
    /// What `source` says now of `peer`, in place of what it said before. Nothing said forgets.
    pub(super) fn put(
        &mut self,
        peer: NodeId,
        source: Source,
        mut addresses: Vec<SocketAddr>,
    ) -> Change {
        addresses.truncate(ADDRESSES_PER_SOURCE_MAX);
        if !self.knows(peer) && !self.has_room(source) {
            return Change::BookFull;
        }
        let sources = self.peers.entry(peer).or_default();
        let before = if addresses.is_empty() {
            sources.remove(&source)
        } else {
            sources.insert(source, addresses.clone())
        };
        if sources.is_empty() {
            self.peers.remove(&peer);
        }
        let before = before.unwrap_or_default();
        let kept = addresses.iter().filter(|address| before.contains(address)).count();
        if before.len() == addresses.len() && addresses.len() == kept {
            Change::None
        } else {
            Change::Addresses
        }
    }

    /// Rumours have a room of their own, so that no flood of them keeps out what people say.
    fn has_room(&self, source: Source) -> bool {
        let rumours = self.peers.values().filter(|sources| is_rumour(sources)).count();
        if source == Source::Discovered {
            rumours < RUMOURS_MAX
        } else {
            self.peers.len() - rumours < PEERS_MAX
        }
    }

    /// Whether nobody but an unproven word on the LAN told of the peer.
    pub(super) fn is_rumour(&self, peer: NodeId) -> bool {
        self.peers.get(&peer).is_some_and(is_rumour)
    }

    /// Adds to what `source` said, newest first. An address already there moves to the front.
    pub(super) fn add(
        &mut self,
        peer: NodeId,
        source: Source,
        newest: impl IntoIterator<Item = SocketAddr>,
    ) -> Change {
        let mut addresses: Vec<_> = newest.into_iter().collect();
        for known in self.said(peer, source) {
            if !addresses.contains(known) {
                addresses.push(*known);
            }
        }
        self.put(peer, source, addresses)
    }

    /// What one source says of a peer.
    pub(super) fn said(&self, peer: NodeId, source: Source) -> &[SocketAddr] {
        self.peers.get(&peer).and_then(|sources| sources.get(&source)).map_or(&[], Vec::as_slice)
    }

    /// Every address of a peer, each once.
    pub(super) fn addresses(&self, peer: NodeId) -> Vec<SocketAddr> {
        let mut all = Vec::new();
        for address in self.peers.get(&peer).into_iter().flat_map(BTreeMap::values).flatten() {
            if !all.contains(address) {
                all.push(*address);
            }
        }
        all
    }

    /// Whether anything is known of a peer.
    pub(super) fn knows(&self, peer: NodeId) -> bool {
        self.peers.contains_key(&peer)
    }

    /// Forgets a peer, whoever told of it.
    pub(super) fn forget(&mut self, peer: NodeId) {
        self.peers.remove(&peer);
    }
}

fn is_rumour(sources: &BTreeMap<Source, Vec<SocketAddr>>) -> bool {
    sources.keys().all(|source| *source == Source::Discovered)
}

/// Whether an address that anyone on the LAN may announce can be on a LAN at all.
///
/// Else one packet could make every reader of a town knock at a stranger's door.
pub(super) fn is_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_private() || v4.is_link_local() || v4.is_loopback(),
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local() || v6.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(port: u16) -> SocketAddr {
        SocketAddr::from(([10, 0, 0, 7], port))
    }

    #[test]
    fn a_peer_is_sought_wherever_anyone_said_it_is() {
        let (mut book, peer) = (AddressBook::default(), NodeId([1; 32]));
        book.put(peer, Source::Configured, vec![at(1), at(2)]);
        book.put(peer, Source::Discovered, vec![at(2), at(3)]);
        assert_eq!(book.addresses(peer), [at(2), at(3), at(1)]);
        book.put(peer, Source::Discovered, vec![]);
        assert_eq!(book.addresses(peer), [at(1), at(2)]);
        book.put(peer, Source::Configured, vec![]);
        assert!(!book.knows(peer));
    }

    #[test]
    fn the_newest_place_of_a_meeting_stands_first_and_few_are_kept() {
        let (mut book, peer) = (AddressBook::default(), NodeId([1; 32]));
        for port in 1..=9 {
            book.add(peer, Source::LastKnown, [at(port)]);
        }
        assert_eq!(book.add(peer, Source::LastKnown, [at(9)]), Change::None);
        assert_eq!(book.said(peer, Source::LastKnown), [at(9), at(8), at(7), at(6)]);
    }

    #[test]
    fn a_flood_of_rumours_keeps_nobody_out() {
        let mut book = AddressBook::default();
        let mut names = (1_u64..).map(|number| {
            let mut id = [0; 32];
            id[..8].copy_from_slice(&number.to_be_bytes());
            NodeId(id)
        });
        let mut put = |source| {
            let peer = names.next().expect("numbers do not end");
            (peer, book.put(peer, source, vec![at(1)]))
        };
        for _ in 0..RUMOURS_MAX {
            assert_eq!(put(Source::Discovered).1, Change::Addresses);
        }
        assert_eq!(put(Source::Discovered).1, Change::BookFull);
        for _ in 0..PEERS_MAX {
            assert_eq!(put(Source::Told).1, Change::Addresses);
        }
        let (stranger, refused) = put(Source::Told);
        assert_eq!(refused, Change::BookFull);
        assert!(!book.knows(stranger));
        let rumour = NodeId(std::array::from_fn(|at| u8::from(at == 7)));
        assert!(book.is_rumour(rumour));
    }
}
