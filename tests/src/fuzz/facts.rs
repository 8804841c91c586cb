//! Bodies of facts and of a journal's own kinds.

use digiana_core::fact::{Fact, Kind};
use digiana_core::journal::opening::{Adopt, ClockFix, Opening, Reclaim};
use minicbor::{Decode, Encode};

use super::cursor::Cursor;

/// What is read of a body means the same when it is written again: places that this version does
/// not know are skipped, so that bytes may differ where a newer version wrote them.
pub(super) fn fact(bytes: &[u8]) {
    let mut cursor = Cursor::new(bytes);
    let chosen = usize::from(cursor.byte());
    let body = cursor.rest();
    match Fact::KINDS.get(chosen) {
        Some((kind, _)) => released(*kind, body),
        None => match chosen % 5 {
            0 => own_kind::<Opening>(body),
            1 => own_kind::<Reclaim>(body),
            2 => own_kind::<Adopt>(body),
            3 => own_kind::<ClockFix>(body),
            _ => {
                let unknown = Kind(u32::try_from(chosen).expect("a byte") + 1_000);
                assert_eq!(Fact::decode(unknown, body), Ok(None));
            }
        },
    }
}

fn released(kind: Kind, body: &[u8]) {
    match Fact::decode(kind, body) {
        Ok(Some(fact)) => {
            assert_eq!(fact.kind(), kind);
            let written = fact.encode();
            assert_eq!(Fact::decode(kind, &written), Ok(Some(fact)));
        }
        Ok(None) => panic!("kind {} is released", kind.0),
        Err(why) => {
            assert_eq!(why.kind, kind);
            assert!(why.to_string().len() < 300, "{why}");
        }
    }
}

fn own_kind<T>(body: &[u8])
where
    T: for<'b> Decode<'b, ()> + Encode<()> + PartialEq + std::fmt::Debug,
{
    if let Ok(read) = minicbor::decode::<T>(body) {
        let mut written = Vec::new();
        minicbor::encode(&read, &mut written).expect("memory takes all");
        assert_eq!(minicbor::decode::<T>(&written).ok().as_ref(), Some(&read));
    }
}
