//! A code scanner: it sends the text of each code it reads over a serial line.
//!
//! A code carries the number of a card, as people type it. It counts as a card that was held there
//! for a moment and can prove nothing. A scanner that is unplugged may come back at any time.

#[cfg(test)]
mod tests;

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use digiana_core::token::{TOKEN_TEXT_CHARS_MAX, TagKey, TokenTag, parse_token_text};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::termios::{ControlModes, OptionalActions, tcgetattr, tcsetattr};
use serde::Deserialize;
use tokio::sync::mpsc;

use super::card::{Presented, TurnedAway};
use super::{ReaderEvent, ScannerAway};

/// The most bytes of one code: as many letters as a number may have, four bytes each.
const CODE_BYTES_MAX: usize = 4 * TOKEN_TEXT_CHARS_MAX;

/// A scanner sends a code at one go: where it sends no end of line, a pause this long is the end.
const PAUSE: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };

/// How long the next code is waited for before it is looked whether anybody still listens.
const WAIT: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };

/// How often a scanner that is not there is looked for.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// `[scanner]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScannerConfig {
    /// The serial device, such as `/dev/ttyACM0`.
    pub device: PathBuf,
}

/// Nobody listens any more: the node stops.
struct NobodyListens;

/// Reads codes from a serial device until nobody takes the events any more.
pub fn start(config: ScannerConfig, tag_key: TagKey, events: mpsc::Sender<ReaderEvent>) {
    let scanner = Scanner { device: config.device, tag_key, events };
    thread::spawn(move || scanner.watch());
}

struct Scanner {
    device: PathBuf,
    tag_key: TagKey,
    events: mpsc::Sender<ReaderEvent>,
}

impl Scanner {
    fn watch(&self) -> Result<(), NobodyListens> {
        // Told once, however long it stays away.
        let mut told_away = false;
        while !self.events.is_closed() {
            let ended = match open(&self.device) {
                Ok(line) => {
                    self.say(ReaderEvent::Scanner(Ok(())))?;
                    told_away = false;
                    self.read_codes(line)?
                }
                Err(why) => why,
            };
            if !told_away {
                let device = self.device.display().to_string();
                let away = ScannerAway { device, why: ended.to_string() };
                self.say(ReaderEvent::Scanner(Err(away)))?;
                told_away = true;
            }
            thread::sleep(LOOK_AGAIN);
        }
        Err(NobodyListens)
    }

    /// Reads until the line ends, and says why it did.
    fn read_codes(&self, mut line: File) -> Result<io::Error, NobodyListens> {
        let mut codes = Codes::default();
        let mut bytes = [0; CODE_BYTES_MAX];
        while !self.events.is_closed() {
            let wait = if codes.is_begun() { &PAUSE } else { &WAIT };
            match poll(&mut [PollFd::new(&line, PollFlags::IN)], Some(wait)) {
                Ok(0) => self.tell(codes.end())?,
                Ok(_) => match line.read(&mut bytes) {
                    Ok(0) => return Ok(io::ErrorKind::UnexpectedEof.into()),
                    Ok(read) => {
                        for byte in bytes.iter().take(read) {
                            self.tell(codes.take(*byte))?;
                        }
                    }
                    Err(error) if is_for_later(&error) => {}
                    Err(error) => return Ok(error),
                },
                Err(rustix::io::Errno::INTR) => {}
                Err(errno) => return Ok(errno.into()),
            }
        }
        Err(NobodyListens)
    }

    fn tell(&self, code: Option<Result<String, TurnedAway>>) -> Result<(), NobodyListens> {
        match code.map(|code| code.and_then(|code| presented(&self.tag_key, &code))) {
            None => return Ok(()),
            Some(Err(why)) => self.say(ReaderEvent::TurnedAway(why))?,
            Some(Ok(card)) => self.say(ReaderEvent::Inserted(card))?,
        }
        self.say(ReaderEvent::Removed { was_forgotten: false })
    }

    fn say(&self, event: ReaderEvent) -> Result<(), NobodyListens> {
        self.events.blocking_send(event).map_err(|_| NobodyListens)
    }
}

/// Whether there is nothing to read just now, and nothing wrong.
fn is_for_later(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock)
}

/// What a code stands for. Why it is none is not told: the text might be anybody's.
fn presented(tag_key: &TagKey, code: &str) -> Result<Presented, TurnedAway> {
    let number = parse_token_text(code).map_err(|_| TurnedAway::NotACode)?;
    Ok(Presented::by_number(TokenTag::of_uid(tag_key, number.as_bytes())))
}

/// Opens a serial line that hands on each byte as it comes and sends none back.
fn open(device: &Path) -> io::Result<File> {
    // Not this process's terminal; and a line without a carrier is waited for by nobody.
    let flags = (OFlags::NOCTTY | OFlags::NONBLOCK).bits();
    let flags = i32::try_from(flags).map_err(io::Error::other)?;
    let line = OpenOptions::new().read(true).custom_flags(flags).open(device)?;
    let mut modes = tcgetattr(&line)?;
    modes.make_raw();
    modes.control_modes |= ControlModes::CLOCAL;
    tcsetattr(&line, OptionalActions::Now, &modes)?;
    Ok(line)
}

/// The bytes of a line, cut into codes.
#[derive(Debug, Default)]
struct Codes {
    // Invariant: CODE_BYTES_MAX bytes at most.
    code: Vec<u8>,
    is_too_long: bool,
}

impl Codes {
    fn is_begun(&self) -> bool {
        !self.code.is_empty()
    }

    /// Takes up a byte; the code that ends with it.
    fn take(&mut self, byte: u8) -> Option<Result<String, TurnedAway>> {
        if matches!(byte, b'\r' | b'\n') {
            return self.end();
        }
        if self.code.len() < CODE_BYTES_MAX {
            self.code.push(byte);
        } else {
            self.is_too_long = true;
        }
        None
    }

    /// The code that was begun; `None` between codes.
    fn end(&mut self) -> Option<Result<String, TurnedAway>> {
        let Self { code, is_too_long } = std::mem::take(self);
        if code.is_empty() {
            return None;
        }
        let text = String::from_utf8(code).ok().filter(|_| !is_too_long);
        Some(text.ok_or(TurnedAway::NotACode))
    }
}
