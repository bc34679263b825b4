//! Roles that are folders.

mod changes;
mod documented;
mod fences;
mod folders;
mod host;
mod implement;
mod markdown;
mod report;
mod review;
mod scene;
mod words;

use crate::support::message;
use octopoid_core::model::MessageKind;
use octopoid_core::role::{Role, WorkspaceKind};
use octopoid_core::transition::Purpose;
use octopoid_roles::folder::{FolderRole, builtin_folder_roles, builtin_roles};
use scene::{Scene, commit};
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
        [
            ("implement", Purpose::Work, WorkspaceKind::Own),
            ("review", Purpose::Review, WorkspaceKind::Task),
            ("breakdown", Purpose::Work, WorkspaceKind::Task),
        ]
    );
}

#[tokio::test]
async fn what_is_rendered_is_what_the_agent_is_asked() {
    for role in builtin_folder_roles() {
        let scene = || {
            Scene::work().after(vec![message(MessageKind::Feedback, "Again.")]).at(vec![commit('a', "One")])
        };
        let (context, host) = scene().context();
        let rendered = role.render(&context).await.unwrap();
        assert!(host.calls.lock().unwrap().is_empty());
        let ran = scene().run(&role).await;
        assert_eq!(
            (rendered.prompt.as_str(), Some(&rendered.output_schema)),
            (ran.prompt(), ran.call().output_schema.as_ref())
        );
    }
}

#[test]
fn a_built_in_role_written_out_is_the_same_role() {
    let root = tempfile::tempdir().unwrap();
    for role in builtin_folder_roles() {
        let path = root.path().join(role.spec().name.as_str());
        std::fs::create_dir(&path).unwrap();
        for (name, text) in role.files() {
            std::fs::write(path.join(name), text).unwrap();
        }
        let read = FolderRole::load(&path).unwrap();
        assert_eq!((read.spec(), read.outcomes()), (role.spec(), role.outcomes()));
        assert_eq!(read.files(), role.files());
    }
}
