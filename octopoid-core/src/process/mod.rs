//! Programs as child processes: starting, marking, bounding and stopping them.
//!
//! This is the only place of Octopoid that starts a program; `tests/it/surface/programs.rs` lists the exceptions. Whatever is started goes through a [`Launcher`], the seam for a
//! sandbox; it leads a process group of its own; and it can carry a [`Marker`] in its environment, by which every process that
//! descends from it is found, whatever session it moved to.
//!
//! | to run | use |
//! |---|---|
//! | a short program, blocking | [`Start::output`], [`Start::output_within`] |
//! | a program that ends with this process, async | [`Start::spawn`] |
//! | an agent program that survives a crash of this process | [`DetachedProcess`](crate::runner::detached::DetachedProcess) |
//!
//! ```
//! use octopoid_core::process::{Command, DirectLauncher, LaunchPolicy, ProgramKind, Start};
//! use std::sync::Arc;
//!
//! let command = Command::new("/bin/sh").args(["-c", "echo $GREETING"]).env("GREETING", "hello");
//! let policy = LaunchPolicy::new(ProgramKind::Script);
//! let output = Start::new(command, policy, Arc::new(DirectLauncher)).output()?;
//! assert_eq!(output.stdout, b"hello\n");
//! # Ok::<(), std::io::Error>(())
//! ```

mod command;
mod launcher;

#[cfg(feature = "process")]
mod child;
#[cfg(feature = "process")]
mod identity;
#[cfg(feature = "process")]
mod marker;
#[cfg(feature = "process")]
mod start;
#[cfg(feature = "process")]
mod stop;

pub use command::Command;
pub use launcher::{DirectLauncher, LaunchPolicy, Launcher, ProgramKind};

#[cfg(feature = "process")]
pub use self::{
    child::Child,
    identity::Identity,
    marker::Marker,
    start::Start,
    stop::{Signal, StopPlan},
};
