//! A role of a plugin, for the orchestrator a role like any other.

use super::convert;
use super::engine::Engine;
use super::host_calls::HostCalls;
use super::instance::Instances;
use super::job::Job;
use super::manifest;
use super::outcome::{Who, result};
use async_trait::async_trait;
use octopoid_core::model::{Outcome, OutcomeKind};
use octopoid_core::role::{Role, RoleContext, RoleError, RoleSpec};
use octopoid_plugin::message::{Manifest, RoleManifest, op};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// A role of a plugin.
#[derive(Debug)]
pub(super) struct PluginRole {
    spec: RoleSpec,
    who: Who,
    /// The operations that the plugin may call, of those that this host knows.
    features: Vec<String>,
    engine: Engine,
    instances: Instances,
    /// One permit for each run that the role can work on at once.
    places: Semaphore,
    grace: Duration,
}

impl PluginRole {
    /// Creates a role; returns `None` if its name is invalid, which the manifest's validation refuses earlier.
    pub(super) fn new(
        plugin: &Manifest,
        role: &RoleManifest,
        engine: Engine,
        path: &Path,
        grace: Duration,
    ) -> Option<Self> {
        let most = role.max_concurrency.min(plugin.max_concurrency).max(1);
        let known = |feature: &&String| op::ALL.contains(&feature.as_str());
        let outcomes = role.outcomes.iter().filter_map(|kind| {
            let word = serde_json::to_value(kind).ok()?;
            OutcomeKind::REPORTABLE.into_iter().find(|known| word == known.as_str())
        });
        Some(Self {
            spec: manifest::spec(role)?,
            who: Who {
                plugin: format!("plugin {} {} ({})", plugin.name, plugin.version, path.display()),
                outcomes: outcomes.collect(),
            },
            features: plugin.features.iter().filter(known).cloned().collect(),
            engine,
            instances: Instances::default(),
            places: Semaphore::new(most as usize),
            grace,
        })
    }
}

#[async_trait]
impl Role for PluginRole {
    fn spec(&self) -> &RoleSpec {
        &self.spec
    }

    fn shares_process(&self) -> bool {
        self.engine.shares_process()
    }

    async fn run(&self, context: &RoleContext) -> Result<Outcome, RoleError> {
        let place = tokio::select! {
            place = self.places.acquire() => place,
            () = context.cancel.cancelled() => {
                return Err(RoleError::Agent(octopoid_core::model::StopReason::Cancelled));
            }
        };
        let name = self.spec.name.as_str();
        let request = convert::request(context, name, &self.features);
        let request =
            serde_json::to_string(&request).map_err(|error| RoleError::Unusable(error.to_string()))?;
        let calls = Arc::new(HostCalls::new(context, &self.features));
        let job = Job {
            role: name.to_owned(),
            config: convert::config(&context.settings),
            request,
            calls: calls.clone(),
            launcher: context.launcher.clone(),
            cancel: context.cancel.clone(),
            idle: context.idle_timeout,
            grace: self.grace,
        };
        let end = self.engine.run(&self.instances, job).await;
        drop(place);
        result(&self.who, end, calls.failure())
    }
}
