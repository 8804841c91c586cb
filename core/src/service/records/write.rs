//! The rule of a form: which edits a desk's words become.

use crate::fact::Fact;
use crate::fact::edit::{Change, Edit, FieldId, Value};
use crate::id::RecordId;
use crate::limits::{EDIT_FIELDS_MAX, VALUE_BYTES_MAX};
use crate::record::field::{Holds, holds};
use crate::register::{Register, Saw};
use crate::token::looks_like_my_number;

use super::RecordsFold;

/// One field of a form that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldEntry {
    /// Which field.
    pub field: FieldId,
    /// What it is to hold; none to empty it.
    pub value: Option<Value>,
    /// What the form showed of it; none where no form was shown, as in an import.
    pub saw: Option<Saw>,
}

/// Why a form was not taken; nothing of it was. Checked in this order, field by field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormRefusal {
    /// More fields than one command may write.
    #[error("one form may write at most {EDIT_FIELDS_MAX} fields")]
    TooManyFields,
    /// The field is not known, is free text, or holds another kind of value.
    #[error("field {} holds no such value", .field.0)]
    WrongKind {
        /// Which.
        field: FieldId,
    },
    /// The value is too long.
    #[error("field {} holds at most {VALUE_BYTES_MAX} bytes", .field.0)]
    TooLong {
        /// Which.
        field: FieldId,
    },
    /// The text carries what looks like a My Number, which is never kept.
    #[error("field {} carries a 12-digit number, which must never be entered here", .field.0)]
    LooksLikeMyNumber {
        /// Which.
        field: FieldId,
    },
    /// Every field holds what the form says already.
    #[error("it is so already")]
    NothingToChange,
}

/// Decides what a form writes: an edit for each field that changes.
///
/// # Errors
/// The first refusal that applies.
pub fn decide_form(
    fold: &RecordsFold,
    record: RecordId,
    form: &[FieldEntry],
    happened_at: Option<i64>,
) -> Result<Vec<Fact>, FormRefusal> {
    if form.len() > EDIT_FIELDS_MAX {
        return Err(FormRefusal::TooManyFields);
    }
    let mut facts = Vec::new();
    for FieldEntry { field, value, saw } in form {
        value.as_ref().map_or(Ok(()), |value| fits(*field, value))?;
        let register = fold.field(record, *field);
        let held =
            register.and_then(Register::settled).and_then(|write| write.value.value.as_ref());
        let undisputed = register.is_none_or(|register| register.settled().is_some());
        if undisputed && held == value.as_ref() {
            continue;
        }
        let now = || register.map_or(Saw::NOTHING, Register::saw);
        let change = value.clone().map_or(Change::Delete, Change::Put);
        let saw = saw.clone().unwrap_or_else(now);
        facts.push(Fact::Edit(Edit { record, field: *field, change, saw, happened_at }));
    }
    if facts.is_empty() { Err(FormRefusal::NothingToChange) } else { Ok(facts) }
}

fn fits(field: FieldId, value: &Value) -> Result<(), FormRefusal> {
    let right = match (holds(field), value) {
        (Some(Holds::Text), Value::Text(_))
        | (Some(Holds::Int), Value::Int(_))
        | (Some(Holds::Bool), Value::Bool(_)) => true,
        (Some(Holds::Id), Value::Bytes(bytes)) => bytes.len() == RecordId::LEN,
        (Some(_) | None, _) => false,
    };
    if !right {
        return Err(FormRefusal::WrongKind { field });
    }
    if value.len() > VALUE_BYTES_MAX {
        return Err(FormRefusal::TooLong { field });
    }
    match value {
        Value::Text(text) if looks_like_my_number(text) => {
            Err(FormRefusal::LooksLikeMyNumber { field })
        }
        Value::Text(_) | Value::Int(_) | Value::Bool(_) | Value::Bytes(_) => Ok(()),
    }
}
