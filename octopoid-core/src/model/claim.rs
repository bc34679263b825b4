//! A holder's right to a task.

use super::{AgentName, ClaimToken, OrchestratorId, StateName, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Who holds a claim.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holder {
    /// The machine.
    pub orchestrator: OrchestratorId,
    /// The agent on that machine.
    pub agent: AgentName,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.agent, self.orchestrator)
    }
}

/// The right to work on a task until the lease ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// What every later write of the holder shows.
    pub token: ClaimToken,
    /// Who holds it.
    pub holder: Holder,
    /// Since when.
    pub claimed_at: Timestamp,
    /// Until when, unless renewed.
    pub lease_expires_at: Timestamp,
    /// The state of its flow that it was claimed from and goes back to; none where that is a queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<StateName>,
}

impl Claim {
    /// Whether the lease has run out at `now`.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.lease_expires_at <= now
    }
}
