//! The submitted work of a task, read from the repository on this machine.

mod kept;

pub(crate) use kept::{kept_anchor, kept_diff, placed_in};

use crate::args::CodePlace;
use crate::artifacts::Artifacts;
use crate::context::Context;
use crate::error::{CliError, Kind, Result, with_causes};
use crate::git::Git;
use crate::installation::Installation;
use octopoid_core::git::{self, Interdiff, Repository, Version};
use octopoid_core::model::{Anchor, CommitId, Diff, PlacedComment, ReviewComment, Side, Task, TaskId};
use octopoid_core::ops::{Round, landing_of, last_reviewed, rounds_of};
use octopoid_core::store::Store;

/// The rounds of a task, with the repository that has their commits.
#[derive(Debug)]
pub(crate) struct Rounds {
    pub(crate) task: Task,
    /// Oldest first; never empty.
    pub(crate) all: Vec<Round>,
    repository: Result<Repository, git::GitError>,
    context: Context,
}

/// What a diff compares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Compared {
    pub(crate) from: CommitId,
    pub(crate) to: CommitId,
    /// The changes.
    pub(crate) diff: Diff,
    /// What the reader has to know about it.
    pub(crate) note: Option<String>,
}

impl Rounds {
    /// Reads the rounds of a task.
    ///
    /// # Errors
    /// Nothing was submitted yet.
    pub(crate) async fn read(
        installation: &Installation,
        store: &dyn Store,
        id: &TaskId,
        context: &Context,
    ) -> Result<Self> {
        let (task, all) = rounds_of(store, &installation.scope(), id).await?;
        if all.is_empty() {
            let worktree = installation.layout.worktree(id);
            let hint = if worktree.exists() {
                format!("what there is so far is in its worktree: `git -C {} diff`", worktree.display())
            } else {
                format!("`octopoid show {id}` says where it stands")
            };
            let message = format!("nothing of {id} has been submitted: it is in `{}`", task.place());
            return Err(CliError::refused(message).hint(hint));
        }
        let git = git::Git::new(context.environment.variables.clone());
        let repository = Repository::open(installation.repository(), git);
        Ok(Self { task, all, repository, context: context.clone() })
    }

    /// Returns the repository, which has the commits.
    fn repository(&self) -> Result<&Repository> {
        self.repository.as_ref().map_err(|error| {
            CliError::new(Kind::NotFound, with_causes(error))
                .hint("the commits are read from the repository: run this where `repo.path` leads to it")
        })
    }

    /// Returns a round by its number; the newest without one.
    pub(crate) fn round(&self, number: Option<u32>) -> Result<&Round> {
        let newest = &self.all[self.all.len() - 1];
        let Some(number) = number else { return Ok(newest) };
        self.all.iter().find(|round| round.number == number).ok_or_else(|| {
            let hint = match self.all.len() {
                1 => "there is one round".to_owned(),
                count => format!("there are rounds 1 to {count}"),
            };
            CliError::new(Kind::NotFound, format!("{} has no round {number}", self.task.id)).hint(hint)
        })
    }

    /// Returns what a round changes.
    ///
    /// # Errors
    /// Its commits are not in the repository any more, or not yet.
    pub(crate) fn diff(&self, round: &Round) -> Result<Compared> {
        let (from, to) = (self.base(round)?, self.commit(&round.head, round)?);
        let diff = self.repository()?.diff(&from, &to).map_err(unreadable)?;
        Ok(Compared { from, to, diff, note: None })
    }

    /// Returns what the newest round changes since the one that was reviewed last, without what the base branch has gained.
    ///
    /// # Errors
    /// No earlier round was reviewed; as [`Rounds::diff`].
    pub(crate) fn since_review(&self) -> Result<(&Round, Compared)> {
        let (id, newest) = (&self.task.id, self.round(None)?);
        let Some(reviewed) = last_reviewed(&self.all) else {
            return Err(CliError::refused(format!("no earlier round of {id} has been reviewed"))
                .hint(format!("`octopoid diff {id}` shows the whole change")));
        };
        let ((base, old), (onto, new)) = (self.commits(reviewed)?, self.commits(newest)?);
        let (older, newer) = (Version::new(&base, &old), Version::new(&onto, &new));
        let (diff, note) = match self.repository()?.interdiff(older, newer).map_err(unreadable)? {
            Interdiff::OfWork(diff) => (diff, None),
            Interdiff::WithBase(diff) => {
                let words = "the reviewed round conflicts with the newer base, so changes of the base branch are in this diff too";
                (diff, Some(words.to_owned()))
            }
        };
        Ok((reviewed, Compared { from: old, to: new, diff, note }))
    }

    /// Returns what was compared as `git apply` takes it, byte for byte; none where the commits are not here.
    pub(crate) fn patch(&self, compared: &Compared, since_review: bool) -> Result<Option<Vec<u8>>> {
        let Ok(repository) = self.repository() else { return Ok(None) };
        if let Some(reviewed) = last_reviewed(&self.all).filter(|_| since_review) {
            let ((base, old), (onto, new)) = (self.commits(reviewed)?, self.commits(self.round(None)?)?);
            let (older, newer) = (Version::new(&base, &old), Version::new(&onto, &new));
            return repository.interdiff_patch(older, newer).map(Some).map_err(unreadable);
        }
        let (from, to) = (&compared.from, &compared.to);
        match repository.has_commit(from) && repository.has_commit(to) {
            true => repository.patch(from, to).map(Some).map_err(unreadable),
            false => Ok(None),
        }
    }

    /// Returns the commit that a round stands on, and its newest one.
    fn commits(&self, round: &Round) -> Result<(CommitId, CommitId)> {
        Ok((self.base(round)?, self.commit(&round.head, round)?))
    }

    /// Returns the anchor of a place in the newest round.
    ///
    /// # Errors
    /// The round does not have this place; as [`Rounds::diff`].
    fn anchor(&self, place: &CodePlace) -> Result<Anchor> {
        let (base, head) = self.commits(self.round(None)?)?;
        let (repository, work) = (self.repository()?, (&base, &head));
        let found = match place.lines {
            Some(lines) => repository.review_anchor(work, &place.path, place.side, lines),
            // What was deleted is only in the base.
            None => match repository.review_file_anchor(work, &place.path, place.side) {
                Ok(None) => repository.review_file_anchor(work, &place.path, Side::Old),
                found => found,
            },
        };
        found.map_err(unreadable)?.ok_or_else(|| {
            let of = match place.side {
                Side::Old => "before the work",
                Side::New => "in the work",
            };
            let path = &place.path;
            let message = match place.lines {
                Some(lines) => format!("{path} has no line {lines} {of}"),
                None => format!("there is no file `{path}` {of}; a place is FILE:LINE, FILE:FIRST-LAST or FILE"),
            };
            CliError::usage(message)
                .hint(format!("`octopoid diff {}` shows the files and lines; `:old` behind the line is for the file as it was", self.task.id))
        })
    }

    /// Returns the anchor of a place in the newest round: from its commits, or else from the diff that was kept of it.
    ///
    /// # Errors
    /// As [`Rounds::anchor`].
    pub(crate) async fn find_anchor(&self, installation: &Installation, place: &CodePlace) -> Result<Anchor> {
        let error = match self.anchor(place) {
            Err(error) if error.kind == Kind::NotFound => error,
            found => return found,
        };
        let round = self.round(None)?;
        let artifacts = Artifacts::of(installation, &self.context.environment).await?;
        match kept_diff(&artifacts, &self.task, round).await? {
            Some(diff) => kept_anchor(&diff, round, place),
            None => Err(error),
        }
    }

    /// Returns review comments with where they are in the newest round.
    ///
    /// # Errors
    /// As [`Rounds::diff`].
    pub(crate) fn place(&self, comments: Vec<ReviewComment>) -> Result<Vec<PlacedComment>> {
        let newest = self.round(None)?;
        let (base, head) = (self.base(newest)?, self.commit(&newest.head, newest)?);
        self.repository()?.place_review_comments(comments, (&base, &head)).map_err(unreadable)
    }

    /// Returns what a round changes by what else there is of it, where its commits are not here: the diff that was kept when it was
    /// submitted, here or on the server, or of the newest round what landed. None where there is neither.
    pub(crate) async fn elsewhere(
        &self,
        number: Option<u32>,
        installation: &Installation,
        store: &dyn Store,
    ) -> Result<Option<Compared>> {
        let round = self.round(number)?;
        let artifacts = Artifacts::of(installation, &self.context.environment).await?;
        if let Some(diff) = kept_diff(&artifacts, &self.task, round).await? {
            let from = round.base.clone().unwrap_or_else(|| round.head.clone());
            let note = Some("its commits are not here; this is the diff that was kept".to_owned());
            return Ok(Some(Compared { from, to: round.head.clone(), diff, note }));
        }
        if number.is_none() && self.task.is_done() {
            return Ok(self.landed(store).await.ok());
        }
        Ok(None)
    }

    /// Returns what the task landed.
    async fn landed(&self, store: &dyn Store) -> Result<Compared> {
        let (_, landing) = landing_of(store, &self.task.scope, &self.task.id).await?;
        let (from, to) = (landing.before, landing.landed);
        let diff = self.repository()?.diff(&from, &to).map_err(unreadable)?;
        let note = Some("the submitted commits are gone; this is what landed".to_owned());
        Ok(Compared { from, to, diff, note })
    }

    /// Returns the commit that a round stands on.
    fn base(&self, round: &Round) -> Result<CommitId> {
        if let Some(base) = &round.base {
            return self.commit(base, round);
        }
        // The record is of an earlier version: the commits are counted back.
        self.commit(&round.head, round)?;
        let back = format!("{}~{}", round.head, round.commits);
        let found = Git::new(&self.context.environment, self.repository()?.root()).run(&[
            "rev-parse",
            "--verify",
            &back,
        ]);
        let found = found.ok().and_then(|id| CommitId::new(id).ok());
        found.ok_or_else(|| {
            let message = format!(
                "it is not recorded on which commit round {} of {} stands",
                round.number, self.task.id
            );
            CliError::failure(message).hint(format!("`git log {}` shows its commits", round.head.short()))
        })
    }

    /// Returns a commit, which has to be in the repository.
    fn commit(&self, commit: &CommitId, round: &Round) -> Result<CommitId> {
        if self.repository()?.has_commit(commit) {
            return Ok(commit.clone());
        }
        let newest = round.number as usize == self.all.len();
        let branch = self.task.submission.as_ref().and_then(|submission| submission.branch.as_deref());
        let (message, hint) = match branch.filter(|_| newest) {
            Some(branch) => (
                format!("the commit {} of {} is not in this repository", commit.short(), self.task.id),
                format!(
                    "fetch the work: `git fetch REMOTE {branch}`; without a remote it is on the machine that made it"
                ),
            ),
            None => (
                format!(
                    "round {} of {} is gone: git has removed its commit {}, which no branch has",
                    round.number,
                    self.task.id,
                    commit.short()
                ),
                format!("`octopoid diff {}` shows the newest round", self.task.id),
            ),
        };
        Err(CliError::new(Kind::NotFound, message).hint(hint))
    }
}

fn unreadable(error: git::GitError) -> CliError {
    CliError::failure(with_causes(&error)).hint("`octopoid doctor` checks the repository")
}
