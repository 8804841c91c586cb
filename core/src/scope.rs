//! Scopes: one purpose each, so that a bus never carries a name.

use std::fmt;
use std::str::FromStr;

use crate::id::SiteId;
use crate::wire::{Malformed, Reader};

/// One purpose that facts are kept for. A fact is offered only where both ends may read its scope.
///
/// The order is the order of codes, and it is the order in which both ends of a link list what
/// they share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Sites, rules, timetables: nothing about anybody.
    Town,
    /// Which token stands for which person id.
    Tokens,
    /// Presence and incidents, under person ids.
    Shelter,
    /// Ticket books and rides, under person ids.
    Transport,
    /// Visits and the point ledger, under person ids.
    Wellbeing,
    /// Names, addresses, households.
    Register,
    /// Health and needs of those who are at one site.
    Care(SiteId),
    /// Arrivals and departures of one school.
    School(SiteId),
    /// What guardians and families are to be told.
    Notices,
    /// Accounts of members of staff.
    Staff,
    /// Aggregates published for anyone.
    Public,
}

impl Scope {
    /// The scopes every reader carries.
    pub const EVERY_READER: [Self; 5] =
        [Self::Town, Self::Tokens, Self::Shelter, Self::Transport, Self::Wellbeing];

    /// The most bytes a scope has on the wire.
    pub const BYTES_MAX: usize = 1 + SiteId::LEN;

    /// The number of its kind, in entries, frames and credentials. Released numbers never change.
    pub fn code(self) -> u8 {
        match self {
            Self::Town => 1,
            Self::Tokens => 2,
            Self::Shelter => 3,
            Self::Transport => 4,
            Self::Wellbeing => 5,
            Self::Register => 6,
            Self::Care(_) => 7,
            Self::School(_) => 8,
            Self::Notices => 9,
            Self::Staff => 10,
            Self::Public => 11,
        }
    }

    /// The place it is confined to, if it is.
    pub fn site(self) -> Option<SiteId> {
        match self {
            Self::Care(site) | Self::School(site) => Some(site),
            Self::Town
            | Self::Tokens
            | Self::Shelter
            | Self::Transport
            | Self::Wellbeing
            | Self::Register
            | Self::Notices
            | Self::Staff
            | Self::Public => None,
        }
    }

    /// Which scope goes first over a thin line: who is where, before who they are.
    pub fn priority(self) -> u8 {
        match self {
            Self::Shelter => 0,
            Self::Care(_) => 1,
            Self::Tokens => 2,
            Self::Register => 3,
            Self::School(_) => 4,
            Self::Transport => 5,
            Self::Notices => 6,
            Self::Wellbeing => 7,
            Self::Town | Self::Staff | Self::Public => 8,
        }
    }

    /// Its code, and the site's eight bytes where there is one.
    pub fn to_bytes(self) -> Vec<u8> {
        let mut bytes = vec![self.code()];
        if let Some(site) = self.site() {
            bytes.extend_from_slice(site.as_bytes());
        }
        bytes
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    /// [`Malformed`] when the code is of no scope this version knows, or the site is missing.
    pub fn read(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        let at = from.at();
        Ok(match from.byte()? {
            1 => Self::Town,
            2 => Self::Tokens,
            3 => Self::Shelter,
            4 => Self::Transport,
            5 => Self::Wellbeing,
            6 => Self::Register,
            7 => Self::Care(SiteId(from.array()?)),
            8 => Self::School(SiteId(from.array()?)),
            9 => Self::Notices,
            10 => Self::Staff,
            11 => Self::Public,
            _ => return Err(Malformed::Unnamed { what: "a scope", at }),
        })
    }

    fn word(self) -> &'static str {
        match self {
            Self::Town => "town",
            Self::Tokens => "tokens",
            Self::Shelter => "shelter",
            Self::Transport => "transport",
            Self::Wellbeing => "wellbeing",
            Self::Register => "register",
            Self::Care(_) => "care",
            Self::School(_) => "school",
            Self::Notices => "notices",
            Self::Staff => "staff",
            Self::Public => "public",
        }
    }
}

/// The word of configuration files and command lines: `shelter`, `care@1f2e…`.
impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())?;
        self.site().map_or(Ok(()), |site| write!(f, "@{site}"))
    }
}

/// A word that names no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no scope; scopes are town, tokens, shelter, transport, wellbeing, register, \
     care@SITE, school@SITE, notices, staff, public"
)]
pub struct NotAScope(String);

impl FromStr for Scope {
    type Err = NotAScope;

    fn from_str(text: &str) -> Result<Self, NotAScope> {
        let wrong = || NotAScope(text.to_owned());
        if let Some((word, site)) = text.split_once('@') {
            let site = site.parse().map_err(|_| wrong())?;
            return match word {
                "care" => Ok(Self::Care(site)),
                "school" => Ok(Self::School(site)),
                _ => Err(wrong()),
            };
        }
        let plain = [
            Self::Town,
            Self::Tokens,
            Self::Shelter,
            Self::Transport,
            Self::Wellbeing,
            Self::Register,
            Self::Notices,
            Self::Staff,
            Self::Public,
        ];
        plain.into_iter().find(|scope| scope.word() == text).ok_or_else(wrong)
    }
}

impl<C> minicbor::Encode<C> for Scope {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.to_bytes())?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Scope {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let at = d.position();
        let wrong = |_| minicbor::decode::Error::message("not a scope this version knows").at(at);
        let mut reader = Reader::new(d.bytes()?);
        let scope = Self::read(&mut reader).map_err(wrong)?;
        reader.finish().map_err(wrong)?;
        Ok(scope)
    }
}
