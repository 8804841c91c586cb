//! The mesh: who is heard, what is on its way, whose clock is off, and a switch for drills.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use digiana_core::credential::admit::Role;
use digiana_core::id::NodeId;

use crate::app::App;
use crate::auth::session::{Flash, Staff};
use crate::backend::MeshDevice;
use crate::error::PageError;
use crate::page::form::StaffForm;
use crate::page::shell::{self, Shell, Visit};
use crate::page::when;
use crate::text::Text;

/// From how many seconds on a clock is said to be off: taps are told apart by minutes.
const CLOCK_OFF_SECONDS: u64 = 30;

#[derive(Template)]
#[template(path = "mesh.html")]
struct MeshPage {
    shell: Shell,
    devices: Vec<DeviceLine>,
    /// Whether this session may cut and heal links.
    may_cut: bool,
}

struct DeviceLine {
    node: String,
    name: String,
    about: String,
    is_me: bool,
    is_paused: bool,
    link: &'static str,
    link_code: &'static str,
    heard: String,
    hears: String,
    to_come: u64,
    awaiting: u64,
    clock: String,
    is_clock_off: bool,
    version: String,
}

/// `GET /mesh`
pub(crate) async fn show(
    State(app): State<App>,
    Extension(staff): Extension<Staff>,
    visit: Visit,
) -> Response {
    let shell = Shell::staff(&app, &staff, &visit);
    let (t, now) = (shell.t, app.town().now());
    let devices = app.town().mesh();
    shell::html(&MeshPage {
        devices: devices.iter().map(|device| line(t, device, now)).collect(),
        may_cut: may_cut(&staff),
        shell,
    })
}

fn may_cut(staff: &Staff) -> bool {
    staff.role.site().is_none()
}

fn line(t: &'static Text, device: &MeshDevice, now: i64) -> DeviceLine {
    let (link, link_code) = match device {
        MeshDevice { is_me: true, .. } => (t.say("mesh.this"), "here"),
        MeshDevice { is_paused: true, .. } => (t.say("mesh.paused"), "paused"),
        MeshDevice { is_linked: true, .. } => (t.say("mesh.linked"), "linked"),
        MeshDevice { .. } => (t.say("mesh.unlinked"), "unlinked"),
    };
    let role = match device.role {
        Role::Headquarters => t.say("mesh.headquarters"),
        Role::Reader => t.say("mesh.reader"),
        Role::Public => t.say("mesh.public"),
    };
    let sites = device.sites.join(t.say("word.and"));
    let ahead = device.clock_ahead.filter(|_| !device.is_me);
    DeviceLine {
        node: device.node.to_string(),
        name: device.name.clone(),
        about: if sites.is_empty() { role.to_owned() } else { format!("{role}　{sites}") },
        is_me: device.is_me,
        is_paused: device.is_paused,
        link,
        link_code,
        heard: match device.last_heard {
            _ if device.is_me => String::new(),
            Some(at) => t.fill(
                "fresh.heard",
                &[("at", &when::stamp(t, at, now)), ("age", &when::age(t, at, now))],
            ),
            None => t.say("fresh.never").to_owned(),
        },
        hears: device.hears.join(t.say("word.and")),
        to_come: device.to_come,
        awaiting: device.awaiting_custody,
        clock: ahead.map_or_else(String::new, |ahead| match ahead {
            0 => t.say("mesh.clock_right").to_owned(),
            1.. => t.fill("mesh.clock_ahead", &[("n", &ahead.to_string())]),
            _ => t.fill("mesh.clock_behind", &[("n", &ahead.unsigned_abs().to_string())]),
        }),
        is_clock_off: ahead.is_some_and(|ahead| ahead.unsigned_abs() >= CLOCK_OFF_SECONDS),
        version: device.version.clone().unwrap_or_default(),
    }
}

/// `POST /mesh/link`: cuts a link, or heals it.
pub(crate) async fn switch(State(app): State<App>, form: StaffForm) -> Result<Response, PageError> {
    let bytes: Option<[u8; 32]> = data_encoding::HEXLOWER_PERMISSIVE
        .decode(form.fields.text("device").as_bytes())
        .ok()
        .and_then(|bytes| bytes.try_into().ok());
    let device = NodeId(bytes.ok_or(PageError::BadField { field: "device" })?);
    let name = app.town().mesh().into_iter().find(|known| known.node == device);
    let name = name.filter(|known| !known.is_me).ok_or(PageError::NotFound)?.name;
    let t = form.t();
    let done = match form.fields.text("do") {
        "pause" => {
            app.town().pause(device);
            t.fill("done.paused", &[("device", &name)])
        }
        "resume" => {
            app.town().resume(device);
            t.fill("done.resumed", &[("device", &name)])
        }
        _ => return Err(PageError::BadField { field: "do" }),
    };
    app.sessions().leave_flash(&form.staff, Flash::done(done));
    Ok(Redirect::to("/mesh").into_response())
}
