//! The disk of a node and the disk of the simulator keep the same promises.

use std::path::{Path, PathBuf};
use std::process::Command;

use digiana_core::id::TownId;
use digiana_node::store::{Owner, Store, StoreFault};
use digiana_sim::simulator::disk::{Answer, Damage, Disk, Torn};
use tempfile::TempDir;

use super::*;

/// How many histories each store lives through.
const HISTORIES: u64 = 12;

/// Where the small disk is mounted, in the process that has one.
const SMALL_DISK: &str = "DIGIANA_TEST_SMALL_DISK";

const OWNER: Owner = Owner { town: TownId([5; 32]), node: NodeId([7; 32]) };
const CACHE_BYTES: usize = 1 << 20;

/// A node's disk: a file, and what fills the rest of its disk.
struct OfNode {
    // None only while it is opened again, or is damaged.
    store: Option<Store>,
    path: PathBuf,
    _folder: Option<TempDir>,
}

impl OfNode {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Self::at(folder.path().join("store.redb"));
        Self { _folder: Some(folder), ..store }
    }

    fn at(path: PathBuf) -> Self {
        let store = Some(Store::create(&path, OWNER, CACHE_BYTES).unwrap());
        Self { store, path, _folder: None }
    }

    fn store(&self) -> &Store {
        self.store.as_ref().expect("it is open")
    }

    /// What fills the disk.
    fn ballast(&self) -> PathBuf {
        self.path.with_extension("ballast")
    }
}

impl Subject for OfNode {
    fn commit(&mut self, commits: &[Commit]) -> Result<(), Full> {
        match self.store().commit(commits) {
            Ok(()) => Ok(()),
            Err(StoreFault::Full { .. }) => Err(Full),
            Err(fault) => panic!("{fault}"),
        }
    }

    fn journals(&self) -> &dyn Journals {
        self.store()
    }

    fn stored(&self) -> Stored {
        self.store().stored().unwrap()
    }

    fn restart(&mut self, end: End) -> bool {
        let store = self.store.take();
        match end {
            End::Closed => store.expect("it is open").close().unwrap(),
            End::PowerCut => {
                // What a process leaves that writes no more: the file as it is while it is open.
                let left = std::fs::read(&self.path).unwrap();
                drop(store);
                // A file on a full disk has holes: it is written back only where it has changed.
                if std::fs::read(&self.path).unwrap() != left {
                    std::fs::write(&self.path, left).unwrap();
                }
            }
        }
        match Store::open(&self.path, OWNER, CACHE_BYTES) {
            Ok(store) => self.store = Some(store),
            Err(StoreFault::Damaged { .. }) => {}
            Err(fault) => panic!("{fault}"),
        }
        self.store.is_some()
    }

    fn fill(&mut self) {
        let mut ballast = std::fs::File::create(self.ballast()).unwrap();
        while std::io::Write::write_all(&mut ballast, &[0; 512]).is_ok() {}
    }

    fn make_room(&mut self) -> bool {
        std::fs::remove_file(self.ballast()).unwrap();
        self.try_again()
    }

    fn try_again(&mut self) -> bool {
        match self.store().reopen() {
            Ok(()) | Err(StoreFault::Full { .. }) => self.store().takes_writes(),
            Err(fault) => panic!("{fault}"),
        }
    }

    fn damage(&mut self) {
        self.store = None;
        let mut bytes = std::fs::read(&self.path).unwrap();
        // The page behind redb's header.
        bytes[4096..5 * 4096].fill(0xa5);
        std::fs::write(&self.path, bytes).unwrap();
    }

    fn set_aside(&mut self) {
        let opened = Store::open_or_set_aside(&self.path, OWNER, CACHE_BYTES).unwrap();
        let (store, aside) = opened;
        assert!(aside.unwrap().path.exists());
        self.store = Some(store);
    }
}

/// The simulator's disk.
struct Simulated(Disk);

impl Simulated {
    fn new() -> Self {
        Self(Disk::default())
    }
}

impl Subject for Simulated {
    fn commit(&mut self, commits: &[Commit]) -> Result<(), Full> {
        for commit in commits {
            self.0.push(commit.clone());
        }
        self.0.begin();
        match self.0.finish() {
            Some(Answer::Persisted(ids)) => {
                assert!(ids.iter().eq(commits.iter().map(|commit| &commit.id)));
                Ok(())
            }
            Some(Answer::Full(id)) => {
                assert_eq!(id, commits[0].id);
                Err(Full)
            }
            None => Err(Full),
        }
    }

    fn journals(&self) -> &dyn Journals {
        &self.0
    }

    fn stored(&self) -> Stored {
        self.0.live().stored()
    }

    fn restart(&mut self, end: End) -> bool {
        match end {
            End::Closed => self.0.close(),
            End::PowerCut => self.0.cut_power(Torn::Undone),
        }
        self.0.open().is_ok()
    }

    fn fill(&mut self) {
        self.0.fill();
    }

    fn make_room(&mut self) -> bool {
        self.0.free();
        self.try_again()
    }

    fn try_again(&mut self) -> bool {
        self.0.takes_writes();
        !self.0.refuses()
    }

    fn damage(&mut self) {
        self.0.damage(Damage::BitRot);
    }

    fn set_aside(&mut self) {
        self.0.set_aside();
    }
}

/// Runs one test of this program again, as root of a namespace of its own with a small disk.
fn on_a_small_disk(test: &str, body: fn(&Path)) {
    if let Some(disk) = std::env::var_os(SMALL_DISK) {
        return body(Path::new(&disk));
    }
    let folder = tempfile::tempdir().unwrap();
    let mount = "mount -t tmpfs -o size=512k none \"$0\" && exec \"$@\"";
    let output = Command::new("unshare")
        .args(["-Urm", "sh", "-c", mount])
        .arg(folder.path())
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", test])
        .env(SMALL_DISK, folder.path())
        .output()
        .expect("unshare is there: util-linux");
    let said = String::from_utf8_lossy(&output.stderr);
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "unshare -Urm … failed: {said}\n{told}");
    assert!(told.contains("1 passed"), "no test is called {test}: {told}");
}

#[test]
fn a_node_s_disk_keeps_the_contract() {
    a_new_store_is_empty(&OfNode::new());
    (0..HISTORIES).for_each(|seed| what_is_committed_is_given_back(OfNode::new(), seed));
    a_block_that_closes_is_one_row(OfNode::new());
    a_damaged_store_says_so(OfNode::new());
}

#[test]
fn a_node_s_full_disk_keeps_the_contract() {
    let name = "store_contract::tests::a_node_s_full_disk_keeps_the_contract";
    on_a_small_disk(name, |disk| {
        a_full_disk_refuses_whole_transactions(OfNode::at(disk.join("store.redb")));
    });
}

#[test]
fn the_simulated_disk_keeps_the_contract() {
    a_new_store_is_empty(&Simulated::new());
    (0..HISTORIES).for_each(|seed| what_is_committed_is_given_back(Simulated::new(), seed));
    a_block_that_closes_is_one_row(Simulated::new());
    a_full_disk_refuses_whole_transactions(Simulated::new());
    a_damaged_store_says_so(Simulated::new());
}

#[test]
#[should_panic(expected = "then PowerCut")]
fn a_disk_that_confirms_what_it_does_not_keep_breaks_the_contract() {
    for seed in 0..HISTORIES {
        let mut lying = Simulated::new();
        lying.0.lie();
        what_is_committed_is_given_back(lying, seed);
    }
}
