//! Chance from a seed, fixed here, because a number that showed a defect is kept for years.

use blake3::OutputReader;

/// A stream of chance.
pub(super) struct Dice(OutputReader);

impl Dice {
    /// The stream of a seed for one purpose.
    pub(super) fn new(seed: u64, purpose: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        Self(hasher.update(&seed.to_le_bytes()).update(purpose.as_bytes()).finalize_xof())
    }

    /// A number below `bound`.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        let bound = u64::try_from(bound).unwrap();
        usize::try_from(u64::from_le_bytes(bytes) % bound).unwrap()
    }

    /// Whether something happens that happens once in so many times.
    pub(super) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}
