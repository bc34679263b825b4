//! One task file: front matter and description.

use crate::config::{Problem, parse};
use crate::replace::replace;
use octopoid_core::model::{Complexity, NewTask, Priority, ProjectId, RoleName, Scope, TaskId};
use octopoid_roles::regular_file;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// A valid task file.
#[derive(Debug, Clone)]
pub(crate) struct TaskFile {
    pub(super) path: PathBuf,
    text: String,
    pub(super) id: Option<TaskId>,
    /// The key under which its task is created; written just before that, and replaced by the id.
    pub(super) key: Option<String>,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) role: Option<RoleName>,
    pub(super) priority: Option<Priority>,
    pub(super) complexity: Option<Complexity>,
    pub(super) branch: Option<String>,
    /// Ids of tasks, and names of other files.
    pub(super) blocked_by: Vec<String>,
    pub(super) project: Option<ProjectId>,
    pub(super) flow: Option<String>,
}

/// The fix for a task file of the original Octopoid.
const OF_ORIGINAL: &str = "it is one of the original Octopoid: `octopoid import --folder .octopoid` takes such files up; then move it elsewhere";

/// Returns whether a text begins as the original's task files do: with a heading, and fields below it.
fn is_of_original(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    lines.next().is_some_and(|line| line.starts_with("# "))
        && lines.take(6).any(|line| line.starts_with("ROLE:") || line.starts_with("PRIORITY:"))
}

/// The byte order mark that some editors begin a file with.
const MARK: char = '\u{feff}';

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontMatter {
    id: Option<TaskId>,
    key: Option<String>,
    title: String,
    role: Option<RoleName>,
    priority: Option<Priority>,
    complexity: Option<Complexity>,
    branch: Option<String>,
    #[serde(default)]
    blocked_by: Vec<String>,
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
        if let Some(kind) = other_kind(path) {
            let fix = "put the file itself into .octopoid/tasks";
            return Err(problem(None, kind, fix));
        }
        let text = regular_file::read_to_string(path).map_err(|error| {
            problem(None, format!("the file cannot be read: {error}"), "save it as UTF-8, readable for you")
        })?;
        let fix = "begin with `---`, `title: …` and `---`, and then say what is to be done";
        let plain = text.strip_prefix(MARK).unwrap_or(&text);
        let rest = plain.strip_prefix("---\n").or_else(|| plain.strip_prefix("---\r\n"));
        let Some(rest) = rest else {
            let fix = if is_of_original(plain) { OF_ORIGINAL } else { fix };
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
        let is_plain = |key: &String| {
            (1..=64).contains(&key.len()) && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        };
        if front.key.as_ref().is_some_and(|key| !is_plain(key)) {
            let line = line_of(&text, "key");
            let fix = "remove the line: it is written and removed by Octopoid";
            return Err(problem(line, "the `key` is none".to_owned(), fix));
        }
        if body.trim().is_empty() {
            let line = text.lines().count();
            let fix = "say what is to be done, below the front matter";
            return Err(problem(Some(line), "there is no description".to_owned(), fix));
        }
        Ok(Self {
            path: path.to_owned(),
            id: front.id,
            key: front.key,
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

    /// Returns the line of a field.
    pub(super) fn line_of(&self, field: &str) -> Option<usize> {
        line_of(&self.text, field)
    }

    /// Returns the name by which other files refer to it.
    pub(super) fn stem(&self) -> String {
        stem(&self.path)
    }

    /// Returns the role that works on it.
    pub(super) fn role(&self) -> RoleName {
        self.role.clone().unwrap_or_else(RoleName::implement)
    }

    /// Writes the key under which its task is created into the file, unless it is there: a file that is edited between the
    /// creation and the writing of the id gives the same task.
    pub(super) fn write_key(&mut self) -> io::Result<String> {
        if let Some(key) = &self.key {
            return Ok(key.clone());
        }
        let digest = Sha256::digest(format!("{}\n{}", super::name_of(&self.path), self.text));
        let key: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let text = regular_file::read_to_string(&self.path)?;
        if text != self.text {
            // Somebody writes to it just now; the next look finds what they wrote.
            return Err(io::Error::other("it was changed meanwhile; it is looked at again"));
        }
        let Some((first, rest)) = text.split_once('\n') else { return Ok(key) };
        let text = format!("{first}\nkey: {key}{}\n{rest}", end_of(first));
        self.replace(&text)?;
        (self.text, self.key) = (text, Some(key.clone()));
        Ok(key)
    }

    /// Returns the task to create, under its key and after others.
    pub(super) fn new_task(&self, scope: Scope, person: &str, key: &str, after: Vec<TaskId>) -> NewTask {
        let mut new = NewTask::new(self.title.clone(), self.description.clone())
            .with_scope(scope)
            .with_role(self.role())
            .with_priority(self.priority.unwrap_or_default())
            .with_blocked_by(after)
            .with_author(person.to_owned());
        new.key = Some(format!("task-file-{key}"));
        new.complexity = self.complexity;
        new.branch = self.branch.clone();
        new.attributes.file_path = Some(super::name_of(&self.path));
        new.attributes.project = self.project.clone();
        new.attributes.flow = self.flow.clone();
        new
    }

    /// Writes the task's id into the front matter, in the key's place. Every other byte stays as it is now, also if the file
    /// has changed since it was read.
    pub(super) fn write_id(&self, id: &TaskId) -> io::Result<()> {
        let text = regular_file::read_to_string(&self.path)?;
        // What is no task file any more, or has an id of its own, is not ours to write to.
        let changed = text != self.text;
        let plain = text.strip_prefix(MARK).unwrap_or(&text);
        if changed && Self::read(&self.path).is_ok_and(|file| file.id.is_some()) || !plain.starts_with("---")
        {
            return Ok(());
        }
        let Some((first, rest)) = text.split_once('\n') else { return Ok(()) };
        let key = self.key.as_ref().map(|key| format!("key: {key}"));
        let mut lines: Vec<_> = rest.split_inclusive('\n').collect();
        let ours = lines.iter().position(|line| key.as_deref() == Some(line.trim_end()));
        let front = lines.iter().position(|line| line.trim_end() == "---").unwrap_or(0);
        if let Some(at) = ours.filter(|at| *at < front) {
            lines.remove(at);
        }
        self.replace(&format!("{first}\nid: {id}{}\n{}", end_of(first), lines.concat()))
    }

    /// Replaces the file's text atomically.
    fn replace(&self, text: &str) -> io::Result<()> {
        let permissions = fs::metadata(&self.path)?.permissions();
        replace(&self.path, text.as_bytes(), Some(permissions))
    }
}

/// Returns the name of a file without its extension.
pub(super) fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Returns why a path is not a regular file: the target of a link is not in this folder's history, and may be anything.
fn other_kind(path: &Path) -> Option<String> {
    let facts = fs::symlink_metadata(path).ok()?;
    if facts.is_symlink() {
        let target = fs::read_link(path).map(|target| target.display().to_string()).unwrap_or_default();
        let real = |path: &Path| path.canonicalize().ok();
        let inside =
            real(path).zip(path.parent().and_then(real)).is_some_and(|(to, folder)| to.starts_with(folder));
        let place = if inside { "" } else { ", out of the folder" };
        return Some(format!("it is a link to {target}{place}, and links are not followed"));
    }
    (!facts.is_file()).then(|| "it is not a file".to_owned())
}

/// Returns what a line ends with before its `\n`, by the example of another.
fn end_of(line: &str) -> &'static str {
    if line.ends_with('\r') { "\r" } else { "" }
}

fn line_of(text: &str, field: &str) -> Option<usize> {
    let is_it = |line: &str| line.strip_prefix(field).is_some_and(|rest| rest.trim_start().starts_with(':'));
    text.lines().position(is_it).map(|at| at + 1)
}

/// Splits a text into the front matter and what follows it.
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
            ("---\nkey: a b\ntitle: A\n---\nText.\n", 2, "the `key` is none"),
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
            ("\u{feff}---\ntitle: A\n---\nText.\n", "\u{feff}---\nid: task-7\ntitle: A\n---\nText.\n"),
        ] {
            fs::write(&path, before).unwrap();
            let mut file = TaskFile::read(&path).unwrap();
            let key = file.write_key().unwrap();
            assert_eq!(TaskFile::read(&path).unwrap().key, Some(key.clone()));
            assert_eq!(TaskFile::read(&path).unwrap().write_key().unwrap(), key, "it stays");
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
