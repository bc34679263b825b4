//! The Worker on a local workerd, which `.ci/worker` builds and starts. Where there is none, these tests say that they are left out.

mod alarms;
mod artifacts;
mod conformance;
pub(crate) mod deployment;
mod keys;
pub(crate) mod process;
pub(crate) mod teller;
