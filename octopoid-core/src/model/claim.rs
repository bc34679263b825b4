//! Claim: a holder's right to a task.

use super::{AgentName, ClaimToken, OrchestratorId, StateName, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Holder of a claim.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Holder {
    /// Machine.
    pub orchestrator: OrchestratorId,
    /// Agent on that machine.
    pub agent: AgentName,
}

impl Holder {
    /// Returns an agent on a machine.
    pub fn new(orchestrator: OrchestratorId, agent: AgentName) -> Self {
        Self { orchestrator, agent }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.agent, self.orchestrator)
    }
}

/// Right to work on a task until the lease ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Claim {
    /// Token that the holder presents with every later write.
    pub token: ClaimToken,
    /// Holder.
    pub holder: Holder,
    /// Time of the claim.
    pub claimed_at: Timestamp,
    /// Time at which the lease ends, unless it is renewed.
    pub lease_expires_at: Timestamp,
    /// State of the task's flow from which it was claimed and to which it returns; `None` if that is a queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<StateName>,
}

impl Claim {
    /// Returns a claim from a queue; a claim from a state of the task's flow has its name in [`Claim::from`].
    pub fn new(
        token: ClaimToken,
        holder: Holder,
        claimed_at: Timestamp,
        lease_expires_at: Timestamp,
    ) -> Self {
        Self { token, holder, claimed_at, lease_expires_at, from: None }
    }

    /// Returns whether the lease has ended at `now`.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.lease_expires_at <= now
    }
}
