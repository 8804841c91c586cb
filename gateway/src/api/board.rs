//! `/api/v1/board`: the figures of the board, without anybody's name.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::backend::{self, Custody, Freshness, SiteRow};
use crate::error::Problem;
use crate::page::{when, words};

/// The board of headquarters.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Board {
    /// When this was so.
    #[schema(format = DateTime)]
    now: String,
    people: Headcount,
    /// How many of the register nobody has heard of; null where no register is held.
    unaccounted: Option<u32>,
    /// How many sites are open.
    open: u32,
    /// How many people several sites count.
    two_places: usize,
    /// Devices that are not heard, longest unheard first.
    unheard: Vec<Unheard>,
    /// What districts are to do, the most urgent first; only what is in force.
    warnings: Vec<super::shelters::Warning>,
    sites: Vec<Site>,
}

/// A count that may be short of what unheard places know.
#[derive(Debug, Serialize, ToSchema)]
struct Headcount {
    /// So many at least.
    sure: u32,
    /// So many at most, as far as places are heard.
    at_most: u32,
    /// How many places are not heard.
    unheard: u32,
}

/// A device that is not heard.
#[derive(Debug, Serialize, ToSchema)]
struct Unheard {
    device: String,
    /// Null for never.
    #[schema(format = DateTime)]
    last_heard: Option<String>,
}

/// One site.
#[derive(Debug, Serialize, ToSchema)]
struct Site {
    /// 16 hexadecimal digits.
    id: String,
    name: String,
    /// `not_opened`, `preparing`, `open`, `suspended` or `closed`.
    state: &'static str,
    people: Headcount,
    /// How many of them are out for a while.
    on_leave: u32,
    /// How many it holds, as staff entered it.
    capacity: Option<u32>,
    /// `free`, `some`, `crowded` or `full`; null where nobody knows.
    congestion: Option<&'static str>,
    /// `here`, `linked` or when it was last heard; null for never.
    last_heard: Option<String>,
    /// Null where there is nothing to hold.
    held_by_headquarters: Option<Held>,
}

/// Whether headquarters holds what happened at a site.
#[derive(Debug, Serialize, ToSchema)]
struct Held {
    /// All of it, or not all yet.
    all: bool,
    /// As of when; null where headquarters never said so.
    #[schema(format = DateTime)]
    at: Option<String>,
}

/// `GET /api/v1/board`
#[utoipa::path(
    get,
    path = "/api/v1/board",
    security(("session" = [])),
    responses(
        (status = 200, description = "The figures of headquarters' board", body = Board),
        (status = 401, description = "No session", body = Problem,
            content_type = "application/problem+json"),
        (status = 403, description = "A session of another screen", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(State(app): State<App>) -> Json<Board> {
    let board = app.town().board();
    let unheard = board.unheard.iter().map(|device| Unheard {
        device: device.device.clone(),
        last_heard: device.last_heard.map(when::rfc3339),
    });
    Json(Board {
        now: when::rfc3339(app.town().now()),
        people: Headcount::of(board.people),
        unaccounted: board.unaccounted,
        open: board.open,
        two_places: board.two_places.len(),
        unheard: unheard.collect(),
        warnings: board.warnings.iter().filter_map(super::shelters::Warning::of).collect(),
        sites: board.sites.iter().map(Site::of).collect(),
    })
}

impl Headcount {
    fn of(count: backend::Headcount) -> Self {
        let backend::Headcount { sure, at_most, unheard } = count;
        Self { sure, at_most, unheard }
    }
}

impl Site {
    fn of(row: &SiteRow) -> Self {
        Self {
            id: row.site.to_string(),
            name: row.name.clone(),
            state: words::state_code(row.state),
            people: Headcount::of(row.people),
            on_leave: row.on_leave,
            capacity: row.capacity,
            congestion: row.congestion.map(words::congestion_code),
            last_heard: match row.freshness {
                Freshness::Here => Some("here".to_owned()),
                Freshness::Linked => Some("linked".to_owned()),
                Freshness::Heard(at) => Some(when::rfc3339(at)),
                Freshness::Never => None,
            },
            held_by_headquarters: match row.custody {
                Custody::Held(at) => Some(Held { all: true, at: Some(when::rfc3339(at)) }),
                Custody::Waiting(at) => Some(Held { all: false, at: at.map(when::rfc3339) }),
                Custody::Nothing => None,
            },
        }
    }
}
