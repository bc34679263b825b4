//! Review comments with their places by now.

use super::shown::quoted_name;
use super::{LineRange, ReviewComment};
use serde::{Deserialize, Serialize};

/// Where the lines that a comment was made for are by now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "position", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Position {
    /// Where they were.
    Same,
    /// In another place, unchanged.
    Moved {
        /// Path of the file.
        path: String,
        /// Lines; `None` for the file as such.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lines: Option<LineRange>,
    },
    /// Nowhere that is certain: they were changed or removed, or the same lines are in several places.
    Outdated,
}

/// Review comment, where it is by now, and what was replied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlacedComment {
    /// Comment.
    pub comment: ReviewComment,
    /// Where it is in the work as it is now; `None` for a comment on the work as a whole, and where the work is not at hand.
    #[serde(flatten)]
    pub position: Option<Position>,
    /// Replies, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replies: Vec<ReviewComment>,
}

impl PlacedComment {
    /// Returns a comment with its replies at a place.
    pub fn new(comment: ReviewComment, position: Option<Position>, replies: Vec<ReviewComment>) -> Self {
        Self { comment, position, replies }
    }

    /// Returns the path and the lines, if it is not about the file as such, at which to show it; `None` where it is outdated, or on the work as a whole.
    pub fn place(&self) -> Option<(&str, Option<LineRange>)> {
        let anchor = self.comment.anchor.as_ref()?;
        match self.position.as_ref()? {
            Position::Same => Some((&anchor.path, anchor.lines)),
            Position::Moved { path, lines } => Some((path, *lines)),
            Position::Outdated => None,
        }
    }

    /// Returns the name of its place, where it is by now or else was, such as `src/a.rs:12-14`; a path alone for a file as such, and
    /// `None` for the work as a whole.
    pub fn place_name(&self) -> Option<String> {
        let anchor = self.comment.anchor.as_ref()?;
        let (path, lines) = self.place().unwrap_or((&anchor.path, anchor.lines));
        Some(place_name(path, lines))
    }
}

/// Returns the name of a place, such as `src/a.rs:12-14`; a path with special characters is quoted.
pub fn place_name(path: &str, lines: Option<LineRange>) -> String {
    match lines {
        Some(lines) => format!("{}:{lines}", quoted_name(path)),
        None => quoted_name(path).into_owned(),
    }
}
