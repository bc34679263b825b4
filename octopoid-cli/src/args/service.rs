//! The commands that run Octopoid as a service of the system, and that print manual pages.

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// `service`
#[derive(Debug, Args)]
#[command(after_help = "\
On Linux the service is a systemd unit, on macOS a launchd agent. It starts at login, or with --system when the machine starts.

Keys do not belong into the unit: `install` names a file from which they are read.

Examples:
  octopoid service install --dry-run
  octopoid service install
  octopoid service install serve -- --listen 0.0.0.0:8787 --tls-cert cert.pem --tls-key key.pem
  octopoid service uninstall")]
pub(crate) struct Service {
    /// What to do.
    #[command(subcommand)]
    pub(crate) action: ServiceAction,
}

/// What to do with a service.
#[derive(Debug, Subcommand)]
pub(crate) enum ServiceAction {
    /// Install a service that runs `octopoid start` or `octopoid serve`, and start it.
    #[command(after_help = "\
Installing again updates the service. Where systemd or launchd cannot be reached, the file is written and the commands that are \
left to run are printed.

Examples:
  octopoid service install
  octopoid service install -- --agents 2
  octopoid service install serve -- --listen 0.0.0.0:8787 --tls-cert cert.pem --tls-key key.pem
  sudo octopoid service install --system")]
    Install {
        #[command(flatten)]
        target: ServiceTarget,
        /// Options for the command. Relative paths are relative to the folder of the installation.
        #[arg(last = true, value_name = "OPTION", allow_hyphen_values = true)]
        options: Vec<String>,
    },
    /// Stop a service and remove it.
    #[command(after_help = "\
Only a file that `octopoid service install` wrote for this installation is removed.

Examples:
  octopoid service uninstall --dry-run
  octopoid service uninstall serve
  sudo octopoid service uninstall --system")]
    Uninstall {
        #[command(flatten)]
        target: ServiceTarget,
    },
}

/// Which service.
#[derive(Debug, Args)]
pub(crate) struct ServiceTarget {
    /// The command that the service runs.
    #[arg(default_value = "start", value_name = "COMMAND")]
    pub(crate) command: ServiceCommand,
    /// The name after `octopoid-`; that of the folder unless given.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Start with the machine instead of at login; needs root.
    #[arg(long)]
    pub(crate) system: bool,
    /// Print the file and the commands, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// The command that a service runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ServiceCommand {
    /// The agents: `octopoid start`.
    Start,
    /// The queue for many machines: `octopoid serve`.
    Serve,
}

impl ServiceCommand {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            ServiceCommand::Start => "start",
            ServiceCommand::Serve => "serve",
        }
    }
}

/// `man`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  octopoid man | man -l -
  octopoid man ~/.local/share/man/man1")]
pub(crate) struct Man {
    /// The folder to write one page for each command to, instead of printing the page of `octopoid`.
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,
}
