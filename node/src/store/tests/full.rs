//! A full disk, on a real one of half a megabyte.

use std::process::Command;

use super::*;

/// Where the small disk is mounted, in the process that has one.
const SMALL_DISK: &str = "DIGIANA_TEST_SMALL_DISK";

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

/// Commits until the disk is full; returns how many commits it took.
fn fill(store: &Store, from: u64) -> (u64, StoreFault) {
    for number in from..10_000 {
        let first = number * 1000 + 1;
        let batch = batch(1, first, &[7; 500], false);
        if let Err(fault) = store.commit(&[commit(number, vec![append(&batch, first)])]) {
            return (number, fault);
        }
    }
    panic!("the disk is never full");
}

fn firsts(store: &Store) -> Vec<u64> {
    let rows = store.rows(JournalId([1; 8]), 0, usize::MAX).unwrap();
    rows.iter().map(|row| row.first).collect()
}

#[test]
fn on_a_full_disk_commits_are_refused_and_reads_go_on_until_there_is_room() {
    let name = "store::tests::full::\
                on_a_full_disk_commits_are_refused_and_reads_go_on_until_there_is_room";
    on_a_small_disk(name, |disk| {
        let path = disk.join("store.redb");
        let ballast = disk.join("ballast");
        let store = Store::create(&path, OWNER, 1 << 20).unwrap();
        std::fs::write(&ballast, [0; 300 << 10]).unwrap();

        let (done, fault) = fill(&store, 0);
        assert_eq!(fault, StoreFault::Full { path: path.clone() });
        let held: Vec<u64> = (0..done).map(|number| number * 1000 + 1).collect();
        assert!(!held.is_empty());
        assert_eq!(firsts(&store), held, "what was taken is there, what was refused is not");
        assert!(!store.takes_writes());
        assert_eq!(fill(&store, done), (done, fault.clone()), "refused at once");
        assert_eq!(store.reopen(), Err(fault.clone()));
        assert_eq!(firsts(&store), held);

        // A node that is started on a full disk shows what it holds.
        drop(store);
        let rest = disk.join("rest");
        let mut byte_by_byte = File::create(&rest).unwrap();
        while std::io::Write::write_all(&mut byte_by_byte, &[0; 512]).is_ok() {}
        let store = open(&path).unwrap();
        assert_eq!(firsts(&store), held);
        let (at, again) = fill(&store, done);
        assert_eq!(again, fault);
        let held: Vec<u64> = (0..at).map(|number| number * 1000 + 1).collect();
        assert_eq!(firsts(&store), held);

        std::fs::remove_file(&ballast).unwrap();
        assert_eq!(store.reopen(), Ok(()));
        assert!(store.takes_writes());
        let first = at * 1000 + 1;
        let more = batch(1, first, &[7; 500], false);
        assert_eq!(store.commit(&[commit(0, vec![append(&more, first)])]), Ok(()));
        drop(store);
        assert_eq!(firsts(&open(&path).unwrap()), [held, vec![first]].concat());
    });
}
