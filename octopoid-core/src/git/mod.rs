//! Git: worktrees, diffs, rebase, landing.
//!
//! libgit2 reads objects: commits, trees, diffs, ancestry and refs. Everything that depends on the index, the working tree, the
//! configuration, filters or the network is done by the `git` program, because users' repositories may use features that libgit2
//! does not support (filters, sparse and split indexes, credentials, proxies).
//!
//! All functions block.

mod advance;
mod base_branch;
mod commit;
mod contains;
mod diff;
mod error;
mod evidence;
mod file;
mod guard;
mod history;
mod identity;
mod interdiff;
pub(crate) mod landing;
mod leftovers;
mod lfs;
mod list;
mod merge;
mod nested;
mod own_moves;
mod program;
mod rebase;
mod ref_move;
mod ref_restore;
mod refs;
mod remote;
mod repository;
mod revert;
mod review;
mod seen;
mod signing;
mod status;
mod submodule;
mod submodule_changes;
mod support;
mod survey;
pub(crate) mod trace;
mod trash;
mod unsupported;
mod worktree;

#[cfg(test)]
mod tests;

pub(crate) use advance::Advance;
pub(crate) use base_branch::BaseBranch;
pub use commit::CommitInfo;
pub(crate) use commit::agent_branch;
pub use error::{GitError, LibraryError};
pub(crate) use evidence::Evidence;
pub(crate) use guard::GuardedWorktree;
pub(crate) use guard::{Guard, Tampering};
pub use interdiff::{Interdiff, Version};
pub(crate) use landing::MergeStrategy;
pub use list::WorktreeInfo;
pub(crate) use nested::Pointer;
pub use program::Git;
pub(crate) use rebase::{Conflict, Rebased};
pub(crate) use ref_move::{PutBack, RefMove};
pub(crate) use ref_restore::RefMoves;
pub(crate) use refs::Refs;
pub(crate) use remote::Push;
pub use repository::Repository;
pub use revert::Reverted;
pub(crate) use signing::Signed;
pub(crate) use status::Status;
pub use support::{Support, check_support};
pub(crate) use survey::{AGENT_BRANCHES, Registration};
pub(crate) use trash::{TRASH, delete, empty_trash, move_to_trash};
pub use unsupported::Unsupported;
pub(crate) use worktree::Worktree;
