//! What was tapped, as a keyed hash; and the text of a card that somebody typed.
//!
//! The number on a card never leaves the reader: what the town keeps is a [`TokenTag`], which says
//! nothing to anybody without the town's [`TagKey`]. Text that looks like a 12-digit My Number is
//! refused before anything else looks at it.

pub mod proof;

use std::fmt;

/// The fewest bytes a card's number has: ISO/IEC 14443-3 single size.
pub const UID_BYTES_MIN: usize = 4;

/// The most bytes a card's number has: ISO/IEC 14443-3 triple size.
pub const UID_BYTES_MAX: usize = 10;

/// The most characters of a typed or scanned token that are looked at.
pub const TOKEN_TEXT_CHARS_MAX: usize = 64;

/// What a tag is of, so that no other keyed hash of the town can be taken for one.
const IC_UID_DOMAIN: &[u8] = b"digiana/token/ic-uid/1";

/// The same of a certificate.
const CERTIFICATE_DOMAIN: &[u8] = b"digiana/token/certificate/1";

/// How many decimal digits a My Number has.
const MY_NUMBER_DIGITS: usize = 12;

/// The town's key for tags of tokens. Whoever has it can test a card's number against the town's
/// tags, so it has neither `Display` nor a telling `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct TagKey([u8; 32]);

impl TagKey {
    /// Takes the key's bytes as the town's keeper of keys gave them.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for TagKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TagKey(hidden)")
    }
}

/// A token as the town knows it: a keyed hash of the number it answered with.
///
/// It has no `Display`, and its `Debug` shows two bytes: enough to follow one card through a log,
/// too few to look one up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenTag(pub [u8; 16]);

impl TokenTag {
    /// How many bytes a tag has.
    pub const LEN: usize = 16;

    /// The tag of a contactless card by its UID: keyed BLAKE3 over the domain, a zero byte and the
    /// UID, cut to 16 bytes. Two readers of one town give one card the same tag.
    pub fn of_uid(key: &TagKey, uid: &[u8]) -> Self {
        Self::of(key, IC_UID_DOMAIN, &[uid])
    }

    /// The tag of a card by the certificate it carries: keyed BLAKE3 over the domain, a zero byte,
    /// the length of the issuer in eight bytes big-endian, the issuer's name in DER and the serial
    /// number, cut to 16 bytes. A renewed card carries another certificate, and has another tag.
    pub fn of_certificate(key: &TagKey, issuer: &[u8], serial: &[u8]) -> Self {
        let len = u64::try_from(issuer.len()).expect("a length fits in 64 bits");
        Self::of(key, CERTIFICATE_DOMAIN, &[&len.to_be_bytes(), issuer, serial])
    }

    fn of(key: &TagKey, domain: &[u8], parts: &[&[u8]]) -> Self {
        let mut hasher = blake3::Hasher::new_keyed(&key.0);
        hasher.update(domain).update(&[0]);
        parts.iter().for_each(|part| {
            hasher.update(part);
        });
        let mut tag = [0; Self::LEN];
        hasher.finalize_xof().fill(&mut tag);
        Self(tag)
    }

    /// The tag's bytes, as they stand in frames and stores.
    pub fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

impl fmt::Debug for TokenTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second, ..] = self.0;
        write!(f, "token({first:02x}{second:02x}…)")
    }
}

impl<C> minicbor::Encode<C> for TokenTag {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for TokenTag {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let at = d.position();
        <[u8; Self::LEN]>::try_from(d.bytes()?).map(Self).map_err(|_| {
            minicbor::decode::Error::message("a token's tag of the wrong length").at(at)
        })
    }
}

/// A card's number that was typed or scanned as text. It has no `Display` and a silent `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct TypedUid {
    // Invariant: UID_BYTES_MIN to UID_BYTES_MAX bytes.
    bytes: Vec<u8>,
}

impl TypedUid {
    /// The number's bytes, four to ten.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for TypedUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TypedUid(hidden)")
    }
}

/// Why a typed or scanned text is no token. Checked in this order; it never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenMistake {
    /// The 12-digit number of a person, which must not be taken, stored or looked up.
    #[error(
        "this looks like a 12-digit My Number, which must never be entered here; it was not kept. \
         Hold the card to the reader, or search by name and birth date"
    )]
    LooksLikeMyNumber,
    /// Longer than any card's number can be written.
    #[error("a card number has at most {TOKEN_TEXT_CHARS_MAX} characters: type the UID alone")]
    TooLong,
    /// Something that no card's number contains.
    #[error("character {at} is no hexadecimal digit: a card number has only 0-9 and A-F")]
    NotHexadecimal {
        /// Which character of the text, counted from 1.
        at: usize,
    },
    /// Half a byte is missing or too many.
    #[error("{digits} digits are not whole bytes: one digit is missing or too many")]
    HalfByte {
        /// How many hexadecimal digits were read.
        digits: usize,
    },
    /// Nothing but spaces and separators.
    #[error("no card number was entered: hold the card to the reader, or type its hexadecimal UID")]
    Empty,
    /// No card has a number of that length.
    #[error("a card number has {UID_BYTES_MIN} to {UID_BYTES_MAX} bytes, this has {bytes}")]
    WrongLength {
        /// How many bytes were read.
        bytes: usize,
    },
}

/// Reads a card's UID as people type it: hexadecimal, in any width and case, with spaces, colons or
/// hyphens between the bytes if they like.
///
/// # Errors
///
/// [`TokenMistake`], without the text. Twelve decimal digits are refused however they are spaced:
/// no card has a UID of six bytes.
pub fn parse_token_text(text: &str) -> Result<TypedUid, TokenMistake> {
    if looks_like_my_number(text) {
        return Err(TokenMistake::LooksLikeMyNumber);
    }
    if text.chars().nth(TOKEN_TEXT_CHARS_MAX).is_some() {
        return Err(TokenMistake::TooLong);
    }
    let mut nibbles = Vec::new();
    for (index, character) in text.chars().enumerate() {
        if is_separator(character) {
            continue;
        }
        let digit = narrow(character).to_digit(16);
        let digit = digit.ok_or(TokenMistake::NotHexadecimal { at: index + 1 })?;
        nibbles.push(u8::try_from(digit).expect("a hexadecimal digit is below 16"));
    }
    let (pairs, rest) = nibbles.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(TokenMistake::HalfByte { digits: nibbles.len() });
    }
    let bytes: Vec<u8> = pairs.iter().map(|[high, low]| (high << 4) | low).collect();
    match bytes.len() {
        0 => Err(TokenMistake::Empty),
        UID_BYTES_MIN..=UID_BYTES_MAX => Ok(TypedUid { bytes }),
        bytes => Err(TokenMistake::WrongLength { bytes }),
    }
}

/// Whether a text is, or carries beside other words, a number of exactly 12 decimal digits: in any
/// width, with or without spaces, colons, hyphens and dashes between the digits.
///
/// Digits that stand against a letter from A to F are part of a hexadecimal number and are let be.
pub fn looks_like_my_number(text: &str) -> bool {
    let mut digits = 0;
    let mut hexadecimal = false;
    for character in text.chars().filter(|character| !is_separator(*character)) {
        let character = narrow(character);
        if character.is_ascii_digit() {
            digits += 1;
        } else if character.is_ascii_hexdigit() {
            hexadecimal = true;
        } else {
            if digits == MY_NUMBER_DIGITS && !hexadecimal {
                return true;
            }
            digits = 0;
            hexadecimal = false;
        }
    }
    digits == MY_NUMBER_DIGITS && !hexadecimal
}

/// What people and scanners put between digits: spaces of any width, colons, hyphens, dashes, the
/// long vowel mark that a Japanese keyboard gives for a hyphen.
fn is_separator(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, ':' | '-' | '.' | '：' | '－' | '．' | 'ー' | 'ｰ' | '−')
        || ('\u{2010}'..='\u{2015}').contains(&character)
}

/// The ASCII form of a full-width letter or digit; anything else as it is.
fn narrow(character: char) -> char {
    const WIDE_FROM_ASCII: u32 = 0xfee0;
    match character {
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => {
            char::from_u32(u32::from(character) - WIDE_FROM_ASCII).unwrap_or(character)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests;
