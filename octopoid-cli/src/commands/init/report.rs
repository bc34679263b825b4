//! The report of `octopoid init`: what was written, what was found, and what is next.

use super::guess::{Found, command_of};
use crate::args::{Init, RunnerKind};
use crate::config::{self, Answers, ServerAnswer};
use crate::context::Context;
use crate::installation::FOLDER;
use crate::installation::Written;
use crate::installation::{Connection, KEY, key_file};
use crate::output::style;
use octopoid_roles::presets;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;

/// The report of `octopoid init`.
#[derive(Debug)]
pub(super) struct Report<'a> {
    pub(super) args: &'a Init,
    pub(super) root: &'a Path,
    pub(super) runner: RunnerKind,
    pub(super) answers: &'a Answers,
    pub(super) written: &'a Written,
    pub(super) programs: &'a [Found],
}

/// Prints it.
pub(super) async fn say(report: &Report<'_>, context: &Context) {
    let Report { args, root, runner, answers, written, programs } = report;
    let (output, server) = (context.output, &answers.server);
    let paths = |is_driven: bool| -> BTreeMap<&str, &Path> {
        let of = |found: &&Found| found.preset.runner.is_some() == is_driven;
        programs.iter().filter(of).map(|found| (found.preset.name.as_str(), found.path.as_path())).collect()
    };
    output.json(&json!({
        "root": root, "files": written.files, "kept": written.kept, "ignored": written.ignored, "mode": if server.is_some() { "server" } else { "local" },
        "server": server.as_ref().map(|server| &server.url),
        "base_branch": answers.base_branch, "remote": answers.remote, "folder": answers.folder, "test": answers.test,
        "runner": answers.runner, "programs": paths(true), "unsupported_programs": paths(false),
    }));
    let folder = root.join(FOLDER);
    output.line(format_args!("{} {}", style::paint(style::GOOD, "initialised"), folder.display()));
    match server {
        None => output.note("  mode         local: everything stays on this machine"),
        Some(server) => say_server(server, root, answers.remote.is_some(), context).await,
    }
    output.note(format_args!("  base branch  {}", answers.base_branch));
    output.note(match &answers.remote {
        Some(remote) => format!("  remote       {remote}: landed work is pushed there"),
        None => "  remote       none: landed work stays in this repository".to_owned(),
    });
    if let Some(start) = &answers.folder {
        output.note(format_args!("  folder       {start}: agents and tests start there"));
        output.note("               for the whole repository remove `repo.folder` in config.yaml, or run init at its top:");
        output.note(format_args!("               octopoid init --force --dir {}", root.display()));
    }
    output.note(match (&answers.test, args.test.is_some()) {
        (Some(test), false) => {
            format!("  tests        {test} (guessed from the files; `test` in config.yaml changes it)")
        }
        (Some(test), true) => format!("  tests        {test}"),
        (None, _) => "  tests        none: work lands untested; set `test.command` in config.yaml".to_owned(),
    });
    say_runner(*runner, args, programs, context);
    for copy in &written.kept {
        output.note(format_args!("  before       {}", copy.display()));
    }
    if written.hidden {
        output.note("  git          .octopoid stays out of git; its .gitignore says how to share it");
    }
    next_steps(answers, context);
}

/// Prints the server, and whether it answers. The files are written even if it does not.
pub(super) async fn say_server(server: &ServerAnswer, root: &Path, has_remote: bool, context: &Context) {
    let output = context.output;
    let attention =
        |text: String| output.note(format_args!("               {}", style::paint(style::ATTENTION, text)));
    output.note(format_args!("  server       {} as {}-{}", server.url, server.cluster, server.machine_id));
    output.note(format_args!("               on the queue of the scope {}", server.scope));
    let file = config::Server {
        enabled: Some(true),
        url: Some(server.url.clone()),
        cluster: Some(server.cluster.clone()),
        machine_id: Some(server.machine_id.clone()),
        scope: Some(server.scope.clone()),
        ..config::Server::default()
    };
    let folder = root.join(FOLDER);
    let reached = match Connection::new(&file, root, &folder, &context.environment) {
        Ok(connection) => connection.open().await.map(drop),
        Err(error) => Err(error),
    };
    match reached {
        Ok(()) => output.note("               it answers"),
        Err(error) => {
            attention(error.message);
            attention(error.hint.unwrap_or_default());
        }
    }
    if context.environment.get(KEY).is_none() && !key_file(&folder).exists() {
        output.note(format_args!("               no key so far: {KEY}, or {}", key_file(&folder).display()));
    }
    if !has_remote {
        attention("without a common remote, other machines cannot take up what this one submits".to_owned());
    }
}

fn say_runner(runner: RunnerKind, args: &Init, programs: &[Found], context: &Context) {
    let output = context.output;
    let attention =
        |text: &str| output.note(format_args!("               {}", style::paint(style::ATTENTION, text)));
    let of_runner = |runner: RunnerKind| {
        programs.iter().find(move |found| found.preset.runner.as_deref() == Some(runner.as_str()))
    };
    match (runner, of_runner(runner)) {
        (RunnerKind::Command, _) => output.note("  agents       command: a program of your own"),
        (_, Some(found)) => {
            output.note(format_args!(
                "  agents       {}, found at {}",
                found.preset.name,
                found.path.display()
            ));
            found.preset.notes.iter().for_each(|note| output.note(format_args!("               {note}")));
        }
        (_, None) => {
            output.note(format_args!("  agents       {}, but no such program is on PATH", runner.as_str()));
            let preset =
                presets::all().iter().find(|preset| preset.runner.as_deref() == Some(runner.as_str()));
            let install = preset.and_then(|preset| preset.install.as_deref()).unwrap_or_default();
            attention(&format!("install one ({install}), or use a program of your"));
            attention("own: octopoid init --force --runner command; `octopoid demo` works without any");
        }
    }
    let uses =
        |wanted: RunnerKind| runner == wanted || args.role_runner.iter().any(|told| told.runner == wanted);
    if uses(RunnerKind::Command) {
        attention("name it in agents.yaml: command: [./my-agent, --flag]");
    }
    if uses(RunnerKind::Acp) && command_of(programs, RunnerKind::Acp).is_none() {
        attention("name it in agents.yaml: command: [gemini, --acp]");
    }
    let names = |is_driven: bool| {
        let used = of_runner(runner).map(|found| found.preset.name.as_str());
        let of = |found: &&Found| found.preset.runner.is_some() == is_driven;
        let names = programs.iter().filter(of).map(|found| found.preset.name.as_str());
        names.filter(|name| Some(*name) != used).collect::<Vec<_>>().join(", ")
    };
    for (names, what) in [(names(true), "also found"), (names(false), "also found, not supported yet")] {
        if !names.is_empty() {
            output.note(format_args!("               {what}: {names}"));
        }
    }
}

fn next_steps(answers: &Answers, context: &Context) {
    let output = context.output;
    output.note("\nNext:");
    if answers.agents.iter().any(|agent| agent.lacks_command(&answers.runner)) {
        output.note("  $EDITOR .octopoid/agents.yaml && octopoid validate");
    }
    output.note("  octopoid enqueue \"what you want to have done\"");
    output.note("  octopoid start");
}
