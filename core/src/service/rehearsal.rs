//! A town small enough to write down: desks that hear each other only when a test says so.
//!
//! A script is words. `A.open` is the desk of site A opening its shelter; `meet` lets every desk
//! hear all the others; `later` lets an hour pass; `a` is a second desk of site A, `H` has no site. Without a `meet` every desk is cut off.

use std::collections::BTreeMap;

use crate::fact::edit::{Change, Edit, FieldId, Value};
use crate::fact::shelter::{
    Assurance, Congestion, Hazard, IncidentKind, Presence, SafePlace, SiteState,
};
use crate::fact::token::TokenState;
use crate::fact::warning::WarningLevel;
use crate::fact::{Fact, ShelterFact};
use crate::id::{EntryId, Hash, IncidentId, JournalId, NodeId, PersonId, RecordId, SiteId};
use crate::register::Saw;
use crate::service::asked::Context;
use crate::service::records::RecordsFold;
use crate::service::refusal::Refusal;
use crate::service::shelter::command::{CheckIn, Command, Going, OpenIncident};
use crate::service::shelter::decide::{Known, decide};
use crate::service::shelter::fold::ShelterFold;
use crate::service::tokens::TokenFold;
use crate::service::{Fold, Origin, Standing, corrections};
use crate::time::{Confidence, Wall};
use crate::token::TokenTag;
use crate::token::proof::ProofKey;

/// The one incident of most stories.
pub(crate) const FLOOD: IncidentId = IncidentId([1; 8]);
pub(crate) const START: i64 = 1_750_000_000;

pub(crate) fn person(number: u32) -> PersonId {
    let [a, b, c, d] = number.to_be_bytes();
    PersonId([0, 0, 0, 0, a, b, c, d])
}

pub(crate) fn site(name: char) -> SiteId {
    SiteId([u8::try_from(name).unwrap(); 8])
}

pub(crate) fn token(number: u8) -> TokenTag {
    TokenTag([number; 16])
}

/// The public key of a card of that number.
pub(crate) fn proof_key(number: u8) -> ProofKey {
    ProofKey::rsa(&[1, 0, 1], &[number; 256]).expect("2048 bits are a key")
}

pub(crate) fn wall(seconds: i64) -> Wall {
    Wall { seconds, confidence: Confidence::Synced }
}

/// The entry that a desk's journal has at that place.
pub(crate) fn origin(desk: char, seq: u64, seconds: i64) -> Origin {
    let name = u8::try_from(desk).unwrap();
    let [a, b, c, d, ..] = seq.to_be_bytes().map(|byte| byte ^ name);
    let mut hash = [name; 32];
    hash[..4].copy_from_slice(&[a, b, c, d]);
    hash[4..12].copy_from_slice(&seq.to_be_bytes());
    Origin {
        entry: EntryId { journal: JournalId([name; 8]), seq },
        hash: Hash(hash),
        author: NodeId([name; 32]),
        counter: seq,
        wall: wall(seconds),
        standing: Standing::Admitted,
    }
}

/// A fold of records that one desk wrote, field by field.
pub(crate) fn records(fields: impl IntoIterator<Item = (RecordId, FieldId, Value)>) -> RecordsFold {
    let mut fold = RecordsFold::default();
    for (seq, (record, field, value)) in (1..).zip(fields) {
        let change = Change::Put(value);
        let edit = Edit { record, field, change, saw: Saw::NOTHING, happened_at: None };
        fold.apply(&origin('H', seq, START), &Fact::Edit(edit));
    }
    fold
}

/// A text value.
pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// One desk with its replica.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    pub(crate) log: Vec<(Origin, Fact)>,
    pub(crate) shelter: ShelterFold,
    pub(crate) tokens: TokenFold,
    pub(crate) register: Option<RecordsFold>,
}

impl Desk {
    pub(crate) fn hear(&mut self, origin: &Origin, fact: &Fact) {
        if !self.log.iter().any(|(held, _)| held.entry == origin.entry) {
            self.log.push((*origin, fact.clone()));
        }
        self.shelter.apply(origin, fact);
        self.tokens.apply(origin, fact);
    }

    pub(crate) fn known(&self) -> Known<'_> {
        let register = self.register.as_ref();
        Known { shelter: &self.shelter, tokens: &self.tokens, register }
    }
}

/// The town of a script.
#[derive(Debug)]
pub(crate) struct Town {
    pub(crate) desks: BTreeMap<char, Desk>,
    pub(crate) now: i64,
}

impl Town {
    /// Plays a script; every step of it must be accepted.
    pub(crate) fn play(script: &str) -> Self {
        let mut town = Self { desks: BTreeMap::new(), now: START };
        for step in script.split_whitespace() {
            match step {
                "meet" => town.meet(),
                "later" => town.now += 3600,
                _ => {
                    let done = town.step(step);
                    assert!(done.is_ok(), "{step} was refused: {done:?}");
                }
            }
        }
        town
    }

    /// The replica of a desk.
    pub(crate) fn desk(&self, name: char) -> &Desk {
        &self.desks[&name]
    }

    /// Lets every desk hear every other.
    pub(crate) fn meet(&mut self) {
        let all: Vec<(Origin, Fact)> =
            self.desks.values().flat_map(|desk| desk.log.clone()).collect();
        for desk in self.desks.values_mut() {
            all.iter().for_each(|(origin, fact)| desk.hear(origin, fact));
        }
    }

    /// One step: what it decided, recorded, or why not.
    pub(crate) fn step(&mut self, step: &str) -> Result<Vec<Fact>, Refusal> {
        let (name, asked) = step.split_once('.').expect("a step is DESK.word");
        let name = name.chars().next().expect("a desk has a name");
        let now = self.now;
        let desk = self.desks.entry(name).or_default();
        let last = desk.log.last().map(|(origin, _)| origin.entry);
        let context = Context {
            site: (name != 'H').then(|| site(name.to_ascii_uppercase())),
            now: wall(now),
        };
        let facts = match asked.split_once(':').unwrap_or((asked, "")) {
            ("undo", of) => {
                let fold: &dyn Fold = if of == "tokens" { &desk.tokens } else { &desk.shelter };
                let target = last.unwrap_or_else(|| origin('Z', 1, now).entry);
                vec![corrections::decide([fold], target, "訓練データ: 取り違え")?]
            }
            ("mute", _) => {
                let target = last.expect("something was said");
                let fold: &dyn Fold = &desk.shelter;
                vec![corrections::decide([fold], target, " ")?]
            }
            _ => decide(&desk.known(), &command(asked, now), &context)?,
        };
        for fact in &facts {
            let own = |origin: &Origin| origin.entry.journal == origin_of(name);
            let seq = desk.log.iter().filter(|(origin, _)| own(origin)).count();
            let held = desk.log.iter().map(|(origin, _)| origin.counter).max().unwrap_or(0);
            let seq = u64::try_from(seq).unwrap() + 1;
            let made = Origin { counter: held + 1, ..origin(name, seq, now) };
            desk.hear(&made, fact);
        }
        Ok(facts)
    }
}

fn origin_of(desk: char) -> JournalId {
    JournalId([u8::try_from(desk).unwrap(); 8])
}

fn number<T: std::str::FromStr>(text: &str) -> T {
    text.parse().ok().unwrap_or_else(|| panic!("{text} is no number"))
}

/// The command of a word: `open`, `tap:7`, `in:1+2`, `link:7=1`, `in:1@-3600` for an hour ago,
/// `in:1@-3600!` where that is to count though something newer is known.
fn command(word: &str, now: i64) -> Command {
    let anyway = word.ends_with('!');
    let word = word.trim_end_matches('!');
    let (word, at) = word.split_once('@').unwrap_or((word, ""));
    let happened_at = (!at.is_empty()).then(|| now + number::<i64>(at));
    let (verb, of) = word.split_once(':').unwrap_or((word, ""));
    let (left, right) = of.split_once('=').unwrap_or((of, ""));
    let state = |state| Command::SetSiteState {
        incident: None,
        site: None,
        state,
        saw: None,
        opening: None,
        happened_at,
    };
    let opening = |title: &str| OpenIncident {
        incident: FLOOD,
        kind: IncidentKind::Drill,
        hazards: vec![Hazard::Flood],
        title: format!("訓練 {title}"),
        happened_at,
    };
    let going = || Going {
        incident: None,
        site: None,
        person: person(number(of)),
        destination: None,
        happened_at,
        anyway,
    };
    match verb {
        "incident" => Command::OpenIncident(opening("大雨")),
        "over" => Command::CloseIncident { incident: FLOOD, happened_at },
        "first" => Command::SetSiteState {
            incident: None,
            site: None,
            state: SiteState::Open,
            saw: None,
            opening: Some(OpenIncident { incident: IncidentId([2; 8]), ..opening("停電") }),
            happened_at,
        },
        "open" => state(SiteState::Open),
        "ready" => state(SiteState::Preparing),
        "stop" => state(SiteState::Suspended),
        "close" => state(SiteState::Closed),
        "tap" => Command::TapCheckIn { token: token(number(of)), assurance: Assurance::Listed },
        "in" | "walkin" => Command::CheckIn(CheckIn {
            incident: None,
            site: None,
            persons: of
                .split('+')
                .filter(|one| !one.is_empty())
                .map(|one| person(number(one)))
                .collect(),
            walk_in: verb == "walkin",
            assurance: Assurance::Vouched,
            happened_at,
            anyway,
        }),
        "out" => Command::CheckOut(going()),
        "leave" => Command::Leave(going()),
        "back" => Command::Return(going()),
        "safe" => Command::ConfirmSafe {
            incident: None,
            person: person(number(of)),
            place: SafePlace::Home,
            assurance: Assurance::Vouched,
            happened_at,
        },
        "full" => Command::SetCongestion {
            incident: None,
            site: None,
            level: Some(Congestion::Full),
            until: now + 7200,
            saw: None,
        },
        "warn" | "lift" => Command::SetWarning {
            incident: None,
            district: "都賀".to_owned(),
            level: (verb == "warn").then(|| WarningLevel::of_number(number(of)).unwrap()),
            saw: None,
            happened_at,
        },
        "link" | "relink" => Command::LinkToken {
            token: token(number(left)),
            person: person(number(right)),
            replace: verb == "relink",
        },
        "enrol" => {
            let (holder, key) = right.split_once('/').unwrap();
            Command::EnrolCard {
                token: token(number(left)),
                person: person(number(holder)),
                key: Some(proof_key(number(key))),
                replace: false,
            }
        }
        "lost" => Command::SuspendToken { token: token(number(of)), state: TokenState::Suspended },
        "ended" => Command::SuspendToken { token: token(number(of)), state: TokenState::Ended },
        "join" => {
            Command::JoinPersons { walk_in: person(number(left)), person: person(number(right)) }
        }
        _ => panic!("{verb} is no word of scripts"),
    }
}

/// What was decided, in words: `CheckIn 1@A, CheckOut 9@B`, or the refusal.
pub(crate) fn told(decided: &Result<Vec<Fact>, Refusal>) -> String {
    let one = |fact: &Fact| {
        let Fact::Shelter(ShelterFact::Presence(Presence { act, person, site, .. })) = fact else {
            let kind = Fact::KINDS.iter().find(|(kind, _)| *kind == fact.kind());
            return kind.expect("a fact has a kind").1.to_owned();
        };
        let [.., number] = person.0;
        format!("{act:?} {number}@{}", char::from(site.0[0]))
    };
    match decided {
        Ok(facts) => facts.iter().map(one).collect::<Vec<_>>().join(", "),
        Err(refusal) => format!("{refusal:?}"),
    }
}
