//! What comes over sockets of the same machine: requests, answers, virtual cards.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use digiana_core::engine::folds::Folds;
use digiana_core::limits::FACTS_PER_COMMAND_MAX;
use digiana_core::token::{UID_BYTES_MAX, UID_BYTES_MIN};
use digiana_node::control::{Request, Response};
use digiana_node::reader::virtual_reader::read_uid;
use digiana_node::road::command_of;

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

/// Whatever a card says, the reader comes to an end with it: a number that a card can have, or a
/// fault.
pub(super) fn card(bytes: &[u8]) {
    let mut line = tokio::io::join(bytes, tokio::io::sink());
    let conversation = pin!(read_uid(&mut line));
    let told = conversation.poll(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(told) = told else { panic!("a line that is at its end keeps nobody waiting") };
    match told {
        Ok(uid) => {
            let len = uid.as_bytes().len();
            assert!((UID_BYTES_MIN..=UID_BYTES_MAX).contains(&len));
            assert!(bytes.windows(len).any(|run| run == uid.as_bytes()));
        }
        Err(why) => assert!(!why.to_string().is_empty()),
    }
}
