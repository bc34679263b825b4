//! Hosts one plugin for the process that started it; see `octopoid_roles::plugin`.

use std::process::ExitCode;

fn main() -> ExitCode {
    octopoid_roles::plugin::host_process()
}
