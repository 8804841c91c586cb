//! What pages of visits and points read: facilities by day, a wallet, who owes, who was not seen.

use digiana_core::fact::Kind;
use digiana_core::fact::wellbeing::Settlement;
use digiana_core::id::{EntryId, PersonId, SiteId};
use digiana_core::scope::Scope;
use digiana_core::service::wellbeing::statement::Outcome;
use digiana_core::service::wellbeing::wallet::Wallet;
use digiana_core::time::Day;
use digiana_core::view::wellbeing::Count;
use digiana_core::view::wellbeing::age::AgeGroup;

use super::{ShownName, Unheard};

/// The kinds of facts that staff record by forms of their own, by the numbers that `digiana_core`
/// gives them.
pub mod kind {
    use digiana_core::fact::Kind;

    /// Somebody came to a facility.
    pub const VISIT: Kind = Kind(64);
    /// Points go from a wallet to a shop.
    pub const SPEND: Kind = Kind(113);
    /// Points leave for みさとと。Pay.
    pub const TRANSFER: Kind = Kind(114);
    /// Staff settle a debt.
    pub const SETTLE: Kind = Kind(116);
}

/// What pages of visits and points need of the node.
pub trait WellbeingBackend {
    /// The visits of so many days until today.
    fn visits(&self, days: u16) -> Visits;

    /// The wallet of a person; `None` for somebody of whom nothing is known here.
    fn wallet(&self, person: PersonId) -> Option<WalletSeen>;

    /// What a person has earned today, and what they have.
    fn earned(&self, person: PersonId) -> Earned;

    /// Whose wallets are overdrawn, the largest debt first.
    fn overdrawn(&self) -> Vec<Owing>;

    /// Who was not seen for as many days as somebody asked to be told after; `None` where no
    /// register is held.
    fn unseen(&self) -> Option<Vec<Unseen>>;

    /// What was paid at a shop on the day that it is.
    fn takings(&self, shop: SiteId) -> Takings;

    /// The sites that serve what these bits say, by name.
    fn sites_serving(&self, bits: i64) -> Vec<(SiteId, String)>;

    /// Whether this node may record facts of a kind in the wellbeing scope.
    fn may_record(&self, kind: Kind) -> bool;
}

/// Visits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visits {
    /// Whether people can be looked for by name here.
    pub has_register: bool,
    /// The day that it is.
    pub today: Day,
    /// Every day, the oldest first.
    pub days: Vec<(Day, Count)>,
    /// Every facility with its days, the one with the most visits first.
    pub sites: Vec<FacilityVisits>,
    /// How old those were who came in all these days; `None` where no register is held.
    pub ages: Option<Vec<(AgeGroup, u32)>>,
    /// Visits at a time that nobody can say.
    pub unsure: u32,
    /// Readers that are not heard: what they saw may be missing.
    pub unheard: Vec<Unheard>,
}

/// The visits at one facility.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacilityVisits {
    /// Which.
    pub site: SiteId,
    /// What people call it.
    pub name: String,
    /// The days on which somebody came, the oldest first.
    pub days: Vec<(Day, Count)>,
}

/// A wallet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalletSeen {
    /// Whose, by the id that stands for all ids of theirs.
    pub person: PersonId,
    /// Their name, as far as the register may be read.
    pub name: ShownName,
    /// What it holds.
    pub wallet: Wallet,
    /// Its lines, the newest first.
    pub lines: Vec<Line>,
    /// Readers that are not heard: what they saw may be missing.
    pub unheard: Vec<Unheard>,
}

/// One line of a wallet, with names for pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The entry.
    pub entry: EntryId,
    /// When: Unix seconds.
    pub at: i64,
    /// Nobody can say when (時刻不確か).
    pub is_unsure: bool,
    /// When it was recorded, where that was later (後追い入力): Unix seconds.
    pub entered_at: Option<i64>,
    /// The device that says so.
    pub by: String,
    /// What happened.
    pub what: LineWhat,
    /// What it did to the wallet.
    pub points: i64,
    /// What the wallet came to after it.
    pub balance: i64,
}

/// What happened to a wallet, with names for pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineWhat {
    /// They came to a facility.
    Visited {
        /// What people call it.
        site: String,
        /// What each rule gave.
        grants: Vec<GrantSeen>,
    },
    /// A rule gave points for what was seen elsewhere.
    Awarded {
        /// What people call the place.
        site: String,
        /// What it gave.
        grants: Vec<GrantSeen>,
    },
    /// They paid a shop.
    Spent {
        /// Which.
        shop: SiteId,
        /// What people call it.
        name: String,
        /// It was undone.
        is_reversed: bool,
    },
    /// Points went to みさとと。Pay.
    Transferred {
        /// It was undone.
        is_reversed: bool,
    },
    /// A spend or a transfer was undone.
    Reversed {
        /// Why.
        reason: String,
    },
    /// Staff settled a debt.
    Settled {
        /// How.
        how: Settlement,
        /// Why.
        reason: String,
    },
}

/// What a rule gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantSeen {
    /// What staff call the rule.
    pub rule: String,
    /// What it says it gives.
    pub points: u32,
    /// What became of it.
    pub outcome: Outcome,
}

/// What somebody has earned today.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Earned {
    /// So many points today.
    pub today: u64,
    /// So many in all; less than nothing where the wallet is overdrawn.
    pub points: i64,
    /// So many that wait for a clock.
    pub pending: u64,
}

/// A wallet that is overdrawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owing {
    /// Whose.
    pub person: PersonId,
    /// Their name, as far as the register may be read.
    pub name: ShownName,
    /// How many points are owed.
    pub debt: u64,
}

/// Somebody who was not seen for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: ShownName,
    /// After how many days somebody is to be told.
    pub days: u32,
    /// When they were seen last: Unix seconds.
    pub last_seen: Option<i64>,
    /// The readers that have not been heard up to that time (情報不足). Empty where all were: they
    /// were not seen.
    pub silent: Vec<Unheard>,
}

/// What was paid at a shop on one day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Takings {
    /// How many points, without what was undone.
    pub points: u64,
    /// The payments, the newest first.
    pub payments: Vec<Payment>,
}

/// One payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payment {
    /// Its entry.
    pub entry: EntryId,
    /// Whose.
    pub person: PersonId,
    /// When: Unix seconds.
    pub at: i64,
    /// How many points.
    pub points: u32,
    /// It was undone.
    pub is_reversed: bool,
}

macro_rules! seen_through {
    ($backend:ty, $may_record:expr) => {
        impl WellbeingBackend for $backend {
            fn visits(&self, days: u16) -> Visits {
                self.see(|seen| seen.visits(days))
            }

            fn wallet(&self, person: PersonId) -> Option<WalletSeen> {
                self.see(|seen| seen.wallet(person))
            }

            fn earned(&self, person: PersonId) -> Earned {
                self.see(|seen| seen.earned(person))
            }

            fn overdrawn(&self) -> Vec<Owing> {
                self.see(|seen| seen.overdrawn())
            }

            fn unseen(&self) -> Option<Vec<Unseen>> {
                self.see(|seen| seen.unseen())
            }

            fn takings(&self, shop: SiteId) -> Takings {
                self.see(|seen| seen.takings(shop))
            }

            fn sites_serving(&self, bits: i64) -> Vec<(SiteId, String)> {
                self.see(|seen| seen.sites_serving(bits))
            }

            fn may_record(&self, kind: Kind) -> bool {
                let may_record: fn(&Self, Kind) -> bool = $may_record;
                may_record(self, kind)
            }
        }
    };
}

seen_through!(super::node::NodeBackend, |backend, kind| {
    backend.node().read(|engine| {
        let own = engine.credentials().standing(engine.me());
        own.is_some_and(|own| own.may_write(Scope::Wellbeing, kind))
    })
});

#[cfg(test)]
seen_through!(super::town::MemoryTown, |_, _| true);

#[cfg(test)]
mod tests {
    use digiana_core::fact::Fact;

    use super::kind;

    #[test]
    fn kinds_have_the_names_that_facts_give_them() {
        let named = [
            (kind::VISIT, "Visit"),
            (kind::SPEND, "Spend"),
            (kind::TRANSFER, "Transfer"),
            (kind::SETTLE, "Settle"),
        ];
        assert!(named.iter().all(|pair| Fact::KINDS.contains(pair)));
    }
}
