//! Types of GitHub's responses, with the fields that are read here.

use serde::Deserialize;

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Pull {
    pub(super) number: u64,
    pub(super) html_url: String,
    pub(super) state: String,
    #[serde(default)]
    pub(super) merged: bool,
    #[serde(default)]
    pub(super) merged_at: Option<String>,
    pub(super) merge_commit_sha: Option<String>,
    pub(super) body: Option<String>,
    pub(super) head: Head,
}

impl Pull {
    /// Returns whether the pull request is merged. In a listing only `merged_at` is set.
    pub(super) fn is_merged(&self) -> bool {
        self.merged || self.merged_at.is_some()
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Head {
    pub(super) sha: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct User {
    pub(super) login: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Review {
    pub(super) id: u64,
    pub(super) user: Option<User>,
    pub(super) state: String,
    pub(super) body: Option<String>,
    pub(super) html_url: String,
    #[serde(default)]
    pub(super) author_association: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Remark {
    pub(super) user: Option<User>,
    pub(super) body: String,
    pub(super) html_url: String,
    pub(super) path: Option<String>,
    pub(super) line: Option<u32>,
    /// Line in the commit that the comment was made for; `line` is missing once that is outdated.
    pub(super) original_line: Option<u32>,
    pub(super) original_start_line: Option<u32>,
    pub(super) original_commit_id: Option<String>,
    /// `LEFT` is the base.
    pub(super) side: Option<String>,
    pub(super) pull_request_review_id: Option<u64>,
    #[serde(default)]
    pub(super) author_association: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct CombinedStatus {
    #[serde(default)]
    pub(super) statuses: Vec<Status>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Status {
    pub(super) context: String,
    pub(super) state: String,
    pub(super) description: Option<String>,
    pub(super) target_url: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct CheckRuns {
    #[serde(default)]
    pub(super) check_runs: Vec<CheckRun>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct CheckRun {
    pub(super) name: String,
    pub(super) status: String,
    pub(super) conclusion: Option<String>,
    pub(super) html_url: Option<String>,
    #[serde(default)]
    pub(super) output: Output,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Output {
    pub(super) title: Option<String>,
    pub(super) summary: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Merged {
    pub(super) sha: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Event {
    pub(super) event: String,
    pub(super) created_at: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Comment {
    #[serde(default)]
    pub(super) body: String,
    pub(super) html_url: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct FoundIssue {
    pub(super) number: u64,
    pub(super) title: String,
    pub(super) html_url: String,
    pub(super) body: Option<String>,
    pub(super) user: Option<User>,
    /// Set if the issue is a pull request.
    pub(super) pull_request: Option<serde_json::Value>,
}
