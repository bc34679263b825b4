//! The scope of records that are addressed by their ids alone.

use super::Context;
use super::call::Entity;
use super::request::Incoming;
use crate::server::api::auth::Caller;
use crate::server::api::problem::Problem;
use octopoid_core::model::{ProjectId, Scope, TaskId};
use octopoid_core::store::{ActionQuery, MachineQuery, Result, Store};
use std::collections::BTreeSet;

impl Context {
    /// Adds the scope to a request that does not name one: that of the record, among all scopes that the caller may see.
    ///
    /// # Errors
    /// `Invalid` where several scopes have it, with their names.
    pub(super) async fn find_scope(&self, request: &mut Incoming, entity: Entity) -> Result<(), Problem> {
        if self.has_scope(request) {
            return Ok(());
        }
        let id = match entity {
            // Roles are registered for the machine that the body names.
            Entity::Machine if request.segment(0) == "roles" => {
                request.text("orchestrator_id").unwrap_or_default().to_owned()
            }
            _ => request.segment(1).to_owned(),
        };
        if let Some(scope) = self.scope_of(entity, &id).await? {
            request.set_query("scope", scope.as_str());
        }
        Ok(())
    }

    /// Returns the scope that has a record of this id.
    pub(super) async fn scope_of(&self, entity: Entity, id: &str) -> Result<Option<Scope>, Problem> {
        let mut found = Vec::new();
        for scope in self.scopes().await? {
            if has(&*self.app.store, &scope, entity, id).await? {
                found.push(scope);
            }
        }
        if found.len() > 1 {
            let names: Vec<_> = found.iter().map(Scope::as_str).collect();
            let words = format!("scope: {id} is in the scopes {}: name one of them", names.join(" and "));
            return Err(Problem::invalid("scope", words));
        }
        Ok(found.pop())
    }

    /// Returns whether a request has a scope: one that it names, or that of the caller's key.
    pub(super) fn has_scope(&self, request: &Incoming) -> bool {
        request.scope().is_some() || matches!(self.caller, Caller::Key { .. })
    }

    /// Returns the scopes that the caller may see.
    pub(super) async fn scopes(&self) -> Result<BTreeSet<Scope>, Problem> {
        if let Caller::Key { scope, .. } = &self.caller {
            return Ok(BTreeSet::from([scope.clone()]));
        }
        let mut scopes: BTreeSet<Scope> = self.app.store.scopes().await?.into_iter().collect();
        scopes.insert(Scope::single());
        Ok(scopes)
    }
}

async fn has(store: &dyn Store, scope: &Scope, entity: Entity, id: &str) -> Result<bool> {
    fn is_there<T>(found: Result<T>) -> Result<bool> {
        match found {
            Ok(_) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }
    match entity {
        Entity::Task => match TaskId::new(id) {
            Ok(id) => is_there(store.task(scope, &id).await),
            Err(_) => Ok(false),
        },
        Entity::Project => match ProjectId::new(id) {
            Ok(id) => is_there(store.project(scope, &id).await),
            Err(_) => Ok(false),
        },
        Entity::Draft => match id.parse() {
            Ok(number) => is_there(store.draft(scope, number).await),
            Err(_) => Ok(false),
        },
        Entity::Machine => {
            let machines = store.machines(&MachineQuery::new(scope.clone())).await?;
            Ok(machines.iter().any(|machine| machine.id.as_str() == id))
        }
        Entity::Role => Ok(store.roles(scope).await?.iter().any(|role| role.name.as_str() == id)),
        Entity::Action => has_action(store, scope, id).await,
    }
}

/// Returns whether a scope has an action, by listing its actions.
async fn has_action(store: &dyn Store, scope: &Scope, id: &str) -> Result<bool> {
    let mut query = ActionQuery::new(scope.clone());
    query.limit = octopoid_core::store::TaskQuery::MAX_LIMIT;
    loop {
        let page = store.list_actions(&query).await?.items;
        if page.iter().any(|action| action.id == id) {
            return Ok(true);
        }
        if page.is_empty() {
            return Ok(false);
        }
        query.offset += page.len() as u64;
    }
}
