//! The commands about the server and the machines.

use clap::{Args, Subcommand};
use octopoid_core::model::{OrchestratorId, Scope};
use std::net::SocketAddr;
use std::path::PathBuf;

/// `serve`
#[derive(Debug, Args)]
#[command(after_help = "\
On a loopback address anybody on this machine may use it until there is a key. On any other address keys are needed: make \
one with `octopoid key create`. Pages in a browser cannot drive it unless their origin is allowed.

Ctrl-C finishes the requests that were taken in, and ends.

Environment:
  OCTOPOID_ADMIN_TOKEN   a secret of your own that opens every scope, and the routes for keys

Examples:
  octopoid serve
  octopoid serve --listen 0.0.0.0:8787 --tls-cert cert.pem --tls-key key.pem
  octopoid serve --database /var/lib/octopoid/octopoid.db --allow-host octopoid.example.org
  octopoid serve --database postgres://octopoid@db.example.org/octopoid --artifacts /srv/octopoid")]
pub(crate) struct Serve {
    /// Where to listen.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8787")]
    pub(crate) listen: SocketAddr,
    #[command(flatten)]
    pub(crate) database: Database,
    /// Keep what the runs of machines leave for people here, instead of beside the database: a folder, or a bucket such as
    /// s3://bucket/folder, gs://bucket or azure://container.
    #[arg(long, value_name = "FOLDER|URL")]
    pub(crate) artifacts: Option<String>,
    /// The certificate, in PEM; with --tls-key, connections are encrypted.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The certificate's key, in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Answer for this host name too, such as that of a proxy; may be repeated.
    #[arg(long, value_name = "HOST")]
    pub(crate) allow_host: Vec<String>,
    /// Let pages from this origin use the server; may be repeated.
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) allow_origin: Vec<String>,
    /// Serve programs that were written for the original server as it served them: calls by id need no scope, claim tokens
    /// may be left out, unknown fields are ignored, any field of a task can be changed, and a scope that has a key may be
    /// used without one, but from other machines only with --insecure-no-auth. Programs of Octopoid are served as always.
    #[arg(long)]
    pub(crate) compat: bool,
    /// Let anybody who reaches the address do anything.
    #[arg(long)]
    pub(crate) insecure_no_auth: bool,
    /// Write the log as JSON, a line for each request.
    #[arg(long)]
    pub(crate) log_json: bool,
}

/// Which database.
#[derive(Debug, Args)]
pub(crate) struct Database {
    /// The database, instead of the one of the installation here: a SQLite file, made where it is missing, or a PostgreSQL database,
    /// postgres://USER@HOST/DATABASE, with the password in PGPASSWORD.
    #[arg(long, value_name = "PATH|URL", global = true)]
    pub(crate) database: Option<PathBuf>,
}

/// `key`
#[derive(Debug, Args)]
#[command(after_help = "\
A key opens one scope. It is shown once; the database keeps only its SHA-256. Machines take it from OCTOPOID_API_KEY, or from \
.octopoid/api-key with mode 600.

Examples:
  octopoid key create --scope default --label laptop
  octopoid key list
  octopoid key rotate --scope default
  octopoid key revoke key-2")]
pub(crate) struct Key {
    /// What to do.
    #[command(subcommand)]
    pub(crate) action: KeyAction,
    #[command(flatten)]
    pub(crate) database: Database,
}

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyAction {
    /// Make a key for a scope, and print it.
    Create {
        /// The scope that it opens.
        #[arg(long, value_name = "SCOPE", default_value = "default")]
        scope: Scope,
        /// What it is for.
        #[arg(long, value_name = "TEXT", default_value = "made by hand")]
        label: String,
        /// Let its holder see everything and change nothing.
        #[arg(long)]
        read_only: bool,
    },
    /// List the keys, without their secrets.
    List {
        /// Only of this scope.
        #[arg(long, value_name = "SCOPE")]
        scope: Option<Scope>,
    },
    /// Make a new key for a scope; every old one stops working.
    Rotate {
        /// The scope.
        #[arg(long, value_name = "SCOPE", default_value = "default")]
        scope: Scope,
    },
    /// Make a key stop working.
    Revoke {
        /// The key's name, such as key-2.
        #[arg(value_name = "KEY")]
        id: String,
    },
}

/// `machines`
#[derive(Debug, Args)]
#[command(after_help = "\
A machine that has been silent for two minutes is offline. One that is out of service finishes what it has and takes nothing \
new, until it is told to resume.

Examples:
  octopoid machines
  octopoid machines drain prod-laptop-001
  octopoid machines resume prod-laptop-001")]
pub(crate) struct Machines {
    /// What to do; lists them unless given.
    #[command(subcommand)]
    pub(crate) action: Option<MachinesAction>,
    /// Only of this cluster.
    #[arg(long, value_name = "CLUSTER")]
    pub(crate) cluster: Option<String>,
}

/// What to do with a machine.
#[derive(Debug, Subcommand)]
pub(crate) enum MachinesAction {
    /// Take a machine out of service.
    Drain {
        /// The machine; this one unless given.
        machine: Option<OrchestratorId>,
    },
    /// Put a machine back into service.
    Resume {
        /// The machine; this one unless given.
        machine: Option<OrchestratorId>,
    },
}
