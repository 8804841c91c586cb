//! The public half of a key that a card proves itself with.
//!
//! What a card tells of itself can be copied onto another one; a signature by a key that never
//! leaves the card cannot. The desk that gives a card to a person takes its public key down once,
//! and every reader of the town asks the card to sign from then on.

use std::fmt;

use crate::limits::PROOF_KEY_BYTES_MAX;

/// How a card signs. A reader that does not know the number keeps the key and asks for no proof.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode,
)]
#[cbor(transparent)]
pub struct ProofScheme(#[n(0)] pub u32);

impl ProofScheme {
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, 8.2). The key's bytes are those of RFC 3110,
    /// section 2: the exponent's length in one byte, the exponent, the modulus, big-endian.
    pub const RSA_PKCS1_SHA256: Self = Self(0);
}

/// The public half of a card's key. Whoever has it knows the card again, so `Debug` tells nothing.
#[derive(Clone, PartialEq, Eq, minicbor::Encode)]
#[cbor(array)]
pub struct ProofKey {
    #[n(0)]
    scheme: ProofScheme,
    // Invariant: 1 to PROOF_KEY_BYTES_MAX bytes.
    #[cbor(n(1), with = "minicbor::bytes")]
    bytes: Vec<u8>,
}

/// Bytes that are too many, or none at all, for a public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a card's public key has 1 to {PROOF_KEY_BYTES_MAX} bytes, this has {0}")]
pub struct NotAProofKey(pub usize);

impl ProofKey {
    /// Takes a key as its scheme writes it.
    ///
    /// # Errors
    /// [`NotAProofKey`] when it has no bytes or too many.
    pub fn new(scheme: ProofScheme, bytes: Vec<u8>) -> Result<Self, NotAProofKey> {
        match bytes.len() {
            1..=PROOF_KEY_BYTES_MAX => Ok(Self { scheme, bytes }),
            len => Err(NotAProofKey(len)),
        }
    }

    /// Takes an RSA key by its exponent and modulus, both big-endian.
    ///
    /// # Errors
    /// [`NotAProofKey`] when the two are no key's.
    pub fn rsa(exponent: &[u8], modulus: &[u8]) -> Result<Self, NotAProofKey> {
        let len = exponent.len() + modulus.len() + 1;
        let Ok(exponent_len @ 1..) = u8::try_from(exponent.len()) else {
            return Err(NotAProofKey(len));
        };
        if modulus.is_empty() {
            return Err(NotAProofKey(len));
        }
        let bytes = [&[exponent_len], exponent, modulus].concat();
        Self::new(ProofScheme::RSA_PKCS1_SHA256, bytes)
    }

    /// How its card signs.
    pub fn scheme(&self) -> ProofScheme {
        self.scheme
    }

    /// Exponent and modulus of an RSA key, big-endian; none of another scheme, or of bytes that are
    /// no key.
    pub fn as_rsa(&self) -> Option<(&[u8], &[u8])> {
        if self.scheme != ProofScheme::RSA_PKCS1_SHA256 {
            return None;
        }
        let (exponent_len, rest) = self.bytes.split_first()?;
        let (exponent, modulus) = rest.split_at_checked(usize::from(*exponent_len))?;
        (!exponent.is_empty() && !modulus.is_empty()).then_some((exponent, modulus))
    }
}

impl fmt::Debug for ProofKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProofKey(scheme {}, {} bytes)", self.scheme.0, self.bytes.len())
    }
}

impl<'b, C> minicbor::Decode<'b, C> for ProofKey {
    fn decode(d: &mut minicbor::Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        /// The same before its length was looked at.
        #[derive(minicbor::Decode)]
        #[cbor(array)]
        struct Unproven {
            #[n(0)]
            scheme: ProofScheme,
            #[cbor(n(1), with = "minicbor::bytes")]
            bytes: Vec<u8>,
        }
        let at = d.position();
        let Unproven { scheme, bytes } = Unproven::decode(d, ctx)?;
        Self::new(scheme, bytes).map_err(|why| minicbor::decode::Error::message(why).at(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_rsa_key_comes_back_as_it_was_taken() {
        let key = ProofKey::rsa(&[1, 0, 1], &[0xc5; 256]).expect("2048 bits are a key");
        assert_eq!(key.as_rsa(), Some(([1, 0, 1].as_slice(), [0xc5; 256].as_slice())));
        assert_eq!(format!("{key:?}"), "ProofKey(scheme 0, 260 bytes)");
    }

    #[test]
    fn what_is_no_key_is_taken_for_none() {
        assert_eq!(ProofKey::rsa(&[], &[7; 256]), Err(NotAProofKey(257)));
        assert_eq!(ProofKey::rsa(&[3], &[]), Err(NotAProofKey(2)));
        assert_eq!(
            ProofKey::rsa(&[3], &[7; PROOF_KEY_BYTES_MAX]).map_err(|it| it.0),
            Err(PROOF_KEY_BYTES_MAX + 2)
        );
        let of_rsa = |bytes: &[u8]| {
            ProofKey::new(ProofScheme::RSA_PKCS1_SHA256, bytes.to_vec()).expect("some bytes")
        };
        for bytes in [&[0, 7][..], &[1, 3], &[9, 3, 7]] {
            assert_eq!(of_rsa(bytes).as_rsa(), None);
        }
        let later = ProofKey::new(ProofScheme(1), vec![1, 3, 7]).expect("some bytes");
        assert_eq!(later.as_rsa(), None);
    }

    #[test]
    fn a_key_of_too_many_bytes_is_not_read() {
        let long =
            (ProofScheme(0), minicbor::bytes::ByteVec::from(vec![1; PROOF_KEY_BYTES_MAX + 1]));
        let bytes = crate::fact::to_cbor(&long);
        assert!(minicbor::decode::<ProofKey>(&bytes).is_err());
    }
}
