//! Facts: what happened, immutable, each under a number that never changes once released.
//!
//! A body is a CBOR array whose places are numbered here. A kind this version does not know is
//! kept and passed on untouched, so that an old reader never loses what a new one accepted.

pub mod correct;
pub mod edit;
pub mod shelter;
pub mod token;
pub mod warning;
pub mod words;

use self::correct::Correct;
use self::edit::Edit;
use self::shelter::{
    ConfirmedSafe, CongestionSet, IncidentClosed, IncidentOpened, Presence, SiteStateSet,
};
use self::token::{PersonsJoined, TokenSet};
use self::warning::WarningSet;

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
}

macro_rules! facts {
    ($($(#[$doc:meta])* $name:ident($body:ty) = $number:literal;)*) => {
        /// Everything that can be recorded.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Fact {
            $($(#[$doc])* $name($body),)*
        }

        impl Fact {
            /// The numbers of all kinds this version knows, with their names.
            pub const KINDS: &'static [(Kind, &'static str)] =
                &[$((Kind($number), stringify!($name)),)*];

            /// The number of its kind.
            pub fn kind(&self) -> Kind {
                match self {
                    $(Self::$name(_) => Kind($number),)*
                }
            }

            /// The body's bytes.
            pub fn encode(&self) -> Vec<u8> {
                match self {
                    $(Self::$name(body) => to_cbor(body),)*
                }
            }

            /// Reads the body of a kind. `Ok(None)` says the kind is not known here.
            ///
            /// # Errors
            /// [`BadBody`] when the kind is known and the bytes are not its body.
            pub fn decode(kind: Kind, bytes: &[u8]) -> Result<Option<Self>, BadBody> {
                Ok(match kind {
                    $(Kind($number) => Some(Self::$name(from_cbor(kind, bytes)?)),)*
                    _ => None,
                })
            }
        }
    };
}

facts! {
    /// A staff member says that a fact was wrong.
    Correct(Correct) = 4;
    /// One field of a shared record is written.
    Edit(Edit) = 5;
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
    /// A token now stands for a person, is suspended, or has ended.
    TokenSet(TokenSet) = 32;
    /// Two person ids are the same human being.
    PersonsJoined(PersonsJoined) = 33;
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
