//! The commands about plugins.

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// `plugin`
#[derive(Debug, Args)]
#[command(after_help = "\
A plugin is a dynamic library with one role or several. It is loaded from .octopoid/plugins/, or from where `plugins:` in \
config.yaml says:

  plugins: [ { path: tools/audit.so, sha256: …, isolation: process } ]

A plugin runs in this process and can do whatever it can, unless its isolation is `process`. Load only what you trust.

Examples:
  octopoid plugin new my-role
  octopoid plugin check target/release/libmy_role.so
  octopoid plugin list")]
pub(crate) struct Plugin {
    /// What to do.
    #[command(subcommand)]
    pub(crate) action: PluginAction,
}

/// What to do with plugins.
#[derive(Debug, Subcommand)]
pub(crate) enum PluginAction {
    /// List the plugins of this installation, with their roles.
    #[command(
        after_help = "Exits with 3 if one of them is refused.\n\nExamples:\n  octopoid plugin list --json"
    )]
    List,
    /// Look at a file in a process of its own, and say what it is, or why it would be refused.
    #[command(
        after_help = "Exits with 1 if it would be refused.\n\nExamples:\n  octopoid plugin check ./libmy_role.so"
    )]
    Check {
        /// The library.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Make a project for a plugin, which builds and passes its own test.
    #[command(after_help = "\
The project has everything that it needs beside it; no Octopoid has to be installed where it is built.

Examples:
  octopoid plugin new my-role
  octopoid plugin new my-role --lang c --path plugins/my-role")]
    New {
        /// The name of the plugin and of its role: lower case letters, digits and `-`.
        #[arg(value_name = "NAME")]
        name: String,
        /// The language.
        #[arg(long, value_enum, default_value_t = PluginLanguage::Rust)]
        lang: PluginLanguage,
        /// The folder to make; NAME in the current one unless given.
        #[arg(long, value_name = "PATH")]
        path: Option<PathBuf>,
    },
}

/// A language to write a plugin in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PluginLanguage {
    /// Rust, with the crate for authors.
    Rust,
    /// C, with the header.
    C,
}
