//! Who issues the cards of generated people: a test authority of our own. Its names say 訓練データ,
//! its keys are public, and no reader may trust it outside a drill.

use super::certificate::{self, Name};
use super::der;
use super::keys::KeyPair;
use crate::population::Date;

/// The authority's parts. Each has one key for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authority {
    /// Issues user authentication certificates (利用者証明用).
    Authentication,
    /// Issues signing certificates (署名用).
    Signature,
    /// Certifies who issues records of the 券面事項確認 application.
    Face,
    /// Certifies who issues records of the 券面入力補助 application.
    Text,
}

impl Authority {
    pub(super) fn key(self) -> KeyPair {
        KeyPair::of_authority(match self {
            Self::Authentication => 0,
            Self::Signature => 1,
            Self::Face => 2,
            Self::Text => 3,
        })
    }

    /// The municipality's key for records of a 券面 application; the others have none of their own
    /// and sign themselves.
    pub(super) fn issuer_key(self) -> KeyPair {
        match self {
            Self::Face => KeyPair::of_authority(4),
            Self::Text => KeyPair::of_authority(5),
            Self::Authentication | Self::Signature => self.key(),
        }
    }

    pub(super) fn name(self) -> Name {
        let unit = match self {
            Self::Authentication => "訓練データ 利用者証明用認証局",
            Self::Signature => "訓練データ 署名用認証局",
            Self::Face => "訓練データ 券面事項確認AP",
            Self::Text => "訓練データ 券面入力補助AP",
        };
        Name::new("訓練データ").unit(unit).unit("digiana drill authority")
    }

    /// Its own certificate in DER, signed by itself: what a drill's readers pin. The two that
    /// certify 券面 keys have one too, though no card carries it.
    pub fn certificate(self) -> Vec<u8> {
        certificate::of_authority(self)
    }

    /// Its public key as big-endian modulus; the exponent is 65,537.
    pub fn modulus(self) -> Vec<u8> {
        self.key().modulus()
    }

    /// The 16 bytes by which card-verifiable certificates name its key: 証明者鍵ID. Real ones begin
    /// with 5, those of test cards with 6.
    pub(super) fn key_id(self) -> [u8; 16] {
        match self {
            Self::Face => *b"9000023\x08\x05001\0\0\0\0",
            Self::Authentication | Self::Signature | Self::Text => *b"9000033\x08\x05001\0\0\0\0",
        }
    }
}

/// The first day of the authority's certificates.
pub(super) const FOUNDED: Date = Date { year: 2020, month: 1, day: 1 };

/// The last day of them. Drills should work for long, and years from 2050 are written otherwise.
pub(super) const CLOSES: Date = Date { year: 2049, month: 12, day: 31 };

/// The first byte of a serial number says which of a person's cards it is on.
pub(super) const FIRST_CARD: u8 = 1;
/// The card that came after it.
pub(super) const SECOND_CARD: u8 = 2;
/// A card whose certificates the authority has revoked.
pub(super) const REVOKED_CARD: u8 = 0x7e;

/// Whether the authority has revoked a certificate, by its serial number as it stands in it.
pub fn is_revoked(serial: &[u8]) -> bool {
    serial.len() == SERIAL_BYTES && serial.first() == Some(&REVOKED_CARD)
}

/// How long serial numbers of people's certificates are.
const SERIAL_BYTES: usize = 8;

/// The serial number of a person's certificate.
pub(super) fn serial(card: u8, seed: u64, person: u32) -> [u8; SERIAL_BYTES] {
    let mut hasher = blake3::Hasher::new_derive_key("digiana/sim/card/serial/1");
    hasher.update(&seed.to_le_bytes());
    let [town, more, most] = {
        let mut town = [0; 3];
        hasher.finalize_xof().fill(&mut town);
        town
    };
    let [a, b, c, d] = person.to_be_bytes();
    [card, town, more, most, a, b, c, d]
}

/// The files that a drill's readers pin (`[cards] authorities`), by name: certificates, and the list
/// of the town's revoked cards.
pub fn files(seed: u64, people: std::ops::RangeInclusive<u32>) -> [(&'static str, Vec<u8>); 5] {
    [
        ("authentication.cer", Authority::Authentication.certificate()),
        ("signature.cer", Authority::Signature.certificate()),
        ("face.cer", Authority::Face.certificate()),
        ("text.cer", Authority::Text.certificate()),
        ("revoked.crl", revocation_list(Authority::Authentication, seed, people)),
    ]
}

/// The list of revoked certificates (CRL) of an authority in DER: the revoked cards of these people
/// of the town of one seed.
pub fn revocation_list(
    authority: Authority,
    seed: u64,
    people: std::ops::RangeInclusive<u32>,
) -> Vec<u8> {
    let revoked = people.map(|person| {
        let serial = der::integer(&serial(REVOKED_CARD, seed, person));
        der::sequence([serial, certificate::time(FOUNDED, "000000")])
    });
    certificate::revocation_list(authority, revoked.collect())
}
