//! The step `update_changelog`: a line for the task under what is not released yet.
//!
//! Every task adds its line at the same place, so the line is made last, on top of what is about to land, and is taken away
//! again before the work is rebased: no two tasks are ever in each other's way because of it.

use super::StepOutcome;
use crate::git::{GitError, Worktree};
use crate::model::{CommitId, StepStatus};
use crate::orchestrator::run::abort::RunAbort;
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::work::Work;
use crate::orchestrator::shared::blocking;

/// The step's name.
const STEP: &str = "update_changelog";

/// The file.
const FILE: &str = "CHANGELOG.md";

/// Returns the message of the commit, by which it is recognized.
fn message(context: &RunContext) -> String {
    format!("Note {} in {FILE}\n", context.task.id)
}

/// Adds the task's line, unless it is there.
pub(super) async fn update_changelog(context: &RunContext, work: &Work) -> Result<StepOutcome, RunAbort> {
    context.check()?;
    let (repository, path) = (context.shared.repository.clone(), context.workspace_path());
    let (id, line) = (context.task.id.to_string(), line(&context.task.title, context.task.id.as_str()));
    let (message, at, head) = (message(context), context.started_at, work.head.clone());
    let made = blocking(move || {
        let Some(bytes) = repository.file_in(&head, FILE)? else {
            return Ok(Err(format!("there is no {FILE}")));
        };
        let Ok(text) = String::from_utf8(bytes) else {
            return Ok(Err(format!("{FILE} is no text in UTF-8")));
        };
        if text.contains(&format!("({id})")) {
            return Ok(Err(format!("{FILE} has it already")));
        }
        let text = with_line(&text, &line);
        let commit = repository.with_file(&head, FILE, text.as_bytes(), &message, at)?;
        Worktree::open(&repository, &path)?.reset_hard(&commit)?;
        Ok::<_, GitError>(Ok((commit, line)))
    });
    Ok(match made.await? {
        Err(why) => StepOutcome::skipped(STEP, why),
        Ok((head, line)) => {
            let work = Work { head, commits: work.commits + 1, ..work.clone() };
            StepOutcome::of(STEP, StepStatus::Done, line).with_work(work)
        }
    })
}

/// Takes the line away again where the work is about to be rebased. Returns the newest commit of the work without it; `None` if
/// the work has no such line.
pub(super) async fn without_changelog(
    context: &RunContext,
    head: &CommitId,
) -> Result<Option<CommitId>, RunAbort> {
    let (repository, path) = (context.shared.repository.clone(), context.workspace_path());
    let (message, head) = (message(context), head.clone());
    let before = blocking(move || {
        let Some(before) = repository.before(&head, &message)? else { return Ok(None) };
        Worktree::open(&repository, &path)?.reset_hard(&before)?;
        Ok::<_, GitError>(Some(before))
    });
    Ok(before.await?)
}

/// A task's line.
fn line(title: &str, id: &str) -> String {
    format!("- {} ({id})", title.trim().trim_end_matches('.'))
}

/// A changelog with a line at the end of what is not released yet. That part is made where there is none: before the first
/// release, or at the end.
fn with_line(text: &str, line: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    let is_part = |text: &str| text.starts_with("## ");
    let unreleased =
        lines.iter().position(|text| is_part(text) && text.to_ascii_lowercase().contains("unreleased"));
    let from = unreleased.map_or(0, |at| at + 1);
    let end = lines[from..].iter().position(|text| is_part(text)).map_or(lines.len(), |at| from + at);
    // Behind the last line that says something.
    let last = lines[..end].iter().rposition(|text| !text.trim().is_empty()).map_or(0, |at| at + 1);
    let mut out: Vec<String> = lines[..last].iter().map(|text| (*text).to_owned()).collect();
    if unreleased.is_none() {
        if last > 0 {
            out.push(String::new());
        }
        out.push("## Unreleased".to_owned());
    }
    // A list follows a heading or a paragraph after an empty line, and an item directly.
    let after_item = out.last().is_some_and(|text| text.starts_with(['-', '*', ' ']));
    if !after_item {
        out.push(String::new());
    }
    out.push(line.to_owned());
    let rest = &lines[last..];
    if rest.first().is_some_and(|text| !text.trim().is_empty()) {
        out.push(String::new());
    }
    out.extend(rest.iter().map(|text| (*text).to_owned()));
    out.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_goes_to_the_end_of_what_is_not_released() {
        for (before, after) in [
            ("# Changelog\n", "# Changelog\n\n## Unreleased\n\n- x (t)\n"),
            ("", "## Unreleased\n\n- x (t)\n"),
            (
                "# Changelog\n\n## [Unreleased]\n\n## 1.0\n\n- a\n",
                "# Changelog\n\n## [Unreleased]\n\n- x (t)\n\n## 1.0\n\n- a\n",
            ),
            (
                "## Unreleased\n\n- a\n  more of a\n\n## 1.0\n- b\n",
                "## Unreleased\n\n- a\n  more of a\n- x (t)\n\n## 1.0\n- b\n",
            ),
            ("Intro.\n\n## 1.0\n\n- b\n", "Intro.\n\n## Unreleased\n\n- x (t)\n\n## 1.0\n\n- b\n"),
            ("## Unreleased\n- a", "## Unreleased\n- a\n- x (t)\n"),
        ] {
            assert_eq!(with_line(before, &line("x.", "t")), after, "{before:?}");
        }
    }
}
