//! What somebody wishes on the drill's page, and the hands that do it.

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinSet;

use super::DrillFault;
use super::cast::{Link, Post};
use super::look::Latch;
use super::pace::{Clock, Speed};
use super::readers::Readers;
use super::town::Town;

/// The most wishes that wait to be done.
pub(super) const WISHES_MAX: usize = 16;

/// The most that are being done at once.
const AT_WORK_MAX: usize = 8;

/// One thing that can be pressed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wish {
    /// A generated person holds a card to the reader of a post.
    Tap(Post, u32),
    /// The ends of these links hear each other no more.
    Cut(Vec<Link>),
    /// They do again.
    Heal(Vec<Link>),
    /// People come by themselves as fast as this.
    Speed(Speed),
    /// Whether the drill cuts and heals by itself.
    CutByItself(bool),
    /// A link that opens the pages of a post once.
    LoginLink(Post),
}

/// What came of a wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Done {
    /// It is so.
    So,
    /// The link that was made.
    Link(String),
}

/// A wish, and where to say what came of it.
#[derive(Debug)]
pub(super) struct Asked {
    /// What is wished.
    pub(super) wish: Wish,
    /// Who hears of it.
    pub(super) answer: oneshot::Sender<Result<Done, DrillFault>>,
}

/// The hands.
#[derive(Debug, Clone)]
pub(super) struct Hands {
    town: Town,
    readers: Readers,
    clock: Arc<Clock>,
    look: Latch,
    // Whoever holds it touches links: what was pressed last is done last.
    links: Arc<Mutex<()>>,
}

impl Hands {
    /// Hands for this town.
    pub(super) fn new(town: &Town, readers: &Readers, clock: &Arc<Clock>, look: &Latch) -> Self {
        let (town, readers, look) = (town.clone(), readers.clone(), look.clone());
        Self { town, readers, clock: clock.clone(), look, links: Arc::default() }
    }

    /// Does what is wished until nobody can wish any more. A wish that fails is told to whoever
    /// had it, and the drill goes on.
    pub(super) async fn obey(self, mut wishes: mpsc::Receiver<Asked>) {
        let mut at_work = JoinSet::new();
        loop {
            tokio::select! {
                Some(done) = at_work.join_next() => {
                    done.expect("a hand neither panics nor is aborted");
                }
                asked = wishes.recv(), if at_work.len() < AT_WORK_MAX => {
                    let Some(Asked { wish, answer }) = asked else { return };
                    let hands = self.clone();
                    at_work.spawn(async move {
                        // Whoever wished it may have gone; it is done all the same.
                        let _ = answer.send(hands.fulfil(wish).await);
                    });
                }
            }
        }
    }

    async fn fulfil(&self, wish: Wish) -> Result<Done, DrillFault> {
        match wish {
            Wish::Tap(post, person) => {
                self.readers.press(post, person).await?;
                self.look.see_taps(&self.town);
            }
            Wish::Cut(links) => {
                let _turn = self.take_the_links().await;
                self.town.cut(&links).await?;
                self.look.see(&self.town, &self.town.statuses().await?);
            }
            Wish::Heal(links) => {
                let _turn = self.take_the_links().await;
                self.town.heal(&links).await?;
                self.look.see(&self.town, &self.town.statuses().await?);
            }
            Wish::Speed(speed) => {
                self.clock.turn(speed);
                self.look.with(|look| look.speed = speed);
            }
            Wish::CutByItself(whether) => self.look.with(|look| look.cuts_by_itself = whether),
            Wish::LoginLink(post) => return self.town.login_link(post).await.map(Done::Link),
        }
        Ok(Done::So)
    }

    /// Links are in somebody's hands from now on: what they cut stays cut until they heal it.
    async fn take_the_links(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.look.with(|look| look.cuts_by_itself = false);
        self.links.lock().await
    }
}
