//! Keys are made once, are read by their owner only, and say which line is wrong.

use super::*;
use std::fs::Permissions;

use digiana_core::credential::{CredentialKind, Envelope, town_of};
use digiana_core::sign::Signature;
use tempfile::TempDir;

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data/file");
    (folder, path)
}

fn write(path: &Path, text: &str, mode: u32) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[test]
fn a_key_that_was_made_is_the_key_that_is_read() {
    let (_folder, path) = folder();
    let made = NodeKey::create(&path).unwrap();
    let read = NodeKey::load(&path).unwrap();
    assert_eq!((made.node(), made.secret()), (read.node(), read.secret()));
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!((text.lines().count(), text.len()), (2, 19 + 65));
    assert_eq!(format!("{made:?}"), "NodeKey(..)");
    assert_eq!(NodeKey::create(&path).unwrap_err(), KeyFault::Exists { path: path.clone() });
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "the key is what it was");
}

#[test]
fn a_node_without_a_key_is_told_how_to_make_one() {
    let (_folder, path) = folder();
    let fault = NodeKey::load(&path).unwrap_err();
    assert_eq!(fault, KeyFault::NoKey { path });
    assert!(fault.to_string().contains("digiana-node init"), "{fault}");
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let (_folder, path) = folder();
    NodeKey::create(&path).unwrap();
    for mode in [0o640, 0o604, 0o660] {
        std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let fault = NodeKey::load(&path).unwrap_err();
        let KeyFault::Readable { path: named, mode: told, .. } = &fault else { panic!("{fault}") };
        assert_eq!((named, *told), (&path, mode));
        let said = fault.to_string();
        assert!(said.contains(&format!("chmod 600 {}", path.display())), "{said}");
        assert!(said.contains("the store beside it") && said.contains("admitted"), "{said}");
    }
    std::fs::set_permissions(&path, Permissions::from_mode(0o400)).unwrap();
    assert!(NodeKey::load(&path).is_ok());
}

#[test]
fn a_key_file_that_is_wrong_names_the_line_and_shows_no_secret() {
    let (_folder, path) = folder();
    let good = "0a".repeat(32);
    for (text, at) in [
        (String::new(), 1),
        (format!("{good}\n"), 1),
        (format!("digiana node key 2\n{good}\n"), 1),
        ("digiana node key 1\n".to_owned(), 2),
        (format!("digiana node key 1\n{}\n", &good[1..]), 2),
        (format!("digiana node key 1\n{good}0a\n"), 2),
        (format!("digiana node key 1\n{}zz\n", &good[2..]), 2),
        (format!("digiana node key 1\n{good}\n{good}\n"), 3),
    ] {
        write(&path, &text, 0o600);
        let fault = NodeKey::load(&path).unwrap_err();
        let KeyFault::Malformed { line, why, .. } = &fault else { panic!("{fault}") };
        assert_eq!(*line, at, "{text:?}: {why}");
        assert!(!fault.to_string().contains("0a0a"), "{fault}");
    }
}

fn town() -> TownFile {
    let envelope = Envelope {
        kind: CredentialKind::APPOINT,
        issuer: [3; 32],
        signature: Signature([4; 64]),
        body: vec![1, 2, 3],
    };
    TownFile::new("訓練 美里町".to_owned(), [1; 32], [0xab; 32], true, vec![envelope])
}

#[test]
fn a_town_that_was_saved_is_the_town_that_is_read() {
    let (_folder, path) = folder();
    let town = town();
    town.save(&path).unwrap();
    assert_eq!(mode(&path), 0o600);
    let read = TownFile::load(&path).unwrap();
    assert_eq!(read, town);
    assert_eq!(read.town(), town_of(&[1; 32]));
    assert_eq!(town.save(&path), Err(KeyFault::Exists { path }));
    assert!(!format!("{town:?}").contains("171"), "{town:?}");
}

#[test]
fn a_town_file_that_is_wrong_names_line_and_field() {
    let (_folder, path) = folder();
    town().save(&path).unwrap();
    let good = std::fs::read_to_string(&path).unwrap();
    let ones = "01".repeat(32);
    for (from, to, at, says) in [
        ("\"format\": 1", "\"format\": 2", 2, "format: format 2 is newer than 1"),
        ("\"drill\": true", "\"drill\": \"yes\"", 6, "drill: invalid type: string"),
        (ones.as_str(), "01", 4, "root: a key is 64 hexadecimal digits"),
        ("abab", "xyz", 5, "tag_key: a key is 64 hexadecimal digits"),
        ("\"drill\"", "\"dril\"", 6, "unknown field `dril`"),
        ("    \"AQ", "    \"A", 8, "credentials: a credential is no base64"),
        (
            "    \"A",
            "    \"AAAA\", \"A",
            8,
            "credentials: a credential cannot be read: the bytes end early",
        ),
        ("\"drill\": true,\n", "", 9, "missing field `drill`"),
        ("\"drill\": true,", "\"drill\": true", 7, "expected `,`"),
    ] {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good, "{from}");
        write(&path, &text, 0o600);
        let fault = TownFile::load(&path).unwrap_err();
        let KeyFault::Malformed { line, why, .. } = &fault else { panic!("{fault}") };
        assert!(why.contains(says), "{to}: {why}");
        assert_eq!(*line, at, "{to}: {why}");
        assert!(!fault.to_string().contains("abab"), "{fault}");
    }
    write(&path, &good, 0o644);
    let fault = TownFile::load(&path).unwrap_err();
    assert!(matches!(&fault, KeyFault::Readable { mode: 0o644, .. }), "{fault}");
    // The secret in it is the town's, so a node's new key mends nothing.
    assert!(fault.to_string().ends_with("a new node key does not help"), "{fault}");
    std::fs::remove_file(&path).unwrap();
    assert_eq!(TownFile::load(&path), Err(KeyFault::NoTown { path }));
}
