//! The step `propose`: ideas of a role, filed as drafts for people to look at.

use crate::model::{DraftStatus, NewDraft, ProposedDraft, StepStatus};
use crate::orchestrator::run::abort::RunAbort;
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::notes::Note;
use crate::orchestrator::run::retry::{pause, store_backoff};
use crate::store::{DraftQuery, StoreError};
use crate::transition::Command;
use std::collections::BTreeSet;

/// The step's name.
const STEP: &str = "propose";

/// Files the ideas that the role has not had before. Then the task is done: nothing of it is to be merged.
pub(in crate::orchestrator::run) async fn propose(
    context: &RunContext,
    drafts: &[ProposedDraft],
) -> Result<(Note, Command), RunAbort> {
    let mut backoff = store_backoff();
    let filed = loop {
        context.check()?;
        match file(context, drafts).await {
            Ok(filed) => break filed,
            Err(error) if error.is_undecided() && pause(context, &mut backoff, &error).await => {}
            Err(error) => return Err(error.into()),
        }
    };
    let words = format!("{filed} drafts filed, {} known before", drafts.len() - filed);
    let done = Command::Accept { actor: context.holder(), landed: None };
    Ok((Note::new(STEP, StepStatus::Done, words), done))
}

/// Files drafts, and returns how many. A title that this role has used before is the same idea, whatever became of it: also after a
/// crash between two of them nothing is filed twice.
async fn file(context: &RunContext, drafts: &[ProposedDraft]) -> Result<usize, StoreError> {
    let author = context.role.as_ref().map_or_else(|| "role".to_owned(), ToString::to_string);
    let mut known = titles_by(context, &author).await?;
    let mut filed = 0;
    for draft in drafts {
        let title = context.log.clean(draft.title.trim().lines().next().unwrap_or_default());
        if !known.insert(title.clone()) {
            continue;
        }
        let mut new = NewDraft::new(context.task.scope.clone(), title, &author);
        new.status = DraftStatus::Idea;
        new.body = Some(context.log.clean(&draft.body)).filter(|body| !body.trim().is_empty());
        context.shared.store.create_draft(new).await?;
        filed += 1;
    }
    Ok(filed)
}

async fn titles_by(context: &RunContext, author: &str) -> Result<BTreeSet<String>, StoreError> {
    let mut query = DraftQuery::new(context.task.scope.clone());
    query.author = Some(author.to_owned());
    let mut titles = BTreeSet::new();
    loop {
        let page = context.shared.store.list_drafts(&query).await?;
        query.offset += page.items.len() as u64;
        let more = !page.items.is_empty() && query.offset < page.total;
        titles.extend(page.items.into_iter().map(|draft| draft.title));
        if !more {
            return Ok(titles);
        }
    }
}
