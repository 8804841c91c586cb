//! What stands in the raw store of a node that has stopped, whatever its engine would say of it.

#![allow(clippy::unwrap_used, reason = "a story that fails says so by panicking")]

use std::collections::BTreeMap;

use digiana_core::fact::shelter::{Act, Presence};
use digiana_core::fact::{Fact, ShelterFact};
use digiana_core::id::PersonId;
use digiana_core::journal::chain::Chain;
use digiana_core::journal::journals::Journals as _;
use digiana_core::sign::Scheme;
use digiana_node::keys::{NodeKey, TownFile};
use digiana_node::store::{Owner, READER_CACHE_BYTES, Store};

use crate::processes::Process;

/// Every check-in: the entry that says so, as outcomes name it, and who came. Each chain and seal
/// on the way is verified.
pub fn check_ins(node: &Process) -> BTreeMap<String, PersonId> {
    presences(node).into_iter().map(|(entry, presence)| (entry, presence.person)).collect()
}

/// The same with all that each check-in says.
pub fn presences(node: &Process) -> BTreeMap<String, Presence> {
    let town = TownFile::load(&node.folder.join("town.json")).unwrap();
    let key = NodeKey::load(&node.folder.join("data/node.key")).unwrap();
    let owner = Owner { town: town.town(), node: key.node() };
    let path = node.folder.join("data/store.redb");
    let store = Store::open(&path, owner, READER_CACHE_BYTES).unwrap();
    let mut found = BTreeMap::new();
    for journal in store.list().unwrap() {
        let rows = store.rows(journal, 1, usize::MAX).unwrap();
        let mut chain = Chain::opened_by(town.town(), rows.first().unwrap()).unwrap();
        for row in rows {
            let (batch, tip) = chain.attach(Scheme::Ed25519, town.town(), row).unwrap();
            batch.each_entry(|entry| {
                let fact = Fact::decode(entry.kind, entry.body).unwrap();
                if let Some(Fact::Shelter(ShelterFact::Presence(presence))) = fact
                    && presence.act == Act::CheckIn
                {
                    found.insert(format!("{journal}/{}", entry.seq), presence);
                }
            });
            chain.advance(tip);
        }
    }
    store.close().unwrap();
    found
}
