//! The card that is in a reader just now, for whoever wants to ask it something.
//!
//! A tap is over in a moment. A desk that enrols a card asks again, while it still lies there; so a
//! reader says which card is in by leaving a way to it here, and takes it away with the card.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot};

use super::enrol::{Asked, EnrolFault, Read};

/// How many questions may wait for one card.
const QUESTIONS_MAX: usize = 4;

/// A question to the card that is in, and where its answer goes.
pub struct Question {
    /// What is asked.
    pub asked: Asked,
    /// Where the answer goes.
    pub answer: oneshot::Sender<Result<Read, EnrolFault>>,
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Question({:?})", self.asked)
    }
}

/// Where readers say that a card is in. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct AtHand {
    // The ways to the cards that lie there, the last one laid down at the end.
    ways: Arc<Mutex<Vec<mpsc::Sender<Question>>>>,
}

impl AtHand {
    /// A card is in: questions to it come until the first value is dropped, and end then. Of several
    /// cards the one that was laid down last is asked.
    pub(super) fn card_is_in(&self) -> (CardIsIn, mpsc::Receiver<Question>) {
        let (way, questions) = mpsc::channel(QUESTIONS_MAX);
        self.lock().push(way.clone());
        (CardIsIn { way, at_hand: self.clone() }, questions)
    }

    /// Whether a card is in.
    pub fn is_there(&self) -> bool {
        !self.lock().is_empty()
    }

    /// Asks the card that is in.
    ///
    /// # Errors
    /// [`EnrolFault::NoCard`] when none is, or it left before it answered; else what it said.
    pub async fn ask(&self, asked: Asked) -> Result<Read, EnrolFault> {
        let way = self.lock().last().cloned().ok_or(EnrolFault::NoCard)?;
        let (answer, answered) = oneshot::channel();
        way.send(Question { asked, answer }).await.map_err(|_| EnrolFault::NoCard)?;
        answered.await.unwrap_or(Err(EnrolFault::NoCard))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<mpsc::Sender<Question>>> {
        self.ways.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Kept by a reader while its card is in.
#[derive(Debug)]
pub(super) struct CardIsIn {
    way: mpsc::Sender<Question>,
    at_hand: AtHand,
}

impl Drop for CardIsIn {
    fn drop(&mut self) {
        self.at_hand.lock().retain(|way| !way.same_channel(&self.way));
    }
}
