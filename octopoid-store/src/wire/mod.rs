//! What goes over the wire, once for the server and the client.
//!
//! The names are those of the REST contract, which other programs are written against. Where the model knows more than
//! the contract had room for, an answer carries it in a field of its own, so that a client can rebuild the model's value.

mod action;
mod draft;
mod fields;
mod flow;
mod key;
mod machine;
pub(crate) mod message;
mod page;
pub(crate) mod problem;
mod project;
mod run;
mod task;
mod task_request;
mod task_view;

pub use action::{ActionBody, ActionUpdate, NewActionBody};
pub use draft::{DraftBody, DraftUpdate, NewDraftBody};
pub use fields::{Flag, Names};
pub use flow::{FlowBody, PutFlow, RegisterRoles, RoleBody, RoleEntry};
pub use key::{KeyBody, NewKey, SecretBody};
pub use machine::{HeartbeatBody, MachineBody, MachineUpdate, RegisterMachine, Registered};
pub use message::{MessageBody, NewMessage};
pub use page::{
    Actions, Drafts, Events, Flows, Keys, Machines, Messages, Projects, Roles, Runs, Scopes, Tasks,
};
pub use problem::ProblemBody;
pub use project::{NewProjectBody, ProjectUpdate};
pub use run::{SaveRun, UsageBody};
pub use task::TaskBody;
pub use task_request::{
    AcceptTask, ClaimTask, CommandTask, CreateTask, ExpireLeases, ForceTask, HookDone, PatchTask, RejectTask,
    ReleaseTask, RenewTask, RequeueTask, SubmitTask,
};
pub use task_view::Viewer;

/// The header that makes a repeated write harmless.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The header in which a machine says who it is, so that it sees the tokens of its own claims.
pub const ORCHESTRATOR: &str = "octopoid-orchestrator";
/// The header in which a client that passes another's requests on says what stands for their content.
pub const REQUEST_DIGEST: &str = "octopoid-request-digest";
