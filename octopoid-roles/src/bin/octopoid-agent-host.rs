//! Hosts one agent for the runner that started it; see `octopoid_roles::host`.

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let spec = std::env::args_os().nth(1).map(PathBuf::from).unwrap_or_default();
    let environment = std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        .collect();
    octopoid_roles::host::host_process(&spec, &environment)
}
