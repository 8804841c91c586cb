//! Paper cards are entered when the power is back: with the time that stands on them (後追い入力).

use super::Address;
use crate::page::form::Fields;
use crate::page::typed::{Mistake, Typed, Wrong};
use crate::page::when;

const HAPPENED_AT: Typed = Typed::new("happened_at", "late.happened_at");

/// The mode for paper cards, with the time of the last one: most of a stack are of one evening.
#[derive(Clone)]
pub(crate) struct Late(Option<i64>);

impl Late {
    /// The mode that an address asks for.
    pub(super) fn asked(query: Option<&str>) -> Option<Self> {
        let query = query.filter(|text| !text.is_empty())?;
        Some(Self(when::of_typed(query)))
    }

    /// The mode that a form was sent in, with the time that was typed.
    pub(super) fn typed(fields: &Fields) -> Option<Self> {
        let mode = Self::asked(Some(fields.text("late")))?;
        Some(Self(when::of_typed(fields.text(HAPPENED_AT.field)).or(mode.0)))
    }

    /// How an address says it.
    pub(super) fn word(&self) -> String {
        self.0.map_or_else(|| "1".to_owned(), when::typed)
    }
}

/// When what a form tells of happened; `None` for now. On a paper card it was never now.
pub(super) fn happened_at(fields: &Fields, now: i64) -> Result<Option<i64>, Mistake> {
    let at = HAPPENED_AT.moment(fields, now)?;
    let is_card = fields.has(HAPPENED_AT.field) && !fields.text("late").is_empty();
    if is_card && at.is_none() { Err(HAPPENED_AT.is(Wrong::Missing)) } else { Ok(at) }
}

/// The mode as a page shows it.
pub(super) struct LateLine {
    pub(super) is_on: bool,
    /// What its forms carry.
    pub(super) word: String,
    /// What stands in the field.
    pub(super) time: String,
    /// The address of the other mode.
    pub(super) other: String,
}

impl LateLine {
    pub(super) fn of(late: Option<&Late>, address: &Address) -> Self {
        let other = if late.is_some() { None } else { Some(Late(None)) };
        Self {
            is_on: late.is_some(),
            word: late.map_or_else(String::new, Late::word),
            time: late.and_then(|late| late.0).map_or_else(String::new, when::typed),
            other: address.clone().late(other).to_string(),
        }
    }
}
