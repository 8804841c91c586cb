//! One text for one state, so that two replicas can compare what they made of their facts.
//!
//! A fold writes its whole state, in the order of its keys and with every length said, into a
//! [`Canon`]; two states have the same digest when they are equal, and only then.

use crate::fact::to_cbor;
use crate::id::EntryId;
use crate::register::Register;

use super::stamp::Stamped;

/// A hash in the making.
#[derive(Debug)]
pub struct Canon(blake3::Hasher);

impl Canon {
    /// Begins the digest of one kind of fold.
    pub fn of(fold: &str) -> Self {
        let mut canon = Self(blake3::Hasher::new());
        canon.bytes(b"digiana/fold/1").bytes(fold.as_bytes());
        canon
    }

    /// Bytes of any length.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.len(bytes.len());
        self.0.update(bytes);
        self
    }

    /// A whole number.
    pub fn number(&mut self, number: u64) -> &mut Self {
        self.0.update(&number.to_le_bytes());
        self
    }

    /// How many things follow.
    pub fn len(&mut self, count: usize) -> &mut Self {
        self.number(u64::try_from(count).expect("a length fits 64 bits"))
    }

    /// An entry.
    pub fn entry(&mut self, entry: EntryId) -> &mut Self {
        self.0.update(entry.journal.as_bytes());
        self.number(entry.seq)
    }

    /// Anything that has one encoding.
    pub fn value<T: minicbor::Encode<()>>(&mut self, value: &T) -> &mut Self {
        self.bytes(&to_cbor(value))
    }

    /// Every write of a register.
    pub fn register<V: Stamped + Canonical>(&mut self, register: &Register<V>) -> &mut Self {
        self.len(register.writes().len());
        for write in register.writes() {
            self.entry(write.entry).value(&write.saw);
            write.value.stamp().put(self);
            write.value.put(self);
        }
        self
    }

    /// The first half of the hash.
    pub fn digest(&self) -> [u8; 16] {
        let mut digest = [0; 16];
        self.0.finalize_xof().fill(&mut digest);
        digest
    }
}

/// A value that can be written so that different values are written differently.
pub trait Canonical {
    /// Writes all of it.
    fn put(&self, canon: &mut Canon);
}
