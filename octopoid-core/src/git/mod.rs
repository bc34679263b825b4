//! Git: worktrees, diffs, rebase, landing.
//!
//! libgit2 answers questions about what is there. The `git` program does what users' repositories may have configured in
//! ways that libgit2 does not know (filters, sparse checkouts, credentials, proxies): making worktrees, committing,
//! rebasing, fast-forwarding a checkout, fetching and pushing. Everything here blocks.

mod advance;
mod commit;
mod contains;
mod diff;
mod error;
mod file;
mod guard;
mod identity;
mod landing;
mod list;
mod program;
mod rebase;
mod remote;
mod repository;
mod seen;
mod submodule;
mod survey;
mod trash;
mod worktree;

pub use advance::Advance;
pub use commit::{CommitInfo, agent_branch};
pub use error::GitError;
pub use guard::{Guard, Tampering};
pub use list::WorktreeInfo;
pub use program::Git;
pub use rebase::{Conflict, ConflictFile, Rebased};
pub use remote::Push;
pub use repository::Repository;
pub(crate) use survey::{AGENT_BRANCHES, Registration};
pub(crate) use trash::{TRASH, delete, empty_trash, move_to_trash};
pub use worktree::Worktree;
