//! What the store promises beyond the contract of every store (`store_contract` in `tests`): all or
//! nothing when the power goes, nobody else's file, and a clear word about damage.

mod damage;
mod full;
mod sweep;

use std::os::unix::fs::PermissionsExt;

use digiana_core::credential::{CredentialKind, Envelope};
use digiana_core::engine::commit::{CommitId, StoreWrite};
use digiana_core::id::EntryId;
use digiana_core::scope::Scope;
use digiana_core::sign::Signature;
use digiana_core::time::{Confidence, Wall};
use digiana_core::wire::put_varint;
use tempfile::TempDir;

use super::*;

const OWNER: Owner = Owner { town: TownId([5; 32]), node: NodeId([7; 32]) };
const WALL: Wall = Wall { seconds: -3, confidence: Confidence::Held };

/// A batch whose entries are bytes nobody reads here.
fn batch(journal: u8, first: u64, entries: &[u8], closes_block: bool) -> Batch {
    let mut bytes = vec![journal; 8];
    put_varint(&mut bytes, first);
    put_varint(&mut bytes, u64::try_from(entries.len()).unwrap());
    bytes.push(u8::from(closes_block));
    bytes.extend_from_slice(&[journal ^ 0xff; Signature::LEN]);
    bytes.extend_from_slice(entries);
    Batch::read(&bytes).unwrap()
}

fn commit(id: u64, writes: Vec<StoreWrite>) -> Commit {
    Commit { id: CommitId(id), writes }
}

fn append(batch: &Batch, block_first: u64) -> StoreWrite {
    StoreWrite::Append { batch: batch.clone(), block_first }
}

fn new_store() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(&folder.path().join("data/store.redb"), OWNER, 1 << 20).unwrap();
    (folder, store)
}

fn open(path: &Path) -> Result<Store, StoreFault> {
    Store::open(path, OWNER, 1 << 20)
}

#[test]
fn what_was_committed_is_there_after_a_restart() {
    let (_folder, store) = new_store();
    let path = store.path().to_owned();
    assert_eq!(store.stored(), Ok(Stored::default()));
    let envelope = Envelope {
        kind: CredentialKind::ADMIT,
        issuer: [3; 32],
        signature: Signature([4; 64]),
        body: vec![1, 2, 3],
    };
    let node = NodeId([9; 32]);
    let upto = EntryId { journal: JournalId([1; 8]), seq: 2 };
    let report = |scope, bytes: &[u8]| StoreWrite::Report { node, scope, bytes: bytes.to_vec() };
    let first = batch(1, 1, b"ab", false);
    let writes = vec![
        append(&first, 1),
        StoreWrite::Credential(envelope.clone()),
        report(None, b"alive"),
        report(Some(Scope::Shelter), b"old"),
        StoreWrite::Custody { upto, at: WALL },
        StoreWrite::Arrival { journal: upto.journal, seq: 2, at: WALL },
    ];
    let newer = vec![report(Some(Scope::Shelter), b"new")];
    assert_eq!(store.commit(&[commit(1, writes), commit(2, newer)]), Ok(()));
    assert_eq!(store.close(), Ok(()));
    let store = open(&path).unwrap();
    let expected = Stored {
        credentials: vec![envelope],
        reports: vec![b"alive".to_vec(), b"new".to_vec()],
        custody: vec![(upto, WALL)],
    };
    assert_eq!(store.stored(), Ok(expected));
    assert_eq!(store.list(), Ok(vec![upto.journal]));
    assert_eq!(store.rows(upto.journal, 1, 0), Ok(vec![first]));
}

#[test]
fn a_commit_that_fails_leaves_nothing_of_those_before_it_in_its_transaction() {
    let (_folder, store) = new_store();
    let good = commit(1, vec![append(&batch(1, 1, b"ab", false), 1)]);
    let hole = commit(2, vec![append(&batch(1, 4, b"d", true), 1)]);
    let fault = store.commit(&[good, hole]).unwrap_err();
    assert!(fault.to_string().contains("batches-1"), "{fault}");
    assert!(fault.to_string().contains("begins at entry 3"), "{fault}");
    assert_eq!(store.list(), Ok(vec![]));
}

#[test]
fn opening_never_makes_a_store_and_making_never_replaces_one() {
    let (folder, store) = new_store();
    let path = store.path().to_owned();
    let nowhere = folder.path().join("nowhere.redb");
    let fault = open(&nowhere).unwrap_err();
    assert_eq!(fault, StoreFault::Missing { path: nowhere.clone() });
    assert!(fault.to_string().contains("digiana-node init"), "{fault}");
    assert!(!nowhere.exists());
    drop(store);
    let again = Store::create(&path, OWNER, 1 << 20).unwrap_err();
    assert_eq!(again, StoreFault::Exists { path });
    let empty = folder.path().join("empty.redb");
    File::create(&empty).unwrap();
    assert!(matches!(open(&empty), Err(StoreFault::Damaged { .. })));
}

#[test]
fn a_second_process_is_told_to_use_the_socket() {
    let (_folder, store) = new_store();
    let fault = open(store.path()).unwrap_err();
    assert_eq!(fault, StoreFault::InUse { path: store.path().to_owned() });
    assert!(fault.to_string().contains("control socket"), "{fault}");
}

#[test]
fn only_the_owner_may_read_it() {
    let (_folder, store) = new_store();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let path = store.path().to_owned();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    drop(store);
    std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    let _store = open(&path).unwrap();
    assert_eq!(mode(&path), 0o600, "what somebody loosened is tightened");
}

#[test]
fn a_store_of_another_town_or_node_is_refused_by_name() {
    let (_folder, store) = new_store();
    let path = store.path().to_owned();
    drop(store);
    for (owner, whose, found) in [
        (Owner { town: TownId([6; 32]), ..OWNER }, "town", OWNER.town.to_string()),
        (Owner { node: NodeId([6; 32]), ..OWNER }, "node", OWNER.node.to_string()),
    ] {
        let ours = "06".repeat(32);
        let fault = Store::open(&path, owner, 1 << 20).unwrap_err();
        assert_eq!(fault, StoreFault::Foreign { path: path.clone(), whose, found, ours });
    }
    assert!(open(&path).is_ok());
}

#[test]
fn a_store_of_a_newer_version_is_refused_and_keeps_what_it_holds() {
    let (_folder, store) = new_store();
    let path = store.path().to_owned();
    store.commit(&[commit(1, vec![append(&batch(1, 1, b"ab", false), 1)])]).unwrap();
    let set = |format: u32| {
        let database = Database::open(&path).unwrap();
        let transaction = database.begin_write().unwrap();
        let mut meta = transaction.open_table(tables::META).unwrap();
        meta.insert("format", format.to_be_bytes().as_slice()).unwrap();
        drop(meta);
        transaction.commit().unwrap();
    };
    drop(store);
    set(2);
    let fault = open(&path).unwrap_err();
    assert_eq!(fault, StoreFault::Newer { path: path.clone(), found: 2, known: 1 });
    assert!(fault.to_string().contains("newer digiana"), "{fault}");
    set(1);
    assert_eq!(open(&path).unwrap().rows(JournalId([1; 8]), 1, 0).unwrap().len(), 1);
    let database = Database::open(&path).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(redb::TableDefinition::<&str, &[u8]>::new("meta-3")).unwrap();
    transaction.commit().unwrap();
    drop(database);
    let fault = open(&path).unwrap_err();
    assert_eq!(fault, StoreFault::Newer { path, found: 3, known: 1 });
}

#[test]
fn a_power_cut_while_a_store_is_made_leaves_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    std::fs::write(beside(&path, "new"), b"half of it").unwrap();
    assert!(matches!(open(&path), Err(StoreFault::Missing { .. })));
    Store::create(&path, OWNER, 1 << 20).unwrap();
    assert!(!beside(&path, "new").exists());
}
