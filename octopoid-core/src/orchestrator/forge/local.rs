//! Forge that uses no hosting service: work lands in the repository itself, and on its remote if it has one.

use super::{Forge, Landing, LandingOutcome};
use crate::git::{Advance, GitError, Push, Repository};
use crate::model::CommitId;
use crate::orchestrator::shared::blocking;
use async_trait::async_trait;

/// Forge that moves the base branch of the repository by git's fast-forward rules.
///
/// If the repository has a remote, its branch moves first: the remote decides a race between machines. A checkout of the branch
/// follows only if that loses none of the user's changes; otherwise nothing moves at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalForge;

#[async_trait]
impl Forge for LocalForge {
    fn name(&self) -> &str {
        "local"
    }

    async fn obstacle(
        &self,
        repository: &Repository,
        base_branch: &str,
        work: &CommitId,
    ) -> Result<Option<String>, GitError> {
        let (repository, base_branch, work) = (repository.clone(), base_branch.to_owned(), work.clone());
        blocking(move || repository.checkout_obstacle(&base_branch, &work)).await
    }

    async fn land(&self, landing: &Landing) -> Result<LandingOutcome, GitError> {
        let landing = landing.clone();
        blocking(move || land(&landing)).await
    }
}

fn land(landing: &Landing) -> Result<LandingOutcome, GitError> {
    let Landing { repository, base_branch, commit, .. } = landing;
    let here = repository.tip(base_branch)?;
    if let Some(remote) = &landing.remote {
        // A commit that the local branch cannot follow is not pushed.
        match repository.can_advance(base_branch, &here, commit)? {
            Advance::Blocked { why } => return Ok(LandingOutcome::Deferred { why }),
            Advance::BaseMoved { .. } => return Ok(LandingOutcome::BaseMoved),
            Advance::Moved | Advance::AlreadyThere => {}
        }
        match repository.push(remote, commit, base_branch)? {
            Push::Done => {}
            Push::Rejected { why } => {
                tracing::info!(%why, "the remote's branch has moved in the meantime");
                return Ok(LandingOutcome::BaseMoved);
            }
            Push::Refused { why } => {
                return Ok(LandingOutcome::Closed {
                    why: format!(
                        "{remote} refuses to move `{base_branch}`: {why}. Change that rule; or, where `{base_branch}` only takes \
                         pull requests, set `forge: github`; then let the task go on"
                    ),
                });
            }
        }
    }
    let advanced = match (repository.advance(base_branch, &here, commit), &landing.remote) {
        // As below: what the remote has is not landed a second time because the local branch cannot be advanced.
        (Err(error), Some(_)) => Advance::Blocked { why: error.to_string() },
        (advanced, _) => advanced?,
    };
    match (advanced, &landing.remote) {
        (Advance::Moved | Advance::AlreadyThere, _) => {
            Ok(LandingOutcome::Merged { commit: None, note: None })
        }
        // The remote has the work, so it has landed; the user's branch follows when its checkout allows it.
        (Advance::Blocked { why }, Some(remote)) => Ok(LandingOutcome::Merged {
            commit: None,
            note: Some(format!("{remote} has it; the branch here did not follow: {why}")),
        }),
        (Advance::BaseMoved { .. }, Some(remote)) => Ok(LandingOutcome::Merged {
            commit: None,
            note: Some(format!("{remote} has it; the branch here moved meanwhile")),
        }),
        (Advance::Blocked { why }, None) => Ok(LandingOutcome::Deferred { why }),
        (Advance::BaseMoved { .. }, None) => Ok(LandingOutcome::BaseMoved),
    }
}
