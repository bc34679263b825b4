//! Roles that are folders: `role.yaml` defines the role, and `prompt.md` is the template of its agent's prompt.

mod builtin;
mod changes;
mod comments;
mod definition;
mod error;
mod literals;
mod outcomes;
mod prompt;
mod resolution;
mod role;
mod sample;
mod schema;
mod tags;
mod text;
mod variables;
mod verdict;
mod view;

pub use builtin::{builtin_folder_roles, builtin_roles};
pub use error::{FolderRoleError, RoleProblem};
pub use outcomes::OutcomeWord;
pub use role::{FolderRole, Rendered};
pub use variables::{Variable, variables};
