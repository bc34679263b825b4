//! The variables of a prompt.

use serde::Serialize;

/// A variable of a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Variable {
    /// The name as it is written, such as `task.title`; `messages[].body` is a field of each message.
    pub name: &'static str,
    /// The description.
    pub about: &'static str,
    /// Whether the text came from elsewhere, and is printed as data.
    pub foreign: bool,
}

const fn own(name: &'static str, about: &'static str) -> Variable {
    Variable { name, about, foreign: false }
}

const fn foreign(name: &'static str, about: &'static str) -> Variable {
    Variable { name, about, foreign: true }
}

/// All variables; the table in the README is the same.
pub(super) static VARIABLES: [Variable; 60] = [
    own("task", "the task"),
    own("task.id", "its id, such as `task-3`"),
    foreign("task.title", "its title"),
    foreign("task.description", "what is to be done, in full"),
    own("task.role", "the role it is for"),
    own("task.priority", "`P0` to `P3`"),
    own("task.complexity", "`XS` to `XL`, or none"),
    own("messages", "everything said about the task, oldest first"),
    own(
        "messages[].kind",
        "`comment`, `summary`, `feedback`, `test_failure`, `conflict`, `question`, `returned`, …",
    ),
    foreign("messages[].author", "who said it"),
    foreign("messages[].body", "what was said"),
    own("messages[].newest", "whether it is what the work was last sent back for"),
    own("newest", "the kind of the message that sent the work back last; none in the first round"),
    own("round", "counted from 1; being sent back begins the next"),
    own("attempt", "the number of the run, counted from 1"),
    own("resumed", "whether the agent goes on in the conversation of an earlier attempt"),
    own("previous", "the attempt before this one, where nothing was made of it; none otherwise"),
    own("previous.number", "its number"),
    foreign("previous.why", "why: what interrupted it, or what was wrong with its result"),
    foreign("previous.last_words", "the last thing its agent said, where that is known"),
    own("workspace", "where the agent works"),
    own("workspace.path", "the folder"),
    own("workspace.base_branch", "the branch that the work lands on"),
    own("workspace.base", "the commit the work stands on; none without a repository"),
    own("workspace.tip", "the newest commit of that branch"),
    own("workspace.head", "the newest commit of the work when the run began"),
    own("commits", "the work's own commits, oldest first"),
    own("commits[].id", "the commit's hash"),
    foreign("commits[].subject", "its first line"),
    own("changes", "what the work changes against its base"),
    foreign("changes.files", "a line for each file: what happened to it, and its counts"),
    own("changes.count", "how many files"),
    own("changes.whole", "whether `changes.patch` is all of it"),
    foreign("changes.patch", "the patches that fit: 60,000 bytes, or `settings.diff_bytes`"),
    foreign("changes.left_out", "a line for each patch that does not fit, with the file that it is in"),
    own("changes.all", "the file with all patches, where some are left out"),
    own(
        "resolution",
        "how work that had been approved differs after a conflict; none where all of it is to be reviewed",
    ),
    foreign("resolution.files", "a line for each file whose patch is not what was approved"),
    own("resolution.count", "how many files those are"),
    foreign("resolution.unchanged", "a line for each file whose patch is what was approved"),
    foreign("resolution.patch", "the patches of those files that fit, each as it was approved and as it is"),
    foreign(
        "resolution.left_out",
        "a line for each file whose patches do not fit, with the file that they are in",
    ),
    own("comments", "the review comments that are open: sent, and not resolved"),
    own("comments[].number", "its number"),
    own("comments[].severity", "`must`, `should` or `nit`"),
    foreign("comments[].author", "who made it"),
    foreign("comments[].path", "the file it is about, as it is called now; none for the work as a whole"),
    own(
        "comments[].lines",
        "the lines it is about, as they are numbered now, such as `12` or `12-14`; none where it is outdated, and for the file as such",
    ),
    own("comments[].side", "`new`, or `old` for lines of the base that the work removes"),
    own("comments[].outdated", "whether its lines are not there any more as they were"),
    foreign("comments[].code", "the lines it was made for; empty for the file as such"),
    foreign("comments[].body", "what it says"),
    foreign(
        "comments[].replacement",
        "what is proposed in place of the lines, empty to remove them; none without a proposal",
    ),
    foreign("comments[].replies", "what was replied and by whom, oldest first; none without replies"),
    own("comments_file", "the file with all of them, as JSON; none without comments"),
    foreign("checks", "how the configured tests went, for a reviewer; none where none were run"),
    own(
        "notices",
        "what the orchestrator noticed of the work, for a reviewer: files that were not committed, refs that were moved, …",
    ),
    foreign("notices[].text", "each of them"),
    own("settings", "the agent's `settings` in `agents.yaml`"),
    own("outcomes", "the words that the agent can report"),
];

/// Returns all variables of prompts.
pub fn variables() -> &'static [Variable] {
    &VARIABLES
}

/// Returns the names of the top-level variables.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    VARIABLES.iter().map(|variable| variable.name).filter(|name| !name.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_there_once_and_its_parent_comes_before_it() {
        let mut before = std::collections::HashSet::new();
        for variable in &VARIABLES {
            if let Some((parent, _)) = variable.name.rsplit_once('.') {
                assert!(before.contains(parent.trim_end_matches("[]")), "{}", variable.name);
            }
            assert!(before.insert(variable.name), "{} is there twice", variable.name);
        }
    }
}
