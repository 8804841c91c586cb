//! Frames on a stream: each behind its length, a length of nothing is a heartbeat.
//!
//! ```text
//! stream    = *( heartbeat / frame )
//! heartbeat = 00
//! frame     = varint length (1 ..= 65536, LEB128, shortest form), that many bytes
//! ```

use digiana_core::{limits, wire};
use iroh::endpoint::{ConnectionError, ReadError, RecvStream};
use tokio::time::timeout;

use super::endpoint::end_of_connection;
use super::event::{LinkEnd, PeerMisbehaved};
use super::limits::{READ_BYTES, SILENCE_GRACE, SILENCE_MAX};

/// A heartbeat as it stands on the stream.
pub(super) const HEARTBEAT: [u8; 1] = [0];

/// One thing heard on a stream.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// The peer lives.
    Heartbeat,
    /// A whole frame.
    Frame(Vec<u8>),
    /// The peer finished its stream, between two frames.
    Finished,
}

/// Appends `frame` behind its length.
pub fn put_frame(out: &mut Vec<u8>, frame: &[u8]) {
    wire::put_run(out, frame);
}

/// Cuts a stream of bytes into frames, whatever pieces it comes in.
#[derive(Debug)]
pub struct Deframer {
    state: State,
}

#[derive(Debug)]
enum State {
    Length { value: u64, shift: u32 },
    Body { len: usize, body: Vec<u8> },
}

const BETWEEN_FRAMES: State = State::Length { value: 0, shift: 0 };

/// The shift of the last length byte that a frame within the limit can have.
const LAST_SHIFT: u32 = 14;
const _: () = assert!(limits::FRAME_BYTES_MAX < 1 << (LAST_SHIFT + 7));

impl Default for Deframer {
    /// It waits for the first length.
    fn default() -> Self {
        Self { state: BETWEEN_FRAMES }
    }
}

impl Deframer {
    /// Whether the stream may end here.
    pub fn is_between_frames(&self) -> bool {
        matches!(self.state, State::Length { shift: 0, .. })
    }

    /// Takes from the front of `bytes` until one thing is whole; `None` when more bytes are needed.
    ///
    /// # Errors
    /// [`PeerMisbehaved`] when a length is over the limit or not in its shortest form. No memory is
    /// taken for bytes that have not come.
    pub fn take(&mut self, bytes: &mut &[u8]) -> Result<Option<Heard>, PeerMisbehaved> {
        loop {
            match &mut self.state {
                State::Length { value, shift } => {
                    let Some((&byte, rest)) = bytes.split_first() else { return Ok(None) };
                    *bytes = rest;
                    *value |= u64::from(byte & 0x7f) << *shift;
                    if byte & 0x80 != 0 {
                        if *shift == LAST_SHIFT {
                            let len = *value | 1 << (LAST_SHIFT + 7);
                            return Err(PeerMisbehaved::FrameTooLong { len });
                        }
                        *shift += 7;
                        continue;
                    }
                    if byte == 0 && *shift > 0 {
                        return Err(PeerMisbehaved::LengthNotCanonical);
                    }
                    let len = *value;
                    self.state = BETWEEN_FRAMES;
                    match usize::try_from(len) {
                        Ok(0) => return Ok(Some(Heard::Heartbeat)),
                        Ok(fits) if fits <= limits::FRAME_BYTES_MAX => {
                            self.state = State::Body { len: fits, body: Vec::new() };
                        }
                        _ => return Err(PeerMisbehaved::FrameTooLong { len }),
                    }
                }
                State::Body { len, body } => {
                    let missing = *len - body.len();
                    let (here, rest) = bytes.split_at(missing.min(bytes.len()));
                    body.extend_from_slice(here);
                    *bytes = rest;
                    if body.len() < *len {
                        return Ok(None);
                    }
                    let frame = std::mem::take(body);
                    self.state = BETWEEN_FRAMES;
                    return Ok(Some(Heard::Frame(frame)));
                }
            }
        }
    }
}

/// Reads one stream, and counts the peer's silence only while it really waits for the peer.
#[derive(Debug)]
pub(super) struct FrameReader {
    recv: RecvStream,
    deframer: Deframer,
    buffer: Vec<u8>,
    // Invariant: `at <= filled <= buffer.len()`; the bytes between are read and not yet cut.
    at: usize,
    filled: usize,
}

impl FrameReader {
    /// Reads `recv` from its beginning.
    pub(super) fn new(recv: RecvStream) -> Self {
        Self { recv, deframer: Deframer::default(), buffer: vec![0; READ_BYTES], at: 0, filled: 0 }
    }

    /// The next thing on the stream.
    ///
    /// Not to be given up and called again: a frame in pieces survives that, the clock of the
    /// silence does not.
    ///
    /// # Errors
    /// Why the link is over.
    pub(super) async fn next(&mut self) -> Result<Heard, LinkEnd> {
        loop {
            let mut fresh = self.buffer.get(self.at..self.filled).unwrap_or_default();
            let before = fresh.len();
            let heard = self.deframer.take(&mut fresh)?;
            self.at += before - fresh.len();
            if let Some(heard) = heard {
                return Ok(heard);
            }
            match self.read().await? {
                Some(len) => (self.at, self.filled) = (0, len),
                None if self.deframer.is_between_frames() => return Ok(Heard::Finished),
                None => return Err(PeerMisbehaved::CutInsideFrame.into()),
            }
        }
    }

    /// Reads and forgets until the peer finishes or the connection ends.
    pub(super) async fn drain(&mut self) {
        while let Ok(Some(_)) = self.recv.read(&mut self.buffer).await {}
    }

    async fn read(&mut self) -> Result<Option<usize>, LinkEnd> {
        // Two patiences, because a machine that was held up wakes to an expired clock while what
        // the peer said meanwhile still waits in the socket.
        for patience in [SILENCE_MAX, SILENCE_GRACE] {
            if let Ok(read) = timeout(patience, self.recv.read(&mut self.buffer)).await {
                return read.map_err(end_of_reading);
            }
        }
        Err(LinkEnd::Silent)
    }
}

fn end_of_reading(error: ReadError) -> LinkEnd {
    match error {
        ReadError::ConnectionLost(lost) => end_of_connection(&lost),
        ReadError::Reset(_) | ReadError::ClosedStream | ReadError::ZeroRttRejected => {
            end_of_connection(&ConnectionError::Reset)
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    fn cut(stream: &[u8], piece: usize) -> Result<Vec<Heard>, PeerMisbehaved> {
        let mut deframer = Deframer::default();
        let mut heard = Vec::new();
        for mut bytes in stream.chunks(piece) {
            while let Some(one) = deframer.take(&mut bytes)? {
                heard.push(one);
            }
        }
        Ok(heard)
    }

    #[test]
    fn frames_come_out_whole_whatever_pieces_they_came_in() {
        let longest = vec![7; limits::FRAME_BYTES_MAX];
        let mut stream = HEARTBEAT.to_vec();
        put_frame(&mut stream, b"tap");
        put_frame(&mut stream, &longest);
        stream.extend(HEARTBEAT);
        for piece in [1, 2, 3, 1000, stream.len()] {
            let heard = cut(&stream, piece).unwrap();
            let [Heard::Heartbeat, Heard::Frame(tap), Heard::Frame(long), Heard::Heartbeat] =
                heard.as_slice()
            else {
                panic!("{} things heard", heard.len())
            };
            assert_eq!((tap.as_slice(), long == &longest), (b"tap".as_slice(), true));
        }
    }

    #[test]
    fn a_length_over_the_limit_is_refused_before_its_bytes_come() {
        let over = u64::try_from(limits::FRAME_BYTES_MAX).unwrap() + 1;
        for len in [over, 1 << 21, 1 << 40, u64::MAX] {
            let mut stream = Vec::new();
            wire::put_varint(&mut stream, len);
            let refused = cut(&stream, stream.len()).unwrap_err();
            let PeerMisbehaved::FrameTooLong { len: told } = refused else { panic!("{refused}") };
            assert!(told >= over && told <= len);
        }
    }

    #[test]
    fn a_length_has_one_spelling() {
        assert_eq!(cut(&[0x80, 0x00], 2), Err(PeerMisbehaved::LengthNotCanonical));
        assert_eq!(cut(&[0x83, 0x80, 0x00], 1), Err(PeerMisbehaved::LengthNotCanonical));
    }

    #[test]
    fn a_quiet_frame_pays_one_byte_for_its_length() {
        let mut stream = Vec::new();
        put_frame(&mut stream, &[1; 40]);
        assert_eq!(stream.len(), 41);
    }
}
