//! What a card may cost: so many exchanges, so many bytes. Time is the line's to bound.
//!
//! The card's side of a conversation is `myna-card`'s, which follows whatever a card says. Here is
//! the one place where that ends: a card that always has more to say, or answers far too much, can
//! waste its own stay only.

use myna_card::{Error, Transmit};

use super::card::CardFault;

/// The most bytes a card answers to a short command: 256 of data and a status.
pub const REPLY_BYTES_MAX: usize = 256 + 2;

/// The most exchanges one conversation takes. Enrolment of a card with every file takes some fifty.
pub const EXCHANGES_MAX: u32 = 96;

/// A card at the other end of something that carries commands and answers.
pub trait Line {
    /// Gives the card a command; its answer, status included.
    ///
    /// # Errors
    /// [`CardFault`] when the card is gone or did not answer.
    fn exchange(&mut self, command: &[u8]) -> Result<Vec<u8>, CardFault>;
}

impl<L: Line + ?Sized> Line for &mut L {
    fn exchange(&mut self, command: &[u8]) -> Result<Vec<u8>, CardFault> {
        (**self).exchange(command)
    }
}

/// What a conversation has cost so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// Commands that were answered.
    pub exchanges: u32,
    /// Bytes of commands.
    pub sent: usize,
    /// Bytes of answers, status included.
    pub received: usize,
}

/// A line with its bounds. It remembers why it ended, which `myna-card` has no word for.
#[derive(Debug)]
pub(super) struct Bounded<L> {
    line: L,
    cost: Cost,
    fault: Option<CardFault>,
}

impl<L: Line> Bounded<L> {
    pub(super) fn new(line: L) -> Self {
        Self { line, cost: Cost::default(), fault: None }
    }

    pub(super) fn cost(&self) -> Cost {
        self.cost
    }

    /// Why the conversation ended, if it was the line's end.
    pub(super) fn fault(&self) -> Option<CardFault> {
        self.fault
    }

    fn within_bounds(&mut self, command: &[u8]) -> Result<Vec<u8>, CardFault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        if self.cost.exchanges >= EXCHANGES_MAX {
            return Err(CardFault::NeverEnds { exchanges: EXCHANGES_MAX });
        }
        let reply = self.line.exchange(command)?;
        self.cost.exchanges += 1;
        self.cost.sent += command.len();
        self.cost.received += reply.len();
        match reply.len() {
            bytes @ ..2 => Err(CardFault::ReplyTooShort { bytes }),
            2..=REPLY_BYTES_MAX => Ok(reply),
            bytes => Err(CardFault::ReplyTooLong { bytes }),
        }
    }
}

impl<L: Line> Transmit for Bounded<L> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, Error> {
        self.within_bounds(command).map_err(|fault| {
            self.fault = Some(fault);
            // What it says is not looked at: the fault is.
            Error::ShortResponse(0)
        })
    }
}
