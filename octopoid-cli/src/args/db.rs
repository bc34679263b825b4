//! The commands about a database as a whole.

use super::Database;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `db`
#[derive(Debug, Args)]
#[command(after_help = "\
An export is a file of JSON lines, readable by its owner alone, with everything that the database has: tasks, history, messages, \
runs, records, keys (their SHA-256), counters and stored replies, under their own numbers. What runs leave for people lies in a \
folder of its own, which you copy. Exports, backups and checks do not stop others that use the database; an import is taken as a \
whole or not at all.

Examples:
  octopoid db export queue.jsonl
  octopoid db import queue.jsonl --database postgres://octopoid@db.example.org/octopoid
  octopoid db backup /backups/octopoid.db
  octopoid db check")]
pub(crate) struct Db {
    /// What to do.
    #[command(subcommand)]
    pub(crate) action: DbAction,
    #[command(flatten)]
    pub(crate) database: Database,
}

/// What to do with a database.
#[derive(Debug, Subcommand)]
pub(crate) enum DbAction {
    /// Write everything in the database to a file.
    Export {
        /// The file, which must not exist; `-` is the standard output.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Put an export into an empty database.
    Import {
        /// The file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Remove what is in the database first.
        #[arg(long)]
        force: bool,
    },
    /// Copy the database: a SQLite file to another one, a PostgreSQL database to an export.
    Backup {
        /// The copy, which must not exist.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Check that the database is whole and agrees with itself. Reads all of it.
    Check,
    /// Make the database, which needs no command here.
    #[command(hide = true)]
    Init {
        /// What the original takes.
        arguments: Vec<String>,
    },
}
