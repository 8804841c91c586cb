//! What is written onto somebody's card: the files of the four applications that docs/CARDS.md lists.

use super::authority::{self, Authority};
use super::certificate::{self, Holder, Name};
use super::der;
use super::file::{Application, COMMON, FACE, File, JPKI, Key, TEXT, Tries};
use super::keys::{KeyPair, Purpose, sha256};
use super::kind::Kind;
use super::secrets::{Secrets, era};
use crate::population::{AS_OF, Date, Person, Sex};

/// The town by the number that the state counts municipalities with: 島根県邑智郡美郷町.
const TOWN: &str = "32448";
/// Another one: 広島県三次市.
const OTHER_TOWN: &str = "34209";
const OTHER_TOWN_NAME: &str = "広島県三次市";

/// Younger people have no signing certificate.
const SIGNS_FROM: u16 = 15;
/// A child's card's birthday, whoever it is put into the hands of.
const CHILD_BORN: Date = Date { year: 2018, month: 5, day: 5 };

/// The day before the generated town begins.
const RAN_OUT: Date = Date { year: 2026, month: 3, day: 31 };

/// Since when the town's people have cards; who is born later has one from birth.
const ISSUED: Date = Date { year: 2024, month: 4, day: 1 };

/// Cards run out on a birthday so far away that a rehearsal works for many years.
const RUNS_OUT: u16 = 2048;

const PIN_TRIES: u8 = 3;
const PASSWORD_TRIES: u8 = 5;
const CODE_TRIES: u8 = 10;

/// The PINs and numbers that open files, by where they lie in their applications.
mod secret {
    pub(super) const AUTHENTICATION: u16 = 0x0018;
    pub(super) const SIGNATURE: u16 = 0x001b;
    pub(super) const TEXT_PIN: u16 = 0x0011;
    pub(super) const TEXT_A: u16 = 0x0014;
    pub(super) const TEXT_B: u16 = 0x0015;
    pub(super) const FACE_BIRTH: u16 = 0x0011;
    pub(super) const FACE_B: u16 = 0x0012;
    pub(super) const FACE_A: u16 = 0x0013;
    pub(super) const COMMON: u16 = 0x001c;
}

/// The key of the 券面 applications' proofs; one can select it, and need not.
const OWN_KEY: u16 = 0x0010;

/// A card about to be written.
pub(super) struct Issue<'a> {
    seed: u64,
    person: &'a Person,
    kind: Kind,
    /// Which of the person's cards it is; in its serial numbers and keys.
    generation: u8,
    birth: Date,
    first: Date,
    last: Date,
    municipality: &'static str,
    address: String,
}

impl<'a> Issue<'a> {
    pub(super) fn new(seed: u64, person: &'a Person, kind: Kind) -> Self {
        let birth = if kind == Kind::Child { CHILD_BORN } else { person.birth };
        let (generation, first, year) = if kind == Kind::Renewed {
            (authority::SECOND_CARD, AS_OF, RUNS_OUT + 1)
        } else if kind == Kind::Revoked {
            (authority::REVOKED_CARD, ISSUED.max(birth), RUNS_OUT)
        } else {
            (authority::FIRST_CARD, ISSUED.max(birth), RUNS_OUT)
        };
        let last = if kind == Kind::Expired { RAN_OUT } else { Date { year, ..birth } };
        let (municipality, address) = if kind == Kind::OtherTown {
            (OTHER_TOWN, format!("{OTHER_TOWN_NAME}訓練町９００１番地"))
        } else {
            (TOWN, person.address.chars().map(wide).collect())
        };
        Self { seed, person, kind, generation, birth, first, last, municipality, address }
    }

    /// What the holder knows.
    pub(super) fn secrets(&self) -> Secrets {
        Secrets::of(self.seed, self.person.number, self.birth, self.last.year)
    }

    /// The card's applications. A phone has one.
    pub(super) fn applications(&self) -> Vec<Application> {
        let secrets = self.secrets();
        let jpki = self.jpki(&secrets);
        if self.kind.is_phone() {
            return vec![jpki];
        }
        vec![jpki, self.text(&secrets), self.face(&secrets), self.common(&secrets)]
    }

    fn signs(&self) -> bool {
        let (birth, today) = (self.birth, AS_OF);
        let birthday_came = (birth.month, birth.day) <= (today.month, today.day);
        today.year - birth.year - u16::from(!birthday_came) >= SIGNS_FROM
    }

    fn key(&self, purpose: Purpose) -> KeyPair {
        KeyPair::of_person(self.seed, self.generation, self.person.number, purpose)
    }

    fn key_file(&self, key: KeyPair, opened_by: Option<u16>) -> File {
        let key = if self.kind == Kind::Cloned {
            Key::Noise
        } else if self.kind == Kind::ClonedRefusing {
            Key::Missing
        } else {
            Key::Held(key)
        };
        File::Key { key, opened_by }
    }

    fn secret(&self, value: &str, most: u8) -> File {
        let left = if self.kind == Kind::Blocked { 0 } else { most };
        File::Secret { value: value.into(), tries: Tries { most, left } }
    }

    fn jpki(&self, secrets: &Secrets) -> Application {
        let key = self.key(Purpose::Authentication);
        let serial = authority::serial(self.generation, self.seed, self.person.number);
        let label = format!("訓練データ{:08}{}A", self.person.number, self.municipality);
        let (first, last) = (self.first, self.last);
        let subject = Name::of_holder(&label, &[]);
        let holder = Holder { serial: &serial, first, last, subject, key: &key };
        let certificate = self.spoilt(holder.authentication());
        let opened_by: &[u16] = if self.kind.is_phone() { &[secret::AUTHENTICATION] } else { &[] };
        let present = |is_there| if is_there { 0x8f } else { 0x00 };
        let password_tries = if self.signs() { PASSWORD_TRIES } else { 0 };
        let mut files = vec![
            (0x0002, free(Authority::Signature.certificate())),
            (0x0006, free(self.token_info())),
            (0x0008, free(vec![present(self.signs()), 0x8f, 0x00])),
            (0x000a, File::Bytes { content: certificate, opened_by }),
            (0x000b, free(Authority::Authentication.certificate())),
            (0x0017, self.key_file(key.clone(), Some(secret::AUTHENTICATION))),
            (secret::AUTHENTICATION, self.secret(&secrets.pin, PIN_TRIES)),
            (secret::SIGNATURE, self.secret(&secrets.password, password_tries)),
        ];
        if self.signs() {
            let key = self.key(Purpose::Signature);
            let subject = Name::of_holder(&label, &["訓練データ"]);
            let holder = Holder { serial: &serial, first, last, subject, key: &key };
            let attributes = [
                (1, self.name()),
                (4, format!("{}{}", era(self.birth).0, digits(self.birth))),
                (3, self.sex().to_owned()),
                (5, self.address.clone()),
            ];
            let attributes = attributes.each_ref().map(|(number, text)| (*number, text.as_str()));
            let content = holder.signature(&attributes);
            files.push((0x0001, File::Bytes { content, opened_by: &[secret::SIGNATURE] }));
            files.push((0x001a, self.key_file(key, Some(secret::SIGNATURE))));
        }
        Application { name: JPKI, files: files.into_iter().collect(), own_key: None, number: &[] }
    }

    /// A certificate as a hostile card would have it.
    fn spoilt(&self, mut certificate: Vec<u8>) -> Vec<u8> {
        if self.kind == Kind::CutCertificate {
            certificate.truncate(certificate.len() / 2);
        } else if self.kind == Kind::LyingLength {
            certificate.splice(2..4, [0xff, 0xff]);
        }
        certificate
    }

    /// PKCS #11's description of a token, 160 bytes: by its label one tells a card from a phone.
    fn token_info(&self) -> Vec<u8> {
        const UNKNOWN: u32 = u32::MAX;
        let label = if self.kind == Kind::Android {
            "JPKIAPGPSETOKEN"
        } else if self.kind == Kind::Iphone {
            "JPKIAPIOSTOKEN"
        } else {
            "JPKIAPICCTOKEN2"
        };
        let texts = format!("{label:32}{:32}{:16}{:016}", "DRILL DATA", "DIGIANA DRILL", 0);
        let numbers = [0x040d, 1, 0, 1, 0, 16, 6, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN];
        let numbers = numbers.into_iter().flat_map(u32::to_be_bytes);
        texts.into_bytes().into_iter().chain(numbers).chain(*b"03019999999999999999").collect()
    }

    fn text(&self, secrets: &Secrets) -> Application {
        use secret::{TEXT_A, TEXT_B, TEXT_PIN};

        let number_file = [der::object(0xff10, &secrets.number), vec![0xff, 0xff]].concat();
        let (attributes, digested) = self.attributes();
        let issuer = Authority::Text.issuer_key();
        let digests =
            [der::object(0xdf31, sha256(&number_file)), der::object(0xdf32, sha256(&digested))];
        let key = self.key(Purpose::Text);
        let public = der::object(0xdf51, certificate::card_key(&key));
        let certificate = certificate::card_verifiable(Authority::Text, self.issuer_id());
        let bytes = |content, opened_by| File::Bytes { content, opened_by };
        let files = [
            (0x0001, bytes(number_file, &[TEXT_PIN, TEXT_A])),
            (0x0002, bytes(attributes, &[TEXT_PIN, TEXT_B])),
            (
                0x0003,
                bytes(
                    signed(0xff30, digests.concat(), 0xdf33, &issuer),
                    &[TEXT_PIN, TEXT_A, TEXT_B],
                ),
            ),
            (0x0004, free(certificate)),
            (0x0007, bytes(signed(0xff50, public, 0xdf52, &issuer), &[TEXT_PIN, TEXT_A, TEXT_B])),
            (OWN_KEY, self.key_file(key, None)),
            (TEXT_PIN, self.secret(&secrets.pin, PIN_TRIES)),
            (TEXT_A, self.secret(&secrets.number, CODE_TRIES)),
            (TEXT_B, self.secret(&secrets.code_b, CODE_TRIES)),
        ];
        Application {
            name: TEXT,
            files: files.into(),
            own_key: Some(OWN_KEY),
            number: &[0x0001, TEXT_A],
        }
    }

    /// The file of the four attributes, and the part of it that its digest covers.
    fn attributes(&self) -> (Vec<u8>, Vec<u8>) {
        let fields = [
            der::object(0xdf22, self.name()),
            der::object(0xdf23, &self.address),
            der::object(0xdf24, digits(self.birth)),
            der::object(0xdf25, self.sex()),
        ];
        let digested = fields.concat();
        let table_bytes = 3 + 2 * fields.len();
        let body_bytes = table_bytes + digested.len();
        let header_bytes = der::object(0xff20, vec![0; body_bytes]).len() - body_bytes;
        let mut at = header_bytes + table_bytes;
        let mut offsets = Vec::new();
        for field in &fields {
            let offset = u16::try_from(at).expect("four attributes are short");
            offsets.extend(offset.to_be_bytes());
            at += field.len();
        }
        let body = [der::object(0xdf21, offsets), digested.clone()].concat();
        (der::object(0xff20, body), digested)
    }

    fn face(&self, secrets: &Secrets) -> Application {
        let key = self.key(Purpose::Face);
        let record = [
            der::object(0xdf11, digits(self.birth)),
            der::object(0xdf12, certificate::card_key(&key)),
        ];
        let record = signed(0xff10, record.concat(), 0xdf13, &Authority::Face.issuer_key());
        let id = self.issuer_id();
        let basic = [
            der::object(0xdf31, [6, 3, 0x0e, 1]),
            der::object(0xdf32, id),
            der::object(0xdf33, [1]),
            der::object(0xdf34, self.municipality),
            der::object(0xdf35, [id.as_slice(), &[0; 256]].concat()),
        ];
        let files = [
            (0x0001, File::Bytes { content: record, opened_by: &[secret::FACE_BIRTH] }),
            (0x0003, free(der::object(0xff30, basic.concat()))),
            (0x0004, free(certificate::card_verifiable(Authority::Face, id))),
            (OWN_KEY, self.key_file(key, None)),
            (secret::FACE_BIRTH, self.secret(&secrets.birth_code, CODE_TRIES)),
            (secret::FACE_B, self.secret(&secrets.code_b, CODE_TRIES)),
            (secret::FACE_A, self.secret(&secrets.number, CODE_TRIES)),
        ];
        Application {
            name: FACE,
            files: files.into(),
            own_key: Some(OWN_KEY),
            number: &[secret::FACE_A],
        }
    }

    fn common(&self, secrets: &Secrets) -> Application {
        let (generation, town) = (self.generation % 100, self.seed % 10_000);
        let serial = format!("9{generation:02}{town:04}{:08}", self.person.number);
        let record = format!("{serial}{}{}", self.municipality, digits(self.last));
        let files = [
            (0x0001, File::Records(vec![der::object(0x01, record)])),
            (secret::COMMON, self.secret(&secrets.pin, PIN_TRIES)),
        ];
        Application { name: COMMON, files: files.into(), own_key: None, number: &[] }
    }

    /// The 16 bytes that name the municipality's key (被証明者鍵ID).
    fn issuer_id(&self) -> [u8; 16] {
        let id = format!("{}31\x08\x05000\0\0\0\0", self.municipality);
        id.into_bytes().try_into().expect("a municipality has five digits")
    }

    /// Family and given name as on the card, with a wide space between.
    fn name(&self) -> String {
        format!("{}\u{3000}{}", self.person.family.written, self.person.given.written)
    }

    fn sex(&self) -> &'static str {
        match self.person.sex {
            Sex::Male => "1",
            Sex::Female => "2",
        }
    }
}

fn free(content: Vec<u8>) -> File {
    File::Bytes { content, opened_by: &[] }
}

/// A record of the 券面 applications: objects, then the issuer's signature over them.
fn signed(tag: u32, objects: Vec<u8>, signature_tag: u32, issuer: &KeyPair) -> Vec<u8> {
    let signature = der::object(signature_tag, issuer.sign(&objects));
    der::object(tag, [objects, signature].concat())
}

/// A day as eight digits.
fn digits(date: Date) -> String {
    format!("{:04}{:02}{:02}", date.year, date.month, date.day)
}

/// Digits as cards write them in addresses: wide.
fn wide(letter: char) -> char {
    let wide = letter.to_digit(10).and_then(|digit| char::from_u32(u32::from('０') + digit));
    wide.unwrap_or(letter)
}
