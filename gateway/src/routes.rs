//! Every address of the gateway, on one screen, with who may open it.

use std::time::Instant;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};

use crate::app::App;
use crate::auth::Role;
use crate::error::{self, PageError};
use crate::page::{
    board, bus, cards, desk, health, kiosk, lists, login, mesh, metrics, person, public, school,
    shell, shop, site, transport, wellbeing,
};
use crate::{api, asset, live, security};

/// Who may open an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anyone, on every gateway.
    Anyone,
    /// Anyone, where staff work: the door.
    Door,
    /// Any member of staff.
    Staff,
    /// Staff of headquarters, or of a shelter's desk.
    Desk,
    /// Staff of headquarters.
    Headquarters,
}

impl Access {
    fn admits(self, role: Role) -> bool {
        match self {
            Self::Anyone | Self::Door | Self::Staff => true,
            Self::Desk => matches!(role, Role::Headquarters | Role::Desk(_)),
            Self::Headquarters => matches!(role, Role::Headquarters),
        }
    }
}

/// An address with its handlers.
pub(crate) struct Route {
    pub(crate) path: &'static str,
    pub(crate) access: Access,
    handlers: MethodRouter<App>,
}

pub(crate) fn table() -> Vec<Route> {
    use Access::{Anyone, Desk, Door, Headquarters, Staff};
    let route = |access, path, handlers| Route { path, access, handlers };
    vec![
        route(Anyone, "/healthz", get(health::show)),
        route(Anyone, "/metrics", get(metrics::show)),
        route(Anyone, "/static/{name}", get(asset::serve)),
        route(Anyone, "/public", get(public::to_folder)),
        route(Anyone, "/public/", get(public::show)),
        route(Anyone, "/public/sw.js", get(asset::worker)),
        route(Anyone, "/api/v1/public/shelters", get(api::shelters::show)),
        route(Anyone, "/api/v1/openapi.json", get(api::openapi::show)),
        route(Door, "/login", get(login::show).post(login::enter)),
        route(Door, "/login/once/{word}", get(login::once)),
        route(Door, "/kit/{word}", get(login::kit)),
        route(Door, "/kit", post(login::begin)),
        route(Staff, "/logout", post(login::leave)),
        route(Staff, "/", get(login::home)),
        route(Staff, "/live", get(live::follow)),
        route(Staff, "/kiosk", get(kiosk::show)),
        route(Desk, "/desk", get(desk::show)),
        route(Desk, "/desk/site", post(desk::act::set_site)),
        route(Desk, "/desk/check-in", post(desk::act::check_in)),
        route(Desk, "/desk/walk-in", post(desk::act::walk_in)),
        route(Desk, "/desk/presence", post(desk::act::presence)),
        route(Desk, "/desk/tap", post(desk::act::dismiss)),
        route(Desk, "/desk/undo", post(desk::undo::undo)),
        route(Desk, "/desk/person/{person}", get(person::show)),
        route(Desk, "/desk/person/{person}/field", post(person::save_fields)),
        route(Desk, "/site/{site}", get(site::show).post(site::save)),
        route(Staff, "/kiosk/names", get(school::gate::show).post(school::gate::choose)),
        route(Desk, "/school", get(school::show)),
        route(Desk, "/school/note", post(school::note::note)),
        route(Desk, "/school/correct", post(school::note::correct)),
        route(Desk, "/school/pupil/{person}", get(school::pupil::show)),
        route(Desk, "/school/pupils", get(school::list::show)),
        route(Desk, "/school/pupils/{person}", get(school::list::edit).post(school::list::save)),
        route(Desk, "/school/import", post(school::import::save)),
        route(Desk, "/wellbeing", get(wellbeing::show)),
        route(Desk, "/wellbeing/visits.csv", get(wellbeing::sheet::show)),
        route(Desk, "/wellbeing/overdrawn", get(wellbeing::overdrawn::show)),
        route(Desk, "/wellbeing/unseen", get(wellbeing::unseen::show)),
        route(Desk, "/wellbeing/person/{person}", get(wellbeing::person::show)),
        route(Desk, "/wellbeing/person/{person}/visit", post(wellbeing::act::visit)),
        route(Desk, "/wellbeing/person/{person}/spend", post(wellbeing::act::spend)),
        route(Desk, "/wellbeing/person/{person}/transfer", post(wellbeing::act::transfer)),
        route(Desk, "/wellbeing/person/{person}/reverse", post(wellbeing::act::reverse)),
        route(Desk, "/wellbeing/person/{person}/settle", post(wellbeing::act::settle)),
        route(Desk, "/wellbeing/person/{person}/correct", post(wellbeing::act::correct)),
        route(Desk, "/shop", get(shop::show).post(shop::ask)),
        route(Desk, "/bus", get(bus::show).post(bus::set)),
        route(Desk, "/cards", get(cards::show)),
        route(Desk, "/cards/open", post(cards::open)),
        route(Desk, "/cards/enrol", post(cards::give::enrol)),
        route(Desk, "/cards/typed", post(cards::give::enrol_typed)),
        route(Desk, "/cards/code", get(cards::code::show).post(cards::code::make)),
        route(Desk, "/cards/state", post(cards::set_state)),
        route(Desk, "/transport", get(transport::show)),
        route(Desk, "/transport/month/{month}", get(transport::month::show)),
        route(Desk, "/transport/person/{person}", get(transport::person::show)),
        route(Desk, "/transport/person/{person}/issue", post(transport::person::issue)),
        route(Desk, "/transport/person/{person}/void", post(transport::person::void)),
        route(Desk, "/transport/person/{person}/ride", post(transport::person::ride)),
        route(Desk, "/transport/person/{person}/correct", post(transport::person::correct)),
        route(Headquarters, "/lists", get(lists::overview)),
        route(Headquarters, "/lists/{list}", get(lists::show)),
        route(
            Headquarters,
            "/lists/{list}/{record}",
            get(lists::entry::show).post(lists::entry::save),
        ),
        route(Desk, "/mesh", get(mesh::show)),
        route(Headquarters, "/mesh/link", post(mesh::switch)),
        route(Desk, "/incident/open", post(board::open_incident)),
        route(Headquarters, "/incident/close", post(board::close_incident)),
        route(Headquarters, "/board", get(board::show)),
        route(Headquarters, "/board/site", post(board::set_site)),
        route(Headquarters, "/board/warning", post(board::warning::set)),
        route(Headquarters, "/board/settle", post(board::settle)),
        route(Headquarters, "/api/v1/board", get(api::board::show)),
        route(Desk, "/api/v1/card", get(api::card::show).post(api::card::enrol)),
    ]
}

/// The gateway's pages and API over `app`.
pub fn router(app: App) -> Router {
    let mut router = Router::new();
    for Route { path, access, handlers } in table() {
        if access != Access::Anyone && app.role().is_none() {
            continue;
        }
        let gate = from_fn_with_state((app.clone(), access), guard);
        let handlers = handlers.fallback(async || PageError::WrongMethod);
        router = router.route(path, handlers.layer(gate));
    }
    router
        .fallback(async || PageError::NotFound)
        .layer(DefaultBodyLimit::max(security::FORM_BYTES_MAX))
        .layer(from_fn(security::limits))
        .layer(from_fn_with_state(app.clone(), error::shown))
        .layer(from_fn(security::headers))
        .with_state(app)
}

/// Lets through whom the table admits, with their session; nobody reaches a handler around it.
async fn guard(
    State((app, access)): State<(App, Access)>,
    mut request: Request,
    next: Next,
) -> Response {
    let word = shell::cookie(request.headers(), &app.session_cookie());
    let unattended = request.uri().path() == "/live" || shell::is_in_background(request.headers());
    let staff = word.and_then(|word| {
        let found = app.sessions().look(word, Instant::now())?;
        let stays = unattended && !matches!(found.role, Role::Kiosk(_));
        if stays { Some(found) } else { app.sessions().find(word, Instant::now()) }
    });
    match (access, staff) {
        (Access::Anyone | Access::Door, None) => {}
        (Access::Staff | Access::Desk | Access::Headquarters, None) => {
            return PageError::LoginNeeded.into_response();
        }
        (_, Some(staff)) if !access.admits(staff.role) => {
            return PageError::NotAllowed.into_response();
        }
        (_, Some(staff)) => {
            request.extensions_mut().insert(staff);
        }
    }
    next.run(request).await
}

/// An address without a page of its own.
pub(crate) fn see_other(target: &str) -> Response {
    (StatusCode::SEE_OTHER, [(axum::http::header::LOCATION, target)]).into_response()
}

#[cfg(test)]
mod tests;
