//! Ideas of a role, filed as drafts for people to look at.

use crate::model::{DraftStatus, NewDraft, ProposedDraft, StepStatus};
use crate::orchestrator::run::retry::store_backoff;
use crate::orchestrator::run::{RunAbort, RunContext, Settlement};
use crate::store::{DraftQuery, StoreError};
use crate::transition::Command;
use std::collections::BTreeSet;

impl RunContext {
    /// Files the ideas that the role has not had before. Then the task is done: nothing of it is to be merged.
    pub(in crate::orchestrator::run) async fn propose(
        &mut self,
        drafts: Vec<ProposedDraft>,
    ) -> Result<Settlement, RunAbort> {
        let mut backoff = store_backoff();
        let filed = loop {
            self.check()?;
            match self.file(&drafts).await {
                Ok(filed) => break filed,
                Err(error) if error.is_undecided() && self.pause(&mut backoff, &error).await => {}
                Err(error) => return Err(self.abort_reason(&error)),
            }
        };
        let known = drafts.len() - filed;
        self.record("propose", StepStatus::Done, format!("{filed} drafts filed, {known} known before"))?;
        Ok(Settlement { command: Command::Accept { actor: self.holder(), landed: None }, pause: None })
    }

    /// A title that this role has used before is the same idea, whatever became of it: also after a crash between two of
    /// them nothing is filed twice.
    async fn file(&self, drafts: &[ProposedDraft]) -> Result<usize, StoreError> {
        let author = self.entry.run.role.as_ref().map_or_else(|| "role".to_owned(), ToString::to_string);
        let mut known = self.titles_by(&author).await?;
        let mut filed = 0;
        for draft in drafts {
            let title = self.log.clean(draft.title.trim().lines().next().unwrap_or_default());
            if !known.insert(title.clone()) {
                continue;
            }
            let mut new = NewDraft::new(self.task.scope.clone(), title, &author);
            new.status = DraftStatus::Idea;
            new.body = Some(self.log.clean(&draft.body)).filter(|body| !body.trim().is_empty());
            self.shared.store.create_draft(new).await?;
            filed += 1;
        }
        Ok(filed)
    }

    async fn titles_by(&self, author: &str) -> Result<BTreeSet<String>, StoreError> {
        let mut query = DraftQuery::new(self.task.scope.clone());
        query.author = Some(author.to_owned());
        let mut titles = BTreeSet::new();
        loop {
            let page = self.shared.store.list_drafts(&query).await?;
            query.offset += page.items.len() as u64;
            let more = !page.items.is_empty() && query.offset < page.total;
            titles.extend(page.items.into_iter().map(|draft| draft.title));
            if !more {
                return Ok(titles);
            }
        }
    }
}
