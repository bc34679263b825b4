//! The diff that a run has kept of its work, for where the commits are not at hand.

use crate::args::CodePlace;
use crate::artifacts::Artifacts;
use crate::error::{CliError, Kind, Result};
use octopoid_core::model::{
    Anchor, ArtifactKey, ArtifactKind, Change, Diff, FileDiff, PlacedComment, Position, ReviewComment, Side,
    Task,
};
use octopoid_core::ops::Round;
use octopoid_core::ops::diff::parse;
use octopoid_core::ops::review::{anchor_in, threads};

/// Reads the diff that was kept of a round, here or on the server; none where there is none.
pub(crate) async fn kept_diff(artifacts: &Artifacts, task: &Task, round: &Round) -> Result<Option<Diff>> {
    let Some(run) = &round.run else { return Ok(None) };
    let key = ArtifactKey::new(task.scope.clone(), task.id.clone(), run.clone(), ArtifactKind::Diff);
    Ok(artifacts.text(&key).await?.map(|text| parse(&text)))
}

/// Returns the anchor of some lines of a round, from its diff alone.
///
/// # Errors
/// The diff does not show the lines; the commit below the round is not recorded.
pub(crate) fn kept_anchor(diff: &Diff, round: &Round, place: &CodePlace) -> Result<Anchor> {
    let (path, side) = (&place.path, place.side);
    let Some(base) = &round.base else {
        let message = format!(
            "it is not recorded on which commit round {} stands, so its lines cannot be named without its commits",
            round.number
        );
        return Err(CliError::refused(message).hint("comment in a repository that has the commits"));
    };
    let is_it = |file: &&FileDiff| match (side, &file.old_path) {
        (Side::Old, Some(old)) => old == path,
        _ => file.path == *path,
    };
    let (file, work) = (diff.files.iter().find(is_it), (base.clone(), round.head.clone()));
    let anchor = file.and_then(|file| match place.lines {
        Some(lines) => anchor_in(file, side, lines, work),
        None if file.change == Change::Deleted => Some(Anchor::of_whole_file(path, Side::Old, work)),
        None => Some(Anchor::of_whole_file(path, side, work)),
    });
    anchor.ok_or_else(|| {
        let message = format!("the diff that was kept does not show {place} in one piece");
        CliError::new(Kind::NotFound, message)
            .hint("without the commits, only lines that stand together in the diff can be commented on")
    })
}

/// Returns review comments with where they are in a round whose commits are not at hand: those that were made for these very
/// commits are where they were, of the others nothing is known (I40).
pub(crate) fn placed_in(round: &Round, comments: Vec<ReviewComment>) -> Vec<PlacedComment> {
    threads(comments, |comment| {
        let anchor = comment.anchor.as_ref()?;
        let commit = match anchor.side {
            Side::Old => round.base.as_ref(),
            Side::New => Some(&round.head),
        };
        (commit == Some(anchor.commit())).then_some(Position::Same)
    })
}
