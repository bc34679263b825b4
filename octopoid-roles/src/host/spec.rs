//! What the host process is told.

use super::permission::Permissions;
use octopoid_core::model::SessionId;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The protocol that an agent speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Protocol {
    /// The Agent Client Protocol, version 1.
    Acp,
    /// That of `codex app-server`.
    Codex,
}

/// The input of the host process, which it reads from a file: prompts are long, and arguments are seen by every user.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct HostSpec {
    pub(crate) protocol: Protocol,
    /// The agent's program and its arguments.
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) directory: PathBuf,
    pub(crate) prompt: String,
    pub(crate) system_prompt: Option<String>,
    pub(crate) resume: Option<SessionId>,
    pub(crate) model: Option<String>,
    pub(crate) max_turns: Option<u32>,
    pub(crate) budget_usd: Option<f64>,
    pub(crate) permissions: Permissions,
    /// The most bytes that the agent may print.
    pub(crate) max_output: u64,
    /// The file in which the name of the conversation is kept.
    pub(crate) session_file: PathBuf,
}
