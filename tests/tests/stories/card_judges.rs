//! Independent judges of the virtual card: OpenSC's tools through a real smart-card daemon with
//! openssl at their side, and the `myna-card` library without any reader.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a judge that cannot go on has found something"
)]

use std::path::Path;
use std::time::Instant;

use digiana_core::fact::shelter::Assurance;
use digiana_core::token::{TagKey, TokenTag};
use digiana_node::reader::bounds::Line;
use digiana_node::reader::card::{CardFault, Presented, TurnedAway, Unmet};
use digiana_node::reader::enrol::{Asked, Read, Secret};
use digiana_node::reader::identify::{Checks, Known};
use digiana_node::reader::trust::{CardsConfig, Trust};
use digiana_sim::card::authority::{self, Authority};
use digiana_sim::card::kind::{Kind, Quirks};
use digiana_sim::card::{Card, Conversation};
use digiana_sim::population::{People, Sex, TOWN_PEOPLE};
use digiana_tests::readers::noon;
use myna_card::ap::common::CommonAp;
use myna_card::ap::jpki::{self, JpkiAp, SignatureScheme, TokenType};
use myna_card::ap::surface::SurfaceAp;
use myna_card::ap::text::{self, TextAp};
use myna_card::card::Retries;
use myna_card::certificate::Certificate;
use myna_card::data::{Date, RsaPublicKey};
use myna_card::{Error, Pin, Transmit};

use crate::hosts::{host, play, role};
use crate::pcsc_host::{
    Daemon, NAMESPACES, Ran, die_with_the_story, reader, run_fed, run_tool, run_until_good,
};

const SEED: u64 = 1;
const PERSON: u32 = 12;
const TODAY: Date = Date { year: 2026, month: 4, day: 1 };
const MODULE: &str = "opensc-pkcs11.so";

/// Puts the card in, lets the story go on beside it, and gives it back.
fn with_card(card: Card, story: impl FnOnce() + Send + 'static) -> Conversation {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let inserted = runtime.block_on(card.put_into(reader())).unwrap();
    // The story's children are tied to the thread that starts them: this one.
    story();
    runtime.block_on(inserted.remove()).0
}

#[test]
fn opensc_lists_reads_signs_and_counts_wrong_pins_on_the_virtual_card() {
    const TEST: &str =
        "card_judges::opensc_lists_reads_signs_and_counts_wrong_pins_on_the_virtual_card";
    if role().is_none() {
        return play(host(NAMESPACES, TEST, "reader"));
    }
    die_with_the_story();
    let daemon = Daemon::start();
    let card = Card::of_person(SEED, PERSON, Kind::Normal, Quirks::default());
    let secrets = card.secrets().unwrap().clone();
    let asked = with_card(card, move || opensc_judges(&secrets.pin));
    assert_eq!(asked.number_asked, 0);
    assert_eq!((asked.signatures, asked.wrong_secrets), (1, 1));

    let revoked = Card::of_person(SEED, PERSON, Kind::Revoked, Quirks::default());
    with_card(revoked, || {
        let folder = tempfile::tempdir().unwrap();
        run_until_good("pkcs15-tool --dump");
        let judged = openssl_follows_the_certificate(folder.path());
        assert!(!judged.is_good && judged.said.contains("certificate revoked"), "{}", judged.said);
    });
    drop(daemon);
}

/// Reads the certificate into a folder; openssl follows it to the authority, and asks the list of
/// revoked ones.
fn openssl_follows_the_certificate(folder: &Path) -> Ran {
    let at = |name: &str| folder.join(name).display().to_string();
    let read = run_tool(&format!("pkcs15-tool --read-certificate 1 --output {}", at("leaf.pem")));
    assert!(read.is_good, "{}", read.said);
    let list = authority::revocation_list(Authority::Authentication, SEED, 1..=TOWN_PEOPLE);
    for (kind, name, bytes) in
        [("x509", "ca.pem", Authority::Authentication.certificate()), ("crl", "list.pem", list)]
    {
        let made = run_fed(&format!("openssl {kind} -inform der -out {}", at(name)), &bytes);
        assert!(made.is_good, "{}", made.said);
    }
    run_tool(&format!(
        "openssl verify -x509_strict -crl_check -purpose sslclient -attime 1775001600 -CAfile {} \
         -CRLfile {} {}",
        at("ca.pem"),
        at("list.pem"),
        at("leaf.pem")
    ))
}

fn opensc_judges(pin: &str) {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();

    // It lists what is there, with the tries left.
    let listed = run_until_good("pkcs15-tool --dump").said;
    for expected in [
        "User Authentication Certificate",
        "Digital Signature Certificate",
        "User Authentication PIN",
        "Tries left     : 3",
        "Tries left     : 5",
    ] {
        assert!(listed.contains(expected), "{expected}: {listed}");
    }

    // It reads the certificate.
    let judged = openssl_follows_the_certificate(folder.path());
    assert!(judged.is_good, "{}", judged.said);

    // It signs, and openssl verifies with the key of the certificate.
    std::fs::write(at("message"), "訓練データ").unwrap();
    let key = format!("openssl x509 -in {} -noout -pubkey -out {}", at("leaf.pem"), at("key.pem"));
    assert!(run_tool(&key).is_good);
    let sign = |pin: &str| {
        run_tool(&format!(
            "pkcs11-tool --module {MODULE} --slot-index 0 --login --pin {pin} --id 01 --sign \
             --mechanism SHA256-RSA-PKCS --input-file {} --output-file {}",
            at("message"),
            at("signature")
        ))
    };
    let refused = sign(&if pin == "0000" { "0001".to_owned() } else { "0000".to_owned() });
    assert!(!refused.is_good && refused.said.contains("CKR_PIN_INCORRECT"), "{}", refused.said);
    let listed = run_tool("pkcs15-tool --dump").said;
    assert!(listed.contains("Tries left     : 2"), "{listed}");
    let signed = sign(pin);
    assert!(signed.is_good, "{}", signed.said);
    let verified = run_tool(&format!(
        "openssl dgst -sha256 -verify {} -signature {} {}",
        at("key.pem"),
        at("signature"),
        at("message")
    ));
    assert!(verified.is_good && verified.said.contains("Verified OK"), "{}", verified.said);
    let listed = run_tool("pkcs15-tool --dump").said;
    assert!(listed.contains("Tries left     : 3"), "{listed}");
}

/// What one exchange costs through the daemon, the difference of a long run and a short one of the
/// same tool. Printed, and judged by an order of magnitude: the line's speed trap costs 44 ms.
#[test]
fn an_exchange_through_the_daemon_waits_for_no_acknowledgement() {
    const TEST: &str = "card_judges::an_exchange_through_the_daemon_waits_for_no_acknowledgement";
    const MANY: u32 = 1_000;
    if role().is_none() {
        return play(host(NAMESPACES, TEST, "reader"));
    }
    die_with_the_story();
    let daemon = Daemon::start();
    let card = Card::of_person(SEED, PERSON, Kind::Normal, Quirks::default());
    with_card(card, || {
        let exchanges = |count: usize| {
            let select = "--send-apdu 00A4040C0AD392F000260100000001";
            let commands = vec!["--send-apdu 00B08A0004"; count].join(" ");
            format!("opensc-tool {select} {commands}")
        };
        run_until_good(&exchanges(1));
        let timed = |count: usize| {
            let times = (0..5).map(|_| {
                let begun = Instant::now();
                let ran = run_tool(&exchanges(count));
                assert!(ran.is_good, "{}", ran.said);
                begun.elapsed()
            });
            times.min().unwrap()
        };
        let (short, long) = (timed(1), timed(usize::try_from(MANY).unwrap() + 1));
        let each = long.saturating_sub(short) / MANY;
        println!("one exchange over pcscd and vpcd: {each:?}");
        assert!(each.as_millis() < 4, "{each:?}");
    });
    drop(daemon);
}

/// The card without any reader: what it is told comes from `myna-card`, what it answers goes there.
struct InHand(Card);

impl Transmit for InHand {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(self.0.transmit(command))
    }
}

fn in_hand(kind: Kind) -> myna_card::Card<InHand> {
    let mut card = Card::of_person(SEED, PERSON, kind, Quirks::default());
    card.power_on();
    myna_card::Card::new(InHand(card))
}

fn key_of(authority: Authority) -> RsaPublicKey {
    RsaPublicKey { exponent: vec![1, 0, 1], modulus: authority.modulus() }
}

#[test]
fn myna_card_follows_the_certificate_to_the_authority_and_signs_with_its_key() {
    let mut card = in_hand(Kind::Normal);
    let secrets = card.transport().0.secrets().unwrap().clone();
    let mut jpki = JpkiAp::select(&mut card).unwrap();
    let leaf = jpki.read_auth_certificate().unwrap();
    let carried = jpki.read_auth_ca_certificate().unwrap();
    assert_eq!(carried.der(), Authority::Authentication.certificate());
    Certificate::verify_chain(&[leaf.clone(), carried], TODAY).unwrap();
    assert!(leaf.subject().contains("訓練データ") && leaf.issuer().contains("訓練データ"));
    assert!(!authority::is_revoked(&leaf.serial_number()));
    let info = jpki.read_token_info().unwrap();
    assert_eq!((info.token_type, info.min_pin_len), (TokenType::Card, 6));
    assert!(jpki.read_certificate_availability().unwrap().has_sign_certificate());

    assert_eq!(jpki.auth_pin_retries().unwrap(), Retries::Remaining(3));
    let refused = jpki.sign_with_auth_key(SignatureScheme::Sha256DigestInfo, b"drill");
    assert!(matches!(refused, Err(Error::Status(status)) if status.value() == 0x6982));
    jpki.verify_auth_pin(&Pin::numeric(&secrets.pin).unwrap()).unwrap();
    for scheme in
        [SignatureScheme::Sha256Bare, SignatureScheme::Sha256DigestInfo, SignatureScheme::Verbatim]
    {
        jpki.sign_with_auth_key_checked(scheme, b"drill").unwrap();
    }
    jpki.verify_sign_pin(&Pin::new(&secrets.password).unwrap()).unwrap();
    let chain = [jpki.read_sign_certificate().unwrap(), jpki.read_sign_ca_certificate().unwrap()];
    Certificate::verify_chain(&chain, TODAY).unwrap();
    jpki.sign_with_sign_key_checked(SignatureScheme::Sha256DigestInfo, b"drill").unwrap();
    assert_eq!(card.transport().0.conversation().number_asked, 0);
}

#[test]
fn myna_card_reads_who_somebody_is_and_proves_that_the_card_is_there() {
    let person = People::generate(SEED, PERSON).pop().unwrap();
    let mut card = in_hand(Kind::Normal);
    let secrets = card.transport().0.secrets().unwrap().clone();
    let pin = Pin::numeric(&secrets.pin).unwrap();

    let mut text = TextAp::select(&mut card).unwrap();
    text.verify_code_b(&Pin::numeric(&secrets.code_b).unwrap()).unwrap();
    let read = text.read_attributes().unwrap();
    assert_eq!(read.split_name(), Some((person.family.written, person.given.written)));
    let born = (read.birth_date.year, read.birth_date.month, read.birth_date.day);
    assert_eq!(born, (person.birth.year, person.birth.month, person.birth.day));
    let is_male = read.sex == myna_card::data::Sex::Male;
    assert_eq!(is_male, person.sex == Sex::Male);
    text.verify_pin(&pin).unwrap();
    let issuer = text.read_certificate().unwrap();
    issuer.verify_with(&key_of(Authority::Text)).unwrap();
    let file = text.read_ef(text::ef::ATTRIBUTES).unwrap();
    let record = text.read_integrity_record().unwrap();
    record.verify(&issuer.public_key).unwrap();
    assert!(record.matches_attributes_file(&file).unwrap());
    let own = text.read_signed_public_key().unwrap();
    own.verify(&issuer.public_key).unwrap();
    let signature = text.sign(b"challenge").unwrap();
    let scheme = SignatureScheme::Sha256DigestInfo;
    scheme.verify(&own.public_key, b"challenge", &signature).unwrap();

    let mut face = SurfaceAp::select(&mut card).unwrap();
    face.verify_birth_date(&Pin::numeric(&secrets.birth_code).unwrap()).unwrap();
    let record = face.read_age_record().unwrap();
    let issuer = face.read_certificate().unwrap();
    issuer.verify_with(&key_of(Authority::Face)).unwrap();
    record.verify(&issuer.public_key).unwrap();
    assert_eq!(record.birth_date, read.birth_date);
    let challenge = face.card().get_challenge(16).unwrap();
    let signature = face.sign(&challenge).unwrap();
    scheme.verify(&record.public_key, &challenge, &signature).unwrap();
    assert_eq!(face.read_ap_basic_data().unwrap().municipality_code, "32448");

    let info = CommonAp::select(&mut card).unwrap().read_card_info().unwrap();
    assert_eq!((info.municipality_code.as_str(), info.expiry.year), ("32448", 2048));
    assert_eq!(card.transport().0.conversation().number_asked, 0);
}

#[test]
fn myna_card_sees_a_copy_a_phone_a_child_and_a_blocked_card_for_what_they_are() {
    let mut copied = in_hand(Kind::Cloned);
    let code = copied.transport().0.secrets().unwrap().code_b.clone();
    let mut text = TextAp::select(&mut copied).unwrap();
    text.verify_code_b(&Pin::numeric(code).unwrap()).unwrap();
    let own = text.read_signed_public_key().unwrap();
    let signature = text.sign(b"challenge").unwrap();
    let scheme = SignatureScheme::Sha256DigestInfo;
    let judged = scheme.verify(&own.public_key, b"challenge", &signature);
    assert!(matches!(judged, Err(Error::SignatureInvalid(_))));

    for (kind, token) in [(Kind::Android, TokenType::Android), (Kind::Iphone, TokenType::IPhone)] {
        let mut phone = in_hand(kind);
        let mut jpki = JpkiAp::select(&mut phone).unwrap();
        assert_eq!(jpki.read_token_type().unwrap(), token);
        assert!(jpki.read_auth_certificate().is_err());
        assert!(TextAp::select(&mut phone).is_err());
    }

    let mut child = in_hand(Kind::Child);
    let mut jpki = JpkiAp::select(&mut child).unwrap();
    assert!(!jpki.read_certificate_availability().unwrap().has_sign_certificate());

    let mut blocked = in_hand(Kind::Blocked);
    let mut jpki = JpkiAp::select(&mut blocked).unwrap();
    assert_eq!(jpki.auth_pin_retries().unwrap(), Retries::Blocked);
    let refused = jpki.verify_auth_pin(&Pin::numeric("0000").unwrap());
    assert!(matches!(refused, Err(Error::PinBlocked)));

    let mut old = in_hand(Kind::Expired);
    let leaf = JpkiAp::select(&mut old).unwrap().read_auth_certificate().unwrap();
    assert!(!leaf.is_valid_on(TODAY));
}

/// The files of a JPKI test card as `myna-card` ships them, served as that card would. It has no
/// keys: nobody but J-LIS has those.
struct TestCard {
    files: std::path::PathBuf,
    application: &'static str,
    selected: Vec<u8>,
}

impl TestCard {
    fn new() -> Self {
        let metadata = std::process::Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--offline", "--locked"])
            .output()
            .unwrap();
        let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).unwrap();
        let packages = metadata["packages"].as_array().unwrap();
        let package = packages.iter().find(|package| package["name"] == "myna-card").unwrap();
        let manifest = Path::new(package["manifest_path"].as_str().unwrap());
        let files = manifest.parent().unwrap().join("tests/fixtures");
        Self { files, application: "", selected: Vec::new() }
    }

    fn file(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.files.join(name)).unwrap()
    }

    fn select(&mut self, number: u16) -> bool {
        let name = match (self.application, number) {
            ("jpki", 0x000a) => "jpki-auth-cert.der",
            ("jpki", 0x000b) => "jpki-auth-ca-cert.der",
            ("text", 0x0002) => "text-0002.bin",
            ("text", 0x0004) => "text-0004.bin",
            ("text", 0x0007) => "text-0007.bin",
            // PIN and code: any is right.
            ("text", 0x0011 | 0x0015) => return true,
            _ => return false,
        };
        self.selected = self.file(name);
        true
    }
}

impl Line for TestCard {
    fn exchange(&mut self, command: &[u8]) -> Result<Vec<u8>, CardFault> {
        let status = |good: bool| if good { vec![0x90, 0x00] } else { vec![0x6a, 0x82] };
        Ok(match *command {
            [0x00, 0xa4, 0x04, 0x0c, _, ref name @ ..] => {
                self.application = match name {
                    name if name == jpki::DF => "jpki",
                    name if name == text::DF => "text",
                    _ => "",
                };
                status(!self.application.is_empty())
            }
            [0x00, 0xa4, 0x02, 0x0c, 0x02, high, low] => {
                status(self.select(u16::from_be_bytes([high, low])))
            }
            [0x00, 0xb0, high, low, wanted] => {
                let from = usize::from(u16::from_be_bytes([high, low]));
                let wanted = if wanted == 0 { 256 } else { usize::from(wanted) };
                match self.selected.get(from..) {
                    None | Some([]) => vec![0x6b, 0x00],
                    Some(rest) => [&rest[..wanted.min(rest.len())], &[0x90, 0x00]].concat(),
                }
            }
            [0x00, 0x20, 0x00, 0x80] => vec![0x63, 0xca],
            [0x00, 0x20, 0x00, 0x80, ..] => status(true),
            _ => vec![0x6d, 0x00],
        })
    }
}

/// The same card for `myna-card` itself.
struct AsMynaCard(TestCard);

impl Transmit for AsMynaCard {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(self.0.exchange(command).expect("a card in the hand"))
    }
}

#[test]
fn our_reader_reads_a_test_card_as_myna_card_does() {
    const TAG_KEY: [u8; 32] = [9; 32];
    let mut judge = myna_card::Card::new(AsMynaCard(TestCard::new()));
    let certificate = JpkiAp::select(&mut judge).unwrap().read_auth_certificate().unwrap();
    let attributes = TextAp::select(&mut judge).unwrap().read_attributes().unwrap();

    // The town believes the authority of test cards.
    let folder = tempfile::tempdir().unwrap();
    let authority = TestCard::new().file("jpki-auth-ca-cert.der");
    std::fs::write(folder.path().join("authentication.cer"), authority).unwrap();
    std::fs::write(folder.path().join("text.cer"), Authority::Text.certificate()).unwrap();
    let config = CardsConfig { authorities: Some(folder.path().into()), ..CardsConfig::default() };
    let node = digiana_core::id::NodeId([7; 32]);
    let checks = |config: &CardsConfig| {
        let trust = Trust::configured(config).unwrap();
        let known = |_| Known { is_known: true, keys: Vec::new() };
        Checks::new(TagKey::new(TAG_KEY), node, trust, noon, known)
    };
    let issuer = certificate.inner().tbs_certificate().issuer();
    let issuer = x509_cert::der::Encode::to_der(issuer).unwrap();
    let token =
        TokenTag::of_certificate(&TagKey::new(TAG_KEY), &issuer, &certificate.serial_number());
    let ours = checks(&config);
    let (met, _) = ours.meet(TestCard::new());
    let expected = Presented {
        token,
        assurance: Assurance::Listed,
        is_my_number: true,
        would_not_sign: false,
    };
    assert_eq!(met, Ok(expected));

    let asked = Asked::open(Secret::Pin, "1234").unwrap();
    let Ok(Read::Opened { holder, key, .. }) = ours.enrol(TestCard::new(), &asked) else {
        panic!("the test card opens")
    };
    let born = attributes.birth_date;
    assert_eq!((holder.name, holder.address), (attributes.name, attributes.address));
    assert_eq!(holder.birth, (born.year, born.month, born.day));
    // Its record is signed by an authority that this town does not believe, and it cannot sign.
    assert_eq!(key, None);

    // A town of real people takes no test card.
    let (met, _) = checks(&CardsConfig::default()).meet(TestCard::new());
    assert_eq!(met, Err(Unmet::TurnedAway(TurnedAway::Untrusted)));
}
