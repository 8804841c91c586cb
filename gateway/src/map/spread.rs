//! Signs that would lie on each other are moved apart, each as little as possible.

/// How far apart the middles of two signs are at least.
pub(super) const APART: f64 = 25.0;

/// From where on a sign is said to have been moved.
pub(super) const NOTICEABLE: f64 = 5.0;

/// How often all pairs are looked at: signs settle long before.
const ROUNDS: usize = 60;

/// Where signs for `spots` are drawn. The same spots always give the same places.
pub(super) fn apart(spots: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut drawn = spots.to_vec();
    for _ in 0..ROUNDS {
        let mut is_settled = true;
        for first in 0..drawn.len() {
            for second in first + 1..drawn.len() {
                is_settled &= !push(&mut drawn, first, second);
            }
        }
        if is_settled {
            break;
        }
    }
    drawn
}

/// Moves two signs apart by half of what is missing each; whether anything was missing.
fn push(drawn: &mut [(f64, f64)], first: usize, second: usize) -> bool {
    let (Some(one), Some(other)) = (drawn.get(first).copied(), drawn.get(second).copied()) else {
        return false;
    };
    let (dx, dy) = (other.0 - one.0, other.1 - one.1);
    let distance = dx.hypot(dy);
    if distance >= APART - 0.01 {
        return false;
    }
    // Two that lie on one spot part sideways.
    let (ux, uy) = if distance < 0.001 { (1.0, 0.0) } else { (dx / distance, dy / distance) };
    let half = (APART - distance) / 2.0;
    for (at, sign) in [(first, -1.0), (second, 1.0)] {
        if let Some(spot) = drawn.get_mut(at) {
            *spot = (spot.0 + ux * half * sign, spot.1 + uy * half * sign);
        }
    }
    true
}
