//! The built-in roles: folders like any other, inside the binary.

use super::role::{DEFINITION, FolderRole, PROMPT};
use octopoid_core::model::RoleName;
use octopoid_core::role::Role;
use std::path::Path;
use std::sync::Arc;

macro_rules! folder {
    ($name:literal) => {
        (
            $name,
            include_str!(concat!("../../roles/", $name, "/role.yaml")),
            include_str!(concat!("../../roles/", $name, "/prompt.md")),
        )
    };
}

/// The name, `role.yaml` and `prompt.md` of each built-in role.
const FOLDERS: [(&str, &str, &str); 3] = [folder!("implement"), folder!("review"), folder!("breakdown")];

/// Returns the built-in roles: `implement`, `review` and `breakdown`.
pub fn builtin_roles() -> Vec<Arc<dyn Role>> {
    builtin_folder_roles().into_iter().map(|role| -> Arc<dyn Role> { Arc::new(role) }).collect()
}

/// Returns the built-in roles with their files.
#[expect(clippy::missing_panics_doc, reason = "a test loads every built-in role")]
#[expect(clippy::expect_used, reason = "a test loads every built-in role")]
pub fn builtin_folder_roles() -> Vec<FolderRole> {
    let load = |(name, definition, prompt): (&str, &str, &str)| {
        let folder = Path::new("roles").join(name);
        let role = FolderRole::parse(
            RoleName::new(name).expect("a valid name"),
            (definition, &folder.join(DEFINITION)),
            (prompt, &folder.join(PROMPT)),
        );
        role.expect("a built-in role")
    };
    FOLDERS.into_iter().map(load).collect()
}
