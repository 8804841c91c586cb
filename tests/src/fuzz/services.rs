//! Facts as an admitted node may write them that keeps to no rule, folded and shown.

use std::collections::BTreeMap;

use digiana_core::engine::folds::Folds;
use digiana_core::engine::input::Command;
use digiana_core::fact::shelter::Assurance;
use digiana_core::fact::{Fact, Kind};
use digiana_core::id::{EntryId, Hash, JournalId, NodeId, PersonId, SiteId};
use digiana_core::scope::Scope;
use digiana_core::service::asked::Context;
use digiana_core::service::search::PeopleIndex;
use digiana_core::service::{Origin, Standing, school, shelter, transport, wellbeing};
use digiana_core::time::{Confidence, Day, Wall};
use digiana_core::token::TokenTag;
use digiana_core::view::board::board;
use digiana_core::view::gathered::Gathered;
use digiana_core::view::roster::{roster, unaccounted};
use digiana_core::view::school::School;
use digiana_core::view::transport::Tickets;
use digiana_core::view::transport::month::Month;
use digiana_core::view::warnings::warnings;
use digiana_core::view::wellbeing::unseen::Watch;
use digiana_core::view::{Sources, desk, public, wellbeing as points};

use super::cursor::Cursor;

const NOW: Wall = Wall { seconds: 1_790_000_000, confidence: Confidence::Synced };
const FACTS_MAX: usize = 40;
pub(super) const SITE: SiteId = SiteId([0x51; 8]);
const TOKEN: TokenTag = TokenTag([0x70; 16]);
const PERSON: PersonId = PersonId([0xab; 8]);

/// The scopes a fact is said to be written in.
pub(super) const SCOPES: [Scope; 8] = [
    Scope::Shelter,
    Scope::Tokens,
    Scope::Transport,
    Scope::Wellbeing,
    Scope::School(SITE),
    Scope::Town,
    Scope::Register,
    Scope::Public,
];

/// Whatever is written, in whatever order it comes: one state, ledgers that sum to nought, views
/// that can be shown, and rules that answer.
pub(super) fn service(bytes: &[u8]) {
    let facts = facts(&mut Cursor::new(bytes));
    let mut folds = Folds::default();
    facts.iter().for_each(|(scope, origin, fact)| folds.apply(*scope, origin, fact));
    let mut backwards = Folds::default();
    facts.iter().rev().for_each(|(scope, origin, fact)| backwards.apply(*scope, origin, fact));
    for scope in SCOPES {
        assert_eq!(folds.digest(scope), backwards.digest(scope), "{scope}");
    }
    let figures = folds.figures();
    assert_eq!(figures, backwards.figures());
    assert_eq!(figures.ledger_sum, 0);
    show(&folds);
    decide(&folds);
}

fn facts(cursor: &mut Cursor<'_>) -> Vec<(Scope, Origin, Fact)> {
    let mut facts: Vec<(Scope, Origin, Fact)> = Vec::new();
    let mut last: BTreeMap<JournalId, u64> = BTreeMap::new();
    while !cursor.is_empty() && facts.len() < FACTS_MAX {
        let by = cursor.byte();
        let scope = *cursor.one_of(&SCOPES).expect("there are scopes");
        // Two authors, each with a journal in each scope.
        let name = scope.to_bytes().first().copied().unwrap_or(0);
        let journal = JournalId([by % 2, name, 0, 0, 0, 0, 0, 0]);
        let seq = last.entry(journal).or_insert(1);
        *seq += 1;
        let seconds = if by & 4 == 0 {
            NOW.seconds + i64::try_from(facts.len()).unwrap_or(0)
        } else {
            i64::from_le_bytes(cursor.array()) >> 4
        };
        let wall = Wall { seconds, confidence: Confidence::from_code(u64::from(by >> 6)) };
        let origin = Origin {
            entry: EntryId { journal, seq: *seq },
            hash: Hash([u8::try_from(*seq).unwrap_or(255); 32]),
            author: NodeId([by % 2; 32]),
            counter: 40 + *seq,
            wall,
            standing: if by & 8 == 0 { Standing::Admitted } else { Standing::Unverified },
        };
        let kind: Kind = cursor.one_of(Fact::KINDS).expect("there are kinds").0;
        if let Ok(Some(fact)) = Fact::decode(kind, cursor.run()) {
            facts.push((scope, origin, fact));
        }
    }
    facts
}

fn show(folds: &Folds) {
    let today = Day::of(NOW.seconds);
    let sources = Sources {
        shelter: &folds.shelter,
        tokens: &folds.tokens,
        town: folds.records(Scope::Town),
        register: folds.records(Scope::Register),
        authority: true,
    };
    let _ = public::public_shelters(&sources, NOW);
    let index = sources.register.map(PeopleIndex::build);
    for (incident, held) in folds.shelter.open_incidents() {
        let board = board(&sources, incident, &BTreeMap::new(), NOW).expect("the incident is held");
        let _ = (roster(&sources, incident, SITE), unaccounted(&sources, incident), warnings(held));
        let gathered = Gathered::new(sources, incident);
        let _ = gathered.map(|it| it.trend(NOW.seconds - 86_400, NOW.seconds, 48));
        let _ = desk::rows(&sources, Some(incident), vec![PERSON]);
        let _ = desk::household(&sources, Some(incident), PERSON);
        let _ = index.as_ref().map(|index| desk::search(&sources, index, Some(incident), "訓", 20));
        let _ = board;
    }
    let tickets =
        Tickets { transport: &folds.transport, tokens: &folds.tokens, town: sources.town };
    let _ = (tickets.owing(), tickets.sold(), tickets.days(today, 60));
    assert_eq!(tickets.ledger().sum(), 0);
    let _ = (tickets.account(PERSON, today), tickets.last_ride_in(SITE, PERSON, today));
    let _ = Month::of(today).map(|month| tickets.month(month));
    let days = today.plus(-30)..=today;
    let _ = points::visits(&sources, &folds.wellbeing, &days);
    let _ = points::overdrawn(&folds.wellbeing, &folds.tokens);
    assert_eq!(points::totals(&folds.wellbeing, &folds.tokens).sum(), 0);
    let watch = Watch { sources, wellbeing: &folds.wellbeing, readers: &[], now: NOW };
    let _ = watch.list(|_| Vec::new(), |_| None);
    let school = School {
        sources,
        site: SITE,
        fold: folds.school(SITE),
        list: folds.records(Scope::School(SITE)),
    };
    let _ = (school.board(today), school.on_their_way(today));
    let _ = (school.day_log(PERSON, today), school.days(PERSON, today, 14));
}

/// What the rules say to somebody who holds a card to a reader or stands at a counter.
fn decide(folds: &Folds) {
    let assurance = Assurance::Listed;
    let context = Context { site: Some(SITE), now: NOW };
    let trip = transport::command::Trip::default();
    let commands = [
        Command::Shelter(shelter::command::Command::TapCheckIn { token: TOKEN, assurance }),
        Command::Transport(transport::command::Command::TapBoard {
            token: TOKEN,
            assurance,
            trip,
            fare: Some(100),
            tickets: 1,
        }),
        Command::Wellbeing(wellbeing::command::Command::TapVisit { token: TOKEN, assurance }),
        Command::Wellbeing(wellbeing::command::Command::TapSpend {
            token: TOKEN,
            assurance,
            points: 5,
        }),
        Command::School(school::command::Command {
            school: None,
            asked: school::command::Asked::Tap { token: TOKEN, assurance },
        }),
    ];
    for command in commands {
        if let Ok(facts) = folds.decide(&command, &context) {
            assert!(!facts.is_empty());
            for (_, fact) in facts {
                assert_eq!(Fact::decode(fact.kind(), &fact.encode()), Ok(Some(fact)));
            }
        }
    }
}
