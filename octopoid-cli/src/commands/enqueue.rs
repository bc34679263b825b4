//! `octopoid enqueue`: adds a task.

mod list;

use crate::args::Enqueue;
use crate::assembly::Explainer;
use crate::assembly::Roles;
use crate::assembly::flows::Flows;
use crate::config::closest;
use crate::context::Context;
use crate::error::{CliError, Result};
use crate::git::Git;
use crate::installation::Installation;
use crate::output::{json, style};
use octopoid_core::model::{NewTask, Place, Queue};
use octopoid_core::ops::{Duplicates, Enqueued, enqueue};
use octopoid_core::store::StoreError;
use std::io::Read;
use std::path::Path;

/// The longest description that is read; the store has a lower limit with its own message.
const LONGEST: u64 = 16 << 20;

pub(super) async fn run(args: Enqueue, context: &Context) -> Result<()> {
    let installation = context.installation()?;
    let roles = Roles::load(&installation, &context.environment).await;
    roles.check_worker(&args.role)?;
    if let Some(flow) = &args.flow {
        Flows::load(installation.layout.root(), &roles).get(flow)?;
    }
    if let Some(branch) = &args.branch {
        need_branch(branch, "--branch", &installation, context)?;
    }
    if args.dry_run && args.from.is_none() {
        return Err(
            CliError::usage("--dry-run is for --from alone").hint("leave it out, or name a list with --from")
        );
    }
    let mut new = template(&args, &installation, context);
    if let Some(path) = &args.from {
        return list::run(path, new, args.dry_run, &installation, context).await;
    }
    new.title = args.title.clone().unwrap_or_default();
    new.description = description(&args, context)?;
    let store = installation.store(&context.environment).await?;
    let duplicates = if args.allow_duplicate { Duplicates::Allow } else { Duplicates::Refuse };
    let named = new.attributes.project.is_some();
    let task = match enqueue(&*store, new, duplicates).await.map_err(|error| refused(error, named))? {
        Enqueued::Created(task) => *task,
        Enqueued::Duplicate(twin) => {
            let message = format!("{} says exactly the same and is in `{}`", twin.id, twin.queue());
            let hint = "look at it with `octopoid show`, or add --allow-duplicate";
            return Err(CliError::refused(message).hint(hint));
        }
    };
    let explainer = Explainer::gather(&installation, &context.environment, &*store, [&task]).await?;
    let explained = explainer.explain(&task);
    let (output, id) = (context.output, style::paint(style::HEADING, &task.id));
    if output.quiet {
        output.line(&task.id);
    }
    output.note(format_args!("{id} added to {}: {}", style::place(&task), explained.text));
    for command in &explained.commands {
        output.note(format_args!("  → {command}"));
    }
    output.json(&json::task(&task, &explained));
    Ok(())
}

/// Returns a task without words, with everything else that the options say.
fn template(args: &Enqueue, installation: &Installation, context: &Context) -> NewTask {
    let breakdown = args.breakdown || installation.config.value.breaks_down(&args.role, args.complexity);
    let mut new = NewTask::new("", "")
        .with_scope(installation.scope())
        .with_role(args.role.clone())
        .with_priority(args.priority)
        .with_blocked_by(args.blocked_by.iter().cloned())
        .with_author(context.author());
    new.complexity = args.complexity;
    new.branch.clone_from(&args.branch);
    new.place = args.backlog.then_some(Place::Queue(Queue::Backlog));
    new.attributes.project.clone_from(&args.project);
    new.attributes.auto_accept = args.auto_accept;
    new.attributes.flow.clone_from(&args.flow);
    new.attributes.needs_breakdown = breakdown;
    new.attributes.model.clone_from(&args.model);
    new.attributes.max_turns = args.max_turns;
    new.attributes.budget_usd = args.budget;
    new
}

/// Returns the error, with a hint to the list of projects if the named one may be at fault.
pub(super) fn refused(error: StoreError, named_project: bool) -> CliError {
    let error = CliError::from(error);
    if named_project && error.message.contains("project") {
        error.hint("`octopoid project list` shows the projects there are")
    } else {
        error
    }
}

/// Reads the description; without one, the title is used. An empty description is an error (I26).
fn description(args: &Enqueue, context: &Context) -> Result<String> {
    let (text, from) = match (&args.description, &args.file, &args.stdin) {
        (Some(text), ..) => (text.clone(), "the description".to_owned()),
        (None, Some(path), _) => return text_of(path, context),
        (None, None, Some(_)) => return text_of(Path::new("-"), context),
        (None, None, None) => return Ok(args.title.clone().unwrap_or_default()),
    };
    need_text(text, &from)
}

/// Reads a file that was named on the command line; `-` is standard input. An empty one is an error.
pub(super) fn text_of(path: &Path, context: &Context) -> Result<String> {
    if path == Path::new("-") {
        return need_text(read(std::io::stdin(), "standard input")?, "standard input");
    }
    let path = context.directory.join(path);
    let name = path.display().to_string();
    let file = std::fs::File::open(&path).map_err(|error| {
        CliError::usage(format!("cannot read the description from {name}: {error}"))
            .hint("give the path of a text file")
    })?;
    need_text(read(file, &name)?, &name)
}

fn need_text(text: String, from: &str) -> Result<String> {
    if text.trim().is_empty() {
        return Err(CliError::usage(format!("{from} is empty"))
            .hint("say what is to be done, or leave the description out: then the title says it all"));
    }
    Ok(text)
}

fn read(source: impl Read, name: &str) -> Result<String> {
    let mut bytes = Vec::new();
    source.take(LONGEST + 1).read_to_end(&mut bytes).map_err(|error| {
        CliError::usage(format!("cannot read {name}: {error}"))
            .hint("give a text file, or a text with --description")
    })?;
    if bytes.len() as u64 > LONGEST {
        return Err(CliError::usage(format!("{name} is longer than {} MiB", LONGEST >> 20))
            .hint("a description is at most 1 MiB of text"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        CliError::usage(format!("{name} is not valid UTF-8 (line {line}, byte {})", at + 1))
            .hint("save it as UTF-8, such as with `iconv -t UTF-8`")
    })
}

/// Checks that the repository has a branch.
pub(super) fn need_branch(
    branch: &str,
    option: &str,
    installation: &Installation,
    context: &Context,
) -> Result<()> {
    let branches = Git::new(&context.environment, installation.repository()).branches().map_err(|error| {
        CliError::configuration(format!("cannot read the branches: {error}")).hint("octopoid doctor")
    })?;
    if branches.iter().any(|known| known == branch) {
        return Ok(());
    }
    let hint = match closest(branch, branches.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("make it with `git branch {branch}`, or leave {option} out"),
    };
    Err(CliError::usage(format!("the repository has no branch `{branch}`")).hint(hint))
}
