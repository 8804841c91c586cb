//! Facts in few words.

use digiana_core::fact::Fact;
use digiana_core::fact::correct::Correct;
use digiana_core::fact::edit::{Change, Edit, FieldId, Value};
use digiana_core::fact::school::{Attendance, Attends};
use digiana_core::fact::shelter::{
    Act, Assurance, ConfirmedSafe, IncidentKind, IncidentOpened, Presence, SafePlace, SiteState,
    SiteStateSet,
};
use digiana_core::fact::token::{PersonsJoined, TokenSet, TokenState};
use digiana_core::fact::transport::{BookIssued, BookVoided, Ride};
use digiana_core::fact::wellbeing::{Grant, Reverse, Settle, Settlement, Spend, Visit};
use digiana_core::fact::words::Words;
use digiana_core::id::{BookId, EntryId};
use digiana_core::record::of_person;
use digiana_core::register::Saw;
use digiana_core::scope::Scope;
use digiana_core::time::Day;
use digiana_core::token::TokenTag;

use super::rehearsal::{FLOOD, START, Said, person, record, saw, site};

pub(super) fn token(number: u8) -> TokenTag {
    TokenTag([number; 16])
}

pub(super) fn book(number: u8) -> BookId {
    BookId([number; 8])
}

pub(super) fn today() -> Day {
    Day::of(START)
}

fn why() -> Words {
    Words::new("訓練データ: 取り違え")
}

/// What a rule gives.
pub(super) fn grant(points: u32, daily_cap: Option<u32>) -> Grant {
    Grant { rule: record(1), version: [0; 4], points, daily_cap }
}

pub(super) fn spend(who: u8, points: u32) -> Spend {
    let (person, shop) = (person(who), site('S'));
    Spend { person, shop, points, assurance: Assurance::Listed, happened_at: None }
}

impl Said {
    /// The incident of most stories is opened.
    pub(super) fn opens(&mut self, desk: char) -> EntryId {
        let (kind, title) = (IncidentKind::Drill, "訓練".to_owned());
        let (incident, hazards, happened_at) = (FLOOD, Vec::new(), None);
        let fact = IncidentOpened { incident, kind, hazards, title, happened_at };
        self.say(desk, Scope::Shelter, fact)
    }

    /// Somebody does something at the shelter of a desk, which saw that of them.
    pub(super) fn at(&mut self, desk: char, act: Act, who: u8, seen: &[EntryId]) -> EntryId {
        let (incident, person, saw) = (FLOOD, person(who), saw(seen));
        let (assurance, happened_at, destination) = (Assurance::Listed, None, None);
        let site = site(desk);
        let fact =
            Presence { incident, person, site, act, assurance, saw, happened_at, destination };
        self.say(desk, Scope::Shelter, fact)
    }

    pub(super) fn safe(&mut self, desk: char, who: u8) -> EntryId {
        let (incident, person, place) = (FLOOD, person(who), SafePlace::Home);
        let (assurance, happened_at) = (Assurance::Vouched, None);
        let fact = ConfirmedSafe { incident, person, place, assurance, happened_at };
        self.say(desk, Scope::Shelter, fact)
    }

    pub(super) fn state(&mut self, desk: char, state: SiteState, seen: &[EntryId]) -> EntryId {
        let (incident, site, saw, happened_at) = (FLOOD, site(desk), saw(seen), None);
        self.say(desk, Scope::Shelter, SiteStateSet { incident, site, state, saw, happened_at })
    }

    pub(super) fn card(&mut self, desk: char, number: u8, who: u8, seen: &[EntryId]) -> EntryId {
        let (token, person, state) = (token(number), person(who), TokenState::Active);
        let (saw, happened_at) = (saw(seen), None);
        self.say(desk, Scope::Tokens, TokenSet { token, person, state, saw, happened_at })
    }

    pub(super) fn join(&mut self, desk: char, walk_in: u8, who: u8) -> EntryId {
        let (walk_in, person, happened_at) = (person(walk_in), person(who), None);
        self.say(desk, Scope::Tokens, PersonsJoined { walk_in, person, happened_at })
    }

    /// A book is sold, good up to a day.
    pub(super) fn book(&mut self, desk: char, number: u8, who: u8, tickets: u32) -> EntryId {
        let fact = BookIssued {
            book: book(number),
            person: person(who),
            product: record(9),
            version: [0; 4],
            tickets,
            price: 1000,
            operator: None,
            valid_until: None,
            happened_at: None,
        };
        self.say(desk, Scope::Transport, fact)
    }

    pub(super) fn void(&mut self, desk: char, number: u8, who: u8, tickets: u32) -> EntryId {
        let (book, person, reason) = (book(number), person(who), why());
        let fact = BookVoided { book, person, tickets, refund: 0, reason, happened_at: None };
        self.say(desk, Scope::Transport, fact)
    }

    pub(super) fn ride(&mut self, desk: char, who: u8, tickets: u32) -> EntryId {
        let fact = Ride {
            person: person(who),
            vehicle: site(desk),
            operator: None,
            route: None,
            from: None,
            to: None,
            tickets,
            fare: None,
            assurance: Assurance::Listed,
            happened_at: None,
        };
        self.say(desk, Scope::Transport, fact)
    }

    /// Somebody comes to the facility of a desk.
    pub(super) fn visit(&mut self, desk: char, at: char, who: u8, grant: Grant) -> EntryId {
        let fact = Visit {
            person: person(who),
            site: site(at),
            grants: vec![grant],
            assurance: Assurance::Listed,
            happened_at: None,
            temperature: None,
        };
        self.say(desk, Scope::Wellbeing, fact)
    }

    pub(super) fn spends(&mut self, desk: char, who: u8, points: u32) -> EntryId {
        self.say(desk, Scope::Wellbeing, spend(who, points))
    }

    pub(super) fn settles(&mut self, desk: char, who: u8, points: u32) -> EntryId {
        let (person, how, reason) = (person(who), Settlement::PaidBack, why());
        let fact = Settle { person, points, how, reason, happened_at: None };
        self.say(desk, Scope::Wellbeing, fact)
    }

    pub(super) fn reverses(&mut self, desk: char, target: EntryId) -> EntryId {
        let (target, target_hash, reason) = (target, self.hash_of(target), why());
        self.say(desk, Scope::Wellbeing, Reverse { target, target_hash, reason })
    }

    /// A pupil of the school A comes, goes, or is absent.
    pub(super) fn pupil(
        &mut self,
        desk: char,
        attends: Attends,
        who: u8,
        seen: &[EntryId],
    ) -> EntryId {
        let (person, saw, assurance) = (person(who), saw(seen), Assurance::Listed);
        let fact = Attendance { person, attends, assurance, saw, happened_at: None, day: None };
        self.say(desk, Scope::School(site('A')), fact)
    }

    /// A desk writes a field of a person's record.
    pub(super) fn writes(
        &mut self,
        desk: char,
        scope: Scope,
        who: u8,
        field: FieldId,
        value: &str,
    ) -> EntryId {
        let (record, change) = (of_person(person(who)), Change::Put(Value::Text(value.to_owned())));
        let edit = Edit { record, field, change, saw: Saw::NOTHING, happened_at: None };
        self.say(desk, scope, Fact::Edit(edit))
    }

    /// Staff correct an entry.
    pub(super) fn corrects(&mut self, desk: char, target: EntryId) -> EntryId {
        let target_hash = self.hash_of(target);
        let scope = self.model.fact(target).unwrap().scope;
        let correct = Correct { target, target_hash, reason: why() };
        self.say(desk, scope, Fact::Correct(correct))
    }

    fn hash_of(&self, entry: EntryId) -> [u8; 4] {
        Correct::hash_of(self.model.fact(entry).unwrap().hash)
    }
}
