//! The runners there are.

use octopoid_core::runner::Runner;
use octopoid_roles::claude::ClaudeRunner;
use octopoid_roles::command::CommandRunner;
use std::path::Path;
use std::sync::Arc;

/// Their names, as `agents.yaml` chooses them.
pub(crate) const NAMES: [&str; 2] = ["claude", "command"];

/// The runner of agents where nothing names one.
pub(crate) const DEFAULT: &str = "claude";

/// The variables that an agent of a runner is given where its entry has no `env`.
pub(crate) fn default_env(runner: &str) -> &'static [&'static str] {
    match runner {
        "claude" => &["ANTHROPIC_API_KEY"],
        _ => &[],
    }
}

/// One of each. Relative commands count from `root`, the folder above `.octopoid`.
pub(crate) fn all(root: &Path) -> Vec<Arc<dyn Runner>> {
    vec![Arc::new(ClaudeRunner::new()), Arc::new(CommandRunner::new(root))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_the_runners() {
        let names: Vec<_> = all(Path::new("/")).iter().map(|runner| runner.name().to_owned()).collect();
        assert_eq!(names, NAMES);
    }
}
