//! Programs that outlive this process.
//!
//! An agent works for minutes or hours, and an orchestrator that is killed and started again must find it: working, or
//! finished. So a program is started behind a small shell that keeps its exit status, with files instead of pipes, all in one
//! [`StartFolder`]. By that folder alone the next process [takes it up](DetachedProcess::start): it goes on watching a live
//! program, and reads a finished one.
//!
//! | file | content |
//! |---|---|
//! | `prompt.md` | what the program reads from its standard input |
//! | `stdout`, `stderr` | what it printed |
//! | `process.json` | the [`Identity`](crate::process::Identity) of the shell before it |
//! | `started` | is there once the program itself was started |
//! | `exit` | its exit status; 128 and the number of the signal that ended it |
//! | `stopped.json` | why it was [stopped](StopCause) |
//! | `told.json` | how much of its output was handed on |
//!
//! ```no_run
//! use octopoid_core::runner::detached::{DetachedProcess, Launch};
//! use octopoid_core::process::{Command, Signal, StopPlan};
//! use octopoid_core::runner::detached::find_program;
//! use octopoid_core::model::StopReason;
//! use octopoid_core::runner::{AgentEvent, AgentReport, AgentRequest, AgentSink};
//!
//! /// The `run` of a runner whose agents print plain text.
//! async fn run(request: &AgentRequest, sink: &dyn AgentSink) -> AgentReport {
//!     let plan = StopPlan::new([Signal::Terminate]);
//!     let started = DetachedProcess::start(request, plan, |_folder| {
//!         let program = find_program("my-agent", None, &request.environment)?;
//!         let command = Command::new(program).envs(&request.environment).current_dir(&request.directory);
//!         Ok(Launch::new(command).with_prompt(request.prompt.as_str()))
//!     });
//!     let process = match started.await {
//!         Ok(process) => process,
//!         Err(stop) => return AgentReport::stopped(stop),
//!     };
//!     let ended = process
//!         .supervise(&mut |line| sink.event(AgentEvent::Text(line.text.to_owned())), &|| false)
//!         .await;
//!     AgentReport::stopped(match ended {
//!         Ok(ended) => ended.stop_reason(),
//!         Err(error) => StopReason::Crashed { reason: format!("its output cannot be read: {error}") },
//!     })
//! }
//! # let _ = run;
//! ```

mod bounds;
mod crash_line;
mod earlier;
mod exit;
mod folder;
mod output;
mod program;
mod running;
mod start;
mod supervise;
mod tail;

pub use earlier::usage_of_earlier_starts;
pub use exit::{Ended, Exit, StopCause};
pub use folder::{CALL_MARKER, StartFolder};
pub use output::{OutputLine, OutputStream};
pub use program::find_program;
pub use running::{AgentProcess, agent_processes};
pub use start::{DetachedProcess, Launch};
