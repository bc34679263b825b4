//! The state machine: random command sequences, and the corners that they found.

mod breakdown;
mod corners;
mod invariants;
mod properties;
mod recipe;
