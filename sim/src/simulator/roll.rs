//! The roll of the town: its residents, their cards, its pupils, and what its lists say (訓練データ).

use digiana_core::engine::input::Command;
use digiana_core::fact::edit::{Change, Edit, FieldId, Value};
use digiana_core::id::{PersonId, RecordId, SiteId};
use digiana_core::record::{field, of_person, of_site};
use digiana_core::register::Saw;
use digiana_core::scope::Scope;
use digiana_core::service::lists::site as serves;
use digiana_core::service::shelter;
use digiana_core::token::TokenTag;

use crate::rng::Rng;

use super::cast::{Post, site};

/// Every tenth resident goes to school.
const PUPIL_EVERY: u32 = 10;

/// How many edits go into one command.
const EDITS_AT_ONCE: usize = 40;

/// The bus company.
pub(super) const COMPANY: RecordId = RecordId(*b"company-");

/// The only route.
const ROUTE: RecordId = RecordId(*b"route---");

/// A book of eleven tickets, and one of two that is good for three days.
pub(super) const PRODUCTS: [RecordId; 2] = [RecordId(*b"eleven--"), RecordId(*b"two-----")];

/// A resident.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resident {
    pub(super) person: PersonId,
    pub(super) card: TokenTag,
}

/// Everybody, and everything that is known from the start.
#[derive(Debug)]
pub(super) struct Roll {
    residents: Vec<Resident>,
    schools: Vec<usize>,
}

impl Roll {
    pub(super) fn draw(residents: u32, posts: &[Post], rng: &mut Rng) -> Self {
        let residents = (0..residents).map(|_| {
            let (mut person, mut card) = ([0; PersonId::LEN], [0; TokenTag::LEN]);
            rng.fill(&mut person);
            rng.fill(&mut card);
            Resident { person: PersonId(person), card: TokenTag(card) }
        });
        let of_schools = (0..).zip(posts).filter(|(_, post)| **post == Post::School);
        let schools = of_schools.map(|(node, _)| node).collect();
        Self { residents: residents.collect(), schools }
    }

    /// A resident by number, which may be any.
    pub(super) fn resident(&self, number: u32) -> Resident {
        let count = u32::try_from(self.residents.len()).expect("a town has so many people");
        let index = usize::try_from(number % count).expect("an index");
        *self.residents.get(index).expect("below the count")
    }

    /// How many there are.
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.residents.len()).expect("a town has so many people")
    }

    /// A pupil of the school at that node, by number.
    pub(super) fn pupil(&self, school: usize, number: u32) -> Resident {
        let schools = u32::try_from(self.schools.len().max(1)).expect("few schools");
        let place = self.schools.iter().position(|node| *node == school).unwrap_or(0);
        let place = u32::try_from(place).expect("few schools");
        // Pupil 0 of the first school, pupil 0 of the second, and so on round the schools.
        let pupils = (self.count() / PUPIL_EVERY / schools).max(1);
        self.resident(((number % pupils) * schools + place) * PUPIL_EVERY)
    }

    fn pupils(&self) -> impl Iterator<Item = (usize, Resident)> {
        let every = usize::try_from(PUPIL_EVERY).expect("small");
        let pupils = self.residents.iter().step_by(every).copied();
        self.schools.iter().copied().cycle().zip(pupils)
    }

    /// What headquarters enters before the town begins.
    pub(super) fn entered(&self, posts: &[Post]) -> Vec<Command> {
        let mut town = lists();
        for (node, post) in (0..).zip(posts) {
            town.extend(fields_of(site(node), *post));
        }
        let mut commands = edits(Scope::Town, town);
        for (school, pupil) in self.pupils() {
            let name = put(RecordId(pupil.person.0), field::PUPIL_NAME, text("生徒（訓練データ）"));
            commands.extend(edits(Scope::School(site(school)), vec![name]));
        }
        let named = self.residents.iter().map(|resident| {
            put(of_person(resident.person), field::PERSON_NAME, text("住民（訓練データ）"))
        });
        commands.extend(edits(Scope::Register, named.collect()));
        commands.extend(self.residents.iter().map(|resident| {
            let (token, person) = (resident.card, resident.person);
            let link = shelter::command::Command::LinkToken { token, person, replace: false };
            Command::Shelter(link)
        }));
        commands
    }
}

fn edits(scope: Scope, edits: Vec<Edit>) -> Vec<Command> {
    let some = |edits: &[Edit]| Command::Edit { scope, edits: edits.to_vec() };
    edits.chunks(EDITS_AT_ONCE).map(some).collect()
}

fn put(record: RecordId, field: FieldId, value: Value) -> Edit {
    Edit { record, field, change: Change::Put(value), saw: Saw::NOTHING, happened_at: None }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn lists() -> Vec<Edit> {
    let company = || Value::Bytes(COMPANY.0.to_vec());
    let stops = [RecordId(*b"stop-a--"), RecordId(*b"stop-b--")];
    let [eleven, two] = PRODUCTS;
    let (visit, school) = (RecordId(*b"visit---"), RecordId(*b"school--"));
    let mut lists = vec![
        put(COMPANY, field::OPERATOR_NAME, text("町営バス（訓練データ）")),
        put(ROUTE, field::ROUTE_NAME, text("谷線（訓練データ）")),
        put(ROUTE, field::ROUTE_OPERATOR, company()),
        put(ROUTE, field::ROUTE_STOPS, text(&stops.map(|stop| stop.to_string()).join(" "))),
        put(ROUTE, field::ROUTE_TIMES, text("07:00 07:10\n17:00 17:10")),
        put(eleven, field::PRODUCT_NAME, text("11回券（訓練データ）")),
        put(eleven, field::PRODUCT_TICKETS, Value::Int(11)),
        put(eleven, field::PRODUCT_PRICE, Value::Int(2_000)),
        put(eleven, field::PRODUCT_OPERATOR, company()),
        put(two, field::PRODUCT_NAME, text("2回券（訓練データ）")),
        put(two, field::PRODUCT_TICKETS, Value::Int(2)),
        put(two, field::PRODUCT_PRICE, Value::Int(400)),
        put(two, field::PRODUCT_VALID_DAYS, Value::Int(3)),
        put(visit, field::RULE_NAME, text("来館ポイント（訓練データ）")),
        put(visit, field::RULE_POINTS, Value::Int(10)),
        put(visit, field::RULE_DAILY_CAP, Value::Int(15)),
        put(school, field::RULE_NAME, text("登校ポイント（訓練データ）")),
        put(school, field::RULE_POINTS, Value::Int(2)),
        put(school, field::RULE_FOR, Value::Int(1)),
    ];
    lists.extend(stops.map(|stop| put(stop, field::STOP_NAME, text("停留所（訓練データ）"))));
    lists
}

fn fields_of(site: SiteId, post: Post) -> Vec<Edit> {
    let serves = match post {
        Post::Headquarters => return Vec::new(),
        Post::Shelter => serves::SHELTER,
        Post::Bus => serves::VEHICLE,
        Post::School => serves::SCHOOL,
        Post::Facility => serves::FACILITY,
        Post::Shop => serves::SHOP,
    };
    let record = of_site(site);
    let mut fields = vec![
        put(record, field::SITE_NAME, text(&format!("{}（訓練データ）", post.word()))),
        put(record, field::SITE_SERVES, Value::Int(serves)),
    ];
    if post == Post::Bus {
        fields.push(put(record, field::SITE_OPERATOR, Value::Bytes(COMPANY.0.to_vec())));
    }
    fields
}
