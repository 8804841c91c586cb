//! Verifying a whole store: every chain and every kept seal, changing nothing.

use std::fmt;

use digiana_core::credential::set::CredentialSet;
use digiana_core::id::JournalId;
use digiana_core::journal::chain::{Chain, DoesNotAttach};
use digiana_core::journal::journals::{Journals as _, JournalsFault};
use digiana_core::limits::BLOCK_BYTES_MAX;
use digiana_core::sign::Scheme;

use crate::config::NodeConfig;
use crate::keys::{KeyFault, NodeKey, TownFile};
use crate::reader::trust::{Trust, TrustMistake};
use crate::store::{Owner, Store, StoreFault};

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many journals.
    pub journals: u64,
    /// How many entries.
    pub entries: u64,
    /// How many seals were verified.
    pub seals: u64,
    /// How many credentials.
    pub credentials: u64,
    /// How many nodes they admit.
    pub nodes: u64,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { journals, entries, seals, credentials, nodes } = self;
        write!(
            f,
            "ok: {journals} journals, {entries} entries, {seals} seals verified; {credentials} \
             credentials admit {nodes} nodes"
        )
    }
}

/// Why a store does not pass.
#[derive(Debug, thiserror::Error)]
pub enum CheckFault {
    /// Its key or its town's file.
    #[error(transparent)]
    Key(#[from] KeyFault),
    /// Whom it is to believe about cards.
    #[error(transparent)]
    Trust(#[from] TrustMistake),
    /// It cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// It cannot be read.
    #[error(transparent)]
    Journals(#[from] JournalsFault),
    /// A credential in it does not hold.
    #[error("a credential does not hold: {0}")]
    Credential(#[from] digiana_core::credential::set::CredentialFault),
    /// A journal in it does not hold.
    #[error("journal {journal} does not hold: {why}")]
    Journal {
        /// Which journal.
        journal: JournalId,
        /// What is wrong.
        why: DoesNotAttach,
    },
}

/// Verifies every credential up to the root, and every journal: hashes, seals, lives.
///
/// # Errors
/// [`CheckFault`]: the first thing that does not hold, with its place.
pub fn check(config: &NodeConfig) -> Result<Summary, CheckFault> {
    let town = TownFile::load(&config.town)?;
    Trust::configured(&config.cards)?;
    let node = NodeKey::load(&config.key_path())?.node();
    let owner = Owner { town: town.town(), node };
    let store = Store::open(&config.store_path(), owner, config.store.cache_bytes())?;
    let stored = store.stored()?;
    let mut credentials = CredentialSet::new(Scheme::Ed25519, town.root);
    let mut envelopes = stored.credentials;
    envelopes.sort_by_key(|envelope| envelope.kind);
    for envelope in &envelopes {
        credentials.insert(envelope)?;
    }
    let mut summary = Summary {
        credentials: number(envelopes.len()),
        nodes: number(credentials.nodes().count()),
        ..Summary::default()
    };
    for journal in store.list()? {
        let wrong = |why| CheckFault::Journal { journal, why };
        let mut chain: Option<Chain> = None;
        loop {
            let held = chain.as_ref().map_or(0, |chain| chain.tip().position.seq);
            let rows = store.rows(journal, held + 1, BLOCK_BYTES_MAX)?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                let chain = match &mut chain {
                    Some(chain) => chain,
                    none => none.insert(Chain::opened_by(town.town(), &row).map_err(wrong)?),
                };
                let attached = chain.attach(Scheme::Ed25519, town.town(), row);
                let (_, tip) = attached.map_err(wrong)?;
                chain.advance(tip);
                summary.seals += 1;
            }
        }
        summary.journals += 1;
        summary.entries += chain.map_or(0, |chain| chain.tip().position.seq);
    }
    store.close()?;
    Ok(summary)
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
