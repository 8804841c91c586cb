//! Who comes to which reader when: drawn from the seed. To shelters people come household by
//! household, elsewhere one by one.

mod queue;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use self::queue::Queue;
use super::cast::Post;
use super::ledger::Act;
use super::pupils;
use crate::population::Person;
use crate::rng::Rng;

/// How many points the rule of the drill's own list gives for a visit: what people pay with.
pub(super) const POINTS_A_VISIT: u32 = 10;

/// How many people in a thousand hold a card to the reader that is registered for nobody.
const STRANGERS_PER_MILLE: u32 = 25;

/// How many in a thousand hold theirs to the reader once more.
const AGAIN_PER_MILLE: u32 = 40;

/// How much of the cut-off time there is for each person who goes to both cut-off shelters, and for
/// each who pays at both cut-off tills.
const SECONDS_PER_DOUBLED: u64 = 5;

/// The most people who do.
const DOUBLED_MAX: u64 = 12;

/// How long a visit may take to be heard of at the shop, before the links are cut and after they
/// are back.
const HEARD_WITHIN: Duration = Duration::from_secs(4);

/// How fast people come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tempo {
    /// About a tap a second at each reader: an evacuation under way.
    Rush,
    /// Slow enough to look on, and to tap by hand beside it.
    Gentle,
}

impl Tempo {
    /// Milliseconds between members of a household, and between households, at one reader.
    fn gaps(self) -> [(u32, u32); 2] {
        match self {
            Self::Rush => [(500, 900), (900, 2_000)],
            Self::Gentle => [(1_500, 3_000), (4_000, 9_000)],
        }
    }
}

/// One card held to one reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tap {
    /// From the beginning of the act.
    pub(super) at: Duration,
    /// Whose card.
    pub(super) person: u32,
    /// How many points are typed before, where somebody pays.
    pub(super) pays: Option<u32>,
}

impl Tap {
    fn at(at: Duration, person: u32) -> Self {
        Self { at, person, pays: None }
    }

    fn paying(at: Duration, person: u32) -> Self {
        Self { at, person, pays: Some(POINTS_A_VISIT) }
    }
}

/// What happens in one act: for each reader its taps in order of time.
pub(super) type Taps = BTreeMap<Post, Vec<Tap>>;

/// A drill from the first tap to the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    /// Who is cut off from everybody: two shelters, and both tills.
    pub(super) cut: [Post; 4],
    /// How long each act takes, and what happens in it.
    pub(super) acts: [(Act, Duration, Taps); 3],
    /// Who goes to both of those shelters.
    pub(super) doubled: Vec<u32>,
    /// Who pays at both tills with the points of one visit.
    pub(super) overdrawn: Vec<u32>,
}

/// The people of the town, on their way to the readers.
#[derive(Debug)]
pub(super) struct Crowd {
    rng: Rng,
    households: Queue,
    riders: Queue,
    visitors: Queue,
    pupils: Vec<u32>,
    // Who earned points in the act before, and when in it.
    earned: Vec<Tap>,
    people: u32,
    tempo: Tempo,
}

impl Crowd {
    /// The crowd of these people. The same seed gives the same drill.
    pub(super) fn new(seed: u64, people: &[Person], tempo: Tempo) -> Self {
        let mut households: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for person in people {
            households.entry(person.household).or_default().push(person.number);
        }
        let one_by_one = || people.iter().map(|person| vec![person.number]).collect();
        Self {
            rng: Rng::new(seed, "drill/crowd"),
            households: Queue::of(households.into_values().collect()),
            riders: Queue::of(one_by_one()),
            visitors: Queue::of(one_by_one()),
            pupils: pupils::of(people).map(|pupil| pupil.number).collect(),
            earned: Vec::new(),
            people: u32::try_from(people.len()).expect("a generated town is small"),
            tempo,
        }
    }

    /// Draws the next drill of this length: a third of it linked, half of it cut, the rest healed.
    pub(super) fn plan(&mut self, length: Duration) -> Plan {
        let mut shelters = Post::SHELTERS;
        self.rng.shuffle(&mut shelters);
        let [one, other, _] = shelters;
        let mut apart = [one, other];
        apart.sort_unstable();
        let [first, second] = apart;
        let [facility, shop] = Post::TILLS;

        let (linked_for, cut_for) = (length / 3, length / 2);
        let healed_for = length.saturating_sub(linked_for).saturating_sub(cut_for);
        let arrivals = self.arrivals(length);
        let [before, during, after] = split(&arrivals, [linked_for, cut_for, healed_for]);
        let linked = self.act(linked_for, before, Duration::ZERO);
        let by = linked_for.saturating_sub(HEARD_WITHIN);
        let heard_of: Vec<_> =
            self.earned.iter().filter(|visit| visit.at < by).map(|visit| visit.person).collect();
        let mut cut = self.act(cut_for, during, Duration::ZERO);
        let doubled = self.doubled(apart, cut_for, &mut cut);
        let overdrawn = self.overdrawn(&heard_of, cut_for, &mut cut);
        let mut healed = self.act(healed_for, after, HEARD_WITHIN);
        for post in Post::SHELTERS {
            // A later tap would settle what they are to show.
            let taps = healed.get_mut(&post).expect("a shelter has a reader");
            taps.retain(|tap| !doubled.contains(&tap.person));
        }
        let acts = [
            (Act::Linked, linked_for, linked),
            (Act::Cut, cut_for, cut),
            (Act::Healed, healed_for, healed),
        ];
        Plan { cut: [first, second, facility, shop], acts, doubled, overdrawn }
    }

    /// What happens in one act. Who earned points in the act before pays, from `pay_from` on.
    fn act(&mut self, length: Duration, arrivals: Vec<Tap>, pay_from: Duration) -> Taps {
        let mut taps = Taps::new();
        for post in Post::SHELTERS {
            let list = self.queue(length, |crowd| crowd.households.next(&mut crowd.rng));
            taps.insert(post, list);
        }
        taps.insert(Post::School, arrivals);
        let rides = self.queue(length, |crowd| crowd.riders.next(&mut crowd.rng));
        taps.insert(Post::Bus, rides);
        let payments = self.payments(length, pay_from);
        taps.insert(Post::Shop, payments);
        let visits = self.queue(length, |crowd| crowd.visitors.next(&mut crowd.rng));
        let visitors = visits.iter().filter(|visit| visit.person <= self.people);
        self.earned = visitors.copied().collect();
        self.earned.dedup_by_key(|visit| visit.person);
        taps.insert(Post::Facility, visits);
        taps
    }

    /// What happens at one reader, where these come together.
    fn queue(&mut self, length: Duration, next: impl Fn(&mut Self) -> Vec<u32>) -> Vec<Tap> {
        let [members, households] = self.tempo.gaps();
        let mut taps = Vec::new();
        let mut at = self.gap((0, members.1));
        while at < length {
            for person in next(self) {
                if at >= length {
                    break;
                }
                taps.push(Tap::at(at, person));
                if self.rng.per_mille(AGAIN_PER_MILLE) {
                    at += self.gap(members);
                    taps.push(Tap::at(at, person));
                }
                at += self.gap(members);
            }
            if self.rng.per_mille(STRANGERS_PER_MILLE) {
                // The numbers above the last person's are cards that nobody registered.
                let person = self.people + self.rng.between(1, 1_000);
                taps.push(Tap::at(at, person));
            }
            at += self.gap(households);
        }
        taps.retain(|tap| tap.at < length);
        taps
    }

    /// Every pupil comes to school once, at some time of the whole drill.
    fn arrivals(&mut self, length: Duration) -> Vec<Tap> {
        let rng = &mut self.rng;
        let come = |pupil: &u32| Tap::at(length / 1_000 * rng.below(1_000), *pupil);
        let mut arrivals: Vec<_> = self.pupils.iter().map(come).collect();
        arrivals.sort_by_key(|tap| tap.at);
        arrivals
    }

    /// Who earned points in the act before pays with them, one by one.
    fn payments(&mut self, length: Duration, from: Duration) -> Vec<Tap> {
        let [members, households] = self.tempo.gaps();
        let mut at = from + self.gap((0, members.1));
        let mut payments = Vec::new();
        for visit in std::mem::take(&mut self.earned) {
            if at >= length {
                break;
            }
            payments.push(Tap::paying(at, visit.person));
            at += self.gap(households);
        }
        payments
    }

    /// Sends some people to one cut-off shelter, and later to the other.
    fn doubled(&mut self, cut: [Post; 2], length: Duration, taps: &mut Taps) -> Vec<u32> {
        let mut doubled = Vec::new();
        for _ in 0..wanted(length) {
            let household = self.households.next(&mut self.rng);
            let Some(person) = household.first().copied() else { break };
            if doubled.contains(&person) {
                break;
            }
            for post in Post::SHELTERS {
                let list = taps.get_mut(&post).expect("a shelter has a reader");
                list.retain(|tap| tap.person != person);
            }
            let [first, second] = if self.rng.per_mille(500) { cut } else { [cut[1], cut[0]] };
            for (post, part) in [(first, 0), (second, 4)] {
                let tap = Tap::at(self.in_part(length, part), person);
                taps.get_mut(&post).expect("a shelter has a reader").push(tap);
            }
            doubled.push(person);
        }
        sort(taps);
        doubled
    }

    /// Sends some of those whose visit both tills have heard of to pay with the same points at the
    /// facility, which saw the visit itself, and later at the shop.
    fn overdrawn(&mut self, heard_of: &[u32], length: Duration, taps: &mut Taps) -> Vec<u32> {
        let wanted = usize::try_from(wanted(length)).unwrap_or(usize::MAX);
        let overdrawn: Vec<_> = heard_of.iter().copied().take(wanted).collect();
        for person in &overdrawn {
            for till in Post::TILLS {
                let list = taps.get_mut(&till).expect("a till has a reader");
                list.retain(|tap| tap.person != *person);
            }
            for (till, part) in Post::TILLS.into_iter().zip([0, 4]) {
                let tap = Tap::paying(self.in_part(length, part), *person);
                taps.get_mut(&till).expect("a till has a reader").push(tap);
            }
        }
        // Whatever they may have earned since stays in their wallets.
        self.earned.retain(|visit| !overdrawn.contains(&visit.person));
        sort(taps);
        overdrawn
    }

    /// Some time after this many tenths of an act have passed and one more.
    fn in_part(&mut self, length: Duration, part: u32) -> Duration {
        length / 10 * (part + 1) + length / 1000 * self.rng.below(300)
    }

    fn gap(&mut self, (least, most): (u32, u32)) -> Duration {
        Duration::from_millis(self.rng.between(least, most).into())
    }
}

/// How many go to two places in a cut of this length.
fn wanted(length: Duration) -> u64 {
    (length.as_secs() / SECONDS_PER_DOUBLED).clamp(1, DOUBLED_MAX)
}

/// Gives each act of these lengths its taps, from its own beginning.
fn split(taps: &[Tap], lengths: [Duration; 3]) -> [Vec<Tap>; 3] {
    let mut begins = Duration::ZERO;
    lengths.map(|length| {
        let (from, to) = (begins, begins + length);
        begins = to;
        let within = taps.iter().filter(|tap| (from..to).contains(&tap.at));
        within.map(|tap| Tap { at: tap.at.saturating_sub(from), ..*tap }).collect()
    })
}

fn sort(taps: &mut Taps) {
    taps.values_mut().for_each(|list| list.sort_by_key(|tap| tap.at));
}
