//! Facts: what happened, immutable, each under a number that never changes once released.
//!
//! A body is a CBOR array whose places are numbered here. A kind this version does not know is
//! kept and passed on untouched, so that an old reader never loses what a new one accepted.

pub mod correct;
pub mod edit;
pub mod school;
pub mod shelter;
pub mod token;
pub mod transport;
pub mod warning;
pub mod wellbeing;
pub mod words;

use self::correct::Correct;
use self::edit::Edit;
use self::school::Attendance;
use self::shelter::{
    ConfirmedSafe, CongestionSet, IncidentClosed, IncidentOpened, Presence, SiteStateSet,
};
use self::token::{PersonsJoined, TokenKey, TokenSet};
use self::transport::{BookIssued, BookVoided, Ride};
use self::warning::WarningSet;
use self::wellbeing::{Award, Reverse, Settle, Spend, Transfer, Visit};

/// The number of a fact's kind.
///
/// Numbers 0 to 3 belong to the journal itself: 0 opening, 1 reclaim, 2 adopt, 3 clock fix.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode,
)]
#[cbor(transparent)]
pub struct Kind(#[n(0)] pub u32);

impl Kind {
    /// The first entry of a journal.
    pub const OPENING: Self = Self(0);
    /// A node takes back its own lost entries.
    pub const RECLAIM: Self = Self(1);
    /// HQ embeds a quarantined entry. Bytes settled; built with revocation.
    pub const ADOPT: Self = Self(2);
    /// A wall clock's error over a stretch of a journal. Bytes settled; built with closings.
    pub const CLOCK_FIX: Self = Self(3);
    /// A staff member says that a fact of the same scope was wrong.
    pub const CORRECT: Self = Self(4);
    /// One field of a shared record is written.
    pub const EDIT: Self = Self(5);
}

macro_rules! facts {
    ($(
        $(#[$service_doc:meta])* $service:ident($enum:ident) {
            $($(#[$doc:meta])* $name:ident($body:ty) = $number:literal;)*
        }
    )*) => {
        /// Everything that can be recorded, by the service that folds it.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Fact {
            /// A staff member says that a fact was wrong.
            Correct(Correct),
            /// One field of a shared record is written.
            Edit(Edit),
            $($(#[$service_doc])* $service($enum),)*
        }

        $(
            $(#[$service_doc])*
            #[derive(Debug, Clone, PartialEq)]
            pub enum $enum {
                $($(#[$doc])* $name($body),)*
            }

            impl From<$enum> for Fact {
                fn from(fact: $enum) -> Self {
                    Self::$service(fact)
                }
            }

            $(impl From<$body> for Fact {
                fn from(body: $body) -> Self {
                    Self::$service($enum::$name(body))
                }
            })*
        )*

        impl Fact {
            /// The numbers of all kinds this version knows, with their names.
            pub const KINDS: &'static [(Kind, &'static str)] = &[
                (Kind::CORRECT, "Correct"),
                (Kind::EDIT, "Edit"),
                $($((Kind($number), stringify!($name)),)*)*
            ];

            /// The number of its kind.
            pub fn kind(&self) -> Kind {
                match self {
                    Self::Correct(_) => Kind::CORRECT,
                    Self::Edit(_) => Kind::EDIT,
                    $($(Self::$service($enum::$name(_)) => Kind($number),)*)*
                }
            }

            /// The body's bytes.
            pub fn encode(&self) -> Vec<u8> {
                match self {
                    Self::Correct(body) => to_cbor(body),
                    Self::Edit(body) => to_cbor(body),
                    $($(Self::$service($enum::$name(body)) => to_cbor(body),)*)*
                }
            }

            /// Reads the body of a kind. `Ok(None)` says the kind is not known here.
            ///
            /// # Errors
            /// [`BadBody`] when the kind is known and the bytes are not its body.
            pub fn decode(kind: Kind, bytes: &[u8]) -> Result<Option<Self>, BadBody> {
                Ok(Some(match kind {
                    Kind::CORRECT => Self::Correct(from_cbor(kind, bytes)?),
                    Kind::EDIT => Self::Edit(from_cbor(kind, bytes)?),
                    $($(Kind($number) => {
                        Self::$service($enum::$name(from_cbor(kind, bytes)?))
                    })*)*
                    _ => return Ok(None),
                }))
            }
        }
    };
}

facts! {
    /// What happens at shelters.
    Shelter(ShelterFact) {
        /// A disaster, real or drill, for which shelters are opened.
        IncidentOpened(IncidentOpened) = 16;
        /// The disaster is over.
        IncidentClosed(IncidentClosed) = 17;
        /// A shelter opens, fills its last place, closes.
        SiteStateSet(SiteStateSet) = 18;
        /// Somebody came, left for a while, returned or went.
        Presence(Presence) = 19;
        /// Somebody is known to be safe without being at a shelter.
        ConfirmedSafe(ConfirmedSafe) = 20;
        /// Staff say how crowded a shelter is, whatever the count says.
        CongestionSet(CongestionSet) = 21;
        /// Headquarters notes what a district is to do (避難情報).
        WarningSet(WarningSet) = 22;
    }
    /// Which token stands for whom.
    Token(TokenFact) {
        /// A token now stands for a person, is suspended, or has ended.
        TokenSet(TokenSet) = 32;
        /// Two person ids are the same human being.
        PersonsJoined(PersonsJoined) = 33;
        /// A card's public key was taken down.
        TokenKey(TokenKey) = 34;
    }
    /// Ticket books and rides.
    Transport(TransportFact) {
        /// A ticket book is handed out.
        BookIssued(BookIssued) = 48;
        /// What is left of a ticket book is taken back.
        BookVoided(BookVoided) = 49;
        /// Somebody rides.
        Ride(Ride) = 50;
    }
    /// Visits and points.
    Wellbeing(WellbeingFact) {
        /// Somebody came to a facility.
        Visit(Visit) = 64;
        /// Points are given by a rule for what was seen elsewhere.
        Award(Award) = 112;
        /// Points go from a wallet to a shop.
        Spend(Spend) = 113;
        /// Points leave the town's ledger for みさとと。Pay.
        Transfer(Transfer) = 114;
        /// A posting is undone by its opposite.
        Reverse(Reverse) = 115;
        /// Staff settle a debt.
        Settle(Settle) = 116;
    }
    /// Arrivals and departures of pupils.
    School(SchoolFact) {
        /// A pupil came, left, or is absent.
        Attendance(Attendance) = 80;
    }
}

/// A body that is not what its kind says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the body of kind {} cannot be read: {why}", .kind.0)]
pub struct BadBody {
    /// The kind it claims.
    pub kind: Kind,
    why: String,
}

pub(crate) fn to_cbor<T: minicbor::Encode<()>>(body: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    minicbor::encode(body, &mut bytes).expect("writing to a Vec cannot fail");
    bytes
}

fn from_cbor<'b, T: minicbor::Decode<'b, ()>>(kind: Kind, bytes: &'b [u8]) -> Result<T, BadBody> {
    let mut decoder = minicbor::Decoder::new(bytes);
    let body = decoder.decode().map_err(|error| BadBody { kind, why: error.to_string() })?;
    if decoder.position() == bytes.len() {
        Ok(body)
    } else {
        Err(BadBody { kind, why: format!("bytes follow at {}", decoder.position()) })
    }
}
