//! Roles that are folders.

mod changes;
mod fences;
mod folders;
mod host;
mod implement;
mod markdown;
mod report;
mod review;
mod scene;
mod words;

use octopoid_core::role::{Role, WorkspaceKind};
use octopoid_core::transition::Purpose;
use octopoid_roles::folder::builtin_roles;
use std::sync::Arc;

fn builtin(name: &str) -> Arc<dyn Role> {
    builtin_roles().into_iter().find(|role| role.spec().name.as_str() == name).unwrap()
}

#[test]
fn the_built_in_roles_load() {
    let roles = builtin_roles();
    let spec: Vec<_> = roles
        .iter()
        .map(|role| (role.spec().name.as_str(), role.spec().claims, role.spec().workspace))
        .collect();
    assert_eq!(
        spec,
        [("implement", Purpose::Work, WorkspaceKind::Own), ("review", Purpose::Review, WorkspaceKind::Task)]
    );
}
