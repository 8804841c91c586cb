//! What sorts of cards can be held to a reader: those of everyday life, and hostile ones.

use std::fmt;

/// A sort of card. What it does not say is as on a normal card of that person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Kind {
    /// A My Number card as the town issues it; for somebody under 15 a child's card
    #[default]
    Normal,
    /// A child's card: no signing certificate, whoever the person is
    Child,
    /// Certificates and card ran out the day before the generated town begins
    Expired,
    /// The serial number is one that the drill's authority has revoked
    Revoked,
    /// The same person's next card: other keys, serial numbers and dates
    Renewed,
    /// Issued by another municipality, and the address is there
    OtherTown,
    /// No tries are left on any PIN
    Blocked,
    /// A copy: the same files, no keys; signatures are noise
    Cloned,
    /// A copy: the same files, no keys; signatures are refused (6982)
    ClonedRefusing,
    /// An Android phone: its certificate asks for the PIN, and there is nothing beside it
    Android,
    /// An iPhone: its certificate asks for the PIN, and there is nothing beside it
    Iphone,
    /// Any other IC card: it tells its number (FF CA) and knows nothing else
    Plain,
    /// Hostile: the certificate ends in the middle, as its header does not say
    CutCertificate,
    /// Hostile: the certificate's header promises 65,535 bytes
    LyingLength,
    /// Hostile: each reading has more to come (61FF), for ever
    EndlessMore,
    /// Hostile: every third answer is a status word out of nowhere
    StrayStatus,
    /// Hostile: answers are one byte long
    OneByte,
    /// Hostile: each answer takes two seconds
    Slow,
    /// Hostile: it answers nothing, ever
    Silent,
    /// Hostile: each reading brings 65,535 bytes
    Huge,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::Normal,
        Self::Child,
        Self::Expired,
        Self::Revoked,
        Self::Renewed,
        Self::OtherTown,
        Self::Blocked,
        Self::Cloned,
        Self::ClonedRefusing,
        Self::Android,
        Self::Iphone,
        Self::Plain,
        Self::CutCertificate,
        Self::LyingLength,
        Self::EndlessMore,
        Self::StrayStatus,
        Self::OneByte,
        Self::Slow,
        Self::Silent,
        Self::Huge,
    ];

    /// Whether it breaks the rules of the conversation on purpose.
    pub fn is_hostile(self) -> bool {
        self >= Self::CutCertificate
    }

    /// Whether it is a phone that carries a certificate.
    pub fn is_phone(self) -> bool {
        matches!(self, Self::Android | Self::Iphone)
    }
}

impl fmt::Display for Kind {
    /// As the command line takes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = clap::ValueEnum::to_possible_value(self);
        f.write_str(value.expect("no kind is kept from the command line").get_name())
    }
}

/// What some cards do and others do not, beside their [`Kind`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quirks {
    /// The first command after power-up fails (6F00), as on cards that wake up slowly.
    pub first_command_fails: bool,
    /// Asking a blocked PIN for its tries gives 6984 instead of 63C0.
    pub blocked_tells_6984: bool,
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    #[test]
    fn every_kind_is_listed_and_says_in_one_line_what_it_is() {
        assert_eq!(Kind::value_variants(), Kind::ALL);
        for kind in Kind::ALL {
            let value = kind.to_possible_value().unwrap();
            let help = value.get_help().unwrap().to_string();
            assert!(!help.is_empty() && !help.contains('\n'), "{kind}: {help}");
            assert_eq!(kind.is_hostile(), help.starts_with("Hostile: "), "{kind}");
        }
    }
}
