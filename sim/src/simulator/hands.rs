//! What a step comes to at a node: the command that its reader or its desk gives.

use digiana_core::engine::Engine;
use digiana_core::engine::input::Command;
use digiana_core::fact::edit::{Change, Edit, Value};
use digiana_core::fact::school::Attends;
use digiana_core::fact::shelter::{Assurance, Hazard, IncidentKind, SiteState};
use digiana_core::fact::token::TokenState;
use digiana_core::id::{BookId, EntryId, IncidentId, RecordId, SiteId};
use digiana_core::journal::journals::Journals;
use digiana_core::record::document::AdmittedEdit;
use digiana_core::record::document::text::TextDocument;
use digiana_core::record::field;
use digiana_core::register::Saw;
use digiana_core::scope::Scope;
use digiana_core::service::shelter::command::{Command as Shelter, Going, OpenIncident};
use digiana_core::service::transport::command::{Command as Transport, Trip};
use digiana_core::service::wellbeing::command::Command as Wellbeing;
use digiana_core::service::{school, shelter};

use super::cast::{Post, site};
use super::roll::{PRODUCTS, Roll};
use super::step::{Pick, Step};

/// The free text that people write in together: the note of one generated place.
pub(super) const NOTE: (Scope, RecordId) = (Scope::Town, RecordId(*b"the-note"));

/// What the hands at a node have before them.
pub(super) struct Hands<'a> {
    pub(super) roll: &'a Roll,
    pub(super) engine: &'a Engine,
    pub(super) journals: &'a dyn Journals,
    pub(super) node: usize,
    pub(super) post: Post,
    /// What was recorded here and shown to somebody, oldest first.
    pub(super) recorded: &'a [(Scope, EntryId)],
    /// A number of this step's own, for names that are drawn.
    pub(super) number: u64,
}

impl Hands<'_> {
    /// The command of a step; none where there is nothing to do it with.
    pub(super) fn command(&self, step: &Step) -> Option<Command> {
        let assurance = Assurance::Listed;
        Some(match step {
            Step::Tap(_, who) => self.tap(*who, assurance),
            Step::Going(_, who, pick) => {
                let going = Going {
                    incident: None,
                    site: None,
                    person: self.roll.resident(*who).person,
                    destination: None,
                    happened_at: None,
                    anyway: false,
                };
                Command::Shelter(match pick % 3 {
                    0 => Shelter::CheckOut(going),
                    1 => Shelter::Leave(going),
                    _ => Shelter::Return(going),
                })
            }
            Step::Edit(_, pick) => self.edit(*pick),
            Step::Splice(_, pick) => return self.splice(*pick),
            Step::Correct(_, pick) => {
                let (scope, target) = *chosen(self.recorded, *pick)?;
                Command::Correct { scope, target, reason: "訓練データ".into() }
            }
            Step::OpenIncident(_) => Command::Shelter(Shelter::OpenIncident(self.opening())),
            Step::CloseIncident(_) => {
                let incident = self.engine.folds().shelter.current_incident()?;
                Command::Shelter(Shelter::CloseIncident { incident, happened_at: None })
            }
            Step::OpenShelter(_) => self.set_state(SiteState::Open),
            Step::CloseShelter(_) => self.set_state(SiteState::Closed),
            Step::IssueBook(_, who) => {
                let [eleven, two] = PRODUCTS;
                Command::Transport(Transport::Issue {
                    book: BookId(self.name(*b"book")),
                    person: self.roll.resident(*who).person,
                    product: if who.is_multiple_of(2) { two } else { eleven },
                    happened_at: None,
                })
            }
            Step::VoidBook(_, pick) => return self.void(*pick),
            Step::NotePupil(_, who, pick) => {
                let attends = match pick % 3 {
                    0 => Attends::Arrived,
                    1 => Attends::Left,
                    _ => Attends::Absent,
                };
                let persons = vec![self.roll.pupil(self.node, *who).person];
                let note = school::command::Note { persons, attends, happened_at: None, day: None };
                Self::at_school(school::command::Asked::Note(note))
            }
            Step::Card(_, who, pick) => self.card(*who, *pick),
            Step::Join(_, who, pick) => {
                let walk_in = self.roll.resident(who.wrapping_add(1 + pick % 5)).person;
                let person = self.roll.resident(*who).person;
                Command::Shelter(Shelter::JoinPersons { walk_in, person })
            }
            Step::Crash(_)
            | Step::Close(_)
            | Step::Start(_)
            | Step::Restart(_)
            | Step::Lie(_)
            | Step::Damage(..)
            | Step::Fill(_)
            | Step::Free(_)
            | Step::SlowDisk(..)
            | Step::Clock(..)
            | Step::Partition(_)
            | Step::Heal
            | Step::OneWay(..)
            | Step::Flap(_)
            | Step::Mend(_)
            | Step::Call(_)
            | Step::Depart(_)
            | Step::Garble(..)
            | Step::OtherVersion(_)
            | Step::Introduce(..)
            | Step::Widen(..) => return None,
        })
    }

    fn tap(&self, who: u32, assurance: Assurance) -> Command {
        let token = self.roll.resident(who).card;
        match self.post {
            Post::Headquarters | Post::Shelter => {
                Command::Shelter(Shelter::TapCheckIn { token, assurance })
            }
            Post::Bus => {
                let trip = Trip { route: None, run: None, stop: None };
                let (fare, tickets) = (None, 1);
                Command::Transport(Transport::TapBoard { token, assurance, trip, fare, tickets })
            }
            Post::School => {
                let token = self.roll.pupil(self.node, who).card;
                Self::at_school(school::command::Asked::Tap { token, assurance })
            }
            Post::Facility => Command::Wellbeing(Wellbeing::TapVisit { token, assurance }),
            Post::Shop => {
                let points = 5 + who % 7;
                Command::Wellbeing(Wellbeing::TapSpend { token, assurance, points })
            }
        }
    }

    fn at_school(asked: school::command::Asked) -> Command {
        Command::School(school::command::Command { school: None, asked })
    }

    /// A field of a record, with what the form showed of it a moment ago.
    fn edit(&self, pick: Pick) -> Command {
        let reads_names = self.may_write(Scope::Register);
        let (scope, record, field) = if reads_names && pick.is_multiple_of(2) {
            let person = self.roll.resident(pick % 16).person;
            (Scope::Register, RecordId(person.0), field::PERSON_PHONE)
        } else {
            (Scope::Town, RecordId(place(pick % 4).0), field::SITE_CAPACITY)
        };
        let value = if scope == Scope::Register {
            Value::Text(format!("訓練データ {pick}"))
        } else {
            Value::Int(pick.into())
        };
        let held = self.engine.folds().records(scope).and_then(|it| it.field(record, field));
        let change = if pick.is_multiple_of(13) { Change::Delete } else { Change::Put(value) };
        let saw = held.map_or(Saw::NOTHING, |register| register.saw());
        let edit = Edit { record, field, change, saw, happened_at: None };
        Command::Edit { scope, edits: vec![edit] }
    }

    /// Some words into the note, or out of it.
    fn splice(&self, pick: Pick) -> Option<Command> {
        let (scope, record) = NOTE;
        let document = note(self.journals, self.engine)?;
        let mut wanted: Vec<char> = document.text().chars().collect();
        let at = usize::try_from(pick).ok()? % (wanted.len() + 1);
        if pick.is_multiple_of(3) && wanted.len() > 20 {
            wanted.drain(at.min(wanted.len() - 5)..).take(5).for_each(drop);
        } else {
            let words = format!("訓練{}。", pick % 100);
            wanted.splice(at..at, words.chars());
        }
        let wanted: String = wanted.into_iter().collect();
        let splices = document.splices(&document.saw(), &wanted).ok()?;
        let saw = document.saw();
        let edits: Vec<Edit> = splices
            .into_iter()
            .map(|splice| Edit {
                record,
                field: field::EVACUEE_NOTE,
                change: Change::Splice(splice),
                saw: saw.clone(),
                happened_at: None,
            })
            .collect();
        (!edits.is_empty()).then_some(Command::Edit { scope, edits })
    }

    fn opening(&self) -> OpenIncident {
        OpenIncident {
            incident: IncidentId(self.name(*b"inci")),
            kind: IncidentKind::Drill,
            hazards: vec![Hazard::Flood],
            title: "訓練データ".into(),
            happened_at: None,
        }
    }

    fn set_state(&self, state: SiteState) -> Command {
        // A shelter that hears nobody opens the incident by itself.
        let opening = (state == SiteState::Open).then(|| self.opening());
        Command::Shelter(Shelter::SetSiteState {
            incident: None,
            site: None,
            state,
            saw: None,
            opening,
            happened_at: None,
        })
    }

    fn void(&self, pick: Pick) -> Option<Command> {
        let folds = self.engine.folds();
        let books: Vec<BookId> = folds
            .transport
            .people()
            .flat_map(|(person, _)| {
                let allotted = folds.transport.allotted(&folds.tokens.aliases(person)).into_owned();
                allotted.books.into_iter().map(|held| held.book)
            })
            .collect();
        let book = *chosen(&books, pick)?;
        let tickets = Some(1 + pick % 2);
        let (refund, reason) = (100, "訓練データ".to_owned());
        let void = Transport::Void { book, tickets, refund, reason, happened_at: None };
        Some(Command::Transport(void))
    }

    fn card(&self, who: u32, pick: Pick) -> Command {
        let token = self.roll.resident(who).card;
        Command::Shelter(match pick % 4 {
            0 => shelter::command::Command::SuspendToken { token, state: TokenState::Suspended },
            1 => {
                let person = self.roll.resident(who.wrapping_add(1)).person;
                shelter::command::Command::LinkToken { token, person, replace: true }
            }
            // Most often a card that was found again.
            _ => {
                let person = self.roll.resident(who).person;
                shelter::command::Command::LinkToken { token, person, replace: true }
            }
        })
    }

    fn may_write(&self, scope: Scope) -> bool {
        let standing = self.engine.credentials().standing(self.engine.me());
        standing.is_some_and(|me| me.writes(scope))
    }

    /// Eight bytes that no other step draws.
    fn name(&self, kind: [u8; 4]) -> [u8; 8] {
        let mut name = [0; 8];
        let (first, rest) = name.split_at_mut(4);
        first.copy_from_slice(&kind);
        let [.., a, b, c, d] = self.number.to_be_bytes();
        rest.copy_from_slice(&[a, b, c, d]);
        name
    }
}

/// A place of which staff write a field now and then.
fn place(number: u32) -> SiteId {
    site(usize::try_from(number).expect("small"))
}

/// The note as a node's disk has it.
pub(super) fn note(journals: &dyn Journals, engine: &Engine) -> Option<TextDocument> {
    let (scope, record) = NOTE;
    let mut document = TextDocument::new(record, field::EVACUEE_NOTE);
    let edits = super::raw::edits(journals, engine, scope, record)?;
    let admitted: Vec<AdmittedEdit<'_>> = edits
        .iter()
        .map(|(entry, (counter, edit))| AdmittedEdit { entry: *entry, counter: *counter, edit })
        .collect();
    document.apply(&admitted);
    for chain in engine.frontier().in_order().filter(|chain| chain.scope() == scope) {
        // One look at what is held: nothing is waited for.
        document.reached(chain.journal(), u64::MAX);
    }
    Some(document)
}

fn chosen<T>(from: &[T], pick: Pick) -> Option<&T> {
    let length = u32::try_from(from.len()).ok().filter(|length| *length > 0)?;
    from.get(usize::try_from(pick % length).ok()?)
}
