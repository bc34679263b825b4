//! What a service runs, where, and as whom; independent of the program that manages it.

use crate::args::{Cli, Command, ServiceCommand, ServiceTarget};
use crate::context::Context;
use crate::error::{CliError, IoContext, Result};
use clap::Parser;
use nix::unistd::{Uid, User};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The sentence by which a file is known to be ours.
pub(super) const MARK: &str = "Written by `octopoid service install`";

/// A service that can be installed.
#[derive(Debug, Clone)]
pub(super) struct Definition {
    /// The name, such as `octopoid-project`.
    pub(super) name: String,
    pub(super) command: ServiceCommand,
    /// The working directory: the folder above `.octopoid`, or that of a server without an installation.
    pub(super) folder: PathBuf,
    /// This program.
    pub(super) program: PathBuf,
    /// The command line after the program.
    pub(super) arguments: Vec<String>,
    /// `PATH` at the time of the installation, in which agent programs are found.
    pub(super) path: String,
    /// The account that a service of the whole system runs as; `None` for a service of the current user.
    pub(super) user: Option<String>,
    /// The file with further environment variables, such as keys. It may be missing.
    pub(super) environment_file: PathBuf,
}

impl Definition {
    /// Returns the definition of a service with a working directory.
    ///
    /// # Errors
    /// When an option is wrong, or when a name or path cannot be written into the file of a service.
    pub(super) fn new(
        target: &ServiceTarget,
        folder: PathBuf,
        options: &[String],
        context: &Context,
    ) -> Result<Self> {
        let arguments: Vec<String> = ["--dir", &text(&folder)?, target.command.as_str()]
            .into_iter()
            .map(str::to_owned)
            .chain(options.iter().cloned())
            .collect();
        check(&arguments)?;
        let name = name(target, &folder)?;
        Ok(Self {
            environment_file: environment_folder(target.system, context)?.join(format!("{name}.env")),
            command: target.command,
            program: context.environment.program.clone(),
            path: context.environment.get("PATH").unwrap_or_default().to_owned(),
            user: if target.system { Some(owner(&folder)?) } else { None },
            name,
            folder,
            arguments,
        })
    }

    /// Returns the command line of the service, for people.
    pub(super) fn command_line(&self) -> String {
        let words = std::iter::once(self.program.display().to_string()).chain(self.arguments.iter().cloned());
        words.collect::<Vec<_>>().join(" ")
    }
}

/// Returns the name of the service: the given one, or that of the folder.
fn name(target: &ServiceTarget, folder: &Path) -> Result<String> {
    let suffix = match target.command {
        ServiceCommand::Start => "",
        ServiceCommand::Serve => "-server",
    };
    let name = match &target.name {
        Some(name) => name.clone(),
        None => {
            let own = folder.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
            let plain: String =
                own.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
            format!("{}{suffix}", plain.trim_matches('-'))
        }
    };
    let is_valid = name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.len() <= 64
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    if !is_valid {
        return Err(CliError::usage(format!("`{name}` cannot be the name of a service"))
            .hint("pass --name with letters, digits, `-`, `_` or `.`, at most 64 of them"));
    }
    Ok(format!("octopoid-{name}"))
}

/// Checks that the program itself understands the command line, and that it runs until it is stopped.
fn check(arguments: &[String]) -> Result<()> {
    let line = std::iter::once("octopoid".to_owned()).chain(arguments.iter().cloned());
    let cli = Cli::try_parse_from(line).map_err(|error| {
        let text = error.to_string();
        let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        CliError::usage(message).hint("`octopoid help start` and `octopoid help serve` list the options")
    })?;
    match cli.command {
        Command::Start(args) if args.daemon || args.once || args.until_idle => {
            Err(CliError::usage("a service runs until it is stopped")
                .hint("leave --daemon, --once and --until-idle out"))
        }
        _ => Ok(()),
    }
}

/// Returns a path as text that can be written into the file of a service.
fn text(path: &Path) -> Result<String> {
    let text = path.to_str().filter(|text| !text.chars().any(char::is_control));
    text.map(str::to_owned).ok_or_else(|| {
        CliError::refused(format!("the path {} is not plain text, which a service needs", path.display()))
            .hint("rename the folder")
    })
}

/// The folder in which files with environment variables are looked for.
fn environment_folder(system: bool, context: &Context) -> Result<PathBuf> {
    if system {
        return Ok(PathBuf::from("/etc/octopoid"));
    }
    Ok(configuration_folder(context)?.join("octopoid"))
}

/// Returns the folder of the user's configuration.
///
/// # Errors
/// When the environment names no home.
pub(super) fn configuration_folder(context: &Context) -> Result<PathBuf> {
    let environment = &context.environment;
    match (environment.get("XDG_CONFIG_HOME"), environment.get("HOME")) {
        (Some(folder), _) if Path::new(folder).is_absolute() => Ok(PathBuf::from(folder)),
        (_, Some(home)) => Ok(Path::new(home).join(".config")),
        (_, None) => {
            Err(CliError::configuration("there is no home folder: HOME is not set").hint("set HOME"))
        }
    }
}

/// The account that owns a folder: under `sudo` the current account is root, which agents should not be.
fn owner(folder: &Path) -> Result<String> {
    let id = folder.metadata().doing(format_args!("read {}", folder.display()))?.uid();
    let user = User::from_uid(Uid::from_raw(id)).map_err(std::io::Error::from);
    let user = user.doing(format_args!("find the account that owns {}", folder.display()))?;
    user.map(|user| user.name).ok_or_else(|| {
        CliError::refused(format!(
            "{} belongs to no account of this machine (user id {id})",
            folder.display()
        ))
        .hint("give the folder to the account that the service is to run as: `chown -R NAME FOLDER`")
    })
}

/// Returns a command line from words without spaces.
pub(super) fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}
