//! A task as a file for the editor: front matter and the description.

use super::changes::Changes;
use crate::error::{CliError, Result};
use octopoid_core::flow::DEFAULT;
use octopoid_core::model::{Complexity, Priority, ProjectId, RoleName, Task, TaskId, Usd};
use serde::{Deserialize, Serialize};

const HELP: &str = "\
# Save and leave the editor to change the task; leave it unchanged to change nothing.
# An empty field is none. The description stands below the second line of dashes.
";

/// What the file says of a task.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    title: String,
    role: RoleName,
    priority: Priority,
    complexity: Option<Complexity>,
    #[serde(default)]
    blocked_by: Option<Vec<TaskId>>,
    branch: Option<String>,
    flow: Option<String>,
    project: Option<ProjectId>,
    #[serde(default)]
    auto_accept: bool,
    model: Option<String>,
    max_turns: Option<u32>,
    budget_usd: Option<Usd>,
}

/// A task as a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Form {
    fields: Fields,
    description: String,
}

impl Form {
    pub(super) fn of(task: &Task) -> Self {
        let attributes = &task.attributes;
        let fields = Fields {
            title: task.title.clone(),
            role: task.role.clone(),
            priority: task.priority,
            complexity: task.complexity,
            blocked_by: Some(task.unresolved_blockers().cloned().collect()),
            branch: task.branch.clone(),
            flow: attributes.flow.clone(),
            project: attributes.project.clone(),
            auto_accept: attributes.auto_accept,
            model: attributes.model.clone(),
            max_turns: attributes.max_turns,
            budget_usd: attributes.budget_usd,
        };
        Self { fields, description: task.description.trim().to_owned() }
    }

    /// Renders the file.
    pub(super) fn render(&self) -> String {
        let front = serde_yaml::to_string(&self.fields).unwrap_or_default();
        // Empty is what people leave for none.
        let front: String =
            front.lines().map(|line| format!("{}\n", line.strip_suffix(" null").unwrap_or(line))).collect();
        format!("---\n{HELP}{front}---\n\n{}\n", self.description)
    }

    /// Parses the file.
    ///
    /// # Errors
    /// It has no front matter, or a field in it is wrong.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let text = text.replace("\r\n", "\n");
        let wrong = |words: String| CliError::usage(words).hint("run `octopoid edit` again, or pass options");
        let parts = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
        let Some((front, description)) = parts else {
            return Err(wrong("the file does not begin with fields between two lines of dashes".to_owned()));
        };
        let fields = serde_yaml::from_str(front)
            .map_err(|error| wrong(format!("the fields cannot be read: {error}")))?;
        Ok(Self { fields, description: description.trim().to_owned() })
    }

    /// Returns how the file differs from the task.
    pub(super) fn changes(self, task: &Task) -> Changes {
        let Self { fields: before, description: said } = Self::of(task);
        let Self { fields, description } = self;
        let flow = |flow: Option<String>| flow.filter(|flow| flow != DEFAULT);
        Changes {
            title: changed(fields.title, before.title),
            description: changed(description, said),
            role: changed(fields.role, before.role),
            priority: changed(fields.priority, before.priority),
            complexity: changed(fields.complexity, before.complexity),
            blocked_by: changed(fields.blocked_by.unwrap_or_default(), before.blocked_by.unwrap_or_default()),
            branch: changed(fields.branch, before.branch),
            flow: changed(flow(fields.flow), flow(before.flow)),
            project: changed(fields.project, before.project),
            auto_accept: changed(fields.auto_accept, before.auto_accept),
            model: changed(fields.model, before.model),
            max_turns: changed(fields.max_turns, before.max_turns),
            budget_usd: changed(fields.budget_usd, before.budget_usd),
        }
    }
}

fn changed<T: PartialEq>(now: T, before: T) -> Option<T> {
    (now != before).then_some(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use octopoid_core::model::{Scope, State};

    fn task() -> Task {
        let mut task =
            Task::restored(TaskId::numbered(1), Scope::single(), 1, RoleName::implement(), State::Incoming);
        task.title = "Say: \"yes\" # really".to_owned();
        task.description = "One.\n\n---\n\nTwo.".to_owned();
        task.complexity = Some(Complexity::M);
        task.attributes.budget_usd = Usd::new(2.5).ok();
        task
    }

    #[test]
    fn a_task_is_read_back_as_it_was_written() {
        let text = Form::of(&task()).render();
        assert_eq!(Form::parse(&text).unwrap(), Form::of(&task()), "{text}");
        assert!(Form::parse(&text).unwrap().changes(&task()).is_empty());
        assert!(text.contains("\nbranch:\n") && text.contains("\nbudget_usd: 2.5\n"), "{text}");
    }

    #[test]
    fn what_was_edited_and_nothing_else_changes() {
        let text = Form::of(&task()).render();
        let text = text
            .replace("complexity: M", "complexity:")
            .replace("Two.", "Three.")
            .replace("model:", "model: fast");
        let changes = Form::parse(&text).unwrap().changes(&task());
        let wanted = Changes {
            complexity: Some(None),
            description: Some("One.\n\n---\n\nThree.".to_owned()),
            model: Some(Some("fast".to_owned())),
            ..Changes::default()
        };
        assert_eq!(changes, wanted);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_said() {
        for (text, words) in [
            ("title: x\n", "does not begin"),
            ("---\ntitle: x\npriority: P9\n---\nx\n", "P9"),
            ("---\ncolour: red\n---\nx\n", "colour"),
        ] {
            assert!(Form::parse(text).unwrap_err().message.contains(words), "{text}");
        }
    }
}
