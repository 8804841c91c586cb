//! Making a node, and a tap that becomes durable before anybody is told.

use std::path::Path;

use digiana_core::credential::admit::{Admit, Appoint, Role, Writable};
use digiana_core::credential::{CredentialKind, Envelope, town_of};
use digiana_core::engine::input::Command;
use digiana_core::fact::shelter::{Hazard, IncidentKind};
use digiana_core::id::{IncidentId, NodeId};
use digiana_core::journal::journals::Journals as _;
use digiana_core::scope::Scope;
use digiana_core::service::refusal::Refusal;
use digiana_core::service::shelter::command::{self, OpenIncident};
use digiana_core::sign::{Scheme, Signer};

use super::{Node, NodeFault, init};
use crate::config::{ConfigFile, NodeConfig};
use crate::keys::TownFile;
use crate::store::StoreFault;

fn config(folder: &Path) -> NodeConfig {
    let text = "data = \"data\"\ntown = \"town.json\"\nname = \"訓練\"\n[mesh]\nbind = \
                [\"127.0.0.1:0\"]\n";
    ConfigFile::parse(&folder.join("node.toml"), text.to_owned()).unwrap().node().unwrap()
}

/// Writes the file of a town that admits `nodes` to every reader's scopes.
fn town(folder: &Path, nodes: &[NodeId]) {
    let root = Signer::new(Scheme::Ed25519, &[1; 32]);
    let officer = Signer::new(Scheme::Ed25519, &[2; 32]);
    let town = town_of(&root.public());
    let appoint = Appoint { officer: officer.officer(), office: "訓練".into(), issued_at: 1 };
    let mut credentials = vec![Envelope::seal(town, &root, CredentialKind::APPOINT, &appoint)];
    for node in nodes {
        let writes = Scope::EVERY_READER.map(|scope| Writable { scope, kinds: Vec::new() });
        let admit = Admit {
            node: *node,
            name: "訓練".into(),
            role: Role::Headquarters,
            sites: Vec::new(),
            reads: Vec::new(),
            writes: writes.to_vec(),
            budgets: Vec::new(),
            age_recipient: None,
            issued_at: 2,
        };
        credentials.push(Envelope::seal(town, &officer, CredentialKind::ADMIT, &admit));
    }
    let path = folder.join("town.json");
    if path.exists() {
        std::fs::remove_file(&path).unwrap();
    }
    TownFile::new("訓練".into(), root.public(), [3; 32], true, credentials).save(&path).unwrap();
}

fn open_incident(number: u8) -> Command {
    Command::Shelter(command::Command::OpenIncident(OpenIncident {
        incident: IncidentId([number; 8]),
        kind: IncidentKind::Drill,
        hazards: vec![Hazard::Flood],
        title: "訓練".into(),
        happened_at: None,
    }))
}

#[test]
fn a_node_is_made_once_and_keeps_its_key_when_its_store_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    town(folder.path(), &[]);
    let config = config(folder.path());
    let id = init(&config).unwrap();
    assert!(matches!(init(&config), Err(NodeFault::Key(_) | NodeFault::Store(_))));
    std::fs::remove_file(config.store_path()).unwrap();
    assert_eq!(init(&config).unwrap(), id);
    std::fs::remove_file(config.key_path()).unwrap();
    assert!(matches!(init(&config), Err(NodeFault::Store(StoreFault::Exists { .. }))));
}

#[tokio::test]
async fn what_a_node_accepted_is_on_its_disk_and_a_stranger_may_record_nothing() {
    let folder = tempfile::tempdir().unwrap();
    town(folder.path(), &[]);
    let config = config(folder.path());
    let id = init(&config).unwrap();
    for (admitted, expected) in [(false, Err(Refusal::NotPermitted)), (true, Ok(()))] {
        if admitted {
            town(folder.path(), &[id]);
        }
        let node = Node::open(config.clone()).await.unwrap();
        let handle = node.handle();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let running = tokio::spawn(node.run(async move {
            let _ = stopped.await;
        }));
        let outcome = handle.submit(open_incident(4)).await;
        assert_eq!(outcome.map(|_| ()), expected);
        assert_eq!(handle.store().list().unwrap().len(), usize::from(admitted));
        drop(handle);
        stop.send(()).unwrap();
        running.await.unwrap().unwrap();
    }
}

/// More than one turn of the loop takes.
const CROWD: u8 = 200;

#[tokio::test]
async fn in_a_crowd_everybody_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    town(folder.path(), &[]);
    let config = config(folder.path());
    town(folder.path(), &[init(&config).unwrap()]);
    let node = Node::open(config).await.unwrap();
    let handle = node.handle();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let asking = (0..CROWD).map(|number| {
        let handle = handle.clone();
        tokio::spawn(async move { handle.submit(open_incident(number)).await })
    });
    let asking: Vec<_> = asking.collect();
    // All of them wait before the loop begins.
    tokio::task::yield_now().await;
    let running = tokio::spawn(node.run(async move {
        let _ = stopped.await;
    }));
    for (number, answered) in asking.into_iter().enumerate() {
        let outcome = answered.await.unwrap();
        assert!(outcome.is_ok(), "number {number} was told {outcome:?}");
    }
    stop.send(()).unwrap();
    running.await.unwrap().unwrap();
}
