//! A node with a face: the pages and the API through which staff, residents and headquarters see
//! the town, and the files they bring and take.
//!
//! It decides nothing about the town. What a tap means, who may see what and how two replicas
//! agree is `digiana-core`'s; keys, storage and links are `digiana-node`'s. It fetches nothing
//! from the internet, neither maps nor fonts nor lists, so that its pages are the same when every
//! line is cut, and it takes a file from outside whole or not at all.

pub mod authority;
pub mod command;
pub mod data;
pub mod import;
