//! Execution of a clean-up plan.

use super::item::{CleanupPlan, Item, Proof, Removal};
use super::{Cleanup, Point};
use crate::git::{GitError, TRASH, Worktree, delete, empty_trash, move_to_trash};
use crate::model::CommitId;
use crate::store::StoreError;
use std::path::Path;

/// Error returned when an item cannot be cleaned up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CleanupError {
    /// Store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Git or the disk failed.
    #[error(transparent)]
    Git(#[from] GitError),
    /// Item has changed since the plan was made, and is kept.
    #[error("{place} has changed since the plan was made; it is kept")]
    Changed {
        /// Path or ref of the item.
        place: String,
    },
}

impl Cleanup {
    /// Carries out a plan and nothing else.
    ///
    /// Returns the result of each removal; a success gives the ref under which content was kept first. Items that have changed
    /// since the plan was made are kept. Blocks.
    pub fn carry_out(&self, plan: &CleanupPlan) -> Vec<(Removal, Result<Option<String>, CleanupError>)> {
        let done = self.take_out(plan);
        if let Err(error) = self.empty_trash(plan) {
            tracing::warn!(%error, "the trash could not be emptied; the next clean-up tries again");
        }
        done
    }

    /// Carries out a plan except for its slow part: afterwards the files of worktrees are in the trash.
    pub(crate) fn take_out(
        &self,
        plan: &CleanupPlan,
    ) -> Vec<(Removal, Result<Option<String>, CleanupError>)> {
        plan.removals.iter().map(|removal| (removal.clone(), self.remove(removal))).collect()
    }

    /// Deletes the content of the trash if the plan moves anything there or found anything in it.
    pub(crate) fn empty_trash(&self, plan: &CleanupPlan) -> Result<(), GitError> {
        let uses_trash = |removal: &Removal| {
            matches!(
                removal.item,
                Item::Worktree { .. } | Item::Folder { .. } | Item::Registration { .. } | Item::Trash { .. }
            )
        };
        if !plan.removals.iter().any(uses_trash) {
            return Ok(());
        }
        empty_trash(&self.place.layout.worktrees().join(TRASH))?;
        self.reached(Point::WorktreeDeleted);
        Ok(())
    }

    fn remove(&self, removal: &Removal) -> Result<Option<String>, CleanupError> {
        let changed = || CleanupError::Changed { place: removal.item.place() };
        if let Some(task) = &removal.task
            && self.place.in_use(self.run.as_ref())?.contains(task)
        {
            return Err(changed());
        }
        let repository = &self.place.repository;
        let keep = removal.why == Proof::KeptFirst;
        match &removal.item {
            // Deleted together with the rest of the trash.
            Item::Trash { .. } => Ok(None),
            Item::RunFiles { path } => Ok(delete(path).map(|()| None)?),
            Item::Worktree { path, head } => self.remove_worktree(path, head, keep)?.ok_or_else(changed),
            Item::Folder { path } => {
                // It was not a worktree, and its files were examined when the plan was made.
                if Worktree::open(repository, path).is_ok() {
                    return Err(changed());
                }
                move_to_trash(path, &self.trash())?;
                Ok(None)
            }
            Item::Registration { entry, path, head } => {
                let registrations = repository.registrations()?;
                let Some(there) = registrations.into_iter().find(|there| there.private == *entry) else {
                    return Ok(None);
                };
                if there.head != *head || !repository.is_stale(&there) {
                    return Err(changed());
                }
                let kept = match head.as_ref().filter(|head| keep && repository.has_commit(head)) {
                    Some(head) => Some(repository.keep_commit(&name(path), head)?),
                    None => None,
                };
                repository.unregister(entry, &self.trash())?;
                Ok(kept)
            }
            Item::Branch { name, tip } => {
                let what = removal.task.as_ref().map_or("branch", |task| task.as_str());
                let kept = if keep { Some(repository.keep_commit(what, tip)?) } else { None };
                if repository.delete_reference(name, tip)? { Ok(kept) } else { Err(changed()) }
            }
            Item::KeptCommit { name, commit } => {
                if repository.delete_reference(name, commit)? {
                    Ok(None)
                } else {
                    Err(changed())
                }
            }
        }
    }

    /// Moves a worktree to the trash, then removes its registration. Returns `None` if the worktree has changed.
    fn remove_worktree(
        &self,
        path: &Path,
        head: &CommitId,
        keep: bool,
    ) -> Result<Option<Option<String>>, CleanupError> {
        let Ok(worktree) = Worktree::open(&self.place.repository, path) else { return Ok(None) };
        if worktree.head()? != *head || !keep && worktree.is_dirty()? {
            return Ok(None);
        }
        let kept = if keep { worktree.save_leftovers()? } else { None };
        let private = worktree.private().to_owned();
        drop(worktree);
        self.reached(Point::WorktreeKept);
        move_to_trash(path, &self.trash())?;
        self.reached(Point::WorktreeTrashed);
        self.place.repository.unregister(&private, &self.trash())?;
        self.reached(Point::WorktreeUnregistered);
        Ok(Some(kept))
    }

    fn trash(&self) -> std::path::PathBuf {
        self.place.layout.worktrees().join(TRASH)
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::plan::{Standing, plan};
    use super::super::*;
    use super::super::{Known, Owner, Whose};
    use crate::git::{Git, Repository};
    use crate::model::{RunId, TaskId};
    use crate::orchestrator::{Layout, Observer, Settings};
    use crate::testing::TempRepository;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Arc;

    /// Ends the clean-up at a point, as a kill does.
    #[derive(Debug)]
    struct End(Point);

    impl Observer for End {
        fn reached(&self, point: Point, _: &RunId) {
            if point == self.0 {
                std::panic::panic_any(point);
            }
        }
    }

    fn plan_of(cleanup: &Cleanup) -> CleanupPlan {
        let found = cleanup.place.survey(&Whose::All).unwrap();
        let owner = Owner::Task(TaskId::numbered(1));
        let known = [(owner, Known::nothing(Standing::Dropped))].into();
        plan(cleanup.place.examine(found, &known, &Default::default()))
    }

    #[test]
    fn i23_what_a_clean_up_that_was_cut_off_left_is_taken_by_the_next_and_nothing_is_lost() {
        let points = [
            Point::WorktreeKept,
            Point::WorktreeTrashed,
            Point::WorktreeUnregistered,
            Point::WorktreeDeleted,
        ];
        for point in points {
            let user = TempRepository::new();
            let repository = Repository::open(user.path(), Git::new(Default::default())).unwrap();
            let layout = Layout::new(user.path().join(".octopoid"));
            let path = layout.worktree(&TaskId::numbered(1));
            let base = repository.tip("main").unwrap();
            let worktree = repository.worktree_add(&path, &base).unwrap();
            std::fs::write(path.join("precious.txt"), "precious\n").unwrap();
            drop(worktree);
            let settings = Settings::new("local-test".parse().unwrap(), "main");
            let cleanup = Cleanup::new(repository, layout.clone(), &settings);
            let run = RunId::of(&TaskId::numbered(1), 1);
            let cut_off = cleanup.clone().of_run(run, Some(Arc::new(End(point))));
            let first = plan_of(&cleanup);
            let ended = catch_unwind(AssertUnwindSafe(|| cut_off.carry_out(&first)));
            assert!(ended.is_err(), "{point:?} is never reached");

            for (removal, result) in cleanup.carry_out(&plan_of(&cleanup)) {
                assert!(result.is_ok(), "{point:?}: {removal:?}: {result:?}");
            }
            let left = std::fs::read_dir(layout.worktrees()).unwrap().count();
            assert_eq!((left, user.git(&["worktree", "list"]).lines().count()), (0, 1), "{point:?}");
            assert_eq!(plan_of(&cleanup).removals, [], "{point:?}");
            let kept = user.git(&["for-each-ref", "--format=%(refname)", "refs/octopoid/kept"]);
            assert_eq!(
                user.git(&["show", &format!("{}:precious.txt", kept.trim())]),
                "precious\n",
                "{point:?}"
            );
        }
    }
}
