//! What the drill's page shows of the town: one look at it, taken about once a second and after
//! whatever somebody pressed for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::cast::{LINKS, Link, Post};
use super::ledger::Latest;
use super::pace::Speed;
use super::town::{LinkState, Statuses, Town};

/// One look at the town.
#[derive(Debug, Clone)]
pub(super) struct Look {
    /// How each link is.
    pub(super) links: BTreeMap<Link, LinkState>,
    /// What headquarters counts.
    pub(super) figures: Figures,
    /// The latest taps, the newest first.
    pub(super) taps: Vec<Latest>,
    /// How many taps were shown as accepted.
    pub(super) accepted: usize,
    /// How many were refused.
    pub(super) refused: u64,
    /// How fast people come by themselves.
    pub(super) speed: Speed,
    /// Whether the drill cuts and heals by itself: until somebody touches a link.
    pub(super) cuts_by_itself: bool,
}

/// What headquarters counts in the incidents that are open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Figures {
    /// People who are certainly at one of the town's shelters.
    pub(super) sure: u64,
    /// The most there can be.
    pub(super) at_most: u64,
    /// People whom two places hold at once.
    pub(super) two_places: u64,
}

impl Figures {
    /// Those of headquarters.
    fn of(statuses: &Statuses) -> Self {
        let board = statuses.get(&Post::Headquarters);
        let open = board.into_iter().flat_map(|status| &status.incidents).filter(|one| one.open);
        open.fold(Self::default(), |so_far, incident| Self {
            sure: so_far.sure + incident.present_sure,
            at_most: so_far.at_most + incident.present_at_most,
            two_places: so_far.two_places + incident.two_places,
        })
    }

    /// How many people there are, as a number or as the least and the most.
    pub(super) fn present(self) -> String {
        if self.sure == self.at_most {
            self.sure.to_string()
        } else {
            format!("{}–{}", self.sure, self.at_most)
        }
    }
}

impl Look {
    /// Before the first look: nothing is known of any link.
    pub(super) fn before_the_first() -> Self {
        Self {
            links: LINKS.into_iter().map(|link| (link, LinkState::Waiting)).collect(),
            figures: Figures::default(),
            taps: Vec::new(),
            accepted: 0,
            refused: 0,
            speed: Speed::default(),
            cuts_by_itself: true,
        }
    }

    /// How many links are up, of those that a post has.
    pub(super) fn links_up(&self, post: Post) -> (usize, usize) {
        let own = || self.links.iter().filter(|(link, _)| link.touches(post));
        (own().filter(|(_, state)| **state == LinkState::Up).count(), own().count())
    }

    /// Whether a post was cut off from everybody.
    pub(super) fn is_cut_off(&self, post: Post) -> bool {
        let mut own = self.links.iter().filter(|(link, _)| link.touches(post));
        own.all(|(_, state)| *state == LinkState::Cut)
    }

    /// How many links are not up.
    pub(super) fn links_down(&self) -> usize {
        self.links.values().filter(|state| **state != LinkState::Up).count()
    }
}

/// The latest look, for whoever shows it.
#[derive(Debug, Clone)]
pub(super) struct Latch(Arc<Mutex<Look>>);

impl Latch {
    /// Before the first look.
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Look::before_the_first())))
    }

    /// The latest look.
    pub(super) fn latest(&self) -> Look {
        self.with(|look| look.clone())
    }

    /// Reads or writes it.
    pub(super) fn with<T>(&self, act: impl FnOnce(&mut Look) -> T) -> T {
        // The look is whole after every call.
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes in what everybody says.
    pub(super) fn see(&self, town: &Town, statuses: &Statuses) {
        let links = LINKS.into_iter().map(|link| (link, town.state(link, statuses))).collect();
        let figures = Figures::of(statuses);
        self.with(|look| (look.links, look.figures) = (links, figures));
        self.see_taps(town);
    }

    /// Takes in what the readers showed.
    pub(super) fn see_taps(&self, town: &Town) {
        let (taps, accepted, refused) = town.with_ledger(|ledger| {
            let taps = ledger.latest().rev().cloned().collect();
            (taps, ledger.count_accepted(), ledger.refused().values().sum())
        });
        self.with(|look| (look.taps, look.accepted, look.refused) = (taps, accepted, refused));
    }
}
