//! What an original keeps, in its own words.

use super::row::{Row, moment};
use octopoid_core::model::Timestamp;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Everything that was read.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// Where it was read, for people.
    pub(crate) name: String,
    pub(super) projects: Vec<Project>,
    pub(super) tasks: Vec<Task>,
    pub(super) drafts: Vec<Draft>,
    pub(super) messages: Vec<Message>,
    /// What could not be read, and why.
    pub(super) skipped: Vec<Skipped>,
    /// The folder to which paths of files are relative.
    pub(super) files: Option<PathBuf>,
    /// Its agents, as an `agents.yaml` of ours.
    pub(crate) agents: Option<String>,
}

/// Something that is not imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Skipped {
    pub(crate) what: String,
    pub(crate) why: String,
}

impl Source {
    /// With the folder to which paths of files are relative.
    #[must_use]
    pub(crate) fn with_files(mut self, folder: &Path) -> Self {
        self.files = Some(folder.to_owned());
        self
    }

    pub(super) fn skip(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.skipped.push(Skipped { what: what.into(), why: why.into() });
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct Project {
    pub(super) id: String,
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) status: Option<String>,
    pub(super) branch: Option<String>,
    pub(super) base_branch: Option<String>,
    pub(super) auto_accept: bool,
    pub(super) created_by: Option<String>,
}

impl Project {
    pub(super) fn of(row: &Row) -> Option<Self> {
        Some(Self {
            id: row.text("id")?,
            title: row.text("title"),
            description: row.text("description"),
            status: row.text("status"),
            branch: row.text("branch"),
            base_branch: row.text("base_branch"),
            auto_accept: row.flag("auto_accept"),
            created_by: row.text("created_by"),
        })
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct Task {
    pub(super) id: String,
    pub(super) title: Option<String>,
    /// Where it stands; none where the source does not say.
    pub(super) queue: Option<String>,
    pub(super) priority: Option<String>,
    pub(super) complexity: Option<String>,
    pub(super) role: Option<String>,
    pub(super) branch: Option<String>,
    pub(super) blocked_by: Vec<String>,
    pub(super) content: Option<String>,
    pub(super) file_path: Option<String>,
    pub(super) project: Option<String>,
    pub(super) auto_accept: bool,
    pub(super) needs_breakdown: bool,
    pub(super) flow: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) hooks: Option<String>,
    pub(super) checks: Option<String>,
    pub(super) check_results: Option<String>,
    pub(super) notes: Option<String>,
    pub(super) claimed_by: Option<String>,
    pub(super) pull_request: Option<String>,
    pub(super) attempts: u64,
    pub(super) rejections: u64,
    pub(super) created_by: Option<String>,
    pub(super) created_at: Option<Timestamp>,
}

impl Task {
    pub(super) fn of(row: &Row) -> Option<Self> {
        let number = row.text("pr_number").map(|number| format!("#{number}"));
        Some(Self {
            id: row.text("id")?,
            title: row.text("title"),
            queue: row.text("queue"),
            priority: row.text("priority"),
            complexity: row.text("complexity"),
            role: row.text("role"),
            branch: row.text("branch"),
            blocked_by: row.text("blocked_by").map(|text| words(&text)).unwrap_or_default(),
            content: row.text("content"),
            file_path: row.text("file_path"),
            project: row.text("project_id"),
            auto_accept: row.flag("auto_accept"),
            needs_breakdown: row.flag("needs_breakdown"),
            flow: row.text("flow"),
            kind: row.text("type"),
            hooks: row.text("hooks"),
            checks: row.text("checks"),
            check_results: row.text("check_results"),
            notes: row.text("execution_notes"),
            claimed_by: row.text("claimed_by"),
            pull_request: row.text("pr_url").or(number),
            attempts: row.count("attempt_count"),
            rejections: row.count("rejection_count"),
            created_by: None,
            created_at: row.text("created_at").as_deref().and_then(moment),
        })
    }
}

/// Words with commas between them.
pub(super) fn words(text: &str) -> Vec<String> {
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty() && *word != "none");
    words.map(str::to_owned).collect()
}

#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    pub(super) id: String,
    pub(super) title: Option<String>,
    pub(super) status: Option<String>,
    pub(super) author: Option<String>,
    pub(super) domain: Option<String>,
    pub(super) file_path: Option<String>,
    pub(super) body: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) task: Option<String>,
    pub(super) project: Option<String>,
}

impl Draft {
    pub(super) fn of(row: &Row) -> Option<Self> {
        Some(Self {
            id: row.text("id")?,
            title: row.text("title"),
            status: row.text("status"),
            author: row.text("author"),
            domain: row.text("domain"),
            file_path: row.text("file_path"),
            body: None,
            tags: row.words("tags"),
            task: row.text("linked_task_id"),
            project: row.text("linked_project_id"),
        })
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) task: String,
    pub(super) from: String,
    pub(super) to: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) content: String,
    pub(super) parent: Option<String>,
    pub(super) at: Option<Timestamp>,
}

impl Message {
    pub(super) fn of(row: &Row) -> Option<Self> {
        Some(Self {
            id: row.text("id")?,
            task: row.text("task_id")?,
            from: row.text("from_actor").unwrap_or_else(|| "unknown".to_owned()),
            to: row.text("to_actor"),
            kind: row.text("type"),
            content: row.text("content")?,
            parent: row.text("parent_message_id"),
            at: row.text("created_at").as_deref().and_then(moment),
        })
    }
}
