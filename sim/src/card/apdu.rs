//! What a plain card answers: its number to whoever asks, and nothing else.
//!
//! The status words are those of ISO/IEC 7816-4; `FF CA` is the "get data" of PC/SC part 3.

use super::Uid;

const CLASS_READER: u8 = 0xff;
const GET_DATA: u8 = 0xca;
const CLASS_ISO: u8 = 0x00;
const SELECT: u8 = 0xa4;

/// A card's answer: data, then two bytes of status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reply {
    /// Its number and 9000.
    Uid(Uid),
    /// 6700: lengths that do not fit.
    WrongLength,
    /// 6A81: this card has nothing but its number to tell.
    NotSupported,
    /// 6A82: no such application or file.
    NotFound,
    /// 6D00: no such command.
    UnknownCommand,
}

impl Reply {
    pub(super) fn tells_uid(self) -> bool {
        matches!(self, Self::Uid(_))
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        let (data, status) = match self {
            Self::Uid(uid) => (uid.0.to_vec(), 0x9000),
            Self::WrongLength => (vec![], 0x6700),
            Self::NotSupported => (vec![], 0x6a81),
            Self::NotFound => (vec![], 0x6a82),
            Self::UnknownCommand => (vec![], 0x6d00_u16),
        };
        data.into_iter().chain(status.to_be_bytes()).collect()
    }
}

/// Whether a command is for the reader in front of a card, which asks the card by other means.
pub(super) fn is_for_reader(command: &[u8]) -> bool {
    command.first() == Some(&CLASS_READER)
}

/// Answers one command.
pub(super) fn answer(uid: Uid, command: &[u8]) -> Reply {
    match command {
        [CLASS_READER, GET_DATA, 0, 0, le] if *le == 0 || usize::from(*le) == uid.0.len() => {
            Reply::Uid(uid)
        }
        [CLASS_READER, GET_DATA, 0, 0, ..] => Reply::WrongLength,
        [CLASS_READER, GET_DATA, _, _, ..] => Reply::NotSupported,
        [CLASS_ISO, SELECT, _, _, lc, name_and_le @ ..] => {
            let (named, rest) = (usize::from(*lc), name_and_le.len());
            if rest == named || rest == named + 1 { Reply::NotFound } else { Reply::WrongLength }
        }
        [CLASS_ISO, SELECT, ..] => Reply::WrongLength,
        [_, _, _, _, ..] => Reply::UnknownCommand,
        _ => Reply::WrongLength,
    }
}
