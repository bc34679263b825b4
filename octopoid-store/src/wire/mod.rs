//! The wire format, shared by the server and the client.
//!
//! The names are those of the REST contract, which other programs are written against. Where the model knows more than
//! the contract had room for, an answer carries it in a field of its own, so that a client can rebuild the model's value.

mod action;
mod artifact;
mod draft;
mod fields;
mod flow;
mod key;
mod machine;
pub(crate) mod message;
mod page;
pub(crate) mod problem;
mod project;
mod review;
mod run;
mod task;
mod task_request;
mod task_view;

/// Longest time in seconds that a server waits before it answers.
pub(crate) const LONGEST_WAIT: u64 = 60;

pub(crate) use action::{ActionBody, ActionUpdate, NewActionBody};
pub(crate) use artifact::{ARTIFACT_LENGTH, ArtifactLength, Artifacts};
pub(crate) use draft::{DraftBody, DraftUpdate, NewDraftBody};
pub(crate) use fields::{Flag, Names};
pub(crate) use flow::{FlowBody, PutFlow, RegisterRoles, RoleBody, RoleEntry};
pub(crate) use key::{KeyBody, NewKey, SecretBody};
pub(crate) use machine::{HeartbeatBody, MachineBody, MachineUpdate, RegisterMachine, Registered};
pub(crate) use message::{MessageBody, NewMessage};
pub(crate) use page::{
    Actions, Drafts, Events, Flows, Keys, Machines, Messages, Projects, Roles, Runs, Scopes, Tasks,
};
pub(crate) use problem::ProblemBody;
pub(crate) use project::{NewProjectBody, ProjectUpdate};
pub(crate) use review::{
    AddReviewComments, ResolveReviewComments, ReviewCommentUpdate, ReviewComments, SendReview,
};
pub(crate) use run::{SaveRun, UsageBody};
pub(crate) use task::TaskBody;
pub(crate) use task_request::{
    AcceptTask, ClaimTask, CommandTask, CreateTask, ExpireLeases, ForceTask, HookDone, PatchTask, RejectTask,
    ReleaseTask, RenewTask, RequeueTask, SubmitTask,
};
pub(crate) use task_view::Viewer;

/// The header that makes a repeated write harmless.
pub(crate) const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The header in which a machine says who it is, so that it sees the tokens of its own claims.
pub(crate) const ORCHESTRATOR: &str = "octopoid-orchestrator";
/// The header in which a client that passes another's requests on says what stands for their content.
pub(crate) const REQUEST_DIGEST: &str = "octopoid-request-digest";
