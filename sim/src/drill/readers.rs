//! The readers, as people stand before them: one card at a time, and what each of them is shown.

#![expect(clippy::disallowed_methods, reason = "the drill times real processes")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::DrillFault;
use super::cast::{Post, Service};
use super::child::Follower;
use super::formats::{self, answer};
use super::ledger::{Accepted, Act, Deed, Latest, Shown};
use super::pace::Clock;
use super::plan::{POINTS_A_VISIT, Tap, Taps};
use super::town::Town;
use crate::card::{Card, ReaderAddr, Uid};

/// How long a reader may take to show what became of a tap.
const OUTCOME_WITHIN: Duration = Duration::from_secs(15);

/// How long after an act's end its last taps may still begin, on a slow machine.
const LATE_TAPS: Duration = Duration::from_secs(3);

/// The readers of the town, each with the command that follows its outcomes.
#[derive(Debug, Clone)]
pub(super) struct Readers {
    town: Town,
    // Whoever holds one stands before that reader.
    followers: Arc<BTreeMap<Post, Mutex<Follower>>>,
}

/// Why somebody comes to a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    /// The plan says so.
    Planned(Act),
    /// Somebody pressed for it on the drill's own page.
    Pressed,
}

impl Readers {
    /// Follows the outcomes of every reader.
    ///
    /// # Errors
    /// [`DrillFault::Machine`]
    pub(super) fn follow(town: &Town) -> Result<Self, DrillFault> {
        let follow = |post: Post| {
            let words = ["outcomes", "--follow"];
            let line = formats::ctl(&town.located().config(post), &words);
            town.starter().follow(&line).map(|follower| (post, Mutex::new(follower)))
        };
        let followers = Post::READERS.into_iter().map(follow).collect::<Result<_, _>>()?;
        Ok(Self { town: town.clone(), followers: Arc::new(followers) })
    }

    /// Holds the cards of an act to the readers, each in its time by the play's clock.
    ///
    /// # Errors
    /// [`DrillFault`] of the first reader that cannot be used.
    pub(super) async fn tap(
        &self,
        act: Act,
        length: Duration,
        taps: &Taps,
        clock: &Arc<Clock>,
    ) -> Result<(), DrillFault> {
        let begun = clock.now();
        let mut queues = JoinSet::new();
        for (post, list) in taps {
            let (readers, post, list, clock) = (self.clone(), *post, list.clone(), clock.clone());
            queues
                .spawn(async move { readers.queue(post, act, &list, begun, length, &clock).await });
        }
        while let Some(done) = queues.join_next().await {
            done.expect("a queue neither panics nor is aborted")?;
        }
        clock.reach(begun + length).await;
        Ok(())
    }

    /// The people in front of one reader.
    async fn queue(
        &self,
        post: Post,
        act: Act,
        taps: &[Tap],
        begun: Duration,
        length: Duration,
        clock: &Clock,
    ) -> Result<(), DrillFault> {
        for tap in taps {
            clock.reach(begun + tap.at).await;
            if clock.now() > begun + length + LATE_TAPS {
                break;
            }
            // Nobody pays who was shown no points: their visit was refused, or came too late.
            if tap.pays.is_none() || self.town.with_ledger(|ledger| ledger.has_points(tap.person)) {
                self.hold(post, tap.person, tap.pays, Why::Planned(act)).await?;
            }
        }
        Ok(())
    }

    /// Holds one card to a reader, at a till after the price of something was typed.
    ///
    /// # Errors
    /// [`DrillFault`] when the reader cannot be used.
    pub(super) async fn press(&self, post: Post, person: u32) -> Result<(), DrillFault> {
        let pays = (post.serves() == Some(Service::Shop)).then_some(POINTS_A_VISIT);
        self.hold(post, person, pays, Why::Pressed).await
    }

    /// Holds one card to a reader until something is shown, and notes what. Who `pays` so many
    /// points does so after they were typed.
    async fn hold(
        &self,
        post: Post,
        person: u32,
        pays: Option<u32>,
        why: Why,
    ) -> Result<(), DrillFault> {
        let follower = self.followers.get(&post);
        let mut follower = match follower {
            Some(follower) => follower.lock().await,
            None => {
                return Err(DrillFault::Machine(format!("{} has no reader", post.folder())));
            }
        };
        if let Some(points) = pays {
            self.town.ask(post, &["charge", &points.to_string()]).await?;
        }
        let shown = self.shown_for(post, person, &mut follower).await?;
        drop(follower);
        let (entry, shown) = match shown {
            None => (None, Shown::Nothing),
            Some(outcome) => match outcome.entry() {
                Some(entry) if outcome.accepted => (Some(entry), Shown::Accepted(outcome.word)),
                Some(_) | None => (None, Shown::Refused(outcome.word)),
            },
        };
        let act = match why {
            Why::Planned(act) => act,
            Why::Pressed => Act::Linked,
        };
        let (at, by_hand) = (Instant::now(), why == Why::Pressed);
        self.town.with_ledger(|ledger| {
            match (entry, &shown) {
                (Some(entry), Shown::Accepted(word)) => {
                    let deed = Deed::of_word(word);
                    ledger.accept(Accepted { entry, person, post, deed, act });
                }
                (Some(_) | None, Shown::Refused(word)) => ledger.refuse(word.clone()),
                (None, Shown::Accepted(_)) | (Some(_) | None, Shown::Nothing) => {
                    ledger.leave_unanswered()
                }
            }
            ledger.show(Latest { post, person, shown, at, by_hand });
        });
        Ok(())
    }

    /// What the reader shows for one card; none when it shows nothing in time.
    async fn shown_for(
        &self,
        post: Post,
        person: u32,
        follower: &mut Follower,
    ) -> Result<Option<answer::Outcome>, DrillFault> {
        let unusable = |error| DrillFault::Machine(format!("{error}"));
        let reader = ReaderAddr::new(self.town.located().at(post).reader).map_err(unusable)?;
        let uid = Uid::of_person(self.town.seed(), person);
        let mut card = Card::insert(reader, uid).await.map_err(unusable)?;
        // What is shown before this card was read belongs to one that was put in by hand.
        let read = loop {
            tokio::select! {
                biased;
                line = follower.next() => {
                    if line.is_none() {
                        return Err(self.silent(post, follower).await);
                    }
                }
                read = card.until_read(OUTCOME_WITHIN) => break read,
            }
        };
        let line = match read {
            true => timeout(OUTCOME_WITHIN, follower.next()).await.ok(),
            false => None,
        };
        card.remove().await;
        let Some(line) = line else { return Ok(None) };
        let Some(line) = line else { return Err(self.silent(post, follower).await) };
        let outcome = answer::outcome(&line)
            .map_err(|why| DrillFault::Machine(format!("{}: {why}", post.folder())))?;
        Ok(Some(outcome))
    }

    async fn silent(&self, post: Post, follower: &mut Follower) -> DrillFault {
        DrillFault::Machine(format!(
            "the command that follows the outcomes of {who} {how}; the log of {who} is {log}",
            who = post.folder(),
            how = follower.how_ended().await,
            log = self.town.located().log(post).display()
        ))
    }
}
