//! `.octopoid/config.yaml` and `.octopoid/agents.yaml`: read strictly, because a wrong file must never be taken for an
//! empty one (I24).

mod agents;
mod check;
mod convert;
mod edit;
mod file;
mod locate;
mod original;
mod problem;
mod read;
pub(crate) mod runners;
mod scalar;
mod template;

pub(crate) use agents::AgentsFile;
pub(crate) use check::{Known, check};
pub(crate) use convert::{agent_settings, agents_in_full, github, policy, retention, settings};
pub(crate) use edit::{Setting, with_server};
pub(crate) use file::{ConfigFile, ForgeKind, NotifyFile, Server};
pub(crate) use locate::{Step, line_of};
pub(crate) use original::role_of_original;
pub(crate) use problem::{Problem, closest};
pub(crate) use read::{Document, parse, read};
pub(crate) use template::{AgentAnswer, Answers, ServerAnswer, agents_yaml, config_yaml};
