//! The numbers of fields. Released numbers never change their meaning.
//!
//! A site's fields, and those of rules, products, operators, stops and routes, lie in `town`, a
//! person's in `register`, an evacuee's in `care` of the site, a pupil's in `school` of the site, what
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
    /// Site: what it serves, a bit each: 1 shelter, 2 facility that people visit for their health,
    /// 4 school, 8 vehicle, 16 shop. Empty for a shelter, as the GSI's list brings them.
    SITE_SERVES = 12 Int;
    /// Site: the operator whose vehicle it is.
    SITE_OPERATOR = 13 Id;
    /// Site: until when pupils arrive at the school, in minutes since midnight.
    SITE_ARRIVE_BY = 14 Int;
    /// Site: from when on pupils leave the school, in minutes since midnight.
    SITE_LEAVE_FROM = 15 Int;

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
    /// Person: after how many days without being seen somebody is to ask after them, as they or
    /// their family agreed; empty where nobody is to.
    PERSON_WATCH_DAYS = 43 Int;
    /// Person: until which day they are known to be away, in a hospital or with family: days since
    /// 1970-01-01.
    PERSON_AWAY_UNTIL = 44 Int;

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
    /// Point rule: what staff call it.
    RULE_NAME = 160 Text;
    /// Point rule: how many points it gives.
    RULE_POINTS = 161 Int;
    /// Point rule: the only site where it gives them; empty for every site of its kind.
    RULE_SITE = 162 Id;
    /// Point rule: the most it gives one person in one day; empty for no bound.
    RULE_DAILY_CAP = 163 Int;
    /// Point rule: its first day, in days since 1970-01-01; empty for always.
    RULE_FROM = 164 Int;
    /// Point rule: its last day, in days since 1970-01-01; empty for no end.
    RULE_UNTIL = 165 Int;
    /// Point rule: what it gives them for: 0 a visit, 1 an arrival at school.
    RULE_FOR = 166 Int;
    /// Point rule: it is out of use.
    RULE_ENDED = 167 Bool;
    /// Ticket product: what the counter calls it.
    PRODUCT_NAME = 176 Text;
    /// Ticket product: how many tickets a book holds.
    PRODUCT_TICKETS = 177 Int;
    /// Ticket product: what a book costs, in yen.
    PRODUCT_PRICE = 178 Int;
    /// Ticket product: the only operator it is good for; empty for all.
    PRODUCT_OPERATOR = 179 Id;
    /// Ticket product: for how many days a book is good, the day of issue counted; empty for ever.
    PRODUCT_VALID_DAYS = 180 Int;
    /// Ticket product: the class of subsidy, in the town's word.
    PRODUCT_SUBSIDY = 181 Text;
    /// Ticket product: it is out of use.
    PRODUCT_ENDED = 182 Bool;
    /// Operator: its name.
    OPERATOR_NAME = 192 Text;
    /// Operator: 0 buses, 1 taxis.
    OPERATOR_KIND = 193 Int;
    /// Operator: it is out of use.
    OPERATOR_ENDED = 194 Bool;
    /// Stop: its name.
    STOP_NAME = 200 Text;
    /// Stop: its name in kana.
    STOP_KANA = 201 Text;
    /// Stop: it is out of use.
    STOP_ENDED = 202 Bool;
    /// Route: its name.
    ROUTE_NAME = 208 Text;
    /// Route: the operator that runs it.
    ROUTE_OPERATOR = 209 Id;
    /// Route: its stops in order, each as the 16 hexadecimal digits of its record, with spaces.
    ROUTE_STOPS = 210 Text;
    /// Route: its runs, a line each: a time `HH:MM` for each stop, with spaces, `-` where it does
    /// not stop.
    ROUTE_TIMES = 211 Text;
    /// Route: it is out of use.
    ROUTE_ENDED = 212 Bool;
    /// Pupil, in the scope of the school: the name.
    PUPIL_NAME = 224 Text;
    /// Pupil: the name in kana.
    PUPIL_KANA = 225 Text;
    /// Pupil: the class, in the school's word.
    PUPIL_CLASS = 226 Text;
    /// Pupil: they left the school.
    PUPIL_ENDED = 227 Bool;
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

/// Whether a field is one of a point rule's.
pub fn is_of_rule(field: FieldId) -> bool {
    (160..176).contains(&field.0)
}

/// Whether a field is one of a ticket product's.
pub fn is_of_product(field: FieldId) -> bool {
    (176..192).contains(&field.0)
}

/// Whether a field is one of an operator's.
pub fn is_of_operator(field: FieldId) -> bool {
    (192..200).contains(&field.0)
}

/// Whether a field is one of a stop's.
pub fn is_of_stop(field: FieldId) -> bool {
    (200..208).contains(&field.0)
}

/// Whether a field is one of a route's.
pub fn is_of_route(field: FieldId) -> bool {
    (208..224).contains(&field.0)
}

/// Whether a field is one of a pupil's.
pub fn is_of_pupil(field: FieldId) -> bool {
    (224..240).contains(&field.0)
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
