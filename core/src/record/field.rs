//! The numbers of fields. Released numbers never change their meaning.
//!
//! A site's fields lie in `town`, a person's in `register`, an evacuee's in `care` of the site, what
//! headquarters publishes in `public`.

use crate::fact::edit::FieldId;

macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident = $number:literal $kind:ident;)*) => {
        $($(#[$doc])* pub const $name: FieldId = FieldId($number);)*

        /// Every field this version knows: its number, its name in code, and what it holds.
        pub const ALL: &[(FieldId, &str, Holds)] =
            &[$(($name, stringify!($name), Holds::$kind),)*];
    };
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Text of one line.
    Text,
    /// Free text that several people write at once.
    Note,
    /// A whole number.
    Int,
    /// Yes or no.
    Bool,
    /// The bytes of an id.
    Id,
}

fields! {
    /// Site: what people call it.
    SITE_NAME = 1 Text;
    /// Site: its name in kana.
    SITE_KANA = 2 Text;
    /// Site: its address.
    SITE_ADDRESS = 3 Text;
    /// Site: latitude in millionths of a degree, WGS 84.
    SITE_LATITUDE_E6 = 4 Int;
    /// Site: longitude in millionths of a degree, WGS 84.
    SITE_LONGITUDE_E6 = 5 Int;
    /// Site: two bits for each hazard, the lowest for hazard 0: 0 outside the designation's
    /// categories (対象外の区分), 1 designated (指定あり), 2 not designated (指定なし).
    SITE_HAZARDS = 6 Int;
    /// Site: how many people it takes in.
    SITE_CAPACITY = 7 Int;
    /// Site: its designations, as the GSI names them.
    SITE_DESIGNATIONS = 8 Text;
    /// Site: for people who need care only (福祉避難所).
    SITE_WELFARE_ONLY = 9 Bool;
    /// Site: the GSI's key of the site, the first 11 characters of 共通ID.
    SITE_GSI_KEY = 10 Text;
    /// Site: its opening kit was used; each write is one use, and none covers another.
    SITE_KIT_USED = 11 Bool;

    /// Person: the name, as the register writes it.
    PERSON_NAME = 32 Text;
    /// Person: the name in kana.
    PERSON_KANA = 33 Text;
    /// Person: the day of birth, `YYYY-MM-DD`.
    PERSON_BIRTH = 34 Text;
    /// Person: the sex, in the register's word.
    PERSON_SEX = 35 Text;
    /// Person: the address.
    PERSON_ADDRESS = 36 Text;
    /// Person: the neighbourhood association (自治会).
    PERSON_DISTRICT = 37 Text;
    /// Person: the id that all of one household carry.
    PERSON_HOUSEHOLD = 38 Id;
    /// Person: the telephone.
    PERSON_PHONE = 39 Text;
    /// Person: needs care in a disaster (避難行動要支援者).
    PERSON_NEEDS_CARE = 40 Bool;
    /// Person: never to be shown or sounded outside the authority (DV等支援措置).
    PERSON_PROTECTED = 41 Bool;
    /// Person: the id was made in haste at a desk.
    PERSON_WALK_IN = 42 Bool;

    /// Evacuee: relation to the head of the household (続柄).
    EVACUEE_RELATION = 64 Text;
    /// Evacuee: a telephone that answers now.
    EVACUEE_PHONE = 65 Text;
    /// Evacuee: whom to call in an emergency.
    EVACUEE_EMERGENCY_CONTACT = 66 Text;
    /// Evacuee: where in the shelter.
    EVACUEE_PLACE = 67 Text;
    /// Evacuee: what happened to the home.
    EVACUEE_HOME_DAMAGE = 68 Text;
    /// Evacuee: injuries.
    EVACUEE_INJURY = 69 Text;
    /// Evacuee: illnesses.
    EVACUEE_ILLNESS = 70 Text;
    /// Evacuee: medicines.
    EVACUEE_MEDICINE = 71 Text;
    /// Evacuee: allergies.
    EVACUEE_ALLERGY = 72 Text;
    /// Evacuee: level of long-term care (要介護).
    EVACUEE_CARE_LEVEL = 73 Text;
    /// Evacuee: disability.
    EVACUEE_DISABILITY = 74 Text;
    /// Evacuee: pregnant, or shortly after a birth.
    EVACUEE_PREGNANT = 75 Bool;
    /// Evacuee: an infant.
    EVACUEE_INFANT = 76 Bool;
    /// Evacuee: a wheelchair is needed.
    EVACUEE_WHEELCHAIR = 77 Bool;
    /// Evacuee: medical devices, and whether they need power.
    EVACUEE_DEVICE = 78 Text;
    /// Evacuee: animals brought along.
    EVACUEE_PETS = 79 Text;
    /// Evacuee: the car and its number plate.
    EVACUEE_CAR = 80 Text;
    /// Evacuee: languages.
    EVACUEE_LANGUAGE = 81 Text;
    /// Evacuee: what they can help with.
    EVACUEE_SKILLS = 82 Text;
    /// Evacuee: what they ask for.
    EVACUEE_WISHES = 83 Text;
    /// Evacuee: relatives who ask may be told.
    EVACUEE_CONSENT_RELATIVES = 84 Bool;
    /// Evacuee: acquaintances who ask may be told.
    EVACUEE_CONSENT_ACQUAINTANCES = 85 Bool;
    /// Evacuee: anyone may be told.
    EVACUEE_CONSENT_PUBLIC = 86 Bool;

    /// Evacuee: what desks write to each other.
    EVACUEE_NOTE = 100 Note;

    /// Published of a site: its state, numbered as in the fact `SiteStateSet`.
    PUBLISHED_STATE = 128 Int;
    /// Published of a site: how crowded it is, numbered as in the fact `CongestionSet`.
    PUBLISHED_CONGESTION = 129 Int;
    /// Published of a site: roughly how many are there: 0 up to 9, 1 up to 49, 2 up to 99, 3 up to
    /// 199, 4 more. Never a count.
    PUBLISHED_BAND = 130 Int;
    /// Published of a site: when its state was last set, in Unix seconds.
    PUBLISHED_SET_AT = 131 Int;
    /// Published of a site: since when none of its devices is heard, in Unix seconds.
    PUBLISHED_UNHEARD_SINCE = 132 Int;
    /// Published of the incident: what people call it.
    PUBLISHED_INCIDENT_TITLE = 136 Text;
    /// Published of the incident: 0 real, 1 drill.
    PUBLISHED_INCIDENT_KIND = 137 Int;
    /// Published of the incident: what threatens, a bit for each hazard, the lowest for hazard 0.
    PUBLISHED_INCIDENT_HAZARDS = 138 Int;
    /// Published of the incident: since when, in Unix seconds.
    PUBLISHED_INCIDENT_SINCE = 139 Int;
    /// Published of a warning in force: the district; empty text for the whole town.
    PUBLISHED_WARNING_DISTRICT = 144 Text;
    /// Published of a warning in force: its level, 3 to 5.
    PUBLISHED_WARNING_LEVEL = 145 Int;
    /// Published of a warning in force: since when, in Unix seconds.
    PUBLISHED_WARNING_SINCE = 146 Int;
    /// Published of a warning in force: desks noted different levels.
    PUBLISHED_WARNING_DISPUTED = 147 Bool;
    /// When headquarters last published anything that differs, in Unix seconds.
    PUBLISHED_AT = 152 Int;
}

/// Whether a field is one of a site's.
pub fn is_of_site(field: FieldId) -> bool {
    (1..32).contains(&field.0)
}

/// Whether a field is one of a person's.
pub fn is_of_person(field: FieldId) -> bool {
    (32..64).contains(&field.0)
}

/// Whether a field is one that headquarters publishes.
pub fn is_published(field: FieldId) -> bool {
    (128..160).contains(&field.0)
}

/// What a field holds, if this version knows it.
pub fn holds(field: FieldId) -> Option<Holds> {
    ALL.iter().find(|(id, _, _)| *id == field).map(|(_, _, holds)| *holds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_means_two_things() {
        assert!(ALL.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
