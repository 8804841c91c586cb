//! What is made of a part of a fold when somebody asks, and kept until that part changes.
//!
//! It says nothing that its source does not say, so it counts neither in comparisons nor in digests.

use std::sync::OnceLock;

/// A value made of what lies beside it, or room for one.
pub struct Derived<T>(OnceLock<Box<T>>);

impl<T> Derived<T> {
    /// The value, made now unless it was made since the last change.
    pub fn get(&self, make: impl FnOnce() -> T) -> &T {
        self.0.get_or_init(|| Box::new(make()))
    }

    /// Forgets the value: what it was made of changed.
    pub fn clear(&mut self) {
        self.0 = OnceLock::new();
    }

    /// The value, where it was made since the last change: for what forgets a part of it.
    pub fn made(&mut self) -> Option<&mut T> {
        self.0.get_mut().map(Box::as_mut)
    }

    /// Whether the value was made since the last change.
    pub fn is_made(&self) -> bool {
        self.0.get().is_some()
    }
}

impl<T> Default for Derived<T> {
    fn default() -> Self {
        Self(OnceLock::new())
    }
}

impl<T> Clone for Derived<T> {
    /// A copy makes its own when it is asked.
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl<T> PartialEq for Derived<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T> Eq for Derived<T> {}

impl<T> std::fmt::Debug for Derived<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.is_made() { "Derived(made)" } else { "Derived(not made)" })
    }
}
