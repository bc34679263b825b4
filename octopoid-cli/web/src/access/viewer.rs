//! People who look at the dashboard.

use async_trait::async_trait;
use octopoid_core::model::Scope;
use octopoid_core::store::Result;
use octopoid_core::transition::Actor;
use std::fmt::Debug;
use std::sync::Arc;

/// Person who looks at the dashboard.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Viewer {
    /// Name, which stands behind each of their decisions.
    pub name: String,
    /// Scope whose tasks they see.
    pub scope: Scope,
    /// Whether they may decide, or only look.
    pub may_decide: bool,
    /// Public id of the key that they signed in with.
    pub key: Option<String>,
}

impl Viewer {
    /// Creates a viewer who may decide.
    pub fn new(name: impl Into<String>, scope: Scope) -> Self {
        Self { name: name.into(), scope, may_decide: true, key: None }
    }

    /// Sets whether the viewer may only look.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.may_decide = false;
        self
    }

    /// Returns the name under which the viewer's words and decisions are stored, which says where they came from.
    pub(crate) fn author(&self) -> String {
        match &self.key {
            Some(key) => format!("{} (dashboard, {key})", self.name),
            None => format!("{} (dashboard)", self.name),
        }
    }

    pub(crate) fn actor(&self) -> Actor {
        Actor::Person(self.author())
    }
}

/// How people sign in.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum SignIn {
    /// By one-time links alone; see [`Dashboard::one_time_link`](crate::Dashboard::one_time_link).
    Links,
    /// By an API key and a name, or by a one-time link.
    Keys(Arc<dyn Keys>),
    /// By the program that embeds the dashboard: a middleware around it inserts a [`Viewer`] into the extensions of each
    /// request, and refuses everybody else.
    Embedder,
}

/// Holder of an API key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyHolder {
    /// Public id of the key, such as `key-3`.
    pub id: String,
    /// Scope that the key opens.
    pub scope: Scope,
    /// Whether the key lets its holder see and not decide.
    pub read_only: bool,
}

impl KeyHolder {
    /// Creates the holder of a key that opens a scope.
    pub fn new(id: impl Into<String>, scope: Scope) -> Self {
        Self { id: id.into(), scope, read_only: false }
    }

    /// Sets whether the key lets its holder see and not decide.
    #[must_use]
    pub fn with_read_only(mut self, read_only: bool) -> Self {
        self.read_only = read_only;
        self
    }
}

/// API keys of a server.
#[async_trait]
pub trait Keys: Send + Sync + Debug {
    /// Returns the holder of a key; `None` for a wrong or revoked one.
    ///
    /// # Errors
    /// The keys cannot be read.
    async fn holder(&self, key: &str) -> Result<Option<KeyHolder>>;

    /// Returns whether a key is still valid. Called often, so an answer may be a few seconds old.
    async fn is_valid(&self, id: &str) -> bool;
}
