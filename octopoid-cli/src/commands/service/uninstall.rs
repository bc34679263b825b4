//! `octopoid service uninstall`

use super::definition::Definition;
use super::install::{read, say_commands};
use super::manager::{Manager, run_all};
use crate::args::{ServiceCommand, ServiceTarget};
use crate::context::Context;
use crate::error::{CliError, IoContext, Result};
use crate::output::style;
use serde_json::json;
use std::path::PathBuf;

pub(super) fn run(target: &ServiceTarget, context: &Context) -> Result<()> {
    let manager = Manager::of_this_machine();
    let definition = Definition::new(target, folder(target.command, context)?, &[], context)?;
    let path = manager.path(&definition, context)?;
    let output = context.output;
    let Some(content) = read(&path)? else {
        output.line(format_args!("{} is not installed", definition.name));
        output.json(&json!({ "service": definition.name, "file": path, "removed": false }));
        return Ok(());
    };
    if !manager.is_ours(&content, &definition) {
        return Err(CliError::refused(format!("{} was not written for this folder", path.display())).hint(
            "remove it by hand if it is no longer needed, or pass the --name that was used to install",
        ));
    }
    let (before, after) = (manager.stop_commands(&definition), manager.forget_commands(&definition));
    if target.dry_run {
        say_commands("would run", &before, context);
        output.line(format_args!("would remove: {}", path.display()));
        say_commands("would run", &after, context);
        let commands = [before, after].concat();
        output.json(&json!({
            "service": definition.name, "file": path, "commands": commands, "removed": false, "dry_run": true,
        }));
        return Ok(());
    }
    let stopped = run_all(&before, context);
    std::fs::remove_file(&path)
        .doing(format_args!("remove {}", path.display()))
        .map_err(|error| error.hint("for the whole system: `sudo octopoid service uninstall --system`"))?;
    let stopped = stopped.and_then(|()| run_all(&after, context));
    output.line(format_args!("{} {}", style::paint(style::GOOD, "removed"), path.display()));
    if let Err(why) = &stopped {
        output.warn(format_args!("the file is removed, and the service may still run: {why}"));
    }
    output.json(&json!({
        "service": definition.name, "file": path, "removed": true, "stopped": stopped.is_ok(), "problem": stopped.err(),
    }));
    Ok(())
}

/// Returns the working directory of the service. An installation whose configuration is wrong can be removed too, and a server
/// without an installation is known by the current folder.
fn folder(command: ServiceCommand, context: &Context) -> Result<PathBuf> {
    match context.find() {
        Err(_) if command == ServiceCommand::Serve => {
            context.directory.canonicalize().doing("find the current folder")
        }
        found => found,
    }
}
