//! Frames come back as they went, and no bytes whatever do harm.

use super::*;
use crate::credential::CredentialKind;
use crate::journal::batch::Seal;
use crate::sign::Signature;
use proptest::collection::vec;
use proptest::prelude::*;

fn places() -> impl Strategy<Value = Place> {
    let ends = vec((any::<[u8; 8]>().prop_map(JournalId), any::<u64>()), 0..4);
    prop_oneof![
        Just(Place::Nothing),
        (1..1_000_000u64, any::<u64>()).prop_map(|(life, seq)| Place::Life { life, seq }),
        ends.prop_map(Place::Ends),
    ]
}

fn envelopes() -> impl Strategy<Value = Vec<Envelope>> {
    let envelope = (any::<u8>(), any::<[u8; 32]>(), vec(any::<u8>(), 0..40)).prop_map(
        |(kind, issuer, body)| Envelope {
            kind: CredentialKind(kind),
            issuer,
            signature: Signature([7; 64]),
            body,
        },
    );
    vec(envelope, 0..4)
}

fn frames() -> impl Strategy<Value = Frame> {
    let hello = (any::<bool>(), any::<u64>(), any::<[u8; 16]>(), any::<i64>(), 0..1u64 << 48)
        .prop_map(|(initiates, scopes, digest, seconds, counter)| {
            let wall = Wall { seconds, confidence: Confidence::Held };
            Frame::Hello(Hello { initiates, scopes, digest, wall, counter })
        });
    let ids = || vec(any::<[u8; 8]>().prop_map(CredentialId), 0..20);
    let held = || (any::<[u8; 8]>().prop_map(JournalId), any::<u64>());
    let batch = (held(), 1..512u64, any::<bool>(), vec(any::<u8>(), 0..200)).prop_map(
        |((journal, first), count, closes_block, entries)| {
            let seal = Seal { closes_block, signature: Signature([3; 64]) };
            Frame::Batch(Batch::new(journal, (first >> 1).max(1), count, seal, entries))
        },
    );
    prop_oneof![
        hello,
        (any::<[u8; 8]>(), vec(any::<[u8; 8]>(), 0..20))
            .prop_map(|(credentials, scopes)| Frame::Digests { credentials, scopes }),
        Just(Frame::Who),
        envelopes().prop_map(Frame::Present),
        envelopes().prop_map(Frame::Credentials),
        ids().prop_map(Frame::CredentialIds),
        ids().prop_map(Frame::WantCredentials),
        (0..64u8, any::<bool>(), vec(places(), 0..20))
            .prop_map(|(scope, by_name, places)| Frame::Vector { scope, by_name, places }),
        (0..64u8, vec((0..1024u16, places()), 0..20))
            .prop_map(|(scope, places)| Frame::Behind { scope, places }),
        batch,
        held().prop_map(|(journal, seq)| Frame::Have { journal, seq }),
        held().prop_map(|(journal, seq)| Frame::Gap { journal, seq }),
        vec(vec(any::<u8>(), 0..40).prop_map(Arc::from), 0..4).prop_map(Frame::Reports),
    ]
}

proptest! {
    #[test]
    fn a_frame_comes_back_as_it_went(frame in frames()) {
        prop_assert_eq!(Frame::read(&frame.to_bytes()), Ok(frame));
    }

    #[test]
    fn no_bytes_do_harm(bytes in vec(any::<u8>(), 0..400)) {
        let _ = Frame::read(&bytes);
    }

    #[test]
    fn a_damaged_frame_does_no_harm(
        frame in frames(),
        place in any::<proptest::sample::Index>(),
        byte: u8,
    ) {
        let mut bytes = frame.to_bytes();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        let _ = Frame::read(&bytes);
        bytes.truncate(place);
        let _ = Frame::read(&bytes);
    }
}

#[test]
fn a_hello_has_forty_bytes() {
    let wall = Wall { seconds: 1_790_000_000, confidence: Confidence::Synced };
    let hello = Hello { initiates: true, scopes: 31, digest: [1; 16], wall, counter: 70_000 };
    assert_eq!(Frame::Hello(hello).to_bytes().len(), 40);
}

#[test]
fn a_frame_over_the_limit_is_refused_whole() {
    let long = vec![REPORTS; FRAME_BYTES_MAX + 1];
    assert!(matches!(Frame::read(&long), Err(Malformed::OverLimit { what: "a frame", .. })));
}
