//! The drill's own list of what was shown at the readers, to hold headquarters to.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Instant;

use digiana_core::id::{EntryId, JournalId};

use super::cast::Post;

/// How many of the latest taps are kept to be shown.
pub(super) const LATEST_MAX: usize = 12;

/// How many of them stay for as long as only the plan's come after them, because somebody pressed
/// for them and looks for them.
const PRESSED_KEPT: usize = 6;

/// Which part of the drill a tap belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Act {
    /// All links are up.
    Linked,
    /// Two shelters hear nobody.
    Cut,
    /// The links are back.
    Healed,
}

/// A tap that was shown as accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Accepted {
    /// The durable entry that says so.
    pub(super) entry: EntryId,
    /// Whose card it was: a generated person's number.
    pub(super) person: u32,
    /// Where.
    pub(super) post: Post,
    /// What it was accepted as.
    pub(super) deed: Deed,
    /// When.
    pub(super) act: Act,
}

/// What somebody did at a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Deed {
    /// They came to a shelter.
    CheckIn,
    /// They visited the facility.
    Visit,
    /// They got on.
    Ride,
    /// They paid with points.
    Spend,
    /// They came to school.
    Arrive,
    /// Whatever else a reader may say.
    Else,
}

impl Deed {
    /// What a reader's word says.
    pub(super) fn of_word(word: &str) -> Self {
        match word {
            "check-in" => Self::CheckIn,
            "visit" => Self::Visit,
            "ride" => Self::Ride,
            "spend" => Self::Spend,
            "arrived" => Self::Arrive,
            _ => Self::Else,
        }
    }
}

/// One of the latest taps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Latest {
    /// Where.
    pub(super) post: Post,
    /// Whose card it was: a generated person's number, or one above the last for a stranger's.
    pub(super) person: u32,
    /// What was shown.
    pub(super) shown: Shown,
    /// When.
    pub(super) at: Instant,
    /// Whether somebody pressed for it.
    pub(super) by_hand: bool,
}

/// What a reader showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shown {
    /// The tap was accepted, and as what.
    Accepted(String),
    /// It was refused, and why.
    Refused(String),
    /// Nothing in time.
    Nothing,
}

/// Someone whom two places took in, or let pay, that could not hear each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Conflict {
    /// The generated person's number.
    pub(super) person: u32,
    /// Where, in order of posts.
    pub(super) posts: Vec<Post>,
}

/// Everything the readers showed.
#[derive(Debug, Clone, Default)]
pub(super) struct Ledger {
    accepted: Vec<Accepted>,
    // How many were accepted as what, in rounds that are over too.
    counts: BTreeMap<Deed, usize>,
    // Who was shown points, in rounds that are over too.
    visitors: BTreeSet<u32>,
    refused: BTreeMap<String, u64>,
    unanswered: u64,
    // The oldest first.
    latest: VecDeque<Latest>,
}

/// How far a node holds each journal, from its raw store.
pub(super) type Holdings = BTreeMap<JournalId, u64>;

impl Ledger {
    /// Notes an accepted tap.
    pub(super) fn accept(&mut self, tap: Accepted) {
        *self.counts.entry(tap.deed).or_default() += 1;
        if tap.deed == Deed::Visit {
            self.visitors.insert(tap.person);
        }
        self.accepted.push(tap);
    }

    /// Whether somebody was shown that they earned points.
    pub(super) fn has_points(&self, person: u32) -> bool {
        self.visitors.contains(&person)
    }

    /// How many taps were accepted as this.
    pub(super) fn count(&self, deed: Deed) -> usize {
        self.counts.get(&deed).copied().unwrap_or(0)
    }

    /// Notes a refused tap by its word.
    pub(super) fn refuse(&mut self, word: String) {
        *self.refused.entry(word).or_default() += 1;
    }

    /// Notes a tap of which nothing was shown.
    pub(super) fn leave_unanswered(&mut self) {
        self.unanswered += 1;
    }

    /// Keeps a tap to be shown for a while.
    pub(super) fn show(&mut self, tap: Latest) {
        if self.latest.len() >= LATEST_MAX {
            let pressed = self.latest.iter().filter(|tap| tap.by_hand).count();
            let planned = self.latest.iter().position(|tap| !tap.by_hand);
            let goes = if pressed <= PRESSED_KEPT { planned } else { None };
            self.latest.remove(goes.unwrap_or(0));
        }
        self.latest.push_back(tap);
    }

    /// The latest taps, the oldest first.
    pub(super) fn latest(&self) -> impl DoubleEndedIterator<Item = &Latest> {
        self.latest.iter()
    }

    /// How many were accepted in all.
    pub(super) fn count_accepted(&self) -> usize {
        self.counts.values().sum()
    }

    /// Keeps of the taps so far only how many they were, and who has points.
    pub(super) fn close_round(&mut self) {
        self.accepted.clear();
    }

    /// How many were refused, by word.
    pub(super) fn refused(&self) -> &BTreeMap<String, u64> {
        &self.refused
    }

    /// How many got no answer.
    pub(super) fn unanswered(&self) -> u64 {
        self.unanswered
    }

    /// Those accepted entries that are not among what is held.
    pub(super) fn lost(&self, held: &Holdings) -> Vec<EntryId> {
        let is_held = |entry: &EntryId| held.get(&entry.journal).is_some_and(|to| *to >= entry.seq);
        self.accepted.iter().map(|tap| tap.entry).filter(|entry| !is_held(entry)).collect()
    }

    /// Those whom two islands of the cut town took in, and nobody since.
    pub(super) fn conflicts(&self, cut: &[Post]) -> Vec<Conflict> {
        let mut apart = self.apart(Deed::CheckIn, cut);
        let later = self.accepted.iter().filter(|tap| {
            // A later tap settles it.
            tap.act == Act::Healed && tap.deed == Deed::CheckIn
        });
        later.for_each(|tap| drop(apart.remove(&tap.person)));
        apart.into_iter().map(|(person, posts)| Conflict { person, posts }).collect()
    }

    /// Those who paid on two islands of the cut town with the points of one visit.
    pub(super) fn overdrafts(&self, cut: &[Post]) -> Vec<Conflict> {
        let apart = self.apart(Deed::Spend, cut).into_iter();
        apart.map(|(person, posts)| Conflict { person, posts }).collect()
    }

    /// Who did this on two islands of the cut town. What is linked is one island, each of those
    /// that are cut off another.
    fn apart(&self, deed: Deed, cut: &[Post]) -> BTreeMap<u32, Vec<Post>> {
        let island = |post: Post| cut.contains(&post).then_some(post);
        let mut seen: BTreeMap<u32, BTreeSet<Post>> = BTreeMap::new();
        for tap in self.accepted.iter().filter(|tap| tap.act == Act::Cut && tap.deed == deed) {
            seen.entry(tap.person).or_default().insert(tap.post);
        }
        let apart = seen.into_iter().filter(|(_, posts)| {
            let islands: BTreeSet<_> = posts.iter().map(|post| island(*post)).collect();
            islands.len() > 1
        });
        apart.map(|(person, posts)| (person, posts.into_iter().collect())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CUT: [Post; 2] = [Post::FirstShelter, Post::SecondShelter];

    fn tap(journal: u8, seq: u64, person: u32, post: Post, act: Act) -> Accepted {
        let entry = EntryId { journal: JournalId([journal; 8]), seq };
        Accepted { entry, person, post, deed: Deed::CheckIn, act }
    }

    fn ledger(taps: &[Accepted]) -> Ledger {
        let mut ledger = Ledger::default();
        taps.iter().for_each(|tap| ledger.accept(*tap));
        ledger
    }

    #[test]
    fn an_entry_is_lost_when_its_journal_is_held_no_further_than_before_it() {
        let ledger = ledger(&[
            tap(1, 2, 1, Post::School, Act::Linked),
            tap(1, 3, 2, Post::School, Act::Linked),
            tap(2, 2, 3, Post::FirstShelter, Act::Cut),
        ]);
        let held = |rows: &[(u8, u64)]| {
            rows.iter().map(|(journal, seq)| (JournalId([*journal; 8]), *seq)).collect()
        };
        let lost = |rows: &[(u8, u64)]| {
            let lost = ledger.lost(&held(rows));
            lost.iter().map(|entry| (entry.journal.0[0], entry.seq)).collect::<Vec<_>>()
        };
        assert_eq!(lost(&[(1, 3), (2, 9)]), []);
        assert_eq!(lost(&[(1, 2), (2, 2)]), [(1, 3)]);
        assert_eq!(lost(&[(1, 3)]), [(2, 2)]);
        assert_eq!(lost(&[]).len(), 3);
    }

    #[test]
    fn a_round_that_is_over_counts_and_is_not_looked_for_any_more() {
        let mut ledger = ledger(&[tap(1, 2, 1, Post::School, Act::Linked)]);
        ledger.close_round();
        ledger.accept(tap(1, 3, 2, Post::School, Act::Linked));
        assert_eq!((ledger.count_accepted(), ledger.count(Deed::CheckIn)), (2, 2));
        assert_eq!(ledger.lost(&Holdings::new()).len(), 1);
    }

    #[test]
    fn two_cut_off_shelters_that_took_one_person_in_are_a_conflict() {
        use Post::{FirstShelter, School, SecondShelter, ThirdShelter};
        let cut = |person, post| tap(1, 1, person, post, Act::Cut);
        let ledger = ledger(&[
            cut(1, FirstShelter),
            cut(1, SecondShelter),
            // Moved within what is linked.
            cut(2, ThirdShelter),
            cut(2, School),
            // Seen by what is linked and by a cut-off shelter.
            cut(3, School),
            cut(3, FirstShelter),
            // Settled by a later tap.
            cut(4, FirstShelter),
            cut(4, SecondShelter),
            tap(1, 9, 4, SecondShelter, Act::Healed),
            // At one before the cut, at the other in it.
            tap(1, 1, 5, FirstShelter, Act::Linked),
            cut(5, SecondShelter),
        ]);
        assert_eq!(ledger.overdrafts(&CUT), []);
        let found = ledger.conflicts(&CUT);
        let people: Vec<_> = found.iter().map(|conflict| conflict.person).collect();
        assert_eq!(people, [1, 3]);
        assert_eq!(found[0].posts, CUT);
    }

    #[test]
    fn points_that_were_paid_at_two_cut_off_tills_are_an_overdraft_whatever_comes_after() {
        use Post::{Facility, Shop, ThirdShelter};
        let pays =
            |person, post, act| Accepted { deed: Deed::Spend, ..tap(1, 1, person, post, act) };
        let ledger = ledger(&[
            pays(1, Shop, Act::Cut),
            pays(1, Facility, Act::Cut),
            tap(1, 9, 1, ThirdShelter, Act::Healed),
            // Twice at one till, which knows it.
            pays(2, Shop, Act::Cut),
            pays(2, Shop, Act::Cut),
            // The second was made when both had heard of the first.
            pays(3, Shop, Act::Cut),
            pays(3, Facility, Act::Healed),
            // No payment.
            pays(4, Shop, Act::Cut),
            tap(1, 1, 4, Facility, Act::Cut),
        ]);
        let found = ledger.overdrafts(&Post::TILLS);
        assert_eq!(found, [Conflict { person: 1, posts: Post::TILLS.to_vec() }]);
        assert_eq!(ledger.conflicts(&Post::TILLS), []);
        assert_eq!(ledger.count(Deed::Spend), 7);
    }

    #[test]
    fn who_was_shown_points_has_them_until_the_end_of_the_drill() {
        let visit = Accepted { deed: Deed::Visit, ..tap(1, 2, 7, Post::Facility, Act::Healed) };
        let mut ledger = ledger(&[visit, tap(1, 3, 8, Post::FirstShelter, Act::Healed)]);
        ledger.close_round();
        assert_eq!((ledger.has_points(7), ledger.has_points(8)), (true, false));
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a tap happens at a time")]
    fn the_latest_taps_are_few_and_those_that_were_pressed_for_stay_longer() {
        let mut ledger = Ledger::default();
        let at = Instant::now();
        let mut show = |person, by_hand| {
            let shown = Shown::Nothing;
            ledger.show(Latest { post: Post::School, person, shown, at, by_hand });
            ledger.latest().map(|tap| tap.person).collect::<Vec<_>>()
        };
        show(1, true);
        (2..40).for_each(|person| drop(show(person, false)));
        let kept = show(40, false);
        assert_eq!(kept.len(), LATEST_MAX);
        assert_eq!((kept[0], kept[1], kept[11]), (1, 30, 40));
        // Many that were pressed for go as others do.
        (41..80).for_each(|person| drop(show(person, true)));
        assert_eq!(show(80, true), (69..=80).collect::<Vec<_>>());
    }

    #[test]
    fn refusals_are_counted_by_word() {
        let mut ledger = Ledger::default();
        for word in ["AlreadyHere", "UnknownToken", "AlreadyHere"] {
            ledger.refuse(word.to_owned());
        }
        ledger.leave_unanswered();
        let counted: Vec<_> =
            ledger.refused().iter().map(|(word, n)| (word.as_str(), *n)).collect();
        assert_eq!(counted, [("AlreadyHere", 2), ("UnknownToken", 1)]);
        assert_eq!(ledger.unanswered(), 1);
    }
}
