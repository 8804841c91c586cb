//! Who is there: what a card says without any PIN, and whether it can prove it.
//!
//! A My Number card shows its certificate, which names a token, and signs a challenge of ours with
//! a key that never leaves it. A copy of the certificate on another card cannot do the second. Any
//! other card tells its number, and nothing more is made of it. Nobody's PIN is asked for here, and
//! the file of the 12-digit number is never selected.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use digiana_core::fact::shelter::Assurance;
use digiana_core::id::NodeId;
use digiana_core::time::{Confidence, Wall};
use digiana_core::token::proof::ProofKey;
use digiana_core::token::{TagKey, TokenTag};
use myna_card::ap::common::CommonAp;
use myna_card::ap::jpki::{self, TokenType};
use myna_card::ap::text::TextAp;
use myna_card::data::RsaPublicKey;
use myna_card::{Card, Certificate, Command, Error};
use rand::TryRng as _;
use rand::rngs::SysRng;
use x509_cert::der::Encode as _;

use super::bounds::{Bounded, Cost, Line};
use super::card::{CardFault, CardUid, Presented, TurnedAway, Unmet};
use super::trust::Trust;

/// What a challenge is for, so that no signature of a card means anything else.
const CHALLENGE_DOMAIN: &[u8] = b"digiana/card-proof/1\0";

/// "Get data: the card's number", PC/SC part 3, which the reader answers and not the card.
const GET_UID: [u8; 4] = [0xff, 0xca, 0x00, 0x00];

/// How much of a certificate is read first: it holds the number, the issuer and the dates.
const HEAD_BYTES: u32 = 256;

/// The most bytes of a certificate that is read. JPKI's have some 1,600.
const CERTIFICATE_BYTES_MAX: usize = 4_096;

/// How many certificates are remembered, so that a card that comes again is not read in full.
const REMEMBERED_MAX: usize = 8_192;

/// The fewest bits of an RSA key that proves anything.
const RSA_BITS_MIN: usize = 2_048;

/// What the town knows of a token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// Whether it stands for anybody, in whatever state.
    pub is_known: bool,
    /// The keys it may prove itself with.
    pub keys: Vec<ProofKey>,
}

/// What becomes of an unknown card of another town.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guests {
    /// At a tap it is told so.
    SentToTheDesk,
    /// At the desk it is a card like any other.
    AtTheDesk,
}

/// Whether a card proved that it is no copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// It signed, with a key that a desk took down.
    Given,
    /// It would not sign.
    Refused,
    /// It signed with another key than the one that a desk took down.
    OtherKey,
    /// No desk has taken a key down.
    NotAsked,
}

/// What a reader needs to judge a card.
pub struct Checks {
    /// The town's key for tags.
    pub tag_key: TagKey,
    /// This node, which a challenge names.
    pub node: NodeId,
    /// Whom the town believes.
    pub trust: Trust,
    /// The one clock of the node.
    pub clock: fn() -> Wall,
    /// What the replica says of a token.
    pub known: Box<dyn Fn(TokenTag) -> Known + Send + Sync>,
    remembered: Mutex<BTreeMap<[u8; 16], Remembered>>,
}

/// A certificate that was read in full, and believed.
#[derive(Debug, Clone)]
struct Remembered {
    token: TokenTag,
    // Unix seconds of the first and the last moment.
    valid: (i64, i64),
    issuer: Vec<u8>,
    serial: Vec<u8>,
}

impl fmt::Debug for Checks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Checks({:?})", self.node)
    }
}

impl Checks {
    /// A reader that has seen no card yet.
    pub fn new(
        tag_key: TagKey,
        node: NodeId,
        trust: Trust,
        clock: fn() -> Wall,
        known: impl Fn(TokenTag) -> Known + Send + Sync + 'static,
    ) -> Self {
        let remembered = Mutex::default();
        Self { tag_key, node, trust, clock, known: Box::new(known), remembered }
    }

    /// Finds out who is there; what that cost comes with it.
    ///
    /// # Errors
    /// [`Unmet`]: the card could not be read, or is turned away.
    pub fn meet(&self, line: impl Line) -> (Result<Presented, Unmet>, Cost) {
        let (met, cost) = self.meet_as(Guests::SentToTheDesk, line);
        let genuine = |(card, proof)| match proof {
            Proof::OtherKey => Err(TurnedAway::NotGenuine.into()),
            Proof::Given | Proof::Refused | Proof::NotAsked => Ok(card),
        };
        (met.and_then(genuine), cost)
    }

    /// The same at a desk, which judges what a card's proof is worth, or not.
    pub(super) fn meet_as(
        &self,
        guests: Guests,
        line: impl Line,
    ) -> (Result<(Presented, Proof), Unmet>, Cost) {
        let mut card = Card::new(Bounded::new(line));
        let met = self.identify(guests, &mut card);
        // Whatever a card was taken for after its line had ended, the end is what is told.
        let met = card.transport().fault().map_or(met, |fault| Err(Unmet::Fault(fault)));
        (met, card.transport().cost())
    }

    fn identify<L: Line>(
        &self,
        guests: Guests,
        card: &mut Card<Bounded<L>>,
    ) -> Result<(Presented, Proof), Unmet> {
        if !select_awake(card)? {
            return Ok((self.by_number(card)?, Proof::NotAsked));
        }
        let Some(certificate) = self.certificate(card)? else {
            return Err(no_certificate(card)?.into());
        };
        let now = (self.clock)();
        // A clock that may be wrong turns nobody away.
        let is_sure = now.confidence != Confidence::Unsure;
        let (first, last) = certificate.valid;
        if is_sure && !(first..=last).contains(&now.seconds) {
            return Err(TurnedAway::Expired.into());
        }
        if self.trust.is_revoked(&certificate.issuer, &certificate.serial) {
            return Err(TurnedAway::Revoked.into());
        }
        let token = certificate.token;
        let known = (self.known)(token);
        if !known.is_known && guests == Guests::SentToTheDesk {
            self.is_of_this_town(card)?;
        }
        let proof = self.prove(card, &known.keys, now);
        let card = Presented {
            token,
            assurance: if proof == Proof::Given { Assurance::Proven } else { Assurance::Listed },
            is_my_number: true,
            would_not_sign: proof == Proof::Refused,
        };
        Ok((card, proof))
    }

    /// Any other card is known by its number.
    fn by_number<L: Line>(&self, card: &mut Card<Bounded<L>>) -> Result<Presented, Unmet> {
        let [class, instruction, p1, p2] = GET_UID;
        let answer = card.call(&Command::with_le(class, instruction, p1, p2, 256));
        let answer = answer.map_err(|error| fault_of(&error))?;
        if !answer.status.is_success() {
            return Err(CardFault::Refused(answer.status.value()).into());
        }
        let uid = CardUid::new(&answer.data)?;
        Ok(Presented::by_number(uid.token_tag(&self.tag_key)))
    }

    /// The certificate for proving who somebody is; none where the card shows none.
    fn certificate<L: Line>(
        &self,
        card: &mut Card<Bounded<L>>,
    ) -> Result<Option<Remembered>, Unmet> {
        let selected = card.select_ef(jpki::ef::AUTH_CERTIFICATE);
        let head = match selected.and_then(|()| card.read_binary_chunk(0, HEAD_BYTES)) {
            Ok(head) => head,
            Err(Error::Status(_) | Error::PinIncorrect { .. } | Error::PinBlocked) => {
                return Ok(None);
            }
            Err(error) => return Err(fault_of(&error).into()),
        };
        // What tells certificates apart is in all of these bytes: a shorter beginning might be anybody's.
        let is_whole = u32::try_from(head.len()) == Ok(HEAD_BYTES);
        let name = is_whole.then(|| name_of(&head));
        if let Some(held) = name.and_then(|name| self.remembered().get(&name).cloned()) {
            return Ok(Some(held));
        }
        let der = rest_of(card, head)?;
        let certificate = Certificate::parse(&der).map_err(|_| CardFault::BadCertificate)?;
        self.trust.believes(&certificate)?;
        let issuer = certificate.inner().tbs_certificate().issuer().to_der();
        let issuer = issuer.map_err(|_| CardFault::BadCertificate)?;
        let serial = certificate.serial_number();
        let token = TokenTag::of_certificate(&self.tag_key, &issuer, &serial);
        let validity = certificate.inner().tbs_certificate().validity();
        let seconds = |time: x509_cert::time::Time| {
            i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
        };
        let valid = (seconds(validity.not_before), seconds(validity.not_after));
        let held = Remembered { token, valid, issuer, serial };
        if let Some(name) = name {
            let mut remembered = self.remembered();
            if remembered.len() >= REMEMBERED_MAX {
                // More cards than a town has: whoever comes again is read again.
                remembered.clear();
            }
            remembered.insert(name, held.clone());
        }
        Ok(Some(held))
    }

    /// Whether a card that nobody knows is another town's, which its holder should hear.
    fn is_of_this_town<L: Line>(&self, card: &mut Card<Bounded<L>>) -> Result<(), Unmet> {
        if !self.trust.knows_municipality() {
            return Ok(());
        }
        // A card without that application says nothing of its town.
        let told = CommonAp::select(card).and_then(|mut common| common.read_card_info());
        match told {
            Ok(told) if self.trust.is_other_town(&told.municipality_code) => {
                Err(TurnedAway::OtherTown.into())
            }
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Has the card sign a challenge that is good here and now only. Without a key to hold it to
    /// nothing is asked; a card that will not sign is one that only shows what can be copied.
    fn prove<L: Line>(&self, card: &mut Card<Bounded<L>>, keys: &[ProofKey], now: Wall) -> Proof {
        let keys: Vec<RsaPublicKey> = keys.iter().filter_map(usable).collect();
        if keys.is_empty() {
            return Proof::NotAsked;
        }
        let challenge = self.challenge(now);
        let signed = TextAp::select(card).and_then(|mut text| text.sign(&challenge));
        let Ok(signature) = signed else { return Proof::Refused };
        let proves = |key: &RsaPublicKey| key.verify_pkcs1_sha256(&challenge, &signature).is_ok();
        if keys.iter().any(proves) { Proof::Given } else { Proof::OtherKey }
    }

    /// `domain ‖ node 32 ‖ Unix seconds 8 ‖ 16 random bytes`: it says itself what it is for, and
    /// comes once.
    pub(super) fn challenge(&self, now: Wall) -> Vec<u8> {
        let mut random = [0; 16];
        SysRng.try_fill_bytes(&mut random).expect("a node without randomness does not start");
        [CHALLENGE_DOMAIN, self.node.as_bytes(), &now.seconds.to_be_bytes(), &random].concat()
    }

    fn remembered(&self) -> std::sync::MutexGuard<'_, BTreeMap<[u8; 16], Remembered>> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Selects JPKI's application; false where the card has none. A card that fails its first command
/// is only waking up.
fn select_awake<L: Line>(card: &mut Card<Bounded<L>>) -> Result<bool, Unmet> {
    const NOT_AWAKE: u16 = 0x6f00;
    let mut selected = card.select_df(&jpki::DF);
    if matches!(&selected, Err(Error::Status(status)) if status.value() == NOT_AWAKE) {
        selected = card.select_df(&jpki::DF);
    }
    match selected {
        Ok(()) => Ok(true),
        Err(Error::Status(_) | Error::PinIncorrect { .. } | Error::PinBlocked) => Ok(false),
        Err(error) => Err(fault_of(&error).into()),
    }
}

/// What has JPKI's application and shows no certificate: a phone, which asks for its PIN first.
fn no_certificate<L: Line>(card: &mut Card<Bounded<L>>) -> Result<TurnedAway, Unmet> {
    let told = card.select_ef(jpki::ef::TOKEN_INFO).and_then(|()| card.read_binary_chunk(0, 32));
    match told.map(|label| TokenType::from_bytes(&label)) {
        Ok(TokenType::Android | TokenType::IPhone) => Ok(TurnedAway::Phone),
        Ok(_) | Err(_) => Ok(TurnedAway::NoCertificate),
    }
}

/// Reads a certificate to the end that its own length gives, in the chunks of short commands.
fn rest_of<L: Line>(card: &mut Card<Bounded<L>>, head: Vec<u8>) -> Result<Vec<u8>, Unmet> {
    let [0x30, 0x82, high, low, ..] = head.as_slice() else {
        return Err(CardFault::BadCertificate.into());
    };
    let length = usize::from(u16::from_be_bytes([*high, *low])) + 4;
    if length > CERTIFICATE_BYTES_MAX {
        return Err(CardFault::BadCertificate.into());
    }
    let mut der = head;
    while der.len() < length {
        let wanted = u32::try_from(length - der.len()).unwrap_or(HEAD_BYTES).min(HEAD_BYTES);
        match card.read_binary_chunk(der.len(), wanted) {
            Ok(chunk) if !chunk.is_empty() => der.extend(chunk),
            // It ends before the end that it gives itself.
            Ok(_) | Err(Error::Status(_)) => return Err(CardFault::BadCertificate.into()),
            Err(error) => return Err(fault_of(&error).into()),
        }
    }
    der.truncate(length);
    Ok(der)
}

/// What a certificate is remembered by: a hash, so that nothing of it lies about.
fn name_of(head: &[u8]) -> [u8; 16] {
    let mut name = [0; 16];
    blake3::Hasher::new_derive_key("digiana/card-head/1")
        .update(head)
        .finalize_xof()
        .fill(&mut name);
    name
}

/// A key that this reader can hold a card to.
pub(super) fn usable(key: &ProofKey) -> Option<RsaPublicKey> {
    let (exponent, modulus) = key.as_rsa()?;
    let key = RsaPublicKey { exponent: exponent.to_vec(), modulus: modulus.to_vec() };
    (key.bits() >= RSA_BITS_MIN).then_some(key)
}

/// What an error of the conversation is to the person at the reader. Where the line ended, the line
/// knows better.
pub(super) fn fault_of(error: &Error) -> CardFault {
    if let Error::Status(status) = error {
        CardFault::Refused(status.value())
    } else if let Error::ShortResponse(bytes) = error {
        CardFault::ReplyTooShort { bytes: *bytes }
    } else {
        CardFault::OutOfTurn
    }
}
