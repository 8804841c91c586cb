//! RSA keys for cards that never existed: made in a moment, the same for the same seed and person,
//! and worthless for anything else.
//!
//! To find primes takes a second; to multiply two takes none. So there are [`PRIMES`] primes, each
//! found once: it is the first fit one at or after a number that everybody can compute, and only
//! the way from there is written down ([`steps`]). A key is made of two of them. Whoever has two
//! such public keys may well find a common factor, and the primes are public anyway: these keys
//! protect nobody and must never be given to a real person.

mod steps;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use rsa::sha2::{Digest as _, Sha256};
use rsa::traits::PublicKeyParts as _;
use rsa::{BigUint, Pkcs1v15Sign, RsaPrivateKey};

/// How many primes there are.
const PRIMES: usize = 256;

/// The first ones make the keys of authorities, two for each; the rest make those of people.
const PRIMES_OF_AUTHORITIES: u16 = 12;

/// Pairs of the 244 primes that are left for people.
const PAIRS_OF_PEOPLE: u64 = 244 * 243 / 2;

/// What a person's keys are for; each card has all four.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// 利用者証明用
    Authentication,
    /// 署名用
    Signature,
    /// Proof of presence by the 券面事項確認 application.
    Face,
    /// Proof of presence by the 券面入力補助 application.
    Text,
}

impl Purpose {
    fn number(self) -> u64 {
        match self {
            Self::Authentication => 0,
            Self::Signature => 1,
            Self::Face => 2,
            Self::Text => 3,
        }
    }
}

/// How many bytes a signature and a modulus have.
pub(super) const KEY_BYTES: usize = 256;

/// The most bytes that fit into a signature beside its padding.
pub(super) const SIGNED_BYTES_MAX: usize = KEY_BYTES - 11;

/// A key pair of a card or an authority. It is cheap to clone.
#[derive(Clone)]
pub(super) struct KeyPair(Arc<RsaPrivateKey>);

impl KeyPair {
    /// The key of an authority by its number.
    ///
    /// # Panics
    ///
    /// When there is no such authority.
    pub(super) fn of_authority(number: u16) -> Self {
        assert!(2 * number + 1 < PRIMES_OF_AUTHORITIES, "every authority has two primes");
        Self::of_primes(2 * number, 2 * number + 1)
    }

    /// A person's key. In the town of one seed, 7,000 people have keys of their own; in a larger
    /// town some have the same.
    pub(super) fn of_person(seed: u64, generation: u8, person: u32, purpose: Purpose) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("digiana/sim/card/keys/1");
        hasher.update(&seed.to_le_bytes()).update(&[generation]);
        let mut first = [0; 8];
        hasher.finalize_xof().fill(&mut first);
        let first = u64::from_le_bytes(first) % PAIRS_OF_PEOPLE;
        let pair = (first + u64::from(person) * 4 + purpose.number()) % PAIRS_OF_PEOPLE;
        let (one, other) = pair_of(pair);
        Self::of_primes(PRIMES_OF_AUTHORITIES + one, PRIMES_OF_AUTHORITIES + other)
    }

    fn of_primes(one: u16, other: u16) -> Self {
        let key = RsaPrivateKey::from_p_q(prime(one), prime(other), BigUint::from(65_537_u32));
        Self(Arc::new(key.expect("two fit primes make a key")))
    }

    /// The modulus, big-endian.
    pub(super) fn modulus(&self) -> Vec<u8> {
        self.0.n().to_bytes_be()
    }

    /// Signs what is handed in as it is, with the padding of PKCS #1 1.5; none when it is too long.
    pub(super) fn sign_as_it_is(&self, block: &[u8]) -> Option<Vec<u8>> {
        self.0.sign(Pkcs1v15Sign::new_unprefixed(), block).ok()
    }

    /// The usual signature over a message: PKCS #1 1.5 with SHA-256.
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signed = self.sign_as_it_is(&digest_info(&sha256(message)));
        signed.expect("a digest is shorter than a key")
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyPair(hidden)")
    }
}

/// SHA-256, which everything on these cards is digested with.
pub(super) fn sha256(message: &[u8]) -> [u8; 32] {
    Sha256::digest(message).into()
}

/// A digest as PKCS #1 wraps it before it is signed.
pub(super) fn digest_info(digest: &[u8; 32]) -> Vec<u8> {
    const BEFORE: [u8; 19] = [
        0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01,
        0x05, 0x00, 0x04, 0x20,
    ];
    [BEFORE.as_slice(), digest].concat()
}

/// The pair of that number, counted (0, 1), (0, 2), (1, 2), (0, 3) and so on.
fn pair_of(number: u64) -> (u16, u16) {
    let mut larger: u16 = 1;
    let mut left = number;
    while left >= u64::from(larger) {
        left -= u64::from(larger);
        larger += 1;
    }
    let smaller = u16::try_from(left).expect("it is smaller than the larger one");
    (smaller, larger)
}

/// The number from which a prime is sought: 1,024 bits, the two highest set so that a product of
/// two always has 2,048, and odd.
fn start(number: u16) -> BigUint {
    let mut hasher = blake3::Hasher::new_derive_key("digiana/sim/card/prime/1");
    hasher.update(&number.to_le_bytes());
    let mut bytes = [0; KEY_BYTES / 2];
    hasher.finalize_xof().fill(&mut bytes);
    let [first, .., last] = &mut bytes;
    *first |= 0xc0;
    *last |= 1;
    BigUint::from_bytes_be(&bytes)
}

fn prime(number: u16) -> BigUint {
    let steps = steps::STEPS.get(usize::from(number)).expect("there is such a prime");
    start(number) + BigUint::from(2 * u32::from(*steps))
}
