//! The store's file as redb sees it: written through, or kept as it is and written in memory only.
//!
//! After a failed write redb answers nothing more until the file is opened again, and opening
//! writes. On a full disk that can fail too. So a full store is opened with its writes kept in
//! memory: what is on the disk stays as it is, and can be read.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Error, ErrorKind, Result};
use std::ops::Bound;
use std::sync::{Mutex, PoisonError};

use redb::backends::FileBackend;
use redb::{BackendError, DatabaseError, StorageBackend};

/// The grain of what is kept in memory.
const CHUNK: u64 = 4096;

/// The most chunks kept in memory: opening a store for reading writes its list of free pages, about
/// a thousandth of the file, so this is enough for some gigabytes.
const CHUNKS_MAX: usize = 2048;

/// Where writes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writes {
    /// To the file.
    Through,
    /// To memory; the file is never changed.
    Kept,
}

/// The store's file.
#[derive(Debug)]
pub(super) struct Disk {
    file: FileBackend,
    kept: Option<Mutex<Kept>>,
}

/// What would stand in the file had it been written.
#[derive(Debug)]
struct Kept {
    len: u64,
    // Invariant: at most the file's length. What lies beyond has been cut off, and reads as zero.
    shown: u64,
    chunks: BTreeMap<u64, Vec<u8>>,
}

impl Disk {
    pub(super) fn new(file: File, writes: Writes) -> std::result::Result<Self, DatabaseError> {
        let len = file.metadata()?.len();
        let file = FileBackend::new(file)?;
        let kept = match writes {
            Writes::Through => None,
            Writes::Kept => Some(Mutex::new(Kept { len, shown: len, chunks: BTreeMap::new() })),
        };
        Ok(Self { file, kept })
    }
}

impl Kept {
    fn chunk(&mut self, file: &FileBackend, index: u64) -> Result<&mut Vec<u8>> {
        if self.chunks.len() >= CHUNKS_MAX && !self.chunks.contains_key(&index) {
            return Err(Error::new(ErrorKind::StorageFull, "too much to keep in memory"));
        }
        match self.chunks.entry(index) {
            std::collections::btree_map::Entry::Occupied(known) => Ok(known.into_mut()),
            std::collections::btree_map::Entry::Vacant(unknown) => {
                let mut bytes = vec![0; usize::try_from(CHUNK).expect("a chunk is small")];
                let start = index * CHUNK;
                let there = self.shown.saturating_sub(start).min(CHUNK);
                let there = usize::try_from(there).expect("a chunk is small");
                let (front, _) = bytes.split_at_mut(there);
                if !front.is_empty() {
                    file.read(start, front)?;
                }
                Ok(unknown.insert(bytes))
            }
        }
    }

    fn write(&mut self, file: &FileBackend, offset: u64, mut data: &[u8]) -> Result<()> {
        let mut at = offset;
        while !data.is_empty() {
            let within = usize::try_from(at % CHUNK).expect("a chunk is small");
            let chunk = self.chunk(file, at / CHUNK)?;
            let (_, room) = chunk.split_at_mut(within);
            let (now, later) = data.split_at(room.len().min(data.len()));
            let (room, _) = room.split_at_mut(now.len());
            room.copy_from_slice(now);
            at += u64::try_from(now.len()).expect("a chunk is small");
            data = later;
        }
        self.len = self.len.max(at);
        Ok(())
    }

    fn read(&self, file: &FileBackend, offset: u64, out: &mut [u8]) -> Result<()> {
        let wanted = u64::try_from(out.len()).map_err(Error::other)?;
        if offset + wanted > self.len {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let there = self.shown.saturating_sub(offset).min(wanted);
        let there = usize::try_from(there).map_err(Error::other)?;
        let (front, rest) = out.split_at_mut(there);
        if !front.is_empty() {
            file.read(offset, front)?;
        }
        rest.fill(0);
        let mut at = offset;
        let mut rest = out;
        while !rest.is_empty() {
            let within = usize::try_from(at % CHUNK).expect("a chunk is small");
            let left = usize::try_from(CHUNK - at % CHUNK).expect("a chunk is small");
            let (now, later) = rest.split_at_mut(left.min(rest.len()));
            if let Some(kept) = self.chunks.get(&(at / CHUNK)) {
                let (_, kept) = kept.split_at(within);
                let (kept, _) = kept.split_at(now.len());
                now.copy_from_slice(kept);
            }
            at += u64::try_from(now.len()).expect("a chunk is small");
            rest = later;
        }
        Ok(())
    }

    fn set_len(&mut self, len: u64) {
        self.shown = self.shown.min(len);
        self.chunks.retain(|index, _| *index < len.div_ceil(CHUNK));
        if let Some(last) = self.chunks.get_mut(&(len / CHUNK)) {
            let within = usize::try_from(len % CHUNK).expect("a chunk is small");
            let (_, cut) = last.split_at_mut(within);
            cut.fill(0);
        }
        self.len = len;
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> Result<u64> {
        match &self.kept {
            None => self.file.len(),
            Some(kept) => Ok(kept.lock().unwrap_or_else(PoisonError::into_inner).len),
        }
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        match &self.kept {
            None => self.file.read(offset, out),
            Some(kept) => {
                let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.read(&self.file, offset, out)
            }
        }
    }

    fn set_len(&self, len: u64) -> Result<()> {
        match &self.kept {
            None => self.file.set_len(len),
            Some(kept) => {
                kept.lock().unwrap_or_else(PoisonError::into_inner).set_len(len);
                Ok(())
            }
        }
    }

    fn sync_data(&self) -> Result<()> {
        match &self.kept {
            None => self.file.sync_data(),
            Some(_) => Ok(()),
        }
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<()> {
        match &self.kept {
            None => self.file.write(offset, data),
            Some(kept) => {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.write(&self.file, offset, data)
            }
        }
    }

    fn close(&self) -> Result<()> {
        self.file.close()
    }

    fn try_lock_range(
        &self,
        start: Bound<u64>,
        end: Bound<u64>,
    ) -> std::result::Result<bool, BackendError> {
        self.file.try_lock_range(start, end)
    }

    fn try_lock_shared_range(
        &self,
        start: Bound<u64>,
        end: Bound<u64>,
    ) -> std::result::Result<bool, BackendError> {
        self.file.try_lock_shared_range(start, end)
    }

    fn lock_range(
        &self,
        start: Bound<u64>,
        end: Bound<u64>,
    ) -> std::result::Result<(), BackendError> {
        self.file.lock_range(start, end)
    }

    fn lock_shared_range(
        &self,
        start: Bound<u64>,
        end: Bound<u64>,
    ) -> std::result::Result<(), BackendError> {
        self.file.lock_shared_range(start, end)
    }

    fn unlock_range(
        &self,
        start: Bound<u64>,
        end: Bound<u64>,
    ) -> std::result::Result<(), BackendError> {
        self.file.unlock_range(start, end)
    }

    fn query_lock_range(
        &self,
        start: Bound<u64>,
        end: Bound<u64>,
    ) -> std::result::Result<bool, BackendError> {
        self.file.query_lock_range(start, end)
    }
}
