//! Reading a diff as it was handed in, where there is no repository.

use crate::artifacts::Artifacts;
use crate::error::{CliError, Kind, Result};
use crate::rounds::{kept_diff, placed_in};
use crate::tui::desk::Desk;
use crate::tui::event::{Changes, Data};
use octopoid_core::model::TaskId;
use octopoid_core::ops::rounds_of;

/// Reads the diff that was handed in with a round of a task, the newest without a number, from the server.
pub(super) async fn handed_in(desk: &Desk, task: &TaskId, number: Option<u32>) -> Result<Data> {
    let (task, rounds) = rounds_of(&*desk.store, &desk.scope, task).await?;
    let Some(newest) = rounds.last() else {
        return Ok(Data::Nothing(format!("nothing of {} has been submitted yet", task.id)));
    };
    let round = number.map_or(Some(newest), |number| rounds.iter().find(|round| round.number == number));
    let round = round.ok_or_else(|| CliError::new(Kind::NotFound, "there is no such round"))?;
    let artifacts = Artifacts::new(None, desk.artifacts.clone());
    let Some(diff) = kept_diff(&artifacts, &task, round).await? else {
        let words = "there is no repository here to read the commits from,\nand the server has no diff that was handed in";
        return Ok(Data::Nothing(words.to_owned()));
    };
    let comments = desk.store.review_comments(&desk.scope, &task.id).await?;
    let note = match &round.base {
        Some(_) => {
            "as it was handed in: without a repository, comments are possible on the lines that it shows"
        }
        None => "as it was handed in; comments need a repository that has the commits",
    };
    Ok(Data::Diff(Changes {
        diff,
        round: round.number,
        newest: newest.number,
        head: Some(round.head.clone()),
        since: None,
        note: Some(note.to_owned()),
        comments: placed_in(newest, comments),
    }))
}
