//! A plugin, checked and loaded.

use super::attempts::Attempts;
use super::child::{self, HostProgram};
use super::error::PluginError;
use super::file::Checked;
use super::library::{self, Library};
use super::manifest;
use super::role::PluginRole;
use octopoid_core::role::Role;
use octopoid_plugin::message::Manifest;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Where a plugin's code runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Isolation {
    /// In this process, on a thread for each run: for plugins that are trusted like this program itself.
    #[default]
    Thread,
    /// In a child process for each run.
    Process,
}

impl Isolation {
    /// The name used in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Isolation::Thread => "thread",
            Isolation::Process => "process",
        }
    }
}

/// A file to load.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PluginFile {
    /// The library.
    pub path: PathBuf,
    /// The SHA-256 that it must have, in hexadecimal.
    pub sha256: Option<String>,
    /// Where its code runs.
    pub isolation: Isolation,
}

impl PluginFile {
    /// A library that runs in this process, whatever its hash is.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), sha256: None, isolation: Isolation::Thread }
    }

    /// That must have this SHA-256.
    #[must_use]
    pub fn with_sha256(mut self, sha256: impl Into<String>) -> Self {
        self.sha256 = Some(sha256.into());
        self
    }

    /// That runs elsewhere.
    #[must_use]
    pub fn with_isolation(mut self, isolation: Isolation) -> Self {
        self.isolation = isolation;
        self
    }
}

/// What plugins need of the program that loads them.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PluginOptions {
    /// The folder for private copies; made with mode 700.
    pub copies: PathBuf,
    /// The program that hosts a plugin in a child process; without one, [`Isolation::Process`] is refused.
    pub host: Option<HostProgram>,
    /// How long a run that is to stop may take to do so before it is given up. Ten seconds.
    pub grace: Duration,
}

impl PluginOptions {
    /// Options with a folder for private copies.
    pub fn new(copies: impl Into<PathBuf>) -> Self {
        Self { copies: copies.into(), host: None, grace: Duration::from_secs(10) }
    }

    /// With a program that calls [`host_process`](super::host_process).
    #[must_use]
    pub fn with_host(mut self, host: HostProgram) -> Self {
        self.host = Some(host);
        self
    }

    /// With another grace.
    #[must_use]
    pub fn with_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }
}

/// A plugin whose roles can be used.
#[derive(Debug)]
pub struct Plugin {
    path: PathBuf,
    sha256: String,
    isolation: Isolation,
    manifest: Manifest,
    roles: Vec<Arc<dyn Role>>,
}

/// How the runs of a plugin's roles are carried out.
#[derive(Debug, Clone)]
pub(super) enum Engine {
    Thread(Arc<Library>),
    Process { host: HostProgram, copy: PathBuf },
}

impl Plugin {
    /// Checks a file and loads it. With [`Isolation::Thread`] this runs the library's code, before that in a child where
    /// there is a host.
    ///
    /// # Errors
    /// [`PluginError`], with the file, the reason and what to do.
    pub async fn load(file: &PluginFile, options: &PluginOptions) -> Result<Self, PluginError> {
        let checked = Checked::read(&file.path, file.sha256.as_deref())?;
        let attempts = Attempts::of(&options.copies, &checked.sha256);
        let (engine, manifest) = match file.isolation {
            Isolation::Thread => {
                attempts.check(&file.path)?;
                let library = match library::loaded(&checked.sha256) {
                    Some(library) => library,
                    None => {
                        let copy = checked.copy_to(&options.copies)?;
                        if let Some(host) = &options.host {
                            // One that would take this process with it is found out by a child's death.
                            inspect(host, &copy, &file.path).await?;
                        }
                        attempts.during(|| library::load(&checked, &copy))?
                    }
                };
                let manifest = library.manifest.clone();
                (Engine::Thread(library), manifest)
            }
            Isolation::Process => {
                let Some(host) = options.host.clone() else {
                    return Err(PluginError::new(
                        &file.path,
                        "this program has no host for plugins in child processes",
                        "give it one with `PluginOptions::with_host`, or use `isolation: thread`",
                    ));
                };
                let copy = checked.copy_to(&options.copies)?;
                let manifest = inspect(&host, &copy, &file.path).await?;
                (Engine::Process { host, copy }, manifest)
            }
        };
        Ok(Self::of(file, options, checked, manifest, &engine))
    }

    /// Like [`Plugin::load`], but runs none of the library's code in this process: for programs that only want to know what
    /// the plugin is. Its roles do their work in a child process, with any isolation setting.
    ///
    /// # Errors
    /// [`PluginError`], with the file, the reason and what to do.
    pub async fn describe(file: &PluginFile, options: &PluginOptions) -> Result<Self, PluginError> {
        let Some(host) = options.host.clone() else { return Self::load(file, options).await };
        let checked = Checked::read(&file.path, file.sha256.as_deref())?;
        if file.isolation == Isolation::Thread {
            Attempts::of(&options.copies, &checked.sha256).check(&file.path)?;
        }
        let copy = checked.copy_to(&options.copies)?;
        let manifest = inspect(&host, &copy, &file.path).await?;
        Ok(Self::of(file, options, checked, manifest, &Engine::Process { host, copy }))
    }

    fn of(
        file: &PluginFile,
        options: &PluginOptions,
        checked: Checked,
        manifest: Manifest,
        engine: &Engine,
    ) -> Self {
        let roles = manifest
            .roles
            .iter()
            .filter_map(|role| {
                let role = PluginRole::new(&manifest, role, engine.clone(), &file.path, options.grace)?;
                Some(Arc::new(role) as Arc<dyn Role>)
            })
            .collect();
        Self { path: file.path.clone(), sha256: checked.sha256, isolation: file.isolation, manifest, roles }
    }

    /// Looks at a file without loading it into this process: in a child that dies with whatever goes wrong. Gives its
    /// SHA-256 and its manifest.
    ///
    /// # Errors
    /// [`PluginError`], with the file, the reason and what to do.
    pub async fn check(
        path: &Path,
        copies: &Path,
        host: &HostProgram,
    ) -> Result<(String, Manifest), PluginError> {
        let checked = Checked::read(path, None)?;
        let copy = checked.copy_to(copies)?;
        let manifest = inspect(host, &copy, path).await?;
        Ok((checked.sha256, manifest))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The SHA-256 of the bytes that were loaded, in hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Where its code runs.
    pub fn isolation(&self) -> Isolation {
        self.isolation
    }

    /// What it says about itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Its roles.
    pub fn roles(&self) -> impl Iterator<Item = Arc<dyn Role>> {
        self.roles.iter().cloned()
    }
}

async fn inspect(host: &HostProgram, copy: &Path, path: &Path) -> Result<Manifest, PluginError> {
    let text = child::inspect(host, copy)
        .await
        .map_err(|reason| PluginError::new(path, reason, "do not use it; ask its author for a whole one"))?;
    manifest::read(&text).map_err(|(reason, remedy)| PluginError::new(path, reason, remedy))
}
