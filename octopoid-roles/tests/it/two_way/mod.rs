//! Agents that are answered while they work: those of the runners `acp` and `codex`.

mod adoption;
mod ends;
mod permissions;
mod real;
mod work;

use crate::support::{Ear, Place, SIM, agent_host};
use octopoid_core::runner::{AgentReport, AgentRequest, Runner};
use octopoid_roles::acp::AcpRunner;
use octopoid_roles::codex::CodexRunner;
use std::time::Duration;

/// A protocol, with the runner and the fake agent for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Acp,
    Codex,
}

const BOTH: [Protocol; 2] = [Protocol::Acp, Protocol::Codex];

impl Protocol {
    fn runner(self, place: &Place) -> Box<dyn Runner> {
        let grace = Duration::from_secs(5);
        match self {
            Protocol::Acp => Box::new(AcpRunner::new(agent_host(), place.path()).with_grace(grace)),
            Protocol::Codex => Box::new(CodexRunner::new(agent_host(), place.path()).with_grace(grace)),
        }
    }

    fn prepare(self, mut request: AgentRequest) -> AgentRequest {
        request.command = vec![SIM.to_owned()];
        if self == Protocol::Acp {
            request.command.push("--acp".to_owned());
        }
        request
    }

    fn request(self, place: &Place, description: &str) -> AgentRequest {
        self.prepare(place.request(description))
    }

    async fn run(self, place: &Place, request: &AgentRequest) -> (AgentReport, Ear) {
        let ear = Ear::default();
        let report = self.runner(place).run(request, &ear).await;
        (report, ear)
    }
}
