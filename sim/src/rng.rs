//! Chance from a seed: the same seed draws the same town, on any machine and with any release.
//!
//! Each purpose has a stream of its own, so a new kind of draw in one place moves nothing in
//! another. The generator and the way a number is drawn from it are fixed here, because a seed that
//! showed a fault is kept as a test for years.

use std::fmt;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// A stream of chance for one purpose of one seed.
pub struct Rng {
    stream: ChaCha8Rng,
}

impl Rng {
    /// The stream of this seed for this purpose. The purpose is a word like `population/names`.
    pub fn new(seed: u64, purpose: &str) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("digiana/sim/rng/1");
        hasher.update(&seed.to_le_bytes()).update(purpose.as_bytes());
        Self { stream: ChaCha8Rng::from_seed(*hasher.finalize().as_bytes()) }
    }

    /// Any number, each as likely as another.
    pub fn number(&mut self) -> u64 {
        self.stream.next_u64()
    }

    /// Fills bytes, as for names that the town draws at random.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        self.stream.fill_bytes(bytes);
    }

    /// A number below `bound`, each as likely as another.
    ///
    /// # Panics
    ///
    /// When `bound` is zero: there is no such number.
    pub fn below(&mut self, bound: u32) -> u32 {
        assert!(bound > 0, "a draw needs at least one outcome");
        let bound = u64::from(bound);
        // The numbers above the last whole multiple would make small outcomes likelier: draw again.
        // One draw in 2^32 at worst is repeated, so the loop ends.
        let usable = u64::MAX - u64::MAX % bound;
        loop {
            let drawn = self.number();
            if drawn < usable {
                return u32::try_from(drawn % bound).expect("a rest is below its divisor");
            }
        }
    }

    /// A number from `first` to `last`, both possible.
    ///
    /// # Panics
    ///
    /// When `last` is below `first`.
    pub fn between(&mut self, first: u32, last: u32) -> u32 {
        let span = last.checked_sub(first).expect("a range runs upwards");
        match span.checked_add(1) {
            Some(outcomes) => first + self.below(outcomes),
            None => u32::try_from(self.number() >> 32).expect("half of a number fits"),
        }
    }

    /// Whether something that happens `times` in a thousand happens now.
    pub fn per_mille(&mut self, times: u32) -> bool {
        self.below(1000) < times
    }

    /// One of several.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub fn choose<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let length = u32::try_from(from.len()).expect("lists of the town are short");
        let index = usize::try_from(self.below(length)).expect("an index fits");
        from.get(index).expect("a draw is below its bound")
    }

    /// Puts a list into a random order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        let length = u32::try_from(list.len()).expect("lists of the town are short");
        for last in (1..length).rev() {
            let other = self.below(last + 1);
            let index = |at: u32| usize::try_from(at).expect("an index fits");
            list.swap(index(last), index(other));
        }
    }
}

impl fmt::Debug for Rng {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rng")
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop"
)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_draws_what_it_always_drew() {
        let mut rng = Rng::new(1, "test");
        let drawn = [rng.number(), rng.number(), u64::from(rng.below(1000))];
        assert_eq!(drawn, [6_856_912_642_841_599_803, 1_026_205_152_122_885_071, 630]);
    }

    #[test]
    fn purposes_and_seeds_are_streams_of_their_own() {
        let first = |seed, purpose| Rng::new(seed, purpose).number();
        assert_eq!(first(1, "names"), first(1, "names"));
        assert_ne!(first(1, "names"), first(1, "ages"));
        assert_ne!(first(1, "names"), first(2, "names"));
    }

    #[test]
    fn every_outcome_is_drawn_and_none_beyond() {
        let mut rng = Rng::new(3, "test");
        let mut seen = [0; 6];
        for _ in 0..6_000 {
            let drawn = rng.between(2, 7);
            seen[usize::try_from(drawn - 2).unwrap()] += 1;
        }
        assert!(seen.iter().all(|times| (850..1150).contains(times)), "{seen:?}");
        assert_eq!(rng.between(5, 5), 5);
        assert_eq!(rng.below(1), 0);
    }

    #[test]
    fn a_shuffled_list_holds_what_it_held() {
        let mut list: Vec<u32> = (0..50).collect();
        Rng::new(4, "test").shuffle(&mut list);
        assert_ne!(list, (0..50).collect::<Vec<_>>());
        list.sort_unstable();
        assert_eq!(list, (0..50).collect::<Vec<_>>());
    }
}
