//! `octopoid role`: lists, shows and creates roles.

mod eject;
mod list;
mod new;
mod render;
mod show;

use crate::args::{RoleAction, RoleCommand};
use crate::assembly::{Loaded, Source};
use crate::context::Context;
use crate::error::{IoContext, Result};
use crate::installation::Installation;
use octopoid_core::model::AgentName;
use octopoid_core::role::WorkspaceKind;
use octopoid_core::transition::Purpose;
use std::path::{Path, PathBuf};

pub(super) async fn run(args: &RoleCommand, context: &Context) -> Result<()> {
    match &args.action {
        RoleAction::List => list::run(context).await,
        RoleAction::Show { name } => show::run(name, context).await,
        RoleAction::Eject { name, force } => eject::run(name, *force, context),
        RoleAction::Render(args) => render::run(args, context).await,
        RoleAction::New(args) => new::run(args, context).await,
    }
}

/// Returns the queue that a role claims from.
fn claims_from(loaded: &Loaded) -> &'static str {
    match loaded.spec().claims {
        Purpose::Work => "incoming",
        Purpose::Review | Purpose::Land => "provisional",
    }
}

/// Returns where a role works, as `role.yaml` names it.
fn workspace(loaded: &Loaded) -> &'static str {
    match loaded.spec().workspace {
        WorkspaceKind::Own => "own",
        WorkspaceKind::Task => "task",
        WorkspaceKind::None => "none",
    }
}

/// Describes where a role comes from.
fn source(loaded: &Loaded, root: &Path) -> String {
    match &loaded.source {
        Source::BuiltIn => "built in".to_owned(),
        Source::Folder(path) | Source::Plugin(path) => {
            path.strip_prefix(root).unwrap_or(path).display().to_string()
        }
    }
}

/// Returns where a role comes from, for `--json`.
fn source_json(loaded: &Loaded) -> serde_json::Value {
    match &loaded.source {
        Source::BuiltIn => serde_json::json!({ "kind": "built_in", "path": null }),
        Source::Folder(path) => serde_json::json!({ "kind": "folder", "path": path }),
        Source::Plugin(path) => serde_json::json!({ "kind": "plugin", "path": path }),
    }
}

/// Returns the agents of a role.
fn agents(loaded: &Loaded, installation: &Installation) -> Vec<AgentName> {
    let all = installation.agent_settings().into_iter();
    all.filter(|agent| agent.role == loaded.spec().name).map(|agent| agent.name).collect()
}

/// Writes a role's files. Returns their paths.
fn write(folder: &Path, files: [(&str, &str); 2]) -> Result<Vec<PathBuf>> {
    std::fs::create_dir_all(folder).doing(format_args!("make {}", folder.display()))?;
    let mut paths = Vec::new();
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::write(&path, text).doing(format_args!("write {}", path.display()))?;
        paths.push(path);
    }
    Ok(paths)
}
