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
use std::time::{Duration, Instant};

use digiana_core::token::{TOKEN_TEXT_CHARS_MAX, TagKey, TokenTag, parse_token_text};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;
use rustix::termios::{
    ControlModes, OptionalActions, ioctl_tiocexcl, ioctl_tiocnxcl, tcgetattr, tcsetattr,
};
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

/// So much that is no code, and never twice the same, comes from no scanner in so short a time.
const CHATTER: (usize, Duration) = (20, Duration::from_secs(10));

/// How long a line that chatters is left alone.
const CHATTER_RESTS: Duration = Duration::from_secs(60);

/// `[scanner]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScannerConfig {
    /// The serial device, such as `/dev/ttyACM0`.
    pub device: PathBuf,
}

/// Nobody listens any more: the node stops.
struct NobodyListens;

/// Why a scanner cannot be read for now.
#[derive(Debug, thiserror::Error)]
enum Away {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("it is no serial line")]
    NotSerial,
    #[error("another program reads it")]
    InUse,
    #[error("it sends without end what is no code; is it the scanner?")]
    Chatters,
}

impl From<Errno> for Away {
    fn from(errno: Errno) -> Self {
        match errno {
            Errno::NOTTY => Self::NotSerial,
            Errno::BUSY | Errno::WOULDBLOCK => Self::InUse,
            errno => Self::Io(errno.into()),
        }
    }
}

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
        // Told once, however long it stays away for that reason.
        let mut told = None;
        while !self.events.is_closed() {
            let away = match open(&self.device) {
                Ok(line) => {
                    self.say(ReaderEvent::Scanner(Ok(())))?;
                    told = None;
                    let ended = self.read_codes(&line)?;
                    // Whoever else holds the line may hand it on.
                    let _ = ioctl_tiocnxcl(&line);
                    ended
                }
                Err(away) => away,
            };
            let why = away.to_string();
            if told.as_ref() != Some(&why) {
                let device = self.device.display().to_string();
                let away = ScannerAway { device, why: why.clone() };
                self.say(ReaderEvent::Scanner(Err(away)))?;
                told = Some(why);
            }
            self.rest(if matches!(away, Away::Chatters) { CHATTER_RESTS } else { LOOK_AGAIN });
        }
        Err(NobodyListens)
    }

    /// Waits, no longer than somebody listens.
    fn rest(&self, rests: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < rests && !self.events.is_closed() {
            thread::sleep(LOOK_AGAIN.min(rests));
        }
    }

    /// Reads until the line ends, and says why it did.
    fn read_codes(&self, mut line: &File) -> Result<Away, NobodyListens> {
        let mut codes = Codes::default();
        let mut chatter = Chatter::default();
        let mut bytes = [0; CODE_BYTES_MAX];
        while !self.events.is_closed() {
            let wait = if codes.is_begun() { &PAUSE } else { &WAIT };
            match poll(&mut [PollFd::new(line, PollFlags::IN)], Some(wait)) {
                Ok(0) => self.tell(codes.pause(), &mut chatter)?,
                Ok(_) => match line.read(&mut bytes) {
                    Ok(0) => return Ok(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
                    Ok(read) => {
                        for byte in bytes.iter().take(read) {
                            self.tell(codes.take(*byte), &mut chatter)?;
                        }
                    }
                    Err(error) if is_for_later(&error) => {}
                    Err(error) => return Ok(error.into()),
                },
                Err(Errno::INTR) => {}
                Err(errno) => return Ok(errno.into()),
            }
            if chatter.is_endless() {
                return Ok(Away::Chatters);
            }
        }
        Err(NobodyListens)
    }

    fn tell(
        &self,
        code: Option<Result<String, TurnedAway>>,
        chatter: &mut Chatter,
    ) -> Result<(), NobodyListens> {
        let Some(code) = code else { return Ok(()) };
        let name = code.as_ref().map(|code| blake3::hash(code.as_bytes())).ok();
        match code.and_then(|code| presented(&self.tag_key, &code)) {
            Err(_) if chatter.is_endless() || !chatter.is_news(name) => return Ok(()),
            Err(why) => self.say(ReaderEvent::TurnedAway(why))?,
            Ok(card) => {
                *chatter = Chatter::default();
                self.say(ReaderEvent::Inserted(card))?;
            }
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
    let number = parse_token_text(bare(code)).map_err(|_| TurnedAway::NotACode)?;
    Ok(Presented::by_number(TokenTag::of_uid(tag_key, number.as_bytes())))
}

/// A code without what scanners are set to put around it: control characters such as STX and ETX, a
/// byte order mark, and the symbology's name (`]Q1` for a QR code, ISO/IEC 15424).
fn bare(code: &str) -> &str {
    let code = code.trim_matches(|c: char| c.is_control() || c == '\u{feff}');
    let mut named = code.chars();
    let is_named = named.next() == Some(']')
        && named.next().is_some_and(|c| c.is_ascii_alphabetic())
        && named.next().is_some_and(|c| c.is_ascii_alphanumeric());
    if is_named { named.as_str() } else { code }
}

/// Opens a serial line, for this program alone, that hands on each byte as it comes and sends none
/// back. Two that read one line would each get a part of every code.
fn open(device: &Path) -> Result<File, Away> {
    // Not this process's terminal; and a line without a carrier is waited for by nobody.
    let flags = (OFlags::NOCTTY | OFlags::NONBLOCK).bits();
    let flags = i32::try_from(flags).map_err(io::Error::other)?;
    let line = OpenOptions::new().read(true).custom_flags(flags).open(device)?;
    let mut modes = tcgetattr(&line)?;
    flock(&line, FlockOperation::NonBlockingLockExclusive)?;
    ioctl_tiocexcl(&line)?;
    modes.make_raw();
    modes.control_modes |= ControlModes::CLOCAL;
    // What came while nobody read is nobody's tap any more.
    tcsetattr(&line, OptionalActions::Flush, &modes)?;
    Ok(line)
}

/// What came in a row that is no code.
#[derive(Debug, Default)]
struct Chatter {
    // Since when, and how often.
    heard: Option<(Instant, usize)>,
    // The hash of what was told of last, and when it came last: whatever lies before a scanner that
    // needs no trigger is read again and again. None for what is no text.
    last: Option<(Option<blake3::Hash>, Instant)>,
}

impl Chatter {
    /// Takes up that something came which is no code; whether it is something else than just now.
    fn is_news(&mut self, name: Option<blake3::Hash>) -> bool {
        let (_, within) = CHATTER;
        let now = Instant::now();
        let same = self.last.filter(|(last, at)| *last == name && at.elapsed() < within);
        self.last = Some((name, now));
        if same.is_some() {
            return false;
        }
        let heard = self.heard.filter(|(since, _)| since.elapsed() < within);
        let (since, times) = heard.unwrap_or((now, 0));
        self.heard = Some((since, times + 1));
        true
    }

    fn is_endless(&self) -> bool {
        let (times_max, _) = CHATTER;
        self.heard.is_some_and(|(_, times)| times >= times_max)
    }
}

/// The bytes of a line, cut into codes.
#[derive(Debug, Default)]
struct Codes {
    // Invariant: CODE_BYTES_MAX bytes at most.
    code: Vec<u8>,
    is_too_long: bool,
    // Whether this scanner sends an end of line after a code: then a pause is none.
    ends_lines: bool,
    // Whether what comes now, up to the end of its line, is the rest of a code that was torn.
    is_torn: bool,
}

impl Codes {
    fn is_begun(&self) -> bool {
        !self.code.is_empty()
    }

    /// Takes up a byte; the code that ends with it.
    fn take(&mut self, byte: u8) -> Option<Result<String, TurnedAway>> {
        if matches!(byte, b'\r' | b'\n') {
            self.ends_lines = true;
            let is_rest = std::mem::take(&mut self.is_torn);
            return self.end().filter(|_| !is_rest);
        }
        if self.code.len() < CODE_BYTES_MAX {
            self.code.push(byte);
        } else {
            self.is_too_long = true;
        }
        None
    }

    /// Nothing came for a while: the end of a code, or a code that was torn.
    fn pause(&mut self) -> Option<Result<String, TurnedAway>> {
        let code = self.end()?;
        if !self.ends_lines {
            return Some(code);
        }
        let was_torn = std::mem::replace(&mut self.is_torn, true);
        (!was_torn).then_some(Err(TurnedAway::NotACode))
    }

    /// The code that was begun; `None` between codes.
    fn end(&mut self) -> Option<Result<String, TurnedAway>> {
        let code = std::mem::take(&mut self.code);
        let is_too_long = std::mem::take(&mut self.is_too_long);
        if code.is_empty() {
            return None;
        }
        let text = String::from_utf8(code).ok().filter(|_| !is_too_long);
        Some(text.ok_or(TurnedAway::NotACode))
    }
}
