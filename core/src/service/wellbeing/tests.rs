//! Visits and points: stories, rules, and what holds of the fold whatever happened.

mod folding;
mod rules;
mod stories;
mod weight;
