//! A map that knows its digest.
//!
//! Every receipt asks what a fold comes to, once a minute, and little has changed since the last one.
//! So rows are hashed in leaves, by the first byte of their key, and a leaf's hash is kept until one
//! of its rows changes. Rows change through the methods of this type only, and each of them forgets
//! what is no longer so: no fold has anything to remember.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::OnceLock;

use crate::fact::edit::FieldId;
use crate::id::{EntryId, JournalId, PersonId, RecordId, SiteId};
use crate::token::TokenTag;

use super::canon::{Canon, Canonical};
use super::derived::Derived;

/// How many leaves there are: one for each first byte.
const LEAVES: usize = 1 << u8::BITS;

/// The bytes of a digest.
type Digest = [u8; 16];

/// Rows by key. It is read as the map it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digested<K, V> {
    rows: BTreeMap<K, V>,
    // Made at the first question: what is folded at a start is hashed once, when all is there.
    leaves: Derived<Leaves>,
}

/// What was hashed and is still so: five kibibytes, however many rows there are.
struct Leaves {
    each: [OnceLock<Digest>; LEAVES],
    together: OnceLock<Digest>,
}

impl Default for Leaves {
    fn default() -> Self {
        Self { each: std::array::from_fn(|_| OnceLock::new()), together: OnceLock::new() }
    }
}

/// A key whose first byte is as good as drawn, so that rows spread over all leaves: a random name,
/// a hash, or something that begins with one.
pub trait Key: Copy + Ord + minicbor::Encode<()> {
    /// The byte it begins with.
    fn first_byte(&self) -> u8;

    /// The least key that begins with a byte.
    fn least(first_byte: u8) -> Self;
}

/// What lies under a key: nothing, until something is put there.
pub trait Content: Canonical + Default {
    /// Whether nothing lies there.
    fn is_empty(&self) -> bool;
}

impl<K, V> Default for Digested<K, V> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), leaves: Derived::default() }
    }
}

impl<K, V> Deref for Digested<K, V> {
    type Target = BTreeMap<K, V>;

    fn deref(&self) -> &BTreeMap<K, V> {
        &self.rows
    }
}

impl<'a, K, V> IntoIterator for &'a Digested<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = std::collections::btree_map::Iter<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.rows.iter()
    }
}

impl<K: Key, V> Digested<K, V> {
    /// Puts a row under a key, in the place of what lies there.
    pub fn insert(&mut self, key: K, row: V) {
        self.forget_leaf_of(key);
        self.rows.insert(key, row);
    }

    /// Takes a row out; none where there is none.
    pub fn remove(&mut self, key: K) -> Option<V> {
        self.forget_leaf_of(key);
        self.rows.remove(&key)
    }

    fn forget_leaf_of(&mut self, key: K) {
        let Some(leaves) = self.leaves.made() else { return };
        leaves.together.take();
        if let Some(leaf) = leaves.each.get_mut(usize::from(key.first_byte())) {
            leaf.take();
        }
    }
}

impl<K: Key, V: Content> Digested<K, V> {
    /// Changes what lies under a key. What is empty then is taken out.
    pub fn change<T>(&mut self, key: K, change: impl FnOnce(&mut V) -> T) -> T {
        self.forget_leaf_of(key);
        let row = self.rows.entry(key).or_default();
        let result = change(row);
        if row.is_empty() {
            self.rows.remove(&key);
        }
        result
    }
}

impl<K: Key, V: Canonical> Digested<K, V> {
    /// Sixteen bytes that are equal for equal rows, and only for them.
    pub fn digest(&self) -> Digest {
        if self.rows.is_empty() {
            return [0; 16];
        }
        let leaves = self.leaves.get(Leaves::default);
        *leaves.together.get_or_init(|| {
            let mut canon = Canon::of("leaves");
            for (byte, leaf) in (0..=u8::MAX).zip(&leaves.each) {
                canon.fixed(leaf.get_or_init(|| self.leaf(byte)));
            }
            canon.digest()
        })
    }

    fn leaf(&self, byte: u8) -> Digest {
        let from = self.rows.range(K::least(byte)..);
        let mut rows = from.take_while(|(key, _)| key.first_byte() == byte).peekable();
        if rows.peek().is_none() {
            return [0; 16];
        }
        let mut canon = Canon::of("leaf");
        for (key, row) in rows {
            canon.value(key).put(row);
        }
        canon.digest()
    }
}

impl<K: Key, V: Canonical> Canonical for Digested<K, V> {
    fn put(&self, canon: &mut Canon) {
        canon.fixed(&self.digest());
    }
}

macro_rules! names {
    ($($name:ident),*) => {$(
        impl Key for $name {
            fn first_byte(&self) -> u8 {
                self.0.first().copied().unwrap_or_default()
            }

            fn least(first_byte: u8) -> Self {
                let mut name = Self([0; size_of::<Self>()]);
                name.0.iter_mut().take(1).for_each(|byte| *byte = first_byte);
                name
            }
        }
    )*};
}

names!(JournalId, PersonId, RecordId, SiteId, TokenTag);

impl Key for EntryId {
    fn first_byte(&self) -> u8 {
        self.journal.first_byte()
    }

    fn least(first_byte: u8) -> Self {
        Self { journal: JournalId::least(first_byte), seq: 0 }
    }
}

impl Key for (RecordId, FieldId) {
    fn first_byte(&self) -> u8 {
        self.0.first_byte()
    }

    fn least(first_byte: u8) -> Self {
        (RecordId::least(first_byte), FieldId(0))
    }
}

impl<T: Canonical> Content for Vec<T> {
    fn is_empty(&self) -> bool {
        self.is_empty()
    }
}

#[cfg(test)]
pub(crate) mod tests;
