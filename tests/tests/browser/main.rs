//! Stories in a real browser: what people do on the pages of a town of real gateways.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a story that fails says so by panicking"
)]

mod axe;
mod card_desk;
mod carried;
mod clerk;
mod desk;
mod everyday;
mod household;
mod kit;
mod offline;
mod pictures;
mod reach;
mod scene;
mod services;
mod two_places;
mod walk;
mod webdriver;
