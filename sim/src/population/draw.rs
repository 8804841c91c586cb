//! How a town is drawn: households first, then who lives in them.
//!
//! Two shares come from the town's plan: 47.6 % of the people are 65 or older, and households of
//! one person or of old people only are more than half. Kinds of households are dealt from a deck,
//! so that both hold for a few hundred people too and not only for thousands.

use super::{AS_OF, Date, MARK, Name, Need, Person, Relation, Sex, names};
use crate::rng::Rng;

/// The districts (大字) that the addresses of the town's designated shelters and former stations
/// name.
const DISTRICTS: [&str; 18] = [
    "粕渕",
    "浜原",
    "吾郷",
    "簗瀬",
    "乙原",
    "明塚",
    "別府",
    "京覧原",
    "小谷",
    "九日市",
    "石原",
    "潮村",
    "長藤",
    "都賀行",
    "都賀西",
    "都賀本郷",
    "上野",
    "宮内",
];

/// House numbers begin here: far above any in the town.
const HOUSE_FIRST: u32 = 9_001;

const ELDER_AGES: (u32, u32) = (65, 98);

/// Who lives together.
#[derive(Clone, Copy)]
enum Kind {
    ElderAlone,
    Alone,
    ElderCouple,
    ElderWithChild,
    Couple,
    Family,
    ThreeGenerations,
}

/// One hundred households in the proportions of the town.
const DECK: [(Kind, usize); 7] = [
    (Kind::ElderAlone, 21),
    (Kind::Alone, 9),
    (Kind::ElderCouple, 25),
    (Kind::ElderWithChild, 17),
    (Kind::Couple, 6),
    (Kind::Family, 13),
    (Kind::ThreeGenerations, 9),
];

pub(super) fn people(seed: u64, count: u32) -> Vec<Person> {
    let mut draw = Draw {
        homes: Rng::new(seed, "population/homes"),
        ages: Rng::new(seed, "population/ages"),
        names: Rng::new(seed, "population/names"),
        needs: Rng::new(seed, "population/needs"),
    };
    let mut people = Vec::new();
    let mut deck = Vec::new();
    let mut household = 0;
    let mut number = 0;
    while number < count {
        let Some(kind) = deck.pop() else {
            deck = draw.shuffled_deck();
            continue;
        };
        household += 1;
        let members = draw.members(kind);
        let home = draw.home(household);
        for member in members {
            if number == count {
                break;
            }
            number += 1;
            people.push(draw.person(number, household, &home, member));
        }
    }
    people
}

struct Draw {
    homes: Rng,
    ages: Rng,
    names: Rng,
    needs: Rng,
}

struct Home {
    family: Name,
    district: &'static str,
    address: String,
    association: String,
    phone: String,
    suppressed: bool,
}

#[derive(Clone, Copy)]
struct Member {
    relation: Relation,
    sex: Sex,
    age: u32,
}

impl Draw {
    fn shuffled_deck(&mut self) -> Vec<Kind> {
        let mut deck: Vec<Kind> =
            DECK.iter().flat_map(|(kind, times)| std::iter::repeat_n(*kind, *times)).collect();
        self.homes.shuffle(&mut deck);
        deck
    }

    fn members(&mut self, kind: Kind) -> Vec<Member> {
        match kind {
            Kind::ElderAlone => vec![self.elder_alone()],
            Kind::Alone => vec![self.alone(20, 64)],
            Kind::ElderCouple => self.couple(ELDER_AGES.0, 92),
            Kind::ElderWithChild => {
                let head = self.alone(40, 64);
                let mut members = vec![head];
                members.extend(self.parents_of(head));
                members
            }
            Kind::Couple => self.couple(30, 62),
            Kind::Family => self.family(3),
            Kind::ThreeGenerations => {
                let mut members = self.family(2);
                let head = members.first().copied().expect("a family has a head");
                members.extend(self.parents_of(head));
                members
            }
        }
    }

    fn alone(&mut self, youngest: u32, oldest: u32) -> Member {
        let age = self.ages.between(youngest, oldest);
        Member { relation: Relation::Head, sex: self.sex(), age }
    }

    /// Women outlive men: two in three of those who live alone.
    fn elder_alone(&mut self) -> Member {
        let (youngest, oldest) = ELDER_AGES;
        let sex = if self.ages.per_mille(667) { Sex::Female } else { Sex::Male };
        Member { relation: Relation::Head, sex, age: self.ages.between(youngest, oldest) }
    }

    /// Two of nearly the same age, neither below `youngest` nor more than four years over `oldest`.
    fn couple(&mut self, youngest: u32, oldest: u32) -> Vec<Member> {
        let age = self.ages.between(youngest, oldest);
        let (sex, other) = match self.sex() {
            Sex::Female => (Sex::Female, Sex::Male),
            Sex::Male => (Sex::Male, Sex::Female),
        };
        let spouse = (age + self.ages.below(5)).max(youngest);
        vec![
            Member { relation: Relation::Head, sex, age },
            Member { relation: Relation::Spouse, sex: other, age: spouse },
        ]
    }

    /// Parents with one to `children_max` children under twenty.
    fn family(&mut self, children_max: u32) -> Vec<Member> {
        let mut members = self.couple(40, 52);
        for _ in 0..self.ages.between(1, children_max) {
            members.push(Member {
                relation: Relation::Child,
                sex: self.sex(),
                age: self.ages.below(20),
            });
        }
        members
    }

    /// One or both parents of somebody, 25 to 33 years older and 65 at least.
    fn parents_of(&mut self, child: Member) -> Vec<Member> {
        let mother = (child.age + self.ages.between(25, 33)).clamp(ELDER_AGES.0, ELDER_AGES.1);
        let father = (mother + self.ages.below(4)).min(ELDER_AGES.1);
        let parent = |sex, age| Member { relation: Relation::Parent, sex, age };
        match self.ages.below(4) {
            0 | 1 => vec![parent(Sex::Male, father), parent(Sex::Female, mother)],
            2 => vec![parent(Sex::Female, mother)],
            _ => vec![parent(Sex::Male, father)],
        }
    }

    fn sex(&mut self) -> Sex {
        *self.ages.choose(&[Sex::Female, Sex::Male])
    }

    fn home(&mut self, household: u32) -> Home {
        let district = *self.homes.choose(&DISTRICTS);
        let house = HOUSE_FIRST + self.homes.below(900);
        let association = self.homes.between(1, 4);
        let (high, low) = (household / 10_000, household % 10_000);
        Home {
            family: named(self.names.choose(&names::FAMILY)),
            district,
            address: format!("島根県邑智郡美郷町{district}{house}番地"),
            association: format!("{district}第{association}自治会（{MARK}）"),
            phone: format!("0000-{high:02}-{low:04}"),
            suppressed: self.needs.per_mille(4),
        }
    }

    fn person(&mut self, number: u32, household: u32, home: &Home, member: Member) -> Person {
        let birth = self.birth(member.age);
        let given = match (birth.year, member.sex) {
            (..1960, Sex::Female) => &names::WOMEN_OLD,
            (..1960, Sex::Male) => &names::MEN_OLD,
            (1960..2000, Sex::Female) => &names::WOMEN_MIDDLE,
            (1960..2000, Sex::Male) => &names::MEN_MIDDLE,
            (2000.., Sex::Female) => &names::WOMEN_YOUNG,
            (2000.., Sex::Male) => &names::MEN_YOUNG,
        };
        Person {
            number,
            household,
            relation: member.relation,
            family: home.family,
            given: named(self.names.choose(given)),
            birth,
            sex: member.sex,
            district: home.district,
            address: home.address.clone(),
            association: home.association.clone(),
            phone: home.phone.clone(),
            need: self.need(member),
            suppressed: home.suppressed,
        }
    }

    /// A day on which somebody of that age on [`AS_OF`] can have been born. No 29th, 30th or 31st:
    /// every month has the rest.
    fn birth(&mut self, age: u32) -> Date {
        let small = |number: u32| u8::try_from(number).expect("months and days are small");
        let (month, day) = (small(self.ages.between(1, 12)), small(self.ages.between(1, 28)));
        let birthday_came = (month, day) <= (AS_OF.month, AS_OF.day);
        let age = u16::try_from(age).expect("nobody is 65,536 years old");
        Date { year: AS_OF.year - age - u16::from(!birthday_came), month, day }
    }

    fn need(&mut self, member: Member) -> Option<Need> {
        let (care, other) = match member.age {
            0..=5 => return Some(Need::Infant),
            6..=64 => (0, 20),
            65..=74 => (40, 30),
            75..=84 => (160, 40),
            85.. => (420, 40),
        };
        if self.needs.per_mille(care) {
            return Some(Need::Care);
        }
        if self.needs.per_mille(other) {
            return Some(*self.needs.choose(&[Need::Disability, Need::MedicalDevice]));
        }
        let may_bear = member.sex == Sex::Female && (20..=42).contains(&member.age);
        (may_bear && self.needs.per_mille(40)).then_some(Need::Pregnancy)
    }
}

fn named((written, kana): &names::Named) -> Name {
    Name { written, kana }
}
