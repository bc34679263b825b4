//! The sender of a request.

use super::Keyring;
use crate::server::api::problem::Problem;
use axum::extract::FromRequestParts;
use axum::http::Extensions;
use axum::http::request::Parts;
use octopoid_core::model::Scope;
use std::convert::Infallible;

/// Sender of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Caller {
    /// The holder of a scope's key.
    Key { scope: Scope, id: String, read_only: bool },
    /// The operator of the server, who shows the admin token.
    Admin,
    /// A sender without a key, where that is allowed.
    Anybody,
}

impl Caller {
    /// Returns the caller that [`identify`](super::identify) found for a request.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        extensions.get::<Self>().cloned().unwrap_or(Self::Anybody)
    }

    /// Returns the scope of a request: the key's own, or the one that it names.
    pub(crate) fn scope(&self, named: Option<&str>) -> Result<Scope, Problem> {
        let named = named
            .map(|name| Scope::new(name).map_err(|error| Problem::invalid("scope", error.to_string())))
            .transpose()?;
        match (self, named) {
            (Caller::Key { scope, .. }, Some(named)) if *scope != named => Err(Problem::forbidden(format!(
                "Scope mismatch: authenticated as \"{scope}\" but requested \"{named}\""
            ))),
            (Caller::Key { scope, .. }, _) => Ok(scope.clone()),
            (_, named) => Ok(named.unwrap_or_else(Scope::single)),
        }
    }

    /// Returns the scope of a feed; `None` for `*`, every scope, which a key does not open.
    pub(crate) fn feed_scope(&self, named: Option<&str>) -> Result<Option<Scope>, Problem> {
        match (self, named) {
            (Caller::Admin | Caller::Anybody, Some("*")) => Ok(None),
            _ => self.scope(named).map(Some),
        }
    }

    /// Checks that the caller may create, list and revoke keys: the operator may, and anybody as long as there is neither a
    /// key nor an admin token. Afterwards no caller can create a key for itself, even where none is required.
    pub(crate) async fn check_admin(&self, keyring: &Keyring) -> Result<(), Problem> {
        let refused = "only the operator of the server creates and lists keys";
        match self {
            Caller::Admin => Ok(()),
            Caller::Anybody if keyring.has_no_admin().await? => Ok(()),
            Caller::Anybody => Err(Problem::unauthorized(refused)),
            Caller::Key { .. } => Err(Problem::forbidden(refused)),
        }
    }

    /// Returns the prefix of the caller's idempotency keys, which separates them from those of other callers.
    pub(crate) fn name(&self) -> &str {
        match self {
            Caller::Key { scope, .. } => scope.as_str(),
            Caller::Admin => "*admin",
            Caller::Anybody => "*",
        }
    }

    /// Returns the public id of the caller's key, for the log.
    pub(super) fn key_id(&self) -> Option<&str> {
        match self {
            Caller::Key { id, .. } => Some(id),
            Caller::Admin => Some("admin"),
            Caller::Anybody => None,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.extensions))
    }
}
