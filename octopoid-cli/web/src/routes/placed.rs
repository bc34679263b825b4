//! Review comments at their places by now.

use crate::access::Visit;
use crate::pages::task::TaskView;
use octopoid_core::model::PlacedComment;
use octopoid_core::ops::review::threads;

/// Returns the comments of a task with where each is in its newest work, as far as the repository is here.
pub(super) async fn placed(visit: &Visit, view: &TaskView) -> Vec<PlacedComment> {
    let comments = view.comments.clone();
    let work = view.task().submission.as_ref().and_then(|work| work.base.clone().zip(work.head.clone()));
    let (Some(repository), Some((base, head))) = (visit.shared.repository.clone(), work) else {
        return threads(comments, |_| None);
    };
    if comments.iter().all(|comment| comment.anchor.is_none()) {
        return threads(comments, |_| None);
    }
    let unplaced = comments.clone();
    // Reading objects is work for a thread of its own.
    let reading =
        tokio::task::spawn_blocking(move || repository.place_review_comments(comments, (&base, &head)));
    match reading.await {
        Ok(Ok(placed)) => placed,
        _ => threads(unplaced, |_| None),
    }
}
