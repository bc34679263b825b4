//! One run, from its claim to its end.
//!
//! A run of work goes `prepare → work → collect → judge → submit`, a landing `land`; both end in `settle`. Each stage takes what it needs and returns a value, each step takes
//! the work and returns what it came to, and the flow alone writes the run's journal.
//!
//! | module | owns | talks to |
//! |---|---|---|
//! | `flow` | the order of things; the run's journal (`flow/journal.rs`), which nothing else in the run can write | stages, steps, the journal on disk |
//! | `context` | what never changes in a run: the task as claimed, the claim, the shared parts of the orchestrator (store, git, forge, settings) | everything here reads it |
//! | `stages` | one part of a run each: budget, workspace, role, collecting, judging, the parts of a landing, settling | store, git, forge |
//! | `steps` | the steps of a task's flow, and what they come to (`StepOutcome`) | git, commands, forge |
//! | `role` | what a role is given: its agents, what they use, what the attempt continues from | runners |
//! | `guard` | what a run must not change outside of its worktree | git, the stops on landings to a branch that a run moved (`disk/holds`) |
//! | `lease`, `interrupt` | the claim for as long as the run lives, and how the run is stopped | store, scheduler |
//! | `settlement`, `pause`, `finished` | how a run ends its claim, and what its end means to the scheduler | store, scheduler |
//! | `handle`, `progress` | the run as the scheduler sees it | scheduler |
//! | `followers` | uploading the agent's output while it is followed from another machine | store, scheduler |
//! | `retry`, `disk_space` | waiting for a store that is away, and for room on the disk | store, disk |
//! | `preview` | what a role would be given now, without a run | store, git |

mod abort;
mod base;
mod context;
mod disk_space;
mod finished;
mod flow;
mod followers;
mod guard;
mod handle;
mod interrupt;
mod lease;
mod notes;
pub(crate) mod pause;
mod preview;
mod progress;
mod reads;
mod retry;
pub(crate) mod role;
mod script;
mod settlement;
mod spans;
mod stages;
mod steps;
mod submission;
mod work;
mod worktree_setup;

pub(crate) use finished::Finished;
pub(crate) use flow::RunDriver;
pub(crate) use handle::RunHandle;
pub(crate) use interrupt::Interruption;
pub(crate) use lease::HeldClaim;
pub use preview::{Preview, PreviewError};
