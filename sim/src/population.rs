//! People of the town for pretend: as many, as old and as alone as the town's plan says, and none
//! of them real.
//!
//! Names, houses, telephones and illnesses are drawn from a seed. District names are the town's own;
//! house numbers, neighbourhood associations and telephones are such as cannot exist. Each person
//! carries [`MARK`].

mod draw;
mod names;
pub mod register_csv;
#[cfg(test)]
mod tests;

use std::fmt;

/// What every generated person is labelled with: drill data.
pub const MARK: &str = "訓練データ";

/// How many people the town's plan counts.
pub const TOWN_PEOPLE: u32 = 4_231;

/// The most people a generated town may have: a hundred times the real one.
pub const PEOPLE_MAX: u32 = 423_100;

/// The day on which ages are counted; a generated town never grows older.
pub const AS_OF: Date = Date { year: 2026, month: 4, day: 1 };

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    /// The year of the common era.
    pub year: u16,
    /// From 1.
    pub month: u8,
    /// From 1.
    pub day: u8,
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// As the register has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sex {
    /// 女
    Female,
    /// 男
    Male,
}

impl Sex {
    /// As it stands in a register file.
    pub fn label(self) -> &'static str {
        match self {
            Self::Female => "女",
            Self::Male => "男",
        }
    }
}

/// What someone is to the head of the household.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// 世帯主
    Head,
    /// 夫 or 妻
    Spouse,
    /// 子
    Child,
    /// 父 or 母
    Parent,
}

/// Why someone needs particular care in a disaster (要配慮者).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// 要介護
    Care,
    /// 障がい
    Disability,
    /// 医療機器
    MedicalDevice,
    /// 妊産婦
    Pregnancy,
    /// 乳幼児
    Infant,
}

impl Need {
    /// As it stands in a register file.
    pub fn label(self) -> &'static str {
        match self {
            Self::Care => "要介護",
            Self::Disability => "障がい",
            Self::MedicalDevice => "医療機器",
            Self::Pregnancy => "妊産婦",
            Self::Infant => "乳幼児",
        }
    }
}

/// Half of somebody's name. Its `Debug` is silent: no person's name is ever in a log.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Name {
    /// As written.
    pub written: &'static str,
    /// In katakana.
    pub kana: &'static str,
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Name(hidden)")
    }
}

/// Somebody who does not exist. `Debug` shows the number only, as it would for a real person.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// From 1, in order of households. The person's virtual card is `Uid::of_person(seed, number)`.
    pub number: u32,
    /// From 1.
    pub household: u32,
    /// What the person is to the head of the household.
    pub relation: Relation,
    /// Family name.
    pub family: Name,
    /// Given name.
    pub given: Name,
    /// Never after [`AS_OF`].
    pub birth: Date,
    /// As the register has it.
    pub sex: Sex,
    /// A district of the town by its real name.
    pub district: &'static str,
    /// The whole address; its house number exists nowhere.
    pub address: String,
    /// A neighbourhood association (自治会) that does not exist, with [`MARK`].
    pub association: String,
    /// Begins with 0000, which no telephone network assigns; one for each household.
    pub phone: String,
    /// The reason for particular care, for whom it is needed.
    pub need: Option<Need>,
    /// Hidden from every view but the authority's (支援措置).
    pub suppressed: bool,
}

impl Person {
    /// Years completed on [`AS_OF`].
    pub fn age(&self) -> u16 {
        let birthday_came = (self.birth.month, self.birth.day) <= (AS_OF.month, AS_OF.day);
        AS_OF.year - self.birth.year - u16::from(!birthday_came)
    }

    /// Family and given name with the space between them.
    pub fn name(&self) -> String {
        format!("{} {}", self.family.written, self.given.written)
    }

    /// The reading of [`name`](Self::name) in katakana.
    pub fn kana(&self) -> String {
        format!("{} {}", self.family.kana, self.given.kana)
    }

    /// The label that says nobody real is meant.
    pub fn mark(&self) -> &'static str {
        MARK
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Person({})", self.number)
    }
}

/// Makes towns.
#[derive(Debug)]
pub struct People;

impl People {
    /// The first `count` people of the town of this seed, households together and in order of their
    /// numbers. The same seed and count give the same people.
    ///
    /// # Panics
    ///
    /// When `count` is over [`PEOPLE_MAX`].
    pub fn generate(seed: u64, count: u32) -> Vec<Person> {
        assert!(count <= PEOPLE_MAX, "a generated town has at most {PEOPLE_MAX} people");
        draw::people(seed, count)
    }
}

/// A hash of everything about these people: equal towns have equal digests.
pub fn digest(people: &[Person]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key("digiana/sim/population/1");
    hasher.update(register_csv::to_bytes(people).as_slice());
    *hasher.finalize().as_bytes()
}
