//! The commands about flows.

use clap::{Args, Subcommand};

/// `flow`
#[derive(Debug, Args)]
#[command(after_help = "\
A flow says what happens on a task's way: which steps run, which scripts must pass, which roles review, whether a person has \
the last word. It is a file, .octopoid/flows/NAME.yaml; one that is named like a built-in flow replaces it. A task follows \
`default` unless `enqueue --flow` names another.

Examples:
  octopoid flow list
  octopoid flow show default
  octopoid flow show default --mermaid > flow.mmd
  octopoid flow eject default")]
pub(crate) struct FlowCommand {
    /// What to do.
    #[command(subcommand)]
    pub(crate) action: FlowAction,
}

/// What to do with flows.
#[derive(Debug, Subcommand)]
pub(crate) enum FlowAction {
    /// List the flows there are, and where each comes from.
    #[command(after_help = "Examples:\n  octopoid flow list\n  octopoid flow list --json")]
    List,
    /// Draw a flow.
    #[command(after_help = "Examples:\n  octopoid flow show default\n  octopoid flow show project --mermaid")]
    Show {
        /// The flow.
        name: String,
        /// As a state diagram for Mermaid.
        #[arg(long)]
        mermaid: bool,
    },
    /// Write a built-in flow to .octopoid/flows, to change it.
    #[command(after_help = "Examples:\n  octopoid flow eject default\n  octopoid flow eject project --force")]
    Eject {
        /// The built-in flow.
        name: String,
        /// Overwrite an existing file.
        #[arg(long)]
        force: bool,
    },
}
