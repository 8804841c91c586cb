//! Pages: each a struct that its template prints, and the handlers of its forms.

pub(crate) mod board;
pub(crate) mod bus;
pub(crate) mod calendar;
pub(crate) mod cards;
pub(crate) mod chart;
pub(crate) mod confirm;
pub(crate) mod desk;
pub(crate) mod form;
pub(crate) mod health;
pub(crate) mod kiosk;
pub(crate) mod lists;
pub(crate) mod login;
pub(crate) mod mesh;
pub(crate) mod metrics;
pub(crate) mod person;
pub(crate) mod public;
pub(crate) mod record;
pub(crate) mod school;
pub(crate) mod shell;
pub(crate) mod shop;
pub(crate) mod site;
pub(crate) mod transport;
pub(crate) mod typed;
pub(crate) mod wellbeing;
pub(crate) mod when;
pub(crate) mod words;
