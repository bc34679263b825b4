//! `import`

use clap::Args;
use std::path::PathBuf;

/// `import`
#[derive(Debug, Args)]
#[command(after_help = "\
Tasks keep their ids, where those are free, and their messages. None is claimed: what somebody held comes into the queue, and what had \
been handed in waits for a person, with the pull request named. The thread of each task says what was changed. Importing again adds \
only what is new.

Examples:
  octopoid import --server https://octopoid-server.example.workers.dev --scope default --dry-run
  octopoid import --server https://octopoid-server.example.workers.dev --scope default --key-file old-key
  octopoid import --folder ../old-project")]
pub(crate) struct Import {
    /// The original's server.
    #[arg(long, value_name = "URL", conflicts_with = "folder")]
    pub(crate) server: Option<String>,
    /// The key of its scope, where it wants one. Others on this machine may see it: --key-file is safer.
    #[arg(long, value_name = "KEY", requires = "server", conflicts_with = "key_file")]
    pub(crate) key: Option<String>,
    /// The file with the key.
    #[arg(long, value_name = "FILE", requires = "server")]
    pub(crate) key_file: Option<PathBuf>,
    /// The scope on that server whose tasks are taken over.
    #[arg(long, value_name = "SCOPE", default_value = "default")]
    pub(crate) scope: String,
    /// A project of the original, or its .octopoid folder: task files, drafts and agents.
    #[arg(long, value_name = "PATH")]
    pub(crate) folder: Option<PathBuf>,
    /// Only say what would be imported.
    #[arg(long)]
    pub(crate) dry_run: bool,
}
