//! Taps: what the reader said, and what the person at it is told.

use digiana_core::engine::effect::Accepted;
use digiana_core::engine::input::Command;
use digiana_core::fact::Fact;
use digiana_core::fact::shelter::{Act, Assurance};
use digiana_core::service::shelter::command;
use digiana_core::service::shelter::refusal::Refusal;
use digiana_core::token::TagKey;

use super::{Asker, Node};
use crate::control::Outcome;
use crate::handle::{Shown, TapOutcome};
use crate::reader::ReaderEvent;
use crate::reader::indicator::{Indicator, Signal};

/// What a node needs to make a tap of a card.
#[derive(Debug)]
pub(super) struct Taps {
    pub(super) tag_key: TagKey,
    pub(super) indicator: Indicator,
}

impl Node {
    pub(super) fn on_reader(&mut self, event: ReaderEvent) {
        match event {
            ReaderEvent::Ready => tracing::info!("the reader takes cards"),
            ReaderEvent::Inserted { uid } => {
                let token = uid.token_tag(&self.taps.tag_key);
                let assurance = Assurance::Listed;
                let tap = command::Command::TapCheckIn { token, assurance };
                self.command(Command::Shelter(tap), Asker::Tap);
            }
            ReaderEvent::Removed => self.handle.card_left(),
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
                let presence = accepted.facts.iter().find_map(|(_, entry, fact)| {
                    let Fact::Presence(presence) = fact else { return None };
                    Some((*entry, presence))
                });
                let (entry, shown, word) = match presence {
                    Some((entry, presence)) => {
                        let word = match presence.act {
                            Act::CheckIn => "check-in",
                            Act::CheckOut => "check-out",
                            Act::Leave => "leave",
                            Act::Return => "return",
                        };
                        let shown = Shown::Accepted { person: presence.person, act: presence.act };
                        (Some(entry), shown, word)
                    }
                    None => (None, Shown::Recorded, "recorded"),
                };
                self.show(Signal::Accepted, shown, word, entry.map(|entry| entry.to_string()));
            }
            Err(refusal) => {
                let already = matches!(refusal, Refusal::AlreadyHere { .. });
                let signal = if already { Signal::Attention } else { Signal::Refused };
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
