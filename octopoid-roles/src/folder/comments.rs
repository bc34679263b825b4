//! Review comments, for a prompt.

use super::changes::on_one_line;
use super::text::own;
use minijinja::value::Value as Own;
use octopoid_core::model::{PlacedComment, ReviewComment, Side};
use octopoid_core::ops::diff::quoted_name;
use octopoid_core::role::{RoleContext, RoleError};
use serde::Serialize;

/// The name of the file that has all comments.
const FILE: &str = "review-comments.json";

#[derive(Debug, Serialize)]
pub(super) struct CommentView {
    number: u64,
    severity: Own,
    author: String,
    path: Option<String>,
    lines: Option<Own>,
    side: Own,
    outdated: bool,
    code: String,
    body: String,
    replacement: Option<String>,
    replies: Option<String>,
}

impl CommentView {
    pub(super) fn of(placed: &PlacedComment) -> Self {
        let (comment, anchor) = (&placed.comment, placed.comment.anchor.as_ref());
        let place = placed.place();
        let path = place.map(|(path, _)| path).or_else(|| anchor.map(|anchor| anchor.path.as_str()));
        let side = match anchor.map(|anchor| anchor.side) {
            Some(Side::Old) => "old",
            Some(Side::New) | None => "new",
        };
        let reply = |reply: &ReviewComment| format!("{}: {}", on_one_line(reply.author.name()), reply.body);
        let replies: Vec<String> = placed.replies.iter().map(reply).collect();
        Self {
            number: comment.id,
            severity: own(comment.severity.as_str()),
            author: on_one_line(comment.author.name()),
            path: path.map(|path| on_one_line(&quoted_name(path))),
            lines: place.and_then(|(_, lines)| lines).map(|lines| own(lines.to_string())),
            side: own(side),
            outdated: anchor.is_some() && place.is_none(),
            code: anchor.map(|anchor| anchor.text.clone()).unwrap_or_default(),
            body: comment.words().to_owned(),
            replacement: comment.replacement.clone(),
            replies: (!replies.is_empty()).then(|| replies.join("\n\n")),
        }
    }
}

/// Keeps the comments of a run in a file beside its prompt, and returns its path; `None` without comments.
pub(super) async fn keep(context: &RoleContext) -> Result<Option<String>, RoleError> {
    if context.comments.is_empty() {
        return Ok(None);
    }
    let mut text = serde_json::to_string_pretty(&context.comments).map_err(|error| RoleError::Host {
        message: "the review comments cannot be written as JSON".to_owned(),
        source: Some(Box::new(error)),
    })?;
    text.push('\n');
    Ok(Some(context.host.keep_file(FILE, &text).await?.display().to_string()))
}
