//! A town of vehicles and counters small enough to write down.
//!
//! A script is words. `A.tap:7` is token 7 held to the reader of vehicle A, `C.issue:5=1/2` a book
//! called 5 of the product 2 (with two tickets) for person 1, `C.void:5=1` one ticket of it taken
//! back; `ride:1*3@-7200` three tickets two hours ago; `meet` lets all hear each other, `later` lets
//! an hour pass, `wait` a minute. `H` has no site.

use std::collections::BTreeMap;

use crate::fact::edit::{FieldId, Value};
use crate::fact::shelter::Assurance;
use crate::fact::token::TokenState;
use crate::fact::transport::{BookIssued, BookVoided, Ride};
use crate::fact::{Fact, TransportFact};
use crate::id::{BookId, EntryId, JournalId, PersonId, RecordId};
use crate::record::{field, of_site};
use crate::service::asked::Context;
use crate::service::records::RecordsFold;
use crate::service::refusal::Refusal;
use crate::service::rehearsal::{START, origin, person, records, site, text, token, wall};
use crate::service::shelter;
use crate::service::shelter::fold::ShelterFold;
use crate::service::tokens::TokenFold;
use crate::service::transport::command::{Board, Command, Trip};
use crate::service::transport::decide::{Known, decide};
use crate::service::transport::fold::TransportFold;
use crate::service::{Fold, Origin, corrections};
use crate::time::Day;

/// The bus company, whose vehicle A is; nobody has said whose the others are.
pub(crate) const BUSES: RecordId = RecordId([0xb0; 8]);
/// The route that it runs, with the stops 1, 2 and 3 at 07:00, 07:10 and 07:20.
pub(crate) const ROUTE: RecordId = RecordId([0xa0; 8]);
/// Good for ten days.
const TEN_DAYS: u8 = 10;
/// Good on the company's buses only.
const COMPANY_ONLY: u8 = 3;
/// Sold no more.
const ENDED: u8 = 99;

pub(crate) fn record(number: u8) -> RecordId {
    RecordId([number; 8])
}

pub(crate) fn book(number: u8) -> BookId {
    BookId([number; 8])
}

/// The lists: products 1 to 11 with so many tickets, and the route.
pub(crate) fn town() -> RecordsFold {
    let mut fields: Vec<(RecordId, FieldId, Value)> = Vec::new();
    for number in (1..=11).chain([ENDED]) {
        fields.push((record(number), field::PRODUCT_NAME, text("回数券（訓練データ）")));
        fields.push((record(number), field::PRODUCT_TICKETS, Value::Int(number.into())));
        fields.push((record(number), field::PRODUCT_PRICE, Value::Int(i64::from(number) * 100)));
    }
    fields.push((record(ENDED), field::PRODUCT_ENDED, Value::Bool(true)));
    fields.push((record(TEN_DAYS), field::PRODUCT_VALID_DAYS, Value::Int(10)));
    let company = || Value::Bytes(BUSES.0.to_vec());
    fields.push((record(COMPANY_ONLY), field::PRODUCT_OPERATOR, company()));
    fields.push((BUSES, field::OPERATOR_NAME, text("町営バス（訓練データ）")));
    fields.push((of_site(site('A')), field::SITE_OPERATOR, company()));
    for number in 1..=3 {
        let name = text(&format!("停留所{number}（訓練データ）"));
        fields.push((record(number + 100), field::STOP_NAME, name));
    }
    let stops = (101..=103).map(|number| record(number).to_string());
    fields.push((ROUTE, field::ROUTE_NAME, text("都賀線（訓練データ）")));
    fields.push((ROUTE, field::ROUTE_OPERATOR, company()));
    fields.push((ROUTE, field::ROUTE_STOPS, text(&stops.collect::<Vec<_>>().join(" "))));
    fields.push((ROUTE, field::ROUTE_TIMES, text("07:00 07:10 07:20")));
    records(fields)
}

/// One vehicle or counter with its replica.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    pub(crate) log: Vec<(Origin, Fact)>,
    pub(crate) transport: TransportFold,
    pub(crate) tokens: TokenFold,
}

impl Desk {
    fn hear(&mut self, origin: &Origin, fact: &Fact) {
        if !self.log.iter().any(|(held, _)| held.entry == origin.entry) {
            self.log.push((*origin, fact.clone()));
        }
        self.transport.apply(origin, fact);
        self.tokens.apply(origin, fact);
    }

    /// How many tickets a person has left, whatever the day.
    pub(crate) fn left(&self, who: u32) -> u32 {
        let allotted = self.transport.allotted(&self.ids(who));
        allotted.books.iter().map(|book| book.left()).sum()
    }

    /// How many tickets a person owes.
    pub(crate) fn owed(&self, who: u32) -> u32 {
        self.transport.allotted(&self.ids(who)).owed()
    }

    pub(crate) fn ids(&self, who: u32) -> Vec<PersonId> {
        self.tokens.aliases(person(who))
    }
}

/// The town of a script.
#[derive(Debug)]
pub(crate) struct Town {
    pub(crate) desks: BTreeMap<char, Desk>,
    pub(crate) lists: RecordsFold,
    pub(crate) now: i64,
    pub(crate) trip: Trip,
}

impl Town {
    /// Plays a script; every step of it must be accepted.
    pub(crate) fn play(script: &str) -> Self {
        let desks = ['A', 'B', 'C'].map(|name| (name, Desk::default())).into();
        let mut town = Self { desks, lists: town(), now: START, trip: Trip::default() };
        for step in script.split_whitespace() {
            let done = town.step(step);
            assert!(done.is_ok(), "{step} was refused: {done:?}");
        }
        town
    }

    /// The replica of a desk.
    pub(crate) fn desk(&self, name: char) -> &Desk {
        &self.desks[&name]
    }

    /// Lets every desk hear every other, the last first.
    pub(crate) fn meet(&mut self) {
        let all: Vec<(Origin, Fact)> =
            self.desks.values().rev().flat_map(|desk| desk.log.clone()).collect();
        for desk in self.desks.values_mut() {
            all.iter().for_each(|(origin, fact)| desk.hear(origin, fact));
        }
    }

    /// One step: what it decided, recorded, or why not.
    pub(crate) fn step(&mut self, step: &str) -> Result<Vec<Fact>, Refusal> {
        match step {
            "meet" => self.meet(),
            "wait" => self.now += 60,
            "later" => self.now += 3600,
            "days" => self.now += 10 * 86_400,
            _ => return self.ask(step),
        }
        Ok(Vec::new())
    }

    fn ask(&mut self, step: &str) -> Result<Vec<Fact>, Refusal> {
        let (name, asked) = step.split_once('.').expect("a step is DESK.word");
        let name = name.chars().next().expect("a desk has a name");
        let now = self.now;
        let desk = self.desks.entry(name).or_default();
        let context = Context { site: (name != 'H').then(|| site(name)), now: wall(now) };
        let (verb, of) = asked.split_once(':').unwrap_or((asked, ""));
        let journal = JournalId([u8::try_from(name).unwrap(); 8]);
        let facts = match verb {
            "undo" => {
                let mut own = desk.log.iter().filter(|(origin, _)| origin.entry.journal == journal);
                let target =
                    own.next_back().map_or(EntryId { journal, seq: 1 }, |(own, _)| own.entry);
                let held: &dyn Fold = &desk.transport;
                vec![corrections::decide([held], target, "訓練データ: 取り違え")?]
            }
            "link" | "join" | "lost" | "ended" => {
                let shelter = ShelterFold::default();
                let tokens = &desk.tokens;
                let known = shelter::decide::Known { shelter: &shelter, tokens, register: None };
                shelter::decide::decide(&known, &token_command(verb, of), &context)?
            }
            _ => {
                let town = Some(&self.lists);
                let known = Known { transport: &desk.transport, tokens: &desk.tokens, town };
                decide(&known, &command(verb, of, now, self.trip), &context)?
            }
        };
        for fact in &facts {
            let own = |(origin, _): &&(Origin, Fact)| origin.entry.journal == journal;
            let seq = u64::try_from(desk.log.iter().filter(own).count()).unwrap() + 1;
            let held = desk.log.iter().map(|(origin, _)| origin.counter).max().unwrap_or(0);
            let made = Origin { counter: held + 1, ..origin(name, seq, now) };
            desk.hear(&made, fact);
        }
        Ok(facts)
    }
}

fn number<T: std::str::FromStr>(text: &str) -> T {
    text.parse().ok().unwrap_or_else(|| panic!("{text} is no number"))
}

fn token_command(verb: &str, of: &str) -> shelter::command::Command {
    use shelter::command::Command;
    let (left, right) = of.split_once('=').unwrap_or((of, ""));
    match verb {
        "link" => Command::LinkToken {
            token: token(number(left)),
            person: person(number(right)),
            replace: false,
        },
        "join" => {
            Command::JoinPersons { walk_in: person(number(left)), person: person(number(right)) }
        }
        _ => Command::SuspendToken {
            token: token(number(of)),
            state: if verb == "lost" { TokenState::Suspended } else { TokenState::Ended },
        },
    }
}

fn command(verb: &str, of: &str, now: i64, trip: Trip) -> Command {
    let (of, at) = of.split_once('@').unwrap_or((of, ""));
    let happened_at = (!at.is_empty()).then(|| now + number::<i64>(at));
    let (of, tickets) = of.split_once('*').unwrap_or((of, "1"));
    let (left, right) = of.split_once('=').unwrap_or((of, ""));
    match verb {
        "tap" => Command::TapBoard {
            token: token(number(of)),
            assurance: Assurance::Listed,
            trip,
            fare: None,
            tickets: number(tickets),
        },
        "ride" => Command::Board(Board {
            person: person(number(of)),
            vehicle: None,
            route: None,
            from: None,
            to: None,
            fare: None,
            tickets: number(tickets),
            happened_at,
        }),
        "issue" => {
            let (who, product) = right.split_once('/').expect("BOOK=PERSON/PRODUCT");
            Command::Issue {
                book: book(number(left)),
                person: person(number(who)),
                product: record(number(product)),
                happened_at,
            }
        }
        "void" | "mute" => Command::Void {
            book: book(number(left)),
            tickets: (!right.is_empty()).then(|| number(right)),
            refund: 100,
            reason: if verb == "void" { "訓練データ: 払戻し" } else { " " }.to_owned(),
            happened_at,
        },
        _ => panic!("{verb} is no word of scripts"),
    }
}

/// What was decided, in words: `Ride 1@A`, or the refusal.
pub(crate) fn told(decided: &Result<Vec<Fact>, Refusal>) -> String {
    let one = |fact: &Fact| {
        let Fact::Transport(fact) = fact else { return format!("{:?}", fact.kind()) };
        match fact {
            TransportFact::Ride(Ride { person, vehicle, tickets, operator, from, .. }) => {
                let whose = if *operator == Some(BUSES) { " of the buses" } else { "" };
                let from = from.map_or(String::new(), |from| format!(" from {}", from.0[0] - 100));
                let [.., who] = person.0;
                let at = char::from(vehicle.0[0]);
                format!("Ride {who}@{at} {tickets}{whose}{from}")
            }
            TransportFact::BookIssued(BookIssued {
                person, tickets, price, valid_until, ..
            }) => {
                let [.., who] = person.0;
                let days = valid_until.map(|last: Day| last.0 - Day::of(START).0);
                let until = days.map_or(String::new(), |days| format!(" until day {days}"));
                format!("Issue {who} {tickets} for {price}{until}")
            }
            TransportFact::BookVoided(BookVoided { person, tickets, refund, .. }) => {
                let [.., who] = person.0;
                format!("Void {who} {tickets} for {refund}")
            }
        }
    };
    match decided {
        Ok(facts) => facts.iter().map(one).collect::<Vec<_>>().join(", "),
        Err(refusal) => format!("{refusal:?}"),
    }
}
