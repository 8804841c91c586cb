//! Random small histories: whoever holds any part of them, in any order, sees what the model says.

use digiana_core::engine::folds::Folds;
use digiana_core::fact::Fact;
use digiana_core::fact::correct::Correct;
use digiana_core::fact::edit::{Change, DeletedRun, Edit, Element, FieldId, Splice, Value};
use digiana_core::fact::school::{Attendance, Attends};
use digiana_core::fact::shelter::{
    Act, Assurance, ConfirmedSafe, Congestion, CongestionSet, IncidentClosed, IncidentKind,
    IncidentOpened, Presence, SafePlace, SiteState, SiteStateSet,
};
use digiana_core::fact::token::{PersonsJoined, TokenSet, TokenState};
use digiana_core::fact::transport::{BookIssued, BookVoided, Ride};
use digiana_core::fact::warning::{WarningLevel, WarningSet};
use digiana_core::fact::wellbeing::{
    Award, Grant, Reverse, Settle, Settlement, Spend, Transfer, Visit,
};
use digiana_core::fact::words::Words;
use digiana_core::id::{BookId, EntryId, IncidentId, PersonId, SiteId};
use digiana_core::record::field;
use digiana_core::register::Saw;
use digiana_core::scope::Scope;
use digiana_core::time::{Confidence, Day, Wall};
use digiana_core::token::TokenTag;

use super::rehearsal::{FLOOD, START, Said, hear, person, record, site, told};
use crate::rng::Rng;
use crate::simulator::model::{Held, Recorded, compare};

const SEEDS: u64 = 300;
const FACTS: u32 = 70;

#[test]
fn whoever_holds_any_part_of_a_history_in_any_order_sees_what_the_model_says() {
    let asked = std::env::var("DIGIANA_SEEDS").unwrap_or_default();
    let (from, to) = asked.split_once("..").unwrap_or(("0", ""));
    let from: u64 = from.parse().unwrap_or(0);
    let to = to.parse().unwrap_or(from + SEEDS);
    for seed in from..to {
        let mut draw = Draw { rng: Rng::new(seed, "model/drawn") };
        let said = draw.history(FACTS);
        for _ in 0..3 {
            let (held, shown) = draw.replica(&said);
            let expected = said.model.expect(&|recorded| held_of(&said, &held, recorded));
            let differences = compare(&expected, &shown);
            assert!(
                differences.is_empty(),
                "DIGIANA_SEEDS={seed}..{} shows it:\n{}",
                seed + 1,
                told(&differences)
            );
        }
    }
}

fn held_of(said: &Said, held: &[Held], recorded: &Recorded) -> Held {
    let place = said.facts.iter().position(|fact| fact.entry == recorded.entry);
    held[place.unwrap()]
}

/// What a seed draws.
pub(super) struct Draw {
    pub(super) rng: Rng,
}

impl Draw {
    /// A history of so many facts.
    pub(super) fn history(&mut self, facts: u32) -> Said {
        let mut said = Said::default();
        let mut counter = 0;
        for _ in 0..facts {
            let (scope, fact) = self.fact(&said);
            let desk = *self.rng.choose(&['A', 'B', 'C', 'D']);
            // Desks that do not hear each other count the same numbers.
            counter = (counter + u64::from(self.rng.below(3))).saturating_sub(1);
            let wall = self.wall();
            said.say_at(desk, scope, counter + 1, wall, fact);
        }
        said
    }

    /// What a replica holds of a history, and what its folds made of it in some order.
    pub(super) fn replica(&mut self, said: &Said) -> (Vec<Held>, Folds) {
        let lacks = self.rng.below(400);
        let doubts = self.rng.below(200);
        let draw = |rng: &mut Rng| match rng.below(1000) {
            drawn if drawn < lacks => Held::Not,
            drawn if drawn < lacks + doubts => Held::Unverified,
            _ => Held::Admitted,
        };
        let held: Vec<Held> = said.facts.iter().map(|_| draw(&mut self.rng)).collect();
        let mut order: Vec<usize> = (0..held.len()).collect();
        self.rng.shuffle(&mut order);
        let mut folds = Folds::default();
        for place in &order {
            if self.rng.per_mille(100) && held[*place] == Held::Admitted {
                hear(&mut folds, &said.facts[*place], Held::Unverified);
            }
            hear(&mut folds, &said.facts[*place], held[*place]);
            let again = *self.rng.choose(&order);
            if self.rng.per_mille(100) {
                hear(&mut folds, &said.facts[again], held[again]);
            }
        }
        (held, folds)
    }

    fn wall(&mut self) -> Wall {
        let seconds = match self.rng.below(20) {
            0 => i64::from(self.rng.below(90_000)),
            1 => START + 86_400 * 3650,
            _ => START + i64::from(self.rng.below(3 * 86_400)),
        };
        let confidence =
            *self.rng.choose(&[Confidence::Unsure, Confidence::Held, Confidence::Synced]);
        Wall { seconds, confidence }
    }

    fn happened_at(&mut self) -> Option<i64> {
        self.rng.per_mille(200).then(|| START + i64::from(self.rng.below(3 * 86_400)))
    }

    fn person(&mut self) -> PersonId {
        person(u8::try_from(self.rng.between(1, 6)).unwrap())
    }

    fn site(&mut self) -> SiteId {
        site(*self.rng.choose(&['A', 'B', 'C']))
    }

    fn incident(&mut self) -> IncidentId {
        if self.rng.per_mille(850) { FLOOD } else { IncidentId([2; 8]) }
    }

    fn small(&mut self, most: u32) -> u32 {
        self.rng.below(most + 1)
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        *self.rng.choose(all)
    }

    /// Some of the earlier facts of a kind and scope, and now and then of anything.
    fn saw(&mut self, said: &Said, scope: Scope, kind: u32) -> Saw {
        let chance = self.rng.below(900);
        let mut dots: Vec<EntryId> = Vec::new();
        for recorded in &said.facts {
            let same = recorded.scope == scope && recorded.fact.kind().0 == kind;
            let chance = if same { chance } else { 5 };
            if self.rng.per_mille(chance) {
                dots.push(recorded.entry);
            }
        }
        self.rng.shuffle(&mut dots);
        Saw::new(dots)
    }

    fn earlier<'s>(
        &mut self,
        said: &'s Said,
        wanted: &dyn Fn(&Recorded) -> bool,
    ) -> Option<&'s Recorded> {
        let all: Vec<&Recorded> = said.facts.iter().filter(|it| wanted(it)).collect();
        (!all.is_empty()).then(|| *self.rng.choose(&all))
    }

    fn fact(&mut self, said: &Said) -> (Scope, Fact) {
        match self.rng.below(20) {
            0..6 => (Scope::Shelter, self.shelter(said)),
            6..8 => (Scope::Tokens, self.token(said)),
            8..11 => (Scope::Transport, self.transport()),
            11..14 => (Scope::Wellbeing, self.wellbeing(said)),
            14..16 => (Scope::School(site('A')), self.attendance(said)),
            16..18 => self.edit(said),
            _ => self.correct(said),
        }
    }

    fn shelter(&mut self, said: &Said) -> Fact {
        let (incident, happened_at) = (self.incident(), self.happened_at());
        let (site, person) = (self.site(), self.person());
        let assurance = self.of(&[Assurance::Listed, Assurance::Vouched, Assurance::Proven]);
        match self.rng.below(14) {
            0 => {
                let (kind, hazards) = (IncidentKind::Drill, Vec::new());
                let title = "訓練".to_owned();
                IncidentOpened { incident, kind, hazards, title, happened_at }.into()
            }
            1 if self.rng.per_mille(300) => IncidentClosed { incident, happened_at }.into(),
            1 | 2 => {
                let states = [
                    SiteState::NotOpened,
                    SiteState::Preparing,
                    SiteState::Open,
                    SiteState::Suspended,
                    SiteState::Closed,
                ];
                let (state, saw) = (self.of(&states), self.saw(said, Scope::Shelter, 18));
                SiteStateSet { incident, site, state, saw, happened_at }.into()
            }
            3 => {
                let level = self.of(&[None, Some(Congestion::Full), Some(Congestion::Free)]);
                let (until, saw) = (START + 7200, self.saw(said, Scope::Shelter, 21));
                CongestionSet { incident, site, level, until, saw }.into()
            }
            4 => {
                let level = self.of(&[None, Some(WarningLevel::EveryoneLeaves)]);
                let district = self.of(&["", "都賀"]).to_owned();
                let saw = self.saw(said, Scope::Shelter, 22);
                WarningSet { incident, district, level, saw, happened_at }.into()
            }
            5 => {
                let place = SafePlace::Home;
                ConfirmedSafe { incident, person, place, assurance, happened_at }.into()
            }
            _ => {
                let act =
                    self.of(&[Act::CheckIn, Act::CheckIn, Act::CheckOut, Act::Leave, Act::Return]);
                let saw = self.saw(said, Scope::Shelter, 19);
                let destination = None;
                Presence { incident, person, site, act, assurance, saw, happened_at, destination }
                    .into()
            }
        }
    }

    fn token(&mut self, said: &Said) -> Fact {
        let (person, happened_at) = (self.person(), self.happened_at());
        if self.rng.per_mille(350) {
            let walk_in = self.person();
            return PersonsJoined { walk_in, person, happened_at }.into();
        }
        let token = TokenTag([self.of(&[1, 2, 3]); 16]);
        let state = self.of(&[TokenState::Active, TokenState::Suspended, TokenState::Ended]);
        let saw = self.saw(said, Scope::Tokens, 32);
        TokenSet { token, person, state, saw, happened_at }.into()
    }

    fn transport(&mut self) -> Fact {
        let (person, happened_at) = (self.person(), self.happened_at());
        let book = BookId([self.of(&[1, 2, 3, 4]); 8]);
        let operator = self.of(&[None, None, Some(record(7)), Some(record(8))]);
        let today = Day::of(START);
        match self.rng.below(6) {
            0 | 1 => {
                let valid_until = self.of(&[None, Some(today), Some(today.plus(2))]);
                let tickets = self.small(4);
                let (product, version, price) = (record(9), [0; 4], 1000);
                BookIssued {
                    book,
                    person,
                    product,
                    version,
                    tickets,
                    price,
                    operator,
                    valid_until,
                    happened_at,
                }
                .into()
            }
            2 => {
                let (tickets, refund) = (self.small(5), self.small(3));
                let reason = Words::new("訓練");
                BookVoided { book, person, tickets, refund, reason, happened_at }.into()
            }
            _ => {
                let (vehicle, tickets) = (self.site(), self.small(3));
                let assurance = Assurance::Listed;
                let (route, from, to, fare) = (None, None, None, None);
                Ride {
                    person,
                    vehicle,
                    operator,
                    route,
                    from,
                    to,
                    tickets,
                    fare,
                    assurance,
                    happened_at,
                }
                .into()
            }
        }
    }

    fn grant(&mut self) -> Grant {
        let (rule, points) = (record(self.of(&[1, 2])), self.small(6));
        let daily_cap = if self.rng.per_mille(400) { None } else { Some(self.small(9)) };
        Grant { rule, version: [0; 4], points, daily_cap }
    }

    fn wellbeing(&mut self, said: &Said) -> Fact {
        let (person, site, happened_at) = (self.person(), self.site(), self.happened_at());
        let (points, reason) = (self.small(12), Words::new("訓練"));
        let assurance = Assurance::Listed;
        match self.rng.below(10) {
            0 => {
                let day = self.of(&[None, Some(Day::of(START))]);
                Award { person, site, grant: self.grant(), day }.into()
            }
            1 | 2 => Spend { person, shop: site, points, assurance, happened_at }.into(),
            3 => Transfer { person, points, happened_at }.into(),
            4 => {
                let how = self.of(&[Settlement::PaidBack, Settlement::WrittenOff]);
                Settle { person, points, how, reason, happened_at }.into()
            }
            5 | 6 => {
                let of_points = |it: &Recorded| it.scope == Scope::Wellbeing;
                let Some(target) = self.earlier(said, &of_points) else { return self.token(said) };
                let mut target_hash = Correct::hash_of(target.hash);
                target_hash[0] ^= u8::from(self.rng.per_mille(100));
                Reverse { target: target.entry, target_hash, reason }.into()
            }
            _ => {
                let grants = (0..self.small(2)).map(|_| self.grant()).collect();
                Visit { person, site, grants, assurance, happened_at, temperature: None }.into()
            }
        }
    }

    fn attendance(&mut self, said: &Said) -> Fact {
        let (person, happened_at) = (self.person(), self.happened_at());
        let attends = self.of(&[Attends::Arrived, Attends::Left, Attends::Absent]);
        let saw = self.saw(said, Scope::School(site('A')), 80);
        let day = self.of(&[None, Some(Day::of(START)), Some(Day::of(START).plus(1))]);
        let assurance = Assurance::Listed;
        Attendance { person, attends, assurance, saw, happened_at, day }.into()
    }

    fn edit(&mut self, said: &Said) -> (Scope, Fact) {
        let fields: [(Scope, &[FieldId]); 4] = [
            (
                Scope::Register,
                &[field::PERSON_NAME, field::PERSON_DISTRICT, field::PERSON_NEEDS_CARE],
            ),
            (Scope::School(site('A')), &[field::PUPIL_NAME, field::PUPIL_ENDED]),
            (Scope::Town, &[field::SITE_NAME, field::SITE_CAPACITY]),
            (Scope::Care(site('B')), &[FieldId(100)]),
        ];
        let (scope, fields) = self.of(&fields);
        let field = self.of(fields);
        let record = digiana_core::record::of_person(self.person());
        let value = match self.rng.below(6) {
            0 => Value::Bool(true),
            1 => Value::Int(self.small(40).into()),
            2 => Value::Text(" ".to_owned()),
            3 => Value::Bytes(vec![1; 8]),
            _ => Value::Text(self.of(&["訓練データ", "訓練"]).to_owned()),
        };
        let change = match self.rng.below(8) {
            0 => Change::Delete,
            _ if field == FieldId(100) => Change::Splice(self.splice(said)),
            _ => Change::Put(value),
        };
        let (saw, happened_at) = (self.saw(said, scope, 5), self.happened_at());
        (scope, Fact::Edit(Edit { record, field, change, saw, happened_at }))
    }

    fn splice(&mut self, said: &Said) -> Splice {
        let is_splice =
            |it: &Recorded| matches!(&it.fact, Fact::Edit(Edit { change: Change::Splice(_), .. }));
        let before = self.earlier(said, &is_splice).map(|it| it.entry);
        let element = before.map(|splice| Element { splice, index: self.small(2) });
        let deleted = element.filter(|_| self.rng.per_mille(300));
        Splice {
            after: element.into_iter().collect(),
            before: None,
            text: Words::new(self.of(&["訓練", "水三箱", ""])),
            deleted: deleted.into_iter().map(|from| DeletedRun { from, len: 2 }).collect(),
        }
    }

    fn correct(&mut self, said: &Said) -> (Scope, Fact) {
        let Some(target) = self.earlier(said, &|_| true) else {
            return (Scope::Tokens, self.token(said));
        };
        let mut target_hash = Correct::hash_of(target.hash);
        target_hash[0] ^= u8::from(self.rng.per_mille(100));
        let scope = if self.rng.per_mille(50) { Scope::Town } else { target.scope };
        let reason = Words::new("訓練データ: 取り違え");
        (scope, Fact::Correct(Correct { target: target.entry, target_hash, reason }))
    }
}
