//! `octopoid role eject`: writes a built-in role's files out, to change them.

use super::write;
use crate::assembly::Roles;
use crate::context::Context;
use crate::error::{CliError, Result};
use crate::installation::FOLDER;
use crate::output::style;
use octopoid_core::model::RoleName;
use octopoid_core::role::Role;
use octopoid_roles::folder::builtin_folder_roles;
use serde_json::json;

pub(super) fn run(name: &RoleName, force: bool, context: &Context) -> Result<()> {
    let root = context.find()?;
    let layout = root.join(FOLDER);
    let builtin = builtin_folder_roles();
    let Some(role) = builtin.iter().find(|role| role.spec().name == *name) else {
        // An unknown one is said to be that.
        Roles::without_plugins(&layout).named(name)?;
        let names: Vec<_> = builtin.iter().map(|role| role.spec().name.as_str()).collect();
        let message = format!("the role `{name}` is not built in, so its files are yours already");
        return Err(CliError::usage(message).hint(format!("built in are {}", names.join(", "))));
    };
    let folder = layout.join("roles").join(name.as_str());
    if !force && std::fs::symlink_metadata(&folder).is_ok() {
        return Err(CliError::refused(format!("{} is there already", folder.display()))
            .hint("look at it first; --force overwrites both files"));
    }
    let paths = write(&folder, role.files())?;
    let output = context.output;
    output.json(&json!({ "role": name, "files": paths }));
    for path in &paths {
        output.line(path.display());
    }
    output.note(format_args!(
        "{} the built-in role from the next start on; remove the folder to have that back",
        style::paint(style::GOOD, "replaces")
    ));
    Ok(())
}
