//! A town put on a real disk, as one of its nodes would hold it.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use digiana_core::credential::admit::Role;
use digiana_core::engine::commit::{Commit, CommitId, StoreWrite};
use digiana_core::id::SiteId;
use digiana_core::journal::journals::{Journals as _, MemoryJournals};
use digiana_core::scope::Scope;
use digiana_node::config::{
    ControlConfig, MeshConfig, NodeConfig, ReaderConfig, Serves, StoreConfig,
};
use digiana_node::keys::{NodeKey, TownFile};
use digiana_node::reader::trust::CardsConfig;
use digiana_node::store::{Owner, Store};
use tempfile::TempDir;

use crate::town::Town;

/// How many rows go into one transaction.
const ROWS_PER_COMMIT: usize = 4096;

/// A folder beside the build, so on a real disk, that goes away with its guard.
///
/// # Errors
/// When it cannot be made.
pub fn folder() -> anyhow::Result<TempDir> {
    let beside_the_build = std::env::current_exe()?;
    let parent = beside_the_build.parent().unwrap_or_else(|| Path::new("."));
    Ok(tempfile::Builder::new().prefix("digiana-bench-").tempdir_in(parent)?)
}

/// How a node in that folder is configured: a free port of this machine, nobody looked for, and a
/// reader's cache.
pub fn config(folder: &Path, site: SiteId) -> NodeConfig {
    let bind = vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))];
    NodeConfig {
        data: folder.join("data"),
        town: folder.join("town.json"),
        name: "訓練端末".into(),
        site: Some(site),
        mesh: MeshConfig { bind, ..MeshConfig::default() },
        reader: ReaderConfig::None,
        scanner: None,
        serves: Serves::Shelter,
        control: ControlConfig::default(),
        cards: CardsConfig::default(),
        store: StoreConfig::default(),
    }
}

/// Makes a new node of the town in a folder, admitted to these scopes.
///
/// # Errors
/// When the key cannot be made.
pub fn found(
    town: &mut Town,
    config: &NodeConfig,
    site: SiteId,
    scopes: &[Scope],
) -> anyhow::Result<()> {
    let key = NodeKey::create(&config.key_path())?;
    town.admit(key.node(), Role::Reader, site, scopes);
    Ok(())
}

/// Puts the town's file and a store with these journals where the configuration says.
///
/// # Errors
/// When the disk refuses.
pub fn save(town: &Town, config: &NodeConfig, journals: &MemoryJournals) -> anyhow::Result<()> {
    let credentials = town.credentials().to_vec();
    let name = "訓練町".to_owned();
    let file = TownFile::new(name, town.root(), [3; 32], true, credentials.clone());
    file.save(&config.town)?;
    let owner = Owner { town: town.id(), node: NodeKey::load(&config.key_path())?.node() };
    let store = Store::create(&config.store_path(), owner, config.store.cache_bytes())?;
    let mut writes: Vec<StoreWrite> = credentials.into_iter().map(StoreWrite::Credential).collect();
    for journal in journals.list()? {
        for batch in journals.rows(journal, 1, usize::MAX)? {
            let block_first = batch.first;
            writes.push(StoreWrite::Append { batch, block_first });
        }
    }
    for writes in writes.chunks(ROWS_PER_COMMIT) {
        store.commit(&[Commit { id: CommitId(0), writes: writes.to_vec() }])?;
    }
    store.close()?;
    Ok(())
}
