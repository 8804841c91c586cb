//! Signatures: a domain tag before every message, one scheme for the town, another for fast simulation.
//!
//! Every signed message begins with `digiana/<kind>/1` and a zero byte, so a signature made for
//! one purpose never holds for another, and bytes of a peer are never signed raw.

use std::fmt;

use ed25519_dalek::{Signature as DalekSignature, Signer as _, SigningKey, VerifyingKey};

use crate::id::{NodeId, OfficerId};

/// What a signature is for. The tag is the first thing signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// The author's word for a journal up to an entry.
    Seal,
    /// An act of the authority.
    Credential,
    /// What a node holds durably.
    Receipt,
    /// That a node lives, and where its own journals end.
    Alive,
}

impl Domain {
    fn tag(self) -> &'static [u8] {
        match self {
            Self::Seal => b"digiana/seal/1\0",
            Self::Credential => b"digiana/credential/1\0",
            Self::Receipt => b"digiana/receipt/1\0",
            Self::Alive => b"digiana/alive/1\0",
        }
    }
}

/// The arithmetic behind signatures. A parameter of the town's engine, the same on all its nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Ed25519, verified strictly, one by one: batch verification accepts some crafted signatures
    /// that single verification refuses, and replicas would split over them.
    Ed25519,
    /// Keyed BLAKE3 under the public key. Anyone can forge it: for simulated towns only, where
    /// nobody does and speed is everything.
    Simulated,
}

/// A public key as bytes, whoever it belongs to.
pub type PublicKey = [u8; 32];

/// 64 bytes that claim to be somebody's word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub [u8; 64]);

impl Signature {
    /// How many bytes it has.
    pub const LEN: usize = 64;
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature(..)")
    }
}

/// The signature is not that key's word for these bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not fit")]
pub struct DoesNotFit;

/// A secret key in use. It has no `Display`, its `Debug` shows nothing, and it is wiped on drop.
pub struct Signer {
    scheme: Scheme,
    key: SigningKey,
    public: PublicKey,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(..)")
    }
}

impl Signer {
    /// The signer of 32 secret bytes.
    pub fn new(scheme: Scheme, secret: &[u8; 32]) -> Self {
        let key = SigningKey::from_bytes(secret);
        let public = key.verifying_key().to_bytes();
        Self { scheme, key, public }
    }

    /// The public key.
    pub fn public(&self) -> PublicKey {
        self.public
    }

    /// The public key, as a node's name.
    pub fn node(&self) -> NodeId {
        NodeId(self.public)
    }

    /// The public key, as an officer's name.
    pub fn officer(&self) -> OfficerId {
        OfficerId(self.public)
    }

    /// Signs `parts`, one after the other, for `domain`.
    ///
    /// All parts but the last must be of fixed length, so that they cannot be shifted.
    pub fn sign(&self, domain: Domain, parts: &[&[u8]]) -> Signature {
        let message = message(domain, parts);
        match self.scheme {
            Scheme::Ed25519 => Signature(self.key.sign(&message).to_bytes()),
            Scheme::Simulated => simulated(&self.public, &message),
        }
    }
}

/// Checks that `signature` is the word of `public` for `parts` in `domain`.
///
/// # Errors
/// [`DoesNotFit`] when it is not, or when the key is no key at all.
pub fn verify(
    scheme: Scheme,
    public: &PublicKey,
    domain: Domain,
    parts: &[&[u8]],
    signature: &Signature,
) -> Result<(), DoesNotFit> {
    let message = message(domain, parts);
    match scheme {
        Scheme::Ed25519 => {
            let key = VerifyingKey::from_bytes(public).map_err(|_| DoesNotFit)?;
            let signature = DalekSignature::from_bytes(&signature.0);
            key.verify_strict(&message, &signature).map_err(|_| DoesNotFit)
        }
        Scheme::Simulated if simulated(public, &message) == *signature => Ok(()),
        Scheme::Simulated => Err(DoesNotFit),
    }
}

fn message(domain: Domain, parts: &[&[u8]]) -> Vec<u8> {
    let mut message = domain.tag().to_vec();
    for part in parts {
        message.extend_from_slice(part);
    }
    message
}

fn simulated(public: &PublicKey, message: &[u8]) -> Signature {
    let mut bytes = [0; 64];
    blake3::Hasher::new_keyed(public).update(message).finalize_xof().fill(&mut bytes);
    Signature(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(scheme: Scheme) {
        let signer = Signer::new(scheme, &[7; 32]);
        let signature = signer.sign(Domain::Seal, &[b"town", b"head"]);
        let holds =
            |domain, parts: &[&[u8]]| verify(scheme, &signer.public(), domain, parts, &signature);
        assert_eq!(holds(Domain::Seal, &[b"town", b"head"]), Ok(()));
        assert_eq!(holds(Domain::Credential, &[b"town", b"head"]), Err(DoesNotFit));
        assert_eq!(holds(Domain::Seal, &[b"town", b"heat"]), Err(DoesNotFit));
    }

    #[test]
    fn a_signature_holds_for_its_purpose_and_its_bytes_only() {
        check(Scheme::Ed25519);
        check(Scheme::Simulated);
    }

    #[test]
    fn bytes_that_are_no_key_sign_nothing() {
        let signature = Signature([0; 64]);
        for key in [[0; 32], [0xff; 32]] {
            let verdict = verify(Scheme::Ed25519, &key, Domain::Seal, &[], &signature);
            assert_eq!(verdict, Err(DoesNotFit));
        }
    }
}
