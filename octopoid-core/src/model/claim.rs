//! Claim: a holder's right to a task.

use super::{AgentName, ClaimToken, OrchestratorId, StateName, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Holder of a claim.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holder {
    /// Machine.
    pub orchestrator: OrchestratorId,
    /// Agent on that machine.
    pub agent: AgentName,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.agent, self.orchestrator)
    }
}

/// Right to work on a task until the lease ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
    /// Returns whether the lease has ended at `now`.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.lease_expires_at <= now
    }
}
