//! What all pages share while the gateway runs.

use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::HeaderMap;

use crate::api::shelters::Published;
use crate::auth::Role;
use crate::auth::brief::Brief;
use crate::auth::kit::OpeningKit;
use crate::auth::login_link::LoginLinks;
use crate::auth::passphrase::PassphraseFile;
use crate::auth::session::Sessions;
use crate::auth::throttle::Throttle;
use crate::backend::{Backend, Tap};
use crate::config::{Screen, WebConfig};
use crate::live::Subscribers;
use crate::page::cards::code::{PRINTABLE, Printable};
use crate::page::cards::{OPENED_STAYS, Opened};

/// The gateway as its handlers hold it. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

struct Parts {
    web: WebConfig,
    town: Arc<dyn Backend>,
    sessions: Sessions,
    throttle: Throttle,
    guesses_at_once: tokio::sync::Semaphore,
    passphrase: PassphraseFile,
    links: LoginLinks,
    kit: OpeningKit,
    subscribers: Subscribers,
    published: Mutex<Option<Published>>,
    handled_tap: Mutex<String>,
    shown_tap: Mutex<Option<Tap>>,
    opened_cards: Brief<Opened>,
    printable_codes: Brief<Printable>,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("web", &self.0.web).finish_non_exhaustive()
    }
}

impl App {
    /// A gateway over `town`, with the staff's secrets in the folder `data`.
    pub fn new(web: WebConfig, town: Arc<dyn Backend>, data: &Path) -> Self {
        Self(Arc::new(Parts {
            web,
            town,
            sessions: Sessions::default(),
            throttle: Throttle::default(),
            guesses_at_once: tokio::sync::Semaphore::new(1),
            passphrase: PassphraseFile::in_folder(data),
            links: LoginLinks::in_folder(data),
            kit: OpeningKit::in_folder(data),
            subscribers: Subscribers::default(),
            published: Mutex::new(None),
            handled_tap: Mutex::default(),
            shown_tap: Mutex::default(),
            opened_cards: Brief::lasting(OPENED_STAYS),
            printable_codes: Brief::lasting(PRINTABLE),
        }))
    }

    /// The table `[web]`.
    pub fn web(&self) -> &WebConfig {
        &self.0.web
    }

    /// The node.
    pub fn town(&self) -> &dyn Backend {
        &*self.0.town
    }

    /// Who is logged in.
    pub fn sessions(&self) -> &Sessions {
        &self.0.sessions
    }

    pub(crate) fn throttle(&self) -> &Throttle {
        &self.0.throttle
    }

    /// One passphrase is compared at a time: it costs 19 MiB and a core for a moment.
    pub(crate) fn guesses_at_once(&self) -> &tokio::sync::Semaphore {
        &self.0.guesses_at_once
    }

    pub(crate) fn passphrase(&self) -> &PassphraseFile {
        &self.0.passphrase
    }

    /// The login links that wait to be used.
    pub fn links(&self) -> &LoginLinks {
        &self.0.links
    }

    /// The opening kit of this desk.
    pub fn kit(&self) -> &OpeningKit {
        &self.0.kit
    }

    /// The pages that are told of changes.
    pub fn subscribers(&self) -> &Subscribers {
        &self.0.subscribers
    }

    /// The word of the tap that staff of this desk have dealt with.
    pub(crate) fn handled_tap(&self) -> &Mutex<String> {
        &self.0.handled_tap
    }

    /// What the screen beside the reader is to say of somebody who had no card: as of a tap.
    pub(crate) fn show_tap(&self, tap: Tap) {
        *self.0.shown_tap.lock().unwrap_or_else(PoisonError::into_inner) = Some(tap);
    }

    /// What the reader answered last, or what was said in the place of a card, the later of both.
    pub(crate) fn newest_tap(&self) -> Option<Tap> {
        let shown = self.0.shown_tap.lock().unwrap_or_else(PoisonError::into_inner).clone();
        shown.into_iter().chain(self.town().last_tap()).max_by_key(|tap| tap.at)
    }

    /// What the cards said that staff have opened.
    pub(crate) fn opened_cards(&self) -> &Brief<Opened> {
        &self.0.opened_cards
    }

    /// The codes that staff have just made, to be printed.
    pub(crate) fn printable_codes(&self) -> &Brief<Printable> {
        &self.0.printable_codes
    }

    pub(crate) fn published(&self) -> &Mutex<Option<Published>> {
        &self.0.published
    }

    /// What a session opened here may do; `None` where no staff page is served.
    pub fn role(&self) -> Option<Role> {
        let site = self.town().place().site;
        if self.web().public_only {
            return None;
        }
        match self.web().role {
            Screen::Headquarters => Some(Role::Headquarters),
            Screen::Shelter => site.map(Role::Desk),
            Screen::Kiosk => site.map(Role::Kiosk),
            Screen::Public => None,
        }
    }

    /// Where `/` leads for that role.
    pub(crate) fn home(&self, role: Role) -> &'static str {
        role.home(self.town().serves())
    }

    /// The name of the session cookie. It holds the port, since a browser keeps one jar for all
    /// ports of a machine: headquarters and a desk may be open side by side.
    pub(crate) fn session_cookie(&self) -> String {
        format!("digiana_session_{}", self.web().listen.port())
    }

    /// Whether the session cookie may travel over TLS only. A browser on this machine, and a
    /// shelter that has said so, come without.
    pub(crate) fn cookie_needs_tls(&self, headers: &HeaderMap) -> bool {
        let proxied = headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https");
        proxied || !(self.web().plain_http || self.web().listen.ip().is_loopback())
    }

    /// Whether `/metrics` is open to a reader at `from` who shows `token`.
    pub(crate) fn may_read_metrics(&self, from: IpAddr, token: Option<&str>) -> bool {
        use crate::auth::secret::Digest;
        let shown = token.map(Digest::of);
        let known = self.web().metrics_token.as_deref().map(Digest::of);
        known.map_or_else(|| from.is_loopback(), |known| shown == Some(known) || from.is_loopback())
    }
}
