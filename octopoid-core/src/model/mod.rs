//! The data that everything else speaks about: tasks, claims, runs, events and messages.
//!
//! Plain values with serde; no I/O, no clock and no randomness, so this builds for any target.

pub mod action;
pub mod attributes;
pub mod breakdown;
pub mod claim;
pub mod diff;
pub mod draft;
pub mod estimate;
pub mod event;
pub mod flow;
pub mod id;
pub mod key;
pub mod machine;
pub mod message;
pub mod outcome;
pub mod policy;
pub mod project;
pub mod resolution;
pub mod review;
pub mod run;
pub mod state;
pub mod stop_reason;
pub mod task;
pub mod time;
pub mod usage;

pub use action::{Action, ActionDraft, ActionStatus};
pub use attributes::{Attributes, InvalidAttribute};
pub use breakdown::{Breakdown, Subtask};
pub use claim::{Claim, Holder};
pub use diff::{Change, Diff, FileDiff};
pub use draft::{Draft, DraftPatch, DraftStatus, NewDraft};
pub use estimate::{Complexity, Priority, UnknownWord};
pub use event::{Event, EventDraft, EventKind};
pub use flow::{FlowRecord, RoleRecord, RoleRegistration};
pub use id::{
    AgentName, ClaimToken, CommitId, InstallationId, InvalidId, OrchestratorId, ProjectId, RoleName, RunId,
    Scope, SessionId, StateName, TaskId, TreeId,
};
pub use key::{ApiKey, KeyDigest};
pub use machine::{Heartbeat, Installation, Load, Machine, MachineStatus, Registration};
pub use message::{Message, MessageDraft, MessageKind};
pub use outcome::{InvalidOutcome, Outcome, OutcomeKind, ProposedDraft};
pub use policy::Policy;
pub use project::{NewProject, Project, ProjectPatch, ProjectStatus};
pub use resolution::{ChangedPatch, ConflictResolution};
pub use review::{ApprovedWork, Gates, Quorum, Review, Standing};
pub use run::{Run, RunStage, StepRecord, StepStatus};
pub use state::{Approval, Hold, Place, Provisional, Queue, State, UnknownQueue};
pub use stop_reason::StopReason;
pub use task::{Blocker, Counters, NewTask, Settled, Submission, Task, TaskPatch};
pub use time::Timestamp;
pub use usage::Usage;
