//! The step `update_changelog`: a line for the task under what is not released yet.
//!
//! Every task adds its line at the same place, so the line is made last, on top of what is about to land, and is taken away
//! again before the work is rebased: no two tasks are ever in each other's way because of it.

use crate::git::{GitError, Worktree};
use crate::model::StepStatus;
use crate::orchestrator::run::{RunAbort, RunContext};
use crate::orchestrator::shared::blocking;

/// The step's name.
const STEP: &str = "update_changelog";

/// The file.
const FILE: &str = "CHANGELOG.md";

impl RunContext {
    /// The message of the commit, by which it is known again.
    fn changelog_message(&self) -> String {
        format!("Note {} in {FILE}\n", self.task.id)
    }

    /// Adds the task's line, unless it is there.
    pub(in crate::orchestrator::run) async fn update_changelog(&mut self) -> Result<(), RunAbort> {
        self.check()?;
        let Some(head) = self.entry.run.head.clone() else { return Ok(()) };
        let (repository, path) = (self.shared.repository.clone(), self.workspace_path());
        let (id, line) = (self.task.id.to_string(), line(&self.task.title, self.task.id.as_str()));
        let (message, at) = (self.changelog_message(), self.entry.run.started_at);
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
        match made.await? {
            Err(why) => self.record(STEP, StepStatus::Skipped, why),
            Ok((commit, line)) => {
                self.entry.run.head = Some(commit);
                self.entry.run.commits += 1;
                self.record(STEP, StepStatus::Done, line)
            }
        }
    }

    /// Takes the line away again where the work is about to be rebased.
    pub(in crate::orchestrator::run) async fn without_changelog(&mut self) -> Result<(), RunAbort> {
        let Some(head) = self.entry.run.head.clone() else { return Ok(()) };
        let (repository, path) = (self.shared.repository.clone(), self.workspace_path());
        let message = self.changelog_message();
        let before = blocking(move || {
            let Some(before) = repository.before(&head, &message)? else { return Ok(None) };
            Worktree::open(&repository, &path)?.reset_hard(&before)?;
            Ok::<_, GitError>(Some(before))
        });
        if let Some(before) = before.await? {
            self.entry.run.head = Some(before);
        }
        Ok(())
    }
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
