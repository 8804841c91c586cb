//! A small town: its keys, who is admitted, and what is asked of its nodes.

use std::collections::BTreeMap;
use std::time::Duration;

use digiana_core::credential::admit::{Admit, Appoint, Role, Writable};
use digiana_core::credential::{CredentialKind, Envelope, town_of};
use digiana_core::engine::input::Command;
use digiana_core::engine::start::StartFault;
use digiana_core::engine::{Engine, EngineConfig};
use digiana_core::fact::edit::{Change, Edit, Value};
use digiana_core::fact::shelter::{Hazard, IncidentKind};
use digiana_core::id::{IncidentId, RecordId, SiteId};
use digiana_core::record::field;
use digiana_core::register::Saw;
use digiana_core::scope::Scope;
use digiana_core::service::shelter::command::{self, OpenIncident};
use digiana_core::sign::{Scheme, Signer};
use digiana_core::time::Timestamp;

use super::super::*;

/// How much redb may keep in memory: little, so that it writes pages before it must.
pub(super) const CACHE_BYTES: usize = 128 << 10;

/// The one incident.
pub(super) const INCIDENT: IncidentId = IncidentId([7; 8]);

/// The secret key of our node.
pub(super) const OURS: [u8; 32] = [1; 32];

/// The secret key of headquarters.
pub(super) const HEADQUARTERS: [u8; 32] = [2; 32];

fn signer(secret: u8) -> Signer {
    Signer::new(Scheme::Simulated, &[secret; 32])
}

fn town() -> TownId {
    town_of(&signer(101).public())
}

/// Whose stores all of these are.
pub(super) fn owner() -> Owner {
    Owner { town: town(), node: Signer::new(Scheme::Simulated, &OURS).node() }
}

/// The place of a node: the last byte of its key.
pub(super) fn site(number: u8) -> SiteId {
    SiteId([number; 8])
}

/// The root appoints the officer.
pub(super) fn appointment() -> Envelope {
    let act = Appoint { officer: signer(102).officer(), office: "訓練".into(), issued_at: 1 };
    Envelope::seal(town(), &signer(101), CredentialKind::APPOINT, &act)
}

/// The officer admits a node.
pub(super) fn admission(node: NodeId, role: Role) -> Envelope {
    let writes = Scope::EVERY_READER.map(|scope| Writable { scope, kinds: Vec::new() });
    let act = Admit {
        node,
        name: "訓練端末".into(),
        role,
        sites: Vec::new(),
        reads: Vec::new(),
        writes: writes.to_vec(),
        budgets: Vec::new(),
        age_recipient: None,
        issued_at: 2,
    };
    Envelope::seal(town(), &signer(102), CredentialKind::ADMIT, &act)
}

/// Starts a node. Each start of it has a number of its own, from which its journals get names.
pub(super) fn wake(
    secret: [u8; 32],
    starts: u64,
    stored: Stored,
    journals: &dyn Journals,
    now: Timestamp,
) -> Result<Engine, StartFault> {
    let signer = Signer::new(Scheme::Simulated, &secret);
    let mut seed = secret;
    seed[..8].copy_from_slice(&starts.to_le_bytes());
    let site = Some(site(secret[31]));
    let root = self::signer(101).public();
    let config = EngineConfig { scheme: Scheme::Simulated, root, signer, site, seed };
    Engine::start(config, stored, journals, now)
}

/// A moment of the one clock.
pub(super) fn at(now: Duration) -> Timestamp {
    let seconds = 1_790_000_000 + i64::try_from(now.as_secs()).unwrap();
    Timestamp { monotonic: now, wall: Wall { seconds, confidence: Confidence::Synced } }
}

/// What a node believes that starts from this store: where each journal ends durably.
pub(super) fn believed(store: &Store) -> Result<BTreeMap<JournalId, u64>, String> {
    let stored = store.stored().map_err(|fault| fault.to_string())?;
    let engine = wake(OURS, u64::MAX, stored, store, at(Duration::from_secs(1)));
    let engine = engine.map_err(|fault| fault.to_string())?;
    Ok(engine.frontier().in_order().map(|it| (it.journal(), it.durable_seq())).collect())
}

/// A command at a shelter.
pub(super) fn shelter(command: command::Command) -> Command {
    Command::Shelter(command)
}

/// The opening of the one incident.
pub(super) fn incident() -> OpenIncident {
    OpenIncident {
        incident: INCIDENT,
        kind: IncidentKind::Drill,
        hazards: vec![Hazard::Flood],
        title: "訓練".into(),
        happened_at: None,
    }
}

/// A field of a record, written with so many letters.
pub(super) fn text(record: usize, letters: usize) -> Edit {
    Edit {
        record: RecordId([u8::try_from(record % 256).unwrap(); 8]),
        field: field::SITE_ADDRESS,
        change: Change::Put(Value::Text("訓".repeat(letters / 3))),
        saw: Saw::NOTHING,
        happened_at: None,
    }
}
