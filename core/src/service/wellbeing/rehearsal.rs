//! A town of facilities and shops small enough to write down.
//!
//! `A`, `B` and `C` are facilities, `S` and `T` shops, `H` has no site, and the clock of `X` was
//! never set. `A.tap:7` is card 7 at A; `A.visit:1+2@-86400` notes two people a day late; `S.pay:7=3`
//! is card 7 paying 3 points; `meet` lets all hear all, `later` passes an hour and `tomorrow` a day.

use std::collections::BTreeMap;

use crate::fact::edit::Value;
use crate::fact::shelter::Assurance;
use crate::fact::token::{PersonsJoined, TokenSet, TokenState};
use crate::fact::wellbeing::{Award, Grant, Settlement};
use crate::fact::{Fact, WellbeingFact};
use crate::id::{JournalId, PersonId, RecordId};
use crate::record::field;
use crate::register::Saw;
use crate::service::asked::Context;
use crate::service::ledger::Totals;
use crate::service::records::RecordsFold;
use crate::service::refusal::Refusal;
use crate::service::rehearsal::{START, origin, person, records, site, text, token, wall};
use crate::service::tokens::TokenFold;
use crate::service::wellbeing::command::Command;
use crate::service::wellbeing::decide::{Known, decide};
use crate::service::wellbeing::fold::WellbeingFold;
use crate::service::{Fold, Origin, corrections};
use crate::time::{Confidence, Day, Wall};

/// Five points a visit anywhere, eight a day at most.
pub(crate) const WALK: RecordId = RecordId([0x21; 8]);
/// Ten points at C.
pub(crate) const CHECKUP: RecordId = RecordId([0x22; 8]);
/// Two points a day for coming to school.
pub(crate) const SCHOOL: RecordId = RecordId([0x23; 8]);

/// The rules of every story.
pub(crate) fn rules() -> RecordsFold {
    records([
        (WALK, field::RULE_NAME, text("外出（訓練データ）")),
        (WALK, field::RULE_POINTS, Value::Int(5)),
        (WALK, field::RULE_DAILY_CAP, Value::Int(8)),
        (CHECKUP, field::RULE_NAME, text("特定健診（訓練データ）")),
        (CHECKUP, field::RULE_POINTS, Value::Int(10)),
        (CHECKUP, field::RULE_SITE, Value::Bytes(site('C').0.to_vec())),
        (SCHOOL, field::RULE_NAME, text("登校（訓練データ）")),
        (SCHOOL, field::RULE_POINTS, Value::Int(2)),
        (SCHOOL, field::RULE_FOR, Value::Int(1)),
    ])
}

/// One node with its replica.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) log: Vec<(Origin, Fact)>,
    pub(crate) wellbeing: WellbeingFold,
    pub(crate) tokens: TokenFold,
    town: RecordsFold,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let (wellbeing, tokens) = (WellbeingFold::default(), TokenFold::default());
        Self { log: Vec::new(), wellbeing, tokens, town: rules() }
    }

    pub(crate) fn hear(&mut self, origin: &Origin, fact: &Fact) {
        if !self.log.iter().any(|(held, _)| held.entry == origin.entry) {
            self.log.push((*origin, fact.clone()));
        }
        self.wellbeing.apply(origin, fact);
        self.tokens.apply(origin, fact);
    }

    fn known(&self) -> Known<'_> {
        Known { wellbeing: &self.wellbeing, tokens: &self.tokens, town: Some(&self.town) }
    }

    /// Everybody with all their ids.
    pub(crate) fn people(&self) -> Vec<Vec<PersonId>> {
        let mut people: Vec<_> =
            self.wellbeing.people().map(|id| self.tokens.aliases(id)).collect();
        people.sort();
        people.dedup();
        people
    }

    pub(crate) fn totals(&self) -> Totals {
        self.wellbeing.totals(self.people())
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
            if !town.pass(step) {
                let done = town.step(step);
                assert!(done.is_ok(), "{step} was refused: {done:?}");
            }
        }
        town
    }

    /// Whether a word is no step of a desk.
    fn pass(&mut self, word: &str) -> bool {
        match word {
            "meet" => self.meet(),
            "later" => self.now += 3600,
            "tomorrow" => self.now += 86_400,
            _ => return false,
        }
        true
    }

    pub(crate) fn desk(&self, name: char) -> &Desk {
        &self.desks[&name]
    }

    /// What a person's points come to at a desk.
    pub(crate) fn points(&self, desk: char, number: u32) -> i64 {
        let desk = self.desk(desk);
        desk.wellbeing.wallet(&desk.tokens.aliases(person(number))).points
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
        let (name, word) = step.split_once('.').expect("a step is DESK.word");
        let name = name.chars().next().expect("a desk has a name");
        let now = self.now;
        let clock = if name == 'X' {
            Wall { seconds: now, confidence: Confidence::Unsure }
        } else {
            wall(now)
        };
        let desk = self.desks.entry(name).or_insert_with(Desk::new);
        let here = (name != 'H').then(|| site(name.to_ascii_uppercase()));
        let context = Context { site: here, now: clock };
        let facts = asked(desk, word, &context)?;
        for fact in &facts {
            let own = JournalId([u8::try_from(name).unwrap(); 8]);
            let seq = desk.log.iter().filter(|(held, _)| held.entry.journal == own).count();
            let counter = desk.log.iter().map(|(held, _)| held.counter).max().unwrap_or(0);
            let made = origin(name, u64::try_from(seq).unwrap() + 1, now);
            desk.hear(&Origin { counter: counter + 1, wall: clock, ..made }, fact);
        }
        Ok(facts)
    }
}

fn number<T: std::str::FromStr>(text: &str) -> T {
    text.parse().ok().unwrap_or_else(|| panic!("{text} is no number"))
}

fn asked(desk: &Desk, word: &str, context: &Context) -> Result<Vec<Fact>, Refusal> {
    let (word, at) = word.split_once('@').unwrap_or((word, ""));
    let happened_at = (!at.is_empty()).then(|| context.now.seconds + number::<i64>(at));
    let (verb, of) = word.split_once(':').unwrap_or((word, ""));
    let (left, right) = of.split_once('=').unwrap_or((of, ""));
    let points = || number::<u32>(right);
    let who = || person(number(left));
    let why = || "訓練データ: 打ち間違い".to_owned();
    let last = |wanted: fn(&WellbeingFact) -> bool| {
        let meant = |fact: &Fact| matches!(fact, Fact::Wellbeing(fact) if wanted(fact));
        let held = desk.log.iter().rev().find(|(_, fact)| meant(fact));
        held.map_or_else(|| origin('Z', 1, START).entry, |(origin, _)| origin.entry)
    };
    let token_set = |state| {
        let number: u8 = number(left);
        let person = if right.is_empty() { person(1) } else { person(points()) };
        let register = desk.tokens.token(token(number));
        let saw = register.map_or(Saw::NOTHING, |held| held.saw());
        Fact::from(TokenSet { token: token(number), person, state, saw, happened_at: None })
    };
    let command = match verb {
        "link" => return Ok(vec![token_set(TokenState::Active)]),
        "lost" => return Ok(vec![token_set(TokenState::Suspended)]),
        "join" => {
            let (walk_in, person) = (who(), person(points()));
            return Ok(vec![Fact::from(PersonsJoined { walk_in, person, happened_at: None })]);
        }
        "undo" => {
            let target = last(|_| true);
            let fold: &dyn Fold = &desk.wellbeing;
            return Ok(vec![corrections::decide([fold], target, &why())?]);
        }
        "tap" => Command::TapVisit { token: token(number(of)), assurance: Assurance::Listed },
        "pay" => Command::TapSpend {
            token: token(number(left)),
            assurance: Assurance::Listed,
            points: points(),
        },
        "visit" => Command::Visit {
            site: None,
            persons: of.split('+').filter(|one| !one.is_empty()).map(number).map(person).collect(),
            happened_at,
            temperature: None,
        },
        "spend" => Command::Spend { shop: None, person: who(), points: points(), happened_at },
        "transfer" => Command::Transfer { person: who(), points: points() },
        "reverse" | "mute" => {
            let moves = |fact: &WellbeingFact| {
                matches!(fact, WellbeingFact::Spend(_) | WellbeingFact::Transfer(_))
            };
            let reason = if verb == "mute" { " ".to_owned() } else { why() };
            Command::Reverse { target: last(moves), reason }
        }
        "unvisit" => {
            let target = last(|fact| matches!(fact, WellbeingFact::Visit(_)));
            Command::Reverse { target, reason: why() }
        }
        "settle" | "writeoff" => {
            let how = if verb == "settle" { Settlement::PaidBack } else { Settlement::WrittenOff };
            Command::Settle { person: who(), points: points(), how, reason: why() }
        }
        "award" => {
            let (rule, points, version, daily_cap) = (SCHOOL, points(), [0; 4], None);
            let (grant, day) =
                (Grant { rule, version, points, daily_cap }, Day::of(context.now.seconds));
            Command::Award(vec![Award { person: who(), site: site('E'), grant, day: Some(day) }])
        }
        _ => panic!("{verb} is no word of scripts"),
    };
    decide(&desk.known(), &command, context)
}

/// What was decided, in words: `Visit 1@A +5`, `Spend 1@S -3`, or the refusal.
pub(crate) fn told(decided: &Result<Vec<Fact>, Refusal>) -> String {
    let at = |site: crate::id::SiteId| char::from(site.0[0]);
    let who = |person: PersonId| person.0[7];
    let one = |fact: &Fact| match fact {
        Fact::Wellbeing(WellbeingFact::Visit(fact)) => {
            let points: Vec<_> =
                fact.grants.iter().map(|grant| format!(" +{}", grant.points)).collect();
            format!("Visit {}@{}{}", who(fact.person), at(fact.site), points.concat())
        }
        Fact::Wellbeing(WellbeingFact::Award(fact)) => {
            format!("Award {}@{} +{}", who(fact.person), at(fact.site), fact.grant.points)
        }
        Fact::Wellbeing(WellbeingFact::Spend(fact)) => {
            format!("Spend {}@{} -{}", who(fact.person), at(fact.shop), fact.points)
        }
        Fact::Wellbeing(WellbeingFact::Transfer(fact)) => {
            format!("Transfer {} -{}", who(fact.person), fact.points)
        }
        Fact::Wellbeing(WellbeingFact::Settle(fact)) => {
            format!("Settle {} +{}", who(fact.person), fact.points)
        }
        Fact::Wellbeing(WellbeingFact::Reverse(_))
        | Fact::Correct(_)
        | Fact::Edit(_)
        | Fact::Shelter(_)
        | Fact::Token(_)
        | Fact::Transport(_)
        | Fact::School(_) => {
            let kind = Fact::KINDS.iter().find(|(kind, _)| *kind == fact.kind());
            kind.expect("a fact has a kind").1.to_owned()
        }
    };
    match decided {
        Ok(facts) => facts.iter().map(one).collect::<Vec<_>>().join(", "),
        Err(refusal) => format!("{refusal:?}"),
    }
}
