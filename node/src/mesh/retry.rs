//! How long to wait before a peer is dialled again.

use std::time::Duration;

use super::limits::{RETRY_FIRST, RETRY_LONGEST};

/// The wait after `failures` dials in a row that brought no lasting link.
///
/// `jitter` from 0 to 1 takes up to half of it away, so that a town that wakes together does not
/// dial together.
pub(super) fn wait_after(failures: u32, jitter: f64) -> Duration {
    let doubled = RETRY_FIRST.saturating_mul(1 << failures.min(10));
    doubled.min(RETRY_LONGEST).mul_f64(1.0 - jitter.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_from_a_third_of_a_second_to_fifteen() {
        assert_eq!(wait_after(0, 0.0), RETRY_FIRST);
        assert_eq!(wait_after(1, 0.0), RETRY_FIRST * 2);
        assert_eq!(wait_after(6, 0.0), RETRY_LONGEST);
        assert_eq!(wait_after(u32::MAX, 0.0), RETRY_LONGEST);
        assert_eq!(wait_after(u32::MAX, 1.0), RETRY_LONGEST / 2);
    }
}
