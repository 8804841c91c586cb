//! Bytes in and out: varints, fixed runs, and an error that names the byte.
//!
//! Everything a peer or a store hands over is read through [`Reader`], which never reads past its
//! end, never allocates for a length it has not seen, and knows where it stands.

/// The bytes are not what the format says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The bytes end inside a value.
    #[error("the bytes end early, at byte {at}")]
    EndsEarly {
        /// Where the missing value would begin.
        at: usize,
    },
    /// Bytes follow where the value should end.
    #[error("unexpected bytes after the end, at byte {at}")]
    TrailingBytes {
        /// Where they begin.
        at: usize,
    },
    /// A number is over 64 bits or not written in its shortest form.
    #[error("a number at byte {at} is not a canonical varint")]
    NotCanonical {
        /// Where the number begins.
        at: usize,
    },
    /// A length or count is over the bound of its kind.
    #[error("{what} of {len} at byte {at} is over the limit of {max}")]
    OverLimit {
        /// What is too long.
        what: &'static str,
        /// What the bytes ask for.
        len: u64,
        /// What `limits` allows.
        max: usize,
        /// Where the length stands.
        at: usize,
    },
    /// A value is none of those the format names.
    #[error("{what} at byte {at} has a value the format does not name")]
    Unnamed {
        /// What the value should have been.
        what: &'static str,
        /// Where it stands.
        at: usize,
    },
}

/// Reads from the front of a slice.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Reads `bytes` from their beginning.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// How many bytes have been read.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// The next byte.
    ///
    /// # Errors
    /// [`Malformed::EndsEarly`] at the end.
    pub fn byte(&mut self) -> Result<u8, Malformed> {
        Ok(self.array::<1>()?[0])
    }

    /// The next `len` bytes.
    ///
    /// # Errors
    /// [`Malformed::EndsEarly`] when fewer are left.
    pub fn take(&mut self, len: usize) -> Result<&'a [u8], Malformed> {
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        let run = rest.get(..len).ok_or(Malformed::EndsEarly { at: self.at })?;
        self.at += len;
        Ok(run)
    }

    /// The next `N` bytes as an array.
    ///
    /// # Errors
    /// [`Malformed::EndsEarly`] when fewer are left.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let at = self.at;
        self.take(N)?.try_into().map_err(|_| Malformed::EndsEarly { at })
    }

    /// The next unsigned varint (LEB128, shortest form only).
    ///
    /// # Errors
    /// [`Malformed`] when it ends early, exceeds 64 bits or is padded.
    pub fn varint(&mut self) -> Result<u64, Malformed> {
        let at = self.at;
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(Malformed::NotCanonical { at });
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                let padded = byte == 0 && shift > 0;
                return if padded { Err(Malformed::NotCanonical { at }) } else { Ok(value) };
            }
        }
        Err(Malformed::NotCanonical { at })
    }

    /// The next signed varint (zigzag).
    ///
    /// # Errors
    /// As [`varint`](Self::varint).
    pub fn signed(&mut self) -> Result<i64, Malformed> {
        self.varint().map(unzigzag)
    }

    /// A length or count of at most `max`.
    ///
    /// # Errors
    /// [`Malformed::OverLimit`] naming `what`.
    pub fn length(&mut self, what: &'static str, max: usize) -> Result<usize, Malformed> {
        let at = self.at;
        let len = self.varint()?;
        match usize::try_from(len) {
            Ok(fits) if fits <= max => Ok(fits),
            _ => Err(Malformed::OverLimit { what, len, max, at }),
        }
    }

    /// A run of bytes behind its length.
    ///
    /// # Errors
    /// As [`length`](Self::length) and [`take`](Self::take).
    pub fn run(&mut self, what: &'static str, max: usize) -> Result<&'a [u8], Malformed> {
        let len = self.length(what, max)?;
        self.take(len)
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`Malformed::TrailingBytes`] when something is left.
    pub fn finish(self) -> Result<(), Malformed> {
        if self.is_empty() { Ok(()) } else { Err(Malformed::TrailingBytes { at: self.at }) }
    }
}

/// Appends an unsigned varint.
pub fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let [low, ..] = value.to_le_bytes();
        value >>= 7;
        if value == 0 {
            out.push(low & 0x7f);
            return;
        }
        out.push(low | 0x80);
    }
}

/// Appends a signed varint (zigzag).
pub fn put_signed(out: &mut Vec<u8>, value: i64) {
    put_varint(out, zigzag(value));
}

/// Appends a run of bytes behind its length.
pub fn put_run(out: &mut Vec<u8>, run: &[u8]) {
    put_varint(out, u64::try_from(run.len()).expect("a length fits in 64 bits"));
    out.extend_from_slice(run);
}

/// Folds the sign into the lowest bit, so that small numbers of either sign are short.
pub fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

/// The inverse of [`zigzag`].
pub fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_come_back_as_they_went(value: u64, signed: i64) {
            let mut out = Vec::new();
            put_varint(&mut out, value);
            put_signed(&mut out, signed);
            let mut reader = Reader::new(&out);
            prop_assert_eq!(reader.varint(), Ok(value));
            prop_assert_eq!(reader.signed(), Ok(signed));
            prop_assert_eq!(reader.finish(), Ok(()));
        }

        #[test]
        fn a_number_has_one_spelling(bytes in proptest::collection::vec(any::<u8>(), 1..12)) {
            let mut reader = Reader::new(&bytes);
            if let Ok(value) = reader.varint() {
                let mut out = Vec::new();
                put_varint(&mut out, value);
                prop_assert_eq!(Some(out.as_slice()), bytes.get(..reader.at()));
            }
        }
    }

    #[test]
    fn a_length_over_its_bound_is_named_with_its_place() {
        let mut reader = Reader::new(&[0, 0xff, 0x7f]);
        assert_eq!(reader.byte(), Ok(0));
        let over = Malformed::OverLimit { what: "name", len: 16383, max: 20, at: 1 };
        assert_eq!(reader.run("name", 20), Err(over));
    }
}
