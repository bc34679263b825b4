//! Chores of the scheduler: clean-up, heartbeats, the landing of finished projects, uploads, and the status file.

pub(super) mod cleanup;
pub(super) mod machines;
pub(crate) mod projects;
pub(super) mod status_writer;
pub(super) mod uploads;
