//! `/api/v1/board`: the figures of the board, without anybody's name.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::app::App;
use crate::backend::{Custody, Freshness, Headcount, SiteRow};
use crate::page::{when, words};

/// `GET /api/v1/board`
pub(crate) async fn show(State(app): State<App>) -> Json<Value> {
    let board = app.town().board();
    let unheard: Vec<_> = board
        .unheard
        .iter()
        .map(|device| {
            json!({ "device": device.device, "last_heard": device.last_heard.map(when::rfc3339) })
        })
        .collect();
    Json(json!({
        "now": when::rfc3339(app.town().now()),
        "people": headcount(board.people),
        "unaccounted": board.unaccounted,
        "open": board.open,
        "two_places": board.two_places.len(),
        "unheard": unheard,
        "sites": board.sites.iter().map(site).collect::<Vec<_>>(),
    }))
}

fn headcount(count: Headcount) -> Value {
    json!({ "sure": count.sure, "at_most": count.at_most, "unheard": count.unheard })
}

fn site(row: &SiteRow) -> Value {
    json!({
        "id": row.site.to_string(),
        "name": row.name,
        "state": words::state_code(row.state),
        "people": headcount(row.people),
        "on_leave": row.on_leave,
        "capacity": row.capacity,
        "congestion": row.congestion.map(words::congestion_code),
        "last_heard": match row.freshness {
            Freshness::Here => json!("here"),
            Freshness::Linked => json!("linked"),
            Freshness::Heard(at) => json!(when::rfc3339(at)),
            Freshness::Never => Value::Null,
        },
        "held_by_headquarters": match row.custody {
            Custody::Held(at) => json!({ "all": true, "at": when::rfc3339(at) }),
            Custody::Waiting(at) => json!({ "all": false, "at": at.map(when::rfc3339) }),
            Custody::Nothing => Value::Null,
        },
    })
}
