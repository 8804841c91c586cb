//! X.509 certificates in the shape of JPKI's, and the card-verifiable ones of the 券面 applications.
//!
//! Object identifiers under the arc 2.999, which is reserved for examples, stand where JPKI names
//! policies of its own.

use super::authority::{Authority, CLOSES, FOUNDED};
use super::der;
use super::keys::{KeyPair, sha256};
use crate::population::Date;

const SHA256_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const COUNTRY: u8 = 6;
const LOCALITY: u8 = 7;
const ORGANIZATION: u8 = 10;
const UNIT: u8 = 11;
const COMMON_NAME: u8 = 3;

/// A distinguished name in Japan.
#[derive(Debug, Clone)]
pub(super) struct Name(Vec<Vec<u8>>);

impl Name {
    fn empty() -> Self {
        let country = der::object(0x13, "JP");
        Self(vec![]).with(COUNTRY, country)
    }

    /// A name under an organization.
    pub(super) fn new(organization: &str) -> Self {
        Self::empty().with(ORGANIZATION, der::text(organization))
    }

    /// The name of a person's certificate.
    pub(super) fn of_holder(common_name: &str, places: &[&str]) -> Self {
        let placed =
            places.iter().fold(Self::empty(), |name, place| name.with(LOCALITY, der::text(place)));
        placed.with(COMMON_NAME, der::text(common_name))
    }

    /// The same with an organizational unit below.
    pub(super) fn unit(self, unit: &str) -> Self {
        self.with(UNIT, der::text(unit))
    }

    fn with(mut self, attribute: u8, value: Vec<u8>) -> Self {
        let pair = der::sequence([der::oid(&[0x55, 0x04, attribute]), value]);
        self.0.push(der::object(0x31, pair));
        self
    }

    fn written(&self) -> Vec<u8> {
        der::sequence(self.0.iter().cloned())
    }

    /// As a `GeneralName`.
    fn general(&self) -> Vec<u8> {
        der::object(0xa4, self.written())
    }
}

/// A moment of a day, `hhmmss` in UTC, as certificates write it until 2049.
pub(super) fn time(date: Date, clock: &str) -> Vec<u8> {
    let year = date.year % 100;
    der::object(0x17, format!("{year:02}{:02}{:02}{clock}Z", date.month, date.day))
}

/// From the first minute of a day until the last second of another one in Japan.
fn validity(first: Date, last: Date) -> Vec<u8> {
    der::sequence([time(first, "000000"), time(last, "145959")])
}

fn algorithm(oid: &[u8]) -> Vec<u8> {
    der::sequence([der::oid(oid), der::object(0x05, [])])
}

fn exponent() -> Vec<u8> {
    der::integer(&[1, 0, 1])
}

fn public_key(key: &KeyPair) -> Vec<u8> {
    let numbers = der::sequence([der::integer(&key.modulus()), exponent()]);
    der::sequence([algorithm(RSA), der::bits(&numbers)])
}

/// A name for a key: the first 20 bytes of a digest of it.
fn key_name(key: &KeyPair) -> Vec<u8> {
    sha256(&public_key(key)).into_iter().take(20).collect()
}

/// An extension that JPKI's certificates have: its number under `id-ce` (2.5.29).
fn extension(number: u8, critical: bool, value: Vec<u8>) -> Vec<u8> {
    let flag = if critical { der::object(0x01, [0xff]) } else { vec![] };
    der::sequence([der::oid(&[0x55, 0x1d, number]), flag, der::object(0x04, value)])
}

/// What a certificate says, before it is signed.
struct Content {
    serial: Vec<u8>,
    issuer: Name,
    validity: Vec<u8>,
    subject: Name,
    key: KeyPair,
    extensions: Vec<Vec<u8>>,
}

impl Content {
    fn signed_by(self, authority: Authority) -> Vec<u8> {
        let version = der::object(0xa0, der::integer(&[2]));
        let extensions = der::object(0xa3, der::sequence(self.extensions));
        let content = der::sequence([
            version,
            der::integer(&self.serial),
            algorithm(SHA256_WITH_RSA),
            self.issuer.written(),
            self.validity,
            self.subject.written(),
            public_key(&self.key),
            extensions,
        ]);
        signed(content, authority)
    }
}

fn signed(content: Vec<u8>, authority: Authority) -> Vec<u8> {
    let signature = der::bits(&authority.key().sign(&content));
    der::sequence([content, algorithm(SHA256_WITH_RSA), signature])
}

/// Uses of a key as the bits of `KeyUsage`, with how many of them are unused.
const MAY_SIGN: [u8; 2] = [7, 0x80];
const MAY_SIGN_FOR_GOOD: [u8; 2] = [6, 0xc0];
const MAY_ISSUE: [u8; 2] = [1, 0x06];

fn key_usage(bits: [u8; 2]) -> Vec<u8> {
    extension(15, true, der::object(0x03, bits))
}

const AUTHORITY_SERIAL: [u8; 2] = [0x21, 0x01];

/// An authority's certificate over itself.
pub(super) fn of_authority(authority: Authority) -> Vec<u8> {
    let key = authority.key();
    let is_authority = der::sequence([der::object(0x01, [0xff])]);
    let name = der::object(0x04, key_name(&key));
    Content {
        serial: AUTHORITY_SERIAL.to_vec(),
        issuer: authority.name(),
        validity: validity(FOUNDED, CLOSES),
        subject: authority.name(),
        key,
        extensions: vec![
            key_usage(MAY_ISSUE),
            extension(19, true, is_authority),
            extension(14, false, name),
        ],
    }
    .signed_by(authority)
}

/// Whom a certificate is for.
pub(super) struct Holder<'a> {
    pub(super) serial: &'a [u8],
    pub(super) first: Date,
    pub(super) last: Date,
    pub(super) subject: Name,
    pub(super) key: &'a KeyPair,
}

impl Holder<'_> {
    /// The user authentication certificate (利用者証明用).
    pub(super) fn authentication(&self) -> Vec<u8> {
        const CLIENT: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 2];
        const STATUS_SERVICE: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 0x30, 1];
        const ACCESS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 1];
        let place = der::object(0x86, "http://ocsp.drill.invalid");
        let status = der::sequence([der::sequence([der::oid(STATUS_SERVICE), place])]);
        let extensions = vec![
            key_usage(MAY_SIGN),
            extension(37, false, der::sequence([der::oid(CLIENT)])),
            der::sequence([der::oid(ACCESS), der::object(0x04, status)]),
        ];
        self.issued_by(Authority::Authentication, 30, extensions)
    }

    /// The signing certificate (署名用) with what the face of the card says in it: pairs of a number
    /// under JPKI's way of naming attributes, and text.
    pub(super) fn signature(&self, attributes: &[(u8, &str)]) -> Vec<u8> {
        let others = attributes.iter().map(|(number, text)| {
            let oid = der::oid(&[0x88, 0x37, 5, *number]);
            der::object(0xa0, [oid, der::object(0xa0, der::text(text))].concat())
        });
        let names = der::sequence(others);
        let extensions = vec![key_usage(MAY_SIGN_FOR_GOOD), extension(17, false, names)];
        self.issued_by(Authority::Signature, 20, extensions)
    }

    fn issued_by(&self, authority: Authority, policy: u8, more: Vec<Vec<u8>>) -> Vec<u8> {
        let issuer = authority.name();
        let policy = der::sequence([der::sequence([der::oid(&[0x88, 0x37, policy])])]);
        let alternative =
            Name::new("訓練データ").unit("この証明書は訓練用です。誰のものでもありません。");
        let list = issuer.clone().unit("CRL Distribution Points");
        let full_name = der::object(0xa0, der::object(0xa0, list.general()));
        let issuer_key = [
            der::object(0x80, key_name(&authority.key())),
            der::object(0xa1, issuer.general()),
            der::object(0x82, AUTHORITY_SERIAL),
        ];
        let mut extensions = more;
        extensions.extend([
            extension(32, true, policy),
            extension(18, false, der::sequence([alternative.general()])),
            extension(31, false, der::sequence([der::sequence([full_name])])),
            extension(35, false, der::sequence(issuer_key)),
            extension(14, false, der::object(0x04, key_name(self.key))),
        ]);
        Content {
            serial: self.serial.to_vec(),
            issuer,
            validity: validity(self.first, self.last),
            subject: self.subject.clone(),
            key: self.key.clone(),
            extensions,
        }
        .signed_by(authority)
    }
}

/// A list of revoked certificates, of entries that are written already.
pub(super) fn revocation_list(authority: Authority, entries: Vec<Vec<u8>>) -> Vec<u8> {
    let entries = if entries.is_empty() { vec![] } else { der::sequence(entries) };
    let number = extension(20, false, der::integer(&[1]));
    let content = der::sequence([
        der::integer(&[1]),
        algorithm(SHA256_WITH_RSA),
        authority.name().written(),
        time(FOUNDED, "000000"),
        time(CLOSES, "145959"),
        entries,
        der::object(0xa0, der::sequence([number])),
    ]);
    signed(content, authority)
}

/// A public key as the card's own files write it.
pub(super) fn card_key(key: &KeyPair) -> Vec<u8> {
    [der::object(0x90, [1, 0, 1]), der::object(0x91, key.modulus())].concat()
}

/// The card-verifiable certificate of who issues a 券面 application's records.
pub(super) fn card_verifiable(authority: Authority, subject: [u8; 16]) -> Vec<u8> {
    let key = card_key(&authority.issuer_key());
    let body = [authority.key_id().as_slice(), subject.as_slice(), key.as_slice()].concat();
    let signature = der::object(0x5f37, authority.key().sign(&body));
    der::object(0x7f21, [der::object(0x5f4e, &body), signature].concat())
}
