//! Reading a diff as it was handed in.

use crate::error::Result;
use crate::tui::desk::Desk;
use crate::tui::event::Data;
use octopoid_core::model::{ArtifactKind, TaskId};

/// The longest diff that is shown.
const MOST: u64 = 4 << 20;

/// Reads the diff that the newest run of a task has handed in, from the server. `why` says why the commits are not read.
pub(super) async fn handed_in(desk: &Desk, task: &TaskId, why: &str) -> Result<Data> {
    let Some(artifacts) = &desk.artifacts else { return Ok(Data::Nothing(why.to_owned())) };
    let all = artifacts.list(&desk.scope, task).await?;
    let diffs = all.iter().filter(|one| one.kind == ArtifactKind::Diff);
    let Some(newest) = diffs.max_by_key(|one| super::log::number(task, &one.run)) else {
        let words = "and the server has no diff that was handed in";
        return Ok(Data::Nothing(format!("{why},\n{words}")));
    };
    let (key, mut bytes) = (newest.key(), Vec::new());
    while (bytes.len() as u64) < MOST {
        let part = artifacts.read(&key, bytes.len() as u64, MOST).await?;
        if part.bytes.is_empty() {
            break;
        }
        bytes.extend(part.bytes);
    }
    Ok(Data::Patch(String::from_utf8_lossy(&bytes).into_owned()))
}
