//! A repository, a store, and what tasks left on this machine.

use octopoid_core::clock::SystemClock;
use octopoid_core::git::{Git, Repository};
use octopoid_core::model::{
    AgentName, ClaimToken, CommitId, Holder, NewTask, Policy, Queue, Scope, Submission, TaskId,
};
use octopoid_core::orchestrator::{Cleanup, CleanupPlan, Layout, Settings};
use octopoid_core::store::{ClaimRequest, StoreExt, TaskStore};
use octopoid_core::testing::TempRepository;
use octopoid_core::transition::{Actor, Command, Purpose};
use octopoid_store::MemoryStore;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How a task ended, or did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Incoming,
    Claimed,
    Stopped,
    Failed,
    Cancelled,
    Deleted,
    Unknown,
    Accepted,
    /// Its commits are in the base branch.
    Landed,
    /// The base branch has its changes in one commit of another id.
    Squashed,
}

pub(super) const ENDS: [End; 10] = [
    End::Incoming,
    End::Claimed,
    End::Stopped,
    End::Failed,
    End::Cancelled,
    End::Deleted,
    End::Unknown,
    End::Accepted,
    End::Landed,
    End::Squashed,
];

/// What is left of its worktree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    Nothing,
    /// At the base branch's commit.
    Untouched,
    /// With the commit that was handed in.
    Committed,
    /// With a commit after that one.
    Ahead,
    Dirty,
    /// With a repository that nothing knows.
    Nested,
    /// A folder whose registration and first files are gone, as when a removal is killed.
    HalfRemoved,
    /// The same, with a file of its own.
    HalfRemovedWithFile,
    /// Git lists it, and the folder is gone.
    Unlisted,
    /// In the trash, listed still.
    Trashed,
    /// Out of the way of another worktree.
    MovedAside,
}

pub(super) const LEFT: [Left; 11] = [
    Left::Nothing,
    Left::Untouched,
    Left::Committed,
    Left::Ahead,
    Left::Dirty,
    Left::Nested,
    Left::HalfRemoved,
    Left::HalfRemovedWithFile,
    Left::Unlisted,
    Left::Trashed,
    Left::MovedAside,
];

/// One installation.
pub(super) struct Here {
    pub(super) user: TempRepository,
    pub(super) store: MemoryStore,
    pub(super) layout: Layout,
    pub(super) cleanup: Cleanup,
    /// Commits that must stay reachable from a reference.
    pub(super) precious: Vec<CommitId>,
    /// Lines that must be in a file, or in a commit that a reference reaches.
    pub(super) lines: Vec<String>,
    base: CommitId,
    number: u32,
}

pub(super) fn git_in(folder: &Path, arguments: &[&str]) -> String {
    let output = std::process::Command::new("git").args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn head(folder: &Path) -> CommitId {
    CommitId::new(git_in(folder, &["rev-parse", "HEAD"]).trim()).unwrap()
}

fn ada() -> Actor {
    Actor::Person("ada".to_owned())
}

impl Here {
    pub(super) fn new() -> Self {
        let user = TempRepository::new();
        let variables = std::env::vars().collect();
        let repository = Repository::open(user.path(), Git::new(variables)).unwrap();
        let layout = Layout::new(user.path().join(".octopoid"));
        let settings = Settings::new("local-test".parse().unwrap(), "main");
        let cleanup = Cleanup::new(repository, layout.clone(), &settings);
        let base = head(user.path());
        Self {
            store: MemoryStore::new(Arc::new(SystemClock), Policy::default()),
            user,
            layout,
            cleanup,
            precious: Vec::new(),
            lines: Vec::new(),
            base,
            number: 0,
        }
    }

    pub(super) async fn plan(&self) -> CleanupPlan {
        self.cleanup.plan(&self.store, &Scope::single()).await.unwrap()
    }

    /// A task that ended so, with that left of its worktree, and a branch if it is wanted.
    pub(super) async fn add(&mut self, end: End, left: Left, with_branch: bool) -> TaskId {
        self.number += 1;
        let scope = Scope::single();
        let id = match end {
            End::Unknown => TaskId::new(format!("other-{}", self.number)).unwrap(),
            _ => {
                let title = format!("Task {}", self.number);
                self.store.create_task(NewTask::new(title, "Do it.")).await.unwrap().id
            }
        };
        // The work, made in a worktree as an agent makes it.
        let path = self.layout.worktree(&id);
        self.user.git(&[
            "worktree",
            "add",
            "--quiet",
            "--detach",
            path.to_str().unwrap(),
            self.base.as_str(),
        ]);
        self.file(&path, &format!("{id}.txt"), &id);
        git_in(&path, &["add", "--all"]);
        git_in(&path, &["commit", "--quiet", "--message", id.as_str()]);
        let submitted = head(&path);
        let branch = format!("agent/{id}-20231114221320");
        if with_branch {
            self.user.git(&["branch", &branch, submitted.as_str()]);
        }
        if end != End::Squashed && (with_branch || matches!(left, Left::Committed | Left::Ahead)) {
            self.precious.push(submitted.clone());
        }
        self.end(end, &id, &branch, &submitted, &scope).await;
        self.leave(left, &path, &id, end);
        id
    }

    async fn end(&self, end: End, id: &TaskId, branch: &str, submitted: &CommitId, scope: &Scope) {
        let apply = async |command| self.store.apply(scope, id, command).await.unwrap();
        let reason = "because".to_owned();
        let token = ClaimToken::new(format!("token-{id}")).unwrap();
        if matches!(end, End::Claimed | End::Accepted | End::Landed | End::Squashed) {
            let holder = Holder::new("other".parse().unwrap(), AgentName::new("a").unwrap());
            let lease = Duration::from_secs(300);
            let request = ClaimRequest::new(scope.clone(), Purpose::Work, holder, token.clone(), lease);
            self.store.claim(&request.with_task(id.clone())).await.unwrap().unwrap();
        }
        let landed = match end {
            End::Landed => {
                self.user.git(&["merge", "--quiet", "--no-ff", "--no-edit", submitted.as_str()]);
                Some(head(self.user.path()))
            }
            End::Squashed => {
                self.user.git(&["merge", "--quiet", "--squash", submitted.as_str()]);
                self.user.git(&["commit", "--quiet", "--message", "Squashed"]);
                Some(head(self.user.path()))
            }
            _ => None,
        };
        match end {
            End::Incoming | End::Claimed | End::Unknown => {}
            End::Stopped => {
                apply(Command::Force { actor: ada(), to: Queue::NeedsContinuation.into(), reason }).await;
            }
            End::Failed => {
                apply(Command::Force { actor: ada(), to: Queue::Failed.into(), reason }).await;
            }
            End::Cancelled => {
                apply(Command::Cancel { actor: ada(), reason }).await;
            }
            End::Deleted => self.store.delete_task(scope, id, "ada").await.unwrap(),
            End::Accepted | End::Landed | End::Squashed => {
                let mut submission = Submission::new(1, 1);
                submission.head = Some(submitted.clone());
                submission.branch = Some(branch.to_owned());
                self.store.submit(scope, id, &token, submission).await.unwrap();
                self.store.accept(scope, id, ada(), landed).await.unwrap();
            }
        }
    }

    fn leave(&mut self, left: Left, path: &Path, id: &TaskId, end: End) {
        let trash = self.layout.worktrees().join(".trash");
        match left {
            Left::Nothing => {
                self.user.git(&["worktree", "remove", "--force", path.to_str().unwrap()]);
            }
            Left::Untouched => {
                git_in(path, &["reset", "--quiet", "--hard", self.base.as_str()]);
            }
            Left::Committed => {}
            Left::Ahead => {
                self.file(path, "more.txt", id);
                git_in(path, &["add", "--all"]);
                git_in(path, &["commit", "--quiet", "--message", "More"]);
                self.precious.push(head(path));
            }
            Left::Dirty => self.file(path, "dirty.txt", id),
            Left::Nested => {
                let inner = path.join("inner");
                std::fs::create_dir(&inner).unwrap();
                git_in(&inner, &["init", "--quiet"]);
                self.file(&inner, "file.txt", id);
            }
            Left::HalfRemoved | Left::HalfRemovedWithFile => {
                std::fs::remove_dir_all(self.user.path().join(".git/worktrees").join(id.as_str())).unwrap();
                std::fs::remove_file(path.join("README.md")).unwrap();
                if left == Left::HalfRemovedWithFile {
                    self.file(path, "own.txt", id);
                }
            }
            Left::Unlisted => {
                std::fs::remove_dir_all(path).unwrap();
                if end != End::Squashed {
                    self.precious.push(self.registered(id));
                }
            }
            Left::Trashed => {
                std::fs::create_dir_all(&trash).unwrap();
                std::fs::rename(path, trash.join(format!("{id}-1"))).unwrap();
            }
            Left::MovedAside => {
                self.user.git(&["worktree", "remove", "--force", path.to_str().unwrap()]);
                let aside = self.layout.worktrees().join(format!("{id}.kept-1"));
                std::fs::create_dir(&aside).unwrap();
                self.file(&aside, "aside.txt", id);
            }
        }
    }

    fn registered(&self, id: &TaskId) -> CommitId {
        let head =
            std::fs::read_to_string(self.user.path().join(".git/worktrees").join(id.as_str()).join("HEAD"));
        CommitId::new(head.unwrap().trim()).unwrap()
    }

    /// Writes a line that must never be lost.
    fn file(&mut self, folder: &Path, name: &str, id: &TaskId) {
        let line = format!("{id} {name} of {}\n", folder.file_name().unwrap().to_string_lossy());
        std::fs::write(folder.join(name), &line).unwrap();
        if name != format!("{id}.txt") {
            self.lines.push(line);
        }
    }

    /// Everything that is here, by the names that a plan gives it.
    pub(super) fn inventory(&self) -> BTreeSet<String> {
        let list = |folder: PathBuf| -> Vec<PathBuf> {
            let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
            entries.map(|entry| entry.path()).collect()
        };
        let trash = self.layout.worktrees().join(".trash");
        let mut all: BTreeSet<String> = list(self.layout.worktrees())
            .into_iter()
            .filter(|path| *path != trash)
            .chain(list(trash.clone()))
            .chain(list(self.layout.runs()))
            .chain(list(self.user.path().join(".git/worktrees")))
            .map(|path| path.display().to_string())
            .collect();
        let refs = self.user.git(&["for-each-ref", "--format=%(refname)"]);
        all.extend(refs.lines().map(str::to_owned));
        all
    }

    /// Checks that nothing is lost: commits by references, lines by references or files.
    pub(super) fn check_nothing_is_lost(&self) {
        let named: BTreeSet<_> = self.user.git(&["rev-list", "--all"]).lines().map(str::to_owned).collect();
        let worktrees = self.user.git(&["worktree", "list", "--porcelain"]);
        for commit in &self.precious {
            assert!(
                named.contains(commit.as_str()) || worktrees.contains(commit.as_str()),
                "{commit} is reachable from nothing"
            );
        }
        let mut everywhere = String::new();
        let mut open = vec![self.layout.worktrees()];
        while let Some(path) = open.pop() {
            if path.is_dir() {
                open.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                everywhere.push_str(&text);
            }
        }
        for commit in self.user.git(&["for-each-ref", "--format=%(objectname)"]).lines() {
            everywhere.push_str(&self.user.git(&["log", "-p", "--format=", commit]));
        }
        for line in &self.lines {
            assert!(everywhere.contains(line.trim_end()), "{line:?} is lost");
        }
    }
}
