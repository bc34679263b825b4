//! The names of the runners that `agents.yaml` may choose.

use octopoid_roles::presets;

/// The names, as `agents.yaml` has them.
pub(crate) const NAMES: [&str; 4] = ["claude", "codex", "acp", "command"];

/// The runner of agents where nothing names one.
pub(crate) const DEFAULT: &str = "claude";

/// Returns whether a runner starts a program only if it is told which.
pub(crate) fn needs_command(runner: &str) -> bool {
    matches!(runner, "acp" | "command")
}

/// Returns whether a runner can be told which program to start.
pub(crate) fn takes_command(runner: &str) -> bool {
    needs_command(runner) || runner == "codex"
}

/// Returns the variables that an agent with this runner and command is given where its entry has no `env`.
pub(crate) fn default_env(runner: &str, command: &[String]) -> Vec<String> {
    let of_runner = || presets::all().iter().find(|preset| preset.name == runner);
    let preset = match runner {
        "command" => None,
        _ => presets::of_command(command).or_else(of_runner),
    };
    preset.map(|preset| preset.env.clone()).unwrap_or_default()
}
