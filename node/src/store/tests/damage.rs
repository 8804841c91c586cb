//! Bytes that changed on the disk are found at opening, or were of no use.

use super::*;

/// Everything the store gives back.
fn contents(store: &Store) -> (Stored, Vec<Batch>) {
    let journals = store.list().unwrap();
    let rows = journals.iter().flat_map(|journal| store.rows(*journal, 0, usize::MAX).unwrap());
    (store.stored().unwrap(), rows.collect())
}

fn a_small_store() -> (TempDir, PathBuf, (Stored, Vec<Batch>)) {
    let (folder, store) = new_store();
    let path = store.path().to_owned();
    for round in 0..40u8 {
        let first = u64::from(round) * 60 + 1;
        let batch = batch(round % 5, first, &[round; 60], false);
        store.commit(&[commit(0, vec![append(&batch, first)])]).unwrap();
    }
    let contents = contents(&store);
    store.close().unwrap();
    (folder, path, contents)
}

/// Opens a changed copy: it must give back what was written, or be refused as damaged.
fn check(path: &Path, good: &(Stored, Vec<Batch>), bytes: &[u8], place: &str) -> bool {
    std::fs::write(path, bytes).unwrap();
    match open(path) {
        Ok(store) => {
            assert_eq!(contents(&store), *good, "{place}");
            true
        }
        Err(StoreFault::Damaged { path: named, .. }) => {
            assert_eq!(named, path, "{place}");
            false
        }
        Err(other) => panic!("{place}: {other}"),
    }
}

#[test]
fn a_flipped_bit_is_found_or_lies_where_nothing_is_stored() {
    let (_folder, path, good) = a_small_store();
    let bytes = std::fs::read(&path).unwrap();
    // The first page holds redb's header, where a bit weighs most; of the others a sample does.
    let header = (0..512).map(|at| (at, at % 8));
    let step = bytes.len() / 400;
    let rest = (0..400).map(|n| (n * step + n * 31 % step, n % 8));
    let mut refused = 0;
    for (at, bit) in header.chain(rest) {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << bit;
        refused += u32::from(!check(&path, &good, &changed, &format!("byte {at} bit {bit}")));
    }
    assert!(refused > 50, "the sweep met what is stored: {refused}");
}

#[test]
fn a_zeroed_page_is_found_or_was_of_no_use() {
    let (_folder, path, good) = a_small_store();
    let bytes = std::fs::read(&path).unwrap();
    for page in 0..bytes.len() / 4096 {
        let mut changed = bytes.clone();
        changed[page * 4096..(page + 1) * 4096].fill(0);
        check(&path, &good, &changed, &format!("page {page}"));
    }
}

#[test]
fn a_file_cut_short_is_refused() {
    let (_folder, path, good) = a_small_store();
    let bytes = std::fs::read(&path).unwrap();
    for len in [1, 8, 9, 100, 4095, 4096, 40_000, bytes.len() - 4096] {
        let whole = check(&path, &good, &bytes[..len], &format!("{len} bytes"));
        assert!(!whole, "{len} bytes");
    }
}

#[test]
fn any_file_that_is_no_store_is_refused_with_the_next_step() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    std::fs::write(&path, "住民台帳").unwrap();
    let fault = open(&path).unwrap_err();
    assert!(matches!(fault, StoreFault::Damaged { .. }), "{fault}");
    assert!(fault.to_string().contains("peers"), "{fault}");
}

fn set_aside(path: &Path) -> Result<(Store, Option<SetAside>), StoreFault> {
    Store::open_or_set_aside(path, OWNER, 1 << 20)
}

#[test]
fn damaged_stores_lie_beside_each_other_until_there_are_too_many() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    for number in 1..=8 {
        std::fs::write(&path, [number]).unwrap();
        let (store, aside) = set_aside(&path).unwrap();
        let aside = aside.unwrap().path;
        assert_eq!(aside, folder.path().join(format!("store.redb.damaged-{number}")));
        assert_eq!(std::fs::read(&aside).unwrap(), [number]);
        assert_eq!(store.set_aside().len(), usize::from(number));
        assert_eq!(store.stored().unwrap(), Stored::default());
        store.close().unwrap();
    }
    let (_, aside) = set_aside(&path).unwrap();
    assert_eq!(aside, None, "a whole store stays");
    std::fs::write(&path, "住民台帳").unwrap();
    let fault = set_aside(&path).unwrap_err();
    assert!(matches!(fault, StoreFault::Spoilt { kept: 8, .. }), "{fault}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "住民台帳");
}

#[test]
fn a_store_that_was_being_set_aside_when_the_power_went_is_set_aside_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    let kept = folder.path().join("store.redb.damaged-1");
    std::fs::write(&path, "住民台帳").unwrap();
    std::fs::hard_link(&path, &kept).unwrap();
    std::fs::write(folder.path().join("store.redb.new"), "half").unwrap();
    let (store, aside) = set_aside(&path).unwrap();
    assert_eq!(aside.unwrap().path, kept);
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), "住民台帳");
    assert_eq!(store.set_aside(), [kept]);
}

#[test]
fn only_damage_sets_a_store_aside() {
    let (folder, store) = new_store();
    let path = store.path().to_owned();
    assert!(matches!(set_aside(&path), Err(StoreFault::InUse { .. })));
    store.close().unwrap();
    let other = Owner { node: NodeId([8; 32]), ..OWNER };
    let fault = Store::open_or_set_aside(&path, other, 1 << 20).unwrap_err();
    assert!(matches!(fault, StoreFault::Foreign { .. }), "{fault}");
    let nowhere = folder.path().join("elsewhere.redb");
    assert!(matches!(set_aside(&nowhere), Err(StoreFault::Missing { .. })));
    assert_eq!(set_aside(&path).unwrap().1, None);
}

#[test]
fn after_a_power_cut_one_bit_of_the_file_decides_about_the_newest_commit() {
    let (folder, store) = new_store();
    for first in [1, 2] {
        store.commit(&[commit(0, vec![append(&batch(1, first, b"x", false), first)])]).unwrap();
    }
    // The file as a power cut leaves it: the store is still open.
    let bytes = std::fs::read(store.path()).unwrap();
    let good = contents(&store);
    let path = folder.path().join("cut.redb");
    for (at, bit) in (0..320).flat_map(|at| [(at, 0), (at, 7 - at % 7)]) {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << bit;
        if (at, bit) != (9, 0) {
            check(&path, &good, &changed, &format!("byte {at} bit {bit}"));
            continue;
        }
        // redb's word for which of its two roots is the newer has no checksum. Turned over, the
        // store is whole but one commit behind; the life that each start begins keeps
        // the node from writing other entries under the lost one's name.
        std::fs::write(&path, changed).unwrap();
        let (_, rows) = contents(&open(&path).unwrap());
        assert_eq!(rows, good.1[..1]);
    }
}
