//! What comes over sockets of the same machine: requests, answers, virtual cards.

use std::sync::{Arc, OnceLock};

use digiana_core::engine::folds::Folds;
use digiana_core::fact::shelter::Assurance;
use digiana_core::limits::FACTS_PER_COMMAND_MAX;
use digiana_core::token::proof::ProofKey;
use digiana_node::control::{Request, Response};
use digiana_node::reader::bounds::{EXCHANGES_MAX, Line};
use digiana_node::reader::card::CardFault;
use digiana_node::reader::enrol::{Asked, Read, Secret};
use digiana_node::reader::identify::{Checks, Known};
use digiana_node::road::command_of;

use crate::readers;

/// A request that is read is the request that is written, and an import's is a command within the
/// bounds of commands or a sentence.
pub(super) fn control_request(bytes: &[u8]) {
    let request = match Request::read(bytes) {
        Ok(request) => request,
        Err(why) => {
            assert!(!why.is_empty() && why.len() < 1_000 + 8 * bytes.len(), "{why}");
            return;
        }
    };
    let line = serde_json::to_vec(&request).expect("texts and numbers are JSON");
    assert_eq!(Request::read(&line).as_ref(), Ok(&request));
    let asked = match &request {
        Request::Edits { edits, .. } => edits.len(),
        Request::LinkTokens { links } => links.len(),
        Request::Status
        | Request::Outcomes { .. }
        | Request::Pause { .. }
        | Request::Resume { .. }
        | Request::Journals
        | Request::Incident { .. }
        | Request::Site { .. }
        | Request::Charge { .. } => 0,
    };
    let command = command_of(&request, &Folds::default());
    assert!(command.is_err() || (1..=FACTS_PER_COMMAND_MAX).contains(&asked));
}

pub(super) fn control_response(bytes: &[u8]) {
    if let Ok(response) = serde_json::from_slice::<Response>(bytes) {
        let line = serde_json::to_vec(&response).expect("texts and numbers are JSON");
        assert_eq!(serde_json::from_slice::<Response>(&line).ok(), Some(response));
    }
}

/// A card that answers what an input says, each answer behind its length in two bytes; then it is
/// gone.
struct Scripted<'a>(&'a [u8]);

impl Line for Scripted<'_> {
    fn exchange(&mut self, _: &[u8]) -> Result<Vec<u8>, CardFault> {
        let (length, rest) = self.0.split_first_chunk().ok_or(CardFault::PulledTooSoon)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (answer, rest) = rest.split_at_checked(length).ok_or(CardFault::PulledTooSoon)?;
        self.0 = rest;
        Ok(answer.to_vec())
    }
}

/// Whatever a card says, the conversation comes to an end, and nobody is proven by it: the key that
/// every card here is held to is nobody's.
pub(super) fn card(bytes: &[u8]) {
    static CHECKS: OnceLock<Arc<Checks>> = OnceLock::new();
    let checks = CHECKS.get_or_init(|| {
        let key = ProofKey::rsa(&[1, 0, 1], &[0xc5; 256]).expect("2048 bits are a key");
        readers::checks_with(move |_| Known { is_known: true, keys: vec![key.clone()] })
    });
    let (met, cost) = checks.meet(Scripted(bytes));
    assert!(cost.exchanges <= EXCHANGES_MAX && cost.received <= bytes.len());
    match met {
        Ok(card) => assert_eq!(card.assurance, Assurance::Listed),
        Err(why) => assert!(!why.to_string().is_empty()),
    }
    for asked in
        [Asked::Tries, opening(Secret::Pin, "1234"), opening(Secret::CodeB, "40010120481234")]
    {
        match checks.enrol(Scripted(bytes), &asked) {
            Ok(Read::Opened { key, .. }) => assert!(key.is_none(), "no authority vouches for it"),
            Ok(Read::Tries { .. }) => assert!(matches!(asked, Asked::Tries)),
            Err(why) => assert!(!why.to_string().is_empty()),
        }
    }
}

fn opening(secret: Secret, typed: &str) -> Asked {
    Asked::open(secret, typed).expect("these are digits")
}
