//! The state machine: random command sequences, and the corners that they found.

mod corners;
mod invariants;
mod properties;
mod recipe;
