//! Edits: one write of one field of a shared record.

use std::fmt;

use crate::fact::words::Words;
use crate::id::{EntryId, RecordId};
use crate::register::Saw;

/// The number of a field. Which numbers mean what stands in `record::field`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode,
)]
#[cbor(transparent)]
pub struct FieldId(#[n(0)] pub u16);

/// One field of one record is written.
#[derive(Debug, Clone, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Edit {
    /// Which record.
    #[n(0)]
    pub record: RecordId,
    /// Which of its fields.
    #[n(1)]
    pub field: FieldId,
    /// What is done to the field.
    #[n(2)]
    pub change: Change,
    /// What its author held of this field when the form was shown.
    #[n(3)]
    pub saw: Saw,
    /// When it was true, if that was before it was recorded: Unix seconds.
    #[n(4)]
    pub happened_at: Option<i64>,
}

/// What an edit does to its field.
#[derive(Debug, Clone, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub enum Change {
    /// The field now holds this value.
    #[n(0)]
    Put(#[n(0)] Value),
    /// The field is empty again.
    #[n(1)]
    Delete,
    /// Characters of a free text are put in or taken out.
    #[n(2)]
    Splice(#[n(0)] Splice),
}

/// What a field can hold. `Debug` shows its kind and length only: it may be a name.
#[derive(Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub enum Value {
    /// UTF-8 text, as it came.
    #[n(0)]
    Text(#[n(0)] String),
    /// A whole number.
    #[n(1)]
    Int(#[n(0)] i64),
    /// Yes or no.
    #[n(2)]
    Bool(#[n(0)] bool),
    /// Bytes, for ids.
    #[n(3)]
    Bytes(#[cbor(n(0), with = "minicbor::bytes")] Vec<u8>),
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::Text(_) => "Text",
            Self::Int(_) => "Int",
            Self::Bool(_) => "Bool",
            Self::Bytes(_) => "Bytes",
        };
        write!(f, "{kind}({} bytes)", self.len())
    }
}

impl Value {
    /// How many bytes of content it holds.
    pub fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Int(_) => 8,
            Self::Bool(_) => 1,
            Self::Bytes(bytes) => bytes.len(),
        }
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Characters put into and taken out of a free text.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Splice {
    /// What the new characters follow: at most three characters of distinct journals, nearest
    /// first. The first that is admitted anchors the text; none of them: the head of the text.
    #[n(0)]
    pub after: Vec<Element>,
    /// The character to the right, if there was one.
    #[n(1)]
    pub before: Option<Element>,
    /// The new characters.
    #[n(2)]
    pub text: Words,
    /// Runs of characters taken out.
    #[n(3)]
    pub deleted: Vec<DeletedRun>,
}

/// One character of a free text: the `index`-th that `splice` put in.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode,
)]
#[cbor(array)]
pub struct Element {
    /// The edit that put it in.
    #[n(0)]
    pub splice: EntryId,
    /// Its place among the characters of that edit, from 0.
    #[n(1)]
    pub index: u32,
}

/// A run of characters that one edit put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct DeletedRun {
    /// Its first character.
    #[n(0)]
    pub from: Element,
    /// How many.
    #[n(1)]
    pub len: u32,
}
