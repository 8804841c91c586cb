//! What a card is to a node: a token and how sure that is, a refusal of its own, or a fault.

use std::fmt;

use digiana_core::fact::shelter::Assurance;
use digiana_core::token::{TagKey, TokenTag, UID_BYTES_MAX, UID_BYTES_MIN};
use zeroize::Zeroize as _;

/// The number a contactless card answers with, wiped from memory when it is dropped.
///
/// It has no `Display` and a silent `Debug`. A My Number card may answer with another number each
/// time it gets power, so this names other IC cards only.
pub struct CardUid {
    // On the heap, so that handing the number on leaves no copy behind.
    bytes: Box<[u8; UID_BYTES_MAX]>,
    // Invariant: UID_BYTES_MIN to UID_BYTES_MAX.
    length: usize,
}

impl CardUid {
    /// Takes a number as a card answered it.
    ///
    /// # Errors
    ///
    /// [`CardFault::UidLength`] when it has not four to ten bytes.
    pub fn new(answered: &[u8]) -> Result<Self, CardFault> {
        let length = answered.len();
        if !(UID_BYTES_MIN..=UID_BYTES_MAX).contains(&length) {
            return Err(CardFault::UidLength { bytes: length });
        }
        let mut bytes = Box::new([0; UID_BYTES_MAX]);
        bytes.get_mut(..length).expect("the length was checked").copy_from_slice(answered);
        Ok(Self { bytes, length })
    }

    /// The number's bytes, four to ten.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).expect("the length was checked when the number was taken")
    }

    /// What the town knows the card by.
    pub fn token_tag(&self, key: &TagKey) -> TokenTag {
        TokenTag::of_uid(key, self.as_bytes())
    }
}

impl Drop for CardUid {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

impl fmt::Debug for CardUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardUid(hidden)")
    }
}

/// A card that was read: what the town knows it by, and how sure that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presented {
    /// Its token.
    pub token: TokenTag,
    /// [`Assurance::Proven`] where it signed with the key that a desk took down, else
    /// [`Assurance::Listed`].
    pub assurance: Assurance,
    /// Whether it showed a certificate: a My Number card, and no other.
    pub is_my_number: bool,
    /// Whether a desk took its key down and it would not sign just now: staff should look.
    pub would_not_sign: bool,
}

impl Presented {
    /// What is known by a number alone: another card than a My Number card, or a printed code.
    pub(super) fn by_number(token: TokenTag) -> Self {
        let assurance = Assurance::Listed;
        Self { token, assurance, is_my_number: false, would_not_sign: false }
    }
}

/// Why a card that was read is not taken. Nothing is recorded; its holder is sent to the desk, where
/// they are found by name. Checked in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum TurnedAway {
    /// A phone with a certificate, which asks for its PIN before it shows anything.
    #[error("a phone shows nothing without its PIN")]
    Phone,
    /// It has the application and no certificate for proving who somebody is.
    #[error("the card shows no certificate")]
    NoCertificate,
    /// No authority that this node believes has issued its certificate.
    #[error("the card's certificate is of no authority that is believed here")]
    Untrusted,
    /// Its certificate is not valid yet, or not any more.
    #[error("the card's certificate has run out")]
    Expired,
    /// The authority took its certificate back.
    #[error("the card's certificate is revoked")]
    Revoked,
    /// Nobody here knows it, and another municipality issued it.
    #[error("an unknown card of another municipality")]
    OtherTown,
    /// It shows somebody's certificate, and signs with another key than their card: a copy.
    #[error("the card is not the one whose certificate it shows")]
    NotGenuine,
    /// A scanner read a code that is no card's number: a shop's, an address of the web.
    #[error("the code is no card's number")]
    NotACode,
}

impl TurnedAway {
    /// All of them, in the order in which they are checked.
    pub const ALL: [Self; 8] = [
        Self::Phone,
        Self::NoCertificate,
        Self::Untrusted,
        Self::Expired,
        Self::Revoked,
        Self::OtherTown,
        Self::NotGenuine,
        Self::NotACode,
    ];

    /// Its name in outcomes, as docs/CARDS.md lists it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Phone => "CardIsPhone",
            Self::NoCertificate => "CardHasNoCertificate",
            Self::Untrusted => "CardUntrusted",
            Self::Expired => "CardExpired",
            Self::Revoked => "CardRevoked",
            Self::OtherTown => "CardOfOtherTown",
            Self::NotGenuine => "CardNotGenuine",
            Self::NotACode => "NotACode",
        }
    }
}

/// Why there is nobody to record after a card was held to the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unmet {
    /// The card could not be read.
    #[error(transparent)]
    Fault(#[from] CardFault),
    /// The card was read, and is not taken.
    #[error(transparent)]
    TurnedAway(#[from] TurnedAway),
}

/// Why a card could not be read. The person at the reader is asked for another tap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CardFault {
    /// It left before it had told its number.
    #[error("the card was taken away too soon")]
    PulledTooSoon,
    /// It did not tell its number in the time a card has.
    #[error("the card answered too slowly")]
    TooSlow,
    /// It does not answer to power at all, or lies the wrong way round.
    #[error("the card does not answer to power")]
    Mute,
    /// Another program of this machine holds it.
    #[error("another program uses the card")]
    InUse,
    /// Its answer to reset is none that a card may give.
    #[error("an answer to reset of {bytes} bytes is no card's")]
    AtrLength {
        /// How many bytes it said it would answer.
        bytes: usize,
    },
    /// It would answer more than a card may, so nothing of it was read.
    #[error("an answer of {bytes} bytes is longer than a card's")]
    ReplyTooLong {
        /// How many bytes it said it would answer.
        bytes: usize,
    },
    /// Its answer has no room for a status.
    #[error("an answer of {bytes} bytes has no status")]
    ReplyTooShort {
        /// How many bytes it answered.
        bytes: usize,
    },
    /// It answered with a status other than 9000.
    #[error("the card refused with status {0:04X}")]
    Refused(u16),
    /// It always has more to say.
    #[error("after {exchanges} commands the card was not at its end")]
    NeverEnds {
        /// How many it was asked.
        exchanges: u32,
    },
    /// Its certificate is none, or longer than one may be.
    #[error("the card's certificate cannot be read")]
    BadCertificate,
    /// What it answered does not belong there.
    #[error("the card answered something else than it was asked")]
    OutOfTurn,
    /// Its number is too short or too long for a card's.
    #[error("a number of {bytes} bytes is no card's")]
    UidLength {
        /// How many bytes the number has.
        bytes: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_four_to_ten_bytes_is_a_cards() {
        for length in 0..=300 {
            let taken = CardUid::new(&vec![7; length]).map(|uid| uid.as_bytes().len());
            let expected = match length {
                4..=10 => Ok(length),
                bytes => Err(CardFault::UidLength { bytes }),
            };
            assert_eq!(taken, expected);
        }
    }

    #[test]
    fn a_number_shows_itself_to_no_log() {
        let uid = CardUid::new(&[0xab; 4]).expect("four bytes are a number");
        assert_eq!(format!("{uid:?}"), "CardUid(hidden)");
    }

    #[test]
    fn a_card_has_the_tag_that_the_town_gives_its_number() {
        let key = TagKey::new([3; 32]);
        let uid = CardUid::new(&[1, 2, 3, 4, 5, 6, 7]).expect("seven bytes are a number");
        assert_eq!(uid.token_tag(&key), TokenTag::of_uid(&key, &[1, 2, 3, 4, 5, 6, 7]));
    }
}
