//! One text for one state, so that two replicas can compare what they made of their facts.
//!
//! A fold writes its whole state, in the order of its keys and so that it can be read in one way
//! only, into a [`Canon`]; two states have the same digest when they are equal, and only then.

use crate::id::{EntryId, NodeId};
use crate::register::{Register, Write};

use super::stamp::Stamped;

/// How much text waits to be hashed: a hash takes much at once far quicker than the same in words.
const TEXT_BYTES_MAX: usize = 1 << 14;

/// A hash in the making.
#[derive(Debug)]
pub struct Canon {
    hasher: blake3::Hasher,
    // Invariant: what is not hashed yet, little longer than `TEXT_BYTES_MAX`.
    text: Vec<u8>,
}

impl Canon {
    /// Begins the digest of one kind of fold.
    pub fn of(fold: &str) -> Self {
        let mut canon = Self { hasher: blake3::Hasher::new(), text: Vec::new() };
        canon.bytes(b"digiana/fold/2").bytes(fold.as_bytes());
        canon
    }

    /// Bytes of any length.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.len(bytes.len()).fixed(bytes)
    }

    /// Bytes of a length that the place gives.
    pub fn fixed(&mut self, bytes: &[u8]) -> &mut Self {
        self.text.extend_from_slice(bytes);
        if self.text.len() >= TEXT_BYTES_MAX {
            self.hasher.update(&self.text);
            self.text.clear();
        }
        self
    }

    /// A whole number.
    pub fn number(&mut self, number: u64) -> &mut Self {
        self.fixed(&number.to_le_bytes())
    }

    /// How many things follow.
    pub fn len(&mut self, count: usize) -> &mut Self {
        self.number(u64::try_from(count).expect("a length fits 64 bits"))
    }

    /// An entry.
    pub fn entry(&mut self, entry: EntryId) -> &mut Self {
        self.fixed(entry.journal.as_bytes()).number(entry.seq)
    }

    /// Anything that has one encoding, which says itself where it ends.
    pub fn value<T: minicbor::Encode<()>>(&mut self, value: &T) -> &mut Self {
        minicbor::encode(value, &mut self.text).expect("writing to a Vec cannot fail");
        self.fixed(&[])
    }

    /// Anything that knows how it is written.
    pub fn put(&mut self, value: &impl Canonical) -> &mut Self {
        value.put(self);
        self
    }

    /// The first half of the hash.
    pub fn digest(mut self) -> [u8; 16] {
        let mut digest = [0; 16];
        self.hasher.update(&self.text).finalize_xof().fill(&mut digest);
        digest
    }
}

/// A value that can be written so that different values are written differently.
pub trait Canonical {
    /// Writes all of it.
    fn put(&self, canon: &mut Canon);
}

impl<V: Stamped + Canonical> Canonical for Register<V> {
    fn put(&self, canon: &mut Canon) {
        canon.len(self.writes().len());
        self.writes().iter().for_each(|write| write.put(canon));
    }
}

impl<V: Stamped + Canonical> Canonical for Write<V> {
    fn put(&self, canon: &mut Canon) {
        canon.entry(self.entry).value(&self.saw).put(self.value.stamp()).put(&self.value);
    }
}

impl<T: Canonical> Canonical for Vec<T> {
    fn put(&self, canon: &mut Canon) {
        canon.len(self.len());
        self.iter().for_each(|one| one.put(canon));
    }
}

impl Canonical for NodeId {
    fn put(&self, canon: &mut Canon) {
        canon.value(self);
    }
}

/// The first bytes of an entry's hash.
impl Canonical for [u8; 4] {
    fn put(&self, canon: &mut Canon) {
        canon.fixed(self);
    }
}
