//! Random towns of three desks that are asked for things: what they accept is what the model says,
//! at each of them and all the time, and no rider is refused.

use digiana_core::engine::folds::Folds;
use digiana_core::engine::input::Command;
use digiana_core::fact::edit::{Change, Edit, FieldId, Value};
use digiana_core::fact::school::Attends;
use digiana_core::fact::shelter::{Assurance, IncidentKind, SafePlace, SiteState};
use digiana_core::fact::token::TokenState;
use digiana_core::fact::wellbeing::Settlement;
use digiana_core::id::{BookId, IncidentId, PersonId};
use digiana_core::record::{field, of_person};
use digiana_core::register::Saw;
use digiana_core::scope::Scope;
use digiana_core::service::asked::Context;
use digiana_core::service::refusal::Refusal;
use digiana_core::service::school::command::{Asked, Command as School, Note};
use digiana_core::service::shelter::command::{CheckIn, Command as Shelter, Going, OpenIncident};
use digiana_core::service::transport::command::{Command as Transport, Trip};
use digiana_core::service::wellbeing::command::Command as Wellbeing;
use digiana_core::time::{Confidence, Wall};
use digiana_core::token::TokenTag;

use super::rehearsal::{FLOOD, START, Said, hear, person, record, site, told};
use super::words::{book, token};
use crate::rng::Rng;
use crate::simulator::model::{Held, compare};

const SEEDS: u64 = 60;
const STEPS: u32 = 70;
const DESKS: [char; 3] = ['A', 'B', 'C'];

/// A desk: its folds, which facts it heard, and its counter.
#[derive(Default)]
struct Desk {
    folds: Folds,
    held: Vec<bool>,
    counter: u64,
}

struct Asking {
    rng: Rng,
    said: Said,
    desks: Vec<Desk>,
    now: i64,
}

#[test]
fn what_desks_accept_is_what_the_model_says_at_each_of_them() {
    let mut accepted = 0;
    for seed in 0..SEEDS {
        let desks = DESKS.iter().map(|_| Desk::default()).collect();
        let rng = Rng::new(seed, "model/asked");
        let mut asking = Asking { rng, said: Said::default(), desks, now: START };
        asking.prepare();
        let before = asking.said.facts.len();
        for step in 0..STEPS {
            asking.step();
            if step % 5 == 4 {
                asking.check(seed);
            }
        }
        asking.meet();
        asking.check(seed);
        accepted += asking.said.facts.len() - before;
    }
    // A town that refuses everything agrees with anybody.
    let asked = usize::try_from(SEEDS).unwrap() * usize::try_from(STEPS).unwrap();
    assert!(accepted * 3 > asked, "{accepted} facts of {asked} steps");
}

impl Asking {
    /// What the town has before anything happens: cards, lists, pupils, an incident.
    fn prepare(&mut self) {
        for who in 1..=4 {
            let (token, person) = (token(who), person(who));
            self.accept(0, Shelter::LinkToken { token, person, replace: false });
            let name = Value::Text("訓練データ".to_owned());
            let of = of_person(person);
            self.edit(Scope::Register, of, field::PERSON_NAME, name.clone());
            self.edit(Scope::School(site('A')), of, field::PUPIL_NAME, name);
        }
        let (product, rule) = (record(9), record(1));
        self.edit(Scope::Town, product, field::PRODUCT_NAME, Value::Text("訓練".to_owned()));
        self.edit(Scope::Town, product, field::PRODUCT_TICKETS, Value::Int(2));
        self.edit(Scope::Town, product, field::PRODUCT_PRICE, Value::Int(1000));
        self.edit(Scope::Town, rule, field::RULE_NAME, Value::Text("訓練".to_owned()));
        self.edit(Scope::Town, rule, field::RULE_POINTS, Value::Int(5));
        self.edit(Scope::Town, rule, field::RULE_DAILY_CAP, Value::Int(8));
        self.accept(0, open(FLOOD));
        self.meet();
    }

    fn edit(
        &mut self,
        scope: Scope,
        record: digiana_core::id::RecordId,
        field: FieldId,
        value: Value,
    ) {
        let change = Change::Put(value);
        let edit = Edit { record, field, change, saw: Saw::NOTHING, happened_at: None };
        self.ask(0, &Command::Edit { scope, edits: vec![edit] }).unwrap();
    }

    fn accept(&mut self, desk: usize, command: Shelter) {
        self.ask(desk, &Command::Shelter(command)).unwrap();
    }

    fn step(&mut self) {
        self.now += i64::from(self.rng.below(7200));
        let desk = usize::try_from(self.rng.below(3)).unwrap();
        match self.rng.below(30) {
            0 => self.meet(),
            1..4 => self.overhear(desk),
            _ => {
                let command = self.command();
                let asked = self.ask(desk, &command);
                let Command::Transport(Transport::TapBoard { token, .. }) = &command else {
                    return;
                };
                let is_known = matches!(
                    self.desks[desk].folds.tokens.resolve(*token),
                    digiana_core::service::tokens::Resolved::Person(_)
                );
                let is_twice = asked == Err(Refusal::SameRide);
                assert!(asked.is_ok() || !is_known || is_twice, "a rider was refused: {asked:?}");
            }
        }
    }

    /// Asks a desk for something, and records what it accepts.
    fn ask(&mut self, desk: usize, command: &Command) -> Result<(), Refusal> {
        // The clock of the last desk was never set.
        let confidence = if desk == 2 { Confidence::Unsure } else { Confidence::Synced };
        let wall = Wall { seconds: self.now, confidence };
        let context = Context { site: Some(site(DESKS[desk])), now: wall };
        let facts = self.desks[desk].folds.decide(command, &context)?;
        for (scope, fact) in facts {
            let held = &mut self.desks[desk];
            held.counter += 1;
            self.said.say_at(DESKS[desk], scope, held.counter, wall, fact);
            hear(&mut held.folds, self.said.facts.last().unwrap(), Held::Admitted);
            for (number, other) in self.desks.iter_mut().enumerate() {
                other.held.push(number == desk);
            }
        }
        Ok(())
    }

    fn tell(&mut self, desk: usize, place: usize) {
        let (desk, fact) = (&mut self.desks[desk], &self.said.facts[place]);
        desk.counter = desk.counter.max(fact.counter);
        desk.held[place] = true;
        hear(&mut desk.folds, fact, Held::Admitted);
    }

    /// A desk hears some of what it lacks, in any order.
    fn overhear(&mut self, desk: usize) {
        let held = self.desks[desk].held.iter().enumerate();
        let mut lacks: Vec<usize> = held.filter(|(_, held)| !**held).map(|(at, _)| at).collect();
        self.rng.shuffle(&mut lacks);
        lacks.truncate(lacks.len() / 2);
        lacks.into_iter().for_each(|place| self.tell(desk, place));
    }

    fn meet(&mut self) {
        for desk in 0..self.desks.len() {
            (0..self.said.facts.len()).for_each(|place| self.tell(desk, place));
        }
    }

    fn check(&self, seed: u64) {
        let places: std::collections::BTreeMap<_, _> =
            self.said.facts.iter().enumerate().map(|(place, it)| (it.entry, place)).collect();
        for (desk, name) in self.desks.iter().zip(DESKS) {
            let expected = self.said.model.expect(&|it| {
                if desk.held[places[&it.entry]] { Held::Admitted } else { Held::Not }
            });
            let differences = compare(&expected, &desk.folds);
            assert_eq!(told(&differences), "", "seed {seed}, desk {name}");
        }
    }

    fn who(&mut self) -> PersonId {
        person(u8::try_from(self.rng.between(1, 6)).unwrap())
    }

    fn card(&mut self) -> TokenTag {
        token(u8::try_from(self.rng.between(1, 5)).unwrap())
    }

    fn command(&mut self) -> Command {
        match self.rng.below(10) {
            0..4 => Command::Shelter(self.shelter()),
            4..6 => Command::Transport(self.transport()),
            6..8 => Command::Wellbeing(self.wellbeing()),
            8 => Command::School(self.school()),
            _ => {
                let target = self.rng.choose(&self.said.facts);
                let (scope, target) = (target.scope, target.entry);
                Command::Correct {
                    scope, target, reason: "訓練データ: 取り違え".to_owned()
                }
            }
        }
    }

    fn shelter(&mut self) -> Shelter {
        let (person, assurance) = (self.who(), Assurance::Vouched);
        let (incident, happened_at) = (None, None);
        let anyway = self.rng.per_mille(300);
        let going = Going { incident, site: None, person, destination: None, happened_at, anyway };
        match self.rng.below(12) {
            0 => Shelter::SetSiteState {
                incident,
                site: None,
                state: *self.rng.choose(&[
                    SiteState::Open,
                    SiteState::Suspended,
                    SiteState::Closed,
                ]),
                saw: None,
                opening: None,
                happened_at,
            },
            1 => Shelter::CheckOut(going),
            2 => Shelter::Leave(going),
            3 => Shelter::Return(going),
            4 => Shelter::ConfirmSafe {
                incident,
                person,
                place: SafePlace::Home,
                assurance,
                happened_at,
            },
            5 => {
                let state = *self.rng.choose(&[TokenState::Suspended, TokenState::Ended]);
                Shelter::SuspendToken { token: self.card(), state }
            }
            6 => Shelter::JoinPersons { walk_in: self.who(), person },
            7 => {
                let replace = self.rng.per_mille(500);
                Shelter::LinkToken { token: self.card(), person, replace }
            }
            8 => Shelter::CheckIn(CheckIn {
                incident,
                site: None,
                persons: vec![person],
                walk_in: false,
                assurance,
                happened_at,
                anyway,
            }),
            9 if self.rng.per_mille(200) => open(IncidentId([2; 8])),
            _ => Shelter::TapCheckIn { token: self.card(), assurance: Assurance::Listed },
        }
    }

    fn transport(&mut self) -> Transport {
        let a_book: BookId = book(u8::try_from(self.rng.below(20)).unwrap());
        match self.rng.below(5) {
            0 => Transport::Issue {
                book: a_book,
                person: self.who(),
                product: record(9),
                happened_at: None,
            },
            1 => Transport::Void {
                book: a_book,
                tickets: None,
                refund: 0,
                reason: "訓練".to_owned(),
                happened_at: None,
            },
            _ => Transport::TapBoard {
                token: self.card(),
                assurance: Assurance::Listed,
                trip: Trip::default(),
                fare: None,
                tickets: 1,
            },
        }
    }

    fn wellbeing(&mut self) -> Wellbeing {
        let (person, points) = (self.who(), 1 + self.rng.below(6));
        match self.rng.below(8) {
            0 | 1 => Wellbeing::Spend { shop: None, person, points, happened_at: None },
            2 => Wellbeing::Transfer { person, points },
            3 => {
                let target = self.rng.choose(&self.said.facts).entry;
                Wellbeing::Reverse { target, reason: "訓練".to_owned() }
            }
            4 => {
                let (how, reason) = (Settlement::WrittenOff, "訓練".to_owned());
                Wellbeing::Settle { person, points, how, reason }
            }
            _ => Wellbeing::TapVisit { token: self.card(), assurance: Assurance::Listed },
        }
    }

    fn school(&mut self) -> School {
        let persons = vec![self.who()];
        let attends = *self.rng.choose(&[Attends::Arrived, Attends::Left, Attends::Absent]);
        let asked = if self.rng.per_mille(500) {
            Asked::Tap { token: self.card(), assurance: Assurance::Listed }
        } else {
            Asked::Note(Note { persons, attends, happened_at: None, day: None })
        };
        School { school: Some(site('A')), asked }
    }
}

fn open(incident: IncidentId) -> Shelter {
    Shelter::OpenIncident(OpenIncident {
        incident,
        kind: IncidentKind::Drill,
        hazards: Vec::new(),
        title: "訓練".to_owned(),
        happened_at: None,
    })
}
