//! The evacuee form: which fields it has, in its order, and what each holds.

use digiana_core::fact::edit::{FieldId, Value};
use digiana_core::record::field;

/// What a field of the form holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// One line of text.
    Text,
    /// Yes, no, or not asked yet.
    YesNo,
}

impl Holds {
    /// How a form writes yes.
    pub const YES: &'static str = "yes";

    /// How a form writes no.
    pub const NO: &'static str = "no";

    /// Whether a form's text means anything here. What is neither yes nor no must not become no.
    pub fn takes(self, text: &str) -> bool {
        match self {
            Self::Text => true,
            Self::YesNo => text.is_empty() || text == Self::YES || text == Self::NO,
        }
    }

    /// The value that a form's text means, or nothing for an empty field.
    pub fn value(self, text: &str) -> Option<Value> {
        match self {
            _ if text.is_empty() => None,
            Self::Text => Some(Value::Text(text.to_owned())),
            Self::YesNo => Some(Value::Bool(text == Self::YES)),
        }
    }
}

/// One field of the form.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Its number.
    pub field: FieldId,
    /// The key of its label.
    pub label: &'static str,
    /// What it holds.
    pub holds: Holds,
}

const fn text(field: FieldId, label: &'static str) -> Row {
    Row { field, label, holds: Holds::Text }
}

const fn yes_no(field: FieldId, label: &'static str) -> Row {
    Row { field, label, holds: Holds::YesNo }
}

/// Rows that are asked together.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    /// The key of its heading.
    pub label: &'static str,
    /// Its rows, in their order.
    pub rows: &'static [Row],
}

/// The form.
pub const FORM: [Group; 5] = [
    Group {
        label: "group.stay",
        rows: &[
            text(field::EVACUEE_PLACE, "field.place"),
            text(field::EVACUEE_RELATION, "field.relation"),
            text(field::EVACUEE_PHONE, "field.phone"),
            text(field::EVACUEE_EMERGENCY_CONTACT, "field.emergency_contact"),
        ],
    },
    Group {
        label: "group.health",
        rows: &[
            text(field::EVACUEE_INJURY, "field.injury"),
            text(field::EVACUEE_ILLNESS, "field.illness"),
            text(field::EVACUEE_MEDICINE, "field.medicine"),
            text(field::EVACUEE_ALLERGY, "field.allergy"),
            text(field::EVACUEE_CARE_LEVEL, "field.care_level"),
            text(field::EVACUEE_DISABILITY, "field.disability"),
            yes_no(field::EVACUEE_PREGNANT, "field.pregnant"),
            yes_no(field::EVACUEE_INFANT, "field.infant"),
            yes_no(field::EVACUEE_WHEELCHAIR, "field.wheelchair"),
            text(field::EVACUEE_DEVICE, "field.device"),
        ],
    },
    Group {
        label: "group.home",
        rows: &[
            text(field::EVACUEE_HOME_DAMAGE, "field.home_damage"),
            text(field::EVACUEE_PETS, "field.pets"),
            text(field::EVACUEE_CAR, "field.car"),
        ],
    },
    Group {
        label: "group.words",
        rows: &[
            text(field::EVACUEE_LANGUAGE, "field.language"),
            text(field::EVACUEE_SKILLS, "field.skills"),
            text(field::EVACUEE_WISHES, "field.wishes"),
        ],
    },
    Group {
        label: "group.consent",
        rows: &[
            yes_no(field::EVACUEE_CONSENT_RELATIVES, "field.consent_relatives"),
            yes_no(field::EVACUEE_CONSENT_ACQUAINTANCES, "field.consent_acquaintances"),
            yes_no(field::EVACUEE_CONSENT_PUBLIC, "field.consent_public"),
        ],
    },
];

/// Every row of the form, in its order.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    FORM.iter().flat_map(|group| group.rows)
}

/// The row of a field, if the form has it.
pub fn row(field: FieldId) -> Option<&'static Row> {
    rows().find(|row| row.field == field)
}

#[cfg(test)]
mod tests {
    use super::Holds;

    #[test]
    fn what_is_neither_yes_nor_no_is_not_taken_for_no() {
        assert!(["", "yes", "no"].into_iter().all(|text| Holds::YesNo.takes(text)));
        assert!(["maybe", "true", "YES", " no"].into_iter().all(|text| !Holds::YesNo.takes(text)));
    }
}
