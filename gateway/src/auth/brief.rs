//! What a session keeps for itself for a few minutes: it is shown to nobody else and stored nowhere.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::session::Staff;

/// One thing of each session, gone after its time whether anybody looks again or not.
pub(crate) struct Brief<T> {
    stays: Duration,
    // Invariant: one a session.
    kept: Arc<Mutex<Vec<Kept<T>>>>,
}

struct Kept<T> {
    staff: Staff,
    at: Instant,
    what: T,
}

impl<T: Send + 'static> Brief<T> {
    /// Nothing is kept yet; what will be stays for so long.
    pub(crate) fn lasting(stays: Duration) -> Self {
        Self { stays, kept: Arc::default() }
    }

    /// Keeps `what` for this session instead of what it kept before.
    pub(crate) fn keep(&self, staff: &Staff, what: T) {
        let mut kept = self.lock();
        kept.retain(|it| !it.staff.is_same_session(staff));
        kept.push(Kept { staff: staff.clone(), at: Instant::now(), what });
        drop(kept);
        let (all, stays) = (Arc::clone(&self.kept), self.stays);
        tokio::spawn(async move {
            tokio::time::sleep(stays).await;
            all.lock().unwrap_or_else(PoisonError::into_inner).retain(|it| it.at.elapsed() < stays);
        });
    }

    /// Looks at what this session keeps, where it keeps something.
    pub(crate) fn look<R>(&self, staff: &Staff, look: impl FnOnce(&T) -> R) -> Option<R> {
        let kept = self.lock();
        let of_session = kept.iter().find(|it| it.staff.is_same_session(staff));
        of_session.filter(|it| it.at.elapsed() < self.stays).map(|it| look(&it.what))
    }

    /// This session keeps nothing more.
    pub(crate) fn forget(&self, staff: &Staff) {
        self.lock().retain(|it| !it.staff.is_same_session(staff));
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Kept<T>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that fails says so by panicking")]

    use super::*;
    use crate::auth::Role;
    use crate::auth::session::Sessions;

    fn two_sessions() -> [Staff; 2] {
        let sessions = Sessions::default();
        [(); 2].map(|()| {
            let now = Instant::now();
            let word = sessions.open(Role::Headquarters, now);
            sessions.look(word.expose(), now).unwrap()
        })
    }

    #[tokio::test]
    async fn a_session_sees_its_own_and_the_latest_only() {
        let [one, other] = two_sessions();
        let brief = Brief::lasting(Duration::from_secs(60));
        brief.keep(&one, 1);
        brief.keep(&other, 2);
        brief.keep(&one, 3);
        assert_eq!([&one, &other].map(|staff| brief.look(staff, |it| *it)), [Some(3), Some(2)]);
        brief.forget(&one);
        assert_eq!([&one, &other].map(|staff| brief.look(staff, |it| *it)), [None, Some(2)]);
    }

    #[tokio::test]
    async fn after_its_time_nothing_is_shown_and_nothing_is_in_memory() {
        let [one, _] = two_sessions();
        let brief = Brief::lasting(Duration::ZERO);
        brief.keep(&one, 1);
        assert_eq!(brief.look(&one, |it| *it), None);
        while !brief.lock().is_empty() {
            tokio::task::yield_now().await;
        }
    }
}
