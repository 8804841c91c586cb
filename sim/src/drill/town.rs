//! The running town, as far as commands and cards can see it.

#![expect(clippy::disallowed_methods, reason = "the drill times real processes")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::sleep;

use super::DrillFault;
use super::cast::{LINKS, Link, Post};
use super::child::Starter;
use super::formats;
use super::formats::answer::{self, ScopeDigests, Status};
use super::ledger::{Holdings, Ledger};
use super::stage::Located;

/// How often the town is looked at while something is waited for.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// How often headquarters' journals are looked at while the links come back.
const LOOK_AT_JOURNALS_EVERY: Duration = Duration::from_millis(50);

/// How all posts are at one time.
pub(super) type Statuses = BTreeMap<Post, Status>;

/// How a link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LinkState {
    /// Its ends talk.
    Up,
    /// One of its ends was told not to.
    Cut,
    /// Nothing keeps its ends apart, and they have not met yet.
    Waiting,
}

/// The running town.
#[derive(Debug, Clone)]
pub(super) struct Town {
    starter: Starter,
    located: Arc<Located>,
    seed: u64,
    ledger: Arc<Mutex<Ledger>>,
}

impl Town {
    /// The town that was started, with an empty ledger.
    pub(super) fn new(starter: Starter, located: Arc<Located>, seed: u64) -> Self {
        Self { starter, located, seed, ledger: Arc::default() }
    }

    /// Where everything is.
    pub(super) fn located(&self) -> &Located {
        &self.located
    }

    /// Starts commands.
    pub(super) fn starter(&self) -> &Starter {
        &self.starter
    }

    /// What people and cards are drawn from.
    pub(super) fn seed(&self) -> u64 {
        self.seed
    }

    /// Reads or writes the drill's own list.
    pub(super) fn with_ledger<T>(&self, act: impl FnOnce(&mut Ledger) -> T) -> T {
        // The list is whole after every call, even if the caller of one came to grief.
        act(&mut self.ledger.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Asks one post.
    ///
    /// # Errors
    /// [`DrillFault::Command`]
    pub(super) async fn ask(&self, post: Post, words: &[&str]) -> Result<String, DrillFault> {
        self.starter.once(&formats::ctl(&self.located.config(post), words)).await
    }

    /// The link that opens a post's pages once, for the browser that follows it.
    ///
    /// # Errors
    /// [`DrillFault::Command`]
    pub(super) async fn login_link(&self, post: Post) -> Result<String, DrillFault> {
        let line = formats::login_link(&self.located.config(post));
        let printed = self.starter.once(&line).await?;
        answer::link(&printed).map_err(|why| DrillFault::answer(&line, &why))
    }

    /// How one post is.
    ///
    /// # Errors
    /// [`DrillFault::Command`]
    pub(super) async fn status(&self, post: Post) -> Result<Status, DrillFault> {
        let line = formats::ctl(&self.located.config(post), &["status"]);
        let printed = self.starter.once(&line).await?;
        answer::status(&printed).map_err(|why| DrillFault::answer(&line, &why))
    }

    /// How far a post holds each journal, from its raw store.
    ///
    /// # Errors
    /// [`DrillFault::Command`]
    pub(super) async fn journals(&self, post: Post) -> Result<Holdings, DrillFault> {
        let line = formats::ctl(&self.located.config(post), &["journals"]);
        let printed = self.starter.once(&line).await?;
        answer::journals(&printed).map_err(|why| DrillFault::answer(&line, &why))
    }

    /// How everybody is.
    ///
    /// # Errors
    /// [`DrillFault::Command`] of the first who does not answer.
    pub(super) async fn statuses(&self) -> Result<Statuses, DrillFault> {
        let mut asked = JoinSet::new();
        for post in Post::ALL {
            let town = self.clone();
            asked.spawn(async move { town.status(post).await.map(|status| (post, status)) });
        }
        let mut statuses = Statuses::new();
        while let Some(answered) = asked.join_next().await {
            let (post, status) = answered.expect("asking neither panics nor is aborted")?;
            statuses.insert(post, status);
        }
        Ok(statuses)
    }

    /// Waits until every post answers its commands.
    ///
    /// # Errors
    /// [`DrillFault::Late`] naming one that does not.
    pub(super) async fn until_ready(&self, within: Duration) -> Result<(), DrillFault> {
        let begun = Instant::now();
        for post in Post::ALL {
            while let Err(silent) = self.status(post).await {
                if begun.elapsed() > within {
                    return Err(DrillFault::Late(format!(
                        "{} does not answer after {} s: {silent}",
                        post.folder(),
                        within.as_secs()
                    )));
                }
                sleep(LOOK_EVERY).await;
            }
        }
        Ok(())
    }

    /// Waits until what everybody says satisfies `enough`: `Ok` of how long it took, or `Err` of
    /// the last look when it did not come about within that time.
    ///
    /// # Errors
    /// [`DrillFault::Command`]
    pub(super) async fn until(
        &self,
        within: Duration,
        enough: impl Fn(&Statuses) -> bool,
    ) -> Result<Result<Duration, Statuses>, DrillFault> {
        let begun = Instant::now();
        loop {
            let statuses = self.statuses().await?;
            if enough(&statuses) {
                return Ok(Ok(begun.elapsed()));
            }
            if begun.elapsed() > within {
                return Ok(Err(statuses));
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// Whether each post is linked with every peer it has, and all hold the same.
    pub(super) fn is_converged(&self, statuses: &Statuses) -> bool {
        differing(statuses).is_empty() && self.unlinked(statuses).is_empty()
    }

    /// The links that are down.
    pub(super) fn unlinked(&self, statuses: &Statuses) -> Vec<Link> {
        let down = |link: &&Link| self.state(**link, statuses) != LinkState::Up;
        LINKS.iter().filter(down).copied().collect()
    }

    /// How a link is, as both of its ends say.
    pub(super) fn state(&self, link: Link, statuses: &Statuses) -> LinkState {
        let known = |post: Post, peer: Post| {
            let node = self.located.node(peer);
            let peers = statuses.get(&post).map(|status| status.peers.as_slice());
            peers.unwrap_or_default().iter().find(|known| known.node == node)
        };
        let ends = [known(link.0, link.1), known(link.1, link.0)];
        if ends.iter().flatten().any(|end| end.paused) {
            LinkState::Cut
        } else if ends.iter().all(|end| end.is_some_and(|end| end.linked)) {
            LinkState::Up
        } else {
            LinkState::Waiting
        }
    }

    /// Cuts these links, at both ends of each.
    ///
    /// # Errors
    /// [`DrillFault::Command`]
    pub(super) async fn cut(&self, links: &[Link]) -> Result<(), DrillFault> {
        self.tell_both_ends("pause", links).await
    }

    /// Lets the ends of these links talk again.
    ///
    /// # Errors
    /// [`DrillFault::Command`]
    pub(super) async fn heal(&self, links: &[Link]) -> Result<(), DrillFault> {
        self.tell_both_ends("resume", links).await
    }

    async fn tell_both_ends(&self, word: &'static str, links: &[Link]) -> Result<(), DrillFault> {
        let mut told = JoinSet::new();
        for link in links {
            for (post, peer) in [(link.0, link.1), (link.1, link.0)] {
                let town = self.clone();
                told.spawn(async move {
                    town.ask(post, &[word, &town.located.node(peer)]).await.map(drop)
                });
            }
        }
        while let Some(done) = told.join_next().await {
            done.expect("telling neither panics nor is aborted")?;
        }
        Ok(())
    }

    /// Waits until headquarters holds everything that had been accepted when this was called, and
    /// tells how long that took; none when it did not come about in time.
    ///
    /// # Errors
    /// [`DrillFault::Command`]
    pub(super) async fn until_headquarters_holds_all(
        &self,
        since: Instant,
        within: Duration,
    ) -> Result<Option<Duration>, DrillFault> {
        let accepted = self.with_ledger(|ledger| ledger.clone());
        loop {
            let held = self.journals(Post::Headquarters).await?;
            if accepted.lost(&held).is_empty() {
                return Ok(Some(since.elapsed()));
            }
            if since.elapsed() > within {
                return Ok(None);
            }
            sleep(LOOK_AT_JOURNALS_EVERY).await;
        }
    }
}

/// Who would show what happens here as the real thing.
pub(super) fn taken_for_real(statuses: &Statuses) -> Vec<Post> {
    let knows = |status: &Status| status.drill && status.incidents.iter().all(|one| one.drill);
    statuses.iter().filter(|(_, status)| !knows(status)).map(|(post, _)| *post).collect()
}

/// The scopes of which two nodes hold or believe different things.
pub(super) fn differing(statuses: &Statuses) -> BTreeSet<String> {
    let mut seen: BTreeMap<&str, BTreeSet<&ScopeDigests>> = BTreeMap::new();
    for (scope, digests) in statuses.values().flat_map(|status| &status.scopes) {
        seen.entry(scope).or_default().insert(digests);
    }
    if seen.is_empty() {
        // Nobody says what it holds: nothing is known to be equal.
        return BTreeSet::from(["every scope".to_owned()]);
    }
    let differ = seen.into_iter().filter(|(_, digests)| digests.len() > 1);
    differ.map(|(scope, _)| scope.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drill::formats::answer::{IncidentStatus, ServicesStatus};

    fn holds(scopes: &[(&str, &str)]) -> Status {
        let digests =
            |digest: &str| ScopeDigests { frontier: digest.to_owned(), fold: String::new() };
        let scopes =
            scopes.iter().map(|(scope, digest)| ((*scope).to_owned(), digests(digest))).collect();
        Status {
            drill: true,
            peers: Vec::new(),
            scopes,
            incidents: Vec::new(),
            custody: None,
            services: ServicesStatus::default(),
        }
    }

    fn check(one: &[(&str, &str)], other: &[(&str, &str)], expected: &[&str]) {
        let statuses = [(Post::Bus, holds(one)), (Post::School, holds(other))].into();
        let found: Vec<_> = differing(&statuses).into_iter().collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn one_who_does_not_know_that_it_is_a_drill_is_found() {
        let incident = |drill| IncidentStatus {
            drill,
            open: true,
            present_sure: 0,
            present_at_most: 0,
            two_places: 0,
        };
        let status = |town, incidents| Status { drill: town, incidents, ..holds(&[]) };
        let statuses = [
            (Post::Headquarters, status(true, vec![incident(true)])),
            (Post::School, status(true, vec![incident(true), incident(false)])),
            (Post::Bus, status(false, vec![])),
        ];
        assert_eq!(taken_for_real(&statuses.into()), [Post::School, Post::Bus]);
    }

    #[test]
    fn a_scope_differs_when_two_of_those_who_hold_it_do() {
        check(&[("shelter", "1")], &[("shelter", "1")], &[]);
        check(&[("shelter", "1")], &[("shelter", "2")], &["shelter"]);
        check(&[("shelter", "1"), ("register", "5")], &[("shelter", "1")], &[]);
        check(&[], &[], &["every scope"]);
    }
}
