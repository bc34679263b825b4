//! The names of the runners that `agents.yaml` may choose.

/// The names, as `agents.yaml` has them.
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
