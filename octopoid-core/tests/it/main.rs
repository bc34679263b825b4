//! Tests of this crate as its users see it.

mod crash;
mod git;
mod orchestrator;
