//! Stages of a run, in the order in which it goes through them.

mod breakdown;
pub(super) mod collect;
pub(super) mod land;
pub(super) mod prepare;
mod proposals;
pub(super) mod settle;
pub(super) mod submit;
pub(super) mod work;
