//! How much memory a town takes.

use crate::fact::Fact;
use crate::fact::shelter::{Act, Assurance, Presence};
use crate::id::{EntryId, PersonId, SiteId};
use crate::register::{Register, Saw, Write};
use crate::service::Fold as _;
use crate::service::rehearsal::{FLOOD, START, origin, person, site};
use crate::service::shelter::fold::ShelterFold;
use crate::service::shelter::incident::PersonEntry;
use crate::service::shelter::writes::PresenceWrite;

/// What an allocator adds to each piece of heap, at most.
const PIECE: usize = 16;

const PEOPLE: u32 = 4_231;
const FACTS: u32 = 100_000;
const SHELTERS: u32 = 19;

/// A town in which everybody comes and goes, and one in five moves between two shelters.
fn busy_town() -> ShelterFold {
    let mut fold = ShelterFold::default();
    let mut seqs = vec![0; 128];
    for round in 0..FACTS {
        let person = person(round % PEOPLE);
        let turn = round / PEOPLE;
        let moved = round.is_multiple_of(5) && turn % 4 == 3;
        let desk = u8::try_from(65 + (round % PEOPLE % SHELTERS + u32::from(moved)) % SHELTERS);
        let desk = desk.unwrap();
        let seq: &mut u64 = &mut seqs[usize::from(desk)];
        *seq += 1;
        let origin = origin(char::from(desk), *seq, START + i64::from(round));
        let saw = fold.incident(FLOOD).and_then(|flood| flood.presence(person)).map(Register::saw);
        let fact = Presence {
            incident: FLOOD,
            person,
            site: site(char::from(desk)),
            act: if turn.is_multiple_of(2) { Act::CheckIn } else { Act::Leave },
            assurance: Assurance::Listed,
            saw: saw.unwrap_or(Saw::NOTHING),
            happened_at: None,
            destination: None,
        };
        fold.apply(&origin, &Fact::from(fact));
    }
    fold
}

/// Counts what the people of a fold take, room to spare and the allocator's own included.
fn bytes_of_people(fold: &ShelterFold) -> usize {
    // A tree is half empty at worst; an id for each site's set lies beside.
    let ids = size_of::<PersonId>() + size_of::<PersonId>();
    let row = 2 * (size_of::<PersonEntry>() + ids);
    let flood = fold.incident(FLOOD).unwrap();
    let of = |register: &Register<PresenceWrite>| {
        let saw = |write: &Write<PresenceWrite>| match write.saw.dots().len() {
            0 => 0,
            dots => dots * size_of::<EntryId>() + PIECE,
        };
        let room = register.writes().len() + register.writes().len() / 8 + 1;
        let writes = room * size_of::<Write<PresenceWrite>>() + PIECE;
        writes + register.writes().iter().map(saw).sum::<usize>()
    };
    let people = flood.accounted_people().map(|(person, _)| {
        let places = size_of_val(flood.whereabouts(person).places()) + PIECE;
        row + places + of(flood.presence(person).unwrap())
    });
    people.sum()
}

#[test]
fn a_hundred_thousand_presences_take_fifteen_megabytes_at_most() {
    let fold = busy_town();
    let bytes = bytes_of_people(&fold);
    assert!(bytes <= 15_000_000, "{bytes} bytes");
    let flood = fold.incident(FLOOD).unwrap();
    assert_eq!(flood.accounted_people().count(), usize::try_from(PEOPLE).unwrap());
    let sites: Vec<SiteId> = flood.sites().collect();
    assert_eq!(sites.len(), usize::try_from(SHELTERS).unwrap());
}
