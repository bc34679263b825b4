//! Reasons why a repository is not supported.

/// Filter of Git LFS. Content stored in LFS would be lost without the filter, whether it is required or not.
pub(super) const LFS: &str = "lfs";

/// Reason why a repository cannot be worked on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unsupported {
    /// Object format is not SHA-1.
    #[error("the repository has the object format `{format}`; only `sha1` is supported")]
    ObjectFormat {
        /// Name of the format.
        format: String,
    },
    /// Ref storage format is not `files`.
    #[error("the repository keeps its refs in the format `{format}`; only `files` is supported")]
    RefFormat {
        /// Name of the format.
        format: String,
    },
    /// Repository uses another extension that is not supported.
    #[error("the repository has the extension `{name}`, which is not supported")]
    Extension {
        /// Name of the extension, as in `git config extensions.NAME`.
        name: String,
    },
    /// Files use a filter that is not configured.
    #[error("`{file}` names the filter `{filter}`, which is not configured")]
    FilterUndefined {
        /// Name of the filter.
        filter: String,
        /// Path of the attributes file.
        file: String,
    },
    /// Files use a filter whose program is missing.
    #[error("`{file}` names the filter `{filter}`, whose program `{program}` was not found")]
    FilterMissing {
        /// Name of the filter.
        filter: String,
        /// Path of the attributes file.
        file: String,
        /// Name of the program.
        program: String,
    },
    /// Repository is a partial clone without a remote that has the other objects.
    #[error("the repository is a partial clone, and the remote that has its other objects is not configured")]
    PromisorMissing,
}

impl Unsupported {
    /// Returns what to do about it.
    pub fn remedy(&self) -> String {
        match self {
            Unsupported::ObjectFormat { .. } => {
                "work on a repository that was made with `git init --object-format=sha1`".to_owned()
            }
            Unsupported::RefFormat { .. } => {
                "convert it with `git refs migrate --ref-format=files`".to_owned()
            }
            Unsupported::Extension { name } if name == "partialclone" => {
                "name the remote by `git config remote.NAME.promisor true`, then remove the old setting: \
                 `git config --unset extensions.partialClone`"
                    .to_owned()
            }
            Unsupported::Extension { name } => {
                format!("remove it with `git config --unset extensions.{name}` if nothing depends on it")
            }
            Unsupported::FilterUndefined { filter, .. } | Unsupported::FilterMissing { filter, .. }
                if filter == LFS =>
            {
                "install Git LFS (package `git-lfs`), and run `git lfs install`".to_owned()
            }
            Unsupported::FilterUndefined { filter, .. } => {
                format!(
                    "configure `filter.{filter}.clean` and `filter.{filter}.smudge`, or remove the attribute"
                )
            }
            Unsupported::FilterMissing { filter, program, .. } => {
                format!("install `{program}` and put it on PATH, or change `filter.{filter}`")
            }
            Unsupported::PromisorMissing => {
                "add the remote again, with `git config remote.NAME.promisor true`".to_owned()
            }
        }
    }
}
