//! A scanner on a real serial line, of which the test holds the other end.

use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::time::Instant;

use digiana_core::fact::shelter::Assurance;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::*;

/// How long an event may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// The scanner's end of a serial line, and the device a node opens.
fn serial_line() -> (File, PathBuf) {
    let end = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a machine has lines");
    grantpt(&end).expect("it is ours");
    unlockpt(&end).expect("it is ours");
    let name = ptsname(&end, Vec::new()).expect("it has a name");
    (File::from(end), Path::new(std::ffi::OsStr::from_bytes(name.as_bytes())).to_owned())
}

struct Bench {
    line: File,
    events: mpsc::Receiver<ReaderEvent>,
}

fn key() -> TagKey {
    TagKey::new([5; 32])
}

impl Bench {
    fn start() -> Self {
        let (line, device) = serial_line();
        let (tell, events) = mpsc::channel(8);
        start(ScannerConfig { device }, key(), tell);
        let mut bench = Self { line, events };
        bench.check_is_read();
        bench
    }

    fn scan(&mut self, sent: &[u8]) {
        self.line.write_all(sent).expect("the line is there");
    }

    fn next(&mut self) -> ReaderEvent {
        let begun = Instant::now();
        loop {
            match self.events.try_recv() {
                Ok(event) => return event,
                Err(why) => assert!(begun.elapsed() < PATIENCE, "{why}"),
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    #[track_caller]
    fn check_tap(&mut self, number: &[u8]) {
        let told = self.next();
        let ReaderEvent::Inserted(card) = told else { panic!("{told:?}") };
        assert_eq!(card.token, TokenTag::of_uid(&key(), number));
        assert_eq!((card.assurance, card.is_my_number), (Assurance::Listed, false));
        self.check_gone();
    }

    #[track_caller]
    fn check_is_read(&mut self) {
        let told = self.next();
        assert!(matches!(told, ReaderEvent::Scanner(Ok(()))), "{told:?}");
    }

    #[track_caller]
    fn check_is_away(&mut self, device: &Path) {
        let told = self.next();
        let ReaderEvent::Scanner(Err(away)) = told else { panic!("{told:?}") };
        assert_eq!(away.device, device.display().to_string());
    }

    #[track_caller]
    fn check_gone(&mut self) {
        let left = self.next();
        assert!(matches!(left, ReaderEvent::Removed { was_forgotten: false }), "{left:?}");
    }

    #[track_caller]
    fn check_no_code(&mut self) {
        let told = self.next();
        assert!(matches!(told, ReaderEvent::TurnedAway(TurnedAway::NotACode)), "{told:?}");
        self.check_gone();
    }
}

#[test]
fn a_code_is_the_token_that_its_number_typed_at_a_desk_is() {
    let mut bench = Bench::start();
    bench.scan(b"04A1B2C3\r\n");
    bench.check_tap(&[0x04, 0xa1, 0xb2, 0xc3]);
    bench.scan(b"04:a1:b2:c4\r04a1b2c5\n");
    bench.check_tap(&[0x04, 0xa1, 0xb2, 0xc4]);
    bench.check_tap(&[0x04, 0xa1, 0xb2, 0xc5]);
}

#[test]
fn a_scanner_that_sends_no_end_of_line_is_understood_by_its_pause() {
    let mut bench = Bench::start();
    bench.scan(b"04A1B2C3");
    bench.check_tap(&[0x04, 0xa1, 0xb2, 0xc3]);
}

#[test]
fn what_is_no_code_is_told_of_and_the_next_code_is_read() {
    let mut bench = Bench::start();
    // A shop's code, a 12-digit number, other bytes, the keys that end a program or a file.
    for sent in
        ["https://example.jp/\r".as_bytes(), b"123456789018\r", b"\xff\xfe\r", b"\x03\x04\r"]
    {
        bench.scan(sent);
        bench.check_no_code();
    }
    bench.scan(&[b'7'; 3_000]);
    bench.scan(b"\r");
    bench.check_no_code();
    bench.scan(b"04A1B2C3\r");
    bench.check_tap(&[0x04, 0xa1, 0xb2, 0xc3]);
}

#[test]
fn a_scanner_that_is_unplugged_and_comes_back_is_read_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let device = folder.path().join("scanner");
    let (tell, events) = mpsc::channel(8);
    start(ScannerConfig { device: device.clone() }, key(), tell);
    let (line, there) = serial_line();
    let mut bench = Bench { line, events };
    bench.check_is_away(&device);
    std::os::unix::fs::symlink(there, &device).expect("plugged in");
    bench.check_is_read();
    bench.scan(b"04A1B2C3\r");
    bench.check_tap(&[0x04, 0xa1, 0xb2, 0xc3]);
    let (line, there) = serial_line();
    std::fs::remove_file(&device).expect("unplugged");
    std::os::unix::fs::symlink(there, &device).expect("plugged in again");
    bench.line = line;
    bench.check_is_away(&device);
    bench.check_is_read();
    bench.scan(b"04A1B2C4\r");
    bench.check_tap(&[0x04, 0xa1, 0xb2, 0xc4]);
}

#[test]
fn a_device_that_is_no_serial_line_is_not_read() {
    let told = open(Path::new("/dev/zero")).map(|_| ());
    assert!(matches!(told, Err(Away::NotSerial)), "{told:?}");
}

#[test]
fn two_programs_do_not_share_a_scanner() {
    let (_line, device) = serial_line();
    let first = open(&device).expect("nobody reads it yet");
    let second = open(&device).map(|_| ());
    assert!(matches!(second, Err(Away::InUse)), "{second:?}");
    drop(first);
    open(&device).expect("it is free again");
}

#[test]
fn a_code_that_came_while_nobody_read_is_no_tap_later() {
    let (mut line, device) = serial_line();
    // The line stays open, as a plugged-in scanner's does.
    let _held = OpenOptions::new().read(true).open(&device).expect("a line");
    line.write_all(b"04A1B2C3\r").expect("the line is there");
    let (tell, events) = mpsc::channel(8);
    start(ScannerConfig { device }, key(), tell);
    let mut bench = Bench { line, events };
    bench.check_is_read();
    bench.scan(b"04A1B2C4\r");
    bench.check_tap(&[0x04, 0xa1, 0xb2, 0xc4]);
}

#[test]
fn what_scanners_put_around_a_code_is_not_the_code() {
    let mut bench = Bench::start();
    for sent in ["\u{2}04A1B2C3\u{3}\r", "]Q104A1B2C3\r", "\u{feff}04A1B2C3\r\n", "\t04A1B2C3\t\n"]
    {
        bench.scan(sent.as_bytes());
        bench.check_tap(&[0x04, 0xa1, 0xb2, 0xc3]);
    }
    bench.scan(b"]Q1\r");
    bench.check_no_code();
}

#[test]
fn half_a_code_of_a_scanner_that_ends_its_lines_is_nobodys_number() {
    let mut bench = Bench::start();
    bench.scan(b"04A1B2C3D4E5F6\r");
    bench.check_tap(&[0x04, 0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6]);
    bench.scan(b"04A1B2C3");
    bench.check_no_code();
    bench.scan(b"D4E5F6A1\r\n");
    bench.scan(b"04A1B2C4\r\n");
    bench.check_tap(&[0x04, 0xa1, 0xb2, 0xc4]);
    // Torn, and its rest lost but for the end of the line.
    bench.scan(b"04A1");
    bench.check_no_code();
    bench.scan(b"\r\n04A1B2C5\r\n");
    bench.check_tap(&[0x04, 0xa1, 0xb2, 0xc5]);
}

#[test]
fn a_bottle_before_a_scanner_without_a_trigger_keeps_nobody_out() {
    let mut bench = Bench::start();
    bench.scan("4901234567894\r".repeat(100).as_bytes());
    bench.check_no_code();
    bench.scan(b"04A1B2C3\r");
    bench.check_tap(&[0x04, 0xa1, 0xb2, 0xc3]);
    // Once somebody else was there it is told of again.
    bench.scan(b"4901234567894\r");
    bench.check_no_code();
}

#[test]
fn a_line_that_chatters_is_left_alone_and_said_to() {
    let mut bench = Bench::start();
    // A measuring instrument, or a modem.
    let said: String = (0..100).map(|second| format!("$GPGGA,{second}\r\n")).collect();
    bench.scan(said.as_bytes());
    let (times, _) = CHATTER;
    for _ in 0..times {
        bench.check_no_code();
    }
    let told = bench.next();
    let ReaderEvent::Scanner(Err(away)) = told else { panic!("{told:?}") };
    assert!(away.why.contains("is it the scanner?"), "{}", away.why);
}

#[test]
fn another_reason_why_it_is_away_is_told_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let device = folder.path().join("scanner");
    let (tell, events) = mpsc::channel(8);
    start(ScannerConfig { device: device.clone() }, key(), tell);
    let (line, _) = serial_line();
    let mut bench = Bench { line, events };
    bench.check_is_away(&device);
    std::fs::write(&device, b"no device").expect("written");
    let told = bench.next();
    let ReaderEvent::Scanner(Err(away)) = told else { panic!("{told:?}") };
    assert_eq!(away.why, "it is no serial line");
}
