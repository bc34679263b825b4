//! The runner for agents that speak the Agent Client Protocol.

use crate::account;
use crate::host::{self, Agent, Hosted, Protocol};
use crate::presets;
use async_trait::async_trait;
use nix::unistd::Uid;
use octopoid_core::process::Command;
use octopoid_core::runner::detached::find_program;
use octopoid_core::runner::{AgentReport, AgentRequest, AgentSink, Runner, RunnerCheck, Unavailable};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// A runner for any program that speaks the Agent Client Protocol.
#[derive(Debug, Clone)]
pub struct AcpRunner {
    hosted: Hosted,
    directory: PathBuf,
}

impl AcpRunner {
    /// Creates a runner for commands whose relative paths count from `directory`, usually the folder of `agents.yaml` or the
    /// repository's. `host` is a program that calls [`host_process`](crate::host::host_process) with the path that it gets as
    /// its last argument.
    pub fn new(host: Command, directory: impl Into<PathBuf>) -> Self {
        Self { hosted: Hosted::new(Protocol::Acp, host), directory: directory.into() }
    }

    /// Sets how long the agent may take to end after it was asked to, before it is killed. Five seconds by default.
    #[must_use]
    pub fn with_grace(mut self, grace: Duration) -> Self {
        self.hosted.set_grace(grace);
        self
    }

    fn program(
        &self,
        command: &[String],
        environment: &BTreeMap<String, String>,
    ) -> Result<PathBuf, Unavailable> {
        let name = command.first().map(String::as_str).unwrap_or_default();
        find_program(name, Some(&self.directory), environment)
    }
}

#[async_trait]
impl Runner for AcpRunner {
    fn name(&self) -> &str {
        "acp"
    }

    fn resumes_sessions(&self) -> bool {
        true
    }

    async fn check(&self, request: &RunnerCheck) -> Result<(), Unavailable> {
        self.program(&request.command, &request.environment).map(|_| ())
    }

    fn account(&self, request: &RunnerCheck) -> Option<String> {
        account::of_command(request)
    }

    async fn run(&self, request: &AgentRequest, sink: &dyn AgentSink) -> AgentReport {
        let agent = || {
            let program = self.program(&request.command, &request.environment)?;
            let arguments = request.command.iter().skip(1).cloned().collect();
            let preset = presets::of_command(&request.command).filter(|_| Uid::effective().is_root());
            // As root it works without asking only where somebody vouches for the surroundings: whoever starts an orchestrator
            // as root does.
            let environment = preset.map(|preset| preset.root_env.clone()).unwrap_or_default();
            Ok(Agent { program, arguments, environment })
        };
        host::run(&self.hosted, request, sink, agent).await
    }
}
