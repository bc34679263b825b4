//! One task file: front matter and description.

use crate::config::{Problem, parse};
use octopoid_core::model::{Complexity, NewTask, Priority, ProjectId, RoleName, Scope, TaskId};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// A file that can be a task.
#[derive(Debug, Clone)]
pub(crate) struct TaskFile {
    pub(super) path: PathBuf,
    text: String,
    pub(super) id: Option<TaskId>,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) role: Option<RoleName>,
    pub(super) priority: Option<Priority>,
    pub(super) complexity: Option<Complexity>,
    pub(super) branch: Option<String>,
    pub(super) blocked_by: Vec<TaskId>,
    project: Option<ProjectId>,
    flow: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontMatter {
    id: Option<TaskId>,
    title: String,
    role: Option<RoleName>,
    priority: Option<Priority>,
    complexity: Option<Complexity>,
    branch: Option<String>,
    #[serde(default)]
    blocked_by: Vec<TaskId>,
    project: Option<ProjectId>,
    flow: Option<String>,
}

impl TaskFile {
    /// Reads a file.
    pub(super) fn read(path: &Path) -> Result<Self, Problem> {
        let problem = |line, problem: String, fix: &str| Problem {
            file: path.to_owned(),
            line,
            problem,
            fix: fix.to_owned(),
        };
        let text = fs::read_to_string(path).map_err(|error| {
            problem(None, format!("the file cannot be read: {error}"), "save it as UTF-8, readable for you")
        })?;
        let fix = "begin with `---`, `title: …` and `---`, and then say what is to be done";
        let rest = text.strip_prefix("---\n").or_else(|| text.strip_prefix("---\r\n"));
        let Some(rest) = rest else {
            return Err(problem(Some(1), "the file does not begin with front matter".to_owned(), fix));
        };
        let Some((front, body)) = split(rest) else {
            return Err(problem(Some(1), "the front matter never ends".to_owned(), fix));
        };
        let front: FrontMatter = parse(path, front).map_err(|mut problem| {
            // Its first line is the file's second.
            problem.line = problem.line.map(|line| line + 1);
            problem
        })?;
        if body.trim().is_empty() {
            let line = text.lines().count();
            let fix = "say what is to be done, below the front matter";
            return Err(problem(Some(line), "there is no description".to_owned(), fix));
        }
        Ok(Self {
            path: path.to_owned(),
            id: front.id,
            title: front.title.trim().to_owned(),
            description: body.trim().to_owned(),
            role: front.role,
            priority: front.priority,
            complexity: front.complexity,
            branch: front.branch,
            blocked_by: front.blocked_by,
            project: front.project,
            flow: front.flow,
            text,
        })
    }

    /// The line of one of its fields.
    pub(super) fn line_of(&self, field: &str) -> Option<usize> {
        let is_it =
            |line: &str| line.strip_prefix(field).is_some_and(|rest| rest.trim_start().starts_with(':'));
        self.text.lines().position(is_it).map(|at| at + 1)
    }

    /// The task that it asks for. The key is the same as long as the file is.
    pub(super) fn new_task(&self, scope: Scope, person: &str) -> NewTask {
        let name = super::name_of(&self.path);
        let digest = Sha256::digest(format!("{name}\n{}", self.text));
        let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let mut new = NewTask::new(self.title.clone(), self.description.clone())
            .with_scope(scope)
            .with_priority(self.priority.unwrap_or_default())
            .with_blocked_by(self.blocked_by.clone())
            .with_author(person.to_owned());
        if let Some(role) = &self.role {
            new.role = role.clone();
        }
        new.key = Some(format!("task-file-{hex}"));
        new.complexity = self.complexity;
        new.branch = self.branch.clone();
        new.attributes.file_path = Some(name);
        new.attributes.project = self.project.clone();
        new.attributes.flow = self.flow.clone();
        new
    }

    /// Writes the task's id into the front matter and leaves every other byte as it is now, also where somebody has
    /// changed the file since it was read.
    pub(super) fn write_id(&self, id: &TaskId) -> io::Result<()> {
        let text = fs::read_to_string(&self.path)?;
        // What is no task file any more, or has an id of its own, is not ours to write to.
        let changed = text != self.text;
        if changed && Self::read(&self.path).is_ok_and(|file| file.id.is_some()) || !text.starts_with("---") {
            return Ok(());
        }
        let Some((first, rest)) = text.split_once('\n') else { return Ok(()) };
        let end = if first.ends_with('\r') { "\r\n" } else { "\n" };
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let mut new = tempfile::Builder::new().prefix(".").suffix(".new").tempfile_in(folder)?;
        write!(new, "{first}\nid: {id}{end}{rest}")?;
        new.as_file().set_permissions(fs::metadata(&self.path)?.permissions())?;
        new.as_file().sync_all()?;
        new.persist(&self.path)?;
        Ok(())
    }
}

/// The front matter and what follows it.
fn split(text: &str) -> Option<(&str, &str)> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" {
            return Some((&text[..at], &text[at + line.len()..]));
        }
        at += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<TaskFile, Problem> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("task.md");
        fs::write(&path, text).unwrap();
        TaskFile::read(&path)
    }

    #[test]
    fn a_file_says_what_is_to_be_done() {
        let file =
            read("---\ntitle: Cache it\npriority: P1\nblocked_by: [task-1]\n---\n\nAll of it.\n").unwrap();
        assert_eq!((file.title.as_str(), file.description.as_str()), ("Cache it", "All of it."));
        assert_eq!((file.priority, file.blocked_by.len(), file.id), (Some(Priority::P1), 1, None));
    }

    #[test]
    fn i24_a_bad_file_is_reported_by_its_line() {
        for (text, line, words) in [
            ("Cache it\n", 1, "does not begin with front matter"),
            ("---\ntitle: Cache it\n", 1, "never ends"),
            ("---\ntitle: A\nprioritty: P1\n---\nText.\n", 3, "unknown key `prioritty`"),
            ("---\ntitle: A\npriority: P9\n---\nText.\n", 3, "P9"),
            ("---\ntitle: A\n---\n\n", 4, "no description"),
        ] {
            let problem = read(text).unwrap_err();
            assert_eq!(problem.line, Some(line), "{problem}");
            assert!(problem.problem.contains(words), "{problem}");
        }
    }

    #[test]
    fn the_id_is_written_and_nothing_else_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("task.md");
        for (before, after) in [
            ("---\ntitle: A  # mine\n---\n\n\tText.", "---\nid: task-7\ntitle: A  # mine\n---\n\n\tText."),
            ("---\r\ntitle: A\r\n---\r\nText.\r\n", "---\r\nid: task-7\r\ntitle: A\r\n---\r\nText.\r\n"),
        ] {
            fs::write(&path, before).unwrap();
            let file = TaskFile::read(&path).unwrap();
            file.write_id(&"task-7".parse().unwrap()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), after);
            fs::write(&path, "changed meanwhile").unwrap();
            file.write_id(&"task-8".parse().unwrap()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), "changed meanwhile");
            fs::write(&path, "---\ntitle: B\n---\nMore.\n").unwrap();
            file.write_id(&"task-9".parse().unwrap()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), "---\nid: task-9\ntitle: B\n---\nMore.\n");
        }
    }
}
