//! What a tap and a desk mean, and what the town then knows.

mod folding;
mod rules;
mod stories;
mod weight;
