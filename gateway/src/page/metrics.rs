//! `/metrics`: figures for whoever watches over the devices. Nothing here is about anybody.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::app::App;
use crate::error::PageError;
use crate::page::login::Caller;

/// The text format that the encoder writes.
const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// `GET /metrics`
pub(crate) async fn show(
    State(app): State<App>,
    from: Caller,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = token.and_then(|value| value.strip_prefix("Bearer "));
    if !app.may_read_metrics(from.0, token) {
        return Err(PageError::NotFound);
    }
    let mut text = String::new();
    encode(&mut text, &registry(&app)).map_err(|cause| PageError::internal(&cause))?;
    Ok(([(header::CONTENT_TYPE, TEXT)], text).into_response())
}

fn registry(app: &App) -> Registry {
    let mut registry = Registry::with_prefix("digiana");
    let mut gauge = |name: &str, help: &str, value: u64| {
        let gauge: Gauge = Gauge::default();
        gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        registry.register(name, help, gauge);
    };
    let figures = app.town().figures();
    gauge("healthy", "1 while the store takes writes", app.town().health().is_ok().into());
    gauge("entries", "Entries this replica holds", figures.entries);
    gauge("links", "Peers this node is linked to", figures.links.into());
    gauge("unheard_devices", "Devices that are not heard", figures.unheard.into());
    let waiting = "Own entries that headquarters has not said it holds";
    gauge("awaiting_custody_entries", waiting, figures.awaiting_custody);
    gauge("uptime_seconds", "Seconds since the node started", figures.uptime_seconds);
    let followers = u64::try_from(app.subscribers().count()).unwrap_or(u64::MAX);
    gauge("live_pages", "Pages that are told of changes", followers);
    registry
}
