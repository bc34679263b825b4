//! Data model: tasks, claims, runs, events and messages.
//!
//! Plain values with serde; no I/O, no clock and no randomness, so the module builds for any target.

mod action;
mod artifact;
mod attributes;
mod breakdown;
mod claim;
mod diff;
mod draft;
mod estimate;
mod event;
mod finding;
mod flow;
mod id;
mod key;
mod machine;
mod message;
mod outcome;
mod placed_comment;
mod policy;
mod project;
mod resolution;
mod revert;
mod review;
mod review_comment;
mod run;
pub(crate) mod shown;
pub(crate) mod state;
mod stop_reason;
mod task;
mod time;
mod usage;
mod usd;

pub use action::{Action, ActionDraft, ActionStatus};
pub use artifact::{Artifact, ArtifactKey, ArtifactKind, UnknownArtifact};
pub use attributes::{Attributes, InvalidAttribute};
pub use breakdown::{Breakdown, Subtask};
pub use claim::{Claim, Holder};
pub use diff::{Change, Diff, FileDiff};
pub use draft::{Draft, DraftPatch, DraftStatus, NewDraft};
pub use estimate::{Complexity, Priority, UnknownWord};
pub use event::{Event, EventDraft, EventKind};
pub use finding::Finding;
pub use flow::{FlowRecord, RoleRecord, RoleRegistration};
pub use id::{
    AgentName, ClaimToken, CommitId, InstallationId, InvalidId, OrchestratorId, ProjectId, RoleName, RunId,
    Scope, SessionId, StateName, TaskId, TreeId,
};
pub use key::{ApiKey, InvalidDigest, KeyDigest};
pub use machine::{Heartbeat, Installation, Load, Machine, MachineStatus, Registration};
pub use message::{Message, MessageDraft, MessageKind};
pub use outcome::{InvalidOutcome, Outcome, OutcomeKind, ProposedDraft};
pub use placed_comment::{PlacedComment, Position, place_name};
pub use policy::Policy;
pub use project::{NewProject, Project, ProjectPatch, ProjectStatus};
pub use resolution::{ChangedPatch, ConflictResolution};
pub use revert::Revert;
pub use review::{ApprovedWork, Gates, Quorum, Review, Standing};
pub use review_comment::{
    Anchor, CommentAuthor, CommentState, LineRange, NewReviewComment, Proposal, ReviewComment,
    ReviewCommentPatch, ReviewVerdict, Severity, Side,
};
pub use run::{Run, RunStage, StepRecord, StepStatus};
pub use state::{Approval, Hold, Place, Provisional, Queue, State, UnknownQueue};
pub use stop_reason::StopReason;
pub use task::{Blocker, Counters, NewTask, Settled, Submission, Task, TaskPatch};
pub use time::{InvalidTimestamp, Timestamp};
pub use usage::Usage;
pub use usd::{InvalidUsd, Usd};
