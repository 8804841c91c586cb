//! Pages follow the town: a tick when something changed, and a heartbeat when nothing did.
//!
//! A tick carries nothing: the page asks again for itself, so it shows no more than its reader may
//! see. A page without script works, only not by itself.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Extension;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::app::App;
use crate::auth::session::Staff;
use crate::error::PageError;

/// The most pages that are told of changes at once.
pub const SUBSCRIBERS_MAX: usize = 128;

/// The least time between two ticks to one page.
pub const TICK_EVERY: Duration = Duration::from_millis(400);

/// How often a silent stream shows that it is alive.
pub const HEARTBEAT_EVERY: Duration = Duration::from_secs(15);

/// How long a page that lost its stream waits before it asks for a new one.
const RETRY_AFTER: Duration = Duration::from_secs(3);

/// Places for pages that are told of changes.
#[derive(Debug, Clone)]
pub struct Subscribers(Arc<Semaphore>);

impl Default for Subscribers {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(SUBSCRIBERS_MAX)))
    }
}

impl Subscribers {
    /// How many pages are told of changes now.
    pub fn count(&self) -> usize {
        SUBSCRIBERS_MAX.saturating_sub(self.0.available_permits())
    }
}

struct Follower {
    app: App,
    staff: Staff,
    changes: watch::Receiver<u64>,
    is_first: bool,
    _place: OwnedSemaphorePermit,
}

/// `GET /live`
pub(crate) async fn follow(State(app): State<App>, Extension(staff): Extension<Staff>) -> Response {
    let Ok(place) = Arc::clone(&app.subscribers().0).try_acquire_owned() else {
        return PageError::Busy.into_response();
    };
    let changes = app.town().changes();
    let follower = Follower { app, staff, changes, is_first: true, _place: place };
    Sse::new(stream::unfold(follower, next_tick))
        .keep_alive(KeepAlive::new().interval(HEARTBEAT_EVERY))
        .into_response()
}

/// The next tick; the end when the node stops or the session is over.
async fn next_tick(mut follower: Follower) -> Option<(Result<Event, Infallible>, Follower)> {
    if follower.is_first {
        follower.is_first = false;
        let hello = Event::default().event("ready").retry(RETRY_AFTER).data("");
        return Some((Ok(hello), follower));
    }
    follower.changes.changed().await.ok()?;
    tokio::time::sleep(TICK_EVERY).await;
    let count = *follower.changes.borrow_and_update();
    if !follower.app.sessions().is_open(&follower.staff, Instant::now()) {
        return None;
    }
    Some((Ok(Event::default().event("changed").data(count.to_string())), follower))
}
