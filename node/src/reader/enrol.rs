//! What a desk asks of the card that lies there: how many tries are left, and, opened by its
//! holder, whose card it is and which key it proves itself with.
//!
//! A try is spent when a person presses the button, and at no other time; where few are left none
//! is. The file of the 12-digit number is never selected, and neither is its code.

use std::fmt;

use digiana_core::token::TokenTag;
use digiana_core::token::proof::ProofKey;
use myna_card::ap::text::{Attributes, TextAp, ef};
use myna_card::card::Retries;
use myna_card::{Card, Error, Pin};

use super::bounds::{Bounded, Line};
use super::card::{CardFault, TurnedAway, Unmet};
use super::identify::{Checks, Guests, Proof, fault_of, usable};

/// How many tries must be left of a secret after one that fails: whoever has that few left goes to
/// the town hall, or uses the other secret.
pub const TRIES_KEPT: u8 = 2;

/// How many digits the PIN has.
const PIN_DIGITS: usize = 4;

/// How many digits 照合番号B has: birthday, last year of the card, security code.
const CODE_B_DIGITS: usize = 14;

/// What opens a card's attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secret {
    /// The PIN of four digits (券面事項入力補助用).
    Pin,
    /// 照合番号B, which is printed on the card.
    CodeB,
}

impl Secret {
    fn file(self) -> u16 {
        match self {
            Self::Pin => ef::PIN,
            Self::CodeB => ef::CODE_B,
        }
    }

    fn digits(self) -> usize {
        match self {
            Self::Pin => PIN_DIGITS,
            Self::CodeB => CODE_B_DIGITS,
        }
    }
}

/// What a card is asked.
#[derive(Clone)]
pub enum Asked {
    /// How many tries are left of either secret. It costs none.
    Tries,
    /// Whose it is and which key it has, opened with a secret. It costs a try.
    Open {
        /// Which secret.
        secret: Secret,
        /// Its value, of digits.
        value: Pin,
        /// The card that is meant; none opens whichever lies there.
        meant: Option<TokenTag>,
    },
}

impl Asked {
    /// Opens the card with what somebody typed: digits of either width, with spaces and hyphens
    /// between them as they are printed.
    ///
    /// # Errors
    /// [`EnrolFault::NotDigits`] when it cannot be the secret: no try is spent.
    pub fn open(secret: Secret, typed: &str) -> Result<Self, EnrolFault> {
        let kept = typed.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '－' | 'ー'));
        let digits: Option<String> = kept.map(digit).collect();
        let wrong = EnrolFault::NotDigits { secret, digits: secret.digits() };
        let digits = digits.filter(|digits| digits.len() == secret.digits()).ok_or(wrong)?;
        let value = Pin::numeric(&digits).map_err(|_| wrong)?;
        Ok(Self::Open { secret, value, meant: None })
    }

    /// The same, and of that card only: no other one loses a try to what was meant for it.
    #[must_use]
    pub fn of_card(self, card: TokenTag) -> Self {
        match self {
            Self::Tries => Self::Tries,
            Self::Open { secret, value, .. } => Self::Open { secret, value, meant: Some(card) },
        }
    }
}

fn digit(letter: char) -> Option<char> {
    let narrow = match letter {
        '０'..='９' => char::from_u32(u32::from(letter) - u32::from('０') + u32::from('0'))?,
        other => other,
    };
    narrow.is_ascii_digit().then_some(narrow)
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tries => f.write_str("Tries"),
            Self::Open { secret, .. } => write!(f, "Open({secret:?})"),
        }
    }
}

/// How many tries are left of a card's secrets; none where the card does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tries {
    /// Of the PIN; 0 is blocked.
    pub pin: Option<u8>,
    /// Of 照合番号B.
    pub code_b: Option<u8>,
}

/// Who a card says its holder is, as far as finding them in the register takes. It is shown to the
/// desk that opened the card and written nowhere: its `Debug` tells nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Holder {
    /// As printed, family and given name with a wide space between.
    pub name: String,
    /// As printed.
    pub address: String,
    /// Year, month, day.
    pub birth: (u16, u8, u8),
}

impl fmt::Debug for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Holder(hidden)")
    }
}

/// Why a card may be a copy of the one whose key a desk took down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// It should sign, and will not.
    WouldNotSign,
    /// It signs with another key: either this card is the copy, or the one that came before it was.
    OtherKey,
}

/// What a card answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// How many tries are left.
    Tries {
        /// Of both secrets; none of a card that has none.
        left: Option<Tries>,
        /// The card's token.
        token: TokenTag,
        /// Why it may be a copy, if it may.
        doubt: Option<Doubt>,
    },
    /// It was opened.
    Opened {
        /// The card's token.
        token: TokenTag,
        /// Whose it is.
        holder: Holder,
        /// The key it proves itself with, where an authority vouches for it and it just did.
        key: Option<ProofKey>,
    },
}

/// Why a card was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnrolFault {
    /// No card is in.
    #[error("no card lies on the reader")]
    NoCard,
    /// What was typed cannot be the secret. No try was spent.
    #[error("{secret:?} has {digits} digits")]
    NotDigits {
        /// Which secret was meant.
        secret: Secret,
        /// How many digits it has.
        digits: usize,
    },
    /// It has nothing to open: no My Number card.
    #[error("the card has nothing to open")]
    NothingToOpen,
    /// Another card lies there than the one that is meant. No try was spent.
    #[error("another card lies there than the one that is meant")]
    Changed,
    /// So few tries are left that none is spent here.
    #[error("tries left: {left:?}, and {TRIES_KEPT} are kept")]
    FewTries {
        /// How many; none where the card does not say.
        left: Option<u8>,
    },
    /// The secret is wrong.
    #[error("the secret is wrong; tries left: {left:?}")]
    Wrong {
        /// How many tries are left, where the card says so.
        left: Option<u8>,
    },
    /// The card could not be read.
    #[error(transparent)]
    Fault(#[from] CardFault),
    /// The card is not taken.
    #[error(transparent)]
    TurnedAway(#[from] TurnedAway),
}

impl From<Unmet> for EnrolFault {
    fn from(unmet: Unmet) -> Self {
        match unmet {
            Unmet::Fault(fault) => Self::Fault(fault),
            Unmet::TurnedAway(why) => Self::TurnedAway(why),
        }
    }
}

impl Checks {
    /// Asks the card that is in.
    ///
    /// # Errors
    /// [`EnrolFault`]. After it nothing that was presented counts any more, unless the line ended.
    pub fn enrol(&self, mut line: impl Line, asked: &Asked) -> Result<Read, EnrolFault> {
        // Whose certificate it is, and that it is a card to be taken at all.
        let (met, _) = self.meet_as(Guests::AtTheDesk, &mut line);
        let (met, proof) = met?;
        let doubt = match proof {
            Proof::Given | Proof::NotAsked => None,
            Proof::Refused => Some(Doubt::WouldNotSign),
            Proof::OtherKey => Some(Doubt::OtherKey),
        };
        if matches!(asked, Asked::Open { meant: Some(meant), .. } if *meant != met.token) {
            return Err(EnrolFault::Changed);
        }
        let mut card = Card::new(Bounded::new(line));
        let read = if met.is_my_number {
            self.ask(&mut card, asked, met.token, doubt)
        } else {
            match asked {
                Asked::Tries => Ok(Read::Tries { left: None, token: met.token, doubt }),
                Asked::Open { .. } => Err(EnrolFault::NothingToOpen),
            }
        };
        let fault = card.transport().fault();
        // Another application is selected, so that nobody after this one finds the card open. A card
        // that leaves meanwhile has said what it had to say.
        let _ = card.select_df(&myna_card::ap::jpki::DF);
        fault.map_or(read, |fault| Err(EnrolFault::Fault(fault)))
    }

    fn ask<L: Line>(
        &self,
        card: &mut Card<Bounded<L>>,
        asked: &Asked,
        token: TokenTag,
        doubt: Option<Doubt>,
    ) -> Result<Read, EnrolFault> {
        let mut text = TextAp::select(card).map_err(|error| said(&error))?;
        match asked {
            Asked::Tries => {
                let mut left = |secret: Secret| tries(text.retries(secret.file()));
                let left = Tries { pin: left(Secret::Pin)?, code_b: left(Secret::CodeB)? };
                Ok(Read::Tries { left: Some(left), token, doubt })
            }
            Asked::Open { secret, value, .. } => {
                // A card that does not say how many are left is not tried either.
                let left = tries(text.retries(secret.file()))?;
                if left.is_none_or(|left| left <= TRIES_KEPT) {
                    return Err(EnrolFault::FewTries { left });
                }
                let opened = match secret {
                    Secret::Pin => text.verify_pin(value),
                    Secret::CodeB => text.verify_code_b(value),
                };
                opened.map_err(|error| said(&error))?;
                let attributes = text.read_attributes().map_err(|error| said(&error))?;
                let key = self.proof_key(&mut text)?;
                Ok(Read::Opened { token, holder: holder(attributes), key })
            }
        }
    }

    /// The key that the card proves itself with. It is taken down only where an authority vouches
    /// for it and the card has just used it: else a tap would be held to a key that is not there.
    fn proof_key<L: Line>(
        &self,
        text: &mut TextAp<'_, Bounded<L>>,
    ) -> Result<Option<ProofKey>, EnrolFault> {
        let Ok(issuer) = text.read_certificate() else { return Ok(None) };
        let Some(issuer) = self.trust.record_key(&issuer) else { return Ok(None) };
        let Ok(record) = text.read_signed_public_key() else { return Ok(None) };
        if record.verify(&issuer).is_err() {
            return Ok(None);
        }
        let key = ProofKey::rsa(&record.public_key.exponent, &record.public_key.modulus).ok();
        let Some((key, public)) = key.and_then(|key| Some((usable(&key)?, key))) else {
            return Ok(None);
        };
        let challenge = self.challenge((self.clock)());
        let Ok(signature) = text.sign(&challenge) else { return Ok(None) };
        match key.verify_pkcs1_sha256(&challenge, &signature) {
            Ok(()) => Ok(Some(public)),
            Err(_) => Err(TurnedAway::NotGenuine.into()),
        }
    }
}

fn holder(attributes: Attributes) -> Holder {
    let Attributes { name, address, birth_date, .. } = attributes;
    Holder { name, address, birth: (birth_date.year, birth_date.month, birth_date.day) }
}

fn tries(said_left: Result<Retries, Error>) -> Result<Option<u8>, EnrolFault> {
    match said_left {
        Ok(retries) => Ok(retries.count()),
        Err(Error::PinBlocked) => Ok(Some(0)),
        Err(error) => Err(said(&error)),
    }
}

fn said(error: &Error) -> EnrolFault {
    if let Error::PinIncorrect { retries } = error {
        EnrolFault::Wrong { left: *retries }
    } else if matches!(error, Error::PinBlocked) {
        EnrolFault::Wrong { left: Some(0) }
    } else {
        EnrolFault::Fault(fault_of(error))
    }
}
