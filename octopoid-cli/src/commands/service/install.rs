//! `octopoid service install`

use super::definition::Definition;
use super::manager::{Manager, run_all};
use crate::args::{ServiceCommand, ServiceTarget};
use crate::context::Context;
use crate::error::{CliError, IoContext, Result};
use crate::output::style;
use crate::replace::replace;
use serde_json::json;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

pub(super) fn run(target: &ServiceTarget, options: &[String], context: &Context) -> Result<()> {
    let manager = Manager::of_this_machine();
    let definition = Definition::new(target, folder(target.command, options, context)?, options, context)?;
    let home = context.environment.get("HOME").unwrap_or_default();
    let (path, content) = (manager.path(&definition, context)?, manager.content(&definition, home));
    let before = read(&path)?;
    if before.as_ref().is_some_and(|before| !manager.is_ours(before, &definition)) {
        return Err(CliError::refused(format!("{} was not written for this folder", path.display()))
            .hint("pass --name to give the service another name"));
    }
    let commands = manager.start_commands(&definition, &path.to_string_lossy());
    let output = context.output;
    if target.dry_run {
        output.line(format_args!("# {}", path.display()));
        output.line(&content);
        say_commands("would run", &commands, context);
        output.json(&json!({
            "service": definition.name, "file": path, "content": content, "commands": commands, "dry_run": true,
        }));
        return Ok(());
    }
    let is_new = before.as_ref() != Some(&content);
    if is_new {
        write(&path, &content)?;
    }
    let started = run_all(&commands, context);
    let state = if is_new { "installed" } else { "already installed" };
    output.line(format_args!("{} {}", style::paint(style::GOOD, state), definition.name));
    output.note(format_args!("  file   {}", path.display()));
    output.note(format_args!("  runs   {}", definition.command_line()));
    let file = definition.environment_file.display();
    output.note(format_args!("  keys   from {file}, one NAME=value a line; give it the mode 600"));
    output.note(format_args!("  log    {}", manager.log_command(&definition, home)));
    match &started {
        Ok(()) if before.is_some() && is_new => {
            output.note("it runs as before until it is restarted; the next start uses the new file");
        }
        Ok(()) if manager == Manager::Systemd && !target.system => {
            output.note("it ends when you log out; `loginctl enable-linger` lets it go on");
        }
        Ok(()) => {}
        Err(why) => {
            output.warn(format_args!("the file is written and the service is not started: {why}"));
            say_commands("run", &commands, context);
        }
    }
    output.json(&json!({
        "service": definition.name, "file": path, "changed": is_new, "started": started.is_ok(), "commands": commands,
        "environment_file": definition.environment_file, "problem": started.err(),
    }));
    Ok(())
}

/// Returns the working directory: that of the installation, whose files have to be right, or the current one for a server whose
/// database is named.
fn folder(command: ServiceCommand, options: &[String], context: &Context) -> Result<PathBuf> {
    let names_database = options.iter().any(|option| option.starts_with("--database"));
    if command == ServiceCommand::Serve && names_database && context.find().is_err() {
        return context.directory.canonicalize().doing("find the current folder");
    }
    Ok(context.installation()?.root)
}

/// Prints commands for a person to run.
pub(super) fn say_commands(what: &str, commands: &[Vec<String>], context: &Context) {
    for command in commands {
        context.output.line(format_args!("{what}: {}", command.join(" ")));
    }
}

/// Reads the file of a service; `None` where there is none.
pub(super) fn read(path: &Path) -> Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).doing(format_args!("read {}", path.display())),
    }
}

fn write(path: &Path, content: &str) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    std::fs::create_dir_all(folder)
        .doing(format_args!("make the folder {}", folder.display()))
        .map_err(|error| error.hint("for the whole system: `sudo octopoid service install --system`"))?;
    // The mode that systemd and launchd expect: nothing in it is secret.
    replace(path, content.as_bytes(), Some(Permissions::from_mode(0o644)))
        .doing(format_args!("write {}", path.display()))
        .map_err(|error| error.hint("for the whole system: `sudo octopoid service install --system`"))
}
