//! Where two texts differ, so that what nobody touched keeps its characters.

use std::ops::Range;

use crate::limits::TEXT_COMPARISONS_MAX;

/// Equal stretches shorter than this between two changes are chance, not text that was kept.
const KEPT_CHARS_MIN: usize = 2;

/// A stretch of the old text that another stretch takes the place of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    /// Places in the old text.
    pub(super) old: Range<usize>,
    /// Places in the new text.
    pub(super) new: Range<usize>,
}

/// The differences from left to right. Texts too long to compare differ in one piece.
pub(super) fn differences(old: &[char], new: &[char]) -> Vec<Difference> {
    let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (old.get(start..).unwrap_or(&[]), new.get(start..).unwrap_or(&[]));
    let end = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let (old_end, new_end) = (old.len().saturating_sub(end), new.len().saturating_sub(end));
    let middle =
        kept(old.get(start..old_end).unwrap_or(&[]), new.get(start..new_end).unwrap_or(&[]));
    let mut differences = Vec::new();
    let (mut old_at, mut new_at) = (start, start);
    let last =
        Kept { old: old_end.saturating_sub(start), new: new_end.saturating_sub(start), len: 0 };
    for kept in middle.into_iter().chain([last]) {
        let (old, new) = (start.saturating_add(kept.old), start.saturating_add(kept.new));
        if old_at < old || new_at < new {
            differences.push(Difference { old: old_at..old, new: new_at..new });
        }
        (old_at, new_at) = (old.saturating_add(kept.len), new.saturating_add(kept.len));
    }
    differences
}

// A stretch that stands in both texts.
#[derive(Debug, Clone, Copy)]
struct Kept {
    old: usize,
    new: usize,
    len: usize,
}

// The stretches of a longest common subsequence that are long enough to be no chance.
fn kept(old: &[char], new: &[char]) -> Vec<Kept> {
    let width = new.len().saturating_add(1);
    let cells = old.len().saturating_add(1).saturating_mul(width);
    if cells > TEXT_COMPARISONS_MAX {
        return Vec::new();
    }
    // `common` tells for each pair of places how much is common from there to both ends.
    let mut common: Vec<u32> = vec![0; cells];
    let cell = |row: usize, column: usize| row.saturating_mul(width).saturating_add(column);
    for (row, a) in old.iter().enumerate().rev() {
        for (column, b) in new.iter().enumerate().rev() {
            let at =
                |row: usize, column: usize| common.get(cell(row, column)).copied().unwrap_or(0);
            let best = if a == b {
                at(row.saturating_add(1), column.saturating_add(1)).saturating_add(1)
            } else {
                at(row.saturating_add(1), column).max(at(row, column.saturating_add(1)))
            };
            if let Some(place) = common.get_mut(cell(row, column)) {
                *place = best;
            }
        }
    }
    let at = |row: usize, column: usize| common.get(cell(row, column)).copied().unwrap_or(0);
    let mut kept: Vec<Kept> = Vec::new();
    let (mut row, mut column) = (0, 0);
    while let (Some(a), Some(b)) = (old.get(row), new.get(column)) {
        if a == b {
            match kept.last_mut().filter(|k| k.old + k.len == row && k.new + k.len == column) {
                Some(last) => last.len = last.len.saturating_add(1),
                None => kept.push(Kept { old: row, new: column, len: 1 }),
            }
            (row, column) = (row.saturating_add(1), column.saturating_add(1));
        } else if at(row.saturating_add(1), column) >= at(row, column.saturating_add(1)) {
            row = row.saturating_add(1);
        } else {
            column = column.saturating_add(1);
        }
    }
    kept.retain(|kept| kept.len >= KEPT_CHARS_MIN);
    kept
}
