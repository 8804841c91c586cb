//! What a node shows otherwise than it should, in one line that a person can read: ids, no names.

use std::fmt;

/// The most differences of one comparison that are put into words: one broken rule can show in
/// every row of the town.
pub const DIFFERENCES_MAX: usize = 64;

macro_rules! checkers {
    ($($(#[$doc:meta])* $name:ident $words:literal,)*) => {
        /// Which rule of the town is broken.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Checker {
            $($(#[$doc])* $name,)*
        }

        impl Checker {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];
        }

        impl fmt::Display for Checker {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$name => $words,)*
                })
            }
        }
    };
}

checkers! {
    /// Which ids are one person.
    SamePerson "same person",
    /// Whom a card stands for.
    Token "card",
    /// Which incidents there are, how they were opened and whether they are over.
    Incident "incident",
    /// Where somebody is, two places at once included.
    Presence "presence",
    /// Whose whereabouts wait to be settled.
    Unsettled "unsettled",
    /// How many are at a shelter, and in the town.
    Headcount "headcount",
    /// Who is accounted for. Whoever was is never missing because an entry is doubted.
    AccountedFor "accounted for",
    /// Who of the register is missing.
    Unaccounted "unaccounted for",
    /// The state of a shelter.
    SiteState "site state",
    /// Staff's word on how crowded a shelter is.
    Congestion "congestion",
    /// What a district was told.
    Warning "warning",
    /// What is left in each book.
    Books "books",
    /// Which rides no book pays.
    Ious "IOUs",
    /// Every ride is there once, and each of its tickets is paid by a book or owed, once.
    RidePaidOnce "each ride paid or owed once",
    /// What each account of tickets holds.
    TicketLedger "ticket ledger",
    /// Tickets came from nowhere.
    TicketSum "ticket ledger's sum",
    /// Who was where on which day.
    Visits "visits",
    /// What each grant came to: one a rule, person, facility and day.
    EarnsOnce "one visit earns once",
    /// What a wallet holds, or owes, and what waits.
    Wallet "wallet",
    /// Who owes points.
    Overdrawn "overdrawn",
    /// What each account of points holds.
    PointLedger "point ledger",
    /// Points came from nowhere.
    PointSum "point ledger's sum",
    /// What is known of a pupil on a day.
    Pupil "pupil's day",
    /// The figures of a class board.
    ClassBoard "class board",
    /// What a field of a shared record holds.
    Field "field",
    /// The characters of a free text.
    FreeText "free text",
}

/// One thing that a node shows otherwise than it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which rule is broken.
    pub checker: Checker,
    /// Of whom or of what.
    pub about: String,
    /// What the facts come to.
    pub expected: String,
    /// What the node shows.
    pub shown: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { checker, about, expected, shown } = self;
        write!(f, "{checker}: {about}: expected {expected}, shown {shown}")
    }
}

/// What one comparison found.
#[derive(Debug, Default)]
pub struct Differences {
    // Invariant: at most `DIFFERENCES_MAX`, but at least the first of each checker.
    found: Vec<Difference>,
}

impl Differences {
    /// Compares two values, and puts them into words where they differ.
    pub fn check<T: PartialEq + fmt::Debug>(
        &mut self,
        checker: Checker,
        about: &dyn fmt::Display,
        expected: &T,
        shown: &T,
    ) {
        if expected == shown {
            return;
        }
        let is_first = || !self.found.iter().any(|held| held.checker == checker);
        if self.found.len() < DIFFERENCES_MAX || is_first() {
            self.found.push(Difference {
                checker,
                about: about.to_string(),
                expected: format!("{expected:?}"),
                shown: format!("{shown:?}"),
            });
        }
    }

    /// What was found.
    pub fn into_vec(self) -> Vec<Difference> {
        self.found
    }
}
