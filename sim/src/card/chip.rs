//! The chip of a My Number card: what is selected, what has been presented, how many tries are left.
//!
//! It answers as JICSAP's specification of 1998 and the two public descriptions of the card say
//! (OpenSC and `myna-card`). Where nobody knows what a real card does, it does what is safest to
//! rehearse with: a PIN of the wrong length costs a try.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::command::{Command, Status};
use super::file::{Application, File, Key, MANAGER, Tries};
use super::keys::{KEY_BYTES, SIGNED_BYTES_MAX, digest_info, sha256};

/// The most bytes of data in one answer.
const DATA_BYTES_MAX: usize = 256;

/// The longest value that can be presented.
const SECRET_BYTES_MAX: usize = 16;

const CLASS_ISO: u8 = 0x00;
const CLASS_CARD: u8 = 0x80;

const VERIFY: u8 = 0x20;
const SIGN: u8 = 0x2a;
const GET_CHALLENGE: u8 = 0x84;
const SELECT: u8 = 0xa4;
const READ_BINARY: u8 = 0xb0;
const READ_RECORD: u8 = 0xb2;
const GET_DATA: u8 = 0xca;

/// P2 of a selection without a description of what was selected, and of one with it, which these
/// cards leave out too.
const NO_DESCRIPTION: [u8; 2] = [0x0c, 0x00];

/// What a chip was asked that somebody may want to count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) signatures: u64,
    pub(super) wrong_secrets: u64,
    pub(super) number: u64,
}

/// An answer: data, and how it went.
type Answer = Result<Vec<u8>, Status>;

/// A file that is there, and where.
type Found<'a> = (u16, &'a File);

/// A chip and its state.
pub(super) struct Chip {
    applications: Arc<[Application]>,
    /// Tries left of each secret, by the place of its application and its file.
    tries: BTreeMap<(usize, u16), u8>,
    /// The place of the selected application.
    selected: Option<usize>,
    /// The selected file. It is there only while an application is selected.
    current: Option<u16>,
    /// The secrets that were presented, all of one application. They outlive a warm reset, and
    /// selecting the same application again.
    presented: Option<(usize, BTreeSet<u16>)>,
    challenges: u64,
    blocked_tells: Status,
    pub(super) asked: Asked,
}

impl Chip {
    pub(super) fn new(applications: Vec<Application>, blocked_tells_6984: bool) -> Self {
        let applications: Arc<[Application]> = applications.into();
        let mut tries = BTreeMap::new();
        for (place, application) in applications.iter().enumerate() {
            for (id, file) in &application.files {
                if let File::Secret { tries: Tries { left, .. }, .. } = file {
                    tries.insert((place, *id), *left);
                }
            }
        }
        Self {
            applications,
            tries,
            selected: None,
            current: None,
            presented: None,
            challenges: 0,
            blocked_tells: if blocked_tells_6984 { Status::BLOCKED } else { Status::tries_left(0) },
            asked: Asked::default(),
        }
    }

    /// Power goes: nothing is selected or presented any more. Tries stay as they are.
    pub(super) fn power_cycle(&mut self) {
        self.reset();
        self.presented = None;
    }

    /// A warm reset: nothing is selected any more.
    pub(super) fn reset(&mut self) {
        self.selected = None;
        self.current = None;
    }

    /// Answers one command with data and two bytes of status.
    pub(super) fn reply(&mut self, command: &[u8]) -> Vec<u8> {
        match self.answer(command) {
            Ok(data) => [data, Status::GOOD.bytes()].concat(),
            Err(status) => status.bytes(),
        }
    }

    fn answer(&mut self, command: &[u8]) -> Answer {
        let command = Command::parse(command).ok_or(Status::WRONG_LENGTH)?;
        match (command.class, command.instruction) {
            (CLASS_ISO, SELECT) => self.select(command),
            (CLASS_ISO, READ_BINARY) => self.read_binary(command),
            (CLASS_ISO, READ_RECORD) => self.read_record(command),
            (CLASS_ISO, VERIFY) => self.verify(command),
            (CLASS_ISO, GET_CHALLENGE) => self.challenge(command),
            (CLASS_ISO, GET_DATA) => Err(Status::NO_DATA),
            (CLASS_CARD, SIGN) => self.sign(command),
            (CLASS_ISO | CLASS_CARD, _) => Err(Status::UNKNOWN_COMMAND),
            (0x01..=0x03, _) => Err(Status::NO_CHANNEL),
            (_, _) => Err(Status::UNKNOWN_CLASS),
        }
    }

    fn select(&mut self, command: Command<'_>) -> Answer {
        if !NO_DESCRIPTION.contains(&command.p2) {
            return Err(Status::WRONG_PARAMETERS);
        }
        match (command.p1, command.data) {
            // The master file: not to be had after a reset, and no change inside an application.
            (0x00, []) if self.selected.is_some() => Ok(vec![]),
            (0x00, []) => Err(Status::WRONG_PARAMETERS),
            (0x00, _) => Err(Status::NOT_FOUND),
            (0x02, [high, low]) => {
                let id = u16::from_be_bytes([*high, *low]);
                self.select_file(id).map(|_| vec![])
            }
            (0x04, name @ [_, ..]) if name.len() <= 16 => self.select_application(name),
            (0x02 | 0x04, _) => Err(Status::WRONG_LENGTH),
            (_, _) => Err(Status::WRONG_PARAMETERS),
        }
    }

    fn select_application(&mut self, name: &[u8]) -> Answer {
        if name == MANAGER {
            self.power_cycle();
            return Ok(vec![]);
        }
        let place = self.applications.iter().position(|application| application.name == name);
        let place = place.ok_or(Status::NOT_FOUND)?;
        self.presented.take_if(|(presented_in, _)| *presented_in != place);
        self.selected = Some(place);
        self.current = None;
        Ok(vec![])
    }

    /// Makes a file of the selected application the current one.
    fn select_file(&mut self, id: u16) -> Result<u16, Status> {
        let application = self.application().ok_or(Status::NOT_FOUND)?;
        let file = application.files.get(&id).ok_or(Status::NOT_FOUND)?;
        if matches!(file, File::Bytes { .. }) && application.number.contains(&id) {
            self.asked.number += 1;
        }
        self.current = Some(id);
        Ok(id)
    }

    fn application(&self) -> Option<&Application> {
        self.applications.get(self.selected?)
    }

    /// The file a command means: by its short number, or the current one where that is zero.
    fn meant(&mut self, short: u8) -> Result<Found<'_>, Status> {
        let id = match short {
            0 => self.current.ok_or(Status::NO_CURRENT_FILE)?,
            short => self.select_file(u16::from(short))?,
        };
        let application = self.application().ok_or(Status::NO_CURRENT_FILE)?;
        application.files.get_key_value(&id).map(|(id, file)| (*id, file)).ok_or(Status::NOT_FOUND)
    }

    fn is_presented(&self, secret: u16) -> bool {
        let here = self.presented.as_ref().filter(|(place, _)| Some(*place) == self.selected);
        here.is_some_and(|(_, secrets)| secrets.contains(&secret))
    }

    fn read_binary(&mut self, command: Command<'_>) -> Answer {
        let expected = command.expected.ok_or(Status::WRONG_LENGTH)?.min(DATA_BYTES_MAX);
        if !command.data.is_empty() {
            return Err(Status::WRONG_LENGTH);
        }
        let (short, offset) = match command.p1 {
            high @ 0..0x80 => (0, usize::from(u16::from_be_bytes([high, command.p2]))),
            named @ 0x81..=0x9e => (named & 0x1f, usize::from(command.p2)),
            0x80 | 0x9f.. => return Err(Status::WRONG_PARAMETERS),
        };
        let (id, _) = self.meant(short)?;
        let application = self.application().ok_or(Status::NO_CURRENT_FILE)?;
        let Some(File::Bytes { content, opened_by }) = application.files.get(&id) else {
            return Err(Status::WRONG_FILE_KIND);
        };
        if !opened_by.is_empty() && !opened_by.iter().any(|secret| self.is_presented(*secret)) {
            return Err(Status::NOT_ALLOWED);
        }
        let rest = content.get(offset..).filter(|rest| !rest.is_empty());
        let rest = rest.ok_or(Status::PAST_THE_END)?;
        Ok(rest.iter().copied().take(expected).collect())
    }

    fn read_record(&mut self, command: Command<'_>) -> Answer {
        let expected = command.expected.ok_or(Status::WRONG_LENGTH)?.min(DATA_BYTES_MAX);
        let (short, mode) = (command.p2 >> 3, command.p2 & 0x07);
        let (_, file) = self.meant(short)?;
        let File::Records(records) = file else { return Err(Status::WRONG_FILE_KIND) };
        let before = usize::from(command.p1).checked_sub(1).ok_or(Status::WRONG_PARAMETERS)?;
        let wanted = records.get(before..).filter(|wanted| !wanted.is_empty());
        let wanted = wanted.ok_or(Status::NO_RECORD)?;
        let read: Vec<u8> = match mode {
            4 => wanted.first().into_iter().flatten().copied().collect(),
            5 => wanted.iter().flatten().copied().collect(),
            _ => return Err(Status::WRONG_PARAMETERS),
        };
        Ok(read.into_iter().take(expected).collect())
    }

    fn verify(&mut self, command: Command<'_>) -> Answer {
        if command.p1 != 0 || command.p2 & 0xe0 != 0x80 {
            return Err(Status::WRONG_PARAMETERS);
        }
        let (id, file) = self.meant(command.p2 & 0x1f)?;
        let File::Secret { value, tries } = file else { return Err(Status::WRONG_FILE_KIND) };
        let (is_right, most) = (value == command.data, tries.most);
        let place = self.selected.ok_or(Status::NO_CURRENT_FILE)?;
        let left = self.tries.get(&(place, id)).copied().unwrap_or_default();
        if command.data.is_empty() {
            let told = if left == 0 { self.blocked_tells } else { Status::tries_left(left) };
            return Err(told);
        }
        if command.data.len() > SECRET_BYTES_MAX {
            return Err(Status::WRONG_LENGTH);
        }
        if self.application().is_some_and(|application| application.number.contains(&id)) {
            self.asked.number += 1;
        }
        let Some(after) = left.checked_sub(1) else { return Err(Status::BLOCKED) };
        let (_, presented) = self.presented.get_or_insert_with(|| (place, BTreeSet::new()));
        if is_right {
            presented.insert(id);
            self.tries.insert((place, id), most);
            Ok(vec![])
        } else {
            presented.remove(&id);
            self.tries.insert((place, id), after);
            self.asked.wrong_secrets += 1;
            Err(Status::tries_left(after))
        }
    }

    fn challenge(&mut self, command: Command<'_>) -> Answer {
        let length = command.expected.ok_or(Status::WRONG_LENGTH)?;
        if (command.p1, command.p2) != (0, 0) {
            return Err(Status::WRONG_PARAMETERS);
        }
        if length > DATA_BYTES_MAX || !command.data.is_empty() {
            return Err(Status::UNFIT_DATA);
        }
        self.challenges += 1;
        Ok(noise(&self.challenges.to_le_bytes(), length))
    }

    fn sign(&mut self, command: Command<'_>) -> Answer {
        if command.expected.is_none_or(|expected| expected < KEY_BYTES) {
            return Err(Status::WRONG_LENGTH);
        }
        let short = match command.p2 {
            0x00 => {
                let own = self.application().and_then(|application| application.own_key);
                u8::try_from(own.ok_or(Status::WRONG_PARAMETERS)?).expect("its number is short")
            }
            named @ 0x80..=0x9e => named & 0x1f,
            _ => return Err(Status::WRONG_PARAMETERS),
        };
        let (_, file) = self.meant(short)?;
        let File::Key { key, opened_by } = file else { return Err(Status::WRONG_FILE_KIND) };
        let (key, opened_by) = (key.clone(), *opened_by);
        if opened_by.is_some_and(|secret| !self.is_presented(secret)) {
            return Err(Status::NOT_ALLOWED);
        }
        let block = block_of(command)?;
        self.asked.signatures += 1;
        match key {
            Key::Held(key) => key.sign_as_it_is(&block).ok_or(Status::UNFIT_DATA),
            Key::Noise => Ok(noise(&block, KEY_BYTES)),
            Key::Missing => Err(Status::NOT_ALLOWED),
        }
    }
}

/// What is signed, by the way P1 names: as handed in, its digest alone, a digest handed in, or the
/// digest of what is handed in. The card's two ways with random salt are not played.
fn block_of(command: Command<'_>) -> Answer {
    let data = command.data;
    match command.p1 {
        0x00 if (1..=SIGNED_BYTES_MAX).contains(&data.len()) => Ok(data.to_vec()),
        0x01 if !data.is_empty() => Ok(sha256(data).to_vec()),
        0x02 if data.len() == 32 => {
            let digest = <[u8; 32]>::try_from(data).expect("its length was looked at");
            Ok(digest_info(&digest))
        }
        0x03 if !data.is_empty() => Ok(digest_info(&sha256(data))),
        0x00..=0x03 => Err(Status::UNFIT_DATA),
        _ => Err(Status::WRONG_PARAMETERS),
    }
}

/// Bytes without sense, the same for the same cause.
fn noise(cause: &[u8], length: usize) -> Vec<u8> {
    let mut hasher = blake3::Hasher::new_derive_key("digiana/sim/card/noise/1");
    hasher.update(cause);
    let mut bytes = vec![0; length];
    hasher.finalize_xof().fill(&mut bytes);
    bytes
}
