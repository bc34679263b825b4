//! Registered flows and roles.

use super::machines::registration;
use super::setting::Setting;
use super::verdict::{Verdict, invalid, refused, same};
use octopoid_core::clock::Clock as _;
use octopoid_core::model::{FlowRecord, OrchestratorId, RoleName, RoleRecord, RoleRegistration, Scope};
use octopoid_core::store::{ErrorKind, Result};
use serde_json::{Value, json};
use std::time::Duration;

const BUILT_IN: [&str; 4] = ["incoming", "claimed", "done", "failed"];

fn states(more: &[&str]) -> Vec<String> {
    BUILT_IN.iter().chain(more).map(|state| (*state).to_owned()).collect()
}

async fn put(s: &Setting, name: &str, more: &[&str], transitions: Vec<Value>) -> Result<FlowRecord> {
    s.store.put_flow(&s.scope, name, states(more), transitions).await
}

fn role(name: &str, claims_from: &str) -> Verdict<RoleRegistration> {
    Ok(RoleRegistration::new(RoleName::new(name)?, claims_from))
}

/// A machine of a scope, registered.
async fn machine(s: &Setting, scope: &Scope, name: &str) -> Verdict<OrchestratorId> {
    Ok(s.store.register(registration(scope, "prod", name)).await?.0.id)
}

fn names(roles: &[RoleRecord]) -> Vec<&str> {
    roles.iter().map(|role| role.name.as_str()).collect()
}

pub(super) async fn a_flow_is_registered_new_and_again(s: Setting) -> Verdict {
    let transitions = vec![
        json!({"from": "incoming", "to": "claimed"}),
        json!({"from": "claimed", "to": "done", "runs": ["test", {"n": [1, -2, null, true, "🐙"]}]}),
    ];
    let first = s.clock.now();
    let made = put(&s, "careful", &["reviewed"], transitions.clone()).await?;
    let mut should = FlowRecord::new(s.scope.clone(), "careful", states(&["reviewed"]), transitions, first);
    same(&made, &should)?;
    same(s.store.flows(&s.scope).await?, vec![made])?;
    s.clock.advance(Duration::from_secs(5));
    let again = put(&s, "careful", &[], vec![]).await?;
    should.states = states(&[]);
    should.transitions = vec![];
    should.updated_at = s.clock.now();
    same(&again, &should)?;
    same(s.store.flows(&s.scope).await?, vec![again])
}

pub(super) async fn a_flow_has_the_built_in_states(s: Setting) -> Verdict {
    for missing in BUILT_IN {
        let states = states(&["more"]).into_iter().filter(|state| state != missing).collect();
        let error = invalid(s.store.put_flow(&s.scope, "flow", states, vec![]).await, "states")?;
        super::verdict::holds(error.to_string().contains(missing), "it names the missing one")?;
    }
    invalid(s.store.put_flow(&s.scope, "flow", vec![], vec![]).await, "states")?;
    invalid(put(&s, " ", &[], vec![]).await, "name")?;
    same(s.store.flows(&s.scope).await?, vec![])
}

pub(super) async fn flows_are_listed_by_name_and_removed(s: Setting) -> Verdict {
    for name in ["default", "b", "a", "Z"] {
        put(&s, name, &[], vec![]).await?;
    }
    let other = Scope::new("other")?;
    s.store.put_flow(&other, "a", states(&["theirs"]), vec![]).await?;
    let names = async |scope: &Scope| -> Verdict<Vec<String>> {
        Ok(s.store.flows(scope).await?.into_iter().map(|flow| flow.name).collect())
    };
    same(names(&s.scope).await?, ["Z", "a", "b", "default"].map(str::to_owned).to_vec())?;
    s.store.delete_flow(&s.scope, "a").await?;
    refused(s.store.delete_flow(&s.scope, "a").await, ErrorKind::NotFound)?;
    refused(s.store.delete_flow(&other, "b").await, ErrorKind::NotFound)?;
    same(names(&s.scope).await?, ["Z", "b", "default"].map(str::to_owned).to_vec())?;
    same(names(&other).await?, vec!["a".to_owned()])
}

pub(super) async fn roles_are_registered_new_and_again(s: Setting) -> Verdict {
    let first = machine(&s, &s.scope, "one").await?;
    let registered_at = s.clock.now();
    let described = role("write", "incoming")?.with_description("It writes 🐙");
    let roles =
        s.store.register_roles(&s.scope, &first, vec![described.clone(), role("review", "provisional")?]);
    let roles = roles.await?;
    same(names(&roles), vec!["review", "write"])?;
    let write = described.at(s.scope.clone(), first.clone(), registered_at);
    same(&roles[1], &write)?;
    same(&s.store.roles(&s.scope).await?, &roles)?;
    // The answer has what this machine registered, now or before; the last who registers a role counts.
    s.clock.advance(Duration::from_secs(5));
    let second = machine(&s, &s.scope, "two").await?;
    let roles = s.store.register_roles(&s.scope, &second, vec![role("write", "backlog")?]).await?;
    let taken = role("write", "backlog")?.at(s.scope.clone(), second, registered_at);
    same(roles, vec![taken.clone()])?;
    let roles = s.store.register_roles(&s.scope, &first, vec![role("breakdown", "incoming")?]).await?;
    same(names(&roles), vec!["breakdown", "review"])?;
    same(names(&s.store.register_roles(&s.scope, &first, vec![]).await?), vec!["breakdown", "review"])?;
    let all = s.store.roles(&s.scope).await?;
    same(names(&all), vec!["breakdown", "review", "write"])?;
    same(all.last(), Some(&taken))
}

pub(super) async fn roles_of_an_unknown_machine_are_refused(s: Setting) -> Verdict {
    let other = Scope::new("other")?;
    let theirs = machine(&s, &other, "theirs").await?;
    for unknown in [OrchestratorId::new("prod-nobody")?, theirs] {
        let roles = vec![role("write", "incoming")?];
        invalid(s.store.register_roles(&s.scope, &unknown, roles).await, "orchestrator_id")?;
    }
    let mine = machine(&s, &s.scope, "mine").await?;
    let nowhere = vec![role("write", "incoming")?, role("review", " ")?];
    invalid(s.store.register_roles(&s.scope, &mine, nowhere).await, "claims_from")?;
    same(s.store.roles(&s.scope).await?, vec![])?;
    same(s.store.roles(&other).await?, vec![])
}

pub(super) async fn scopes_do_not_see_each_others_roles(s: Setting) -> Verdict {
    let other = Scope::new("other")?;
    let (mine, theirs) = (machine(&s, &s.scope, "one").await?, machine(&s, &other, "one").await?);
    same(&mine, &theirs)?;
    s.store.register_roles(&s.scope, &mine, vec![role("write", "incoming")?]).await?;
    let roles = vec![role("write", "backlog")?, role("extra", "incoming")?];
    same(names(&s.store.register_roles(&other, &theirs, roles).await?), vec!["extra", "write"])?;
    let roles = s.store.roles(&s.scope).await?;
    same(names(&roles), vec!["write"])?;
    same((roles[0].claims_from.as_str(), &roles[0].scope), ("incoming", &s.scope))
}
