//! Why a command was not taken: not errors, but what the lamp, the kiosk and the desk are to say.

use crate::id::{PersonId, SiteId};
use crate::limits::{FACT_TEXT_CHARS_MAX, FACTS_PER_COMMAND_MAX};

/// Why a command was refused. Checked in this order; the first that applies is the one shown.
///
/// The first four are the node's own and its engine's, which come before any rule. What each one means on a
/// lamp and on a page, and what to do next, stands in `docs/REFUSALS.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Too many commits wait for the disk.
    #[error("too much is waiting to be written; try again in a moment")]
    Busy,
    /// The disk is full: said by the node, which the disk told why a commit was not made durable.
    #[error("this node's disk is full, so nothing can be recorded here now")]
    StoreFull,
    /// The disk failed, or the commit did.
    #[error("this node could not make the record durable, so it was not taken")]
    NotDurable,
    /// This node's credentials do not let it write that.
    #[error("this node may not record that")]
    NotPermitted,
    /// A text is longer than a fact may hold.
    #[error("a text has more than {FACT_TEXT_CHARS_MAX} characters")]
    TooLong,
    /// More people, or fields, than one command may name.
    #[error("one command may name at most {FACTS_PER_COMMAND_MAX}")]
    TooMany,
    /// It is said to have happened later than now.
    #[error("the time given has not come yet")]
    TimeInFuture,
    /// No incident is open, and none was chosen.
    #[error("no incident is open")]
    NoOpenIncident,
    /// Nothing is known here of the incident that was chosen.
    #[error("this node knows no such incident")]
    UnknownIncident,
    /// The token stands for nobody.
    #[error("this token is not registered")]
    UnknownToken,
    /// The token was reported lost.
    #[error("this token is suspended")]
    TokenSuspended,
    /// The token is not in use any more.
    #[error("this token is no longer in use")]
    TokenEnded,
    /// Places that could not hear each other gave the token to different people.
    #[error("this token was given to different people")]
    TokenConflict,
    /// The token stands for somebody else.
    #[error("this token stands for somebody else")]
    TokenTaken,
    /// Nobody was named, or somebody whom neither the register nor this incident knows.
    #[error("no such person is known here")]
    UnknownPerson,
    /// The reader belongs to no site, and none was chosen.
    #[error("no site was named, and this reader belongs to none")]
    NoSite,
    /// The site does not take people in.
    #[error("this site is not open")]
    SiteNotOpen,
    /// Everyone named is in already: nothing needed to be recorded.
    #[error("already checked in here{}", if *.same_tap { " a moment ago" } else { "" })]
    AlreadyHere {
        /// It is the same touch of the card, read twice.
        same_tap: bool,
    },
    /// The person is not at that site.
    #[error("not checked in at this site")]
    NotHere,
    /// It happened before what is known of the person now, and nobody has said that it is to count
    /// all the same.
    #[error("this person was seen later than that; say so if it is to count all the same")]
    SeenLater {
        /// Who.
        person: PersonId,
        /// Where they were seen.
        site: SiteId,
        /// When: Unix seconds.
        at: i64,
    },
    /// The ticket book is on no list of the town, or out of use.
    #[error("no such ticket book is sold")]
    UnknownProduct,
    /// No such book was issued, as far as this node knows.
    #[error("no such ticket book is known here")]
    UnknownBook,
    /// An amount of nothing.
    #[error("an amount is needed")]
    NoAmount,
    /// More tickets than the book has left.
    #[error("there are not so many tickets left")]
    NotSoMany,
    /// More points than the wallet has.
    #[error("there are not so many points")]
    TooFewPoints,
    /// The wallet owes nothing, or not so much.
    #[error("the wallet does not owe so much")]
    NoDebt,
    /// The posting was undone before.
    #[error("this posting was reversed already")]
    AlreadyReversed,
    /// The visit of today is counted.
    #[error("today's visit is counted already")]
    AlreadyVisited,
    /// The same touch of the card in the same vehicle, read twice.
    #[error("this ride is recorded already")]
    SameRide,
    /// The person is no pupil of this school.
    #[error("no pupil of this school")]
    NotAPupil,
    /// The pupil's arrival or departure is noted.
    #[error("it is noted already")]
    AlreadyNoted,
    /// It is as the command wants it.
    #[error("it is so already")]
    NothingToChange,
    /// Somebody corrected it before.
    #[error("this entry was corrected already")]
    AlreadyCorrected,
    /// No such entry is held, or it is of a kind that cannot be corrected.
    #[error("there is no such entry to correct")]
    UnknownTarget,
    /// A correction needs a reason.
    #[error("a correction needs a reason")]
    NoReason,
}
