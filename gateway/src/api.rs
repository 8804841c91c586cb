//! `/api/v1`: the same views as the pages, for programs.

pub(crate) mod board;
pub(crate) mod card;
pub(crate) mod openapi;
pub(crate) mod shelters;
