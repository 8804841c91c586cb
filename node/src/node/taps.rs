//! Taps: what the reader said, and what the person at it is told.

use digiana_core::engine::effect::Accepted;
use digiana_core::fact::shelter::Assurance;
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
            ReaderEvent::Ready => {
                tracing::info!("the reader takes cards");
                self.handle.set_reader(Some(Ok(())));
                self.changed();
            }
            ReaderEvent::Inserted(card @ Presented { token, assurance, .. }) => {
                let tap = self.handle.purpose().command(token, assurance);
                self.command(tap, Asker::Tap(card));
            }
            ReaderEvent::TurnedAway(why) => {
                tracing::info!(%why, "a card is turned away");
                self.show(Signal::Refused, Shown::TurnedAway(why), Told::word(why.word()));
            }
            ReaderEvent::Forgotten => {
                // The tap was told of already: this is about the card.
                self.taps.indicator.show(Signal::Attention, self.clock.now());
                self.handle.change_forgotten(|cards| cards + 1);
                self.changed();
            }
            ReaderEvent::Removed { was_forgotten } => {
                tracing::debug!("the card has left");
                if was_forgotten {
                    self.handle.change_forgotten(|cards| cards.saturating_sub(1));
                }
                self.changed();
            }
            ReaderEvent::Fault(fault) => {
                tracing::info!(%fault, "a card could not be read");
                self.show(Signal::Fault, Shown::CardUnread, Told::word("card-unread"));
            }
            ReaderEvent::Gone(lost) => {
                tracing::warn!(%lost, "the reader is gone");
                self.handle.set_reader(Some(Err(lost)));
                self.changed();
            }
            ReaderEvent::Scanner(state) => {
                match &state {
                    Ok(()) => tracing::info!("the code scanner takes codes"),
                    Err(away) => tracing::warn!("{away}"),
                }
                self.handle.set_scanner(state);
                self.changed();
            }
        }
    }

    pub(super) fn on_tap_outcome(&mut self, card: Presented, outcome: Result<Accepted, Refusal>) {
        let assurance = Some(card.assurance);
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
                // It is recorded, as a number and no more; staff should look at who stands there.
                let signal = if card.would_not_sign { Signal::Attention } else { Signal::Accepted };
                let entry = entry.map(|entry| entry.to_string());
                self.show(
                    signal,
                    shown,
                    Told { word, entry, assurance, doubtful: card.would_not_sign },
                );
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
                // Whoever came second may be the holder of a copy, or of the card.
                let doubtful = card.would_not_sign;
                let told = Told { assurance, doubtful, ..Told::word(&word) };
                self.show(signal, Shown::Refused(refusal), told);
            }
        }
    }

    fn show(&mut self, signal: Signal, shown: Shown, told: Told<'_>) {
        let now = self.clock.now();
        self.taps.indicator.show(signal, now);
        let accepted = matches!(shown, Shown::Accepted { .. } | Shown::Recorded);
        let seconds = now.wall.seconds;
        let Told { word, entry, assurance, doubtful } = told;
        self.handle.tapped(TapOutcome { seconds, shown, doubtful });
        let assurance = assurance.map(|assurance| assurance_word(assurance).to_owned());
        let word = word.to_owned();
        self.handle.tell_outcome(Outcome { seconds, accepted, word, entry, assurance });
        self.changed();
    }
}

/// What outcomes say of a tap, beside what is shown.
struct Told<'a> {
    word: &'a str,
    entry: Option<String>,
    assurance: Option<Assurance>,
    // Whether a card that should have proven itself would not.
    doubtful: bool,
}

impl<'a> Told<'a> {
    fn word(word: &'a str) -> Self {
        Self { word, entry: None, assurance: None, doubtful: false }
    }
}

fn assurance_word(assurance: Assurance) -> &'static str {
    match assurance {
        Assurance::Listed => "listed",
        Assurance::Vouched => "vouched",
        Assurance::Proven => "proven",
    }
}

/// The name of a refusal in outcomes: the variant's, as `docs/REFUSALS.md` lists it.
fn refusal_word(refusal: Refusal) -> String {
    let name = format!("{refusal:?}");
    name.split([' ', '{']).next().unwrap_or(&name).to_owned()
}
