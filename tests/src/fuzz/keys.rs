//! Secret keys with simulated signatures, made once: even there the public half costs a
//! multiplication on the curve, which takes longer than most inputs.

use std::sync::OnceLock;

use digiana_core::sign::{Scheme, Signer};

/// Everybody's secret is one number, repeated; these are the numbers.
const SECRETS: std::ops::RangeInclusive<u8> = 1..=5;

/// Whoever has this secret, from 1 to 5.
pub(super) fn signer(secret: u8) -> &'static Signer {
    static SIGNERS: OnceLock<Vec<Signer>> = OnceLock::new();
    let signers = SIGNERS.get_or_init(|| SECRETS.map(owned_signer).collect());
    secret.checked_sub(1).and_then(|at| signers.get(usize::from(at))).expect("there are five")
}

/// The same for an engine, which has its signer to itself.
pub(super) fn owned_signer(secret: u8) -> Signer {
    Signer::new(Scheme::Simulated, &[secret; 32])
}
