//! The built-in runners.

use crate::environment::Environment;
use octopoid_core::process::Command;
use octopoid_core::runner::Runner;
use octopoid_roles::acp::AcpRunner;
use octopoid_roles::claude::ClaudeRunner;
use octopoid_roles::codex::CodexRunner;
use octopoid_roles::command::CommandRunner;
use std::path::Path;
use std::sync::Arc;

/// The hidden command that hosts an agent; see [`crate::args::Command::AgentHost`].
const HOST: &str = "agent-host";

/// Returns one runner of each kind. Relative commands are resolved against `root`, the folder above `.octopoid`.
pub(crate) fn all(root: &Path, environment: &Environment) -> Vec<Arc<dyn Runner>> {
    let host = Command::new(&environment.program).arg(HOST);
    vec![
        Arc::new(ClaudeRunner::new()),
        Arc::new(CodexRunner::new(host.clone(), root)),
        Arc::new(AcpRunner::new(host, root)),
        Arc::new(CommandRunner::new(root)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_the_runners() {
        let environment = Environment::read().unwrap();
        let names: Vec<_> =
            all(Path::new("/"), &environment).iter().map(|runner| runner.name().to_owned()).collect();
        assert_eq!(names, crate::config::runners::NAMES);
    }
}
