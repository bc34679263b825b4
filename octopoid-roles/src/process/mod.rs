//! Agent programs as child processes that outlive the orchestrator.
//!
//! A program is started in a process group of its own behind a small shell, with files instead of pipes: the prompt in
//! `prompt.md`, what it prints in `stdout` and `stderr`, and its exit status in `exit`. So an orchestrator that was killed
//! finds it again by the folder alone: a live one is watched further, a finished one is read.

mod begin;
mod bounds;
mod earlier;
mod folder;
mod identity;
mod leftovers;
mod output;
mod program;
mod running;
mod supervise;
mod tail;

pub(crate) use begin::{Launch, begin};
pub(crate) use bounds::{Bounds, StopPlan};
pub(crate) use earlier::used_before;
pub(crate) use folder::{PROMPT, StartFolder, Stopped, TASK};
pub(crate) use output::{Line, Source};
pub(crate) use program::Program;
pub use running::{AgentProcess, agent_processes};
pub(crate) use supervise::{End, supervise};
