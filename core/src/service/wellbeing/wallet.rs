//! What a person's points come to.

use super::earn::{claims, earned};
use super::rows::{Row, What};

/// What a wallet holds, or owes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Balance {
    /// Points that may be spent.
    Available(u64),
    /// Places that could not hear each other both let the same points be spent. Not an error:
    /// staff settle it with an entry of its own.
    Overdrawn(u64),
}

impl Balance {
    /// The balance of a signed sum.
    pub fn of(points: i64) -> Self {
        if points < 0 {
            Self::Overdrawn(points.unsigned_abs())
        } else {
            Self::Available(points.unsigned_abs())
        }
    }

    /// What may be spent.
    pub fn available(self) -> u64 {
        match self {
            Self::Available(points) => points,
            Self::Overdrawn(_) => 0,
        }
    }

    /// What is owed.
    pub fn debt(self) -> u64 {
        match self {
            Self::Available(_) => 0,
            Self::Overdrawn(points) => points,
        }
    }
}

/// A wallet as it is known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wallet {
    /// All points earned, spent, moved, undone and settled: less than nothing where it is overdrawn.
    pub points: i64,
    /// What was earned at a time that nobody can say: not in `points` until somebody can.
    pub pending: u64,
}

impl Wallet {
    /// What it holds, or owes.
    pub fn balance(&self) -> Balance {
        Balance::of(self.points)
    }

    /// Counts the rows of one person.
    pub(super) fn count<'a>(
        rows: impl Iterator<Item = &'a Row> + Clone,
        is_reversed: impl Fn(&Row) -> bool,
    ) -> Self {
        let given = |rows: Vec<&Row>| -> i64 {
            earned(claims(rows)).iter().map(|earned| i64::from(earned.given)).sum()
        };
        let (sure, unsure): (Vec<&Row>, Vec<&Row>) = rows.clone().partition(|row| row.has_a_day());
        let moved = |row: &Row| match row.what {
            What::Visit { .. } | What::Award { .. } => 0,
            What::Spend { points, .. } | What::Transfer { points } if !is_reversed(row) => {
                -i64::from(points)
            }
            What::Spend { .. } | What::Transfer { .. } => 0,
            What::Settle { points, .. } => i64::from(points),
        };
        let points = given(sure).saturating_add(rows.map(moved).sum());
        Self { points, pending: given(unsure).unsigned_abs() }
    }
}
