//! The style and the scripts of the pages, named by their contents so that browsers keep them.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::error::PageError;

/// A file that pages name.
#[derive(Debug)]
pub(crate) struct Asset {
    /// Its address.
    pub(crate) href: &'static str,
    kind: &'static str,
    content: &'static str,
}

static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    const SHEETS: &str = concat!(
        include_str!("../static/style/tokens.css"),
        include_str!("../static/style/page.css"),
        include_str!("../static/style/form.css"),
        include_str!("../static/style/mark.css"),
        include_str!("../static/style/map.css"),
        include_str!("../static/style/board.css"),
        include_str!("../static/style/desk.css"),
        include_str!("../static/style/kiosk.css"),
        include_str!("../static/style/school.css"),
        include_str!("../static/style/wellbeing.css"),
        include_str!("../static/style/transport.css"),
        include_str!("../static/style/code.css"),
        include_str!("../static/style/public.css"),
    );
    Asset::new("style", "css", "text/css; charset=utf-8", SHEETS)
});
static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    let content = concat!(include_str!("../static/live.js"), include_str!("../static/kiosk.js"));
    Asset::new("live", "js", "text/javascript; charset=utf-8", content)
});
static PUBLIC_SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    let content = include_str!("../static/public.js");
    Asset::new("public", "js", "text/javascript; charset=utf-8", content)
});
static WORKER: LazyLock<String> = LazyLock::new(|| {
    let files = [style().href, public_script().href];
    // A list of addresses without quotes in them reads the same in Rust and in a script.
    format!("const KEPT_FILES = {files:?};\n{}", include_str!("../static/sw.js"))
});

impl Asset {
    fn new(stem: &str, ending: &str, kind: &'static str, content: &'static str) -> Self {
        let hash: String = blake3::hash(content.as_bytes()).to_hex().chars().take(12).collect();
        // Made once for each file in the life of a process, for names that live as long as it.
        Self { href: format!("/static/{stem}.{hash}.{ending}").leak(), kind, content }
    }
}

pub(crate) fn style() -> &'static Asset {
    &STYLE
}

pub(crate) fn script() -> &'static Asset {
    &SCRIPT
}

/// The script of the residents' page.
pub(crate) fn public_script() -> &'static Asset {
    &PUBLIC_SCRIPT
}

/// Every file that pages name.
pub(crate) fn all() -> impl Iterator<Item = &'static Asset> {
    [style(), script(), public_script()].into_iter()
}

/// `GET /static/{name}`
pub(crate) async fn serve(Path(name): Path<String>) -> Result<Response, PageError> {
    let asset = all()
        .find(|asset| asset.href.strip_prefix("/static/") == Some(name.as_str()))
        .ok_or(PageError::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, asset.kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, asset.content).into_response())
}

/// `GET /public/sw.js`: keeps the residents' page on a phone. It names the files of this version, so
/// a new version is a new worker.
pub(crate) async fn worker() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, WORKER.as_str()).into_response()
}
