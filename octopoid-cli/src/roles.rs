//! The roles there are: the built-in ones and the folders under `.octopoid/roles`.

use crate::config::Problem;
use octopoid_core::model::RoleName;
use octopoid_core::role::Role;
use octopoid_core::transition::Purpose;
use octopoid_roles::folder::{FolderRole, builtin_roles};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The roles that could be loaded, and what is wrong with the others.
#[derive(Debug)]
pub(crate) struct Roles {
    pub(crate) all: Vec<Arc<dyn Role>>,
    pub(crate) problems: Vec<Problem>,
}

impl Roles {
    /// Loads them. A folder of a built-in role's name replaces it.
    pub(crate) fn load(folder: &Path) -> Self {
        let mut roles = Self { all: builtin_roles(), problems: Vec::new() };
        for path in role_folders(&folder.join("roles")) {
            match FolderRole::load(&path) {
                Ok(role) => roles.all.push(Arc::new(role)),
                Err(error) => roles.problems.push(Problem {
                    file: error.path,
                    line: error.line,
                    problem: error.message,
                    fix: "mend the role's files, or remove its folder".to_owned(),
                }),
            }
        }
        roles
    }

    pub(crate) fn names(&self) -> BTreeSet<RoleName> {
        self.all.iter().map(|role| role.spec().name.clone()).collect()
    }

    /// What each role claims tasks for.
    pub(crate) fn purposes(&self) -> BTreeMap<RoleName, Purpose> {
        self.all.iter().map(|role| (role.spec().name.clone(), role.spec().claims)).collect()
    }
}

fn role_folders(folder: &Path) -> Vec<PathBuf> {
    // No folder, no roles of one's own.
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    paths.sort();
    paths
}
