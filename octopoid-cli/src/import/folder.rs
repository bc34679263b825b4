//! Reading an original's folder: task files, drafts and agents. Its state is on its server where it had one; what files say of it is used.

use super::agents;
use super::row::{Row, moment};
use super::source::{Draft, Source, Task, words};
use crate::error::{CliError, Result};
use octopoid_roles::regular_file;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The names of an original's folder in a project.
const NAMES: [&str; 2] = [".octopoid", ".orchestrator"];
/// Where task files are, from its folder or from the project. Folders below are named after queues.
const TASKS: [&str; 3] = ["tasks", "shared/queue", "queue"];
/// Where drafts are.
const DRAFTS: [&str; 3] = ["drafts", "shared/proposals", "project-management/drafts"];
/// Folders that are queues.
const QUEUES: [&str; 11] = [
    "incoming",
    "claimed",
    "provisional",
    "done",
    "failed",
    "blocked",
    "backlog",
    "needs_continuation",
    "rejected",
    "escalated",
    "breakdown",
];

/// Reads a project of the original, or its folder itself.
pub(crate) fn read_folder(folder: &Path) -> Result<Source> {
    if !folder.is_dir() {
        return Err(CliError::usage(format!("there is no folder {}", folder.display()))
            .hint("name the project, or its .octopoid folder"));
    }
    let inside = NAMES.iter().map(|name| folder.join(name)).find(|inner| inner.is_dir());
    let own = inside.clone().unwrap_or_else(|| folder.to_owned());
    let root = match inside {
        Some(_) => folder.to_owned(),
        None if NAMES.iter().any(|name| folder.ends_with(name)) => {
            folder.parent().unwrap_or(folder).to_owned()
        }
        None => folder.to_owned(),
    };
    let name = folder.display().to_string();
    let mut source = Source { name, files: Some(root.clone()), ..Source::default() };
    let mut tasks = BTreeMap::new();
    let places = [&own, &root];
    for path in files(&places, &TASKS, &mut source) {
        read_task(&path, &root, &own, &mut tasks, &mut source);
    }
    source.tasks = tasks.into_values().collect();
    for path in files(&places, &DRAFTS, &mut source) {
        read_draft(&path, &root, &mut source);
    }
    source.agents = agents::of_folder(&own);
    if source.tasks.is_empty() && source.drafts.is_empty() && source.agents.is_none() {
        return Err(CliError::refused(format!(
            "{} holds nothing of the original Octopoid",
            folder.display()
        ))
        .hint(
            "name the project, or its .octopoid folder; tasks that only its server has come with --server",
        ));
    }
    Ok(source)
}

/// The Markdown files of some folders, each once.
fn files(places: &[&PathBuf], folders: &[&str], source: &mut Source) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in places.iter().flat_map(|place| folders.iter().map(|folder| place.join(folder))) {
        walk(&folder, 2, &mut found, source);
    }
    found.sort();
    found.dedup();
    found
}

fn walk(folder: &Path, depth: u32, found: &mut Vec<PathBuf>, source: &mut Source) {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
        Err(error) => return source.skip(folder.display().to_string(), error.to_string()),
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() && !path.is_symlink() && depth > 0 {
            walk(&path, depth - 1, found, source);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

fn read_task(path: &Path, root: &Path, own: &Path, tasks: &mut BTreeMap<String, Task>, source: &mut Source) {
    let name = relative(path, root);
    let text = match regular_file::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return source.skip(name, error.to_string()),
    };
    if text.starts_with("---") {
        return source.skip(name, "it is a task file of ours already: `octopoid sync` takes it up");
    }
    let Some(mut task) = task_of(&text, path) else {
        return source
            .skip(name, "it is no task file: it has no heading with `ROLE:` or `PRIORITY:` below it");
    };
    let folder = path.parent().and_then(Path::file_name).and_then(|folder| folder.to_str());
    task.queue = folder.filter(|folder| QUEUES.contains(folder)).map(str::to_owned).or(task.queue);
    // What the scheduler kept of it beside its worktree.
    let kept = own.join("runtime/tasks").join(&task.id).join("task.json");
    if let Some(row) = json(&kept).map(Row)
        && let Some(kept) = Task::of(&row)
    {
        let (content, created_by) = (task.content.take(), task.created_by.take());
        task = Task { id: task.id, content, created_by, queue: kept.queue.clone().or(task.queue), ..kept };
    }
    task.file_path = Some(name.clone());
    if tasks.contains_key(&task.id) {
        return source.skip(name, format!("another file is the task {} too", task.id));
    }
    tasks.insert(task.id.clone(), task);
}

/// Reads a task file: a heading, lines of fields, and the rest.
fn task_of(text: &str, path: &Path) -> Option<Task> {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let (heading, rest) = text.trim_start().split_once('\n')?;
    let heading = heading.strip_prefix("# ")?.trim();
    let stem = path.file_stem()?.to_str()?;
    let (id, title) = match heading.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((id, title)) => (id.trim().to_owned(), title.trim().to_owned()),
        None => (stem.to_owned(), heading.to_owned()),
    };
    let (mut fields, mut body) = (BTreeMap::new(), Vec::new());
    for line in rest.lines() {
        match line.split_once(':').filter(|(name, _)| body.is_empty() && is_field(name)) {
            Some((name, value)) => drop(fields.insert(name.to_owned(), value.trim().to_owned())),
            None if body.is_empty() && line.trim().is_empty() => {}
            None => body.push(line),
        }
    }
    if !["ROLE", "PRIORITY", "CREATED", "BRANCH"].iter().any(|name| fields.contains_key(*name)) {
        return None;
    }
    // Moved files got their fields at the end.
    while let Some((name, value)) = body.last().and_then(|line| line.split_once(':'))
        && is_field(name)
    {
        fields.insert(name.to_owned(), value.trim().to_owned());
        body.pop();
        while body.last().is_some_and(|line| line.trim().is_empty()) {
            body.pop();
        }
    }
    let mut take = |name: &str| fields.remove(name).filter(|value| !value.is_empty());
    let blocked_by = take("BLOCKED_BY").or_else(|| take("DEPENDS_ON"));
    let done = take("COMPLETED_AT").map(|_| "done".to_owned());
    Some(Task {
        id: id.strip_prefix("TASK-").unwrap_or(&id).to_owned(),
        title: Some(if title.is_empty() { id } else { title }),
        queue: take("QUEUE").or(done),
        priority: take("PRIORITY"),
        complexity: take("COMPLEXITY"),
        role: take("ROLE"),
        branch: take("BRANCH"),
        blocked_by: blocked_by.map(|text| ids(&text)).unwrap_or_default(),
        project: take("PROJECT_ID").or_else(|| take("PROJECT")),
        claimed_by: take("CLAIMED_BY"),
        created_by: take("CREATED_BY"),
        created_at: take("CREATED").as_deref().and_then(moment),
        kind: take("TYPE"),
        checks: take("CHECKS"),
        pull_request: take("PR_URL").or_else(|| take("PR_NUMBER").map(|number| format!("#{number}"))),
        content: Some(body.join("\n").trim().to_owned()).filter(|body| !body.is_empty()),
        ..Task::default()
    })
}

fn ids(text: &str) -> Vec<String> {
    words(text).into_iter().map(|id| id.strip_prefix("TASK-").unwrap_or(&id).to_owned()).collect()
}

fn is_field(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}

fn read_draft(path: &Path, root: &Path, source: &mut Source) {
    let name = relative(path, root);
    let text = match regular_file::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return source.skip(name, error.to_string()),
    };
    let heading = text.lines().find_map(|line| line.strip_prefix("# "));
    let title = heading.map(|heading| heading.trim().trim_start_matches("Proposal:").trim().to_owned());
    let field = |wanted: &str| {
        let line = |line: &str| Some(line.trim().strip_prefix(&format!("**{wanted}:**"))?.trim().to_owned());
        text.lines().take(20).find_map(line)
    };
    let folder = path.parent().and_then(Path::file_name).and_then(|folder| folder.to_str());
    let of_folder = match folder {
        Some("rejected") => Some("archived"),
        Some("promoted") => Some("approved"),
        Some("deferred" | "active") => Some("idea"),
        _ => None,
    };
    source.drafts.push(Draft {
        id: name.clone(),
        title: title.or_else(|| Some(path.file_stem()?.to_string_lossy().into_owned())),
        status: field("Status").map(|status| status.to_lowercase()).or(of_folder.map(str::to_owned)),
        author: field("Author").or_else(|| field("Proposer")),
        domain: field("Category").or_else(|| field("Domain")),
        file_path: Some(name),
        body: Some(text),
        ..Draft::default()
    });
}

fn json(path: &Path) -> Option<serde_json::Map<String, Value>> {
    serde_json::from_slice(&regular_file::read(path).ok()?).ok()
}

fn relative(path: &Path, root: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_file_is_read_with_its_fields_at_both_ends() {
        let text = "# [TASK-a1b2] Add input validation\n\nROLE: implement\nPRIORITY: P1\nBRANCH: main\nCREATED: 2024-01-15T10:30:00Z\n\
                    CREATED_BY: pm-agent\nBLOCKED_BY: TASK-c3, d4\n\n## Context\nNOTE: this is text.\n\nMore.\n\nCLAIMED_BY: implementer-1\n";
        let task = task_of(text, Path::new("TASK-a1b2.md")).unwrap();
        assert_eq!((task.id.as_str(), task.title.as_deref()), ("a1b2", Some("Add input validation")));
        assert_eq!(
            (task.priority.as_deref(), task.claimed_by.as_deref()),
            (Some("P1"), Some("implementer-1"))
        );
        assert_eq!(task.blocked_by, ["c3", "d4"]);
        assert_eq!(task.content.as_deref(), Some("## Context\nNOTE: this is text.\n\nMore."));
        let plain =
            task_of("# refactor-08: Create it\n\nROLE: implement\n\nDo it.\n", Path::new("refactor-08.md"))
                .unwrap();
        assert_eq!(
            (plain.id.as_str(), plain.title.as_deref()),
            ("refactor-08", Some("refactor-08: Create it"))
        );
        assert!(task_of("# Notes\n\nSome text: here.\n", Path::new("notes.md")).is_none());
    }
}
