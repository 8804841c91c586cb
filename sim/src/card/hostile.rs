//! How hostile cards spoil answers that were right.

use std::time::Duration;

use super::Answer;
use super::kind::Kind;

/// How long a slow card takes.
const SLOWNESS: Duration = Duration::from_secs(2);

/// The most bytes a line to a reader can carry in one answer, two of them the status.
const ANSWER_BYTES_MAX: usize = 0xffff;

/// Every which answer of a confused card is a stray one.
const STRAY_EVERY: usize = 3;

/// Status words that mean nothing, mean something else here, or ask for what never comes.
const STRAY: [[u8; 2]; 10] = [
    [0x00, 0x00],
    [0x6c, 0x00],
    [0x6f, 0xff],
    [0x90, 0x01],
    [0x63, 0xcf],
    [0x61, 0x00],
    [0xff, 0xff],
    [0x69, 0x84],
    [0x6c, 0x01],
    [0x12, 0x34],
];

const READ_BINARY: u8 = 0xb0;
const READ_RECORD: u8 = 0xb2;
const GET_RESPONSE: u8 = 0xc0;

/// What becomes of answers on their way out.
pub(super) struct Manner {
    kind: Kind,
    answers: usize,
}

impl Manner {
    pub(super) fn of(kind: Kind) -> Self {
        Self { kind, answers: 0 }
    }

    /// The answer that leaves the card instead of the right one.
    pub(super) fn twist(&mut self, command: &[u8], honest: Vec<u8>) -> Answer {
        self.answers = self.answers.wrapping_add(1);
        let instruction = command.get(1).copied();
        let reads =
            instruction.is_some_and(|it| [READ_BINARY, READ_RECORD, GET_RESPONSE].contains(&it));
        if self.kind == Kind::Silent {
            return Answer::Never;
        }
        if self.kind == Kind::Slow {
            return Answer::After(SLOWNESS, honest);
        }
        let twisted = if self.kind == Kind::OneByte {
            honest.into_iter().take(1).collect()
        } else if self.kind == Kind::EndlessMore && reads {
            [[0x30; 16].as_slice(), &[0x61, 0xff]].concat()
        } else if self.kind == Kind::Huge && reads {
            [vec![0x30; ANSWER_BYTES_MAX - 2], vec![0x90, 0x00]].concat()
        } else if self.kind == Kind::StrayStatus && self.answers.is_multiple_of(STRAY_EVERY) {
            let stray = STRAY.get(self.answers / STRAY_EVERY % STRAY.len());
            stray.expect("a remainder is below its divisor").to_vec()
        } else {
            honest
        };
        Answer::Now(twisted)
    }
}
