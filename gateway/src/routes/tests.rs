//! The gateway as a browser meets it: who may open what, what pages say, what forms do.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that fails says so by panicking"
)]

use std::sync::Arc;
use std::time::SystemTime;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, header};
use tower::ServiceExt;

use super::*;
use crate::auth::passphrase::PassphraseFile;
use crate::auth::throttle::FREE_GUESSES;
use crate::backend::order::Order;
use crate::backend::town::{DESK, MemoryTown, NOW, OTHER_DESK};
use crate::backend::{Backend as _, ShownName, Tap, TapOutcome};
use crate::config::{Screen, WebConfig};
use digiana_core::fact::shelter::{Act, SiteState};
use digiana_core::fact::warning::WarningLevel;
use digiana_core::id::NodeId;
use digiana_core::record::field;
use digiana_core::scope::Scope;
use digiana_node::handle::Did;

mod access;
mod api;
mod board;
mod cards;
mod desk;
mod devices;
mod incident;
mod kiosk;
mod language;
mod lists;
mod places;
mod residents;
mod roster;
mod school;
mod shelter;
mod transport;
mod wellbeing;

/// A gateway over a town in memory, and one browser.
struct Story {
    town: Arc<MemoryTown>,
    app: App,
    router: Router,
    cookie: Option<String>,
    _data: tempfile::TempDir,
}

/// What came back.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The value of the first hidden field of that name.
    fn hidden(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        self.body.split(&start).nth(1).unwrap().split('"').next().unwrap().to_owned()
    }
}

impl Answer {
    /// The value of the first button of that name.
    fn hidden_button(&self, name: &str) -> String {
        let start = format!("<button name=\"{name}\" value=\"");
        self.body.split(&start).nth(1).unwrap().split('"').next().unwrap().to_owned()
    }
}

impl Story {
    fn new(role: Screen) -> Self {
        Self::over(MemoryTown::flooded(role != Screen::Headquarters), role)
    }

    fn over(town: MemoryTown, role: Screen) -> Self {
        Self::beside(&Arc::new(town), role)
    }

    /// Another screen at the same node.
    fn beside(town: &Arc<MemoryTown>, role: Screen) -> Self {
        let data = tempfile::tempdir().unwrap();
        let web = WebConfig { role, ..WebConfig::default() };
        let town = Arc::clone(town);
        let backend: Arc<dyn crate::backend::Backend> = Arc::<MemoryTown>::clone(&town);
        let app = App::new(web, backend, data.path());
        PassphraseFile::in_folder(data.path()).set("訓練データの合言葉です。").unwrap();
        Self { town, router: router(app.clone()), app, cookie: None, _data: data }
    }

    async fn send(&self, request: axum::http::request::Builder, body: Body) -> Answer {
        let request = match &self.cookie {
            Some(cookie) => request.header(header::COOKIE, cookie),
            None => request,
        };
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 4 << 20).await.unwrap();
        let body = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path), Body::empty()).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let pairs = fields.iter().map(|(name, value)| {
            format!("{}={}", shell::percent_encoded(name), shell::percent_encoded(value))
        });
        let body = pairs.collect::<Vec<_>>().join("&");
        let request =
            Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, Body::from(body)).await
    }

    /// Logs in by a link, as the drill does.
    async fn logged_in(role: Screen) -> Self {
        let mut story = Self::new(role);
        story.log_in().await;
        story
    }

    async fn log_in(&mut self) {
        let link = self.app.links().make(SystemTime::now()).unwrap();
        let answer = self.get(&format!("/login/once/{}", link.expose())).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        let cookie = answer.header(header::SET_COOKIE);
        self.cookie = Some(cookie.split(';').next().unwrap().to_owned());
    }

    /// Sends a form of a page with the page's own hidden words.
    async fn press(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let page = self.get(page).await;
        let (csrf, form) = (page.hidden("csrf"), format!("{}.x", page.hidden("form")));
        let mut all = vec![("csrf", csrf.as_str()), ("form", form.as_str())];
        all.extend_from_slice(fields);
        self.post(action, &all).await
    }
}

/// An address of the table with something in its places.
fn filled(path: &str) -> String {
    path.replace("{site}", "0101010101010101")
        .replace("{person}", "0101010101010101")
        .replace("{name}", "x")
        .replace("{month}", "2026-11")
        .replace("{list}", "rules")
        .replace("{record}", "0101010101010101")
        .replace("{word}", "x")
}
