//! The names of things: towns, nodes, journals, entries, people, places.
//!
//! Names of people, sites, incidents and records are eight random bytes; randomness is an input,
//! so no constructor here draws any.

use std::fmt;
use std::str::FromStr;

/// A text that is no name of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a {kind} is written as {digits} hexadecimal digits")]
pub struct NotAName {
    kind: &'static str,
    digits: usize,
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident [$len:literal] $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// How many bytes the name has.
            pub const LEN: usize = $len;

            /// The name's bytes, as they stand in frames and stores.
            pub fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }

            /// The first four bytes in hexadecimal: enough to follow one name through a log.
            pub fn short(&self) -> String {
                hex(self.0.get(..4).unwrap_or(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", $kind, self.short())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex(&self.0))
            }
        }

        impl FromStr for $name {
            type Err = NotAName;

            fn from_str(text: &str) -> Result<Self, NotAName> {
                unhex(text).map(Self).ok_or(NotAName { kind: $kind, digits: 2 * $len })
            }
        }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(
                d: &mut minicbor::Decoder<'b>,
                _: &mut C,
            ) -> Result<Self, minicbor::decode::Error> {
                let at = d.position();
                <[u8; $len]>::try_from(d.bytes()?).map(Self).map_err(|_| {
                    minicbor::decode::Error::message("a name of the wrong length").at(at)
                })
            }
        }
    )*};
}

names! {
    /// The trust domain: the hash of the town's root public key.
    TownId[32] "town";
    /// A device: its ed25519 public key, which is its iroh endpoint id too.
    NodeId[32] "node";
    /// A person who admits and revokes nodes: the public key of a passphrase-locked key.
    OfficerId[32] "officer";
    /// One life of one node's log in one scope.
    JournalId[8] "journal";
    /// A signed act of the authority: the first bytes of the hash of its envelope.
    CredentialId[8] "credential";
    /// Someone in the register, resident or not.
    PersonId[8] "person";
    /// A place: shelter, school, hall, bus, shop.
    SiteId[8] "site";
    /// The event that shelters are opened for.
    IncidentId[8] "incident";
    /// A ticket book.
    BookId[8] "book";
    /// One record of a set of shared records.
    RecordId[8] "record";
    /// A blake3 hash: a journal's head after an entry.
    Hash[32] "hash";
}

/// An entry of a journal: the one identity a fact or an edit has everywhere.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode,
)]
#[cbor(array)]
pub struct EntryId {
    /// The journal that holds it.
    #[n(0)]
    pub journal: JournalId,
    /// Its place in that journal, from 1.
    #[n(1)]
    pub seq: u64,
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.journal, self.seq)
    }
}

impl FromStr for EntryId {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        let wrong = NotAName { kind: "entry", digits: 2 * JournalId::LEN };
        let (journal, seq) = text.split_once('/').ok_or_else(|| wrong.clone())?;
        Ok(Self { journal: journal.parse()?, seq: seq.parse().map_err(|_| wrong)? })
    }
}

/// A handle on one link between two nodes: unique for the life of the process, never on a wire.
///
/// A peer that is lost and met again has a new link, so a late word about the old one harms nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub u64);

impl fmt::Display for LinkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "link {}", self.0)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).ok()?;
        if pair.contains('+') {
            return None;
        }
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(bytes)
}
