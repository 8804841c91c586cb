//! The one seam between pages and the node: what pages read, and the road their orders take.
//!
//! A page holds no state of the town. It reads one of these views, made for it from the node's
//! folds at the moment it is asked for, and it sends an [`Order`], which takes the road of a tap:
//! decided, made durable, and only then answered.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use digiana_core::credential::admit::Role;
use digiana_core::fact::edit::FieldId;
use digiana_core::fact::shelter::{Act, Assurance, Congestion, IncidentKind, SiteState};
use digiana_core::fact::warning::WarningLevel;
use digiana_core::id::{EntryId, IncidentId, NodeId, PersonId, SiteId};
use digiana_core::register::Saw;
use digiana_core::scope::Scope;
use digiana_core::service::refusal::Refusal;
use digiana_core::view::public::Band;
use digiana_core::view::trend::Point;
use digiana_node::config::Serves;
use digiana_node::handle::Did;
use digiana_node::reader::card::TurnedAway;
use digiana_node::reader::purpose::Purpose;
use tokio::sync::watch;

use self::evacuee::Holds;
use self::order::Order;
use crate::import::hazard::{Hazard, Validity};

pub mod aggregate;
pub mod asked;
pub mod cards;
pub mod evacuee;
pub mod lists;
pub mod node;
pub mod order;
pub mod school;
pub mod seen;
pub mod transport;
pub mod wellbeing;

#[cfg(test)]
pub(crate) mod town;

/// What pages need of the node.
pub trait Backend:
    cards::CardBackend
    + lists::ListsBackend
    + school::SchoolBackend
    + transport::TransportBackend
    + wellbeing::WellbeingBackend
    + Send
    + Sync
    + 'static
{
    /// Where this gateway stands.
    fn place(&self) -> Place;

    /// What the node's wall clock shows: Unix seconds.
    fn now(&self) -> i64;

    /// The incident that shelters are open for, if there is one.
    fn incident(&self) -> Option<Incident>;

    /// The whole town for headquarters.
    fn board(&self) -> Board;

    /// One shelter for its desk; `None` for a site the town does not know.
    fn desk(&self, site: SiteId) -> Option<Desk>;

    /// Households with a member whose name or kana begins so, at most [`FOUND_MAX`]; or that of
    /// whoever holds the card whose number it is, typed or scanned.
    fn search(&self, text: &str) -> Vec<Household>;

    /// A person with the rest of their household, the person first; without those of it who are
    /// protected, and without any of it where the person is.
    fn household(&self, person: PersonId) -> Household;

    /// What the desk of `site` holds of one person; `None` where it may not or does not.
    fn person(&self, site: SiteId, person: PersonId) -> Option<Person>;

    /// What the reader beside this screen last answered.
    fn last_tap(&self) -> Option<Tap>;

    /// Whether a card lies on the reader that its holder has forgotten.
    fn card_is_forgotten(&self) -> bool;

    /// Whether this device has a reader that reads nothing now.
    fn reader_is_lost(&self) -> bool;

    /// Whether this device has a scanner that reads no printed codes now.
    fn scanner_is_away(&self) -> bool;

    /// What the reader beside this screen serves.
    fn serves(&self) -> Serves;

    /// What the next tap at that reader means.
    fn purpose(&self) -> Purpose;

    /// Says what the next tap means: how much a customer is to pay, where the bus is.
    fn set_purpose(&self, purpose: Purpose);

    /// What anyone may know of the shelters.
    fn public(&self) -> PublicTown;

    /// Whether the store takes writes, and the reason when it does not.
    fn health(&self) -> Result<(), String>;

    /// How many damaged stores were set aside and lie beside this node's store.
    fn stores_set_aside(&self) -> usize;

    /// Figures for whoever watches over the devices.
    fn figures(&self) -> Figures;

    /// What the town's records say of a place; `None` for one it does not know.
    fn site(&self, site: SiteId) -> Option<Vec<SiteField>>;

    /// Every device of the town as this one hears it, this one first.
    fn mesh(&self) -> Vec<MeshDevice>;

    /// Does not talk to a device until [`resume`](Self::resume): for drills and for maintenance.
    fn pause(&self, device: NodeId);

    /// Talks to a paused device again.
    fn resume(&self, device: NodeId);

    /// Counts up whenever a view may have changed.
    fn changes(&self) -> watch::Receiver<u64>;

    /// Decides an order, makes its facts durable and answers then.
    fn submit(&self, order: Order) -> Answer<'_>;
}

/// What becomes of an order, later.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<Recorded, Refusal>> + Send + 'a>>;

/// What an order wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recorded {
    /// The entries that say what somebody did, each with its scope, for taking them back.
    pub entries: Vec<(Scope, EntryId)>,
}

impl Recorded {
    /// What is left of facts that were recorded when those are passed over that nobody takes back
    /// by a button: fields of records.
    pub fn of(facts: impl IntoIterator<Item = (Scope, EntryId)>) -> Self {
        let by_people = |(scope, _): &(Scope, EntryId)| match scope {
            Scope::Shelter
            | Scope::Tokens
            | Scope::Transport
            | Scope::Wellbeing
            | Scope::School(_) => true,
            Scope::Town
            | Scope::Register
            | Scope::Care(_)
            | Scope::Notices
            | Scope::Staff
            | Scope::Public => false,
        };
        Self { entries: facts.into_iter().filter(by_people).collect() }
    }
}

/// The most households one search shows.
pub const FOUND_MAX: usize = 20;

/// Where a gateway stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// What people call the device.
    pub device: String,
    /// The site it stands at, if it stands at one.
    pub site: Option<SiteId>,
    /// The whole town is a rehearsal, by its key.
    pub is_drill_town: bool,
    /// Since when headquarters has not been heard: Unix seconds, or 0 for never. `None` while it is
    /// heard, and at headquarters.
    pub cut_off_since: Option<i64>,
}

/// The disaster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// Its name in the journals.
    pub id: IncidentId,
    /// Whether it is one.
    pub kind: IncidentKind,
    /// What people call it.
    pub title: String,
    /// What threatens.
    pub hazards: Vec<Hazard>,
    /// Since when: Unix seconds.
    pub since: i64,
}

/// A count that may be short of what unheard places know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Headcount {
    /// So many at least.
    pub sure: u32,
    /// So many at most, where the same people are claimed by several places or a place is unheard;
    /// equal to `sure` where nothing is in doubt.
    pub at_most: u32,
    /// How many places have not been heard for a while.
    pub unheard: u32,
}

/// The board of headquarters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Board {
    /// 避難者数
    pub people: Headcount,
    /// 安否未確認; `None` where no register is held, so that nobody reads 0.
    pub unaccounted: Option<u32>,
    /// How many sites are open.
    pub open: u32,
    /// Devices that are not heard, longest unheard first.
    pub unheard: Vec<Unheard>,
    /// Every site, oldest freshness first.
    pub sites: Vec<SiteRow>,
    /// People whom several cut-off sites count.
    pub two_places: Vec<TwoPlaces>,
    /// What districts are to do, the most urgent first; lifted ones last.
    pub warnings: Vec<Warning>,
    /// What people call the parts of the town, for whoever notes a warning.
    pub districts: Vec<String>,
    /// How many were at shelters, at even moments from the incident's beginning until now.
    pub trend: Vec<Point>,
    /// What was entered after it happened (後追い入力), the newest first. At most [`LATE_MAX`].
    pub late: Vec<Late>,
    /// Which opening kits were used, the newest first. At most [`LATE_MAX`].
    pub kits: Vec<KitUse>,
    /// How many people only entries speak of whose device is not admitted.
    pub unverified: u32,
    /// Entries that this version does not understand, or that nobody here can check yet.
    pub set_aside: u64,
    /// Other incidents that are open, the newest first. At most [`OTHERS_MAX`].
    pub others: Vec<Incident>,
}

/// The most other incidents that a board names.
pub const OTHERS_MAX: usize = 8;

/// The most late entries that a board shows.
pub const LATE_MAX: usize = 20;

/// What a district is to do (避難情報).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Its name; empty for the whole town.
    pub district: String,
    /// The level; `None` when it was lifted.
    pub level: Option<WarningLevel>,
    /// Since when: Unix seconds.
    pub since: i64,
    /// Desks that could not hear each other noted different levels.
    pub is_disputed: bool,
}

/// An opening kit was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KitUse {
    /// At which site.
    pub site_name: String,
    /// When: Unix seconds.
    pub at: i64,
}

/// What was entered after it happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Late {
    /// Whom it is about.
    pub name: ShownName,
    /// The site it names.
    pub site_name: String,
    /// What they did.
    pub act: Act,
    /// When they did: Unix seconds.
    pub happened_at: i64,
    /// When it was entered: Unix seconds.
    pub entered_at: i64,
}

/// A device that is not heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unheard {
    /// What people call it.
    pub device: String,
    /// When it was last heard: Unix seconds; `None` for never.
    pub last_heard: Option<i64>,
}

/// One site on the board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteRow {
    /// Which.
    pub site: SiteId,
    /// What people call it.
    pub name: String,
    /// Whether it takes people in.
    pub state: SiteState,
    /// The states that desks gave it which could not hear each other; empty where they agree.
    pub disputed: Vec<SiteState>,
    /// Who is there.
    pub people: Headcount,
    /// How many of them are out for a while.
    pub on_leave: u32,
    /// How many it holds, if staff have said so.
    pub capacity: Option<u32>,
    /// How crowded it is; `None` where nobody knows.
    pub congestion: Option<Congestion>,
    /// Staff said so, whatever the count says.
    pub congestion_by_staff: bool,
    /// Whether it is valid for each hazard of the incident; for all hazards where there is none.
    pub validity: Vec<(Hazard, Validity)>,
    /// Millionths of a degree north and east, if somebody has entered them.
    pub place: Option<(i64, i64)>,
    /// It admits only those it names (福祉避難所).
    pub is_welfare: bool,
    /// When its own devices were last heard.
    pub freshness: Freshness,
    /// Whether headquarters holds what happened there.
    pub custody: Custody,
}

/// When a site was last heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// It is this place.
    Here,
    /// It is heard now.
    Linked,
    /// It was heard then: Unix seconds.
    Heard(i64),
    /// Never yet, or nothing stands there.
    Never,
}

/// Whether headquarters holds something durably.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Custody {
    /// All of it, as of then: Unix seconds.
    Held(i64),
    /// Not yet. The last that headquarters said it held was then, if it ever said so.
    Waiting(Option<i64>),
    /// There is nothing to hold.
    Nothing,
}

/// A name as this reader may see it. `Debug` is silent.
#[derive(Clone, PartialEq, Eq)]
pub enum ShownName {
    /// It may be seen.
    Shown {
        /// As the person writes it.
        name: String,
        /// As it is read; empty where nobody knows.
        kana: String,
    },
    /// Protected from everyone but the authority.
    Protected,
    /// No register is held here, or the person is in none.
    Unknown,
}

impl fmt::Debug for ShownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shown { .. } => "Shown(hidden)",
            Self::Protected => "Protected",
            Self::Unknown => "Unknown",
        })
    }
}

/// Somebody whom several sites count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TwoPlaces {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: ShownName,
    /// The year of their birth, if it is known and may be seen.
    pub birth_year: Option<i32>,
    /// The part of the town they live in, as far as it is known and may be seen.
    pub lives_in: String,
    /// What each site says, oldest first.
    pub claims: Vec<Claim>,
}

/// What one site says of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Which site.
    pub site: SiteId,
    /// What people call it.
    pub site_name: String,
    /// When it happened there: Unix seconds.
    pub at: i64,
    /// How sure it is.
    pub assurance: Assurance,
}

/// One shelter for its desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desk {
    /// The site as on the board.
    pub row: SiteRow,
    /// Who is of this shelter, by kana.
    pub roster: Vec<RosterRow>,
    /// Who has left it for good, the newest first. At most [`LEFT_MAX`].
    pub left: Vec<Gone>,
}

/// The most people who have left that a desk shows.
pub const LEFT_MAX: usize = 100;

/// Somebody who has left a shelter for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: ShownName,
    /// The year of their birth, if known.
    pub birth_year: Option<i32>,
    /// When: Unix seconds.
    pub at: i64,
    /// Where to, where they said so.
    pub destination: Option<String>,
    /// The entry that says so, for a correction.
    pub entry: EntryId,
}

/// Somebody on the roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterRow {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: ShownName,
    /// The year of their birth, if known.
    pub birth_year: Option<i32>,
    /// The last thing they did here: never a check-out.
    pub act: Act,
    /// When: Unix seconds.
    pub at: i64,
    /// When it was written down, where that was later (後追い入力): Unix seconds.
    pub entered_at: Option<i64>,
    /// How sure it is.
    pub assurance: Assurance,
    /// Where to, where they are out for a while and said so.
    pub destination: Option<String>,
    /// The entry that says so, for a correction.
    pub entry: EntryId,
    /// Whether headquarters holds it.
    pub custody: Custody,
    /// Other sites that count them too.
    pub also_at: Vec<String>,
}

/// People of one household.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Household {
    /// Whom a search found first, then the others.
    pub members: Vec<Member>,
}

/// One of a household, as a search shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: ShownName,
    /// The year of their birth, if known.
    pub birth_year: Option<i32>,
    /// Where they live, as far as it tells two of one name apart.
    pub address: String,
    /// Whether it is this one that was searched for.
    pub is_match: bool,
    /// The site that counts them already, if one does.
    pub at: Option<String>,
}

/// One person for a desk: what the evacuee form shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: ShownName,
    /// What this device may do with the form of that shelter.
    pub access: Access,
    /// The fields of the form, in its order; none where it may not be read.
    pub fields: Vec<Field>,
}

/// What a device may do with what a shelter writes of its evacuees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nothing: its keys do not open it.
    Closed,
    /// Read it.
    Reads,
    /// Read it and write in it.
    Writes,
}

/// One field of the evacuee form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its number.
    pub field: FieldId,
    /// The key of its label in the message files.
    pub label: &'static str,
    /// What it can hold.
    pub holds: Holds,
    /// What it does hold: nothing, one value, or the values of desks that wrote without having seen
    /// each other's, the newest first.
    pub versions: Vec<Version>,
    /// What a form that shows these versions has seen.
    pub saw: Saw,
}

/// One value of a field. `Debug` is silent about the value.
#[derive(Clone, PartialEq, Eq)]
pub struct Version {
    /// The value.
    pub value: String,
    /// The device that wrote it.
    pub by: String,
    /// Where that device stands; empty where it stands at no site.
    pub site: String,
    /// When: Unix seconds.
    pub at: i64,
    /// It was this device that wrote it.
    pub is_ours: bool,
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Version(by {}, {} bytes)", self.by, self.value.len())
    }
}

/// One field of what the town's records say of a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteField {
    /// Its number.
    pub field: FieldId,
    /// What it holds: nothing, one value, or the values of desks that did not hear each other.
    pub versions: Vec<Version>,
    /// What a form that shows these versions has seen.
    pub saw: Saw,
}

/// A device of the town as this one hears it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeshDevice {
    /// Its key.
    pub node: NodeId,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Where it stands.
    pub sites: Vec<String>,
    /// It is this one.
    pub is_me: bool,
    /// A link to it is up.
    pub is_linked: bool,
    /// Somebody here cut it.
    pub is_paused: bool,
    /// When it was last heard: Unix seconds; `None` for never.
    pub last_heard: Option<i64>,
    /// Whom it had links to when it last said so, by what people call them.
    pub hears: Vec<String>,
    /// Entries of its own that it has and this one does not.
    pub to_come: u64,
    /// Entries of its own that headquarters has not said it holds.
    pub awaiting_custody: u64,
    /// By how many seconds its clock is ahead of this one's, if it ever said so over a link.
    pub clock_ahead: Option<i64>,
    /// The version of its software, if it said so.
    pub version: Option<String>,
}

/// What a reader answered to a tap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tap {
    /// When: Unix seconds.
    pub at: i64,
    /// What it answered.
    pub outcome: TapOutcome,
    /// Who it was, as far as a screen beside the door may say.
    pub name: ShownName,
    /// Who it was, for staff, where it was taken. A screen beside the door never shows it.
    pub person: Option<PersonId>,
    /// Whether a card that should have proven itself would not: staff should look.
    pub doubtful: bool,
}

/// What a tap came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TapOutcome {
    /// It is recorded and durable.
    Accepted(Did),
    /// The same tap twice.
    Repeated,
    /// The card stands for nobody the town knows.
    UnknownCard,
    /// The card is suspended or has ended.
    CardStopped,
    /// The card was read, and is not taken.
    TurnedAway(TurnedAway),
    /// The card was gone before the reader had done.
    PulledTooSoon,
    /// Nothing can be recorded now, such as where nothing is open.
    NotNow(Refusal),
}

/// What anyone may know.
#[derive(Debug, Clone, PartialEq)]
pub struct PublicTown {
    /// The disaster, if there is one.
    pub incident: Option<Incident>,
    /// As of when all this is: Unix seconds; `None` where headquarters' word has not arrived yet.
    pub updated_at: Option<i64>,
    /// What districts are to do, the most urgent first; lifted ones last.
    pub warnings: Vec<Warning>,
    /// The places, by name.
    pub shelters: Vec<PublicShelter>,
}

/// One place for everyone.
#[derive(Debug, Clone, PartialEq)]
pub struct PublicShelter {
    /// Which.
    pub site: SiteId,
    /// What people call it.
    pub name: String,
    /// Where people find it.
    pub address: String,
    /// Millionths of a degree north and east, if somebody has entered them.
    pub place: Option<(i64, i64)>,
    /// Whether it takes people in.
    pub state: SiteState,
    /// How crowded it is; `None` where nobody knows.
    pub congestion: Option<Congestion>,
    /// Roughly how many are there; `None` where nobody knows.
    pub people: Option<Band>,
    /// How many it holds, if staff have said so.
    pub capacity: Option<u32>,
    /// It admits only those it names (福祉避難所).
    pub is_welfare: bool,
    /// Whether it is valid for each hazard.
    pub hazards: Vec<(Hazard, Validity)>,
    /// When its state was last set: Unix seconds; `None` where it never was.
    pub updated_at: Option<i64>,
    /// Its devices are not heard since then, so all this is as of then: Unix seconds.
    pub unheard_since: Option<i64>,
}

/// Figures for whoever watches over the devices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Entries this replica holds.
    pub entries: u64,
    /// Peers this node is linked to.
    pub links: u32,
    /// Devices that are not heard.
    pub unheard: u32,
    /// Own entries that headquarters has not said it holds.
    pub awaiting_custody: u64,
    /// Seconds since the node started.
    pub uptime_seconds: u64,
}
