//! The machines.

use super::setting::{Setting, with};
use super::verdict::{Verdict, Wrong, holds, invalid, refused, same};
use octopoid_core::clock::Clock as _;
use octopoid_core::model::{
    AgentName, Heartbeat, Installation, InstallationId, Load, Machine, MachineStatus, OrchestratorId,
    Registration, RoleName, Scope, TaskId,
};
use octopoid_core::store::{ErrorKind, MachineQuery, Result, SILENCE, StoreError};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Barrier;

const SECOND: Duration = Duration::from_secs(1);

pub(super) fn registration(scope: &Scope, cluster: &str, machine_id: &str) -> Registration {
    Registration::new(scope.clone(), cluster, machine_id, "https://example.org/repo.git")
}

async fn register(s: &Setting, machine_id: &str) -> Result<Machine> {
    Ok(s.store.register(registration(&s.scope, "prod", machine_id)).await?.0)
}

async fn beat(s: &Setting, machine: &Machine) -> Result<Machine> {
    s.store.heartbeat(&s.scope, &machine.id, Heartbeat::default()).await
}

/// Every machine of the scope, with its status.
async fn seen(s: &Setting) -> Verdict<Vec<(String, MachineStatus)>> {
    let machines = s.store.machines(&MachineQuery::new(s.scope.clone())).await?;
    Ok(machines.into_iter().map(|machine| (machine.registration.machine_id, machine.status)).collect())
}

fn as_seen(machines: &[(&str, MachineStatus)]) -> Vec<(String, MachineStatus)> {
    machines.iter().map(|(name, status)| ((*name).to_owned(), *status)).collect()
}

pub(super) async fn a_machine_introduces_itself_new_and_again(s: Setting) -> Verdict {
    let mut asked = registration(&s.scope, "prod", "one");
    asked.hostname = Some("host 🐙".into());
    asked.version = Some("1.2.3".into());
    asked.capabilities = Some(json!({"roles": ["implement"], "max_agents": 3, "more": [null, true]}));
    let first = s.clock.now();
    let (machine, new) = s.store.register(asked.clone()).await?;
    let mut should = Machine::new(OrchestratorId::new("prod-one")?, asked, first);
    same((&machine, new), (&should, true))?;
    same(s.store.machines(&MachineQuery::new(s.scope.clone())).await?, vec![machine])?;
    s.clock.advance(Duration::from_secs(3600));
    let asked = registration(&s.scope, "prod", "one");
    let (again, new) = s.store.register(asked.clone()).await?;
    should.registration = asked;
    should.last_heartbeat = s.clock.now();
    same((&again, new), (&should, false))?;
    same(s.store.machines(&MachineQuery::new(s.scope.clone())).await?, vec![again])
}

pub(super) async fn unusable_registrations_are_refused(s: Setting) -> Verdict {
    for (cluster, machine_id, field) in [
        ("", "one", "cluster"),
        (" ", "one", "cluster"),
        ("prod", "", "machine_id"),
        ("prod", "one two", "machine_id"),
        ("prod", "../one", "machine_id"),
    ] {
        invalid(s.store.register(registration(&s.scope, cluster, machine_id)).await, field)?;
    }
    let mut nowhere = registration(&s.scope, "prod", "one");
    nowhere.repo_url = String::new();
    invalid(s.store.register(nowhere).await, "repo_url")?;
    // Two machines are never one, however their names add up.
    s.store.register(registration(&s.scope, "a-b", "c")).await?;
    invalid(s.store.register(registration(&s.scope, "a", "b-c")).await, "machine_id")?;
    same(seen(&s).await?, as_seen(&[("c", MachineStatus::Active)]))
}

pub(super) async fn a_heartbeat_tells_of_agents_by_the_stores_clock(s: Setting) -> Verdict {
    let machine = register(&s, "one").await?;
    s.clock.advance(SECOND);
    let load = |agent: &str, task: Option<u64>| -> Verdict<Load> {
        let mut load = Load::new(AgentName::new(agent)?, RoleName::implement());
        load.task = task.map(TaskId::numbered);
        Ok(load)
    };
    let agents = vec![load("implementer-1", Some(7))?, load("implementer-2", None)?];
    let heartbeat = Heartbeat::default().with_agents(agents.clone());
    let told = s.store.heartbeat(&s.scope, &machine.id, heartbeat).await?;
    let mut should = machine;
    should.last_heartbeat = s.clock.now();
    should.agents = agents;
    same(&told, &should)?;
    same(s.store.machines(&MachineQuery::new(s.scope.clone())).await?, vec![told.clone()])?;
    // Who says nothing of its agents has them still.
    s.clock.advance(SECOND);
    let silent = beat(&s, &told).await?;
    same(&silent, &with(told, |told| told.last_heartbeat = s.clock.now()))?;
    let idle = s.store.heartbeat(&s.scope, &silent.id, Heartbeat::default().with_agents(Vec::new())).await?;
    same(idle.agents, vec![])
}

pub(super) async fn a_machine_that_is_not_there_is_not_found(s: Setting) -> Verdict {
    let mine = register(&s, "one").await?;
    let other = Scope::new("other")?;
    for (scope, id) in [(&s.scope, &OrchestratorId::new("prod-two")?), (&other, &mine.id)] {
        refused(s.store.heartbeat(scope, id, Heartbeat::default()).await, ErrorKind::NotFound)?;
        let status = MachineStatus::Maintenance;
        refused(s.store.set_machine_status(scope, id, status).await, ErrorKind::NotFound)?;
    }
    same(s.store.machines(&MachineQuery::new(other)).await?, vec![])?;
    same(s.store.machines(&MachineQuery::new(s.scope.clone())).await?, vec![mine])
}

pub(super) async fn a_silent_machine_is_offline_until_it_is_heard_of(s: Setting) -> Verdict {
    use MachineStatus::{Active, Offline};
    let one = register(&s, "one").await?;
    s.clock.advance(SECOND);
    register(&s, "two").await?;
    s.clock.advance(SILENCE - SECOND * 2);
    same(seen(&s).await?, as_seen(&[("two", Active), ("one", Active)]))?;
    s.clock.advance(SECOND * 2);
    same(seen(&s).await?, as_seen(&[("two", Active), ("one", Offline)]))?;
    s.clock.advance(SECOND);
    same(seen(&s).await?, as_seen(&[("two", Offline), ("one", Offline)]))?;
    // A heartbeat brings it back, and so does another introduction.
    same(beat(&s, &one).await?.status, Active)?;
    same(seen(&s).await?, as_seen(&[("one", Active), ("two", Offline)]))?;
    s.clock.advance(SECOND);
    same(register(&s, "two").await?.status, Active)?;
    same(seen(&s).await?, as_seen(&[("two", Active), ("one", Active)]))
}

pub(super) async fn maintenance_lasts_until_a_person_ends_it(s: Setting) -> Verdict {
    use MachineStatus::{Active, Maintenance, Offline};
    let machine = register(&s, "one").await?;
    let set = |status| s.store.set_machine_status(&s.scope, &machine.id, status);
    same(set(Maintenance).await?, with(machine.clone(), |machine| machine.status = Maintenance))?;
    s.clock.advance(SECOND);
    same(beat(&s, &machine).await?.status, Maintenance)?;
    same(register(&s, "one").await?.status, Maintenance)?;
    s.clock.advance(SILENCE * 2);
    same(seen(&s).await?, as_seen(&[("one", Maintenance)]))?;
    same(beat(&s, &machine).await?.status, Maintenance)?;
    same(set(Active).await?.status, Active)?;
    same(seen(&s).await?, as_seen(&[("one", Active)]))?;
    // What a person calls offline is back with its next word.
    same(set(Offline).await?.status, Offline)?;
    same(seen(&s).await?, as_seen(&[("one", Offline)]))?;
    same(beat(&s, &machine).await?.status, Active)
}

pub(super) async fn the_same_id_in_two_scopes_is_two_machines(s: Setting) -> Verdict {
    let other = Scope::new("other")?;
    let mine = register(&s, "one").await?;
    s.clock.advance(SECOND);
    let (theirs, new) = s.store.register(registration(&other, "prod", "one")).await?;
    holds(new, "it is new in its scope")?;
    same((&theirs.id, theirs.registered_at), (&mine.id, s.clock.now()))?;
    s.store.set_machine_status(&other, &theirs.id, MachineStatus::Maintenance).await?;
    s.store.heartbeat(&other, &theirs.id, Heartbeat::default().with_agents(Vec::new())).await?;
    same(s.store.machines(&MachineQuery::new(s.scope.clone())).await?, vec![mine])?;
    same(s.store.machines(&MachineQuery::new(other)).await?.len(), 1)
}

pub(super) async fn machines_are_listed_as_the_filters_say(s: Setting) -> Verdict {
    use MachineStatus::{Active, Maintenance, Offline};
    s.store.register(registration(&s.scope, "test", "old")).await?;
    s.clock.advance(SILENCE * 2);
    for (cluster, machine_id) in [("prod", "b"), ("prod", "a"), ("test", "c"), ("prod", "d")] {
        s.store.register(registration(&s.scope, cluster, machine_id)).await?;
    }
    s.store.set_machine_status(&s.scope, &OrchestratorId::new("prod-d")?, Maintenance).await?;
    s.clock.advance(SECOND);
    s.store.heartbeat(&s.scope, &OrchestratorId::new("test-c")?, Heartbeat::default()).await?;
    for (cluster, statuses, should) in [
        // Those heard of last first, then by id.
        (None, &[][..], &["test-c", "prod-a", "prod-b", "prod-d", "test-old"][..]),
        (Some("prod"), &[], &["prod-a", "prod-b", "prod-d"]),
        (None, &[Active], &["test-c", "prod-a", "prod-b"]),
        (None, &[Offline, Maintenance], &["prod-d", "test-old"]),
        (Some("test"), &[Offline], &["test-old"]),
        (Some("nowhere"), &[], &[]),
    ] {
        let mut query = MachineQuery::new(s.scope.clone());
        query.cluster = cluster.map(str::to_owned);
        query.statuses = statuses.to_vec();
        let machines = s.store.machines(&query).await?;
        same(machines.iter().map(|machine| machine.id.as_str()).collect(), should.to_vec())?;
    }
    Ok(())
}

fn installed(scope: &Scope, id: &str) -> Result<Registration> {
    let id = InstallationId::new(id).map_err(|error| StoreError::internal(error.to_string()))?;
    let mut registration = registration(scope, "prod", "one");
    registration.installation = Some(Installation::new(id, SECOND * 60));
    Ok(registration)
}

/// A heartbeat of an installation.
async fn heard(s: &Setting, installation: Option<&str>) -> Result<Machine> {
    let mut heartbeat = Heartbeat::default();
    heartbeat.installation = installation.and_then(|id| InstallationId::new(id).ok());
    let id = registration(&s.scope, "prod", "one")
        .id()
        .map_err(|error| StoreError::internal(error.to_string()))?;
    s.store.heartbeat(&s.scope, &id, heartbeat).await
}

pub(super) async fn i37_a_machine_id_belongs_to_the_installation_that_is_heard_from(s: Setting) -> Verdict {
    let mut first = installed(&s.scope, "first")?;
    first.hostname = Some("attic".into());
    let since = s.clock.now();
    let (machine, new) = s.store.register(first.clone()).await?;
    same((new, machine.held_since), (true, Some(since)))?;
    for _ in 0..3 {
        // As long as it is heard from, at any moment within its lease.
        s.clock.advance(SECOND * 60);
        let second = s.store.register(installed(&s.scope, "second")?).await;
        let message = second.as_ref().err().map(ToString::to_string).unwrap_or_default();
        refused(second, ErrorKind::Conflict)?;
        for part in ["`one`", "attic", "https://example.org/repo.git", &since.to_string(), "machine_id"] {
            holds(message.contains(part), &format!("{message:?} names {part}"))?;
        }
        refused(heard(&s, Some("second")).await, ErrorKind::Conflict)?;
        // What names none is another one as well.
        refused(heard(&s, None).await, ErrorKind::Conflict)?;
        refused(s.store.register(registration(&s.scope, "prod", "one")).await, ErrorKind::Conflict)?;
        same(heard(&s, Some("first")).await?.held_since, Some(since))?;
    }
    // Its own restart is accepted at once, and holds the id for as long as before.
    let (again, new) = s.store.register(first.clone()).await?;
    same((new, again.held_since, again.registration), (false, Some(since), first))?;
    // Another id, and the same one in another scope, are free.
    let mut other = installed(&s.scope, "second")?;
    other.machine_id = "two".into();
    same(s.store.register(other).await?.1, true)?;
    same(s.store.register(installed(&Scope::new("other")?, "second")?).await?.1, true)
}

pub(super) async fn i37_a_silent_installation_loses_its_machine_id_to_the_next(s: Setting) -> Verdict {
    s.store.register(installed(&s.scope, "first")?).await?;
    s.clock.advance(SECOND * 61);
    // Only a registration takes the id over.
    refused(heard(&s, Some("second")).await, ErrorKind::NotFound)?;
    let (machine, new) = s.store.register(installed(&s.scope, "second")?).await?;
    same((new, machine.held_since), (false, Some(s.clock.now())))?;
    refused(heard(&s, Some("first")).await, ErrorKind::Conflict)?;
    refused(s.store.register(installed(&s.scope, "first")?).await, ErrorKind::Conflict)?;
    same(heard(&s, Some("second")).await?.held_since, machine.held_since)?;
    s.clock.advance(SECOND * 61);
    // One that was silent and has lost nothing goes on.
    same(heard(&s, Some("second")).await?.held_since, machine.held_since)
}

pub(super) async fn i37_one_of_many_installations_gets_a_free_machine_id(s: Setting) -> Verdict {
    let names: Vec<_> = (0..8).map(|number| format!("number-{number}")).collect();
    let registrations = names.iter().map(|name| installed(&s.scope, name)).collect::<Result<Vec<_>>>()?;
    let start = Arc::new(Barrier::new(registrations.len()));
    let asking = registrations.into_iter().map(|registration| {
        let (store, start) = (Arc::clone(&s.store), Arc::clone(&start));
        tokio::spawn(async move {
            start.wait().await;
            store.register(registration).await
        })
    });
    let asking: Vec<_> = asking.collect();
    let mut accepted = 0;
    for answer in asking {
        match answer.await.map_err(|error| Wrong::new(error.to_string()))? {
            Ok(_) => accepted += 1,
            refusal => drop(refused(refusal, ErrorKind::Conflict)?),
        }
    }
    same(accepted, 1)
}

pub(super) async fn installations_are_optional(s: Setting) -> Verdict {
    let plain = register(&s, "one").await?;
    same(plain.held_since, None)?;
    same(register(&s, "one").await?.held_since, None)?;
    heard(&s, None).await?;
    // A program that was upgraded takes its own id over.
    let (machine, new) = s.store.register(installed(&s.scope, "first")?).await?;
    same((new, machine.held_since), (false, Some(s.clock.now())))?;
    refused(heard(&s, None).await, ErrorKind::Conflict)?;
    Ok(())
}
