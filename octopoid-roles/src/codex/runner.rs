//! The runner for Codex.

use crate::account;
use crate::host::{self, Agent, Hosted, Protocol};
use async_trait::async_trait;
use octopoid_core::process::Command;
use octopoid_core::runner::detached::find_program;
use octopoid_core::runner::{AgentReport, AgentRequest, AgentSink, Runner, RunnerCheck, Unavailable};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// The argument by which it speaks the protocol.
const APP_SERVER: &str = "app-server";

/// A runner for Codex, by its `app-server`.
#[derive(Debug, Clone)]
pub struct CodexRunner {
    hosted: Hosted,
    directory: PathBuf,
}

impl CodexRunner {
    /// Creates a runner for the `codex` in the agent's `PATH`, unless its command names another one: the program with arguments
    /// such as `-c KEY=VALUE`, to which `app-server` is added. Relative paths count from `directory`. `host` is a program that
    /// calls [`host_process`](crate::host::host_process) with the path that it gets as its last argument.
    pub fn new(host: Command, directory: impl Into<PathBuf>) -> Self {
        Self { hosted: Hosted::new(Protocol::Codex, host), directory: directory.into() }
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
        let name = command.first().map_or("codex", String::as_str);
        find_program(name, Some(&self.directory), environment).map_err(|mut error| {
            error.remedy += "; Codex is installed by `npm install -g @openai/codex`";
            error
        })
    }
}

#[async_trait]
impl Runner for CodexRunner {
    fn name(&self) -> &str {
        "codex"
    }

    fn resumes_sessions(&self) -> bool {
        true
    }

    async fn check(&self, request: &RunnerCheck) -> Result<(), Unavailable> {
        self.program(&request.command, &request.environment).map(|_| ())
    }

    fn account(&self, request: &RunnerCheck) -> Option<String> {
        let program = request.environment.get("CODEX_HOME").map_or("codex", String::as_str);
        Some(account::of_program("codex", program, &request.environment))
    }

    async fn run(&self, request: &AgentRequest, sink: &dyn AgentSink) -> AgentReport {
        let agent = || {
            let program = self.program(&request.command, &request.environment)?;
            let arguments = request.command.iter().skip(1).cloned();
            let arguments = arguments.chain([APP_SERVER.to_owned()]).collect();
            Ok(Agent { program, arguments, environment: BTreeMap::new() })
        };
        host::run(&self.hosted, request, sink, agent).await
    }
}
