//! How the runs of a plugin's roles are carried out.

use super::child;
use super::instance::Instances;
use super::job::Job;
use super::library::Library;
use super::outcome::End;
use super::thread;
use octopoid_core::process::Command;
use std::path::PathBuf;
use std::sync::Arc;

/// The place in which a plugin's code runs.
#[derive(Debug, Clone)]
pub(super) enum Engine {
    /// This process, with a thread for each run.
    Thread(Arc<Library>),
    /// A child process for each run: the host program, which loads the private copy of the library.
    Process { host: Command, copy: PathBuf },
}

impl Engine {
    /// Returns whether a crash of the plugin is a crash of this process.
    pub(super) fn shares_process(&self) -> bool {
        match self {
            Engine::Thread(_) => true,
            Engine::Process { .. } => false,
        }
    }

    /// Carries out a run of a role with these instances.
    pub(super) async fn run(&self, instances: &Instances, job: Job) -> End {
        match self {
            Engine::Thread(library) => thread::run(library, instances, job).await,
            Engine::Process { host, copy } => child::run(host, copy, job).await,
        }
    }
}
