//! Checking and loading a plugin.

use super::attempts::Attempts;
use super::child;
use super::engine::Engine;
use super::error::PluginError;
use super::file::Checked;
use super::library;
use super::manifest;
use super::options::{Isolation, PluginFile, PluginOptions};
use super::role::PluginRole;
use octopoid_core::process::Command;
use octopoid_core::role::Role;
use octopoid_plugin::message::Manifest;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A loaded plugin.
#[derive(Debug)]
pub struct Plugin {
    path: PathBuf,
    sha256: String,
    isolation: Isolation,
    manifest: Manifest,
    roles: Vec<Arc<dyn Role>>,
}

impl Plugin {
    /// Checks a file and loads it. With [`Isolation::Thread`] this runs the library's code in this process, and before that in a
    /// child process where there is a host.
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
                            inspect(host, options, &copy, &file.path).await?;
                        }
                        attempts.during(|| library::load(&checked, &copy))?
                    }
                };
                let manifest = library.manifest.clone();
                (Engine::Thread(library), manifest)
            }
            Isolation::Process => {
                let host = host_of(options, &file.path)?;
                let copy = checked.copy_to(&options.copies)?;
                let manifest = inspect(host, options, &copy, &file.path).await?;
                (Engine::Process { host: host.clone(), copy }, manifest)
            }
        };
        Ok(Self::of(file, options, checked, manifest, &engine))
    }

    /// Like [`Plugin::load`], but runs none of the library's code in this process where there is a host: for programs that only
    /// need to know what the plugin is. Its roles do their work in a child process, with any isolation setting.
    ///
    /// # Errors
    /// [`PluginError`], with the file, the reason and what to do.
    pub async fn describe(file: &PluginFile, options: &PluginOptions) -> Result<Self, PluginError> {
        let Some(host) = &options.host else { return Self::load(file, options).await };
        let checked = Checked::read(&file.path, file.sha256.as_deref())?;
        if file.isolation == Isolation::Thread {
            Attempts::of(&options.copies, &checked.sha256).check(&file.path)?;
        }
        let copy = checked.copy_to(&options.copies)?;
        let manifest = inspect(host, options, &copy, &file.path).await?;
        Ok(Self::of(file, options, checked, manifest, &Engine::Process { host: host.clone(), copy }))
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

    /// Checks a file in a child process, which takes the consequences of whatever goes wrong, and returns its SHA-256 digest and
    /// its manifest.
    ///
    /// # Errors
    /// [`PluginError`], with the file, the reason and what to do.
    pub async fn check(path: &Path, options: &PluginOptions) -> Result<(String, Manifest), PluginError> {
        let checked = Checked::read(path, None)?;
        let copy = checked.copy_to(&options.copies)?;
        let manifest = inspect(host_of(options, path)?, options, &copy, path).await?;
        Ok((checked.sha256, manifest))
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the SHA-256 digest of the bytes that were loaded, in hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Returns the place in which its code runs.
    pub fn isolation(&self) -> Isolation {
        self.isolation
    }

    /// Returns its manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Returns its roles.
    pub fn roles(&self) -> impl Iterator<Item = Arc<dyn Role>> {
        self.roles.iter().cloned()
    }
}

fn host_of<'a>(options: &'a PluginOptions, path: &Path) -> Result<&'a Command, PluginError> {
    options.host.as_ref().ok_or_else(|| {
        PluginError::new(
            path,
            "this program has no host for plugins in child processes",
            "give it one with `PluginOptions::with_host`, or use `isolation: thread`",
        )
    })
}

async fn inspect(
    host: &Command,
    options: &PluginOptions,
    copy: &Path,
    path: &Path,
) -> Result<Manifest, PluginError> {
    let text = child::inspect(host, options.launcher.clone(), copy)
        .await
        .map_err(|reason| PluginError::new(path, reason, "do not use it; ask its author for a whole one"))?;
    manifest::read(&text).map_err(|(reason, remedy)| PluginError::new(path, reason, remedy))
}
