//! The drill's own page: cut and heal, tap cards by clicking people, and how fast others come.
//!
//! It is served on this machine alone, for as long as a drill with people runs, at an address with
//! a word in it that only whoever started the drill has seen. What is pressed becomes a wish for
//! the [`hands`](super::hands); what is shown comes from the latest [`look`](super::look). The page
//! touches neither nodes nor cards, and nothing of it exists outside of a drill.

mod diagram;
mod guard;
mod press;
mod register;
#[cfg(test)]
mod tests;
mod view;
mod words;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::timeout;

use self::register::Register;
use super::DrillFault;
use super::cast::{Places, Post};
use super::hands::{Asked, Done, Wish};
use super::look::Latch;
use crate::population::Person;

/// The most bytes of a form.
const FORM_BYTES_MAX: usize = 4 << 10;

/// How long a wish may take to be done. The slowest is a reader that does not answer.
const DONE_WITHIN: Duration = Duration::from_secs(40);

/// The most requests at once; further ones are told to come again.
const REQUESTS_MAX: usize = 64;

const STYLE: &str = include_str!("../../static/drill.css");
const SCRIPT: &str = include_str!("../../static/drill.js");

/// The page, before it is served.
#[derive(Debug, Clone)]
pub(super) struct Page {
    // `127.0.0.1:PORT`: the only name under which browsers may come.
    host: String,
    // The beginning of every address: a slash and the word that nobody can guess.
    base: String,
    register: Arc<Register>,
    devices: Arc<[(Post, String)]>,
    residents: Option<SocketAddr>,
    wishes: mpsc::Sender<Asked>,
    look: Latch,
    room: Arc<Semaphore>,
}

/// Why a wish was not done.
#[derive(Debug, thiserror::Error)]
enum NotDone {
    /// Too many wishes wait, or this one took too long.
    #[error("the drill is busy")]
    Busy,
    /// The town did not do it.
    #[error(transparent)]
    Fault(#[from] DrillFault),
}

impl Page {
    /// The page that will be served at this door.
    ///
    /// # Errors
    /// [`DrillFault::Machine`] when the door has no address.
    pub(super) fn at(
        door: &TcpListener,
        people: &[Person],
        wishes: mpsc::Sender<Asked>,
        look: Latch,
    ) -> Result<Self, DrillFault> {
        let host = door.local_addr().map_err(|error| machine(&error))?.to_string();
        let word = data_encoding::HEXLOWER.encode(&rand::random::<[u8; 16]>());
        let places = Places::carried();
        Ok(Self {
            host,
            base: format!("/{word}"),
            register: Arc::new(Register::of(people)),
            devices: Post::ALL.into_iter().map(|post| (post, post.device(&places))).collect(),
            residents: None,
            wishes,
            look,
            room: Arc::new(Semaphore::new(REQUESTS_MAX)),
        })
    }

    /// The same, with the address at which headquarters serves residents.
    pub(super) fn with_residents(self, at: SocketAddr) -> Self {
        Self { residents: Some(at), ..self }
    }

    /// Where browsers find it.
    pub(super) fn address(&self) -> String {
        format!("http://{}{}/", self.host, self.base)
    }

    /// Serves it until this is dropped.
    ///
    /// # Errors
    /// [`DrillFault::Machine`] with what the system said of the socket.
    pub(super) async fn serve(self, door: TcpListener) -> Result<(), DrillFault> {
        door.set_nonblocking(true).map_err(|error| machine(&error))?;
        let door = tokio::net::TcpListener::from_std(door).map_err(|error| machine(&error))?;
        axum::serve(door, self.router()).await.map_err(|error| machine(&error))
    }

    fn router(self) -> Router {
        let at = |path: &str| format!("{}{path}", self.base);
        Router::new()
            .route(&at("/"), get(view::show))
            .route(&at("/drill.css"), get(style))
            .route(&at("/drill.js"), get(script))
            .route(&at("/tap"), post(press::tap))
            .route(&at("/links"), post(press::links))
            .route(&at("/speed"), post(press::speed))
            .route(&at("/by-itself"), post(press::by_itself))
            .route(&at("/open"), post(press::open))
            .fallback(guard::nothing_here)
            .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
            .layer(from_fn_with_state(self.clone(), guard::check))
            .layer(from_fn(guard::headers))
            .with_state(self)
    }

    /// Has a wish done.
    async fn wish(&self, wish: Wish) -> Result<Done, NotDone> {
        let (answer, answered) = oneshot::channel();
        self.wishes.try_send(Asked { wish, answer }).map_err(|_| NotDone::Busy)?;
        match timeout(DONE_WITHIN, answered).await {
            Ok(Ok(done)) => Ok(done?),
            // The drill ends, or it takes its time: it may yet be done.
            Ok(Err(_)) | Err(_) => Err(NotDone::Busy),
        }
    }
}

fn machine(error: &std::io::Error) -> DrillFault {
    DrillFault::Machine(format!("the drill's page: {error}"))
}

async fn style() -> Response {
    let kind = [(header::CONTENT_TYPE, "text/css; charset=utf-8")];
    (kind, format!("{STYLE}{}", diagram::style())).into_response()
}

async fn script() -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], SCRIPT).into_response()
}
