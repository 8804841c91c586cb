//! A town is begun once, its keys open by their passphrase only, and what they sign holds.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at what it did not expect"
)]

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;

use digiana_core::credential::admit::Role;
use digiana_core::fact::Kind;
use digiana_core::id::{NodeId, SiteId};
use digiana_core::limits::PRESENT_BYTES_MAX;
use digiana_core::scope::Scope;
use tempfile::TempDir;

use super::admission::{NotANode, parse_node, parse_site};
use super::*;

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.to_owned()).unwrap()
}

fn begun() -> (TempDir, PathBuf, Authority) {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("authority");
    let authority =
        Authority::init(&dir, "訓練町", true, &passphrase("root"), &passphrase("officer"), 100);
    (folder, dir, authority.unwrap())
}

fn site(number: u8) -> SiteId {
    SiteId([number; 8])
}

fn desk() -> Admission {
    let sites = BTreeSet::from([site(1)]);
    Admission::of_role(NodeId([7; 32]), "訓練受付".to_owned(), Role::Reader, sites).with_desk()
}

#[test]
fn a_town_is_begun_once() {
    let (_folder, dir, authority) = begun();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    for name in ["root.key", "officer.key", "town.json"] {
        assert_eq!(mode(&dir.join(name)), 0o600, "{name}");
    }
    let again = Authority::open(&dir).unwrap();
    assert_eq!(again.town(), authority.town());
    assert!(again.town().drill);
    let before = std::fs::read(dir.join("town.json")).unwrap();
    let other = passphrase("other");
    let fault = Authority::init(&dir, "別の町", false, &other, &other, 0).unwrap_err();
    assert!(matches!(fault, AuthorityFault::Exists { .. }), "{fault}");
    assert_eq!(std::fs::read(dir.join("town.json")).unwrap(), before);
}

#[test]
fn an_admitted_node_may_do_what_was_signed_and_no_more() {
    let (_folder, dir, mut authority) = begun();
    let admitted = authority.admit(&desk(), &passphrase("officer"), 200).unwrap();
    assert!(admitted.is_new);
    let credentials = Authority::open(&dir).unwrap().credentials().unwrap();
    assert!(credentials.ids().any(|id| id == admitted.id));
    let standing = credentials.standing(NodeId([7; 32])).unwrap();
    assert_eq!((standing.name.as_str(), standing.role), ("訓練受付", Role::Reader));
    for scope in [Scope::Town, Scope::Shelter, Scope::Register, Scope::Care(site(1))] {
        assert!(standing.may_write(scope, Kind(5)), "{scope}");
    }
    for scope in [Scope::Care(site(2)), Scope::Staff, Scope::Public] {
        assert!(!standing.writes(scope), "{scope}");
    }
    assert!(!standing.reads.contains(&Scope::Care(site(2))));
}

#[test]
fn a_reader_without_a_desk_only_reads_what_the_town_says_of_its_places() {
    let (_folder, dir, mut authority) = begun();
    let (name, sites) = ("訓練のバス".to_owned(), BTreeSet::new());
    let bus = Admission::of_role(NodeId([8; 32]), name, Role::Reader, sites);
    authority.admit(&bus, &passphrase("officer"), 200).unwrap();
    let credentials = Authority::open(&dir).unwrap().credentials().unwrap();
    let standing = credentials.standing(NodeId([8; 32])).unwrap();
    assert!(standing.reads.contains(&Scope::Town) && !standing.writes(Scope::Town));
}

#[test]
fn the_same_admission_needs_no_passphrase_and_changes_nothing() {
    let (_folder, dir, mut authority) = begun();
    let first = authority.admit(&desk(), &passphrase("officer"), 200).unwrap();
    let before = std::fs::read(dir.join("town.json")).unwrap();
    let again = authority.admit(&desk(), &passphrase("wrong"), 300).unwrap();
    assert_eq!((again.id, again.is_new), (first.id, false));
    assert_eq!(std::fs::read(dir.join("town.json")).unwrap(), before);
}

#[test]
fn a_wrong_passphrase_opens_nothing_and_changes_nothing() {
    let (_folder, dir, mut authority) = begun();
    let before = std::fs::read(dir.join("town.json")).unwrap();
    let fault = authority.admit(&desk(), &passphrase("root"), 200).unwrap_err();
    assert!(fault.to_string().contains("the passphrase is wrong"), "{fault}");
    assert_eq!(std::fs::read(dir.join("town.json")).unwrap(), before);
}

#[test]
fn a_key_is_not_taken_for_another() {
    let (_folder, dir, mut authority) = begun();
    std::fs::copy(dir.join("root.key"), dir.join("officer.key")).unwrap();
    let fault = authority.admit(&desk(), &passphrase("root"), 200).unwrap_err();
    assert!(fault.to_string().contains("this is the root key"), "{fault}");
    let text = std::fs::read_to_string(dir.join("root.key")).unwrap();
    std::fs::write(dir.join("officer.key"), text.replace("\"root\"", "\"officer\"")).unwrap();
    let fault = authority.admit(&desk(), &passphrase("root"), 200).unwrap_err();
    assert!(matches!(fault, AuthorityFault::Lock(LockFault::WrongPassphrase { .. })), "{fault}");
    let (_other_folder, other, _) = begun();
    std::fs::copy(other.join("officer.key"), dir.join("officer.key")).unwrap();
    let fault = authority.admit(&desk(), &passphrase("officer"), 200).unwrap_err();
    assert!(matches!(fault, AuthorityFault::NotOfThisTown { .. }), "{fault}");
}

#[test]
fn a_spoilt_key_says_what_is_wrong() {
    let (_folder, dir, mut authority) = begun();
    let path = dir.join("officer.key");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut check = |spoilt: String, expected: &str| {
        std::fs::write(&path, spoilt).unwrap();
        let said = authority.admit(&desk(), &passphrase("officer"), 200).unwrap_err().to_string();
        assert!(said.contains(expected), "{said}");
    };
    check(String::new(), "this is no locked key");
    check(text.replace("\"format\": 1", "\"format\": 2"), "format 2 is newer");
    check(text.replace("65536", "4294967295"), "asks for more");
    check(text.replace("\"nonce\": \"", "\"nonce\": \"0"), "nonce: expected 48 hexadecimal digits");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    check(text, "can be read by others");
    std::fs::remove_file(&path).unwrap();
    let said = authority.admit(&desk(), &passphrase("officer"), 200).unwrap_err().to_string();
    // `town init` would refuse: the town's file is there.
    assert!(said.contains("there is no key at") && said.contains("last copy"), "{said}");
}

#[test]
fn a_my_number_is_nobodys_name() {
    let (folder, _dir, mut authority) = begun();
    let numbered = Admission { name: "1234 5678 9012".to_owned(), ..desk() };
    let fault = authority.admit(&numbered, &passphrase("officer"), 200).unwrap_err();
    assert!(matches!(fault, AuthorityFault::LooksLikeMyNumber { .. }));
    assert!(!fault.to_string().contains("1234"), "{fault}");
    let dir = folder.path().join("other");
    let p = passphrase("p");
    for name in ["", " ", "a\nb", &"長".repeat(61)] {
        let fault = Authority::init(&dir, name, true, &p, &p, 0).unwrap_err();
        assert!(matches!(fault, AuthorityFault::BadName { .. }), "{fault}");
    }
    assert!(!dir.exists());
}

#[test]
fn headquarters_may_read_the_care_of_every_site_of_the_town() {
    let (_folder, _dir, mut authority) = begun();
    let admission = |sites: u8| {
        let name = "災害対策本部".to_owned();
        let mut admission =
            Admission::of_role(NodeId([9; 32]), name, Role::Headquarters, BTreeSet::new());
        admission.reads.extend((0..sites).map(|number| Scope::Care(site(number))));
        admission
    };
    let admitted = authority.admit(&admission(19), &passphrase("officer"), 200).unwrap();
    assert!(admitted.bytes < 500, "{} bytes", admitted.bytes);
    let fault = authority.admit(&admission(200), &passphrase("officer"), 200).unwrap_err();
    assert!(matches!(fault, AuthorityFault::TooLong { .. }), "{fault}");
    let newest = authority.admit(&admission(70), &passphrase("officer"), 300).unwrap();
    let shown = authority.credentials().unwrap().introduction(NodeId([9; 32]));
    let bytes: usize = shown.iter().map(|held| held.to_bytes().len() + 2).sum();
    assert!(bytes < PRESENT_BYTES_MAX, "{bytes} bytes");
    assert!(shown.iter().any(|held| held.id() == newest.id), "the newest is among what is shown");
}

#[test]
fn a_wrong_node_id_says_how_long_it_is() {
    assert_eq!(parse_node(&"0a".repeat(32)), Ok(NodeId([10; 32])));
    assert_eq!(parse_node("0a0a"), Err(NotANode::Length(4)));
    assert_eq!(parse_node(&"xy".repeat(32)), Err(NotANode::Digits));
    assert!(NotANode::Length(63).to_string().contains("this has 63 characters"));
}

#[test]
fn a_site_is_named_by_its_id_or_by_gsis_key() {
    let id = parse_site("E3244800001").unwrap();
    assert_eq!(parse_site("E3244800001201"), Ok(id));
    assert_eq!(parse_site(&id.to_string()), Ok(id));
    assert!(crate::data::sites().iter().any(|site| site.id == id));
    for text in ["", "E32448", "F3244800001", "比之宮", "0123"] {
        assert!(parse_site(text).is_err(), "{text}");
    }
}
