//! `octopoid import`: imports the queue of the original Octopoid.

use crate::args::Import;
use crate::assembly::Roles;
use crate::assembly::flows::Flows;
use crate::context::Context;
use crate::error::{CliError, IoContext, Result};
use crate::git::Git;
use crate::import::{Address, Importer, Known, Plan, Report, read_folder, read_server};
use crate::output::json::with;
use crate::output::{Output, style, text};
use serde_json::json;

/// The most items that are listed one by one.
const NAMED: usize = 50;

pub(super) async fn run(args: Import, context: &Context) -> Result<()> {
    let installation = context.installation()?;
    let source = match (&args.server, &args.folder) {
        (Some(url), _) => {
            let url = url.trim_end_matches('/').to_owned();
            if !url.starts_with("http://") && !url.starts_with("https://") {
                return Err(CliError::usage(format!("`{url}` is not the address of a server"))
                    .hint("write it as https://name or http://name:port"));
            }
            let address = Address { url, key: key(&args, context)?, scope: args.scope.clone() };
            // It keeps the paths of texts, which are in the repository.
            read_server(&address).await?.with_files(&installation.repository())
        }
        (None, Some(folder)) => read_folder(&context.directory.join(folder))?,
        (None, None) => {
            return Err(CliError::usage("nothing to import from: pass --server or --folder")
                .hint("`octopoid import --help` shows both"));
        }
    };
    let agents = source.agents.clone();
    let roles = Roles::load(&installation, &context.environment).await;
    let branches = Git::new(&context.environment, installation.repository()).branches().map_err(|error| {
        CliError::configuration(format!("cannot read the branches: {error}"))
            .hint("`octopoid doctor` checks the repository")
    })?;
    let known = Known {
        scope: installation.scope(),
        base_branch: installation.config.value.repo.base_branch.clone(),
        branches,
        workers: roles.workers().cloned().collect(),
        flows: Flows::load(installation.layout.root(), &roles).all.into_keys().collect(),
    };
    let plan = Plan::of(source, &known);
    let store = installation.store(&context.environment).await?;
    // A dry run decides nothing.
    let person = if args.dry_run { context.author() } else { context.decider("import")? };
    let importer = Importer { store: &*store, scope: installation.scope(), person, dry_run: args.dry_run };
    let report = importer.run(plan).await?;
    context.output.json(&with(json!({ "agents_yaml": agents }), &report));
    say(&report, agents.as_deref(), context.output);
    let counts = [report.projects, report.tasks, report.drafts, report.messages];
    if args.server.is_some() && counts.iter().all(|count| count.imported + count.known == 0) {
        let scope = &args.scope;
        context.output.note(format_args!("nothing is in the scope `{scope}` there; `--scope` names another"));
    }
    Ok(())
}

/// Returns the key of the original's scope.
fn key(args: &Import, context: &Context) -> Result<Option<String>> {
    let Some(file) = &args.key_file else { return Ok(args.key.clone()) };
    let path = context.directory.join(file);
    let text = octopoid_roles::regular_file::read_to_string(&path);
    let text = text.doing(format_args!("read the key {}", path.display()))?;
    Ok(Some(text.trim().to_owned()))
}

fn say(report: &Report, agents: Option<&str>, output: Output) {
    let done = if report.dry_run { "would import" } else { "imported" };
    output.line(format_args!("{} from {}", style::paint(style::GOOD, done), report.source));
    for (name, count) in [
        ("projects", report.projects),
        ("tasks", report.tasks),
        ("drafts", report.drafts),
        ("messages", report.messages),
    ] {
        let known = match count.known {
            0 => String::new(),
            known => format!(", {known} known from before"),
        };
        output.line(format_args!("  {name:<9} {}{known}", count.imported));
    }
    for one in report.imported.iter().take(NAMED) {
        let here = one.here.as_ref().filter(|here| **here != one.id).map(|here| format!(" as {here}"));
        let queue = one.queue.map(|queue| format!(" → {queue}"));
        let words = [here, queue].into_iter().flatten().collect::<String>();
        output.note(format_args!("{} {}{words}", one.kind, text::one_line(&one.id, 80)));
        for note in &one.notes {
            output.note(format_args!("    {}", text::one_line(note, 200)));
        }
    }
    if report.imported.len() > NAMED {
        output.note(format_args!("… and {} more; --json names all", report.imported.len() - NAMED));
    }
    if !report.skipped.is_empty() {
        output.line(format_args!("skipped {}:", text::count(report.skipped.len() as u64, "thing")));
        for one in report.skipped.iter().take(NAMED) {
            output.line(format_args!(
                "  {}: {}",
                text::one_line(&one.what, 80),
                text::one_line(&one.why, 200)
            ));
        }
    }
    if let Some(agents) = agents {
        output.note("\nIts agents in our words, for .octopoid/agents.yaml:\n");
        output.note(agents.trim_end());
    }
    if report.dry_run {
        output.note("\nNothing was written; without --dry-run it is.");
    }
}
