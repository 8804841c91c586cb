//! A node with a face: the pages and the API through which staff, residents and headquarters see
//! the town, and the files they bring and take.
//!
//! It decides nothing about the town. What a tap means, who may see what and how two replicas
//! agree is `digiana-core`'s; keys, storage and links are `digiana-node`'s. It fetches nothing
//! from the internet, neither maps nor fonts nor lists, so that its pages are the same when every
//! line is cut, and it takes a file from outside whole or not at all.

mod api;
pub mod app;
mod asset;
pub mod auth;
pub mod authority;
pub mod award;
pub mod backend;
pub mod command;
pub mod config;
pub mod data;
mod error;
pub mod import;
pub mod live;
mod map;
mod page;
pub mod publish;
pub mod routes;
pub mod run;
mod security;
pub mod serve;
pub mod text;
