//! Pointers in the work to what git keeps elsewhere: commits of nested repositories and of submodules, objects of LFS. Work
//! whose pointers lead nowhere for others does not land (I32).

use super::StepOutcome;
use crate::git::{GitError, Pointer, Worktree};
use crate::model::{CommitId, StepStatus};
use crate::orchestrator::run::abort::RunAbort;
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::notes::Notes;
use crate::orchestrator::run::settlement::Settlement;
use crate::orchestrator::run::work::Work;
use crate::orchestrator::shared::blocking;
use crate::transition::Cause;
use std::path::Path;

/// The step's name.
const STEP: &str = "pointers";

/// Remedy for a pointer that leads nowhere.
enum Nowhere {
    /// The agent has to commit something else.
    Agent(String),
    /// A person has to push something.
    Person(String),
}

/// Looks where the work's pointers lead: files of nested repositories become part of the work, and pointers that others cannot
/// follow end its way here.
pub(in crate::orchestrator::run) async fn settle_pointers(
    context: &RunContext,
    work: &Work,
    notes: &mut Notes,
) -> Result<StepOutcome, RunAbort> {
    let (base, head) = (work.base.clone(), work.head.clone());
    let (repository, path) = (context.shared.repository.clone(), context.workspace_path());
    let (aside, task) =
        (context.shared.layout.set_aside(&context.id).join("nested"), context.task.id.to_string());
    let remote = context.shared.settings.remote.clone();
    let (head, folders, nowhere) = blocking(move || {
        let worktree = Worktree::open(&repository, &path)?;
        let taken = worktree.take_in_nested(&base, &head, &aside)?;
        let head = worktree.head()?;
        let mut nowhere: Vec<_> = taken.missing.iter().map(unreadable).collect();
        for pointer in worktree.moved_pointers(&base, &head)? {
            if !taken.missing.contains(&pointer) {
                nowhere.extend(submodule(&worktree, &head, &pointer, remote.as_deref(), &task)?);
            }
        }
        let objects = worktree.repository().lfs_objects(&base, &head)?;
        for path in worktree.repository().lfs_missing(remote.as_deref(), &head, &objects)? {
            nowhere.push(Nowhere::Agent(format!(
                "`{}` is a pointer of Git LFS whose content is not in this repository; put the file itself into the \
                 commit that has the pointer (`git add`, then `git commit --amend`, or a rebase), so that LFS stores it",
                path.display()
            )));
        }
        Ok::<_, GitError>((head, taken.folders, nowhere))
    })
    .await?;
    if !folders.is_empty() {
        let names: Vec<_> = folders.iter().map(|folder| format!("`{}`", folder.display())).collect();
        let words = format!(
            "{} held a repository of its own, to which the work only pointed; its files are part of the work now",
            names.join(", ")
        );
        notes.add(STEP, StepStatus::Done, words);
    }
    let work = Work { head, ..work.clone() };
    Ok(outcome(context, &nowhere).with_work(work))
}

/// Returns what becomes of work whose pointers lead nowhere: a person is asked if only a person can do something about it.
fn outcome(context: &RunContext, nowhere: &[Nowhere]) -> StepOutcome {
    if nowhere.is_empty() {
        return StepOutcome::nothing();
    }
    let for_person: Vec<_> = nowhere
        .iter()
        .filter_map(|one| match one {
            Nowhere::Person(words) => Some(words.as_str()),
            Nowhere::Agent(_) => None,
        })
        .collect();
    if for_person.is_empty() {
        let words = nowhere.iter().map(Nowhere::words).collect::<Vec<_>>().join("\n");
        let back = Settlement::reject(context, words.clone(), Cause::Tests);
        return StepOutcome::of(STEP, StepStatus::Refused, words).settling(back);
    }
    let reason = for_person.join("; ");
    let asked = Settlement::suspend(context, reason.clone());
    StepOutcome::of(STEP, StepStatus::Waiting, reason).settling(asked)
}

impl Nowhere {
    fn words(&self) -> &str {
        match self {
            Nowhere::Agent(words) | Nowhere::Person(words) => words,
        }
    }
}

fn unreadable(pointer: &Pointer) -> Nowhere {
    Nowhere::Agent(format!(
        "`{}` is committed as a pointer to the commit {} of a repository that is not here: its files would be lost. Remove its \
         `.git` folder, and commit the files",
        pointer.path.display(),
        pointer.commit.short()
    ))
}

/// Returns the remedy if others cannot get the commit of a submodule.
fn submodule(
    worktree: &Worktree,
    head: &CommitId,
    pointer: &Pointer,
    remote: Option<&str>,
    task: &str,
) -> Result<Option<Nowhere>, GitError> {
    let repository = worktree.repository();
    let (path, short) = (pointer.path.display(), pointer.commit.short());
    let Some(source) = repository.submodule_source(head, &pointer.path, remote)? else {
        return Ok(Some(Nowhere::Person(format!(
            "the work moves the pointer `{path}` to {short}, and no `.gitmodules` says where that commit is; see that it can be \
             had, or undo it"
        ))));
    };
    let keep_as = format!("kept/{task}");
    let kept = repository.keep_submodule_commit(
        worktree.path(),
        &source.name,
        Path::new(&pointer.path),
        &pointer.commit,
        &keep_as,
    )?;
    // Without a remote, others get it from this repository only.
    if remote.is_none() && kept || repository.is_served(&source.url, &pointer.commit)? {
        return Ok(None);
    }
    let clone = repository.common().join("modules").join(&source.name);
    let todo = match kept {
        true => format!(
            "it is kept in {0} as refs/octopoid/{keep_as}; push it there, for example with `git -C {0} push origin {1}:refs/heads/BRANCH`",
            clone.display(),
            pointer.commit
        ),
        false => "push it to where `.gitmodules` leads".to_owned(),
    };
    Ok(Some(Nowhere::Person(format!(
        "the work moves the submodule `{path}` to {short}, which {} does not have; {todo}, and let the task go on",
        source.url
    ))))
}
