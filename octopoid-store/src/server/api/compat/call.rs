//! Which call of the contract a request is.

use axum::http::Method;

/// Call that is served differently from the routes, or whose scope may be omitted. A call on one record carries its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Call {
    List(List),
    CreateTask,
    Claim,
    PatchTask(String),
    DeleteTask(String),
    Submit(String),
    /// A write that shows a claim's token.
    HolderWrite(String),
    Accept(String),
    Reject(String),
    Requeue(String),
    Force(String),
    PostMessage,
    Propose,
    CreateProject,
    PatchProject(String),
    CreateDraft,
    PatchDraft(String),
    Draft(String),
    Register,
    Heartbeat,
    RegisterRoles,
    Poll,
    /// Any other call on one record.
    OfId(Entity),
    /// Any other call that must name its scope.
    Scoped,
}

/// A list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Tasks,
    /// The messages of a task.
    Thread,
    Messages,
    Actions,
    Flows,
    Projects,
    Drafts,
    Machines,
    Roles,
}

/// Kind of record that is addressed by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entity {
    Task,
    Project,
    Draft,
    Action,
    Machine,
    Role,
}

/// How the scope of a call is determined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scoping {
    /// The request must name it.
    Named,
    /// It is the scope of the record that the call names.
    OfId(Entity),
    /// Without one, the call is over all scopes, or the routes decide.
    Optional,
}

impl Call {
    pub(super) fn of(method: &Method, path: &str) -> Option<Self> {
        let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        let own = |id: &&str| (*id).to_owned();
        Some(match (method.as_str(), segments.as_slice()) {
            ("GET", ["tasks"]) => Call::List(List::Tasks),
            ("POST", ["tasks"]) => Call::CreateTask,
            ("POST", ["tasks", "claim"]) => Call::Claim,
            ("POST", ["tasks", "expire"]) => return None,
            ("GET", ["tasks", _, "messages"]) => Call::List(List::Thread),
            ("PATCH", ["tasks", id]) => Call::PatchTask(own(id)),
            ("DELETE", ["tasks", id]) => Call::DeleteTask(own(id)),
            ("POST", ["tasks", id, "submit"]) => Call::Submit(own(id)),
            ("POST", ["tasks", id, "renew" | "release"]) => Call::HolderWrite(own(id)),
            ("POST", ["tasks", id, "accept"]) => Call::Accept(own(id)),
            ("POST", ["tasks", id, "reject"]) => Call::Reject(own(id)),
            ("POST", ["tasks", id, "requeue"]) => Call::Requeue(own(id)),
            ("POST", ["tasks", id, "force-queue"]) => Call::Force(own(id)),
            (_, ["tasks", ..]) => Call::OfId(Entity::Task),
            ("GET", ["projects"]) => Call::List(List::Projects),
            ("POST", ["projects"]) => Call::CreateProject,
            ("PATCH", ["projects", id]) => Call::PatchProject(own(id)),
            (_, ["projects", ..]) => Call::OfId(Entity::Project),
            ("GET", ["drafts"]) => Call::List(List::Drafts),
            ("POST", ["drafts"]) => Call::CreateDraft,
            ("PATCH", ["drafts", id]) => Call::PatchDraft(own(id)),
            (_, ["drafts", id]) => Call::Draft(own(id)),
            ("GET", ["messages"]) => Call::List(List::Messages),
            ("POST", ["messages"]) => Call::PostMessage,
            ("GET", ["actions"]) => Call::List(List::Actions),
            ("POST", ["actions"]) => Call::Propose,
            (_, ["actions", ..]) => Call::OfId(Entity::Action),
            ("GET", ["flows"]) => Call::List(List::Flows),
            (_, ["flows", ..]) => Call::Scoped,
            ("POST", ["roles", "register"]) => Call::RegisterRoles,
            ("GET", ["roles"]) => Call::List(List::Roles),
            (_, ["roles", ..]) => Call::OfId(Entity::Role),
            ("POST", ["orchestrators", "register"]) => Call::Register,
            ("GET", ["orchestrators"]) => Call::List(List::Machines),
            ("POST", ["orchestrators", _, "heartbeat"]) => Call::Heartbeat,
            (_, ["orchestrators", "scopes", ..]) => return None,
            (_, ["orchestrators", ..]) => Call::OfId(Entity::Machine),
            ("GET", ["scheduler", "poll"]) => Call::Poll,
            _ => return None,
        })
    }

    pub(super) const fn scoping(&self) -> Scoping {
        match self {
            Call::List(List::Tasks | List::Thread | List::Messages | List::Actions | List::Flows)
            | Call::CreateTask
            | Call::Claim
            | Call::PostMessage
            | Call::Propose
            | Call::Register
            | Call::Scoped => Scoping::Named,
            Call::List(List::Projects | List::Drafts | List::Machines | List::Roles)
            | Call::CreateProject
            | Call::CreateDraft
            | Call::Poll => Scoping::Optional,
            Call::PatchTask(_)
            | Call::DeleteTask(_)
            | Call::Submit(_)
            | Call::HolderWrite(_)
            | Call::Accept(_)
            | Call::Reject(_)
            | Call::Requeue(_)
            | Call::Force(_) => Scoping::OfId(Entity::Task),
            Call::PatchProject(_) => Scoping::OfId(Entity::Project),
            Call::PatchDraft(_) | Call::Draft(_) => Scoping::OfId(Entity::Draft),
            Call::RegisterRoles | Call::Heartbeat => Scoping::OfId(Entity::Machine),
            Call::OfId(entity) => Scoping::OfId(*entity),
        }
    }

    /// Returns the required fields, in the groups that the original's errors named. They are checked before the scope.
    pub(super) const fn required(&self) -> &'static [&'static [&'static str]] {
        match self {
            Call::CreateTask => &[&["id", "file_path"], &["branch"]],
            Call::Claim => &[&["orchestrator_id", "agent_name"]],
            Call::PostMessage => &[&["task_id", "from_actor", "type", "content"]],
            Call::Register => &[&["cluster", "machine_id", "repo_url"]],
            Call::CreateProject => &[&["id", "title", "branch"]],
            Call::CreateDraft => &[&["title", "author"]],
            Call::Propose => &[&["entity_type", "entity_id", "label", "proposed_by"]],
            Call::Accept(_) => &[&["accepted_by"]],
            Call::Reject(_) => &[&["reason", "rejected_by"]],
            Call::Force(_) => &[&["queue", "reason"]],
            _ => &[],
        }
    }
}
