//! Sites, read from the town's fields, and which hazards they are good for.

use crate::fact::shelter::Hazard;
use crate::id::SiteId;
use crate::record::{field, of_site};

use super::records::RecordsFold;

/// What the GSI's list says of a site and one hazard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Designation {
    /// 対象外の区分: the list makes no statement.
    OutOfScope,
    /// 指定あり
    Designated,
    /// 指定なし
    NotDesignated,
}

/// For which hazards a site is designated: two bits each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hazards(u16);

impl Hazards {
    /// A site's hazards from the pairs that are known; the rest is out of scope.
    pub fn new(known: impl IntoIterator<Item = (Hazard, Designation)>) -> Self {
        let mut bits = 0;
        for (hazard, designation) in known {
            let code: u16 = match designation {
                Designation::OutOfScope => 0,
                Designation::Designated => 1,
                Designation::NotDesignated => 2,
            };
            bits = (bits & !(3 << shift(hazard))) | (code << shift(hazard));
        }
        Self(bits)
    }

    /// The number that the field holds.
    pub fn as_int(self) -> i64 {
        i64::from(self.0)
    }

    /// Reads the field; none where it holds anything but two bits for each hazard this version
    /// knows, since half of it might mislead.
    pub fn from_int(number: i64) -> Option<Self> {
        let hazards = Self(u16::try_from(number).ok()?);
        Hazard::ALL.iter().all(|hazard| hazards.0 >> shift(*hazard) & 3 != 3).then_some(hazards)
    }

    /// What is said of one hazard.
    pub fn designation(self, hazard: Hazard) -> Designation {
        match self.0 >> shift(hazard) & 3 {
            1 => Designation::Designated,
            2 => Designation::NotDesignated,
            _ => Designation::OutOfScope,
        }
    }

    /// The hazards for which the site is designated.
    pub fn designated(self) -> impl Iterator<Item = Hazard> {
        let all = Hazard::ALL.into_iter();
        all.filter(move |hazard| self.designation(*hazard) == Designation::Designated)
    }
}

fn shift(hazard: Hazard) -> u32 {
    let place = Hazard::ALL.iter().position(|other| *other == hazard);
    let place = place.and_then(|place| u32::try_from(place).ok());
    2 * place.expect("every hazard is one of all eight")
}

/// Whether a site is good for what threatens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Validity {
    /// Designated for every hazard of the incident.
    Valid,
    /// Not designated for these.
    NotValid(Vec<Hazard>),
    /// Nobody says, for one of the hazards at least: never to be shown as safe.
    Unknown,
}

/// A place people may go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Which.
    pub id: SiteId,
    /// What people call it.
    pub name: Option<String>,
    /// Its name in kana.
    pub kana: Option<String>,
    /// Its address.
    pub address: Option<String>,
    /// Latitude in millionths of a degree.
    pub latitude_e6: Option<i64>,
    /// Longitude in millionths of a degree.
    pub longitude_e6: Option<i64>,
    /// For which hazards it is designated; none where nobody says.
    pub hazards: Option<Hazards>,
    /// How many people it takes in, as staff entered it.
    pub capacity: Option<u32>,
    /// Its designations, as the GSI names them.
    pub designations: Option<String>,
    /// For people who need care only (福祉避難所): no first destination for others.
    pub welfare_only: bool,
    /// The GSI's key of the site.
    pub gsi_key: Option<String>,
}

impl Site {
    /// A site of which only the id is known.
    pub fn unknown(id: SiteId) -> Self {
        Self {
            id,
            name: None,
            kana: None,
            address: None,
            latitude_e6: None,
            longitude_e6: None,
            hazards: None,
            capacity: None,
            designations: None,
            welfare_only: false,
            gsi_key: None,
        }
    }

    /// Reads a site; none when nothing is held of it.
    pub fn read(town: &RecordsFold, id: SiteId) -> Option<Self> {
        let record = of_site(id);
        let known = town.record(record).any(|(field, held)| {
            field::is_of_site(field) && held.current().any(|write| write.value.value.is_some())
        });
        known.then(|| {
            let text = |field| town.text(record, field).map(str::to_owned);
            let capacity = town.int(record, field::SITE_CAPACITY);
            // Where desks disagree on the hazards, neither word is safe to show.
            let hazards = town.int(record, field::SITE_HAZARDS);
            let hazards = hazards.filter(|_| !town.is_conflict(record, field::SITE_HAZARDS));
            Self {
                id,
                name: text(field::SITE_NAME),
                kana: text(field::SITE_KANA),
                address: text(field::SITE_ADDRESS),
                latitude_e6: town.int(record, field::SITE_LATITUDE_E6),
                longitude_e6: town.int(record, field::SITE_LONGITUDE_E6),
                hazards: hazards.and_then(Hazards::from_int),
                capacity: capacity.and_then(|seats| u32::try_from(seats).ok()),
                designations: text(field::SITE_DESIGNATIONS),
                welfare_only: town.yes(record, field::SITE_WELFARE_ONLY),
                gsi_key: text(field::SITE_GSI_KEY),
            }
        })
    }

    /// Whether the site is good for what threatens.
    pub fn validity(&self, threats: &[Hazard]) -> Validity {
        let Some(hazards) = self.hazards.filter(|_| !threats.is_empty()) else {
            return Validity::Unknown;
        };
        let is =
            |wanted: Designation| move |hazard: &Hazard| hazards.designation(*hazard) == wanted;
        let not: Vec<Hazard> =
            threats.iter().copied().filter(is(Designation::NotDesignated)).collect();
        if !not.is_empty() {
            Validity::NotValid(not)
        } else if threats.iter().all(is(Designation::Designated)) {
            Validity::Valid
        } else {
            Validity::Unknown
        }
    }
}

/// Every site of the town, by id.
pub fn all(town: &RecordsFold) -> impl Iterator<Item = Site> {
    let ids = town.records(field::is_of_site).map(|record| SiteId(record.0));
    ids.filter_map(|id| Site::read(town, id))
}

#[cfg(test)]
mod tests;
