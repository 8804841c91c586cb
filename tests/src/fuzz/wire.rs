//! What comes over a link: pieces of a stream, frames, signed reports.

use digiana_core::id::TownId;
use digiana_core::receipt::Report;
use digiana_core::sign::{Domain, Scheme};
use digiana_core::sync::frame::Frame;
use digiana_core::wire::Malformed;
use digiana_node::mesh::framing::{Deframer, Heard, put_frame};

use super::cursor::Cursor;
use super::keys::signer;

/// Says where the fault lies, and that this is inside the bytes or at their end.
pub(super) fn has_a_place(why: &Malformed, bytes: &[u8]) {
    let (Malformed::EndsEarly { at }
    | Malformed::TrailingBytes { at }
    | Malformed::NotCanonical { at }
    | Malformed::OverLimit { at, .. }
    | Malformed::Unnamed { at, .. }) = why;
    assert!(*at <= bytes.len(), "{why} of {} bytes", bytes.len());
}

/// A frame that is read is written as it came; spare bits of a hello alone are forgotten.
pub(super) fn frame(bytes: &[u8]) {
    match Frame::read(bytes) {
        Err(why) => has_a_place(&why, bytes),
        Ok(frame) => {
            let written = frame.to_bytes();
            if let Frame::Hello(_) = frame {
                assert_eq!(Frame::read(&written), Ok(frame));
            } else {
                assert_eq!(written, bytes);
            }
        }
    }
}

/// A stream is cut into the same frames whatever pieces it comes in, and they make it up again.
pub(super) fn stream(bytes: &[u8]) {
    let mut cursor = Cursor::new(bytes);
    let piece = 1 + usize::from(cursor.byte());
    let stream = cursor.rest();
    let whole = cut(stream, stream.len().max(1));
    assert_eq!(cut(stream, piece), whole);
    if let (heard, None, true) = whole {
        let mut again = Vec::new();
        for one in heard {
            put_frame(&mut again, if let Heard::Frame(frame) = &one { frame } else { &[] });
        }
        assert_eq!(again, stream);
    }
}

/// What is heard, why nothing more is, and whether the stream may end there.
fn cut(stream: &[u8], piece: usize) -> (Vec<Heard>, Option<String>, bool) {
    let mut deframer = Deframer::default();
    let mut heard = Vec::new();
    for mut bytes in stream.chunks(piece) {
        loop {
            match deframer.take(&mut bytes) {
                Ok(Some(one)) => heard.push(one),
                Ok(None) => break,
                Err(why) => return (heard, Some(why.to_string()), false),
            }
        }
    }
    let ended = deframer.is_between_frames();
    (heard, None, ended)
}

/// A report is a node's word to the byte. The body is signed here, so that it is looked at too.
pub(super) fn report(bytes: &[u8]) {
    let town = TownId([1; 32]);
    let as_it_came = Report::read(Scheme::Simulated, town, &bytes.into());
    if let Ok(report) = &as_it_came {
        assert_eq!(report.bytes().as_ref(), bytes);
    }
    assert!(as_it_came.is_err() || Report::claim(bytes).is_ok());

    let mut cursor = Cursor::new(bytes);
    let kind = cursor.byte();
    let body = cursor.rest();
    let signer = signer(3);
    let domain = if kind == 1 { Domain::Receipt } else { Domain::Alive };
    let signature = signer.sign(domain, &[town.as_bytes(), body]);
    let mut signed = vec![kind];
    signed.extend_from_slice(&signer.public());
    signed.extend_from_slice(&signature.0);
    signed.extend_from_slice(body);
    if let Ok(report) = Report::read(Scheme::Simulated, town, &signed.as_slice().into()) {
        let claim = Report::claim(&signed).expect("what is read can be looked at before");
        assert_eq!(report.bytes().as_ref(), signed);
        assert_eq!((report.node, report.scope()), (claim.node, claim.scope));
        assert_eq!((report.counter(), report.node), (claim.counter, signer.node()));
    }
}
