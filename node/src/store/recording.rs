//! For tests: a disk in memory that writes down everything it is asked for, in order.
//!
//! It forgets nothing and decides nothing: which of the writes a power cut leaves is for the test
//! that reads the record.

use std::io::{Error, ErrorKind, Result};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};

use redb::StorageBackend;

use super::{Opened, Owner, Store, StoreFault, Writes};

/// One line of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// Bytes were given to the disk.
    Written {
        /// Where.
        at: u64,
        /// Which.
        bytes: Vec<u8>,
    },
    /// The file was made longer or shorter.
    Resized(u64),
    /// A flush began.
    Flushing,
    /// That flush returned: everything before it began is durable.
    Flushed,
    /// The power went, or a flush failed and the system gave up what it had not written: this is
    /// what the disk holds from now on.
    Left(Vec<u8>),
    /// The test gave the store something to make durable, under a number of the test's.
    Handed(u64),
    /// Somebody was told that it is durable.
    Told(u64),
}

/// What a flush does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flush {
    /// It returns well.
    Answers,
    /// After so many that return well, it waits until this is another.
    HoldsAfter(u32),
    /// After so many that return well, it fails.
    FailsAfter(u32),
    /// It returns well and has done nothing.
    Lies,
}

/// The disk. A clone is the same disk.
#[derive(Debug, Clone)]
pub(crate) struct Recording(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    image: Vec<u8>,
    events: Vec<Event>,
    flush: Flush,
    waiting: bool,
    // Whether the process that had it was killed: what it still does reaches nothing.
    killed: bool,
}

impl Recording {
    /// A disk that holds this already, durably.
    pub(crate) fn of(image: Vec<u8>) -> Self {
        let state = State {
            image,
            events: Vec::new(),
            flush: Flush::Answers,
            waiting: false,
            killed: false,
        };
        Self(Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() }))
    }

    /// Makes an empty store on this disk.
    pub(crate) fn found(&self, owner: Owner, cache_bytes: usize) -> Store {
        let opened = Opened::founded(self.clone(), owner, cache_bytes);
        self.store(opened.expect("a disk in memory takes a new store"), owner, cache_bytes)
    }

    /// Opens the store on this disk, as [`Store::open`] does.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub(crate) fn open(
        &self,
        owner: Owner,
        cache_bytes: usize,
    ) -> std::result::Result<Store, StoreFault> {
        let opened = Opened::over(self.clone(), owner, Writes::Through, cache_bytes);
        let opened = opened.map_err(|trouble| trouble.at(&Self::path()))?;
        Ok(self.store(opened, owner, cache_bytes))
    }

    fn store(&self, opened: Opened, owner: Owner, cache_bytes: usize) -> Store {
        Store { path: Self::path(), owner, cache_bytes, opened: RwLock::new(Some(opened)) }
    }

    fn path() -> PathBuf {
        PathBuf::from("disk in memory")
    }

    /// Everything so far.
    pub(crate) fn events(&self) -> Vec<Event> {
        self.state().events.clone()
    }

    /// What a process that asks now would read.
    pub(crate) fn image(&self) -> Vec<u8> {
        self.state().image.clone()
    }

    /// Writes a line of the test's into the record.
    pub(crate) fn note(&self, event: Event) {
        self.state().events.push(event);
    }

    /// Says what flushes do from now on.
    pub(crate) fn flushes(&self, flush: Flush) {
        self.state().flush = flush;
        self.0.changed.notify_all();
    }

    /// Forgets what the medium never got: from now on it is all there is.
    pub(crate) fn leave(&self, image: Vec<u8>) {
        let mut state = self.state();
        state.image.clone_from(&image);
        state.events.push(Event::Left(image));
    }

    /// Waits until a flush is held.
    pub(crate) fn until_held(&self) {
        let mut state = self.state();
        while !state.waiting {
            state = self.0.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Ends the process that has the store as `kill -9` does: what it wrote stays, and its last
    /// words go nowhere.
    pub(crate) fn kill(&self, store: Store) {
        self.state().killed = true;
        drop(store);
        self.state().killed = false;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes into an image what falls within it.
pub(crate) fn write_at(image: &mut [u8], at: u64, bytes: &[u8]) {
    let at = usize::try_from(at).unwrap_or(usize::MAX);
    let room = image.get_mut(at..).unwrap_or_default();
    let (there, _) = bytes.split_at(bytes.len().min(room.len()));
    let (room, _) = room.split_at_mut(there.len());
    room.copy_from_slice(there);
}

fn dead() -> Error {
    Error::other("the process was killed")
}

impl StorageBackend for Recording {
    fn len(&self) -> Result<u64> {
        u64::try_from(self.state().image.len()).map_err(Error::other)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        let offset = usize::try_from(offset).map_err(Error::other)?;
        let end = offset.checked_add(out.len()).ok_or(ErrorKind::UnexpectedEof)?;
        let state = self.state();
        let there = state.image.get(offset..end).ok_or(ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(there);
        Ok(())
    }

    fn set_len(&self, len: u64) -> Result<()> {
        let mut state = self.state();
        if state.killed {
            return Err(dead());
        }
        state.image.resize(usize::try_from(len).map_err(Error::other)?, 0);
        state.events.push(Event::Resized(len));
        Ok(())
    }

    fn sync_data(&self) -> Result<()> {
        let mut state = self.state();
        if state.killed {
            return Err(dead());
        }
        if state.flush == Flush::Lies {
            return Ok(());
        }
        state.events.push(Event::Flushing);
        while state.flush == Flush::HoldsAfter(0) {
            state.waiting = true;
            self.0.changed.notify_all();
            state = self.0.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.waiting = false;
        state.flush = match state.flush {
            Flush::FailsAfter(0) => return Err(Error::other("the disk does not flush")),
            Flush::FailsAfter(left) => Flush::FailsAfter(left - 1),
            Flush::HoldsAfter(left) => Flush::HoldsAfter(left - 1),
            same @ (Flush::Answers | Flush::Lies) => same,
        };
        state.events.push(Event::Flushed);
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<()> {
        let mut state = self.state();
        if state.killed {
            return Err(dead());
        }
        let end = usize::try_from(offset).ok().and_then(|at| at.checked_add(data.len()));
        // Where the file does not reach is no place to write: it is made longer first, and what a
        // power cut leaves of that is one question less.
        if end.is_none_or(|end| end > state.image.len()) {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        write_at(&mut state.image, offset, data);
        state.events.push(Event::Written { at: offset, bytes: data.to_vec() });
        Ok(())
    }
}
