//! `octopoid diff`: shows what an agent has handed in.

mod patch;
mod stat;

use crate::args::Diff;
use crate::context::Context;
use crate::error::{Kind, Result};
use crate::output::style::{self, paint};
use crate::output::{Output, text};
use crate::rounds::{Compared, Rounds};
use crate::terminal::page;
use octopoid_core::ops::Round;
use octopoid_core::ops::diff::quoted_name;
use serde_json::{Value, json};
use std::io::IsTerminal;

pub(super) async fn run(args: &Diff, context: &Context) -> Result<()> {
    let installation = context.installation()?;
    let store = installation.store(&context.environment).await?;
    let rounds = Rounds::read(&installation, &*store, &args.id, context).await?;
    let (round, since, compared) = if args.since_review {
        let (reviewed, compared) = rounds.since_review()?;
        (rounds.round(None)?, Some(reviewed), compared)
    } else {
        let round = rounds.round(args.round)?;
        let compared = match rounds.diff(round) {
            Err(error) if error.kind == Kind::NotFound => {
                rounds.elsewhere(args.round, &installation, &*store).await?.ok_or(error)?
            }
            read => read?,
        };
        (round, None, compared)
    };
    let output = context.output;
    if output.json {
        output.json(&as_json(&rounds, round, since, &compared, args.stat));
        return Ok(());
    }
    let head = head(&rounds, round, since, &compared);
    if !std::io::stdout().is_terminal() {
        // What was typed for goes through a pipe as it is, so that `git apply` can read it.
        if args.stat {
            output.line(stat::render(&compared.diff, None));
        } else {
            plain(&rounds, &compared, since.is_some(), output)?;
        }
        return Ok(());
    }
    let body = match args.stat {
        true => stat::render(&compared.diff, terminal_width()),
        false => patch::render(&compared.diff),
    };
    page(&format!("{head}\n{body}\n"), context);
    Ok(())
}

/// Prints the patch byte for byte, binary files too; what the reader has to know goes to the standard error.
fn plain(rounds: &Rounds, compared: &Compared, since_review: bool, output: Output) -> Result<()> {
    if let Some(note) = &compared.note {
        output.warn(note);
    }
    if let Some(patch) = rounds.patch(compared, since_review)? {
        output.bytes(&patch);
        return Ok(());
    }
    for file in &compared.diff.files {
        if file.binary {
            let name = text::visible(&quoted_name(&file.path));
            output.warn(format_args!(
                "{name} is binary: its content was not kept, and `git apply` refuses this part"
            ));
        }
        output.exactly(&file.patch);
    }
    Ok(())
}

/// Returns what the diff is of, in a few lines.
fn head(rounds: &Rounds, round: &Round, since: Option<&Round>, compared: &Compared) -> String {
    let task = &rounds.task;
    let title = text::visible(&text::one_line(&task.title, 200));
    let place = match since {
        Some(reviewed) => {
            format!("round {} since round {}, which was reviewed", round.number, reviewed.number)
        }
        None => format!("round {} of {}", round.number, rounds.all.len()),
    };
    let commits = text::count(round.commits.into(), "commit");
    let range = format!("{}..{}", compared.from.short(), compared.to.short());
    let mut lines = vec![
        format!("{} {title}", paint(style::HEADING, &task.id)),
        paint(style::DIM, format_args!("{place}, {commits}, {range}")),
    ];
    lines.extend(compared.note.as_ref().map(|note| paint(style::ATTENTION, note)));
    if compared.diff.files.is_empty() {
        lines.push("nothing differs".to_owned());
    }
    lines.push(String::new());
    lines.join("\n")
}

fn as_json(rounds: &Rounds, round: &Round, since: Option<&Round>, compared: &Compared, stat: bool) -> Value {
    let files: Vec<_> = compared
        .diff
        .files
        .iter()
        .map(|file| {
            let mut value = json!(file);
            if stat && let Value::Object(fields) = &mut value {
                fields.remove("patch");
            }
            value
        })
        .collect();
    json!({
        "task": rounds.task.id,
        "round": round.number,
        "since_round": since.map(|reviewed| reviewed.number),
        "from": compared.from,
        "to": compared.to,
        "note": compared.note,
        "files": files,
        "rounds": rounds.all,
    })
}

/// Returns the width of the terminal.
fn terminal_width() -> Option<usize> {
    comfy_table::Table::new().width().map(usize::from)
}
