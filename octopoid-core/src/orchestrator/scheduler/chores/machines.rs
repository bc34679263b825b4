//! Registration of this machine in the store, and its heartbeats.

use crate::flow::{self, Flow};
use crate::model::{
    Heartbeat, Installation, Load, Machine, MachineStatus, Queue, Registration, RoleRegistration,
};
use crate::orchestrator::disk::installation::read_or_choose;
use crate::orchestrator::error::RunError;
use crate::orchestrator::scheduler::Scheduler;
use crate::orchestrator::scheduler::next_wake::NextWake;
use crate::transition::Purpose;
use std::time::Duration;

/// Time between two heartbeats.
const BEAT: Duration = Duration::from_secs(30);
/// Time between two heartbeats if the load has changed.
const NEWS: Duration = Duration::from_secs(2);

impl Scheduler {
    /// Reads the installation's id, if the machine is registered under one.
    pub(crate) fn identify(&self) -> Result<(), RunError> {
        let shared = &self.shared;
        if shared.settings.machine.is_some() && shared.installation.get().is_none() {
            let id =
                read_or_choose(&shared.layout, || shared.installation_id()).map_err(RunError::Journal)?;
            let _ = shared.installation.set(id);
        }
        Ok(())
    }

    /// Registers this machine, or sends a heartbeat with what its agents do. Learns whether a person has put it into maintenance.
    pub(in crate::orchestrator::scheduler) async fn beat(
        &mut self,
        ticked: &mut NextWake,
    ) -> Result<(), RunError> {
        if self.shared.settings.machine.is_none() {
            return Ok(());
        }
        let now = self.shared.now();
        let load = self.load();
        let due = match &self.state.reported_load {
            Some((at, told)) if *told != load => (*at + NEWS).min(self.state.next_beat),
            _ => self.state.next_beat,
        };
        if now >= due {
            self.introduce_or_beat(load).await?;
        }
        ticked.by(if now >= due { self.state.next_beat } else { due });
        Ok(())
    }

    /// Ensures that this installation holds the machine's id, if the machine is registered under one.
    pub(crate) async fn claim_identity(&mut self) -> Result<(), RunError> {
        if self.shared.settings.machine.is_none() {
            return Ok(());
        }
        self.introduce_or_beat(self.load()).await
    }

    async fn introduce_or_beat(&mut self, load: Vec<Load>) -> Result<(), RunError> {
        let now = self.shared.now();
        let machine = self.heard_of(load.clone()).await?;
        // Often enough that the machine's id is not taken over while it is in use.
        self.state.next_beat = now + BEAT.min(self.shared.settings.lease / 3);
        self.state.reported_load = Some((now, load));
        let maintenance = machine.status == MachineStatus::Maintenance;
        if maintenance && !self.state.maintenance {
            self.shared.warn("this machine was taken out of service: it starts no new work");
        }
        self.state.maintenance = maintenance;
        Ok(())
    }

    async fn heard_of(&mut self, load: Vec<Load>) -> Result<Machine, RunError> {
        let settings = &self.shared.settings;
        let store = &self.shared.store;
        let id = self.shared.installation.get().cloned();
        let installation = id.clone().map(|id| Installation { id, lease: settings.lease });
        let heartbeat = Heartbeat { agents: Some(load), installation: id };
        if self.state.registered {
            match store.heartbeat(&settings.scope, &settings.orchestrator, heartbeat.clone()).await {
                // The store has been recreated in the meantime.
                Err(error) if error.is_not_found() => {}
                heard => return heard.map_err(RunError::from_heartbeat),
            }
        }
        if let Some(registration) = settings.machine.clone() {
            let registration = Registration { installation, ..registration };
            store.register(registration).await.map_err(RunError::from_heartbeat)?;
            self.register_names().await?;
        }
        let heard = store.heartbeat(&settings.scope, &settings.orchestrator, heartbeat).await;
        let machine = heard.map_err(RunError::from_heartbeat)?;
        self.state.registered = true;
        Ok(machine)
    }

    /// Registers this machine's roles and flows, so that a server can reject unknown names.
    async fn register_names(&self) -> Result<(), RunError> {
        let (settings, store) = (&self.shared.settings, &self.shared.store);
        let roles = self.shared.roles.values().map(|role| {
            let spec = role.spec();
            let from = if spec.claims == Purpose::Work { Queue::Incoming } else { Queue::Provisional };
            RoleRegistration {
                name: spec.name.clone(),
                claims_from: from.as_str().to_owned(),
                description: Some(spec.description.clone()),
            }
        });
        store.register_roles(&settings.scope, &settings.orchestrator, roles.collect()).await?;
        let built_in = [(flow::DEFAULT, Flow::default()), (flow::PROJECT, Flow::project())];
        let built_in = built_in.iter().filter(|(name, _)| !settings.flows.contains_key(*name));
        let own = settings.flows.iter().map(|(name, flow)| (name.as_str(), flow));
        for (name, flow) in own.chain(built_in.map(|(name, flow)| (*name, flow))) {
            store.put_flow(&settings.scope, name, flow.states(), flow.described()).await?;
        }
        Ok(())
    }

    fn load(&self) -> Vec<Load> {
        let task_of = |agent: &crate::model::AgentName| {
            let run = self.state.active.values().find(|run| &run.agent == agent && run.role.is_some());
            run.map(|run| run.task.clone())
        };
        let agents = self.shared.agents.iter();
        agents
            .map(|agent| Load {
                agent: agent.name.clone(),
                role: agent.role.clone(),
                task: task_of(&agent.name),
            })
            .collect()
    }
}
