//! Sessions: who is logged in, what they are told next, and which forms they have sent.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use digiana_core::id::EntryId;
use digiana_core::scope::Scope;

use super::Role;
use super::secret::{Digest, Secret};

/// How long a session lives without being used.
pub const SESSION_IDLE: Duration = Duration::from_secs(12 * 60 * 60);

/// The most sessions at once. One more ends the one that has been idle longest.
pub const SESSIONS_MAX: usize = 256;

/// How many forms a session remembers as sent.
pub const FORMS_REMEMBERED_MAX: usize = 64;

/// How many of its last actions a session can take back.
pub const UNDOS_REMEMBERED_MAX: usize = 16;

/// For how long a page offers to take back the last action.
pub const UNDO_OFFERED: Duration = Duration::from_secs(10 * 60);

/// The most characters of a form's number.
const FORM_CHARS_MAX: usize = 64;

/// What a page says once, after the reader was sent there. `Debug` is silent: it may hold a name.
#[derive(Clone, PartialEq, Eq)]
pub struct Flash {
    /// Whether it went well.
    pub tone: Tone,
    /// The sentence.
    pub said: String,
    /// Where the form was sent to, if it was refused.
    pub form: String,
    /// What was typed, where it was refused and should not be typed again.
    pub typed: Vec<(String, String)>,
    /// The number by which what it tells of can be taken back.
    pub undo: Option<String>,
}

impl Flash {
    /// It went well: `said`.
    pub fn done(said: String) -> Self {
        Self { tone: Tone::Done, said, form: String::new(), typed: Vec::new(), undo: None }
    }

    /// It was refused: `said`.
    pub fn refused(said: String) -> Self {
        Self { tone: Tone::Refused, ..Self::done(said) }
    }
}

impl std::fmt::Debug for Flash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Flash({:?})", self.tone)
    }
}

/// How a sentence is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// It was done.
    Done,
    /// It was refused; the sentence says what to do.
    Refused,
}

/// What a session did and can take back. `Debug` is silent: its sentence may hold a name.
#[derive(Clone, PartialEq, Eq)]
pub struct Undo {
    /// What was written.
    pub entries: Vec<(Scope, EntryId)>,
    /// The sentence that told of it.
    pub said: String,
    /// The page to go back to.
    pub back: String,
}

impl std::fmt::Debug for Undo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Undo({} entries)", self.entries.len())
    }
}

/// Whether an action can be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undoing {
    /// It can, by whoever asked; nobody else is told so unless they give it back.
    Open(Undo),
    /// It was taken back before.
    Done(Undo),
    /// This session did nothing of that number, or too long ago.
    Unknown,
}

#[derive(Debug)]
struct Kept {
    number: String,
    undo: Undo,
    is_undone: bool,
    at: Instant,
}

/// One session, without the word that opens it.
#[derive(Debug)]
struct Session {
    role: Role,
    csrf: Secret,
    last_used: Instant,
    flash: Option<Flash>,
    // Invariant: at most FORMS_REMEMBERED_MAX.
    forms_sent: VecDeque<String>,
    // Invariant: at most UNDOS_REMEMBERED_MAX.
    undos: VecDeque<Kept>,
}

/// Every session of this gateway. They do not outlive it.
#[derive(Debug, Default)]
pub struct Sessions {
    // Invariant: at most SESSIONS_MAX.
    open: Mutex<HashMap<Digest, Session>>,
}

/// A session that a request has shown the cookie of.
#[derive(Debug, Clone)]
pub struct Staff {
    key: Digest,
    /// What it may open.
    pub role: Role,
    /// The word that each of its forms carries.
    pub csrf: Secret,
}

impl Staff {
    /// Whether both are of one session.
    pub fn is_same_session(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Sessions {
    /// Opens a session and returns the word for its cookie.
    pub fn open(&self, role: Role, now: Instant) -> Secret {
        let word = Secret::draw();
        let mut open = self.lock();
        open.retain(|_, session| is_alive(session, now));
        while open.len() >= SESSIONS_MAX {
            let idlest = open.iter().min_by_key(|(_, session)| session.last_used);
            let Some(key) = idlest.map(|(key, _)| *key) else {
                break;
            };
            open.remove(&key);
        }
        let session = Session {
            role,
            csrf: Secret::draw(),
            last_used: now,
            flash: None,
            forms_sent: VecDeque::new(),
            undos: VecDeque::new(),
        };
        open.insert(Digest::of(word.expose()), session);
        word
    }

    /// The session of a cookie, if it lives; it lives on from `now`.
    pub fn find(&self, word: &str, now: Instant) -> Option<Staff> {
        let key = Digest::of(word);
        let mut open = self.lock();
        let session = open.get_mut(&key)?;
        if !is_alive(session, now) {
            open.remove(&key);
            return None;
        }
        session.last_used = now;
        Some(staff(key, session))
    }

    /// The session of a cookie, if it lives, without keeping it so: for a page's own script, which
    /// asks whether anyone is there or not.
    pub fn look(&self, word: &str, now: Instant) -> Option<Staff> {
        let key = Digest::of(word);
        let open = self.lock();
        open.get(&key).filter(|session| is_alive(session, now)).map(|session| staff(key, session))
    }

    /// Whether a session is still open, without keeping it so: for what watches in the background.
    pub fn is_open(&self, staff: &Staff, now: Instant) -> bool {
        self.lock().get(&staff.key).is_some_and(|session| is_alive(session, now))
    }

    /// Ends a session.
    pub fn close(&self, staff: &Staff) {
        self.lock().remove(&staff.key);
    }

    /// Leaves a sentence for the session's next page. A later one takes its place.
    pub fn leave_flash(&self, staff: &Staff, flash: Flash) {
        if let Some(session) = self.lock().get_mut(&staff.key) {
            session.flash = Some(flash);
        }
    }

    /// Leaves a sentence, unless a weightier one waits for the same page.
    pub fn leave_flash_if_none(&self, staff: &Staff, flash: Flash) {
        if let Some(session) = self.lock().get_mut(&staff.key) {
            session.flash.get_or_insert(flash);
        }
    }

    /// Takes the sentence that was left, if one was.
    pub fn take_flash(&self, staff: &Staff) -> Option<Flash> {
        self.lock().get_mut(&staff.key)?.flash.take()
    }

    /// Notes that a form was sent. `false` when it was sent before: a second press of a button.
    pub fn is_first_sending(&self, staff: &Staff, form: &str) -> bool {
        let form: String = form.chars().take(FORM_CHARS_MAX).collect();
        let mut open = self.lock();
        let Some(session) = open.get_mut(&staff.key) else {
            return false;
        };
        if session.forms_sent.contains(&form) {
            return false;
        }
        if session.forms_sent.len() >= FORMS_REMEMBERED_MAX {
            session.forms_sent.pop_front();
        }
        session.forms_sent.push_back(form);
        true
    }

    /// A form was refused: the same page may send it again, mended.
    pub fn forget_sending(&self, staff: &Staff, form: &str) {
        let form: String = form.chars().take(FORM_CHARS_MAX).collect();
        if let Some(session) = self.lock().get_mut(&staff.key) {
            session.forms_sent.retain(|sent| *sent != form);
        }
    }

    /// Keeps what a session did, and returns the number by which it is taken back.
    pub fn keep_undo(&self, staff: &Staff, undo: Undo, now: Instant) -> String {
        let number = Secret::draw().expose().to_owned();
        if let Some(session) = self.lock().get_mut(&staff.key) {
            if session.undos.len() >= UNDOS_REMEMBERED_MAX {
                session.undos.pop_front();
            }
            let number = number.clone();
            session.undos.push_back(Kept { number, undo, is_undone: false, at: now });
        }
        number
    }

    /// The number and the story of what a session did last, if that was not long ago and was not
    /// taken back.
    pub fn last_undo(&self, staff: &Staff, now: Instant) -> Option<(String, Undo)> {
        let open = self.lock();
        let last = open.get(&staff.key)?.undos.back()?;
        let is_offered = !last.is_undone && now.saturating_duration_since(last.at) < UNDO_OFFERED;
        is_offered.then(|| (last.number.clone(), last.undo.clone()))
    }

    /// Takes what is to be undone: once, until it is given back.
    pub fn take_undo(&self, staff: &Staff, number: &str) -> Undoing {
        let mut open = self.lock();
        let kept = open.get_mut(&staff.key).map(|session| session.undos.iter_mut());
        let Some(kept) = kept.and_then(|mut kept| kept.find(|kept| kept.number == number)) else {
            return Undoing::Unknown;
        };
        if std::mem::replace(&mut kept.is_undone, true) {
            Undoing::Done(kept.undo.clone())
        } else {
            Undoing::Open(kept.undo.clone())
        }
    }

    /// It could not be undone: it may be tried again.
    pub fn give_back_undo(&self, staff: &Staff, number: &str) {
        let mut open = self.lock();
        let undos = open.get_mut(&staff.key).map(|session| session.undos.iter_mut());
        for kept in undos.into_iter().flatten().filter(|kept| kept.number == number) {
            kept.is_undone = false;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Digest, Session>> {
        self.open.lock().expect("no holder of this lock panics")
    }
}

fn staff(key: Digest, session: &Session) -> Staff {
    Staff { key, role: session.role, csrf: session.csrf.clone() }
}

fn is_alive(session: &Session, now: Instant) -> bool {
    now.saturating_duration_since(session.last_used) < SESSION_IDLE
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that fails says so by panicking")]

    use super::*;

    #[test]
    fn a_session_ends_after_half_a_day_of_rest() {
        let (sessions, start) = (Sessions::default(), Instant::now());
        let word = sessions.open(Role::Headquarters, start);
        let later = start + SESSION_IDLE - Duration::from_secs(1);
        assert!(sessions.find(word.expose(), later).is_some());
        assert!(sessions.find(word.expose(), later + SESSION_IDLE).is_none());
        assert!(sessions.find("guessed", start).is_none());
    }

    #[test]
    fn one_session_too_many_ends_the_idlest() {
        let (sessions, start) = (Sessions::default(), Instant::now());
        let words: Vec<_> = (0..=SESSIONS_MAX)
            .zip(1_u64..)
            .map(|(_, tick)| sessions.open(Role::Headquarters, start + Duration::from_millis(tick)))
            .collect();
        assert!(sessions.find(words.first().unwrap().expose(), start).is_none());
        assert!(sessions.find(words.last().unwrap().expose(), start).is_some());
    }

    #[test]
    fn an_action_is_taken_back_once_unless_it_could_not_be() {
        let (sessions, start) = (Sessions::default(), Instant::now());
        let word = sessions.open(Role::Headquarters, start);
        let staff = sessions.find(word.expose(), start).unwrap();
        let undo = Undo { entries: Vec::new(), said: "said".to_owned(), back: "/desk".to_owned() };
        let number = sessions.keep_undo(&staff, undo.clone(), start);
        let offered = Some((number.clone(), undo.clone()));
        assert_eq!(
            sessions.last_undo(&staff, start + UNDO_OFFERED - Duration::from_secs(1)),
            offered
        );
        assert_eq!(sessions.last_undo(&staff, start + UNDO_OFFERED), None, "long ago");
        assert_eq!(sessions.take_undo(&staff, "guessed"), Undoing::Unknown);
        assert_eq!(sessions.take_undo(&staff, &number), Undoing::Open(undo.clone()));
        assert_eq!(sessions.take_undo(&staff, &number), Undoing::Done(undo.clone()));
        assert_eq!(sessions.last_undo(&staff, start), None, "taken back");
        sessions.give_back_undo(&staff, &number);
        assert_eq!(sessions.take_undo(&staff, &number), Undoing::Open(undo.clone()));
        for _ in 0..UNDOS_REMEMBERED_MAX {
            sessions.keep_undo(&staff, undo.clone(), start);
        }
        assert_eq!(sessions.take_undo(&staff, &number), Undoing::Unknown, "too long ago");
    }

    #[test]
    fn a_form_counts_once() {
        let (sessions, start) = (Sessions::default(), Instant::now());
        let word = sessions.open(Role::Headquarters, start);
        let staff = sessions.find(word.expose(), start).unwrap();
        assert!(sessions.is_first_sending(&staff, "a"));
        assert!(!sessions.is_first_sending(&staff, "a"));
        sessions.forget_sending(&staff, "a");
        assert!(sessions.is_first_sending(&staff, "a"), "what was refused may be sent again");
    }
}
