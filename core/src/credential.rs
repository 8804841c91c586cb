//! Who may do what: signed acts of the authority, each verifiable alone up to the root.
//!
//! The root key appoints officers, officers admit nodes. Credentials are no journal: they are few,
//! they are equalised before anything else, and they are kept for ever.

pub mod admit;
pub mod set;
pub mod withdraw;

use crate::fact::to_cbor;
use crate::id::{CredentialId, OfficerId, TownId};
use crate::limits::CREDENTIAL_BYTES_MAX;
use crate::sign::{DoesNotFit, Domain, PublicKey, Scheme, Signature, Signer, verify};
use crate::wire::{Malformed, Reader};

/// The number of a credential's kind. Released numbers never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CredentialKind(pub u8);

impl CredentialKind {
    /// Root → officer.
    pub const APPOINT: Self = Self(1);
    /// Officer → node.
    pub const ADMIT: Self = Self(2);
    /// Root → officer, officer → node, with a cut per journal.
    pub const REVOKE: Self = Self(3);
    /// One kind or scope of a node ends, with a cut.
    pub const NARROW: Self = Self(4);
    /// A copied device, proven by its own two seals.
    pub const EVIDENCE: Self = Self(5);
}

/// A credential as it travels: kind, issuer, signature, body. Nothing in it is believed yet.
///
/// Bytes: `kind 1 ‖ issuer 32 ‖ signature 64 ‖ body`. The signature is over
/// `town 32 ‖ kind 1 ‖ body` in the credential domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// What kind of act.
    pub kind: CredentialKind,
    /// Whose act: an officer's or the root's key.
    pub issuer: PublicKey,
    /// Its word for the rest.
    pub signature: Signature,
    /// The act, as a CBOR array.
    pub body: Vec<u8>,
}

impl Envelope {
    /// The bytes before the body.
    pub const HEADER_BYTES: usize = 1 + 32 + Signature::LEN;

    /// Signs an act.
    pub fn seal<T: minicbor::Encode<()>>(
        town: TownId,
        issuer: &Signer,
        kind: CredentialKind,
        act: &T,
    ) -> Self {
        let body = to_cbor(act);
        let signature =
            issuer.sign(Domain::Credential, &[town.as_bytes(), &[kind.0], body.as_slice()]);
        Self { kind, issuer: issuer.public(), signature, body }
    }

    /// The envelope's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![self.kind.0];
        bytes.extend_from_slice(&self.issuer);
        bytes.extend_from_slice(&self.signature.0);
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// Reads an envelope; nothing is believed by that.
    ///
    /// # Errors
    /// [`Malformed`] when it is too short or too long.
    pub fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let kind = CredentialKind(reader.byte()?);
        let issuer = reader.array()?;
        let signature = Signature(reader.array()?);
        let at = reader.at();
        let len = bytes.len().saturating_sub(at);
        if len > CREDENTIAL_BYTES_MAX {
            let len = u64::try_from(len).unwrap_or(u64::MAX);
            return Err(Malformed::OverLimit {
                what: "a credential",
                len,
                max: CREDENTIAL_BYTES_MAX,
                at,
            });
        }
        Ok(Self { kind, issuer, signature, body: reader.take(len)?.to_vec() })
    }

    /// Its name: the first eight bytes of the hash of its bytes.
    pub fn id(&self) -> CredentialId {
        let [a, b, c, d, e, f, g, h, ..] = *blake3::hash(&self.to_bytes()).as_bytes();
        CredentialId([a, b, c, d, e, f, g, h])
    }

    /// The issuer's key as an officer's name.
    pub fn officer(&self) -> OfficerId {
        OfficerId(self.issuer)
    }

    /// Checks that the issuer signed this for `town`. Whether the issuer may is another question.
    ///
    /// # Errors
    /// [`DoesNotFit`] when not.
    pub fn verify(&self, scheme: Scheme, town: TownId) -> Result<(), DoesNotFit> {
        let parts: [&[u8]; 3] = [town.as_bytes(), &[self.kind.0], &self.body];
        verify(scheme, &self.issuer, Domain::Credential, &parts, &self.signature)
    }
}

/// The town that a root key makes: the hash of its public key.
pub fn town_of(root: &PublicKey) -> TownId {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"digiana/town/1\0").update(root);
    TownId(*hasher.finalize().as_bytes())
}
