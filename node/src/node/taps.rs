//! Taps: what the reader said, and what the person at it is told.

use digiana_core::engine::effect::Accepted;
use digiana_core::service::refusal::Refusal;

use super::{Asker, Node};
use crate::control::Outcome;
use crate::handle::{Did, Shown, TapOutcome};
use crate::reader::ReaderEvent;
use crate::reader::card::Presented;
use crate::reader::indicator::{Indicator, Signal};

/// What a node needs to tell of a tap.
#[derive(Debug)]
pub(super) struct Taps {
    pub(super) indicator: Indicator,
}

impl Node {
    pub(super) fn on_reader(&mut self, event: ReaderEvent) {
        match event {
            ReaderEvent::Ready => tracing::info!("the reader takes cards"),
            ReaderEvent::Inserted(Presented { token, assurance, .. }) => {
                let tap = self.handle.purpose().command(token, assurance);
                self.command(tap, Asker::Tap);
            }
            ReaderEvent::TurnedAway(why) => {
                tracing::info!(%why, "a card is turned away");
                self.show(Signal::Refused, Shown::TurnedAway(why), why.word(), None);
            }
            ReaderEvent::Forgotten => {
                // The tap was told of already: this is about the card.
                self.taps.indicator.show(Signal::Attention, self.clock.now());
                self.handle.set_card_is_forgotten(true);
                self.changed();
            }
            ReaderEvent::Removed => {
                tracing::debug!("the card has left");
                self.handle.set_card_is_forgotten(false);
                self.changed();
            }
            ReaderEvent::Fault(fault) => {
                tracing::info!(%fault, "a card could not be read");
                self.show(Signal::Fault, Shown::CardUnread, "card-unread", None);
            }
            ReaderEvent::Gone(lost) => tracing::warn!(%lost, "the reader is gone"),
        }
    }

    pub(super) fn on_tap_outcome(&mut self, outcome: Result<Accepted, Refusal>) {
        match outcome {
            Ok(accepted) => {
                let did = accepted.facts.iter().find_map(|(_, entry, fact)| {
                    let (person, did) = Did::told_by(fact)?;
                    Some((*entry, person, did))
                });
                let (entry, shown, word) = match did {
                    Some((entry, person, did)) => {
                        (Some(entry), Shown::Accepted { person, did }, did.word())
                    }
                    None => (None, Shown::Recorded, "recorded"),
                };
                self.show(Signal::Accepted, shown, word, entry.map(|entry| entry.to_string()));
            }
            Err(refusal) => {
                let already = matches!(
                    refusal,
                    Refusal::AlreadyHere { .. }
                        | Refusal::AlreadyVisited
                        | Refusal::SameRide
                        | Refusal::AlreadyNoted
                );
                let own_trouble = matches!(refusal, Refusal::StoreFull | Refusal::NotDurable);
                let signal = match (already, own_trouble) {
                    (true, _) => Signal::Attention,
                    (false, true) => Signal::Fault,
                    (false, false) => Signal::Refused,
                };
                let word = refusal_word(refusal);
                self.show(signal, Shown::Refused(refusal), &word, None);
            }
        }
    }

    fn show(&mut self, signal: Signal, shown: Shown, word: &str, entry: Option<String>) {
        let now = self.clock.now();
        self.taps.indicator.show(signal, now);
        let accepted = signal == Signal::Accepted;
        let seconds = now.wall.seconds;
        self.handle.tapped(TapOutcome { seconds, shown });
        self.handle.tell_outcome(Outcome { seconds, accepted, word: word.to_owned(), entry });
        self.changed();
    }
}

/// The name of a refusal in outcomes: the variant's, as `docs/REFUSALS.md` lists it.
fn refusal_word(refusal: Refusal) -> String {
    let name = format!("{refusal:?}");
    name.split([' ', '{']).next().unwrap_or(&name).to_owned()
}
