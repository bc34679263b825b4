//! `octopoid init --local` and `--server` in an installation: switches the queue, and nothing else.

use crate::args::Init;
use crate::config::{self, ConfigFile, Document, Server, ServerAnswer, Setting};
use crate::context::Context;
use crate::error::{CliError, IoContext, Result};
use crate::installation::keep;
use crate::installation::{FOLDER, wrong};
use crate::output::style;
use crate::replace::replace;
use octopoid_core::orchestrator::{Layout, running_pid};
use serde_json::{Value, json};
use std::path::Path;

pub(super) async fn run(args: &Init, root: &Path, context: &Context) -> Result<()> {
    refuse_more(args)?;
    let path = root.join(FOLDER).join("config.yaml");
    let document = config::read::<ConfigFile>(&path).map_err(|problem| {
        wrong(&[problem]).hint(
            "fix that file, or run `octopoid init --force` to start over: it keeps this one as config.yaml.bak",
        )
    })?;
    let before = document.value.server.clone().unwrap_or_default();
    let answer = super::server(args, &before, context)?;
    let settings = match &answer {
        Some(answer) => answer.settings(),
        None => vec![("enabled", "false".to_owned())],
    };
    let changed = changed(&before, &settings);
    let is_there = if answer.is_none() { !before.is_remote() } else { changed.is_empty() };
    // Switched off, the old values still stand in the file.
    let replaces = changed.iter().any(|(name, from, _)| name != "server.enabled" && !from.is_null());
    let kept = if is_there { None } else { write(&document, &settings, answer.as_ref(), replaces)? };
    let changed = if is_there { Vec::new() } else { changed };

    let output = context.output;
    let mode = if answer.is_some() { "server" } else { "local" };
    let changes: Vec<_> =
        changed.iter().map(|(name, from, to)| json!({ "setting": name, "from": from, "to": to })).collect();
    output.json(&json!({
        "root": root, "mode": mode, "server": answer.as_ref().map(|answer| &answer.url), "changed": changes, "kept": kept,
    }));
    let words = if is_there { "unchanged" } else { "switched" };
    output.line(format_args!("{} {}", style::paint(style::GOOD, words), path.display()));
    for (name, from, to) in &changed {
        let from = if from.is_null() { "not set".to_owned() } else { from.to_string() };
        output.note(format_args!("  {name}: {from} → {to}"));
    }
    if let Some(copy) = &kept {
        output.note(format_args!("  before       {}", copy.display()));
    }
    match &answer {
        None => {
            output.note("  mode         local: the queue is on this machine");
            if let (false, Some(url)) = (is_there, &before.url) {
                output.note(format_args!("               the tasks on {url} stay there:"));
                output.note(format_args!("               octopoid init --server {url} goes back to them"));
            }
        }
        Some(answer) => {
            super::report::say_server(answer, root, document.value.repo.remote.is_some(), context).await;
            if !before.is_remote() {
                output.note(
                    "               the tasks of this machine's own queue stay here: octopoid init --local",
                );
                output.note("               goes back to them");
            }
        }
    }
    if let Some(pid) = running_pid(&Layout::new(root.join(FOLDER))).filter(|_| !is_there) {
        let words = format!("an orchestrator (process {pid}) still works on the other queue: octopoid stop");
        output.note(format_args!("  {}", style::paint(style::ATTENTION, words)));
    }
    Ok(())
}

/// Refuses options that would change more than the queue.
fn refuse_more(args: &Init) -> Result<()> {
    let more = [
        ("--runner", args.runner.is_some()),
        ("--role-runner", !args.role_runner.is_empty()),
        ("--base-branch", args.base_branch.is_some()),
        ("--test", args.test.is_some()),
    ];
    match more.iter().find(|(_, told)| *told) {
        Some((name, _)) => Err(CliError::usage(format!("{name} would change an installation that is there"))
            .hint("set it in the files under .octopoid, or start over with --force")),
        None => Ok(()),
    }
}

/// Returns the settings that change, each with its old and new value.
fn changed(before: &Server, settings: &[Setting]) -> Vec<(String, Value, Value)> {
    let was = |key: &str| match key {
        "enabled" => json!(before.url.is_some().then(|| before.is_remote()).or(before.enabled)),
        "url" => json!(before.url),
        "cluster" => json!(before.cluster),
        "machine_id" => json!(before.machine_id),
        _ => json!(before.server_scope().ok().filter(|_| before.url.is_some())),
    };
    let new = |value: &str| serde_yaml::from_str::<Value>(value).unwrap_or_else(|_| value.into());
    let all = settings.iter().map(|(key, value)| (format!("server.{key}"), was(key), new(value)));
    all.filter(|(_, from, to)| from != to).collect()
}

/// Changes the file, and keeps a copy if it `replaces` values. Returns the copy's path.
fn write(
    document: &Document<ConfigFile>,
    settings: &[Setting],
    answer: Option<&ServerAnswer>,
    replaces: bool,
) -> Result<Option<std::path::PathBuf>> {
    let path = document.path.canonicalize().doing(format_args!("find {}", document.path.display()))?;
    let section = answer.map(ServerAnswer::yaml).unwrap_or_default();
    let text = config::with_server(&document.text, settings, &section).ok_or_else(|| {
        let lines: Vec<_> = settings.iter().map(|(key, value)| format!("{key}: {value}")).collect();
        CliError::refused(format!(
            "`server` in {} is written in a way that only you can change",
            path.display()
        ))
        .hint(format!("set there: {}", lines.join(", ")))
    })?;
    let kept = if replaces { keep(&path)? } else { None };
    let permissions = path.metadata().ok().map(|meta| meta.permissions());
    replace(&path, text.as_bytes(), permissions).doing(format_args!("write {}", path.display()))?;
    Ok(kept)
}
