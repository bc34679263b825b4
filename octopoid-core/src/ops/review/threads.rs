//! Comments with their replies.

use crate::model::{PlacedComment, Position, ReviewComment};

/// Returns comments with their replies, in the order of the comments; `position` says where each is.
pub fn threads(
    comments: Vec<ReviewComment>,
    mut position: impl FnMut(&ReviewComment) -> Option<Position>,
) -> Vec<PlacedComment> {
    let (replies, comments): (Vec<_>, Vec<_>) = comments.into_iter().partition(|one| one.parent.is_some());
    let thread = |comment: ReviewComment| {
        let (place, id) = (position(&comment), comment.id);
        let replies = replies.iter().filter(|reply| reply.parent == Some(id)).cloned().collect();
        PlacedComment::new(comment, place, replies)
    };
    comments.into_iter().map(thread).collect()
}
