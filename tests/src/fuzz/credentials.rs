//! Acts of the authority: read to the byte, believed only as far as their issuer may go.

use digiana_core::credential::admit::Appoint;
use digiana_core::credential::set::CredentialSet;
use digiana_core::credential::{CredentialKind, Envelope, town_of};
use digiana_core::scope::Scope;
use digiana_core::sign::{Domain, Scheme};

use super::cursor::Cursor;
use super::keys::signer;
use super::wire::has_a_place;

/// An envelope is read as it is written. A body under a good signature is believed or refused, and
/// is believed once.
pub(super) fn credential(bytes: &[u8]) {
    match Envelope::read(bytes) {
        Err(why) => has_a_place(&why, bytes),
        Ok(envelope) => assert_eq!(envelope.to_bytes(), bytes),
    }
    let [root, officer, stranger] = [1, 2, 4].map(signer);
    let town = town_of(&root.public());
    let mut set = CredentialSet::new(Scheme::Simulated, root.public());
    let appoint = Appoint { officer: officer.officer(), office: "訓練".into(), issued_at: 7 };
    let appoint = Envelope::seal(town, root, CredentialKind::APPOINT, &appoint);
    set.insert(&appoint).expect("the root appoints");

    let mut is_appointed = false;
    let mut cursor = Cursor::new(bytes);
    while !cursor.is_empty() {
        let issuer = match cursor.byte() % 8 {
            0 => root,
            1 => stranger,
            _ => officer,
        };
        let kind = CredentialKind(cursor.byte());
        let body = cursor.long_run().to_vec();
        let signature = issuer.sign(Domain::Credential, &[town.as_bytes(), &[kind.0], &body]);
        let envelope = Envelope { kind, issuer: issuer.public(), signature, body };
        // Nothing is believed that could not come over a link.
        let Ok(envelope) = Envelope::read(&envelope.to_bytes()) else { continue };
        let (held, before) = (set.ids().count(), set.digest());
        let taken = set.insert(&envelope);
        let is_new = set.ids().count() > held;
        assert_eq!(is_new, set.digest() != before);
        assert!(taken.is_ok() || !is_new, "{taken:?}");
        if taken.is_ok() {
            let again = set.digest();
            set.insert(&envelope).expect("what was believed is believed again");
            assert_eq!(set.digest(), again);
        }
        // Nobody speaks for this town whom the root did not appoint.
        let key = stranger.public();
        is_appointed |= issuer.public() == root.public() && names(&envelope.body, &key);
        assert!(issuer.public() != key || is_appointed || !is_new);
    }
    let nodes: Vec<_> = set.nodes().map(|(node, _)| node).collect();
    for node in nodes {
        assert!(Scope::EVERY_READER.iter().all(|scope| {
            set.writers(*scope).contains(&node)
                == set.standing(node).is_some_and(|it| it.writes(*scope))
        }));
        assert!(!set.introduction(node).is_empty());
    }
}

fn names(body: &[u8], key: &[u8]) -> bool {
    body.windows(key.len()).any(|run| run == key)
}
