//! A command to the chip, taken apart, and the status words it can answer with.
//!
//! Both encodings of ISO/IEC 7816-4 are read: the short one, and the extended one that some readers
//! use for everything.

/// The two bytes at the end of each answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Status(pub(super) u16);

impl Status {
    pub(super) const GOOD: Self = Self(0x9000);
    /// Lengths that do not fit.
    pub(super) const WRONG_LENGTH: Self = Self(0x6700);
    /// Another logical channel than the first.
    pub(super) const NO_CHANNEL: Self = Self(0x6881);
    /// The command does not suit this sort of file.
    pub(super) const WRONG_FILE_KIND: Self = Self(0x6981);
    /// A PIN has to be presented first, or the key is not there.
    pub(super) const NOT_ALLOWED: Self = Self(0x6982);
    /// No tries are left.
    pub(super) const BLOCKED: Self = Self(0x6984);
    /// What was given to sign has the wrong length.
    pub(super) const UNFIT_DATA: Self = Self(0x6985);
    /// No file is selected.
    pub(super) const NO_CURRENT_FILE: Self = Self(0x6986);
    /// No such application or file.
    pub(super) const NOT_FOUND: Self = Self(0x6a82);
    /// No such record.
    pub(super) const NO_RECORD: Self = Self(0x6a83);
    /// Parameters that mean nothing here.
    pub(super) const WRONG_PARAMETERS: Self = Self(0x6a86);
    /// No such data object.
    pub(super) const NO_DATA: Self = Self(0x6a88);
    /// An offset behind the end of the file.
    pub(super) const PAST_THE_END: Self = Self(0x6b00);
    /// No such command.
    pub(super) const UNKNOWN_COMMAND: Self = Self(0x6d00);
    /// No such class of commands.
    pub(super) const UNKNOWN_CLASS: Self = Self(0x6e00);
    /// Something went wrong, and the card does not know what.
    pub(super) const NO_DIAGNOSIS: Self = Self(0x6f00);

    /// As it stands at the end of an answer.
    pub(super) fn bytes(self) -> Vec<u8> {
        self.0.to_be_bytes().to_vec()
    }

    /// 63Cx: this many tries are left. More than 15 cannot be told.
    pub(super) fn tries_left(tries: u8) -> Self {
        Self(0x63c0 | u16::from(tries.min(0x0f)))
    }
}

/// A command's parts.
#[derive(Clone, Copy)]
pub(super) struct Command<'a> {
    pub(super) class: u8,
    pub(super) instruction: u8,
    pub(super) p1: u8,
    pub(super) p2: u8,
    pub(super) data: &'a [u8],
    /// How many bytes the reader can take, at least 1; none where it said nothing about it.
    pub(super) expected: Option<usize>,
}

impl<'a> Command<'a> {
    /// Takes a command apart; none when its lengths do not fit.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let ([class, instruction, p1, p2], body) = bytes.split_first_chunk()?;
        let (data, expected) = body_of(body)?;
        Some(Self { class: *class, instruction: *instruction, p1: *p1, p2: *p2, data, expected })
    }
}

/// The data and the expected length behind the four header bytes.
fn body_of(body: &[u8]) -> Option<(&[u8], Option<usize>)> {
    match body {
        [] => Some((&[], None)),
        [le] => Some((&[], Some(short(*le)))),
        [0, high, low] => Some((&[], Some(extended(*high, *low)))),
        [0, high, low, rest @ ..] => {
            let (data, rest) =
                rest.split_at_checked(usize::from(u16::from_be_bytes([*high, *low])))?;
            match rest {
                [] => Some((data, None)),
                [high, low] => Some((data, Some(extended(*high, *low)))),
                _ => None,
            }
        }
        [length, rest @ ..] => {
            let (data, rest) = rest.split_at_checked(usize::from(*length))?;
            match rest {
                [] => Some((data, None)),
                [le] => Some((data, Some(short(*le)))),
                _ => None,
            }
        }
    }
}

fn short(le: u8) -> usize {
    if le == 0 { 256 } else { usize::from(le) }
}

fn extended(high: u8, low: u8) -> usize {
    match u16::from_be_bytes([high, low]) {
        0 => 65_536,
        le => usize::from(le),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_read_in_both_encodings() {
        let check = |hex: &str, expected: Option<(&[u8], Option<usize>)>| {
            let bytes = data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap();
            let parsed = Command::parse(&bytes);
            assert_eq!(parsed.map(|it| (it.data, it.expected)), expected, "{hex}");
        };
        check("00200080", Some((&[], None)));
        check("00b0000000", Some((&[], Some(256))));
        check("00b0000004", Some((&[], Some(4))));
        check("00a4020c02000a", Some((&[0, 10], None)));
        check("802a00000101ff", Some((&[1], Some(255))));
        check("00b00000000100", Some((&[], Some(256))));
        check("00b00000000000", Some((&[], Some(65_536))));
        check("0020008000000431323334", Some((b"1234", None)));
        check("802a000000000101ffff", Some((&[1], Some(65_535))));
        check("802a000000000101ffffff", None);
        check("802a0000000001010000", Some((&[1], Some(65_536))));
        check("00a4020c0200", None);
        check("00a4020c02000a0000", None);
        check("0020", None);
    }
}
