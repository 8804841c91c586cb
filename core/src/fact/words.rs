//! Words that people said to a desk.

use std::fmt;

use crate::limits::FACT_TEXT_CHARS_MAX;

/// A person's own words. `Debug` shows how many characters they have, so they are in no log.
#[derive(Clone, PartialEq, Eq, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct Words(#[n(0)] String);

impl Words {
    /// Takes words as they came, cut to what a fact may hold.
    pub fn new(text: &str) -> Self {
        Self(text.chars().take(FACT_TEXT_CHARS_MAX).collect())
    }

    /// The words, for pages and exports.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Words({} chars)", self.0.chars().count())
    }
}
