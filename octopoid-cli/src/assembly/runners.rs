//! The built-in runners.

use octopoid_core::runner::Runner;
use octopoid_roles::claude::ClaudeRunner;
use octopoid_roles::command::CommandRunner;
use std::path::Path;
use std::sync::Arc;

/// Returns one runner of each kind. Relative commands are resolved against `root`, the folder above `.octopoid`.
pub(crate) fn all(root: &Path) -> Vec<Arc<dyn Runner>> {
    vec![Arc::new(ClaudeRunner::new()), Arc::new(CommandRunner::new(root))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_the_runners() {
        let names: Vec<_> = all(Path::new("/")).iter().map(|runner| runner.name().to_owned()).collect();
        assert_eq!(names, crate::config::runners::NAMES);
    }
}
