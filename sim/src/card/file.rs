//! What lies in a chip: applications, and their files with what opens them.

use std::collections::BTreeMap;

use super::keys::KeyPair;

/// The JPKI application (公的個人認証).
pub(super) const JPKI: [u8; 10] = [0xd3, 0x92, 0xf0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01];
/// The 券面入力補助 application.
pub(super) const TEXT: [u8; 10] = [0xd3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x08];
/// The 券面事項確認 application.
pub(super) const FACE: [u8; 10] = [0xd3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x02];
/// The common application of the card.
pub(super) const COMMON: [u8; 10] = [0xd3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x01, 0x00];
/// The card's own manager: selecting it leaves whatever application was selected.
pub(super) const MANAGER: [u8; 7] = [0xa0, 0x00, 0x00, 0x01, 0x51, 0x00, 0x00];

/// A file of an application.
pub(super) enum File {
    /// Bytes that are read from an offset, once one of these PINs has been presented; at once where
    /// none is named.
    Bytes { content: Vec<u8>, opened_by: &'static [u16] },
    /// Records, counted from 1, free to read.
    Records(Vec<Vec<u8>>),
    /// A PIN or a number that serves as one.
    Secret { value: Vec<u8>, tries: Tries },
    /// A private key, which signs once this PIN has been presented; at once where none is named.
    Key { key: Key, opened_by: Option<u16> },
}

/// How often a secret may be guessed in a row, and how often it still may on the card as issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tries {
    pub(super) most: u8,
    pub(super) left: u8,
}

/// A private key, or what a copied card has in its place.
#[derive(Clone)]
pub(super) enum Key {
    /// The real one.
    Held(KeyPair),
    /// None: as many bytes as a signature has, and no sense in them.
    Noise,
    /// None: refused.
    Missing,
}

/// An application and what lies in it.
pub(super) struct Application {
    pub(super) name: [u8; 10],
    pub(super) files: BTreeMap<u16, File>,
    /// The key that signs when a command names none.
    pub(super) own_key: Option<u16>,
    /// What has to do with the 12-digit number: reading these files, or presenting these secrets,
    /// is what no reader of ours may do.
    pub(super) number: &'static [u16],
}
