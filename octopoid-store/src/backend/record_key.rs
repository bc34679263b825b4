//! Keys of rows.

use octopoid_core::model::Scope;
use serde::{Deserialize, Serialize};

/// Kind of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// A project.
    Project,
    /// A draft.
    Draft,
    /// A proposed action.
    Action,
    /// A registered flow.
    Flow,
    /// A registered role.
    Role,
    /// The review comments of a task, under the task's name.
    Review,
    /// A machine.
    Machine,
    /// A key that opens a scope.
    Key,
    /// The last number that was given; only from the default methods for a [`Counter`].
    Counter,
    /// A [`StoredReply`](super::StoredReply); only from the default methods for replies.
    Reply,
}

impl RecordKind {
    /// All kinds.
    #[cfg(any(all(feature = "sqlite", not(target_family = "wasm")), feature = "postgres"))]
    pub(crate) const ALL: [Self; 10] = [
        Self::Project,
        Self::Draft,
        Self::Action,
        Self::Flow,
        Self::Role,
        Self::Review,
        Self::Machine,
        Self::Key,
        Self::Counter,
        Self::Reply,
    ];
}

/// Key of a record: unique for its kind and scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct RecordKey<'a> {
    /// The kind.
    pub kind: RecordKind,
    /// The tenant; none for what belongs to the whole store.
    pub scope: Option<&'a Scope>,
    /// The name within kind and scope.
    pub name: &'a str,
}

impl<'a> RecordKey<'a> {
    /// Returns the key of a tenant's record.
    pub const fn scoped(kind: RecordKind, scope: &'a Scope, name: &'a str) -> Self {
        Self { kind, scope: Some(scope), name }
    }

    /// Returns the key of a record of the whole store.
    pub const fn global(kind: RecordKind, name: &'a str) -> Self {
        Self { kind, scope: None, name }
    }
}

/// Sequence of numbers that are given once each, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Counter<'a> {
    /// Places of tasks in the order of their creation, over the whole store.
    TaskPlace,
    /// Numbers of a scope's tasks that are named by their number.
    TaskNumber(&'a Scope),
    /// Numbers of drafts.
    Draft,
    /// Numbers of actions.
    Action,
    /// Numbers of keys.
    Key,
    /// Numbers of review comments.
    ReviewComment,
}

impl Counter<'_> {
    /// Returns the name under which a counter is kept.
    pub fn name(self) -> String {
        match self {
            Counter::TaskPlace => "task".to_owned(),
            Counter::TaskNumber(scope) => format!("task of {scope}"),
            Counter::Draft => "draft".to_owned(),
            Counter::Action => "action".to_owned(),
            Counter::Key => "key".to_owned(),
            Counter::ReviewComment => "review comment".to_owned(),
        }
    }
}
