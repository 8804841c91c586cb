//! Drawing a plan: days of a small town, and what goes wrong in them.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::rng::Rng;

use super::super::cast::{Post, Road, roads};
use super::super::clock::ClockFault;
use super::super::disk::Damage;
use super::super::fault::Fault;
use super::super::scenario::{Flood, Scenario};
use super::super::step::Step;
use super::{Plan, Timed};

const MINUTE: u32 = 60;
const HOUR: u32 = 60 * MINUTE;
const DAY: u32 = 24 * HOUR;

/// When posts that are locked up at night open and close, in seconds of the day.
const OPENS: u32 = 6 * HOUR + 30 * MINUTE;
const CLOSES: u32 = 21 * HOUR + 30 * MINUTE;

/// How many seconds of each hour's draw a bus stays at a depot.
const CALL_SECONDS: (u32, u32) = (20, 240);

struct Draw<'a> {
    scenario: &'a Scenario,
    posts: Vec<Post>,
    roads: Vec<Road>,
    residents: u32,
    steps: Vec<Timed>,
}

impl Plan {
    /// The plan that a seed draws for a scenario.
    pub fn draw(seed: u64, scenario: &Scenario) -> Self {
        let stream = |purpose: &str| Rng::new(seed, &format!("simulator/plan/{purpose}"));
        let posts = Post::of_town(scenario.nodes);
        // The same stream as the town's own: a plan names lines by their place in this list.
        let roads = roads(&posts, &mut Rng::new(seed, "simulator/roads"));
        let residents = scenario.residents();
        let mut draw = Draw { scenario, posts, roads, residents, steps: Vec::new() };
        draw.days(&mut stream("days"));
        draw.taps(&mut stream("taps"));
        if let Some(flood) = &scenario.flood {
            draw.flood(flood, &mut stream("flood"));
        }
        let late = draw.late(&mut stream("admissions"));
        for (fault, per_day) in scenario.faults() {
            let times = draw.times(per_day, &mut stream(fault.word()));
            let mut rng = stream(&format!("{}/each", fault.word()));
            (0..times).for_each(|_| draw.fault(fault, &mut rng));
        }
        let mut steps = draw.steps;
        let scripted = scenario.scripted.iter();
        steps.extend(scripted.filter(|timed| !timed.step.needs(scenario.nodes)).cloned());
        let lasts = Duration::from_secs(u64::from(scenario.days) * u64::from(DAY));
        steps.retain(|timed| timed.at < lasts);
        steps.sort();
        Self { nodes: scenario.nodes, residents, lasts, late, steps }
    }
}

impl Draw<'_> {
    fn length(&self) -> u32 {
        self.scenario.days * DAY
    }

    fn push(&mut self, at: u32, step: Step) {
        self.steps.push(Timed { at: Duration::from_secs(at.into()), step });
    }

    fn node(&self, rng: &mut Rng) -> usize {
        pick(rng, self.posts.len())
    }

    fn post(&self, wanted: Post, rng: &mut Rng) -> Option<usize> {
        let of = (0..).zip(&self.posts).filter(|(_, post)| **post == wanted);
        let of: Vec<usize> = of.map(|(node, _)| node).collect();
        (!of.is_empty()).then(|| *rng.choose(&of))
    }

    /// Posts open in the morning and close in the evening; buses call at their depots.
    fn days(&mut self, rng: &mut Rng) {
        for node in 0..self.posts.len() {
            match self.posts.get(node) {
                Some(Post::Headquarters) => {
                    self.push(0, Step::Start(node));
                    continue;
                }
                // Its case stays in the cupboard until there is a flood.
                Some(Post::Shelter) | None => continue,
                Some(Post::Bus | Post::School | Post::Facility | Post::Shop) => {}
            }
            for day in 0..self.scenario.days {
                let midnight = day * DAY;
                self.push(midnight + OPENS + rng.below(10 * MINUTE), Step::Start(node));
                self.push(midnight + CLOSES + rng.below(10 * MINUTE), Step::Close(node));
            }
        }
        for line in 0..self.roads.len() {
            if !self.roads.get(line).is_some_and(|road| road.is_depot) {
                continue;
            }
            for hour in (0..self.length()).step_by(3_600) {
                let at = hour + rng.below(HOUR);
                let (least, most) = CALL_SECONDS;
                self.push(at, Step::Call(line));
                self.push(at + rng.between(least, most), Step::Depart(line));
            }
        }
    }

    /// What people do on any day.
    fn taps(&mut self, rng: &mut Rng) {
        for day in 0..self.scenario.days {
            for _ in 0..self.scenario.facts_per_day {
                let at = day * DAY + OPENS + rng.below(CLOSES - OPENS);
                let who = rng.below(self.residents);
                let step = match rng.below(100) {
                    0..35 => self.post(Post::Bus, rng).map(|node| Step::Tap(node, who)),
                    35..60 => self.post(Post::Facility, rng).map(|node| Step::Tap(node, who)),
                    60..75 => self.post(Post::Shop, rng).map(|node| Step::Tap(node, who)),
                    75..88 => self.post(Post::School, rng).map(|node| Step::Tap(node, who)),
                    88 => {
                        let what = rng.below(3);
                        self.post(Post::School, rng).map(|node| Step::NotePupil(node, who, what))
                    }
                    89..94 => Some(Step::Edit(self.desk(rng), rng.below(1 << 16))),
                    94 => Some(Step::Splice(self.desk(rng), rng.below(1 << 16))),
                    95..97 => Some(Step::IssueBook(self.desk(rng), who)),
                    97 => Some(Step::VoidBook(self.desk(rng), rng.below(1 << 16))),
                    98 => Some(Step::Correct(self.node(rng), rng.below(1 << 16))),
                    _ if rng.below(4) == 0 => {
                        Some(Step::Join(self.desk(rng), who, rng.below(1 << 16)))
                    }
                    _ => Some(Step::Card(self.desk(rng), who, rng.below(1 << 16))),
                };
                if let Some(step) = step {
                    self.push(at, step);
                }
            }
        }
    }

    /// A desk with staff: headquarters, or a counter in a facility or a school.
    fn desk(&self, rng: &mut Rng) -> usize {
        let post = if rng.below(2) == 0 { Post::Facility } else { Post::School };
        let counter = self.post(post, rng).unwrap_or(0);
        if rng.below(2) == 0 { 0 } else { counter }
    }

    /// Water comes, people go to the shelters, and some days later home again.
    fn flood(&mut self, flood: &Flood, rng: &mut Rng) {
        if !rng.per_mille(flood.per_mille) {
            return;
        }
        let begins = flood.begins.unwrap_or_else(|| rng.below(self.length()));
        let lasts = flood.hours * HOUR;
        // Whoever opens first opens the incident: headquarters, or a shelter that hears nobody.
        if rng.below(2) == 0 {
            self.push(begins, Step::OpenIncident(0));
        }
        let shelters: Vec<usize> = (0..)
            .zip(&self.posts)
            .filter(|(_, post)| **post == Post::Shelter)
            .map(|(node, _)| node)
            .collect();
        for shelter in &shelters {
            let opens = begins + rng.below(30 * MINUTE);
            self.push(opens, Step::Start(*shelter));
            self.push(opens + rng.between(1, 5 * MINUTE), Step::OpenShelter(*shelter));
            let closes = begins + lasts - rng.below(HOUR);
            self.push(closes, Step::CloseShelter(*shelter));
            self.push(closes + rng.between(MINUTE, HOUR), Step::Close(*shelter));
        }
        self.push(begins + lasts, Step::CloseIncident(0));
        if shelters.is_empty() {
            return;
        }
        for _ in 0..self.residents * 2 {
            let at = begins + rng.below(lasts);
            let who = rng.below(self.residents);
            let shelter = *rng.choose(&shelters);
            let step = match rng.below(20) {
                0..11 => Step::Tap(shelter, who),
                11..17 => Step::Going(shelter, who, rng.below(1 << 16)),
                17..19 => Step::Edit(shelter, rng.below(1 << 16)),
                _ => Step::Correct(shelter, rng.below(1 << 16)),
            };
            self.push(at, step);
        }
    }

    /// Nodes whose admission comes late, and when it is given to whom.
    fn late(&mut self, rng: &mut Rng) -> BTreeSet<usize> {
        let mut late = BTreeSet::new();
        for node in 1..self.posts.len() {
            if !rng.per_mille(self.scenario.late_per_mille) {
                continue;
            }
            late.insert(node);
            for _ in 0..1 + rng.below(2) {
                let at = rng.below(self.length());
                let to = self.node(rng);
                self.push(at, Step::Introduce(node, to));
            }
        }
        late
    }

    /// How often something happens that is expected `per_day` times a day.
    fn times(&self, per_day: f64, rng: &mut Rng) -> u32 {
        let thousandths = per_day * 1_000.0 * f64::from(self.scenario.days);
        let mut times = 0;
        // A chance at a time, so that rare things happen in some towns and not in others.
        let mut left = thousandths.clamp(0.0, 1e9);
        while left >= 1.0 {
            let chance = left.min(500.0);
            times += u32::from(f64::from(rng.below(1_000)) < chance);
            left -= chance;
        }
        times
    }

    fn fault(&mut self, fault: Fault, rng: &mut Rng) {
        let at = rng.below(self.length());
        let later = |rng: &mut Rng, least: u32, most: u32| at + rng.between(least, most);
        let node = self.node(rng);
        let line = pick(rng, self.roads.len());
        match fault {
            Fault::Crash | Fault::TornWrite | Fault::UntoldWrite => {
                // A crash finds the node at work when somebody has just tapped.
                let who = rng.below(self.residents);
                self.push(at, Step::Tap(node, who));
                self.push(at, Step::Crash(node));
                let down = if rng.below(3) == 0 { 2 * HOUR } else { MINUTE };
                let back = later(rng, 1, down);
                self.push(back, Step::Restart(node));
            }
            Fault::Rollback => {
                self.push(at, Step::Lie(node));
                let crash = later(rng, MINUTE, 3 * HOUR);
                self.push(crash, Step::Crash(node));
                self.push(crash + rng.between(1, 10 * MINUTE), Step::Restart(node));
            }
            Fault::LostWrite => self.spoil(Damage::LostWrite, at, node, rng),
            Fault::MisdirectedWrite => self.spoil(Damage::MisdirectedWrite, at, node, rng),
            Fault::BitRot => self.spoil(Damage::BitRot, at, node, rng),
            Fault::DiskFull => {
                self.push(at, Step::Fill(node));
                let free = later(rng, MINUTE, 2 * HOUR);
                self.push(free, Step::Free(node));
            }
            Fault::SlowDisk => {
                self.push(at, Step::SlowDisk(node, true));
                let quick = later(rng, MINUTE, HOUR);
                self.push(quick, Step::SlowDisk(node, false));
            }
            Fault::Partition => {
                let mut nodes: Vec<usize> = (0..self.posts.len()).collect();
                rng.shuffle(&mut nodes);
                nodes.truncate(1 + pick(rng, self.posts.len() / 2 + 1));
                nodes.sort_unstable();
                self.push(at, Step::Partition(nodes));
                let heal = later(rng, 10 * MINUTE, 12 * HOUR);
                self.push(heal, Step::Heal);
            }
            Fault::OneWay => {
                self.push(at, Step::OneWay(line, rng.below(2) == 0));
                let mend = later(rng, 1, HOUR);
                self.push(mend, Step::Mend(line));
            }
            Fault::Flapping => {
                let mut at = at;
                for _ in 0..rng.between(3, 20) {
                    self.push(at, Step::Flap(line));
                    self.push(at + rng.between(1, 5), Step::Mend(line));
                    at += rng.between(5, 40);
                }
            }
            Fault::ClockUnset => self.wrong_clock(node, ClockFault::Unset, at, rng),
            Fault::ClockFarAhead => self.wrong_clock(node, ClockFault::FarAhead, at, rng),
            Fault::ClockJump => {
                let by = i32::try_from(rng.below(2 * DAY)).expect("two days");
                let day = i32::try_from(DAY).expect("a day");
                self.wrong_clock(node, ClockFault::Jump(by - day), at, rng);
            }
            Fault::Malformed => self.push(at, Step::Garble(line, rng.below(u32::MAX))),
            Fault::OtherVersion => self.push(at, Step::OtherVersion(node)),
            Fault::WidenedAdmission => {
                let to = self.node(rng);
                self.push(at, Step::Widen(node, to));
            }
            // Lines are as they are, buses have their timetable, and admissions are drawn apart.
            Fault::Loss
            | Fault::Duplication
            | Fault::Reordering
            | Fault::ThinLine
            | Fault::BusVisit
            | Fault::LateAdmission => {}
        }
    }

    /// A medium fails while the node runs; it is noticed when the store is opened again.
    fn spoil(&mut self, damage: Damage, at: u32, node: usize, rng: &mut Rng) {
        self.push(at, Step::Damage(node, damage));
        let crash = at + rng.between(1, 3 * HOUR);
        self.push(crash, Step::Crash(node));
        self.push(crash + rng.between(1, 10 * MINUTE), Step::Restart(node));
    }

    fn wrong_clock(&mut self, node: usize, fault: ClockFault, at: u32, rng: &mut Rng) {
        self.push(at, Step::Clock(node, fault));
        self.push(at + rng.between(MINUTE, DAY), Step::Clock(node, ClockFault::SetRight));
    }
}

fn pick(rng: &mut Rng, from: usize) -> usize {
    let bound = u32::try_from(from.max(1)).expect("towns are small");
    usize::try_from(rng.below(bound)).expect("small")
}
