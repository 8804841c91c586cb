//! Frames: everything two nodes say to each other, to the byte.
//!
//! A frame is a type byte and a body; its length is the transport's. Numbers of types never
//! change; a type that is not listed here ends the link.

use std::sync::Arc;

use crate::credential::Envelope;
use crate::frontier::vector::Place;
use crate::id::{CredentialId, JournalId};
use crate::journal::batch::Batch;
use crate::limits::{CREDENTIAL_BYTES_MAX, CREDENTIALS_MAX, FRAME_BYTES_MAX, NODES_MAX};
use crate::limits::{RECEIPT_BYTES_MAX, SHARED_SCOPES_MAX};
use crate::time::{Confidence, Wall};
use crate::wire::{Malformed, Reader, put_run, put_varint};

const HELLO: u8 = 1;
const DIGESTS: u8 = 2;
const WHO: u8 = 3;
const PRESENT: u8 = 4;
const CREDENTIAL_IDS: u8 = 5;
const WANT_CREDENTIALS: u8 = 6;
const CREDENTIALS: u8 = 7;
const VECTOR: u8 = 8;
const BEHIND: u8 = 9;
const BATCH: u8 = 10;
const HAVE: u8 = 11;
const GAP: u8 = 12;
const REPORTS: u8 = 13;

const INITIATES: u8 = 0b100;
const CONFIDENCE: u8 = 0b011;

/// The opening of a comparison: 40 bytes.
///
/// `1 ‖ flags 1 ‖ scopes 8 ‖ digest 16 ‖ unix seconds 8 ‖ counter 6`, numbers big-endian. Flags:
/// bits 0–1 the clock's confidence, bit 2 set by whoever begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hello {
    /// Whether this begins a comparison, or answers one.
    pub initiates: bool,
    /// Which of the shared scopes take part, by index: bit 0 is the first.
    pub scopes: u64,
    /// Over the digests of credentials and of each shared scope.
    pub digest: [u8; 16],
    /// The sender's wall clock.
    pub wall: Wall,
    /// The sender's counter, for a node that has none yet.
    pub counter: u64,
}

/// Everything two nodes say to each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// Begins or answers a comparison.
    Hello(Hello),
    /// What differs, for the peer to see: digest of credentials, then of each shared scope.
    Digests {
        /// Of the credentials.
        credentials: [u8; 8],
        /// Of each shared scope, in order.
        scopes: Vec<[u8; 8]>,
    },
    /// The sender does not know the peer's key.
    Who,
    /// The answer to it: appointments and admissions that vouch for the sender.
    Present(Vec<Envelope>),
    /// The ids of every credential held.
    CredentialIds(Vec<CredentialId>),
    /// The credentials the sender lacks; none: it lacks nothing.
    WantCredentials(Vec<CredentialId>),
    /// Credentials the peer lacks.
    Credentials(Vec<Envelope>),
    /// Where each node's journals in a shared scope end at the sender.
    Vector {
        /// The scope's index among the shared ones.
        scope: u8,
        /// Whether every end is given by name, after places by life turned out equal.
        by_name: bool,
        /// One for each node admitted to write the scope.
        places: Vec<Place>,
    },
    /// Where the sender is behind in a shared scope: answers a vector, even when nowhere.
    Behind {
        /// The scope's index among the shared ones.
        scope: u8,
        /// The nodes, by their place in the vector, and where their journals end at the sender.
        places: Vec<(u16, Place)>,
    },
    /// A run of entries with its seal.
    Batch(Batch),
    /// The sender holds this journal durably up to there.
    Have {
        /// Which journal.
        journal: JournalId,
        /// Up to where.
        seq: u64,
    },
    /// The sender could not attach a batch: it holds this journal up to there only.
    Gap {
        /// Which journal.
        journal: JournalId,
        /// Up to where.
        seq: u64,
    },
    /// Signed reports: receipts and signs of life, of anyone.
    Reports(Vec<Arc<[u8]>>),
}

impl Frame {
    /// The frame's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Hello(hello) => hello.write(&mut out),
            Self::Digests { credentials, scopes } => {
                out.push(DIGESTS);
                out.extend_from_slice(credentials);
                scopes.iter().for_each(|digest| out.extend_from_slice(digest));
            }
            Self::Who => out.push(WHO),
            Self::Present(envelopes) => put_envelopes(&mut out, PRESENT, envelopes),
            Self::CredentialIds(ids) => put_ids(&mut out, CREDENTIAL_IDS, ids),
            Self::WantCredentials(ids) => put_ids(&mut out, WANT_CREDENTIALS, ids),
            Self::Credentials(envelopes) => put_envelopes(&mut out, CREDENTIALS, envelopes),
            Self::Vector { scope, by_name, places } => {
                out.extend_from_slice(&[VECTOR, scope << 1 | u8::from(*by_name)]);
                places.iter().for_each(|place| place.write(&mut out));
            }
            Self::Behind { scope, places } => {
                out.extend_from_slice(&[BEHIND, *scope]);
                for (node, place) in places {
                    put_varint(&mut out, u64::from(*node));
                    place.write(&mut out);
                }
            }
            Self::Batch(batch) => {
                out.push(BATCH);
                out.extend_from_slice(&batch.to_bytes());
            }
            Self::Have { journal, seq } => put_held(&mut out, HAVE, *journal, *seq),
            Self::Gap { journal, seq } => put_held(&mut out, GAP, *journal, *seq),
            Self::Reports(reports) => {
                // A length takes up to three bytes.
                out.reserve(1 + reports.iter().map(|report| report.len() + 3).sum::<usize>());
                out.push(REPORTS);
                reports.iter().for_each(|report| put_run(&mut out, report));
            }
        }
        out
    }

    /// Reads a frame.
    ///
    /// # Errors
    /// [`Malformed`], naming the byte; a peer that sends one broke the protocol.
    pub fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() > FRAME_BYTES_MAX {
            let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            return Err(Malformed::OverLimit { what: "a frame", len, max: FRAME_BYTES_MAX, at: 0 });
        }
        let mut reader = Reader::new(bytes);
        let from = &mut reader;
        let frame = match from.byte()? {
            HELLO => Self::Hello(Hello::read(from)?),
            DIGESTS => Self::Digests {
                credentials: from.array()?,
                scopes: to_end(from, "shared scopes", SHARED_SCOPES_MAX, |from| from.array())?,
            },
            WHO => Self::Who,
            PRESENT => Self::Present(read_envelopes(from)?),
            CREDENTIAL_IDS => Self::CredentialIds(read_ids(from)?),
            WANT_CREDENTIALS => Self::WantCredentials(read_ids(from)?),
            CREDENTIALS => Self::Credentials(read_envelopes(from)?),
            VECTOR => {
                let scope = from.byte()?;
                let places = to_end(from, "places", NODES_MAX, Place::read)?;
                Self::Vector { scope: scope >> 1, by_name: scope & 1 == 1, places }
            }
            BEHIND => Self::Behind {
                scope: from.byte()?,
                places: to_end(from, "places", NODES_MAX, |from| {
                    let node = from.length("a node's place", NODES_MAX)?;
                    let node = u16::try_from(node).expect("a bounded place fits");
                    Ok((node, Place::read(from)?))
                })?,
            },
            BATCH => {
                let batch = Batch::read(bytes.get(1..).unwrap_or(&[]))?;
                return Ok(Self::Batch(batch));
            }
            HAVE => Self::Have { journal: JournalId(from.array()?), seq: from.varint()? },
            GAP => Self::Gap { journal: JournalId(from.array()?), seq: from.varint()? },
            REPORTS => Self::Reports(to_end(from, "reports", NODES_MAX, |from| {
                Ok(from.run("a report", RECEIPT_BYTES_MAX)?.into())
            })?),
            _ => return Err(Malformed::Unnamed { what: "a frame's type", at: 0 }),
        };
        reader.finish()?;
        Ok(frame)
    }
}

impl Hello {
    fn write(&self, out: &mut Vec<u8>) {
        let initiates = if self.initiates { INITIATES } else { 0 };
        out.extend_from_slice(&[HELLO, self.wall.confidence.code() | initiates]);
        out.extend_from_slice(&self.scopes.to_be_bytes());
        out.extend_from_slice(&self.digest);
        out.extend_from_slice(&self.wall.seconds.to_be_bytes());
        let [_, _, counter @ ..] = self.counter.min((1 << 48) - 1).to_be_bytes();
        out.extend_from_slice(&counter);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        let flags = from.byte()?;
        let scopes = u64::from_be_bytes(from.array()?);
        let digest = from.array()?;
        let seconds = i64::from_be_bytes(from.array()?);
        let [a, b, c, d, e, f] = from.array()?;
        let confidence = Confidence::from_code(u64::from(flags & CONFIDENCE));
        Ok(Self {
            initiates: flags & INITIATES != 0,
            scopes,
            digest,
            wall: Wall { seconds, confidence },
            counter: u64::from_be_bytes([0, 0, a, b, c, d, e, f]),
        })
    }
}

fn put_held(out: &mut Vec<u8>, kind: u8, journal: JournalId, seq: u64) {
    out.push(kind);
    out.extend_from_slice(journal.as_bytes());
    put_varint(out, seq);
}

fn put_ids(out: &mut Vec<u8>, kind: u8, ids: &[CredentialId]) {
    out.push(kind);
    ids.iter().for_each(|id| out.extend_from_slice(id.as_bytes()));
}

fn read_ids(from: &mut Reader<'_>) -> Result<Vec<CredentialId>, Malformed> {
    to_end(from, "credentials", CREDENTIALS_MAX, |from| from.array().map(CredentialId))
}

fn put_envelopes(out: &mut Vec<u8>, kind: u8, envelopes: &[Envelope]) {
    out.push(kind);
    envelopes.iter().for_each(|envelope| put_run(out, &envelope.to_bytes()));
}

fn read_envelopes(from: &mut Reader<'_>) -> Result<Vec<Envelope>, Malformed> {
    const MAX: usize = CREDENTIAL_BYTES_MAX + Envelope::HEADER_BYTES;
    to_end(from, "credentials", CREDENTIALS_MAX, |from| {
        Envelope::read(from.run("a credential", MAX)?)
    })
}

fn to_end<'a, T>(
    from: &mut Reader<'a>,
    what: &'static str,
    max: usize,
    mut read: impl FnMut(&mut Reader<'a>) -> Result<T, Malformed>,
) -> Result<Vec<T>, Malformed> {
    let mut values = Vec::new();
    while !from.is_empty() {
        if values.len() == max {
            let len = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
            return Err(Malformed::OverLimit { what, len, max, at: from.at() });
        }
        values.push(read(from)?);
    }
    Ok(values)
}

#[cfg(test)]
mod tests;
